//! Looks up names, and the servers of channels and webhooks, in the cache or with requests to Discord.

use anyhow::Context as _;
use bytes::Bytes;
use serde_json::json;
use serde_json::value::RawValue;

use super::bind::Names;
use super::bind::names::{NameRef, Scope};
use super::policy::{CacheMode, Policy};
use super::{App, application, audit};
use crate::cache::answer::{self, Answer};
use crate::cache::{self, Cache, CachedRow, Kind, Observation};
use crate::catalogue::{Auth, Endpoint, rows};
use crate::config;
use crate::error::{self, Missing, Refused, Result};
use crate::model::target::{self, Target};
use crate::model::{Entity, Snowflake, items};
use crate::resolve::{self, Fetch, Name, Step};
use crate::rest::{self, Body, Pages, Plan, Request, Text};

/// Looks up the names of a call in order, because a name may be in the server that an earlier name refers to.
///
/// `exact` is for a call that changes something: it requires full names and up-to-date cached rows. With `leave`, a name stays
/// unresolved if neither the cache nor a read can resolve it.
pub async fn names(app: &App, names: &mut Names, policy: &Policy<'_>, exact: bool, leave: bool) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    // The token determines which names are visible.
    app.authenticate(Auth::Any);
    let mut finder = Finder { exact, leave, ..Finder::new(app, policy) };
    for at in 0..names.len() {
        // Nothing can be found in a server whose own name is unresolved.
        let Some(name) = names.get(at).filter(|name| !name.is_known()) else { continue };
        match (finder.find(Query::Name(&name)).await, name.optional) {
            (Ok(Some(id)), _) => names.learn(at, id),
            (Ok(None), _) => {}
            (Err(error), Some(option)) => {
                let text = &name.name;
                app.notices.warn(format_args!("{option} {text}: {error}, so the message pings nobody by this name"));
                names.give_up(at);
            }
            (Err(error), None) => return Err(error),
        }
    }
    Ok(())
}

/// The server of a channel, or `None` for direct messages. It never changes.
pub async fn guild_of_channel(app: &App, policy: &Policy<'_>, channel: &str) -> Result<Option<u64>> {
    guild_id(Finder::new(app, policy).find(Query::GuildOfChannel(channel)).await?)
}

/// The server of a webhook. With the webhook's token, this needs no bot token.
pub async fn guild_of_webhook(app: &App, policy: &Policy<'_>, id: &str, token: Option<&Text>) -> Result<Option<u64>> {
    guild_id(Finder::new(app, policy).find(Query::GuildOfWebhook(id, token)).await?)
}

/// The channel to which a webhook posts.
pub async fn channel_of_webhook(
    app: &App,
    policy: &Policy<'_>,
    id: &str,
    token: Option<&Text>,
) -> Result<Option<String>> {
    Finder::new(app, policy).find(Query::ChannelOfWebhook(id, token)).await
}

/// The channel or category that contains a channel or thread.
pub async fn parent_of_channel(app: &App, policy: &Policy<'_>, channel: &str) -> Result<Option<String>> {
    Finder::new(app, policy).find(Query::ParentOfChannel(channel)).await
}

/// The maximum number of servers that an error about a name without a known server lists.
const MOST_GUILDS: usize = 5;

