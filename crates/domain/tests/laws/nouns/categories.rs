//! Categories, of few slugs, so that they meet.

use super::{Drawn, Noun, keyed, unkeyed};
use crate::{
    answers::{KeptAnswer, kept},
    compared::same_rows,
    drafts::{act, slugs, text},
    golden::{Golden, golden},
    shop::Shop,
    store::{rows, view},
};
use domain::{
    Action, Category, CategoryId, CounterName, CreateCategory, EditCategory, Facts, Listed,
    RemoveCategory,
    categories::{self, Branch, Tree},
    facts::{CategoryUse, SlugOwner},
};
use model::Model;
use proptest::{option::weighted, prelude::*, test_runner::TestCaseResult};

pub struct Categories;

impl Noun for Categories {
    fn drafts(&self) -> Vec<Drawn> {
        vec![
            keyed(3, creations().prop_map(act)),
            unkeyed(3, edits().prop_map(act)),
            unkeyed(3, removals().prop_map(act)),
        ]
    }

    fn twist(&self, action: &mut Action) {
        if let Action::Categories(categories::Action::CreateCategory(category)) = action {
            category.name = text("another shelf");
        }
    }

    fn least(&self) -> Vec<Golden> {
        vec![golden(
            CreateCategory { slug: text("camp"), name: text("Camp"), parent: None },
            r#"{"slug":"camp","name":"Camp"}"#,
            "c66e0450-accb-550b-28c3-0de88db1f978",
        )]
    }

    fn most(&self) -> Vec<Golden> {
        vec![golden(
            CreateCategory { slug: text("tents"), name: text("Tents"), parent: Some(text("camp")) },
            r#"{"slug":"tents","name":"Tents","parent":"camp"}"#,
            "092bc631-af8f-7e6b-dd6c-97cedb4fddc5",
        )]
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        let (slug, name) = (text("camp"), text("Camp"));
        let category = Category { id: CategoryId(3), slug, name, parent: Some(CategoryId(2)) };
        let text = r#"1 {"id":3,"slug":"camp","name":"Camp","parent":2}"#;
        vec![kept::<CreateCategory>(text, &Box::new(category))]
    }

    fn counter(&self) -> Option<CounterName> {
        Some(categories::COUNTER)
    }

    fn name_again(&self, facts: &mut Facts) {
        let slugs = rows(&facts.categories);
        let slugs = slugs.map(|found| SlugOwner { name: found.slug.clone(), is: found.id });
        facts.slugs = view(slugs);
        tree_again(facts);
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.categories), model.categories.iter())
    }
}

/// What the database tells of the tree, and of what is in it.
pub fn tree_again(facts: &mut Facts) {
    let branches = rows(&facts.categories);
    let branches = branches.map(|Category { id, parent, .. }| (*id, *parent));
    facts.branches = view(branches.map(|(id, parent)| Branch { tree: Tree::ONE, id, parent }));
    let within = |id| rows(&facts.products).filter(|product| product.category == Some(id)).count();
    let uses = rows(&facts.categories).map(|found| found.id);
    let uses = uses.map(|name| CategoryUse { name, is: within(name) as i64 });
    facts.category_uses = view(uses);
    for slot in facts.products.rows.values_mut() {
        let category = slot.row.category.and_then(|id| facts.categories.get(&id));
        slot.row.category_slug = category.map(|category| category.slug.clone());
    }
}

pub fn edits() -> impl Strategy<Value = Action> {
    let parents = weighted(0.5, weighted(0.7, slugs()));
    (slugs(), weighted(0.3, slugs()), weighted(0.3, Just(text("another shelf"))), parents).prop_map(
        |(category, slug, name, parent)| EditCategory { category, slug, name, parent }.action(),
    )
}

pub fn removals() -> impl Strategy<Value = Action> {
    slugs().prop_map(|category| RemoveCategory { category }.action())
}

pub fn creations() -> impl Strategy<Value = Action> {
    (slugs(), weighted(0.6, slugs()))
        .prop_map(|(slug, parent)| CreateCategory { slug, name: text("a shelf"), parent }.action())
}
