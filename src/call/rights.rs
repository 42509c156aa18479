//! What a profile allows: which commands, servers and channels, and whether it may change anything.

use std::path::PathBuf;

use crate::catalogue::{self, Endpoint, Method};
use crate::config::{self, Settings};
use crate::error::{Forbidden, Refused, Rule};
use crate::model::{Snowflake, closest};

/// A command's noun and verb. A command of one word has no verb.
pub type Name = (&'static str, &'static str);

/// `dcord listen`, the one command outside the catalogue that has a name of its own in patterns.
pub const LISTEN: Name = ("listen", "");

/// The rules of a profile.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    profile: String,
    file: PathBuf,
    read_only: bool,
    /// `None` for all commands.
    allow: Option<Patterns>,
    deny: Patterns,
    /// The servers to which requests may apply. `None` for all servers.
    pub allowed_guilds: Option<Vec<Snowflake>>,
    /// The channels to which requests may apply. `None` for all channels.
    pub allowed_channels: Option<Vec<Snowflake>>,
}

/// What a request is about to do, for the rules about commands.
#[derive(Clone, Copy)]
pub struct Action<'a> {
    /// The command that the user runs; `None` for `dcord api`.
    pub command: Option<&'static Endpoint>,
    /// The endpoint of the request; `None` if the catalogue does not have it.
    pub endpoint: Option<&'static Endpoint>,
    pub method: Method,
    pub template: &'a str,
}

impl Action<'_> {
    /// The action in words: `message send`, or `GET /some/path` for a request that the catalogue does not have.
    pub fn words(&self) -> String {
        let row = self.command.or(self.endpoint);
        row.map_or_else(|| format!("{} {}", self.method.name(), self.template), Endpoint::words)
    }

    /// The names by which a pattern can match: that of the command, and that of the endpoint that it uses.
    fn names(&self) -> Vec<Name> {
        let same = |row: &&'static Endpoint| row.method == self.method && row.path == self.template;
        let endpoint = catalogue::endpoints().map(|(_, row)| row).find(same);
        let rows = [self.command, self.endpoint, endpoint].into_iter().flatten();
        // A composed command has the operation of the endpoint that does its work.
        rows.flat_map(|row| [Some(row), catalogue::operation(row.operation)]).flatten().map(Endpoint::name).collect()
    }
}

impl Rights {
    pub fn of(settings: &Settings) -> Result<Self, config::Error> {
        let profile = settings.profile();
        let patterns =
            |key, texts| Patterns::parse(key, texts).map_err(|error: config::Error| settings.in_profile(error));
        Ok(Self {
            profile: settings.profile_name().unwrap_or_default().to_owned(),
            file: settings.config_file().to_owned(),
            read_only: profile.read_only,
            allow: profile.allow.as_ref().map(|texts| patterns("allow", texts)).transpose()?,
            deny: patterns("deny", &profile.deny)?,
            allowed_guilds: settings.allowed_guilds()?,
            allowed_channels: settings.allowed_channels()?,
        })
    }

    /// Whether requests must be about certain servers or channels.
    pub const fn limits_places(&self) -> bool {
        self.allowed_guilds.is_some() || self.allowed_channels.is_some()
    }

    /// Returns an error if the profile does not allow the action.
    pub fn admit(&self, action: &Action<'_>) -> Result<(), Refused> {
        if action.endpoint.is_none()
            && let Some(key) = self.key_for_known()
        {
            return Err(self.forbid(Rule::UnknownEndpoint { command: action.words(), key }));
        }
        let is_limited = self.allow.is_some() || !self.deny.is_empty();
        let names = if is_limited { action.names() } else { Vec::new() };
        self.admit_names(&names, || action.words())?;
        self.admit_method(action.method, || action.words())
    }

    /// Returns an error if the profile denies a request that dcord sends to carry out another command, such as one that looks
    /// up a name. The command that needs it has already been allowed, and `allow` does not have to list what it needs.
    pub fn admit_step(&self, endpoint: &'static Endpoint) -> Result<(), Refused> {
        if !self.deny.is_empty() {
            self.refuse_denied(&[endpoint.name()], || endpoint.words())?;
        }
        self.admit_method(endpoint.method, || endpoint.words())
    }

