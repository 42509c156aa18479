//! What a row of the catalogue says.

use crate::model::{Effect, Entity, Link};

/// A thing of Discord's with the commands that act on it.
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

    /// Whether sending it twice does what sending it once does (RFC 9110, 9.2.2). PATCH is not:
    /// HTTP does not promise it.
    pub const fn idempotent(self) -> bool {
        matches!(self, Self::Get | Self::Put | Self::Delete)
    }
}

/// The most characters of `X-Audit-Log-Reason`.
pub const LONGEST_REASON: usize = 512;

/// Which token an endpoint admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    Bot,
    Bearer,
    /// A bot's or a user's.
    Any,
    /// None is sent: the path carries a token, or the answer is public.
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
    /// Other commands that mean the same, both words: `message create`.
    pub aliases: &'static [&'static str],
    /// Discord's own name of the operation, from its OpenAPI document.
    pub operation: &'static str,
    pub method: Method,
    /// Below the API's base, with `{name}` for path parameters.
    pub path: &'static str,
    /// One line: imperative, no full stop, at most 72 columns.
    pub about: &'static str,
    /// Further paragraphs of the long help; may be empty.
    pub more: &'static str,
    /// Permissions it needs, as Discord names them: `MANAGE_MESSAGES`; may be empty.
    pub permissions: &'static [&'static str],
    /// Commands a person could type, without the leading `dcord`.
    pub examples: &'static [&'static str],
    pub auth: Auth,
    /// Takes `X-Audit-Log-Reason`.
    pub audit_reason: bool,
    pub destructive: bool,
    /// It replaces what may hold more than the request says: dcord asks first where something would be lost.
    pub replaces: bool,
    /// What to use in its place.
    pub deprecated: Option<&'static str>,
    /// No endpoint: dcord makes the command of several requests. The row says how it is typed and explained, and
    /// which request of it changes something; what its local parameters give, the command reads itself.
    pub composed: bool,
    /// What its success means for the objects that the cache stores. A row that only reads has one effect at most.
    pub effects: &'static [Effect],
    /// Why a row that changes something has no effects: a sentence fragment.
    pub no_effect: Option<&'static str>,
    pub paging: Option<Paging>,
    /// The answer is a list, or has its list in [`Endpoint::items`].
    pub list: bool,
    /// The query parameter that takes the start of a name: the row finds objects by their names.
    pub finds_by: Option<&'static str>,
    /// The field of the answer that holds the items.
    pub items: Option<&'static str>,
    /// Where an item has its id; `None` where it has none.
    pub id: Option<&'static str>,
    /// The answer's media type, where that is not JSON.
    pub answers: Option<&'static str>,
    /// The field of the answer that lists the ids for which the call failed, and the parameter that
    /// takes them to try again.
    pub failed: Option<(&'static str, &'static str)>,
    /// What the link to an item is; `None` where it has none.
    pub link: Option<Link>,
    /// Dotted paths of the columns of its table.
    pub columns: &'static [&'static str],
    /// The message is protected from being sent twice by a nonce.
    pub nonce: bool,
    /// Discord compares no nonces, and `--key` keeps it from being sent twice.
    pub keyed: bool,
    pub params: &'static [Param],
    /// What the request, or an object in its body, can be one of.
    pub forms: &'static [Form],
    /// Fields of the body of which Discord wants at least one: a field, or the path of one inside it
    /// (`message_reference/type`).
    pub any_of: &'static [&'static str],
    /// An empty body would change nothing: at least one field is required.
    pub edits: bool,
    /// Parameters that several rows share.
    pub groups: &'static [&'static [Param]],
}

/// A row is known by its operation and verb: commands that dcord composes share operations. Its address says nothing,
/// since the compiler may place a row that several constants refer to more than once.
impl PartialEq for Endpoint {
    fn eq(&self, other: &Self) -> bool {
        self.operation == other.operation && self.verb == other.verb
    }
}

