//! Late changes of the cache, and which listener keeps its rows up to date. The tests combine the inbox with
//! events, two listeners, lost events, and changes of the clock.

use std::io::{BufRead as _, BufReader};
use std::process::{ChildStdout, Stdio};
use std::time::Duration;

use dcord::sandbox::Options;
use dcord::sandbox::gateway::Settings;
use rustix::process::Signal;
use serde_json::json;

use super::support::{Bounded, Embedded, on_full_disk, until};

/// Returns a world whose listeners write to the cache, and in which several shards may IDENTIFY at once.
fn world() -> Embedded {
    let gateway = Settings { identify_interval: Duration::ZERO, ..Settings::default() };
    let world = Embedded::with(Options { gateway, limits: vec!["off".to_owned()], ..Options::default() });
    assert_eq!(world.run(&["cache", "enable"]).status, Some(0));
    world
}

/// A listener and the lines that it prints.
struct Listener {
    child: Bounded,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Listener {
    /// Starts a listener and returns when its session is live.
    fn new(world: &Embedded, intents: &str) -> Self {
        let mut command = world.command(&["listen", "--intents", intents]);
        // With its own state folder, the listener does not wait for the IDENTIFY of another one.
        command.env("DCORD_STATE_DIR", world.path(&format!("state of {intents}")));
        Self::of(Bounded::spawn(command.stdout(Stdio::piped()).stderr(Stdio::inherit())))
    }

    fn of(mut child: Bounded) -> Self {
        let lines = BufReader::new(child.stdout()).lines();
        let mut listener = Self { child, lines };
        listener.wait_for("READY");
        listener
    }

    /// Reads lines up to an event with that name.
    fn wait_for(&mut self, name: &str) {
        let name = format!("\"t\":\"{name}\"");
        assert!(self.lines.by_ref().map(Result::unwrap).any(|line| line.contains(&name)), "the listener has ended");
    }

    /// Ends the listener, which first writes all events that it has received.
    fn end(self) {
        self.child.signal(Signal::TERM);
        assert_eq!(self.child.wait(), Some(143));
    }
}

/// Returns whether reading a list that must be up to date sends a request.
fn sends_request(world: &Embedded) -> bool {
    let listed = world.run(&["channel", "list", &world.guild(), "--cached=0s", "-v", "-o", "id"]);
    assert_eq!(listed.status, Some(0), "{listed}");
    listed.stderr.contains("asking Discord")
}

#[test]
fn importing_the_inbox_does_not_restore_a_deleted_message() {
    let world = world();
    let (guild, channel) = (world.guild(), world.channel());
    let mut listener = Listener::new(&world, "guilds,guild-messages,message-content");
    listener.wait_for("GUILD_CREATE");
    let send = || {
        let sent = world.run(&["message", "send", &channel, "gone", "-o", "id"]);
        assert_eq!(sent.status, Some(0), "{sent}");
        sent.stdout.trim().to_owned()
    };
    let place = || json!({"channel_id": channel, "guild_id": guild});
    let [one, bulk, edited] = [send(), send(), send()];
    for (name, field, value) in [
        ("MESSAGE_DELETE", "id", json!(one)),
        ("MESSAGE_DELETE_BULK", "ids", json!([bulk])),
        // An event that edits a message is newer than the answer in the inbox, too.
        ("MESSAGE_UPDATE", "id", json!(edited)),
    ] {
        let mut data = place();
        data[field] = value;
        data["content"] = "edited".into();
        world.dispatch(name, data);
        listener.wait_for(name);
    }
    listener.end();
    // The first command that opens the cache imports the inbox.
    for (id, status) in [(&one, 10), (&bulk, 10), (&edited, 0)] {
        let got = world.run(&["message", "get", &channel, id, "--offline", "--jq", ".content"]);
        assert_eq!(
            (got.status, got.stdout.as_str()),
            (Some(status), if status == 0 { "edited\n" } else { "" }),
            "{got}"
        );
    }
    assert_eq!(world.run(&["cache", "search", "gone"]).stdout, "");
    // Messages that Discord did not delete are in the cache.
    let got = world.run(&["message", "get", &channel, &one, "--cached", "--jq", ".content"]);
    assert_eq!((got.status, got.stdout.as_str()), (Some(0), "gone\n"), "{got}");
    assert_eq!(world.run(&["message", "get", &channel, &one, "--offline"]).status, Some(0));
    world.stop();
}

#[test]
fn importing_the_inbox_does_not_restore_messages_of_a_deleted_channel() {
    for (event, field) in [("CHANNEL_DELETE", "channel"), ("GUILD_DELETE", "guild")] {
        let world = world();
        let mut listener = Listener::new(&world, "guilds");
        listener.wait_for("GUILD_CREATE");
        assert_eq!(world.run(&["message", "send", &world.channel(), "gone"]).status, Some(0));
        let id = if field == "guild" { world.guild() } else { world.channel() };
        world.dispatch(event, json!({"id": id, "guild_id": world.guild(), "type": 0}));
        listener.wait_for(event);
        listener.end();
        assert_eq!(world.run(&["cache", "list", "message"]).stdout, "", "{event}");
        world.stop();
    }
}

#[test]
fn a_listener_without_message_content_does_not_empty_cached_messages() {
    let world = world();
    let (guild, channel) = (world.guild(), world.channel());
    let mut listener = Listener::new(&world, "guild-messages");
    let sent = world.run(&["message", "send", &channel, "own", "-o", "id"]);
    let own = sent.stdout.trim();
    let other = json!({"id": "555555555555555555", "channel_id": channel, "guild_id": guild, "type": 0, "content": "hello",
        "embeds": [], "attachments": [], "components": [], "author": {"id": "444444444444444444", "username": "eve"}});
    world.dispatch("MESSAGE_CREATE", other.clone());
    listener.wait_for("MESSAGE_CREATE");
    world.dispatch("MESSAGE_UPDATE", other);
    listener.wait_for("MESSAGE_UPDATE");
    listener.end();
    let get = |id: &str| world.run(&["message", "get", &channel, id, "--offline", "--jq", ".content"]);
    let withheld = get("555555555555555555");
    assert_eq!((withheld.status, withheld.stdout.as_str()), (Some(10), ""), "{withheld}");
    assert_eq!(get(own).stdout, "own\n");
    world.stop();
}

#[test]
fn when_a_listener_ends_another_does_not_keep_its_rows_up_to_date() {
    for signal in [Signal::TERM, Signal::KILL] {
        let world = world();
        let mut narrow = Listener::new(&world, "guild-messages");
        let mut wide = Listener::new(&world, "guilds");
        wide.wait_for("GUILD_CREATE");
        until("the wider listener keeps the list current", || !sends_request(&world));
        // A later event for the other listener changes nothing.
        world.dispatch("MESSAGE_DELETE", json!({"id": "1", "channel_id": world.channel(), "guild_id": world.guild()}));
        narrow.wait_for("MESSAGE_DELETE");
        assert!(!sends_request(&world));
        wide.child.signal(signal);
        assert_eq!(wide.child.wait(), (signal == Signal::TERM).then_some(143));
        assert!(sends_request(&world), "after {signal:?}");
        world.dispatch("MESSAGE_DELETE", json!({"id": "1", "channel_id": world.channel(), "guild_id": world.guild()}));
        narrow.wait_for("MESSAGE_DELETE");
        assert!(sends_request(&world), "after {signal:?}");
        narrow.end();
        world.stop();
    }
}

#[test]
fn a_listener_whose_disk_is_full_no_longer_keeps_rows_up_to_date() {
    let world = world();
    let mut command = world.command(&["listen", "--intents", "guilds,guild-messages"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut command = on_full_disk(&command, 4000);
    let mut listener = Listener::of(Bounded::spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped())));
    listener.wait_for("GUILD_CREATE");
    until("the listener keeps the list current", || !sends_request(&world));
    let mut stderr = BufReader::new(listener.child.stderr()).lines();
    // The reader must end before the listener does.
    let lines = listener.lines;
    let reader = std::thread::spawn(move || lines.map_while(Result::ok).count());
    let (guild, channel) = (world.guild(), world.channel());
    let warned = std::thread::spawn(move || {
        stderr.find(|line| line.as_ref().is_ok_and(|l| l.contains("does not get all events")))
    });
    let mut id = 1;
    while !warned.is_finished() {
        let message =
            json!({"id": id.to_string(), "channel_id": channel, "guild_id": guild, "content": "x".repeat(100_000)});
        world.dispatch("MESSAGE_CREATE", message);
        id += 1;
        // Yields the processor to the listener.
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(warned.join().unwrap().is_some());
    assert!(sends_request(&world));
    listener.child.kill();
    reader.join().unwrap();
    world.stop();
}

#[test]
fn a_listener_with_a_slow_reader_keeps_no_rows_up_to_date_until_it_has_caught_up() {
    let world = world();
    let mut listener = Listener::new(&world, "guilds,guild-messages");
    listener.wait_for("GUILD_CREATE");
    until("the listener keeps the list current", || !sends_request(&world));
    let (guild, channel) = (world.guild(), world.channel());
    // Nobody reads the output, so lines accumulate until the listener stops reading events.
    until("the listener has stopped reading", || {
        for id in 0..40 {
            let message =
                json!({"id": id.to_string(), "channel_id": channel, "guild_id": guild, "content": "x".repeat(100_000)});
            world.dispatch("MESSAGE_UPDATE", message);
        }
        sends_request(&world)
    });
    let Listener { child, lines } = listener;
    let reader = std::thread::spawn(move || lines.map_while(Result::ok).count());
    until("the listener has caught up", || !sends_request(&world));
    child.kill();
    reader.join().unwrap();
    world.stop();
}

#[test]
fn rows_read_before_the_clock_was_set_back_are_not_fresh() {
    let world = world();
    let guild = world.guild();
    let run = |offset: &str, args: &[&str]| {
        let mut command = world.command(args);
        command.env("DCORD_TEST_CLOCK", offset);
        world.finish(command)
    };
    for hours in ["1h", "48h"] {
        // A process without a cache renames the channel in between.
        for (name, clock) in [("before", format!("+{hours}")), ("after", "+0s".to_owned())] {
            let renamed = world.run(&["channel", "edit", &world.channel(), "--name", name, "--no-cache"]);
            assert_eq!(renamed.status, Some(0), "{renamed}");
            let listed = run(&clock, &["channel", "list", &guild, "--cached=5m", "--jq", ".name"]);
            assert!(listed.stdout.starts_with(&format!("{name}\n")), "{hours}: {listed}");
        }
    }
    // A command that changes something also requires an up-to-date name.
    assert_eq!(run("+1h", &["channel", "list", &guild]).status, Some(0));
    assert_eq!(world.run(&["channel", "edit", &world.channel(), "--name", "renamed", "--no-cache"]).status, Some(0));
    let sent = run("+0s", &["message", "send", "#after", "hi", "--guild", &guild]);
    assert_eq!(sent.status, Some(6), "{sent}");
    let sent = run("+0s", &["message", "send", "#renamed", "hi", "--guild", &guild]);
    assert_eq!(sent.status, Some(0), "{sent}");
    world.stop();
}

#[test]
fn a_listener_keeps_lists_up_to_date_after_the_clock_is_set_back() {
    let world = world();
    let offset = world.path("offset");
    let set = |text: &str| {
        std::fs::write(world.path("offset.new"), text).unwrap();
        std::fs::rename(world.path("offset.new"), &offset).unwrap();
    };
    set("+1h");
    let mut command = world.command(&["listen", "--intents", "guilds,guild-messages"]);
    command.env("DCORD_TEST_CLOCK", format!("@{}", offset.display()));
    let mut listener = Listener::of(Bounded::spawn(command.stdout(Stdio::piped()).stderr(Stdio::inherit())));
    listener.wait_for("GUILD_CREATE");
    let sends_request = || {
        let mut command = world.command(&["channel", "list", &world.guild(), "--cached=0s", "-v", "-o", "id"]);
        command.env("DCORD_TEST_CLOCK", format!("@{}", offset.display()));
        world.finish(command).stderr.contains("asking Discord")
    };
    until("the listener keeps the list current", || !sends_request());
    set("+0s");
    assert!(sends_request(), "its times lie in the future");
    // Each event renews the listener's claim at the new time.
    until("the listener goes on", || {
        world.dispatch("MESSAGE_DELETE", json!({"id": "1", "channel_id": world.channel(), "guild_id": world.guild()}));
        !sends_request()
    });
    listener.end();
    world.stop();
}
