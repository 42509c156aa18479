//! The request of each line: what the command line gives for all of them, and what a line adds.

use std::collections::HashSet;

use serde_json::Value;
use serde_json::value::RawValue;

use super::line::{Content, Line, Members};
use super::options::Options;
use crate::call::bind::{self, Bound, Error, Field, Input, Names, Overflow, Trust, Values, json_text, path};
use crate::call::policy::Policy;
use crate::call::rights::Action;
use crate::call::{App, Rewrite, bind_with, look_up};
use crate::catalogue::{Endpoint, Param, ParamKind, Place, usage};
use crate::config::env;
use crate::error::Result;
use crate::model::closest::closest;
use crate::model::{Entity, Snowflake, shell};
use crate::rest::Request;

/// The argument that a line fills: `member add-role SERVER {} ROLE`.
const MARK: &str = "{}";

/// More different warnings are not remembered, and may be repeated.
const MOST_WARNINGS: usize = 100;

/// Makes the requests of a job. Whoever writes the lines chooses the objects, and the values of the fields that the command line
/// names with `--take`; everything else comes from the command line.
pub struct Template {
    endpoint: &'static Endpoint,
    rewrite: Option<Rewrite>,
    fixed: Values,
    /// The parameters of the path that the lines fill, in order.
    holes: Vec<&'static Param>,
    take: Vec<Taken>,
    /// The files that the command line names, which are read once.
    input: Input,
    /// The names on the command line, which are looked up once.
    names: Names,
    default_guild: Option<String>,
    warned: HashSet<String>,
}

/// A field that the lines set.
#[derive(Clone, Copy)]
enum Taken {
    Param(&'static Param),
    /// The reason for the audit log.
    Reason,
}

impl Taken {
    const fn name(self) -> &'static str {
        match self {
            Self::Param(param) => param.name,
            Self::Reason => "reason",
        }
    }
}

impl Template {
    /// Checks what the command line gives, and looks up its names. Errors that do not depend on a line are reported here.
    pub async fn new(
        app: &App,
        endpoint: &'static Endpoint,
        mut fixed: Values,
        options: &Options,
        rewrite: Option<Rewrite>,
        policy: &Policy<'_>,
    ) -> Result<Self> {
        let action = Action {
            command: Some(endpoint),
            endpoint: Some(endpoint),
            method: endpoint.method,
            template: endpoint.path,
        };
        policy.rights.admit(&action)?;
        let with_each = |second: &str| Error::Conflict { first: "--each".to_owned(), second: second.to_owned() };
        if fixed.key.is_some() {
            return Err(with_each("--key").into());
        }
        if fixed.overflow == Overflow::Split {
            return Err(with_each("--overflow split").into());
        }
        let holes = holes(endpoint, &mut fixed, app.settings.guild.is_some())?;
        let take = options.take.iter().map(|name| taken(endpoint, &fixed, name)).collect::<Result<Vec<_>, _>>()?;
        if holes.is_empty() && take.is_empty() {
            return Err(Error::NothingFromLines { usage: usage::line(endpoint) }.into());
        }
        let mut input = Input::new(policy.trust, app.settings.request_timeout);
        if options.input == "-" {
            input.keep_stdin("--each");
        }
        let mut values = fixed.clone();
        values.fields.extend(holes.iter().map(|hole| from_line(hole, example(hole).to_owned())));
        // A text on the command line conflicts with one from the lines, like two values on the command line.
        let is_argument =
            |param: &&Param| param.positional && matches!(param.kind, ParamKind::String | ParamKind::Text);
        values.fields.extend(options.take.iter().zip(&take).filter_map(|(typed, taken)| match taken {
            Taken::Param(param) if is_argument(param) => {
                let flag = format!("--take {}", typed.trim());
                Some(Field { flag, ..from_line(param, example(param).to_owned()) })
            }
            _ => None,
        }));
        let now = env::now(&app.clock);
        let mut names = bind::draft(endpoint, values, &app.settings, &mut input, Names::default(), now)?.names;
        let leave = policy.dry_run && !endpoint.composed;
        look_up(app, &mut names, policy, endpoint.needs_whole_names(), leave).await?;
        names.scope = Default::default();
        let default_guild = app.settings.guild.clone().filter(|_| !endpoint.destructive);
        Ok(Self { endpoint, rewrite, fixed, holes, take, input, names, default_guild, warned: HashSet::new() })
    }

