//! What is to be explained beside commands. Indented lines stand as they are; others may be joined.

use crate::config::env::VARIABLES;

/// A topic.
pub struct Topic {
    pub name: &'static str,
    pub about: &'static str,
    text: &'static str,
}

/// All of them, in the order in which help lists them.
pub static TOPICS: &[Topic] = &[
    Topic { name: "output", about: "What is printed where, and in which format", text: OUTPUT },
    Topic { name: "targets", about: "How channels, people and messages are named", text: TARGETS },
    Topic { name: "values", about: "How texts, files, times and lists are typed", text: VALUES },
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
        if self.name == "environment" {
            let width = VARIABLES.iter().map(|v| v.name.len()).max().unwrap_or(0);
            text.push('\n');
            text.extend(VARIABLES.iter().map(|v| format!("  {:width$}  {}\n", v.name, v.help)));
        }
        text
    }
}

const EXIT_CODES: &str = "\
How dcord ends:

  0         done; an empty list and a closed pipe too
  1         anything that is not below
  2         usage: a value that cannot be read, a missing argument, an
            unknown name
  3         part of a batch failed
  4         no token, or Discord says it is not valid
  5         forbidden: a permission is missing
  6         not found
  7         rate limited, or a search index not ready, for longer than
            --max-wait
  8         network, time-out, or trouble of Discord's own
  9         the request is invalid, by the bounds known here or by
            Discord's word
  10        refused here: not confirmed, read-only profile, identify budget
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
  -o raw     the answer's bytes

  --fields id,author.username    these fields alone
  --jq '.author.username'        what a jq program makes of each item; texts
                                 stand without quotes

Text from Discord never steers a terminal: control characters are taken out of tables and escaped in
JSON. In a pipe nothing is changed.

Errors are one line and hints. Where standard error is no terminal and -o is json or jsonl, an error
is one JSON object:

  {\"error\":{\"kind\":\"not-found\",\"status\":404,\"code\":10003,\"message\":\"…\",…}}

DCORD_ERRORS=text or json decides otherwise. -q leaves errors alone, -v says more, -vv tells each
request. --dry-run prints the request that would be sent, and --dry-run=curl a command that sends it.
";

const TARGETS: &str = "\
What a command acts on can be given as

  an id      222222222222222222
  a mention  '<#222222222222222222>', '<@…>', '<@&…>', '<:name:…>'
  a link     https://discord.com/channels/SERVER/CHANNEL/MESSAGE
  @me        the bot itself, where a user is wanted

A link to a message stands for its channel and its id at once:

  dcord message get https://discord.com/channels/1111/2222/3333

Discord's menus have \"Copy ID\" and \"Copy Link\" once developer mode is on (User Settings, Advanced).

DCORD_GUILD, or the profile's guild, names the server where only the server is missing; --guild names
it on the command line. A command that cannot be undone wants its server named each time.

A shell takes an unquoted # for a comment, and < and > for files: quote what has one.
";

const VALUES: &str = "\
Texts are sent as typed. Each long text has a twin that reads a file or standard input:
--content-file notes.md, --content-file -. In place of a positional text, - reads standard input.

  JSON         '{\"a\": 1}', @FILE or @-
  files        --file PATH, PATH#DESCRIPTION, or - with --filename
  pictures     a path: PNG, JPEG, GIF or WebP
  sounds       a path: MP3, OGG or WAV
  times        2026-01-31T12:00:00Z, a Unix time, <t:…>, or a span
  spans        2h is two hours back for a cursor (--after 2h), and two hours
               ahead for a deadline; +2h and -2h say which
  colours      #5865f2, blurple, 5793266
  permissions  names joined by commas, or a number:
               view-channel,send-messages
  yes or no    --tts, --tts=false
  lists        the flag again for each element
  nothing      --unset FIELD clears a field

Objects that people write by hand have a flag for each part, such as --embed.title, --poll.answer or
--overwrite.allow. --body gives the whole body as JSON, and flags are put on top of it.

A value is checked before anything is sent. --no-validate sends it all the same: Discord changes its
limits.
";

const SECRETS: &str = "\
The bot's token is taken from --token-file, DCORD_TOKEN, DISCORD_TOKEN or DISCORD_BOT_TOKEN, or from
the profile. --token-type bearer says that it is a user's access token.

Secrets are never typed as arguments: shells keep what is typed, and ps shows it. Webhooks, the tokens
of interactions, access tokens, client secrets and OAuth codes are given as

  env:NAME   what the variable holds
  file:PATH  what the file holds
  -          standard input
  NAME       for webhooks: their name in the profile

  DCORD_WEBHOOK_URL        the webhook where none is given
  DCORD_INTERACTION_TOKEN  the token of an interaction where none is given

  dcord webhook send env:BUILD_WEBHOOK 'Build 52 is green'

Profiles are tables of config.toml. A file that holds a secret must be readable by its owner alone.

  [profiles.work]
  token_file = \"/run/secrets/discord\"
  guild = \"111111111111111111\"
  read_only = true

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

--before and --after take an id or a time. Messages come newest first, with --after oldest first.
-o json with --all is one array; -o jsonl, which is what a pipe gets, needs no memory to read either.
";

const LISTEN: &str = "\
dcord listen opens a session with Discord's gateway and prints a line for each event:

  {\"shard\":[0,1],\"t\":\"MESSAGE_CREATE\",\"s\":42,\"op\":0,\"d\":{…}}

d is the event as Discord sent it. When the connection breaks, the session is resumed and what was
missed comes after; a slow reader costs no heartbeat.

  -e MESSAGE_CREATE -e 'GUILD_MEMBER_*'   these events alone
  --guild, --channel, --user              events of these alone
  --count 1, --duration 1h                an end
  --shards auto                           as many sessions as Discord advises

An intent is a group of events that a session asks for. Without --intents, the events of -e decide;
without both, all but the privileged ones are asked for. GUILD_MEMBERS, GUILD_PRESENCES and
MESSAGE_CONTENT are privileged: they must be switched on in Discord's developer portal, on the bot's
page. Without MESSAGE_CONTENT the texts of other people's messages are empty.

--meta adds lines of dcord's own, with op -1:

  DCORD_CONNECTED     a session was opened
  DCORD_RESUMED       a session goes on, with so many events replayed
  DCORD_RECONNECTING  the connection is made anew
  DCORD_GAP           events may be missing: since when, and why
  DCORD_LATENCY       how long a heartbeat took, in milliseconds
  DCORD_CLOSED        the connection was closed: why, and its code

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
