//! Adds the messages of a flood to a session, at the flood's rate and only as fast as the client
//! reads them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::flood::{Flood, Template, now_us};
use super::session::Session;

/// How often a flood with a rate checks whether messages are due. Tokio's timers have this
/// resolution.
const TICK: Duration = Duration::from_millis(1);

/// Floods one session until all messages are added or the session ends.
pub(super) async fn run(flood: Flood, template: Arc<Template>, session: Arc<Session>) {
    let start = Instant::now();
    let Some(begin) = session.flood(&template, 0, 0) else { return };
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        let due = flood.rate.map_or(flood.events, |rate| {
            let due = (start.elapsed().as_secs_f64() * rate) as u64;
            begin.saturating_add(due).min(flood.events)
        });
        match session.flood(&template, due, now_us()) {
            None => return,
            Some(number) if number >= flood.events => return,
            Some(number) if number < due => session.wait_for_room().await,
            Some(_) => _ = tick.tick().await,
        }
    }
}
