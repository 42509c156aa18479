//! Compares the file with the server: what an apply would create, edit, move and delete. Nothing here sends a request.

use std::path::Path;

use serde_json::{Map, Value};

use super::codec::{self, Decoder, Fault, canonical};
use super::document::{Blueprint, Entry, LineFault};
use super::matching::{self, EVERYONE, Matches, is_convertible, matches, stored_name};
use super::order::{self, Sibling};
use super::references::{Known, References};
use super::section::{CHANNELS, Field, NAMED, ROLES, SECTIONS, Section};
use super::server::{self, Object, Server};
use crate::call::bind::value::Reader;
use crate::call::bind::{Input, Names};
use crate::catalogue::{Method, ParamKind, check};
use crate::model::time::Now;
use crate::store::AppliedObject;

/// What an apply changes, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub steps: Vec<Step>,
    /// The sections whose objects may have to be moved after the other steps.
    pub orders: Vec<usize>,
    /// The objects of the file that exist already, each with its section, its index in it, and its id.
    pub matched: Vec<(usize, usize, String)>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub section: usize,
    pub name: String,
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Create {
        entry: usize,
    },
    Edit {
        entry: usize,
        id: String,
        changes: Vec<Change>,
    },
    /// The object gets another place. The request that does it moves all objects of the section.
    Move {
        id: String,
        from: String,
        to: String,
    },
    Delete {
        id: String,
    },
}

/// A field that differs, with its values in the words of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub key: &'static str,
    pub from: Value,
    pub to: Value,
}

/// What the conversion of values needs besides the file and the server.
pub struct Tools<'a> {
    pub input: &'a mut Input,
    pub now: &'a Now,
    pub folder: &'a Path,
}

impl Tools<'_> {
    /// Converts some fields of an entry to Discord's JSON.
    fn body(
        &mut self,
        fields: &[Field],
        entry: &Entry,
        object: Option<&Object>,
        references: &References,
        is_wanted: impl Fn(&Field) -> bool,
    ) -> (Map<String, Value>, Vec<Fault>) {
        let mut names = Names::default();
        let reader = Reader {
            endpoint: None,
            input: self.input,
            now: *self.now,
            validate: true,
            names: &mut names,
            warnings: Vec::new(),
        };
        let mut decoder = Decoder { reader, references, folder: self.folder, faults: Vec::new() };
        let mut body = Map::new();
        for field in fields.iter().filter(|field| is_wanted(field)) {
            let param = field.spec.param;
            if let Some((key, words)) = words_of(entry, field) {
                let mut value = decoder.value(&field.spec, words, key);
                let own = object.and_then(|object| object.get(param.name)).unwrap_or(&Value::Null);
                codec::fill_ids(&field.spec, &mut value, own);
                body.insert(param.name.to_owned(), value);
            }
        }
        (body, decoder.faults)
    }
}

/// The words of a field, and the key under which the file has them.
fn words_of<'e>(entry: &'e Entry, field: &Field) -> Option<(&'static str, &'e Value)> {
    let names = [field.key, field.spec.param.name];
    names.into_iter().find_map(|key| Some((key, entry.words.get(key)?)))
}

/// Why the object of an entry cannot be created, although nothing is wrong with the file.
fn cannot_create(section: &Section, fields: &[Field], entry: &Entry) -> Option<String> {
    if section.marks.iter().any(|mark| entry.words.get(*mark) == Some(&Value::Bool(true))) {
        return Some(
            "belongs to an app, which creates it when it is added to the server; dcord cannot create it".to_owned(),
        );
    }
    let is_picture = |field: &&Field| matches!(field.spec.param.kind, ParamKind::Image(_) | ParamKind::File);
    let lacks =
        fields.iter().filter(is_picture).find(|field| field.spec.param.required && words_of(entry, field).is_none())?;
    Some(format!("is not created, because the file has no {} for it: the path of a picture", lacks.key))
}

/// An id that stands for the object of an entry until it exists. It is smaller than any id of Discord's.
fn placeholder(section: usize, entry: usize) -> String {
    const MOST: usize = 100_000;
    (section * MOST + entry + 1).to_string()
}

/// The file, matched with the server.
pub struct Matched<'a> {
    pub file: &'a Blueprint,
    pub server: &'a Server,
    matches: Matches,
    /// All objects that references can name after the apply.
    pub references: References,
}

