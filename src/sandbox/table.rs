//! Rows by id. Seeded rows are generated when they are read.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::{Map, Value};

use crate::catalogue::{Paging, Walk};
use crate::model::Snowflake;

/// Rows with evenly spaced ids that a function generates: they take no memory.
pub(super) struct Seeded {
    pub first: u64,
    pub step: u64,
    pub count: u64,
    /// Generates the row with this index and id.
    pub make: Box<dyn Fn(u64, u64) -> Value + Send>,
}

impl Seeded {
    fn index(&self, id: u64) -> Option<u64> {
        let past = id.checked_sub(self.first)?;
        (past % self.step == 0 && past / self.step < self.count).then(|| past / self.step)
    }

    fn id(&self, index: u64) -> Option<u64> {
        (index < self.count).then(|| self.first + index * self.step)
    }

    /// The lowest id that is at least `from`.
    fn at_least(&self, from: u64) -> Option<u64> {
        self.id(from.saturating_sub(self.first).div_ceil(self.step))
    }

    /// The highest id that is at most `to`.
    fn at_most(&self, to: u64) -> Option<u64> {
        let past = to.checked_sub(self.first)?;
        self.id((past / self.step).min(self.count.checked_sub(1)?))
    }
}

/// Values by id, in ascending order of ids.
#[derive(Default)]
pub(super) struct Table {
    seeded: Option<Seeded>,
    /// The rows that differ from the seeded ones. `None` marks a deleted seeded row.
    changed: BTreeMap<u64, Option<Value>>,
    len: usize,
}

impl Table {
    pub fn seeded(seeded: Seeded) -> Self {
        let len = seeded.count as usize;
        Self { seeded: Some(seeded), changed: BTreeMap::new(), len }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn contains(&self, id: u64) -> bool {
        match self.changed.get(&id) {
            Some(row) => row.is_some(),
            None => self.seeded.as_ref().is_some_and(|s| s.index(id).is_some()),
        }
    }

    pub fn get(&self, id: u64) -> Option<Value> {
        match self.changed.get(&id) {
            Some(row) => row.clone(),
            None => self.seeded.as_ref().and_then(|s| s.index(id).map(|index| (s.make)(index, id))),
        }
    }

    pub fn set(&mut self, id: u64, row: Value) {
        self.len += usize::from(!self.contains(id));
        self.changed.insert(id, Some(row));
    }

    pub fn remove(&mut self, id: u64) -> Option<Value> {
        let row = self.get(id)?;
        self.len -= 1;
        if self.seeded.as_ref().is_some_and(|s| s.index(id).is_some()) {
            self.changed.insert(id, None);
        } else {
            self.changed.remove(&id);
        }
        Some(row)
    }

    /// The lowest id that is at least `from`.
    fn next(&self, mut from: u64) -> Option<u64> {
        loop {
            let made = self.seeded.as_ref().and_then(|s| s.at_least(from));
            let changed = self.changed.range(from..).next().map(|(id, row)| (*id, row.is_some()));
            match (made, changed) {
                (None, None) => return None,
                (Some(id), None) => return Some(id),
                (Some(id), Some((other, _))) if id < other => return Some(id),
                (_, Some((id, true))) => return Some(id),
                (_, Some((id, false))) => from = id.checked_add(1)?,
            }
        }
    }

    /// The highest id that is at most `to`.
    fn previous(&self, mut to: u64) -> Option<u64> {
        loop {
            let made = self.seeded.as_ref().and_then(|s| s.at_most(to));
            let changed = self.changed.range(..=to).next_back().map(|(id, row)| (*id, row.is_some()));
            match (made, changed) {
                (None, None) => return None,
                (Some(id), None) => return Some(id),
                (Some(id), Some((other, _))) if id > other => return Some(id),
                (_, Some((id, true))) => return Some(id),
                (_, Some((id, false))) => to = id.checked_sub(1)?,
            }
        }
    }

    /// The ids from `from` on, in ascending order.
    pub fn ascending(&self, from: Bound<u64>) -> impl Iterator<Item = u64> + '_ {
        let first = match from {
            Bound::Included(id) => Some(id),
            Bound::Excluded(id) => id.checked_add(1),
            Bound::Unbounded => Some(0),
        };
        std::iter::successors(first.and_then(|id| self.next(id)), |id| self.next(id.checked_add(1)?))
    }

