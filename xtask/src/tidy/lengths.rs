//! Files and functions stay short enough to be read in one go. Tests count too.

use super::{
    Finding,
    source::{Source, body_or_end, closing, is_word, line_of},
};

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;

pub fn check_file(source: &Source) -> Option<Finding> {
    let lines = source.text.lines().count();
    (lines > FILE_LINES).then(|| Finding {
        path: source.path.clone(),
        line: FILE_LINES + 1,
        rule: "file-length",
        what: format!("{lines} lines, at most {FILE_LINES} are allowed"),
        remedy: "find the second noun in it and give it a file of its own",
    })
}

pub fn check_functions(source: &Source) -> Vec<Finding> {
    functions(&source.code)
        .filter(|function| function.lines > FUNCTION_LINES)
        .map(|function| Finding {
            path: source.path.clone(),
            line: function.line,
            rule: "function-length",
            what: format!(
                "`{}` has {} lines, at most {FUNCTION_LINES} are allowed",
                function.name, function.lines
            ),
            remedy: "move its steps into functions named by what they do",
        })
        .collect()
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// From the line of `fn` to that of the closing brace. A `fn` without a name is a type, one
/// without a body belongs to a trait.
fn functions(code: &str) -> impl Iterator<Item = Function> {
    code.match_indices("fn").filter_map(move |(at, word)| {
        if !is_word(code, at, word) {
            return None;
        }
        let after = &code[at + word.len()..];
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '#';
        let name: String = after.trim_start().chars().take_while(|c| is_name(*c)).collect();
        let body = body_or_end(code, at).filter(|_| !name.is_empty())?;
        if code.as_bytes()[body] != b'{' {
            return None;
        }
        let line = line_of(code, at);
        let lines = line_of(code, closing(code, body)) + 1 - line;
        Some(Function { name, line, lines })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: String) -> Source {
        Source::new("crates/x/src/a.rs", text)
    }

    fn function(lines: usize) -> String {
        let body = "    // } a brace in a comment\n".repeat(lines - 3);
        format!("//! Docs.\npub async fn long(\n    x: [u8; 4]) {{\n{body}}}\nfn short() {{ }}\n")
    }

    #[test]
    fn a_file_of_501_lines_is_too_long() {
        assert_eq!(check_file(&source("\n".repeat(500))), None);
        let found = check_file(&source("\n".repeat(501))).unwrap();
        assert_eq!((found.rule, found.line), ("file-length", 501));
    }

    #[test]
    fn a_function_of_71_lines_is_too_long() {
        assert_eq!(check_functions(&source(function(70))), []);
        let found = check_functions(&source(function(71)));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].rule, found[0].line), ("function-length", 2));
        assert!(found[0].what.contains("`long` has 71 lines"));
    }

    #[test]
    fn types_and_declarations_are_no_functions() {
        let text = "type F = fn(u8) -> u8;\ntrait T { fn a(&self); fn b() {} }\n";
        let names: Vec<String> = functions(text).map(|function| function.name).collect();
        assert_eq!(names, ["b"]);
    }
}
