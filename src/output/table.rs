//! Tables for people: aligned columns without borders, as wide as the terminal.

use std::borrow::Cow;

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Row, Width, presets};
use serde_json::value::RawValue;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

use super::clean;
use super::compact::compact;
use crate::model::items;

/// The blanks between two columns.
const GAP: u16 = 2;
/// No column is made narrower than this to make room.
const NARROWEST: u16 = 8;
/// The names of fields may take half of this even where the terminal is narrower.
const LONGEST_NAME: u16 = 60;
/// A moment's date with the mark of the cut.
const DATE: u16 = 11;
/// How many lines the last column of a list may take.
const LINES: usize = 3;
/// How many lines a text in a table of fields may take: the longest message fits at 40 columns.
const TEXT_LINES: usize = 150;
/// An id has up to 20 digits. What is longer is some other text, and may be cut.
const ID: u16 = 20;
/// How many columns are shown where the caller names none.
const COLUMNS: usize = 6;
const CUT: &str = "…";

/// A list as a table, page by page. The first page decides the columns' widths; only a column of
/// ids grows later, because an id is never cut.
pub struct Table {
    columns: Vec<String>,
    heads: Vec<String>,
    widths: Vec<u16>,
    /// The terminal's, or none where nothing is to be cut.
    width: Option<u16>,
    color: bool,
    is_headed: bool,
}

impl Table {
    pub fn new(columns: Vec<String>, width: Option<u16>, color: bool) -> Self {
        let heads = heads(&columns);
        Self { columns, heads, widths: Vec::new(), width, color, is_headed: false }
    }

    /// Appends a line for each item, under the header if these are the first.
    pub fn rows(&mut self, items: &[&RawValue], to: &mut String) {
        if items.is_empty() {
            return;
        }
        let rows: Vec<Vec<String>> = items.iter().map(|item| self.cells(item)).collect();
        self.measure(&rows);
        let is_headed = std::mem::replace(&mut self.is_headed, true);
        if self.width.is_some() {
            self.wrapped(rows, is_headed, to);
            return;
        }
        if !is_headed {
            line(&self.heads, &self.widths, if self.color { HEAD } else { "" }, to);
        }
        for row in &rows {
            line(row, &self.widths, "", to);
        }
    }

    /// Appends rows within the terminal's width.
    fn wrapped(&self, rows: Vec<Vec<String>>, is_headed: bool, to: &mut String) {
        let mut table = borderless();
        if !is_headed {
            let heads = self.heads.iter().zip(&self.widths);
            table.set_header(heads.map(|(head, width)| self.head(&cut(head, *width))));
        }
        for mut row in rows {
            if let (Some((text, others)), Some(room)) = (row.split_last_mut(), self.widths.last()) {
                for (text, width) in others.iter_mut().zip(&self.widths) {
                    *text = cut(text, *width).into_owned();
                }
                // More would be wrapped, which takes long for a long text, and then cut.
                *text = begin(text, (LINES + 1) * usize::from(*room)).into_owned();
            }
            let mut row = Row::from(row);
            row.max_height(LINES);
            table.add_row(row);
        }
        finish(table, &self.widths, to);
    }

    /// What an item has in each column. The last one may be of several lines on a terminal.
    fn cells(&self, item: &RawValue) -> Vec<String> {
        let last = self.columns.len().saturating_sub(1);
        (0..self.columns.len())
            .map(|at| match value(item, &self.columns, at) {
                Some(value) if at == last && self.width.is_some() => {
                    let text = cell(value, true);
                    let lines = text.lines().filter(|line| !line.trim().is_empty());
                    lines.collect::<Vec<_>>().join("\n")
                }
                Some(value) => cell(value, false),
                None => String::new(),
            })
            .collect()
    }

    fn head(&self, text: &str) -> Cell {
        let cell = Cell::new(text);
        if self.color { cell.add_attributes(vec![Attribute::Bold, Attribute::Dim]) } else { cell }
    }