    /// The ids from `to` on, in descending order.
    pub fn descending(&self, to: Bound<u64>) -> impl Iterator<Item = u64> + '_ {
        let last = match to {
            Bound::Included(id) => Some(id),
            Bound::Excluded(id) => id.checked_sub(1),
            Bound::Unbounded => Some(u64::MAX),
        };
        std::iter::successors(last.and_then(|id| self.previous(id)), |id| self.previous(id.checked_sub(1)?))
    }

    /// All rows, in ascending order of ids.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.ascending(Bound::Unbounded).filter_map(|id| self.get(id))
    }

    /// The ids of a page, in Discord's order, and whether another page follows.
    pub fn page(&self, window: &Window) -> (Vec<u64>, bool) {
        let limit = window.limit;
        if let Some(middle) = window.around {
            let older = self.descending(Bound::Excluded(middle)).take(limit / 2).collect::<Vec<_>>();
            let mut ids: Vec<u64> = older.into_iter().rev().collect();
            ids.extend(self.ascending(Bound::Included(middle)).take(limit - limit / 2));
            ids.reverse();
            return (ids, false);
        }
        // `before` takes precedence where an endpoint accepts both.
        let ascending = match (window.before, window.after) {
            (Some(_), _) => false,
            (None, Some(_)) => true,
            (None, None) => !window.newest_first,
        };
        let mut ids: Vec<u64> = if ascending {
            self.ascending(window.after.map_or(Bound::Unbounded, Bound::Excluded)).take(limit + 1).collect()
        } else {
            self.descending(window.before.map_or(Bound::Unbounded, Bound::Excluded)).take(limit + 1).collect()
        };
        let more = ids.len() > limit;
        ids.truncate(limit);
        if ascending == window.newest_first {
            ids.reverse();
        }
        (ids, more)
    }
}

impl FromIterator<(u64, Value)> for Table {
    fn from_iter<I: IntoIterator<Item = (u64, Value)>>(rows: I) -> Self {
        let changed: BTreeMap<_, _> = rows.into_iter().map(|(id, row)| (id, Some(row))).collect();
        Self { seeded: None, len: changed.len(), changed }
    }
}

/// The requested page of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub before: Option<u64>,
    pub after: Option<u64>,
    pub around: Option<u64>,
    pub limit: usize,
    pub offset: usize,
    pub newest_first: bool,
}

impl Window {
    /// Reads the row's cursors from a checked query. Without paging, the whole list is one page.
    pub fn read(paging: Option<&Paging>, query: &Map<String, Value>) -> Self {
        let limit = query.get("limit").and_then(Value::as_u64).map(|n| n as usize);
        let Some(paging) = paging else {
            return Self { limit: limit.unwrap_or(usize::MAX - 1), ..Self::default() };
        };
        if paging.only_with.is_some_and(|flag| query.get(flag) != Some(&Value::Bool(true))) {
            return Self { limit: usize::MAX - 1, ..Self::default() };
        }
        let cursor = |name: &str, taken: bool| taken.then(|| query.get(name).and_then(key)).flatten();
        Self {
            before: cursor("before", paging.before),
            after: cursor("after", paging.after),
            around: cursor("around", paging.around),
            limit: limit.unwrap_or(paging.default as usize),
            offset: query.get("offset").and_then(Value::as_u64).unwrap_or(0) as usize,
            newest_first: paging.walk == Walk::Before,
        }
    }

