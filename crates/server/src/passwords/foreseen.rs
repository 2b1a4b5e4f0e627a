//! Passwords that a guesser tries first: what many people use and its simple variations, one pattern
//! again and again, and rows of the alphabet or the keyboard. A long sentence may hold any of them.

use crate::sequences::continues;
use std::collections::HashSet;

/// The most common passwords of eight characters and more that are not numbers.
pub const COMMON: &str = include_str!("common.txt");
/// So many characters before and after a common word are what people add to please a rule: a year
/// and an exclamation mark. More of them are taken for what they are.
const AROUND_MOST: usize = 6;
/// Below this a common word is any word.
const WORD_LEAST: usize = 4;
/// A pattern that is longer is asked by itself whether it is good enough.
const PATTERN_MOST: usize = 7;
/// What else there must be, beside rows: each row counts as one character.
const FREE_LEAST: usize = 4;

/// What makes a password in lower case foreseen, completing "the password".
pub fn foreseen(password: &str) -> Option<&'static str> {
    let letters: Vec<char> = password.chars().collect();
    let backwards: Vec<char> = letters.iter().rev().copied().collect();
    if is_common(&letters) || is_common(&backwards) {
        return Some("must not be one that many people use, nor a simple variation of it");
    }
    if repeats(&letters) {
        return Some("must not repeat one pattern");
    }
    let is_row = without_rows(&letters) < FREE_LEAST;
    is_row.then_some("must not be a row of the alphabet, of numbers or of the keyboard")
}

/// Whether it is a common password, or a common word with little around it, whatever the signs that
/// stand for its letters.
fn is_common(password: &[char]) -> bool {
    let whole: String = password.iter().collect();
    let words: HashSet<String> = cuts(password)
        .filter(|(start, end)| is_little(&password[..*start], &password[*end..]))
        .flat_map(|(start, end)| ['i', 'l'].map(|one| spelled(&password[start..end], one)))
        .collect();
    COMMON.lines().any(|line| {
        // What is left of a common password without what stands around it is a common word.
        let bare = line.trim_matches(|c: char| !c.is_alphabetic());
        let is_meant = |text: &str| {
            let letters: Vec<char> = text.chars().collect();
            letters.len() >= WORD_LEAST && words.contains(&spelled(&letters, 'i'))
        };
        line == whole || is_meant(line) || is_meant(bare)
    })
}

/// Where a word may begin and end. Signs around it may stand for letters of it, so that there are
/// several ways; those far from both ends of a long row of signs are none.
fn cuts(password: &[char]) -> impl Iterator<Item = (usize, usize)> {
    let is_around = |c: &&char| !c.is_alphabetic();
    let before = password.iter().take_while(is_around).count();
    let after = password.iter().rev().take_while(is_around).count();
    let ways = |most: usize| (0..=most).filter(move |cut| *cut <= AROUND_MOST || most - cut <= 2);
    let length = password.len();
    ways(before).flat_map(move |start| {
        let ends = ways(after).map(move |cut| length - cut).filter(move |end| *end >= start);
        ends.map(move |end| (start, end))
    })
}

fn is_little(before: &[char], after: &[char]) -> bool {
    let is_row = |part: &[char]| part.len() > 2 && without_rows(part) == 1;
    let counted = |part: &[char]| if is_row(part) { 0 } else { part.len() };
    counted(before) + counted(after) <= AROUND_MOST
}

/// Letters for the signs that stand for them, and nothing between them.
fn spelled(text: &[char], one: char) -> String {
    let letters = text.iter().map(|c| match c {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' | '|' => one,
        '0' => 'o',
        '$' | '5' => 's',
        '7' | '+' => 't',
        other => *other,
    });
    letters.filter(|c| c.is_alphanumeric()).collect()
}

/// Whether all of it, but for two characters at its end, is one pattern twice or more often; or it is
/// made of three characters.
fn repeats(password: &[char]) -> bool {
    let mut different = password.to_vec();
    different.sort_unstable();
    different.dedup();
    if different.len() <= 3 {
        return true;
    }
    let length = password.len();
    (1..=length / 2).any(|period| {
        let same = (period..length).take_while(|at| password[*at] == password[at - period]).count();
        let is_whole = period + same + 2 >= length && same >= period;
        let pattern: String = password[..period].iter().collect();
        is_whole && (period <= PATTERN_MOST || foreseen(&pattern).is_some())
    })
}

