//! The usage line of a row's command: its words, its targets and the required flags.

use super::types::{Endpoint, Param, ParamKind, Place};
use crate::model::{Entity, is_secret, shell};

/// The usage without the program's name, including the flags that Discord requires:
/// `automod create [SERVER] NAME --event-type NAME --trigger-type NAME --action.type NAME [OPTIONS]`.
pub fn line(endpoint: &'static Endpoint) -> String {
    required(endpoint) + " [OPTIONS]"
}

/// The words, the targets and the required flags of a command: `template create [SERVER] NAME`.
pub fn required(endpoint: &'static Endpoint) -> String {
    let wanted = wanted_flags(endpoint).map(|p| match (p.place, p.kind) {
        (Place::Whole, _) => "--body JSON".to_owned(),
        (_, ParamKind::Boolean) => format!("--{}", p.flag()),
        _ => format!("--{} {}", p.flag(), value_name(p)),
    });
    let mut usage = title(endpoint);
    for word in wanted {
        usage.push(' ');
        usage.push_str(&word);
    }
    usage
}

/// The words and targets of a command: `message send CHANNEL [CONTENT]`.
pub fn title(endpoint: &'static Endpoint) -> String {
    let mut words = endpoint.words();
    for target in target_words(endpoint) {
        words.push(' ');
        words.push_str(&target);
    }
    words
}

/// The command with typed words in the place of its targets, if there are as many. Targets in brackets come last or not at all.
pub fn filled(endpoint: &'static Endpoint, typed: &[String]) -> Option<String> {
    let targets = target_words(endpoint);
    let needed = targets.iter().filter(|target| !target.starts_with('[')).count();
    let fits = !typed.is_empty() && (typed.len() == targets.len() || typed.len() == needed);
    let is_whole = wanted_flags(endpoint).next().is_none() && !typed.iter().any(|word| is_secret(word));
    (fits && is_whole).then(|| {
        let words = typed.iter().map(|word| shell::word(word).into_owned());
        std::iter::once(endpoint.words()).chain(words).collect::<Vec<_>>().join(" ")
    })
}

/// The required flags. If a flag sets a part of a required JSON value, as `--action.type` does for `--actions`, the
/// usage line shows that flag, because people type it more often.
fn wanted_flags(endpoint: &'static Endpoint) -> impl Iterator<Item = &'static Param> {
    let wanted = endpoint
        .all_params()
        .filter(|p| p.required && !p.by_form && p.only_choice().is_none() && p.place != Place::Path && !p.positional);
    wanted.map(move |p| part(endpoint, p).unwrap_or(p))
}

/// The first flag that sets a part of this parameter's value.
pub fn part(endpoint: &'static Endpoint, whole: &Param) -> Option<&'static Param> {
    if !matches!(whole.kind, ParamKind::Json) {
        return None;
    }
    let root = if whole.place == Place::Whole { "-" } else { whole.name };
    endpoint.all_params().find(|p| p.place == Place::Local && p.into.split('/').next() == Some(root))
}

/// The positional words of a usage line.
fn target_words(endpoint: &'static Endpoint) -> Vec<String> {
    let mut found = Vec::new();
    let path: Vec<&Param> = endpoint.all_params().filter(|p| p.place == Place::Path && !p.is_application()).collect();
    for (i, param) in path.iter().enumerate() {
        if path.get(i + 1).is_some_and(|next| next.name == "webhook_token") {
            continue;
        }
        // An environment variable can replace a secret, and the default server the server.
        let optional = param.secret || stands_in(endpoint, param);
        let name = param.label();
        found.push(if optional { format!("[{name}]") } else { name });
    }
    found.extend(endpoint.arguments().map(|extra| {
        let name = extra.label();
        if extra.required { name } else { format!("[{name}]") }
    }));
    found
}

/// Whether the default server can replace this parameter. A destructive command must name its server.
pub fn stands_in(endpoint: &Endpoint, param: &Param) -> bool {
    param.name == "guild_id" && !endpoint.destructive
}

/// The placeholder of a flag's value.
pub fn value_name(param: &Param) -> String {
    match param.kind {
        _ if param.secret => "SECRET".to_owned(),
        ParamKind::Target(Entity::Emoji) | ParamKind::EmojiName | ParamKind::Emoji => "EMOJI".to_owned(),
        ParamKind::String | ParamKind::Text | ParamKind::Target(_) => "TEXT".to_owned(),
        ParamKind::Integer | ParamKind::Number if param.unit.is_some() => "N|SPAN".to_owned(),
        ParamKind::Url(_) => "URL".to_owned(),
        ParamKind::Integer | ParamKind::Number => "N".to_owned(),
        ParamKind::Boolean => "false".to_owned(),
        ParamKind::Snowflake(Entity::Any) => "ID".to_owned(),
        ParamKind::Snowflake(Entity::Guild) => "SERVER".to_owned(),
        ParamKind::Snowflake(entity) => entity.noun().to_ascii_uppercase().replace(' ', "-"),
        ParamKind::Cursor(_) => "ID|TIME".to_owned(),
        ParamKind::Timestamp => "TIME".to_owned(),
        ParamKind::Json => "JSON".to_owned(),
        ParamKind::Image(_) | ParamKind::File => "PATH".to_owned(),
        ParamKind::Enum(_) if param.unit.is_some() => "NAME|SPAN".to_owned(),
        ParamKind::Enum(_) => "NAME".to_owned(),
        ParamKind::Flags(_) | ParamKind::Permissions => "NAMES".to_owned(),
        ParamKind::Color => "COLOR".to_owned(),
        ParamKind::Pair => "NAME=VALUE".to_owned(),
        ParamKind::Button => "LABEL=ID|URL".to_owned(),
        ParamKind::Position(_) => "ID=POSITION".to_owned(),
    }
}
