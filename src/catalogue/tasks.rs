//! The words that people use for a task, and the command line for it.
//!
//! `dcord endpoints WORD` and `dcord help WORD` search these words, unknown commands get suggestions from them, and
//! the help of a noun lists its tasks. Discord's own words are in the catalogue's rows and are not repeated here. For
//! a task without a command of its own, the line often combines several commands or includes another program.

/// A task, with the words that people use for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Words and phrases, separated by commas, in lowercase. Several tasks may have the same phrase.
    pub words: &'static str,
    /// The command line, without the leading `dcord`.
    pub line: &'static str,
    /// An imperative description, or an empty string if the summary of the command describes the task.
    pub about: &'static str,
    /// The nouns whose help lists the task.
    pub under: &'static [&'static str],
}

impl Task {
    /// The words and phrases.
    pub fn phrases(&self) -> impl Iterator<Item = &'static str> {
        self.words.split(',').map(str::trim)
    }

    /// The command at the beginning of the line: a noun and a verb, or only a name.
    pub fn command(&self) -> (&'static str, Option<&'static str>) {
        let mut words = self.line.split(' ');
        let is_verb = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
        (words.next().unwrap_or_default(), words.next().filter(is_verb))
    }

    const fn under(mut self, nouns: &'static [&'static str]) -> Self {
        self.under = nouns;
        self
    }
}

const fn task(words: &'static str, line: &'static str, about: &'static str) -> Task {
    Task { words, line, about, under: &[] }
}

