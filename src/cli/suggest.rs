//! Suggestions for a command or an option that does not exist.

use std::fmt::Write as _;

use clap::Command;

use super::search::{Entry, search};
use super::tree::{self, Plain};
use crate::catalogue::tasks::{self, Instead};
use crate::catalogue::{self, Endpoint, Param, ParamKind, usage};
use crate::model::closest::closest;
use crate::model::shell;

/// The error for an unknown command or option.
#[derive(Debug, PartialEq, Eq)]
pub struct Unknown {
    pub message: String,
    /// One hint per line.
    pub hints: Vec<String>,
}

/// The maximum number of suggestions. People do not read more.
const MOST: usize = 3;

/// The nouns whose commands people use most, the first for a verb without a noun.
const MAIN: [&str; 5] = ["message", "channel", "guild", "member", "role"];

/// The error for words that are not a command. `others` are searched in addition to the catalogue.
pub fn command(plain: &[Plain], words: &[String], others: Vec<Entry>) -> Unknown {
    let (called, path) = tree::called(plain.iter().copied(), words);
    let wrong = &words[..words.len().min(path.len() + 1)];
    let mut message = format!("no command named {:?}", wrong.join(" "));
    let mut near = meant(plain, words);
    near.truncate(MOST);
    let program = words.get(path.len()).filter(|_| near.is_empty() && !path.is_empty());
    if let Some(hint) = program.and_then(|program| runs(&called, &path.join(" "), program)) {
        return Unknown { message, hints: vec![hint] };
    }
    let typed = words;
    let mut words: Vec<String> = typed.iter().take(2).map(|word| spelt(word)).collect();
    // A second word such as #general is not part of a task.
    let mut found = match typed {
        [_, target, ..] if path.is_empty() && is_target(target) => Vec::new(),
        _ => search(&words, others.clone()),
    };
    let mut targets = typed.get(words.len()..).unwrap_or_default();
    if found.is_empty() && words.len() > 1 {
        targets = typed.get(path.len().min(1) + 1..).unwrap_or_default();
        // One of the words is a command or a task, and the other its target: `unban ken`, `channel purge`.
        let task = &words[path.len().min(1)..][..1];
        found = search(task, others);
        if !(path.is_empty() && near.is_empty()) {
            found.retain(|entry| entry.is_called(task));
        } else if found.iter().any(|entry| has_verb(entry, &task[0])) {
            words.truncate(1);
        }
    }
    // A verb, or a word that people use for a task, is not misspelt.
    let is_verb = path.is_empty() && words.len() == 1 && found.iter().any(|entry| has_verb(entry, &words[0]));
    let is_task = || found.iter().any(|entry| entry.is_called(&words)) && read(&words).is_empty();
    if !is_known(&words[0]) && (is_verb || is_task()) {
        near.clear();
    }
    if !near.is_empty() {
        let _ = write!(message, "; did you mean {}?", either(&near));
    }
    let row_of = |called: &String| called.split_once(' ').and_then(|(noun, verb)| catalogue::find(noun, verb));
    let is_near = |entry: &Entry| entry.row.is_some() && near.iter().any(|called| row_of(called) == entry.row);
    let tells = |entry: &&Entry| near.is_empty() || entry.is_called(&words) && !is_near(entry);
    let mut found: Vec<&Entry> = found.iter().filter(tells).collect();
    // Of the commands with a verb, people mean those of the main nouns.
    if is_verb {
        let rank = |entry: &&Entry| {
            let noun = MAIN.iter().position(|noun| entry.line.split(' ').next() == Some(noun));
            (!has_verb(entry, &words[0]) || entry.is_task, noun.unwrap_or(MAIN.len()))
        };
        found.sort_by_key(rank);
    }
    found.sort_by_key(|entry| (!entry.is_called(&words), !entry.is_named(&words)));
    // `user edit` is the beginning of `user edit-me`, so other tasks that contain these words are not relevant.
    let begun = format!("{}-", words.join(" "));
    let is_begun = |entry: &&Entry| entry.row.is_some_and(|row| row.words().starts_with(&begun));
    if found.iter().any(is_begun) {
        found.retain(|entry| is_begun(entry) && !entry.is_task);
    }
    let mut rows = Vec::new();
    found.retain(|entry| {
        let is_new = entry.row.is_none_or(|row| entry.is_task || !rows.contains(&row));
        rows.extend(entry.row);
        is_new
    });
    let found = found.into_iter().take(MOST);
    let line = |entry: &Entry| match entry.row {
        Some(row) if row.words() == entry.line => usage::filled(row, targets).unwrap_or_else(|| entry.usage()),
        _ => entry.usage(),
    };
    let mut hints: Vec<String> = found.map(|entry| format!("{}: dcord {}", entry.about, line(entry))).collect();
    // The noun has only one verb, and the user may have omitted it before a target.
    if let ([noun], true, true) = (&path[..], hints.is_empty(), near.is_empty())
        && let Some([only]) = catalogue::noun(noun).map(|noun| noun.rows)
    {
        hints.push(format!("{}: dcord {}", only.about, usage::title(only)));
    }
    if let ([], [only]) = (&hints[..], &near[..])
        && let Some(row) = row_of(only)
    {
        let usage = usage::filled(row, typed.get(2..).unwrap_or_default()).unwrap_or_else(|| usage::required(row));
        let rest = usage.strip_prefix(&row.words()).unwrap_or_default();
        hints.push(format!("{}: dcord {only}{rest}", row.about));
    }
    if hints.is_empty() {
        hints.push(match path.is_empty() {
            true => "`dcord endpoints WORD` finds the command for a task".to_owned(),
            false => format!(
                "`dcord {} -h` lists its commands{}",
                path.join(" "),
                verbs(path.first().filter(|_| near.is_empty()))
            ),
        });
    }
    Unknown { message, hints }
}

