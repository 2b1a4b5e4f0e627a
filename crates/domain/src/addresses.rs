//! Addresses: where a customer has things sent, kept for the next time.

use crate::{
    AccountId, Context, Facts, Fingerprint, Micros, Text, commands,
    countries::Country,
    facts::{Child, Row},
    idempotency::Before,
    kinds,
    rules::{Keyed, Never, Rule, Weight, Who},
    uuid_ids,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

uuid_ids! { AddressId }

/// An account keeps so many.
pub const MOST: usize = 20;

/// In JSON, where a letter may take six bytes; and once more as a kept answer.
const WRITTEN: Weight = Weight { rows: 4, bytes: 12 * 1024 };

/// What stands on a parcel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PostalAddress {
    pub name: Text<200>,
    pub line1: Text<200>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<Text<200>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_code: Option<Text<20>>,
    pub city: Text<100>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<100>>,
    pub country: Country,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Text<40>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Address {
    pub account: AccountId,
    pub id: AddressId,
    pub postal: PostalAddress,
    pub created_at: Micros,
    pub updated_at: Micros,
}

impl Row for Address {
    type Key = (AccountId, AddressId);
    type Find = AccountId;
    fn key(&self) -> (AccountId, AddressId) {
        (self.account, self.id)
    }
}

impl Child for Address {
    fn parent(key: &(AccountId, AddressId)) -> AccountId {
        key.0
    }

    fn lowest(account: &AccountId) -> (AccountId, AddressId) {
        (*account, AddressId(Uuid::nil()))
    }
}

/// Keeps an address for an account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeepAddress {
    pub account: AccountId,
    #[serde(skip)]
    pub id: AddressId,
    pub postal: PostalAddress,
}

kinds! {
    pub enum KeepAddressRefusal {
        AccountClosed = "account_closed",
        TooMany = "too_many_addresses",
    }
}

impl Rule for KeepAddress {
    type Outcome = Box<Address>;
    type Refusal = KeepAddressRefusal;

    fn name(&self) -> &'static str {
        "keep_address"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    /// The account is locked, so that two addresses at once are counted one after the other.
    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.account);
        facts.addresses.want(&self.account);
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Box<Address>, KeepAddressRefusal> {
        let account = facts.accounts.get(&self.account).filter(|account| account.is_active);
        account.ok_or(KeepAddressRefusal::AccountClosed)?;
        if facts.addresses.of(&self.account).count() >= MOST {
            return Err(KeepAddressRefusal::TooMany);
        }
        let address = Address {
            account: self.account,
            id: self.id,
            postal: self.postal.clone(),
            created_at: context.now,
            updated_at: context.now,
        };
        facts.addresses.make(address.clone());
        Ok(Box::new(address))
    }

    /// By its id: what is kept of a person is in one place.
    fn kept(address: &Box<Address>) -> Box<str> {
        address.id.to_string().into()
    }

    fn weight(&self) -> Weight {
        WRITTEN
    }
}

impl Before for AddressId {
    fn read(kept: &str) -> Option<AddressId> {
        Uuid::try_parse(kept).ok().map(AddressId)
    }
}

/// Overwrites an address that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplaceAddress {
    pub account: AccountId,
    pub id: AddressId,
    pub postal: PostalAddress,
}

kinds! {
    pub enum AddressRefusal {
        UnknownAddress = "unknown_address",
    }
}

impl Rule for ReplaceAddress {
    type Outcome = Box<Address>;
    type Refusal = AddressRefusal;

    fn name(&self) -> &'static str {
        "replace_address"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.addresses.want(&self.account);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Box<Address>, AddressRefusal> {
        let present = facts.addresses.get(&(self.account, self.id));
        let present = present.ok_or(AddressRefusal::UnknownAddress)?;
        if present.postal == self.postal {
            return Ok(Box::new(present.clone()));
        }
        let address =
            Address { postal: self.postal.clone(), updated_at: context.now, ..present.clone() };
        facts.addresses.put(address.clone());
        Ok(Box::new(address))
    }

    fn weight(&self) -> Weight {
        WRITTEN
    }
}

/// Keeps an address no longer.
#[derive(Clone, Debug, PartialEq)]
pub struct DropAddress {
    pub account: AccountId,
    pub id: AddressId,
}

impl Rule for DropAddress {
    type Outcome = AddressId;
    type Refusal = AddressRefusal;

    fn name(&self) -> &'static str {
        "drop_address"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.addresses.want(&self.account);
    }

    fn decide(&self, _: Context, facts: &mut Facts) -> Result<AddressId, AddressRefusal> {
        let key = (self.account, self.id);
        facts.addresses.get(&key).ok_or(AddressRefusal::UnknownAddress)?;
        facts.addresses.drop(&key);
        Ok(self.id)
    }
}

commands!(Addresses:
    KeepAddress = "keep_address" -> AddressId,
    ReplaceAddress = "replace_address" -> Never,
    DropAddress = "drop_address" -> Never,
);
