//! `sutler products|stock|orders|customers import|export`: sheets in files, beside a shop that is open.

use crate::{
    app::{SECRET, Shop, on_both_engines, until},
    process::{begin, begin_heard, ended, run},
};
use serde_json::json;
use std::{fs, sync::Arc};
use testbed::{TempDir, processes};

on_both_engines! {
    a_sheet_of_products_is_tried_imported_and_exported,
    an_import_that_is_killed_and_run_again_does_nothing_twice,
    an_import_that_is_stopped_says_how_it_goes_on,
}

/// A wrong directory is no empty shop, of which all would be well.
#[test]
fn what_works_on_a_shop_makes_none_and_changes_no_older_one() {
    let dir = TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (nowhere, older) = (at("nowhere"), at("older"));
    run(dir.path(), &["migrate", "--data-dir", &older], &[]).says(0, &[]);
    let file = dir.path().join("older/sutler.db");
    let newest =
        format!("delete from refinery_schema_history where version >= {}", store::SERVES_FROM);
    rusqlite::Connection::open(&file).unwrap().execute_batch(&newest).unwrap();
    let kept = "sku,name\nA,Tin\n";
    fs::write(dir.path().join("sheet.csv"), kept).unwrap();
    for command in [
        &["stock", "low"][..],
        &["stock", "explain", "A"],
        &["stock", "repair"],
        &["stock", "import", "sheet.csv"],
        &["stock", "export", "sheet.csv"],
        &["products", "import", "sheet.csv", "--dry-run"],
        &["products", "export", "sheet.csv"],
        &["customers", "import", "sheet.csv", "--dry-run"],
        &["customers", "export", "sheet.csv"],
        &["orders", "export", "sheet.csv"],
    ] {
        let on = |place| run(dir.path(), &[command, &["--data-dir", place]].concat(), &[]);
        on(&nowhere).says(2, &["there is no shop in", &nowhere]);
        on(&older).says(2, &["is of an older version", "sutler migrate"]);
    }
    assert!(!dir.path().join("nowhere").exists());
    assert_eq!(fs::read_to_string(dir.path().join("sheet.csv")).unwrap(), kept);
}

