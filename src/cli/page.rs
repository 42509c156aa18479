//! The content of a command's help page. Help, man pages and `dcord explain` render it.

use clap::{Arg, Command};

use super::globals;
use super::help;
use super::tree::{self, Plain};
use crate::call::each;
use crate::catalogue::{self, Endpoint, Method, Noun, Param, ParamKind, Place, shapes, tasks, usage};
use crate::output::Format;

/// The help of one command.
#[derive(Debug, Default)]
pub struct Page {
    /// The full command, starting with `dcord`.
    pub name: String,
    pub about: String,
    pub usage: String,
    /// A paragraph with indented lines is not wrapped.
    pub paragraphs: Vec<String>,
    pub sections: Vec<Section>,
    /// Complete command lines, and comments that begin with `#`.
    pub examples: Vec<String>,
    /// The fields printed on stdout.
    pub prints: Option<String>,
    /// The HTTP method and path of the endpoint.
    pub discord: Option<String>,
    /// Other names of the command.
    pub aliases: Option<String>,
    /// The last paragraph of short help, which points to further help.
    pub more: String,
}

/// Entries under a heading.
#[derive(Debug)]
pub struct Section {
    pub title: String,
    pub entries: Vec<Entry>,
    /// The heading in short help, which several sections can share.
    pub short_title: &'static str,
    /// The entry that replaces all entries in short help.
    pub short: Option<Entry>,
}

impl Section {
    pub fn new(title: &str, entries: Vec<Entry>) -> Self {
        Self { title: title.to_owned(), entries, short_title: "", short: None }
    }

    /// The heading in short help, and the entry that replaces all others there.
    fn in_short(mut self, title: &'static str, short: Option<Entry>) -> Self {
        self.short_title = title;
        self.short = short;
        self
    }
}

/// A term and its explanation.
#[derive(Debug, PartialEq)]
pub struct Entry {
    pub term: String,
    pub text: String,
    pub short: Short,
}

/// How short help shows an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Short {
    /// Its term and its text, on a line.
    Line,
    /// Only its flag, in a list.
    Name,
    Nothing,
}

impl Entry {
    pub fn new(term: impl Into<String>, text: impl Into<String>) -> Self {
        Self { term: term.into(), text: text.into(), short: Short::Line }
    }
}

fn entry(term: impl Into<String>, text: impl Into<String>) -> Entry {
    Entry::new(term, text)
}

/// The nouns, grouped by subject.
pub const GROUPS: &[(&str, &[&str])] = &[
    ("Messages", &["message", "reaction", "pin", "poll", "webhook"]),
    ("Channels", &["channel", "permission", "thread", "invite", "voice", "stage", "soundboard"]),
    ("People", &["member", "ban", "role", "user", "join-request"]),
    (
        "Servers",
        &[
            "guild",
            "audit-log",
            "automod",
            "scheduled-event",
            "emoji",
            "sticker",
            "template",
            "integration",
            "onboarding",
            "welcome",
            "widget",
        ],
    ),
    (
        "Applications",
        &[
            "application",
            "app-emoji",
            "command",
            "guild-command",
            "command-permission",
            "interaction",
            "gateway",
            "oauth2",
            "role-connection",
            "entitlement",
            "sku",
            "subscription",
            "lobby",
            "identity",
            "partner",
        ],
    ),
];

/// The heading of the commands for new users.
pub const START: &str = "Start here";

const FIRST: &[(&str, &str)] = &[
    ("dcord sandbox demo", "See a message and its event, without an account"),
    ("dcord help start", "Create a bot or a webhook and send a first message"),
    ("dcord endpoints WORD", "Find the command for a task, such as timeout or export"),
    ("dcord help", "List the help topics, such as ci, errors and secrets"),
];

/// The page of dcord itself.
pub fn root(plain: impl Iterator<Item = Plain>) -> Page {
    let first = FIRST.iter().map(|(line, about)| entry(*line, *about));
    let mut sections = vec![Section::new(START, first.collect())];
    for (title, names) in GROUPS {
        let nouns = names.iter().filter_map(|name| catalogue::noun(name));
        let entries = nouns.map(|noun| entry(noun.name, noun.about)).collect();
        sections.push(Section::new(title, entries).in_short("Commands", Some(entry(*title, names.join(", ")))));
    }
    // In short help, the lines for new users already contain `dcord help`.
    let short = |name: &str| if name == "help" { Short::Nothing } else { Short::Line };
    let tools = plain.map(|p| Entry { short: short(p.name), ..entry(p.name, p.about) });
    sections.push(Section::new("Tools", tools.collect()));
    sections.push(global_options(|_| false));
    Page {
        name: "dcord".to_owned(),
        about: "Work with Discord from the command line".to_owned(),
        usage: "dcord COMMAND [TARGET…] [--FIELD VALUE…]".to_owned(),
        sections,
        examples: vec![
            "dcord message send '#general' 'Deploy finished'".to_owned(),
            "dcord channel list 'My Server'".to_owned(),
            "dcord listen -e MESSAGE_CREATE --jq .d.content".to_owned(),
        ],
        more: "Run `dcord COMMAND -h` for a summary or `dcord COMMAND --help` for details.".to_owned(),
        ..Page::default()
    }
}

