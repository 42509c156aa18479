//! Turns the values of a command line into a request that can be sent.

use serde_json::Value;

use super::body::{CHANNEL, Contents};
use super::finished::{self, named_as};
use super::input::Input;
use super::names::Names;
use super::ping::Ping;
use super::private::Private;
use super::value::Reader;
use super::values::{IfUnsure, NamedValue, Values};
use super::{Error, body, field, form, nonce, overflow, targets};
use crate::catalogue::check::{self, Violation};
use crate::catalogue::{self, Endpoint, Filter, LONGEST_REASON, Param, ParamKind, Place};
use crate::config::Settings;
use crate::model::Entity;
use crate::model::selection::{Condition, Selection, Test};
use crate::model::time::{self, Now};
use crate::rest::{Body, Plan, Request, Text};

/// A request that is ready to be sent.
#[derive(Debug)]
pub struct Bound {
    /// The command that the user runs. It may use another endpoint.
    pub command: &'static Endpoint,
    pub endpoint: &'static Endpoint,
    pub request: Request,
    /// The further messages for content that is too long for one message, in order.
    pub parts: Vec<Request>,
    /// The `--limit`: the maximum number of items from all pages.
    pub limit: Option<u64>,
    pub all: bool,
    /// Warnings for the user.
    pub warnings: Vec<String>,
    pub note: Option<String>,
    /// The key that identifies the message for `--key`: the given key, and the destination of the message.
    pub key: Option<String>,
    pub if_unsure: IfUnsure,
    /// The items of a list to return.
    pub selection: Selection,
    /// Why the request need not be sent: a list of objects to delete or ban is empty.
    pub nothing_to_do: Option<String>,
    /// The ids that were typed as names, and these names.
    pub typed: Vec<(String, String)>,
}

impl Bound {
    /// A request to an endpoint, with default options.
    pub fn of(endpoint: &'static Endpoint, request: Request) -> Self {
        Self {
            command: endpoint,
            endpoint,
            request,
            parts: Vec::new(),
            limit: None,
            all: false,
            warnings: Vec::new(),
            note: None,
            key: None,
            if_unsure: IfUnsure::Error,
            selection: Selection::default(),
            nothing_to_do: None,
            typed: Vec::new(),
        }
    }

    /// The name that was typed for an id.
    pub fn typed_name(&self, id: &str) -> Option<&str> {
        self.typed.iter().find(|(known, _)| known == id).map(|(_, name)| &**name)
    }

    /// How much of a list to read.
    pub fn plan(&self) -> Plan {
        Plan { limit: self.limit, all: self.all, selection: self.selection.clone() }
    }
}

