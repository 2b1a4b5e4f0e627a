//! Chromium: a newcomer gets from / to a placed order with nothing but a browser, on a wide and on a narrow one, also
//! where the shop is a path of a larger site, and no page asks anything of another address.

use crate::{Stage, report::Report, shop::Shop};
use anyhow::Context;
use std::{fs, os::unix::fs::symlink};
use testbed::{free_port, node, processes::on_path};

pub fn run(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    let chromium = on_path("chromium").context("no chromium (Debian: apt-get install chromium)")?;
    let client = stage.client("browser");
    let modules = node::modules(&client)?;
    let shop = Shop::open(stage)?;
    // Another one stands behind a proxy that has more than a shop, below a path of it.
    let public = format!("http://127.0.0.1:{}/camp/shop", free_port()?);
    let beneath = Shop::open_with(stage, &[("SUTLER_PUBLIC_URL", &public)])?;
    let here = shop.dir().join("browser");
    fs::create_dir_all(here.join("src"))?;
    for file in ["package.json", "src/visit.js"] {
        fs::copy(client.join(file), here.join(file))?;
    }
    symlink(&modules, here.join("node_modules"))?;
    let mut visit = node::node();
    visit.arg(here.join("src/visit.js")).arg(chromium);
    visit.args([shop.url(), beneath.url(), &public]);
    report.hear(&mut visit)?;
    report.check("the shop is sound", shop.close());
    report.check("the shop behind the proxy is sound", beneath.close());
    Ok(())
}
