//! Servers in the form that the gateway sends.

use serde_json::{Value, json};

use super::state::State;

/// How many members are online: the bot and the owner. For a server above the threshold,
/// GUILD_CREATE contains only these.
const ONLINE: usize = 2;

impl State {
    /// The `d` of GUILD_CREATE.
    pub fn guild_create(&self, id: u64, large_threshold: u16) -> Value {
        let Some(guild) = self.guilds.get(&id) else {
            return json!({"id": id.to_string(), "unavailable": true});
        };
        let large = guild.members.len() > usize::from(large_threshold);
        let shown = if large { ONLINE } else { usize::MAX };
        let members: Vec<Value> = guild
            .members
            .ascending(std::ops::Bound::Unbounded)
            .take(shown)
            .filter_map(|user| self.member(id, user).ok())
            .collect();
        let mine = guild.members.get(self.me);
        let mut data = self.guild_doc(id);
        let views =
            |ids: Vec<u64>| -> Vec<Value> { ids.into_iter().filter_map(|id| self.gateway_view(id).ok()).collect() };
        let threads = self.threads_of(id).into_iter().filter(|id| !self.is_hidden(*id)).collect();
        data["joined_at"] = mine.map_or(Value::Null, |member| member["joined_at"].clone());
        data["large"] = json!(large);
        data["unavailable"] = json!(false);
        data["member_count"] = json!(guild.members.len());
        data["voice_states"] = json!([]);
        data["members"] = json!(members);
        data["channels"] = json!(views(self.channels_of(id)));
        data["threads"] = json!(views(threads));
        data["presences"] = json!([]);
        data["stage_instances"] = json!([]);
        data["guild_scheduled_events"] = json!(self.documents.collection(&format!("/guilds/{id}/scheduled-events")));
        data["soundboard_sounds"] = json!(self.sounds(id));
        data
    }

    /// A server as REST returns it, with its roles, emojis and stickers.
    pub fn guild_doc(&self, id: u64) -> Value {
        let Some(guild) = self.guilds.get(&id) else { return Value::Null };
        let mut doc = guild.doc.clone();
        doc.insert("roles".to_owned(), json!(guild.roles.values().collect::<Vec<_>>()));
        doc.insert("emojis".to_owned(), json!(self.documents.collection(&format!("/guilds/{id}/emojis"))));
        doc.insert("stickers".to_owned(), json!(self.documents.collection(&format!("/guilds/{id}/stickers"))));
        Value::Object(doc)
    }

    pub fn sounds(&self, guild: u64) -> Vec<Value> {
        self.documents.collection(&format!("/guilds/{guild}/soundboard-sounds"))
    }
}
