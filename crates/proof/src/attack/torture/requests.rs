//! What the clients of a tortured shop ask for: each noun's requests, in the nouns' own files, and what
//! all of them have in common.

use super::{client::Client, comparison::Comparison, journal::Entry};
use crate::nouns::{
    accounts, api_keys, carts, categories, credentials, factors, links, orders, products, sessions,
    stock,
};
use serde::Serialize;
use serde_json::Value;

pub const PASSWORD: &str = "a-tortured-sutler";

/// A product and how many of it.
pub type Units = (i64, i64);

/// How a request looks.
pub struct Wire {
    pub method: &'static str,
    pub path: String,
    pub body: Option<Value>,
    /// The client itself, unless it asks for somebody.
    pub asker: Option<Asker>,
    /// What a guest shows for his cart.
    pub cart_token: Option<String>,
}

/// Who asks, from where, and what he shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asker {
    pub address: String,
    pub bearer: Option<String>,
}

impl Wire {
    pub fn new(method: &'static str, path: &str) -> Wire {
        Wire { method, path: path.to_owned(), body: None, asker: None, cart_token: None }
    }

    pub fn post(path: &str, body: Value) -> Wire {
        Wire { body: Some(body), ..Wire::new("POST", path) }
    }

    pub fn by(self, asker: &Asker) -> Wire {
        Wire { asker: Some(asker.clone()), ..self }
    }
}

pub trait Asked {
    /// The name of the command that it is.
    fn command(&self) -> &'static str;

    /// Whether the contract gives it a key. Of the others, each is the same when done again.
    fn is_keyed(&self) -> bool {
        false
    }

    /// What these clients ask for is right in itself: only this may stand against it.
    fn may_be_refused(&self, _code: &str) -> bool {
        false
    }

    /// Whether being refused so, after an attempt without an answer, tells that it was done.
    fn is_done_if_refused(&self, _code: &str) -> bool {
        false
    }

    /// Whether some of it may be done when it is told that it cannot be done now.
    fn is_done_in_parts(&self) -> bool {
        false
    }

    /// Whether it is asked for until its end is known.
    fn is_asked_again(&self) -> bool {
        true
    }

    /// Whether it may be sent once more when its end is known.
    fn is_repeated(&self) -> bool {
        true
    }

    fn wire(&self) -> Wire;

    /// What its client knows when it was done.
    fn learn(&self, _client: &mut Client, _body: &Value) {}
}

/// One noun's own, out of all that is asked for.
pub trait Of: Sized {
    fn of(ask: &Ask) -> Option<&Self>;
}

impl Comparison<'_> {
    pub fn asked<A: Of + 'static>(&self) -> impl Iterator<Item = (&Entry, &A)> {
        self.entries.iter().filter_map(|entry| Some((entry, A::of(&entry.ask)?)))
    }
}

macro_rules! asks {
    ($($variant:ident($noun:ident)),+ $(,)?) => {
        #[derive(Clone, Debug, PartialEq, Serialize)]
        pub enum Ask { $($variant($noun::Ask)),+ }

        impl Ask {
            fn asked(&self) -> &dyn Asked {
                match self { $(Ask::$variant(ask) => ask),+ }
            }
        }

        $(impl From<$noun::Ask> for Ask {
            fn from(ask: $noun::Ask) -> Ask {
                Ask::$variant(ask)
            }
        })+

        $(impl Of for $noun::Ask {
            fn of(ask: &Ask) -> Option<&Self> {
                match ask {
                    Ask::$variant(ask) => Some(ask),
                    _ => None,
                }
            }
        })+
    };
}

asks! {
    Accounts(accounts),
    Credentials(credentials),
    Links(links),
    Factors(factors),
    Sessions(sessions),
    ApiKeys(api_keys),
    Categories(categories),
    Products(products),
    Stock(stock),
    Orders(orders),
    Carts(carts),
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        self.asked().command()
    }

    fn is_keyed(&self) -> bool {
        self.asked().is_keyed()
    }

    fn may_be_refused(&self, code: &str) -> bool {
        self.asked().may_be_refused(code)
    }

    fn is_done_if_refused(&self, code: &str) -> bool {
        self.asked().is_done_if_refused(code)
    }

    fn is_done_in_parts(&self) -> bool {
        self.asked().is_done_in_parts()
    }

    fn is_asked_again(&self) -> bool {
        self.asked().is_asked_again()
    }

    fn is_repeated(&self) -> bool {
        self.asked().is_repeated()
    }

    fn wire(&self) -> Wire {
        self.asked().wire()
    }

    fn learn(&self, client: &mut Client, body: &Value) {
        self.asked().learn(client, body);
    }
}

/// Euros.
pub fn decimal(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_its_digits() {
        assert_eq!((decimal(5), decimal(12_345)), ("0.05".to_owned(), "123.45".to_owned()));
    }
}
