//! What a reader says of itself, as JSON Schema: names, kinds, bounds and nesting, in the order in
//! which it asks.

use super::fields::{Asked, Fields, Given, Reads};
use domain::Currency;
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;

#[derive(Debug, Default)]
pub struct Described {
    pub fields: Vec<Field>,
    one_of: Vec<&'static str>,
    notes: Vec<&'static str>,
}

#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub is_required: bool,
    pub schema: Value,
    /// What its objects have, and how their fields are written behind its name: those of a list, or the one
    /// that it is.
    inner: Option<(&'static str, Described)>,
}

impl Described {
    /// Runs a reader with nothing given.
    pub fn of<R: Reads>(currency: Currency) -> Described {
        Fields::describe(|fields| R::read(fields, Given::of(currency)))
    }

    pub(super) fn add(&mut self, name: &'static str, is_required: bool, schema: Value) {
        self.fields.push(Field { name, is_required, schema, inner: None });
    }

    pub(super) fn add_many(&mut self, name: &'static str, most: usize, schema: Value) {
        self.add(name, false, json!({ "type": "array", "maxItems": most, "items": schema }));
    }

    pub(super) fn add_list(
        &mut self,
        name: &'static str,
        length: RangeInclusive<usize>,
        is_required: bool,
        items: Described,
    ) {
        let (least, most) = (length.start(), length.end());
        let schema = json!({
            "type": "array", "minItems": least, "maxItems": most, "items": items.schema(),
        });
        self.fields.push(Field { name, is_required, schema, inner: Some(("[]", items)) });
    }

    pub(super) fn add_object(&mut self, name: &'static str, object: Described) {
        let (is_required, schema) = (false, or_null(object.schema()));
        self.fields.push(Field { name, is_required, schema, inner: Some(("", object)) });
    }

    pub(super) fn add_read_only(&mut self, name: &'static str) {
        let words = "Only the shop sets it; it may be sent back as it was shown.";
        self.add(name, false, json!({ "readOnly": true, "description": words }));
    }

    pub(super) fn add_one_of(&mut self, names: &[&'static str]) {
        self.one_of.extend(names);
    }

    pub(super) fn add_note(&mut self, words: &'static str) {
        self.notes.push(words);
    }

    /// All that is asked for, with its path.
    pub fn paths(&self) -> Asked {
        let mut paths = Asked::new();
        for field in &self.fields {
            paths.insert(field.name.to_owned());
            if let Some((sign, inner)) = &field.inner {
                let inner = inner.paths().into_iter();
                paths.extend(inner.map(|inner| format!("{}{sign}.{inner}", field.name)));
            }
        }
        paths
    }

    pub fn notes(&self) -> String {
        self.notes.join(" ")
    }

    pub fn schema(&self) -> Value {
        let properties: Map<String, Value> =
            self.fields.iter().map(|field| (field.name.to_owned(), field.schema.clone())).collect();
        let required: Vec<&str> =
            self.fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
        let mut schema = json!({
            "type": "object", "properties": properties, "required": required,
            "additionalProperties": false,
        });
        if !self.one_of.is_empty() {
            let one = |name: &&'static str| json!({ "required": [name] });
            schema["oneOf"] = self.one_of.iter().map(one).collect();
        }
        if !self.notes.is_empty() {
            schema["description"] = self.notes().into();
        }
        schema
    }
}

/// The schema of what may be null instead.
pub fn or_null(mut schema: Value) -> Value {
    match &mut schema["type"] {
        Value::Array(kinds) => kinds.push("null".into()),
        kind => *kind = json!([kind.take(), "null"]),
    }
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(Value::Null);
    }
    schema
}

/// A value that a schema of ours allows, put together from the examples of its parts: all of them,
/// or only what is required.
pub fn example(schema: &Value, is_full: bool) -> Value {
    if let Some(first) = schema["examples"].get(0) {
        return first.clone();
    }
    let kind = &schema["type"];
    match kind.as_str().or(kind[0].as_str()) {
        Some("array") => json!([example(&schema["items"], is_full)]),
        Some("object") => Value::Object(example_object(schema, is_full)),
        _ => Value::Null,
    }
}

fn example_object(schema: &Value, is_full: bool) -> Map<String, Value> {
    let names = |list: &Value| -> Vec<String> {
        let names = list.as_array().into_iter().flatten();
        names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let required = names(&schema["required"]);
    let alternatives: Vec<String> = schema["oneOf"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|alternative| names(&alternative["required"]))
        .collect();
    let is_wanted = |name: &String, part: &Value| match alternatives.iter().position(|a| a == name)
    {
        Some(place) => place == 0,
        None => required.contains(name) || is_full && part["readOnly"] != true,
    };
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .filter(|(name, part)| is_wanted(name, part))
        .map(|(name, part)| (name.clone(), example(part, is_full)))
        .collect()
}
