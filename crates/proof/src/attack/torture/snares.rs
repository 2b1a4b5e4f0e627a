//! Moments at which somebody is about to kill a node: whoever comes to one tells him, once, and may hold still
//! until it is done.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::oneshot::{Receiver, Sender, channel},
    time::sleep,
};

/// What happens then is known outside of the shop, and the shop has not written it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The fulfilment service has an order, and has not answered.
    Posted,
    /// It has answered.
    Answered,
    /// The mail server has read a letter, and does not say so.
    LetterRead,
    /// It has said that it takes the letter.
    LetterTaken,
}

const MOMENTS: usize = 4;
/// So long the shop is kept where it is: longer than a kill takes.
const HELD: Duration = Duration::from_millis(300);

#[derive(Default)]
pub struct Snares([Mutex<Option<Sender<()>>>; MOMENTS]);

impl Snares {
    /// Told when it comes next.
    pub fn set(&self, moment: Moment) -> Receiver<()> {
        let (sender, receiver) = channel();
        self.0[moment as usize].lock().unwrap_or_else(PoisonError::into_inner).replace(sender);
        receiver
    }

    /// Whether somebody waited for it.
    pub fn spring(&self, moment: Moment) -> bool {
        let snare = self.0[moment as usize].lock().unwrap_or_else(PoisonError::into_inner).take();
        snare.is_some_and(|snare| snare.send(()).is_ok())
    }

    /// The same, and holds still then.
    pub async fn hold(&self, moment: Moment) {
        if self.spring(moment) {
            sleep(HELD).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_snare_tells_of_its_own_moment_once() {
        let snares = Snares::default();
        assert!(!snares.spring(Moment::Posted));
        let told = snares.set(Moment::Posted);
        assert!(!snares.spring(Moment::LetterTaken));
        assert!(snares.spring(Moment::Posted) && !snares.spring(Moment::Posted));
        told.await.unwrap();
        drop(snares.set(Moment::Answered));
        assert!(!snares.spring(Moment::Answered), "nobody waits any more");
    }
}
