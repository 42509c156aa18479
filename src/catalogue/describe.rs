//! A row as JSON, for `dcord endpoints -o json`.

use serde_json::{Value, json};

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
        "values": match p.kind {
            ParamKind::Enum(choices) | ParamKind::Flags(choices) => choices.iter().map(choice).collect(),
            _ => Vec::new(),
        },
        "beyond_spec": p.beyond_spec,
        "help": p.help,
    })
}

fn choice(c: &Choice) -> Value {
    match c.value {
        Scalar::Int(n) => json!({"name": c.name, "value": n}),
        Scalar::Str(s) => json!({"name": c.name, "value": s}),
    }
}