/// What to look up.
#[derive(Clone, Copy)]
enum Query<'a> {
    Name(&'a NameRef),
    GuildOfChannel(&'a str),
    GuildOfWebhook(&'a str, Option<&'a Text>),
    ChannelOfWebhook(&'a str, Option<&'a Text>),
    ParentOfChannel(&'a str),
}

/// Looks up objects in the cache, or in a cache in memory if the cache is not used.
struct Finder<'a> {
    app: &'a App,
    policy: &'a Policy<'a>,
    exact: bool,
    leave: bool,
    /// Whether the cache on disk cannot be used for this look-up.
    in_memory: bool,
}

impl<'a> Finder<'a> {
    fn new(app: &'a App, policy: &'a Policy<'a>) -> Self {
        Self { app, policy, exact: false, leave: false, in_memory: false }
    }

    /// Looks something up. If the cache fails, recovers it or uses one in memory, and repeats the look-up with requests to
    /// Discord.
    async fn find(&mut self, wanted: Query<'_>) -> Result<Option<String>> {
        self.in_memory = false;
        loop {
            let was_rebuilt = self.is_rebuilt();
            let result = self.once(wanted).await;
            match result.as_ref().err().and_then(error::Error::cache) {
                Some(failure @ cache::Error::Store(_)) if !self.in_memory => {
                    self.in_memory = !self.app.recover_cache(failure);
                }
                // Earlier results were in the old file, so the look-up starts again.
                None if !was_rebuilt && self.is_rebuilt() => {}
                _ => return result,
            }
        }
    }

    fn is_rebuilt(&self) -> bool {
        self.app.cache().is_some_and(|cache| cache.rebuilt().is_some())
    }

    async fn once(&mut self, wanted: Query<'_>) -> Result<Option<String>> {
        let id = |id: Option<u64>| id.map(|id| id.to_string());
        match wanted {
            Query::Name(name) => self.name(name).await,
            Query::GuildOfChannel(channel) => self.guild_of_channel(channel).await.map(id),
            Query::GuildOfWebhook(webhook, token) => self.guild_of_webhook(webhook, token).await.map(id),
            Query::ChannelOfWebhook(webhook, token) => self.channel_of_webhook(webhook, token).await,
            Query::ParentOfChannel(channel) => self.parent_of_channel(channel).await,
        }
    }

    async fn name(&mut self, name: &NameRef) -> Result<Option<String>> {
        let NameRef { entity, name: text, scope, .. } = name;
        match resolve::labelled_id(text) {
            _ if text == "@me" => self.me(*entity).await,
            _ if *entity == Entity::Channel && resolve::is_person(text) => self.direct_messages(text, scope).await,
            // Only the cache shows whether the id is that of a role or a user.
            Some(id) => self.mention(id).map(Some),
            None => self.id(&Name { entity: *entity, text, exact: self.exact }, scope).await,
        }
    }

    fn with<T>(&self, run: impl FnOnce(&mut Cache) -> T) -> Result<T> {
        if !self.in_memory
            && let Some(mut cache) = self.app.cache()
        {
            return Ok(run(&mut cache));
        }
        self.app.with_memory(run)
    }

    async fn id(&mut self, name: &Name<'_>, scope: &Scope) -> Result<Option<String>> {
        let in_guild = resolve::is_in_guild(name.entity) && !(scope.of_app && resolve::has_app(name.entity));
        if !in_guild {
            return self.look_up(name, None).await;
        }
        let Some(guild) = self.guild(name, scope).await? else { return Ok(None) };
        self.look_up(name, Some(guild)).await
    }

    /// The token's own user, which never changes.
    async fn me(&mut self, entity: Entity) -> Result<Option<String>> {
        let known = self.with(|cache| cache.own_user_id())??;
        let id = match known {
            Some(id) => id,
            None => {
                let Some(body) = self.ask(rows::GET_ME, &[]).await? else { return Ok(None) };
                let id = rest::text(&body, "id")?;
                let number = id.parse().context("a user's id is a number")?;
                self.with(|cache| cache.set_own_user(number))??;
                id
            }
        };
        Ok(Some(if entity == Entity::Any { format!("<@{id}>") } else { id }))
    }

    fn mention(&self, id: Snowflake) -> Result<String> {
        let role = self.with(|cache| cache.get(Kind::Role, None, &id.to_string()))??;
        Ok(format!("<@{}{id}>", if role.is_some() { "&" } else { "" }))
    }

    /// The channel of direct messages with a user. There is one for each user, which never changes.
    async fn direct_messages(&mut self, name: &str, scope: &Scope) -> Result<Option<String>> {
        let user = match (target::parse(Entity::User, name), resolve::labelled_id(name)) {
            (Target::Id(id), _) | (_, Some(id)) => id.to_string(),
            _ => match self.person(&Name { entity: Entity::User, text: name, exact: self.exact }, scope).await? {
                Some(id) => id,
                None => return Ok(None),
            },
        };
        let id = user.parse().context("a user's id is a number")?;
        if let Some(known) = self.with(|cache| cache.direct_messages(id))?? {
            return Ok(Some(known.to_string()));
        }
        // Opening the channel is a write, and a dry run only reads.
        if self.leave {
            return Ok(None);
        }
        self.may_ask("looking up a person's direct messages")?;
        let endpoint = rows::CREATE_DM;
        let rights = &self.policy.rights;
        rights.admit_step(endpoint)?;
        rights.admit_guild(None, || endpoint.words())?;
        rights.admit_no_channel(|| endpoint.words())?;
        let mut request = Request::new(endpoint);
        request.body = Body::Json(json!({ "recipient_id": user }));
        let response = audit::send(self.app, &endpoint.words(), &request).await??;
        self.write(endpoint, None, &response.body, false, self.app.clock.wall_ms())?;
        Ok(Some(rest::text(&response.body, "id")?))
    }

    /// The id of a user, who may be in another server than the default one.
    async fn person(&mut self, name: &Name<'_>, scope: &Scope) -> Result<Option<String>> {
        let found = self.id(name, scope).await;
        let nobody = |e: &error::Error| matches!(e, error::Error::Resolve(resolve::Error::NoMatch { .. }));
        if scope.guild.is_some() || !found.as_ref().is_err_and(nobody) {
            return found;
        }
        match self.with(|cache| resolve::guild_of_person(cache, name.text))?? {
            Some(guild) => self.look_up(name, Some(guild)).await,
            None => found,
        }
    }

    async fn look_up(&mut self, name: &Name<'_>, guild: Option<u64>) -> Result<Option<String>> {
        self.in_memory |= !self.with(|cache| resolve::is_kept(cache, name.entity))?;
        let mut fetched = Vec::new();
        loop {
            let now_ms = self.app.clock.wall_ms();
            match self.with(|cache| resolve::look(cache, name, guild, &fetched, now_ms))?? {
                Step::Found(id) => return Ok(Some(id)),
                Step::Fetch(fetch) => {
                    if !self.fetch(&fetch, name).await? {
                        return Ok(None);
                    }
                    fetched.push(fetch.row);
                }
            }
        }
    }

    /// The server in which to look up a name: the first that is known of the request's server, the server of its channel or
    /// webhook, the default server, and the bot's only server.
    async fn guild(&mut self, name: &Name<'_>, scope: &Scope) -> Result<Option<u64>> {
        if let Some(guild) = scope.guild.as_ref().and_then(|id| id.parse().ok()) {
            return Ok(Some(guild));
        }
        if let Some(channel) = &scope.channel
            && let Some(guild) = self.guild_of_channel(channel).await?
        {
            return Ok(Some(guild));
        }
        if let Some((id, token)) = &scope.webhook
            && let Some(guild) = self.guild_of_webhook(id, Some(token)).await?
        {
            return Ok(Some(guild));
        }
        if let Some(text) = &self.app.settings.guild {
            return match target::parse(Entity::Guild, text) {
                Target::Id(id) | Target::Link { guild: Some(id), .. } => Ok(Some(id.get())),
                _ => {
                    let guild = Name { entity: Entity::Guild, text, exact: name.exact };
                    guild_id(self.look_up(&guild, None).await?)
                }
            };
        }
        if name.entity == Entity::User
            && let Some(guild) = self.with(|cache| resolve::guild_of_person(cache, name.text))??
        {
            return Ok(Some(guild));
        }
        self.only_guild(name).await
    }

    /// The bot's only server. A command that changes something requires an up-to-date list of servers, because the bot may have
    /// joined another one.
    async fn only_guild(&mut self, name: &Name<'_>) -> Result<Option<u64>> {
        self.in_memory |= !self.with(|cache| resolve::is_kept(cache, Entity::Guild))?;
        let now_ms = self.app.clock.wall_ms();
        let listed = self.with(|cache| cache.listed_at(Kind::Guild, 0, now_ms))??;
        let holds = listed.is_some_and(|at| !name.exact || cache::is_fresh(at, now_ms, resolve::FRESH_MS));
        let all = Fetch { row: rows::LIST_GUILDS, guild: None, query: Vec::new() };
        if !holds && !self.fetch(&all, name).await? {
            return Ok(None);
        }
        let guilds = self.with(|cache| cache.rows(Kind::Guild, None, MOST_GUILDS))??;
        match &guilds[..] {
            [only] => guild_id(Some(only.id.clone())),
            more => {
                let (entity, name) = (name.entity, name.text.to_owned());
                let name_of = |guild: &CachedRow| {
                    let json: &RawValue = serde_json::from_str(&guild.json).ok()?;
                    items::text(json, "name")
                };
                let guilds = more.iter().filter_map(name_of).collect();
                Err(resolve::Error::WhichGuild { entity, name, guilds }.into())
            }
        }
    }

    async fn guild_of_channel(&mut self, channel: &str) -> Result<Option<u64>> {
        Ok(self.channel(channel, i64::MAX).await?.and_then(|row| row.guild))
    }

    /// The parent of a thread never changes, but a channel can be moved to another category.
    async fn parent_of_channel(&mut self, channel: &str) -> Result<Option<String>> {
        let row = self.channel(channel, resolve::FRESH_MS).await?;
        Ok(row.and_then(|row| text_in(&row, "parent_id")))
    }

    /// The row of a channel or thread. The row of a channel is at most this old.
    async fn channel(&mut self, channel: &str, most_ms: i64) -> Result<Option<CachedRow>> {
        let now_ms = self.app.clock.wall_ms();
        let get = |cache: &mut Cache| -> Result<Option<CachedRow>, cache::Error> {
            let Some(row) = cache.get(Kind::Channel, None, channel)? else {
                return cache.get(Kind::Thread, None, channel);
            };
            let at = cache.now_if_live(row.kind, row.guild, row.fetched_at, now_ms)?;
            Ok(Some(row).filter(|_| now_ms.saturating_sub(at) <= most_ms))
        };
        if let Some(row) = self.with(get)?? {
            return Ok(Some(row));
        }
        self.ask(rows::GET_CHANNEL, &[("channel_id", Text::Plain(channel.to_owned()))]).await?;
        Ok(self.with(get)??)
    }

    async fn guild_of_webhook(&mut self, id: &str, token: Option<&Text>) -> Result<Option<u64>> {
        Ok(self.webhook(id, token, i64::MAX).await?.and_then(|row| row.guild))
    }

    /// A webhook can be moved to another channel.
    async fn channel_of_webhook(&mut self, id: &str, token: Option<&Text>) -> Result<Option<String>> {
        Ok(self.webhook(id, token, resolve::FRESH_MS).await?.and_then(|row| text_in(&row, "channel_id")))
    }

    /// The row of a webhook, which is at most this old.
    async fn webhook(&mut self, id: &str, token: Option<&Text>, most_ms: i64) -> Result<Option<CachedRow>> {
        let now_ms = self.app.clock.wall_ms();
        let is_fresh = |row: &CachedRow| now_ms.saturating_sub(row.fetched_at) <= most_ms;
        let get = |cache: &mut Cache| Ok::<_, cache::Error>(cache.get(Kind::Webhook, None, id)?.filter(is_fresh));
        if let Some(row) = self.with(get)?? {
            return Ok(Some(row));
        }
        let segment = ("webhook_id", Text::Plain(id.to_owned()));
        match token {
            Some(token) => self.ask(rows::GET_WEBHOOK_BY_TOKEN, &[segment, ("webhook_token", token.clone())]).await?,
            None => self.ask(rows::GET_WEBHOOK, &[segment]).await?,
        };
        Ok(self.with(get)??)
    }

    /// Whether requests to Discord are allowed. If not, the name stays unresolved, or this returns an error.
    fn may_ask(&self, what: &str) -> Result<bool> {
        if self.policy.cache == CacheMode::Offline {
            let not_cached = || Refused::NotCached { command: what.to_owned(), missing: Missing::Object };
            return if self.leave { Ok(false) } else { Err(not_cached().into()) };
        }
        Ok(!self.leave || !matches!(self.app.token(), Err(config::Error::NoToken)))
    }

    /// Requests an object, stores it in the cache and returns it.
    async fn ask(&mut self, endpoint: &'static Endpoint, segments: &[(&'static str, Text)]) -> Result<Option<Bytes>> {
        let what = if segments.is_empty() { "looking up the user of the token" } else { "looking up a server" };
        if !self.may_ask(what)? {
            return Ok(None);
        }
        let mut request = Request::new(endpoint);
        for (name, value) in segments {
            request.set_segment(*name, value.clone());
        }
        self.policy.rights.admit_step(endpoint)?;
        let response = audit::send(self.app, &endpoint.words(), &request).await??;
        self.write(endpoint, None, &response.body, false, self.app.clock.wall_ms())?;
        Ok(Some(response.body))
    }

    /// Requests a list that may contain the name, and stores it in the cache. Returns whether the request was allowed.
    async fn fetch(&mut self, fetch: &Fetch, name: &Name<'_>) -> Result<bool> {
        if self.policy.cache == CacheMode::Offline && !self.leave {
            let (what, name) = (resolve::what(name.entity), name.text.to_owned());
            return Err(Refused::NameNotCached { what, name }.into());
        }
        if !self.may_ask("looking up a name")? {
            return Ok(false);
        }
        let endpoint = fetch.row;
        self.policy.rights.admit_step(endpoint)?;
        let mut request = Request::new(endpoint);
        if let Some(guild) = fetch.guild {
            self.policy.rights.admit_guild(Some(guild), || endpoint.words())?;
            request.set_segment("guild_id", Text::Plain(guild.to_string()));
        }
        request.query.extend(fetch.query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let client = self.app.client(Auth::Bot)?;
        let now_ms = self.app.clock.wall_ms();
        application::fill(self.app, client, self.policy, endpoint, &mut request).await?;
        // A search has one page. Lists are read to their end.
        let complete = fetch.query.is_empty();
        let plan = Plan { all: complete, ..Plan::default() };
        let mut pages = Pages::new(request, endpoint.paging, endpoint.items, plan);
        let mut bodies = Vec::new();
        while let Some(page) = pages.next(client).await? {
            bodies.push(page.body().clone());
        }
        let last = bodies.len().saturating_sub(1);
        for (at, body) in bodies.iter().enumerate() {
            self.write(endpoint, fetch.guild, body, complete && at == last, now_ms)?;
        }
        Ok(true)
    }

    fn write(&self, endpoint: &Endpoint, guild: Option<u64>, body: &[u8], complete: bool, now_ms: i64) -> Result<()> {
        let segment = |name: &str| guild.filter(|_| name == "guild_id").map(|guild| guild.to_string());
        let Endpoint { effects, items, .. } = *endpoint;
        let answer = Answer { effects, segment: &segment, me: None, items, body, complete, deleted: &[] };
        let changes = answer::changes(&answer)?;
        // The look-up depends on this write, so its failure is an error of the call.
        Ok(self.with(|cache| cache.apply(Observation::answer(now_ms), self.app.clock.wall_ms(), &changes))??)
    }
}

/// A text member of a cached object.
fn text_in(row: &CachedRow, name: &str) -> Option<String> {
    items::text(serde_json::from_str(&row.json).ok()?, name)
}

fn guild_id(id: Option<String>) -> Result<Option<u64>> {
    Ok(id.map(|id| id.parse().context("a server's id is a number")).transpose()?)
}
