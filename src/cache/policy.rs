//! Policies: which objects of a kind the cache stores, and for how long.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde_json::value::RawValue;

use super::{Error, Kind};
use crate::filter::Jq;
use crate::model::time;

/// The policy of a kind. The empty policy stores objects forever.
#[derive(Debug, Default)]
pub struct Policy {
    pub(super) never: bool,
    pub(super) ttl: Option<(String, Duration)>,
    pub(super) lru: Option<u64>,
    pub(super) filter: Option<(String, Jq)>,
}

impl Policy {
    /// Whether the cache stores an object. It does not if the filter fails.
    pub fn admits(&self, json: &str) -> bool {
        if self.never {
            return false;
        }
        let Some((_, jq)) = &self.filter else { return true };
        serde_json::from_str::<&RawValue>(json).is_ok_and(|value| jq.matches(value).unwrap_or(false))
    }

    /// Whether the cache stores all objects of the kind, at least for a time.
    pub const fn keeps_all(&self) -> bool {
        !self.never && self.filter.is_none()
    }

    pub const fn is_never(&self) -> bool {
        self.never
    }

    /// The policy in words: `kept for 6h, at most 20000`.
    pub fn words(&self) -> String {
        if self.never {
            return "never stored".to_owned();
        }
        let parts = [
            Some(self.ttl.as_ref().map_or_else(|| "kept forever".to_owned(), |(span, _)| format!("kept for {span}"))),
            self.lru.map(|number| format!("at most {number}")),
            self.filter.as_ref().map(|(program, _)| format!("only if {program}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl FromStr for Policy {
    type Err = Error;

    /// Parses parts that are joined by `+`. A filter must be the last part, because its program may contain any character.
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

/// The policies of all kinds, and the interval of automatic pruning.
#[derive(Debug)]
pub struct Policies {
    set: Vec<(Kind, Policy)>,
    /// The policies of the caller's profile, which take precedence in its own scope.
    preferred: Vec<(Kind, Policy)>,
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
        Self {
            set: vec![(Kind::Message, messages)],
            preferred: Vec::new(),
            forever: Policy::default(),
            interval_ms: 5 * 60 * 1000,
        }
    }
}

impl Policies {
    pub fn of(&self, kind: Kind) -> &Policy {
        let mut all = self.preferred.iter().chain(&self.set);
        all.find(|(k, _)| *k == kind).map_or(&self.forever, |(_, policy)| policy)
    }

    /// The policies that can remove rows: those of the caller's scope if `own` is set, otherwise those of other scopes.
    pub(super) fn all(&self, own: bool) -> impl Iterator<Item = (Kind, &Policy)> {
        let preferred = if own { &self.preferred[..] } else { &[] };
        let set = self.set.iter().filter(move |(kind, _)| preferred.iter().all(|(k, _)| k != kind));
        preferred.iter().chain(set).map(|(kind, policy)| (*kind, policy))
    }

    pub(super) fn prefer(&mut self, policies: Vec<(Kind, Policy)>) {
        self.preferred = policies;
    }

    pub(super) fn set(&mut self, kind: Kind, policy: Policy) {
        self.set.retain(|(k, _)| *k != kind);
        self.set.push((kind, policy));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_parses_from_its_display() {
        for text in ["forever", "never", "ttl:6h", "lru:2000", "ttl:6h+lru:20000", "lru:5+filter:.a + .b == 1"] {
            assert_eq!(text.parse::<Policy>().unwrap().to_string(), text);
        }
        for bad in ["", "ttl:", "ttl:soon", "lru:-1", "lru:many", "always", "ttl:6h+", "filter:]"] {
            assert!(bad.parse::<Policy>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_filter_decides_which_objects_are_stored() {
        let policy: Policy = "filter:.author.bot | not".parse().unwrap();
        assert!(policy.admits(r#"{"author":{}}"#));
        assert!(!policy.admits(r#"{"author":{"bot":true}}"#));
        assert!(!policy.admits(r#"{"author":"odd"}"#), "an object on which the filter fails is not stored");
        assert_eq!(Policies::default().of(Kind::Message).to_string(), "ttl:6h+lru:20000");
        assert_eq!(Policies::default().of(Kind::Role).to_string(), "forever");
    }
}
