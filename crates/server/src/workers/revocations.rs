//! Asks which sessions have ended and which accounts were disabled, on any node.

use super::{Turn, Worker};
use crate::app::App;
use std::time::Duration;

pub struct Poll;

/// As the API promises it: nodes learn of ends within a second.
const WITHIN: Duration = Duration::from_secs(1);
const _: () = assert!(WITHIN.as_secs() <= 1);

impl Worker for Poll {
    const NAME: &'static str = "revocations";
    const PAUSE: Duration = WITHIN;

    async fn turn(&self, shop: &App) -> Turn {
        match shop.revocations.poll(shop).await {
            Ok(()) => Turn::Done,
            Err(error) => Turn::Failed(format!("cannot ask which sessions have ended: {error}")),
        }
    }
}
