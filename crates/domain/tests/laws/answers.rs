//! What is kept under a key is read by every later version, as the texts that each has written. **Who
//! changes one leaves old keys without their answer**: a new form gets a number of its own.

use crate::nouns::NOUNS;
use domain::{CreateCategory, CreateProduct, Listed, MoveStock, PlaceOrder, Rule};

/// A text as some version has written it, and what this one makes of it.
pub struct KeptAnswer {
    pub name: &'static str,
    text: &'static str,
    is_read: bool,
    /// As it is written now; an id has no form.
    written: Option<Box<str>>,
    can_read: fn(&str) -> bool,
}

pub fn kept<C>(text: &'static str, answer: &C::Outcome) -> KeptAnswer
where
    C: Listed<Before = <C as Rule>::Outcome>,
    C::Outcome: PartialEq,
{
    let is_read = C::before(text).as_ref() == Some(answer);
    let can_read = |text: &str| C::before(text).is_some();
    KeptAnswer { name: C::NAME, text, is_read, written: Some(C::kept(answer)), can_read }
}

/// Of which only a part is kept.
pub fn kept_part<C>(text: &'static str, part: &C::Before, answer: &C::Outcome) -> KeptAnswer
where
    C: Listed<Before: PartialEq>,
{
    KeptAnswer { written: Some(C::kept(answer)), ..kept_id::<C>(text, part) }
}

/// Of which no more is kept than the id.
pub fn kept_id<C: Listed<Before: PartialEq>>(text: &'static str, id: &C::Before) -> KeptAnswer {
    let is_read = C::before(text).as_ref() == Some(id);
    let can_read = |text: &str| C::before(text).is_some();
    KeptAnswer { name: C::NAME, text, is_read, written: None, can_read }
}

fn all() -> Vec<KeptAnswer> {
    NOUNS.iter().flat_map(|noun| noun.kept()).collect()
}

#[test]
fn kept_answers_are_read_as_every_version_has_written_them() {
    for KeptAnswer { name, text, is_read, written, .. } in all() {
        assert!(is_read, "{name} reads {text} as another answer");
        assert!(written.is_none_or(|written| *written == *text), "{name}");
    }
}

#[test]
fn a_kept_answer_that_cannot_be_read_is_no_answer_and_no_panic() {
    let answers = all();
    let mut bad: Vec<String> = ["", "1", "1 ", "1 {}", "1 null", "1 [{},{}]", "1 \"\"", "1 [{}]"]
        .map(str::to_owned)
        .into();
    for KeptAnswer { text, written, .. } in &answers {
        bad.push(text[..text.len() - 1].to_owned());
        if written.is_some() {
            bad.extend([text.replacen('1', "2", 1), text[2..].to_owned()]);
        }
    }
    for text in bad {
        for answer in &answers {
            assert!(!(answer.can_read)(&text), "{} reads {text:?}", answer.name);
        }
    }
}

#[test]
fn no_command_reads_what_another_has_kept() {
    let kept = |name| all().into_iter().find(|answer| answer.name == name).unwrap().text;
    let [product, category, stock] =
        [CreateProduct::NAME, CreateCategory::NAME, MoveStock::NAME].map(kept);
    assert!(CreateProduct::before(category).is_none() && CreateCategory::before(stock).is_none());
    assert!(MoveStock::before(product).is_none() && PlaceOrder::before(category).is_none());
}
