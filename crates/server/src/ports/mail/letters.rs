//! What is written to people, and what each letter needs to be told.

use crate::{language::Language, settings::Secret};
use domain::{Email, Money, Sku};
use std::{fmt, time::Duration};

pub struct Mail {
    pub to: Email,
    pub language: Language,
    pub letter: Letter,
}

#[derive(Clone)]
pub enum Letter {
    /// To the address of a new account.
    ConfirmAddress {
        token: Secret,
        valid_for: Duration,
    },
    /// To the address that an account is to have.
    ConfirmNewAddress {
        token: Secret,
        valid_for: Duration,
    },
    /// To the address that an account had. Of the new one it shows enough to be known again.
    AddressChanged {
        new: Email,
    },
    /// To an address that somebody has tried to register and that has an account, where the answer does
    /// not tell.
    AccountExists,
    ResetPassword {
        token: Secret,
        valid_for: Duration,
    },
    PasswordChanged,
    /// A login wants a code from now on.
    FactorAdded,
    FactorRemoved,
    /// To whoever looks after the stock.
    StockLow {
        products: Vec<LowProduct>,
    },
    /// To whoever has ordered.
    Order(OrderNews, Box<ToldOrder>),
    /// To whoever looks after the orders. Nobody may have said so: the shop itself gave it up.
    OrderFailed {
        order: Box<ToldOrder>,
        is_given_up: bool,
    },
}

/// A product that is at its threshold or below.
#[derive(Clone)]
pub struct LowProduct {
    pub sku: Sku,
    pub name: String,
    pub on_hand: i64,
    pub threshold: i64,
}

/// What has become of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderNews {
    Received,
    Completed,
    Cancelled,
    Failed,
}

impl OrderNews {
    pub const ALL: [OrderNews; 4] =
        [OrderNews::Received, OrderNews::Completed, OrderNews::Cancelled, OrderNews::Failed];

    pub fn name(self) -> &'static str {
        match self {
            OrderNews::Received => "received",
            OrderNews::Completed => "completed",
            OrderNews::Cancelled => "cancelled",
            OrderNews::Failed => "failed",
        }
    }

    pub fn named(name: &str) -> Option<OrderNews> {
        Self::ALL.into_iter().find(|news| news.name() == name)
    }

    fn letter(self) -> &'static str {
        match self {
            OrderNews::Received => "order_received",
            OrderNews::Completed => "order_completed",
            OrderNews::Cancelled => "order_cancelled",
            OrderNews::Failed => "order_failed",
        }
    }
}

/// As much of an order as a letter tells. Not what its buyer has typed: he chooses whom the letter goes to.
#[derive(Clone)]
pub struct ToldOrder {
    pub number: i64,
    pub lines: Vec<ToldLine>,
    pub total: Money,
    /// What is not for the reader to know is not in it.
    pub reason: Option<String>,
}

#[derive(Clone)]
pub struct ToldLine {
    pub name: String,
    pub quantity: i64,
    pub price: Money,
    pub total: Money,
}

impl Letter {
    /// Its name in logs, and that of its templates.
    pub fn kind(&self) -> &'static str {
        match self {
            Letter::ConfirmAddress { .. } => "confirm_address",
            Letter::ConfirmNewAddress { .. } => "confirm_new_address",
            Letter::AddressChanged { .. } => "address_changed",
            Letter::AccountExists => "account_exists",
            Letter::ResetPassword { .. } => "reset_password",
            Letter::PasswordChanged => "password_changed",
            Letter::FactorAdded => "factor_added",
            Letter::FactorRemoved => "factor_removed",
            Letter::StockLow { .. } => "stock_low",
            Letter::Order(news, _) => news.letter(),
            Letter::OrderFailed { is_given_up: false, .. } => "staff_order_failed",
            Letter::OrderFailed { is_given_up: true, .. } => "staff_order_given_up",
        }
    }

    /// How long it is of use.
    pub(super) fn valid_for(&self) -> Option<Duration> {
        match self {
            Letter::ConfirmAddress { valid_for, .. }
            | Letter::ConfirmNewAddress { valid_for, .. }
            | Letter::ResetPassword { valid_for, .. } => Some(*valid_for),
            Letter::AddressChanged { .. }
            | Letter::AccountExists
            | Letter::PasswordChanged
            | Letter::FactorAdded
            | Letter::FactorRemoved
            | Letter::StockLow { .. }
            | Letter::Order(..)
            | Letter::OrderFailed { .. } => None,
        }
    }
}

impl Mail {
    /// All that a log may tell of the reader.
    pub(super) fn domain(&self) -> &str {
        self.to.as_str().rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} to somebody at {}", self.letter.kind(), self.domain())
    }
}
