//! The payloads that dcord sends: IDENTIFY, RESUME, heartbeats, and the user's commands.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::ratelimit::MOST_BYTES;
use super::session::Session;
use crate::model::{Snowflake, Token};

/// An outgoing payload. It may contain the token, so its `Debug` output hides the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(String);

impl Payload {
    /// The JSON text.
    pub fn into_text(self) -> String {
        self.0
    }

    /// Whether the payload is a heartbeat, which contains only the last sequence number.
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

/// The contents of IDENTIFY.
#[derive(Clone, Debug)]
pub struct Identify {
    pub token: Token,
    pub intents: u64,
    /// `os`, `browser` and `device`.
    pub properties: Value,
    /// Requests zlib compression of large payloads. Excludes compression of the whole stream.
    pub compress: bool,
    /// From 50 to 250. Discord sends servers with at least this many members without their offline members.
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

/// The beginning of each heartbeat.
const HEARTBEAT: &str = "{\"op\":1,";

pub fn heartbeat(seq: Option<u64>) -> Payload {
    Payload(format!("{HEARTBEAT}\"d\":{}}}", json!(seq)))
}

/// The default connection properties.
pub fn default_properties() -> Value {
    json!({"os": std::env::consts::OS, "browser": "dcord", "device": "dcord"})
}

/// A gateway command from the user, such as a presence update, a voice state or a request for members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    op: u8,
    guild: Option<Snowflake>,
    text: String,
}

/// Why a text is not a gateway command.
#[derive(Debug, thiserror::Error)]
pub enum BadCommand {
    #[error("a gateway command must be an object with op and d")]
    Shape(#[source] serde_json::Error),
    #[error(
        "op {0} is not a gateway command; the commands are 3 presence, 4 voice state, 8 members, 31 soundboard sounds, 43 channel info"
    )]
    Op(u64),
    #[error("the gateway command is {0} bytes long; the maximum is {MOST_BYTES}")]
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
    /// Parses `{"op":8,"d":{…}}`. Refuses heartbeats, IDENTIFY and RESUME, which dcord sends itself.
    pub fn parse(text: &str) -> Result<Self, BadCommand> {
        let raw: RawCommand<'_> = serde_json::from_str(text).map_err(BadCommand::Shape)?;
        let op = match raw.op {
            3 | 4 | 8 | 31 | 43 => u8::try_from(raw.op).expect("the pattern has small numbers"),
            other => return Err(BadCommand::Op(other)),
        };
        // A command without a guild goes to every shard, so an unreadable guild is not an error.
        let guild = serde_json::from_str::<Guilds>(raw.d.get())
            .ok()
            .and_then(|d| d.guild_id.or_else(|| d.guild_ids.into_iter().next())?.parse().ok());
        let text = text.trim();
        if text.len() > MOST_BYTES {
            return Err(BadCommand::TooLong(text.len()));
        }
        Ok(Self { op, guild, text: text.to_owned() })
    }

    /// The shard of the command's guild, or `None` if the command is for every shard.
    pub fn shard(&self, shards: u32) -> Option<u32> {
        let shard = (self.guild?.get() >> 22) % u64::from(shards.max(1));
        Some(u32::try_from(shard).expect("it is below the shard count"))
    }

    pub fn is_presence(&self) -> bool {
        self.op == PRESENCE
    }

    /// The `d` of a presence update. Later IDENTIFYs must repeat it.
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
    fn an_identify_contains_only_the_fields_that_are_set() {
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
    fn debug_output_does_not_contain_the_token() {
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
    fn invalid_commands_are_refused() {
        for op in [0, 1, 2, 6, 7, 9, 10, 11, 300] {
            let text = format!(r#"{{"op":{op},"d":null}}"#);
            assert!(matches!(Command::parse(&text), Err(BadCommand::Op(o)) if o == op));
        }
        assert!(matches!(Command::parse("nonsense"), Err(BadCommand::Shape(_))));
        let long = format!(r#"{{"op":3,"d":"{}"}}"#, "x".repeat(MOST_BYTES));
        assert!(matches!(Command::parse(&long), Err(BadCommand::TooLong(_))));
    }
}
