//! A shop in name only: a TCP listener that answers what a closure tells it to.

use std::{
    collections::HashMap,
    io::Write,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A request as the shop saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub headers: HashMap<String, String>,
    pub body: String,
    /// How many with the same method and path came before.
    pub earlier: usize,
}

impl Seen {
    pub fn is(&self, start: &str) -> bool {
        self.line.starts_with(start)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

pub enum Reply {
    Json(u16, String),
    Chunked(u16, String),
    /// The same with this header.
    With(&'static str, u16, String),
    /// The connection ends without an answer.
    Cut,
    /// No answer, ever.
    Silence,
    Late(Duration, u16, String),
}

pub struct Shop {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Shop {
    pub async fn open(answer: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shop = Self { url, seen: seen.clone() };
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, seen.clone(), answer.clone()));
            }
        });
        shop
    }

    pub fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap()
    }

    pub fn seen_of(&self, start: &str) -> Vec<Seen> {
        self.seen().iter().filter(|seen| seen.is(start)).cloned().collect()
    }
}

/// What every shop answers unless its test wants something else.
fn usual_answer(seen: &Seen) -> Reply {
    let id = seen.earlier + 1;
    if seen.is("POST /api/identity/token") {
        Reply::Json(200, format!(r#"{{"access":"token-{id}","refresh":"r","expires_in":900}}"#))
    } else if seen.is("POST /api/identity/register") {
        Reply::Json(201, "{}".to_owned())
    } else if seen.is("POST /api/orders/orders ") {
        Reply::Json(201, format!(r#"{{"id":{id},"status":"pending"}}"#))
    } else if seen.is("GET /api/catalog/products?limit=") && !seen.line.contains("cursor=page2") {
        // The link names a host that does not exist: only its path may be used.
        let next = "http://public.invalid/api/catalog/products?limit=2&cursor=page2";
        Reply::Json(
            200,
            format!(
                r#"{{"next":"{next}","results":[{{"id":11,"quantity":5}},{{"id":12,"quantity":50}}]}}"#
            ),
        )
    } else if seen.is("GET /api/catalog/products?limit=") {
        Reply::Chunked(200, r#"{"next":null,"results":[{"id":13,"quantity":7}]}"#.to_owned())
    } else {
        Reply::Json(200, r#"{"results":[]}"#.to_owned())
    }
}

async fn serve(
    mut stream: TcpStream,
    seen: Arc<Mutex<Vec<Seen>>>,
    answer: Arc<impl Fn(&Seen) -> Option<Reply>>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    while let Some(request) = read_request(&mut stream, &seen).await? {
        let mut bytes = Vec::new();
        let mut close = false;
        match answer(&request).unwrap_or_else(|| usual_answer(&request)) {
            Reply::Json(status, body) => put(&mut bytes, status, "", &body),
            Reply::With(header, status, body) => {
                close = header.eq_ignore_ascii_case("connection: close");
                put(&mut bytes, status, &format!("{header}\r\n"), &body);
            }
            Reply::Chunked(status, body) => {
                let (one, two) = body.split_at(body.len() / 2);
                let (a, b) = (one.len(), two.len());
                let head = format!("HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n");
                write!(bytes, "{head}{a:x}\r\n{one}\r\n{b:x}\r\n{two}\r\n0\r\n\r\n")?;
            }
            Reply::Late(wait, status, body) => {
                tokio::time::sleep(wait).await;
                put(&mut bytes, status, "", &body);
            }
            Reply::Silence => std::future::pending().await,
            Reply::Cut => return Ok(()),
        }
        stream.write_all(&bytes).await?;
        if close {
            return Ok(());
        }
    }
    Ok(())
}

fn put(bytes: &mut Vec<u8>, status: u16, headers: &str, body: &str) {
    let length = body.len();
    write!(bytes, "HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .unwrap();
}

async fn read_request(
    stream: &mut TcpStream,
    seen: &Mutex<Vec<Seen>>,
) -> std::io::Result<Option<Seen>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let line = lines.next().unwrap().to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let body = String::from_utf8(body).unwrap();
    let mut seen = seen.lock().unwrap();
    let earlier = seen.iter().filter(|other| other.line == line).count();
    let request = Seen { line, headers, body, earlier };
    seen.push(request.clone());
    Ok(Some(request))
}
