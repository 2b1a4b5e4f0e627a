//! Text with a bound. A `Text` never holds NUL, which Postgres cannot store, and never exceeds `MAX`
//! characters; cloning one shares it.

use serde::{Deserialize, Serialize};
use std::{fmt, ops::Deref, sync::Arc};
use unicode_normalization::UnicodeNormalization;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(Arc<str>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("must have at most {max} characters, has {actual}")]
    TooLong { max: usize, actual: usize },
    #[error("must not contain the NUL character")]
    Nul,
    #[error("must not contain the control character U+{:04X}", u32::from(*.0))]
    Hidden(char),
    #[error("must not be empty")]
    Empty,
    #[error("{0}")]
    Form(&'static str),
}

impl TextError {
    pub(crate) fn hidden(c: char) -> TextError {
        if c == '\0' { TextError::Nul } else { TextError::Hidden(c) }
    }
}

/// What is not seen, or changes how its neighbours are: control characters, marks of direction, and
/// what has no width. With it two texts that look the same are not, and a log or a page is forged.
///
/// Not the joiners (U+200C, U+200D), without which Persian, Hindi and many emoji are misspelt; and
/// nothing beyond U+FFFF, where the flags of England and Scotland are made of what cannot be seen.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || is_filler(c)
}

/// Letters to Unicode, and nothing to the eye: where Korean and Khmer have none.
fn is_filler(c: char) -> bool {
    matches!(
        c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}'
    )
}

/// What nobody sees by itself, and has a use between others only: joiners, variants, tags.
pub(crate) fn is_between(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

impl<const MAX: usize> Text<MAX> {
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text.contains('\0') {
            return Err(TextError::Nul);
        }
        // Bytes bound characters from above, so that the common case counts nothing.
        if text.len() > MAX {
            let actual = text.chars().count();
            if actual > MAX {
                return Err(TextError::TooLong { max: MAX, actual });
            }
        }
        Ok(Text(text.into()))
    }

    /// What stands on one line, such as a name: nothing in it is hidden, or turns what follows around.
    pub fn line(text: &str) -> Result<Self, TextError> {
        match text.chars().find(|c| is_hidden(*c)) {
            Some(hidden) => Err(TextError::hidden(hidden)),
            None => Text::new(text),
        }
    }

    /// What may have several lines, and tabs.
    pub fn note(text: &str) -> Result<Self, TextError> {
        match text.chars().find(|c| is_hidden(*c) && !"\n\r\t".contains(*c)) {
            Some(hidden) => Err(TextError::hidden(hidden)),
            None => Text::new(text),
        }
    }

    /// For what the database kept: it was checked on its way in.
    pub fn stored(text: &str) -> Self {
        Text(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Default for Text<MAX> {
    fn default() -> Self {
        Text("".into())
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What two texts have in common that differ only in upper and lower case, or in how their
/// characters are put together. It may be eighteen times as long.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let folded = unicase::UniCase::new(text.nfkc().collect::<String>()).to_folded_case();
    folded.nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_as_it_is() {
        let text = Text::<9>::new("Mess tin").unwrap();
        assert_eq!((text.to_string(), text.as_str()), ("Mess tin".to_owned(), "Mess tin"));
    }

    #[test]
    fn texts_that_differ_in_case_or_composition_fold_to_the_same() {
        for (one, other) in [
            ("Mess TIN 1", "mess tin 1"),
            ("\u{c4}PFEL", "\u{e4}pfel"),
            ("A\u{308}pfel", "\u{e4}PFEL"),
            ("STRASSE", "Stra\u{df}e"),
            ("\u{39f}\u{394}\u{39f}\u{3a3}", "\u{3bf}\u{3b4}\u{3bf}\u{3c2}"),
            // What one of them folds to is put together anew.
            ("\u{390}", "\u{3aa}\u{301}"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        assert_ne!(fold("\u{e4}pfel"), fold("apfel"));
    }

    #[test]
    fn what_is_not_seen_is_refused_by_its_number() {
        for c in [
            '\u{1}', '\u{1b}', '\u{7f}', '\u{85}', '\u{9f}', '\u{ad}', '\u{61c}', '\u{180e}',
            '\u{200b}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{202e}',
            '\u{2060}', '\u{2066}', '\u{2069}', '\u{206f}', '\u{feff}', '\u{fff9}', '\u{fffb}',
            '\u{34f}', '\u{115f}', '\u{1160}', '\u{17b4}', '\u{17b5}', '\u{3164}', '\u{ffa0}',
        ] {
            let text = format!("a{c}b");
            assert_eq!(Text::<9>::line(&text), Err(TextError::Hidden(c)), "{c:?}");
            assert_eq!(Text::<9>::note(&text), Err(TextError::Hidden(c)), "{c:?}");
            assert_eq!(Text::<9>::stored(&text).as_str(), text);
        }
        let why = Text::<9>::line("a\u{202e}b").unwrap_err().to_string();
        assert_eq!(why, "must not contain the control character U+202E");
        assert_eq!(Text::<9>::note("\0"), Err(TextError::Nul));
    }

    #[test]
    fn a_note_has_lines_and_a_line_has_not() {
        for text in ["a\nb", "a\r\nb", "a\tb"] {
            assert!(Text::<9>::note(text).is_ok() && Text::<9>::line(text).is_err(), "{text:?}");
        }
        for text in [
            "",
            "Ann",
            "می\u{200c}خواهم",
            "👩\u{200d}🚒",
            "❤\u{fe0f}",
            "🏴\u{e0067}\u{e007f}",
            "a\u{a0}b",
            "\u{1f1e9}",
        ] {
            assert!(Text::<20>::note(text).is_ok() && Text::<20>::line(text).is_ok(), "{text:?}");
        }
        let long = "x".repeat(10);
        assert_eq!(Text::<9>::line(&long), Err(TextError::TooLong { max: 9, actual: 10 }));
        assert_eq!(Text::<9>::note(&long), Err(TextError::TooLong { max: 9, actual: 10 }));
    }

    #[test]
    fn a_text_holds_at_most_its_bound_in_characters_and_never_nul() {
        assert!(Text::<3>::new("äöü").is_ok(), "three characters, six bytes");
        assert_eq!(Text::<3>::new("äöüß"), Err(TextError::TooLong { max: 3, actual: 4 }));
        assert!(Text::<3>::new("abc").is_ok() && Text::<3>::new("").is_ok());
        assert_eq!(Text::<3>::new("abcd"), Err(TextError::TooLong { max: 3, actual: 4 }));
        assert_eq!(Text::<9>::new("a\0b"), Err(TextError::Nul));
    }
}
