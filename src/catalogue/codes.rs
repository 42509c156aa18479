//! Discord's error codes and close codes, with advice for each. Source: Discord's reference, "Opcodes and Status
//! Codes".

/// A code that Discord sends.
#[derive(Debug)]
pub struct Code {
    pub code: u16,
    /// The meaning, as a clause.
    pub means: &'static str,
    /// What to do, as sentences.
    pub advice: &'static str,
}

/// A code in the body of an error. These are numbers of up to six digits.
#[derive(Debug)]
pub struct ErrorCode {
    pub code: u32,
    pub means: &'static str,
    pub advice: &'static str,
}

const fn error(code: u32, means: &'static str, advice: &'static str) -> ErrorCode {
    ErrorCode { code, means, advice }
}

const fn code(code: u16, means: &'static str, advice: &'static str) -> Code {
    Code { code, means, advice }
}

const CHECK_ID: &str = "Check the id, and whether the bot can see the object: Discord also sends this error for objects that the bot cannot see.";
const TRY_LATER: &str = "Try again later.";
const DELETE_SOME: &str = "Delete some first.";

/// The codes of common errors, sorted.
pub static ERRORS: &[ErrorCode] = &[
    error(0, "Discord gives no error code", "The HTTP status of the error tells you more: `dcord explain 403`."),
    error(10_003, "the channel does not exist", CHECK_ID),
    error(10_004, "the server does not exist", CHECK_ID),
    error(10_006, "the invite does not exist or has expired", "Ask for a new one."),
    error(10_007, "the user is not a member of the server", "Check the id with `dcord member search`."),
    error(10_008, "the message does not exist", CHECK_ID),
    error(10_009, "the channel has no overwrite for this role or member", "`dcord channel get` prints the overwrites."),
    error(10_011, "the role does not exist", "Check the id with `dcord role list`."),
    error(10_013, "the user does not exist", CHECK_ID),
    error(10_014, "the emoji does not exist", "Check it with `dcord emoji list`; a custom emoji is NAME:ID."),
    error(
        10_015,
        "the webhook does not exist",
        "It was probably deleted: create a new one with `dcord webhook create`.",
    ),
    error(10_026, "the user is not banned", "Check the id with `dcord ban list`."),
    error(10_060, "the sticker does not exist", "Check it with `dcord sticker list`."),
    error(
        10_062,
        "the interaction does not exist or has expired",
        "An app must respond to an interaction within 3 seconds; after that, the token works for 15 minutes.",
    ),
    error(10_063, "the application command does not exist", "Check it with `dcord command list`."),
    error(10_070, "the scheduled event does not exist", "Check it with `dcord scheduled-event list`."),
    error(20_001, "bots cannot use this endpoint", "It is for user accounts, which dcord does not support."),
    error(20_012, "the token does not belong to this application", "Use the token of the application with this id."),
    error(20_016, "the channel is in slow mode", "Wait, or give the bot bypass-slowmode."),
    error(20_028, "too many messages were sent in this channel", "Wait for the time that the error names."),
    error(20_029, "too many messages were sent in this server", "Wait for the time that the error names."),
    error(30_003, "the channel has the maximum number of pins", "Unpin some with `dcord pin remove`."),
    error(30_005, "the server has the maximum number of roles", DELETE_SOME),
    error(30_007, "the channel has the maximum number of webhooks", DELETE_SOME),
    error(30_008, "the server has the maximum number of emojis", DELETE_SOME),
    error(30_010, "the message has the maximum number of different reactions", "Remove one with `dcord reaction`."),
    error(30_013, "the server has the maximum number of channels", DELETE_SOME),
    error(30_032, "the app has the maximum number of application commands", DELETE_SOME),
    error(30_046, "the bot edited old messages too often", "Edit a newer message, or send a new one."),
    error(40_001, "the token is not valid", "Copy a new one from the developer portal."),
    error(40_002, "the account must be verified first", "Verify it in Discord's app."),
    error(40_003, "the bot opened direct messages too fast", TRY_LATER),
    error(40_005, "the request is too large", "Send fewer or smaller files."),
    error(40_006, "Discord has temporarily disabled this feature", TRY_LATER),
    error(40_007, "the user is banned from this server", "Unban the user with `dcord ban remove`."),
    error(40_032, "the user is not in a voice channel", "Wait until the user has joined one."),
    error(40_033, "the message has already been published", "You need not do anything."),
    error(
        40_060,
        "the interaction already has a response",
        "Send more with `dcord interaction follow-up`, or edit the response with `dcord interaction edit-response`.",
    ),
    error(
        40_067,
        "a post in this forum requires a tag",
        "Give one with --applied-tags; `dcord channel get` prints them.",
    ),
    error(
        50_001,
        "the bot cannot see the object",
        "Add the bot to the server, or give it view-channel in the channel; in a private thread, add the bot as a member.",
    ),
    error(50_003, "this does not work in a direct message", "Use a channel of a server."),
    error(
        50_005,
        "the message has another author",
        "A bot can edit only its own messages; it can delete those of others with manage-messages.",
    ),
    error(50_006, "the message is empty", "Give it text, an embed, a file, a sticker, a poll or components."),
    error(
        50_007,
        "the user does not accept direct messages from the bot",
        "The user has blocked the bot, shares no server with it, or has disabled direct messages.",
    ),
    error(50_008, "this channel cannot contain messages", "Use a text channel, a voice channel or a thread."),
    error(
        50_013,
        "the bot lacks a permission",
        "`dcord explain COMMAND` names the permissions that a command needs; a channel can deny what a role allows. \
         To manage a role or a member, the bot's highest role must be above theirs.",
    ),
    error(50_014, "the token is not valid", "Copy a new one from the developer portal."),
    error(50_016, "a bulk delete requires 2 to 100 messages", "Use `dcord message delete` for one message."),
    error(50_021, "this does not work with a system message", "Use a message that a user or bot sent."),
    error(50_024, "this does not work in a channel of this type", "`dcord channel get` prints the type."),
    error(50_025, "the OAuth2 access token is not valid", "Get a new one, and use it with --token-type bearer."),
    error(
        50_026,
        "the token lacks an OAuth2 scope",
        "Authorize the app again, with the scope that the endpoint requires.",
    ),
    error(
        50_027,
        "the webhook's token is not valid",
        "Copy the webhook's URL again; the webhook may have been deleted.",
    ),
    error(50_034, "a message is too old for a bulk delete", "Delete messages older than two weeks one by one."),
    error(
        50_035,
        "a value in the request is not valid",
        "The error names the field; `dcord explain` describes JSON fields.",
    ),
    error(50_045, "a file is too large", "The limit is 10 MiB, and higher in boosted servers."),
    error(50_068, "this does not work with a message of this type", "Use a message that a user or bot sent."),
    error(50_074, "a community server requires this channel", "Choose a different one in the server's settings first."),
    error(50_083, "the thread is archived", "Reopen it with `dcord thread unarchive`."),
    error(
        50_101,
        "the request requires a higher boost level of the server",
        "Boost the server, or leave the feature out of the request.",
    ),
    error(50_109, "the body is not valid JSON", "Check it with jq."),
    error(50_278, "the bot shares no server with the user", "Ask the user to join a server that has the bot."),
    error(
        60_003,
        "the bot's owner must enable two-factor authentication",
        "The server requires it for moderation: enable it in the settings of the owner's account.",
    ),
    error(90_001, "the reaction was blocked", "The author of the message has blocked the bot."),
    error(110_000, "the search index is not ready", "dcord waits for it, for at most --max-wait."),
    error(130_000, "Discord is overloaded", TRY_LATER),
    error(
        160_002,
        "the bot cannot reply without permission to read the message history",
        "Give it read-message-history in the channel.",
    ),
    error(160_004, "the message has a thread already", "`dcord message get` prints it in the field thread."),
    error(160_005, "the thread is locked", "Unlock it with `dcord thread unlock`."),
    error(160_006, "the server has the maximum number of active threads", "Archive some with `dcord thread archive`."),
    error(200_000, "AutoMod blocked the message", "`dcord automod list` prints the rules."),
    error(
        220_001,
        "a post in a forum requires a name",
        "Give --thread-name for a new post, or --thread-id for one that exists.",
    ),
    error(240_000, "the message contains a link that Discord considers harmful", "Leave out the link."),
    error(
        350_000,
        "the server does not meet the requirements of onboarding",
        "It requires seven default channels, five of which everyone can write in.",
    ),
    error(520_001, "the poll has ended", "Send a new one."),
];

