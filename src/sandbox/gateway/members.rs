//! Op 8, Request Guild Members: parses the request and creates the chunks.

use serde_json::{Value, json};

use super::intents::{GUILD_MEMBERS, GUILD_PRESENCES};
use super::value::{flag, id, ids};

/// The maximum number of members in one GUILD_MEMBERS_CHUNK.
const CHUNK_SIZE: usize = 1000;
/// The maximum number of members that a search or a list of ids returns.
const MAX_RESULTS: usize = 100;
/// A longer nonce is ignored.
const MAX_NONCE_LENGTH: usize = 32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    All,
    /// At most this many members.
    First(usize),
    /// At most this many members whose name starts with the prefix.
    Prefix(String, usize),
    Ids(Vec<u64>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MembersRequest {
    pub guild: u64,
    pub selection: Selection,
    pub presences: bool,
    pub nonce: Option<String>,
}

impl MembersRequest {
    /// Parses `d`. `None` for a request that Discord rejects: more than one guild, neither `query`
    /// nor `user_ids`, or a `query` without `limit`.
    pub fn parse(d: &Value) -> Option<Self> {
        let guild = match &d["guild_id"] {
            Value::Array(guilds) => match guilds.as_slice() {
                [guild] => id(guild)?,
                _ => return None,
            },
            guild => id(guild)?,
        };
        let selection = if d["user_ids"].is_null() {
            let query = d["query"].as_str()?;
            let limit = usize::try_from(d["limit"].as_u64()?).ok()?;
            match (query, limit) {
                ("", 0) => Selection::All,
                ("", limit) => Selection::First(limit),
                (_, 0) => Selection::Prefix(query.to_lowercase(), MAX_RESULTS),
                (_, limit) => Selection::Prefix(query.to_lowercase(), limit.min(MAX_RESULTS)),
            }
        } else {
            let mut ids = ids(&d["user_ids"])?;
            ids.truncate(MAX_RESULTS);
            Selection::Ids(ids)
        };
        let nonce = d["nonce"].as_str().filter(|n| n.len() <= MAX_NONCE_LENGTH).map(str::to_owned);
        Some(Self { guild, selection, presences: flag(&d["presences"])?, nonce })
    }

    /// Whether the intents allow the request. If they do not, Discord ignores it.
    pub fn allowed(&self, intents: u64) -> bool {
        !matches!(self.selection, Selection::All | Selection::First(_)) || intents & GUILD_MEMBERS != 0
    }

    /// The `d` of each chunk, generated one at a time because a large guild has many.
    pub fn chunks(&self, members: Vec<Value>, intents: u64) -> Chunks {
        let presences = self.presences && intents & GUILD_PRESENCES != 0;
        let (members, not_found) = select(&self.selection, members);
        let count = members.len().div_ceil(CHUNK_SIZE).max(1);
        Chunks {
            guild: self.guild,
            members: members.into_iter(),
            not_found,
            presences,
            nonce: self.nonce.clone(),
            index: 0,
            count,
        }
    }
}

fn select(selection: &Selection, mut members: Vec<Value>) -> (Vec<Value>, Vec<u64>) {
    let user = |member: &Value| id(&member["user"]["id"]);
    match selection {
        Selection::All => (members, Vec::new()),
        Selection::First(limit) => {
            members.truncate(*limit);
            (members, Vec::new())
        }
        Selection::Prefix(prefix, limit) => {
            let starts = |name: &Value| name.as_str().is_some_and(|n| n.to_lowercase().starts_with(prefix));
            members.retain(|m| starts(&m["user"]["username"]) || starts(&m["nick"]));
            members.truncate(*limit);
            (members, Vec::new())
        }
        Selection::Ids(ids) => {
            members.retain(|m| user(m).is_some_and(|id| ids.contains(&id)));
            let missing = |id: &&u64| !members.iter().any(|m| user(m) == Some(**id));
            let not_found = ids.iter().filter(missing).copied().collect();
            (members, not_found)
        }
    }
}

#[derive(Debug)]
pub(super) struct Chunks {
    guild: u64,
    members: std::vec::IntoIter<Value>,
    not_found: Vec<u64>,
    presences: bool,
    nonce: Option<String>,
    index: usize,
    count: usize,
}

impl Iterator for Chunks {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        if self.index == self.count {
            return None;
        }
        let mut chunk = json!({
            "guild_id": self.guild.to_string(),
            "members": self.members.by_ref().take(CHUNK_SIZE).collect::<Vec<_>>(),
            "chunk_index": self.index,
            "chunk_count": self.count,
        });
        if !self.not_found.is_empty() {
            chunk["not_found"] = self.not_found.iter().map(u64::to_string).collect();
        }
        if self.presences {
            // Only the bot is online.
            chunk["presences"] = json!([]);
        }
        if let Some(nonce) = &self.nonce {
            chunk["nonce"] = Value::from(nonce.as_str());
        }
        self.index += 1;
        Some(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(count: u64) -> Vec<Value> {
        (1..=count).map(|n| json!({"user": {"id": n.to_string(), "username": format!("User{n}")}})).collect()
    }

    fn request_chunks(d: Value, count: u64, intents: u64) -> Vec<Value> {
        MembersRequest::parse(&d).unwrap().chunks(members(count), intents).collect()
    }

    #[test]
    fn an_invalid_request_is_not_parsed() {
        for d in [
            json!(null),
            json!({"guild_id": "1"}),
            json!({"guild_id": "1", "query": ""}),
            json!({"guild_id": ["1", "2"], "query": "", "limit": 0}),
            json!({"guild_id": "x", "query": "", "limit": 0}),
            json!({"guild_id": "1", "user_ids": ["x"]}),
            json!({"guild_id": "1", "user_ids": ["1"], "presences": "yes"}),
        ] {
            assert_eq!(MembersRequest::parse(&d), None, "{d}");
        }
    }

    #[test]
    fn all_members_come_in_chunks_of_a_thousand() {
        let chunks = request_chunks(json!({"guild_id": "1", "query": "", "limit": 0, "nonce": "n"}), 2001, 2);
        let sizes: Vec<_> = chunks.iter().map(|c| c["members"].as_array().unwrap().len()).collect();
        assert_eq!(sizes, [1000, 1000, 1]);
        assert_eq!((&chunks[2]["chunk_index"], &chunks[2]["chunk_count"]), (&json!(2), &json!(3)));
        assert!(chunks.iter().all(|c| c["nonce"] == "n" && c["guild_id"] == "1"));
        assert_eq!(request_chunks(json!({"guild_id": "1", "query": "", "limit": 0}), 0, 2).len(), 1);
    }

    #[test]
    fn a_search_matches_prefixes_and_returns_at_most_a_hundred_members() {
        for (query, limit, expected) in
            [("uSER", 0, 100), ("user", 500, 100), ("user", 7, 7), ("user20", 50, 11), ("x", 1, 0)]
        {
            let chunks = request_chunks(json!({"guild_id": "1", "query": query, "limit": limit}), 209, 0);
            assert_eq!(chunks.len(), 1);
            assert_eq!(chunks[0]["members"].as_array().unwrap().len(), expected, "{query} {limit}");
        }
    }

    #[test]
    fn ids_that_are_not_members_are_returned_as_not_found() {
        let chunks = request_chunks(json!({"guild_id": "1", "user_ids": ["2", "99"]}), 3, 0);
        assert_eq!(chunks[0]["members"].as_array().unwrap().len(), 1);
        assert_eq!(chunks[0]["not_found"], json!(["99"]));
        let one = request_chunks(json!({"guild_id": "1", "user_ids": 2}), 3, 0);
        assert!(one[0].get("not_found").is_none());
    }

    #[test]
    fn presences_require_their_intent_and_a_long_nonce_is_ignored() {
        let d = json!({"guild_id": "1", "user_ids": [], "presences": true, "nonce": "n".repeat(33)});
        assert!(request_chunks(d.clone(), 1, 0)[0].get("presences").is_none());
        let chunk = &request_chunks(d, 1, GUILD_PRESENCES)[0];
        assert_eq!(chunk["presences"], json!([]));
        assert!(chunk.get("nonce").is_none());
        let all = MembersRequest::parse(&json!({"guild_id": "1", "query": "", "limit": 0}));
        assert!(!all.as_ref().unwrap().allowed(0) && all.unwrap().allowed(GUILD_MEMBERS));
    }
}
