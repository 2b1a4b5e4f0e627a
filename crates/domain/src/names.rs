//! Names of accounts. User names and e-mail addresses are unique after NFKC and case folding, so that
//! no two customers have the same. What only looks alike has one skeleton.

use crate::{
    Text, TextError,
    text::{fold, is_between, is_hidden},
};
use serde::{Deserialize, Serialize};
use unicode_security::{confusable_detection, mixed_script::AugmentedScriptSet};

/// A name to log in with: it has no `@`, so it is never taken for an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(Text<150>);

impl Username {
    pub const MOST: usize = 150;
    /// Of what a skeleton is longer, nothing more is kept: two names that are alike so far are alike.
    pub const SKELETON_MOST: usize = 300;

    /// A name as it is chosen. Its letters are of one alphabet, or of those that are written together.
    pub fn new(text: &str) -> Result<Username, TextError> {
        if let Some(hidden) = text.chars().find(|c| is_hidden(*c)) {
            return Err(TextError::hidden(hidden));
        }
        let name = Username::typed(text)?;
        let skeleton = name.skeleton();
        if OF_NOBODY.iter().any(|beginning| skeleton.starts_with(beginning)) {
            return Err(TextError::Form(
                "must not begin with gone- or held-: nobody has such a name",
            ));
        }
        match is_one_writing(&name.folded()) {
            true => Ok(name),
            false => Err(TextError::Form("must not mix alphabets, such as Latin and Cyrillic")),
        }
    }

    /// A name as it is looked for, which may have been chosen under other rules.
    pub fn typed(text: &str) -> Result<Username, TextError> {
        const MOST: usize = Username::MOST;
        let allowed = |c: char| c.is_alphanumeric() || SIGNS.contains(c);
        match text {
            "" => Err(TextError::Empty),
            _ if !text.chars().all(allowed) => {
                Err(TextError::Form("must consist of letters, digits and . _ + -"))
            }
            // Before it is folded, which may lengthen it eighteen times.
            _ if text.chars().count() > MOST => {
                Err(TextError::TooLong { max: MOST, actual: text.chars().count() })
            }
            // Folding may lengthen a text, and the folded one is stored beside it.
            _ if fold(text).chars().count() > MOST => {
                Err(TextError::TooLong { max: MOST, actual: fold(text).chars().count() })
            }
            _ => Text::new(text).map(Username),
        }
    }

