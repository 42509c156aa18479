//! The topics of `dcord help`. Their texts stand in files beside this one: paragraphs are wrapped to the width of the
//! page, and indented lines are printed as they are.

use crate::catalogue::choices;
use crate::config::env::VARIABLES;

/// A page of help that is about no single command.
pub struct Topic {
    pub name: &'static str,
    pub about: &'static str,
    text: &'static str,
}

const fn topic(name: &'static str, about: &'static str, text: &'static str) -> Topic {
    Topic { name, about, text }
}

/// Every topic, in the order in which help lists them.
pub static TOPICS: &[Topic] = &[
    topic("start", "Create a bot or a webhook and send a first message", include_str!("topics/start.txt")),
    topic("terms", "The words that Discord and dcord use", include_str!("topics/terms.txt")),
    topic("output", "Formats, filters, errors and dry runs", include_str!("topics/output.txt")),
    topic("targets", "How to name channels, people and messages", include_str!("topics/targets.txt")),
    topic("values", "How to type texts, files, times and lists", include_str!("topics/values.txt")),
    topic("permissions", "The names of permissions and what they allow", include_str!("topics/permissions.txt")),
    topic("secrets", "Tokens, webhook URLs and profiles", include_str!("topics/secrets.txt")),
    topic("pagination", "How to print long lists", include_str!("topics/pagination.txt")),
    topic("listen", "Events, intents and durable listeners", include_str!("topics/listen.txt")),
    topic("exit-codes", "What each exit status means", EXIT_CODES),
    topic("environment", "The variables that dcord reads", "dcord reads these environment variables:\n"),
];

const EXIT_CODES: &str = include_str!("topics/exit-codes.txt");

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
                assert!(line.chars().count() <= 80, "{}: {line}", topic.name);
            }
        }
    }
}
