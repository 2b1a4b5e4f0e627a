//! What a demo tells whoever opens it, in its terminal and on its page: who can log in, and how the first order
//! is placed.

use domain::Role;

pub struct DemoAccount {
    pub name: &'static str,
    pub password: &'static str,
    pub role: Role,
}

/// Their passwords are no secret: `sutler check --deploy` finds who of them belongs to the staff.
pub const ACCOUNTS: [DemoAccount; 2] = [
    DemoAccount { name: "demo", password: "demo-password", role: Role::Customer },
    DemoAccount { name: "admin", password: "admin-password", role: Role::Admin },
];

/// A command, and what it is for.
pub struct Step {
    pub what: &'static str,
    /// One after another, with a blank between them.
    parts: Vec<String>,
}

impl Step {
    pub fn in_one_line(&self) -> String {
        self.parts.join(" ")
    }

    /// The same, as a person would write it.
    pub fn in_lines(&self) -> String {
        self.parts.join(" \\\n  ")
    }
}

/// From a look at the shelf to an order, in a terminal.
pub fn first_order(url: &str) -> [Step; 3] {
    let step = |what, parts: &[&str]| {
        let parts = parts.iter().map(|part| part.replace("SHOP", url)).collect();
        Step { what, parts }
    };
    [
        step("See what it sells:", &["curl 'SHOP/api/catalog/products?limit=3'"]),
        step(
            "Log in:",
            &[
                "TOKEN=$(curl -s SHOP/api/identity/token",
                "-H 'Content-Type: application/json'",
                r#"-d '{"username":"demo","password":"demo-password"}'"#,
                r#"| sed 's/.*"access":"\([^"]*\)".*/\1/')"#,
            ],
        ),
        step(
            "Order, as often as you like: the key makes it one order.",
            &[
                "curl -i SHOP/api/orders/orders",
                r#"-H "Authorization: Bearer $TOKEN""#,
                "-H 'Idempotency-Key: first-order'",
                "-H 'Content-Type: application/json'",
                r#"-d '{"order_items":[{"product":1,"quantity":2}]}'"#,
            ],
        ),
    ]
}
