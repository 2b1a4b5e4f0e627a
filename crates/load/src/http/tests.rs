//! Addresses, and connections that end in every way.

use super::*;
use tokio::{
    io::AsyncReadExt,
    net::{
        TcpListener,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

const LONG: Duration = Duration::from_secs(30);

#[test]
fn an_address_is_a_scheme_a_host_and_a_port() {
    let good = [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://localhost:8000/", "localhost:8000"),
        ("http://[::1]:80", "[::1]:80"),
        ("http://shop", "shop"),
    ];
    for (url, host) in good {
        assert_eq!(read_host(url).unwrap(), host);
    }
    for url in [
        "https://shop",
        "shop:8000",
        "http://",
        "http:///",
        "http://shop/api",
        "http://a@b",
        "http://a b",
    ] {
        assert!(read_host(url).is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_connection_that_ended_while_idle_is_replaced_before_anything_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut connection = Connection::new(listener.local_addr().unwrap(), LONG);
    connection.open().await.unwrap();
    let (first, _) = listener.accept().await.unwrap();
    connection.open().await.unwrap();
    drop(first);
    let second = loop {
        connection.open().await.unwrap();
        tokio::select! {
            biased;
            accepted = listener.accept() => break accepted.unwrap().0,
            () = tokio::task::yield_now() => {}
        }
    };
    let answer = async {
        let (mut reader, mut writer) = second.into_split();
        let mut request = [0; 7];
        reader.read_exact(&mut request).await.unwrap();
        writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await.unwrap();
        writer
    };
    let (answer, _writer) = tokio::join!(connection.exchange(b"request", Instant::now()), answer);
    assert_eq!(&*connection.body(&answer.unwrap()), b"hi");
}

#[test]
fn a_port_is_what_follows_the_last_colon_outside_of_brackets() {
    let good = [
        ("shop", ("shop", 80)),
        ("shop:8000", ("shop", 8000)),
        ("[::1]", ("::1", 80)),
        ("[::1]:8000", ("::1", 8000)),
    ];
    for (host, parts) in good {
        assert_eq!(read_port(host).unwrap(), parts);
    }
    for host in ["shop:", "shop:x", "shop:65536"] {
        assert!(read_port(host).is_err(), "{host}");
    }
}

#[test]
fn every_failure_has_a_word() {
    let error = || io::Error::from(io::ErrorKind::Other);
    let cases = [
        (TransportError::Connect(error()), "connect"),
        (TransportError::Closed, "closed"),
        (TransportError::Broken(error()), "broken"),
        (TransportError::Timeout, "timeout"),
        (TransportError::from(Malformed), "malformed"),
    ];
    for (error, name) in cases {
        assert_eq!(error.name(), name);
    }
}

/// A connection, and the shop's end of it.
async fn connected() -> (Connection, TcpStream, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut connection = Connection::new(listener.local_addr().unwrap(), LONG);
    connection.open().await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    (connection, stream, listener)
}

fn port(connection: &Connection) -> Option<u16> {
    connection.stream.as_ref().map(|stream| stream.local_addr().unwrap().port())
}

#[derive(Clone, Copy)]
enum Ending {
    Closes,
    /// The end of a connection that has bytes nobody read is told as an error.
    Resets,
    SendsWhatNobodyAskedFor,
}

#[tokio::test]
async fn a_connection_the_server_is_through_with_is_replaced_and_any_other_kept() {
    for ending in [Ending::Closes, Ending::Resets, Ending::SendsWhatNobodyAskedFor] {
        let (mut connection, mut stream, _listener) = connected().await;
        let first = port(&connection);
        connection.open().await.unwrap();
        assert_eq!(port(&connection), first, "nothing has happened");
        match ending {
            Ending::Closes => drop(stream),
            Ending::Resets => {
                connection.stream.as_mut().unwrap().write_all(b"x").await.unwrap();
                stream.readable().await.unwrap();
                drop(stream);
            }
            Ending::SendsWhatNobodyAskedFor => {
                stream.write_all(b"HTTP/1.1 408 Too late\r\n\r\n").await.unwrap();
            }
        }
        connection.stream.as_ref().unwrap().readable().await.unwrap();
        connection.open().await.unwrap();
        assert_ne!(port(&connection), first);
    }
}

/// Reads a request of seven bytes and sends this; the connection stays open.
async fn answer(stream: TcpStream, bytes: &[u8]) -> (OwnedReadHalf, OwnedWriteHalf) {
    let (mut reader, mut writer) = stream.into_split();
    reader.read_exact(&mut [0; 7]).await.unwrap();
    writer.write_all(bytes).await.unwrap();
    (reader, writer)
}

#[tokio::test]
async fn a_connection_is_kept_after_an_answer_that_says_so() {
    let cases: [(&[u8], bool); 3] = [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false),
        (b"gibberish\r\n\r\n", false),
    ];
    for (bytes, kept) in cases {
        let (mut connection, stream, _listener) = connected().await;
        let exchange = connection.exchange(b"request", Instant::now());
        let (_, _ends) = tokio::join!(exchange, answer(stream, bytes));
        assert_eq!(port(&connection).is_some(), kept, "{}", bytes.escape_ascii());
    }
}

#[tokio::test]
async fn an_alarm_of_an_earlier_request_does_not_end_a_later_one() {
    let (mut connection, stream, _listener) = connected().await;
    connection.alarm.as_mut().reset(Instant::now());
    connection.alarm.as_mut().await;
    let slow = async {
        // The alarm has rung before anything is answered.
        sleep(Duration::from_millis(20)).await;
        answer(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await
    };
    let (outcome, _ends) = tokio::join!(connection.exchange(b"request", Instant::now()), slow);
    assert_eq!(outcome.unwrap().status, 200);
}

#[tokio::test]
async fn a_request_that_began_too_long_ago_has_no_answer_in_time() {
    let (mut connection, _stream, _listener) = connected().await;
    let now = Instant::now();
    connection.timeout = Duration::from_millis(10);
    connection.alarm.as_mut().reset(now);
    let outcome = connection.exchange(b"request", now).await;
    assert!(matches!(outcome, Err(TransportError::Timeout)), "{outcome:?}");
    assert!(now.elapsed() >= connection.timeout);
    let outcome = connection.exchange(b"request", now).await;
    assert!(matches!(outcome, Err(TransportError::Closed)), "nothing is open: {outcome:?}");
}

#[tokio::test]
async fn an_answer_of_any_length_is_read_into_a_buffer_that_doubles() {
    for (length, room) in [(16_000, 16_384), (16_385, 32_768), (40_000, 65_536)] {
        let (mut connection, stream, _listener) = connected().await;
        let body = "x".repeat(length);
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
        let exchange = connection.exchange(b"request", Instant::now());
        let (outcome, _ends) = tokio::join!(exchange, answer(stream, text.as_bytes()));
        assert_eq!(&*connection.body(&outcome.unwrap()), body.as_bytes());
        assert_eq!(connection.buffer.len(), room);
    }
}
