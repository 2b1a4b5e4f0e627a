//! Free TCP ports on loopback.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU32, Ordering},
};

/// Below the range that Linux hands to outgoing connections (32768 and up): a server that is
/// stopped and started again under load must not find its port taken by one of its clients.
const FIRST: u32 = 15_000;
const COUNT: u32 = 17_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port nobody listens on just now. Another process may still be quicker to take it, so a
/// server that fails to bind should ask for another one.
pub fn free_port() -> io::Result<u16> {
    let start = std::process::id().wrapping_mul(2_654_435_761) % COUNT;
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        let candidate = FIRST + (start + step) % COUNT;
        let Ok(port) = u16::try_from(candidate) else {
            continue;
        };
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        format!(
            "no free port on 127.0.0.1 between {FIRST} and {}: stop some servers",
            FIRST + COUNT
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_free_and_not_given_twice_in_a_row() {
        let one = free_port().unwrap();
        let two = free_port().unwrap();
        assert_ne!(one, two);
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, one)).is_ok());
    }
}
