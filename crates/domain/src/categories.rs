//! Categories: a tree by slug, under which products are found.

use crate::{
    Context, Facts, Fingerprint, Text, TrailKind, commands,
    counters::CounterName,
    facts::{Row, SlugOwner},
    idempotency::{self, Before},
    integer_ids, kinds,
    rules::{Keyed, Rule, Who},
};
use serde::{Deserialize, Serialize};

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
        facts.counters.want(&COUNTER);
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Box<Category>, CreateCategoryRefusal> {
        if facts.slugs.get(&self.slug).is_some() {
            return Err(CreateCategoryRefusal::SlugTaken);
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
        facts.categories.make(category.clone());
        let subject = Text::stored(&format!("category:{}", category.slug));
        context.note(facts, TrailKind::CategoryCreated, subject, (None, Some(&category)));
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

commands!(Categories: CreateCategory = "create_category" -> Box<Category>);
