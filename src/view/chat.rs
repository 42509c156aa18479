//! Shows messages as a chat: the author and the time, with the message below them.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::Names;
use super::message::Message;
use super::scope::{self, Scope};
use super::styled::{NARROWEST, Styled, Tone};

/// Consecutive messages by one author share a header if at most this time lies between them.
const TOGETHER_MS: i64 = 7 * 60 * 1000;
/// The maximum width. Longer lines are hard to read.
const WIDEST: usize = 120;
/// The indent of a message's text in columns.
const INDENT: usize = 2;
/// In a narrower terminal, the id is below the text instead of beside it.
const WITH_ID: usize = 56;

/// The settings of a chat.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The width of the terminal in columns.
    pub width: usize,
    pub color: bool,
    /// Whether the messages are from several channels.
    pub channels: bool,
}

/// Shows a chat message by message.
pub struct Chat {
    look: Look,
    zone: TimeZone,
    last: Option<Header>,
}

/// The contents of a header. The next message needs a new header if these differ.
#[derive(PartialEq, Eq)]
pub(super) struct Header {
    author: (String, String),
    channel: String,
    pub sent_ms: Option<i64>,
}

impl Chat {
    pub fn new(look: Look, zone: TimeZone) -> Self {
        let width = look.width.clamp(NARROWEST, WIDEST);
        Self { look: Look { width, ..look }, zone, last: None }
    }

    /// Appends a note about the messages.
    pub fn remark(&self, text: &str, to: &mut String) {
        self.line(&Styled::new(Tone::Dim, &format!("({text})")).cut(self.look.width), to);
    }

    /// Appends a message, or the message in a pin.
    pub fn push(&mut self, item: &Value, names: &Names<'_>, now_ms: i64, to: &mut String) {
        let json = if item["message"].is_object() { &item["message"] } else { item };
        let scope = Scope { names, guild: None, zone: &self.zone, now_ms };
        let message = Message::new(json, scope);
        let header = Header::of(&message);
        let with_id = self.look.width >= WITH_ID;
        let pinned = item.get("pinned_at").and_then(scope::milliseconds);
        let shares = pinned.is_none()
            && !message.is_reply()
            && self.last.as_ref().is_some_and(|last| last.is_followed_by(&header));
        if !shares {
            if self.last.is_some() {
                to.push('\n');
            }
            let mut line = message.author();
            if let Some(ms) = header.sent_ms {
                line.push(Tone::Dim, &format!("  {}", scope.moment(ms)));
            }
            if let Some(channel) = message.channel().filter(|_| self.look.channels) {
                line.push(Tone::Dim, "  ").append(channel);
            }
            if let Some(ms) = pinned {
                line.push(Tone::Dim, &format!("  pinned {}", scope.moment(ms)));
            }
            self.line(&line.cut(self.look.width), to);
        }
        self.last = Some(header);
        let mut beside = if with_id { message.id() } else { "" };
        let rest = self.look.width - INDENT;
        for part in message.parts() {
            let first = if beside.is_empty() { rest } else { rest.saturating_sub(beside.len() + 2) };
            for line in part.wrap(first.max(NARROWEST / 2), rest) {
                let mut shown = Styled::new(Tone::Plain, &" ".repeat(INDENT));
                shown.append(line);
                if !beside.is_empty() {
                    let gap = self.look.width.saturating_sub(shown.width() + beside.len());
                    shown.push(Tone::Plain, &" ".repeat(gap)).push(Tone::Dim, beside);
                    beside = "";
                }
                self.line(&shown.cut(self.look.width), to);
            }
        }
        if !with_id {
            self.line(&Styled::new(Tone::Dim, &format!("  {}", message.id())).cut(self.look.width), to);
        }
    }

    fn line(&self, line: &Styled, to: &mut String) {
        line.paint(self.look.color, to);
        to.truncate(to.trim_end_matches(' ').len());
        to.push('\n');
    }
}

/// Whether messages or pins are in Discord's order.
pub fn newest_first(items: &[Value]) -> bool {
    let time = |item: &Value| match item.get("pinned_at") {
        Some(pinned) => scope::milliseconds(pinned),
        None => scope::created_ms(item.get("id")?.as_str()?),
    };
    items.len() > 1 && items.windows(2).all(|pair| time(&pair[0]) >= time(&pair[1]))
}

impl Header {
    pub fn of(message: &Message<'_>) -> Self {
        let (id, name) = message.author_key();
        Self {
            author: (id.to_owned(), name.to_owned()),
            channel: message.channel_id().to_owned(),
            sent_ms: message.sent_ms(),
        }
    }

    /// Whether a message with the next header needs no header of its own.
    pub fn is_followed_by(&self, next: &Self) -> bool {
        let apart = match (self.sent_ms, next.sent_ms) {
            (Some(before), Some(after)) => before.abs_diff(after),
            _ => u64::MAX,
        };
        self.author == next.author && self.channel == next.channel && apart <= TOGETHER_MS.unsigned_abs()
    }
}

#[cfg(test)]
mod tests;
