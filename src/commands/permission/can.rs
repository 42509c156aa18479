//! `dcord permission can`: whether a member has permissions, and which role or overwrite decides it.

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::call::bind::Bound;
use crate::call::overwrite::named;
use crate::call::{self, CacheMode, Policy, admission, overwrite};
use crate::catalogue::{Endpoint, rows, usage};
use crate::cli::Error;
use crate::context::{Context, view};
use crate::error::{Exit, Refused, Report, Result, exit};
use crate::model::permission::{Decision, Member, Overwrite, Place, Reason, Role, Step, bits, decide};
use crate::model::{Kind, time};
use crate::rest::{Request, Text};
use crate::view::Names;

/// The flag of a channel whose permissions Discord hides ("Channel Flags").
const OBFUSCATED: u64 = 1 << 17;
const PRIVATE_THREAD: u64 = 12;
const MANAGE_THREADS: u64 = 1 << 34;

/// The exit status if the member does not have all permissions.
const NO: u8 = exit::OTHER;

pub fn run(context: &Context, policy: &Policy<'_>, bound: Bound) -> Result<()> {
    let row = bound.endpoint;
    if policy.cache == CacheMode::Offline {
        return Err(Refused::Offline { command: row.words() }.into());
    }
    let wanted: u64 =
        query(&bound, "permissions").and_then(|text| text.parse().ok()).context("permissions are a number")?;
    if wanted == 0 {
        // An empty text, such as that of an unset variable in a script, must not read as a yes.
        let hint = Some("name one or more, such as send-messages,embed-links".into());
        return Err(Error::Missing { what: "PERMISSIONS".to_owned(), usage: usage::line(row), hint }.into());
    }
    let mut printer = context.printer(view(row))?;
    let question = context.block_on(async {
        context.app.authenticate(row.auth);
        admission::check_request(&context.app, policy, Some(row), Some(row), &bound.request).await?;
        call::admit(&context.app, row)?;
        Question::read(context, policy, &bound).await
    })??;
    let rows: Vec<Value> = each_bit(wanted).map(|permission| question.answer(permission)).collect();
    printer.answer(&serde_json::to_vec(&rows)?, Some("application/json"))?;
    context.finish(&mut printer)?;
    if rows.iter().all(|row| row["allowed"] == true) { Ok(()) } else { Err(Exit(NO).into()) }
}

/// The member and the channel of the question, with the names for its answer.
struct Question {
    member: Member,
    name: String,
    channel: Option<(String, Place)>,
    /// Whether the channel is a private thread of which the user is not a member.
    is_closed: bool,
    names: Names<'static>,
}

