//! Completion: the candidates for the word at the cursor, as answers to the completion scripts.
//!
//! The scripts in `completions/` run dcord with [`VARIABLE`] set to the name of the shell, and with the words up
//! to the cursor after `--`. Bash splits words at `=` and `:`, so its script passes the whole line and the part of
//! the word that bash will replace. The answer has one line for each candidate, followed by a tab and its help
//! (except in bash), or `<files>` if the shell should complete a path.
//!
//! The clap tree determines the kind of value at the cursor, and `names` finds the names of objects in the cache.

mod names;
mod shell;

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use super::page::GROUPS;
use super::tree::{self, Plain};
use super::typed::TARGETS;
use super::{globals, words};
use crate::cache;
use crate::catalogue::{self, Choice, Endpoint, Param, ParamKind, Place, choices, tasks};
use crate::config::profile;
use crate::gateway::intents;
use crate::model::shell::{split, unquoted};
use crate::model::{Entity, color};
use crate::output::{Format, clean};

/// The environment variable that the scripts set.
pub const VARIABLE: &str = "DCORD_COMPLETE";

/// Tells the script to complete a path, which shells do best themselves.
const FILES: &str = "<files>";

/// Returns the answer to a script. `args` are the arguments of the process. Without a `--`, the answer is empty.
pub fn answer(shell: &str, plain: impl Iterator<Item = Plain> + Clone, args: &[OsString]) -> String {
    let asked = args.iter().position(|a| a == "--").map_or(&[][..], |i| &args[i + 1..]);
    let mut line: Vec<String> = asked.iter().map(|a| a.to_string_lossy().into_owned()).collect();
    let mut typed = None;
    if shell == "bash" {
        let [text, piece] = &line[..] else { return String::new() };
        let (words, last) = split(text);
        typed = Some(shell::Typed::new(last, piece));
        line = words;
    }
    // PowerShell drops empty words, so its script sends a blank.
    if line.last().is_some_and(|word| word == " ") {
        line.pop();
        line.push(String::new());
    }
    // Fish passes the word at the cursor with its quotes.
    if shell == "fish"
        && let Some(last) = line.pop()
    {
        line.push(unquoted(&last));
    }
    let Some((current, before)) = line.split_last() else { return String::new() };
    let aliases = Aliases::of(before, |name| tree::is_command(plain.clone(), name));
    let mut candidates = candidates(plain, aliases.replaced.as_deref().unwrap_or(before), current);
    candidates.extend(aliases.offered.into_iter().filter(|(name, _)| begins(name, current)));
    if candidates.iter().any(|(name, _)| name.ends_with(FILES)) {
        return FILES.to_owned();
    }
    if typed.is_some() {
        shell::keep_typed(&mut candidates, current);
    }
    let lines = candidates.iter().map(|(name, help)| match &typed {
        Some(typed) => typed.replacement(name),
        None => format!("{name}\t{}", clean::line(help)),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What the aliases in `config.toml` mean for a line.
#[derive(Default)]
struct Aliases {
    /// The words before the cursor, with the alias replaced.
    replaced: Option<Vec<String>>,
    /// The aliases, if the cursor is at the name of the command.
    offered: Vec<(String, String)>,
}

impl Aliases {
    /// Reads the configuration file only if the line has no command yet, or an unknown one. Without a readable file,
    /// there are no aliases.
    fn of(before: &[String], is_command: impl Fn(&str) -> bool) -> Self {
        // The word at the cursor, which may be the value of an option, counts as any word.
        let line: Vec<String> = before.iter().skip(1).cloned().chain(["x".to_owned()]).collect();
        let Some(at) = words::first(&line).map(|at| at + 1) else { return Self::default() };
        let Some(name) = before.get(at) else {
            let usable = profile::aliases().unwrap_or_default().into_iter();
            let usable = usable.filter(|alias| alias.words().is_ok() && !is_command(&alias.name));
            return Self { offered: usable.map(|alias| (alias.name, alias.text)).collect(), replaced: None };
        };
        if is_command(name) {
            return Self::default();
        }
        let words = profile::alias(name).ok().flatten().and_then(|alias| alias.words().ok());
        let replaced = words.map(|words| [&before[..at], &words, &before[at + 1..]].concat());
        Self { replaced, offered: Vec::new() }
    }
}

/// Returns the candidates for the word `current` after the words `before`, each with its help.
fn candidates(plain: impl Iterator<Item = Plain>, before: &[String], current: &str) -> Vec<(String, String)> {
    let path = words::called(before.get(1..).unwrap_or_default());
    // A repeated option must not hide the words after it.
    let mut root = equip(tree::along(plain, &path), None).ignore_errors(true).args_override_self(true);
    // clap's engine expects a value after a flag whose value must follow `=`.
    let bare = |word: &&String| {
        let flag = word.strip_prefix("--");
        !flag.is_some_and(|name| needs_equals(&root, &path, name))
    };
    let mut typed: Vec<OsString> = before.iter().filter(bare).map(OsString::from).collect();
    typed.push(current.into());
    let at = typed.len() - 1;
    let found = complete(&mut root, typed, at, None).unwrap_or_default();
    let dashed = current.starts_with('-');
    let mut candidates = Vec::with_capacity(found.len());
    for candidate in &found {
        let name = candidate.get_value().to_string_lossy().into_owned();
        if let Some((head, wanted)) = name.split_once(names::NAMES) {
            let typed = current.get(head.len()..).unwrap_or_default();
            let names = names::fitting(&mut root, before, wanted, typed);
            candidates.extend(names.into_iter().map(|(name, help)| (format!("{head}{name}"), help)));
            continue;
        }
        let help = match name.as_str() {
            "-h" | "--help" => "Print help".to_owned(),
            _ => candidate.get_help().map(ToString::to_string).unwrap_or_default(),
        };
        // Flags are offered only after a dash, because they would outnumber the commands.
        if dashed || !(name.starts_with("--") || name.len() == 2 && name.starts_with('-')) {
            candidates.push((name, help.lines().next().unwrap_or_default().to_owned()));
        }
    }
    if dashed {
        // The flags of the command precede those of all commands.
        let shared: Vec<Arg> = globals::everywhere().collect();
        let is_shared = |name: &str| {
            let name = name.trim_start_matches('-').trim_end_matches('=');
            name == "help"
                || shared.iter().any(|arg| {
                    arg.get_long() == Some(name) || arg.get_short().is_some_and(|short| name == short.to_string())
                })
        };
        candidates.sort_by_cached_key(|(name, _)| is_shared(name));
    } else if path.is_empty() {
        // The order is that of help: nouns by subject, then tools.
        let nouns: Vec<&str> = GROUPS.iter().flat_map(|(_, nouns)| nouns.iter().copied()).collect();
        candidates.sort_by_key(|(name, _)| nouns.iter().position(|noun| noun == name).unwrap_or(usize::MAX));
    }
    candidates
}

fn needs_equals(root: &Command, path: &[String], flag: &str) -> bool {
    let mut command = root;
    let mut found = false;
    for word in std::iter::once(None).chain(path.iter().map(Some)) {
        if let Some(word) = word {
            let Some(next) = command.find_subcommand(word) else { break };
            command = next;
        }
        found |= command.get_arguments().any(|a| a.get_long() == Some(flag) && a.is_require_equals_set());
    }
    found
}

/// Adds the possible values to all arguments of this command and its subcommands.
fn equip(command: Command, endpoint: Option<&'static Endpoint>) -> Command {
    let name = command.get_display_name().and_then(|name| name.split_once(' '));
    let endpoint = name.and_then(|(noun, verb)| catalogue::find(noun, verb)).or(endpoint);
    let name = command.get_name().to_owned();
    command.mut_args(|arg| with_values(arg, &name, endpoint)).mut_subcommands(|c| equip(c, endpoint))
}

fn with_values(arg: Arg, command: &str, endpoint: Option<&'static Endpoint>) -> Arg {
    let id = arg.get_id().as_str();
    match (command, id) {
        ("listen", "event") => {
            let given = intents::INTENTS.iter().flat_map(|i| i.events.iter().copied());
            let mut names: Vec<_> = given.chain(["READY", "RESUMED", "INTERACTION_CREATE"]).collect();
            names.sort_unstable();
            names.dedup();
            return one(arg, names);
        }
        ("listen", "intents") => {
            let names = intents::INTENTS.iter().map(|i| i.name).chain(["all", "unprivileged"]);
            return several(arg, names.map(|name| (name, "")).collect());
        }
        ("list" | "get" | "clear" | "policy", "kind") if endpoint.is_none() => {
            return one(arg, cache::Kind::ALL.map(cache::Kind::name).to_vec());
        }
        ("explain", "what") => return one(arg, catalogue::shapes::topics().map(|topic| topic.name).collect()),
        ("help" | "man", "word" | "command") => return one(arg, catalogue::NOUNS.iter().map(|n| n.name).collect()),
        ("endpoints", "word") => return computed(arg, task_words),
        _ => {}
    }
    let names = match id {
        "output" => Format::NAMES.to_vec(),
        "token-type" => vec!["bot", "bearer"],
        "ca" => vec!["builtin", "native"],
        globals::PING => vec!["users", "roles", "everyone", "none", names::marker(Entity::Any)],
        globals::UNSET => {
            let fields = endpoint.into_iter().flat_map(Endpoint::all_params);
            fields.filter(|p| p.nullable && p.place == Place::Body).map(|p| p.name).collect()
        }
        _ => Vec::new(),
    };
    if !names.is_empty() {
        return one(arg, names);
    }
    let of_porcelain = match id {
        TARGETS if endpoint.is_some_and(|e| !e.is_local()) => Some(names::TARGET),
        globals::GUILD => Some(names::marker(Entity::Guild)),
        "channel" if endpoint.is_none() => Some(names::marker(Entity::Channel)),
        "user" | "author" if endpoint.is_none() => Some(names::marker(Entity::User)),
        _ => None,
    };
    if let Some(marker) = of_porcelain {
        return one(arg, vec![marker]);
    }
    let is_of_arg = |p: &&Param| if id == TARGETS { p.positional } else { p.has_flag() && p.flag() == id };
    let param = endpoint.and_then(|e| e.all_params().find(is_of_arg));
    match param.map(|p| p.kind) {
        Some(ParamKind::Boolean) => one(arg, vec!["true", "false"]),
        Some(ParamKind::Enum(choices)) => choice(arg, choices),
        Some(ParamKind::Flags(choices)) => several(arg, choices.iter().map(described).collect()),
        Some(ParamKind::Permissions) => several(arg, choices::PERMISSIONS.iter().map(described).collect()),
        Some(ParamKind::Color) => computed(arg, colors),
        Some(ParamKind::EmojiName | ParamKind::Emoji) => computed(arg, names::standard_emojis),
        Some(ParamKind::Cursor(_)) => computed(arg, |_| times(PAST)),
        Some(ParamKind::Timestamp) => {
            let is_past = param.is_some_and(|p| matches!(p.place, Place::Query | Place::Filter(_)));
            computed(arg, if is_past { |_| times(PAST) } else { |_| times(FUTURE) })
        }
        Some(ParamKind::Snowflake(entity) | ParamKind::Target(entity)) if names::are_known(entity) => {
            one(arg, vec![names::marker(entity)])
        }
        Some(ParamKind::Button) => {
            one(arg, vec!["Approve=approve", "danger:Reject=reject", "Details=https://example.com"])
        }
        Some(ParamKind::Image(_) | ParamKind::File) => path(arg),
        Some(ParamKind::Json) => {
            let example =
                endpoint.zip(param).and_then(|(endpoint, param)| catalogue::shapes::template(endpoint, param));
            one(arg, example.into_iter().collect())
        }
        Some(_) => arg,
        None if param.is_none() && id.ends_with("-file") => path(arg),
        None => match arg.get_value_hint() {
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath => path(arg),
            _ => arg,
        },
    }
}

/// Returns the words of tasks that start with the typed text.
fn task_words(typed: &str) -> Vec<(String, String)> {
    let words = tasks::TASKS.iter().flat_map(|task| task.phrases().map(move |word| (word, task.line)));
    // Without a typed letter there would be hundreds.
    let fitting = words.filter(|(word, _)| !typed.is_empty() && !word.contains(' ') && begins(word, typed));
    let mut found: Vec<(String, String)> = Vec::new();
    for (word, line) in fitting {
        // A word of several tasks is one candidate.
        if found.iter().all(|(other, _)| other != word) {
            found.push((word.to_owned(), line.to_owned()));
        }
    }
    found
}

/// Examples of times. Most are durations, the shortest way to write a time.
const PAST: &[(&str, &str)] =
    &[("1h", "an hour ago"), ("1d", "a day ago"), ("7d", "a week ago"), ("30d", "30 days ago")];
const FUTURE: &[(&str, &str)] =
    &[("10m", "in ten minutes"), ("1h", "in an hour"), ("1d", "in a day"), ("7d", "in a week")];

fn times(examples: &[(&str, &str)]) -> Vec<(String, String)> {
    let shown = |(span, about): &(&str, &str)| ((*span).to_owned(), format!("{about}; dates work too"));
    examples.iter().map(shown).collect()
}

fn colors(_: &str) -> Vec<(String, String)> {
    let rgb = |name: &str| color::parse(name).map(|rgb| format!("#{rgb:06x}")).unwrap_or_default();
    color::names().map(|name| (name.to_owned(), rgb(name))).collect()
}

/// Returns a choice with its meaning.
fn described(choice: &'static Choice) -> (&'static str, &'static str) {
    (choice.name, choice.about)
}

/// Completes an argument with values that are computed from the typed text, each with its help.
fn computed(arg: Arg, values: fn(&str) -> Vec<(String, String)>) -> Arg {
    arg.add(ArgValueCompleter::new(move |current: &OsStr| {
        let current = current.to_string_lossy();
        let fitting = values(&current).into_iter().filter(|(name, _)| begins(name, &current));
        fitting.map(|(name, help)| candidate(name, &help)).collect::<Vec<_>>()
    }))
}

fn candidate(name: impl Into<OsString>, help: &str) -> CompletionCandidate {
    let candidate = CompletionCandidate::new(name);
    if help.is_empty() { candidate } else { candidate.help(Some(help.to_owned().into())) }
}

/// Completes an argument with one of these names.
fn one(arg: Arg, names: Vec<&'static str>) -> Arg {
    arg.add(ArgValueCompleter::new(move |current: &OsStr| {
        let current = current.to_string_lossy();
        // A marker for names of objects is kept here, because `names` does the matching.
        let fitting = names.iter().filter(|name| begins(name, &current) || name.starts_with(names::NAMES));
        fitting.map(CompletionCandidate::new).collect::<Vec<_>>()
    }))
}

/// Completes an argument with one of these choices, by its name or by a short form that starts with the typed
/// text.
fn choice(arg: Arg, choices: &'static [Choice]) -> Arg {
    arg.add(ArgValueCompleter::new(move |current: &OsStr| {
        let current = current.to_string_lossy();
        let names = choices.iter().map(described);
        let short = choices.iter().flat_map(|c| choices::short_forms(c.name).iter().map(|form| (*form, c.about)));
        let fitting = names.chain(short.filter(|_| !current.is_empty())).filter(|(name, _)| begins(name, &current));
        fitting.map(|(name, about)| candidate(name, about)).collect::<Vec<_>>()
    }))
}

/// Completes an argument with a list of these names, separated by commas.
fn several(arg: Arg, names: Vec<(&'static str, &'static str)>) -> Arg {
    arg.add(ArgValueCompleter::new(move |current: &OsStr| {
        let current = current.to_string_lossy();
        let (given, last) = current.rsplit_once(',').map_or(("", &*current), |(given, last)| (given, last));
        let comma = if given.is_empty() { "" } else { "," };
        let is_new = |name: &str| begins(name, last) && !given.split(',').any(|g| g == name);
        let fitting = names.iter().filter(|(name, _)| is_new(name));
        fitting.map(|(name, about)| candidate(format!("{given}{comma}{name}"), about)).collect::<Vec<_>>()
    }))
}

/// Compares without regard to case.
fn begins(name: &str, typed: &str) -> bool {
    name.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed))
}

fn path(arg: Arg) -> Arg {
    arg.add(ArgValueCompleter::new(|_: &OsStr| vec![CompletionCandidate::new(FILES)]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(line: &str) -> Vec<String> {
        let (line, _) = split(line);
        let (current, before) = line.split_last().unwrap();
        candidates(std::iter::empty(), before, current).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn completion_lists_message_nouns_first_and_common_flags_last() {
        let names = |before: &[&str], current: &str| -> Vec<String> {
            let before: Vec<String> = before.iter().map(|word| (*word).to_owned()).collect();
            candidates(std::iter::empty(), &before, current).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&["dcord"], "")[..2], ["message", "reaction"]);
        let flags = names(&["dcord", "message", "send", "1"], "-");
        let place =
            |flag: &str| flags.iter().position(|name| name == flag).unwrap_or_else(|| panic!("{flag}: {flags:?}"));
        assert!(place("--content-file") < place("-o") && place("--ping") < place("--jq"), "{flags:?}");
    }

    #[test]
    fn nouns_and_verbs_complete() {
        assert_eq!(names("dcord mess"), ["message"]);
        assert_eq!(names("dcord message se"), ["send", "search"]);
        assert_eq!(names("dcord -o json --request-timeout=5s message se"), ["send", "search"]);
        assert!(names("dcord ").len() >= catalogue::NOUNS.len());
    }

    #[test]
    fn flags_complete_once_a_dash_is_typed() {
        assert_eq!(names("dcord message send 1 --con"), ["--content", "--content-file"]);
        assert!(names("dcord message send 1 ").is_empty());
        assert!(names("dcord message send 1 --embed.").len() > 10);
        assert_eq!(names("dcord message send 1 --outp"), ["--output"], "global ones too");
    }

    #[test]
    fn values_of_flags_complete() {
        assert_eq!(names("dcord channel create 1 x --type guild-f"), ["guild-forum"]);
        assert_eq!(names("dcord channel create 1 x --type=guild-f"), ["--type=guild-forum"]);
        assert_eq!(names("dcord channel create 1 x --type voi"), ["voice"], "a short form");
        assert!(!names("dcord channel create 1 x --type ").contains(&"voice".to_owned()));
        assert_eq!(names("dcord message search 1 --has link --has fi"), ["file"], "repeated ones");
        assert_eq!(names("dcord message search 1 --has -fi"), ["-file"]);
        assert_eq!(names("dcord message list 1 -o js"), ["jsonl", "json"]);
        assert_eq!(names("dcord message send 1 a --ping ev"), ["everyone"]);
        assert_eq!(names("dcord message send 1 a --ping users,ro"), ["users,roles"]);
        assert_eq!(names("dcord message send 1 a --tts=f"), ["--tts=false"]);
        assert_eq!(names("dcord message send 1 a --dry-run=c"), ["--dry-run=curl"]);
        assert!(names("dcord message send 1 --tts ").is_empty(), "its value needs an equals sign");
        assert_eq!(names("dcord message edit 1 2 --unset emb"), ["embeds"]);
    }

    #[test]
    fn values_complete_with_their_meaning() {
        let has = |line: &str, name: &str, help: &str| {
            let (words, _) = split(line);
            let (current, before) = words.split_last().unwrap();
            let found = candidates(std::iter::empty(), before, current);
            assert!(found.iter().any(|found| *found == (name.to_owned(), help.to_owned())), "{line}: {found:?}");
        };
        has("dcord role create 1 --color blur", "blurple", "#5865f2");
        has("dcord role create 1 --permissions speak,ban-m", "speak,ban-members", "Ban and unban members");
        has("dcord message send 1 --poll.emoji :tad", ":tada:", "🎉");
        has("dcord message list 1 --after ", "1d", "a day ago; dates work too");
        has("dcord member edit 1 2 --timeout 1", "10m", "in ten minutes; dates work too");
        assert!(names(r"dcord role create 1 --color \#ff").is_empty());
    }

    #[test]
    fn completion_in_a_list_continues_after_the_comma() {
        assert_eq!(names("dcord role create 1 --permissions view-ch"), ["view-channel"]);
        let more = names("dcord role create 1 --permissions view-channel,speak,view-c");
        assert_eq!(more, ["view-channel,speak,view-creator-monetization-analytics"], "those given are not offered");
    }

    #[test]
    fn a_repeated_option_does_not_hide_later_arguments() {
        assert_eq!(names("dcord message list 1 --limit 1 --limit 2 --befo"), ["--before"]);
        assert_eq!(names("dcord message send 1 --content a --content b --tts=f"), ["--tts=false"]);
        assert_eq!(names("dcord -o json message list -o json -o js"), ["jsonl", "json"]);
    }

    /// Generates a word of a line, known to dcord or not.
    fn word() -> impl Strategy<Value = String> {
        let known = [
            "dcord",
            "message",
            "send",
            "list",
            "role",
            "create",
            "channel",
            "webhook",
            "execute",
            "1",
            "",
            "--",
            "-",
            "--limit",
            "--limit=",
            "--limit=2",
            "--content",
            "--content-file",
            "--guild",
            "--guild=",
            "-o",
            "-ojs",
            "-q",
            "-vv",
            "-qv",
            "--verbose",
            "--dry-run",
            "--dry-run=",
            "--tts",
            "--tts=x",
            "--permissions",
            "speak,",
            "--embed.title",
            "--ping",
            "users,",
            "--unset",
            "--all",
            "--cached=",
            "#",
            "@bob",
            "<@1",
            "🦀",
        ];
        prop_oneof![
            4 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
            1 => any::<String>(),
            1 => "[-=,@#<>'\"\\\\ a-c]{0,6}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_line_or_cursor_position_makes_completion_panic(
            words in proptest::collection::vec(word(), 0..8), end in any::<prop::sample::Index>(),
        ) {
            let words = [vec!["dcord".to_owned()], words].concat();
            for shell in ["zsh", "fish", "elvish", "powershell", "other"] {
                let args = ["dcord", "--"].into_iter().chain(words.iter().map(String::as_str));
                answer(shell, std::iter::empty(), &args.map(OsString::from).collect::<Vec<_>>());
            }
            // Bash passes its line up to the cursor, which may be in the middle of a word.
            let line = words.join(" ");
            let line: String = line.chars().take(end.index(line.chars().count() + 1)).collect();
            for piece in [line.rsplit([' ', '=', ':']).next().unwrap(), "", "another"] {
                let args = ["dcord", "--", &line, piece].map(OsString::from);
                answer("bash", std::iter::empty(), &args);
            }
        }
    }

    #[test]
    fn the_shell_completes_paths() {
        for line in [
            "dcord message send 1 --content-file ./no",
            "dcord message send 1 --file ",
            "dcord message send 1 --file=no",
            "dcord emoji create 1 --image pic",
            "dcord message send 1 --token-file x",
        ] {
            assert!(names(line).iter().all(|name| name.ends_with(FILES)), "{line}");
            assert_eq!(names(line).len(), 1, "{line}");
        }
    }

    #[test]
    fn deprecated_commands_complete_only_if_nothing_else_matches() {
        assert_eq!(names("dcord pin list"), ["list"]);
        assert_eq!(names("dcord pin list-l"), ["list-legacy"]);
    }

    #[test]
    fn bash_receives_only_the_part_of_the_word_that_it_replaces() {
        let ask = |line: &str, piece: &str| {
            let args = ["dcord", "--", line, piece].map(OsString::from);
            answer("bash", std::iter::empty(), &args)
        };
        assert_eq!(ask("dcord message send 1 --dry-run=c", "c"), "curl");
        assert_eq!(ask("dcord message send 1 --dry-run=", ""), "request\ncurl");
        assert_eq!(ask("dcord mess", "mess"), "message");
        assert_eq!(ask("dcord message send 1 'open #", "#"), "");
    }
}
