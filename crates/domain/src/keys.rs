//! API keys: how programs come in, with the rights that are named and no others. The shop keeps a hash
//! of a key's secret only. A key is the shop's: it outlives the rights of the admin who made it.

use crate::{
    AccountId, Context, Facts, Fingerprint, Micros, Text, TrailKind, commands,
    events::coded,
    facts::Row,
    idempotency::Before,
    kinds,
    rules::{Keyed, Never, Rule, Who},
    trail::Noted,
    uuid_ids,
};
use serde::{Serialize, Serializer};
use uuid::Uuid;

uuid_ids! { ApiKeyId }

coded! {
    /// What a key may be used for. The code is the place of its bit.
    Scope {
        CatalogRead = 0 "catalog:read",
        CatalogWrite = 1 "catalog:write",
        OrdersRead = 2 "orders:read",
        OrdersWrite = 3 "orders:write",
        Intake = 4 "intake",
        CustomersRead = 5 "customers:read",
        CustomersWrite = 6 "customers:write",
        EventsRead = 7 "events:read",
        WebhooksWrite = 8 "webhooks:write",
        MetricsRead = 9 "metrics:read",
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(pub i64);

impl Scopes {
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Scopes {
        Scopes(scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope.code()))
    }

    pub fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope.code()) != 0
    }

    pub fn each(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.has(*scope))
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.each().map(Scope::name))
    }
}

/// How a channel's orders are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelPolicy {
    /// Items that the catalog does not know are taken as they are; else nothing of such an order is.
    pub accepts_unknown: bool,
    /// What the catalog knows leaves its shelves.
    pub takes_stock: bool,
}

impl Default for ChannelPolicy {
    fn default() -> Self {
        ChannelPolicy { accepts_unknown: false, takes_stock: true }
    }
}

impl ChannelPolicy {
    fn is_usual(&self) -> bool {
        *self == ChannelPolicy::default()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: Text<100>,
    pub scopes: Scopes,
    /// Where the orders come from that it hands over.
    pub channel: Option<Text<50>>,
    /// What becomes of these orders.
    pub policy: ChannelPolicy,
    /// The hash of its secret.
    pub secret: Text<64>,
    /// The admin who made it.
    pub created_by: Option<AccountId>,
    pub created_at: Micros,
    pub expires_at: Option<Micros>,
    pub used_at: Option<Micros>,
    pub revoked_at: Option<Micros>,
}

impl ApiKey {
    pub fn is_good(&self, now: Micros) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }
}

impl Row for ApiKey {
    type Key = ApiKeyId;
    type Find = ApiKeyId;
    fn key(&self) -> ApiKeyId {
        self.id
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreateApiKey {
    #[serde(skip)]
    pub id: ApiKeyId,
    #[serde(skip)]
    pub secret: Text<64>,
    pub name: Text<100>,
    pub scopes: Scopes,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Text<50>>,
    #[serde(skip_serializing_if = "ChannelPolicy::is_usual")]
    pub policy: ChannelPolicy,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Micros>,
}

kinds! {
    pub enum CreateApiKeyRefusal {
        /// Who is none any more makes none, whatever his token says.
        AdminsOnly = "admins_only",
        /// Only a new one has to lie ahead: who asks again is answered as before.
        Expired = "expired",
    }
}

impl Rule for CreateApiKey {
    type Outcome = Box<ApiKey>;
    type Refusal = CreateApiKeyRefusal;

    fn name(&self) -> &'static str {
        "create_api_key"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, who: &Who, facts: &mut Facts) {
        facts.want_actor(who);
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Box<ApiKey>, CreateApiKeyRefusal> {
        let actor = context.who.actor;
        if !facts.is_admin(actor) {
            return Err(CreateApiKeyRefusal::AdminsOnly);
        }
        if self.expires_at.is_some_and(|end| end <= context.now) {
            return Err(CreateApiKeyRefusal::Expired);
        }
        let key = ApiKey {
            id: self.id,
            name: self.name.clone(),
            scopes: self.scopes,
            channel: self.channel.clone(),
            policy: self.policy,
            secret: self.secret.clone(),
            created_by: actor.account(),
            created_at: context.now,
            expires_at: self.expires_at,
            used_at: None,
            revoked_at: None,
        };
        facts.api_keys.make(key.clone());
        context.note(facts, TrailKind::KeyCreated, Noted::ApiKey(key.id), (None, Some(&key)));
        Ok(Box::new(key))
    }

    /// By its id: its secret is shown once.
    fn kept(key: &Box<ApiKey>) -> Box<str> {
        key.id.to_string().into()
    }
}

impl Before for ApiKeyId {
    fn read(kept: &str) -> Option<ApiKeyId> {
        Uuid::try_parse(kept).ok().map(ApiKeyId)
    }
}

/// From now on it opens nothing. One that was revoked stays so.
#[derive(Clone, Debug, PartialEq)]
pub struct RevokeApiKey {
    pub id: ApiKeyId,
}

kinds! {
    pub enum RevokeApiKeyRefusal {
        AdminsOnly = "admins_only",
        NotFound = "api_key_not_found",
    }
}

impl Rule for RevokeApiKey {
    type Outcome = Box<ApiKey>;
    type Refusal = RevokeApiKeyRefusal;

    fn name(&self) -> &'static str {
        "revoke_api_key"
    }

    fn needs(&self, who: &Who, facts: &mut Facts) {
        facts.want_actor(who);
        facts.api_keys.want(&self.id);
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Box<ApiKey>, RevokeApiKeyRefusal> {
        use RevokeApiKeyRefusal::{AdminsOnly, NotFound};
        if !facts.is_admin(context.who.actor) {
            return Err(AdminsOnly);
        }
        let key = facts.api_keys.get(&self.id).ok_or(NotFound)?;
        if key.revoked_at.is_some() {
            return Ok(Box::new(key.clone()));
        }
        let before = key.clone();
        let after = ApiKey { revoked_at: Some(context.now), ..before.clone() };
        facts.api_keys.put(after.clone());
        let sides = (Some(&before), Some(&after));
        context.note(facts, TrailKind::KeyRevoked, Noted::ApiKey(self.id), sides);
        Ok(Box::new(after))
    }
}

/// Notes when keys were used last, roughly.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteUse {
    pub id: ApiKeyId,
    pub at: Micros,
}

impl Rule for NoteUse {
    type Outcome = ();
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "note_use"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.api_keys.want(&self.id);
    }

