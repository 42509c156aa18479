//! The name of the server or channel whose objects a list has.

use super::{App, object_name};
use crate::call::bind::Bound;
use crate::catalogue::{ParamKind, Place};
use crate::model::Entity;

/// The name of the server or channel in the path of a list, the name as it was typed, or the id. No request is sent for it.
pub fn of(app: &App, bound: &Bound) -> Option<String> {
    let param = bound.endpoint.all_params().find(|param| param.place == Place::Path)?;
    let ParamKind::Snowflake(entity @ (Entity::Guild | Entity::Channel)) = param.kind else { return None };
    let id = bound.request.plain_segment(param.name)?;
    let cached = object_name::cached(app, entity, None, id).and_then(|known| known.name());
    cached.or_else(|| bound.typed_name(id).map(str::to_owned)).or_else(|| Some(id.to_owned()))
}
