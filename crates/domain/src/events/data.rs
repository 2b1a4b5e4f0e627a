//! What events keep besides their kind: JSON that says in which form it is, `{"v":1,..}`. Forms are added and
//! never changed: an event is read for as long as there is a shop.

use crate::{ProductId, carts::Hold};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// The form that is written now.
pub const VERSION: u8 = 1;

/// What an event keeps, with its members as they are declared: what is told of them is drawn from there.
pub trait Form: Serialize + DeserializeOwned {
    const MEMBERS: &'static [Member];

    /// `None` when this version cannot read it.
    fn of(data: &str) -> Option<Self>;
}

/// One thing that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub name: &'static str,
    pub kind: MemberKind,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    Text,
    Figure,
    /// An id, if there is one.
    MaybeId,
    Texts,
    /// Objects with these members.
    Objects(&'static [Member]),
}

/// A type of which members can be.
trait Kept {
    const KIND: MemberKind;
}

macro_rules! kept {
    ($($type:ty = $kind:expr;)+) => { $( impl Kept for $type { const KIND: MemberKind = $kind; } )+ };
}

kept! {
    String = MemberKind::Text;
    i64 = MemberKind::Figure;
    ProductId = MemberKind::Figure;
    Option<Uuid> = MemberKind::MaybeId;
    Vec<String> = MemberKind::Texts;
    Vec<ExpiredItem> = MemberKind::Objects(ExpiredItem::MEMBERS);
}

macro_rules! members {
    ($($member:ident: $type:ty,)+) => {
        &[$( Member { name: stringify!($member), kind: <$type as Kept>::KIND } ),+]
    };
}

macro_rules! data {
    ($($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $member:ident: $type:ty,)+ })+) => { $(
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            v: u8,
            $($(#[$note])* pub $member: $type,)+
        }

        impl $name {
            pub fn written($($member: $type),+) -> Box<str> {
                let data = $name { v: VERSION, $($member),+ };
                serde_json::to_string(&data).expect("texts and figures become JSON").into()
            }

            /// `None` when this version cannot read it.
            pub fn read(data: &str) -> Option<$name> {
                serde_json::from_str(data).ok().filter(|data: &$name| data.v == VERSION)
            }
        }

        impl Form for $name {
            const MEMBERS: &'static [Member] = members! { $($member: $type,)+ };

            fn of(data: &str) -> Option<$name> {
                $name::read(data)
            }
        }
    )+ };
}

data! {
    /// Why an order was moved.
    MoveData { reason: String, }

    /// How low stock is, and since when that counts as low.
    LowData { on_hand: i64, threshold: i64, }

    /// What an expired cart held, and whose it was if he has an account.
    ExpiredData {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<Uuid>,
        items: Vec<ExpiredItem>,
    }

    /// Which members an edit has changed. What they are tells the subject, and what they were the trail.
    ChangeData { changed: Vec<String>, }

    /// What a category was called: it is known by that, and may be gone.
    CategoryData {
        slug: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changed: Vec<String>,
    }

    /// How many lay there before, and how many then.
    StockData { from: i64, to: i64, }
}

macro_rules! item {
    ($name:ident { $($member:ident: $type:ty,)+ }) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            $(pub $member: $type,)+
        }

        impl $name {
            const MEMBERS: &'static [Member] = members! { $($member: $type,)+ };
        }
    };
}

item! {
    ExpiredItem {
        product: ProductId,
        quantity: i64,
    }
}

impl ExpiredItem {
    pub fn of(held: &[Hold]) -> Vec<ExpiredItem> {
        let item = |hold: &Hold| ExpiredItem { product: hold.product, quantity: hold.units };
        held.iter().map(item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Debug;

    /// As every version has written it, and has to read it.
    fn reads_back<D: PartialEq + Debug>(
        written: &str,
        text: &str,
        read: fn(&str) -> Option<D>,
        data: D,
    ) {
        assert_eq!(written, text);
        assert_eq!(read(text), Some(data));
        assert_eq!(read(&text.replace("\"v\":1", "\"v\":2")), None);
    }

    #[test]
    fn what_events_keep_reads_back() {
        let text = |text: &str| text.to_owned();
        reads_back(
            &MoveData::written(text("no carrier")),
            r#"{"v":1,"reason":"no carrier"}"#,
            MoveData::read,
            MoveData { v: 1, reason: text("no carrier") },
        );
        reads_back(
            &LowData::written(3, 5),
            r#"{"v":1,"on_hand":3,"threshold":5}"#,
            LowData::read,
            LowData { v: 1, on_hand: 3, threshold: 5 },
        );
        let items = || vec![ExpiredItem { product: ProductId(7), quantity: 2 }];
        reads_back(
            &ExpiredData::written(None, items()),
            r#"{"v":1,"items":[{"product":7,"quantity":2}]}"#,
            ExpiredData::read,
            ExpiredData { v: 1, customer: None, items: items() },
        );
        let changed = || vec![text("name"), text("price")];
        reads_back(
            &ChangeData::written(changed()),
            r#"{"v":1,"changed":["name","price"]}"#,
            ChangeData::read,
            ChangeData { v: 1, changed: changed() },
        );
        reads_back(
            &CategoryData::written(text("cups"), Vec::new()),
            r#"{"v":1,"slug":"cups"}"#,
            CategoryData::read,
            CategoryData { v: 1, slug: text("cups"), changed: Vec::new() },
        );
        reads_back(
            &StockData::written(3, 5),
            r#"{"v":1,"from":3,"to":5}"#,
            StockData::read,
            StockData { v: 1, from: 3, to: 5 },
        );
    }
}
