//! Sets which users and roles a message may ping, from `--ping`, the flags of `allowed_mentions` and the message's text.

use serde_json::{Value, json};

use super::Error;
use super::form;
use super::names::Names;
use super::place::set_at;
use super::values::Values;
use crate::catalogue::{Endpoint, Method, Place};
use crate::model::Snowflake;

/// A user or role in `--ping`.
#[derive(Clone, Debug)]
struct Named {
    /// The text that the user typed.
    typed: String,
    /// The mention for a message, such as `<@1>`.
    mention: String,
}

/// The values of `--ping`.
#[derive(Clone, Debug, Default)]
pub struct Ping {
    /// The kinds of mentions to allow: everyone, users, roles.
    parse: Vec<&'static str>,
    named: Vec<Named>,
}

/// What a person should know about the pings of a message.
#[derive(Debug, Default)]
pub struct Remarks {
    pub warning: Option<String>,
    pub note: Option<String>,
}

const REPLIED_USER: &str = "replied_user";

/// Whether the only value is the flag for the author of the message replied to. Discord treats missing lists as empty, so this
/// flag alone would disable all other pings.
fn is_about_replies_alone(values: &Values, given: &Value) -> bool {
    let by_flag = values.fields.iter().any(|f| f.param.place == Place::Local && f.param.into.ends_with(REPLIED_USER));
    by_flag && given.as_object().is_some_and(|map| map.keys().all(|key| key == REPLIED_USER))
}

impl Ping {
    /// Reads `--ping`. Replaces names with placeholders.
    pub fn read(values: &Values, names: &mut Names) -> Result<Self, Error> {
        let mut ping = Self::default();
        if let Some(other) = values.ping.iter().find(|who| *who != "none")
            && values.ping.iter().any(|who| who == "none")
        {
            let second = format!("--ping {other}");
            return Err(Error::Conflict { first: "--ping none".to_owned(), second });
        }
        names.optional = values.optional_pings;
        for who in &values.ping {
            let kind = match who.as_str() {
                "none" => continue,
                // Discord has one kind for @everyone and @here.
                "everyone" | "@everyone" | "@here" => "everyone",
                "users" => "users",
                "roles" => "roles",
                _ => {
                    let mention = names.mention(values.optional_pings.unwrap_or("--ping"), who)?;
                    ping.named.push(Named { typed: who.clone(), mention });
                    continue;
                }
            };
            if !ping.parse.contains(&kind) {
                ping.parse.push(kind);
            }
        }
        names.optional = None;
        if values.ping.is_empty() {
            ping.parse.push("users");
        }
        Ok(ping)
    }

    /// Replaces the placeholders of names with ids.
    pub fn with_ids(mut self, names: &Names) -> Self {
        self.named.retain(|named| !names.is_missing(&named.mention));
        self.named.iter_mut().for_each(|named| {
            names.fill(&mut named.mention);
        });
        self
    }

    /// Sets `allowed_mentions` in the body. The default is to allow mentions of users only. Replaces names from `--ping` in the
    /// text with mentions.
    pub fn apply(mut self, endpoint: &'static Endpoint, values: &Values, root: &mut Value) -> Result<Remarks, Error> {
        let Some(path) = endpoint.mentions() else { return Ok(Remarks::default()) };
        // A response to an interaction that is not a message has no mentions.
        let part = endpoint.all_params().find(|p| p.place == Place::Local && p.into.starts_with(path));
        if let Some(message) = part.and_then(|param| endpoint.form(param)).filter(|form| !endpoint.has_form(form, root))
        {
            return if values.ping.is_empty() {
                Ok(Remarks::default())
            } else {
                form::fits(endpoint, message, "--ping", root).map(|()| Remarks::default())
            };
        }
        let pointer = format!("/{path}");
        let given = root.pointer(&pointer);
        if given.is_some_and(|given| !is_about_replies_alone(values, given)) {
            return if values.ping.is_empty() {
                Ok(Remarks::default())
            } else {
                Err(Error::Conflict { first: "--ping".to_owned(), second: "allowed_mentions".to_owned() })
            };
        }
        let replied_user = given.and_then(|given| given.get(REPLIED_USER)).cloned();
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        let has = |field: &str| root.pointer(parent).and_then(|m| m.get(field)).is_some_and(|value| !value.is_null());
        let has_text = has("content") || has("components");
        if values.ping.is_empty() && !has_text && replied_user.is_none() {
            return Ok(Remarks::default());
        }
        let mut remarks = Remarks::default();
        // An edit does not change the texts that it omits, and these are unknown here.
        let text_is_known = has_text || endpoint.method != Method::Patch;
        if let Some(message) = root.pointer_mut(parent).filter(|_| text_is_known) {
            texts(message, &mut |text| {
                if let Some(replaced) = self.with_mentions(text) {
                    *text = replaced;
                }
            });
            self.find_roles(message);
            remarks.warning = self.unmentioned(message);
            // An edit never pings.
            let is_default = values.ping.is_empty() && endpoint.method == Method::Post;
            remarks.note = is_default.then(|| unpinged(message)).flatten();
        } else if text_is_known {
            remarks.warning = self.unmentioned(&mut Value::Null);
        }
        let mut allowed = self.allowed();
        if let Some(replied_user) = replied_user {
            allowed[REPLIED_USER] = replied_user;
        }
        set_at(root, path, allowed);
        Ok(remarks)
    }

