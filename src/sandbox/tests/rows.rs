//! Requests to every row of the catalogue over HTTP, each to a new sandbox.

use serde_json::{Map, Value, json};

use super::World;
use crate::catalogue::{self, Auth, Endpoint, Method, Param, ParamKind, Place, Scalar, shapes};
use crate::model::{Clock, Snowflake};
use crate::sandbox::seed;

/// A valid value for a parameter.
fn example(world: &World, row: &Endpoint, param: &Param) -> Value {
    if let Some(example) = shapes::template(row, param) {
        return serde_json::from_str(example).unwrap();
    }
    let identity = world.sandbox.identity();
    let one = match param.kind {
        ParamKind::String | ParamKind::Text | ParamKind::EmojiName => {
            json!("x".repeat(param.min.unwrap_or(1).max(1) as usize))
        }
        ParamKind::Url(_) => json!("https://example.com/"),
        ParamKind::Integer | ParamKind::Number | ParamKind::Flags(_) => json!(param.min.unwrap_or(1)),
        ParamKind::Color => json!(1),
        ParamKind::Boolean => json!(true),
        ParamKind::Target(_) => json!("x"),
        ParamKind::Snowflake(_) | ParamKind::Cursor(_) => json!(match param.name {
            "recipient_id" | "user_id" | "user_ids" => identity.user_id.to_string(),
            _ => identity.channel_id.to_string(),
        }),
        ParamKind::Timestamp => json!("2030-01-01T00:00:00Z"),
        ParamKind::Enum(choices) => match choices[0].value {
            Scalar::Int(n) => json!(n),
            Scalar::Str(s) => json!(s),
        },
        ParamKind::Permissions => json!("0"),
        ParamKind::Image(_) => json!("data:image/png;base64,AA=="),
        ParamKind::Json | ParamKind::Emoji => json!({}),
        ParamKind::File | ParamKind::Pair | ParamKind::Button | ParamKind::Position(_) => json!("x"),
    };
    if param.repeated {
        let count = u64::from(param.min_items.unwrap_or(1).max(1));
        // Bulk deletion requires distinct ids of recent messages.
        let recent = Snowflake::at(Clock::system().wall_ms()).get();
        let item = |i: u64| if param.name == "messages" { json!((recent + i).to_string()) } else { one.clone() };
        return (0..count).map(item).collect();
    }
    one
}

