//! Tables for people: aligned columns without borders, never wider than the terminal.

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Row, Width, presets};
use serde_json::value::RawValue;

use super::clean;
use super::reader::{Reader, lines};
use super::wrap::{CUT, begin, cut, pieces, width, wrap};

/// The blanks between two columns.
const GAP: u16 = 2;
/// The minimum width of a column of text, enough for a date. If it does not fit, another column is dropped.
const NARROWEST: u16 = 10;
/// On a terminal narrower than this, field names may still take half of this width.
const LONGEST_NAME: u16 = 60;
/// The maximum number of lines of a cell in a list.
const LINES: usize = 3;
/// The maximum number of lines of a value in a table of fields. The longest message fits at 40 columns.
const TEXT_LINES: usize = 150;
/// The maximum width of a column of single words, such as the names of actions, that is kept before other columns are
/// dropped. Longer words are wrapped after their hyphens.
const WORD: u16 = 26;
/// The maximum number of digits of an id. Columns of longer numbers may be cut.
const ID: u16 = 20;
/// Precedes the hexadecimal digits of a colour. The square is drawn in that colour.
pub const SWATCH: &str = "■ #";

/// Formats a list as a table, page by page. The first page determines the columns and their widths. Later pages widen
/// only columns of numbers.
pub struct Table {
    columns: Vec<String>,
    heads: Vec<String>,
    widths: Vec<u16>,
    /// The column that takes the remaining width. Its texts are wrapped.
    flexible: usize,
    /// The width of the terminal. `None` if nothing may be cut.
    width: Option<u16>,
    color: bool,
    omits_empty_columns: bool,
    has_header: bool,
}

impl Table {
    pub fn new(columns: Vec<String>, reader: &dyn Reader, width: Option<u16>, color: bool) -> Self {
        let mut heads = heads(&columns);
        for (head, column) in heads.iter_mut().zip(&columns) {
            if let Some(words) = reader.head(column) {
                *head = words.to_uppercase();
            }
        }
        let width = width.map(|width| width.max(1));
        Self {
            columns,
            heads,
            widths: Vec::new(),
            flexible: 0,
            width,
            color,
            omits_empty_columns: false,
            has_header: false,
        }
    }

    /// Omits the columns that are empty in all rows. The next call of [`Self::rows`] must pass all items of the list.
    pub fn omit_empty_columns(&mut self) {
        self.omits_empty_columns = true;
    }

    /// Appends a row for each item. The first rows follow the header.
    pub fn rows(&mut self, items: &[&RawValue], reader: &dyn Reader, to: &mut String) {
        if items.is_empty() {
            return;
        }
        let mut rows: Vec<Vec<String>> = items.iter().map(|item| reader.cells(item, &self.columns)).collect();
        if !self.has_header {
            if self.omits_empty_columns {
                for at in (0..self.columns.len())
                    .rev()
                    .filter(|at| rows.iter().all(|row| row[*at].is_empty()))
                    .collect::<Vec<_>>()
                {
                    if self.columns.len() > 1 {
                        self.drop_column(at, &mut rows);
                    }
                }
            }
            self.flexible = self.widest_text(&rows);
        }
        let flexible = self.width.map(|_| self.flexible);
        for row in &mut rows {
            for (at, text) in row.iter_mut().enumerate() {
                *text = if flexible == Some(at) { lines(text).into_owned() } else { clean::line(text).into_owned() };
            }
        }
        self.measure(&mut rows);
        let has_header = std::mem::replace(&mut self.has_header, true);
        if self.width.is_some() {
            self.wrapped(rows, has_header, to);
            return;
        }
        if !has_header {
            line(&self.heads, &self.widths, if self.color { HEAD } else { "" }, to);
        }
        for row in &rows {
            line(row, &self.widths, "", to);
        }
    }