    /// Sets the widths on the first page. Later only what must not be cut grows: ids, and where
    /// there is no terminal everything. The last column has what the others leave.
    fn measure(&mut self, rows: &[Vec<String>]) {
        let columns = 0..self.columns.len();
        let last = columns.end.saturating_sub(1);
        let cells = |at: usize| rows.iter().map(move |row| row[at].as_str());
        let widest = |at: usize| cells(at).map(width).max().unwrap_or(0);
        let natural = |at: usize| widest(at).max(width(&self.heads[at]));
        let is_id = |at: usize| widest(at) <= ID && (is_id(&self.columns[at]) || cells(at).any(is_snowflake));
        if self.is_headed {
            for at in columns.filter(|at| self.width.is_none() || is_id(*at)) {
                self.widths[at] = self.widths[at].max(natural(at));
            }
        } else {
            self.widths = columns.clone().map(natural).collect();
            if let Some(room) = self.width {
                let floors: Vec<Floor> = columns
                    .map(|at| match at {
                        _ if is_id(at) => Floor::Whole,
                        _ if cells(at).any(is_moment) => Floor::Moment,
                        _ => Floor::Text,
                    })
                    .collect();
                shrink(&mut self.widths, &floors, room);
            }
        }
        if let Some(room) = self.width
            && !is_id(last)
        {
            let others = self.widths[..last].iter();
            let others = others.fold(0, |sum: u16, w| sum.saturating_add(*w).saturating_add(GAP));
            self.widths[last] = room.saturating_sub(others).max(NARROWEST);
        }
    }
}

/// Appends an object as a table of its fields. Texts are wrapped, lists and objects cut to the
/// width.
pub fn object(fields: &[(Cow<'_, str>, &RawValue)], room: Option<u16>, color: bool, to: &mut String) {
    let names = fields.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let Some(room) = room else {
        for (name, value) in fields {
            let value = if value.get() == "null" { "null".to_owned() } else { cell(value, false) };
            line(&[clean::line(name).into_owned(), value], &[names, 0], if color { BOLD } else { "" }, to);
        }
        return;
    };
    let names = names.min(room.max(LONGEST_NAME) / 2);
    let values = room.saturating_sub(names.saturating_add(GAP)).max(NARROWEST);
    let mut table = borderless();
    let mut widest = 1;
    for (name, value) in fields {
        let name = Cell::new(cut(&clean::line(name), names));
        let name = if color { name.add_attribute(Attribute::Bold) } else { name };
        let value = match value.get().as_bytes().first() {
            Some(b'"') => begin(&cell(value, true), TEXT_LINES * usize::from(values)).into_owned(),
            Some(b'n') => "null".to_owned(),
            _ => cut(&cell(value, false), values).into_owned(),
        };
        widest = widest.max(width(&value));
        table.add_row(vec![name, Cell::new(value)]);
    }
    finish(table, &[names, values.min(widest)], to);
}

/// The columns of a list for which none are named: the first fields of its first item, without
/// lists and objects if there are others.
pub fn columns_of(item: &RawValue) -> Vec<String> {
    let mut fields = fields(item).unwrap_or_default();
    let is_plain = |value: &RawValue| !value.get().starts_with(['[', '{']);
    if fields.iter().any(|(_, value)| is_plain(value)) {
        fields.retain(|(_, value)| is_plain(value));
    }
    fields.truncate(COLUMNS);
    if fields.is_empty() {
        return vec!["value".to_owned()];
    }
    fields.into_iter().map(|(name, _)| name.into_owned()).collect()
}

/// The fields of an object, in its order. `None` if it is none.
pub fn fields(object: &RawValue) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    struct Fields;
    impl<'de> serde::de::Visitor<'de> for Fields {
        type Value = Vec<(Cow<'de, str>, &'de RawValue)>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut fields = Vec::new();
            while let Some(field) = map.next_entry()? {
                fields.push(field);
            }
            Ok(fields)
        }
    }
    let mut de = serde_json::Deserializer::from_str(object.get());
    serde::de::Deserializer::deserialize_map(&mut de, Fields).ok()
}

