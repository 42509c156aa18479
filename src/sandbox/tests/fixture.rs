//! Runs commands against the sandbox's state, without sockets, and returns the response and the events.

use serde_json::{Map, Value, json};

use crate::catalogue::{self, Place};
use crate::sandbox::answer::{Content, Outcome};
use crate::sandbox::behave;
use crate::sandbox::request::{self, Caller, Decoded, RawRequest, Upload};
use crate::sandbox::seed::{self, Seed};
use crate::sandbox::state::{Event, State};

pub(super) struct Fixture {
    pub state: State,
    pub guild: String,
    pub channel: String,
    pub user: String,
}

/// The response to a command.
pub(super) struct CommandResult {
    pub status: u16,
    pub json: Value,
    /// Discord's error code, or 0.
    pub code: u64,
    pub events: Vec<Event>,
}

impl CommandResult {
    pub fn id(&self) -> String {
        self.json["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.json)).to_owned()
    }

    pub fn names(&self) -> Vec<&'static str> {
        self.events.iter().map(|event| event.name).collect()
    }

    pub fn event(&self, name: &str) -> &Value {
        let found = self.events.iter().find(|event| event.name == name);
        &found.unwrap_or_else(|| panic!("no {name} in {:?}", self.names())).data
    }
}

pub(super) const NOW_MS: i64 = 1_800_000_000_000;

impl Fixture {
    pub fn new() -> Self {
        Self::with("")
    }

    pub fn with(seed: &str) -> Self {
        let seed = Seed::parse(seed).unwrap();
        let ids = seed::ids(seed);
        Self {
            state: seed::build(seed, NOW_MS),
            guild: ids.guild.to_string(),
            channel: ids.channel.to_string(),
            user: ids.user.to_string(),
        }
    }

    /// The id of a seeded channel: 0 general, 1 random, 2 announcements, 3 voice, 4 forum.
    pub fn seeded(&self, channel: u64) -> String {
        seed::channel_id(0, channel).to_string()
    }

    /// Runs a command such as `message send` with its path parameters, in order, and a body.
    pub fn run(&mut self, command: &str, path: &[&str], body: Value) -> CommandResult {
        self.run_with(command, path, &[], body, Vec::new(), None)
    }

    pub fn get(&mut self, command: &str, path: &[&str], query: &[(&str, &str)]) -> CommandResult {
        self.run_with(command, path, query, Value::Null, Vec::new(), None)
    }

    pub fn run_with(
        &mut self,
        command: &str,
        path: &[&str],
        query: &[(&str, &str)],
        body: Value,
        files: Vec<Upload>,
        reason: Option<&str>,
    ) -> CommandResult {
        let (noun, verb) = command.split_once(' ').unwrap();
        let row = catalogue::find(noun, verb).unwrap_or_else(|| panic!("there is no {command}"));
        let names = row.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let path_params: Vec<(&'static str, String)> = names.zip(path).map(|(n, v)| (n, (*v).to_owned())).collect();
        assert_eq!(path_params.len(), row.all_params().filter(|p| p.place == Place::Path).count(), "{command}");
        let mut url = row.path.to_owned();
        for (name, value) in &path_params {
            url = url.replacen(&format!("{{{name}}}"), value, 1);
        }
        let raw = RawRequest {
            row,
            caller: Caller::Bot,
            url,
            path: path_params,
            query: query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            body: Decoded { json: (!body.is_null()).then_some(body), form: Vec::new(), files },
            reason: reason.map(str::to_owned),
        };
        let outcome = request::check(raw).and_then(|call| behave::run(&mut self.state, &call));
        self.result(outcome)
    }

    /// Creates an interaction.
    pub fn invoke(&mut self, fields: Value) -> CommandResult {
        let Value::Object(fields) = fields else { panic!("fields are an object") };
        let outcome = behave::interaction::invoke(&mut self.state, &fields);
        self.result(outcome)
    }

    fn result(&mut self, outcome: Outcome) -> CommandResult {
        let events = if outcome.is_ok() { self.state.take_events() } else { Vec::new() };
        self.state.events.clear();
        match outcome {
            Ok(answer) => {
                let json = match answer.content {
                    Content::Json(json) => json,
                    Content::None | Content::Bytes { .. } => Value::Null,
                };
                CommandResult { status: answer.status, json, code: 0, events }
            }
            Err(error) => CommandResult {
                status: error.status,
                code: error.code.into(),
                json: error.to_json(),
                events: Vec::new(),
            },
        }
    }

    /// Posts a message by the bot and returns its id.
    pub fn post(&mut self, content: &str) -> String {
        let channel = self.channel.clone();
        self.run("message send", &[&channel], json!({ "content": content })).id()
    }

    /// Adds a message by another user and returns its id.
    pub fn post_as(&mut self, user: &str, content: &str) -> String {
        let id = self.state.new_id();
        let author = self.state.users.get(user.parse().unwrap()).unwrap();
        let message = json!({
            "id": id.to_string(), "type": 0, "content": content, "author": author, "flags": 0, "mentions": [],
            "attachments": [], "embeds": [], "channel_id": self.channel, "timestamp": self.state.now(),
        });
        let channel = self.channel.parse().unwrap();
        self.state.channel_mut(channel).unwrap().messages.set(id, message);
        id.to_string()
    }
}

/// The ids of a list's items.
pub(super) fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// A body with one field.
pub(super) fn one(name: &str, value: impl Into<Value>) -> Value {
    let mut body = Map::new();
    body.insert(name.to_owned(), value.into());
    Value::Object(body)
}
