//! Which letters some events ask for, and to whom.

use crate::{
    app::App,
    language::Language,
    ports::mail::{Letter, LowProduct, Mail, OrderNews, Stamp, ToldLine, ToldOrder},
};
use domain::{
    Account, AccountId, Caller, CallerKind, Email, Event, EventKind, Money, Order, OrderId,
    ProductId, ProductRef,
    events::{LowData, MoveData},
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};
use store::{ReadError, Then, Told};
use uuid::{Builder, Uuid};

/// A letter that is to be sent.
pub struct Due {
    /// Of the (last) event that asks for it.
    pub position: i64,
    /// What it is about, if that is an order.
    pub order: Option<OrderId>,
    pub mail: Mail,
    pub stamp: Stamp,
    /// What is known when its end is.
    pub settles: Vec<Uuid>,
}

/// Letters that are being gathered from events, in their order.
pub struct Gathering<'a> {
    app: &'a App,
    /// Of which history of the shop the positions are.
    epoch: String,
    accounts: BTreeMap<AccountId, Option<Account>>,
    due: Vec<Due>,
    low: Vec<Low>,
}

/// An event that tells of a product.
struct Low {
    position: i64,
    at: SystemTime,
    product: LowProduct,
}

/// Whom to write to, and in which language.
struct Reader {
    to: Email,
    language: Language,
}

