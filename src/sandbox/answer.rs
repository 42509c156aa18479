//! The sandbox's answers to requests: a body, or an error in Discord's format.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// The body of an answer.
#[derive(Clone, Debug)]
pub(super) enum Content {
    None,
    Json(Value),
    Bytes { mime: String, bytes: Bytes },
}

/// A successful answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub content: Content,
}

impl Answer {
    pub fn json(status: u16, value: Value) -> Self {
        Self { status, content: Content::Json(value) }
    }

    pub fn ok(value: Value) -> Self {
        Self::json(200, value)
    }

    pub fn created(value: Value) -> Self {
        Self::json(201, value)
    }

    /// 204 No Content.
    pub const NONE: Self = Self { status: 204, content: Content::None };
}

/// An error with Discord's status, code and message.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{status}: {message} ({code})")]
pub(super) struct DiscordError {
    pub status: u16,
    pub code: u32,
    pub message: Cow<'static, str>,
    /// The `errors` object, which nests like the request's fields.
    pub errors: Option<Value>,
}

pub(super) type Outcome = Result<Answer, DiscordError>;

const fn error(status: u16, code: u32, message: &'static str) -> DiscordError {
    DiscordError { status, code, message: Cow::Borrowed(message), errors: None }
}

const fn unknown(code: u32, message: &'static str) -> DiscordError {
    error(404, code, message)
}

const fn bad(code: u32, message: &'static str) -> DiscordError {
    error(400, code, message)
}

const fn forbidden(code: u32, message: &'static str) -> DiscordError {
    error(403, code, message)
}

/// Codes and messages from Discord's reference, "Opcodes and Status Codes".
impl DiscordError {
    pub const NOT_FOUND: Self = unknown(0, "404: Not Found");
    pub const WRONG_METHOD: Self = error(405, 0, "405: Method Not Allowed");
    pub const UNAUTHORIZED: Self = error(401, 0, "401: Unauthorized");
    pub const INTERNAL: Self = error(500, 0, "500: Internal Server Error");
    pub const TOO_LARGE: Self = error(413, 40005, "Request entity too large");
    pub const BAD_JSON: Self = bad(50109, "The request body contains invalid JSON.");

    pub const UNKNOWN_APPLICATION: Self = unknown(10002, "Unknown Application");
    pub const UNKNOWN_CHANNEL: Self = unknown(10003, "Unknown Channel");
    pub const UNKNOWN_GUILD: Self = unknown(10004, "Unknown Guild");
    pub const UNKNOWN_INVITE: Self = unknown(10006, "Unknown Invite");
    pub const UNKNOWN_MEMBER: Self = unknown(10007, "Unknown Member");
    pub const UNKNOWN_MESSAGE: Self = unknown(10008, "Unknown Message");
    pub const UNKNOWN_OVERWRITE: Self = unknown(10009, "Unknown Overwrite");
    pub const UNKNOWN_ROLE: Self = unknown(10011, "Unknown Role");
    pub const UNKNOWN_USER: Self = unknown(10013, "Unknown User");
    pub const UNKNOWN_EMOJI: Self = unknown(10014, "Unknown Emoji");
    pub const UNKNOWN_WEBHOOK: Self = unknown(10015, "Unknown Webhook");
    pub const UNKNOWN_BAN: Self = unknown(10026, "Unknown Ban");
    pub const UNKNOWN_INTERACTION: Self = unknown(10062, "Unknown interaction");

