//! Tests every list of the catalogue as a table in terminals of several widths.

use fastrand::Rng;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr;

use super::words::tests::words;
use super::{Names, Reader, Words};
use crate::catalogue::{self, Endpoint};
use crate::output::text::tests::outside_quotes;
use crate::output::{Format, Printer, Style, View};

const WIDTHS: [u16; 5] = [40, 60, 80, 120, 200];

/// Texts in several scripts, with wide, combining and joined characters.
const TEXTS: &[&str] = &[
    "general",
    "日本語のとても長い名前です",
    "שלום עולם, מה שלומך",
    "👩‍👩‍👧👩‍👩‍👧👍🏽 flags 🇫🇷🇩🇪",
    "e\u{301}a\u{308}o\u{302} Z\u{351}\u{36b}a\u{343}lgo",
    "https://example.com/a/very/long/path/without/any/blank/that/could/be/broken?and=a&query=as#well",
    "several words\nof several\tlines \u{1b}[31m and \u{202e}more of them than a line has room for",
    "",
];

/// A random value for a field, which may or may not be plausible.
fn value(rng: &mut Rng, path: &str) -> Value {
    let is_id = path.ends_with("id") && rng.u8(..10) > 0;
    match rng.u8(..10) {
        _ if is_id => json!(rng.u64(1_000_000_000_000_000_000..=u64::MAX).to_string()),
        0 => Value::Null,
        1 => json!(rng.bool()),
        2 => json!(rng.u64(..)),
        3 => json!(rng.u32(..20)),
        4 => json!("2024-05-01T12:34:56.123000+00:00"),
        5 => json!([{"name": text(rng)}, text(rng)]),
        6 => json!({"channel_id": "1", "name": text(rng)}),
        7 => json!([{"channel_id": "1", "emoji_id": null}, 5, [1, 2]]),
        _ => json!(text(rng)),
    }
}

fn text(rng: &mut Rng) -> String {
    (0..rng.usize(1..4)).filter_map(|_| rng.choice(TEXTS)).copied().collect::<Vec<_>>().join(" ")
}

/// An item with a value for each of the row's columns.
fn item(rng: &mut Rng, row: &Endpoint) -> Box<RawValue> {
    let mut item = Map::new();
    for path in row.columns {
        let mut at = &mut item;
        let mut names: Vec<_> = path.split('.').collect();
        let last = names.pop().unwrap();
        for name in names {
            let inner = at.entry(name).or_insert_with(|| json!({}));
            if !inner.is_object() {
                *inner = json!({});
            }
            at = inner.as_object_mut().unwrap();
        }
        at.insert(last.to_owned(), value(rng, path));
    }
    RawValue::from_string(Value::Object(item).to_string()).unwrap()
}

fn print(row: &'static Endpoint, width: u16, color: bool, print: impl FnOnce(&mut Printer<&mut Vec<u8>>)) -> String {
    let style = Style { format: Format::Table, is_default: true, jq: None, fields: None, terminal: true, width, color };
    print_in(style, row, print)
}

fn print_in(style: Style, row: &'static Endpoint, print: impl FnOnce(&mut Printer<&mut Vec<u8>>)) -> String {
    let color = style.color;
    let view = View { columns: row.columns, id: row.id, link: row.link, items: row.items };
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out, style, view).unwrap();
    let words = Words { names: Names::none(), swatches: color, ..words(&Value::Null) };
    printer.set_reader(Box::new(Reader::new(row, words)));
    print(&mut printer);
    printer.finish().unwrap();
    drop(printer);
    String::from_utf8(out).unwrap()
}

#[test]
fn no_line_of_any_list_is_wider_than_the_terminal() {
    let mut rng = Rng::with_seed(10);
    for (noun, row) in catalogue::endpoints().filter(|(_, row)| row.list) {
        for width in WIDTHS {
            let pages: Vec<Vec<_>> = (0..2).map(|_| (0..6).map(|_| item(&mut rng, row)).collect()).collect();
            let shown = print(row, width, false, |printer| {
                for page in &pages {
                    printer.page(&page.iter().map(|item| &**item).collect::<Vec<_>>()).unwrap();
                }
            });
            for line in shown.lines() {
                assert!(line.width() <= usize::from(width), "{} {} at {width}: {line:?}", noun.name, row.verb);
                assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line:?}");
            }
            assert!(shown.lines().count() > 12, "{} {}: each item has a line", noun.name, row.verb);
        }
    }
}

#[test]
fn every_item_of_every_row_is_one_line_of_text_with_all_foreign_text_in_quotes() {
    let mut rng = Rng::with_seed(12);
    for (noun, row) in catalogue::commands() {
        let items: Vec<_> = (0..20).map(|_| item(&mut rng, row)).collect();
        let style = Style {
            format: Format::Text,
            is_default: false,
            jq: None,
            fields: None,
            terminal: false,
            width: 80,
            color: false,
        };
        let shown = print_in(style, row, |printer| {
            printer.page(&items.iter().map(|item| &**item).collect::<Vec<_>>()).unwrap();
            items.iter().for_each(|item| printer.answer(item.get().as_bytes(), None).unwrap());
        });
        // An object is the list of its items where the response contains one.
        let alone = if row.items.is_some() { 0 } else { items.len() };
        assert_eq!(shown.lines().count(), items.len() + alone, "{} {}", noun.name, row.verb);
        for line in shown.lines() {
            let outside = outside_quotes(line).unwrap_or_else(|| panic!("{} {}: {line}", noun.name, row.verb));
            let is_own = |c: char| c.is_ascii_graphic() || c == ' ' || c == '…';
            assert!(outside.chars().all(is_own) && !outside.contains("  "), "{} {}: {line}", noun.name, row.verb);
            // No text of [`TEXTS`], although some of them look like words.
            assert!(!outside.contains("general") && !outside.contains("example"), "{}: {line}", row.words());
            let kind = outside.split(' ').next().unwrap_or_default();
            assert!(catalogue::noun(kind).is_some(), "{} {}: {line}", noun.name, row.verb);
        }
    }
}

#[test]
fn no_line_of_any_object_is_wider_than_the_terminal() {
    let mut rng = Rng::with_seed(11);
    for (noun, row) in catalogue::endpoints().filter(|(_, row)| !row.list && !row.columns.is_empty()) {
        for width in WIDTHS {
            let object = item(&mut rng, row);
            let shown = print(row, width, false, |printer| {
                printer.answer(object.get().as_bytes(), None).unwrap();
            });
            // A truncated link is useless, and so are a truncated name and id of a new object.
            let is_whole =
                |line: &&str| ["Sent ", "Edited ", "Created ", "https://"].iter().any(|start| line.starts_with(start));
            for line in shown.lines().filter(|line| !is_whole(line)) {
                assert!(line.width() <= usize::from(width), "{} {} at {width}: {line:?}", noun.name, row.verb);
            }
        }
    }
}

#[test]
fn the_colour_of_a_role_is_a_swatch_on_a_true_colour_terminal() {
    let row = catalogue::find("role", "list").unwrap();
    let roles = json!([{"id": "1", "name": "Mods", "color": 0x58_65_f2, "position": 1, "permissions": "8"}]);
    let shown = |color| print(row, 80, color, |printer| printer.answer(roles.to_string().as_bytes(), None).unwrap());
    assert!(shown(true).contains("\x1b[38;2;88;101;242m■\x1b[0m #5865f2"), "{}", shown(true));
    assert!(shown(false).contains("#5865f2") && !shown(false).contains(['■', '\x1b']), "{}", shown(false));
}
