//! Rate limits as Discord sets them: a window that opens with its first request, per group of
//! routes and major parameter, and one over everything.
//!
//! Pure: a request and a time in, a verdict out.

use std::collections::HashMap;

use crate::catalogue::{self, Endpoint, Method};

/// So many requests in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub requests: u32,
    pub window_ms: u64,
}

const fn rule(requests: u32, window_ms: u64) -> Rule {
    Rule { requests, window_ms }
}

/// Discord's documented limit over all requests of a bot.
const GLOBAL: Rule = rule(50, 1000);

/// Groups of endpoints that share a bucket, with limits close to those that Discord shows in its
/// headers (it documents none of them).
const GROUPS: &[(&str, Rule, &[&str])] = &[
    ("message-send", rule(5, 5000), &["create_message"]),
    ("message-edit", rule(5, 5000), &["update_message"]),
    ("message-delete", rule(5, 1000), &["delete_message"]),
    ("message-bulk-delete", rule(1, 3000), &["bulk_delete_messages"]),
    ("message-list", rule(50, 1000), &["list_messages", "get_message"]),
    ("message-search", rule(10, 10_000), &["guild_search"]),
    // One request in a quarter of a second, adding and removing together.
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
    // One bucket for all messages of a webhook.
    (
        "webhook-send",
        rule(5, 2000),
        &["execute_webhook", "execute_github_compatible_webhook", "execute_slack_compatible_webhook"],
    ),
    ("member-list", rule(10, 10_000), &["list_guild_members", "search_guild_members"]),
    ("gateway-bot", rule(2, 5000), &["get_bot_gateway"]),
];

/// The limit of reads and of writes that stand in no group.
const READS: Rule = rule(50, 1000);
const WRITES: Rule = rule(10, 5000);

/// Discord's hidden limit for a channel's name and topic; its headers still show free requests.
const CHANNEL_NAME: Rule = rule(2, 600_000);

/// Interaction callbacks and follow-ups are free of the global limit.
const FREE_OF_GLOBAL: &[&str] = &[
    "create_interaction_response",
    "create_followup_message",
    "get_followup_message",
    "edit_followup_message",
    "delete_followup_message",
    "get_original_webhook_message",
    "update_original_webhook_message",
    "delete_original_webhook_message",
];

/// Buckets whose window is over are swept out when there are more than this many, or twice as many
/// as the last sweep has left.
const SWEEP_AT: usize = 4096;

/// A value of `--limit` that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLimit {
    #[error(
        "{0:?} is not a rate limit; write 'message send=5/5s', 'POST /channels/{{channel_id}}/messages=5/5s', 'global=50/1s' or off"
    )]
    Form(String),
    #[error("{0:?} is neither a command nor an endpoint; `dcord endpoints` lists them")]
    Unknown(String),
}

/// What is said of a bucket in the headers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    /// The bucket's hash, without the major parameter, as Discord gives it.
    pub bucket: String,
    pub limit: u32,
    pub remaining: u32,
    /// When the window ends, in milliseconds since the Unix epoch.
    pub reset_ms: u64,
    pub reset_after_ms: u64,
}

/// Whether a request may go on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// No limit holds for it.
    Free,
    Go(Standing),
    Wait {
        retry_after_ms: u64,
        scope: Scope,
        standing: Option<Standing>,
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

/// The limits of one sandbox.
pub(super) struct Limits {
    off: bool,
    global: Rule,
    /// Set with `--limit`, by operation.
    own: HashMap<&'static str, Rule>,
    buckets: HashMap<String, Bucket>,
    sweep_at: usize,
}

impl Limits {
    /// Reads the values of `--limit`.
    pub fn parse(texts: &[String]) -> Result<Self, BadLimit> {
        let mut limits =
            Self { off: false, global: GLOBAL, own: HashMap::new(), buckets: HashMap::new(), sweep_at: SWEEP_AT };
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
                limits.own.insert(row.operation, rule);
            }
        }
        Ok(limits)
    }

    /// Counts a request. `major` is its major parameter (a channel's, server's or webhook's id),
    /// `who` its token or address; `names_channel` says that it changes a channel's name or topic.
    pub fn take(&mut self, row: &Endpoint, major: &str, who: &str, names_channel: bool, now_ms: u64) -> Verdict {
        if self.off {
            return Verdict::Free;
        }
        if self.buckets.len() > self.sweep_at {
            self.buckets.retain(|_, bucket| bucket.resets_ms > now_ms);
            self.sweep_at = SWEEP_AT.max(2 * self.buckets.len());
        }
        if !FREE_OF_GLOBAL.contains(&row.operation) {
            let global = self.bucket(format!("global {who}"), self.global, now_ms);
            if global.used >= global.rule.requests {
                return Verdict::Wait {
                    retry_after_ms: global.resets_ms - now_ms,
                    scope: Scope::Global,
                    standing: None,
                };
            }
            global.used += 1;
        }
        let (group, rule) = self.group(row);
        let key = format!("{group} {major}");
        let bucket = self.bucket(key, rule, now_ms);
        let waits = bucket.used >= bucket.rule.requests;
        if !waits {
            bucket.used += 1;
        }
        let standing = Standing {
            bucket: hash(group),
            limit: bucket.rule.requests,
            remaining: bucket.rule.requests - bucket.used,
            reset_ms: bucket.resets_ms,
            reset_after_ms: bucket.resets_ms - now_ms,
        };
        if waits {
            let retry_after_ms = standing.reset_after_ms;
            return Verdict::Wait { retry_after_ms, scope: Scope::User, standing: Some(standing) };
        }
        if names_channel && !self.own.contains_key(row.operation) {
            let hidden = self.bucket(format!("channel name {major}"), CHANNEL_NAME, now_ms);
            if hidden.used >= hidden.rule.requests {
                let retry_after_ms = hidden.resets_ms - now_ms;
                return Verdict::Wait { retry_after_ms, scope: Scope::User, standing: Some(standing) };
            }
            hidden.used += 1;
        }
        Verdict::Go(standing)
    }

    /// The bucket of that key; its window opens now if it has none that is open.
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
        // A limit that was set for one endpoint makes a bucket of its own.
        self.own.get(row.operation).map_or((name, default), |rule| (row.operation, *rule))
    }
}

