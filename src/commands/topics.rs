//! The topics of `dcord help`. Their texts are in files in this folder. Paragraphs are wrapped to the width of the
//! page, and indented lines are printed unchanged.

use crate::catalogue::choices;
use crate::config::env::VARIABLES;

/// A help page about a subject instead of a command.
pub struct Topic {
    pub name: &'static str,
    /// Words and phrases that find the topic, separated by commas.
    pub phrases: &'static str,
    pub about: &'static str,
    text: &'static str,
}

const fn topic(name: &'static str, phrases: &'static str, about: &'static str, text: &'static str) -> Topic {
    Topic { name, phrases, about, text }
}

/// Every topic, in the order in which help lists them.
pub static TOPICS: &[Topic] = &[
    topic(
        "start",
        "setup, set up, getting started, install, init, first steps, join server, introduction, quickstart, authenticate",
        "Create a bot or a webhook and send a first message",
        include_str!("topics/start.txt"),
    ),
    topic(
        "terms",
        "glossary, terminology, vocabulary, words, concepts",
        "The words that Discord and dcord use",
        include_str!("topics/terms.txt"),
    ),
    topic(
        "output",
        "json, jsonl, json lines, format, formats, csv output, colors, jq, quiet output, output format, fields, filters, \
         stdout",
        "Output formats, fields and filters",
        include_str!("topics/output.txt"),
    ),
    topic(
        "errors",
        "error, json errors, error messages, error format, stderr, warnings, logging, log file, verbose, debug",
        "Messages on standard error, as text or as JSON",
        include_str!("topics/errors.txt"),
    ),
    topic(
        "ci",
        "cd, pipeline, continuous integration, github actions, gitlab, gitlab ci, jenkins, cron, cron job, crontab, \
         systemd, timer unit, automation, scripting, scripts, script, shell script",
        "Use dcord in CI, cron jobs, systemd units and scripts",
        include_str!("topics/ci.txt"),
    ),
    topic(
        "targets",
        "target, how to name a channel, names and ids, mention syntax, addressing",
        "How to name channels, people and messages",
        include_str!("topics/targets.txt"),
    ),
    topic(
        "values",
        "value, time format, date format, time span, spans, arguments, quoting, json values",
        "How to write text, files, times and lists",
        include_str!("topics/values.txt"),
    ),
    topic(
        "permissions",
        "permission names, list of permissions",
        "The names of permissions and what they allow",
        include_str!("topics/permissions.txt"),
    ),
    topic(
        "secrets",
        "token, tokens, credentials, secret, password, keyring, token wrong, invalid token",
        "Where tokens and webhook URLs come from",
        include_str!("topics/secrets.txt"),
    ),
    topic(
        "profiles",
        "profile, config, configure, configuration, config file, config.toml, rights, rules, read only, allow, deny, \
         allowlist, restrict, allowed commands, allowed servers, allowed channels, audit log file",
        "Defaults and rules in config.toml",
        include_str!("topics/profiles.txt"),
    ),
    topic(
        "aliases",
        "alias, shortcut, shortcuts, abbreviation, abbreviations, custom command, own command",
        "Your own names for command lines",
        include_str!("topics/aliases.txt"),
    ),
    topic(
        "extensions",
        "extension, plugin, plugins, addon, add-on, subcommand, own subcommand, write a command",
        "Add commands to dcord with your own programs",
        include_str!("topics/extensions.txt"),
    ),
    topic(
        "pagination",
        "pages, paging, next page, cursor, all pages, paginate",
        "How to print more than one page of a list",
        include_str!("topics/pagination.txt"),
    ),
    topic(
        "each",
        "for each line, foreach, journal, resume a job, mass actions, bulk actions, xargs, parallel, csv import",
        "Run a command once for each line of a file",
        include_str!("topics/each.txt"),
    ),
    topic(
        "listen",
        "intent, intents, privileged intents, gateway events, events, consumers",
        "Events, intents and durable listeners",
        include_str!("topics/listen.txt"),
    ),
    topic(
        "exit-codes",
        "exit code, exit status, error codes, return code, status code",
        "What each exit status means",
        EXIT_CODES,
    ),
    topic(
        "environment",
        "variables, env, environment variables, proxy, http proxy, settings, retries",
        "The environment variables that dcord reads",
        "dcord reads these environment variables:\n",
    ),
];

const EXIT_CODES: &str = include_str!("topics/exit-codes.txt");

pub fn find(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

/// The topic with this word or phrase.
pub fn called(phrase: &str) -> Option<&'static Topic> {
    let phrase = phrase.to_lowercase();
    TOPICS.iter().find(|topic| topic.phrases.split(", ").any(|known| known == phrase))
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
    fn every_phrase_belongs_to_one_topic() {
        let mut seen = std::collections::HashSet::new();
        for phrase in TOPICS.iter().flat_map(|topic| topic.phrases.split(", ").chain([topic.name])) {
            assert!(seen.insert(phrase) && phrase == phrase.to_lowercase().trim(), "{phrase:?}");
        }
    }

    #[test]
    fn the_lines_of_topics_fit_into_80_columns() {
        for topic in TOPICS {
            for line in topic.text().lines().filter(|line| line.starts_with(' ')) {
                assert!(line.chars().count() <= 80, "{}: {line}", topic.name);
            }
        }
    }
}
