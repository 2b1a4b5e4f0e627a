//! Imports that do not come to their end, or come again: what is done once is never done twice, and whoever
//! brings a file is told what is so. Most move stock down, where a second time would be refused or oversell.

use super::PRODUCTS;
use crate::{
    app::{Person, Shop, on_both_engines},
    standstill::Standstill,
};
use domain::{Actor, CorrelationId, IdempotencyKey, OrderStatus, Role};
use serde_json::{Value, json};
use server::{
    api::catalog::cache::CatalogCache,
    app::App,
    http::problems::Problem,
    sheets::{
        imports::{self, By, Checked, Written},
        spools::anonymous,
        stock::StockSheet,
    },
};
use std::{fs::File, io::Write, sync::Arc, time::Duration};
use uuid::Uuid;

on_both_engines! {
    an_import_that_was_refused_midway_goes_on_whoever_brings_it,
    an_import_that_was_broken_off_goes_on_elsewhere,
    a_mended_file_goes_on_from_the_line_that_was_told,
    a_file_that_came_before_is_told_to_do_nothing,
    a_key_stands_for_one_file_of_one_caller,
    one_file_that_two_bring_at_once_is_done_once,
    a_file_that_is_imported_while_it_is_looked_at_is_not_bad,
    a_file_that_changes_while_it_is_read_is_refused,
    a_row_that_asks_for_what_is_so_changes_nothing,
    the_first_errors_are_told_and_how_many_more_there_are,
    a_row_is_told_all_that_is_wrong_with_it,
    a_list_shows_what_was_imported_a_moment_ago,
    a_list_that_was_made_before_the_commit_is_shown_no_more,
    a_row_that_is_refused_is_told_by_its_line_whatever_stands_between,
    an_answer_is_of_the_last_commit_of_its_sheet,
}

const PRODUCT_SHEET: &str = "/api/catalog/products.csv";
const STOCK_SHEET: &str = "/api/catalog/inventory.csv";
/// Three commits.
const ROWS: usize = 1_100;

/// Two of each of these.
async fn stocked(shop: &Shop) {
    let rows = (1..=ROWS).map(|number| format!("S-{number},Thing,1,2\n"));
    let text = format!("sku,name,price,quantity\n{}", rows.collect::<String>());
    bring(shop, &shop.staff, PRODUCT_SHEET, &text, None).await.expect(200);
}

fn sales() -> String {
    let rows = (1..=ROWS).map(|number| format!("S-{number},-2\n"));
    format!("sku,delta\n{}", rows.collect::<String>())
}

async fn bring(
    shop: &Shop,
    token: &str,
    path: &str,
    text: &str,
    key: Option<&str>,
) -> crate::client::Answer {
    let ask = shop.ask("POST", path).token(token).raw("text/csv", text);
    key.into_iter().fold(ask, |ask, key| ask.key(key)).send().await
}

fn counts(answer: &Value) -> [i64; 4] {
    ["created", "changed", "unchanged", "done_before"].map(|name| answer[name].as_i64().unwrap())
}

fn file(text: &str) -> File {
    let mut file = anonymous().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// The command line.
fn by_system() -> By {
    let correlation = CorrelationId(Uuid::now_v7());
    By { actor: Actor::SYSTEM, correlation, key: None, from_line: 0 }
}

async fn looked_at(shop: &Shop, text: &str) -> Checked {
    let found = &mut |_: imports::Finding<'_>| Ok(());
    let checked = imports::check::<StockSheet>(&shop.app, &by_system(), &file(text), found).await;
    checked.unwrap()
}

async fn written(shop: &Shop, text: &str, checked: &Checked) -> Result<Written, Problem> {
    let app = &shop.app;
    imports::write::<StockSheet>(app, &by_system(), &file(text), checked, &mut |_| {}).await
}

/// By the command line; a product of its second commit went while it was on its way.
async fn refused_midway(shop: &Shop) {
    stocked(shop).await;
    let checked = looked_at(shop, &sales()).await;
    let gone = shop.ask("DELETE", &format!("{PRODUCTS}/sku:S-700")).token(&shop.staff);
    gone.send().await.expect_empty(204);
    let refused = written(shop, &sales(), &checked).await.unwrap_err();
    let told = "1 of its rows cannot be done now. The rows before line 502 are imported (500), and none from there on. Bring a mended file from that line on (--from-line 502, or from_line=502";
    assert!(refused.detail().contains(told), "{}", refused.detail());
    let errors = refused.field_errors();
    assert_eq!((errors.len(), errors[0].line, &*errors[0].field), (1, Some(701), "sku"));
    on_hand(shop, |number| if number <= 500 { 0 } else { 2 }).await;
}

/// What lies there of each that is sold.
async fn on_hand(shop: &Shop, expected: impl Fn(usize) -> i64) {
    let stock = shop.get(STOCK_SHEET).token(&shop.staff).send().await.text();
    for line in stock.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let Some(number) = cells[0].strip_prefix("S-") else { continue };
        let expected = expected(number.parse().unwrap()).to_string();
        assert_eq!(cells[1], expected, "{line}");
    }
}

