//! Styled text that can be truncated to one line or wrapped for a terminal.
//!
//! All text is cleaned when it is added, so that no text from Discord can control the terminal.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::output::clean;

/// The style of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// For less important parts, such as times, ids and marks.
    Dim,
    Bold,
    /// The name of a person, in the colour from [`NAME_COLORS`] that the number selects.
    Person(u8),
    /// For mentions, channels and commands.
    Mention,
    Good,
    Bad,
}

/// The basic colours that are readable on both dark and light backgrounds.
const NAME_COLORS: [&str; 5] = ["\x1b[1;32m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1;35m", "\x1b[1;36m"];
const RESET: &str = "\x1b[0m";
/// The mark at the end of truncated text.
const CUT: &str = "…";
/// The minimum width. A narrower terminal is treated as having this width.
pub const NARROWEST: usize = 20;
/// The maximum number of combining marks on a letter. More would cover neighbouring lines.
const MARKS: usize = 4;

impl Tone {
    /// The tone of a person's name, which depends only on the id.
    pub fn person(id: &str) -> Self {
        // All digits count, because many ids end in zeros.
        let sum = id.bytes().fold(0_u32, |sum, digit| sum.wrapping_mul(31).wrapping_add(u32::from(digit)));
        Self::Person(u8::try_from(sum % 251).unwrap_or(0))
    }

    fn escape(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Dim => "\x1b[2m",
            Self::Bold => "\x1b[1m",
            Self::Person(number) => NAME_COLORS[usize::from(number) % NAME_COLORS.len()],
            Self::Mention => "\x1b[36m",
            Self::Good => "\x1b[32m",
            Self::Bad => "\x1b[31m",
        }
    }
}

/// Text in pieces, each with its own style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Styled(Vec<(Tone, String)>);

/// One visible character, with its width in columns.
#[derive(Clone, Copy)]
struct Cell<'a> {
    text: &'a str,
    tone: Tone,
    width: usize,
}

impl Styled {
    pub fn new(tone: Tone, text: &str) -> Self {
        let mut styled = Self::default();
        styled.push(tone, text);
        styled
    }

    /// Adds text to the line. Line breaks and tabs become spaces.
    pub fn push(&mut self, tone: Tone, text: &str) -> &mut Self {
        self.add(tone, &clean::line(text));
        self
    }

    /// Adds text with its line breaks.
    pub fn push_lines(&mut self, tone: Tone, text: &str) -> &mut Self {
        self.add(tone, &clean::text(text).replace('\t', "    "));
        self
    }

    fn add(&mut self, tone: Tone, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some((last, before)) if *last == tone => push_without_stacks(before, text),
            _ => {
                let mut piece = String::with_capacity(text.len());
                push_without_stacks(&mut piece, text);
                self.0.push((tone, piece));
            }
        }
    }

    pub fn append(&mut self, other: Self) -> &mut Self {
        self.0.extend(other.0);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|(_, text)| text.is_empty())
    }

    /// The same text with all plain pieces in another style.
    pub fn toned(mut self, tone: Tone) -> Self {
        self.0.iter_mut().filter(|(own, _)| *own == Tone::Plain).for_each(|(own, _)| *own = tone);
        self
    }

    /// The text without styles.
    pub fn plain(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// The width of the text on one line, in columns.
    pub fn width(&self) -> usize {
        self.cells().map(|cell| cell.width).sum()
    }

    fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        self.0.iter().flat_map(|(tone, text)| {
            text.graphemes(true).flat_map(move |grapheme| {
                let width = if grapheme == "\n" { 0 } else { grapheme.width() };
                // Some scripts combine any number of letters into one cluster. A wide cluster is divided, so that it
                // fits into any column.
                let parts = if width > 2 { grapheme.char_indices().collect() } else { Vec::new() };
                let whole = parts.is_empty().then_some(Cell { text: grapheme, tone: *tone, width });
                whole.into_iter().chain(parts.into_iter().map(move |(at, c)| {
                    let text = &grapheme[at..at + c.len_utf8()];
                    Cell { text, tone: *tone, width: text.width() }
                }))
            })
        })
    }

    /// Truncates the text to one line of this width. Line breaks become spaces.
    pub fn cut(&self, width: usize) -> Self {
        let mut line = Self::default();
        // The number of pieces, and of bytes in the last one, that leave room for the mark.
        let mut kept = (0, 0);
        let mut used = 0;
        for cell in self.cells() {
            let (text, columns) = if cell.text == "\n" { (" ", 1) } else { (cell.text, cell.width) };
            used += columns;
            if used > width {
                line.truncate(kept);
                if width > 0 {
                    line.push_cell(Tone::Dim, CUT);
                }
                return line;
            }
            line.push_cell(cell.tone, text);
            if used < width {
                kept = (line.0.len(), line.0.last().map_or(0, |(_, text)| text.trim_end().len()));
            }
        }
        line
    }

    fn truncate(&mut self, (pieces, length): (usize, usize)) {
        self.0.truncate(pieces);
        if let Some((_, last)) = self.0.last_mut() {
            last.truncate(length);
        }
    }

    fn push_cell(&mut self, tone: Tone, text: &str) {
        match self.0.last_mut() {
            Some((last, before)) if *last == tone => before.push_str(text),
            _ => self.0.push((tone, text.to_owned())),
        }
    }

    /// Wraps the text, at spaces if possible. `first` is the maximum width of the first line, `rest` that of the
    /// other lines.
    pub fn wrap(&self, first: usize, rest: usize) -> Vec<Self> {
        let mut lines: Vec<Self> = Vec::new();
        let mut line: Vec<Cell<'_>> = Vec::new();
        let mut used = 0;
        let end = |lines: &mut Vec<Self>, line: &mut Vec<Cell<'_>>| {
            let text = line.iter().rposition(|cell| cell.text != " ").map_or(0, |at| at + 1);
            let mut ended = Self::default();
            line.drain(..).take(text).for_each(|cell| ended.push_cell(cell.tone, cell.text));
            lines.push(ended);
        };
        for cell in self.cells() {
            if cell.text == "\n" {
                end(&mut lines, &mut line);
                used = 0;
                continue;
            }
            let room = if lines.is_empty() { first } else { rest };
            if used + cell.width > room && !line.is_empty() {
                if cell.text == " " {
                    // The line break replaces the space.
                    end(&mut lines, &mut line);
                    used = 0;
                    continue;
                }
                let space = line.iter().rposition(|cell| cell.text == " ");
                let word = space.filter(|at| line[..*at].iter().any(|cell| cell.text != " "));
                let tail = word.map_or_else(Vec::new, |at| line.split_off(at + 1));
                end(&mut lines, &mut line);
                line = tail;
                used = line.iter().map(|cell| cell.width).sum();
            }
            line.push(cell);
            used += cell.width;
        }
        if !line.is_empty() {
            end(&mut lines, &mut line);
        }
        lines
    }

    /// Appends the text, with or without colours.
    pub fn paint(&self, color: bool, to: &mut String) {
        for (tone, text) in &self.0 {
            match tone.escape() {
                escape if color && !escape.is_empty() && !text.trim().is_empty() => to.extend([escape, text, RESET]),
                _ => to.push_str(text),
            }
        }
    }
}

