//! What holds of every refusal.

use server::http::problems::Problem;

/// So many characters are enough to say what is wrong.
const SHORT: usize = 300;
const ERRORS_MOST: usize = 100;

/// A refusal blames the client, briefly, and repeats nothing that a terminal or a log could take
/// for a command.
pub fn refused(problem: &Problem) {
    let status = problem.status().as_u16();
    assert!((400..500).contains(&status), "refused with {status}");
    readable("detail", problem.detail());
    assert!(problem.field_errors().len() <= ERRORS_MOST, "too many errors are named");
    for error in problem.field_errors() {
        readable("field", &error.field);
        readable("message", &error.message);
    }
}

pub fn readable(what: &str, text: &str) {
    let length = text.chars().count();
    assert!(length <= SHORT, "{what} has {length} characters: {text:?}");
    assert!(!text.contains(char::is_control), "{what} has control characters: {text:?}");
}
