//! Examples of the limiter's rules: which requests may be sent, and what the others wait for.

use std::time::Duration;

use super::answer::{Answer, Outcome, Quota, RateLimited, Scope};
use super::key::{Class, Key, Pool};
use super::{Refusal, State, TicketId, Verdict, WaitReason, invalid};
use crate::model::{Deadline, Moment};

const SECOND: Duration = Duration::from_secs(1);

fn key(route: &str, major: &str) -> Key {
    Key { route: route.to_owned(), major: major.to_owned(), class: Class::Plain, pool: Pool::Token }
}

fn at(ms: u64) -> Moment {
    Moment::from_micros(ms * 1000)
}

fn wait(ms: u64, reason: WaitReason) -> Verdict {
    Verdict::Wait { length: Some(Duration::from_millis(ms)), reason }
}

const QUEUED: Verdict = Verdict::Wait { length: None, reason: WaitReason::Bucket };

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
    let limited = Some(RateLimited { retry_after, scope });
    Outcome::Answer(Answer { status: 429, bucket: quota.map(|_| "b".to_owned()), quota, limited, ..Answer::default() })
}

/// Runs a request from beginning to end. Fails if the request must wait.
fn run(state: &mut State, key: &Key, outcome: Outcome, now: Moment) {
    let ticket = state.enter(key);
    assert_eq!(state.poll(ticket, now), Verdict::Go);
    state.settle(ticket, outcome, now);
    state.leave(ticket, now);
}

/// Enters and polls new requests. Returns their tickets and the number that may be sent.
fn burst(state: &mut State, key: &Key, count: usize, now: Moment) -> (Vec<TicketId>, usize) {
    let tickets: Vec<_> = (0..count).map(|_| state.enter(key)).collect();
    let going = tickets.iter().filter(|t| state.poll(**t, now) == Verdict::Go).count();
    (tickets, going)
}

#[test]
fn a_first_request_goes_alone_and_its_answer_frees_the_rest_of_the_bucket() {
    let mut state = State::default();
    let (tickets, going) = burst(&mut state, &key("a", "1"), 9, at(0));
    assert_eq!((going, state.poll(tickets[1], at(1))), (1, QUEUED));
    state.settle(tickets[0], ok("b", 5, 4, SECOND), at(100));
    // The order of the polls makes no difference, so the youngest ticket is polled first.
    let verdicts: Vec<_> = tickets[1..].iter().rev().map(|t| state.poll(*t, at(100))).collect();
    assert_eq!(verdicts[..4], [const { Verdict::Wait { length: Some(SECOND), reason: WaitReason::Bucket } }; 4]);
    assert_eq!(verdicts[4..], [const { Verdict::Go }; 4]);
    // The window is over, but Discord may count the requests still in flight in the next one.
    assert_eq!(state.poll(tickets[5], at(1100)), Verdict::Go);
    assert_eq!(state.poll(tickets[6], at(1100)), QUEUED);
}

#[test]
fn routes_with_the_same_hash_and_major_parameter_share_a_bucket() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), ok("b", 2, 1, SECOND), at(0));
    // The hash of the other route is unknown, so the route has its own queue until its first response.
    run(&mut state, &key("c", "1"), ok("b", 2, 0, SECOND), at(0));
    let ticket = state.enter(&key("a", "1"));
    assert_eq!(state.poll(ticket, at(10)), wait(990, WaitReason::Bucket));
    let ticket = state.enter(&key("a", "2"));
    assert_eq!(state.poll(ticket, at(10)), Verdict::Go);
}

#[test]
fn a_waiting_request_keeps_its_position_when_the_bucket_hash_becomes_known() {
    let mut state = State::default();
    let (a, c) = (key("a", "1"), key("c", "1"));
    let first = state.enter(&c);
    assert_eq!(state.poll(first, at(0)), Verdict::Go);
    let older = state.enter(&c);
    assert_eq!(state.poll(older, at(0)), QUEUED);
    run(&mut state, &a, ok("b", 3, 2, SECOND), at(0));
    state.settle(first, ok("b", 3, 1, SECOND), at(0));
    let younger = state.enter(&a);
    assert_eq!(state.poll(younger, at(1)), wait(999, WaitReason::Bucket));
    assert_eq!(state.poll(older, at(1)), Verdict::Go);
}

