//! Lists of products, however the statement comes by them: each is what is left of all products when those that
//! do not match are taken out, in its order, by offset and by cursor alike, and so is its count.

use crate::shop::*;
use domain::*;
use std::collections::{BTreeMap, BTreeSet};
use store::{Direction, InStock, Page, ProductFilter, ProductOrder};

on_both_engines!(every_list_is_what_is_left_of_all_products,);

/// More below `wide` than are walked side by side, three below `few`, and a little of everything in `deep`.
const PARENTS: [(&str, Option<&str>); 6] = [
    ("wide", None),
    ("few", None),
    ("few-1", Some("few")),
    ("few-2", Some("few")),
    ("deep", Some("few-2")),
    ("empty", None),
];
const BELOW_WIDE: usize = 36;
const PRODUCTS: usize = 150;

fn slugs() -> Vec<(String, Option<String>)> {
    let named = PARENTS.map(|(slug, parent)| (slug.to_owned(), parent.map(str::to_owned)));
    let below = (0..BELOW_WIDE).map(|at| (format!("wide-{at}"), Some("wide".to_owned())));
    named.into_iter().chain(below).collect()
}

async fn stocked(shop: &Shop) {
    for (slug, parent) in slugs() {
        let name = Text::new("Rack").unwrap();
        let slug = Text::new(&slug).unwrap();
        let parent = parent.map(|parent| Text::new(&parent).unwrap());
        done::<CreateCategory>(
            shop.send(command(Actor::SYSTEM, None, CreateCategory { slug, name, parent })).await,
        );
    }
    let slugs = slugs();
    for at in 0..PRODUCTS {
        // Prices and names that come more than once, and every third is sold out.
        let quantity = if at % 3 == 0 { 0 } else { 5 };
        let mut create = create_product(100 + (at * 7 % 20) as i64 * 10, quantity);
        let Action::Products(products::Action::CreateProduct(product)) = &mut create.action else {
            panic!("it is another command")
        };
        product.name = Text::new(&format!("Tin {}", at * 11 % 40)).unwrap();
        let slug = match at % 4 {
            1 => slugs.get(2),
            2 => slugs.get(3),
            _ => slugs.get(at / 2 % (slugs.len() + 3)),
        };
        product.category = slug.map(|(slug, _)| Text::new(slug).unwrap());
        done::<CreateProduct>(shop.send(create).await);
    }
    let gone = ArchiveProduct { product: ProductRef::Id(ProductId(20)), versions: None };
    done::<ArchiveProduct>(shop.send(command(Actor::SYSTEM, None, gone)).await);
}

/// A category and all below it.
fn within(slug: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::from([slug.to_owned()]);
    for (slug, parent) in slugs() {
        if parent.is_some_and(|parent| found.contains(&parent)) {
            found.insert(slug);
        }
    }
    found
}

fn matches(filter: &ProductFilter, (product, stock): &(Product, Stock)) -> bool {
    let slug = product.category_slug.as_ref().map(|slug| slug.to_string());
    let price = product.price.minor;
    filter.category.as_ref().is_none_or(|of| slug.is_some_and(|slug| within(of).contains(&slug)))
        && filter.min_price_minor.is_none_or(|least| price >= least)
        && filter.max_price_minor.is_none_or(|most| price <= most)
        && filter.in_stock.is_none_or(|asked| match asked {
            InStock::Available => stock.available() > 0,
            InStock::SoldOut => stock.available() <= 0,
            InStock::OnHand => stock.on_hand > 0,
        })
        && (filter.ids.is_empty() || filter.ids.contains(&product.id.0))
}

fn filters() -> Vec<ProductFilter> {
    let mut filters = Vec::new();
    let asked = [None, Some(InStock::Available), Some(InStock::SoldOut), Some(InStock::OnHand)];
    let slugs = [None, Some("wide"), Some("few"), Some("deep"), Some("empty")];
    let prices = [(None, None), (Some(150), None), (None, Some(220)), (Some(150), Some(180))];
    for category in slugs {
        for (min_price_minor, max_price_minor) in prices {
            for in_stock in asked {
                let category = category.map(str::to_owned);
                let (ids, search) = (vec![], None);
                filters.push(ProductFilter {
                    category,
                    min_price_minor,
                    max_price_minor,
                    in_stock,
                    ids,
                    search,
                });
            }
        }
    }
    let ids = vec![9, 8, 20, 31, 77, 9999];
    filters.push(ProductFilter {
        ids,
        in_stock: Some(InStock::Available),
        ..ProductFilter::default()
    });
    filters
}

async fn every_list_is_what_is_left_of_all_products(shop: Shop) {
    stocked(&shop).await;
    let mut all = Vec::new();
    for id in 1..=(PRODUCTS + 3) as i64 {
        all.extend(shop.readers.exact().product(&ProductRef::Id(ProductId(id))).await.unwrap());
    }
    all.retain(|(product, _)| !product.is_archived);
    assert_eq!(all.len(), PRODUCTS + 2);
    let orders = [ProductOrder::Created, ProductOrder::Name, ProductOrder::Price];
    let late = shop.readers.late();
    for filter in filters() {
        let left: Vec<_> = all.iter().filter(|one| matches(&filter, one)).collect();
        let counted = late.count_products(&filter, 1000, 1000).await.unwrap();
        assert_eq!((counted.rows, counted.is_exact), (left.len() as i64, true), "{filter:?}");
        for order in orders {
            let key = |(product, _): &&(Product, Stock)| {
                let key = match order {
                    ProductOrder::Created => (String::new(), 0),
                    ProductOrder::Name => (product.name.to_string(), 0),
                    ProductOrder::Price => (String::new(), product.price.minor),
                };
                (key, product.id.0)
            };
            let sorted: BTreeMap<_, i64> = left.iter().map(|one| (key(one), one.0.id.0)).collect();
            let rising: Vec<i64> = sorted.into_values().collect();
            let falling: Vec<i64> = rising.iter().rev().copied().collect();
            for (direction, expected) in
                [(Direction::Rising, rising), (Direction::Falling, falling)]
            {
                let what = format!("{filter:?} {order:?} {direction:?}");
                let limit = 7;
                // The second and the last page by offset, and what comes after the first by its cursor.
                let first = Page { limit, offset: 0, after: None, direction };
                let first = late.products(&filter, order, first).await.unwrap();
                let ids = |found: &[(Product, Stock)]| -> Vec<i64> {
                    found.iter().map(|(product, _)| product.id.0).collect()
                };
                let piece = |from: usize| -> Vec<i64> {
                    expected.iter().skip(from).take(limit as usize).copied().collect()
                };
                assert_eq!(ids(&first), piece(0), "{what}");
                let Some((last, _)) = first.last() else { continue };
                let after = Some((order.key(last), last.id.0));
                let next = Page { limit, offset: 0, after, direction };
                let next = late.products(&filter, order, next).await.unwrap();
                assert_eq!(ids(&next), piece(first.len()), "{what}, after {}", last.id);
                for offset in [5, expected.len() - 1] {
                    let page = Page { limit, offset: offset as i64, after: None, direction };
                    let found = late.products(&filter, order, page).await.unwrap();
                    assert_eq!(ids(&found), piece(offset), "{what}, from {offset}");
                }
            }
        }
    }
}
