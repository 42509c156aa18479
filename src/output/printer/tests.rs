use std::io;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::model::Link;

const MESSAGES: View = View { columns: &["id", "author.username", "content"], id: Some("id"), link: None, items: None };
const THREADS: View = View { columns: &["id", "name"], id: Some("id"), link: None, items: Some("threads") };
const PLAIN: View = View { columns: &[], id: None, link: None, items: None };

const LIST: &str = r#"[{"id":"1145000000000000001","author":{"username":"ada"},"content":"hello","n":1.50},
 {"id":"1145000000000000002","author":{"username":"bob"},"content":"two\nlines","n":2}]"#;
const THREAD_LIST: &str = r#"{"threads":[{"id":"1","name":"a"},{"id":"2","name":"b"}],"has_more":false}"#;

fn style(format: Format) -> Style {
    Style { format, is_default: false, jq: None, fields: None, terminal: false, width: 60, color: false }
}

fn on_terminal(format: Format) -> Style {
    Style { terminal: true, ..style(format) }
}

fn with_jq(format: Format, program: &str) -> Style {
    Style { jq: Some(Jq::compile(program).unwrap()), ..style(format) }
}

fn with_fields(format: Format, fields: &str) -> Style {
    Style { fields: Some(Fields::parse(fields).unwrap()), ..style(format) }
}

fn try_print(style: Style, view: View, body: &[u8], kind: Option<&str>) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out, style, view)?;
    printer.answer(body, kind)?;
    printer.finish()?;
    Ok(out)
}

fn print(style: Style, view: View, body: &str) -> String {
    let out = try_print(style, view, body.as_bytes(), Some("application/json; charset=utf-8"));
    String::from_utf8(out.unwrap()).unwrap()
}

