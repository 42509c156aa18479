//! How the gateway executes the commands of a client that has a session.

use std::time::Instant;

use serde_json::{Value, json};

use super::command::Voice;
use super::hub::Hub;
use super::intents;
use super::members::{MembersRequest, Selection};
use super::session::{Event, Pending, Session};
use super::world::Dispatch;

impl Hub {
    /// Op 3: sends the bot's presence to the sessions with the presence intent.
    pub(super) fn presence(&self, session: &Session, presence: &Value) {
        for guild in self.guilds(session.shard) {
            self.dispatch(Dispatch {
                name: "PRESENCE_UPDATE".into(),
                guild_id: Some(guild),
                data: json!({
                    "user": {"id": self.0.me},
                    "guild_id": guild.to_string(),
                    "status": presence["status"],
                    "activities": presence["activities"].as_array().cloned().unwrap_or_default(),
                    "client_status": {"web": presence["status"]},
                }),
            });
        }
    }

    /// Op 4: the bot joins, changes or leaves a voice channel. No voice server exists; the endpoint
    /// in the event is a placeholder.
    pub(super) fn voice(&self, session: &Session, voice: &Voice) {
        if !self.guilds(session.shard).contains(&voice.guild) {
            return;
        }
        let guild = voice.guild.to_string();
        let session_id = &session.id;
        self.dispatch(Dispatch {
            name: "VOICE_STATE_UPDATE".into(),
            guild_id: Some(voice.guild),
            data: json!({
                "guild_id": guild,
                "channel_id": voice.channel.map(|channel| channel.to_string()),
                "user_id": self.0.me,
                "session_id": session_id,
                "deaf": false, "mute": false,
                "self_deaf": voice.self_deaf, "self_mute": voice.self_mute,
                "self_video": false, "suppress": false, "request_to_speak_timestamp": null,
            }),
        });
        if voice.channel.is_some() {
            self.dispatch(Dispatch {
                name: "VOICE_SERVER_UPDATE".into(),
                guild_id: Some(voice.guild),
                data: json!({"token": session_id, "guild_id": guild, "endpoint": "voice.invalid:443"}),
            });
        }
    }

    /// Op 8: queues the chunks of the requested members.
    pub(super) fn members(&self, session: &Session, request: &MembersRequest, now: Instant) {
        if !self.guilds(session.shard).contains(&request.guild) || !request.allowed(session.intents) {
            return;
        }
        if request.selection == Selection::All {
            let allowed = self.lock().member_lists.take(request.guild, now);
            if let Err(wait) = allowed {
                let mut meta = json!({"guild_id": request.guild.to_string()});
                if let Some(nonce) = &request.nonce {
                    meta["nonce"] = Value::from(nonce.as_str());
                }
                let data = json!({"opcode": 8, "retry_after": wait.as_secs_f64(), "meta": meta});
                return session.push(Event::new("RATE_LIMITED", &data));
            }
        }
        let members = self.0.world.members(request.guild);
        session.queue([Pending::Chunks(request.chunks(members, session.intents))]);
    }

    /// Op 43: sends the guild's voice channels, which are empty.
    pub(super) fn channel_info(&self, session: &Session, guild: u64, fields: &[String]) {
        if !self.guilds(session.shard).contains(&guild) {
            return;
        }
        let created = self.0.world.guild_create(guild, session.large_threshold);
        let channels = created["channels"].as_array().map_or(&[][..], Vec::as_slice);
        let voice = channels.iter().filter(|c| c["type"] == 2 || c["type"] == 13).map(|channel| {
            let mut info = json!({"id": channel["id"]});
            for field in ["status", "voice_start_time"] {
                if fields.iter().any(|wanted| wanted == field) {
                    info[field] = channel[field].clone();
                }
            }
            info
        });
        let data = json!({"guild_id": guild.to_string(), "channels": voice.collect::<Value>()});
        session.push(Event::new("CHANNEL_INFO", &data));
    }

    /// Generates the event of a pending item and adds it to the session.
    pub(super) fn produce(&self, session: &Session, pending: Pending) {
        let world = &*self.0.world;
        match pending {
            Pending::Guild(guild) => {
                let mut data = world.guild_create(guild, session.large_threshold);
                intents::trim_guild(session.intents, &mut data, &self.0.me);
                session.push(Event::new("GUILD_CREATE", &data));
            }
            Pending::Chunks(mut chunks) => {
                if let Some(chunk) = chunks.next() {
                    session.push(Event::new("GUILD_MEMBERS_CHUNK", &chunk));
                    session.put_back(Pending::Chunks(chunks));
                }
            }
            Pending::Sounds(guild) => {
                let sounds = world.sounds(guild);
                let data = json!({"guild_id": guild.to_string(), "soundboard_sounds": sounds});
                session.push(Event::new("SOUNDBOARD_SOUNDS", &data));
            }
        }
    }

    /// Op 31: queues the soundboard sounds of the requested guilds.
    pub(super) fn sounds(&self, session: &Session, guilds: &[u64]) {
        let mine = self.guilds(session.shard);
        let guilds = guilds.iter().copied().filter(|guild| mine.contains(guild));
        session.queue(guilds.map(Pending::Sounds));
    }
}
