//! What many operations say alike is said once, among the components: the document is a third as long, and
//! whoever reads it by program has a type for it.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Parts by their names, as components have them.
type Parts = Map<String, Value>;

/// Moves the headers, the header parameters, and the refusals that come more than once out of the paths.
pub fn share(paths: &mut Value) -> Value {
    let (mut headers, mut parameters) = (Parts::new(), Parts::new());
    let mut refusals = BTreeMap::<String, Vec<Value>>::new();
    for operation in operations(paths) {
        let there = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in there.into_iter().flatten() {
            if parameter["in"] == "header" {
                let name = parameter["name"].as_str().unwrap_or_default().to_owned();
                move_out(parameter, "parameters", name, &mut parameters);
            }
        }
        for response in responses(operation) {
            let there = response.get_mut("headers").and_then(Value::as_object_mut);
            for (name, header) in there.into_iter().flatten() {
                let always = if header["required"] == true { "" } else { "-maybe" };
                move_out(header, "headers", format!("{name}{always}"), &mut headers);
            }
            if let Some(name) = refusal(response) {
                refusals.entry(name).or_default().push(response.clone());
            }
        }
    }
    let mut shared = Parts::new();
    refusals.retain(|_, same| same.len() > 1 && same.windows(2).all(|two| two[0] == two[1]));
    for operation in operations(paths) {
        for response in responses(operation) {
            if let Some(name) = refusal(response).filter(|name| refusals.contains_key(name)) {
                move_out(response, "responses", name, &mut shared);
            }
        }
    }
    json!({ "headers": headers, "parameters": parameters, "responses": shared })
}

/// A part, or what it points to among the components.
pub fn followed<'d>(document: &'d Value, part: &'d Value) -> &'d Value {
    match part["$ref"].as_str().and_then(|at| at.strip_prefix('#')) {
        Some(at) => document.pointer(at).unwrap_or(part),
        None => part,
    }
}

fn operations(paths: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = paths.as_object_mut().into_iter().flatten();
    paths.flat_map(|(_, path)| path.as_object_mut().into_iter().flatten()).map(|(_, one)| one)
}

fn responses(operation: &mut Value) -> impl Iterator<Item = &mut Value> {
    let responses = operation["responses"].as_object_mut().into_iter().flatten();
    responses.map(|(_, response)| response)
}

/// The name of a response that only refuses: its codes.
fn refusal(response: &Value) -> Option<String> {
    let contents = response["content"].as_object().filter(|contents| contents.len() == 1)?;
    let schema = &contents.get("application/problem+json")?["schema"];
    let codes = schema["allOf"][1]["properties"]["code"]["enum"].as_array()?;
    let codes: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
    Some(codes.join("."))
}

/// Leaves a reference in its place. What has another's name and is not the same stays where it is.
fn move_out(part: &mut Value, kind: &str, name: String, shared: &mut Parts) {
    let reference = json!({ "$ref": format!("#/components/{kind}/{name}") });
    if shared.entry(name).or_insert_with(|| part.clone()) == part {
        *part = reference;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path whose one operation has this header in its answer, and refuses with these codes.
    fn path(header: Value, codes: Value) -> Value {
        let problem =
            json!({ "schema": { "allOf": [{}, { "properties": { "code": { "enum": codes } } }] } });
        json!({ "get": {
            "parameters": [{ "in": "header", "name": "Key", "schema": {} }, { "in": "query", "name": "q" }],
            "responses": {
                "200": { "headers": { "Sunset": { "required": true, "schema": { "const": header } } } },
                "409": { "content": { "application/problem+json": problem } },
            },
        } })
    }

    #[test]
    fn what_is_the_same_is_said_once_and_what_only_has_the_same_name_stays() {
        let mut paths = json!({
            "/a": path(json!("1"), json!(["taken", "used"])),
            "/b": path(json!("2"), json!(["taken", "used"])),
            "/c": path(json!("1"), json!(["gone"])),
        });
        let before = paths.clone();
        let components = share(&mut paths);
        let at = |path: &str, rest: &str| {
            paths.pointer(&format!("/~1{path}/get/{rest}")).unwrap().clone()
        };
        let was = |path: &str, rest: &str| {
            before.pointer(&format!("/~1{path}/get/{rest}")).unwrap().clone()
        };
        let (sunset, taken) = ("responses/200/headers/Sunset", "responses/409");
        assert_eq!(at("a", sunset), json!({ "$ref": "#/components/headers/Sunset" }));
        assert_eq!(at("c", sunset), at("a", sunset));
        assert_eq!(at("b", sunset), was("b", sunset), "another header of the same name");
        assert_eq!(at("a", taken), json!({ "$ref": "#/components/responses/taken.used" }));
        assert_eq!(at("b", taken), at("a", taken));
        assert_eq!(at("c", taken), was("c", taken), "what comes once stays where it is");
        assert_eq!(at("a", "parameters/0"), json!({ "$ref": "#/components/parameters/Key" }));
        assert_eq!(
            at("a", "parameters/1"),
            was("a", "parameters/1"),
            "queries differ from list to list"
        );
        let document = json!({ "components": components });
        let part = at("b", taken);
        assert_eq!(*followed(&document, &part), was("b", taken));
    }
}
