//! The blocks of a document that are for a demo shop. The rule: in a block that is called `sh`, either every
//! command is a curl of the demo's address or prepares one (an assignment, a small file), and all of them are run; or
//! none has to do with curl, and none is run. Anything between the two is an error, so that none is forgotten.

use anyhow::{bail, ensure};

/// Where the documents have the demo.
pub const DEMO: &str = "http://127.0.0.1:8000";
/// The same, by its name.
pub const LOCAL: &str = "http://localhost:8000";

#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// Each answer has to be a refusal.
    pub is_refused: bool,
    pub commands: Vec<Command>,
    /// What the answers have to have, as the block of JSON behind this one shows them: members, and codes.
    pub shown: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    pub line: usize,
    pub text: String,
}

impl Command {
    /// Whether it asks the shop, and does not only prepare that.
    pub fn asks(&self) -> bool {
        has_curl(&self.text)
    }
}

/// The blocks of a document in Markdown that are for a demo, from top to bottom.
pub fn read(document: &str) -> anyhow::Result<Vec<Block>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_asked = false;
    let mut lines = document.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let indent = line.len() - line.trim_start().len();
        let inside: Vec<&str> = (&mut lines)
            .map(|(_, line)| line)
            .take_while(|line| line.trim() != "```")
            .map(|line| line.get(indent..).unwrap_or_default())
            .collect();
        if info.trim() == "json" {
            if let Some(asked) = std::mem::take(&mut is_asked).then(|| blocks.last_mut()).flatten()
            {
                asked.shown = shown(&inside.join("\n"));
            }
            continue;
        }
        let read = block(info.trim(), at + 2, &inside)?;
        is_asked = read.is_some();
        blocks.extend(read);
    }
    Ok(blocks)
}

fn block(info: &str, first: usize, lines: &[&str]) -> anyhow::Result<Option<Block>> {
    let commands = commands(first, lines);
    let Some(curl) = commands.iter().find(|command| command.asks()) else {
        ensure!(info != "sh refused", "line {first}: nothing in this block can be refused");
        return Ok(None);
    };
    let at = curl.line;
    match info {
        "sh" | "sh refused" => {}
        info if info.starts_with("sh") || ["bash", "console"].contains(&info) => {
            bail!("line {at}: a block with a curl is called `sh`, or `sh refused`")
        }
        _ => return Ok(None),
    }
    for Command { line, text } in &commands {
        if is_prepared(text) {
            continue;
        }
        let what = "beside a curl, a block has only what it needs";
        ensure!(is_curl(text), "line {line}: {what}");
        let is_there = text.contains(DEMO) || text.contains(LOCAL);
        ensure!(is_there, "line {line}: a curl in a block `sh` is for {DEMO}");
    }
    Ok(Some(Block { is_refused: info == "sh refused", commands, shown: Vec::new() }))
}

/// The members that an answer is shown with, and its code, as they go over the wire.
fn shown(answer: &str) -> Vec<String> {
    let parts: Vec<&str> = answer.split('"').collect();
    let mut shown = Vec::new();
    for at in (1..parts.len()).step_by(2) {
        if !parts.get(at + 1).is_some_and(|behind| behind.starts_with(':')) {
            continue;
        }
        let is_code = parts[at] == "code" && parts[at + 1].trim() == ":";
        let value = parts.get(at + 2).filter(|_| is_code);
        shown.push(match value {
            Some(value) => format!("\"{}\":\"{value}\"", parts[at]),
            None => format!("\"{}\":", parts[at]),
        });
    }
    shown
}

/// Whether a command is nothing but a curl, into pipes or not, or an assignment from one.
fn is_curl(command: &str) -> bool {
    if command.starts_with("curl ") {
        return true;
    }
    assigned(command).is_some_and(|value| value.trim_start_matches('"').starts_with("$(curl "))
}

/// Whether a command is the assignment of a text in quotes, or of what is found in an earlier answer; or writes
/// a file to be sent.
fn is_prepared(command: &str) -> bool {
    if command.starts_with("printf '") && command.contains("' > ") {
        return true;
    }
    let Some(value) = assigned(command) else { return false };
    if value.starts_with("$(echo \"$") {
        return true;
    }
    let quoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    match (quoted('\''), quoted('"')) {
        (Some(text), _) => !text.contains('\''),
        (_, Some(text)) => !text.contains(['"', '`']) && !text.contains("$("),
        _ => false,
    }
}

