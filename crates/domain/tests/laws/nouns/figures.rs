//! What the consumers' workers count, from where each stands and from elsewhere, and what they count anew.

use super::{Drawn, Noun, consumers::workers, unkeyed};
use crate::{compared::same_rows, drafts::act, shop::Shop, store::rows, weights::Longest};
use domain::{Action, CountFigures, Figure, FigureKind, Listed};
use model::Model;
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestCaseResult};

pub struct Figures;

impl Noun for Figures {
    fn drafts(&self) -> Vec<Drawn> {
        vec![unkeyed(2, counts().prop_map(act))]
    }

    fn heavy(&self, _: Longest) -> Vec<Action> {
        let (consumer, holder, lease_us) = crate::weights::worker();
        let figure = |bucket| Figure { kind: FigureKind::Orders, bucket, value: 1 };
        let figures = (0..1_000).map(figure).collect();
        let (from, to, is_recount) = (0, 1, false);
        let count = CountFigures { consumer, holder, from, to, figures, is_recount, lease_us };
        vec![count.action()]
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.figures), model.figures.values())
    }
}

fn counts() -> impl Strategy<Value = Action> {
    let steps = (select(vec![0, 0, 0, 1, 2, 3, 4, 5_i64]), -1..4_i64);
    (workers(), steps, vec(figures(), 0..4), prop::bool::weighted(0.2)).prop_map(
        |((consumer, holder, lease_us), (from, step), figures, is_recount)| {
            let to = from + step;
            CountFigures { consumer, holder, from, to, figures, is_recount, lease_us }.action()
        },
    )
}

/// Few enough that they meet.
fn figures() -> impl Strategy<Value = Figure> {
    let kind = select(vec![FigureKind::Statuses, FigureKind::Revenue]);
    (kind, 0..3_i64, -5..9_i64).prop_map(|(kind, bucket, value)| Figure { kind, bucket, value })
}
