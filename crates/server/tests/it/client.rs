//! A small HTTP/1.1 client that sends exactly what a story says, odd requests above all.
//! Invariant: it reads one whole answer per request, and panics on what is not HTTP.

use crate::contract;
use serde_json::Value;
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

/// No answer takes longer, or the story fails.
const PATIENCE: Duration = Duration::from_secs(40);

/// A request that is being put together.
#[derive(Clone, Debug)]
pub struct Ask {
    address: SocketAddr,
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
    /// Whether the document of the API holds for the answer.
    is_of_api: bool,
}

impl Ask {
    pub fn new(address: SocketAddr, method: &str, path: &str) -> Ask {
        let (method, path) = (method.to_owned(), path.to_owned());
        Ask { address, method, path, headers: Vec::new(), body: None, is_of_api: true }
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Ask {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub fn token(self, token: &str) -> Ask {
        self.header("Authorization", format!("Bearer {token}"))
    }

    pub fn key(self, key: &str) -> Ask {
        self.header("Idempotency-Key", key)
    }

    pub fn json(self, body: &Value) -> Ask {
        self.raw("application/json", body.to_string())
    }

    pub fn raw(mut self, kind: &str, body: impl AsRef<[u8]>) -> Ask {
        self.body = Some(body.as_ref().to_vec());
        self.header("Content-Type", kind)
    }

    /// A body that does not say what it is.
    pub fn untyped(mut self, body: &str) -> Ask {
        self.body = Some(body.as_bytes().to_vec());
        self
    }

    /// Asks a listener that is not the API's.
    pub fn elsewhere(mut self) -> Ask {
        self.is_of_api = false;
        self
    }

    /// The request as it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            bytes.extend(b"Host: localhost\r\n");
        }
        for (name, value) in &self.headers {
            bytes.extend(name.as_bytes());
            bytes.extend(b": ");
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        if let Some(body) = &self.body {
            bytes.extend(format!("Content-Length: {}\r\n", body.len()).into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(self.body.iter().flatten());
        bytes
    }

    pub async fn send(self) -> Answer {
        let asked = format!("{} {}", self.method, self.path);
        self.try_send().await.unwrap_or_else(|error| panic!("{asked}: {error}"))
    }

    /// A broken connection is an answer too when the shop has a bad day.
    pub async fn try_send(self) -> io::Result<Answer> {
        let wire = TcpStream::connect(self.address).await?;
        let mut wire = Wire::new(wire);
        let answer = wire.exchange(&self.bytes(), self.method == "HEAD").await?;
        if self.is_of_api {
            contract::check(&self.method, &self.path, &answer);
            contract::note(&answer);
        }
        Ok(answer)
    }
}

/// One connection, for stories that need to hold it in their hands.
pub struct Wire {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Wire {
    pub async fn connect(address: SocketAddr) -> Wire {
        Wire::new(TcpStream::connect(address).await.unwrap())
    }

    /// One whose client's kernel keeps little of what he has not read.
    pub async fn narrow(address: SocketAddr) -> Wire {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 << 10).unwrap();
        Wire::new(socket.connect(address).await.unwrap())
    }

    fn new(stream: TcpStream) -> Wire {
        let (reader, writer) = stream.into_split();
        Wire { reader: BufReader::new(reader), writer }
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).await.unwrap();
    }

    /// Writes what the other side may refuse to read.
    pub async fn try_write(&mut self, bytes: &[u8]) {
        let _ = self.writer.write_all(bytes).await;
    }

    /// Says that nothing more will come.
    pub async fn finish(&mut self) {
        let _ = self.writer.shutdown().await;
    }

    /// Reads the next answer.
    pub async fn answer(&mut self) -> io::Result<Answer> {
        let answer = timeout(PATIENCE, read_answer(&mut self.reader, false)).await??;
        contract::check_problem(&answer);
        contract::note(&answer);
        Ok(answer)
    }

    /// Reads the head of an answer whose body comes piece by piece.
    pub async fn head(&mut self) -> io::Result<Answer> {
        timeout(PATIENCE, read_answer(&mut self.reader, true)).await?
    }

    /// The next piece of a body, or nothing at its end.
    pub async fn piece(&mut self) -> io::Result<Option<String>> {
        let piece = timeout(PATIENCE, read_piece(&mut self.reader)).await??;
        Ok((!piece.is_empty()).then(|| String::from_utf8_lossy(&piece).into_owned()))
    }

    /// Waits until an answer has begun to come, and takes nothing of it.
    pub async fn is_answered(&mut self) {
        let some = timeout(PATIENCE, self.reader.fill_buf()).await.unwrap().unwrap();
        assert!(!some.is_empty(), "the connection ended without an answer");
    }

    /// Whether the other side ends the connection, with nothing more to say, in good time.
    pub async fn is_ended(&mut self) -> bool {
        let mut rest = Vec::new();
        match timeout(PATIENCE, self.reader.read_to_end(&mut rest)).await {
            Ok(Ok(length)) => length == 0,
            Ok(Err(_)) => true,
            Err(_) => false,
        }
    }

    async fn exchange(&mut self, bytes: &[u8], is_head: bool) -> io::Result<Answer> {
        // The shop may answer and close before it has read all: that is for the answer to say.
        let write = async {
            let _ = self.writer.write_all(bytes).await;
        };
        let read = timeout(PATIENCE, read_answer(&mut self.reader, is_head));
        let (answer, ()) = tokio::join!(read, write);
        answer?
    }
}

async fn read_answer(reader: &mut BufReader<OwnedReadHalf>, is_head: bool) -> io::Result<Answer> {
    let line = read_line(reader).await?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("not an answer: {line}"));
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    if is_head || [100, 204, 304].contains(&status) {
        return Ok(answer);
    }
    match answer.header("content-length") {
        Some(length) => {
            answer.body = vec![0; length.parse().unwrap()];
            reader.read_exact(&mut answer.body).await?;
        }
        None if answer.header("transfer-encoding").is_some() => loop {
            let piece = read_piece(reader).await?;
            if piece.is_empty() {
                break;
            }
            answer.body.extend(piece);
        },
        None => {
            reader.read_to_end(&mut answer.body).await?;
        }
    }
    Ok(answer)
}

/// One chunk; an empty one is the last.
async fn read_piece(reader: &mut BufReader<OwnedReadHalf>) -> io::Result<Vec<u8>> {
    let size = read_line(reader).await?;
    let mut chunk = vec![0; usize::from_str_radix(&size, 16).unwrap() + 2];
    reader.read_exact(&mut chunk).await?;
    chunk.truncate(chunk.len() - 2);
    Ok(chunk)
}

async fn read_line(reader: &mut BufReader<OwnedReadHalf>) -> io::Result<String> {
    let mut line = Vec::new();
    match reader.read_until(b'\n', &mut line).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
    }
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        let read = serde_json::from_slice(&self.body);
        read.unwrap_or_else(|error| panic!("{error} in {} {}", self.status, self.text()))
    }

    /// Its JSON, if the status is the expected one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }

    /// That there is nothing in it, and that it has this status.
    #[track_caller]
    pub fn expect_empty(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text());
        assert!(self.body.is_empty(), "{}", self.text());
    }

    /// Its problem, in the form that every problem has.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["code"], code, "{problem}");
        for name in ["type", "title", "detail", "correlation_id"] {
            assert!(problem[name].is_string(), "no {name} in {problem}");
        }
        assert_eq!(problem["correlation_id"].as_str(), self.header("correlation-id"));
        problem
    }

    /// The names of the bad fields, in order.
    #[track_caller]
    pub fn bad_fields(&self, status: u16, code: &str) -> Vec<String> {
        let problem = self.problem(status, code);
        let errors = problem["errors"].as_array();
        let errors = errors.unwrap_or_else(|| panic!("no errors in {problem}"));
        let mut names: Vec<String> = errors
            .iter()
            .map(|error| {
                assert!(!error["message"].as_str().unwrap().is_empty(), "{problem}");
                error["field"].as_str().unwrap().to_owned()
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }
}