/// The page of a noun.
pub fn noun(noun: &'static Noun) -> Page {
    let mut entries = Vec::new();
    for row in noun.rows {
        let mut line = entry(row.verb, row.about);
        let aliases = row.aliases.iter().filter_map(|alias| alias.strip_prefix(noun.name)?.strip_prefix(' '));
        let aliases = aliases.collect::<Vec<_>>().join(", ");
        if let Some(instead) = row.deprecated {
            line.text = format!("{} (deprecated: {instead})", row.about);
            line.short = Short::Nothing;
        } else if !aliases.is_empty() {
            line.text = format!("{} [alias: {aliases}]", row.about);
        }
        entries.push(line);
    }
    // Verbs of other nouns that users look for under this noun.
    for (verb, row) in tree::verbs(noun).skip(noun.rows.len()) {
        let words = row.words();
        if words.split(' ').next() != Some(noun.name) {
            entries.push(entry(verb, format!("{} (alias of `dcord {words}`)", row.about)));
        }
    }
    let sections = vec![Section::new("Commands", entries)];
    let about = |task: &tasks::Task| match task.command() {
        (noun, Some(verb)) if task.about.is_empty() => catalogue::find(noun, verb).map_or("", |row| row.about),
        _ => task.about,
    };
    let tasks = tasks::TASKS.iter().filter(|task| task.under.contains(&noun.name));
    let examples = tasks.flat_map(|task| [format!("# {}", about(task)), format!("dcord {}", task.line)]);
    Page {
        name: format!("dcord {}", noun.name),
        about: noun.about.to_owned(),
        usage: format!("dcord {} COMMAND [TARGET…] [--FIELD VALUE…]", noun.name),
        sections,
        examples: examples.collect(),
        more: format!(
            "`dcord {} COMMAND -h` shows the usage of a command. `dcord endpoints WORD` finds the command for a task.",
            noun.name
        ),
        ..Page::default()
    }
}

