//! Whole numbers, read from their digits and never through a float: `2`, `2.0` and `2e0` are one.

/// Why digits are not a whole number that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotWhole {
    /// It has a fraction, or is no number at all.
    Other,
    TooLarge,
}

/// Reads a number as JSON writes one.
pub fn whole(text: &str) -> Result<i64, NotWhole> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if !unsigned.is_empty() && unsigned.len() <= 18 && all_digits(unsigned) {
        return text.parse().map_err(|_| NotWhole::Other);
    }
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent),
        None => (unsigned, "0"),
    };
    let (digits, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    if [digits, fraction, power].iter().any(|part| part.is_empty() || !all_digits(part)) {
        return Err(NotWhole::Other);
    }
    let all = [digits, fraction].concat();
    let all = all.trim_start_matches('0');
    let significant = all.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    // An exponent that does not fit is beyond every bound, in its direction.
    let power = power.parse::<i64>().unwrap_or(i64::MAX / 2);
    let power = if exponent.starts_with('-') { -power } else { power };
    let zeros = power + length(all) - length(significant) - length(fraction);
    let sign = if text.starts_with('-') { "-" } else { "" };
    match usize::try_from(zeros) {
        Err(_) => Err(NotWhole::Other),
        Ok(zeros) if significant.len().saturating_add(zeros) > 19 => Err(NotWhole::TooLarge),
        Ok(zeros) => {
            let digits = format!("{sign}{significant}{}", "0".repeat(zeros));
            digits.parse().map_err(|_| NotWhole::TooLarge)
        }
    }
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX / 4)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_has_many_spellings() {
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("-0.0", 0),
            ("0e99999999999999999999", 0),
            ("7", 7),
            ("007", 7),
            ("2.0", 2),
            ("2.000", 2),
            ("2e0", 2),
            ("20e-1", 2),
            ("1e3", 1000),
            ("1E+3", 1000),
            ("0.0012e4", 12),
            ("100000e-5", 1),
            ("-1.5e1", -15),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("9223372036854775807.0", i64::MAX),
            ("0.9223372036854775807e19", i64::MAX),
            ("00000000000000000000000000001", 1),
        ] {
            assert_eq!(whole(text), Ok(number), "{text}");
        }
        let zeros = "0".repeat(100_000);
        assert_eq!(whole(&format!("1{zeros}e-100000")), Ok(1));
        assert_eq!(whole(&format!("0.{zeros}1e100001")), Ok(1));
    }

    #[test]
    fn what_is_no_whole_number_that_fits_is_refused() {
        for (text, why) in [
            ("", NotWhole::Other),
            ("-", NotWhole::Other),
            ("+1", NotWhole::Other),
            (" 1", NotWhole::Other),
            ("x", NotWhole::Other),
            ("1.", NotWhole::Other),
            (".5", NotWhole::Other),
            ("1e", NotWhole::Other),
            ("1e+", NotWhole::Other),
            ("1e1e1", NotWhole::Other),
            ("\u{663}", NotWhole::Other),
            ("1.5", NotWhole::Other),
            ("15e-1", NotWhole::Other),
            ("1e-99999999999999999999", NotWhole::Other),
            ("9223372036854775808", NotWhole::TooLarge),
            ("-9223372036854775809", NotWhole::TooLarge),
            ("1e19", NotWhole::TooLarge),
            ("1e99999999999999999999", NotWhole::TooLarge),
            ("1000000000000000000000000000000", NotWhole::TooLarge),
        ] {
            assert_eq!(whole(text), Err(why), "{text}");
        }
    }
}