impl<'a> Matched<'a> {
    pub fn new(file: &'a Blueprint, server: &'a Server, managed: &[AppliedObject]) -> Result<Self, Vec<LineFault>> {
        let matches = matches(file, server, managed)?;
        let mut references = References::default();
        for section in NAMED {
            for (at, object) in server.objects[section].iter().enumerate() {
                if !matches[section].contains(&Some(at)) {
                    references.add(server.known(section, object));
                }
            }
        }
        let mut matched = Self { file, server, matches, references };
        for (section, index, entry) in file.entries().filter(|(section, ..)| NAMED.contains(section)) {
            let known = matched.known(section, index, entry);
            matched.references.add(known);
        }
        Ok(matched)
    }

    fn object(&self, section: usize, entry: usize) -> Option<&'a Object> {
        self.matches[section][entry].map(|at| &self.server.objects[section][at])
    }

    /// The id of an entry's object, or its placeholder.
    fn id(&self, section: usize, entry: usize) -> String {
        self.object(section, entry).map_or_else(|| placeholder(section, entry), |object| server::id(object).to_owned())
    }

    /// What references need to know about the object of an entry.
    fn known(&self, section: usize, index: usize, entry: &Entry) -> Known {
        let object = self.object(section, index);
        let kind = matching::kind(entry).or_else(|| object.map(server::kind)).unwrap_or(0);
        let domain = server::domain(section, kind);
        let name = stored_name(section, kind, &entry.name);
        let parent = matching::parent(entry).map(str::to_owned).or_else(|| {
            let id = object?.get("parent_id")?.as_str()?;
            Some(server::name(self.server.find(CHANNELS, id)?).to_owned())
        });
        let path = parent.filter(|parent| !parent.is_empty()).map(|parent| format!("{parent}/{name}"));
        Known { domain, id: self.id(section, index), name, path, is_in_file: true }
    }

    /// Compares all entries with their objects. `prune` names the objects to delete if the file no longer has them.
    pub fn plan(&self, tools: &mut Tools<'_>, prune: &[AppliedObject]) -> Result<Plan, Vec<LineFault>> {
        let mut plan = Plan::default();
        let mut faults = Vec::new();
        for at in 0..SECTIONS.len() {
            self.plan_section(at, tools, &mut plan, &mut faults);
        }
        if !faults.is_empty() {
            faults.sort_by_key(|fault| fault.line);
            return Err(faults);
        }
        // Objects go before those that they refer to.
        for section in SECTIONS.iter().rev() {
            for managed in prune.iter().filter(|managed| managed.section == section.key) {
                self.plan_deletion(managed, &mut plan);
            }
        }
        Ok(plan)
    }

    fn plan_section(&self, at: usize, tools: &mut Tools<'_>, plan: &mut Plan, faults: &mut Vec<LineFault>) {
        let section = &SECTIONS[at];
        let fields = section.fields();
        let entries = self.file.sections[at].as_deref().unwrap_or_default();
        // A category must exist before its channels.
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|index| at == CHANNELS && !matching::kind(&entries[*index]).is_some_and(server::is_category));
        let mut has_moves = false;
        for index in order {
            let entry = &entries[index];
            let object = self.object(at, index);
            let mut fault = |path: &str, message: String| {
                faults.push(LineFault { line: entry.line_of(path), message });
            };
            let known = || fields.iter().map(|field| field.key).chain(section.marks.iter().copied());
            for key in entry.words.keys() {
                if !known().any(|known| known == key) && !fields.iter().any(|field| field.spec.param.name == key) {
                    fault(key, codec::unknown_key(key, known().chain(["id"])));
                }
            }
            if object.is_none()
                && let Some(why) = cannot_create(section, &fields, entry)
            {
                plan.notes.push(format!("{} {why}", section.called(&entry.name)));
                continue;
            }
            let row = if object.is_some() { section.edit } else { section.create };
            let accepts = |field: &Field| if object.is_some() { field.is_editable } else { field.is_creatable };
            let (mut body, wrong) = tools.body(&fields, entry, object, &self.references, accepts);
            let is_wrong = !wrong.is_empty();
            wrong.into_iter().for_each(|wrong| fault(&wrong.path, format!("{}: {}", wrong.path, wrong.message)));
            if is_wrong {
                continue;
            }
            if at == CHANNELS
                && let Some(name) = body.get_mut("name")
            {
                let kind = matching::kind(entry).or_else(|| object.map(server::kind)).unwrap_or(0);
                *name = stored_name(at, kind, &entry.name).into();
            }
            for violation in check::body(row, &Value::Object(body.clone())) {
                let path = fields.iter().find_map(|field| {
                    let rest = violation.path.strip_prefix(field.spec.param.name)?;
                    (rest.is_empty() || rest.starts_with(['.', '['])).then(|| format!("{}{rest}", field.key))
                });
                let path = path.unwrap_or(violation.path);
                fault(&path, format!("{path} {}", violation.message));
            }
            match object {
                None => {
                    has_moves = true;
                    let name = entry.name.clone();
                    plan.steps.push(Step { section: at, name, action: Action::Create { entry: index } });
                }
                Some(object) => {
                    let id = server::id(object).to_owned();
                    if !section.is_single {
                        plan.matched.push((at, index, id.clone()));
                    }
                    let (from, to) = (server::kind(object), matching::kind(entry).unwrap_or_default());
                    if at == CHANNELS && entry.words.contains_key("type") && !is_convertible(from, to) {
                        fault("type", "Discord cannot change the type of this channel; create a new one".to_owned());
                        continue;
                    }
                    let changes = self.changes(&fields, entry, object, &body);
                    let is_everyone = at == ROLES && entry.name == EVERYONE;
                    if is_everyone && let Some(change) = changes.iter().find(|change| change.key != "permissions") {
                        fault(change.key, format!("{}: only the permissions of @everyone can change", change.key));
                        continue;
                    }
                    has_moves |= changes.iter().any(|change| change.key == "parent");
                    if !changes.is_empty() {
                        let name = entry.name.clone();
                        plan.steps.push(Step { section: at, name, action: Action::Edit { entry: index, id, changes } });
                    }
                }
            }
        }
        if section.reorder.is_some() {
            self.plan_order(at, entries, has_moves, plan);
        }
    }

    /// The fields of an entry that differ from those of its object.
    fn changes(&self, fields: &[Field], entry: &Entry, object: &Object, body: &Map<String, Value>) -> Vec<Change> {
        let mut changes = Vec::new();
        for field in fields.iter().filter(|field| field.is_editable) {
            let name = field.spec.param.name;
            let Some(wanted) = body.get(name) else { continue };
            let own = object.get(name).unwrap_or(&Value::Null);
            let differs = match field.spec.param.kind {
                // Discord names a picture by its hash, which cannot be compared with a file.
                ParamKind::Image(_) | ParamKind::File => own.is_null(),
                _ => canonical(&field.spec, wanted) != canonical(&field.spec, own),
            };
            if differs {
                let words = |value| codec::words(&field.spec, value, &self.references).unwrap_or_default();
                let to = match field.spec.param.kind {
                    ParamKind::Image(_) => words_of(entry, field).map(|(_, words)| words.clone()).unwrap_or_default(),
                    _ => words(wanted),
                };
                changes.push(Change { key: field.key, from: words(own), to });
            }
        }
        changes
    }

    fn plan_deletion(&self, managed: &AppliedObject, plan: &mut Plan) {
        let Some(at) = Section::at(&managed.section) else { return };
        let Some(object) = self.server.find(at, &managed.id) else { return };
        let is_in_file = plan.matched.iter().any(|(section, _, id)| *section == at && *id == managed.id);
        if is_in_file || managed.id == self.server.id {
            return;
        }
        let name = server::name(object).to_owned();
        let called = SECTIONS[at].called(&name);
        if object.get("managed") == Some(&Value::Bool(true)) {
            plan.notes.push(format!("{called} belongs to an app or to Discord, so it is not deleted"));
        } else if at == CHANNELS && self.server.requires(&managed.id) {
            plan.notes.push(format!("Discord requires {called} in a Community server, so it is not deleted"));
        } else {
            plan.steps.push(Step { section: at, name, action: Action::Delete { id: managed.id.clone() } });
        }
    }

    /// The objects that have to move, so that those of the file are in its order.
    fn plan_order(&self, at: usize, entries: &[Entry], has_moves: bool, plan: &mut Plan) {
        let before = plan.steps.len();
        for group in self.groups(at) {
            // Compares only objects that stay in their group.
            let in_file = group.wanted.clone();
            let current: Vec<String> =
                group.siblings.iter().filter(|s| in_file.contains(&s.id)).map(|s| s.id.clone()).collect();
            let wanted: Vec<String> = in_file.into_iter().filter(|id| current.contains(id)).collect();
            // Roles are stored from the lowest to the highest, and people read them the other way round.
            let reading = |mut ids: Vec<String>| {
                if at == ROLES {
                    ids.reverse();
                }
                ids
            };
            let (current, wanted) = (reading(current), reading(wanted));
            for id in order::moved(&current, &wanted) {
                let Some(index) = (0..entries.len()).find(|index| self.id(at, *index) == id) else { continue };
                let place = |ids: &[String]| match ids.iter().position(|known| *known == id) {
                    None | Some(0) => "first".to_owned(),
                    Some(place) => {
                        let name = (0..entries.len()).find(|other| self.id(at, *other) == ids[place - 1]);
                        let name = name.map_or("", |other| &*entries[other].name);
                        format!("{} {name:?}", if at == ROLES { "below" } else { "after" })
                    }
                };
                let action = Action::Move { id: id.clone(), from: place(&current), to: place(&wanted) };
                plan.steps.push(Step { section: at, name: entries[index].name.clone(), action });
            }
        }
        if has_moves || plan.steps.len() > before {
            plan.orders.push(at);
        }
    }

    /// The objects of a section that are sorted among each other, as they are now.
    fn groups(&self, at: usize) -> Vec<Group> {
        let ids: Vec<Option<String>> = (0..self.matches[at].len())
            .map(|entry| self.object(at, entry).map(|object| server::id(object).to_owned()))
            .collect();
        groups(at, self.server, &ids)
    }

    /// The positions to send, once all objects of a section exist. `server` has the objects as they are then.
    pub fn positions(&self, at: usize, server: &Server, references: &References) -> Vec<Sibling> {
        let id = |entry: usize| {
            let id = self.id(at, entry);
            Some(references.settled(&id).to_owned())
        };
        let ids: Vec<Option<String>> = (0..self.matches[at].len()).map(id).collect();
        groups(at, server, &ids).iter().flat_map(|group| order::arrange(&group.siblings, &group.wanted)).collect()
    }

    /// The body of the request that makes a step.
    pub fn body(&self, step: &Step, references: &References, tools: &mut Tools<'_>) -> Map<String, Value> {
        let fields = SECTIONS[step.section].fields();
        let (entry, changes) = match &step.action {
            Action::Create { entry } => (*entry, None),
            Action::Edit { entry, changes, .. } => (*entry, Some(changes)),
            Action::Move { .. } | Action::Delete { .. } => return Map::new(),
        };
        let is_wanted = |field: &Field| match changes {
            None => field.is_creatable,
            // A PUT also resets what it leaves out.
            Some(_) if SECTIONS[step.section].edit.method == Method::Put => field.is_editable,
            Some(changes) => changes.iter().any(|change| change.key == field.key),
        };
        let object = self.object(step.section, entry);
        let entry = self.file.entry(step.section, entry);
        let (mut body, _) = tools.body(&fields, entry, object, references, is_wanted);
        if changes.is_none() {
            // A new object has no value that null could remove.
            body.retain(|_, value| !value.is_null());
        }
        body
    }

    /// The placeholder of an entry whose object does not exist yet.
    pub fn placeholder(section: usize, entry: usize) -> String {
        placeholder(section, entry)
    }
}

