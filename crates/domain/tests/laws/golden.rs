//! Fingerprints of requests, by which later versions know an old request again. **Who changes one
//! refuses honest retries**: what is new in a request has to be absent from those that the nouns tell.

use crate::{
    nouns::NOUNS,
    script::{Keys, scripts},
};
use domain::{Listed, Rule, rules::Keyed};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

pub const UUID: Uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);

/// A request as it counts, and what it comes to: made now, and told by the noun.
pub struct Golden {
    name: &'static str,
    json: (String, &'static str),
    fingerprint: (String, &'static str),
}

pub fn golden<C: Listed + Serialize>(
    request: C,
    json: &'static str,
    fingerprint: &'static str,
) -> Golden {
    let made = request.fingerprint().expect("a keyed command has a fingerprint").0.to_string();
    let written = serde_json::to_string(&request).unwrap();
    Golden { name: C::NAME, json: (written, json), fingerprint: (made, fingerprint) }
}

fn least() -> impl Iterator<Item = Golden> {
    NOUNS.iter().flat_map(|noun| noun.least())
}

fn most() -> impl Iterator<Item = Golden> {
    NOUNS.iter().flat_map(|noun| noun.most())
}

#[test]
fn requests_are_known_again_by_every_later_version() {
    let mut strangers = vec![];
    for Golden { name, json, fingerprint } in least().chain(most()) {
        assert_eq!(json.0, json.1, "{name}");
        strangers.extend((fingerprint.0 != fingerprint.1).then_some((name, fingerprint)));
    }
    assert!(strangers.is_empty(), "made now, and kept: {strangers:#?}");
}

#[test]
fn what_is_absent_from_a_request_does_not_count() {
    for Golden { name, json, .. } in least() {
        let value: serde_json::Value = serde_json::from_str(&json.0).unwrap();
        assert!(!json.0.contains("null"), "{name} tells what was not given: {value}");
    }
}

#[test]
fn every_keyed_command_has_golden_requests_and_kept_answers() {
    let mut runner = TestRunner::deterministic();
    let strategy = scripts(Keys::Shared);
    let mut keyed = BTreeSet::new();
    for _ in 0..100 {
        let script = strategy.new_tree(&mut runner).expect("no script is rejected").current();
        let commands = script.iter().flat_map(|batch| &batch.commands);
        let actions = commands.map(|command| &command.action);
        keyed.extend(actions.filter(|a| a.keyed() != Keyed::No).map(Rule::name));
    }
    let kept = NOUNS.iter().flat_map(|noun| noun.kept());
    let named = [
        least().map(|golden| golden.name).collect::<BTreeSet<_>>(),
        most().map(|golden| golden.name).collect(),
        kept.map(|answer| answer.name).collect(),
    ];
    for names in named {
        assert_eq!(names, keyed);
    }
}
