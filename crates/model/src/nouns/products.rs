//! Products, as they should be: by which names they are found, and what an edit leaves of them.

use super::{
    stock::entry,
    trail::{changed, numbered, of_product, shown_product},
};
use crate::{Expected, Kept, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{
    ArchiveProduct, Context, CreateProduct, EditProduct, EntryKind, EventKind, ImportProducts,
    ImportRow, Imported, Listed, Most, Product, ProductId, ProductRef, PublicId, Sku, Stock,
    SubjectKind, TrailKind,
    products::{
        ArchiveProductRefusal, CreateProductRefusal, EditProductRefusal, ImportProblem,
        ImportProductsRefusal, Shown,
    },
};
use uuid::Uuid;

impl Modelled for CreateProduct {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use CreateProductRefusal::{SkuTaken, UnknownCategory};
        let sku = self.sku.as_ref().unwrap_or(&self.made_sku);
        let mut wrong = vec![];
        wrong.extend(model.owner_of(sku).map(|_| SkuTaken));
        wrong.extend(model.has_no_category(self.category.as_ref()).then_some(UnknownCategory));
        refused_if_any(wrong)?;
        let product = Product {
            id: ProductId(model.products.len() as i64 + 1),
            public_id: self.public_id,
            sku: sku.clone(),
            former_sku: None,
            name: self.name.clone(),
            description: self.description.clone(),
            image_url: self.image_url.clone(),
            price: self.price,
            category: self.category.as_ref().and_then(|slug| model.category(slug)),
            category_slug: self.category.clone(),
            low_stock_threshold: self.low_stock_threshold,
            most: self.most,
            version: 1,
            is_archived: false,
            created_at: context.now,
            updated_at: context.now,
        };
        let stock = Stock { on_hand: self.quantity, reserved: 0 };
        model.products.insert(product.id, product.clone());
        model.stock.insert(product.id, stock);
        model.touched.products.insert(product.id);
        let receipt = (EntryKind::Receipt, self.quantity);
        model.entries.extend(entry(product.id, receipt, None, context));
        let sides = [None, Some(shown_product(&product))];
        model.note(TrailKind::ProductCreated, of_product(product.id), sides, context);
        let of = numbered(SubjectKind::Product, product.id.0);
        model.tell((EventKind::ProductCreated, Some(1)), of, None, context);
        Ok((Box::new(product), stock))
    }

    fn strip(&mut self) {
        (self.public_id, self.made_sku) = (PublicId(Uuid::nil()), Sku::stored("made"));
    }

    fn kept_of(shown: &Shown) -> Option<Kept> {
        Some(Kept::answer(shown))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        CreateProduct::before(kept).map(Kept::answer)
    }
}

impl Modelled for EditProduct {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let Some(before) = model.find_for_sale(&self.product).cloned() else {
            return Err(vec![EditProductRefusal::NotFound]);
        };
        refused_if_any(model.against(self, &before))?;
        // Every field by name, so that a new one cannot be passed over.
        let EditProduct {
            product: _,
            versions: _,
            sku,
            name,
            description,
            image_url,
            price,
            category,
            low_stock_threshold,
            order_units_most,
            caller_units_most,
        } = self.clone();
        let slug = category.unwrap_or(before.category_slug.clone());
        let mut after = Product {
            id: before.id,
            public_id: before.public_id,
            sku: sku.unwrap_or(before.sku.clone()),
            former_sku: None,
            name: name.unwrap_or(before.name.clone()),
            description: description.unwrap_or(before.description.clone()),
            image_url: image_url.unwrap_or(before.image_url.clone()),
            price: price.unwrap_or(before.price),
            category: slug.as_ref().and_then(|slug| model.category(slug)),
            category_slug: slug,
            low_stock_threshold: low_stock_threshold.unwrap_or(before.low_stock_threshold),
            most: Most {
                per_order: order_units_most.unwrap_or(before.most.per_order),
                per_caller: caller_units_most.unwrap_or(before.most.per_caller),
            },
            version: before.version,
            is_archived: false,
            created_at: before.created_at,
            updated_at: before.updated_at,
        };
        if after != before {
            (after.version, after.updated_at) = (before.version + 1, context.now);
            model.touched.products.insert(after.id);
            let sides = [&before, &after].map(shown_product);
            let data = format!(r#"{{"v":1,"changed":{}}}"#, changed(&sides));
            let of = numbered(SubjectKind::Product, after.id.0);
            let told = (EventKind::ProductChanged, Some(after.version));
            model.tell(told, of, Some(data), context);
            let sides = sides.map(Some);
            model.note(TrailKind::ProductChanged, of_product(after.id), sides, context);
        }
        model.products.insert(after.id, after.clone());
        let stock = model.stock[&after.id];
        Ok((Box::new(after), stock))
    }

    fn kept_of(shown: &Shown) -> Option<Kept> {
        Some(Kept::answer(shown))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        EditProduct::before(kept).map(Kept::answer)
    }
}

