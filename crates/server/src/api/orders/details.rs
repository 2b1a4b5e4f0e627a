//! What a buyer says of an order besides the goods: his own name for it, where it goes, whom to reach.

use crate::{
    api::identity::addresses::postal,
    http::{
        fields::Fields,
        parsers::{FromText, Read, of},
        shapes::view,
        texts::{note_of, title_of},
    },
};
use domain::{
    Details, Email, PostalAddress,
    orders::{Contact, Reference},
};
use serde_json::{Value, json};

view! {
    pub struct DeliveryView<'a> = "DeliveryAddress" {
        name: &'a str,
        line1: &'a str,
        line2: Option<&'a str>,
        post_code: Option<&'a str>,
        city: &'a str,
        region: Option<&'a str>,
        country: &'static str,
        phone: Option<&'a str>,
    }
}

view! {
    pub struct ContactView<'a> = "Contact" {
        name: Option<&'a str>,
        email: Option<&'a str>,
        phone: Option<&'a str>,
    }
}

impl DeliveryView<'_> {
    pub fn of(address: &PostalAddress) -> DeliveryView<'_> {
        DeliveryView {
            name: &address.name,
            line1: &address.line1,
            line2: address.line2.as_deref(),
            post_code: address.post_code.as_deref(),
            city: &address.city,
            region: address.region.as_deref(),
            country: address.country.code(),
            phone: address.phone.as_deref(),
        }
    }
}

impl ContactView<'_> {
    pub fn of(contact: &Contact) -> ContactView<'_> {
        ContactView {
            name: contact.name.as_deref(),
            email: contact.email.as_ref().map(Email::as_str),
            phone: contact.phone.as_deref(),
        }
    }
}

impl FromText for Reference {
    fn parse(text: &str) -> Read<Reference> {
        Reference::new(text).map_err(|error| error.to_string())
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,255}$", "examples": ["PO-2026.11"] })
    }
}

/// A field that may be left out, left empty, or have a value.
pub type Stated<T> = Option<Option<T>>;

/// What is said of an order when it is made. As with a reader, whoever calls this builds after it.
pub fn details(fields: &mut Fields<'_>) -> Option<Details> {
    let note = fields.optional("note", note_of::<1000>());
    let reference = fields.nullable("reference", of::<Reference>());
    let delivery_address = delivery_address(fields);
    let contact = contact(fields);
    Some(Details {
        note: note?.unwrap_or_default(),
        reference: reference?.flatten(),
        delivery_address: delivery_address?.flatten(),
        contact: contact?.flatten(),
    })
}

/// Where an order goes.
pub fn delivery_address(fields: &mut Fields<'_>) -> Option<Stated<PostalAddress>> {
    fields.object("delivery_address", postal)
}

/// Whom to reach about it.
pub fn contact(fields: &mut Fields<'_>) -> Option<Stated<Contact>> {
    fields.object("contact", |contact| {
        let name = contact.nullable("name", title_of());
        let email = contact.nullable("email", of::<Email>());
        let phone = contact.nullable("phone", title_of());
        contact.note("One of these at least.");
        let (name, email, phone) = (name?.flatten(), email?.flatten(), phone?.flatten());
        match Contact::new(name, email, phone) {
            Some(said) => Some(said),
            None => contact.refuse("", "must name a name, an email or a phone"),
        }
    })
}