/// A call whose values have been read, but whose names may lack their ids. Has no `Debug`, because values may be secrets.
#[derive(Clone)]
pub struct Draft {
    pub names: Names,
    endpoint: &'static Endpoint,
    values: Values,
    /// The request, without its query and body.
    request: Request,
    query: Vec<NamedValue>,
    filters: Vec<NamedValue>,
    /// Parameters from the query of a webhook's URL.
    of_url: Vec<(&'static str, String)>,
    contents: Option<Contents>,
    ping: Ping,
    private: Option<Private>,
    wrong: Vec<Violation>,
    warnings: Vec<String>,
}

/// The parameter that makes a webhook respond with the posted message.
pub const WAIT: &str = "wait";

/// The parameter that makes a webhook show components even if no app owns it.
const WITH_COMPONENTS: &str = "with_components";

/// Reads the values of a call, and the files and standard input that they name. Sends nothing.
///
/// A placeholder in the path without a value is an application id, which must be looked up. `names` are names of earlier calls,
/// which may have their ids.
pub fn draft(
    endpoint: &'static Endpoint,
    mut values: Values,
    settings: &Settings,
    input: &mut Input,
    mut names: Names,
    now: Now,
) -> Result<Draft, Error> {
    let mut request = Request::new(endpoint);
    let targets::Targets { arguments, query: of_url, reading } =
        targets::bind(endpoint, &values, settings, input, &mut names, &mut request, &now)?;
    values.fields.splice(0..0, arguments);
    let parts = Parts { values, names, request, of_url };
    read(endpoint, parts, input, now).map_err(|error| error.of_argument(reading))
}

/// The parts of a draft after its targets are read.
struct Parts {
    values: Values,
    names: Names,
    request: Request,
    of_url: Vec<(&'static str, String)>,
}

fn read(endpoint: &'static Endpoint, parts: Parts, input: &mut Input, now: Now) -> Result<Draft, Error> {
    let Parts { values, mut names, mut request, of_url } = parts;
    for field in values.fields.iter().filter(|f| f.param.is_application()) {
        let id = names.id(Entity::Application, &field.flag, field.texts.last().map_or("", String::as_str))?;
        request.set_segment(field.param.name, Text::Plain(id));
    }
    form::one_form(endpoint, &values)?;
    request.reason = reason(&values)?;

    let mut reader = Reader {
        endpoint: Some(endpoint),
        input,
        now,
        validate: !values.no_validate,
        names: &mut names,
        warnings: Vec::new(),
    };
    let mut wrong = path(endpoint, &mut reader, &mut request)?;
    let query = named(endpoint, &values, &mut reader, |place| place == Place::Query)?;
    let filters = named(endpoint, &values, &mut reader, |place| matches!(place, Place::Filter(_)))?;
    let has_body = endpoint.has_body() || endpoint.composed || endpoint.all_params().any(|p| p.place == Place::File);
    let contents = has_body.then(|| body::read(endpoint, &values, &mut reader, &mut wrong));
    let contents = contents.transpose()?;
    if let Some(contents) = &contents {
        wrong.extend(times_out_of_bounds(endpoint, &values, &contents.root, now));
    }
    let ping = Ping::read(&values, reader.names)?;
    let private = Private::read(&values, &request, reader.names)?;
    let warnings = with_filters(endpoint, reader.warnings);
    cursors(endpoint, &values)?;
    Ok(Draft { names, endpoint, values, request, query, filters, of_url, contents, ping, private, wrong, warnings })
}

impl Draft {
    /// The id of the channel whose type determines a field of the body, and whether the field has a choice already. `None` if
    /// there is no such field, or if the name of the channel has no id.
    pub fn deciding_channel(&self) -> Option<(String, bool)> {
        let contents = self.contents.as_ref()?;
        let is_given = contents.by_channel?.is_given;
        let channel = contents.root.get(CHANNEL).and_then(Value::as_str);
        let id = self.names.filled(channel.or_else(|| self.request.plain_segment(CHANNEL))?)?;
        (!id.is_empty()).then_some((id, is_given))
    }

    /// Sets the field that the type of the channel determines.
    pub fn set_by_channel(&mut self, kind: i64) -> Result<(), Error> {
        self.contents.as_mut().map_or(Ok(()), |contents| contents.set_by_channel(kind, &self.values))
    }

