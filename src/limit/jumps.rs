//! Property tests: single requests, with changes of the system clock and reboots in between.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::answer::{Answer, Outcome, Quota, RateLimited, Scope};
use super::key::{Class, Key, Pool};
use super::limiter::Limiter;
use super::scopes::Scopes;
use super::verdict::{Verdict, WaitReason};
use crate::model::Clock;
use crate::store::Ledger;

/// What happens between two requests.
#[derive(Clone, Copy, Debug)]
enum Event {
    Pass(Duration),
    /// The system clock is moved by this many milliseconds.
    Set(i64),
    /// The machine reboots, and dcord starts this long after the boot.
    Reboot(Duration),
}

/// A simulated bucket on Discord's side, whose clock never jumps.
struct Server {
    limit: u32,
    window: Duration,
    now: Duration,
    ends: Duration,
    used: u32,
}

impl Server {
    fn answer(&mut self) -> Answer {
        if self.now >= self.ends {
            (self.ends, self.used) = (self.now + self.window, 0);
        }
        let reset_after = self.ends - self.now;
        let limited = self.used == self.limit;
        self.used += u32::from(!limited);
        Answer {
            status: if limited { 429 } else { 200 },
            bucket: Some("hash".to_owned()),
            quota: Some(Quota { limit: self.limit, remaining: self.limit - self.used, reset_after }),
            limited: limited.then_some(RateLimited { retry_after: reset_after, scope: Scope::User }),
            ..Answer::default()
        }
    }
}

struct World {
    clock: Clock,
    limiter: Arc<Limiter>,
    server: Server,
}

impl World {
    fn new(limit: u32, window: Duration) -> Self {
        let clock = Clock::manual();
        let ledger = Arc::new(Ledger::in_memory(clock.clone()));
        let scopes = Scopes::new("https://discord.com/api/v10", "https://discord.com", Some("Bot t"));
        let server = Server { limit, window, now: Duration::from_secs(1), ends: Duration::ZERO, used: 0 };
        Self { clock, limiter: Arc::new(Limiter::new(ledger, scopes)), server }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Pass(length) => {
                self.clock.pass(length);
                self.server.now += length;
            }
            Event::Set(by_ms) => self.clock.set(by_ms),
            Event::Reboot(since_boot) => self.clock.reboot(since_boot),
        }
    }

    /// Sends a request. Returns its response and the waits before it.
    fn send(&mut self) -> (Answer, Vec<Duration>) {
        let ticket = self.limiter.enter(key());
        let mut waits = Vec::new();
        loop {
            match ticket.poll() {
                Verdict::Go => break,
                Verdict::Wait { length: Some(length), reason: WaitReason::Bucket } => {
                    waits.push(length);
                    self.happen(Event::Pass(length));
                }
                verdict => panic!("expected a wait for the bucket: {verdict:?}"),
            }
            assert!(waits.len() < 4, "the request waits too often: {waits:?}");
        }
        let answer = self.server.answer();
        ticket.finish(&Outcome::Answer(answer.clone()));
        (answer, waits)
    }

    /// The number of requests that may be sent at once, out of `most + 1`.
    fn free(&self, most: u32) -> u32 {
        let tickets: Vec<_> = (0..=most).map(|_| self.limiter.enter(key())).collect();
        let going: Vec<_> = tickets.into_iter().filter(|ticket| ticket.poll() == Verdict::Go).collect();
        let count = u32::try_from(going.len()).unwrap();
        going.into_iter().for_each(|ticket| ticket.finish(&Outcome::NotSent));
        count
    }
}

fn key() -> Key {
    Key { route: "r".into(), major: "1".into(), class: Class::Plain, pool: Pool::Token }
}

const HOUR_MS: i64 = 3_600_000;

fn pass() -> impl Strategy<Value = Event> {
    (0..8000_u64).prop_map(|ms| Event::Pass(Duration::from_millis(ms)))
}

fn set() -> impl Strategy<Value = Event> {
    prop_oneof![-24 * HOUR_MS..24 * HOUR_MS, -10_000..10_000_i64].prop_map(Event::Set)
}

fn reboot() -> impl Strategy<Value = Event> {
    (0..2_000_000_u64).prop_map(|ms| Event::Reboot(Duration::from_millis(ms)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn setting_the_clock_causes_no_429_and_no_longer_wait(
        limit in 1..6_u32,
        events in prop::collection::vec(prop_oneof![pass(), set()], 1..20),
    ) {
        let window = Duration::from_secs(5);
        let mut world = World::new(limit, window);
        for event in events {
            world.happen(event);
            let (answer, waits) = world.send();
            prop_assert_eq!(answer.status, 200);
            prop_assert!(waits.iter().sum::<Duration>() <= window, "{:?}", waits);
        }
    }

    #[test]
    fn after_a_reboot_with_any_clock_no_wait_exceeds_the_window_and_each_answer_is_respected(
        limit in 1..6_u32,
        events in prop::collection::vec(prop_oneof![pass(), set(), reboot()], 1..20),
    ) {
        let window = Duration::from_secs(5);
        let mut world = World::new(limit, window);
        for event in events {
            world.happen(event);
            let (answer, waits) = world.send();
            prop_assert!(waits.iter().all(|wait| *wait <= window), "{:?}", waits);
            let left = answer.quota.unwrap().remaining;
            let free = world.free(left);
            prop_assert!(free <= left, "{free} of {left} after {event:?}");
        }
    }
}

#[test]
fn a_full_bucket_waits_for_its_window_after_the_clock_is_set_either_way() {
    for set_ms in [-HOUR_MS, HOUR_MS] {
        for at in 1..=5 {
            let mut world = World::new(5, Duration::from_secs(60));
            let mut waits = Vec::new();
            for sent in 0..6 {
                if sent == at {
                    world.happen(Event::Set(set_ms));
                }
                let (answer, waited) = world.send();
                assert_eq!(answer.status, 200, "{set_ms} before request {at}");
                waits.extend(waited);
            }
            assert_eq!(waits, [Duration::from_secs(60)], "{set_ms} before request {at}");
        }
    }
}
