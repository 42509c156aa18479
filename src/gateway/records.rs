//! Stores the response to `GET /gateway/bot` and the application's flags in `limits.db`, so that processes share them.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::bot::GatewayBot;
use super::queue::SessionStarts;
use crate::model::{Deadline, Moment};
use crate::store::{Error, Ledger, Record, Transaction};

/// The kinds of records.
mod kind {
    pub const BOT: &str = "gateway-bot";
    /// The application's flags.
    pub const FLAGS: &str = "application-flags";
}

/// How long a response to `GET /gateway/bot` is used. The endpoint has a rate limit, and its response rarely changes, apart
/// from the identify limit, which the processes count themselves.
const BOT_TTL: Duration = Duration::from_secs(10);

/// How long the flags are used. The privileged intents of an application rarely change, and if the gateway refuses an intent,
/// the record is removed.
const FLAGS_TTL: Duration = Duration::from_secs(3600);

/// A response that may be used until a deadline.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct CachedAnswer<T> {
    answer: T,
    until: Deadline,
}

impl<T: Serialize + DeserializeOwned> Record for CachedAnswer<T> {
    fn rewind(&mut self, now: Moment) -> bool {
        self.until.rewind(now)
    }
}

fn load<T: Serialize + DeserializeOwned>(
    transaction: &Transaction<'_>,
    scope: &str,
    kind: &str,
) -> Result<Option<T>, Error> {
    let cached: Option<CachedAnswer<T>> = transaction.get(scope, kind, "")?;
    Ok(cached.filter(|cached| !cached.until.is_over(transaction.now())).map(|cached| cached.answer))
}

/// Loads the last response to `GET /gateway/bot`, if it is recent enough. The identify limit in it is up to date.
pub fn load_gateway_bot(ledger: &Ledger, scope: &str) -> Result<Option<GatewayBot>, Error> {
    ledger.write(|transaction| {
        let Some(mut bot) = load::<GatewayBot>(transaction, scope, kind::BOT)? else { return Ok(None) };
        let Some(starts) = SessionStarts::load(transaction, scope)? else { return Ok(None) };
        bot.session_start_limit.remaining = starts.remaining;
        let resets_in = starts.resets_in(transaction.now());
        bot.session_start_limit.reset_after = u64::try_from(resets_in.as_millis()).unwrap_or(u64::MAX);
        Ok(Some(bot))
    })
}

/// Stores a response to `GET /gateway/bot`. Its identify limit replaces the stored one.
pub fn save_gateway_bot(ledger: &Ledger, scope: &str, bot: &GatewayBot) -> Result<(), Error> {
    let limit = bot.session_start_limit;
    ledger.write(|transaction| {
        let now = transaction.now();
        let cached = CachedAnswer { answer: bot.clone(), until: Deadline::new(now, BOT_TTL) };
        transaction.put(scope, kind::BOT, "", &cached)?;
        let resets_in = Duration::from_millis(limit.reset_after);
        SessionStarts::new(limit.total, limit.remaining, resets_in, now).save(transaction, scope)
    })
}

/// Loads the application's flags, if they are recent enough.
pub fn load_application_flags(ledger: &Ledger, scope: &str) -> Result<Option<u64>, Error> {
    ledger.write(|transaction| load(transaction, scope, kind::FLAGS))
}

/// Stores the application's flags.
pub fn save_application_flags(ledger: &Ledger, scope: &str, flags: u64) -> Result<(), Error> {
    ledger.write(|transaction| {
        let cached = CachedAnswer { answer: flags, until: Deadline::new(transaction.now(), FLAGS_TTL) };
        transaction.put(scope, kind::FLAGS, "", &cached)
    })
}

/// Removes both responses, so that the next process requests them again.
pub fn clear_answers(ledger: &Ledger, scope: &str) -> Result<(), Error> {
    ledger.write(|transaction| {
        transaction.remove(scope, kind::BOT, "")?;
        transaction.remove(scope, kind::FLAGS, "")
    })
}

/// Lists the identify limits as scope, remaining, total, and the time until the reset.
pub fn session_starts(transaction: &Transaction<'_>) -> Result<Vec<(String, u32, u32, Duration)>, Error> {
    let mut found = Vec::new();
    for scope in transaction.scopes()? {
        if let Some(starts) = SessionStarts::load(transaction, &scope)? {
            found.push((scope, starts.remaining, starts.total, starts.resets_in(transaction.now())));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::bot::StartLimit;
    use crate::model::Clock;

    const BOT: GatewayBot = GatewayBot {
        url: String::new(),
        shards: 1,
        session_start_limit: StartLimit { total: 1000, remaining: 12, reset_after: 60_000, max_concurrency: 2 },
    };

    #[test]
    fn an_answer_about_the_gateway_is_used_for_ten_seconds() {
        let clock = Clock::manual();
        let ledger = Ledger::in_memory(clock.clone());
        assert_eq!(load_gateway_bot(&ledger, "scope").unwrap(), None);
        save_gateway_bot(&ledger, "scope", &BOT).unwrap();
        clock.set(-3_600_000);
        clock.pass(BOT_TTL / 2);
        let known = load_gateway_bot(&ledger, "scope").unwrap().unwrap().session_start_limit;
        assert_eq!((known.remaining, known.reset_after), (12, 55_000));
        assert_eq!(load_gateway_bot(&ledger, "another").unwrap(), None);
        clock.pass(BOT_TTL / 2);
        assert_eq!(load_gateway_bot(&ledger, "scope").unwrap(), None);
    }

    #[test]
    fn the_flags_of_the_application_are_used_for_an_hour_unless_they_are_cleared() {
        let clock = Clock::manual();
        let ledger = Ledger::in_memory(clock.clone());
        let save = || save_application_flags(&ledger, "scope", 1 << 19).unwrap();
        let load = |scope| load_application_flags(&ledger, scope).unwrap();
        save();
        assert_eq!((load("scope"), load("another")), (Some(1 << 19), None));
        clear_answers(&ledger, "scope").unwrap();
        assert_eq!(load("scope"), None);
        save();
        clock.pass(FLAGS_TTL);
        assert_eq!(load("scope"), None);
    }
}
