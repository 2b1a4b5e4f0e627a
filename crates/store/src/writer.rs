//! The writer: one thread behind a bounded queue. While one batch commits, the next one gathers.
//!
//! A command that waits may be dropped, by its deadline or because its client left; a command that
//! was taken runs to a known end.

use crate::{
    admission::Admission,
    door::{Answered, Counts, Door, Rejection, Reply, World},
    failpoints::{Point, reached},
    tx::Connect,
};
use domain::{BatchId, Command, Done, Listed, Who, rules::Weight};
use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, time::timeout_at};
use uuid::Uuid;

#[derive(Clone, Debug)]
pub struct Limits {
    /// How many commands may wait.
    pub queue_commands: usize,
    /// When the oldest one has waited longer than this, new ones are refused.
    pub queue_age: Duration,
    /// How long a command may wait before its first attempt.
    pub command_deadline: Duration,
    /// How long to wait for the end of one that was taken.
    pub answer_deadline: Duration,
    /// Roughly how many rows a batch may write.
    pub batch_rows: usize,
    /// Roughly how many bytes, at most: what the texts of all lines could come to.
    pub batch_bytes: usize,
    /// How long to look for the end of a batch after closing.
    pub closing_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            queue_commands: 10_000,
            queue_age: Duration::from_secs(2),
            command_deadline: Duration::from_secs(5),
            answer_deadline: Duration::from_secs(15),
            batch_rows: 20_000,
            batch_bytes: 64 << 20,
            closing_time: Duration::from_secs(10),
        }
    }
}

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const DROPPED: u8 = 2;

/// Whether a command still waits: the writer and the client agree on it by one exchange.
#[derive(Clone)]
struct Claim(Arc<AtomicU8>);

impl Claim {
    fn become_if_waiting(&self, state: u8) -> bool {
        let exchange = self.0.compare_exchange(WAITING, state, Ordering::AcqRel, Ordering::Acquire);
        exchange.is_ok()
    }
}

/// A client that goes away takes its waiting command along.
struct Withdraw(Claim);

impl Drop for Withdraw {
    fn drop(&mut self) {
        self.0.become_if_waiting(DROPPED);
    }
}

struct Job {
    command: Command,
    claim: Claim,
    since: Instant,
    reply: oneshot::Sender<Reply>,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    admission: Admission,
    closed_at: Option<Instant>,
}

struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    limits: Limits,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it holds the lock; were it so, the queue would still be whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, job: Job) -> Result<(), Rejection> {
        let mut waiting = self.lock();
        if waiting.closed_at.is_some() {
            return Err(Rejection::Closing);
        }
        let before = waiting.jobs.len();
        if !self.keeps_up(&waiting) || !waiting.admission.admits(before, job.since) {
            return Err(Rejection::Busy);
        }
        waiting.jobs.push_back(job);
        reached(Point::Queued);
        drop(waiting);
        self.arrived.notify_one();
        Ok(())
    }

    fn keeps_up(&self, waiting: &Waiting) -> bool {
        let oldest = waiting.jobs.front().map(|job| job.since.elapsed());
        waiting.jobs.len() < self.limits.queue_commands
            && oldest.is_none_or(|age| age <= self.limits.queue_age)
    }

    /// Waits until there is work; false when the queue is closed and empty.
    fn wait(&self) -> bool {
        let waiting = self.lock();
        let idle = |waiting: &mut Waiting| waiting.jobs.is_empty() && waiting.closed_at.is_none();
        let waiting =
            self.arrived.wait_while(waiting, idle).unwrap_or_else(PoisonError::into_inner);
        !waiting.jobs.is_empty()
    }

    /// All that waits, up to the limit of a batch.
    fn take(&self) -> Vec<Job> {
        let mut waiting = self.lock();
        let (mut rows, mut bytes) = (0, 0);
        let before = waiting.jobs.len();
        let mut taken = Vec::with_capacity(before);
        while let Some(job) = waiting.jobs.front() {
            let Weight { rows: more_rows, bytes: more_bytes } = job.command.weight();
            (rows, bytes) = (rows + more_rows, bytes + more_bytes);
            let is_full = rows > self.limits.batch_rows || bytes > self.limits.batch_bytes;
            if is_full && !taken.is_empty() {
                break;
            }
            taken.extend(waiting.jobs.pop_front());
        }
        let left = waiting.jobs.len();
        waiting.admission.taken(before, left, Instant::now());
        drop(waiting);
        taken.retain(|job| job.claim.become_if_waiting(TAKEN));
        taken
    }
}

/// The world as it is: random ids, real pauses.
struct RealWorld {
    queue: Arc<Queue>,
    began: Instant,
}

