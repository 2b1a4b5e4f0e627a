//! What random scripts seldom do to rights and keys, a case each: somebody who was an admin, a key that is
//! revoked again, a factor of the staff that goes, and stock that is low already.

use crate::{
    drafts::{staff, text},
    keys::keyed,
    nouns::sessions::log_in,
    selling::by,
    shop::Shop,
};
use domain::{
    AccountId, Action, Actor, Anonymize, ApiKeyId, BeginFactor, Caller, ChannelPolicy,
    ConfirmFactor, CreateApiKey, DropFactor, EditAccount, EditProduct, EventKind, Listed,
    MoveStock, ProductId, ProductRef, Proof, RevokeApiKey, Role, Scope, StockChange, StockLine,
    keys::Scopes,
};
use uuid::Uuid;

const KEY: ApiKeyId = ApiKeyId(Uuid::from_u128(77));

fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

/// By the token an admin; by the row the fourth is one, and the third is of the staff.
fn admin(number: u128) -> Actor {
    Actor::of(Caller::account(account(number)), Role::Admin)
}

fn create() -> Action {
    let (secret, name) = (text("made"), text("Till"));
    let scopes = Scopes::of([Scope::Intake]);
    CreateApiKey {
        id: KEY,
        secret,
        name,
        scopes,
        channel: None,
        policy: ChannelPolicy::default(),
        expires_at: None,
    }
    .action()
}

/// The third account, of the staff, has a factor that counts; and there is a key.
fn shop() -> Shop {
    let (mut shop, account) = (Shop::open(), account(3));
    let begin = BeginFactor { account, secret: text("BASE"), recovery: text("r1 r2") };
    let proof = Proof::Step { secret: text("BASE"), step: 3 };
    let confirm = ConfirmFactor { account, proof, keeps: None };
    let third = || Actor::of(Caller::account(account), Role::Staff);
    let made = [by(third(), begin.action()), by(third(), confirm.action()), by(admin(4), create())];
    assert!(shop.decide(&made).iter().all(Result::is_ok));
    shop
}

#[test]
fn who_was_an_admin_gives_and_takes_no_rights_keys_or_factors() {
    let another = |action| match action {
        Action::ApiKeys(domain::keys::Action::CreateApiKey(create)) => {
            CreateApiKey { id: ApiKeyId(Uuid::from_u128(78)), ..create }.action()
        }
        other => other,
    };
    let drop = DropFactor { account: account(3), proof: None, keeps: None };
    let promote = EditAccount { role: Some(Role::Staff), ..EditAccount::of(account(1)) };
    let goes = Anonymize { id: account(3) };
    let actions = [create(), RevokeApiKey { id: KEY }.action(), drop.action()];
    for action in actions.into_iter().chain([promote.action(), goes.action()]) {
        let action = another(action);
        let decided = |number| shop().decide(&[by(admin(number), action.clone())]).remove(0);
        assert!(decided(2).is_err(), "{action:?}");
        assert!(decided(4).is_ok(), "{action:?}");
    }
}

#[test]
fn a_key_that_is_revoked_again_was_revoked_when_it_was() {
    let mut shop = shop();
    let revoked = |shop: &Shop| shop.facts.api_keys.get(&KEY).unwrap().revoked_at;
    shop.decide(&[by(admin(4), RevokeApiKey { id: KEY }.action())]);
    let (first, told) = (revoked(&shop), shop.books.trail.len());
    assert!(first.is_some());
    shop.wait(1_000);
    shop.decide(&[by(admin(4), RevokeApiKey { id: KEY }.action())]);
    assert_eq!((revoked(&shop), shop.books.trail.len()), (first, told));
}

#[test]
fn a_key_that_is_asked_for_twice_under_one_key_is_made_once() {
    let mut shop = Shop::open();
    for id in [KEY, ApiKeyId(Uuid::from_u128(78))] {
        let Action::ApiKeys(domain::keys::Action::CreateApiKey(wanted)) = create() else {
            panic!("it is another command")
        };
        let create = CreateApiKey { id, ..wanted }.action();
        assert!(shop.decide(&[keyed(admin(4), "K", create)])[0].is_ok());
    }
    assert_eq!(shop.facts.api_keys.rows.keys().collect::<Vec<_>>(), [&KEY]);
}

/// A token tells rights that may be for those who have a factor.
#[test]
fn when_a_factor_of_the_staff_goes_no_session_stays() {
    let mut shop = shop();
    let opened = by(Actor::SYSTEM, log_in(account(3), Some(Proof::Recovery(text("r1")))).action());
    let domain::Outcome::Sessions(domain::sessions::Outcome::OpenSession(opened)) =
        (match shop.decide(&[opened]).remove(0) {
            Ok(domain::Done::Now(outcome)) => outcome,
            other => panic!("{other:?}"),
        })
    else {
        panic!("no session")
    };
    let proof = Some(Proof::Recovery(text("r2")));
    let drop = DropFactor { account: account(3), proof, keeps: Some(opened.id) };
    let third = Actor::of(Caller::account(account(3)), Role::Staff);
    assert!(shop.decide(&[by(third, drop.action())])[0].is_ok());
    let era = shop.facts.accounts.get(&account(3)).unwrap().era;
    assert!(shop.facts.sessions.get(&opened.id).unwrap().era < era);
}

#[test]
fn what_is_low_already_is_not_told_again() {
    let mut shop = Shop::open();
    let product = || ProductRef::Id(ProductId(2));
    let mut edit = EditProduct::of(product());
    edit.low_stock_threshold = Some(Some(8));
    let set = |units| {
        let line = StockLine { product: product(), change: StockChange::Set(units), reason: None };
        by(staff(), MoveStock { lines: vec![line], partial: false }.action())
    };
    shop.decide(&[by(staff(), edit.action())]);
    let mut told = vec![];
    for units in [12, 8, 7, 6, 9, 5] {
        shop.decide(&[set(units)]);
        let low = shop.books.events.iter().filter(|event| event.kind == EventKind::StockLow);
        told.push(low.count());
    }
    assert_eq!(told, [0, 1, 1, 1, 1, 2]);
}
