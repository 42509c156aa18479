//! The types of the catalogue's rows.

use crate::model::{Effect, Entity, Link};

/// A kind of object, with the commands that act on it.
#[derive(Debug)]
pub struct Noun {
    pub name: &'static str,
    /// One line for the list of nouns.
    pub about: &'static str,
    pub rows: &'static [Endpoint],
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether a second identical request has no further effect (RFC 9110, 9.2.2). HTTP does not
    /// guarantee this for PATCH.
    pub const fn idempotent(self) -> bool {
        matches!(self, Self::Get | Self::Put | Self::Delete)
    }
}

/// The maximum length of `X-Audit-Log-Reason`, in characters.
pub const LONGEST_REASON: usize = 512;

/// The kind of token that an endpoint accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    Bot,
    Bearer,
    /// A bot token or a user's access token.
    Any,
    /// No token is sent: the path contains one, or the response is public.
    None,
}

impl Auth {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Bearer => "bearer",
            Self::Any => "any",
            Self::None => "none",
        }
    }
}

/// One endpoint, and so one command.
#[derive(Debug)]
pub struct Endpoint {
    pub verb: &'static str,
    /// Other names of the command, each with both words: `message create`.
    pub aliases: &'static [&'static str],
    /// The operation's name in Discord's OpenAPI document.
    pub operation: &'static str,
    pub method: Method,
    /// The path below the API's base URL, with `{name}` for path parameters.
    pub path: &'static str,
    /// One line: imperative, no full stop, at most 72 columns.
    pub about: &'static str,
    /// The imperative sentence about a call, with its values: `Ban {user_id} from {guild_id}`. A part in brackets is omitted if
    /// the call lacks a value in it. Every verb is the first word, or follows ` and `. Destructive rows need a sentence for their
    /// question, and rows that Discord may answer without a body need it for the line that reports success; otherwise it is
    /// empty.
    pub action: &'static str,
    /// Paragraphs of `--help` below the summary, separated by blank lines; may be empty.
    pub more: &'static str,
    /// The required permissions, by Discord's names: `MANAGE_MESSAGES`; may be empty.
    pub permissions: &'static [&'static str],
    /// The permissions that depend on the fields or the object of the request. The help says when they are required.
    pub conditional_permissions: &'static [&'static str],
    /// A fragment that says why a row that changes something in a server names no permission.
    pub no_permission: Option<&'static str>,
    /// Example command lines, without the leading `dcord`.
    pub examples: &'static [&'static str],
    pub auth: Auth,
    /// Whether the endpoint takes `X-Audit-Log-Reason`.
    pub audit_reason: bool,
    pub destructive: bool,
    /// The operation for a list of one object, which this endpoint refuses. The object's id ends the path of that operation.
    pub for_one: Option<&'static str>,
    /// The operation that counts the objects which this call would affect, with the same path, and the field of its response
    /// that has the number.
    pub counted: Option<(&'static str, &'static str)>,
    /// The request replaces an object. dcord asks first if the object has data that would be lost.
    pub replaces: bool,
    /// For a deprecated endpoint, a fragment that names the replacement: `use pin list`.
    pub deprecated: Option<&'static str>,
    /// The command is not a single endpoint: it sends several requests. The row has its arguments and help, and
    /// the request that changes something. The command itself reads the local parameters.
    pub composed: bool,
    /// The command is composed, but it sends the row's request once, after a change.
    pub rewritten: bool,
    /// The command only reads, but scripts act on its answer. It must not be about an object with a similar name.
    pub decides: bool,
    /// The usage lines, without `dcord`, if the arguments have several forms. `[]` if the usage line is made from the arguments.
    pub usages: &'static [&'static str],
    /// How a successful call changes the objects in the cache. A row that only reads has at most one effect.
    pub effects: &'static [Effect],
    /// A fragment that says why a row that changes something has no effects.
    pub no_effect: Option<&'static str>,
    pub paging: Option<Paging>,
    /// The response is a list, or has one in the field [`Endpoint::items`].
    pub list: bool,
    /// The query parameter for the start of a name, if the row finds objects by name.
    pub finds_by: Option<&'static str>,
    /// The field of the response that contains the items.
    pub items: Option<&'static str>,
    /// The path of an item's id; `None` if items have no id.
    pub id: Option<&'static str>,
    /// The media type of the response, if it is not JSON.
    pub answers: Option<&'static str>,
    /// The field of the response with the ids for which the call failed, and the parameter that takes
    /// them for another try.
    pub failed: Option<(&'static str, &'static str)>,
    /// The kind of link that leads to an item; `None` if items have no link.
    pub link: Option<Link>,
    /// The dotted paths of the table's columns.
    pub columns: &'static [&'static str],
    /// A nonce prevents a retry from posting the message twice.
    pub nonce: bool,
    /// Discord does not compare nonces here; `--key` prevents another run from posting the message twice.
    pub keyed: bool,
    pub params: &'static [Param],
    /// The alternative forms of the request, or of objects in its body.
    pub forms: &'static [Form],
    /// Fields of the body, at least one of which Discord requires: a name, or the path of an inner field
    /// (`message_reference/type`).
    pub any_of: &'static [&'static str],
    /// The request edits an object, so at least one field is required.
    pub edits: bool,
    /// Groups of parameters that several rows share.
    pub groups: &'static [&'static [Param]],
}

