//! The intents that a listener requests by default, and the threads of its channels.

use std::io::{BufRead as _, BufReader};
use std::process::{ChildStdout, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dcord::sandbox::Options;
use dcord::sandbox::gateway::{Settings, intents};
use serde_json::{Value, json};

use super::support::{Bounded, Embedded, Gateway, Outcome, Sandbox, bot, until};

/// Returns a world whose app has these privileged intents, and where no IDENTIFY has to wait.
fn world(privileged: u64) -> Embedded {
    let gateway = Settings { privileged, identify_interval: Duration::ZERO, ..Settings::default() };
    Embedded::with(Options { gateway, limits: vec!["off".to_owned()], ..Options::default() })
}

/// Sends a message by another user to the channel.
fn message(world: &Embedded, channel: &str, id: u32, content: &str) {
    let data = json!({
        "id": id.to_string(), "type": 0, "channel_id": channel, "guild_id": world.guild(), "content": content,
        "author": {"id": "5", "username": "ada"}, "mentions": [], "embeds": [], "attachments": [], "components": [],
    });
    world.dispatch("MESSAGE_CREATE", data);
}

/// A consumer with a live session, and the lines that it prints.
struct Listener {
    child: Bounded,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Listener {
    /// READY belongs to no channel and is not printed, so this waits until the session is stored.
    fn start(world: &Embedded, args: &[&str]) -> Self {
        let mut child = world.listen(&[&["--consumer", "mods"], args].concat());
        let lines = BufReader::new(child.stdout()).lines();
        until("a session", || !world.run(&["consumer", "show", "mods"]).stdout.is_empty());
        Self { child, lines }
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }
}

#[test]
fn message_content_is_requested_if_enabled_and_its_absence_causes_one_warning() {
    for (privileged, content, warnings) in [(intents::PRIVILEGED, "hello", 0), (intents::GUILD_MEMBERS, "", 1)] {
        let world = world(privileged);
        let mut command =
            world.command(&["listen", "-e", "READY,MESSAGE_CREATE", "--count", "3", "--jq", ".d.content"]);
        let mut child = Bounded::spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let mut lines = BufReader::new(child.stdout()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "null");
        for id in 1..=2 {
            message(&world, &world.channel(), id, "hello");
            assert_eq!(lines.next().unwrap().unwrap(), content);
        }
        let stderr = std::io::read_to_string(child.stderr()).unwrap();
        assert_eq!(child.wait(), Some(0), "{stderr}");
        assert_eq!(stderr.matches("message content is empty without the MESSAGE_CONTENT intent").count(), warnings);
        assert_eq!(stderr.lines().count(), warnings, "{stderr}");
        world.stop();
    }
}

#[test]
fn named_intents_are_requested_unchanged() {
    let world = world(intents::PRIVILEGED);
    let mut command =
        world.command(&["listen", "-e", "READY,MESSAGE_CREATE", "--intents", "guild-messages", "--count", "2"]);
    let mut child = Bounded::spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let mut lines = BufReader::new(child.stdout()).lines();
    lines.next().unwrap().unwrap();
    message(&world, &world.channel(), 1, "hello");
    assert!(lines.next().unwrap().unwrap().contains(r#""content":"""#));
    let stderr = std::io::read_to_string(child.stderr()).unwrap();
    assert!(stderr.contains("MESSAGE_CONTENT intent: add it to --intents"), "{stderr}");
    world.stop();
}

#[test]
fn if_the_app_cannot_be_read_no_privileged_intent_is_requested() {
    let sandbox = Sandbox::serve(&["--fault=status=403,route=GET /applications/@me"]);
    let ended = sandbox.world().run(["listen", "-e", "READY,MESSAGE_CREATE", "--count", "1", "--jq", ".t"]);
    assert_eq!((ended.status, ended.stdout.as_str()), (Some(0), "READY\n"), "{ended}");
    assert!(ended.stderr.starts_with("warning: cannot read which privileged intents the app has enabled ("), "{ended}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended}");
}

#[test]
fn processes_share_one_request_for_the_app_and_make_it_only_for_privileged_intents() {
    let asked = Arc::new(AtomicUsize::new(0));
    let own = Arc::clone(&asked);
    let answer = move |path: &str, url: &str| match path {
        "/applications/@me" => {
            own.fetch_add(1, Ordering::AcqRel);
            json!({"id": "1", "flags": 1 << 18}).to_string()
        }
        _ => bot(url).to_string(),
    };
    let gateway = Gateway::start(answer, |mut peer| async move {
        peer.hello().await;
        let Some(identify) = peer.expect(2).await else { return };
        let ready = json!({"session_id": "s", "resume_gateway_url": peer.url, "intents": identify["intents"]});
        peer.dispatch(1, "READY", ready).await;
        peer.drain().await;
    });
    let world = gateway.world();
    // Each listener is another shard, because the IDENTIFY of one shard waits seconds for the previous one.
    let intents = |shard: &str, args: &[&str]| {
        let listen = ["listen", "--compress", "none", "--count", "1", "--jq", ".d.intents", "--shards", shard];
        let ended = world.run([&listen[..], args].concat());
        assert_eq!(ended.status, Some(0), "{ended}");
        ended.stdout.trim_end().parse::<u64>().unwrap()
    };
    let messages = 1 << 9 | 1 << 12;
    assert_eq!(intents("0/16", &["-e", "READY,MESSAGE_DELETE"]), messages);
    assert_eq!(intents("1/16", &["-e", "READY", "--intents", "guild-presences"]), 1 << 8);
    assert_eq!(asked.load(Ordering::Acquire), 0);
    assert_eq!(intents("2/16", &["-e", "READY,MESSAGE_CREATE"]), messages | 1 << 15);
    assert_eq!(intents("3/16", &["-e", "READY,MESSAGE_UPDATE", "--intents", "auto,guilds"]), messages | 1 << 15 | 1);
    assert_eq!(intents("4/16", &["-e", "READY,GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE"]), 1 << 16);
    assert_eq!(asked.load(Ordering::Acquire), 1);
}

#[test]
fn a_consumer_resumes_its_session_if_only_optional_intents_are_missing() {
    let world = world(intents::PRIVILEGED);
    let listen = |args: &[&str]| {
        world.run(&[&["listen", "--consumer", "mods", "--meta", "--count", "1", "--jq", ".t"], args].concat())
    };
    let first = listen(&["-e", "READY,MESSAGE_CREATE", "--intents", "guild-messages,direct-messages"]);
    assert!(first.stdout.contains("READY"), "{first}");
    // The resumed session receives the message; a new session would not.
    message(&world, &world.channel(), 1, "meanwhile");
    let second = listen(&["-e", "MESSAGE_CREATE", "--channel", &world.channel()]);
    assert_eq!(second.status, Some(0), "{second}");
    assert!(second.stdout.contains("MESSAGE_CREATE") && !second.stdout.contains("DCORD_GAP"), "{second}");
    assert!(
        second.stderr.contains("resumes a session without GUILDS, MESSAGE_CONTENT; for a session with it"),
        "{second}"
    );
    // An event that requires another intent starts a new session.
    let third = listen(&["-e", "READY,TYPING_START"]);
    assert!(third.stdout.contains("READY") && third.stdout.contains("DCORD_GAP"), "{third}");
    world.stop();
}

/// Creates a forum with a post, and returns the ids of both.
fn forum(world: &Embedded) -> (String, String) {
    let id = |run: Outcome| {
        assert_eq!(run.status, Some(0), "{run}");
        run.stdout.trim_end().to_owned()
    };
    let forum = id(world.run(&["channel", "create", &world.guild(), "posts", "--type", "15", "--jq", ".id"]));
    (forum.clone(), post(world, &forum))
}

fn post(world: &Embedded, forum: &str) -> String {
    let made = world.run(&["thread", "create", forum, "a post", "--message.content", "its text", "--jq", ".id"]);
    assert_eq!(made.status, Some(0), "{made}");
    made.stdout.trim_end().to_owned()
}

#[test]
fn a_forum_filter_passes_old_and_new_posts_also_after_a_resume() {
    let world = world(intents::PRIVILEGED);
    let (forum, old) = forum(&world);
    let args = ["--channel", &forum, "-e", "THREAD_CREATE,MESSAGE_CREATE,THREAD_DELETE"];
    let mut first = Listener::start(&world, &args);
    message(&world, &world.channel(), 1, "elsewhere");
    message(&world, &old, 2, "in the old one");
    assert_eq!(first.next()["d"]["id"], "2");
    let new = post(&world, &forum);
    assert_eq!(
        (first.next()["t"].clone(), first.next()["d"]["channel_id"].clone()),
        (json!("THREAD_CREATE"), json!(new))
    );
    first.child.signal(rustix::process::Signal::TERM);
    assert_eq!(first.child.wait(), Some(143));

    message(&world, &old, 3, "meanwhile");
    let mut second = Listener::start(&world, &args);
    assert_eq!(second.next()["d"]["id"], "3");
    message(&world, &new, 4, "in the new one");
    assert_eq!(second.next()["d"]["id"], "4");
    let deleted = world.run(&["channel", "delete", &new, "--yes"]);
    assert_eq!(deleted.status, Some(0), "{deleted}");
    assert_eq!(second.next()["t"], "THREAD_DELETE");
    second.child.kill();
    world.stop();
}

#[test]
fn no_threads_limits_a_channel_filter_to_the_channel_itself() {
    let world = world(intents::PRIVILEGED);
    let (forum, old) = forum(&world);
    let channel = world.channel();
    let args = ["--channel", &forum, "--channel", &channel, "-e", "MESSAGE_CREATE", "--no-threads"];
    let mut listener = Listener::start(&world, &args);
    message(&world, &old, 1, "in the post");
    message(&world, &channel, 2, "in the channel");
    assert_eq!(listener.next()["d"]["id"], "2");
    listener.child.kill();
    world.stop();
}
