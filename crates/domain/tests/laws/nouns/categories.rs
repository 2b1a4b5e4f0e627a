//! Categories, of few slugs, so that they meet.

use super::{Drawn, Noun, keyed};
use crate::{
    answers::{KeptAnswer, kept},
    compared::same_rows,
    drafts::{act, slugs, text},
    golden::{Golden, golden},
    shop::Shop,
    store::{rows, view},
};
use domain::{
    Action, Category, CategoryId, CounterName, CreateCategory, Facts, Listed, categories,
    facts::SlugOwner,
};
use model::Model;
use proptest::{option::weighted, prelude::*, test_runner::TestCaseResult};

pub struct Categories;

impl Noun for Categories {
    fn drafts(&self) -> Vec<Drawn> {
        vec![keyed(2, creations().prop_map(act))]
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
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.categories), model.categories.iter())
    }
}

pub fn creations() -> impl Strategy<Value = Action> {
    (slugs(), weighted(0.4, slugs()))
        .prop_map(|(slug, parent)| CreateCategory { slug, name: text("a shelf"), parent }.action())
}
