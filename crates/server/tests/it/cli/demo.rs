//! `sutler demo`: a shop within a second, for its own machine only.

use crate::{
    app::{Shop, in_runtime, until},
    database::{Database, Engine, assert_sound},
    process::{Node, run},
};
use serde_json::json;
use testbed::{TempDir, processes};

#[test]
fn a_demo_listens_on_loopback_only() {
    let dir = TempDir::new().unwrap();
    for listen in ["0.0.0.0:0", "192.0.2.1:8000", "[::]:0"] {
        let ended = run(dir.path(), &["demo"], &[("SUTLER_LISTEN", listen)]);
        ended.says(1, &["loopback", "sutler serve"]);
        run(dir.path(), &["demo", "--listen", listen], &[]).says(1, &["loopback"]);
    }
}

/// Its accounts have passwords that everybody knows.
#[test]
fn a_demo_is_never_made_of_a_shop_on_postgres() {
    let dir = TempDir::new().unwrap();
    let url = "postgres://shop@127.0.0.1:1/shop";
    let ended = run(dir.path(), &["demo"], &[("SUTLER_DATABASE_URL", url)]);
    ended.says(1, &["SQLite only", "sutler serve"]);
}

/// A container's port is published by whoever runs it.
#[test]
fn a_published_demo_is_on_postgres_and_reached_from_elsewhere() {
    in_runtime(async {
        let Some(database) = Database::create(Engine::Postgres).await else { return };
        let environment = [("SUTLER_DATABASE_URL", database.url.as_str())];
        let mut demo = Node::start_at("0.0.0.0", &["demo", "--published"], &environment).await;
        let orders = "/api/orders/";
        let handed = json!({ "order_id": "A", "user_id": "U", "item_ids": [1], "total_amount": 9 });
        assert_eq!(demo.post(orders, &handed).send().await.expect(201)["status"], "pending");
        demo.ask("GET", "/api/orders/metrics").send().await.expect(200);
        assert_eq!(demo.stop(), Some(0));
        assert_sound(&database.url).await;
        database.remove().await;
    });
}

#[test]
fn a_demo_is_a_shop_with_a_thousand_products_that_stays() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let environment = [("SUTLER_DATA_DIR", dir.path().to_str().unwrap())];
        let mut demo = Node::start(&["demo"], &environment).await;
        let list = demo.ask("GET", "/api/catalog/products?limit=100").send().await.expect(200);
        let first = list["results"][0].clone();
        let words = ["category", "sku", "name", "description"].map(|field| first[field].as_str());
        assert!(words.iter().all(|words| words.is_some_and(|text| !text.is_empty())), "{first}");
        assert!(!first["sku"].as_str().unwrap().starts_with("P-"), "one that was made: {first}");
        let admin = demo.token("admin", "admin-password").await;
        let all = demo.ask("GET", "/api/catalog/products").token(&admin).send().await;
        assert_eq!(all.expect(200)["count"], 1000);
        demo.ask("GET", "/metrics").send().await;
        let token = demo.token("demo", "demo-password").await;
        let body = json!({"order_items": [{"product": 1, "quantity": 2}]});
        let place = demo.post("/api/orders/orders", &body).token(&token).key("first-order");
        let order = place.send().await.expect(201);
        assert_eq!(demo.stop(), Some(0));

        // Another start finds what was there, and the token is still good.
        let mut demo = Node::start(&["demo"], &environment).await;
        let orders = demo.ask("GET", "/api/orders/orders").token(&token).send().await.expect(200);
        assert_eq!([&orders["count"], &orders["results"][0]["id"]], [&json!(1), &order["id"]]);
        let all = demo.ask("GET", "/api/catalog/products").token(&admin).send().await;
        assert_eq!(all.expect(200)["count"], 1000);
        assert_eq!(demo.stop(), Some(0));
        assert_sound(&format!("sqlite://{}", dir.path().join("sutler.db").display())).await;
    });
}

