//! Binding with names: each name that the binder meets is looked up, in the cache or at Discord.

use anyhow::Context as _;
use bytes::Bytes;
use serde_json::json;
use serde_json::value::RawValue;

use super::{allowed, endpoint};

use crate::cache::answer::{self, Answer};
use crate::cache::{self, Cache, Found, Kind, Observation};
use crate::call::bind::input::Input;
use crate::call::bind::names::Names;
use crate::call::bind::{self, Bound, Values};
use crate::catalogue::{Auth, Endpoint, Method, rows};
use crate::cli::Error;
use crate::config::env;
use crate::context::Context;
use crate::error::{self, Refused, Result};
use crate::model::target::{self, Target};
use crate::model::{Entity, Snowflake, TokenType, items};
use crate::resolve::{self, Fetch, Name, Step};
use crate::rest::{self, Body, Client, Pages, Plan, Request, Text};

/// Binds the typed words, and looks up the names among them. A dry run of an endpoint looks nothing up; what is
/// composed has to read what it changes.
pub fn bind(context: &Context, endpoint: &'static Endpoint, typed: &Values) -> Result<Bound> {
    let mut input = Input::patient(context.settings.request_timeout);
    let leave = context.settings.flags.dry_run.is_some() && !endpoint.composed;
    resolving(context, endpoint.method != Method::Get, leave, |names| {
        input.again();
        bind::bind(endpoint, typed, &context.settings, &mut input, env::now(&context.clock), names)
    })
}

/// Reads what was typed, again after each name that was looked up meanwhile. What changes something needs
/// whole names: `exact`. A dry run looks nothing up.
pub fn with_names<T>(context: &Context, exact: bool, read: impl FnMut(&mut Names) -> Result<T, Error>) -> Result<T> {
    resolving(context, exact, context.settings.flags.dry_run.is_some(), read)
}

/// The same; names stay names if they are to be left.
fn resolving<T>(
    context: &Context,
    exact: bool,
    leave: bool,
    mut read: impl FnMut(&mut Names) -> Result<T, Error>,
) -> Result<T> {
    let mut names = Names::new(leave);
    loop {
        // What was bound of servers and channels before is bound again.
        (names.guild, names.channel, names.webhook, names.of_app) = (None, None, None, false);
        match read(&mut names) {
            Err(Error::Name { entity, name }) if resolve::has_names(entity) => {
                let place = Place {
                    guild: names.guild.take(),
                    channel: names.channel.take(),
                    webhook: names.webhook.take(),
                    of_app: names.of_app,
                };
                let id = look_up(context, entity, &name, exact, &place)?;
                names.learn(entity, &name, id);
            }
            read => return Ok(read?),
        }
    }
}

/// So many servers are named where it is not said which is meant.
const MOST_GUILDS: usize = 5;

/// Where a name is looked for.
#[derive(Debug, Default)]
pub struct Place {
    /// An id.
    pub guild: Option<String>,
    /// The channel that the command is about, whose server is meant.
    pub channel: Option<String>,
    /// The webhook that the command sends through, and its token.
    pub webhook: Option<(String, Text)>,
    /// Among what the app has by itself, in no server.
    pub of_app: bool,
}

/// The id of a name. What changes something needs the whole name.
pub fn look_up(context: &Context, entity: Entity, name: &str, exact: bool, place: &Place) -> Result<String> {
    // The names are those that the token's owner sees.
    context.app.authenticate(Auth::Any);
    Finder::new(context).in_spite_of_the_cache(|finder| match resolve::labelled_id(name) {
        _ if name == "@me" => finder.me(entity),
        _ if entity == Entity::Channel && resolve::is_person(name) => finder.direct_messages(name, exact, place),
        // Of a role or a person only the cache says which it is.
        Some(id) => finder.mention(id),
        None => finder.id(&Name { entity, text: name, exact }, place),
    })
}

/// The failure of the cache's file that is behind an error, if one is.
pub fn cache_failure(error: &error::Error) -> Option<&cache::Error> {
    error.cache().filter(|error| matches!(error, cache::Error::Store(_)))
}

/// Looks names up in the cache, or, where that is switched off, in one of its own that is forgotten.
pub struct Finder<'a> {
    context: &'a Context,
    own: Option<Cache>,
    /// Whether its own is used though there is the other.
    alone: bool,
}

