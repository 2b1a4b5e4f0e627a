//! The token of a guest's cart: whoever shows it has the cart.

use super::{
    parsers::{FromText, Read},
    problems::Problem,
    routes::Header,
};
use crate::secrets::{base64url, random};
use axum::http::HeaderMap;
use domain::{Caller, carts::guest};
use serde_json::{Value, json};
use std::ops::RangeInclusive;

const CART_TOKEN: &str = "cart-token";
const LENGTH: RangeInclusive<usize> = 32..=255;
const PATTERN: &str = "^[!-~]{32,255}$";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartToken(String);

impl CartToken {
    /// One that nobody guesses.
    pub fn make() -> CartToken {
        CartToken(base64url(&random::<32>()))
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whose cart it opens.
    pub fn caller(&self) -> Caller {
        guest(&self.0)
    }

    /// That of a request, if it has one.
    pub fn shown(headers: &HeaderMap) -> Result<Option<CartToken>, Problem> {
        let refused = |why: &str| Problem::invalid_field("Cart-Token", why);
        let mut values = headers.get_all(CART_TOKEN).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(refused("must come once"));
        }
        // What is no ASCII is no character of a token either.
        let text = value.to_str().unwrap_or("\0");
        CartToken::parse(text).map(Some).map_err(|why| refused(&why))
    }

    pub fn header() -> Header {
        Header {
            name: "Cart-Token",
            pattern: PATTERN,
            about: "Whose cart is meant, where nobody has logged in: what the first answer brought as cart_token, or a text of one's own that nobody guesses.",
        }
    }
}

impl FromText for CartToken {
    fn parse(text: &str) -> Read<CartToken> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        match is_plain && LENGTH.contains(&text.len()) {
            true => Ok(CartToken(text.to_owned())),
            false => {
                let (least, most) = (LENGTH.start(), LENGTH.end());
                Err(format!("must be {least} to {most} visible ASCII characters, without spaces"))
            }
        }
    }

    fn schema() -> Value {
        json!({ "type": "string", "pattern": PATTERN,
            "examples": ["3v5y8B_E-rHMbQeThWmZq4t7w9zCxFuJ"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn shown(values: &[&[u8]]) -> Result<Option<CartToken>, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CART_TOKEN, HeaderValue::from_bytes(value).unwrap());
        }
        CartToken::shown(&headers)
    }

    #[test]
    fn a_token_is_32_to_255_visible_characters() {
        for (text, is_one) in [
            ("x".repeat(31), false),
            ("x".repeat(32), true),
            ("!~".repeat(16), true),
            ("x".repeat(255), true),
            ("x".repeat(256), false),
            (format!("{} {}", "x".repeat(20), "x".repeat(20)), false),
            (format!("{}\u{fc}", "x".repeat(40)), false),
            (String::new(), false),
        ] {
            let found = shown(&[text.as_bytes()]);
            assert_eq!(found.is_ok_and(|token| token.is_some()), is_one, "{text}");
        }
        let token = "x".repeat(40);
        assert_eq!(shown(&[]).unwrap(), None);
        let twice = shown(&[token.as_bytes(), token.as_bytes()]).unwrap_err();
        assert_eq!(twice.field_errors()[0].field, "Cart-Token");
    }

    #[test]
    fn what_the_shop_makes_is_a_token_and_never_the_same() {
        let (one, other) = (CartToken::make(), CartToken::make());
        assert_eq!(shown(&[one.text().as_bytes()]).unwrap(), Some(one.clone()));
        assert!(one != other && one.caller() != other.caller());
    }
}
