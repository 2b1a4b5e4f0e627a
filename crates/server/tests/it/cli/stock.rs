//! `sutler stock`: what is low, why there is so much, and a repair; on a shop that is served.

use super::SECRET;
use crate::{
    app::in_runtime,
    database::{Database, Engine},
    process::{Ended, Node, run, run_with_input},
};
use serde_json::json;
use testbed::{SmtpOptions, SmtpServer, free_port};

/// A served shop with two products and an order.
async fn shop(engine: Engine) -> Option<(Node, Database)> {
    let database = Database::create(engine).await?;
    let environment =
        [("SUTLER_DATABASE_URL", database.url.as_str()), ("SUTLER_SECRET_KEY", SECRET)];
    let create =
        ["user", "create", "--username", "ann", "--email", "a@example.com", "--role", "staff"];
    let create = [&create[..], &["--password-stdin"]].concat();
    run_with_input(database.dir.path(), &create, &environment, "three blind mice\n").says(0, &[]);
    let node = Node::start(&["serve"], &environment).await;
    let token = node.token("ann", "three blind mice").await;
    for body in [
        json!({"sku": "TIN-1", "name": "Tin", "price": 1, "quantity": 5, "low_stock_threshold": 2}),
        json!({"sku": "42", "name": "Cup", "price": 1, "quantity": 1}),
    ] {
        node.post("/api/catalog/products", &body).token(&token).send().await.expect(201);
    }
    let body = json!({"order_items": [{"product": "TIN-1", "quantity": 2}]});
    node.post("/api/orders/orders", &body).token(&token).send().await.expect(201);
    Some((node, database))
}

fn stock(database: &Database, arguments: &[&str], more: &[(&str, &str)]) -> Ended {
    let url = [("SUTLER_DATABASE_URL", database.url.as_str()), ("SUTLER_LOG_LEVEL", "off")];
    run(database.dir.path(), &[&["stock"], arguments].concat(), &[&url[..], more].concat())
}

