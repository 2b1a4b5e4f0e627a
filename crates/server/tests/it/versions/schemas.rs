//! Two schemas of one thing, of which the second may only have been added to: what is asked for may become wider,
//! what is answered may say more. The rules are those of docs/versions.md.

use serde_json::{Value, json};
use server::http::document::followed;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    Asked,
    Answered,
}

/// A schema with the document that it is of.
#[derive(Clone, Copy)]
pub struct Of<'d> {
    pub document: &'d Value,
    pub schema: &'d Value,
}

const ANY: &str = "any";
/// Keywords of which a greater one takes less, and those of which a smaller one does.
const LEAST: [&str; 4] = ["minimum", "minLength", "minItems", "exclusiveMinimum"];
const MOST: [&str; 4] = ["maximum", "maxLength", "maxItems", "exclusiveMaximum"];
/// What a program cannot weigh: another one is another promise.
const FORMS: [&str; 3] = ["pattern", "format", "not"];

#[derive(Default)]
pub struct Comparison {
    pub breaks: Vec<String>,
    /// What was compared already, for schemas lead to themselves.
    seen: BTreeSet<(Way, String, String)>,
}

impl Comparison {
    pub fn breaks(&mut self, at: &str, what: impl std::fmt::Display) {
        self.breaks.push(format!("{at}: {what}"));
    }

    pub fn schemas(&mut self, way: Way, at: &str, old: Of<'_>, new: Of<'_>) {
        if let (Some(old), Some(new)) = (old.schema["$ref"].as_str(), new.schema["$ref"].as_str())
            && !self.seen.insert((way, old.to_owned(), new.to_owned()))
        {
            return;
        }
        let (olds, news) = (kinds(old), kinds(new));
        let fewer = match way {
            Way::Asked => (&olds, &news),
            Way::Answered => (&news, &olds),
        };
        for kind in fewer.0.keys() {
            if !fewer.1.contains_key(kind) && !fewer.1.contains_key(ANY) {
                self.breaks(at, format_args!("{kind} was added to or taken from its types"));
            }
        }
        for (kind, now) in &news {
            if let Some(then) = olds.get(kind) {
                let (old, new) = (Of { schema: then, ..old }, Of { schema: now, ..new });
                self.kind(way, at, old, new);
            }
        }
    }

    /// Of one type.
    fn kind(&mut self, way: Way, at: &str, old: Of<'_>, new: Of<'_>) {
        self.values(way, at, old.schema, new.schema);
        self.forms(way, at, old.schema, new.schema);
        if way == Way::Asked {
            self.bounds(at, old.schema, new.schema);
        }
        self.properties(way, at, old, new);
        for inner in ["items", "additionalProperties"] {
            let (then, now) = (&old.schema[inner], &new.schema[inner]);
            if then.is_object() && now.is_object() {
                let (old, new) = (Of { schema: then, ..old }, Of { schema: now, ..new });
                self.schemas(way, &format!("{at}[]"), old, new);
            }
        }
    }

    fn values(&mut self, way: Way, at: &str, old: &Value, new: &Value) {
        match (values(old), values(new)) {
            (None, Some(_)) if way == Way::Asked => self.breaks(at, "only some values are taken"),
            (Some(_), None) if way == Way::Answered => self.breaks(at, "its values are not told"),
            (Some(old), Some(new)) if !at.ends_with(".code") => {
                for gone in old.iter().filter(|value| !new.contains(value)) {
                    self.breaks(at, format_args!("the value {gone} is gone"));
                }
            }
            _ => {}
        }
    }

    fn forms(&mut self, way: Way, at: &str, old: &Value, new: &Value) {
        for form in FORMS {
            let matters = match way {
                Way::Asked => &new[form],
                Way::Answered => &old[form],
            };
            if !matters.is_null() && old[form] != new[form] {
                self.breaks(at, format_args!("its {form} is new, another one, or gone"));
            }
        }
        for word in ["anyOf", "oneOf"] {
            if old[word] != new[word] {
                self.breaks(at, format_args!("what is to be chosen from by {word} is another"));
            }
        }
    }