#[test]
fn the_curl_commands_that_a_demo_prints_work() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let demo =
            Node::start(&["demo"], &[("SUTLER_DATA_DIR", dir.path().to_str().unwrap())]).await;
        let said = demo.said();
        for part in ["demo-password", "admin-password", &demo.address.to_string()] {
            assert!(said.contains(part), "{part} is not in {said}");
        }
        let Some(_) = processes::on_path("curl") else { return };
        let lines = said.lines().map(str::trim);
        let commands: Vec<&str> =
            lines.filter(|line| line.starts_with("curl ") || line.starts_with("TOKEN=")).collect();
        assert_eq!(commands.len(), 5, "{said}");
        let mut shell = std::process::Command::new("sh");
        shell.arg("-c").arg(commands.join("\n"));
        let output = shell.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("\"count\":1000") || text.contains("\"results\":["), "{text}");
        assert!(text.contains("201 Created") && text.contains("\"pending\""), "{text}");
        assert!(text.contains("\"order_id\":\"ORD001\""), "{text}");
    });
}

#[test]
fn the_tour_of_the_readme_works_as_it_is_pasted() {
    in_runtime(async {
        let Some(_) = processes::on_path("curl") else { return };
        let dir = TempDir::new().unwrap();
        let demo =
            Node::start(&["demo"], &[("SUTLER_DATA_DIR", dir.path().to_str().unwrap())]).await;
        let (_, tour) = include_str!("../../../../../README.md").split_once("A tour of").unwrap();
        // The tour, what the staff do with goods, and what with orders.
        let blocks = tour.split("```sh\n").skip(1).take(3);
        let commands: String = blocks.map(|block| block.split_once("```").unwrap().0).collect();
        let commands = commands.replace("127.0.0.1:8000", &demo.address.to_string());
        let mut shell = std::process::Command::new("sh");
        let output = shell.arg("-euc").arg(commands).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{text} {told}");
        // Found, put in, registered, claimed, and ordered: what was in the cart is in the history. Then goods
        // are received, and the order's own history is looked at.
        for part in [
            "\"in_stock\":true",
            "\"username\":\"ada\"",
            "\"quantity\":2,\"price\"",
            "\"left\":[]",
            "\"status\":\"pending\"",
            "\"count\":1,",
            "\"sku\":\"CUP-1\"",
            "\"price\":\"4.90\"",
            "\"kind\":\"order.placed\"",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains("\"code\":\""), "{text}");
    });
}

/// What a newcomer does first: an order of his own, one of another system, and both are completed by themselves.
#[test]
fn orders_of_a_demo_are_completed_by_themselves_and_need_no_key_from_another_system() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let settings = [
            ("SUTLER_DATA_DIR", dir.path().to_str().unwrap()),
            ("SUTLER_PROCESSING_AFTER", "0s"),
            ("SUTLER_PROCESSING_TIME", "100ms"),
        ];
        let demo = Node::start(&["demo"], &settings).await;
        let token = demo.token("demo", "demo-password").await;
        let body = json!({ "order_items": [{ "product": 1, "quantity": 2 }] });
        let own = demo.post("/api/orders/orders", &body).token(&token).send().await.expect(201);
        let handed = json!({ "order_id": "ORD001", "user_id": "USER001", "item_ids": [1, 2, "Widget"],
            "total_amount": 99.99 });
        let taken = demo.post("/api/orders/", &handed).send().await.expect(201);
        assert_eq!((&taken["channel"], &taken["order_items"]), (&json!("demo"), &json!([])));
        assert_eq!(demo.ask("GET", "/api/orders/").send().await.expect(200)["count"], 1);
        let path = format!("/api/orders/orders/{}", own["id"].as_str().unwrap());
        until("both are completed", async || {
            let own = demo.ask("GET", &path).token(&token).send().await.expect(200);
            let handed = demo.ask("GET", "/api/orders/ORD001/").send().await.expect(200);
            own["status"] == "completed" && handed["status"] == "completed"
        })
        .await;
    });
}

/// The link in the last mail to this address.
async fn link(demo: &Node, to: &str) -> String {
    let found = || {
        let said = demo.said();
        let (_, mail) = said.rsplit_once(&format!("Mail to {to}: "))?;
        let link = mail.lines().nth(1)?.trim().to_owned();
        link.starts_with("http").then_some(link)
    };
    until("a mail with a link", async || found().is_some()).await;
    found().unwrap()
}

