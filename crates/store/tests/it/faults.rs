//! When it goes wrong: lost answers, lost connections, lost races, poisonous commands. Whatever
//! happens to a commit, each order is placed once or refused, and its batch-mates do not notice.

use crate::{faulty::*, shop::*};
use domain::{orders::PlaceRefusal, *};
use std::sync::atomic::Ordering::Relaxed;
use store::{Error, Rejection, Reply};

on_both_engines!(
    a_commit_whose_answer_was_lost_is_not_done_twice,
    a_commit_that_broke_before_it_landed_is_done_once_by_the_second_attempt,
    an_end_in_doubt_is_asked_for_until_it_is_known,
    a_lost_connection_is_opened_again_for_as_long_as_it_takes,
    a_lost_race_is_decided_again_on_fresh_facts,
    a_race_lost_three_times_halves_the_batch_and_all_are_placed,
    a_poisonous_command_is_refused_alone,
    a_poisonous_command_spoils_none_of_its_many_mates,
    a_refused_command_does_not_spoil_its_mates,
    a_panic_takes_a_command_down_and_not_the_writer,
);

/// Batches, races, losses, landed, poisonous.
fn counts(shop: &Shop) -> [u64; 5] {
    let counts = &shop.writer.counts;
    [&counts.batches, &counts.races, &counts.losses, &counts.landed, &counts.poisonous]
        .map(|count| count.load(Relaxed))
}

async fn a_commit_whose_answer_was_lost_is_not_done_twice(shop: Shop) {
    let (shop, faults) = shop.gathering(Faults::at_commits([Fault::LoseAnswer]));
    let commands = (1..=3).map(|n| place(customer(1), None, &[(1, n)])).collect();
    let replies = shop.send_as_one_batch(&faults, commands).await;
    for (reply, units) in replies.into_iter().zip(1..) {
        let order = placed(reply);
        assert_eq!(order.lines[0].quantity.units(), units, "each gets its own answer");
        let stored = shop.readers.exact().order(order.id).await.unwrap().unwrap();
        assert!(order.number.is_none() || order.number == stored.number);
    }
    assert_eq!((shop.orders().await, shop.available(1).await), (3, 94));
    assert_eq!(counts(&shop), [1, 0, 1, 1, 0]);
    let batches = faults.batches();
    assert_eq!((batches.len(), batches[0]), (2, batches[1]), "asked under the same id");
}

async fn a_commit_that_broke_before_it_landed_is_done_once_by_the_second_attempt(shop: Shop) {
    let faults = Faults::at_commits([Fault::Fail(lost())]);
    let (shop, faults) = shop.with_faults(faults, patient());
    let order = placed(shop.send(place(customer(1), None, &[(1, 2)])).await);
    assert_eq!(order.number, Some(1), "this attempt's own commit was answered");
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 98));
    assert_eq!(counts(&shop), [1, 0, 1, 0, 0]);
    let batches = faults.batches();
    assert_eq!((batches.len(), batches[0]), (2, batches[1]));
}

/// A second attempt that waits for the first one's lock too long has learnt nothing.
async fn an_end_in_doubt_is_asked_for_until_it_is_known(shop: Shop) {
    let faults = Faults::at_commits([Fault::LoseAnswer]);
    let (shop, faults) = shop.with_faults(faults, patient());
    faults.committing.close();
    let test = async {
        faults.committing.holds().await;
        let unclear = [race(), Error::Other("unclear".into()), race(), lost(), race(), race()];
        *faults.begins.lock().unwrap() = unclear.into();
        faults.committing.open();
    };
    let (reply, ()) = tokio::join!(shop.send(place(customer(1), None, &[(1, 2)])), test);
    let order = placed(reply);
    assert!(shop.readers.exact().order(order.id).await.unwrap().is_some());
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 98));
    assert_eq!(counts(&shop), [1, 0, 2, 1, 0], "none of it was a lost race");
}

async fn a_lost_connection_is_opened_again_for_as_long_as_it_takes(shop: Shop) {
    let faults = Faults::at_commits([Fault::LoseAnswer]);
    let (shop, faults) = shop.with_faults(faults, patient());
    faults.committing.close();
    let test = async {
        faults.committing.holds().await;
        let away = Error::Unavailable("starting up".into());
        *faults.connects.lock().unwrap() = [lost(), away, lost()].into();
        faults.committing.open();
    };
    let (reply, ()) = tokio::join!(shop.send(place(customer(1), None, &[(1, 2)])), test);
    placed(reply);
    assert_eq!((shop.orders().await, counts(&shop)), (1, [1, 0, 1, 1, 0]));
}

async fn a_lost_race_is_decided_again_on_fresh_facts(shop: Shop) {
    let faults = Faults::at_commits([Fault::Fail(race())]);
    let (shop, faults) = shop.with_faults(faults, patient());
    let other_node = shop.second_node();
    faults.committing.close();
    let test = async {
        faults.committing.holds().await;
        faults.beginning.close();
        faults.committing.open();
        faults.beginning.holds().await;
        placed(other_node.send(place(customer(2), None, &[(1, 60)])).await);
        faults.beginning.open();
    };
    let (reply, ()) = tokio::join!(shop.send(place(customer(1), None, &[(1, 60)])), test);
    let short = ShortLine { product: ProductId(1), requested: 60, available: 40 };
    assert_eq!(
        own::<PlaceOrder>(reply),
        Err(Rejection::Refused(PlaceRefusal::OutOfStock(vec![short])))
    );
    assert_eq!((shop.orders().await, counts(&shop)), (1, [1, 1, 0, 0, 0]));
}

