//! Composes the message of a notification from the options and the facts.

use std::fs::File;
use std::io::Read as _;

use serde_json::{Map, Value, json};

use super::args::Options;
use super::deliver::Contents;
use super::facts::Facts;
use super::message::Message;
use super::status::Status;
use super::{template, text};
use crate::call::bind::Error;
use crate::config::env;
use crate::context::Context;
use crate::model::redact::redact;
use crate::output::clean;

/// The names of the fields about a command that dcord has run.
pub const COMMAND: &str = "Command";
pub const DURATION: &str = "Duration";
pub const EXIT_STATUS: &str = "Exit status";

/// Registers the secrets in the environment and the profile, so that they are removed from the texts of a message.
pub fn learn_secrets(context: &Context) {
    // Creating a secret registers it. If the token cannot be read, a log cannot contain it either.
    drop((env::secrets(), context.settings.token_at_hand(), context.settings.default_webhook()));
}

/// The facts from the environment.
pub fn facts() -> Facts {
    /// GitHub's limit on the size of an event.
    const LARGEST_EVENT: u64 = 25 << 20;
    let read = |path: &str| serde_json::from_reader(File::open(path).ok()?.take(LARGEST_EVENT)).ok();
    Facts::of(env::named, read)
}

/// The message for these options and facts. `program` is the name of the program, for a run without a known job.
pub fn compose(options: &Options, facts: &Facts, status: Status, program: Option<&str>) -> Message {
    let name = facts.name().or_else(|| program.map(str::to_owned)).map(|name| text::plain(&name));
    let title = match (&options.title, name) {
        (Some(title), _) => Some(format!("{} {title}", status.symbol())),
        (None, Some(name)) => Some(format!("{} {name} {}", status.symbol(), status.verb())),
        (None, None) if status == Status::Info => None,
        (None, None) => Some(format!("{} {}", status.symbol(), status.title())),
    };
    let mut fields = Vec::new();
    let mut add = |name: &str, value: Option<String>| fields.extend(value.map(|value| (name.to_owned(), value)));
    let plain = |text: &Option<String>| text.as_deref().map(text::plain);
    match &facts.tag {
        Some(tag) => add("Tag", Some(text::plain(tag))),
        None => add("Branch", plain(&facts.branch)),
    }
    add("Commit", commit(facts));
    add("By", plain(&facts.actor));
    for (name, value) in &facts.details {
        add(name, Some(text::plain(value)));
    }
    fields.extend(options.fields.iter().cloned());
    let mentions = status == Status::Failure || options.mentions_always && status != Status::Started;
    let footer = facts.system.map(str::to_owned).or_else(host);
    Message {
        status,
        title: title.map(|title| title.trim_end().to_owned()),
        text: options.text.clone(),
        log: None,
        link: options.link.clone().or_else(|| facts.link.clone()),
        fields,
        footer,
        mentions: options.mentions.iter().filter(|_| mentions).map(|who| mention(who).0).collect(),
    }
}

/// The commit, with a link to it and the first line of its message.
fn commit(facts: &Facts) -> Option<String> {
    let short = text::plain(facts.short_commit()?);
    let is_linkable = |link: &&String| !link.contains([')', '(', ' ', '<', '>']);
    let shown = match facts.commit_link.as_ref().filter(is_linkable) {
        Some(link) => format!("[`{short}`]({link})"),
        None => short,
    };
    Some(match &facts.subject {
        Some(subject) => format!("{shown} {}", text::plain(subject)),
        None => shown,
    })
}

/// Converts a value of `--mention` to the text in a message and to a value of `--ping`. A plain id is that of a role.
fn mention(who: &str) -> (String, String) {
    let who = who.trim();
    match who.trim_start_matches('@') {
        "everyone" => ("@everyone".to_owned(), "everyone".to_owned()),
        "here" => ("@here".to_owned(), "everyone".to_owned()),
        id if id.bytes().all(|b| b.is_ascii_digit()) => (format!("<@&{id}>"), format!("<@&{id}>")),
        _ if who.starts_with('<') => (who.to_owned(), who.to_owned()),
        name => (format!("@{name}"), format!("@{name}")),
    }
}

/// The name of this machine.
#[cfg(unix)]
fn host() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Some(clean::line(&redact(&name)).into_owned()).filter(|name| !name.is_empty())
}

#[cfg(not(unix))]
fn host() -> Option<String> {
    None
}

/// Converts the message to the contents of a request.
pub fn contents(context: &Context, options: &Options, facts: &Facts, message: &Message) -> Result<Contents, Error> {
    let mut pings: Vec<String> = Vec::new();
    if !message.mentions.is_empty() {
        pings = options.mentions.iter().map(|who| mention(who).1).collect();
    }
    let title = message.title.as_deref().unwrap_or_default();
    let call = match &message.mentions[..] {
        [] => String::new(),
        mentions => format!("{} {title}", mentions.join(" ")).trim_end().to_owned(),
    };
    if let Some(template) = &options.template {
        let body = template::body(template, &names(facts, message))?;
        return Ok(Contents { body, pings, call, ..Contents::default() });
    }
    let fitted = message.fit(options.overflow)?;
    if fitted.dropped_fields > 0 {
        let count = fitted.dropped_fields;
        context.console.warn(format_args!("the message has no room for the last {count} fields, so they are left out"));
    }
    let mut body = Map::new();
    body.insert("embeds".to_owned(), json!([fitted.embed]));
    if !fitted.content.is_empty() {
        body.insert("content".to_owned(), Value::from(fitted.content));
    }
    Ok(Contents { body, files: fitted.files, pings, call })
}

/// The values of the names in a template. A fact that is unknown is an empty string.
fn names(facts: &Facts, message: &Message) -> Vec<(&'static str, Value)> {
    /// The log is truncated so that the message has room for other text.
    const LONGEST_LOG: usize = 1500;
    let plain = |text: Option<&str>| text.map(text::plain).unwrap_or_default().into();
    let raw = |text: Option<&str>| text.unwrap_or_default().into();
    let field = |name: &str| raw(message.field(name));
    vec![
        ("actor", plain(facts.actor.as_deref())),
        ("branch", plain(facts.branch.as_deref())),
        ("color", message.status.color().into()),
        ("command", field(COMMAND)),
        ("commit", plain(facts.short_commit())),
        ("commit_link", raw(facts.commit_link.as_deref())),
        ("duration", field(DURATION)),
        ("exit_status", field(EXIT_STATUS)),
        ("host", raw(host().as_deref())),
        ("job", plain(facts.job.as_deref())),
        ("link", raw(message.link.as_deref())),
        ("log", message.end_of_log(LONGEST_LOG).into()),
        ("mentions", message.mentions.join(" ").into()),
        ("repository", plain(facts.repository.as_deref())),
        ("status", message.status.name().into()),
        ("subject", plain(facts.subject.as_deref())),
        ("symbol", message.status.symbol().into()),
        ("system", raw(facts.system)),
        ("tag", plain(facts.tag.as_deref())),
        ("text", raw(message.text.as_deref())),
        ("title", raw(message.title.as_deref())),
        ("workflow", plain(facts.workflow.as_deref())),
    ]
}
