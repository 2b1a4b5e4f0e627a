//! API keys, as they should be: made once, ended once, and by admins of now.

use super::trail::shown_key;
use crate::{Expected, Kept, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{
    AccountId, ApiKey, ApiKeyId, CallerKind, Context, CreateApiKey, EventKind, Listed, NoteUse,
    RevokeApiKey, SubjectKind, Text, TrailKind,
    keys::{CreateApiKeyRefusal, RevokeApiKeyRefusal},
};

impl Modelled for CreateApiKey {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use CreateApiKeyRefusal::{AdminsOnly, Expired};
        let actor = context.who.actor;
        let mut wrong = vec![];
        wrong.extend((!model.is_admin(actor)).then_some(AdminsOnly));
        let is_over = self.expires_at.is_some_and(|end| end.0 <= context.now.0);
        wrong.extend(is_over.then_some(Expired));
        refused_if_any(wrong)?;
        let made_by_somebody = actor.caller.kind == CallerKind::Account;
        let CreateApiKey { id, secret, name, scopes, channel, policy, expires_at } = self.clone();
        let key = ApiKey {
            id,
            name,
            scopes,
            channel,
            policy,
            secret,
            created_by: made_by_somebody.then_some(AccountId(actor.caller.id)),
            created_at: context.now,
            expires_at,
            used_at: None,
            revoked_at: None,
        };
        let sides = [None, Some(shown_key(&key))];
        model.note(TrailKind::KeyCreated, format!("api_key:{}", id.0), sides, context);
        let of = (SubjectKind::ApiKey, id.0);
        model.tell((EventKind::KeyCreated, None), of, None, context);
        Ok(model.keep_key(key))
    }

    fn strip(&mut self) {
        (self.id, self.secret) = (ApiKeyId(uuid::Uuid::nil()), Text::stored(""));
    }

    fn kept_of(key: &Box<ApiKey>) -> Option<Kept> {
        Some(Kept::answer(key.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        CreateApiKey::before(kept).map(Kept::answer)
    }
}

impl Modelled for RevokeApiKey {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let before = model.api_keys.get(&self.id).cloned();
        let mut wrong = vec![];
        let is_admin = model.is_admin(context.who.actor);
        wrong.extend((!is_admin).then_some(RevokeApiKeyRefusal::AdminsOnly));
        wrong.extend(before.is_none().then_some(RevokeApiKeyRefusal::NotFound));
        refused_if_any(wrong)?;
        let before = before.ok_or(vec![RevokeApiKeyRefusal::NotFound])?;
        if before.revoked_at.is_some() {
            return Ok(Box::new(before));
        }
        let after = ApiKey { revoked_at: Some(context.now), ..before.clone() };
        let sides = [&before, &after].map(|key| Some(shown_key(key)));
        model.note(TrailKind::KeyRevoked, format!("api_key:{}", self.id.0), sides, context);
        let of = (SubjectKind::ApiKey, self.id.0);
        model.tell((EventKind::KeyRevoked, None), of, None, context);
        Ok(model.keep_key(after))
    }
}

impl Modelled for NoteUse {
    fn expect(&self, model: &mut Model, _: Context) -> Expected<Self> {
        let key = model.api_keys.get(&self.id).cloned();
        if let Some(key) = key.filter(|key| key.used_at < Some(self.at)) {
            model.keep_key(ApiKey { used_at: Some(self.at), ..key });
        }
        Ok(())
    }
}

impl Model {
    fn keep_key(&mut self, key: ApiKey) -> Box<ApiKey> {
        self.touched.api_keys.insert(key.id);
        self.api_keys.insert(key.id, key.clone());
        Box::new(key)
    }
}

modelled!(keys:
    CreateApiKey(CreateApiKey),
    RevokeApiKey(RevokeApiKey),
    NoteUse(NoteUse),
);
