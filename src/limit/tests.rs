//! The state by examples: which requests go, and what the others wait for.

use std::time::Duration;

use super::answer::{Answer, Limited, Outcome, Quota, Scope};
use super::key::{Class, Key, Pool};
use super::{Refusal, State, TicketId, Verdict, Why, invalid};
use crate::model::{Deadline, Moment};

const SECOND: Duration = Duration::from_secs(1);

fn key(route: &str, major: &str) -> Key {
    Key { route: route.to_owned(), major: major.to_owned(), class: Class::Plain, pool: Pool::Token }
}

fn at(ms: u64) -> Moment {
    Moment::from_micros(ms * 1000)
}

fn wait(ms: u64, why: Why) -> Verdict {
    Verdict::Wait { length: Some(Duration::from_millis(ms)), why }
}

const QUEUED: Verdict = Verdict::Wait { length: None, why: Why::Bucket };

fn ok(bucket: &str, limit: u32, remaining: u32, reset_after: Duration) -> Outcome {
    Outcome::Answer(Answer {
        status: 200,
        bucket: Some(bucket.to_owned()),
        quota: Some(Quota { limit, remaining, reset_after }),
        ..Answer::default()
    })
}

fn plain(status: u16) -> Outcome {
    Outcome::Answer(Answer { status, ..Answer::default() })
}

fn limited(scope: Scope, retry_after: Duration, quota: Option<Quota>) -> Outcome {
    let limited = Some(Limited { retry_after, scope });
    Outcome::Answer(Answer { status: 429, bucket: quota.map(|_| "b".to_owned()), quota, limited, ..Answer::default() })
}

/// A request from beginning to end, which must not have to wait.
fn run(state: &mut State, key: &Key, outcome: Outcome, now: Moment) {
    let ticket = state.enter(key);
    assert_eq!(state.poll(ticket, now), Verdict::Go);
    state.settle(ticket, outcome, now);
    state.leave(ticket, now);
}

/// New requests that all ask at once: how many may go.
fn burst(state: &mut State, key: &Key, count: usize, now: Moment) -> (Vec<TicketId>, usize) {
    let tickets: Vec<_> = (0..count).map(|_| state.enter(key)).collect();
    let going = tickets.iter().filter(|t| state.poll(**t, now) == Verdict::Go).count();
    (tickets, going)
}

#[test]
fn one_request_finds_out_a_buckets_size_and_then_as_many_go_as_are_left() {
    let mut state = State::default();
    let (tickets, going) = burst(&mut state, &key("a", "1"), 9, at(0));
    assert_eq!((going, state.poll(tickets[1], at(1))), (1, QUEUED));
    state.settle(tickets[0], ok("b", 5, 4, SECOND), at(100));
    // Youngest first: it makes no difference who asks first.
    let verdicts: Vec<_> = tickets[1..].iter().rev().map(|t| state.poll(*t, at(100))).collect();
    assert_eq!(verdicts[..4], [const { Verdict::Wait { length: Some(SECOND), why: Why::Bucket } }; 4]);
    assert_eq!(verdicts[4..], [const { Verdict::Go }; 4]);
    // The window ends, and what is still in flight may be counted in the next one.
    assert_eq!(state.poll(tickets[5], at(1100)), Verdict::Go);
    assert_eq!(state.poll(tickets[6], at(1100)), QUEUED);
}

#[test]
fn routes_with_the_same_hash_share_a_bucket_per_major_parameter() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), ok("b", 2, 1, SECOND), at(0));
    // The other route's hash is not known yet, so that it has a queue of its own until an answer.
    run(&mut state, &key("c", "1"), ok("b", 2, 0, SECOND), at(0));
    let ticket = state.enter(&key("a", "1"));
    assert_eq!(state.poll(ticket, at(10)), wait(990, Why::Bucket));
    let ticket = state.enter(&key("a", "2"));
    assert_eq!(state.poll(ticket, at(10)), Verdict::Go);
}

#[test]
fn who_waits_keeps_its_place_when_the_hash_becomes_known() {
    let mut state = State::default();
    let (a, c) = (key("a", "1"), key("c", "1"));
    let first = state.enter(&c);
    assert_eq!(state.poll(first, at(0)), Verdict::Go);
    let older = state.enter(&c);
    assert_eq!(state.poll(older, at(0)), QUEUED);
    run(&mut state, &a, ok("b", 3, 2, SECOND), at(0));
    state.settle(first, ok("b", 3, 1, SECOND), at(0));
    let younger = state.enter(&a);
    assert_eq!(state.poll(younger, at(1)), wait(999, Why::Bucket));
    assert_eq!(state.poll(older, at(1)), Verdict::Go);
}

