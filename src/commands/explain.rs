//! `dcord explain` describes JSON values, the requirements of commands, and Discord's codes and names.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

use crate::call::bind::{choice, did_you_mean};
use crate::catalogue::shapes::{self, Topic};
use crate::catalogue::{
    self, Auth, Choice, Endpoint, Method, Noun, Param, ParamKind, Place, Scalar, choices, codes, usage,
};
use crate::catalogue::{check, describe};
use crate::cli::help;
use crate::cli::page::{Entry, Page, Section};
use crate::cli::show::{self, HelpStyle};
use crate::context::{self, Context};
use crate::error::{Report, Result, exit};
use crate::gateway::intents;
use crate::model::Effect;

pub fn args(command: Command) -> Command {
    command
        .override_usage("dcord explain [TOPIC…]")
        .after_help(
            "Explains the JSON of a flag, the requirements and results of a command, error codes, close codes, HTTP \
             statuses, intents, events and permissions. Without an argument, it lists the topics.\n\n\
             Examples:\n  dcord explain message.embeds\n  dcord explain message send --components\n  \
             dcord explain message.embeds --example > embeds.json\n  dcord explain message send\n  \
             dcord explain 50013\n  dcord explain MESSAGE_CONTENT",
        )
        .arg(
            Arg::new("what")
                .num_args(0..)
                .value_name("TOPIC")
                .help("JSON value, command, command and flag, code, intent, event or permission"),
        )
        .arg(
            Arg::new("example")
                .long("example")
                .action(ArgAction::SetTrue)
                .help("Print only the example of a JSON value"),
        )
        // The flags of commands are accepted, so that a command and its flag can be pasted from a command line.
        .args(flags().into_iter().map(|flag| Arg::new(flag.clone()).long(flag).action(ArgAction::SetTrue).hide(true)))
}

/// The flags of all commands, without duplicates.
fn flags() -> Vec<String> {
    let params = catalogue::commands().flat_map(|(_, row)| row.all_params());
    let mut flags: Vec<_> = params.filter(|p| p.has_flag() || p.place == Place::Whole).map(flag).collect();
    flags.sort_unstable();
    flags.dedup();
    flags
}

/// The flag whose value is this JSON.
fn flag(param: &Param) -> String {
    if param.place == Place::Whole { "body".to_owned() } else { param.flag() }
}

