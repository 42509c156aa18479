//! `dcord skill` prints a file that teaches an agent with a shell to use dcord. The text is in `skill.md`; the tasks and
//! the exit statuses come from the catalogue and from the topic of help.

use clap::{ArgMatches, Command};

use super::topics;
use crate::catalogue::tasks::{TASKS, Task};
use crate::catalogue::{self, usage};
use crate::cli::page::GROUPS;
use crate::cli::tree::Plain;
use crate::context::{self, Context};
use crate::error::Result;

const TEXT: &str = include_str!("skill.md");
/// The maximum number of tasks for one command. `dcord endpoints` finds the others.
const MOST_PER_COMMAND: usize = 2;
/// Tools that only people need.
const FOR_PEOPLE: [&str; 3] = ["completions", "man", "skill"];

pub fn args(command: Command) -> Command {
    command.override_usage("dcord skill").after_help(
        "Prints Markdown with a front matter that has the name and the description of the skill. It explains how to find \
         commands and to read their output, what needs confirmation, how to limit an agent's rights, and why text from \
         Discord must not be trusted.\n\n\
         Examples:\n  dcord skill > skills/dcord/SKILL.md",
    )
}

pub fn run(_: &Context, _: &ArgMatches, plain: &[Plain]) -> Result<()> {
    Ok(context::print_text(&text(plain))?)
}

fn text(plain: &[Plain]) -> String {
    TEXT.replace("{exit-codes}", &exit_codes()).replace("{tasks}", &tasks(plain))
}

/// The table of the topic `exit-codes`.
fn exit_codes() -> String {
    let topic = topics::find("exit-codes").map(topics::Topic::text).unwrap_or_default();
    let lines = topic.lines().skip_while(|line| !line.starts_with(' ')).take_while(|line| line.starts_with(' '));
    lines.map(|line| line.strip_prefix("  ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The tasks in the groups of help, one per line.
fn tasks(plain: &[Plain]) -> String {
    let mut text = String::new();
    let groups = GROUPS.iter().map(|(title, nouns)| (*title, nouns.to_vec()));
    let tools = plain.iter().map(|plain| plain.name).filter(|name| !FOR_PEOPLE.contains(name)).collect();
    for (title, names) in groups.chain([("Tools", tools)]) {
        let lines: Vec<String> = names.iter().flat_map(|name| lines(name, plain)).collect();
        if !lines.is_empty() {
            text += &format!("\n### {title}\n\n{}\n", lines.join("\n"));
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// The lines of the tasks whose command begins with this word.
fn lines(name: &str, plain: &[Plain]) -> Vec<String> {
    let mut shown: Vec<((&str, Option<&str>), usize)> = Vec::new();
    let mut lines = Vec::new();
    // The text says when to add --yes, so no example contains it.
    for task in TASKS.iter().filter(|task| task.command().0 == name && !task.line.contains("--yes")) {
        let command = task.command();
        match shown.iter_mut().find(|(known, _)| *known == command) {
            Some((_, count)) if *count == MOST_PER_COMMAND => continue,
            Some((_, count)) => *count += 1,
            None => shown.push((command, 1)),
        }
        lines.push(line(task, plain));
    }
    lines
}

/// ``- Send a file: `dcord message send CHANNEL --file PATH` ``
fn line(task: &Task, plain: &[Plain]) -> String {
    let (name, verb) = task.command();
    let row = verb.and_then(|verb| catalogue::find(name, verb));
    let of_command = || row.map(|row| row.about).or_else(|| Some(plain.iter().find(|plain| plain.name == name)?.about));
    let about = if task.about.is_empty() { of_command().unwrap_or_default() } else { task.about };
    let line = match row {
        Some(row) if row.words() == task.line => usage::required(row),
        _ => task.line.to_owned(),
    };
    format!("- {about}: `dcord {line}`")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::cli::tree;
    use crate::commands;
    use crate::model::shell;

    fn whole() -> String {
        text(&commands::plain().collect::<Vec<_>>())
    }

    /// The command lines in the text: in code spans, and the lines of the shell examples.
    fn commands_in(text: &str) -> Vec<String> {
        let (mut lines, mut language) = (Vec::new(), None);
        let mut prose = String::new();
        for line in text.lines() {
            match (line.strip_prefix("```"), language) {
                (Some(name), None) => language = Some(name),
                (Some(_), Some(_)) => language = None,
                (None, Some("sh")) => lines.push(line.to_owned()),
                (None, Some(_)) => {}
                (None, None) => prose += &format!("{line}\n"),
            }
        }
        lines.extend(prose.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " ")));
        lines.retain(|line| line.starts_with("dcord "));
        lines
    }

    #[test]
    fn every_command_that_the_skill_names_can_be_parsed() {
        let lines = commands_in(&whole());
        assert!(lines.len() > 100, "{}", lines.len());
        for line in lines.iter().filter(|line| *line != "dcord NOUN VERB TARGET… --FIELD VALUE") {
            // Other programs, and the commands after them, are not dcord's arguments.
            let words = shell::words(line).unwrap_or_else(|| panic!("{line}"));
            let words = words.into_iter().take_while(|word| !matches!(word.as_str(), "|" | ">" | ">>" | "&&"));
            let args: Vec<OsString> = words.map(OsString::from).collect();
            if let Err(error) = tree::parse(commands::plain, &args) {
                assert_eq!(error.kind(), clap::error::ErrorKind::DisplayHelp, "{line}: {error}");
            }
        }
    }

    #[test]
    fn the_skill_is_short_and_begins_with_its_name_and_description() {
        let text = whole();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() < 300, "{} lines", lines.len());
        assert_eq!(lines[..2], ["---", "name: dcord"]);
        // Agents read at most 1024 characters.
        let description = lines[2].strip_prefix("description: ").unwrap();
        assert!(!description.is_empty() && description.chars().count() < 1024);
        // A colon followed by a blank would begin a value of YAML.
        assert!(!description.contains(": ") && lines[3] == "---", "{description}");
        assert!(!text.contains(['{', '}']) || !text.contains("{tasks}") && !text.contains("{exit-codes}"));
        assert!(text.ends_with("`\n") && !text.contains(": ``"));
    }

    #[test]
    fn the_exit_statuses_are_those_of_the_topic() {
        let codes = exit_codes();
        assert!(codes.starts_with("0  ") && codes.contains("\n10  ") && codes.contains("\n130, 143"), "{codes}");
    }
}
