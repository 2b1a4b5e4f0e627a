//! Figures through the door: what is added event by event, what is counted at once, and what the audit counts, come
//! to the same at every position, and each event is counted once.

use crate::shop::*;
use domain::{
    figures::{CONSUMER, CountRefusal, Sums, processed, span_of},
    *,
};
use std::{collections::BTreeMap, time::Duration};
use store::{Rejection, Then};
use uuid::Uuid;

on_both_engines!(
    counted_at_once_and_event_by_event_figures_are_the_same_at_every_position,
    the_audit_finds_a_figure_that_is_not_so,
    of_two_nodes_that_count_the_same_one_does,
    spans_are_told_in_sql_as_in_the_rules,
    what_is_read_is_of_one_moment,
);

const LEASE_US: i64 = 60 * Micros::SECOND;

fn lease(holder: u128) -> Command {
    let (consumer, holder) = (Text::stored(CONSUMER), Uuid::from_u128(holder));
    command(Actor::SYSTEM, None, TakeLease { consumer, holder, lease_us: LEASE_US, begins_at: 0 })
}

fn count(from: i64, to: i64, figures: Vec<Figure>) -> Command {
    let (consumer, holder, lease_us) = (Text::stored(CONSUMER), Uuid::from_u128(1), LEASE_US);
    let is_recount = false;
    let count = CountFigures { consumer, holder, from, to, figures, is_recount, lease_us };
    command(Actor::SYSTEM, None, count)
}

fn by_place(figures: Vec<Figure>) -> BTreeMap<figures::Place, i64> {
    figures.into_iter().map(|figure| ((figure.kind, figure.bucket), figure.value)).collect()
}

/// Orders that come to every end there is, and some edits of what they say.
async fn trade(shop: &Shop) {
    use OrderStatus::*;
    let staff = Actor { role: Role::Staff, ..customer(9) };
    let ends: [&[OrderStatus]; 7] = [
        &[],
        &[Processing],
        &[Processing, Completed],
        &[Cancelled],
        &[Processing, Cancelled],
        &[Processing, Failed],
        &[Processing, Failed, Pending, Processing, Completed],
    ];
    for (number, moves) in (1..).zip(ends) {
        let order = placed(shop.send(place(customer(1), None, &[(2, number)])).await);
        for to in moves {
            let note = Some(Text::stored(&format!("to be {}", to.name())));
            let edit = EditOrder { note, ..EditOrder::of(order.id) };
            shop.send(command(staff, None, edit)).await.unwrap();
            shop.send(move_order(staff, order.id, *to)).await.unwrap();
        }
    }
}

async fn last(shop: &Shop) -> i64 {
    shop.readers.exact().feed().await.unwrap().position
}

/// What happens between two positions comes to.
async fn sums(shop: &Shop, from: i64, to: i64) -> Sums {
    let mut sums = Sums::default();
    for told in shop.readers.followers().told_after(from, to - from).await.unwrap() {
        if let Some((_, Then::Order(order))) = told.event() {
            sums.moved(order, told.was);
        }
    }
    sums
}

async fn counted_at_once_and_event_by_event_figures_are_the_same_at_every_position(shop: Shop) {
    trade(&shop).await;
    done::<TakeLease>(shop.send(lease(1)).await);
    let orders = shop.orders().await;
    for position in 1..=last(&shop).await {
        let followed = by_place(sums(&shop, 0, position).await.figures());
        let mut pieces = Sums::default();
        for above in (0..orders).step_by(3) {
            let piece = shop.readers.followers().count_orders_at(position, above, above + 3).await;
            piece.unwrap().iter().for_each(|f| pieces.add(f.kind, f.bucket, f.value));
        }
        assert_eq!(by_place(pieces.figures()), followed, "at {position}");
        let step = sums(&shop, position - 1, position).await.figures();
        done::<CountFigures>(shop.send(count(position - 1, position, step)).await);
        assert_sound(&shop.location).await;
    }
    let statuses = "select value from figures where kind = 1 order by bucket";
    assert_eq!(shop.numbers(statuses).await, [1, 1, 2, 2, 1]);
    let revenue = shop.numbers("select sum(value) from figures where kind = 3").await;
    assert_eq!(revenue, [(1 + 2 + 3 + 7) * 250], "what is cancelled or failed sells nothing");
    assert_eq!(shop.numbers("select sum(value) from figures where kind = 2").await, [7]);
    assert_eq!(shop.numbers("select sum(value) from figures where kind = 5").await, [3]);
}