#[test]
fn a_route_without_a_bucket_is_limited_globally_alone() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), plain(500), at(0));
    assert_eq!(burst(&mut state, &key("a", "1"), 3, at(0)).1, 1, "a failure tells nothing");
    let mut state = State::default();
    run(&mut state, &key("a", "1"), plain(204), at(0));
    let (tickets, going) = burst(&mut state, &key("a", "1"), 60, at(0));
    assert_eq!(going, 49);
    assert_eq!(state.poll(tickets[49], at(50)), wait(1000, Why::Global));
    assert_eq!(state.poll(tickets[59], at(1050)), Verdict::Go);
}

#[test]
fn the_global_limit_serves_the_oldest_first() {
    let mut state = State::default();
    let a = key("a", "1");
    run(&mut state, &a, plain(204), at(0));
    let (tickets, _) = burst(&mut state, &a, 52, at(500));
    // One slot is free: the first request's.
    assert_eq!(state.poll(tickets[51], at(1050)), wait(500, Why::Global));
    assert_eq!(state.poll(tickets[49], at(1050)), Verdict::Go);
}

#[test]
fn a_slot_that_was_not_used_is_given_back() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), ok("b", 2, 1, SECOND), at(0));
    let (tickets, going) = burst(&mut state, &key("a", "1"), 2, at(1));
    assert_eq!(going, 1);
    state.settle(tickets[0], Outcome::NotSent, at(2));
    assert_eq!(state.poll(tickets[1], at(2)), Verdict::Go);
}

#[test]
fn a_request_without_an_answer_counts_and_does_not_close_its_bucket_for_ever() {
    let mut state = State::default();
    let a = key("a", "1");
    run(&mut state, &a, ok("b", 1, 0, SECOND), at(0));
    let ticket = state.enter(&a);
    assert_eq!(state.poll(ticket, at(1000)), Verdict::Go);
    // Dropped while it was out.
    state.leave(ticket, at(1500));
    let next = state.enter(&a);
    assert_eq!(state.poll(next, at(1600)), wait(900, Why::Bucket));
    assert_eq!(state.poll(next, at(2500)), Verdict::Go);
}

#[test]
fn a_straggler_of_the_window_before_says_nothing_of_this_one() {
    let mut state = State::default();
    let a = key("a", "1");
    run(&mut state, &a, ok("b", 5, 4, SECOND), at(0));
    let (tickets, _) = burst(&mut state, &a, 2, at(900));
    state.settle(tickets[0], ok("b", 5, 4, SECOND), at(1010));
    state.settle(tickets[1], ok("b", 5, 0, SECOND / 100), at(1020));
    assert_eq!(burst(&mut state, &a, 9, at(1030)).1, 4);
}

#[test]
fn answers_that_overtake_each_other_count_once() {
    let mut state = State::default();
    let a = key("a", "1");
    run(&mut state, &a, ok("b", 5, 4, SECOND), at(0));
    let (tickets, going) = burst(&mut state, &a, 3, at(0));
    assert_eq!(going, 3);
    for (ticket, remaining) in tickets.iter().zip([1, 3, 2]) {
        state.settle(*ticket, ok("b", 5, remaining, SECOND), at(10));
    }
    assert_eq!(burst(&mut state, &a, 9, at(10)).1, 1);
}

#[test]
fn a_429_of_the_bucket_closes_it_for_as_long_as_it_says() {
    let mut state = State::default();
    let none_left = Quota { limit: 5, remaining: 0, reset_after: SECOND };
    run(&mut state, &key("a", "1"), limited(Scope::User, SECOND * 3, Some(none_left)), at(0));
    let ticket = state.enter(&key("a", "1"));
    assert_eq!(state.poll(ticket, at(1000)), wait(2000, Why::Bucket));
    assert_eq!(burst(&mut state, &key("a", "2"), 1, at(0)).1, 1);
}

#[test]
fn a_429_with_slots_left_parks_that_one_class_and_holds_nobody_else() {
    let mut state = State::default();
    let rename = Key { class: Class::Name, ..key("a", "1") };
    let left = Quota { limit: 5, remaining: 3, reset_after: SECOND };
    run(&mut state, &rename, limited(Scope::User, SECOND * 600, Some(left)), at(0));
    let parked = state.enter(&rename);
    assert_eq!(state.poll(parked, at(0)), wait(600_000, Why::Hidden));
    // Younger, of the same bucket: three slots are left, and the parked one takes none of them.
    assert_eq!(burst(&mut state, &key("a", "1"), 4, at(0)).1, 3);
    let other = state.enter(&Key { class: Class::Name, ..key("a", "2") });
    assert_eq!(state.poll(other, at(0)), Verdict::Go);
    assert_eq!(state.poll(parked, at(600_000)), Verdict::Go);
}

#[test]
fn a_429_without_headers_parks_its_class() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), limited(Scope::Shared, SECOND, None), at(0));
    let ticket = state.enter(&key("a", "1"));
    assert_eq!(state.poll(ticket, at(400)), wait(600, Why::Hidden));
}