/// All tasks, by subject.
pub static TASKS: &[Task] = &[
    // Writing.
    task("post, write, say, print, announce, new message", "message send CHANNEL TEXT", ""),
    task(
        "notification, alert, build status, build result, deploy, ci, cd, pipeline, job status",
        "notify --status failure TEXT",
        "Report the result of a job, with what CI knows about it",
    )
    .under(&["webhook"]),
    task(
        "cron job failed, cron failure, wrap a command, watch a command, monitor a job, report failure, on failure",
        "notify run -- COMMAND",
        "Run a command and report how it ended",
    ),
    task(
        "webhook message, message through a webhook, post to a webhook",
        "webhook send TEXT",
        "Send a message from a script, without a bot",
    ),
    task("respond, answer", "message reply", ""),
    task(
        "dm, direct message, pm, private message, whisper, contact",
        "message send @USER TEXT",
        "Send a direct message to a user",
    )
    .under(&["message", "user"]),
    task("share message, quote, repost, crosspost to another channel", "message forward", ""),
    task(
        "upload, attach, attachment, file, image, picture, photo, screenshot, log file, video",
        "message send CHANNEL --file PATH",
        "Send a file",
    )
    .under(&["message"]),
    task(
        "multiline, stdin, pipe, text file, markdown",
        "message send CHANNEL --content-file PATH",
        "Send the text of a file",
    ),
    task(
        "voice message, audio message, voice note",
        "message send CHANNEL --file PATH --voice-message",
        "Send a voice message",
    ),
    task(
        "spoiler, hide image, blur",
        "message send CHANNEL --file PATH --spoiler",
        "Send a file hidden behind a spoiler",
    ),
    task(
        "embed, rich message, card, box, coloured message, colored message, title and fields, message with fields, message with title, color bar",
        "message send CHANNEL --embed.title TEXT --embed.description TEXT --embed.color green",
        "Send an embed",
    )
    .under(&["message"]),
    task(
        "button",
        "message send CHANNEL TEXT --button 'Approve=approve' --button 'Log=https://example.com'",
        "Send a message with buttons",
    ),
    task(
        "component, select menu, menu, dropdown, action row",
        "message send CHANNEL TEXT --components @menus.json",
        "Send menus and other components, given as JSON",
    ),
    task(
        "poll, vote, survey, question, ballot",
        "message send CHANNEL --poll.question TEXT --poll.answer TEXT --poll.answer TEXT",
        "Send a poll",
    )
    .under(&["poll", "message"]),
    task("poll results, who voted, close poll", "poll list-voters", ""),
    task(
        "silent, without notification",
        "message send CHANNEL TEXT --flags suppress-notifications",
        "Send a message without a notification",
    ),
    task(
        "no ping, suppress pings, suppress mentions, without ping, no mentions, disable mentions",
        "message send CHANNEL TEXT --ping none",
        "Send a message that pings nobody",
    ),
    task(
        "print link, message url, sent link, link of a sent message",
        "message send CHANNEL TEXT -o url",
        "Send a message and print only its link",
    ),
    task(
        "message id, print id, id of a message, sent id",
        "message send CHANNEL TEXT -o id",
        "Send a message and print only its id",
    ),
    task(
        "print nothing, quiet, no output, suppress output, nothing",
        "message send CHANNEL TEXT -o none",
        "Send a message and print nothing",
    ),
    task(
        "ping, mention, mention role, ping role, mention user, ping user, allowed mentions",
        "message send CHANNEL '@NAME TEXT' --ping @NAME",
        "Send a message that pings one user or role and nobody else",
    ),
    task(
        "at everyone, everyone, here, ping everyone, mention everyone",
        "message send CHANNEL '@everyone TEXT' --ping everyone",
        "Send a message that pings everyone",
    ),
    task(
        "retry, retries, retried job, twice, once, send once, double post, idempotent, idempotency, deduplicate, duplicate, duplicates, duplicate message, post twice, only once, exactly once",
        "message send CHANNEL TEXT --key KEY",
        "Send a message once, however often the command runs",
    ),
    task(
        "too long, split, truncate, 2000 characters, character limit, long log, build log, long message, split message, long text",
        "message send CHANNEL --content-file PATH --overflow split",
        "Send long text as several messages",
    ),
    task(
        "alt text, alt, caption, file description, attachment description",
        "message send CHANNEL --file PATH#DESCRIPTION",
        "Send a file with a description",
    ),
    task(
        "webhook embed, green bar, red bar, coloured bar, status card",
        "webhook send --embed.title TEXT --embed.color green --embed.field NAME=VALUE",
        "Send an embed through a webhook",
    )
    .under(&["webhook"]),
    task(
        "schedule message, send later, later, cron, delayed, timer, remind, reminder, scheduled message",
        "message send CHANNEL TEXT",
        "Send a message; to send it later, use at or cron",
    ),
    task("publish, announcement, crosspost, news, release note", "message crosspost", ""),
    task("correct, fix message, update message, modify message", "message edit", ""),
    task("upvote, downvote, emoji reaction, like, thumbs up", "reaction add", ""),
    // Reading and exporting.
    task(
        "read, read messages, latest messages, last messages, show messages, fetch messages, chat",
        "message list",
        "",
    ),
    task(
        "tail, watch, follow chat, live, stream messages, monitor, new messages, realtime, watch channel",
        "listen -e MESSAGE_CREATE --channel CHANNEL",
        "Print new messages as they arrive",
    )
    .under(&["message"]),
    task(
        "export, backup, download, dump, history, scrape, save, transcript, archive, archive messages, chat log, all \
         messages",
        "message export",
        "",
    ),
    task(
        "export csv, export messages, messages csv, export to csv, save as csv, export fields, export some fields",
        "message export CHANNEL --format csv --fields timestamp,author.username,content > messages.csv",
        "Export some fields of all messages of a channel as CSV",
    )
    .under(&["message"]),
    task(
        "markdown export, export markdown, export to markdown, export html, html export, readable export, chat export",
        "message export CHANNEL --format md > messages.md",
        "Export all messages of a channel as a Markdown document",
    )
    .under(&["message"]),
    task(
        "download attachments, download files, save attachments, save images, download images, all files, all images, \
         media backup",
        "message export CHANNEL --attachments DIR > messages.jsonl",
        "Download the files of all messages of a channel",
    ),
    task(
        "record, collect, collect events, log events, archive events, save events, overnight, durable, durable listener, \
         missed, missed events, miss nothing, restart, survive restart, resume, resume listening, persist, daemon",
        "listen --consumer NAME >> events.jsonl",
        "Collect events in a file, including those missed during a restart",
    ),
    task(
        "export members, members csv, spreadsheet, csv, excel",
        "member list SERVER --all -o csv > members.csv",
        "Export the members of a server as CSV",
    ),
    task(
        "find, grep, look for, query, search, search messages, find message, search server, search guild, find word, find text, search word",
        "message search SERVER --content TEXT",
        "Search the messages of a server",
    )
    .under(&["message"]),
    task(
        "search by date, search dates, messages between, between dates, date range",
        "message search SERVER --content TEXT --min-id 2026-01-01 --max-id 2026-02-01",
        "Search the messages of a month",
    ),
    task(
        "cached, cached answers, use cache, without asking again, offline, no network, reuse, stored answers, fetched",
        "message list CHANNEL --offline",
        "List the messages in the cache, without sending a request",
    ),
    task(
        "messages of a user, messages by user, messages from a member, author, wrote, said, member wrote, what somebody wrote, member write, user wrote, read messages of a member",
        "message search SERVER --author USER --channel CHANNEL",
        "Read what a member wrote in a channel",
    )
    .under(&["message"]),
    task(
        "link, message link, permalink, url of a message, jump link",
        "message get CHANNEL MESSAGE -o url",
        "Print the link of a message",
    ),
    task("channel id, get id, find id, id of a channel", "channel get CHANNEL -o id", "Print the id of a channel"),
    task("server id, guild id", "guild list -o table", "Show the ids and names of the bot's servers"),
    task("user id, id of a user", "member search SERVER NAME -o id", "Print the id of a member"),
    task(
        "timestamp, time, date, id, convert id, decode id, created at, date of an id, time of an id, id to time, \
         account age",
        "snowflake ID",
        "",
    ),
    task(
        "id of a date, id of a time, date to id, time to id, id from date, id from time, make id",
        "snowflake '2026-01-31 20:00' -o id",
        "Print the lowest id of a time, for --after or --before",
    ),
    // Deleting.
    task(
        "purge, clear, clean, cleanup, wipe, nuke, mass delete, prune messages, clear chat, \
         clear messages, delete messages, delete all messages, delete many, delete last messages, delete last 20",
        "message purge CHANNEL --limit 100",
        "",
    )
    .under(&["message"]),
    task(
        "delete messages of a user, delete messages by user, delete messages from a member, delete bot messages, \
         purge user, purge bot, clear bot messages",
        "message purge CHANNEL --author USER",
        "Delete the messages of a member or bot in a channel",
    )
    .under(&["message"]),
    task(
        "spammer, ban and delete messages",
        "ban add SERVER USER --delete-messages 7d",
        "Ban a user and delete their messages from the last week",
    ),
    task("remove message, unsend, retract", "message delete", ""),
    task(
        "deleted messages, snipe, edited messages, message log, edit log",
        "listen -e MESSAGE_DELETE -e MESSAGE_UPDATE",
        "Print deletions and edits as they happen",
    ),
    // Channels.
    task(
        "slowmode, slow mode, cooldown, throttle, slow down, rate limit channel, rate limit per user",
        "channel edit CHANNEL --slowmode 30s",
        "Set a channel's slow mode",
    )
    .under(&["channel", "thread"]),
    task(
        "role permissions, permissions of a role, what a role permits, explain role",
        "permission explain SERVER ROLE",
        "Show what a role permits",
    )
    .under(&["role", "permission"]),
    task(
        "can a member, may a member, check permission, test permission, who may, effective permissions, member permissions, \
         permissions of a member, why can't a member",
        "permission can SERVER USER PERMISSIONS",
        "",
    )
    .under(&["permission", "member"]),
    task(
        "permission list, permission get, permission show, who can see a channel, permissions of a channel",
        "channel get CHANNEL",
        "Show a channel with its permissions",
    )
    .under(&["permission"]),
    task(
        "audit permissions, security, security check, check server, risks, dangerous permissions, who is admin, who are the admins, \
         list admins, administrators, admins, hardening",
        "permission audit",
        "",
    )
    .under(&["permission", "guild"]),
    task("sync permissions, synchronize permissions, inherit permissions, category permissions", "channel sync", ""),
    task("lockdown, read only, readonly, freeze, close channel, archive a channel", "channel lock", ""),
    task("reopen channel, unfreeze, end lockdown", "channel unlock", ""),
    task(
        "hide, private, private channel, hidden, secret channel, restrict",
        "permission set CHANNEL @everyone --deny view-channel",
        "Hide a channel from everyone except explicitly allowed members",
    )
    .under(&["channel", "permission"]),
    task(
        "give access, grant, grant access, allow, show channel, unhide",
        "permission set CHANNEL ROLE --allow view-channel",
        "Give a role or member access to a channel",
    )
    .under(&["channel", "permission"]),
    task(
        "permission number, permission bits, decode permissions, bitfield",
        "permission explain",
        "",
    ),
    task("overwrite, overwrites, channel permissions, deny, revoke access", "permission set", ""),
    task("rename channel, channel name", "channel edit CHANNEL --name NAME", "Rename a channel").under(&["channel"]),
    task("topic, channel description, channel topic", "channel edit CHANNEL --topic TEXT", "Set a channel's topic")
        .under(&["channel"]),
    task("nsfw, age restricted, adult", "channel edit CHANNEL --nsfw", "Restrict a channel to adults"),
    task(
        "category, move channel, channel category, folder",
        "channel edit CHANNEL --parent-id CATEGORY",
        "Move a channel to a category",
    )
    .under(&["channel"]),
    task(
        "create category, new category, add category",
        "channel create SERVER NAME --type category",
        "Create a category",
    ),
    task("voice channel, create voice channel", "channel create SERVER NAME --type voice", "Create a voice channel"),
    task("new channel, make channel, add channel, text channel", "channel create", ""),
    task("show channels, channel tree, channel overview, all channels", "channel list", ""),
    task("remove channel", "channel delete", ""),
    task("sort channels, order, channel order, position", "channel reorder", ""),
    task(
        "clone channel, copy channel, duplicate channel",
        "channel get CHANNEL --jq '{name,type,topic,parent_id,permission_overwrites}' | dcord channel create SERVER --body @-",
        "Copy a channel with its settings",
    ),
    task(
        "bitrate, user limit, voice quality",
        "channel edit CHANNEL --bitrate 96000 --user-limit 10",
        "Set a voice channel's bit rate and user limit",
    ),
    task("subscribe to news, follow channel, follow announcements", "channel follow", ""),
    // Threads and forums.
    task(
        "archive old threads, archive idle threads, archive inactive threads, idle threads, inactive threads, stale threads, \
         clean up threads",
        "thread archive CHANNEL --idle 7d",
        "Archive the threads without a message in the last week",
    )
    .under(&["thread"]),
    task("close, resolve, solved, close thread, close post, archive thread, close ticket", "thread archive", ""),
    task("reopen, reopen thread, unarchive", "thread unarchive", ""),
    task(
        "archive, archived, archived threads, thread archived, archived posts, closed threads, old threads, find archived \
         threads",
        "thread list-archived",
        "",
    ),
    task("archive, archived, archived threads, private archived threads", "thread list-private-archived", ""),
    task("archive, archived, archived threads, private archived threads", "thread list-joined-archived", ""),
    task(
        "ticket, open ticket, private thread",
        "thread create CHANNEL NAME --type private-thread",
        "Create a private thread",
    ),
    task(
        "forum post, create post, post in a forum, new post",
        "thread create FORUM NAME --message.content TEXT",
        "Create a forum post",
    )
    .under(&["thread"]),
    task("forum, create forum", "channel create SERVER NAME --type forum", "Create a forum"),
    task("tag, tag post, apply tag", "channel edit POST --applied-tags TAG", "Replace the tags of a forum post")
        .under(&["thread"]),
    task(
        "forum tag, forum tags, available tags",
        "channel edit FORUM --available-tags.name NAME",
        "Replace the tags that a forum offers",
    ),
    task("rename thread, thread name", "channel edit THREAD --name NAME", "Rename a thread").under(&["thread"]),
    task("add to thread, invite to thread", "thread add-member", ""),
    // Members.
    task(
        "time out, mute, silence, jail, temporary mute, tempmute, gag, mute member, mute user, time out user",
        "member timeout",
        "",
    ),
    task("remove timeout, end timeout, unmute, unsilence", "member untimeout", ""),
    task(
        "reason, with reason, audit reason, reason in the audit log",
        "member timeout SERVER USER 10m --reason TEXT",
        "Time out a member, with a reason for the audit log",
    ),
    task(
        "nickname, nick, rename member, rename user, display name",
        "member edit SERVER USER --nick NAME",
        "Give a member a nickname",
    )
    .under(&["member"]),
    task("reset nickname, remove nickname", "member edit SERVER USER --unset nick", "Remove a member's nickname"),
    task("boot, throw out, expel", "member kick", ""),
    task("block, blacklist, exile", "ban add", ""),
    task("unban, pardon, lift ban, end ban, revoke ban, forgive, unblock", "ban remove", ""),
    task(
        "softban",
        "ban add SERVER USER --delete-messages 1d --yes && dcord ban remove SERVER USER",
        "Kick a member and delete their messages from the last day",
    ),
    task(
        "tempban, temporary ban, temp ban, ban for a week",
        "ban add SERVER USER",
        "Ban a user temporarily: let at or cron run `dcord ban remove` later",
    ),
    task(
        "mass ban, ban many, massban, ban several, ban multiple, ban users",
        "ban bulk-add SERVER --user-ids USER,USER",
        "Ban several users at once",
    )
    .under(&["ban"]),
    task("ban list file, ban file, import bans, ban from file, load bans, restore bans, shared ban list", "ban import", ""),
    task("backup bans, save bans, download bans, copy bans, export bans, dump bans", "ban export", ""),
    task(
        "warn, warning, strike, infraction",
        "message send @USER TEXT",
        "Warn a member by direct message; Discord stores no warnings",
    ),
    task(
        "raid, antiraid, anti raid, pause invites, lock server, emergency",
        "guild set-incident-actions SERVER --invites-disabled-until 1d --dms-disabled-until 1d",
        "Pause invites and direct messages between members for a day",
    ),
    task("inactive members, remove inactive, prune members, purge members", "guild prune", ""),
    task(
        "member count, count members, how many members, online, online members, online count, population",
        "guild get SERVER --with-counts --fields approximate_member_count,approximate_presence_count",
        "Count the members of a server and those who are online",
    )
    .under(&["member", "guild"]),
    task(
        "new members, recent joins, who joined, joined",
        "member list SERVER --joined-after 1d",
        "List the members who joined since yesterday",
    ),
    task(
        "greet, join event, joins, leaves, welcome message",
        "listen -e GUILD_MEMBER_ADD -e GUILD_MEMBER_REMOVE",
        "Print who joins and leaves",
    ),
    task(
        "boosters, boost, premium, nitro",
        "member list SERVER --all --jq 'select(.premium_since) | .user.username'",
        "List the members who boost a server",
    ),
    task(
        "bots, list bots, which bots",
        "member list SERVER --bots",
        "List the bots of a server",
    ),
    task("users, list users, list members, people", "member list", ""),
    task("user info, userinfo, lookup, profile, who is", "user get", ""),
    task("member info, memberinfo, roles of a member, user roles", "member get", ""),
    task(
        "profile picture, pfp, user avatar, download avatar",
        r#"user get USER --jq '"https://cdn.discordapp.com/avatars/\(.id)/\(.avatar).png"'"#,
        "Print the URL of a user's avatar",
    )
    .under(&["user"]),
    // Roles.
    task("give role, role give, assign role, grant role, add role, set role, promote", "member add-role", ""),
    task("take role, role take, revoke role, unassign role, demote, strip role", "member remove-role", ""),
    task(
        "role members, members with role, who has role, list role members",
        "member list SERVER --role ROLE",
        "List the members who have a role",
    )
    .under(&["role"]),
    task(
        "role all, mass role, role everyone, give everyone a role, autorole",
        "member list SERVER --all -o id | xargs -I{} dcord member add-role SERVER {} ROLE",
        "Give a role to every member",
    )
    .under(&["role"]),
    task("role color, role colour, colour of a role, edit permissions of a role, rename role", "role edit", ""),
    task("role order, role hierarchy, move role", "role reorder", ""),
    task("members per role, count role members, role count, role statistics", "role get-member-counts", ""),
    task("new role, make role", "role create", ""),
    // Voice.
    task(
        "voice move, move to voice, drag, move member",
        "member edit SERVER USER --channel-id CHANNEL",
        "Move a member to a voice channel",
    )
    .under(&["member", "voice"]),
    task(
        "voice disconnect, disconnect, voice kick, kick from voice",
        "member edit SERVER USER --unset channel_id",
        "Disconnect a member from voice",
    )
    .under(&["voice"]),
    task("server mute, voice mute, mute in voice", "member edit SERVER USER --mute", "Mute a member in voice channels")
        .under(&["voice"]),
    task("deafen, deaf, server deafen", "member edit SERVER USER --deaf", "Deafen a member in voice channels")
        .under(&["voice"]),
    task("voice unmute", "member edit SERVER USER --mute=false", "Unmute a member in voice channels"),
    task("undeafen", "member edit SERVER USER --deaf=false", "Let a member hear in voice channels again"),
    task(
        "who is in voice, voice members, voice activity, voice state",
        "listen -e VOICE_STATE_UPDATE",
        "Print who joins, leaves and moves in voice channels",
    ),
    task("music, play, play audio, play sound, sound effect", "soundboard play", ""),
    task("add sound, upload sound", "soundboard create", ""),
    // Servers.
    task("server info, serverinfo, guild info, owner", "guild get", ""),
    task("list servers, servers, my servers, my guilds, where is the bot", "guild list", ""),
    task("server icon, server picture, guild icon", "guild edit SERVER --icon PATH", "Change a server's icon")
        .under(&["guild"]),
    task("rename server, server name", "guild edit SERVER --name NAME", "Rename a server").under(&["guild"]),
    task(
        "verification, verification level, verify, require phone",
        "guild edit SERVER --verification-level high",
        "Set a server's verification level",
    )
    .under(&["guild"]),
    task("vanity, vanity url, custom invite, custom url", "guild get-vanity-url", ""),
    task("leave server, remove bot", "guild leave", ""),
    task(
        "clone server, copy server, backup server, server backup, server template",
        "template create SERVER NAME",
        "Save a server's channels, roles and settings as a template",
    )
    .under(&["guild"]),
    task(
        "commands as code, sync commands, sync slash commands, deploy commands, deploy slash commands, commands from a \
         file, update commands, publish commands",
        "command sync commands.toml",
        "Make the commands of an app match a file",
    )
    .under(&["command", "guild-command"]),
    task(
        "server as code, config as code, infrastructure as code, terraform, server config, server configuration, \
         export server, dump server, server to file",
        "guild export SERVER > server.toml",
        "Write a server's roles, channels and settings to a file",
    )
    .under(&["guild"]),
    task(
        "apply server, apply config, apply file, import server, restore server, \
         deploy server, sync server, gitops, provision server, set up server",
        "guild apply SERVER server.toml",
        "Change a server to match a file",
    )
    .under(&["guild"]),
    task(
        "drift, compare server, server changes, what changed, check config",
        "guild diff SERVER server.toml",
        "Show how a server differs from a file",
    )
    .under(&["guild"]),
    task(
        "audit, who deleted, who deleted channel, deleted channel, who did, who banned, who kicked, who changed, mod log, modlog, moderation log, log",
        "audit-log list",
        "",
    ),
    task(
        "who deleted channel, deleted channel, channel deleted, channel is gone",
        "audit-log list SERVER --action channel-delete --after 7d",
        "Find out who deleted a channel",
    )
    .under(&["audit-log"]),
    task(
        "who banned, who kicked, who timed out, actions against a member, history of a member",
        "audit-log list SERVER --target-id @USER",
        "Find out who banned, kicked or timed out a member",
    )
    .under(&["audit-log"]),
    task(
        "who did, actions of a moderator, what did a moderator do, moderator activity",
        "audit-log list SERVER --user @USER --after 7d",
        "List what a moderator did in the last week",
    )
    .under(&["audit-log"]),
    task(
        "invite link, invite people, join link, temporary invite, invite",
        "invite create CHANNEL --max-age 7d",
        "Create an invite link",
    )
    .under(&["invite", "guild"]),
    task(
        "permanent invite, invite that never expires",
        "invite create CHANNEL --max-age 0",
        "Create an invite that does not expire",
    )
    .under(&["invite"]),
    task(
        "one time invite, single use invite, invite once, one use invite",
        "invite create CHANNEL --max-uses 1 --max-age 1d",
        "Create an invite that works once",
    )
    .under(&["invite"]),
    task("add emoji, upload emoji, emote, custom emoji", "emoji create", ""),
    task(
        "emoji steal, steal emoji, copy emoji, steal",
        "emoji create SERVER NAME emoji.png",
        "Copy an emoji; first download https://cdn.discordapp.com/emojis/ID.png",
    )
    .under(&["emoji"]),
    task("add sticker, upload sticker", "sticker create", ""),
    task(
        "word filter, bad words, swear, profanity, spam, anti spam, blocklist, filter, banned words",
        "automod create SERVER NAME --event-type message-send --trigger-type keyword \
         --trigger-metadata.keyword-filter WORD --action.type block-message",
        "Block messages with a word",
    )
    .under(&["automod"]),
    task("event, schedule event, calendar, meeting, meetup, create event, rsvp, voice event, stage event", "scheduled-event create", ""),
    task("go live, stage channel, podcast", "stage create", ""),
    task("connected apps, installed bots, apps", "integration list", ""),
    task("welcome screen, new member guide", "welcome get-screen", ""),
    // The bot and its app.
    task("login, log in, sign in, store token, save token, add account", "auth login", "Check a token and store it in a profile"),
    task("logout, log out, sign out, remove token", "auth logout", "Remove a profile's token from this machine"),
    task("switch account, switch bot, switch profile, change profile", "auth switch PROFILE", "Choose the default profile"),
    task("which token, token source, auth status, my rights", "auth status", "Show whose token dcord uses and what it may do"),
    task(
        "invite bot, invite the bot, add bot, bot invite, invite link of the bot, oauth2 url, permissions integer",
        "auth invite-url message.send listen",
        "Print the link that adds the bot to a server",
    ),
    task(
        "diagnose, diagnostics, troubleshoot, health, health check, self test, clock skew, not working",
        "doctor",
        "Check the token, the connection and the files of dcord",
    ),
    task(
        "whoami, who am i, me, check token, test token, bot user, current user, verify token, ping api, ping discord, latency, is the bot online",
        "user get-me",
        "",
    ),
    task(
        "presence, status, activity, bot status, set status, playing, watching, dnd, idle, invisible, status text, custom status",
        "listen --status dnd --activity TEXT",
        "Give the bot a status and an activity while listen runs",
    ),
    task(
        "who is online, online status, user status, presences",
        "listen -e PRESENCE_UPDATE",
        "Print the status changes of members",
    ),
    task(
        "avatar, bot avatar, bot picture, change avatar, set avatar",
        "user edit-me --avatar PATH",
        "Change the bot's avatar",
    )
    .under(&["user"]),
    task("banner, bot banner", "user edit-me --banner PATH", "Change the bot's banner"),
    task(
        "bio, about me, bot description",
        "member edit-me SERVER --bio TEXT",
        "Change the bot's profile text in a server",
    ),
    task("bot name, username, rename bot", "user edit-me --username NAME", "Rename the bot").under(&["user"]),
    task(
        "bot nickname, own nickname, my nick",
        "member edit-me SERVER --nick NAME",
        "Give the bot a nickname in a server",
    )
    .under(&["member"]),
    task(
        "slash command, register command, app command, new command, context menu, add slash command, create slash command",
        "guild-command create SERVER NAME --description TEXT",
        "Register a slash command in a server",
    )
    .under(&["command"]),
    task(
        "slash commands, global command, register a command",
        "command create NAME --description TEXT",
        "Register a slash command in all servers of the app",
    )
    .under(&["command"]),
    task(
        "command option, command argument, slash command option, slash command with an argument",
        "command create NAME --description TEXT --option.type string --option.name NAME --option.description TEXT",
        "Register a slash command with an option",
    )
    .under(&["command"]),
    task(
        "interaction answer, answer interaction, answer command, respond to command",
        "interaction respond ID env:TOKEN TEXT",
        "Respond to an interaction with a message",
    )
    .under(&["interaction"]),
    task(
        "defer, defer interaction, acknowledge, ack, thinking",
        "interaction respond ID env:TOKEN --type deferred-channel-message-with-source",
        "Acknowledge an interaction within three seconds, and send the message later",
    )
    .under(&["interaction"]),
    task(
        "edit answer, interaction update, update answer, interaction edit",
        "interaction edit-response env:TOKEN TEXT",
        "Edit the response to an interaction",
    )
    .under(&["interaction"]),
    task(
        "modal, popup, dialog, form",
        "interaction respond ID env:TOKEN --type modal --custom-id ID --title TEXT --components @fields.json",
        "Respond to an interaction with a form",
    )
    .under(&["interaction"]),
    task(
        "ephemeral, only you can see this",
        "interaction respond ID env:TOKEN TEXT --flags ephemeral",
        "Respond to an interaction so that only its user sees the message",
    )
    .under(&["interaction"]),
    task(
        "on command, on click, handle interactions, clicked",
        "listen -e INTERACTION_CREATE",
        "Print interactions as they happen",
    ),
    task("linked roles, connection metadata", "role-connection set-metadata", ""),
    task("sell, shop, monetization, purchase, purchases, store, product", "sku list", ""),
    task("oauth, access token, refresh token, code grant", "oauth2 token", ""),
    // Webhooks.
    task(
        "webhook url, incoming webhook, new webhook, hook, make webhook",
        "webhook create CHANNEL --name NAME --jq .url",
        "Create a webhook and print its URL",
    )
    .under(&["webhook"]),
    task(
        "post without bot, send without token, impersonate, custom name",
        "webhook send TEXT --username NAME",
        "Send a message under another name",
    )
    .under(&["webhook"]),
    task("github, github webhook", "webhook send-github", ""),
    task("slack, slack webhook", "webhook send-slack", ""),
    // dcord itself.
    task("events, websocket, subscribe, bot loop, run bot, start bot, on message", "listen", ""),
    task(
        "bot script, auto reply, autoresponder, trigger",
        "listen -e MESSAGE_CREATE --jq .d.content",
        "Print each new message for a script to read",
    ),
    task("intents, event intents, which intents", "explain MESSAGE_CREATE", "Show which intents an event needs"),
    task(
        "message content, empty message, empty messages, empty text, empty content, no content, missing content",
        "explain MESSAGE_CONTENT",
        "Learn why messages arrive without text",
    ),
    task("rate limit, rate limits, 429, too many requests, quota", "limits", ""),
    task("raw request, rest, http, custom request, call, request, call endpoint, unsupported endpoint, missing endpoint, new endpoint, any endpoint", "api /users/@me", ""),
    task(
        "test, mock, local, fake, try, simulate, playground, practice",
        "sandbox run -- sh",
        "Try commands against a simulation of Discord on this machine",
    ),
    task("demo, tour, tutorial, example", "sandbox demo", ""),
    task(
        "preview, plan, what would happen, dry run, show request, without sending, print request, test run",
        "message send CHANNEL TEXT --dry-run",
        "Print a request without sending it",
    ),
    task(
        "curl, curl command, as curl, shell command",
        "message send CHANNEL TEXT --dry-run=curl",
        "Print the request as a curl command, and send nothing",
    ),
    task(
        "fail, failure, failures, fault, faults, inject, chaos, flaky, outage",
        "sandbox run --fault status=503,every=3 -- sh",
        "Try a script against a Discord that fails every third request",
    ),
    task("tab completion, completion, autocompletion, shell", "completions", ""),
    task("manual, man page, docs, documentation", "man", ""),
    task(
        "skill, agent, ai, llm, language model, assistant, chatbot",
        "skill > SKILL.md",
        "Print a file that teaches an agent to use dcord",
    ),
    task(
        "statistics, stats, analytics, top posters, leaderboard, report, sql, sqlite",
        "cache sql QUERY",
        "Query the stored messages and members with SQL",
    ),
    task("search offline, full text, local search", "cache search TEXT", ""),
    task(
        "archive, archive server, archive channel, mirror, keep messages, store messages, keep history, \
         sync, synchronise, synchronize, local copy, backup messages, incremental backup",
        "cache sync TARGET",
        "Keep all messages of channels, threads or servers on disk",
    ),
    task(
        "bulk, batch, many, for each, loop, mass, csv input, csv import, import csv, mass kick",
        "message list CHANNEL -o id | dcord reaction add CHANNEL {} :tada: --each -",
        "Run a command for each line of a list; see `dcord help each`",
    ),
];