    /// Appends rows that fit into the width of the terminal.
    fn wrapped(&self, rows: Vec<Vec<String>>, has_header: bool, to: &mut String) {
        let mut table = borderless();
        if !has_header {
            let heads = self.heads.iter().zip(&self.widths);
            table.set_header(heads.map(|(head, width)| self.head(&wrap(head, *width))));
        }
        for mut row in rows {
            for (at, (text, width)) in row.iter_mut().zip(&self.widths).enumerate() {
                *text = if at == self.flexible || is_word(text) || text.contains(' ') {
                    // The rest of the text would be cut anyway, and wrapping a long text is slow.
                    wrap(&begin(text, (LINES + 1) * usize::from(*width)), *width)
                } else {
                    cut(text, *width).into_owned()
                };
            }
            let mut row = Row::from(row);
            row.max_height(LINES);
            table.add_row(row);
        }
        finish(table, &self.widths, self.color, to);
    }

    fn drop_column(&mut self, at: usize, rows: &mut [Vec<String>]) {
        self.columns.remove(at);
        self.heads.remove(at);
        for row in rows {
            row.remove(at);
        }
    }

    /// Drops a column that has a width and bounds of it.
    fn drop_bounded(&mut self, at: usize, rows: &mut [Vec<String>], bounds: [&mut Vec<u16>; 2]) {
        self.flexible -= usize::from(at < self.flexible);
        self.drop_column(at, rows);
        self.widths.remove(at);
        for bounds in bounds {
            bounds.remove(at);
        }
    }

    fn head(&self, text: &str) -> Cell {
        let cell = Cell::new(text);
        if self.color { cell.add_attributes(vec![Attribute::Bold, Attribute::Dim]) } else { cell }
    }

    /// The column with the longest texts, if possible one that has not only single words. The last one if several are
    /// alike.
    fn widest_text(&self, rows: &[Vec<String>]) -> usize {
        let texts = (0..self.columns.len()).filter(|at| !is_number(rows, *at));
        let is_text = |at: usize| widest(rows, at) > NARROWEST && !are_words(rows, at);
        texts.max_by_key(|at| (is_text(*at), widest(rows, *at))).unwrap_or(0)
    }

    /// Sets the widths on the first page, and drops columns that do not fit. Later pages widen columns of numbers,
    /// because a shortened id is useless, and all columns if there is no terminal.
    fn measure(&mut self, rows: &mut [Vec<String>]) {
        let natural = |at: usize, head: &str| widest(rows, at).max(width(head));
        if self.has_header {
            for at in (0..self.columns.len()).filter(|at| self.width.is_none() || is_number(rows, *at)) {
                self.widths[at] = self.widths[at].max(widest(rows, at));
            }
        } else {
            self.widths = self.heads.iter().enumerate().map(|(at, head)| natural(at, head)).collect();
        }
        let Some(room) = self.width else { return };
        let columns = 0..self.columns.len();
        let mut least: Vec<u16> = columns
            .clone()
            .map(|at| {
                let texts = if is_number(rows, at) { ID } else { NARROWEST.max(longest_id(rows, at)) };
                let pieces = if are_words(rows, at) { longest_piece(rows, at) } else { 0 };
                self.widths[at].min(texts.max(pieces).max(longest_word(&self.heads[at])))
            })
            .collect();
        // The same, with room for whole words.
        let mut whole: Vec<u16> =
            columns.map(|at| least[at].max(if are_words(rows, at) { widest(rows, at).min(WORD) } else { 0 })).collect();
        if !self.has_header {
            // The flexible column is the most important one. Those at its right are dropped before words are wrapped.
            while total(&whole) > u32::from(room) && self.columns.len() > self.flexible + 1 {
                let last = self.columns.len() - 1;
                if are_words(rows, last) {
                    break;
                }
                self.drop_bounded(last, rows, [&mut least, &mut whole]);
            }
            while self.columns.len() > 1 && total(&least) > u32::from(room) {
                let last = self.columns.len() - 1;
                let dropped = if self.flexible == last { last - 1 } else { last };
                self.drop_bounded(dropped, rows, [&mut least, &mut whole]);
            }
        }
        if total(&whole) <= u32::from(room) {
            least = whole;
        }
        // The flexible column gets at least a third of the width, and room for its longest word, as long as the other
        // columns can be narrowed without cutting ids.
        let natural = self.widths[self.flexible];
        let spare = u16::try_from(u32::from(room).saturating_sub(total(&least))).unwrap_or(u16::MAX);
        let words = longest_piece(rows, self.flexible).min(room / 2);
        let third = natural.min((room / 3).max(words)).min(least[self.flexible].saturating_add(spare));
        least[self.flexible] = least[self.flexible].max(third);
        shrink(&mut self.widths, &least, room);
        let others = total(&self.widths) - u32::from(self.widths[self.flexible]);
        let left = u16::try_from(u32::from(room).saturating_sub(others)).unwrap_or(u16::MAX);
        // Only the last column takes all remaining width: elsewhere the width would move the next column away.
        let is_last = self.flexible + 1 == self.columns.len();
        let wanted = if is_last { left } else { self.widths[self.flexible].max(NARROWEST).min(left) };
        self.widths[self.flexible] = wanted.max(1);
    }
}

