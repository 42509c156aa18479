//! Generates large numbers of messages, for load tests and benchmarks.

use std::fmt::Write;

use serde_json::{Value, json};

use super::command::Shard;
use super::intents::{GUILD_MESSAGES, MESSAGE_CONTENT};
use super::world::World;
use crate::model::{DISCORD_EPOCH_MS, time};

/// A stream of MESSAGE_CREATE events for each session with the intent for guild messages. It starts
/// after READY and the session's guilds. The messages are numbered from 1 in their `content`
/// (`flood 1 …`).
///
/// The number of unsent messages is bounded, whether the client is connected or not. If a session
/// is lost, the shard's next session continues with the next number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flood {
    /// The number of messages per shard.
    pub events: u64,
    /// Messages per second and shard. `None` sends them as fast as the client reads.
    pub rate: Option<f64>,
    /// The approximate size of `d` in bytes. The messages of real servers have about 1200.
    pub size: usize,
}

/// A message of a flood: its number and its time in Unix microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FloodMessage {
    pub number: u64,
    pub at_us: i64,
}

pub(super) fn now_us() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the sandbox has its own clock, and floods need microseconds")]
    let now = jiff::Timestamp::now();
    now.as_microsecond()
}

/// The parts that the messages of a flood have in common.
#[derive(Debug)]
pub(super) struct Template {
    /// The JSON of the constant fields, which follow the variable ones.
    tail: String,
    guild: u64,
    authors: Vec<String>,
    /// The number of bytes in `content`. `None` if the session has no message content intent.
    filler: Option<usize>,
}

/// English words for the content, so that it compresses like real messages.
const WORDS: [&str; 32] = [
    "the",
    "build",
    "is",
    "green",
    "again",
    "who",
    "broke",
    "main",
    "please",
    "look",
    "at",
    "this",
    "thread",
    "before",
    "you",
    "merge",
    "thanks",
    "see",
    "https://example.com/issues/",
    "and",
    "tell",
    "me",
    "what",
    "think",
    "ok",
    "done",
    "deployed",
    "to",
    "staging",
    "twenty",
    "minutes",
    "ago",
];

impl Template {
    /// Creates the template for the shard's first guild, or for a fictitious one if it has none.
    pub fn new(world: &dyn World, shard: Shard, intents: u64, size: usize) -> Self {
        let guild = world.guilds().into_iter().find(|&guild| shard.covers(Some(guild)));
        let channel = guild.and_then(|guild| {
            let guild = world.guild_create(guild, 50);
            let channels = guild["channels"].as_array()?;
            let text = channels.iter().find(|c| c["type"] == 0)?;
            text["id"].as_str().map(str::to_owned)
        });
        let members = guild.map(|guild| world.members(guild)).unwrap_or_default();
        let guild = guild.unwrap_or_else(|| u64::from(shard.id) << 22 | 1);
        let channel = channel.unwrap_or_else(|| (guild + 1).to_string());
        let members = members.into_iter().filter(|m| m["user"]["bot"] != true).take(16).collect();
        Self::with(guild, &channel, members, intents & MESSAGE_CONTENT != 0, size)
    }

