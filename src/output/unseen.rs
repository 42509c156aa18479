//! Fields that `--fields` asks for and that no printed item has: a misspelt name would print `{}` without a word.

use serde_json::value::RawValue;

use super::item;
use crate::model::{closest, items};

/// The fields that were asked for and that no item had so far.
#[derive(Debug, Default)]
pub struct UnseenFields {
    wanted: Vec<String>,
    /// The dotted paths of the fields of the first items.
    known: Vec<String>,
    learned: u32,
}

impl UnseenFields {
    pub fn of(wanted: &[String]) -> Self {
        Self { wanted: wanted.to_vec(), ..Self::default() }
    }

    /// Notes which of the fields an item has.
    pub fn look(&mut self, item: &RawValue) {
        /// Events differ from each other, so the fields of more than one are worth knowing.
        const LEARNED: u32 = 16;
        if self.wanted.is_empty() {
            return;
        }
        self.wanted.retain(|path| !has(item, path));
        if !self.wanted.is_empty() && self.learned < LEARNED {
            self.learned += 1;
            let depth = self.wanted.iter().map(|path| path.split('.').count()).max().unwrap_or(1);
            learn(item, "", depth.max(2), &mut self.known);
        }
    }

    /// The warning about the fields that no item had. `None` if there was no item. This is no error, because a field can
    /// be optional.
    pub fn warning(&self) -> Option<String> {
        /// More names are no help.
        const MOST: usize = 24;
        if self.wanted.is_empty() || self.known.is_empty() {
            return None;
        }
        let s = if self.wanted.len() == 1 { "" } else { "s" };
        let unseen = format!("no item has the field{s} {}", self.wanted.join(", "));
        let meant: Vec<&str> = self.wanted.iter().filter_map(|field| nearest(field, &self.known)).collect();
        if !meant.is_empty() {
            return Some(format!("{unseen}; did you mean {}?", meant.join(", ")));
        }
        let mut names: Vec<&str> = self.known.iter().map(String::as_str).filter(|name| !name.contains('.')).collect();
        let more = if names.len() > MOST { ", …" } else { "" };
        names.truncate(MOST);
        Some(format!("{unseen}; the fields are {}{more}", names.join(", ")))
    }
}

/// Whether an item has a field. A list on the path counts as having it, because the items of a list differ.
pub fn has(item: &RawValue, path: &str) -> bool {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match (items::field(item, name), rest) {
        _ if item.get().starts_with('[') => true,
        (Some(value), Some(rest)) => has(value, rest),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Appends the dotted paths of an object's fields, down to this depth, that are not known yet.
fn learn(object: &RawValue, parent: &str, depth: usize, known: &mut Vec<String>) {
    /// An object can have any number of fields.
    const MOST: usize = 500;
    for (name, value) in item::fields(object).into_iter().flatten() {
        let path = if parent.is_empty() { name.into_owned() } else { format!("{parent}.{name}") };
        let inner = Some(value).filter(|value| depth > 1 && value.get().starts_with('{'));
        if known.len() < MOST && !known.contains(&path) {
            known.push(path.clone());
        }
        if let Some(inner) = inner {
            learn(inner, &path, depth - 1, known);
        }
    }
}

/// The known field that was probably meant: one with that name in another object, or one with a similar path.
fn nearest<'k>(field: &str, known: &'k [String]) -> Option<&'k str> {
    let is_inside = |path: &&String| path.strip_suffix(field).is_some_and(|parent| parent.ends_with('.'));
    let inside = known.iter().find(is_inside).map(String::as_str);
    // A part of what was typed is never what was meant.
    let others = known.iter().map(String::as_str).filter(|path| !field.starts_with(&format!("{path}.")));
    inside.or_else(|| closest(field, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(fields: &str, items: &[&str]) -> Option<String> {
        let wanted: Vec<String> = fields.split(',').map(str::to_owned).collect();
        let mut unseen = UnseenFields::of(&wanted);
        items.iter().for_each(|item| unseen.look(serde_json::from_str(item).unwrap()));
        unseen.warning()
    }

    #[test]
    fn a_field_that_no_item_has_causes_a_warning_with_a_suggestion() {
        let message = r#"{"id":"7","author":{"id":"1","username":"a"},"n":1}"#;
        for (fields, expected) in [
            ("id,author.username", None),
            ("nope", Some("no item has the field nope; the fields are id, author, n")),
            ("autor", Some("no item has the field autor; did you mean author?")),
            ("author.usrname", Some("no item has the field author.usrname; did you mean author.username?")),
            ("username", Some("no item has the field username; did you mean author.username?")),
            ("id,nope,n.nope", Some("no item has the fields nope, n.nope; the fields are id, author, n")),
        ] {
            assert_eq!(warning(fields, &[message]).as_deref(), expected, "{fields}");
        }
    }

    #[test]
    fn existing_null_or_undecidable_fields_cause_no_warning() {
        for (fields, items) in
            [("b", &[r#"{"a":1}"#, r#"{"b":2}"#][..]), ("b", &[r#"{"b":null}"#]), ("a.x", &[r#"{"a":[]}"#]), ("a", &[])]
        {
            assert_eq!(warning(fields, items), None, "{fields}");
        }
    }
}
