//! The mail server of the testbed, spoken to by hand.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};
use testbed::{SmtpOptions, SmtpServer};

/// Sends a mail, and gives the codes of the answers.
fn send(server: &SmtpServer, to: &str) -> Vec<String> {
    let stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut code = || {
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        line.chars().take(3).collect::<String>()
    };
    let mut codes = vec![code()];
    let rcpt = format!("RCPT TO:<{to}>");
    let lines =
        ["HELO here", "MAIL FROM:<a@x.example>", &rcpt, "DATA", "Subject: One\r\n\r\nTwo\r\n."];
    for line in lines {
        (&stream).write_all(format!("{line}\r\n").as_bytes()).unwrap();
        codes.push(code());
        if codes.last().is_some_and(|code| code.starts_with(['4', '5'])) {
            break;
        }
    }
    codes
}

#[test]
fn a_server_keeps_what_it_takes_and_behaves_as_it_is_told() {
    let Some(server) = SmtpServer::for_test(SmtpOptions::default()) else { return };
    assert_eq!(send(&server, "b@x.example"), ["220", "250", "250", "250", "354", "250"]);
    server.behave("451 later").unwrap();
    assert_eq!(send(&server, "c@x.example"), ["220", "250", "250", "451"]);
    server.behave("accept").unwrap();
    server.stop().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.start_again().unwrap();
    send(&server, "d@x.example");
    let received = server.received();
    let told: Vec<_> = received
        .iter()
        .map(|mail| (mail.to[0].as_str(), mail.header("Subject"), &*mail.body))
        .collect();
    assert_eq!(told, [("b@x.example", "One", "Two\n"), ("d@x.example", "One", "Two\n")]);
    assert_eq!((server.attempts(), received[0].from.as_str()), (3, "a@x.example"));
}
