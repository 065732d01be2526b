//! Where a credential may be sent: host patterns and their comparison.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// A host to which credentials may go: `api.example.com`, `*.example.com`, either with `:port`.
/// Kept as URLs keep hosts: lower case, IDNA, no trailing dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostPattern {
    /// Any host below `host`, but not `host` itself.
    wildcard: bool,
    host: String,
    /// `None`: the usual port of the scheme.
    port: Option<u16>,
}

/// What a host pattern must look like, for messages.
pub(crate) const EXPECTED: &str = "a host such as api.example.com or *.example.com (at least two fixed labels, no public suffix), with :port if needed";

impl HostPattern {
    /// Reads a pattern without placeholders. `loopback` tells whether loopback hosts are welcome
    /// (only custom services may name them). `None`: not a host, an IP address, or one that would
    /// cover hosts of many owners (a public suffix).
    pub fn parse(text: &str, loopback: bool) -> Option<Self> {
        let (wildcard, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if rest.contains(['/', '?', '#', '@', '\\', '*', '{', '}', '%'])
            || rest.contains(char::is_whitespace)
        {
            return None;
        }
        let url = Url::parse(&format!("https://{rest}/")).ok()?;
        let port_written = rest
            .rfind(':')
            .is_some_and(|colon| !rest[colon..].contains(']'));
        let port = if port_written {
            url.port_or_known_default()
        } else {
            None
        };
        let host = without_trailing_dot(url.host_str()?);
        // No name has an empty label, and nothing listens on port 0.
        if port == Some(0) || host.split('.').any(str::is_empty) {
            return None;
        }
        let pattern = HostPattern {
            wildcard,
            host: host.to_owned(),
            port,
        };
        if is_loopback(&url) {
            return (loopback && !wildcard).then_some(pattern);
        }
        let labels = host.split('.').count();
        let owned =
            matches!(url.host(), Some(Host::Domain(_))) && labels >= 2 && !is_public_suffix(host);
        owned.then_some(pattern)
    }

    /// Whether a request to `url` goes to a host of this pattern, on its port.
    pub fn matches(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().map(without_trailing_dot) else {
            return false;
        };
        let host_fits = if self.wildcard {
            host.strip_suffix(&self.host)
                .is_some_and(|below| below.len() > 1 && below.ends_with('.'))
        } else {
            host == self.host
        };
        // `Url::port` is `None` for the usual port of the scheme.
        let port_fits = self.port.map_or(url.port().is_none(), |port| {
            url.port_or_known_default() == Some(port)
        });
        host_fits && port_fits
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.wildcard { "*." } else { "" };
        write!(f, "{star}{}", self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// Whether `url` names this machine itself.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => without_trailing_dot(name) == "localhost",
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
        None => false,
    }
}

/// Host and port as a message names them.
pub(crate) fn host_and_port(url: &Url) -> String {
    let host = url.host_str().map_or("no host", without_trailing_dot);
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn without_trailing_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

/// Whether anybody may register names below `host` (public suffix list).
fn is_public_suffix(host: &str) -> bool {
    psl::suffix_str(host).is_some_and(|suffix| suffix == host)
}
