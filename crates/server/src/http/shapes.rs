//! What goes out, described: a view is declared once, and is both written and described from there.

use crate::language::Language;
use domain::{Micros, OrderStatus, Role};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The named schemas of a document.
pub type Named = BTreeMap<String, Value>;

/// How a value looks on the wire, as JSON Schema.
pub trait Shape {
    fn shape(named: &mut Named) -> Value;
}

/// What a whole answer, or a list's row, shows.
pub trait View: Shape {
    const NAME: &'static str;
    /// The name of a page of these.
    const LIST: &'static str = "";
    const KIND: &'static str = "application/json";

    /// Puts itself among the named schemas and gives the reference to it.
    fn schema(named: &mut Named) -> Value {
        if !named.contains_key(Self::NAME) {
            named.insert(Self::NAME.to_owned(), Value::Null);
            let shape = Self::shape(named);
            named.insert(Self::NAME.to_owned(), shape);
        }
        json!({ "$ref": format!("#/components/schemas/{}", Self::NAME) })
    }
}

/// An object with these fields, and those of them always that are marked. A later version may have others as
/// well: whoever makes a client of the document is not told that there are none.
pub fn object(fields: Vec<(&'static str, bool, Value)>) -> Value {
    let always = fields.iter().filter(|(_, is_always, _)| *is_always);
    let required: Vec<&str> = always.map(|(name, ..)| *name).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|(name, _, shape)| ((*name).to_owned(), shape.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// Text that is an amount of money.
pub struct Amount;
/// Text that is an absolute link.
pub struct Link;
/// Text that is a point in time, in UTC.
pub struct Time;

/// RFC 3339, UTC.
pub fn time(at: Micros) -> String {
    Timestamp::from_microsecond(at.0).unwrap_or(Timestamp::MAX).to_string()
}

macro_rules! shapes {
    ($( $type:ty = $schema:tt; )+) => {
        $( impl Shape for $type {
            fn shape(_: &mut Named) -> Value {
                json!($schema)
            }
        } )+
    };
}

shapes! {
    bool = { "type": "boolean" };
    i64 = { "type": "integer" };
    usize = { "type": "integer", "minimum": 0 };
    String = { "type": "string" };
    &str = { "type": "string" };
    Uuid = { "type": "string", "format": "uuid" };
    Amount = { "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$" };
    Link = { "type": "string", "format": "uri" };
    Time = { "type": "string", "format": "date-time" };
}

impl<T: Shape> Shape for Option<T> {
    fn shape(named: &mut Named) -> Value {
        json!({ "anyOf": [T::shape(named), { "type": "null" }] })
    }
}

/// Rows are views of their own.
impl<T: View> Shape for Vec<T> {
    fn shape(named: &mut Named) -> Value {
        json!({ "type": "array", "items": T::schema(named) })
    }
}

/// A list of plain texts.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Texts(pub Vec<String>);

impl Shape for Texts {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": "array", "items": { "type": "string" } })
    }
}

/// A view within a view.
pub struct Nested<V>(pub V);

impl<V: Serialize> Serialize for Nested<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<V: View> Shape for Nested<V> {
    fn shape(named: &mut Named) -> Value {
        V::schema(named)
    }
}

impl Shape for OrderStatus {
    fn shape(_: &mut Named) -> Value {
        one_of(OrderStatus::ALL.map(OrderStatus::name))
    }
}

impl Shape for Role {
    fn shape(_: &mut Named) -> Value {
        one_of(Role::ALL.map(Role::name))
    }
}

impl Shape for Language {
    fn shape(_: &mut Named) -> Value {
        one_of(Language::ALL.map(Language::code))
    }
}

/// Text that is one of these.
pub fn one_of(names: impl IntoIterator<Item = &'static str>) -> Value {
    let names: Vec<&str> = names.into_iter().collect();
    json!({ "type": "string", "enum": names })
}

/// The same, with what is said beside its field.
pub fn noted(mut shape: Value, words: &str) -> Value {
    if !words.is_empty() {
        shape["description"] = words.trim_start().into();
    }
    shape
}

/// A struct that goes out. Every field is always there, but for those that are skipped if they are none; `as` names what its text means, and what is said above
/// it stands in the document.
macro_rules! view {
    ($(#[$about:meta])* $vis:vis struct $name:ident $(<$life:lifetime>)? = $called:literal {
        $(
            $(#[doc = $note:literal])* $(#[serde($how:ident $(= $when:literal)?)])?
            $field:ident : $type:ty $(as $shape:ty)?,
        )+
    }) => {
        $(#[$about])*
        #[derive(serde::Serialize)]
        $vis struct $name $(<$life>)? {
            $( $(#[doc = $note])* $(#[serde($how $(= $when)?)])? $field: $type, )+
        }

        impl $(<$life>)? $crate::http::shapes::Shape for $name $(<$life>)? {
            fn shape(named: &mut $crate::http::shapes::Named) -> serde_json::Value {
                $crate::http::shapes::object(vec![ $( (
                    stringify!($field),
                    $crate::http::shapes::view!(@is_always $($($when)?)?),
                    $crate::http::shapes::noted(
                        $crate::http::shapes::view!(@shape named, $type $(, $shape)?),
                        concat!($($note),*),
                    ),
                ) ),+ ])
            }
        }

        impl $(<$life>)? $crate::http::shapes::View for $name $(<$life>)? {
            const NAME: &'static str = $called;
            const LIST: &'static str = concat!($called, "List");
        }
    };
    (@is_always) => { true };
    (@is_always $when:literal) => { false };
    (@shape $named:ident, $type:ty) => {
        <$type as $crate::http::shapes::Shape>::shape($named)
    };
    (@shape $named:ident, $type:ty, $shape:ty) => {
        <$shape as $crate::http::shapes::Shape>::shape($named)
    };
}
pub(crate) use view;

#[cfg(test)]
mod tests {
    use super::*;

    view! {
        struct Line<'a> = "Line" {
            name: &'a str,
            price: String as Amount,
            /// Null until then:
            /// it is on credit.
            paid_at: Option<String> as Option<Time>,
        }
    }

    view! {
        struct Bill<'a> = "Bill" {
            id: i64,
            #[serde(skip_serializing_if = "Option::is_none")]
            tip: Option<i64>,
            /// In their order.
            lines: Vec<Line<'a>>,
        }
    }

    #[test]
    fn a_view_is_written_as_it_is_described() {
        let mut named = Named::new();
        assert_eq!(Bill::schema(&mut named), json!({"$ref": "#/components/schemas/Bill"}));
        assert_eq!(named.keys().collect::<Vec<_>>(), ["Bill", "Line"]);
        let line = Line { name: "Tin", price: "1.00".to_owned(), paid_at: None };
        let written = json!(Bill { id: 7, tip: None, lines: vec![line] });
        let tip = &named["Bill"]["properties"]["tip"];
        assert!(tip["anyOf"].is_array() && written.get("tip").is_none());
        for (name, value) in [("Bill", &written), ("Line", &written["lines"][0])] {
            let shape = &named[name];
            let fields: Vec<_> = value.as_object().unwrap().keys().collect();
            let mut required: Vec<_> = shape["required"].as_array().unwrap().iter().collect();
            required.sort_by_key(|name| name.as_str());
            assert_eq!(fields, required, "what may be absent is not promised");
            assert!(shape.get("additionalProperties").is_none(), "a later version may say more");
        }
        let price = &named["Line"]["properties"]["price"];
        assert_eq!(price["pattern"], "^-?[0-9]+(\\.[0-9]+)?$");
        let paid_at = &named["Line"]["properties"]["paid_at"];
        assert_eq!(paid_at["anyOf"][1]["type"], "null");
        assert_eq!(paid_at["description"], "Null until then: it is on credit.");
        assert_eq!(named["Bill"]["properties"]["lines"]["description"], "In their order.");
        assert!(price.get("description").is_none(), "{price}");
    }
}
