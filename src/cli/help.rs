//! The help texts of an endpoint's command.

use std::fmt::Write as _;

use crate::call::bind::value;
use crate::catalogue::choices::permission_names;
use crate::catalogue::usage::stands_in;
use crate::catalogue::{Auth, Endpoint, Method, Paging, Param, ParamKind, Place, Walk};
use crate::model::Entity;
use crate::resolve;

/// Whether the parameter is an interaction token, which DCORD_INTERACTION_TOKEN can supply. In endpoints for
/// interaction responses, Discord names the parameter `webhook_token`.
fn is_interaction_token(param: &Param) -> bool {
    param.secret && param.label() == "INTERACTION-TOKEN"
}

/// The paragraphs after the summary: explanations, permissions, tokens.
pub fn paragraphs(endpoint: &'static Endpoint) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(instead) = endpoint.deprecated {
        let (words, rest) = instead.trim_start_matches("use ").split_once(',').unwrap_or((instead, ""));
        let words = words.trim_start_matches("use ");
        let rest = if rest.is_empty() { String::new() } else { format!(",{rest}") };
        found.push(format!("Deprecated by Discord: use `dcord {words}`{rest}."));
    }
    let pages = |paging: &Paging| paging.walk != Walk::Once && paging.only_with.is_none();
    if let Some(paging) = endpoint.paging.filter(pages)
        && endpoint.list
        && !endpoint.composed
    {
        found.push(format!("Prints one page, by default {} items. --limit N or --all prints more.", paging.size()));
    }
    if !endpoint.more.is_empty() {
        found.extend(endpoint.more.split("\n\n").map(str::to_owned));
    }
    if !endpoint.permissions.is_empty() {
        found.push(format!("Required permissions: {}.", permission_names(endpoint).join(", ")));
    }
    match endpoint.auth {
        Auth::Bot => {}
        Auth::Bearer => found.push("Requires a user's access token (--token-type bearer), not a bot token.".to_owned()),
        Auth::Any => found.push("Accepts a bot token or a user's access token (--token-type bearer).".to_owned()),
        Auth::None => found.push("Does not require a bot token.".to_owned()),
    }
    if endpoint.destructive {
        found.push(
            "This cannot be undone. dcord asks for confirmation on a terminal; elsewhere, --yes is required."
                .to_owned(),
        );
    }
    found
}

/// Complete example command lines: those of the row, or one that uses the row's targets.
pub fn examples(endpoint: &'static Endpoint) -> Vec<String> {
    // An example that begins with another program already contains `dcord`.
    let whole = |line: &&str| if line.contains("dcord ") { (*line).to_owned() } else { format!("dcord {line}") };
    let own: Vec<_> = endpoint.examples.iter().map(whole).collect();
    let path = || endpoint.all_params().filter(|p| p.place == Place::Path && !p.is_application());
    if !own.is_empty() || endpoint.deprecated.is_some() || path().next().is_none() {
        return own;
    }
    let mut line = format!("dcord {}", endpoint.words());
    // The URL of a webhook also contains its id.
    for param in path().filter(|p| p.name != "webhook_id" || endpoint.param("webhook_token").is_none()) {
        line.push(' ');
        line.push_str(sample(endpoint, param));
    }
    vec![line]
}

