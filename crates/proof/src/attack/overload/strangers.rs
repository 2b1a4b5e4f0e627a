//! Those who come for no good: connections that send nothing, or a byte a second, and a flood of
//! logins. On a thread of their own, at the lowest priority: what they cost themselves is theirs.

use crate::stage::servers::{PASSWORD, STAFF};
use load::{Connection, RequestText, Target};
use serde_json::json;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::{
    net::TcpStream,
    task::LocalSet,
    time::{Instant, interval, sleep},
};

pub const CONNECTIONS: usize = 10_000;
const LOGINS_PER_S: u64 = 1000;
const LOGIN_CONNECTIONS: u64 = 500;
/// Those of one task send in one go.
const BUNCH: usize = 100;
const PATIENCE: Duration = Duration::from_secs(30);
const COME_WITHIN: Duration = Duration::from_secs(20);
const HEAD: &[u8] = b"GET /api/catalog/products HTTP/1.1\r\nHost: localhost\r\nX-Patience: ";
const BODY: &[u8] =
    b"POST /api/identity/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Silent,
    Slow,
    Logins,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Silent, Kind::Slow, Kind::Logins];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Silent => write!(f, "{CONNECTIONS} connections that send nothing"),
            Kind::Slow => write!(f, "{CONNECTIONS} connections that send a byte a second"),
            Kind::Logins => write!(f, "{LOGINS_PER_S} logins a second"),
        }
    }
}

#[derive(Default)]
struct Shared {
    over: AtomicBool,
    /// Connections that are open, or logins that were answered.
    there: AtomicU64,
    granted: AtomicU64,
}

/// They stay until they are told to leave.
pub struct Strangers {
    shared: Arc<Shared>,
    thread: JoinHandle<std::io::Result<()>>,
}

impl Strangers {
    /// Returns when all of them have come.
    pub async fn come(kind: Kind, target: &Target) -> anyhow::Result<Strangers> {
        let shared = Arc::<Shared>::default();
        let (theirs, target) = (shared.clone(), target.clone());
        let thread = std::thread::spawn(move || {
            // On Linux this is the thread's alone.
            rustix::process::setpriority_process(None, 19)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            LocalSet::new().block_on(&runtime, stay(kind, &target, &theirs));
            Ok(())
        });
        let strangers = Strangers { shared, thread };
        let all = match kind {
            Kind::Silent | Kind::Slow => CONNECTIONS as u64,
            Kind::Logins => 1,
        };
        let started = Instant::now();
        while strangers.shared.there.load(Relaxed) < all && started.elapsed() < COME_WITHIN {
            sleep(Duration::from_millis(20)).await;
        }
        Ok(strangers)
    }

    /// How many there were, in words.
    pub fn leave(self, kind: Kind) -> anyhow::Result<String> {
        let there = self.shared.there.load(Relaxed);
        self.shared.over.store(true, Relaxed);
        self.thread.join().map_err(|_| anyhow::anyhow!("the strangers' thread panicked"))??;
        Ok(match kind {
            Kind::Silent | Kind::Slow => format!("{there} were open"),
            Kind::Logins => {
                format!("{} of {there} let in", self.shared.granted.load(Relaxed))
            }
        })
    }
}

async fn stay(kind: Kind, target: &Target, shared: &Arc<Shared>) {
    let mut tasks = Vec::new();
    match kind {
        Kind::Silent | Kind::Slow => {
            for number in 0..CONNECTIONS / BUNCH {
                let (target, shared) = (target.clone(), shared.clone());
                tasks.push(tokio::task::spawn_local(bunch(kind, number, target, shared)));
            }
        }
        Kind::Logins => {
            for number in 0..LOGIN_CONNECTIONS {
                let (target, shared) = (target.clone(), shared.clone());
                tasks.push(tokio::task::spawn_local(log_in(number, target, shared)));
            }
        }
    }
    for task in tasks {
        // One that panicked is missed in the count.
        let _ = task.await;
    }
}

/// Whose connection the shop closes comes again.
async fn bunch(kind: Kind, number: usize, target: Target, shared: Arc<Shared>) {
    let mut open: Vec<Option<TcpStream>> = (0..BUNCH).map(|_| None).collect();
    let text = if number.is_multiple_of(2) { HEAD } else { BODY };
    sleep(Duration::from_millis(10 * number as u64)).await;
    let mut beat = interval(Duration::from_secs(1));
    while !shared.over.load(Relaxed) {
        beat.tick().await;
        for place in &mut open {
            if place.as_ref().is_some_and(|stream| !is_open(stream)) {
                *place = None;
                shared.there.fetch_sub(1, Relaxed);
            }
            if place.is_none() {
                *place = connect(kind, &target, text).await;
                shared.there.fetch_add(u64::from(place.is_some()), Relaxed);
            }
            if let (Kind::Slow, Some(stream)) = (kind, &place) {
                // A connection that was closed is found so the next time.
                let _ = stream.try_write(b"x");
            }
        }
    }
}

fn is_open(stream: &TcpStream) -> bool {
    let read = stream.try_read(&mut [0; 512]);
    matches!(read, Ok(1..)) || read.is_err_and(|e| e.kind() == std::io::ErrorKind::WouldBlock)
}

async fn connect(kind: Kind, target: &Target, text: &[u8]) -> Option<TcpStream> {
    let stream = TcpStream::connect(target.addr).await.ok()?;
    if kind == Kind::Slow {
        stream.writable().await.ok()?;
        stream.try_write(text).ok()?;
    }
    Some(stream)
}

/// Every fourth knows the password. Not into the account that orders: of an account's sessions the oldest ends when there
/// are too many.
async fn log_in(number: u64, target: Target, shared: Arc<Shared>) {
    let mut connection = Connection::new(target.addr, PATIENCE);
    let mut text = RequestText::new(&target.host);
    let password = if number.is_multiple_of(4) { PASSWORD } else { "not-the-password" };
    let body = json!({ "username": STAFF, "password": password }).to_string();
    sleep(Duration::from_millis(number * 1000 / LOGIN_CONNECTIONS)).await;
    let mut beat = interval(Duration::from_millis(LOGIN_CONNECTIONS * 1000 / LOGINS_PER_S));
    while !shared.over.load(Relaxed) {
        beat.tick().await;
        text.post(format_args!("/api/identity/token"), "", None, |buffer| {
            buffer.extend_from_slice(body.as_bytes());
        });
        if connection.open().await.is_err() {
            continue;
        }
        if let Ok(answer) = connection.exchange(text.text(), Instant::now()).await {
            shared.there.fetch_add(1, Relaxed);
            shared.granted.fetch_add(u64::from(answer.status == 200), Relaxed);
        }
    }
}