async fn the_audit_finds_a_figure_that_is_not_so(shop: Shop) {
    trade(&shop).await;
    done::<TakeLease>(shop.send(lease(1)).await);
    // Events that come later are none of its business.
    let middle = last(&shop).await / 2;
    let figures = sums(&shop, 0, middle).await.figures();
    done::<CountFigures>(shop.send(count(0, middle, figures.clone())).await);
    assert_sound(&shop.location).await;
    for kind in FigureKind::ALL.iter().map(|kind| kind.code()) {
        let (more, less) = ("value = value + 1", "value = value - 1");
        let change = |by: &str| format!("update figures set {by} where kind = {kind}");
        shop.sql(&change(more)).await.unwrap();
        let findings = shop.location.audit().await.unwrap();
        let broken: Vec<_> = findings.iter().filter(|finding| !finding.is_sound()).collect();
        assert_eq!(broken.len(), 1, "{kind}: {broken:?}");
        assert!(broken[0].holds.starts_with("the figures of orders are"), "{broken:?}");
        shop.sql(&change(less)).await.unwrap();
    }
    shop.sql("insert into figures values (2, 1, 1)").await.unwrap();
    assert!(shop.location.audit().await.unwrap().iter().any(|finding| !finding.is_sound()));
    shop.sql("delete from figures where bucket = 1 and kind = 2").await.unwrap();
}

async fn of_two_nodes_that_count_the_same_one_does(shop: Shop) {
    trade(&shop).await;
    done::<TakeLease>(shop.send(lease(1)).await);
    let (position, other) = (last(&shop).await, shop.second_node());
    let figures = sums(&shop, 0, position).await.figures();
    let command = || count(0, position, figures.clone());
    let (one, two) = tokio::join!(shop.send(command()), other.send(command()));
    let (one, two) = (own::<CountFigures>(one), own::<CountFigures>(two));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let refused = Rejection::Refused(CountRefusal::Elsewhere { position });
    assert_eq!(one.err().or(two.err()), Some(refused));
}

async fn spans_are_told_in_sql_as_in_the_rules(shop: Shop) {
    for _ in 0..40 {
        placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    }
    let took = |number: i64| (1_i64 << number) + number * number * 7 - number;
    let mut expected = BTreeMap::new();
    for number in 1..=40 {
        let took = took(number);
        *expected.entry((FigureKind::Spans, span_of(took))).or_insert(0) += 1;
        let set = format!(
            "update orders set status = 3, processing_started_at = created_at,
             processing_completed_at = created_at + {took} where number = {number}"
        );
        shop.sql(&set).await.unwrap();
    }
    let position = last(&shop).await;
    let mut counted = shop.readers.followers().count_orders_at(position, 0, 40).await.unwrap();
    counted.retain(|figure| figure.kind == FigureKind::Spans);
    assert_eq!((processed(&counted), by_place(counted)), (40, expected));
    // They are no shop's: what they were made of goes.
    let unset = "update orders set status = 1, processing_started_at = null,
                 processing_completed_at = null";
    shop.sql(unset).await.unwrap();
}

async fn what_is_read_is_of_one_moment(shop: Shop) {
    let (location, _dir) = fresh_location(shop.engine).await.unwrap();
    location.migrate().await.unwrap();
    let empty = location.readers(1, Duration::from_secs(30)).unwrap();
    let kept = empty.late().figures(0, 0).await.unwrap();
    assert_eq!(kept, store::KeptFigures::default(), "nothing has happened, and that is counted");
    drop(empty);
    let read = async |hour| shop.readers.late().figures(hour, hour / 24).await.unwrap();
    trade(&shop).await;
    assert!(read(0).await.is_unknown);
    done::<TakeLease>(shop.send(lease(1)).await);
    assert!(read(0).await.is_unknown);
    let (first, position) = (last(&shop).await - 1, last(&shop).await);
    let step = sums(&shop, 0, first).await.figures();
    done::<CountFigures>(shop.send(count(0, first, step)).await);
    let at = shop.numbers(&format!("select at from events where position = {position}")).await[0];
    let kept = read(0).await;
    assert_eq!((kept.position, kept.next_at, kept.is_unknown), (first, Some(Micros(at)), false));
    let step = sums(&shop, first, position).await.figures();
    done::<CountFigures>(shop.send(count(first, position, step)).await);
    let kept = read(0).await;
    assert_eq!((kept.position, kept.next_at), (position, None));
    // All were placed within an hour or two, and of the same day or two.
    let revenue = |periods: &[store::Period]| -> (i64, i64) {
        periods.iter().fold((0, 0), |(orders, revenue), period| {
            (orders + period.orders, revenue + period.revenue_minor)
        })
    };
    let all = (7, (1 + 2 + 3 + 7) * 250);
    assert_eq!((revenue(&kept.hours), revenue(&kept.days)), (all, all));
    let later = kept.hours.iter().map(|hour| hour.number).max().unwrap() + 1;
    assert!(read(later).await.hours.is_empty(), "from that hour on");
}
