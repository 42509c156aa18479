//! Builds a command line for a row and the request that it should send.

use dcord::catalogue::{Auth, Endpoint, Form, Param, ParamKind, Place};
use serde_json::{Map, Value, json};

use super::expected::Expected;
use super::value::{self, Pair};
use super::{APPLICATION, Row};
use crate::support::{Part, TOKEN, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// How the arguments of a call are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// All parameters, with nested fields as JSON and values at their minimum.
    Json,
    /// All parameters, with nested fields as dotted flags and values at their maximum.
    Dotted,
    /// Only what Discord requires.
    Required,
}

/// A command line, its environment and the request that it should send.
pub struct Call {
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    pub stdin: Vec<u8>,
    /// Whether the id of the application is omitted, so that dcord requests it first.
    pub looks_up: bool,
    pub expected: Expected,
}

/// An audit-log reason with characters that a header cannot contain.
const REASON: &str = "žluť 100% \"why\"\nand more";

impl Call {
    pub fn new(row: Row, way: Way, form: usize, world: &World) -> Self {
        let mut builder = Builder::new(row, way, world);
        builder.form = form;
        builder.build(|_| false)
    }

    /// Builds a call with these texts as the values of one parameter. Only for calls that are refused.
    pub fn with(row: Row, way: Way, world: &World, param: &'static Param, texts: &[String]) -> Self {
        let mut builder = Builder::new(row, way, world);
        builder.form = row.1.forms.iter().position(|form| form.has(param)).unwrap_or(0);
        builder.instead = Some((param, texts.to_vec()));
        builder.build(|_| false)
    }

    /// Builds a call with this JSON body and no field flags. Only for calls that are refused.
    pub fn with_body(row: Row, world: &World, body: &Value) -> Self {
        let mut call =
            Builder::new(row, Way::Required, world).build(|p| !matches!(p.place, Place::Path | Place::Query));
        call.args.push(format!("--body=@{}", world.file("body.json", body.to_string())));
        call
    }

    /// Returns the complete JSON body of a form, with nested values.
    pub fn body(row: Row, form: usize, world: &World) -> Option<Value> {
        Self::new(row, Way::Json, form, world).expected.json
    }

    /// Builds a call without that parameter.
    pub fn lacking(row: Row, world: &World, param: &'static Param) -> Self {
        Builder::new(row, Way::Required, world).build(|p| std::ptr::eq(p, param))
    }

    /// Builds a call with only its targets.
    pub fn bare(row: Row, world: &World) -> Self {
        Builder::new(row, Way::Required, world).build(|p| p.place != Place::Path)
    }

    /// Builds a call without its last target and without the variables that could supply it.
    pub fn lacking_a_target(row: Row, world: &World) -> Option<Self> {
        let last = row.1.all_params().filter(|p| p.place == Place::Path && !p.is_application()).last()?;
        Some(Self::lacking(row, world, last))
    }

    /// Builds a call that sets every nullable field to null.
    pub fn unset(row: Row, world: &World) -> Option<Self> {
        let nullable: Vec<&Param> = row.1.all_params().filter(|p| p.place == Place::Body && p.nullable).collect();
        if nullable.is_empty() {
            return None;
        }
        let mut builder = Builder::new(row, Way::Required, world);
        if !row.1.any_of.is_empty() || row.1.forms.iter().any(|form| !form.needs.is_empty()) {
            // Without this flag, dcord would refuse null where one of several fields, or a field of a form, is
            // required.
            builder.call.args.push("--no-validate".to_owned());
        }
        for param in nullable {
            builder.call.args.extend(["--unset".to_owned(), param.flag()]);
            builder.set(param.name, Value::Null);
        }
        Some(builder.build(|p| p.place == Place::Body && p.nullable))
    }

    /// Returns the command line for a report.
    pub fn shown(&self) -> String {
        let words: Vec<_> = self.args.iter().map(|a| format!("{:.200}", format!("{a:?}"))).collect();
        format!("dcord {}", words.join(" "))
    }
}

struct Builder<'a> {
    row: &'static Endpoint,
    way: Way,
    /// The index of the form, if the row has forms.
    form: usize,
    world: &'a World,
    call: Call,
    instead: Option<(&'static Param, Vec<String>)>,
}

