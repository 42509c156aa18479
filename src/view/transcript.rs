//! Formats messages as a Markdown document. The document is safe to render: the text of messages contains no HTML, and cannot
//! look like another message or like the structure of the document.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::Names;
use super::chat::Header;
use super::message::Message;
use super::scope::Scope;

/// A line break inside a paragraph.
const BREAK: &str = "  \n";
/// The longest name of a programming language after the marks of a code block.
const LONGEST_LANGUAGE: usize = 20;

/// Formats messages one after another, the oldest first.
pub struct Transcript {
    zone: TimeZone,
    date: String,
    last: Option<Header>,
}

impl Transcript {
    pub const fn new(zone: TimeZone) -> Self {
        Self { zone, date: String::new(), last: None }
    }

    /// The title of the document.
    pub fn title(name: &str) -> String {
        format!("# {}\n", escape(&crate::output::clean::line(name)))
    }

    /// Appends a message. `links` are further lines, which are already Markdown.
    pub fn push(&mut self, json: &Value, names: &Names<'_>, now_ms: i64, to: &mut String) {
        let scope = Scope { names, guild: None, zone: &self.zone, now_ms };
        let message = Message::new(json, scope);
        let header = Header::of(&message);
        let moment = |format: &str| header.sent_ms.map(|ms| scope.format(ms, format)).unwrap_or_default();
        let date = moment("%Y-%m-%d");
        let shares = !message.is_reply() && self.last.as_ref().is_some_and(|last| last.is_followed_by(&header));
        to.push('\n');
        if date != self.date {
            to.push_str(&format!("## {date}\n\n"));
        }
        if !shares || date != self.date {
            to.push_str(&format!("**{}** {}{BREAK}", escape(message.author().plain().trim()), moment("%H:%M")));
        }
        let parts: Vec<String> = message.parts().iter().map(super::styled::Styled::plain).collect();
        to.push_str(&markdown(&parts.join("\n")));
        self.date = date;
        self.last = Some(header);
    }
}

/// Text as Markdown that shows the text unchanged. Code blocks stay code blocks.
fn markdown(text: &str) -> String {
    let mut document = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, code, after)) = code_block(rest) {
        lines(before, &mut document);
        fenced(code, &mut document);
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    lines(rest, &mut document);
    document
}

/// The first code block in a text, with the text before and after it.
fn code_block(text: &str) -> Option<(&str, &str, &str)> {
    const MARKS: &str = "```";
    let (before, rest) = text.split_once(MARKS)?;
    let (code, after) = rest.split_once(MARKS)?;
    Some((before, code, after))
}

/// Appends lines of text.
fn lines(text: &str, to: &mut String) {
    if text.is_empty() {
        return;
    }
    let lines: Vec<String> = text.trim_end_matches('\n').split('\n').map(escape).collect();
    // An empty line would end the paragraph, and with it the message.
    let lines: Vec<&str> = lines.iter().map(|line| if line.is_empty() { "&nbsp;" } else { line }).collect();
    to.push_str(&lines.join(BREAK));
    to.push('\n');
}

/// Appends a code block. Its marks are longer than all marks inside it.
fn fenced(code: &str, to: &mut String) {
    let is_language = |word: &str| {
        !word.is_empty()
            && word.len() <= LONGEST_LANGUAGE
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-#_".contains(&b))
    };
    let (language, code) = match code.split_once('\n') {
        Some((word, code)) if is_language(word) => (word, code),
        _ => ("", code.strip_prefix('\n').unwrap_or(code)),
    };
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest.max(2) + 1);
    let end = if code.ends_with('\n') { "" } else { "\n" };
    to.push_str(&format!("{marks}{language}\n{code}{end}{marks}\n"));
}

/// One line of text as Markdown.
fn escape(line: &str) -> String {
    let line = line.trim();
    let mut escaped = String::with_capacity(line.len() + 8);
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some(url) = url(rest) {
            escaped.push_str(&format!("<{url}>"));
            rest = &rest[url.len()..];
            continue;
        }
        let is_start = rest.len() == line.len();
        // A number and a point at the start of a line would begin a list.
        let is_after_number = matches!(c, '.' | ')') && {
            let before = &line[..line.len() - rest.len()];
            !before.is_empty() && before.bytes().all(|b| b.is_ascii_digit())
        };
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => escaped.extend(['\\', c]),
            '#' | '+' | '-' | '=' | ':' if is_start => escaped.extend(['\\', c]),
            _ if is_after_number => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    escaped
}

