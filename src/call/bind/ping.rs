//! Who a message may ping: `--ping` and the flags of `allowed_mentions`, held against the message's text.

use serde_json::{Value, json};

use super::Error;
use super::form;
use super::names::Names;
use super::place::set_at;
use super::values::Values;
use crate::catalogue::{Endpoint, Method, Place};

/// Somebody whom `--ping` names.
#[derive(Clone, Debug)]
struct Named {
    /// As it was typed.
    typed: String,
    /// As a text mentions them.
    mention: String,
}

/// What `--ping` says.
#[derive(Clone, Debug, Default)]
pub struct Ping {
    /// Whole kinds: everyone, users, roles.
    parse: Vec<&'static str>,
    named: Vec<Named>,
}

const REPLIED_USER: &str = "replied_user";

/// Whether all that is given is a flag about the author of the message replied to. Discord takes the lists that are
/// left out for empty ones, so that flag alone would switch off every other ping.
fn is_about_replies_alone(values: &Values, given: &Value) -> bool {
    let by_flag = values.fields.iter().any(|f| f.param.place == Place::Local && f.param.into.ends_with(REPLIED_USER));
    by_flag && given.as_object().is_some_and(|map| map.keys().all(|key| key == REPLIED_USER))
}

impl Ping {
    /// Reads `--ping`. A name becomes its placeholder.
    pub fn read(values: &Values, names: &mut Names) -> Result<Self, Error> {
        let mut ping = Self::default();
        if let Some(other) = values.ping.iter().find(|who| *who != "none")
            && values.ping.iter().any(|who| who == "none")
        {
            let second = format!("--ping {other}");
            return Err(Error::Conflict { first: "--ping none".to_owned(), second });
        }
        for who in &values.ping {
            let kind = match who.as_str() {
                "none" => continue,
                // Discord has one word for both.
                "everyone" | "@everyone" | "@here" => "everyone",
                "users" => "users",
                "roles" => "roles",
                _ => {
                    let mention = names.mention("--ping", who)?;
                    ping.named.push(Named { typed: who.clone(), mention });
                    continue;
                }
            };
            if !ping.parse.contains(&kind) {
                ping.parse.push(kind);
            }
        }
        if values.ping.is_empty() {
            ping.parse.push("users");
        }
        Ok(ping)
    }

    /// The same with the ids in place of the names.
    pub fn with_ids(mut self, names: &Names) -> Self {
        self.named.iter_mut().for_each(|named| {
            names.fill(&mut named.mention);
        });
        self
    }

    /// Says in the body who may be pinged: users only, unless `--ping` or the body says otherwise. A name of `--ping`
    /// that stands in the text becomes the mention. Returns a warning if the text lacks what `--ping` names.
    pub fn apply(
        &self,
        endpoint: &'static Endpoint,
        values: &Values,
        root: &mut Value,
    ) -> Result<Option<String>, Error> {
        let Some(path) = endpoint.mentions() else { return Ok(None) };
        // A response that is no message has no mentions.
        let part = endpoint.all_params().find(|p| p.place == Place::Local && p.into.starts_with(path));
        if let Some(message) = part.and_then(|param| endpoint.form(param)).filter(|form| !endpoint.has_form(form, root))
        {
            return if values.ping.is_empty() {
                Ok(None)
            } else {
                form::fits(endpoint, message, "--ping", root).map(|()| None)
            };
        }
        let pointer = format!("/{path}");
        let given = root.pointer(&pointer);
        if given.is_some_and(|given| !is_about_replies_alone(values, given)) {
            return if values.ping.is_empty() {
                Ok(None)
            } else {
                Err(Error::Conflict { first: "--ping".to_owned(), second: "allowed_mentions".to_owned() })
            };
        }
        let replied_user = given.and_then(|given| given.get(REPLIED_USER)).cloned();
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        let has = |field: &str| root.pointer(parent).and_then(|m| m.get(field)).is_some_and(|value| !value.is_null());
        let has_text = has("content") || has("components");
        if values.ping.is_empty() && !has_text && replied_user.is_none() {
            return Ok(None);
        }
        let mut warning = None;
        // What an edit leaves out keeps its text, which is not known here.
        let text_is_known = has_text || endpoint.method != Method::Patch;
        if let Some(message) = root.pointer_mut(parent).filter(|_| text_is_known) {
            texts(message, &mut |text| {
                if let Some(replaced) = self.with_mentions(text) {
                    *text = replaced;
                }
            });
            warning = self.unmentioned(message);
        } else if text_is_known {
            warning = self.unmentioned(&mut Value::Null);
        }
        let mut allowed = self.allowed();
        if let Some(replied_user) = replied_user {
            allowed[REPLIED_USER] = replied_user;
        }
        set_at(root, path, allowed);
        Ok(warning)
    }

