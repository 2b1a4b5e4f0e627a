//! What workers find: orders that wait, and orders that tell of people.

use crate::{faulty::Faults, shop::*};
use domain::*;
use std::{collections::BTreeSet, time::SystemTime};
use store::Rejection;
use uuid::Uuid;

on_both_engines!(
    what_waits_is_found_the_longest_waiting_first,
    what_is_claimed_is_found_the_longest_due_first,
    what_has_waited_is_found_also_after_a_clock_was_set_back,
    what_is_edited_while_it_waits_has_waited_no_less,
    what_tells_of_people_is_walked_through_in_pieces_and_each_is_found_once,
    what_was_placed_in_one_batch_is_walked_through_one_by_one,
    what_is_forgotten_of_an_order_is_not_there_and_its_key_is,
    an_order_of_the_staff_for_a_customer_is_his_and_its_key_theirs,
    an_edited_order_is_told_as_it_was_at_each_version,
);

fn staff() -> Actor {
    Actor { role: Role::Staff, ..customer(9) }
}

fn now() -> Micros {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Micros(i64::try_from(since.as_micros()).unwrap())
}

fn noted(actor: Actor, note: &str) -> Command {
    let mut placed = place(actor, None, &[(1, 1)]);
    placing(&mut placed).details.note = Text::new(note).unwrap();
    placed
}

async fn what_waits_is_found_the_longest_waiting_first(shop: Shop) {
    let mut orders = Vec::new();
    for number in 1..=5 {
        let order = placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
        let since = 100 - number;
        shop.sql(&format!("update orders set pending_since = {since} where number = {number}"))
            .await
            .unwrap();
        orders.push(order.id);
    }
    shop.send(move_order(staff(), orders[3], OrderStatus::Processing)).await.unwrap();
    let late = shop.readers.late();
    let found = async |before, limit| late.pending_since_before(Micros(before), limit).await;
    assert_eq!(found(99, 9).await.unwrap(), [orders[4], orders[2], orders[1]]);
    assert_eq!(found(100, 2).await.unwrap(), [orders[4], orders[2]]);
    // By the database's time all have waited since 1970, and none for so long as that.
    let expire = |ttl_us| {
        let expire = ExpirePending { orders: orders.clone(), ttl_us };
        command(Actor::SYSTEM, None, expire)
    };
    assert_eq!(done::<ExpirePending>(shop.send(expire(i64::MAX)).await), 0);
    shop.sql("update orders set pending_since = 9000000000000000 where number = 1").await.unwrap();
    assert_eq!(done::<ExpirePending>(shop.send(expire(Micros::DAY)).await), 3);
    assert_eq!(found(i64::MAX, 9).await.unwrap(), [orders[0]]);
    assert_eq!(shop.available(1).await, 98);
}

async fn what_is_claimed_is_found_the_longest_due_first(shop: Shop) {
    let (mut orders, holder, waited_us) = (Vec::new(), Uuid::from_u128(1), 0);
    for lease_us in [3, 1, 2].map(|hours| hours * Micros::HOUR) {
        let order = placed(shop.send(place(customer(1), None, &[(1, 1)])).await).id;
        let take = TakeOrders { orders: vec![order], waited_us, holder, lease_us };
        done::<TakeOrders>(shop.send(command(Actor::SYSTEM, None, take)).await);
        orders.push(order);
    }
    let late = shop.readers.late();
    assert_eq!(late.claims_due(2).await.unwrap(), []);
    shop.sql("update claims set since = 0, due_at = due_at - since").await.unwrap();
    assert_eq!(late.claims_due(2).await.unwrap(), [orders[1], orders[2]]);
    // The clock is set back: by half of what the first one lasts, and by twice of what the others do.
    let then = now().0 + 5 * Micros::HOUR / 2;
    let later = format!("update claims set since = {then}, due_at = {then} + due_at");
    shop.sql(&later).await.unwrap();
    let found: BTreeSet<_> = late.claims_due(9).await.unwrap().into_iter().collect();
    assert_eq!(found, orders[1..].iter().copied().collect());
    let take = TakeOrders { orders, waited_us, holder: Uuid::from_u128(2), lease_us: 1 };
    let taken = done::<TakeOrders>(shop.send(command(Actor::SYSTEM, None, take)).await);
    assert_eq!(taken.into_iter().map(|taken| taken.order.id).collect::<BTreeSet<_>>(), found);
    // Half a minute ahead is written by another node, and no clock: but for what lasts no time at all.
    for (lasts_us, found) in [(Micros::SECOND, 0), (0, 3)] {
        let ahead = now().0 + 30 * Micros::SECOND;
        let begun = format!("update claims set since = {ahead}, due_at = {ahead} + {lasts_us}");
        shop.sql(&begun).await.unwrap();
        assert_eq!(late.claims_due(9).await.unwrap().len(), found, "{lasts_us}");
    }
}

