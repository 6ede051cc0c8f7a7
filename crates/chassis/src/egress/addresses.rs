//! Which IP addresses are of the public internet. The tables are the IANA special-purpose address registries
//! (RFC 6890 and its updates): every block whose column "globally reachable" is not "true", with multicast and reserved space,
//! the forms of IPv6 that stand for an IPv4 address, and what clouds answer their own machines at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(segments: [u16; 8], prefix: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}

const NOT_PUBLIC_V4: [Ipv4Net; 16] = [
    v4(0, 0, 0, 0, 8),        // this network; 0.0.0.0 is this machine
    v4(10, 0, 0, 0, 8),       // private
    v4(100, 64, 0, 0, 10),    // shared by carriers (CGNAT); the metadata of Alibaba Cloud
    v4(127, 0, 0, 0, 8),      // loopback
    v4(168, 63, 129, 16, 32), // Azure's own services, on an address that looks public
    v4(169, 254, 0, 0, 16),   // link-local; the metadata of most clouds
    v4(172, 16, 0, 0, 12),    // private
    v4(192, 0, 0, 0, 24),     // protocol assignments; the metadata of Oracle Cloud
    v4(192, 0, 2, 0, 24),     // documentation
    v4(192, 88, 99, 0, 24),   // relays of 6to4
    v4(192, 168, 0, 0, 16),   // private
    v4(198, 18, 0, 0, 15),    // benchmarks
    v4(198, 51, 100, 0, 24),  // documentation
    v4(203, 0, 113, 0, 24),   // documentation
    v4(224, 0, 0, 0, 4),      // multicast
    v4(240, 0, 0, 0, 4),      // reserved, and broadcast
];

/// What is handed out to networks at all.
const UNICAST_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// Within [`UNICAST_V6`]. Everything outside of it is refused anyway: `::`, `::1`, `::ffff:0:0/96` and `::/96` (IPv4),
/// `64:ff9b::/96` and `64:ff9b:1::/48` (NAT64), `100::/64`, `5f00::/16`, `fc00::/7`, `fe80::/10`, `fec0::/10`, `ff00::/8`.
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), // protocol assignments; Teredo, which stands for an IPv4 address
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), // 6to4, which stands for an IPv4 address
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), // documentation
];

/// Whether an address is one of the public internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => {
            UNICAST_V6.contains(&address) && !NOT_PUBLIC_V6.iter().any(|net| net.contains(&address))
        }
    }
}

/// Whether an address is this machine's loopback itself, in no disguise.
pub(super) fn is_loopback(address: IpAddr) -> bool {
    address.is_loopback()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::unspecified("0.0.0.0")]
    #[case::this_network("0.1.2.3")]
    #[case::private_10("10.0.0.1")]
    #[case::private_10_end("10.255.255.255")]
    #[case::cgnat("100.64.0.1")]
    #[case::cgnat_end("100.127.255.255")]
    #[case::alibaba_metadata("100.100.100.200")]
    #[case::loopback("127.0.0.1")]
    #[case::loopback_end("127.255.255.254")]
    #[case::azure("168.63.129.16")]
    #[case::link_local("169.254.0.1")]
    #[case::metadata("169.254.169.254")]
    #[case::ecs_metadata("169.254.170.2")]
    #[case::private_172("172.16.0.1")]
    #[case::private_172_end("172.31.255.255")]
    #[case::oracle_metadata("192.0.0.192")]
    #[case::documentation_1("192.0.2.1")]
    #[case::six_to_four_relay("192.88.99.1")]
    #[case::private_192("192.168.1.1")]
    #[case::benchmark("198.19.255.255")]
    #[case::documentation_2("198.51.100.7")]
    #[case::documentation_3("203.0.113.9")]
    #[case::multicast("224.0.0.1")]
    #[case::multicast_end("239.255.255.255")]
    #[case::reserved("240.0.0.1")]
    #[case::broadcast("255.255.255.255")]
    #[case::unspecified_6("::")]
    #[case::loopback_6("::1")]
    #[case::ipv4_compatible("::8.8.8.8")]
    #[case::ipv4_mapped_loopback("::ffff:127.0.0.1")]
    #[case::ipv4_mapped_metadata("::ffff:a9fe:a9fe")]
    #[case::ipv4_mapped_public("::ffff:8.8.8.8")]
    #[case::ipv4_translated("::ffff:0:127.0.0.1")]
    #[case::nat64_loopback("64:ff9b::7f00:1")]
    #[case::nat64_public("64:ff9b::808:808")]
    #[case::nat64_local("64:ff9b:1::a00:1")]
    #[case::discard("100::1")]
    #[case::teredo("2001:0:4136:e378:8000:63bf:3fff:fdd2")]
    #[case::orchid("2001:20::1")]
    #[case::documentation_6("2001:db8::1")]
    #[case::six_to_four_private("2002:a00:1::1")]
    #[case::six_to_four_public("2002:808:808::1")]
    #[case::documentation_6_new("3fff::1")]
    #[case::segment_routing("5f00::1")]
    #[case::unique_local("fc00::1")]
    #[case::aws_metadata("fd00:ec2::254")]
    #[case::link_local_6("fe80::1")]
    #[case::site_local("fec0::1")]
    #[case::multicast_6("ff02::1")]
    fn not_of_the_public_internet(#[case] address: IpAddr) {
        assert!(!is_public(address));
    }

    #[rstest]
    #[case("1.1.1.1")]
    #[case("8.8.8.8")]
    #[case("9.255.255.255")]
    #[case("11.0.0.0")]
    #[case("100.63.255.255")]
    #[case("100.128.0.0")]
    #[case("126.255.255.255")]
    #[case("128.0.0.1")]
    #[case("168.63.129.17")]
    #[case("169.253.255.255")]
    #[case("172.15.255.255")]
    #[case("172.32.0.0")]
    #[case("192.167.255.255")]
    #[case("198.17.255.255")]
    #[case("223.255.255.255")]
    #[case("2001:4860:4860::8888")]
    #[case("2606:4700:4700::1111")]
    #[case("2a00:1450:4028::1")]
    fn of_the_public_internet(#[case] address: IpAddr) {
        assert!(is_public(address));
    }
}
