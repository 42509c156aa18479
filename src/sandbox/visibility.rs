//! Which channels the bot can view, and what Discord sends of the others.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::state::{Channel, Event, State};
use super::table::key;
use crate::model::permission::{self, Overwrite, VIEW_CHANNEL};

/// The channel flag CHANNEL_OBFUSCATED.
pub(super) const OBFUSCATED: u64 = 1 << 17;

/// The name of every channel that is redacted.
const HIDDEN: &str = "___hidden___";

impl State {
    /// Whether the bot cannot view a channel or thread.
    pub fn is_hidden(&self, channel: u64) -> bool {
        let thread = self.channels.get(&channel).filter(|channel| channel.is_thread());
        let place = thread.and_then(Channel::parent).unwrap_or(channel);
        self.hidden.contains(&place)
    }

    /// Refuses what is done in a channel that the bot cannot view.
    pub fn check_access(&self, channel: u64) -> Result<(), Refusal> {
        if self.is_hidden(channel) { Err(Refusal::MISSING_ACCESS) } else { Ok(()) }
    }

    /// A channel as the gateway shows it to the bot.
    pub fn gateway_view(&self, id: u64) -> Result<Value, Refusal> {
        let view = self.channel_view(id)?;
        Ok(if self.obfuscates && self.hidden.contains(&id) { redacted(&view) } else { view })
    }

    /// Takes the events of a change as the bot gets them: Discord redacts channels that the bot cannot view,
    /// sends what happens in them to others alone, and sends a channel when it is shown or hidden.
    pub fn take_events(&mut self) -> Vec<Event> {
        let changed: BTreeSet<u64> =
            self.events.iter().filter(|event| changes_access(event, self.me)).filter_map(|e| e.guild_id).collect();
        let before = self.hidden.clone();
        for guild in changed {
            self.update_hidden(guild);
        }
        let turned: Vec<u64> = before.symmetric_difference(&self.hidden).copied().collect();
        for id in turned {
            let told = self.events.iter().any(|event| is_about_channel(event) && key(&event.data["id"]) == Some(id));
            if !told
                && self.obfuscates
                && let Ok(view) = self.channel_view(id)
            {
                self.emit("CHANNEL_UPDATE", self.guild_of(id), view);
            }
        }
        let mut events = std::mem::take(&mut self.events);
        events.retain(|event| !happens_in(event).is_some_and(|channel| self.is_hidden(channel)));
        for event in events.iter_mut().filter(|event| self.obfuscates && is_about_channel(event)) {
            // A channel that is deleted is in no set any more.
            let hides = |id| self.hidden.contains(&id) || event.name == "CHANNEL_DELETE" && before.contains(&id);
            if key(&event.data["id"]).is_some_and(hides) {
                event.data = redacted(&event.data);
            }
        }
        events
    }

    /// Finds out again which channels of a server the bot cannot view.
    fn update_hidden(&mut self, guild_id: u64) {
        self.hidden
            .retain(|id| self.channels.get(id).is_some_and(|c| c.doc.get("guild_id").and_then(key) != Some(guild_id)));
        let Some(guild) = self.guilds.get(&guild_id) else { return };
        let Some(member) = guild.members.get(self.me) else { return };
        let roles: Vec<u64> = member["roles"].as_array().into_iter().flatten().filter_map(key).collect();
        let own = guild.roles.iter().filter(|(id, _)| **id == guild_id || roles.contains(id));
        let is_owner = guild.doc.get("owner_id").and_then(key) == Some(self.me);
        let in_server = permission::in_server(is_owner, own.map(|(_, role)| permission::bits(&role["permissions"])));
        let views = |channel: &Channel| {
            let overwrites = channel.doc.get("permission_overwrites").cloned().unwrap_or_default();
            let overwrites = Overwrite::of_channel(&json!({"permission_overwrites": overwrites}));
            permission::in_channel(in_server, &overwrites, guild_id, &roles, self.me) & VIEW_CHANNEL != 0
        };
        let channels: Vec<(u64, &Channel)> =
            self.channels_of(guild_id).into_iter().filter_map(|id| Some((id, self.channels.get(&id)?))).collect();
        // A category is shown with any channel in it.
        let shown: BTreeSet<u64> = channels
            .iter()
            .filter(|(_, channel)| views(channel))
            .flat_map(|(id, c)| [Some(*id), c.parent()])
            .flatten()
            .collect();
        let hidden: Vec<u64> = channels.iter().map(|(id, _)| *id).filter(|id| !shown.contains(id)).collect();
        self.hidden.extend(hidden);
    }
}

/// What Discord sends of a channel that the bot cannot view: its id, type, place and category are true.
fn redacted(channel: &Value) -> Value {
    const TRUE: [&str; 5] = ["id", "type", "guild_id", "position", "parent_id"];
    let mut doc: Map<String, Value> =
        TRUE.iter().filter_map(|name| Some(((*name).to_owned(), channel.get(*name)?.clone()))).collect();
    let everyone = json!([{"id": channel["guild_id"], "type": 0, "allow": "0", "deny": VIEW_CHANNEL.to_string()}]);
    doc.insert("name".to_owned(), json!(HIDDEN));
    doc.insert("flags".to_owned(), json!(OBFUSCATED));
    doc.insert("permission_overwrites".to_owned(), everyone);
    Value::Object(doc)
}

fn is_about_channel(event: &Event) -> bool {
    matches!(event.name, "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "CHANNEL_DELETE")
}

/// Whether what the bot can view may be different after an event.
fn changes_access(event: &Event, me: u64) -> bool {
    match event.name {
        "GUILD_ROLE_UPDATE" | "GUILD_ROLE_DELETE" => true,
        "GUILD_MEMBER_UPDATE" => key(&event.data["user"]["id"]) == Some(me),
        _ => is_about_channel(event),
    }
}

/// The channel that an event happens in, if those who cannot view it do not get the event.
fn happens_in(event: &Event) -> Option<u64> {
    match event.name {
        "THREAD_CREATE" | "THREAD_UPDATE" | "THREAD_DELETE" => key(&event.data["parent_id"]),
        "TYPING_START" | "CHANNEL_PINS_UPDATE" => key(&event.data["channel_id"]),
        name if name.starts_with("MESSAGE_") => key(&event.data["channel_id"]),
        _ => None,
    }
}
