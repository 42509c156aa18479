//! The payloads dcord sends: identify, resume, heartbeat, and the commands of users.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::ratelimit::MOST_BYTES;
use super::session::Session;
use crate::model::{Snowflake, Token};

/// A payload on its way out. It may carry the token, so it does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(String);

impl Payload {
    /// The text, for the socket.
    pub fn into_text(self) -> String {
        self.0
    }

    /// Whether it is a heartbeat, which carries nothing but the last sequence number.
    pub fn is_heartbeat(&self) -> bool {
        self.0.starts_with(HEARTBEAT)
    }

    #[cfg(test)]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payload(hidden)")
    }
}

/// How a session introduces itself.
#[derive(Clone, Debug)]
pub struct Identify {
    pub token: Token,
    pub intents: u64,
    /// `os`, `browser` and `device`.
    pub properties: Value,
    /// Asks for larger payloads as zlib documents; excludes the compression of the whole stream.
    pub compress: bool,
    /// From how many members on a guild comes without its offline ones: 50 to 250.
    pub large_threshold: Option<u8>,
    pub presence: Option<Value>,
}

impl Identify {
    pub fn payload(&self, shard: u32, shards: u32) -> Payload {
        let mut d = json!({
            "token": self.token.expose(),
            "properties": self.properties,
            "intents": self.intents,
            "shard": [shard, shards],
        });
        if self.compress {
            d["compress"] = true.into();
        }
        if let Some(threshold) = self.large_threshold {
            d["large_threshold"] = threshold.into();
        }
        if let Some(presence) = &self.presence {
            d["presence"] = presence.clone();
        }
        Payload(json!({"op": 2, "d": d}).to_string())
    }
}

pub fn resume(token: &Token, session: &Session) -> Payload {
    let d = json!({"token": token.expose(), "session_id": session.id, "seq": session.seq});
    Payload(json!({"op": 6, "d": d}).to_string())
}

/// How heartbeats begin.
const HEARTBEAT: &str = "{\"op\":1,";

pub fn heartbeat(seq: Option<u64>) -> Payload {
    Payload(format!("{HEARTBEAT}\"d\":{}}}", json!(seq)))
}

/// What dcord says of itself unless told otherwise.
pub fn default_properties() -> Value {
    json!({"os": std::env::consts::OS, "browser": "dcord", "device": "dcord"})
}

/// A gateway command of the user: a presence, a voice state, a request for members and the like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    op: u8,
    guild: Option<Snowflake>,
    text: String,
}

/// Cause a text is no gateway command.
#[derive(Debug, thiserror::Error)]
pub enum BadCommand {
    #[error("a gateway command is an object with op and d")]
    Shape(#[source] serde_json::Error),
    #[error(
        "op {0} is not a command: these are 3 presence, 4 voice state, 8 members, 31 soundboard sounds, 43 channel info"
    )]
    Op(u64),
    #[error("a gateway command has at most {MOST_BYTES} bytes, this one has {0}")]
    TooLong(usize),
}

#[derive(Deserialize)]
struct RawCommand<'a> {
    op: u64,
    #[serde(borrow)]
    d: &'a RawValue,
}

#[derive(Deserialize)]
struct Guilds {
    guild_id: Option<String>,
    #[serde(default)]
    guild_ids: Vec<String>,
}

const PRESENCE: u8 = 3;

impl Command {
    /// Reads `{"op":8,"d":{…}}`. Heartbeat, identify and resume are dcord's own and are refused.
    pub fn parse(text: &str) -> Result<Self, BadCommand> {
        let raw: RawCommand<'_> = serde_json::from_str(text).map_err(BadCommand::Shape)?;
        let op = match raw.op {
            3 | 4 | 8 | 31 | 43 => u8::try_from(raw.op).expect("the pattern has small numbers"),
            other => return Err(BadCommand::Op(other)),
        };
        // A command without a guild is for every shard, so what cannot be read as one is no error.
        let guild = serde_json::from_str::<Guilds>(raw.d.get())
            .ok()
            .and_then(|d| d.guild_id.or_else(|| d.guild_ids.into_iter().next())?.parse().ok());
        let text = text.trim();
        if text.len() > MOST_BYTES {
            return Err(BadCommand::TooLong(text.len()));
        }
        Ok(Self { op, guild, text: text.to_owned() })
    }

    /// The shard it is for; without a guild it is for each.
    pub fn shard(&self, shards: u32) -> Option<u32> {
        let shard = (self.guild?.get() >> 22) % u64::from(shards.max(1));
        Some(u32::try_from(shard).expect("it is below the shard count"))
    }

    pub fn is_presence(&self) -> bool {
        self.op == PRESENCE
    }

    /// The `d` of a presence, which a later identify must repeat.
    pub(super) fn presence(&self) -> Option<Value> {
        let raw: RawCommand<'_> = serde_json::from_str(&self.text).ok()?;
        self.is_presence().then(|| serde_json::from_str(raw.d.get()).ok())?
    }

    pub(super) fn into_payload(self) -> Payload {
        Payload(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TokenType;

    fn identify() -> Identify {
        Identify {
            token: Token::parse("aaaaaaaa.bbbbbb.cccccccc", TokenType::Bot).unwrap(),
            intents: 513,
            properties: json!({"os": "x"}),
            compress: false,
            large_threshold: None,
            presence: None,
        }
    }

    #[test]
    fn an_identify_says_what_was_asked_for_and_no_more() {
        assert_eq!(
            identify().payload(2, 4).value(),
            json!({"op": 2, "d": {
                "token": "aaaaaaaa.bbbbbb.cccccccc", "properties": {"os": "x"},
                "intents": 513, "shard": [2, 4],
            }})
        );
        let presence = json!({"status": "idle", "activities": [], "since": null, "afk": false});
        let full =
            Identify { compress: true, large_threshold: Some(250), presence: Some(presence.clone()), ..identify() };
        let d = &full.payload(0, 1).value()["d"];
        assert_eq!((&d["compress"], &d["large_threshold"]), (&json!(true), &json!(250)));
        assert_eq!(d["presence"], presence);
    }

    #[test]
    fn no_payload_prints_its_token() {
        let payload = identify().payload(0, 1);
        assert!(!format!("{payload:?} {:?}", identify()).contains("aaaaaaaa"));
    }

    #[test]
    fn a_command_goes_to_the_shard_of_its_guild() {
        let shard = |text: &str, shards| Command::parse(text).unwrap().shard(shards);
        let members = r#"{"op":8,"d":{"guild_id":"197038439483310086","query":"","limit":0}}"#;
        assert_eq!(shard(members, 10), Some(u32::try_from((197_038_439_483_310_086u64 >> 22) % 10).unwrap()));
        let sounds = r#"{"op":31,"d":{"guild_ids":["8388608"]}}"#;
        assert_eq!(shard(sounds, 4), Some(2));
        assert_eq!(shard(r#"{"op":3,"d":{"status":"idle"}}"#, 4), None);
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for op in [0, 1, 2, 6, 7, 9, 10, 11, 300] {
            let text = format!(r#"{{"op":{op},"d":null}}"#);
            assert!(matches!(Command::parse(&text), Err(BadCommand::Op(o)) if o == op));
        }
        assert!(matches!(Command::parse("nonsense"), Err(BadCommand::Shape(_))));
        let long = format!(r#"{{"op":3,"d":"{}"}}"#, "x".repeat(MOST_BYTES));
        assert!(matches!(Command::parse(&long), Err(BadCommand::TooLong(_))));
    }
}
