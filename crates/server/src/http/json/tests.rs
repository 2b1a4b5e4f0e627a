//! What is JSON is read as it came, and what is not says where.

use super::*;
use serde_json::json;

fn text(text: &str) -> Json<'_> {
    Json::Text(Cow::Borrowed(text))
}

#[test]
fn what_is_json_is_read_as_it_came() {
    for (given, expected) in [
        (" null ", Json::Null),
        ("true", Json::Bool(true)),
        ("-0.10e+400", Json::Number("-0.10e+400")),
        ("\"plain \u{e9}\"", text("plain \u{e9}")),
        (r#""\"\\\/\b\f\n\r\t\u0041\ud83d\udca9""#, text("\"\\/\u{8}\u{c}\n\r\tA\u{1f4a9}")),
        ("[1 , []]", Json::List(vec![Json::Number("1"), Json::List(vec![])])),
        (
            r#"{"a":1,"\u0061":{}}"#,
            Json::Object(vec![("a".into(), Json::Number("1")), ("a".into(), Json::Object(vec![]))]),
        ),
    ] {
        assert_eq!(Json::parse(given.as_bytes()), Ok(expected), "{given}");
    }
}

#[test]
fn plain_text_is_borrowed() {
    let Ok(Json::List(items)) = Json::parse(br#"["plain", "\u0041"]"#) else { panic!() };
    let is_borrowed = |item: &Json| matches!(item, Json::Text(Cow::Borrowed(_)));
    assert_eq!((is_borrowed(&items[0]), is_borrowed(&items[1])), (true, false));
}

#[test]
fn what_is_not_json_says_where() {
    for (given, what, line, column) in [
        ("", "ends too early", 1, 1),
        ("{\"a\":1,\n}", "lacks a name in quotes", 2, 1),
        ("{} {}", "goes on behind its end", 1, 4),
        ("[1 2]", "lacks a comma or ]", 1, 4),
        ("{\"a\" 1}", "lacks a colon", 1, 6),
        ("{\"a\": NaN}", "has no value", 1, 7),
        ("01", "has a number that is none", 1, 2),
        ("1.", "has a number that is none", 1, 3),
        ("1e+", "has a number that is none", 1, 4),
        ("+1", "has no value", 1, 1),
        ("\"\\ud800\"", "has half a character", 1, 8),
        ("\"\\udc00\"", "has half a character", 1, 8),
        ("\"\\x\"", "has an unknown escape", 1, 3),
        ("\"\\u00g0\"", "has an escape without its four digits", 1, 6),
        ("\"a\nb\"", "has a control character in a text", 1, 3),
        ("\"abc", "ends within a text", 1, 5),
        ("\u{feff}{}", "has no value", 1, 1),
    ] {
        let error = Json::parse(given.as_bytes()).unwrap_err();
        assert_eq!(error, JsonError { what, line, column }, "{given}");
    }
    let error = Json::parse(b"{\"a\": \"\xc3\x28\"}").unwrap_err();
    assert_eq!(error.to_string(), "is not UTF-8 at line 1 column 8");
}

#[test]
fn it_nests_as_deep_as_serde_json_and_no_deeper() {
    for (depth, ok) in [(127, true), (128, false), (100_000, false)] {
        let lists = "[".repeat(depth) + &"]".repeat(depth);
        let objects = "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
        for given in [lists, objects] {
            assert_eq!(Json::parse(given.as_bytes()).is_ok(), ok, "{depth}");
            assert_eq!(serde_json::from_str::<Value>(&given).is_ok(), ok, "{depth}");
        }
    }
}

#[test]
fn what_stands_beside_each_other_is_not_nested() {
    for item in ["[]", "{}", "[[1]]", "{\"a\":{}}"] {
        let many = format!("[{}]", vec![item; 1000].join(","));
        assert!(Json::parse(many.as_bytes()).is_ok(), "{item}");
    }
}

#[test]
fn what_we_wrote_is_known_again() {
    let written = json!({"a": 7, "b": [true, null, "x"]});
    for (given, same) in [
        (r#"{"b":[true,null,"\u0078"],"a":7.0}"#, true),
        (r#"{"a":7,"b":[true,null,"x"],"c":1}"#, false),
        (r#"{"a":8,"b":[true,null,"x"]}"#, false),
        (r#"{"a":"7","b":[true,null,"x"]}"#, false),
        (r#"{"a":7,"b":[true,null]}"#, false),
        (r#"{"a":7,"a":7}"#, false),
    ] {
        assert_eq!(Json::parse(given.as_bytes()).unwrap().says(&written), same, "{given}");
    }
}

/// As serde_json has it: of a name that comes twice, the last value.
fn value(json: &Json<'_>) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => json!(flag),
        Json::Number(digits) => serde_json::from_str(digits).unwrap(),
        Json::Text(text) | Json::Word(text) => json!(text),
        Json::List(items) => items.iter().map(value).collect(),
        Json::Object(members) => {
            members.iter().map(|(name, member)| (name.to_string(), value(member))).collect()
        }
        Json::Unreadable => panic!("no text is unreadable"),
    }
}

#[test]
fn it_takes_what_serde_json_takes_and_reads_the_same() {
    const PARTS: [&str; 40] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"a\"",
        "\"a\":",
        "\"\\u0061\"",
        "\\",
        "\\u",
        "d83d",
        "dca9",
        "\\ud83d\\udca9",
        "\\n",
        "\\x",
        "0",
        "1",
        "-",
        "+",
        ".",
        "e",
        "E5",
        "12.5e-3",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\n",
        "\t",
        "\r",
        "\u{1f}",
        "\u{e9}",
        "\u{feff}",
        "[]",
        "{}",
        "[1,",
        "{\"b\":",
    ];
    let (mut seed, mut read) = (7_u64, 0);
    for _ in 0..200_000 {
        let mut text = String::new();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut draws = seed >> 8;
        for _ in 0..1 + seed % 9 {
            text.push_str(PARTS[(draws % 40) as usize]);
            draws /= 40;
        }
        match (Json::parse(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
            (Ok(ours), Ok(theirs)) => {
                assert_eq!(value(&ours), theirs, "{text}");
                read += 1;
            }
            (Err(_), Err(_)) => {}
            // A number that no float can be is still digits.
            (Ok(_), Err(error)) if error.to_string().contains("out of range") => {}
            (ours, theirs) => panic!("{text}: {ours:?} and {theirs:?}"),
        }
    }
    assert!(read > 2_000, "only {read} of them were JSON");
}
