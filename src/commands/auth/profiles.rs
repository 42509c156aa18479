//! `dcord auth list` and `switch`: list the profiles in `config.toml`, and select the default one.

use serde_json::{Value, json};

use crate::cli::Error;
use crate::config::profile::{self, Profile};
use crate::config::{self, edit, paths};
use crate::context::Context;
use crate::error::Result;
use crate::output::View;

/// Lists the profiles with the sources of their tokens and their rules.
pub fn list(context: &Context) -> Result<()> {
    let file = profile::read(&paths::config_file()?)?.file;
    let row = |(name, profile): (&String, &Profile)| {
        json!({
            "name": name,
            "default": file.default_profile.as_ref() == Some(name),
            "token": profile.token_sources().next().map(|source| source.to_string()),
            "type": profile.token_type.as_deref().unwrap_or("bot"),
            "rules": context.list_of_texts(&rules(profile)),
        })
    };
    let rows: Vec<Value> = file.profiles.iter().map(row).collect();
    if rows.is_empty() && context.console.options().terminal {
        context.console.note("no profiles; `dcord auth login` creates one");
    }
    let columns = &["name", "default", "token", "type", "rules"];
    context.print_list(View { columns, id: Some("name"), ..View::default() }, &rows)
}

/// The rules of a profile, with their values from `config.toml`.
pub fn rules(profile: &Profile) -> Vec<String> {
    let list = |key: &str, texts: &[String]| format!("{key} = {texts:?}");
    let mut rules = Vec::new();
    if profile.read_only {
        rules.push("read_only = true".to_owned());
    }
    rules.extend(profile.allow.as_ref().map(|texts| list("allow", texts)));
    if !profile.deny.is_empty() {
        rules.push(list("deny", &profile.deny));
    }
    rules.extend(profile.allowed_guilds.as_ref().map(|texts| list("allowed_guilds", texts)));
    rules.extend(profile.allowed_channels.as_ref().map(|texts| list("allowed_channels", texts)));
    rules.extend(profile.audit_log.as_ref().map(|path| format!("audit_log = {path:?}")));
    rules
}

/// Makes a profile the default.
pub fn switch(context: &Context, name: Option<&String>) -> Result<()> {
    let path = paths::config_file()?;
    let file = profile::read(&path)?.file;
    let name = name.ok_or_else(|| Error::Missing {
        what: "PROFILE".to_owned(),
        usage: "auth switch PROFILE".to_owned(),
        hint: Some("`dcord auth list` shows the names".into()),
    })?;
    if !file.profiles.contains_key(name) {
        let known = file.profiles.keys().cloned().collect();
        return Err(config::Error::NoProfile { name: name.clone(), path: path.display().to_string(), known }.into());
    }
    edit::edit(&path, false, |document| {
        document["default_profile"] = toml_edit::value(name.as_str());
    })?;
    context.console.note(format_args!("dcord now uses the profile {name:?} by default"));
    if let Some(other) = config::env::get("DCORD_PROFILE").filter(|other| other != name) {
        context.console.warn(format_args!("DCORD_PROFILE is set, and selects the profile {other:?}"));
    }
    Ok(())
}
