//! Who claims, orders, fills and ends one cart at one moment: a held unit is sold, held by somebody, or given
//! back.

use super::{PRODUCT, UNITS, assert_decided, at_one_moment, figures, nodes, stocked};
use crate::{shop::*, together::one_behind_the_other};
use domain::{carts::Change, *};
use uuid::Uuid;

on_both_engines!(of_two_who_want_what_a_cart_holds_each_finds_what_the_other_has_left);

only_on!(Postgres: whoever_waits_for_a_cart_finds_what_is_left_of_it);

const ROUNDS: u128 = 8;
/// In the guest's cart, before each race.
const BROUGHT: i64 = 2;

/// Those of a round: a guest, whoever claims what he has, and another one who would like to.
#[derive(Clone, Copy)]
struct Cast {
    guest: Actor,
    claimer: Actor,
    other: Actor,
}

impl Cast {
    fn of(round: u128) -> Cast {
        let (claimer, other) = (customer(2 * round), customer(2 * round + 1));
        Cast { guest: guest(round), claimer, other }
    }

    fn all(&self) -> [Actor; 3] {
        [self.claimer, self.other, self.guest]
    }
}

type Asks = fn(&Cast) -> Command;

/// What has become of it: units that were sold, and that the claimer, the other one and the guest hold.
type End = [i64; 4];

struct Pair {
    name: &'static str,
    /// In the claimer's own cart, before it.
    own: i64,
    asked: [Asks; 2],
    /// Where the first was quicker, and where the second was.
    ends: [End; 2],
}

const PAIRS: [Pair; 9] = [
    Pair {
        name: "a claim and the guest's own checkout",
        own: 0,
        asked: [claims, guest_orders],
        ends: [[0, 2, 0, 0], [2, 0, 0, 0]],
    },
    Pair {
        name: "a claim and the guest's own addition",
        own: 0,
        asked: [claims, guest_adds],
        ends: [[0, 2, 0, 1], [0, 3, 0, 0]],
    },
    Pair {
        name: "two claims of one token",
        own: 0,
        asked: [claims, other_claims],
        ends: [[0, 2, 0, 0], [0, 0, 2, 0]],
    },
    Pair {
        name: "a claim and the end of the guest's cart",
        own: 1,
        asked: [claims, guest_ends],
        ends: [[0, 3, 0, 0], [0, 1, 0, 0]],
    },
    Pair {
        name: "a claim and the claimer's own checkout",
        own: 1,
        asked: [claims, orders],
        ends: [[3, 0, 0, 0], [1, 2, 0, 0]],
    },
    Pair {
        name: "a claim and the end of the claimer's own cart",
        own: 1,
        asked: [claims, ends],
        ends: [[0, 0, 0, 0], [0, 2, 0, 0]],
    },
    Pair {
        name: "a checkout and another one",
        own: 1,
        asked: [orders, orders],
        ends: [[1, 0, 0, 2], [1, 0, 0, 2]],
    },
    Pair {
        name: "a checkout and the end of its cart",
        own: 1,
        asked: [orders, ends],
        ends: [[1, 0, 0, 2], [0, 0, 0, 2]],
    },
    Pair {
        name: "a checkout and the emptying of its cart",
        own: 1,
        asked: [orders, empties],
        ends: [[1, 0, 0, 2], [0, 0, 0, 2]],
    },
];

fn claims(cast: &Cast) -> Command {
    claim(cast.claimer, cast)
}

fn other_claims(cast: &Cast) -> Command {
    claim(cast.other, cast)
}

fn claim(actor: Actor, cast: &Cast) -> Command {
    let (limits, most) = (CartLimits::default(), Most::default());
    command(actor, None, ClaimCart { guest: cast.guest.caller, limits, most })
}

fn guest_adds(cast: &Cast) -> Command {
    add(cast.guest, 1)
}

fn add(actor: Actor, units: i64) -> Command {
    let crowd = Some(carts::CrowdId::of("here"));
    command(actor, None, ChangeCart { crowd, ..change_cart(PRODUCT, Change::Add, units) })
}

fn orders(cast: &Cast) -> Command {
    checkout(cast.claimer)
}

fn guest_orders(cast: &Cast) -> Command {
    checkout(cast.guest)
}

