//! How connections come, wait and end, told over real sockets.

use super::*;
use axum::body::Body;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, oneshot},
    task::JoinHandle,
    time::timeout,
};

const LIMITS: ConnectionLimits = ConnectionLimits {
    connections: 100,
    of_one_address: 0,
    crowded: Networks::NONE,
    header_timeout: Duration::from_secs(60),
    idle_timeout: Duration::from_secs(60),
    shutdown_timeout: Duration::from_secs(60),
};
const SOON: Duration = Duration::from_secs(20);
const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn that_it_is_full_is_told_when_it_is_and_not_all_the_time() {
    let mut slots = Slots::new(1);
    assert!(!slots.is_to_be_told());
    let place = slots.take().await.unwrap();
    assert!(slots.is_to_be_told());
    slots.reported = Some(Instant::now());
    assert!(!slots.is_to_be_told());
    slots.reported = Instant::now().checked_sub(2 * FULL_REPORT);
    assert!(slots.is_to_be_told());
    drop(place);
    assert!(!slots.is_to_be_told());
}

#[tokio::test]
async fn the_kernel_waits_no_longer_for_who_has_vanished_than_for_who_rests() {
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    prepare(&stream, Duration::from_secs(75)).unwrap();
    let waits = SockRef::from(&stream).tcp_user_timeout().unwrap();
    assert_eq!((waits, stream.nodelay().unwrap()), (Some(Duration::from_secs(75)), true));
}

#[test]
fn each_limit_of_connections_has_a_setting_of_its_own() {
    let flags = [
        ("max_connections", "11"),
        ("connections_per_address", "15"),
        ("trusted_proxies", "10.0.0.0/8"),
        ("header_timeout", "12s"),
        ("idle_timeout", "13s"),
        ("shutdown_timeout", "14s"),
    ];
    let flags = flags.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let settings = Settings::resolve(None, &[], &flags).unwrap();
    let ConnectionLimits {
        connections,
        of_one_address,
        crowded,
        header_timeout,
        idle_timeout,
        shutdown_timeout,
    } = ConnectionLimits::from(&settings);
    assert_eq!([connections, of_one_address], [11, 15]);
    for (address, many) in
        [("10.0.0.1", true), ("::1", true), ("127.0.0.2", true), ("192.0.2.1", false)]
    {
        assert_eq!(crowded.contains(address.parse().unwrap()), many, "{address}");
    }
    let times = [header_timeout, idle_timeout, shutdown_timeout];
    assert_eq!(times, [12, 13, 14].map(Duration::from_secs));
}

#[test]
fn an_error_of_one_connection_is_told_from_one_of_the_shop() {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionReset, Interrupted, OutOfMemory, PermissionDenied,
    };
    for (kind, is_its_own) in [
        (ConnectionAborted, true),
        (ConnectionReset, true),
        (Interrupted, true),
        (OutOfMemory, false),
        (PermissionDenied, false),
    ] {
        assert_eq!(is_of_one_connection(&kind.into()), is_its_own, "{kind}");
    }
    let no_file_is_left = io::Error::from_raw_os_error(24);
    assert!(!is_of_one_connection(&no_file_is_left));
}

/// A server whose handler says that it began and waits until it may go on.
struct Server {
    address: SocketAddr,
    begun: Arc<Notify>,
    go_on: Arc<Semaphore>,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<usize>,
    meters: Meters,
}

