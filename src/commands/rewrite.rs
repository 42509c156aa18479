//! Commands that call an endpoint with values in another form: `dcord message reply` and `forward` send a message,
//! and `dcord member untimeout` edits a member.

use serde_json::{Value, json};

use crate::call::bind::{Bound, set_nonce};
use crate::catalogue::rows;
use crate::rest::{Body, Request, Text};

pub fn untimeout(bound: &mut Bound) {
    bound.request.body = Body::Json(json!({"communication_disabled_until": null}));
}

/// Sends to the channel of the message, with a reference to the message. If the text is split, only the first message
/// is a reply.
pub fn reply(bound: &mut Bound) {
    bound.endpoint = rows::CREATE_MESSAGE;
    let message = take_message(&mut bound.request);
    for part in &mut bound.parts {
        take_message(part);
    }
    for request in std::iter::once(&mut bound.request).chain(&mut bound.parts) {
        let Some(body) = request.body.json_mut() else { continue };
        let is_quiet = body.as_object_mut().and_then(|body| body.remove("no_mention")) == Some(json!(true));
        let allowed = &body["allowed_mentions"];
        let pings_users = match allowed {
            Value::Null => true,
            allowed => allowed["parse"].as_array().is_some_and(|parse| parse.contains(&json!("users"))),
        };
        if is_quiet || (pings_users && allowed.get("replied_user").is_none()) {
            if allowed.is_null() {
                body["allowed_mentions"] = json!({"parse": ["users"]});
            }
            // If this field is missing but others are set, Discord does not ping the author.
            body["allowed_mentions"]["replied_user"] = json!(!is_quiet);
        }
    }
    if let Some(body) = bound.request.body.json_mut() {
        body["message_reference"] = json!({"message_id": message});
    }
}

/// Sends a reference to the message to the other channel. Source: Discord's reference, "Message Reference Types".
pub fn forward(bound: &mut Bound) {
    bound.endpoint = rows::CREATE_MESSAGE;
    let request = &mut bound.request;
    let message = take_message(request);
    let Some(body) = request.body.json_mut() else { return };
    let to = body.as_object_mut().and_then(|body| body.remove("to")).unwrap_or_default();
    let to = to.as_str().unwrap_or_default().to_owned();
    let from = request.segment("channel_id").map(|id| id.expose().to_owned());
    if let Some(body) = request.body.json_mut() {
        body["message_reference"] = json!({"type": 1, "channel_id": from, "message_id": message});
    }
    // The key must contain the destination, because a forward to another channel is a different message.
    if let Some(key) = &mut bound.key {
        *key = format!("{key} {to}");
        set_nonce(request, key);
    }
    request.set_segment("channel_id", Text::Plain(to));
}

/// Removes the message from the path of a request, so that it sends to the message's channel.
fn take_message(request: &mut Request) -> Option<String> {
    let message = request.plain_segment("message_id").map(str::to_owned);
    request.segments.retain(|segment| segment.name != "message_id");
    request.template = rows::CREATE_MESSAGE.path.into();
    message
}