fn pages(style: Style, view: View, pages: &[&str]) -> Result<String, Error> {
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out, style, view)?;
    for page in pages {
        printer.page(&items::items(page.as_bytes(), None).unwrap())?;
    }
    printer.finish()?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn jsonl_prints_the_items_as_discord_sent_them() {
    let object = r#"{ "id": "1", "n":1.50e3 }"#;
    let compact = r#"{"threads":[{"id":"1","name":"a"},{"id":"2","name":"b"}],"has_more":false}"#;
    for (view, body, wanted) in [
        (PLAIN, object, "{ \"id\": \"1\", \"n\":1.50e3 }\n".to_owned()),
        (PLAIN, "{\n\"a\":\n1}\n", "{\"a\":1}\n".to_owned()),
        (THREADS, THREAD_LIST, "{\"id\":\"1\",\"name\":\"a\"}\n{\"id\":\"2\",\"name\":\"b\"}\n".to_owned()),
        (PLAIN, THREAD_LIST, format!("{compact}\n")),
        (THREADS, r#"{"threads":[[{"id":"1"}],[{"id":"2"}]]}"#, "{\"id\":\"1\"}\n{\"id\":\"2\"}\n".to_owned()),
        (PLAIN, "[]", String::new()),
        (THREADS, "{}", String::new()),
        (PLAIN, "", String::new()),
        (PLAIN, "null", "null\n".to_owned()),
    ] {
        assert_eq!(print(style(Format::Jsonl), view, body), wanted, "{body}");
    }
}

#[test]
fn json_prints_the_whole_document_of_one_response() {
    assert_eq!(print(style(Format::Json), THREADS, THREAD_LIST), format!("{THREAD_LIST}\n"));
    assert_eq!(print(style(Format::Json), PLAIN, "[\n]"), "[]\n");
    assert_eq!(
        print(on_terminal(Format::Json), THREADS, r#"{"threads":[{"id":"1"}]}"#),
        "{\n  \"threads\": [\n    {\n      \"id\": \"1\"\n    }\n  ]\n}\n"
    );
    let color = Style { color: true, ..on_terminal(Format::Json) };
    assert!(print(color, PLAIN, r#"{"a":"\u001b"}"#).contains("\x1b[32m\"\\u001b\"\x1b[0m"));
}

#[test]
fn json_prints_all_pages_as_one_array() {
    let two = ["[{\"id\":\"1\"},{\"id\":\"2\"}]", "[]", "[{\"id\":\"3\"}]"];
    assert_eq!(pages(style(Format::Json), PLAIN, &two).unwrap(), "[{\"id\":\"1\"},{\"id\":\"2\"},{\"id\":\"3\"}]\n");
    assert_eq!(pages(style(Format::Json), PLAIN, &["[]"]).unwrap(), "[]\n");
    assert_eq!(pages(style(Format::Json), PLAIN, &[]).unwrap(), "");
    assert_eq!(pages(on_terminal(Format::Json), PLAIN, &["[]"]).unwrap(), "[]\n");
    let pretty = pages(on_terminal(Format::Json), PLAIN, &two).unwrap();
    let value: Value = serde_json::from_str(&pretty).unwrap();
    assert_eq!(pretty, format!("{}\n", serde_json::to_string_pretty(&value).unwrap()));
}

#[test]
fn an_array_stays_open_if_the_output_ends_early() {
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out, style(Format::Json), PLAIN).unwrap();
    printer.page(&items::items(b"[1,2]", None).unwrap()).unwrap();
    drop(printer);
    assert_eq!(out, b"[1,2");
}

#[test]
fn raw_prints_only_the_body() {
    let body = "{\n \"a\": 1}";
    assert_eq!(print(style(Format::Raw), THREADS, body), body);
    assert_eq!(print(on_terminal(Format::Raw), PLAIN, "{\"a\":\"\u{9b}\"}"), "{\"a\":\"\\u009b\"}\n");
    assert!(matches!(pages(style(Format::Raw), PLAIN, &["[1]"]), Err(Error::RawPages)));
}

#[test]
fn id_prints_the_id_of_each_item_on_a_line() {
    assert_eq!(print(style(Format::Id), MESSAGES, LIST), "1145000000000000001\n1145000000000000002\n");
    assert_eq!(print(style(Format::Id), THREADS, THREAD_LIST), "1\n2\n");
    let by_user = View { id: Some("user.id"), ..PLAIN };
    assert_eq!(print(style(Format::Id), by_user, r#"{"user":{"id":"7"}}"#), "7\n");
    // An object without an id prints an empty line.
    for body in ["{}", r#"{"user":{"id":null}}"#] {
        assert_eq!(print(style(Format::Id), by_user, body), "\n");
    }
}

#[test]
fn url_prints_the_link_of_each_item_on_a_line() {
    let codes = View { id: Some("code"), link: Some(Link::Invite), ..PLAIN };
    assert_eq!(print(style(Format::Url), codes, r#"[{"code":"abc"}]"#), "https://discord.gg/abc\n");
    assert_eq!(print(style(Format::Url), codes, r#"{"code":null}"#), "\n");
    let messages = View { link: Some(Link::Message), ..MESSAGES };
    let lacking = try_print(style(Format::Url), messages, br#"{"id":"3","channel_id":"2"}"#, None);
    assert!(matches!(lacking, Err(Error::NoServer)), "{lacking:?}");
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out, style(Format::Url), messages).unwrap();
    printer.set_server(Some("1".to_owned()));
    printer.answer(br#"{"id":"3","channel_id":"2"}"#, None).unwrap();
    assert_eq!(out, b"https://discord.com/channels/1/2/3\n");
    let none = Printer::new(Vec::new(), style(Format::Url), MESSAGES).err().unwrap();
    assert!(matches!(none, Error::NoUrl));
}

#[test]
fn jq_filters_the_items_of_table_csv_id_and_url() {
    let second = "select(.n == 2)";
    assert_eq!(print(with_jq(Format::Id, second), MESSAGES, LIST), "1145000000000000002\n");
    assert_eq!(print(with_jq(Format::Id, "select(.n > 5)"), MESSAGES, LIST), "");
    assert_eq!(print(with_jq(Format::Id, ".author | {id: .username}"), MESSAGES, LIST), "ada\nbob\n");
    assert_eq!(print(with_jq(Format::Id, ".author.username, 7, null"), MESSAGES, LIST), "ada\n7\n\nbob\n7\n\n");
    assert_eq!(print(with_jq(Format::Id, ".n"), PLAIN, r#"{"n":1.50}"#), "1.50\n");
    let shapeless = try_print(with_jq(Format::Id, "{n}"), MESSAGES, LIST.as_bytes(), None);
    assert!(matches!(shapeless, Err(Error::FieldMissing { field: "id", .. })), "{shapeless:?}");
    let csv = print(with_jq(Format::Csv, second), MESSAGES, LIST);
    assert_eq!(csv, "id,author.username,content\n1145000000000000002,bob,\"two\nlines\"\n");
    // Objects of another shape have their own columns.
    assert_eq!(print(with_jq(Format::Csv, "{who: .author.username, n}"), MESSAGES, LIST), "who,n\nada,1.50\nbob,2\n");
    assert_eq!(print(with_jq(Format::Table, "{who: .author.username}"), MESSAGES, LIST), "WHO\nada\nbob\n");
    assert_eq!(print(with_jq(Format::Table, "{id}"), PLAIN, r#"{"id":"7","n":1}"#), "ID\n7\n");
    let codes = View { id: Some("code"), link: Some(Link::Invite), ..PLAIN };
    let invites = r#"[{"code":"a","uses":1},{"code":"b","uses":0}]"#;
    assert_eq!(print(with_jq(Format::Url, "select(.uses > 0)"), codes, invites), "https://discord.gg/a\n");
}

#[test]
fn jq_runs_once_for_each_item_and_prints_strings_raw() {
    assert_eq!(print(with_jq(Format::Jsonl, ".content"), MESSAGES, LIST), "hello\ntwo\nlines\n");
    assert_eq!(print(with_jq(Format::Json, ".n"), MESSAGES, LIST), "1.50\n2\n");
    assert_eq!(print(with_jq(Format::Jsonl, "{id}"), THREADS, THREAD_LIST), "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
    assert_eq!(print(with_jq(Format::Jsonl, "select(.n == 2).id"), MESSAGES, LIST), "1145000000000000002\n");
    assert_eq!(print(with_jq(Format::Jsonl, ".has_more"), PLAIN, THREAD_LIST), "false\n");
    assert_eq!(pages(with_jq(Format::Json, "."), PLAIN, &["[1]", "[2]"]).unwrap(), "1\n2\n");
    let both = Style { fields: Some(Fields::parse("id").unwrap()), ..with_jq(Format::Jsonl, "keys") };
    assert_eq!(print(both, THREADS, THREAD_LIST), "[\"id\"]\n[\"id\"]\n");
    let failing = try_print(with_jq(Format::Jsonl, ".id.x"), MESSAGES, LIST.as_bytes(), None);
    assert!(matches!(failing, Err(Error::Jq(_))));
}

#[test]
fn fields_keep_their_nesting_in_json_and_are_the_columns_elsewhere() {
    let fields = "content,author.username,missing";
    let first = r#"{"content":"hello","author":{"username":"ada"}}"#;
    let second = r#"{"content":"two\nlines","author":{"username":"bob"}}"#;
    assert_eq!(print(with_fields(Format::Jsonl, fields), MESSAGES, LIST), format!("{first}\n{second}\n"));
    assert_eq!(print(with_fields(Format::Json, fields), MESSAGES, LIST), format!("[{first},{second}]\n"));
    assert_eq!(
        print(with_fields(Format::Csv, fields), MESSAGES, LIST),
        "content,author.username,missing\nhello,ada,\n\"two\nlines\",bob,\n"
    );
    assert_eq!(print(with_fields(Format::Json, "id"), THREADS, THREAD_LIST), "[{\"id\":\"1\"},{\"id\":\"2\"}]\n");
}

#[test]
fn csv_has_the_columns_of_the_view_and_one_header_over_all_pages() {
    let page = r#"[{"id":"1","name":"a"}]"#;
    assert_eq!(pages(style(Format::Csv), THREADS, &[page, page]).unwrap(), "id,name\n1,a\n1,a\n");
    assert_eq!(print(style(Format::Csv), THREADS, THREAD_LIST), "id,name\n1,a\n2,b\n");
    assert_eq!(print(style(Format::Csv), MESSAGES, r#"{"id":"1"}"#), "id,author.username,content\n1,,\n");
    assert_eq!(print(style(Format::Csv), THREADS, "[]"), "");
    assert_eq!(print(style(Format::Csv), PLAIN, r#"[{"a":1,"b":{}},{"a":2}]"#), "a\n1\n2\n");
}

#[test]
fn contradictory_options_are_refused_before_a_request() {
    let error = Printer::new(Vec::new(), with_jq(Format::Raw, "."), MESSAGES).err().unwrap();
    assert!(matches!(error, Error::Conflict { option: "--jq", .. }));
    for format in [Format::Id, Format::Raw] {
        let error = Printer::new(Vec::new(), with_fields(format, "id"), MESSAGES).err().unwrap();
        assert!(matches!(error, Error::Conflict { option: "--fields", .. }), "{error}");
    }
    let error = Printer::new(Vec::new(), style(Format::Id), PLAIN).err().unwrap();
    assert!(matches!(error, Error::NoId) && error.hint().is_some());
}

#[test]
fn a_body_that_is_not_json_is_printed_unchanged_but_not_on_a_terminal() {
    let image = b"\x89PNG\r\n\x1a\n\0\xff";
    for format in [Format::Jsonl, Format::Json, Format::Table, Format::Raw] {
        let out = try_print(style(format), PLAIN, image, Some("image/png")).unwrap();
        assert_eq!(out, image, "{format}");
        let error = try_print(on_terminal(format), PLAIN, image, Some("image/png")).unwrap_err();
        assert!(matches!(error, Error::Binary { .. }) && error.hint().is_some(), "{error}");
    }
    let text = try_print(on_terminal(Format::Table), PLAIN, b"id\n\x1b[2J1", Some("text/csv"));
    assert_eq!(text.unwrap(), b"id\n[2J1\n");
    let error = try_print(with_jq(Format::Jsonl, "."), PLAIN, image, Some("image/png"));
    assert!(matches!(error, Err(Error::NoJsonToFilter { .. })));
    for kind in [None, Some("application/json"), Some("application/problem+json; charset=utf-8")] {
        assert_eq!(try_print(style(Format::Jsonl), PLAIN, b"{}", kind).unwrap(), b"{}\n");
        let error = try_print(style(Format::Jsonl), PLAIN, b"<html>", kind).unwrap_err();
        assert!(matches!(error, Error::NotJson(_)));
    }
}

#[test]
fn no_format_prints_control_characters_to_a_terminal() {
    // Discord escapes control characters only where JSON requires it.
    let hostile = "[{\"id\":\"1\",\"content\":\"a\\u001b[2J\\rb\u{9b}c\u{202e}d\u{7f}\",\"k\u{9b}\":\"\u{2066}\"}]";
    let steers =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    for format in [Format::Jsonl, Format::Json, Format::Table, Format::Csv, Format::Id, Format::Raw] {
        let out = print(on_terminal(format), MESSAGES, hostile);
        assert!(!out.contains(steers), "{format}: {out:?}");
        if format != Format::Id {
            assert!(!print(on_terminal(format), PLAIN, hostile).contains(steers), "{format}");
        }
        if matches!(format, Format::Jsonl | Format::Json | Format::Raw) {
            assert!(out.contains(r"\u009b") && out.contains(r"\u001b"), "{format}: {out:?}");
        }
    }
    let object = &hostile[1..hostile.len() - 1];
    assert!(!print(on_terminal(Format::Table), MESSAGES, object).contains(steers));
    let jq = Style { terminal: true, ..with_jq(Format::Jsonl, ".content, .") };
    assert!(!print(jq, MESSAGES, hostile).contains(steers));
    // In a pipe nothing is removed.
    assert_eq!(print(style(Format::Jsonl), MESSAGES, object), format!("{object}\n"));
    assert!(print(with_jq(Format::Jsonl, ".content"), MESSAGES, hostile).starts_with("a\u{1b}[2J\rb"));
}

#[test]
fn an_error_of_stdout_names_its_cause() {
    struct Fails(io::ErrorKind);
    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }
    for format in [Format::Jsonl, Format::Json, Format::Table, Format::Csv, Format::Id, Format::Raw] {
        let fail = |kind| {
            let mut printer = Printer::new(Fails(kind), style(format), MESSAGES).unwrap();
            printer.answer(LIST.as_bytes(), None).unwrap_err()
        };
        assert!(matches!(fail(io::ErrorKind::BrokenPipe), Error::Closed), "{format}");
        assert!(matches!(fail(io::ErrorKind::StorageFull), Error::Full), "{format}");
        assert!(matches!(fail(io::ErrorKind::PermissionDenied), Error::Write(_)), "{format}");
    }
}

proptest! {
    #[test]
    fn json_and_jsonl_preserve_the_value(value in super::super::compact::tests::json()) {
        for body in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            for style in [style(Format::Json), on_terminal(Format::Json)] {
                let out = print(style, PLAIN, &body);
                prop_assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), value.clone());
            }
            let lines = print(style(Format::Jsonl), PLAIN, &format!("{{\"a\":{body}}}"));
            prop_assert_eq!(lines.matches('\n').count(), 1);
            prop_assert_eq!(&serde_json::from_str::<Value>(&lines).unwrap()["a"], &value);
        }
    }

    #[test]
    fn no_body_makes_the_printer_panic(body in any::<Vec<u8>>(), terminal in any::<bool>()) {
        for name in Format::NAMES {
            let style = Style { terminal, ..style(name.parse().unwrap()) };
            let _ = try_print(style, MESSAGES, &body, None);
        }
    }
}

#[test]
fn the_printer_recognises_an_empty_list() {
    for (body, empty) in [("[]", true), (LIST, false), (r#"{"threads":[]}"#, true), (THREAD_LIST, false)] {
        let mut out = Vec::new();
        let mut printer = Printer::new(&mut out, style(Format::Table), THREADS).unwrap();
        printer.answer(body.as_bytes(), None).unwrap();
        assert_eq!(printer.is_empty(), empty, "{body}");
    }
}

#[test]
fn named_columns_are_all_printed_if_they_fit() {
    let names: Vec<String> = (0..9).map(|n| format!("c.{n}")).collect();
    let values: Vec<String> = (0..9).map(|n| format!("\"c.{n}\":{n}")).collect();
    let body = format!("[{{{}}}]", values.join(","));
    let print = |style: Style| {
        let mut out = Vec::new();
        let mut printer = Printer::new(&mut out, style, PLAIN).unwrap();
        let all = printer.set_columns(names.clone());
        printer.page(&items::items(body.as_bytes(), None).unwrap()).unwrap();
        printer.finish().unwrap();
        (all, String::from_utf8(out).unwrap())
    };
    assert_eq!(print(style(Format::Csv)), (true, format!("{}\n0,1,2,3,4,5,6,7,8\n", names.join(","))));
    let (all, table) = print(style(Format::Table));
    assert!(all && table.lines().nth(1).unwrap().trim_end().ends_with('8'), "{table}");
    let (all, table) = print(on_terminal(Format::Table));
    assert!(!all && table.lines().all(|line| line.trim_end().len() <= 60), "{table}");
    assert!(print(on_terminal(Format::Jsonl)).0);
}
