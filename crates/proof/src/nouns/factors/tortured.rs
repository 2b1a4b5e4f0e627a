//! Second factors of a tortured shop: one that was confirmed counts, and one that was taken away is gone.

use crate::attack::torture::{Asked, Asker, Client, Comparison, Fate, Person, Step, Wire};
use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use domain::{BeginFactor, ConfirmFactor, DropFactor, Listed};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

const OTP: &str = "/api/identity/me/otp";

/// What its owner was shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Paper {
    secret: String,
    recovery: String,
    pub is_on: bool,
}

/// What a tortured shop is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Ask {
    Begin { person: String, asker: Asker },
    Confirm { person: String, id: Uuid, asker: Asker, secret: String },
    Drop { person: String, id: Uuid, asker: Asker, code: String },
}

impl Ask {
    pub fn begin(person: &Person) -> Ask {
        Ask::Begin { person: person.name.clone(), asker: person.asks() }
    }

    pub fn confirm(person: &Person) -> Ask {
        let secret = person.factor.as_ref().map(|paper| paper.secret.clone()).unwrap_or_default();
        let (id, asker) = (person.id, person.asks());
        Ask::Confirm { person: person.name.clone(), id, asker, secret }
    }

    /// By a code on paper: one of the telephone was shown within this half-minute.
    pub fn drop(person: &Person) -> Ask {
        let code = person.factor.as_ref().map(|paper| paper.recovery.clone()).unwrap_or_default();
        let (id, asker) = (person.id, person.asks());
        Ask::Drop { person: person.name.clone(), id, asker, code }
    }
}

impl Asked for Ask {
    fn command(&self) -> &'static str {
        match self {
            Ask::Begin { .. } => BeginFactor::NAME,
            Ask::Confirm { .. } => ConfirmFactor::NAME,
            Ask::Drop { .. } => DropFactor::NAME,
        }
    }

    /// A factor that does not count yet is replaced by one that was asked for before, and comes late.
    fn may_be_refused(&self, code: &str) -> bool {
        match self {
            Ask::Begin { .. } => false,
            Ask::Confirm { .. } => matches!(code, "not_found" | "otp_required"),
            Ask::Drop { .. } => code == "not_found",
        }
    }

    fn is_done_if_refused(&self, code: &str) -> bool {
        !matches!(self, Ask::Begin { .. }) && code == "not_found"
    }

    fn wire(&self) -> Wire {
        match self {
            Ask::Begin { asker, .. } => Wire::new("POST", OTP).by(asker),
            Ask::Confirm { asker, secret, .. } => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                let body = json!({ "otp": code(secret, now.as_secs() / 30) });
                Wire::post(&format!("{OTP}/confirm"), body).by(asker)
            }
            Ask::Drop { asker, code, .. } => {
                Wire { body: Some(json!({ "otp": code })), ..Wire::new("DELETE", OTP) }.by(asker)
            }
        }
    }

    fn learn(&self, client: &mut Client, body: &Value) {
        match self {
            Ask::Begin { person, .. } => {
                if let Some(person) = client.person_at(person, Step::BeginFactor) {
                    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    let (secret, recovery) =
                        (text(&body["secret"]), text(&body["recovery_codes"][0]));
                    person.factor = Some(Paper { secret, recovery, is_on: false });
                    person.goes_on();
                }
            }
            Ask::Confirm { person, .. } => {
                if let Some(person) = client.person_at(person, Step::ConfirmFactor) {
                    person.factor.iter_mut().for_each(|paper| paper.is_on = true);
                    person.loses_sessions(1);
                    person.goes_on();
                }
            }
            Ask::Drop { person, .. } => {
                if let Some(person) = client.person_at(person, Step::DropFactor) {
                    person.factor = None;
                    person.goes_on();
                }
            }
        }
    }
}

/// What a telephone shows in this half-minute (RFC 6238).
fn code(secret: &str, step: u64) -> String {
    let (mut seed, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for letter in secret.bytes() {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            _ => letter.wrapping_sub(b'2').wrapping_add(26),
        };
        (bits, held) = (bits << 5 | u32::from(digit & 31), held + 5);
        if held >= 8 {
            held -= 8;
            seed.push((bits >> held & 255) as u8);
        }
    }
    let tag = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &seed), &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[tag.len() - 1] & 15);
    let word = u32::from_be_bytes([tag[at] & 127, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", word % 1_000_000)
}

pub(super) const FACTORS: &str =
    "select @account_id, case when confirmed_at is null then 0 else 1 end from factors";

pub(super) fn compare(compared: &Comparison, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let rows: BTreeMap<&str, &str> =
        compared.rows.of(FACTORS)?.into_iter().map(|[account, is_on]| (account, is_on)).collect();
    let mut told: BTreeMap<&Uuid, &Ask> = BTreeMap::new();
    for (entry, ask) in compared.asked::<Ask>() {
        let (Ask::Confirm { id, .. } | Ask::Drop { id, .. }) = ask else { continue };
        match entry.fate {
            Fate::Done(_) => drop(told.insert(id, ask)),
            // What comes later than its answer, or has none, may have been done.
            Fate::Unknown => drop(told.remove(id)),
            Fate::NotDone | Fate::Refused(_) => {}
        }
    }
    for (id, ask) in told {
        let row = rows.get(id.simple().to_string().as_str()).copied();
        let expected = matches!(ask, Ask::Confirm { .. }).then_some("1");
        if row != expected {
            wrong.push(format!("{ask:?} is acknowledged, and the factor is on: {row:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, as far as it has six digits.
    #[test]
    fn a_code_is_that_of_the_telephone() {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert_eq!(code(secret, 59 / 30), "287082");
        assert_eq!(code(secret, 1_111_111_109 / 30), "081804");
    }
}
