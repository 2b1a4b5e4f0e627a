//! Categories: a tree by slug, under which products are found.

use crate::{
    CategoryId, Decision, Outcome, Refusal, Text,
    commands::Context,
    facts::{Facts, Needs},
};
use serde::{Deserialize, Serialize};

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
    pub parent: Option<Text<100>>,
}

impl CreateCategory {
    pub fn needs(&self, needs: &mut Needs) {
        needs.slugs.extend(self.parent.clone());
        needs.slugs.insert(self.slug.clone());
        needs.last_category = true;
    }

    pub fn decide(&self, facts: &mut Facts, _context: &Context) -> Decision {
        if facts.categories.contains_key(&self.slug) {
            return Err(Refusal::SlugTaken);
        }
        let parent = match &self.parent {
            Some(slug) => Some(facts.categories.get(slug).ok_or(Refusal::UnknownCategory)?.id),
            None => None,
        };
        facts.last_category += 1;
        let category = Category {
            id: CategoryId(facts.last_category),
            slug: self.slug.clone(),
            name: self.name.clone(),
            parent,
        };
        facts.changes.categories.push(category.clone());
        facts.categories.insert(self.slug.clone(), category.clone());
        Ok(Outcome::Category(Box::new(category)))
    }
}
