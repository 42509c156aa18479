//! Application identities and the profiles stored on them (Discord's "Application Identity Profile").

use serde_json::{Value, json};

use super::Rows;
use crate::sandbox::answer::{Answer, DiscordError, Outcome};
use crate::sandbox::request::Call;
use crate::sandbox::state::{Identity, State};

pub(super) static ROWS: Rows = &[
    ("get_application_identities", find),
    ("get_user_application_identities", list),
    ("delete_application_identity", delete),
    ("get_application_identity_profile", get_profile),
    ("update_application_identity_profile", edit_profile),
];

/// The provider type of an identity that was created by a profile update.
const NO_PROVIDER: &str = "NONE";

/// Discord's limit for the serialized `data`, in bytes.
const MAX_DATA: usize = 10 * 1024;

/// Discord's limit of dynamic fields.
const MAX_DYNAMIC: usize = 30;

fn view(identities: &[&Identity]) -> Value {
    let one = |identity: &Identity| {
        json!({
            "user_id": identity.user.to_string(),
            "provider_type": identity.provider_type,
            "provider_issued_user_id": identity.issued_id,
        })
    };
    json!({"identities": identities.iter().copied().map(one).collect::<Vec<_>>()})
}

fn find(state: &mut State, call: &Call) -> Outcome {
    let (provider, issued) = (call.text("provider_type"), call.text("provider_issued_user_id"));
    // The sandbox's identities have no provider id, so a request with one matches none.
    let any = call.query.get("provider_id").is_none();
    let fits = |i: &&Identity| any && i.provider_type == provider && i.issued_id == issued;
    Ok(Answer::ok(view(&state.identities.iter().filter(fits).collect::<Vec<_>>())))
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let user = call.id("user_id");
    state.user(user)?;
    Ok(Answer::ok(view(&state.identities.iter().filter(|i| i.user == user).collect::<Vec<_>>())))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let (user, provider, issued) =
        (call.id("user_id"), call.text("provider_type"), call.text("provider_issued_user_id"));
    let at =
        state.identities.iter().position(|i| i.user == user && i.provider_type == provider && i.issued_id == issued);
    state.identities.remove(at.ok_or(DiscordError::NOT_FOUND)?);
    Ok(Answer::NONE)
}

fn get_profile(state: &mut State, call: &Call) -> Outcome {
    let (user, issued) = (call.id("user_id"), call.text("provider_issued_user_id"));
    let identity = state.identities.iter().find(|i| i.user == user && i.issued_id == issued);
    Ok(Answer::ok(identity.ok_or(DiscordError::NOT_FOUND)?.profile.clone()))
}

fn edit_profile(state: &mut State, call: &Call) -> Outcome {
    let (user, issued) = (call.id("user_id"), call.text("provider_issued_user_id"));
    state.user(user)?;
    if let Some(data) = call.field("data") {
        let dynamic = data.get("dynamic").and_then(Value::as_array).map_or(0, Vec::len);
        if data.to_string().len() > MAX_DATA || dynamic > MAX_DYNAMIC {
            return Err(DiscordError::field(
                "data",
                "BASE_TYPE_MAX_LENGTH",
                "Must be 10 KB and 30 dynamic fields or fewer.",
            ));
        }
    }
    let own = state.identities.iter().position(|i| i.user == user && i.issued_id == issued);
    let (at, status) = match own {
        Some(at) => (at, 204),
        None if state.identities.iter().any(|i| i.user == user) => return Err(DiscordError::NOT_FOUND),
        None => {
            state.identities.push(Identity {
                user,
                provider_type: NO_PROVIDER.to_owned(),
                issued_id: issued.to_owned(),
                profile: json!({"username": null, "metadata": null, "data": null}),
            });
            (state.identities.len() - 1, 201)
        }
    };
    let profile = &mut state.identities[at].profile;
    for name in ["username", "data"] {
        if let Some(value) = call.body.get(name) {
            profile[name] = value.clone();
        }
    }
    Ok(if status == 201 { Answer::created(profile.clone()) } else { Answer::NONE })
}