    /// The value of `allowed_mentions`. Discord rejects ids in addition to the kind that includes them.
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

    /// The text with each name from `--ping` replaced by its mention. `None` if it contains none of them.
    fn with_mentions(&self, text: &str) -> Option<String> {
        let mut names: Vec<(&str, &str)> = Vec::new();
        for Named { typed, mention } in self.named.iter().filter(|named| named.typed.starts_with('@')) {
            names.push((typed, mention));
            // An id after a name may select one of several users.
            names.extend(typed.rsplit_once(':').map(|(name, _)| (name, mention.as_str())));
        }
        // A longer name takes precedence over one that is its prefix.
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

    /// Takes a plain id for that of a role if the texts mention a role with this id.
    fn find_roles(&mut self, message: &mut Value) {
        let mut all = String::new();
        texts(message, &mut |text| all.push_str(text));
        for named in self.named.iter_mut().filter(|named| named.typed.parse::<Snowflake>().is_ok()) {
            let role = format!("<@&{}>", named.typed);
            if all.contains(&role) {
                named.mention = role;
            }
        }
    }

    /// A warning if the texts of the message lack a mention from `--ping`.
    fn unmentioned(&self, message: &mut Value) -> Option<String> {
        let mut all = String::new();
        texts(message, &mut |text| {
            all.push_str(text);
            all.push('\n');
        });
        let of_nick = |mention: &str| mention.replace("<@", "<@!");
        let lacks = |mention: &str| !all.contains(mention) && !all.contains(&of_nick(mention));
        let everyone = self.parse.contains(&"everyone") && lacks("@everyone") && lacks("@here");
        let named = self.named.iter().map(|named| (named.typed.as_str(), named.mention.as_str()));
        let named = named.filter(|(_, mention)| lacks(mention));
        let unmentioned: Vec<_> = everyone.then_some(("everyone", "@everyone")).into_iter().chain(named).collect();
        (!unmentioned.is_empty()).then(|| {
            // A plain id may be that of a role, unless the text says otherwise.
            let shown = |(typed, mention): &(&str, &str)| match typed.parse::<Snowflake>() {
                Ok(id) => format!("<@&{id}> for a role or <@{id}> for a user"),
                Err(_) => (*mention).to_owned(),
            };
            let typed = unmentioned.iter().map(|(typed, _)| *typed).collect::<Vec<_>>().join(", ");
            let missing = unmentioned.iter().map(shown).collect::<Vec<_>>().join(", ");
            let embeds = message.get("embeds").map(Value::to_string).unwrap_or_default();
            let is_embedded = unmentioned.iter().any(|(_, mention)| embeds.contains(mention));
            let of_embeds = if is_embedded { "; mentions in embeds do not ping" } else { "" };
            format!("--ping {typed} pings nobody, because the text does not contain {missing}{of_embeds}")
        })
    }
}

/// A note about the mentions of roles and of everyone in a message that allows only those of users.
fn unpinged(message: &mut Value) -> Option<String> {
    let (mut mentions, mut values): (Vec<String>, Vec<String>) = Default::default();
    let mut add = |mention: &str, value: &str| {
        if !mentions.iter().any(|known| known == mention) {
            mentions.push(mention.to_owned());
        }
        if !values.iter().any(|known| known == value) {
            values.push(value.to_owned());
        }
    };
    texts(message, &mut |text| {
        for begun in text.split("<@&").skip(1) {
            let id = begun.split_once('>').and_then(|(id, _)| id.parse::<Snowflake>().ok());
            if let Some(id) = id.map(|id| id.to_string()) {
                add(&format!("<@&{id}>"), &id);
            }
        }
        // Discord has one kind for both.
        for mention in ["@everyone", "@here"].into_iter().filter(|mention| text.contains(mention)) {
            add(mention, "everyone");
        }
    });
    let them = if mentions.len() == 1 { "it" } else { "them" };
    (!mentions.is_empty()).then(|| {
        format!(
            "the message does not ping {}: without --ping, only users are pinged; add --ping {} to ping {them}, or --ping \
             none to ping nobody",
            mentions.join(", "),
            values.join(",")
        )
    })
}

/// The length of a name at the beginning of a text, as a whole word and ignoring case.
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
        // A user name may contain dots and dashes, but after its end they belong to the sentence.
        Some('.' | '-') => after.next().is_some_and(is_of_word),
        Some(c) => is_of_word(c),
        None => false,
    };
    (!goes_on).then_some(end)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Visits the texts of a message in which Discord looks for mentions: its content and its text components.
fn texts(message: &mut Value, visit: &mut impl FnMut(&mut String)) {
    /// Discord's type of a text component.
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
    fn a_name_is_replaced_by_a_mention_if_it_is_a_whole_word() {
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
    fn ids_are_omitted_from_allowed_mentions_if_their_kind_is_allowed() {
        let mut ping = ping(&[("5", "<@5>"), ("<@5>", "<@5>"), ("<@&6>", "<@&6>")]);
        assert_eq!(ping.allowed(), json!({"parse": [], "users": ["5"], "roles": ["6"]}));
        ping.parse = vec!["users"];
        assert_eq!(ping.allowed(), json!({"parse": ["users"], "roles": ["6"]}));
        ping.parse = vec!["roles", "everyone"];
        assert_eq!(ping.allowed(), json!({"parse": ["roles", "everyone"], "users": ["5"]}));
    }

    #[test]
    fn texts_of_components_are_found_at_any_depth() {
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
