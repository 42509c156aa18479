//! Formats the parts of a message as text: the message that it replies to, its content, files, embeds and reactions.

use serde_json::Value;

use super::markup;
use super::scope::{self, Scope, counted};
use super::styled::{Styled, Tone};

/// The maximum number of parts of one kind that are shown. For all kinds except reactions, Discord allows fewer.
const MOST: usize = 20;
/// The maximum depth of nested components that are shown: a container contains a row, which contains a button.
const DEEPEST: u32 = 4;
/// The width in columns of quoted text, such as that of a reply or an embed.
const QUOTED: usize = 120;
/// The maximum number of characters of a text on one line. No terminal is wider.
const ON_A_LINE: usize = 500;
/// The maximum length of content that Discord accepts.
const LONGEST_CONTENT: usize = 4000;

/// The type of the message that Discord sends when a poll ends.
const POLL_RESULT: u64 = 46;

/// The sentence for each type of system message. `{}` is replaced with the content, and `{mention}` with the first
/// person mentioned. Source: Discord's reference, "Message Resource", "Message Types".
const SYSTEM: &[(u64, &str)] = &[
    (1, "added {mention} to the group"),
    (2, "removed {mention} from the group"),
    (3, "started a call"),
    (4, "renamed the channel to {}"),
    (5, "changed the channel's icon"),
    (6, "pinned a message"),
    (7, "joined the server"),
    (8, "boosted the server"),
    (9, "boosted the server to level 1"),
    (10, "boosted the server to level 2"),
    (11, "boosted the server to level 3"),
    (12, "added the announcements of {} to this channel"),
    (14, "The server is no longer listed in Server Discovery"),
    (15, "The server is listed in Server Discovery again"),
    (16, "The server has failed the requirements of Server Discovery for a week"),
    (17, "The server has failed the requirements of Server Discovery for three weeks"),
    (18, "started the thread {}"),
    (22, "Discord suggests inviting people to the server"),
    (24, "AutoMod acted on a message of this person"),
    (25, "bought a role subscription"),
    (26, "Discord suggests a premium upgrade"),
    (27, "started the stage {}"),
    (28, "ended the stage {}"),
    (29, "is now a speaker"),
    (31, "changed the stage's topic to {}"),
    (32, "subscribed to an app for the server"),
    (36, "enabled security actions"),
    (37, "disabled security actions"),
    (38, "reported a raid"),
    (39, "reported a false alarm"),
    (44, "bought something from the server's shop"),
    (POLL_RESULT, "closed a poll"),
];

/// A message to show.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    json: &'a Value,
    scope: Scope<'a>,
}

impl<'a> Message<'a> {
    pub fn new(json: &'a Value, scope: Scope<'a>) -> Self {
        let guild = scope::guild(json).or(scope.guild);
        Self { json, scope: scope.within(guild) }
    }