#[test]
fn the_links_of_a_demos_mail_lead_to_pages_that_do_what_they_say() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let data = ("SUTLER_DATA_DIR", dir.path().to_str().unwrap());
        let demo = Node::start(&["demo"], &[data]).await;
        let ann = json!({"username": "ann", "email": "ann@example.com",
            "password": "three blind mice", "password2": "three blind mice"});
        demo.post("/api/identity/register", &ann).send().await.expect(201);
        let confirm = link(&demo, "ann@example.com").await;
        let reset = json!({"email": "ann@example.com"});
        let reset = demo.post("/api/identity/password-reset", &reset).send().await;
        assert_eq!(reset.status, 202);
        until("another mail", async || link(&demo, "ann@example.com").await != confirm).await;
        let reset = link(&demo, "ann@example.com").await;
        for (link, title, does) in [
            (&confirm, "Confirm your e-mail address", "/api/identity/me/email/confirm"),
            (&reset, "Choose a new password", "/api/identity/password-reset/confirm"),
        ] {
            let path = link.split_once(&demo.address.to_string()).unwrap().1;
            let page = demo.ask("GET", path).send().await;
            assert_eq!(page.status, 200, "{link}");
            let text = page.text();
            // Beside the page itself: where the shop is a path of a larger site, too.
            let asks = format!("fetch(\".{does}\"");
            assert!(text.contains(title) && text.contains(&asks), "{text}");
            // Only what bears the number of this answer runs.
            let policy = page.header("content-security-policy").unwrap().to_owned();
            let (_, nonce) = policy.split_once("script-src 'nonce-").unwrap();
            let nonce = format!("nonce=\"{}\"", nonce.split_once('\'').unwrap().0);
            assert_eq!(text.matches(&nonce).count(), 2, "{policy}: {text}");
            assert!(policy.starts_with("default-src 'none'; "), "{policy}");
            let again = demo.ask("GET", path).send().await;
            assert_ne!(again.header("content-security-policy"), Some(policy.as_str()));
        }
        // What the pages send.
        let token = |link: &str| link.split_once("?token=").unwrap().1.to_owned();
        let body = json!({"token": token(&confirm)});
        let done = demo.post("/api/identity/me/email/confirm", &body).send().await;
        assert_eq!(done.status, 204);
        let password = "see how they run";
        let body = json!({"token": token(&reset), "password": password, "password2": password});
        let done = demo.post("/api/identity/password-reset/confirm", &body).send().await;
        assert_eq!(done.status, 204);
        demo.token("ann", password).await;

        // A real shop has its own.
        let url = format!("sqlite://{}", dir.path().join("real.db").display());
        let shop = Shop::open(&url, &[]).await;
        for path in ["/confirm-email", "/reset-password"] {
            shop.get(path).send().await.problem(404, "not_found");
        }
    });
}

#[test]
fn a_demo_lets_everybody_ask_as_often_as_he_likes_and_nobody_guess() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let strict = [
            ("SUTLER_DATA_DIR", dir.path().to_str().unwrap()),
            ("SUTLER_RATE_LIMIT_ADDRESS", "1"),
            ("SUTLER_RATE_LIMIT_CALLER", "1"),
            ("SUTLER_REGISTRATIONS_PER_HOUR", "1"),
        ];
        let demo = Node::start(&["demo"], &strict).await;
        let token = demo.token("demo", "demo-password").await;
        for _ in 0..50 {
            demo.ask("GET", "/api/orders/orders").token(&token).send().await.expect(200);
        }
        for name in ["ann", "ben", "cat", "dan"] {
            let body = crate::identity::people::registration(name);
            demo.post("/api/identity/register", &body).send().await.expect(201);
        }
        let guess = json!({"username": "ann", "password": "four blind mice"});
        let mut told = Vec::new();
        for _ in 0..10 {
            told.push(demo.post("/api/identity/token", &guess).send().await);
        }
        let late = told.iter().position(|answer| answer.status == 429).unwrap();
        told[late].problem(429, "too_many_attempts");
        assert!(told[late].header("retry-after").is_some());
        assert!(told[..late].iter().all(|answer| answer.status == 401));
        // Nobody else waits.
        demo.token("demo", "demo-password").await;
    });
}
