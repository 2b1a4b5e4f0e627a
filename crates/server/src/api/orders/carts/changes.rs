//! What is put into a cart, and taken out of it.

use super::{CartView, ItemView, present};
use crate::{
    api::{
        catalog::products::{Sight, no_such_product, parse, product_ref},
        orders::{
            placements::quantity,
            refusals::{out_of_stock, too_many},
        },
    },
    app::App,
    http::{
        State,
        answers::Answer,
        arguments::{Key, Segment},
        authentication::Asker,
        bodies::Body,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::integer,
        problems::{FieldError, Problem},
        queries::NoQuery,
        refusals::refusals,
        rights::Shopper,
        shapes::{Amount, Time, time, view},
    },
};
use domain::{
    Actor, CartLimits, ChangeCart, Done, EmptyCart, ExpireCarts, IdempotencyKey, Listed, Micros,
    ProductRef, Quantity,
    carts::{CartId, Change, ChangeCartRefusal, Filled},
    orders::LINES_MOST,
};
use std::{slice, sync::Arc};
use store::{Rejection, Sent};

/// How often a cart that has just expired is let go first. It is done by one of them; another one is needed
/// only where the next one expires at once.
const TRIES: usize = 3;

view! {
    pub struct FilledCartView<'a> = "FilledCart" {
        items: Vec<ItemView<'a>>,
        /// Of what is sold of it: lines whose is_sold is false are left out.
        total: String as Amount,
        currency: &'static str,
        expires_at: Option<String> as Option<Time>,
        /// Of a guest who has shown none: it is told once.
        cart_token: Option<String>,
    }
}

/// What goes into a cart.
pub struct Addition {
    product: ProductRef,
    quantity: Quantity,
}

impl Reads for Addition {
    const NAME: &'static str = "NewCartItem";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Addition> {
        let product = fields.required("product", product_ref());
        let quantity = fields.required("quantity", quantity());
        Some(Addition { product: product?, quantity: quantity? })
    }
}

/// How many units of a product a cart is to have; none, and its line goes.
pub struct Wanted {
    quantity: Option<Quantity>,
}

impl Reads for Wanted {
    const NAME: &'static str = "CartItemQuantity";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Wanted> {
        let quantity = fields.required("quantity", integer(0..=Quantity::MAX));
        Some(Wanted { quantity: Quantity::new(quantity?) })
    }
}

pub async fn add(
    State(app): State<Arc<App>>,
    shopper: Shopper,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    _: NoQuery,
    Body(Addition { product, quantity }): Body<Addition>,
) -> Result<Answer<FilledCartView<'static>>, Problem> {
    if key.is_some() && shopper.actor().is_none() {
        let words = "is required beside an Idempotency-Key: send a Cart-Token of your own with it";
        return Err(Problem::invalid_field("Cart-Token", words));
    }
    let (shopper, made) = shopper.known();
    let correlation = domain::CorrelationId(correlation);
    let asked = Asked { shopper, correlation, key };
    let changed = asked.change(&app, product, Change::Add(quantity)).await?;
    let CartView { items, total, currency, expires_at } = CartView::of(&app, &changed.cart);
    let cart_token = made.map(|token| token.text().to_owned());
    let view = FilledCartView { items, total, currency, expires_at, cart_token };
    let answer = Answer::ok(&view).replayed(changed.is_replay);
    Ok(answer.of_commit(&app, changed.commit).await)
}

pub async fn set(
    State(app): State<Arc<App>>,
    shopper: Shopper,
    CorrelationId(correlation): CorrelationId,
    Segment(reference): Segment,
    _: NoQuery,
    Body(Wanted { quantity }): Body<Wanted>,
) -> Result<Answer<CartView<'static>>, Problem> {
    let change = quantity.map_or(Change::Remove, Change::Set);
    change_line(&app, shopper, correlation, &reference, change).await
}

