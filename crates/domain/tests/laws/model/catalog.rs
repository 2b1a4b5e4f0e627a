//! What the model knows of products, categories and stock moved by hand.

use super::{Expected, Model, refused_if_any};
use domain::{
    Category, CategoryId, Command, CreateCategory, CreateProduct, EditProduct, EntryKind,
    LocationId, Micros, MoveStock, Product, ProductId, Sku, Stock, StockChange, StockEntry,
    StockLine, StockResult, Text,
    categories::CreateCategoryRefusal,
    products::{CreateProductRefusal, EditProductRefusal, Shown},
    stock::{MoveStockRefusal, StockProblem},
};
use std::collections::BTreeMap;

const MOST_ON_A_SHELF: i128 = 1_000_000_000_000;

impl Model {
    pub fn create_category(
        &mut self,
        action: &CreateCategory,
    ) -> Expected<Box<Category>, CreateCategoryRefusal> {
        use CreateCategoryRefusal::{SlugTaken, UnknownParent};
        let mut wrong = vec![];
        wrong.extend(self.category(&action.slug).map(|_| SlugTaken));
        wrong.extend(self.is_unknown(action.parent.as_ref()).then_some(UnknownParent));
        refused_if_any(wrong)?;
        let category = Category {
            id: CategoryId(self.categories.len() as i64 + 1),
            slug: action.slug.clone(),
            name: action.name.clone(),
            parent: action.parent.as_ref().and_then(|slug| self.category(slug)),
        };
        self.categories.push(category.clone());
        Ok(Box::new(category))
    }

    pub fn create_product(
        &mut self,
        action: &CreateProduct,
        by: &Command,
        now: Micros,
    ) -> Expected<Shown, CreateProductRefusal> {
        use CreateProductRefusal::{SkuTaken, UnknownCategory};
        let sku = action.sku.as_ref().unwrap_or(&action.made_sku);
        let mut wrong = vec![];
        wrong.extend(self.owner_of(sku).map(|_| SkuTaken));
        wrong.extend(self.is_unknown(action.category.as_ref()).then_some(UnknownCategory));
        refused_if_any(wrong)?;
        let product = Product {
            id: ProductId(self.products.len() as i64 + 1),
            public_id: action.public_id,
            sku: sku.clone(),
            name: action.name.clone(),
            description: action.description.clone(),
            image_url: action.image_url.clone(),
            price: action.price,
            category: action.category.as_ref().and_then(|slug| self.category(slug)),
            category_slug: action.category.clone(),
            version: 1,
            is_archived: false,
            created_at: now,
            updated_at: now,
        };
        let stock = Stock { on_hand: action.quantity, reserved: 0 };
        self.products.insert(product.id, product.clone());
        self.stock.insert(product.id, stock);
        let receipt = (EntryKind::Receipt, action.quantity);
        self.entries.extend(entry(product.id, receipt, None, by, now));
        Ok((Box::new(product), stock))
    }

    pub fn edit_product(
        &mut self,
        action: &EditProduct,
        now: Micros,
    ) -> Expected<Shown, EditProductRefusal> {
        use EditProductRefusal::{
            ForeignPrice, NotFound, SkuTaken, UnknownCategory, VersionMismatch,
        };
        let Some(before) = self.find(&action.product).cloned() else {
            return Err(vec![NotFound]);
        };
        let mut wrong = vec![];
        if let Some(versions) = &action.versions
            && !versions.contains(&before.version)
        {
            wrong.push(VersionMismatch { current: before.version });
        }
        let owner = action.sku.as_ref().and_then(|sku| self.owner_of(sku));
        wrong.extend(owner.filter(|id| *id != before.id).map(|_| SkuTaken));
        let slug = action.category.iter().flatten().next();
        wrong.extend(self.is_unknown(slug).then_some(UnknownCategory));
        let currency = before.price.currency;
        let is_foreign = action.price.iter().any(|price| price.currency != currency);
        wrong.extend(is_foreign.then_some(ForeignPrice { currency }));
        refused_if_any(wrong)?;
        let edit = action.clone();
        let slug = edit.category.unwrap_or(before.category_slug.clone());
        let mut after = Product {
            sku: edit.sku.unwrap_or(before.sku.clone()),
            name: edit.name.unwrap_or(before.name.clone()),
            description: edit.description.unwrap_or(before.description.clone()),
            image_url: edit.image_url.unwrap_or(before.image_url.clone()),
            price: edit.price.unwrap_or(before.price),
            category: slug.as_ref().and_then(|slug| self.category(slug)),
            category_slug: slug,
            is_archived: edit.is_archived.unwrap_or(before.is_archived),
            ..before.clone()
        };
        if after != before {
            (after.version, after.updated_at) = (before.version + 1, now);
        }
        self.products.insert(after.id, after.clone());
        let stock = self.stock[&after.id];
        Ok((Box::new(after), stock))
    }

