//! The folder that a run leaves behind. Nothing that was there before is ever lost.
//!
//! A result is written beside its place and renamed when it is whole, so that a reader never sees half of one. An
//! earlier result in the same place is moved out of the way, to `NAME.1`, `NAME.2`, …; anything else in the same
//! place is left alone, and the run is refused before it starts.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A place that may be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    target: PathBuf,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Where the result is.
    pub folder: PathBuf,
    /// Where the earlier result went, if there was one.
    pub earlier: Option<PathBuf>,
}

/// Why a place may not be written to.
#[derive(Debug)]
pub enum Refusal {
    /// It is a file.
    File(PathBuf),
    /// It holds something that is no result.
    Foreign(PathBuf),
    /// It is `.`, `..` or a root.
    Nameless(PathBuf),
    /// The operating system says no.
    Io(PathBuf, io::Error),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::File(path) => {
                write!(f, "`{}` is a file; name a folder that does not exist yet with --out", path.display())
            }
            Refusal::Foreign(path) => write!(
                f,
                "`{}` holds files that are no result of archsim, and nothing is overwritten; \
                 name another folder with --out, or empty this one",
                path.display()
            ),
            Refusal::Nameless(path) => {
                let example = path.join("result");
                write!(
                    f,
                    "`{}` cannot be replaced as a whole; try --out {}",
                    path.display(),
                    example.display()
                )
            }
            Refusal::Io(path, why) => write!(f, "`{}`: {why}", path.display()),
        }
    }
}

impl Folder {
    /// Looks whether a result may go to `target`. Nothing is changed yet.
    ///
    /// # Errors
    /// If something other than an earlier result is there.
    pub fn at(target: &Path) -> Result<Self, Refusal> {
        if target.file_name().is_none() {
            return Err(Refusal::Nameless(target.to_owned()));
        }
        let io = |why| Refusal::Io(target.to_owned(), why);
        match fs::metadata(target) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => {}
            Err(why) => return Err(io(why)),
            Ok(found) if !found.is_dir() => return Err(Refusal::File(target.to_owned())),
            Ok(_) if is_empty(target).map_err(io)? || is_result(target) => {}
            Ok(_) => return Err(Refusal::Foreign(target.to_owned())),
        }
        Ok(Folder { target: target.to_owned() })
    }

    /// Writes a result with `write`, which is given a fresh folder, and puts it in its place.
    ///
    /// # Errors
    /// If writing fails; then nothing is left behind and an earlier result stays where it is.
    pub fn publish(&self, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<Published> {
        let parent = match self.target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent)?;
        let name = self.target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let draft = parent.join(format!(".{name}.{}", std::process::id()));
        fs::create_dir(&draft)?;
        let published = write(&draft).and_then(|()| self.replace(&draft));
        if published.is_err() {
            // The first error is the one to report.
            let _ = fs::remove_dir_all(&draft);
        }
        published
    }

    /// Moves what is in the target's place aside, and the draft in.
    fn replace(&self, draft: &Path) -> io::Result<Published> {
        let mut earlier = None;
        if self.target.exists() {
            if is_empty(&self.target)? {
                fs::remove_dir(&self.target)?;
            } else if is_result(&self.target) {
                let aside = aside(&self.target);
                fs::rename(&self.target, &aside)?;
                earlier = Some(aside);
            } else {
                let message =
                    format!("`{}` has been filled by someone else meanwhile", self.target.display());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
            }
        }
        fs::rename(draft, &self.target)?;
        Ok(Published { folder: self.target.clone(), earlier })
    }
}

fn is_empty(folder: &Path) -> io::Result<bool> {
    Ok(fs::read_dir(folder)?.next().is_none())
}

/// A result is known by its summary, which names archsim and the version of its own format.
fn is_result(folder: &Path) -> bool {
    let Ok(text) = fs::read_to_string(folder.join("summary.json")) else { return false };
    let summary: Result<serde_json::Value, _> = serde_json::from_str(&text);
    summary.is_ok_and(|summary| summary.get("archsim").is_some() && summary.get("schema_version").is_some())
}

/// The first of `NAME.1`, `NAME.2`, … that is free.
fn aside(target: &Path) -> PathBuf {
    let mut number = 0_u32;
    loop {
        number += 1;
        let mut name = target.as_os_str().to_owned();
        name.push(format!(".{number}"));
        let candidate = PathBuf::from(name);
        if !candidate.exists() {
            return candidate;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for one test, empty.
    fn scratch(test: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("archsim-folder-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn result(text: &'static str) -> impl FnOnce(&Path) -> io::Result<()> {
        move |folder| {
            fs::write(folder.join("summary.json"), r#"{ "archsim": "0", "schema_version": 1 }"#)?;
            fs::write(folder.join("marker"), text)
        }
    }

    #[test]
    fn earlier_results_are_kept_beside_the_new_one() {
        let scratch = scratch("earlier");
        let target = scratch.join("deep").join("result");
        for (text, earlier) in [("a", None), ("b", Some("result.1")), ("c", Some("result.2"))] {
            let published = Folder::at(&target).unwrap().publish(result(text)).unwrap();
            assert_eq!(published.earlier, earlier.map(|name| scratch.join("deep").join(name)));
            assert_eq!(fs::read_to_string(target.join("marker")).unwrap(), text);
        }
        assert_eq!(fs::read_to_string(scratch.join("deep/result.1/marker")).unwrap(), "a");
        assert_eq!(fs::read_dir(scratch.join("deep")).unwrap().count(), 3, "no draft is left over");
        fs::remove_dir_all(scratch).unwrap();
    }

    #[test]
    fn what_is_no_result_is_left_alone() {
        let scratch = scratch("foreign");
        fs::write(scratch.join("thesis.tex"), "years of work").unwrap();
        assert!(matches!(Folder::at(&scratch), Err(Refusal::Foreign(_))));
        assert!(matches!(Folder::at(&scratch.join("thesis.tex")), Err(Refusal::File(_))));
        assert!(matches!(Folder::at(Path::new("..")), Err(Refusal::Nameless(_))));
        fs::remove_dir_all(scratch).unwrap();
    }

    #[test]
    fn a_failed_write_leaves_the_earlier_result_in_place() {
        let scratch = scratch("failed");
        let target = scratch.join("result");
        Folder::at(&target).unwrap().publish(result("a")).unwrap();
        let failed = Folder::at(&target).unwrap().publish(|_| Err(io::Error::other("disk full")));
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(target.join("marker")).unwrap(), "a");
        assert_eq!(fs::read_dir(&scratch).unwrap().count(), 1);
        fs::remove_dir_all(scratch).unwrap();
    }
}
