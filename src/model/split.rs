//! Splits a long text into several messages, or truncates it.
//!
//! Texts are split between paragraphs if possible, else between lines, words or graphemes. If a split is inside a fenced
//! code block, the block is closed before it and reopened after it, with its language. Lengths count Unicode scalar
//! values.

use unicode_segmentation::UnicodeSegmentation as _;

/// Opens and closes a code block.
const FENCE: &str = "```";
/// Closes a code block at the end of a part.
const CLOSING: &str = "\n```";
/// Appended to a truncated text.
const ELLIPSIS: &str = "…";
/// The maximum length in bytes of a mention, URL, link or inline code that is not broken. Longer ones are broken like
/// other text.
const LONGEST_UNIT: usize = 512;

/// For each kind of boundary, the minimum length of a part that ends there, in percent of the maximum length. A boundary
/// that would make the part shorter is not used.
#[derive(Clone, Copy)]
struct MinPercent {
    paragraph: usize,
    line: usize,
    word: usize,
}

/// For [`split`]. The parts may have different lengths, so a good boundary is more important than a long part.
const FOR_SPLIT: MinPercent = MinPercent { paragraph: 50, line: 33, word: 10 };
/// For [`truncate`]. The text should stay as long as possible.
const FOR_TRUNCATE: MinPercent = MinPercent { paragraph: 100, line: 90, word: 75 };

/// Splits a text into parts of at most `max` characters each. Blank parts are omitted, because Discord refuses blank
/// messages.
pub fn split(text: &str, max: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    // The opening line of the code block that `rest` is inside.
    let mut fence: Option<&str> = None;
    while !rest.trim().is_empty() {
        let prefix = fence.map(|line| format!("{line}\n")).unwrap_or_default();
        let room = max.saturating_sub(prefix.chars().count());
        if fits(rest, room) {
            push(&mut parts, &prefix, rest.trim_end(), false);
            break;
        }
        let Cut { chunk, in_block, rest: next, fence: open } = cut(rest, room, fence, FOR_SPLIT);
        push(&mut parts, &prefix, chunk, in_block);
        (rest, fence) = (next, open);
    }
    parts
}

/// Truncates a text to at most `max` characters, including the ellipsis at its end.
pub fn truncate(text: &str, max: usize) -> String {
    if fits(text, max) {
        return text.to_owned();
    }
    let Cut { chunk, in_block, .. } = cut(text, max.saturating_sub(ELLIPSIS.chars().count()), None, FOR_TRUNCATE);
    let closing = if in_block { CLOSING } else { "" };
    format!("{}{ELLIPSIS}{closing}", chunk.trim_end())
}

fn push(parts: &mut Vec<String>, prefix: &str, chunk: &str, in_block: bool) {
    if !chunk.trim().is_empty() {
        let closing = if in_block { CLOSING } else { "" };
        parts.push(format!("{prefix}{chunk}{closing}"));
    }
}

fn fits(text: &str, max: usize) -> bool {
    text.char_indices().nth(max).is_none()
}

/// The first part of a text, and the rest.
struct Cut<'a> {
    chunk: &'a str,
    /// Whether the chunk ends inside a code block, which has to be closed.
    in_block: bool,
    rest: &'a str,
    /// The opening line of the code block that the rest is inside.
    fence: Option<&'a str>,
}