/// The page of an endpoint's command.
pub fn endpoint(endpoint: &'static Endpoint) -> Page {
    let mut sections = vec![Section::new("Targets", targets(endpoint))];
    let flags: Vec<&Param> = endpoint.all_params().filter(|p| p.has_flag()).collect();
    let (dotted, plain): (Vec<&Param>, Vec<&Param>) = flags.into_iter().partition(|p| p.name.contains('.'));
    let (queries, fields): (Vec<&Param>, Vec<&Param>) =
        plain.into_iter().partition(|p| matches!(p.place, Place::Query | Place::Path | Place::Filter(_)));
    let fields = Section::new("Fields", fields.iter().flat_map(|p| of_param(endpoint, p)).collect());
    sections.push(fields.in_short("Options", None));
    let mut prefixes: Vec<&str> = dotted.iter().map(|p| prefix(p)).collect();
    prefixes.dedup();
    for (i, name) in prefixes.iter().enumerate() {
        if prefixes[..i].contains(name) {
            continue;
        }
        let these: Vec<&Param> = dotted.iter().copied().filter(|p| prefix(p) == *name).collect();
        let flag = name.replace('_', "-");
        let parts: Vec<String> = these.iter().map(|p| p.flag()[flag.len() + 1..].to_owned()).collect();
        let mut short = entry(format!("--{flag}.…"), parts.join(", "));
        if these.iter().all(|p| p.minor) {
            short.short = Short::Name;
        }
        let entries = these.iter().flat_map(|p| of_param(endpoint, p)).collect();
        sections.push(Section::new(&title(&flag), entries).in_short("Options", Some(short)));
    }
    let mut options: Vec<Entry> = queries.iter().flat_map(|p| of_param(endpoint, p)).collect();
    options.extend(globals::of_endpoint(endpoint).iter().filter(|arg| !arg.is_hide_set()).filter_map(|arg| {
        let mut line = of_arg(arg);
        if arg.get_id() == globals::UNSET {
            line.text = format!("{} [possible values: {}]", line.text, clearable(endpoint)?);
            // A new object has no fields to clear.
            if endpoint.method == Method::Post {
                return None;
            }
        }
        if arg.get_id() == globals::TAKE {
            let fields = each::fields(endpoint);
            let few = fields.get(..fields.len().min(2)).filter(|few| !few.is_empty())?;
            line.text = format!("{}, such as {}", line.text, few.join(","));
        }
        Some(line)
    }));
    sections.push(Section::new("Options", options));
    let mut globals = global_options(|id| match id {
        "output" => help::prints(endpoint).as_deref() != Some("nothing"),
        "jq" => endpoint.method == Method::Get && endpoint.answers.is_none(),
        "dry-run" => endpoint.method != Method::Get,
        "yes" => endpoint.destructive || endpoint.all_params().any(|param| param.or_server),
        _ => false,
    });
    if endpoint.method == Method::Get && endpoint.stores_answer().is_none() {
        globals.entries.retain(|entry| entry.term != "--offline");
    }
    // The values of --format are the formats of an export.
    if endpoint.all_params().any(|param| param.name == "format" && param.place == Place::Query) {
        globals.entries.retain(|entry| !entry.term.starts_with("-o, "));
    }
    sections.push(globals);
    sections.retain(|section| !section.entries.is_empty());
    let has_values = endpoint.all_params().any(|p| p.place != Place::Path && !p.is_application());
    let has_targets = endpoint.all_params().any(|p| p.place == Place::Path && !p.is_application());
    let more = match (has_targets, has_values) {
        (true, true) => "See --help, `dcord help targets` and `dcord help values` for all details.",
        (true, false) => "See --help and `dcord help targets` for all details.",
        (false, true) => "See --help and `dcord help values` for all details.",
        (false, false) => "See --help for all details.",
    };
    let aliases: Vec<_> = endpoint.aliases.iter().map(|alias| format!("`dcord {alias}`")).collect();
    Page {
        name: format!("dcord {}", endpoint.words()),
        about: endpoint.about.to_owned(),
        usage: match endpoint.usages {
            [] => format!("dcord {}", usage::line(endpoint)),
            lines => lines.iter().map(|line| format!("dcord {line} [OPTIONS]")).collect::<Vec<_>>().join("\n"),
        },
        paragraphs: help::paragraphs(endpoint),
        sections,
        examples: help::examples(endpoint),
        prints: help::prints(endpoint),
        discord: (!endpoint.is_local()).then(|| format!("{} {}", endpoint.method.name(), endpoint.request_path())),
        aliases: (!aliases.is_empty()).then(|| aliases.join(", ")),
        more: more.to_owned(),
    }
}

/// The tools that print Discord's objects.
const PRINTING: &[&str] = &["listen", "api"];

/// The page of a command that is not an endpoint.
pub fn plain(command: &Command, path: &[String]) -> Page {
    let mut sections: Vec<Section> = Vec::new();
    let mut add = |title: &str, line: Entry| match sections.iter_mut().find(|s| s.title == title) {
        Some(section) => section.entries.push(line),
        None => sections.push(Section::new(title, vec![line])),
    };
    for command in command.get_subcommands().filter(|c| !c.is_hide_set()) {
        add("Commands", entry(command.get_name(), text(command.get_about())));
    }
    let own = |arg: &&Arg| !arg.is_global_set() && !arg.is_hide_set();
    for arg in command.get_arguments().filter(own).filter(|a| !matches!(a.get_id().as_str(), "help" | "version")) {
        let default = if arg.is_positional() { "Arguments" } else { "Options" };
        add(arg.get_help_heading().unwrap_or(default), of_arg(arg));
    }
    let prints = path.first().is_some_and(|name| PRINTING.contains(&name.as_str()));
    sections.push(global_options(|id| prints && matches!(id, "output" | "jq")));
    let usage = command.clone().render_usage().to_string();
    let mut page = Page {
        name: std::iter::once("dcord").chain(path.iter().map(String::as_str)).collect::<Vec<_>>().join(" "),
        about: text(command.get_about()),
        usage: usage.trim_start_matches("Usage:").trim().to_owned(),
        sections,
        more: "See --help for all details.".to_owned(),
        ..Page::default()
    };
    let about = text(command.get_long_about());
    let after = text(command.get_after_help());
    for block in about.split("\n\n").chain(after.split("\n\n")).filter(|b| !b.is_empty() && *b != page.about) {
        match block.strip_prefix("Examples:\n") {
            Some(lines) => page.examples.extend(lines.lines().map(|line| line.trim().to_owned())),
            None if block.split_once(":\n  ").is_some_and(|(title, _)| !title.contains('\n')) => {
                page.sections.insert(0, listed(block));
            }
            None if block.contains("\n  ") => page.paragraphs.push(block.to_owned()),
            None => page.paragraphs.push(block.lines().collect::<Vec<_>>().join(" ")),
        }
    }
    let own = page.sections.iter().filter(|section| section.title != globals::HEADING);
    if page.paragraphs.is_empty() && own.flat_map(|section| &section.entries).all(|entry| entry.short == Short::Line) {
        page.more = "See --help for the global options.".to_owned();
    }
    page
}