async fn what_has_waited_is_found_also_after_a_clock_was_set_back(shop: Shop) {
    let mut orders = Vec::new();
    for _ in 0..3 {
        orders.push(placed(shop.send(place(customer(1), None, &[(1, 1)])).await).id);
    }
    let late = shop.readers.late();
    assert_eq!(late.pending_for(Micros::HOUR, 9).await.unwrap(), []);
    assert_eq!(late.pending_for(0, 2).await.unwrap(), orders[..2]);
    // Two hours later, half of one later, and two hours ago.
    for (number, halves) in [(1, 4), (2, 1), (3, -4)] {
        let by = halves * Micros::HOUR / 2;
        let later =
            format!("update orders set pending_since = created_at + {by} where number = {number}");
        shop.sql(&later).await.unwrap();
    }
    assert_eq!(late.pending_for(Micros::HOUR, 9).await.unwrap(), [orders[2], orders[0]]);
    // Half an hour is no second, and half a minute may be another node's.
    assert_eq!(late.pending_for(Micros::SECOND, 9).await.unwrap().len(), 3);
    let ahead = now().0 + 30 * Micros::SECOND;
    let ahead = format!("update orders set pending_since = {ahead} where number = 2");
    shop.sql(&ahead).await.unwrap();
    assert_eq!(late.pending_for(Micros::SECOND, 9).await.unwrap(), [orders[2], orders[0]]);
    // What is cancelled has waited, and no clock makes it so.
    let expire = ExpirePending { orders: orders[..2].to_vec(), ttl_us: Micros::HOUR };
    assert_eq!(done::<ExpirePending>(shop.send(command(Actor::SYSTEM, None, expire)).await), 0);
    let complete = CompleteOrders { orders, waited_us: Micros::HOUR };
    assert_eq!(done::<CompleteOrders>(shop.send(command(Actor::SYSTEM, None, complete)).await), 2);
    assert_eq!(late.pending_for(0, 9).await.unwrap().len(), 1);
}

async fn what_is_edited_while_it_waits_has_waited_no_less(shop: Shop) {
    let order = placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    shop.sql("update orders set pending_since = 7").await.unwrap();
    let edit = EditOrder { note: Some(Text::new("ring").unwrap()), ..EditOrder::of(order.id) };
    let edited = done::<EditOrder>(shop.send(command(customer(1), None, edit)).await);
    assert!(edited.updated_at >= order.created_at && edited.pending_since == Some(Micros(7)));
    let late = shop.readers.late();
    assert_eq!(late.pending_since_before(Micros(8), 9).await.unwrap(), [order.id]);
    assert_eq!(late.pending_since_before(Micros(7), 9).await.unwrap(), []);
    // Nor is it found by when it was written last.
    shop.sql("update orders set pending_since = 9, updated_at = 7").await.unwrap();
    assert_eq!(late.pending_since_before(Micros(8), 9).await.unwrap(), []);
}

async fn what_tells_of_people_is_walked_through_in_pieces_and_each_is_found_once(shop: Shop) {
    let (account, _) = logged_in(&shop, "ada").await;
    let ada = Actor::of(Caller::account(account), Role::Customer);
    placed(shop.send(place(ada, None, &[(1, 1)])).await);
    let mut told = Vec::new();
    for buyer in [ada, customer(1), ada, customer(1), ada] {
        told.push(placed(shop.send(noted(buyer, "ring twice")).await).id);
    }
    // All at once: their ids tell them apart.
    shop.sql("update orders set created_at = 7").await.unwrap();
    told.sort();
    shop.send(command(Actor::SYSTEM, None, Anonymize { id: account })).await.unwrap();
    let (late, mut walked, mut after) = (shop.readers.late(), Vec::new(), None);
    loop {
        let piece = late.personal(after, 2).await.unwrap();
        assert!(piece.len() <= 2);
        let Some(last) = piece.last() else { break };
        after = Some(last.place());
        walked.extend(piece);
    }
    assert_eq!(walked.iter().map(|order| order.id).collect::<Vec<_>>(), told);
    let gone = walked.iter().filter(|order| order.gone == Some(account)).count();
    assert_eq!((gone, walked.iter().filter(|order| order.gone.is_none()).count()), (3, 2));
    for id in &told {
        shop.send(move_order(staff(), *id, OrderStatus::Cancelled)).await.unwrap();
    }
    let forget = ForgetOrders { orders: told, kept_us: None, owners: vec![account] };
    assert_eq!(done::<ForgetOrders>(shop.send(command(Actor::SYSTEM, None, forget)).await), 3);
    let left = late.personal(None, 9).await.unwrap();
    assert_eq!((left.len(), left.iter().any(|order| order.gone.is_some())), (2, false));
}

