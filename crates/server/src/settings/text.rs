//! The settings as text: the sample file, and the list that `sutler config` prints.
//!
//! Secrets are never shown, nor the password inside an address.

use super::{Setting, Settings, TABLE, kinds::Form};
use std::fmt::Write;

const WIDTH: usize = 96;
const HEAD: &str = "\
# The settings of a Sutler shop: every one, with its default. Uncomment what you change.
# The environment (SUTLER_LISTEN=...) goes before this file, a flag (--listen ...) before both.
# SUTLER_SECRET_KEY_FILE=/path, and so for every setting, reads the value from a file.
";

impl Setting {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("SUTLER_{}", self.name.to_uppercase())
    }

    /// Its meaning, and its bounds if it has any.
    fn documentation(&self) -> String {
        match self.expected.strip_prefix("from ") {
            Some(bounds) => format!("{} From {bounds}.", self.meaning),
            None => self.meaning.to_owned(),
        }
    }

    /// A value as it may be shown to people.
    pub(super) fn shown(&self, text: &str) -> String {
        if self.secret && !text.is_empty() {
            return "***".to_owned();
        }
        format!("\"{}\"", one_line(&without_password(text)))
    }
}

/// As TOML has it.
fn list(text: &str) -> String {
    let items = text.split(',').filter(|item| !item.is_empty());
    let items: Vec<String> = items.map(|item| format!("\"{item}\"")).collect();
    format!("[{}]", items.join(", "))
}

impl Settings {
    /// The complete sample of a settings file.
    pub fn sample() -> String {
        let mut text = HEAD.to_owned();
        let mut group = "";
        for setting in TABLE {
            if setting.group != group {
                group = setting.group;
                text.push_str(&format!("\n## {group}\n"));
            }
            text.push('\n');
            for line in wrapped(&setting.documentation(), WIDTH) {
                text.push_str(&format!("# {line}\n"));
            }
            let value = match setting.form {
                Form::Bare => setting.default.to_owned(),
                Form::List => list(setting.default),
                Form::Quoted => format!("\"{}\"", setting.default),
            };
            text.push_str(&format!("#{} = {value}\n", setting.name));
        }
        text
    }

    /// Every setting with its value, where that came from, and what it means.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        let mut group = "";
        for (setting, given) in TABLE.iter().zip(&self.given) {
            if setting.group != group {
                group = setting.group;
                text.push_str(&format!("\n{group}\n"));
            }
            let value = setting.shown(&given.text);
            let line = format!("  {:<22} {value:<34}", setting.name);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{line} {}", given.origin);
            for line in wrapped(&setting.documentation(), WIDTH) {
                let _ = writeln!(text, "      {line}");
            }
        }
        text.trim_start().to_owned()
    }
}

/// Hides the password in `scheme://user:password@host` and in `?password=...`. In what is no address
/// all before the host is hidden: nobody can tell what was meant for what.
fn without_password(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(start) = text.find("://").map(|at| at + 3) {
        let end = text[start..].find(['/', '?']).map_or(text.len(), |at| start + at);
        // The last @ ends the password: one that holds an @ or a / was not encoded, and is
        // hidden all the same.
        let at = text[start..].rfind('@').map(|at| start + at);
        let colon = text[start..at.unwrap_or(end)].find(':').map(|at| start + at);
        if let (Some(colon), Some(at)) = (colon, at) {
            text.replace_range(colon + 1..at, "***");
        }
    } else if let Some(at) = text.rfind('@') {
        let colon = text[..at].find(':').map(|colon| colon + 1);
        let slashes = text[..at].find("//").map(|slashes| slashes + 2);
        let start = colon.into_iter().chain(slashes).min().unwrap_or(0);
        text.replace_range(start..at, "***");
    }
    let mut from = 0;
    while let Some(start) =
        text[from..].to_ascii_lowercase().find("password=").map(|at| from + at + 9)
    {
        let end = text[start..].find('&').map_or(text.len(), |at| start + at);
        text.replace_range(start..end, "***");
        from = start;
    }
    without_encoded_names(&text)
}

/// A name that is encoded may be any name.
fn without_encoded_names(text: &str) -> String {
    let Some((address, query)) = text.split_once('?') else { return text.to_owned() };
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if name.contains('%') => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    let pairs: Vec<String> = query.split('&').map(pair).collect();
    format!("{address}?{}", pairs.join("&"))
}

/// Control characters as escapes: for a list with a line for each.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => line.extend(c.escape_default()),
            false => line.push(c),
        }
    }
    line
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.len() - 1;
        if !lines[line].is_empty() && lines[line].len() + 1 + word.len() > width {
            lines.push(word.to_owned());
            continue;
        }
        if !lines[line].is_empty() {
            lines[line].push(' ');
        }
        lines[line].push_str(word);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_inside_addresses_are_hidden() {
        for (text, shown) in [
            ("postgres://me:pa@ss/w@host/db", "postgres://me:***@host/db"),
            ("postgres://me@host/db", "postgres://me@host/db"),
            ("postgres://host/db?password=x&a=b", "postgres://host/db?password=***&a=b"),
            ("postgres:/u:secret@h", "postgres:***@h"),
            ("postgres//u:secret@h/d", "postgres//***@h/d"),
            ("postgres:u:secret@h/d", "postgres:***@h/d"),
            ("u:secret@h/d", "u:***@h/d"),
            ("secret@h/d", "***@h/d"),
            ("postgres://h/d?PassWord=x&a=b", "postgres://h/d?PassWord=***&a=b"),
            ("postgres://h/d?pass%77ord=x&a=b", "postgres://h/d?pass%77ord=***&a=b"),
            ("postgres://h/d?password=x&password=y", "postgres://h/d?password=***&password=***"),
            ("http://[::1]:8000", "http://[::1]:8000"),
            ("plain", "plain"),
        ] {
            assert_eq!(without_password(text), shown);
        }
    }

    #[test]
    fn the_sample_file_is_complete_and_is_the_default() {
        let kept = include_str!("../../../../sutler.sample.toml");
        assert_eq!(kept, Settings::sample(), "write Settings::sample() to sutler.sample.toml");

        let uncommented: String = kept
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase()) => rest,
                _ => line,
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        let file = super::super::File { path: "sample", content: &uncommented };
        let sample = Settings::resolve(Some(file), &[], &[]).unwrap();
        let default = Settings::resolve(None, &[], &[]).unwrap();
        assert_eq!(sample.origins().count(), TABLE.len());
        assert!(sample.given.iter().zip(&default.given).all(|(a, b)| a.text == b.text));
    }

    #[test]
    fn the_description_names_every_setting_and_shows_no_secret() {
        let secret = ("SUTLER_SECRET_KEY".to_owned(), "correct horse".to_owned());
        let text = Settings::resolve(None, &[secret], &[]).unwrap().describe();
        for setting in TABLE {
            assert!(text.contains(setting.name), "{}", setting.name);
        }
        assert!(!text.contains("horse"));
        assert!(text.contains("environment SUTLER_SECRET_KEY"));
    }
}