/// What an item has in a column; `None` for null and for nothing. An item that is no object stands
/// in the first column.
pub fn value<'a>(item: &'a RawValue, columns: &[String], at: usize) -> Option<&'a RawValue> {
    let value = if item.get().starts_with('{') { items::field(item, &columns[at]) } else { (at == 0).then_some(item) };
    value.filter(|value| value.get() != "null")
}

/// The text of a JSON string. `None` for any other value, and for a string that is no text.
pub fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// A value as it stands in a cell, on one line unless it may be wrapped.
fn cell(value: &RawValue, wraps: bool) -> String {
    match text(value) {
        Some(text) => match moment(&text) {
            Some(moment) => moment,
            None if wraps => clean::text(text.trim_end()).replace('\t', " "),
            None => clean::line(&text).into_owned(),
        },
        None => clean::line(&compact(value.get())).into_owned(),
    }
}

/// A time as Discord writes it, shortened: `2024-05-01T12:34:56.123000+00:00` to
/// `2024-05-01 12:34:56Z`. `None` for any other text.
fn moment(text: &str) -> Option<String> {
    let (time, zone) = text.split_at_checked("0000-00-00T00:00:00".len())?;
    let fraction = zone.strip_suffix("+00:00").or_else(|| zone.strip_suffix('Z'))?;
    let digits = fraction.strip_prefix('.').unwrap_or("0");
    let is_fraction = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let moment = format!("{}Z", time.replacen('T', " ", 1));
    (is_fraction && time.as_bytes()[10] == b'T' && is_moment(&moment)).then_some(moment)
}

/// Whether a text is a time as [`moment`] shortens it.
fn is_moment(text: &str) -> bool {
    let shape = b"0000-00-00 00:00:00Z";
    let fits = |(byte, shape): (u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        shape => byte == *shape,
    };
    text.len() == shape.len() && text.bytes().zip(shape).all(fits)
}

/// What stands above the columns: the last part of a path that says something by itself, all of
/// them if two columns would be called the same.
fn heads(columns: &[String]) -> Vec<String> {
    let words = |text: &str| clean::line(text).replace(['.', '_'], " ").to_uppercase();
    let short: Vec<String> = columns
        .iter()
        .map(|path| match path.rsplit_once('.') {
            Some((parent, "username" | "name" | "global_name")) => words(parent.rsplit('.').next().unwrap_or(parent)),
            Some((_, "id")) | None => words(path),
            Some((_, last)) => words(last),
        })
        .collect();
    let clashes = |head: &String| short.iter().filter(|other| *other == head).count() > 1;
    columns.iter().zip(&short).map(|(path, head)| if clashes(head) { words(path) } else { head.clone() }).collect()
}

/// Whether a column is one of ids, by its name.
fn is_id(column: &str) -> bool {
    let name = column.rsplit('.').next().unwrap_or(column);
    name == "id" || name.ends_with("_id")
}

