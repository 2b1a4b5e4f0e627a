//! What a buyer says besides the goods: his own name for the order, a wish, where it goes, whom to reach.
//! But for the reference all of it may be of a person, and goes when the shop forgets him.

use crate::{Email, PostalAddress, Text, TextError};
use serde::{Deserialize, Serialize};

/// The buyer's own name for an order, such as the number of his purchase order. Others may have it too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Reference(Text<255>);

impl Reference {
    pub fn new(text: &str) -> Result<Reference, TextError> {
        let is_sign = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        match text {
            "" => Err(TextError::Empty),
            _ if !text.chars().all(is_sign) => Err(TextError::Form(
                "must consist of the letters a to z and A to Z, digits and . _ -",
            )),
            _ => Text::new(text).map(Reference),
        }
    }

    pub fn stored(text: &str) -> Reference {
        Reference(Text::stored(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whom to reach about an order: by one way at least.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Contact {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<200>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Text<40>>,
}

impl Contact {
    /// `None` if it says nothing.
    pub fn new(
        name: Option<Text<200>>,
        email: Option<Email>,
        phone: Option<Text<40>>,
    ) -> Option<Contact> {
        let is_empty = name.is_none() && email.is_none() && phone.is_none();
        (!is_empty).then_some(Contact { name, email, phone })
    }
}

/// All that comes with the goods, however they are ordered.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Details {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub note: Text<1000>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_address: Option<PostalAddress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

/// An address and a contact in JSON, where a letter may take six bytes.
pub(crate) const PEOPLE_BYTES_MOST: usize = 10 * 1024;

impl Details {
    pub fn noted(note: Text<1000>) -> Details {
        Details { note, ..Details::default() }
    }

    /// Its note and its reference are among what any order weighs.
    pub(crate) fn bytes_most(&self) -> usize {
        match (&self.delivery_address, &self.contact) {
            (None, None) => 0,
            _ => PEOPLE_BYTES_MOST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_1_to_255_letters_digits_and_a_few_signs() {
        for text in ["7", "PO-2026_11.a", &"r".repeat(255)] {
            assert_eq!(Reference::new(text).unwrap().as_str(), text);
        }
        for text in ["", " ", "a b", "a/b", "ä", "a\n", &"r".repeat(256)] {
            assert!(Reference::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_contact_names_one_way_at_least() {
        assert_eq!(Contact::new(None, None, None), None);
        let by_phone = Contact::new(None, None, Some(Text::stored("+49 30 1"))).unwrap();
        assert_eq!(serde_json::to_string(&by_phone).unwrap(), r#"{"phone":"+49 30 1"}"#);
    }

    #[test]
    fn who_says_nothing_writes_nothing() {
        assert_eq!(serde_json::to_string(&Details::default()).unwrap(), "{}");
    }
}
