//! Property tests: many requests to a simulated bucket, over a network with random delays.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use proptest::prelude::*;

use super::answer::{Answer, Outcome, Quota, RateLimited, Scope};
use super::key::{Class, Key, Pool};
use super::{State, TicketId, Verdict};
use crate::model::Moment;

/// A simulated bucket on Discord's side, whose window begins with its first request.
struct Server {
    limit: u32,
    window: u64,
    ends: u64,
    used: u32,
    refused: u32,
}

impl Server {
    fn arrive(&mut self, now: u64) -> Answer {
        if now >= self.ends {
            (self.ends, self.used) = (now + self.window, 0);
        }
        let reset_after = Duration::from_micros(self.ends - now);
        let limited = self.used == self.limit;
        if limited {
            self.refused += 1;
        } else {
            self.used += 1;
        }
        Answer {
            status: if limited { 429 } else { 200 },
            bucket: Some("hash".to_owned()),
            quota: Some(Quota { limit: self.limit, remaining: self.limit - self.used, reset_after }),
            limited: limited.then_some(RateLimited { retry_after: reset_after, scope: Scope::User }),
            ..Answer::default()
        }
    }
}

/// What happens to a request after it got a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Answered,
    /// It is cancelled before it is sent.
    Unsent,
    /// It is sent, but no response arrives, and it is cancelled after [`PATIENCE`].
    Lost,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    enters: u64,
    up: u64,
    down: u64,
    fate: Fate,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Answer(usize),
    GiveUp(usize),
    Arrive(usize),
    Enter(usize),
    Poll(usize),
}

/// The time-out of a request without a response, in microseconds. It is longer than any window here, as the default of 30 s is
/// longer than most of Discord's. With a shorter one, a request that is cancelled before the bucket is known can lead to a 429.
const PATIENCE: u64 = 4_000_000;

struct Simulation {
    refused: u32,
    /// When each request was sent, in the order of arrival; `None` for those that were not.
    sent: Vec<(TicketId, Option<u64>)>,
    /// When each request first asked for a slot.
    asked: Vec<u64>,
    end: u64,
}

fn run(limit: u32, window: u64, plans: &[Plan]) -> Simulation {
    let key = Key { route: "r".into(), major: "1".into(), class: Class::Plain, pool: Pool::Exempt };
    let mut server = Server { limit, window, ends: 0, used: 0, refused: 0 };
    let mut state = State::default();
    let mut tickets = vec![TicketId(0); plans.len()];
    let mut sent = vec![None; plans.len()];
    let mut answers: Vec<Option<Answer>> = vec![None; plans.len()];
    let mut waiting = Vec::new();
    let mut events: BinaryHeap<_> =
        plans.iter().enumerate().map(|(i, plan)| Reverse((plan.enters, Event::Enter(i)))).collect();
    let mut end = 0;
    let mut steps = 0;
    while let Some(Reverse((now, event))) = events.pop() {
        end = now;
        steps += 1;
        assert!(steps < 2_000_000, "the simulation does not end");
        let mut changed = false;
        match event {
            Event::Enter(i) => {
                tickets[i] = state.enter(&key);
                events.push(Reverse((now, Event::Poll(i))));
            }
            Event::Poll(i) => {
                waiting.retain(|w| *w != i);
                if sent[i].is_some() || tickets[i] == TicketId(0) {
                    continue;
                }
                match state.poll(tickets[i], Moment::from_micros(now)) {
                    Verdict::Go if plans[i].fate == Fate::Unsent => {
                        state.settle(tickets[i], Outcome::NotSent, Moment::from_micros(now));
                        state.leave(tickets[i], Moment::from_micros(now));
                        tickets[i] = TicketId(0);
                        changed = true;
                    }
                    Verdict::Go => {
                        sent[i] = Some(now);
                        events.push(Reverse((now + plans[i].up, Event::Arrive(i))));
                    }
                    Verdict::Wait { length, .. } => {
                        waiting.push(i);
                        if let Some(length) = length {
                            let length = u64::try_from(length.as_micros()).unwrap();
                            events.push(Reverse((now + length, Event::Poll(i))));
                        }
                    }
                    Verdict::Refuse(_) => panic!("no request is invalid here"),
                }
            }
            Event::Arrive(i) => {
                let answer = server.arrive(now);
                if plans[i].fate == Fate::Lost {
                    events.push(Reverse((sent[i].unwrap() + PATIENCE, Event::GiveUp(i))));
                } else {
                    answers[i] = Some(answer);
                    events.push(Reverse((now + plans[i].down, Event::Answer(i))));
                }
            }
            Event::Answer(i) => {
                state.settle(tickets[i], Outcome::Answer(answers[i].take().unwrap()), Moment::from_micros(now));
                state.leave(tickets[i], Moment::from_micros(now));
                changed = true;
            }
            Event::GiveUp(i) => {
                state.settle(tickets[i], Outcome::NoAnswer, Moment::from_micros(now));
                state.leave(tickets[i], Moment::from_micros(now));
                changed = true;
            }
        }
        if changed {
            events.extend(waiting.drain(..).map(|i| Reverse((now, Event::Poll(i)))));
        }
    }
    let mut order: Vec<usize> = (0..plans.len()).collect();
    order.sort_by_key(|i| plans[*i].enters);
    Simulation {
        refused: server.refused,
        sent: order.iter().map(|i| (tickets[*i], sent[*i])).collect(),
        asked: order.iter().map(|i| plans[*i].enters).collect(),
        end,
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    let fate = prop_oneof![8 => Just(Fate::Answered), 1 => Just(Fate::Unsent), 1 => Just(Fate::Lost)];
    (0..2_000_000_u64, 1..300_000_u64, 1..300_000_u64, fate).prop_map(|(enters, up, down, fate)| Plan {
        enters,
        up,
        down,
        fate,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_sent_in_the_order_of_arrival_without_a_429(
        limit in 1..12_u32,
        window in 200_000..3_000_000_u64,
        plans in prop::collection::vec(plan(), 1..60),
    ) {
        let ran = run(limit, window, &plans);
        prop_assert_eq!(ran.refused, 0);
        let sent: Vec<u64> = ran.sent.iter().filter_map(|(_, at)| *at).collect();
        let expected = plans.iter().filter(|p| p.fate != Fate::Unsent).count();
        prop_assert_eq!(sent.len(), expected, "every request that was not cancelled was sent");
        prop_assert!(sent.is_sorted(), "{:?}", ran.sent);
        prop_assert!(ran.sent.iter().zip(&ran.asked).all(|((_, sent), asked)| sent.is_none_or(|s| s >= *asked)));
        // Each window is used in full, apart from the time that its last responses take.
        let windows = (sent.len() as u64).div_ceil(limit.into()) + plans.len() as u64;
        prop_assert!(ran.end <= 2_000_000 + windows * (window + 2 * PATIENCE));
    }
}

#[test]
fn each_window_is_used_in_full() {
    // 200 requests at once, 50 per window of 5 s, and a network with almost no delay.
    let plans: Vec<_> = (0..200).map(|_| Plan { enters: 0, up: 200, down: 200, fate: Fate::Answered }).collect();
    let ran = run(50, 5_000_000, &plans);
    assert_eq!(ran.refused, 0);
    assert!(ran.end < 15_010_000, "expected little more than three windows, not {}", ran.end);
}
