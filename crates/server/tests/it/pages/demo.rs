//! From `/` of a demo to a placed order: what its page shows is what works.

use super::BROWSER;
use crate::{app::in_runtime, process::Node};
use serde_json::{Value, json};
use testbed::{TempDir, processes};

async fn page(demo: &Node, path: &str) -> String {
    let answer = demo.ask("GET", path).header("Accept", BROWSER).send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

/// As a browser shows it.
fn read(text: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    marks.iter().fold(text.to_owned(), |text, (mark, sign)| text.replace(mark, sign))
}

#[test]
fn the_page_of_a_demo_shows_the_first_order() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let data = ("SUTLER_DATA_DIR", dir.path().to_str().unwrap());
        let demo = Node::start(&["demo"], &[data]).await;
        let said = demo.said();
        for path in ["/", "/docs"] {
            let named = format!("http://{}{path}", demo.address);
            assert!(said.contains(&named), "{named} is not in {said}");
        }
        let page = page(&demo, "/").await;
        let commands = page.split("<pre><code>").skip(1);
        let commands: Vec<String> =
            commands.map(|rest| read(rest.split_once("</code>").unwrap().0)).collect();
        assert_eq!(commands.len(), 5, "{page}");
        // They are those that it has printed, which are known to work.
        let in_one_line = commands.iter().map(|command| command.replace(" \\\n  ", " "));
        in_one_line.for_each(|command| assert!(said.contains(&command), "{command} {said}"));
        if processes::on_path("curl").is_none() {
            assert!(!testbed::databases::is_ci(), "no curl to try the page's words with");
            return;
        }
        let mut shell = std::process::Command::new("sh");
        let output = shell.arg("-c").arg(commands.join("\n")).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("201 Created") && text.contains("\"pending\""), "{text}");
    });
}

/// What Swagger UI fills in for a request of this name.
fn filled_in(document: &Value, name: &str) -> (String, Value) {
    let paths = document["paths"].as_object().unwrap();
    let mut operations = paths.iter().flat_map(|(path, operations)| {
        operations.as_object().unwrap().values().map(move |operation| (path, operation))
    });
    let (path, operation) =
        operations.find(|(_, operation)| operation["operationId"] == name).unwrap();
    let body = &operation["requestBody"]["content"]["application/json"]["examples"]["usual"];
    (path.clone(), body["value"].clone())
}

/// Nobody changes anything in the docs but where it says so.
#[test]
fn what_the_docs_fill_in_places_an_order_in_a_demo() {
    in_runtime(async {
        let dir = TempDir::new().unwrap();
        let data = ("SUTLER_DATA_DIR", dir.path().to_str().unwrap());
        let demo = Node::start(&["demo"], &[data]).await;
        let document = demo.ask("GET", "/api/openapi.json").send().await.expect(200);
        let (path, body) = filled_in(&document, "log_in");
        let tokens = demo.post(&path, &body).send().await.expect(200);
        let token = tokens["access"].as_str().unwrap();
        for (name, status) in [
            ("place_order", 201),
            ("add_to_cart", 200),
            ("checkout", 201),
            ("keep_address", 201),
            ("begin_otp", 201),
            ("change_email", 202),
            ("change_password", 204),
            ("register", 201),
            ("ask_for_reset", 202),
        ] {
            let (path, body) = filled_in(&document, name);
            let answer = demo.post(&path, &body).token(token).send().await;
            assert_eq!(answer.status, status, "{name} {body}: {}", answer.text());
        }
        let orders = demo.ask("GET", "/api/orders/orders").token(token).send().await.expect(200);
        assert_eq!(orders["count"], json!(2));
    });
}
