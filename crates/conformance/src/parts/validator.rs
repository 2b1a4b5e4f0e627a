//! openapi-spec-validator: whether the document is one. What is kept in the repository is what a shop serves.

use crate::{
    Stage,
    report::Report,
    shop::{Shop, said},
};
use anyhow::{Context, bail};
use serde_json::Value;
use std::{fs, process::Command};
use testbed::python;

const PACKAGES: &[&str] = &["openapi-spec-validator==0.9.0"];
const KEPT: &str = "docs/openapi.json";

pub fn run(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    python::install(PACKAGES)?;
    let python = python::environment(PACKAGES).context("openapi-spec-validator has gone")?;
    let shop = Shop::open(stage)?;
    let served = shop.get("/api/openapi.json")?;
    let file = shop.dir().join("served.json");
    fs::write(&file, &served)?;
    let kept = stage.file(KEPT);
    for (what, path) in [(KEPT, &kept), ("/api/openapi.json", &file)] {
        let mut validator = Command::new(&python);
        let outcome = said(validator.args(["-m", "openapi_spec_validator"]).arg(path));
        report.check(&format!("{what} is OpenAPI 3.1"), outcome.map(|_| ()));
    }
    let kept = fs::read_to_string(&kept)?;
    report.check(&format!("{KEPT} is what a shop serves"), same(&kept, &served));
    report.check("the shop is sound", shop.close());
    Ok(())
}

/// But for where the shop is.
fn same(kept: &str, served: &str) -> anyhow::Result<()> {
    let (mut kept, mut served): (Value, Value) =
        (serde_json::from_str(kept)?, serde_json::from_str(served)?);
    for document in [&mut kept, &mut served] {
        if let Some(members) = document.as_object_mut() {
            members.remove("servers");
        }
    }
    match difference("", &kept, &served) {
        Some(place) => bail!("they differ at {place}"),
        None => Ok(()),
    }
}

/// The first place where they differ, as a JSON pointer.
fn difference(place: &str, one: &Value, other: &Value) -> Option<String> {
    let deeper = |name: &str, one: Option<&Value>, other: Option<&Value>| {
        let place = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
        match (one, other) {
            (Some(one), Some(other)) => difference(&place, one, other),
            _ => Some(place),
        }
    };
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys());
            names.into_iter().find_map(|name| deeper(name, one.get(name), other.get(name)))
        }
        (Value::Array(one), Value::Array(other)) => (0..one.len().max(other.len()))
            .find_map(|at| deeper(&at.to_string(), one.get(at), other.get(at))),
        _ => (one != other).then(|| place.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_difference_is_named_wherever_it_is() {
        let one = json!({ "a/b": [1, { "c": "x" }], "d": 1 });
        for (other, place) in [
            (json!({ "a/b": [1, { "c": "y" }], "d": 1 }), Some("/a~1b/1/c")),
            (json!({ "a/b": [1, { "c": "x" }, 2], "d": 1 }), Some("/a~1b/2")),
            (json!({ "a/b": [1, { "c": "x" }] }), Some("/d")),
            (json!({ "a/b": [1, { "c": "x" }], "d": 1, "e": 1 }), Some("/e")),
            (one.clone(), None),
        ] {
            assert_eq!(difference("", &one, &other).as_deref(), place);
        }
    }

    #[test]
    fn where_a_shop_is_makes_no_difference() {
        assert!(same(r#"{"servers":[1],"a":1}"#, r#"{"a":1,"servers":[2]}"#).is_ok());
        assert!(same(r#"{"a":1}"#, r#"{"a":2}"#).is_err());
    }
}
