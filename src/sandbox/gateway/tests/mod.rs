//! The gateway over real sockets.

mod client;

use serde_json::{Value, json};

use self::client::{Client, EVERYTHING, Got, ME, Server, TOKEN, guild, quick};
use super::{Dispatch, intents};

fn message(guild_id: Option<u64>, content: &str) -> Dispatch {
    Dispatch {
        name: "MESSAGE_CREATE".into(),
        guild_id,
        data: json!({
            "id": "1", "content": content, "author": {"id": "1001"}, "mentions": [],
            "embeds": [], "attachments": [], "components": [],
        }),
    }
}

#[tokio::test]
async fn a_client_says_hello_identifies_and_gets_events() {
    for compress in ["", "zlib-stream", "zstd-stream"] {
        let server = Server::plain().await;
        let mut client = server.connect(compress).await;
        assert_eq!(client.hello().await, 41_250);
        client.identify(EVERYTHING).await;
        let ready = client.event("READY").await;
        assert_eq!(ready["v"], 10);
        assert_eq!(ready["user"]["id"], ME);
        assert_eq!(ready["application"], json!({"id": "43", "flags": 0}));
        assert_eq!(ready["resume_gateway_url"], format!("ws://{}", server.address));
        assert_eq!(ready["guilds"][1], json!({"id": guild(1).to_string(), "unavailable": true}));
        assert!(ready.get("shard").is_none());
        assert_eq!(client.event("GUILD_CREATE").await["id"], guild(0).to_string());
        assert_eq!(client.event("GUILD_CREATE").await["id"], guild(1).to_string());
        server.hub.dispatch(message(Some(guild(1)), &"hello ".repeat(30_000)));
        let got = client.payload().await;
        assert_eq!((&got["t"], &got["s"]), (&json!("MESSAGE_CREATE"), &json!(4)));
        assert_eq!(got["d"]["content"].as_str().unwrap().len(), 180_000);
        client.beat().await;
        assert_eq!(client.binary, if compress.is_empty() { 0 } else { 6 });
        assert_eq!(server.hub.sessions(), 1);
        client.close(1000).await;
        server.stop().await;
    }
}
