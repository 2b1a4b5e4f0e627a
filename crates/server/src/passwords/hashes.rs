//! Hashes of passwords: the shop's own, and those of a Django shop that is imported.
//!
//! A hash says itself how much work it is, so that is bounded: no line of a file keeps the shop busy.
//! With an imported one `NOBODYS` is compared too, so that no answer comes sooner. Nor does one come later that
//! lets nobody in, for all of them wait for the dearest (`slowest`); and imported hashes are compared by a
//! thread of their own, so that nobody sees from his own turn whose was compared before.

use super::{LANES, MEMORY_KIB, PASSES};
use argon2::{
    Algorithm, Argon2, Params, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{collections::BTreeMap, num::NonZeroU32};

/// Three to five times what any release of Django has asked for; a second and a half.
const ITERATIONS_MOST: u32 = 5_000_000;
/// For each thread that hashes; Django takes 100 MiB.
const MEMORY_KIB_MOST: u32 = 256 * 1024;
/// Memory times passes: Django's is 200 MiB.
const WORK_KIB_MOST: u64 = 1024 * 1024;
const LANES_MOST: u32 = 64;
/// What is kept of an account.
const LENGTH_MOST: usize = 255;
/// With less, two accounts could be searched at once.
const SALT_LEAST: usize = 8;
/// Less could be met by chance.
const OUTPUT_LEAST: usize = 16;

const FORMS: &str = "a hash is taken in the forms `pbkdf2_sha256$iterations$salt$hash`, \
    `argon2$argon2id$v=19$m=…,t=…,p=…$salt$hash` and `$argon2id$v=19$m=…,t=…,p=…$salt$hash`";

enum Hash<'h> {
    Argon2(Box<PasswordHash>),
    Pbkdf2 { iterations: NonZeroU32, salt: &'h str, output: Vec<u8> },
}

/// Whether a hash from another shop can be kept, and its owner log in with it.
pub fn imported_hash(text: &str) -> Result<(), String> {
    let length = text.chars().count();
    if length > LENGTH_MOST {
        return Err(format!("must have at most {LENGTH_MOST} characters, has {length}"));
    }
    parse(text).map(|_| ())
}

/// Whether the password should be hashed anew, now that it is known.
pub fn needs_rehash(hash: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return true };
    let own = Params::new(MEMORY_KIB, PASSES, LANES, Some(Params::DEFAULT_OUTPUT_LEN));
    let is_own = parsed.algorithm == Algorithm::Argon2id.ident()
        && parsed.version == Some(Version::V0x13.into())
        && Params::try_from(&parsed).ok() == own.ok();
    !is_own
}

/// Of each kind the hash that takes the most work. What is none takes none.
pub fn dearest(hashes: Vec<String>) -> Vec<String> {
    let mut dearest: BTreeMap<bool, (u64, String)> = BTreeMap::new();
    for hash in hashes {
        let (is_argon2, work) = match parse(&hash) {
            Ok(Hash::Pbkdf2 { iterations, .. }) => (false, u64::from(iterations.get())),
            Ok(Hash::Argon2(parsed)) => (true, work_kib(&parsed)),
            Err(_) => continue,
        };
        if dearest.get(&is_argon2).is_none_or(|(most, _)| *most < work) {
            dearest.insert(is_argon2, (work, hash));
        }
    }
    dearest.into_values().map(|(_, hash)| hash).collect()
}

fn work_kib(hash: &PasswordHash) -> u64 {
    let params = Params::try_from(hash);
    params.map_or(0, |params| u64::from(params.m_cost()) * u64::from(params.t_cost()))
}

/// Whether this is the password behind a hash, or why that cannot be told.
pub fn verify(argon2: &Argon2<'_>, password: &str, hash: &str) -> Result<bool, String> {
    Ok(match parse(hash)? {
        Hash::Argon2(hash) => argon2.verify_password(password.as_bytes(), &*hash).is_ok(),
        Hash::Pbkdf2 { iterations, salt, output } => {
            let (salt, password) = (salt.as_bytes(), password.as_bytes());
            pbkdf2::verify(PBKDF2_HMAC_SHA256, iterations, salt, password, &output).is_ok()
        }
    })
}

fn parse(text: &str) -> Result<Hash<'_>, String> {
    if let Some(rest) = text.strip_prefix("pbkdf2_sha256$") {
        return parse_pbkdf2(rest);
    }
    // Django writes its own name of the algorithm before the usual form.
    let phc = text.strip_prefix("argon2").filter(|rest| rest.starts_with('$')).unwrap_or(text);
    parse_argon2(phc)
}

