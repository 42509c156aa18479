//! Determines which limits apply to a request.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::model::Snowflake;

/// The global limit towards which a request counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// The limit of the token's bot or user.
    Token,
    /// The limit of this IP address, for a request without a token.
    Address,
    /// No global limit: responses to interactions are exempt.
    Exempt,
}

/// Distinguishes requests on the same route that have different hidden limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    #[default]
    Plain,
    /// The request changes a channel's name or topic.
    Name,
}

/// Identifies the limits of a request. It contains no secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The method and the template of the path. All requests on a route have the same bucket hash.
    pub route: String,
    /// The value of the major parameter. Discord keeps a separate bucket for each channel, server and webhook at the top of a
    /// path.
    pub major: String,
    pub class: Class,
    pub pool: Pool,
}

/// The parts of a request that determine its [`Key`].
pub struct RequestParts<'a> {
    pub method: &'a str,
    /// The path, either with `{name}` for each parameter or literal.
    pub template: &'a str,
    /// The names and values of the path parameters.
    pub segments: &'a [(&'a str, &'a str)],
    /// Whether the body has a top-level field of the given name.
    pub has_field: &'a dyn Fn(&str) -> bool,
    pub with_token: bool,
    pub now_ms: i64,
}

/// Webhook tokens have 68 characters, interaction tokens more than 200.
const LONGEST_WEBHOOK_TOKEN: usize = 120;

impl Key {
    pub fn new(parts: &RequestParts<'_>) -> Self {
        if !parts.template.contains('{') {
            let (template, segments) = to_template(parts.template);
            let segments: Vec<_> = segments.iter().map(|(n, v)| (*n, *v)).collect();
            return Self::of(&RequestParts { template: &template, segments: &segments, ..*parts });
        }
        Self::of(parts)
    }

    fn of(parts: &RequestParts<'_>) -> Self {
        let &RequestParts { method, template, .. } = parts;
        let value = |name: &str| parts.segments.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| *v);
        let token = [value("webhook_token"), value("interaction_token")].into_iter().find(|t| !t.is_empty());
        let interaction =
            !value("interaction_token").is_empty() || token.is_some_and(|t| t.len() > LONGEST_WEBHOOK_TOKEN);
        let mut top = template.trim_start_matches('/').split('/');
        let mut major = match (top.next(), top.next()) {
            // Only these resources have a major parameter. Other ids in a path do not affect the bucket.
            (Some("channels" | "guilds" | "webhooks" | "interactions"), Some(id)) if id.starts_with('{') => {
                value(id.trim_matches(['{', '}'])).to_owned()
            }
            _ => String::new(),
        };
        if let Some(token) = token {
            let _ = write!(major, ":{}", digest(token));
        }
        let mut route = format!("{method} {template}");
        let mut class = Class::Plain;
        if template.contains("/reactions/") && matches!(method, "PUT" | "DELETE") {
            // Adding and removing reactions share a bucket.
            route = "PUT,DELETE /channels/{channel_id}/messages/{message_id}/reactions".to_owned();
        } else if method == "DELETE" && template == "/channels/{channel_id}/messages/{message_id}" {
            // Deleting a message uses one of three buckets, for new, old, and all other messages.
            route.push_str(age(value("message_id"), parts.now_ms));
        } else if method == "PATCH" && template == "/channels/{channel_id}" {
            // Discord allows two changes of a channel's name or topic per 10 minutes. Other edits do not have this limit.
            if (parts.has_field)("name") || (parts.has_field)("topic") {
                class = Class::Name;
            }
        }
        let pool = match (interaction, parts.with_token) {
            (true, _) => Pool::Exempt,
            (false, true) => Pool::Token,
            (false, false) => Pool::Address,
        };
        Self { route, major, class, pool }
    }
}

/// The suffix of the route for deleting a message, which depends on the message's age.
fn age(message: &str, now_ms: i64) -> &'static str {
    const NEW_MS: i64 = 10_000;
    const OLD_MS: i64 = 14 * 24 * 3600 * 1000;
    let Ok(id) = message.parse::<Snowflake>() else { return "" };
    match now_ms.saturating_sub_unsigned(id.timestamp_ms()) {
        ..=NEW_MS => " new",
        OLD_MS.. => " old",
        _ => "",
    }
}

