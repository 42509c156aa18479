//! The commands that read a channel, change one thing in it and write that back: `dcord permission set` changes an overwrite,
//! `dcord channel sync` all of them, `dcord thread archive` and `unarchive` the state of a thread. `dcord channel lock` and
//! `unlock` are built on them.

use std::collections::BTreeSet;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::dry_run;
use crate::cache::Kind;
use crate::call::bind::Bound;
use crate::call::overwrite::{self, named};
use crate::call::{self, CacheMode, Confirm, Content, Policy, Wants, admission};
use crate::catalogue::{Endpoint, rows};
use crate::cli::Error;
use crate::context::{Context, view};
use crate::error::{Missing, Refused, Report, Result, exit};
use crate::model::permission::{self, Overwrite};
use crate::model::{items, shell};
use crate::rest::{Body, Request, Text};

pub mod audit;
pub mod can;
pub mod explain;
mod findings;

/// The type of a category ("Channel Types").
const CATEGORY: u64 = 4;

/// The change to make in an overwrite.
#[derive(Clone, Copy, Default)]
pub(super) struct Change {
    pub allow: u64,
    pub deny: u64,
    pub clear: u64,
}

/// The outcome of a change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Changed,
    /// There was nothing to change.
    Unchanged,
    /// A dry run printed the request.
    Planned,
}

pub fn set(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let given = match &bound.request.body {
        Body::Json(body) => body.clone(),
        _ => Value::Null,
    };
    let [allow, deny, clear] = ["allow", "deny", "clear"].map(|name| permission::bits(&given[name]));
    for (flag, bits, other, others) in
        [("--deny", deny, "--allow", allow), ("--clear", clear, "--allow", allow), ("--clear", clear, "--deny", deny)]
    {
        if bits & others != 0 {
            let both = named(bits & others).join(",");
            return Err(Error::Conflict { first: format!("{other} {both}"), second: format!("{flag} {both}") }.into());
        }
    }
    let call = Call::begin(context, policy, bound)?;
    let id = call.id("overwrite_id")?;
    call.write(id, Change { allow, deny, clear }, None).map(|_| ())
}

pub fn sync(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    Call::begin(context, policy, bound)?.follow_category()
}

pub fn archive(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    Call::begin(context, policy, bound)?.set_thread("archived", true, None)
}

pub fn unarchive(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    Call::begin(context, policy, bound)?.set_thread("archived", false, None)
}

/// A running command, and the channel that it changes.
pub(super) struct Call<'a> {
    pub context: &'a Context,
    pub policy: &'a Policy<'a>,
    row: &'static Endpoint,
    request: Request,
    pub channel: Value,
}

fn not_cached(row: &'static Endpoint) -> Refused {
    Refused::NotCached { command: row.words(), missing: Missing::Object }
}

impl<'a> Call<'a> {
    /// Checks whether the command may run, and reads the channel.
    pub(super) fn begin(context: &'a Context, policy: &'a Policy<'a>, bound: Bound) -> Result<Self> {
        let Bound { endpoint: row, ref request, .. } = bound;
        let app = &context.app;
        app.authenticate(row.auth);
        // An unsupported output format is an error before any request is sent.
        context.printer(view(row))?;
        let Some(Text::Plain(id)) = request.segment("channel_id").cloned() else {
            return Err(not_cached(row).into());
        };
        let channel = match (policy.cache, policy.dry_run) {
            (CacheMode::Offline, true) => {
                overwrite::cached_channel(app, &id, i64::MAX).ok_or_else(|| not_cached(row))?
            }
            (CacheMode::Offline, false) => return Err(Refused::Offline { command: row.words() }.into()),
            _ => context.block_on(async {
                admission::check_request(app, policy, Some(row), Some(row), request).await?;
                if !policy.dry_run {
                    call::confirm(app, policy, &bound, false).await?;
                }
                call::admit(app, row)?;
                overwrite::channel(app, policy, &id).await
            })??,
        };
        Ok(Self { context, policy, row, request: bound.request, channel })
    }