/// A typical value of a target.
fn sample(endpoint: &'static Endpoint, param: &Param) -> &'static str {
    match param.kind {
        _ if is_interaction_token(param) => "env:TOKEN",
        _ if param.secret => "env:BUILD_WEBHOOK",
        ParamKind::Snowflake(entity) | ParamKind::Target(entity) => match entity {
            Entity::Guild => "111111111111111111",
            Entity::Channel => "'#general'",
            Entity::Message => "333333333333333333",
            Entity::User if ways(endpoint, entity).starts_with('@') => "@alice",
            Entity::Ban => "@alice",
            Entity::Role => "@helpers",
            Entity::Any if ways(endpoint, entity).starts_with('@') => "@helpers",
            Entity::Emoji if endpoint.path.contains("/reactions/") => "👍",
            Entity::Emoji => ":blob:",
            Entity::Sticker => "Wave",
            Entity::Sound => "Drums",
            Entity::Event => "'Game night'",
            Entity::Webhook => "Builds",
            Entity::AutomodRule => "'No links'",
            Entity::Command => "/ping",
            Entity::Invite => "https://discord.gg/hgM48av5",
            Entity::Template => "https://discord.new/hgM48av5Q69A",
            _ => "777777777777777777",
        },
        ParamKind::Integer => "1",
        _ => "NAME",
    }
}

/// The fields that the command prints, if the row names them.
pub fn prints(endpoint: &Endpoint) -> Option<String> {
    match (endpoint.columns, endpoint.method) {
        // With `wait`, Discord answers with the object.
        ([], Method::Get) => None,
        ([], _) if endpoint.param("wait").is_some() => None,
        ([], _) => Some("nothing".to_owned()),
        (columns, _) => Some(format!("{}; in a pipe, all fields", columns.join(", "))),
    }
}

/// The help of the flag that reads the text from a file.
pub fn twin(param: &Param) -> String {
    format!("Read --{} from a file; - is standard input", param.flag())
}

/// The help of a target: its meaning and its forms.
pub fn target(endpoint: &'static Endpoint, param: &Param) -> String {
    let help = param.help;
    if is_interaction_token(param) {
        return format!("{help}: env:NAME, file:PATH or - [env: DCORD_INTERACTION_TOKEN]");
    }
    match param.kind {
        _ if param.name == "webhook_token" => {
            "Webhook: env:NAME, file:PATH, - or a profile's name [env: DCORD_WEBHOOK_URL]".to_owned()
        }
        _ if param.secret => format!("{help} (env:NAME, file:PATH or -)"),
        ParamKind::Snowflake(Entity::Guild) if stands_in(endpoint, param) => {
            format!("{help} ({}) [env: DCORD_GUILD]", ways(endpoint, Entity::Guild))
        }
        ParamKind::Snowflake(entity) | ParamKind::Target(entity) => format!("{help} ({})", ways(endpoint, entity)),
        _ if param.place == Place::Path => help.to_owned(),
        _ => flag(param),
    }
}

/// The forms of a target, and where to find the id of an object without a name.
fn ways(endpoint: &Endpoint, entity: Entity) -> &'static str {
    match entity {
        Entity::Guild => "name, id or link",
        Entity::Channel => "#name, id or link",
        Entity::User => "@name, id or @me",
        Entity::Ban | Entity::Role => "@name or id",
        Entity::Message => "id or link",
        Entity::Invite | Entity::Template => "code or link",
        Entity::Emoji if endpoint.path.contains("/reactions/") => "the character, :name: or NAME:ID",
        Entity::Emoji => ":name: or id",
        Entity::Command => "/name or id",
        Entity::Any if endpoint.path.contains("/permissions/") => "@name or id",
        Entity::Entitlement => "id, see `dcord entitlement list`",
        Entity::Sku => "id, see `dcord sku list`",
        Entity::StickerPack => "id, see `dcord sticker list-packs`",
        Entity::Subscription => "id, see `dcord subscription list`",
        Entity::Interaction => "id: the field id of the INTERACTION_CREATE event",
        Entity::Lobby => "id, which `dcord lobby create` prints",
        _ if resolve::has_names(entity) && entity != Entity::Any => "name or id",
        _ => "id",
    }
}

/// A range as help writes it: `1-100`, `up to 100`, `1 or more`.
fn range(min: Option<i64>, max: Option<i64>) -> String {
    match (min, max) {
        (Some(min), Some(max)) if min == max => min.to_string(),
        (Some(min), Some(max)) if min < 0 => format!("{min} to {max}"),
        (Some(min), Some(max)) => format!("{min}-{max}"),
        (None, Some(max)) => format!("up to {max}"),
        (Some(min), None) => format!("{min} or more"),
        (None, None) => "any".to_owned(),
    }
}

/// The help of a flag, followed by its default and its range or possible values.
pub fn flag(param: &Param) -> String {
    flag_with(param, None)
}

