//! Names and addresses: where to listen, which hosts there are, under which URL they are reached.
//!
//! What is a host is said once: whatever one setting derives from another can be read again.

use std::{
    fmt, io,
    net::{Ipv6Addr, SocketAddr, ToSocketAddrs},
    str::FromStr,
};

/// Where to listen. A name is looked up when the port is opened, and not before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd)]
pub enum Listen {
    Address(SocketAddr),
    Name(String, u16),
}

impl Listen {
    /// The address that it stands for; of several the first IPv4 address.
    pub fn resolve(&self) -> io::Result<SocketAddr> {
        let (name, port) = match self {
            Listen::Address(address) => return Ok(*address),
            Listen::Name(name, port) => (name.as_str(), *port),
        };
        let found: Vec<SocketAddr> = (name, port).to_socket_addrs()?.collect();
        let address = found.iter().find(|address| address.is_ipv4()).or(found.first());
        address.copied().ok_or_else(|| io::Error::other(format!("{name} has no address")))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::Address(address) => address.fmt(out),
            Listen::Name(name, port) => write!(out, "{name}:{port}"),
        }
    }
}

impl FromStr for Listen {
    type Err = ();

    fn from_str(text: &str) -> Result<Listen, ()> {
        if let Ok(address) = text.parse() {
            return Ok(Listen::Address(address));
        }
        let (name, port) = text.rsplit_once(':').ok_or(())?;
        match (is_name(name), read_port(port)) {
            (true, Some(port)) => Ok(Listen::Name(name.to_owned(), port)),
            _ => Err(()),
        }
    }
}

/// `*`, or hosts: names, addresses, `.example.com` for a domain with all below it.
pub fn read_hosts(text: &str) -> Option<Vec<String>> {
    let items = text.split(',').map(|item| item.trim().to_lowercase());
    let hosts: Vec<String> = items.filter(|item| !item.is_empty()).collect();
    let is_known = |host: &String| {
        let name = host.strip_prefix('.').unwrap_or(host);
        host == "*" || is_host(name) || name.parse::<Ipv6Addr>().is_ok()
    };
    hosts.iter().all(is_known).then_some(hosts)
}

/// Without its last slash; nothing if there is none.
pub fn read_url(text: &str) -> Option<String> {
    let text = text.trim_end_matches('/');
    if text.is_empty() {
        return Some(String::new());
    }
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = split_port(authority);
    // All of it goes out in headers, in links that go on behind it, and in commands that a page shows. A proxy takes
    // it off again: no part is empty, or leads elsewhere.
    let plain = path.split('/').skip(1).all(|part| {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        !["", ".", ".."].contains(&part) && part.bytes().all(is_plain)
    });
    let reached = is_host(host) && port.is_none_or(|port| read_port(port).is_some());
    (reached && plain).then(|| text.to_owned())
}

/// The host in `https://host:port/path`, an IPv6 address with its brackets.
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    split_port(rest.split('/').next().unwrap_or(rest)).0
}

pub(super) fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

pub(super) fn read_port(text: &str) -> Option<u16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// As a Host header has it: a name, an IPv4 address, or an IPv6 address in brackets.
pub(super) fn is_host(text: &str) -> bool {
    match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => is_name(text),
    }
}

pub(super) fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let bytes = label.bytes();
        !label.is_empty()
            && bytes.into_iter().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_listens_at_an_address_or_at_a_name() {
        for (text, read) in [
            ("127.0.0.1:8000", Some("127.0.0.1:8000")),
            ("[::1]:8000", Some("[::1]:8000")),
            ("localhost:8000", Some("localhost:8000")),
            ("my_shop.internal:0", Some("my_shop.internal:0")),
            ("localhost", None),
            ("localhost:", None),
            ("localhost:+80", None),
            ("localhost:65536", None),
            (":8000", None),
            ("::1:8000", None),
            ("http://localhost:8000", None),
            ("a b:1", None),
            ("", None),
        ] {
            let listen = text.parse::<Listen>().ok().map(|listen| listen.to_string());
            assert_eq!(listen.as_deref(), read, "{text}");
        }
    }

    #[test]
    fn a_name_is_looked_up() {
        let resolved = |text: &str| text.parse::<Listen>().unwrap().resolve();
        assert_eq!(resolved("localhost:8000").unwrap().to_string(), "127.0.0.1:8000");
        assert_eq!(resolved("[::1]:8000").unwrap().to_string(), "[::1]:8000");
        assert!(resolved("no-such-host.invalid:8000").is_err());
    }

    #[test]
    fn hosts_are_names_and_addresses_and_nothing_else() {
        for (text, read) in [
            ("", Some("")),
            ("*", Some("*")),
            ("Shop.example.com, .example.com", Some("shop.example.com,.example.com")),
            ("10.0.0.1,[::1],::1", Some("10.0.0.1,[::1],::1")),
            ("a_b.example,", Some("a_b.example")),
            ("https://shop.example.com", None),
            ("shop.example.com:8000", None),
            ("[::1]:8000", None),
            ("shop.example.com/path", None),
            ("*.example.com", None),
            ("shop.example.com.", None),
            ("a..b", None),
            (".", None),
            ("a b", None),
            ("läden.example", None),
        ] {
            let hosts = read_hosts(text).map(|hosts| hosts.join(","));
            assert_eq!(hosts.as_deref(), read, "{text}");
        }
    }

    #[test]
    fn urls_are_kept_without_their_last_slash() {
        for (text, read) in [
            ("", Some("")),
            ("https://shop.example.com/", Some("https://shop.example.com")),
            ("http://[::1]:8000", Some("http://[::1]:8000")),
            ("https://example.com/shop", Some("https://example.com/shop")),
            ("https://example.com//shop", None),
            ("https://example.com/a//b", None),
            ("https://example.com/a/../b", None),
            ("https://example.com/the-shop_1.0/~b", Some("https://example.com/the-shop_1.0/~b")),
            ("https://example.com/a<b>", None),
            ("https://example.com/$(id)", None),
            ("https://example.com/'a", None),
            ("https://example.com/a;b&c", None),
            ("https://example.com/%zz", None),
            ("shop.example.com", None),
            ("ftp://example.com", None),
            ("http://", None),
            ("http://:80", None),
            ("http://example.com:port", None),
            ("http://[::1", None),
            ("https://example.com?x=1", None),
            ("http://a,b", None),
            ("http://\u{3000}", None),
            ("http://example.com/\u{1b}[31m", None),
            ("https://example.com/über", None),
        ] {
            assert_eq!(read_url(text).as_deref(), read, "{text}");
        }
    }

    #[test]
    fn the_host_of_a_url_has_no_port() {
        for (url, host) in [
            ("https://shop.example.com:8443/x", "shop.example.com"),
            ("http://[::1]:8000", "[::1]"),
            ("http://[::1]", "[::1]"),
            ("http://a.example/b:1", "a.example"),
        ] {
            assert_eq!(host_of(url), host);
        }
    }
}
