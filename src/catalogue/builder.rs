//! The functions that build the rows of the catalogue.
//!
//! Every row calls them in the same order: method (verb, operation, path, about), then `action`, `composed`, `auth`, `reason`,
//! `destructive`, `for_one`, `counted_by`, `replaces`, `deprecated`, `nonce` or `keyed`, then `effects` or `no_effect`, then the shape of the
//! response (`list`, `finds_by`, `pages`, `items`, `id`, `answers`, `failed`, `link`, `columns`), then `needs`, `may_need` or
//! `needs_none`, `more`, `examples`, `alias`, then `params`, `forms`, `any_of`, `edits` or `may_be_empty`, and `with`.

use super::types::{
    Auth, Choice, Endpoint, Filter, Form, Formats, Method, Noun, Paging, Param, ParamKind, Place, Scalar, Shape, Unit,
    Walk,
};
pub use crate::model::Effect::{
    All, Deletes, DeletesEach, History, Leaves, Me, One, Outdates, PartOf, Parts, Several, Unlists,
};
use crate::model::{Effect, Entity, Link};

pub const STRING: ParamKind = ParamKind::String;
pub const TEXT: ParamKind = ParamKind::Text;
pub const URL: ParamKind = ParamKind::Url(&["http", "https"]);
/// The URL of a picture, which may be a file attached to the same message.
pub const PICTURE: ParamKind = ParamKind::Url(&["http", "https", "attachment"]);
pub const INT: ParamKind = ParamKind::Integer;
pub const NUM: ParamKind = ParamKind::Number;
pub const BOOL: ParamKind = ParamKind::Boolean;
pub const TIME: ParamKind = ParamKind::Timestamp;
pub const JSON: ParamKind = ParamKind::Json;
/// Discord's reference, "Image Data".
pub const IMAGE: ParamKind = ParamKind::Image(&Formats {
    types: &["image/png", "image/jpeg", "image/gif", "image/webp"],
    words: "a PNG, JPEG, GIF or WebP picture",
});
/// Discord's reference, "Emoji Formats".
pub const EMOJI_IMAGE: ParamKind = ParamKind::Image(&Formats {
    types: &["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"],
    words: "a PNG, JPEG, GIF, WebP or AVIF picture",
});
/// Discord's reference, "Create Guild Soundboard Sound".
pub const SOUND: ParamKind =
    ParamKind::Image(&Formats { types: &["audio/mpeg", "audio/ogg"], words: "an MP3 or Ogg sound" });
pub const FILE: ParamKind = ParamKind::File;
pub const EMOJI_NAME: ParamKind = ParamKind::EmojiName;
pub const EMOJI: ParamKind = ParamKind::Emoji;
pub const COLOR: ParamKind = ParamKind::Color;
pub const PERMISSIONS: ParamKind = ParamKind::Permissions;
pub const PAIR: ParamKind = ParamKind::Pair;
pub const BUTTON: ParamKind = ParamKind::Button;

/// An id of any kind of object, or a number in place of an id.
pub const ID: ParamKind = ParamKind::Snowflake(Entity::Any);

pub const fn id(entity: Entity) -> ParamKind {
    ParamKind::Snowflake(entity)
}

/// A target that the path contains as text: an emoji, an invite's code.
pub const fn target(entity: Entity) -> ParamKind {
    ParamKind::Target(entity)
}

pub const fn position(entity: Entity) -> ParamKind {
    ParamKind::Position(entity)
}

pub const fn cursor(entity: Entity) -> ParamKind {
    ParamKind::Cursor(entity)
}

pub const fn one_of(choices: &'static [Choice]) -> ParamKind {
    ParamKind::Enum(choices)
}

pub const fn flags(choices: &'static [Choice]) -> ParamKind {
    ParamKind::Flags(choices)
}

/// A choice whose value is a number.
pub const fn n(name: &'static str, value: i64) -> Choice {
    Choice { name, value: Scalar::Int(value), about: "" }
}

/// A choice whose value is one bit of a set of flags.
pub const fn bit(name: &'static str, bit: u32) -> Choice {
    Choice { name, value: Scalar::Int(1 << bit), about: "" }
}

/// A choice whose value is a string.
pub const fn s(name: &'static str, value: &'static str) -> Choice {
    Choice { name, value: Scalar::Str(value), about: "" }
}