/// The major parameter of a request: the first of its ids that Discord tells buckets apart by. A
/// webhook's token belongs to it.
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

/// A command's two words or a method and a path, as a row.
fn find(what: &str) -> Option<&'static Endpoint> {
    let (first, second) = what.split_once(' ')?;
    if second.starts_with('/') {
        return catalogue::endpoints().map(|(_, row)| row).find(|r| r.method.name() == first && r.path == second);
    }
    catalogue::find(first, second)
}

/// `5/5s`, `1/250ms`.
fn read_rule(text: &str) -> Option<Rule> {
    let (requests, window) = text.split_once('/')?;
    let window = crate::model::time::duration(window)?;
    let window_ms = u64::try_from(window.as_millis()).ok().filter(|ms| *ms > 0)?;
    Some(Rule { requests: requests.parse().ok().filter(|n| *n > 0)?, window_ms })
}

/// A bucket's name as Discord's look: opaque, and the same in each run (FNV-1a).
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
            Verdict::Wait { retry_after_ms, scope, .. } => Some((retry_after_ms, scope)),
            Verdict::Go(_) | Verdict::Free => None,
        }
    }

    #[test]
    fn a_window_opens_with_its_first_request_and_is_per_major_parameter() {
        let mut limits = limits(&[]);
        for (at, channel, remaining) in
            [(0, "1", Some(4)), (4000, "1", Some(3)), (4000, "1", Some(2)), (4000, "1", Some(1)), (4999, "1", Some(0))]
        {
            let Verdict::Go(standing) = limits.take(send(), channel, "t", false, NOW + at) else { panic!("at {at}") };
            assert_eq!((Some(standing.remaining), standing.reset_ms), (remaining, NOW + 5000));
            assert_eq!(standing.reset_after_ms, 5000 - at);
        }
        assert_eq!(wait(limits.take(send(), "1", "t", false, NOW + 4999)), Some((1, Scope::User)));
        assert_eq!(wait(limits.take(send(), "2", "t", false, NOW + 4999)), None);
        let Verdict::Go(standing) = limits.take(send(), "1", "t", false, NOW + 5000) else { panic!() };
        assert_eq!((standing.remaining, standing.reset_ms), (4, NOW + 10_000));
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
    fn a_channels_name_has_a_hidden_limit() {
        let mut limits = limits(&[]);
        let row = send();
        for _ in 0..2 {
            assert_eq!(wait(limits.take(row, "1", "t", true, NOW)), None);
        }
        let Verdict::Wait { retry_after_ms, standing: Some(standing), .. } = limits.take(row, "1", "t", true, NOW)
        else {
            panic!()
        };
        assert_eq!(retry_after_ms, 600_000);
        assert!(standing.remaining > 0);
        assert_eq!(wait(limits.take(row, "1", "t", false, NOW)), None);
    }

    #[test]
    fn limits_can_be_set_and_switched_off() {
        let mut own = limits(&["message send=1/250ms"]);
        assert_eq!(wait(own.take(send(), "1", "t", false, NOW)), None);
        assert_eq!(wait(own.take(send(), "1", "t", false, NOW)), Some((250, Scope::User)));
        assert_eq!(limits(&["off"]).take(send(), "1", "t", false, NOW), Verdict::Free);
        let by_path = limits(&["POST /channels/{channel_id}/messages=7/1s"]);
        assert_eq!(by_path.group(send()).1, rule(7, 1000));
        for bad in ["message send", "message send=5", "message send=0/1s", "message send=5/0s", "=", "nobody does=1/1s"]
        {
            assert!(Limits::parse(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_buckets_name_is_the_groups_alone() {
        let mut limits = limits(&[]);
        let mut name = |channel| match limits.take(send(), channel, "t", false, NOW) {
            Verdict::Go(standing) => standing.bucket,
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