    /// Nodes note for themselves: the latest use stays.
    fn decide(&self, _: Context, facts: &mut Facts) -> Result<(), Never> {
        let is_later = |key: &ApiKey| key.used_at.is_none_or(|used| used < self.at);
        if facts.api_keys.get(&self.id).is_some_and(is_later)
            && let Some(key) = facts.api_keys.edit(&self.id)
        {
            key.used_at = Some(self.at);
        }
        Ok(())
    }
}

commands!(ApiKeys:
    CreateApiKey = "create_api_key" -> ApiKeyId,
    RevokeApiKey = "revoke_api_key" -> Never,
    NoteUse = "note_use" -> Never,
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, CorrelationId};

    #[test]
    fn scopes_are_those_that_were_named() {
        let some = Scopes::of([Scope::Intake, Scope::OrdersRead]);
        assert_eq!(some.each().collect::<Vec<_>>(), [Scope::OrdersRead, Scope::Intake]);
        assert_eq!(serde_json::to_string(&some).unwrap(), r#"["orders:read","intake"]"#);
        assert_eq!(Scopes::of(Scope::ALL.iter().copied()).0, 0b11_1111_1111);
        assert!(Scope::ALL.iter().all(|scope| !Scopes::default().has(*scope)));
    }

    #[test]
    fn a_key_is_good_until_it_is_revoked_or_expires() {
        let key = ApiKey {
            id: ApiKeyId(Uuid::nil()),
            name: Text::stored("till"),
            scopes: Scopes::default(),
            channel: None,
            policy: ChannelPolicy::default(),
            secret: Text::stored("hash"),
            created_by: None,
            created_at: Micros(1),
            expires_at: None,
            used_at: None,
            revoked_at: None,
        };
        assert!(key.is_good(Micros(i64::MAX)));
        let expires = ApiKey { expires_at: Some(Micros(9)), ..key.clone() };
        assert!(expires.is_good(Micros(8)) && !expires.is_good(Micros(9)));
        assert!(!ApiKey { revoked_at: Some(Micros(2)), ..key }.is_good(Micros(3)));
    }

    /// What is over when it begins was never good.
    #[test]
    fn a_key_ends_after_it_was_made() {
        let (now, id) = (Micros(1_000), ApiKeyId(uuid::Uuid::from_u128(1)));
        let who = Who { actor: Actor::SYSTEM, correlation: CorrelationId(id.0), once: None };
        for (end, is_made) in [(999, false), (1_000, false), (1_001, true)] {
            let create = CreateApiKey {
                id,
                secret: Text::stored("hash"),
                name: Text::stored("till"),
                scopes: Scopes(1),
                channel: None,
                policy: ChannelPolicy::default(),
                expires_at: Some(Micros(end)),
            };
            let made = create.decide(Context { who: &who, now }, &mut Facts::default());
            assert_eq!(made.is_ok(), is_made, "{end}");
        }
    }
}
