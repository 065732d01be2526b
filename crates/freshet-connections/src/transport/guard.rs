//! The address guard: which addresses no request may go to.
//!
//! Addresses of cloud metadata services are always refused: they hand the machine's own
//! credentials to whoever asks. With `refuse_private` every address that is not public is refused
//! too. An address is judged in two places, and both are needed: literals after the address of the
//! request was parsed (a resolver is never asked about them), and names when they are resolved, so
//! that the address checked is the address connected to and a name cannot change in between.

use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Metadata services by address: AWS, Google, Azure, Oracle, DigitalOcean and OpenStack share the
/// first; then AWS containers (task roles, pod identity), Alibaba, Azure's wire server, Tencent,
/// and an older address of Oracle.
const METADATA_V4: [Ipv4Addr; 7] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(169, 254, 0, 23),
    Ipv4Addr::new(192, 0, 0, 192),
];

/// The same over IPv6: AWS instances, AWS pod identity, Google.
const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254),
    Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0023),
    Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254),
];

/// Names that always mean a metadata service. Refused by name as well, since behind a proxy the
/// name is never resolved here.
const METADATA_NAMES: [&str; 2] = ["metadata.google.internal", "metadata.goog"];

/// Networks that are not the public Internet, as (first address, bits of the prefix):
/// the special-purpose registry of RFC 6890, multicast and the reserved last sixteenth.
const PRIVATE_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The same over IPv6, without the forms that carry an IPv4 address (see [`embedded_v4`]).
/// `64:ff9b:1::/48` is NAT64 inside one network (RFC 8215); Teredo (`2001::/32`) hides its target.
const PRIVATE_V6: [(Ipv6Addr, u32); 10] = [
    (Ipv6Addr::UNSPECIFIED, 128),
    (Ipv6Addr::LOCALHOST, 128),
    (Ipv6Addr::new(0x0064, 0xff9b, 1, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x0100, 0, 0, 0, 0, 0, 0, 0), 64),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),
];

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The host as it stood in the address of the request.
    pub host: String,
    /// The address it leads to, or the host again where a name is refused as such.
    pub address: String,
    /// True for a metadata service (always refused), false for a private address.
    pub metadata: bool,
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} leads to a refused address", self.host)
    }
}

impl StdError for Refused {}

/// The rules in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    /// Refuse private addresses as well.
    pub refuse_private: bool,
    /// Host names of the proxies from the environment. The user put them there, so a private
    /// address is all right for them; metadata services are not.
    pub proxies: Vec<String>,
}

