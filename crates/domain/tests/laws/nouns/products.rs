//! Products: made, and edited, under skus and slugs that others have or had.

use super::{Drawn, Noun, keyed, unkeyed};
use crate::{
    answers::{KeptAnswer, kept},
    compared::same_rows,
    drafts::{NOBODY_YET, act, any_prices, eur, references, skus, slugs, text},
    golden::{Golden, UUID, golden},
    script::Scribe,
    shop::Shop,
    store::{rows, view},
    weights::{Longest, PRODUCTS},
};
use domain::{
    Action, ArchiveProduct, CategoryId, CounterName, CreateProduct, EditProduct, Facts,
    ImportProducts, ImportRow, Imported, Listed, Micros, Most, Product, ProductId, ProductRef,
    PublicId, Sku, Stock,
    facts::{PublicIdOwner, SkuOwner},
    products,
};
use model::Model;
use proptest::{
    collection::vec, option::weighted, prelude::*, sample::select, test_runner::TestCaseResult,
};
use std::collections::BTreeSet;
use uuid::Uuid;

const PRODUCT: &str = concat!(
    r#"1 [{"id":7,"public_id":"00000000-0000-0000-0000-000000000007","sku":"S7","#,
    r#""name":"thing 7","description":"as it was","image_url":"https://img.example/7","#,
    r#""price":{"minor":250,"currency":"EUR"},"category":3,"category_slug":"camp","version":1,"#,
    r#""is_archived":false,"created_at":12,"updated_at":12},{"on_hand":5,"reserved":2}]"#,
);
const BARE_PRODUCT: &str = concat!(
    r#"1 [{"id":7,"public_id":"00000000-0000-0000-0000-000000000007","sku":"S7","#,
    r#""name":"thing 7","description":"as it was","image_url":null,"#,
    r#""price":{"minor":250,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"#,
    r#""is_archived":false,"created_at":12,"updated_at":12},{"on_hand":0,"reserved":0}]"#,
);

pub struct Products;

impl Noun for Products {
    fn drafts(&self) -> Vec<Drawn> {
        vec![
            keyed(3, edits().prop_map(act)),
            keyed(2, creations().prop_map(act)),
            keyed(3, imports().prop_map(act)),
            unkeyed(1, archivals().prop_map(act)),
        ]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        let mut next = || {
            scribe.created += 1;
            PublicId(Uuid::from_u128(scribe.created))
        };
        match action {
            Action::Products(products::Action::CreateProduct(product)) => {
                product.public_id = next();
                product.made_sku = Sku::stored(&format!("MADE-{}", product.public_id.0.as_u128()));
            }
            Action::Products(products::Action::ImportProducts(import)) => {
                import.rows.iter_mut().for_each(|row| row.public_id = next());
            }
            _ => {}
        }
    }

    fn twist(&self, action: &mut Action) {
        match action {
            Action::Products(products::Action::CreateProduct(product)) => {
                product.name = text("another thing");
            }
            Action::Products(products::Action::EditProduct(edit)) => {
                edit.image_url = Some(None).filter(|_| edit.image_url.is_none());
            }
            Action::Products(products::Action::ImportProducts(import)) => {
                let image_url = &mut import.rows[0].image_url;
                *image_url = Some(None).filter(|_| image_url.is_none());
            }
            _ => {}
        }
    }

    fn least(&self) -> Vec<Golden> {
        vec![
            golden(
                CreateProduct::of(PublicId(UUID), text("Tent"), eur(100)),
                r#"{"name":"Tent","price":{"minor":100,"currency":"EUR"}}"#,
                "b25c1903-ed90-43e9-cc53-3c4253abf2fd",
            ),
            golden(
                EditProduct::of(id(1)),
                r#"{"product":{"id":1}}"#,
                "feeb9a1f-c3c2-eee3-2396-c25f9fc08307",
            ),
            golden(
                ImportProducts { rows: vec![bare_row()] },
                r#"{"rows":[{"sku":"TENT-1"}]}"#,
                "4a06fb1d-74df-e81e-734c-3705985c9ca3",
            ),
        ]
    }

