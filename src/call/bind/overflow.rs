//! Handles content that is too long for one message: splits it, attaches it as a file, or truncates it.

use serde_json::{Map, Value};

use super::body::Contents;
use super::place::set_at;
use super::values::Overflow;
use super::{Error, files};
use crate::catalogue::{Endpoint, Method, Param, ParamKind, Place};
use crate::model::split;

/// The maximum number of messages. More at once would be a mistake, or spam for which Discord may punish the bot.
const MOST_PARTS: usize = 50;

/// The name of the file with the content, if the content does not come from a file.
const FILE_NAME: &str = "message.txt";

/// The fields of the first message only: the message to which it replies, and the post that it creates.
const OF_FIRST: [&str; 3] = ["message_reference", "thread_name", "applied_tags"];

/// The fields of the last message only, which readers expect below the text.
const OF_LAST: [&str; 6] = ["embeds", "components", "attachments", "poll", "sticker_ids", "shared_client_theme"];

/// The parameter of the content of a new message, which may be longer than one message holds.
pub fn content(endpoint: &Endpoint) -> Option<&'static Param> {
    let is_content = |p: &&Param| p.place == Place::Body && p.name == "content" && p.kind == ParamKind::Text;
    endpoint.all_params().find(is_content).filter(|_| endpoint.method == Method::Post)
}

/// The contents of the messages to send, at least one.
pub fn apply(endpoint: &Endpoint, overflow: Overflow, mut contents: Contents) -> Result<Vec<Contents>, Error> {
    let Some((param, max)) = content(endpoint).and_then(|param| Some((param, usize::try_from(param.max?).ok()?)))
    else {
        return Ok(vec![contents]);
    };
    let text = contents.root.get(param.name).and_then(Value::as_str);
    let Some(text) = text.filter(|text| text.char_indices().nth(max).is_some()).map(str::to_owned) else {
        return Ok(vec![contents]);
    };
    match overflow {
        Overflow::Error => {}
        Overflow::Truncate => contents.root[param.name] = Value::from(split::truncate(&text, max)),
        Overflow::File => attach(param, &text, &mut contents),
        Overflow::Split => return in_parts(param, max, &text, contents),
    }
    Ok(vec![contents])
}

/// Attaches the text as a file. The message contains the first line, so that notifications and searches show the topic.
fn attach(param: &Param, text: &str, contents: &mut Contents) {
    const LONGEST_LINE: usize = 200;
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).filter(|line| !line.starts_with("```"));
    if let Value::Object(fields) = &mut contents.root {
        match line {
            Some(line) => fields.insert(param.name.to_owned(), split::truncate(line, LONGEST_LINE).into()),
            None => fields.remove(param.name),
        };
    }
    let number = contents.files.len();
    let name = contents.content_name.as_deref().unwrap_or(FILE_NAME);
    set_at(&mut contents.root, "attachments/-", serde_json::json!({"id": number, "filename": name}));
    contents.files.push(files::of_text(number, name, text));
}

fn in_parts(param: &Param, max: usize, text: &str, contents: Contents) -> Result<Vec<Contents>, Error> {
    let conflict = |field: &str| Error::Conflict { first: "--overflow split".to_owned(), second: format!("--{field}") };
    if contents.root.get("nonce").is_some_and(|nonce| !nonce.is_null()) {
        return Err(conflict("nonce"));
    }
    let characters = text.chars().count();
    if characters > max * MOST_PARTS {
        return Err(Error::TooManyParts { characters, most: MOST_PARTS });
    }
    let parts = split::split(text, max);
    if parts.len() > MOST_PARTS {
        return Err(Error::TooManyParts { characters, most: MOST_PARTS });
    }
    let last = parts.len().saturating_sub(1);
    let Contents { root: Value::Object(whole), form, files, by_channel, .. } = contents else {
        return Ok(vec![contents]);
    };
    let mut files = Some(files);
    let body = |(n, text): (usize, &String)| {
        let wanted = |name: &str| (n == 0 || !OF_FIRST.contains(&name)) && (n == last || !OF_LAST.contains(&name));
        let mut fields: Map<String, Value> =
            whole.iter().filter(|(name, _)| wanted(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
        fields.insert(param.name.to_owned(), text.as_str().into());
        let files = if n == last { files.take().unwrap_or_default() } else { Vec::new() };
        Contents { root: Value::Object(fields), form: form.clone(), files, by_channel, content_name: None }
    };
    Ok(parts.iter().enumerate().map(body).collect())
}