async fn other_staff(shop: &Shop) -> Person {
    shop.somebody(Role::Staff).await
}

async fn an_import_that_was_refused_midway_goes_on_whoever_brings_it(shop: Arc<Shop>) {
    refused_midway(&shop).await;
    let other = other_staff(&shop).await;
    // Its rows that are done are not compared with what they have done.
    let refused = bring(&shop, &other.token, STOCK_SHEET, &sales(), None).await;
    let problem = refused.problem(422, "invalid");
    let told = "1 of 1100 rows cannot be imported, and so none was; 500 rows of this file were imported before";
    assert_eq!(problem["detail"], told);
    assert_eq!(
        (&problem["errors"][0]["line"], &problem["errors"][0]["field"]),
        (&json!(701), &json!("sku"))
    );
    shop.product(json!({ "sku": "S-700", "name": "Thing", "price": 1, "quantity": 2 })).await;
    // Nor is it known any more what they were done to.
    let gone = shop.ask("DELETE", &format!("{PRODUCTS}/sku:S-3")).token(&shop.staff);
    gone.send().await.expect_empty(204);
    let dry = format!("{STOCK_SHEET}?dry_run=true");
    let told = bring(&shop, &other.token, &dry, &sales(), None).await.expect(200);
    assert_eq!(counts(&told), [0, 600, 0, 500]);
    assert_eq!(told["changes"].as_array().unwrap().len(), 600);
    let done = bring(&shop, &other.token, STOCK_SHEET, &sales(), None).await;
    assert_eq!(counts(&done.expect(200)), [0, 600, 0, 500]);
    assert_eq!(done.header("idempotent-replayed"), None);
    on_hand(&shop, |_| 0).await;
    let again = bring(&shop, &shop.staff, STOCK_SHEET, &sales(), None).await;
    assert_eq!(counts(&again.expect(200)), [0, 0, 0, 1_100]);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let by_hand = written(&shop, &sales(), &looked_at(&shop, &sales()).await).await.unwrap();
    assert_eq!(by_hand.counts.done_before, 1_100);
    on_hand(&shop, |_| 0).await;
}

async fn an_import_that_was_broken_off_goes_on_elsewhere(shop: Arc<Shop>) {
    stocked(&shop).await;
    let node = shop.second_node(&[]).await;
    let (app, sales) = (&node.app, file(&sales()));
    let until = async |by: By, last: u64| {
        let found = &mut |_: imports::Finding<'_>| Ok(());
        let checked = imports::check::<StockSheet>(app, &by, &sales, found).await.unwrap();
        let closes = &mut |rows: u64| {
            if rows == last {
                app.writer.close()
            }
        };
        let written = imports::write::<StockSheet>(app, &by, &sales, &checked, closes).await;
        written.unwrap_err().detail().to_owned()
    };
    let told = until(by_system(), 500).await;
    let expected =
        "; the first 500 rows are imported: bring the same file again, and it goes on from there";
    assert!(told.ends_with(expected), "{told}");
    let key = Some(IdempotencyKey::new("K").unwrap());
    let told = until(By { key, from_line: 502, ..by_system() }, 0).await;
    let expected = "; the first 0 rows are imported: bring the same file again under the same key from the same line 502 on, and it goes on from there";
    assert!(told.ends_with(expected), "{told}");
    on_hand(&shop, |number| if number <= 500 { 0 } else { 2 }).await;
    let done = bring(&shop, &shop.staff, STOCK_SHEET, &self::sales(), None).await.expect(200);
    assert_eq!(counts(&done), [0, 600, 0, 500]);
    on_hand(&shop, |_| 0).await;
}

async fn a_mended_file_goes_on_from_the_line_that_was_told(shop: Arc<Shop>) {
    refused_midway(&shop).await;
    let mended = sales().replace("S-700,-2\n", "S-1,0\n");
    let path = format!("{STOCK_SHEET}?from_line=502");
    let dry = format!("{path}&dry_run=true");
    let told = bring(&shop, &shop.staff, &dry, &mended, None).await.expect(200);
    assert_eq!(counts(&told), [0, 599, 1, 0]);
    let done = bring(&shop, &shop.staff, &path, &mended, None).await.expect(200);
    assert_eq!(counts(&done), [0, 599, 1, 0]);
    on_hand(&shop, |_| 0).await;
    let again = bring(&shop, &shop.staff, &path, &mended, None).await.expect(200);
    assert_eq!(counts(&again), [0, 0, 0, 600]);
    on_hand(&shop, |_| 0).await;
}

