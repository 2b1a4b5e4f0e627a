//! Every setting of a shop, declared once: name, kind, default, bounds and meaning.
//!
//! Defaults < sutler.toml < SUTLER_* environment < flags. Nothing unknown is accepted, every
//! mistake is reported at once, and each value remembers where it came from.

mod addresses;
mod kinds;
mod mail;
mod networks;
mod sources;
mod text;

use crate::signatures::Signer;
use addresses::host_of;
use kinds::{
    Address, Bytes, Count, Currency, DatabaseUrl, Duration, Emails, Filter, Flag, Format, Hosts,
    Issuer, Kind, MailLanguage, MailSender, MailUrl, Name, Networks as NetworkList,
    OptionalAddress, OptionalPath, OrderMails, Origins, Path, SecretText, Sight, Url, WhatIsDone,
    check,
};
use std::{fmt, path::PathBuf, time};

pub use addresses::Listen;
pub use kinds::{LogFormat, Processing, Secret, StockShown, read_duration};
pub use mail::{MailServer, MailTls, Sender};
pub use networks::Networks;
pub use sources::{File, SettingsError};

/// One row of the table below, as the file, the environment, the flags and the documents need it.
pub struct Setting {
    pub name: &'static str,
    pub group: &'static str,
    pub default: &'static str,
    pub meaning: &'static str,
    pub secret: bool,
    /// What a value must look like, bounds included.
    pub expected: &'static str,
    form: kinds::Form,
}

/// Where the value of a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File(String),
    Environment(String),
    Flag(String),
}

/// A value as it was given, before it was read.
#[derive(Clone)]
struct Given {
    text: String,
    origin: Origin,
}

impl fmt::Debug for Given {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text may be a secret.
        fmt::Debug::fmt(&self.origin, out)
    }
}

