//! Categories, as they should be: one to a slug, below one that is there.

use crate::{Expected, Kept, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{
    Category, CategoryId, Context, CreateCategory, Listed, Text, TrailKind,
    categories::CreateCategoryRefusal,
};
use serde_json::json;

impl Modelled for CreateCategory {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use CreateCategoryRefusal::{SlugTaken, UnknownParent};
        let mut wrong = vec![];
        wrong.extend(model.category(&self.slug).map(|_| SlugTaken));
        wrong.extend(model.has_no_category(self.parent.as_ref()).then_some(UnknownParent));
        refused_if_any(wrong)?;
        let category = Category {
            id: CategoryId(model.categories.len() as i64 + 1),
            slug: self.slug.clone(),
            name: self.name.clone(),
            parent: self.parent.as_ref().and_then(|slug| model.category(slug)),
        };
        model.categories.push(category.clone());
        let shown = json!({
            "slug": category.slug.as_str(),
            "name": category.name.as_str(),
            "parent": category.parent.map(|parent| parent.0),
        });
        let subject = format!("category:{}", self.slug.as_str());
        model.note(TrailKind::CategoryCreated, subject, [None, Some(shown)], context);
        model.touched.categories += 1;
        Ok(Box::new(category))
    }

    fn kept_of(category: &Box<Category>) -> Option<Kept> {
        Some(Kept::answer(category))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        CreateCategory::before(kept).map(Kept::answer)
    }
}

impl Model {
    pub(crate) fn category(&self, slug: &Text<100>) -> Option<CategoryId> {
        self.categories.iter().find(|found| found.slug == *slug).map(|found| found.id)
    }

    pub(crate) fn has_no_category(&self, slug: Option<&Text<100>>) -> bool {
        slug.is_some_and(|slug| self.category(slug).is_none())
    }
}

modelled!(categories: CreateCategory(CreateCategory));