    pub const NO_BOTS: Self = forbidden(20001, "Bots cannot use this endpoint");
    pub const ONLY_BOTS: Self = forbidden(20002, "Only bots can use this endpoint");
    pub const TOO_MANY_PINS: Self = bad(30003, "Maximum number of pins reached (250)");
    pub const TOO_MANY_ROLES: Self = bad(30005, "Maximum number of server roles reached (250)");
    pub const TOO_MANY_WEBHOOKS: Self = bad(30007, "Maximum number of webhooks reached (15)");
    pub const TOO_MANY_REACTIONS: Self = bad(30010, "Maximum number of reactions reached (20)");
    pub const TOO_MANY_CHANNELS: Self = bad(30013, "Maximum number of server channels reached (500)");
    pub const TOO_MANY_FILES: Self = bad(30015, "Maximum number of attachments in a message reached (10)");
    pub const BANNED: Self = forbidden(40007, "The user is banned from this guild");
    pub const ALREADY_CROSSPOSTED: Self = bad(40033, "This message has already been crossposted.");
    pub const ALREADY_ACKNOWLEDGED: Self = bad(40060, "Interaction has already been acknowledged.");
    pub const TAG_REQUIRED: Self = bad(40067, "A tag is required to create a forum post in this channel");
    pub const FORUM: Self = bad(50008, "Cannot send messages in a non-text channel");
    pub const MISSING_ACCESS: Self = forbidden(50001, "Missing Access");
    pub const DM_CHANNEL: Self = forbidden(50003, "Cannot execute action on a DM channel");
    pub const NOT_THE_AUTHOR: Self = forbidden(50005, "Cannot edit a message authored by another user");
    pub const EMPTY_MESSAGE: Self = bad(50006, "Cannot send an empty message");
    pub const CANNOT_DM: Self = forbidden(50007, "Cannot send messages to this user");
    pub const MISSING_PERMISSIONS: Self = forbidden(50013, "Missing Permissions");
    pub const BULK_DELETE_COUNT: Self = bad(
        50016,
        "Provided too few or too many messages to delete. Must provide at least 2 and at most 100 messages.",
    );
    pub const CHANNEL_TYPE: Self = bad(50024, "Cannot execute action on this channel type");
    pub const BAD_WEBHOOK_TOKEN: Self = error(401, 50027, "Invalid Webhook Token");
    pub const BAD_ROLE: Self = bad(50028, "Invalid Role");
    pub const BAD_RECIPIENT: Self = bad(50033, "Invalid Recipient(s)");
    pub const TOO_OLD: Self = bad(50034, "You can only bulk delete messages that are under 14 days old.");
    pub const VOICE_CONTENT: Self = bad(50159, "Voice messages do not support additional content.");
    pub const VOICE_FILES: Self = bad(50160, "Voice messages must have a single audio attachment.");
    pub const VOICE_METADATA: Self = bad(50161, "Voice messages must have supporting metadata.");
    pub const NO_POLL: Self = bad(520_006, "Cannot expire a non-poll message");
    pub const POLL_EXPIRED: Self = bad(520_001, "Poll expired");
    pub const WEBHOOK_NEEDS_THREAD: Self =
        bad(220_001, "Webhooks posted to forum channels must have a thread_name or thread_id");
    pub const THREAD_ARCHIVED: Self = bad(50083, "Thread is archived");
    pub const THREAD_EXISTS: Self = bad(160_004, "A thread has already been created for this message");
    pub const THREAD_LOCKED: Self = forbidden(160_005, "This thread is locked");

    pub const NOT_BANNED: Self = bad(500_000, "Failed to ban users");

    /// A 404 error whose message is `Unknown` and the noun.
    pub fn unknown_thing(code: u32, noun: &str) -> Self {
        Self { status: 404, code, message: Cow::Owned(format!("Unknown {noun}")), errors: None }
    }

    /// Error 50035 with one field error at a dotted path (`message_reference.message_id`).
    pub fn field(path: &str, code: &str, message: &str) -> Self {
        let mut tree = Map::new();
        add_field_error(&mut tree, path, code, message);
        Self::invalid(tree)
    }

    /// Error 50035 with an `errors` object that [`add_field_error`] has filled.
    pub fn invalid(tree: Map<String, Value>) -> Self {
        Self { errors: Some(Value::Object(tree)), ..bad(50035, "Invalid Form Body") }
    }

    pub fn to_json(&self) -> Value {
        let mut body = json!({"message": self.message, "code": self.code});
        if let Some(errors) = &self.errors {
            body["errors"] = errors.clone();
        }
        body
    }
}

/// Adds a field error to Discord's `errors` object: `embeds.0.title` and `sticker_ids[3]` become
/// nested objects, the innermost of which has the list `_errors`.
pub(super) fn add_field_error(tree: &mut Map<String, Value>, path: &str, code: &str, message: &str) {
    let mut object = tree;
    for key in path.split(['.', '[', ']', '/']).filter(|key| !key.is_empty()) {
        let child = object.entry(key).or_insert_with(|| Value::Object(Map::new()));
        object = child.as_object_mut().expect("the value at a field's name is always an object");
    }
    let list = object.entry("_errors").or_insert_with(|| Value::Array(Vec::new()));
    list.as_array_mut().expect("`_errors` is a list").push(json!({"code": code, "message": message}));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_errors_are_nested_by_the_parts_of_their_paths() {
        let mut tree = Map::new();
        add_field_error(&mut tree, "content", "A", "a");
        add_field_error(&mut tree, "content", "B", "b");
        add_field_error(&mut tree, "embeds.0.title", "C", "c");
        add_field_error(&mut tree, "sticker_ids[3]", "D", "d");
        let error = DiscordError::invalid(tree);
        assert_eq!(
            error.to_json(),
            json!({
                "message": "Invalid Form Body",
                "code": 50035,
                "errors": {
                    "content": {"_errors": [{"code": "A", "message": "a"}, {"code": "B", "message": "b"}]},
                    "embeds": {"0": {"title": {"_errors": [{"code": "C", "message": "c"}]}}},
                    "sticker_ids": {"3": {"_errors": [{"code": "D", "message": "d"}]}},
                }
            })
        );
    }
}
