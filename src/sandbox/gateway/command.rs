//! Parses and checks the payloads that a client sends.

use serde_json::Value;

use super::close::Close;
use super::intents;
use super::members::MembersRequest;
use super::value::{flag, id, ids};
use crate::model::Secret;

/// Discord's limit for a payload from a client, in bytes.
pub(super) const MAX_PAYLOAD: usize = 4096;

/// A shard's id and the total number of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shard {
    pub id: u32,
    pub count: u32,
}

impl Shard {
    pub const ONLY: Self = Self { id: 0, count: 1 };

    /// Whether this shard receives the guild's events. Events without a guild go to shard 0.
    pub fn covers(self, guild: Option<u64>) -> bool {
        guild.map_or(0, |guild| (guild >> 22) % u64::from(self.count)) == u64::from(self.id)
    }
}

#[derive(Debug)]
pub(super) struct Identify {
    pub token: Secret,
    pub intents: u64,
    /// `None` if the client did not name a shard; then READY contains none either.
    pub shard: Option<Shard>,
    pub compress: bool,
    pub large_threshold: u16,
}

#[derive(Debug)]
pub(super) struct Resume {
    pub token: Secret,
    pub session_id: String,
    pub seq: u64,
}

#[derive(Debug)]
pub(super) struct Voice {
    pub guild: u64,
    pub channel: Option<u64>,
    pub self_mute: bool,
    pub self_deaf: bool,
}

#[derive(Debug)]
pub(super) enum Command {
    Heartbeat,
    Identify(Identify),
    Presence(Value),
    Voice(Voice),
    Resume(Resume),
    Members(MembersRequest),
    Sounds(Vec<u64>),
    ChannelInfo { guild: u64, fields: Vec<String> },
}

impl Command {
    pub fn parse(payload: &[u8]) -> Result<Self, Close> {
        if payload.len() > MAX_PAYLOAD {
            return Err(Close::DECODE_ERROR);
        }
        let payload: Value = serde_json::from_slice(payload).map_err(|_| Close::DECODE_ERROR)?;
        let op = payload.get("op").and_then(Value::as_u64).ok_or(Close::DECODE_ERROR)?;
        let d = &payload["d"];
        match op {
            1 => heartbeat(d),
            2 => identify(d),
            3 => presence(d),
            4 => voice(d).ok_or(Close::DECODE_ERROR).map(Self::Voice),
            6 => resume(d).ok_or(Close::DECODE_ERROR).map(Self::Resume),
            8 => MembersRequest::parse(d).ok_or(Close::DECODE_ERROR).map(Self::Members),
            31 => ids(&d["guild_ids"]).ok_or(Close::DECODE_ERROR).map(Self::Sounds),
            43 => channel_info(d).ok_or(Close::DECODE_ERROR),
            _ => Err(Close::UNKNOWN_OPCODE),
        }
    }
}

fn heartbeat(d: &Value) -> Result<Command, Close> {
    if d.is_null() || d.is_u64() { Ok(Command::Heartbeat) } else { Err(Close::DECODE_ERROR) }
}

fn identify(d: &Value) -> Result<Command, Close> {
    let token = d["token"].as_str().ok_or(Close::DECODE_ERROR)?;
    if !d["properties"].is_object() {
        return Err(Close::DECODE_ERROR);
    }
    let intents = d["intents"].as_u64().filter(|intents| intents & !intents::ALL == 0).ok_or(Close::INVALID_INTENTS)?;
    let shard = match &d["shard"] {
        Value::Null => None,
        shard => Some(self::shard(shard).ok_or(Close::INVALID_SHARD)?),
    };
    let large_threshold = match &d["large_threshold"] {
        Value::Null => 50,
        threshold => threshold
            .as_u64()
            .filter(|t| (50..=250).contains(t))
            .and_then(|t| u16::try_from(t).ok())
            .ok_or(Close::DECODE_ERROR)?,
    };
    let compress = flag(&d["compress"]).ok_or(Close::DECODE_ERROR)?;
    if !d["presence"].is_null() {
        presence(&d["presence"])?;
    }
    let token = Secret::new(token);
    Ok(Command::Identify(Identify { token, intents, shard, compress, large_threshold }))
}

fn shard(value: &Value) -> Option<Shard> {
    let [id, count] = value.as_array()?.as_slice() else { return None };
    let id = u32::try_from(id.as_u64()?).ok()?;
    let count = u32::try_from(count.as_u64()?).ok()?;
    (id < count).then_some(Shard { id, count })
}

