//! What is to be called: a row and its values.

use serde_json::{Map, Value};

use super::bind::{Error, Field, Values};
use crate::catalogue::{Endpoint, Param, ParamKind, Place};

/// A row and the values for it.
#[derive(Clone, Debug)]
pub struct Intent {
    pub endpoint: &'static Endpoint,
    pub values: Values,
    /// How the outcome finds the server that links to the response's items need.
    pub server: FindServer,
    /// Whether the outcome names what the call acts on.
    pub names_target: bool,
}

/// How far a call goes to find the server that a link needs and the response does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindServer {
    #[default]
    No,
    /// Only the cache is read: a link is not worth a request.
    Cached,
    /// Discord is asked if the cache does not know.
    Asked,
}

impl Intent {
    pub const fn new(endpoint: &'static Endpoint, values: Values) -> Self {
        Self { endpoint, values, server: FindServer::No, names_target: false }
    }

    /// An intent whose values are the members of a JSON object, by the names of the row's parameters: `channel_id`,
    /// `content`, `embed.title`. `null` clears a field, and `reason` is for the audit log.
    pub fn from_json(endpoint: &'static Endpoint, members: &Map<String, Value>) -> Result<Self, Error> {
        let mut values = Values::default();
        for (order, (name, value)) in members.iter().enumerate() {
            if name == "reason" && endpoint.audit_reason && endpoint.param(name).is_none() {
                values.reason = Some(text(ParamKind::String, value));
                continue;
            }
            let Some(param) = endpoint.all_params().find(|param| param.name == name && is_given(param)) else {
                let fields = endpoint.all_params().filter(|param| is_given(param)).map(|param| param.name.to_owned());
                return Err(Error::NoParameter { field: name.clone(), fields: fields.collect() });
            };
            match value {
                Value::Null => values.unset.push(name.clone()),
                _ if param.place == Place::Whole => values.body = Some(value.to_string()),
                Value::Array(items) if param.repeated => {
                    values.fields.push(field(param, order, items.iter()));
                }
                one => values.fields.push(field(param, order, [one].into_iter())),
            }
        }
        // The server stands before what is in it.
        let place = |field: &Field| endpoint.all_params().position(|param| param.name == field.param.name);
        values.fields.sort_by_key(place);
        Ok(Self::new(endpoint, values))
    }
}

/// Whether a value can be given for a parameter: not for those that only describe what is inside others.
fn is_given(param: &Param) -> bool {
    param.has_flag() || matches!(param.place, Place::Path | Place::Whole)
}

fn field<'a>(param: &'static Param, order: usize, items: impl Iterator<Item = &'a Value> + 'a) -> Field {
    let texts: Vec<_> = items.map(|item| text(param.kind, item)).collect();
    let order = vec![order; texts.len()];
    Field { param, flag: param.name.to_owned(), texts, order, in_files: false }
}

/// A JSON value as the text that a person would give for it.
fn text(kind: ParamKind, value: &Value) -> String {
    match value {
        Value::String(text) if kind != ParamKind::Json => text.clone(),
        other => other.to_string(),
    }
}