/// Codes with which the gateway closes a session.
pub static CLOSES: &[Code] = &[
    code(4000, "Discord had an unknown error", "`dcord listen` resumes the session."),
    code(4001, "the gateway received an unknown opcode", "This is a bug in dcord; please report it."),
    code(4002, "the gateway received an invalid payload", "This is a bug in dcord; please report it."),
    code(4003, "a payload was sent before IDENTIFY, or the session has ended", "`dcord listen` starts a new session."),
    code(4004, "the token is not valid", "Copy a new one from the developer portal."),
    code(4005, "IDENTIFY was sent twice", "`dcord listen` starts a new session."),
    code(4007, "the session cannot be resumed from this event", "`dcord listen` starts a new session."),
    code(4008, "too many payloads were sent to the gateway", "`dcord listen` resumes the session."),
    code(4009, "the session has timed out", "`dcord listen` starts a new session."),
    code(4010, "the shard is not valid", "Check --shards."),
    code(4011, "the bot is in too many servers for this number of shards", "Use --shards auto, or a higher number."),
    code(4012, "the version of the gateway is not valid", "Update dcord."),
    code(4013, "an intent is not valid", "`dcord explain INTENT` prints the events of an intent."),
    code(
        4014,
        "the app may not use a privileged intent that the bot requested",
        "Enable the intent at https://discord.com/developers/applications, under Bot, Privileged Gateway Intents, \
         or listen without it: --intents unprivileged.",
    ),
];

