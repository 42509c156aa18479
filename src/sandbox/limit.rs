//! Rate limits like Discord's: one bucket per group of routes and major parameter, and a global
//! limit. A bucket's window starts at the first request in it.
//!
//! Nothing here waits or reads a clock: the caller passes the time.

use std::collections::HashMap;

use crate::catalogue::{self, Endpoint, Method};

/// The number of requests allowed in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub requests: u32,
    pub window_ms: u64,
}

const fn rule(requests: u32, window_ms: u64) -> Rule {
    Rule { requests, window_ms }
}

/// Discord's documented limit for all requests of a bot.
const GLOBAL: Rule = rule(50, 1000);

/// Groups of endpoints that share a bucket. Discord documents none of these limits; the values are
/// close to those in its headers.
const GROUPS: &[(&str, Rule, &[&str])] = &[
    ("message-send", rule(5, 5000), &["create_message"]),
    ("message-edit", rule(5, 5000), &["update_message"]),
    ("message-delete", rule(5, 1000), &["delete_message"]),
    ("message-bulk-delete", rule(1, 3000), &["bulk_delete_messages"]),
    ("message-list", rule(50, 1000), &["list_messages", "get_message"]),
    ("message-search", rule(10, 10_000), &["guild_search"]),
    // Adding and removing share one limit.
    (
        "reaction",
        rule(1, 250),
        &[
            "add_my_message_reaction",
            "delete_my_message_reaction",
            "delete_user_message_reaction",
            "delete_all_message_reactions",
            "delete_all_message_reactions_by_emoji",
        ],
    ),
    ("pin", rule(5, 5000), &["create_pin", "delete_pin", "deprecated_create_pin", "deprecated_delete_pin"]),
    ("typing", rule(5, 5000), &["trigger_typing_indicator"]),
    // All three formats share one bucket per webhook.
    (
        "webhook-send",
        rule(5, 2000),
        &["execute_webhook", "execute_github_compatible_webhook", "execute_slack_compatible_webhook"],
    ),
    ("member-list", rule(10, 10_000), &["list_guild_members", "search_guild_members"]),
    ("gateway-bot", rule(2, 5000), &["get_bot_gateway"]),
];

/// The limits of the reads and writes that are in no group.
const READS: Rule = rule(50, 1000);
const WRITES: Rule = rule(10, 5000);

/// Discord's limit for changes of a channel's name and topic, which the headers do not show: they
/// report remaining requests even when this limit is reached.
const CHANNEL_NAME: Rule = rule(2, 600_000);

/// Interaction callbacks and follow-ups do not count towards the global limit.
const EXEMPT_FROM_GLOBAL: &[&str] = &[
    "create_interaction_response",
    "create_followup_message",
    "get_followup_message",
    "edit_followup_message",
    "delete_followup_message",
    "get_original_webhook_message",
    "update_original_webhook_message",
    "delete_original_webhook_message",
];

/// Buckets whose window has ended are removed when there are more than this many buckets, and more
/// than twice as many as the last removal left.
const SWEEP_AT: usize = 4096;

/// Why a value of `--limit` cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLimit {
    #[error(
        "{0:?} is not a rate limit; write 'message send=5/5s', 'POST /channels/{{channel_id}}/messages=5/5s', 'global=50/1s' or off"
    )]
    Form(String),
    #[error("{0:?} is neither a command nor an endpoint; `dcord endpoints` lists them")]
    Unknown(String),
}

/// A bucket as the response headers describe it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BucketState {
    /// The hash of the group. As in Discord's headers, it does not include the major parameter.
    pub hash: String,
    pub limit: u32,
    pub remaining: u32,
    /// When the window ends, in milliseconds since the Unix epoch.
    pub reset_ms: u64,
    pub reset_after_ms: u64,
}

/// Whether a request is allowed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Rate limits are turned off.
    Unlimited,
    Allowed(BucketState),
    Limited {
        retry_after_ms: u64,
        scope: Scope,
        bucket: Option<BucketState>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    User,
    Global,
}

impl Scope {
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
        }
    }
}

#[derive(Clone, Copy)]
struct Bucket {
    used: u32,
    resets_ms: u64,
    rule: Rule,
}

impl Bucket {
    fn fresh(rule: Rule, now_ms: u64) -> Self {
        Self { used: 0, resets_ms: now_ms + rule.window_ms, rule }
    }
}

/// The rate limits of one sandbox.
pub(super) struct Limits {
    off: bool,
    global: Rule,
    /// The limits set with `--limit`, by operation.
    overrides: HashMap<&'static str, Rule>,
    buckets: HashMap<String, Bucket>,
    sweep_at: usize,
}

impl Limits {
    /// Parses the values of `--limit`.
    pub fn parse(texts: &[String]) -> Result<Self, BadLimit> {
        let mut limits =
            Self { off: false, global: GLOBAL, overrides: HashMap::new(), buckets: HashMap::new(), sweep_at: SWEEP_AT };
        for text in texts {
            if text == "off" {
                limits.off = true;
                continue;
            }
            let bad = || BadLimit::Form(text.clone());
            let (what, rule) = text.rsplit_once('=').ok_or_else(bad)?;
            let rule = read_rule(rule).ok_or_else(bad)?;
            if what == "global" {
                limits.global = rule;
            } else {
                let row = find(what).ok_or_else(|| BadLimit::Unknown(what.to_owned()))?;
                limits.overrides.insert(row.operation, rule);
            }
        }
        Ok(limits)
    }