fn is_snowflake(text: &str) -> bool {
    (17..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// How far a column may be narrowed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Floor {
    /// Not at all.
    Whole,
    /// To its date, and only if narrowing texts did not make room enough.
    Moment,
    Text,
}

/// Takes width from the widest columns until all fit, as far as they may be narrowed: first so that
/// the last column keeps a third of the room, then without regard to it.
fn shrink(widths: &mut [u16], floors: &[Floor], room: u16) {
    let last = widths.len().saturating_sub(1);
    let gaps = GAP.saturating_mul(u16::try_from(last).unwrap_or(u16::MAX));
    let room = room.saturating_sub(gaps);
    for is_forced in [false, true] {
        let floor = |at: usize| match floors[at] {
            Floor::Whole => u16::MAX,
            Floor::Moment if is_forced => DATE,
            Floor::Moment => u16::MAX,
            Floor::Text if at == last && !is_forced => (room / 3).max(NARROWEST),
            Floor::Text => NARROWEST,
        };
        loop {
            let total: u32 = widths.iter().copied().map(u32::from).sum();
            let Some(excess) = total.checked_sub(u32::from(room)).filter(|n| *n > 0) else {
                return;
            };
            let Some(widest) = (0..widths.len()).filter(|at| widths[*at] > floor(*at)).max_by_key(|at| widths[*at])
            else {
                break;
            };
            // A cell can be thousands wide: what no terminal has goes at once.
            let over = widths[widest].saturating_sub(room.max(floor(widest)));
            widths[widest] -= over.min(u16::try_from(excess).unwrap_or(u16::MAX)).max(1);
        }
    }
}

/// The widest line of a text, in columns of a terminal.
fn width(text: &str) -> u16 {
    let widest = text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
    u16::try_from(widest).unwrap_or(u16::MAX)
}

/// The first characters of a text, with a mark if there are more. A character is what a person takes
/// for one: a family is an emoji of several that must not come apart.
fn begin(text: &str, length: usize) -> Cow<'_, str> {
    match text.grapheme_indices(true).nth(length) {
        Some((end, _)) => Cow::Owned(format!("{}{CUT}", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The text within a width, with a mark where it was cut.
fn cut(text: &str, room: u16) -> Cow<'_, str> {
    if width(text) <= room {
        return Cow::Borrowed(text);
    }
    let room = usize::from(room.saturating_sub(1));
    let mut end = 0;
    let mut used = 0;
    for (at, character) in text.grapheme_indices(true) {
        used += character.width();
        if used > room {
            break;
        }
        end = at + character.len();
    }
    Cow::Owned(format!("{}{CUT}", text[..end].trim_end()))
}

/// The styles of a list's head and of a field's name.
const HEAD: &str = "\x1b[1m\x1b[2m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// Appends cells as one line, whatever their length: where nothing is wrapped, nothing needs laying out.
/// `style` is that of the first cell, and of all of them if it is a head's.
fn line(cells: &[String], widths: &[u16], style: &str, to: &mut String) {
    for (at, (cell, room)) in cells.iter().zip(widths).enumerate() {
        if !style.is_empty() && !cell.is_empty() && (at == 0 || style == HEAD) {
            to.extend([style, cell, RESET]);
        } else {
            to.push_str(cell);
        }
        if at + 1 < cells.len() {
            let blanks = usize::from(room.saturating_sub(width(cell)) + GAP);
            to.extend(std::iter::repeat_n(' ', blanks));
        }
    }
    to.truncate(to.trim_end_matches(' ').len());
    to.push('\n');
}

fn borderless() -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::MAX)
        .set_truncation_indicator(CUT)
        // Whether there is a terminal, and colour, was decided elsewhere.
        .force_no_tty()
        .enforce_styling()
        .style_text_only();
    table
}

/// Lays the table out. Its columns came to be with its rows, so their widths come last.
fn finish(mut table: comfy_table::Table, widths: &[u16], to: &mut String) {
    for (at, (column, width)) in table.column_iter_mut().zip(widths).enumerate() {
        let gap = if at + 1 == widths.len() { 0 } else { GAP };
        column.set_padding((0, gap));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width.saturating_add(gap))));
    }
    for line in table.lines() {
        to.push_str(line.trim_end());
        to.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(columns: &[&str], width: Option<u16>, pages: &[&[&str]]) -> String {
        let columns = columns.iter().map(|c| (*c).to_owned()).collect();
        let mut table = Table::new(columns, width, false);
        let mut to = String::new();
        for page in pages {
            let items: Vec<&RawValue> = page.iter().map(|item| serde_json::from_str(item).unwrap()).collect();
            table.rows(&items, &mut to);
        }
        to
    }

    const MESSAGE: &[&str] = &["id", "author.username", "timestamp", "content"];
    const ADA: &str = r#"{"id":"1145000000000000001","author":{"username":"ada"},"timestamp":"2024-05-01T12:34:56.123000+00:00","content":"Shall we meet at noon, by the old mill? I bring bread, cheese and the plans.\n\nAnd an umbrella."}"#;
    const ZOE: &str = r#"{"id":"1145000000000000002","author":{"username":"zoë_with_a_long_name_that_goes_on"},"timestamp":"2024-05-01T12:35:00+00:00","content":"日本語 👩‍👩‍👧 ok"}"#;
    const BOB: &str = r#"{"id":"999","author":null,"timestamp":null,"content":""}"#;

    #[test]
    fn a_list_fills_the_terminal_and_wraps_its_last_column() {
        insta::assert_snapshot!(list(MESSAGE, Some(90), &[&[ADA, ZOE, BOB]]), @r"
        ID                   AUTHOR             TIMESTAMP             CONTENT
        1145000000000000001  ada                2024-05-01 12:34:56Z  Shall we meet at noon, by
                                                                      the old mill? I bring bread,
                                                                      cheese and the plans.…
        1145000000000000002  zoë_with_a_long_…  2024-05-01 12:35:00Z  日本語 👩‍👩‍👧 ok
        999
        ");
    }

    #[test]
    fn a_narrow_terminal_cuts_everything_but_ids() {
        insta::assert_snapshot!(list(MESSAGE, Some(50), &[&[ADA, ZOE, BOB]]), @r"
        ID                   AUTHOR    TIMESTAMP    CONTENT
        1145000000000000001  ada       2024-05-01…  Shall we
                                                    meet at
                                                    noon, b…
        1145000000000000002  zoë_wit…  2024-05-01…  日本語
                                                    👩‍👩‍👧 ok
        999
        ");
    }

    #[test]
    fn in_a_pipe_nothing_is_cut_and_an_item_is_a_line() {
        insta::assert_snapshot!(list(MESSAGE, None, &[&[ADA, ZOE, BOB]]), @r"
        ID                   AUTHOR                             TIMESTAMP             CONTENT
        1145000000000000001  ada                                2024-05-01 12:34:56Z  Shall we meet at noon, by the old mill? I bring bread, cheese and the plans. And an umbrella.
        1145000000000000002  zoë_with_a_long_name_that_goes_on  2024-05-01 12:35:00Z  日本語 👩‍👩‍👧 ok
        999
        ");
    }

    #[test]
    fn where_there_is_no_terminal_the_longest_text_is_one_line() {
        let text = "word ".repeat(80_000);
        let item = format!(r#"{{"id":"7","content":"{text}","n":1}}"#);
        let printed = list(&["id", "content", "n"], None, &[&[&item]]);
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!((lines.len(), lines[1].len()), (2, "7   ".len() + text.len() + "  1".len()));
        let value: &RawValue = serde_json::from_str(&item).unwrap();
        let mut shown = String::new();
        object(&fields(value).unwrap(), None, false, &mut shown);
        assert_eq!(shown, format!("id       7\ncontent  {}\nn        1\n", text.trim_end()));
    }

    #[test]
    fn the_first_page_decides_the_widths_and_later_ids_are_still_whole() {
        let later = r#"{"id":"1145000000000000003","name":"a name that is longer than before"}"#;
        let first = r#"{"id":"7","name":"general"}"#;
        insta::assert_snapshot!(list(&["id", "name"], Some(40), &[&[first], &[], &[later]]), @r"
        ID  NAME
        7   general
        1145000000000000003  a name that is
                             longer than before
        ");
    }

    #[test]
    fn an_object_is_a_table_of_its_fields() {
        let channel: &RawValue = serde_json::from_str(
            r#"{"id":"1145000000000000001","name":"general","topic":"All that has no other place: news, questions, and pictures of cats","nsfw":false,"parent_id":null,"permission_overwrites":[{"id":"1","type":0,"allow":"0","deny":"2048"}],"rate_limit_per_user":0}"#,
        )
        .unwrap();
        let mut to = String::new();
        object(&fields(channel).unwrap(), Some(60), false, &mut to);
        insta::assert_snapshot!(to, @r#"
        id                     1145000000000000001
        name                   general
        topic                  All that has no other place: news,
                               questions, and pictures of cats
        nsfw                   false
        parent_id              null
        permission_overwrites  [{"id":"1","type":0,"allow":"0","den…
        rate_limit_per_user    0
        "#);
    }

    #[test]
    fn heads_are_short_and_all_different() {
        for (columns, wanted) in [
            (vec!["id", "author.username", "content"], vec!["ID", "AUTHOR", "CONTENT"]),
            (vec!["user.id", "user.username", "nick"], vec!["USER ID", "USER", "NICK"]),
            (vec!["a.user.username", "b.user.username"], vec!["A USER USERNAME", "B USER USERNAME"]),
            (vec!["rate_limit_per_user", "guild.name"], vec!["RATE LIMIT PER USER", "GUILD"]),
        ] {
            let columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
            assert_eq!(heads(&columns), wanted);
        }
    }

    #[test]
    fn only_discord_s_times_are_shortened() {
        for (text, wanted) in [
            ("2024-05-01T12:34:56.123000+00:00", Some("2024-05-01 12:34:56Z")),
            ("2024-05-01T12:34:56+00:00", Some("2024-05-01 12:34:56Z")),
            ("2024-05-01T12:34:56Z", Some("2024-05-01 12:34:56Z")),
            ("2024-05-01T12:34:56.+00:00", None),
            ("2024-05-01T12:34:56+02:00", None),
            ("2024-05-01", None),
            ("2024-05-01T12:34:5žZ", None),
            ("at 2024-05-01T12:34:56Z", None),
        ] {
            assert_eq!(moment(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn text_is_cut_by_its_width_and_not_by_its_bytes() {
        for (text, room, wanted) in [
            ("short", 5, "short"),
            ("longer", 5, "long…"),
            ("日本語", 5, "日本…"),
            ("日本語", 6, "日本語"),
            ("日本語", 4, "日…"),
            ("a b", 2, "a…"),
            // A family of three is one character, two columns wide.
            ("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 5, "👨‍👩‍👧👨‍👩‍👧…"),
            ("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 4, "👨‍👩‍👧…"),
            ("👍🏽👍🏽", 3, "👍🏽…"),
        ] {
            assert_eq!(cut(text, room), wanted);
        }
    }

    #[test]
    fn items_that_are_no_objects_have_a_column_too() {
        let item: &RawValue = serde_json::from_str("\"a\"").unwrap();
        assert_eq!(columns_of(item), ["value"]);
        for (item, wanted) in [
            (r#"{"a":[],"b":1,"c":{},"d":null}"#, vec!["b", "d"]),
            (r#"{"a":[],"c":{}}"#, vec!["a", "c"]),
            ("{}", vec!["value"]),
        ] {
            assert_eq!(columns_of(serde_json::from_str(item).unwrap()), wanted);
        }
        assert_eq!(list(&["value"], Some(20), &[&["\"a\"", "7"]]), "VALUE\na\n7\n");
    }

    #[test]
    fn an_item_too_wide_for_any_terminal_is_shown_all_the_same() {
        assert_eq!(
            list(
                &["id", "guild_id"],
                Some(10),
                &[&[r#"{"id":"1145000000000000001","guild_id":"1145000000000000002"}"#]]
            ),
            "ID                   GUILD ID\n1145000000000000001  1145000000000000002\n"
        );
    }

    #[test]
    fn values_of_any_length_are_laid_out() {
        let long = "9".repeat(70_000);
        let item = format!(r#"{{"id":"{long}","user_id":"{long}","name":"{long}","tags":["{long}"],"{long}":0}}"#);
        for width in [None, Some(0), Some(1), Some(80), Some(u16::MAX)] {
            let table = list(&["id", "user_id", "tags", "name"], width, &[&[&item], &[&item]]);
            assert!(table.starts_with("ID "), "{width:?}");
            let mut to = String::new();
            object(&fields(serde_json::from_str(&item).unwrap()).unwrap(), width, false, &mut to);
            assert!(to.starts_with("id "), "{width:?}");
        }
    }
}