/// Appends an object as a table of its fields. Long values are wrapped.
pub fn object(fields: &[(String, String)], room: Option<u16>, color: bool, to: &mut String) {
    let names = fields.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let Some(room) = room.map(|room| room.max(1)) else {
        for (name, value) in fields {
            let cells = [clean::line(name).into_owned(), clean::line(value).into_owned()];
            line(&cells, &[names, 0], if color { BOLD } else { "" }, to);
        }
        return;
    };
    let names = names.min(room.max(LONGEST_NAME) / 2).min(room.saturating_sub(GAP + 1).max(1));
    let values = room.saturating_sub(names.saturating_add(GAP)).max(1);
    let mut table = borderless();
    let mut widest = 1;
    for (name, value) in fields {
        let name = Cell::new(cut(&clean::line(name), names));
        let name = if color { name.add_attribute(Attribute::Bold) } else { name };
        let value = match value.as_bytes().first() {
            // JSON is cut to one line, because nobody reads wrapped JSON.
            Some(b'[' | b'{') => cut(&clean::line(value), values).into_owned(),
            _ => {
                let text = clean::text(value.trim_end()).replace('\t', " ");
                wrap(&begin(&text, TEXT_LINES * usize::from(values)), values)
            }
        };
        widest = widest.max(width(&value));
        table.add_row(vec![name, Cell::new(value)]);
    }
    finish(table, &[names, values.min(widest)], color, to);
}

/// The column headers: the last meaningful part of each path, or the whole path if two columns would have the same
/// header.
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

/// Whether a column has only ids, other numbers and times, which must not be shortened.
fn is_number(rows: &[Vec<String>], at: usize) -> bool {
    let mut cells = rows.iter().map(|row| row[at].as_str()).filter(|text| !text.is_empty()).peekable();
    cells.peek().is_some()
        && cells.all(|text| {
            let is_digit_or_separator = |b: u8| b.is_ascii_digit() || b"-: Z".contains(&b);
            text.len() <= usize::from(ID) && text.bytes().all(is_digit_or_separator)
        })
}

fn widest(rows: &[Vec<String>], at: usize) -> u16 {
    rows.iter().map(|row| width(&row[at])).max().unwrap_or(0)
}

/// The width of a line with columns of these widths.
fn total(widths: &[u16]) -> u32 {
    let gaps = u32::from(GAP) * u32::try_from(widths.len().saturating_sub(1)).unwrap_or(u32::MAX);
    widths.iter().copied().map(u32::from).sum::<u32>() + gaps
}

