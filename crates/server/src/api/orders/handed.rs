//! Orders that other systems have handed over, as they are read and shown: what was said of them there.

use super::placements::quantity;
use crate::http::{
    fields::{Fields, Given, Reads},
    json::Json,
    numbers::whole,
    parsers::{FromText, Parser, Read, is, money, money_to, plain},
    shapes::{Amount, Named, Shape, view},
    texts::title_of,
};
use domain::{
    HandedItem, HandedItems, HandedOver, ItemName, Money, Order, Quantity, Reference, Text,
    orders::{LINES_MOST, TOTAL_MOST_MINOR},
};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// Names that are taken by what stands beside orders in an address.
const TAKEN: &[&str] = &["orders", "orders.csv", "metrics", "search", "batch", "bulk", ".", ".."];

/// An order as another system says it.
pub struct NewHanded {
    pub order_id: Reference,
    pub said: HandedOver,
    pub total: Money,
}

/// Text, or a whole number that is kept as its digits.
fn as_text(given: &Json<'_>) -> Read<String> {
    match given {
        Json::Number(digits) => match whole(digits) {
            Ok(number) => Ok(number.to_string()),
            Err(_) => Err("must be text or a whole number of at most 64 bits".to_owned()),
        },
        Json::Text(_) => plain(given).map(str::to_owned),
        other => Err(format!("must be text or a whole number, not {}", other.kind())),
    }
}

/// What another system calls its order.
fn order_id() -> impl Parser<Out = Reference> {
    let read = |given: &Json<'_>| -> Read<Reference> {
        let text = as_text(given)?;
        match TAKEN.contains(&text.as_str()) {
            true => Err(format!("must not be any of {}", TAKEN.join(", "))),
            false => Reference::new(&text).map_err(|error| error.to_string()),
        }
    };
    is(read, || {
        let mut schema = Reference::schema();
        schema["type"] = json!(["string", "integer"]);
        schema["not"] = json!({ "enum": TAKEN });
        schema["examples"] = json!(["ORD001"]);
        schema["description"] = "The order's name in the other system, which is its key in its \
                                 channel for ever. A number is kept as its digits."
            .into();
        schema
    })
}

const NAME_MOST: usize = 255;

fn named(given: &Json<'_>) -> Read<Text<NAME_MOST>> {
    let text = as_text(given)?;
    match text.trim().is_empty() {
        true => Err("must not be blank".to_owned()),
        false => Text::line(&text).map_err(|error| error.to_string()),
    }
}

fn user_id() -> impl Parser<Out = Text<NAME_MOST>> {
    is(named, || {
        let mut schema = title_of::<NAME_MOST>().schema();
        schema["type"] = json!(["string", "integer"]);
        schema["examples"] = json!(["USER001"]);
        schema["description"] =
            "Whoever ordered, as the other system knows him. A number is kept as its digits."
                .into();
        schema
    })
}

/// A JSON number is the small id of a product, a string never is.
fn item_name() -> impl Parser<Out = ItemName> {
    let read = |given: &Json<'_>| match given {
        Json::Number(digits) => match whole(digits) {
            Ok(number) if number > 0 => Ok(ItemName::Number(number)),
            _ => Err("must be a whole number from 1, or text".to_owned()),
        },
        Json::Text(_) => named(given).map(ItemName::Text),
        other => Err(format!("must be text or a whole number from 1, not {}", other.kind())),
    };
    is(read, || {
        let mut schema = title_of::<NAME_MOST>().schema();
        schema["type"] = json!(["string", "integer"]);
        schema["minimum"] = 1.into();
        schema["maximum"] = i64::MAX.into();
        schema["examples"] = json!([1]);
        schema["description"] = "A number is a product's id; text is its public_id or its sku, or \
                                 what only the other system knows."
            .into();
        schema
    })
}

