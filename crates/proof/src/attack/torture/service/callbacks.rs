//! What a fulfilment service says later of an order that it has taken: twice, about a beginning that is over, or
//! by somebody who only says that he is the service.

use super::{
    book::{Becomes, Book},
    signing::Seal,
};
use crate::stage::random::Random;
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use uuid::Uuid;

const ANSWERED_WITHIN: Duration = Duration::from_secs(3);
/// Whoever is not answered says it again for so long. Then the shop asks again.
const SAID_FOR: Duration = Duration::from_secs(8);
const PAUSE: Duration = Duration::from_millis(100);

pub struct Callback {
    pub book: Arc<Book>,
    pub seal: Seal,
    pub doors: Vec<SocketAddr>,
    /// Of the message that it answers.
    pub id: String,
    pub becomes: Becomes,
    pub random: Random,
}

impl Callback {
    pub async fn make(mut self) {
        let late_ms = match self.random.below(10) {
            0..4 => self.random.between(0, 20),
            4..9 => self.random.between(20, 1500),
            // When the shop has asked again already.
            _ => self.random.between(2000, 3000),
        };
        sleep(Duration::from_millis(late_ms.unsigned_abs())).await;
        let Some((order, began)) = read_id(&self.id) else { return };
        if self.random.chance(200) {
            let forged = self.seal.forged();
            let lie = match self.becomes {
                Becomes::Completed => Becomes::Failed("a lie".to_owned()),
                _ => Becomes::Completed,
            };
            let seal = if self.random.chance(500) { Some(&forged) } else { None };
            let lie = body(&self.id, &lie);
            let told = self.ask(order, &lie, seal).await;
            self.expect_refused("forged", told);
        }
        if self.random.chance(200) {
            let other = format!("order_{order}_{}", began - 1);
            let lie = body(&other, &Becomes::Failed("of another beginning".to_owned()));
            let seal = self.seal.clone();
            let told = self.ask(order, &lie, Some(&seal)).await;
            self.expect_refused("of another beginning", told);
        }
        self.book.says(&self.id);
        self.say(order).await;
        if self.random.chance(300) {
            self.say(order).await;
        }
    }

    /// Until the shop has heard it.
    async fn say(&mut self, order: Uuid) {
        let (seal, began) = (self.seal.clone(), Instant::now());
        let body = body(&self.id, &self.becomes);
        while began.elapsed() < SAID_FOR {
            match self.ask(order, &body, Some(&seal)).await {
                // Somebody else has moved it, or it was begun with anew.
                Some(200..=299 | 409) => return,
                None | Some(408 | 429 | 500..=599) => sleep(PAUSE).await,
                // Its clock was set while this was on its way.
                Some(401) if self.seal.is_of_clocks() => sleep(PAUSE).await,
                Some(status) => {
                    let said = format!("a callback about {} was answered with {status}", self.id);
                    return self.book.wrong(said);
                }
            }
        }
    }

    fn expect_refused(&self, what: &str, told: Option<u16>) {
        if let Some(status @ 200..=299) = told {
            let said = format!("a callback that was {what} about {} was taken: {status}", self.id);
            self.book.wrong(said);
        }
    }

    /// The status, if there was an answer.
    async fn ask(&mut self, order: Uuid, body: &Value, seal: Option<&Seal>) -> Option<u16> {
        let door = self.doors[self.random.below(self.doors.len())];
        let body = body.to_string();
        let mut head = format!(
            "POST /api/orders/orders/{order}/fulfilment HTTP/1.1\r\nHost: localhost\r\n\
             Connection: close\r\nContent-Type: application/json\r\n"
        );
        if let Some(seal) = seal {
            let (id, at_s) = (Uuid::new_v4().simple().to_string(), seal.now_s());
            let signature = seal.sign(&id, at_s, &body);
            head += &format!(
                "webhook-id: {id}\r\nwebhook-timestamp: {at_s}\r\nwebhook-signature: {signature}\r\n"
            );
        }
        let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let exchange = async {
            let mut stream = TcpStream::connect(door).await.ok()?;
            stream.write_all(request.as_bytes()).await.ok()?;
            let mut status = [0; 12];
            stream.read_exact(&mut status).await.ok()?;
            std::str::from_utf8(&status).ok()?.strip_prefix("HTTP/1.1 ")?.parse().ok()
        };
        timeout(ANSWERED_WITHIN, exchange).await.ok().flatten()
    }
}

fn body(message: &str, becomes: &Becomes) -> Value {
    match becomes {
        Becomes::Failed(reason) => {
            json!({ "message": message, "status": "failed", "reason": reason })
        }
        Becomes::Completed | Becomes::Nothing => {
            json!({ "message": message, "status": "completed" })
        }
    }
}

/// Which order a message is about, and when that was begun with.
pub fn read_id(id: &str) -> Option<(Uuid, i64)> {
    let (order, began) = id.strip_prefix("order_")?.split_once('_')?;
    Some((Uuid::parse_str(order).ok()?, began.parse().ok()?))
}
