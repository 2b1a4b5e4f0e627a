//! What a run sends, and what it makes of the answers.

use crate::shop::{Reply, Seen, Shop};
use clap::Parser;
use load::{Kind, LoadArgs, Report};
use std::{
    collections::BTreeSet,
    sync::Mutex,
    time::{Duration, Instant},
};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    load: LoadArgs,
}

pub const ORDER: &str = "POST /api/orders/orders ";

pub fn args(shop: &Shop, flags: &str) -> LoadArgs {
    let flags = flags.split_whitespace();
    Cli::try_parse_from(["sutler", &shop.url].into_iter().chain(flags)).unwrap().load
}

pub async fn measure(shop: &Shop, flags: &str) -> Report {
    load::measure(args(shop, flags)).await.unwrap()
}

pub fn distinct(seen: &[Seen], of: impl Fn(&Seen) -> String) -> BTreeSet<String> {
    seen.iter().map(of).collect()
}

#[tokio::test]
async fn orders_are_spread_counted_and_survive_refusals_and_cuts() {
    let shop = Shop::open(|seen| match seen.earlier {
        _ if !seen.is(ORDER) => None,
        2 => Some(Reply::With(
            "Retry-After: 0",
            503,
            r#"{"code":"queue_full","status":503}"#.to_owned(),
        )),
        4 => Some(Reply::Cut),
        6 => Some(Reply::Chunked(
            409,
            r#"{"title":"x","code":"out_of_stock","lines":[{"product":1}]}"#.to_owned(),
        )),
        8 => Some(Reply::Json(500, "not json".to_owned())),
        _ => None,
    })
    .await;
    let report =
        measure(&shop, "--scenario order --users 4 --run-time 500ms --lines 2 --timeout 20s").await;
    let orders = shop.seen_of(ORDER);
    let figures = &report.kinds[&Kind::Order];
    assert_eq!(figures.requests as usize, orders.len());
    assert_eq!(figures.orders as usize, orders.len() - 4);
    assert_eq!(report.acknowledged_orders, figures.orders);
    assert_eq!(
        serde_json::to_string(&figures.refusals).unwrap(),
        r#"{"http_500":1,"out_of_stock":1,"queue_full":1}"#
    );
    assert_eq!(serde_json::to_string(&figures.transport_errors).unwrap(), r#"{"closed":1}"#);
    assert_eq!(
        distinct(&orders, |seen| seen.header("idempotency-key").unwrap().to_owned()).len(),
        orders.len()
    );
    assert_eq!(
        distinct(&orders, |seen| seen.header("authorization").unwrap().to_owned()),
        ["Bearer token-1".to_owned()].into()
    );
    let line = |id: u32| format!(r#"{{"product":{id},"quantity":1}}"#);
    let pairs = [(11, 12), (12, 13), (13, 11)]
        .map(|(a, b)| format!(r#"{{"order_items":[{},{}]}}"#, line(a), line(b)));
    assert_eq!(distinct(&orders, |seen| seen.body.clone()), pairs.into());
    assert!(report.total.orders_per_s > 0.0);
    assert!(!report.succeeded(), "some were cut off, and nobody knows what became of their orders");
}

#[tokio::test]
async fn a_hot_run_orders_the_product_with_the_most_stock_or_the_one_named() {
    for (flags, product) in [("", "12"), ("--product sku:A1", r#""A1""#)] {
        let shop = Shop::open(|_| None).await;
        let flags = format!("--scenario hot --users 2 --run-time 100ms --no-keys {flags}");
        assert!(measure(&shop, &flags).await.succeeded());
        let orders = shop.seen_of(ORDER);
        let body = format!(r#"{{"order_items":[{{"product":{product},"quantity":1}}]}}"#);
        assert_eq!(distinct(&orders, |seen| seen.body.clone()), [body].into());
        assert!(orders.iter().all(|seen| seen.header("idempotency-key").is_none()));
    }
}

#[tokio::test]
async fn browsing_needs_no_account_and_a_connection_that_closes_is_no_error() {
    let shop = Shop::open(|seen| {
        let closes = seen.is("GET /api/catalog/products ");
        closes.then(|| Reply::With("Connection: close", 200, "{}".to_owned()))
    })
    .await;
    let report = measure(
        &shop,
        "--scenario browse --users 3 --run-time 200ms --warm-up 50ms --spawn-rate 100",
    )
    .await;
    assert!(report.total.succeeded > 0);
    assert_eq!(report.total.requests, report.total.succeeded);
    assert!(report.kinds.contains_key(&Kind::List) && report.kinds.contains_key(&Kind::Detail));
    assert!(
        (report.total.requests as usize) < shop.seen().len(),
        "the warm-up and the first look are not counted"
    );
    assert!(
        shop.seen()
            .iter()
            .all(|seen| seen.is("GET /api/catalog/") && seen.header("authorization").is_none())
    );
}

#[tokio::test]
async fn a_mix_runs_on_fresh_accounts_and_cancels_only_what_it_placed() {
    let shop = Shop::open(|_| None).await;
    let report = measure(&shop, "--users 6 --accounts 3 --rate 1000 --run-time 1s").await;
    assert_eq!(report.kinds.keys().count(), 5, "{:?}", report.kinds.keys());
    assert_eq!(
        distinct(&shop.seen_of("POST /api/identity/register"), |seen| seen.body.clone()).len(),
        3
    );
    let orders = shop.seen_of(ORDER);
    assert_eq!(distinct(&orders, |seen| seen.header("authorization").unwrap().to_owned()).len(), 3);
    for cancel in shop.seen().iter().filter(|seen| seen.line.contains("/cancel")) {
        let id: usize = cancel.line.split('/').nth(4).unwrap().parse().unwrap();
        assert!((1..=orders.len()).contains(&id) && cancel.body.is_empty(), "{cancel:?}");
        assert_eq!(cancel.earlier, 0);
    }
}

#[tokio::test]
async fn carts_are_checked_out_by_fresh_accounts_each_with_one_of_its_own() {
    let shop = Shop::open(|seen| {
        seen.is("POST /api/cart/checkout ").then(|| Reply::Json(201, r#"{"id":7}"#.to_owned()))
    })
    .await;
    let report = measure(&shop, "--scenario checkout --users 3 --run-time 300ms").await;
    let (added, ordered) = (&report.kinds[&Kind::Add], &report.kinds[&Kind::Checkout]);
    assert!(added.succeeded.abs_diff(ordered.orders) <= 3, "{added:?} {ordered:?}");
    assert_eq!(report.acknowledged_orders, ordered.orders);
    assert_eq!(report.kinds[&Kind::Clear].requests, 3, "each begins with an empty cart");
    assert_eq!(shop.seen_of("POST /api/identity/register").len(), 3);
    let adds = shop.seen_of("POST /api/cart/items ");
    assert_eq!(distinct(&adds, |seen| seen.header("authorization").unwrap().to_owned()).len(), 3);
}

#[tokio::test]
async fn accounts_that_are_there_are_logged_in_and_numbered_products_not_looked_up() {
    let shop = Shop::open(|_| None).await;
    let flags = "--scenario order --users 4 --accounts 3 --username c-{} --password p --numbered \
                 --products 2 --run-time 200ms";
    measure(&shop, flags).await;
    let logins = shop.seen_of("POST /api/identity/token ");
    let login = |number: u32| format!(r#"{{"password":"p","username":"c-{number}"}}"#);
    assert_eq!(logins.len(), 3);
    assert_eq!(distinct(&logins, |seen| seen.body.clone()), [1, 2, 3].map(login).into());
    assert!(shop.seen_of("GET ").is_empty() && shop.seen_of("POST /api/identity/reg").is_empty());
    let body = |id| format!(r#"{{"order_items":[{{"product":{id},"quantity":1}}]}}"#);
    let orders = shop.seen_of(ORDER);
    assert_eq!(distinct(&orders, |seen| seen.body.clone()), [1, 2].map(body).into());
    assert_eq!(distinct(&orders, |seen| seen.header("authorization").unwrap().to_owned()).len(), 3);
}

#[tokio::test]
async fn each_account_has_one_turn_by_the_token_that_is_given_for_it() {
    let shop = Shop::open(|seen| {
        seen.is("POST /api/cart/checkout ").then(|| Reply::Json(201, r#"{"id":7}"#.to_owned()))
    })
    .await;
    let folder = testbed::TempDir::new().unwrap();
    let (path, tokens) = (folder.path().join("tokens"), ["a", "b", "c", "d", "e", "f", "g"]);
    std::fs::write(&path, tokens.join("\n")).unwrap();
    let flags = format!("--once --tokens {} --numbered --users 3 --run-time 20s", path.display());
    for (scenario, line, orders) in [
        ("order", ORDER, 7),
        ("cart", "POST /api/cart/items ", 0),
        ("checkout", "POST /api/cart/checkout ", 7),
    ] {
        let before = shop.seen().len();
        let report = measure(&shop, &format!("--scenario {scenario} {flags}")).await;
        assert!(report.measured_seconds < 19.0, "over with the last of them: {report:?}");
        assert_eq!((report.acknowledged_orders, report.total.requests), (orders, 7), "{scenario}");
        let seen = shop.seen().split_off(before);
        assert!(seen.iter().all(|seen| seen.is(line)), "nothing but {line}: {seen:?}");
        let shown = distinct(&seen, |seen| seen.header("authorization").unwrap().to_owned());
        assert_eq!(shown, tokens.map(|token| format!("Bearer {token}")).into());
    }
    let unread = load::measure(args(&shop, "--scenario order --tokens /nowhere/at-all")).await;
    let unread = format!("{:#}", unread.unwrap_err());
    assert!(unread.starts_with("reading the tokens in /nowhere/at-all: "), "{unread}");
    std::fs::write(&path, "\n").unwrap();
    let empty = load::measure(args(&shop, &format!("--scenario order {flags}"))).await;
    assert!(empty.unwrap_err().to_string().starts_with("there is no token in "));
}

#[tokio::test]
async fn users_whose_token_is_refused_log_in_once_between_them() {
    let shop = Shop::open(|seen| {
        let stale = seen.is(ORDER) && seen.header("authorization") == Some("Bearer token-1");
        (stale && seen.earlier > 20)
            .then(|| Reply::Json(401, r#"{"code":"not_authenticated"}"#.to_owned()))
    })
    .await;
    let report = measure(&shop, "--scenario order --users 8 --rate 200 --run-time 500ms").await;
    assert_eq!(shop.seen_of("POST /api/identity/token").len(), 2);
    assert!((1..=8).contains(&report.total.refusals["not_authenticated"]));
    assert!(report.total.orders > 21);
}

#[tokio::test]
async fn an_open_loop_shows_a_stall_in_every_request_that_had_to_wait() {
    let stalled_until = Mutex::new(None);
    let shop = Shop::open(move |seen| {
        if !seen.is(ORDER) || seen.earlier < 40 {
            return None;
        }
        let mut until = stalled_until.lock().unwrap();
        let end = *until.get_or_insert_with(|| Instant::now() + Duration::from_millis(400));
        let wait = end.saturating_duration_since(Instant::now());
        Some(Reply::Late(wait, 201, "{}".to_owned()))
    })
    .await;
    let report = measure(&shop, "--scenario order --users 2 --rate 200 --run-time 1s").await;
    assert_eq!((report.total.requests, report.unsent, report.unanswered), (200, 0, 0));
    assert_eq!(shop.seen_of(ORDER).len(), 200);
    // Two requests were sent into the stall; about eighty fell due during it, sixty of them more
    // than 100 ms before its end. Measured from sending, none of those would show.
    assert!(report.total.latency.p90_ms >= 100.0, "{:?}", report.total.latency);
    assert!(report.total.latency.max_ms >= 390.0, "{:?}", report.total.latency);
}

#[tokio::test]
async fn what_is_never_answered_and_never_sent_is_said() {
    let shop = Shop::open(|seen| seen.is(ORDER).then_some(Reply::Silence)).await;
    let report =
        measure(&shop, "--scenario order --users 2 --rate 100 --run-time 200ms --timeout 500ms")
            .await;
    let timeouts = report.total.transport_errors.get("timeout").copied().unwrap_or(0);
    assert_eq!(timeouts + report.unanswered + report.unsent, 20);
    assert!(report.unsent > 0 && report.behind_ms > 0.0 && !report.succeeded());
    let report = measure(&shop, "--scenario order --users 2 --run-time 300ms --timeout 20ms").await;
    assert!(report.total.transport_errors["timeout"] > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_writes_its_seconds_and_its_report_reads_back() {
    let shop = Shop::open(|_| None).await;
    let path = std::env::temp_dir().join(format!("sutler-load-{}.csv", std::process::id()));
    let flags =
        format!("--scenario order --users 2 --run-time 300ms --json --csv {}", path.display());
    let report = load::run(args(&shop, &flags)).await.unwrap();
    let csv = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(csv.starts_with("second,requests,orders,refusals,errors,p50_ms,p99_ms\n1,"), "{csv}");
    assert_eq!(report.seconds.iter().map(|row| row.orders).sum::<u64>(), report.total.orders);
    let read: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(read.total.refusals, report.total.refusals);
    assert_eq!((read.total.requests, read.kinds.len()), (report.total.requests, 1));
}

#[tokio::test]
async fn a_run_that_cannot_begin_says_why() {
    let shop = Shop::open(|seen| {
        let token = seen.is("POST /api/identity/token");
        token.then(|| {
            Reply::Json(
                401,
                r#"{"code":"invalid_credentials","detail":"Wrong password."}"#.to_owned(),
            )
        })
    })
    .await;
    let refused = load::measure(args(&shop, "--scenario order --run-time 50ms")).await.unwrap_err();
    assert_eq!(
        format!("{refused:#}"),
        "logging in as demo: refused with 401 invalid_credentials: Wrong password."
    );
    let mut nowhere = args(&shop, "--scenario browse --run-time 50ms");
    nowhere.target = Some("http://127.0.0.1:1".to_owned());
    let unreachable = format!("{:#}", load::measure(nowhere).await.unwrap_err());
    assert!(unreachable.starts_with("nothing answers at http://127.0.0.1:1"), "{unreachable}");
}
