//! A row as JSON, for `dcord endpoints -o json`.

use serde_json::{Value, json};

use super::shapes::Topic;
use super::types::{Choice, Endpoint, Noun, Param, ParamKind, Place, Scalar, Unit};

/// The entry of an endpoint in `dcord endpoints -o json`.
pub fn endpoint(noun: &Noun, row: &Endpoint) -> Value {
    json!({
        "command": format!("{} {}", noun.name, row.verb),
        "aliases": row.aliases,
        "about": row.about,
        "operation": row.operation,
        "method": row.method.name(),
        "path": row.path,
        "auth": row.auth.name(),
        "audit_reason": row.audit_reason,
        "destructive": row.destructive,
        "deprecated": row.deprecated.is_some(),
        "pagination": row.paging.map(|p| p.name()),
        "items": row.items,
        "id": row.id,
        "params": row.all_params().map(param).collect::<Vec<_>>(),
    })
}

fn param(p: &Param) -> Value {
    let flag = (p.has_flag() || p.place == Place::Whole).then(|| format!("--{}", p.flag()));
    json!({
        "name": p.name,
        "in": p.place.name(),
        "into": (p.place == Place::Local).then_some(p.into),
        "flag": flag,
        "flag_aliases": p.alias.map(|alias| format!("--{alias}")).as_slice(),
        "positional": p.positional && !p.is_application(),
        "required": p.required,
        "repeated": p.repeated,
        "unique": p.unique,
        "nullable": p.nullable,
        "secret": p.secret,
        "kind": p.kind.name(),
        "min": p.min,
        "max": p.max,
        "min_items": p.min_items,
        "max_items": p.max_items,
        "unit": p.unit.map(Unit::name),
        "values": values(p.kind),
        "beyond_spec": p.beyond_spec,
        "help": p.help,
    })
}

/// A kind of JSON value, for `dcord explain -o json`.
pub fn topic(topic: &'static Topic) -> Value {
    let objects: Vec<_> = topic
        .shape
        .parts()
        .iter()
        .map(|part| {
            let fields: Vec<_> = part.fields.iter().map(field).collect();
            json!({"name": part.title, "type": part.value(), "fields": fields})
        })
        .collect();
    let commands: Vec<_> = topic
        .commands()
        .map(|(row, p)| {
            if p.place == Place::Whole {
                format!("{} --body", row.words())
            } else {
                format!("{} --{}", row.words(), p.flag())
            }
        })
        .collect();
    json!({
        "name": topic.name,
        "about": topic.about,
        "list": topic.list,
        "objects": objects,
        "notes": topic.notes,
        "example": serde_json::from_str::<Value>(topic.example).unwrap_or_default(),
        "commands": commands,
    })
}

fn field(p: &Param) -> Value {
    let objects: Vec<_> = p
        .shape
        .iter()
        .flat_map(|shape| match shape.by {
            Some(kinds) => kinds.iter().map(|kind| kind.name).collect(),
            None => vec![shape.noun()],
        })
        .collect();
    json!({
        "name": p.name,
        "kind": p.kind.name(),
        "list": p.repeated || p.max_items.is_some(),
        "required": p.needed,
        "min": p.min,
        "max": p.max,
        "min_items": p.min_items,
        "max_items": p.max_items,
        "values": values(p.kind),
        "objects": objects,
        "help": p.help,
    })
}

fn values(kind: ParamKind) -> Vec<Value> {
    match kind {
        ParamKind::Enum(choices) | ParamKind::Flags(choices) => choices.iter().map(choice).collect(),
        _ => Vec::new(),
    }
}

fn choice(c: &Choice) -> Value {
    match c.value {
        Scalar::Int(n) => json!({"name": c.name, "value": n}),
        Scalar::Str(s) => json!({"name": c.name, "value": s}),
    }
}