fn environment(shop: &Shop) -> [(&'static str, &str); 2] {
    [("SUTLER_DATABASE_URL", shop.url.as_str()), ("SUTLER_SECRET_KEY", SECRET)]
}

async fn a_sheet_of_products_is_tried_imported_and_exported(shop: Arc<Shop>) {
    shop.product(json!({ "sku": "OLD", "name": "Old", "price": 1 })).await;
    let dir = TempDir::new().unwrap();
    let run = |arguments: &[&str]| run(dir.path(), arguments, &environment(&shop));
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("in.csv", "sku,name,price,quantity\nOLD,Older,1,\nNEW,=New,2,3\n");
    let import = ["products", "import", "in.csv"];
    let changes = ["line 2: OLD name \"Old\" -> \"Older\"", "would be: 1 created, 1 changed"];
    run(&[&import[..], &["--dry-run"]].concat()).says(0, &changes);
    assert_eq!(shop.ids("").await.len(), 0, "a dry run has written");
    run(&import).says(0, &["1 created, 1 changed, 0 unchanged"]);
    run(&import)
        .says(0, &["0 created, 0 changed", "2 rows were imported before by this same file"]);
    run(&[&import[..], &["--dry-run"]].concat()).says(0, &["2 rows were imported before"]);
    run(&[&import[..], &["--key", "again", "--from-line", "3"]].concat())
        .says(0, &["rows before line 3 are passed over", "0 created, 0 changed, 1 unchanged"]);
    run(&[&import[..], &["--key", "once more"]].concat())
        .says(0, &["0 created, 0 changed, 2 unchanged"]);

    write("bad.csv", "sku,price\nOLD,free\nOTHER,1\nshort\n");
    let told = ["line 2: price", "line 3: name", "line 4: has 1 cells", "3 of 3 rows cannot"];
    run(&["products", "import", "bad.csv"]).says(1, &told);
    write("shoes.csv", "sku,shoe\n");
    let shoes = run(&["products", "import", "shoes.csv"]);
    shoes.says(1, &["line 1: the column \"shoe\" is not known", "image_url"]);
    assert_eq!(shoes.stderr.matches("is not known").count(), 1, "{}", shoes.stderr);
    write("open.csv", "sku,name,price\nA,\"Tin,1\nB,Pot,2\n");
    let open = ["line 2: the quote that is opened in line 2 is never closed", "1 of 1 rows"];
    run(&["products", "import", "open.csv"]).says(1, &open);
    write("german.csv", "\u{feff}SKU;Name;Price;;\r\nOLD;Older;1;;\r\n");
    run(&["products", "import", "german.csv"]).says(0, &["0 created, 0 changed, 1 unchanged"]);
    let again = "; 1 row was imported before by this same file and is passed over: another --key";
    run(&["products", "import", "german.csv"]).says(0, &[again]);
    run(&["products", "import", "nowhere.csv"]).says(1, &["cannot read nowhere.csv"]);
    run(&["products", "import", "."]).says(1, &["is no file"]);

    run(&["products", "export", "out.csv"]).says(0, &[]);
    let out = fs::read_to_string(dir.path().join("out.csv")).unwrap();
    let rows = "OLD,Older,,1.00,0,,,\nNEW,'=New,,2.00,3,,,\n";
    assert!(out.ends_with(rows), "{out}");
    assert_eq!(run(&["products", "export", "-"]).stdout, out);
    assert!(!dir.path().join("-").exists());
    let back = run(&["products", "import", "out.csv", "--dry-run"]);
    assert_eq!(back.stdout, "would be: 0 created, 0 changed, 2 unchanged\n");
    write("moved.csv", "sku,delta,reason\nNEW,-1,lost\n");
    run(&["stock", "import", "moved.csv"]).says(0, &["0 created, 1 changed"]);
    run(&["stock", "export"]).says(0, &["NEW,2,0,2,\n"]);
    shop.customer("ada").await;
    run(&["customers", "export", "people.csv"]).says(0, &[]);
    run(&["customers", "import", "people.csv"]).says(0, &["0 created, 1 unchanged"]);
    run(&["orders", "export"]).says(0, &["number,id,status"]);
}

/// Six commits each; killed when the first is there. What was taken off the shelves is not there to be
/// taken again.
async fn an_import_that_is_killed_and_run_again_does_nothing_twice(shop: Arc<Shop>) {
    const ROWS: usize = 3_000;
    let dir = TempDir::new().unwrap();
    let rows = |row: &dyn Fn(usize) -> String| (1..=ROWS).map(row).collect::<String>();
    let products = rows(&|number| format!("S-{number},Thing {number},1,3\n"));
    let delivery = rows(&|number| format!("S-{number},-2\n"));
    fs::write(dir.path().join("products.csv"), format!("sku,name,price,quantity\n{products}"))
        .unwrap();
    fs::write(dir.path().join("stock.csv"), format!("sku,delta\n{delivery}")).unwrap();
    for (noun, file, units) in [("products", "products.csv", 3), ("stock", "stock.csv", 1)] {
        let arguments = [noun, "import", file];
        let mut killed = begin(dir.path(), &arguments, &environment(&shop));
        until("its first commit", async || {
            let first = on_hand(&shop, "S-1").await;
            first == Some(units)
        })
        .await;
        killed.kill().unwrap();
        killed.wait().unwrap();
        let told = run(dir.path(), &arguments, &environment(&shop));
        told.says(0, &["rows were imported before by this same file"]);
        let stock = run(dir.path(), &["stock", "export"], &environment(&shop));
        let lines: Vec<&str> = stock.stdout.lines().skip(1).collect();
        assert_eq!(lines.len(), ROWS);
        let end = format!(",{units},0,{units},");
        let doubled = lines.iter().find(|line| !line.ends_with(&end));
        assert_eq!(doubled, None, "killed in the middle of {file}");
    }
}

async fn an_import_that_is_stopped_says_how_it_goes_on(shop: Arc<Shop>) {
    const ROWS: usize = 20_000;
    let dir = TempDir::new().unwrap();
    let rows: String = (1..=ROWS).map(|number| format!("S-{number},Thing,1\n")).collect();
    fs::write(dir.path().join("in.csv"), format!("sku,name,price\n{rows}")).unwrap();
    let arguments = ["products", "import", "in.csv"];
    let stopped = begin_heard(dir.path(), &arguments, &environment(&shop));
    until("its first commit", async || on_hand(&shop, "S-1").await.is_some()).await;
    processes::signal("INT", &[stopped.id()]).unwrap();
    ended(stopped).says(1, &["stopped after", "give the same file again"]);
    let told = run(dir.path(), &arguments, &environment(&shop));
    told.says(0, &["rows were imported before by this same file"]);
}

/// What lies there of a sku, if there is one.
async fn on_hand(shop: &Shop, sku: &str) -> Option<i64> {
    let reference = domain::ProductRef::Sku(domain::Sku::new(sku).unwrap());
    let found = shop.app.readers.exact().product(&reference).await.unwrap();
    found.map(|(_, stock)| stock.on_hand)
}
