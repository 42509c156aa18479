//! Formats a page as text for a terminal or a pipe.

use std::borrow::Cow;

use clap::builder::styling::{AnsiColor, Style};

use super::page::{Entry, Page, Section, Short};
use crate::model::wrap::wrap;

/// How to format a page.
#[derive(Clone, Copy, Debug)]
pub struct HelpStyle {
    /// Whether to show all details (`--help`), or a summary (`-h`).
    pub all: bool,
    pub width: usize,
    pub color: bool,
}

/// The maximum width of lines. Longer ones are hard to read, even on a wide terminal.
const WIDEST: usize = 100;
/// If a term is longer than this, its text starts on the next line.
const LONGEST_TERM: usize = 30;
/// The maximum number of lines to which short help shortens a long list of names.
const MOST_LINES: usize = 2;
/// A list of at most this many names is never shortened: the others would not be much shorter than the whole list.
const FEW_NAMES: usize = 4;
/// The indent of continuation lines.
const FURTHER: usize = 4;
const HEADING: Style = AnsiColor::Blue.on_default().bold();
const TERM: Style = AnsiColor::Green.on_default();
const PLAIN: Style = Style::new();

/// Formats a page, with a line break at the end.
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
        // Of several forms, each begins a line.
        let has_forms = page.usage.contains('\n');
        let further = if has_forms { 0 } else { FURTHER };
        let lines = |width: usize| {
            let of_form = |line: &str| {
                let mut lines = fold(line, width, width - FURTHER);
                lines
                    .iter_mut()
                    .skip(1)
                    .filter(|_| has_forms)
                    .for_each(|line| line.insert_str(0, &" ".repeat(FURTHER)));
                lines
            };
            page.usage.lines().flat_map(of_form).collect()
        };
        out.labelled("Usage", lines, further);
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
        for (title, lines, names) in in_short(&page.sections) {
            out.section(title, &lines);
            if !names.is_empty() {
                out.text.push_str("  ");
                out.text.push_str(&wrap(&format!("Also: {}", names.join(", ")), out.width - 2).join("\n  "));
                out.text.push('\n');
            }
        }
    }
    if let (true, Some(aliases)) = (options.all, &page.aliases) {
        out.labelled("Aliases", |width| wrap(aliases, width), 0);
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
        out.labelled("Prints", |width| wrap(prints, width), 0);
    }
    if let (true, Some(discord)) = (options.all, &page.discord) {
        out.labelled("Discord", |width| path(discord, width), FURTHER);
    }
    if !page.more.is_empty() && !options.all {
        out.text.push('\n');
        out.paragraph(&page.more);
    }
    out.text
}

/// The sections of short help: the headings, the entries below each, and the names of other flags.
fn in_short(sections: &[Section]) -> Vec<(&str, Vec<&Entry>, Vec<&str>)> {
    let mut shown: Vec<(&str, Vec<&Entry>, Vec<&str>)> = Vec::new();
    for section in sections {
        let title = if section.short_title.is_empty() { &section.title } else { section.short_title };
        if shown.iter().all(|(shown, ..)| *shown != title) {
            shown.push((title, Vec::new(), Vec::new()));
        }
        let (_, lines, names) =
            shown.iter_mut().find(|(shown, ..)| *shown == title).expect("the title was added if it was missing");
        let entries = section.short.as_ref().map_or(&section.entries[..], std::slice::from_ref);
        lines.extend(entries.iter().filter(|entry| entry.short == Short::Line));
        let others = entries.iter().filter(|entry| entry.short == Short::Name);
        names.extend(others.filter_map(|entry| entry.term.split([' ', '[']).next()));
    }
    shown
}

/// Formats entries without a heading, in two columns: terms and texts.
pub fn list(entries: &[Entry], style: HelpStyle) -> String {
    let width = style.width.clamp(40, WIDEST);
    let mut out = Writer { text: String::new(), abridged: !style.all, width, color: style.color };
    out.entries(&entries.iter().collect::<Vec<_>>());
    out.text
}

