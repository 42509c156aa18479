//! Finds the channel or server that a target names.

use crate::cache::Kind;
use crate::call::bind::names::Names;
use crate::call::{self, Policy};
use crate::cli::Error;
use crate::context::Context;
use crate::error::{self, Peer, Result, exit};
use crate::model::Entity;
use crate::model::target::{self, Target as Parsed};
use crate::resolve;

/// What to synchronise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A channel, thread or category.
    Channel(u64),
    Server(u64),
}

/// Finds a target. An id or a name without a mark may be that of a server or a channel.
pub async fn find(context: &Context, policy: &Policy<'_>, text: &str) -> Result<Target> {
    // A look-up of a channel would open a channel for direct messages with the person.
    if text.starts_with('@') || text.starts_with("<@") {
        let wanted = "a channel, a thread, a category or a server; direct messages cannot be synchronised by name";
        return Err(Error::Value { flag: "TARGET".to_owned(), text: text.to_owned(), wanted: wanted.to_owned() }.into());
    }
    match target::parse(Entity::Channel, text) {
        Parsed::Link { guild: Some(guild), channel: None, .. } => Ok(Target::Server(guild.get())),
        Parsed::Id(id) if text.trim().bytes().all(|b| b.is_ascii_digit()) => of_id(context, policy, id.get()).await,
        Parsed::Name(name) if is_plain(&name) => match look_up(context, policy, Entity::Guild, text, true).await {
            Ok(id) => Ok(Target::Server(id)),
            Err(error::Error::Resolve(resolve::Error::NoMatch { .. })) => channel(context, policy, text).await,
            Err(error) => Err(error),
        },
        _ => channel(context, policy, text).await,
    }
}

/// Whether a name can be that of a server: it has no mark of a channel or a person, and no id.
fn is_plain(name: &str) -> bool {
    !name.starts_with(['#', '@']) && resolve::is_name(name) && resolve::labelled_id(name).is_none()
}

async fn channel(context: &Context, policy: &Policy<'_>, text: &str) -> Result<Target> {
    look_up(context, policy, Entity::Channel, text, false).await.map(Target::Channel)
}

async fn look_up(context: &Context, policy: &Policy<'_>, entity: Entity, text: &str, exact: bool) -> Result<u64> {
    let mut names = Names::default();
    let mut id = names.id(entity, "TARGET", text)?;
    call::look_up(&context.app, &mut names, policy, exact, false).await?;
    names.fill(&mut id);
    id.parse().map_err(|_| anyhow::anyhow!("{text:?} has no id").into())
}

/// A server and a channel can have the same id: that of the channel that Discord once created with each server.
async fn of_id(context: &Context, policy: &Policy<'_>, id: u64) -> Result<Target> {
    let text = id.to_string();
    let known = context.app.with_cache(|cache| {
        for kind in [Kind::Channel, Kind::Thread] {
            if cache.get(kind, None, &text)?.is_some() {
                return Ok(Some(Target::Channel(id)));
            }
        }
        Ok(cache.get(Kind::Guild, None, &text)?.map(|_| Target::Server(id)))
    });
    if let Some(known) = known.flatten() {
        return Ok(known);
    }
    let read = call::overwrite::channel(&context.app, policy, &text).await;
    let is_missing =
        |error: &error::Error| error::report(error, &Peer::Discord).is_some_and(|r| r.exit == exit::NOT_FOUND);
    match read {
        Err(error) if is_missing(&error) => {
            let mut request = crate::rest::Request::new(crate::catalogue::rows::GET_GUILD);
            request.set_segment("guild_id", crate::rest::Text::Plain(text));
            let row = crate::catalogue::rows::GET_GUILD;
            // If the id is not that of a server either, it is reported as that of a channel.
            Ok(match call::exchange(&context.app, policy, row, &request, false).await {
                Ok(_) => Target::Server(id),
                Err(_) => Target::Channel(id),
            })
        }
        _ => Ok(Target::Channel(id)),
    }
}
