//! Who and what a tortured shop begins with: accounts for those who have one, and goods that they all want.

use super::{requests::PASSWORD, stand::Stand};
use crate::stage::sites;
use anyhow::bail;
use domain::{Actor, CorrelationId, CreateProduct, Currency, Money, PublicId, Sku, Text, Who};
use futures_util::future::join_all;
use std::{io::Write, process::Stdio};
use store::{Limits, Writer};
use testbed::processes;
use uuid::Uuid;

/// Few, so that customers want the same.
pub const PRODUCTS: i64 = 24;
/// Sold out within a few cycles, and received again by staff.
pub const FIRST_ON_HAND: i64 = 120;
pub const CUSTOMERS: usize = 3;
pub const CUSTOMER_CLIENTS: usize = 9;
pub const STAFF: usize = 2;
/// The client that is an admin.
const ADMIN: usize = CUSTOMER_CLIENTS + STAFF + 3;

pub fn price_minor(product: i64) -> i64 {
    99 + 100 * product
}

impl Stand {
    pub(super) async fn begin_with_goods(&self) -> anyhow::Result<()> {
        self.location.migrate().await?;
        let currency = sites::currency()?;
        let writer = Writer::start(self.location.writer(), Limits::default())?;
        let made = (1..=PRODUCTS).map(|number| {
            let (who, product) = create_product(number, currency);
            writer.send(who, product)
        });
        for product in join_all(made).await {
            product.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
        }
        drop(writer);
        for username in usernames() {
            let role = username.trim_end_matches(|c: char| c.is_ascii_digit());
            let mut command = self.command(&self.own_url);
            command.args(["user", "create", "--username", &username, "--role", role]);
            command.args(["--email", &format!("{username}@example.com"), "--password-stdin"]);
            // The security log of an operator is no line of ours.
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
            let mut child = processes::spawn(command)?;
            if let Some(mut stdin) = child.stdin.take() {
                writeln!(stdin, "{PASSWORD}")?;
            }
            let ended = tokio::task::spawn_blocking(move || child.wait_with_output()).await??;
            if !ended.status.success() {
                let told = String::from_utf8_lossy(&ended.stderr);
                bail!("sutler user create ended with {}: {told}", ended.status);
            }
        }
        Ok(())
    }
}

/// As whom a client has logged in: customers share their accounts.
pub fn username(client: usize) -> Option<String> {
    match client {
        0..CUSTOMER_CLIENTS => Some(format!("customer{}", client % CUSTOMERS)),
        _ if client < CUSTOMER_CLIENTS + STAFF => {
            Some(format!("staff{}", client - CUSTOMER_CLIENTS))
        }
        ADMIN => Some("admin0".to_owned()),
        _ => None,
    }
}

pub fn usernames() -> Vec<String> {
    let customers = (0..CUSTOMERS).map(|number| format!("customer{number}"));
    let staff = (0..STAFF).map(|number| format!("staff{number}"));
    customers.chain(staff).chain(["admin0".to_owned()]).collect()
}

/// Nobody gives these products another one.
pub fn first_sku(number: i64) -> String {
    format!("TORTURE-{number:02}")
}

fn create_product(number: i64, currency: Currency) -> (Who, CreateProduct) {
    let sku = Sku::stored(&first_sku(number));
    let (id, name) = (PublicId(Uuid::now_v7()), Text::stored(&format!("Product {number}")));
    let product = CreateProduct {
        sku: Some(sku),
        quantity: FIRST_ON_HAND,
        ..CreateProduct::of(id, name, Money::new(price_minor(number), currency))
    };
    let correlation = CorrelationId(Uuid::now_v7());
    (Who { actor: Actor::SYSTEM, correlation, once: None }, product)
}
