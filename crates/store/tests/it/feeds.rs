//! The feed as it is followed: by pages that each cost a bounded amount, past what a later version has written,
//! and never before a commit that is late.

use crate::shop::*;
use domain::*;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use store::{FeedFilter, FeedPart, Then, Told, WINDOW, What};

on_both_engines!(
    what_a_later_version_has_written_keeps_nobody_back,
    an_order_is_not_told_past_what_is_not_understood,
    pages_of_everything_are_the_feed,
    what_is_narrowed_is_found_by_pages,
    a_rare_kind_costs_no_page_more_than_a_window,
    a_subject_of_a_great_many_events_is_looked_for_by_windows,
);

only_on!(Postgres:
    no_page_and_no_consumer_goes_past_a_commit_that_is_late,
    a_subject_is_found_by_its_index_unless_it_has_too_many,
);

fn table(shop: &Shop) -> &'static str {
    if shop.engine == Engine::Sqlite { "events" } else { "orders.events" }
}

async fn told(shop: &Shop, after: i64) -> Vec<Told> {
    shop.readers.followers().told_after(after, 1_000).await.unwrap()
}

async fn page(shop: &Shop, filter: &FeedFilter, after: i64, most: i64) -> FeedPart {
    shop.readers.late().feed(filter, after, most).await.unwrap()
}

/// All that a filter finds, by so many at a time, and in how many pages.
async fn walked(shop: &Shop, filter: &FeedFilter, most: i64) -> (Vec<i64>, usize) {
    let (mut found, mut after, mut pages) = (Vec::new(), 0, 0);
    loop {
        let part = page(shop, filter, after, most).await;
        found.extend(part.told.iter().map(|told| told.position));
        pages += 1;
        if part.is_end {
            return (found, pages);
        }
        assert!(part.until > after, "it goes on");
        after = part.until;
    }
}

fn of_kinds(kinds: &[EventKind]) -> FeedFilter {
    FeedFilter { kinds: kinds.to_vec(), subject: None }
}

fn of(subject: Subject) -> FeedFilter {
    FeedFilter { kinds: vec![], subject: Some(subject) }
}

async fn what_a_later_version_has_written_keeps_nobody_back(shop: Shop) {
    let first = told(&shop, 0).await.len() as i64;
    for customer_of in 1..=4 {
        placed(shop.send(place(customer(customer_of), None, &[(1, 1)])).await);
    }
    let before = told(&shop, first).await;
    let events = table(&shop);
    for (column, unknown) in [("kind", 999), ("subject_kind", 99), ("actor_kind", 77)] {
        let known = format!("select {column} from {events} where position = {first} + 2");
        let known = shop.numbers(&known).await[0];
        let set = async |value: i64| {
            let sql =
                format!("update {events} set {column} = {value} where position = {first} + 2");
            shop.sql(&sql).await.unwrap();
        };
        set(unknown).await;
        let now = told(&shop, first).await;
        assert!(matches!(now[1].what, What::Foreign(_)), "{column}: {:?}", now[1]);
        assert_eq!((now[1].position, now[1].event()), (first + 2, None));
        for other in [0, 2, 3] {
            assert_eq!(now[other], before[other], "{column}");
        }
        // Nor has it a kind that somebody could ask for.
        let all = page(&shop, &FeedFilter::default(), first, 9).await;
        assert_eq!((&all.told, all.until), (&now, first + 4), "{column}");
        let kinds = page(&shop, &of_kinds(EventKind::ALL), first, 9).await;
        if column == "kind" {
            assert_eq!(kinds.told.len(), 3);
        }
        assert_eq!(kinds.until, first + 4);
        set(known).await;
        assert_eq!(told(&shop, first).await, before);
    }
}

