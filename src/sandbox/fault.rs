//! Which failures the sandbox injects, and when.
//!
//! A fault is written `KIND[=VALUE][,every=N][,after=N][,times=N][,route=GLOB]`. Depending on its
//! kind it counts dispatches, connections or requests. It skips the first `after` of them, then
//! applies to every `every`th, at most `times` times. Nothing is random, so that a run can be
//! repeated.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::model::closest::closest;
use crate::model::time;

/// The kinds of faults, as error messages and help list them: name, values, description.
pub const KINDS: [(&str, &str, &str); 12] = [
    ("close", "CODE", "close the gateway connection with this code"),
    ("reconnect", "", "send op 7 over the gateway"),
    ("invalid-session", "resumable|lost", "send op 9 over the gateway"),
    ("lost-ack", "", "let the gateway connection go silent: no acknowledgement, no event"),
    ("cut", "", "reset the gateway's socket without a close frame"),
    ("slow", "SPAN", "wait before sending each event"),
    ("no-hello", "", "accept a gateway connection, but send no HELLO"),
    ("status", "4xx|5xx", "respond to a request with this status"),
    ("ratelimit", "user|global|shared|cloudflare", "respond to a request with status 429"),
    ("drop", "", "execute a request, then hang up without responding"),
    ("drop-before", "", "hang up without executing a request"),
    ("delay", "SPAN", "wait before responding to a request"),
];

/// A fault of a gateway connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayFault {
    /// Send a close frame with this code.
    Close(u16),
    /// Send op 7.
    Reconnect,
    /// Send op 9 with this `d`.
    InvalidSession { resumable: bool },
    /// Keep the connection open, but send neither heartbeat acknowledgements nor events. If events
    /// still arrived, a client could take the connection for alive.
    LostAck,
    /// Reset the socket; unsent data is lost.
    Cut,
}

/// The scope of an injected 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitScope {
    User,
    Global,
    Shared,
    /// A limit of Cloudflare's: the response has no JSON and none of Discord's headers.
    Cloudflare,
}

/// A fault of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestFault {
    Status(u16),
    RateLimit(LimitScope),
    /// Execute the request, then close the connection without a response.
    Drop,
    /// Close the connection without executing the request.
    DropBefore,
}

/// What to do now: wait for the delay, then apply the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict<F> {
    pub delay: Option<Duration>,
    pub fault: Option<F>,
}

impl<F> Default for Verdict<F> {
    fn default() -> Self {
        Self { delay: None, fault: None }
    }
}