/// Whether a word can only be a target or a text: `#general`, `@ada`, `<#1>`, an id, or several words.
fn is_target(word: &str) -> bool {
    word.starts_with(['#', '@', '<']) || word.contains(char::is_whitespace) || word.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the entry is a command of the catalogue with this verb, or with a verb for which this word is a synonym.
fn has_verb(entry: &Entry, word: &str) -> bool {
    entry.row.is_some_and(|row| readings(word).contains(&row.verb))
}

/// The commands that the user may mean, the most likely first.
fn meant(plain: &[Plain], typed: &[String]) -> Vec<String> {
    let words: Vec<String> = typed.iter().take(2).map(|word| spelt(word)).collect();
    let read = read(&words);
    if !read.is_empty() {
        return read;
    }
    let (command, path) = tree::called(plain.iter().copied(), &words);
    let names = command.get_subcommands().map(Command::get_name);
    let Some(wrong) = words.get(path.len()) else { return vec![path.join(" ")] };
    let singular = readings(wrong).into_iter().find(|name| path.is_empty() && catalogue::noun(name).is_some());
    let Some(near) = singular.or_else(|| closest(wrong, names)) else { return Vec::new() };
    // The plural of a noun alone means its list: `channels`.
    let list = "list".to_owned();
    let second = words.get(1).or_else(|| (near.len() < wrong.len()).then_some(&list));
    let verb = second.filter(|verb| path.is_empty() && catalogue::find(near, verb).is_some());
    let whole = path.iter().map(String::as_str).chain([near]).chain(verb.map(String::as_str));
    vec![whole.collect::<Vec<_>>().join(" ")]
}

/// The commands of the catalogue that one or two words may mean: in either order, in the plural, or as synonyms.
fn read(words: &[String]) -> Vec<String> {
    let pair = match words {
        [first, second, ..] => Some((first.as_str(), second.as_str())),
        // "send-message" and "message:send" are two words in one.
        [only] => only.split_once(['-', ':', '.', '/']),
        [] => None,
    };
    let Some((first, second)) = pair else { return Vec::new() };
    let mut found = Vec::new();
    for (noun, verb) in [(first, second), (second, first)] {
        for noun in readings(noun) {
            let verb = readings(verb).into_iter().find(|verb| catalogue::find(noun, verb).is_some());
            found.extend(verb.map(|verb| format!("{noun} {verb}")));
        }
    }
    found
}

/// Whether a word is the name of a noun, or another name of one.
fn is_known(word: &str) -> bool {
    readings(word).into_iter().any(|name| catalogue::noun(name).is_some())
}

/// `: list, get and add`, for a noun with few verbs.
fn verbs(noun: Option<&String>) -> String {
    const MOST_VERBS: usize = 8;
    let verbs: Vec<&str> = noun.and_then(|noun| catalogue::noun(noun)).map_or_else(Vec::new, |noun| {
        noun.rows.iter().filter(|row| row.deprecated.is_none()).map(|row| row.verb).collect()
    });
    match &verbs[..] {
        [before @ .., last] if verbs.len() <= MOST_VERBS => format!(": {} and {last}", before.join(", ")),
        _ => String::new(),
    }
}

/// A word, its singular, and the catalogue's synonyms for them.
fn readings(word: &str) -> Vec<&str> {
    let mut found = vec![word];
    if let Some(singular) = word.strip_suffix('s') {
        found.push(singular);
    }
    for known in found.clone() {
        let synonyms = tasks::SYNONYMS.iter().filter(|(name, _)| *name == known);
        found.extend(synonyms.flat_map(|(_, own)| own.iter().copied()));
    }
    found
}

/// A word in the catalogue's spelling: in lowercase, with dashes.
fn spelt(word: &str) -> String {
    let mut spelt = String::with_capacity(word.len());
    for (at, c) in word.char_indices() {
        // In `sendMessage`, each capital begins a word.
        if c.is_uppercase() && at > 0 && word.contains(char::is_lowercase) && !spelt.ends_with('-') {
            spelt.push('-');
        }
        spelt.extend(c.to_lowercase().map(|c| if c == '_' { '-' } else { c }));
    }
    spelt
}

/// An option from the command line.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    /// The option without its value.
    pub option: &'a str,
    /// The whole word.
    pub word: &'a str,
    /// The word before it.
    pub before: Option<&'a str>,
}

