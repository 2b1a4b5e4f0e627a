//! Products with their prices and shelves: staff make and edit them, by versions that grow stale.

mod tortured;

use super::{Checked, Comes, Draw, Noun, draws::draws, rows, same};
use crate::{
    attack::torture::{Comparison, Past},
    simulation::{Clients, Request},
};
use domain::{
    Action, ArchiveProduct, CategoryId, CreateProduct, EditProduct, ImportProducts, ImportRow,
    Listed, Micros, Money, Most, Outcome, Product, ProductId, PublicId, Sku, Text, products,
};
use model::Model;
use rows::{Read, Which, all, by, failed, optional_text, same_rows, text, uuid, wrong};
use rusqlite::{Connection, Row};
use uuid::Uuid;

pub use tortured::{Ask, made};

pub struct Products;

impl Noun for Products {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            CreateProduct, 2, Grave: |clients| (clients.staff(), clients.product());
            EditProduct, 8, Grave: |clients| (clients.staff(), clients.edit());
            ArchiveProduct, 1, Grave: |clients| (clients.staff(), clients.archival());
            ImportProducts, 4, Grave: |clients| (clients.staff(), clients.import());
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[
            (CreateProduct::NAME, Comes::Asked),
            (EditProduct::NAME, Comes::Asked),
            (ArchiveProduct::NAME, Comes::Asked),
            (ImportProducts::NAME, Comes::Asked),
        ]
    }

    fn renew(&self, _: &mut Clients, action: &mut Action, id: Uuid) -> bool {
        if let Action::Products(products::Action::CreateProduct(product)) = action {
            product.public_id = PublicId(id);
            product.made_sku = Sku::stored(&format!("made-{}", id.simple()));
            return product.price.minor < 0;
        }
        if let Action::Products(products::Action::ImportProducts(import)) = action {
            for (place, row) in (0..).zip(&mut import.rows) {
                row.public_id = PublicId(Uuid::from_u128(id.as_u128() ^ place));
            }
        }
        false
    }

    fn twist(&self, _: &Clients, action: &mut Action) -> bool {
        let Action::Products(action) = action else { return false };
        match action {
            products::Action::CreateProduct(product) => {
                product.name = Text::stored("another thing");
            }
            products::Action::EditProduct(edit) => match edit.image_url {
                // To clear is another request than to leave.
                Some(None) => edit.image_url = None,
                _ => edit.image_url = Some(None),
            },
            products::Action::ImportProducts(import) => import.rows[0].quantity += 1,
            // No key stands for it.
            products::Action::ArchiveProduct(_) => return false,
        }
        true
    }

    fn learn(&self, clients: &mut Clients, _: &Request, outcome: &Outcome) -> Checked {
        let Outcome::Products(outcome) = outcome else { return Ok(()) };
        let product = match outcome {
            products::Outcome::CreateProduct((product, _))
            | products::Outcome::EditProduct((product, _))
            | products::Outcome::ArchiveProduct((product, _)) => product,
            // Of a sheet it is told how many.
            products::Outcome::ImportProducts(_) => return Ok(()),
        };
        clients.newest.insert(product.id, clients.seen.len());
        clients.seen.push(Product::clone(product));
        Ok(())
    }

    fn counted(&self, model: &Model) -> Option<(&'static str, i64)> {
        Some(("products", model.products.len() as i64))
    }

    fn statements(&self) -> &'static [&'static str] {
        &[tortured::PRICED]
    }

    fn compare(
        &self,
        compared: &Comparison,
        past: &mut Past,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        tortured::compare(compared, past, wrong)
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for id in &model.touched.products {
            let found = read(rows, Which::One(*id)).map_err(failed)?;
            same("a product and its stock", found, shown(model, *id).into_iter().collect())?;
        }
        Ok(())
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        let found = by(read(rows, Which::All), |(product, ..)| product.id)?;
        let expected = model.products.keys().filter_map(|id| Some((*id, shown(model, *id)?)));
        same_rows("products", &found, &expected.collect())
    }
}

/// A product with what lies on its shelf: on hand, reserved.
type Shown = (Product, i64, i64);

fn shown(model: &Model, id: ProductId) -> Option<Shown> {
    let (product, stock) = (model.products.get(&id)?, model.stock.get(&id)?);
    Some((product.clone(), stock.on_hand, stock.reserved))
}

fn read(connection: &Connection, which: Which<ProductId>) -> Read<Vec<Shown>> {
    let sql = "select p.*, r.currency, r.amount_minor, r.channel, c.slug as category_slug,
        s.on_hand, s.reserved, s.location_id
        from products p join prices r on r.product_id = p.id join stock s on s.product_id = p.id
        left join categories c on c.id = p.category_id";
    match which {
        Which::All => all(connection, sql, [], product),
        Which::One(id) => all(connection, &format!("{sql} where p.id = ?1"), [id.0], product),
    }
}

