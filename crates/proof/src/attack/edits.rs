//! What is less grave gets one treatment: random edits, through the door of a real database, against
//! the model, which is a map; and at the end the rows of both engines are what the map holds.

use crate::{
    nouns::{Care, Checked, NOUNS, draws},
    simulation::{Clients, Request},
    stage::{engines::Engine, random::Random, texts},
    verdicts::{Line, Verdict},
};
use anyhow::Context;
use domain::{BatchId, Command, Done, Listed, Micros, Refused, Register};
use model::{End, Kept, Model};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use store::{
    Error, Location, Rejection, Reply,
    door::{Door, World},
    tx::{Committed, Connect, Read, Tx, Write},
};
use testbed::{Durability, Postgres, TempDir};
use uuid::Uuid;

const PEOPLE: usize = 5;
const LARGEST_BATCH: usize = 8;

/// On an engine of its own.
pub async fn run(engines: &[Engine], edits: u64) -> anyhow::Result<Vec<Line>> {
    let mut broken = Vec::new();
    for engine in engines {
        let dir = TempDir::new()?;
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                Some(Postgres::start(Durability::Off).context("starting Postgres")?)
            }
        };
        let url = match &server {
            None => format!("sqlite://{}", dir.path().join("sutler.db").display()),
            Some(server) => server.url("postgres"),
        };
        let location: Location = url.parse().map_err(anyhow::Error::msg)?;
        location.migrate().await?;
        let edited = edit(location.clone(), edits).await?;
        let held = match edited {
            Ok(model) => compared(&location, &model).await?,
            Err(what) => Err(what),
        };
        broken.extend(held.err().map(|what| format!("{engine}: {what}")));
    }
    Ok(vec![Line {
        tried: "random edits of what is less grave".to_owned(),
        times: format!("{edits} on each engine"),
        verdict: Verdict::of(broken.is_empty()),
        remark: broken.join("; "),
    }])
}

/// The door has a runtime of its own, which no other may hold.
async fn edit(location: Location, edits: u64) -> anyhow::Result<Result<Model, String>> {
    let edited = tokio::task::spawn_blocking(move || play(&location, edits));
    edited.await.context("the editor died")
}

fn play(location: &Location, edits: u64) -> Result<Model, String> {
    let began = Arc::<Began>::default();
    let connect = Watched { connect: location.writer(), began: began.clone() };
    let mut door = Door::new(Box::new(connect), Clock(Instant::now()), Arc::default());
    // Most of it is somebody's who has registered.
    let plain = draws().filter(|draw| draw.care == Care::Plain || draw.name == Register::NAME);
    let plain = plain.map(|draw| (draw.weight, draw)).collect();
    let (mut random, mut model) = (Random::new(edits), Model::default());
    let mut clients = Clients::new(Random::new(random.next()), PEOPLE, plain);
    let (mut done, mut step) = (0, 0);
    while done < edits {
        step += 1;
        let count = 1 + random.below(LARGEST_BATCH);
        let asked = clients.ask(step, step as i64, count);
        let requests: Vec<Request> = asked.into_iter().map(|(request, _)| request).collect();
        let commands: Vec<&Command> = requests.iter().map(|request| &request.command).collect();
        let replies = door.run(&commands);
        let now = began.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let now = now.ok_or("a batch was answered, and never begun")?;
        let ends = model.commit(commands.iter().copied(), now);
        for ((request, reply), end) in requests.iter().zip(&replies).zip(&ends) {
            if !is_right(&request.command, reply, end) {
                let sent = &request.command;
                return Err(format!("told {reply:?}, expected {end:?}, asked {sent:?}"));
            }
            clients.hear(request, Some(reply))?;
            done += 1;
        }
    }
    Ok(model)
}

fn is_right(command: &Command, reply: &Reply, end: &End) -> bool {
    let told = match reply {
        Ok(answered) => Ok(&answered.done),
        Err(Rejection::Refused(refusal)) => Err(Refused::ByRule(refusal.clone())),
        Err(Rejection::ShutOut) => Err(Refused::ShutOut),
        Err(Rejection::KeyReused) => Err(Refused::KeyReused),
        Err(_) => return false,
    };
    match (told, end) {
        (Ok(Done::Now(told)), Ok(Done::Now(outcome))) => told == outcome,
        (Ok(Done::Before(text)), Ok(Done::Before(kept))) => {
            Kept::read(&command.action, text) == *kept
        }
        (Err(refused), Err(reasons)) => reasons.contains(&refused),
        _ => false,
    }
}

/// The rows of all tables that are treated so.
async fn compared(location: &Location, model: &Model) -> anyhow::Result<Checked> {
    let tables: Vec<_> = NOUNS.iter().filter_map(|noun| noun.texts()).collect();
    let statements: Vec<&str> = tables.iter().map(|table| table.sql).collect();
    let found = texts::read(location, &statements).await?;
    for (table, found) in tables.iter().zip(found) {
        let expected = (table.expected)(model);
        if found != expected {
            let sql = table.sql;
            return Ok(Err(format!("{sql}: found {found:?}, and should be {expected:?}")));
        }
    }
    Ok(Ok(()))
}

struct Clock(Instant);

impl World for Clock {
    fn new_batch_id(&mut self) -> BatchId {
        BatchId(Uuid::now_v7())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn pause(&mut self, how_long: Duration) {
        std::thread::sleep(how_long);
    }

    fn must_give_up(&self) -> bool {
        false
    }
}

/// The time of the transaction, which the model has to know.
#[derive(Default)]
struct Began(Mutex<Option<Micros>>);

struct Watched {
    connect: Box<dyn Connect>,
    began: Arc<Began>,
}

impl Connect for Watched {
    fn connect(&self) -> Result<Box<dyn Tx>, Error> {
        let (tx, began) = (self.connect.connect()?, self.began.clone());
        Ok(Box::new(WatchedTx { tx, began }))
    }
}

struct WatchedTx {
    tx: Box<dyn Tx>,
    began: Arc<Began>,
}

impl Tx for WatchedTx {
    fn begin(&mut self, batch: BatchId, reads: &mut [Read]) -> Result<Micros, Error> {
        let now = self.tx.begin(batch, reads)?;
        self.began.0.lock().unwrap_or_else(PoisonError::into_inner).replace(now);
        Ok(now)
    }

    fn read(&mut self, reads: &mut [Read]) -> Result<(), Error> {
        self.tx.read(reads)
    }

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Committed, Error> {
        self.tx.write_and_commit(writes)
    }

    fn rollback(&mut self) -> Result<(), Error> {
        self.tx.rollback()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn random_edits_leave_what_a_map_holds_on_both_engines() {
        let mut engines = vec![Engine::Sqlite];
        engines.extend(Postgres::find().map(|_| Engine::Postgres));
        let lines = run(&engines, 2_000).await.unwrap();
        for line in lines {
            assert_eq!(line.verdict, Verdict::Held, "{line:?}");
        }
    }
}
