//! What a request passes before the router sees it, and what every answer bears for browsers.
//!
//! Whoever is refused here has cost no more than the reading of a head.

use super::{
    clients::{Client, X_FORWARDED_FOR},
    cors::{Cors, is_preflight, preflight},
    hosts::AllowedHosts,
    negotiation::check_accept,
    problems::Problem,
};
use crate::{
    limits::Limit,
    settings::{Networks, Settings},
};
use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue, Request,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    response::Response,
};
use std::{
    net::IpAddr,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Instant,
};

/// For answers that are data: nothing in them is to be run or shown.
const OF_DATA: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// For pages that say nothing better themselves.
const OF_PAGES: HeaderValue =
    HeaderValue::from_static("frame-ancestors 'none'; base-uri 'none'; object-src 'none'");

pub struct Doors {
    hosts: AllowedHosts,
    proxies: Networks,
    requests: Limit,
    cors: Option<Cors>,
    hsts: Option<HeaderValue>,
    /// Whether it was told that a proxy seems to be missing among those that are trusted.
    is_told: AtomicBool,
}

impl Doors {
    /// As the settings have them.
    pub fn of(settings: &Settings) -> Doors {
        let is_https = settings.public_url.starts_with("https://");
        let hsts_s = settings.hsts.as_secs();
        let hsts = HeaderValue::try_from(format!("max-age={hsts_s}")).ok();
        Doors {
            hosts: AllowedHosts::new(&settings.allowed_hosts),
            proxies: settings.trusted_proxies.clone(),
            requests: Limit::per_second(settings.rate_limit_address),
            cors: Cors::new(&settings.cors_origins),
            hsts: hsts.filter(|_| is_https && hsts_s > 0),
            is_told: AtomicBool::new(false),
        }
    }

    /// Open to any host, and to everybody as often as he likes.
    pub fn open() -> Doors {
        let hosts = AllowedHosts::new(&["*".to_owned()]);
        Doors {
            hosts,
            proxies: Networks::NONE,
            requests: Limit::per_second(0),
            cors: None,
            hsts: None,
            is_told: AtomicBool::new(false),
        }
    }

    #[cfg(test)]
    pub fn to(host: &str) -> Doors {
        Doors { hosts: AllowedHosts::new(&[host.to_owned()]), ..Doors::open() }
    }

    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let client = Client::of(peer, headers, &self.proxies);
        let seems_forwarded = || client.0 == peer && headers.contains_key(X_FORWARDED_FOR);
        if !self.is_told.load(Relaxed) && seems_forwarded() && !self.is_told.swap(true, Relaxed) {
            tracing::warn!(
                %peer,
                "X-Forwarded-For is not believed; if this is a proxy of yours, add it to trusted_proxies"
            );
        }
        client
    }

    /// Where a page stands that may read the answer.
    pub(super) fn reader(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        self.cors.as_ref()?.reader(headers)
    }

    /// Lets a request in, or answers it.
    pub(super) fn enter<B>(
        &self,
        request: &Request<B>,
        client: Client,
        reader: Option<&HeaderValue>,
        now: Instant,
    ) -> Result<Option<Response>, Problem> {
        let (uri, headers) = (request.uri(), request.headers());
        self.hosts.check(request.version(), uri, headers)?;
        if is_counted(uri.path()) {
            let taken = self.requests.check_source(client, now);
            taken.map_err(|late| Problem::rate_limited("this address", late))?;
        }
        if reader.is_some() && is_preflight(request) {
            return Ok(Some(preflight()));
        }
        if uri.path().starts_with("/api") {
            check_accept(request.method(), uri, headers)?;
        }
        Ok(None)
    }

    /// What every answer says to browsers, whatever it is.
    pub(super) fn dress(&self, headers: &mut HeaderMap, reader: Option<HeaderValue>) {
        guard(headers);
        // What does not say that anybody may keep it is for who asked.
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        }
        if let Some(hsts) = &self.hsts {
            headers.insert(STRICT_TRANSPORT_SECURITY, hsts.clone());
        }
        if let Some(cors) = &self.cors {
            cors.mark(reader, headers);
        }
    }
}

/// Against answers that are taken for what they are not.
pub(super) fn guard(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let kind = headers.get(CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        // Whoever opens it in a window of his own has no hold on that window.
        headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    }
    // A page knows better what it needs.
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, if is_page { OF_PAGES } else { OF_DATA });
    }
}

/// Whether requests to this path are counted. Those who ask for the node's health are machines, and
/// must not take it for dead because it is busy.
pub fn is_counted(path: &str) -> bool {
    !path.starts_with("/health/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_say_itself_what_it_needs() {
        for (kind, own, policy) in [
            (Some("application/json"), None, OF_DATA),
            (Some("application/problem+json"), None, OF_DATA),
            (None, None, OF_DATA),
            (Some("text/html; charset=utf-8"), None, OF_PAGES),
            (
                Some("text/html"),
                Some("default-src 'self'"),
                HeaderValue::from_static("default-src 'self'"),
            ),
        ] {
            let mut headers = HeaderMap::new();
            kind.map(|kind| headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind)));
            own.map(|own| headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(own)));
            guard(&mut headers);
            assert_eq!(headers[CONTENT_SECURITY_POLICY], policy, "{kind:?}");
            let is_page = kind.is_some_and(|kind| kind.starts_with("text/html"));
            assert_eq!(headers.contains_key(OPENER_POLICY), is_page, "{kind:?}");
        }
    }

    #[test]
    fn browsers_are_told_to_insist_on_https_where_there_is_https() {
        for (url, hsts, told) in [
            ("https://shop.example", "365d", Some("max-age=31536000")),
            ("https://shop.example", "0s", None),
            ("http://shop.example", "365d", None),
        ] {
            let flags = [("public_url", url), ("hsts", hsts)];
            let flags = flags.map(|(name, text)| (name.to_owned(), text.to_owned()));
            let settings = Settings::resolve(None, &[], &flags).unwrap();
            let mut headers = HeaderMap::new();
            Doors::of(&settings).dress(&mut headers, None);
            let header = headers.get(STRICT_TRANSPORT_SECURITY).map(|v| v.to_str().unwrap());
            assert_eq!(header, told, "{url} {hsts}");
        }
    }
}