#[test]
fn a_global_429_stops_all_of_the_bots_requests_and_nobody_elses() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), limited(Scope::Global, SECOND, None), at(0));
    for (pool, expected) in
        [(Pool::Token, wait(1000, Why::Global)), (Pool::Address, Verdict::Go), (Pool::Exempt, Verdict::Go)]
    {
        let ticket = state.enter(&Key { pool, ..key("x", "9") });
        assert_eq!(state.poll(ticket, at(0)), expected, "{pool:?}");
        state.leave(ticket, at(0));
    }
}

#[test]
fn answers_to_interactions_are_not_counted_among_the_fifty() {
    let mut state = State::default();
    let exempt = Key { pool: Pool::Exempt, ..key("x", "9") };
    run(&mut state, &exempt, plain(204), at(0));
    assert_eq!(burst(&mut state, &exempt, 200, at(0)).1, 200);
    assert_eq!(burst(&mut state, &key("a", "1"), 1, at(0)).1, 1);
}

#[test]
fn cloudflares_block_stops_everything() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), limited(Scope::Cloudflare, SECOND * 60, None), at(0));
    let ticket = state.enter(&Key { pool: Pool::Exempt, ..key("x", "9") });
    assert_eq!(state.poll(ticket, at(0)), wait(60_000, Why::Blocked));
    assert_eq!(state.poll(ticket, at(60_000)), Verdict::Go);
}

#[test]
fn too_many_invalid_requests_are_refused_until_they_are_forgotten() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), plain(204), at(0));
    for n in 0..u64::from(invalid::STOP) {
        run(&mut state, &key("a", "1"), plain(403), at(n * 25));
        // These count for nothing.
        state.settle(TicketId(0), plain(401), at(n * 25));
    }
    let end = u64::from(invalid::STOP) * 25;
    let ticket = state.enter(&key("a", "1"));
    let Verdict::Refuse(Refusal::TooManyInvalid { count, retry_in }) = state.poll(ticket, at(end)) else { panic!() };
    assert_eq!(count, invalid::STOP);
    assert_eq!(state.poll(ticket, at(end).after(retry_in)), Verdict::Go);
}

#[test]
fn a_limited_request_keeps_its_age_for_its_repetition() {
    let mut state = State::default();
    let a = key("a", "1");
    let none_left = Quota { limit: 1, remaining: 0, reset_after: SECOND };
    let first = state.enter(&a);
    state.poll(first, at(0));
    let second = state.enter(&a);
    assert_eq!(state.poll(second, at(0)), QUEUED);
    state.settle(first, limited(Scope::User, SECOND, Some(none_left)), at(0));
    assert_eq!(state.poll(first, at(0)), wait(1000, Why::Bucket));
    assert_eq!(state.poll(second, at(1000)), QUEUED, "the older one is ahead");
    assert_eq!(state.poll(first, at(1000)), Verdict::Go);
}

#[test]
fn a_ticket_that_wants_nothing_now_is_in_nobodys_way() {
    let mut state = State::default();
    let a = key("a", "1");
    let idle = state.enter(&a);
    assert_eq!(state.poll(idle, at(0)), Verdict::Go);
    state.settle(idle, plain(500), at(0));
    // It backs off and has not left.
    assert_eq!(burst(&mut state, &a, 1, at(0)).1, 1);
}

#[test]
fn who_waits_and_does_not_ask_in_time_keeps_nobody() {
    let mut state = State::default();
    let first = state.enter(&key("a", "1"));
    assert_eq!(state.poll(first, at(0)), Verdict::Go);
    let [stopped, next] = [(); 2].map(|()| state.enter(&key("a", "1")));
    assert_eq!([state.poll(stopped, at(0)), state.poll(next, at(0))], [QUEUED, QUEUED]);
    state.tickets.get_mut(&stopped).unwrap().due = Some(Deadline::new(at(0), SECOND * 2));
    state.settle(first, ok("b", 5, 1, SECOND * 60), at(1000));
    assert_ne!(state.poll(next, at(1999)), Verdict::Go);
    assert_eq!(state.poll(next, at(2000)), Verdict::Go);
}

#[test]
fn a_dead_token_is_refused_for_an_hour_and_holds_nobody_without_it() {
    let mut state = State::default();
    state.died(at(0));
    let without = Key { pool: Pool::Address, ..key("a", "2") };
    let [dead, other] = [key("a", "1"), without].map(|key| state.enter(&key));
    let for_another = Duration::from_secs(3600);
    assert_eq!(state.poll(dead, at(0)), Verdict::Refuse(Refusal::DeadToken { for_another }));
    assert_eq!(state.poll(other, at(0)), Verdict::Go);
    assert_eq!(state.poll(dead, at(3_600_000)), Verdict::Go);
}
