//! `dcord notify`: report the result of a job in a message. The message is an embed whose facts come from the options and the
//! environment. It is sent by the same calls as `webhook send` and `message send`.

mod args;
mod deliver;
mod facts;
mod message;
mod status;
mod text;

use std::fs::File;
use std::io::Read as _;

use clap::{ArgMatches, Command};
use serde_json::{Map, Value, json};

use self::args::Options;
use self::deliver::{Contents, Courier, Destination, Outcome};
use self::facts::Facts;
use self::message::Message;
use self::status::Status;
use crate::call::bind::Error;
use crate::call::bind::input::Input;
use crate::call::{Question, Reply};
use crate::config::env;
use crate::context::Context;
use crate::error::Result;
use crate::model::redact::redact;
use crate::output::clean;

pub fn args(command: Command) -> Command {
    let command = command
        .override_usage("dcord notify [TEXT] [OPTIONS]")
        .after_help(
            "Posts a message with a title, a colour for the status, and what the environment says about the job: in \
             GitHub Actions, Forgejo and Gitea Actions, GitLab CI, Buildkite, Jenkins, CircleCI and systemd, dcord adds \
             the repository, the branch or tag, the commit, its author and a link to the run. Options override these.\n\n\
             Destination: --webhook or --channel, else the webhook in DCORD_WEBHOOK_URL or DISCORD_WEBHOOK_URL, else \
             the only webhook of the profile, else the channel in DCORD_CHANNEL or the profile, for which a bot token \
             is required.\n\n\
             Exit status: a notification does not fail a job. If Discord does not accept the message, dcord prints a \
             warning and exits with 0; with --fail it exits with an error. Errors in the command line always exit with \
             2, and a missing webhook or token with 4, unless --optional is given. dcord gives up after 30 seconds; \
             --max-wait and --request-timeout change that.\n\n\
             Names that strangers choose, such as that of a branch, cannot ping or change the layout. Only --mention \
             pings. dcord hides in logs and texts its own secrets, and the values of variables whose names contain \
             words such as TOKEN, SECRET or PASSWORD.\n\n\
             With --key, the first run posts a message and the next ones edit it, so that \"started\" becomes \
             \"succeeded\". Since an edit pings nobody, --mention then posts a second message. dcord stores keys in \
             DCORD_STATE_DIR, which the runs must share.\n\n\
             Examples:\n  \
             dcord notify --status success 'Deployed 1.4 to production'\n  \
             dcord notify --status failure --log build.log --mention 555555555555555555\n  \
             dcord notify --webhook env:BUILD_WEBHOOK --status started --key \"deploy-$GITHUB_RUN_ID\"\n  \
             dcord notify --channel '#builds' --title 'Nightly build' --field Tests='1204 passed' --optional",
        );
    args::shared(args::own(command)).arg(args::fail())
}

pub fn run(context: &Context, matches: &ArgMatches) -> Result<()> {
    learn_secrets(context);
    let mut input = Input::default();
    let options = Options::read(matches, &mut input)?;
    let log = args::log(matches, options.lines, &mut input)?;
    let facts = facts();
    let given: Option<&Status> = matches.get_one("status");
    let status = given.copied().or(facts.status).unwrap_or_default();
    let destination = match Destination::of(context, &options)? {
        Ok(destination) => destination,
        Err(no_secret) => return no_secret.end(context, options.is_optional),
    };
    let message = Message { log, ..compose(&options, &facts, status, None) };
    let is_empty =
        message.title.is_none() && message.text.is_none() && message.log.as_ref().is_none_or(String::is_empty);
    if is_empty && message.fields.is_empty() && options.files.is_empty() && options.image.is_none() {
        let usage = "notify [TEXT] [OPTIONS]".to_owned();
        let hint = Some("or --status, --title, --field, --log or --file".into());
        return Err(Error::Missing { what: "TEXT".to_owned(), usage, hint }.into());
    }
    let contents = contents(context, &options, &message)?;
    let unasked = |_: &Question| Reply::Unanswered;
    let policy = super::endpoint::policy(context, None, &unasked)?;
    let row = destination.row();
    let (mut printer, wants) = super::endpoint::printer(context, row)?;
    let courier = Courier { context, policy: &policy, destination: &destination, options: &options, wants };
    match context.block_on(courier.deliver(&contents, None))? {
        Ok(Outcome::Planned(planned)) => planned.iter().try_for_each(|planned| super::dry_run::print(context, planned)),
        Ok(Outcome::Done { answers, server }) => {
            if server.is_some() {
                printer.set_server(server);
            }
            answers.into_iter().try_for_each(|answer| super::endpoint::print(context, row, answer, None, &mut printer))
        }
        Err(error) => deliver::end(context, error, matches.get_flag("fail")),
    }
}

/// Registers the secrets of the environment and the profile, so that no text of a message shows them.
fn learn_secrets(context: &Context) {
    // Creating a secret registers it. A token that cannot be read is no secret that a log could show.
    drop((env::secrets(), context.settings.token_at_hand(), context.settings.default_webhook()));
}

/// The facts in the environment.
fn facts() -> Facts {
    /// GitHub's own limit of an event.
    const LARGEST_EVENT: u64 = 25 << 20;
    let read = |path: &str| serde_json::from_reader(File::open(path).ok()?.take(LARGEST_EVENT)).ok();
    Facts::of(env::named, read)
}

/// The message for these options and facts. `program` is what ran, if no job is known.
fn compose(options: &Options, facts: &Facts, status: Status, program: Option<&str>) -> Message {
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
    let mentions = options.mentions_always || status == Status::Failure;
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

/// A value of `--mention` as a text in a message, and as a value of `--ping`. A bare id is that of a role.
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

/// The message as it is sent.
fn contents(context: &Context, options: &Options, message: &Message) -> Result<Contents, Error> {
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
    let mut pings: Vec<String> = Vec::new();
    if !message.mentions.is_empty() {
        pings = options.mentions.iter().map(|who| mention(who).1).collect();
    }
    let title = message.title.as_deref().unwrap_or_default();
    let call = match &message.mentions[..] {
        [] => String::new(),
        mentions => format!("{} {title}", mentions.join(" ")).trim_end().to_owned(),
    };
    Ok(Contents { body, files: fitted.files, pings, call })
}
