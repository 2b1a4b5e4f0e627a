//! The fulfilment service of a tortured shop: it completes, refuses, answers later, fails, hangs, breaks off and
//! is late, as drawn; it knows what each message came to, and looks at how the messages are signed.

mod book;
mod callbacks;
mod signing;

use super::snares::{Moment, Snares};
use crate::stage::random::{Random, seed_of};
use anyhow::Context;
use book::{Book, Manner};
use callbacks::{Callback, read_id};
use serde_json::{Value, json};
use signing::Seal;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

pub use book::{Becomes, Message, Messages};

/// So long the shop waits for an answer, as it is set up, and nobody's longer.
pub const TIMEOUT: Duration = Duration::from_secs(1);
/// For what it has been promised with 202.
pub const PATIENCE: Duration = Duration::from_secs(2);
pub const ATTEMPTS: u32 = 4;

pub struct Service {
    pub address: SocketAddr,
    pub book: Arc<Book>,
    seal: Seal,
    serving: JoinHandle<()>,
}

/// What each conversation needs.
struct Desk {
    book: Arc<Book>,
    seal: Seal,
    snares: Arc<Snares>,
    doors: Vec<SocketAddr>,
    seed: u64,
}

/// A message as it came.
struct Post {
    headers: BTreeMap<String, String>,
    body: String,
}

impl Service {
    /// It calls back at these doors.
    pub async fn open(
        doors: Vec<SocketAddr>,
        snares: Arc<Snares>,
        (seed, ahead_s): (u64, Arc<AtomicI64>),
    ) -> anyhow::Result<Service> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("a fulfilment service")?;
        let address = listener.local_addr()?;
        let (book, seal) = (Arc::new(Book::new(seed)), Seal::new(ahead_s));
        let desk = Arc::new(Desk { book: book.clone(), seal: seal.clone(), snares, doors, seed });
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let desk = desk.clone();
                // Whoever hangs up hangs up.
                tokio::spawn(async move { desk.serve(stream).await });
            }
        });
        Ok(Service { address, book, seal, serving })
    }

    /// How often it did something else than what a merchant would like.
    pub fn struck(&self) -> u64 {
        self.book.struck.load(Relaxed)
    }

    /// By the names of the settings.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("FULFILMENT_URL", format!("http://{}/orders", self.address)),
            ("FULFILMENT_SECRET", self.seal.secret.clone()),
            ("FULFILMENT_TIMEOUT", format!("{}s", TIMEOUT.as_secs())),
            ("FULFILMENT_PATIENCE", format!("{}s", PATIENCE.as_secs())),
            ("FULFILMENT_ATTEMPTS", ATTEMPTS.to_string()),
        ]
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Desk {
    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let post = read(&mut stream).await?;
        let id = post.header("webhook-id").to_owned();
        if let Some(wrong) = self.misfit(&post, &id) {
            self.book.wrong(format!("a message {id:?} to the fulfilment service {wrong}"));
        }
        let (manner, becomes) = self.book.post(&id);
        self.snares.hold(Moment::Posted).await;
        let mut random = Random::new(self.seed ^ seed_of(&id).rotate_left(7));
        let answer = match manner {
            Manner::Says => said(&becomes, &mut random),
            Manner::Late => {
                sleep(TIMEOUT + Duration::from_millis(200)).await;
                said(&becomes, &mut random)
            }
            Manner::Takes | Manner::Forgets => answer(202, ""),
            Manner::Fails => {
                let status = random.weighted(&[(2, 500), (1, 502), (2, 503), (1, 429), (1, 404)]);
                answer(status.unwrap_or(500), "not today")
            }
            Manner::Hangs => {
                // Until the shop hangs up.
                let mut rest = Vec::new();
                return stream.read_to_end(&mut rest).await.map(drop);
            }
            Manner::BreaksOff => {
                let whole = answer(200, &"x".repeat(100));
                // So much as tells nobody whether it said so.
                let most = if becomes == Becomes::Completed { whole.len() } else { 9 };
                whole[..random.below(most)].to_owned()
            }
        };
        stream.write_all(answer.as_bytes()).await?;
        self.snares.spring(Moment::Answered);
        if manner == Manner::Takes {
            let (book, seal, doors) = (self.book.clone(), self.seal.clone(), self.doors.clone());
            let callback = Callback { book, seal, doors, id, becomes, random };
            tokio::spawn(callback.make());
        }
        stream.shutdown().await
    }

    /// What is wrong with it, in words.
    fn misfit(&self, post: &Post, id: &str) -> Option<String> {
        let (at, signature) = (post.header("webhook-timestamp"), post.header("webhook-signature"));
        if let Some(wrong) = self.seal.misfit(id, at, signature, &post.body) {
            return Some(wrong.to_owned());
        }
        let Some((order, _)) = read_id(id) else {
            return Some("has no id of the form order_ID_TIME".to_owned());
        };
        let body: Value = serde_json::from_str(&post.body).unwrap_or_default();
        let is_of_it = body["data"]["id"] == json!(order) && body["data"]["status"] == "processing";
        (!is_of_it).then(|| format!("tells of another order: {body}"))
    }
}

impl Post {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Post> {
    let (mut headers, mut line) = (BTreeMap::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    Ok(Post { headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// In one of the ways in which a service may say it.
fn said(becomes: &Becomes, random: &mut Random) -> String {
    let Becomes::Failed(reason) = becomes else {
        let status = random.weighted(&[(2, 200), (1, 201), (1, 204)]).unwrap_or(200);
        return answer(status, if status == 204 { "" } else { "{}" });
    };
    let status = if random.chance(500) { 409 } else { 422 };
    let body = match random.below(4) {
        0 => json!({ "reason": reason }).to_string(),
        1 => json!({ "detail": reason, "code": "out_of_reach" }).to_string(),
        2 => json!({ "message": reason }).to_string(),
        _ => reason.clone(),
    };
    answer(status, &body)
}

fn answer(status: u16, body: &str) -> String {
    let length = match status {
        204 => String::new(),
        _ => format!("Content-Length: {}\r\n", body.len()),
    };
    format!("HTTP/1.1 {status} Said\r\n{length}Connection: close\r\n\r\n{body}")
}
