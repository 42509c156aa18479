//! How long things are kept, by kind.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rusqlite::params;
use serde_json::value::RawValue;

use super::{Cache, Error, Kind};
use crate::filter::Jq;
use crate::model::time;

/// What decides whether, and how long, things of a kind are kept. Without any part: forever.
#[derive(Debug, Default)]
pub struct Policy {
    never: bool,
    ttl: Option<(String, Duration)>,
    lru: Option<u64>,
    filter: Option<(String, Jq)>,
}

impl Policy {
    /// Whether a thing of this JSON is kept at all. What a filter fails on is not.
    pub fn admits(&self, json: &str) -> bool {
        if self.never {
            return false;
        }
        let Some((_, jq)) = &self.filter else { return true };
        serde_json::from_str::<&RawValue>(json).is_ok_and(|value| jq.matches(value).unwrap_or(false))
    }

    pub const fn is_never(&self) -> bool {
        self.never
    }
}

impl FromStr for Policy {
    type Err = Error;

    /// Reads parts joined by `+`. A filter comes last: its program may have any character.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || Error::Policy(text.to_owned());
        let mut policy = Self::default();
        let mut rest = text.trim();
        loop {
            if let Some(program) = rest.strip_prefix("filter:") {
                policy.filter = Some((program.to_owned(), Jq::compile(program)?));
                return Ok(policy);
            }
            let (part, more) = rest.split_once('+').map_or((rest, None), |(part, more)| (part, Some(more)));
            match part.trim().split_once(':') {
                None if part.trim() == "forever" => {}
                None if part.trim() == "never" => policy.never = true,
                Some(("ttl", span)) => {
                    let length = time::duration(span).filter(|length| !length.is_zero()).ok_or_else(bad)?;
                    policy.ttl = Some((span.to_owned(), length));
                }
                Some(("lru", number)) => policy.lru = Some(number.parse().map_err(|_| bad())?),
                _ => return Err(bad()),
            }
            match more {
                Some(more) => rest = more.trim_start(),
                None => return Ok(policy),
            }
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.never.then(|| "never".to_owned()),
            self.ttl.as_ref().map(|(span, _)| format!("ttl:{span}")),
            self.lru.map(|number| format!("lru:{number}")),
            self.filter.as_ref().map(|(program, _)| format!("filter:{program}")),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        f.write_str(if parts.is_empty() { "forever" } else { "" })?;
        f.write_str(&parts.join("+"))
    }
}

/// All policies, and how often they are carried out unasked.
#[derive(Debug)]
pub struct Policies {
    set: Vec<(Kind, Policy)>,
    forever: Policy,
    pub interval_ms: i64,
}

impl Default for Policies {
    fn default() -> Self {
        let messages = Policy {
            ttl: Some(("6h".to_owned(), Duration::from_secs(6 * 3600))),
            lru: Some(20_000),
            ..Policy::default()
        };
        Self { set: vec![(Kind::Message, messages)], forever: Policy::default(), interval_ms: 5 * 60 * 1000 }
    }
}

impl Policies {
    pub fn of(&self, kind: Kind) -> &Policy {
        self.set.iter().find(|(k, _)| *k == kind).map_or(&self.forever, |(_, policy)| policy)
    }

    pub(super) fn set(&mut self, kind: Kind, policy: Policy) {
        self.set.retain(|(k, _)| *k != kind);
        self.set.push((kind, policy));
    }
}

/// A listener writes this much between two prunings at most, however short the interval is from being
/// over: at 2000 events a second the interval alone would let half a million rows pile up.
const MOST_WRITTEN: u64 = 10_000;

