//! What help says of an endpoint's command.

use std::fmt::Write as _;

use super::targets::label;
use crate::catalogue::{self, Auth, Endpoint, Kind, Param, Place};

/// The words of an endpoint's command: `message send`.
pub fn words(endpoint: &'static Endpoint) -> String {
    let noun = catalogue::endpoints().find(|(_, e)| std::ptr::eq(*e, endpoint)).map_or("", |(n, _)| n.name);
    format!("{noun} {}", endpoint.verb)
}

/// The usage without the program's name: `message send CHANNEL [CONTENT] [OPTIONS]`.
pub fn usage_words(endpoint: &'static Endpoint) -> String {
    let mut usage = words(endpoint);
    for target in targets(endpoint) {
        usage.push(' ');
        usage.push_str(&target);
    }
    usage + " [OPTIONS]"
}

/// The positional words of a usage line.
fn targets(endpoint: &'static Endpoint) -> Vec<String> {
    let mut found = Vec::new();
    let path: Vec<&Param> = endpoint.all_params().filter(|p| p.place == Place::Path && !p.is_application()).collect();
    for (i, param) in path.iter().enumerate() {
        if path.get(i + 1).is_some_and(|next| next.name == "webhook_token") {
            continue;
        }
        // A variable may stand in for a secret, and the default server for the server.
        let optional = param.secret || stands_in(endpoint, param);
        let name = label(param);
        found.push(if optional { format!("[{name}]") } else { name });
    }
    if let Some(extra) = endpoint.all_params().find(|p| p.positional && p.place != Place::Path) {
        let name = positional(extra);
        found.push(if extra.required { name } else { format!("[{name}]") });
    }
    found
}

/// Whether the default server may stand in for this parameter: not where the server is all that is
/// acted on, nor where it cannot be undone.
fn stands_in(endpoint: &Endpoint, param: &Param) -> bool {
    let others = endpoint.all_params().filter(|p| p.place == Place::Path && !p.is_application()).count();
    param.name == "guild_id" && others > 1 && !endpoint.destructive
}

/// The word of the one positional field: `CONTENT`.
pub fn positional(param: &Param) -> String {
    param.name.trim_end_matches("_id").to_ascii_uppercase().replace('_', "-")
}

/// What follows the one line: explanations, permissions, tokens.
pub fn paragraphs(endpoint: &'static Endpoint) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(instead) = endpoint.deprecated {
        found.push(format!("Discord keeps this for old programs: {instead}."));
    }
    if !endpoint.more.is_empty() {
        found.extend(endpoint.more.split("\n\n").map(str::to_owned));
    }
    if !endpoint.permissions.is_empty() {
        found.push(format!("Permissions it needs: {}.", endpoint.permissions.join(", ")));
    }
    match endpoint.auth {
        Auth::Bot => {}
        Auth::Bearer => found.push("Needs a user's access token (--token-type bearer), not a bot's.".to_owned()),
        Auth::Any => found.push("Takes a bot's token or a user's access token (--token-type bearer).".to_owned()),
        Auth::None => found.push("Needs no token.".to_owned()),
    }
    if endpoint.destructive {
        found.push("Cannot be undone: asks first, or needs --yes where nobody can be asked.".to_owned());
    }
    found
}

/// A row's example as a whole line. One that begins with another program says `dcord` itself.
pub fn example(line: &str) -> String {
    if line.contains("dcord ") { line.to_owned() } else { format!("dcord {line}") }
}

/// The help of the flag that reads a text from a file.
pub fn twin(param: &Param) -> String {
    format!("Read --{} from a file, or - for standard input", param.flag())
}

/// The help of one target.
pub fn target(endpoint: &'static Endpoint, param: &Param) -> String {
    let how = match param.kind {
        _ if param.name == "webhook_token" => {
            return "Webhook: env:NAME, file:PATH, - or a profile's name [env: DCORD_WEBHOOK_URL]".to_owned();
        }
        _ if param.secret => return format!("{} (env:NAME, file:PATH or -)", param.help),
        Kind::Snowflake(crate::model::Entity::Channel) => " (id, <#id> or link)",
        Kind::Snowflake(crate::model::Entity::Message) => " (id or link)",
        Kind::Snowflake(crate::model::Entity::User) => " (id, <@id> or @me)",
        Kind::Snowflake(crate::model::Entity::Role) => " (id or <@&id>)",
        Kind::Snowflake(crate::model::Entity::Guild) if stands_in(endpoint, param) => {
            " (id or link) [env: DCORD_GUILD]"
        }
        Kind::Snowflake(crate::model::Entity::Guild) => " (id or link)",
        Kind::Target(crate::model::Entity::Emoji) if param.help.contains("NAME:ID") => "",
        Kind::Target(crate::model::Entity::Emoji) => " (the character, NAME:ID or <:NAME:ID>)",
        Kind::Target(_) => " (code or link)",
        _ => return flag(param),
    };
    format!("{}{how}", param.help)
}

/// The placeholder of a flag's value.
pub fn value_name(param: &Param) -> String {
    match param.kind {
        Kind::String | Kind::Text | Kind::Target(_) => "TEXT".to_owned(),
        Kind::Integer | Kind::Number => "N".to_owned(),
        Kind::Boolean => "false".to_owned(),
        Kind::Snowflake(crate::model::Entity::Any) => "ID".to_owned(),
        Kind::Snowflake(crate::model::Entity::Guild) => "SERVER".to_owned(),
        Kind::Snowflake(entity) => entity.noun().to_ascii_uppercase().replace(' ', "-"),
        Kind::Cursor(_) => "ID|TIME".to_owned(),
        Kind::Timestamp => "TIME".to_owned(),
        Kind::Json => "JSON".to_owned(),
        Kind::Image | Kind::Sound | Kind::File => "PATH".to_owned(),
        Kind::Enum(_) => "NAME".to_owned(),
        Kind::Flags(_) | Kind::Permissions => "NAMES".to_owned(),
        Kind::Color => "COLOR".to_owned(),
        Kind::Pair => "NAME=VALUE".to_owned(),
        Kind::Position => "ID=POSITION".to_owned(),
    }
}

/// The help of a flag, its bounds and names behind it.
pub fn flag(param: &Param) -> String {
    let mut text = param.help.to_owned();
    let bounds = catalogue::check::range_in_words(param.min.filter(|m| *m != 0), param.max);
    match param.kind {
        Kind::String | Kind::Text if param.max.is_some() => {
            let _ = write!(text, " [{bounds} characters]");
        }
        Kind::Integer | Kind::Number if param.min.is_some() || param.max.is_some() => {
            let bounds = catalogue::check::range_in_words(param.min, param.max);
            let _ = write!(text, " [{bounds}]");
        }
        Kind::Enum(choices) | Kind::Flags(choices) => {
            let names: Vec<_> = choices.iter().map(|c| c.name).collect();
            let _ = write!(text, " [{}]", names.join(", "));
        }
        _ => {}
    }
    if param.required {
        text.push_str(" (required)");
    }
    text
}