/// HTTP statuses of responses.
pub static STATUSES: &[Code] = &[
    code(400, "the request is not valid", "The error names the field and contains Discord's error code."),
    code(401, "the token is missing or not valid", "Copy a new one from the developer portal."),
    code(
        403,
        "the bot is not allowed to do this",
        "`dcord explain COMMAND` names the permissions that a command needs.",
    ),
    code(404, "the object or the endpoint does not exist", CHECK_ID),
    code(405, "the endpoint does not accept this method", "`dcord endpoints PATH` prints the methods of a path."),
    code(413, "the request is too large", "Send fewer or smaller files."),
    code(
        429,
        "dcord sent too many requests",
        "dcord waits and tries again, for as long as --max-wait allows; `dcord limits` shows the limits.",
    ),
    code(500, "Discord had an internal error", "Try again later; see https://discordstatus.com."),
    code(502, "Discord's servers did not respond", "dcord tries again; see https://discordstatus.com."),
    code(503, "Discord is not available", "dcord tries again; see https://discordstatus.com."),
    code(504, "Discord's servers did not respond in time", "dcord tries again; see https://discordstatus.com."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_have_a_meaning_and_advice() {
        let is_complete =
            |means: &str, advice: &str| !means.is_empty() && !means.ends_with('.') && advice.ends_with('.');
        assert!(ERRORS.is_sorted_by_key(|error| error.code));
        assert!(ERRORS.iter().all(|error| is_complete(error.means, error.advice)));
        for codes in [CLOSES, STATUSES] {
            assert!(codes.is_sorted_by_key(|code| code.code));
            assert!(codes.iter().all(|code| is_complete(code.means, code.advice)));
        }
    }

    #[test]
    fn advice_names_only_existing_commands() {
        let advice =
            ERRORS.iter().map(|error| error.advice).chain(CLOSES.iter().chain(STATUSES).map(|code| code.advice));
        for command in advice.flat_map(|text| text.split('`').skip(1).step_by(2)) {
            let words: Vec<_> = command.split(' ').skip(1).collect();
            let plain = ["explain", "endpoints", "limits", "listen", "reaction"].contains(&words[0]);
            assert!(plain || crate::catalogue::find(words[0], words[1]).is_some(), "{command}");
        }
    }
}