/// The subject of the explanation.
enum Subject {
    Topics(Vec<&'static Topic>),
    Command(&'static Endpoint),
    Flag(&'static Param),
    /// The page about a number or another name.
    Other(Box<Page>),
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    let mut words: Vec<String> = matches.get_many("what").map(|w| w.cloned().collect()).unwrap_or_default();
    words.extend(flags().into_iter().filter(|flag| matches.get_flag(flag)));
    let example = matches.get_flag("example");
    let words: Vec<&str> = words.iter().flat_map(|word| word.split(' ')).filter(|word| !word.is_empty()).collect();
    let json = context.settings.flags.jq.is_some()
        || context.settings.output.as_deref().is_some_and(|format| ["json", "jsonl"].contains(&format));
    if words.is_empty() {
        let topics: Vec<_> = shapes::topics().map(|topic| json!({"name": topic.name, "about": topic.about})).collect();
        return if json { context.print_object(&Value::Array(topics)) } else { print(&contents()) };
    }
    match find(&words)? {
        Subject::Topics(topics) if example => {
            let lines: Vec<_> = topics.iter().map(|topic| topic.example).collect();
            Ok(context::print_text(&lines.join("\n"))?)
        }
        Subject::Topics(topics) if json => match topics[..] {
            [one] => context.print_object(&describe::topic(one)),
            _ => context.print_object(&topics.iter().map(|topic| describe::topic(topic)).collect()),
        },
        Subject::Topics(topics) => {
            let pages: Vec<_> = topics.iter().map(|topic| of_topic(topic)).collect();
            print_all(&pages)
        }
        Subject::Command(row) if json => {
            let noun = catalogue::commands().find(|(_, other)| *other == row).map(|(noun, _)| noun);
            context.print_object(&noun.map_or(Value::Null, |noun| describe::endpoint(noun, row)))
        }
        Subject::Command(row) => print(&of_command(row)),
        Subject::Flag(param) => {
            let term = if param.has_flag() { format!("--{}", param.flag()) } else { param.label() };
            print(&page(&term, vec![help::flag(param)]))
        }
        Subject::Other(page) => print(&page),
    }
}

fn print(page: &Page) -> Result<()> {
    print_all(std::slice::from_ref(page))
}

fn print_all(pages: &[Page]) -> Result<()> {
    let (color, width) = context::stdout_style();
    let texts: Vec<_> = pages.iter().map(|page| show::page(page, HelpStyle { all: true, width, color })).collect();
    Ok(context::print_text(&texts.join("\n"))?)
}

fn page(about: &str, paragraphs: Vec<String>) -> Page {
    Page { about: about.to_owned(), paragraphs, ..Page::default() }
}

/// Finds the subject that the words name.
fn find(words: &[&str]) -> Result<Subject> {
    if let [noun, verb, rest @ ..] = words
        && let Some(row) = catalogue::find(noun, verb)
    {
        let Some(flag) = rest.first().map(|flag| flag.trim_start_matches('-').replace('_', "-")) else {
            return Ok(Subject::Command(row));
        };
        let named =
            |p: &&Param| p.flag() == flag || p.alias == Some(&flag) || p.place == Place::Whole && flag == "body";
        let Some(param) = row.all_params().find(named) else {
            let flags: Vec<&'static str> = row.all_params().filter(|p| p.has_flag()).map(|p| p.name).collect();
            return Err(choice::unknown_name(flags, &format!("explain {noun} {verb}"), rest[0]).into());
        };
        return Ok(match shapes::of(row, param) {
            Some(topic) => Subject::Topics(vec![topic]),
            None => Subject::Flag(param),
        });
    }
    let word = words.join("-");
    if let Some(noun) = catalogue::noun(&word)
        && let Some(page) = of_noun(noun)
    {
        return Ok(Subject::Other(Box::new(page)));
    }
    let topics = shapes::named(&word);
    if !topics.is_empty() {
        return Ok(Subject::Topics(topics));
    }
    if let Some(page) = of_code(&word).or_else(|| of_name(&word)).or_else(|| of_part(&word)) {
        return Ok(Subject::Other(Box::new(page)));
    }
    if let Some(noun) = catalogue::noun(&word) {
        return Ok(Subject::Other(Box::new(crate::cli::page::noun(noun))));
    }
    Err(Box::new(unknown(&words.join(" "))).into())
}

/// The minimum number of digits of an id.
const IDS: usize = 17;

/// The error for a name that no page has.
fn unknown(text: &str) -> Report {
    // Users may type only the last word of a name: `embeds`.
    let topics = shapes::topics().flat_map(|topic| [(topic.name, topic.name), (topic.last(), topic.name)]);
    let intents =
        intents::INTENTS.iter().flat_map(|intent| [intent.name].into_iter().chain(intent.events.iter().copied()));
    let near = choice::near(text, topics.chain(intents.map(|name| (name, name))));
    let number = text.rsplit(' ').next().filter(|word| word.parse::<u64>().is_ok());
    let name = text.split_once(' ').filter(|(noun, _)| catalogue::find(noun, "get").is_some());
    let (what, near, hint) = match (number, name) {
        (Some(number), _) if number.len() >= IDS => (
            "code",
            Vec::new(),
            format!("`dcord snowflake {number}` reads it as an id, `dcord permission explain {number}` as permissions"),
        ),
        (Some(number), _) => {
            ("code", Vec::new(), format!("`dcord permission explain {number}` reads it as permissions"))
        }
        (None, Some((noun, name))) => {
            ("JSON value, command or code", Vec::new(), format!("`dcord {noun} get {name}` shows that {noun}"))
        }
        (None, None) => {
            ("topic", near, format!("`dcord explain` lists the topics; `dcord help {text}` searches all help"))
        }
    };
    let hint = Some(hint).filter(|_| near.is_empty());
    Report::new(exit::USAGE, "usage", format!("no {what} named {text:?}{}", did_you_mean(&near)), hint)
}

/// The JSON values and the commands of a noun, or `None` if the noun has no JSON values of its own.
fn of_noun(noun: &'static Noun) -> Option<Page> {
    let own =
        shapes::topics().filter(|topic| topic.name.strip_prefix(noun.name).is_some_and(|rest| rest.starts_with('.')));
    let entries: Vec<_> = own.map(|topic| entry(topic.name, topic.about.to_owned())).collect();
    if entries.is_empty() {
        return None;
    }
    let mut page = crate::cli::page::noun(noun);
    page.sections.insert(0, Section::new("JSON values", entries));
    Some(page)
}

/// The list of everything that can be explained.
fn contents() -> Page {
    let entries = shapes::topics().map(|topic| entry(topic.name, topic.about.to_owned())).collect();
    let others = vec![
        entry("COMMAND", "The requirements and results of a command: dcord explain message send".to_owned()),
        entry("COMMAND --FLAG", "The JSON of a flag: dcord explain message send --embeds".to_owned()),
        entry("CODE", "An error code (50013), a close code of the gateway (4014), an HTTP status (403)".to_owned()),
        entry(
            "INTENT, EVENT",
            "The events of an intent, or the intents that an event requires: MESSAGE_CREATE".to_owned(),
        ),
        entry("PERMISSION", "The bit and the number of a permission: manage-messages".to_owned()),
    ];
    Page {
        about: "Topics of dcord explain".to_owned(),
        sections: vec![Section::new("JSON values", entries), Section::new("Other words", others)],
        ..Page::default()
    }
}

fn entry(term: &str, text: String) -> Entry {
    Entry::new(term, text)
}

/// `Embed` of `embed`.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn of_topic(topic: &'static Topic) -> Page {
    let mut paragraphs = Vec::new();
    let first = topic.commands().next().map(|(_, param)| param);
    let what = if topic.list {
        let items = first.map(|param| (param.min_items.map(i64::from), param.useful_max_items()));
        let count = items.filter(|(_, max)| max.is_some()).map(|(min, max)| check::range_in_words(min, max));
        let count = count.map_or_else(String::new, |count| format!(", with {count} elements"));
        format!("A JSON array{count}. Each element is {}.", topic.shape.about)
    } else if topic.shape.values.is_some() {
        "A JSON object with keys of your choice.".to_owned()
    } else {
        "A JSON object.".to_owned()
    };
    paragraphs.push(what);
    paragraphs.extend(topic.shape.free.map(str::to_owned));
    paragraphs.extend(topic.notes.iter().map(|note| (*note).to_owned()));
    let mut sections: Vec<_> = topic
        .shape
        .parts()
        .iter()
        .map(|part| {
            let title = match part.kind {
                Some(kind) => format!("{} (type {}), {}", part.title, kind.value, kind.about),
                None => capital(part.title),
            };
            let entries = part.fields.iter().map(|field| {
                let name = if field.name == "*" { "any key" } else { field.name };
                entry(name, of_field(field))
            });
            Section::new(&title, entries.collect())
        })
        .collect();
    let taker = |(row, param): (&'static Endpoint, _)| {
        entry(&format!("{} --{}", row.words(), flag(param)), row.about.to_owned())
    };
    let takers: Vec<_> = topic.commands().map(taker).collect();
    let example = topic
        .commands()
        .next()
        .map(|(row, param)| format!("dcord {} --{} '{}'", called(row), flag(param), topic.example));
    sections.push(Section::new("Used by", takers));
    Page {
        about: topic.about.to_owned(),
        paragraphs,
        sections,
        examples: example.into_iter().collect(),
        ..Page::default()
    }
}

/// A command with the targets of its first example, so that the line can be pasted. Without an example, the usage
/// line.
fn called(row: &'static Endpoint) -> String {
    let is_plain = usage::required(row) == usage::title(row);
    let example = row.examples.first().filter(|example| is_plain && example.starts_with(&row.words()));
    example.and_then(|example| example.split(" --").next()).map_or_else(|| usage::title(row), str::to_owned)
}

/// One kind of object in a JSON value, such as a button, with the example of the value that contains it.
fn of_part(word: &str) -> Option<Page> {
    let word = word.to_ascii_lowercase().replace('_', "-");
    let word = word.strip_suffix('s').unwrap_or(&word);
    let found = shapes::topics().filter_map(|topic| {
        let parts = topic.shape.parts();
        let part = parts.iter().find(|part| part.kind.is_some() && part.title == word)?;
        Some((topic, part.kind?, parts.len()))
    });
    // The topic with the fewest kinds of objects has the most specific example.
    let (topic, kind, _) = found.min_by_key(|(.., parts)| *parts)?;
    let whole = of_topic(topic);
    let is_it = |section: &Section| section.title.starts_with(&format!("{word} (type "));
    let mut sections: Vec<_> = whole.sections.into_iter().filter(is_it).collect();
    for section in &mut sections {
        "Fields".clone_into(&mut section.title);
    }
    let place = format!(
        "It has the type {}, and is part of the JSON that `dcord explain {}` describes.",
        kind.value, topic.name
    );
    let has_it = topic.example.contains(&format!("\"type\":{},", kind.value));
    Some(Page {
        sections,
        examples: if has_it { whole.examples } else { Vec::new() },
        ..page(
            &capital(kind.about),
            [kind.note, &place].map(str::to_owned).into_iter().filter(|text| !text.is_empty()).collect(),
        )
    })
}

/// The description of a field of an object.
fn of_field(field: &Param) -> String {
    let mut text = field.help.to_owned();
    let max = field.useful_max();
    let bounds = check::range_in_words(field.min.filter(|min| *min != 0), max);
    let bounded = field.min.is_some_and(|min| min != 0 || field.kind == ParamKind::Integer) || max.is_some();
    let kind = match field.kind {
        ParamKind::String | ParamKind::Text if bounded => format!("text, {bounds} characters"),
        ParamKind::Integer | ParamKind::Number if bounded => {
            let bounds = check::range_in_words(field.min, max);
            let unit = field.unit.map_or_else(String::new, |unit| format!(" {}", unit.name()));
            format!("{}, {bounds}{unit}", word(field.kind))
        }
        ParamKind::Enum(choices) | ParamKind::Flags(choices) => {
            choices.iter().map(of_choice).collect::<Vec<_>>().join(", ")
        }
        ParamKind::Json => field.shape.map_or("JSON".to_owned(), |shape| match shape.by {
            Some(kinds) => kinds.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", "),
            None => shape.noun().to_owned(),
        }),
        kind => word(kind).to_owned(),
    };
    let most = field.useful_max_items();
    let list = match most {
        Some(_) => {
            let count = check::range_in_words(field.min_items.map(i64::from), most);
            format!("array, {count} of: ")
        }
        None if field.repeated => "array of: ".to_owned(),
        None => String::new(),
    };
    if !text.is_empty() {
        text.push(' ');
    }
    text += &format!("[{list}{kind}]");
    if field.needed {
        text += " (required)";
    }
    text
}

/// The word for a type of JSON.
const fn word(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Integer => "whole number",
        ParamKind::Number => "number",
        ParamKind::Boolean => "true or false",
        ParamKind::Snowflake(_) | ParamKind::Cursor(_) => "id",
        ParamKind::Timestamp => "time, as 2026-12-01T20:00:00Z",
        ParamKind::Url(_) => "URL",
        ParamKind::Color => "number up to 16777215",
        ParamKind::Permissions => "number in a string",
        _ => "text",
    }
}