    /// The kind of the objects that the lines name, if the lines fill the last parameter of the path.
    pub fn entity(&self) -> Option<Entity> {
        let last = self.endpoint.all_params().filter(|param| param.place == Place::Path).last()?;
        let is_filled = self.holes.last().is_some_and(|hole| hole.name == last.name);
        match last.kind {
            ParamKind::Snowflake(entity) | ParamKind::Target(entity) if is_filled => Some(entity),
            _ => None,
        }
    }

    /// The options that apply to all lines, for the question: `--author @ken`. Without them, a person cannot see what the
    /// command does to each object.
    pub fn options(&self) -> Vec<String> {
        let Values { fields, limit, all, .. } = &self.fixed;
        let shown = |field: &&Field| !field.param.secret && field.flag.starts_with("--");
        let typed = |field: &Field| {
            let texts: Vec<_> = field.texts.iter().map(|text| shell::word(text)).collect();
            let equals = if field.param.kind == ParamKind::Boolean { "=" } else { " " };
            format!("{}{equals}{}", field.flag, texts.join(","))
        };
        let own = fields.iter().filter(shown).map(typed);
        own.chain(limit.map(|limit| format!("--limit {limit}"))).chain(all.then(|| "--all".to_owned())).collect()
    }

    /// A text that is the same for two jobs only if they send the same requests for the same lines.
    pub fn identity(&self) -> String {
        let Self { endpoint, fixed, holes, take, input, names, default_guild, .. } = self;
        let holes: Vec<_> = holes.iter().map(|hole| hole.name).collect();
        let take: Vec<_> = take.iter().map(|taken| taken.name()).collect();
        let (inputs, names) = (input.identity(), names.typed());
        format!("{} {holes:?} {take:?} {default_guild:?} {fixed:?} {inputs:?} {names:?}", endpoint.words())
    }

    /// The request of a line.
    pub async fn bind(&mut self, app: &App, line: &Line, policy: &Policy<'_>) -> Result<Bound> {
        let text = line.text.as_ref().map_err(|unread| Error::BadLine { why: unread.to_string() })?;
        let content = Content::parse(text).map_err(|why| Error::BadLine { why })?;
        let values = self.values(&content)?;
        self.input.again();
        let mut bound = bind_with(app, self.endpoint, values, policy, &mut self.input, self.names.clone()).await?;
        self.compare(&content, &bound.request)?;
        for (warning, is_warning) in
            bound.warnings.drain(..).map(|text| (text, true)).chain(bound.note.take().map(|n| (n, false)))
        {
            if self.warned.len() < MOST_WARNINGS && !self.warned.insert(warning.clone()) {
                continue;
            }
            match is_warning {
                true => app.notices.warn(format_args!("{warning}")),
                false => app.notices.note(format_args!("{warning}")),
            }
        }
        if let Some(rewrite) = self.rewrite {
            rewrite(&mut bound);
        }
        Ok(bound)
    }

    fn values(&self, content: &Content<'_>) -> Result<Values, Error> {
        let mut values = self.fixed.clone();
        for hole in &self.holes {
            let is_last = self.holes.last().is_some_and(|last| last.name == hole.name);
            match value_of(hole, content, is_last)? {
                Some(text) => values.fields.push(from_line(hole, text)),
                None if hole.name == "guild_id" && self.default_guild.is_some() => {}
                None => return Err(Error::LineLacks { names: names_of(hole, is_last), example: self.example() }),
            }
        }
        for (order, taken) in self.take.iter().enumerate() {
            let Some(value) = content.get(taken.name()) else { continue };
            let value: Value = serde_json::from_str(value.get())
                .map_err(|error| Error::BadLine { why: format!("has an invalid value: {error}") })?;
            match taken {
                Taken::Reason if value.is_null() => {}
                Taken::Reason => values.reason = Some(json_text(ParamKind::String, &value)),
                Taken::Param(param) => values.set_json(param, &value, order, Trust::Literal),
            }
        }
        values.sort_fields(self.endpoint);
        Ok(values)
    }

