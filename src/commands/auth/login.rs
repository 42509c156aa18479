//! `dcord auth login` and `logout`: store a token in a profile, and remove it.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value, json};
use toml_edit::TableLike;

use super::oauth;
use super::status::owner;
use crate::call::App;
use crate::commands::ask;
use crate::config::grant::{self, Grant, GrantPlace};
use crate::config::profile::{self, Profile};
use crate::config::{self, TokenSource, edit, env, keyring, paths, secret};
use crate::context::{Context, Stderr};
use crate::error::{Refused, Report, Result, exit};
use crate::model::{Secret, Token, TokenType};

/// The name of the profile that a first login creates.
const DEFAULT: &str = "default";

/// The place where a token is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Store {
    Keyring,
    Config,
    File,
}

impl Store {
    const fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::Config => "config",
            Self::File => "file",
        }
    }
}

const WITH_TOKEN: &str = "with-token";
const STORE: &str = "store";

pub fn args(command: Command) -> Command {
    let command = command
        .about("Check a token and store it in a profile")
        .override_usage("dcord auth login [--profile NAME] [--with-token | --oauth --client-id ID] [--store WHERE]")
        .arg(
            Arg::new(WITH_TOKEN)
                .long(WITH_TOKEN)
                .action(ArgAction::SetTrue)
                .help("Read the token from standard input instead of asking for it"),
        )
        .arg(
            Arg::new(STORE)
                .long(STORE)
                .value_name("WHERE")
                .value_parser(["keyring", "config", "file"])
                .hide_possible_values(true)
                .help(
                    "Store the token in the system keyring, in config.toml, or in a file beside it [default: keyring \
                     if there is one, else config] [possible values: keyring, config, file]",
                ),
        );
    oauth::args(command).after_help(
        "Asks for the token of a bot, checks it with Discord, and stores it. Without --profile, the profile is the default \
         one, or a new one named \"default\". Later commands use the token unless --token-file, DCORD_TOKEN or another \
         variable gives one.\n\n\
         --store config writes the token to config.toml, which only you can read. --store file writes it to a file of its \
         own, so that config.toml has no secret and can be shared. dcord never stores a token that Discord does not \
         accept.\n\n\
         --oauth gets the access token of a user, who allows the app in a browser. Discord then redirects the browser to \
         http://127.0.0.1:PORT/callback on this machine. Add that URL to the app in the developer portal, under OAuth2, \
         Redirects. The port is 8765 unless --port gives another one.\n\n\
         Examples:\n  dcord auth login\n  pass discord/bot | dcord auth login --with-token --profile work\n  \
         dcord auth login --profile ada --oauth --client-id 222222222222222222",
    )
}

/// What a login stores.
enum Credential {
    Token(Token),
    Grant(Grant),
}

fn parse(text: &Secret, kind: TokenType, origin: &str) -> Result<Token, config::Error> {
    Token::parse(text.expose(), kind).map_err(|source| config::Error::Token { origin: origin.to_owned(), source })
}

pub fn login(context: &Context, matches: &ArgMatches) -> Result<()> {
    let settings = &context.settings;
    if settings.flags.offline {
        return Err(Refused::Offline { command: "auth login".to_owned() }.into());
    }
    let name = settings.profile_name().unwrap_or(DEFAULT);
    let path = paths::config_file()?;
    replaceable(settings.profile(), name, &path)?;
    let store = match matches.get_one::<String>(STORE).map(String::as_str) {
        Some("keyring") => Store::Keyring,
        Some("file") => Store::File,
        None if keyring::exists() => Store::Keyring,
        _ => Store::Config,
    };
    let given = if oauth::is_asked(matches) {
        Credential::Grant(oauth::authorize(context, matches)?)
    } else {
        let kind = settings.token_type()?;
        let (text, origin) = match matches.get_flag(WITH_TOKEN) {
            true => (secret::from_stdin()?, "--with-token"),
            false => (asked(context)?, "the answer"),
        };
        Credential::Token(parse(&text, kind, origin)?)
    };
    // config.toml has no room for the tokens of an authorization, which change.
    let is_grant = matches!(given, Credential::Grant(_));
    let store = if is_grant && store == Store::Config { Store::File } else { store };
    let token = match &given {
        Credential::Token(token) => token.clone(),
        Credential::Grant(grant) => parse(&grant.access_token, TokenType::Bearer, "the token from Discord")?,
    };

    let notices = Arc::new(Stderr(Arc::clone(&context.console)));
    let app = App::new(Arc::new(settings.with_token(&token)), context.clock.clone(), notices);
    let owner = owner(context, &app, token.kind)?;

    if settings.flags.dry_run.is_none() {
        save(store, &path, name, &given)?;
    }
    report(context, store, name, &path, owner)
}

fn report(context: &Context, store: Store, name: &str, path: &Path, owner: Map<String, Value>) -> Result<()> {
    let mut result = Map::new();
    result.insert("profile".to_owned(), json!(name));
    result.insert("stored".to_owned(), json!(store.name()));
    result.extend(owner);
    context.print_object(&Value::Object(result))?;
    let console = &context.console;
    if context.settings.flags.dry_run.is_some() {
        console.note("the token is valid; nothing was stored, because this is a dry run");
        return Ok(());
    }
    let is_default = profile::read(path)?.file.default_profile.as_deref() == Some(name);
    if !is_default {
        console.note(format_args!("to use this profile, add --profile {name}, or run `dcord auth switch {name}`"));
    }
    // In later commands, which lack this `--profile`, a variable takes precedence over the profile.
    let variable = env::first(&config::token::VARIABLES).map(|(variable, _)| variable);
    if let Some(variable) = variable {
        console
            .warn(format_args!("{variable} is set, so dcord uses its token instead, unless you add --profile {name}"));
    }
    Ok(())
}

