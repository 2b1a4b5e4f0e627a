//! Whole requests, as bytes on a connection, through the real one, the envelope, the router and the
//! handlers, into a shop on SQLite. `STAFF` and `BUYER` become tokens, `LENGTH` the body's length.

use crate::{conversation::Conversation, laws, shop::Shop};
use http_body_util::BodyExt;
use hyper::{
    Request, Response,
    body::{Body, Incoming},
    header::CONTENT_TYPE,
};
use serde_json::Value;
use server::http::fuzzing;
use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

/// After so many inputs the shop is audited, and a new one opened.
const INPUTS_PER_SHOP: usize = 1000;

static SHOP: Mutex<Option<Shop>> = Mutex::new(None);

pub fn run(data: &[u8]) {
    let mut shop = SHOP.lock().unwrap_or_else(PoisonError::into_inner);
    if shop.as_ref().is_some_and(|shop| shop.served >= INPUTS_PER_SHOP) {
        close(&mut shop);
    }
    let shop = shop.get_or_insert_with(|| crate::wait(Shop::open()));
    shop.served += 1;
    crate::wait(converse(shop, data));
}

/// Audits what the inputs so far have left.
pub fn finish() {
    close(&mut SHOP.lock().unwrap_or_else(PoisonError::into_inner));
}

fn close(shop: &mut Option<Shop>) {
    if let Some(shop) = shop.take() {
        crate::wait(shop.close());
    }
}

async fn converse(shop: &Shop, data: &[u8]) {
    let conversation = Conversation::default();
    let stream = conversation.says(filled(data, shop));
    let answer = |peer, request: Request<Incoming>| {
        conversation.begin();
        let conversation = conversation.clone();
        let request = request.map(|body| conversation.body(body));
        let answer = shop.envelope.clone().answer(peer, request);
        async move {
            let (head, body) = checked(answer.await).await;
            conversation.end();
            Response::from_parts(head, body.into())
        }
    };
    let peer = SocketAddr::from(([127, 0, 0, 1], 9));
    fuzzing::connection(stream, peer, answer).await;
}

fn filled(data: &[u8], shop: &Shop) -> Vec<u8> {
    let mut text = replaced(data, b"STAFF", shop.staff.as_bytes());
    text = replaced(&text, b"BUYER", shop.buyer.as_bytes());
    let Some(at) = find(&text, b"LENGTH") else { return text };
    let length = find(&text[at..], b"\r\n\r\n").map_or(0, |end| text.len() - at - end - 4);
    text.splice(at..at + 6, length.to_string().into_bytes());
    text
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|part| part == word)
}

/// The first few: an input of nothing else would become very long.
fn replaced(text: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..4 {
        let Some(at) = find(&text, word) else { break };
        text.splice(at..at + word.len(), by.iter().copied());
    }
    text
}

/// Every answer is in order: no fault of the shop, an id, and a problem if it refuses.
async fn checked<B: Body>(response: Response<B>) -> (hyper::http::response::Parts, bytes::Bytes) {
    let (head, body) = response.into_parts();
    let Ok(body) = body.collect().await.map(|body| body.to_bytes()) else {
        panic!("an answer broke off")
    };
    let shown = String::from_utf8_lossy(&body);
    let status = head.status.as_u16();
    assert!(status < 500, "answered {status}: {shown}");
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let id = header("correlation-id").expect("every answer has a correlation id");
    let kind = header(CONTENT_TYPE.as_str()).unwrap_or_default();
    if status >= 400 {
        assert_eq!(kind, "application/problem+json", "{status}: {shown}");
        problem(&serde_json::from_slice(&body).expect("a problem is JSON"), status, id);
    } else if kind == "application/json" && header("content-encoding").is_none() && !body.is_empty()
    {
        assert!(serde_json::from_slice::<Value>(&body).is_ok(), "not JSON: {shown}");
    }
    (head, body)
}

fn problem(problem: &Value, status: u16, id: &str) {
    let text = |name: &str| problem[name].as_str().expect("a problem has its members");
    assert_eq!(text("type"), format!("urn:sutler:problem:{}", text("code")));
    assert_eq!((problem["status"].as_u64(), text("correlation_id")), (Some(status.into()), id));
    laws::readable("title", text("title"));
    laws::readable("detail", text("detail"));
    for error in problem["errors"].as_array().into_iter().flatten() {
        for name in ["field", "message"] {
            laws::readable(name, error[name].as_str().expect("an error has its members"));
        }
    }
}
