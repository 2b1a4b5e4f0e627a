//! The languages in which the shop writes to people, and which of them a request asks for.

use crate::http::HeaderMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum Language {
    English,
    German,
}

impl Language {
    pub const ALL: [Language; 2] = [Language::English, Language::German];

    /// By their codes.
    pub const NAMED: [(&'static str, Language); 2] =
        [("en", Language::English), ("de", Language::German)];

    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    pub fn coded(code: &str) -> Option<Language> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The one that is `wished`; the usual one if none is.
    pub fn of(headers: &HeaderMap, usual: Language) -> Language {
        Self::wished(headers, usual).unwrap_or(usual)
    }

    /// The one that `Accept-Language` likes best, of two the one that comes first there, of two that it likes
    /// alike without a name the usual one. None if it names neither, or nothing that can be read.
    pub fn wished(headers: &HeaderMap, usual: Language) -> Option<Language> {
        let lines = headers.get_all("accept-language").iter();
        let ranges: Vec<(String, f32)> = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .filter_map(read_range)
            .collect();
        let wish = |language: Language| {
            let named = |name: &str| {
                let mut places = ranges.iter().zip(0..);
                places.find_map(|((range, quality), place)| {
                    (range == name).then_some((*quality, place))
                })
            };
            named(language.code()).or_else(|| named("*")).filter(|(quality, _)| *quality > 0.0)
        };
        let others = Self::ALL.into_iter().filter(|language| *language != usual);
        let mut best: Option<(Language, (f32, i32))> = None;
        for language in std::iter::once(usual).chain(others) {
            let Some((quality, place)) = wish(language) else { continue };
            let is_better = best.is_none_or(|(_, (best, earlier))| {
                quality > best || quality == best && place < earlier
            });
            if is_better {
                best = Some((language, (quality, place)));
            }
        }
        best.map(|(language, _)| language)
    }
}

/// `de-AT;q=0.8` is `de` and 0.8: all that is spoken in a language reads it.
fn read_range(range: &str) -> Option<(String, f32)> {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
    let quality = match parameters.trim() {
        "" => 1.0,
        parameter => {
            parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?.parse().ok()?
        }
    };
    let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
    ((0.0..=1.0).contains(&quality) && !primary.is_empty()).then_some((primary, quality))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_liked_best_is_taken() {
        use Language::{English, German};
        for (lines, expected) in [
            (&[][..], English),
            (&["de"], German),
            (&["DE-at"], German),
            (&["en-US, de;q=0.9"], English),
            (&["en;q=0.5, de;q=0.6"], German),
            (&["en;q=0.5, de ; q=0.6"], German),
            (&["fr, de;q=0.2"], German),
            (&["fr", "de"], German),
            (&["de, en"], German),
            (&["en, de"], English),
            (&["fr"], English),
            (&["*"], English),
            (&["de;q=0.4, *;q=0.5"], English),
            (&["en;q=0, *"], German),
            (&["en;q=0"], English),
            (&["de;q=0"], English),
            (&["de;q=2, en;q=0.1"], English),
            (&["de;q=x"], English),
            (&["den"], English),
            (&[";;,,=,\u{7f}"], English),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                if let Ok(value) = line.parse() {
                    headers.append("accept-language", value);
                }
            }
            assert_eq!(Language::of(&headers, English), expected, "{lines:?}");
        }
        let mut headers = HeaderMap::new();
        for (line, expected) in [("fr", German), ("*", German), ("en;q=0.1", English)] {
            headers.insert("accept-language", line.parse().unwrap());
            assert_eq!(Language::of(&headers, German), expected, "{line}");
        }
    }

    #[test]
    fn who_asks_for_none_wishes_for_none() {
        let wished = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("accept-language", line.parse().unwrap());
            Language::wished(&headers, Language::English)
        };
        assert_eq!(Language::wished(&HeaderMap::new(), Language::German), None);
        assert_eq!([wished("fr"), wished("de;q=0")], [None, None]);
        assert_eq!(wished("en, de"), Some(Language::English), "though it is the usual one");
    }

    #[test]
    fn a_language_has_a_code() {
        for language in Language::ALL {
            assert_eq!(Language::coded(language.code()), Some(language));
            assert!(Language::NAMED.contains(&(language.code(), language)));
        }
        assert_eq!(Language::coded("EN"), None);
    }
}
