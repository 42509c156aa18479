//! `dcord endpoints`: the catalogue, for people and programs.

use clap::{Arg, ArgMatches, Command};
use serde_json::Value;

use crate::catalogue::{self, Endpoint, Noun};
use crate::context::Context;
use crate::error::Result;
use crate::output::View;

/// From this width on a table has room for all that an endpoint is known by.
const WIDE: usize = 130;

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord endpoints [WORD…]")
        .after_help(
            "Examples:\n  dcord endpoints ban\n  dcord endpoints DELETE /channels\n  dcord endpoints /guilds/123/bans/456\n  \
             dcord endpoints -o json | jq length\n\n\
             A word is looked for in commands and what they do; a method in capitals and a path that begins with a \n\
             slash, with placeholders or with ids, find what has them.",
        )
        .arg(Arg::new("word").num_args(0..).value_name("WORD").help("Only endpoints that fit all of these: words, a method, a path"))
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let words: Vec<String> = matches.get_many::<String>("word").map(|w| w.cloned().collect()).unwrap_or_default();
    let found: Vec<Value> =
        search(&words).into_iter().map(|(noun, row)| catalogue::describe::endpoint(noun, row)).collect();
    if found.is_empty() && context.console.options().terminal {
        context.console.note(format_args!("no endpoint fits {}", words.join(" ")));
    }
    // Paths are long: where they would be cut, they stand where they are asked for.
    let (_, width) = crate::context::stdout_style();
    let columns: &[&str] = match words.iter().any(|word| is_request(word)) {
        _ if width >= WIDE => &["command", "method", "path", "about"],
        true => &["command", "method", "path"],
        false => &["command", "method", "about"],
    };
    let view = View { columns, id: Some("operation"), ..View::default() };
    context.print_list(view, &found)
}

/// How much of a word must be there.
#[derive(Clone, Copy)]
enum Match {
    /// All of it, or its plural.
    Whole,
    Beginning,
    Part,
}

/// The endpoints that fit all words: whole ones, else their beginnings, else parts of words.
fn search(words: &[impl AsRef<str>]) -> Vec<(&'static Noun, &'static Endpoint)> {
    for how in [Match::Whole, Match::Beginning, Match::Part] {
        let fit = |(noun, row): &(&Noun, &Endpoint)| words.iter().all(|word| fits(noun, row, word.as_ref(), how));
        let found: Vec<_> = catalogue::endpoints().filter(fit).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Whether an endpoint has to do with a word: a method in capitals, a path, or a word that stands in
/// its command, operation or explanation.
fn fits(noun: &Noun, row: &Endpoint, word: &str, how: Match) -> bool {
    if is_request(word) {
        return row.method.name() == word || word.strip_prefix('/').is_some_and(|path| is_below(row.path, path));
    }
    let word = word.to_lowercase();
    let texts =
        [noun.name, row.verb, row.operation, row.about, row.path].into_iter().chain(row.aliases.iter().copied());
    let mut words = texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let fits = |part: &str| match how {
        Match::Whole => part.strip_prefix(&word).is_some_and(|rest| matches!(rest, "" | "s")),
        Match::Beginning => part.starts_with(&word),
        Match::Part => part.contains(&word),
    };
    words.any(|part| fits(&part.to_lowercase()))
        || word.contains(['-', '_']) && (row.operation.contains(&word) || row.verb.contains(&word) || noun.name == word)
}

/// A method or a path.
fn is_request(word: &str) -> bool {
    word.starts_with('/') || ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&word)
}

/// Whether a path, with placeholders or with ids in their place, is the beginning of a template.
fn is_below(template: &str, path: &str) -> bool {
    let mut steps = template.trim_start_matches('/').split('/');
    let path = path.split('?').next().unwrap_or_default();
    path.trim_end_matches('/')
        .split('/')
        .all(|part| steps.next().is_some_and(|step| if step.starts_with('{') { part != "@me" } else { step == part }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str]) -> Vec<String> {
        search(words).iter().map(|(noun, row)| format!("{} {}", noun.name, row.verb)).collect()
    }

    #[test]
    fn endpoints_are_found_by_words_methods_and_paths() {
        assert_eq!(found(&["bulk", "ban"]), ["ban bulk-add"]);
        assert_eq!(found(&["GET", "/users/@me"])[..1], ["guild list"]);
        assert_eq!(found(&["PUT", "/guilds/123/bans/456"]), ["ban add"]);
        assert_eq!(found(&["DELETE", "/guilds/{guild_id}/bans/{user_id}"]), ["ban remove"]);
        assert_eq!(found(&["create_message"]), ["message send"]);
        assert_eq!(found(&["bulk-delete"]), ["message bulk-delete"]);
        let bans = found(&["ban"]);
        assert!(bans.contains(&"ban list".to_owned()) && bans.len() < 12, "no banners: {bans:?}");
        assert!(!found(&["banne"]).is_empty() && !found(&["anner"]).is_empty(), "where no word is whole");
        assert_eq!(found(&["nothing"]), [""; 0]);
        assert_eq!(found(&[]).len(), catalogue::endpoints().count());
    }
}
