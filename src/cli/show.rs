//! A page as text for a terminal or a pipe.

use std::borrow::Cow;

use clap::builder::styling::{AnsiColor, Style};

use super::page::{Entry, Page};

/// How a page is shown.
#[derive(Clone, Copy, Debug)]
pub struct HelpStyle {
    /// All details (`--help`), or a summary (`-h`).
    pub all: bool,
    pub width: usize,
    pub color: bool,
}

/// Lines longer than this are tiring to read, however wide the terminal is.
const WIDEST: usize = 100;
/// The text of a longer term starts on the next line.
const LONGEST_TERM: usize = 30;
/// Short help shortens lists of names that are longer than this, including the words before them.
const LONGEST_LIST: usize = 36;
/// The indent of continuation lines.
const FURTHER: usize = 4;
const HEADING: Style = AnsiColor::Blue.on_default().bold();
const TERM: Style = AnsiColor::Green.on_default();
const PLAIN: Style = Style::new();

/// The page, with a line break at its end.
pub fn page(page: &Page, options: HelpStyle) -> String {
    let mut out = Writer {
        text: String::new(),
        abridged: !options.all,
        width: options.width.clamp(40, WIDEST),
        color: options.color,
    };
    out.paragraph(&page.about);
    // `dcord explain` also prints pages without a usage line.
    if !page.usage.is_empty() {
        out.heading("Usage");
        out.text.pop();
        let indent = "Usage: ".len();
        let lines = fold(&page.usage, out.width - indent, out.width - indent - FURTHER);
        out.text.push(' ');
        out.text.push_str(&lines.join(&format!("\n{:indent$}", "", indent = indent + FURTHER)));
        out.text.push('\n');
    }
    if options.all {
        for paragraph in &page.paragraphs {
            out.text.push('\n');
            out.paragraph(paragraph);
        }
    }
    if options.all {
        for section in &page.sections {
            out.section(&section.title, &section.entries.iter().collect::<Vec<_>>());
        }
    } else {
        // Sections with a short form are listed together, in the place of the first one.
        let mut gathered: Vec<&Entry> = page.sections.iter().filter_map(|s| s.short.as_ref()).collect();
        for section in &page.sections {
            match section.short {
                Some(_) => out.section(page.gathered, &std::mem::take(&mut gathered)),
                None => {
                    out.section(&section.title, &section.entries.iter().filter(|e| e.essential).collect::<Vec<_>>());
                }
            }
        }
    }
    if !page.examples.is_empty() {
        out.heading("Examples");
        for example in &page.examples {
            out.text.push_str("  ");
            match example.strip_prefix("# ") {
                Some(comment) => {
                    out.text.push_str("# ");
                    out.text.push_str(&wrap(comment, out.width - 4).join("\n  # "));
                }
                None => out.text.push_str(&command(example, out.width - 2)),
            }
            out.text.push('\n');
        }
    }
    if let (true, Some(prints)) = (options.all, &page.prints) {
        out.heading("Prints");
        out.text.pop();
        let indent = "Prints: ".len();
        out.text.push(' ');
        out.text.push_str(&wrap(prints, out.width - indent).join(&format!("\n{:indent$}", "")));
        out.text.push('\n');
    }
    if let (true, Some(discord)) = (options.all, &page.discord) {
        out.heading("Discord");
        out.text.pop();
        let indent = "Discord: ".len();
        out.text.push(' ');
        out.text.push_str(&path(discord, out.width - indent).join(&format!("\n{:1$}", "", indent + FURTHER)));
        out.text.push('\n');
    }
    if !page.more.is_empty() && !options.all {
        out.text.push('\n');
        out.paragraph(&page.more);
    }
    out.text
}

/// Renders entries without a heading: terms in a column, their texts beside them.
pub fn list(entries: &[Entry], style: HelpStyle) -> String {
    let width = style.width.clamp(40, WIDEST);
    let mut out = Writer { text: String::new(), abridged: !style.all, width, color: style.color };
    out.entries(&entries.iter().collect::<Vec<_>>());
    out.text
}

