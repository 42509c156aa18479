//! How a shard reacts to everything that Discord can do to a connection.

mod faulty_server;
mod world;

use serde_json::json;

use self::world::{INTERVAL, RANDOM, World, config, session};
use super::*;

#[test]
fn a_new_session_needs_hello_a_slot_and_identify() {
    let mut world = World::new(config(), None);
    world.expect(["connect first"]);
    world.shard.connected(world.now);
    world.expect([]);
    world.hello();
    world.expect(["slot"]);
    world.shard.slot_granted(world.now);
    world.expect(["identify"]);
    world.ready();
    world.expect(["save 1", "connected"]);
}

#[test]
fn the_first_heartbeat_is_sent_after_a_random_part_of_the_interval_and_the_others_regularly() {
    let mut world = World::live();
    assert_eq!(world.tick(), INTERVAL.mul_f64(RANDOM));
    world.expect(["beat 1"]);
    for beat in 0..3 {
        world.pass(Duration::from_millis(30));
        world.op(11, "");
        world.expect(["latency 30"]);
        world.dispatch("X", "{}");
        assert_eq!(world.tick(), INTERVAL - Duration::from_millis(30));
        world.expect([&format!("beat {}", beat + 2)]);
    }
}

#[test]
fn heartbeats_are_sent_while_waiting_for_a_slot_with_null_before_any_dispatch() {
    let mut world = World::new(config(), None);
    world.shard.connected(world.now);
    world.hello();
    world.take();
    world.tick();
    world.expect(["beat null"]);
}

#[test]
fn a_connection_without_a_frame_between_two_heartbeats_is_closed_and_resumed() {
    let mut world = World::live();
    world.tick();
    world.expect(["beat 1"]);
    assert_eq!(world.tick(), INTERVAL);
    world.expect(["close 4000", "closed", "reconnecting 1 in 75 ms"]);
    world.tick();
    world.expect(["connect resume"]);
}

#[test]
fn any_frame_shows_that_the_connection_is_alive() {
    for frame in ["dispatch", "ack", "op 1", "unknown op"] {
        let mut world = World::live();
        world.tick();
        match frame {
            "dispatch" => world.dispatch("GUILD_CREATE", "{}"),
            "ack" => world.op(11, ""),
            "op 1" => world.op(1, "null"),
            _ => world.op(99, ""),
        }
        world.take();
        world.tick();
        assert!(world.take()[0].starts_with("beat"), "{frame}");
    }
}

#[test]
fn a_requested_heartbeat_is_sent_at_once() {
    let mut world = World::live();
    world.op(1, "null");
    world.expect(["beat 1"]);
}

#[test]
fn while_reading_is_paused_heartbeats_continue_and_the_connection_is_not_closed() {
    let mut world = World::live();
    world.shard.pause();
    for _ in 0..5 {
        world.tick();
        world.expect(["beat 1"]);
    }
    world.pass(Duration::from_secs(10));
    world.shard.unpause(world.now);
    world.tick();
    world.expect(["beat 1"]);
    world.tick();
    world.expect(["close 4000", "closed", "reconnecting 1 in 75 ms"]);
}

#[test]
fn a_resume_is_sent_after_hello_and_completed_by_resumed() {
    let mut world = World::live();
    world.dispatch("X", "{}");
    world.closed(None);
    world.expect(["closed", "reconnecting 1 in 75 ms"]);
    world.tick();
    world.expect(["connect resume"]);
    world.shard.connected(world.now);
    world.expect([]);
    world.hello();
    world.expect(["resume 2"]);
    assert_eq!(world.sent.last().unwrap()["d"]["session_id"], "session");
    world.dispatch("X", "{}");
    world.dispatch("X", "{}");
    world.dispatch("RESUMED", "{}");
    world.expect(["save 5", "resumed 2"]);
}

#[test]
fn a_stored_session_is_resumed_unless_it_has_another_shard_count_or_fewer_intents() {
    let mut world = World::new(config(), Some(session()));
    world.expect(["connect resume"]);
    world.shard.connected(world.now);
    world.hello();
    world.expect(["resume 41"]);

    let mut world = World::new(Config { shards: 2, ..config() }, Some(session()));
    world.expect(["gap", "connect first"]);
    assert_eq!(world.gaps, [3600]);

    for (own, first) in [(0b11, "connect resume"), (0b1, "connect resume"), (0b10, "gap")] {
        let session = Session { intents: Some(own), ..session() };
        let mut world = World::new(config(), Some(session));
        assert_eq!(world.take().first().map(String::as_str), Some(first), "{own:b}");
    }
}