async fn an_order_is_not_told_past_what_is_not_understood(shop: Shop) {
    let first = told(&shop, 0).await.len() as i64;
    let order = placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    for to in [OrderStatus::Processing, OrderStatus::Completed] {
        shop.send(move_order(Actor::SYSTEM, order.id, to)).await.unwrap();
    }
    let (before, events) = (told(&shop, first).await, table(&shop));
    let started = EventKind::OrderStarted.code();
    let set = |kind: i64| format!("update {events} set kind = {kind} where position = {first} + 2");
    shop.sql(&set(999)).await.unwrap();
    let now = told(&shop, first).await;
    assert_eq!(now[0], before[0]);
    assert!(matches!(now[1].what, What::Foreign(_)), "{now:?}");
    assert_eq!(now[2].event().unwrap().1, &Then::Untold, "nobody knows what it was by then");
    shop.sql(&set(started)).await.unwrap();
    assert_eq!(told(&shop, first).await, before);
}

async fn pages_of_everything_are_the_feed(shop: Shop) {
    for customer_of in 1..=5 {
        placed(shop.send(place(customer(customer_of), None, &[(1, 1)])).await);
    }
    let all: Vec<i64> = (1..=8).collect();
    for (most, pages) in [(1, 9), (3, 3), (4, 3), (100, 1)] {
        assert_eq!(walked(&shop, &FeedFilter::default(), most).await, (all.clone(), pages));
    }
    let end = page(&shop, &FeedFilter::default(), 8, 5).await;
    assert_eq!(end, FeedPart { told: vec![], until: 8, is_end: true });
    // Beyond the end, as somebody may ask who has lost his way.
    assert_eq!(page(&shop, &FeedFilter::default(), 100, 5).await.until, 100);
    placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    let next = page(&shop, &FeedFilter::default(), 8, 5).await;
    assert_eq!((next.told.len(), next.until, next.is_end), (1, 9, true));
}

async fn what_is_narrowed_is_found_by_pages(shop: Shop) {
    let mut orders = Vec::new();
    for customer_of in 1..=3 {
        orders.push(placed(shop.send(place(customer(customer_of), None, &[(1, 1)])).await).id);
    }
    for (order, to) in
        [(1, OrderStatus::Processing), (0, OrderStatus::Cancelled), (1, OrderStatus::Completed)]
    {
        shop.send(move_order(Actor::SYSTEM, orders[order], to)).await.unwrap();
    }
    use EventKind::*;
    let own = of(Subject::order(orders[1]));
    let own_ends = FeedFilter { kinds: vec![OrderCompleted, OrderCancelled], ..own.clone() };
    for (filter, expected) in [
        (of_kinds(&[OrderPlaced]), vec![4, 5, 6]),
        (of_kinds(&[OrderCompleted, OrderStarted]), vec![7, 9]),
        (of_kinds(&[StockLow]), vec![]),
        (own, vec![5, 7, 9]),
        (own_ends, vec![9]),
        (of(Subject::product(ProductId(1))), vec![1]),
        (of(Subject::category(CategoryId(1))), vec![]),
        (of(Subject::order(OrderId(uuid::Uuid::from_u128(1)))), vec![]),
    ] {
        for most in [1, 2, 100] {
            assert_eq!(walked(&shop, &filter, most).await.0, expected, "{filter:?} by {most}");
        }
        // At the end of the feed it has seen all of it.
        assert_eq!(page(&shop, &filter, 0, 100).await.until, 9, "{filter:?}");
    }
}

/// As if so much had happened: each event is a product's that was changed, behind all that there is.
async fn long(shop: &Shop, events: i64, subject: &str) -> i64 {
    let last = shop.readers.exact().feed().await.unwrap().position;
    let (events_table, feed) =
        (table(shop), if shop.engine == Engine::Sqlite { "feed" } else { "writer.feed" });
    let numbers = match shop.engine {
        Engine::Sqlite => format!(
            "with recursive n(n) as (select 1 union all select n + 1 from n where n < {events})"
        ),
        Engine::Postgres => {
            format!("with n as (select n::bigint as n from generate_series(1, {events}) n)")
        }
    };
    let (low, columns) = (
        EventKind::StockLow.code(),
        "position, subject_kind, subject_id, version, kind, data, actor_kind, actor_id, correlation_id, at",
    );
    let sql = format!(
        "insert into {events_table} ({columns})
            {numbers} select {last} + n, subject_kind, {subject}, null, {low}, data, actor_kind, actor_id,
            correlation_id, at from n join {events_table} e on e.position = 1;
         update {feed} set position = position + {events}"
    );
    shop.sql(&sql).await.unwrap();
    last + events
}

