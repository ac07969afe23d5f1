//! Visitors' IP addresses: reading them, and hiding what need not be kept.

use pgrx::guc::PostgresGucEnum;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How much of a visitor's address is stored: the setting `campaign.ip_storage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PostgresGucEnum)]
pub(crate) enum Storage {
    /// Nothing.
    #[name = c"none"]
    None,
    /// The network only: the first 24 bits of IPv4, the first 48 of IPv6.
    #[name = c"masked"]
    Masked,
    /// All of it.
    #[name = c"full"]
    Full,
}

/// The address written in `text`, blanks around it allowed; `None` when it is anything but one plain address.
/// An IPv4 address written as IPv6 (`::ffff:203.0.113.7`) is returned as IPv4.
pub(crate) fn parse(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.trim().parse().ok()?;
    Some(address.to_canonical())
}

/// What is stored of `address`: `None` for [`Storage::None`].
pub(crate) fn store(address: IpAddr, storage: Storage) -> Option<IpAddr> {
    let address = address.to_canonical();
    match storage {
        Storage::None => None,
        Storage::Masked => Some(mask(address)),
        Storage::Full => Some(address),
    }
}

fn mask(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & (u32::MAX << 8)).into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 80)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str, storage: Storage) -> Option<String> {
        store(parse(text).unwrap(), storage).map(|address| address.to_string())
    }

    #[test]
    fn plain_addresses() {
        for text in ["203.0.113.7", "2001:db8::1", "::1", "0.0.0.0", "fe80::1"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse(" 203.0.113.7\t\n").unwrap().to_string(), "203.0.113.7");
        assert_eq!(parse("2001:DB8:0:0::0001").unwrap().to_string(), "2001:db8::1");
    }

    #[test]
    fn mapped_addresses_are_ipv4() {
        assert_eq!(parse("::ffff:203.0.113.7").unwrap().to_string(), "203.0.113.7");
        assert_eq!(parse("::ffff:cb00:7107").unwrap().to_string(), "203.0.113.7");
        let mapped = IpAddr::V6("::ffff:203.0.113.7".parse().unwrap());
        assert_eq!(store(mapped, Storage::Masked).unwrap().to_string(), "203.0.113.0");
        assert_eq!(store(mapped, Storage::Full).unwrap().to_string(), "203.0.113.7");
    }

    #[test]
    fn anything_else_is_no_address() {
        for text in [
            "",
            " ",
            "unknown",
            "localhost",
            "203.0.113",
            "203.0.113.256",
            "203.0.113.07",
            "203.0.113.7:443",
            "203.0.113.7/24",
            "203.0.113.7, 198.51.100.1",
            "[2001:db8::1]",
            "fe80::1%eth0",
            "2001:db8::1::2",
            "0x7f.1",
            "3405803783",
            "２０３.0.113.7",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn masked_keeps_the_network() {
        assert_eq!(stored("203.0.113.77", Storage::Masked).unwrap(), "203.0.113.0");
        assert_eq!(stored("255.255.255.255", Storage::Masked).unwrap(), "255.255.255.0");
        assert_eq!(stored("2001:db8:1234:5678:9abc:def0:1234:5678", Storage::Masked).unwrap(), "2001:db8:1234::");
        assert_eq!(stored("::1", Storage::Masked).unwrap(), "::");
    }

    #[test]
    fn none_and_full() {
        assert_eq!(stored("203.0.113.77", Storage::None), None);
        assert_eq!(stored("203.0.113.77", Storage::Full).unwrap(), "203.0.113.77");
        assert_eq!(stored("2001:db8::7", Storage::Full).unwrap(), "2001:db8::7");
    }
}