    /// Returns an error if the profile does not allow a command with these names.
    pub fn admit_names(&self, names: &[Name], words: impl Fn() -> String) -> Result<(), Refused> {
        self.refuse_denied(names, &words)?;
        match &self.allow {
            Some(allow) if allow.matching(names).is_none() => Err(self.forbid(Rule::NotAllowed { command: words() })),
            _ => Ok(()),
        }
    }

    fn refuse_denied(&self, names: &[Name], words: impl Fn() -> String) -> Result<(), Refused> {
        match self.deny.matching(names) {
            Some(pattern) => Err(self.forbid(Rule::Denied { command: words(), pattern: pattern.text.clone() })),
            None => Ok(()),
        }
    }

    fn admit_method(&self, method: Method, words: impl Fn() -> String) -> Result<(), Refused> {
        match self.read_only && method != Method::Get {
            true => Err(self.forbid(Rule::ReadOnly { command: words(), method: method.name() })),
            false => Ok(()),
        }
    }

    /// Returns an error if the command's server is not allowed, or not known.
    pub fn admit_guild(&self, guild: Option<u64>, command: impl Fn() -> String) -> Result<(), Refused> {
        let Some(allowed) = &self.allowed_guilds else { return Ok(()) };
        match guild {
            None => Err(self.forbid(Rule::UnknownGuild { command: command() })),
            Some(guild) if allowed.contains(&Snowflake::new(guild)) => Ok(()),
            Some(guild) => Err(self.forbid(Rule::OtherGuild { guild })),
        }
    }

    /// Whether the profile allows this channel by its id.
    pub fn allows_channel(&self, id: &str) -> bool {
        let id = id.parse().ok();
        self.allowed_channels.as_ref().is_none_or(|allowed| id.is_some_and(|id| allowed.contains(&id)))
    }

    /// The error for a channel that the profile does not allow.
    pub fn other_channel(&self, id: &str) -> Refused {
        self.forbid(Rule::OtherChannel { channel: id.to_owned() })
    }

    /// Returns an error if the profile allows only some channels, for a command that does not act on a known one.
    pub fn admit_no_channel(&self, command: impl Fn() -> String) -> Result<(), Refused> {
        match self.allowed_channels {
            Some(_) => Err(self.forbid(Rule::UnknownChannel { command: command() })),
            None => Ok(()),
        }
    }

    /// The rule that requires a request to be one that the catalogue has.
    const fn key_for_known(&self) -> Option<&'static str> {
        match self {
            Self { allow: Some(_), .. } => Some("allow"),
            Self { deny, .. } if !deny.is_empty() => Some("deny"),
            Self { allowed_guilds: Some(_), .. } => Some("allowed_guilds"),
            Self { allowed_channels: Some(_), .. } => Some("allowed_channels"),
            _ => None,
        }
    }

    fn forbid(&self, rule: Rule) -> Refused {
        Forbidden { rule, profile: self.profile.clone(), file: self.file.clone() }.into()
    }
}

/// Patterns for commands.
#[derive(Clone, Debug, Default)]
pub struct Patterns(Vec<Pattern>);

impl Patterns {
    /// Parses patterns. Errors name them by this key of the profile, or by this argument.
    pub fn parse(key: &str, texts: &[String]) -> Result<Self, config::Error> {
        texts.iter().map(|text| Pattern::parse(key, text)).collect::<Result<_, _>>().map(Self)
    }

    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the patterns matches a command.
    pub fn matches(&self, name: Name) -> bool {
        self.matching(&[name]).is_some()
    }

    /// The first pattern that matches one of the names.
    fn matching(&self, names: &[Name]) -> Option<&Pattern> {
        self.0.iter().find(|pattern| names.iter().any(|name| pattern.matches(*name)))
    }
}

/// A pattern for commands: `message.send`, `message.*`, `*.delete` or `*`.
#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    /// `None` for any.
    noun: Option<String>,
    verb: Option<String>,
}

