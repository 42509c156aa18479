//! The arguments of `dcord notify` and `dcord notify run`.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};

use super::status::Status;
use super::text::Tail;
use crate::call::bind::error::either;
use crate::call::bind::input::Input;
use crate::call::bind::{Error, Overflow};
use crate::cli::globals;
use crate::model::filename;
use crate::model::redact::redact;

const WHERE: &str = "Destination";
const WHAT: &str = "Message";
const HOW: &str = "Delivery";

/// The default number of log lines in a message.
const LINES: usize = 20;

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help).help_heading(WHAT)
}

/// An option whose value may begin with a dash.
fn text(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    option(name, value, help).allow_hyphen_values(true)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).help(help).action(ArgAction::SetTrue).help_heading(HOW)
}

/// The options of both commands.
pub fn shared(command: Command) -> Command {
    command.args([
        text("title", "TITLE", "Title, instead of the names of the repository and the job"),
        text("text", "TEXT", "Text below the title, as Markdown"),
        text("field", "NAME=VALUE", "Field below the text").action(ArgAction::Append),
        option("link", "URL", "URL that the title links to, instead of the run's page"),
        option("image", "URL", "Picture to show: a URL, or attachment://NAME for a --file"),
        option("file", "PATH", "File to attach").action(ArgAction::Append).value_hint(ValueHint::FilePath),
        option("mention", "WHO", "Role or user to ping: @NAME, a role's id, <@ID>, everyone or here")
            .action(ArgAction::Append)
            .value_delimiter(','),
        option("mention-on", "WHEN", "When to ping [default: failure]").value_parser(["failure", "always"]),
        option("username", "NAME", "Webhook: name to show instead of the webhook's name"),
        option("avatar-url", "URL", "Webhook: picture to show instead of the webhook's avatar").hide_short_help(true),
        option(globals::OVERFLOW, "HOW", "What to do with text and logs that are too long [default: truncate]")
            .value_parser(Overflow::NAMES),
        option("webhook", "WEBHOOK", "Webhook to post to: a name from the profile, env:NAME or file:PATH")
            .help_heading(WHERE)
            .conflicts_with("channel"),
        option("channel", "CHANNEL", "Channel to post to as the bot, instead of a webhook").help_heading(WHERE),
        option("thread", "THREAD", "Thread or forum post to post to").help_heading(WHERE),
        option("thread-name", "NAME", "Webhook of a forum: title of a new post to start")
            .help_heading(WHERE)
            .conflicts_with_all(["thread", "channel"])
            .hide_short_help(true),
        option("template", "PATH", "Send the JSON of this file, with {{branch}} and other names filled in")
            .value_hint(ValueHint::FilePath)
            .hide_short_help(true),
        option(globals::KEY, "KEY", "Edit the message that an earlier run posted with the same key").help_heading(HOW),
        flag("optional", "If no webhook and no token is set, post nothing and exit with 0"),
    ])
}

/// The options of `notify` alone.
pub fn own(command: Command) -> Command {
    let statuses = Status::all().map(|(name, aliases)| PossibleValue::new(name).aliases(aliases));
    let status = PossibleValuesParser::new(statuses);
    let status = status.map(|name| Status::parse(&name).expect("the parser admits only names of statuses"));
    command.args([
        Arg::new("words")
            .value_name("TEXT")
            .help("Text below the title, as Markdown; - reads standard input")
            .conflicts_with("text"),
        option("status", "STATUS", "Status [default: that of the CI job, else info]").value_parser(status),
        option("log", "PATH", "Show the end of this log; - reads standard input").value_hint(ValueHint::FilePath),
        lines("Number of lines of the log to show [default: 20]"),
    ])
}

pub fn fail() -> Arg {
    flag("fail", "Exit with an error if the message cannot be delivered")
}

pub fn lines(help: &'static str) -> Arg {
    option("tail", "N", help).value_parser(globals::whole::<u32>(0, u32::MAX.into()))
}

/// The options of both commands.
#[derive(Clone, Debug)]
pub struct Options {
    pub webhook: Option<String>,
    pub channel: Option<String>,
    pub thread: Option<String>,
    pub thread_name: Option<String>,
    pub title: Option<String>,
    pub text: Option<String>,
    pub fields: Vec<(String, String)>,
    pub link: Option<String>,
    pub image: Option<String>,
    pub files: Vec<String>,
    pub mentions: Vec<String>,
    pub mentions_always: bool,
    pub username: Option<String>,
    pub avatar_url: Option<String>,
    pub overflow: Overflow,
    /// The text of `--template`.
    pub template: Option<String>,
    pub key: Option<String>,
    pub is_optional: bool,
    /// The number of log lines in the message.
    pub lines: usize,
}

