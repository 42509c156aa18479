//! The errors of a command line that does not form a request.

use std::borrow::Cow;

use crate::catalogue::check::{self, Violation};
use crate::error::{self, Report, exit};
use crate::model::time::NotATime;
use crate::model::{Entity, fault};

/// A set of names, for errors about a text that is not among them.
#[derive(Debug)]
pub struct NameSet {
    /// The word for one of the names.
    pub what: &'static str,
    /// What lists the names if they are too many for an error, and how to use a value that is not among them.
    pub hint: Option<&'static str>,
    /// Whether Discord's API may have names that dcord does not know.
    pub is_open: bool,
}

/// Why the command line does not form a request. Each message contains the value, and each hint says how to fix it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{what} is missing{}", after(.usage))]
    Missing { what: String, usage: String, hint: Option<Cow<'static, str>> },
    /// `is_named`: whether the command line must name the server. `servers` are those that the bot is in, if they are known.
    #[error("{}{}", several_missing(.names, &[]), after(.usage))]
    NoServer { names: Vec<String>, usage: String, is_named: bool, ignores_default: bool, servers: Vec<String> },
    /// An error about an argument without a flag, with how dcord reads the arguments.
    #[error("{error}")]
    Argument { error: Box<Error>, reading: String },
    #[error("{what} is missing: give {}{}", either(.choices.iter().map(ToString::to_string)), after(.usage))]
    MissingChoice { what: String, usage: String, choices: Vec<&'static str>, hint: Option<String> },
    /// `also` says which further values are required because of the other options.
    #[error("{}{}", several_missing(.names, .also), after(.usage))]
    SeveralMissing { names: Vec<String>, also: Vec<String>, usage: String, hint: Option<String> },
    #[error("{name:?} is not a webhook, and DCORD_WEBHOOK_URL is not set")]
    NoSuchWebhook { name: String, hint: String },
    #[error("unexpected argument {word:?}{}", after(.usage))]
    TooMany { word: String, usage: String, hint: Option<String> },
    #[error("unexpected argument {word:?}; the webhook comes from DCORD_WEBHOOK_URL")]
    TooManyBesideWebhook { word: String },
    #[error("{flag}: {text:?} is not {wanted}")]
    Value { flag: String, text: String, wanted: String },
    #[error("{flag}: {text:?} is {is}, but the command requires {wanted}")]
    Other { flag: String, text: String, is: &'static str, wanted: String },
    #[error("{flag}: {text:?} is a channel of type {is}, but the command requires one of type {wanted}")]
    ChannelType { flag: String, text: String, is: String, wanted: String },
    #[error("{flag}: {text:?} {why}")]
    Time { flag: String, text: String, why: NotATime },
    #[error("{flag}: {}{}", unknown(.set, .text, .names, .near), did_you_mean(.near))]
    Choice { flag: String, text: String, names: Vec<&'static str>, near: Vec<&'static str>, set: &'static NameSet },
    #[error("{flag}: {text:?} is ambiguous: it can mean {}", some_of(.names))]
    SeveralChoices { flag: String, text: String, names: Vec<&'static str> },
    #[error(
        "{flag}: {text:?} is not a colour (#rrggbb, a number up to 16777215, or a name such as red){}",
        did_you_mean(.near)
    )]
    Color { flag: String, text: String, near: Vec<&'static str> },
    #[error("{flag}: {text:?} is not a standard emoji{}", did_you_mean(.near))]
    Emoji { flag: String, text: String, near: Vec<&'static str> },
    #[error("{flag}: invalid JSON: {}", fault::of_json(.source))]
    Json { flag: String, source: serde_json::Error, topic: Option<&'static str> },
    #[error("{flag}: cannot read {path}: {}", fault::words(.source))]
    Read { flag: String, path: String, source: std::sync::Arc<std::io::Error> },
    #[error("cannot write {path}: {}", fault::words(.source))]
    Write { path: String, source: std::io::Error },
    #[error("{flag}: {path} is larger than {limit} MiB")]
    TooLarge { flag: String, path: String, limit: u64 },
    #[error("{flag}: {path} is not UTF-8 text")]
    NotText { flag: String, path: String },
    #[error("{flag}: {path} is not {takes}{}", found.map_or_else(String::new, |found| format!(": its type is {found}")))]
    MediaType { flag: String, path: String, found: Option<&'static str>, takes: &'static str },
    #[error("{flag}: {path} is not an Ogg Opus recording, so dcord cannot determine its duration")]
    NotARecording { flag: String, path: String },
    #[error("{first} and {second} both read standard input; only one can")]
    StdinTwice { first: String, second: String },
    #[error("{name:?} is a name, but only the id of {} works here", .entity.one())]
    Name { entity: Entity, name: String },
    #[error("{flag}: a value from an untrusted source cannot name a file, a variable or standard input")]
    Literal { flag: String },
    #[error(
        "{what} is a secret and cannot be an argument: shells record arguments in their history, and ps shows them"
    )]
    LiteralSecret {
        what: String,
        /// The environment variable that contains the secret.
        variable: Option<String>,
    },
    #[error("{what} contains a token or a webhook URL, which anyone who reads the message could use")]
    SecretText { what: String },
    #[error("{what} is a secret and cannot be used here")]
    SecretTarget {
        what: String,
        is_webhook: bool,
        /// The environment variable that contains the secret.
        variable: Option<String>,
    },
    #[error("{what}: the variable {name} is empty or not set")]
    SecretUnset { what: String, name: String },
    #[error("{what} is empty")]
    SecretEmpty { what: String },
    /// `is_typed`: the text was an argument.
    #[error("{what} is empty")]
    EmptyText { what: String, is_typed: bool },
    /// `twin` is the flag that reads the text from a file.
    #[error("{what} is not a webhook URL (https://discord.com/api/webhooks/ID/TOKEN)")]
    NotAWebhook { what: String, is_quoted: bool },
    #[error("{what} is a webhook of {host}, but dcord sends requests to {to}")]
    OtherHost { what: String, host: String, to: String, api: String },
    #[error("--key is empty")]
    EmptyKey,
    #[error("--if-unsure requires --key")]
    UnsureWithoutKey,
    #[error("{flag} and --unset {field} contradict each other")]
    SetAndUnset { flag: String, field: String },
    #[error("--unset: {field:?} is not a field of this command")]
    UnknownField { field: String, fields: Vec<String> },
    #[error(
        "nothing differs between the lines: the command line gives each target, and --take names no field{}", after(.usage)
    )]
    NothingFromLines { usage: String },
    #[error("--take {field}: a line cannot set this field, because it {why}")]
    CannotTake { field: String, why: &'static str },
    #[error("the line {why}")]
    BadLine { why: String },
    /// `example` is a line that has everything.
    #[error("the line has no {names}")]
    LineLacks { names: String, example: String },
    #[error("the line has the {name} {line}, but the command line gives {given}")]
    OtherLine { name: &'static str, line: String, given: String },
    #[error("this command has no parameter {field:?}")]
    NoParameter { field: String, fields: Vec<String> },
    #[error("--take: no field named {field:?}{}", did_you_mean(.near))]
    NoSuchField { field: String, near: Vec<&'static str>, fields: Vec<&'static str> },
    #[error("--unset {field}: Discord does not accept null for this field")]
    NotNullable { field: String },
    #[error("{first} and {second} cannot be combined")]
    Conflict { first: String, second: String },
    #[error("{first} is for {of_first} and {second} is for {of_second}; they cannot be combined")]
    Forms { first: String, of_first: &'static str, second: String, of_second: &'static str },
    #[error("{flag} is for {form}, not for {teller} {value}")]
    NotOfForm { flag: String, form: &'static str, teller: String, value: String },
    #[error("{what} {why}")]
    Incomplete { what: String, why: String, topic: Option<&'static str> },
    #[error("{flag} requires an equals sign before its value: {flag}={text}")]
    BareBoolean { flag: String, text: String },
    #[error("--body must be a JSON {wanted}")]
    BodyShape { wanted: &'static str },
    #[error("{flag} requires the response, which Discord does not send with --wait=false")]
    NoAnswer { flag: String },
    #[error("{field} has {length} characters; Discord allows {max}")]
    TooLong { field: String, length: usize, max: usize },
    #[error("--overflow split would send {characters} characters as more than {most} messages")]
    TooManyParts { characters: usize, most: usize },
    #[error("{}", violations(.0))]
    Invalid(Vec<Violation>),
}

fn after(usage: &str) -> String {
    if usage.is_empty() { String::new() } else { format!(" (usage: dcord {usage})") }
}

pub const NOT_BY_DEFAULT: &str = "destructive commands do not use DCORD_GUILD";
/// A hint names fewer servers than this.
pub const MOST_SERVERS: usize = 6;
/// Up to this many names are listed in full.
pub(super) const MOST_LISTED: usize = 16;

/// Says that a text is not one of the names. Many names are not listed if there is a suggestion or a hint.
fn unknown(set: &NameSet, text: &str, names: &[&str], near: &[&str]) -> String {
    if names.len() <= MOST_LISTED || near.is_empty() && set.hint.is_none() {
        return format!("{text:?} is not one of {}", names.join(", "));
    }
    format!("no {} named {text:?}", set.what)
}

/// An error names up to this many of the values that a text can mean.
const MOST_MEANT: usize = 6;

/// `a, b or c`, or `a, b, c or 9 others`.
fn some_of(names: &[&str]) -> String {
    let more = names.len().saturating_sub(MOST_MEANT);
    let shown = names.iter().take(MOST_MEANT).map(ToString::to_string);
    let others = (more > 0).then(|| format!("{more} {}", if more == 1 { "other" } else { "others" }));
    either(shown.chain(others))
}

/// `; did you mean "a" or "b"?`
pub fn did_you_mean(near: &[&str]) -> String {
    if near.is_empty() {
        return String::new();
    }
    format!("; did you mean {}?", either(near.iter().map(|name| format!("{name:?}"))))
}

/// `a, b or c`
pub fn either(items: impl Iterator<Item = String>) -> String {
    joined(items, "or")
}

/// `a, b and c`, with the word before the last item.
pub(super) fn joined(items: impl Iterator<Item = String>, word: &str) -> String {
    let mut items: Vec<_> = items.collect();
    match items.pop() {
        Some(last) if !items.is_empty() => format!("{} {word} {last}", items.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// `--name and --type are missing; --end is required for an external event`
fn several_missing(names: &[String], also: &[String]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    let missing = (!names.is_empty()).then(|| format!("{} {verb} missing", joined(names.iter().cloned(), "and")));
    missing.into_iter().chain(also.iter().cloned()).collect::<Vec<_>>().join("; ")
}

fn violations(found: &[Violation]) -> String {
    let lines: Vec<_> = found.iter().map(|v| format!("{} {}", v.path, v.message)).collect();
    lines.join("; ")
}

impl Error {
    /// Adds how dcord reads the arguments to an error about the value of one of them.
    pub fn of_argument(self, reading: Option<String>) -> Self {
        let is_of_argument = match &self {
            Self::Time { flag, .. } | Self::Choice { flag, .. } | Self::SeveralChoices { flag, .. } => {
                !flag.starts_with("--")
            }
            _ => false,
        };
        match reading {
            Some(reading) if is_of_argument => Self::Argument { error: Box::new(self), reading },
            _ => self,
        }
    }

    /// How to fix the error, for people.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { hint, .. } => hint.as_ref()?.to_string(),
            Self::Argument { error, reading } => {
                error.hint().map_or_else(|| reading.clone(), |hint| format!("{reading}\n{hint}"))
            }
            Self::NoServer { is_named, ignores_default, servers, .. } => {
                let which = match servers.len() {
                    0 | MOST_SERVERS.. => {
                        "give the server's name, its id or a link to it (`dcord guild list` shows the servers)".to_owned()
                    }
                    _ => {
                        let names = joined(servers.iter().map(|name| format!("{name:?}")), "and");
                        format!("the bot is in {names}: name the server")
                    }
                };
                match (ignores_default, is_named) {
                    (true, _) => format!("{which}; {NOT_BY_DEFAULT}"),
                    (false, true) => which,
                    (false, false) => format!("{which}, or set DCORD_GUILD"),
                }
            }
            Self::MissingChoice { hint, .. } | Self::SeveralMissing { hint, .. } => hint.clone()?,
            Self::TooMany { hint: Some(hint), .. } => hint.clone(),
            // A word that begins with -- is an argument only after a -- of its own.
            Self::TooMany { word, .. } | Self::TooManyBesideWebhook { word } if word.starts_with("--") => {
                "options must stand before the --".to_owned()
            }
            Self::TooMany { usage, .. } if usage.contains(" --") => {
                "give other values with their flags, as the usage shows; quote text that contains spaces".to_owned()
            }
            Self::TooMany { .. } => {
                "quote text that contains spaces, and put -- before text that begins with a dash".to_owned()
            }
            Self::TooManyBesideWebhook { .. } => {
                "quote text that contains spaces; to use another webhook, put its name first, from \
                 [profiles.NAME.webhooks], or as env:NAME or file:PATH"
                    .to_owned()
            }
            Self::Name { entity: Entity::Interaction, .. } => {
                "the id is the field id of the event: dcord listen -e INTERACTION_CREATE --jq .d.id".to_owned()
            }
            Self::Name { entity: Entity::Message, .. } => "use its id, or a link copied from Discord".to_owned(),
            Self::Name { .. } => "use its id, a mention such as <#ID>, or a link copied from Discord".to_owned(),
            Self::NoSuchWebhook { hint, .. } => hint.clone(),
            Self::EmptyText { is_typed: true, .. } => "a variable in the text may not be set".to_owned(),
            Self::Conflict { second, .. } if second == "--content-file" => {
                "to send a text and a file, attach the file: --file PATH".to_owned()
            }
            Self::LiteralSecret { variable: Some(name), .. } => {
                format!("use env:{name}, so that dcord reads the variable {name} itself")
            }
            Self::LiteralSecret { .. } => {
                "use env:NAME for a variable, file:PATH for a file, or - for standard input".to_owned()
            }
            Self::SecretTarget { is_webhook: true, variable, .. } => {
                let name = variable.as_deref().unwrap_or("NAME");
                format!("to send through a webhook whose URL is in a variable: dcord webhook send env:{name} TEXT")
            }
            Self::SecretTarget { .. } => "set DCORD_TOKEN to the token, or use --token-file PATH".to_owned(),
            Self::SecretUnset { name, .. } => {
                format!("set it: export {name}=…; in CI, pass the secret to this step as a variable")
            }
            Self::SecretEmpty { .. } => "the variable or file that it comes from may be missing or empty".to_owned(),
            Self::EmptyKey => {
                "a variable in the key may be unset; use a key that identifies the message, such as build-52".to_owned()
            }
            Self::OtherHost { api, .. } => format!("set DCORD_API_URL={api}"),
            Self::SecretText { .. } => {
                "to send it anyway, read it from a file or from standard input: --content-file PATH".to_owned()
            }
            Self::NotAWebhook { is_quoted: true, .. } => "remove the quotation marks from the URL".to_owned(),
            Self::NotAWebhook { .. } => "copy the URL in Discord: channel settings, Integrations, Webhooks".to_owned(),
            Self::TooLong { .. } => {
                "send it in parts with --overflow split, as a file with --overflow file, or cut it with --overflow truncate"
                    .to_owned()
            }
            Self::NoAnswer { .. } => "remove --wait=false, or use -o none".to_owned(),
            Self::TooManyParts { .. } => "send it as a file with --overflow file".to_owned(),
            Self::Invalid(found) if found.iter().any(|violation| violation.message == check::NO_LIST) => {
                "put the value into square brackets: [{…}]".to_owned()
            }
            Self::Invalid(found) if found.iter().any(|violation| violation.topic.is_some()) => {
                let topic = found.iter().find_map(|violation| violation.topic)?;
                format!("`dcord explain {topic}` describes the JSON; --no-validate sends it anyway")
            }
            Self::Time { why: NotATime::Unknown, .. } => "`dcord help values` shows how to write times and spans".to_owned(),
            Self::Json { topic: Some(topic), .. } => {
                format!("`dcord explain {topic}` prints an example; @FILE reads the JSON from a file")
            }
            Self::Incomplete { topic, .. } => format!("`dcord explain {}` describes the JSON", (*topic)?),
            Self::Invalid(_) => "change the value, or send it anyway with --no-validate".to_owned(),
            Self::NothingFromLines { .. } => {
                "leave out the last target, write {} in place of the target that comes from the lines, or name the \
                 fields that the lines set: --take FIELDS"
                    .to_owned()
            }
            Self::OtherLine { .. } => {
                "dcord skips such a line; to act on it, leave the target out of the command line".to_owned()
            }
            Self::LineLacks { example, .. } => {
                format!("a line of this command can be {example}; what all lines share can be on the command line")
            }
            Self::BadLine { .. } => {
                "a line is an id, or a JSON object with ids; `dcord help each` describes the lines".to_owned()
            }
            Self::Conflict { second, .. } if second == "--offline" => {
                "events come only from Discord; `dcord cache list` shows what an earlier listener has stored".to_owned()
            }
            Self::Conflict { first, second } if first == "--each" && second == "--key" => {
                "--journal FILE records which lines are done".to_owned()
            }
            Self::NoParameter { fields, .. } => format!("the parameters are {}", fields.join(", ")),
            Self::NoSuchField { fields, .. } if fields.is_empty() => {
                "a line of this command only names the targets: remove --take".to_owned()
            }
            Self::NoSuchField { near, fields, .. } if near.is_empty() => format!("the fields are {}", fields.join(", ")),
            Self::UnknownField { fields, .. } => format!("the fields that can be unset are {}", fields.join(", ")),
            Self::Json { .. } => "put JSON in single quotes, or use @FILE to read it from a file".to_owned(),
            Self::NotARecording { .. } => {
                r#"convert it (ffmpeg -i IN -c:a libopus OUT.ogg), or set both values: --attachments '[{"id":0,"duration_secs":3.2,"waveform":"…"}]'"#
                    .to_owned()
            }
            Self::TooLarge { .. } => "Discord accepts at most 25 MiB in a request".to_owned(),
            Self::SeveralChoices { names, .. } if names.len() > MOST_MEANT => {
                "use the full name; --help lists all of them".to_owned()
            }
            Self::SeveralChoices { .. } => "use the full name".to_owned(),
            // Where a role is possible too, a person may mean its permissions.
            Self::Choice { names, flag, set: NameSet { hint: Some(hint), .. }, .. } if names.len() > MOST_LISTED => {
                let of_role = "\n`dcord permission explain SERVER ROLE` shows what a role permits";
                format!("{hint}{}", if flag.ends_with("ROLE") { of_role } else { "" })
            }
            Self::Choice { flag, set: NameSet { is_open: true, .. }, .. } if flag.starts_with("--") => {
                "if the value is new in Discord's API, add --no-validate and use the value in Discord's spelling".to_owned()
            }
            _ => return None,
        })
    }
}

impl From<Error> for error::Error {
    fn from(error: Error) -> Self {
        let (exit, kind) = match &error {
            Error::Invalid(_) | Error::TooLong { .. } | Error::TooManyParts { .. } | Error::TooLarge { .. } => {
                (exit::INVALID, "invalid")
            }
            Error::Write { .. } => (exit::OTHER, "other"),
            Error::Missing { .. }
            | Error::Argument { .. }
            | Error::MissingChoice { .. }
            | Error::NoServer { .. }
            | Error::SeveralMissing { .. }
            | Error::NoSuchWebhook { .. }
            | Error::TooMany { .. }
            | Error::TooManyBesideWebhook { .. }
            | Error::Value { .. }
            | Error::Other { .. }
            | Error::ChannelType { .. }
            | Error::Time { .. }
            | Error::Choice { .. }
            | Error::SeveralChoices { .. }
            | Error::Color { .. }
            | Error::Emoji { .. }
            | Error::Json { .. }
            | Error::Read { .. }
            | Error::NotText { .. }
            | Error::MediaType { .. }
            | Error::NotARecording { .. }
            | Error::StdinTwice { .. }
            | Error::Name { .. }
            | Error::Literal { .. }
            | Error::LiteralSecret { .. }
            | Error::SecretText { .. }
            | Error::SecretTarget { .. }
            | Error::SecretUnset { .. }
            | Error::SecretEmpty { .. }
            | Error::EmptyText { .. }
            | Error::OtherHost { .. }
            | Error::EmptyKey
            | Error::UnsureWithoutKey
            | Error::NotAWebhook { .. }
            | Error::SetAndUnset { .. }
            | Error::NoParameter { .. }
            | Error::NoSuchField { .. }
            | Error::NothingFromLines { .. }
            | Error::CannotTake { .. }
            | Error::BadLine { .. }
            | Error::LineLacks { .. }
            | Error::OtherLine { .. }
            | Error::UnknownField { .. }
            | Error::NotNullable { .. }
            | Error::Conflict { .. }
            | Error::NoAnswer { .. }
            | Error::Forms { .. }
            | Error::NotOfForm { .. }
            | Error::Incomplete { .. }
            | Error::BareBoolean { .. }
            | Error::BodyShape { .. } => (exit::USAGE, "usage"),
        };
        Box::new(Report::new(exit, kind, &error, error.hint())).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_many_names_an_error_lists_only_suggestions() {
        let many: Vec<_> = crate::catalogue::choices::PERMISSIONS.iter().map(|c| c.name).collect();
        let unknown = |names: &[&str], near: &[&str], hint| {
            unknown(&NameSet { what: "permission", hint, is_open: false }, "x", names, near)
        };
        assert_eq!(unknown(&["a", "b"], &["a"], None), r#""x" is not one of a, b"#);
        assert_eq!(unknown(&many, &["ban-members"], None), r#"no permission named "x""#);
        assert_eq!(unknown(&many, &[], Some("--help lists them")), r#"no permission named "x""#);
        assert_eq!(unknown(&many, &[], None), format!(r#""x" is not one of {}"#, many.join(", ")));
        assert_eq!(some_of(&many[..2]), "create-instant-invite or kick-members");
        assert!(some_of(&many).ends_with(" or 46 others"), "{}", some_of(&many));
        assert_eq!(did_you_mean(&["a", "b", "c"]), r#"; did you mean "a", "b" or "c"?"#);
    }
}