fn of_choice(choice: &Choice) -> String {
    let name = match choice.value {
        Scalar::Int(n) => format!("{n} {}", choice.name),
        Scalar::Str(s) => format!("{s:?}"),
    };
    if choice.about.is_empty() { name } else { format!("{name} ({})", choice.about) }
}

/// The requirements and results of a command.
fn of_command(row: &'static Endpoint) -> Page {
    let mut facts = vec![entry("Endpoint", format!("{} {}", row.method.name(), row.request_path()))];
    let token = match row.auth {
        Auth::Bot => "a bot token",
        Auth::Bearer => "a user's access token (--token-type bearer)",
        Auth::Any => "a bot token, or a user's access token (--token-type bearer)",
        Auth::None => "none",
    };
    facts.push(entry("Token", token.to_owned()));
    if !row.permissions.is_empty() {
        facts.push(entry("Permissions", choices::permission_names(row).join(", ")));
    }
    if row.audit_reason {
        facts.push(entry("Audit log", "takes --reason".to_owned()));
    }
    facts.push(entry("Rate limit", limit(row)));
    facts.push(entry("Retries", retries(row).to_owned()));
    if let Some(paging) = row.paging {
        let text = format!("{} items per request; --all or --limit N fetches more pages", paging.size());
        facts.push(entry("Pages", text));
    }
    let events: Vec<_> = row.effects.iter().filter_map(|effect| event(row, effect)).collect();
    if !events.is_empty() {
        let texts = events.iter().map(|event| format!("{event} ({})", given_by(event).join(" or ")));
        facts.push(entry("Event", texts.collect::<Vec<_>>().join(", ")));
    }
    if row.destructive {
        facts.push(entry("Caution", "cannot be undone; asks for confirmation or requires --yes".to_owned()));
    }
    let mut sections = vec![Section::new("Facts", facts)];
    let flags: Vec<_> = row
        .all_params()
        .filter_map(|param| {
            let topic = shapes::of(row, param)?;
            Some(entry(&format!("--{}", flag(param)), format!("dcord explain {}", topic.name)))
        })
        .collect();
    if !flags.is_empty() {
        sections.push(Section::new("JSON flags", flags));
    }
    Page {
        about: row.about.to_owned(),
        usage: format!("dcord {}", usage::line(row)),
        paragraphs: if row.more.is_empty() { Vec::new() } else { vec![row.more.to_owned()] },
        sections,
        examples: help::examples(row),
        prints: help::prints(row),
        ..Page::default()
    }
}