fn item_ids() -> impl Parser<Out = Vec<ItemName>> {
    let read = |given: &Json<'_>| -> Read<Vec<ItemName>> {
        let Json::List(items) = given else {
            return Err(format!("must be a list of 1 to {LINES_MOST} items"));
        };
        if !(1..=LINES_MOST).contains(&items.len()) {
            return Err(format!("must have 1 to {LINES_MOST} items, has {}", items.len()));
        }
        let name = item_name();
        let (mut read, mut wrong) = (Vec::new(), Vec::new());
        for (place, item) in items.iter().enumerate() {
            match name.read(item) {
                Ok(name) => read.push(name),
                Err(message) => wrong.push(format!("[{place}] {message}")),
            }
        }
        match wrong.is_empty() {
            true => Ok(read),
            false => Err(format!("has wrong items: {}", wrong.join(", "))),
        }
    };
    is(read, || {
        json!({ "type": "array", "minItems": 1, "maxItems": LINES_MOST,
            "items": item_name().schema(), "examples": [[1, 2, 3]],
            "description": "One of each, as often as it is named." })
    })
}

impl Reads for NewHanded {
    const NAME: &'static str = "HandedOrder";

    fn read(fields: &mut Fields<'_>, Given { currency, .. }: Given<'_>) -> Option<NewHanded> {
        let order_id = fields.required("order_id", order_id());
        let user_id = fields.required("user_id", user_id());
        let ids = fields.optional("item_ids", item_ids());
        let items = fields.optional_list("items", 1..=LINES_MOST, |item| {
            let product = item.required("product", item_name());
            let quantity = item.optional("quantity", quantity());
            let price = item.optional("price", money(currency));
            let name = item.optional("name", title_of::<200>());
            Some(HandedItem {
                product: product?,
                quantity: quantity?.unwrap_or(Quantity::ONE),
                price: price?,
                name: name?,
            })
        });
        let total = fields.required("total_amount", money_to(TOTAL_MOST_MINOR, currency));
        let one = fields.one_of(&["item_ids", "items"]);
        let (ids, items, user_id) = (ids?, items?, user_id?);
        one?;
        let items = match (ids, items) {
            (Some(ids), _) => HandedItems::ItemIds(ids),
            (None, items) => HandedItems::Items(items?),
        };
        let said = HandedOver { user_id, items };
        Some(NewHanded { order_id: order_id?, said, total: total? })
    }
}

impl Serialize for NameView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Shape for NameView<'_> {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": ["string", "integer"] })
    }
}

/// As it was said: a number stays one.
pub struct NameView<'a>(&'a ItemName);

/// The same, of several.
#[derive(Serialize)]
#[serde(transparent)]
pub struct NamesView<'a>(Vec<NameView<'a>>);

impl Shape for NamesView<'_> {
    fn shape(named: &mut Named) -> Value {
        json!({ "type": "array", "items": NameView::shape(named) })
    }
}

view! {
    pub struct HandedItemView<'a> = "HandedItem" {
        product: NameView<'a>,
        quantity: i64,
        price: Option<String> as Option<Amount>,
        name: Option<&'a str>,
    }
}

/// What an order shows of it.
#[derive(Default)]
pub struct Shown<'a> {
    pub order_id: Option<&'a str>,
    pub user_id: Option<&'a str>,
    pub item_ids: Option<NamesView<'a>>,
    pub items: Option<Vec<HandedItemView<'a>>>,
    pub total_amount: Option<String>,
}

impl Shown<'_> {
    pub fn of(order: &Order) -> Shown<'_> {
        if order.channel.is_none() {
            return Shown::default();
        }
        let said = order.handed_over.as_deref();
        let (item_ids, items) = match said.map(|said| &said.items) {
            Some(HandedItems::ItemIds(names)) => {
                (Some(NamesView(names.iter().map(NameView).collect())), None)
            }
            Some(HandedItems::Items(items)) => {
                (None, Some(items.iter().map(HandedItemView::of).collect()))
            }
            None => (None, None),
        };
        Shown {
            order_id: order.reference.as_ref().map(Reference::as_str),
            user_id: said.map(|said| said.user_id.as_str()),
            item_ids,
            items,
            total_amount: Some(Money::new(order.total_minor, order.currency).to_string()),
        }
    }
}

impl HandedItemView<'_> {
    fn of(item: &HandedItem) -> HandedItemView<'_> {
        HandedItemView {
            product: NameView(&item.product),
            quantity: item.quantity.units(),
            price: item.price.map(|price| price.to_string()),
            name: item.name.as_deref(),
        }
    }
}