/// Rows are compared by operation and verb, because composed commands share operations with endpoints. Addresses are
/// not compared, because the compiler may duplicate a row that several constants refer to.
impl PartialEq for Endpoint {
    fn eq(&self, other: &Self) -> bool {
        self.operation == other.operation && self.verb == other.verb
    }
}

impl Eq for Endpoint {}

impl Endpoint {
    /// Whether the command sends no request.
    pub const fn is_local(&self) -> bool {
        self.path.is_empty()
    }

    /// Whether a name must be the whole name of an object, and not only its beginning.
    pub fn needs_whole_names(&self) -> bool {
        self.decides || self.method != Method::Get
    }

    /// Whether the endpoint acts on an object of an app that belongs to no server.
    pub fn is_of_app(&self) -> bool {
        self.path.starts_with("/applications/") && self.param("guild_id").is_none_or(|p| p.place != Place::Path)
    }

    /// All parameters, the row's own first, without those inside JSON fields.
    pub fn all_params(&self) -> impl Iterator<Item = &'static Param> + use<> {
        self.everything().filter(|p| p.place != Place::Inner)
    }

    /// The parameters inside JSON fields, with or without a flag.
    pub fn nested(&self) -> impl Iterator<Item = &'static Param> + use<> {
        self.everything().filter(|p| matches!(p.place, Place::Local | Place::Inner))
    }

    /// The parameters outside the path that are arguments without flags, in their order.
    pub fn arguments(&self) -> impl Iterator<Item = &'static Param> + use<> {
        self.all_params().filter(|p| p.positional && p.place != Place::Path)
    }

    /// All parameters, including those inside JSON fields.
    pub(super) fn everything(&self) -> impl Iterator<Item = &'static Param> + use<> {
        self.params.iter().chain(self.groups.iter().copied().flatten())
    }

    /// The list of objects on which the endpoint acts.
    pub fn objects(&self) -> Option<&'static Param> {
        self.all_params().find(|p| p.place == Place::Body && p.repeated && p.required)
    }

    /// The parameter with this name, including those inside JSON fields.
    pub fn named(&self, name: &str) -> Option<&'static Param> {
        self.everything().find(|p| p.name == name)
    }

    /// The parameter whose value is at this path of the body: `scheduled_end_time`, `embeds/0/title`.
    pub fn at(&self, path: &str) -> Option<&'static Param> {
        self.everything().find(|p| match p.place {
            Place::Body | Place::Form => p.name == path,
            Place::Local | Place::Inner => p.into == path || p.into.strip_suffix("/-") == Some(path),
            _ => false,
        })
    }

    /// Whether an object has this form, by the value of the field in [`Form::when`].
    pub fn has_form(&self, form: &Form, object: &serde_json::Value) -> bool {
        let Some((field, names)) = form.when else { return object.is_object() };
        let place = if form.at.is_empty() { field.to_owned() } else { format!("{}/{field}", form.at) };
        let choice = self.at(&place).zip(object.get(field)).and_then(|(param, value)| param.kind.choice(value));
        choice.is_some_and(|choice| names.contains(&choice.name))
    }

    /// The effect that stores the whole response, so that the cache can answer the same call later. `None` if the
    /// cache stores only a part of the response, or nothing.
    pub fn stores_answer(&self) -> Option<Effect> {
        let effect = *self.effects.first().filter(|_| self.method == Method::Get)?;
        let stores = match effect {
            // Without the object's id in the path, the cache cannot find its row.
            Effect::One(kind) => self.path.contains(&format!("{{{}}}", kind.param())),
            Effect::Me | Effect::All(_) | Effect::History => true,
            _ => false,
        };
        stores.then_some(effect)
    }

    /// The cursors with which the cache can answer a call: those that select a part of a stored list.
    pub fn cached_cursors(&self) -> &'static [&'static str] {
        match self.stores_answer() {
            Some(Effect::History) => &["before", "after"],
            Some(Effect::All(_)) if self.paging.is_some_and(|paging| paging.walk == Walk::After) => &["after"],
            _ => &[],
        }
    }

    pub fn param(&self, name: &str) -> Option<&'static Param> {
        self.all_params().find(|p| p.name == name)
    }

    /// The path of the allowed mentions in the body: `allowed_mentions`, `data/allowed_mentions`.
    pub fn mentions(&self) -> Option<&'static str> {
        const NAME: &str = "allowed_mentions";
        let own = self.all_params().find(|p| p.place == Place::Body && p.name == NAME).map(|p| p.name);
        own.or_else(|| {
            let inner = self.all_params().find(|p| p.place == Place::Local && p.into.contains(NAME))?;
            Some(&inner.into[..inner.into.find(NAME)? + NAME.len()])
        })
    }

    /// The only form that this parameter applies to, if there is one.
    pub fn form(&self, param: &Param) -> Option<&'static Form> {
        self.forms.iter().find(|form| form.has(param))
    }

    /// Whether `--body` and `--unset` can set fields of the request. A command that sends several requests makes their bodies.
    pub fn takes_body(&self) -> bool {
        self.has_body() && (!self.composed || self.rewritten)
    }

    /// Whether the request can have a body.
    pub fn has_body(&self) -> bool {
        self.all_params().any(|p| matches!(p.place, Place::Body | Place::Form | Place::Whole))
    }
}