impl<'a> Finder<'a> {
    pub fn new(context: &'a Context) -> Self {
        Self { context, own: None, alone: false }
    }

    /// Looks something up, and if the cache fails, again without what has failed of it: Discord can be asked.
    fn in_spite_of_the_cache<T>(&mut self, look_up: impl Fn(&mut Self) -> Result<T>) -> Result<T> {
        let context = self.context;
        let is_rebuilt = || context.app.cache().is_some_and(|cache| cache.rebuilt().is_some());
        loop {
            let before = is_rebuilt();
            let result = look_up(self);
            match result.as_ref().err().and_then(cache_failure) {
                Some(failure) if !self.alone => self.alone = !context.app.recover_cache(failure),
                // What was looked up so far was in the old file.
                None if !before && is_rebuilt() => {}
                _ => return result,
            }
        }
    }

    fn with<T>(&mut self, run: impl FnOnce(&mut Cache) -> T) -> Result<T> {
        if !self.alone
            && let Some(mut cache) = self.context.app.cache()
        {
            return Ok(run(&mut cache));
        }
        let own = match self.own.take() {
            Some(own) => own,
            None => Cache::in_memory()?,
        };
        Ok(run(self.own.insert(own)))
    }

    fn id(&mut self, name: &Name<'_>, place: &Place) -> Result<String> {
        let in_guild = resolve::is_in_guild(name.entity) && !(place.of_app && resolve::has_app(name.entity));
        let guild = if in_guild { Some(self.guild(name, place)?) } else { None };
        self.look_up(name, guild)
    }

    /// The user of the token, who stays the same.
    fn me(&mut self, entity: Entity) -> Result<String> {
        let known = self.with(|cache| cache.own_user_id())??;
        let id = match known {
            Some(id) => id,
            None => {
                let body = self.ask(rows::GET_ME, &[])?;
                let id = rest::text(&body, "id")?;
                let number = id.parse().context("a user's id is a number")?;
                self.with(|cache| cache.set_own_user(number))??;
                id
            }
        };
        Ok(if entity == Entity::Any { format!("<@{id}>") } else { id })
    }

    fn mention(&mut self, id: Snowflake) -> Result<String> {
        let role = self.with(|cache| cache.get(Kind::Role, None, &id.to_string()))??;
        Ok(format!("<@{}{id}>", if role.is_some() { "&" } else { "" }))
    }

    /// The channel of direct messages with a person. Discord has one for each, which stays the same.
    fn direct_messages(&mut self, name: &str, exact: bool, place: &Place) -> Result<String> {
        let user = match (target::parse(Entity::User, name), resolve::labelled_id(name)) {
            (Target::Id(id), _) | (_, Some(id)) => id.to_string(),
            _ => self.person(&Name { entity: Entity::User, text: name, exact }, place)?,
        };
        let id = user.parse().context("a user's id is a number")?;
        if let Some(known) = self.with(|cache| cache.direct_messages(id))?? {
            return Ok(known.to_string());
        }
        let flags = &self.context.settings.flags;
        if flags.offline {
            return Err(Refused::NotCached { command: "looking up a person's direct messages".to_owned() }.into());
        }
        let endpoint = rows::CREATE_DM;
        let mut request = Request::new(endpoint);
        request.body = Body::Json(json!({ "recipient_id": user }));
        endpoint::allow(self.context, endpoint, &request)?;
        allowed::check(self.context, Some(endpoint), &request)?;
        let client = self.context.app.client(Auth::Bot)?;
        let response = self.context.block_on(client.send(&request))??;
        self.write(endpoint, None, &response.body, false, self.context.clock.wall_ms())?;
        Ok(rest::text(&response.body, "id")?)
    }

    /// The id of a person, who may be in another server than the default one.
    fn person(&mut self, name: &Name<'_>, place: &Place) -> Result<String> {
        let found = self.id(name, place);
        let nobody = |e: &error::Error| matches!(e, error::Error::Resolve(resolve::Error::NoMatch { .. }));
        if place.guild.is_some() || !found.as_ref().is_err_and(nobody) {
            return found;
        }
        match self.with(|cache| resolve::guild_of_person(cache, name.text))?? {
            Some(guild) => self.look_up(name, Some(guild)),
            None => found,
        }
    }