/// The error for an option that a command does not have. `words` are the words of the line that are not options.
pub fn option(plain: &[Plain], words: &[String], typed: &Typed<'_>) -> Unknown {
    let Typed { option, word: typed, before } = *typed;
    let (command, path) = tree::called(plain.iter().copied(), words);
    let name = option.trim_start_matches('-').replace('_', "-").to_lowercase();
    if option == "-=" {
        let message = format!("{} takes no value", typed.split('=').next().unwrap_or(typed));
        return Unknown { message, hints: Vec::new() };
    }
    let Some(first) = path.first() else {
        let hint = "put a command's options after its name: dcord message list CHANNEL --limit 5".to_owned();
        return Unknown { message: format!("unknown option {option} before the command"), hints: vec![hint] };
    };
    let row = path.get(1).and_then(|verb| catalogue::find(first, verb));
    if let Some(name) = number_for(&command, row, before).filter(|_| is_negative(typed)) {
        let message = format!("{name}: {typed:?} must not be negative");
        return Unknown { message, hints: Vec::new() };
    }
    let takes_text = row.is_some_and(|row| row.arguments().any(|p| p.kind == ParamKind::Text));
    if is_negative(typed) || is_text(typed) && takes_text {
        let message = format!("{typed:?} is read as an option, because it begins with a dash");
        let hint = match before.filter(|before| before.starts_with("--")) {
            Some(flag) => format!("as a value of {flag}, write {flag}={typed}"),
            None => {
                let what = if takes_text { "the text" } else { "it" };
                let words = path.join(" ");
                format!("put -- before {what}, after all options: dcord {words} … -- {}", shell::word(typed))
            }
        };
        return Unknown { message, hints: vec![hint] };
    }
    let called = path.join(" ");
    let mut message = format!("{called:?} has no option {option}");
    let line = tasks::instead_for(&row.map_or_else(|| path.join(" "), Endpoint::words), &name);
    if let Some(hint) = line.map(str::to_owned) {
        return Unknown { message, hints: vec![hint] };
    }
    let named = tasks::instead_of(&name).find_map(|instead| suggestion(&command, row, instead));
    let argument = || argument(row?, &name.to_uppercase());
    let near = || {
        let longs = command.get_arguments().flat_map(|arg| arg.get_long_and_visible_aliases().unwrap_or_default());
        closest(&name, longs).map(|near| format!("did you mean --{near}?"))
    };
    let of_subcommand = || of_subcommand(&command, &called, &name);
    // If the message says what to type, no hint is needed.
    let hints = match named.or_else(near).or_else(argument).or_else(of_subcommand) {
        Some(instead) => {
            _ = write!(message, "; {instead}");
            Vec::new()
        }
        None => {
            let list = format!("`dcord {called} -h` lists the options");
            task(row, &[first, &name]).into_iter().chain([list]).collect()
        }
    };
    Unknown { message, hints }
}

