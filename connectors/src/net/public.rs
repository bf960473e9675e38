//! Which addresses may be asked.

use super::Reach;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::Url;

/// Looks names up, and lets only addresses within reach through.
#[derive(Debug)]
pub(super) struct Within {
    reach: Reach,
    /// The hosts of the operator's own proxies, which may stand inside. Behind one, it is the proxy that decides where names
    /// lead.
    proxies: Vec<String>,
}

impl Within {
    pub(super) fn new(reach: Reach, proxies: Vec<String>) -> Self {
        Self { reach, proxies }
    }
}

/// The hosts of the operator's own proxies, as the environment names them.
pub(super) fn proxies() -> Vec<String> {
    let variables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let host = |address: String| {
        let address = if address.contains("://") { address } else { format!("http://{address}") };
        Url::parse(&address).ok()?.host_str().map(str::to_lowercase)
    };
    variables.into_iter().filter_map(|name| host(std::env::var(name).ok()?)).collect()
}

impl Resolve for Within {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let (any, reach) = (self.proxies.contains(&name), self.reach);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.into_iter().filter(|at| any || reach.holds(at.ip())).collect();
            if allowed.is_empty() {
                return Err(format!("`{name}` leads to {}", reach.beyond()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

impl Reach {
    /// Whether an address is within it.
    pub(super) fn holds(self, ip: IpAddr) -> bool {
        match self {
            Self::Public => is_public(ip),
            Self::Anywhere => !is_of_the_link(ip),
        }
    }

    /// What an address is that is not.
    pub(super) fn beyond(self) -> &'static str {
        match self {
            Self::Public => "no public address, and the operator of this server allows no others",
            Self::Anywhere => {
                "an address of the link alone, where no vendor is: clouds give out a machine's credentials there"
            }
        }
    }
}

/// Whether an address is of the link alone, or one that a large cloud has for the same in its own network: there machines are told
/// what they are, with what credentials, and nothing that a tenant may ask for.
fn is_of_the_link(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_of_the_link_v4(ip),
        IpAddr::V6(ip) => {
            let is_own = matches!(
                ip.segments(),
                [0xfe80..=0xfebf, ..] | [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]
            );
            // What is translated within one network alone leads nowhere that is public, either.
            let inner = match ip.segments() {
                [0, 0, 0, 0, 0xffff, 0, high, low] | [0x64, 0xff9b, 1, .., high, low] => Some(joined(high, low)),
                _ => within(ip),
            };
            is_own || inner.is_some_and(is_of_the_link_v4)
        }
    }
}

fn is_of_the_link_v4(ip: Ipv4Addr) -> bool {
    ip.is_link_local() || matches!(ip.octets(), [100, 100, 100, 200] | [168, 63, 129, 16])
}

/// Whether an address is one of the public internet (the registries of RFC 6890 and those that came after it).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(a == 0
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
        || a >= 224
        || is_of_the_link_v4(ip))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(ip) = within(ip) {
        return is_public_v4(ip);
    }
    match ip.segments() {
        [0x2001, 0xdb8, ..] => false,
        // Teredo, and others that carry addresses within.
        [0x2001, 0..0x200, ..] => false,
        // What is handed out for public use at all.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

/// The address of the old kind that one stands for: mapped, compatible, translated, and 6to4.
fn within(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => (high, low),
        [0x2002, high, low, ..] => (high, low),
        _ => return None,
    };
    Some(joined(high, low))
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_addresses_are_known_however_they_are_written() {
        for inner in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.53",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "64:ff9b:1::1",
            "100::1",
        ] {
            assert!(!is_public(inner.parse().unwrap()), "{inner}");
        }
        for public in
            ["140.82.112.5", "1.1.1.1", "100.128.0.1", "172.32.0.1", "2606:50c0:8000::153", "64:ff9b::8c52:7005"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn where_a_cloud_tells_credentials_nobody_is_asked_wherever_else_may_be() {
        let holds = |ip: &str| Reach::Anywhere.holds(ip.parse().unwrap());
        for link in [
            "169.254.169.254",
            "169.254.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "fe80::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "100.100.100.200",
            "168.63.129.16",
            "::ffff:0:169.254.169.254",
            "64:ff9b:1::a9fe:a9fe",
        ] {
            assert!(!holds(link) && !is_public(link.parse().unwrap()), "{link}");
        }
        for inner in ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "fd12::1", "140.82.112.5"] {
            assert!(holds(inner), "{inner}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_within_reach_is_looked_up_and_no_other() {
        let look = async |reach: Reach| Within::new(reach, Vec::new()).resolve("localhost".parse().unwrap()).await;
        assert!(look(Reach::Anywhere).await.is_ok());
        let refused = look(Reach::Public).await.err().unwrap().to_string();
        assert!(refused.contains("leads to no public address"), "{refused}");
    }
}
