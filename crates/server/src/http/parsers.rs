//! How single values are read, from a body and from a query alike, and how each says what it takes.
//!
//! A parser's error completes a message about one field: "must be ...". Its schema is never wider
//! than what it reads; where it is narrower, its words say so. No parser accepts a NUL, which
//! Postgres cannot store, and none goes through a float.

use super::{
    json::Json,
    numbers::{NotWhole, whole},
};
use domain::{Currency, Micros, Money, MoneyError, Text};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{fmt::Display, marker::PhantomData, ops::RangeInclusive};
use uuid::Uuid;

pub type Read<T> = Result<T, String>;

/// Text without a NUL. Patterns are understood by Rust, Python and ECMAScript alike.
const NO_NUL: &str = r"^[^\x00]*$";
/// Text that shows something.
const NOT_BLANK: &str = r"^[^\x00]*[^\s\x00][^\x00]*$";

/// Reads one value, and describes what it reads.
pub trait Parser {
    type Out;
    fn read(&self, given: &Json<'_>) -> Read<Self::Out>;
    /// As JSON Schema, with an example.
    fn schema(&self) -> Value;
}

struct Is<T, R, S>(R, S, PhantomData<fn() -> T>);

impl<T, R: Fn(&Json<'_>) -> Read<T>, S: Fn() -> Value> Parser for Is<T, R, S> {
    type Out = T;

    fn read(&self, given: &Json<'_>) -> Read<T> {
        self.0(given)
    }

    fn schema(&self) -> Value {
        self.1()
    }
}

/// A parser of its two halves. Both are closures, so that who only reads pays for no description.
pub fn is<T>(
    read: impl Fn(&Json<'_>) -> Read<T>,
    schema: impl Fn() -> Value,
) -> impl Parser<Out = T> {
    Is(read, schema, PhantomData)
}

struct Then<P, F>(P, F);

impl<T, P: Parser, F: Fn(P::Out) -> Read<T>> Parser for Then<P, F> {
    type Out = T;

    fn read(&self, given: &Json<'_>) -> Read<T> {
        self.1(self.0.read(given)?)
    }

    fn schema(&self) -> Value {
        self.0.schema()
    }
}

/// What a parser reads, made into something else.
pub fn then<T, P: Parser>(parser: P, convert: impl Fn(P::Out) -> Read<T>) -> impl Parser<Out = T> {
    Then(parser, convert)
}

/// The same parser, with words of its own in the document.
pub fn described<P: Parser>(parser: P, words: &'static str) -> impl Parser<Out = P::Out> {
    With(parser, "description", words.into())
}

/// The same parser, with an example of its own in the document.
pub fn such_as<P: Parser>(parser: P, example: &'static str) -> impl Parser<Out = P::Out> {
    With(parser, "examples", json!([example]))
}

/// A parser whose schema says one thing in its own way.
struct With<P>(P, &'static str, Value);

impl<P: Parser> Parser for With<P> {
    type Out = P::Out;

    fn read(&self, given: &Json<'_>) -> Read<P::Out> {
        self.0.read(given)
    }

    fn schema(&self) -> Value {
        let mut schema = self.0.schema();
        schema[self.1] = self.2.clone();
        schema
    }
}

/// What is always read from text.
pub trait FromText: Sized {
    fn parse(text: &str) -> Read<Self>;
    fn schema() -> Value;
}

/// Reads a type that says itself how.
pub fn of<T: FromText>() -> impl Parser<Out = T> {
    is(|given| T::parse(plain(given)?), T::schema)
}

/// Reads text in a way of its own.
pub fn from_text<T, E: Display>(
    parse: impl Fn(&str) -> Result<T, E>,
    schema: impl Fn() -> Value,
) -> impl Parser<Out = T> {
    is(move |given| parse(plain(given)?).map_err(|error| error.to_string()), schema)
}

/// Text of so many characters; blank only where nothing is allowed too.
pub fn text(length: RangeInclusive<usize>) -> impl Parser<Out = String> {
    let (least, most) = (*length.start(), *length.end());
    let read = move |given: &Json<'_>| {
        let text = plain(given)?;
        check_length(text, &length)?;
        Ok(text.to_owned())
    };
    let schema = move || {
        let pattern = if least > 0 { NOT_BLANK } else { NO_NUL };
        let example: String = "tent with two poles".chars().take(most).collect();
        json!({ "type": "string", "minLength": least, "maxLength": most, "pattern": pattern,
            "examples": [example] })
    };
    is(read, schema)
}

/// A whole number: `2`, `2.0` or `2e0`.
pub fn integer(range: RangeInclusive<i64>) -> impl Parser<Out = i64> {
    let (least, most) = (*range.start(), *range.end());
    let read = move |given: &Json<'_>| {
        let digits = match given {
            Json::Number(digits) => digits,
            Json::Word(digits) => digits.as_ref(),
            other => return Err(format!("must be a whole number, not {}", other.kind())),
        };
        match whole(digits) {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            Err(NotWhole::Other) => Err("must be a whole number".to_owned()),
            Ok(_) | Err(NotWhole::TooLarge) if most == i64::MAX => {
                Err(format!("must be at least {least}, and fit into 64 bits"))
            }
            Ok(_) | Err(NotWhole::TooLarge) => Err(format!("must be from {least} to {most}")),
        }
    };
    let schema = move || {
        let example = 7_i64.clamp(least, most);
        json!({ "type": "integer", "minimum": least, "maximum": most, "examples": [example] })
    };
    is(read, schema)
}

/// An amount, as text or as a number, read from its digits.
pub fn money(currency: Currency) -> impl Parser<Out = Money> {
    money_to(Money::MAX_MINOR, currency)
}

/// The same, up to so much in minor units: a power of ten.
pub fn money_to(most_minor: i64, currency: Currency) -> impl Parser<Out = Money> {
    let read = move |given: &Json<'_>| {
        let digits = match given {
            // However JSON may write it: `1e2` is a whole number too.
            Json::Number(digits) => digits,
            Json::Text(digits) | Json::Word(digits) => {
                check_decimal(digits)?;
                digits.as_ref()
            }
            other => {
                let kind = other.kind();
                return Err(format!("must be a decimal such as \"100.00\", not {kind}"));
            }
        };
        match Money::parse(digits, currency) {
            Ok(money) if money.minor <= most_minor => Ok(money),
            Ok(_) | Err(MoneyError::TooLarge(_)) => {
                Err(format!("must be at most {}", Money::new(most_minor, currency)))
            }
            Err(error) => Err(error.to_string()),
        }
    };
    let schema = move || {
        let places = currency.digits();
        let unit = 10_i64.pow(u32::try_from(places).unwrap_or_default());
        // One and nothing but noughts, so that what is shorter is less.
        let most = most_minor / unit;
        let noughts = most.ilog10();
        let (some, none) = match places {
            0 => (String::new(), String::new()),
            places => (format!("(\\.[0-9]{{1,{places}}})?"), format!("(\\.0{{1,{places}}})?")),
        };
        let pattern = format!("^([0-9]{{1,{noughts}}}{some}|{most}{none})$");
        let example = Money::new(1990, currency).to_string();
        json!({ "type": ["string", "integer"], "pattern": pattern, "examples": [example],
            "minimum": 0, "maximum": most,
            "description": format!("An amount in {currency}. A number with decimals is read too.") })
    };
    is(read, schema)
}