/// Joins and wraps the lines of each paragraph, except indented lines, which stay unchanged.
pub fn prose(text: &str, width: usize) -> String {
    let mut out = String::new();
    for block in text.trim_end().split("\n\n") {
        if !out.is_empty() {
            out.push('\n');
        }
        let (kept, spoken): (Vec<&str>, Vec<&str>) = block.lines().partition(|line| line.starts_with("  "));
        let wrapped = if spoken.is_empty() { Vec::new() } else { wrap(&spoken.join(" "), width.clamp(40, WIDEST)) };
        for line in wrapped.iter().map(String::as_str).chain(kept) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

struct Writer {
    text: String,
    /// Whether to shorten long lists of names.
    abridged: bool,
    width: usize,
    color: bool,
}

impl Writer {
    fn heading(&mut self, title: &str) {
        self.text.push('\n');
        self.styled(HEADING, &format!("{title}:"));
        self.text.push('\n');
    }

    fn styled(&mut self, style: Style, text: &str) {
        let style = if self.color { style } else { PLAIN };
        self.text.push_str(&format!("{style}{text}{style:#}"));
    }

    fn paragraph(&mut self, text: &str) {
        self.text.push_str(&prose(text, self.width));
    }

    fn section(&mut self, title: &str, entries: &[&Entry]) {
        if !entries.is_empty() {
            self.heading(title);
            self.entries(entries);
        }
    }

    /// Writes terms in a column, their texts beside them.
    fn entries(&mut self, entries: &[&Entry]) {
        // If any flag has a short form, all long forms are aligned.
        let has_short = entries.iter().any(|e| e.term.starts_with('-') && !e.term.starts_with("--"));
        let indent = |e: &Entry| if has_short && e.term.starts_with("--") { 6 } else { 2 };
        let length = |e: &Entry| indent(e) + e.term.chars().count();
        let longest = LONGEST_TERM.min(self.width * 3 / 8);
        let column = entries.iter().map(|e| length(e)).filter(|n| *n <= longest).max().unwrap_or(4) + 2;
        for entry in entries {
            let text = if self.abridged { abridged(&entry.text) } else { Cow::Borrowed(entry.text.as_str()) };
            // A word that is too long for the column moves the text to a wider place below the term.
            let fits = text.split(' ').all(|word| word.chars().count() <= self.width - column);
            let column = if fits { column } else { 2 + FURTHER };
            self.text.push_str(&" ".repeat(indent(entry)));
            let is_long = length(entry) > self.width && !entry.term.starts_with('-');
            self.styled(TERM, &if is_long { command(&entry.term, self.width - 2) } else { entry.term.clone() });
            let mut at = length(entry);
            let lines = if text.is_empty() { Vec::new() } else { wrap(&text, self.width - column) };
            for line in lines {
                if at + 2 > column {
                    self.text.push('\n');
                    at = 0;
                }
                self.text.push_str(&" ".repeat(column - at));
                self.text.push_str(&line);
                at = usize::MAX - 2;
            }
            self.text.push('\n');
        }
    }
}

/// The text, with a long list of possible values shortened to the first ones.
fn abridged(text: &str) -> Cow<'_, str> {
    let list = text.find("[possible values: ").and_then(|start| Some((start, start + text[start..].find(']')?)));
    match list {
        Some((start, end)) if end - start > LONGEST_LIST => {
            let within = text[start..end].match_indices(", ").map(|(at, _)| at);
            // The first name always stays.
            let first = within.clone().next();
            let Some(cut) = within.take_while(|at| *at <= LONGEST_LIST).last().or(first) else {
                return Cow::Borrowed(text);
            };
            Cow::Owned(format!("{}, …{}", &text[..start + cut], &text[end..]))
        }
        _ => Cow::Borrowed(text),
    }
}

/// A method and path, broken after slashes to fit the width. Lines after the first are indented.
fn path(line: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for segment in line.split_inclusive('/') {
        let indent = if lines.len() == 1 { 0 } else { FURTHER };
        let last = lines.last_mut().expect("there is always a line");
        if last.is_empty() || indent + last.chars().count() + segment.chars().count() <= width {
            last.push_str(segment);
        } else {
            lines.push(segment.to_owned());
        }
    }
    lines
}

/// A command line, broken with backslashes so that a shell still reads it as one line.
pub fn command(line: &str, width: usize) -> String {
    // Each line but the last ends in a space and a backslash.
    fold(line, width - 2, width - 2 - FURTHER).join(&format!(" \\\n{:1$}", "", 2 + FURTHER))
}

/// A command line broken between words, with each flag on the same line as its value. `first` is the width of the first
/// line, `others` that of the other lines.
fn fold(line: &str, first: usize, others: usize) -> Vec<String> {
    if line.chars().count() <= first {
        return vec![line.to_owned()];
    }
    let mut lines = vec![String::new()];
    for unit in units(line) {
        let width = if lines.len() == 1 { first } else { others };
        let last = lines.last_mut().expect("there is always a line");
        if last.is_empty() {
            last.push_str(unit);
        } else if last.chars().count() + 1 + unit.chars().count() <= width {
            last.push(' ');
            last.push_str(unit);
        } else {
            lines.push(unit.to_owned());
        }
    }
    lines
}

/// The words of a command line. A quoted string is one word, and a flag and its value are one unit.
fn units(line: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ') => {
                let unit = &line[starts.last().copied().unwrap_or(0)..at];
                let next = &line[at + 1..];
                let has_value = unit.starts_with('-') && !unit.contains(' ') && !next.starts_with(['-', '[', '|']);
                if !has_value {
                    starts.push(at + 1);
                }
            }
            _ => {}
        }
    }
    starts.push(line.len() + 1);
    starts.windows(2).map(|pair| &line[pair[0]..pair[1] - 1]).collect()
}

