//! Whether what clients send can be read on its way.

use super::{Problem, problem};
use crate::{
    http::tls::Tls,
    settings::{Networks, Settings},
};

/// What no shop can be served with.
pub fn wrong(settings: &Settings) -> Option<Problem> {
    let why = Tls::of(settings).err()?;
    Some(problem(
        format!("{why:#}"),
        "Let SUTLER_TLS_CERTIFICATE and SUTLER_TLS_KEY name PEM files of a certificate and its key.",
    ))
}

pub fn unfit(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let is_public = settings.public_url.starts_with("https://");
    if !is_public {
        problems.push(problem(
            format!("public_url is {}: passwords and tokens travel in the clear", settings.public_url),
            "Put a proxy that ends TLS in front, or set SUTLER_TLS_CERTIFICATE and SUTLER_TLS_KEY; and set SUTLER_PUBLIC_URL to the https:// address.",
        ));
    }
    let ends_it_itself = settings.tls_certificate.is_some();
    if is_public && !ends_it_itself && settings.trusted_proxies == Networks::NONE {
        problems.push(problem(
            "trusted_proxies is empty, but something in front of the shop ends TLS: all clients count as one, with its address",
            "Set SUTLER_TRUSTED_PROXIES to the addresses of the proxy, and let it add X-Forwarded-For.",
        ));
    }
    problems
}
