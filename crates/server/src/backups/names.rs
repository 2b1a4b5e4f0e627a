//! A backup by the name of its file, which tells when it was taken, of which history and how far that had come:
//! `sutler-20261128T092005Z-1f0c33a2-1843.backup`.

use domain::Micros;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use std::{fmt, str::FromStr};

const BEFORE: &str = "sutler-";
const AFTER: &str = ".backup";
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// By their time, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// In whole seconds.
    pub taken_at: Micros,
    pub commit: i64,
    pub epoch: String,
}

impl Name {
    pub fn new(taken_at: Micros, epoch: &str, commit: i64) -> Name {
        let taken_at = Micros(taken_at.0.div_euclid(Micros::SECOND) * Micros::SECOND);
        Name { taken_at, commit, epoch: epoch.to_owned() }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = Timestamp::from_microsecond(self.taken_at.0).unwrap_or_default();
        let time = time.strftime(TIME);
        write!(f, "{BEFORE}{time}-{}-{}{AFTER}", self.epoch, self.commit)
    }
}

impl FromStr for Name {
    type Err = ();

    fn from_str(text: &str) -> Result<Name, ()> {
        let parts = text.strip_prefix(BEFORE).and_then(|text| text.strip_suffix(AFTER)).ok_or(())?;
        let mut parts = parts.splitn(3, '-');
        let mut part = || parts.next().ok_or(());
        let (time, epoch, commit) = (part()?, part()?, part()?);
        let time = DateTime::strptime(TIME, time).map_err(drop)?;
        let time = time.to_zoned(TimeZone::UTC).map_err(drop)?.timestamp();
        let name = Name {
            taken_at: Micros(time.as_microsecond()),
            commit: commit.parse().map_err(drop)?,
            epoch: epoch.to_owned(),
        };
        // In the one way in which it is written.
        (name.to_string() == text).then_some(name).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written_and_nothing_else_is_one() {
        let name = Name::new(Micros(1_795_857_605_123_456), "1f0c33a2", 1843);
        assert_eq!(name.to_string(), "sutler-20261128T092005Z-1f0c33a2-1843.backup");
        assert_eq!(name.to_string().parse(), Ok(name));
        for text in [
            "",
            "sutler.db",
            "sutler-20261128T092005Z-1f0c33a2-1843.backup.partial",
            "sutler-20261328T092005Z-1f0c33a2-1843.backup",
            "sutler-20261128T092005Z-1f0c33a2-01843.backup",
            "sutler-20261128T092005Z-1f0c33a2.backup",
            "../sutler-20261128T092005Z-1f0c33a2-1843.backup",
        ] {
            assert_eq!(text.parse::<Name>(), Err(()), "{text}");
        }
    }

    #[test]
    fn later_ones_come_later() {
        let [early, late] = [5, 1_000_000].map(|time| Name::new(Micros(time), "f", 9));
        let further = Name::new(Micros(5), "a", 10);
        assert!(early < late && early < further && further < late);
    }
}