impl Gathering<'_> {
    pub async fn begin(app: &App) -> Result<Gathering<'_>, ReadError> {
        let epoch = app.position(None).await?.epoch;
        let (accounts, due, low) = (BTreeMap::new(), Vec::new(), Vec::new());
        Ok(Gathering { app, epoch, accounts, due, low })
    }

    /// Adds what an event asks for.
    pub async fn add(&mut self, told: &Told) -> Result<(), ReadError> {
        let position = told.position;
        // What only a later version knows, a later version writes of.
        let Some((event, then)) = told.event() else { return Ok(()) };
        if event.kind == EventKind::StockLow {
            return self.add_low(position, event).await;
        }
        let Some(news) = news(event.kind) else { return Ok(()) };
        let Then::Order(order) = then else {
            tracing::warn!(position, "no mail is sent of an order that this version cannot read");
            return Ok(());
        };
        if self.app.settings.order_mails.contains(&news)
            && let Some(reader) = self.customer(order).await?
        {
            let reason = reason(event).filter(|_| is_for_owner(event, order));
            let letter = Letter::Order(news, Box::new(told_order(order, reason)));
            self.push((position, event), order.id, reader, letter);
        }
        if news == OrderNews::Failed {
            let is_given_up = event.actor.kind == CallerKind::System;
            for reader in self.staff() {
                let told_order = Box::new(told_order(order, reason(event)));
                let letter = Letter::OrderFailed { order: told_order, is_given_up };
                self.push((position, event), order.id, reader, letter);
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        (position, event): (i64, &Event),
        order: OrderId,
        reader: Reader,
        letter: Letter,
    ) {
        let Reader { to, language } = reader;
        let id = self.id(position, letter.kind(), &to);
        let stamp = Stamp { id, at: time(event) };
        let mail = Mail { to, language, letter };
        self.due.push(Due { position, order: Some(order), mail, stamp, settles: vec![id] });
    }

    async fn add_low(&mut self, position: i64, event: &Event) -> Result<(), ReadError> {
        let data = event.data.as_deref().and_then(LowData::read);
        let id = i64::try_from(event.subject.id.as_u128()).ok().map(ProductId);
        let (Some(data), Some(id)) = (data, id) else { return Ok(()) };
        let found = self.app.readers.exact().product(&ProductRef::Id(id)).await?;
        let Some((product, _)) = found else { return Ok(()) };
        let product = LowProduct {
            sku: product.sku,
            name: product.name.to_string(),
            on_hand: data.on_hand,
            threshold: data.threshold,
        };
        self.low.push(Low { position, at: time(event), product });
        Ok(())
    }

    /// All that is not settled, those about the stock in one letter to each.
    pub fn due(mut self, settled: &BTreeSet<Uuid>) -> Vec<Due> {
        for reader in self.staff() {
            let letter = self.low_letter(reader, settled);
            self.due.extend(letter);
        }
        let mut due = self.due;
        due.retain(|due| !due.settles.iter().all(|id| settled.contains(id)));
        due
    }

    fn low_letter(&self, Reader { to, language }: Reader, settled: &BTreeSet<Uuid>) -> Option<Due> {
        let of = |low: &Low| self.id(low.position, "stock_low", &to);
        let fresh: Vec<&Low> = self.low.iter().filter(|low| !settled.contains(&of(low))).collect();
        let last = fresh.last()?;
        let settles: Vec<Uuid> = fresh.iter().map(|low| of(low)).collect();
        let id = hashed(settles.iter().map(|id| id.as_bytes().as_slice()));
        let products = fresh.iter().map(|low| low.product.clone()).collect();
        let mail = Mail { to, language, letter: Letter::StockLow { products } };
        let stamp = Stamp { id, at: last.at };
        Some(Due { position: last.position, order: None, mail, stamp, settles })
    }

    /// The same whenever, and by whichever node, the letter is sent.
    fn id(&self, position: i64, kind: &str, to: &Email) -> Uuid {
        let position = position.to_be_bytes();
        let [epoch, kind, to] = [self.epoch.as_str(), kind, to.as_str()].map(str::as_bytes);
        hashed([epoch, &[0], &position, kind, &[0], to].into_iter())
    }

    fn staff(&self) -> Vec<Reader> {
        let language = self.app.settings.mail_language;
        let to = self.app.settings.notify_emails.iter();
        to.map(|to| Reader { to: Email::stored(to), language }).collect()
    }

    /// Whoever has ordered: by the contact of the order, or else by the account. Programs are not written to,
    /// and nobody of whom the shop is to know nothing any more.
    async fn customer(&mut self, order: &Order) -> Result<Option<Reader>, ReadError> {
        let usual = self.app.settings.mail_language;
        let contact = order.contact.as_ref().and_then(|contact| contact.email.clone());
        let Caller { kind, id } = order.owner;
        match kind {
            CallerKind::Guest => Ok(contact.map(|to| Reader { to, language: usual })),
            CallerKind::ApiKey | CallerKind::Channel | CallerKind::System => Ok(None),
            CallerKind::Account => {
                let Some(account) = self.account(AccountId(id)).await? else { return Ok(None) };
                if account.gone_at.is_some() {
                    return Ok(None);
                }
                let language = account.language.as_deref().and_then(Language::coded);
                let language = language.unwrap_or(usual);
                let own = account.is_active.then(|| account.email.clone());
                Ok(contact.or(own).map(|to| Reader { to, language }))
            }
        }
    }

    async fn account(&mut self, id: AccountId) -> Result<Option<&Account>, ReadError> {
        if !self.accounts.contains_key(&id) {
            let found = self.app.readers.exact().account(id).await?;
            self.accounts.insert(id, found);
        }
        Ok(self.accounts.get(&id).and_then(Option::as_ref))
    }
}

fn news(kind: EventKind) -> Option<OrderNews> {
    match kind {
        EventKind::OrderPlaced => Some(OrderNews::Received),
        EventKind::OrderCompleted => Some(OrderNews::Completed),
        EventKind::OrderCancelled => Some(OrderNews::Cancelled),
        EventKind::OrderFailed => Some(OrderNews::Failed),
        _ => None,
    }
}

fn reason(event: &Event) -> Option<String> {
    event.data.as_deref().and_then(MoveData::read).map(|data| data.reason)
}

/// What the shop says to itself is not; nor what the owner has said: he chooses whom the letter goes to.
fn is_for_owner(event: &Event, order: &Order) -> bool {
    event.actor != order.owner && event.actor.kind != CallerKind::System
}

fn told_order(order: &Order, reason: Option<String>) -> ToldOrder {
    let money = |minor| Money::new(minor, order.currency);
    let lines = order.lines.iter().map(|line| ToldLine {
        name: line.name.to_string(),
        quantity: line.quantity.units(),
        price: money(line.unit_price_minor),
        total: money(line.total_minor()),
    });
    ToldOrder {
        number: order.number.unwrap_or_default(),
        lines: lines.collect(),
        total: money(order.total_minor),
        reason,
    }
}

fn time(event: &Event) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_micros(event.at.0.unsigned_abs())
}

fn hashed<'p>(parts: impl Iterator<Item = &'p [u8]>) -> Uuid {
    let digest: [u8; 32] = parts.fold(Sha256::new(), Digest::chain_update).finalize().into();
    let (mut bytes, (half, _)) = ([0; 16], digest.split_at(16));
    bytes.copy_from_slice(half);
    Builder::from_random_bytes(bytes).into_uuid()
}
