//! Commands of a client, and the events with which the gateway responds.

use super::*;

fn request_all(extra: Value) -> Value {
    let mut d = json!({"guild_id": guild(0).to_string(), "query": "", "limit": 0});
    for (key, value) in extra.as_object().unwrap() {
        d[key] = value.clone();
    }
    d
}

#[tokio::test]
async fn all_members_arrive_in_chunks_and_can_be_requested_every_thirty_seconds() {
    let world = Guilds { member_count: 2500, ..Guilds::default() };
    let server = Server::start(world, unthrottled(), &[]).await;
    let (mut client, _) = server.ready(intents::GUILD_MEMBERS).await;
    client.send(8, request_all(json!({"nonce": "n1"}))).await;
    for (index, size) in [(0, 1000), (1, 1000), (2, 501)] {
        let chunk = client.event("GUILD_MEMBERS_CHUNK").await;
        assert_eq!((&chunk["chunk_index"], &chunk["nonce"]), (&json!(index), &json!("n1")));
        assert_eq!(chunk["members"].as_array().unwrap().len(), size);
    }
    client.send(8, request_all(json!({"nonce": "n2"}))).await;
    let limited = client.event("RATE_LIMITED").await;
    assert_eq!(limited["opcode"], 8);
    assert_eq!(limited["meta"], json!({"guild_id": guild(0).to_string(), "nonce": "n2"}));
    let wait = limited["retry_after"].as_f64().unwrap();
    assert!(wait > 0.0 && wait <= 30.0, "{wait}");
    client.send(8, request_all(json!({"guild_id": guild(1).to_string()}))).await;
    client.event("GUILD_MEMBERS_CHUNK").await;
}

#[tokio::test]
async fn members_are_found_by_name_and_by_id() {
    let server = Server::new().await;
    let (mut client, _) = server.ready(0).await;
    client.send(8, request_all(json!({"query": "P", "limit": 2}))).await;
    let chunk = client.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(chunk["members"].as_array().unwrap().len(), 2);
    client.send(8, json!({"guild_id": guild(0).to_string(), "user_ids": ["1001", "9"]})).await;
    let chunk = client.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(chunk["members"][0]["user"]["id"], "1001");
    assert_eq!(chunk["not_found"], json!(["9"]));
}

#[tokio::test]
async fn requests_that_are_not_allowed_are_ignored() {
    let server = Server::new().await;
    let (mut client, _) = server.ready(0).await;
    client.send(8, request_all(json!({}))).await;
    let stranger = guild(9).to_string();
    client.send(8, json!({"guild_id": stranger, "user_ids": ["1"]})).await;
    client.send(31, json!({"guild_ids": [stranger]})).await;
    client.send(43, json!({"guild_id": stranger, "fields": []})).await;
    client.send(4, json!({"guild_id": stranger, "channel_id": "1"})).await;
    client.heartbeat().await;
    server.hub.dispatch(user_update());
    client.event("USER_UPDATE").await;
    assert_eq!(client.seq, Some(2));
}

#[tokio::test]
async fn an_invalid_member_request_closes_with_4002() {
    let server = Server::new().await;
    let (mut client, _) = server.ready(ALL_INTENTS).await;
    client.send(8, json!({"guild_id": [guild(0), guild(1)], "query": "", "limit": 0})).await;
    assert_eq!(client.closed().await, 4002);
}

#[tokio::test]
async fn soundboard_sounds_and_channel_info_can_be_requested() {
    let server = Server::new().await;
    let (mut client, _) = server.ready(0).await;
    let guilds = [guild(0).to_string(), guild(1).to_string()];
    client.send(31, json!({"guild_ids": guilds})).await;
    for guild in &guilds {
        let sounds = client.event("SOUNDBOARD_SOUNDS").await;
        assert_eq!(&sounds["guild_id"], guild);
        assert_eq!(sounds["soundboard_sounds"][0]["sound_id"], "5");
    }
    client.send(43, json!({"guild_id": guilds[0], "fields": ["status"]})).await;
    let info = client.event("CHANNEL_INFO").await;
    let channels = json!([{"id": "101", "status": null}]);
    assert_eq!(info, json!({"guild_id": guilds[0], "channels": channels}));
}

#[tokio::test]
async fn a_bot_can_change_its_presence_five_times_in_twenty_seconds() {
    let server = Server::new().await;
    let (mut client, _) = server.ready(intents::GUILD_PRESENCES).await;
    let presence = json!({"status": "dnd", "activities": [{"name": "x", "type": 0}], "afk": false});
    for _ in 0..5 {
        client.send(3, presence.clone()).await;
        for n in 0..2 {
            let shown = client.event("PRESENCE_UPDATE").await;
            assert_eq!((&shown["status"], &shown["user"]["id"]), (&json!("dnd"), &json!(ME)));
            assert_eq!(shown["guild_id"], guild(n).to_string());
        }
    }
    client.send(3, presence).await;
    assert_eq!(client.closed().await, 4008);
}

#[tokio::test]
async fn the_bot_can_join_and_leave_a_voice_channel() {
    let server = Server::new().await;
    let (mut client, ready) = server.ready(intents::GUILD_VOICE_STATES).await;
    let guild = guild(1).to_string();
    client.send(4, json!({"guild_id": guild, "channel_id": "101", "self_mute": true})).await;
    let state = client.event("VOICE_STATE_UPDATE").await;
    assert_eq!((&state["channel_id"], &state["self_mute"]), (&json!("101"), &json!(true)));
    assert_eq!((&state["session_id"], &state["user_id"]), (&ready["session_id"], &json!(ME)));
    let voice = client.event("VOICE_SERVER_UPDATE").await;
    assert_eq!(voice["guild_id"], guild);
    client.send(4, json!({"guild_id": guild, "channel_id": null})).await;
    assert_eq!(client.event("VOICE_STATE_UPDATE").await["channel_id"], Value::Null);
    client.heartbeat().await;
}