async fn a_rare_kind_costs_no_page_more_than_a_window(shop: Shop) {
    placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    let last = long(&shop, 2 * WINDOW, "subject_id").await;
    placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    let rare = of_kinds(&[EventKind::OrderPlaced]);
    assert_eq!(walked(&shop, &rare, 10).await, (vec![4, last + 1], 3));
    let one = page(&shop, &rare, 4, 10).await;
    assert_eq!(one, FeedPart { told: vec![], until: 4 + WINDOW, is_end: false });
}

async fn a_subject_of_a_great_many_events_is_looked_for_by_windows(shop: Shop) {
    let own = of(Subject::product(ProductId(1)));
    let other = of(Subject::product(ProductId(2)));
    let few = page(&shop, &own, 0, 10).await;
    assert_eq!((few.told.len(), few.until, few.is_end), (1, 3, true));
    let last = long(&shop, WINDOW + 5, "subject_id").await;
    let many = page(&shop, &own, 3, 10).await;
    assert_eq!((many.told.len(), many.until, many.is_end), (10, 13, false));
    let rare = FeedFilter { kinds: vec![EventKind::ProductChanged], ..own };
    let none = page(&shop, &rare, 3, 10).await;
    assert_eq!((none.told.len(), none.until, none.is_end), (0, 3 + WINDOW, false));
    // Whoever has few is found without looking through those.
    let few = page(&shop, &other, 0, 10).await;
    assert_eq!((few.told.len(), few.until, few.is_end), (1, last, true));
}

/// By what the database has counted: rows that were scanned, and that were read by either index.
async fn a_subject_is_found_by_its_index_unless_it_has_too_many(shop: Shop) {
    // Most have few events, and one has very many.
    long(&shop, 2 * WINDOW, "md5(n::text)::uuid").await;
    let end = long(&shop, WINDOW + 5, "subject_id").await;
    let written = "select n_tup_ins from pg_stat_user_tables where relname = 'events'";
    until("what was written", async || shop.numbers(written).await[0] > 3 * WINDOW).await;
    placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    shop.sql("analyze orders.events").await.unwrap();
    let figures = async || {
        let by_index = |name: &str| {
            format!("select idx_tup_read from pg_stat_user_indexes where indexrelname = '{name}'")
        };
        [
            shop.numbers("select seq_tup_read from pg_stat_user_tables where relname = 'events'")
                .await[0],
            shop.numbers(&by_index("events_pkey")).await[0],
            shop.numbers(&by_index("events_subject_id_version_key")).await[0],
        ]
    };
    // A session tells its figures once in a second, when it has done something.
    let read = async |filter: &FeedFilter, after: i64| {
        let (before, mut reads) = (figures().await, 0);
        until("the figures", async || {
            page(&shop, filter, after, 10).await;
            reads += 1;
            reads >= 20 && figures().await.iter().sum::<i64>() > before.iter().sum::<i64>()
        })
        .await;
        let after = figures().await;
        let grown: Vec<i64> =
            after.iter().zip(before).map(|(after, before)| after - before).collect();
        (reads, grown)
    };
    // What a subject has.
    let (reads, grown) = read(&of(Subject::product(ProductId(2))), 0).await;
    assert!(grown[0] == 0 && grown[1] <= 2 * reads && grown[2] <= 4 * reads, "{reads} {grown:?}");
    // Of what has too many, what lies there: it is counted, and not gathered.
    let (reads, grown) = read(&of(Subject::product(ProductId(1))), end - 5).await;
    assert!(grown[0] == 0 && grown[1] <= 40 * reads, "{reads} {grown:?}");
    assert!(grown[2] <= (WINDOW + 1) * (reads + 1), "{reads} {grown:?}");
}

