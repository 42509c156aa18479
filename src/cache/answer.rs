//! Converts REST responses to changes, according to the endpoint's effects in the catalogue.

use serde_json::value::RawValue;

use super::change::{Change, Update};
use super::object::guild;
use super::row::{Key, ObjectFields};
use super::{Error, Kind};
use crate::model::{Effect, items};

/// A response and its request.
pub struct Answer<'a> {
    /// The endpoint's effects on the cache.
    pub effects: &'a [Effect],
    /// Returns the value of a path parameter.
    pub segment: &'a dyn Fn(&str) -> Option<String>,
    /// The id of the token's own user, if known. Some paths contain `@me` instead of an id.
    pub me: Option<u64>,
    /// The field of the response that contains the items, or `None` if the response itself is the list.
    pub items: Option<&'a str>,
    pub body: &'a [u8],
    /// Whether this is the last page of a list that was read from its start. All pages have the same observation time.
    pub complete: bool,
    /// The ids in the request's body, for [`Effect::DeletesEach`].
    pub deleted: &'a [u64],
}

/// Converts a response to changes.
pub fn changes<'a>(answer: &Answer<'a>) -> Result<Vec<Change<'a>>, Error> {
    let mut to = Vec::new();
    for effect in answer.effects {
        apply(*effect, answer, &mut to)?;
    }
    Ok(to)
}

fn apply<'a>(effect: Effect, answer: &Answer<'a>, to: &mut Vec<Change<'a>>) -> Result<(), Error> {
    let number = |name: &str| (answer.segment)(name).and_then(|value| value.parse::<u64>().ok());
    let in_guild = number("guild_id");
    let key = |kind: Kind| match (answer.segment)(kind.param()) {
        Some(id) if id != "@me" => Some(Key::of(kind, &id)),
        // `@me`, or a path without a user id, means the token's own user.
        _ if kind.param() == Kind::User.param() => answer.me.map(Key::Number),
        _ => None,
    };
    let within = |kind: Kind| if kind.is_per_guild() { in_guild.unwrap_or(0) } else { 0 };
    match effect {
        Effect::One(kind) => put_one(kind, in_guild, answer, Update::Replace, to)?,
        Effect::PartOf(kind) => put_one(kind, in_guild, answer, Update::Patch, to)?,
        Effect::Me => put_one(Kind::User, None, answer, Update::Replace, to)?,
        Effect::All(kind) => {
            // The list of the bot's servers contains only a few fields of each server.
            let update = if kind == Kind::Guild { Update::Patch } else { Update::Replace };
            put_each(kind, in_guild, answer, update, to)?;
            if answer.complete {
                let parent = if kind == Kind::Guild { 0 } else { in_guild.unwrap_or(0) };
                to.push(Change::Listed { kind, parent, only: kind != Kind::Thread });
            }
        }
        Effect::Several(kind) => put_each(kind, in_guild, answer, Update::Replace, to)?,
        Effect::Parts(kind) => put_each(kind, in_guild, answer, Update::Patch, to)?,
        Effect::History => {
            put_each(Kind::Message, in_guild, answer, Update::Replace, to)?;
            if let (true, Some(parent)) = (answer.complete, number(Kind::Channel.param())) {
                to.push(Change::Listed { kind: Kind::Message, parent, only: true });
            }
        }
        Effect::Deletes(Kind::Channel) => to.extend(number(Kind::Channel.param()).map(Change::ChannelGone)),
        Effect::Deletes(kind) => {
            to.extend(key(kind).map(|key| Change::Delete { kind, within: within(kind), key }));
        }
        Effect::DeletesEach(kind, _) => {
            let gone = |id: &u64| Change::Delete { kind, within: within(kind), key: Key::Number(*id) };
            to.extend(answer.deleted.iter().map(gone));
        }
        Effect::Outdates(kind) => {
            to.extend(key(kind).map(|key| Change::Outdated { kind, within: within(kind), key }));
        }
        Effect::Unlists(kind) => to.extend(in_guild.map(|parent| Change::Unlisted { kind, parent })),
        Effect::Leaves => to.extend(in_guild.map(Change::GuildGone)),
    }
    Ok(())
}

/// Adds a response that is one object. A response without a body changes nothing.
fn put_one<'a>(
    kind: Kind,
    in_guild: Option<u64>,
    answer: &Answer<'a>,
    update: Update,
    to: &mut Vec<Change<'a>>,
) -> Result<(), Error> {
    match serde_json::from_slice::<&RawValue>(answer.body) {
        Ok(object) => put(kind, in_guild, object, update, to),
        Err(_) => Ok(()),
    }
}

/// Adds the objects of a response that is a list.
fn put_each<'a>(
    kind: Kind,
    in_guild: Option<u64>,
    answer: &Answer<'a>,
    update: Update,
    to: &mut Vec<Change<'a>>,
) -> Result<(), Error> {
    items::items(answer.body, answer.items)?.into_iter().try_for_each(|item| put(kind, in_guild, item, update, to))
}

/// Adds one object, and the objects inside it.
fn put<'a>(
    kind: Kind,
    in_guild: Option<u64>,
    object: &'a RawValue,
    update: Update,
    to: &mut Vec<Change<'a>>,
) -> Result<(), Error> {
    match kind {
        Kind::Guild if update == Update::Replace => guild(object.get(), to)?,
        Kind::Channel => {
            let kind = ObjectFields::read(object.get()).map_or(kind, |head| head.channel_kind());
            to.push(Change::put(kind, in_guild, object, Update::Merge));
        }
        Kind::Message => to.push(Change::Message { json: object.get(), update }),
        // For these kinds, events contain fields that responses lack, and vice versa.
        Kind::User | Kind::Member | Kind::Thread if update == Update::Replace => {
            to.push(Change::put(kind, in_guild, object, Update::Merge));
        }
        _ => to.push(Change::put(kind, in_guild, object, update)),
    }
    Ok(())
}
