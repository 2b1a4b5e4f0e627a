//! How single values are read, from text (a query) and from JSON (a body).
//!
//! A parser's error completes a message about one field: "must be ...". No parser accepts a NUL,
//! which Postgres cannot store, and none goes through a float.

use std::fmt::Display;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

type Read<T> = Result<T, String>;

/// JSON text of so many characters, NUL refused; blank text only where nothing is allowed too.
pub fn text(length: RangeInclusive<usize>) -> impl Fn(&Value) -> Read<String> {
    move |value| {
        let text = string(value)?;
        check_text(text, &length)?;
        Ok(text.to_owned())
    }
}

/// A whole number, written as one: 1.0, 1e3 and "1" are refused.
pub fn integer(range: RangeInclusive<i64>) -> impl Fn(&Value) -> Read<i64> {
    move |value| match value {
        Value::Number(number) => whole(number.as_str(), &range),
        other => Err(format!("must be a whole number, not {}", kind(other))),
    }
}

/// A decimal number, as text or as a JSON number; `convert` is given its digits as they came.
pub fn decimal<T, E: Display>(
    convert: impl Fn(&str) -> Result<T, E>,
) -> impl Fn(&Value) -> Read<T> {
    move |value| {
        let digits = match value {
            Value::String(text) => text.as_str(),
            Value::Number(number) => number.as_str(),
            other => {
                let what = kind(other);
                return Err(format!("must be a decimal such as \"100.00\", not {what}"));
            }
        };
        check_decimal(digits)?;
        convert(digits).map_err(|error| error.to_string())
    }
}

pub fn boolean(value: &Value) -> Read<bool> {
    value.as_bool().ok_or_else(|| format!("must be true or false, not {}", kind(value)))
}

/// JSON text that is read by a parser of text: `from_text(uuid)`.
pub fn from_text<T, E: Display>(
    parser: impl Fn(&str) -> Result<T, E>,
) -> impl Fn(&Value) -> Read<T> {
    move |value| {
        let text = string(value)?;
        check_text(text, &(0..=usize::MAX))?;
        parser(text).map_err(|error| error.to_string())
    }
}

/// Any JSON at all.
pub fn any(value: &Value) -> Read<Value> {
    Ok(value.clone())
}

// From text.

pub fn words(length: RangeInclusive<usize>) -> impl Fn(&str) -> Read<String> {
    move |text| check_text(text, &length).map(|()| text.to_owned())
}

pub fn number(range: RangeInclusive<i64>) -> impl Fn(&str) -> Read<i64> {
    move |text| whole(text, &range)
}

pub fn digits<T, E: Display>(convert: impl Fn(&str) -> Result<T, E>) -> impl Fn(&str) -> Read<T> {
    move |text| {
        check_decimal(text)?;
        convert(text).map_err(|error| error.to_string())
    }
}

pub fn flag(text: &str) -> Read<bool> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

pub fn uuid(text: &str) -> Read<Uuid> {
    Uuid::try_parse(text).map_err(|_| "must be a UUID".to_owned())
}

pub fn time(text: &str) -> Read<Timestamp> {
    text.parse().map_err(|_| {
        "must be a time with its zone after RFC 3339, such as 2026-01-31T12:00:00Z".to_owned()
    })
}

/// One of the named values.
pub fn choice<T: Clone>(choices: &[(&'static str, T)]) -> impl Fn(&str) -> Read<T> {
    let choices = choices.to_vec();
    move |text| {
        let found = choices.iter().find(|(name, _)| *name == text);
        found.map(|(_, value)| value.clone()).ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            format!("must be one of {}", names.join(", "))
        })
    }
}

/// What a JSON value is called in a message.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn string(value: &Value) -> Read<&str> {
    value.as_str().ok_or_else(|| format!("must be text, not {}", kind(value)))
}

fn check_text(text: &str, length: &RangeInclusive<usize>) -> Read<()> {
    if text.contains('\0') {
        return Err("must not contain a NUL character".to_owned());
    }
    let (least, most) = (*length.start(), *length.end());
    if least > 0 && text.trim().is_empty() {
        return Err("must not be blank".to_owned());
    }
    // Bytes are at least as many as characters, so most text need not be counted twice.
    if text.len() > most || text.len() < least * 4 {
        let characters = text.chars().count();
        if characters > most {
            return Err(format!("must have at most {most} characters, has {characters}"));
        }
        if characters < least {
            return Err(format!("must have at least {least} characters"));
        }
    }
    Ok(())
}

