//! The second factor: codes of six digits that a telephone shows (RFC 6238, SHA-1, 30 seconds), and
//! recovery codes for when it is lost. What is kept and compared here tells nothing by its time.
//!
//! A code is good for its step and the two beside it. Who takes one keeps the step that it was of,
//! and takes none of that step or an earlier one again.

use crate::secrets::{hash, is_same, random};
use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use std::fmt;
use uuid::Uuid;

const STEP_S: i64 = 30;
/// How many steps a clock may be wrong.
const WINDOW: i64 = 1;
const SEED: usize = 20;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What a telephone and the shop share.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; SEED]);

impl Seed {
    pub fn make() -> Seed {
        Seed(random())
    }

    /// Reads the text of one: base32, as it was written.
    pub fn read(text: &str) -> Option<Seed> {
        let mut bytes = [0; SEED];
        if text.len() != SEED / 5 * 8 {
            return None;
        }
        for (group, letters) in bytes.chunks_mut(5).zip(text.as_bytes().chunks(8)) {
            let mut bits = 0_u64;
            for letter in letters {
                let digit = BASE32.iter().position(|known| known == letter)?;
                bits = bits << 5 | digit as u64;
            }
            group.copy_from_slice(&bits.to_be_bytes()[3..]);
        }
        Some(Seed(bytes))
    }

    /// Base32 without padding, as people type it where there is no camera.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for group in self.0.chunks(5) {
            let bits = group.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            let digits = (0..8).rev().map(|place| (bits >> (5 * place) & 31) as usize);
            text.extend(digits.map(|digit| char::from(BASE32[digit])));
        }
        text
    }

    /// What a telephone reads from a picture. Neither name may hold a colon, which parts them.
    pub fn uri(&self, issuer: &str, account: &str) -> String {
        let [issuer, account] = [issuer, account].map(|name| percent(&name.replace(':', " ")));
        format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP_S}",
            self.text()
        )
    }

    /// The step of which this code is, if it is one of about now: the last if it is of several.
    pub fn step_of(&self, code: &str, now_s: i64) -> Option<i64> {
        let code: String = code.chars().filter(|c| *c != ' ').collect();
        let now = now_s.div_euclid(STEP_S);
        // All are compared, whichever it is.
        (now - WINDOW..=now + WINDOW).fold(None, |found, step| {
            if is_same(&self.code(step), &code) { Some(step) } else { found }
        })
    }

    fn code(&self, step: i64) -> String {
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[tag.len() - 1] & 15);
        let word = [tag[at] & 127, tag[at + 1], tag[at + 2], tag[at + 3]];
        format!("{:06}", u32::from_be_bytes(word) % 1_000_000)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Seed(***)")
    }
}

/// All but what an address may hold anywhere.
fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// How many recovery codes an account is given.
pub const RECOVERY_CODES: usize = 10;
/// Crockford's 32: none of them is taken for another one.
const RECOVERY: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const RECOVERY_LENGTH: usize = 16;

