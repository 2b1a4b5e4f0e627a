//! The tour of the README as a collection for Postman. The steps are declared in `tour/steps.rs`, with what
//! each has to be answered; the same steps make the same bytes.

mod steps;

use serde_json::{Value, json};

/// The collection, as docs/tour.postman_collection.json keeps it.
pub fn collection() -> anyhow::Result<String> {
    let chapters: Vec<Value> = steps::chapters().iter().map(Chapter::item).collect();
    let schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
    let collection = json!({
        "info": {
            "name": "Sutler: a tour",
            "description": "From the first look to the history, behind the counter, and orders of another \
                            system. Start a shop with `sutler demo --processing manual`, which leaves the orders to \
                            you, and run this from top to bottom, as often as you like.",
            "schema": schema,
        },
        "variable": [{ "key": "base_url", "value": "http://127.0.0.1:8000" }],
        "item": chapters,
    });
    Ok(serde_json::to_string_pretty(&collection)? + "\n")
}

/// Steps that belong together: a folder.
struct Chapter {
    name: &'static str,
    steps: Vec<Step>,
}

/// One request, and what its answer has to be.
struct Step {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    /// The variable with the token of who asks.
    who: Option<&'static str>,
    headers: Vec<(&'static str, &'static str)>,
    body: Option<Value>,
    /// Whether body and answer are JSON in lines: `answer` has them as an array.
    has_lines: bool,
    status: u16,
    /// What an expression about `answer` has to be: a value, or (as a string in braces) a variable.
    expected: Vec<(&'static str, Value)>,
    expected_headers: Vec<(&'static str, &'static str)>,
    /// Variables, and the expressions about `answer` that they are from now on.
    kept: Vec<(&'static str, &'static str)>,
    /// Variables that are made before the request, and the expressions that make them.
    made: Vec<(&'static str, &'static str)>,
}

impl Chapter {
    fn item(&self) -> Value {
        let steps: Vec<Value> = self.steps.iter().map(Step::item).collect();
        json!({ "name": self.name, "item": steps })
    }
}

impl Step {
    /// A step that is answered 200, until something else is said.
    fn new(name: &'static str, method: &'static str, path: &'static str) -> Step {
        Step {
            name,
            method,
            path,
            who: None,
            headers: Vec::new(),
            body: None,
            has_lines: false,
            status: 200,
            expected: Vec::new(),
            expected_headers: Vec::new(),
            kept: Vec::new(),
            made: Vec::new(),
        }
    }

    fn by(mut self, token: &'static str) -> Step {
        self.who = Some(token);
        self
    }

    fn header(mut self, name: &'static str, value: &'static str) -> Step {
        self.headers.push((name, value));
        self
    }

    fn body(mut self, body: Value) -> Step {
        self.body = Some(body);
        self
    }

    /// A value a line.
    fn lines(mut self, values: &[Value]) -> Step {
        let lines: Vec<String> = values.iter().map(Value::to_string).collect();
        self.has_lines = true;
        self.header("Content-Type", "application/x-ndjson").body(lines.join("\n").into())
    }

    fn answered(mut self, status: u16) -> Step {
        self.status = status;
        self
    }

    fn expects(mut self, expression: &'static str, value: impl Into<Value>) -> Step {
        self.expected.push((expression, value.into()));
        self
    }

    fn expects_header(mut self, name: &'static str, value: &'static str) -> Step {
        self.expected_headers.push((name, value));
        self
    }

    fn keeps(mut self, variable: &'static str, expression: &'static str) -> Step {
        self.kept.push((variable, expression));
        self
    }

    fn makes(mut self, variable: &'static str, expression: &'static str) -> Step {
        self.made.push((variable, expression));
        self
    }

    fn item(&self) -> Value {
        let mut headers: Vec<Value> = Vec::new();
        for (name, value) in &self.headers {
            headers.push(json!({ "key": name, "value": value }));
        }
        let auth = match self.who {
            None => json!({ "type": "noauth" }),
            Some(who) => {
                let value = format!("{{{{{who}}}}}");
                json!({ "type": "bearer", "bearer": [{ "key": "token", "value": value, "type": "string" }] })
            }
        };
        let mut request =
            json!({ "method": self.method, "auth": auth, "header": headers, "url": self.url() });
        if let Some(body) = &self.body {
            // Postman adds the header by the language.
            let language = if self.has_lines { "text" } else { "json" };
            let options = json!({ "raw": { "language": language } });
            request["body"] = json!({ "mode": "raw", "raw": raw(body), "options": options });
        }
        let mut events = vec![script("test", self.tests())];
        if !self.made.is_empty() {
            events.insert(0, script("prerequest", sets(&self.made)));
        }
        json!({ "name": self.name, "event": events, "request": request, "response": [] })
    }