impl Eq for Endpoint {}

impl Endpoint {
    /// Whether dcord does all of it by itself: there is no request behind the command.
    pub const fn is_local(&self) -> bool {
        self.path.is_empty()
    }

    /// Whether it acts on what an app has by itself, in no server.
    pub fn is_of_app(&self) -> bool {
        self.path.starts_with("/applications/") && self.param("guild_id").is_none_or(|p| p.place != Place::Path)
    }

    /// All its parameters, its own first; not what only lies inside a JSON field.
    pub fn all_params(&self) -> impl Iterator<Item = &'static Param> + use<> {
        self.everything().filter(|p| p.place != Place::Inner)
    }

    /// What is known of values inside JSON fields: those that have flags, and those that have none.
    pub fn nested(&self) -> impl Iterator<Item = &'static Param> + use<> {
        self.everything().filter(|p| matches!(p.place, Place::Local | Place::Inner))
    }

    /// All its parameters, and what is known of values inside JSON fields.
    pub(super) fn everything(&self) -> impl Iterator<Item = &'static Param> + use<> {
        self.params.iter().chain(self.groups.iter().copied().flatten())
    }

    /// The parameter of that name, one inside a JSON field included.
    pub fn named(&self, name: &str) -> Option<&'static Param> {
        self.everything().find(|p| p.name == name)
    }

    /// The parameter whose value lies at that path of the body: `scheduled_end_time`, `embeds/0/title`.
    pub fn at(&self, path: &str) -> Option<&'static Param> {
        self.everything().find(|p| match p.place {
            Place::Body | Place::Form => p.name == path,
            Place::Local | Place::Inner => p.into == path || p.into.strip_suffix("/-") == Some(path),
            _ => false,
        })
    }

    /// Whether an object has that form: a field of it tells.
    pub fn has_form(&self, form: &Form, object: &serde_json::Value) -> bool {
        let Some((field, names)) = form.when else { return object.is_object() };
        let place = if form.at.is_empty() { field.to_owned() } else { format!("{}/{field}", form.at) };
        let choice = self.at(&place).zip(object.get(field)).and_then(|(param, value)| param.kind.choice(value));
        choice.is_some_and(|choice| names.contains(&choice.name))
    }

    pub fn param(&self, name: &str) -> Option<&'static Param> {
        self.all_params().find(|p| p.name == name)
    }

    /// Where its body says who is pinged: `allowed_mentions`, `data/allowed_mentions`.
    pub fn mentions(&self) -> Option<&'static str> {
        const NAME: &str = "allowed_mentions";
        let own = self.all_params().find(|p| p.place == Place::Body && p.name == NAME).map(|p| p.name);
        own.or_else(|| {
            let inner = self.all_params().find(|p| p.place == Place::Local && p.into.contains(NAME))?;
            Some(&inner.into[..inner.into.find(NAME)? + NAME.len()])
        })
    }

    /// The form that this parameter alone belongs to.
    pub fn form(&self, param: &Param) -> Option<&'static Form> {
        self.forms.iter().find(|form| form.has(param))
    }

    /// Whether a request body can be given at all.
    pub fn has_body(&self) -> bool {
        self.all_params().any(|p| matches!(p.place, Place::Body | Place::Form | Place::Whole))
    }
}

/// One of the things that a request, or an object in its body, can be.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// A noun phrase: `a thread`.
    pub name: &'static str,
    /// The path of the objects that it is a form of: `actions/0`; empty for the body itself.
    pub at: &'static str,
    /// The field that tells, and the names of those of its choices that make this form. Without it,
    /// the parameters tell: those of two such forms do not go together.
    pub when: Option<(&'static str, &'static [&'static str])>,
    /// The parameters that only this form has, their parts included: `embed` stands for `embed.title` too.
    pub params: &'static [&'static str],
    /// Paths below `at` of what it is not complete without.
    pub needs: &'static [&'static str],
}