    /// Completes the request with the ids of all names, and checks its bounds. A name without an id stays `{name}`.
    pub fn complete(self) -> Result<Bound, Error> {
        let Self { names, endpoint, values, request: mut ready, mut wrong, mut warnings, .. } = self;
        ready.segments.retain_mut(|segment| match &mut segment.value {
            Text::Plain(text) => match names.filled(text) {
                Some(id) => {
                    *text = id;
                    true
                }
                None => false,
            },
            Text::Hidden(_) => true,
        });
        for mut given in self.query {
            names.fill_json(&mut given.value);
            wrong.extend(named_as(check::value(given.param, &given.value), given.param, &given.called));
            let name = given.param.name;
            ready.query.extend(body::elements(given.value).into_iter().map(|value| (name.to_owned(), in_query(value))));
        }
        let mut conditions = Vec::new();
        for mut given in self.filters {
            names.fill_json(&mut given.value);
            wrong.extend(named_as(check::value(given.param, &given.value), given.param, &given.called));
            conditions.extend(condition(given.param, given.value, ready.plain_segment("guild_id")));
        }
        let selection: Selection = conditions.into_iter().collect();
        // Without this parameter, Discord does not report that a message was not saved.
        if endpoint.param(WAIT).is_some() && !ready.query.iter().any(|(name, _)| name == WAIT) {
            ready.query.push((WAIT.to_owned(), "true".to_owned()));
        }
        // A flag takes precedence over the query of a webhook's URL.
        for (name, value) in self.of_url {
            if !ready.query.iter().any(|(given, _)| given == name) {
                ready.query.push((name.to_owned(), value));
            }
        }
        // Without this parameter, Discord drops the components of a webhook that no app owns.
        let has_components =
            self.contents.as_ref().is_some_and(|contents| contents.root["components"].get(0).is_some());
        if has_components
            && endpoint.param(WITH_COMPONENTS).is_some()
            && !ready.query.iter().any(|(name, _)| name == WITH_COMPONENTS)
        {
            ready.query.push((WITH_COMPONENTS.to_owned(), "true".to_owned()));
        }
        let mut bodies = Vec::new();
        let mut note = None;
        if let Some(mut contents) = self.contents {
            names.fill_json(&mut contents.root);
            if let Some(private) = &self.private {
                private.apply(&names, &mut contents.root);
            }
            let remarks = self.ping.with_ids(&names).apply(endpoint, &values, &mut contents.root)?;
            warnings.extend(remarks.warning);
            note = remarks.note;
            for given in &mut contents.form {
                names.fill_json(&mut given.value);
                wrong.extend(check::value(given.param, &given.value));
            }
            let messages = overflow::apply(endpoint, values.overflow, contents)?;
            bodies.extend(messages.into_iter().map(|contents| contents.encode(endpoint)));
        }
        let mut requests = bodies.into_iter().map(|body| Request { body, ..ready.clone() }).collect::<Vec<_>>();
        if requests.is_empty() {
            requests.push(ready);
        }
        let typed = names.typed();
        if !values.no_validate
            && let Some(other) = for_few(endpoint, &requests[0])
        {
            return Ok(Bound { command: endpoint, warnings, note, typed, ..other });
        }
        if !values.no_validate {
            for request in &requests {
                wrong.extend(finished::check(endpoint, &values, request)?);
            }
            wrong.retain(|violation| !(violation.message == check::NO_ID && names.are_left()));
            // Each file has an entry in the attachments, whose violation would repeat the one of the files.
            if wrong.iter().any(|violation| violation.name == FILE && violation.code == check::BAD_LENGTH) {
                wrong.retain(|violation| violation.name != ATTACHMENTS || violation.code != check::BAD_LENGTH);
            }
            if let [only] = &wrong[..]
                && let Some(error) = too_long(endpoint, only, &requests[0].body)
            {
                return Err(error);
            }
            if !wrong.is_empty() {
                return Err(Error::Invalid(wrong));
            }
        }
        let begins_post = requests[0].body.json().is_some_and(|body| body.get("thread_name").is_some());
        if requests.len() > 1 && begins_post && waits(&requests[0]) == Some("false") {
            // The other parts are sent to the post, whose id is in the response.
            return Err(Error::Conflict { first: "--overflow split".to_owned(), second: "--wait=false".to_owned() });
        }
        let key = key(&values, &requests[0])?;
        if endpoint.nonce {
            for (n, request) in requests.iter_mut().enumerate() {
                if key.is_some() && nonce::has_nonce(request) {
                    return Err(Error::Conflict { first: "--key".to_owned(), second: "nonce".to_owned() });
                }
                let key = key.as_deref().map(|key| key_of_part(key, n));
                nonce::protect(request, key.as_deref().map_or_else(nonce::random, nonce::hashed));
            }
        }
        let mut requests = requests.into_iter();
        let request = requests.next().expect("there is at least one request");
        let parts = requests.collect();
        // The selected items, and those between two cursors, may be on any page. Discord takes one cursor in a request.
        let is_on_any_page = !selection.is_empty() || is_between(endpoint, &values);
        let all = values.all || (is_on_any_page && values.limit.is_none());
        let Values { limit, if_unsure, .. } = values;
        Ok(Bound {
            parts,
            limit,
            all,
            warnings,
            note,
            key,
            if_unsure,
            selection,
            typed,
            ..Bound::of(endpoint, request)
        })
    }
}

/// Replaces a call whose list has too few objects: nothing is sent for an empty list, and the endpoint for a single
/// object is called for one.
fn for_few(endpoint: &'static Endpoint, request: &Request) -> Option<Bound> {
    let param = endpoint.objects().filter(|_| endpoint.destructive)?;
    match &request.body.json()?.get(param.name)?.as_array()?[..] {
        [] => {
            let verb = endpoint.action.split(' ').next().unwrap_or_default().to_lowercase();
            let why = format!("no {}s to {verb}; nothing was sent", super::path::entity(param).noun());
            Some(Bound { nothing_to_do: Some(why), ..Bound::of(endpoint, request.clone()) })
        }
        [Value::String(id)] => {
            let single = catalogue::operation(endpoint.for_one?)?;
            let last = single.all_params().filter(|param| param.place == Place::Path).last()?;
            let mut one = Request { reason: request.reason.clone(), ..Request::new(single) };
            one.segments.clone_from(&request.segments);
            one.set_segment(last.name, Text::Plain(id.clone()));
            Some(Bound::of(single, one))
        }
        _ => None,
    }
}

/// The value of the request's `wait` parameter, if it is set.
fn waits(request: &Request) -> Option<&str> {
    request.query.iter().find(|(name, _)| name == WAIT).map(|(_, value)| value.as_str())
}

/// The key of a message with its destination, so that the same `--key` in another channel or thread is a different key.
fn key(values: &Values, request: &Request) -> Result<Option<String>, Error> {
    let Some(key) = &values.key else {
        return match values.if_unsure {
            IfUnsure::Error => Ok(None),
            _ => Err(Error::UnsureWithoutKey),
        };
    };
    if key.trim().is_empty() {
        return Err(Error::EmptyKey);
    }
    let query = |name: &str| request.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    if waits(request) == Some("false") {
        return Err(Error::Conflict { first: "--key".to_owned(), second: "--wait=false".to_owned() });
    }
    let thread = query("thread_id").map_or_else(String::new, |id| format!("?thread_id={id}"));
    Ok(Some(format!("{} {}{thread} {key}", request.method.name(), request.shown_path())))
}

/// The key of the nth of several messages with one key. The first message has the key itself.
pub fn key_of_part(key: &str, n: usize) -> String {
    if n == 0 { key.to_owned() } else { format!("{key} #{}", n + 1) }
}

/// The error for content that is too long for one message.
fn too_long(endpoint: &Endpoint, violation: &Violation, body: &Body) -> Option<Error> {
    let param = overflow::content(endpoint).filter(|param| param.name == violation.name)?;
    let length = body.json()?[param.name].as_str()?.chars().count();
    let max = usize::try_from(param.max?).ok()?;
    (length > max).then_some(Error::TooLong { field: violation.path.clone(), length, max })
}

/// Returns an error for cursors that Discord would ignore. Most lists accept one cursor at a time. For two, dcord reads the
/// range page by page, which a single page cannot contain.
fn cursors(endpoint: &'static Endpoint, values: &Values) -> Result<(), Error> {
    if endpoint.paging.is_some() && values.all && has_query(values, "around") {
        return Err(Error::Conflict { first: "--all".to_owned(), second: "--around".to_owned() });
    }
    Ok(())
}

/// Whether the values ask for the items between two cursors.
fn is_between(endpoint: &'static Endpoint, values: &Values) -> bool {
    endpoint.paging.is_some() && has_query(values, "before") && has_query(values, "after")
}

fn has_query(values: &Values, name: &str) -> bool {
    values.fields.iter().any(|field| field.param.place == Place::Query && field.param.name == name)
}

/// The local parameter whose files become attachments, and the field that lists the attachments.
const FILE: &str = "file";
const ATTACHMENTS: &str = "attachments";

/// The condition that a filter sets, or `None` if every item meets it.
fn condition(param: &'static Param, value: Value, guild: Option<&str>) -> Option<Condition> {
    let Place::Filter(filter) = param.place else { return None };
    let time = || value.as_str()?.parse().ok();
    let test = match filter {
        Filter::From => Test::From(time()?),
        Filter::Before => Test::Before(time()?),
        Filter::Is => Test::Is(value.as_bool()?),
        Filter::HasAny => {
            let ids: Vec<String> = serde_json::from_value(value).ok()?;
            // Every member has the role @everyone, whose id is that of the server, but no member lists it.
            (!ids.iter().any(|id| guild == Some(id))).then_some(Test::HasAny(ids))?
        }
    };
    Some(Condition { field: param.into, test })
}

/// Adds to the warnings about a time the filters by time that the user may have meant.
fn with_filters(endpoint: &'static Endpoint, mut warnings: Vec<String>) -> Vec<String> {
    let filters = endpoint.all_params().filter(|p| matches!(p.place, Place::Filter(Filter::From | Filter::Before)));
    let flags: Vec<_> = filters.map(|p| format!("--{}", p.flag())).collect();
    if !flags.is_empty() {
        warnings.iter_mut().for_each(|warning| *warning += &format!("; see {}", flags.join(" and ")));
    }
    warnings
}

/// The times of the body that are in the past or too late, although Discord requires others.
fn times_out_of_bounds(endpoint: &'static Endpoint, values: &Values, root: &Value, now: Now) -> Vec<Violation> {
    const DAY_MS: i64 = 86_400_000;
    let violation = |param: &Param| {
        let ms = time::moment_of(root.get(param.name)?.as_str()?)?;
        let (code, why) = match param.within_days {
            _ if param.ahead && ms < now.ms => (check::PAST, "in the past".to_owned()),
            Some(days) if ms > now.ms + i64::from(days) * DAY_MS => (
                check::TOO_LATE,
                match days {
                    1 => "more than 24 hours from now".to_owned(),
                    _ => format!("more than {days} days from now"),
                },
            ),
            _ => return None,
        };
        let called = form::typed_name(values, param);
        Some(Violation::new(param.name, called, code, format!("is {}, which is {why}", now.shown(ms))))
    };
    endpoint.all_params().filter(|param| param.ahead || param.within_days.is_some()).filter_map(violation).collect()
}

fn reason(values: &Values) -> Result<Option<String>, Error> {
    let Some(reason) = &values.reason else { return Ok(None) };
    let length = reason.chars().count();
    if !values.no_validate && !(1..=LONGEST_REASON).contains(&length) {
        let message = format!("has {length} characters, but must have 1 to {LONGEST_REASON}");
        let path = "--reason".to_owned();
        return Err(Error::Invalid(vec![Violation::new("reason", path, check::BAD_LENGTH, message)]));
    }
    Ok(Some(reason.clone()))
}

/// Reads the targets that are neither ids nor secrets, according to their kind, and checks their bounds.
fn path(endpoint: &'static Endpoint, reader: &mut Reader<'_>, request: &mut Request) -> Result<Vec<Violation>, Error> {
    let mut wrong = Vec::new();
    let named = |p: &&Param| matches!(p.kind, ParamKind::Snowflake(_) | ParamKind::Cursor(_) | ParamKind::Target(_));
    for param in endpoint.all_params().filter(|p| p.place == Place::Path && !p.secret && !named(p)) {
        let Some(Text::Plain(text)) = request.segment(param.name).cloned() else { continue };
        let called = param.label();
        let value = reader.read(param, &called, &text)?;
        wrong.extend(named_as(check::value(param, &value), param, &called));
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        request.set_segment(param.name, Text::Plain(text));
    }
    Ok(wrong)
}

/// Reads the parameters in a place.
fn named(
    endpoint: &'static Endpoint,
    values: &Values,
    reader: &mut Reader<'_>,
    is_place: impl Fn(Place) -> bool,
) -> Result<Vec<NamedValue>, Error> {
    let mut found = Vec::new();
    for param in endpoint.all_params().filter(|p| is_place(p.place)) {
        let Some(field) = values.fields.iter().find(|f| f.param.name == param.name) else { continue };
        let (value, called) = (field::read(field, reader)?, field.flag.clone());
        found.push(NamedValue { param, called, value });
    }
    Ok(found)
}

/// Converts a value to the text in a query.
fn in_query(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