    /// A line that fills all targets.
    fn example(&self) -> String {
        let members: Vec<_> =
            self.holes.iter().map(|hole| format!("\"{}\":\"{}\"", hole.name, example(hole))).collect();
        let object = format!("{{{}}}", members.join(","));
        if members.len() == 1 { format!("the id alone, or {object}") } else { object }
    }

    /// Returns an error for a line about another object than the command line names, such as a message of another channel.
    fn compare(&self, content: &Content<'_>, request: &Request) -> Result<(), Error> {
        for param in self.endpoint.all_params().filter(|p| p.place == Place::Path && !p.is_application()) {
            let is_hole = self.holes.iter().any(|hole| hole.name == param.name);
            let of_line = content.get(param.name).and_then(text);
            if let (false, Some(line), Some(given)) = (is_hole, of_line, request.plain_segment(param.name))
                && line != given
            {
                return Err(Error::OtherLine { name: param.name, line, given: given.to_owned() });
            }
        }
        Ok(())
    }
}

/// A parameter with the value of a line.
fn from_line(param: &'static Param, text: String) -> Field {
    let flag = param.name.to_owned();
    Field { param, flag, texts: vec![text], order: vec![0], in_files: false, trust: Trust::Literal }
}

/// The parameters of the path that the lines fill: those marked with `{}`, and those without an argument. Removes the marks.
///
/// This depends on the command line alone: what a line contains must not decide which argument means which object.
fn holes(
    endpoint: &'static Endpoint,
    fixed: &mut Values,
    has_default_guild: bool,
) -> Result<Vec<&'static Param>, Error> {
    let path: Vec<_> = endpoint.all_params().filter(|p| p.place == Place::Path && !p.is_application()).collect();
    // A secret comes from the command line or the environment, and so does the object that it belongs to.
    let after_secret = path.iter().position(|param| param.secret).map_or(0, |at| at + 1);
    let mut wanted = &path[after_secret..];
    if fixed.guild.is_some()
        && let Some((first, rest)) = wanted.split_first()
        && first.name == "guild_id"
    {
        wanted = rest;
    }
    let marks = fixed.targets.iter().filter(|word| *word == MARK).count();
    let mut holes = Vec::new();
    if after_secret > 0 {
        holes.extend(wanted);
    } else {
        let mut words = fixed.targets.iter();
        // If everything but the server is there, the default server is meant.
        if marks > 0
            && has_default_guild
            && !endpoint.destructive
            && wanted.first().is_some_and(|first| first.name == "guild_id")
            && words.len() < wanted.len()
        {
            wanted = &wanted[1..];
        }
        while let Some((param, rest)) = wanted.split_first() {
            wanted = rest;
            match words.next() {
                None => holes.push(*param),
                Some(word) if word == MARK => holes.push(*param),
                Some(word) => {
                    if wanted.first().is_some_and(|next| path::pair(param, next, word).is_some()) {
                        wanted = &wanted[1..];
                    }
                }
            }
        }
    }
    if marks > holes.len() {
        return Err(Error::TooMany { word: MARK.to_owned(), usage: usage::line(endpoint), hint: None });
    }
    fixed.targets.retain(|word| word != MARK);
    Ok(holes)
}