impl Cache {
    /// Removes what the policies keep no longer, and says how many rows of each kind that were.
    pub fn prune(&mut self, now_ms: i64) -> Result<Vec<(Kind, usize)>, Error> {
        let mut removed = Vec::new();
        let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| {
            let mut statement = self.connection().prepare_cached(sql).map_err(|e| self.of(e))?;
            statement.execute(params).map_err(|e| self.of(e))
        };
        for (kind, policy) in &self.policies.set {
            let mut count = 0;
            let number = kind.number();
            if policy.never {
                count += run("DELETE FROM entity WHERE scope = ?1 AND kind = ?2", params![self.scope, number])?;
            }
            if let Some((_, ttl)) = &policy.ttl {
                let oldest = now_ms.saturating_sub(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX));
                let sql = "DELETE FROM entity WHERE scope = ?1 AND kind = ?2 AND fetched_at < ?3";
                count += run(sql, params![self.scope, number, oldest])?;
            }
            if let Some(lru) = policy.lru {
                let sql = "DELETE FROM entity WHERE rowid IN (
                               SELECT rowid FROM entity WHERE scope = ?1 AND kind = ?2
                               ORDER BY used_at DESC LIMIT -1 OFFSET ?3)";
                count += run(sql, params![self.scope, number, i64::try_from(lru).unwrap_or(i64::MAX)])?;
            }
            if policy.filter.is_some() && !policy.never {
                count += self.prune_by_filter(*kind, policy)?;
            }
            if count > 0 {
                removed.push((*kind, count));
            }
        }
        // A list that lost a part is no longer whole.
        for (kind, _) in &removed {
            run("DELETE FROM listing WHERE scope = ?1 AND kind = ?2", params![self.scope, kind.number()])?;
        }
        self.set("pruned_at", &now_ms.to_string())?;
        self.pruned_at = now_ms;
        self.written = 0;
        Ok(removed)
    }

    fn prune_by_filter(&self, kind: Kind, policy: &Policy) -> Result<usize, Error> {
        let of = |e| self.of(e);
        let sql = "SELECT rowid, json FROM entity WHERE scope = ?1 AND kind = ?2";
        let mut statement = self.connection().prepare(sql).map_err(of)?;
        let mut rows = statement.query(params![self.scope, kind.number()]).map_err(of)?;
        let mut unwanted = Vec::new();
        while let Some(row) = rows.next().map_err(of)? {
            if !policy.admits(row.get_ref(1).and_then(|json| Ok(json.as_str()?)).map_err(of)?) {
                unwanted.push(row.get::<_, i64>(0).map_err(of)?);
            }
        }
        for rowid in &unwanted {
            self.connection().execute("DELETE FROM entity WHERE rowid = ?1", [rowid]).map_err(of)?;
        }
        Ok(unwanted.len())
    }

    /// Prunes if the last time is long enough ago.
    pub fn prune_if_due(&mut self, now_ms: i64) -> Result<(), Error> {
        // A clock that went back makes it due.
        let waited = now_ms.saturating_sub(self.pruned_at);
        let rested = (0..self.policies.interval_ms).contains(&waited);
        if rested && self.written < MOST_WRITTEN {
            return Ok(());
        }
        self.prune(now_ms).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_as_it_is_shown() {
        for text in ["forever", "never", "ttl:6h", "lru:2000", "ttl:6h+lru:20000", "lru:5+filter:.a + .b == 1"] {
            assert_eq!(text.parse::<Policy>().unwrap().to_string(), text);
        }
        for bad in ["", "ttl:", "ttl:soon", "lru:-1", "lru:many", "always", "ttl:6h+", "filter:]"] {
            assert!(bad.parse::<Policy>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_filter_decides_what_is_kept() {
        let policy: Policy = "filter:.author.bot | not".parse().unwrap();
        assert!(policy.admits(r#"{"author":{}}"#));
        assert!(!policy.admits(r#"{"author":{"bot":true}}"#));
        assert!(!policy.admits(r#"{"author":"odd"}"#), "what it fails on is not kept");
        assert_eq!(Policies::default().of(Kind::Message).to_string(), "ttl:6h+lru:20000");
        assert_eq!(Policies::default().of(Kind::Role).to_string(), "forever");
    }
}
