//! Which events a session receives, and what they contain.

use super::*;

#[tokio::test]
async fn a_shard_receives_its_guilds_events_and_shard_0_those_without_a_guild() {
    let server = Server::new().await;
    let mut shards = Vec::new();
    for id in 0..2 {
        let mut client = server.connect("").await;
        client.hello().await;
        client.send(2, identify(json!({"shard": [id, 2]}))).await;
        let ready = client.event("READY").await;
        assert_eq!(ready["guilds"].as_array().unwrap().len(), 1);
        assert_eq!(client.event("GUILD_CREATE").await["id"], guild(id).to_string());
        shards.push(client);
    }
    server.hub.dispatch(message(Some(guild(0)), "zero"));
    server.hub.dispatch(message(Some(guild(1)), "one"));
    server.hub.dispatch(message(None, "direct"));
    server.hub.dispatch(message(Some(guild(3)), "one again"));
    let mut received = Vec::new();
    for (shard, count) in shards.iter_mut().zip([2, 2]) {
        for _ in 0..count {
            received.push(shard.event("MESSAGE_CREATE").await["content"].clone());
        }
    }
    assert_eq!(received, ["zero", "direct", "one", "one again"]);
}

#[tokio::test]
async fn a_session_receives_only_the_events_of_its_intents() {
    let server = Server::new().await;
    let event = |name: &'static str, guild_id| Dispatch { name: name.into(), guild_id, data: json!({"name": name}) };
    let (mut client, _) = server.ready(intents::GUILD_MESSAGES | intents::DIRECT_MESSAGE_TYPING).await;
    for (name, guild_id) in [
        ("MESSAGE_CREATE", None),
        ("TYPING_START", Some(guild(0))),
        ("MESSAGE_REACTION_ADD", Some(guild(0))),
        ("MESSAGE_DELETE", Some(guild(0))),
        ("TYPING_START", None),
        ("CHANNEL_UPDATE", Some(guild(0))),
        ("SOMETHING_NEW", Some(guild(0))),
    ] {
        server.hub.dispatch(event(name, guild_id));
    }
    for name in ["MESSAGE_DELETE", "TYPING_START", "SOMETHING_NEW"] {
        client.event(name).await;
    }
    assert_eq!(client.seq, Some(4), "an event that is not sent has no sequence number");
}

#[tokio::test]
async fn content_requires_its_intent_unless_the_message_is_direct_or_mentions_the_bot() {
    let server = Server::new().await;
    let (mut with, _) = server.ready(intents::GUILD_MESSAGES | intents::MESSAGE_CONTENT).await;
    let both = intents::GUILD_MESSAGES | intents::DIRECT_MESSAGES;
    let (mut without, _) = server.ready(both).await;
    server.hub.dispatch(message(Some(guild(0)), "secret"));
    assert_eq!(with.event("MESSAGE_CREATE").await["content"], "secret");
    assert_eq!(without.event("MESSAGE_CREATE").await["content"], "");
    let mut mention = message(Some(guild(0)), "you");
    mention.data["mentions"] = json!([{"id": ME}]);
    server.hub.dispatch(mention);
    server.hub.dispatch(message(None, "direct"));
    assert_eq!(without.event("MESSAGE_CREATE").await["content"], "you");
    assert_eq!(without.event("MESSAGE_CREATE").await["content"], "direct");
}

#[tokio::test]
async fn without_the_presence_intent_a_guild_has_only_the_bot_as_member() {
    let server = Server::new().await;
    for (asked, members, presences) in [(intents::GUILDS, 1, 0), (intents::GUILDS | intents::GUILD_PRESENCES, 4, 1)] {
        let mut client = server.connect("").await;
        client.hello().await;
        client.identify(asked).await;
        client.event("READY").await;
        let guild = client.event("GUILD_CREATE").await;
        let count = |key: &str| guild[key].as_array().unwrap().len();
        assert_eq!((count("members"), count("presences")), (members, presences));
    }
}

#[tokio::test]
async fn a_flood_sends_numbered_messages_up_to_its_end() {
    let server = Server::flooding(&[], 3000).await;
    for compress in ["", "zlib-stream", "zstd-stream"] {
        let mut client = server.connect(compress).await;
        client.hello().await;
        client.identify(intents::GUILD_MESSAGES | intents::MESSAGE_CONTENT).await;
        client.event("READY").await;
        for n in 1..=3000 {
            let message = client.event("MESSAGE_CREATE").await;
            let content = message["content"].as_str().unwrap();
            assert_eq!(content.split(' ').nth(1).unwrap(), n.to_string());
            assert_eq!(message["channel_id"], "100");
        }
        server.hub.dispatch(user_update());
        client.event("USER_UPDATE").await;
        client.close(1000).await;
    }
}

#[tokio::test]
async fn a_flood_follows_the_guilds_and_skips_sessions_without_the_message_intent() {
    let server = Server::new().await;
    let (mut without_messages, _) = server.ready(intents::GUILDS).await;
    server.hub.flood(crate::sandbox::gateway::Flood { events: 5, rate: Some(1e6), size: 0 });
    let (mut client, _) = server.ready(intents::GUILDS | intents::GUILD_MESSAGES).await;
    for n in 1..=5 {
        let message = client.event("MESSAGE_CREATE").await;
        assert_eq!((&message["content"], &message["nonce"]), (&json!(""), &json!(n.to_string())));
    }
    server.hub.dispatch(user_update());
    client.event("USER_UPDATE").await;
    without_messages.event("USER_UPDATE").await;
}
