//! Categories, as they should be: one to a slug, below one that is there.

use super::trail::{changed, numbered, shown_category};
use crate::{Expected, Kept, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{
    Category, CategoryId, Context, CreateCategory, EditCategory, EventKind, Listed, RemoveCategory,
    SubjectKind, Text, TrailKind,
    categories::{CreateCategoryRefusal, EditCategoryRefusal, MOST, RemoveCategoryRefusal},
};

impl Modelled for CreateCategory {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use CreateCategoryRefusal::{SlugTaken, TooMany, UnknownParent};
        let mut wrong = vec![];
        wrong.extend(model.category(&self.slug).map(|_| SlugTaken));
        wrong.extend(model.has_no_category(self.parent.as_ref()).then_some(UnknownParent));
        wrong.extend((model.categories.len() >= MOST).then_some(TooMany));
        refused_if_any(wrong)?;
        model.categories_made += 1;
        let category = Category {
            id: CategoryId(model.categories_made),
            slug: self.slug.clone(),
            name: self.name.clone(),
            parent: self.parent.as_ref().and_then(|slug| model.category(slug)),
        };
        model.categories.push(category.clone());
        model.note_category(TrailKind::CategoryCreated, [None, Some(&category)], context);
        Ok(Box::new(category))
    }

    fn kept_of(category: &Box<Category>) -> Option<Kept> {
        Some(Kept::answer(category))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        CreateCategory::before(kept).map(Kept::answer)
    }
}

impl Modelled for EditCategory {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use EditCategoryRefusal::{Circle, NotFound, SlugTaken, UnknownParent};
        let Some(id) = model.category(&self.category) else { return Err(vec![NotFound]) };
        let mut wrong = vec![];
        let owner = self.slug.as_ref().and_then(|slug| model.category(slug));
        wrong.extend(owner.filter(|owner| *owner != id).map(|_| SlugTaken));
        let under = self.parent.iter().flatten().next();
        wrong.extend(model.has_no_category(under).then_some(UnknownParent));
        let above = under.and_then(|slug| model.category(slug));
        let is_circle = above.is_some_and(|above| model.lineage(above).contains(&id));
        wrong.extend(is_circle.then_some(Circle));
        refused_if_any(wrong)?;
        let place = model.categories.iter().position(|found| found.id == id);
        let place = place.expect("it was found by its slug");
        let before = model.categories[place].clone();
        let after = Category {
            id,
            slug: self.slug.clone().unwrap_or(before.slug.clone()),
            name: self.name.clone().unwrap_or(before.name.clone()),
            parent: if self.parent.is_some() { above } else { before.parent },
        };
        if after != before {
            model.categories[place] = after.clone();
            let within = model.products.values_mut().filter(|found| found.category == Some(id));
            within.for_each(|product| product.category_slug = Some(after.slug.clone()));
            let sides = [Some(&before), Some(&after)];
            model.note_category(TrailKind::CategoryChanged, sides, context);
        }
        Ok(Box::new(after))
    }
}

impl Modelled for RemoveCategory {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use RemoveCategoryRefusal::{InUse, NotFound};
        let Some(id) = model.category(&self.category) else { return Err(vec![NotFound]) };
        let is_above = model.categories.iter().any(|found| found.parent == Some(id));
        if is_above || model.products.values().any(|found| found.category == Some(id)) {
            return Err(vec![InUse]);
        }
        let place = model.categories.iter().position(|found| found.id == id);
        let place = place.expect("it was found by its slug");
        let removed = model.categories.remove(place);
        model.note_category(TrailKind::CategoryRemoved, [Some(&removed), None], context);
        Ok(Box::new(removed))
    }
}

impl Model {
    /// A category and all that it is below.
    fn lineage(&self, id: CategoryId) -> Vec<CategoryId> {
        let mut line = vec![id];
        let parent = |id| self.categories.iter().find(|found| found.id == id)?.parent;
        while let Some(above) = parent(line[line.len() - 1]) {
            line.push(above);
        }
        line
    }

    fn note_category(&mut self, kind: TrailKind, sides: [Option<&Category>; 2], context: Context) {
        let Some(named) = sides.iter().flatten().next() else { return };
        let (slug, of) = (&named.slug, numbered(SubjectKind::Category, named.id.0));
        let subject = format!("category:{slug}");
        let (told, changed) = match (kind, sides) {
            (_, [Some(before), Some(after)]) => {
                let names = changed(&[before, after].map(shown_category));
                (EventKind::CategoryChanged, format!(r#","changed":{names}"#))
            }
            (TrailKind::CategoryRemoved, _) => (EventKind::CategoryRemoved, String::new()),
            _ => (EventKind::CategoryCreated, String::new()),
        };
        let data = format!(r#"{{"v":1,"slug":"{slug}"{changed}}}"#);
        self.tell((told, None), of, Some(data), context);
        let sides = sides.map(|side| side.map(shown_category));
        self.note(kind, subject, sides, context);
        self.touched.categories = true;
    }

    pub(crate) fn category(&self, slug: &Text<100>) -> Option<CategoryId> {
        self.categories.iter().find(|found| found.slug == *slug).map(|found| found.id)
    }

    pub(crate) fn has_no_category(&self, slug: Option<&Text<100>>) -> bool {
        slug.is_some_and(|slug| self.category(slug).is_none())
    }
}

modelled!(
    categories: CreateCategory(CreateCategory), EditCategory(EditCategory),
    RemoveCategory(RemoveCategory)
);