impl Options {
    pub fn read(matches: &ArgMatches, input: &mut Input) -> Result<Self, Error> {
        let one = |id: &str| matches.try_get_one::<String>(id).ok().flatten().cloned();
        let all = |id: &str| matches.get_many::<String>(id).into_iter().flatten().cloned().collect::<Vec<_>>();
        let text = match one("words").or_else(|| one("text")) {
            Some(dash) if dash == "-" => Some(input.text("TEXT", "-")?),
            text => text,
        };
        let fields = all("field").into_iter().map(|pair| match pair.split_once('=') {
            Some((name, value)) => Ok((redact(name.trim()).into_owned(), redact(value).into_owned())),
            None => Err(Error::Value { flag: "--field".to_owned(), text: pair, wanted: "NAME=VALUE".to_owned() }),
        });
        let overflow = one(globals::OVERFLOW);
        let files = all("file");
        if files.iter().any(|file| file.split('#').next() == Some("-")) {
            input.take_stdin("--file")?;
        }
        let options = Self {
            webhook: one("webhook"),
            channel: one("channel"),
            thread: one("thread"),
            thread_name: one("thread-name").map(|text| redact(&text).into_owned()),
            title: one("title").map(|text| redact(&text).into_owned()),
            text: text.map(|text| redact(text.trim()).into_owned()).filter(|text| !text.is_empty()),
            fields: fields.collect::<Result<_, _>>()?,
            link: one("link"),
            image: one("image"),
            files,
            mentions: all("mention"),
            mentions_always: one("mention-on").is_some_and(|when| when == "always"),
            username: one("username"),
            avatar_url: one("avatar-url"),
            template: one("template").map(|path| input.text("--template", &path)).transpose()?,
            overflow: overflow.map_or(Overflow::Truncate, |name| Overflow::of_name(&name)),
            key: one(globals::KEY),
            is_optional: matches.get_flag("optional"),
            lines: matches.get_one::<u32>("tail").map_or(LINES, |lines| usize::try_from(*lines).unwrap_or(LINES)),
        };
        options.check()?;
        Ok(options)
    }

    /// Leaves out files that do not exist, which a job may not have written if it failed.
    pub fn without_missing_files(mut self, warn: impl Fn(&str)) -> Self {
        let exists = |file: &String| {
            let path = file.rsplit_once('#').map_or(file.as_str(), |(path, _)| path);
            path == "-" || Path::new(file).exists() || Path::new(path).exists()
        };
        for file in self.files.iter().filter(|file| !exists(file)) {
            warn(&format!("--file {file} does not exist, so it is not attached"));
        }
        self.files.retain(exists);
        if self.image.as_deref().is_some_and(|url| !self.has_file_of(url)) {
            self.image = None;
        }
        self
    }

    /// Whether a URL is not that of an attachment, or is that of a file to attach.
    fn has_file_of(&self, url: &str) -> bool {
        let Some(name) = url.strip_prefix("attachment://") else { return true };
        self.files.iter().any(|file| {
            let path = file.rsplit_once('#').map_or(file.as_str(), |(path, _)| path);
            // The name of standard input is chosen later.
            path == "-"
                || [file, path]
                    .into_iter()
                    .filter_map(|path| Path::new(path).file_name()?.to_str())
                    .any(|own| own == name || filename::stored(own) == filename::stored(name))
        })
    }

    fn check(&self) -> Result<(), Error> {
        if self.key.as_ref().is_some_and(|key| key.trim().is_empty()) {
            return Err(Error::EmptyKey);
        }
        if self.overflow == Overflow::Split && self.key.is_some() {
            // A key identifies one message, but an edit could require a different number of parts.
            return Err(Error::Conflict { first: "--overflow split".to_owned(), second: "--key".to_owned() });
        }
        let schemes = ["http://", "https://", "attachment://"];
        let urls = [("--link", &self.link, 2), ("--image", &self.image, 3), ("--avatar-url", &self.avatar_url, 2)];
        for (flag, url, count) in urls {
            let Some(text) = url else { continue };
            let (flag, text) = (flag.to_owned(), text.clone());
            if !schemes[..count].iter().any(|scheme| text.starts_with(scheme)) {
                let wanted =
                    format!("a URL that begins with {}", either(schemes[..count].iter().map(|s| (*s).to_owned())));
                return Err(Error::Value { flag, text, wanted });
            }
            if !self.has_file_of(&text) {
                let name = text.trim_start_matches("attachment://");
                let wanted = format!("an attached file: add --file {name}");
                return Err(Error::Value { flag, text, wanted });
            }
        }
        let of_webhook = [("--username", &self.username), ("--avatar-url", &self.avatar_url)];
        if self.channel.is_some()
            && let Some((flag, _)) = of_webhook.into_iter().find(|(_, value)| value.is_some())
        {
            return Err(Error::Conflict { first: flag.to_owned(), second: "--channel".to_owned() });
        }
        Ok(())
    }
}

/// The end of the log. A log that does not exist, because the job failed before it wrote one, is a warning.
pub fn log(
    matches: &ArgMatches,
    lines: usize,
    input: &mut Input,
    warn: impl Fn(&str),
) -> Result<Option<String>, Error> {
    let Some(path) = matches.get_one::<String>("log") else { return Ok(None) };
    let failed = |source: std::io::Error| Error::Read {
        flag: "--log".to_owned(),
        path: if path == "-" { "standard input".to_owned() } else { path.clone() },
        source: source.into(),
    };
    let tail = match path.as_str() {
        "-" => {
            input.take_stdin("--log")?;
            Tail::read(std::io::stdin().lock())
        }
        path => File::open(path).and_then(Tail::read),
    };
    match tail {
        Ok(tail) => Ok(Some(tail.lines(lines))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            warn(&format!("--log {path} does not exist, so the message shows no log"));
            Ok(None)
        }
        Err(error) => Err(failed(error)),
    }
}