    fn bounds(&mut self, at: &str, old: &Value, new: &Value) {
        let least = LEAST.map(|word| (word, 1.0)).into_iter();
        for (word, sign) in least.chain(MOST.map(|word| (word, -1.0))) {
            let Some(now) = new[word].as_f64() else { continue };
            if old[word].as_f64().is_none_or(|then| sign * now > sign * then) {
                self.breaks(at, format_args!("its {word} is narrower or new: {now}"));
            }
        }
    }

    fn properties(&mut self, way: Way, at: &str, old: Of<'_>, new: Of<'_>) {
        let of = |of: Of<'_>| of.schema["properties"].as_object().cloned().unwrap_or_default();
        let (olds, news) = (of(old), of(new));
        for (name, then) in &olds {
            let at = format!("{at}.{name}");
            let Some(now) = news.get(name) else {
                self.breaks(&at, "is gone");
                continue;
            };
            if way == Way::Asked && now["readOnly"] == true && then["readOnly"] != true {
                self.breaks(&at, "can no longer be set");
            }
            self.schemas(way, &at, Of { schema: then, ..old }, Of { schema: now, ..new });
        }
        let (then, now) = (required(old.schema), required(new.schema));
        let worse = match way {
            Way::Asked => now.difference(&then),
            Way::Answered => then.difference(&now),
        };
        for name in worse {
            let what = if way == Way::Asked { "has to be there" } else { "is not always there" };
            self.breaks(&format!("{at}.{name}"), what);
        }
    }
}

fn required(schema: &Value) -> BTreeSet<&str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The only values that it allows.
fn values(schema: &Value) -> Option<Vec<&Value>> {
    match (&schema["const"], &schema["enum"]) {
        (Value::Null, Value::Array(values)) => Some(values.iter().collect()),
        (Value::Null, _) => None,
        (one, _) => Some(vec![one]),
    }
}

/// What a schema allows, type by type, with all that it points to put together.
fn kinds(of: Of<'_>) -> BTreeMap<String, Value> {
    let flat = flat(of);
    let mut kinds = BTreeMap::new();
    for word in ["anyOf", "oneOf"] {
        let Some(alternatives) = flat[word].as_array() else { continue };
        let alternatives: Vec<_> =
            alternatives.iter().map(|schema| kinds_of(of.document, schema)).collect();
        // What only says which of its properties have to be there is a word of its own.
        if alternatives.iter().any(|kinds| kinds.contains_key(ANY)) {
            continue;
        }
        // Several of one type are told apart by their places.
        for (kind, schema) in alternatives.into_iter().flatten() {
            let same = kinds.keys().filter(|name: &&String| name.starts_with(&kind)).count();
            let name = if same == 0 { kind } else { format!("{kind} {same}") };
            kinds.insert(name, schema);
        }
        return kinds;
    }
    match &flat["type"] {
        Value::String(kind) => kinds.insert(kind.clone(), flat.clone()),
        Value::Array(several) => {
            let several = several.iter().filter_map(Value::as_str);
            kinds.extend(several.map(|kind| (kind.to_owned(), flat.clone())));
            None
        }
        _ => kinds.insert(ANY.to_owned(), flat.clone()),
    };
    kinds
}

fn kinds_of(document: &Value, schema: &Value) -> BTreeMap<String, Value> {
    kinds(Of { document, schema })
}

/// Without `$ref` and `allOf` at its head.
fn flat(of: Of<'_>) -> Value {
    let mut flat = followed(of.document, of.schema).clone();
    let parts = flat.as_object_mut().and_then(|members| members.remove("allOf"));
    for part in parts.as_ref().and_then(Value::as_array).into_iter().flatten() {
        let part = self::flat(Of { schema: part, ..of });
        merge(&mut flat, &part);
    }
    flat
}

fn merge(into: &mut Value, part: &Value) {
    for (word, value) in part.as_object().into_iter().flatten() {
        match (word.as_str(), &mut into[word]) {
            ("properties", there @ Value::Object(_)) => {
                for (name, property) in value.as_object().into_iter().flatten() {
                    match &mut there[name] {
                        there @ Value::Null => *there = property.clone(),
                        there => *there = json!({ "allOf": [there.take(), property] }),
                    }
                }
            }
            ("required", Value::Array(there)) => {
                there.extend(value.as_array().into_iter().flatten().cloned())
            }
            // The narrower one: parts are told from the widest on.
            (_, there) => *there = value.clone(),
        }
    }
}