/// The fields that a line can set.
pub fn fields(endpoint: &'static Endpoint) -> Vec<&'static str> {
    let is_field = |p: &&Param| {
        matches!(p.place, Place::Query | Place::Body | Place::Form)
            && p.is_given()
            && !p.secret
            && p.kind != ParamKind::File
    };
    let own = endpoint.all_params().filter(is_field).map(|p| p.name);
    own.chain(endpoint.audit_reason.then_some("reason")).collect()
}

/// The field that `--take` names.
fn taken(endpoint: &'static Endpoint, fixed: &Values, name: &str) -> Result<Taken, Error> {
    let typed = name.trim();
    let name = typed.trim_start_matches('-').replace('-', "_");
    let conflict = |second: &str| Error::Conflict { first: format!("--take {typed}"), second: second.to_owned() };
    let is_named = |p: &&'static Param| {
        let is_field = matches!(p.place, Place::Query | Place::Body | Place::Form | Place::Whole | Place::Local);
        is_field && p.is_given() && (p.name == name || p.name == typed || p.flag() == typed)
    };
    let found = endpoint.all_params().find(is_named);
    match found {
        None if name == "reason" && endpoint.audit_reason => match fixed.reason {
            Some(_) => Err(conflict("--reason")),
            None => Ok(Taken::Reason),
        },
        None => {
            let fields = fields(endpoint);
            let near = closest(&name, fields.iter().copied()).into_iter().collect();
            Err(Error::NoSuchField { field: typed.to_owned(), near, fields })
        }
        Some(param) if param.secret => Err(Error::CannotTake { field: typed.to_owned(), why: "is a secret" }),
        Some(param) if param.kind == ParamKind::File => {
            Err(Error::CannotTake { field: typed.to_owned(), why: "names a file" })
        }
        Some(param) => {
            let field = fixed.fields.iter().find(|field| field.param.name == param.name);
            match field {
                Some(field) => Err(conflict(&field.flag)),
                None if fixed.unset.iter().any(|unset| *unset == param.name) => Err(conflict("--unset")),
                None if param.place == Place::Whole && fixed.body.is_some() => Err(conflict("--body")),
                None => Ok(Taken::Param(param)),
            }
        }
    }
}

/// The text that a line has for a parameter of the path.
fn value_of(param: &Param, content: &Content<'_>, is_last: bool) -> Result<Option<String>, Error> {
    let is_id = matches!(param.kind, ParamKind::Snowflake(_) | ParamKind::Cursor(_));
    let found = match content {
        Content::Value(text) if is_last => Some(("the line".to_owned(), Some(text.clone().into_owned()))),
        Content::Value(_) => None,
        Content::Object(members) => {
            let own = members.get(param.name).map(|value| (param.name, value));
            let user = (param.name == "user_id").then(|| members.get("user")).flatten();
            let user =
                || serde_json::from_str::<Members<'_>>(user?.get()).ok()?.get("id").map(|value| ("user.id", value));
            let id = || members.get("id").filter(|_| is_last).map(|value| ("id", value));
            own.or_else(user).or_else(id).map(|(name, value)| (name.to_owned(), text(value)))
        }
    };
    if let (Content::Value(text), true) = (content, is_id && is_last)
        && text.parse::<Snowflake>().is_err()
    {
        return Err(Error::BadLine { why: "is not an id".to_owned() });
    }
    let Some((name, text)) = found else { return Ok(None) };
    let wanted = || if is_id { "an id" } else { "a text" }.to_owned();
    match text {
        Some(text) if !is_id || text.parse::<Snowflake>().is_ok() => Ok(Some(text)),
        text => Err(Error::Value { flag: name, text: text.unwrap_or_default(), wanted: wanted() }),
    }
}

/// The members from which a parameter can come, for an error.
fn names_of(param: &Param, is_last: bool) -> String {
    let others = [("user.id", param.name == "user_id"), ("id", is_last)];
    let others = others.into_iter().filter(|(_, is_read)| *is_read).map(|(name, _)| name.to_owned());
    bind::error::either(std::iter::once(param.name.to_owned()).chain(others))
}

/// A string, or the digits of a number.
fn text(value: &RawValue) -> Option<String> {
    match serde_json::from_str(value.get()).ok()? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A value of the right form, with which the rest of the command line is checked before the first line.
const fn example(param: &Param) -> &'static str {
    match param.kind {
        ParamKind::Target(Entity::Emoji) | ParamKind::EmojiName => "👍",
        _ => "1",
    }
}