/// How many characters are left when each row is one.
fn without_rows(text: &[char]) -> usize {
    let (mut left, mut is_within) = (text.len(), false);
    for three in text.windows(3) {
        let goes_on = continues(three);
        // The first two of a row go on as its third does.
        left -= usize::from(goes_on) + usize::from(goes_on && !is_within);
        is_within = goes_on;
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_password_is_known_in_its_simple_variations() {
        for password in [
            "password",
            "password7",
            "password2024!",
            "password123456789",
            "123password",
            "!!password!!",
            "p@ssw0rd",
            "p4$$w0rd",
            "pa55w0rd99",
            "pass-word",
            "p.a.s.s.w.o.r.d",
            "1password1",
            "123456password123456",
            "letmein!!",
            "l3tm31n!",
            "1etmein77",
            "iloveyou2",
            "i love you 2",
            "i l0ve y0u",
            "dragon2025",
            "monkey77",
            "$unsh1ne",
            "sunsh!ne1999",
            "7rustno1",
            "hello world!",
            "qwertyuiop",
            "1q2w3e4r",
            "1qaz@wsx",
            "zaq12wsx",
            "abc12345",
            "welcome2024",
            "football#1",
            "contraseña1",
            "change me 1",
            "drowssap",
            "1drowssap!",
            "3nihsnus",
            "sutler!!",
            "hallo123",
            "Sommer2024",
            "Fussball99!",
            "Sutler2026",
        ]
        .map(str::to_lowercase)
        {
            let why = foreseen(&password).unwrap_or_default();
            assert!(why.contains("many people"), "{password}: {why}");
        }
    }

    #[test]
    fn a_pattern_is_as_good_as_itself() {
        for password in [
            "aaaaaaaa",
            "aaaaaaab",
            "aaaabbbb",
            "xyxyxyxy",
            "abaabbab",
            "tintintin",
            "tintintint",
            "12341234a",
            "1234x1234x",
            "kettlekettle",
            "kettlekettle99",
            "tent7ztent7z",
            "ü-ü-ü-ü-",
            "tin tin tin ",
            "passwordpassword",
            "dragon12dragon12",
        ] {
            let why = foreseen(password).unwrap_or_default();
            assert!(why.contains("repeat") || why.contains("many people"), "{password}: {why}");
        }
        assert_eq!(foreseen("kettle on a tin, kettle on a tin, "), None);
        assert!(foreseen("").is_some() && foreseen("a").is_some());
    }

    #[test]
    fn a_row_is_no_password() {
        for password in [
            "abcdefghij",
            "lkjihgfedc",
            "87654321x",
            "x87654321",
            "98765432ab",
            "qwertzuio",
            "poiuytrewq",
            "mnbvcxz12345",
            "asdfghjkl1",
            "lkjhgfdsa!",
            "acegikmoqs",
            "abcd-efgh",
            "qwert asdfg",
            "абвгдежз",
            "!@#$%^&*",
            ")(*&^%$#",
        ] {
            let why = foreseen(password).unwrap_or_default();
            assert!(!why.is_empty(), "{password}");
        }
        for (text, left) in [
            ("abcdefgh", 1),
            ("87654321x", 2),
            ("abc1234", 2),
            ("ab", 2),
            ("", 0),
            ("abcx", 2),
            ("axbyc", 5),
        ] {
            assert_eq!(without_rows(&text.chars().collect::<Vec<_>>()), left, "{text}");
        }
    }

    #[test]
    fn nobody_is_annoyed() {
        for password in [
            "demo-password",
            "admin-password",
            "three blind mice",
            "four blind mice",
            "correct horse battery",
            "my password is long",
            "sunshine on the lake",
            "princess and the frog",
            "a dragon in the attic",
            "password-of-the-kettle",
            "monkey tent 7",
            "test73920481",
            "kettle83",
            "gr8-tents",
            "7f3c9a51",
            "zelt über see",
            "kx8vq2mz",
            "tin-kettle-9f",
            "qwerty-tents",
            "abc kettle",
            "пароль-зима",
            "12345 kettle",
            "banana boat",
            "mississippi",
            "31.12.1999 tent",
        ] {
            assert_eq!(foreseen(password), None, "{password}");
        }
    }
}
