//! `sutler migrate`: the schema, brought up to date.

use super::{Outcome, node, output::say};
use crate::settings::Settings;
use std::process::ExitCode;

pub async fn run(settings: &Settings) -> Outcome {
    let location = node::location(settings)?;
    node::make_room(&location)?;
    let applied = location.migrate().await?;
    match applied.is_empty() {
        true => say(format!("{location} is up to date"))?,
        false => say(applied
            .iter()
            .map(|name| format!("applied {name}"))
            .collect::<Vec<_>>()
            .join("\n"))?,
    }
    Ok(ExitCode::SUCCESS)
}