impl<'a> Builder<'a> {
    fn new((noun, row): Row, way: Way, world: &'a World) -> Self {
        let mut args = vec![noun.name.to_owned(), row.verb.to_owned()];
        if row.destructive || row.replaces {
            args.push("--yes".to_owned());
        }
        let expected = Expected::default();
        Self {
            row,
            way,
            form: 0,
            world,
            call: Call { args, env: vec![], stdin: vec![], looks_up: false, expected },
            instead: None,
        }
    }

    fn build(mut self, left_out: impl Fn(&Param) -> bool) -> Call {
        self.authorization();
        self.path(&left_out);
        if self.row.audit_reason && self.way != Way::Required {
            self.call.args.extend(["--reason".to_owned(), REASON.to_owned()]);
            self.call.expected.reason = Some(REASON.to_owned());
        }
        let params: Vec<&'static Param> = self.row.all_params().filter(|p| p.place != Place::Path).collect();
        for param in params {
            if left_out(param) {
                continue;
            }
            match self.instead.clone() {
                Some((instead, texts)) if std::ptr::eq(instead, param) => {
                    for text in texts {
                        self.call.args.push(format!("--{}={text}", param.flag()));
                    }
                }
                _ if self.wanted(param) => self.field(param),
                _ => {}
            }
        }
        self.body();
        self.defaults();
        self.call
    }

    fn authorization(&mut self) {
        let bearer = match self.row.auth {
            Auth::None => {
                // The row requires no token, and dcord sends none even if one is set.
                return;
            }
            Auth::Bot => false,
            Auth::Bearer => true,
            Auth::Any => self.way == Way::Dotted,
        };
        if bearer {
            self.call.env.push(("DCORD_TOKEN_TYPE".to_owned(), "bearer".to_owned()));
        }
        self.call.expected.authorization = Some(format!("{} {TOKEN}", if bearer { "Bearer" } else { "Bot" }));
    }