    pub fn move_stock(
        &mut self,
        action: &MoveStock,
        by: &Command,
        now: Micros,
    ) -> Expected<Vec<StockResult>, MoveStockRefusal> {
        let mut shelves = BTreeMap::new();
        let results: Vec<_> =
            action.lines.iter().map(|line| self.moved(line, &mut shelves)).collect();
        if !action.partial && results.iter().any(|line| line.result.is_err()) {
            return Err(vec![MoveStockRefusal::Lines(results)]);
        }
        for (line, done) in action.lines.iter().zip(&results) {
            let StockResult { product: Some(id), result: Ok(after) } = done else { continue };
            let delta = after.on_hand - self.stock[id].on_hand;
            let kind = match line.change {
                StockChange::Delta(1..) => EntryKind::Receipt,
                StockChange::Delta(_) | StockChange::Set(_) => EntryKind::Adjustment,
            };
            self.entries.extend(entry(*id, (kind, delta), line.reason.as_ref(), by, now));
            self.stock.insert(*id, *after);
        }
        Ok(results)
    }

    /// One line, after the lines before it.
    fn moved(&self, line: &StockLine, shelves: &mut BTreeMap<ProductId, Stock>) -> StockResult {
        let Some(id) = self.find_for_sale(&line.product).map(|product| product.id) else {
            return StockResult { product: None, result: Err(StockProblem::UnknownProduct) };
        };
        let shelf = shelves.get(&id).copied().unwrap_or(self.stock[&id]);
        let units = match line.change {
            StockChange::Delta(delta) => i128::from(shelf.on_hand) + i128::from(delta),
            StockChange::Set(units) => i128::from(units),
        };
        let result = if units > MOST_ON_A_SHELF {
            Err(StockProblem::TooMuch)
        } else if units < i128::from(shelf.reserved) {
            Err(StockProblem::BelowReserved { reserved: shelf.reserved })
        } else {
            Ok(Stock { on_hand: units as i64, ..shelf })
        };
        shelves.extend(result.iter().map(|after| (id, *after)));
        StockResult { product: Some(id), result }
    }

    fn owner_of(&self, sku: &Sku) -> Option<ProductId> {
        self.products.values().find(|product| product.sku == *sku).map(|product| product.id)
    }

    fn category(&self, slug: &Text<100>) -> Option<CategoryId> {
        self.categories.iter().find(|found| found.slug == *slug).map(|found| found.id)
    }

    fn is_unknown(&self, slug: Option<&Text<100>>) -> bool {
        slug.is_some_and(|slug| self.category(slug).is_none())
    }
}

/// A line of the ledger, if anything was moved.
fn entry(
    product: ProductId,
    (kind, delta): (EntryKind, i64),
    reason: Option<&Text<500>>,
    by: &Command,
    at: Micros,
) -> Option<StockEntry> {
    let (location, reason) = (LocationId::MAIN, reason.cloned());
    let (actor, correlation) = (by.who.actor.caller, by.who.correlation);
    let entry = StockEntry { product, location, kind, delta, reason, actor, correlation, at };
    (delta != 0).then_some(entry)
}
