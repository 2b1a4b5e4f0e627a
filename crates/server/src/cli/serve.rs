//! `sutler serve`: a shop for real. It does not start with a secret that could be guessed, nor with
//! accounts whose passwords everybody knows, nor where customers wait for a mail that is never sent, nor with
//! letters that cannot be written.

use super::{
    Outcome, check,
    migrate::{self, Migrates},
    node::{self, Listeners},
};
use crate::{app::App, settings::Settings};
use anyhow::bail;
use std::process::ExitCode;

pub async fn run(settings: Settings, migrates: Migrates) -> Outcome {
    if let Some(problem) = check::secrets(&settings)
        .into_iter()
        .chain(check::needed_mail(&settings))
        .chain(check::wrong_backups(&settings))
        .chain(check::wrong_tls(&settings))
        .next()
    {
        bail!("{}. {}", problem.what, problem.remedy);
    }
    let wrong: Vec<String> =
        check::wrong_templates(&settings).map(|problem| problem.what).collect();
    if !wrong.is_empty() {
        bail!("mail_templates cannot be used: {}", wrong.join("; "));
    }
    let stop = node::asked_to_stop()?;
    let listeners = Listeners::open(&settings)?;
    migrate::prepare(&settings, migrates).await?;
    let app = App::open(settings, false)?;
    app.check_currency().await?;
    refuse_demo(&app).await?;
    tracing::info!(
        address = %listeners.address()?,
        public_url = app.settings.public_url,
        database = %app.location,
        "serving"
    );
    node::run(app, listeners, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// Not where anybody can come in as an admin.
async fn refuse_demo(app: &App) -> anyhow::Result<()> {
    let names = check::well_known_accounts(&app.readers, &app.passwords).await?;
    if names.is_empty() {
        return Ok(());
    }
    bail!(
        "{} is a demo's: everybody knows the passwords of its accounts {}. Begin with an empty \
         database (--data-dir or --database-url says where it is), or open this one with `sutler demo`",
        app.location,
        names.join(" and ")
    )
}
