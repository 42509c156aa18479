//! The codes with which Discord refuses requests and closes sessions, and what to do about each.
//! Source: Discord's reference, "Opcodes and Status Codes".

/// A code that Discord sends.
#[derive(Debug)]
pub struct Code {
    pub code: u16,
    /// What it means: a clause.
    pub means: &'static str,
    /// What to do: sentences.
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

const CHECK_ID: &str =
    "Check the id, and that the bot can see what it names: what a bot cannot see does not exist for it.";
const TRY_LATER: &str = "Try again later.";
const DELETE_SOME: &str = "Delete some first.";

/// Codes of errors that people meet, in order.
pub static ERRORS: &[ErrorCode] = &[
    error(0, "Discord gives no reason", "The HTTP status of the error tells more, such as `dcord explain 403`."),
    error(10_003, "the channel does not exist", CHECK_ID),
    error(10_004, "the server does not exist", CHECK_ID),
    error(10_006, "the invite does not exist or has expired", "Ask for a new one."),
    error(10_007, "the user is not a member of the server", "Check the id with `dcord member search`."),
    error(10_008, "the message does not exist", CHECK_ID),
    error(10_009, "the channel has no overwrite for this role or member", "`dcord channel get` prints the overwrites."),
    error(10_011, "the role does not exist", "Check the id with `dcord role list`."),
    error(10_013, "the user does not exist", CHECK_ID),
    error(10_014, "the emoji does not exist", "Check it with `dcord emoji list`; a custom emoji is NAME:ID."),
    error(10_015, "the webhook does not exist", "Somebody has deleted it: make a new one with `dcord webhook create`."),
    error(10_026, "the user is not banned", "Check the id with `dcord ban list`."),
    error(10_060, "the sticker does not exist", "Check it with `dcord sticker list`."),
    error(
        10_062,
        "the interaction does not exist or has expired",
        "An interaction must be answered within 3 seconds; its token works for 15 minutes after that.",
    ),
    error(10_063, "the application command does not exist", "Check it with `dcord command list`."),
    error(10_070, "the scheduled event does not exist", "Check it with `dcord scheduled-event list`."),
    error(20_001, "bots cannot use this endpoint", "It is for user accounts, which dcord does not sign in."),
    error(20_012, "the token is not of this application", "Use the token of the application that the id names."),
    error(20_016, "the channel is in slow mode", "Wait, or give the bot BYPASS_SLOWMODE."),
    error(20_028, "too much is written in this channel", "Wait for as long as the error says."),
    error(20_029, "too much is written in this server", "Wait for as long as the error says."),
    error(30_003, "the channel has the highest number of pins", "Unpin some with `dcord pin remove`."),
    error(30_005, "the server has the highest number of roles", DELETE_SOME),
    error(30_007, "the channel has the highest number of webhooks", DELETE_SOME),
    error(30_008, "the server has the highest number of emojis", DELETE_SOME),
    error(30_010, "the message has the highest number of different reactions", "Remove one with `dcord reaction`."),
    error(30_013, "the server has the highest number of channels", DELETE_SOME),
    error(30_032, "the highest number of application commands is reached", DELETE_SOME),
    error(30_046, "old messages were edited too often", "Edit a newer message, or send a new one."),
    error(40_001, "the token is not valid", "Copy a new one from the developer portal."),
    error(40_002, "the account must be verified first", "Verify it in Discord's client."),
    error(40_003, "direct messages are opened too fast", TRY_LATER),
    error(40_005, "the request is too large", "Send fewer or smaller files."),
    error(40_006, "Discord has switched this feature off for now", TRY_LATER),
    error(40_007, "the user is banned from this server", "Lift the ban with `dcord ban remove`."),
    error(40_032, "the user is not in a voice channel", "Wait until the user has joined one."),
    error(40_033, "the message was published before", "There is nothing left to do."),
    error(
        40_060,
        "the interaction was answered before",
        "Send more with `dcord interaction follow-up`, or change the answer with `dcord interaction edit-response`.",
    ),
    error(40_067, "a post in this forum needs a tag", "Give one with --applied-tags; `dcord channel get` prints them."),
    error(
        50_001,
        "the bot cannot see this",
        "Add the bot to the server, or give it VIEW_CHANNEL in the channel; a private thread needs it as a member.",
    ),
    error(50_003, "this cannot be done in a direct message", "Name a channel of a server."),
    error(50_005, "the message is somebody else's", "A bot can edit its own messages only; it can delete others."),
    error(50_006, "the message is empty", "Give a text, an embed, a file, a sticker, a poll or components."),
    error(
        50_007,
        "the user takes no direct messages from the bot",
        "The user has blocked the bot, or shares no server with it, or allows no direct messages.",
    ),
    error(50_008, "this channel holds no messages", "Name a text channel, a voice channel or a thread."),
    error(
        50_013,
        "the bot lacks a permission",
        "`dcord explain COMMAND` names the permissions that a command needs; a channel can deny what a role allows. \
         To manage a role or a member, the bot's highest role must stand above theirs.",
    ),
    error(50_014, "the token is not valid", "Copy a new one from the developer portal."),
    error(50_016, "a bulk delete takes 2 to 100 messages", "Use `dcord message delete` for one message."),
    error(50_021, "this cannot be done with a system message", "Name a message that somebody wrote."),
    error(50_024, "this cannot be done in a channel of this type", "`dcord channel get` prints the type."),
    error(50_025, "the OAuth2 access token is not valid", "Get a new one, and give it with --token-type bearer."),
    error(
        50_026,
        "the token lacks an OAuth2 scope",
        "Authorize the app again, with the scope that the endpoint needs.",
    ),
    error(50_027, "the webhook's token is not valid", "Copy the webhook's URL again; the webhook may be deleted."),
    error(50_034, "a message is too old for a bulk delete", "Delete messages older than two weeks one by one."),
    error(
        50_035,
        "a value in the request is not valid",
        "The error names the field; `dcord explain` prints what JSON fields take.",
    ),
    error(50_045, "a file is too large", "The limit depends on the boosts of the server: 10 MiB without any."),
    error(50_068, "this cannot be done with a message of this type", "Name a message that somebody wrote."),
    error(50_074, "a community server needs this channel", "Choose another one in the server's settings first."),
    error(50_083, "the thread is archived", "Open it with `dcord thread edit --archived=false`."),
    error(50_101, "the server needs more boosts", "Leave out what needs them."),
    error(50_109, "the body is not valid JSON", "Check it with jq."),
    error(50_278, "the bot shares no server with the user", "Ask the user to join a server that has the bot."),
    error(
        60_003,
        "the bot's owner needs two-factor authentication",
        "The server requires it: turn it on in the owner's account.",
    ),
    error(90_001, "the reaction was blocked", "The author of the message has blocked the bot."),
    error(110_000, "the search index is not ready", "Wait: dcord does, for as long as --max-wait allows."),
    error(130_000, "Discord is overloaded", TRY_LATER),
    error(160_002, "the bot cannot reply without reading the history", "Give it READ_MESSAGE_HISTORY in the channel."),
    error(160_004, "the message has a thread already", "`dcord message get` prints it in the field thread."),
    error(160_005, "the thread is locked", "Open it with `dcord thread edit --locked=false`."),
    error(
        160_006,
        "the server has the highest number of active threads",
        "Archive some with `dcord thread edit --archived`.",
    ),
    error(200_000, "auto-moderation has blocked the message", "`dcord automod list` prints the rules."),
    error(
        220_001,
        "a forum needs a name for the post",
        "Give --thread-name for a new post, or --thread-id for one that exists.",
    ),
    error(240_000, "the message has a link that Discord takes for harmful", "Leave out the link."),
    error(
        350_000,
        "the server does not meet what onboarding requires",
        "It needs seven default channels, five of which everyone can write in.",
    ),
    error(520_001, "the poll has ended", "Send a new one."),
];

/// Codes with which the gateway closes a session.
pub static CLOSES: &[Code] = &[
    code(4000, "something went wrong at Discord's side", "`dcord listen` resumes the session."),
    code(4001, "the gateway does not know what it was sent", "Report it as a bug of dcord."),
    code(4002, "the gateway cannot read what it was sent", "Report it as a bug of dcord."),
    code(4003, "something was sent before IDENTIFY, or the session is over", "`dcord listen` starts a new session."),
    code(4004, "the token is not valid", "Copy a new one from the developer portal."),
    code(4005, "IDENTIFY was sent twice", "`dcord listen` starts a new session."),
    code(4007, "the session cannot be resumed from this event", "`dcord listen` starts a new session."),
    code(4008, "too much was sent through the gateway", "`dcord listen` resumes the session."),
    code(4009, "the session has timed out", "`dcord listen` starts a new session."),
    code(4010, "there is no such shard", "Check --shard and --shards."),
    code(4011, "the bot is in too many servers for so few shards", "Let dcord choose, or give a higher --shards."),
    code(4012, "the version of the gateway is not valid", "Update dcord."),
    code(4013, "there is no such intent", "`dcord explain INTENT` prints what an intent gives."),
    code(
        4014,
        "the bot may not use a privileged intent that it asked for",
        "Switch the intent on at https://discord.com/developers/applications, under Bot, Privileged Gateway Intents, \
         or ask without it: --intents unprivileged.",
    ),
];

/// Statuses of HTTP answers.
pub static STATUSES: &[Code] = &[
    code(400, "the request is not valid", "The error names the field and Discord's own code."),
    code(401, "the token is not valid, or was not sent", "Copy a new one from the developer portal."),
    code(403, "the bot may not do this", "`dcord explain COMMAND` names the permissions that a command needs."),
    code(404, "there is no such thing", CHECK_ID),
    code(405, "the endpoint does not take this method", "`dcord endpoints PATH` prints the methods of a path."),
    code(413, "the request is too large", "Send fewer or smaller files."),
    code(
        429,
        "there were too many requests",
        "dcord waits and tries again, for as long as --max-wait allows; `dcord limits` shows what it knows.",
    ),
    code(500, "something failed at Discord's side", "See https://discordstatus.com, and try again later."),
    code(502, "Discord's servers did not answer", "dcord tries again; see https://discordstatus.com."),
    code(503, "Discord is not available", "dcord tries again; see https://discordstatus.com."),
    code(504, "Discord's servers did not answer in time", "dcord tries again; see https://discordstatus.com."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_say_what_to_do() {
        let said = |means: &str, advice: &str| !means.is_empty() && !means.ends_with('.') && advice.ends_with('.');
        assert!(ERRORS.is_sorted_by_key(|error| error.code));
        assert!(ERRORS.iter().all(|error| said(error.means, error.advice)));
        for codes in [CLOSES, STATUSES] {
            assert!(codes.is_sorted_by_key(|code| code.code));
            assert!(codes.iter().all(|code| said(code.means, code.advice)));
        }
    }

    #[test]
    fn commands_that_advice_names_are_there() {
        let advice =
            ERRORS.iter().map(|error| error.advice).chain(CLOSES.iter().chain(STATUSES).map(|code| code.advice));
        for command in advice.flat_map(|text| text.split('`').skip(1).step_by(2)) {
            let words: Vec<_> = command.split(' ').skip(1).collect();
            let plain = ["explain", "endpoints", "limits", "listen", "reaction"].contains(&words[0]);
            assert!(plain || crate::catalogue::find(words[0], words[1]).is_some(), "{command}");
        }
    }
}