impl Choice {
    /// The meaning of the choice, if its name does not explain it.
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }
}

/// The maximum length of a string without a limit of its own, from Discord's OpenAPI document.
pub const LONG: i64 = 152_133;

pub const fn noun(name: &'static str, about: &'static str, rows: &'static [Endpoint]) -> Noun {
    Noun { name, about, rows }
}

const fn row(
    method: Method,
    verb: &'static str,
    operation: &'static str,
    path: &'static str,
    about: &'static str,
) -> Endpoint {
    Endpoint {
        verb,
        aliases: &[],
        operation,
        method,
        path,
        about,
        action: "",
        more: "",
        permissions: &[],
        conditional_permissions: &[],
        no_permission: None,
        examples: &[],
        auth: Auth::Bot,
        audit_reason: false,
        destructive: false,
        for_one: None,
        counted: None,
        replaces: false,
        deprecated: None,
        composed: false,
        rewritten: false,
        decides: false,
        usages: &[],
        effects: &[],
        no_effect: None,
        paging: None,
        list: false,
        finds_by: None,
        items: None,
        id: Some("id"),
        link: None,
        answers: None,
        failed: None,
        columns: &[],
        nonce: false,
        keyed: false,
        params: &[],
        forms: &[],
        any_of: &[],
        edits: matches!(method, Method::Patch),
        groups: &[],
    }
}

pub const fn get(verb: &'static str, operation: &'static str, path: &'static str, about: &'static str) -> Endpoint {
    row(Method::Get, verb, operation, path, about)
}

pub const fn post(verb: &'static str, operation: &'static str, path: &'static str, about: &'static str) -> Endpoint {
    row(Method::Post, verb, operation, path, about)
}

pub const fn put(verb: &'static str, operation: &'static str, path: &'static str, about: &'static str) -> Endpoint {
    row(Method::Put, verb, operation, path, about)
}

pub const fn patch(verb: &'static str, operation: &'static str, path: &'static str, about: &'static str) -> Endpoint {
    row(Method::Patch, verb, operation, path, about)
}

pub const fn delete(verb: &'static str, operation: &'static str, path: &'static str, about: &'static str) -> Endpoint {
    row(Method::Delete, verb, operation, path, about)
}

impl Endpoint {
    /// The imperative sentence about a call, with its values: [`Endpoint::action`].
    pub const fn action(mut self, sentence: &'static str) -> Self {
        self.action = sentence;
        self
    }

    /// The kind of token that the endpoint accepts; without this call, a bot token.
    pub const fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// The endpoint takes an audit log reason.
    pub const fn reason(mut self) -> Self {
        self.audit_reason = true;
        self
    }

    pub const fn destructive(mut self) -> Self {
        self.destructive = true;
        self
    }

    /// The operation that applies to a single object in place of this one, which requires several.
    pub const fn for_one(mut self, operation: &'static str) -> Self {
        self.for_one = Some(operation);
        self
    }

    /// Another operation counts the objects that the call would affect, in this field of its response. The sentence of the
    /// action has the field as a placeholder.
    pub const fn counted_by(mut self, operation: &'static str, field: &'static str) -> Self {
        self.counted = Some((operation, field));
        self
    }

    /// The request replaces an object, which may have data that the request lacks.
    pub const fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// A composed command that sends the row's request once, after a change.
    pub const fn rewritten(mut self) -> Self {
        self.composed = true;
        self.rewritten = true;
        self
    }

    /// The command only reads, but scripts act on its answer, so it requires whole names.
    pub const fn decides(mut self) -> Self {
        self.decides = true;
        self
    }