#[test]
fn only_the_global_limit_applies_to_a_route_without_a_bucket() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), plain(500), at(0));
    assert_eq!(burst(&mut state, &key("a", "1"), 3, at(0)).1, 1, "a failure does not show that there is no bucket");
    let mut state = State::default();
    run(&mut state, &key("a", "1"), plain(204), at(0));
    let (tickets, going) = burst(&mut state, &key("a", "1"), 60, at(0));
    assert_eq!(going, 49);
    assert_eq!(state.poll(tickets[49], at(50)), wait(1000, WaitReason::Global));
    assert_eq!(state.poll(tickets[59], at(1050)), Verdict::Go);
}

#[test]
fn the_global_limit_serves_the_oldest_first() {
    let mut state = State::default();
    let a = key("a", "1");
    run(&mut state, &a, plain(204), at(0));
    let (tickets, _) = burst(&mut state, &a, 52, at(500));
    // One slot is free, that of the first request.
    assert_eq!(state.poll(tickets[51], at(1050)), wait(500, WaitReason::Global));
    assert_eq!(state.poll(tickets[49], at(1050)), Verdict::Go);
}

#[test]
fn a_request_that_was_not_sent_returns_its_slot() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), ok("b", 2, 1, SECOND), at(0));
    let (tickets, going) = burst(&mut state, &key("a", "1"), 2, at(1));
    assert_eq!(going, 1);
    state.settle(tickets[0], Outcome::NotSent, at(2));
    assert_eq!(state.poll(tickets[1], at(2)), Verdict::Go);
}

#[test]
fn a_request_without_an_answer_counts_until_its_window_ends() {
    let mut state = State::default();
    let a = key("a", "1");
    run(&mut state, &a, ok("b", 1, 0, SECOND), at(0));
    let ticket = state.enter(&a);
    assert_eq!(state.poll(ticket, at(1000)), Verdict::Go);
    // The ticket is dropped while its request is in flight.
    state.leave(ticket, at(1500));
    let next = state.enter(&a);
    assert_eq!(state.poll(next, at(1600)), wait(900, WaitReason::Bucket));
    assert_eq!(state.poll(next, at(2500)), Verdict::Go);
}

#[test]
fn a_late_answer_of_the_previous_window_is_ignored() {
    let mut state = State::default();
    let a = key("a", "1");
    run(&mut state, &a, ok("b", 5, 4, SECOND), at(0));
    let (tickets, _) = burst(&mut state, &a, 2, at(900));
    state.settle(tickets[0], ok("b", 5, 4, SECOND), at(1010));
    state.settle(tickets[1], ok("b", 5, 0, SECOND / 100), at(1020));
    assert_eq!(burst(&mut state, &a, 9, at(1030)).1, 4);
}

#[test]
fn answers_out_of_order_are_counted_once() {
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
fn a_429_of_a_bucket_closes_it_for_its_retry_after() {
    let mut state = State::default();
    let none_left = Quota { limit: 5, remaining: 0, reset_after: SECOND };
    run(&mut state, &key("a", "1"), limited(Scope::User, SECOND * 3, Some(none_left)), at(0));
    let ticket = state.enter(&key("a", "1"));
    assert_eq!(state.poll(ticket, at(1000)), wait(2000, WaitReason::Bucket));
    assert_eq!(burst(&mut state, &key("a", "2"), 1, at(0)).1, 1);
}

#[test]
fn a_429_of_a_bucket_with_slots_left_delays_only_requests_of_the_same_class() {
    let mut state = State::default();
    let rename = Key { class: Class::Name, ..key("a", "1") };
    let left = Quota { limit: 5, remaining: 3, reset_after: SECOND };
    run(&mut state, &rename, limited(Scope::User, SECOND * 600, Some(left)), at(0));
    let parked = state.enter(&rename);
    assert_eq!(state.poll(parked, at(0)), wait(600_000, WaitReason::Hidden));
    // Three slots of the bucket are left, and the older request that waits for the hidden limit takes none of them.
    assert_eq!(burst(&mut state, &key("a", "1"), 4, at(0)).1, 3);
    let other = state.enter(&Key { class: Class::Name, ..key("a", "2") });
    assert_eq!(state.poll(other, at(0)), Verdict::Go);
    assert_eq!(state.poll(parked, at(600_000)), Verdict::Go);
}

#[test]
fn a_429_without_headers_delays_requests_of_the_same_class() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), limited(Scope::Shared, SECOND, None), at(0));
    let ticket = state.enter(&key("a", "1"));
    assert_eq!(state.poll(ticket, at(400)), wait(600, WaitReason::Hidden));
}

