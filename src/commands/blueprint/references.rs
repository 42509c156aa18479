//! The names of roles, channels and emojis, by which the objects of a file refer to each other.

use crate::catalogue::{Param, ParamKind};
use crate::model::{Entity, closest};

/// The objects that a reference can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    Roles,
    Channels,
    Categories,
    Emojis,
}

impl Domain {
    /// The objects that the values of a parameter refer to. `None` if they are not named in a file.
    pub fn of(param: &Param) -> Option<Self> {
        match param.kind {
            ParamKind::Snowflake(Entity::Role) => Some(Self::Roles),
            ParamKind::Snowflake(Entity::Channel) if param.name == "parent_id" => Some(Self::Categories),
            ParamKind::Snowflake(Entity::Channel) => Some(Self::Channels),
            ParamKind::Snowflake(Entity::Emoji) => Some(Self::Emojis),
            _ => None,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Roles => "role",
            Self::Channels => "channel",
            Self::Categories => "category",
            Self::Emojis => "emoji",
        }
    }
}

/// An object that references can name.
#[derive(Clone, Debug)]
pub struct Known {
    pub domain: Domain,
    /// Its id, or the placeholder of an object that does not exist yet.
    pub id: String,
    pub name: String,
    /// `CATEGORY/NAME` for a channel in a category.
    pub path: Option<String>,
    /// Whether it is in the file, where a name means the file's own object first.
    pub is_in_file: bool,
}

/// All objects that references can name.
#[derive(Clone, Debug, Default)]
pub struct References {
    known: Vec<Known>,
    /// Placeholders of objects that have been created, with their ids.
    settled: Vec<(String, String)>,
    /// Whether words contain no ids of the objects inside a field, such as the tags of a forum.
    pub omits_ids: bool,
}

impl References {
    pub fn add(&mut self, known: Known) {
        self.known.push(known);
    }

    /// Replaces the placeholder of an object with its id.
    pub fn settle(&mut self, placeholder: &str, id: &str) {
        for known in self.known.iter_mut().filter(|known| known.id == placeholder) {
            id.clone_into(&mut known.id);
        }
        self.settled.push((placeholder.to_owned(), id.to_owned()));
    }

    /// The id of an object whose placeholder this may be.
    pub fn settled<'a>(&'a self, id: &'a str) -> &'a str {
        self.settled.iter().find(|(placeholder, _)| placeholder == id).map_or(id, |(_, id)| id)
    }

    /// The place of a role in the order of the file: @everyone, the roles in their order, and others by their ids.
    pub fn place(&self, id: &str) -> (usize, u64) {
        let at = self.known.iter().position(|known| known.domain == Domain::Roles && known.id == id);
        let is_everyone = at.is_some_and(|at| self.known[at].name == "@everyone");
        let place = if is_everyone { 0 } else { at.map_or(usize::MAX, |at| at + 1) };
        (place, id.parse().unwrap_or(u64::MAX))
    }

    fn of(&self, domain: Domain) -> impl Iterator<Item = &Known> {
        self.known.iter().filter(move |known| match domain {
            Domain::Channels => matches!(known.domain, Domain::Channels | Domain::Categories),
            domain => known.domain == domain,
        })
    }

    /// The text that means this object: its name, its path if the name is ambiguous, or else its id.
    pub fn text(&self, domain: Domain, id: &str) -> String {
        let Some(known) = self.of(domain).find(|known| known.id == id) else { return id.to_owned() };
        let is_unique = |text: &&str| self.id(domain, text) == Ok(id);
        let texts = [Some(known.name.as_str()), known.path.as_deref()];
        texts.into_iter().flatten().find(is_unique).unwrap_or(id).to_owned()
    }

    fn named(&self, domain: Domain, text: &str) -> Vec<&Known> {
        let is_named = |known: &&Known| known.name == text || known.path.as_deref() == Some(text);
        let found: Vec<&Known> = self.of(domain).filter(is_named).collect();
        let own: Vec<&Known> = found.iter().copied().filter(|known| known.is_in_file).collect();
        if own.is_empty() { found } else { own }
    }

    /// The id of the object that a text means. The error says why it means none.
    pub fn id(&self, domain: Domain, text: &str) -> Result<&str, String> {
        let plain = match domain {
            Domain::Roles if text != "@everyone" => text.strip_prefix('@'),
            Domain::Channels | Domain::Categories => text.strip_prefix('#'),
            _ => None,
        };
        let mut found = self.named(domain, text);
        if found.is_empty() {
            found = self.of(domain).filter(|known| known.id == text).collect();
        }
        if found.is_empty() {
            found = plain.map(|plain| self.named(domain, plain)).unwrap_or_default();
        }
        let noun = domain.noun();
        match found[..] {
            [only] => Ok(&only.id),
            [] => {
                let near = closest(text, self.of(domain).map(|known| known.name.as_str()));
                let near = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
                Err(format!("no {noun} is named {text:?}{near}"))
            }
            _ if found.iter().all(|known| known.path.is_some()) => {
                Err(format!("{} {noun}s are named {text:?}; write \"CATEGORY/NAME\" or the id", found.len()))
            }
            _ => Err(format!("{} {noun}s are named {text:?}; write the id", found.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references() -> References {
        let mut references = References::default();
        for (domain, id, name, path) in [
            (Domain::Roles, "1", "@everyone", None),
            (Domain::Roles, "2", "Mods", None),
            (Domain::Categories, "3", "Staff", None),
            (Domain::Categories, "4", "Games", None),
            (Domain::Channels, "5", "chat", Some("Staff/chat")),
            (Domain::Channels, "6", "chat", Some("Games/chat")),
            (Domain::Channels, "7", "Staff", Some("Games/Staff")),
        ] {
            let path = path.map(str::to_owned);
            references.add(Known { domain, id: id.to_owned(), name: name.to_owned(), path, is_in_file: false });
        }
        references
    }

    #[test]
    fn each_object_has_a_text_that_means_it() {
        let references = references();
        for known in &references.known {
            let text = references.text(known.domain, &known.id);
            assert_eq!(references.id(known.domain, &text), Ok(known.id.as_str()), "{text}");
        }
        assert_eq!(references.text(Domain::Channels, "5"), "Staff/chat");
        assert_eq!(references.text(Domain::Categories, "3"), "Staff", "only categories can be parents");
        assert_eq!(references.text(Domain::Channels, "3"), "3", "a channel has the same name");
        assert_eq!(references.text(Domain::Roles, "99"), "99");
        let own = Known { is_in_file: true, id: "8".to_owned(), ..references.known[1].clone() };
        let mut references = references;
        references.add(own);
        assert_eq!(references.id(Domain::Roles, "Mods"), Ok("8"), "the file's own role has this name");
        assert_eq!(references.text(Domain::Roles, "2"), "2");
    }

    #[test]
    fn a_text_that_means_no_object_or_several_is_an_error() {
        let references = references();
        assert_eq!(references.id(Domain::Roles, "@Mods"), Ok("2"));
        assert_eq!(
            references.id(Domain::Roles, "Modz").unwrap_err(),
            r#"no role is named "Modz"; did you mean "Mods"?"#
        );
        let several = references.id(Domain::Channels, "#chat").unwrap_err();
        assert_eq!(several, r##"2 channels are named "#chat"; write "CATEGORY/NAME" or the id"##);
    }
}
