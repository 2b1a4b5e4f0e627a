//! What may pass is waited for: a command is sent again while the shop has no time for it.

use std::time::Duration;
use store::Rejection;
use tokio::time::{Instant, sleep};

/// As long as a few batches take.
pub const PAUSE: Duration = Duration::from_millis(10);

/// Sends until it is taken, or there is no time left. Each pause is twice the one before, up to the longest.
pub async fn until_taken<T, R, F>(
    until: Instant,
    longest_pause: Duration,
    may_pass: impl Fn(&Rejection<R>) -> bool,
    mut send: impl FnMut() -> F,
) -> Result<T, Rejection<R>>
where
    F: Future<Output = Result<T, Rejection<R>>>,
{
    let mut pause = PAUSE;
    loop {
        match send().await {
            Err(rejection) if may_pass(&rejection) && Instant::now() + pause <= until => {
                sleep(pause).await;
                pause = (pause * 2).min(longest_pause);
            }
            sent => return sent,
        }
    }
}
