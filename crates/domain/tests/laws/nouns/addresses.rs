//! Addresses of few accounts, most of them registered.

use super::{
    Drawn, Noun,
    accounts::{NEWEST, some_account},
    keyed, unkeyed,
};
use crate::{
    answers::{KeptAnswer, kept_id},
    compared::same_rows,
    drafts::{NOBODY_YET, Step, act, text},
    golden::{Golden, UUID, golden},
    script::{Scribe, back_in},
    shop::Shop,
    store::rows,
    weights::Longest,
};
use domain::{
    AccountId, Action, AddressId, Country, DropAddress, KeepAddress, Listed, PostalAddress,
    ReplaceAddress, addresses,
};
use model::Model;
use proptest::{prelude::*, test_runner::TestCaseResult};
use uuid::Uuid;

pub struct Addresses;

impl Noun for Addresses {
    fn drafts(&self) -> Vec<Drawn> {
        let (account, id) = (NEWEST, AddressId(NOBODY_YET));
        let keeps = (some_account(), cities())
            .prop_map(move |(account, postal)| KeepAddress { account, id, postal }.action());
        let replaced = (backs(), cities())
            .prop_map(move |(id, postal)| ReplaceAddress { account, id, postal }.action());
        let dropped = backs().prop_map(move |id| DropAddress { account, id }.action());
        vec![
            keyed(3, keeps.prop_map(act)),
            unkeyed(2, replaced.prop_map(act)),
            unkeyed(1, prop_oneof![7 => dropped.prop_map(act), 1 => some_account().prop_map(fill)]),
        ]
    }

    /// An address that is named by a small number is the one that was kept so many attempts ago.
    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        let Action::Addresses(action) = action else { return };
        let (account, id) = match action {
            addresses::Action::KeepAddress(keep) => {
                keep.id = AddressId(scribe.make_id());
                (&mut keep.account, &mut keep.id)
            }
            addresses::Action::ReplaceAddress(replace) => (&mut replace.account, &mut replace.id),
            addresses::Action::DropAddress(drop) => (&mut drop.account, &mut drop.id),
        };
        let back = id.0.as_u128();
        scribe.name(account);
        match back {
            0..MOST_BACK => {
                let kept = back_in(&scribe.addresses, back as usize);
                (*account, *id) = kept.unwrap_or((*account, *id));
            }
            _ => scribe.addresses.push((*account, *id)),
        }
    }

    fn twist(&self, action: &mut Action) {
        if let Action::Addresses(addresses::Action::KeepAddress(keep)) = action {
            keep.postal.name = text("Somebody Else");
        }
    }

    fn least(&self) -> Vec<Golden> {
        let (account, id) = (AccountId(UUID), AddressId(UUID));
        vec![golden(
            KeepAddress { account, id, postal: least() },
            "{\"account\":\"01920000-0000-7000-8000-000000000001\",\"postal\":{\"name\":\"Ann\",\
             \"line1\":\"1 Camp Street\",\"city\":\"Camp\",\"country\":\"IE\"}}",
            "74ba7abb-f0ae-3a68-236e-c6f5a0daea4b",
        )]
    }

    fn most(&self) -> Vec<Golden> {
        let (account, id) = (AccountId(UUID), AddressId(UUID));
        vec![golden(
            KeepAddress { account, id, postal: most() },
            "{\"account\":\"01920000-0000-7000-8000-000000000001\",\"postal\":{\"name\":\"Ann\",\
             \"line1\":\"1 Camp Street\",\"line2\":\"Second floor\",\"post_code\":\"01234\",\"city\":\"Camp\",\
             \"region\":\"Saxony\",\"country\":\"IE\",\"phone\":\"+49 351 1\"}}",
            "c1de9d2c-f22b-1868-21af-fc464e8d7d46",
        )]
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        vec![kept_id::<KeepAddress>("01920000-0000-7000-8000-000000000001", &AddressId(UUID))]
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.addresses), model.addresses.values())
    }
}

const MOST_BACK: u128 = 3;

/// One address more than an account keeps.
fn fill(account: AccountId) -> Step {
    let keep = KeepAddress { account, id: AddressId(NOBODY_YET), postal: least() };
    Step::Acts(vec![keep.action(); addresses::MOST + 1])
}

fn backs() -> impl Strategy<Value = AddressId> {
    (0..MOST_BACK).prop_map(|back| AddressId(Uuid::from_u128(back)))
}

pub fn cities() -> impl Strategy<Value = PostalAddress> {
    prop_oneof![Just(least()), Just(most())]
}

pub fn longest_address(longest: Longest) -> PostalAddress {
    PostalAddress {
        name: longest.text(),
        line1: longest.text(),
        line2: Some(longest.text()),
        post_code: Some(longest.text()),
        city: longest.text(),
        region: Some(longest.text()),
        phone: Some(longest.text()),
        ..least()
    }
}

fn least() -> PostalAddress {
    PostalAddress {
        name: text("Ann"),
        line1: text("1 Camp Street"),
        line2: None,
        post_code: None,
        city: text("Camp"),
        region: None,
        country: Country::new("IE").unwrap(),
        phone: None,
    }
}

pub fn most() -> PostalAddress {
    PostalAddress {
        line2: Some(text("Second floor")),
        post_code: Some(text("01234")),
        region: Some(text("Saxony")),
        phone: Some(text("+49 351 1")),
        ..least()
    }
}
