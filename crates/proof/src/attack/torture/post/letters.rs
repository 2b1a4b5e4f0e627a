//! Letters about orders, as they came: which kind, about which order, and under which id.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    Received,
    Completed,
    Cancelled,
    Failed,
    /// To the staff, whoever says that it has failed.
    ToStaff,
}

/// Of one kind about one order, by their ids: a letter that comes again has the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Came {
    pub read: BTreeSet<String>,
    /// Taken, or refused for good: the shop need not bring it again.
    pub settled: BTreeSet<String>,
}

pub type Letters = BTreeMap<(News, i64), Came>;

/// What the mail server says when it has read a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Nothing,
    /// That it has it, or never will.
    ForGood,
}

/// Notes a letter; all that are not about an order are nobody's concern here.
pub fn note(letters: &mut Letters, text: &str, said: Said) {
    let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    let news = header("Subject: ").and_then(news);
    let (Some(news), Some(id)) = (news, header("Message-ID: ")) else { return };
    let came = letters.entry(news).or_default();
    came.read.insert(id.to_owned());
    if said == Said::ForGood {
        came.settled.insert(id.to_owned());
    }
}

fn news(subject: &str) -> Option<(News, i64)> {
    let numbered = |begins: &str| -> Option<(i64, &str)> {
        let (number, rest) = subject.strip_prefix(begins)?.split_once(' ')?;
        Some((number.parse().ok()?, rest))
    };
    if let Some((number, rest)) = numbered("Your order ") {
        let news = match rest.trim() {
            rest if rest.ends_with("is complete") => News::Completed,
            rest if rest.ends_with("was cancelled") => News::Cancelled,
            rest if rest.ends_with("could not be carried out") => News::Failed,
            _ => News::Received,
        };
        return Some((news, number));
    }
    let (number, _) = numbered("Order ")?;
    Some((News::ToStaff, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_known_by_its_subject_and_its_id() {
        let mut letters = Letters::new();
        for (subject, said) in [
            ("Your order 7 at Sutler", Said::Nothing),
            ("Your order 7 at Sutler", Said::ForGood),
            ("Your order 7 at Sutler could not be\r\n carried out", Said::ForGood),
            ("Order 8 could not be carried out at Sutler", Said::Nothing),
            ("Order 9 has failed at Sutler", Said::ForGood),
            ("Something else", Said::ForGood),
        ] {
            let text = format!("Subject: {subject}\r\nMessage-ID: <{subject}>\r\n\r\nHello\r\n");
            note(&mut letters, &text, said);
        }
        let found: Vec<_> = letters
            .iter()
            .map(|(news, came)| (*news, came.read.len(), came.settled.len()))
            .collect();
        let expected = [
            ((News::Received, 7), 1, 1),
            ((News::Failed, 7), 1, 1),
            ((News::ToStaff, 8), 1, 0),
            ((News::ToStaff, 9), 1, 1),
        ];
        assert_eq!(found, expected);
    }
}