fn assigned(command: &str) -> Option<&str> {
    let (name, value) = command.split_once('=')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    Some(value).filter(|_| !name.is_empty() && name.chars().all(is_name))
}

fn has_curl(command: &str) -> bool {
    // Wherever a command may begin, and behind what may stand before one.
    let words = command.split_whitespace().collect::<Vec<_>>();
    let begins = |word: &str| ["curl", "$(curl", "\"$(curl"].contains(&word);
    let is_first = words.first().is_some_and(|word| begins(word));
    let before = ["|", "||", "&&", "do", "then", "until", "while", "if", "time", "xargs", "!"];
    let follows = |pair: &[&str]| {
        pair[1] == "curl"
            && (before.contains(&pair[0]) || pair[0].ends_with(';') || assigned(pair[0]).is_some())
    };
    is_first || command.contains("$(curl ") || words.windows(2).any(follows)
}

/// The commands of a block, with the line where each begins; comments and empty lines are none.
fn commands(first: usize, lines: &[&str]) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let mut open = Open::default();
    for (at, line) in lines.iter().enumerate() {
        let is_new = !open.is_open();
        if is_new && (line.trim().is_empty() || line.trim_start().starts_with('#')) {
            continue;
        }
        match commands.last_mut().filter(|_| !is_new) {
            Some(command) => {
                command.text.push('\n');
                command.text.push_str(line);
            }
            None => commands.push(Command { line: first + at, text: (*line).to_owned() }),
        }
        open.read(line);
    }
    commands
}

/// What keeps a command from ending with its line.
#[derive(Default)]
struct Open {
    quote: Option<char>,
    /// What was quoted around each `$(` that is not closed.
    substitutions: Vec<Option<char>>,
    goes_on: bool,
    here: Option<String>,
}

impl Open {
    fn is_open(&self) -> bool {
        self.quote.is_some()
            || !self.substitutions.is_empty()
            || self.goes_on
            || self.here.is_some()
    }

