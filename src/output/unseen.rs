//! Finds the fields of `--fields` that no printed item has. Without a warning, a misspelt name would only print `{}`.

use serde_json::value::RawValue;

use super::item;
use crate::model::{closest, items};

/// The fields of `--fields` that no item has had so far.
#[derive(Debug, Default)]
pub struct UnseenFields {
    unseen: Vec<String>,
    /// The dotted paths of the fields of the first items.
    known: Vec<String>,
    /// The number of items in `known`.
    learned: u32,
}

impl UnseenFields {
    pub fn of(paths: &[String]) -> Self {
        Self { unseen: paths.to_vec(), ..Self::default() }
    }

    /// Removes the fields that an item has.
    pub fn look(&mut self, item: &RawValue) {
        /// The items of a stream can have different fields, so the fields of several are collected.
        const LEARNED: u32 = 16;
        if self.unseen.is_empty() {
            return;
        }
        self.unseen.retain(|path| !has(item, path));
        if !self.unseen.is_empty() && self.learned < LEARNED {
            self.learned += 1;
            let depth = self.unseen.iter().map(|path| path.split('.').count()).max().unwrap_or(1);
            learn(item, "", depth.max(2), &mut self.known);
        }
    }

    /// The warning about the fields that no item has. `None` if there were no items. It is not an error, because a field
    /// can be optional.
    pub fn warning(&self) -> Option<String> {
        /// The maximum number of field names in the warning.
        const MAX: usize = 24;
        if self.unseen.is_empty() || self.known.is_empty() {
            return None;
        }
        let s = if self.unseen.len() == 1 { "" } else { "s" };
        let warning = format!("no item has the field{s} {}", self.unseen.join(", "));
        let suggestions: Vec<&str> = self.unseen.iter().filter_map(|field| nearest(field, &self.known)).collect();
        if !suggestions.is_empty() {
            return Some(format!("{warning}; did you mean {}?", suggestions.join(", ")));
        }
        let mut names: Vec<&str> = self.known.iter().map(String::as_str).filter(|name| !name.contains('.')).collect();
        let more = if names.len() > MAX { ", …" } else { "" };
        names.truncate(MAX);
        Some(format!("{warning}; the fields are {}{more}", names.join(", ")))
    }
}

/// Whether an item has a field. If the path leads through a list, the answer is true, because the items of a list can
/// have different fields.
pub fn has(item: &RawValue, path: &str) -> bool {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match (items::field(item, name), rest) {
        _ if item.get().starts_with('[') => true,
        (Some(value), Some(rest)) => has(value, rest),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Adds the dotted paths of an object's fields, down to this depth, to the known ones.
fn learn(object: &RawValue, parent: &str, depth: usize, known: &mut Vec<String>) {
    /// A limit, because an object from the network can have any number of fields.
    const MAX: usize = 500;
    for (name, value) in item::fields(object).into_iter().flatten() {
        let path = if parent.is_empty() { name.into_owned() } else { format!("{parent}.{name}") };
        let inner = Some(value).filter(|value| depth > 1 && value.get().starts_with('{'));
        if known.len() < MAX && !known.contains(&path) {
            known.push(path.clone());
        }
        if let Some(inner) = inner {
            learn(inner, &path, depth - 1, known);
        }
    }
}

/// The known field that the user probably meant: one with the same name in a nested object, or one with a similar path.
fn nearest<'k>(field: &str, known: &'k [String]) -> Option<&'k str> {
    let is_inside = |path: &&String| path.strip_suffix(field).is_some_and(|parent| parent.ends_with('.'));
    let inside = known.iter().find(is_inside).map(String::as_str);
    // A parent of the given path is not a useful suggestion.
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
