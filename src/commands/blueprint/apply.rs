//! Sends the requests of a plan, in order, and records each object when it exists.

use serde_json::{Map, Value, json};

use super::plan::{Action, Matched, Plan, Step, Tools};
use super::read;
use super::references::References;
use super::section::{ROLES, SECTIONS};
use super::server::{self, Server};
use crate::call::bind::{Bound, files};
use crate::call::{self, App, Content, Document, Policy, Wants};
use crate::catalogue::{Endpoint, Place};
use crate::error::Result;
use crate::rest::{Body, Part, Request, Text};
use crate::store::{AppliedFile, AppliedObject, StateFile};

/// A running apply.
pub struct Apply<'a> {
    pub app: &'a App,
    /// The policy for the requests, which the user has already confirmed.
    pub policy: &'a Policy<'a>,
    pub command: &'static Endpoint,
    pub reason: Option<&'a str>,
    pub matched: &'a Matched<'a>,
    pub references: References,
    pub record: Option<(&'a StateFile, &'a AppliedFile)>,
}

impl Apply<'_> {
    /// Makes a step. Returns the id of its object.
    pub async fn step(&mut self, step: &Step, tools: &mut Tools<'_>) -> Result<String> {
        let section = &SECTIONS[step.section];
        let fields = self.matched.body(step, &self.references, tools);
        let row = if matches!(step.action, Action::Create { .. }) { section.create } else { section.edit };
        let body = body(row, fields, tools)?;
        Ok(match &step.action {
            Action::Create { entry } => {
                let answer = self.send(section.create, None, body).await?;
                let id = answer["id"].as_str().unwrap_or_default().to_owned();
                self.references.settle(&Matched::placeholder(step.section, *entry), &id);
                self.remember(step.section, *entry, &id)?;
                id
            }
            Action::Edit { id, .. } => {
                self.send(section.edit, Some((section.id, id)), body).await?;
                id.clone()
            }
            Action::Delete { id } => {
                if let Some(delete) = section.delete {
                    self.send(delete, Some((section.id, id)), Body::Empty).await?;
                }
                if let Some((state, file)) = self.record {
                    state.forget_applied(file, section.key, id)?;
                }
                id.clone()
            }
            // `order` moves all objects of the section together.
            Action::Move { id, .. } => id.clone(),
        })
    }

    /// Puts the objects of a section in the order of the file, with one request.
    pub async fn order(&self, section: usize) -> Result<()> {
        let row = &SECTIONS[section];
        let Some(reorder) = row.reorder else { return Ok(()) };
        let mut objects = vec![Vec::new(); SECTIONS.len()];
        let server = self.matched.server;
        objects[section] = read::objects(self.app, self.policy, section, &server.guild).await?;
        let now = Server::new(self.matched.server.guild.clone(), objects);
        let positions = self.matched.positions(section, &now, &self.references);
        if positions.is_empty() {
            return Ok(());
        }
        let positions = positions.iter().map(|place| json!({"id": place.id, "position": place.position}));
        self.send(reorder, None, Body::Json(positions.collect())).await?;
        Ok(())
    }

    /// Records the objects that exist already and that the file describes.
    pub fn remember_matched(&self, plan: &Plan) -> Result<()> {
        let Some((state, file)) = self.record else { return Ok(()) };
        let managed = plan.matched.iter().map(|(section, entry, id)| self.managed(*section, *entry, id));
        Ok(state.record_applied(file, &managed.collect::<Vec<_>>())?)
    }

    fn remember(&self, section: usize, entry: usize, id: &str) -> Result<()> {
        let Some((state, file)) = self.record else { return Ok(()) };
        Ok(state.record_applied(file, &[self.managed(section, entry, id)])?)
    }

    fn managed(&self, section: usize, entry: usize, id: &str) -> AppliedObject {
        let origin = self.matched.file.entry(section, entry).id.clone().filter(|origin| origin != id);
        AppliedObject { section: SECTIONS[section].key.to_owned(), id: id.to_owned(), origin }
    }

    async fn send(&self, row: &'static Endpoint, id: Option<(&'static str, &str)>, body: Body) -> Result<Value> {
        let mut request = Request::new(row);
        let guild = ("guild_id", self.matched.server.id.as_str());
        for (name, value) in [Some(guild), id].into_iter().flatten() {
            if request.template.contains(&format!("{{{name}}}")) {
                request.set_segment(name, Text::Plain(value.to_owned()));
            }
        }
        request.body = body;
        request.reason = self.reason.filter(|_| row.audit_reason).map(str::to_owned);
        let bound = Bound { command: self.command, ..Bound::of(row, request) };
        let outcome = Box::pin(call::execute(self.app, bound, self.policy, Wants::default())).await?;
        Ok(match outcome.content {
            Content::Answer(answer) => match &answer.document {
                Document::Body { body, .. } => serde_json::from_slice(body).unwrap_or_default(),
                Document::Items(_) => Value::Null,
            },
            // The list that the request returns is only read when it is asked for.
            Content::Pages(mut listing) => {
                listing.next().await?;
                Value::Null
            }
            Content::Parts(_) | Content::Planned(_) | Content::Nothing => Value::Null,
        })
    }
}

/// The body of a request: JSON, or for a file a form.
fn body(row: &Endpoint, fields: Map<String, Value>, tools: &mut Tools<'_>) -> Result<Body> {
    let place = |name: &str| row.param(name).map(|param| param.place);
    if !fields.keys().any(|name| place(name) == Some(Place::File)) {
        return Ok(Body::Json(fields.into()));
    }
    let part = |(name, value): (String, Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok(match place(&name) {
            Some(Place::File) => Part::File(files::upload(&name, &text, tools.input)?),
            _ => Part::Text(name, Text::Plain(text)),
        })
    };
    Ok(Body::Multipart(fields.into_iter().map(part).collect::<Result<_>>()?))
}

/// The bot's highest role, below which it can change roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Top {
    pub name: String,
    position: i64,
    id: u64,
}

impl Top {
    /// The highest of a member's roles.
    pub fn of(server: &Server, roles: &[Value]) -> Self {
        // Of two roles with one position, the older one is higher.
        let own = server.objects[ROLES].iter().filter(|role| roles.iter().any(|id| *id == server::id(role)));
        let everyone = server.find(ROLES, &server.id);
        let role = own.chain(everyone).next();
        let position = role.map_or(0, server::position);
        Self {
            name: role.map_or("@everyone", server::name).to_owned(),
            position,
            id: role.map_or(0, |role| server::number(server::id(role))),
        }
    }

    fn is_above(&self, server: &Server, id: &str) -> bool {
        let Some(role) = server.find(ROLES, id) else { return true };
        let (position, number) = (server::position(role), server::number(server::id(role)));
        position < self.position || position == self.position && number > self.id
    }

    /// The first step that the bot may not make because of the hierarchy of roles.
    pub fn refuses<'p>(&self, server: &Server, plan: &'p Plan) -> Option<&'p Step> {
        plan.steps.iter().filter(|step| step.section == ROLES).find(|step| match &step.action {
            Action::Create { .. } => false,
            Action::Edit { id, .. } | Action::Move { id, .. } | Action::Delete { id } => {
                *id != server.id && !self.is_above(server, id)
            }
        })
    }
}

/// Whether a plan has a step for which the bot's highest role matters.
pub fn changes_roles(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| step.section == ROLES && !matches!(step.action, Action::Create { .. }))
}
