//! Decides whether to send a request again. The functions do no I/O, so that tests need no network.

use std::time::Duration;

/// The result of an attempt, for the decision whether to retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// A response with this status, except for a 429 and for a search whose index is not ready.
    Status(u16),
    /// A 429. Discord did not carry out the request.
    Limited,
    /// The 202 of a search whose index is not ready, and the wait that it requires.
    NotReady(Duration),
    /// The connection did not open, so nothing was sent.
    NoConnection,
    /// The request was sent, at least in part, but no complete response arrived.
    NoAnswer,
    /// A failure that another attempt would repeat, such as an invalid certificate.
    Permanent,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// Return the response or the error.
    Done,
    /// Wait for the limiter again, which has recorded the 429.
    Limiter,
    /// Wait as for a rate limit, within `--max-wait`.
    Wait(Duration),
    /// Send the request again after this long.
    Again(Duration),
}

/// How many attempts of a request have failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Attempts without a usable response.
    pub failed: u32,
    /// Attempts whose response was a 429.
    pub limited: u32,
}

/// The wait after the first failure. Each further wait is twice as long.
const FIRST: Duration = Duration::from_millis(500);

/// The longest wait after a failure.
const LONGEST: Duration = Duration::from_secs(15);

/// The maximum number of 429s for a request. The limiter normally prevents all but one or two. This many mean that waiting for
/// `retry_after` does not help, and each of them counts towards Cloudflare's ban of the IP address.
pub const MOST_LIMITED: u32 = 10;

/// The shortest wait for a search index, since Discord may ask for 0 seconds.
const LEAST_NOT_READY: Duration = Duration::from_secs(1);

/// Decides what follows an attempt. `random` is uniform in 0..1.
pub fn next(attempt: Attempt, repeatable: bool, attempts: Attempts, retries: u32, random: f64) -> Next {
    let again = match attempt {
        Attempt::Limited if attempts.limited < MOST_LIMITED => return Next::Limiter,
        Attempt::NotReady(after) => return Next::Wait(after.max(LEAST_NOT_READY)),
        Attempt::NoConnection => true,
        Attempt::Status(500..=599) | Attempt::NoAnswer => repeatable,
        Attempt::Limited | Attempt::Status(_) | Attempt::Permanent => false,
    };
    if again && attempts.failed < retries { Next::Again(backoff(attempts.failed, random)) } else { Next::Done }
}

/// The wait before a retry, which doubles with each failure. It is shortened at random by up to half, so that processes that
/// fail at the same time do not all retry at the same time.
fn backoff(failed: u32, random: f64) -> Duration {
    let full = FIRST.saturating_mul(1 << failed.min(16)).min(LONGEST);
    full.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
}

/// Discord's error codes for an unknown object, by the placeholder that names the object.
/// Source: Discord's reference, "JSON Error Codes".
const UNKNOWN: [(&str, i64); 6] = [
    ("application_id", 10_002),
    ("channel_id", 10_003),
    ("guild_id", 10_004),
    ("message_id", 10_008),
    ("user_id", 10_013),
    ("webhook_id", 10_015),
];

/// Whether a 404 to a repeated DELETE means that an attempt whose response was lost has deleted the object. It does not if the
/// unknown object is another one in the path, such as the channel of a message.
pub fn has_deleted(template: &str, code: Option<i64>) -> bool {
    let Some((placeholder, _)) = UNKNOWN.iter().find(|(_, unknown)| Some(*unknown) == code) else { return true };
    // The placeholders at the path's end name the object: `/webhooks/{webhook_id}/{webhook_token}`.
    let mut steps = template.rsplit('/').skip_while(|step| step.starts_with('{'));
    !steps.any(|step| step.strip_prefix('{').and_then(|name| name.strip_suffix('}')) == Some(placeholder))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn retries_depend_on_the_result_and_on_whether_the_request_is_repeatable() {
        let after = |ms| Next::Again(MS(ms));
        for (attempt, repeatable, not_repeatable) in [
            (Attempt::Status(200), Next::Done, Next::Done),
            (Attempt::Status(400), Next::Done, Next::Done),
            (Attempt::Status(401), Next::Done, Next::Done),
            (Attempt::Status(404), Next::Done, Next::Done),
            (Attempt::Status(500), after(500), Next::Done),
            (Attempt::Status(503), after(500), Next::Done),
            (Attempt::NoAnswer, after(500), Next::Done),
            (Attempt::NoConnection, after(500), after(500)),
            (Attempt::Limited, Next::Limiter, Next::Limiter),
            (Attempt::NotReady(MS(2500)), Next::Wait(MS(2500)), Next::Wait(MS(2500))),
            (Attempt::NotReady(MS(0)), Next::Wait(MS(1000)), Next::Wait(MS(1000))),
            (Attempt::Permanent, Next::Done, Next::Done),
        ] {
            assert_eq!(next(attempt, true, Attempts::default(), 3, 1.0), repeatable, "{attempt:?}, repeatable");
            assert_eq!(
                next(attempt, false, Attempts::default(), 3, 1.0),
                not_repeatable,
                "{attempt:?}, not repeatable"
            );
        }
    }

    #[test]
    fn only_a_404_about_the_object_itself_means_that_it_was_deleted() {
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
    fn failures_and_429s_are_counted_and_limited_separately() {
        let attempts = |failed, limited| Attempts { failed, limited };
        for (attempt, attempts, expected) in [
            (Attempt::NoAnswer, attempts(3, 0), Next::Done),
            (Attempt::NoAnswer, attempts(2, 9), Next::Again(MS(1000))),
            (Attempt::Limited, attempts(3, 9), Next::Limiter),
            (Attempt::Limited, attempts(0, 10), Next::Done),
        ] {
            assert_eq!(next(attempt, true, attempts, 3, 0.0), expected, "{attempt:?} {attempts:?}");
        }
        assert_eq!(next(Attempt::NoConnection, true, attempts(0, 0), 0, 0.0), Next::Done);
    }

    #[test]
    fn waits_double_up_to_a_maximum_and_vary_by_up_to_half() {
        for (failed, random, ms) in
            [(0, 0.0, 250), (0, 1.0, 500), (1, 1.0, 1000), (4, 1.0, 8000), (5, 1.0, 15_000), (40, 0.0, 7500)]
        {
            assert_eq!(backoff(failed, random), MS(ms), "{failed} {random}");
        }
    }
}
