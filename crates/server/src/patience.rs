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
    let (mut pause, mut is_in_doubt) = (PAUSE, false);
    loop {
        match send().await {
            Err(rejection) if may_pass(&rejection) && Instant::now() + pause <= until => {
                is_in_doubt |= matches!(rejection, Rejection::Unknown);
                sleep(pause).await;
                pause = (pause * 2).min(longest_pause);
            }
            // That nothing was begun this time says nothing of the time before.
            Err(rejection) if is_in_doubt && begins_nothing(&rejection) => {
                return Err(Rejection::Unknown);
            }
            sent => return sent,
        }
    }
}

fn begins_nothing<R>(rejection: &Rejection<R>) -> bool {
    use Rejection::{Busy, Closing, Late, Unavailable};
    matches!(rejection, Busy | Late | Closing | Unavailable(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::VecDeque, sync::Mutex};

    #[tokio::test(start_paused = true)]
    async fn what_was_done_perhaps_is_not_said_to_be_undone() {
        use Rejection::{Busy, Refused, Unknown};
        for (answers, told) in [
            (vec![Busy, Busy], Err(Busy)),
            (vec![Unknown, Busy], Err(Unknown)),
            (vec![Unknown, Refused(7)], Err(Refused(7))),
            (vec![Unknown, Busy, Unknown], Err(Unknown)),
        ] {
            let tries = answers.len();
            let answers = Mutex::new(VecDeque::from(answers));
            let send = async || -> Result<(), _> {
                let mut answers = answers.lock().unwrap();
                // There is time for so many.
                Err(if answers.len() == 1 {
                    answers[0].clone()
                } else {
                    answers.pop_front().unwrap()
                })
            };
            let until = Instant::now() + PAUSE * u32::try_from(tries).unwrap();
            let may_pass = |rejection: &Rejection<i32>| !matches!(rejection, Refused(_));
            assert_eq!(until_taken(until, PAUSE, may_pass, send).await, told);
        }
    }
}
