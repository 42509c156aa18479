//! The channels that the bot cannot view, which Discord omits from lists.

use super::App;
use crate::catalogue::Endpoint;
use crate::model::{Effect, Kind};
use crate::rest::Request;

/// How many channels a list omits because the bot cannot view them, if a listener knows the number.
pub fn channels(app: &App, endpoint: &Endpoint, request: &Request) -> u64 {
    if !endpoint.effects.contains(&Effect::All(Kind::Channel)) {
        return 0;
    }
    let guild = request.plain_segment("guild_id").and_then(|id| id.parse().ok());
    let count = |guild| app.with_cache(|cache| cache.count_hidden(guild, app.clock.wall_ms())).flatten();
    guild.and_then(count).unwrap_or(0)
}