fn checkout(actor: Actor) -> Command {
    let checkout = Checkout {
        id: OrderId(Uuid::now_v7()),
        currency: "EUR".parse().unwrap(),
        most: Most::default(),
        lines: 1,
        total: None,
        details: Details::default(),
    };
    command(actor, None, checkout)
}

fn empties(cast: &Cast) -> Command {
    command(cast.claimer, None, EmptyCart {})
}

fn ends(cast: &Cast) -> Command {
    end(cast.claimer)
}

fn guest_ends(cast: &Cast) -> Command {
    end(cast.guest)
}

/// By a node that lets no cart be older than nothing: whatever its clock says, it is over.
fn end(actor: Actor) -> Command {
    let carts = vec![CartId::of(actor.caller)];
    let ttl_us = CartLimits::default().ttl_us;
    command(
        Actor::SYSTEM,
        None,
        ExpireCarts { carts, lines: 1, owner_waits: false, ttl_us, max_age_us: 0 },
    )
}

async fn fill(shop: &Shop, cast: &Cast, pair: &Pair) {
    shop.send(add(cast.guest, BROUGHT)).await.unwrap();
    if pair.own > 0 {
        shop.send(add(cast.claimer, pair.own)).await.unwrap();
    }
}

/// What has become of it, by the orders and the carts; and the shelf says the same.
async fn end_of(shop: &Shop, cast: &Cast, sold_before: i64) -> End {
    let of_it = |what: &str, table: &str| {
        format!("select coalesce(sum({what}), 0) from {table} where product_id = {PRODUCT}")
    };
    let asked = [
        of_it("quantity", "order_lines"),
        of_it("units", "holds"),
        of_it("reserved", "stock"),
        of_it("on_hand", "stock"),
    ];
    let [sold, held, reserved, on_hand] = figures(shop, asked).await;
    let mut end = [sold - sold_before, 0, 0, 0];
    for (units, actor) in end[1..].iter_mut().zip(cast.all()) {
        let cart = shop.readers.exact().cart(CartId::of(actor.caller)).await.unwrap();
        *units = cart.lines.iter().map(|line| line.units).sum();
    }
    assert_eq!((held, held), (end[1..].iter().sum(), reserved), "{end:?}");
    assert_eq!(sold + on_hand, UNITS);
    assert_sound(&shop.location).await;
    end
}

/// So that the next round begins with what is left.
async fn let_go(shop: &Shop, cast: &Cast) {
    for actor in cast.all() {
        shop.send(command(actor, None, EmptyCart {})).await.unwrap();
    }
    assert_eq!(figures(shop, ["select count(*) from holds".into()]).await, [0]);
}

async fn of_two_who_want_what_a_cart_holds_each_finds_what_the_other_has_left(shop: Shop) {
    let nodes = nodes(shop).await;
    let (shop, mut sold, mut rounds) = (nodes[0].0.clone(), 0, 0);
    for pair in &PAIRS {
        for _ in 0..ROUNDS {
            let cast = Cast::of(rounds);
            fill(&shop, &cast, pair).await;
            let asked = pair.asked.map(|asks| move || asks(&cast));
            assert_decided(&at_one_moment(&nodes, rounds, asked).await, pair.name);
            let end = end_of(&shop, &cast, sold).await;
            assert!(pair.ends.contains(&end), "{}: {end:?}", pair.name);
            sold += end[0];
            rounds += 1;
            let_go(&shop, &cast).await;
        }
    }
    nodes.iter().for_each(|(_, faults)| faults.assert_no_deadlock());
}

/// Each of a pair in turn: the other one comes when it has locked and decided, and before it has committed.
async fn whoever_waits_for_a_cart_finds_what_is_left_of_it(shop: Shop) {
    stocked(&shop).await;
    let (mut sold, mut rounds) = (0, 0);
    for pair in &PAIRS {
        for first in [0, 1] {
            let cast = Cast::of(rounds);
            fill(&shop, &cast, pair).await;
            let asked = [pair.asked[first], pair.asked[1 - first]].map(|asks| asks(&cast));
            assert_decided(&one_behind_the_other(&shop, asked).await, pair.name);
            let end = end_of(&shop, &cast, sold).await;
            assert_eq!(end, pair.ends[first], "{}, number {first} first", pair.name);
            sold += end[0];
            rounds += 1;
            let_go(&shop, &cast).await;
        }
    }
}