    fn url(&self) -> Value {
        let (path, query) = self.path.split_once('?').unwrap_or((self.path, ""));
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let raw = format!("{{{{base_url}}}}{}", self.path);
        let mut url = json!({ "raw": raw, "host": ["{{base_url}}"], "path": segments });
        if !query.is_empty() {
            let pairs = query.split('&').map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                json!({ "key": name, "value": value })
            });
            url["query"] = pairs.collect();
        }
        url
    }

    fn tests(&self) -> Vec<String> {
        let status = self.status;
        let mut lines = vec![format!(
            "pm.test(\"is answered {status}\", () => pm.response.to.have.status({status}));"
        )];
        for (name, value) in &self.expected_headers {
            let test = quoted(&format!("{name} is {value}"));
            let (name, value) = (quoted(name), quoted(value));
            lines.push(format!(
                "pm.test({test}, () => pm.response.to.have.header({name}, {value}));"
            ));
        }
        if self.expected.is_empty() && self.kept.is_empty() {
            return lines;
        }
        let answer = match self.has_lines {
            true => r#"pm.response.text().trim().split("\n").map((line) => JSON.parse(line))"#,
            false => "pm.response.json()",
        };
        lines.push(format!("const answer = {answer};"));
        for (expression, value) in &self.expected {
            let text = value.as_str().unwrap_or_default();
            let variable = text.strip_prefix("{{").and_then(|text| text.strip_suffix("}}"));
            let (said, value) = match variable {
                Some(name) => {
                    (format!("the variable {name}"), format!("pm.variables.get({})", quoted(name)))
                }
                None => (value.to_string(), value.to_string()),
            };
            let (test, path) = (quoted(&format!("{expression} is {said}")), path(expression));
            lines.push(format!("pm.test({test}, () => pm.expect(answer{path}).to.eql({value}));"));
        }
        for (variable, expression) in &self.kept {
            let test = quoted(&format!("{expression} is there"));
            lines.push(format!("pm.test({test}, () => pm.expect(answer.{expression}).to.exist);"));
            lines.push(format!(
                "pm.collectionVariables.set({}, answer.{expression});",
                quoted(variable)
            ));
        }
        lines
    }
}

fn sets(variables: &[(&str, &str)]) -> Vec<String> {
    let set = |(name, expression): &(&str, &str)| {
        format!("pm.collectionVariables.set({}, {expression});", quoted(name))
    };
    variables.iter().map(set).collect()
}

/// A body as people read it. What is only a variable is no string: it stands for a number.
fn raw(body: &Value) -> String {
    let text = match body {
        Value::String(lines) => lines.clone(),
        body => format!("{body:#}"),
    };
    text.replace("\"#{{", "{{").replace("}}#\"", "}}")
}

fn script(listen: &str, lines: Vec<String>) -> Value {
    json!({ "listen": listen, "script": { "type": "text/javascript", "exec": lines } })
}

/// The way from an answer to what is in it.
fn path(expression: &str) -> String {
    let dot = if expression.starts_with('[') { "" } else { "." };
    format!("{dot}{expression}")
}

/// As JavaScript has it, which is as JSON has it.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_step_is_a_request_with_its_tests() {
        let step = Step::new("Buy", "POST", "/api/orders?a=b")
            .by("token")
            .header("If-Match", "\"1\"")
            .body(json!({ "product": "#{{product}}#", "note": "for {{name}}" }))
            .answered(201)
            .expects("status", "pending")
            .expects("id", "{{order}}")
            .expects_header("Idempotent-Replayed", "true")
            .keeps("number", "number");
        let item = step.item();
        assert_eq!(item["request"]["url"]["raw"], "{{base_url}}/api/orders?a=b");
        assert_eq!(item["request"]["url"]["query"], json!([{ "key": "a", "value": "b" }]));
        assert_eq!(item["request"]["auth"]["bearer"][0]["value"], "{{token}}");
        let raw = item["request"]["body"]["raw"].as_str().unwrap();
        assert!(raw.contains("\"product\": {{product}}") && raw.contains("\"for {{name}}\""));
        let tests = item["event"][0]["script"]["exec"].as_array().unwrap();
        let tests: Vec<&str> = tests.iter().filter_map(Value::as_str).collect();
        assert_eq!(
            tests,
            [
                "pm.test(\"is answered 201\", () => pm.response.to.have.status(201));",
                "pm.test(\"Idempotent-Replayed is true\", () => pm.response.to.have.header(\"Idempotent-Replayed\", \"true\"));",
                "const answer = pm.response.json();",
                "pm.test(\"status is \\\"pending\\\"\", () => pm.expect(answer.status).to.eql(\"pending\"));",
                "pm.test(\"id is the variable order\", () => pm.expect(answer.id).to.eql(pm.variables.get(\"order\")));",
                "pm.test(\"number is there\", () => pm.expect(answer.number).to.exist);",
                "pm.collectionVariables.set(\"number\", answer.number);",
            ]
        );
    }

    #[test]
    fn a_variable_is_set_before_it_is_used() {
        let mut set = BTreeSet::from(["base_url".to_owned()]);
        for step in steps::chapters().iter().flat_map(|chapter| &chapter.steps) {
            set.extend(step.made.iter().map(|(name, _)| (*name).to_owned()));
            let text = step.item().to_string();
            let used = text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
            for (name, _) in used {
                assert!(set.contains(name), "{}: {name} is not set yet", step.name);
            }
            set.extend(step.kept.iter().map(|(name, _)| (*name).to_owned()));
        }
    }
}