/// Narrows the widest columns until all fit into `room`: first to their minimum widths, then below them if necessary.
fn shrink(widths: &mut [u16], least: &[u16], room: u16) {
    for is_forced in [false, true] {
        let floor = |at: usize| if is_forced { 1 } else { least[at] };
        while let Some(excess) = total(widths).checked_sub(u32::from(room)).filter(|n| *n > 0) {
            let Some(widest) = (0..widths.len()).filter(|at| widths[*at] > floor(*at)).max_by_key(|at| widths[*at])
            else {
                break;
            };
            // A cell can be thousands of columns wide: the part beyond the terminal is removed in one step.
            let over = widths[widest].saturating_sub(room.max(floor(widest)));
            widths[widest] -= over.min(u16::try_from(excess).unwrap_or(u16::MAX)).max(1);
        }
    }
}

/// The width of the longest id in a column, such as the id of an object whose name is not known.
fn longest_id(rows: &[Vec<String>], at: usize) -> u16 {
    let is_id = |text: &&str| (17..=usize::from(ID)).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    rows.iter().map(|row| row[at].as_str()).filter(is_id).map(width).max().unwrap_or(0)
}

/// The width of the longest part of a column's texts that [`wrap`] does not break.
fn longest_piece(rows: &[Vec<String>], at: usize) -> u16 {
    rows.iter().map(|row| longest_word(&row[at])).max().unwrap_or(0)
}

/// The width of the longest part of a text that [`wrap`] does not break.
fn longest_word(text: &str) -> u16 {
    text.split_whitespace().flat_map(pieces).map(width).max().unwrap_or(0)
}

/// Whether a column has only words, and not only numbers or no text.
fn are_words(rows: &[Vec<String>], at: usize) -> bool {
    widest(rows, at) > 0 && !is_number(rows, at) && rows.iter().all(|row| is_word(&row[at]))
}

/// Whether a text is empty or a single word in lowercase, such as the name of an action, which says little if it is cut.
fn is_word(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The styles of a list's header and of a field's name.
const HEAD: &str = "\x1b[1m\x1b[2m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// Appends cells as one line of any length, without wrapping. [`HEAD`] styles all cells; any other `style` applies to the
/// first cell.
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
        // The caller decides whether there is a terminal and whether to use colour.
        .force_no_tty()
        .enforce_styling()
        .style_text_only();
    table
}

/// Sets the column widths and appends the lines of the table. Its columns exist only after rows are added, so the widths
/// are set last.
fn finish(mut table: comfy_table::Table, widths: &[u16], color: bool, to: &mut String) {
    for (at, (column, width)) in table.column_iter_mut().zip(widths).enumerate() {
        let gap = if at + 1 == widths.len() { 0 } else { GAP };
        column.set_padding((0, gap));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width.saturating_add(gap))));
    }
    for line in table.lines() {
        paint(line.trim_end(), color, to);
        to.push('\n');
    }
}