/// Words that people use for a noun or verb of the catalogue, with the catalogue's words. Before dcord suggests a
/// replacement for an unknown command, it replaces these words.
pub static SYNONYMS: &[(&str, &[&str])] = &[
    ("server", &["guild"]),
    ("log", &["audit-log"]),
    ("audit", &["audit-log"]),
    ("event", &["scheduled-event"]),
    ("sound", &["soundboard"]),
    ("emote", &["emoji"]),
    ("msg", &["message"]),
    ("hook", &["webhook"]),
    ("slash", &["command"]),
    ("app", &["application"]),
    ("rule", &["automod"]),
    ("perm", &["permission"]),
    ("overwrite", &["permission"]),
    ("post", &["send", "thread"]),
    ("write", &["send"]),
    ("ls", &["list"]),
    ("show", &["get", "list", "explain"]),
    ("info", &["get"]),
    ("view", &["get", "list"]),
    ("fetch", &["get", "list"]),
    ("read", &["get", "list"]),
    ("decode", &["explain"]),
    ("find", &["search"]),
    ("rm", &["delete", "remove"]),
    ("del", &["delete", "remove"]),
    ("remove", &["delete"]),
    ("delete", &["remove"]),
    ("destroy", &["delete"]),
    ("new", &["create", "add"]),
    ("make", &["create"]),
    ("add", &["assign", "create"]),
    ("give", &["assign"]),
    ("grant", &["assign"]),
    ("create", &["add", "send"]),
    ("update", &["edit"]),
    ("modify", &["edit"]),
    ("change", &["edit"]),
    ("set", &["edit"]),
    ("rename", &["edit"]),
    ("patch", &["edit"]),
    ("move", &["edit", "reorder"]),
    ("publish", &["crosspost"]),
    ("lift", &["remove"]),
    ("get", &["list"]),
    ("search", &["list"]),
];