async fn a_file_that_came_before_is_told_to_do_nothing(shop: Arc<Shop>) {
    shop.product(json!({ "sku": "T", "name": "First", "price": 1 })).await;
    let (one, other) = ("sku,name\nT,One\n", "sku,name\nT,Other\n");
    for (text, expected) in [(one, [0, 1, 0, 0]), (other, [0, 1, 0, 0]), (one, [0, 0, 0, 1])] {
        for path in [&format!("{PRODUCT_SHEET}?dry_run=true"), PRODUCT_SHEET] {
            let told = bring(&shop, &shop.staff, path, text, None).await.expect(200);
            assert_eq!(counts(&told), expected, "{text} {path}");
            let many = if path == PRODUCT_SHEET { 0 } else { expected[1] as usize };
            assert_eq!(told["changes"].as_array().unwrap().len(), many);
        }
    }
    let shown = shop.get(&format!("{PRODUCTS}/sku:T")).token(&shop.staff).send().await.expect(200);
    assert_eq!(shown["name"], "Other");
}

async fn a_key_stands_for_one_file_of_one_caller(shop: Arc<Shop>) {
    shop.product(json!({ "sku": "T", "name": "T", "price": 1, "quantity": 10 })).await;
    let other = other_staff(&shop).await;
    let (three, four, idle) = ("sku,delta\nT,-3\n", "sku,delta\nT,-4\n", "sku,delta\nT,\n");
    let ask = async |token: &str, path: &str, text: &str, key: &str| {
        bring(&shop, token, path, text, Some(key)).await
    };
    let staff = shop.staff.as_str();
    assert_eq!(counts(&ask(staff, STOCK_SHEET, three, "K").await.expect(200)), [0, 1, 0, 0]);
    assert_eq!(counts(&ask(staff, STOCK_SHEET, three, "K").await.expect(200)), [0, 0, 0, 1]);
    // Also when it is tried only, for another kind of sheet, or after a file that asked for nothing.
    assert_eq!(counts(&ask(staff, STOCK_SHEET, idle, "IDLE").await.expect(200)), [0, 0, 1, 0]);
    let dry = format!("{STOCK_SHEET}?dry_run=true");
    for (path, text, key) in [
        (STOCK_SHEET, four, "K"),
        (&dry, four, "K"),
        (PRODUCT_SHEET, "sku,name\nT,Tin\n", "K"),
        (STOCK_SHEET, four, "IDLE"),
        (&format!("{STOCK_SHEET}?from_line=2"), three, "K"),
    ] {
        ask(staff, path, text, key).await.problem(422, "idempotency_key_reused");
    }
    let lines = json!({ "lines": [{ "product": "T", "delta": 1 }] });
    let batch = shop.post("/api/catalog/inventory/batch", &lines).token(staff).key("K");
    batch.send().await.problem(422, "idempotency_key_reused");
    // Of another caller it is another key, and without one a file is everybody's.
    assert_eq!(counts(&ask(&other.token, STOCK_SHEET, four, "K").await.expect(200)), [0, 1, 0, 0]);
    let stock = shop.get(STOCK_SHEET).token(staff).send().await.text();
    assert!(stock.ends_with("T,3,0,3,\n"), "{stock}");
}

async fn one_file_that_two_bring_at_once_is_done_once(shop: Arc<Shop>) {
    stocked(&shop).await;
    let other = other_staff(&shop).await;
    let sales = sales();
    let (one, two) = tokio::join!(
        bring(&shop, &shop.staff, STOCK_SHEET, &sales, None),
        bring(&shop, &other.token, STOCK_SHEET, &sales, None),
    );
    let (one, two) = (counts(&one.expect(200)), counts(&two.expect(200)));
    let rows = ROWS as i64;
    assert_eq!((one[1] + two[1], one[3] + two[3]), (rows, rows), "{one:?} {two:?}");
    on_hand(&shop, |_| 0).await;
}

