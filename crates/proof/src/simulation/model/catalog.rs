//! Categories, products and stock moved by hand, as they should be.

use super::Model;
use domain::{
    Category, CategoryId, CreateCategory, CreateProduct, EditProduct, EntryKind, LocationId,
    Micros, MoveStock, Product, ProductId, Stock, StockChange, StockEntry, StockLine, StockResult,
    Text, Who,
    categories::CreateCategoryRefusal,
    products::{CreateProductRefusal, EditProductRefusal, Shown},
    stock::{MoveStockRefusal, StockProblem},
};
use std::collections::BTreeMap;

/// The most that may lie on one shelf.
const FULL_SHELF: i64 = 1_000_000_000_000;

impl Model {
    pub(super) fn create_category(
        &mut self,
        wanted: &CreateCategory,
    ) -> Result<Box<Category>, Vec<CreateCategoryRefusal>> {
        let mut wrong = Vec::new();
        if self.categories.iter().any(|category| category.slug == wanted.slug) {
            wrong.push(CreateCategoryRefusal::SlugTaken);
        }
        let parent = self.category_id(wanted.parent.as_ref());
        wrong.extend(parent.is_none().then_some(CreateCategoryRefusal::UnknownParent));
        let (true, Some(parent)) = (wrong.is_empty(), parent) else { return Err(wrong) };
        let category = Category {
            id: CategoryId(self.categories.len() as i64 + 1),
            slug: wanted.slug.clone(),
            name: wanted.name.clone(),
            parent,
        };
        self.categories.push(category.clone());
        self.touched.categories += 1;
        Ok(Box::new(category))
    }

    pub(super) fn create_product(
        &mut self,
        wanted: &CreateProduct,
        who: &Who,
        now: Micros,
    ) -> Result<Shown, Vec<CreateProductRefusal>> {
        let sku = wanted.sku.clone().unwrap_or_else(|| wanted.made_sku.clone());
        let mut wrong = Vec::new();
        if self.skus.contains_key(&sku) {
            wrong.push(CreateProductRefusal::SkuTaken);
        }
        let category = self.category_id(wanted.category.as_ref());
        wrong.extend(category.is_none().then_some(CreateProductRefusal::UnknownCategory));
        let (true, Some(category)) = (wrong.is_empty(), category) else { return Err(wrong) };
        let index = self.products.len();
        let product = Product {
            id: ProductId(index as i64 + 1),
            public_id: wanted.public_id,
            sku: sku.clone(),
            name: wanted.name.clone(),
            description: wanted.description.clone(),
            image_url: wanted.image_url.clone(),
            price: wanted.price,
            category,
            category_slug: wanted.category.clone(),
            version: 1,
            is_archived: false,
            created_at: now,
            updated_at: now,
        };
        self.skus.insert(sku, index);
        self.public_ids.insert(wanted.public_id, index);
        self.on_hand.push(wanted.quantity);
        if wanted.quantity > 0 {
            let kind = EntryKind::Receipt;
            self.entries.push(entry(product.id, kind, wanted.quantity, None, who, now));
        }
        self.touched.products.insert(product.id);
        self.products.push(product.clone());
        Ok((Box::new(product), self.stock(index)))
    }

