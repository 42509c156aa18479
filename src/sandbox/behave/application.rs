//! The bot's application and the gateway's URL.

use serde_json::{Value, json};

use super::Rows;
use crate::sandbox::answer::{Answer, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::state::{State, merge};

pub(super) static ROWS: Rows = &[
    ("get_my_application", get),
    ("get_my_oauth2_application", get),
    ("get_application", get),
    ("update_my_application", edit),
    ("update_application", edit),
    ("get_gateway", gateway),
    ("get_bot_gateway", gateway),
];

fn get(state: &mut State, _: &Call) -> Outcome {
    let mut application = state.application.clone();
    application.insert("bot".to_owned(), state.my_user());
    application.insert("approximate_guild_count".to_owned(), json!(state.guilds.len()));
    Ok(Answer::ok(Value::Object(application)))
}

fn edit(state: &mut State, call: &Call) -> Outcome {
    let fields: Vec<&str> = call.body.keys().map(String::as_str).filter(|name| *name != "id").collect();
    merge(&mut state.application, &call.body, &fields);
    get(state, call)
}

/// The gateway's URL. The server adds the fields that only the gateway knows.
fn gateway(state: &mut State, _: &Call) -> Outcome {
    Ok(Answer::ok(json!({"url": state.gateway})))
}
