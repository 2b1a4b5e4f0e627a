//! The pages that the links in a demo's mail lead to. A shop has pages of its own (`mail_link_base`); whoever
//! tries one out has none yet, and wants to click on the link all the same. They are no part of the API.

use crate::{
    http::{Method, answers::Answer, problems::Problem, routes::Route},
    pages::Html,
    secrets::{base64url, random},
};

pub fn routes() -> Vec<Route> {
    let confirm = async || CONFIRM_EMAIL.show();
    let reset = async || RESET_PASSWORD.show();
    vec![
        Route::new(Method::GET, "/confirm-email", "confirm_email_page", confirm),
        Route::new(Method::GET, "/reset-password", "reset_password_page", reset),
    ]
}

/// What one page has of its own. It asks for something, and sends it on with the link's token.
struct Page {
    title: &'static str,
    about: &'static str,
    asked: &'static str,
    button: &'static str,
    sent_to: &'static str,
    done: &'static str,
}

const CONFIRM_EMAIL: Page = Page {
    title: "Confirm your e-mail address",
    about: "You have got this link by mail. Confirm that you read what is sent to that address.",
    asked: "",
    button: "Confirm the address",
    sent_to: "/api/identity/me/email/confirm",
    done: "Your e-mail address is confirmed.",
};

const RESET_PASSWORD: Page = Page {
    title: "Choose a new password",
    about: "Wherever your account is logged in now, it will have to log in again.",
    asked: r#"<label>New password <input type="password" name="password" autocomplete="new-password" required></label>
    <label>Again <input type="password" name="password2" autocomplete="new-password" required></label>"#,
    button: "Set the password",
    sent_to: "/api/identity/password-reset/confirm",
    done: "You have a new password. Log in with it.",
};

impl Page {
    /// What runs and what is styled in it bears a number that nobody else can know.
    fn show(&self) -> Result<Answer<Html>, Problem> {
        let nonce = base64url(&random::<16>());
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
             form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
        );
        Ok(Answer::text(self.written(&nonce)).with_policy(&policy))
    }

    fn written(&self, nonce: &str) -> String {
        let Page { title, about, asked, button, sent_to, done } = self;
        let parts = [
            ("{title}", *title),
            ("{about}", about),
            ("{asked}", asked),
            ("{button}", button),
            ("{sent_to}", sent_to),
            ("{done}", done),
            ("{nonce}", nonce),
        ];
        let page = include_str!("demo/page.html").to_owned();
        parts.iter().fold(page, |page, (place, part)| page.replace(place, part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_shows_the_place_of_a_part() {
        for page in [CONFIRM_EMAIL, RESET_PASSWORD] {
            let Page { title, about, asked, button, sent_to, done } = page;
            let shown = page.written("a-nonce");
            for part in [title, about, asked, button, sent_to, done, "nonce=\"a-nonce\""] {
                assert!(shown.contains(part), "{part}: {shown}");
            }
            let is_place = |part: &str| part.starts_with(|c: char| c.is_ascii_lowercase());
            assert!(!shown.split('{').skip(1).any(is_place), "{shown}");
        }
    }
}
