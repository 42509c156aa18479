//! Finds commands by the words of a task. Also searches dcord's own commands and the help topics.

use clap::Command;

use super::topics::TOPICS;
use crate::cli::page;
use crate::cli::search::{self, Entry, Found};
use crate::cli::show;
use crate::cli::tree::Plain;
use crate::context::{self, Context};
use crate::error::{Report, Result, exit};

/// A screen has no room for more.
const MOST: usize = 20;

/// What a search covers in addition to the catalogue.
pub fn others(plain: &[Plain]) -> Vec<Entry> {
    let mut found = Vec::new();
    for Plain { name, about, args } in plain {
        let command = args(Command::new(*name));
        let details = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        found.push(Entry::other((*name).to_owned(), about, &details));
        for inner in command.get_subcommands() {
            let about = inner.get_about().map(ToString::to_string).unwrap_or_default();
            found.push(Entry::other(format!("{name} {}", inner.get_name()), &about, ""));
        }
    }
    found.extend(TOPICS.iter().map(|topic| Entry::topic(format!("help {}", topic.name), topic.about, topic.phrases)));
    found
}

/// The commands that match the words, the best match first. Returns an error if there are none.
pub fn hits(context: &Context, plain: &[Plain], words: &[String]) -> Result<Vec<Entry>> {
    let found = search::search_help(words, others(plain));
    if found.entries.is_empty() {
        return Err(Box::new(none(plain, words)).into());
    }
    note_left_out(context, &found, words);
    Ok(found.entries)
}

/// The commands and topics whose names, tasks or summaries have the words, so that a reader sees why they match.
pub fn visible(context: &Context, plain: &[Plain], words: &[String]) -> Vec<Entry> {
    let mut found = search::search_help(words, others(plain));
    found.entries.retain(|entry| entry.is_visibly(words));
    if !found.entries.is_empty() {
        note_left_out(context, &found, words);
    }
    found.entries
}

/// Notes the words that the search ignored.
fn note_left_out(context: &Context, Found { left_out, .. }: &Found, words: &[String]) {
    if !left_out.is_empty() {
        let rest = words.iter().filter(|word| !left_out.contains(&word.to_lowercase()));
        let rest = rest.map(String::as_str).collect::<Vec<_>>().join(" ");
        context.console.note(format_args!("no command matches {:?}; these match {rest:?}", words.join(" ")));
    }
}

/// The error for words that match no command.
pub fn none(plain: &[Plain], words: &[String]) -> Report {
    let mut message = format!("no command matches {:?}", words.join(" "));
    if let Some(corrected) = search::corrected(words, others(plain)) {
        message += &format!("; did you mean {corrected:?}?");
    }
    let hint = match words {
        [_, _, ..] => "all of the words must fit; try fewer",
        _ => "try another word for the task; `dcord endpoints` lists all commands",
    };
    Report::new(exit::NOT_FOUND, "not-found", message, Some(hint.to_owned()))
}

/// Formats hits: as a table on a terminal, and otherwise as the command line, a tab and its description.
pub fn listed(hits: &[(String, String)], terminal: bool) -> String {
    if !terminal {
        return hits.iter().map(|(line, about)| format!("{line}\t{about}\n")).collect();
    }
    let (color, width) = context::stdout_style();
    let entries: Vec<_> = hits.iter().map(|(line, about)| page::Entry::new(line, about)).collect();
    let shown = &entries[..entries.len().min(MOST)];
    show::list(shown, show::HelpStyle { all: true, width, color })
}

/// How many hits [`listed`] omits on a terminal.
pub fn left_out(hits: &[(String, String)]) -> usize {
    hits.len().saturating_sub(MOST)
}
