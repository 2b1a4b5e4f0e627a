//! The clock that ends a connection, told under a clock that runs as fast as nothing else happens.

use super::*;
use axum::body::Body;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    task::JoinHandle,
    time::{sleep, timeout},
};

const IDLE: Duration = Duration::from_secs(60);
const PATIENCE: Patience = Patience { head: Duration::from_secs(10), idle: IDLE };
/// The last request of its connection.
const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
/// As much as the wire holds.
const PIECE: usize = 1024;

/// A client that has sent its request, to be answered after `takes` with so many bytes.
async fn asked(takes: Duration, size: usize) -> (DuplexStream, JoinHandle<()>) {
    let (mut client, server) = duplex(PIECE);
    let answer = move |_, _: Request<Incoming>| async move {
        sleep(takes).await;
        Response::new(Body::from(vec![b'x'; size]))
    };
    let (stays_open, closing) = watch::channel(false);
    let served = tokio::spawn(async move {
        let peer = SocketAddr::from(([127, 0, 0, 1], 9));
        serve_connection(server, peer, answer, PATIENCE, closing).await;
        drop(stays_open);
    });
    client.write_all(GET).await.unwrap();
    (client, served)
}

fn body_of(answer: &[u8]) -> &str {
    let text = std::str::from_utf8(answer).unwrap();
    text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}")).1
}

#[tokio::test(start_paused = true)]
async fn a_request_may_take_longer_than_a_connection_may_idle() {
    let (mut client, served) = asked(10 * IDLE, 4).await;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    assert_eq!(body_of(&answer), "xxxx");
    served.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_gets_all_of_its_answer() {
    let size = 64 * PIECE;
    let (mut client, served) = asked(Duration::ZERO, size).await;
    let (mut answer, mut piece) = (Vec::new(), [0; PIECE]);
    loop {
        sleep(IDLE / 2).await;
        match client.read(&mut piece).await.unwrap() {
            0 => break,
            length => answer.extend_from_slice(&piece[..length]),
        }
    }
    assert_eq!(body_of(&answer).len(), size);
    served.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_no_more_is_left() {
    let (client, served) = asked(Duration::ZERO, 64 * PIECE).await;
    timeout(2 * IDLE, served).await.unwrap().unwrap();
    drop(client);
}