/// Appends a line, with each swatch drawn in the colour whose digits follow it.
fn paint(line: &str, color: bool, to: &mut String) {
    let mut rest = line;
    while color && let Some(at) = rest.find(SWATCH) {
        let (before, swatch) = rest.split_at(at);
        let (swatch, after) = swatch.split_at(SWATCH.len());
        to.push_str(before);
        match after.get(..6).and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(rgb) => {
                let [_, red, green, blue] = rgb.to_be_bytes();
                to.push_str(&format!("\x1b[38;2;{red};{green};{blue}m■{RESET} #"));
            }
            None => to.push_str(swatch),
        }
        rest = after;
    }
    to.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::super::reader::Fields;
    use super::*;

    fn fields_of(item: &RawValue) -> Vec<(String, String)> {
        Fields.fields(item, None)
    }

    fn list(columns: &[&str], width: Option<u16>, pages: &[&[&str]]) -> String {
        let columns = columns.iter().map(|c| (*c).to_owned()).collect();
        let mut table = Table::new(columns, &Fields, width, false);
        let mut to = String::new();
        for page in pages {
            let items: Vec<&RawValue> = page.iter().map(|item| serde_json::from_str(item).unwrap()).collect();
            table.rows(&items, &Fields, &mut to);
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
        ID                   AUTHOR           TIMESTAMP             CONTENT
        1145000000000000001  ada              2024-05-01 12:34:56Z  Shall we meet at noon, by the
                                                                    old mill? I bring bread,
                                                                    cheese and the plans.…
        1145000000000000002  zoë_with_a_lon…  2024-05-01 12:35:00Z  日本語 👩‍👩‍👧 ok
        999
        ");
    }

    #[test]
    fn words_are_whole_or_wrapped_after_hyphens_and_headings_are_never_cut() {
        let row = |action: &str, target: &str| {
            format!(
                r#"{{"by":"sandbox-bot","action_type":"{action}","target":"{target}","reason":"spam in general","id":"1145000000000000001"}}"#
            )
        };
        let rows = [row("channel-overwrite-create", "general"), row("role-update", "A role with a long name")];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let columns = &["by", "action_type", "target", "reason", "id"];
        // The id is dropped before the actions are wrapped.
        insta::assert_snapshot!(list(columns, Some(79), &[&rows]), @r"
        BY           ACTION TYPE               TARGET                   REASON
        sandbox-bot  channel-overwrite-create  general                  spam in general
        sandbox-bot  role-update               A role with a long name  spam in general
        ");
        insta::assert_snapshot!(list(columns, Some(40), &[&rows]), @r"
        BY           ACTION TYPE   TARGET
        sandbox-bot  channel-      general
                     overwrite-
                     create
        sandbox-bot  role-update   A role with a
                                   long name
        ");
        let row = r#"{"name":"a name that takes most of the line","archive_changed":"2 days ago","owner":"ada"}"#;
        let shown = list(&["name", "archive_changed", "owner"], Some(30), &[&[row]]);
        let heads: Vec<&str> = shown.lines().take(2).map(str::trim).collect();
        assert!(heads[0].contains("ARCHIVE  ") && heads[1] == "CHANGED", "{shown}");
    }

    #[test]
    fn a_narrow_terminal_drops_columns_rather_than_shorten_ids() {
        insta::assert_snapshot!(list(MESSAGE, Some(50), &[&[ADA, ZOE, BOB]]), @r"
        ID                   AUTHOR       CONTENT
        1145000000000000001  ada          Shall we meet at
                                          noon, by the old
                                          mill? I bring…
        1145000000000000002  zoë_with_a…  日本語 👩‍👩‍👧 ok
        999
        ");
    }

    #[test]
    fn in_a_pipe_nothing_is_shortened_and_each_item_is_one_line() {
        insta::assert_snapshot!(list(MESSAGE, None, &[&[ADA, ZOE, BOB]]), @r"
        ID                   AUTHOR                             TIMESTAMP             CONTENT
        1145000000000000001  ada                                2024-05-01 12:34:56Z  Shall we meet at noon, by the old mill? I bring bread, cheese and the plans. And an umbrella.
        1145000000000000002  zoë_with_a_long_name_that_goes_on  2024-05-01 12:35:00Z  日本語 👩‍👩‍👧 ok
        999
        ");
    }

    #[test]
    fn without_a_terminal_a_long_text_stays_on_one_line() {
        let text = "word ".repeat(80_000);
        let item = format!(r#"{{"id":"7","content":"{text}","n":1}}"#);
        let printed = list(&["id", "content", "n"], None, &[&[&item]]);
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!((lines.len(), lines[1].len()), (2, "7   ".len() + text.len() + "  1".len()));
        let value: &RawValue = serde_json::from_str(&item).unwrap();
        let mut shown = String::new();
        object(&fields_of(value), None, false, &mut shown);
        assert_eq!(shown, format!("id       7\ncontent  {}\nn        1\n", text.trim_end()));
    }

    #[test]
    fn the_first_page_determines_the_column_widths_and_later_ids_are_not_shortened() {
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
        object(&fields_of(channel), Some(60), false, &mut to);
        insta::assert_snapshot!(to, @r#"
        id                     1145000000000000001
        name                   general
        topic                  All that has no other place: news,
                               questions, and pictures of cats
        nsfw                   no
        parent_id              null
        permission_overwrites  [{"id":"1","type":0,"allow":"0","den…
        rate_limit_per_user    0
        "#);
    }

    #[test]
    fn headers_are_short_and_unique() {
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
    fn text_is_shortened_by_its_width_and_not_by_its_bytes() {
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
    fn an_id_in_a_column_of_names_is_not_shortened() {
        let entry =
            r#"{"by":"ada_with_a_long_name","target":"1145000000000000001","reason":"a reason of several words"}"#;
        let other = r#"{"by":"ken","target":"news","reason":"another one"}"#;
        let shown = list(&["by", "target", "reason"], Some(50), &[&[entry, other]]);
        assert!(shown.contains("1145000000000000001"), "{shown}");
    }

    #[test]
    fn items_that_are_not_objects_have_one_column() {
        assert_eq!(list(&["value"], Some(20), &[&["\"a\"", "7"]]), "VALUE\na\n7\n");
    }

    #[test]
    fn a_terminal_too_narrow_for_all_columns_shows_the_first() {
        let item = r#"{"id":"1145000000000000001","name":"general","guild_id":"1145000000000000002"}"#;
        let columns = ["id", "guild_id", "name"];
        for (width, expected) in [
            (52, "ID                   GUILD ID             NAME\n1145000000000000001  1145000000000000002  general\n"),
            (40, "ID                   NAME\n1145000000000000001  general\n"),
            (10, "NAME\ngeneral\n"),
            (4, "NAME\ngene\nral\n"),
        ] {
            assert_eq!(list(&columns, Some(width), &[&[item]]), expected, "{width}");
        }
    }

    #[test]
    fn empty_columns_are_omitted_from_a_complete_list() {
        let item: &RawValue = serde_json::from_str(r#"{"id":"7","nick":null,"name":"a"}"#).unwrap();
        let columns = ["id", "nick", "name"].map(str::to_owned).to_vec();
        let mut table = Table::new(columns, &Fields, Some(40), false);
        table.omit_empty_columns();
        let mut to = String::new();
        table.rows(&[item], &Fields, &mut to);
        assert_eq!(to, "ID  NAME\n7   a\n");
    }

    #[test]
    fn a_swatch_is_drawn_in_the_colour_next_to_it() {
        let mut to = String::new();
        paint("a ■ #ff8000 b ■ #none", true, &mut to);
        assert_eq!(to, "a \x1b[38;2;255;128;0m■\x1b[0m #ff8000 b ■ #none");
        let mut to = String::new();
        paint("a ■ #ff8000", false, &mut to);
        assert_eq!(to, "a ■ #ff8000");
    }

    #[test]
    fn values_of_any_length_fit_into_the_table() {
        let long = "9".repeat(70_000);
        let item = format!(r#"{{"id":"{long}","user_id":"{long}","name":"{long}","tags":["{long}"],"{long}":0}}"#);
        for room in [None, Some(0), Some(1), Some(80), Some(u16::MAX)] {
            let table = list(&["id", "user_id", "tags", "name"], room, &[&[&item], &[&item]]);
            let mut to = String::new();
            object(&fields_of(serde_json::from_str(&item).unwrap()), room, false, &mut to);
            let fits = |line: &str| room.is_none_or(|room| width(line) <= room.max(4));
            assert!(table.lines().count() > 1 && table.lines().chain(to.lines()).all(fits), "{room:?}");
        }
    }
}
