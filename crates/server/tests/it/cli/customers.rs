//! `sutler customers import`: the customers of another shop, beside a shop that is open.

use crate::{
    app::{SECRET, Shop, on_both_engines, until},
    process::run,
};
use serde_json::json;
use std::{fs, sync::Arc};
use testbed::TempDir;

on_both_engines! {
    customers_of_another_shop_come_along_with_their_passwords,
    a_bad_row_keeps_all_out_and_every_one_is_told,
}

/// Of Django, both of "three blind mice".
const ARGON2: &str = "argon2$argon2id$v=19$m=512,t=1,p=2$MDhUcWRIdEdXcThYeWFscWpCbWJoVA$XFH/6lDwYsSgES0bv8Agvta2HtMfc6wVie3cjbEtGno";

async fn customers_of_another_shop_come_along_with_their_passwords(shop: Arc<Shop>) {
    let dir = TempDir::new().unwrap();
    let file = format!(
        "username,email,password,first_name,is_active\n\
         ann,ann@example.com,\"{ARGON2}\",Ann,true\n\
         ben,ben@example.com,,Ben,true\n\
         eve,eve@example.com,\"{ARGON2}\",Eve,false\n"
    );
    fs::write(dir.path().join("people.csv"), file).unwrap();
    let environment = [("SUTLER_DATABASE_URL", shop.url.as_str()), ("SUTLER_SECRET_KEY", SECRET)];
    let dry = run(dir.path(), &["customers", "import", "people.csv", "--dry-run"], &environment);
    let eve =
        "line 4: eve is new: email \"eve@example.com\", first_name \"Eve\", is_active \"false\"";
    dry.says(0, &["line 2: ann is new", eve, "would be: 3 created, 0 unchanged"]);
    assert_eq!(shop.app.readers.exact().account_named("ann").await.unwrap(), None);
    let import = ["customers", "import", "people.csv"];
    let done = run(dir.path(), &import, &environment);
    done.says(0, &["3 created, 0 unchanged"]);
    let told = done.stderr.lines().filter(|line| line.contains("import")).count();
    assert_eq!(told, 1, "a line for each would drown the rest: {}", done.stderr);
    run(dir.path(), &import, &environment).says(0, &["0 created, 3 unchanged"]);

    let login = |name: &str| json!({"username": name, "password": "three blind mice"});
    let token = shop.post("/api/identity/token", &login("ann")).send().await.expect(200);
    let token = token["access"].as_str().unwrap();
    let me = shop.get("/api/identity/me").token(token).send().await.expect(200);
    assert_eq!([&me["first_name"], &me["email_confirmed"]], [&json!("Ann"), &json!(false)]);
    for closed in ["ben", "eve"] {
        let answer = shop.post("/api/identity/token", &login(closed)).send().await;
        answer.problem(401, "invalid_credentials");
    }
    // Who was shut out there never was in here.
    let told = shop.get("/api/audit?kind=customer.changed").token(&shop.staff).send().await;
    assert_eq!(told.expect(200)["count"], 0);
    // The hash is replaced by this shop's own, which the same password opens.
    until("the hash to be replaced", async || {
        let ann = shop.app.readers.exact().account_named("ann").await.unwrap().unwrap();
        ann.password_hash.starts_with("$argon2id$v=19$m=19456")
    })
    .await;
    shop.post("/api/identity/token", &login("ann")).send().await.expect(200);
}

async fn a_bad_row_keeps_all_out_and_every_one_is_told(shop: Arc<Shop>) {
    shop.customer("ann").await;
    let dir = TempDir::new().unwrap();
    let file = "email,username,password\n\
        other@example.com,ann,\n\
        ben@example.com,ben,md5$x$y\n\
        cid@example.com,coil,\n\
        cid@example.com,dan,\n\
        ann@example.com,eve,\n\
        short\n\
        fay@example.com,c0il,\n\
        ann@example.com,coil,md5$x$y\n\
        gus,coil,\n";
    fs::write(dir.path().join("people.csv"), file).unwrap();
    let environment = [("SUTLER_DATABASE_URL", shop.url.as_str()), ("SUTLER_SECRET_KEY", SECRET)];
    let ended = run(dir.path(), &["customers", "import", "people.csv"], &environment);
    let told = [
        "line 2: username is somebody else's",
        "line 3: password",
        "line 5: email is on line 4 too",
        "line 6: email is somebody else's",
        "line 7: has 1 cells",
        "line 8: username is on line 4 too, or one that looks like it",
        // Also of a row that is wrong beside that.
        "line 9: password",
        "line 9: username is on line 4 too, or one that looks like it",
        "line 9: email is on line 6 too",
        "line 10: email",
        "line 10: username is on line 4 too, or one that looks like it",
        "8 of 9 rows cannot be imported, and so none was",
    ];
    ended.says(1, &told);
    assert_eq!(ended.stdout.matches("line 9: ").count(), 3, "{ended:?}");
    assert_eq!(shop.app.readers.exact().account_named("coil").await.unwrap(), None);
    fs::write(dir.path().join("shoes.csv"), "username,email,shoe\n").unwrap();
    let ended = run(dir.path(), &["customers", "import", "shoes.csv"], &environment);
    ended.says(1, &["shoe", "email_confirmed"]);
    let ended = run(dir.path(), &["customers", "import", "nowhere.csv"], &environment);
    ended.says(1, &["nowhere.csv"]);
}
