//! API keys: admins make and end them, staff tries, and nodes tell when they were used, some of them late.

mod tortured;

use super::{Checked, Comes, Draw, Noun, Texts, draws::draws, rows, same};
use crate::{
    attack::torture::{Comparison, Past},
    simulation::{Clients, Request, SYSTEM},
};
use domain::{
    AccountId, Action, ApiKey, ApiKeyId, ChannelPolicy, CreateApiKey, Listed, Micros, NoteUse,
    Outcome, RevokeApiKey, Scopes, Text, keys,
};
use model::Model;
use rows::{
    Read, Which, by, failed, micros, optional_text, optional_uuid, same_rows, some, text, uuid,
};
use rusqlite::Connection;
use uuid::Uuid;

pub use tortured::{Ask, an_edit};

pub struct ApiKeys;

impl Noun for ApiKeys {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            CreateApiKey, 2, Grave: |clients| (clients.admin(), clients.machine());
            RevokeApiKey, 2, Grave: |clients| (clients.admin(), RevokeApiKey { id: clients.api_key() });
            NoteUse, 2, Plain: |clients| {
                let at = Micros(1_767_225_600_000_000 + clients.random.between(0, Micros::HOUR));
                (SYSTEM, NoteUse { id: clients.api_key(), at })
            };
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[
            (CreateApiKey::NAME, Comes::Asked),
            (RevokeApiKey::NAME, Comes::Asked),
            (NoteUse::NAME, Comes::ByItself("nodes note what was used, now and then")),
        ]
    }

    fn renew(&self, _: &mut Clients, action: &mut Action, id: Uuid) -> bool {
        if let Action::ApiKeys(keys::Action::CreateApiKey(create)) = action {
            create.id = ApiKeyId(id);
            create.secret = Text::stored(&format!("hash of {}", id.simple()));
        }
        false
    }

    fn twist(&self, _: &Clients, action: &mut Action) -> bool {
        let Action::ApiKeys(keys::Action::CreateApiKey(create)) = action else { return false };
        create.name = Text::stored("another machine");
        true
    }

    fn learn(&self, clients: &mut Clients, _: &Request, outcome: &Outcome) -> Checked {
        if let Outcome::ApiKeys(keys::Outcome::CreateApiKey(key)) = outcome {
            clients.api_keys.push(key.id);
        }
        Ok(())
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for id in &model.touched.api_keys {
            let found = read(rows, Which::One(id.0)).map_err(failed)?;
            same("an API key", found.first(), model.api_keys.get(id))?;
        }
        Ok(())
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        same_rows("API keys", &by(read(rows, Which::All), |key| key.id)?, &model.api_keys)
    }

    fn statements(&self) -> &'static [&'static str] {
        &[tortured::MADE]
    }

    fn compare(
        &self,
        compared: &Comparison,
        _: &mut Past,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        tortured::compare(compared, wrong)
    }

    fn texts(&self) -> Option<Texts> {
        let sql = "select name, secret, scopes, created_at from api_keys order by id";
        let expected = |model: &Model| {
            let row = |key: &ApiKey| {
                let [scopes, at] = [key.scopes.0, key.created_at.0].map(|n| n.to_string());
                vec![key.name.to_string(), key.secret.to_string(), scopes, at]
            };
            model.api_keys.values().map(row).collect()
        };
        Some(Texts { sql, expected })
    }
}

fn read(connection: &Connection, which: Which<Uuid>) -> Read<Vec<ApiKey>> {
    let sql =
        "select id, name, scopes, channel, accepts_unknown, takes_stock, secret, created_by, created_at, expires_at, used_at, revoked_at
        from api_keys";
    some(connection, sql, which, |row| {
        Ok(ApiKey {
            id: ApiKeyId(uuid(row, "id")?),
            name: Text::stored(text(row, "name")?),
            scopes: Scopes(row.get("scopes")?),
            channel: optional_text(row, "channel")?.map(Text::stored),
            policy: ChannelPolicy {
                accepts_unknown: row.get("accepts_unknown")?,
                takes_stock: row.get("takes_stock")?,
            },
            secret: Text::stored(text(row, "secret")?),
            created_by: optional_uuid(row, "created_by")?.map(AccountId),
            created_at: Micros(row.get("created_at")?),
            expires_at: micros(row, "expires_at")?,
            used_at: micros(row, "used_at")?,
            revoked_at: micros(row, "revoked_at")?,
        })
    })
}

impl Clients {
    fn machine(&mut self) -> CreateApiKey {
        CreateApiKey {
            id: ApiKeyId(Uuid::nil()),
            secret: Text::stored("made"),
            name: Text::stored(&format!("machine {}", self.random.below(100))),
            scopes: Scopes(self.random.between(1, 1023)),
            channel: self.random.chance(300).then(|| Text::stored("till")),
            policy: ChannelPolicy {
                accepts_unknown: self.random.chance(300),
                takes_stock: self.random.chance(700),
            },
            expires_at: match self.random.below(20) {
                0..6 => Some(Micros(1_900_000_000_000_000)),
                6 => Some(Micros(1)),
                _ => None,
            },
        }
    }

    /// Mostly the one who was an admin at first; he may have lost it meanwhile, and others have got it.
    fn admin(&mut self) -> usize {
        if self.random.chance(750) { 0 } else { self.staff() }
    }

    /// One that somebody was told of, or none.
    fn api_key(&mut self) -> ApiKeyId {
        let known = self.random.pick(&self.api_keys).copied();
        known.filter(|_| self.random.chance(900)).unwrap_or(ApiKeyId(Uuid::nil()))
    }
}
