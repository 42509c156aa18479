//! The names in the values of a call.
//!
//! The binder inserts a placeholder for the id of each name, and records the name and where to look it up. When the ids are
//! known, they replace the placeholders, so that the values are read only once.

use serde_json::Value;

use super::Error;
use super::nonce::random;
use super::target::{self, Read};
use crate::model::Entity;
use crate::model::target::Target;
use crate::rest::Text;

/// A name that stands for an id.
#[derive(Clone, Debug)]
pub struct NameRef {
    pub entity: Entity,
    pub name: String,
    pub scope: Scope,
    form: Form,
    /// The option whose name may be left out of the call if it cannot be looked up.
    pub optional: Option<&'static str>,
    /// Whether the look-up failed, and the call goes on without the name.
    is_missing: bool,
    /// The id, once it is known. For an emoji, `name:id`, and for a user or role, the mention.
    id: Option<String>,
}

/// Where to look up a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// The server, by its id or by the placeholder of an earlier name.
    pub guild: Option<String>,
    /// The channel of the call. Names are looked up in its server.
    pub channel: Option<String>,
    /// The id and token of the call's webhook. Names are looked up in its server.
    pub webhook: Option<(String, Text)>,
    /// Whether to look up objects of the application, which are in no server.
    pub of_app: bool,
}

/// The form of an id in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Only the number.
    Id,
    /// The full result of the look-up, such as `name:id` or a mention.
    Whole,
}

/// The names of one call, in the order of their dependencies: a server comes before the objects in it.
#[derive(Clone, Debug)]
pub struct Names {
    found: Vec<NameRef>,
    /// Where to look up the next name, from the values read so far.
    pub scope: Scope,
    /// The prefix of all placeholders. It is random for each call, so that no text from others can contain it.
    mark: String,
    /// Whether the value that is read now must be an id, because it comes from somebody else, whose words must not choose an
    /// object by its name.
    pub ids_only: bool,
    /// The option that is read now, if the call can go on without its names.
    pub optional: Option<&'static str>,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            found: Vec::new(),
            scope: Scope::default(),
            mark: format!("\0{:x}:", random()),
            ids_only: false,
            optional: None,
        }
    }
}

impl Names {
    /// The id in a target's text, or the placeholder of its name.
    pub fn id(&mut self, entity: Entity, flag: &str, text: &str) -> Result<String, Error> {
        let read = target::id(entity, flag, text)?;
        self.id_or_placeholder(entity, read, Form::Id)
    }

    /// The mention of the user or role in a text, such as `<@1>` or `<@&1>`. A plain id is taken for that of a user; if
    /// the message mentions a role with this id, `--ping` takes it for that of the role.
    pub fn mention(&mut self, flag: &str, text: &str) -> Result<String, Error> {
        use crate::model::target::parse;
        match (parse(Entity::User, text), parse(Entity::Role, text)) {
            (Target::Id(id), _) => Ok(format!("<@{id}>")),
            (_, Target::Id(id)) => Ok(format!("<@&{id}>")),
            (Target::Me, _) => self.placeholder(Entity::Any, text.trim().to_owned(), Form::Whole),
            (Target::Name(name), _) if name.len() > 1 && name.starts_with('@') => {
                self.placeholder(Entity::Any, name, Form::Whole)
            }
            _ => {
                let wanted = "everyone, roles, users, none, a name such as @alice, an id, or a mention";
                Err(Error::Value { flag: flag.to_owned(), text: text.to_owned(), wanted: wanted.to_owned() })
            }
        }
    }

    /// The mention of a role or member, by its name or mention. An id does not show whether it is that of a role or a member.
    pub fn role_or_member(&mut self, flag: &str, text: &str) -> Result<String, Error> {
        let is_id = text.bytes().all(|b| b.is_ascii_digit());
        match text {
            _ if is_id => {
                let wanted = "the name or a mention of a role (<@&ID>) or a member (<@ID>)";
                Err(Error::Value { flag: flag.to_owned(), text: text.to_owned(), wanted: wanted.to_owned() })
            }
            _ if text.starts_with(['@', '<']) => self.mention(flag, text),
            name => self.placeholder(Entity::Any, name.to_owned(), Form::Whole),
        }
    }

    /// The text of a target that has no id, such as an emoji or a code.
    pub fn target_text(&mut self, entity: Entity, flag: &str, text: &str) -> Result<String, Error> {
        let read = target::text(entity, flag, text)?;
        self.id_or_placeholder(entity, read, Form::Whole)
    }

