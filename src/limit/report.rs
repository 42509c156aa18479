//! Lists what is known of limits, and forgets it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::bucket::Bucket;
use super::global;
use super::invalid;
use super::records::{self, Common, Host, OwnedEntry, kind};
use super::state::{Phase, Route};
use crate::model::Moment;
use crate::store::{Error, Transaction};

/// One limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: Kind,
    /// The API, and a hash of the token; or the host.
    pub scope: String,
    /// What the limit applies to: routes and the resource, where they have a bucket.
    pub name: String,
    pub limit: Option<u32>,
    /// How many requests are left, those in flight taken off.
    pub remaining: Option<u32>,
    /// Requests that wait for the limit.
    pub waiting: u32,
    /// How long until the whole limit is available again.
    pub reset_after: Option<Duration>,
}

/// What kind of limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bucket,
    Global,
    Hidden,
    Invalid,
    Blocked,
    DeadToken,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::Global => "global",
            Self::Hidden => "hidden",
            Self::Invalid => "invalid",
            Self::Blocked => "blocked",
            Self::DeadToken => "dead-token",
        }
    }
}

/// What to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// Cloudflare's blocks, the counts of invalid requests, hidden limits.
    Blocks,
    /// Which tokens Discord has refused.
    Tokens,
}

/// All current limits. The tickets of dead processes are removed first: where no process waits, nobody else removes them.
pub fn report(transaction: &Transaction<'_>) -> Result<Vec<Line>, Error> {
    let now = transaction.now();
    let mut lines = Vec::new();
    for scope in transaction.scopes()? {
        if let Some(host) = transaction.get::<Host>(&scope, kind::HOST, "")? {
            of_host(&scope, host, now, &mut lines);
        }
        records::release_dead(transaction, &scope)?;
        of_scope(transaction, &scope, &mut lines)?;
    }
    Ok(lines)
}

fn of_host(scope: &str, mut host: Host, now: Moment, lines: &mut Vec<Line>) {
    let line = |kind, name: &str| Line {
        kind,
        scope: scope.to_owned(),
        name: name.to_owned(),
        limit: None,
        remaining: None,
        waiting: 0,
        reset_after: None,
    };
    if let Some(left) = host.blocked.map(|blocked| blocked.left(now)).filter(|left| !left.is_zero()) {
        lines.push(Line { reset_after: Some(left), ..line(Kind::Blocked, "every request from this address") });
    }
    let count = host.invalid.count(now);
    if count > 0 {
        lines.push(Line {
            limit: Some(invalid::STOP),
            remaining: Some(invalid::STOP.saturating_sub(count)),
            reset_after: Some(host.invalid.left(now)),
            ..line(Kind::Invalid, "answers of 401, 403 and 429")
        });
    }
}

fn of_scope(transaction: &Transaction<'_>, scope: &str, lines: &mut Vec<Line>) -> Result<(), Error> {
    let now = transaction.now();
    let line = |kind, name: String| Line {
        kind,
        scope: scope.to_owned(),
        name,
        limit: None,
        remaining: None,
        waiting: 0,
        reset_after: None,
    };
    if let Some(mut common) = transaction.get::<Common>(scope, kind::COMMON, "")? {
        if let Some(left) = common.dead.map(|dead| dead.left(now)).filter(|left| !left.is_zero()) {
            lines.push(Line { reset_after: Some(left), ..line(Kind::DeadToken, "every request of this token".into()) });
        }
        for (parked, deadline) in &common.parked {
            let left = deadline.left(now);
            if !left.is_zero() {
                let name = format!("{} {}", parked.route, parked.major);
                lines.push(Line { reset_after: Some(left), remaining: Some(0), ..line(Kind::Hidden, name) });
            }
        }
        let most = u32::try_from(global::MOST).expect("it is a small constant");
        let free = u32::try_from(common.global.free(now)).unwrap_or(0);
        if free < most {
            let reset_after = Some(common.global.left(now));
            let name = "requests a second".to_owned();
            lines.push(Line { limit: Some(most), remaining: Some(free), reset_after, ..line(Kind::Global, name) });
        }
    }

    // Discord names buckets by hashes; people know the routes.
    let mut routes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (route, text) in transaction.list(scope, kind::ROUTE)? {
        if let Some(Route::Hash(hash)) = transaction.read(&text) {
            routes.entry(hash).or_default().push(route);
        }
    }
    let mut held: HashMap<(String, String), (u32, u32)> = HashMap::new();
    for (_, text) in transaction.list(scope, kind::TICKET)? {
        let Some(OwnedEntry { entry, .. }) = transaction.read(&text) else { continue };
        let Some(bucket) = entry.bucket else { continue };
        let (out, waiting) = held.entry((bucket.name, bucket.major)).or_default();
        match entry.phase {
            Phase::Sent => *out += 1,
            Phase::Waiting(_) => *waiting += 1,
            Phase::Idle => {}
        }
    }
    let named = |name: &str, major: &str| {
        let routes = routes.get(name).map_or_else(|| name.to_owned(), |routes| some_of(routes));
        format!("{routes} {major}").trim_end().to_owned()
    };
    for (key, text) in transaction.list(scope, kind::BUCKET)? {
        let Some(mut bucket) = transaction.read::<Bucket>(&text) else { continue };
        let Some((name, major)) = key.split_once('\n') else { continue };
        let (out, waiting) = held.remove(&(name.to_owned(), major.to_owned())).unwrap_or_default();
        if bucket.is_idle(now) && out + waiting == 0 {
            continue;
        }
        lines.push(Line {
            limit: Some(bucket.limit()),
            remaining: Some(bucket.free(out, now)),
            waiting,
            reset_after: bucket.left(now),
            ..line(Kind::Bucket, named(name, major))
        });
    }
    for ((name, major), (_, waiting)) in held {
        lines.push(Line { waiting, ..line(Kind::Bucket, named(&name, &major)) });
    }
    Ok(())
}

/// The first few routes of a bucket, and how many more there are: other implementations of the API have one bucket for all.
fn some_of(routes: &[String]) -> String {
    const SHOWN: usize = 3;
    match routes.get(SHOWN..) {
        None | Some([]) => routes.join(", "),
        Some(more) => format!("{} and {} more", routes[..SHOWN].join(", "), more.len()),
    }
}

/// Forgets some limits. The rest is forgotten by removing the records.
pub fn clear(transaction: &Transaction<'_>, what: Clear) -> Result<(), Error> {
    for scope in transaction.scopes()? {
        if let Some(mut common) = transaction.get::<Common>(&scope, kind::COMMON, "")? {
            match what {
                Clear::Blocks => common.parked.clear(),
                Clear::Tokens => common.dead = None,
            }
            transaction.put(&scope, kind::COMMON, "", &common)?;
        }
    }
    match what {
        Clear::Blocks => transaction.clear(kind::HOST),
        Clear::Tokens => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_of_many_routes_is_named_by_a_few() {
        let routes: Vec<String> = (1..=60).map(|n| format!("GET /{n}")).collect();
        for (count, name) in [
            (1, "GET /1"),
            (3, "GET /1, GET /2, GET /3"),
            (4, "GET /1, GET /2, GET /3 and 1 more"),
            (60, "GET /1, GET /2, GET /3 and 57 more"),
        ] {
            assert_eq!(some_of(&routes[..count]), name);
        }
    }
}