    pub fn stored(text: &str) -> Username {
        Username(Text::stored(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes it unique.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }

    /// What it has in common with every name that looks like it, `paypal` with `раураӏ`.
    pub fn skeleton(&self) -> String {
        skeleton(&self.0).chars().take(Username::SKELETON_MOST).collect()
    }

    /// Whether nobody may give himself this name: it passes for the shop, or for nobody. Those who
    /// run the shop may give it to their own.
    pub fn is_reserved(&self) -> bool {
        let plain =
            |text: &str| -> String { text.chars().filter(|c| !SIGNS.contains(*c)).collect() };
        // To UTS 39 `1` is an `l`, and never an `i`.
        let alike = |text: &str| skeleton(text).replace('l', "i");
        let own = alike(&plain(&self.0));
        own.is_empty() || RESERVED.split(' ').any(|reserved| alike(reserved) == own)
    }
}

/// How the shop calls accounts that are nobody's; their addresses are in `NOWHERE`.
const OF_NOBODY: [&str; 2] = ["gone-", "held-"];
const NOWHERE: &str = ".invalid";
/// What stands around an address, or in quotes within one: it is another's in a disguise.
const UNUSUAL: [char; 9] = ['<', '>', '(', ')', '[', ']', ',', ';', '"'];

/// What a name may hold beside letters and digits. Reserved names are reserved with them, too.
const SIGNS: &str = "._+-";

/// What passes for the shop, for its staff, for a part of its addresses, or for no name at all.
const RESERVED: &str = "\
    abuse accounts admin administration administrator anonymous api assets billing checkout \
    contact customerservice deleted docs everyone false guest health help helpdesk hostmaster \
    info login logout mail mailerdaemon me metrics moderator nan nil nobody none noreply null \
    official operator orders owner payments postmaster privacy register root sales security \
    service shop staff static store superuser support sutler sysadmin system team true \
    undefined unknown webmaster you";

/// The skeleton of UTS 39, folded. Some letters are alike in lower case only after a first turn.
fn skeleton(text: &str) -> String {
    let once = |text: &str| fold(&confusable_detection::skeleton(text).collect::<String>());
    // It is shown as it was typed, and so a capital I looks like an l.
    once(&once(&fold(&text.replace('I', "l"))))
}

/// Whether a name is of one alphabet, or of Latin letters and those of one writing of East Asia: the
/// level "highly restrictive" of UTS 39, in which `pаypal` with a Cyrillic letter is none.
fn is_one_writing(folded: &str) -> bool {
    let latin = AugmentedScriptSet::for_char('a');
    let (mut all, mut others) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
    for c in folded.chars() {
        let scripts = AugmentedScriptSet::for_char(c);
        all.intersect_with(scripts);
        let mut is_latin = scripts;
        is_latin.intersect_with(latin);
        if is_latin.is_empty() {
            others.intersect_with(scripts);
        }
    }
    !all.is_empty() || others.jpan || others.kore || others.hanb
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(Text<254>);

/// As mail servers read it (RFC 5321). An encoded word, `=?utf-8?q?ann?=`, is another's in a disguise.
fn can_be_written_to(text: &str) -> bool {
    // Of what is no address at all the form is told.
    let Some((local, host)) = text.rsplit_once('@') else { return true };
    let is_label =
        |label: &str| label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-');
    let is_local = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    local.len() <= 64 && is_local && !local.contains("=?") && host.split('.').all(is_label)
}

impl Email {
    /// An address as it is chosen.
    pub fn new(text: &str) -> Result<Email, TextError> {
        match text.chars().find(|c| is_hidden(*c) || is_between(*c)) {
            Some(hidden) => Err(TextError::hidden(hidden)),
            None if text.contains(UNUSUAL) => {
                Err(TextError::Form("must be an address alone, such as name@example.com"))
            }
            None if !can_be_written_to(text) => Err(TextError::Form(
                "must be an address that can get mail: of 64 bytes at most before the @, with dots only \
                 between letters, and of parts of 63 characters at most behind it",
            )),
            None if fold(text).ends_with(NOWHERE) => Err(TextError::Form(
                "must be an address that can get mail: none ends with .invalid",
            )),
            None => Email::typed(text),
        }
    }

    /// An address as it is looked for, which may have been chosen under other rules.
    pub fn typed(text: &str) -> Result<Email, TextError> {
        let form = TextError::Form("must be an e-mail address such as name@example.com");
        let (local, host) = text.rsplit_once('@').ok_or(form.clone())?;
        let strange = |c: char| c.is_whitespace() || c.is_control() || c == '@';
        let host_is_named = host.split('.').all(|label| !label.is_empty()) && host.contains('.');
        if local.is_empty() || !host_is_named || text.contains('\0') {
            return Err(form);
        }
        if local.contains(strange) || host.contains(strange) {
            return Err(form);
        }
        let actual = text.chars().count();
        if actual > 254 {
            return Err(TextError::TooLong { max: 254, actual });
        }
        let folded = fold(text).chars().count();
        match folded > 254 {
            true => Err(TextError::TooLong { max: 254, actual: folded }),
            false => Text::new(text).map(Email),
        }
    }

    pub fn stored(text: &str) -> Email {
        Email(Text::stored(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes it unique.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of before it was kept have got it so.
    #[test]
    fn the_skeleton_of_a_name_of_ascii_is_what_its_migration_has_made() {
        for c in ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(SIGNS.chars()) {
            let name = format!("x{c}");
            let shown = fold(&name.replace('I', "l"));
            let migrated = shown.replace('m', "rn").replace('0', "o").replace('1', "l");
            assert_eq!(Username::stored(&name).skeleton(), migrated);
        }
    }

    #[test]
    fn names_that_look_alike_fold_to_the_same() {
        for (one, other) in [("Ada", "ada"), ("STRASSE", "straße"), ("ﬁn", "FIN"), ("ＡＢ", "ab")]
        {
            let folded = |name: &str| Username::new(name).unwrap().folded();
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn a_username_is_never_an_email_address() {
        for name in ["", "a@b.c", "a b", "a\0", "tab\t", "semi;colon"] {
            assert!(Username::new(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn names_and_addresses_are_bounded_as_typed_and_as_folded() {
        let is_name = |name: String| Username::new(&name).is_ok();
        assert!(is_name("a".repeat(150)) && !is_name("a".repeat(151)));
        assert!(is_name("ß".repeat(75)) && !is_name("ß".repeat(76)), "ß folds to two letters");
        let is_address = |local: String| Email::typed(&format!("{local}@a.bc")).is_ok();
        let is_chosen = |local: usize, label: usize| {
            Email::new(&format!("{}@{}.bc", "a".repeat(local), "a".repeat(label))).is_ok()
        };
        assert!(is_chosen(64, 63) && !is_chosen(65, 63) && !is_chosen(64, 64));
        assert!(is_address("a".repeat(249)) && !is_address("a".repeat(250)));
        let sharp = |count: usize| format!("a{}", "ß".repeat(count));
        assert!(is_address(sharp(124)) && !is_address(sharp(125)));
    }

    #[test]
    fn an_email_address_has_a_local_part_and_a_dotted_host() {
        for (text, allowed) in [
            ("ada@example.com", true),
            ("ada+shop@mail.example.com", true),
            ("ada@example", false),
            ("@example.com", false),
            ("ada@.com", false),
            ("a b@example.com", false),
            ("ada@exa\0mple.com", false),
            ("a@b@example.com", false),
            ("<ada@example.com>", false),
            ("ada@[127.0.0.1]", false),
            ("ada@gone.invalid", false),
            (".ada@example.com", false),
            ("ada.@example.com", false),
            ("a..da@example.com", false),
            ("a.d.a@example.com", true),
            ("ada@-example.com", false),
            ("ada@example-.com", false),
            ("ada@ex-ample.com", true),
            ("=?utf-8?q?ada?=@example.com", false),
        ] {
            assert_eq!(Email::new(text).is_ok(), allowed, "{text:?}");
        }
    }

    #[test]
    fn a_name_is_of_one_writing() {
        for name in [
            "ann",
            "ann_1",
            "1234",
            "анна",
            "δέλτα",
            "שלום",
            "محمد٣",
            "कमल",
            "ﬁn",
            "ＡＢ",
            "naïve",
            "ŋø",
            "ひらカナ漢字",
            "annひら漢字",
            "한글漢字",
            "ann한글",
            "annㄅ漢字",
            "ann漢字",
        ] {
            assert!(Username::new(name).is_ok(), "{name}");
        }
        for name in ["pаypal", "annα", "µtorrent", "annא", "한ひ", "ひㄅ", "ann٣", "аα", "aбɓ"]
        {
            let Err(TextError::Form(why)) = Username::new(name) else { panic!("{name}") };
            assert!(why.contains("mix alphabets"), "{why}");
            assert!(Username::typed(name).is_ok(), "{name} may be there since before");
            assert_eq!(Username::stored(name).as_str(), name);
        }
    }

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        let skeleton = |name: &str| Username::stored(name).skeleton();
        for (one, other) in [
            ("paypal", "раураӏ"),
            ("ada", "ADA"),
            ("modern", "rnodern"),
            ("bob1", "bobl"),
            ("b0b", "bob"),
            ("o", "ο"),
            ("Ꮇax", "max"),
            ("ﬁn", "fin"),
            ("straße", "STRASSE"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for (one, other) in [("ann", "anna"), ("ada", "äda"), ("a.b", "ab"), ("bob2", "bob3")] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }

    /// What is kept in the database is compared with what is computed years later.
    #[test]
    fn a_skeleton_is_folded_bounded_and_its_own() {
        assert_eq!(Username::stored("Admin10").skeleton(), "adrninlo");
        for c in ('\0'..='\u{1ffff}').filter(|c| c.is_alphanumeric()) {
            let bones = skeleton(c.encode_utf8(&mut [0; 4]));
            assert_eq!(bones, skeleton(&bones), "{c}");
            assert_eq!(bones, fold(&bones), "{c}");
        }
        for (name, length) in
            [("m".repeat(150), 300), ("꽦".repeat(150), 300), ("a".repeat(150), 150)]
        {
            assert_eq!(Username::stored(&name).skeleton().chars().count(), length, "{name}");
        }
    }

    #[test]
    fn nobody_names_himself_like_the_shop() {
        for (name, is_reserved) in [
            ("admin", true),
            ("Admin", true),
            ("ADMIN", true),
            ("adm1n", true),
            ("аdmin", true),
            ("adrnin", true),
            ("ad-min", true),
            ("_admin_", true),
            ("r00t", true),
            ("nu11", true),
            ("ｍｅ", true),
            ("no.reply", true),
            ("-", true),
            ("._.", true),
            ("admina", false),
            ("ann", false),
            ("demo", false),
            ("mel", false),
        ] {
            assert_eq!(Username::stored(name).is_reserved(), is_reserved, "{name}");
        }
        let reserved: Vec<&str> = RESERVED.split(' ').collect();
        assert!(reserved.is_sorted_by(|one, next| one < next), "{reserved:?}");
        for name in reserved {
            assert!(Username::new(name).is_ok(), "{name} is for who runs the shop");
        }
    }

    #[test]
    fn a_name_hides_nothing() {
        for hidden in ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}', '\u{200b}'] {
            assert_eq!(Username::new(&format!("한{hidden}글")), Err(TextError::Hidden(hidden)));
        }
        assert!(Username::typed("한\u{3164}글").is_ok(), "it may be there since before");
    }

    #[test]
    fn an_address_hides_nothing() {
        for hidden in [
            '\u{200b}',
            '\u{200d}',
            '\u{202e}',
            '\u{feff}',
            '\u{ad}',
            '\u{fe0f}',
            '\u{e0067}',
            '\u{3164}',
        ] {
            let address = format!("a{hidden}da@example.com");
            assert_eq!(Email::new(&address), Err(TextError::Hidden(hidden)));
            assert!(Email::typed(&address).is_ok(), "it may be there since before");
        }
    }
}
