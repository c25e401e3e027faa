//! Reading case files: what cannot be read is told with its place, never guessed at.

use std::fs;
use std::path::{Path, PathBuf};

use archsim_sim::Span;
use serde_json::{Map, Value};

use crate::report::Verdict;

/// One file: cases of one kind of thing.
pub struct Family {
    /// Its name.
    pub name: String,
    /// Its cases.
    pub cases: Vec<Case>,
}

/// One fact about an original.
pub struct Case {
    /// Its name, unique in its family.
    pub id: String,
    /// Which shape `given` and `expect` have.
    pub kind: String,
    /// Two readings of the original are possible: such a case fails nothing on its own.
    pub ambiguous: bool,
    given: Value,
    expect: Value,
}

/// The case files of a folder, in the order of their names.
pub fn files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let told = |error: std::io::Error| format!("{}: {error}", directory.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() { Err(format!("{}: no *.json here", directory.display())) } else { Ok(paths) }
}

/// Reads one file.
pub fn family(path: &Path) -> Result<Family, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let value: Value = serde_json::from_str(&text)
        .map_err(|error| format!("{}:{}:{}: {error}", path.display(), error.line(), error.column()))?;
    parse(&value).map_err(|verdict| format!("{}: {verdict}", path.display()))
}

fn parse(value: &Value) -> Result<Family, Verdict> {
    let file = Slot { place: "file".into(), value }.fields()?;
    let version = file.need("schema_version")?.whole()?;
    if version != 1 {
        return Err(Verdict::Unreadable(format!("schema_version is {version}, only 1 is known")));
    }
    let cases = file.need("cases")?.list()?.iter().map(Case::parse).collect::<Result<Vec<_>, _>>()?;
    if let Some(count) = file.get("case_count")
        && count.whole()? != cases.len() as u64
    {
        return Err(Verdict::Unreadable(format!("case_count is not {}, the number of cases", cases.len())));
    }
    Ok(Family { name: file.need("family")?.text()?.into(), cases })
}

impl Case {
    fn parse(slot: &Slot) -> Result<Case, Verdict> {
        let case = slot.fields()?;
        Ok(Case {
            id: case.need("id")?.text()?.into(),
            kind: case.need("kind")?.text()?.into(),
            ambiguous: case.get("ambiguous").is_some_and(|slot| *slot.value != Value::Bool(false)),
            given: case.need("given")?.value.clone(),
            expect: case.need("expect")?.value.clone(),
        })
    }

    /// What was done to the original.
    pub fn given(&self) -> Slot<'_> {
        Slot { place: "given".into(), value: &self.given }
    }

    /// What it did.
    pub fn expect(&self) -> Slot<'_> {
        Slot { place: "expect".into(), value: &self.expect }
    }
}

/// A value and its place in the case.
pub struct Slot<'a> {
    /// The way to it from the case: `given.config.volume`.
    pub place: String,
    value: &'a Value,
}

impl<'a> Slot<'a> {
    fn wrong(&self, needed: &str) -> Verdict {
        Verdict::Unreadable(format!("{}: {needed} is needed, found {}", self.place, self.value))
    }

    /// A whole number.
    pub fn whole(&self) -> Result<u64, Verdict> {
        self.value.as_u64().ok_or_else(|| self.wrong("a whole number"))
    }

    /// A number.
    pub fn number(&self) -> Result<f64, Verdict> {
        self.value.as_f64().ok_or_else(|| self.wrong("a number"))
    }

    /// A whole number that is not large.
    pub fn count(&self) -> Result<u32, Verdict> {
        u32::try_from(self.whole()?).map_err(|_| self.wrong("a smaller number"))
    }

    /// Milliseconds; a case is over within the quarter of an hour.
    pub fn millis(&self) -> Result<Span, Verdict> {
        match self.whole()? {
            millis if millis <= 900_000 => Ok(Span::from_millis(millis)),
            _ => Err(self.wrong("a time of at most 900000 ms")),
        }
    }

    /// Milliseconds, more than none.
    pub fn width(&self) -> Result<Span, Verdict> {
        let span = self.millis()?;
        if span.is_zero() { Err(self.wrong("a time above zero")) } else { Ok(span) }
    }

    /// A text.
    pub fn text(&self) -> Result<&'a str, Verdict> {
        self.value.as_str().ok_or_else(|| self.wrong("a text"))
    }

    /// Yes or no.
    pub fn truth(&self) -> Result<bool, Verdict> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// Whether this is exactly that number.
    pub fn is(&self, number: i64) -> bool {
        self.value.as_i64() == Some(number)
    }

    /// Whether this is a text at all.
    pub fn is_text(&self) -> bool {
        self.value.is_string()
    }

    /// Several values.
    pub fn list(&self) -> Result<Vec<Slot<'a>>, Verdict> {
        let values = self.value.as_array().ok_or_else(|| self.wrong("a list"))?;
        let slot = |(index, value)| Slot { place: format!("{}[{index}]", self.place), value };
        Ok(values.iter().enumerate().map(slot).collect())
    }

    /// Several texts.
    pub fn texts(&self) -> Result<Vec<&'a str>, Verdict> {
        self.list()?.iter().map(Slot::text).collect()
    }

    /// Named values.
    pub fn fields(&self) -> Result<Fields<'a>, Verdict> {
        let map = self.value.as_object().ok_or_else(|| self.wrong("an object"))?;
        Ok(Fields { place: self.place.clone(), map })
    }
}

/// Named values and their place in the case.
pub struct Fields<'a> {
    place: String,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// A field, if it is there and not null.
    pub fn get(&self, name: &str) -> Option<Slot<'a>> {
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        Some(Slot { place: format!("{}.{name}", self.place), value })
    }

    /// A field that must be there.
    pub fn need(&self, name: &str) -> Result<Slot<'a>, Verdict> {
        self.get(name).ok_or_else(|| Verdict::Unreadable(format!("{}.{name} is missing", self.place)))
    }

    /// All fields.
    pub fn all(&self) -> impl Iterator<Item = (&'a str, Slot<'a>)> {
        let slot = |name: &str, value| Slot { place: format!("{}.{name}", self.place), value };
        self.map.iter().map(move |(name, value)| (name.as_str(), slot(name, value)))
    }

    /// Refuses fields that this harness would have to ignore: a case is run as a whole or not at all.
    pub fn only(&self, known: &[&str]) -> Result<(), Verdict> {
        match self.map.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Verdict::Skipped(format!("`{}.{name}` is not known here", self.place))),
            None => Ok(()),
        }
    }
}
