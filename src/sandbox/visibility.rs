//! Which channels the bot can view, and what Discord sends about the others.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::answer::DiscordError;
use super::state::{Channel, Event, State};
use super::table::key;
use crate::model::permission::{self, Overwrite, VIEW_CHANNEL};

/// The channel flag CHANNEL_OBFUSCATED.
pub(super) const OBFUSCATED: u64 = 1 << 17;

/// The name of every redacted channel.
const HIDDEN: &str = "___hidden___";

impl State {
    /// Whether the bot cannot view a channel or thread.
    pub fn is_hidden(&self, channel: u64) -> bool {
        let thread = self.channels.get(&channel).filter(|channel| channel.is_thread());
        let channel = thread.and_then(Channel::parent).unwrap_or(channel);
        self.hidden.contains(&channel)
    }

    /// Fails if the bot cannot view the channel.
    pub fn check_access(&self, channel: u64) -> Result<(), DiscordError> {
        if self.is_hidden(channel) { Err(DiscordError::MISSING_ACCESS) } else { Ok(()) }
    }

    /// A channel as the gateway sends it to the bot.
    pub fn gateway_view(&self, id: u64) -> Result<Value, DiscordError> {
        let view = self.channel_view(id)?;
        Ok(if self.obfuscates && self.hidden.contains(&id) { redacted(&view) } else { view })
    }

    /// Takes the events of a change as the bot receives them. Discord redacts channels that the bot
    /// cannot view, sends none of the events that happen in them, and sends CHANNEL_UPDATE when a
    /// channel becomes visible or hidden.
    pub fn take_events(&mut self) -> Vec<Event> {
        let changed: BTreeSet<u64> =
            self.events.iter().filter(|event| changes_access(event, self.me)).filter_map(|e| e.guild_id).collect();
        let before = self.hidden.clone();
        for guild in changed {
            self.update_hidden(guild);
        }
        let toggled: Vec<u64> = before.symmetric_difference(&self.hidden).copied().collect();
        for id in toggled {
            let has_event =
                self.events.iter().any(|event| is_about_channel(event) && key(&event.data["id"]) == Some(id));
            if !has_event
                && self.obfuscates
                && let Ok(view) = self.channel_view(id)
            {
                self.emit("CHANNEL_UPDATE", self.guild_of(id), view);
            }
        }
        let mut events = std::mem::take(&mut self.events);
        events.retain(|event| !restricted_to(event).is_some_and(|channel| self.is_hidden(channel)));
        for event in events.iter_mut().filter(|event| self.obfuscates && is_about_channel(event)) {
            // `hidden` no longer contains a deleted channel.
            let is_hidden = |id| self.hidden.contains(&id) || event.name == "CHANNEL_DELETE" && before.contains(&id);
            if key(&event.data["id"]).is_some_and(is_hidden) {
                event.data = redacted(&event.data);
            }
        }
        events
    }

    /// Recomputes which channels of a server the bot cannot view.
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
        // A category is visible if any channel in it is.
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

/// A channel as Discord sends it when the bot cannot view it. Only the fields in `UNREDACTED` keep
/// their values.
fn redacted(channel: &Value) -> Value {
    const UNREDACTED: [&str; 5] = ["id", "type", "guild_id", "position", "parent_id"];
    let mut doc: Map<String, Value> =
        UNREDACTED.iter().filter_map(|name| Some(((*name).to_owned(), channel.get(*name)?.clone()))).collect();
    let everyone = json!([{"id": channel["guild_id"], "type": 0, "allow": "0", "deny": VIEW_CHANNEL.to_string()}]);
    doc.insert("name".to_owned(), json!(HIDDEN));
    doc.insert("flags".to_owned(), json!(OBFUSCATED));
    doc.insert("permission_overwrites".to_owned(), everyone);
    Value::Object(doc)
}

fn is_about_channel(event: &Event) -> bool {
    matches!(event.name, "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "CHANNEL_DELETE")
}

/// Whether an event may change which channels the bot can view.
fn changes_access(event: &Event, me: u64) -> bool {
    match event.name {
        "GUILD_ROLE_UPDATE" | "GUILD_ROLE_DELETE" => true,
        "GUILD_MEMBER_UPDATE" => key(&event.data["user"]["id"]) == Some(me),
        _ => is_about_channel(event),
    }
}

/// The channel whose viewers alone receive the event, if there is one.
fn restricted_to(event: &Event) -> Option<u64> {
    match event.name {
        "THREAD_CREATE" | "THREAD_UPDATE" | "THREAD_DELETE" => key(&event.data["parent_id"]),
        "TYPING_START" | "CHANNEL_PINS_UPDATE" => key(&event.data["channel_id"]),
        name if name.starts_with("MESSAGE_") => key(&event.data["channel_id"]),
        _ => None,
    }
}