impl Form {
    /// Whether the parameter is one of those that only this form has.
    pub fn has(&self, param: &Param) -> bool {
        let is_part =
            |name: &str| param.name.strip_prefix(name).is_some_and(|rest| matches!(rest.get(..1), None | Some(".")));
        self.params.iter().any(|name| is_part(name))
    }

    /// Whether nothing can be both.
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
    /// The JSON body is this value as a whole: an array, or an object whose keys are free.
    Whole,
    /// A field of a form: multipart where the row has a file, URL-encoded where it has none.
    Form,
    /// A file that is a part of its own, named as the parameter.
    File,
    /// A convenience of dcord's. [`Param::into`] says where in the body it goes.
    Local,
    /// A value inside a JSON field that has no flag of its own: only its bounds are known.
    Inner,
    /// A filter of dcord's on the items of the answer: [`Param::into`] is the field of an item, a time,
    /// that is compared with the value.
    Filter(Side),
}

/// Which items a [`Place::Filter`] lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Those of the value's moment and later ones.
    From,
    /// Earlier ones.
    Before,
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

/// How a value is typed on the command line and what it becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamKind {
    /// A short text.
    String,
    /// A text that people keep in files: it has a twin flag `--NAME-file`.
    Text,
    /// A URL of one of these schemes.
    Url(&'static [&'static str]),
    Integer,
    Number,
    Boolean,
    /// An id of that entity, in a string.
    Snowflake(Entity),
    /// A target of that entity that is no id on the wire: an emoji to react with, an invite's code.
    Target(Entity),
    /// An id that serves as a place in time: a time is taken as well.
    Cursor(Entity),
    /// ISO 8601 on the wire.
    Timestamp,
    Json,
    /// A path to a picture or a sound of one of these formats, which becomes a data URI.
    Image(&'static Formats),
    /// A path to a file, which becomes a part of a multipart body.
    File,
    /// One of a set of values; others that fit its type pass with `--no-validate`.
    Enum(&'static [Choice]),
    /// A sum of bits, by names joined by commas or as a number.
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
    /// `ID=POSITION`, an object with `id` and `position`.
    Position(Entity),
}

impl ParamKind {
    /// The choice that has this value.
    pub fn choice(self, value: &serde_json::Value) -> Option<&'static Choice> {
        match self {
            Self::Enum(choices) => choices.iter().find(|choice| choice.value.is(value)),
            _ => None,
        }
    }

    /// Its word in `dcord endpoints`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String
            | Self::Url(_)
            | Self::Target(_)
            | Self::EmojiName
            | Self::Emoji
            | Self::Pair
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
    /// Their names in a sentence.
    pub words: &'static str,
}

/// A name that a person types, and the value Discord knows it by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    pub name: &'static str,
    pub value: Scalar,
    /// What the choice means, in a few words without a full stop; may be empty.
    pub about: &'static str,
}

/// The value of a [`Choice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    Int(i64),
    Str(&'static str),
}

impl Scalar {
    /// The value as JSON has it.
    pub fn json(self) -> serde_json::Value {
        match self {
            Self::Int(n) => n.into(),
            Self::Str(s) => s.into(),
        }
    }

    /// Whether JSON has this value.
    pub fn is(self, json: &serde_json::Value) -> bool {
        match self {
            Self::Int(n) => json.as_i64() == Some(n),
            Self::Str(s) => json.as_str() == Some(s),
        }
    }
}