    /// An emoji as the JSON object that Discord uses: the id of a server's emoji, or the character of a standard one.
    pub fn emoji(&mut self, flag: &str, text: &str) -> Result<Value, Error> {
        Ok(match target::text(Entity::Emoji, flag, text)? {
            Read::Name(name) => serde_json::json!({"id": self.placeholder(Entity::Emoji, name, Form::Id)?}),
            Read::Id(emoji) => match emoji.rsplit_once(':') {
                Some((_, id)) => serde_json::json!({ "id": id }),
                None => serde_json::json!({ "name": emoji }),
            },
        })
    }

    fn id_or_placeholder(&mut self, entity: Entity, read: Read, form: Form) -> Result<String, Error> {
        match read {
            Read::Id(id) => Ok(id),
            Read::Name(name) => self.placeholder(entity, name, form),
        }
    }

    fn placeholder(&mut self, entity: Entity, name: String, form: Form) -> Result<String, Error> {
        if self.ids_only {
            return Err(Error::Name { entity, name });
        }
        let new = NameRef {
            entity,
            name,
            scope: self.scope.clone(),
            form,
            id: None,
            optional: self.optional,
            is_missing: false,
        };
        let same = |known: &NameRef| {
            (known.entity, &known.name, known.form) == (new.entity, &new.name, new.form) && known.scope == new.scope
        };
        let at = self.found.iter().position(same).unwrap_or_else(|| {
            self.found.push(new);
            self.found.len() - 1
        });
        Ok(format!("{}{at}", self.mark))
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// A name, with the ids of its server and channel that are now known. `None` if they are not known.
    pub fn get(&self, at: usize) -> Option<NameRef> {
        let mut name = self.found[at].clone();
        for id in [&mut name.scope.guild, &mut name.scope.channel].into_iter().flatten() {
            if let Some(at) = self.index(id) {
                *id = self.found[at].shown()?;
            }
        }
        Some(name)
    }

    /// Records the id of a name.
    pub fn learn(&mut self, at: usize, id: String) {
        self.found[at].id = Some(id);
    }

    /// Records that the call goes on without an optional name.
    pub fn give_up(&mut self, at: usize) {
        self.found[at].is_missing = true;
    }

    /// Whether the placeholder is that of a name which the call goes on without.
    pub fn is_missing(&self, text: &str) -> bool {
        self.index(text).is_some_and(|at| self.found[at].is_missing)
    }

    /// The names that have an id: the id, and the name as it was typed.
    pub fn typed(&self) -> Vec<(String, String)> {
        self.found.iter().filter_map(|name| Some((name.id.clone()?, name.name.clone()))).collect()
    }

    /// Whether any name has no id.
    pub fn are_left(&self) -> bool {
        self.found.iter().any(|name| name.id.is_none() && !name.is_missing)
    }

    fn index(&self, text: &str) -> Option<usize> {
        text.strip_prefix(&self.mark)?.parse().ok()
    }

    /// Replaces a placeholder with its id, or with `{name}` if there is no id. Returns whether the text was a placeholder.
    pub fn fill(&self, text: &mut String) -> bool {
        let Some(at) = self.index(text) else { return false };
        let name = &self.found[at];
        *text = name.shown().unwrap_or_else(|| format!("{{{}}}", name.name));
        true
    }

    /// The id for a placeholder, or any other text unchanged. `None` if the name has no id.
    pub fn filled(&self, text: &str) -> Option<String> {
        match self.index(text) {
            Some(at) => self.found[at].shown(),
            None => Some(text.to_owned()),
        }
    }

    /// Replaces all placeholders in a JSON value with their ids. Returns whether the value itself was a placeholder.
    pub fn fill_json(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => self.fill(text),
            Value::Array(items) => {
                let mut filled = false;
                for item in items.iter_mut() {
                    filled |= self.fill_json(item);
                }
                if filled {
                    // Removes an id that is also given by its name.
                    let mut seen = std::collections::HashSet::new();
                    items.retain(|item| item.as_str().is_none_or(|text| seen.insert(text.to_owned())));
                }
                false
            }
            Value::Object(members) => {
                members.values_mut().for_each(|member| {
                    self.fill_json(member);
                });
                false
            }
            _ => false,
        }
    }
}

impl NameRef {
    pub fn is_known(&self) -> bool {
        self.id.is_some()
    }

    /// The id in the form that the request requires.
    fn shown(&self) -> Option<String> {
        let id = self.id.as_ref()?;
        Some(match (self.form, self.entity) {
            // The id of an emoji follows its name.
            (Form::Id, Entity::Emoji) => id.rsplit_once(':').map_or(id.as_str(), |(_, id)| id).to_owned(),
            (Form::Id, Entity::Any) => id.trim_matches(['<', '@', '&', '>']).to_owned(),
            _ => id.clone(),
        })
    }
}