/// Whether a word is a number or span with a minus sign: `-5`, `-5m`. No option of dcord is a digit.
fn is_negative(typed: &str) -> bool {
    typed.strip_prefix('-').is_some_and(|rest| {
        let end = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        end.len() < rest.len() && end.len() <= 2
    })
}

/// The option or argument for which a number is intended: the option before the number, or otherwise the argument
/// that takes a number, a time span or a time.
fn number_for(command: &Command, row: Option<&'static Endpoint>, before: Option<&str>) -> Option<String> {
    let long = before.and_then(|before| before.strip_prefix("--"));
    let is_option = |arg: &&clap::Arg| {
        let names = arg.get_long_and_visible_aliases().unwrap_or_default();
        arg.get_action().takes_values() && long.is_some_and(|long| names.contains(&long))
    };
    if let Some(arg) = command.get_arguments().find(is_option) {
        let is_text = arg.get_value_names().is_some_and(|names| names.iter().any(|name| name == "TEXT"));
        return before.filter(|_| !is_text).map(str::to_owned);
    }
    let is_number = |param: &&Param| {
        matches!(param.kind, ParamKind::Timestamp | ParamKind::Cursor(_) | ParamKind::Integer | ParamKind::Number)
    };
    row.and_then(|row| row.arguments().find(is_number)).map(Param::label)
}

/// Whether an argument that begins with a dash is more likely a text than an option: `- item`, `-5 degrees`.
fn is_text(typed: &str) -> bool {
    let name = typed.split('=').next().unwrap_or_default();
    let begins_like_one = name.trim_start_matches('-').starts_with(|c: char| c.is_ascii_alphabetic());
    !begins_like_one || name.starts_with("--") && name.contains(char::is_whitespace)
}

/// The subcommands that have an option which the user put before them.
fn of_subcommand(command: &Command, called: &str, name: &str) -> Option<String> {
    let has = |command: &&Command| command.get_arguments().any(|arg| arg.get_long() == Some(name));
    let commands: Vec<_> = command.get_subcommands().filter(has).map(Command::get_name).collect();
    let lines: Vec<_> = commands.iter().map(|verb| format!("dcord {called} {verb} --{name}")).collect();
    (1..=MOST).contains(&lines.len()).then(|| format!("put it after the subcommand: {}", lines.join(" or ")))
}

/// The command line that runs a program with the subcommand for this, if the user omitted the subcommand.
fn runs(command: &Command, called: &str, program: &str) -> Option<String> {
    let takes_program = |command: &&Command| command.get_arguments().any(clap::Arg::is_trailing_var_arg_set);
    let run = command.get_subcommands().find(takes_program)?;
    let about = run.get_about()?;
    Some(format!("{about}: dcord {called} {} -- {}", run.get_name(), shell::word(program)))
}

/// An argument that a command does not take.
pub struct Extra<'a> {
    pub word: &'a str,
    /// The words after those of the command, which are neither options nor values of global options.
    pub typed: &'a [String],
    /// Whether the line has options, whose values may be among the words.
    pub has_options: bool,
}

