//! A template, read and filled in.

use super::Kind;
use std::collections::BTreeMap;

/// What the first line begins with.
const SUBJECT: &str = "Subject:";
const SUBJECT_MOST: usize = 200;

/// The text of a letter with what is still to be filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    subject: Vec<Part>,
    paragraphs: Vec<Vec<Part>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Placeholder(String),
}

/// What is wrong in a line, counted from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub line: usize,
    pub why: String,
}

impl Template {
    /// Reads `Subject: ...` and the body below, or tells all that is wrong.
    pub fn read(kind: &Kind, text: &str) -> Result<Template, Vec<Wrong>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        let mut wrong = Vec::new();
        let mut lines = text.lines();
        let subject = lines.next().and_then(|line| line.strip_prefix(SUBJECT)).map(str::trim);
        let subject = subject.filter(|subject| !subject.is_empty()).unwrap_or_else(|| {
            let why = format!("the first line has to be the subject: {SUBJECT} Your order");
            wrong.push(Wrong { line: 1, why });
            ""
        });
        if subject.chars().count() > SUBJECT_MOST {
            let why = format!("the subject is longer than {SUBJECT_MOST} characters");
            wrong.push(Wrong { line: 1, why });
        }
        let mut read = |line, text| match parts(kind, text) {
            Ok(parts) => parts,
            Err(why) => {
                wrong.extend(why.into_iter().map(|why| Wrong { line, why }));
                Vec::new()
            }
        };
        let subject = read(1, subject);
        let mut paragraphs: Vec<Vec<Part>> = vec![Vec::new()];
        for (line, text) in (2..).zip(lines) {
            let parts = read(line, text.trim_end());
            match paragraphs.last_mut() {
                Some(last) if !text.trim().is_empty() => {
                    if !last.is_empty() {
                        last.push(Part::Text("\n".to_owned()));
                    }
                    last.extend(parts);
                }
                _ => paragraphs.push(Vec::new()),
            }
        }
        paragraphs.retain(|parts| !parts.is_empty());
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let template = Template { subject, paragraphs };
        let why = match kind.needs {
            _ if template.paragraphs.is_empty() => "there is no text below the subject".to_owned(),
            Some(needed) if !template.shows(needed) => {
                format!(
                    "{{{needed}}} is missing below the subject, without which the letter is of no use"
                )
            }
            _ => return Ok(template),
        };
        Err(vec![Wrong { line: text.lines().count().max(1), why }])
    }

    fn shows(&self, name: &str) -> bool {
        let is_it = |part: &Part| matches!(part, Part::Placeholder(known) if known == name);
        self.paragraphs.iter().flatten().any(is_it)
    }

    /// The subject and the body. A paragraph goes if nothing stands for one of its placeholders.
    pub fn fill(&self, values: &BTreeMap<&'static str, String>) -> (String, String) {
        let value = |name: &str| values.get(name).map_or("", String::as_str);
        let is_told = |part: &Part| match part {
            Part::Text(_) => true,
            Part::Placeholder(name) => !value(name).is_empty(),
        };
        let fill = |parts: &[Part]| -> String {
            let texts = parts.iter().map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Placeholder(name) => tame(value(name)),
            });
            texts.collect()
        };
        let told = self.paragraphs.iter().filter(|parts| parts.iter().all(is_told));
        let body: Vec<String> = told.map(|parts| fill(parts)).collect();
        // A header is one line, whatever stands for a placeholder.
        let subject = fill(&self.subject).replace('\n', " ");
        (subject, format!("{}\n", body.join("\n\n")))
    }
}

/// Of control characters only line ends mean something in a letter.
fn tame(value: &str) -> String {
    value.replace(|c: char| c.is_control() && c != '\n', " ")
}