fn whole(digits: &str, range: &RangeInclusive<i64>) -> Read<i64> {
    let (least, most) = (range.start(), range.end());
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
        let exact = "must be a whole number, without a point or an exponent";
        return Err(exact.to_owned());
    }
    digits.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| match *most {
        i64::MAX => format!("must be at least {least}, and fit into 64 bits"),
        most => format!("must be from {least} to {most}"),
    })
}

fn check_decimal(digits: &str) -> Read<()> {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits.len() > 40 {
        return Err("is too long for a decimal".to_owned());
    }
    if !(all_digits(whole) && all_digits(fraction)) {
        return Err("must be a decimal such as \"100.00\", without an exponent".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn integers_are_written_as_integers() {
        let parser = integer(1..=1_000_000);
        for (given, expected) in [
            ("1", Ok(1)),
            ("1000000", Ok(1_000_000)),
            ("0", Err("from 1 to 1000000")),
            ("-1", Err("from 1 to 1000000")),
            ("1.0", Err("without a point")),
            ("1e3", Err("without a point")),
            ("1E3", Err("without a point")),
            ("1000000000000000000000000000000", Err("from 1 to 1000000")),
            ("\"1\"", Err("a whole number, not text")),
            ("true", Err("not a boolean")),
            ("null", Err("not null")),
            ("[1]", Err("not a list")),
        ] {
            match (parser(&json(given)), expected) {
                (Ok(number), Ok(expected)) => assert_eq!(number, expected),
                (Err(message), Err(part)) => assert!(message.contains(part), "{given}: {message}"),
                (read, _) => panic!("{given}: {read:?}"),
            }
        }
        assert_eq!(integer(i64::MIN..=i64::MAX)(&json("-9223372036854775808")), Ok(i64::MIN));
    }

    #[test]
    fn decimals_keep_their_digits() {
        let parser = decimal(|digits| Ok::<_, String>(digits.to_owned()));
        for (given, expected) in [
            ("10.10", Some("10.10")),
            ("\"10.10\"", Some("10.10")),
            ("100", Some("100")),
            ("-0.00", Some("-0.00")),
            ("0.30000000000000004", Some("0.30000000000000004")),
            ("1e2", None),
            ("\"1,00\"", None),
            ("\"\"", None),
            ("\".5\"", None),
            ("\"5.\"", None),
            ("\" 5\"", None),
            ("\"NaN\"", None),
            ("null", None),
            ("true", None),
            ("11111111111111111111111111111111111111111111111", None),
        ] {
            assert_eq!(parser(&json(given)).ok().as_deref(), expected, "{given}");
        }
        let refusing = decimal(|_| Err::<(), _>("has too many decimals"));
        assert_eq!(refusing(&json("1")), Err("has too many decimals".to_owned()));
    }

    #[test]
    fn text_is_counted_in_characters() {
        for (given, length, ok) in [
            ("\"abc\"", 1..=3, true),
            ("\"äöü\"", 3..=3, true),
            ("\"äöüß\"", 1..=3, false),
            ("\"ab\"", 3..=5, false),
            ("\"\"", 0..=3, true),
            ("\"\"", 1..=3, false),
            ("\"   \"", 1..=3, false),
            ("\"a\\u0000\"", 1..=3, false),
            ("1", 1..=3, false),
            ("null", 0..=3, false),
        ] {
            assert_eq!(text(length)(&json(given)).is_ok(), ok, "{given}");
        }
    }

    #[test]
    fn text_becomes_other_things() {
        assert_eq!(flag("1"), Ok(true));
        assert!(flag("yes").is_err());
        assert!(uuid("018f0c3e-0000-7000-8000-000000000000").is_ok());
        assert!(uuid("x").is_err());
        assert!(time("2026-01-31T12:00:00+01:00").is_ok());
        assert!(time("2026-01-31").is_err());
        let order = choice(&[("price", 1), ("name", 2)]);
        assert_eq!(order("name"), Ok(2));
        assert_eq!(order("x"), Err("must be one of price, name".to_owned()));
        assert!(number(1..=5)("٣").is_err());
        assert!(words(1..=5)("a\0").is_err());
        assert!(from_text(uuid)(&json("7")).unwrap_err().contains("text"));
    }
}
