//! A proxy for TCP that behaves like a bad network: it cuts, delays, or falls silent, as told.

use crate::stage::random::Random;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// How the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Weather {
    Fair,
    /// Requests are cut in the middle, with their connection.
    CutsRequests,
    /// Requests arrive; the connection is cut before the first byte of an answer.
    CutsAnswers,
    /// Every second commit of Postgres lands, and the connection is cut before it is told.
    CutsCommits,
    /// Every piece takes its time, a different one.
    Delays,
    /// Connections stay open, and nothing comes through either way.
    Silent,
}

impl Weather {
    fn of(number: u8) -> Weather {
        const ALL: [Weather; 6] = [
            Weather::Fair,
            Weather::CutsRequests,
            Weather::CutsAnswers,
            Weather::CutsCommits,
            Weather::Delays,
            Weather::Silent,
        ];
        ALL.get(usize::from(number)).copied().unwrap_or(Weather::Fair)
    }
}

struct Sky {
    weather: AtomicU8,
    /// Of a thousand pieces, so many are cut.
    severity: u32,
    /// What the weather did to: pieces that were cut, delayed or swallowed.
    struck: AtomicU64,
    /// Its change ends all connections.
    cleared: watch::Sender<()>,
}

pub struct Proxy {
    pub address: SocketAddr,
    sky: Arc<Sky>,
    accepting: JoinHandle<()>,
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    There,
    Back,
}

impl Proxy {
    pub async fn before(target: SocketAddr, severity: u32) -> io::Result<Proxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (cleared, _) = watch::channel(());
        let (weather, struck) = (AtomicU8::new(0), AtomicU64::new(0));
        let sky = Sky { weather, severity, struck, cleared };
        let sky = Arc::new(sky);
        let accepting = tokio::spawn(accept(listener, target, sky.clone()));
        Ok(Proxy { address, sky, accepting })
    }

    pub fn set(&self, weather: Weather) {
        self.sky.weather.store(weather as u8, Relaxed);
    }

    pub fn struck(&self) -> u64 {
        self.sky.struck.load(Relaxed)
    }

    /// Ends every connection.
    pub fn cut_all(&self) {
        self.sky.struck.fetch_add(1, Relaxed);
        self.sky.cleared.send_replace(());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.sky.cleared.send_replace(());
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, sky: Arc<Sky>) {
    let mut seed = 0;
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        seed += 2;
        tokio::spawn(connect(client, target, sky.clone(), seed));
    }
}

async fn connect(client: TcpStream, target: SocketAddr, sky: Arc<Sky>, seed: u64) {
    let mut cleared = sky.cleared.subscribe();
    let Ok(server) = TcpStream::connect(target).await else { return };
    if client.set_nodelay(true).and(server.set_nodelay(true)).is_err() {
        return;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        _ = pass(from_client, to_server, Way::There, &sky, Random::new(seed)) => {}
        _ = pass(from_server, to_client, Way::Back, &sky, Random::new(seed + 1)) => {}
        _ = cleared.changed() => {}
    }
}

/// Postgres completes a command by its tag.
fn tells_of_a_commit(answer: &[u8]) -> bool {
    const TOLD: &[u8] = b"C\0\0\0\x0bCOMMIT\0";
    answer.windows(TOLD.len()).any(|piece| piece == TOLD)
}

/// Passes on what comes, until one side ends or the weather cuts it.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    way: Way,
    sky: &Sky,
    mut random: Random,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let weather = Weather::of(sky.weather.load(Relaxed));
        let strikes = match (weather, way) {
            (Weather::Fair, _) => false,
            (Weather::CutsRequests, way) => way == Way::There && random.chance(sky.severity),
            (Weather::CutsAnswers, way) => way == Way::Back && random.chance(sky.severity),
            (Weather::CutsCommits, way) => {
                way == Way::Back && tells_of_a_commit(&buffer[..read]) && random.chance(500)
            }
            (Weather::Delays | Weather::Silent, _) => true,
        };
        if strikes {
            sky.struck.fetch_add(1, Relaxed);
            match weather {
                Weather::CutsRequests => {
                    let half = random.below(read);
                    to.write_all(&buffer[..half]).await?;
                    return Ok(());
                }
                Weather::CutsAnswers | Weather::CutsCommits => return Ok(()),
                Weather::Silent => return std::future::pending().await,
                _ => tokio::time::sleep(Duration::from_millis(random.below(40) as u64)).await,
            }
        }
        to.write_all(&buffer[..read]).await?;
    }
}