    /// Reads another channel of the same server.
    fn read(&self, id: &str) -> Result<Value> {
        let app = &self.context.app;
        match self.policy.cache {
            CacheMode::Offline => {
                overwrite::cached_channel(app, id, i64::MAX).ok_or_else(|| not_cached(self.row).into())
            }
            _ => self.context.block_on(overwrite::channel(app, self.policy, id))?,
        }
    }

    pub(super) fn kind(&self) -> u64 {
        self.channel["type"].as_u64().unwrap_or(0)
    }

    /// Whether the channel is a thread, of one of the three types ("Channel Types").
    pub(super) fn is_thread(&self) -> bool {
        matches!(self.kind(), 10..=12)
    }

    /// The server of the channel.
    pub(super) fn guild(&self) -> Result<u64> {
        let id = self.channel["guild_id"].as_str().and_then(|id| id.parse().ok());
        id.ok_or_else(|| self.wrong_channel("a channel of a server: direct messages have no permissions"))
    }

    fn id(&self, name: &str) -> Result<u64> {
        let id = match self.request.segment(name) {
            Some(Text::Plain(id)) => id.parse().ok(),
            _ => None,
        };
        Ok(id.context("an id is a number")?)
    }

    /// A request to another endpoint, with the same channel and audit log reason.
    fn request(&self, row: &'static Endpoint) -> Request {
        let mut request = Request::new(row);
        for name in ["channel_id", "overwrite_id"] {
            if let Some(value) = self.request.segment(name)
                && request.template.contains(name)
            {
                request.set_segment(name, value.clone());
            }
        }
        request.reason.clone_from(&self.request.reason);
        request
    }

    /// Changes the overwrite of a role or member, and prints the differences. On a terminal, `done` is printed above them.
    pub(super) fn write(&self, id: u64, change: Change, done: Option<&str>) -> Result<Written> {
        let guild = self.guild_with_permissions()?;
        let before = overwrite::of(&self.channel, id);
        let after = before.changed(change.allow, change.deny, change.clear);
        let rows = differences(before, after);
        if before == after {
            return self.finish(None, &rows, done);
        }
        let row = if after.is_neutral() { rows::DELETE_OVERWRITE } else { rows::SET_OVERWRITE };
        let mut request = self.request(row);
        request.set_segment("overwrite_id", Text::Plain(id.to_string()));
        if !after.is_neutral() {
            let kind = self.overwrite_type(guild, id)?;
            let body = json!({"type": kind, "allow": after.allow.to_string(), "deny": after.deny.to_string()});
            request.body = Body::Json(body);
        }
        let independent = if self.kind() == CATEGORY { self.independent_channels(guild)? } else { Vec::new() };
        let written = self.finish(Some((row, request)), &rows, done)?;
        self.note_independent(&independent);
        Ok(written)
    }

    /// The names of the channels in the category whose permissions differ from the category's. They do not follow the
    /// category (Discord's reference, "Permission Syncing").
    fn independent_channels(&self, guild: u64) -> Result<Vec<String>> {
        if self.policy.dry_run {
            return Ok(Vec::new());
        }
        let row = rows::LIST_CHANNELS;
        let mut request = Request::new(row);
        request.set_segment("guild_id", Text::Plain(guild.to_string()));
        let response = self.context.block_on(call::exchange(&self.context.app, self.policy, row, &request, true))??;
        let channels: Vec<Value> =
            serde_json::from_slice(&response.body).context("the answer about the channels is not a list")?;
        let own = overwrites(&self.channel);
        let is_independent =
            |channel: &&Value| channel["parent_id"] == self.channel["id"] && overwrites(channel) != own;
        let name = |channel: &Value| format!("#{}", channel["name"].as_str().unwrap_or_default());
        Ok(channels.iter().filter(is_independent).map(name).collect())
    }

    fn note_independent(&self, names: &[String]) {
        /// The maximum number of names. Further channels are only counted.
        const MOST: usize = 5;
        if names.is_empty() {
            return;
        }
        let mut shown = names[..names.len().min(MOST)].join(", ");
        if names.len() > MOST {
            shown += &format!(" and {} more", names.len() - MOST);
        }
        self.context.console.note(format_args!(
            "these channels of the category have permissions of their own and stay as they are: {shown}; `dcord channel \
             sync CHANNEL` gives a channel the permissions of its category"
        ));
    }