/// Why a value of `--fault` cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFault {
    #[error("no fault named {name:?}; {}", did_you_mean(.suggestion.as_deref()))]
    Kind { name: String, suggestion: Option<String> },
    #[error("the fault {kind:?} requires a value: {kind}={values}")]
    NoValue { kind: &'static str, values: &'static str },
    #[error("the fault {kind} does not take a value, but {value:?} was given")]
    Value { kind: &'static str, value: String },
    #[error("{value:?} is not a value for the fault {kind}, which takes {values}")]
    BadValue { kind: &'static str, value: String, values: &'static str },
    #[error("a fault has no option {0:?}; the options are every=N, after=N, times=N and route=GLOB")]
    Option(String),
    #[error("the fault option {option} takes a whole number of 1 or more, not {value:?}")]
    Number { option: &'static str, value: String },
    #[error("the fault {kind} applies to the gateway, which has no routes; remove route={route:?}")]
    Route { kind: &'static str, route: String },
}

/// The help of `--fault`: the kinds and options.
pub fn help() -> String {
    let mut text = "Faults:".to_owned();
    for (kind, values, about) in KINDS {
        let equals = if values.is_empty() { "" } else { "=" };
        text += &format!("\n  {kind}{equals}{values}  {about}");
    }
    text + "\n\nOptions follow the fault, separated by commas: every=3 applies it to every third request, connection or event, \
            after=10 starts it after the first ten, times=2 ends it after two, and route='POST /channels/**' selects \
            requests. Options without a fault, such as every=3, mean status=503."
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(|| format!("the kinds are {}", kinds()), |suggestion| format!("did you mean {suggestion}?"))
}

/// A suggestion for a text without a known kind: it may be a bare status or a misspelt kind.
fn suggestion(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (status, rest) = text.split_at(end);
    if status.parse().is_ok_and(|status: u16| (400..=599).contains(&status)) {
        let rest = rest.trim_start_matches([':', ';', ',', ' ']);
        let comma = if rest.is_empty() { "" } else { "," };
        return Some(format!("status={status}{comma}{rest}"));
    }
    let end = text.find(['=', ',']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    Some(format!("{}{rest}", closest(name, KINDS.iter().map(|(kind, ..)| *kind))?))
}

fn kinds() -> String {
    let names = KINDS.map(|(kind, values, _)| match values {
        "" => kind.to_owned(),
        values => format!("{kind}={values}"),
    });
    names.join(", ")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Gateway(GatewayFault),
    Slow(Duration),
    NoHello,
    Rest(RestFault),
    Delay(Duration),
}

#[derive(Debug)]
struct Plan {
    kind: Kind,
    every: u64,
    after: u64,
    times: Option<u64>,
    route: Option<Route>,
    seen: u64,
    applied: u64,
}

impl Plan {
    /// Counts one occurrence. Returns whether the fault applies to it.
    fn count(&mut self) -> bool {
        self.seen += 1;
        let applies = self.seen > self.after
            && (self.seen - self.after).is_multiple_of(self.every)
            && self.times.is_none_or(|times| self.applied < times);
        self.applied += u64::from(applies);
        applies
    }
}

/// The faults of a sandbox. Clones share their counters.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    plans: Arc<Mutex<Vec<Plan>>>,
    gateway: bool,
    rest: bool,
}

impl Faults {
    /// Parses the values of `--fault`.
    pub fn parse(texts: &[String]) -> Result<Self, BadFault> {
        let plans = texts.iter().map(|text| plan(text)).collect::<Result<Vec<_>, _>>()?;
        let rest = |plan: &Plan| matches!(plan.kind, Kind::Rest(_) | Kind::Delay(_));
        Ok(Self { gateway: !plans.iter().all(rest), rest: plans.iter().any(rest), plans: Arc::new(Mutex::new(plans)) })
    }

    /// What to do with the next dispatch: the delay before it, the fault after it. If several faults
    /// apply, the first one on the command line wins.
    pub fn on_dispatch(&self) -> Verdict<GatewayFault> {
        let mut verdict = Verdict::default();
        if self.gateway {
            self.each(|plan| {
                let kind = plan.kind;
                match kind {
                    Kind::Gateway(fault) if plan.count() => {
                        verdict.fault = verdict.fault.or(Some(fault));
                    }
                    Kind::Slow(delay) if plan.count() => add(&mut verdict.delay, delay),
                    _ => {}
                }
            });
        }
        verdict
    }

    /// Whether to send no HELLO on the next gateway connection.
    pub fn on_connection(&self) -> bool {
        let mut silent = false;
        if self.gateway {
            self.each(|plan| silent |= plan.kind == Kind::NoHello && plan.count());
        }
        silent
    }

    /// What to do with the next request. `path` starts with a slash and contains neither `/api/v10`
    /// nor the query.
    pub fn on_request(&self, method: &str, path: &str) -> Verdict<RestFault> {
        let mut verdict = Verdict::default();
        if self.rest {
            self.each(|plan| {
                if plan.route.as_ref().is_some_and(|route| !route.matches(method, path)) {
                    return;
                }
                let kind = plan.kind;
                match kind {
                    Kind::Rest(fault) if plan.count() => {
                        verdict.fault = verdict.fault.or(Some(fault));
                    }
                    Kind::Delay(delay) if plan.count() => add(&mut verdict.delay, delay),
                    _ => {}
                }
            });
        }
        verdict
    }

    fn each(&self, f: impl FnMut(&mut Plan)) {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).iter_mut().for_each(f);
    }
}

fn add(delay: &mut Option<Duration>, more: Duration) {
    *delay = Some(delay.unwrap_or_default().saturating_add(more));
}

/// The options of a fault, which determine when it applies.
const OPTIONS: [&str; 4] = ["every", "after", "times", "route"];

/// The fault that a text without a kind, such as `every=3`, means.
const DEFAULT: &str = "status=503";

/// The longest delay. A longer one is assumed to be a mistake.
const MAX_DELAY: Duration = Duration::from_secs(3600);

fn plan(text: &str) -> Result<Plan, BadFault> {
    let mut parts = text.split(',').peekable();
    let is_option = |part: &&str| OPTIONS.contains(&part.split('=').next().unwrap_or_default());
    let head = if parts.peek().is_some_and(is_option) { DEFAULT } else { parts.next().unwrap_or_default() };
    let (name, value) = match head.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (head, None),
    };
    let (kind, word) = kind(text, name, value)?;
    let (mut every, mut after, mut times, mut route) = (None, 0, None, None);
    for part in parts {
        let (option, value) = part.split_once('=').unwrap_or((part, ""));
        match option {
            "every" => every = Some(number("every", value)?),
            "after" => after = number("after", value)?,
            "times" => times = Some(number("times", value)?),
            "route" => route = Some(value),
            _ => return Err(BadFault::Option(part.to_owned())),
        }
    }
    if let (Some(route), Kind::Gateway(_) | Kind::Slow(_) | Kind::NoHello) = (route, kind) {
        return Err(BadFault::Route { kind: word, route: route.to_owned() });
    }
    // A fault that ends the connection after each dispatch leaves little to test, so without
    // `every` it applies once.
    if every.is_none() && matches!(kind, Kind::Gateway(_) | Kind::NoHello) {
        times = times.or(Some(1));
    }
    let route = route.map(Route::new);
    Ok(Plan { kind, every: every.unwrap_or(1), after, times, route, seen: 0, applied: 0 })
}

