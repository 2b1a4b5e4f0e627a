//! A node of a tortured shop: one process, which is started again on the same address.

use anyhow::{Context, bail};
use std::{
    net::SocketAddr,
    process::{Child, ExitStatus},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use testbed::processes;

const STOPS_WITHIN: Duration = Duration::from_secs(30);
pub const POLL: Duration = Duration::from_millis(2);

pub struct Node {
    pub address: SocketAddr,
    child: Mutex<Option<Child>>,
}

impl Node {
    pub fn at(address: SocketAddr) -> Node {
        Node { address, child: Mutex::default() }
    }

    /// In place of the one before, which has ended.
    pub fn runs_as(&self, child: Child) {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).replace(child);
    }

    pub fn pid(&self) -> Option<u32> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(Child::id)
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> anyhow::Result<Option<ExitStatus>> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = child.as_mut() else { bail!("the node was never started") };
        Ok(running.try_wait()?)
    }

    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let pid = self.pid().context("the node does not run")?;
        Ok(processes::signal(name, &[pid])?)
    }

    pub async fn wait_for_end(&self, limit: Duration) -> anyhow::Result<bool> {
        let started = Instant::now();
        while self.ended()?.is_none() {
            if started.elapsed() > limit {
                return Ok(false);
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(true)
    }

    /// Without the moment that another process takes to send a signal.
    pub async fn kill_at_once(&self) -> anyhow::Result<()> {
        if let Some(child) = self.child.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            child.kill()?;
        }
        self.wait_for_end(STOPS_WITHIN).await.map(drop)
    }

    pub async fn kill(&self) -> anyhow::Result<()> {
        self.signal("KILL")?;
        self.wait_for_end(STOPS_WITHIN).await.map(drop)
    }

    /// As an operator does.
    pub async fn stop(&self) -> anyhow::Result<()> {
        self.signal("TERM")?;
        match self.wait_for_end(STOPS_WITHIN).await? {
            true => Ok(()),
            false => bail!("the node does not stop within {STOPS_WITHIN:?}"),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