async fn a_file_that_is_imported_while_it_is_looked_at_is_not_bad(shop: Arc<Shop>) {
    stocked(&shop).await;
    let runtime = tokio::runtime::Handle::current();
    let import = async || {
        let checked = looked_at(&shop, &sales()).await;
        written(&shop, &sales(), &checked).await.unwrap();
    };
    let mut is_first = true;
    let found = &mut |finding: imports::Finding<'_>| {
        if matches!(finding, imports::Finding::Rows(500)) && is_first {
            is_first = false;
            std::thread::scope(|scope| scope.spawn(|| runtime.block_on(import())).join().unwrap());
        }
        Ok(())
    };
    let file = file(&sales());
    let checked = imports::check::<StockSheet>(&shop.app, &by_system(), &file, found).await;
    let checked = checked.unwrap();
    let counts = checked.counts;
    assert_eq!((checked.bad, counts.changed, counts.done_before), (0, 500, 600));
    let written = written(&shop, &sales(), &checked).await.unwrap();
    assert_eq!((written.counts.changed, written.counts.done_before), (0, 1_100));
    on_hand(&shop, |_| 0).await;
}

async fn a_file_that_changes_while_it_is_read_is_refused(shop: Arc<Shop>) {
    stocked(&shop).await;
    let checked = looked_at(&shop, &sales()).await;
    let changed = sales().replace("S-502,-2", "S-502,some");
    let refused = written(&shop, &changed, &checked).await.unwrap_err();
    let told = "line 503 is not what it was when it was looked at";
    assert!(refused.detail().starts_with(told), "{}", refused.detail());
    assert!(refused.detail().contains("before line 502"), "{}", refused.detail());
    on_hand(&shop, |number| if number <= 500 { 0 } else { 2 }).await;
}

async fn a_row_that_asks_for_what_is_so_changes_nothing(shop: Arc<Shop>) {
    let mut ids = Vec::new();
    for sku in ["A", "B", "C"] {
        let body = json!({ "sku": sku, "name": sku, "price": 1, "quantity": 5 });
        ids.push(shop.product(body).await["id"].as_i64().unwrap());
    }
    let first = ids[0];
    let text = "sku,set,delta\nA,5,\nB,6,\nC,,0\n";
    for path in [&format!("{STOCK_SHEET}?dry_run=true"), STOCK_SHEET] {
        let told = bring(&shop, &shop.staff, path, text, None).await.expect(200);
        assert_eq!(counts(&told), [0, 1, 2, 0], "{path}");
    }
    // More than anybody may bring in lies there: what was cancelled is given back whatever there is.
    let (ada, full) = (shop.customer("ada").await, "sku,set\nA,1000000000000\n");
    bring(&shop, &shop.staff, STOCK_SHEET, full, None).await.expect(200);
    let order = shop.place(&ada, first, 5).await.expect(201);
    bring(&shop, &shop.staff, STOCK_SHEET, full, Some("again")).await.expect(200);
    shop.move_order(&order, OrderStatus::Cancelled).await;
    let out = shop.get(STOCK_SHEET).token(&shop.staff).send().await.text();
    assert!(out.contains("A,1000000000005,"), "{out}");
    for (export, import) in [(STOCK_SHEET, STOCK_SHEET), (PRODUCT_SHEET, PRODUCT_SHEET)] {
        let out = shop.get(export).token(&shop.staff).send().await.text();
        let back = bring(&shop, &shop.staff, import, &out, None).await.expect(200);
        assert_eq!(counts(&back), [0, 0, 3, 0], "{out}");
    }
    let new = "sku,name,price,quantity\nNEW,New,1,1000000000001\n";
    let refused = bring(&shop, &shop.staff, PRODUCT_SHEET, new, None).await;
    assert_eq!(refused.bad_fields(422, "invalid"), ["quantity"]);
}

async fn the_first_errors_are_told_and_how_many_more_there_are(shop: Arc<Shop>) {
    let rows: String = (1..=150).map(|number| format!("S-{number},1\n")).collect();
    let text = format!("sku,delta\n{rows}");
    let refused = bring(&shop, &shop.staff, STOCK_SHEET, &text, None).await;
    let problem = refused.problem(422, "invalid");
    let told = "150 of 150 rows cannot be imported, and so none was; the first 100 errors are told here, 50 more by a dry run (dry_run=true)";
    assert_eq!(problem["detail"], told);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 100);
    let dry = format!("{STOCK_SHEET}?dry_run=true");
    let told = bring(&shop, &shop.staff, &dry, &text, None).await.expect(200);
    assert_eq!((told["errors"].as_array().unwrap().len(), &told["not_told"]), (150, &json!(0)));
}

