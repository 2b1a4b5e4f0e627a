//! Durations as people type them: `500ms`, `4s`, `2m`.

use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(3600);

pub fn parse(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale_ms = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => return Err("give a number with its unit: 500ms, 4s or 2m".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| format!("{number:?} is no whole number"))?;
    let duration = number.checked_mul(scale_ms).map(Duration::from_millis);
    duration
        .filter(|duration| (Duration::from_millis(1)..=LONGEST).contains(duration))
        .ok_or_else(|| "between a millisecond and an hour".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_and_bounds() {
        for (text, ms) in [("500ms", 500), ("4s", 4000), ("60m", 3_600_000)] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "4", "s", "0s", "-1s", "61m", "4h", "1.5s", "99999999999999999999s"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