/// Converts a literal path to a template with placeholders for ids and secrets.
fn to_template(path: &str) -> (String, Vec<(&'static str, &str)>) {
    let mut template = String::with_capacity(path.len());
    let mut segments = Vec::new();
    let parts: Vec<&str> = path.split(['?', '#']).next().unwrap_or("").split('/').filter(|p| !p.is_empty()).collect();
    for (at, part) in parts.iter().enumerate() {
        let id = part.bytes().all(|b| b.is_ascii_digit());
        let name = match (parts[..at].last().copied(), at.checked_sub(2).map(|i| parts[i])) {
            (_, Some("webhooks")) if at == 2 => Some("webhook_token"),
            (_, Some("interactions")) if at == 2 => Some("interaction_token"),
            (Some("reactions"), _) => Some("emoji_name"),
            (Some("invites" | "templates"), _) => Some("code"),
            (Some("channels"), _) if id => Some("channel_id"),
            (Some("guilds"), _) if id => Some("guild_id"),
            (Some("webhooks"), _) if id => Some("webhook_id"),
            (Some("messages"), _) if id => Some("message_id"),
            _ if id => Some("id"),
            _ => None,
        };
        template.push('/');
        match name {
            Some(name) => {
                template.extend(["{", name, "}"]);
                segments.push((name, *part));
            }
            None => template.push_str(part),
        }
    }
    (template, segments)
}

/// The first 16 bytes of a secret's SHA-256 in hexadecimal. They are the same in every process and do not reveal the secret.
pub fn digest(secret: &str) -> Cow<'static, str> {
    let digest = ring::digest::digest(&ring::digest::SHA256, secret.as_bytes());
    digest.as_ref()[..16]
        .iter()
        .fold(String::with_capacity(32), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn key(method: &str, template: &str, segments: &[(&str, &str)], fields: &[&str]) -> Key {
        Key::new(&RequestParts {
            method,
            template,
            segments,
            has_field: &|f| fields.contains(&f),
            with_token: true,
            now_ms: NOW,
        })
    }

    #[test]
    fn only_a_channel_server_or_webhook_at_the_top_of_the_path_has_its_own_bucket() {
        for (template, segments, major) in [
            ("/channels/{channel_id}/messages/{message_id}", &[("channel_id", "1"), ("message_id", "2")][..], "1"),
            ("/guilds/{guild_id}/members/{user_id}", &[("guild_id", "3"), ("user_id", "2")], "3"),
            ("/webhooks/{webhook_id}", &[("webhook_id", "4")], "4"),
            ("/users/{user_id}", &[("user_id", "5")], ""),
            ("/stage-instances/{channel_id}", &[("channel_id", "6")], ""),
            ("/users/@me/guilds/{guild_id}/member", &[("guild_id", "7")], ""),
        ] {
            assert_eq!(key("GET", template, segments, &[]).major, major, "{template}");
        }
    }

    #[test]
    fn different_secrets_have_different_keys_that_do_not_contain_them() {
        let webhook = |token| {
            key("POST", "/webhooks/{webhook_id}/{webhook_token}", &[("webhook_id", "1"), ("webhook_token", token)], &[])
        };
        assert_ne!(webhook("secret-a"), webhook("secret-b"));
        assert!(!format!("{:?}", webhook("secret-a")).contains("secret"));
        // SHA-256 of "abc", from FIPS 180.
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223");
    }

    #[test]
    fn responses_to_interactions_are_exempt_from_the_global_limit() {
        let long = "x".repeat(200);
        let pool = |template: &str, segments: &[(&str, &str)], with_token| {
            let parts =
                RequestParts { method: "POST", template, segments, has_field: &|_| false, with_token, now_ms: NOW };
            Key::new(&parts).pool
        };
        let callback = "/interactions/{interaction_id}/{interaction_token}/callback";
        let webhook = "/webhooks/{webhook_id}/{webhook_token}";
        for (template, segments, with_token, expected) in [
            (callback, &[("interaction_id", "1"), ("interaction_token", "t")][..], false, Pool::Exempt),
            (webhook, &[("webhook_id", "1"), ("webhook_token", &long)], false, Pool::Exempt),
            (webhook, &[("webhook_id", "1"), ("webhook_token", "t")], false, Pool::Address),
            ("/users/{user_id}", &[("user_id", "1")], true, Pool::Token),
        ] {
            assert_eq!(pool(template, segments, with_token), expected, "{template}");
        }
    }

    #[test]
    fn requests_of_one_route_with_different_limits_have_different_keys() {
        let edit = |fields: &[&str]| key("PATCH", "/channels/{channel_id}", &[("channel_id", "1")], fields).class;
        assert_eq!(
            [edit(&["name"]), edit(&["topic", "nsfw"]), edit(&["nsfw"])],
            [Class::Name, Class::Name, Class::Plain]
        );

        let delete = |age_ms: i64| {
            let id = Snowflake::at(NOW - age_ms).to_string();
            let route = "/channels/{channel_id}/messages/{message_id}";
            key("DELETE", route, &[("channel_id", "1"), ("message_id", &id)], &[]).route
        };
        assert!(
            delete(5000).ends_with(" new")
                && delete(20_000).ends_with('}')
                && delete(15 * 86_400_000).ends_with(" old")
        );

        let own = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me";
        let all = "/channels/{channel_id}/messages/{message_id}/reactions";
        let segments = &[("channel_id", "1")][..];
        assert_eq!(key("PUT", own, segments, &[]), key("DELETE", own, segments, &[]));
        assert_ne!(key("PUT", own, segments, &[]), key("GET", own, segments, &[]));
        assert_ne!(key("DELETE", own, segments, &[]), key("DELETE", all, segments, &[]));
    }

    #[test]
    fn a_literal_path_has_the_same_key_as_its_template() {
        for (path, template, segments) in [
            (
                "/channels/1/messages/2",
                "/channels/{channel_id}/messages/{message_id}",
                &[("channel_id", "1"), ("message_id", "2")][..],
            ),
            (
                "/webhooks/1/tok?wait=true",
                "/webhooks/{webhook_id}/{webhook_token}",
                &[("webhook_id", "1"), ("webhook_token", "tok")],
            ),
            ("/users/@me", "/users/@me", &[]),
        ] {
            assert_eq!(key("GET", path, &[], &[]), key("GET", template, segments, &[]), "{path}");
        }
        assert!(!format!("{:?}", key("GET", "/webhooks/1/tok-secret", &[], &[])).contains("secret"));
    }
}
