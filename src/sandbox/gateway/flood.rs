//! Messages without end: what drives the long tests and the benchmarks.

use std::fmt::Write;

use serde_json::{Value, json};

use super::command::Shard;
use super::intents::{GUILD_MESSAGES, MESSAGE_CONTENT};
use super::world::World;
use crate::model::{DISCORD_EPOCH_MS, time};

/// A stream of MESSAGE_CREATE for each session that gets guild messages, numbered from 1 in their
/// `content` (`flood 1 …`), once the session is READY and has its guilds.
///
/// It never outruns the reader: what was not sent yet is bounded, connected or not, and what was
/// sent stays in the replay buffer. If a session is lost its successor goes on with the next number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flood {
    /// How many, for each shard.
    pub events: u64,
    /// So many a second for each shard; `None` is as fast as the client reads.
    pub rate: Option<f64>,
    /// About how many bytes `d` has. Real messages have about 1200.
    pub size: usize,
}

/// A message of a flood: its number and when it was made, in microseconds of Unix time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub number: u64,
    pub at_us: i64,
}

pub(super) fn now_us() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the sandbox keeps a clock of its own, and this one needs microseconds"
    )]
    let now = jiff::Timestamp::now();
    now.as_microsecond()
}

/// The parts of a message that stay the same from one to the next.
#[derive(Debug)]
pub(super) struct Template {
    /// What follows the members that differ.
    tail: String,
    guild: u64,
    authors: Vec<String>,
    /// Bytes of filler in the content; none where the session does not see contents.
    filler: Option<usize>,
}

/// What people say, so that it compresses like what people say.
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
    /// For the shard's first guild, or a made-up one where it has none.
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
        let people = members.into_iter().filter(|m| m["user"]["bot"] != true).take(16).collect();
        Self::with(guild, &channel, people, intents & MESSAGE_CONTENT != 0, size)
    }

    fn with(guild: u64, channel: &str, mut people: Vec<Value>, content: bool, size: usize) -> Self {
        if people.is_empty() {
            people = (0..16).map(|n| json!({"user": someone(guild, n)})).collect();
        }
        let authors = people
            .into_iter()
            .map(|mut member| {
                let user = member["user"].take();
                if let Some(member) = member.as_object_mut() {
                    member.shift_remove("user");
                }
                let member = match member {
                    Value::Object(fields) if !fields.is_empty() => Value::Object(fields),
                    _ => member_since(),
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
        let mut template = Self { tail: tail.to_string(), guild, authors, filler: content.then_some(0) };
        if content {
            let mut bare = String::new();
            template.write(Number { number: 1_000_000, at_us: now_us() }, &mut bare);
            template.filler = Some(size.saturating_sub(bare.len()));
        }
        template
    }

    /// About what a message takes.
    pub fn size(&self) -> usize {
        let author = self.authors.first().map_or(0, String::len);
        self.tail.len() + author + self.filler.unwrap_or(0) + 200
    }

    /// Writes one message: the same for the same number, so that a replay repeats it exactly.
    pub fn write(&self, Number { number, at_us }: Number, out: &mut String) {
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
            // The words are ASCII: any length is a boundary.
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

/// Whether a flood reaches a session with these intents.
pub(super) const fn reaches(intents: u64) -> bool {
    intents & GUILD_MESSAGES != 0
}

fn someone(guild: u64, n: u64) -> Value {
    json!({
        "id": (guild + 1000 + n).to_string(), "username": format!("someone{n}"),
        "global_name": format!("Someone {n}"), "avatar": null, "discriminator": "0",
        "public_flags": 0, "clan": null, "primary_guild": null, "avatar_decoration_data": null,
    })
}

fn member_since() -> Value {
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
        template.write(Number { number, at_us }, &mut out);
        out
    }

    #[test]
    fn a_message_has_its_size_its_number_and_its_time() {
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
