//! Finds the object of the server that each entry of the file describes: by its id, by the id that an earlier apply recorded
//! for it, or by its name.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{Blueprint, Entry, LineFault};
use super::section::{CHANNELS, ROLES, SECTIONS, Section};
use super::server::{self, Object, Server};
use crate::call::bind::choice;
use crate::catalogue::{Scalar, choices};
use crate::store::AppliedObject;

/// The name of the role that all members have.
pub const EVERYONE: &str = "@everyone";

/// For each section and entry, the object's index in the server.
pub type Matches = Vec<Vec<Option<usize>>>;

/// The channel type of an entry.
pub fn kind(entry: &Entry) -> Option<i64> {
    let text = match entry.words.get("type")? {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match choice::exact(choices::GUILD_CHANNEL_TYPES, &text)?.value {
        Scalar::Int(kind) => Some(kind),
        Scalar::Str(_) => None,
    }
}

/// Whether Discord can turn a channel of one type into the other.
pub const fn is_convertible(from: i64, to: i64) -> bool {
    from == to || matches!((from, to), (0, 5) | (5, 0))
}

/// The name as Discord stores it: channels with text have lowercase names, with dashes for spaces.
pub fn stored_name(section: usize, kind: i64, name: &str) -> String {
    match (section, kind) {
        (CHANNELS, 0 | 5 | 15 | 16) => name.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("-"),
        _ => name.trim().to_owned(),
    }
}

/// The name of an entry's category. `None` if the file does not say it.
pub fn parent(entry: &Entry) -> Option<&str> {
    let parent = entry.words.get("parent").or_else(|| entry.words.get("parent_id"))?.as_str()?;
    Some(parent.strip_prefix('#').unwrap_or(parent))
}

pub fn matches(file: &Blueprint, server: &Server, managed: &[AppliedObject]) -> Result<Matches, Vec<LineFault>> {
    let mut faults = Vec::new();
    let mut found = Matches::new();
    for (at, section) in SECTIONS.iter().enumerate() {
        let entries = file.sections[at].as_deref().unwrap_or_default();
        let matching = Matching { at, section, entries, objects: &server.objects[at], server, managed };
        found.push(matching.run(&mut faults));
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

struct Matching<'a> {
    at: usize,
    section: &'static Section,
    entries: &'a [Entry],
    objects: &'a [Object],
    server: &'a Server,
    managed: &'a [AppliedObject],
}

impl Matching<'_> {
    fn run(&self, faults: &mut Vec<LineFault>) -> Vec<Option<usize>> {
        let mut found: Vec<Option<usize>> = vec![None; self.entries.len()];
        let mut taken = BTreeSet::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let Some(object) = self.certain(entry) else { continue };
            if taken.insert(object) {
                found[at] = Some(object);
            } else {
                let message = format!("another {} of the file has the same id", self.section.one);
                faults.push(LineFault { line: entry.line, message });
            }
        }
        for (at, entry) in self.entries.iter().enumerate() {
            if found[at].is_some() {
                continue;
            }
            let is_open = |other: &usize| found[*other].is_none();
            if let Some(other) = (0..at).filter(is_open).find(|other| self.are_alike(&self.entries[*other], entry)) {
                let line = self.entries[other].line;
                let message = format!("{} is in the file twice; the other is in line {line}", self.called(entry));
                faults.push(LineFault { line: entry.line, message });
                continue;
            }
            let named: Vec<usize> =
                (0..self.objects.len()).filter(|object| !taken.contains(object) && self.fits(entry, *object)).collect();
            let nested: Vec<usize> = named.iter().copied().filter(|object| self.is_in_parent(entry, *object)).collect();
            let shared = (0..self.entries.len())
                .any(|other| other != at && found[other].is_none() && self.has_one_name(&self.entries[other], entry));
            match (&named[..], &nested[..]) {
                ([], _) => {}
                (_, [only]) => drop((taken.insert(*only), found[at] = Some(*only))),
                // Another entry of this name may mean the object.
                ([_], []) if shared => {}
                ([only], []) => drop((taken.insert(*only), found[at] = Some(*only))),
                _ => {
                    let message = format!(
                        "the server has {} {}s named {:?}; give the id of one of them",
                        named.len(),
                        self.section.one,
                        entry.name
                    );
                    faults.push(LineFault { line: entry.line, message });
                }
            }
        }
        found
    }

    /// The object that the entry means for certain.
    fn certain(&self, entry: &Entry) -> Option<usize> {
        let by_id = |id: &str| self.objects.iter().position(|object| server::id(object) == id);
        if self.section.is_single {
            return self.objects.first().map(|_| 0);
        }
        if self.at == ROLES && entry.name == EVERYONE {
            return by_id(&self.server.id);
        }
        let id = entry.id.as_deref()?;
        by_id(id).or_else(|| {
            let is_recorded =
                |managed: &&AppliedObject| managed.section == self.section.key && managed.origin.as_deref() == Some(id);
            by_id(&self.managed.iter().find(is_recorded)?.id)
        })
    }

    fn fits(&self, entry: &Entry, object: usize) -> bool {
        let object = &self.objects[object];
        let kind = server::kind(object);
        let wanted = self::kind(entry).unwrap_or(0);
        let is_of_kind = self.at != CHANNELS || is_convertible(kind, wanted);
        // The name of the role that all members have cannot be given to another role.
        is_of_kind && stored_name(self.at, wanted, &entry.name) == server::name(object).trim()
    }

    fn is_in_parent(&self, entry: &Entry, object: usize) -> bool {
        let object = &self.objects[object];
        let own = object.get("parent_id").and_then(Value::as_str);
        let own = own.and_then(|id| self.server.find(CHANNELS, id)).map_or("", server::name);
        parent(entry).is_none_or(|parent| parent == own)
    }

    fn has_one_name(&self, a: &Entry, b: &Entry) -> bool {
        let kind = |entry: &Entry| kind(entry).unwrap_or(0);
        stored_name(self.at, kind(a), &a.name) == stored_name(self.at, kind(b), &b.name)
            && (self.at != CHANNELS || is_convertible(kind(a), kind(b)))
    }

    /// Whether nothing tells two entries apart.
    fn are_alike(&self, a: &Entry, b: &Entry) -> bool {
        self.has_one_name(a, b) && parent(a).unwrap_or("") == parent(b).unwrap_or("")
    }

    fn called(&self, entry: &Entry) -> String {
        self.section.called(&entry.name)
    }
}
