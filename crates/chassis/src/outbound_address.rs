//! Addresses that strangers give us to send something to. They must not lead into our own network: neither by what they
//! say nor by what their name resolves to at the moment of connecting.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Where a stranger's address may lead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// By HTTPS to hosts of the public internet.
    #[default]
    Public,
    /// Anywhere: for tests and development.
    Anywhere,
}

/// Why an address is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Another scheme.
    #[error("must be an https address")]
    NotHttps,
    /// A user name or a password in it.
    #[error("must not hold a user name or a password")]
    Credentials,
    /// A host of a network of its own.
    #[error("must be a host of the public internet")]
    NotPublic,
}

impl Reach {
    /// Whether an address may be taken. What its name resolves to is seen only when it is used.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check(self, url: &Url) -> Result<(), Refused> {
        let is_plain = url.scheme() == "http" && self == Self::Anywhere;
        if url.scheme() != "https" && !is_plain {
            return Err(Refused::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let is_public = match url.host() {
            None => false,
            Some(Host::Domain(name)) => has_public_form(name),
            Some(Host::Ipv4(address)) => is_public(address.into()),
            Some(Host::Ipv6(address)) => is_public(address.into()),
        };
        if is_public || self == Self::Anywhere {
            Ok(())
        } else {
            Err(Refused::NotPublic)
        }
    }

    /// Limits a client to it.
    pub(crate) fn limit(self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        match self {
            Self::Public => builder.https_only(true).dns_resolver(Arc::new(PublicOnly)),
            Self::Anywhere => builder,
        }
    }
}

/// A name with a dot and not one that means this machine or this network (RFC 6761, RFC 6762, RFC 8375).
fn has_public_form(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    name.contains('.')
        && !["localhost", "local", "internal", "arpa", "invalid", "test"].contains(&last)
}

/// Resolves names, and keeps of their addresses those of the public internet.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|at| is_public(at.ip())).collect();
            if public.is_empty() {
                return Err(Refused::NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to the public internet, by the special-purpose registries of IANA.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_public_v4(mapped),
            None => is_public_v6(address),
        },
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 240..=255, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=239, ..)
    );
    !is_special
}

/// Global unicast (2000::/3) without what stands for other addresses or for none: Teredo and the rest of 2001::/23, the
/// documentation ranges, 6to4.
const fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_global = a & 0xe000 == 0x2000;
    let is_special =
        (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || a == 0x2002 || (a == 0x3fff && b < 0x1000);
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://push.example.com/a", Ok(()))]
    #[case("https://93.184.216.34/", Ok(()))]
    #[case("https://[2606:2800:220:1::1]/", Ok(()))]
    #[case("http://push.example.com/", Err(Refused::NotHttps))]
    #[case("ftp://push.example.com/", Err(Refused::NotHttps))]
    #[case("https://user@push.example.com/", Err(Refused::Credentials))]
    #[case("https://:pass@push.example.com/", Err(Refused::Credentials))]
    #[case("https://localhost/", Err(Refused::NotPublic))]
    #[case("https://api.localhost./", Err(Refused::NotPublic))]
    #[case("https://metadata.google.internal/", Err(Refused::NotPublic))]
    #[case("https://printer/", Err(Refused::NotPublic))]
    #[case("https://127.0.0.1/", Err(Refused::NotPublic))]
    #[case("https://127.1/", Err(Refused::NotPublic))]
    #[case("https://0x7f000001/", Err(Refused::NotPublic))]
    #[case("https://2130706433/", Err(Refused::NotPublic))]
    #[case("https://0.0.0.0/", Err(Refused::NotPublic))]
    #[case("https://10.1.2.3/", Err(Refused::NotPublic))]
    #[case("https://172.31.0.1/", Err(Refused::NotPublic))]
    #[case("https://192.168.1.1/", Err(Refused::NotPublic))]
    #[case("https://169.254.169.254/", Err(Refused::NotPublic))]
    #[case("https://100.64.0.1/", Err(Refused::NotPublic))]
    #[case("https://[::1]/", Err(Refused::NotPublic))]
    #[case("https://[::ffff:127.0.0.1]/", Err(Refused::NotPublic))]
    #[case("https://[fe80::1]/", Err(Refused::NotPublic))]
    #[case("https://[fd00::1]/", Err(Refused::NotPublic))]
    #[case("https://[64:ff9b::7f00:1]/", Err(Refused::NotPublic))]
    #[case("https://[2002:7f00:1::]/", Err(Refused::NotPublic))]
    fn addresses(#[case] address: &str, #[case] expected: Result<(), Refused>) {
        let url = Url::parse(address).expect("a URL");
        assert_eq!(Reach::Public.check(&url), expected);
    }

    #[test]
    fn anywhere_is_for_tests() {
        let url = Url::parse("http://127.0.0.1:9/").expect("a URL");
        assert_eq!(Reach::Anywhere.check(&url), Ok(()));
    }

    /// `localhost` has the form of a public name for nobody, so what is tried here is the resolver alone.
    #[tokio::test]
    async fn a_name_that_leads_here_is_not_connected_to() {
        let resolved = PublicOnly
            .resolve("localhost".parse().expect("a name"))
            .await;
        let refused = resolved.err().expect("refused");
        assert_eq!(refused.downcast_ref(), Some(&Refused::NotPublic));
    }
}