/// The same, with a default that the row does not know.
pub fn flag_with(param: &Param, default: Option<String>) -> String {
    let mut text = param.help.to_owned();
    if param.secret {
        text.push_str(": env:NAME, file:PATH or -");
    }
    let default = match param.only_choice() {
        _ if param.is_application() => Some("the app that the token belongs to".to_owned()),
        Some(only) => Some(only.name.to_owned()),
        None if param.by_form => Some("depends on the other fields".to_owned()),
        None => default,
    };
    if let Some(default) = &default {
        let _ = write!(text, " [default: {default}]");
    }
    match param.kind {
        ParamKind::String | ParamKind::Text if param.useful_max().is_some() => {
            let _ = write!(text, " [{} characters]", range(param.min.filter(|min| *min != 0), param.max));
        }
        ParamKind::Integer | ParamKind::Number if param.min.is_some() || param.max.is_some() => {
            let unit = param.unit.map(|unit| format!(" {}", unit.name())).unwrap_or_default();
            let span = param.unit.map(|unit| format!(", or a span such as {}", unit.example())).unwrap_or_default();
            let _ = write!(text, " [{}{unit}{span}]", range(param.min, param.max));
        }
        ParamKind::Enum(choices) | ParamKind::Flags(choices) => {
            let names: Vec<_> = choices.iter().map(|c| c.name).collect();
            let span = if param.unit.is_some() { ", or a span" } else { "" };
            let _ = write!(text, " [possible values: {}{span}]", names.join(", "));
        }
        ParamKind::Cursor(entity) => {
            if let Some(what) = value::created(entity) {
                let _ = write!(text, " ({what}'s creation time)");
            }
        }
        ParamKind::Permissions => text.push_str(" [names: `dcord help permissions`]"),
        _ => {}
    }
    if param.repeated && param.place != Place::Whole {
        let least = param.min_items.filter(|least| *least != 0).map(i64::from);
        let most = param.useful_max_items();
        let count = most.map(|_| format!(", {}", range(least, most))).unwrap_or_default();
        let _ = write!(text, " (repeatable{count})");
    }
    if param.alias.is_some() {
        let _ = write!(text, " [alias: --{}]", param.flag());
    }
    // The usage line shows which targets are required.
    if param.required && default.is_none() && (!param.positional || param.place == Place::Path) {
        text.push_str(" (required)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{self, usage};

    fn row(noun: &str, verb: &str) -> &'static Endpoint {
        catalogue::find(noun, verb).unwrap()
    }

    #[test]
    fn usage_names_targets_and_required_flags() {
        assert_eq!(usage::line(row("message", "send")), "message send CHANNEL [CONTENT] [OPTIONS]");
        assert_eq!(usage::line(row("emoji", "create")), "emoji create [SERVER] NAME IMAGE [OPTIONS]");
        assert_eq!(usage::line(row("command", "set-all")), "command set-all --body JSON [OPTIONS]");
        let parts = "channel reorder [SERVER] --position ID=POSITION [OPTIONS]";
        assert_eq!(usage::line(row("channel", "reorder")), parts, "a flag for a part replaces --body");
    }

    #[test]
    fn ranges_and_defaults_have_one_format_in_all_help() {
        assert_eq!(range(Some(1), Some(100)), "1-100");
        assert_eq!(range(None, Some(100)), "up to 100");
        assert_eq!(range(Some(1), None), "1 or more");
        assert_eq!(range(Some(-1), Some(5)), "-1 to 5");
        for (noun, row) in catalogue::commands() {
            for param in row.all_params().filter(|p| p.has_flag()) {
                let text = flag(param);
                let old =
                    ["at most ", " at least ", "exactly "].iter().any(|words| text.contains(&format!("[{words}")));
                assert!(!old && !text.contains("default is"), "{} {}: {text}", noun.name, row.verb);
            }
        }
    }

    #[test]
    fn the_help_of_every_target_lists_its_forms_and_an_example_uses_it() {
        for (noun, row) in catalogue::commands().filter(|(_, row)| row.deprecated.is_none()) {
            let path: Vec<_> = row.all_params().filter(|p| p.place == Place::Path && !p.is_application()).collect();
            for param in &path {
                let named = matches!(param.kind, ParamKind::Snowflake(_) | ParamKind::Target(_)) || param.secret;
                let help = target(row, param);
                assert!(!named || help.ends_with([')', ']']), "{} {}: {help}", noun.name, row.verb);
            }
            assert_eq!(
                path.is_empty() && row.examples.is_empty(),
                examples(row).is_empty(),
                "{} {}",
                noun.name,
                row.verb
            );
        }
    }

    #[test]
    fn the_help_of_a_secret_flag_lists_the_forms_that_the_flag_accepts() {
        let rows = catalogue::commands().flat_map(|(_, row)| row.all_params().map(move |param| (row, param)));
        for (row, param) in rows.filter(|(_, param)| param.has_flag() && param.secret) {
            assert_eq!(usage::value_name(param), "SECRET", "{}", row.words());
            assert!(flag(param).contains(": env:NAME, file:PATH or -"), "{}: {}", row.words(), flag(param));
        }
    }

    #[test]
    fn help_lists_the_printed_fields_if_the_row_does() {
        assert_eq!(prints(row("pin", "add")).as_deref(), Some("nothing"));
        assert_eq!(prints(row("widget", "get-image")), None);
        assert!(prints(row("channel", "list")).is_some_and(|p| p.starts_with("id, name, ")));
    }
}