async fn a_race_lost_three_times_halves_the_batch_and_all_are_placed(shop: Shop) {
    let races = [race(), race(), race()].map(Fault::Fail);
    let (shop, faults) = shop.gathering(Faults::at_commits(races));
    let commands = (1..=8).map(|n| place(customer(1), None, &[(1, n)])).collect();
    let replies = shop.send_as_one_batch(&faults, commands).await;
    for (reply, units) in replies.into_iter().zip(1..) {
        assert_eq!(placed(reply).lines[0].quantity.units(), units, "each gets its own answer");
    }
    assert_eq!((shop.orders().await, shop.available(1).await), (8, 64));
    assert_eq!(counts(&shop), [3, 2, 0, 0, 0], "the whole, and its two halves");
    let batches = faults.batches();
    assert!(batches[0] == batches[2] && batches[2] != batches[3] && batches[3] != batches[4]);
}

/// The database itself refuses orders with this note, as a bug in the schema would.
async fn refuse_poison(shop: &Shop) {
    let sql = match shop.engine {
        Engine::Sqlite => {
            "create trigger spoil before insert on orders when new.note = 'poison'
             begin select raise(abort, 'spoilt'); end"
        }
        Engine::Postgres => {
            "create function public.spoil() returns trigger language plpgsql as $$ begin
                 if new.note = 'poison' then raise exception 'spoilt' using errcode = '22000'; end if;
                 return new; end $$;
             create trigger spoil before insert on orders for each row execute function public.spoil()"
        }
    };
    shop.sql(sql).await.unwrap();
}

pub fn noted(note: &str, actor: Actor) -> Command {
    let mut command = place(actor, None, &[(1, 1)]);
    let order = placing(&mut command);
    order.details.note = Text::stored(note);
    command
}

fn is_poisonous(reply: &Reply) -> bool {
    matches!(reply, Err(Rejection::Poisonous(_)))
}

async fn a_poisonous_command_is_refused_alone(shop: Shop) {
    refuse_poison(&shop).await;
    let reply = shop.send(noted("poison", customer(1))).await;
    let Err(Rejection::Poisonous(why)) = reply else { panic!("{reply:?}") };
    assert!(why.contains("spoilt"), "{why}");
    assert_eq!(counts(&shop)[4], 1);
    placed(shop.send(noted("wholesome", customer(1))).await);
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 99));
}

async fn a_poisonous_command_spoils_none_of_its_many_mates(shop: Shop) {
    refuse_poison(&shop).await;
    let (shop, faults) = shop.gathering(Faults::default());
    let note = |n: u128| if n == 17 { "poison".to_owned() } else { n.to_string() };
    let commands = (0..26).map(|n| noted(&note(n), customer(n))).collect();
    let replies = shop.send_as_one_batch(&faults, commands).await;
    for (n, reply) in (0..).zip(replies) {
        match n {
            17 => assert!(is_poisonous(&reply), "{reply:?}"),
            _ => assert_eq!(placed(reply).note.as_str(), note(n)),
        }
    }
    assert_eq!((shop.orders().await, shop.available(1).await), (25, 75));
    assert_eq!(counts(&shop)[4], 1);
    let batches = shop.writer.counts.batches.load(Relaxed);
    assert!((2..=11).contains(&batches), "{batches} batches: halved, not one by one");
}

async fn a_refused_command_does_not_spoil_its_mates(shop: Shop) {
    let (shop, faults) = shop.gathering(Faults::default());
    let commands = [(1, 30), (1, 80), (99, 1), (1, 70)];
    let commands = commands.map(|line| place(customer(1), None, &[line])).into();
    let replies = shop.send_as_one_batch(&faults, commands).await;
    let short = ShortLine { product: ProductId(1), requested: 80, available: 70 };
    assert_eq!(
        own::<PlaceOrder>(replies[1].clone()),
        Err(Rejection::Refused(PlaceRefusal::OutOfStock(vec![short])))
    );
    assert_eq!(
        own::<PlaceOrder>(replies[2].clone()),
        Err(Rejection::Refused(PlaceRefusal::UnknownProducts(vec![0])))
    );
    assert!(replies[0].is_ok() && replies[3].is_ok());
    assert_eq!((shop.orders().await, shop.available(1).await), (2, 0));
    assert_eq!(counts(&shop), [1, 0, 0, 0, 0]);
}

async fn a_panic_takes_a_command_down_and_not_the_writer(shop: Shop) {
    let (shop, faults) = shop.with_faults(Faults::default(), patient());
    faults.panics_once.store(true, Relaxed);
    let reply = shop.send(place(customer(1), Some("k"), &[(1, 1)])).await;
    assert!(matches!(reply, Err(Rejection::Faulty(_))), "{reply:?}");
    let counts = &shop.writer.counts;
    assert_eq!((counts.faults.load(Relaxed), counts.poisonous.load(Relaxed)), (1, 0));
    placed(shop.send(place(customer(1), Some("k"), &[(1, 1)])).await);
    assert_eq!((shop.orders().await, shop.available(1).await), (1, 99));
}