/// The scope of a bucket. Source: Discord's reference, "Rate Limits".
fn limit(row: &Endpoint) -> String {
    let of =
        ["guild_id", "channel_id", "webhook_id"].into_iter().find(|name| row.path.contains(&format!("{{{name}}}")));
    match of {
        Some("guild_id") => "per server".to_owned(),
        Some("channel_id") => "per channel".to_owned(),
        Some(_) => "per webhook".to_owned(),
        None => "for the whole bot".to_owned(),
    }
}

fn retries(row: &Endpoint) -> &'static str {
    if row.nonce {
        "dcord repeats a failed request; a nonce prevents a second message"
    } else if row.method.idempotent() {
        "dcord repeats a failed request"
    } else if row.keyed {
        "dcord does not repeat a request that Discord may have executed; --key prevents a second message"
    } else {
        "dcord does not repeat a request that Discord may have executed"
    }
}

/// The event that Discord sends for an effect.
fn event(row: &Endpoint, effect: &Effect) -> Option<String> {
    let verb = match effect {
        Effect::Deletes(_) => "DELETE",
        Effect::One(_) if row.method == Method::Post => "CREATE",
        Effect::One(_) if matches!(row.method, Method::Patch | Method::Put) => "UPDATE",
        _ => return None,
    };
    let kind = effect.kind().name().to_ascii_uppercase().replace('-', "_");
    let names = [format!("{kind}_{verb}"), format!("GUILD_{kind}_{verb}")];
    names.into_iter().find(|name| !given_by(name).is_empty())
}

