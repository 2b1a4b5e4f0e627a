//! Orders through the door: placed, replayed, refused, moved; edits and names beside them.

use crate::shop::*;
use domain::{
    accounts::RegisterRefusal,
    orders::{MoveRefusal, PlaceRefusal},
    products::EditProductRefusal,
    sessions::RefreshRefusal,
    stock::{MoveStockRefusal, StockProblem},
    *,
};
use store::{Direction, OrderFilter, Page, ProductFilter, ProductOrder, Rejection};
use uuid::Uuid;

on_both_engines!(
    an_order_takes_stock_and_reads_back_as_it_was_placed,
    the_last_units_go_to_as_many_as_there_are,
    two_at_once_with_one_key_get_one_order,
    a_cancelled_order_gives_its_stock_back_once,
    a_failed_order_takes_stock_again_when_it_is_retried,
    a_product_is_found_by_all_its_names,
    an_edit_builds_on_the_version_that_was_seen,
    a_name_belongs_to_one_account,
    a_refresh_token_works_once_and_in_its_grace,
    stock_moves_all_or_nothing_or_line_by_line,
    a_keyed_command_is_answered_again_as_it_was,
    a_sweep_takes_only_what_is_old,
    lists_page_by_cursor_in_every_order,
);

async fn an_order_takes_stock_and_reads_back_as_it_was_placed(shop: Shop) {
    let order = placed(shop.send(place(customer(1), Some("k"), &[(1, 2), (3, 1)])).await);
    assert_eq!((order.number, order.total_minor), (Some(1), 2099));
    assert_eq!(shop.available(1).await, 98);
    let read = shop.readers.exact().order(order.id).await.unwrap().unwrap();
    assert_eq!(read, *order);
    let next = placed(shop.send(place(customer(1), None, &[(1, 1)])).await);
    assert_eq!(next.number, Some(2));
}

async fn the_last_units_go_to_as_many_as_there_are(shop: Shop) {
    let buyers: Vec<Command> = (0..150).map(|n| place(customer(n), None, &[(2, 1)])).collect();
    let replies = futures_util::future::join_all(buyers.into_iter().map(|b| shop.send(b))).await;
    let sold = replies.iter().filter(|reply| reply.is_ok()).count();
    assert_eq!(sold, 100, "as many as there were");
    let short = ShortLine { product: ProductId(2), requested: 1, available: 0 };
    let refused = Err(Rejection::Refused(PlaceRefusal::OutOfStock(vec![short])));
    assert_eq!(
        replies.into_iter().filter(|reply| own::<PlaceOrder>(reply.clone()) == refused).count(),
        50
    );
    assert_eq!(shop.available(2).await, 0);
}

async fn two_at_once_with_one_key_get_one_order(shop: Shop) {
    let attempt = || shop.send(place(customer(1), Some("double tap"), &[(1, 1)]));
    let (one, other) = tokio::join!(attempt(), attempt());
    let order = match (own::<PlaceOrder>(one), own::<PlaceOrder>(other)) {
        (Ok(Done::Now(order)), Ok(Done::Before(id)))
        | (Ok(Done::Before(id)), Ok(Done::Now(order))) => {
            assert_eq!(order.id, id);
            order
        }
        other => panic!("{other:?}"),
    };
    let again = attempt().await;
    assert_eq!(own::<PlaceOrder>(again), Ok(Done::Before(order.id)));
    let reused = shop.send(place(customer(1), Some("double tap"), &[(1, 2)])).await;
    assert_eq!(reused, Err(Rejection::KeyReused));
    placed(shop.send(place(customer(2), Some("double tap"), &[(1, 2)])).await);
    assert_eq!(shop.orders().await, 2);
}

async fn a_cancelled_order_gives_its_stock_back_once(shop: Shop) {
    let order = placed(shop.send(place(customer(1), None, &[(1, 10), (2, 1)])).await);
    let cancel = |actor| move_order(actor, order.id, OrderStatus::Cancelled);
    let strangers = shop.send(cancel(customer(2))).await;
    assert_eq!(own::<MoveOrder>(strangers), Err(Rejection::Refused(MoveRefusal::NotFound)));
    let (one, other) = tokio::join!(shop.send(cancel(customer(1))), shop.send(cancel(customer(1))));
    for reply in [one, other, shop.send(cancel(customer(1))).await] {
        let order = done::<MoveOrder>(reply);
        assert_eq!((order.status, order.version), (OrderStatus::Cancelled, 2));
    }
    assert_eq!((shop.available(1).await, shop.available(2).await), (100, 100));
}

async fn a_failed_order_takes_stock_again_when_it_is_retried(shop: Shop) {
    let staff = Actor { role: Role::Staff, ..customer(9) };
    let order = placed(shop.send(place(customer(1), None, &[(1, 60)])).await);
    for status in [OrderStatus::Processing, OrderStatus::Failed] {
        shop.send(move_order(staff, order.id, status)).await.unwrap();
    }
    assert_eq!(shop.available(1).await, 100);
    placed(shop.send(place(customer(2), None, &[(1, 60)])).await);
    let retry = || shop.send(move_order(staff, order.id, OrderStatus::Pending));
    let short = ShortLine { product: ProductId(1), requested: 60, available: 40 };
    let refused = Err(Rejection::Refused(MoveRefusal::OutOfStock(vec![short])));
    assert_eq!(own::<MoveOrder>(retry().await), refused);
    shop.send(receive(1, 20)).await.unwrap();
    retry().await.unwrap();
    assert_eq!(shop.available(1).await, 0);
}

