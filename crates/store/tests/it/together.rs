//! Two nodes at the same row at the same time, on Postgres: the second one waits, or is told.

use crate::{faulty::*, shop::*};
use domain::{
    credentials::LinkRefusal,
    orders::PlaceRefusal,
    products::EditProductRefusal,
    sessions::{OpenRefusal, RefreshRefusal},
    *,
};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use store::{Rejection, Reply};
use uuid::Uuid;

only_on!(Postgres:
    the_same_units_are_sold_by_one_of_two_nodes,
    stock_is_locked_in_one_order_by_whatever_name_it_is_asked_for,
    of_two_edits_of_one_version_on_two_nodes_one_is_refused,
    a_refresh_token_used_on_two_nodes_ends_its_session,
    a_session_that_is_ended_while_it_is_refreshed_stays_ended,
    one_key_for_two_products_on_two_nodes_is_one_order,
    a_link_shown_on_two_nodes_is_used_once,
    a_code_shown_on_two_nodes_opens_one_session,
    a_password_that_is_changed_meanwhile_opens_no_session,
);

/// The first is held with all that it has locked, just before its commit, until the second waits
/// for it, or has ended though it should.
pub async fn one_behind_the_other(shop: &Shop, commands: [Command; 2]) -> [Reply; 2] {
    let (first, faults) = shop.second_node().with_faults(Faults::default(), patient());
    let [one, other] = commands;
    faults.committing.close();
    let test = async {
        faults.committing.holds().await;
        let has_ended = AtomicBool::new(false);
        let second = async {
            let reply = shop.send(other).await;
            has_ended.store(true, Relaxed);
            reply
        };
        let go_on = async {
            let waits = async || shop.lock_waiters().await == 1 || has_ended.load(Relaxed);
            until("the second to wait", waits).await;
            faults.committing.open();
        };
        tokio::join!(second, go_on).0
    };
    tokio::join!(first.send(one), test).into()
}

async fn the_same_units_are_sold_by_one_of_two_nodes(shop: Shop) {
    let buyers = [1, 2].map(|number| place(customer(number), None, &[(1, 60)]));
    let [one, other] = one_behind_the_other(&shop, buyers).await;
    placed(one);
    let short = ShortLine { product: ProductId(1), requested: 60, available: 40 };
    assert_eq!(
        own::<PlaceOrder>(other),
        Err(Rejection::Refused(PlaceRefusal::OutOfStock(vec![short])))
    );
}

/// Named by its sku, a product is known one round trip later: who locked the others before could hold
/// a later one while it waits for an earlier one.
async fn stock_is_locked_in_one_order_by_whatever_name_it_is_asked_for(shop: Shop) {
    let (first, _) =
        shop.readers.exact().product(&ProductRef::Id(ProductId(1))).await.unwrap().unwrap();
    let mut buy = place(customer(1), None, &[(2, 1), (1, 1)]);
    let order = placing(&mut buy);
    order.lines[1].product = ProductRef::Sku(first.sku);
    let other = shop.session().await;
    let lock =
        |product: i64| format!("select * from stock where product_id = {product} for update");
    other.batch_execute("begin; set lock_timeout = '200ms'").await.unwrap();
    other.batch_execute(&lock(1)).await.unwrap();
    let test = async {
        until("the shop to wait", async || shop.lock_waiters().await == 1).await;
        let locked = other.batch_execute(&lock(2)).await;
        other.batch_execute("rollback").await.unwrap();
        locked.expect("nobody holds it");
    };
    let (reply, ()) = tokio::join!(shop.send(buy), test);
    placed(reply);
}

async fn of_two_edits_of_one_version_on_two_nodes_one_is_refused(shop: Shop) {
    let edits = [500, 600].map(|minor| {
        let product = EditProduct::of(ProductRef::Id(ProductId(1)));
        let edit = EditProduct { versions: Some(vec![1]), price: Some(eur(minor)), ..product };
        command(Actor::SYSTEM, None, edit)
    });
    let [one, other] = one_behind_the_other(&shop, edits).await;
    let (product, _) = done::<EditProduct>(one);
    assert_eq!((product.version, product.price), (2, eur(500)));
    let mismatch = EditProductRefusal::VersionMismatch { current: 2 };
    assert_eq!(own::<EditProduct>(other), Err(Rejection::Refused(mismatch)));
}

