use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv6Addr};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpRequest, web};
use ipnet::IpNet;
use serde::Deserialize;

use crate::gateway::Gateway;

/// Which proxies say.
const FORWARDED_FOR: &str = "X-Forwarded-For";

/// Proxies that are believed when they say whom they ask for: addresses and networks with commas between them, such as
/// `10.0.0.0/8, 192.0.2.7`. Whoever else sends `X-Forwarded-For` has made it up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TrustedProxies(Vec<IpNet>);

impl TryFrom<String> for TrustedProxies {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let said = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        said.map(|part| {
            part.parse::<IpNet>()
                .or_else(|_| part.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| format!("{part:?} is no address and no network such as 10.0.0.0/8"))
        })
        .collect::<Result<_, _>>()
        .map(Self)
    }
}

impl TrustedProxies {
    fn include(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who asks: the peer, or whom trusted proxies ask for. Each proxy adds its peer at the end, so the list is read from
    /// there, up to the first one that nobody here vouches for.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let said: Vec<&str> = headers
            .get_all(FORWARDED_FOR)
            .flat_map(|value| value.to_str().unwrap_or_default().split(','))
            .collect();
        let mut before = said.iter().rev();
        while self.include(client) {
            match before
                .next()
                .and_then(|text| text.trim().parse::<IpAddr>().ok())
            {
                Some(address) => client = address.to_canonical(),
                None => break,
            }
        }
        client
    }
}

/// Where a request comes from. Of an IPv6 address the network that one customer has: within it they choose freely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl ClientAddress {
    /// Where a request comes from.
    pub(crate) fn of(request: &HttpRequest, proxies: &TrustedProxies) -> Self {
        // Without a peer (which only a Unix socket has not) everyone shares one place.
        let peer = request
            .peer_addr()
            .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
        Self(match proxies.client(peer, request.headers()) {
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) & (u128::MAX << 64)).into()),
            address => address,
        })
    }
}

impl FromRequest for ClientAddress {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let nobody = TrustedProxies::default();
        let gateway = request.app_data::<web::Data<Gateway>>();
        let proxies = gateway.map_or(&nobody, |gateway| &gateway.trusted_proxies);
        ready(Ok(Self::of(request, proxies)))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nobody_is_believed("", "203.0.113.5", &["198.51.100.1"], "203.0.113.5")]
    #[case::no_proxy_of_ours("10.0.0.0/8", "203.0.113.5", &["198.51.100.1"], "203.0.113.5")]
    #[case::one_proxy("10.0.0.0/8", "10.0.0.1", &["198.51.100.1"], "198.51.100.1")]
    #[case::made_up_before_it("10.0.0.0/8", "10.0.0.1", &["8.8.8.8, 198.51.100.1"], "198.51.100.1")]
    #[case::two_proxies("10.0.0.0/8, 192.0.2.7", "10.0.0.1", &["198.51.100.1, 192.0.2.7"], "198.51.100.1")]
    #[case::two_lines("10.0.0.0/8", "10.0.0.1", &["8.8.8.8", "198.51.100.1"], "198.51.100.1")]
    #[case::nothing_said("10.0.0.0/8", "10.0.0.1", &[], "10.0.0.1")]
    #[case::nonsense_said("10.0.0.0/8", "10.0.0.1", &["unknown"], "10.0.0.1")]
    #[case::of_ipv6_the_network("::1", "::1", &["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::")]
    #[case::ipv4_in_ipv6("10.0.0.0/8", "::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1")]
    fn only_trusted_proxies_say_whom_they_ask_for(
        #[case] trusted: &str,
        #[case] peer: &str,
        #[case] said: &[&str],
        #[case] expected: &str,
    ) {
        let proxies = TrustedProxies::try_from(trusted.to_owned()).expect("reads");
        let peer: IpAddr = peer.parse().expect("an address");
        let mut request = TestRequest::default().peer_addr((peer, 1).into());
        for line in said {
            request = request.append_header((FORWARDED_FOR, *line));
        }
        let client = ClientAddress::of(&request.to_http_request(), &proxies);
        assert_eq!(client.0.to_string(), expected);
    }

    #[test]
    fn what_is_no_network_is_refused_by_name() {
        let wrong = TrustedProxies::try_from("10.0.0.0/8, proxy.local".to_owned());
        assert!(wrong.is_err_and(|error| error.contains("proxy.local")));
    }
}