/// Joins and wraps the lines of each paragraph, and wraps the texts of a list in their column. Other indented lines
/// do not change.
pub fn prose(text: &str, width: usize) -> String {
    let width = width.clamp(40, WIDEST);
    let mut out = String::new();
    for block in text.trim_end().split("\n\n") {
        if !out.is_empty() {
            out.push('\n');
        }
        let (indented, spoken): (Vec<&str>, Vec<&str>) = block.lines().partition(|line| line.starts_with("  "));
        let wrapped = if spoken.is_empty() { Vec::new() } else { wrap(&spoken.join(" "), width) };
        for line in wrapped {
            out.push_str(&line);
            out.push('\n');
        }
        list_lines(&indented, width, &mut out);
    }
    out
}

/// Writes indented lines. The text of a list's line, `  TERM  text`, is wrapped in its column.
fn list_lines(lines: &[&str], width: usize, out: &mut String) {
    let mut lines = lines.iter().peekable();
    while let Some(line) = lines.next() {
        let Some(column) = text_column(line) else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        let (term, text) = line.split_at(column);
        let mut text = text.to_owned();
        let further = |next: &&&str| next.len() - next.trim_start().len() == column;
        while let Some(next) = lines.next_if(further) {
            text.push(' ');
            text.push_str(next.trim_start());
        }
        let indent = format!("\n{:column$}", "");
        out.push_str(term);
        out.push_str(&wrap(&text, width - column.min(width / 2)).join(&indent));
        out.push('\n');
    }
}