pub async fn remove(
    State(app): State<Arc<App>>,
    shopper: Shopper,
    CorrelationId(correlation): CorrelationId,
    Segment(reference): Segment,
    _: NoQuery,
) -> Result<Answer<CartView<'static>>, Problem> {
    change_line(&app, shopper, correlation, &reference, Change::Remove).await
}

/// What the path names is not there, rather than wrong.
async fn change_line(
    app: &App,
    shopper: Shopper,
    correlation: uuid::Uuid,
    reference: &str,
    change: Change,
) -> Result<Answer<CartView<'static>>, Problem> {
    let product = parse(reference)?;
    let correlation = domain::CorrelationId(correlation);
    let changed = match shopper.actor() {
        Some(_) => Asked { shopper, correlation, key: None }.change(app, product, change).await,
        None if change == Change::Remove => nothing_removed(app, &product).await,
        None => Err(Problem::invalid_field(
            "Cart-Token",
            "is required here: POST /api/cart/items makes one, or bring your own",
        )),
    };
    let changed = changed.map_err(|problem| match problem.code() {
        codes::UNKNOWN_PRODUCT => no_such_product(),
        _ => problem,
    })?;
    let answer = Answer::ok(&CartView::of(app, &changed.cart));
    Ok(answer.of_commit(app, changed.commit).await)
}

/// Whoever has no cart has nothing of it in there.
async fn nothing_removed(app: &App, product: &ProductRef) -> Result<Changed, Problem> {
    match app.readers.exact().product_id(product).await? {
        Some(_) => Ok(Changed { cart: Filled::default(), is_replay: false, commit: None }),
        None => Err(no_such_product()),
    }
}

pub async fn empty(
    State(app): State<Arc<App>>,
    shopper: Shopper,
    CorrelationId(correlation): CorrelationId,
    _: NoQuery,
) -> Result<Answer<CartView<'static>>, Problem> {
    let correlation = domain::CorrelationId(correlation);
    let commit = match shopper.actor() {
        Some(actor) => app.send(actor, correlation, None, EmptyCart {}).await?.commit,
        None => None,
    };
    Ok(Answer::ok(&CartView::of(&app, &Filled::default())).of_commit(&app, commit).await)
}

/// Who asks for a change of his cart.
struct Asked {
    shopper: Shopper,
    correlation: domain::CorrelationId,
    key: Option<IdempotencyKey>,
}

struct Changed {
    cart: Filled,
    is_replay: bool,
    commit: Option<i64>,
}

impl Asked {
    async fn change(
        self,
        app: &App,
        product: ProductRef,
        change: Change,
    ) -> Result<Changed, Problem> {
        let Asked { shopper, correlation, key } = self;
        let asker = match &shopper {
            Shopper::Account(account) => Some(Asker::Account(*account)),
            Shopper::Guest { .. } => None,
        };
        let sight = Sight::of(app, asker.as_ref());
        let crowd = shopper.crowd();
        let actor = shopper.actor().ok_or_else(Problem::internal)?;
        let (currency, limits, most) = (app.currency, app.cart_limits(), app.most());
        let change = ChangeCart { product, change, crowd, currency, limits, most };
        let is_expired = |refusal: &_| matches!(refusal, ChangeCartRefusal::Expired);
        let answered = match insist(app, actor, (correlation, key), change, is_expired).await? {
            Err(Rejection::Refused(ChangeCartRefusal::OutOfStock(short))) => {
                return Err(out_of_stock(slice::from_ref(&short), sight));
            }
            sent => sent?,
        };
        let commit = answered.commit;
        if let Done::Now(cart) = &answered.done {
            app.carts.note(CartId::of(actor.caller), cart).await;
        }
        Ok(match answered.done {
            Done::Now(cart) => Changed { cart, is_replay: false, commit },
            Done::Before(()) => {
                let cart = done(app, CartId::of(actor.caller)).await?;
                Changed { cart, is_replay: true, commit }
            }
        })
    }
}

