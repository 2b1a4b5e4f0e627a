//! Whom a limit takes for one client.

use std::{
    fmt, iter,
    net::{IpAddr, Ipv6Addr},
};

/// An IPv4 address, or the /64 of an IPv6 address: within it, whoever has one address has as many as
/// he likes. Whoever has a /56 or a /48 has many of those: see `widths`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source(u128);

/// What one customer of a network may be given, in bits, and how many times the budget of a /64 it has.
const WIDER: [(u8, u32); 2] = [(56, 4), (48, 16)];

impl Source {
    /// The shop itself: its command line, what it does at its start. No address comes to this.
    const SHOP: Source = Source(u128::MAX);

    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// What one customer of a network has, where there is one budget for all of it: of IPv6 the /56 around it.
    pub fn line(self) -> Source {
        self.widths().nth(1).map_or(self, |(line, _)| line)
    }

    /// All that it is counted as, and how many times the budget of one that has: itself, and the wider
    /// networks around it, so that thousands of addresses in one hand are not thousands of clients.
    pub fn widths(self) -> impl Iterator<Item = (Source, u32)> {
        let Source(bits) = self;
        // The last half of a mapped IPv4 address is not empty.
        let is_ipv6 = bits & u128::from(u64::MAX) == 0;
        let wider = WIDER.into_iter().filter(move |_| is_ipv6).map(move |(length, times)| {
            let network = bits & (u128::MAX << (128 - u32::from(length)));
            // Its first /64 begins with the same bits: the length tells them apart.
            (Source(network | u128::from(length)), times)
        });
        iter::once((self, 1)).chain(wider)
    }
}

/// Who waits for something: those whom a name knows have a share that strangers cannot take, and of
/// strangers those make room who were wrong more often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest {
    pub source: Source,
    /// To the name that it brings, or by the session or the link that it shows.
    pub is_known: bool,
    /// How often it was wrong lately, with this time.
    pub burden: u64,
}

impl Guest {
    /// It has nobody waiting for it.
    pub const SHOP: Guest = Guest { source: Source::SHOP, is_known: false, burden: 1 };

    pub fn known(source: impl Into<Source>) -> Guest {
        Guest { source: source.into(), is_known: true, burden: 1 }
    }

    pub fn stranger(source: impl Into<Source>) -> Guest {
        Guest { source: source.into(), is_known: false, burden: 1 }
    }
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Source {
        match address.to_canonical() {
            IpAddr::V4(address) => Source(address.to_ipv6_mapped().to_bits()),
            IpAddr::V6(address) => Source(address.to_bits() & !u128::from(u64::MAX)),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ipv6Addr::from_bits(self.0).to_canonical().fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_change_his_address_at_will_is_one_all_the_same() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8::1", "2001:db8::ffff:1:2:3", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
            ("::1", "0.0.0.0", false),
        ] {
            let source = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
            assert_eq!(source(one) == source(other), same, "{one} {other}");
            assert_ne!(source(one), Source::SHOP);
        }
        for (address, told) in [("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::")] {
            let source = Source::from(address.parse::<IpAddr>().unwrap());
            assert_eq!(source.to_string(), told);
        }
    }

    #[test]
    fn what_is_given_to_one_customer_is_counted_together_as_well() {
        let widths =
            |text: &str| Source::from(text.parse::<IpAddr>().unwrap()).widths().collect::<Vec<_>>();
        let first = widths("2001:db8::1");
        assert_eq!(first.iter().map(|(_, times)| *times).collect::<Vec<_>>(), [1, 4, 16]);
        for (other, same) in [
            ("2001:db8::2", [true, true, true]),
            ("2001:db8:0:ff::1", [false, true, true]),
            ("2001:db8:0:100::1", [false, false, true]),
            ("2001:db8:0:ffff::1", [false, false, true]),
            ("2001:db8:1::1", [false, false, false]),
        ] {
            let other = widths(other);
            let shared = [0, 1, 2].map(|width| first[width] == other[width]);
            assert_eq!(shared, same, "{other:?}");
            assert!(first[1] != other[0] && first[2] != other[1], "{other:?}");
        }
        for alone in ["192.0.2.1", "0.0.0.0", "::ffff:192.0.2.1"] {
            assert_eq!(widths(alone).len(), 1, "{alone}");
        }
        assert_eq!(Source::SHOP.widths().count(), 1);
    }
}
