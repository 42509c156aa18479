//! `dcord channel lock` and `unlock`: deny @everyone the permissions to write in a channel, and restore the previous
//! permissions.

use super::permission::{Call, Change, Written};
use crate::call::bind::Bound;
use crate::call::overwrite::{self, named};
use crate::call::{self, CacheMode, Policy};
use crate::catalogue::rows;
use crate::context::Context;
use crate::error::Result;
use crate::model::permission::Overwrite;
use crate::model::{Kind, items};
use crate::rest::{Request, Text};
use crate::view::names::Names;

const CONNECT: u64 = 1 << 20;
/// The permissions to write: SEND_MESSAGES, CREATE_PUBLIC_THREADS, CREATE_PRIVATE_THREADS and
/// SEND_MESSAGES_IN_THREADS.
const WRITE: u64 = 1 << 11 | 1 << 35 | 1 << 36 | 1 << 38;

/// Locks a channel. First records the previous permissions, so that `unlock` can restore them.
pub fn lock(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let call = Call::begin(context, policy, bound)?;
    if call.is_thread() {
        let done = format!("locked thread {}: only members with manage-threads can write in it", name(&call));
        return call.set_thread("locked", true, Some(&done));
    }
    let (everyone, bits) = (call.guild()?, bits(&call));
    let now = overwrite::of(&call.channel, everyone);
    let memory = Memory::of(&call);
    if !policy.dry_run
        && let Err(error) = memory.as_ref().map_or(Ok(()), |memory| memory.store(Some(before(memory.known, now, bits))))
    {
        context
            .console
            .warn(format_args!("{error}; `dcord channel unlock` will not know what the channel denied before"));
    }
    let connect = if bits & CONNECT == 0 { "" } else { "connect, " };
    let done = format!("locked #{}: @everyone can no longer {connect}write or start threads", name(&call));
    let written = call.write(everyone, Change { deny: bits, ..Change::default() }, Some(&done))?;
    if written != Written::Planned {
        let others = others(&call, everyone, bits);
        if !others.is_empty() {
            let others = others.join(", ");
            context.console.note(format_args!("{others} can still write, because the channel's permissions allow it"));
        }
    }
    Ok(())
}

/// Restores the permissions that the channel had before it was locked.
pub fn unlock(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let call = Call::begin(context, policy, bound)?;
    if call.is_thread() {
        return call.set_thread("locked", false, Some(&format!("unlocked thread {}", name(&call))));
    }
    let (everyone, bits) = (call.guild()?, bits(&call));
    let now = overwrite::of(&call.channel, everyone);
    let memory = Memory::of(&call);
    let known = memory.as_ref().and_then(|memory| memory.known);
    let (change, stays) = restoring(known, now, bits);
    let done = format!("unlocked #{} for @everyone", name(&call));
    let written = call.write(everyone, change, Some(&done))?;
    if stays != 0 {
        context.console.note(format_args!(
            "{} was denied before the lock and stays denied; to allow it, use `dcord permission set` with --clear",
            named(stays).join(", ")
        ));
    } else if written == Written::Changed && known.is_none() {
        context.console.note(
            "this machine has no record of the lock, so dcord removed everything that stopped @everyone from writing",
        );
    }
    if let Some(memory) = memory.filter(|_| written != Written::Planned && stays == 0 && known.is_some()) {
        // A record that cannot be removed does no harm: the next `lock` corrects it with the permissions that it
        // finds.
        if let Err(error) = memory.store(None) {
            context.console.warn(format_args!("{error}; the record of the lock was not removed"));
        }
    }
    Ok(())
}

/// The permissions that a lock denies. In a voice channel, these include CONNECT.
fn bits(call: &Call<'_>) -> u64 {
    if matches!(call.kind(), 2 | 13) { WRITE | CONNECT } else { WRITE }
}

fn name<'a>(call: &'a Call<'_>) -> &'a str {
    let channel = &call.channel;
    channel["name"].as_str().or_else(|| channel["id"].as_str()).unwrap_or_default()
}

/// The permissions of @everyone in the channel before the lock. If a permission is denied now, an earlier lock may
/// have denied it, and the record of that lock decides.
fn before(known: Option<Overwrite>, now: Overwrite, bits: u64) -> Overwrite {
    let known = known.unwrap_or(now);
    let locked = now.deny & bits;
    Overwrite { allow: now.allow & bits | known.allow & locked, deny: known.deny & locked, ..now }
}

/// The change that restores the permissions before the lock, and the permissions that stay denied because they were
/// denied before. Permissions that somebody has changed since the lock do not change. Without a record, all denials
/// are removed.
fn restoring(known: Option<Overwrite>, now: Overwrite, bits: u64) -> (Change, u64) {
    let locked = now.deny & bits;
    let known = known.unwrap_or_default();
    let (allow, stays) = (known.allow & locked, known.deny & locked);
    (Change { allow, deny: 0, clear: locked & !allow & !stays }, stays)
}

