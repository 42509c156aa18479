//! `dcord help`: a command's help, or a topic.

use anyhow::Result;
use clap::{Arg, ArgMatches, Command};

use crate::cli::{Error, tree};
use crate::config::env::VARIABLES;
use crate::context::Context;

/// Topics that are no command.
const TOPICS: &[(&str, &str)] = &[
    ("exit-codes", EXIT_CODES),
    ("environment", "Variables that dcord reads:\n"),
    ("output", OUTPUT),
    ("targets", TARGETS),
    ("values", VALUES),
];

pub fn args(command: Command) -> Command {
    let topics: Vec<_> = TOPICS.iter().map(|(name, _)| *name).collect();
    command
        .override_usage("dcord help [COMMAND… | TOPIC]")
        .after_help(format!("Topics: {}", topics.join(", ")))
        .arg(Arg::new("word").num_args(0..).value_name("WORD").help("A command's words, or a topic"))
}

pub fn run(_: &Context, matches: &ArgMatches) -> Result<()> {
    let words: Vec<String> = matches.get_many("word").map(|w| w.cloned().collect()).unwrap_or_default();
    if let [topic] = &words[..]
        && let Some((name, text)) = TOPICS.iter().find(|(name, _)| name == topic)
    {
        let variables = if *name == "environment" { environment() } else { String::new() };
        return Ok(crate::context::print_text(&format!("{text}{variables}"))?);
    }
    let root = tree::root(super::plain());
    let line = ["dcord".to_owned()].into_iter().chain(words.iter().cloned()).chain(["--help".to_owned()]);
    match root.try_get_matches_from(line) {
        Err(e) if e.kind() == clap::error::ErrorKind::DisplayHelp => Ok(crate::context::print_help(&e)?),
        _ => {
            let names = TOPICS.iter().map(|(name, _)| *name).collect();
            Err(Error::Choice { flag: "help".to_owned(), text: words.join(" "), names }.into())
        }
    }
}

fn environment() -> String {
    let width = VARIABLES.iter().map(|v| v.name.len()).max().unwrap_or(0);
    VARIABLES.iter().map(|v| format!("  {:width$}  {}\n", v.name, v.help)).collect()
}

const EXIT_CODES: &str = "\
How dcord ends:

  0         done; an empty list and a closed pipe too
  1         anything that is not below
  2         usage: a value that cannot be read, a missing argument, an unknown name
  3         part of a batch failed
  4         no token, or Discord says it is not valid
  5         forbidden: a permission is missing
  6         not found
  7         rate limited for longer than --max-wait
  8         network, time-out, or trouble of Discord's own
  9         the request is invalid, by the bounds known here or by Discord's word
  10        refused here: not confirmed, read-only profile, identify budget
  130, 143  interrupted, terminated
";

const OUTPUT: &str = "\
Results go to standard output; everything else goes to standard error.

In a pipe each item is one line of JSON, as Discord sent it. On a terminal a list is a table.

  -o jsonl   one JSON object a line
  -o json    the whole answer; with --all, one array of all items
  -o table   aligned columns
  -o csv     the same columns for a spreadsheet
  -o id      ids alone, for xargs
  -o raw     the answer's bytes

  --fields id,author.username    these fields alone
  --jq '.author.username'        what a jq program makes of each item; texts without quotes

A list is one page unless --limit N or --all asks for more. --all streams: memory does not grow.
Errors are one line and hints; where standard error is no terminal and -o is json or jsonl, one JSON
object. DCORD_ERRORS=text or json decides otherwise.
";

const TARGETS: &str = "\
What a command acts on can be given as

  an id        222222222222222222
  a mention    '<#222222222222222222>', '<@…>', '<@&…>', '<:name:…>'
  a link       https://discord.com/channels/SERVER/CHANNEL/MESSAGE
  @me          the bot itself, where a user is wanted

A link to a message stands for its channel and its id at once. Discord shows \"Copy ID\" and \"Copy
Link\" in its menus once developer mode is on (User Settings, Advanced).

DCORD_GUILD names the server where only the server is missing; --guild names it on the command line.
A shell takes an unquoted # for a comment: quote what has one.
";

const VALUES: &str = "\
Texts are sent as typed. Each long text has a twin that reads a file or standard input:
--content-file notes.md, --content-file -. In place of a text, - reads standard input.

  JSON        '{\"a\": 1}', @FILE or @-
  files       --file PATH, PATH#DESCRIPTION, or - with --filename
  pictures    a path; PNG, JPEG, GIF or WebP
  times       2026-01-31T12:00:00Z, a Unix time, <t:…>, or a span: 2h is two hours back where a
              cursor is wanted (--after 2h) and two hours ahead where a deadline is
  colours     #5865f2, blurple, 5793266
  permissions names joined by commas: view-channel,send-messages; or a number
  yes or no   --tts, --tts=false
  lists       the flag again for each element
  nothing     --unset FIELD clears a field

--body gives the whole body as JSON; flags are put on top of it.

Secrets are never typed: webhooks and tokens are given as env:NAME, file:PATH, - or, for webhooks, by
the name they have in a profile.
";
