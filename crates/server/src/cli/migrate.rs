//! `sutler migrate`: the schema, brought up to date.

use super::{Outcome, node};
use crate::settings::Settings;
use std::process::ExitCode;

pub async fn run(settings: &Settings) -> Outcome {
    let location = node::location(settings)?;
    let applied = location.migrate().await?;
    match applied.is_empty() {
        true => println!("{location} is up to date"),
        false => applied.iter().for_each(|migration| println!("applied {migration}")),
    }
    Ok(ExitCode::SUCCESS)
}
