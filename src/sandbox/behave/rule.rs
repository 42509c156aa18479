//! Validation rules for resources that the document store serves.

use serde_json::Value;

use crate::sandbox::answer::DiscordError;
use crate::sandbox::request::Call;
use crate::sandbox::state::State;
use crate::sandbox::table::key;

type Rule = fn(&State, &Call) -> Result<(), DiscordError>;

/// Rules by operation.
static RULES: &[(&str, Rule)] = &[
    ("create_application_command", command),
    ("update_application_command", command),
    ("bulk_set_application_commands", commands),
    ("create_guild_application_command", command),
    ("update_guild_application_command", command),
    ("bulk_set_guild_application_commands", commands),
    ("update_guild_incident_actions", incident),
];

/// Checks a request against the rules of its operation.
pub(super) fn check(state: &State, call: &Call) -> Result<(), DiscordError> {
    let rules = RULES.iter().filter(|(operation, _)| *operation == call.row.operation);
    rules.into_iter().try_for_each(|(_, rule)| rule(state, call))
}

fn command(state: &State, call: &Call) -> Result<(), DiscordError> {
    let known = state.documents.find_anywhere("commands", call.text("command_id"));
    let kind = call.field("type").or_else(|| known.map(|known| &known["type"]));
    check_names(&Value::Object(call.body.clone()), kind.and_then(Value::as_u64), "")
}

fn commands(_: &State, call: &Call) -> Result<(), DiscordError> {
    let each = call.array.iter().enumerate();
    each.into_iter().try_for_each(|(at, command)| check_names(command, command["type"].as_u64(), &format!("{at}.")))
}

/// Checks the names of a slash command and its options. User and message commands, of types 2 and 3,
/// may have any name. Source: Discord's reference, "Application Command Naming".
fn check_names(command: &Value, kind: Option<u64>, path: &str) -> Result<(), DiscordError> {
    const CHAT_INPUT: u64 = 1;
    if kind.unwrap_or(CHAT_INPUT) != CHAT_INPUT {
        return Ok(());
    }
    if command["name"].as_str().is_some_and(|name| !is_command_name(name)) {
        let code = "APPLICATION_COMMAND_INVALID_NAME";
        return Err(DiscordError::field(&format!("{path}name"), code, "Command name is invalid"));
    }
    let options = command["options"].as_array().into_iter().flatten().enumerate();
    options.into_iter().try_for_each(|(at, option)| check_names(option, None, &format!("{path}options.{at}.")))
}

/// Whether a name consists of letters of any script, in lowercase where the script has it, digits,
/// `-`, `_` and `ʼ`.
fn is_command_name(name: &str) -> bool {
    // Devanagari and Thai write vowels as marks, which are not alphanumeric.
    let is_mark = |c: char| matches!(c, '\u{900}'..='\u{97f}' | '\u{e00}'..='\u{e7f}');
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | 'ʼ') || is_mark(c);
    name.chars().all(fits) && name.to_lowercase() == name
}

/// Invites and direct messages can be paused for at most a day.
fn incident(state: &State, call: &Call) -> Result<(), DiscordError> {
    const LONGEST_MS: u64 = 24 * 3_600_000;
    let now_ms = u64::try_from(state.now_ms).unwrap_or(0);
    for field in ["invites_disabled_until", "dms_disabled_until"] {
        if call.field(field).and_then(key).is_some_and(|until| until > now_ms + LONGEST_MS) {
            let message = "Invites and direct messages can be paused for at most 24 hours.";
            return Err(DiscordError::field(field, "GUILD_INCIDENT_ACTIONS_TOO_LONG", message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_name_is_lowercase_letters_digits_and_joiners() {
        for name in ["ping", "ban-all_2", "größe", "日本語", "नमस्ते", "คำสั่ง", "oʼclock"]
        {
            assert!(is_command_name(name), "{name}");
        }
        for name in ["Ping", "pING", "Größe", "two words", "a.b", "a/b", "👍"] {
            assert!(!is_command_name(name), "{name}");
        }
    }
}
