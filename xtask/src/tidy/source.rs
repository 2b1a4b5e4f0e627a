//! A Rust file as the rules see it: the code with comments and literals blanked out, the string
//! literals apart, and which lines are test code. Knows just enough of the grammar for that.

use super::scanner::scan;

/// One file. `code` has the same lines as the text, at the same columns.
pub struct Source {
    pub path: String,
    pub text: String,
    pub code: String,
    pub strings: Vec<Literal>,
    /// Set for a file that a `#[cfg(test)] mod name;` elsewhere makes test code.
    pub is_test_file: bool,
    test_lines: Vec<(usize, usize)>,
}

/// A string literal and the line it begins on.
#[derive(Debug, PartialEq, Eq)]
pub struct Literal {
    pub line: usize,
    pub text: String,
}

impl Source {
    pub fn new(path: &str, text: String) -> Source {
        let (code, strings) = scan(&text);
        let test_lines =
            test_items(&code).map(|(from, to)| (line_of(&code, from), line_of(&code, to)));
        Source {
            path: path.to_owned(),
            test_lines: test_lines.collect(),
            is_test_file: path.split('/').any(|part| matches!(part, "tests" | "benches")),
            text,
            code,
            strings,
        }
    }

    pub fn is_test(&self, line: usize) -> bool {
        let within = |(from, to): &(usize, usize)| (*from..=*to).contains(&line);
        self.is_test_file || self.test_lines.iter().any(within)
    }

    /// Each line of code with its number, from 1.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(at, line)| (at + 1, line))
    }

    /// Paths (without `.rs`) of the modules that this file declares as test code.
    fn test_modules(&self) -> Vec<String> {
        let dir = self.path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let stem = self.path.trim_end_matches(".rs");
        let owner = match stem.rsplit('/').next() {
            Some("lib" | "main" | "mod") => dir,
            _ => stem,
        };
        test_items(&self.code)
            .filter_map(|(from, to)| {
                let item = self.code[from..=to].trim_end().strip_suffix(';')?;
                let (_, name) = item.rsplit_once("mod ")?;
                Some(format!("{owner}/{}", name.trim()))
            })
            .collect()
    }
}

pub fn mark_test_modules(sources: &mut [Source]) {
    let modules: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in sources {
        source.is_test_file |= modules.iter().any(|module| {
            let rest = source.path.strip_prefix(module.as_str());
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        });
    }
}

/// The number of the line that holds the byte at `offset`, from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Whether `word` stands at `at` and is no part of a longer name.
pub fn is_word(text: &str, at: usize, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let before = text[..at].chars().next_back().is_some_and(is_name);
    let after = text[at + word.len()..].chars().next().is_some_and(is_name);
    !before && !after
}

/// The offset of the bracket that closes the one at `open`; the end of the code if none does.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    code.len().saturating_sub(1)
}

/// The first `{` or `;` after `from` that is in no round or square bracket.
pub fn body_or_end(code: &str, from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(byte) = code.as_bytes().get(at) {
        match byte {
            b'{' | b';' => return Some(at),
            b'(' | b'[' => at = closing(code, at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where each item under `#[cfg(test)]` begins and ends.
fn test_items(code: &str) -> impl Iterator<Item = (usize, usize)> {
    code.match_indices("#[cfg(test)]").filter_map(move |(from, attribute)| {
        let end = body_or_end_of_item(code, from + attribute.len())?;
        let end = match code.as_bytes()[end] {
            b'{' => closing(code, end),
            _ => end,
        };
        Some((from, end))
    })
}

/// As [`body_or_end`], past further attributes of the same item.
fn body_or_end_of_item(code: &str, mut from: usize) -> Option<usize> {
    loop {
        let rest = &code[from..];
        let skipped = rest.len() - rest.trim_start().len();
        if !rest.trim_start().starts_with('#') {
            return body_or_end(code, from);
        }
        let open = from + skipped + code[from + skipped..].find('[')?;
        from = closing(code, open) + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new("crates/x/src/a.rs", text.to_owned())
    }

    #[test]
    fn items_under_cfg_test_are_test_code() {
        let text =
            "fn a() {}\n#[cfg(test)]\n#[path = \"x\"]\nmod tests {\n    fn b() {}\n}\nfn c() {}";
        let source = source(text);
        let tests: Vec<usize> = (1..=7).filter(|line| source.is_test(*line)).collect();
        assert_eq!(tests, [2, 3, 4, 5, 6]);
    }

    #[test]
    fn files_of_test_modules_are_test_code() {
        let mut sources = vec![
            Source::new("c/src/a.rs", "#[cfg(test)]\nmod proofs;\nmod real;".to_owned()),
            Source::new("c/src/a/proofs.rs", String::new()),
            Source::new("c/src/a/proofs/more.rs", String::new()),
            Source::new("c/src/a/real.rs", String::new()),
            Source::new("c/tests/it/main.rs", String::new()),
        ];
        mark_test_modules(&mut sources);
        let marks: Vec<bool> = sources.iter().map(|source| source.is_test_file).collect();
        assert_eq!(marks, [false, true, true, false, true]);
    }
}
