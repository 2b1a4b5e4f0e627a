//! One shop as a node serves it: everything wired together, in this one place.

use crate::{
    ended::Ended, http::catalog_cache::CatalogCache, passwords::Passwords, settings::Settings,
    telemetry::Meters, tokens::Tokens,
};
use domain::{Action, Actor, Command, CorrelationId, Currency, IdempotencyKey, Once};
use std::sync::Arc;
use store::{Limits, Location, Readers, Reply, Writer};

pub struct App {
    pub settings: Settings,
    pub currency: Currency,
    pub writer: Writer,
    pub readers: Readers,
    pub catalog: CatalogCache,
    pub tokens: Tokens,
    pub passwords: Passwords,
    pub ended: Ended,
    pub meters: Meters,
    /// A demo on loopback shows what otherwise only staff may see.
    pub is_demo: bool,
}

impl App {
    /// Wires a shop. The schema must be there already.
    pub fn open(settings: Settings, is_demo: bool) -> anyhow::Result<Arc<App>> {
        let location: Location = settings.database_url.parse().map_err(anyhow::Error::msg)?;
        let secret = settings.secret_key.as_ref().map_or("", |secret| secret.expose());
        let (access, refresh) = (settings.access_token_ttl, settings.refresh_token_ttl);
        Ok(Arc::new(App {
            currency: settings.currency.parse().map_err(anyhow::Error::msg)?,
            writer: Writer::start(location.writer(), limits(&settings))?,
            readers: location.readers(settings.database_connections)?,
            catalog: CatalogCache::new(settings.catalog_cache_ttl),
            tokens: Tokens::new(secret.as_bytes(), access, refresh),
            passwords: Passwords::new(settings.password_threads, settings.password_queue)?,
            ended: Ended::default(),
            meters: Meters::new()?,
            settings,
            is_demo,
        }))
    }

    /// A shop has one currency: prices in another one would make products unknown.
    pub async fn check_currency(&self) -> anyhow::Result<()> {
        let others = self.readers.currencies().await?;
        match others.iter().find(|other| *other != self.currency.code()) {
            Some(other) => anyhow::bail!(
                "the shop's prices are in {other}, and currency is set to {}: set it to {other}",
                self.currency
            ),
            None => Ok(()),
        }
    }

    /// Sends a command through the one door.
    pub async fn send(
        &self,
        actor: Actor,
        correlation: CorrelationId,
        key: Option<IdempotencyKey>,
        action: Action,
    ) -> Reply {
        let once = key.and_then(|key| {
            let fingerprint = action.fingerprint()?;
            Some(Once { key, fingerprint })
        });
        self.writer.send(Command { actor, correlation, once, action }).await
    }
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        queue_commands: settings.queue_limit,
        queue_age: settings.queue_max_age,
        command_deadline: settings.command_deadline,
        answer_deadline: settings.answer_deadline,
        batch_rows: settings.batch_limit,
        closing_time: settings.shutdown_timeout,
    }
}
