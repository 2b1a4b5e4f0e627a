//! Looks how far the feed has come, for those who wait for it: one row, and only while there are any.

use super::{Turn, Worker};
use crate::app::App;
use std::time::Duration;

pub struct Feed;

/// What cannot be asked now is asked less often.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

impl Worker for Feed {
    const NAME: &'static str = "feed";
    const PAUSE: Duration = Duration::from_millis(100);

    async fn turn(&self, shop: &App) -> Turn {
        shop.following.somebody().await;
        match shop.readers.exact().feed().await {
            Ok(feed) => {
                shop.following.tell(feed.position);
                Turn::Done
            }
            Err(error) => {
                tokio::time::sleep(AFTER_FAILURE).await;
                Turn::Failed(format!("cannot ask how far the feed has come: {error}"))
            }
        }
    }
}
