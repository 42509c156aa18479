//! The interface between the gateway and the data it serves.

use std::borrow::Cow;

use serde_json::Value;

/// The data that the gateway serves.
pub trait World: Send + Sync + 'static {
    /// Whether a token, without `Bot `, is valid.
    fn accepts(&self, token: &str) -> bool;
    /// The bot's user.
    fn me(&self) -> Value;
    /// The bot's application.
    fn application(&self) -> Value;
    fn guilds(&self) -> Vec<u64>;
    /// The whole `d` of GUILD_CREATE.
    fn guild_create(&self, guild: u64, large_threshold: u16) -> Value;
    fn members(&self, guild: u64) -> Vec<Value>;
    fn sounds(&self, guild: u64) -> Vec<Value>;
}

/// An event for all sessions whose intents and shard include it.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispatch {
    pub name: Cow<'static, str>,
    /// The event's guild. `None` for direct messages and other events without a guild.
    pub guild_id: Option<u64>,
    pub data: Value,
}
