//! Countries: the two letters that ISO 3166-1 gives each.

use crate::TextError;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// In the order of the alphabet.
const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ \
    FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS \
    IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN \
    MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW \
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN \
    TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Country(&'static str);

impl Country {
    /// Letters of either case are read.
    pub fn new(text: &str) -> Result<Country, TextError> {
        let found = Country::all().find(|country| country.0.eq_ignore_ascii_case(text));
        found.ok_or(TextError::Form("must be the code of a country by ISO 3166-1, such as DE"))
    }

    pub fn code(self) -> &'static str {
        self.0
    }

    pub fn all() -> impl Iterator<Item = Country> {
        CODES.split_ascii_whitespace().map(Country)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Country, D::Error> {
        let text = String::deserialize(deserializer)?;
        Country::new(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_countries_as_the_standard_has_and_each_once() {
        let all: Vec<Country> = Country::all().collect();
        assert_eq!(all.len(), 249);
        assert!(all.is_sorted_by(|one, next| one < next));
        assert!(all.iter().all(|country| country.0.len() == 2));
    }

    #[test]
    fn a_country_is_known_by_its_two_letters_in_either_case() {
        assert_eq!(Country::new("de").unwrap().code(), "DE");
        for wrong in ["", "D", "DEU", "XX", "UK", "276", "D E", "ДЕ"] {
            assert!(Country::new(wrong).is_err(), "{wrong:?}");
        }
    }
}
