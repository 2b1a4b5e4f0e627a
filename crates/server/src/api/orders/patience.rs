//! What one request has to have done many times is sent again when the shop has no time for it.

use std::time::Duration;
use store::Rejection;
use tokio::time::{Instant, sleep};

const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Whether the shop may do it a moment later. What was tried is sent again under a key only.
pub fn may_pass<R>(rejection: &Rejection<R>, is_keyed: bool) -> bool {
    use Rejection::{Busy, Late, Unavailable, Unknown};
    matches!(rejection, Busy | Late | Unavailable(_)) || is_keyed && matches!(rejection, Unknown)
}

/// Sends until the shop has time for it, or there is none left.
pub async fn patient<T, R, F>(
    until: Instant,
    is_keyed: bool,
    mut send: impl FnMut() -> F,
) -> Result<T, Rejection<R>>
where
    F: Future<Output = Result<T, Rejection<R>>>,
{
    let mut pause = Duration::from_millis(10);
    loop {
        let sent = send().await;
        let comes_again = matches!(&sent, Err(rejection) if may_pass(rejection, is_keyed));
        if !comes_again || Instant::now() + pause >= until {
            return sent;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::orders::MoveRefusal;
    use std::cell::Cell;

    #[tokio::test(start_paused = true)]
    async fn what_a_busy_shop_has_not_begun_is_sent_again_while_there_is_time() {
        let sends = async |refusals: i32, is_keyed, rejection: Rejection<MoveRefusal>| {
            let sends = Cell::new(0);
            let until = Instant::now() + Duration::from_secs(1);
            let sent = patient(until, is_keyed, || {
                sends.set(sends.get() + 1);
                let is_busy = sends.get() <= refusals;
                std::future::ready(if is_busy { Err(rejection.clone()) } else { Ok(()) })
            });
            (sent.await.is_ok(), sends.get())
        };
        use Rejection::{Busy, Late, ShutOut, Unknown};
        assert_eq!(sends(0, false, Busy).await, (true, 1));
        assert_eq!(sends(9, false, Busy).await, (true, 10));
        assert_eq!(sends(9, false, Late).await, (true, 10));
        // In 10, 20, 40 and 80 ms, and then every 100.
        assert_eq!(sends(99, false, Busy).await, (false, 13));
        assert_eq!(sends(1, false, Unknown).await, (false, 1), "it may have been done");
        assert_eq!(sends(1, true, Unknown).await, (true, 2));
        assert_eq!(sends(1, true, ShutOut).await, (false, 1));
    }
}
