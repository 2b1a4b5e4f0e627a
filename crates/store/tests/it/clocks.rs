//! Rules with a time, under a clock that the test advances: a microsecond before, at the very
//! moment, and a microsecond after.

use crate::shop::*;
use domain::{sessions::RefreshRefusal, *};
use std::{
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};
use store::{
    Error, Limits, Rejection, Sqlite, Writer,
    tx::{Committed, Connect, Read, Tx, Write},
};
use uuid::Uuid;

const BEGINNING: Micros = Micros(1_800_000_000_000_000);
const GRACE_US: i64 = 30 * Micros::SECOND;
const LIFETIME_US: i64 = 30 * Micros::DAY;
const ACCOUNT: AccountId = AccountId(Uuid::from_u64_pair(1, 1));

/// A shop in memory, with one account and one product.
struct Timed {
    writer: Writer,
    now: Arc<AtomicI64>,
    kept: Arc<Mutex<Sqlite>>,
}

/// The one connection, which the writer gets and the test keeps.
struct Shared(Arc<Mutex<Sqlite>>);

impl Shared {
    fn sqlite(&self) -> MutexGuard<'_, Sqlite> {
        self.0.lock().unwrap()
    }
}

impl Connect for Shared {
    fn connect(&self) -> Result<Box<dyn Tx>, Error> {
        Ok(Box::new(Shared(self.0.clone())))
    }
}

impl Tx for Shared {
    fn begin(&mut self, batch: BatchId, reads: &mut [Read]) -> Result<Micros, Error> {
        self.sqlite().begin(batch, reads)
    }

    fn read(&mut self, reads: &mut [Read]) -> Result<(), Error> {
        self.sqlite().read(reads)
    }

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Committed, Error> {
        self.sqlite().write_and_commit(writes)
    }

    fn rollback(&mut self) -> Result<(), Error> {
        self.sqlite().rollback()
    }
}

impl Timed {
    async fn open(limits: Limits) -> Timed {
        let now = Arc::new(AtomicI64::new(BEGINNING.0));
        let clock = now.clone();
        let sqlite = Sqlite::in_memory(Box::new(move || Micros(clock.load(Relaxed)))).unwrap();
        let kept = Arc::new(Mutex::new(sqlite));
        let writer = Writer::start(Box::new(Shared(kept.clone())), limits).unwrap();
        let shop = Timed { writer, now, kept };
        let register = command(Actor::SYSTEM, None, register(ACCOUNT, "ada"));
        shop.writer.send_command(register).await.unwrap();
        shop.writer.send_command(create_product(100, 5)).await.unwrap();
        shop
    }

    fn set(&self, now: Micros) {
        self.now.store(now.0, Relaxed);
    }

    fn count(&self, table: &str) -> i64 {
        let sqlite = self.kept.lock().unwrap();
        let sql = format!("select count(*) from {table}");
        sqlite.connection().query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    async fn session(&self) -> SessionId {
        let id = SessionId(Uuid::now_v7());
        let open = log_in(id, ACCOUNT, LIFETIME_US);
        let open = command(Actor::SYSTEM, None, open);
        self.writer.send_command(open).await.unwrap();
        id
    }

    async fn refresh(
        &self,
        id: SessionId,
        generation: i64,
    ) -> Result<Session, Rejection<RefreshRefusal>> {
        let (grace_us, lifetime_us) = (GRACE_US, LIFETIME_US);
        let refresh = RefreshSession {
            id,
            account: ACCOUNT,
            generation,
            grace_us,
            origin: None,
            lifetime_us,
        };
        let refresh = command(Actor::SYSTEM, None, refresh);
        let Done::Now(session) = own::<RefreshSession>(self.writer.send_command(refresh).await)?;
        Ok(session)
    }

    async fn sweep(&self) {
        self.writer.send_command(command(Actor::SYSTEM, None, SWEEP)).await.unwrap();
    }

    /// One more of the product; whether it was done before.
    async fn receive(&self, key: &str) -> bool {
        let product = ProductRef::Id(ProductId(1));
        let line = StockLine { product, change: StockChange::Delta(1), reason: None };
        let receive = MoveStock { lines: vec![line], partial: false };
        let reply = self.writer.send_command(command(customer(9), Some(key), receive)).await;
        matches!(own::<MoveStock>(reply).unwrap(), Done::Before(_))
    }
}

fn story<F: Future<Output = ()>>(tell: impl FnOnce(Timed) -> F) {
    story_within(patient(), tell);
}

fn story_within<F: Future<Output = ()>>(limits: Limits, tell: impl FnOnce(Timed) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tell(Timed::open(limits).await).await });
}

fn refused<T>(refusal: RefreshRefusal) -> Result<T, Rejection<RefreshRefusal>> {
    Err(Rejection::Refused(refusal))
}

#[test]
fn a_used_token_gets_the_next_one_again_until_its_grace_is_over_and_ends_the_session_then() {
    story(async |shop: Timed| {
        for (late, is_theft) in [(-1, false), (0, false), (1, true)] {
            shop.set(BEGINNING);
            let id = shop.session().await;
            let rotated = BEGINNING.plus(7 * Micros::HOUR);
            shop.set(rotated);
            assert_eq!(shop.refresh(id, 1).await.unwrap().generation, 2);
            let back = rotated.plus(GRACE_US + late);
            shop.set(back);
            let session = shop.refresh(id, 1).await.unwrap();
            assert_eq!((session.generation, session.rotated_at), (2, rotated), "{late}");
            assert_eq!(session.ended_at, is_theft.then_some(back), "{late}");
            match is_theft {
                true => {
                    assert_eq!(shop.refresh(id, 2).await, refused(RefreshRefusal::SessionEnded))
                }
                false => assert_eq!(shop.refresh(id, 2).await.unwrap().generation, 3),
            }
        }
    });
}

