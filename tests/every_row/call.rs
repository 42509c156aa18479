//! A command line for a row, and the request that should come of it.

use dcord::catalogue::{Auth, Endpoint, Form, Param, ParamKind, Place};
use serde_json::{Map, Value, json};

use super::expected::Expected;
use super::value::{self, Pair};
use super::{APPLICATION, Row};
use crate::support::{Part, TOKEN, WEBHOOK_ID, WEBHOOK_TOKEN, World};

/// How a call is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Everything, nested fields as JSON, values at their lower bounds.
    Json,
    /// Everything, nested fields flag by flag, values at their upper bounds.
    Dotted,
    /// What Discord insists on.
    Required,
}

/// A line to type, the world it is typed in, and what comes of it.
pub struct Call {
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    pub stdin: Vec<u8>,
    /// The application's id is not given, so it is asked for first.
    pub looks_up: bool,
    pub expected: Expected,
}

/// An audit-log reason with what headers cannot carry as it is.
const REASON: &str = "žluť 100% \"why\"\nand more";

impl Call {
    pub fn new(row: Row, way: Way, form: usize, world: &World) -> Self {
        let mut builder = Builder::new(row, way, world);
        builder.form = form;
        builder.build(|_| false)
    }

    /// With these texts for one parameter; only good for what is refused.
    pub fn with(row: Row, way: Way, world: &World, param: &'static Param, texts: &[String]) -> Self {
        let mut builder = Builder::new(row, way, world);
        builder.form = row.1.forms.iter().position(|form| form.has(param)).unwrap_or(0);
        builder.instead = Some((param, texts.to_vec()));
        builder.build(|_| false)
    }

    /// With this body as JSON, and nothing of it by flags; only good for what is refused.
    pub fn with_body(row: Row, world: &World, body: &Value) -> Self {
        let mut call =
            Builder::new(row, Way::Required, world).build(|p| !matches!(p.place, Place::Path | Place::Query));
        call.args.push(format!("--body=@{}", world.file("body.json", body.to_string())));
        call
    }

    /// The whole JSON body of a form, nested values included.
    pub fn body(row: Row, form: usize, world: &World) -> Option<Value> {
        Self::new(row, Way::Json, form, world).expected.json
    }

    /// Without that parameter.
    pub fn lacking(row: Row, world: &World, param: &'static Param) -> Self {
        Builder::new(row, Way::Required, world).build(|p| std::ptr::eq(p, param))
    }

    /// With its targets alone.
    pub fn bare(row: Row, world: &World) -> Self {
        Builder::new(row, Way::Required, world).build(|p| p.place != Place::Path)
    }

    /// Without the last target, and without the variables that could stand in for it.
    pub fn lacking_a_target(row: Row, world: &World) -> Option<Self> {
        let last = row.1.all_params().filter(|p| p.place == Place::Path && !p.is_application()).last()?;
        Some(Self::lacking(row, world, last))
    }

    /// Every field that takes null is given it.
    pub fn unset(row: Row, world: &World) -> Option<Self> {
        let nullable: Vec<&Param> = row.1.all_params().filter(|p| p.place == Place::Body && p.nullable).collect();
        if nullable.is_empty() {
            return None;
        }
        let mut builder = Builder::new(row, Way::Required, world);
        if !row.1.any_of.is_empty() || row.1.forms.iter().any(|form| !form.needs.is_empty()) {
            // All of those of which one is wanted, and what a form needs.
            builder.call.args.push("--no-validate".to_owned());
        }
        for param in nullable {
            builder.call.args.extend(["--unset".to_owned(), param.flag()]);
            builder.set(param.name, Value::Null);
        }
        Some(builder.build(|p| p.place == Place::Body && p.nullable))
    }

    /// The line, for a report.
    pub fn shown(&self) -> String {
        let words: Vec<_> = self.args.iter().map(|a| format!("{:.200}", format!("{a:?}"))).collect();
        format!("dcord {}", words.join(" "))
    }
}

