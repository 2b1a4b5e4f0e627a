//! How a writer connects: in a few round trips, however many statements it has.

use crate::shop::*;
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use store::Location;
use tokio_postgres::config::Host;

only_on!(Postgres: a_writer_connects_in_a_few_round_trips,);

/// How long everything is on its way back: enough for all of a pipeline to have been sent.
const DELAY: Duration = Duration::from_millis(40);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Client,
    Server,
}

/// A slow network, and how often the client had to wait for it.
#[derive(Debug)]
struct Network {
    port: u16,
    spoke: Arc<Mutex<(Option<Side>, u32)>>,
}

impl Network {
    /// Before one server, for one connection.
    fn before(server: (String, u16)) -> Network {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let spoke = Arc::new(Mutex::new((None, 0)));
        let heard = spoke.clone();
        thread::spawn(move || {
            let (client, _) = listener.accept().unwrap();
            let server = TcpStream::connect(server).unwrap();
            let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let also = heard.clone();
            thread::spawn(move || carry(from, to, Side::Client, &also));
            carry(server, client, Side::Server, &heard);
        });
        Network { port, spoke }
    }

    fn round_trips(&self) -> u32 {
        self.spoke.lock().unwrap().1
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, side: Side, spoke: &Mutex<(Option<Side>, u32)>) {
    let mut buffer = [0; 65536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if side == Side::Server {
            thread::sleep(DELAY);
        }
        {
            let mut spoke = spoke.lock().unwrap();
            if side == Side::Client && spoke.0 != Some(side) {
                spoke.1 += 1;
            }
            spoke.0 = Some(side);
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

async fn a_writer_connects_in_a_few_round_trips(shop: Shop) {
    let Location::Postgres(config) = &shop.location else { unreachable!() };
    let [Host::Tcp(host)] = config.get_hosts() else { return };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let network = Network::before((host.clone(), port));
    let mut slow = tokio_postgres::Config::new();
    slow.host("127.0.0.1").port(network.port);
    slow.user(config.get_user().unwrap()).dbname(config.get_dbname().unwrap());
    if let Some(password) = config.get_password() {
        slow.password(password);
    }
    let location = Location::Postgres(Box::new(slow));
    let started = Instant::now();
    tokio::task::spawn_blocking(move || drop(location.writer().connect().unwrap())).await.unwrap();
    let (trips, took) = (network.round_trips(), started.elapsed());
    // Whether there is TLS, who it is (two more with a password), the session with the types of all
    // cells, the statements; and the goodbye.
    assert!((4..=7).contains(&trips), "{trips} round trips, {took:?}");
}