/// The error for an argument of a command that takes fewer or no arguments.
pub fn unexpected(command: &Command, called: &str, extra: &Extra<'_>) -> Unknown {
    let Extra { word, typed, has_options } = *extra;
    let labels: Vec<String> = command.get_positionals().map(label).collect();
    // A command that takes a text or a command may get a misspelt command as its text.
    let verbs = || command.get_subcommands().map(Command::get_name);
    let near = typed.iter().find_map(|typed| closest(typed, verbs()).map(|verb| (typed, verb)));
    let takes = match &labels[..] {
        [] => "takes no arguments".to_owned(),
        [only] => format!("takes one {only}"),
        [before @ .., last] => format!("takes only {} and {last}", before.join(", ")),
    };
    let mut hints = Vec::new();
    if labels.iter().any(|label| label == "TEXT") {
        let quoted = match (has_options, typed) {
            // Without options, all words are text.
            (false, [_, ..]) => shell::word(&typed.join(" ")).into_owned(),
            _ => "'several words'".to_owned(),
        };
        hints.push(format!("quote text that contains spaces: dcord {called} {quoted}"));
    }
    if let Some((typed, verb)) = near {
        let message =
            format!("no command named {:?}; did you mean {:?}?", [called, typed].join(" "), [called, verb].join(" "));
        return Unknown { message, hints };
    }
    if command.get_arguments().any(|arg| arg.get_long() == Some("channel")) && labels.is_empty() {
        hints.push(format!("to name a channel, use --channel {}", shell::word(word)));
    }
    if hints.is_empty() {
        hints.push(format!("`dcord {called} -h` shows the usage"));
    }
    Unknown { message: format!("unexpected argument {word:?}: {called:?} {takes}"), hints }
}

/// The name of a positional argument.
fn label(arg: &clap::Arg) -> String {
    arg.get_value_names().map(|names| names.join(" ")).unwrap_or_default()
}

/// The command line of a task that belongs to this command and matches these words.
fn task(row: Option<&'static Endpoint>, words: &[&str]) -> Option<String> {
    let found = search(words, Vec::new()).into_iter();
    let task = found.filter(|entry| entry.is_task).find(|entry| entry.row.is_some() && entry.row == row)?;
    Some(format!("{}: dcord {}", task.about, task.line))
}

/// The suggestion, if it applies to the command.
fn suggestion(command: &Command, row: Option<&'static Endpoint>, instead: &Instead) -> Option<String> {
    match instead {
        Instead::Flag(flag) => {
            let name = flag.trim_start_matches("--").split([' ', '=', ',']).next().unwrap_or_default();
            let has = |arg: &clap::Arg| arg.get_long_and_visible_aliases().is_some_and(|longs| longs.contains(&name));
            command.get_arguments().any(has).then(|| format!("use {flag}"))
        }
        Instead::Argument(label) => argument(row?, label),
        Instead::For(..) => None,
        Instead::With(label, text) => argument(row?, label).map(|_| (*text).to_owned()),
        Instead::Text(text) => Some((*text).to_owned()),
    }
}

/// How to pass the argument with this name, if the command has it.
fn argument(row: &'static Endpoint, label: &str) -> Option<String> {
    let usage = usage::title(row);
    let has = usage.split(' ').skip(2).any(|word| word.trim_matches(['[', ']']) == label);
    has.then(|| format!("give {label} as an argument: dcord {usage}"))
}

