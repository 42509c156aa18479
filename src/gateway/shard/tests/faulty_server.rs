//! How a shard reacts to a broken or malicious server.

use serde_json::json;

use super::world::{INTERVAL, World, config, session};
use super::*;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn waits_grow_if_each_resumed_session_is_closed_at_once() {
    let mut world = World::live();
    let mut waits = Vec::new();
    for _ in 0..8 {
        world.closed(4000);
        let lost = world.now;
        world.resume();
        waits.push((world.now - lost).as_millis());
    }
    assert_eq!(waits, [75, 225, 675, 2025, 6075, 18_225, 45_000, 45_000]);
    // After a minute, the session resets the waits.
    world.pass(MINUTE);
    world.closed(4000);
    assert_eq!(world.tick().as_millis(), 75);
}

#[test]
fn a_connection_with_many_events_resets_the_waits() {
    for (events, wait) in [(999, 225), (1000, 75)] {
        let mut world = World::live();
        world.closed(4000);
        world.resume();
        for _ in 0..events {
            world.dispatch("N", "{}");
        }
        world.closed(4000);
        assert_eq!(world.tick().as_millis(), wait, "{events}");
    }
}

#[test]
fn waits_grow_if_the_server_requests_reconnects_repeatedly() {
    let mut world = World::live();
    let start = world.now;
    for _ in 0..10 {
        world.op(7, "null");
        world.resume();
    }
    assert!(world.now - start > 3 * MINUTE);
}

/// Simulates a server that soon ends each session, until the shard gives up. Returns the number of IDENTIFYs and the time until
/// then.
fn give_up(mut end: impl FnMut(&mut World)) -> (usize, Duration) {
    let mut world = World::new(config(), None);
    let start = world.now;
    let mut identifies = 0;
    for _ in 0..1000 {
        let actions = world.take();
        identifies += actions.iter().filter(|action| *action == "identify").count();
        if world.shard.is_over() {
            assert!(actions.last().unwrap().starts_with("fail UnstableSessions"), "{actions:?}");
            return (identifies, world.now - start);
        }
        for action in actions {
            match action.as_str() {
                "connect first" | "connect resume" => {
                    world.shard.connected(world.now);
                    world.hello();
                }
                "slot" => world.shard.slot_granted(world.now),
                "identify" => {
                    world.ready();
                    end(&mut world);
                }
                action if action.starts_with("resume") => end(&mut world),
                action if action.starts_with("reconnecting") => drop(world.tick()),
                _ => {}
            }
        }
    }
    panic!("the shard never gives up");
}

#[test]
fn after_six_short_sessions_in_a_row_the_shard_gives_up() {
    type End = fn(&mut World);
    let ends: [(&str, End); 5] = [
        ("unreadable", |world| world.shard.unreadable("it is garbage".to_owned(), world.now)),
        ("op 9 false", |world| world.op(9, "false")),
        ("closed with 4009", |world| world.closed(4009)),
        ("closed with 4000", |world| world.closed(4000)),
        ("a minute each", |world| {
            world.pass(MINUTE);
            world.closed(4009);
        }),
    ];
    for (name, end) in ends {
        let (identifies, length) = give_up(end);
        assert_eq!(identifies, 6, "{name}");
        assert!(length > 20 * MINUTE, "{name}: {length:?}");
    }
}

#[test]
fn after_six_identifies_that_are_answered_with_op_9_the_shard_gives_up() {
    let mut world = World::new(config(), None);
    let mut identifies = 0;
    while !world.shard.is_over() {
        world.shard.connected(world.now);
        world.hello();
        world.shard.slot_granted(world.now);
        identifies += 1;
        world.op(9, "false");
        if !world.shard.is_over() {
            world.tick();
        }
    }
    assert_eq!(identifies, 6);
}

#[test]
fn after_long_sessions_the_shard_never_gives_up() {
    let mut world = World::live();
    for _ in 0..20 {
        world.pass(11 * MINUTE);
        world.closed(4009);
        assert_eq!(world.tick().as_millis(), 75);
        world.go_live();
    }
}