/// One of several alternative forms of a request, or of an object in its body.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// A noun phrase: `a thread`.
    pub name: &'static str,
    /// The path of the objects that have the form: `actions/0`; empty for the body itself.
    pub at: &'static str,
    /// The field that determines the form, and the choices that select this one. If it is `None`,
    /// parameters of two such forms exclude each other.
    pub when: Option<(&'static str, &'static [&'static str])>,
    /// The parameters that only apply to this form, with their parts: `embed` includes `embed.title`.
    pub params: &'static [&'static str],
    /// Paths below `at` of the values that this form requires.
    pub needs: &'static [&'static str],
}

impl Form {
    /// Whether the parameter only applies to this form.
    pub fn has(&self, param: &Param) -> bool {
        let is_part =
            |name: &str| param.name.strip_prefix(name).is_some_and(|rest| matches!(rest.get(..1), None | Some(".")));
        self.params.iter().any(|name| is_part(name))
    }

    /// Whether no object can have both forms.
    pub fn excludes(&self, other: &Self) -> bool {
        match (self.when, other.when) {
            (Some((field, values)), Some((other_field, others))) if self.at == other.at => {
                field == other_field && !values.iter().any(|value| others.contains(value))
            }
            (None, None) => self.name != other.name,
            _ => false,
        }
    }
}

/// Where a parameter's value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    /// A top-level field of the JSON body.
    Body,
    /// The value is the whole JSON body: an array, or an object with arbitrary keys.
    Whole,
    /// A form field: multipart if the row has a file, otherwise URL-encoded.
    Form,
    /// A file, sent as a multipart part with the parameter's name.
    File,
    /// A flag of dcord's own, which sets the value at [`Param::into`] in the body.
    Local,
    /// A value inside a JSON field, without a flag. The row has its bounds only.
    Inner,
    /// A filter on the items of the response: dcord compares the value with the item's field [`Param::into`].
    Filter(Filter),
}

/// Which items a [`Place::Filter`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Items whose time is the value or a later one.
    From,
    /// Items whose time is earlier than the value.
    Before,
    /// Items whose list contains one of the values.
    HasAny,
    /// Items whose boolean is the value. A missing field is `false`.
    Is,
}