    /// The body's `allowed_mentions`. Discord refuses ids beside the kind that covers them.
    fn allowed(&self) -> Value {
        let (mut users, mut roles) = (Vec::new(), Vec::new());
        for named in &self.named {
            let (list, id) = match named.mention.strip_prefix("<@&") {
                Some(id) => (&mut roles, id),
                None => (&mut users, named.mention.as_str()),
            };
            let id = id.trim_matches(['<', '@', '>']);
            if !list.contains(&id) {
                list.push(id);
            }
        }
        let mut allowed = json!({ "parse": self.parse });
        for (kind, ids) in [("users", users), ("roles", roles)] {
            if !ids.is_empty() && !self.parse.contains(&kind) {
                allowed[kind] = json!(ids);
            }
        }
        allowed
    }

    /// The text with each name of `--ping` replaced by its mention; `None` if it has none of them.
    fn with_mentions(&self, text: &str) -> Option<String> {
        let mut names: Vec<(&str, &str)> = Vec::new();
        for Named { typed, mention } in self.named.iter().filter(|named| named.typed.starts_with('@')) {
            names.push((typed, mention));
            // Behind a name the id may say which of several is meant.
            names.extend(typed.rsplit_once(':').map(|(name, _)| (name, mention.as_str())));
        }
        // Of two names of which one begins with the other, the longer one counts.
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let mut replaced = String::new();
        let mut copied = 0;
        for (at, _) in text.match_indices('@') {
            if at < copied || text[..at].chars().next_back().is_some_and(is_of_word) {
                continue;
            }
            let found = names.iter().find_map(|(name, mention)| Some((at + begins(&text[at..], name)?, mention)));
            if let Some((end, mention)) = found {
                replaced.push_str(&text[copied..at]);
                replaced.push_str(mention);
                copied = end;
            }
        }
        (copied > 0).then(|| replaced + &text[copied..])
    }

    /// A warning if the texts of the message lack a mention that `--ping` names.
    fn unmentioned(&self, message: &mut Value) -> Option<String> {
        let mut all = String::new();
        texts(message, &mut |text| {
            all.push_str(text);
            all.push('\n');
        });
        let of_nick = |mention: &str| mention.replace("<@", "<@!");
        let lacks = |mention: &str| !all.contains(mention) && !all.contains(&of_nick(mention));
        let everyone = self.parse.contains(&"everyone") && lacks("@everyone") && lacks("@here");
        let named = self.named.iter().filter(|named| lacks(&named.mention)).map(|named| named.typed.as_str());
        let unmentioned: Vec<_> = everyone.then_some("@everyone").into_iter().chain(named).collect();
        (!unmentioned.is_empty()).then(|| {
            let list = unmentioned.join(", ");
            format!("--ping allows the mentions that a text has, and the text of this message does not mention {list}")
        })
    }
}