    /// Counts a request. `major` is its major parameter (the id of a channel, server or webhook) and
    /// `client` identifies its token or IP address. `edits_name_or_topic` is true if the request
    /// changes a channel's name or topic.
    pub fn take(
        &mut self,
        row: &Endpoint,
        major: &str,
        client: &str,
        edits_name_or_topic: bool,
        now_ms: u64,
    ) -> Verdict {
        if self.off {
            return Verdict::Unlimited;
        }
        if self.buckets.len() > self.sweep_at {
            self.buckets.retain(|_, bucket| bucket.resets_ms > now_ms);
            self.sweep_at = SWEEP_AT.max(2 * self.buckets.len());
        }
        if !EXEMPT_FROM_GLOBAL.contains(&row.operation) {
            let global = self.bucket(format!("global {client}"), self.global, now_ms);
            if global.used >= global.rule.requests {
                return Verdict::Limited {
                    retry_after_ms: global.resets_ms - now_ms,
                    scope: Scope::Global,
                    bucket: None,
                };
            }
            global.used += 1;
        }
        let (group, rule) = self.group(row);
        let key = format!("{group} {major}");
        let bucket = self.bucket(key, rule, now_ms);
        let limited = bucket.used >= bucket.rule.requests;
        if !limited {
            bucket.used += 1;
        }
        let bucket = BucketState {
            hash: hash(group),
            limit: bucket.rule.requests,
            remaining: bucket.rule.requests - bucket.used,
            reset_ms: bucket.resets_ms,
            reset_after_ms: bucket.resets_ms - now_ms,
        };
        if limited {
            let retry_after_ms = bucket.reset_after_ms;
            return Verdict::Limited { retry_after_ms, scope: Scope::User, bucket: Some(bucket) };
        }
        if edits_name_or_topic && !self.overrides.contains_key(row.operation) {
            let hidden = self.bucket(format!("channel name {major}"), CHANNEL_NAME, now_ms);
            if hidden.used >= hidden.rule.requests {
                let retry_after_ms = hidden.resets_ms - now_ms;
                return Verdict::Limited { retry_after_ms, scope: Scope::User, bucket: Some(bucket) };
            }
            hidden.used += 1;
        }
        Verdict::Allowed(bucket)
    }

    /// The bucket with this key. If its window has ended, a new one starts now.
    fn bucket(&mut self, key: String, rule: Rule, now_ms: u64) -> &mut Bucket {
        let bucket = self.buckets.entry(key).or_insert_with(|| Bucket::fresh(rule, now_ms));
        if bucket.resets_ms <= now_ms {
            *bucket = Bucket::fresh(rule, now_ms);
        }
        bucket
    }

    fn group(&self, row: &Endpoint) -> (&'static str, Rule) {
        let group = GROUPS.iter().find(|(_, _, operations)| operations.contains(&row.operation));
        let (name, default) = match group {
            Some((name, rule, _)) => (*name, *rule),
            None if row.method == Method::Get => (row.operation, READS),
            None => (row.operation, WRITES),
        };
        // An endpoint with a limit of its own leaves its group's bucket.
        self.overrides.get(row.operation).map_or((name, default), |rule| (row.operation, *rule))
    }
}

