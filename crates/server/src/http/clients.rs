//! Who is at the other end: the address of a client, also behind proxies that are trusted.
//!
//! Only X-Forwarded-For is looked at, and only as far as trusted proxies have written it. Not `Forwarded`:
//! a proxy that writes one of the two passes the other on as it came, so that with both anybody could
//! say who he is.

use super::routes::{Operation, Takes};
use crate::{limits::Source, settings::Networks};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, request::Parts},
};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

pub(super) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of who asks; an extension of the request, and an argument of handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(pub IpAddr);

impl Client {
    pub fn asking(parts: &Parts) -> Client {
        // Nobody's only without an envelope, which is in tests.
        let nobody = Client(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        parts.extensions.get::<Client>().copied().unwrap_or(nobody)
    }

    /// Behind the proxies that are trusted: the last address in front of them.
    pub fn of(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> Client {
        let mut client = peer.to_canonical();
        if !trusted.contains(client) {
            return Client(client);
        }
        let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
        let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        for hop in hops {
            // What no proxy would write is where trust ends.
            let Some(address) = read_hop(hop) else { break };
            client = address;
            if !trusted.contains(client) {
                break;
            }
        }
        Client(client)
    }
}

/// An address, and some write the port behind it.
fn read_hop(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = text.parse().ok().or_else(with_port).or_else(bracketed);
    address.map(|address: IpAddr| address.to_canonical())
}

impl From<Client> for Source {
    fn from(client: Client) -> Source {
        Source::from(client.0)
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Client, Infallible> {
        Ok(Client::asking(parts))
    }
}

impl Takes for Client {
    fn describe(_: &mut Operation) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_who_stands_in_front_of_the_trusted_proxies() {
        let trusted = Networks::read("10.0.0.0/8, fd00::/8").unwrap();
        for (peer, lines, client) in [
            ("192.0.2.1", vec![], "192.0.2.1"),
            ("192.0.2.1", vec!["203.0.113.9"], "192.0.2.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["203.0.113.9"], "203.0.113.9"),
            ("::ffff:10.0.0.1", vec!["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", vec!["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", vec!["1.1.1.1", "203.0.113.9,10.0.0.2"], "203.0.113.9"),
            ("10.0.0.1", vec!["203.0.113.9", "10.0.0.3 ,\t10.0.0.2"], "203.0.113.9"),
            ("10.0.0.1", vec!["10.0.0.4,10.0.0.3"], "10.0.0.4"),
            ("10.0.0.1", vec!["203.0.113.9:4711"], "203.0.113.9"),
            ("10.0.0.1", vec!["[2001:db8::1]:4711"], "2001:db8::1"),
            ("10.0.0.1", vec!["[2001:db8::1]"], "2001:db8::1"),
            ("fd00::1", vec!["2001:db8::1"], "2001:db8::1"),
            ("10.0.0.1", vec!["::ffff:203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", vec!["203.0.113.9, unknown"], "10.0.0.1"),
            ("10.0.0.1", vec!["203.0.113.9, 999.1.1.1, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", vec![""], "10.0.0.1"),
            ("10.0.0.1", vec!["203.0.113.9,"], "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in &lines {
                headers.append(X_FORWARDED_FOR, line.parse().unwrap());
            }
            let found = Client::of(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!(found.0.to_string(), client, "{peer} {lines:?}");
        }
    }

    #[test]
    fn nobody_is_trusted_by_default() {
        let mut headers = HeaderMap::new();
        headers.append(X_FORWARDED_FOR, "203.0.113.9".parse().unwrap());
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert_eq!(Client::of(peer, &headers, &Networks::NONE), Client(peer));
    }
}
