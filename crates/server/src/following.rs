//! Who waits for events. However many they are, one of the node's workers looks for them how far the feed has
//! come, and only while somebody waits; what other nodes write is seen as well.

use crate::limits::{Full, Place, Places};
use domain::Caller;
use tokio::sync::{Notify, watch};

/// So many may wait at once, in all and of one caller. Each holds a connection, and a little memory.
const MOST: usize = 512;
const MOST_OF_ONE: usize = 64;

pub struct Following {
    places: Places,
    /// The last position that is known.
    position: watch::Sender<i64>,
    begins: Notify,
}

/// Somebody who waits. Dropping him gives his place back.
pub struct Follower {
    _place: Place,
    position: watch::Receiver<i64>,
}

impl Default for Following {
    fn default() -> Following {
        Following::new(MOST, MOST_OF_ONE)
    }
}

impl Following {
    pub fn new(most: usize, most_of_one: usize) -> Following {
        let (position, places) = (watch::Sender::new(0), Places::new(most, most_of_one));
        Following { places, position, begins: Notify::new() }
    }

    pub fn enter(&self, caller: Caller) -> Result<Follower, Full> {
        let place = self.places.enter(caller)?;
        let follower = Follower { _place: place, position: self.position.subscribe() };
        self.begins.notify_one();
        Ok(follower)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.position.receiver_count()
    }

    /// Ready while somebody waits.
    pub async fn somebody(&self) {
        while self.waiting() == 0 {
            self.begins.notified().await;
        }
    }

    /// How far the feed has come: wakes those for whom that is news.
    pub fn tell(&self, position: i64) {
        self.position.send_if_modified(|known| {
            let is_news = *known < position;
            *known = position.max(*known);
            is_news
        });
    }
}

impl Follower {
    /// Ready when there is an event after this position.
    pub async fn beyond(&mut self, position: i64) {
        if self.position.wait_for(|known| *known > position).await.is_err() {
            // The node is gone, and nothing will come any more.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::AccountId;
    use futures_util::FutureExt;
    use uuid::Uuid;

    fn caller(number: u128) -> Caller {
        Caller::account(AccountId(Uuid::from_u128(number)))
    }

    #[tokio::test]
    async fn nobody_looks_while_nobody_waits() {
        let following = Following::new(2, 1);
        assert!(following.somebody().now_or_never().is_none());
        let follower = following.enter(caller(1)).ok();
        assert!(following.somebody().now_or_never().is_some());
        drop(follower);
        assert!(following.somebody().now_or_never().is_none());
    }

    #[tokio::test]
    async fn what_came_before_one_waits_for_it_is_no_less_there() {
        let following = Following::new(2, 1);
        following.tell(7);
        let Ok(mut follower) = following.enter(caller(1)) else { panic!("there is a place") };
        assert!(follower.beyond(6).now_or_never().is_some());
        assert!(follower.beyond(7).now_or_never().is_none());
        // What a node hears late is no step back.
        following.tell(5);
        assert!(follower.beyond(6).now_or_never().is_some());
    }

    #[tokio::test]
    async fn there_are_so_many_places() {
        let following = Following::new(2, 1);
        let own = following.enter(caller(1)).ok();
        assert_eq!(following.enter(caller(1)).err(), Some(Full::Own));
        let others = following.enter(caller(2)).ok();
        assert_eq!(following.enter(caller(3)).err(), Some(Full::All));
        drop((own, others));
        assert!(following.enter(caller(3)).is_ok());
    }
}
