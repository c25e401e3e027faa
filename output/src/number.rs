//! Numbers as people read them.

/// A value with three significant digits and a thousands sign, e.g. `0.0312`, `49.1`, `1 240`, `12.4k`.
pub fn value(number: f64) -> String {
    if !number.is_finite() {
        return "–".to_owned();
    }
    let size = number.abs();
    let text = match size {
        _ if size >= 999_500.0 => return format!("{}M", value(number / 1e6)),
        _ if size >= 1e4 => return format!("{}k", value(number / 1e3)),
        _ if size >= 100.0 => format!("{number:.0}"),
        _ if size >= 10.0 => trim(format!("{number:.1}")),
        _ if size >= 1.0 => trim(format!("{number:.2}")),
        _ if size >= 0.001 => trim(format!("{number:.3}")),
        _ if size == 0.0 => "0".to_owned(),
        _ => format!("{number:.1e}"),
    };
    minus(text)
}

/// A share 0–1 in per cent, without the sign: one decimal in the middle, more near 0 and 100, none if whole.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let points = share * 100.0;
    let edge = points.abs().min((100.0 - points).abs());
    let text = match edge {
        _ if (points - points.round()).abs() < 1e-9 => format!("{points:.0}"),
        _ if edge < 0.02 => format!("{points:.3}"),
        _ if edge < 1.0 => format!("{points:.2}"),
        _ => format!("{points:.1}"),
    };
    minus(text)
}

/// A share that is exactly known: no zeros at its end.
pub fn percent_exact(share: f64) -> String {
    trim(percent(share))
}

/// A tick of an axis whose ticks are `step` apart: as many decimals as the step needs.
pub fn tick(number: f64, step: f64) -> String {
    if number.abs() >= 1e4 {
        return value(number);
    }
    let decimals = (0..6).find(|places| {
        let scaled = step * libm::pow(10.0, f64::from(*places));
        (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1.0)
    });
    let number = if number.abs() < step * 1e-9 { 0.0 } else { number };
    minus(format!("{number:.*}", decimals.unwrap_or(6) as usize))
}

fn trim(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn minus(text: String) -> String {
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|sign| sign == '0' || sign == '.') => digits.to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_three_digits() {
        let shown = [0.0, 0.0312, 4.0, 49.12, 123.4, 9999.0, 12_400.0, 3.2e7, -0.5].map(value);
        assert_eq!(shown, ["0", "0.031", "4", "49.1", "123", "9999", "12.4k", "32M", "−0.5"]);
    }

    #[test]
    fn shares_near_the_ends_keep_their_digits() {
        let shown = [0.0, 0.491, 0.780_02, 0.9995, 0.99995, 1.0, 0.0004, -0.12].map(percent);
        assert_eq!(shown, ["0", "49.1", "78.0", "99.95", "99.995", "100", "0.04", "−12"]);
    }

    #[test]
    fn objectives_are_written_as_people_write_them() {
        assert_eq!([0.999, 0.99, 1.0, 0.9995].map(percent_exact), ["99.9", "99", "100", "99.95"]);
    }

    #[test]
    fn ticks_have_the_decimals_of_their_step() {
        assert_eq!(tick(0.5, 0.25), "0.50");
        assert_eq!(tick(900.0, 100.0), "900");
        assert_eq!(tick(-0.2, 0.1), "−0.2");
        assert_eq!(tick(1e-17, 0.1), "0.0");
        assert_eq!(tick(20_000.0, 5_000.0), "20k");
    }
}
