//! Measures, cuts and wraps texts for a terminal.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

/// Appended to a text that was cut.
pub const CUT: &str = "…";

/// The width of the widest line of a text in columns of a terminal.
pub fn width(text: &str) -> u16 {
    let widest = text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
    u16::try_from(widest).unwrap_or(u16::MAX)
}

/// The first `length` characters of a text, followed by [`CUT`] if there are more. Characters are grapheme
/// clusters, so that emojis made of several code points are not split.
pub fn begin(text: &str, length: usize) -> Cow<'_, str> {
    match text.grapheme_indices(true).nth(length) {
        Some((end, _)) => Cow::Owned(format!("{}{CUT}", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The parts of a word between which a line may break: after a hyphen or a slash.
pub fn pieces(word: &str) -> impl Iterator<Item = &str> {
    word.split_inclusive(['-', '/'])
}

/// A line that is built from parts. It stores its width, because measuring a long text again for each part is slow.
struct Line {
    text: String,
    width: usize,
    room: usize,
}

impl Line {
    fn fits(&self, part: &str) -> bool {
        self.width + part.trim_end().width() <= self.room
    }

    fn push(&mut self, part: &str) {
        self.text.push_str(part);
        self.width += part.width();
    }

    /// Takes the text and starts a new line.
    fn end(&mut self) -> String {
        self.width = 0;
        std::mem::take(&mut self.text)
    }
}

/// Breaks the lines of a text that are wider than `room` columns: between words, else after hyphens and slashes, and
/// inside a word only if nothing else fits.
pub fn wrap(text: &str, room: u16) -> String {
    let room = usize::from(room.max(1));
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.width() <= room {
            lines.push(line.to_owned());
            continue;
        }
        let mut current = Line { text: String::new(), width: 0, room };
        for word in line.split_inclusive(' ') {
            if !current.fits(word) && word.trim_end().width() <= room {
                lines.push(current.end());
            }
            if current.fits(word) {
                current.push(word);
                continue;
            }
            for piece in pieces(word) {
                if !current.fits(piece) && !current.text.is_empty() {
                    lines.push(current.end());
                }
                if current.fits(piece) {
                    current.push(piece);
                    continue;
                }
                for character in piece.graphemes(true) {
                    if !current.fits(character) && !current.text.is_empty() {
                        lines.push(current.end());
                    }
                    current.push(character);
                }
            }
        }
        lines.push(current.end());
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// Cuts a text to a width. A cut text ends with [`CUT`].
pub fn cut(text: &str, room: u16) -> Cow<'_, str> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_else_after_hyphens_and_slashes() {
        for (text, room, expected) in [
            ("create-instant-invite, add-reactions", 17, "create-instant-\ninvite,\nadd-reactions"),
            ("a long text", 6, "a long\ntext"),
            ("one\n\ntwo three", 5, "one\n\ntwo\nthree"),
            ("https://discord.com/channels/1", 20, "https://discord.com/\nchannels/1"),
            ("unbreakable", 4, "unbr\neaka\nble"),
            ("日本語日本語", 4, "日本\n語日\n本語"),
        ] {
            assert_eq!(wrap(text, room), expected, "{text} {room}");
        }
    }
}
