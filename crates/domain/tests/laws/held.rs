//! Accounts that wait to be confirmed: whoever shows that one is his keeps it, and all others go in their time.

use crate::{
    drafts::{customer, staff, text},
    nouns::accounts::HASH,
    selling::by,
    shop::{Shop, typed},
};
use domain::{
    AccountId, Action, Actor, ChangeEmail, ConfirmEmail, Done, EditAccount, Email, LetGo, Listed,
    MakeLink, Micros, OpenSession, Purpose, Refused, ResetPassword, SessionId, SetPassword, Text,
    accounts::LetGoRefusal,
};
use uuid::Uuid;

const MOVED: &str = "moved@example.com";

fn id() -> AccountId {
    AccountId(customer(1).caller.id)
}

/// A link that was sent, which is then shown.
fn link(purpose: Purpose, shown: Action) -> Vec<(Actor, Action)> {
    let email = if purpose == Purpose::ChangeEmail { MOVED } else { "one@example.com" };
    let (account, email) = (id(), Email::new(email).unwrap());
    let secret = text("secret");
    let sent =
        MakeLink { account, purpose, secret, email, lifetime_us: Micros::HOUR, made_of: None };
    vec![(Actor::SYSTEM, sent.action()), (Actor::SYSTEM, shown)]
}

fn login() -> OpenSession {
    OpenSession {
        id: SessionId(Uuid::from_u128(9)),
        account: id(),
        known: text(HASH),
        proof: None,
        agent: None,
        origin: None,
        lifetime_us: Micros::HOUR,
        ends: vec![],
    }
}

/// What may be done with it, and whether it stays then.
fn ways() -> Vec<(Vec<(Actor, Action)>, bool)> {
    let (account, secret, password_hash) = (id(), text("secret"), text("another"));
    let confirm = ConfirmEmail { account, secret: secret.clone() }.action();
    let reset =
        ResetPassword { account, secret: secret.clone(), password_hash: text("another") }.action();
    let change = ChangeEmail { account, secret, email: Email::new(MOVED).unwrap() }.action();
    let set = SetPassword { account, known: None, password_hash, keeps: None }.action();
    let edit = |first_name| EditAccount { first_name, ..EditAccount::of(account) }.action();
    vec![
        (vec![], false),
        (link(Purpose::ConfirmEmail, edit(None)), false),
        (link(Purpose::ConfirmEmail, confirm), true),
        (link(Purpose::ResetPassword, reset), true),
        (link(Purpose::ChangeEmail, change), true),
        (vec![(Actor::SYSTEM, set)], true),
        (vec![(Actor::SYSTEM, login().action())], true),
        (vec![(staff(), edit(Some(text("Ada"))))], true),
        (vec![(staff(), edit(None))], false),
    ]
}

#[test]
fn who_shows_that_an_account_is_his_keeps_it() {
    for (done, stays) in ways() {
        let mut shop = Shop::open();
        let until = shop.now.plus(Micros::SECOND);
        let account = shop.facts.accounts.rows.get_mut(&id()).unwrap();
        account.row.held_until = Some(until);
        let let_go = by(Actor::SYSTEM, LetGo { id: id() }.action());
        let go =
            |shop: &mut Shop| typed::<LetGo>(shop.decide(std::slice::from_ref(&let_go)).remove(0));
        let not_due = Refused::ByRule(LetGoRefusal::NotDue);
        assert_eq!(go(&mut shop), Err(not_due.clone()), "its time has not come");
        for (actor, action) in done.clone() {
            let decided = shop.decide(&[by(actor, action)]).remove(0);
            assert!(decided.is_ok(), "{done:?}: {decided:?}");
        }
        shop.wait(Micros::SECOND);
        match (go(&mut shop), stays) {
            (Err(refused), true) => assert_eq!(refused, not_due),
            (Ok(Done::Now(gone)), false) => {
                assert_eq!((gone.gone_at, gone.held_until), (Some(shop.now), None));
                assert_eq!(gone.password_hash, Text::default());
                assert_eq!(go(&mut shop), Err(not_due), "it is nobody's already");
            }
            (told, _) => panic!("{done:?}: {told:?}"),
        }
    }
}
