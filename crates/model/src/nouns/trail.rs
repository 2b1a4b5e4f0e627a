//! The trail, as it should be: an entry for what was done by hand, with what differs and nothing secret.

use crate::{Model, Told};
use domain::{
    Account, AccountId, ApiKey, Category, Context, Event, EventKind, Product, ProductId, Scope,
    Subject, SubjectKind, Text, TrailEntry, TrailKind,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Before and after: of what was made or taken away there is one of the two.
pub(crate) type Sides = [Option<Value>; 2];

pub(crate) const NOTHING_TO_TELL: Sides = [None, None];

impl Model {
    pub(crate) fn note(
        &mut self,
        kind: TrailKind,
        subject: String,
        [before, after]: Sides,
        Context { who, now }: Context,
    ) {
        let [before, after] = match (before, after) {
            (Some(before), Some(after)) => {
                [differing(&before, &after), differing(&after, &before)].map(Some)
            }
            (before, after) => [before, after],
        };
        let written = |side: Option<Value>| side.map(|side| side.to_string().into());
        self.trail.push(TrailEntry {
            kind,
            subject: Text::stored(&subject),
            before: written(before),
            after: written(after),
            actor: who.actor.caller,
            correlation: who.correlation,
            at: now,
        });
    }

    pub(crate) fn note_change(&mut self, before: &Account, after: &Account, context: Context) {
        let sides = [before, after].map(shown_account);
        let data = format!(r#"{{"v":1,"changed":{}}}"#, changed(&sides));
        let subject = (SubjectKind::Customer, after.id.0);
        self.tell((EventKind::CustomerChanged, Some(after.version)), subject, Some(data), context);
        let sides = sides.map(Some);
        self.note(TrailKind::CustomerChanged, of_customer(after.id), sides, context);
    }

    /// What those hear who follow the shop: what happened to whom, which version of it that has made, and
    /// what cannot be told from it.
    pub(crate) fn tell(
        &mut self,
        (kind, version): (EventKind, Option<i64>),
        (of, id): (SubjectKind, Uuid),
        data: Option<String>,
        Context { who, now }: Context,
    ) {
        let event = Event {
            subject: Subject { kind: of, id },
            version,
            kind,
            data: data.map(Box::from),
            actor: who.actor.caller,
            correlation: who.correlation,
            at: now,
        };
        self.events.push(Told { event, from: None, to: None });
    }

    /// What was done is still told, and who may do what since; to whom it was done is known no longer.
    pub(crate) fn erase(&mut self, account: AccountId) {
        let subject = of_customer(account);
        for entry in self.trail.iter_mut().filter(|entry| entry.subject.as_str() == subject) {
            for side in [&mut entry.before, &mut entry.after] {
                *side = side.take().and_then(|told| without_the_person(&told));
            }
        }
        self.touched.is_erased = true;
        for session in self.sessions.values_mut().filter(|session| session.account == account) {
            session.agent = None;
            session.origin = None;
            self.touched.sessions.insert(session.id);
        }
    }
}

fn without_the_person(told: &str) -> Option<Box<str>> {
    let Ok(Value::Object(mut members)) = serde_json::from_str(told) else {
        return Some(told.into());
    };
    members.retain(|name, _| ["email_confirmed", "role", "is_active"].contains(&name.as_str()));
    (!members.is_empty()).then(|| Value::Object(members).to_string().into())
}

/// The names of the members that differ, as JSON.
pub(crate) fn changed([before, after]: &[Value; 2]) -> Value {
    let differing = differing(before, after);
    differing.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

/// By a number.
pub(crate) fn numbered(kind: SubjectKind, id: i64) -> (SubjectKind, Uuid) {
    (kind, Uuid::from_u64_pair(0, id as u64))
}

/// The members of one side that the other has with another value.
fn differing(one: &Value, other: &Value) -> Value {
    let Some(members) = one.as_object() else { return Value::Null };
    let differing = members.iter().filter(|(name, value)| other.get(name.as_str()) != Some(*value));
    differing.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
}

pub(crate) fn of_customer(id: AccountId) -> String {
    format!("customer:{}", id.0)
}

pub(crate) fn of_product(id: ProductId) -> String {
    format!("product:{}", id.0)
}

pub(crate) fn shown_account(account: &Account) -> Value {
    json!({
        "username": account.username.as_str(),
        "email": account.email.as_str(),
        "email_confirmed": account.email_confirmed,
        "first_name": account.first_name.as_str(),
        "last_name": account.last_name.as_str(),
        "language": account.language.as_ref().map(|code| code.as_str()),
        "role": format!("{:?}", account.role).to_lowercase(),
        "is_active": account.is_active,
    })
}

pub(crate) fn shown_key(key: &ApiKey) -> Value {
    let scopes = Scope::ALL.iter().filter(|scope| key.scopes.0 >> scope.code() & 1 == 1);
    json!({
        "name": key.name.as_str(),
        "scopes": scopes.map(|scope| scope.name()).collect::<Vec<_>>(),
        "channel": key.channel.as_ref().map(|channel| channel.as_str()),
        "expires_at": key.expires_at.map(|at| at.0),
        "is_revoked": key.revoked_at.is_some(),
    })
}

pub(crate) fn shown_category(category: &Category) -> Value {
    json!({
        "slug": category.slug.as_str(),
        "name": category.name.as_str(),
        "parent": category.parent.map(|parent| parent.0),
    })
}

pub(crate) fn shown_product(product: &Product) -> Value {
    json!({
        "sku": product.former_sku.as_ref().unwrap_or(&product.sku).as_str(),
        "name": product.name.as_str(),
        "description": product.description.as_str(),
        "image_url": product.image_url.as_ref().map(|url| url.as_str()),
        "price": product.price.to_string(),
        "currency": product.price.currency.code(),
        "category": product.category_slug.as_ref().map(|slug| slug.as_str()),
        "low_stock_threshold": product.low_stock_threshold,
        "order_units_most": product.most.per_order,
        "caller_units_most": product.most.per_caller,
        "is_archived": product.is_archived,
    })
}
