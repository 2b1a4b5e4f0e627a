//! One shop as a node serves it: everything wired together, in this one place.

use crate::{
    api::{
        catalog::cache::CatalogCache,
        orders::{carts::SeenCarts, metrics::LatestFigures},
    },
    backups::LastBackup,
    following::Following,
    http::{answers::Page, sheets},
    keys::KnownKeys,
    limits::{Attempts, Limit, Places},
    links::Repeated,
    origins::Origins,
    passwords::Passwords,
    ports::{fulfilment::Fulfilment, mail::Post},
    revocations::Revocations,
    settings::{Secret, Settings},
    telemetry::Meters,
    tokens::{Signing, Tokens},
};
use domain::{
    Actor, CorrelationId, Currency, IdempotencyKey, Listed, Most, Once, Trace, Who,
    carts::CartLimits,
};
use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};
use store::{Limits, Location, Readers, Sent, Writer};
use tokio::sync::Semaphore;

pub struct App {
    pub settings: Settings,
    pub location: Location,
    pub currency: Currency,
    pub writer: Writer,
    pub readers: Readers,
    pub catalog: CatalogCache,
    pub carts: SeenCarts,
    pub figures: LatestFigures,
    /// The document of the API, once somebody has asked for it.
    pub document: OnceLock<Page>,
    /// Its links, as data and as a page, as well.
    pub index: OnceLock<Page>,
    pub index_page: OnceLock<String>,
    pub tokens: Tokens,
    pub passwords: Passwords,
    /// Who was wrong about a secret, and how often.
    pub attempts: Attempts,
    /// From where accounts are used, as their sessions tell.
    pub origins: Origins,
    /// Links that anybody may ask for.
    pub repeated: Repeated,
    /// Accounts that were opened, by who opened them.
    pub registrations: Limit,
    /// Requests, by who has logged in.
    pub callers: Limit,
    /// Places for sheets that are imported, and before that for those that arrive.
    pub sheets: Arc<Semaphore>,
    pub arriving: Places,
    /// Places for sheets that go out.
    pub exports: Places,
    /// Who waits for events.
    pub following: Following,
    pub revocations: Revocations,
    pub last_backup: LastBackup,
    pub keys: KnownKeys,
    pub mail: Post,
    /// Where processing is done by a service of the merchant's.
    pub fulfilment: Option<Fulfilment>,
    pub meters: Meters,
    /// Which history of the shop this is, once somebody has asked.
    pub epoch: OnceLock<String>,
    /// A demo, which is reached on loopback, shows what otherwise only staff may see.
    pub is_demo: bool,
}

impl App {
    /// Wires a shop. The schema must be there already.
    pub fn open(mut settings: Settings, is_demo: bool) -> anyhow::Result<Arc<App>> {
        if is_demo {
            settings.lift_limits();
        }
        let location: Location = settings.database_url.parse().map_err(anyhow::Error::msg)?;
        let meters = Meters::new()?;
        Ok(Arc::new(App {
            currency: settings.currency.parse().map_err(anyhow::Error::msg)?,
            writer: Writer::start(location.writer(), limits(&settings))?,
            readers: location.readers(settings.database_connections, settings.read_deadline)?,
            catalog: CatalogCache::new(settings.catalog_cache_ttl),
            carts: SeenCarts::default(),
            figures: LatestFigures::default(),
            document: OnceLock::new(),
            index: OnceLock::new(),
            index_page: OnceLock::new(),
            tokens: Tokens::new(signing(&settings)),
            passwords: Passwords::new(settings.password_threads, settings.password_queue)?,
            attempts: Attempts::default(),
            origins: origins(&settings),
            repeated: Repeated::new(signing(&settings).secret),
            registrations: Limit::per_hour(settings.registrations_per_hour),
            callers: Limit::per_second(settings.rate_limit_caller),
            sheets: Arc::new(Semaphore::new(sheets::AT_ONCE)),
            arriving: Places::new(sheets::ARRIVING, sheets::ARRIVING_OF_ONE),
            exports: Places::new(sheets::LEAVING, sheets::LEAVING_OF_ONE),
            following: Following::default(),
            revocations: Revocations::default(),
            last_backup: LastBackup::default(),
            keys: KnownKeys::default(),
            mail: Post::open(&settings, is_demo, &meters)?,
            fulfilment: Fulfilment::of(&settings)?,
            meters,
            epoch: OnceLock::new(),
            settings,
            location,
            is_demo,
        }))
    }