/// Parses a block of text, a heading with a colon and one line for each term, into a section.
fn listed(block: &str) -> Section {
    let (title, lines) = block.split_once(":\n").unwrap_or((block, ""));
    let terms = lines.lines().map(|line| line.trim().split_once("  ").unwrap_or((line.trim(), "")));
    let entries = terms.map(|(term, text)| entry(term, text.trim())).collect();
    Section::new(title, entries)
}

/// The page of the command that these words name.
pub fn of(plain_commands: impl Iterator<Item = Plain> + Clone, words: &[String]) -> Page {
    let (command, path) = tree::called(plain_commands.clone(), words);
    let Some(first) = path.first() else { return root(plain_commands) };
    match (catalogue::noun(first), path.get(1)) {
        (Some(noun), None) => self::noun(noun),
        (Some(_), Some(verb)) => {
            endpoint(catalogue::find(first, verb).expect("the tree has the catalogue's commands only"))
        }
        (None, _) => plain(&command, &path),
    }
}

/// The options that every command takes. Short help shows those whose names `is_shown` accepts.
pub fn global_options(is_shown: impl Fn(&str) -> bool) -> Section {
    let entries = globals::everywhere().map(|arg| Entry {
        short: if is_shown(arg.get_id().as_str()) { Short::Line } else { Short::Nothing },
        ..of_arg(&arg)
    });
    Section::new(globals::HEADING, entries.collect()).in_short("Options", None)
}

fn text(styled: Option<&clap::builder::StyledStr>) -> String {
    styled.map(ToString::to_string).unwrap_or_default()
}

/// The positional arguments, with their explanations.
fn targets(endpoint: &'static Endpoint) -> Vec<Entry> {
    let named = endpoint.all_params().filter(|p| p.positional && !p.is_application());
    named
        .filter(|p| !(p.name == "webhook_id" && endpoint.param("webhook_token").is_some()))
        .map(|p| {
            let name = p.label();
            entry(name, help::target(endpoint, p))
        })
        .collect()
}

/// The entry of a parameter's flag and, for long text, of the flag that reads the text from a file.
fn of_param(endpoint: &'static Endpoint, param: &Param) -> Vec<Entry> {
    let flag = param.flag();
    let value = usage::value_name(param);
    // The alias is what people type.
    let shown = param.alias.unwrap_or(&flag);
    let term = match param.kind {
        ParamKind::Boolean => format!("--{shown}[=false]"),
        _ => format!("--{shown} {value}"),
    };
    let topic = shapes::of(endpoint, param);
    let topic = topic.map(|topic| topic.name).or((param.kind == ParamKind::Button).then_some("button"));
    let explained = topic.map(|topic| format!("; see `dcord explain {topic}`")).unwrap_or_default();
    let own = Entry {
        term,
        // The explanation is that of the target with the same name.
        text: match usage::part(endpoint, param) {
            _ if param.positional && !param.is_application() => format!("Same as {}", param.label()),
            Some(part) if param.required => help::flag(param).replace("(required)", &format!("(or --{})", part.flag())),
            // dcord sends a single object as the operation for one.
            _ if endpoint.for_one.is_some() => help::flag(&Param { min_items: None, ..*param }),
            _ => help::flag_with(param, page_size(endpoint, param)),
        } + &explained,
        short: match param.positional {
            // An app's path parameter is an option.
            true if !param.is_application() => Short::Nothing,
            _ if param.minor || is_rare(endpoint, param) || has_parts(endpoint, param) => Short::Name,
            _ => Short::Line,
        },
    };
    let short = if param.positional { Short::Line } else { Short::Name };
    let twin = Entry { term: format!("--{flag}-file PATH"), text: help::twin(param), short };
    let twin = (param.kind == ParamKind::Text).then_some(twin);
    std::iter::once(own).chain(twin).collect()
}