impl Server {
    async fn start(limits: ConnectionLimits) -> Server {
        let listener = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let (stop, stopped) = oneshot::channel::<()>();
        let (says, waits) = (Arc::clone(&begun), Arc::clone(&go_on));
        let meters = Meters::new().unwrap();
        let counts = meters.clone();
        let ended = tokio::spawn(async move {
            let answer = move |_, _| {
                let (says, waits) = (Arc::clone(&says), Arc::clone(&waits));
                async move {
                    says.notify_one();
                    let _turn = waits.acquire().await;
                    Response::new(Body::from("done"))
                }
            };
            serve(listener, None, answer, limits, &counts, async move {
                let _ = stopped.await;
            })
            .await
        });
        Server { address, begun, go_on, stop: Some(stop), ended, meters }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Waits until the figures say that so many connections are open.
    async fn has_open(&self, connections: usize) {
        let line = format!("http_connections {connections}");
        let shown = async {
            while !self.meters.render().lines().any(|shown| shown == line) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(SOON, shown).await.unwrap_or_else(|_| panic!("{}", self.meters.render()));
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

/// All that the server says until it closes, or `None` if it does neither soon.
async fn rest(stream: &mut TcpStream, patience: Duration) -> Option<String> {
    let mut text = Vec::new();
    // A reset ends a connection as well as a close does.
    let read = timeout(patience, stream.read_to_end(&mut text)).await;
    read.ok().map(|_| String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn a_stop_finishes_what_was_begun_and_closes_what_is_idle() {
    let mut server = Server::start(LIMITS).await;
    let mut idle = server.connect().await;
    let mut used = server.connect().await;
    used.write_all(GET).await.unwrap();
    server.begun.notified().await;
    server.stop();
    assert_eq!(rest(&mut idle, SOON).await.as_deref(), Some(""));
    server.go_on.add_permits(1);
    let answer = rest(&mut used, SOON).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("done"), "{answer}");
    assert_eq!(timeout(SOON, &mut server.ended).await.unwrap().unwrap(), 0);
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let mut server =
        Server::start(ConnectionLimits { shutdown_timeout: Duration::from_millis(50), ..LIMITS })
            .await;
    let mut stuck = server.connect().await;
    stuck.write_all(GET).await.unwrap();
    server.begun.notified().await;
    server.stop();
    assert_eq!(timeout(SOON, &mut server.ended).await.unwrap().unwrap(), 1);
    assert_eq!(rest(&mut stuck, SOON).await.as_deref(), Some(""));
}

#[tokio::test]
async fn a_restart_does_not_wait_for_the_last_connections() {
    let mut server = Server::start(LIMITS).await;
    let mut idle = server.connect().await;
    server.has_open(1).await;
    server.stop();
    // Who closes first keeps a rest of the connection for a while.
    assert_eq!(rest(&mut idle, SOON).await.as_deref(), Some(""));
    drop(idle);
    timeout(SOON, &mut server.ended).await.unwrap().unwrap();
    bind(server.address).unwrap();
}

#[tokio::test]
async fn beyond_the_cap_a_connection_waits_and_is_then_served() {
    let server = Server::start(ConnectionLimits { connections: 1, ..LIMITS }).await;
    let mut first = server.connect().await;
    first.write_all(GET).await.unwrap();
    server.begun.notified().await;
    let mut second = server.connect().await;
    let close = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    second.write_all(close).await.unwrap();
    let waits = timeout(Duration::from_millis(50), server.begun.notified()).await;
    assert!(waits.is_err(), "the second one was served beside the first");
    server.go_on.add_permits(1);
    drop(first);
    let answer = rest(&mut second, SOON).await.unwrap();
    assert!(answer.ends_with("done"), "{answer}");
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_is_told() {
    let server = Server::start(ConnectionLimits { of_one_address: 2, ..LIMITS }).await;
    let (mut first, second) = (server.connect().await, server.connect().await);
    server.has_open(2).await;
    let mut third = server.connect().await;
    let told = rest(&mut third, SOON).await.unwrap();
    assert!(told.starts_with("HTTP/1.1 429 ") && told.contains("retry-after: 1\r\n"), "{told}");
    assert!(told.contains("too many open connections"), "{told}");
    drop(second);
    server.has_open(1).await;
    let mut fourth = server.connect().await;
    server.go_on.add_permits(2);
    for stream in [&mut first, &mut fourth] {
        stream.write_all(GET).await.unwrap();
        let mut answer = [0; 512];
        let read = stream.read(&mut answer).await.unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_handler() {
    let server = Server::start(ConnectionLimits { connections: 1, ..LIMITS }).await;
    let mut leaving = server.connect().await;
    leaving.write_all(GET).await.unwrap();
    server.begun.notified().await;
    drop(leaving);
    // The only place is free again although the handler was never let go on.
    let mut next = server.connect().await;
    next.write_all(GET).await.unwrap();
    timeout(SOON, server.begun.notified()).await.unwrap();
}

#[tokio::test]
async fn the_figures_tell_how_many_connections_are_open() {
    let mut server = Server::start(LIMITS).await;
    let mut streams = vec![server.connect().await, server.connect().await];
    server.has_open(2).await;
    streams.pop();
    server.has_open(1).await;
    streams.push(server.connect().await);
    server.has_open(2).await;
    server.stop();
    server.has_open(0).await;
}

#[tokio::test]
async fn slow_heads_and_idle_connections_are_ended_each_after_its_time() {
    let (short, long) = (Duration::from_millis(40), Duration::from_secs(60));
    let part = &GET[..10];
    for (header, idle, send, ended) in [
        (short, long, vec![part], true),
        (short, long, vec![&b""[..]], true),
        (long, short, vec![part], false),
        (short, long, vec![GET], false),
        (long, short, vec![GET], true),
        (short, long, vec![GET, part], true),
    ] {
        let server = Server::start(ConnectionLimits {
            header_timeout: header,
            idle_timeout: idle,
            ..LIMITS
        })
        .await;
        server.go_on.add_permits(10);
        let mut stream = server.connect().await;
        for bytes in &send {
            stream.write_all(bytes).await.unwrap();
            if *bytes == GET {
                let mut answer = [0; 512];
                assert!(stream.read(&mut answer).await.unwrap() > 0);
            }
        }
        let patience = if ended { SOON } else { short * 5 };
        let text = rest(&mut stream, patience).await;
        assert_eq!(text.is_some(), ended, "{header:?} {idle:?} {}", send.len());
    }
}

#[tokio::test]
async fn what_is_not_http_is_answered_and_ended() {
    let server = Server::start(LIMITS).await;
    let large = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(80 * 1024));
    for (sent, status) in [
        ("nonsense\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nbad header\r\n\r\n", "400"),
        (large.as_str(), "431"),
    ] {
        let mut stream = server.connect().await;
        // The server may answer and close before it has read all of it.
        let _ = stream.write_all(sent.as_bytes()).await;
        let answer = rest(&mut stream, SOON).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["status"].to_string(), status, "{answer}");
    }
}
