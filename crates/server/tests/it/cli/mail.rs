//! `sutler check --deploy` on mail: whether the server that was set can be used, against a real one.

use super::SECRET;
use crate::process::{Ended, run};
use testbed::{SmtpOptions, SmtpServer, SmtpTls, TempDir, free_port};

const LOGIN: Option<(&str, &str)> = Some(("me@example.com", "gehe1m"));

/// Checks a shop that has this for its mail.
fn check(more: &[(&str, &str)]) -> Ended {
    let dir = TempDir::new().unwrap();
    let usual = [("SUTLER_SECRET_KEY", SECRET), ("SUTLER_PUBLIC_URL", "https://shop.example")];
    let ended = run(dir.path(), &["check", "--deploy"], &[&usual[..], more].concat());
    assert!(!ended.stdout.contains("gehe1m") && !ended.stderr.contains("gehe1m"), "{ended:?}");
    ended
}

fn check_server(url: &str, authority: &str) -> Ended {
    check(&[
        ("SUTLER_SMTP_URL", url),
        ("SUTLER_MAIL_FROM", "shop@example.com"),
        ("SSL_CERT_FILE", authority),
    ])
}

#[test]
fn a_shop_without_mail_is_told_so_and_is_fit_all_the_same() {
    let ended = check(&[]);
    ended.says(1, &["NOTE    no mail is sent", "SUTLER_SMTP_URL", "SUTLER_MAIL_FROM"]);
    // What is to mend is that there is no shop yet, and that it is below /tmp.
    let without = ended.stdout.matches("UNSAFE").count();
    let ended = check(&[("SUTLER_MAIL_FROM", "shop@example.com")]);
    assert_eq!(ended.stdout.matches("UNSAFE").count(), without, "{ended:?}");
}

#[test]
fn a_mail_server_is_tried_with_its_tls_and_its_login() {
    for (tls, scheme, query) in [
        (SmtpTls::None, "smtp", ""),
        (SmtpTls::StartTls, "smtp", "?tls=required"),
        (SmtpTls::AtOnce, "smtps", ""),
    ] {
        let options = SmtpOptions { tls, login: LOGIN, ..SmtpOptions::default() };
        let Some(server) = SmtpServer::for_test(options) else { return };
        let authority = server.authority();
        let authority = authority.to_str().unwrap();
        let url = |login: &str| format!("{scheme}://{login}@localhost:{}{query}", server.port());
        let good = check_server(&url("me@example.com:gehe1m"), authority);
        assert!(!good.stdout.contains("mail server"), "{good:?}");
        let wrong = check_server(&url("me@example.com:gehe1m2"), authority);
        wrong.says(1, &["the mail server localhost:", "cannot be used: it answers 535"]);
        if tls != SmtpTls::None {
            let nobody = check_server(&url("me@example.com:gehe1m"), "/dev/null");
            nobody.says(1, &["cannot be used", "invalid peer certificate"]);
        }
    }
}

#[test]
fn a_mail_server_that_cannot_be_used_is_told_with_the_reason() {
    let nowhere = format!("smtp://localhost:{}", free_port().unwrap());
    check_server(&nowhere, "")
        .says(1, &["cannot be used", "Connection refused", "SUTLER_SMTP_URL"]);
    let Some(plain) = SmtpServer::for_test(SmtpOptions::default()) else { return };
    let url = format!("smtp://localhost:{}?tls=required", plain.port());
    check_server(&url, "").says(1, &["STARTTLS is not supported"]);
    let url = format!("smtps://localhost:{}", plain.port());
    check_server(&url, "").says(1, &["cannot be used"]);
}

#[test]
fn mail_that_others_can_read_is_unsafe() {
    let (url, from) = ("smtp://mail.invalid?tls=none", "shop@example.com");
    let usual = [("SUTLER_SMTP_URL", url), ("SUTLER_MAIL_FROM", from)];
    let base = ("SUTLER_MAIL_LINK_BASE", "http://shop.example/account");
    let ended = check(&[&usual[..], &[base]].concat());
    ended.says(1, &["smtp_url reaches mail.invalid:587 without TLS", "Use smtps://"]);
    ended.says(1, &["mail_link_base is http://shop.example/account", "https://"]);
    let ended = check(&[("SUTLER_SMTP_URL", "smtp://mail.invalid"), usual[1]]);
    assert!(!ended.stdout.contains("in the clear"), "{ended:?}");
    let ended = check(&[usual[0]]);
    ended.says(1, &["smtp_url is set, and mail_from is not"]);
}