    /// A shop has one currency: prices in another one would make products unknown.
    pub async fn check_currency(&self) -> anyhow::Result<()> {
        let others = self.readers.exact().currencies().await?;
        match others.iter().find(|other| *other != self.currency.code()) {
            Some(other) => anyhow::bail!(
                "the shop's prices are in {other}, and currency is set to {}: set it to {other}",
                self.currency
            ),
            None => Ok(()),
        }
    }

    /// Finishes what the writer has accepted, and leaves all of the shop in its database's own file.
    pub async fn close(self: Arc<App>) -> anyhow::Result<()> {
        tokio::task::spawn_blocking(move || {
            self.writer.close();
            // It is all durable without this: only a copy of the file alone would lack something.
            if let Err(error) = self.location.settle() {
                tracing::warn!(%error, "some of the shop stays in its write-ahead log");
            }
        })
        .await?;
        Ok(())
    }

    /// How many units one may have, where a product says nothing.
    pub fn most(&self) -> Most {
        let bound = |most: usize| i64::try_from(most).ok().filter(|most| *most > 0);
        let Settings { order_units_most, caller_units_most, .. } = &self.settings;
        Most { per_order: bound(*order_units_most), per_caller: bound(*caller_units_most) }
    }

    /// How much carts hold, and for how long.
    pub fn cart_limits(&self) -> CartLimits {
        let units = |most: usize| i64::try_from(most).unwrap_or(i64::MAX);
        let Settings { cart_units_most, guest_units_most, .. } = &self.settings;
        CartLimits {
            ttl_us: micros(self.settings.cart_ttl),
            max_age_us: micros(self.settings.cart_max_age),
            lines_most: self.settings.cart_items_most,
            units_most: units(*cart_units_most),
            crowd_units_most: units(*guest_units_most),
        }
    }

    /// Sends a command through the one door.
    pub async fn send<C: Listed>(
        &self,
        actor: Actor,
        correlation: CorrelationId,
        key: Option<IdempotencyKey>,
        rule: C,
    ) -> Sent<C> {
        let once = key.and_then(|key| {
            let fingerprint = rule.fingerprint()?;
            Some(Once { key, fingerprint })
        });
        self.writer.send(Who { actor, correlation, once }, rule).await
    }

    /// Whether this was done under this key, where it has to be known before a command can be made: what
    /// shows who asks may be spent by then. Without a trace, and for another request, the door decides.
    pub async fn was_done<C: Listed>(
        &self,
        actor: Actor,
        key: Option<&IdempotencyKey>,
        rule: &C,
    ) -> Result<bool, store::ReadError> {
        Ok(self.trace_of(actor, key, rule).await?.is_some())
    }

    /// What this was answered under this key, where it would be dear to find out again.
    pub async fn answered_before<C: Listed>(
        &self,
        actor: Actor,
        key: Option<&IdempotencyKey>,
        rule: &C,
    ) -> Result<Option<C::Before>, store::ReadError> {
        let trace = self.trace_of(actor, key, rule).await?;
        Ok(trace.and_then(|trace| C::before(&trace.kept)))
    }

    async fn trace_of<C: Listed>(
        &self,
        actor: Actor,
        key: Option<&IdempotencyKey>,
        rule: &C,
    ) -> Result<Option<Trace>, store::ReadError> {
        let Some((key, fingerprint)) = key.zip(rule.fingerprint()) else { return Ok(None) };
        let trace = self.readers.exact().trace(actor.caller, key).await?;
        Ok(trace.filter(|trace| trace.fingerprint == fingerprint))
    }

    /// Of which commit an answer is, opaque to clients; where it was part of none, what the database
    /// shows now.
    pub async fn position(&self, commit: Option<i64>) -> Result<Position, store::ReadError> {
        if let (Some(commit), Some(epoch)) = (commit, self.epoch.get()) {
            return Ok(Position { epoch: epoch.clone(), commit });
        }
        // Nobody waits for another's question: each asks for himself until one has heard.
        let feed = self.readers.exact().feed().await?;
        let epoch = self.epoch.get_or_init(|| feed.epoch).clone();
        self.tokens.belong_to(&epoch);
        Ok(Position { epoch, commit: commit.unwrap_or(feed.commit) })
    }
}

/// A commit, and the history that it belongs to: another one after a backup was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub epoch: String,
    pub commit: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { epoch, commit } = self;
        write!(f, "{epoch}-{commit}")
    }
}