async fn a_row_is_told_all_that_is_wrong_with_it(shop: Arc<Shop>) {
    let text = "sku,name,price,category\nA,,free,nowhere\nA,,1,\n,x,1,nowhere\n";
    let dry = format!("{PRODUCT_SHEET}?dry_run=true");
    let told = bring(&shop, &shop.staff, &dry, text, None).await.expect(200);
    let errors = told["errors"].as_array().unwrap().iter();
    let found: Vec<(i64, &str)> = errors
        .map(|error| (error["line"].as_i64().unwrap(), error["field"].as_str().unwrap()))
        .collect();
    let expected = [
        (2, "price"),
        (2, "category"),
        (2, "name"),
        (3, "sku"),
        (3, "name"),
        (4, "sku"),
        (4, "category"),
    ];
    assert_eq!(found, expected, "{told}");
}

async fn a_list_shows_what_was_imported_a_moment_ago(shop: Arc<Shop>) {
    shop.product(json!({ "sku": "T", "name": "Before", "price": 1, "quantity": 3 })).await;
    let name = async || {
        let list = shop.get(PRODUCTS).send().await.expect(200);
        list["results"][0]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(name().await, "Before");
    bring(&shop, &shop.staff, PRODUCT_SHEET, "sku,name\nT,Since\n", None).await.expect(200);
    assert_eq!(name().await, "Since");
}

async fn a_list_that_was_made_before_the_commit_is_shown_no_more(shop: Arc<Shop>) {
    shop.product(json!({ "sku": "T", "name": "Before", "price": 1, "quantity": 3 })).await;
    let patient = |app: App| App { catalog: CatalogCache::new(Duration::from_secs(600)), ..app };
    let shop = Shop::open_as(&shop.url, &[], patient).await;
    let shown = async || {
        let list = shop.get(PRODUCTS).send().await.expect(200);
        let product = &list["results"][0];
        (product["name"].as_str().unwrap().to_owned(), product["quantity"].as_i64().unwrap())
    };
    let mut before = ("Before".to_owned(), 3);
    for (path, text, after) in [
        (PRODUCT_SHEET, "sku,name\nT,Since\n", ("Since".to_owned(), 3)),
        (STOCK_SHEET, "sku,delta\nT,4\n", ("Since".to_owned(), 7)),
    ] {
        let standstill = Standstill::of(&shop).await;
        let import = async {
            bring(&shop, &shop.staff, path, text, None).await.expect(200);
        };
        let meanwhile = async {
            shop.waits(1).await;
            assert_eq!(shown().await, before);
            standstill.ends().await;
        };
        tokio::join!(import, meanwhile);
        assert_eq!(shown().await, after, "{path}");
        before = after;
    }
}

async fn a_row_that_is_refused_is_told_by_its_line_whatever_stands_between(shop: Arc<Shop>) {
    for sku in ["A", "B", "C", "D", "E"] {
        shop.product(json!({ "sku": sku, "name": sku, "price": 1, "quantity": 5 })).await;
    }
    let text = "sku,delta\nA,\nB,-1\n\nC,\nD,-1\nE,-1\n";
    let checked = looked_at(&shop, text).await;
    for sku in ["D", "E"] {
        let gone = shop.ask("DELETE", &format!("{PRODUCTS}/sku:{sku}")).token(&shop.staff);
        gone.send().await.expect_empty(204);
    }
    let refused = written(&shop, text, &checked).await.unwrap_err();
    let errors = refused.field_errors().iter().map(|error| (error.line, &*error.field));
    assert_eq!(errors.collect::<Vec<_>>(), [(Some(6), "sku"), (Some(7), "sku")]);
}

/// Whoever brings it back sees all of the sheet.
async fn an_answer_is_of_the_last_commit_of_its_sheet(shop: Arc<Shop>) {
    let admin = shop.somebody(Role::Admin).await;
    let rows = |row: &dyn Fn(usize) -> String| (1..=ROWS).map(row).collect::<String>();
    let products = rows(&|number| format!("S-{number},Thing,1,2\n"));
    let people = rows(&|number| format!("c{number},c{number}@example.com\n"));
    for (path, text) in [
        (PRODUCT_SHEET, format!("sku,name,price,quantity\n{products}")),
        (STOCK_SHEET, sales()),
        ("/api/identity/customers.csv", format!("username,email\n{people}")),
    ] {
        let before = shop.app.readers.exact().feed().await.unwrap().commit;
        let answer = bring(&shop, &admin.token, path, &text, None).await;
        answer.expect(200);
        let (_, commit) = answer.header("sutler-position").unwrap().split_once('-').unwrap();
        let commit: i64 = commit.parse().unwrap();
        assert!(commit >= before + 3, "{path}: {commit} after {before}, and it has three chunks");
    }
}