    fn with(guild: u64, channel: &str, mut members: Vec<Value>, has_content: bool, size: usize) -> Self {
        if members.is_empty() {
            members = (0..16).map(|n| json!({"user": fake_user(guild, n)})).collect();
        }
        let authors = members
            .into_iter()
            .map(|mut member| {
                let user = member["user"].take();
                if let Some(member) = member.as_object_mut() {
                    member.shift_remove("user");
                }
                let member = match member {
                    Value::Object(fields) if !fields.is_empty() => Value::Object(fields),
                    _ => fake_member(),
                };
                format!(r#""author":{user},"member":{member}"#)
            })
            .collect();
        let tail = json!({
            "type": 0, "tts": false, "pinned": false, "mention_everyone": false,
            "mentions": [], "mention_roles": [], "mention_channels": [], "attachments": [],
            "embeds": [], "components": [], "edited_timestamp": null, "flags": 0,
            "channel_type": 0, "channel_id": channel, "guild_id": guild.to_string(),
        });
        let mut template = Self { tail: tail.to_string(), guild, authors, filler: has_content.then_some(0) };
        if has_content {
            let mut empty = String::new();
            template.write(FloodMessage { number: 1_000_000, at_us: now_us() }, &mut empty);
            template.filler = Some(size.saturating_sub(empty.len()));
        }
        template
    }

    /// The approximate size of a message in bytes.
    pub fn size(&self) -> usize {
        let author = self.authors.first().map_or(0, String::len);
        self.tail.len() + author + self.filler.unwrap_or(0) + 200
    }

    /// Writes one message. The same number and time always give the same message, so that a replay
    /// repeats it exactly.
    pub fn write(&self, FloodMessage { number, at_us }: FloodMessage, out: &mut String) {
        let mut random = fastrand::Rng::with_seed(number ^ self.guild);
        let ms = (at_us / 1000 - DISCORD_EPOCH_MS as i64).max(0) as u64;
        let id = ms << 22 | (number & 0x3f_ffff);
        let author = &self.authors[random.usize(..self.authors.len())];
        let micros = at_us.rem_euclid(1000);
        let when = time::rfc3339(at_us.div_euclid(1000)).unwrap_or_default();
        let when = when.trim_end_matches('Z');
        let (seconds, millis) = when.split_once('.').unwrap_or((when, ""));
        let _ = write!(
            out,
            r#"{{"id":"{id}","timestamp":"{seconds}.{millis:0<3}{micros:03}+00:00","nonce":"{number}",{author},"content":""#
        );
        if let Some(filler) = self.filler {
            let _ = write!(out, "flood {number}");
            let end = out.len() + filler;
            while out.len() < end {
                out.push(' ');
                out.push_str(WORDS[random.usize(..WORDS.len())]);
            }
            // The words are ASCII, so every index is a character boundary.
            out.truncate(end);
        }
        out.push_str("\",");
        out.push_str(&self.tail[1..]);
    }

    #[cfg(test)]
    pub fn example() -> Self {
        Self::with(5 << 22, "7", Vec::new(), true, 1200)
    }
}

/// Whether a session with these intents receives floods.
pub(super) const fn is_sent_to(intents: u64) -> bool {
    intents & GUILD_MESSAGES != 0
}

fn fake_user(guild: u64, n: u64) -> Value {
    json!({
        "id": (guild + 1000 + n).to_string(), "username": format!("someone{n}"),
        "global_name": format!("Someone {n}"), "avatar": null, "discriminator": "0",
        "public_flags": 0, "clan": null, "primary_guild": null, "avatar_decoration_data": null,
    })
}

fn fake_member() -> Value {
    json!({
        "roles": [], "nick": null, "avatar": null, "banner": null, "mute": false, "deaf": false,
        "joined_at": "2020-01-01T00:00:00.000000+00:00", "premium_since": null, "flags": 0,
        "pending": false, "communication_disabled_until": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(template: &Template, number: u64, at_us: i64) -> String {
        let mut out = String::new();
        template.write(FloodMessage { number, at_us }, &mut out);
        out
    }

    #[test]
    fn a_message_has_the_given_size_number_and_time() {
        let template = Template::example();
        for (number, at_us, when) in [
            (1, 1_700_000_000_123_456, "2023-11-14T22:13:20.123456+00:00"),
            (42, 1_700_000_000_000_007, "2023-11-14T22:13:20.000007+00:00"),
            (100_000, 1_700_000_000_120_000, "2023-11-14T22:13:20.120000+00:00"),
        ] {
            let text = message(&template, number, at_us);
            assert!((1150..1250).contains(&text.len()), "{} bytes", text.len());
            let value: Value = serde_json::from_str(&text).unwrap();
            let content = value["content"].as_str().unwrap();
            assert!(content.starts_with(&format!("flood {number} ")), "{content}");
            assert_eq!(value["timestamp"], when);
            assert_eq!(value["guild_id"], (5u64 << 22).to_string());
            assert_eq!(text, message(&template, number, at_us), "a replay repeats it");
        }
    }

    #[test]
    fn without_message_content_the_content_is_empty() {
        let template = Template::with(1, "2", Vec::new(), false, 1200);
        let value: Value = serde_json::from_str(&message(&template, 9, 0)).unwrap();
        assert_eq!((&value["content"], &value["nonce"]), (&json!(""), &json!("9")));
    }
}
