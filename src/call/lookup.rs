//! Looks up names, and the servers of channels and webhooks: in the cache, or at Discord.

use anyhow::Context as _;
use bytes::Bytes;
use serde_json::json;
use serde_json::value::RawValue;

use super::bind::Names;
use super::bind::names::{NameRef, Scope};
use super::policy::{CacheMode, Policy};
use super::{App, application};
use crate::cache::answer::{self, Answer};
use crate::cache::{self, Cache, CachedRow, Kind, Observation};
use crate::catalogue::{Auth, Endpoint, rows};
use crate::config;
use crate::error::{self, Refused, Result};
use crate::model::target::{self, Target};
use crate::model::{Entity, Snowflake, items};
use crate::resolve::{self, Fetch, Name, Step};
use crate::rest::{self, Body, Pages, Plan, Request, Text};

/// Looks up the names of a call, each in the server that an earlier one may have given.
///
/// `exact` is for a call that changes something: it needs whole names, and rows of the cache that still hold. With
/// `leave`, a name stays a name if neither the cache nor a request can tell what it stands for.
pub async fn names(app: &App, names: &mut Names, policy: &Policy<'_>, exact: bool, leave: bool) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    // The names are those that the token's owner sees.
    app.authenticate(Auth::Any);
    let mut finder = Finder { exact, leave, ..Finder::new(app, policy) };
    for at in 0..names.len() {
        // Of a server that is left, nothing can be found either.
        let Some(name) = names.get(at) else { continue };
        if let Some(id) = finder.find(Query::Name(&name)).await? {
            names.learn(at, id);
        }
    }
    Ok(())
}

/// The server that a channel is in; `None` for direct messages. It never changes.
pub async fn guild_of_channel(app: &App, policy: &Policy<'_>, channel: &str) -> Result<Option<u64>> {
    guild_id(Finder::new(app, policy).find(Query::GuildOfChannel(channel)).await?)
}

/// The server that a webhook posts to. With its token, the webhook itself tells, without the bot's token.
pub async fn guild_of_webhook(app: &App, policy: &Policy<'_>, id: &str, token: Option<&Text>) -> Result<Option<u64>> {
    guild_id(Finder::new(app, policy).find(Query::GuildOfWebhook(id, token)).await?)
}

/// So many servers are named in an error about a name whose server is not known.
const MOST_GUILDS: usize = 5;

/// What is looked up.
#[derive(Clone, Copy)]
enum Query<'a> {
    Name(&'a NameRef),
    GuildOfChannel(&'a str),
    GuildOfWebhook(&'a str, Option<&'a Text>),
}

/// Looks things up in the cache, or, if that is not used, in one that the process has in memory.
struct Finder<'a> {
    app: &'a App,
    policy: &'a Policy<'a>,
    exact: bool,
    leave: bool,
    /// The cache on disk cannot answer.
    in_memory: bool,
}

impl<'a> Finder<'a> {
    fn new(app: &'a App, policy: &'a Policy<'a>) -> Self {
        Self { app, policy, exact: false, leave: false, in_memory: false }
    }

