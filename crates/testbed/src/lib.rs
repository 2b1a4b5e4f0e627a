//! Throw-away Postgres and mail servers, directories and ports for tests and benchmarks, and the programs
//! of other languages that they need. Std only.
//! Invariant: whatever it starts is on loopback, is stopped by the pid it started, and does not
//! outlive the process that asked for it, however that process ends.

mod cache;
pub mod databases;
mod directories;
mod installation;
pub mod node;
mod ports;
mod postgres;
pub mod processes;
pub mod python;
mod settings;
mod smtp;

pub use databases::{TestPostgres, test_server};
pub use directories::TempDir;
pub use ports::free_port;
pub use postgres::Postgres;
pub use settings::Durability;
pub use smtp::{Received, SmtpOptions, SmtpServer, SmtpTls};
