//! Decides the order in which messages are deleted.

use std::time::Duration;

use crate::model::Snowflake;

/// Discord deletes several messages in one request only if all of them are younger than two weeks (Discord's
/// reference, "Bulk Delete Messages"). The margin allows for clock differences and for requests that wait.
const YOUNG_MS: u64 = 14 * 86_400_000 - 60_000;

/// The maximum number of messages in one request.
const MOST: usize = 100;

/// The usual intervals between requests. Discord does not document these limits, so they are used only for estimates.
const PER_BULK: Duration = Duration::from_secs(3);
const PER_YOUNG: Duration = Duration::from_millis(300);
const PER_OLD: Duration = Duration::from_secs(4);

/// The messages that are still to be deleted.
#[derive(Debug, Default)]
pub struct Queue {
    /// In descending order, newest first.
    young: Vec<Snowflake>,
    old: Vec<Snowflake>,
}

/// The messages of the next request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Bulk(Vec<Snowflake>),
    Single(Snowflake),
}

impl Queue {
    /// `ids` must be in descending order. `now_ms` is the time since the Unix epoch.
    pub fn new(ids: &[Snowflake], now_ms: u64) -> Self {
        let first_old = ids.partition_point(|id| is_young(*id, now_ms));
        let mut old = ids[first_old..].to_vec();
        // Reversed, because the newest message, which is deleted first, must be the last element.
        old.reverse();
        Self { young: ids[..first_old].to_vec(), old }
    }

    /// The messages to delete next. The oldest of the young messages come first, because they will soon be too old to
    /// be deleted together.
    pub fn next(&mut self, now_ms: u64) -> Option<Step> {
        while let Some(id) = self.young.pop_if(|id| !is_young(*id, now_ms)) {
            self.old.push(id);
        }
        match self.young.len() {
            0 => self.old.pop().map(Step::Single),
            1 => self.young.pop().map(Step::Single),
            count => Some(Step::Bulk(self.young.split_off(count.saturating_sub(MOST)))),
        }
    }

    /// Deletes these messages one by one, because Discord did not delete them together.
    pub fn delete_singly(&mut self, ids: Vec<Snowflake>) {
        self.old.extend(ids.into_iter().rev());
    }

    /// An estimate of the time that the requests take, based on Discord's usual limits.
    pub fn estimate(&self) -> Duration {
        let (bulks, rest) = (self.young.len() / MOST, self.young.len() % MOST);
        let singles = u32::from(rest == 1);
        let bulks = u32::try_from(bulks + usize::from(rest > 1)).unwrap_or(u32::MAX);
        let old = u32::try_from(self.old.len()).unwrap_or(u32::MAX);
        PER_BULK * bulks.saturating_sub(1) + PER_YOUNG * singles + PER_OLD * old
    }
}

fn is_young(id: Snowflake, now_ms: u64) -> bool {
    id.timestamp_ms() + YOUNG_MS > now_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;
    const DAY: u64 = 86_400_000;

    fn at(ms_ago: u64) -> Snowflake {
        Snowflake::at(i64::try_from(NOW - ms_ago).unwrap())
    }

    fn steps(mut queue: Queue) -> Vec<usize> {
        std::iter::from_fn(|| queue.next(NOW))
            .map(|step| match step {
                Step::Bulk(ids) => ids.len(),
                Step::Single(_) => 1,
            })
            .collect()
    }

    #[test]
    fn young_messages_go_together_and_old_ones_one_by_one() {
        let ids: Vec<Snowflake> = (0..250).map(|n| at(n * 1000)).chain([at(15 * DAY), at(16 * DAY)]).collect();
        assert_eq!(steps(Queue::new(&ids, NOW)), [100, 100, 50, 1, 1]);
        assert_eq!(steps(Queue::new(&ids[..101], NOW)), [100, 1]);
        assert_eq!(steps(Queue::new(&ids[..1], NOW)), [1]);
        assert_eq!(steps(Queue::default()), [0; 0]);
    }

    #[test]
    fn every_message_is_in_one_request() {
        let ids: Vec<Snowflake> = (0..350).map(|n| at(n * DAY / 20)).collect();
        let mut queue = Queue::new(&ids, NOW);
        let mut seen = Vec::new();
        while let Some(step) = queue.next(NOW) {
            match step {
                Step::Bulk(ids) => {
                    assert!((2..=100).contains(&ids.len()));
                    assert!(ids.iter().all(|id| id.timestamp_ms() + 14 * DAY > NOW));
                    seen.extend(ids);
                }
                Step::Single(id) => seen.push(id),
            }
        }
        seen.sort_by(|a, b| b.cmp(a));
        assert_eq!(seen, ids);
    }

    #[test]
    fn a_message_that_ages_while_others_are_deleted_is_deleted_singly() {
        let ids = [at(0), at(1), at(14 * DAY - 120_000)];
        let mut queue = Queue::new(&ids, NOW);
        assert_eq!(queue.next(NOW + 70_000), Some(Step::Bulk(vec![at(0), at(1)])));
        assert_eq!(queue.next(NOW + 70_000), Some(Step::Single(at(14 * DAY - 120_000))));
        assert_eq!(queue.next(NOW + 70_000), None);
    }
}
