//! `sutler serve`: a shop for real. It does not start with a secret that could be guessed.

use super::{Outcome, check, node};
use crate::{app::App, settings::Settings};
use anyhow::bail;
use std::process::ExitCode;

pub async fn run(settings: Settings, migrates: bool) -> Outcome {
    if let Some(problem) = check::secret(&settings) {
        bail!("{}. {}", problem.what, problem.remedy);
    }
    let stop = node::asked_to_stop()?;
    node::prepare(&settings, migrates).await?;
    let location = node::location(&settings)?;
    let app = App::open(settings, false)?;
    app.check_currency().await?;
    let node = node::Node::open(app)?;
    tracing::info!(
        address = %node.address()?,
        public_url = node.app.settings.public_url,
        database = %location,
        "serving"
    );
    node.run(stop).await?;
    Ok(ExitCode::SUCCESS)
}