#[test]
fn a_gap_begins_when_all_events_were_last_known_to_be_received() {
    let lost = |world: &mut World| {
        world.shard.connected(world.now);
        world.hello();
        world.op(9, "false");
        world.take();
        std::mem::take(&mut world.gaps)
    };
    // For a session of an earlier process: at the last stored event.
    let mut world = World::new(config(), Some(session()));
    world.pass(Duration::from_secs(60));
    assert_eq!(lost(&mut world), [3660]);

    // For a session of this process: at the last frame of its connection, not of the next one.
    let mut world = World::live();
    world.tick();
    world.pass(Duration::from_secs(10));
    world.op(11, "null");
    world.closed(None);
    world.pass(Duration::from_secs(7));
    world.tick();
    assert_eq!(lost(&mut world), [7]);

    // Only a complete replay moves the start of the gap.
    let mut world = World::new(config(), Some(session()));
    world.shard.connected(world.now);
    world.hello();
    world.dispatch("MESSAGE_CREATE", "{}");
    world.closed(None);
    world.tick();
    assert_eq!(lost(&mut world), [3600]);
    let mut world = World::new(config(), Some(session()));
    world.shard.connected(world.now);
    world.hello();
    world.dispatch("RESUMED", "{}");
    world.closed(None);
    world.tick();
    assert_eq!(lost(&mut world), [0]);
}

#[test]
fn each_close_code_has_its_documented_effect() {
    let resume = ["closed", "reconnecting 1 in 75 ms", "connect resume"];
    for code in [None, Some(1006), Some(4000), Some(4001), Some(4002), Some(4008), Some(4999)] {
        let mut world = World::live();
        world.closed(code);
        world.tick();
        assert_eq!(world.take(), resume, "{code:?}");
    }
    let identify = ["gap", "forget", "closed", "reconnecting 1 in 75 ms", "connect first"];
    for code in [1000, 1001, 4003, 4005, 4007, 4009] {
        let mut world = World::live();
        world.closed(code);
        world.tick();
        assert_eq!(world.take(), identify, "{code}");
    }
    for (code, fatal) in [
        (4004, "AuthenticationFailed"),
        (4010, "InvalidShard"),
        (4011, "ShardingRequired"),
        (4012, "InvalidVersion"),
        (4013, "InvalidIntents"),
        (4014, "DisallowedIntents"),
    ] {
        let mut world = World::live();
        world.closed(code);
        assert_eq!(world.take(), ["closed".to_owned(), format!("fail {fatal}")], "{code}");
        assert!(world.shard.is_over());
        assert_eq!(world.shard.deadline(world.now), None);
    }
}

#[test]
fn op_7_leads_to_a_resume_even_before_hello() {
    let mut world = World::live();
    world.op(7, "null");
    world.expect(["close 4000", "closed", "reconnecting 1 in 75 ms"]);
    world.tick();
    world.expect(["connect resume"]);
    world.shard.connected(world.now);
    world.op(7, "null");
    world.expect(["close 4000", "closed", "reconnecting 2 in 225 ms"]);
    world.tick();
    world.expect(["connect resume"]);
}

#[test]
fn op_9_true_leads_to_a_resume_and_op_9_false_to_an_identify_after_one_to_five_seconds() {
    let mut world = World::live();
    world.op(9, "true");
    world.expect(["close 4000", "closed", "reconnecting 1 in 75 ms"]);
    world.tick();
    world.expect(["connect resume"]);
    world.shard.connected(world.now);
    world.hello();
    world.take();
    world.op(9, "false");
    world.expect(["gap", "forget", "close 4000", "closed", "reconnecting 1 in 3000 ms"]);
    assert_eq!(world.tick(), Duration::from_secs(3));
    world.expect(["connect first"]);
    world.shard.connected(world.now);
    world.hello();
    world.expect(["slot"]);
}