    /// The usage lines, without `dcord`, if the arguments have several forms.
    pub const fn usages(mut self, lines: &'static [&'static str]) -> Self {
        self.usages = lines;
        self
    }

    /// The command sends several requests; the row's request is the one that changes something.
    pub const fn composed(mut self) -> Self {
        self.composed = true;
        self
    }

    /// The endpoint is deprecated. The text is a sentence fragment that names the replacement: `use pin list`.
    pub const fn deprecated(mut self, instead: &'static str) -> Self {
        self.deprecated = Some(instead);
        self
    }

    /// How a successful call changes the objects in the cache.
    pub const fn effects(mut self, effects: &'static [Effect]) -> Self {
        self.effects = effects;
        self
    }

    /// Why a call that changes something does not change the cache: `the cache has no lobbies`.
    pub const fn no_effect(mut self, why: &'static str) -> Self {
        self.no_effect = Some(why);
        self
    }

    /// The response is an array.
    pub const fn list(mut self) -> Self {
        self.list = true;
        self
    }

    /// The response contains the objects whose names start with the value of this query parameter.
    pub const fn finds_by(mut self, param: &'static str) -> Self {
        self.list = true;
        self.finds_by = Some(param);
        self
    }

    /// The response is one page of a list.
    pub const fn pages(mut self, paging: Paging) -> Self {
        self.list = true;
        self.paging = Some(paging);
        self
    }

    /// The response is an object with the list in this field.
    pub const fn items(mut self, field: &'static str) -> Self {
        self.list = true;
        self.items = Some(field);
        self
    }

    /// The path of an item's id, if it is not `id`.
    pub const fn id(mut self, path: &'static str) -> Self {
        self.id = Some(path);
        self
    }

    /// The response has no id, or there is no response body.
    pub const fn no_id(mut self) -> Self {
        self.id = None;
        self
    }

    /// The media type of the response, if it is not JSON.
    pub const fn answers(mut self, media_type: &'static str) -> Self {
        self.answers = Some(media_type);
        self
    }

    /// The field of the response with the ids for which the call failed, and the parameter that takes
    /// them for another try.
    pub const fn failed(mut self, field: &'static str, param: &'static str) -> Self {
        self.failed = Some((field, param));
        self
    }

    /// The kind of link that leads to an item.
    pub const fn link(mut self, link: Link) -> Self {
        self.link = Some(link);
        self
    }

    pub const fn columns(mut self, columns: &'static [&'static str]) -> Self {
        self.columns = columns;
        self
    }

    /// The required permissions, by Discord's names.
    pub const fn needs(mut self, permissions: &'static [&'static str]) -> Self {
        self.permissions = permissions;
        self
    }

    /// The permissions that depend on the fields or the object of the request. The text of `more` says when they are required.
    pub const fn may_need(mut self, permissions: &'static [&'static str]) -> Self {
        self.conditional_permissions = permissions;
        self
    }

    /// Why a row that changes something in a server names no permission: `a bot can leave each server`.
    pub const fn needs_none(mut self, why: &'static str) -> Self {
        self.no_permission = Some(why);
        self
    }

    /// Paragraphs of `--help` below the summary, separated by blank lines.
    pub const fn more(mut self, text: &'static str) -> Self {
        self.more = text;
        self
    }

    /// Command lines without the leading `dcord`.
    pub const fn examples(mut self, lines: &'static [&'static str]) -> Self {
        self.examples = lines;
        self
    }

    /// Other names of the command, each with both words: `message create`.
    pub const fn alias(mut self, words: &'static [&'static str]) -> Self {
        self.aliases = words;
        self
    }

    /// A nonce prevents a retry from posting the message twice.
    pub const fn nonce(mut self) -> Self {
        self.nonce = true;
        self
    }

    /// `--key` prevents another run from posting the message twice.
    pub const fn keyed(mut self) -> Self {
        self.keyed = true;
        self
    }

    pub const fn params(mut self, params: &'static [Param]) -> Self {
        self.params = params;
        self
    }

    /// The alternative forms of the request, or of objects in its body.
    pub const fn forms(mut self, forms: &'static [Form]) -> Self {
        self.forms = forms;
        self
    }

    /// Fields of the body, at least one of which is required.
    pub const fn any_of(mut self, any_of: &'static [&'static str]) -> Self {
        self.any_of = any_of;
        self
    }

    /// The request edits an object, so a body without fields is an error. This is the default of PATCH rows.
    pub const fn edits(mut self) -> Self {
        self.edits = true;
        self
    }

    /// An empty body of this PATCH is valid.
    pub const fn may_be_empty(mut self) -> Self {
        self.edits = false;
        self
    }

    /// Groups of parameters that the row shares with other rows.
    pub const fn with(mut self, groups: &'static [&'static [Param]]) -> Self {
        self.groups = groups;
        self
    }
}

