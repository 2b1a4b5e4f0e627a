//! Letters about orders of a tortured shop: each tells of a move that was committed, and every move that is to be
//! told of has one.

use super::{judged::OrderRow, moved::Moves};
use crate::{
    attack::torture::{Comparison, News, username},
    nouns::accounts,
};
use domain::EventKind;
use std::collections::{BTreeMap, BTreeSet};

const ALL: [News; 5] =
    [News::Received, News::Completed, News::Cancelled, News::Failed, News::ToStaff];

pub(super) fn compare(
    compared: &Comparison,
    orders: &[OrderRow],
    moves: &Moves,
    wrong: &mut Vec<String>,
) -> anyhow::Result<()> {
    let outside = compared.outside;
    let by_number: BTreeMap<i64, &OrderRow> = orders.iter().map(|row| (row.number, row)).collect();
    for ((news, number), came) in &outside.letters {
        let told = by_number.get(number).map_or(0, |row| times(*news, row, moves));
        if came.read.len() > told {
            let letters = came.read.len();
            wrong.push(format!(
                "{letters} letters say {news:?} of order {number}, to which that has happened \
                 {told} times"
            ));
        }
    }
    if !outside.letters_have_come {
        return Ok(());
    }
    let known = readers(compared)?;
    for row in orders {
        for news in ALL {
            if news != News::ToStaff && !known.contains(row.owner) {
                continue;
            }
            let told = times(news, row, moves);
            let came = outside.letters.get(&(news, row.number));
            let came = came.map_or(0, |came| came.settled.len());
            if came < told {
                let number = row.number;
                wrong.push(format!("{came} letters say {news:?} of order {number}, not {told}"));
            }
        }
    }
    Ok(())
}

/// How often that has happened to an order.
fn times(news: News, row: &OrderRow, moves: &Moves) -> usize {
    let kind = match news {
        News::Received => return 1,
        News::Completed => EventKind::OrderCompleted,
        News::Cancelled => EventKind::OrderCancelled,
        News::Failed | News::ToStaff => EventKind::OrderFailed,
    };
    moves.get(row.id).into_iter().flatten().filter(|told| told.kind == kind).count()
}

/// Customers who stay, and are written to at one address.
fn readers<'c>(compared: &'c Comparison) -> anyhow::Result<BTreeSet<&'c str>> {
    let customers: BTreeSet<String> =
        (0..).map_while(username).take_while(|name| name.starts_with("customer")).collect();
    let named = accounts::named(compared)?;
    Ok(named.into_iter().filter(|[name, _]| customers.contains(*name)).map(|[_, id]| id).collect())
}
