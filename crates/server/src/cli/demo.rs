//! `sutler demo`: a shop to try out within a second, on this machine only.

mod catalogue;

use super::{
    Outcome,
    check::well_known_accounts,
    migrate,
    node::{self, Listeners},
    output::say,
    user,
};
use crate::{
    app::App,
    demo::{ACCOUNTS, DemoAccount, first_order, open_channel},
    passwords::Passwords,
    settings::{Listen, Secret, Settings},
};
use anyhow::{Context, bail};
use clap::{Arg, ArgAction, Command};
use domain::{
    Actor, CorrelationId, CreateCategory, CreateProduct, Email, Listed, Money, PublicId, Sku, Text,
    Username,
};
use std::{net::IpAddr, path::Path, process::ExitCode};
use store::Readers;
use uuid::Uuid;

pub fn command() -> Command {
    let published = Arg::new("published").long("published").action(ArgAction::SetTrue).help(
        "Also on Postgres, and on an address that others reach: for a container, whose port is published on \
         loopback alone",
    );
    Command::new("demo").about("Open a shop to try out, on this machine only").arg(published)
}

pub async fn run(mut settings: Settings, is_published: bool) -> Outcome {
    let is_beyond = |ip: IpAddr| !is_published && !ip.is_loopback();
    if settings.listen.resolve().is_ok_and(|address| is_beyond(address.ip())) {
        bail!(not_there(&settings.listen));
    }
    let location = node::location(&settings)?;
    if let store::Location::Postgres(_) = location
        && !is_published
    {
        bail!(
            "the demo makes accounts whose passwords are known to everybody, so it keeps its shop in \
             SQLite only; unset database_url, or use `sutler serve` for a real shop. In a container, \
             `sutler demo --published` takes it"
        );
    }
    let stop = node::asked_to_stop()?;
    let listeners = Listeners::open(&settings)?;
    // A name may mean something else the next time: what is open counts.
    if is_beyond(listeners.address()?.ip()) {
        bail!(not_there(&settings.listen));
    }
    node::make_directory(&settings.data_dir)?;
    if settings.secret_key.is_none() {
        settings.secret_key = Some(kept_secret(&settings.data_dir)?);
    }
    settings.work_by_itself();
    // Before anything of it is changed, if it can be read already.
    let is_known = location.schema().await?.is_workable();
    if is_known {
        let readers = location.readers(2, settings.read_deadline)?;
        let passwords = Passwords::new(settings.password_threads, settings.password_queue)?;
        refuse_real_shop(&readers, &passwords).await?;
    }
    migrate::prepare(&settings, migrate::Migrates::AfterBackup).await?;
    let app = App::open(settings, true)?;
    app.check_currency().await?;
    if !is_known {
        refuse_real_shop(&app.readers, &app.passwords).await?;
    }
    seed(&app).await?;
    say(welcome(&app.settings, &location.to_string()))?;
    node::run(app, listeners, stop).await?;
    Ok(ExitCode::SUCCESS)
}

fn not_there(listen: &Listen) -> String {
    format!(
        "the demo's passwords are known to everybody, so it listens on loopback only, not on {listen}. \
         Use `sutler serve` for a real shop; in a container, whose port is published on loopback alone, \
         `sutler demo --published`"
    )
}

/// Made once, so that tokens outlive a restart.
fn kept_secret(data_dir: &Path) -> anyhow::Result<Secret> {
    let path = data_dir.join("secret.key");
    if let Ok(text) = std::fs::read_to_string(&path)
        && text.trim().len() >= 32
    {
        return Ok(Secret::new(text.trim()));
    }
    let text = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    write_private(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Secret::new(text))
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

async fn refuse_real_shop(readers: &Readers, passwords: &Passwords) -> anyhow::Result<()> {
    // A customer of a real shop may call himself so, with this password too.
    let is_demo = !well_known_accounts(readers, passwords).await?.is_empty();
    if !is_demo && readers.exact().count_accounts(1).await? > 0 {
        bail!(
            "this database has accounts, and not the demo's: it is a real shop. Use another --data-dir or --database-url"
        );
    }
    Ok(())
}

/// Fills an empty shop, and leaves one with products as it is.
async fn seed(app: &App) -> anyhow::Result<()> {
    for DemoAccount { name, password, role } in ACCOUNTS {
        if app.readers.exact().account_named(name).await?.is_none() {
            let username = Username::stored(name);
            let email = Email::stored(&format!("{name}@example.com"));
            user::create(app, username, email, role, password).await?;
        }
    }
    open_channel(app).await?;
    if app.readers.exact().has_products().await? {
        return Ok(());
    }
    for category in catalogue::categories() {
        let action = CreateCategory {
            slug: Text::new(category.slug)?,
            name: Text::new(category.name)?,
            parent: category.parent.map(Text::new).transpose()?,
        };
        send(app, action).await?;
    }
    let products = catalogue::items().into_iter().map(|item| product(app, item));
    let products: Vec<CreateProduct> = products.collect::<Result<_, _>>()?;
    // One after another into the queue, so that ids follow the catalogue; together into the batch.
    let sent = products.into_iter().map(|product| send(app, product));
    futures_util::future::try_join_all(sent).await?;
    Ok(())
}

fn product(app: &App, item: catalogue::Item) -> anyhow::Result<CreateProduct> {
    let price = Money::new(item.price_minor, app.currency);
    Ok(CreateProduct {
        sku: Some(Sku::new(&item.sku)?),
        description: Text::new(&item.description)?,
        category: Some(Text::new(item.category)?),
        quantity: item.stock,
        ..CreateProduct::of(PublicId(Uuid::now_v7()), Text::new(&item.name)?, price)
    })
}

async fn send<C>(app: &App, rule: C) -> anyhow::Result<()>
where
    C: Listed,
    C::Refusal: std::fmt::Debug,
{
    let correlation = CorrelationId(Uuid::now_v7());
    match app.send(Actor::SYSTEM, correlation, None, rule).await {
        Ok(_) => Ok(()),
        Err(rejection) => anyhow::bail!("the demo's data was refused: {rejection:?}"),
    }
}

fn welcome(settings: &Settings, location: &str) -> String {
    let url = &settings.public_url;
    let accounts = ACCOUNTS.map(|DemoAccount { name, password, role }| {
        format!("    {:<8}  {name:<5} / {password}\n", role.name())
    });
    let steps = first_order(url, settings.processing)
        .map(|step| format!("\n  {}\n\n    {}\n", step.what, step.in_one_line()));
    format!(
        "\n  A shop is open at {url}\n  Kept in {location}. Stop it with Ctrl-C.\n\n  In a browser, {url}/ says what \
         is there, and {url}/docs tries out every request.\n\n{}{}",
        accounts.concat(),
        steps.concat()
    )
}