/// Returns an error if the profile names a source that `login` did not create and must not replace.
fn replaceable(profile: &Profile, name: &str, path: &Path) -> Result<(), config::Error> {
    let is_own = |source: &TokenSource| match source {
        TokenSource::Profile | TokenSource::Keyring(_) | TokenSource::Grant(_) => true,
        TokenSource::File(file) => own_file(name).is_ok_and(|own| own == *file),
        _ => false,
    };
    match profile.token_sources().find(|source| !is_own(source)).and_then(|source| source.key()) {
        Some(key) => {
            let path = path.display().to_string();
            Err(config::Error::OtherSource { profile: name.to_owned(), key, path })
        }
        None => Ok(()),
    }
}

/// The file in which `--store file` stores a profile's token.
fn own_file(profile: &str) -> Result<PathBuf, config::Error> {
    // A profile's name may contain any character, so it is percent-encoded.
    let name = percent_encoding::utf8_percent_encode(profile, percent_encoding::NON_ALPHANUMERIC);
    Ok(paths::config_dir()?.join("tokens").join(name.to_string()))
}

fn save(store: Store, path: &Path, name: &str, given: &Credential) -> Result<()> {
    let file = own_file(name)?;
    let text =
        |path: &Path| path.to_str().map(str::to_owned).context("the path of the configuration folder is not UTF-8");
    let (key, value) = match (given, store) {
        (Credential::Token(token), Store::Config) => ("token", token.expose().to_owned()),
        (Credential::Token(token), Store::Keyring) => {
            keyring::set(name, &Secret::new(token.expose()))?;
            ("token_keyring", name.to_owned())
        }
        (Credential::Token(token), Store::File) => {
            edit::write_secret(&file, token.expose().as_bytes())?;
            ("token_file", text(&file)?)
        }
        (Credential::Grant(grant), store) => {
            let place = match store {
                Store::Keyring => GrantPlace::Keyring(format!("{name} (OAuth2)")),
                Store::File | Store::Config => GrantPlace::File(PathBuf::from(text(&file)? + ".json")),
            };
            place.save(grant)?;
            ("token_oauth", place.to_string())
        }
    };
    let is_bearer = matches!(given, Credential::Token(token) if token.kind == TokenType::Bearer);
    let file = profile::read(path)?.file;
    edit::edit(path, key == "token", |document| {
        let profile = edit::profile(document, name);
        forget(profile);
        profile.insert(key, toml_edit::value(value));
        match is_bearer {
            true => drop(profile.insert("token_type", toml_edit::value("bearer"))),
            false => drop(profile.remove("token_type")),
        }
        if file.default_profile.is_none() {
            document["default_profile"] = toml_edit::value(name);
        }
    })?;
    // Deletes the secrets that the profile no longer names, which would otherwise stay on this machine.
    let sources = |profile: &Profile| profile.token_sources().collect::<Vec<_>>();
    let now = profile::read(path)?.file.profiles.get(name).map(sources).unwrap_or_default();
    let before = file.profiles.get(name).map(sources).unwrap_or_default();
    before.iter().filter(|source| !now.contains(source)).try_for_each(delete)?;
    Ok(())
}

/// Removes the keys that name the source of a token.
fn forget(profile: &mut dyn TableLike) {
    for key in ["token", "token_file", "token_keyring", "token_oauth"] {
        profile.remove(key);
    }
}

/// Deletes the token that `login` stored outside `config.toml`.
fn delete(source: &TokenSource) -> Result<(), config::Error> {
    match source {
        TokenSource::Keyring(name) => keyring::delete(name),
        TokenSource::File(file) => grant::remove(file),
        TokenSource::Grant(place) => place.delete(),
        _ => Ok(()),
    }
}

pub fn logout(context: &Context) -> Result<()> {
    let settings = &context.settings;
    let path = paths::config_file()?;
    let name = settings.profile_name().unwrap_or(DEFAULT);
    let profile = settings.profile();
    replaceable(profile, name, &path)?;
    let sources: Vec<TokenSource> = profile.token_sources().collect();
    if sources.is_empty() {
        context.console.note(format_args!("the profile {name:?} has no token"));
    } else {
        sources.iter().try_for_each(delete)?;
        edit::edit(&path, false, |document| forget(edit::profile(document, name)))?;
        context.console.note(format_args!(
            "the token of the profile {name:?} was removed; Discord still accepts it until you reset it"
        ));
    }
    if let Some((variable, _)) = env::first(&config::token::VARIABLES) {
        context.console.warn(format_args!("{variable} is still set"));
    }
    Ok(())
}

/// Asks the user for the token on the terminal.
fn asked(context: &Context) -> Result<Secret> {
    if !ask::can_ask(context) || !std::io::stdin().is_terminal() {
        let message = "cannot ask for the token, because there is no terminal";
        let hint = "pipe the token to dcord: pass discord/bot | dcord auth login --with-token".to_owned();
        return Err(Box::new(Report::new(exit::USAGE, "usage", message, Some(hint))).into());
    }
    let console = &context.console;
    console.note("copy the token from https://discord.com/developers/applications, under Bot, Reset Token");
    ask::secret(context, "Token (hidden): ")
}
