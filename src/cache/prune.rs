//! Removes rows: those that the policies no longer keep, or all of them.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::params;

use super::policy::Policy;
use super::{Cache, Error, Kind};

/// The `parent` of a `listing` row that applies to all lists of a kind. No id has this value.
pub(super) const EVERY_PARENT: i64 = -1;

/// After writing this many rows, a listener prunes messages to the number in their policy even before the interval has passed.
/// At 2000 events a second, half a million rows would otherwise accumulate.
const MAX_WRITTEN: u64 = 10_000;

/// The rows of a token that has not been used for this long are removed, because the token was changed or its bot no longer
/// exists.
const UNUSED_SCOPE_TTL: Duration = Duration::from_secs(90 * 24 * 3600);

impl Cache {
    /// Removes the rows of all tokens that the policies no longer keep. Returns their number by kind.
    pub fn prune(&mut self, now_ms: i64) -> Result<Vec<(Kind, usize)>, Error> {
        let removed = self.in_transaction(|cache| {
            let mut removed = BTreeMap::new();
            // A time in the future would delay the removal of an unused scope.
            cache.run("UPDATE scope SET used_at = ?2 WHERE id = ?1 OR used_at > ?2", params![cache.scope, now_ms])?;
            cache.remove_unused_scopes(now_ms, &mut removed)?;
            for scope in cache.scopes()? {
                let own = scope == cache.scope;
                if !own && cache.has_own_policies(scope)? {
                    continue;
                }
                for (kind, policy) in cache.policies.all(own) {
                    let count = cache.prune_kind(scope, kind, policy, now_ms)?;
                    *removed.entry(kind).or_default() += count;
                }
            }
            cache.set("pruned_at", &now_ms.to_string())?;
            Ok(removed)
        })?;
        self.pruned_at = now_ms;
        self.written = 0;
        Ok(removed.into_iter().filter(|(_, count)| *count > 0).collect())
    }

    /// Removes all rows of this scope, or those of a kind.
    pub fn clear(&mut self, kind: Option<Kind>, now_ms: i64) -> Result<usize, Error> {
        self.recent_writes.clear();
        self.in_transaction(|cache| {
            let mut removed = 0;
            for kind in kind.map_or(Kind::ALL.to_vec(), |kind| vec![kind]) {
                let params = params![cache.scope, kind.number()];
                removed += cache.run("DELETE FROM entity WHERE scope = ?1 AND kind = ?2", params)?;
                if kind == Kind::Message {
                    cache.run("DELETE FROM history WHERE scope = ?1", [cache.scope])?;
                }
                cache.invalidate_lists(cache.scope, kind, now_ms)?;
            }
            Ok(removed)
        })
    }

    /// Whether the last pruning was long enough ago, or its time is in the future because the clock was set back.
    pub(super) fn is_prune_due(&self, now_ms: i64) -> bool {
        !(0..self.policies.interval_ms).contains(&now_ms.saturating_sub(self.pruned_at))
    }

    /// Prunes if pruning is due, or if this process has written many rows since the last pruning.
    pub fn prune_if_due(&mut self, now_ms: i64) -> Result<(), Error> {
        if self.is_prune_due(now_ms) {
            return self.prune(now_ms).map(|_| ());
        }
        if self.written < MAX_WRITTEN {
            return Ok(());
        }
        self.in_transaction(|cache| {
            let messages = cache.policies.of(Kind::Message);
            cache.prune_to_number(cache.scope, Kind::Message, messages, now_ms).map(|_| ())
        })?;
        self.written = 0;
        Ok(())
    }