fn signing(settings: &Settings) -> Signing<'_> {
    Signing {
        secret: settings.secret_key.as_ref().map_or(b"", exposed),
        previous: settings.secret_key_previous.as_ref().map(exposed),
        issuer: &settings.token_issuer,
        audience: &settings.token_audience,
        access_ttl: settings.access_token_ttl,
        refresh_ttl: settings.refresh_token_ttl,
    }
}

fn origins(settings: &Settings) -> Origins {
    let Signing { secret, previous, .. } = signing(settings);
    Origins::new(secret, previous)
}

fn exposed(secret: &Secret) -> &[u8] {
    secret.expose().as_bytes()
}

/// A span as the domain counts it.
pub fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        queue_commands: settings.queue_limit,
        queue_age: settings.queue_max_age,
        command_deadline: settings.command_deadline,
        answer_deadline: settings.answer_deadline,
        batch_rows: settings.batch_limit,
        batch_bytes: settings.batch_bytes,
        closing_time: settings.shutdown_timeout,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testbed::TempDir;

    /// Settings of which no two are alike.
    fn settings(dir: &TempDir) -> Settings {
        let url = format!("sqlite://{}", dir.path().join("shop.db").display());
        let flags = [
            ("database_url", url.as_str()),
            ("queue_limit", "11"),
            ("queue_max_age", "12s"),
            ("command_deadline", "13s"),
            ("answer_deadline", "14s"),
            ("batch_limit", "15"),
            ("batch_bytes", "16MiB"),
            ("shutdown_timeout", "17s"),
            ("password_threads", "2"),
            ("password_queue", "18"),
        ];
        let flags = flags.map(|(name, text)| (name.to_owned(), text.to_owned()));
        Settings::resolve(None, &[], &flags).unwrap()
    }

    #[test]
    fn each_limit_of_the_writer_has_a_setting_of_its_own() {
        let dir = TempDir::new().unwrap();
        let Limits {
            queue_commands,
            queue_age,
            command_deadline,
            answer_deadline,
            batch_rows,
            batch_bytes,
            closing_time,
        } = limits(&settings(&dir));
        assert_eq!([queue_commands, batch_rows, batch_bytes], [11, 15, 16 << 20]);
        let times = [queue_age, command_deadline, answer_deadline, closing_time];
        assert_eq!(times, [12, 13, 14, 17].map(Duration::from_secs));
    }

    #[tokio::test]
    async fn each_limit_of_carts_has_a_setting_of_its_own() {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite://{}", dir.path().join("shop.db").display());
        let flags = [
            ("database_url", url.as_str()),
            ("cart_ttl", "11s"),
            ("cart_max_age", "12s"),
            ("cart_items_most", "13"),
            ("cart_units_most", "14"),
            ("guest_units_most", "15"),
        ];
        let flags = flags.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let app = App::open(Settings::resolve(None, &[], &flags).unwrap(), false).unwrap();
        let (ttl_us, max_age_us, lines_most) = (11_000_000, 12_000_000, 13);
        let (units_most, crowd_units_most) = (14, 15);
        let expected = CartLimits { ttl_us, max_age_us, lines_most, units_most, crowd_units_most };
        assert_eq!(app.cart_limits(), expected);
    }

    #[test]
    fn tokens_are_signed_and_read_after_the_settings_of_their_own() {
        let texts = [
            ("secret_key", "new"),
            ("secret_key_previous", "old"),
            ("token_issuer", "here"),
            ("token_audience", "there"),
            ("access_token_ttl", "21s"),
            ("refresh_token_ttl", "22m"),
        ];
        let flags = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let settings = Settings::resolve(None, &[], &flags).unwrap();
        let signing = signing(&settings);
        assert_eq!((signing.secret, signing.previous), (&b"new"[..], Some(&b"old"[..])));
        assert_eq!((signing.issuer, signing.audience), ("here", "there"));
        let times = (signing.access_ttl.as_secs(), signing.refresh_ttl.as_secs());
        assert_eq!(times, (21, 22 * 60));
    }

    #[tokio::test]
    async fn as_many_passwords_may_wait_as_the_settings_say() {
        let dir = TempDir::new().unwrap();
        let app = App::open(settings(&dir), false).unwrap();
        assert_eq!(app.passwords.room(), 2 + 18);
    }

    #[tokio::test]
    async fn mail_of_a_demo_is_printed_and_counted_in_the_shops_figures() {
        let dir = TempDir::new().unwrap();
        for is_demo in [true, false] {
            let app = App::open(settings(&dir), is_demo).unwrap();
            assert_eq!(app.mail.is_configured(), is_demo);
            assert!(app.meters.render().contains("mails_total"), "{}", app.meters.render());
        }
    }
}
