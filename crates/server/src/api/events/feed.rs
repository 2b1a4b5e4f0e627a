//! The feed as one client follows it: narrowed as he asked, and shown as he may see it.

use super::{
    queries::Mark,
    views::{EventView, Eyes},
};
use crate::{
    app::App,
    http::{closing::Closing, problems::Problem, rights::Standing},
};
use std::{sync::Arc, time::Duration};
use store::{FeedFilter, FeedPart, Told};

/// Where a reader is behind what is known of the feed, it is asked again after a while.
pub const BEHIND: Duration = Duration::from_millis(100);

pub struct Feed {
    pub app: Arc<App>,
    pub epoch: String,
    pub filter: FeedFilter,
    pub eyes: Eyes,
    /// Whether he still may.
    pub standing: Standing,
    pub closing: Closing,
}

impl Feed {
    pub async fn read(&self, after: i64, most: i64) -> Result<FeedPart, Problem> {
        Ok(self.app.readers.late().feed(&self.filter, after, most).await?)
    }

    pub fn view(&self, told: &Told) -> EventView {
        EventView::of(told, &self.epoch, self.eyes, &self.app.settings.public_url)
    }

    pub fn cursor(&self, position: i64) -> String {
        Mark { epoch: self.epoch.clone(), position }.cursor()
    }
}