#[test]
fn op_9_after_an_identify_waits_as_long_and_reports_no_gap() {
    let mut world = World::new(config(), None);
    world.shard.connected(world.now);
    world.hello();
    world.shard.slot_granted(world.now);
    world.take();
    world.op(9, "true");
    world.expect(["close 4000", "closed", "reconnecting 1 in 3000 ms"]);
}

#[test]
fn if_the_resume_host_is_unreachable_the_shard_identifies_at_the_first_url() {
    let mut world = World::live();
    world.closed(None);
    world.tick();
    world.take();
    world.shard.unreachable(false, world.now);
    world.expect(["connect first"]);
    world.shard.connected(world.now);
    world.expect(["gap", "forget"]);
    world.hello();
    world.expect(["slot"]);
}

#[test]
fn a_network_outage_does_not_lose_the_session() {
    let mut world = World::live();
    world.closed(None);
    world.tick();
    world.take();
    for _ in 0..5 {
        world.shard.unreachable(false, world.now);
        world.expect(["connect first"]);
        world.shard.unreachable(false, world.now);
        assert_eq!(world.take().len(), 1);
        world.tick();
        world.expect(["connect resume"]);
    }
    world.shard.connected(world.now);
    world.hello();
    world.expect(["resume 1"]);
}

#[test]
fn after_three_failed_resumes_the_session_is_given_up() {
    let mut world = World::live();
    world.closed(None);
    world.tick();
    for attempt in 1..=3 {
        world.take();
        world.shard.connected(world.now);
        // It makes no difference whether Discord closes the connection before or after RESUME.
        if attempt != 2 {
            world.hello();
            world.expect(["resume 1"]);
        }
        world.closed(4000);
        if attempt < 3 {
            world.tick();
            assert_eq!(world.take().last().unwrap(), "connect resume");
        }
    }
    world.expect(["closed", "gap", "forget", "reconnecting 4 in 2025 ms"]);
    world.tick();
    world.expect(["connect first"]);
}

#[test]
fn waits_grow_until_a_session_is_live_for_a_minute() {
    let mut world = World::new(config(), None);
    let mut waits = Vec::new();
    for _ in 0..9 {
        world.take();
        world.shard.connected(world.now);
        world.closed(4000);
        waits.push(world.tick().as_millis());
    }
    assert_eq!(waits, [75, 225, 675, 2025, 6075, 18_225, 45_000, 45_000, 45_000]);
    world.go_live();
    world.pass(Duration::from_secs(60));
    world.closed(4000);
    assert_eq!(world.tick().as_millis(), 75);
}

#[test]
fn the_shard_gives_up_at_the_users_limits_for_reconnecting() {
    let mut world = World::new(Config { max_reconnects: Some(2), ..config() }, None);
    for _ in 0..2 {
        world.shard.unreachable(false, world.now);
        world.tick();
    }
    world.take();
    world.shard.unreachable(false, world.now);
    world.expect(["fail GaveUp { reconnects: 2, why: Unreachable }"]);

    let timeout = Some(Duration::from_secs(5));
    let mut world = World::new(Config { reconnect_timeout: timeout, ..config() }, None);
    let mut attempts = 0;
    while !world.shard.is_over() {
        world.take();
        world.shard.unreachable(false, world.now);
        attempts += 1;
        if !world.shard.is_over() {
            world.tick();
        }
    }
    // 75 + 225 + 675 + 2025 ms are three seconds. The next wait would end after more than five.
    assert_eq!(attempts, 5);
}

#[test]
fn a_connection_without_hello_is_closed() {
    let mut world = World::new(config(), None);
    world.take();
    world.shard.connected(world.now);
    assert_eq!(world.tick(), HELLO_WITHIN);
    world.expect(["close 4000", "closed", "reconnecting 1 in 75 ms"]);
}

#[test]
fn invalid_data_ends_the_connection_but_not_the_session() {
    for data in ["", "{}", "[]", r#"{"heartbeat_interval":"x"}"#] {
        let mut world = World::new(config(), Some(session()));
        world.take();
        world.shard.connected(world.now);
        world.op(10, data);
        world.expect(["close 4000", "closed", "reconnecting 1 in 75 ms"]);
    }
    let mut world = World::live();
    world.shard.unreadable("why".to_owned(), world.now);
    world.expect(["close 4000", "closed", "reconnecting 1 in 75 ms"]);
}

