//! Days on which things break: connections, processes, databases. Nothing acknowledged is lost,
//! nothing is doubled, and the shop goes on without help.

mod connections;
mod disks;
mod doubts;
mod faults;
mod kills;
mod outages;
mod pressure;
mod searches;
mod stops;

use crate::client::Ask;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What buyers heard: the order of each key that was acknowledged.
#[derive(Default)]
pub struct Heard {
    pub orders: BTreeMap<String, String>,
    /// Answers by their status; 0 is a broken connection.
    pub statuses: BTreeMap<u16, usize>,
}

impl Heard {
    pub fn add(&mut self, other: Heard) {
        self.orders.extend(other.orders);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
    }
}

/// Places one order with its key, again and again until it is acknowledged or `gives_up` says so.
pub async fn buy(ask: Ask, key: &str, heard: &mut Heard, gives_up: impl Fn() -> bool) {
    loop {
        let answer = ask.clone().key(key).try_send().await;
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        *heard.statuses.entry(status).or_default() += 1;
        match (status, answer) {
            (201, Ok(answer)) => {
                let id = answer.json()["id"].as_str().unwrap().to_owned();
                heard.orders.insert(key.to_owned(), id);
                return;
            }
            (0, _) => {}
            (503, Ok(answer)) => {
                let problem = answer.json();
                let code = problem["code"].as_str().unwrap().to_owned();
                answer.problem(503, &code);
                let pause = answer.header("retry-after").expect("503 says when to come back");
                assert!(pause.parse::<u32>().is_ok(), "{pause}");
            }
            (504, Ok(answer)) => drop(answer.problem(504, "outcome_unknown")),
            (status, answer) => panic!("{status}: {answer:?}"),
        }
        if gives_up() {
            return;
        }
        // A client that is told to come back does so a little later.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asserts that each key has one order in this history of all, and that the acknowledged are it.
pub fn assert_kept(history: &[Value], heard: &Heard, placed_most: usize) {
    let stored: Vec<&str> = history.iter().map(|order| order["id"].as_str().unwrap()).collect();
    for (key, id) in &heard.orders {
        assert!(
            stored.contains(&id.as_str()),
            "the order {id} of {key} was acknowledged and is lost"
        );
    }
    assert!(stored.len() <= placed_most, "{} orders for {placed_most} keys", stored.len());
}

/// What those heard who asked once, each for an order whose note is its key.
#[derive(Default)]
pub struct Told {
    placed: BTreeSet<String>,
    refused: BTreeSet<String>,
    pub statuses: BTreeMap<u16, usize>,
}

impl Told {
    /// Asks with a patience that outlasts every deadline of the shop.
    pub async fn ask(&mut self, orders: Ask, product: i64, key: &str) -> u16 {
        let body = json!({"order_items": [{"product": product, "quantity": 1}], "note": key});
        let answer = orders.json(&body).key(key).try_send().await;
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        *self.statuses.entry(status).or_default() += 1;
        match status {
            201 => drop(self.placed.insert(key.to_owned())),
            // It says that nothing was begun or changed.
            503 => drop(self.refused.insert(key.to_owned())),
            0 | 504 => {}
            _ => panic!("{answer:?}"),
        }
        status
    }

    pub fn add(&mut self, other: Told) {
        self.placed.extend(other.placed);
        self.refused.extend(other.refused);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
    }

    /// Asserts that this history of all has each order once, all that were acknowledged, and none
    /// that was refused.
    pub fn assert_true(&self, history: &[Value]) {
        let mut stored = BTreeSet::new();
        for order in history {
            let key = order["note"].as_str().unwrap();
            assert!(stored.insert(key.to_owned()), "{key} was placed twice");
        }
        let lost: Vec<_> = self.placed.difference(&stored).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?} of {:?}", self.statuses);
        let found: Vec<_> = self.refused.intersection(&stored).collect();
        assert!(found.is_empty(), "refused and placed: {found:?} of {:?}", self.statuses);
    }
}

pub fn order(product: &Value) -> Value {
    json!({"order_items": [{"product": product, "quantity": 1}]})
}

/// All orders that a caller may see.
pub async fn history(list: impl Fn(&str) -> Ask) -> Vec<Value> {
    let mut all = Vec::new();
    let mut query = "limit=100&cursor=".to_owned();
    loop {
        let page = list(&format!("/api/orders/orders?{query}")).send().await.expect(200);
        all.extend(page["results"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => query = next.split_once('?').unwrap().1.to_owned(),
            None => return all,
        }
    }
}
