//! How texts of people are read: what is not seen in them is refused, by its number, and the schemas
//! say so. What was kept before is shown as it is.

use super::parsers::{Parser, from_text};
use domain::{Text, TextError};
use serde_json::json;

/// `domain::text::is_hidden`, as a class of a pattern. What Rust, Python and ECMAScript alike
/// understand ends at U+FFFF, and so do both.
macro_rules! pattern {
    (line $before:literal $after:literal) => {
        concat!($before, r"\x00-\x1f", pattern!(@hidden), $after)
    };
    (note $before:literal $after:literal) => {
        concat!($before, r"\x00-\x08\x0b\x0c\x0e-\x1f", pattern!(@hidden), $after)
    };
    (@hidden) => {
        concat!(
            r"\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e",
            r"\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
        )
    };
}

const LINE: &str = pattern!(line "^[^" "]*$");
const NOTE: &str = pattern!(note "^[^" "]*$");
/// A line that shows something.
const TITLE: &str =
    concat!(pattern!(line "^[^" "]*"), pattern!(line r"[^\s" "]"), pattern!(line "[^" "]*$"));

/// A line, such as a name: it may be empty.
pub fn line_of<const MOST: usize>() -> impl Parser<Out = Text<MOST>> {
    from_text(
        Text::line,
        || json!({ "type": "string", "maxLength": MOST, "pattern": LINE, "examples": ["By night."] }),
    )
}

/// A line that is not blank.
pub fn title_of<const MOST: usize>() -> impl Parser<Out = Text<MOST>> {
    let read = |text: &str| match text.trim().is_empty() {
        true => Err(TextError::Empty),
        false => Text::line(text),
    };
    from_text(read, || {
        json!({ "type": "string", "minLength": 1, "maxLength": MOST, "pattern": TITLE,
            "examples": ["tent with two poles"] })
    })
}

/// What may have several lines, and tabs.
pub fn note_of<const MOST: usize>() -> impl Parser<Out = Text<MOST>> {
    from_text(
        Text::note,
        || json!({ "type": "string", "maxLength": MOST, "pattern": NOTE, "examples": ["By night."] }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::json::Json;

    /// Both ways: what a schema allows is read, and what is read it allows.
    #[test]
    fn a_schema_allows_what_is_read_and_nothing_else() {
        fn compare<const MOST: usize>(parser: impl Parser<Out = Text<MOST>>, of: &str) {
            let validator = jsonschema::validator_for(&parser.schema()).unwrap();
            for c in ('\0'..='\u{3200}').chain('\u{f000}'..='\u{101ff}').chain(['\u{e0067}']) {
                for text in [format!("a{c}b"), c.to_string()] {
                    let is_read = parser.read(&Json::Text(text.as_str().into())).is_ok();
                    let is_allowed = validator.is_valid(&json!(text));
                    assert_eq!(is_read, is_allowed, "{text:?} as {of}");
                }
            }
        }
        compare(line_of::<9>(), "a line");
        compare(title_of::<9>(), "a title");
        compare(note_of::<9>(), "a note");
    }

    #[test]
    fn a_text_says_which_character_it_must_not_have() {
        let read = |text: &str| line_of::<9>().read(&Json::Text(text.into())).unwrap_err();
        assert_eq!(read("a\u{202e}b"), "must not contain the control character U+202E");
        assert_eq!(read("a\nb"), "must not contain the control character U+000A");
        assert_eq!(read("0123456789"), "must have at most 9 characters, has 10");
        let blank = title_of::<9>().read(&Json::Text(" ".into())).unwrap_err();
        assert_eq!(blank, "must not be empty");
    }
}
