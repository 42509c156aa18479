//! What the client sends, and what it makes of what comes back.

mod recorder;

use std::time::Duration;

use serde_json::json;

use self::recorder::{Reply, TOKEN, reply, world, world_with};
use super::*;
use crate::catalogue::{Auth, Method, find};
use crate::limit::Why;
use crate::model::Secret;

/// A request of a row, its placeholders filled in.
fn request(noun: &str, verb: &str, values: &[&str]) -> Request {
    let mut request = Request::new(find(noun, verb).unwrap());
    let names = request.template.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}'));
    request.segments = names
        .zip(values)
        .map(|(name, value)| Segment { name: name.to_owned().into(), value: Text::Plain((*value).to_owned()) })
        .collect();
    request
}

fn get() -> Request {
    request("message", "get", &["1", "2"])
}

fn post() -> Request {
    let mut request = request("message", "send", &["1"]);
    request.body = Body::Json(json!({"content": "hi"}));
    request
}

#[tokio::test]
async fn a_get_goes_out_with_its_path_query_and_headers() {
    let mut world = world(vec![reply(200, r#"{"id":"2"}"#).with("x-test", "yes")]).await;
    let mut request = request("message", "get", &["1", "a/b #️⃣"]);
    request.query = vec![("with".into(), "a b&c".into()), ("id".into(), "1".into()), ("id".into(), "2".into())];
    let answer = world.client.send(&request).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &br#"{"id":"2"}"#[..]));
    assert_eq!(answer.headers["x-test"], "yes");
    let sent = world.server.next().await;
    assert_eq!(
        sent.line,
        "GET /api/v10/channels/1/messages/a%2Fb%20%23%EF%B8%8F%E2%83%A3?with=a%20b%26c&id=1&id=2 HTTP/1.1"
    );
    assert_eq!(sent.header("authorization"), Some("Bot a-token-of-a-bot"));
    assert_eq!(sent.header("user-agent"), Some(client::AGENT));
    assert!(client::AGENT.starts_with("DiscordBot (https://"));
    assert_eq!((sent.header("content-type"), sent.header("x-audit-log-reason")), (None, None));
    assert!(sent.body.is_empty());
}

#[tokio::test]
async fn a_post_carries_its_json() {
    let mut world = world(vec![reply(200, "{}")]).await;
    world.client.send(&post()).await.unwrap();
    let sent = world.server.next().await;
    assert_eq!(sent.line, "POST /api/v10/channels/1/messages HTTP/1.1");
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.text(), r#"{"content":"hi"}"#);
}
