//! The lines that describe a plan: for people as text, for programs as JSON.

use serde_json::{Value, json};

use super::plan::{Action, Change, Plan, Step};
use super::section::SECTIONS;
use crate::output::clean;

/// The lines of a step as JSON objects: one for each field that changes.
pub fn objects(step: &Step) -> Vec<Value> {
    let (change, id) = match &step.action {
        Action::Create { .. } => ("create", Value::Null),
        Action::Edit { id, .. } => ("edit", Value::from(id.as_str())),
        Action::Move { id, .. } => ("move", Value::from(id.as_str())),
        Action::Delete { id } => ("delete", Value::from(id.as_str())),
    };
    let line = json!({"change": change, "object": SECTIONS[step.section].one, "id": id, "name": step.name});
    let with = |field: &str, from: Value, to: Value| {
        let mut line = line.clone();
        line["field"] = field.into();
        line["from"] = from;
        line["to"] = to;
        line
    };
    match &step.action {
        Action::Create { .. } | Action::Delete { .. } => vec![line],
        Action::Edit { changes, .. } => {
            changes.iter().map(|change| with(change.key, change.from.clone(), change.to.clone())).collect()
        }
        Action::Move { from, to, .. } => vec![with("place", from.as_str().into(), to.as_str().into())],
    }
}

/// The lines of a step for people.
pub fn lines(step: &Step) -> Vec<String> {
    let called = SECTIONS[step.section].called(&step.name);
    let lines = match &step.action {
        Action::Create { .. } => vec![format!("+ {called}")],
        Action::Delete { .. } => vec![format!("- {called}")],
        Action::Move { from, to, .. } => vec![format!("~ {called}: place {from} → {to}")],
        Action::Edit { changes, .. } => {
            changes.iter().map(|change| format!("~ {called}: {} {}", change.key, difference(change))).collect()
        }
    };
    lines.iter().map(|line| clean::line(line).into_owned()).collect()
}

/// The text of a plan for people.
pub fn text(plan: &Plan) -> String {
    plan.steps.iter().flat_map(lines).map(|line| line + "\n").collect()
}

/// `create 2 objects, edit 1 and delete 1 (role "Old")`
pub fn summary(plan: &Plan) -> String {
    let count = |is: fn(&Action) -> bool| plan.steps.iter().filter(|step| is(&step.action)).count();
    let deleted: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| matches!(step.action, Action::Delete { .. }))
        .map(|step| SECTIONS[step.section].called(&step.name))
        .collect();
    let parts = [
        ("create", count(|action| matches!(action, Action::Create { .. }))),
        ("edit", count(|action| matches!(action, Action::Edit { .. }))),
        ("move", count(|action| matches!(action, Action::Move { .. }))),
        ("delete", deleted.len()),
    ];
    let mut parts: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .enumerate()
        .map(|(at, (verb, count))| match (at, count) {
            (0, 1) => format!("{verb} 1 object"),
            (0, count) => format!("{verb} {count} objects"),
            (_, count) => format!("{verb} {count}"),
        })
        .collect();
    let last = parts.pop().unwrap_or_default();
    let mut text = if parts.is_empty() { last } else { format!("{} and {last}", parts.join(", ")) };
    if !deleted.is_empty() {
        text += &format!(" ({})", deleted.join(", "));
    }
    text
}

/// `#ff0000 → #00ff00`, or for a list the elements that are new and those that are gone.
pub fn difference(change: &Change) -> String {
    let is_list = |value: &Value| value.is_array() || value == "" || value.is_null();
    if !(is_list(&change.from) && is_list(&change.to)) || !(change.from.is_array() || change.to.is_array()) {
        return format!("{} → {}", value(&change.from), value(&change.to));
    }
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (from, to) = (items(&change.from), items(&change.to));
    let added = to.iter().filter(|item| !from.contains(item)).map(|item| format!("+{}", element(item)));
    let removed = from.iter().filter(|item| !to.contains(item)).map(|item| format!("-{}", element(item)));
    let parts: Vec<String> = added.chain(removed).collect();
    if parts.is_empty() { "in another order".to_owned() } else { parts.join(", ") }
}

/// An element of a list. An overwrite is shown as a sentence.
fn element(item: &Value) -> String {
    let names = |value: &Value| {
        let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        names.collect::<Vec<_>>().join(", ")
    };
    let owner = item["role"].as_str().or_else(|| item["member"].as_str());
    match (item, owner) {
        (Value::String(text), _) => shortened(text),
        (_, Some(owner)) => {
            let parts = ["allow", "deny"].map(|verb| (verb, names(&item[verb])));
            let parts = parts.into_iter().filter(|(_, names)| !names.is_empty());
            let parts: Vec<String> = parts.map(|(verb, names)| format!("{verb} {names}")).collect();
            format!("{owner} ({})", parts.join("; "))
        }
        (item, None) => value(item),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::String(text) if text.contains(char::is_whitespace) => format!("{:?}", shortened(text)),
        Value::String(text) => shortened(text),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => shortened(&other.to_string()),
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