/// Appends text without excessive combining marks, of which no language uses so many.
fn push_without_stacks(to: &mut String, text: &str) {
    let mut marks = 0;
    for c in text.chars() {
        let is_mark = !c.is_ascii() && unicode_width::UnicodeWidthChar::width(c) == Some(0);
        marks = if is_mark { marks + 1 } else { 0 };
        if marks <= MARKS {
            to.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(lines: &[Styled]) -> Vec<String> {
        lines.iter().map(Styled::plain).collect()
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_are_broken() {
        for (text, first, rest, lines) in [
            ("one two three", 20, 20, &["one two three"][..]),
            ("one two three", 7, 7, &["one two", "three"]),
            ("one two three", 8, 8, &["one two", "three"]),
            ("one two three", 4, 9, &["one", "two three"]),
            ("abcdefghij", 4, 4, &["abcd", "efgh", "ij"]),
            ("a\n\n  b", 9, 9, &["a", "", "  b"]),
            ("日本語 日本", 5, 6, &["日本", "語", "日本"]),
            ("", 9, 9, &[]),
        ] {
            let mut styled = Styled::default();
            styled.push_lines(Tone::Plain, text);
            assert_eq!(texts(&styled.wrap(first, rest)), lines, "{text:?} in {first} and {rest}");
        }
    }

    #[test]
    fn a_shortened_line_ends_with_an_ellipsis() {
        let mut styled = Styled::new(Tone::Bold, "ada");
        styled.push(Tone::Plain, ": hello\nthere");
        for (width, cut) in [
            (99, "ada: hello there"),
            (16, "ada: hello there"),
            (15, "ada: hello the…"),
            (11, "ada: hello…"),
            (1, "…"),
            (0, ""),
        ] {
            assert_eq!(styled.cut(width).plain(), cut, "{width}");
        }
        let mut painted = String::new();
        styled.cut(5).paint(true, &mut painted);
        assert_eq!(painted, "\u{1b}[1mada\u{1b}[0m:\u{1b}[2m…\u{1b}[0m");
    }

    #[test]
    fn the_number_of_combining_marks_is_limited() {
        let zalgo = format!("z{}a", "\u{301}".repeat(50));
        assert_eq!(Styled::new(Tone::Plain, &zalgo).plain().chars().count(), 2 + MARKS);
        for text in ["👩‍👩‍👧", "é", "ก็้", "❤️"] {
            assert_eq!(Styled::new(Tone::Plain, text).plain(), text);
        }
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_width(text in any::<String>(), first in 2_usize..40, more in 0_usize..40) {
            let mut styled = Styled::default();
            styled.push_lines(Tone::Plain, &text);
            let rest = first + more;
            prop_assert!(styled.cut(first).width() <= first);
            for (at, line) in styled.wrap(first, rest).iter().enumerate() {
                let room = if at == 0 { first } else { rest };
                prop_assert!(line.width() <= room && line.plain().as_str().width() <= room, "{:?}", line);
            }
        }
    }
}
