//! Addresses and networks, and the origins of other sites.

use super::addresses::{host_of, read_url};
use std::net::IpAddr;

/// Addresses that have the same first bits. IPv4 is kept as the part of IPv6 that stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub struct Network {
    bits: u128,
    mask: u128,
}

/// Several of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd)]
pub struct Networks(Vec<Network>);

impl Network {
    /// `10.0.0.0/8`, `fd00::/8`, or one address.
    fn read(text: &str) -> Option<Network> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length: u32 = match length {
            Some(length) if length.bytes().all(|b| b.is_ascii_digit()) => length.parse().ok()?,
            Some(_) => return None,
            None => most,
        };
        let free = most.checked_sub(length)?;
        let mask = u128::MAX.checked_shl(free).unwrap_or(0);
        Some(Network { bits: bits(address) & mask, mask })
    }
}

impl Networks {
    pub const NONE: Networks = Networks(Vec::new());

    pub fn read(text: &str) -> Option<Networks> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(Network::read).collect::<Option<Vec<_>>>().map(Networks)
    }

    /// And the addresses of loopback.
    pub fn and_this_machine(mut self) -> Networks {
        self.0.extend(["127.0.0.0/8", "::1"].into_iter().filter_map(Network::read));
        self
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        let bits = bits(address);
        self.0.iter().any(|network| bits & network.mask == network.bits)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// `*`, or origins as browsers write them: scheme, host, and the port if it is not the usual one.
pub fn read_origins(text: &str) -> Option<Vec<String>> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(|item| if item == "*" { Some(item.to_owned()) } else { read_origin(item) }).collect()
}

fn read_origin(text: &str) -> Option<String> {
    let url = read_url(text).filter(|url| !url.is_empty())?.to_lowercase();
    let (scheme, rest) = url.split_once("://")?;
    let usual = if scheme == "https" { ":443" } else { ":80" };
    let has_host = !host_of(&url).is_empty() && !rest.contains('/');
    has_host.then(|| url.strip_suffix(usual).unwrap_or(&url).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_an_address_or_the_beginning_of_some() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("10.1.2.3/8", "10.0.0.1", "9.255.255.255"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("192.0.2.7", "::ffff:192.0.2.7", "::192.0.2.7"),
            ("192.0.2.8/31", "192.0.2.9", "192.0.2.10"),
            ("0.0.0.0/0", "203.0.113.1", "2001:db8::1"),
            ("::/0", "203.0.113.1", ""),
            ("fd00::/8", "fdff::1", "fe00::"),
            ("::1", "::1", "::2"),
            ("10.0.0.1, fd00::/8,", "fd00::1", "10.0.0.2"),
        ] {
            let networks = Networks::read(text).unwrap();
            assert!(networks.contains(inside.parse().unwrap()), "{text} {inside}");
            let outside = outside.parse().ok();
            assert!(outside.is_none_or(|outside| !networks.contains(outside)), "{text}");
        }
        for text in ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "proxy", "/8"]
        {
            assert_eq!(Networks::read(text), None, "{text}");
        }
        assert_eq!(Networks::read(""), Some(Networks::NONE));
    }

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for (text, read) in [
            ("", Some("")),
            ("*", Some("*")),
            ("https://Shop.example.com", Some("https://shop.example.com")),
            (
                "https://a.example:443/, http://b.example:80",
                Some("https://a.example,http://b.example"),
            ),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("http://[::1]:3000", Some("http://[::1]:3000")),
            ("https://a.example/shop", None),
            ("a.example", None),
            ("null", None),
            ("https://*.example", None),
        ] {
            let origins = read_origins(text).map(|origins| origins.join(","));
            assert_eq!(origins.as_deref(), read, "{text}");
        }
    }
}