    fn most(&self) -> Vec<Golden> {
        vec![
            golden(
                CreateProduct {
                    public_id: PublicId(UUID),
                    made_sku: Sku::stored("MADE"),
                    sku: Some(Sku::stored("TENT-1")),
                    name: text("Tent"),
                    description: text("For two"),
                    image_url: Some(text("https://img.example/1")),
                    price: eur(100),
                    category: Some(text("camp")),
                    quantity: 7,
                    low_stock_threshold: Some(3),
                    most: Most { per_order: Some(2), per_caller: Some(4) },
                },
                concat!(
                    r#"{"sku":"TENT-1","name":"Tent","description":"For two","#,
                    r#""image_url":"https://img.example/1","#,
                    r#""price":{"minor":100,"currency":"EUR"},"category":"camp","quantity":7,"#,
                    r#""low_stock_threshold":3,"order_units_most":2,"caller_units_most":4}"#,
                ),
                "daf26196-7982-ab37-dc49-defff0003941",
            ),
            golden(
                EditProduct {
                    product: id(1),
                    versions: Some(vec![1, 2]),
                    sku: Some(Sku::stored("TENT-2")),
                    name: Some(text("Tent")),
                    description: Some(text("")),
                    image_url: Some(Some(text("https://img.example/2"))),
                    price: Some(eur(0)),
                    category: Some(Some(text("camp"))),
                    low_stock_threshold: Some(Some(3)),
                    order_units_most: Some(None),
                    caller_units_most: Some(Some(4)),
                },
                concat!(
                    r#"{"product":{"id":1},"versions":[1,2],"sku":"TENT-2","name":"Tent","#,
                    r#""description":"","image_url":"https://img.example/2","#,
                    r#""price":{"minor":0,"currency":"EUR"},"category":"camp","#,
                    r#""low_stock_threshold":3,"order_units_most":null,"caller_units_most":4}"#,
                ),
                "82197f86-c35f-3db1-4b0d-e4ea65ed0aef",
            ),
            // To clear is another request than to leave.
            golden(
                EditProduct {
                    image_url: Some(None),
                    category: Some(None),
                    ..EditProduct::of(id(1))
                },
                r#"{"product":{"id":1},"image_url":null,"category":null}"#,
                "fbcf82db-ef14-0527-0b3a-2bad8b62832a",
            ),
            most_of_sheets(),
        ]
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        let bare = product(7, 250, Micros(12));
        let full = Product {
            image_url: Some(text("https://img.example/7")),
            category: Some(CategoryId(3)),
            category_slug: Some(text("camp")),
            ..bare.clone()
        };
        let full = (Box::new(full), Stock { on_hand: 5, reserved: 2 });
        vec![
            kept::<EditProduct>(PRODUCT, &full),
            kept::<CreateProduct>(PRODUCT, &full),
            kept::<CreateProduct>(BARE_PRODUCT, &(Box::new(bare), Stock::default())),
            kept::<ImportProducts>(
                r#"1 {"created":3,"changed":2,"unchanged":1}"#,
                &Imported { created: 3, changed: 2, unchanged: 1 },
            ),
        ]
    }

    fn heavy(&self, longest: Longest) -> Vec<Action> {
        let create = |name, description, image_url| {
            let create = CreateProduct::of(PublicId(Uuid::max()), name, eur(1));
            CreateProduct { description, image_url, quantity: 1, ..create }.action()
        };
        let edit = || EditProduct::of(id(1));
        let (image_url, short) = (|| Some(longest.text()), || text("short"));
        vec![
            create(longest.text(), longest.text(), image_url()),
            create(short(), text(""), image_url()),
            create(longest.text(), text(""), None),
            EditProduct {
                name: Some(short()),
                description: Some(longest.text()),
                image_url: Some(None),
                ..edit()
            }
            .action(),
            // What it does not name is written again as it was.
            EditProduct { price: Some(eur(2)), ..edit() }.action(),
            ArchiveProduct { product: id(1), versions: None }.action(),
            EditProduct { description: Some(text("")), name: Some(short()), ..edit() }.action(),
            ImportProducts {
                rows: (1..=PRODUCTS as u128).map(|row| new_row(row, longest)).collect(),
            }
            .action(),
            ImportProducts { rows: vec![ImportRow { price: Some(eur(2)), ..known_row() }] }
                .action(),
            ImportProducts { rows: vec![ImportRow { description: Some(text("")), ..known_row() }] }
                .action(),
        ]
    }

    fn counter(&self) -> Option<CounterName> {
        Some(products::COUNTER)
    }

    fn name_again(&self, facts: &mut Facts) {
        let products = || rows(&facts.products);
        let skus = products().map(|found| SkuOwner { name: found.sku.clone(), is: found.id });
        let ids = products().map(|found| PublicIdOwner { name: found.public_id, is: found.id });
        (facts.skus, facts.public_ids) = (view(skus), view(ids));
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        let facts = &shop.facts;
        same_rows(rows(&facts.products), model.products.values())?;
        let skus = rows(&facts.skus).map(|owner| (owner.is, owner.name.clone()));
        let named = model.products.values().map(|product| (product.id, product.sku.clone()));
        prop_assert_eq!(skus.collect::<BTreeSet<_>>(), named.collect::<BTreeSet<_>>());
        prop_assert_eq!(facts.public_ids.rows.len(), model.products.len());
        Ok(())
    }
}

pub fn creations() -> impl Strategy<Value = Action> {
    let sku = weighted(0.7, skus(3..8));
    (sku, any_prices(), weighted(0.6, slugs()), 0..12_i64).prop_map(
        |(sku, price, category, quantity)| {
            let create = CreateProduct::of(PublicId(NOBODY_YET), text("a new thing"), price);
            CreateProduct { sku, description: text("fresh"), category, quantity, ..create }.action()
        },
    )
}