/// The intents that include an event.
fn given_by(event: &str) -> Vec<&'static str> {
    intents::INTENTS.iter().filter(|intent| intent.events.contains(&event)).map(|intent| intent.name).collect()
}

/// An error code, a close code or an HTTP status.
fn of_code(word: &str) -> Option<Page> {
    let number: u32 = word.parse().ok()?;
    let say =
        |what: &str, means: &str, advice: &str| page(&format!("{what} {number}: {means}"), vec![advice.to_owned()]);
    let of = |codes: &'static [codes::Code]| codes.iter().find(|code| u32::from(code.code) == number);
    if let Some(code) = of(codes::STATUSES) {
        return Some(say("HTTP status", code.means, code.advice));
    }
    if let Some(code) = of(codes::CLOSES) {
        return Some(say("Close code", code.means, code.advice));
    }
    codes::ERRORS.iter().find(|code| code.code == number).map(|code| say("Error", code.means, code.advice))
}

/// What a listener needs to receive an event, or `None` for an undocumented event.
fn of_event(event: &str) -> Option<Vec<String>> {
    let given = given_by(event);
    // Events without other intents need only GUILDS, which `dcord listen` always requests.
    if given.is_empty() {
        return intents::ALWAYS.contains(&event).then(|| vec!["This event requires no intent.".to_owned()]);
    }
    let mut paragraphs = vec![format!(
        "This event requires the intent {}. `dcord listen` requests it automatically.",
        given.join(" or ")
    )];
    let is_privileged = |name: &&&str| intents::INTENTS.iter().any(|i| i.name == **name && i.privileged);
    let privileged: Vec<&str> = given.iter().filter(is_privileged).copied().collect();
    if !privileged.is_empty() {
        paragraphs.push(format!("{} is privileged: {HOW_TO_ENABLE}", privileged.join(" and ")));
    }
    if intents::WITH_CONTENT.contains(&event) {
        paragraphs.push(format!(
            "Without the intent MESSAGE_CONTENT, the content, embeds, attachments, components and poll of other \
             people's messages are empty, except in direct messages and in messages that mention the bot. MESSAGE_CONTENT \
             is privileged: {HOW_TO_ENABLE}"
        ));
    }
    Some(paragraphs)
}