#[test]
fn a_heartbeat_interval_below_a_second_is_refused_and_a_huge_one_is_reduced() {
    for interval in [0, 1, 10, 999] {
        let mut world = World::new(config(), Some(session()));
        world.take();
        world.shard.connected(world.now);
        world.op(10, &json!({"heartbeat_interval": interval}).to_string());
        world.expect(["close 4000", "closed", "reconnecting 1 in 75 ms"]);
    }
    for interval in [1000, u64::MAX] {
        let mut world = World::new(config(), None);
        world.shard.connected(world.now);
        world.op(10, &json!({"heartbeat_interval": interval}).to_string());
        world.take();
        assert!((500..=300_000).contains(&world.tick().as_millis()));
        world.expect(["beat null"]);
    }
}

#[test]
fn a_session_without_a_resume_url_is_resumed_at_the_first_url() {
    let mut world = World::new(config(), None);
    world.shard.connected(world.now);
    world.hello();
    world.shard.slot_granted(world.now);
    world.dispatch("READY", r#"{"session_id":"s"},"later":{"member":1}"#);
    world.closed(None);
    world.take();
    world.tick();
    world.expect(["connect first"]);
}

#[test]
fn commands_wait_for_ready() {
    let mut world = World::new(config(), None);
    let members = Command::parse(r#"{"op":8,"d":{"guild_id":"1"}}"#).unwrap();
    world.shard.command(members.clone(), world.now);
    world.shard.connected(world.now);
    world.hello();
    world.shard.slot_granted(world.now);
    world.expect(["connect first", "slot", "identify"]);
    world.ready();
    world.expect(["save 1", "connected", "send 8"]);
    world.shard.command(members, world.now);
    world.expect(["send 8"]);
}

#[test]
fn commands_wait_for_the_send_limit_and_heartbeats_do_not() {
    let mut world = World::live();
    let members = Command::parse(r#"{"op":8,"d":{"guild_id":"1"}}"#).unwrap();
    let mut given = 0;
    while world.shard.wants_commands() {
        world.shard.command(members.clone(), world.now);
        given += 1;
    }
    let sent = world.take().len();
    // 120, without the IDENTIFY, two regular heartbeats and three requested ones.
    assert_eq!((sent, given), (114, 114 + outbox::MOST_COMMANDS));
    world.op(1, "null");
    world.expect(["beat 1"]);
    let mut late = 0;
    while late < outbox::MOST_COMMANDS {
        world.op(11, "");
        world.tick();
        late += world.take().iter().filter(|action| *action == "send 8").count();
    }
    assert!(world.shard.wants_commands());
}

#[test]
fn only_the_latest_presence_is_sent_and_the_next_identify_repeats_it() {
    let mut world = World::live();
    let presence = |n: u32| Command::parse(&format!(r#"{{"op":3,"d":{{"since":{n}}}}}"#)).unwrap();
    for n in 0..20 {
        world.shard.command(presence(n), world.now);
    }
    assert_eq!(world.take(), ["send 3"; 5]);
    assert_eq!(world.tick(), Duration::from_secs(20));
    world.expect(["beat 1", "send 3"]);
    assert_eq!(world.sent.last().unwrap()["d"]["since"], 19);
    world.op(9, "false");
    world.tick();
    world.shard.connected(world.now);
    world.hello();
    world.shard.slot_granted(world.now);
    world.take();
    assert_eq!(world.sent.last().unwrap()["d"]["presence"], json!({"since": 19}));
}

#[test]
fn stopping_ends_the_session_or_keeps_it_for_a_later_resume() {
    let mut world = World::live();
    world.shard.leave(false);
    world.expect(["close 1000", "closed", "forget"]);
    assert!(world.shard.is_over());

    let mut world = World::live();
    world.dispatch("X", "{}");
    world.shard.leave(true);
    world.expect(["close 4000", "closed", "save 2"]);

    let mut world = World::new(config(), None);
    world.take();
    world.shard.leave(false);
    world.expect([]);
}

#[test]
fn late_reports_about_an_old_connection_are_ignored() {
    let mut world = World::live();
    world.closed(None);
    world.take();
    world.closed(4004);
    world.op(7, "null");
    world.op(10, r#"{"heartbeat_interval":1000}"#);
    world.shard.slot_granted(world.now);
    world.shard.connected(world.now);
    world.expect([]);
}