#[test]
fn a_global_429_stops_all_requests_of_the_bot_and_no_others() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), limited(Scope::Global, SECOND, None), at(0));
    for (pool, expected) in
        [(Pool::Token, wait(1000, WaitReason::Global)), (Pool::Address, Verdict::Go), (Pool::Exempt, Verdict::Go)]
    {
        let ticket = state.enter(&Key { pool, ..key("x", "9") });
        assert_eq!(state.poll(ticket, at(0)), expected, "{pool:?}");
        state.leave(ticket, at(0));
    }
}

#[test]
fn responses_to_interactions_do_not_count_towards_the_global_limit() {
    let mut state = State::default();
    let exempt = Key { pool: Pool::Exempt, ..key("x", "9") };
    run(&mut state, &exempt, plain(204), at(0));
    assert_eq!(burst(&mut state, &exempt, 200, at(0)).1, 200);
    assert_eq!(burst(&mut state, &key("a", "1"), 1, at(0)).1, 1);
}

#[test]
fn a_block_by_cloudflare_stops_all_requests() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), limited(Scope::Cloudflare, SECOND * 60, None), at(0));
    let ticket = state.enter(&Key { pool: Pool::Exempt, ..key("x", "9") });
    assert_eq!(state.poll(ticket, at(0)), wait(60_000, WaitReason::Blocked));
    assert_eq!(state.poll(ticket, at(60_000)), Verdict::Go);
}

#[test]
fn after_too_many_invalid_requests_all_are_refused_until_the_oldest_no_longer_count() {
    let mut state = State::default();
    run(&mut state, &key("a", "1"), plain(204), at(0));
    for n in 0..u64::from(invalid::MAX_INVALID) {
        run(&mut state, &key("a", "1"), plain(403), at(n * 25));
        // An outcome for an unknown ticket does not count.
        state.settle(TicketId(0), plain(401), at(n * 25));
    }
    let end = u64::from(invalid::MAX_INVALID) * 25;
    let ticket = state.enter(&key("a", "1"));
    let Verdict::Refuse(Refusal::TooManyInvalid { count, retry_in }) = state.poll(ticket, at(end)) else { panic!() };
    assert_eq!(count, invalid::MAX_INVALID);
    assert_eq!(state.poll(ticket, at(end).after(retry_in)), Verdict::Go);
}

#[test]
fn a_request_keeps_its_position_for_a_retry_after_a_429() {
    let mut state = State::default();
    let a = key("a", "1");
    let none_left = Quota { limit: 1, remaining: 0, reset_after: SECOND };
    let first = state.enter(&a);
    state.poll(first, at(0));
    let second = state.enter(&a);
    assert_eq!(state.poll(second, at(0)), QUEUED);
    state.settle(first, limited(Scope::User, SECOND, Some(none_left)), at(0));
    assert_eq!(state.poll(first, at(0)), wait(1000, WaitReason::Bucket));
    assert_eq!(state.poll(second, at(1000)), QUEUED, "the older one is ahead");
    assert_eq!(state.poll(first, at(1000)), Verdict::Go);
}

#[test]
fn a_request_that_waits_for_its_retry_does_not_delay_others() {
    let mut state = State::default();
    let a = key("a", "1");
    let idle = state.enter(&a);
    assert_eq!(state.poll(idle, at(0)), Verdict::Go);
    state.settle(idle, plain(500), at(0));
    // The idle ticket has not left.
    assert_eq!(burst(&mut state, &a, 1, at(0)).1, 1);
}

#[test]
fn a_waiting_request_that_is_not_polled_in_time_does_not_delay_others() {
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
fn a_dead_token_is_refused_for_an_hour_and_requests_without_it_are_not() {
    let mut state = State::default();
    state.mark_token_dead(at(0));
    let without = Key { pool: Pool::Address, ..key("a", "2") };
    let [dead, other] = [key("a", "1"), without].map(|key| state.enter(&key));
    let retry_in = Duration::from_secs(3600);
    assert_eq!(state.poll(dead, at(0)), Verdict::Refuse(Refusal::DeadToken { retry_in }));
    assert_eq!(state.poll(other, at(0)), Verdict::Go);
    assert_eq!(state.poll(dead, at(3_600_000)), Verdict::Go);
}