    /// Looks something up. If the cache fails, it does so again without what has failed: Discord can be asked.
    async fn find(&mut self, wanted: Query<'_>) -> Result<Option<String>> {
        self.in_memory = false;
        loop {
            let was_rebuilt = self.is_rebuilt();
            let result = self.once(wanted).await;
            match result.as_ref().err().and_then(error::Error::cache) {
                Some(failure @ cache::Error::Store(_)) if !self.in_memory => {
                    self.in_memory = !self.app.recover_cache(failure);
                }
                // What was looked up so far was in the old file.
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
        }
    }

    async fn name(&mut self, name: &NameRef) -> Result<Option<String>> {
        let NameRef { entity, name: text, scope, .. } = name;
        match resolve::labelled_id(text) {
            _ if text == "@me" => self.me(*entity).await,
            _ if *entity == Entity::Channel && resolve::is_person(text) => self.direct_messages(text, scope).await,
            // Whether it is a role or a person, only the cache knows.
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

    /// The user of the token, who stays the same.
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

    /// The channel of direct messages with a person. Discord has one for each, which stays the same.
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
        // To open them is no reading, which a dry run is limited to.
        if self.leave {
            return Ok(None);
        }
        self.may_ask("looking up a person's direct messages")?;
        let endpoint = rows::CREATE_DM;
        if self.policy.rights.read_only {
            return Err(Refused::ReadOnly { method: endpoint.method.name() }.into());
        }
        self.policy.rights.admit_guild(None, || endpoint.words())?;
        let mut request = Request::new(endpoint);
        request.body = Body::Json(json!({ "recipient_id": user }));
        let response = self.app.client(endpoint.auth)?.send(&request).await?;
        self.write(endpoint, None, &response.body, false, self.app.clock.wall_ms())?;
        Ok(Some(rest::text(&response.body, "id")?))
    }

    /// The id of a person, who may be in another server than the default one.
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
                    if !self.fetch(&fetch).await? {
                        return Ok(None);
                    }
                    fetched.push(fetch.row);
                }
            }
        }
    }

    /// The server in which a name is looked up: the server of the request, else that of its channel or webhook, else the
    /// default server, else the only server there is.
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

    /// The only server that the token's owner is in. For a command that changes something, the list of servers is as
    /// fresh as a name has to be: since an old one the bot may have joined another server.
    async fn only_guild(&mut self, name: &Name<'_>) -> Result<Option<u64>> {
        self.in_memory |= !self.with(|cache| resolve::is_kept(cache, Entity::Guild))?;
        let now_ms = self.app.clock.wall_ms();
        let listed = self.with(|cache| cache.listed_at(Kind::Guild, 0, now_ms))??;
        let holds = listed.is_some_and(|at| !name.exact || cache::is_fresh(at, now_ms, resolve::FRESH_MS));
        let all = Fetch { row: rows::LIST_GUILDS, guild: None, query: Vec::new() };
        if !holds && !self.fetch(&all).await? {
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
        let get = |cache: &mut Cache| -> Result<Option<CachedRow>, cache::Error> {
            let row = cache.get(Kind::Channel, None, channel)?;
            if row.is_none() { cache.get(Kind::Thread, None, channel) } else { Ok(row) }
        };
        if let Some(row) = self.with(get)?? {
            return Ok(row.guild);
        }
        self.ask(rows::GET_CHANNEL, &[("channel_id", Text::Plain(channel.to_owned()))]).await?;
        Ok(self.with(get)??.and_then(|row| row.guild))
    }

    async fn guild_of_webhook(&mut self, id: &str, token: Option<&Text>) -> Result<Option<u64>> {
        let get = |cache: &mut Cache| cache.get(Kind::Webhook, None, id);
        if let Some(row) = self.with(get)?? {
            return Ok(row.guild);
        }
        let segment = ("webhook_id", Text::Plain(id.to_owned()));
        match token {
            Some(token) => self.ask(rows::GET_WEBHOOK_BY_TOKEN, &[segment, ("webhook_token", token.clone())]).await?,
            None => self.ask(rows::GET_WEBHOOK, &[segment]).await?,
        };
        Ok(self.with(get)??.and_then(|row| row.guild))
    }

    /// Whether Discord may be asked; if not, a name is left or the look-up is refused.
    fn may_ask(&self, what: &str) -> Result<bool> {
        if self.policy.cache == CacheMode::Offline {
            return if self.leave { Ok(false) } else { Err(Refused::NotCached { command: what.to_owned() }.into()) };
        }
        Ok(!self.leave || !matches!(self.app.token(), Err(config::Error::NoToken)))
    }

    /// Asks for one thing, keeps it and returns it.
    async fn ask(&mut self, endpoint: &'static Endpoint, segments: &[(&'static str, Text)]) -> Result<Option<Bytes>> {
        let what = if segments.is_empty() { "looking up the user of the token" } else { "looking up a server" };
        if !self.may_ask(what)? {
            return Ok(None);
        }
        let mut request = Request::new(endpoint);
        for (name, value) in segments {
            request.set_segment(*name, value.clone());
        }
        let response = self.app.client(endpoint.auth)?.send(&request).await?;
        self.write(endpoint, None, &response.body, false, self.app.clock.wall_ms())?;
        Ok(Some(response.body))
    }

    /// Asks for a list and keeps it. Returns whether that was possible.
    async fn fetch(&mut self, fetch: &Fetch) -> Result<bool> {
        if !self.may_ask("looking up a name")? {
            return Ok(false);
        }
        let endpoint = fetch.row;
        let mut request = Request::new(endpoint);
        if let Some(guild) = fetch.guild {
            self.policy.rights.admit_guild(Some(guild), || endpoint.words())?;
            request.set_segment("guild_id", Text::Plain(guild.to_string()));
        }
        request.query.extend(fetch.query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let client = self.app.client(Auth::Bot)?;
        let now_ms = self.app.clock.wall_ms();
        application::fill(self.app, client, endpoint, &mut request).await?;
        // A search has one page; lists are walked to their end.
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
        // Without it nothing is found, so a failure here is one of the call.
        Ok(self.with(|cache| cache.apply(Observation::answer(now_ms), self.app.clock.wall_ms(), &changes))??)
    }
}

fn guild_id(id: Option<String>) -> Result<Option<u64>> {
    Ok(id.map(|id| id.parse().context("a server's id is a number")).transpose()?)
}
