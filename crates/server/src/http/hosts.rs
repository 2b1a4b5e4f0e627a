//! Which host names requests may use.
//!
//! Links are never built from what a request says, so this only keeps out those that reach the
//! shop under a name it does not know (DNS rebinding, a stray proxy).

use super::{codes, problems::Problem};
use axum::http::{HeaderMap, Uri, Version, header};

/// Probes come by address, and learn nothing that a name would protect.
const OPEN_TO_ANY_HOST: &[&str] = &["/health/", "/metrics"];

pub struct AllowedHosts {
    any: bool,
    names: Vec<String>,
    /// `.example.com`: the domain and all below it.
    domains: Vec<String>,
}

impl AllowedHosts {
    pub fn new(hosts: &[String]) -> AllowedHosts {
        let (domains, names): (Vec<String>, Vec<String>) =
            hosts.iter().map(|host| bracketed(host)).partition(|host| host.starts_with('.'));
        AllowedHosts { any: names.iter().any(|name| name == "*"), names, domains }
    }

    /// Refuses a request to a host that is not ours, or to none or several.
    pub fn check(&self, version: Version, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let mut named = headers.get_all(header::HOST).iter();
        let host = named.next();
        if host.is_none() && version >= Version::HTTP_11 {
            return Err(Problem::bad_request("a request needs a Host header"));
        }
        if named.next().is_some() {
            return Err(Problem::bad_request("a request has one Host header, not several"));
        }
        if self.any || OPEN_TO_ANY_HOST.iter().any(|open| uri.path().starts_with(open)) {
            return Ok(());
        }
        // A target with a host of its own (as for a proxy) goes before the header.
        let name = match (uri.host(), host) {
            (Some(name), _) => Some(name),
            (None, Some(host)) => host.to_str().ok().and_then(without_port),
            // HTTP/1.0 may leave it out.
            (None, None) => return Ok(()),
        };
        match name {
            Some(name) if self.allows(name) => Ok(()),
            _ => {
                let detail = "the setting allowed_hosts does not have the host of this request";
                Err(Problem::new(codes::HOST_NOT_ALLOWED, detail))
            }
        }
    }

    fn allows(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name);
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
            || self.domains.iter().any(|domain| within(name, domain))
    }
}

/// Whether a name is the domain (written with its leading dot) or below it.
fn within(name: &str, domain: &str) -> bool {
    let start = name.len().checked_sub(domain.len());
    let below = start.and_then(|start| name.get(start..));
    below.is_some_and(|end| end.eq_ignore_ascii_case(domain))
        || name.eq_ignore_ascii_case(&domain[1..])
}

/// An IPv6 address is in brackets in a Host header, and often not in a settings file.
fn bracketed(host: &str) -> String {
    match host.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => host.to_owned(),
    }
}

fn without_port(host: &str) -> Option<&str> {
    let end = match host.find(']') {
        Some(end) if host.starts_with('[') => end + 1,
        _ => host.find(':').unwrap_or(host.len()),
    };
    let (name, port) = host.split_at(end);
    let digits = port.strip_prefix(':').unwrap_or(port);
    let well_formed =
        digits.bytes().all(|b| b.is_ascii_digit()) && (port.is_empty() || port.starts_with(':'));
    (well_formed && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    fn check(hosts: &[&str], version: Version, uri: &str, named: &[&str]) -> Option<&'static str> {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut headers = HeaderMap::new();
        for host in named {
            headers.append(header::HOST, host.parse().unwrap());
        }
        let checked = AllowedHosts::new(&hosts).check(version, &uri.parse().unwrap(), &headers);
        checked.err().map(|problem| {
            assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
            problem.code().name
        })
    }

    #[test]
    fn only_known_hosts_are_served() {
        let ours = ["shop.example.com", "localhost", "::1", ".example.org"];
        for (host, ok) in [
            ("shop.example.com", true),
            ("SHOP.example.com:8000", true),
            ("shop.example.com.", true),
            ("localhost:1", true),
            ("[::1]:8000", true),
            ("[::1]", true),
            ("example.org", true),
            ("a.b.example.org:80", true),
            ("badexample.org", false),
            ("evil.example", false),
            ("shop.example.com.evil.example", false),
            ("shop.example.com:80@evil.example", false),
            ("[::2]", false),
            ("", false),
            (":80", false),
        ] {
            let refused = check(&ours, Version::HTTP_11, "/api", &[host]);
            assert_eq!(refused, (!ok).then_some("host_not_allowed"), "{host}");
        }
    }

    #[test]
    fn a_request_names_one_host() {
        let ours = ["localhost"];
        for (version, uri, named, refused) in [
            (Version::HTTP_11, "/", vec![], Some("bad_request")),
            (Version::HTTP_10, "/", vec![], None),
            (Version::HTTP_11, "/", vec!["localhost", "localhost"], Some("bad_request")),
            (Version::HTTP_11, "http://evil/", vec!["localhost"], Some("host_not_allowed")),
            (Version::HTTP_11, "http://localhost:8/", vec!["evil"], None),
            (Version::HTTP_11, "/health/live", vec!["10.0.0.7:8000"], None),
            (Version::HTTP_11, "/metrics", vec!["10.0.0.7:8000"], None),
        ] {
            assert_eq!(check(&ours, version, uri, &named), refused, "{uri} {named:?}");
        }
        assert_eq!(check(&["*"], Version::HTTP_11, "/", &["evil"]), None);
    }
}
