//! A fulfilment service of a merchant's, as tests have it: it says what it is told to say.

use serde_json::Value;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

/// What it says, and how long it takes.
#[derive(Clone)]
pub struct Says {
    pub status: u16,
    pub body: String,
    pub pause: Duration,
    /// So much of the body never comes.
    pub missing: usize,
}

impl Says {
    pub fn status(status: u16) -> Says {
        Says { status, body: String::new(), pause: Duration::ZERO, missing: 0 }
    }
}

/// What it was asked.
#[derive(Clone)]
pub struct Asked {
    pub headers: Vec<(String, String)>,
    pub bytes: Vec<u8>,
    pub body: Value,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

#[derive(Default)]
struct Seen {
    asked: Mutex<Vec<Asked>>,
    answered: AtomicUsize,
}

pub struct Service {
    port: u16,
    says: Arc<Mutex<Says>>,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Service {
    pub async fn start(says: Says) -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (says, seen) = (Arc::new(Mutex::new(says)), Arc::new(Seen::default()));
        let (now, notes) = (says.clone(), seen.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let says = now.lock().unwrap().clone();
                tokio::spawn(serve(stream, says, notes.clone()));
            }
        });
        Service { port, says, seen, task }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/fulfil", self.port)
    }

    /// From now on.
    pub fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.seen.asked.lock().unwrap().clone()
    }

    pub fn answered(&self) -> usize {
        self.seen.answered.load(Relaxed)
    }
}

async fn serve(mut stream: TcpStream, says: Says, seen: Arc<Seen>) {
    let (mut read, mut piece) = (Vec::new(), [0; 4096]);
    let end = loop {
        let count = stream.read(&mut piece).await.unwrap_or(0);
        if count == 0 {
            return;
        }
        read.extend_from_slice(&piece[..count]);
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let headers: Vec<(String, String)> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    while read.len() < end + length {
        let count = stream.read(&mut piece).await.unwrap_or(0);
        if count == 0 {
            return;
        }
        read.extend_from_slice(&piece[..count]);
    }
    let bytes = read[end..].to_vec();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    seen.asked.lock().unwrap().push(Asked { headers, bytes, body });
    sleep(says.pause).await;
    let Says { status, body, missing, .. } = says;
    let length = body.len() + missing;
    let answer = format!("HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\n\r\n{body}");
    let _ = stream.write_all(answer.as_bytes()).await;
    seen.answered.fetch_add(1, Relaxed);
}
