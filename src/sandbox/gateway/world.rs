//! What lies behind the gateway, and what happens there.

use std::borrow::Cow;

use serde_json::Value;

/// What the gateway asks of the world behind it.
pub trait World: Send + Sync + 'static {
    /// Whether the bare token, without `Bot `, is valid.
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

/// Something happened: an event for every session that it concerns.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispatch {
    pub name: Cow<'static, str>,
    /// The guild that it happened in; `None` for direct messages and what has no guild.
    pub guild_id: Option<u64>,
    pub data: Value,
}