/// The unit of a number that is a length of time.
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

    /// How long one is, in seconds.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 3600,
            Self::Days => 86_400,
        }
    }

    /// A span that is a whole number of them.
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
    /// One line: imperative or a noun phrase, no full stop.
    pub help: &'static str,
    /// The flag where it is not the name with dashes.
    pub flag: Option<&'static str>,
    /// A second flag that means the same: the word that people use.
    pub alias: Option<&'static str>,
    /// What usage lines and errors call it, where that does not follow from the name.
    pub label: Option<&'static str>,
    pub positional: bool,
    /// Discord wants it.
    pub required: bool,
    /// A list: the flag may be repeated.
    pub repeated: bool,
    /// No element of the list may be there twice.
    pub unique: bool,
    /// The list's texts are words without commas.
    pub words: bool,
    /// Takes JSON null.
    pub nullable: bool,
    pub secret: bool,
    /// It is in the server that another parameter of the path is about: a webhook's thread.
    pub implied: bool,
    /// For numbers the least and the highest value, for texts the bounds of their length in
    /// Unicode scalar values.
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub min_items: Option<u32>,
    pub max_items: Option<u32>,
    /// What a number counts, where it is a length of time: a span is taken as well.
    pub unit: Option<Unit>,
    /// Takes other bits beside those of its choices: what is replaced may have them.
    pub open: bool,
    /// Of a value inside a JSON field: the object that holds it is not complete without it.
    pub needed: bool,
    /// Discord's documentation has it, its OpenAPI document does not.
    pub beyond_spec: bool,
    /// Where a local or inner value lies in the body: `embeds/0/title`. A number is an index, `-` appends
    /// one element per value.
    pub into: &'static str,
}

impl Param {
    /// Whether it is the application's id in the path. Nobody knows it by heart: it is an option,
    /// and looked up if not given.
    pub fn is_application(&self) -> bool {
        self.place == Place::Path && self.kind == ParamKind::Snowflake(Entity::Application)
    }

    /// Whether it has a flag of its own. Path parameters are positional, but for the application;
    /// a whole body is what `--body` gives.
    pub fn has_flag(&self) -> bool {
        match self.place {
            Place::Path => self.is_application(),
            Place::Whole => false,
            _ => true,
        }
    }

    /// The value of what Discord requires and which can be one thing only.
    pub fn only_choice(&self) -> Option<&'static Choice> {
        match self.kind {
            ParamKind::Enum([only]) if self.required && !self.repeated => Some(only),
            _ => None,
        }
    }

    /// Whether its value goes into an object of a list, of which there may be several: a number in
    /// [`Param::into`] stands for the object that is being filled.
    pub fn is_of_element(&self) -> bool {
        self.into.split('/').any(|step| !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Whether a list may be given in one text, `A,B,C`, or in a file: where no value has a comma.
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

    /// What usage lines and errors call a positional value: `CHANNEL`, `CONTENT`.
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

    /// The long flag without its dashes. The API's `limit` is `--page-size`: `--limit` counts
    /// over all pages.
    pub fn flag(&self) -> String {
        match (self.flag, self.place, self.name) {
            (Some(flag), ..) => flag.to_owned(),
            _ if self.is_application() => "application-id".to_owned(),
            (None, Place::Query, "limit") => "page-size".to_owned(),
            (None, _, name) => name.replace('_', "-"),
        }
    }
}

/// Which way an endpoint's pages are walked when no cursor is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    Before,
    After,
    Offset,
    /// There is one page, of the size asked for.
    Once,
}

/// How a list is cut in pages (protocol: Pagination).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    pub walk: Walk,
    /// Which of the cursors the endpoint takes.
    pub before: bool,
    pub after: bool,
    pub around: bool,
    /// The dotted path in an item of the value that a cursor is compared with.
    pub cursor: &'static str,
    /// Discord's page size when none is asked for.
    pub default: u32,
    pub least: u32,
    pub max: u32,
    /// The answer says in `has_more` whether there is more; else a full page means there may be.
    pub has_more: bool,
    /// The endpoint pages only when this query parameter is `true`.
    pub only_with: Option<&'static str>,
}

impl Paging {
    /// The page size where none is asked for: Discord's default, or 100 in place of a default of 1.
    pub fn size(&self) -> u32 {
        const SENSIBLE: u32 = 100;
        if self.default <= 1 { SENSIBLE.min(self.max) } else { self.default }
    }

    /// Its words in `dcord endpoints`.
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
