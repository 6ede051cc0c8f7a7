//! Where requests may go whose address a stranger has chosen (a customer's webhook). Not into our own network: the address
//! is looked at after its name was resolved, and the one that was looked at is the one that is connected to, so that a name
//! which resolves to something else a moment later gains nothing.

pub mod addresses;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::ensure;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::settings::Environment;

/// Below this only 80 and 443 are for web servers; mail, remote shells and file shares live there.
const FIRST_FREE_PORT: u16 = 1024;
/// Ports above it that browsers refuse too, because they speak something else (the Fetch standard, "bad port").
const BAD_PORTS: [u16; 19] = [
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
    6679, 6697, 10080,
];

/// Top-level names of no public host.
const PRIVATE_DOMAINS: [&str; 5] = ["localhost", "local", "internal", "arpa", "invalid"];

/// Why a request may not go there. It says nothing of what a name resolved to: that is none of the stranger's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not https, and http is not allowed here.
    #[error("must start with https://")]
    Insecure,
    /// Neither http nor https.
    #[error("must be an http or https address")]
    Scheme,
    /// A user or a password stands in it.
    #[error("must not hold a user name or a password")]
    Userinfo,
    /// A port at which no web server is to be expected.
    #[error("must use port 443, 80, or one from 1024 on that web servers use")]
    Port,
    /// An address that is not of the public internet.
    #[error("must be an address of the public internet")]
    Address,
}

/// Where requests may go. Cheap to clone.
#[derive(Clone)]
pub struct Egress {
    allows_http: bool,
    allows_loopback: bool,
    lookup: Lookup,
}

/// How a name is resolved.
type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> + Send + Sync>;

impl Egress {
    /// To the public internet, in production by https only. `allow_loopback` lets requests go to this very machine too, for
    /// development and tests.
    ///
    /// # Errors
    /// When loopback is to be allowed in production.
    pub fn new(environment: Environment, allow_loopback: bool) -> anyhow::Result<Self> {
        let is_production = environment == Environment::Production;
        ensure!(
            !(is_production && allow_loopback),
            "this very machine may be reached (CALLBOARD__WEBHOOKS__ALLOW_LOOPBACK, CALLBOARD__PUSH__ALLOW_PRIVATE) in development only; in production unset it"
        );
        Ok(Self {
            allows_http: !is_production,
            allows_loopback: allow_loopback,
            lookup: Arc::new(|name| Box::pin(system_lookup(name))),
        })
    }

    /// As it is, by https only.
    #[must_use]
    pub fn https_only(mut self) -> Self {
        self.allows_http = false;
        self
    }

    /// As it is, with another way to resolve names.
    #[must_use]
    pub fn with_lookup<F, Fut>(mut self, lookup: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = std::io::Result<Vec<IpAddr>>> + Send + 'static,
    {
        self.lookup = Arc::new(move |name| Box::pin(lookup(name)));
        self
    }

    /// Looks at an address as far as it says by itself where it leads. A name is looked at again when it is resolved.
    ///
    /// # Errors
    /// Why no request may go there.
    pub fn check(&self, url: &Url) -> Result<(), Refusal> {
        match url.scheme() {
            "https" => {}
            "http" if self.allows_http => {}
            "http" => return Err(Refusal::Insecure),
            _ => return Err(Refusal::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Userinfo);
        }
        let port = url.port_or_known_default().ok_or(Refusal::Port)?;
        if !matches!(port, 80 | 443) && (port < FIRST_FREE_PORT || BAD_PORTS.contains(&port)) {
            return Err(Refusal::Port);
        }
        // The URL's own parser has read 2130706433, 0x7f.1 and 0177.0.0.1 as what they are.
        let literal = match url.host() {
            Some(Host::Domain(name)) if self.allows_loopback || has_public_form(name) => {
                return Ok(());
            }
            Some(Host::Domain(_)) => return Err(Refusal::Address),
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            None => return Err(Refusal::Scheme),
        };
        if self.allows(literal) {
            Ok(())
        } else {
            Err(Refusal::Address)
        }
    }

    fn allows(&self, address: IpAddr) -> bool {
        addresses::is_public(address) || (self.allows_loopback && addresses::is_loopback(address))
    }

    /// What a client resolves names with: only addresses that are allowed come out of it.
    pub(crate) fn resolver(&self) -> Guard {
        Guard(self.clone())
    }
}

/// A name with a dot and not one that means this machine or this network (RFC 6761, RFC 6762, RFC 8375).
fn has_public_form(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    name.contains('.') && !PRIVATE_DOMAINS.contains(&last)
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Egress")
            .field("allows_http", &self.allows_http)
            .field("allows_loopback", &self.allows_loopback)
            .finish_non_exhaustive()
    }
}

async fn system_lookup(name: String) -> std::io::Result<Vec<IpAddr>> {
    let found = tokio::net::lookup_host((name, 0)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Resolves names to allowed addresses.
#[derive(Debug)]
pub(crate) struct Guard(Egress);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let egress = self.0.clone();
        let found = (egress.lookup)(name.as_str().to_owned());
        Box::pin(async move {
            let allowed: Vec<SocketAddr> = found
                .await?
                .into_iter()
                .filter(|address| egress.allows(*address))
                // The client puts the URL's port in the place of 0.
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            if allowed.is_empty() {
                return Err(Refusal::Address.into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}

/// The refusal at the bottom of what a client says went wrong, if it is one.
#[must_use]
pub fn refusal(error: &(dyn std::error::Error + 'static)) -> Option<Refusal> {
    std::iter::successors(Some(error), |error| error.source())
        .find_map(|error| error.downcast_ref::<Refusal>().copied())
}