impl Place {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Body | Self::Whole => "body",
            Self::Form => "form",
            Self::File => "file",
            Self::Local | Self::Filter(_) => "local",
            Self::Inner => "inner",
        }
    }
}

/// The type of a value on the command line and in the request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamKind {
    /// A short text.
    String,
    /// A text that people keep in files: a second flag `--NAME-file` reads it.
    Text,
    /// A URL with one of these schemes.
    Url(&'static [&'static str]),
    Integer,
    Number,
    Boolean,
    /// The id of an entity, as a string.
    Snowflake(Entity),
    /// A target whose value in the path is not an id: an emoji to react with, an invite's code.
    Target(Entity),
    /// An id that marks a position in time, so a time is accepted as well.
    Cursor(Entity),
    /// A time, in the request as ISO 8601.
    Timestamp,
    Json,
    /// A path to a picture or sound in one of these formats, which becomes a data URI.
    Image(&'static Formats),
    /// A path to a file, which becomes a part of a multipart body.
    File,
    /// One of a set of values; with `--no-validate`, any value of the same type.
    Enum(&'static [Choice]),
    /// A set of bits, given as names joined by commas or as a number.
    Flags(&'static [Choice]),
    /// The text of an emoji, or its name: `👍`, `:thumbsup:`.
    EmojiName,
    /// An object with the `name` of a standard emoji, or the `id` of a server's own.
    Emoji,
    /// A number, 24 bits of RGB.
    Color,
    /// A decimal number in a string, by names joined by commas.
    Permissions,
    /// `NAME=VALUE`, an object with `name` and `value`: an embed's field.
    Pair,
    /// `LABEL=ID` or `LABEL=URL`, with an optional style before the label: a button.
    Button,
    /// `ID=POSITION`, an object with `id` and `position`.
    Position(Entity),
}

impl ParamKind {
    /// The choice with this value.
    pub fn choice(self, value: &serde_json::Value) -> Option<&'static Choice> {
        match self {
            Self::Enum(choices) => choices.iter().find(|choice| choice.value.is(value)),
            _ => None,
        }
    }

    /// The name of the kind in `dcord endpoints`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String
            | Self::Url(_)
            | Self::Target(_)
            | Self::EmojiName
            | Self::Emoji
            | Self::Pair
            | Self::Button
            | Self::Position(_) => "string",
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Snowflake(_) | Self::Cursor(_) => "snowflake",
            Self::Timestamp => "timestamp",
            Self::Json => "json",
            Self::Image(_) => "image",
            Self::File => "file",
            Self::Enum(_) => "enum",
            Self::Flags(_) => "flags",
            Self::Color => "color",
            Self::Permissions => "permissions",
        }
    }
}

/// The formats of a file that becomes a data URI.
#[derive(Debug, PartialEq, Eq)]
pub struct Formats {
    /// Media types.
    pub types: &'static [&'static str],
    /// The names of the formats in a sentence.
    pub words: &'static str,
}

/// A name that users type, and Discord's value for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    pub name: &'static str,
    pub value: Scalar,
    /// The meaning of the choice, in a few words without a full stop; may be empty.
    pub about: &'static str,
}

/// The value of a [`Choice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    Int(i64),
    Str(&'static str),
}

impl Scalar {
    /// The value as JSON.
    pub fn json(self) -> serde_json::Value {
        match self {
            Self::Int(n) => n.into(),
            Self::Str(s) => s.into(),
        }
    }

    /// Whether the JSON value is this one.
    pub fn is(self, json: &serde_json::Value) -> bool {
        match self {
            Self::Int(n) => json.as_i64() == Some(n),
            Self::Str(s) => json.as_str() == Some(s),
        }
    }
}

/// The unit of a number that is a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Minutes,
    Hours,
    Days,
}

impl Unit {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    /// The number of seconds in the unit.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 3600,
            Self::Days => 86_400,
        }
    }

    /// A number of this unit as a span that can be typed, in the largest unit of which it is a multiple: `99h`.
    pub fn shortest(self, count: u64) -> String {
        let seconds = count.saturating_mul(self.seconds());
        let units = [(86_400, 'd'), (3600, 'h'), (60, 'm')];
        let unit = units.into_iter().find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length));
        let (length, letter) = unit.unwrap_or((1, 's'));
        format!("{}{letter}", seconds / length)
    }

    /// An example span, a whole number of the unit.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Seconds => "10m",
            Self::Minutes => "1h",
            Self::Hours => "3d",
            Self::Days => "2w",
        }
    }
}

