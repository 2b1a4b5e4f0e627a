//! API keys, as they should be: made once, ended once.

use super::trail::shown_key;
use crate::{Expected, Kept, Model, Modelled, modelled::modelled};
use domain::{
    ApiKey, ApiKeyId, Context, CreateApiKey, Listed, NoteUse, RevokeApiKey, Text, TrailKind,
    keys::ApiKeyRefusal,
};

impl Modelled for CreateApiKey {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let CreateApiKey { id, secret, name, scopes, channel, expires_at } = self.clone();
        let key = ApiKey {
            id,
            name,
            scopes,
            channel,
            secret,
            created_at: context.now,
            expires_at,
            used_at: None,
            revoked_at: None,
        };
        let sides = [None, Some(shown_key(&key))];
        model.note(TrailKind::KeyCreated, format!("api_key:{}", id.0), sides, context);
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
        let before = before.ok_or(vec![ApiKeyRefusal::NotFound])?;
        if before.revoked_at.is_some() {
            return Ok(Box::new(before));
        }
        let after = ApiKey { revoked_at: Some(context.now), ..before.clone() };
        let sides = [&before, &after].map(|key| Some(shown_key(key)));
        model.note(TrailKind::KeyRevoked, format!("api_key:{}", self.id.0), sides, context);
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
