//! Decides which messages a purge deletes.

use anyhow::Context as _;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::cli::Error;
use crate::error::Result;
use crate::filter::Jq;
use crate::model::Snowflake;

/// The types of messages that cannot be deleted. Source: Discord's reference, "Message Types".
const UNDELETABLE: &[i64] = &[1, 2, 3, 4, 5, 21];

/// The filters of a purge. A message must pass all of them.
#[derive(Default)]
pub struct Criteria {
    authors: Vec<String>,
    /// In lowercase.
    content: Option<String>,
    regex: Option<Jq>,
    bots: Option<bool>,
    links: Option<bool>,
    attachments: Option<bool>,
    takes_pinned: bool,
}

/// What a purge does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Delete(Snowflake),
    /// The message matches, but it is pinned.
    Pinned,
    /// The message matches, but Discord does not let anyone delete messages of its type.
    Undeletable,
    NoMatch,
}

impl Criteria {
    /// Reads the filters from the fields of the command.
    pub fn of(fields: &Value) -> Result<Self> {
        // An empty text, such as that of an unset variable in a script, would match every message.
        let text = |name: &str| fields[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let authors = fields["author"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(Self {
            authors: authors.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect(),
            content: text("content").map(|text| text.to_lowercase()),
            regex: text("regex").map(|regex| compile(&regex)).transpose()?,
            bots: fields["bots"].as_bool(),
            links: fields["links"].as_bool(),
            attachments: fields["attachments"].as_bool(),
            takes_pinned: fields["pinned"] == true,
        })
    }

    /// Whether any filter is set. Otherwise, the command requires a number of messages.
    pub const fn is_narrow(&self) -> bool {
        !self.authors.is_empty()
            || self.content.is_some()
            || self.regex.is_some()
            || self.bots.is_some()
            || self.links.is_some()
            || self.attachments.is_some()
    }

    /// The authors whose messages are deleted, or an empty list for all authors.
    pub fn authors(&self) -> &[String] {
        &self.authors
    }

    pub fn judge(&self, message: &RawValue) -> Result<Verdict> {
        let object: Value = serde_json::from_str(message.get())?;
        let Some(id) = object["id"].as_str().and_then(|id| id.parse().ok()) else { return Ok(Verdict::NoMatch) };
        if !self.matches(&object, message)? {
            return Ok(Verdict::NoMatch);
        }
        Ok(match () {
            () if object["type"].as_i64().is_some_and(|kind| UNDELETABLE.contains(&kind)) => Verdict::Undeletable,
            () if object["pinned"] == true && !self.takes_pinned => Verdict::Pinned,
            () => Verdict::Delete(id),
        })
    }

    fn matches(&self, object: &Value, message: &RawValue) -> Result<bool> {
        let content = object["content"].as_str().unwrap_or_default();
        let author = object["author"]["id"].as_str().unwrap_or_default();
        let is_bot = || object["author"]["bot"] == true || object["webhook_id"].is_string();
        let has_link = || {
            let text = content.to_ascii_lowercase();
            text.contains("http://") || text.contains("https://")
        };
        let has_file = || object["attachments"].as_array().is_some_and(|files| !files.is_empty());
        Ok((self.authors.is_empty() || self.authors.iter().any(|id| id == author))
            && self.bots.is_none_or(|wanted| wanted == is_bot())
            && self.attachments.is_none_or(|wanted| wanted == has_file())
            && self.links.is_none_or(|wanted| wanted == has_link())
            && self.content.as_ref().is_none_or(|text| content.to_lowercase().contains(text))
            && self.regex.as_ref().map_or(Ok(true), |regex| regex.matches(message)).context("--regex")?)
    }
}

/// Compiles a regular expression, which has the syntax of jq's `test`.
fn compile(regex: &str) -> Result<Jq> {
    let quoted = Value::from(regex).to_string();
    // JSON doubles each backslash, so the string contains no `\(`, which would begin an expression in jq.
    let compiled = Jq::compile(&format!(".content // \"\" | test({quoted})"))?;
    // jq reports an invalid expression only when it runs. This runs it once, so that the error comes before any
    // message is deleted.
    match compiled.matches(serde_json::from_str("{}")?) {
        Ok(_) => Ok(compiled),
        Err(_) => Err(Error::Value {
            flag: "--regex".to_owned(),
            text: regex.to_owned(),
            wanted: "a regular expression".to_owned(),
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn verdict(fields: &Value, message: &Value) -> Verdict {
        let raw = RawValue::from_string(message.to_string()).unwrap();
        Criteria::of(fields).unwrap().judge(&raw).unwrap()
    }

    #[test]
    fn a_message_must_pass_every_filter() {
        let message = json!({"id": "9", "type": 0, "content": "Free NITRO at https://x.example",
            "author": {"id": "5", "bot": true}, "attachments": [{"id": "1"}]});
        let matches = |fields: Value| verdict(&fields, &message) == Verdict::Delete(Snowflake::new(9));
        for (fields, expected) in [
            (json!({}), true),
            (json!({"author": ["4", "5"]}), true),
            (json!({"author": ["4"]}), false),
            (json!({"content": "free nitro"}), true),
            (json!({"content": "free  nitro"}), false),
            (json!({"regex": "NITRO|gift"}), true),
            (json!({"regex": "^nitro"}), false),
            (json!({"regex": r"\bat\s+https?:"}), true),
            (json!({"regex": r#"["(]"#}), false),
            (json!({"bots": true}), true),
            (json!({"bots": false}), false),
            (json!({"links": true, "attachments": true}), true),
            (json!({"links": false}), false),
            (json!({"attachments": false}), false),
            (json!({"bots": true, "content": "absent"}), false),
        ] {
            assert_eq!(matches(fields.clone()), expected, "{fields}");
        }
        let bare = json!({"id": "9", "webhook_id": "1", "author": {"id": "1"}});
        assert_eq!(verdict(&json!({"bots": true}), &bare), Verdict::Delete(Snowflake::new(9)));
        assert_eq!(verdict(&json!({"regex": "x"}), &bare), Verdict::NoMatch);
    }

    #[test]
    fn pinned_and_undeletable_messages_stay() {
        let pinned = json!({"id": "9", "pinned": true});
        assert_eq!(verdict(&json!({}), &pinned), Verdict::Pinned);
        assert_eq!(verdict(&json!({"pinned": true}), &pinned), Verdict::Delete(Snowflake::new(9)));
        assert_eq!(verdict(&json!({"pinned": true}), &json!({"id": "9", "type": 21})), Verdict::Undeletable);
        assert_eq!(verdict(&json!({"content": "x"}), &pinned), Verdict::NoMatch);
    }

    #[test]
    fn an_invalid_regular_expression_is_an_error_at_once() {
        assert!(Criteria::of(&json!({"regex": "("})).is_err());
    }
}
