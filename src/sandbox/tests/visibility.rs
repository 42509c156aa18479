//! Channels that the bot cannot view.

use serde_json::{Value, json};

use super::bench::{Bench, Done, ids};
use crate::sandbox::seed;

/// A world in which the bot may do what `@everyone` may, and its role is at hand.
fn bench() -> (Bench, String, String) {
    let mut bench = Bench::new();
    let (guild, me, role) = (bench.guild.clone(), seed::BOT.to_string(), seed::role_id(0, 0).to_string());
    assert_eq!(bench.run("member remove-role", &[&guild, &me, &role], Value::Null).status, 204);
    (bench, me, role)
}

fn set(bench: &mut Bench, channel: &str, allow: &str, deny: &str) -> Done {
    let guild = bench.guild.clone();
    bench.run("channel set-permission", &[channel, &guild], json!({"type": 0, "allow": allow, "deny": deny}))
}

fn channels(bench: &mut Bench) -> Vec<String> {
    let guild = bench.guild.clone();
    ids(&bench.run("channel list", &[&guild], Value::Null).json)
}

fn of_guild_create(bench: &Bench, id: &str) -> Value {
    let guild = bench.state.guild_create(bench.guild.parse().unwrap(), 50);
    guild["channels"].as_array().unwrap().iter().find(|c| c["id"] == id).cloned().unwrap()
}

#[test]
fn a_channel_is_redacted_when_the_bot_loses_it_and_whole_when_it_is_back() {
    let (mut bench, me, role) = bench();
    let (guild, channel) = (bench.guild.clone(), bench.channel.clone());
    bench.run("channel edit", &[&channel], json!({"topic": "plans"}));
    let lost = set(&mut bench, &channel, "0", "1024");
    let event = lost.event("CHANNEL_UPDATE");
    let expected = json!({
        "id": channel, "type": 0, "guild_id": guild, "position": 0, "parent_id": null, "name": "___hidden___",
        "flags": 1 << 17,
        "permission_overwrites": [{"id": guild, "type": 0, "allow": "0", "deny": "1024"}],
    });
    assert_eq!(*event, expected);
    assert_eq!(of_guild_create(&bench, &channel), expected);
    assert!(!channels(&mut bench).contains(&channel), "REST leaves it out");
    for command in ["channel get", "message list", "pin list"] {
        let refused = bench.run(command, &[&channel], Value::Null);
        assert_eq!((refused.status, refused.code), (403, 50001), "{command}");
    }
    let back = bench.run("member add-role", &[&guild, &me, &role], Value::Null);
    assert_eq!(back.names()[..1], ["GUILD_MEMBER_UPDATE"]);
    let event = back.event("CHANNEL_UPDATE");
    assert_eq!((&event["topic"], &event["flags"], &event["name"]), (&json!("plans"), &json!(0), &json!("general")));
    assert!(channels(&mut bench).contains(&channel));
    assert_eq!(of_guild_create(&bench, &channel)["topic"], "plans");
    // The role itself decides too.
    let less = bench.run("role edit", &[&guild, &role], json!({"permissions": "1024"}));
    assert_eq!(less.event("CHANNEL_UPDATE")["name"], "___hidden___");
    let more = bench.run("role edit", &[&guild, &role], json!({"permissions": "8"}));
    assert_eq!(more.event("CHANNEL_UPDATE")["name"], "general");
}

#[test]
fn nothing_is_sent_of_what_happens_in_a_hidden_channel_and_its_deletion_is_redacted() {
    let (mut bench, ..) = bench();
    let (guild, channel) = (bench.guild.clone(), bench.channel.clone());
    let thread = bench.run("thread create", &[&channel], json!({"name": "plans", "type": 11})).id();
    set(&mut bench, &channel, "0", "1024");
    assert!(bench.run("thread list", &[&guild], Value::Null).json["threads"].as_array().unwrap().is_empty());
    assert_eq!(bench.run("channel get", &[&thread], Value::Null).code, 50001);
    assert_eq!(bench.state.guild_create(guild.parse().unwrap(), 50)["threads"], json!([]));
    let webhook = bench.state.webhooks.keys().next().unwrap().to_string();
    let posted = bench.run("webhook send", &[&webhook, seed::WEBHOOK_TOKEN], json!({"content": "hi"}));
    assert!(posted.status < 300 && posted.names().is_empty(), "{:?}", posted.names());
    // Of an interaction nothing is redacted.
    let interaction = bench.invoke(json!({"name": "ping"}));
    assert_eq!(interaction.event("INTERACTION_CREATE")["channel_id"], channel);
    // The bot does not see it, but others may delete it.
    let id = channel.parse().unwrap();
    let view = bench.state.channel_view(id).unwrap();
    bench.state.channels.remove(&id);
    bench.state.emit("CHANNEL_DELETE", guild.parse().ok(), view);
    let events = bench.state.take_events();
    assert_eq!((events[0].name, &events[0].data["name"]), ("CHANNEL_DELETE", &json!("___hidden___")));
}

#[test]
fn a_category_is_shown_with_any_channel_in_it_and_comes_back_with_the_first() {
    let (mut bench, ..) = bench();
    let guild = bench.guild.clone();
    let deny = json!([{"id": guild, "type": 0, "allow": "0", "deny": "1024"}]);
    let category = json!({"name": "Staff", "type": 4, "permission_overwrites": deny});
    let made = bench.run("channel create", &[&guild], category);
    let (category, me) = (made.id(), seed::BOT);
    assert_eq!(made.event("CHANNEL_CREATE")["name"], "___hidden___");
    let inside = json!({"name": "plans", "parent_id": category, "permission_overwrites": deny});
    let inside = bench.run("channel create", &[&guild], inside).id();
    assert!(!channels(&mut bench).contains(&category));
    // Somebody lets the bot in.
    let doc = &mut bench.state.channel_mut(inside.parse().unwrap()).unwrap().doc;
    doc["permission_overwrites"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": me.to_string(), "type": 1, "allow": "1024", "deny": "0"}));
    let view = bench.state.channel_view(inside.parse().unwrap()).unwrap();
    bench.state.emit("CHANNEL_UPDATE", guild.parse().ok(), view);
    let events = bench.state.take_events();
    let names: Vec<&Value> = events.iter().map(|event| &event.data["name"]).collect();
    assert_eq!(names, ["plans", "Staff"]);
    assert!(channels(&mut bench).contains(&category));
}

#[test]
fn the_flag_cannot_be_set_and_redaction_can_be_switched_off() {
    let (mut bench, ..) = bench();
    let channel = bench.channel.clone();
    let edited = bench.run("channel edit", &[&channel], json!({"flags": 1 << 17 | 1 << 21}));
    assert_eq!(edited.json["flags"], json!(1 << 21));
    bench.state.obfuscates = false;
    let lost = set(&mut bench, &channel, "0", "1024");
    assert_eq!(lost.event("CHANNEL_UPDATE")["name"], "general");
    assert_eq!(of_guild_create(&bench, &channel)["name"], "general");
    assert!(!channels(&mut bench).contains(&channel), "REST never listed it");
}