    pub fn id(&self) -> &'a str {
        self.text("id")
    }

    /// The author's id and name. Both identify the author: a webhook posts under one id with many names.
    pub fn author_key(&self) -> (&'a str, &'a str) {
        let author = &self.json["author"];
        (scope::id(author).unwrap_or_default(), author["username"].as_str().unwrap_or_default())
    }

    /// The author's name, marked if the author is a bot or a webhook.
    pub fn author(&self) -> Styled {
        let mut name = self.author_name();
        let is_webhook = self.json["webhook_id"].is_string() && self.json["application_id"].is_null();
        if is_webhook {
            name.push(Tone::Dim, " [webhook]");
        } else if self.json["author"]["bot"] == Value::Bool(true) {
            name.push(Tone::Dim, " [bot]");
        }
        name
    }

    fn author_name(&self) -> Styled {
        let author = &self.json["author"];
        let nickname = self.json["member"]["nick"].as_str().filter(|name| !name.trim().is_empty());
        if let (Some(nickname), Some(id)) = (nickname, scope::id(author)) {
            return Styled::new(Tone::person(id), nickname);
        }
        // A webhook chooses its name for each message, so the name is not that of a member.
        let scope = if self.json["webhook_id"].is_string() { self.scope.within(None) } else { self.scope };
        scope.person(author).unwrap_or_else(|| Styled::new(Tone::Dim, "somebody"))
    }

    pub fn channel(&self) -> Option<Styled> {
        self.scope.channel(self.json.get("channel_id")?)
    }

    pub fn scope(&self) -> Scope<'a> {
        self.scope
    }

    pub fn channel_id(&self) -> &'a str {
        self.text("channel_id")
    }

    /// When the message was sent, in milliseconds since the Unix epoch.
    pub fn sent_ms(&self) -> Option<i64> {
        scope::milliseconds(&self.json["timestamp"]).or_else(|| scope::created_ms(self.id()))
    }

    /// Whether the message replies to a message or a command.
    pub fn is_reply(&self) -> bool {
        self.json["message_reference"].is_object() || self.json["interaction_metadata"].is_object()
    }

    /// All parts of the message, each of which starts a new line.
    pub fn parts(&self) -> Vec<Styled> {
        let mut parts = Vec::new();
        parts.extend(self.reference());
        if let Some(text) = self.system() {
            parts.push(text.toned(Tone::Dim));
        } else {
            let content = self.content();
            if !content.is_empty() {
                parts.push(content);
            }
        }
        if !self.json["edited_timestamp"].is_null() {
            match parts.last_mut() {
                Some(last) => last.push(Tone::Dim, " (edited)"),
                None => {
                    parts.push(Styled::new(Tone::Dim, "(edited)"));
                    &mut parts[0]
                }
            };
        }
        parts.extend(self.forwards());
        parts.extend(self.extras(true));
        if parts.is_empty() {
            parts.push(Styled::new(Tone::Dim, "(no text)"));
        }
        parts.extend(self.reactions());
        parts
    }

    /// The message with its author on one line.
    pub fn gist(&self) -> Styled {
        let mut line = self.author_name();
        if let Some(text) = self.system() {
            line.push(Tone::Plain, " ").append(text);
            return line;
        }
        if let Some(replied) = self.json.get("referenced_message").filter(|replied| replied.is_object()) {
            line.push(Tone::Dim, " ↳ ").append(Message::new(replied, self.scope).author_name());
        }
        line.push(Tone::Plain, ":");
        let content = begin(self.text("content"), LONGEST_CONTENT);
        let content = markup::styled(&content.split_whitespace().collect::<Vec<_>>().join(" "), &self.scope);
        let rest = self.forwards().into_iter().chain(self.extras(false));
        let mut parts = std::iter::once(content).chain(rest).filter(|part| !part.is_empty()).take(MOST);
        match parts.next() {
            Some(first) => line.push(Tone::Plain, " ").append(first),
            None => line.push(Tone::Dim, " (no text)"),
        };
        for part in parts {
            line.push(Tone::Plain, "  ").append(part);
        }
        line
    }

    /// The text of the message without its author: its content, or otherwise a description of its other parts.
    pub fn summary(&self) -> String {
        if let Some(text) = self.system() {
            return text.plain();
        }
        let content = self.content();
        if !content.is_empty() {
            return content.plain();
        }
        let parts: Vec<_> = self.forwards().into_iter().chain(self.extras(false)).map(|part| part.plain()).collect();
        parts.join(" ")
    }

    fn text(&self, field: &str) -> &'a str {
        self.json.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    fn list(&self, field: &str) -> &'a [Value] {
        list(self.json, field)
    }

    fn content(&self) -> Styled {
        markup::styled(self.text("content").trim_end(), &self.scope)
    }

    /// The sentence of a system message. `None` for a message from a user or a bot.
    pub fn system(&self) -> Option<Styled> {
        let kind = self.json["type"].as_u64()?;
        let (_, sentence) = SYSTEM.iter().find(|(known, _)| *known == kind)?;
        let mut text = Styled::default();
        let (before, after) = match sentence.split_once(['{', '}']) {
            Some((before, rest)) => (before, rest.split_once('}').map_or("", |(_, after)| after)),
            None => (*sentence, ""),
        };
        text.push(Tone::Plain, before);
        if sentence.contains("{mention}") {
            let who = self.list("mentions").first().and_then(|who| self.scope.person(who));
            text.append(who.unwrap_or_else(|| Styled::new(Tone::Plain, "somebody")));
        } else if sentence.contains("{}") {
            text.append(self.content().cut(QUOTED));
        } else if kind == POLL_RESULT {
            let field = |name: &str| {
                let fields = list(self.list("embeds").first()?, "fields");
                fields.iter().find(|field| field["name"] == name)?["value"].as_str()
            };
            if let Some(question) = field("poll_question_text") {
                text.push(Tone::Plain, ": ").push(Tone::Plain, question);
            }
            if let Some(winner) = field("victor_answer_text") {
                text.push(Tone::Plain, " — ").push(Tone::Plain, winner);
            }
        }
        text.push(Tone::Plain, after);
        Some(text.cut(ON_A_LINE))
    }

    /// The message that this one replies to, or the command that it responds to.
    fn reference(&self) -> Option<Styled> {
        const FORWARD: u64 = 1;
        let mut line = Styled::new(Tone::Dim, "↳ ");
        let used = &self.json["interaction_metadata"];
        if used.is_object() {
            let name = self.json["interaction"]["name"].as_str().or_else(|| used["name"].as_str());
            let who = self.scope.person(&used["user"])?;
            line.append(who)
                .push(Tone::Dim, " used ")
                .push(Tone::Dim, &name.map_or_else(|| "a command".to_owned(), |name| format!("/{name}")));
            return Some(line.cut(QUOTED));
        }
        if self.system().is_some() || self.json["message_reference"]["type"].as_u64() == Some(FORWARD) {
            return None;
        }
        match self.json.get("referenced_message") {
            Some(replied) if replied.is_object() => {
                let replied = Message { json: replied, scope: self.scope };
                line.append(replied.gist().toned(Tone::Dim));
            }
            Some(_) if self.json["message_reference"].is_object() => {
                line.push(Tone::Dim, "a deleted message");
            }
            _ => return None,
        }
        Some(line.cut(QUOTED))
    }

    /// The forwarded messages in this one.
    fn forwards(&self) -> Vec<Styled> {
        let snapshots = self.list("message_snapshots").iter().take(MOST);
        let shown = snapshots.map(|snapshot| {
            let forwarded = Message { json: &snapshot["message"], scope: self.scope };
            let mut line = Styled::new(Tone::Dim, "[forwarded] ");
            line.append(forwarded.content());
            for extra in forwarded.extras(false) {
                line.push(Tone::Plain, "  ").append(extra);
            }
            line
        });
        shown.collect()
    }

    /// Files, embeds, stickers, the poll with or without its answers, components and the thread.
    fn extras(&self, with_answers: bool) -> Vec<Styled> {
        let mut extras = Vec::new();
        extras.extend(shown(self.list("attachments"), "file", attachment));
        // The sentence for a closed poll includes the result, so its embed is not shown.
        if self.json["type"].as_u64() != Some(POLL_RESULT) {
            extras.extend(shown(self.list("embeds"), "embed", |embed| self.embed(embed)));
        }
        extras.extend(shown(self.list("sticker_items"), "sticker", |sticker| {
            labelled("sticker", sticker["name"].as_str()?)
        }));
        extras.extend(self.poll().into_iter().take(if with_answers { usize::MAX } else { 1 }));
        let components = self.components();
        if !components.is_empty() {
            extras.push(components);
        }
        let thread = &self.json["thread"];
        if let Some(channel) = self.scope.channel(thread) {
            let mut line = Styled::new(Tone::Dim, "[thread] ");
            line.append(channel);
            if let Some(count) = thread["message_count"].as_u64() {
                line.push(Tone::Dim, &format!(" ({})", counted(count, "message")));
            }
            extras.push(line);
        }
        extras
    }

    /// Each embed, as `[embed] Title — text`.
    pub fn embeds(&self) -> impl Iterator<Item = Styled> {
        self.list("embeds").iter().filter_map(|embed| self.embed(embed))
    }

    /// The texts and labels of all components.
    pub fn components(&self) -> Styled {
        let mut components = Styled::default();
        list_components(self.list("components"), DEEPEST, &mut components);
        components
    }

    fn embed(&self, embed: &Value) -> Option<Styled> {
        let text = |field: &str| embed[field].as_str().filter(|text| !text.trim().is_empty());
        let mut line = Styled::new(Tone::Dim, "[embed]");
        let title = text("title").or_else(|| embed["author"]["name"].as_str());
        if let Some(title) = title {
            line.push(Tone::Plain, " ").push(Tone::Bold, title);
        }
        let fields = list(embed, "fields").iter().take(MOST);
        let fields =
            fields.filter_map(|field| Some(format!("{}: {}", field["name"].as_str()?, field["value"].as_str()?)));
        let fields = fields.collect::<Vec<_>>().join(", ");
        let description = text("description").or(Some(&fields)).filter(|text| !text.is_empty());
        if let Some(description) = description {
            let beginning = begin(description, ON_A_LINE);
            line.push(Tone::Plain, if title.is_some() { " — " } else { " " });
            line.append(markup::styled(&beginning, &self.scope).cut(QUOTED));
        }
        if let Some(url) = text("url") {
            line.push(Tone::Dim, &format!(" {url}"));
        } else if title.is_none() && description.is_none() {
            let picture = ["image", "video", "thumbnail"].iter().find_map(|field| embed[*field]["url"].as_str());
            line.push(Tone::Dim, &format!(" {}", picture.or(embed["type"].as_str()).unwrap_or("without text")));
        }
        Some(line)
    }

    fn poll(&self) -> Vec<Styled> {
        let poll = &self.json["poll"];
        let Some(question) = poll["question"]["text"].as_str() else { return Vec::new() };
        let mut lines = vec![Styled::new(Tone::Dim, "[poll] ")];
        lines[0].push(Tone::Bold, question);
        let counts = list(&poll["results"], "answer_counts");
        for answer in list(poll, "answers").iter().take(MOST) {
            let count = counts.iter().find(|count| count["id"] == answer["answer_id"]);
            let votes = count.and_then(|count| count["count"].as_u64()).unwrap_or(0);
            let mut line = Styled::new(Tone::Plain, "  ");
            let media = &answer["poll_media"];
            if let Some(emoji) = emoji(&media["emoji"]) {
                line.push(Tone::Plain, &format!("{emoji} "));
            }
            line.push(Tone::Plain, media["text"].as_str().unwrap_or_default());
            line.push(Tone::Dim, &format!("  {}", counted(votes, "vote")));
            lines.push(line);
        }
        lines
    }

    fn reactions(&self) -> Option<Styled> {
        let mut line = Styled::default();
        for reaction in self.list("reactions").iter().take(MOST) {
            let count = reaction["count"].as_u64().unwrap_or(0);
            let gap = if line.is_empty() { "" } else { "   " };
            line.push(Tone::Dim, &format!("{gap}{} {count}", emoji(&reaction["emoji"])?));
        }
        (!line.is_empty()).then_some(line)
    }
}

