//! What is to be explained beside commands. Indented lines stand as they are; others may be joined.

use crate::catalogue::choices;
use crate::config::env::VARIABLES;

/// A topic.
pub struct Topic {
    pub name: &'static str,
    pub about: &'static str,
    text: &'static str,
}

/// All of them, in the order in which help lists them.
pub static TOPICS: &[Topic] = &[
    Topic { name: "start", about: "From nothing to a first message", text: START },
    Topic { name: "terms", about: "What Discord's words mean", text: TERMS },
    Topic { name: "output", about: "What is printed where, and in which format", text: OUTPUT },
    Topic { name: "targets", about: "How channels, people and messages are named", text: TARGETS },
    Topic { name: "values", about: "How texts, files, times and lists are typed", text: VALUES },
    Topic { name: "permissions", about: "What roles and members can be allowed", text: PERMISSIONS },
    Topic { name: "secrets", about: "Where tokens and webhooks come from", text: SECRETS },
    Topic { name: "pagination", about: "How long lists are fetched", text: PAGINATION },
    Topic { name: "listen", about: "Events, intents and the lines that listen prints", text: LISTEN },
    Topic { name: "exit-codes", about: "How commands end", text: EXIT_CODES },
    Topic { name: "environment", about: "The variables that dcord reads", text: "dcord reads these variables:\n" },
];

pub fn find(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

impl Topic {
    pub fn text(&self) -> String {
        let mut text = self.text.to_owned();
        if self.name == "permissions" {
            text.push('\n');
            text.extend(choices::PERMISSIONS.iter().map(|p| format!("  {:24}  {}\n", p.name, p.about)));
        }
        if self.name == "environment" {
            let width = VARIABLES.iter().map(|v| v.name.len()).max().unwrap_or(0);
            text.push('\n');
            text.extend(VARIABLES.iter().map(|v| format!("  {:width$}  {}\n", v.name, v.help)));
        }
        text
    }
}

const START: &str = "\
To try dcord, no account is needed: inside this shell everything goes to a Discord on your own machine.

  dcord sandbox run -- sh

For the real one, a bot acts for you. It takes four steps to have one:

  1  On https://discord.com/developers/applications make an application.
  2  On its page Bot, have a token shown, and keep it in a file that nobody
     else can read: (umask 077; cat > ~/.dcord-token), paste it, then Enter
     and Ctrl-D.
  3  On its page OAuth2, have a link made with the scope bot and the
     permissions it shall have; open the link to add the bot to a server of
     yours.
  4  Say where the token is: export DCORD_TOKEN=$(cat ~/.dcord-token), or
     token_file in a profile (dcord help secrets).

Then see whether it works, which servers it is in, and which channels they have:

  dcord user get-me
  dcord guild list
  dcord channel list 'My Server'
  dcord message send '#general' 'Hello'

To write to one channel from a script, a webhook is enough, which needs no bot: in the channel's settings, under
Integrations, make one and copy its URL into DCORD_WEBHOOK_URL.

  dcord webhook send 'Build 52 is green'

dcord endpoints WORD finds the command for a task, and -h after a command tells what to type.
";

const TERMS: &str = "\
Words that help and errors use:

  server       what the API calls a guild: channels, roles and members
  application  what is registered with Discord; app for short
  bot          the account by which an app acts in servers
  token        the bot's password; whoever has it is the bot
  id           the number by which Discord knows a thing, 17 digits or more
  member       a user, as seen in a server: nickname, roles
  role         a named set of permissions that members are given
  permission   what somebody may do, in a server or in a channel
  overwrite    what one channel allows or denies to a role or a member
  thread       a smaller channel inside a channel; a post in a forum is one
  webhook      an address by which programs write in one channel
  embed        a box below a message, with heading, text and pictures
  component    a button, menu or other piece of a message or form
  interaction  one use of a command, button, menu or form, to be answered
  gateway      where Discord sends events to, and listen listens
  intent       a group of events that a listener asks for
  scope        what a user has allowed an app to do in their name
  bearer       a token that acts for a user, within its scopes
  SKU          a thing that an app sells
  entitlement  somebody's right to use what an app sells
  snowflake    an id, which also says when the thing was made
";

const PERMISSIONS: &str = "\
Permissions are typed by these names, joined by commas, or as Discord's number:

  dcord role create 'My Server' Helpers --permissions kick-members,view-channel

A bot gives only what it has itself. In a channel, --allow and --deny change what roles say:

  dcord permission set '#staff' @alice --allow speak

Errors and help write them as Discord does, MANAGE_ROLES for manage-roles.
";

const EXIT_CODES: &str = "\
How dcord ends:

  0         done; an empty list and a closed pipe too
  1         anything that is not below; listen: the time was over before
            --count events came, or an event could not be printed
  2         usage: a value that cannot be read, a missing argument, an
            unknown name
  3         part of a batch failed, also where Discord's answer says so (the
            failed_users of ban bulk-add); what ended it early (4, 7, 8, 130,
            143) goes first
  4         no token, or Discord says it is not valid
  5         forbidden: a permission is missing
  6         not found
  7         rate limited, or a search index not ready, for longer than
            --max-wait
  8         network, time-out, a failure or an invalid answer on Discord's
            side, a refusal of Cloudflare's
  9         the request is invalid, by the bounds known here or by
            Discord's word
  10        refused here: not confirmed, a profile that only reads or allows
            other servers, identify budget
  130, 143  interrupted, terminated