    fn read(&mut self, line: &str) {
        if let Some(end) = &self.here {
            if line == end {
                self.here = None;
            }
            return;
        }
        let mut before = ' ';
        let mut characters = line.chars().peekable();
        self.goes_on = false;
        while let Some(c) = characters.next() {
            match (self.quote, c) {
                (Some('\''), '\'') | (Some('"'), '"') => self.quote = None,
                (Some('\''), _) => {}
                (_, '\\') => {
                    self.goes_on = characters.peek().is_none();
                    characters.next();
                }
                (_, '(') if before == '$' => self.substitutions.push(self.quote.take()),
                (None, ')') => self.quote = self.substitutions.pop().flatten(),
                (Some(_), _) => {}
                (None, '\'' | '"') => self.quote = Some(c),
                (None, '#') if before == ' ' => break,
                (None, '|') => self.goes_on = characters.clone().all(char::is_whitespace),
                _ => {}
            }
            before = c;
        }
        if self.quote.is_none()
            && let Some((_, end)) = line.split_once("<<")
        {
            let is_word = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
            let word: String =
                end.trim_start_matches(['\'', '"']).chars().take_while(is_word).collect();
            self.here = Some(word).filter(|word| !word.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(block: &str) -> anyhow::Result<Vec<Block>> {
        read(&format!("# Title\n\n```{block}\n```\n\nText.\n"))
    }

    fn commands_of(block: &str) -> Vec<(usize, String)> {
        let blocks = read_one(block).unwrap();
        let commands = blocks.into_iter().flat_map(|block| block.commands);
        commands.map(|command| (command.line, command.text)).collect()
    }

    #[test]
    fn a_command_ends_where_the_shell_would_end_it() {
        let api = format!("{DEMO}/api");
        for command in [
            format!("curl {api}"),
            format!("curl {api}   # why"),
            format!("curl {api} \\\n  -d '{{}}'"),
            format!("curl {api} |\n  sed 's/(#\"//'"),
            format!("curl {api} -d '{{\n  \"a\": \"it is (\"\n}}'"),
            format!("curl {api} -d \"{{\\\"a\\\":\n\\\"$B\\\"}}\""),
            format!("A=$(curl {api} \\\n  | sed 's/.*\"a\":\"\\([^\"]*\\)\".*/\\1/')"),
            format!("A=\"$(curl {api})\""),
            format!("A=$(curl {api}\n)"),
            "JSON='Content-Type: application/json'".to_owned(),
            "A=\"of $B\"".to_owned(),
            "printf 'a,b\\n' > sheet.csv".to_owned(),
            "A=$(echo \"$B\" | sed 's/.*\"a\":\"\\([^\"]*\\)\".*/\\1/')".to_owned(),
            format!("curl {api} -d @- <<'END'\ncurl is not run here\nEND"),
        ] {
            let lines = command.lines().count();
            let block = format!("sh\n\n{command}\n# a comment\ncurl {api}/b");
            let expected = vec![(5, command), (6 + lines, format!("curl {api}/b"))];
            assert_eq!(commands_of(&block), expected);
        }
    }

    #[test]
    fn blocks_without_curl_are_not_for_a_demo() {
        let other = "make run\nexport A=$(openssl rand -hex 32)\nsutler audit   # as curl does";
        for info in ["sh", "toml", "", "text"] {
            assert_eq!(read_one(&format!("{info}\n{other}")).unwrap(), []);
        }
        assert_eq!(read_one(&format!("json\ncurl {DEMO}")).unwrap(), []);
    }

    #[test]
    fn an_answer_that_is_shown_is_of_the_commands_before_it() {
        let answer = "{..., \"code\": \"gone\", \"lines\": [{\"code\": null, \"a\": \"b: c\"}]}";
        let document = format!(
            "```json\n{{\"x\": 1}}\n```\n```sh\ncurl {DEMO}/a\n```\n```json\n{answer}\n```\n\
             ```json\n{{\"y\": 1}}\n```\n```sh\ncurl {DEMO}/b\n```"
        );
        let shown: Vec<_> = read(&document).unwrap().into_iter().map(|block| block.shown).collect();
        let first = ["\"code\":\"gone\"", "\"lines\":", "\"code\":", "\"a\":"].map(str::to_owned);
        assert_eq!(shown, [first.to_vec(), vec![]]);
    }

    #[test]
    fn what_is_between_the_two_is_an_error() {
        for (block, why) in [
            (format!("sh\nmake run\ncurl {DEMO}/api"), "line 4: beside a curl"),
            (format!("sh\ncurl {DEMO}/api\n\nsleep 1"), "line 6: beside a curl"),
            (format!("sh\nfoo | curl {DEMO}/api"), "line 4: beside a curl"),
            (format!("sh\nA=$(echo x) B=$(curl {DEMO})"), "line 4: beside a curl"),
            (format!("sh\nA='x' rm -r 'y'\ncurl {DEMO}"), "line 4: beside a curl"),
            (format!("sh\nA=\"$(date)\"\ncurl {DEMO}"), "line 4: beside a curl"),
            (format!("sh\nif [ a = 'b' ]\ncurl {DEMO}"), "line 4: beside a curl"),
            ("sh\ncurl https://shop.example.com/api".to_owned(), "line 4: a curl in a block"),
            (format!("sh refuse\ncurl {DEMO}/api"), "is called `sh`"),
            (format!("shell\ncurl {DEMO}/api"), "is called `sh`"),
            (format!("console\ncurl {DEMO}/api"), "is called `sh`"),
            (format!("sh\nfor i in 1 2; do curl {DEMO}/api; done"), "only what it needs"),
            (format!("sh\ntime curl {DEMO}/api"), "only what it needs"),
            (format!("sh\nA=1 curl {DEMO}/api"), "only what it needs"),
            (format!("bash\ncurl {DEMO}/api"), "is called `sh`"),
            ("sh refused\nmake run".to_owned(), "nothing in this block can be refused"),
        ] {
            let error = read_one(&block).unwrap_err().to_string();
            assert!(error.contains(why), "{block}\n{error}");
        }
    }

    #[test]
    fn refused_blocks_and_blocks_of_lists_are_read() {
        let document = format!(
            "```sh refused\ncurl {DEMO}/api/audit\n```\n- One:\n\n  ```sh\n  curl {DEMO}/a -d '\n    b'\n  ```\n"
        );
        let blocks = read(&document).unwrap();
        assert_eq!(blocks.iter().map(|b| b.is_refused).collect::<Vec<_>>(), [true, false]);
        assert_eq!(blocks[1].commands[0].text, format!("curl {DEMO}/a -d '\n  b'"));
    }
}
