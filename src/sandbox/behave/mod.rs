//! The resources that behave as Discord's do, a file each.
//!
//! A behaviour is found by the name of its row's operation; what has none is served from the
//! document store.

mod application;
mod ban;
mod channel;
mod guild;
mod identity;
pub(super) mod interaction;
mod invite;
mod member;
pub(super) mod message;
mod pin;
mod poll;
mod reaction;
mod role;
mod row;
mod rule;
mod search;
mod thread;
mod user;
pub(super) mod webhook;

use self::row::{Behaviour, Rows};
use super::answer::{Outcome, Refusal};
use super::request::{Call, Caller};
use super::state::State;
use super::store;

static ALL: &[Rows] = &[
    application::ROWS,
    ban::ROWS,
    channel::ROWS,
    guild::ROWS,
    identity::ROWS,
    interaction::ROWS,
    invite::ROWS,
    member::ROWS,
    message::ROWS,
    pin::ROWS,
    poll::ROWS,
    reaction::ROWS,
    role::ROWS,
    search::ROWS,
    thread::ROWS,
    user::ROWS,
    webhook::ROWS,
];

/// Does what the request asks for.
pub(super) fn run(state: &mut State, call: &Call) -> Outcome {
    exists(state, call)?;
    rule::check(state, call)?;
    let own = ALL.iter().copied().flatten().find(|(operation, _)| *operation == call.row.operation);
    own.map_or(store::serve as Behaviour, |(_, behaviour)| *behaviour)(state, call)
}

/// Whether the things that the path names are there, from the left.
fn exists(state: &State, call: &Call) -> Result<(), Refusal> {
    let path = call.row.path;
    for (name, _) in &call.path {
        match *name {
            "guild_id" => drop(state.guild(call.id(name))?),
            "channel_id" if path.starts_with("/channels/") => {
                state.channel(call.id(name))?;
                if call.caller == Caller::Bot {
                    state.check_access(call.id(name))?;
                }
            }
            "message_id"
                if path.starts_with("/channels/")
                    && !state.channel(call.id("channel_id"))?.messages.contains(call.id(name)) =>
            {
                return Err(Refusal::UNKNOWN_MESSAGE);
            }
            "role_id" if !state.guild(call.id("guild_id"))?.roles.contains_key(&call.id(name)) => {
                return Err(Refusal::UNKNOWN_ROLE);
            }
            "application_id" if call.id(name) != state.me => return Err(Refusal::UNKNOWN_APPLICATION),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::catalogue;

    #[test]
    fn each_behaviour_belongs_to_one_row() {
        let known: HashSet<&str> = catalogue::endpoints().map(|(_, row)| row.operation).collect();
        let mut seen = HashSet::new();
        for (operation, _) in ALL.iter().copied().flatten() {
            assert!(known.contains(operation), "no row has the operation {operation}");
            assert!(seen.insert(*operation), "{operation} has two behaviours");
        }
    }
}
