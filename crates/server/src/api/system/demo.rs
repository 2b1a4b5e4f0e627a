//! The pages that the links in a demo's mail lead to. A shop has pages of its own (`mail_link_base`); whoever
//! tries one out has none yet, and wants to click on the link all the same. They are no part of the API.

use crate::{
    http::{
        Method,
        answers::Answer,
        problems::Problem,
        routes::Route,
        shapes::{Named, Shape, View},
    },
    secrets::{base64url, random},
};
use serde_json::{Value, json};

pub fn routes() -> Vec<Route> {
    let confirm = async || show(include_str!("demo/confirm_email.html"));
    let reset = async || show(include_str!("demo/reset_password.html"));
    vec![
        Route::new(Method::GET, "/confirm-email", "confirm_email_page", confirm),
        Route::new(Method::GET, "/reset-password", "reset_password_page", reset),
    ]
}

pub struct Html;

impl Shape for Html {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": "string" })
    }
}

impl View for Html {
    const NAME: &'static str = "Html";
    const KIND: &'static str = "text/html; charset=utf-8";
}

/// What runs and what is styled in it bears a number that nobody else can know.
fn show(page: &str) -> Result<Answer<Html>, Problem> {
    let nonce = base64url(&random::<16>());
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    Ok(Answer::text(page.replace("{nonce}", &nonce)).with_policy(&policy))
}