/// `true` or `false`; in a query also `1` or `0`.
pub fn boolean() -> impl Parser<Out = bool> {
    let read = |given: &Json<'_>| match given {
        Json::Bool(flag) => Ok(*flag),
        Json::Word(word) => match word.as_ref() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err("must be true or false".to_owned()),
        },
        other => Err(format!("must be true or false, not {}", other.kind())),
    };
    is(read, || json!({ "type": "boolean", "examples": [true] }))
}

/// One of the named values.
pub fn choice<T: Copy>(choices: &[(&'static str, T)]) -> impl Parser<Out = T> {
    let names = move || choices.iter().map(|(name, _)| *name);
    let read = move |given: &Json<'_>| {
        let text = plain(given)?;
        let found = choices.iter().find(|(name, _)| *name == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<&str> = names().collect();
            format!("must be one of {}", names.join(", "))
        })
    };
    let schema = move || {
        let names: Vec<&str> = names().collect();
        json!({ "type": "string", "enum": names, "examples": names[..1] })
    };
    is(read, schema)
}

impl<const MOST: usize> FromText for Text<MOST> {
    fn parse(text: &str) -> Read<Self> {
        Text::new(text).map_err(|error| error.to_string())
    }

    fn schema() -> Value {
        json!({ "type": "string", "maxLength": MOST, "pattern": NO_NUL, "examples": ["By night."] })
    }
}

