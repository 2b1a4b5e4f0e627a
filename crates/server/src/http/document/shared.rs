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
        for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
            if parameter["in"] == "header" {
                let name = parameter["name"].as_str().unwrap_or_default().to_owned();
                move_out(parameter, "parameters", name, &mut parameters);
            }
        }
        for response in responses(operation) {
            for (name, header) in response["headers"].as_object_mut().into_iter().flatten() {
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