/// A form of the request, described by a noun phrase: `a thread`.
pub const fn variant(name: &'static str) -> Form {
    Form { name, at: "", when: None, params: &[], needs: &[] }
}

impl Form {
    /// The form applies to the objects at this path of the body.
    pub const fn at(mut self, path: &'static str) -> Self {
        self.at = path;
        self
    }

    /// An object has this form if the field has one of these choices.
    pub const fn when(mut self, field: &'static str, choices: &'static [&'static str]) -> Self {
        self.when = Some((field, choices));
        self
    }

    /// The parameters that only apply to this form.
    pub const fn only(mut self, params: &'static [&'static str]) -> Self {
        self.params = params;
        self
    }

    /// The paths of the values that this form requires.
    pub const fn needs(mut self, paths: &'static [&'static str]) -> Self {
        self.needs = paths;
        self
    }
}

const fn param(place: Place, name: &'static str, kind: ParamKind, help: &'static str) -> Param {
    Param {
        name,
        place,
        kind,
        help,
        flag: None,
        alias: None,
        label: None,
        positional: false,
        required: false,
        repeated: false,
        unique: false,
        words: false,
        nullable: false,
        secret: false,
        implied: false,
        or_server: false,
        by_form: false,
        by_channel: &[],
        min: None,
        max: None,
        min_items: None,
        max_items: None,
        unit: None,
        ahead: false,
        within_days: None,
        open: false,
        needed: false,
        beyond_spec: false,
        minor: false,
        shape: None,
        into: "",
    }
}

/// A path parameter: positional and required.
pub const fn path(name: &'static str, kind: ParamKind, help: &'static str) -> Param {
    param(Place::Path, name, kind, help).positional().required()
}

pub const fn query(name: &'static str, kind: ParamKind, help: &'static str) -> Param {
    param(Place::Query, name, kind, help)
}

pub const fn body(name: &'static str, kind: ParamKind, help: &'static str) -> Param {
    param(Place::Body, name, kind, help)
}

/// The whole body, an array or an object with arbitrary keys, under the name `body`.
pub const fn whole(help: &'static str) -> Param {
    param(Place::Whole, "body", JSON, help).repeated()
}

/// The whole body, an object with arbitrary keys, under the name `body`.
pub const fn whole_object(help: &'static str) -> Param {
    param(Place::Whole, "body", JSON, help)
}

pub const fn form(name: &'static str, kind: ParamKind, help: &'static str) -> Param {
    param(Place::Form, name, kind, help)
}

/// A file, sent as the multipart part of this name.
pub const fn file(name: &'static str, help: &'static str) -> Param {
    param(Place::File, name, FILE, help)
}

/// A flag of dcord's own that sets the value at `into` in the body.
pub const fn local(name: &'static str, into: &'static str, kind: ParamKind, help: &'static str) -> Param {
    let mut p = param(Place::Local, name, kind, help);
    p.into = into;
    p
}

/// A flag that filters a list by the field `into` of its items.
pub const fn filter(
    name: &'static str,
    into: &'static str,
    filter: Filter,
    kind: ParamKind,
    help: &'static str,
) -> Param {
    let mut p = param(Place::Filter(filter), name, kind, help);
    p.into = into;
    p
}

/// The value at `into` in the body, which has no flag. Errors use its name.
pub const fn inner(name: &'static str, into: &'static str, kind: ParamKind) -> Param {
    let mut p = param(Place::Inner, name, kind, "");
    p.into = into;
    p
}

/// A field of a [`Shape`].
pub const fn field(name: &'static str, kind: ParamKind, help: &'static str) -> Param {
    param(Place::Inner, name, kind, help)
}

impl Param {
    /// The shape of the object, or of each object in the list.
    pub const fn of(mut self, shape: &'static Shape) -> Self {
        self.shape = Some(shape);
        self
    }

    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub const fn positional(mut self) -> Self {
        self.positional = true;
        self
    }

    pub const fn repeated(mut self) -> Self {
        self.repeated = true;
        self
    }

    /// A list whose elements must be different.
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// A list of words without commas, which can be given as `A,B,C`.
    pub const fn words(mut self) -> Self {
        self.words = true;
        self
    }

    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// If it is omitted, it has the first choice that selects the form of the other parameters.
    pub const fn by_form(mut self) -> Self {
        self.by_form = true;
        self
    }