/// Cuts the first part from a text that is longer than `room`. `fence` is the opening line of the code block that the
/// text is inside.
fn cut<'a>(text: &'a str, room: usize, fence: Option<&'a str>, min_percent: MinPercent) -> Cut<'a> {
    // Leave room to close a code block.
    let whole = end(text, room);
    let room = if open_fence(&text[..whole], fence).is_some() || text[..whole].contains(FENCE) {
        room.saturating_sub(CLOSING.chars().count())
    } else {
        room
    };
    // A part has at least one character, so that the loop of `split` ends.
    let limit = end(text, room).max(text.chars().next().map_or(0, char::len_utf8));
    let mut at = boundary(text, limit, min_percent);
    let mut open = open_fence(&text[..at], fence);
    // If the part ends with the opening line of a code block, that line moves to the next part.
    if let Some(line) = open.filter(|line| fence != Some(*line) && text[..at].trim_end().ends_with(line)) {
        let before = text[..at].trim_end().len() - line.len();
        if !text[..before].trim().is_empty() {
            at = before;
            open = open_fence(&text[..at], fence);
        }
    }
    let chunk = text[..at].strip_suffix('\n').unwrap_or(&text[..at]);
    let chunk = if open.is_none() { chunk.trim_end() } else { chunk };
    let rest = &text[at..];
    // Blank lines are removed only outside of code.
    let Some(line) = open else {
        return Cut { chunk, in_block: false, rest: rest.trim_start_matches(['\n', '\r']), fence: None };
    };
    // If the code block ends here, it is not reopened.
    if let Some(after) = rest.trim_start().strip_prefix(FENCE) {
        return Cut { chunk, in_block: true, rest: after, fence: None };
    }
    Cut { chunk, in_block: true, rest: rest.strip_prefix('\n').unwrap_or(rest), fence: Some(line) }
}

/// The byte index after the first `count` characters.
fn end(text: &str, count: usize) -> usize {
    text.char_indices().nth(count).map_or(text.len(), |(at, _)| at)
}

/// The best byte index at or before `limit` at which to split. Separators belong to the first part.
fn boundary(text: &str, limit: usize, min_percent: MinPercent) -> usize {
    let head = &text[..limit];
    let min = |percent: usize| limit * percent / 100;
    if let Some(at) = head.rfind("\n\n").filter(|at| *at > 0 && *at >= min(min_percent.paragraph)) {
        return at + 1;
    }
    // A line break directly after the limit is a boundary too.
    let ends_line = text[limit..].starts_with('\n').then_some(limit);
    let line = ends_line.or_else(|| head.rfind('\n').map(|at| at + 1));
    if let Some(at) = line.filter(|at| *at > 1 && *at >= min(min_percent.line)) {
        return at;
    }
    let ends_word = text[limit..].starts_with(' ').then_some(limit);
    let words = head.match_indices(' ').map(|(at, _)| at + 1).filter(|at| *at < limit);
    let word = ends_word.into_iter().chain(words.collect::<Vec<_>>().into_iter().rev());
    for at in word.take_while(|at| *at >= min(min_percent.word)) {
        if unit(text, at).is_none() && !text[..at].trim().is_empty() {
            return at;
        }
    }
    // There is no good boundary between words: split before a mention, URL, link or inline code, else between graphemes.
    if let Some(start) = unit(text, limit).filter(|start| !text[..*start].trim().is_empty()) {
        return start;
    }
    let end = end_of_graphemes(text, limit);
    if end > 0 { end } else { limit }
}

/// The byte index after the last whole grapheme at or before `limit`.
fn end_of_graphemes(text: &str, limit: usize) -> usize {
    // Graphemes are short, so only the text near the limit is examined.
    let mut from = limit.saturating_sub(128);
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    let mut to = (limit + 128).min(text.len());
    while !text.is_char_boundary(to) {
        to += 1;
    }
    let ends = text[from..to].grapheme_indices(true).map(|(at, grapheme)| from + at + grapheme.len());
    ends.take_while(|end| *end <= limit).last().unwrap_or(from)
}

/// The start of the mention, URL, link or inline code that a split at this index would break.
fn unit(text: &str, at: usize) -> Option<usize> {
    let mut from = at.saturating_sub(LONGEST_UNIT);
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    let start = text[from..at].rfind('\n').map_or(from, |found| from + found + 1);
    let line = &text[start..];
    let line = &line[..line.find('\n').unwrap_or(line.len())];
    let inside = at - start;
    let mut here = 0;
    while here < inside {
        let rest = &line[here..];
        let length = unit_length(rest).unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8));
        if here + length > inside && length > 1 && unit_length(rest).is_some() {
            return Some(start + here);
        }
        here += length;
    }
    None
}