/// The rows of a table, without the spaces between their cells.
fn rows(ended: &Ended) -> Vec<String> {
    let lines = ended.stdout.lines();
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

async fn what_is_low_is_told_by_the_exit_code_and_by_mail(engine: Engine) {
    let Some((_node, database)) = shop(engine).await else { return };
    stock(&database, &["low"], &[]).says(0, &["nothing is low"]);
    let unsent = stock(&database, &["low", "--email", "ada@example.com"], &[]);
    unsent.says(2, &["--email needs a mail server", "smtp_url"]);
    database.sql("update products set low_stock_threshold = 3 where id = 1").await;
    let low = stock(&database, &["low"], &[]);
    low.says(1, &[]);
    assert_eq!(rows(&low), ["SKU NAME ON HAND RESERVED THRESHOLD", "TIN-1 Tin 3 0 3"]);
    let help = stock(&database, &["low", "--help"], &[]);
    help.says(0, &["0 if nothing is low, 1 if something is, and 2 after an error"]);
    let mail = |port: u16| {
        let server = format!("smtp://localhost:{port}?tls=none");
        let more = [("SUTLER_SMTP_URL", server.as_str()), ("SUTLER_MAIL_FROM", "shop@example.com")];
        let german = [&more[..], &[("SUTLER_MAIL_LANGUAGE", "de")]].concat();
        stock(&database, &["low", "--email", "ada@example.com"], &german)
    };
    mail(free_port().unwrap()).says(2, &["the list was not mailed"]);
    stock(&database, &["low", "--email", "ada@example.com"], &[]).says(2, &["smtp_url"]);
    stock(&database, &["low", "--email", "ada"], &[]).says(2, &["the address of --email must be"]);
    stock(&database, &["low"], &[("SUTLER_CURRENCY", "EURO")]).says(2, &["SUTLER_CURRENCY"]);
    if let Some(server) = SmtpServer::for_test(SmtpOptions::default()) {
        mail(server.port()).says(1, &["mailed"]);
        let received = server.received();
        assert_eq!(received[0].to, ["ada@example.com"]);
        assert!(received[0].header("Subject").starts_with("Niedriger Bestand bei"), "{received:?}");
        assert!(received[0].body.contains("TIN-1: 3 / 3, Tin"), "{received:?}");
    }
    database.remove().await;
}

#[test]
fn what_is_low_is_told_by_the_exit_code_and_by_mail_on_sqlite() {
    in_runtime(what_is_low_is_told_by_the_exit_code_and_by_mail(Engine::Sqlite));
}

#[test]
fn what_is_low_is_told_by_the_exit_code_and_by_mail_on_postgres() {
    in_runtime(what_is_low_is_told_by_the_exit_code_and_by_mail(Engine::Postgres));
}

async fn stock_is_explained_and_repaired_beside_a_shop_that_sells(engine: Engine) {
    let Some((node, database)) = shop(engine).await else { return };
    let carts = ["explain", "TIN-1", "--carts"];
    stock(&database, &carts, &[]).says(0, &["0 carts hold 0 units, of 0 that are held"]);
    let path = "/api/cart/items";
    let added =
        node.post(path, &json!({"product": "TIN-1", "quantity": 2})).send().await.expect(200);
    let explained = stock(&database, &carts, &[]);
    explained.says(0, &["1 carts hold 2 units, of 2 that are held", "a guest"]);
    let figures = ["on hand 3", "held 2", "reserved 2", "available 1"];
    assert_eq!(rows(&explained)[5..9], figures);
    let emptied = node.ask("DELETE", "/api/cart");
    let emptied = emptied.header("Cart-Token", added["cart_token"].as_str().unwrap());
    emptied.send().await.expect(200);
    let explained = stock(&database, &["explain", "TIN-1", "--orders"], &[]);
    explained.says(0, &["1 orders have 2 units, of 2 that were sold and not returned"]);
    let figures = ["received 5", "corrected 0", "sold -2", "returned 0", "on hand 3", "held 0"];
    assert_eq!(rows(&explained)[1..7], figures);
    // A sku of digits before an id.
    for name in ["42", "2"] {
        stock(&database, &["explain", name], &[]).says(0, &["Cup"]);
    }
    database.sql("update products set sku = '1' where id = 2").await;
    stock(&database, &["explain", "1"], &[]).says(0, &["Cup"]);
    database.sql("update products set sku = '42' where id = 2").await;
    stock(&database, &["explain", "1"], &[]).says(0, &["TIN-1"]);
    stock(&database, &["explain", "sku:TIN-1"], &[]).says(0, &["TIN-1"]);
    stock(&database, &["explain", "nothing"], &[]).says(1, &["no product is called nothing"]);
    stock(&database, &["repair"], &[]).says(0, &["nothing is to be repaired"]);
    database.sql("update stock set on_hand = on_hand + 4 where product_id = 1").await;
    database.sql("update stock set reserved = 1 where product_id = 2").await;
    let told = ["4 on hand and 0 reserved are unexplained", "sutler stock repair TIN-1"];
    stock(&database, &["explain", "TIN-1"], &[]).says(0, &told);
    let shown = stock(&database, &["repair"], &[]);
    shown.says(0, &["nothing was changed", "--yes --reason"]);
    let table = ["SKU ON HAND RESERVED ENTER FREE", "TIN-1 7 0 4 0", "42 1 1 0 1"];
    assert_eq!(rows(&shown)[..3], table);
    assert_eq!(stock(&database, &["repair", "--yes"], &[]).code, Some(2), "it wants a reason");
    stock(&database, &["repair", "--yes", "--reason", " "], &[]).says(1, &["the reason"]);
    let done = ["repair", "--yes", "--reason", "counted"];
    let one = stock(&database, &[&done[..], &["TIN-1"]].concat(), &[]);
    one.says(0, &["TIN-1: entered 4, freed 0"]);
    stock(&database, &done, &[]).says(0, &["42: entered 0, freed 1"]);
    stock(&database, &done, &[]).says(0, &["nothing is to be repaired"]);
    let url = [("SUTLER_DATABASE_URL", database.url.as_str())];
    run(database.dir.path(), &["audit"], &url).says(0, &["holds"]);
    database.remove().await;
}

#[test]
fn stock_is_explained_and_repaired_beside_a_shop_that_sells_on_sqlite() {
    in_runtime(stock_is_explained_and_repaired_beside_a_shop_that_sells(Engine::Sqlite));
}

#[test]
fn stock_is_explained_and_repaired_beside_a_shop_that_sells_on_postgres() {
    in_runtime(stock_is_explained_and_repaired_beside_a_shop_that_sells(Engine::Postgres));
}

/// They are read in pieces of so many; the last one begins with the last product, and so does the only one.
async fn more_than_a_piece_of_products_is_looked_through(engine: Engine) {
    const PRODUCTS: usize = 1_001;
    let Some(database) = Database::create(engine).await else { return };
    let environment = [("SUTLER_DATABASE_URL", database.url.as_str())];
    let sutler = |arguments: &[&str]| run(database.dir.path(), arguments, &environment);
    let write = |name: &str, products: usize| {
        let lines: String =
            (1..=products).map(|number| format!("S-{number},Tin,1,1,1\n")).collect();
        let sheet = format!("sku,name,price,quantity,low_stock_threshold\n{lines}");
        std::fs::write(database.dir.path().join(name), sheet).unwrap();
    };
    let wrong = || {
        let told = rows(&stock(&database, &["repair"], &[])).into_iter();
        told.filter(|row| row.starts_with("S-")).collect::<Vec<_>>()
    };
    sutler(&["migrate"]).says(0, &[]);
    write("one.csv", 1);
    sutler(&["products", "import", "one.csv"]).says(0, &["1 created"]);
    database.sql("update stock set on_hand = on_hand + 1").await;
    assert_eq!(wrong(), ["S-1 2 0 1 0"]);
    write("all.csv", PRODUCTS);
    sutler(&["products", "import", "all.csv"]).says(0, &["1000 created, 0 changed, 1 unchanged"]);
    let low = stock(&database, &["low"], &[]);
    low.says(1, &["S-2 ", "S-1001 "]);
    // Of the first there are two by now.
    assert_eq!(rows(&low).len(), PRODUCTS);
    database.sql("update stock set on_hand = on_hand + 1 where product_id in (1000, 1001)").await;
    assert_eq!(wrong(), ["S-1 2 0 1 0", "S-1000 2 0 1 0", "S-1001 2 0 1 0"]);
    database.remove().await;
}

#[test]
fn more_than_a_piece_of_products_is_looked_through_on_sqlite() {
    in_runtime(more_than_a_piece_of_products_is_looked_through(Engine::Sqlite));
}

#[test]
fn more_than_a_piece_of_products_is_looked_through_on_postgres() {
    in_runtime(more_than_a_piece_of_products_is_looked_through(Engine::Postgres));
}