/// The record of a lock in `state.db`.
struct Memory {
    state: crate::store::StateFile,
    api: String,
    channel: u64,
    known: Option<Overwrite>,
}

impl Memory {
    /// The record of the call's channel. A file that cannot be read causes only a warning, because in a raid the lock
    /// is more important.
    fn of(call: &Call<'_>) -> Option<Self> {
        let app = &call.context.app;
        let channel = call.channel["id"].as_str()?.parse().ok()?;
        let read = || -> Result<Self> {
            let (state, api) = (app.state()?, app.api_url()?.as_str().to_owned());
            let known = state.before_lock(&api, channel)?;
            let known = known.map(|[allow, deny]| Overwrite { allow, deny, ..Overwrite::default() });
            Ok(Self { state, api, channel, known })
        };
        let warn = |error: &crate::error::Error| {
            call.context.console.warn(format_args!("{error}; the permissions from before a lock are not known"));
        };
        read().inspect_err(warn).ok()
    }

    fn store(&self, before: Option<Overwrite>) -> Result<(), crate::store::Error> {
        self.state.set_before_lock(&self.api, self.channel, before.map(|before| [before.allow, before.deny]))
    }
}

/// The roles and members whose overwrites in the channel allow a permission that the lock denies to @everyone.
fn others(call: &Call<'_>, everyone: u64, bits: u64) -> Vec<String> {
    let allowed = Overwrite::of_channel(&call.channel).into_iter();
    let allowed: Vec<Overwrite> = allowed.filter(|other| other.id != everyone && other.allow & bits != 0).collect();
    let types = call.channel["permission_overwrites"].as_array().map_or(&[][..], Vec::as_slice);
    let is_member = |id: &str| types.iter().any(|overwrite| overwrite["id"] == id && overwrite["type"] == 1);
    let names = call.context.names();
    let ids: Vec<String> = allowed.iter().map(|other| other.id.to_string()).collect();
    let unknown = ids.iter().any(|id| !is_member(id) && names.role(id).is_none());
    // Sends a request for names only if a person reads them.
    if unknown && call.context.console.options().terminal && call.policy.cache != CacheMode::Offline {
        learn_roles(call.context, call.policy, &names, everyone);
    }
    let named = |id: &String| match is_member(id) {
        true => names.member(Some(everyone), id).unwrap_or_else(|| format!("user {id}")),
        false => {
            names.role(id).map_or_else(|| format!("role {id}"), |name| format!("@{}", name.trim_start_matches('@')))
        }
    };
    ids.iter().map(named).collect()
}

/// Reads the names of the server's roles. If the request fails, roles are shown by their ids.
fn learn_roles(context: &Context, policy: &Policy<'_>, names: &Names<'_>, guild: u64) {
    let row = rows::LIST_ROLES;
    let mut request = Request::new(row);
    request.set_segment("guild_id", Text::Plain(guild.to_string()));
    let response = context.block_on(call::exchange(&context.app, policy, row, &request, true));
    let Ok(Ok(response)) = response else { return };
    for role in items::items(&response.body, None).unwrap_or_default() {
        if let (Some(id), Some(name)) = (items::text(role, "id"), items::text(role, "name")) {
            names.insert(Kind::Role, &id, &name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEND: u64 = 1 << 11;
    const THREADS: u64 = WRITE & !SEND;

    fn overwrite(allow: u64, deny: u64) -> Overwrite {
        Overwrite { id: 0, allow, deny }
    }

    #[test]
    fn an_unlock_restores_the_permissions_before_the_lock() {
        for before_lock in [overwrite(0, 0), overwrite(SEND, 0), overwrite(0, SEND), overwrite(1 << 35, SEND | 1 << 10)]
        {
            let record = before(None, before_lock, WRITE);
            let locked = before_lock.changed(0, WRITE, 0);
            // A second lock keeps the record of the first one.
            let record = before(Some(record), locked, WRITE);
            let (change, stays) = restoring(Some(record), locked, WRITE);
            assert_eq!(locked.changed(change.allow, change.deny, change.clear), before_lock, "{before_lock:?}");
            assert_eq!(stays, before_lock.deny & WRITE);
        }
    }

    #[test]
    fn an_unlock_does_not_change_a_permission_that_changed_after_the_lock() {
        let record = before(None, overwrite(0, SEND), WRITE);
        let now = overwrite(SEND, THREADS);
        let (change, stays) = restoring(Some(record), now, WRITE);
        assert_eq!((now.changed(change.allow, change.deny, change.clear), stays), (overwrite(SEND, 0), 0));
        // A later lock records the current permissions.
        assert_eq!(before(Some(record), now, WRITE), overwrite(SEND, 0));
    }

    #[test]
    fn without_a_record_an_unlock_removes_the_denials() {
        let now = overwrite(0, WRITE | 1 << 10);
        let (change, stays) = restoring(None, now, WRITE);
        assert_eq!((now.changed(change.allow, change.deny, change.clear), stays), (overwrite(0, 1 << 10), 0));
    }
}
