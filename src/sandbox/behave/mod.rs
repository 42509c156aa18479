//! The resources that behave as Discord's do, one per file.
//!
//! A behaviour is a function for one operation of the catalogue. `store` serves the operations that
//! have none.

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
use super::answer::{DiscordError, Outcome};
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

/// Executes a request.
pub(super) fn run(state: &mut State, call: &Call) -> Outcome {
    check_path(state, call)?;
    rule::check(state, call)?;
    let row = ALL.iter().copied().flatten().find(|(operation, _)| *operation == call.row.operation);
    row.map_or(store::serve as Behaviour, |(_, behaviour)| *behaviour)(state, call)
}

/// Checks, from left to right, that the objects named in the path exist.
fn check_path(state: &State, call: &Call) -> Result<(), DiscordError> {
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
                return Err(DiscordError::UNKNOWN_MESSAGE);
            }
            "role_id" if !state.guild(call.id("guild_id"))?.roles.contains_key(&call.id(name)) => {
                return Err(DiscordError::UNKNOWN_ROLE);
            }
            "application_id" if call.id(name) != state.me => return Err(DiscordError::UNKNOWN_APPLICATION),
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
    fn each_behaviour_belongs_to_a_row_and_no_row_has_two() {
        let known: HashSet<&str> = catalogue::endpoints().map(|(_, row)| row.operation).collect();
        let mut seen = HashSet::new();
        for (operation, _) in ALL.iter().copied().flatten() {
            assert!(known.contains(operation), "no row has the operation {operation}");
            assert!(seen.insert(*operation), "{operation} has two behaviours");
        }
    }
}