impl FromText for Uuid {
    fn parse(text: &str) -> Read<Uuid> {
        Uuid::try_parse(text).map_err(|_| "must be a UUID".to_owned())
    }

    fn schema() -> Value {
        let example = "019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a5b";
        json!({ "type": "string", "format": "uuid", "examples": [example] })
    }
}

impl FromText for Micros {
    fn parse(text: &str) -> Read<Micros> {
        let unread = || {
            "must be a time with its zone after RFC 3339, such as 2026-01-31T12:00:00Z".to_owned()
        };
        let (seconds, fraction, zone) = parts_of_time(text).ok_or_else(unread)?;
        // Finer than what is kept is cut off.
        let fraction = &fraction[..fraction.len().min(NANOS)];
        match format!("{seconds}{fraction}{zone}").parse::<Timestamp>() {
            Ok(at) => Ok(Micros(at.as_microsecond())),
            Err(_) if seconds.starts_with("9999-12-3") => {
                Err(format!("must be a time up to {LAST}"))
            }
            Err(_) => Err(unread()),
        }
    }

    fn schema() -> Value {
        json!({ "type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00Z"] })
    }
}

/// A point, and as many digits as a nanosecond has.
const NANOS: usize = 10;
/// No time zone has a later one.
const LAST: &str = "9999-12-30T22:00:00Z";

/// A time as RFC 3339 has it: up to the seconds, their fraction with its point, and the zone.
fn parts_of_time(text: &str) -> Option<(&str, &str, &str)> {
    let is_like = |text: &str, form: &[u8]| {
        let is_like = |(byte, form): (u8, &u8)| match form {
            b'0' => byte.is_ascii_digit(),
            b'T' => b"Tt ".contains(&byte),
            form => byte == *form,
        };
        text.len() == form.len() && text.bytes().zip(form).all(is_like)
    };
    let form = b"0000-00-00T00:00:00";
    let (seconds, rest) = text.split_at_checked(form.len())?;
    let digits = rest.strip_prefix('.').map_or("", |rest| {
        let end = rest.bytes().take_while(u8::is_ascii_digit).count();
        &rest[..end]
    });
    let (fraction, zone) = rest.split_at(if digits.is_empty() { 0 } else { digits.len() + 1 });
    let is_offset = zone.starts_with(['+', '-']) && is_like(&zone[1..], b"00:00");
    let is_within = is_offset && zone[1..3] < *"24" && zone[4..] < *"60";
    let is_whole = is_like(seconds, form) && (is_within || ["Z", "z"].contains(&zone));
    is_whole.then_some((seconds, fraction, zone))
}

/// The text that a value is.
pub fn plain<'g>(given: &'g Json<'_>) -> Read<&'g str> {
    let (Json::Text(text) | Json::Word(text)) = given else {
        return Err(format!("must be text, not {}", given.kind()));
    };
    match text.contains('\0') {
        true => Err("must not contain a NUL character".to_owned()),
        false => Ok(text),
    }
}