impl Guard {
    /// Checks the host of an address as far as that goes without resolving it.
    pub(crate) fn check_url(&self, url: &Url) -> Result<(), Refused> {
        match url.host() {
            Some(Host::Ipv4(address)) => self.check(&address.to_string(), IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.check(&format!("[{address}]"), IpAddr::V6(address)),
            Some(Host::Domain(name)) => {
                let bare = name.strip_suffix('.').unwrap_or(name);
                if METADATA_NAMES
                    .iter()
                    .any(|known| bare.eq_ignore_ascii_case(known))
                {
                    let (host, address) = (name.to_owned(), bare.to_owned());
                    return Err(Refused {
                        host,
                        address,
                        metadata: true,
                    });
                }
                // These names mean this machine wherever they are asked for (RFC 6761, 6.3).
                let own = bare.eq_ignore_ascii_case("localhost") || bare.ends_with(".localhost");
                if own && self.refuse_private {
                    let (host, address) = (name.to_owned(), bare.to_owned());
                    return Err(Refused {
                        host,
                        address,
                        metadata: false,
                    });
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Judges one address that `host` leads to.
    pub(crate) fn check(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        let metadata = is_metadata(address);
        let exempt = self
            .proxies
            .iter()
            .any(|proxy| proxy.eq_ignore_ascii_case(host));
        if metadata || (self.refuse_private && !exempt && is_private(address)) {
            return Err(Refused {
                host: host.to_owned(),
                address: address.to_string(),
                metadata,
            });
        }
        Ok(())
    }
}

/// Asks another resolver and refuses a name if *any* of its addresses is refused: one that has a
/// public and a private address could else be tried until the private one answers.
pub(crate) struct GuardedResolver<R> {
    pub guard: Arc<Guard>,
    pub asked: R,
}

impl<R: Resolve> Resolve for GuardedResolver<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.guard);
        let host = name.as_str().to_owned();
        let looking = self.asked.resolve(name);
        Box::pin(async move {
            let found: Vec<SocketAddr> = looking.await?.collect();
            for address in &found {
                guard.check(&host, address.ip())?;
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// The resolver of the system.
pub(crate) struct OfTheSystem;

impl Resolve for OfTheSystem {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => METADATA_V4.contains(&address),
        IpAddr::V6(address) => {
            METADATA_V6.contains(&address)
                || embedded_v4(address).is_some_and(|inner| METADATA_V4.contains(&inner))
        }
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            let listed = PRIVATE_V6
                .iter()
                .any(|(network, prefix)| (bits ^ u128::from(*network)) >> (128 - prefix) == 0);
            listed || embedded_v4(address).is_some_and(is_private_v4)
        }
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    PRIVATE_V4
        .iter()
        .any(|(network, prefix)| (bits ^ u32::from(*network)) >> (32 - prefix) == 0)
}

/// The IPv4 address inside an IPv6 one that is translated to it on the way: mapped
/// (`::ffff:a.b.c.d`), compatible (`::a.b.c.d`), NAT64 (`64:ff9b::a.b.c.d`, RFC 6052) and 6to4
/// (`2002:aabb:ccdd::`, RFC 3056). Judged by what is inside rather than refused whole, because a
/// network with IPv6 alone reaches the public IPv4 Internet by NAT64.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let joined = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0 | 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => Some(joined(g, h)),
        [0x2002, high, low, ..] => Some(joined(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test stops at the first surprise"
    )]
    use std::net::TcpListener;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::transport::cause::{self, Cause};

    fn verdict(address: &str, refuse_private: bool) -> Option<bool> {
        let guard = Guard {
            refuse_private,
            ..Guard::default()
        };
        let url = Url::parse(address).unwrap();
        guard.check_url(&url).err().map(|refused| refused.metadata)
    }

    #[test]
    fn metadata_services_are_refused_in_every_spelling() {
        for address in [
            "http://169.254.169.254/latest/meta-data/",
            "http://2852039166/",
            "http://0xa9fea9fe/",
            "http://0251.0376.0251.0376/",
            "http://[::ffff:169.254.169.254]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://[2002:a9fe:a9fe::1]/",
            "http://[fd00:ec2::254]/",
            "http://100.100.100.200/",
            "http://METADATA.google.internal./",
        ] {
            assert_eq!(verdict(address, false), Some(true), "{address}");
            assert_eq!(verdict(address, true), Some(true), "{address}");
        }
    }

    #[test]
    fn private_addresses_are_refused_only_when_asked() {
        for address in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://0.0.0.0/",
            "http://[::]/",
            "http://[::1]/",
            "http://10.1.2.3/",
            "http://172.31.255.255/",
            "http://192.168.0.1/",
            "http://100.64.0.1/",
            "http://100.127.255.255/",
            "http://169.254.1.1/",
            "http://255.255.255.255/",
            "http://[fd12::1]/",
            "http://[fe80::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[64:ff9b::]/",
            "http://[64:ff9b::10.0.0.1]/",
            "http://[64:ff9b:1::1]/",
            "http://[2002:7f00:1::]/",
        ] {
            assert_eq!(verdict(address, false), None, "{address}");
            assert_eq!(verdict(address, true), Some(false), "{address}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for address in [
            "http://8.8.8.8/",
            "http://172.32.0.1/",
            "http://100.128.0.1/",
            "http://[2606:4700::1111]/",
            "http://[64:ff9b::808:808]/",
            "https://api.example.com/",
        ] {
            assert_eq!(verdict(address, true), None, "{address}");
        }
    }

    /// Knows one name, which leads elsewhere at each look-up.
    struct Scripted(Mutex<Vec<Vec<SocketAddr>>>);

    impl Resolve for Scripted {
        fn resolve(&self, _: Name) -> Resolving {
            let next = self.0.lock().unwrap().remove(0);
            Box::pin(async move { Ok(Box::new(next.into_iter()) as Addrs) })
        }
    }

    /// A server that answers one request a connection, and counts connections.
    fn server() -> (SocketAddr, Arc<AtomicUsize>) {
        use std::io::{Read, Write};
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let counting = Arc::clone(&count);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                counting.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                );
            }
        });
        (address, count)
    }

    /// What becomes of one request after another to a name with these addresses at each look-up: the address that was
    /// refused, if one was; and how many connections the server got whose address `here` stands for.
    fn asked(
        refuse_private: bool,
        lookups: impl Fn(SocketAddr) -> Vec<Vec<SocketAddr>>,
    ) -> (Vec<Option<String>>, usize) {
        let (here, count) = server();
        let lookups = lookups(here);
        let times = lookups.len();
        let guard = Arc::new(Guard {
            refuse_private,
            ..Guard::default()
        });
        let resolver = GuardedResolver {
            guard,
            asked: Scripted(Mutex::new(lookups)),
        };
        let client = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .dns_resolver(resolver)
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let url = format!("http://name.example:{}/", here.port());
        let outcomes = (0..times).map(|_| {
            let failed = runtime.block_on(client.get(&url).send()).err()?;
            match cause::of(&failed, false) {
                Cause::Refused(refused) => Some(refused.address),
                _ => Some(failed.to_string()),
            }
        });
        let outcomes = outcomes.collect();
        (outcomes, count.load(Ordering::SeqCst))
    }

    fn at(address: &str) -> SocketAddr {
        SocketAddr::new(address.parse().unwrap(), 0)
    }

    /// Rebinding: a name is judged by all its addresses, at each look-up anew, and nothing is sent.
    #[test]
    fn a_name_is_refused_for_any_of_its_addresses() {
        let local = |here: SocketAddr| SocketAddr::new(here.ip(), 0);
        for inner in [
            "10.0.0.1",
            "100.64.0.1",
            "169.254.1.1",
            "fd12::1",
            "fe80::1",
            "64:ff9b::10.0.0.1",
        ] {
            let both = |_| {
                vec![
                    vec![at("8.8.8.8"), at(inner)],
                    vec![at(inner), at("8.8.8.8")],
                ]
            };
            let told = at(inner).ip().to_string();
            let expected = vec![Some(told.clone()), Some(told)];
            assert_eq!(asked(true, both), (expected, 0), "{inner}");
        }
        for inner in [
            "169.254.169.254",
            "64:ff9b::169.254.169.254",
            "fd00:ec2::254",
        ] {
            // The one that may be called stands first, and is not called either.
            let both = |here| vec![vec![local(here), at(inner)]];
            let told = at(inner).ip().to_string();
            assert_eq!(asked(false, both), (vec![Some(told)], 0), "{inner}");
        }
    }

    #[test]
    fn a_name_that_changes_is_judged_at_each_lookup_and_looked_up_once_a_connection() {
        let changing = |here: SocketAddr| {
            let here = SocketAddr::new(here.ip(), 0);
            vec![vec![here], vec![at("169.254.169.254")], vec![here]]
        };
        // A second look-up for one connection would take the answer of the next request.
        let refused = Some("169.254.169.254".to_owned());
        assert_eq!(asked(false, changing), (vec![None, refused, None], 2));
        let private = |here: SocketAddr| vec![vec![SocketAddr::new(here.ip(), 0)]];
        let refused = Some("127.0.0.1".to_owned());
        assert_eq!(asked(true, private), (vec![refused], 0));
    }
}
