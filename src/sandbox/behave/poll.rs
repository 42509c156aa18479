//! Polls. Nobody votes in the sandbox, so polls have no votes.

use serde_json::{Value, json};

use super::Rows;
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::state::State;

pub(super) static ROWS: Rows = &[("poll_expire", end), ("get_answer_voters", voters)];

fn end(state: &mut State, call: &Call) -> Outcome {
    let (channel, id) = (call.id("channel_id"), call.id("message_id"));
    let now = state.now();
    let me = json!(state.me.to_string());
    let mut message = state.channel(channel)?.messages.get(id).ok_or(DiscordError::UNKNOWN_MESSAGE)?;
    if message["author"]["id"] != me {
        return Err(DiscordError::NOT_THE_AUTHOR);
    }
    let Some(poll) = message.get_mut("poll").filter(|poll| poll.is_object()) else { return Err(DiscordError::NO_POLL) };
    if poll["results"]["is_finalized"] == json!(true) {
        return Err(DiscordError::POLL_EXPIRED);
    }
    poll["results"]["is_finalized"] = json!(true);
    poll["expiry"] = now;
    state.channel_mut(channel)?.messages.set(id, message);
    state.emit_message("MESSAGE_UPDATE", channel, id)?;
    state.message(channel, id).map(Answer::ok)
}

fn voters(state: &mut State, call: &Call) -> Outcome {
    let message = state.message(call.id("channel_id"), call.id("message_id"))?;
    let answers = message["poll"]["answers"].as_array().ok_or(DiscordError::NO_POLL)?;
    let wanted: Option<u64> = call.text("answer_id").parse().ok();
    let known = wanted.is_some() && answers.iter().any(|a| a["answer_id"].as_u64() == wanted);
    if known { Ok(Answer::ok(json!({"users": Vec::<Value>::new()}))) } else { Err(DiscordError::NOT_FOUND) }
}
