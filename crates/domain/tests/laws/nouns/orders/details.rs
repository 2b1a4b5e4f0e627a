//! What buyers say besides the goods: often nothing.

use crate::{
    drafts::text,
    nouns::addresses::{cities, longest_address, most},
    weights::Longest,
};
use domain::{Contact, Details, Email, Reference};
use proptest::{option::weighted, prelude::*, sample::select};

pub fn details() -> impl Strategy<Value = Details> {
    let note = select(vec!["", "ring twice"]).prop_map(text);
    let reference = weighted(0.1, Just(Reference::stored("PO-1")));
    let said = (note, reference, weighted(0.15, cities()), weighted(0.15, contacts()));
    said.prop_map(|(note, reference, delivery_address, contact)| Details {
        note,
        reference,
        delivery_address,
        contact,
    })
}

pub fn contacts() -> impl Strategy<Value = Contact> {
    select(vec![by_phone(), everything()])
}

fn by_phone() -> Contact {
    Contact::new(None, None, Some(text("+49 351 1"))).unwrap()
}

/// With all that can be said.
pub fn most_details() -> Details {
    Details {
        note: text("ring twice"),
        reference: Some(Reference::stored("PO-1")),
        delivery_address: Some(most()),
        contact: Some(everything()),
    }
}

fn everything() -> Contact {
    let email = Email::new("ann@example.com").unwrap();
    Contact::new(Some(text("Ann")), Some(email), Some(text("+49 351 1"))).unwrap()
}

pub fn longest_details(longest: Longest) -> Details {
    let name = Some(longest.text());
    let email = Some(Email::stored(&longest.text::<254>()));
    Details {
        note: longest.text(),
        reference: Some(Reference::stored(&"r".repeat(255))),
        delivery_address: Some(longest_address(longest)),
        contact: Contact::new(name, email, Some(longest.text())),
    }
}