/// The major parameter of a request: the id that separates buckets of the same group. For webhooks
/// and interactions it includes the token.
pub(super) fn major(path: &[(&'static str, String)]) -> String {
    let value = |name: &str| path.iter().find(|(n, _)| *n == name).map(|(_, text)| text.as_str());
    if let (Some(id), Some(token)) = (
        value("webhook_id").or_else(|| value("application_id")),
        value("webhook_token").or_else(|| value("interaction_token")),
    ) {
        return format!("{id} {token}");
    }
    value("channel_id").or_else(|| value("guild_id")).or_else(|| value("webhook_id")).unwrap_or_default().to_owned()
}

/// The row of a command (`message send`) or an endpoint (`POST /channels/{channel_id}/messages`).
fn find(what: &str) -> Option<&'static Endpoint> {
    let (first, second) = what.split_once(' ')?;
    if second.starts_with('/') {
        return catalogue::endpoints().map(|(_, row)| row).find(|r| r.method.name() == first && r.path == second);
    }
    catalogue::find(first, second)
}

/// Parses a rule such as `5/5s` or `1/250ms`.
fn read_rule(text: &str) -> Option<Rule> {
    let (requests, window) = text.split_once('/')?;
    let window = crate::model::time::duration(window)?;
    let window_ms = u64::try_from(window.as_millis()).ok().filter(|ms| *ms > 0)?;
    Some(Rule { requests: requests.parse().ok().filter(|n| *n > 0)?, window_ms })
}

/// An opaque bucket name like Discord's, which is the same in each run (two FNV-1a hashes).
fn hash(group: &str) -> String {
    let fnv =
        |seed: u64| group.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{:016x}{:016x}", fnv(0xcbf2_9ce4_8422_2325), fnv(0x6c62_272e_07bb_0142))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;

    fn limits(texts: &[&str]) -> Limits {
        Limits::parse(&texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn send() -> &'static Endpoint {
        catalogue::find("message", "send").unwrap()
    }

    fn wait(verdict: Verdict) -> Option<(u64, Scope)> {
        match verdict {
            Verdict::Limited { retry_after_ms, scope, .. } => Some((retry_after_ms, scope)),
            Verdict::Allowed(_) | Verdict::Unlimited => None,
        }
    }

    #[test]
    fn a_window_starts_with_its_first_request_and_counts_one_major_parameter() {
        let mut limits = limits(&[]);
        for (at, channel, remaining) in
            [(0, "1", Some(4)), (4000, "1", Some(3)), (4000, "1", Some(2)), (4000, "1", Some(1)), (4999, "1", Some(0))]
        {
            let Verdict::Allowed(bucket) = limits.take(send(), channel, "t", false, NOW + at) else {
                panic!("at {at}")
            };
            assert_eq!((Some(bucket.remaining), bucket.reset_ms), (remaining, NOW + 5000));
            assert_eq!(bucket.reset_after_ms, 5000 - at);
        }
        assert_eq!(wait(limits.take(send(), "1", "t", false, NOW + 4999)), Some((1, Scope::User)));
        assert_eq!(wait(limits.take(send(), "2", "t", false, NOW + 4999)), None);
        let Verdict::Allowed(bucket) = limits.take(send(), "1", "t", false, NOW + 5000) else { panic!() };
        assert_eq!((bucket.remaining, bucket.reset_ms), (4, NOW + 10_000));
    }

    #[test]
    fn the_global_limit_counts_all_buckets_of_a_token() {
        let mut limits = limits(&["global=3/1s"]);
        for channel in ["1", "2", "3"] {
            assert_eq!(wait(limits.take(send(), channel, "t", false, NOW)), None);
        }
        assert_eq!(wait(limits.take(send(), "4", "t", false, NOW + 400)), Some((600, Scope::Global)));
        assert_eq!(wait(limits.take(send(), "4", "other", false, NOW + 400)), None);
        assert_eq!(wait(limits.take(send(), "4", "t", false, NOW + 1000)), None);
    }

    #[test]
    fn changes_of_a_channels_name_have_a_limit_that_the_headers_do_not_show() {
        let mut limits = limits(&[]);
        let row = send();
        for _ in 0..2 {
            assert_eq!(wait(limits.take(row, "1", "t", true, NOW)), None);
        }
        let Verdict::Limited { retry_after_ms, bucket: Some(bucket), .. } = limits.take(row, "1", "t", true, NOW)
        else {
            panic!()
        };
        assert_eq!(retry_after_ms, 600_000);
        assert!(bucket.remaining > 0);
        assert_eq!(wait(limits.take(row, "1", "t", false, NOW)), None);
    }

    #[test]
    fn limits_can_be_set_and_turned_off() {
        let mut limits_of_send = limits(&["message send=1/250ms"]);
        assert_eq!(wait(limits_of_send.take(send(), "1", "t", false, NOW)), None);
        assert_eq!(wait(limits_of_send.take(send(), "1", "t", false, NOW)), Some((250, Scope::User)));
        assert_eq!(limits(&["off"]).take(send(), "1", "t", false, NOW), Verdict::Unlimited);
        let by_path = limits(&["POST /channels/{channel_id}/messages=7/1s"]);
        assert_eq!(by_path.group(send()).1, rule(7, 1000));
        for bad in ["message send", "message send=5", "message send=0/1s", "message send=5/0s", "=", "nobody does=1/1s"]
        {
            assert!(Limits::parse(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_buckets_hash_depends_only_on_its_group() {
        let mut limits = limits(&[]);
        let mut name = |channel| match limits.take(send(), channel, "t", false, NOW) {
            Verdict::Allowed(bucket) => bucket.hash,
            other => panic!("{other:?}"),
        };
        assert_eq!(name("1"), name("2"));
        assert_eq!(hash("message-send"), hash("message-send"));
        assert_ne!(hash("message-send"), hash("message-edit"));
    }

    #[test]
    fn a_webhooks_token_is_part_of_the_major_parameter() {
        let path =
            |pairs: &[(&'static str, &str)]| pairs.iter().map(|(k, v)| (*k, (*v).to_owned())).collect::<Vec<_>>();
        for (pairs, expected) in [
            (vec![("channel_id", "1"), ("message_id", "2")], "1"),
            (vec![("guild_id", "1"), ("user_id", "2")], "1"),
            (vec![("webhook_id", "1")], "1"),
            (vec![("webhook_id", "1"), ("webhook_token", "t")], "1 t"),
            (vec![("user_id", "1")], ""),
        ] {
            assert_eq!(major(&path(&pairs)), expected);
        }
    }
}