/// The length of the mention, URL, link or inline code at the start of a text.
fn unit_length(text: &str) -> Option<usize> {
    let close = |from: usize, end: &str| text[from..].find(end).map(|at| from + at + end.len());
    const AFTER_ANGLE: [&str; 8] = ["@", "#", ":", "a:", "t:", "/", "id:", "http"];
    let length = if let Some(rest) = text.strip_prefix('<') {
        close(1, ">").filter(|_| AFTER_ANGLE.iter().any(|kind| rest.starts_with(kind)))
    } else if text.starts_with('[') {
        close(1, "](").and_then(|middle| close(middle, ")"))
    } else if text.starts_with('`') && !text.starts_with(FENCE) {
        close(1, "`")
    } else if text.starts_with("https://") || text.starts_with("http://") {
        Some(text.find(char::is_whitespace).unwrap_or(text.len()))
    } else {
        None
    };
    length.filter(|length| *length <= LONGEST_UNIT)
}

/// The opening line of the code block that is still open at the end of a text. `open` is the one at its start.
fn open_fence<'a>(text: &'a str, mut open: Option<&'a str>) -> Option<&'a str> {
    for line in text.lines() {
        let trimmed = line.trim_start();
        let Some(rest) = trimmed.strip_prefix(FENCE) else { continue };
        // A fence that is closed on the same line is inline code.
        if open.is_none() && rest.contains(FENCE) {
            continue;
        }
        open = match open {
            Some(_) => None,
            None => Some(opening(trimmed.trim_end())),
        };
    }
    open
}