impl Question {
    async fn read(context: &Context, policy: &Policy<'_>, bound: &Bound) -> Result<Self> {
        let read = async |row: &'static Endpoint, ids: &[(&'static str, &str)]| -> Result<Value> {
            let mut request = Request::new(row);
            for (name, id) in ids {
                request.set_segment(*name, Text::Plain((*id).to_owned()));
            }
            let response = call::exchange(&context.app, policy, row, &request, false).await?;
            Ok(serde_json::from_slice(&response.body)?)
        };
        let id = |name: &str| bound.request.plain_segment(name).unwrap_or_default();
        let (guild, user) = (id("guild_id"), id("user_id"));
        let server = read(rows::GET_GUILD, &[("guild_id", guild)]).await?;
        let object = read(rows::GET_MEMBER, &[("guild_id", guild), ("user_id", user)]).await?;
        let names = context.names();
        let member = member(&server, &object, guild, user, context.clock.wall_ms())?;
        let mut is_closed = false;
        let channel = match query(bound, "channel_id") {
            None => None,
            Some(id) => {
                let channel = overwrite::channel(&context.app, policy, id).await?;
                let is_thread = matches!(channel["type"].as_u64(), Some(10..=12));
                let parent = channel["parent_id"].as_str().filter(|_| is_thread);
                let owner = match parent {
                    Some(parent) => overwrite::channel(&context.app, policy, parent).await?,
                    None => channel.clone(),
                };
                let name = format!("#{}", channel["name"].as_str().unwrap_or(id));
                if channel["guild_id"].as_str().is_some_and(|other| other != guild) {
                    return Err(other_server(&name));
                }
                if owner["flags"].as_u64().is_some_and(|flags| flags & OBFUSCATED != 0) {
                    return Err(hidden());
                }
                let place = Place {
                    overwrites: Overwrite::of_channel(&owner),
                    is_thread,
                    is_voice: matches!(channel["type"].as_u64(), Some(2 | 13)),
                };
                if channel["type"] == PRIVATE_THREAD && !decide(MANAGE_THREADS, &member, Some(&place)).allowed {
                    let ids = [("channel_id", id), ("user_id", user)];
                    let found = read(rows::GET_THREAD_MEMBER, &ids).await;
                    is_closed = match found {
                        Ok(_) => false,
                        Err(error) if code(&error) == Some(404) => true,
                        Err(error) => return Err(error),
                    };
                }
                Some((name, place))
            }
        };
        let name = names.member(guild.parse().ok(), user).unwrap_or_else(|| user.to_owned());
        for role in server["roles"].as_array().into_iter().flatten() {
            if let (Some(id), Some(name)) = (role["id"].as_str(), role["name"].as_str()) {
                names.insert(Kind::Role, id, name);
            }
        }
        Ok(Self { member, name, channel, is_closed, names })
    }

    fn answer(&self, permission: u64) -> Value {
        let place = self.channel.as_ref().map(|(_, place)| place);
        let decision = decide(permission, &self.member, place);
        let (allowed, because) = match self.is_closed {
            true if decision.allowed => {
                (false, format!("{} is not a member of the private thread, and cannot manage threads", self.name))
            }
            _ => (decision.allowed, self.because(permission, &decision)),
        };
        json!({
            "member": self.name,
            "user_id": self.member.id.to_string(),
            "permission": named(permission).concat(),
            "allowed": allowed,
            "because": because,
        })
    }

    /// Says in words what decides.
    fn because(&self, permission: u64, decision: &Decision) -> String {
        let role = |id: u64| match id == self.member.server {
            true => "@everyone".to_owned(),
            false => {
                let name = self.names.role(&id.to_string());
                name.map_or_else(|| format!("role {id}"), |name| format!("@{}", name.trim_start_matches('@')))
            }
        };
        let channel = self.channel.as_ref().map_or("", |(name, _)| name);
        match &decision.reason {
            Reason::Owner => format!("{} owns the server", self.name),
            Reason::Administrator(id) => format!("{} makes {} an administrator", role(*id), self.name),
            Reason::TimedOut => format!("{} is timed out", self.name),
            Reason::Role(id) => format!("{} has the permission in the server", role(*id)),
            Reason::NoRole => format!("no role of {} has the permission", self.name),
            Reason::Overwrite(step, id) => {
                let verb = if decision.allowed { "allows" } else { "denies" };
                match step {
                    Step::Member => format!("{channel} {verb} it to {}", self.name),
                    Step::Everyone | Step::Role => format!("{channel} {verb} it to {}", role(*id)),
                }
            }
            Reason::Requires(required, reason) => {
                let reason = Decision { allowed: false, reason: (**reason).clone() };
                let required_name = named(*required).concat();
                format!(
                    "{} has no effect without {required_name}: {}",
                    named(permission).concat(),
                    self.because(*required, &reason)
                )
            }
        }
    }
}

fn member(server: &Value, object: &Value, guild: &str, user: &str, now_ms: i64) -> Result<Member> {
    let number = |text: &str| text.parse::<u64>().context("an id is a number");
    let own: Vec<&str> = object["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let all = server["roles"].as_array().context("Discord's response about the server has no roles")?;
    let mut roles = Vec::new();
    for role in all {
        let Some(id) = role["id"].as_str() else { continue };
        if id == guild || own.contains(&id) {
            roles.push(Role { id: number(id)?, permissions: bits(&role["permissions"]) });
        }
    }
    let server_id = number(guild)?;
    roles.sort_by_key(|role| role.id != server_id);
    let until = object["communication_disabled_until"].as_str().and_then(time::moment_of);
    Ok(Member {
        id: number(user)?,
        server: server_id,
        is_owner: server["owner_id"] == user,
        roles,
        is_timed_out: until.is_some_and(|until| until > now_ms),
    })
}

fn each_bit(bits: u64) -> impl Iterator<Item = u64> {
    (0..u64::BITS).map(|bit| 1 << bit).filter(move |bit| bits & bit != 0)
}

fn query<'a>(bound: &'a Bound, name: &str) -> Option<&'a str> {
    bound.request.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

/// The HTTP status of an error.
fn code(error: &crate::error::Error) -> Option<u16> {
    crate::error::report(error, &crate::error::Peer::Discord)?.status
}

fn other_server(channel: &str) -> crate::error::Error {
    let message = format!("{channel} is a channel of another server");
    let hint = "name the server of the channel, or the channel by a link".to_owned();
    Box::new(Report::new(exit::USAGE, "usage", message, Some(hint))).into()
}

/// The error for a channel whose permissions Discord hides from the bot.
fn hidden() -> crate::error::Error {
    let message = "the bot cannot view this channel, so Discord does not send its permissions";
    let hint = "give the bot view-channel in the channel, or look in the server's settings".to_owned();
    Box::new(Report::new(exit::FORBIDDEN, "forbidden", message, Some(hint))).into()
}