/// A code in place of a telephone's, good once.
///
/// It has 80 bits, and what is kept is bound to its account. Fifty bits, which a usual `xxxxx-xxxxx`
/// has, one graphics card goes through in a day, for all accounts at once; a slow hash, ten times at
/// each login, would cost the shop more than four characters cost their owner.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    pub fn make() -> RecoveryCode {
        // 32 divides 256: no letter is likelier than another.
        let letters = random::<RECOVERY_LENGTH>().map(|byte| RECOVERY[usize::from(byte % 32)]);
        RecoveryCode(letters.map(char::from).iter().collect())
    }

    /// Reads one as people type it: in any case, with spaces and dashes anywhere or nowhere, and with
    /// the letters that a code does not have for the digits that they look like.
    pub fn read(text: &str) -> Option<RecoveryCode> {
        if text.len() > 4 * RECOVERY_LENGTH {
            return None;
        }
        let typed = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let code: String = typed
            .map(|c| match c.to_ascii_lowercase() {
                'o' => '0',
                'i' | 'l' => '1',
                other => other,
            })
            .collect();
        let is_one = code.len() == RECOVERY_LENGTH && code.bytes().all(|b| RECOVERY.contains(&b));
        is_one.then_some(RecoveryCode(code))
    }

    /// `xxxx-xxxx-xxxx-xxxx`, as it is shown, once.
    pub fn text(&self) -> String {
        let groups: Vec<&str> = [0, 4, 8, 12].map(|at| &self.0[at..at + 4]).into();
        groups.join("-")
    }

    /// What is kept: 64 hexadecimal digits.
    pub fn hash(&self, account: Uuid) -> String {
        hash(&[account.as_bytes(), self.0.as_bytes()])
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RecoveryCode(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of the RFC's appendix.
    fn seed() -> Seed {
        Seed(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // The last six of its eight digits.
        for (now_s, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(seed().code(now_s / 30), code, "{now_s}");
            assert_eq!(seed().step_of(code, now_s), Some(now_s / 30), "{now_s}");
        }
    }

    #[test]
    fn a_code_is_good_for_its_step_and_the_two_beside_it() {
        let step = 66_666_666;
        for (now_s, expected) in [
            (step * 30 - 31, None),
            (step * 30 - 30, Some(step)),
            (step * 30, Some(step)),
            (step * 30 + 29, Some(step)),
            (step * 30 + 59, Some(step)),
            (step * 30 + 60, None),
        ] {
            assert_eq!(seed().step_of("279037", now_s), expected, "{now_s}");
        }
    }

    #[test]
    fn only_six_digits_are_a_code() {
        for (code, is_one) in [
            ("279037", true),
            (" 279 037 ", true),
            ("27903", false),
            ("0279037", false),
            ("279038", false),
            ("279-037", false),
            ("２７９０３７", false),
            ("", false),
        ] {
            assert_eq!(seed().step_of(code, 2_000_000_000).is_some(), is_one, "{code}");
        }
        for at in [i64::MIN, -1, 0, i64::MAX] {
            assert_eq!(seed().step_of("none", at), None, "{at}");
        }
    }

    #[test]
    fn a_seed_is_written_in_base32() {
        let text = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert_eq!((seed().text().as_str(), Seed::read(text)), (text, Some(seed())));
        let made = Seed::make();
        assert!(made != Seed::make() && Seed::read(&made.text()) == Some(made.clone()));
        assert_eq!(format!("{made:?}"), "Seed(***)");
        for wrong in
            ["", &text[1..], &text.to_lowercase(), &text.replace('G', "1"), &"ü".repeat(16)]
        {
            assert_eq!(Seed::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_telephone_is_told_the_shop_and_the_account() {
        assert_eq!(
            seed().uri("Tents & Tins: Ltd", "ann+x@münster.example"),
            "otpauth://totp/Tents%20%26%20Tins%20%20Ltd:ann%2Bx%40m%C3%BCnster.example\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tents%20%26%20Tins%20%20Ltd\
             &algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed() {
        let code = RecoveryCode("01ab0cde1fghjkmn".to_owned());
        assert_eq!(code.text(), "01ab-0cde-1fgh-jkmn");
        for (typed, is_it) in [
            ("01ab-0cde-1fgh-jkmn", true),
            ("01AB0CDE1FGHJKMN", true),
            (" Olab ocde-ifgh--jkm n\n", true),
            ("01ab-0cde-1fgh-jkm", false),
            ("01ab-0cde-1fgh-jkmnn", false),
            ("01ab-0cde-1fgh-jkmu", false),
            ("01ab_0cde_1fgh_jkmn", false),
            ("", false),
        ] {
            assert_eq!(RecoveryCode::read(typed) == Some(code.clone()), is_it, "{typed:?}");
        }
        assert_eq!(RecoveryCode::read(&" ".repeat(1_000_000)), None);
        for _ in 0..100 {
            let made = RecoveryCode::make();
            assert_eq!(RecoveryCode::read(&made.text()), Some(made.clone()));
        }
    }

    #[test]
    fn a_recovery_code_is_one_of_its_own_accounts() {
        let (ann, ben) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::make()).collect();
        let kept: Vec<String> = codes.iter().map(|code| code.hash(ann)).collect();
        for code in &codes {
            assert!(kept.contains(&code.hash(ann)) && !kept.contains(&code.hash(ben)));
        }
        assert!(!kept.contains(&RecoveryCode::make().hash(ann)));
        assert_eq!(format!("{:?}", codes[0]), "RecoveryCode(***)");
    }
}