fn product(row: &Row) -> Read<Shown> {
    // The shop's one channel and its one location.
    if (row.get::<_, i64>("channel")?, row.get::<_, i64>("location_id")?) != (1, 1) {
        return Err(wrong("channel"));
    }
    // What lists find it by is what it costs.
    if row.get::<_, i64>("own_price_minor")? != row.get::<_, i64>("amount_minor")?
        || text(row, "own_currency")? != text(row, "currency")?
    {
        return Err(wrong("own_price_minor"));
    }
    let currency = text(row, "currency")?.parse().map_err(|_| wrong("currency"))?;
    let product = Product {
        id: ProductId(row.get("id")?),
        public_id: PublicId(uuid(row, "public_id")?),
        sku: Sku::stored(text(row, "sku")?),
        former_sku: optional_text(row, "former_sku")?.map(Sku::stored),
        name: Text::stored(text(row, "name")?),
        description: Text::stored(text(row, "description")?),
        image_url: optional_text(row, "image_url")?.map(Text::stored),
        category: row.get::<_, Option<i64>>("category_id")?.map(CategoryId),
        low_stock_threshold: row.get("low_stock_threshold")?,
        most: Most {
            per_order: row.get("order_units_most")?,
            per_caller: row.get("caller_units_most")?,
        },
        version: row.get("version")?,
        is_archived: row.get("is_archived")?,
        created_at: Micros(row.get("created_at")?),
        updated_at: Micros(row.get("updated_at")?),
        price: Money { minor: row.get("amount_minor")?, currency },
        category_slug: optional_text(row, "category_slug")?.map(Text::stored),
    };
    Ok((product, row.get("on_hand")?, row.get("reserved")?))
}

impl Clients {
    fn product(&mut self) -> CreateProduct {
        CreateProduct {
            public_id: PublicId(Uuid::nil()),
            made_sku: Sku::stored("made"),
            sku: self.random.chance(700).then(|| self.sku()),
            name: Text::stored("a thing"),
            description: Text::stored("good"),
            image_url: None,
            price: self.price_of_new(),
            category: self.random.chance(200).then(|| self.slug()),
            quantity: self.random.between(0, 40),
            low_stock_threshold: self.random.chance(500).then(|| self.random.between(0, 20)),
            most: Most {
                per_order: None,
                per_caller: self.random.chance(100).then(|| self.random.between(1, 9)),
            },
        }
    }

    /// Below nothing, it is refused by the database and by no rule.
    fn price_of_new(&mut self) -> Money {
        let price = self.price();
        if self.random.chance(20) { Money::new(-1, price.currency) } else { price }
    }

    fn edit(&mut self) -> EditProduct {
        let seen = self.reference();
        let version = seen.as_ref().map_or(1, |(_, product)| product.version);
        let mut edit = EditProduct::of(self.named(seen.map(|(reference, _)| reference)));
        edit.versions = self.random.chance(500).then(|| vec![version]);
        edit.sku = self.random.chance(200).then(|| self.sku());
        edit.name = self.random.chance(300).then(|| Text::stored(&format!("thing {}", self.step)));
        edit.description = self.random.chance(150).then(|| Text::stored("better"));
        edit.image_url = self
            .random
            .chance(100)
            .then(|| self.random.chance(500).then(|| Text::stored("https://img.example/1")));
        edit.price = self.random.chance(500).then(|| self.price());
        edit.category =
            self.random.chance(150).then(|| self.random.chance(700).then(|| self.slug()));
        edit.caller_units_most = self
            .random
            .chance(100)
            .then(|| self.random.chance(600).then(|| self.random.between(1, 9)));
        edit.low_stock_threshold = self
            .random
            .chance(200)
            .then(|| self.random.chance(800).then(|| self.random.between(0, 30)));
        edit
    }

    fn import(&mut self) -> ImportProducts {
        let rows = 1 + self.random.below(4);
        let rows = (0..rows).map(|_| {
            let sku = self.sku();
            ImportRow {
                name: self.random.chance(850).then(|| Text::stored("of a sheet")),
                description: self.random.chance(200).then(|| Text::stored("listed")),
                price: self.random.chance(850).then(|| self.price()),
                quantity: self.random.between(0, 20),
                category: self
                    .random
                    .chance(100)
                    .then(|| self.random.chance(700).then(|| self.slug())),
                low_stock_threshold: self
                    .random
                    .chance(200)
                    .then(|| self.random.chance(800).then(|| self.random.between(0, 30))),
                ..ImportRow::of(PublicId(Uuid::nil()), sku)
            }
        });
        ImportProducts { rows: rows.collect() }
    }

    fn archival(&mut self) -> ArchiveProduct {
        let seen = self.reference();
        let version = seen.as_ref().map_or(1, |(_, product)| product.version);
        let product = self.named(seen.map(|(reference, _)| reference));
        ArchiveProduct { product, versions: self.random.chance(300).then(|| vec![version]) }
    }
}
