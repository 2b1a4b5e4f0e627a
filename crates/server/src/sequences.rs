//! What comes to mind when one is to think of letters: the alphabet, numbers, rows of the keyboard.

/// Rows of keyboards; the alphabet and the digits are sequences anyway.
const ROWS: &[&str] = &[
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "1234567890",
    "!@#$%^&*()",
    "!\"§$%&/()=",
];

/// Whether the last of three characters goes on as the first two began: in even steps, or along a row.
pub fn continues(three: &[char]) -> bool {
    let [first, second, third] = [0, 1, 2].map(|at| i64::from(u32::from(three[at])));
    let step = second - first;
    let is_sequence = step == third - second && step.abs() <= 2;
    let forth: String = three.iter().collect();
    let back: String = three.iter().rev().collect();
    is_sequence || ROWS.iter().any(|row| row.contains(&forth) || row.contains(&back))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_goes_on_and_other_letters_do_not() {
        for (three, expected) in [
            ("abc", true),
            ("cba", true),
            ("ace", true),
            ("aaa", true),
            ("qwe", true),
            ("poi", true),
            ("890", true),
            ("αβγ", true),
            ("#$%", true),
            ("&%$", true),
            ("abd", false),
            ("adg", false),
            ("qwf", false),
        ] {
            assert_eq!(continues(&three.chars().collect::<Vec<_>>()), expected, "{three}");
        }
    }
}