/// The row's path with the ids of existing objects for its placeholders.
async fn path(world: &World, row: &Endpoint) -> String {
    let identity = world.sandbox.identity();
    // Some rows require a channel of a certain type.
    let channel = match row.operation {
        "crosspost_message" | "follow_channel" => seed::channel_id(0, 2),
        "update_voice_channel_status" => seed::channel_id(0, 3),
        _ => identity.channel_id,
    };
    let mut path = row.path.to_owned();
    let mut fill = |name: &str, value: String| path = path.replace(&format!("{{{name}}}"), &value);
    let (webhook, token) = {
        let (rest, token) = identity.webhook_url.rsplit_once('/').unwrap();
        (rest.rsplit_once('/').unwrap().1.to_owned(), token.to_owned())
    };
    // The paths of an interaction's original response have the parameters of a webhook.
    if row.path.contains("@original") {
        fill("webhook_id", identity.application_id.to_string());
        fill("webhook_token", identity.interaction_token.to_owned());
    }
    let thread = row.path.contains("thread-members");
    let poll = json!({"question": {"text": "?"}, "answers": [{"poll_media": {"text": "!"}}]});
    let body = if row.path.contains("/polls/") { json!({"poll": poll}) } else { json!({"content": "hi"}) };
    let sent = world.bot("POST", &format!("/channels/{channel}/messages"), Some(body)).await.json();
    let message = sent["id"].as_str().unwrap().to_owned();
    let channel = if thread {
        let body = Some(json!({"name": "thread"}));
        let made = world.bot("POST", &format!("/channels/{channel}/messages/{message}/threads"), body).await;
        made.json()["id"].as_str().unwrap().to_owned()
    } else {
        channel.to_string()
    };
    fill("guild_id", identity.guild_id.to_string());
    fill("channel_id", channel);
    fill("message_id", message);
    fill("user_id", identity.user_id.to_string());
    fill("role_id", identity.role_id.unwrap().to_string());
    fill("application_id", identity.application_id.to_string());
    fill("webhook_id", webhook);
    fill("webhook_token", token);
    fill("interaction_id", identity.interaction_id.to_string());
    fill("interaction_token", identity.interaction_token.to_owned());
    fill("answer_id", "1".to_owned());
    fill("emoji_name", "%F0%9F%91%8D".to_owned());
    // The other placeholders are ids in the document store, where no document exists yet.
    path.split('/')
        .map(|part| if part.starts_with('{') { "12345678901234567" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// Fields that are set because some rows require one of several optional fields.
const USUALLY_REQUIRED: &[&str] = &["content", "recipient_id", "text"];

fn body(world: &World, row: &Endpoint) -> Option<Value> {
    if row.all_params().any(|p| p.place == Place::Whole) {
        return Some(json!([]));
    }
    // `example` selects the first value of an enumeration, so the fields that this value requires
    // are set as well.
    let is_first = |(field, names): (&str, &[&str])| match row.at(field).map(|p| p.kind) {
        Some(ParamKind::Enum(choices)) => names.contains(&choices[0].name),
        _ => false,
    };
    let needed = |p: &Param| row.forms.iter().any(|f| f.when.is_some_and(is_first) && f.needs.contains(&p.name));
    let wanted = |p: &&Param| {
        matches!(p.place, Place::Body | Place::Form) && (p.required || needed(p) || USUALLY_REQUIRED.contains(&p.name))
    };
    let mut body: Map<String, Value> =
        row.all_params().filter(wanted).map(|p| (p.name.to_owned(), example(world, row, p))).collect();
    // The response type that `example` selects requires a message.
    if row.operation == "create_interaction_response" {
        body.insert("data".to_owned(), json!({"content": "hi"}));
    }
    (row.has_body() && row.method != Method::Get).then_some(Value::Object(body))
}

fn query(world: &World, row: &Endpoint) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for param in row.all_params().filter(|p| p.place == Place::Query && p.required) {
        let value = example(world, row, param);
        for value in value.as_array().cloned().unwrap_or_else(|| vec![value]) {
            query.append_pair(param.name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
    }
    query.finish()
}

#[tokio::test]
async fn every_row_is_served_with_the_answer_that_it_describes() {
    let mut failures = Vec::new();
    for (noun, row) in catalogue::endpoints() {
        let world = World::new().await;
        let identity = world.sandbox.identity();
        let authorization = match row.auth {
            Auth::Bot | Auth::Any => Some(identity.token.authorization()),
            Auth::Bearer => Some(identity.bearer.authorization()),
            Auth::None => None,
        };
        let path = format!("{}?{}", path(&world, row).await, query(&world, row));
        let authorization = authorization.as_deref().map(String::as_str);
        let body = body(&world, row);
        let got = if row.all_params().any(|p| matches!(p.place, Place::Form | Place::File)) {
            world.send_form(row, &path, authorization, body.unwrap_or_default()).await
        } else {
            world.send(row.method.name(), &path, authorization, body).await
        };
        let command = format!("{} {}", noun.name, row.verb);
        let json = got.json();
        let fits = match got.status {
            // A row without columns only reports success. Discord sends a document here, but the sandbox has none.
            204 => got.bytes.is_empty() && !(row.action.is_empty() && row.columns.is_empty()),
            200..=299 if row.list => row.items.map_or(&json, |field| &json[field]).is_array(),
            200..=299 => !got.bytes.is_empty(),
            // A document that does not exist yet causes a 404. No other error is allowed.
            404 => !row.list,
            // The sandbox never issued the code of the example.
            400 => row.operation == "exchange_oauth2_token" && json["error"] == "invalid_grant",
            _ => false,
        };
        if !fits {
            failures.push(format!("{command}: {} {json}", got.status));
        }
        if let Some(authorization) = authorization {
            let without = world.send(row.method.name(), &path, None, None).await;
            assert_eq!(without.status, 401, "{command} without {authorization:.6}");
        }
        world.sandbox.stop().await;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Rows of the document store that create a document which other rows read, edit or delete.
const DOCUMENT_ROWS: &[&str] = &[
    "app-emoji create",
    "automod create",
    "command create",
    "emoji create",
    "entitlement create",
    "guild-command create",
    "lobby create",
    "scheduled-event create",
    "soundboard create",
    "stage create",
];

#[tokio::test]
async fn documents_can_be_created_listed_edited_and_deleted() {
    let world = World::new().await;
    for command in DOCUMENT_ROWS {
        let (noun, verb) = command.split_once(' ').unwrap();
        let create = catalogue::find(noun, verb).unwrap();
        let url = path(&world, create).await;
        let made = world.bot("POST", &url, body(&world, create)).await;
        assert_eq!(made.status / 100, 2, "{command}: {}", made.json());
        let made = made.json();
        let key = create.id.map(|field| made[field].as_str().unwrap().to_owned()).unwrap();
        let below = if *command == "stage create" { made["channel_id"].as_str().unwrap().to_owned() } else { key };
        let item = format!("{url}/{below}");
        assert_eq!(world.bot("GET", &item, None).await.json(), made, "{command}");
        if catalogue::endpoints().any(|(_, r)| r.method == Method::Get && r.path == create.path && r.list) {
            let listed = world.bot("GET", &url, None).await.json();
            let list = listed.as_array().or_else(|| listed["items"].as_array()).unwrap();
            assert!(list.contains(&made), "{command}: {listed}");
        }
        if catalogue::endpoints().any(|(_, r)| {
            r.method == Method::Patch && r.path.rsplit_once("/{").is_some_and(|(parent, _)| parent == create.path)
        }) {
            let edited = world.bot("PATCH", &item, Some(json!({}))).await;
            assert_eq!((edited.status, edited.json()), (200, made), "{command}");
        }
        assert_eq!(world.bot("DELETE", &item, None).await.status, 204, "{command}");
        let gone = world.bot("GET", &item, None).await;
        assert_eq!(gone.status, 404, "{command}");
        assert!(gone.json()["code"].is_u64(), "{command}");
    }
    world.sandbox.stop().await;
}
