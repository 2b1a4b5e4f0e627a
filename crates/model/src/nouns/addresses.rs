//! Addresses, as they should be: an open account's own, and not too many.

use crate::{Expected, Kept, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{
    Address, AddressId, Context, DropAddress, KeepAddress, Listed, ReplaceAddress,
    addresses::{AddressRefusal, KeepAddressRefusal, MOST},
};

impl Modelled for KeepAddress {
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        use KeepAddressRefusal::{AccountClosed, TooMany};
        let is_open = model.accounts.get(&self.account).is_some_and(|account| account.is_active);
        let kept = model.addresses.keys().filter(|(account, _)| *account == self.account).count();
        let mut wrong = vec![];
        wrong.extend((!is_open).then_some(AccountClosed));
        wrong.extend((kept == MOST).then_some(TooMany));
        refused_if_any(wrong)?;
        let KeepAddress { account, id, postal } = self.clone();
        let address = Address { account, id, postal, created_at: now, updated_at: now };
        model.touched.addresses.insert((account, id));
        model.addresses.insert((account, id), address.clone());
        Ok(Box::new(address))
    }

    fn strip(&mut self) {
        self.id = AddressId(uuid::Uuid::nil());
    }

    fn kept_of(address: &Box<Address>) -> Option<Kept> {
        Some(Kept::answer(address.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        KeepAddress::before(kept).map(Kept::answer)
    }
}

impl Modelled for ReplaceAddress {
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        let key = (self.account, self.id);
        let Some(address) = model.addresses.get_mut(&key) else {
            return Err(vec![AddressRefusal::UnknownAddress]);
        };
        if address.postal != self.postal {
            (address.postal, address.updated_at) = (self.postal.clone(), now);
            model.touched.addresses.insert(key);
        }
        Ok(Box::new(address.clone()))
    }
}

impl Modelled for DropAddress {
    fn expect(&self, model: &mut Model, _: Context) -> Expected<Self> {
        let key = (self.account, self.id);
        if model.addresses.remove(&key).is_none() {
            return Err(vec![AddressRefusal::UnknownAddress]);
        }
        model.touched.addresses.insert(key);
        Ok(self.id)
    }
}

modelled!(addresses:
    KeepAddress(KeepAddress),
    ReplaceAddress(ReplaceAddress),
    DropAddress(DropAddress),
);