fn check_length(text: &str, length: &RangeInclusive<usize>) -> Read<()> {
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

    fn read<P: Parser>(parser: &P, given: &str) -> Read<P::Out> {
        parser.read(&Json::parse(given.as_bytes()).unwrap())
    }

    fn word<P: Parser>(parser: &P, given: &str) -> Read<P::Out> {
        parser.read(&Json::Word(given.into()))
    }

    #[test]
    fn a_whole_number_may_have_a_point_or_an_exponent() {
        let parser = integer(1..=1_000_000);
        for (given, expected) in [
            ("1", Ok(1)),
            ("1000000", Ok(1_000_000)),
            ("1.0", Ok(1)),
            ("1e3", Ok(1000)),
            ("25E-1", Err("a whole number")),
            ("1.5", Err("a whole number")),
            ("0", Err("from 1 to 1000000")),
            ("-1", Err("from 1 to 1000000")),
            ("1e400", Err("from 1 to 1000000")),
            ("1000000000000000000000000000000", Err("from 1 to 1000000")),
            ("\"1\"", Err("a whole number, not text")),
            ("true", Err("not a boolean")),
            ("null", Err("not null")),
            ("[1]", Err("not a list")),
        ] {
            match (read(&parser, given), expected) {
                (Ok(number), Ok(expected)) => assert_eq!(number, expected),
                (Err(message), Err(part)) => assert!(message.contains(part), "{given}: {message}"),
                (read, _) => panic!("{given}: {read:?}"),
            }
        }
        assert_eq!(read(&integer(i64::MIN..=i64::MAX), "-9223372036854775808"), Ok(i64::MIN));
        assert_eq!((word(&parser, "12"), word(&parser, "\u{663}").ok()), (Ok(12), None));
    }

    #[test]
    fn amounts_keep_their_digits() {
        let euro = money("EUR".parse().unwrap());
        for (given, expected) in [
            ("10.10", Some("10.10")),
            ("\"10.10\"", Some("10.10")),
            ("100", Some("100.00")),
            ("-0.00", Some("0.00")),
            ("1.10000", Some("1.10")),
            ("0.30000000000000004", None),
            ("1e2", Some("100.00")),
            ("\"1e2\"", None),
            ("1e-3", None),
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
            let amount = read(&euro, given).ok().map(|money| money.to_string());
            assert_eq!(amount.as_deref(), expected, "{given}");
        }
        assert_eq!(word(&euro, "19.99").map(|money| money.minor), Ok(1999));
        // What is too large for any amount is told the bound of this one.
        let small = money_to(100_000, "EUR".parse().unwrap());
        for text in [r#""1000.01""#, "1e99", r#""1000000000000.01""#] {
            assert_eq!(read(&small, text).unwrap_err(), "must be at most 1000.00", "{text}");
        }
        let yen = money("JPY".parse().unwrap());
        assert_eq!(read(&yen, "1.5").unwrap_err(), "must have at most 0 decimal places in JPY");
        assert_eq!(yen.schema()["pattern"], "^([0-9]{1,14}|100000000000000)$");
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
            assert_eq!(read(&text(length), given).is_ok(), ok, "{given}");
        }
        assert!(word(&text(1..=5), "a\0").is_err());
    }

    #[test]
    fn words_of_a_query_become_other_things() {
        assert_eq!((word(&boolean(), "1"), word(&boolean(), "false")), (Ok(true), Ok(false)));
        assert!(word(&boolean(), "yes").is_err());
        assert!(read(&boolean(), "1").is_err(), "in a body it is a number");
        assert!(word(&of::<Uuid>(), "018f0c3e-0000-7000-8000-000000000000").is_ok());
        assert!(word(&of::<Uuid>(), "x").is_err());
        assert!(word(&of::<Micros>(), "2026-01-31T12:00:00+01:00").is_ok());
        for (text, at) in [
            ("1970-01-01T00:00:00Z", Ok(0)),
            ("1970-01-01t00:00:00.000001z", Ok(1)),
            ("1970-01-01 01:00:00+01:00", Ok(0)),
            ("1970-01-01T00:00:00.1234567890123Z", Ok(123_456)),
            ("1970-01-01T00:00:00.Z", Err("RFC 3339")),
            ("1970-01-01T00:00Z", Err("RFC 3339")),
            ("1970-01-01T00:00:00", Err("RFC 3339")),
            ("1970-01-01T00:00:00+24:00", Err("RFC 3339")),
            ("1970-01-01T00:00:00+0100", Err("RFC 3339")),
            ("1970-01-01T00:00:00Z[UTC]", Err("RFC 3339")),
            ("2026-02-30T00:00:00Z", Err("RFC 3339")),
            ("2026-01-31", Err("RFC 3339")),
            ("ä026-01-31T00:00:00Z", Err("RFC 3339")),
            ("9999-12-30T00:00:00Z", Ok(253_402_128_000_000_000)),
            ("9999-12-31T23:59:59Z", Err("up to 9999-12-30T22:00:00Z")),
        ] {
            let read = Micros::parse(text);
            match at {
                Ok(at) => assert_eq!(read, Ok(Micros(at)), "{text}"),
                Err(why) => assert!(read.unwrap_err().contains(why), "{text}"),
            }
        }
        let order = choice(&[("price", 1), ("name", 2)]);
        assert_eq!(word(&order, "name"), Ok(2));
        assert_eq!(word(&order, "x"), Err("must be one of price, name".to_owned()));
        assert!(read(&of::<Uuid>(), "7").unwrap_err().contains("text"));
        assert_eq!(
            read(&of::<Text<3>>(), "\"abcd\"").unwrap_err(),
            "must have at most 3 characters, has 4"
        );
    }
}