/// Objects that are sorted among each other.
struct Group {
    /// In ascending order.
    siblings: Vec<Sibling>,
    /// The objects of the file, in the order of the file, or for roles in the opposite order.
    wanted: Vec<String>,
}

/// The groups of a section: all roles, and the channels of each category and kind. `ids` are the ids of the file's objects.
fn groups(at: usize, server: &Server, ids: &[Option<String>]) -> Vec<Group> {
    let key = |object: &Object| match at {
        CHANNELS => {
            let parent = object.get("parent_id").and_then(Value::as_str).unwrap_or_default();
            (parent.to_owned(), server::bucket(server::kind(object)))
        }
        _ => (String::new(), 0),
    };
    let mut groups: Vec<((String, u8), Group)> = Vec::new();
    // The lowest role is the first, as in Discord's positions; its role for all members always stays the lowest.
    let objects = server.objects[at].iter().filter(|object| server::id(object) != server.id);
    let objects: Vec<&Object> = if at == ROLES { objects.rev().collect() } else { objects.collect() };
    for object in objects {
        let sibling = Sibling { id: server::id(object).to_owned(), position: server::position(object) };
        let key = key(object);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.siblings.push(sibling),
            None => groups.push((key, Group { siblings: vec![sibling], wanted: Vec::new() })),
        }
    }
    let ids: Vec<&String> =
        if at == ROLES { ids.iter().rev().flatten().collect() } else { ids.iter().flatten().collect() };
    for id in ids {
        if let Some((_, group)) = groups.iter_mut().find(|(_, group)| group.siblings.iter().any(|s| s.id == *id)) {
            group.wanted.push(id.clone());
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}
