//! Categories: a tree by slug, under which products are found. Who changes the tree holds its counter, and
//! sees all of it: so no two changes make a circle together.

use crate::{
    Context, Facts, Fingerprint, Text, TrailKind, commands,
    counters::CounterName,
    facts::{CategoryUse, Child, Mark, Row, SlugOwner},
    idempotency::{self, Before},
    integer_ids, kinds,
    rules::{Keyed, Never, Rule, Who},
    trail::Noted,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

integer_ids! { CategoryId }

pub const COUNTER: CounterName = CounterName::of("categories");

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Category {
    pub id: CategoryId,
    pub slug: Text<100>,
    pub name: Text<200>,
    pub parent: Option<CategoryId>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreateCategory {
    pub slug: Text<100>,
    pub name: Text<200>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Text<100>>,
}

impl Row for Category {
    type Key = CategoryId;
    type Find = CategoryId;
    fn key(&self) -> CategoryId {
        self.id
    }
}

kinds! {
    pub enum CreateCategoryRefusal {
        SlugTaken = "slug_taken",
        UnknownParent = "unknown_category",
        TooMany = "too_many_categories",
    }
}

impl Rule for CreateCategory {
    type Outcome = Box<Category>;
    type Refusal = CreateCategoryRefusal;

    fn name(&self) -> &'static str {
        "create_category"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        if let Some(parent) = &self.parent {
            facts.slugs.want(parent);
        }
        facts.slugs.want(&self.slug);
        facts.want_tree();
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Box<Category>, CreateCategoryRefusal> {
        if facts.slugs.get(&self.slug).is_some() {
            return Err(CreateCategoryRefusal::SlugTaken);
        }
        if facts.tree().len() >= MOST {
            return Err(CreateCategoryRefusal::TooMany);
        }
        let parent = match &self.parent {
            Some(slug) => {
                let parent = facts.slugs.get(slug);
                Some(parent.ok_or(CreateCategoryRefusal::UnknownParent)?.is)
            }
            None => None,
        };
        let category = Category {
            id: CategoryId(facts.counters.next(&COUNTER)),
            slug: self.slug.clone(),
            name: self.name.clone(),
            parent,
        };
        facts.slugs.learn(SlugOwner { name: self.slug.clone(), is: category.id });
        facts.category_uses.learn(CategoryUse { name: category.id, is: 0 });
        facts.categories.make(category.clone());
        let noted = Noted::Category(&category);
        context.note(facts, TrailKind::CategoryCreated, noted, (None, Some(&category)));
        Ok(Box::new(category))
    }

    fn kept(category: &Box<Category>) -> Box<str> {
        idempotency::written(category)
    }
}

impl Before for Box<Category> {
    fn read(kept: &str) -> Option<Self> {
        idempotency::read(kept)
    }
}

/// Renames a category, gives it another slug, or moves it with all that is below it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EditCategory {
    pub category: Text<100>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<Text<100>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<200>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Option<Text<100>>>,
}

kinds! {
    pub enum EditCategoryRefusal {
        NotFound = "category_not_found",
        SlugTaken = "slug_taken",
        UnknownParent = "unknown_category",
        /// It would be below itself.
        Circle = "category_circle",
    }
}

impl Rule for EditCategory {
    type Outcome = Box<Category>;
    type Refusal = EditCategoryRefusal;

    fn name(&self) -> &'static str {
        "edit_category"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        if let Some(id) = facts.slugs.follow(&self.category).map(|owner| owner.is) {
            facts.categories.want(&id);
        }
        self.slug
            .iter()
            .chain(self.parent.iter().flatten())
            .for_each(|slug| facts.slugs.want(slug));
        facts.want_tree();
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Box<Category>, EditCategoryRefusal> {
        let before = facts.category(&self.category).ok_or(EditCategoryRefusal::NotFound)?.clone();
        let mut edited = before.clone();
        if let Some(slug) = &self.slug {
            match facts.slugs.get(slug) {
                Some(owner) if owner.is != before.id => return Err(EditCategoryRefusal::SlugTaken),
                _ => edited.slug = slug.clone(),
            }
        }
        if let Some(name) = &self.name {
            edited.name = name.clone();
        }
        if let Some(parent) = &self.parent {
            let parent = match parent {
                Some(slug) => {
                    let owner = facts.slugs.get(slug);
                    Some(owner.ok_or(EditCategoryRefusal::UnknownParent)?.is)
                }
                None => None,
            };
            if parent.is_some_and(|parent| facts.is_below(parent, before.id)) {
                return Err(EditCategoryRefusal::Circle);
            }
            edited.parent = parent;
        }
        if edited == before {
            return Ok(Box::new(edited));
        }
        facts.categories.put(edited.clone());
        if edited.slug != before.slug {
            facts.slugs.forget(&before.slug);
            facts.slugs.learn(SlugOwner { name: edited.slug.clone(), is: edited.id });
            // Products are shown with it, and none is edited by this.
            let shown = facts.products.rows.values_mut().map(|slot| &mut slot.row);
            let shown = shown.filter(|product| product.category == Some(edited.id));
            shown.for_each(|product| product.category_slug = Some(edited.slug.clone()));
        }
        let (kind, noted) = (TrailKind::CategoryChanged, Noted::Category(&before));
        context.note(facts, kind, noted, (Some(&before), Some(&edited)));
        Ok(Box::new(edited))
    }
}

/// Takes a category that nothing is below, and no product in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RemoveCategory {
    pub category: Text<100>,
}