fn parts(kind: &Kind, line: &str) -> Result<Vec<Part>, Vec<String>> {
    let (mut parts, mut wrong, mut text) = (Vec::new(), Vec::new(), String::new());
    let mut rest = line;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let from = &rest[at..];
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            text.push_str(&from[..1]);
            rest = after;
            continue;
        }
        let Some((name, after)) = from.strip_prefix('{').and_then(|from| from.split_once('}'))
        else {
            wrong.push("a brace stands alone: write it twice, {{ or }}, if it is meant".to_owned());
            break;
        };
        if kind.knows(name) {
            parts.extend((!text.is_empty()).then(|| Part::Text(std::mem::take(&mut text))));
            parts.push(Part::Placeholder(name.to_owned()));
        } else {
            wrong.push(format!("{{{name}}} is unknown here: {} may stand in it", kind.listed()));
        }
        rest = after;
    }
    text.push_str(rest);
    parts.extend((!text.is_empty()).then_some(Part::Text(text)));
    if wrong.is_empty() { Ok(parts) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind() -> &'static Kind {
        Kind::named("order_cancelled").unwrap()
    }

    fn filled(text: &str, values: &[(&'static str, &str)]) -> (String, String) {
        let values = values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Template::read(kind(), text).unwrap().fill(&values)
    }

    #[test]
    fn placeholders_are_filled_in_and_what_stands_for_them_is_read_no_more() {
        let text = "\u{feff}Subject: No {number}\r\n\r\nA {{brace}} of {shop},\r\n{number}.\r\n\r\n\r\nEnd\r\n";
        let (subject, body) = filled(text, &[("shop", "{number} & {{x}}"), ("number", "7")]);
        assert_eq!(subject, "No 7");
        assert_eq!(body, "A {brace} of {number} & {{x}},\n7.\n\nEnd\n");
    }

    #[test]
    fn a_paragraph_goes_without_what_it_tells() {
        let text = "Subject: {shop}{reason}\nOne\n\nWhy: {reason}\nreally\n\nTwo";
        let shop = ("shop", "Camp");
        assert_eq!(filled(text, &[shop]), ("Camp".into(), "One\n\nTwo\n".into()));
        let told = filled(text, &[shop, ("reason", "it\nbroke")]);
        assert_eq!(told, ("Campit broke".into(), "One\n\nWhy: it\nbroke\nreally\n\nTwo\n".into()));
    }

    #[test]
    fn no_value_has_another_line_in_the_subject_or_is_no_text() {
        let nasty = "a\r\nBcc: all@example.com\0\u{7f}\u{85}";
        let (subject, body) = filled("Subject: {reason}\nText {reason}", &[("reason", nasty)]);
        assert!(!subject.contains(char::is_control), "{subject:?}");
        assert!(!body.contains(|c: char| c.is_control() && c != '\n'), "{body:?}");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let known = "{shop}, {number}, {lines}, {total}, {reason}, {link}";
        for (text, line, why) in [
            ("", 1, "the first line has to be the subject"),
            ("Hello\nText", 1, "the first line has to be the subject"),
            ("Subject:  \nText", 1, "the first line has to be the subject"),
            ("Subject: a {nummer}\nText", 1, "{nummer} is unknown here"),
            ("Subject: a\n\nText\nof {valid_for}.", 4, known),
            ("Subject: a\nText {number", 2, "a brace stands alone"),
            ("Subject: a\nText }", 2, "a brace stands alone"),
            ("Subject: a\nText { number }", 2, "{ number } is unknown"),
            ("Subject: a\n\n", 2, "there is no text"),
        ] {
            let wrong = Template::read(kind(), text).unwrap_err();
            assert_eq!((wrong.len(), wrong[0].line), (1, line), "{text:?}: {wrong:?}");
            assert!(wrong[0].why.contains(why), "{text:?}: {wrong:?}");
        }
        let all = Template::read(kind(), "Subject: {a}\n{b}\n{shop}\n{c} {d}").unwrap_err();
        assert_eq!(all.iter().map(|wrong| wrong.line).collect::<Vec<_>>(), [1, 2, 4, 4]);
        let long = format!("Subject: {}\nText", "x".repeat(201));
        assert!(Template::read(kind(), &long).unwrap_err()[0].why.contains("longer than 200"));
    }

    #[test]
    fn a_letter_with_a_link_does_not_go_without_it() {
        let kind = Kind::named("reset_password").unwrap();
        let wrong = Template::read(kind, "Subject: {link}\nText").unwrap_err();
        assert!(wrong[0].why.contains("{link} is missing below the subject"), "{wrong:?}");
        assert!(Template::read(kind, "Subject: a\n{link}").is_ok());
    }
}
