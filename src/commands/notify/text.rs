//! Makes untrusted text safe for a message: the output of programs, and names that other people choose.

use std::collections::VecDeque;
use std::io::{self, Read};

use crate::model::redact::redact;
use crate::output::clean;

/// The number of bytes at the end of an output to keep. A message has no room for more, and a longer file is hard to
/// read.
const KEPT: usize = 256 * 1024;

/// The maximum length of a secret whose end may be at the beginning of truncated text.
const LONGEST_SECRET: usize = 4096;

/// The end of an output, which may have any length.
#[derive(Debug, Default)]
pub struct Tail {
    bytes: VecDeque<u8>,
    is_cut: bool,
}

impl Tail {
    pub fn push(&mut self, bytes: &[u8]) {
        let fitting = &bytes[bytes.len().saturating_sub(KEPT)..];
        let excess = (self.bytes.len() + fitting.len()).saturating_sub(KEPT);
        self.is_cut |= excess > 0 || fitting.len() < bytes.len();
        self.bytes.drain(..excess);
        self.bytes.extend(fitting);
    }

    /// Reads to the end.
    pub fn read(mut from: impl Read) -> io::Result<Self> {
        let mut tail = Self::default();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return Ok(tail),
                Ok(length) => tail.push(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The last lines as text, without terminal control codes and secrets. For a line that was overwritten, returns
    /// its final state.
    pub fn lines(&self, count: usize) -> String {
        let (first, second) = self.bytes.as_slices();
        let bytes = [first, second].concat();
        let text = String::from_utf8_lossy(&bytes);
        let text = anstream::adapter::strip_str(&text).to_string().replace("\r\n", "\n");
        let text = text.split('\n').map(overwritten).collect::<Vec<_>>().join("\n");
        // Redacts the text before splitting it, because a secret may contain a line break.
        let text = redact(&text).into_owned();
        let text = if self.is_cut { without_beginning(&text) } else { &text };
        let text = clean::text(text.trim_end());
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(count)..].join("\n").trim_matches('\n').to_owned()
    }
}

/// The final state of a line that a progress display has overwritten.
fn overwritten(line: &str) -> &str {
    let line = line.trim_end_matches('\r');
    line.rsplit('\r').next().unwrap_or(line)
}

/// A text without its first line, which may begin in the middle of a secret.
fn without_beginning(text: &str) -> &str {
    match text.split_once('\n') {
        Some((_, rest)) => rest,
        None => {
            let mut from = LONGEST_SECRET.min(text.len());
            while !text.is_char_boundary(from) {
                from += 1;
            }
            &text[from..]
        }
    }
}

/// Puts a log into a code block, and escapes the fences in it.
pub fn code_block(log: &str) -> String {
    format!("```\n{}\n```", without_fences(log))
}

/// A log in which no fence ends the code block around it.
pub fn without_fences(log: &str) -> String {
    log.replace("``", "`\u{200b}`")
}

/// Escapes a text for one line of Markdown, so that Discord shows every character.
pub fn plain(text: &str) -> String {
    const MARKS: [char; 14] = ['\\', '*', '_', '~', '`', '|', '>', '<', '#', '[', ']', '(', ')', '@'];
    let text = redact(text.trim());
    let text = clean::line(&text);
    let mut escaped = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        // A dash or a plus at the beginning of a line would start a list.
        if MARKS.contains(&c) || at == 0 && matches!(c, '-' | '+') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    fn lines(bytes: &[u8], count: usize) -> String {
        let mut tail = Tail::default();
        tail.push(bytes);
        tail.lines(count)
    }

    #[test]
    fn a_log_loses_colours_line_ends_of_windows_and_overwritten_lines() {
        assert_eq!(lines(b"\x1b[31mred\x1b[0m\r\nnext\r\n", 9), "red\nnext");
        assert_eq!(lines(b"10%\r50%\r100%\ndone\n", 9), "100%\ndone");
        assert_eq!(lines(b"\x1b]8;;https://example.com\x07link\x1b]8;;\x07 \x07bell\x00", 9), "link bell");
        assert_eq!(lines(b"a\xff\xfeb\n", 9), "a\u{fffd}\u{fffd}b");
        assert_eq!(lines("\u{202e}turned\n".as_bytes(), 9), "turned");
    }

    #[test]
    fn only_the_last_lines_stay() {
        assert_eq!(lines(b"1\n2\n3\n\n\n", 2), "2\n3");
        assert_eq!(lines(b"1\n2", 5), "1\n2");
        assert_eq!(lines(b"", 5), "");
    }

    #[test]
    fn a_tail_keeps_the_end_of_any_output_and_drops_the_half_line_before_it() {
        let mut tail = Tail::default();
        for n in 0..100_000 {
            tail.push(format!("line {n}\n").as_bytes());
        }
        assert!(tail.bytes.len() <= KEPT);
        let all = tail.lines(usize::MAX);
        assert!(all.ends_with("line 99999") && all.lines().all(|line| line.starts_with("line ")), "{:?}", &all[..20]);
        let long = "x".repeat(3 * KEPT);
        assert!(
            lines(long.as_bytes(), 1).len() < KEPT,
            "even the end of one long line has a beginning that is dropped"
        );
        assert_eq!(Tail::read(long.as_bytes()).unwrap().bytes.len(), KEPT);
    }

    #[test]
    fn a_log_shows_no_secret_not_even_in_colours() {
        let _secret = Secret::new("s3cret-of-the-log");
        assert_eq!(lines(b"token=s3cret\x1b[0m-of-the-log\n", 1), "token=[hidden]");
    }

    #[test]
    fn a_log_cannot_leave_its_block_of_code() {
        for log in ["```", "a ````` b", "``\n`"] {
            let block = code_block(log);
            assert_eq!(block.matches("```").count(), 2, "{block:?}");
        }
    }

    #[test]
    fn marks_of_markdown_and_mentions_are_escaped() {
        assert_eq!(plain("@everyone"), r"\@everyone");
        assert_eq!(plain("```"), r"\`\`\`");
        assert_eq!(plain("[x](https://e.com)"), r"\[x\]\(https://e.com\)");
        assert_eq!(plain("<@123> \n- a"), r"\<\@123\> - a");
        assert_eq!(plain("- a"), r"\- a");
        assert_eq!(plain("feature/1.2"), "feature/1.2");
    }
}
