//! Whether a request is sent again: pure, so that it can be tested without a network.

use std::time::Duration;

/// What came of an attempt, as far as repeating it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// An answer with this status; 429 and the index that is not ready apart.
    Status(u16),
    /// A 429: Discord did not carry it out.
    Limited,
    /// A search's 202: ask again after that long.
    NotReady(Duration),
    /// No connection, so nothing was sent.
    NoConnection,
    /// Something was sent, and no whole answer came.
    NoAnswer,
    /// The other side could not prove who it is, or a body could not be made: it will not get better.
    Hopeless,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// It is what it is: an answer or an error.
    Done,
    /// Ask the limiter again, which has heard of the 429.
    Limiter,
    /// Wait, against the patience for limits.
    Wait(Duration),
    /// Try again after that long.
    Again(Duration),
}

/// How often a request has been tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Attempts that failed.
    pub failed: u32,
    /// Attempts that were limited.
    pub limited: u32,
}

/// The first wait after a failure; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(500);

/// No wait after a failure is longer.
const LONGEST: Duration = Duration::from_secs(15);

/// A limiter that works waits once or twice for a request. So many 429s mean that waiting as asked
/// does not help, and each one counts towards being shut out.
pub const MOST_LIMITED: u32 = 10;

/// Search may say "after 0 seconds", which means a short while.
const LEAST_NOT_READY: Duration = Duration::from_secs(1);

/// Decides. `random` is uniform in 0..1.
pub fn next(came: Came, repeatable: bool, tried: Tried, retries: u32, random: f64) -> Next {
    let again = match came {
        Came::Limited if tried.limited < MOST_LIMITED => return Next::Limiter,
        Came::NotReady(after) => return Next::Wait(after.max(LEAST_NOT_READY)),
        Came::NoConnection => true,
        Came::Status(500..=599) | Came::NoAnswer => repeatable,
        Came::Limited | Came::Status(_) | Came::Hopeless => false,
    };
    if again && tried.failed < retries { Next::Again(backoff(tried.failed, random)) } else { Next::Done }
}

/// Between half and the whole of a length that doubles: many processes that fail at once must not
/// come back at once.
fn backoff(failed: u32, random: f64) -> Duration {
    let full = FIRST.saturating_mul(1 << failed.min(16)).min(LONGEST);
    full.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
}

/// What Discord says of a thing that it does not know, by the placeholder that names the thing.
/// Source: its reference, "JSON Error Codes".
const UNKNOWN: [(&str, i64); 6] = [
    ("application_id", 10_002),
    ("channel_id", 10_003),
    ("guild_id", 10_004),
    ("message_id", 10_008),
    ("user_id", 10_013),
    ("webhook_id", 10_015),
];

/// Whether a 404 to a repeated DELETE says that the attempt whose answer was lost has deleted the thing.
/// It does not if what is unknown is a thing that the path only leads through, such as the channel of
/// a message: that one was unknown before.
pub fn has_deleted(template: &str, code: Option<i64>) -> bool {
    let Some((placeholder, _)) = UNKNOWN.iter().find(|(_, unknown)| Some(*unknown) == code) else { return true };
    // The placeholders at the path's end name the thing: `/webhooks/{webhook_id}/{webhook_token}`.
    let mut steps = template.rsplit('/').skip_while(|step| step.starts_with('{'));
    !steps.any(|step| step.strip_prefix('{').and_then(|name| name.strip_suffix('}')) == Some(placeholder))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn what_is_sent_again_depends_on_what_came_and_on_idempotence() {
        let after = |ms| Next::Again(MS(ms));
        for (came, repeatable, not_repeatable) in [
            (Came::Status(200), Next::Done, Next::Done),
            (Came::Status(400), Next::Done, Next::Done),
            (Came::Status(401), Next::Done, Next::Done),
            (Came::Status(404), Next::Done, Next::Done),
            (Came::Status(500), after(500), Next::Done),
            (Came::Status(503), after(500), Next::Done),
            (Came::NoAnswer, after(500), Next::Done),
            (Came::NoConnection, after(500), after(500)),
            (Came::Limited, Next::Limiter, Next::Limiter),
            (Came::NotReady(MS(2500)), Next::Wait(MS(2500)), Next::Wait(MS(2500))),
            (Came::NotReady(MS(0)), Next::Wait(MS(1000)), Next::Wait(MS(1000))),
            (Came::Hopeless, Next::Done, Next::Done),
        ] {
            assert_eq!(next(came, true, Tried::default(), 3, 1.0), repeatable, "{came:?}, repeatable");
            assert_eq!(next(came, false, Tried::default(), 3, 1.0), not_repeatable, "{came:?}, not repeatable");
        }
    }

    #[test]
    fn only_the_deleted_thing_itself_is_deleted_when_it_is_unknown() {
        for (template, code, expected) in [
            ("/channels/{channel_id}/messages/{message_id}", Some(10_008), true),
            ("/channels/{channel_id}/messages/{message_id}", Some(10_003), false),
            ("/channels/{channel_id}/messages/{message_id}", None, true),
            ("/channels/{channel_id}", Some(10_003), true),
            ("/channels/{channel_id}/messages/{message_id}/reactions", Some(10_008), false),
            ("/guilds/{guild_id}/bans/{user_id}", Some(10_026), true),
            ("/guilds/{guild_id}/bans/{user_id}", Some(10_004), false),
            ("/guilds/{guild_id}/roles/{role_id}", Some(10_011), true),
            ("/webhooks/{webhook_id}/{webhook_token}", Some(10_015), true),
            ("/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", Some(10_015), false),
            ("/webhooks/{webhook_id}/{webhook_token}/messages/@original", Some(10_008), true),
            ("/users/@me/guilds/{guild_id}", Some(10_004), true),
        ] {
            assert_eq!(has_deleted(template, code), expected, "{template} {code:?}");
        }
    }

    #[test]
    fn failures_and_limits_are_counted_apart_and_both_end() {
        let tried = |failed, limited| Tried { failed, limited };
        for (came, tried, expected) in [
            (Came::NoAnswer, tried(3, 0), Next::Done),
            (Came::NoAnswer, tried(2, 9), Next::Again(MS(1000))),
            (Came::Limited, tried(3, 9), Next::Limiter),
            (Came::Limited, tried(0, 10), Next::Done),
        ] {
            assert_eq!(next(came, true, tried, 3, 0.0), expected, "{came:?} {tried:?}");
        }
        assert_eq!(next(Came::NoConnection, true, tried(0, 0), 0, 0.0), Next::Done);
    }

    #[test]
    fn waits_double_up_to_a_cap_and_are_spread_over_their_upper_half() {
        for (failed, random, ms) in
            [(0, 0.0, 250), (0, 1.0, 500), (1, 1.0, 1000), (4, 1.0, 8000), (5, 1.0, 15_000), (40, 0.0, 7500)]
        {
            assert_eq!(backoff(failed, random), MS(ms), "{failed} {random}");
        }
    }
}