macro_rules! settings {
    ($( $group:literal { $(
        $name:ident: $kind:ident = $default:literal $(, from $least:literal to $most:literal)?, $meaning:literal;
    )+ } )+) => {
        /// The settings of one shop. Read-only once loaded.
        #[derive(Clone, Debug)]
        pub struct Settings {
            $( $( #[doc = $meaning] pub $name: <$kind as Kind>::Value, )+ )+
            given: Vec<Given>,
            files: Vec<PathBuf>,
        }

        /// Every setting, in the order of the sample file.
        pub const TABLE: &[Setting] = &[ $( $( Setting {
            name: stringify!($name),
            group: $group,
            default: $default,
            meaning: $meaning,
            secret: <$kind as Kind>::SECRET,
            expected: settings!(@expected $kind $($least $most)?),
            form: <$kind as Kind>::FORM,
        }, )+ )+ ];

        impl Settings {
            /// Reads the values, one for each row of the table.
            fn read(given: Vec<Given>) -> Result<Settings, SettingsError> {
                let mut wrong = Vec::new();
                let mut row = TABLE.iter().zip(&given);
                $( $( let $name = row.next().and_then(|(setting, given)| {
                    let bounds = settings!(@bounds $($least $most)?);
                    check::<$kind>(&given.text, bounds)
                        .map_err(|why| wrong.push(given.refused(setting, &why)))
                        .ok()
                }); )+ )+
                match ($( $( $name, )+ )+) {
                    ($( $( Some($name), )+ )+) => Ok(Settings { $( $( $name, )+ )+ given, files: Vec::new() }),
                    _ => Err(SettingsError::new(wrong)),
                }
            }
        }
    };
    (@expected $kind:ident) => { <$kind as Kind>::EXPECTED };
    (@expected $kind:ident $least:literal $most:literal) => {
        concat!("from ", $least, " to ", $most)
    };
    (@bounds) => { None };
    (@bounds $least:literal $most:literal) => { Some(($least, $most)) };
}

settings! {
    "Where it listens and what it is called" {
        listen: Address = "127.0.0.1:8000",
            "Address, or a name that stands for one, and port of the API.";
        public_url: Url = "",
            "Address under which clients reach the shop; links are built from it. Empty: the listen address, with https:// if there is a tls_certificate.";
        allowed_hosts: Hosts = "",
            "Host names that requests may name, `.example.com` for a domain with all below it, `*` for any. Empty: the host of public_url, and the names of this machine (localhost, 127.0.0.1, ::1).";
        tls_certificate: OptionalPath = "",
            "PEM file of the certificate that the API's listener shows, with those that vouch for it below it, where no proxy in front speaks TLS. Read again when it changes. Empty: the listener speaks plain HTTP.";
        tls_key: OptionalPath = "",
            "PEM file of the key to tls_certificate, for the shop's eyes only.";
        metrics_listen: OptionalAddress = "",
            "Address and port of a listener of its own for /metrics, which then needs no login. Empty: /metrics is on the API's listener and needs staff (in a demo it is open).";
    }
    "Where the shop is kept" {
        data_dir: Path = "./sutler-data",
            "Directory of everything that this node keeps in files.";
        database_url: DatabaseUrl = "",
            "The database: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`. Empty: sutler.db in data_dir.";
        database_connections: Count = "4", from "2" to "1000",
            "Connections that read, a quarter of them kept for what must be exact: logins, replays, single orders. The one that writes is not counted.";
    }
    "How it is kept twice" {
        backup_to: OptionalPath = "",
            "Folder of the backups of a shop in SQLite, one of its own for each shop and best on another disk: a serving shop takes one there once the last is older than backup_every. Empty: it takes none. A shop on Postgres is backed up by Postgres' own tools.";
        backup_every: Duration = "1h", from "1m" to "7d",
            "How old the last backup may become before a serving shop takes another.";
        backup_key: SecretText = "",
            "Seals the backups: 32 characters or more that nobody can guess (`openssl rand -hex 32`). Keep it elsewhere: without it no sealed backup is ever read again. Empty: they are open, and tell who has ordered what.";
        backups_hourly: Count = "24", from "0" to "10000",
            "Hours of which the last backup is kept, of those that have any.";
        backups_daily: Count = "7", from "0" to "10000",
            "Days of which it is kept, in UTC.";
        backups_weekly: Count = "5", from "0" to "10000",
            "Weeks of which it is kept.";
    }
    "Who may come in" {
        secret_key: SecretText = "",
            "Signs the tokens: 32 characters or more that nobody can guess (`openssl rand -hex 32`), the same on every node. Has no default. With a new one, keep the old one as secret_key_previous, or all sessions end.";
        secret_key_previous: SecretText = "",
            "The secret_key before this one: what it has signed is still good. Take it away when refresh_token_ttl has passed.";
        token_issuer: Issuer = "",
            "Who issues the tokens (their `iss`), the same on every node; tokens of another one are refused. Empty: public_url, or `sutler` where that is not set either.";
        token_audience: Issuer = "sutler",
            "Whom the tokens are for (their `aud`), the same on every node; tokens for others are refused. Empty: the same as token_issuer.";
        access_token_ttl: Duration = "15m", from "1s" to "1d",
            "How long an access token is valid.";
        refresh_token_ttl: Duration = "30d", from "1m" to "366d",
            "How long a refresh token is valid, and so the longest pause of a session.";
        refresh_grace: Duration = "30s", from "0s" to "5m",
            "How long a used refresh token may come back (its answer was lost) before that counts as theft and ends the session.";
        reset_link_ttl: Duration = "1h", from "1m" to "7d",
            "How long a mailed link to choose a new password is good.";
        confirm_link_ttl: Duration = "2d", from "1m" to "30d",
            "How long a mailed link to confirm an e-mail address is good.";
        orders_need_confirmed_email: Flag = "false",
            "Whether only who has confirmed the e-mail address may place orders.";
        registration_tells: Flag = "true",
            "Whether registering tells that an e-mail address has an account already. If not, the mail to that address says so, and nobody logs in before the address is confirmed: it needs smtp_url.";
        unconfirmed_kept: Duration = "7d", from "1m" to "366d",
            "How long a name and an address are kept for who registers without confirming the address, where registration_tells is false: then the account goes, whether or not somebody else had the address. No shorter than confirm_link_ttl.";
        staff_need_otp: Flag = "false",
            "Whether staff need a second factor: without one they have a customer's rights, and so can set one up.";
        audit_kept: Duration = "730d", from "1d" to "36500d",
            "How long it is kept who changed what.";
        consumers_kept: Duration = "7d", from "1h" to "36500d",
            "How long it is kept how far somebody has come who follows what happens in the shop (mails, figures), once nobody works for it any more. After that it begins anew when it comes back: figures are counted again, and mails begin with what happens from then on.";
        trusted_proxies: NetworkList = "",
            "Proxies in front of the shop, by address or network (`10.0.0.0/8`): of these, and of nobody else, it is believed what X-Forwarded-For says of the client. Empty: whoever connects is the client, so that behind a proxy all are one to every limit that counts addresses (rate_limit_address, guest_units_most, ...).";
        cors_origins: Origins = "",
            "Sites whose pages may use the API in a browser (`https://www.example.com`), `*` for any. Empty: none but the shop's own.";
        hsts: Duration = "365d", from "0s" to "730d",
            "How long a browser that was here shall insist on https (Strict-Transport-Security), where public_url is https. 0s: it is not told to.";
        registrations_per_hour: Count = "20", from "0" to "1000000",
            "Registrations of one address in an hour, also those that are refused for a taken name; more are refused with 429. An IPv6 address is its /64, whose /56 has four times as many, and its /48 sixteen times. 0: any number, as in a demo.";
        password_threads: Count = "1", from "1" to "64",
            "Threads that hash passwords. Each takes 19 MiB, and half a processor while many log in.";
        password_queue: Count = "64", from "1" to "100000",
            "Passwords that may wait to be hashed; more are refused with 503.";
    }
    "What one may have" {
        order_units_most: Count = "0", from "0" to "1000000",
            "Units of one product that an order may have, where the product says nothing else. 0: any number.";
        caller_units_most: Count = "0", from "0" to "1000000000",
            "Units of one product that a caller may have in all orders since there is this bound, but for those that were cancelled or have failed, where the product says nothing else. A retry is the staff's own decision, and is not bounded by it. 0: any number.";
    }
    "What carts hold" {
        cart_ttl: Duration = "15m", from "1s" to "7d",
            "How long a cart holds what is in it after its last change. What it held is free within some five seconds after that. No longer than cart_max_age.";
        cart_max_age: Duration = "2h", from "1s" to "30d",
            "How long a cart holds anything since its first line, however often it is changed.";
        cart_items_most: Count = "100", from "1" to "100",
            "Lines of a cart.";
        cart_units_most: Count = "1000", from "1" to "1000000",
            "Units that a cart may hold, of all its products.";
        guest_units_most: Count = "500", from "1" to "1000000000",
            "Units that the carts of all guests of one address may hold together. An IPv6 address is its /56. Behind a proxy that trusted_proxies does not name all guests are of one address.";
    }
    "How long orders wait, and tell of people" {
        pending_ttl: Duration = "0s", from "0s" to "3660d",
            "How long an order may be pending, since it was placed or retried, before the shop cancels it and gives its stock back: it looks every 30 seconds. 0s: for ever.";
        orders_anonymized_after: Duration = "0s", from "0s" to "36500d",
            "How long after it was placed an order that is completed, cancelled or failed tells of people. Then its delivery address, its contact, its note and why it failed go, and what its Idempotency-Key was first used for: any request under the key is answered with the order. Its reference and its figures stay, and so do the reasons that moves were given, in its timeline and in the events. 0s: for ever. Where its owner is deleted this goes within a day or so whatever is set.";
    }
    "What is done with orders" {
        processing: WhatIsDone = "manual",
            "What becomes of a pending order by itself. manual: nothing, the staff move it. instant: it is completed. simulated: it is begun with, and completed after processing_time; so it is in a demo, if nothing else is set. http: it is posted to fulfilment_url, which says what becomes of it.";
        processing_after: Duration = "0s", from "0s" to "30d",
            "How long an order waits before anything is done with it by itself: its owner may cancel it meanwhile. A demo waits for 3 seconds, if nothing else is set.";
        processing_time: Duration = "1s", from "0s" to "30d",
            "How long an order is processed where processing is simulated.";
        fulfilment_url: Url = "",
            "Where orders are posted to where processing is http: 2xx completes an order, 202 takes it and answers later (POST /api/orders/orders/{id}/fulfilment), 409 or 422 fails it with a reason, and after all else it is tried again.";
        fulfilment_secret: SecretText = "",
            "What signs the orders that are posted, and the answers that come later, after Standard Webhooks: whsec_ and base64, or any text.";
        fulfilment_timeout: Duration = "15s", from "100ms" to "10m",
            "How long the service may take to answer. A worker that dies delays its orders by twice that and a second.";
        fulfilment_attempts: Count = "12", from "1" to "1000",
            "How often an order is posted before it is failed. The pauses double from a second to an hour.";
        fulfilment_at_once: Count = "16", from "1" to "1000",
            "Orders that a node posts at the same time.";
        fulfilment_patience: Duration = "1d", from "1s" to "365d",
            "How long the service may take to say what has become of an order that it has taken with 202. Then it is posted again.";
    }
    "What the shop shows" {
        currency: Currency = "EUR",
            "Currency of all prices, by its ISO 4217 code. Cannot change once there are prices.";
        catalog_public: Flag = "true",
            "Whether products can be seen without logging in.";
        hide_out_of_stock: Flag = "true",
            "Whether customers' lists leave out what is not in stock.";
        hide_held: Flag = "true",
            "Whether what lies there, but is all held in carts, is left out as well, where hide_out_of_stock is set: it comes back when a cart lets it go. So whoever holds the last ones hides a product from others: order_units_most, caller_units_most and guest_units_most bound how many one holds, cart_max_age for how long.";
        stock_shown: Sight = "exact",
            "What customers see of the stock: exact, a number (`10`: what is more is shown as 10), or `whether` there is any. Staff see it all.";
        catalog_cache_ttl: Duration = "1s", from "0s" to "1s",
            "How old a product page may be. 0s: never cached.";
    }
    "How it writes to people" {
        smtp_url: MailUrl = "",
            "The mail server, which needs mail_from too: `smtps://USER:PASSWORD@HOST` (TLS at once, port 465) or `smtp://USER:PASSWORD@HOST` (STARTTLS, port 587; nothing is sent without it, but on this machine, where `?tls=required` asks for it, or with `?tls=none`). Empty: no mail is sent, so nobody can choose a new password by mail; a demo prints its mail.";
        mail_from: MailSender = "",
            "Whom mail is from: `shop@example.com`, or `Shop <shop@example.com>`. Without a name, shop_name is it.";
        shop_name: Name = "Sutler",
            "What the shop is called in its mail.";
        mail_language: MailLanguage = "en",
            "Language of mail to the staff, to customers who have said none, and to those whose request asks for none that the shop knows: en or de.";
        mail_templates: OptionalPath = "",
            "Directory of letters that replace the shop's own, in files such as order_received.de.txt; `sutler mail templates` writes all of them to begin with, and a letter without a file stays as it is. Read when a node begins. Empty: none.";
        order_mails: OrderMails = "received,completed,cancelled,failed",
            "What is mailed of orders to whoever has ordered: to the contact's address, or else to the account's. Of what happened before the shop had a mail server nobody hears. The same on every node. Empty: nothing; a demo without a mail server prints none of it.";
        notify_emails: Emails = "",
            "Addresses of the staff, who are mailed when a product falls to its low_stock_threshold, when an order fails, and when the shop gives one up. The same on every node. Empty: nobody.";
        mail_link_base: Url = "",
            "Where the shop has its pages for people. Mail links to `/reset-password?token=...` and `/confirm-email?token=...` below it, which hand the token to the API. Empty: public_url.";
        mail_queue: Count = "1000", from "1" to "100000",
            "Mails that may wait to be sent; what needs another one is refused with 503.";
    }
    "How much it takes on" {
        queue_limit: Count = "10000", from "1" to "1000000",
            "Commands that may wait to be written; more are refused with 503.";
        queue_max_age: Duration = "2s", from "10ms" to "1m",
            "When the oldest waiting command is older than this, new ones are refused with 503.";
        command_deadline: Duration = "5s", from "10ms" to "5m",
            "How long a command may wait to be begun. Later it is refused with 503, and nothing was done.";
        answer_deadline: Duration = "15s", from "10ms" to "5m",
            "How long a client waits for a command that was begun. Later it hears `outcome_unknown` (504).";
        read_deadline: Duration = "5s", from "10ms" to "5m",
            "How long a read of the database may take, with its wait for a connection. Later it is stopped and answered with 503.";
        batch_limit: Count = "20000", from "1" to "1000000",
            "Rows that one commit may write.";
        batch_bytes: Bytes = "64MiB", from "1MiB" to "1GiB",
            "What the texts of one commit may come to at most.";
        body_limit: Bytes = "2MiB", from "1KiB" to "1GiB",
            "Largest body of a request.";
        sheet_limit: Bytes = "64MiB", from "1KiB" to "10GiB",
            "Largest sheet (text/csv) that is imported over HTTP; eight at once may arrive, into files of the temporary directory. The command line takes any.";
        body_timeout: Duration = "30s", from "1s" to "10m",
            "How long a client may take to send the body of a request.";
        max_connections: Count = "10000", from "1" to "1000000",
            "Open connections; more wait to be accepted.";
        connections_per_address: Count = "256", from "0" to "1000000",
            "Open connections of one address (IPv6: as for registrations_per_hour); more are refused. 0: any number, as for this machine and trusted_proxies.";
        rate_limit_address: Count = "100", from "0" to "1000000",
            "Requests a second of one address (IPv6: as for registrations_per_hour), with four times as many at once; more are refused with 429. 0: any number, as in a demo.";
        rate_limit_caller: Count = "50", from "0" to "1000000",
            "Requests a second of one account or API key, with four times as many at once; more are refused with 429. 0: any number, as in a demo.";
        header_timeout: Duration = "10s", from "100ms" to "10m",
            "How long a client may take to send the head of a request.";
        idle_timeout: Duration = "75s", from "100ms" to "1h",
            "How long a connection may do nothing between two requests, or leave an answer unread.";
        shutdown_timeout: Duration = "30s", from "0s" to "10m",
            "How long a stopping shop waits for the requests that it has begun, and for mail to be sent.";
    }
    "What it tells" {
        log_level: Filter = "info",
            "What is logged: error, warn, info, debug or trace, also by part (`warn,security=info`: of the rest only what is wrong, and who could not come in, who is new, whose rights have changed).";
        log_format: Format = "auto",
            "How it is logged: human, json, or auto (human on a terminal, json elsewhere).";
    }
}

impl Settings {
    /// Each setting with where its value came from.
    pub fn origins(&self) -> impl Iterator<Item = (&'static Setting, &Origin)> {
        TABLE.iter().zip(&self.given).map(|(setting, given)| (setting, &given.origin))
    }

    /// Where the value of one setting came from; `None` if there is no such setting.
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.origins().find(|(setting, _)| setting.name == name).map(|(_, origin)| origin)
    }

    /// The files that were read: who reads them knows what is secret.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Each setting with the text of its value, secrets too: for the fuzz targets.
    #[cfg(feature = "fuzzing")]
    pub fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        TABLE.iter().zip(&self.given).map(|(setting, given)| (setting.name, given.text.as_str()))
    }

    /// Of who asks how often: a demo is for trying, also how much it takes. Of secrets that are guessed at
    /// it keeps count all the same.
    pub fn lift_limits(&mut self) {
        self.registrations_per_hour = 0;
        self.rate_limit_address = 0;
        self.rate_limit_caller = 0;
        // Behind the port of a container all come from one address.
        self.connections_per_address = 0;
    }

    /// In a demo orders come to their end by themselves, soon enough to watch and late enough to cancel them.
    pub fn work_by_itself(&mut self) {
        if self.origin("processing") == Some(&Origin::Default) {
            self.processing = Processing::Simulated;
            self.remember("processing", "simulated".to_owned());
        }
        if self.origin("processing_after") == Some(&Origin::Default) {
            self.processing_after = time::Duration::from_secs(3);
            self.remember("processing_after", "3s".to_owned());
        }
    }

    /// What is right alone, and not together.
    fn contradictions(&self) -> Vec<String> {
        let (begun, waiting) = (self.answer_deadline, self.command_deadline);
        let impatient = (begun < waiting).then(|| {
            format!(
                "answer_deadline is {begun:?}, shorter than command_deadline, {waiting:?}: \
                 a command that was begun is waited for at least as long as one that was not"
            )
        });
        let anonymous = (self.smtp_url.is_some() && self.mail_from.is_none()).then(|| {
            "smtp_url is set, and mail_from is not: say whom mail is from, \
             such as Shop <shop@example.com>"
                .to_owned()
        });
        let (kept, link) = (self.unconfirmed_kept, self.confirm_link_ttl);
        let fleeting = (!self.registration_tells && kept < link).then(|| {
            format!(
                "unconfirmed_kept is {kept:?}, shorter than confirm_link_ttl, {link:?}: \
                 an account is there at least as long as the link that confirms it is good"
            )
        });
        let (changed, whole) = (self.cart_ttl, self.cart_max_age);
        let ageless = (changed > whole).then(|| {
            format!(
                "cart_ttl is {changed:?}, longer than cart_max_age, {whole:?}: \
                 no change lets a cart hold anything for longer than it may in all"
            )
        });
        let lacks = self.fulfilment_url.is_empty() || self.fulfilment_secret.is_none();
        let nowhere = (self.processing == Processing::Http && lacks).then(|| {
            "processing is http, and fulfilment_url or fulfilment_secret is not set: say where \
             orders are posted to, and by what they are signed"
                .to_owned()
        });
        let secret = self.fulfilment_secret.as_ref().map(Signer::check_secret);
        let weak = secret.and_then(Result::err).map(|why| format!("fulfilment_secret {why}"));
        let half = self.tls_certificate.is_some() != self.tls_key.is_some();
        let half = half.then(|| {
            "tls_certificate and tls_key go together: one of them is set, and the other is not"
                .to_owned()
        });
        [impatient, anonymous, fleeting, ageless, nowhere, weak, half]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Fills in what an empty value stands for.
    fn derive(&mut self) {
        if self.token_issuer.is_empty() {
            // Never the listen address: two nodes of a shop may listen at different ones.
            let public = Some(&self.public_url).filter(|url| !url.is_empty());
            self.token_issuer = public.map_or("sutler", String::as_str).to_owned();
        }
        if self.token_audience.is_empty() {
            self.token_audience.clone_from(&self.token_issuer);
        }
        if self.public_url.is_empty() {
            let scheme = if self.tls_certificate.is_some() { "https" } else { "http" };
            self.public_url = format!("{scheme}://{}", self.listen);
        }
        if self.database_url.is_empty() {
            self.database_url = format!("sqlite://{}", self.data_dir.join("sutler.db").display());
        }
        if self.allowed_hosts.is_empty() {
            self.allowed_hosts = ["localhost", "127.0.0.1", "[::1]"].map(String::from).into();
            let public = host_of(&self.public_url).to_lowercase();
            if !self.allowed_hosts.contains(&public) {
                self.allowed_hosts.insert(0, public);
            }
        }
        self.remember("token_issuer", self.token_issuer.clone());
        self.remember("token_audience", self.token_audience.clone());
        if self.mail_link_base.is_empty() {
            self.mail_link_base = self.public_url.clone();
        }
        self.remember("public_url", self.public_url.clone());
        self.remember("database_url", self.database_url.clone());
        self.remember("allowed_hosts", self.allowed_hosts.join(","));
        self.remember("mail_link_base", self.mail_link_base.clone());
    }

    fn remember(&mut self, name: &str, text: String) {
        let row = TABLE.iter().position(|setting| setting.name == name);
        if let Some(given) = row.and_then(|row| self.given.get_mut(row)) {
            given.text = text;
        }
    }
}