/// The URL at the beginning of a text, without the punctuation after it.
fn url(text: &str) -> Option<&str> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme))?;
    let is_end = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '`' | '\\' | '"');
    let end = text.find(is_end).unwrap_or(text.len());
    let url = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '*', '_', '|', '~']);
    Some(url).filter(|url| url.len() > scheme.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn transcript(messages: &[Value]) -> String {
        let mut transcript = Transcript::new(TimeZone::UTC);
        let (names, mut document) = (Names::none(), Transcript::title("#general"));
        messages.iter().for_each(|message| names.learn(message));
        messages.iter().for_each(|message| transcript.push(message, &names, 1_780_000_000_000, &mut document));
        document
    }

    fn by(name: &str, time: &str, content: &str) -> Value {
        json!({"id": "1", "channel_id": "2", "type": 0, "content": content,
            "timestamp": format!("2026-05-{time}:00Z"), "author": {"id": name.len().to_string(), "username": name}})
    }

    #[test]
    fn messages_read_like_a_chat() {
        let mut reply = by("ken", "28T09:10", "Yes, <@3>\n\nat 12");
        reply["message_reference"] = json!({"message_id": "1"});
        reply["referenced_message"] = by("ada", "28T09:00", "Lunch?");
        reply["edited_timestamp"] = json!("2026-05-28T09:11:00Z");
        reply["attachments"] = json!([{"id": "9", "filename": "menu_1.pdf", "size": 2048}]);
        reply["reactions"] = json!([{"count": 2, "emoji": {"id": null, "name": "👍"}}]);
        let messages =
            [by("ada", "27T23:59", "Good night"), by("ada", "28T09:00", "Lunch?"), by("ada", "28T09:01", "*"), reply];
        insta::assert_snapshot!(transcript(&messages), @r"
        # \#general

        ## 2026-05-27

        **ada** 23:59  
        Good night

        ## 2026-05-28

        **ada** 09:00  
        Lunch?

        \*

        **ken** 09:10  
        ↳ ada: Lunch?  
        Yes, @ada  
        &nbsp;  
        at 12 (edited)  
        \[file\] menu\_1.pdf (2.0 KiB)  
        👍 2
        ");
    }

    #[test]
    fn the_text_of_a_message_is_shown_unchanged() {
        for (text, shown) in [
            ("plain text, with 1.5 and a-b", "plain text, with 1.5 and a-b"),
            ("<script>alert(1)</script> &amp;", "&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;"),
            ("# title", r"\# title"),
            ("- item", r"\- item"),
            ("1. item", r"1\. item"),
            ("2026) x", r"2026\) x"),
            ("===", r"\==="),
            ("> quote", "&gt; quote"),
            ("![x](http://a.example/b)", r"!\[x\](<http://a.example/b>)"),
            ("**bold** _it_ ~~no~~ `x` ||y||", r"\*\*bold\*\* \_it\_ \~\~no\~\~ \`x\` \|\|y\|\|"),
            ("see https://a.example/b_c?d=1&e=2.", "see <https://a.example/b_c?d=1&e=2>."),
            ("https://", "https://"),
            ("    code", "code"),
            ("[a]: http://x.example", r"\[a\]: <http://x.example>"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    #[test]
    fn a_message_cannot_leave_its_code_block_or_its_paragraph() {
        for (text, shown) in [
            ("a\n\n**Admin** 12:00", "a  \n&nbsp;  \n\\*\\*Admin\\*\\* 12:00\n"),
            ("x ```rust\nfn a() {}\n``` y", "x\n```rust\nfn a() {}\n```\ny\n"),
            ("```a````\n# b```", "```\na\n```\n\\`  \n\\# b\\`\\`\\`\n"),
            ("```` x ````", "```\n` x \n```\n\\`\n"),
            ("``` open", "\\`\\`\\` open\n"),
        ] {
            assert_eq!(markdown(text), shown, "{text}");
        }
    }
}