#[test]
fn requested_heartbeats_respect_the_send_limit_and_at_most_one_waits() {
    let mut world = World::live();
    for _ in 0..1000 {
        world.op(1, "null");
    }
    assert_eq!(world.take(), ["beat 1"; 3]);
    let mut beats = 0;
    let start = world.now;
    while world.now - start < MINUTE {
        world.op(11, "null");
        world.tick();
        beats += world.take().iter().filter(|action| action.starts_with("beat")).count();
    }
    // Two regular heartbeats, and one of the requested ones.
    assert!(beats <= 3, "{beats}");
}

#[test]
fn a_connection_whose_peer_reads_nothing_is_closed_and_its_session_resumed() {
    let mut world = World::live();
    world.shard.stuck(world.now);
    world.expect(["close 4000", "closed", "reconnecting 1 in 75 ms"]);
    world.tick();
    world.expect(["connect resume"]);
}

#[test]
fn a_server_that_is_not_a_gateway_is_fatal_unless_a_session_was_live_before() {
    let mut world = World::new(config(), None);
    world.shard.unreachable(true, world.now);
    world.expect(["connect first", "fail NoGateway"]);

    // A refusal by the session's own host does not show that the first URL is wrong.
    let mut world = World::new(config(), Some(session()));
    world.shard.unreachable(true, world.now);
    world.expect(["connect resume", "connect first"]);
    world.shard.unreachable(true, world.now);
    world.expect(["fail NoGateway"]);

    let mut world = World::live();
    world.closed(None);
    world.tick();
    world.take();
    world.shard.unreachable(true, world.now);
    world.shard.unreachable(true, world.now);
    world.expect(["connect first", "reconnecting 2 in 225 ms"]);
}

/// Ends the session. Returns the length of the gap in seconds.
fn gap(world: &mut World) -> u64 {
    world.closed(4009);
    world.take();
    world.gaps.pop().expect("there is a gap")
}

#[test]
fn a_gap_begins_before_the_process_was_suspended_even_if_frames_were_waiting_in_the_socket() {
    let mut world = World::live();
    world.pass(Duration::from_secs(10));
    world.dispatch("N", "{}");
    // The process is suspended for ten minutes. Afterwards, it reads frames that may have arrived at any time.
    world.pass(10 * MINUTE);
    world.dispatch("N", "{}");
    world.op(11, "null");
    assert_eq!(gap(&mut world), 600);

    // The overdue heartbeat is sent while old frames still wait to be read, so only its own acknowledgement is recent.
    let mut world = World::live();
    world.tick();
    world.take();
    world.pass(10 * MINUTE);
    world.dispatch("N", "{}");
    world.shard.tick(world.now);
    world.expect(["beat 2"]);
    world.pass(Duration::from_secs(1));
    world.op(11, "null");
    world.dispatch("N", "{}");
    assert_eq!(gap(&mut world), 601, "the acknowledgement is of the previous heartbeat");

    // The acknowledgement of a later heartbeat shows that all earlier frames have been read.
    let mut world = World::live();
    world.pass(10 * MINUTE);
    world.shard.tick(world.now);
    world.pass(Duration::from_secs(1));
    world.op(11, "null");
    world.pass(Duration::from_secs(5));
    assert_eq!(gap(&mut world), 6);
}

#[test]
fn a_gap_begins_before_the_machine_slept() {
    let mut world = World::live();
    world.pass(Duration::from_secs(10));
    world.dispatch("N", "{}");
    world.shard.slept(60 * MINUTE, world.now);
    world.pass(Duration::from_secs(1));
    world.dispatch("N", "{}");
    assert_eq!(gap(&mut world), 3601);
}

#[test]
fn a_gap_begins_before_reading_was_paused_until_a_later_heartbeat_is_acknowledged() {
    let mut world = World::live();
    world.dispatch("N", "{}");
    world.shard.pause();
    world.pass(INTERVAL / 4);
    world.shard.unpause(world.now);
    world.dispatch("N", "{}");
    assert_eq!(gap(&mut world), 10);
}

#[test]
fn a_live_session_ignores_unexpected_frames() {
    let mut world = World::live();
    world.op(10, &json!({"heartbeat_interval": 1}).to_string());
    world.op(10, "garbage");
    world.op(u64::MAX, "null");
    world.op(11, "null");
    world.dispatch("READY", "garbage");
    world.dispatch("RESUMED", "garbage");
    world.seq = u64::MAX - 1;
    world.dispatch("N", "{}");
    world.seq = 4;
    world.dispatch("N", "{}");
    world.expect([]);
    world.tick();
    world.expect(["beat 5"]);
}
