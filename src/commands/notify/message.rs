//! The message of a notification: an embed within Discord's limits. Source: Discord's reference, "Embed Limits".

use serde_json::{Value, json};

use super::status::Status;
use super::text::{code_block, without_fences};
use crate::call::bind::{Error, Overflow};
use crate::model::split;

const MAX_TITLE: usize = 256;
const MAX_DESCRIPTION: usize = 4096;
const MAX_FIELDS: usize = 25;
const MAX_NAME: usize = 256;
const MAX_VALUE: usize = 1024;
const MAX_FOOTER: usize = 2048;
/// The maximum total length of the texts in an embed.
const MAX_TOTAL: usize = 6000;

/// The minimum length that long fields leave to the text and the log.
const LEAST_DESCRIPTION: usize = 1500;

/// Fields whose values are at most this long share a row with others.
const SHORT_VALUE: usize = 40;

const ELLIPSIS: &str = "…";

/// The texts of a notification, as Markdown.
#[derive(Clone, Debug, Default)]
pub struct Message {
    pub status: Status,
    pub title: Option<String>,
    pub text: Option<String>,
    /// The lines of a log, which are not Markdown.
    pub log: Option<String>,
    pub link: Option<String>,
    /// Names and values.
    pub fields: Vec<(String, String)>,
    pub footer: Option<String>,
    /// The mentions that ping.
    pub mentions: Vec<String>,
}

/// The parts of a message that is within the limits.
#[derive(Debug, Default)]
pub struct Fitted {
    pub embed: Value,
    /// The text outside the embed: mentions, and with `--overflow split`, the text and the log.
    pub content: String,
    /// Names and contents of files, with `--overflow file`.
    pub files: Vec<(&'static str, String)>,
    /// The number of fields that were omitted.
    pub dropped_fields: usize,
}

impl Message {
    /// The value of the first field with this name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The end of the log, as the text of a code block.
    pub fn end_of_log(&self, max: usize) -> String {
        without_fences(&end(self.log.as_deref().unwrap_or_default(), max))
    }

    /// Truncates the message so that it is within the limits. A text loses its end, and a log its beginning.
    pub fn fit(&self, overflow: Overflow) -> Result<Fitted, Error> {
        let title = self.title.as_deref().map(|title| split::truncate(title, MAX_TITLE));
        let footer = self.footer.as_deref().map(|footer| split::truncate(footer, MAX_FOOTER));
        let around = length(title.as_deref()) + length(footer.as_deref());
        let whole = self.description(self.text.as_deref(), self.log.as_deref());
        let mut fields = Vec::new();
        let mut room = MAX_TOTAL - around - length(Some(&whole)).min(LEAST_DESCRIPTION);
        // Discord rejects a field without a value.
        let given = self.fields.iter().filter(|(name, value)| !name.trim().is_empty() && !value.trim().is_empty());
        for (name, value) in given.clone().take(MAX_FIELDS) {
            let (name, value) = (split::truncate(name, MAX_NAME), split::truncate(value, MAX_VALUE));
            let needed = length(Some(&name)) + length(Some(&value));
            if needed > room {
                break;
            }
            room -= needed;
            fields.push(json!({"name": name, "value": value, "inline": length(Some(&value)) <= SHORT_VALUE}));
        }
        let of_fields: usize = fields.iter().map(|f| length(f["name"].as_str()) + length(f["value"].as_str())).sum();
        let room = MAX_DESCRIPTION.min(MAX_TOTAL - around - of_fields);
        let mut fitted = Fitted { dropped_fields: given.count() - fields.len(), ..Fitted::default() };
        let mut description = whole;
        if length(Some(&description)) > room {
            match overflow {
                Overflow::Error => {
                    let length = length(Some(&description));
                    return Err(Error::TooLong { field: "the text with the log".to_owned(), length, max: room });
                }
                Overflow::Split => fitted.content = std::mem::take(&mut description),
                Overflow::File | Overflow::Truncate => {
                    let (text, log) = self.shortened(room);
                    if overflow == Overflow::File {
                        let changed = [("text.md", &self.text, &text), ("log.txt", &self.log, &log)];
                        let changed = changed.into_iter().filter(|(_, whole, short)| whole != short);
                        let files = changed.filter_map(|(name, whole, _)| Some((name, whole.clone()?)));
                        fitted.files = files.collect();
                    }
                    description = self.description(text.as_deref(), log.as_deref());
                }
            }
        }
        if overflow == Overflow::Error && fitted.dropped_fields > 0 {
            let why = format!(
                "has {} fields, of which {} fit: Discord allows {MAX_FIELDS} fields, and {MAX_TOTAL} characters in all",
                fields.len() + fitted.dropped_fields,
                fields.len()
            );
            return Err(Error::Incomplete { what: "the message".to_owned(), why, topic: None });
        }
        let mut embed = json!({"color": self.status.color()});
        let texts = [("title", title), ("url", self.link.clone()), ("description", Some(description))];
        for (name, text) in texts {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                embed[name] = Value::from(text);
            }
        }
        if !fields.is_empty() {
            embed["fields"] = Value::from(fields);
        }
        if let Some(footer) = footer {
            embed["footer"] = json!({"text": footer});
        }
        fitted.embed = embed;
        if !self.mentions.is_empty() {
            let mentions = self.mentions.join(" ");
            let between = if fitted.content.is_empty() { "" } else { "\n" };
            fitted.content = format!("{mentions}{between}{}", fitted.content);
        }
        Ok(fitted)
    }

