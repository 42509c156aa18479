//! Wraps text for a terminal.

use unicode_width::UnicodeWidthStr;

/// The maximum width of a note in brackets that is never broken. Longer ones, such as lists of possible values, are
/// wrapped like other text.
const LONGEST_NOTE: usize = 24;

/// Breaks a text between words into lines of at most `width` columns. A longer word has a line of its own. Commands in
/// backticks and short notes in brackets are not broken.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    // Repeated spaces are preserved, because they may be part of a quoted value.
    let words: Vec<&str> = text.split(' ').collect();
    let mut lines = vec![String::new()];
    let mut used = 0;
    let mut rest = &words[..];
    while !rest.is_empty() {
        let (unit, after) = rest.split_at(unbroken(rest, width));
        let is_first = rest.len() == words.len();
        rest = after;
        let unit = unit.join(" ");
        let length = unit.width();
        let line = lines.last_mut().expect("there is always a line");
        if is_first {
            line.push_str(&unit);
            used = length;
        } else if used + 1 + length <= width {
            line.push(' ');
            line.push_str(&unit);
            used += 1 + length;
        } else {
            lines.push(unit);
            used = length;
        }
    }
    lines
}

/// The number of words at the start that must stay on one line.
fn unbroken(words: &[&str], width: usize) -> usize {
    let first = words.first().copied().unwrap_or_default();
    let quotes = |word: &str| word.matches('`').count();
    let (close, longest) = match first.chars().next() {
        _ if quotes(first) % 2 == 1 => ('`', width),
        Some('[') => (']', LONGEST_NOTE),
        Some('(') => (')', LONGEST_NOTE),
        _ => return 1,
    };
    let mut length = 0;
    for (at, word) in words.iter().enumerate() {
        length += usize::from(at > 0) + word.width();
        if length > longest.min(width) {
            return 1;
        }
        if word.contains(close) && (at > 0 || close != '`') {
            return at + 1;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_backticks_and_short_notes_are_not_broken() {
        let lines = wrap("Run `dcord help` or `dcord endpoints`.", 20);
        assert_eq!(lines, ["Run `dcord help` or", "`dcord endpoints`."]);
        assert_eq!(wrap("a `b c d e` f", 6), ["a `b c", "d e` f"], "unless it is too long for the width");
        assert_eq!(wrap("Time limit [default: 30s]", 20), ["Time limit", "[default: 30s]"]);
        let list = "Set [possible values: one, two, three]";
        assert_eq!(wrap(list, 30), ["Set [possible values: one,", "two, three]"]);
    }

    #[test]
    fn joining_the_lines_with_spaces_restores_the_text() {
        for text in ["no channel named \"a  b\"", " x", "Go on? [y/N] ", "", "a  `b  c`  d"] {
            for width in 1..30 {
                assert_eq!(wrap(text, width).join(" "), text, "{width}");
            }
        }
    }

    #[test]
    fn a_wide_character_has_a_width_of_two_columns() {
        assert_eq!(wrap("日本 日本", 8), ["日本", "日本"]);
    }
}
