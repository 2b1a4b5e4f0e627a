//! Addresses: people keep some, correct them, and drop them; some of those are gone already.

use super::{Checked, Comes, Draw, Noun, Texts, draws::draws, rows, same};
use crate::simulation::{Clients, Request};
use domain::{
    AccountId, Action, Address, AddressId, Country, DropAddress, KeepAddress, Listed, Micros,
    Outcome, PostalAddress, ReplaceAddress, Text, addresses,
};
use model::Model;
use rows::{Read, all, by, failed, same_rows, text, uuid};
use rusqlite::{Connection, Params, Row};
use uuid::Uuid;

const KEPT: Comes =
    Comes::ByItself("the torture of what people keep would find what the edits find");

pub struct Addresses;

impl Noun for Addresses {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            KeepAddress, 8, Plain: |clients| {
                let place = clients.hoarder();
                let (account, postal) = (clients.people[place].id(), clients.postal());
                (place, KeepAddress { account, id: AddressId(Uuid::nil()), postal })
            };
            ReplaceAddress, 2, Plain: |clients| {
                let place = clients.customer();
                let (account, postal) = (clients.people[place].id(), clients.postal());
                (place, ReplaceAddress { account, id: clients.address(place), postal })
            };
            DropAddress, 1, Plain: |clients| {
                let place = clients.customer();
                let account = clients.people[place].id();
                (place, DropAddress { account, id: clients.address(place) })
            };
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[(KeepAddress::NAME, KEPT), (ReplaceAddress::NAME, KEPT), (DropAddress::NAME, KEPT)]
    }

    fn renew(&self, _: &mut Clients, action: &mut Action, id: Uuid) -> bool {
        if let Action::Addresses(addresses::Action::KeepAddress(keep)) = action {
            keep.id = AddressId(id);
        }
        false
    }

    fn twist(&self, _: &Clients, action: &mut Action) -> bool {
        let Action::Addresses(addresses::Action::KeepAddress(keep)) = action else { return false };
        keep.postal.city = Text::stored("Elsewhere");
        true
    }

    fn learn(&self, clients: &mut Clients, _: &Request, outcome: &Outcome) -> Checked {
        let Outcome::Addresses(addresses::Outcome::KeepAddress(address)) = outcome else {
            return Ok(());
        };
        if let Some(person) = clients.owner(address.account) {
            person.addresses.push(address.id);
        }
        Ok(())
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for key in &model.touched.addresses {
            let sql = format!("{SELECT} where account_id = ?1 and id = ?2");
            let bytes = [key.0.0.into_bytes(), key.1.0.into_bytes()];
            let found = read(rows, &sql, bytes).map_err(failed)?;
            same("an address", found.first(), model.addresses.get(key))?;
        }
        Ok(())
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        let found = by(read(rows, SELECT, []), |address| (address.account, address.id))?;
        same_rows("addresses", &found, &model.addresses)
    }

    fn texts(&self) -> Option<Texts> {
        let sql = "select postal, created_at, updated_at from addresses order by account_id, id";
        let expected = |model: &Model| {
            let row = |address: &Address| {
                let times = [address.created_at, address.updated_at].map(|at| at.0.to_string());
                let [created, updated] = times;
                vec![written(&address.postal), created, updated]
            };
            model.addresses.values().map(row).collect()
        };
        Some(Texts { sql, expected })
    }
}

const SELECT: &str = "select account_id, id, postal, created_at, updated_at from addresses";

fn read(rows: &Connection, sql: &str, keys: impl Params) -> Read<Vec<Address>> {
    all(rows, sql, keys, |row: &Row| {
        Ok(Address {
            account: AccountId(uuid(row, "account_id")?),
            id: AddressId(uuid(row, "id")?),
            postal: serde_json::from_str(text(row, "postal")?)
                .map_err(|_| rows::wrong("postal"))?,
            created_at: Micros(row.get("created_at")?),
            updated_at: Micros(row.get("updated_at")?),
        })
    })
}

/// Without what is not given, in the order of the parcel.
fn written(postal: &PostalAddress) -> String {
    serde_json::to_string(postal).expect("an address is made of texts")
}

impl Clients {
    /// Somebody has to keep more than he may.
    fn hoarder(&mut self) -> usize {
        let settled = self.people.iter().position(|person| person.account.is_some());
        settled.filter(|_| self.random.chance(950)).unwrap_or_else(|| self.customer())
    }

    fn address(&mut self, place: usize) -> AddressId {
        let known = &self.people[place].addresses;
        self.random.pick(known).copied().unwrap_or(AddressId(Uuid::nil()))
    }

    pub fn postal(&mut self) -> PostalAddress {
        let countries = ["DE", "FR", "US"].map(|code| Country::new(code).expect("it is one"));
        let line = |text: &str| Text::stored(text);
        let mut random = || self.random.chance(500);
        PostalAddress {
            name: Text::stored("Ada Sutler"),
            line1: Text::stored("1 Camp Street"),
            line2: random().then(|| line("second \"floor\"")),
            post_code: random().then(|| Text::stored("01234")),
            city: Text::stored(if random() { "Köln" } else { "Camp" }),
            region: random().then(|| Text::stored("NW")),
            country: countries[usize::from(random()) + usize::from(random())],
            phone: random().then(|| Text::stored("+49 1")),
        }
    }
}
