//! `dcord endpoints` finds the command for a task or a request, and prints the catalogue for programs.

use clap::{Arg, ArgMatches, Command};
use serde_json::Value;

use super::find;
use crate::catalogue::{self, Endpoint, Noun};
use crate::cli::tree::Plain;
use crate::context::{self, Context};
use crate::error::Result;
use crate::output::View;

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord endpoints [WORD…]")
        .after_help(
            "Examples:\n  dcord endpoints timeout\n  dcord endpoints give role\n  dcord endpoints DELETE /channels\n  \
             dcord endpoints /guilds/123/bans/456\n  dcord endpoints -o json | jq length\n\n\
             Searches commands, their help, and the words that people use for tasks. If you give several\n\
             words, all must match. A method in capitals, or a path that begins with a slash, finds\n\
             the command for that request.\n\n\
             In a pipe, it prints one command per line: the command, a tab, and what it does. With -o json, it\n\
             prints the matching endpoints of Discord's API with their parameters.",
        )
        .arg(
            Arg::new("word")
                .num_args(0..)
                .value_name("WORD")
                .help("Words for the task, a method such as DELETE, or a path"),
        )
}

pub fn run(context: &Context, matches: &ArgMatches, plain: &[Plain]) -> Result<()> {
    let words: Vec<String> = matches.get_many::<String>("word").map(|w| w.cloned().collect()).unwrap_or_default();
    let (requests, spoken): (Vec<String>, Vec<String>) = words.iter().cloned().partition(|word| is_request(word));
    let fits = |row: &Endpoint| requests.iter().all(|request| is_request_of(row, request));
    let hits: Vec<_> = match &spoken[..] {
        [] => Vec::new(),
        _ => find::hits(context, plain, &spoken)?,
    };
    let mut rows: Vec<(&Noun, &Endpoint)> = match spoken[..] {
        [] => catalogue::endpoints().filter(|(_, row)| fits(row)).collect(),
        // Keeps the order of the hits.
        _ => {
            let of = |row: &'static Endpoint| catalogue::endpoints().find(|(_, own)| *own == row);
            let mut rows: Vec<_> = hits.iter().filter_map(|hit| of(hit.row?)).filter(|(_, row)| fits(row)).collect();
            let mut seen = Vec::new();
            rows.retain(|(_, row)| {
                !seen.contains(&row.operation) && {
                    seen.push(row.operation);
                    true
                }
            });
            rows
        }
    };
    // Endpoints for the path itself precede endpoints for longer paths.
    if spoken.is_empty() && !requests.is_empty() {
        rows.sort_by_key(|(_, row)| row.path.matches('/').count());
    }
    if !requests.is_empty() && rows.is_empty() {
        return Err(Box::new(find::none(plain, &words)).into());
    }
    let settings = &context.settings;
    if settings.output.is_some() || settings.flags.jq.is_some() || settings.flags.fields.is_some() {
        let found: Vec<Value> = rows.into_iter().map(|(noun, row)| catalogue::describe::endpoint(noun, row)).collect();
        let columns: &[&str] =
            if requests.is_empty() { &["command", "about"] } else { &["command", "method", "path", "about"] };
        return context.print_list(View { columns, id: Some("operation"), ..View::default() }, &found);
    }
    let of_row = |(noun, row): &(&Noun, &Endpoint)| {
        let about = match requests.is_empty() {
            true => row.about.to_owned(),
            false => format!("{} ({} {})", row.about, row.method.name(), row.request_path()),
        };
        (format!("{} {}", noun.name, row.verb), about)
    };
    let listed: Vec<(String, String)> = match requests.is_empty() && !spoken.is_empty() {
        true => hits.into_iter().map(|hit| (hit.line, hit.about)).collect(),
        false if words.is_empty() => catalogue::commands().map(|pair| of_row(&pair)).collect(),
        false => rows.iter().map(of_row).collect(),
    };
    let terminal = context::stdout_is_terminal() && !words.is_empty();
    context::print_text(&find::listed(&listed, terminal))?;
    let left_out = find::left_out(&listed);
    if terminal && left_out > 0 {
        context.console.note(format_args!("{left_out} more commands match; another word narrows the search"));
    }
    Ok(())
}

/// Whether an endpoint has this method or path.
fn is_request_of(row: &Endpoint, request: &str) -> bool {
    row.method.name() == request || request.strip_prefix('/').is_some_and(|path| is_below(row.path, path))
}

/// Whether a word is a method or a path.
fn is_request(word: &str) -> bool {
    word.starts_with('/') || ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&word)
}

/// Whether a path, with placeholders or with ids, is a prefix of a template.
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

    fn found(requests: &[&str]) -> Vec<String> {
        let fits = |row: &Endpoint| requests.iter().all(|request| is_request_of(row, request));
        let rows = catalogue::endpoints().filter(|(_, row)| fits(row));
        rows.map(|(noun, row)| format!("{} {}", noun.name, row.verb)).collect()
    }

    #[test]
    fn endpoints_are_found_by_method_and_path() {
        assert!(found(&["GET", "/users/@me"]).contains(&"guild list".to_owned()));
        assert_eq!(found(&["PUT", "/guilds/123/bans/456"]), ["ban add"]);
        assert_eq!(found(&["DELETE", "/guilds/{guild_id}/bans/{user_id}"]), ["ban remove"]);
        assert!(is_request("/x") && is_request("PATCH") && !is_request("patch") && !is_request("ban"));
    }
}
