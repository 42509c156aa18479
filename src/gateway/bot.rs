//! The response to `GET /gateway/bot`: the gateway's URL, the recommended shard count and the identify limit.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::queue::{Budget, DAY};
use super::supervisor::{MOST_SHARDS, ShardRange};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayBot {
    pub url: String,
    /// The shard count Discord recommends.
    pub shards: u32,
    pub session_start_limit: StartLimit,
}

/// The identify limit: how many sessions the bot may start per day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartLimit {
    pub total: u32,
    pub remaining: u32,
    /// In milliseconds.
    pub reset_after: u64,
    pub max_concurrency: u32,
}

/// The maximum length in characters of the error about an invalid response, which may quote the response.
const MAX_ERROR_LENGTH: usize = 200;

impl GatewayBot {
    /// Parses a response. Reduces impossible values of the identify limit: `remaining` to `total`, and `reset_after` to a day.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let invalid =
            |error: serde_json::Error| Error::Answer(error.to_string().chars().take(MAX_ERROR_LENGTH).collect());
        let mut bot: Self = serde_json::from_slice(body).map_err(invalid)?;
        let limit = &mut bot.session_start_limit;
        limit.remaining = limit.remaining.min(limit.total);
        limit.reset_after = limit.reset_after.min(u64::try_from(DAY.as_millis()).unwrap_or(u64::MAX));
        Ok(bot)
    }

    /// All shards, with the shard count that Discord recommends.
    pub fn recommended(&self) -> Result<ShardRange, Error> {
        match self.shards {
            0 => Ok(ShardRange::all(1)),
            count if count <= MOST_SHARDS => Ok(ShardRange::all(count)),
            count => Err(Error::Answer(format!("it recommends {count} shards; the maximum is {MOST_SHARDS}"))),
        }
    }
}

impl StartLimit {
    /// The identify limit as a budget that leaves `reserve` IDENTIFYs unused.
    pub fn budget(&self, reserve: u32) -> Budget {
        let resets_in = Duration::from_millis(self.reset_after);
        Budget { total: self.total, remaining: self.remaining, resets_in, reserve }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(limit: &str, shards: &str) -> Result<GatewayBot, Error> {
        let body =
            format!(r#"{{"url":"wss://gateway.discord.gg","shards":{shards},"session_start_limit":{{{limit}}}}}"#);
        GatewayBot::parse(body.as_bytes())
    }

    #[test]
    fn impossible_limits_are_reduced() {
        let absurd = r#""total":1000,"remaining":4294967295,"reset_after":18446744073709551615,"max_concurrency":0"#;
        let bot = parse(absurd, "0").unwrap();
        assert_eq!(bot.session_start_limit.remaining, 1000);
        assert_eq!(bot.session_start_limit.budget(50).resets_in, DAY);
        assert_eq!(bot.recommended().unwrap(), ShardRange::all(1));
    }

    #[test]
    fn an_invalid_answer_is_an_error_of_bounded_length() {
        let limit = r#""total":1000,"remaining":1000,"reset_after":0,"max_concurrency":1"#;
        assert!(parse(limit, &MOST_SHARDS.to_string()).unwrap().recommended().is_ok());
        assert!(parse(limit, "4294967295").unwrap().recommended().is_err());
        let long = format!("\"{}\"", "x".repeat(100_000));
        for (limit, shards) in [
            (limit, "4294967296"),
            (limit, "-1"),
            (limit, long.as_str()),
            (r#""total":1000,"remaining":1000,"reset_after":-5,"max_concurrency":1"#, "1"),
            (r#""total":1000"#, "1"),
        ] {
            let error = parse(limit, shards).unwrap_err().to_string();
            assert!(error.starts_with("the response to GET /gateway/bot is not valid: "), "{error}");
            assert!(error.len() < 300, "{error}");
        }
    }
}
