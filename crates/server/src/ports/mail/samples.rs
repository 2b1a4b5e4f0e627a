//! One letter of each kind, to look at before anybody gets one.

use super::letters::{Letter, LowProduct, OrderNews, ToldLine, ToldOrder};
use crate::settings::Secret;
use domain::{Currency, Email, Money, Sku};
use std::time::Duration;

/// Every letter once.
pub fn samples(currency: Currency) -> Vec<Letter> {
    let (token, valid_for) =
        (Secret::new("a-token-as-long-as-they-are"), Duration::from_secs(3600));
    let order = |reason: Option<&str>| Box::new(order(currency, reason));
    let mut letters = vec![
        Letter::ConfirmAddress { token: token.clone(), valid_for },
        Letter::ConfirmNewAddress { token: token.clone(), valid_for },
        Letter::AddressChanged { new: Email::stored("ann@example.com") },
        Letter::AccountExists,
        Letter::ResetPassword { token, valid_for },
        Letter::PasswordChanged,
        Letter::FactorAdded,
        Letter::FactorRemoved,
        Letter::StockLow { products: vec![low()] },
    ];
    letters.extend(OrderNews::ALL.map(|news| match news {
        OrderNews::Received | OrderNews::Completed => Letter::Order(news, order(None)),
        OrderNews::Cancelled | OrderNews::Failed => {
            Letter::Order(news, order(Some("one of the parts is not made any more")))
        }
    }));
    letters.extend([false, true].map(|is_given_up| {
        let order = order(Some("the warehouse did not answer"));
        Letter::OrderFailed { order, is_given_up }
    }));
    letters
}

fn order(currency: Currency, reason: Option<&str>) -> ToldOrder {
    let line = |name: &str, quantity, minor: i64| ToldLine {
        name: name.to_owned(),
        quantity,
        price: Money::new(minor, currency),
        total: Money::new(quantity * minor, currency),
    };
    ToldOrder {
        number: 1001,
        lines: vec![line("Enamel mug", 2, 1250), line("Camping stove", 1, 8900)],
        total: Money::new(11_400, currency),
        reason: reason.map(str::to_owned),
    }
}

fn low() -> LowProduct {
    let (sku, name) = (Sku::stored("MUG-1"), "Enamel mug".to_owned());
    LowProduct { sku, name, on_hand: 3, threshold: 5 }
}
