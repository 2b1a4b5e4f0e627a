//! Lets carts go that have outlived their time: what they held is free for others. In small pieces, and at ease, so
//! that nobody who buys waits for them: what is given back faster than need be, orders miss meanwhile.

use super::{Turn, Worker, patience};
use crate::{app::App, keys::now};
use domain::{CartLimits, CorrelationId, Done, ExpireCarts, Micros};
use std::time::Duration;
use store::{Answered, Due};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// So many carts are looked for in a turn.
const OF_A_TURN: usize = 2_000;
/// So many are let go by one command, with about so many lines.
const OF_A_PIECE: usize = 20;
const LINES_OF_A_PIECE: usize = 200;
/// No cart is taken for one that lives for too long before it does so by more than this.
const SLACK_US: i64 = 60 * Micros::SECOND;

pub struct Carts;

impl Worker for Carts {
    const NAME: &'static str = "carts";
    const PAUSE: Duration = Duration::from_secs(5);
    /// What ended while no node was there waits no longer.
    const FIRST: Duration = Duration::ZERO;

    async fn turn(&self, shop: &App) -> Turn {
        match expire(shop).await {
            Ok((found, gone)) => turn(found, gone),
            Err(why) => Turn::Failed(format!("carts that have expired stay: {why}")),
        }
    }
}

/// There may be more where as many were found as are looked for. If none of them has gone, they are another
/// clock's to let go: not at once.
fn turn(found: usize, gone: usize) -> Turn {
    if found == OF_A_TURN && gone > 0 { Turn::More } else { Turn::Done }
}

/// How many were found, and how many of them have gone.
async fn expire(shop: &App) -> Result<(usize, usize), String> {
    let limits = shop.cart_limits();
    let ttl_us = limits.ttl_us;
    let now = now();
    // The clock of this node may be a little behind that by which carts live.
    let latest = now.plus(ttl_us).plus(SLACK_US);
    let due = shop.readers.late().carts_due(now, latest, OF_A_TURN).await;
    let due = due.map_err(|error| error.to_string())?;
    let correlation = CorrelationId(Uuid::now_v7());
    let mut gone = 0;
    for piece in pieces(&due) {
        let expire = letting_go(piece, &limits);
        gone += match at_ease(patience::send(shop, correlation, expire)).await {
            Ok(Answered { done: Done::Now(gone), .. }) => gone,
            Ok(Answered { done: Done::Before(never), .. }) => match never {},
            Err(rejection) => return Err(format!("{rejection:?}")),
        };
    }
    Ok((due.len(), gone))
}

/// Afterwards the shop is left to others, for as long as it took.
async fn at_ease<T>(work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let done = work.await;
    sleep(began.elapsed()).await;
    done
}

fn letting_go(piece: &[Due], limits: &CartLimits) -> ExpireCarts {
    let carts = piece.iter().map(|due| due.cart).collect();
    let lines = piece.iter().map(|due| due.lines).sum();
    let CartLimits { ttl_us, max_age_us, .. } = *limits;
    ExpireCarts { carts, lines, owner_waits: false, ttl_us, max_age_us }
}

/// A cart of many lines is a piece of its own.
fn pieces(due: &[Due]) -> Vec<&[Due]> {
    let (mut pieces, mut from, mut lines) = (Vec::new(), 0, 0);
    for (at, cart) in due.iter().enumerate() {
        if at > from && (at - from >= OF_A_PIECE || lines + cart.lines > LINES_OF_A_PIECE) {
            pieces.push(&due[from..at]);
            (from, lines) = (at, 0);
        }
        lines += cart.lines;
    }
    if from < due.len() {
        pieces.push(&due[from..]);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workers::tests::shop;
    use domain::{
        Actor, Caller, ChangeCart, CreateProduct, Listed, Money, Most, ProductRef, PublicId,
        Quantity, Role, Sku, Text,
        carts::{CartId, Change, guest},
    };
    use testbed::TempDir;

    async fn send<C: Listed>(shop: &App, caller: Caller, rule: C) {
        let (actor, correlation) = (Actor::of(caller, Role::Customer), CorrelationId(Uuid::nil()));
        assert!(shop.send(actor, correlation, None, rule).await.is_ok(), "{}", C::NAME);
    }

    /// What is locked that nobody need let go keeps buyers waiting.
    #[tokio::test]
    async fn only_what_is_due_is_found() {
        let dir = TempDir::new().unwrap();
        let shop = shop(&dir).await;
        let sku = Sku::new("TIN").unwrap();
        let product = CreateProduct {
            sku: Some(sku.clone()),
            quantity: 9,
            ..CreateProduct::of(
                PublicId(Uuid::from_u128(1)),
                Text::new("Tin").unwrap(),
                Money::new(1, shop.currency),
            )
        };
        send(&shop, Caller::SYSTEM, product).await;
        for (token, ttl_us) in [("lives", Micros::HOUR / 4), ("is over", 1)] {
            let change = ChangeCart {
                product: ProductRef::Sku(sku.clone()),
                change: Change::Add(Quantity::ONE),
                crowd: None,
                currency: shop.currency,
                limits: CartLimits { ttl_us, ..shop.cart_limits() },
                most: Most::default(),
            };
            send(&shop, guest(token), change).await;
        }
        assert_eq!(expire(&shop).await, Ok((1, 1)));
        assert_eq!(expire(&shop).await, Ok((0, 0)));
    }

    #[tokio::test(start_paused = true)]
    async fn others_have_the_shop_for_as_long_as_a_piece_took() {
        for seconds in [0, 4] {
            let (piece, began) = (Duration::from_secs(seconds), Instant::now());
            at_ease(sleep(piece)).await;
            assert_eq!(began.elapsed(), 2 * piece);
        }
    }

    #[test]
    fn a_turn_that_is_full_is_followed_by_another_at_once() {
        for (found, gone, expected) in [
            (0, 0, Turn::Done),
            (OF_A_TURN - 1, OF_A_TURN - 1, Turn::Done),
            (OF_A_TURN, OF_A_TURN, Turn::More),
            (OF_A_TURN, 1, Turn::More),
            (OF_A_TURN, 0, Turn::Done),
        ] {
            assert_eq!(turn(found, gone), expected, "{found} {gone}");
        }
    }

    #[test]
    fn a_piece_has_twenty_carts_and_about_two_hundred_lines() {
        for (lines, expected) in [
            (vec![], vec![]),
            (vec![1; 20], vec![20]),
            (vec![1; 45], vec![20, 20, 5]),
            (vec![100; 5], vec![2, 2, 1]),
            (vec![300, 1, 300], vec![1, 1, 1]),
            (vec![0; 21], vec![20, 1]),
        ] {
            let due = |lines: &usize| Due { cart: CartId(Uuid::nil()), lines: *lines };
            let due: Vec<Due> = lines.iter().map(due).collect();
            let found: Vec<usize> = pieces(&due).iter().map(|piece| piece.len()).collect();
            assert_eq!(found, expected, "{lines:?}");
        }
    }
}
