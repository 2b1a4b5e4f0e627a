//! openapi-typescript: types are made of what a shop serves; a client that is written with them (in
//! `clients/typescript`) compiles strictly and buys something.

use crate::{
    Stage,
    report::Report,
    shop::{Shop, said},
};
use std::{fs, os::unix::fs::symlink};
use testbed::node;

pub fn run(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    let client = stage.client("typescript");
    let modules = node::modules(&client)?;
    let shop = Shop::open(stage)?;
    let here = shop.dir().join("client");
    fs::create_dir_all(here.join("src"))?;
    for file in ["package.json", "tsconfig.json", "src/client.ts"] {
        fs::copy(client.join(file), here.join(file))?;
    }
    symlink(&modules, here.join("node_modules"))?;
    let document = here.join("openapi.json");
    fs::write(&document, shop.get("/api/openapi.json")?)?;

    let program = |script: &str| {
        let mut command = node::node();
        command.arg(modules.join(script)).current_dir(&here);
        command
    };
    let mut types = program("openapi-typescript/bin/cli.js");
    let types = said(types.arg(&document).args(["-o", "src/schema.d.ts"]));
    report.check("types are made of the document", types.map(|_| ()));
    let compiled = said(program("typescript/bin/tsc").args(["--strict", "-p", "."]));
    report.check("a client compiles with them", compiled.map(|_| ()));
    report.hear(node::node().arg(here.join("built/client.js")).arg(shop.url()))?;
    report.check("the shop is sound", shop.close());
    Ok(())
}