/// An emoji as text: the character of a standard emoji, or the name of a custom one.
pub fn emoji(emoji: &Value) -> Option<String> {
    let name = emoji["name"].as_str();
    match (emoji["id"].as_str(), name) {
        (Some(id), name) => Some(format!(":{}:", name.unwrap_or(id))),
        (None, name) => name.map(str::to_owned),
    }
}

fn list<'a>(object: &'a Value, field: &str) -> &'a [Value] {
    object.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A line for each item, and one for the number of items beyond [`MOST`].
fn shown(items: &[Value], what: &str, line: impl Fn(&Value) -> Option<Styled>) -> Vec<Styled> {
    let mut lines: Vec<_> = items.iter().take(MOST).filter_map(line).collect();
    if let Some(more) = items.len().checked_sub(MOST).filter(|more| *more > 0) {
        lines.push(Styled::new(Tone::Dim, &format!("[{what}] and {more} more")));
    }
    lines
}

/// `[sticker] Wave`.
fn labelled(label: &str, text: &str) -> Option<Styled> {
    let mut line = Styled::new(Tone::Dim, &format!("[{label}] "));
    line.push(Tone::Plain, text);
    Some(line)
}

fn attachment(file: &Value) -> Option<Styled> {
    let mut line = labelled("file", file["filename"].as_str().or_else(|| file["title"].as_str())?)?;
    if let Some(size) = file["size"].as_u64() {
        line.push(Tone::Dim, &format!(" ({})", bytes(size)));
    }
    if let Some(description) = file["description"].as_str() {
        line.push(Tone::Plain, " — ").push(Tone::Plain, description);
    }
    Some(line.cut(ON_A_LINE))
}

