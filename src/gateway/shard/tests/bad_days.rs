//! What a server that is broken, or means ill, can make a shard do.

use serde_json::json;

use super::world::{INTERVAL, World, config, session};
use super::*;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_session_that_is_closed_as_soon_as_it_is_resumed_waits_longer_each_time() {
    let mut world = World::live();
    let mut waits = Vec::new();
    for _ in 0..8 {
        world.closed(4000);
        let lost = world.now;
        world.resume();
        waits.push((world.now - lost).as_millis());
    }
    assert_eq!(waits, [75, 225, 675, 2025, 6075, 18_225, 45_000, 45_000]);
    // After a minute the session was worth its connection.
    world.pass(MINUTE);
    world.closed(4000);
    assert_eq!(world.tick().as_millis(), 75);
}

#[test]
fn a_connection_that_brought_many_events_is_followed_by_the_next_at_once() {
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
fn reconnects_that_are_asked_for_again_and_again_are_spread_out() {
    let mut world = World::live();
    let start = world.now;
    for _ in 0..10 {
        world.op(7, "null");
        world.resume();
    }
    assert!(world.now - start > 3 * MINUTE);
}

/// Plays a server that ends each session soon, until the shard gives up: how many IDENTIFYs that took,
/// and how long.
fn give_up(mut end: impl FnMut(&mut World)) -> (usize, Duration) {
    let mut world = World::new(config(), None);
    let start = world.now;
    let mut identifies = 0;
    for _ in 0..1000 {
        let actions = world.take();
        identifies += actions.iter().filter(|action| *action == "identify").count();
        if world.shard.is_over() {
            assert!(actions.last().unwrap().starts_with("fail Unsteady"), "{actions:?}");
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
    panic!("it never gives up");
}

#[test]
fn sessions_that_end_soon_one_after_another_are_given_up_long_before_the_days_identifies_are_used_up() {
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
fn op_9_to_each_identify_is_given_up_as_well() {
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
fn sessions_that_last_are_never_given_up() {
    let mut world = World::live();
    for _ in 0..20 {
        world.pass(11 * MINUTE);
        world.closed(4009);
        assert_eq!(world.tick().as_millis(), 75);
        world.go_live();
    }
}

#[test]
fn beats_that_are_asked_for_keep_to_the_send_limit_and_at_most_one_waits() {
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
    // Two of the interval, and one of those that were asked for.
    assert!(beats <= 3, "{beats}");
}

#[test]
fn a_connection_that_takes_nothing_is_given_up_and_its_session_resumed() {
    let mut world = World::live();
    world.shard.stuck(world.now);
    world.expect(["close 4000", "closed", "reconnecting 1 in 75 ms"]);
    world.tick();
    world.expect(["connect resume"]);
}

#[test]
fn a_server_that_is_no_gateway_is_fatal_unless_there_was_one() {
    let mut world = World::new(config(), None);
    world.shard.unreachable(true, world.now);
    world.expect(["connect first", "fail NoGateway"]);

    // The session's own host says nothing about the first URL.
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

/// The gap of a session that is lost now, in seconds.
fn gap(world: &mut World) -> u64 {
    world.closed(4009);
    world.take();
    world.gaps.pop().expect("there is a gap")
}

#[test]
fn a_gap_begins_before_a_stop_of_the_process_whatever_lay_in_the_socket_meanwhile() {
    let mut world = World::live();
    world.pass(Duration::from_secs(10));
    world.dispatch("N", "{}");
    // Stopped for ten minutes. What is read then came at any time of these.
    world.pass(10 * MINUTE);
    world.dispatch("N", "{}");
    world.op(11, "null");
    assert_eq!(gap(&mut world), 600);

    // The overdue beat goes out while there is still more to read: only its own answer is news.
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
    assert_eq!(gap(&mut world), 601, "the answer is that to the beat before");

    // A beat that was sent since and is answered says that all before it has been read.
    let mut world = World::live();
    world.pass(10 * MINUTE);
    world.shard.tick(world.now);
    world.pass(Duration::from_secs(1));
    world.op(11, "null");
    world.pass(Duration::from_secs(5));
    assert_eq!(gap(&mut world), 6);
}

#[test]
fn a_gap_begins_before_the_machine_slept_which_only_the_wall_clock_shows() {
    let mut world = World::live();
    world.pass(Duration::from_secs(10));
    world.dispatch("N", "{}");
    world.shard.slept(60 * MINUTE, world.now);
    world.pass(Duration::from_secs(1));
    world.dispatch("N", "{}");
    assert_eq!(gap(&mut world), 3601);
}

#[test]
fn a_gap_begins_before_reading_was_paused_until_a_later_beat_is_answered() {
    let mut world = World::live();
    world.dispatch("N", "{}");
    world.shard.pause();
    world.pass(INTERVAL / 4);
    world.shard.unpause(world.now);
    world.dispatch("N", "{}");
    assert_eq!(gap(&mut world), 10);
}

#[test]
fn what_makes_no_sense_on_a_live_session_changes_nothing() {
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
