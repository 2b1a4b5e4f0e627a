//! What nobody comes back for: when all clients have gone, the shop gives back by itself what its carts hold.

use super::stand::{POLL_ROWS, Stand};
use crate::stage::texts;
use anyhow::ensure;
use std::time::{Duration, Instant};

/// A cart's time, twice the pause of whoever looks for those that are over, and a busy machine.
const GIVEN_BACK_WITHIN: Duration = Duration::from_secs(40);
const HELD: &str = "select @cart_id, product_id, units from holds order by cart_id";

/// Those who follow the events, and begin with what comes when they have begun.
const FOLLOWERS: &str = "select name from consumers where name = 'mails'";
const BEGIN_WITHIN: Duration = Duration::from_secs(20);

impl Stand {
    /// What happened before is told to nobody.
    pub async fn wait_for_followers(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        while texts::read(&self.location, &[FOLLOWERS]).await?.concat().is_empty() {
            ensure!(began.elapsed() < BEGIN_WITHIN, "nobody follows the events of the shop");
            tokio::time::sleep(POLL_ROWS).await;
        }
        Ok(())
    }

    /// What is still held when nothing may be held any more, in words.
    pub async fn left_alone(&self) -> anyhow::Result<Option<String>> {
        let began = Instant::now();
        loop {
            let held = texts::read(&self.location, &[HELD]).await?.concat();
            if held.is_empty() {
                return Ok(None);
            }
            if began.elapsed() > GIVEN_BACK_WITHIN {
                let found = held.len();
                return Ok(Some(format!(
                    "{found} lines of carts are held {GIVEN_BACK_WITHIN:?} after everybody has left; the \
                     first: {:?}",
                    held[0]
                )));
            }
            tokio::time::sleep(POLL_ROWS).await;
        }
    }
}
