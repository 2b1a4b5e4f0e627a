//! Mail of a demo, which goes no further than its terminal: a newcomer has no mail server, and wants to
//! click on the link all the same.

use super::{
    delivery::{Carrier, Failure},
    texts::Written,
};
use futures_util::future::BoxFuture;
use std::io::Write;

pub struct Terminal;

impl Carrier for Terminal {
    fn carry<'a>(&'a self, letter: &'a Written) -> BoxFuture<'a, Result<(), Failure>> {
        let shown = shown(letter);
        Box::pin(async move {
            // Nobody may read it any more.
            let _ = std::io::stdout().lock().write_all(shown.as_bytes());
            Ok(())
        })
    }

    /// Whoever tries how many orders a demo takes does not want to read of each.
    fn brings_news(&self) -> bool {
        false
    }
}

/// In one piece, so that nothing comes between its lines.
fn shown(letter: &Written) -> String {
    let to = letter.to.as_str();
    let link = letter.link.as_ref().map(|link| format!("    {}\n", link.expose()));
    format!("\n  Mail to {to}: {}\n{}", letter.subject, link.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;
    use domain::Email;
    use std::time::SystemTime;
    use uuid::Uuid;

    #[test]
    fn a_newcomer_sees_whom_it_is_to_what_it_is_about_and_the_link() {
        let mut letter = Written {
            id: Uuid::nil(),
            at: SystemTime::UNIX_EPOCH,
            to: Email::stored("ada@example.com"),
            subject: "Choose a new password".into(),
            body: "Hello".into(),
            link: Some(Secret::new("http://127.0.0.1:8000/reset-password?token=t")),
        };
        let head = "\n  Mail to ada@example.com: Choose a new password\n";
        let link = "    http://127.0.0.1:8000/reset-password?token=t\n";
        assert_eq!(shown(&letter), format!("{head}{link}"));
        letter.link = None;
        assert_eq!(shown(&letter), head);
    }
}