/// The index in bytes of the text in a list's line, after an indent of two spaces, a term, and at least two spaces.
fn text_column(line: &str) -> Option<usize> {
    let term = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?;
    let gap = 2 + term.find("  ")?;
    Some(line.len() - line[gap..].trim_start().len())
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

    /// Writes a heading with its text on the same line. `lines` wraps the text to a width.
    fn labelled(&mut self, title: &str, lines: impl Fn(usize) -> Vec<String>, further: usize) {
        self.heading(title);
        self.text.pop();
        let indent = title.len() + 2;
        self.text.push(' ');
        self.text.push_str(&lines(self.width - indent).join(&format!("\n{:1$}", "", indent + further)));
        self.text.push('\n');
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

    /// Writes entries in two columns: terms and texts.
    fn entries(&mut self, entries: &[&Entry]) {
        // If any flag has a short form, all long forms are aligned. Short help has no room for this.
        let has_short = !self.abridged && entries.iter().any(|e| e.term.starts_with('-') && !e.term.starts_with("--"));
        let indent = |e: &Entry| if has_short && e.term.starts_with("--") { 6 } else { 2 };
        let length = |e: &Entry| indent(e) + e.term.chars().count();
        let longest = LONGEST_TERM.min(self.width * 3 / 8);
        let column = entries.iter().map(|e| length(e)).filter(|n| *n <= longest).max().unwrap_or(4) + 2;
        for entry in entries {
            // If the text has a word that is too long for its column, the text goes below the term, where it has more
            // room.
            let fits = entry.text.split(' ').all(|word| word.chars().count() <= self.width - column);
            let column = if fits { column } else { 2 + FURTHER };
            let whole = Cow::Borrowed(entry.text.as_str());
            let text = if self.abridged { abridged(entry, self.width - column) } else { whole };
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

/// A list with more names than this says where the others are.
const MANY: usize = 15;

/// The text of an entry. A list of possible values, or of flags with the same prefix, is shortened so that the text
/// fits into two lines.
fn abridged(entry: &Entry, width: usize) -> Cow<'_, str> {
    let text = entry.text.as_str();
    const LIST: &str = "[possible values: ";
    let within = text.find(LIST).and_then(|start| Some((start + LIST.len(), start + text[start..].find(']')?)));
    let within = within.or_else(|| entry.term.ends_with('…').then_some((0, text.len())));
    let Some((start, end)) = within.filter(|_| wrap(text, width).len() > MOST_LINES) else {
        return Cow::Borrowed(text);
    };
    let cuts: Vec<usize> = text[start..end].match_indices(", ").map(|(at, _)| start + at).collect();
    if cuts.len() < FEW_NAMES && text[..start].ends_with(LIST) {
        return Cow::Borrowed(text);
    }
    // If many names are left out, the list says where they are.
    let rest = if cuts.len() > MANY { "… (all: --help)" } else { "…" };
    let cut = |at: usize| format!("{}, {rest}{}", &text[..at], &text[end..]);
    let fitting = cuts.iter().rev().map(|at| cut(*at)).find(|text| wrap(text, width).len() <= MOST_LINES);
    // At least the first name remains.
    fitting.or_else(|| Some(cut(*cuts.first()?))).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// A method and path, wrapped after slashes. All lines except the first are indented.
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

/// Wraps a command line in such a way that a shell still reads it as one line: a pipeline after its pipes, and a
/// command with backslashes.
pub fn command(line: &str, width: usize) -> String {
    if line.chars().count() <= width - 2 {
        return line.to_owned();
    }
    let indent = format!("\n{:1$}", "", 2 + FURTHER);
    // Each line except the last ends with a space and a backslash or a pipe.
    let stages = stages(line);
    let first = |at: usize| if at == 0 { width - 2 } else { width - 2 - FURTHER };
    let stages = stages.iter().enumerate();
    let stages = stages.map(|(at, stage)| fold(stage, first(at), width - 2 - FURTHER).join(&format!(" \\{indent}")));
    stages.collect::<Vec<_>>().join(&format!(" |{indent}"))
}

/// The commands of a pipeline.
fn stages(line: &str) -> Vec<&str> {
    let mut start = 0;
    let mut stages = Vec::new();
    for at in spaces(line).filter(|at| line[*at..].starts_with(" | ")) {
        stages.push(&line[start..at]);
        start = at + " | ".len();
    }
    stages.push(&line[start..]);
    stages
}

/// Wraps a command line between words, with each flag on the same line as its value. `first` is the width of the
/// first line, `others` that of all other lines.
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
    for at in spaces(line) {
        let unit = &line[starts.last().copied().unwrap_or(0)..at];
        let next = &line[at + 1..];
        let has_value = unit.starts_with('-') && !unit.contains(' ') && !next.starts_with(['-', '[', '|']);
        if !has_value {
            starts.push(at + 1);
        }
    }
    starts.push(line.len() + 1);
    starts.windows(2).map(|pair| &line[pair[0]..pair[1] - 1]).collect()
}

/// The indexes of the spaces outside quotes.
fn spaces(line: &str) -> impl Iterator<Item = usize> {
    let mut quote = None;
    let mut escaped = false;
    line.char_indices().filter_map(move |(at, c)| {
        let is_literal = escaped;
        escaped = c == '\\' && !is_literal && quote != Some('\'');
        match (quote, c) {
            _ if is_literal => {}
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ') => return Some(at),
            _ => {}
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;
    use crate::cli::page;

    /// The number of lines of a terminal in which short help must fit.
    const SCREEN: usize = 40;

    #[test]
    fn only_lines_with_unbreakable_text_are_wider_than_the_terminal() {
        for (noun, row) in catalogue::commands() {
            for width in [60, 80, 120] {
                let shown = page(&page::endpoint(row), HelpStyle { all: true, width, color: false });
                for line in shown.lines().filter(|l| l.contains(' ')) {
                    // A quoted string, or a flag with its value, cannot be wrapped.
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
                    // A quoted string cannot be wrapped.
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
    fn short_help_of_every_command_fits_on_a_screen() {
        for (_, row) in catalogue::commands() {
            let shown = page(&page::endpoint(row), HelpStyle { all: false, width: 80, color: false });
            let lines = shown.lines().count();
            assert!(lines <= SCREEN, "dcord {}: {lines} lines; mark fields with minor\n{shown}", row.words());
        }
    }

    #[test]
    fn short_help_names_every_flag_of_a_command() {
        for (_, row) in catalogue::commands() {
            let shown = page(&page::endpoint(row), HelpStyle { all: false, width: 80, color: false });
            let words: Vec<&str> = shown.split([' ', ',', '\n', '[']).collect();
            for param in row.all_params().filter(|p| p.has_flag() && !p.positional) {
                let flag = format!("--{}", param.flag());
                let group = flag.split_once('.').map(|(group, _)| format!("{group}.…"));
                let alias = param.alias.map(|alias| format!("--{alias}"));
                let is_named = [alias.as_deref(), Some(group.as_deref().unwrap_or(&flag))]
                    .into_iter()
                    .flatten()
                    .any(|name| words.contains(&name));
                assert!(is_named, "dcord {}: {flag}\n{shown}", row.words());
            }
        }
    }

    #[test]
    fn short_help_shortens_long_lists_of_names() {
        let short = |term: &str, text: &str, width| abridged(&Entry::new(term, text), width).into_owned();
        let few = "Set it [possible values: a, b] (required)";
        assert_eq!(short("--a", few, 40), few);
        let several = "Set it [possible values: error, split, file, truncate] (required)";
        assert_eq!(short("--a", several, 20), several, "a list of four names is whole");
        let many =
            "Set it [possible values: guild-text, dm, guild-voice, group-dm, guild-category, forum, media] (required)";
        assert_eq!(
            short("--a", many, 40),
            "Set it [possible values: guild-text, dm, guild-voice, group-dm, …] (required)"
        );
        assert_eq!(short("--a", many, 10), "Set it [possible values: guild-text, …] (required)");
        assert_eq!(short("--a", many, 100), many);
        let endless = format!("Set it [possible values: {}ban]", "kick, ".repeat(40));
        assert_eq!(
            short("--a", &endless, 40),
            "Set it [possible values: kick, kick, kick, kick, kick, kick, … (all: --help)]"
        );
        assert_eq!(short("--embed.…", "title, url, color", 8), "title, url, …");
        assert_eq!(short("Messages", "message, pin, poll", 8), "message, pin, poll", "a list of commands is whole");
    }

    #[test]
    fn a_list_in_prose_is_wrapped_with_a_hanging_indent() {
        let text = "These:\n\n  a    one two three four five six seven\n       eight\n  b    nine\n\n  dcord help a b c d e f g h i j k l m n o p";
        assert_eq!(
            prose(text, 40),
            "These:\n\n  a    one two three four five six seven\n       eight\n  b    nine\n\n  dcord help a b c d e f g h i j k l m n o p\n"
        );
        let wider = prose(text, 60);
        assert!(wider.contains("seven eight\n  b    nine\n"), "{wider}");
    }

    #[test]
    fn a_long_command_is_broken_with_backslashes() {
        assert_eq!(command("dcord a b", 20), "dcord a b");
        assert_eq!(
            command("dcord a '#b c' --d 'e f' --g -h 1 | jq .", 16),
            "dcord a '#b c' \\\n      --d 'e f' \\\n      --g -h 1 |\n      jq ."
        );
        let quoted = r#"dcord a --jq "b \"c | d\" e" f"#;
        assert_eq!(command(quoted, 20), "dcord a \\\n      --jq \"b \\\"c | d\\\" e\" \\\n      f");
    }

    #[test]
    fn the_text_of_a_long_term_starts_on_the_next_line() {
        let entry = |term: &str, text: &str| Entry { term: term.to_owned(), text: text.to_owned(), short: Short::Line };
        let mut out = Writer { text: String::new(), abridged: true, width: 40, color: false };
        out.section("T", &[&entry("--a N", "one two three four five six seven"), &entry(&"x".repeat(40), "y")]);
        let long = "x".repeat(40);
        assert_eq!(
            out.text,
            format!("\nT:\n  --a N  one two three four five six\n         seven\n  {long}\n         y\n")
        );
    }
}