/// One parameter of an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// The API's name, dots included for local flags: `embed.title`.
    pub name: &'static str,
    pub place: Place,
    pub kind: ParamKind,
    /// One line: an imperative or a noun phrase, without a full stop.
    pub help: &'static str,
    /// The flag, if it is not the name with dashes.
    pub flag: Option<&'static str>,
    /// A second flag with the same meaning, by the word that people use.
    pub alias: Option<&'static str>,
    /// The word for the value in usage lines and errors, if it does not follow from the name.
    pub label: Option<&'static str>,
    pub positional: bool,
    /// Whether Discord requires the parameter.
    pub required: bool,
    /// A list: the flag can be repeated.
    pub repeated: bool,
    /// The list's elements must be different.
    pub unique: bool,
    /// The list's elements are words without commas.
    pub words: bool,
    /// JSON null is allowed.
    pub nullable: bool,
    pub secret: bool,
    /// The object belongs to the server that another path parameter determines: a webhook's thread.
    pub implied: bool,
    /// The target may be omitted if `--guild` is given: the command then acts on the whole server, after confirmation.
    pub or_server: bool,
    /// If it is omitted, it has the first choice that selects the form of the other parameters.
    pub by_form: bool,
    /// If it is omitted, the type of the channel in `channel_id`, of the body or the path, determines the choice: pairs of a channel type and a choice.
    pub by_channel: &'static [(i64, &'static str)],
    /// The bounds of a number, or of the length of a string in Unicode scalar values.
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub min_items: Option<u32>,
    pub max_items: Option<u32>,
    /// The unit of a number that is a span of time; a span is accepted as well.
    pub unit: Option<Unit>,
    /// A time that must not be in the past.
    pub ahead: bool,
    /// The number of days from now after which a time is too late.
    pub within_days: Option<u32>,
    /// Bits that are not among the choices are allowed, because the replaced value may have them.
    pub open: bool,
    /// For a value inside a JSON field: the object that contains it requires it.
    pub needed: bool,
    /// Discord's documentation has the parameter, its OpenAPI document lacks it.
    pub beyond_spec: bool,
    /// Few people need the parameter: short help only names its flag.
    pub minor: bool,
    /// The shape of the object, or of each object in the list, if its fields are known.
    pub shape: Option<&'static Shape>,
    /// The path of a local or inner value in the body: `embeds/0/title`. A number is an index, and `-` appends
    /// an element for each value.
    pub into: &'static str,
}

impl Param {
    /// Whether it is the application's id in the path. It is an option instead of a target, and dcord looks it up
    /// if it is omitted.
    pub fn is_application(&self) -> bool {
        self.place == Place::Path && self.kind == ParamKind::Snowflake(Entity::Application)
    }

    /// Whether it has a flag of its own. Path parameters are positional, except for the application;
    /// `--body` sets a whole body.
    pub fn has_flag(&self) -> bool {
        match self.place {
            Place::Path => self.is_application(),
            Place::Whole => false,
            _ => true,
        }
    }

    /// The maximum, unless it only bounds the size of a request or is that of the number's type. Help does not show those.
    pub fn useful_max(&self) -> Option<i64> {
        /// Text fields without a limit of their own have a larger one.
        const LONG: i64 = 100_000;
        let bound = match self.kind {
            ParamKind::Integer | ParamKind::Number => i32::MAX.into(),
            _ => LONG,
        };
        self.max.filter(|max| *max < bound)
    }

    /// The maximum number of elements, unless it equals the limit that Discord's OpenAPI document gives to arrays without a
    /// limit of their own.
    pub fn useful_max_items(&self) -> Option<i64> {
        const UNSPECIFIED: u32 = 1521;
        self.max_items.filter(|most| *most != UNSPECIFIED).map(i64::from)
    }

    /// Whether it can have a value. Some parameters only describe the inside of others.
    pub fn is_given(&self) -> bool {
        self.has_flag() || matches!(self.place, Place::Path | Place::Whole)
    }