fn presence(d: &Value) -> Result<Command, Close> {
    let status = d["status"].as_str().ok_or(Close::DECODE_ERROR)?;
    let known = ["online", "dnd", "idle", "invisible", "offline"].contains(&status);
    let activities = d["activities"].is_null()
        || d["activities"]
            .as_array()
            .is_some_and(|list| list.iter().all(|a| a["name"].is_string() && a["type"].is_u64()));
    if known && activities { Ok(Command::Presence(d.clone())) } else { Err(Close::DECODE_ERROR) }
}

fn voice(d: &Value) -> Option<Voice> {
    let channel = match &d["channel_id"] {
        Value::Null => None,
        channel => Some(id(channel)?),
    };
    Some(Voice {
        guild: id(&d["guild_id"])?,
        channel,
        self_mute: flag(&d["self_mute"])?,
        self_deaf: flag(&d["self_deaf"])?,
    })
}

fn resume(d: &Value) -> Option<Resume> {
    Some(Resume {
        token: Secret::new(d["token"].as_str()?),
        session_id: d["session_id"].as_str()?.to_owned(),
        seq: d["seq"].as_u64()?,
    })
}

fn channel_info(d: &Value) -> Option<Command> {
    let fields = d["fields"].as_array()?.iter().map(|f| f.as_str().map(str::to_owned));
    Some(Command::ChannelInfo { guild: id(&d["guild_id"])?, fields: fields.collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_payload_has_the_close_code_of_its_error() {
        let identify = |rest: &str| format!(r#"{{"op":2,"d":{{"properties":{{}}{rest}}}}}"#);
        for (payload, code) in [
            (String::new(), 4002),
            ("{".to_owned(), 4002),
            ("[]".to_owned(), 4002),
            ("{}".to_owned(), 4002),
            (r#"{"op":"1"}"#.to_owned(), 4002),
            (r#"{"op":1,"d":"x"}"#.to_owned(), 4002),
            (r#"{"op":0,"d":null}"#.to_owned(), 4001),
            (r#"{"op":11}"#.to_owned(), 4001),
            (r#"{"op":99}"#.to_owned(), 4001),
            (identify(""), 4002),
            (r#"{"op":2,"d":{"token":"t","intents":1}}"#.to_owned(), 4002),
            (identify(r#","token":"t""#), 4013),
            (identify(r#","token":"t","intents":"1""#), 4013),
            (identify(r#","token":"t","intents":-1"#), 4013),
            (identify(r#","token":"t","intents":131072"#), 4013),
            (identify(r#","token":"t","intents":1,"shard":[1,1]"#), 4010),
            (identify(r#","token":"t","intents":1,"shard":[0,0]"#), 4010),
            (identify(r#","token":"t","intents":1,"shard":0"#), 4010),
            (identify(r#","token":"t","intents":1,"large_threshold":49"#), 4002),
            (identify(r#","token":"t","intents":1,"compress":1"#), 4002),
            (identify(r#","token":"t","intents":1,"presence":{"status":"here"}"#), 4002),
            (r#"{"op":3,"d":{"status":"online","activities":[{"type":0}]}}"#.to_owned(), 4002),
            (r#"{"op":4,"d":{"channel_id":null}}"#.to_owned(), 4002),
            (r#"{"op":6,"d":{"token":"t","session_id":"s","seq":null}}"#.to_owned(), 4002),
            (r#"{"op":31,"d":{"guild_ids":["x"]}}"#.to_owned(), 4002),
            (r#"{"op":43,"d":{"guild_id":"1"}}"#.to_owned(), 4002),
            (format!(r#"{{"op":1,"d":null,"x":"{}"}}"#, "a".repeat(MAX_PAYLOAD)), 4002),
        ] {
            let close = Command::parse(payload.as_bytes()).unwrap_err();
            assert_eq!(close.code, code, "{payload:.100}");
        }
    }

    #[test]
    fn an_identify_has_defaults_and_rejects_unknown_intents() {
        let payload = br#"{"op":2,"d":{"token":"t","properties":{},"intents":33554431}}"#;
        assert_eq!(Command::parse(payload).unwrap_err().code, 4013);
        let payload = br#"{"op":2,"d":{"token":"t","properties":{},"intents":53608447}}"#;
        let Command::Identify(identify) = Command::parse(payload).unwrap() else { panic!() };
        assert_eq!(identify.intents, intents::ALL);
        assert_eq!((identify.shard, identify.compress), (None, false));
        assert_eq!((identify.large_threshold, identify.token.expose()), (50, "t"));
    }

    #[test]
    fn each_guild_belongs_to_exactly_one_shard() {
        for (guild, id) in [(None, 0), (Some(1 << 22), 1), (Some(5 << 22), 1), (Some(1), 0)] {
            let covering: Vec<u32> = (0..4).filter(|&id| Shard { id, count: 4 }.covers(guild)).collect();
            assert_eq!(covering, [id], "{guild:?}");
        }
    }
}