/// Where a name ends that a text begins with, in any case and as a whole word.
fn begins(text: &str, name: &str) -> Option<usize> {
    let mut rest = text.char_indices();
    for wanted in name.chars() {
        let (_, found) = rest.next()?;
        if found != wanted && !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    let end = rest.offset();
    let mut after = text[end..].chars();
    let goes_on = match after.next() {
        // A user name may have dots and dashes inside; at its end they are the sentence's.
        Some('.' | '-') => after.next().is_some_and(is_of_word),
        Some(c) => is_of_word(c),
        None => false,
    };
    (!goes_on).then_some(end)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Visits the texts of a message in which Discord looks for mentions: its content, and the texts among its components.
fn texts(message: &mut Value, visit: &mut impl FnMut(&mut String)) {
    /// Discord's type of a component that is a text.
    const TEXT_DISPLAY: u64 = 10;
    fn components(value: &mut Value, visit: &mut impl FnMut(&mut String)) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| components(value, visit)),
            Value::Object(map) => {
                let is_text = map.get("type").and_then(Value::as_u64) == Some(TEXT_DISPLAY);
                if let Some(Value::String(text)) = map.get_mut("content").filter(|_| is_text) {
                    visit(text);
                }
                for name in ["components", "component"] {
                    map.get_mut(name).into_iter().for_each(|inner| components(inner, visit));
                }
            }
            _ => {}
        }
    }
    if let Some(Value::String(text)) = message.get_mut("content") {
        visit(text);
    }
    message.get_mut("components").into_iter().for_each(|inner| components(inner, visit));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ping(named: &[(&str, &str)]) -> Ping {
        let named =
            named.iter().map(|(typed, mention)| Named { typed: (*typed).to_owned(), mention: (*mention).to_owned() });
        Ping { parse: Vec::new(), named: named.collect() }
    }

    #[test]
    fn a_name_becomes_a_mention_where_it_stands_as_a_whole_word() {
        let ping = ping(&[("@Build", "<@1>"), ("@Build Team", "<@&2>"), ("@Žofie", "<@3>"), ("@al:4", "<@4>")]);
        for (text, expected) in [
            ("@Build: done", Some("<@1>: done")),
            ("(@build)", Some("(<@1>)")),
            ("ask the @Build Team.", Some("ask the <@&2>.")),
            ("@Build Teams", Some("<@1> Teams")),
            ("@BUILD @Build Team @build", Some("<@1> <@&2> <@1>")),
            ("ahoj @žofie!", Some("ahoj <@3>!")),
            ("@al and @al:4", Some("<@4> and <@4>")),
            ("@Build.", Some("<@1>.")),
            ("@Build.er", None),
            ("@Build-2", None),
            ("@Builder", None),
            ("mail@Build", None),
            ("Build", None),
            ("@", None),
            ("", None),
        ] {
            assert_eq!(ping.with_mentions(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn ids_do_not_stand_beside_the_kind_that_covers_them() {
        let mut ping = ping(&[("5", "<@5>"), ("<@5>", "<@5>"), ("<@&6>", "<@&6>")]);
        assert_eq!(ping.allowed(), json!({"parse": [], "users": ["5"], "roles": ["6"]}));
        ping.parse = vec!["users"];
        assert_eq!(ping.allowed(), json!({"parse": ["users"], "roles": ["6"]}));
        ping.parse = vec!["roles", "everyone"];
        assert_eq!(ping.allowed(), json!({"parse": ["roles", "everyone"], "users": ["5"]}));
    }

    #[test]
    fn components_have_texts_at_any_depth() {
        let mut message = json!({"content": "a", "components": [
            {"type": 10, "content": "b"},
            {"type": 17, "components": [{"type": 9, "components": [{"type": 10, "content": "c"}]}]},
            {"type": 2, "content": "no text", "label": "@Build"},
        ], "embeds": [{"description": "nor this"}]});
        let mut found = String::new();
        texts(&mut message, &mut |text| found.push_str(text));
        assert_eq!(found, "abc");
    }
}