    /// The page of a list, and whether another page follows. Each row has the key that orders it.
    pub fn cut(&self, rows: impl IntoIterator<Item = (u64, Value)>) -> (Vec<Value>, bool) {
        let table: Table = rows.into_iter().collect();
        let (ids, more) = table.page(&Self { limit: self.limit.saturating_add(self.offset), ..*self });
        (ids.into_iter().skip(self.offset).filter_map(|id| table.get(id)).collect(), more)
    }
}

/// The key that orders a list: a snowflake's number, or a timestamp in Unix milliseconds.
pub(super) fn key(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text
            .parse::<Snowflake>()
            .map(Snowflake::get)
            .ok()
            .or_else(|| text.parse::<jiff::Timestamp>().ok().and_then(|t| u64::try_from(t.as_millisecond()).ok())),
        other => other.as_u64(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn table(count: u64) -> Table {
        Table::seeded(Seeded { first: 10, step: 10, count, make: Box::new(|index, id| json!([index, id])) })
    }

    #[test]
    fn a_seeded_row_is_generated_when_read_and_can_be_changed_and_deleted() {
        let mut t = table(1_000_000_000);
        assert_eq!(t.get(30), Some(json!([2, 30])));
        assert_eq!(t.get(31), None);
        assert_eq!(t.remove(30), Some(json!([2, 30])));
        assert_eq!((t.get(30), t.len()), (None, 999_999_999));
        t.set(31, json!("new"));
        t.set(40, json!("edited"));
        assert_eq!(t.len(), 1_000_000_000);
        assert_eq!(t.ascending(Bound::Excluded(10)).take(4).collect::<Vec<_>>(), [20, 31, 40, 50]);
        assert_eq!(t.descending(Bound::Included(41)).collect::<Vec<_>>(), [40, 31, 20, 10]);
        assert_eq!(t.remove(30), None);
    }

    #[test]
    fn pages_have_discords_order_and_bounds() {
        let t = table(10);
        let newest = Window { limit: 3, newest_first: true, ..Window::default() };
        let oldest = Window { limit: 3, ..Window::default() };
        for (window, ids, more) in [
            (newest, [100, 90, 80], true),
            (Window { before: Some(80), ..newest }, [70, 60, 50], true),
            (Window { after: Some(80), ..newest }, [100, 90, 0], false),
            (Window { after: Some(10), ..newest }, [40, 30, 20], true),
            (Window { around: Some(50), ..newest }, [60, 50, 40], false),
            (oldest, [10, 20, 30], true),
            (Window { after: Some(20), ..oldest }, [30, 40, 50], true),
            (Window { before: Some(60), ..oldest }, [30, 40, 50], true),
            (Window { before: Some(60), after: Some(70), ..oldest }, [30, 40, 50], true),
        ] {
            let ids: Vec<u64> = ids.into_iter().filter(|id| *id > 0).collect();
            assert_eq!(t.page(&window), (ids, more), "{window:?}");
        }
    }

    proptest! {
        #[test]
        fn a_table_behaves_like_a_map(steps in prop::collection::vec((0u64..120, any::<bool>()), 0..60)) {
            let mut t = table(8);
            let mut map: BTreeMap<u64, Value> = (0..8).map(|i| (10 + i * 10, json!([i, 10 + i * 10]))).collect();
            for (id, remove) in steps {
                if remove {
                    prop_assert_eq!(t.remove(id), map.remove(&id));
                } else {
                    t.set(id, json!(id));
                    map.insert(id, json!(id));
                }
            }
            prop_assert_eq!(t.len(), map.len());
            prop_assert_eq!(t.values().collect::<Vec<_>>(), map.values().cloned().collect::<Vec<_>>());
            prop_assert_eq!(t.descending(Bound::Unbounded).collect::<Vec<_>>(), map.keys().rev().copied().collect::<Vec<_>>());
        }
    }
}
