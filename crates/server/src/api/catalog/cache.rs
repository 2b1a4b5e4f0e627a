//! Product pages as they were written last, for at most a second, and what was dear to count, for five.
//! Only lists and details come from here: what an order decides upon never does.

use crate::http::{
    answers::{Page, Written},
    pages::Count,
};
use moka::future::Cache;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use store::{Counted, ProductFilter};

/// How many bytes of pages are kept.
const CAPACITY_BYTES: u64 = 32 * 1024 * 1024;
/// How old a count may be that is not made anew.
const COUNTS_TTL: Duration = Duration::from_secs(5);
/// So many counts are kept, each of a list of its own.
const COUNTS_MOST: u64 = 1000;
/// Whoever asks for the whole list counts anew what has no more rows than this.
const COUNTED_ANEW: i64 = 100;

pub struct CatalogCache {
    /// `None` when the setting says never.
    pages: Option<Cache<(u64, String), Page>>,
    counts: Cache<(u64, ProductFilter), Counted>,
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
        let counts = Cache::builder().time_to_live(COUNTS_TTL).max_capacity(COUNTS_MOST).build();
        CatalogCache { pages, counts, edition: AtomicU64::new(0) }
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

    /// How many products match. What was counted exactly is counted anew for whoever narrows the list; what was not,
    /// and the whole list, which most ask for, may be as it was five seconds ago.
    pub async fn count<E: Clone + Send + Sync + 'static>(
        &self,
        filter: &ProductFilter,
        is_whole: bool,
        count: impl Future<Output = Result<Counted, E>>,
    ) -> Result<Count, E> {
        let key = (self.edition.load(Ordering::Acquire), filter.clone());
        // Made once, however many ask for it at the same time.
        let made = self.counts.entry_by_ref(&key).or_try_insert_with(count).await;
        let made = made.map_err(|error: Arc<E>| error.as_ref().clone())?;
        let counted = *made.value();
        if counted.is_exact && (!is_whole || counted.rows <= COUNTED_ANEW) {
            self.counts.invalidate(&key).await;
        }
        Ok(if made.is_fresh() { counted.into() } else { Count::about(counted.rows) })
    }

    /// An edit on this node is seen at once.
    pub fn forget(&self) {
        self.edition.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[tokio::test]
    async fn a_count_that_is_not_made_anew_is_not_said_to_be_exact() {
        let exact = |rows| Counted { rows, is_exact: true };
        let rough = Counted { rows: 1001, is_exact: false };
        let narrowed = ProductFilter { min_price_minor: Some(1), ..ProductFilter::default() };
        for (filter, is_whole, first, second) in [
            (ProductFilter::default(), true, exact(COUNTED_ANEW), exact(7)),
            (
                ProductFilter::default(),
                true,
                exact(COUNTED_ANEW + 1),
                Counted { is_exact: false, ..exact(101) },
            ),
            (ProductFilter::default(), true, rough, rough),
            (narrowed.clone(), false, exact(9_000), exact(7)),
            (narrowed, false, rough, rough),
        ] {
            let catalog = CatalogCache::new(Duration::ZERO);
            let count = async |counted: Counted| {
                let made = async { Ok::<_, Infallible>(counted) };
                catalog.count(&filter, is_whole, made).await.unwrap()
            };
            assert_eq!(count(first).await, first.into(), "{filter:?}");
            assert_eq!(count(exact(7)).await, second.into(), "{filter:?} {first:?}");
            catalog.forget();
            assert_eq!(count(exact(8)).await, exact(8).into(), "after an edit");
        }
    }
}
