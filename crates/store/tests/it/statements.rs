//! What a cart costs: as many statements and round trips with a hundred lines as with one, and for twenty of them
//! as for one. As the database counts them, not as the shop does.

use crate::{faulty::*, shop::*};
use domain::{
    carts::{Change, CrowdId},
    *,
};
use futures_util::future::join_all;
use std::sync::atomic::Ordering::Relaxed;
use store::Location;
use testbed::{Durability, Postgres};
use uuid::Uuid;

const PRODUCTS: i64 = 100;

struct Case {
    name: &'static str,
    /// So many carts of so many lines, few and many.
    filled: [(usize, i64); 2],
    asks: fn(&[Actor], &Sku) -> Command,
}

const CASES: [Case; 7] = [
    Case { name: "an addition", filled: [(1, 1), (1, 100)], asks: |who, _| add(who[0], 1) },
    Case {
        name: "a change by sku",
        filled: [(1, 1), (1, 100)],
        asks: |who, sku| {
            let set = change_cart(1, Change::Set, 2);
            command(who[0], None, ChangeCart { product: ProductRef::Sku(sku.clone()), ..set })
        },
    },
    Case {
        name: "an emptying",
        filled: [(1, 1), (1, 100)],
        asks: |who, _| command(who[0], None, EmptyCart {}),
    },
    Case {
        name: "a claim",
        filled: [(1, 1), (1, 100)],
        asks: |who, _| {
            let (limits, most) = (CartLimits::default(), Most::default());
            command(claimer(who), None, ClaimCart { guest: who[0].caller, limits, most })
        },
    },
    Case { name: "a checkout", filled: [(1, 1), (1, 100)], asks: |who, _| checkout(who[0]) },
    Case { name: "the end of one", filled: [(1, 1), (1, 100)], asks: |who, _| expire(who) },
    Case { name: "the end of many", filled: [(1, 1), (20, 20)], asks: |who, _| expire(who) },
];

/// Who has had no cart before.
fn claimer(who: &[Actor]) -> Actor {
    customer(who[0].caller.id.as_u128().wrapping_add(1))
}

/// Of a guest who comes from where nobody else does.
fn add(guest: Actor, product: i64) -> Command {
    let crowd = Some(CrowdId::of(&guest.caller.id.to_string()));
    command(guest, None, ChangeCart { crowd, ..change_cart(product, Change::Add, 1) })
}

fn checkout(who: Actor) -> Command {
    let checkout = Checkout {
        id: OrderId(Uuid::now_v7()),
        currency: "EUR".parse().unwrap(),
        most: Most::default(),
        lines: 100,
        total: None,
        details: Details::default(),
    };
    command(who, None, checkout)
}

/// By a shop in which no cart may be older than nothing.
fn expire(who: &[Actor]) -> Command {
    let carts = who.iter().map(|who| CartId::of(who.caller)).collect();
    let ttl_us = CartLimits::default().ttl_us;
    command(
        Actor::SYSTEM,
        None,
        ExpireCarts { carts, lines: 100, owner_waits: false, ttl_us, max_age_us: 0 },
    )
}

/// What was asked of the database from one moment on, by all who ask it.
struct Cost {
    statements: Vec<String>,
    trips: u64,
}

async fn cost(server: &Postgres, shop: &Shop, faults: &Faults, command: Command) -> Cost {
    let (before, trips) = (server.log().len(), faults.trips.load(Relaxed));
    shop.send(command).await.unwrap();
    let log = server.log()[before..].to_owned();
    let begins = ["LOG:  execute ", "LOG:  statement: "];
    let told =
        log.lines().filter_map(|line| begins.iter().find_map(|begin| line.split_once(begin)));
    let statements = told.map(|(_, statement)| statement.to_owned()).collect();
    Cost { statements, trips: faults.trips.load(Relaxed) - trips }
}

#[test]
fn carts_of_a_hundred_lines_cost_as_many_statements_as_one_of_one_line() {
    let Some(server) = own_postgres(Durability::Off, &[("log_statement", "all")]) else { return };
    let location: Location = server.url("postgres").parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        location.migrate().await.unwrap();
        let shop = Shop::at(Engine::Postgres, location.clone(), location.writer(), patient());
        let (shop, faults) = shop.with_faults(Faults::default(), patient());
        let created = join_all((0..PRODUCTS).map(|_| shop.send(create_product(100, 999)))).await;
        let sku = done::<CreateProduct>(created[0].clone()).0.sku;
        let mut guests = (0..).map(guest);
        for Case { name, filled, asks } in CASES {
            let mut costs = Vec::new();
            for (carts, lines) in filled {
                let who: Vec<Actor> = guests.by_ref().take(carts).collect();
                let fill = |who: &Actor| (1..=lines).map(|product| add(*who, product)).collect();
                let fill: Vec<Vec<Command>> = who.iter().map(fill).collect();
                let filled = join_all(fill.into_iter().flatten().map(|add| shop.send(add))).await;
                filled.into_iter().for_each(|told| drop(told.unwrap()));
                costs.push(cost(&server, &shop, &faults, asks(&who, &sku)).await);
                shop.send(expire(&[&who[..], &[claimer(&who)]].concat())).await.unwrap();
            }
            let [few, many] = &costs[..] else { unreachable!() };
            assert_eq!(few.statements, many.statements, "{name}");
            assert_eq!(few.trips, many.trips, "{name}");
            // The batch, its id, the commit and what is between them.
            assert!(few.statements.len() > 5 && (2..=5).contains(&few.trips), "{name}");
        }
        assert_sound(&location).await;
    });
}