const HOW_TO_ENABLE: &str = "enable it at https://discord.com/developers/applications, under Bot, Privileged Gateway \
                         Intents.";

/// All intents with their events.
fn all_intents() -> Page {
    let text = |intent: &intents::Intent| {
        let events =
            if intent.events.is_empty() { "the content of messages".to_owned() } else { intent.events.join(", ") };
        if intent.privileged { format!("(privileged) {events}") } else { events }
    };
    let entries = intents::INTENTS.iter().map(|intent| entry(intent.name, text(intent))).collect();
    let paragraphs = vec![
        "An intent is a group of events that a session requests. `dcord listen` requests the intents that the events \
         of -e need; --intents names other intents."
            .to_owned(),
        format!("To use a privileged intent, {HOW_TO_ENABLE}"),
    ];
    Page {
        sections: vec![
            Section::new("Intents", entries),
            Section::new("No intent", vec![entry("-", intents::ALWAYS.join(", "))]),
        ],
        ..page("Intents and their events", paragraphs)
    }
}

/// An intent, an event or a permission.
fn of_name(word: &str) -> Option<Page> {
    let upper = word.to_ascii_uppercase().replace('-', "_");
    if let Some(intent) = intents::INTENTS.iter().find(|intent| intent.name == upper) {
        let mut paragraphs = Vec::new();
        if intent.privileged {
            paragraphs.push(format!("This intent is privileged: {HOW_TO_ENABLE}"));
        }
        if intent.events.is_empty() {
            paragraphs.push(
                "This intent has no events of its own. It adds the content, embeds, attachments, components and polls \
                 of messages that other people send. Without it, these are empty, except in direct messages and in \
                 messages that mention the bot."
                    .to_owned(),
            );
        }
        let entries: Vec<_> = intent.events.iter().map(|event| entry(event, String::new())).collect();
        let sections = if entries.is_empty() { Vec::new() } else { vec![Section::new("Events", entries)] };
        return Some(Page { sections, ..page(&format!("Intent {} ({})", intent.name, intent.mask), paragraphs) });
    }
    if let Some(paragraphs) = of_event(&upper) {
        return Some(Page {
            examples: vec![format!("dcord listen -e {upper}")],
            ..page(&format!("Event {upper}"), paragraphs)
        });
    }
    if ["INTENT", "INTENTS"].contains(&upper.as_str()) {
        return Some(all_intents());
    }
    let lower = word.to_ascii_lowercase().replace(['_', ' '], "-");
    let is_called = |p: &&Choice| p.name == lower || choices::short_forms(p.name).contains(&lower.as_str());
    let permission = choices::PERMISSIONS.iter().find(is_called)?;
    let upper = permission.name.to_ascii_uppercase().replace('-', "_");
    let Scalar::Int(bits) = permission.value else { return None };
    let allows = (!permission.about.is_empty()).then(|| format!("Allows: {}.", permission.about));
    let about = format!("Permission {upper}: bit {}, number {bits}", bits.trailing_zeros());
    let rows: Vec<_> = catalogue::commands().filter(|(_, row)| row.permissions.contains(&upper.as_str())).collect();
    let entries: Vec<_> = rows.iter().map(|(_, row)| entry(&row.words(), row.about.to_owned())).collect();
    let sections = if entries.is_empty() { Vec::new() } else { vec![Section::new("Required by", entries)] };
    Some(Page { sections, ..page(&about, allows.into_iter().collect()) })
}