/// The default page size, for the option that sets it.
fn page_size(endpoint: &Endpoint, param: &Param) -> Option<String> {
    let is_size = param.place == Place::Query && param.name == "limit" && !param.help.contains("[default");
    endpoint.paging.filter(|_| is_size).map(|paging| paging.size().to_string())
}

/// The fields that `--unset` accepts, if any.
fn clearable(endpoint: &'static Endpoint) -> Option<String> {
    let names: Vec<_> =
        endpoint.all_params().filter(|p| p.place == Place::Body && p.nullable).map(|p| p.name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Whether flags such as `--embed.title` or `--button` set values in this flag's JSON.
fn has_parts(endpoint: &Endpoint, param: &Param) -> bool {
    let is_part = |p: &Param| match p.kind {
        ParamKind::Button => [param.name, param.into].contains(&p.into),
        _ => p.name.contains('.') && p.into.split('/').next() == Some(param.name),
    };
    param.kind == ParamKind::Json && endpoint.all_params().any(|p| p.place == Place::Local && is_part(p))
}

/// Whether dcord supplies the value if the flag is omitted.
fn is_rare(endpoint: &Endpoint, param: &Param) -> bool {
    let is_page_size = endpoint.paging.is_some() && param.place == Place::Query && param.name == "limit";
    is_page_size || param.is_application() || matches!(param.name, "nonce" | "enforce_nonce" | "filename")
}

/// The entry of a clap argument.
fn of_arg(arg: &Arg) -> Entry {
    let names = arg.get_value_names().unwrap_or_default();
    let value = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let mut term = match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long}"),
        (Some(short), None) => format!("-{short}"),
        (None, Some(long)) => format!("--{long}"),
        (None, None) => value.clone(),
    };
    if arg.get_action().takes_values() && !arg.is_positional() {
        term += &if arg.is_require_equals_set() { format!("[={value}]") } else { format!(" {value}") };
    }
    let mut text = text(arg.get_help());
    let possible = arg.get_possible_values();
    let names: Vec<_> = match arg.get_id().as_str() {
        "output" => Format::NAMES.to_vec(),
        _ => possible.iter().filter(|v| !v.is_hide_set()).map(clap::builder::PossibleValue::get_name).collect(),
    };
    if arg.get_action().takes_values() && names.iter().any(|name| !text.contains(name)) {
        text += &format!(" [possible values: {}]", names.join(", "));
    }
    let short = match arg.get_id().as_str() {
        // The text of --each names the topic that explains them.
        name if globals::WITH_EACH.contains(&name) => Short::Nothing,
        _ if arg.is_hide_short_help_set() => Short::Name,
        _ => Short::Line,
    };
    Entry { term, text, short }
}

/// `embed` of `embed.title`.
fn prefix(param: &Param) -> &'static str {
    param.name.split('.').next().unwrap_or(param.name)
}

/// `Allowed mentions` of `allowed-mentions`.
fn title(flag: &str) -> String {
    let words = flag.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_noun_belongs_to_one_group() {
        let grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        for noun in catalogue::NOUNS {
            assert_eq!(grouped.iter().filter(|name| **name == noun.name).count(), 1, "{}", noun.name);
        }
        assert_eq!(grouped.len(), catalogue::NOUNS.len());
    }

    #[test]
    fn the_page_of_a_composed_command_names_the_request_that_it_sends() {
        let reply = catalogue::find("message", "reply").unwrap();
        assert_eq!(endpoint(reply).discord.as_deref(), Some("POST /channels/{channel_id}/messages"));
    }

    #[test]
    fn the_page_of_a_row_lists_every_target_and_flag() {
        for (noun, row) in catalogue::commands() {
            let page = endpoint(row);
            let terms: Vec<_> = page.sections.iter().flat_map(|s| s.entries.iter()).map(|e| e.term.as_str()).collect();
            for param in row.all_params().filter(|p| p.has_flag()) {
                let flag = format!("--{}", param.alias.map_or_else(|| param.flag(), str::to_owned));
                let found = terms.iter().any(|t| t.split([' ', '[']).next() == Some(&flag));
                assert!(found, "{} {}: {flag}", noun.name, row.verb);
            }
            let title = usage::title(row);
            for word in title.split(' ').skip(2) {
                let word = word.trim_matches(['[', ']']);
                assert!(terms.contains(&word), "{} {}: {word} in {terms:?}", noun.name, row.verb);
            }
        }
    }
}
