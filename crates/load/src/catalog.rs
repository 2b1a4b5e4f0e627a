//! Learns what the shop sells, by following the cursor links of the product list.
//! A shop with fewer products than asked for is loaded with those it has.

use crate::{desk::Desk, http::Target};
use anyhow::bail;
use serde::Deserialize;
use std::collections::HashSet;

const PAGE: u32 = 100;

/// The products of a run; empty where no request needs them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    pub ids: Vec<u64>,
    /// The product of `hot`, as the JSON that names it in an order.
    pub hot: String,
}

#[derive(Deserialize)]
struct Page {
    next: Option<String>,
    results: Vec<Product>,
}

#[derive(Deserialize)]
struct Product {
    id: u64,
    #[serde(default)]
    quantity: i64,
}

impl Catalog {
    /// Only `reference`, for a run that never looks at another product. As in an address, digits
    /// are an id, and what follows `sku:` is a sku; in a body text is never an id.
    pub fn only(reference: &str) -> Self {
        let plain = !reference.is_empty() && reference.bytes().all(|byte| byte.is_ascii_digit());
        let hot = if plain {
            reference.to_owned()
        } else {
            serde_json::Value::from(reference.strip_prefix("sku:").unwrap_or(reference)).to_string()
        };
        Self { ids: Vec::new(), hot }
    }

    /// The products that have got the first ids of a shop.
    pub fn numbered(products: u32) -> Self {
        Self { ids: (1..=u64::from(products)).collect(), hot: "1".to_owned() }
    }

    pub async fn learn(target: &Target, authorization: &str, wanted: u32) -> anyhow::Result<Self> {
        let mut desk = Desk::new(target);
        let mut path = format!("/api/catalog/products?limit={}&cursor=", wanted.min(PAGE));
        let mut products: Vec<Product> = Vec::new();
        let mut visited = HashSet::new();
        while products.len() < wanted as usize && visited.insert(path.clone()) {
            let page: Page = desk.get(&path, authorization).await?.read("listing products")?;
            products.extend(page.results);
            match page.next {
                Some(next) => path = path_of(&next).to_owned(),
                None => break,
            }
        }
        products.truncate(wanted as usize);
        let Some(fullest) = products.iter().max_by_key(|product| product.quantity) else {
            bail!("the shop has no products: add some, or start one that has with `sutler demo`");
        };
        Ok(Self {
            hot: fullest.id.to_string(),
            ids: products.iter().map(|product| product.id).collect(),
        })
    }
}

/// Links name the public address of the shop, which need not be the one under load.
fn path_of(link: &str) -> &str {
    let Some((_, rest)) = link.split_once("://") else { return link };
    rest.find('/').map_or("/", |slash| &rest[slash..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_products_are_those_from_one_on() {
        let catalog = Catalog { ids: vec![1, 2, 3], hot: "1".to_owned() };
        assert_eq!(Catalog::numbered(3), catalog);
    }

    #[test]
    fn links_lose_their_host_and_keep_their_query() {
        let cases = [
            (
                "http://shop.example/api/catalog/products?cursor=a%2Fb",
                "/api/catalog/products?cursor=a%2Fb",
            ),
            ("/api/catalog/products?cursor=x", "/api/catalog/products?cursor=x"),
            ("http://shop.example", "/"),
        ];
        for (link, path) in cases {
            assert_eq!(path_of(link), path);
        }
    }

    #[test]
    fn a_reference_of_digits_is_a_number_and_any_other_a_string() {
        for (reference, json) in
            [("17", "17"), ("sku:17", "\"17\""), ("a\"b", "\"a\\\"b\""), ("", "\"\"")]
        {
            assert_eq!(Catalog::only(reference).hot, json);
        }
    }
}
