//! Values that every layer shares: ids, secrets, times, colours, kinds of objects.
//!
//! This layer knows no commands and no endpoints, and does no I/O, apart from opening private files.

pub mod clock;
pub mod closest;
pub mod color;
pub mod effect;
pub mod emoji;
pub mod entity;
pub mod fault;
pub mod filename;
pub mod intent;
pub mod items;
pub mod kind;
pub mod link;
pub mod loopback;
pub mod media;
pub mod moment;
pub mod ogg;
pub mod permission;
pub mod private;
pub mod redact;
pub mod selection;
pub mod shape;
pub mod shell;
pub mod snowflake;
pub mod split;
pub mod target;
pub mod text;
pub mod time;
pub mod token;
pub mod trust;
pub mod wrap;

pub use clock::Clock;
pub use closest::closest;
pub use effect::Effect;
pub use entity::Entity;
pub use kind::Kind;
pub use link::Link;
pub use loopback::is_loopback;
pub use moment::{Deadline, Moment};
pub use shape::{is_secret, is_token};
pub use snowflake::Snowflake;
pub use token::{Secret, Token, TokenType};

/// The User-Agent of HTTP requests and of the gateway's handshake. Discord rejects clients whose User-Agent has another
/// form.
/// Source: Discord's reference, "User Agent".
pub const USER_AGENT: &str = concat!("DiscordBot (https://github.com/dcord/dcord, ", env!("CARGO_PKG_VERSION"), ")");

/// Milliseconds from the Unix epoch to the first second of 2015, from which Discord counts.
/// Source: Discord's reference, "Snowflakes".
pub const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;