    fn look_up(&mut self, name: &Name<'_>, guild: Option<u64>) -> Result<String> {
        self.alone |= !self.with(|cache| resolve::is_kept(cache, name.entity))?;
        let mut fetched = Vec::new();
        loop {
            let now_ms = self.context.clock.wall_ms();
            match self.with(|cache| resolve::look(cache, name, guild, &fetched, now_ms))?? {
                Step::Found(id) => return Ok(id),
                Step::Fetch(fetch) => {
                    self.fetch(&fetch)?;
                    fetched.push(fetch.row);
                }
            }
        }
    }

    /// The server whose things are meant: that which was bound, the channel's own, the default one,
    /// or the only one there is.
    fn guild(&mut self, name: &Name<'_>, place: &Place) -> Result<u64> {
        if let Some(guild) = place.guild.as_ref().and_then(|id| id.parse().ok()) {
            return Ok(guild);
        }
        if let Some(guild) = place.channel.as_ref().map(|id| self.guild_of(id)).transpose()?.flatten() {
            return Ok(guild);
        }
        if let Some((id, token)) = &place.webhook
            && let Some(guild) = self.guild_of_webhook(id, Some(token))?
        {
            return Ok(guild);
        }
        if let Some(text) = &self.context.settings.guild {
            return match target::parse(Entity::Guild, text) {
                Target::Id(id) | Target::Link { guild: Some(id), .. } => Ok(id.get()),
                _ => {
                    let guild = Name { entity: Entity::Guild, text, exact: name.exact };
                    Ok(self.look_up(&guild, None)?.parse().context("a server's id is a number")?)
                }
            };
        }
        if name.entity == Entity::User
            && let Some(guild) = self.with(|cache| resolve::guild_of_person(cache, name.text))??
        {
            return Ok(guild);
        }
        let all = Fetch { row: rows::LIST_GUILDS, guild: None, query: Vec::new() };
        let now_ms = self.context.clock.wall_ms();
        let fresh = |cache: &mut Cache| cache.listed_at(Kind::Guild, 0, now_ms);
        if self.with(fresh)??.is_none() {
            self.fetch(&all)?;
        }
        let guilds = self.with(|cache| cache.rows(Kind::Guild, None, MOST_GUILDS))??;
        match &guilds[..] {
            [only] => Ok(only.id.parse().context("a server's id is a number")?),
            more => {
                let (entity, name) = (name.entity, name.text.to_owned());
                let name_of = |guild: &Found| {
                    let json: &RawValue = serde_json::from_str(&guild.json).ok()?;
                    items::text(json, "name")
                };
                let guilds = more.iter().filter_map(name_of).collect();
                Err(resolve::Error::WhichGuild { entity, name, guilds }.into())
            }
        }
    }

    /// The server that a channel is in; `None` for direct messages. It is in the same one forever.
    pub fn guild_of(&mut self, channel: &str) -> Result<Option<u64>> {
        self.in_spite_of_the_cache(|finder| finder.guild_of_channel(channel))
    }

    fn guild_of_channel(&mut self, channel: &str) -> Result<Option<u64>> {
        let get = |cache: &mut Cache| -> Result<Option<Found>, cache::Error> {
            let row = cache.get(Kind::Channel, None, channel)?;
            if row.is_none() { cache.get(Kind::Thread, None, channel) } else { Ok(row) }
        };
        if let Some(row) = self.with(get)?? {
            return Ok(row.guild);
        }
        self.ask(rows::GET_CHANNEL, &[("channel_id", Text::Plain(channel.to_owned()))])?;
        Ok(self.with(get)??.and_then(|row| row.guild))
    }

    /// The server that a webhook posts to; with its token the webhook tells without the bot's.
    pub fn guild_of_webhook(&mut self, id: &str, token: Option<&Text>) -> Result<Option<u64>> {
        self.in_spite_of_the_cache(|finder| finder.guild_behind_webhook(id, token))
    }

    fn guild_behind_webhook(&mut self, id: &str, token: Option<&Text>) -> Result<Option<u64>> {
        let get = |cache: &mut Cache| cache.get(Kind::Webhook, None, id);
        if let Some(row) = self.with(get)?? {
            return Ok(row.guild);
        }
        let id = || Text::Plain(id.to_owned());
        let (row, token) = match token {
            Some(token) => (rows::GET_WEBHOOK_BY_TOKEN, Some(("webhook_token", token.clone()))),
            None => (rows::GET_WEBHOOK, None),
        };
        let segments: Vec<_> = std::iter::once(("webhook_id", id())).chain(token).collect();
        self.ask(row, &segments)?;
        Ok(self.with(get)??.and_then(|row| row.guild))
    }

