//! Users, and direct messages with them.

use serde_json::{Value, json};

use super::Rows;
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::{Call, Caller};
use crate::sandbox::seed::{BEARER, OWNER};
use crate::sandbox::state::{Channel, State, random_text};
use crate::sandbox::table::key;

pub(super) static ROWS: Rows = &[
    ("get_my_user", get_me),
    ("update_my_user", edit_me),
    ("get_user", get),
    ("create_dm", open_dm),
    ("get_my_oauth2_authorization", authorization),
    ("exchange_oauth2_token", exchange),
];

/// The user whose token the request has.
fn caller_id(call: &Call, state: &State) -> u64 {
    if call.caller == Caller::Bearer { OWNER } else { state.me }
}

fn get_me(state: &mut State, call: &Call) -> Outcome {
    let mut user = state.user(caller_id(call, state))?;
    user["mfa_enabled"] = json!(true);
    user["locale"] = json!("en-US");
    user["verified"] = json!(true);
    user["email"] = Value::Null;
    user["flags"] = json!(0);
    user["premium_type"] = json!(0);
    Ok(Answer::ok(user))
}

fn edit_me(state: &mut State, call: &Call) -> Outcome {
    let mut user = state.my_user();
    if let Some(name) = call.field("username") {
        user["username"] = name.clone();
    }
    for picture in ["avatar", "banner"] {
        if let Some(given) = call.body.get(picture) {
            user[picture] = if given.is_null() { Value::Null } else { json!(random_text(32).to_lowercase()) };
        }
    }
    state.users.set(state.me, user.clone());
    state.emit("USER_UPDATE", None, user);
    get_me(state, call)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    state.user(call.id("user_id")).map(Answer::ok)
}

fn open_dm(state: &mut State, call: &Call) -> Outcome {
    const DM: u64 = 1;
    let recipient = call.field_id("recipient_id").unwrap_or(0);
    let user = state.user(recipient).map_err(|_| DiscordError::BAD_RECIPIENT)?;
    if recipient == state.me || user["bot"] == json!(true) {
        return Err(DiscordError::CANNOT_DM);
    }
    let known = state.channels.iter().find(|(_, channel)| {
        channel.kind() == DM && channel.doc["recipients"][0]["id"] == json!(recipient.to_string())
    });
    if let Some((id, _)) = known {
        return state.channel_view(*id).map(Answer::ok);
    }
    let id = state.new_id();
    let Value::Object(doc) = json!({"id": id.to_string(), "type": DM, "flags": 0, "recipients": [user]}) else {
        return Err(DiscordError::INTERNAL);
    };
    state.channels.insert(id, Channel { doc, ..Channel::default() });
    let view = state.channel_view(id)?;
    state.emit("CHANNEL_CREATE", None, view.clone());
    Ok(Answer::ok(view))
}

fn authorization(state: &mut State, _: &Call) -> Outcome {
    const MONTH_MS: i64 = 30 * 24 * 3_600_000;
    Ok(Answer::ok(json!({
        "application": state.application,
        "scopes": ["identify", "guilds"],
        "expires": crate::sandbox::state::iso(state.now_ms + MONTH_MS),
        "user": state.users.get(OWNER),
    })))
}

/// Returns the owner's access token, the only one. A code and a refresh token work once.
fn exchange(state: &mut State, call: &Call) -> Outcome {
    const WEEK_SECONDS: u64 = 7 * 24 * 3600;
    let field = |name| call.field_str(name);
    let client_id = call.field("client_id").and_then(key).map(|id| id.to_string());
    let authorizations = &mut state.authorizations;
    let scope = match (field("code"), field("refresh_token")) {
        (Some(code), _) => {
            authorizations.redeem(code, client_id.as_deref(), field("redirect_uri"), field("code_verifier"))
        }
        (None, Some(token)) => authorizations.take(token).then(|| "identify".to_owned()),
        (None, None) => Some(field("scope").unwrap_or("identify").to_owned()),
    };
    let Some(scope) = scope else {
        let body =
            json!({"error": "invalid_grant", "error_description": "Invalid \"code\" or \"refresh_token\" in request."});
        return Ok(Answer::json(400, body));
    };
    let refresh_token = random_text(30);
    state.authorizations.add(refresh_token.clone());
    Ok(Answer::ok(json!({
        "token_type": "Bearer",
        "access_token": BEARER,
        "expires_in": WEEK_SECONDS,
        "refresh_token": refresh_token,
        "scope": scope,
    })))
}

/// The user id in a value, if that user exists.
pub(super) fn existing_user(state: &State, value: Option<&Value>) -> Option<u64> {
    value.and_then(key).filter(|id| state.users.contains(*id))
}