kinds! {
    pub enum RemoveCategoryRefusal {
        NotFound = "category_not_found",
        InUse = "category_in_use",
    }
}

impl Rule for RemoveCategory {
    type Outcome = Box<Category>;
    type Refusal = RemoveCategoryRefusal;

    fn name(&self) -> &'static str {
        "remove_category"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        if let Some(id) = facts.slugs.follow(&self.category).map(|owner| owner.is) {
            facts.categories.want(&id);
            facts.category_uses.want(&id);
        }
        facts.want_tree();
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Box<Category>, RemoveCategoryRefusal> {
        let category = facts.category(&self.category);
        let category = category.ok_or(RemoveCategoryRefusal::NotFound)?.clone();
        let has_products = facts.category_uses.get(&category.id).is_some_and(|used| used.is > 0);
        let has_children = facts.tree().values().any(|parent| *parent == Some(category.id));
        if has_products || has_children {
            return Err(RemoveCategoryRefusal::InUse);
        }
        facts.categories.drop(&category.id);
        facts.slugs.forget(&category.slug);
        let (kind, noted) = (TrailKind::CategoryRemoved, Noted::Category(&category));
        context.note(facts, kind, noted, (Some(&category), None));
        Ok(Box::new(category))
    }
}

commands!(
    Categories: CreateCategory = "create_category" -> Box<Category>,
    EditCategory = "edit_category" -> Never, RemoveCategory = "remove_category" -> Never
);

/// So many there are at most: who changes the tree reads all of it.
pub const MOST: usize = 10_000;

/// Where a category is in the tree, as it was when the batch began. Read after the tree's lock, never written.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    pub tree: Tree,
    pub id: CategoryId,
    pub parent: Option<CategoryId>,
}

integer_ids! { Tree }

impl Tree {
    /// The one that there is.
    pub const ONE: Tree = Tree(1);
}

impl Row for Branch {
    type Key = (Tree, CategoryId);
    type Find = Tree;
    fn key(&self) -> (Tree, CategoryId) {
        (self.tree, self.id)
    }
}

impl Child for Branch {
    fn parent((tree, _): &Self::Key) -> Tree {
        *tree
    }
    fn lowest(tree: &Tree) -> Self::Key {
        (*tree, CategoryId(i64::MIN))
    }
}

impl Facts {
    fn want_tree(&mut self) {
        self.counters.want(&COUNTER);
        self.branches.want(&Tree::ONE);
    }

    /// Whose name this is, if it still is: another node may have given it away since it was looked up.
    fn category(&self, slug: &Text<100>) -> Option<&Category> {
        let category = self.categories.get(&self.slugs.get(slug)?.is)?;
        (category.slug == *slug).then_some(category)
    }

    /// All categories with what they are below, after what this batch has done to them.
    fn tree(&self) -> BTreeMap<CategoryId, Option<CategoryId>> {
        let mut tree: BTreeMap<_, _> =
            self.branches.of(&Tree::ONE).map(|branch| (branch.id, branch.parent)).collect();
        for (id, slot) in &self.categories.rows {
            match slot.mark {
                Mark::Dropped => tree.remove(id),
                _ => tree.insert(*id, slot.row.parent),
            };
        }
        tree
    }

    /// Whether this is that category, or below it.
    fn is_below(&self, this: CategoryId, that: CategoryId) -> bool {
        let tree = self.tree();
        let mut above = Some(this);
        // No longer than the tree is: a circle in it, which there never is, ends nothing but this.
        for _ in 0..=tree.len() {
            match above {
                Some(id) if id == that => return true,
                Some(id) => above = tree.get(&id).copied().flatten(),
                None => return false,
            }
        }
        true
    }

    /// A product has left one category for another.
    pub(crate) fn recategorized(&mut self, from: Option<CategoryId>, to: Option<CategoryId>) {
        for (category, change) in [(from, -1), (to, 1)] {
            let used = category.and_then(|id| self.category_uses.get(&id)).cloned();
            if let Some(CategoryUse { name, is }) = used {
                self.category_uses.learn(CategoryUse { name, is: is + change });
            }
        }
    }
}