fn kind(text: &str, name: &str, value: Option<&str>) -> Result<(Kind, &'static str), BadFault> {
    let (word, values) = KINDS
        .iter()
        .find(|(kind, ..)| *kind == name)
        .map(|&(kind, values, _)| (kind, values))
        .ok_or_else(|| BadFault::Kind { name: name.to_owned(), suggestion: suggestion(text) })?;
    let value = match (value, values) {
        (None, "") => "",
        (Some(value), "") => {
            return Err(BadFault::Value { kind: word, value: value.to_owned() });
        }
        (None | Some(""), values) => return Err(BadFault::NoValue { kind: word, values }),
        (Some(value), _) => value,
    };
    let wait = || time::duration(value).filter(|wait| *wait <= MAX_DELAY);
    let kind = match name {
        // The codes that a close frame may contain (RFC 6455, section 7.4), which include Discord's.
        "close" => value
            .parse()
            .ok()
            .filter(|code| matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999))
            .map(|code| Kind::Gateway(GatewayFault::Close(code))),
        "reconnect" => Some(Kind::Gateway(GatewayFault::Reconnect)),
        "invalid-session" => match value {
            "resumable" => Some(true),
            "lost" => Some(false),
            _ => None,
        }
        .map(|resumable| Kind::Gateway(GatewayFault::InvalidSession { resumable })),
        "lost-ack" => Some(Kind::Gateway(GatewayFault::LostAck)),
        "cut" => Some(Kind::Gateway(GatewayFault::Cut)),
        "no-hello" => Some(Kind::NoHello),
        "slow" => wait().map(Kind::Slow),
        "status" => value
            .parse()
            .ok()
            .filter(|status| (400..=599).contains(status))
            .map(|status| Kind::Rest(RestFault::Status(status))),
        "ratelimit" => match value {
            "user" => Some(LimitScope::User),
            "global" => Some(LimitScope::Global),
            "shared" => Some(LimitScope::Shared),
            "cloudflare" => Some(LimitScope::Cloudflare),
            _ => None,
        }
        .map(|scope| Kind::Rest(RestFault::RateLimit(scope))),
        "drop" => Some(Kind::Rest(RestFault::Drop)),
        "drop-before" => Some(Kind::Rest(RestFault::DropBefore)),
        "delay" => wait().map(Kind::Delay),
        _ => return Err(BadFault::Kind { name: name.to_owned(), suggestion: None }),
    };
    let kind = kind.ok_or_else(|| BadFault::BadValue { kind: word, value: value.to_owned(), values })?;
    Ok((kind, word))
}

fn number(option: &'static str, value: &str) -> Result<u64, BadFault> {
    value.parse().ok().filter(|n| *n > 0).ok_or_else(|| BadFault::Number { option, value: value.to_owned() })
}

/// `[METHOD ]PATH`, where `*` matches any characters within one segment and `**` any characters.
#[derive(Clone, Debug)]
struct Route {
    method: Option<String>,
    path: String,
}

