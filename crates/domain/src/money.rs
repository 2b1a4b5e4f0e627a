//! Money is an integer count of a currency's minor units. No floats anywhere; arithmetic is checked.

use crate::Quantity;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An ISO 4217 currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimal places an amount has: 2 for EUR, 0 for JPY.
    pub fn digits(self) -> usize {
        self.0.exponent().map_or(0, usize::from)
    }
}

impl FromStr for Currency {
    type Err = String;
    fn from_str(code: &str) -> Result<Self, String> {
        iso_currency::Currency::from_code(code)
            .map(Currency)
            .ok_or_else(|| format!("{code:?} is not an ISO 4217 currency code such as EUR"))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<str>::deserialize(from)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("must be a decimal amount such as \"12.50\"")]
    NotDecimal,
    #[error("must have at most {digits} decimal places in {currency}")]
    TooPrecise { digits: usize, currency: Currency },
    #[error("must not be negative")]
    Negative,
    #[error("must be at most {0}")]
    TooLarge(Money),
}

impl Money {
    /// The largest amount that is taken from outside: a trillion of a currency with two digits.
    pub const MAX_MINOR: i64 = 100_000_000_000_000;

    pub fn new(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    pub fn zero(currency: Currency) -> Money {
        Money::new(0, currency)
    }

    pub fn plus(self, other: Money) -> Option<Money> {
        let same = self.currency == other.currency;
        let minor = self.minor.checked_add(other.minor).filter(|_| same)?;
        Some(Money { minor, ..self })
    }

    pub fn times(self, quantity: Quantity) -> Option<Money> {
        let minor = self.minor.checked_mul(quantity.units())?;
        Some(Money { minor, ..self })
    }

    /// Reads an amount from its digits: `12.5`, `"12.50"`, `0.125e2`. Never through a float.
    pub fn parse(text: &str, currency: Currency) -> Result<Money, MoneyError> {
        let digits = currency.digits();
        let decimal = Decimal::parse(text).ok_or(MoneyError::NotDecimal)?;
        if decimal.negative && !decimal.is_zero() {
            return Err(MoneyError::Negative);
        }
        let too_large = || MoneyError::TooLarge(Money::new(Self::MAX_MINOR, currency));
        match decimal.scaled(digits) {
            Scaled::Exactly(minor) if minor <= Self::MAX_MINOR => Ok(Money::new(minor, currency)),
            Scaled::Exactly(_) | Scaled::TooLarge => Err(too_large()),
            Scaled::Inexact => Err(MoneyError::TooPrecise { digits, currency }),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.digits();
        let sign = if self.minor < 0 { "-" } else { "" };
        let unit = 10_u64.pow(digits as u32);
        let (whole, rest) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        match digits {
            0 => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{rest:0digits$}"),
        }
    }
}

/// The digits of a decimal number without leading and trailing zeros, and where its point stands.
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

enum Scaled {
    Exactly(i64),
    Inexact,
    TooLarge,
}

impl Decimal {
    /// JSON's grammar of numbers; a text longer than 64 characters is no amount of money.
    fn parse(text: &str) -> Option<Decimal> {
        if text.len() > 64 {
            return None;
        }
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?.into()),
            None => (text, 0_i64),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (number, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let mut exponent = exponent - fraction.len() as i64;
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
        while digits.last() == Some(&0) {
            digits.pop();
            exponent += 1;
        }
        Some(Decimal { negative, digits, exponent })
    }

    fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    fn scaled(&self, places: usize) -> Scaled {
        let shift = self.exponent + places as i64;
        if self.is_zero() {
            return Scaled::Exactly(0);
        }
        if shift < 0 {
            return Scaled::Inexact;
        }
        let zeros = std::iter::repeat_n(&0, shift.min(64) as usize);
        let sum = self
            .digits
            .iter()
            .chain(zeros)
            .try_fold(0_i64, |sum, &digit| sum.checked_mul(10)?.checked_add(digit.into()));
        sum.map_or(Scaled::TooLarge, Scaled::Exactly)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur() -> Currency {
        "EUR".parse().unwrap()
    }

    #[test]
    fn amounts_are_read_from_their_digits() {
        let minor = |text: &str| Money::parse(text, eur()).map(|money| money.minor);
        for (text, expected) in [
            ("0", 0),
            ("-0.00", 0),
            ("12", 1200),
            ("12.5", 1250),
            ("0.07", 7),
            ("1.10", 110),
            ("4.35", 435),
            ("1e2", 10_000),
            ("125e-1", 1250),
            ("1.000000", 100),
        ] {
            assert_eq!(minor(text), Ok(expected), "{text}");
        }
        for text in ["", ".", "1.", ".5", "1,50", "€3", "NaN", "0x10", " 1", "+1", "1e", "--1"] {
            assert_eq!(minor(text), Err(MoneyError::NotDecimal), "{text:?}");
        }
        for text in ["-1", "-0.01", "-1e99"] {
            assert_eq!(minor(text), Err(MoneyError::Negative), "{text}");
        }
        for text in ["0.001", "1e-3", "1e-2147483648"] {
            assert!(matches!(minor(text), Err(MoneyError::TooPrecise { .. })), "{text}");
        }
        for text in ["1e13", "999999999999999999999999", "1e2147483647"] {
            assert!(matches!(minor(text), Err(MoneyError::TooLarge(_))), "{text}");
        }
        assert_eq!(Money::parse("5", "JPY".parse().unwrap()).map(|m| m.minor), Ok(5));
        assert_eq!(minor("1000000000000.00"), Ok(Money::MAX_MINOR));
        assert!(matches!(minor("1000000000000.01"), Err(MoneyError::TooLarge(_))));
        let zeros = |count: usize| format!("1.{}", "0".repeat(count));
        assert_eq!((minor(&zeros(62)), minor(&zeros(63))), (Ok(100), Err(MoneyError::NotDecimal)));
    }

    #[test]
    fn amounts_are_printed_with_the_digits_of_their_currency() {
        for (minor, code, text) in [
            (0, "EUR", "0.00"),
            (5, "EUR", "0.05"),
            (-5, "EUR", "-0.05"),
            (12_345, "EUR", "123.45"),
            (0, "JPY", "0"),
            (-120, "JPY", "-120"),
            (1_002, "KWD", "1.002"),
        ] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(Money::new(minor, currency).to_string(), text, "{minor} {code}");
            assert_eq!((currency.code(), currency.to_string().as_str()), (code, code));
        }
    }

    #[test]
    fn sums_do_not_overflow_and_do_not_mix_currencies() {
        let most = Money::new(i64::MAX, eur());
        assert_eq!(most.plus(Money::new(1, eur())), None);
        assert_eq!(most.times(Quantity::new(2).unwrap()), None);
        assert_eq!(Money::new(1, eur()).plus(Money::new(1, "USD".parse().unwrap())), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(minor in 0..=Money::MAX_MINOR, code in prop_oneof!["EUR", "JPY", "KWD"]) {
            let money = Money::new(minor, code.parse().unwrap());
            prop_assert_eq!(Money::parse(&money.to_string(), money.currency), Ok(money));
        }
    }
}