fn receive(product: i64, units: i64) -> Command {
    let line = StockLine {
        product: ProductRef::Id(ProductId(product)),
        change: StockChange::Delta(units),
        reason: Some(Text::new("delivery").unwrap()),
    };
    let action = MoveStock { lines: vec![line], partial: false };
    command(Actor::SYSTEM, None, action)
}

async fn a_product_is_found_by_all_its_names(shop: Shop) {
    let reference = ProductRef::Id(ProductId(1));
    let (product, _) = shop.readers.exact().product(&reference).await.unwrap().unwrap();
    for name in [ProductRef::Sku(product.sku.clone()), ProductRef::PublicId(product.public_id)] {
        let mut command = place(customer(1), None, &[(1, 1)]);
        let order = placing(&mut command);
        order.lines[0].product = name.clone();
        let order = placed(shop.send(command).await);
        assert_eq!(order.lines[0].product, ProductId(1));
        assert_eq!(shop.readers.exact().product(&name).await.unwrap().unwrap().0, product);
    }
    let mut unknown = place(customer(1), None, &[(1, 1), (77, 1), (2, 1)]);
    let order = placing(&mut unknown);
    order.lines[2].product = ProductRef::Sku(Sku::new("nowhere").unwrap());
    let refused = Err(Rejection::Refused(PlaceRefusal::UnknownProducts(vec![1, 2])));
    assert_eq!(own::<PlaceOrder>(shop.send(unknown).await), refused);
}

async fn an_edit_builds_on_the_version_that_was_seen(shop: Shop) {
    let edit = |version, minor| {
        let edit = EditProduct {
            versions: Some(vec![version]),
            price: Some(eur(minor)),
            ..EditProduct::of(ProductRef::Id(ProductId(1)))
        };
        command(Actor::SYSTEM, None, edit)
    };
    let (one, other) = tokio::join!(shop.send(edit(1, 500)), shop.send(edit(1, 600)));
    let (one, other) = (own::<EditProduct>(one), own::<EditProduct>(other));
    let mismatch = EditProductRefusal::VersionMismatch { current: 2 };
    let refused = Err(Rejection::Refused(mismatch));
    assert!((one.is_ok() && other == refused) || (one == refused && other.is_ok()));
    let (product, _) = done::<EditProduct>(shop.send(edit(2, 700)).await);
    assert_eq!((product.version, product.price), (3, eur(700)));
    let read = shop.readers.exact().product(&ProductRef::Id(ProductId(1))).await.unwrap().unwrap();
    assert_eq!(read.0, *product);
}

fn register(username: &str, email: &str) -> Command {
    let (id, email) = (AccountId(Uuid::now_v7()), Email::new(email).unwrap());
    let named = crate::shop::register(id, username);
    let action = Register { email, ..named };
    command(Actor::SYSTEM, None, action)
}

async fn a_name_belongs_to_one_account(shop: Shop) {
    let (one, other) = tokio::join!(
        shop.send(register("Ada", "ada@example.com")),
        shop.send(register("ADA", "ada2@example.com")),
    );
    let (one, other) = (own::<Register>(one), own::<Register>(other));
    let taken = Err(Rejection::Refused(RegisterRefusal::Taken { username: true, email: false }));
    assert!(one.is_ok() != other.is_ok());
    assert!(one == taken || other == taken);
    let Ok(Done::Now(account)) = one.or(other) else { panic!() };
    for login in ["ada", "ａＤＡ", account.email.as_str()] {
        let found = shop.readers.exact().account_named(login).await.unwrap().unwrap();
        assert_eq!(found, *account, "{login}");
    }
    assert_eq!(shop.readers.exact().account_named("nobody").await.unwrap(), None);
}

async fn a_refresh_token_works_once_and_in_its_grace(shop: Shop) {
    let account = done::<Register>(shop.send(register("ada", "a@b.example")).await);
    let (id, lifetime_us) = (SessionId(Uuid::now_v7()), Micros::HOUR);
    let open = log_in(id, account.id, lifetime_us);
    shop.send(command(Actor::SYSTEM, None, open)).await.unwrap();
    let refresh = |generation, grace_us| {
        let action = RefreshSession {
            id,
            account: account.id,
            generation,
            grace_us,
            origin: None,
            lifetime_us,
        };
        shop.send(command(Actor::SYSTEM, None, action))
    };
    let minute = 60 * Micros::SECOND;
    for generation in [2, 2] {
        let session = done::<RefreshSession>(refresh(1, minute).await);
        assert_eq!((session.generation, session.ended_at), (generation, None), "a lost reply");
    }
    refresh(2, minute).await.unwrap();
    let late = refresh(1, minute).await;
    let used = Err(Rejection::Refused(RefreshRefusal::TokenUsed));
    assert_eq!(own::<RefreshSession>(late), used, "its sender has moved on");
    let session = done::<RefreshSession>(refresh(2, -1).await);
    assert!(session.ended_at.is_some(), "used before, and too late");
    let ended = Err(Rejection::Refused(RefreshRefusal::SessionEnded));
    assert_eq!(own::<RefreshSession>(refresh(3, minute).await), ended);
    assert_eq!(
        shop.readers.exact().ended_since(session.ended_at.unwrap(), Micros(0)).await.unwrap(),
        [id.0]
    );
}