/// Watches what pages and a consumer see, until told to stop: whatever they see goes on without a gap.
async fn watch(shop: &Shop, is_over: &AtomicBool) -> i64 {
    let (mut by_page, mut by_consumer) = (0, 0);
    loop {
        let is_last = is_over.load(Relaxed);
        let part = page(shop, &FeedFilter::default(), by_page, 100).await;
        for told in &part.told {
            assert_eq!(told.position, by_page + 1, "a page skips, or goes back");
            by_page = told.position;
        }
        assert_eq!(part.until, by_page);
        let narrowed = page(shop, &of_kinds(EventKind::ALL), 0, 100).await;
        assert!(narrowed.until >= by_page);
        assert_eq!(
            narrowed.told.len() as i64,
            narrowed.until,
            "what it has passed over comes later"
        );
        for told in told(shop, by_consumer).await {
            assert_eq!(told.position, by_consumer + 1, "a consumer skips, or goes back");
            by_consumer = told.position;
        }
        if is_last {
            assert_eq!(by_page, by_consumer);
            return by_page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

async fn no_page_and_no_consumer_goes_past_a_commit_that_is_late(shop: Shop) {
    let other = shop.second_node();
    let (start, is_over) =
        (shop.readers.exact().feed().await.unwrap().position, AtomicBool::new(false));
    let writing = async {
        // A writer that has its position, and does not commit.
        let slow = shop.session().await;
        let taken = format!(
            "begin;
             update writer.feed set position = position + 1, commits = commits + 1;
             insert into orders.events select {start} + 1, subject_kind, subject_id, null, {}, data, actor_kind,
                 actor_id, correlation_id, at from orders.events where position = 1",
            EventKind::StockLow.code()
        );
        slow.batch_execute(&taken).await.unwrap();
        let buy = other.send(place(customer(1), None, &[(1, 1)]));
        let commit = async {
            // The other one has come as far as it comes: it waits for the row that both have to raise.
            until("the other node to wait", async || {
                let waiting =
                    "select count(*) from pg_stat_activity where datname = current_database()
                    and wait_event_type = 'Lock' and query like '%feed%'";
                shop.numbers(waiting).await[0] > 0
            })
            .await;
            assert_eq!(shop.readers.exact().feed().await.unwrap().position, start);
            assert_eq!(page(&shop, &FeedFilter::default(), start, 9).await.told, []);
            slow.batch_execute("commit").await.unwrap();
        };
        let (bought, ()) = tokio::join!(buy, commit);
        placed(bought);
        // One that has locked what it writes, and has no position yet, is overtaken, and comes after.
        let late = shop.session().await;
        let locked = "begin; select 1 from catalog.stock where product_id = 2 for update";
        late.batch_execute(locked).await.unwrap();
        placed(other.send(place(customer(2), None, &[(1, 1)])).await);
        let taken = format!(
            "update writer.feed set position = position + 1, commits = commits + 1;
             insert into orders.events select {start} + 4, subject_kind, subject_id, null, {}, data, actor_kind,
                 actor_id, correlation_id, at from orders.events where position = 2; commit",
            EventKind::StockLow.code()
        );
        late.batch_execute(&taken).await.unwrap();
        is_over.store(true, Relaxed);
    };
    let (seen, ()) = tokio::join!(watch(&shop, &is_over), writing);
    assert_eq!(seen, start + 4);
    let kinds: Vec<_> = told(&shop, start).await;
    let kinds: Vec<_> = kinds.iter().map(|told| told.event().unwrap().0.kind.name()).collect();
    assert_eq!(kinds, ["stock.low", "order.placed", "order.placed", "stock.low"]);
}
