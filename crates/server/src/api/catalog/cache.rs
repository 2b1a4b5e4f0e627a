//! Product pages as they were written last, for at most a second. Only lists and details come from
//! here: what an order decides upon never does.

use crate::http::answers::{Page, Written};
use moka::future::Cache;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How many bytes of pages are kept.
const CAPACITY_BYTES: u64 = 32 * 1024 * 1024;

pub struct CatalogCache {
    /// `None` when the setting says never.
    pages: Option<Cache<(u64, String), Page>>,
    /// Raised by every edit: a page that was being made meanwhile belongs to the past.
    edition: AtomicU64,
}

impl CatalogCache {
    pub fn new(ttl: Duration) -> CatalogCache {
        let pages = (!ttl.is_zero()).then(|| {
            Cache::builder()
                .time_to_live(ttl)
                .max_capacity(CAPACITY_BYTES)
                .weigher(|(_, key): &(u64, String), page: &Page| {
                    u32::try_from(key.len() + page.body.len() + 64).unwrap_or(u32::MAX)
                })
                .build()
        });
        CatalogCache { pages, edition: AtomicU64::new(0) }
    }

    /// The page under this key, made once however many ask for it at the same time. Keys of
    /// different kinds of pages must differ.
    pub async fn page<V, E: Clone + Send + Sync + 'static>(
        &self,
        key: String,
        make: impl Future<Output = Result<Written<V>, E>>,
    ) -> Result<Written<V>, E> {
        let Some(pages) = &self.pages else { return make.await };
        let key = (self.edition.load(Ordering::Acquire), key);
        if let Some(page) = pages.get(&key).await {
            return Ok(Written::again(page));
        }
        let make = async { make.await.map(|written| written.page) };
        let made = pages.try_get_with(key, make).await;
        made.map(Written::again).map_err(|error: Arc<E>| error.as_ref().clone())
    }

    /// An edit on this node is seen at once.
    pub fn forget(&self) {
        self.edition.fetch_add(1, Ordering::AcqRel);
    }
}
