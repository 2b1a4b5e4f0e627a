//! A guest has logged in, and takes his cart along.

use super::{
    CartView, ItemView,
    changes::{done, insist, rests, still_expiring},
};
use crate::{
    app::App,
    http::{
        State,
        answers::Answer,
        arguments::Key,
        authentication::Account,
        bodies::Body,
        carts::CartToken,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::of,
        problems::Problem,
        queries::NoQuery,
        refusals::refusals,
        shapes::{Amount, Named, Shape, Time, one_of, view},
    },
};
use domain::{
    ClaimCart, Done,
    carts::{CartId, ClaimCartRefusal, Claimed, Left, LeftWhy},
};
use serde_json::Value;
use std::sync::Arc;

view! {
    pub struct LeftView = "LeftItem" {
        product: i64,
        quantity: i64,
        reason: &'static str as LeftWhy,
    }
}

view! {
    pub struct ClaimedView<'a> = "ClaimedCart" {
        items: Vec<ItemView<'a>>,
        /// Of what is sold of it: lines whose is_sold is false are left out.
        total: String as Amount,
        currency: &'static str,
        expires_at: Option<String> as Option<Time>,
        /// What did not fit, and is free again.
        left: Vec<LeftView>,
    }
}

impl Shape for LeftWhy {
    fn shape(_: &mut Named) -> Value {
        one_of(LeftWhy::ALL.map(LeftWhy::name))
    }
}

impl LeftView {
    fn of(left: &Left) -> LeftView {
        LeftView { product: left.product.0, quantity: left.units, reason: left.why.name() }
    }
}

pub struct Claim {
    cart_token: CartToken,
}

impl Reads for Claim {
    const NAME: &'static str = "CartClaim";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<Claim> {
        let cart_token = fields.required("cart_token", of::<CartToken>());
        Some(Claim { cart_token: cart_token? })
    }
}

pub async fn claim(
    State(app): State<Arc<App>>,
    account: Account,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    _: NoQuery,
    Body(Claim { cart_token }): Body<Claim>,
) -> Result<Answer<ClaimedView<'static>>, Problem> {
    let asked = (domain::CorrelationId(correlation), key);
    let (limits, most) = (app.cart_limits(), app.most());
    let claim = ClaimCart { guest: cart_token.caller(), limits, most };
    let is_expired = |refusal: &_| matches!(refusal, ClaimCartRefusal::Expired);
    let answered = insist(&app, account.actor(), asked, claim, is_expired).await??;
    let (Claimed { cart, left }, is_replay) = match answered.done {
        Done::Now(claimed) => (claimed, false),
        Done::Before(left) => {
            let cart = done(&app, CartId::account(account.id)).await?;
            (Claimed { cart, left }, true)
        }
    };
    app.carts.note(CartId::account(account.id), &cart).await;
    let CartView { items, total, currency, expires_at } = CartView::of(&app, &cart);
    let left = left.iter().map(LeftView::of).collect();
    let view = ClaimedView { items, total, currency, expires_at, left };
    Ok(Answer::ok(&view).replayed(is_replay).of_commit(&app, answered.commit).await)
}

refusals! {
    ClaimCartRefusal {
        ClaimCartRefusal::Expired => [OVERLOADED] still_expiring(),
        ClaimCartRefusal::Rests { until } => [CART_RESTS] rests(until),
    }
}