/// The line that reopens a code block: the fence with its language. A language is one short word; other text after the
/// fence is code.
fn opening(line: &str) -> &str {
    const LONGEST: usize = 16;
    let language = &line[FENCE.len()..];
    let is_word = language.len() <= LONGEST && !language.contains(|c: char| c.is_whitespace() || c == '`');
    if is_word { line } else { FENCE }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAX: usize = 2000;

    fn characters(text: &str) -> usize {
        text.chars().count()
    }

    #[test]
    fn a_text_that_fits_is_unchanged() {
        let text = "x".repeat(MAX);
        assert_eq!(split(&text, MAX), std::slice::from_ref(&text));
        assert_eq!(truncate(&text, MAX), text);
        assert_eq!(split(" \n ", MAX), [""; 0]);
    }

    #[test]
    fn a_text_is_split_between_paragraphs_else_lines_else_words() {
        let paragraphs = format!("{}\n\n{}\nc", "a ".repeat(600).trim_end(), "b ".repeat(600).trim_end());
        let parts = split(&paragraphs, MAX);
        assert!(parts[0].ends_with('a') && parts[1].starts_with('b'), "{parts:?}");
        let lines = format!("{}\n{}", "a".repeat(1500), "b".repeat(1500));
        assert_eq!(split(&lines, MAX), ["a".repeat(1500), "b".repeat(1500)]);
        let words = "word ".repeat(700);
        let parts = split(&words, MAX);
        assert!(parts.iter().all(|part| part.split(' ').all(|word| word == "word")), "{parts:?}");
        assert_eq!(
            split(&"é".repeat(4500), MAX).iter().map(|part| characters(part)).collect::<Vec<_>>(),
            [2000, 2000, 500]
        );
        // A line that ends exactly at the maximum.
        let exact = format!("{}\n{}", "a".repeat(MAX), "b".repeat(5));
        assert_eq!(split(&exact, MAX), ["a".repeat(MAX), "b".repeat(5)]);
    }

    #[test]
    fn a_split_code_block_is_closed_and_reopened_with_its_language() {
        let code = (0..200).map(|n| format!("    let line_{n} = {n};\n")).collect::<String>();
        let text = format!("Before\n```rust\n{code}```\nAfter");
        let parts = split(&text, MAX);
        assert!(parts.len() > 2);
        assert!(parts[0].starts_with("Before\n```rust\n") && parts[0].ends_with("\n```"), "{}", parts[0]);
        assert!(parts[1].starts_with("```rust\n    let line_"), "indentation stays: {}", parts[1]);
        assert!(parts.last().unwrap().ends_with("```\nAfter"), "{parts:?}");
        assert!(parts.iter().all(|part| part.matches(FENCE).count() % 2 == 0));
        let cut = truncate(&text, MAX);
        assert!(cut.ends_with("…\n```") && characters(&cut) <= MAX, "{cut}");
    }

    #[test]
    fn the_opening_line_of_a_code_block_stays_with_its_code() {
        let text = format!("{}\n```sh\n{}\n```", "a".repeat(1985), "b".repeat(300));
        let parts = split(&text, MAX);
        assert_eq!(parts, ["a".repeat(1985), format!("```sh\n{}\n```", "b".repeat(300))]);
    }

    #[test]
    fn a_split_never_breaks_a_mention_link_inline_code_or_grapheme() {
        for unit in [
            "<@111111111111111111>",
            "</play song:222222222222222222>",
            "[the whole log](https://example.com/a/b)",
            "https://example.com/a/very/long/path?with=query",
            "`a b c d e f g`",
            "👨‍👩‍👧‍👦",
            "e\u{301}\u{302}\u{303}",
        ] {
            for before in 1990..2000 {
                let filler: String = "ab ".chars().cycle().take(before).collect();
                for text in [format!("{filler}{unit} end"), format!("{}{unit} end", filler.replace(' ', "c"))] {
                    let parts = split(&text, MAX);
                    assert!(parts.iter().any(|part| part.contains(unit)), "{unit} {before}: {parts:?}");
                    assert!(parts.iter().all(|part| characters(part) <= MAX));
                }
            }
        }
    }

    fn without_space_and_fences(text: &str) -> String {
        text.lines()
            .filter(|line| !line.trim_start().starts_with(FENCE))
            .flat_map(str::chars)
            .filter(|c| !c.is_whitespace())
            .collect()
    }

    proptest! {
        #[test]
        fn parts_contain_the_whole_text_within_the_maximum_and_with_balanced_fences(
            pieces in prop::collection::vec(
                prop_oneof![
                    "[a-zé🦀 ]{0,40}",
                    Just("\n".to_owned()),
                    Just("\n\n".to_owned()),
                    Just("\n```rust\nlet x = 1;\n  indented\n```\n".to_owned()),
                    Just("<@123456789012345678> ".to_owned()),
                    Just("https://example.com/path ".to_owned()),
                    "[a-z]{60,150}",
                ],
                0..60,
            ),
            max in 60_usize..300,
        ) {
            let text = pieces.concat();
            let parts = split(&text, max);
            for part in &parts {
                prop_assert!(characters(part) <= max, "{} > {max}: {part:?}", characters(part));
                prop_assert!(!part.trim().is_empty());
                prop_assert_eq!(part.lines().filter(|line| line.trim_start().starts_with(FENCE)).count() % 2, 0, "{:?}", part);
            }
            let joined = parts.iter().map(|part| without_space_and_fences(part)).collect::<String>();
            prop_assert_eq!(joined, without_space_and_fences(&text));
            prop_assert!(characters(&truncate(&text, max)) <= max);
        }

        #[test]
        fn any_text_is_truncated_within_the_maximum(text in "\\PC{0,400}", max in 30_usize..100) {
            prop_assert!(split(&text, max).iter().all(|part| characters(part) <= max));
            prop_assert!(characters(&truncate(&text, max)) <= max);
        }
    }
}
