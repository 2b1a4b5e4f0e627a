//! What is another one each time: ids that are drawn, times, and secrets. Of these an example shows the form.

use anyhow::ensure;
use serde_json::Value;

/// Whether an answer is the one of the example: the same members, and the same values but for such forms.
pub fn compare(at: &str, example: &Value, answer: &Value) -> anyhow::Result<()> {
    match (example, answer) {
        (Value::Object(kept), Value::Object(given)) => {
            let names =
                |of: &serde_json::Map<String, Value>| of.keys().cloned().collect::<Vec<_>>();
            ensure!(
                names(kept) == names(given),
                "the example has {:?} at {at:?}, the answer {:?}",
                names(kept),
                names(given)
            );
            kept.iter()
                .try_for_each(|(name, value)| compare(&format!("{at}/{name}"), value, &given[name]))
        }
        (Value::Array(kept), Value::Array(given)) => {
            ensure!(kept.len() == given.len(), "another number of items at {at:?}: {answer}");
            let mut pairs = kept.iter().zip(given).enumerate();
            pairs
                .try_for_each(|(place, (one, other))| compare(&format!("{at}/{place}"), one, other))
        }
        (Value::String(kept), Value::String(given)) => {
            ensure!(form(kept) == form(given), "{at:?} is {answer}, and {example} in the example");
            Ok(())
        }
        _ if [example, answer].into_iter().all(is_numeric_time) => Ok(()),
        // How long something took.
        (Value::Number(_), Value::Number(_)) if at.ends_with("_seconds") => Ok(()),
        _ => {
            ensure!(example == answer, "{at:?} is {answer}, and {example} in the example");
            Ok(())
        }
    }
}

/// A request as it is shown: without ids that were drawn.
pub fn usual(asked: &str) -> String {
    asked
        .split('/')
        .map(|part| if is_uuid(part) { "{id}" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

const BETWEEN: [char; 8] = ['/', '?', '&', '=', ' ', ',', ';', '"'];

fn form(text: &str) -> String {
    let mut form = String::new();
    for word in text.split_inclusive(BETWEEN) {
        let bare = word.trim_end_matches(BETWEEN);
        // As the audit names whom it is about: `order:` and an id.
        let (kind, id) = bare.rsplit_once(':').filter(|(_, id)| is_uuid(id)).unwrap_or(("", bare));
        form += kind;
        form += match id {
            id if is_uuid(id) => "{uuid}",
            id if is_time(id) => "{time}",
            id if is_secret(id) => "{secret}",
            id => id,
        };
        form += &word[bare.len()..];
    }
    form
}

fn is_uuid(word: &str) -> bool {
    let parts: Vec<usize> = word.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn is_time(word: &str) -> bool {
    let mut bytes = word.bytes();
    word.len() >= 20
        && word.ends_with('Z')
        && word.as_bytes()[10] == b'T'
        && bytes.all(|byte| byte.is_ascii_digit() || b"-:.TZ".contains(&byte))
}

/// As tokens have it: seconds since 1970, of this century.
fn is_numeric_time(value: &Value) -> bool {
    value.as_i64().is_some_and(|seconds| (1_700_000_000..4_000_000_000).contains(&seconds))
}

/// A token, a key, a code.
fn is_secret(word: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_mixed = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    let is_long = word.len() >= 24 && word.bytes().all(is_plain) && word.bytes().any(is_mixed);
    is_long || is_recovery_code(word) || is_event(word)
}

/// An event's id, in which is which history of the shop it is of.
fn is_event(word: &str) -> bool {
    let mut parts = word.split('_');
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next() == Some("evt") && parts.next().is_some() && parts.next().is_some_and(is_number)
}

fn is_recovery_code(word: &str) -> bool {
    let groups: Vec<usize> = word.split('-').map(str::len).collect();
    let is_of_it = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    groups == [4; 4] && word.bytes().all(is_of_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "01a21d67-daff-7123-8caf-4cdde639d912";
    const OTHER: &str = "01a21d67-daff-7123-8caf-4cdde639d913";

    #[test]
    fn what_is_drawn_may_be_another_and_nothing_else_may() {
        let example = json!({
            "id": ID, "url": format!("http://a/orders/{ID}?x=1"), "at": "2026-11-27T14:27:55.264885Z",
            "access": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.ab", "n": 1, "list": ["a"], "exp": 1_795_793_447,
            "event": "evt_0a1b2c3d_17", "subject": format!("order:{ID}"), "recovery": "hkmj-yg9g-f04p-jk17",
        });
        let with = |name: &str, value: Value| {
            let mut answer = example.clone();
            answer[name] = value;
            answer
        };
        for same in [
            with("id", json!(OTHER)),
            with("url", json!(format!("http://a/orders/{OTHER}?x=1"))),
            with("at", json!("2027-01-01T00:00:00Z")),
            with("access", json!("sk_0123456789abcdefghijklmnop")),
            with("access", json!("LVYZZMEGLTXSOLRZJHDVBLBKRWYNGLTF")),
            with("recovery", json!("sc18-3f0v-bja6-hjxp")),
            with("subject", json!(format!("order:{OTHER}"))),
            with("event", json!("evt_d3c2b1a0_17")),
            with("exp", json!(1_795_793_448)),
        ] {
            compare("", &example, &same).unwrap();
        }
        let mut fewer = example.clone();
        fewer.as_object_mut().unwrap().remove("n");
        for other in [
            with("id", json!("7")),
            with("event", json!("evt_17")),
            with("id", json!(7)),
            with("url", json!(format!("http://a/orders/{ID}?x=2"))),
            with("at", json!("yesterday")),
            with("access", json!("no token")),
            with("access", json!("a-list-of-words-that-is-no-token")),
            with("recovery", json!("sc18-3f0v-bja6")),
            with("subject", json!(format!("product:{ID}"))),
            with("n", json!(2)),
            with("n", json!(1_795_793_448)),
            with("exp", json!(900)),
            with("n", Value::Null),
            with("list", json!(["b"])),
            with("list", json!(["a", "a"])),
            with("more", json!(1)),
            fewer,
        ] {
            assert!(compare("", &example, &other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_request_is_shown_without_ids_that_were_drawn() {
        let asked = format!("GET /api/orders/orders/{ID}/timeline?limit=1");
        assert_eq!(usual(&asked), "GET /api/orders/orders/{id}/timeline?limit=1");
        assert_eq!(usual("GET /api/catalog/products/1"), "GET /api/catalog/products/1");
    }
}