    /// If it is omitted, the type of the channel in `channel_id` determines the choice.
    pub const fn by_channel(mut self, choices: &'static [(i64, &'static str)]) -> Self {
        self.by_channel = choices;
        self
    }

    /// A time that must not be in the past.
    pub const fn ahead(mut self) -> Self {
        self.ahead = true;
        self
    }

    /// A time at most this many days from now.
    pub const fn within_days(mut self, days: u32) -> Self {
        self.within_days = Some(days);
        self
    }

    /// The object belongs to the server that another path parameter determines.
    pub const fn implied(mut self) -> Self {
        self.implied = true;
        self
    }

    /// If only `--guild` is given, the command acts on the whole server.
    pub const fn or_server(mut self) -> Self {
        self.or_server = true;
        self
    }

    /// The bounds of a number, or of the length of a string.
    pub const fn range(mut self, min: i64, max: i64) -> Self {
        self.min = Some(min);
        self.max = Some(max);
        self
    }

    pub const fn min(mut self, min: i64) -> Self {
        self.min = Some(min);
        self
    }

    pub const fn max(mut self, max: i64) -> Self {
        self.max = Some(max);
        self
    }

    /// The bounds of the number of elements of a list.
    pub const fn items(mut self, min: u32, max: u32) -> Self {
        if min > 0 {
            self.min_items = Some(min);
        }
        self.max_items = Some(max);
        self
    }

    /// Bits that are not among the choices are allowed.
    pub const fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// The object that contains the value requires it.
    pub const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// The flag without its dashes, if it differs from the name.
    pub const fn flag_name(mut self, flag: &'static str) -> Self {
        self.flag = Some(flag);
        self
    }

    /// A second flag with the same meaning, without its dashes.
    pub const fn alias(mut self, flag: &'static str) -> Self {
        self.alias = Some(flag);
        self
    }

    /// The word for the value in usage lines, if it differs from the name.
    pub const fn label_name(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }

    /// The number is a span of time in this unit.
    pub const fn unit(mut self, unit: Unit) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Few people need the parameter: short help only names its flag.
    pub const fn minor(mut self) -> Self {
        self.minor = true;
        self
    }

    /// Discord's documentation has the parameter, its OpenAPI document lacks it.
    pub const fn beyond_spec(mut self) -> Self {
        self.beyond_spec = true;
        self
    }
}

/// Pages of `default` items (at most `max`), continued from the field `cursor` of the last item.
const fn paging(walk: Walk, cursor: &'static str, default: u32, max: u32) -> Paging {
    Paging {
        walk,
        before: matches!(walk, Walk::Before),
        after: matches!(walk, Walk::After),
        around: false,
        cursor,
        default,
        least: 1,
        max,
        has_more: false,
        only_with: None,
    }
}

/// Pages with the newest item first, continued with `before`.
pub const fn before(cursor: &'static str, default: u32, max: u32) -> Paging {
    paging(Walk::Before, cursor, default, max)
}

/// Pages in ascending order, continued with `after`.
pub const fn after(cursor: &'static str, default: u32, max: u32) -> Paging {
    paging(Walk::After, cursor, default, max)
}

/// Pages continued with an offset, which can be at most 9975.
pub const fn offset(default: u32, max: u32) -> Paging {
    paging(Walk::Offset, "id", default, max)
}

/// A single page, of `default` items or the requested number.
pub const fn once(default: u32, max: u32) -> Paging {
    paging(Walk::Once, "id", default, max)
}

impl Paging {
    pub const fn and_before(mut self) -> Self {
        self.before = true;
        self
    }

    pub const fn and_after(mut self) -> Self {
        self.after = true;
        self
    }

    pub const fn and_around(mut self) -> Self {
        self.around = true;
        self
    }

    pub const fn has_more(mut self) -> Self {
        self.has_more = true;
        self
    }

    pub const fn least(mut self, least: u32) -> Self {
        self.least = least;
        self
    }

    /// The endpoint has pages only if this query parameter is `true`.
    pub const fn only_with(mut self, param: &'static str) -> Self {
        self.only_with = Some(param);
        self
    }
}