    /// Removes the rows of a kind in a scope that a policy does not keep. Also removes rows with times in the future, which
    /// exist if the clock was set back and may be of any age.
    fn prune_kind(&self, scope: i64, kind: Kind, policy: &Policy, now_ms: i64) -> Result<usize, Error> {
        let mut count = 0;
        // A literal number lets SQLite recognise that it can use the index of messages. The history, which may be large, is not
        // in this index.
        let number = kind.number();
        let entity = if kind == Kind::Message { "entity INDEXED BY entity_used" } else { "entity" };
        if policy.never {
            let sql = format!("DELETE FROM {entity} WHERE scope = ?1 AND kind = {number} AND kept = 0");
            count += self.run(&sql, [scope])?;
        }
        if let Some((_, ttl)) = &policy.ttl {
            let oldest = now_ms.saturating_sub(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX));
            let sql = format!(
                "DELETE FROM {entity} WHERE scope = ?1 AND kind = {number} AND kept = 0 AND fetched_at NOT BETWEEN ?2 AND ?3"
            );
            count += self.run(&sql, [scope, oldest, now_ms])?;
        }
        if policy.filter.is_some() && !policy.never {
            count += self.prune_by_filter(scope, kind, policy)?;
        }
        if count > 0 {
            self.invalidate_lists(scope, kind, now_ms)?;
        }
        if policy.lru.is_some() {
            let sql = format!(
                "UPDATE {entity} SET used_at = ?2 WHERE scope = ?1 AND kind = {number} AND kept = 0 AND used_at > ?2"
            );
            self.run(&sql, [scope, now_ms])?;
        }
        Ok(count + self.prune_to_number(scope, kind, policy, now_ms)?)
    }

    /// Removes the least recently used rows beyond the number that a policy keeps.
    fn prune_to_number(&self, scope: i64, kind: Kind, policy: &Policy, now_ms: i64) -> Result<usize, Error> {
        let Some(lru) = policy.lru else { return Ok(0) };
        let sql = format!(
            "DELETE FROM entity WHERE rowid IN (SELECT rowid FROM entity WHERE scope = ?1 AND kind = {} AND kept = 0
                                                ORDER BY used_at DESC LIMIT -1 OFFSET ?2)",
            kind.number()
        );
        let count = self.run(&sql, [scope, i64::try_from(lru).unwrap_or(i64::MAX)])?;
        if count > 0 {
            self.invalidate_lists(scope, kind, now_ms)?;
        }
        Ok(count)
    }

    /// Records that all lists of a kind observed so far are incomplete, because rows were removed. This includes lists that a
    /// command is still reading page by page.
    pub(super) fn invalidate_lists(&self, scope: i64, kind: Kind, now_ms: i64) -> Result<(), Error> {
        let sql = "INSERT INTO listing (scope, kind, parent, fetched_at, changed_at) VALUES (?1, ?2, ?3, 0, ?4)
                   ON CONFLICT (scope, kind, parent) DO UPDATE SET changed_at = ?4";
        self.run(sql, params![scope, kind.number(), EVERY_PARENT, now_ms]).map(|_| ())
    }

    fn prune_by_filter(&self, scope: i64, kind: Kind, policy: &Policy) -> Result<usize, Error> {
        let of = |e| self.of(e);
        let sql = "SELECT rowid, json FROM entity WHERE scope = ?1 AND kind = ?2 AND kept = 0";
        let mut statement = self.connection().prepare_cached(sql).map_err(of)?;
        let mut rows = statement.query(params![scope, kind.number()]).map_err(of)?;
        let mut unwanted = Vec::new();
        while let Some(row) = rows.next().map_err(of)? {
            if !policy.admits(row.get_ref(1).and_then(|json| Ok(json.as_str()?)).map_err(of)?) {
                unwanted.push(row.get::<_, i64>(0).map_err(of)?);
            }
        }
        for rowid in &unwanted {
            self.run("DELETE FROM entity WHERE rowid = ?1", [rowid])?;
        }
        Ok(unwanted.len())
    }

    /// Uses the policies of the caller's profile. From now on, only processes with the same token prune its rows.
    pub fn prefer_policies(&mut self, policies: Vec<(Kind, Policy)>) -> Result<(), Error> {
        if !policies.is_empty() && !self.has_own_policies(self.scope)? {
            self.set(&format!("own-policies.{}", self.scope), "yes")?;
        }
        self.policies.prefer(policies);
        Ok(())
    }

    fn has_own_policies(&self, scope: i64) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM setting WHERE name = 'own-policies.' || ?1";
        let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
        statement.exists([scope]).map_err(|e| self.of(e))
    }

    fn scopes(&self) -> Result<Vec<i64>, Error> {
        let mut statement = self.connection().prepare_cached("SELECT id FROM scope").map_err(|e| self.of(e))?;
        let rows = statement.query_map([], |row| row.get(0));
        rows.and_then(Iterator::collect).map_err(|e| self.of(e))
    }

    /// Removes the scopes of tokens that have not been used for a long time, unless they have history.
    fn remove_unused_scopes(&self, now_ms: i64, removed: &mut BTreeMap<Kind, usize>) -> Result<(), Error> {
        let oldest = now_ms.saturating_sub(i64::try_from(UNUSED_SCOPE_TTL.as_millis()).unwrap_or(i64::MAX));
        let of = |e| self.of(e);
        let sql = "SELECT id FROM scope WHERE used_at < ?1 AND id <> ?2
                   AND NOT EXISTS (SELECT 1 FROM history WHERE history.scope = scope.id)";
        let mut statement = self.connection().prepare_cached(sql).map_err(of)?;
        let rows = statement.query_map([oldest, self.scope], |row| row.get(0));
        let unused: Vec<i64> = rows.and_then(Iterator::collect).map_err(of)?;
        for scope in unused {
            for kind in Kind::ALL {
                let sql = "DELETE FROM entity WHERE scope = ?1 AND kind = ?2";
                *removed.entry(kind).or_default() += self.run(sql, params![scope, kind.number()])?;
            }
            for sql in [
                "DELETE FROM listing WHERE scope = ?1",
                "DELETE FROM listener WHERE scope = ?1",
                "DELETE FROM tombstone WHERE scope = ?1",
                "DELETE FROM setting WHERE name IN ('application.' || ?1, 'user.' || ?1, 'own-policies.' || ?1)",
                "DELETE FROM scope WHERE id = ?1",
            ] {
                self.run(sql, [scope])?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::change::Update;
    use crate::cache::{Change, Observation};
    use crate::model::Clock;

    #[test]
    fn the_policies_of_a_profile_apply_to_the_rows_of_its_token() {
        let folder = tempfile::tempdir().unwrap();
        let open = |scope: &str| Cache::open(folder.path(), scope).unwrap();
        let role = || {
            [Change::Put {
                kind: Kind::Role,
                guild: Some(7),
                json: r#"{"id":"70","name":"a"}"#.into(),
                update: Update::Replace,
            }]
        };
        let never = || vec![(Kind::Role, "never".parse().unwrap())];
        let rows = |scope: &str| open(scope).rows(Kind::Role, None, 9).unwrap().len();
        for scope in ["a", "b"] {
            open(scope).apply(Observation::answer(1), 1, &role()).unwrap();
        }
        let mut a = open("a");
        a.prefer_policies(never()).unwrap();
        a.prune(2).unwrap();
        assert_eq!((rows("a"), rows("b")), (0, 1));
        // The policies of one token do not remove rows of another token with its own policies.
        open("b").prefer_policies(vec![(Kind::Role, Policy::default())]).unwrap();
        open("a").set_policy(Kind::Role, "never".parse().unwrap()).unwrap();
        open("a").prune(3).unwrap();
        assert_eq!(rows("b"), 1);
        open("b").prune(4).unwrap();
        assert_eq!(rows("b"), 0, "without its profile, the general policy applies");
    }

    #[test]
    fn the_rows_of_a_token_are_removed_after_90_days_without_use() {
        const DAY: i64 = 24 * 3600 * 1000;
        let folder = tempfile::tempdir().unwrap();
        let open = |scope: &str| Cache::open(folder.path(), scope).unwrap();
        let things =
            [(Kind::Role, r#"{"id":"70"}"#), (Kind::Message, r#"{"id":"90","channel_id":"72","content":"a"}"#)];
        let things =
            things.map(|(kind, json)| Change::Put { kind, guild: Some(7), json: json.into(), update: Update::Replace });
        let now = Clock::system().wall_ms();
        for scope in ["own", "in use", "unused"] {
            let mut cache = open(scope);
            cache.apply(Observation::answer(now + 91 * DAY), now + 91 * DAY, &things).unwrap();
            let listed = Change::Listed { kind: Kind::Role, parent: 7, only: false };
            cache.apply(Observation::answer(now), now, &[listed]).unwrap();
            cache.set_application("5").unwrap();
            // Processes with other tokens do not prune the rows of a token with its own policies, but remove unused tokens.
            cache.prefer_policies(vec![(Kind::Message, Policy::default())]).unwrap();
        }
        let sql = "UPDATE scope SET used_at = ?1 WHERE name = ?2";
        let mut own = open("own");
        own.run(sql, params![now + DAY, "unused"]).unwrap();
        own.run(sql, params![now + DAY + 1, "in use"]).unwrap();
        assert_eq!(own.prune(now + 91 * DAY).unwrap(), []);
        assert_eq!(own.prune(now + 91 * DAY + 1).unwrap(), [(Kind::Role, 1), (Kind::Message, 1)]);
        let rows = |kind: Kind| -> i64 {
            let sql = "SELECT count(*) FROM entity WHERE kind = ?1";
            own.connection().query_row(sql, [kind.number()], |row| row.get(0)).unwrap()
        };
        assert_eq!((rows(Kind::Role), rows(Kind::Message)), (2, 2));
        let left = |table: &str| -> i64 {
            own.connection().query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
        };
        assert_eq!((left("scope"), left("listing")), (2, 2));
        assert_eq!(left("setting WHERE name LIKE 'application.%' OR name LIKE 'own-policies.%'"), 4);
    }

    #[test]
    fn general_policies_apply_to_the_rows_of_every_token_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let open = |scope: &str| Cache::open(folder.path(), scope).unwrap();
        let message = r#"{"id":"90","channel_id":"72","content":"a"}"#;
        let now = Clock::system().wall_ms();
        for (scope, at) in [("own", now), ("another", now - 2 * 3600 * 1000)] {
            let message = Change::Message { json: message, update: Update::Replace };
            open(scope).apply(Observation::answer(at), now, &[message]).unwrap();
        }
        let rows = |scope: &str| open(scope).rows(Kind::Message, None, 9).unwrap().len();
        assert_eq!(open("own").prune(now).unwrap(), [], "both are younger than six hours");
        open("own").set_policy(Kind::Message, "ttl:1h".parse().unwrap()).unwrap();
        assert_eq!(open("own").prune(now).unwrap(), [(Kind::Message, 1)]);
        assert_eq!((rows("own"), rows("another")), (1, 0));
    }
}