impl Modelled for ArchiveProduct {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let Some(before) = model.find_for_sale(&self.product).cloned() else {
            return Err(vec![ArchiveProductRefusal::NotFound]);
        };
        if self.versions.as_ref().is_some_and(|seen| !seen.contains(&before.version)) {
            return Err(vec![ArchiveProductRefusal::VersionMismatch { current: before.version }]);
        }
        let after = Product {
            sku: Sku::stored(&format!("sku:archived:{}", before.id)),
            former_sku: Some(before.sku.clone()),
            category: None,
            category_slug: None,
            is_archived: true,
            version: before.version + 1,
            updated_at: context.now,
            ..before.clone()
        };
        model.touched.products.insert(after.id);
        model.products.insert(after.id, after.clone());
        let sides = [&before, &after].map(|product| Some(shown_product(product)));
        model.note(TrailKind::ProductArchived, of_product(after.id), sides, context);
        let of = numbered(SubjectKind::Product, after.id.0);
        model.tell((EventKind::ProductArchived, Some(after.version)), of, None, context);
        Ok((Box::new(after.clone()), model.stock[&after.id]))
    }
}

impl Modelled for ImportProducts {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let places = self.rows.iter().enumerate();
        let wrong = places.filter_map(|(place, row)| {
            let is_again = self.rows[..place].iter().any(|earlier| earlier.sku == row.sku);
            let problem =
                if is_again { Some(ImportProblem::Twice) } else { model.against_row(row) };
            Some((place, problem?))
        });
        let wrong: Vec<_> = wrong.collect();
        if !wrong.is_empty() {
            return Err(vec![ImportProductsRefusal::Rows(wrong)]);
        }
        let mut imported = Imported::default();
        for row in &self.rows {
            let Some(before) = model.owner_of(&row.sku).map(|id| model.products[&id].clone())
            else {
                // Nothing stands against it: that was looked at.
                imported.created +=
                    i64::from(made_of(row).is_some_and(|made| made.expect(model, context).is_ok()));
                continue;
            };
            let edit = EditProduct {
                name: row.name.clone(),
                description: row.description.clone(),
                image_url: row.image_url.clone(),
                price: row.price,
                category: row.category.clone(),
                low_stock_threshold: row.low_stock_threshold,
                ..EditProduct::of(ProductRef::Id(before.id))
            };
            match edit.expect(model, context) {
                Ok((after, _)) if after.version > before.version => imported.changed += 1,
                _ => imported.unchanged += 1,
            }
        }
        Ok(imported)
    }

    fn strip(&mut self) {
        self.rows.iter_mut().for_each(|row| row.public_id = PublicId(Uuid::nil()));
    }

    fn kept_of(imported: &Imported) -> Option<Kept> {
        Some(Kept::answer(imported))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        ImportProducts::before(kept).map(Kept::answer)
    }
}

/// The product that a row makes; it has a name and a price.
fn made_of(row: &ImportRow) -> Option<CreateProduct> {
    Some(CreateProduct {
        sku: Some(row.sku.clone()),
        description: row.description.clone().unwrap_or_default(),
        image_url: row.image_url.clone().flatten(),
        category: row.category.clone().flatten(),
        quantity: row.quantity,
        low_stock_threshold: row.low_stock_threshold.flatten(),
        ..CreateProduct::of(row.public_id, row.name.clone()?, row.price?)
    })
}

impl Model {
    fn against_row(&self, row: &ImportRow) -> Option<ImportProblem> {
        let slug = row.category.iter().flatten().next();
        let is_nowhere = self.has_no_category(slug).then_some(ImportProblem::UnknownCategory);
        let Some(there) = self.owner_of(&row.sku).map(|id| &self.products[&id]) else {
            let is_nameless = row.name.is_none().then_some(ImportProblem::NoName);
            let is_priceless = row.price.is_none().then_some(ImportProblem::NoPrice);
            return is_nameless.or(is_priceless).or(is_nowhere);
        };
        let currency = there.price.currency;
        let is_foreign = row.price.is_some_and(|price| price.currency != currency);
        is_nowhere.or(is_foreign.then_some(ImportProblem::ForeignPrice { currency }))
    }

    fn against(&self, edit: &EditProduct, before: &Product) -> Vec<EditProductRefusal> {
        use EditProductRefusal::{ForeignPrice, SkuTaken, UnknownCategory, VersionMismatch};
        let mut wrong = vec![];
        let is_seen = |seen: &Vec<i64>| seen.contains(&before.version);
        if !edit.versions.as_ref().is_none_or(is_seen) {
            wrong.push(VersionMismatch { current: before.version });
        }
        let owner = edit.sku.as_ref().and_then(|sku| self.owner_of(sku));
        wrong.extend(
            owner.filter(|id| *id != before.id).map(|_| SkuTaken { current: before.version }),
        );
        let slug = edit.category.iter().flatten().next();
        wrong.extend(self.has_no_category(slug).then_some(UnknownCategory));
        let currency = before.price.currency;
        let is_foreign = edit.price.is_some_and(|price| price.currency != currency);
        wrong.extend(is_foreign.then_some(ForeignPrice { currency }));
        wrong
    }

    fn owner_of(&self, sku: &Sku) -> Option<ProductId> {
        self.products.values().find(|product| product.sku == *sku).map(|product| product.id)
    }

    pub(crate) fn find(&self, reference: &ProductRef) -> Option<&Product> {
        match reference {
            ProductRef::Id(id) => self.products.get(id),
            ProductRef::PublicId(id) => {
                self.products.values().find(|product| product.public_id == *id)
            }
            ProductRef::Sku(sku) => self.products.values().find(|product| product.sku == *sku),
        }
    }

    pub(crate) fn find_for_sale(&self, reference: &ProductRef) -> Option<&Product> {
        self.find(reference).filter(|product| !product.is_archived)
    }
}

modelled!(
    products: CreateProduct(CreateProduct), EditProduct(EditProduct),
    ArchiveProduct(ArchiveProduct), ImportProducts(ImportProducts)
);
