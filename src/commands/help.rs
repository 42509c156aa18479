//! `dcord help` shows the help of a command, or a topic.

use clap::{Arg, ArgMatches, Command};

use super::topics::{self, TOPICS};
use super::{alias, find};
use crate::cli::page::{self, Entry, Section};
use crate::cli::search;
use crate::cli::show::{self, HelpStyle};
use crate::cli::tree::{self, Plain};
use crate::config::profile;
use crate::context::{self, Context};
use crate::error::{Report, Result, exit};
use crate::output;

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord help [COMMAND… | TOPIC]")
        .after_help(format!("Topics:\n{}", topics()))
        .arg(Arg::new("word").num_args(0..).value_name("COMMAND|TOPIC").help("Words of a command, or a topic"))
}

/// The list of topics, one per line.
fn topics() -> String {
    let width = TOPICS.iter().map(|t| t.name.len()).max().unwrap_or(0);
    TOPICS.iter().map(|t| format!("  {:width$}  {}\n", t.name, t.about)).collect()
}

pub fn run(context: &Context, matches: &ArgMatches, plain: &[Plain]) -> Result<()> {
    let words: Vec<String> = matches.get_many("word").map(|w| w.cloned().collect()).unwrap_or_default();
    if let Some(instead) = removed(&words) {
        return Ok(context::print_text(&format!("Discord has removed {}: {instead}.", words.join(" ")))?);
    }
    if words.is_empty() {
        let mut page = page::of(plain.iter().copied(), &words);
        // Omits `help` itself, because the user has just typed it.
        page.sections.iter_mut().for_each(|section| section.entries.retain(|entry| entry.term != "dcord help"));
        let entries = TOPICS.iter().map(|topic| Entry::new(format!("dcord help {}", topic.name), topic.about));
        page.sections.push(Section::new("Topics", entries.collect()));
        let (color, width) = context::stdout_style();
        return Ok(context::print_text(&show::page(&page, HelpStyle { all: false, width, color }))?);
    }
    if words == ["topics"] {
        return Ok(context::print_text(&topics())?);
    }
    let (_, path) = tree::called(plain.iter().copied(), &words);
    let name = words.join(" ");
    let is_command = path == words;
    let topic = topics::find(&name).or_else(|| topics::called(&name).filter(|_| !is_command));
    if let Some(topic) = topic {
        let (_, width) = context::stdout_style();
        let mut text = topic.text();
        if topic.name == "aliases" {
            text += &format!("\n{}", alias::listed(plain)?);
        }
        return Ok(context::print_text(&show::prose(&text, width))?);
    }
    if is_command {
        return Ok(show(plain, &words, true)?);
    }
    if let Some(alias) = profile::alias(&name)? {
        return Ok(context::print_text(&alias::explained(&alias))?);
    }
    let hits: Vec<_> = find::visible(context, plain, &words).into_iter().map(|hit| (hit.line, hit.about)).collect();
    if hits.is_empty() {
        return Err(Box::new(unknown(plain, &words)).into());
    }
    let listed = find::listed(&hits, context::stdout_is_terminal());
    Ok(context::print_text(&format!("No command or topic is called {name:?}. These match:\n\n{listed}"))?)
}

/// The error for words that are no command and no topic, and that nothing matches.
fn unknown(plain: &[Plain], words: &[String]) -> Report {
    let mut message = format!("no command or topic named {:?}", words.join(" "));
    if let Some(corrected) = search::corrected(words, find::others(plain)) {
        message += &format!("; did you mean {corrected:?}?");
    }
    let hint = "`dcord help` lists the commands and topics, and `dcord endpoints WORD` also searches options";
    Report::new(exit::USAGE, "usage", message, Some(hint.to_owned()))
}

/// Prints the full or the short help of the command that these words name.
pub fn show(plain: &[Plain], words: &[String], all: bool) -> Result<(), output::Error> {
    let (color, width) = context::stdout_style();
    context::print_text(&show::page(&page::of(plain.iter().copied(), words), HelpStyle { all, width, color }))
}

/// The short help, for stderr.
pub fn short(plain: &[Plain], words: &[String], color: bool) -> String {
    let (_, width) = context::stdout_style();
    show::page(&page::of(plain.iter().copied(), words), HelpStyle { all: false, width, color })
}

/// The replacement of a command that Discord has removed, by its former names. Source: Discord's change log.
pub fn removed(words: &[String]) -> Option<&'static str> {
    let [noun, verb, ..] = words else { return None };
    Some(match (noun.as_str(), verb.as_str()) {
        ("guild", "create" | "create-from-template") => {
            "bots can no longer create servers: create one in the Discord client, then find it with `dcord guild list`"
        }
        ("guild", "delete") => "bots can no longer own servers: use `dcord guild leave` to leave one",
        ("guild", "create-integration" | "modify-integration" | "edit-integration" | "sync-integration")
        | ("integration", "create" | "modify" | "edit" | "sync") => {
            "integrations are created in the server's settings: `dcord integration list` shows them, and \
             `dcord integration delete` removes one"
        }
        ("guild", "get-embed") | ("embed", "get") => "server embeds are now widgets: use `dcord widget get-settings`",
        ("guild", "modify-embed" | "edit-embed") | ("embed", "edit") => {
            "server embeds are now widgets: use `dcord widget edit-settings`"
        }
        ("user", "list-dms" | "get-dms" | "dms") | ("channel", "list-dms") => {
            "bots cannot list their direct messages: `dcord user open-dm USER` opens those with a user"
        }
        ("message" | "channel" | "guild", "ack") => {
            "only user accounts have read states, and dcord is for bots; there is no replacement"
        }
        ("invite", "accept") => {
            "bots join servers through an OAuth2 link; `dcord member add` adds a user who has authorized the app"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn words(line: &str) -> Vec<String> {
        crate::cli::words::called(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_replacement_of_a_removed_command_exists() {
        for line in [
            "guild create",
            "guild delete",
            "guild create-integration",
            "integration sync",
            "guild get-embed",
            "guild modify-embed",
            "user list-dms",
            "message ack",
            "invite accept",
        ] {
            let old = words(line);
            let instead = removed(&old).unwrap_or_else(|| panic!("{line}"));
            assert!(catalogue::find(&old[0], &old[1]).is_none(), "{line} is a command");
            for quoted in instead.split('`').skip(1).step_by(2) {
                let words: Vec<_> = quoted.split(' ').collect();
                assert!(catalogue::find(words[1], words[2]).is_some(), "{line}: {quoted}");
            }
        }
        assert_eq!(removed(&words("message send")), None);
    }

    #[test]
    fn the_words_of_a_command_line_are_separated_from_its_flags() {
        assert_eq!(words("-o json message --request-timeout 5s send -y --help"), ["message", "send"]);
        assert_eq!(words("sandbox run -- dcord message"), ["sandbox", "run"]);
    }
}