A script can tell what is worth another try (7, 8) from what is not:

  dcord message send 222222222222222222 hello
  case $? in 0) ;; 7|8) echo later ;; *) echo never ;; esac
";

const OUTPUT: &str = "\
Results go to standard output; everything else goes to standard error.

In a pipe each item is one line of JSON, as Discord sent it. On a terminal a list is a table, and an
object a table of its fields.

  -o jsonl   one JSON object a line
  -o json    the whole answer; with --all, one array of all items
  -o table   aligned columns
  -o csv     the same columns for a spreadsheet
  -o id      ids alone, for xargs
  -o url     links to what is printed, for people
  -o raw     the answer's bytes

  --fields id,author.username    these fields alone
  --jq '.author.username'        what a jq program makes of each item; texts
                                 stand without quotes; with table, csv,
                                 id and url it filters what they show

Text from Discord never steers a terminal: control characters are taken out of tables and escaped in
JSON. In a pipe nothing is changed.

Standard error is text: an error is one line and its hint. For programs, --errors json or
DCORD_ERRORS=json makes every line of standard error a JSON object, warnings and waits included:

  {\"level\":\"error\",\"kind\":\"not-found\",\"message\":\"…\",\"status\":404,\"code\":10003,…}
  {\"level\":\"note\",\"kind\":\"wait\",\"message\":\"…\",\"retry_after\":3.2}

The level is error, warning, note or debug. Nothing is asked in this mode: a command that needs
confirmation needs --yes. -q prints errors only, -v prints more, and -vv prints each request.
--dry-run prints the request that would be sent, and --dry-run=curl a command that sends it.
Names are looked up for it, in the cache or by GET requests; without a token or with --offline, a name
that the cache does not have stays as {name}.
";

const TARGETS: &str = "\
What a command acts on can be given as

  an id      222222222222222222
  a mention  '<#222222222222222222>', '<@…>', '<@&…>', '<:name:…>'
  a link     https://discord.com/channels/SERVER/CHANNEL/MESSAGE, with or
             without <>; also of threads, events, users, invites, templates
  @me        the user of the token, wherever a command takes a user
  a name     '#general', @alice, @moderators, :blob:, /ping, 'My Server'
  NAME:ID    '#general:222222222222222222', which is that id

A link to a message gives its channel and its id at once, a link to an event its server and its id:

  dcord message get https://discord.com/channels/1111/2222/3333

Discord's menus have \"Copy ID\" and \"Copy Link\" once developer mode is on (User Settings, Advanced).

Channels, threads, categories, servers, roles, people (by user name, display name or nickname), emojis,
stickers, sounds, events, webhooks, integrations, commands and auto-moderation rules have names. Case
does not matter. They are found in the cache, or asked for once, in the server that is named, else
in the channel's own, the default one, or the only one. A beginning is enough to read; what changes
something needs the whole name, and asks again unless that was known for certain within five minutes. Where
several have the name, the command ends with 6 and lists them; the id then says which is meant.

An emoji is the character itself, a standard emoji by its name (:tada:, :thumbsup_tone2:, :flag_is:), or a
server's own: :blob:, blob:ID or '<:blob:ID>'. A name that a standard emoji has means that one, as it does
in Discord's client: a server's own emoji of that name is :tada~1: or NAME:ID.

A person in place of a channel means direct messages: dcord message send @alice 'See you'. The filters
of listen and of dcord cache take names of people and roles too, and so does --ping. A name of --ping that
stands in the text becomes the mention: dcord message send '#ops' '@Moderators: help' --ping @Moderators

The shell completes names from the cache, never from the network (dcord completions): those that say too
little by themselves come with their id.

DCORD_GUILD, or the profile's guild, is the default server. A command uses it where the server is the only
target that is missing (dcord channel list, dcord member get @alice); --guild or a server in front of the other
targets wins. A command that cannot be undone requires its server on the command line each time.

A shell takes an unquoted # for a comment, and < and > for files: quote what has one.
";

const VALUES: &str = "\
Texts are sent as typed. Each long text has a twin that reads a file or standard input:
--content-file notes.md, --content-file -. In place of a positional text, - reads standard input.

  JSON         '{\"a\": 1}', @FILE or @-
  files        --file PATH, PATH#DESCRIPTION, or - for standard input;
               --filename and --spoiler describe the --file before them
  pictures     a path: PNG, JPEG, GIF or WebP; for emojis AVIF too
  sounds       a path: MP3 or Ogg
  times        2026-01-31T12:00:00Z, '2026-01-31 12:00' or 2026-01-31 (midnight)
               in local time, 2026-01-31T12:00[Europe/Berlin], a Unix time in
               seconds or milliseconds, <t:…>, now, or a span
  spans        2h is two hours back for a cursor (--after 2h), and two hours
               ahead for a deadline; +2h and -2h say which. 90s, 1h30m, 7d, 2w
  numbers      of seconds, minutes, hours or days are typed as spans too:
               --rate-limit-per-user 2m, --max-age 7d
  choices      the whole name, or words that no other name has: --type voice
  colours      #5865f2, #58f, blurple, tomato and the other names of CSS,
               success, warning, danger, info, 5793266
  emojis       the character, or its standard name: :tada:
  permissions  names joined by commas, or a number: view-channel,send-messages
               (dcord help permissions)
  yes or no    --tts, --tts=false
  lists        the flag again for each element; ids, numbers and names without
               commas also as A,B,C, @FILE or -, one a line (# begins a
               comment). An id that is repeated is sent once.
  nothing      --unset FIELD clears a field

Objects that people write by hand have a flag for each part, such as --embed.title, --poll.answer or
--overwrite.allow. A flag that the current object already has begins the next object:

  dcord message send 1111 --embed.title A --embed.field a=1 --embed.title B

--body gives the whole body as JSON, and flags are put on top of it, those of the first object on its first
one. The JSON is that of Discord's API: what a get command prints shows its fields, and --dry-run shows what
flags make.

  dcord message send '#general' --embed.title Build --dry-run --jq .body

Local time is that of TZ, or else of the system. Where clocks are set back, a time that comes twice is the
first of the two; where they are set forward, a time that is skipped moves on by as much. A time is understood in
full or refused, and --dry-run shows in UTC what is sent.

A value is checked before anything is sent. --no-validate sends it all the same: Discord changes its
limits.
";

const SECRETS: &str = "\
The bot's token is taken from --token-file, DCORD_TOKEN, DISCORD_TOKEN or DISCORD_BOT_TOKEN, or from
the profile. --token-type bearer says that it is a user's access token, which a user grants to an app and which is
good for the scopes that were granted (dcord oauth2 token).

Secrets are never typed as arguments: shells keep what is typed, and ps shows it. Webhooks, the tokens
of interactions, access tokens, client secrets and OAuth codes are given as

  env:NAME   what the variable holds
  file:PATH  what the file holds
  -          standard input (for webhooks, where DCORD_WEBHOOK_URL is not set)
  NAME       for webhooks: their name in the profile

  DCORD_WEBHOOK_URL        the webhook where none is given
  DCORD_INTERACTION_TOKEN  the token of an interaction where none is given

  dcord webhook send env:BUILD_WEBHOOK 'Build 52 is green'

The query of a webhook's URL counts: ?thread_id=ID sends to that thread, ?with_components=true allows
components. The flags --thread-id and --with-components win over it.

Profiles are tables of config.toml. A file that holds a secret must be readable by its owner alone.

  [profiles.work]
  token_file = \"/run/secrets/discord\"
  guild = \"111111111111111111\"
  read_only = true
  allowed_guilds = [\"111111111111111111\"]

  [profiles.work.cache]
  message = \"ttl:1d+lru:50000\"

With read_only nothing but GET is sent. With allowed_guilds nothing is sent that is about another server, or of
which it is not known: Discord is asked which server a channel or a webhook is in, direct messages are in none.
A policy under cache goes before what dcord cache policy has set, and that before the default.

Secrets are hidden in errors, logs and dry runs, and go to Discord alone, or to the API that --api-url
names: https, or http on this machine.
";

const PAGINATION: &str = "\
A list is one page unless more is asked for; standard error then says that there is more.

  --limit N      at most N items, over as many pages as that takes
  --all          all items, page after page
  --page-size N  how many items a request fetches

--all prints items as they come: memory does not grow, and head may close the pipe.

  dcord message list 222222222222222222 --all --after 7d --jq .content
  dcord member list 111111111111111111 --all -o id | wc -l
  dcord ban list 111111111111111111 --limit 50 -o table

--before and --after take an id or a time. In a list of people, which is in the order of their ids, a time is
compared with when their accounts were created; member list --joined-after 1d finds who joined. Messages come newest first, with --after oldest first. Both
together give what lies between them, with --all or --limit.
A search ends at Discord's 10,000th result. Standard error then names the last one: narrow the search with
--max-id or --min-id to see the others.

-o json with --all is one array; -o jsonl, which is what a pipe gets, needs no memory to read either.
";

const LISTEN: &str = "\
dcord listen opens a session with Discord's gateway and prints a line for each event:

  {\"shard\":[0,1],\"t\":\"MESSAGE_CREATE\",\"s\":42,\"op\":0,\"d\":{…}}

d is the event as Discord sent it. When the connection breaks, the session is resumed and what was
missed comes after; a slow reader costs no heartbeat.

  -e MESSAGE_CREATE -e 'GUILD_MEMBER_*'   these events alone
  --guild, --channel, --user              events of these alone; a channel
                                          stands for its threads too, unless
                                          with --no-threads
  --count 1                               end after so many events
  --duration 1h                           end after so long; exit 1 where
                                          --count asks for more events
  --shards auto                           as many sessions as Discord advises

An intent is a group of events that a session asks for. GUILD_MEMBERS, GUILD_PRESENCES and MESSAGE_CONTENT
are privileged: they must be switched on for the app, on the page Bot of https://discord.com/developers/applications.
--intents is auto by default: dcord asks for what the events of -e need, and for the privileged intents that make
these events whole and that the app has switched on. Without -e it asks for everything that the app may have.
Without MESSAGE_CONTENT the content of other people's messages is empty, and a warning says so once. The names of
--intents are asked for as they are, and 'auto' may stand among them.

--consumer NAME makes the stream durable: the next process with that name resumes after the last line
that was written (if stdout is a file: that is on its disk), and first prints the events since then. With
--count 3, each process prints the next three. If Discord can no longer replay events, a line DCORD_GAP says
so; an event may be printed twice. A process that is killed can leave half a line in a file: the next one ends
that line, and prints its event again. `dcord consumer` lists and removes the names.

An event that cannot be printed, such as one that the --jq program cannot take, is an error on stderr with
its shard and sequence number. The stream goes on, and a consumer moves past it; at the end the exit
status is 1. --dead-letter FILE appends the lines of such events to a file that only you can read.

What --count and --duration ask for is printed to the end, however slow the reader is. After a signal
the reader has two seconds.

--meta adds lines of dcord's own, with op -1:

  DCORD_CONNECTED     a session was opened
  DCORD_RESUMED       a session goes on, with so many events replayed
  DCORD_RECONNECTING  the connection is made anew
  DCORD_GAP           events may be missing: since when, and why
  DCORD_LATENCY       how long a heartbeat took, in milliseconds
  DCORD_CLOSED        the connection was closed: why, its code, its reason

  dcord listen -e MESSAGE_CREATE |
    jq -r --unbuffered 'select(.d.content == \"!ping\").d.channel_id' |
    while read -r channel; do dcord message send \"$channel\" pong; done

`dcord listen --help` lists all options.
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::exit;

    #[test]
    fn every_exit_status_is_explained() {
        let listed: Vec<u8> = EXIT_CODES
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.get(..10))
            .flat_map(|statuses| statuses.split(','))
            .filter_map(|status| status.trim().parse().ok())
            .collect();
        for status in [
            exit::DONE,
            exit::OTHER,
            exit::USAGE,
            exit::PARTLY,
            exit::NO_TOKEN,
            exit::FORBIDDEN,
            exit::NOT_FOUND,
            exit::RATE_LIMITED,
            exit::NETWORK,
            exit::INVALID,
            exit::REFUSED,
            exit::INTERRUPTED,
            exit::TERMINATED,
        ] {
            assert!(listed.contains(&status), "{status} in {listed:?}");
            let readme = include_str!("../../README.md").lines().filter_map(|line| line.strip_prefix("| "));
            let mut rows = readme.filter_map(|line| line.split_once(" |"));
            assert!(rows.any(|(cell, _)| cell.split(", ").any(|s| s == status.to_string())), "{status} in the README");
        }
    }

    #[test]
    fn topics_fit_a_terminal() {
        for topic in TOPICS {
            for line in topic.text().lines().filter(|line| line.starts_with(' ')) {
                assert!(line.chars().count() <= 80 || topic.name == "environment", "{}: {line}", topic.name);
            }
        }
    }
}