async fn a_refresh_token_used_on_two_nodes_ends_its_session(shop: Shop) {
    let (account, id) = (AccountId(Uuid::from_u128(1)), SessionId(Uuid::now_v7()));
    let insert = format!(
        "insert into accounts values ('{account}', 'a', 'a', 'a@b', 'a@b', '', '', '', 1, true, 1, 1)"
    );
    shop.sql(&insert).await.unwrap();
    let lifetime_us = Micros::HOUR;
    let open = OpenSession { known: Text::default(), ..log_in(id, account, lifetime_us) };
    shop.send(command(Actor::SYSTEM, None, open)).await.unwrap();
    let refreshes = [(); 2].map(|()| {
        let refresh =
            RefreshSession { id, account, generation: 1, grace_us: -1, origin: None, lifetime_us };
        command(Actor::SYSTEM, None, refresh)
    });
    let ends = one_behind_the_other(&shop, refreshes).await.map(|reply| {
        let session = done::<RefreshSession>(reply);
        (session.generation, session.ended_at.is_some())
    });
    assert_eq!(ends, [(2, false), (2, true)], "neither can be told from a thief");
}

async fn a_session_that_is_ended_while_it_is_refreshed_stays_ended(shop: Shop) {
    let (account, id) = logged_in(&shop, "ada").await;
    let lifetime_us = Micros::HOUR;
    let refresh =
        RefreshSession { id, account, generation: 1, grace_us: 0, origin: None, lifetime_us };
    let commands = [
        command(Actor::SYSTEM, None, EndSession { id, account }),
        command(Actor::SYSTEM, None, refresh),
    ];
    let [ended, refreshed] = one_behind_the_other(&shop, commands).await;
    done::<EndSession>(ended);
    let over = Err(Rejection::Refused(RefreshRefusal::SessionEnded));
    assert_eq!(own::<RefreshSession>(refreshed), over);
}

async fn a_link_shown_on_two_nodes_is_used_once(shop: Shop) {
    let (account, _) = logged_in(&shop, "ada").await;
    let (purpose, secret) = (Purpose::ResetPassword, Text::new("secret").unwrap());
    let (email, lifetime_us) = (Email::new("ada@example.com").unwrap(), Micros::HOUR);
    let link =
        MakeLink { account, purpose, secret: secret.clone(), email, lifetime_us, made_of: None };
    shop.send(command(Actor::SYSTEM, None, link)).await.unwrap();
    let resets = ["mine", "theirs"].map(|hash| {
        let password_hash = Text::new(hash).unwrap();
        let reset = ResetPassword { account, secret: secret.clone(), password_hash };
        command(Actor::SYSTEM, None, reset)
    });
    let [one, other] = one_behind_the_other(&shop, resets).await;
    assert_eq!(done::<ResetPassword>(one).password_hash.as_str(), "mine");
    let spent = Err(Rejection::Refused(LinkRefusal::LinkSpent));
    assert_eq!(own::<ResetPassword>(other), spent);
}

async fn a_code_shown_on_two_nodes_opens_one_session(shop: Shop) {
    let (account, _) = logged_in(&shop, "ada").await;
    let (secret, recovery) = (Text::new("BASE32").unwrap(), Text::default());
    let proof = |step| Proof::Step { secret: Text::new("BASE32").unwrap(), step };
    let begin = BeginFactor { account, secret, recovery };
    shop.send(command(Actor::SYSTEM, None, begin)).await.unwrap();
    let confirm = ConfirmFactor { account, proof: proof(1), keeps: None };
    shop.send(command(Actor::SYSTEM, None, confirm)).await.unwrap();
    let logins = [(); 2].map(|()| {
        let login = log_in(SessionId(Uuid::now_v7()), account, Micros::HOUR);
        command(Actor::SYSTEM, None, OpenSession { proof: Some(proof(2)), ..login })
    });
    let [one, other] = one_behind_the_other(&shop, logins).await;
    done::<OpenSession>(one);
    let wrong = Err(Rejection::Refused(OpenRefusal::OtpWrong));
    assert_eq!(own::<OpenSession>(other), wrong);
}

/// It was right when it was compared.
async fn a_password_that_is_changed_meanwhile_opens_no_session(shop: Shop) {
    let (account, _) = logged_in(&shop, "ada").await;
    let password_hash = Text::new("another").unwrap();
    let set = SetPassword { account, password_hash, known: None, keeps: None };
    let login = log_in(SessionId(Uuid::now_v7()), account, Micros::HOUR);
    let commands = [command(Actor::SYSTEM, None, set), command(Actor::SYSTEM, None, login)];
    let [set, opened] = one_behind_the_other(&shop, commands).await;
    done::<SetPassword>(set);
    let closed = Err(Rejection::Refused(OpenRefusal::AccountClosed));
    assert_eq!(own::<OpenSession>(opened), closed);
}

/// They lock nothing in common: only the key tells.
async fn one_key_for_two_products_on_two_nodes_is_one_order(shop: Shop) {
    let (first, faults) = shop.second_node().with_faults(Faults::default(), patient());
    faults.committing.close();
    let test = async {
        faults.committing.holds().await;
        placed(shop.send(place(customer(1), Some("k"), &[(2, 1)])).await);
        faults.committing.open();
    };
    let (reply, ()) = tokio::join!(first.send(place(customer(1), Some("k"), &[(1, 1)])), test);
    assert_eq!(reply, Err(Rejection::KeyReused));
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 100));
}