impl Pattern {
    /// Parses a pattern of this key of the profile, which must match a command.
    fn parse(key: &str, text: &str) -> Result<Self, config::Error> {
        let (noun, verb) = match text.split_once('.') {
            None if text == "*" => ("*", "*"),
            None => (text, ""),
            Some(words) => words,
        };
        let half = |half: &str| (half != "*").then(|| half.to_owned());
        // An alias is replaced with the name of its command.
        let own = catalogue::find(noun, verb).map(Endpoint::name);
        let [noun, verb] = own.map_or([half(noun), half(verb)], |(noun, verb)| [half(noun), half(verb)]);
        let pattern = Self { text: text.to_owned(), noun, verb };
        if names().any(|name| pattern.matches(name)) {
            return Ok(pattern);
        }
        let known: Vec<String> = names().map(dotted).chain(nouns()).chain(aliases()).collect();
        let meant = closest(text, known.iter().map(String::as_str)).map(str::to_owned);
        Err(config::Error::Pattern { key: key.to_owned(), text: text.to_owned(), meant })
    }

    fn matches(&self, (noun, verb): Name) -> bool {
        self.noun.as_deref().is_none_or(|own| own == noun) && self.verb.as_deref().is_none_or(|own| own == verb)
    }
}

/// The names of all commands that patterns can match.
fn names() -> impl Iterator<Item = Name> {
    catalogue::commands().map(|(noun, row)| (noun.name, row.verb)).chain([LISTEN])
}

/// The patterns for all commands of a noun.
fn nouns() -> impl Iterator<Item = String> {
    catalogue::NOUNS.iter().map(|noun| format!("{}.*", noun.name))
}

fn aliases() -> impl Iterator<Item = String> {
    catalogue::commands().flat_map(|(_, row)| row.aliases).map(|words| words.replacen(' ', ".", 1))
}

fn dotted((noun, verb): Name) -> String {
    if verb.is_empty() { noun.to_owned() } else { format!("{noun}.{verb}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(allow: Option<&[&str]>, deny: &[&str]) -> Rights {
        let patterns =
            |texts: &[&str]| Patterns(texts.iter().map(|text| Pattern::parse("deny", text).unwrap()).collect());
        Rights { allow: allow.map(patterns), deny: patterns(deny), ..Rights::default() }
    }

    fn admits(rights: &Rights, command: &str) -> bool {
        let (noun, verb) = command.split_once('.').unwrap();
        let row = catalogue::find(noun, verb).unwrap();
        let action = Action { command: Some(row), endpoint: Some(row), method: row.method, template: row.path };
        rights.admit(&action).is_ok()
    }

    #[test]
    fn deny_wins_over_allow() {
        let rights = rights(Some(&["message.*", "*.list"]), &["message.delete"]);
        for (command, is_admitted) in [
            ("message.send", true),
            ("message.delete", false),
            ("channel.list", true),
            ("channel.create", false),
            ("thread.send", true),
        ] {
            assert_eq!(admits(&rights, command), is_admitted, "{command}");
        }
        assert!(!admits(&self::rights(Some(&[]), &[]), "message.send"), "an empty list allows no command");
        assert!(!admits(&self::rights(Some(&["*"]), &["*"]), "message.send"));
    }

    #[test]
    fn a_rule_about_an_endpoint_applies_to_each_command_that_uses_it() {
        let denied = rights(None, &["message.send", "member.edit"]);
        assert!(!admits(&denied, "message.reply") && !admits(&denied, "member.timeout"));
        let allowed = rights(Some(&["member.edit"]), &[]);
        assert!(admits(&allowed, "member.timeout"));
        let one = rights(Some(&["member.timeout"]), &[]);
        assert!(admits(&one, "member.timeout") && !admits(&one, "member.edit"));
    }

    #[test]
    fn a_pattern_that_matches_no_command_names_the_nearest() {
        for (text, expected) in [
            ("mesage.*", Some("message.*")),
            ("member.bann", Some("member.ban")),
            ("mesage.send", Some("message.send")),
            ("listn", Some("listen")),
            ("nothing.like.it", None),
        ] {
            let Err(config::Error::Pattern { meant, .. }) = Pattern::parse("deny", text) else { panic!("{text}") };
            assert_eq!(meant.as_deref(), expected, "{text}");
        }
        assert!(Pattern::parse("deny", "message.create").is_ok(), "an alias stands for its command");
    }
}