    /// Copies the overwrites of the category to the channel, and prints the differences.
    fn follow_category(&self) -> Result<()> {
        let guild = self.guild_with_permissions()?;
        let Some(category) = self.channel["parent_id"].as_str() else {
            let name = self.name();
            if self.kind() == CATEGORY {
                return Err(self.wrong_channel("a channel in a category, but a category"));
            }
            let hint =
                format!("to put it into one, use dcord channel edit {} --parent-id CATEGORY", shell::word(&name));
            let message = format!("{name} is not in a category, whose permissions it could get");
            return Err(Box::new(Report::new(exit::USAGE, "usage", message, Some(hint))).into());
        };
        let category = self.read(category)?;
        let (before, after) = (overwrites(&self.channel), overwrites(&category));
        if before == after {
            return self.finish(None, &[], None).map(|_| ());
        }
        let ids: BTreeSet<u64> = before.iter().chain(&after).map(|overwrite| overwrite.id).collect();
        let mut rows = Vec::new();
        for id in ids {
            let owner = self.owner(guild, id);
            for mut row in differences(overwrite::of(&self.channel, id), overwrite::of(&category, id)) {
                row["for"] = json!(owner);
                rows.push(row);
            }
        }
        let row = rows::UPDATE_CHANNEL;
        let mut request = self.request(row);
        request.body = Body::Json(json!({"permission_overwrites": category["permission_overwrites"]}));
        self.finish(Some((row, request)), &rows, None).map(|_| ())
    }

    /// The name of an overwrite's role from the cache, or otherwise the id of the role or member.
    fn owner(&self, guild: u64, id: u64) -> String {
        if id == guild {
            return "@everyone".to_owned();
        }
        let id = id.to_string();
        let role = self.context.app.with_cache(|cache| cache.get(Kind::Role, None, &id)).flatten();
        let name = role.and_then(|role| {
            let role: Value = serde_json::from_str(&role.json).ok()?;
            Some(format!("@{}", role["name"].as_str()?))
        });
        name.unwrap_or(id)
    }

    /// The server of a channel that can have overwrites.
    fn guild_with_permissions(&self) -> Result<u64> {
        let guild = self.guild()?;
        match self.is_thread() {
            true => Err(self.wrong_channel("a channel: a thread has the permissions of the channel it is in")),
            false => Ok(guild),
        }
    }

    /// The error for a channel whose type does not suit the command.
    fn wrong_channel(&self, wanted: &str) -> crate::error::Error {
        Error::Value { flag: "CHANNEL".to_owned(), text: self.name(), wanted: wanted.to_owned() }.into()
    }

    fn not_a_thread(&self) -> crate::error::Error {
        let idle = "to archive its idle threads, add --idle, such as --idle 7d";
        let hint = self.row.param("idle").map(|_| idle.to_owned());
        let message = format!("THREAD: {:?} is not a thread", self.name());
        Box::new(Report::new(exit::USAGE, "usage", message, hint)).into()
    }