struct Builder<'a> {
    row: &'static Endpoint,
    way: Way,
    /// Which of the row's forms, where it has some.
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
                // None is needed, and none that is there is sent.
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
        // An interaction's webhook has the application's id, and so another source of its token.
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
                // It comes with its token.
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

    /// A token in the path, from each source it may come from.
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

    /// Whether it is the field by which an edit that requires none changes something.
    fn is_edited(&self, param: &Param) -> bool {
        let mut fields = self.row.all_params().filter(|p| p.place == Place::Body);
        let none_required = !self.row.all_params().any(|p| p.place != Place::Path && p.required);
        self.row.edits && none_required && fields.next().is_some_and(|first| std::ptr::eq(first, param))
    }

    /// Whether the parameter is part of this way of calling.
    fn wanted(&self, param: &Param) -> bool {
        // Buttons exclude components: `tests/buttons.rs` is about them.
        if param.kind == ParamKind::Button {
            return false;
        }
        if self.way == Way::Required {
            let path = if param.place == Place::Local { param.into } else { param.name };
            let needed = |form: &Form| form.at.is_empty() && self.is_of(form) && form.needs.contains(&path);
            // One part of it will do.
            let has_part = self.instead.as_ref().is_some_and(|(p, _)| p.into.starts_with(&format!("{}/", param.name)));
            let of_form = self.row.forms.iter().any(needed) && !self.is_given_whole(param) && !has_part;
            let beside = self.instead.as_ref().is_some_and(|(instead, _)| self.completes(param, instead));
            let one_of = self.row.any_of.first().map(|path| path.split('/').next().unwrap_or_default());
            let edited = one_of.map_or_else(|| self.is_edited(param), |name| name == param.name) && !has_part;
            // dcord would ask Discord for the type of the channel.
            let is_formed = self.instead.as_ref().is_some_and(|(instead, _)| self.row.form(instead).is_some());
            let by_channel = !param.by_channel.is_empty() && !is_formed;
            return param.required || of_form || beside || edited || by_channel;
        }
        if self.row.form(param).is_some_and(|form| !self.is_of(form)) {
            return false;
        }
        // Discord takes one cursor at a time, and dcord reads a list upwards to an end from two.
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
        // A nested field is given as JSON or flag by flag, the same field never both ways.
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

    /// Whether the call has that form: the chosen one, or one that does not exclude it.
    fn is_of(&self, form: &Form) -> bool {
        match form.when {
            Some((field, names)) => self.choice(form.at, field).is_some_and(|choice| names.contains(&choice)),
            None => self.row.forms[self.form].name == form.name,
        }
    }

    /// The choice of the field that tells which form the call, or an object in it, has.
    fn choice(&self, at: &str, field: &str) -> Option<&'static str> {
        let tells = |form: &&Form| form.at == at && form.when.is_some_and(|(name, _)| name == field);
        let chosen = Some(&self.row.forms[self.form]).filter(tells);
        let form = match self.way {
            // The first choice will do, unless a form is asked for.
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

    /// Whether the object that holds the other value is not complete without this one.
    fn completes(&self, param: &Param, other: &Param) -> bool {
        let holds = |needed: &&Param| {
            let parent = needed.into.rsplit_once('/').map_or("", |(parent, _)| parent);
            needed.needed && other.into.starts_with(&format!("{parent}/")) && other.place == Place::Local
        };
        let below = |needed: &Param| param.into == needed.into || param.into.starts_with(&format!("{}/", needed.into));
        let is_part = param.place == Place::Local && !self.is_given_whole(param);
        is_part && self.row.nested().filter(holds).any(below)
    }

    /// Whether the JSON field that this value lies in is given as a whole.
    fn is_given_whole(&self, param: &Param) -> bool {
        let root = param.into.split('/').next().unwrap_or_default();
        param.place == Place::Local && self.row.all_params().any(|p| p.name == root && p.required)
    }

    /// The `n`th value of a parameter: the chosen one where it tells the form, and a whole object with
    /// all that is known of it where it is JSON.
    fn value(&self, param: &'static Param, n: usize) -> Pair {
        let told = self.row.forms.iter().find_map(|form| {
            let (field, _) = form.when?;
            let path = if form.at.is_empty() { field.to_owned() } else { format!("{}/{field}", form.at) };
            self.row.at(&path).filter(|p| std::ptr::eq(*p, param)).and_then(|_| self.choice(form.at, field))
        });
        // Ids do not go together with the kind that covers them, everyone does.
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

    /// A JSON value made of everything that the row knows of what is inside.
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
            // What comes second for a place composes its value.
            let first = self.row.at(param.into).is_some_and(|first| std::ptr::eq(first, param));
            let of_files = matches!(param.name, "filename" | "spoiler" | "private-to");
            if !known || !first || of_files || self.row.form(param).is_some_and(|form| !self.is_of(form)) {
                continue;
            }
            let local = param.place == Place::Local;
            for n in 0..if local { value::count(param, self.way) } else { 1 } {
                // What has no flag lies in the first element, and under any key.
                let path = param.into[root.len()..].replace('*', "de");
                let path = if local { path } else { path.replace("/-", "/0").replacen("-/", "0/", 1) };
                json = put_at(json, &path.split('/').collect::<Vec<_>>(), self.value(param, n).wire);
            }
        }
        (!json.is_null()).then_some(json)
    }

    /// Types a parameter and notes what should arrive for it.
    fn field(&mut self, param: &'static Param) {
        if param.kind == ParamKind::File && param.place == Place::Local {
            return self.attachments(param);
        }
        // These describe the files, and `attachments` does too: `tests/files.rs` is about them.
        let of_files = matches!(param.name, "filename" | "spoiler" | "voice-message" | "attachments");
        if of_files && self.row.all_params().any(|p| p.kind == ParamKind::File) {
            return;
        }
        // It takes names: `tests/permissions.rs` is about it.
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
                // One line break at the end goes, as in a shell's $(…).
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

    /// A secret is fetched from a variable or a file.
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

    /// Two files with paths, and one from standard input.
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

    /// Puts a value where a local flag's path says: names, indexes, and `-` for one more element.
    fn put(&mut self, path: &str, value: Value) {
        let steps: Vec<&str> = path.split('/').collect();
        let root = self.call.expected.json.take().unwrap_or(Value::Null);
        self.call.expected.json = Some(put_at(root, &steps, value));
    }

    /// A row with a JSON body sends one even where it is empty.
    fn body(&mut self) {
        let has = |place| self.row.all_params().any(|p| p.place == place);
        let expected = &mut self.call.expected;
        if has(Place::Body) && expected.json.is_none() && expected.files.is_empty() && !has(Place::Form) {
            expected.json = Some(json!({}));
        }
    }

    /// What dcord adds of itself.
    fn defaults(&mut self) {
        let row = self.row;
        // Nobody is pinged but users, unless it is said.
        let field = row
            .all_params()
            .find_map(|p| match p.place {
                Place::Body if p.name == "allowed_mentions" => Some(p.name),
                Place::Local => p.into.find("allowed_mentions").map(|at| &p.into[..at + "allowed_mentions".len()]),
                _ => None,
            })
            .map(|path| format!("/{path}"));
        let expected = &mut self.call.expected;
        // Of the responses to an interaction, these two are messages.
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
        // A webhook that does not wait does not say what went wrong.
        let given = |query: &[(String, String)], name: &str| query.iter().any(|(n, _)| n == name);
        if row.param("wait").is_some() && !given(&expected.query, "wait") {
            expected.query.push(("wait".to_owned(), "true".to_owned()));
        }
        // Where a list begins by itself needs no saying.
        expected.query.retain(|(name, value)| (name.as_str(), value.as_str()) != ("offset", "0"));
        // A page of one item is no page.
        if row.paging.is_some_and(|p| p.default == 1) && !given(&expected.query, "limit") {
            expected.query.push(("limit".to_owned(), "100".to_owned()));
        }
    }
}

/// Puts a value at a path, making what is missing on the way.
fn put_at(at: Value, steps: &[&str], value: Value) -> Value {
    let Some((step, rest)) = steps.split_first() else { return value };
    if *step == "-" || step.parse::<usize>().is_ok() {
        let mut list = at.as_array().cloned().unwrap_or_default();
        // A number stands for the element that was begun last.
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
