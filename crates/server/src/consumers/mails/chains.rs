//! Letters that go one after the other: those of one order to one reader. Chains go side by side, as many as
//! there are lines.

use super::due::Due;
use crate::ports::mail::{AWAITED_LINES, Post, Unsent};
use futures_util::{StreamExt, stream};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

pub struct Chain(Vec<Due>);

/// What came of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Sent,
    Refused,
    Later(String),
    Away(String),
    /// It was not tried: one before it, or the server, has to be waited for.
    Held,
}

impl Chain {
    /// In the order of the events.
    pub fn all(due: Vec<Due>) -> Vec<Chain> {
        let mut chains = BTreeMap::<_, Vec<Due>>::new();
        for due in due {
            let reader = due.mail.to.as_str().to_owned();
            chains.entry((due.order, reader)).or_default().push(due);
        }
        // The oldest first: whoever has waited longest.
        let mut chains: Vec<Chain> = chains.into_values().map(Chain).collect();
        chains.sort_by_key(|Chain(due)| due.first().map(|due| due.position));
        chains
    }
}

pub async fn send(post: &Post, chains: Vec<Chain>) -> Vec<(Due, Ended)> {
    let is_away = AtomicBool::new(false);
    let sent = stream::iter(chains.into_iter().map(|chain| send_chain(post, chain, &is_away)));
    sent.buffer_unordered(AWAITED_LINES).concat().await
}

async fn send_chain(post: &Post, Chain(due): Chain, is_away: &AtomicBool) -> Vec<(Due, Ended)> {
    let (mut ended, mut is_held) = (Vec::with_capacity(due.len()), false);
    for due in due {
        if is_held || is_away.load(Relaxed) {
            ended.push((due, Ended::Held));
            continue;
        }
        let end = match post.send_awaited(&due.mail, due.stamp).await {
            Ok(()) => Ended::Sent,
            Err(Unsent::Refused) => Ended::Refused,
            Err(Unsent::Later(why)) => Ended::Later(why),
            Err(Unsent::Away(why)) => {
                is_away.store(true, Relaxed);
                Ended::Away(why)
            }
        };
        is_held = matches!(end, Ended::Later(_) | Ended::Away(_));
        ended.push((due, end));
    }
    ended
}
