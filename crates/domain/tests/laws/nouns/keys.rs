//! API keys, and uses of them that are told late.

use super::{Drawn, Noun, keyed, unkeyed};
use crate::{
    answers::{KeptAnswer, kept_id},
    compared::same_rows,
    drafts::{NOBODY_YET, act, text},
    golden::{Golden, UUID, golden},
    script::{Scribe, back_in},
    shop::Shop,
    store::rows,
};
use domain::{
    Action, ApiKeyId, ChannelPolicy, CreateApiKey, Listed, Micros, NoteUse, RevokeApiKey, Scope,
    Scopes, keys,
};
use model::Model;
use proptest::{option::weighted, prelude::*, sample::select, test_runner::TestCaseResult};
use uuid::Uuid;

pub struct ApiKeys;

impl Noun for ApiKeys {
    fn drafts(&self) -> Vec<Drawn> {
        let revoked = backs().prop_map(|id| RevokeApiKey { id }.action());
        let used = (backs(), select(vec![Micros(1), Micros(2), Micros(i64::MAX)]))
            .prop_map(|(id, at)| NoteUse { id, at }.action());
        vec![
            keyed(4, creations().prop_map(act)),
            unkeyed(3, revoked.prop_map(act)),
            unkeyed(1, used.prop_map(act)),
        ]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        let Action::ApiKeys(action) = action else { return };
        let id = match action {
            keys::Action::CreateApiKey(create) => {
                create.id = ApiKeyId(scribe.make_id());
                create.secret = text(&format!("hash of {}", create.id));
                scribe.keys.push(create.id);
                return;
            }
            keys::Action::RevokeApiKey(revoke) => &mut revoke.id,
            keys::Action::NoteUse(note) => &mut note.id,
        };
        if id.0.as_u128() < MOST_BACK {
            *id = back_in(&scribe.keys, id.0.as_u128() as usize).unwrap_or(*id);
        }
    }

    fn twist(&self, action: &mut Action) {
        if let Action::ApiKeys(keys::Action::CreateApiKey(create)) = action {
            create.name = text("something else");
        }
    }

    fn least(&self) -> Vec<Golden> {
        vec![golden(
            least(),
            r#"{"name":"Till","scopes":["intake"]}"#,
            "b318383e-49af-ae65-36e9-1abf427445e1",
        )]
    }

    fn most(&self) -> Vec<Golden> {
        vec![
            golden(
                most(),
                "{\"name\":\"Till\",\"scopes\":[\"catalog:read\",\"catalog:write\",\"orders:read\",\"orders:write\",\
             \"intake\",\"customers:read\",\"customers:write\",\"events:read\",\"webhooks:write\",\
             \"metrics:read\"],\"channel\":\"till\",\"expires_at\":1900000000000000}",
                "43221e34-a749-c01e-ca86-384fb2005a48",
            ),
            golden(
                CreateApiKey { policy: OPEN, ..least() },
                r#"{"name":"Till","scopes":["intake"],"policy":{"accepts_unknown":true,"takes_stock":false}}"#,
                "76b43b51-91a1-e1ff-7d95-614115ec9fbd",
            ),
        ]
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        vec![kept_id::<CreateApiKey>("01920000-0000-7000-8000-000000000001", &ApiKeyId(UUID))]
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.api_keys), model.api_keys.values())
    }
}

/// Takes all that comes.
const OPEN: ChannelPolicy = ChannelPolicy { accepts_unknown: true, takes_stock: false };

const MOST_BACK: u128 = 3;

fn backs() -> impl Strategy<Value = ApiKeyId> {
    (0..MOST_BACK).prop_map(|back| ApiKeyId(Uuid::from_u128(back)))
}

fn creations() -> impl Strategy<Value = Action> {
    let ends = weighted(0.3, select(vec![Micros(0), Micros(i64::MAX)]));
    (any::<bool>(), weighted(0.3, Just(text("till"))), ends)
        .prop_map(|(is_most, channel, end)| {
            let policy = if is_most { OPEN } else { ChannelPolicy::default() };
            let create = if is_most { most() } else { least() };
            CreateApiKey { channel, policy, expires_at: end.or(create.expires_at), ..create }
        })
        .prop_map(CreateApiKey::action)
}

fn least() -> CreateApiKey {
    CreateApiKey {
        id: ApiKeyId(NOBODY_YET),
        secret: text("made"),
        name: text("Till"),
        scopes: Scopes::of([Scope::Intake]),
        channel: None,
        policy: ChannelPolicy::default(),
        expires_at: None,
    }
}

fn most() -> CreateApiKey {
    CreateApiKey {
        scopes: Scopes::of(Scope::ALL.iter().copied()),
        channel: Some(text("till")),
        expires_at: Some(Micros(1_900_000_000_000_000)),
        ..least()
    }
}
