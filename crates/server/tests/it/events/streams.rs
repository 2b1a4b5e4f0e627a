//! The feed as a stream: server-sent events.

use super::{EVENTS, end, events, key, positions};
use crate::{
    app::{Person, Shop, in_past, on_both_engines, unix_now, until},
    client::{Ask, Wire},
    contract::check_event,
};
use domain::Role;
use serde_json::Value;
use std::{collections::VecDeque, sync::Arc};

on_both_engines! {
    what_happens_is_told_as_it_happens,
    who_comes_again_goes_on_without_a_gap_and_nothing_twice,
    a_stream_that_is_narrowed_moves_on_all_the_same,
    a_stream_that_rests_says_that_it_is_there,
    a_stop_ends_a_stream,
    whoever_may_no_more_hears_no_more,
    who_does_not_read_holds_little,
}

/// What a stream has said: its id, its kind and its data, as far as there are any.
#[derive(Debug, Default)]
struct Said {
    id: Option<String>,
    kind: Option<String>,
    data: Option<Value>,
    is_beat: bool,
}

struct Ears {
    wire: Wire,
    text: String,
    said: VecDeque<Said>,
}

fn ask(shop: &Shop, token: &str, query: &str) -> Ask {
    let ask = shop.get(&format!("{EVENTS}?{query}")).token(token);
    ask.header("Accept", "text/event-stream").header("Accept-Encoding", "gzip, zstd")
}

impl Ears {
    async fn listen(ask: Ask, shop: &Shop) -> Ears {
        let mut wire = Wire::connect(shop.address).await;
        wire.write(&ask.bytes()).await;
        let head = wire.head().await.unwrap();
        assert_eq!(head.status, 200);
        assert_eq!(head.header("content-type"), Some("text/event-stream"));
        assert_eq!(head.header("content-encoding"), None);
        assert!(head.header("cache-control").unwrap().contains("no-store"));
        Ears { wire, text: String::new(), said: VecDeque::new() }
    }

    /// The next thing that is said, or nothing when the stream has ended as it should.
    async fn next(&mut self) -> Option<Said> {
        loop {
            if let Some(said) = self.said.pop_front() {
                return Some(said);
            }
            self.text.push_str(&self.wire.piece().await.unwrap()?);
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let mut said = Said::default();
                for line in block.lines() {
                    match line.split_once(':').unwrap() {
                        ("id", id) => said.id = Some(id.trim().to_owned()),
                        ("event", kind) => said.kind = Some(kind.trim().to_owned()),
                        ("data", data) => said.data = Some(serde_json::from_str(data).unwrap()),
                        ("", _) => said.is_beat = true,
                        ("retry", time) => assert!(time.trim().parse::<u32>().is_ok()),
                        other => panic!("nobody knows {other:?}"),
                    }
                }
                self.said.push_back(said);
                self.text = rest.to_owned();
            }
        }
    }

    /// The next event, with the id to go on with.
    async fn event(&mut self) -> (String, Value) {
        loop {
            let said = self.next().await.expect("it goes on");
            if let Some(data) = said.data {
                check_event(&data);
                assert_eq!(Some(data["kind"].as_str().unwrap()), said.kind.as_deref());
                return (said.id.unwrap(), data);
            }
        }
    }

    /// Whatever is said until it ends.
    async fn rest(&mut self) {
        let mut beats = 0;
        while let Some(said) = self.next().await {
            beats += usize::from(said.is_beat);
            assert!(beats < 3, "it does not end");
        }
    }
}

async fn what_happens_is_told_as_it_happens(shop: Arc<Shop>) {
    let node = shop.second_node(&[]).await;
    let before = events(&shop, "").await;
    let mut ears = Ears::listen(ask(&shop, &shop.staff, ""), &shop).await;
    for expected in &before {
        assert_eq!(ears.event().await.1, *expected);
    }
    let tin = node.tin("1.00", 9).await;
    let (id, told) = ears.event().await;
    assert_eq!([&told["kind"], &told["subject"]["id"]], ["product.created", &tin.to_string()]);
    // Its id is a cursor.
    assert_eq!(id, end(&shop).await);
}

