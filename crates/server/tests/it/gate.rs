//! A gate before the commits of a node: while it is closed, what is asked for stands within its commit.
//! Invariant: nothing stands there for longer than half a minute, so a story that fails comes to its end.

use crate::app::{Shop, until};
use domain::{BatchId, Micros};
use server::app::App;
use std::{
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};
use store::{
    Error, Limits, Writer,
    tx::{Committed, Connect, Read, Tx, Write},
};

#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<Bar>, Condvar)>);

#[derive(Default)]
struct Bar {
    is_closed: bool,
    /// Whether a commit stands before it.
    holds: bool,
}

impl Gate {
    /// Another node of a shop, whose commits pass this gate.
    pub async fn node(&self, shop: &Shop, limits: Limits) -> Arc<Shop> {
        Shop::open_as(&shop.url, &[], |app| {
            let connect = Box::new(Gated { inner: app.location.writer(), gate: self.clone() });
            App { writer: Writer::start(connect, limits).unwrap(), ..app }
        })
        .await
    }

    pub fn close(&self) {
        self.0.0.lock().unwrap().is_closed = true;
    }

    pub fn open(&self) {
        self.0.0.lock().unwrap().is_closed = false;
        self.0.1.notify_all();
    }

    /// Waits until a commit stands before it.
    pub async fn holds(&self) {
        until("a commit at the gate", async || self.0.0.lock().unwrap().holds).await;
    }

    fn pass(&self) {
        let (bar, opened) = &*self.0;
        let mut bar = bar.lock().unwrap();
        bar.holds = true;
        let longest = Duration::from_secs(30);
        (bar, _) = opened.wait_timeout_while(bar, longest, |bar| bar.is_closed).unwrap();
        bar.holds = false;
    }
}

struct Gated {
    inner: Box<dyn Connect>,
    gate: Gate,
}

struct GatedTx {
    inner: Box<dyn Tx>,
    gate: Gate,
}

impl Connect for Gated {
    fn connect(&self) -> Result<Box<dyn Tx>, Error> {
        Ok(Box::new(GatedTx { inner: self.inner.connect()?, gate: self.gate.clone() }))
    }
}

impl Tx for GatedTx {
    fn begin(&mut self, batch: BatchId, reads: &mut [Read]) -> Result<Micros, Error> {
        self.inner.begin(batch, reads)
    }

    fn read(&mut self, reads: &mut [Read]) -> Result<(), Error> {
        self.inner.read(reads)
    }

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Committed, Error> {
        self.gate.pass();
        self.inner.write_and_commit(writes)
    }

    fn rollback(&mut self) -> Result<(), Error> {
        self.inner.rollback()
    }
}
