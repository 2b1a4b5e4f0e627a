//! What random scripts do not do to the tree of categories: fill it, and bend it in one batch.

use crate::{
    drafts::{staff, text},
    selling::by,
    shop::{Shop, typed},
};
use domain::{
    Action, ArchiveProduct, CategoryId, Command, CreateCategory, EditCategory, EditProduct, Listed,
    ProductId, ProductRef, Refused, RemoveCategory,
    categories::{
        Branch, CreateCategoryRefusal, EditCategoryRefusal, MOST, RemoveCategoryRefusal, Tree,
    },
};

fn create(slug: &str, parent: Option<&str>) -> Action {
    let parent = parent.map(text);
    CreateCategory { slug: text(slug), name: text("a shelf"), parent }.action()
}

fn moved(slug: &str, parent: &str) -> Action {
    let category = text(slug);
    EditCategory { category, slug: None, name: None, parent: Some(Some(text(parent))) }.action()
}

#[test]
fn a_full_tree_takes_no_more_categories() {
    for (there, is_full) in [(MOST - 1, false), (MOST, true)] {
        let mut shop = Shop::open();
        for id in 1..=there {
            let (tree, id) = (Tree::ONE, CategoryId(1_000 + id as i64));
            shop.facts.branches.load(Branch { tree, id, parent: None });
        }
        // The second one finds what the first has made in the same batch.
        let batch = [create("one", None), create("other", None)].map(|action| by(staff(), action));
        let decided = shop.decide(&batch);
        let refused = decided.into_iter().map(|decision| {
            matches!(
                typed::<CreateCategory>(decision),
                Err(Refused::ByRule(CreateCategoryRefusal::TooMany))
            )
        });
        assert_eq!(refused.collect::<Vec<_>>(), [is_full, true], "{there}");
    }
}

#[test]
fn a_batch_makes_no_circle_of_moves_that_are_none_alone() {
    let mut shop = Shop::open();
    let tree = ["a", "b", "c"].map(|slug| by(staff(), create(slug, None)));
    assert!(shop.decide(&tree).iter().all(Result::is_ok));
    let moves = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "c")];
    let decided = shop.decide(&moves.map(|(slug, parent)| by(staff(), moved(slug, parent))));
    let circles = decided.into_iter().map(|decision| match typed::<EditCategory>(decision) {
        Err(Refused::ByRule(refusal)) => refusal == EditCategoryRefusal::Circle,
        other => other.is_err(),
    });
    assert_eq!(circles.collect::<Vec<_>>(), [false, false, true, true]);
}

#[test]
fn a_category_that_a_batch_has_emptied_goes_in_the_same_batch() {
    let mut shop = Shop::open();
    let remove = |slug: &str| by(staff(), RemoveCategory { category: text(slug) }.action());
    let batch = [
        by(staff(), create("top", None)),
        by(staff(), create("below", Some("top"))),
        remove("top"),
        remove("below"),
        remove("top"),
        remove("top"),
    ];
    let decided = shop.decide(&batch);
    assert!(decided[..2].iter().all(Result::is_ok));
    let refused =
        decided[2..].iter().map(|decision| match typed::<RemoveCategory>(decision.clone()) {
            Err(Refused::ByRule(refusal)) => Some(refusal),
            _ => None,
        });
    let (used, gone) = (RemoveCategoryRefusal::InUse, RemoveCategoryRefusal::NotFound);
    assert_eq!(refused.collect::<Vec<_>>(), [Some(used), None, None, Some(gone)]);
}

/// In one batch, and in as many as there are commands.
#[test]
fn a_category_stays_while_a_product_is_in_it() {
    let product = || ProductRef::Id(ProductId(1));
    let put = |category: Option<&str>| {
        let category = Some(category.map(text));
        by(staff(), EditProduct { category, ..EditProduct::of(product()) }.action())
    };
    let archive = ArchiveProduct { product: product(), versions: None };
    let remove = || by(staff(), RemoveCategory { category: text("camp") }.action());
    let commands: Vec<Command> = vec![
        by(staff(), create("camp", None)),
        put(Some("camp")),
        remove(),
        put(None),
        remove(),
        by(staff(), create("camp", None)),
        put(Some("camp")),
        remove(),
        by(staff(), archive.action()),
        remove(),
    ];
    for size in [1, commands.len()] {
        let mut shop = Shop::open();
        let decided = commands.chunks(size).flat_map(|batch| shop.decide(batch));
        let refused = decided.map(|decision| decision.is_err());
        let refused: Vec<usize> =
            (0..).zip(refused).filter_map(|(at, is)| is.then_some(at)).collect();
        assert_eq!(refused, [2, 7], "in batches of {size}");
    }
}