    fn description(&self, text: Option<&str>, log: Option<&str>) -> String {
        let log = log.filter(|log| !log.is_empty()).map(code_block);
        [text.map(str::to_owned), log].into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    /// The text and the log, truncated so that the description is at most this long. The text gets the length that
    /// the log leaves, but at least half.
    fn shortened(&self, room: usize) -> (Option<String>, Option<String>) {
        let Some(log) = &self.log else { return (self.text.as_deref().map(|text| split::truncate(text, room)), None) };
        let whole = length(Some(&self.description(None, Some(log))));
        let for_text = room.saturating_sub(whole + 1).max(room / 2);
        let text = self.text.as_deref().map(|text| split::truncate(text, for_text));
        let left = room - length(text.as_deref()) - usize::from(text.is_some());
        let mut keep = left;
        // The description is longer than the log, because it adds the fences of a code block and escapes the fences
        // in the log.
        loop {
            let short = end(log, keep);
            let taken = length(Some(&self.description(None, Some(&short))));
            if taken <= left || keep == 0 {
                return (text, Some(short));
            }
            keep -= (taken - left).min(keep);
        }
    }
}

/// The end of a log after an ellipsis. It consists of whole lines, if one fits.
fn end(log: &str, max: usize) -> String {
    let count = log.chars().count();
    if count <= max {
        return log.to_owned();
    }
    let kept = max.saturating_sub(ELLIPSIS.chars().count() + 1);
    let from = log.char_indices().nth(count - kept).map_or(log.len(), |(at, _)| at);
    let tail = &log[from..];
    let starts_line = log[..from].ends_with('\n');
    match tail.split_once('\n') {
        _ if starts_line => format!("{ELLIPSIS}\n{tail}"),
        Some((_, rest)) => format!("{ELLIPSIS}\n{rest}"),
        None => format!("{ELLIPSIS}{tail}"),
    }
}

/// The number of characters as Discord counts them.
fn length(text: Option<&str>) -> usize {
    text.map_or(0, |text| text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(embed: &Value) -> usize {
        let fields = embed["fields"].as_array().into_iter().flatten();
        let fields: usize = fields.map(|f| length(f["name"].as_str()) + length(f["value"].as_str())).sum();
        let own = [&embed["title"], &embed["description"], &embed["footer"]["text"]];
        fields + own.into_iter().map(|text| length(text.as_str())).sum::<usize>()
    }

    fn field(n: usize, length: usize) -> (String, String) {
        (format!("name {n}"), "v".repeat(length))
    }

    #[test]
    fn a_message_of_any_size_fits_an_embed() {
        for (text, log, fields, long) in
            [(9000, 9000, 40, 2000), (9000, 0, 0, 1), (0, 90_000, 25, 200), (3000, 3000, 3, 10), (0, 0, 30, 1)]
        {
            let message = Message {
                title: Some("t".repeat(300)),
                text: Some("word ".repeat(text / 5)),
                log: Some("a line of a log ``` with a fence\n".repeat(log / 33)),
                fields: (0..fields).map(|n| field(n, long)).collect(),
                footer: Some("f".repeat(3000)),
                ..Message::default()
            };
            for overflow in [Overflow::Truncate, Overflow::File, Overflow::Split] {
                let fitted = message.fit(overflow).unwrap();
                let embed = &fitted.embed;
                assert!(total(embed) <= MAX_TOTAL, "{} {text} {log} {fields}", total(embed));
                assert!(length(embed["description"].as_str()) <= MAX_DESCRIPTION);
                assert!(length(embed["title"].as_str()) <= MAX_TITLE);
                let shown = embed["fields"].as_array().map_or(0, Vec::len);
                assert!(shown <= MAX_FIELDS && shown + fitted.dropped_fields == fields);
                let fences = embed["description"].as_str().unwrap_or_default().matches("```").count();
                assert_eq!(fences % 2, 0, "{embed}");
            }
        }
    }

    #[test]
    fn a_log_keeps_its_end_and_a_text_its_beginning() {
        let log: Vec<String> = (0..1000).map(|n| format!("line {n}")).collect();
        let message = Message { text: Some("start ".repeat(2000)), log: Some(log.join("\n")), ..Message::default() };
        let fitted = message.fit(Overflow::Truncate).unwrap();
        let description = fitted.embed["description"].as_str().unwrap();
        assert!(description.starts_with("start ") && description.ends_with("line 999\n```"), "{description}");
        let (text, log) = description.split_once("\n```\n").unwrap();
        assert!(text.ends_with(ELLIPSIS) && log.starts_with("…\nline "), "{description}");
        assert!(length(Some(description)) > MAX_DESCRIPTION - 20, "the room is used: {}", length(Some(description)));
        assert!(fitted.files.is_empty() && fitted.content.is_empty());
    }

    #[test]
    fn with_overflow_file_what_was_cut_is_whole_in_a_file() {
        let log = "line\n".repeat(2000);
        let message = Message { text: Some("short".to_owned()), log: Some(log.clone()), ..Message::default() };
        assert_eq!(message.fit(Overflow::File).unwrap().files, [("log.txt", log)]);
        let short = Message { text: Some("short".to_owned()), ..Message::default() };
        assert!(short.fit(Overflow::File).unwrap().files.is_empty());
    }

    #[test]
    fn with_overflow_split_the_text_moves_out_of_the_embed() {
        let message =
            Message { log: Some("line\n".repeat(2000)), mentions: vec!["<@&1>".to_owned()], ..Message::default() };
        let fitted = message.fit(Overflow::Split).unwrap();
        assert!(fitted.embed.get("description").is_none() && fitted.content.starts_with("<@&1>\n```\nline\n"));
        assert!(matches!(message.fit(Overflow::Error), Err(Error::TooLong { .. })));
    }

    #[test]
    fn a_field_without_a_value_is_left_out() {
        let fields = vec![("Branch".to_owned(), " ".to_owned()), ("Commit".to_owned(), "abc".to_owned())];
        let fitted = Message { fields, ..Message::default() }.fit(Overflow::Error).unwrap();
        assert_eq!(fitted.embed["fields"], json!([{"name": "Commit", "value": "abc", "inline": true}]));
        assert_eq!(fitted.dropped_fields, 0);
    }

    #[test]
    fn one_long_line_keeps_its_end() {
        assert_eq!(end("abcdefgh", 5), "…fgh");
        assert_eq!(end("ab\ncd\nef", 7), "…\ncd\nef");
        assert_eq!(end("ab\ncd\nef", 6), "…\nef");
        assert_eq!(end("ab", 2), "ab");
    }
}