impl Route {
    fn new(text: &str) -> Self {
        match text.split_once(' ') {
            Some((method, path)) => Self { method: Some(method.to_uppercase()), path: path.trim().to_owned() },
            None => Self { method: None, path: text.to_owned() },
        }
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted == method || wanted == "*")
            && glob(self.path.as_bytes(), path.as_bytes())
    }
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|at| glob(rest, &text[at..])),
        [b'*', rest @ ..] => {
            let segment = text.iter().position(|&b| b == b'/').unwrap_or(text.len());
            (0..=segment).any(|at| glob(rest, &text[at..]))
        }
        [first, rest @ ..] => text.first() == Some(first) && glob(rest, &text[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(texts: &[&str]) -> Faults {
        Faults::parse(&texts.iter().map(|&t| t.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn an_invalid_fault_gets_an_error_that_says_what_is_valid() {
        for (text, message) in [
            ("", "no fault named \"\"; the kinds are close=CODE, reconnect, "),
            ("clos=4000", "no fault named \"clos\"; did you mean close=4000?"),
            ("503:every=3", "did you mean status=503,every=3?"),
            ("503,every=3", "did you mean status=503,every=3?"),
            ("503", "did you mean status=503?"),
            ("close", "the fault \"close\" requires a value: close=CODE"),
            ("close=", "the fault \"close\" requires a value: close=CODE"),
            ("close=999", "\"999\" is not a value for the fault close, which takes CODE"),
            ("close=1006", "\"1006\" is not a value for the fault close"),
            ("cut=now", "the fault cut does not take a value, but \"now\" was given"),
            ("invalid-session=maybe", "which takes resumable|lost"),
            ("slow=soon", "\"soon\" is not a value for the fault slow, which takes SPAN"),
            ("slow=2d", "\"2d\" is not a value for the fault slow"),
            ("status=200", "\"200\" is not a value for the fault status, which takes 4xx|5xx"),
            ("ratelimit=mine", "which takes user|global|shared|cloudflare"),
            ("cut,every=0", "every takes a whole number of 1 or more, not \"0\""),
            ("cut,after", "after takes a whole number of 1 or more, not \"\""),
            ("cut,sometimes", "a fault has no option \"sometimes\""),
            ("cut,route=GET /x", "the fault cut applies to the gateway, which has no routes"),
        ] {
            let error = Faults::parse(&[text.to_owned()]).unwrap_err().to_string();
            assert!(error.contains(message), "{text:?}: {error}");
        }
        let empty = BadFault::Kind { name: String::new(), suggestion: None };
        assert!(empty.to_string().contains("drop, drop-before, delay="));
    }

    #[test]
    fn every_listed_kind_can_be_parsed() {
        for (kind, values, _) in KINDS {
            let value = match values {
                "CODE" => "4000",
                "SPAN" => "10ms",
                "4xx|5xx" => "503",
                values => values.split('|').next().unwrap(),
            };
            let text = if value.is_empty() { kind.to_owned() } else { format!("{kind}={value}") };
            assert!(plan(&text).is_ok(), "{text}");
        }
    }

    #[test]
    fn faults_apply_by_count() {
        for (text, expected) in [
            ("cut", vec![1]),
            ("cut,after=4", vec![5]),
            ("cut,times=3", vec![1, 2, 3]),
            ("cut,every=3", vec![3, 6, 9, 12]),
            ("cut,every=3,after=4", vec![7, 10]),
            ("cut,every=3,times=2", vec![3, 6]),
            ("no-hello,every=2", vec![]),
            ("status=500", vec![]),
        ] {
            let faults = faults(&[text]);
            let applied: Vec<_> = (1..=12).filter(|_| faults.on_dispatch().fault.is_some()).collect();
            assert_eq!(applied, expected, "{text}");
        }
    }

    #[test]
    fn the_first_fault_wins_and_delays_add_up() {
        let faults = faults(&["slow=1s", "close=4009,every=2", "cut,every=1", "slow=500ms"]);
        let delay = Some(Duration::from_millis(1500));
        assert_eq!(faults.on_dispatch(), Verdict { delay, fault: Some(GatewayFault::Cut) });
        assert_eq!(faults.on_dispatch(), Verdict { delay, fault: Some(GatewayFault::Close(4009)) });
        assert!(!faults.on_connection());
        assert_eq!(faults.on_request("GET", "/x"), Verdict::default());
    }

    #[test]
    fn connections_and_dispatches_are_counted_separately() {
        let faults = faults(&["no-hello", "cut,after=1"]);
        assert_eq!(faults.clone().on_dispatch().fault, None);
        assert_eq!([faults.on_connection(), faults.on_connection()], [true, false]);
        assert_eq!(faults.on_dispatch().fault, Some(GatewayFault::Cut));
    }

    #[test]
    fn a_fault_with_a_route_counts_only_matching_requests() {
        let faults = faults(&["status=503,route=POST /channels/*/messages,every=2", "delay=1s"]);
        let posts = |n: u32| (0..n).map(|_| faults.on_request("POST", "/channels/1/messages").fault);
        assert_eq!(posts(2).collect::<Vec<_>>(), [None, Some(RestFault::Status(503))]);
        assert_eq!(faults.on_request("GET", "/channels/1/messages").fault, None);
        assert_eq!(posts(1).collect::<Vec<_>>(), [None]);
        assert_eq!(faults.on_request("GET", "/x").delay, Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_star_matches_within_one_segment_and_two_match_across_segments() {
        for (route, method, path, expected) in [
            ("POST /channels/*/messages", "POST", "/channels/1/messages", true),
            ("post /channels/*/messages", "POST", "/channels/1/messages", true),
            ("POST /channels/*/messages", "PUT", "/channels/1/messages", false),
            ("* /channels/*", "GET", "/channels/1", true),
            ("/channels/*", "GET", "/channels/1/messages", false),
            ("/channels/**", "GET", "/channels/1/messages", true),
            ("**", "GET", "/channels/1/messages", true),
            ("/users/@me", "GET", "/users/@me", true),
            ("/users/@me", "GET", "/users/@me/guilds", false),
        ] {
            assert_eq!(Route::new(route).matches(method, path), expected, "{route}: {path}");
        }
    }
}
