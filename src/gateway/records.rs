//! What processes share of Discord's answers about its gateway and about the application, in `limits.db`.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::bot::GatewayBot;
use super::queue::Starts;
use crate::model::{Deadline, Moment};
use crate::store::{Error, Ledger, Record, Transaction};

/// What kinds of records there are.
mod kind {
    pub const BOT: &str = "gateway-bot";
    /// The application's flags.
    pub const FLAGS: &str = "application-flags";
}

/// The endpoint has a rate limit itself, and all of its answer but the session starts hardly changes.
const BOT_FRESH: Duration = Duration::from_secs(10);

/// Which intents an application has switched on changes about once in its life. Where the gateway refuses an intent, the record
/// is removed.
const FLAGS_FRESH: Duration = Duration::from_secs(3600);

/// An answer that may be used again until a deadline.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Fresh<T> {
    answer: T,
    until: Deadline,
}

impl<T: Serialize + DeserializeOwned> Record for Fresh<T> {
    fn rewind(&mut self, now: Moment) -> bool {
        self.until.rewind(now)
    }
}

fn load<T: Serialize + DeserializeOwned>(
    transaction: &Transaction<'_>,
    scope: &str,
    kind: &str,
) -> Result<Option<T>, Error> {
    let fresh: Option<Fresh<T>> = transaction.get(scope, kind, "")?;
    Ok(fresh.filter(|fresh| !fresh.until.is_over(transaction.now())).map(|fresh| fresh.answer))
}

/// The answer to `GET /gateway/bot` of a few seconds ago, to this or another process. Its session starts are those that are left
/// now.
pub fn recall(ledger: &Ledger, scope: &str) -> Result<Option<GatewayBot>, Error> {
    ledger.write(|transaction| {
        let Some(mut bot) = load::<GatewayBot>(transaction, scope, kind::BOT)? else { return Ok(None) };
        let Some(starts) = Starts::load(transaction, scope)? else { return Ok(None) };
        bot.session_start_limit.remaining = starts.remaining;
        let resets_in = starts.resets_in(transaction.now());
        bot.session_start_limit.reset_after = u64::try_from(resets_in.as_millis()).unwrap_or(u64::MAX);
        Ok(Some(bot))
    })
}

/// Keeps an answer to `GET /gateway/bot` for other processes. Its count of session starts is the right one.
pub fn remember(ledger: &Ledger, scope: &str, bot: &GatewayBot) -> Result<(), Error> {
    let limit = bot.session_start_limit;
    ledger.write(|transaction| {
        let now = transaction.now();
        let fresh = Fresh { answer: bot.clone(), until: Deadline::new(now, BOT_FRESH) };
        transaction.put(scope, kind::BOT, "", &fresh)?;
        let resets_in = Duration::from_millis(limit.reset_after);
        Starts::new(limit.total, limit.remaining, resets_in, now).save(transaction, scope)
    })
}

/// The application's flags, as Discord reported them to this or another process within the hour.
pub fn recall_flags(ledger: &Ledger, scope: &str) -> Result<Option<u64>, Error> {
    ledger.write(|transaction| load(transaction, scope, kind::FLAGS))
}

/// Keeps the application's flags for other processes.
pub fn remember_flags(ledger: &Ledger, scope: &str, flags: u64) -> Result<(), Error> {
    ledger.write(|transaction| {
        let fresh = Fresh { answer: flags, until: Deadline::new(transaction.now(), FLAGS_FRESH) };
        transaction.put(scope, kind::FLAGS, "", &fresh)
    })
}

/// Removes what Discord reported of its gateway and of the application, so that the next process asks again.
pub fn forget(ledger: &Ledger, scope: &str) -> Result<(), Error> {
    ledger.write(|transaction| {
        transaction.remove(scope, kind::BOT, "")?;
        transaction.remove(scope, kind::FLAGS, "")
    })
}

/// The session starts that are left, by scope: how many of how many, and how long until all are available again.
pub fn session_starts(transaction: &Transaction<'_>) -> Result<Vec<(String, u32, u32, Duration)>, Error> {
    let mut found = Vec::new();
    for scope in transaction.scopes()? {
        if let Some(starts) = Starts::load(transaction, &scope)? {
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
    fn what_discord_reported_of_the_gateway_is_used_again_for_a_short_while() {
        let clock = Clock::manual();
        let ledger = Ledger::in_memory(clock.clone());
        assert_eq!(recall(&ledger, "scope").unwrap(), None);
        remember(&ledger, "scope", &BOT).unwrap();
        clock.set(-3_600_000);
        clock.pass(BOT_FRESH / 2);
        let known = recall(&ledger, "scope").unwrap().unwrap().session_start_limit;
        assert_eq!((known.remaining, known.reset_after), (12, 55_000));
        assert_eq!(recall(&ledger, "another").unwrap(), None);
        clock.pass(BOT_FRESH / 2);
        assert_eq!(recall(&ledger, "scope").unwrap(), None);
    }

    #[test]
    fn the_applications_flags_are_used_again_for_an_hour_unless_they_are_forgotten() {
        let clock = Clock::manual();
        let ledger = Ledger::in_memory(clock.clone());
        let remember = || remember_flags(&ledger, "scope", 1 << 19).unwrap();
        let recall = |scope| recall_flags(&ledger, scope).unwrap();
        remember();
        assert_eq!((recall("scope"), recall("another")), (Some(1 << 19), None));
        forget(&ledger, "scope").unwrap();
        assert_eq!(recall("scope"), None);
        remember();
        clock.pass(FLAGS_FRESH);
        assert_eq!(recall("scope"), None);
    }
}