/// `"a", "b" or "c"`
fn either(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    match &names[..] {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(line: &str) -> Vec<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let listen = Plain { name: "listen", about: "", args: |command| command };
        meant(&[listen], &words)
    }

    #[test]
    fn misspelt_plural_swapped_and_joined_words_are_recognised() {
        for (line, meant) in [
            ("mesage send", "message send"),
            ("message sned", "message send"),
            ("messages list", "message list"),
            ("send message", "message send"),
            ("Message Send", "message send"),
            ("send_message", "message send"),
            ("sendMessage", "message send"),
            ("message:send", "message send"),
            ("server list", "guild list"),
            ("servers ls", "guild list"),
            ("message rm", "message delete"),
            ("channel new", "channel create"),
            ("role modify", "role edit"),
            ("event create", "scheduled-event create"),
            ("emojis", "emoji list"),
            ("channels", "channel list"),
            ("lisen", "listen"),
        ] {
            assert_eq!(near(line).first().map(String::as_str), Some(meant), "{line}: {:?}", near(line));
        }
        assert_eq!(near("xyzzy"), [""; 0]);
    }

    #[test]
    fn a_verb_without_a_noun_suggests_the_commands_of_the_main_nouns_with_the_typed_targets() {
        let hints = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            command(&[], &words, Vec::new()).hints
        };
        assert_eq!(hints(&["send", "#g", "hi"])[0], "Send a message to a channel: dcord message send '#g' hi");
        assert_eq!(hints(&["send"])[0], "Send a message to a channel: dcord message send CHANNEL [CONTENT]");
        let listed = hints(&["ls"]);
        for command in ["dcord message list CHANNEL", "dcord channel list [SERVER]", "dcord guild list"] {
            assert!(listed.iter().any(|hint| hint.ends_with(command)), "{command}: {listed:?}");
        }
        assert!(hints(&["purge", "#g"])[0].contains("dcord message purge"));
    }

    #[test]
    fn an_argument_with_a_dash_that_cannot_be_an_option_is_text() {
        for text in ["- item", "-5 degrees", "--- hi", "---", "--bold move", "-- item", "-ä"] {
            assert!(is_text(text), "{text}");
        }
        for option in ["-f", "-fMy file", "--title", "--title=My text", "--embed.title"] {
            assert!(!is_text(option), "{option}");
        }
    }

    #[test]
    fn an_unknown_option_suggests_the_one_that_the_command_has() {
        let unknown = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let (last, before) = words.split_last().unwrap();
            option(&[], before, &Typed { option: last, word: last, before: None })
        };
        let message = |line: &str| unknown(line).message;
        for (line, end) in [
            ("channel edit --cooldown", "use --rate-limit-per-user"),
            ("audit-log list --kind", "use --action-type"),
            ("ban add --delete-days", "use --delete-messages 1d"),
            ("message send --text", "give CONTENT as an argument: dcord message send CHANNEL [CONTENT]"),
            ("message send --contnet", "did you mean --content?"),
            ("message send --title", "use --embed.title"),
            ("message send --channel", "give CHANNEL as an argument: dcord message send CHANNEL [CONTENT]"),
            ("member edit --nickname", "use --nick"),
            ("message send --dry", "use --dry-run"),
            ("message send --curl", "use --dry-run=curl"),
            ("message send --buttons", "use --button LABEL=ID"),
            (
                "user edit-me --status",
                "a bot shows a status only while it listens: dcord listen --status idle --activity TEXT",
            ),
            (
                "command create --option",
                "use --option.name NAME --option.type string --option.description TEXT, for each option",
            ),
            ("message list --format", "use --output"),
            ("message list --count", "use --limit"),
            (
                "webhook send --url",
                "use -o url to print the message's link; the webhook comes from DCORD_WEBHOOK_URL, or from env:NAME before the text",
            ),
            ("message send --url", "use -o url to print the link"),
            ("webhook send --link", "use -o url to print the link"),
            ("webhook send --no-wait", "use --wait=false"),
            ("webhook send --split", "use --overflow split"),
            (
                "message send --description",
                "use --file PATH#DESCRIPTION to describe a file, or --embed.description for an embed",
            ),
            ("webhook send --alt", "use --file PATH#DESCRIPTION"),
            ("webhook send --idempotency-key", "use --key"),
            ("webhook send --nonce", "use --key"),
            ("webhook send --role", "use --ping"),
            ("webhook send --stdin", "write - as the text to read it from standard input"),
            ("message list --json", "use -o json, or -o jsonl for one object per line"),
            ("message get --message", "give MESSAGE as an argument: dcord message get CHANNEL MESSAGE"),
        ] {
            assert!(message(line).ends_with(&format!("; {end}")), "{line}: {}", message(line));
        }
        for (line, hint) in [
            ("message list --author", "Read what a member wrote: dcord message search"),
            ("message list --from", "Read what a member wrote: dcord message search"),
            ("message delete --limit", "Delete several messages: dcord message search"),
            ("ban add --user-ids", "Ban several users: dcord ban bulk-add"),
        ] {
            assert!(unknown(line).hints[0].starts_with(hint), "{line}: {:?}", unknown(line));
        }
        assert_eq!(message("message get --zzzzzzzz"), r#""message get" has no option --zzzzzzzz"#);
    }
}