async fn who_comes_again_goes_on_without_a_gap_and_nothing_twice(shop: Arc<Shop>) {
    let (tin, ann) = (shop.tin("1.00", 99).await, shop.customer("ann").await);
    let writing = async {
        for _ in 0..20 {
            shop.place(&ann, tin, 1).await.expect(201);
        }
    };
    let listening = async {
        let (mut heard, mut last) = (Vec::new(), None::<String>);
        // Whatever the cursor says: it is the one that the client has begun with.
        while heard.len() < 22 {
            let asked = ask(&shop, &shop.staff, "cursor=");
            let asked = match &last {
                Some(last) => asked.header("Last-Event-ID", last),
                None => asked,
            };
            let mut ears = Ears::listen(asked, &shop).await;
            for _ in 0..3 {
                let (id, told) = ears.event().await;
                heard.push(told["position"].as_i64().unwrap());
                last = Some(id);
            }
        }
        heard
    };
    let ((), heard) = tokio::join!(writing, listening);
    assert_eq!(heard, (1..=heard.len() as i64).collect::<Vec<_>>());
}

async fn a_stream_that_is_narrowed_moves_on_all_the_same(shop: Arc<Shop>) {
    let mut ears = Ears::listen(ask(&shop, &shop.staff, "kinds=order.placed"), &shop).await;
    shop.tin("1.00", 9).await;
    let at_end = end(&shop).await;
    loop {
        let said = ears.next().await.unwrap();
        assert!(said.data.is_none(), "{said:?}");
        if said.id.as_deref() == Some(&at_end) {
            break;
        }
    }
}

async fn a_stream_that_rests_says_that_it_is_there(shop: Arc<Shop>) {
    let node = shop.second_node(&[("idle_timeout", "300ms")]).await;
    let cursor = end(&node).await;
    let mut ears = Ears::listen(ask(&node, &node.staff, &format!("cursor={cursor}")), &node).await;
    let mut beats = 0;
    // For longer than a connection may rest.
    while beats < 8 {
        beats += usize::from(ears.next().await.unwrap().is_beat);
    }
    node.tin("1.00", 9).await;
    assert_eq!(ears.event().await.1["kind"], "product.created");
}

async fn a_stop_ends_a_stream(shop: Arc<Shop>) {
    let node = shop.second_node(&[("shutdown_timeout", "10s")]).await;
    let mut ears = Ears::listen(ask(&node, &node.staff, ""), &node).await;
    ears.event().await;
    node.stop();
    ears.rest().await;
    assert!(ears.wire.is_ended().await);
    assert_eq!(node.ended().await, 0, "nothing was cut off");
}

async fn whoever_may_no_more_hears_no_more(shop: Arc<Shop>) {
    let (id, key) = key(&shop, &["events:read"]).await;
    let staff = shop.somebody(Role::Staff).await;
    let short = Person { token: in_past(&shop, &staff, unix_now() - 15 * 60 + 3), ..staff.clone() };
    let mut ears = Vec::new();
    for token in [&key, &staff.token, &short.token] {
        let mut one = Ears::listen(ask(&shop, token, ""), &shop).await;
        one.event().await;
        ears.push(one);
    }
    let mut other = Ears::listen(ask(&shop, &shop.staff, ""), &shop).await;
    // One expires by itself, one is revoked, and one has logged out.
    let mut ended = ears.split_off(2);
    ended[0].rest().await;
    let revoke = shop.ask("DELETE", &format!("/api/identity/api-keys/{id}")).token(&shop.admin);
    revoke.send().await.expect_empty(204);
    ears[0].rest().await;
    let out = shop.ask("POST", "/api/identity/logout").token(&staff.token);
    out.send().await.expect_empty(204);
    ears[1].rest().await;
    other.event().await;
}

async fn who_does_not_read_holds_little(shop: Arc<Shop>) {
    let (tin, ann) = (shop.tin("1.00", 999).await, shop.customer("ann").await);
    let mut deaf = Wire::narrow(shop.address).await;
    deaf.write(&ask(&shop, &shop.staff, "").bytes()).await;
    deaf.head().await.unwrap();
    for _ in 0..5 {
        shop.place(&ann, tin, 1).await.expect(201);
    }
    // Others hear all, and he keeps his place until he leaves.
    let mut ears = Ears::listen(ask(&shop, &shop.staff, "kinds=order.placed"), &shop).await;
    let mut heard = Vec::new();
    for _ in 0..5 {
        heard.push(ears.event().await.1);
    }
    assert!(positions(&heard).is_sorted());
    assert_eq!(shop.app.following.waiting(), 2);
    drop((deaf, ears));
    until("both to be gone", async || shop.app.following.waiting() == 0).await;
}