async fn what_was_placed_in_one_batch_is_walked_through_one_by_one(shop: Shop) {
    let (shop, faults) = shop.gathering(Faults::default());
    let batch = (1..=5).map(|number| noted(customer(number), "ring twice")).collect();
    let replies = shop.send_as_one_batch(&faults, batch).await;
    let orders: Vec<_> = replies.into_iter().map(placed).collect();
    assert!(orders.iter().all(|order| order.created_at == orders[0].created_at));
    let mut told: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    told.sort();
    let (late, mut walked, mut after) = (shop.readers.late(), Vec::new(), None);
    while let [order] = &late.personal(after, 1).await.unwrap()[..] {
        after = Some(order.place());
        walked.push(order.id);
        assert!(walked.len() <= told.len(), "{walked:?}");
    }
    assert_eq!(walked, told);
}

async fn what_is_forgotten_of_an_order_is_not_there_and_its_key_is(shop: Shop) {
    let request = |units| place(customer(1), Some("K"), &[(1, units)]);
    let order = placed(shop.send(request(1)).await);
    shop.send(move_order(staff(), order.id, OrderStatus::Processing)).await.unwrap();
    let reason = Some(Text::new("nobody at Ann's").unwrap());
    let failed = MoveOrder { reason, ..MoveOrder::of(order.id, OrderStatus::Failed) };
    shop.send(command(staff(), None, failed)).await.unwrap();
    let late = shop.readers.late();
    let found = late.personal(None, 9).await.unwrap();
    assert_eq!(found.iter().map(|order| order.id).collect::<Vec<_>>(), [order.id]);
    assert_eq!(own::<PlaceOrder>(shop.send(request(2)).await), Err(Rejection::KeyReused));
    let forget = ForgetOrders { orders: vec![order.id], kept_us: Some(0), owners: vec![] };
    assert_eq!(done::<ForgetOrders>(shop.send(command(Actor::SYSTEM, None, forget)).await), 1);
    assert_eq!(late.personal(None, 9).await.unwrap(), []);
    let now = shop.readers.exact().order(order.id).await.unwrap().unwrap();
    let (key, fingerprint) = (IdempotencyKey::new("K").unwrap(), Fingerprint(Uuid::nil()));
    assert_eq!((&now.once, &now.failure_reason), (&Some(Once { key, fingerprint }), &None));
    for units in [1, 2] {
        let again = own::<PlaceOrder>(shop.send(request(units)).await);
        assert_eq!(again, Ok(Done::Before(order.id)));
    }
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 100));
    let told = shop.readers.followers().told_after(0, 9).await.unwrap();
    let then = told.last().and_then(store::Told::event).map(|(_, then)| then);
    assert!(matches!(then, Some(store::Then::Order(then)) if **then == now), "{then:?}");
}

async fn an_order_of_the_staff_for_a_customer_is_his_and_its_key_theirs(shop: Shop) {
    let (ada, _) = logged_in(&shop, "ada").await;
    let for_her = || {
        let mut placed = place(staff(), Some("K"), &[(1, 1)]);
        placing(&mut placed).customer = Some(ada);
        let fingerprint = placed.action.fingerprint().unwrap();
        placed.who.once.iter_mut().for_each(|once| once.fingerprint = fingerprint);
        placed
    };
    let order = placed(shop.send(for_her()).await);
    assert_eq!((order.owner, order.placed_by), (Caller::account(ada), Some(staff().caller)));
    assert_eq!(own::<PlaceOrder>(shop.send(for_her()).await), Ok(Done::Before(order.id)));
    let hers = Actor::of(Caller::account(ada), Role::Customer);
    let own_key = placed(shop.send(place(hers, Some("K"), &[(1, 1)])).await);
    assert_ne!(own_key.id, order.id, "her own key is another one");
    let found = shop.location.audit().await.unwrap();
    assert!(found.iter().all(|finding| finding.is_sound()), "{found:?}");
}

async fn an_edited_order_is_told_as_it_was_at_each_version(shop: Shop) {
    let first = shop.readers.exact().feed().await.unwrap().position;
    let order = placed(shop.send(noted(customer(1), "ring twice")).await);
    let edit = EditOrder { note: Some(Text::default()), ..EditOrder::of(order.id) };
    let edited = done::<EditOrder>(shop.send(command(customer(1), None, edit.clone())).await);
    assert_eq!((edited.version, edited.number, edited.note.as_str()), (2, Some(1), ""));
    let again = done::<EditOrder>(shop.send(command(customer(1), None, edit)).await);
    assert_eq!(again.version, 2, "it changes nothing");
    shop.send(move_order(staff(), order.id, OrderStatus::Processing)).await.unwrap();
    let told = shop.readers.followers().told_after(first, 9).await.unwrap();
    let versions: Vec<_> = told
        .iter()
        .map(|told| match told.event() {
            Some((event, store::Then::Order(then))) => {
                (event.kind.name(), then.version, then.status)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let pending = OrderStatus::Pending;
    assert_eq!(
        versions,
        [
            ("order.placed", 1, pending),
            ("order.changed", 2, pending),
            ("order.started", 3, OrderStatus::Processing)
        ]
    );
    assert_eq!(told[1].event().unwrap().0.data, None, "events are kept for ever");
    let nobody = EditOrder::of(OrderId(Uuid::nil()));
    assert!(shop.send(command(customer(1), None, nobody)).await.is_err());
}