#[test]
fn a_token_of_long_ago_gets_nothing_within_the_grace_and_ends_the_session_after_it() {
    story(async |shop: Timed| {
        for (late, is_theft) in [(-1, false), (0, false), (1, true)] {
            shop.set(BEGINNING);
            let id = shop.session().await;
            shop.refresh(id, 1).await.unwrap();
            let rotated = BEGINNING.plus(2 * GRACE_US);
            shop.set(rotated);
            assert_eq!(shop.refresh(id, 2).await.unwrap().generation, 3);
            shop.set(rotated.plus(GRACE_US + late));
            let answer = shop.refresh(id, 1).await;
            match is_theft {
                true => assert!(answer.unwrap().ended_at.is_some(), "{late}"),
                false => assert_eq!(answer, refused(RefreshRefusal::TokenUsed), "{late}"),
            }
        }
    });
}

#[test]
fn a_session_is_refreshed_until_it_expires_and_lives_on_from_then() {
    story(async |shop: Timed| {
        let refresh = async |opened: Micros, late: i64| {
            shop.set(opened);
            let id = shop.session().await;
            let now = opened.plus(LIFETIME_US + late);
            shop.set(now);
            (id, now, shop.refresh(id, 1).await)
        };
        for late in [0, 1] {
            let (_, _, answer) = refresh(BEGINNING, late).await;
            assert_eq!(answer, refused(RefreshRefusal::SessionEnded), "{late}");
        }
        let (id, now, answer) = refresh(BEGINNING, -1).await;
        assert_eq!(answer.unwrap().expires_at, now.plus(LIFETIME_US));
        shop.set(now.plus(LIFETIME_US - 1));
        assert_eq!(shop.refresh(id, 2).await.unwrap().generation, 3);
    });
}

#[test]
fn an_expired_session_is_swept_after_thirty_days() {
    story(async |shop: Timed| {
        shop.session().await;
        let last = BEGINNING.plus(LIFETIME_US + 30 * Micros::DAY);
        for (late, left) in [(-1, 1), (0, 1), (1, 0)] {
            shop.set(last.plus(late));
            shop.sweep().await;
            assert_eq!(shop.count("sessions"), left, "{late}");
        }
    });
}

#[test]
fn a_key_is_kept_for_two_days() {
    story(async |shop: Timed| {
        assert!(!shop.receive("k").await);
        for (late, is_kept) in [(-1, true), (0, true), (1, false)] {
            shop.set(BEGINNING.plus(48 * Micros::HOUR + late));
            shop.sweep().await;
            assert_eq!(shop.receive("k").await, is_kept, "{late}");
        }
        assert_eq!(shop.count("stock_entries"), 1 + 2);
    });
}

#[test]
fn a_batch_id_is_kept_for_two_hours() {
    story(async |shop: Timed| {
        let begun = shop.count("batches");
        for (late, left) in [(-1, begun), (0, begun), (1, 0)] {
            let before = shop.count("batches");
            shop.set(BEGINNING.plus(2 * Micros::HOUR + late));
            shop.sweep().await;
            let of_sweeps = before - begun + 1;
            assert_eq!(shop.count("batches"), left + of_sweeps, "{late}");
        }
    });
}

/// The runtime's clock, which the deadlines go by, is stopped and advanced as well.
#[test]
#[expect(clippy::await_holding_lock, reason = "it is what holds the writer up")]
fn a_command_waits_and_is_waited_for_until_its_deadlines_and_no_longer() {
    let seconds = Duration::from_secs;
    let limits =
        Limits { command_deadline: seconds(60), answer_deadline: seconds(180), ..patient() };
    story_within(limits, async |shop: Timed| {
        let kept = shop.kept.clone();
        let shop = Arc::new(shop);
        let held = kept.lock().unwrap();
        let send = || {
            let shop = shop.clone();
            tokio::spawn(async move { shop.writer.send_command(create_product(1, 1)).await })
        };
        let left = async |count: usize| {
            tokio::task::yield_now().await;
            until("the queue", async || shop.writer.waiting() == count).await;
        };
        let taken = send();
        left(0).await;
        let waits = send();
        left(1).await;
        tokio::time::pause();
        let mut at = 0;
        for (second, is_late, is_unknown) in
            [(59, false, false), (61, true, false), (179, true, false), (181, true, true)]
        {
            tokio::time::advance(seconds(second - at)).await;
            at = second;
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            let ended = (waits.is_finished(), taken.is_finished());
            assert_eq!(ended, (is_late, is_unknown), "after {second} s");
        }
        assert_eq!(waits.await.unwrap(), Err(Rejection::Late));
        assert_eq!(taken.await.unwrap(), Err(Rejection::Unknown));
        tokio::time::resume();
        drop(held);
        shop.writer.close();
        assert_eq!(shop.count("products"), 2, "what was taken is done, what was late is not");
    });
}
