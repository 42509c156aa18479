//! Where a list looks for its items, in words.

use super::{App, object_name};
use crate::call::bind::Bound;
use crate::catalogue::{ParamKind, Place};
use crate::model::Entity;

/// Query parameters that do not select items.
const NO_FILTERS: &[&str] = &["limit", "before", "after", "around", "offset", "with_counts"];

/// `in My Server`, or `by @ada in #general`: the server or channel in the path of a list, and the author and channel of a search.
/// An object is called by its name in the cache, else as it was typed, else by its id. No request is sent for the name.
pub fn of(app: &App, bound: &Bound) -> Option<String> {
    let param = bound.endpoint.all_params().find(|param| param.place == Place::Path)?;
    let ParamKind::Snowflake(entity @ (Entity::Guild | Entity::Channel)) = param.kind else { return None };
    let id = bound.request.plain_segment(param.name)?;
    let name = |entity, id: &str| {
        let cached = object_name::cached(app, entity, None, id).and_then(|known| known.name());
        cached.or_else(|| bound.typed_name(id).map(str::to_owned)).unwrap_or_else(|| id.to_owned())
    };
    if !bound.endpoint.verb.starts_with("search") {
        return Some(format!("in {}", name(entity, id)));
    }
    let query = || bound.request.query.iter().filter(|(name, _)| !NO_FILTERS.contains(&name.as_str()));
    let only = |wanted: &str| {
        let mut values = query().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    };
    let (author, channel) = (only("author_id"), only("channel_id"));
    let by = author.map(|id| format!("by {} ", name(Entity::User, id))).unwrap_or_default();
    let place = channel.map_or_else(|| name(entity, id), |id| name(Entity::Channel, id));
    let is_named = |name: &str| name == "author_id" && author.is_some() || name == "channel_id" && channel.is_some();
    let others = if query().all(|(name, _)| is_named(name)) { "" } else { " that match the search" };
    Some(format!("{by}in {place}{others}"))
}