/// `512 B`, `1.2 KiB`.
fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if size < 1024 {
        return format!("{size} B");
    }
    let mut scaled = size as f64 / 1024.0;
    let mut unit = 0;
    while scaled >= 1023.95 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{scaled:.1} {}", UNITS[unit])
}

/// The texts and labels of components, one after another.
fn list_components(components: &[Value], depth: u32, to: &mut Styled) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for component in components.iter().take(MOST) {
        // Source: Discord's reference, "Component Reference", "Component Types".
        let label = match component["type"].as_u64() {
            Some(2) => Some("button"),
            Some(3 | 5..=8) => Some("menu"),
            Some(10) => Some("text"),
            Some(12) => Some("gallery"),
            Some(13) => Some("file"),
            _ => None,
        };
        let own_emoji = emoji(&component["emoji"]);
        let text = ["label", "placeholder", "content", "custom_id"].iter().find_map(|field| component[*field].as_str());
        if let Some(label) = label {
            let gap = if to.is_empty() { "" } else { "  " };
            to.push(Tone::Dim, &format!("{gap}[{label}]"));
            for text in own_emoji.as_deref().into_iter().chain(text) {
                let beginning = begin(text, ON_A_LINE);
                to.push(Tone::Plain, " ").push(Tone::Plain, &beginning);
            }
            if let Some(url) = component["url"].as_str() {
                to.push(Tone::Dim, &format!(" {url}"));
            }
        }
        list_components(list(component, "components"), depth, to);
    }
}

/// The first characters of a text, with an ellipsis if there are more.
fn begin(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
