//! Lists and clears the current limits, for `dcord limits`.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::bucket::Bucket;
use super::global;
use super::invalid;
use super::records::{self, Common, Host, TicketRecord, kind};
use super::state::{Phase, Route};
use crate::model::Moment;
use crate::store::{Error, Transaction};

/// The current state of a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitStatus {
    pub kind: LimitKind,
    /// The API URL and a hash of the token, or the host.
    pub scope: String,
    /// The requests to which the limit applies. For a bucket, its routes and its major parameter.
    pub name: String,
    pub limit: Option<u32>,
    /// How many more requests may be sent. Requests in flight are already subtracted.
    pub remaining: Option<u32>,
    /// The number of requests that wait for this limit.
    pub waiting: u32,
    /// The time until the whole limit is available again.
    pub reset_after: Option<Duration>,
}

/// The kind of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    Bucket,
    Global,
    Hidden,
    Invalid,
    Blocked,
    DeadToken,
}

impl LimitKind {
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

/// The limits to clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// Blocks by Cloudflare, counts of invalid requests, and hidden limits.
    Blocks,
    /// The marks of dead tokens.
    Tokens,
}

/// Lists all current limits. Removes the tickets of dead processes first, because otherwise only a waiting process does.
pub fn report(transaction: &Transaction<'_>) -> Result<Vec<LimitStatus>, Error> {
    let now = transaction.now();
    let mut lines = Vec::new();
    for scope in transaction.scopes()? {
        if let Some(host) = transaction.get::<Host>(&scope, kind::HOST, "")? {
            report_host(&scope, host, now, &mut lines);
        }
        records::release_dead(transaction, &scope)?;
        report_scope(transaction, &scope, &mut lines)?;
    }
    Ok(lines)
}

fn report_host(scope: &str, mut host: Host, now: Moment, lines: &mut Vec<LimitStatus>) {
    let line = |kind, name: &str| LimitStatus {
        kind,
        scope: scope.to_owned(),
        name: name.to_owned(),
        limit: None,
        remaining: None,
        waiting: 0,
        reset_after: None,
    };
    if let Some(left) = host.blocked.map(|blocked| blocked.left(now)).filter(|left| !left.is_zero()) {
        lines.push(LimitStatus {
            reset_after: Some(left),
            ..line(LimitKind::Blocked, "all requests from this IP address")
        });
    }
    let count = host.invalid.count(now);
    if count > 0 {
        lines.push(LimitStatus {
            limit: Some(invalid::MAX_INVALID),
            remaining: Some(invalid::MAX_INVALID.saturating_sub(count)),
            reset_after: Some(host.invalid.left(now)),
            ..line(LimitKind::Invalid, "responses with status 401, 403 or 429")
        });
    }
}

fn report_scope(transaction: &Transaction<'_>, scope: &str, lines: &mut Vec<LimitStatus>) -> Result<(), Error> {
    let now = transaction.now();
    let line = |kind, name: String| LimitStatus {
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
            lines.push(LimitStatus {
                reset_after: Some(left),
                ..line(LimitKind::DeadToken, "all requests with this token".into())
            });
        }
        for (hidden, deadline) in &common.hidden {
            let left = deadline.left(now);
            if !left.is_zero() {
                let name = format!("{} {}", hidden.route, hidden.major);
                lines.push(LimitStatus {
                    reset_after: Some(left),
                    remaining: Some(0),
                    ..line(LimitKind::Hidden, name)
                });
            }
        }
        let most = u32::try_from(global::REQUESTS_PER_WINDOW).expect("the constant is small");
        let free = u32::try_from(common.global.free(now)).unwrap_or(0);
        if free < most {
            let reset_after = Some(common.global.left(now));
            let name = "requests per second".to_owned();
            lines.push(LimitStatus {
                limit: Some(most),
                remaining: Some(free),
                reset_after,
                ..line(LimitKind::Global, name)
            });
        }
    }

    // People know the routes of a bucket, not its hash.
    let mut routes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (route, text) in transaction.list(scope, kind::ROUTE)? {
        if let Some(Route::Hash(hash)) = transaction.read(&text) {
            routes.entry(hash).or_default().push(route);
        }
    }
    let mut tickets: HashMap<(String, String), (u32, u32)> = HashMap::new();
    for (_, text) in transaction.list(scope, kind::TICKET)? {
        let Some(TicketRecord { entry, .. }) = transaction.read(&text) else { continue };
        let Some(bucket) = entry.bucket else { continue };
        let (out, waiting) = tickets.entry((bucket.name, bucket.major)).or_default();
        match entry.phase {
            Phase::Sent => *out += 1,
            Phase::Waiting(_) => *waiting += 1,
            Phase::Idle => {}
        }
    }
    let named = |name: &str, major: &str| {
        let routes = routes.get(name).map_or_else(|| name.to_owned(), |routes| summarize_routes(routes));
        format!("{routes} {major}").trim_end().to_owned()
    };
    for (key, text) in transaction.list(scope, kind::BUCKET)? {
        let Some(mut bucket) = transaction.read::<Bucket>(&text) else { continue };
        let Some((name, major)) = key.split_once('\n') else { continue };
        let (out, waiting) = tickets.remove(&(name.to_owned(), major.to_owned())).unwrap_or_default();
        if bucket.is_idle(now) && out + waiting == 0 {
            continue;
        }
        lines.push(LimitStatus {
            limit: Some(bucket.limit()),
            remaining: Some(bucket.free(out, now)),
            waiting,
            reset_after: bucket.left(now),
            ..line(LimitKind::Bucket, named(name, major))
        });
    }
    for ((name, major), (_, waiting)) in tickets {
        lines.push(LimitStatus { waiting, ..line(LimitKind::Bucket, named(&name, &major)) });
    }
    Ok(())
}

/// Names the first few routes of a bucket and the number of the others. Some other implementations of the API use one bucket
/// for all routes.
fn summarize_routes(routes: &[String]) -> String {
    const SHOWN: usize = 3;
    match routes.get(SHOWN..) {
        None | Some([]) => routes.join(", "),
        Some(more) => format!("{} and {} more", routes[..SHOWN].join(", "), more.len()),
    }
}

/// Clears the selected limits. (`dcord limits clear --all` removes all records instead.)
pub fn clear(transaction: &Transaction<'_>, what: Clear) -> Result<(), Error> {
    for scope in transaction.scopes()? {
        if let Some(mut common) = transaction.get::<Common>(&scope, kind::COMMON, "")? {
            match what {
                Clear::Blocks => common.hidden.clear(),
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
    fn a_bucket_of_many_routes_is_named_after_the_first_three() {
        let routes: Vec<String> = (1..=60).map(|n| format!("GET /{n}")).collect();
        for (count, name) in [
            (1, "GET /1"),
            (3, "GET /1, GET /2, GET /3"),
            (4, "GET /1, GET /2, GET /3 and 1 more"),
            (60, "GET /1, GET /2, GET /3 and 57 more"),
        ] {
            assert_eq!(summarize_routes(&routes[..count]), name);
        }
    }
}