/// The text in lines of at most this many columns, where its words allow.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
            used = length;
        } else if used + 1 + length <= width {
            line.push(' ');
            line.push_str(word);
            used += 1 + length;
        } else {
            lines.push(word.to_owned());
            used = length;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;
    use crate::cli::page;

    #[test]
    fn only_lines_with_unbreakable_text_are_wider_than_the_terminal() {
        for (noun, row) in catalogue::commands() {
            for width in [60, 80, 120] {
                let shown = page(&page::endpoint(row), HelpStyle { all: true, width, color: false });
                for line in shown.lines().filter(|l| l.contains(' ')) {
                    // A quoted string, or a flag with its value, is not broken.
                    let unit = |u: &str| u.chars().count() > width / 2;
                    let long_word = line.trim().split(' ').any(unit) || units(line.trim()).into_iter().any(unit);
                    let fits = line.chars().count() <= width || long_word;
                    assert!(fits, "{} {}: {line}", noun.name, row.verb);
                }
            }
        }
    }

    #[test]
    fn no_line_of_a_noun_is_wider_than_the_terminal() {
        for noun in catalogue::NOUNS {
            for width in [60, 80] {
                let shown = page(&page::noun(noun), HelpStyle { all: false, width, color: false });
                let is_json = |line: &str| line.contains("--message-reference") || line.contains("cdn.discordapp.com");
                for line in shown.lines().filter(|line| !is_json(line)) {
                    // A quoted string is not broken.
                    let fits = line.chars().count() <= width || line.contains('\'') || line.contains("--fields");
                    assert!(fits, "{}: {line}", noun.name);
                }
            }
        }
    }

    #[test]
    fn a_text_with_a_long_word_moves_below_its_term() {
        let mut out = Writer { text: String::new(), abridged: false, width: 40, color: false };
        let word = "y".repeat(30);
        let entries = [Entry::new("--longer N", "a flag"), Entry::new("--a N", format!("x {word}"))];
        out.entries(&entries.iter().collect::<Vec<_>>());
        assert_eq!(out.text, format!("  --longer N  a flag\n  --a N\n      x {word}\n"));
    }

    #[test]
    fn short_help_fits_on_a_screen() {
        for words in [&["message", "send"], &["channel", "create"], &["guild", "edit"], &["member", "list"]] {
            let row = catalogue::find(words[0], words[1]).unwrap();
            let shown = page(&page::endpoint(row), HelpStyle { all: false, width: 80, color: false });
            assert!(shown.lines().count() <= 60, "{words:?}: {} lines", shown.lines().count());
        }
    }

    #[test]
    fn short_help_shortens_long_lists_of_names() {
        let short = "Set it [possible values: a, b] (required)";
        assert_eq!(abridged(short), short);
        let long =
            abridged("Set it [possible values: guild-text, dm, guild-voice, group-dm, guild-category] (required)");
        assert_eq!(long, "Set it [possible values: guild-text, dm, …] (required)");
    }

    #[test]
    fn a_long_command_is_broken_with_backslashes() {
        assert_eq!(command("dcord a b", 20), "dcord a b");
        assert_eq!(
            command("dcord a '#b c' --d 'e f' --g -h 1 | jq .", 16),
            "dcord a '#b c' \\\n      --d 'e f' \\\n      --g -h 1 | \\\n      jq ."
        );
    }

    #[test]
    fn the_text_of_a_long_term_starts_on_the_next_line() {
        let entry = |term: &str, text: &str| Entry { term: term.to_owned(), text: text.to_owned(), essential: true };
        let mut out = Writer { text: String::new(), abridged: true, width: 40, color: false };
        out.section("T", &[&entry("--a N", "one two three four five six seven"), &entry(&"x".repeat(40), "y")]);
        let long = "x".repeat(40);
        assert_eq!(
            out.text,
            format!("\nT:\n  --a N  one two three four five six\n         seven\n  {long}\n         y\n")
        );
    }
}
