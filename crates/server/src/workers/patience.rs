//! A worker's command waits for room in a queue that stands, as no client may: what it does has to keep pace with
//! those who make it necessary, however many they are. It is one command at a time, and not for ever.

use crate::{app::App, patience};
use domain::{Actor, CorrelationId, Listed};
use std::time::Duration;
use store::{Rejection, Sent};
use tokio::time::Instant;

/// After that its turn is given up, and the next one looks at what is due by then.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends it in the shop's own name, again and again while there is no room for it.
pub async fn send<C: Listed + Clone>(shop: &App, correlation: CorrelationId, rule: C) -> Sent<C> {
    until_taken(|| shop.send(Actor::SYSTEM, correlation, None, rule.clone())).await
}

/// A command for which there was no room has not begun; every other end is its end. Whoever comes more rarely
/// hardly ever finds room among so many.
async fn until_taken<T, R, F>(send: impl FnMut() -> F) -> Result<T, Rejection<R>>
where
    F: Future<Output = Result<T, Rejection<R>>>,
{
    let no_room = |rejection: &Rejection<R>| matches!(rejection, Rejection::Busy);
    patience::until_taken(Instant::now() + PATIENCE, patience::PAUSE, no_room, send).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        settings::Settings,
        workers::{Turn, Worker, carts::Carts, pending, sweeps::sweep},
    };
    use domain::{
        BatchId, CartLimits, ChangeCart, CreateProduct, Details, ExpectedLine, Money, Most,
        OrderId, PlaceOrder, ProductId, ProductRef, PublicId, Quantity, Role, Text,
        carts::{Change, guest},
    };
    use futures_util::poll;
    use std::{cell::Cell, pin::pin, sync::Arc};
    use store::Location;
    use testbed::TempDir;
    use tokio::time::{sleep, timeout};
    use uuid::Uuid;

    type Told = Result<u8, Rejection<()>>;

    /// What comes of it, and how often it was sent, where there is no room for so many times.
    async fn sent(full: u32, then: Told) -> (Told, u32) {
        let times = Cell::new(0);
        let told = until_taken(async || {
            times.set(times.get() + 1);
            if times.get() <= full { Err(Rejection::Busy) } else { then.clone() }
        });
        (told.await, times.get())
    }

    #[tokio::test(start_paused = true)]
    async fn what_finds_no_room_is_sent_again_for_a_while_and_nothing_else_is() {
        assert_eq!(sent(0, Ok(1)).await, (Ok(1), 1));
        assert_eq!(sent(3, Ok(1)).await, (Ok(1), 4));
        for other in [Rejection::Late, Rejection::Unknown, Rejection::Refused(())] {
            assert_eq!(sent(0, Err(other.clone())).await, (Err(other.clone()), 1));
            assert_eq!(sent(2, Err(other.clone())).await, (Err(other), 3));
        }
        let began = Instant::now();
        let (told, times) = sent(u32::MAX, Ok(1)).await;
        assert_eq!((told, began.elapsed()), (Err(Rejection::Busy), PATIENCE));
        assert_eq!(times, 501);
    }

    /// A shop in whose queue there is room for one.
    async fn narrow(dir: &TempDir) -> Arc<App> {
        let url = format!("sqlite://{}", dir.path().join("shop.db").display());
        let flags = [("database_url".to_owned(), url), ("queue_limit".to_owned(), "1".to_owned())];
        // Before anything is at work there that would be in the way.
        Location::Sqlite(dir.path().join("shop.db")).migrate().await.unwrap();
        App::open(Settings::resolve(None, &[], &flags).unwrap(), false).unwrap()
    }

    fn correlation() -> CorrelationId {
        CorrelationId(Uuid::now_v7())
    }

    async fn done<C: Listed + Clone>(shop: &App, actor: Actor, rule: C) {
        let sent = shop.send(actor, correlation(), None, rule).await;
        assert!(sent.is_ok(), "{} was not done", C::NAME);
    }

    /// An order that has waited, and carts that have outlived their time: of two pieces.
    async fn with_what_is_due(shop: &App) {
        let (name, price) = (Text::new("Mess tin").unwrap(), Money::new(100, shop.currency));
        let tin = CreateProduct::of(PublicId(Uuid::now_v7()), name, price);
        let product = ProductRef::Id(ProductId(1));
        done(shop, Actor::SYSTEM, CreateProduct { quantity: 26, ..tin }).await;
        for number in 0..26 {
            let buyer = Actor::of(guest(&number.to_string()), Role::Customer);
            let add = ChangeCart {
                product: product.clone(),
                change: Change::Add(Quantity::ONE),
                crowd: None,
                currency: shop.currency,
                limits: CartLimits { ttl_us: 1, ..CartLimits::default() },
                most: Most::default(),
            };
            match number {
                0 => done(shop, Actor::SYSTEM, ordered(&add)).await,
                _ => done(shop, buyer, add).await,
            }
        }
    }

    fn ordered(cart: &ChangeCart) -> PlaceOrder {
        let (product, quantity) = (cart.product.clone(), Quantity::ONE);
        PlaceOrder {
            id: OrderId(Uuid::now_v7()),
            currency: cart.currency,
            most: cart.most,
            lines: vec![ExpectedLine { product, quantity, price: None }],
            total: None,
            details: Details::default(),
            customer: None,
        }
    }

    /// What is left to be given back.
    async fn reserved(shop: &App) -> i64 {
        let (_, stock) =
            shop.readers.exact().product(&ProductRef::Id(ProductId(1))).await.unwrap().unwrap();
        26 - stock.available()
    }

    /// While another program writes, one command is in the writer's hands and one waits: there is no room, until
    /// that one has ended.
    #[tokio::test]
    async fn carts_and_orders_that_are_due_outwait_a_queue_that_stands() {
        let dir = TempDir::new().unwrap();
        let shop = narrow(&dir).await;
        with_what_is_due(&shop).await;
        for (turn, left) in [("carts", 1), ("pending", 0)] {
            let mut other = shop.location.writer().connect().unwrap();
            other.begin(BatchId(Uuid::now_v7()), &mut []).unwrap();
            let (mut taken, mut waits) =
                (pin!(sweep(&shop, correlation())), pin!(sweep(&shop, correlation())));
            assert!(poll!(&mut taken).is_pending());
            while shop.writer.waiting() > 0 {
                sleep(Duration::from_millis(1)).await;
            }
            assert!(poll!(&mut waits).is_pending());
            let mut turn = pin!(async {
                match turn {
                    "carts" => Carts.turn(&shop).await,
                    _ => pending::expire(&shop, Duration::from_micros(1)).await.unwrap(),
                }
            });
            let given_up = timeout(Duration::from_millis(200), &mut turn).await;
            assert!(given_up.is_err(), "there is no room: {given_up:?}");
            other.rollback().unwrap();
            let (turned, taken, waits) = tokio::join!(turn, taken, waits);
            assert_eq!((turned, taken.is_ok(), waits.is_ok()), (Turn::Done, true, true));
            assert_eq!(reserved(&shop).await, left);
        }
    }
}