    fn path(&mut self, left_out: &impl Fn(&Param) -> bool) {
        let row = self.row;
        let mut values = Map::new();
        let params: Vec<&Param> = row.all_params().filter(|p| p.place == Place::Path).collect();
        // The webhook of an interaction has the id of the application, so its token has another source.
        let webhook =
            params.iter().any(|p| p.name == "webhook_id" && !p.is_application()) && params.iter().any(|p| p.secret);
        for (n, param) in params.iter().enumerate() {
            let Pair { text, wire } = value::value(param, self.way, n, self.world);
            let mut arrives = wire.as_str().map_or_else(|| wire.to_string(), str::to_owned);
            if left_out(param) {
                continue;
            }
            if param.is_application() {
                if self.way == Way::Required {
                    self.call.looks_up = true;
                    arrives = APPLICATION.to_owned();
                } else {
                    self.call.args.push(format!("--application-id={text}"));
                }
            } else if param.secret {
                arrives = WEBHOOK_TOKEN.to_owned();
                self.secret_of_the_path(webhook);
            } else if webhook && param.name == "webhook_id" {
                // The webhook id comes from the same variable as the token.
                arrives = WEBHOOK_ID.to_owned();
            } else if param.name == "guild_id" && self.way == Way::Dotted {
                self.call.args.push(format!("--guild={text}"));
            } else {
                self.call.args.push(text);
            }
            values.insert(param.name.to_owned(), Value::from(arrives));
        }
        let step = |step: &str| match step.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
            Some(name) => values.get(name).and_then(Value::as_str).unwrap_or("left out").to_owned(),
            None => step.to_owned(),
        };
        self.call.expected.segments = row.path.split('/').map(step).collect();
    }

    /// Sets the token in the path, from one of its sources for each way.
    fn secret_of_the_path(&mut self, webhook: bool) {
        let url = format!("https://discord.com/api/webhooks/{WEBHOOK_ID}/{WEBHOOK_TOKEN}");
        let call = &mut self.call;
        match (webhook, self.way) {
            (true, Way::Json) => {
                call.env.push(("HOOK".to_owned(), url));
                call.args.push("env:HOOK".to_owned());
            }
            (true, Way::Dotted) => {
                let file = self.world.file("secret/webhook", format!("{WEBHOOK_TOKEN}\n"));
                call.args.extend([WEBHOOK_ID.to_owned(), format!("file:{file}")]);
            }
            (true, Way::Required) => call.env.push(("DCORD_WEBHOOK_URL".to_owned(), url)),
            (false, Way::Json) => {
                call.env.push(("INTERACTION".to_owned(), WEBHOOK_TOKEN.to_owned()));
                call.args.push("env:INTERACTION".to_owned());
            }
            (false, Way::Dotted) => {
                let file = self.world.file("secret/interaction", WEBHOOK_TOKEN);
                call.args.push(format!("file:{file}"));
            }
            (false, Way::Required) => {
                call.env.push(("DCORD_INTERACTION_TOKEN".to_owned(), WEBHOOK_TOKEN.to_owned()));
            }
        }
    }

    /// Whether the parameter is the field that an edit without required fields changes.
    fn is_edited(&self, param: &Param) -> bool {
        let mut fields = self.row.all_params().filter(|p| p.place == Place::Body);
        let none_required = !self.row.all_params().any(|p| p.place != Place::Path && p.required);
        self.row.edits && none_required && fields.next().is_some_and(|first| std::ptr::eq(first, param))
    }

    /// Whether this way of calling includes the parameter.
    fn wanted(&self, param: &Param) -> bool {
        // Buttons exclude components, so `tests/buttons.rs` covers them.
        if param.kind == ParamKind::Button {
            return false;
        }
        if self.way == Way::Required {
            let path = if param.place == Place::Local { param.into } else { param.name };
            let needed = |form: &Form| form.at.is_empty() && self.is_of(form) && form.needs.contains(&path);
            // One part of the object is enough.
            let has_part = self.instead.as_ref().is_some_and(|(p, _)| p.into.starts_with(&format!("{}/", param.name)));
            let of_form = self.row.forms.iter().any(needed) && !self.is_given_whole(param) && !has_part;
            let beside = self.instead.as_ref().is_some_and(|(instead, _)| self.completes(param, instead));
            let one_of = self.row.any_of.first().map(|path| path.split('/').next().unwrap_or_default());
            let edited = one_of.map_or_else(|| self.is_edited(param), |name| name == param.name) && !has_part;
            // Without this parameter, dcord would request the type of the channel from Discord.
            let is_formed = self.instead.as_ref().is_some_and(|(instead, _)| self.row.form(instead).is_some());
            let by_channel = !param.by_channel.is_empty() && !is_formed;
            return param.required || of_form || beside || edited || by_channel;
        }
        if self.row.form(param).is_some_and(|form| !self.is_of(form)) {
            return false;
        }
        // Discord accepts one cursor at a time, and dcord would read a list with two as a range.
        let has = |name| self.row.param(name).is_some_and(|p| p.place == Place::Query);
        let cursor = match self.way {
            Way::Json if has("before") => "before",
            _ => "after",
        };
        if self.row.paging.is_some()
            && matches!(param.name, "before" | "after" | "around")
            && param.place == Place::Query
            && has(cursor)
            && param.name != cursor
        {
            return false;
        }
        let root = |p: &Param| p.into.split('/').next().unwrap_or_default();
        // A nested field is given either as JSON or as dotted flags, never both.
        let has_twin = |name: &str| self.row.all_params().any(|p| matches!(p.place, Place::Body) && p.name == name);
        let has_whole = || self.row.all_params().any(|p| p.place == Place::Whole);
        match (param.place, self.way) {
            (Place::Local, Way::Json) if param.into == "-" => !has_whole(),
            (Place::Local, Way::Json) => !has_twin(root(param)),
            (Place::Body, Way::Dotted) => {
                let is_part = |p: &&Param| p.place == Place::Local && p.kind != ParamKind::Button;
                !self.row.all_params().filter(is_part).any(|p| root(p) == param.name)
            }
            (Place::Whole, Way::Dotted) => !self.row.all_params().any(|p| p.place == Place::Local && p.into == "-"),
            _ => true,
        }
    }

    /// Whether the call has that form: the chosen one, or one that the chosen one does not exclude.
    fn is_of(&self, form: &Form) -> bool {
        match form.when {
            Some((field, names)) => self.choice(form.at, field).is_some_and(|choice| names.contains(&choice)),
            None => self.row.forms[self.form].name == form.name,
        }
    }

    /// Returns the choice of the field that determines the form of the call, or of an object in it.
    fn choice(&self, at: &str, field: &str) -> Option<&'static str> {
        let tells = |form: &&Form| form.at == at && form.when.is_some_and(|(name, _)| name == field);
        let chosen = Some(&self.row.forms[self.form]).filter(tells);
        let form = match self.way {
            // The first choice is enough unless the call has a given form.
            Way::Required if self.instead.is_none() => None,
            Way::Required => chosen,
            _ => chosen.or_else(|| self.row.forms.iter().find(tells)),
        };
        let path = if at.is_empty() { field.to_owned() } else { format!("{at}/{field}") };
        let first = || match self.row.at(&path)?.kind {
            ParamKind::Enum(choices) => Some(choices[0].name),
            _ => None,
        };
        form.and_then(|form| form.when).map(|(_, names)| names[0]).or_else(first)
    }

    /// Whether the object that contains the other value requires this one.
    fn completes(&self, param: &Param, other: &Param) -> bool {
        let holds = |needed: &&Param| {
            let parent = needed.into.rsplit_once('/').map_or("", |(parent, _)| parent);
            needed.needed && other.into.starts_with(&format!("{parent}/")) && other.place == Place::Local
        };
        let below = |needed: &Param| param.into == needed.into || param.into.starts_with(&format!("{}/", needed.into));
        let is_part = param.place == Place::Local && !self.is_given_whole(param);
        is_part && self.row.nested().filter(holds).any(below)
    }

    /// Whether the JSON field that contains this value is given as JSON.
    fn is_given_whole(&self, param: &Param) -> bool {
        let root = param.into.split('/').next().unwrap_or_default();
        param.place == Place::Local && self.row.all_params().any(|p| p.name == root && p.required)
    }

    /// Returns the `n`th value of a parameter: the choice of the form if the parameter determines it, and an
    /// object with all known fields if the parameter is JSON.
    fn value(&self, param: &'static Param, n: usize) -> Pair {
        let told = self.row.forms.iter().find_map(|form| {
            let (field, _) = form.when?;
            let path = if form.at.is_empty() { field.to_owned() } else { format!("{}/{field}", form.at) };
            self.row.at(&path).filter(|p| std::ptr::eq(*p, param)).and_then(|_| self.choice(form.at, field))
        });
        // Ids conflict with `users` and `roles`, which cover them. `everyone` conflicts with no id.
        let told = told.or((param.name == value::MENTIONED).then_some("everyone"));
        if let (Some(name), ParamKind::Enum(choices)) = (told, param.kind) {
            return value::named(choices, name);
        }
        let pair = value::value(param, self.way, n, self.world);
        match self.inside(param).or_else(|| value::example(self.row, param, self.way)) {
            Some(wire) if param.kind == ParamKind::Json => {
                let file = || format!("@{}", self.world.file(&format!("{} whole.json", param.name), wire.to_string()));
                Pair { text: if self.way == Way::Dotted { file() } else { wire.to_string() }, wire }
            }
            _ => pair,
        }
    }

    /// Builds a JSON value with all fields that the row describes.
    fn inside(&self, whole: &Param) -> Option<Value> {
        let root = match whole.place {
            Place::Whole => String::new(),
            Place::Local => format!("{}/", whole.into),
            _ => format!("{}/", whole.name),
        };
        let mut json = Value::Null;
        for param in self.row.nested().filter(|p| p.into.starts_with(&root) && p.into != whole.into) {
            let known = (param.kind != ParamKind::Json || param.place == Place::Local)
                && param.kind != ParamKind::File
                && (whole.place == Place::Whole) == param.into.starts_with('-');
            // Only the first parameter with a path has the type of that field. A second one composes its value.
            let first = self.row.at(param.into).is_some_and(|first| std::ptr::eq(first, param));
            let of_files = matches!(param.name, "filename" | "spoiler" | "private-to");
            if !known || !first || of_files || self.row.form(param).is_some_and(|form| !self.is_of(form)) {
                continue;
            }
            let local = param.place == Place::Local;
            for n in 0..if local { value::count(param, self.way) } else { 1 } {
                // A field without a flag is put into the first element, and under an example key.
                let path = param.into[root.len()..].replace('*', "de");
                let path = if local { path } else { path.replace("/-", "/0").replacen("-/", "0/", 1) };
                json = put_at(json, &path.split('/').collect::<Vec<_>>(), self.value(param, n).wire);
            }
        }
        (!json.is_null()).then_some(json)
    }

    /// Adds a parameter to the command line and records what should arrive for it.
    fn field(&mut self, param: &'static Param) {
        if param.kind == ParamKind::File && param.place == Place::Local {
            return self.attachments(param);
        }
        // These parameters and `attachments` describe files, so `tests/files.rs` covers them.
        let of_files = matches!(param.name, "filename" | "spoiler" | "voice-message" | "attachments");
        if of_files && self.row.all_params().any(|p| p.kind == ParamKind::File) {
            return;
        }
        // The parameter accepts names, so `tests/permissions.rs` covers it.
        if param.name == "private-to" {
            return;
        }
        let mut wires = Vec::new();
        for n in 0..value::count(param, self.way) {
            let Pair { text, wire } = self.value(param, n);
            let wire = if param.secret { self.secret(param, n) } else { self.typed(param, text, wire) };
            wires.push(wire);
        }
        self.arrives(param, wires);
    }

    fn typed(&mut self, param: &'static Param, text: String, wire: Value) -> Value {
        let flag = param.flag();
        let by_position = param.positional && !text.starts_with('-') && self.way == Way::Json;
        let args = &mut self.call.args;
        match param.kind {
            ParamKind::Boolean if text == "true" => args.push(format!("--{flag}")),
            _ if by_position => args.push(text),
            ParamKind::Text if self.way == Way::Dotted => {
                // dcord removes one line break at the end, as a shell does in `$(…)`.
                let file = self.world.file(&format!("text of {flag}"), format!("{text}\n"));
                args.extend([format!("--{flag}-file"), file]);
            }
            ParamKind::Json if param.place == Place::Whole && !param.repeated => {
                let object = json!({"label": "sp\"am", "sure": "yes"});
                args.push(format!("--{flag}={object}"));
                return object;
            }
            ParamKind::Boolean => args.push(format!("--{flag}={text}")),
            _ if self.way == Way::Dotted && !text.starts_with('-') => args.extend([format!("--{flag}"), text]),
            _ => args.push(format!("--{flag}={text}")),
        }
        wire
    }

    /// Supplies a secret from a variable or a file.
    fn secret(&mut self, param: &'static Param, n: usize) -> Value {
        let secret = format!("sEcReT-0123456789-{}-{n}", param.name);
        self.world.secret(&secret);
        let source = if self.way == Way::Dotted {
            format!("file:{}", self.world.file(&format!("secret/{} {n}", param.name), format!("{secret}\n")))
        } else {
            let name = format!("SECRET_{}_{n}", param.name.to_ascii_uppercase());
            self.call.env.push((name.clone(), secret.clone()));
            format!("env:{name}")
        };
        self.call.args.push(format!("--{}={source}", param.flag()));
        Value::from(secret)
    }

    /// Adds two files by path and one from standard input.
    fn attachments(&mut self, param: &'static Param) {
        let flag = param.flag();
        let plain = self.world.file("up load.txt", "plain\0\r\n--");
        let described = self.world.file("ho#use.jpg", "described");
        self.call.args.extend([format!("--{flag}"), plain]);
        self.call.args.push(format!("--{flag}={described}#what it is: 100%"));
        self.call.args.extend([format!("--{flag}"), "-".to_owned(), "--filename=ča.png".to_owned()]);
        self.call.stdin = b"from a pipe".to_vec();
        let list = json!([
            {"id": 0, "filename": "up_load.txt"},
            {"id": 1, "filename": "house.jpg", "description": "what it is: 100%"},
            {"id": 2, "filename": "ca.png", "title": "ča"},
        ]);
        let files: [(&str, &str, &[u8]); 3] = [
            ("up_load.txt", "text/plain", b"plain\0\r\n--"),
            ("house.jpg", "image/jpeg", b"described"),
            ("ca.png", "image/png", b"from a pipe"),
        ];
        for (n, (name, kind, bytes)) in files.into_iter().enumerate() {
            self.call.expected.files.push(Part {
                name: format!("files[{n}]"),
                filename: Some(name.to_owned()),
                content_type: Some(kind.to_owned()),
                bytes: bytes.to_vec(),
            });
        }
        self.put(param.into, list);
    }

    fn arrives(&mut self, param: &'static Param, mut wires: Vec<Value>) {
        let text = |wire: &Value| wire.as_str().map_or_else(|| wire.to_string(), str::to_owned);
        match param.place {
            Place::Path | Place::Filter(_) | Place::Inner => {}
            Place::Query => {
                let pairs = wires.iter().map(|wire| (param.name.to_owned(), text(wire)));
                self.call.expected.query.extend(pairs);
            }
            Place::Form => {
                let pairs = wires.iter().map(|wire| (param.name.to_owned(), text(wire)));
                self.call.expected.form.extend(pairs);
            }
            Place::File => {
                let content = "bytes of 0\0\r\n--".to_owned();
                self.call.expected.files.push(Part {
                    name: param.name.to_owned(),
                    filename: Some("up_load_0.txt".to_owned()),
                    content_type: Some("text/plain".to_owned()),
                    bytes: content.into_bytes(),
                });
            }
            Place::Body if param.repeated => self.set(param.name, Value::Array(wires)),
            Place::Body => self.set(param.name, wires.remove(0)),
            Place::Whole => self.call.expected.json = Some(wires.remove(0)),
            Place::Local => {
                for wire in wires {
                    self.put(param.into, wire);
                }
            }
        }
    }

    fn set(&mut self, name: &str, value: Value) {
        self.call.expected.json.get_or_insert_with(|| json!({}))[name] = value;
    }

    /// Puts a value at the path of a dotted flag: names, indexes, and `-` for a new element.
    fn put(&mut self, path: &str, value: Value) {
        let steps: Vec<&str> = path.split('/').collect();
        let root = self.call.expected.json.take().unwrap_or(Value::Null);
        self.call.expected.json = Some(put_at(root, &steps, value));
    }

    /// A row with JSON fields sends a body even if it is empty.
    fn body(&mut self) {
        let has = |place| self.row.all_params().any(|p| p.place == place);
        let expected = &mut self.call.expected;
        if has(Place::Body) && expected.json.is_none() && expected.files.is_empty() && !has(Place::Form) {
            expected.json = Some(json!({}));
        }
    }

    /// Adds the fields that dcord sets by default.
    fn defaults(&mut self) {
        let row = self.row;
        // Without `--ping`, only mentions of users ping.
        let field = row
            .all_params()
            .find_map(|p| match p.place {
                Place::Body if p.name == "allowed_mentions" => Some(p.name),
                Place::Local => p.into.find("allowed_mentions").map(|at| &p.into[..at + "allowed_mentions".len()]),
                _ => None,
            })
            .map(|path| format!("/{path}"));
        let expected = &mut self.call.expected;
        // Only these two types of interaction responses are messages.
        let is_message =
            |json: &Value| row.operation != "create_interaction_response" || json["type"] == 4 || json["type"] == 7;
        if let (Some(pointer), Some(json)) = (field, expected.json.as_mut().filter(|json| is_message(json))) {
            let message = pointer.rsplit_once('/').unwrap().0;
            if let Some(message) = json.pointer_mut(message)
                && message.get("allowed_mentions").is_none()
                && ["content", "components"].iter().any(|f| message.get(f).is_some_and(|v| !v.is_null()))
            {
                message["allowed_mentions"] = json!({"parse": ["users"]});
            }
        }
        // dcord waits for the message by default, because Discord reports errors only then.
        let given = |query: &[(String, String)], name: &str| query.iter().any(|(n, _)| n == name);
        if row.param("wait").is_some() && !given(&expected.query, "wait") {
            expected.query.push(("wait".to_owned(), "true".to_owned()));
        }
        // An offset of zero is the default, so dcord omits it.
        expected.query.retain(|(name, value)| (name.as_str(), value.as_str()) != ("offset", "0"));
        // An endpoint with a default of one item is read in pages of 100.
        if row.paging.is_some_and(|p| p.default == 1) && !given(&expected.query, "limit") {
            expected.query.push(("limit".to_owned(), "100".to_owned()));
        }
    }
}

/// Puts a value at a path and creates missing objects and lists on the way.
fn put_at(at: Value, steps: &[&str], value: Value) -> Value {
    let Some((step, rest)) = steps.split_first() else { return value };
    if *step == "-" || step.parse::<usize>().is_ok() {
        let mut list = at.as_array().cloned().unwrap_or_default();
        // An index stands for the latest element.
        let index = if *step == "-" { list.len() } else { list.len().saturating_sub(1) };
        list.resize(list.len().max(index + 1), Value::Null);
        list[index] = put_at(list[index].take(), rest, value);
        return Value::Array(list);
    }
    let mut object = at.as_object().cloned().unwrap_or_default();
    let inner = object.remove(*step).unwrap_or(Value::Null);
    object.insert((*step).to_owned(), put_at(inner, rest, value));
    Value::Object(object)
}
