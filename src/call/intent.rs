//! A call before its values are read: an endpoint and the values for it.

use serde_json::{Map, Value};

use super::bind::{Bound, Error, Trust, Values, json_text};
use crate::catalogue::{Endpoint, ParamKind};

/// An endpoint and the values for it.
#[derive(Clone, Debug)]
pub struct Intent {
    pub endpoint: &'static Endpoint,
    pub values: Values,
    pub wants: Wants,
    /// Changes the request, if the command is another form of the endpoint.
    pub rewrite: Option<Rewrite>,
}

/// What the outcome has besides the response.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wants {
    /// How to find the server for links to the items of the response.
    pub server: FindServer,
    /// Whether the outcome says in words what the call did.
    pub words: bool,
    /// Whether the caller stores the pages of a list in the cache, instead of the call.
    pub unstored: bool,
}

/// Changes a bound request before anything else of the call depends on it.
pub type Rewrite = fn(&mut Bound);

/// How to find the server for links, if the response does not contain it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindServer {
    #[default]
    No,
    /// In the cache only, because a link is not worth a request.
    Cached,
    /// In the cache, or else by a request to Discord.
    Asked,
}

impl Intent {
    pub fn new(endpoint: &'static Endpoint, values: Values) -> Self {
        Self { endpoint, values, wants: Wants::default(), rewrite: None }
    }

    /// Creates an intent from a JSON object whose members have the names of the endpoint's parameters, such as `channel_id`,
    /// `content` or `embed.title`. `null` clears a field, and `reason` is for the audit log.
    pub fn from_json(endpoint: &'static Endpoint, members: &Map<String, Value>) -> Result<Self, Error> {
        let mut values = Values::default();
        for (order, (name, value)) in members.iter().enumerate() {
            if name == "reason" && endpoint.audit_reason && endpoint.param(name).is_none() {
                values.reason = Some(json_text(ParamKind::String, value));
                continue;
            }
            let Some(param) = endpoint.all_params().find(|param| param.name == name && param.is_given()) else {
                let fields = endpoint.all_params().filter(|param| param.is_given()).map(|param| param.name.to_owned());
                return Err(Error::NoParameter { field: name.clone(), fields: fields.collect() });
            };
            values.set_json(param, value, order, Trust::Full);
        }
        values.sort_fields(endpoint);
        Ok(Self::new(endpoint, values))
    }
}