async fn stock_moves_all_or_nothing_or_line_by_line(shop: Shop) {
    let lines: Vec<StockLine> = [(1, 5), (2, -101), (99, 1), (1, -7)]
        .map(|(product, delta)| StockLine {
            product: ProductRef::Id(ProductId(product)),
            change: StockChange::Delta(delta),
            reason: None,
        })
        .into();
    let send = |partial| {
        let action = MoveStock { lines: lines.clone(), partial };
        shop.send(command(Actor::SYSTEM, None, action))
    };
    let refused = own::<MoveStock>(send(false).await);
    let Err(Rejection::Refused(MoveStockRefusal::Lines(results))) = refused else { panic!() };
    assert_eq!(results.iter().filter(|line| line.result.is_err()).count(), 2);
    assert_eq!((shop.available(1).await, shop.available(2).await), (100, 100));
    let results = done::<MoveStock>(send(true).await);
    assert_eq!(results[1].result, Err(StockProblem::BelowReserved { reserved: 0 }));
    assert_eq!(results[2].result, Err(StockProblem::UnknownProduct));
    assert_eq!((shop.available(1).await, shop.available(2).await), (98, 100));
}

async fn a_keyed_command_is_answered_again_as_it_was(shop: Shop) {
    let mut create = create_product(500, 7);
    create.who.once = Some(Once {
        key: IdempotencyKey::new("once").unwrap(),
        fingerprint: create.action.fingerprint().unwrap(),
    });
    let (product, stock) = done::<CreateProduct>(shop.send(create.clone()).await);
    placed(shop.send(place(customer(1), None, &[(product.id.0, 3)])).await);
    let replayed = own::<CreateProduct>(shop.send(create).await);
    assert_eq!(replayed, Ok(Done::Before((product, stock))));
}

async fn a_sweep_takes_only_what_is_old(shop: Shop) {
    let sweep = || shop.send(command(Actor::SYSTEM, None, SWEEP));
    let mut create = create_product(500, 7);
    create.who.once = Some(Once {
        key: IdempotencyKey::new("once").unwrap(),
        fingerprint: create.action.fingerprint().unwrap(),
    });
    shop.send(create.clone()).await.unwrap();
    sweep().await.unwrap();
    let again = own::<CreateProduct>(shop.send(create.clone()).await);
    assert!(matches!(again, Ok(Done::Before(_))), "{again:?}");
    shop.sql("update traces set at = 1").await.unwrap();
    sweep().await.unwrap();
    let Action::Products(products::Action::CreateProduct(action)) = &mut create.action else {
        unreachable!()
    };
    action.made_sku = Sku::new("other").unwrap();
    action.public_id = PublicId(Uuid::now_v7());
    done::<CreateProduct>(shop.send(create).await);
}

async fn lists_page_by_cursor_in_every_order(shop: Shop) {
    for price in [250, 250, 777, 5] {
        shop.send(create_product(price, 1)).await.unwrap();
    }
    for order in [ProductOrder::Created, ProductOrder::Name, ProductOrder::Price] {
        for direction in [Direction::Rising, Direction::Falling] {
            let page = |limit, after| Page { limit, offset: 0, after, direction };
            let filter = ProductFilter::default();
            let all = shop.readers.late().products(&filter, order, page(100, None)).await.unwrap();
            let mut paged = Vec::new();
            let mut after = None;
            loop {
                let found =
                    shop.readers.late().products(&filter, order, page(2, after)).await.unwrap();
                let Some((last, _)) = found.last() else { break };
                after = Some((order.key(last), last.id.0));
                paged.extend(found);
            }
            assert_eq!(paged, all, "{order:?} {direction:?}");
            assert_eq!(all.len(), 7);
        }
    }
    for n in 0..5 {
        placed(shop.send(place(customer(n % 2), None, &[(1, 1)])).await);
    }
    let own = OrderFilter { owner: Some(customer(0).caller), ..OrderFilter::default() };
    let page = Page { limit: 2, offset: 0, after: None, direction: Direction::Falling };
    let newest = shop.readers.late().orders(&own, page.clone()).await.unwrap();
    let numbers = |orders: &[Order]| orders.iter().filter_map(|o| o.number).collect::<Vec<_>>();
    assert_eq!(numbers(&newest), [5, 3]);
    let rest = shop.readers.late().orders(&own, Page { after: Some(3), ..page }).await.unwrap();
    assert_eq!(numbers(&rest), [1]);
}