impl World for RealWorld {
    fn new_batch_id(&mut self) -> BatchId {
        BatchId(Uuid::now_v7())
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn pause(&mut self, how_long: Duration) {
        std::thread::sleep(how_long);
    }

    fn must_give_up(&self) -> bool {
        let closed_at = self.queue.lock().closed_at;
        closed_at.is_some_and(|at| at.elapsed() > self.queue.limits.closing_time)
    }
}

/// What a command is answered, in its own types.
pub type Sent<C> = Result<
    Answered<<C as domain::Rule>::Outcome, <C as Listed>::Before>,
    Rejection<<C as domain::Rule>::Refusal>,
>;

/// Where commands go in. Dropping it closes it and waits for what was accepted.
pub struct Writer {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    pub counts: Arc<Counts>,
}

impl Writer {
    pub fn start(connect: Box<dyn Connect>, limits: Limits) -> std::io::Result<Writer> {
        let queue = Queue { waiting: Mutex::default(), arrived: Condvar::new(), limits };
        let queue = Arc::new(queue);
        let counts = Arc::<Counts>::default();
        let (jobs, counted) = (queue.clone(), counts.clone());
        let run = move || write_until_closed(&jobs, connect, counted);
        let thread = std::thread::Builder::new().name("writer".into()).spawn(run)?;
        Ok(Writer { queue, thread: Mutex::new(Some(thread)), counts })
    }

    /// Sends a rule through the door, and gives back its own types.
    pub async fn send<C: Listed>(&self, who: Who, rule: C) -> Sent<C> {
        let reply = self.send_command(Command { who, action: rule.action() }).await;
        // What is not the command's own was never an answer to it.
        match reply {
            Ok(Answered { done: Done::Now(outcome), commit }) => match C::outcome(outcome) {
                Some(outcome) => Ok(Answered { done: Done::Now(outcome), commit }),
                None => Err(Rejection::Unknown),
            },
            Ok(Answered { done: Done::Before(kept), commit }) => match C::before(&kept) {
                Some(before) => Ok(Answered { done: Done::Before(before), commit }),
                None => {
                    tracing::error!(command = C::NAME, "a kept answer cannot be read");
                    Err(Rejection::Unreadable)
                }
            },
            Err(rejection) => Err(rejection.narrowed(C::refusal).unwrap_or(Rejection::Unknown)),
        }
    }

    /// The same for an action whose kind the caller does not care for.
    pub async fn send_command(&self, command: Command) -> Reply {
        let (reply, mut answer) = oneshot::channel();
        let claim = Claim(Arc::new(AtomicU8::new(WAITING)));
        let since = Instant::now();
        let withdraw = Withdraw(claim.clone());
        self.queue.push(Job { command, claim, since, reply })?;
        let limits = &self.queue.limits;
        let deadline = (since + limits.command_deadline).into();
        if let Ok(answer) = timeout_at(deadline, &mut answer).await {
            return answer.unwrap_or(Err(Rejection::Unknown));
        }
        if withdraw.0.become_if_waiting(DROPPED) {
            return Err(Rejection::Late);
        }
        let deadline = (since + limits.answer_deadline).into();
        match timeout_at(deadline, answer).await {
            Ok(Ok(reply)) => reply,
            _ => Err(Rejection::Unknown),
        }
    }

    pub fn waiting(&self) -> usize {
        self.queue.lock().jobs.len()
    }

    /// Whether the queue is within its limits. A node that refuses some still works as fast as it can.
    pub fn is_keeping_up(&self) -> bool {
        let waiting = self.queue.lock();
        waiting.closed_at.is_none() && self.queue.keeps_up(&waiting)
    }

    /// Takes no more, finishes what waits, and ends the thread.
    pub fn close(&self) {
        self.queue.lock().closed_at.get_or_insert_with(Instant::now);
        self.queue.arrived.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the writer's thread panicked");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

/// So that one that comes again and again leaves time for others.
const AFTER_A_PANIC: Duration = Duration::from_millis(100);

fn write_until_closed(queue: &Arc<Queue>, connect: Box<dyn Connect>, counts: Arc<Counts>) {
    let world = RealWorld { queue: queue.clone(), began: Instant::now() };
    let mut door = Door::new(connect, world, counts.clone());
    // So that the first customer does not wait for the connection. What it panics of is met again.
    let _ = catch_unwind(AssertUnwindSafe(|| door.prepare()));
    while queue.wait() {
        let writing = AssertUnwindSafe(|| write_one(queue, &mut door));
        if catch_unwind(writing).is_err() {
            // What became of its batch is not known, and its clients are told so: their replies went
            // with it. The next one gets a connection that knows nothing of this one.
            tracing::error!("the writer panicked; it goes on with a new connection");
            counts.panics.fetch_add(1, Ordering::Relaxed);
            door.forget();
            std::thread::sleep(AFTER_A_PANIC);
        }
    }
}

fn write_one(queue: &Queue, door: &mut Door<RealWorld>) {
    if !door.prepare() {
        // Closed, and no database in sight: what waits was never tried.
        queue.take().into_iter().for_each(|job| drop(job.reply.send(Err(Rejection::Closing))));
        return;
    }
    let jobs = queue.take();
    let commands: Vec<&Command> = jobs.iter().map(|job| &job.command).collect();
    if commands.is_empty() {
        return;
    }
    let begun = Instant::now();
    let replies = door.run(&commands);
    let ended = Instant::now();
    // One without a commit tells nothing of the others.
    if replies.iter().any(Result::is_ok) {
        queue.lock().admission.written(commands.len(), ended - begun, ended);
    }
    for (job, reply) in jobs.into_iter().zip(replies) {
        // Nobody listens when the client has left; the change stands all the same.
        let _ = job.reply.send(reply);
    }
}