/// A suggestion in place of an option that a command does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Use this option. It may include a value, if that is always the same.
    Flag(&'static str),
    /// Use the argument with this name.
    Argument(&'static str),
    /// If the command is the first text, use the command line in the second text, which includes a description.
    For(&'static str, &'static str),
    /// If the command has the argument in the first text, follow the second text.
    With(&'static str, &'static str),
    /// Follow this text, for any command.
    Text(&'static str),
}

use Instead::{Argument, Flag, For, Text, With};

const DELETE_SEVERAL: &str = "Delete several messages: dcord message search SERVER --author USER \
                              --channel CHANNEL --limit 20 -o id | dcord message bulk-delete CHANNEL --messages @- --yes";

/// Options that people try, with suggestions in order of preference. dcord prints the first suggestion that applies
/// to the command.
pub static OPTIONS: &[(&str, &[Instead])] = &[
    (
        "author, from, by, user, member, from-user, author-id, user-id",
        &[
            For(
                "message list",
                "Read what a member wrote: dcord message search SERVER --author USER --channel CHANNEL",
            ),
            For("message delete", DELETE_SEVERAL),
            For("message bulk-delete", DELETE_SEVERAL),
        ],
    ),
    (
        "contains, content, text, search, grep",
        &[For("message list", "Search messages: dcord message search SERVER --content TEXT --channel CHANNEL")],
    ),
    (
        "limit, last, count, n, all, number, amount, messages, bot, before, after",
        &[For("message delete", DELETE_SEVERAL), For("message bulk-delete", DELETE_SEVERAL)],
    ),
    ("user-ids, users", &[For("ban add", "Ban several users: dcord ban bulk-add SERVER --user-ids USER,USER")]),
    ("action, kind, type, event, what", &[Flag("--action-type")]),
    ("who, by, actor, moderator", &[Flag("--user-id")]),
    ("slowmode, slow-mode, cooldown, slow", &[Flag("--rate-limit-per-user")]),
    ("text, message, msg, body-text, m, t", &[Argument("CONTENT"), Flag("--content"), Argument("MESSAGE")]),
    ("title, heading", &[Flag("--embed.title"), Argument("NAME"), Flag("--name")]),
    (
        "description, desc",
        &[
            Flag("--file PATH#DESCRIPTION to describe a file, or --embed.description for an embed"),
            Flag("--topic"),
            Flag("--description"),
        ],
    ),
    ("footer", &[Flag("--embed.footer")]),
    ("author", &[Flag("--author-id"), Flag("--embed.author")]),
    ("from", &[Flag("--author-id"), Flag("--joined-after"), Flag("--after")]),
    ("field, fields", &[Flag("--embed.field")]),
    ("image, picture, photo", &[Flag("--image"), Flag("--embed.image"), Flag("--icon"), Flag("--file")]),
    ("thumbnail", &[Flag("--embed.thumbnail")]),
    ("buttons", &[Flag("--button LABEL=ID")]),
    ("component, menu, select-menu", &[Flag("--components (`dcord explain message.components` shows the JSON)")]),
    ("curl, as-curl", &[Flag("--dry-run=curl")]),
    ("status", &[For("notify run", "the status is that of the command: success if it exits with 0, else failure")]),
    ("log", &[For("notify run", "the message shows the end of the command's output; --tail sets how many lines")]),
    ("fail", &[For("notify run", "notify run always exits with the status of its command")]),
    (
        "status, presence, activity, playing",
        &[
            Argument("STATUS"),
            Text(
                "a bot shows a status only while it listens: dcord listen --status idle --activity \
                                    TEXT",
            ),
        ],
    ),
    ("bio, about-me", &[Text("a bot's bio is the description of its app: dcord application edit --description TEXT")]),
    (
        "option, arg, argument, parameter",
        &[Flag("--option.name NAME --option.type string --option.description TEXT, for each option")],
    ),
    ("fail, failure, faults, failures", &[Flag("--fault status=503,every=3")]),
    ("embed", &[Flag("--embed.title, --embed.description and others, or --embeds for JSON"), Flag("--embeds")]),
    ("embed.inline, inline", &[Flag("--embeds, whose JSON can have inline fields")]),
    ("colour", &[Flag("--color"), Flag("--embed.color")]),
    ("color", &[Flag("--embed.color"), Text("set DCORD_COLOR to always or never, or set NO_COLOR")]),
    ("no-color, no-colour", &[Text("set NO_COLOR, or DCORD_COLOR=never")]),
    ("attach, attachment, upload, f", &[Flag("--file")]),
    ("reply, reply-id, in-reply-to", &[Flag("--reply-to")]),
    ("alt, alt-text, file.description, file-description, caption", &[Flag("--file PATH#DESCRIPTION")]),
    ("silent", &[Flag("--flags suppress-notifications to send without a notification, or -o none to print nothing")]),
    ("no-output, no-print, print-nothing", &[Text("use -o none to print nothing")]),
    ("link, permalink, print-url, print-link, message-url", &[Text("use -o url to print the link")]),
    ("no-wait, async", &[Flag("--wait=false")]),
    ("split, chunk, parts", &[Flag("--overflow split")]),
    ("truncate, cut, shorten", &[Flag("--overflow truncate")]),
    ("as-file", &[Flag("--overflow file")]),
    ("text-file, from-file, content-from, log", &[Flag("--content-file")]),
    ("stdin", &[With("CONTENT", "write - as the text to read it from standard input")]),
    ("idempotency-key, idempotency, idempotent, once, unique, dedupe, nonce, enforce-nonce", &[Flag("--key")]),
    ("no-ping, no-pings, no-mentions, suppress-mentions", &[Flag("--ping none")]),
    ("ping-role, ping-user, mention-role, mention-user", &[Flag("--ping")]),
    ("error-format, json-errors", &[Flag("--errors json")]),
    (
        "private, role, roles, only, members, allow",
        &[For(
            "channel create",
            "to hide the channel from everyone except some roles and members: --private-to NAME,NAME",
        )],
    ),
    ("ephemeral, private", &[Flag("--flags ephemeral"), Flag("--type private-thread")]),
    ("mention, mentions, everyone", &[Flag("--ping")]),
    ("question", &[Flag("--poll.question")]),
    ("answer, choice", &[Flag("--poll.answer"), Flag("--option.choice")]),
    ("nickname", &[Flag("--nick")]),
    ("mute-for, timeout-until", &[Flag("--timeout"), Flag("--invites-disabled-until")]),
    (
        "until",
        &[
            Flag("--timeout"),
            Flag("--invites-disabled-until"),
            Flag("--before"),
            Flag("--joined-before"),
            Flag("--max-id"),
        ],
    ),
    ("timeout", &[Flag("--request-timeout")]),
    ("role", &[Argument("ROLE"), Flag("--roles"), Flag("--role-ids"), Flag("--mentions-role-id"), Flag("--ping")]),
    ("user, member", &[Argument("USER"), Argument("MEMBER"), Flag("--author-id"), Flag("--user-id")]),
    ("days, delete-days, delete-message-days, delete-messages, delete-message, purge", &[Flag("--delete-messages 1d")]),
    ("server, guild-id", &[Flag("--guild"), Argument("SERVER")]),
    ("channel", &[Argument("CHANNEL"), Flag("--channel-id"), Flag("--guild")]),
    ("category, parent", &[Flag("--parent-id")]),
    ("private-channel", &[Flag("--private-to"), Flag("--overwrite.deny")]),
    ("age-restricted", &[Flag("--nsfw")]),
    ("tag, tags", &[Flag("--applied-tags"), Flag("--available-tags.name"), Flag("--tags")]),
    ("expires, expire, expiry, duration", &[Flag("--max-age"), Flag("--poll.duration"), Flag("--timeout")]),
    ("uses", &[Flag("--max-uses")]),
    ("inactive, inactive-for, stale, unused, older", &[Flag("--idle")]),
    ("humans, people, no-bots", &[Flag("--bots=false")]),
    ("once, one-time, single-use", &[Flag("--max-uses 1")]),
    (
        "archived",
        &[Text("`dcord thread list-archived` and `dcord thread list-private-archived` list archived threads")],
    ),
    ("start, at", &[Flag("--scheduled-start-time")]),
    ("end", &[Flag("--scheduled-end-time")]),
    ("place", &[Flag("--location")]),
    ("since, newer-than, start-date", &[Flag("--after"), Flag("--joined-after")]),
    ("older-than, to, end-date", &[Flag("--before"), Flag("--joined-before")]),
    ("date", &[Flag("--after")]),
    ("count, n, max, number, take, first, last", &[Flag("--limit"), Flag("--count")]),
    ("page, per-page", &[Flag("--page-size"), Flag("--limit")]),
    ("everything, paginate", &[Flag("--all")]),
    ("dry, simulate, noop, no-op, what-if", &[Flag("--dry-run")]),
    ("format, out, as", &[Flag("--output")]),
    ("json", &[Text("use -o json, or -o jsonl for one object per line")]),
    ("jsonl, ndjson, json-lines, lines", &[Text("use -o jsonl")]),
    ("csv, spreadsheet, excel", &[Text("use -o csv")]),
    ("table", &[Text("use -o table")]),
    // For commands without the option `--cached`.
    ("cached, from-cache, use-cache", &[Flag("--cached"), Text("dcord does not store the response")]),
    ("raw", &[Text("use -o raw")]),
    (
        "reverse, oldest-first, oldest, ascending, asc, order",
        &[Flag("--sort-order asc"), Flag("--after 2015-01-01, which lists the oldest first")],
    ),
    ("resume, durable, restart", &[Flag("--consumer")]),
    (
        "output-file, outfile, out-file, save, save-to, to-file, write",
        &[Text("redirect the output to a file: dcord … > FILE")],
    ),
    ("pretty", &[Text("use -o json")]),
    ("select, columns", &[Flag("--fields")]),
    ("filter, query", &[Flag("--jq")]),
    ("force, yes-really, confirm, assume-yes", &[Flag("--yes")]),
    (
        "token, bot-token, api-key",
        &[Text("set DCORD_TOKEN or use --token-file, so that the token is not in the process list")],
    ),
    (
        "url",
        &[
            With(
                "WEBHOOK",
                "use -o url to print the message's link; the webhook comes from DCORD_WEBHOOK_URL, or from env:NAME before the text",
            ),
            Text("use -o url to print the link"),
        ],
    ),
    (
        "webhook, webhook-url, hook",
        &[
            With("WEBHOOK", "set DCORD_WEBHOOK_URL, or write env:NAME in front of the text"),
            Text("use `dcord webhook send` to send through a webhook"),
        ],
    ),
    ("debug, trace, log", &[Text("use -vv, with --log-file PATH to write to a file")]),
    ("silence, no-log", &[Flag("--quiet")]),
    ("why, comment", &[Flag("--reason")]),
    ("clear, remove, reset, null", &[Flag("--unset")]),
    ("x, method, request", &[For("api", "the method comes before the path: dcord api POST /channels/ID/messages")]),
    ("h, header", &[For("api", "dcord sets the headers; --reason sets the reason for the audit log")]),
    ("data, payload, input, d, data-raw, data-binary", &[Flag("--body"), Flag("--input -, or -f KEY=VALUE")]),
    ("thread", &[Flag("--thread-id"), Argument("CHANNEL")]),
    ("event", &[Flag("--event")]),
    ("delay, when, schedule", &[Text("run the command with at or cron")]),
    ("bot-name, as-user", &[Flag("--username")]),
    ("avatar-file", &[Flag("--avatar")]),
    ("allow, deny", &[Flag("--overwrite.allow"), Flag("--permissions")]),
    ("permission, perms", &[Flag("--permissions"), Flag("--allow")]),
];

/// The suggestions in [`OPTIONS`] for an option.
pub fn instead_of(option: &str) -> impl Iterator<Item = &'static Instead> {
    let found = OPTIONS.iter().filter(move |(words, _)| words.split(", ").any(|word| word == option));
    found.flat_map(|(_, instead)| instead.iter())
}

/// The suggestion in [`OPTIONS`] for an option of this command alone.
pub fn instead_for(command: &str, option: &str) -> Option<&'static str> {
    instead_of(option).find_map(|instead| match instead {
        For(called, line) if *called == command => Some(*line),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn every_task_names_commands_and_options_that_exist() {
        for task in TASKS {
            let (noun, verb) = task.command();
            if catalogue::noun(noun).is_none() {
                continue;
            }
            let row = verb.and_then(|verb| catalogue::find(noun, verb));
            let row = row.unwrap_or_else(|| panic!("{}", task.line));
            let first = task.line.split(" | ").next().unwrap().split(" && ").next().unwrap();
            for word in first.split(' ').filter(|word| word.starts_with("--")) {
                let flag = word.trim_start_matches("--").split('=').next().unwrap();
                let is_own = |p: &&catalogue::Param| p.has_flag() && (p.flag() == flag || p.alias == Some(flag));
                let shared = [
                    "all",
                    "limit",
                    "jq",
                    "fields",
                    "yes",
                    "dry-run",
                    "unset",
                    "body",
                    "ping",
                    "key",
                    "overflow",
                    "content-file",
                    "offline",
                    "reason",
                ];
                let known = row.all_params().any(|p| is_own(&p)) || shared.contains(&flag);
                assert!(known, "{}: --{flag}", task.line);
            }
            for noun in task.under {
                assert!(catalogue::noun(noun).is_some(), "{noun}");
            }
        }
    }

    #[test]
    fn a_task_has_each_phrase_once_and_in_lowercase() {
        let mut seen = std::collections::HashSet::new();
        for (task, phrase) in TASKS.iter().flat_map(|task| task.phrases().map(move |phrase| (task.line, phrase))) {
            assert!(seen.insert((task, phrase)), "{task}: {phrase}");
            assert!(!phrase.is_empty() && phrase == phrase.to_lowercase(), "{phrase:?}");
        }
        assert!(seen.len() > 300, "{}", seen.len());
    }

    #[test]
    fn the_command_of_a_task_is_read_from_its_line() {
        let command = |line| task("", line, "").command();
        assert_eq!(command("member edit SERVER"), ("member", Some("edit")));
        assert_eq!(command("listen -e X"), ("listen", None));
    }

    #[test]
    fn synonyms_and_replacements_of_options_exist_in_the_catalogue() {
        for (word, own) in SYNONYMS {
            let known = |name: &&str| catalogue::noun(name).is_some() || catalogue::verbs().any(|verb| verb == *name);
            assert!(own.iter().all(known), "{word}");
        }
        assert_eq!(instead_of("slow-mode").next(), Some(&Flag("--rate-limit-per-user")));
        assert_eq!(instead_of("telepathy").next(), None);
    }
}