    /// Asks for one thing, keeps it and gives it back.
    fn ask(&mut self, endpoint: &'static Endpoint, segments: &[(&'static str, Text)]) -> Result<Bytes> {
        if self.context.settings.flags.offline {
            let what = if segments.is_empty() { "looking up the user of the token" } else { "looking up a server" };
            return Err(Refused::NotCached { command: what.to_owned() }.into());
        }
        let mut request = Request::new(endpoint);
        for (name, value) in segments {
            request.set_segment(*name, value.clone());
        }
        let client = self.context.app.client(endpoint.auth)?;
        let response = self.context.block_on(client.send(&request))??;
        self.write(endpoint, None, &response.body, false, self.context.clock.wall_ms())?;
        Ok(response.body)
    }

    /// Asks for a list and keeps it.
    fn fetch(&mut self, fetch: &Fetch) -> Result<()> {
        let context = self.context;
        if context.settings.flags.offline {
            return Err(Refused::NotCached { command: "looking up a name".to_owned() }.into());
        }
        let endpoint = fetch.row;
        let mut request = Request::new(endpoint);
        if let Some(guild) = fetch.guild {
            request.set_segment("guild_id", Text::Plain(guild.to_string()));
        }
        request.query.extend(fetch.query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        allowed::check(context, Some(endpoint), &request)?;
        let client = context.app.client(Auth::Bot)?;
        let now_ms = context.clock.wall_ms();
        let mut bodies = Vec::new();
        context.block_on(async {
            look_up_application(context, client, endpoint, &mut request).await?;
            // A search has one page; lists are walked to their end.
            let plan = Plan { all: fetch.query.is_empty(), ..Plan::default() };
            let mut pages = Pages::new(request, endpoint.paging, endpoint.items, plan);
            while let Some(page) = pages.next(client).await? {
                bodies.push(page.body().clone());
            }
            Ok::<_, error::Error>(())
        })??;
        let complete = fetch.query.is_empty();
        let last = bodies.len().saturating_sub(1);
        for (at, body) in bodies.iter().enumerate() {
            self.write(endpoint, fetch.guild, body, complete && at == last, now_ms)?;
        }
        Ok(())
    }

    fn write(
        &mut self,
        endpoint: &Endpoint,
        guild: Option<u64>,
        body: &[u8],
        complete: bool,
        now_ms: i64,
    ) -> Result<()> {
        let segment = |name: &str| guild.filter(|_| name == "guild_id").map(|guild| guild.to_string());
        let Endpoint { effects, items, .. } = *endpoint;
        let answer = Answer { effects, segment: &segment, me: None, items, body, complete, deleted: &[] };
        let changes = answer::changes(&answer)?;
        // Without it nothing is found, so a failure here is one of the command.
        Ok(self.with(|cache| cache.apply(Observation::answer(now_ms), self.context.clock.wall_ms(), &changes))??)
    }
}

/// Fills in the application's id, which Discord tells the token's owner. It never changes.
pub async fn look_up_application(
    context: &Context,
    client: &Client,
    endpoint: &'static Endpoint,
    request: &mut Request,
) -> Result<()> {
    let wanted = endpoint.all_params().find(|p| p.is_application());
    let Some(param) = wanted.filter(|p| request.segment(p.name).is_none()) else { return Ok(()) };
    if let Some(id) = context.app.with_cache(|cache| cache.application()).flatten() {
        request.set_segment(param.name, Text::Plain(id));
        return Ok(());
    }
    // Only a bot's token may ask for the application itself.
    let row = match client.token_type() {
        Some(TokenType::Bearer) => rows::GET_AUTHORIZATION,
        _ => rows::GET_APPLICATION,
    };
    let response = client.send(&Request::new(row)).await?;
    let id = rest::text(&response.body, row.id.unwrap_or("id"))?;
    context.app.with_cache(|cache| cache.set_application(&id));
    request.set_segment(param.name, Text::Plain(id));
    Ok(())
}
