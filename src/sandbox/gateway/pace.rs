//! Gives a session the messages of a flood, no faster than they are due and read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::flood::{Flood, Template, now_us};
use super::session::Session;

/// How often a paced flood looks whether more is due. Tokio's timers are no finer.
const TICK: Duration = Duration::from_millis(1);

/// Floods one session until all is sent or it ends.
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
            Some(number) if number < due => session.room().await,
            Some(_) => _ = tick.tick().await,
        }
    }
}