    pub(super) fn edit_product(
        &mut self,
        wanted: &EditProduct,
        now: Micros,
    ) -> Result<Shown, Vec<EditProductRefusal>> {
        let index = self.index_of(&wanted.product).ok_or(vec![EditProductRefusal::NotFound])?;
        let before = &self.products[index];
        let mut wrong = Vec::new();
        if wanted.versions.as_ref().is_some_and(|seen| !seen.contains(&before.version)) {
            wrong.push(EditProductRefusal::VersionMismatch { current: before.version });
        }
        let taken_by = wanted.sku.as_ref().and_then(|sku| self.skus.get(sku));
        if taken_by.is_some_and(|other| *other != index) {
            wrong.push(EditProductRefusal::SkuTaken);
        }
        let currency = before.price.currency;
        if wanted.price.is_some_and(|price| price.currency != currency) {
            wrong.push(EditProductRefusal::ForeignPrice { currency });
        }
        let mut after = before.clone();
        if let Some(slug) = &wanted.category {
            match self.category_id(slug.as_ref()) {
                Some(id) => (after.category, after.category_slug) = (id, slug.clone()),
                None => wrong.push(EditProductRefusal::UnknownCategory),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        after.sku = wanted.sku.clone().unwrap_or(after.sku);
        after.name = wanted.name.clone().unwrap_or(after.name);
        after.description = wanted.description.clone().unwrap_or(after.description);
        after.image_url = wanted.image_url.clone().unwrap_or(after.image_url);
        after.price = wanted.price.unwrap_or(after.price);
        after.is_archived = wanted.is_archived.unwrap_or(after.is_archived);
        if after != *before {
            after.version += 1;
            after.updated_at = now;
            self.skus.remove(&before.sku);
            self.skus.insert(after.sku.clone(), index);
            self.touched.products.insert(after.id);
            self.products[index] = after.clone();
        }
        Ok((Box::new(after), self.stock(index)))
    }

    pub(super) fn move_stock(
        &mut self,
        wanted: &MoveStock,
        who: &Who,
        now: Micros,
    ) -> Result<Vec<StockResult>, Vec<MoveStockRefusal>> {
        let mut shelves = BTreeMap::<usize, i64>::new();
        let (mut results, mut entries) = (Vec::new(), Vec::new());
        for line in &wanted.lines {
            let Some(index) = self.on_sale(&line.product) else {
                let result = Err(StockProblem::UnknownProduct);
                results.push(StockResult { product: None, result });
                continue;
            };
            let before = *shelves.get(&index).unwrap_or(&self.on_hand[index]);
            let product = self.products[index].id;
            let result = counted(line, before);
            if let Ok((after, kind)) = result {
                shelves.insert(index, after);
                let (delta, reason) = (after - before, line.reason.clone());
                if delta != 0 {
                    entries.push(entry(product, kind, delta, reason, who, now));
                }
            }
            let result = result.map(|(after, _)| Stock { on_hand: after, reserved: 0 });
            results.push(StockResult { product: Some(product), result });
        }
        if !wanted.partial && results.iter().any(|line| line.result.is_err()) {
            return Err(vec![MoveStockRefusal::Lines(results)]);
        }
        for (index, on_hand) in shelves {
            self.on_hand[index] = on_hand;
        }
        // A recount that changes nothing leaves no entry, and no row to look at.
        self.touched.products.extend(entries.iter().map(|entry| entry.product));
        self.entries.append(&mut entries);
        Ok(results)
    }
}

fn counted(line: &StockLine, before: i64) -> Result<(i64, EntryKind), StockProblem> {
    let (after, kind) = match line.change {
        StockChange::Set(units) => (i128::from(units), EntryKind::Adjustment),
        StockChange::Delta(units) => {
            let kind = if units > 0 { EntryKind::Receipt } else { EntryKind::Adjustment };
            (i128::from(before) + i128::from(units), kind)
        }
    };
    match i64::try_from(after) {
        Ok(units @ 0..=FULL_SHELF) => Ok((units, kind)),
        // The shelf may be overdrawn further than a number goes.
        _ if after < i128::from(i64::MIN) => Err(StockProblem::TooMuch),
        _ if after < 0 => Err(StockProblem::BelowReserved { reserved: 0 }),
        _ => Err(StockProblem::TooMuch),
    }
}

fn entry(
    product: ProductId,
    kind: EntryKind,
    delta: i64,
    reason: Option<Text<500>>,
    who: &Who,
    at: Micros,
) -> StockEntry {
    let (location, actor) = (LocationId::MAIN, who.actor.caller);
    let correlation = who.correlation;
    StockEntry { product, location, kind, delta, reason, actor, correlation, at }
}