/// Of products that are there, and of others; now and then of one twice.
pub fn imports() -> impl Strategy<Value = Action> {
    let words =
        (weighted(0.8, select(vec![text("tent"), text("flag")])), weighted(0.8, any_prices()));
    let images = weighted(0.2, weighted(0.5, Just(text("https://img.example/1"))));
    let places = (weighted(0.3, weighted(0.7, slugs())), weighted(0.2, weighted(0.7, 1..6_i64)));
    let row = (skus(1..9), words, images, places, 0..12_i64);
    let row = row.prop_map(|(sku, (name, price), image_url, places, quantity)| {
        let (category, low_stock_threshold) = places;
        let bare = ImportRow::of(PublicId(NOBODY_YET), sku);
        ImportRow { name, price, quantity, category, image_url, low_stock_threshold, ..bare }
    });
    vec(row, 1..=3).prop_map(|mut rows| {
        for (place, row) in (1..).zip(&mut rows) {
            row.public_id = PublicId(Uuid::from_u128(place << 64));
        }
        ImportProducts { rows }.action()
    })
}

fn most_of_sheets() -> Golden {
    golden(
        ImportProducts {
            rows: vec![
                ImportRow {
                    public_id: PublicId(UUID),
                    sku: Sku::stored("TENT-1"),
                    name: Some(text("Tent")),
                    description: Some(text("For two")),
                    price: Some(eur(100)),
                    quantity: 7,
                    category: Some(Some(text("camp"))),
                    image_url: Some(Some(text("https://img.example/1"))),
                    low_stock_threshold: Some(Some(3)),
                },
                ImportRow {
                    category: Some(None),
                    image_url: Some(None),
                    low_stock_threshold: Some(None),
                    ..bare_row()
                },
            ],
        },
        concat!(
            r#"{"rows":[{"sku":"TENT-1","name":"Tent","description":"For two","#,
            r#""price":{"minor":100,"currency":"EUR"},"quantity":7,"category":"camp","#,
            r#""image_url":"https://img.example/1","low_stock_threshold":3},"#,
            r#"{"sku":"TENT-1","category":null,"image_url":null,"#,
            r#""low_stock_threshold":null}]}"#,
        ),
        "ecca5f05-328d-eb5f-e9cd-059240726471",
    )
}

fn bare_row() -> ImportRow {
    ImportRow::of(PublicId(UUID), Sku::stored("TENT-1"))
}

/// Of a product that a weighed shop has.
fn known_row() -> ImportRow {
    ImportRow::of(PublicId(UUID), Sku::stored(&format!("{:064}", 1)))
}

fn new_row(number: u128, longest: Longest) -> ImportRow {
    let sku = Sku::stored(&format!("NEW-{number:060}"));
    ImportRow {
        name: Some(longest.text()),
        description: Some(longest.text()),
        price: Some(eur(1)),
        quantity: 1,
        image_url: Some(Some(longest.text())),
        ..ImportRow::of(PublicId(Uuid::from_u128(1 << 64 | number)), sku)
    }
}

pub fn archivals() -> impl Strategy<Value = Action> {
    (references(), weighted(0.3, vec(1..=3_i64, 1..=2)))
        .prop_map(|(product, versions)| ArchiveProduct { product, versions }.action())
}

pub fn edits() -> impl Strategy<Value = Action> {
    let names = weighted(0.3, select(vec![text("tent"), text("flag")]));
    let images = weighted(0.2, weighted(0.5, Just(text("https://img.example/1"))));
    let words = (names, weighted(0.2, Just(text("rewritten"))), images);
    let numbers = (weighted(0.3, vec(1..=3_i64, 1..=2)), weighted(0.3, any_prices()));
    let places = (weighted(0.3, skus(1..8)), weighted(0.2, weighted(0.7, slugs())));
    let bound = || weighted(0.2, weighted(0.7, 1..6_i64));
    (references(), words, numbers, places, (bound(), bound(), bound())).prop_map(
        |(product, (name, description, image_url), (versions, price), places, bounds)| {
            let (sku, category) = places;
            let (low_stock_threshold, order_units_most, caller_units_most) = bounds;
            let bounded = EditProduct {
                low_stock_threshold,
                order_units_most,
                caller_units_most,
                ..EditProduct::of(product)
            };
            let edit = EditProduct { versions, sku, name, description, ..bounded };
            EditProduct { image_url, price, category, ..edit }.action()
        },
    )
}

pub fn product(id: i64, minor: i64, now: Micros) -> Product {
    Product {
        id: ProductId(id),
        public_id: PublicId(Uuid::from_u128(id as u128)),
        sku: Sku::stored(&format!("S{id}")),
        former_sku: None,
        name: text(&format!("thing {id}")),
        description: text("as it was"),
        image_url: None,
        price: eur(minor),
        category: None,
        category_slug: None,
        low_stock_threshold: None,
        most: Most::default(),
        version: 1,
        is_archived: false,
        created_at: now,
        updated_at: now,
    }
}

fn id(id: i64) -> ProductRef {
    ProductRef::Id(ProductId(id))
}