/// A cart of which it is known that something was done to it: when it cannot be read, nothing may say that
/// nothing was.
pub(super) async fn done(app: &App, cart: CartId) -> Result<Filled, Problem> {
    present(app, cart).await.map_err(|_| Problem::outcome_unknown())
}

/// Sends a command upon an own cart. One that has expired and is not swept yet is let go first: to its owner
/// it is empty already.
pub(super) async fn insist<C: Listed + Clone>(
    app: &App,
    actor: Actor,
    (correlation, key): (domain::CorrelationId, Option<IdempotencyKey>),
    rule: C,
    is_expired: impl Fn(&C::Refusal) -> bool,
) -> Result<Sent<C>, Problem> {
    for _ in 0..TRIES {
        match app.send(actor, correlation, key.clone(), rule.clone()).await {
            Err(Rejection::Refused(refusal)) if is_expired(&refusal) => {
                let carts = vec![CartId::of(actor.caller)];
                let CartLimits { ttl_us, max_age_us, .. } = app.cart_limits();
                let (lines, owner_waits) = (LINES_MOST, true);
                let expire = ExpireCarts { carts, lines, owner_waits, ttl_us, max_age_us };
                app.send(Actor::SYSTEM, correlation, None, expire).await?;
            }
            sent => return Ok(sent),
        }
    }
    Ok(app.send(actor, correlation, key, rule).await)
}

refusals! {
    ChangeCartRefusal {
        ChangeCartRefusal::UnknownProduct => [UNKNOWN_PRODUCT | NOT_FOUND] unknown_product(),
        ChangeCartRefusal::QuantityTooLarge => [INVALID] quantity_too_large(),
        ChangeCartRefusal::TooMany(line) => [TOO_MANY_UNITS] too_many(&[line]),
        ChangeCartRefusal::OutOfStock(line) => [OUT_OF_STOCK] out_of_stock(&[line], Sight::Staffs),
        ChangeCartRefusal::CartFull { most } => [CART_FULL] cart_full(most),
        ChangeCartRefusal::HoldsTooMany { requested, most } => [HOLDS_TOO_MANY] {
            holds_too_many(requested, most)
        },
        ChangeCartRefusal::CrowdHoldsTooMany { .. } => [CROWD_HOLDS_TOO_MANY] crowd_holds_too_many(),
        ChangeCartRefusal::Expired => [OVERLOADED] still_expiring(),
        ChangeCartRefusal::Rests { until } => [CART_RESTS] rests(until),
    }
}

fn unknown_product() -> Problem {
    let message = "there is no such product, or it is sold no more";
    Problem::new(codes::UNKNOWN_PRODUCT, "this product is not in the catalog")
        .errors(vec![FieldError::new("product", message)])
}

fn quantity_too_large() -> Problem {
    let most = Quantity::MAX;
    Problem::invalid_field("quantity", format!("comes to more than {most} with what is there"))
}

fn cart_full(most: usize) -> Problem {
    let detail = format!("a cart has {most} lines at most: take something out first");
    Problem::new(codes::CART_FULL, detail).with("most", most)
}

fn holds_too_many(requested: i64, most: i64) -> Problem {
    let detail = format!("a cart holds {most} units at most, and would hold {requested}");
    Problem::new(codes::HOLDS_TOO_MANY, detail).with("requested", requested).with("most", most)
}

/// How much others hold is theirs to know.
fn crowd_holds_too_many() -> Problem {
    let detail = "the carts of all who have not logged in at your address hold as much as they may \
                  together: log in, or try again when one was let go";
    Problem::new(codes::CROWD_HOLDS_TOO_MANY, detail)
}

/// What it held is for others to take first.
pub(super) fn rests(until: Micros) -> Problem {
    let until = time(until);
    let detail = format!(
        "your cart has held things for as long as any may, and what it held is free for others: \
         begin a new one at {until}"
    );
    Problem::new(codes::CART_RESTS, detail).with("until", until)
}

pub(super) fn still_expiring() -> Problem {
    Problem::overloaded("what your cart held is still being given back; try again")
}
