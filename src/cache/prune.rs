//! Pruning: removing from the file what the policies no longer keep.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::params;

use super::policy::Policy;
use super::{Cache, Error, Kind};

/// A listener writes this much before messages beyond their number go, however short the interval is from
/// being over: at 2000 events a second the interval alone would let half a million rows pile up.
const MOST_WRITTEN: u64 = 10_000;

/// What a token has in the cache goes when it was not used for so long: it was changed, or its bot is gone.
const UNUSED: Duration = Duration::from_secs(90 * 24 * 3600);

impl Cache {
    /// Removes what the policies keep no longer, of all tokens, and says how many rows of each kind that were.
    pub fn prune(&mut self, now_ms: i64) -> Result<Vec<(Kind, usize)>, Error> {
        let removed = self.in_transaction(|cache| {
            let mut removed = BTreeMap::new();
            cache.run("UPDATE scope SET used_at = ?2 WHERE id = ?1", params![cache.scope, now_ms])?;
            cache.drop_unused(now_ms, &mut removed)?;
            for scope in cache.scopes()? {
                let own = scope == cache.scope;
                if !own && cache.has_own_policies(scope)? {
                    continue;
                }
                for (kind, policy) in cache.policies.all(own) {
                    let count = cache.prune_kind(scope, kind, policy, Some(now_ms))?;
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

    /// Prunes if the last time is long enough ago.
    pub fn prune_if_due(&mut self, now_ms: i64) -> Result<(), Error> {
        // A clock that went back makes it due.
        let waited = now_ms.saturating_sub(self.pruned_at);
        if !(0..self.policies.interval_ms).contains(&waited) {
            return self.prune(now_ms).map(|_| ());
        }
        if self.written < MOST_WRITTEN {
            return Ok(());
        }
        self.in_transaction(|cache| {
            let messages = cache.policies.of(Kind::Message);
            cache.prune_kind(cache.scope, Kind::Message, messages, None).map(|_| ())
        })?;
        self.written = 0;
        Ok(())
    }

    /// Removes what a policy does not keep of a scope's things of a kind; without a time, only those that are
    /// too many.
    fn prune_kind(&self, scope: i64, kind: Kind, policy: &Policy, now_ms: Option<i64>) -> Result<usize, Error> {
        let mut count = 0;
        // The number in the text tells SQLite that an index of messages will do.
        let number = kind.number();
        if let Some(now_ms) = now_ms {
            if policy.never {
                let sql = format!("DELETE FROM entity WHERE scope = ?1 AND kind = {number}");
                count += self.run(&sql, [scope])?;
            }
            if let Some((_, ttl)) = &policy.ttl {
                let oldest = now_ms.saturating_sub(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX));
                let sql = format!("DELETE FROM entity WHERE scope = ?1 AND kind = {number} AND fetched_at < ?2");
                count += self.run(&sql, [scope, oldest])?;
            }
            if policy.filter.is_some() && !policy.never {
                count += self.prune_by_filter(scope, kind, policy)?;
            }
        }
        if let Some(lru) = policy.lru {
            let sql = format!(
                "DELETE FROM entity WHERE rowid IN (SELECT rowid FROM entity WHERE scope = ?1 AND kind = {number}
                                                    ORDER BY used_at DESC LIMIT -1 OFFSET ?2)"
            );
            count += self.run(&sql, [scope, i64::try_from(lru).unwrap_or(i64::MAX)])?;
        }
        if count > 0 {
            // A list that lost a part is no longer whole.
            self.run("DELETE FROM listing WHERE scope = ?1 AND kind = ?2", params![scope, number])?;
        }
        Ok(count)
    }

    fn prune_by_filter(&self, scope: i64, kind: Kind, policy: &Policy) -> Result<usize, Error> {
        let of = |e| self.of(e);
        let sql = "SELECT rowid, json FROM entity WHERE scope = ?1 AND kind = ?2";
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

    /// Follows policies of the caller's own, whatever is set for all. From then on nobody else prunes
    /// what the caller's token has here.
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

    /// Drops the scopes of tokens that nobody uses any more.
    fn drop_unused(&self, now_ms: i64, removed: &mut BTreeMap<Kind, usize>) -> Result<(), Error> {
        let oldest = now_ms.saturating_sub(i64::try_from(UNUSED.as_millis()).unwrap_or(i64::MAX));
        let of = |e| self.of(e);
        let mut statement =
            self.connection().prepare_cached("SELECT id FROM scope WHERE used_at < ?1 AND id <> ?2").map_err(of)?;
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
    use crate::cache::change::How;
    use crate::cache::{Change, Source};
    use crate::model::Clock;

    #[test]
    fn own_policies_are_about_what_the_own_token_has() {
        let folder = tempfile::tempdir().unwrap();
        let open = |scope: &str| Cache::open(folder.path(), scope).unwrap();
        let role = || {
            [Change::Put {
                kind: Kind::Role,
                guild: Some(7),
                json: r#"{"id":"70","name":"a"}"#.into(),
                how: How::Whole,
            }]
        };
        let never = || vec![(Kind::Role, "never".parse().unwrap())];
        let rows = |scope: &str| open(scope).rows(Kind::Role, None, 9).unwrap().len();
        for scope in ["a", "b"] {
            open(scope).apply(Source::Rest, 1, &role()).unwrap();
        }
        let mut a = open("a");
        a.prefer_policies(never()).unwrap();
        a.prune(2).unwrap();
        assert_eq!((rows("a"), rows("b")), (0, 1));
        // What b wants kept is not for a to remove.
        open("b").prefer_policies(vec![(Kind::Role, Policy::default())]).unwrap();
        open("a").set_policy(Kind::Role, "never".parse().unwrap()).unwrap();
        open("a").prune(3).unwrap();
        assert_eq!(rows("b"), 1);
        open("b").prune(4).unwrap();
        assert_eq!(rows("b"), 0, "without its profile it is as all");
    }

    #[test]
    fn what_a_token_has_goes_when_it_was_unused_for_90_days_and_not_before() {
        const DAY: i64 = 24 * 3600 * 1000;
        let folder = tempfile::tempdir().unwrap();
        let open = |scope: &str| Cache::open(folder.path(), scope).unwrap();
        let things =
            [(Kind::Role, r#"{"id":"70"}"#), (Kind::Message, r#"{"id":"90","channel_id":"72","content":"a"}"#)];
        let things =
            things.map(|(kind, json)| Change::Put { kind, guild: Some(7), json: json.into(), how: How::Whole });
        let now = Clock::system().wall_ms();
        for scope in ["own", "in use", "unused"] {
            let mut cache = open(scope);
            cache.apply(Source::Rest, now + 91 * DAY, &things).unwrap();
            cache.apply(Source::Rest, now, &[Change::Listed { kind: Kind::Role, parent: 7, only: false }]).unwrap();
            cache.set_application("5").unwrap();
            // Own policies keep others from pruning, but not from dropping it all.
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
    fn policies_that_are_set_hold_for_what_every_token_in_use_has() {
        let folder = tempfile::tempdir().unwrap();
        let open = |scope: &str| Cache::open(folder.path(), scope).unwrap();
        let message = r#"{"id":"90","channel_id":"72","content":"a"}"#;
        let now = Clock::system().wall_ms();
        for (scope, at) in [("own", now), ("another", now - 2 * 3600 * 1000)] {
            open(scope).apply(Source::Rest, at, &[Change::Message { json: message, how: How::Whole }]).unwrap();
        }
        let rows = |scope: &str| open(scope).rows(Kind::Message, None, 9).unwrap().len();
        assert_eq!(open("own").prune(now).unwrap(), [], "both are younger than six hours");
        open("own").set_policy(Kind::Message, "ttl:1h".parse().unwrap()).unwrap();
        assert_eq!(open("own").prune(now).unwrap(), [(Kind::Message, 1)]);
        assert_eq!((rows("own"), rows("another")), (1, 0));
    }
}