fn parse_pbkdf2(text: &str) -> Result<Hash<'_>, String> {
    let parts: Vec<&str> = text.split('$').collect();
    let [iterations, salt, output] = parts[..] else { return Err(FORMS.to_owned()) };
    let is_digits = iterations.bytes().all(|b| b.is_ascii_digit());
    let iterations = iterations.parse().ok().filter(|_| is_digits);
    let iterations = iterations.filter(|count: &NonZeroU32| count.get() <= ITERATIONS_MOST);
    let iterations =
        iterations.ok_or_else(|| format!("must have from 1 to {ITERATIONS_MOST} iterations"))?;
    let output = BASE64_STANDARD.decode(output).unwrap_or_default();
    if output.len() != 32 {
        return Err("must end in 32 bytes in base64, with padding".to_owned());
    }
    // As text, not as what it could stand for in base64.
    match salt.len() >= SALT_LEAST && salt.bytes().all(|b| b.is_ascii_graphic()) {
        true => Ok(Hash::Pbkdf2 { iterations, salt, output }),
        false => Err(format!("must have a salt of at least {SALT_LEAST} visible characters")),
    }
}

fn parse_argon2(text: &str) -> Result<Hash<'_>, String> {
    let hash = PasswordHash::new(text).map_err(|_| FORMS.to_owned())?;
    let known = [Algorithm::Argon2id, Algorithm::Argon2i].map(|algorithm| algorithm.ident());
    if !known.contains(&hash.algorithm) || hash.version != Some(Version::V0x13.into()) {
        return Err(FORMS.to_owned());
    }
    let params = Params::try_from(&hash).map_err(|error| format!("{error}; {FORMS}"))?;
    let work = work_kib(&hash);
    if params.m_cost() > MEMORY_KIB_MOST || work > WORK_KIB_MOST {
        return Err(format!(
            "must take at most {MEMORY_KIB_MOST} KiB (m), and {WORK_KIB_MOST} KiB in all passes (m·t)"
        ));
    }
    if params.p_cost() > LANES_MOST {
        return Err(format!("must have at most {LANES_MOST} lanes (p)"));
    }
    // A salt of fewer than eight bytes is not read at all.
    match hash.hash.as_ref().is_some_and(|output| output.len() >= OUTPUT_LEAST) {
        true => Ok(Hash::Argon2(Box::new(hash))),
        false => Err(format!("must have a hash of at least {OUTPUT_LEAST} bytes")),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{NOBODYS, argon2},
        *,
    };
    use argon2::PasswordHasher;

    /// As Django 5.2 wrote them.
    const PBKDF2: &str =
        "pbkdf2_sha256$1000000$Af5rDbQYECYQv4MWcUmTgF$df+Sb4xJJ2d3Lo90zRpPYxiqjjJOTj/6Dy8h6waQ0iQ=";
    const PBKDF2_OTHER: &str =
        "pbkdf2_sha256$1000$seasalt2abcdef$N4TyUPksV8tPizOjO3ZvNaP7qMh8nK1CMKqUUsK8zxQ=";
    const ARGON2: &str = "argon2$argon2id$v=19$m=102400,t=2,p=8$Sm5wN0Y4Vm5nMDVBelF0dG1vWE5GTQ$nmY3/Mmu0IPJLzz7lKbfsUvUWqYjTMxrvsI88IeeX0o";
    const ARGON2_OTHER: &str = "argon2$argon2id$v=19$m=512,t=1,p=2$MDhUcWRIdEdXcThYeWFscWpCbWJoVA$XFH/6lDwYsSgES0bv8Agvta2HtMfc6wVie3cjbEtGno";

    #[test]
    fn the_password_behind_an_imported_hash_is_right_and_no_other() {
        let argon2 = argon2();
        for (password, hash, right) in [
            ("three blind mice", PBKDF2, true),
            ("Three blind mice", PBKDF2, false),
            ("grüne mäuse", PBKDF2_OTHER, true),
            ("grune mause", PBKDF2_OTHER, false),
            ("", PBKDF2_OTHER, false),
            ("three blind mice", ARGON2, true),
            ("three blind mice", ARGON2_OTHER, true),
            ("four blind mice", ARGON2_OTHER, false),
            ("three blind mice", &ARGON2_OTHER["argon2".len()..], true),
        ] {
            assert_eq!(verify(&argon2, password, hash), Ok(right), "{password} {hash}");
            assert_eq!(imported_hash(hash), Ok(()), "{hash}");
        }
    }

    #[test]
    fn what_is_not_our_own_is_hashed_anew() {
        let own = argon2().hash_password(b"three blind mice").unwrap().to_string();
        let changed = |from: &str, to: &str| own.replace(from, to);
        for (hash, needs) in [
            (own.as_str(), false),
            (NOBODYS, false),
            (PBKDF2, true),
            (ARGON2, true),
            (&format!("argon2{own}"), true),
            (&changed("argon2id", "argon2i"), true),
            (&changed("v=19", "v=16"), true),
            (&changed("m=19456", "m=19455"), true),
            (&changed("t=2", "t=1"), true),
            (&changed("p=1", "p=2"), true),
            ("", true),
            ("!", true),
        ] {
            assert_eq!(needs_rehash(hash), needs, "{hash}");
        }
    }

    #[test]
    fn the_dearest_of_each_kind_is_found() {
        for (hashes, expected) in [
            (vec![], vec![]),
            (vec!["none"], vec![]),
            (vec![PBKDF2_OTHER, PBKDF2, "none"], vec![PBKDF2]),
            (vec![ARGON2, PBKDF2, ARGON2_OTHER, PBKDF2_OTHER], vec![PBKDF2, ARGON2]),
            (vec![ARGON2_OTHER, ARGON2], vec![ARGON2]),
        ] {
            let found = dearest(hashes.iter().map(|hash| hash.to_string()).collect());
            assert_eq!(found, expected, "{hashes:?}");
        }
    }

    #[test]
    fn what_the_shop_makes_itself_is_read_as_none_of_another_shop() {
        assert!(NOBODYS.starts_with(store::OWN_HASHES));
        assert!(argon2().hash_password(b"x").unwrap().to_string().starts_with(store::OWN_HASHES));
    }

    #[test]
    fn a_hash_that_cannot_be_taken_is_told_why() {
        let pbkdf2 = |from: &str, to: &str| PBKDF2_OTHER.replace(from, to);
        let argon2 = |from: &str, to: &str| ARGON2_OTHER.replace(from, to);
        let long = pbkdf2("seasalt2", &"s".repeat(200));
        for (hash, part) in [
            ("", "forms"),
            ("plain", "forms"),
            ("pbkdf2_sha1$1000$seasalt2$AAAA", "forms"),
            ("bcrypt_sha256$$2b$12$abc", "forms"),
            (&pbkdf2("$1000$", "$0$"), "from 1 to 5000000 iterations"),
            (&pbkdf2("$1000$", "$-1$"), "iterations"),
            (&pbkdf2("$1000$", "$+1$"), "iterations"),
            (&pbkdf2("$1000$", "$$"), "iterations"),
            (&pbkdf2("$1000$", "$5000001$"), "iterations"),
            (&pbkdf2("$1000$", "$99999999999$"), "iterations"),
            (&pbkdf2("seasalt2abcdef", "seasalt"), "salt of at least 8"),
            (&pbkdf2("seasalt2", "sea\nsalt2"), "salt"),
            (&pbkdf2("zxQ=", "zxQ"), "32 bytes in base64"),
            (&pbkdf2("zxQ=", ""), "32 bytes in base64"),
            (&pbkdf2("zxQ=", "zxQ=$"), "forms"),
            (&long, "at most 255 characters"),
            (&argon2("m=512", "m=262145"), "at most 262144 KiB"),
            (&argon2("m=512", "m=4294967295"), "at most 262144 KiB"),
            (&argon2("m=512,t=1", "m=262144,t=5"), "1048576 KiB in all passes"),
            (&argon2("t=1", "t=4294967295"), "in all passes"),
            (&argon2("m=512,t=1,p=2", "m=4096,t=1,p=65"), "64 lanes"),
            (&argon2("t=1", "t=0"), "forms"),
            (&argon2("argon2id", "argon2d"), "forms"),
            (&argon2("v=19", "v=16"), "forms"),
            (&argon2("v=19$", ""), "forms"),
            (&argon2("MDhUcWRIdEdXcThYeWFscWpCbWJoVA", "MDhUcWRI"), "forms"),
            (
                &argon2("XFH/6lDwYsSgES0bv8Agvta2HtMfc6wVie3cjbEtGno", "XFH/6lDwYsSgES0b"),
                "at least 16",
            ),
            (&argon2("$XFH/6lDwYsSgES0bv8Agvta2HtMfc6wVie3cjbEtGno", ""), "at least 16"),
        ] {
            let why = imported_hash(hash).expect_err(hash);
            assert!(why.contains(part), "{hash}: {why}");
            // The bound is no matter of the import alone.
            if !part.contains("255") {
                assert!(verify(&super::super::argon2(), "x", hash).is_err(), "{hash}");
            }
        }
        let most = [("m=512,t=1", "m=262144,t=4"), ("p=2", "p=64")];
        let most = most.iter().map(|(from, to)| argon2(from, to));
        for hash in most.chain([pbkdf2("$1000$", "$5000000$")]) {
            assert_eq!(imported_hash(&hash), Ok(()), "{hash}");
        }
    }
}
