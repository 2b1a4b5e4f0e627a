//! Notes when API keys were used last.

use super::{Turn, Worker};
use crate::app::App;
use domain::{Actor, ApiKeyId, CorrelationId, NoteUse};
use std::time::Duration;
use uuid::Uuid;

pub struct KeyUses;

impl Worker for KeyUses {
    const NAME: &'static str = "key uses";
    const PAUSE: Duration = Duration::from_secs(60);

    async fn turn(&self, shop: &App) -> Turn {
        let correlation = CorrelationId(Uuid::now_v7());
        let mut used = shop.keys.take_used().into_iter();
        while let Some((id, at)) = used.next() {
            let note = NoteUse { id: ApiKeyId(id), at };
            if let Err(rejection) = shop.send(Actor::SYSTEM, correlation, None, note).await {
                shop.keys.give_back([(id, at)].into_iter().chain(used));
                return Turn::Failed(format!("the use of a key was not noted: {rejection:?}"));
            }
        }
        Turn::Done
    }
}