    /// The only choice of a required parameter, if it has just one.
    pub fn only_choice(&self) -> Option<&'static Choice> {
        match self.kind {
            ParamKind::Enum([only]) if self.required && !self.repeated => Some(only),
            _ => None,
        }
    }

    /// Whether it sets a value in an object of a list: [`Param::into`] contains an index. Repeating the flag
    /// sets it in the next object.
    pub fn is_of_element(&self) -> bool {
        self.into.split('/').any(|step| !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Whether a list can be given as `A,B,C` or in a file, because no value contains a comma.
    pub fn is_split(&self) -> bool {
        let kinds = matches!(
            self.kind,
            ParamKind::Snowflake(_)
                | ParamKind::Enum(_)
                | ParamKind::Integer
                | ParamKind::Number
                | ParamKind::Position(_)
        );
        self.repeated && self.place != Place::Whole && (self.words || kinds)
    }

    /// Whether the value is the path of a file.
    pub const fn is_file(&self) -> bool {
        matches!(self.kind, ParamKind::Image(_) | ParamKind::File)
    }

    /// The word for a positional value in usage lines and errors: `CHANNEL`, `CONTENT`.
    pub fn label(&self) -> String {
        match self.kind {
            _ if let Some(label) = self.label => label.to_owned(),
            ParamKind::Snowflake(Entity::Guild) => "SERVER".to_owned(),
            ParamKind::Target(Entity::Emoji) => "EMOJI".to_owned(),
            _ => {
                let name = self.name.strip_prefix("guild_scheduled_").unwrap_or(self.name);
                name.strip_suffix("_id").unwrap_or(name).replace("_id_", "-").to_ascii_uppercase().replace('_', "-")
            }
        }
    }

    /// The long flag without its dashes. The API's `limit` is `--page-size`, because `--limit` counts the items
    /// of all pages.
    pub fn flag(&self) -> String {
        match (self.flag, self.place, self.name) {
            (Some(flag), ..) => flag.to_owned(),
            _ if self.is_application() => "application-id".to_owned(),
            (None, Place::Query, "limit") => "page-size".to_owned(),
            (None, _, name) => name.replace('_', "-"),
        }
    }
}

/// The fields of a JSON object.
pub struct Shape {
    /// A noun phrase: `an embed`.
    pub about: &'static str,
    pub fields: &'static [Param],
    /// The kinds of objects, if the field `type` distinguishes them.
    pub by: Option<&'static [&'static Variant]>,
    /// The values of an object with arbitrary keys.
    pub values: Option<&'static Param>,
    /// A sentence that says why the fields are not described.
    pub free: Option<&'static str>,
}

/// One of the kinds of objects of a [`Shape`].
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    pub name: &'static str,
    /// The value of `type`.
    pub value: i64,
    pub about: &'static str,
    pub fields: &'static [Param],
    /// Sentences about this kind for `dcord explain`; may be empty.
    pub note: &'static str,
}

/// How dcord gets the next page of an endpoint if no cursor is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    Before,
    After,
    Offset,
    /// There is only one page, of the requested size.
    Once,
}

/// How an endpoint divides a list into pages (protocol: Pagination).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    pub walk: Walk,
    /// The cursors that the endpoint takes.
    pub before: bool,
    pub after: bool,
    pub around: bool,
    /// The dotted path of the value in an item that Discord compares with a cursor.
    pub cursor: &'static str,
    /// Discord's page size if the request does not set one.
    pub default: u32,
    pub least: u32,
    pub max: u32,
    /// The response says in `has_more` whether there are more items; otherwise a full page means there may be.
    pub has_more: bool,
    /// The endpoint pages only when this query parameter is `true`.
    pub only_with: Option<&'static str>,
}

impl Paging {
    /// The page size if none is given: Discord's default, or 100 instead of a default of 1.
    pub fn size(&self) -> u32 {
        const SENSIBLE: u32 = 100;
        if self.default <= 1 { SENSIBLE.min(self.max) } else { self.default }
    }

    /// The cursors as `dcord endpoints` names them: `before,after`.
    pub fn name(&self) -> String {
        let words = [
            (self.around, "around"),
            (self.before, "before"),
            (self.after, "after"),
            (self.walk == Walk::Offset, "offset"),
        ];
        words.iter().filter(|w| w.0).map(|w| w.1).collect::<Vec<_>>().join(",")
    }
}