    /// The channel's name, or its id if it has no name. The name has a `#`, unless it is that of a category.
    fn name(&self) -> String {
        let mark = if self.kind() == CATEGORY { "" } else { "#" };
        let name = self.channel["name"].as_str().map(|name| format!("{mark}{name}"));
        name.unwrap_or_else(|| self.channel["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Sets a boolean field of the thread, and prints the difference. On a terminal, `done` is printed above it.
    pub(super) fn set_thread(&self, field: &str, value: bool, done: Option<&str>) -> Result<()> {
        if !self.is_thread() {
            return Err(self.not_a_thread());
        }
        let before = self.channel["thread_metadata"][field] == json!(true);
        if before == value {
            return self.finish(None, &[], done).map(|_| ());
        }
        let row = rows::UPDATE_CHANNEL;
        let mut request = self.request(row);
        request.body = Body::Json(json!({ field: value }));
        let word = |value: bool| if value { "yes" } else { "no" };
        let rows = [json!({"name": field, "before": word(before), "after": word(value)})];
        self.finish(Some((row, request)), &rows, done).map(|_| ())
    }

    /// Sends the request if it changes anything, and prints the differences.
    fn finish(
        &self,
        request: Option<(&'static Endpoint, Request)>,
        rows: &[Value],
        done: Option<&str>,
    ) -> Result<Written> {
        let context = self.context;
        let Some((row, request)) = request else {
            context.console.note("no change is needed; nothing was sent");
            self.print(rows, &self.channel)?;
            return Ok(Written::Unchanged);
        };
        // The user has already confirmed the whole command.
        let policy = Policy { rights: self.policy.rights.clone(), confirm: Confirm::Granted, ..*self.policy };
        let bound = Bound { command: self.row, ..Bound::of(row, request) };
        let outcome = context.block_on(call::execute(&context.app, bound, &policy, Wants::default()))??;
        match outcome.content {
            Content::Planned(planned) => {
                planned.iter().try_for_each(|planned| dry_run::print(context, planned))?;
                Ok(Written::Planned)
            }
            content => {
                if let Some(done) = done.filter(|_| context.console.options().terminal) {
                    context.console.note(done);
                }
                let object = match content {
                    Content::Answer(answer) => {
                        answer.document.object().and_then(|o| serde_json::from_str(o.get()).ok())
                    }
                    _ => None,
                };
                self.print(rows, &object.unwrap_or_default())?;
                Ok(Written::Changed)
            }
        }
    }

    /// Prints the differences. If the command's output has an id, programs get the whole object instead.
    fn print(&self, rows: &[Value], object: &Value) -> Result<()> {
        let mut printer = self.context.printer(view(self.row))?;
        if self.row.id.is_none() || printer.is_for_people() {
            return self.context.print_list(view(self.row), rows);
        }
        printer.answer(&serde_json::to_vec(object)?, Some("application/json"))?;
        self.context.finish(&mut printer)
    }

    /// Discord's type of an overwrite: 0 for a role, 1 for a member.
    fn overwrite_type(&self, guild: u64, id: u64) -> Result<u64> {
        let text = id.to_string();
        let list = self.channel["permission_overwrites"].as_array().map_or(&[][..], Vec::as_slice);
        if let Some(known) = list.iter().find(|overwrite| overwrite["id"] == json!(text)) {
            return Ok(known["type"].as_u64().unwrap_or(0));
        }
        if id == guild {
            return Ok(0);
        }
        let known = self.context.app.with_cache(|cache| {
            let role = cache.get(Kind::Role, None, &text)?.map(|_| 0);
            Ok(if role.is_none() { cache.get(Kind::Member, Some(guild), &text)?.map(|_| 1) } else { role })
        });
        if let Some(kind) = known.flatten() {
            return Ok(kind);
        }
        if self.policy.cache == CacheMode::Offline {
            return Err(not_cached(self.row).into());
        }
        let row = rows::LIST_ROLES;
        let mut request = Request::new(row);
        request.set_segment("guild_id", Text::Plain(guild.to_string()));
        let response = self.context.block_on(call::exchange(&self.context.app, self.policy, row, &request, true))??;
        let roles = items::items(&response.body, None).context("Discord's response about the roles is not a list")?;
        let is_role = roles.iter().any(|role| items::text(role, "id").as_ref() == Some(&text));
        Ok(u64::from(!is_role))
    }
}

/// The overwrites of a channel that allow or deny anything, in the order of their ids.
fn overwrites(channel: &Value) -> Vec<Overwrite> {
    let mut list = Overwrite::of_channel(channel);
    list.retain(|overwrite| !overwrite.is_neutral());
    list.sort_by_key(|overwrite| overwrite.id);
    list
}

/// The permissions in which two overwrites differ.
fn differences(before: Overwrite, after: Overwrite) -> Vec<Value> {
    let changed = before.allow ^ after.allow | before.deny ^ after.deny;
    let state = |overwrite: Overwrite, bit: u64| match () {
        () if overwrite.allow & bit != 0 => "allowed",
        () if overwrite.deny & bit != 0 => "denied",
        () => "neutral",
    };
    let bits = (0..u64::BITS).map(|bit| 1 << bit).filter(|bit| changed & bit != 0);
    let row = |bit| json!({"name": named(bit).concat(), "before": state(before, bit), "after": state(after, bit)});
    bits.map(row).collect()
}
