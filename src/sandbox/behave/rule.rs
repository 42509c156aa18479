//! What Discord refuses in resources that otherwise are kept as they come.

use serde_json::Value;

use crate::sandbox::answer::Refusal;
use crate::sandbox::request::Call;
use crate::sandbox::state::State;
use crate::sandbox::table::key;

type Rule = fn(&State, &Call) -> Result<(), Refusal>;

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

/// Refuses what breaks a rule of its operation.
pub(super) fn check(state: &State, call: &Call) -> Result<(), Refusal> {
    let rules = RULES.iter().filter(|(operation, _)| *operation == call.row.operation);
    rules.into_iter().try_for_each(|(_, rule)| rule(state, call))
}

fn command(state: &State, call: &Call) -> Result<(), Refusal> {
    let known = state.documents.find_anywhere("commands", call.text("command_id"));
    let kind = call.field("type").or_else(|| known.map(|known| &known["type"]));
    names(&Value::Object(call.body.clone()), kind.and_then(Value::as_u64), "")
}

fn commands(_: &State, call: &Call) -> Result<(), Refusal> {
    let each = call.whole.iter().enumerate();
    each.into_iter().try_for_each(|(at, command)| names(command, command["type"].as_u64(), &format!("{at}.")))
}

/// The names of a slash command and its options are small letters. Those of a user's or message's menu, of types
/// 2 and 3, are free. Source: Discord's reference, "Application Command Naming".
fn names(command: &Value, kind: Option<u64>, path: &str) -> Result<(), Refusal> {
    const CHAT_INPUT: u64 = 1;
    if kind.unwrap_or(CHAT_INPUT) != CHAT_INPUT {
        return Ok(());
    }
    if command["name"].as_str().is_some_and(|name| !is_command_name(name)) {
        let code = "APPLICATION_COMMAND_INVALID_NAME";
        return Err(Refusal::field(&format!("{path}name"), code, "Command name is invalid"));
    }
    let options = command["options"].as_array().into_iter().flatten().enumerate();
    options.into_iter().try_for_each(|(at, option)| names(option, None, &format!("{path}options.{at}.")))
}

/// Letters of any script, which are small where there are small ones, digits, `-`, `_` and `ʼ`.
fn is_command_name(name: &str) -> bool {
    // Devanagari and Thai write vowels as marks.
    let is_mark = |c: char| matches!(c, '\u{900}'..='\u{97f}' | '\u{e00}'..='\u{e7f}');
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | 'ʼ') || is_mark(c);
    name.chars().all(fits) && name.to_lowercase() == name
}

/// A pause of invites or direct messages lasts a day at most.
fn incident(state: &State, call: &Call) -> Result<(), Refusal> {
    const LONGEST_MS: u64 = 24 * 3_600_000;
    let now_ms = u64::try_from(state.now_ms).unwrap_or(0);
    for field in ["invites_disabled_until", "dms_disabled_until"] {
        if call.field(field).and_then(key).is_some_and(|until| until > now_ms + LONGEST_MS) {
            let message = "Invites and direct messages can be paused for at most 24 hours.";
            return Err(Refusal::field(field, "GUILD_INCIDENT_ACTIONS_TOO_LONG", message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_a_name_of_small_letters() {
        for name in ["ping", "ban-all_2", "größe", "日本語", "नमस्ते", "คำสั่ง", "oʼclock"]
        {
            assert!(is_command_name(name), "{name}");
        }
        for name in ["Ping", "pING", "Größe", "two words", "a.b", "a/b", "👍"] {
            assert!(!is_command_name(name), "{name}");
        }
    }
}
