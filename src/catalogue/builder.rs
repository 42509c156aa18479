//! The words in which rows are written.
//!
//! Each row is written in one order: method (verb, operation, path, about), then `composed`, `auth`, `reason`,
//! `destructive`, `replaces`, `deprecated`, `nonce` or `keyed`, then `effects` or `no_effect`, then what the answer
//! looks like (`list`, `finds_by`, `pages`, `items`, `id`, `answers`, `failed`, `link`, `columns`), then `needs`, `more`,
//! `examples`, `alias`, then `params`, `forms`, `any_of`, `edits` or `may_be_empty`, and `with`.

use super::types::{
    Auth, Choice, Endpoint, Form, Formats, Method, Noun, Paging, Param, ParamKind, Place, Scalar, Side, Unit, Walk,
};
pub use crate::model::Effect::{
    All, Deletes, DeletesEach, History, Leaves, Me, One, Outdates, PartOf, Parts, Several, Unlists,
};
use crate::model::{Effect, Entity, Link};

pub const STRING: ParamKind = ParamKind::String;
pub const TEXT: ParamKind = ParamKind::Text;
pub const URL: ParamKind = ParamKind::Url(&["http", "https"]);
/// The URL of a picture, which may be a file of the same message.
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

/// An id of anything, or a number that stands for one.
pub const ID: ParamKind = ParamKind::Snowflake(Entity::Any);

pub const fn id(entity: Entity) -> ParamKind {
    ParamKind::Snowflake(entity)
}

/// A target that stays a text: an emoji, an invite's code.
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

/// A choice with a number behind it.
pub const fn n(name: &'static str, value: i64) -> Choice {
    Choice { name, value: Scalar::Int(value), about: "" }
}

/// A bit of a set of flags.
pub const fn bit(name: &'static str, bit: u32) -> Choice {
    Choice { name, value: Scalar::Int(1 << bit), about: "" }
}

/// A choice with a text behind it.
pub const fn s(name: &'static str, value: &'static str) -> Choice {
    Choice { name, value: Scalar::Str(value), about: "" }
}

impl Choice {
    /// What the choice means, where its name does not say it.
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }
}

/// The length up to which Discord reads a text that has no bound of its own.
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
        more: "",
        permissions: &[],
        examples: &[],
        auth: Auth::Bot,
        audit_reason: false,
        destructive: false,
        replaces: false,
        deprecated: None,
        composed: false,
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
    /// Which token the endpoint admits; a bot's by default.
    pub const fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// It takes an audit-log reason.
    pub const fn reason(mut self) -> Self {
        self.audit_reason = true;
        self
    }

    pub const fn destructive(mut self) -> Self {
        self.destructive = true;
        self
    }

    /// What it replaces may hold more than the request says.
    pub const fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// dcord composes the command from several requests; this one makes the change.
    pub const fn composed(mut self) -> Self {
        self.composed = true;
        self
    }

    /// What to use in its place, as a sentence fragment: `use pin list`.
    pub const fn deprecated(mut self, instead: &'static str) -> Self {
        self.deprecated = Some(instead);
        self
    }

    /// What its success means for the objects that the cache stores.
    pub const fn effects(mut self, effects: &'static [Effect]) -> Self {
        self.effects = effects;
        self
    }

    /// Why the cache stays as it is though the call changes something: `the cache has no lobbies`.
    pub const fn no_effect(mut self, why: &'static str) -> Self {
        self.no_effect = Some(why);
        self
    }

    /// The answer is an array.
    pub const fn list(mut self) -> Self {
        self.list = true;
        self
    }

    /// The answer has the objects whose names begin as this query parameter says.
    pub const fn finds_by(mut self, param: &'static str) -> Self {
        self.list = true;
        self.finds_by = Some(param);
        self
    }

    /// The answer is cut in pages.
    pub const fn pages(mut self, paging: Paging) -> Self {
        self.list = true;
        self.paging = Some(paging);
        self
    }

    /// The answer is an object that holds its list in this field.
    pub const fn items(mut self, field: &'static str) -> Self {
        self.list = true;
        self.items = Some(field);
        self
    }

    /// Where an item has its id, if that is not `id`.
    pub const fn id(mut self, path: &'static str) -> Self {
        self.id = Some(path);
        self
    }

    /// The answer has no id, or there is no answer.
    pub const fn no_id(mut self) -> Self {
        self.id = None;
        self
    }

    /// The answer's media type, where that is not JSON.
    pub const fn answers(mut self, media_type: &'static str) -> Self {
        self.answers = Some(media_type);
        self
    }

    /// The field of the answer that lists the ids for which the call failed, and the parameter that
    /// takes them to try again.
    pub const fn failed(mut self, field: &'static str, param: &'static str) -> Self {
        self.failed = Some((field, param));
        self
    }

    /// What the link to an item is.
    pub const fn link(mut self, link: Link) -> Self {
        self.link = Some(link);
        self
    }

    pub const fn columns(mut self, columns: &'static [&'static str]) -> Self {
        self.columns = columns;
        self
    }

    /// The permissions it needs, by Discord's names.
    pub const fn needs(mut self, permissions: &'static [&'static str]) -> Self {
        self.permissions = permissions;
        self
    }

    /// Further paragraphs for the long help.
    pub const fn more(mut self, text: &'static str) -> Self {
        self.more = text;
        self
    }

    /// Command lines without the leading `dcord`.
    pub const fn examples(mut self, lines: &'static [&'static str]) -> Self {
        self.examples = lines;
        self
    }

    /// Other commands that mean this one, both words.
    pub const fn alias(mut self, words: &'static [&'static str]) -> Self {
        self.aliases = words;
        self
    }

    /// A nonce keeps a retry from posting twice.
    pub const fn nonce(mut self) -> Self {
        self.nonce = true;
        self
    }

    /// `--key` keeps a repeated run from posting twice.
    pub const fn keyed(mut self) -> Self {
        self.keyed = true;
        self
    }

    pub const fn params(mut self, params: &'static [Param]) -> Self {
        self.params = params;
        self
    }

    /// What it, or an object in its body, can be one of.
    pub const fn forms(mut self, forms: &'static [Form]) -> Self {
        self.forms = forms;
        self
    }

    /// Fields of which the body must have at least one.
    pub const fn any_of(mut self, any_of: &'static [&'static str]) -> Self {
        self.any_of = any_of;
        self
    }

    /// It only changes what is there, so that a body without any field is a mistake. PATCH rows are so
    /// unless they say otherwise.
    pub const fn edits(mut self) -> Self {
        self.edits = true;
        self
    }

    /// A PATCH whose empty body means something.
    pub const fn may_be_empty(mut self) -> Self {
        self.edits = false;
        self
    }

    /// Parameters shared with other rows.
    pub const fn with(mut self, groups: &'static [&'static [Param]]) -> Self {
        self.groups = groups;
        self
    }
}

/// A form of the body, by a noun phrase: `a thread`.
pub const fn variant(name: &'static str) -> Form {
    Form { name, at: "", when: None, params: &[], needs: &[] }
}

impl Form {
    /// A form of the objects at this path of the body.
    pub const fn at(mut self, path: &'static str) -> Self {
        self.at = path;
        self
    }

    /// The field that tells, and the names of its choices that make this form.
    pub const fn when(mut self, field: &'static str, choices: &'static [&'static str]) -> Self {
        self.when = Some((field, choices));
        self
    }

    /// The parameters that only this form has.
    pub const fn only(mut self, params: &'static [&'static str]) -> Self {
        self.params = params;
        self
    }

    /// The paths of what it is not complete without.
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
        min: None,
        max: None,
        min_items: None,
        max_items: None,
        unit: None,
        open: false,
        needed: false,
        beyond_spec: false,
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

/// The whole body, an array or an object of free keys, under the name `body`.
pub const fn whole(help: &'static str) -> Param {
    param(Place::Whole, "body", JSON, help).repeated()
}

/// The whole body, an object whose fields are free, under the name `body`.
pub const fn whole_object(help: &'static str) -> Param {
    param(Place::Whole, "body", JSON, help)
}

pub const fn form(name: &'static str, kind: ParamKind, help: &'static str) -> Param {
    param(Place::Form, name, kind, help)
}

/// A file that is sent as a part of this name.
pub const fn file(name: &'static str, help: &'static str) -> Param {
    param(Place::File, name, FILE, help)
}

/// A convenience that goes to `into` in the body.
pub const fn local(name: &'static str, into: &'static str, kind: ParamKind, help: &'static str) -> Param {
    let mut p = param(Place::Local, name, kind, help);
    p.into = into;
    p
}

/// Lets only those items of a list through whose field `into`, a time, is on that side of the value.
pub const fn filter(name: &'static str, into: &'static str, side: Side, help: &'static str) -> Param {
    let mut p = param(Place::Filter(side), name, TIME, help);
    p.into = into;
    p
}

/// A value at `into` in the body that has no flag; errors call it by its name.
pub const fn inner(name: &'static str, into: &'static str, kind: ParamKind) -> Param {
    let mut p = param(Place::Inner, name, kind, "");
    p.into = into;
    p
}

impl Param {
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

    /// A list that has no element twice.
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// A list of words that have no comma, so that it can be given as `A,B,C`.
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

    /// What it names is in the server that another parameter of the path is about.
    pub const fn implied(mut self) -> Self {
        self.implied = true;
        self
    }

    /// Bounds of a number, or of a text's length.
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

    /// A list with that many elements; the flag may be repeated.
    pub const fn items(mut self, min: u32, max: u32) -> Self {
        if min > 0 {
            self.min_items = Some(min);
        }
        self.max_items = Some(max);
        self
    }

    /// It takes other bits beside those of its choices.
    pub const fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// The object that holds it is not complete without it.
    pub const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// The flag, without dashes in front, where it is not the name.
    pub const fn flag_name(mut self, flag: &'static str) -> Self {
        self.flag = Some(flag);
        self
    }

    /// A second flag that means the same, without dashes in front.
    pub const fn alias(mut self, flag: &'static str) -> Self {
        self.alias = Some(flag);
        self
    }

    /// The word in usage lines, where it is not the name.
    pub const fn label_name(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }

    /// The number is a length of time in this unit.
    pub const fn unit(mut self, unit: Unit) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Discord's documentation has it, its OpenAPI document does not.
    pub const fn beyond_spec(mut self) -> Self {
        self.beyond_spec = true;
        self
    }
}

/// Pages of `default` items (1 to `max`) walked by the field `cursor` of the items.
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

/// Newest first, walked with `before`.
pub const fn before(cursor: &'static str, default: u32, max: u32) -> Paging {
    paging(Walk::Before, cursor, default, max)
}

/// Ascending, walked with `after`.
pub const fn after(cursor: &'static str, default: u32, max: u32) -> Paging {
    paging(Walk::After, cursor, default, max)
}

/// Walked with an offset; Discord's highest offset is 9975.
pub const fn offset(default: u32, max: u32) -> Paging {
    paging(Walk::Offset, "id", default, max)
}

/// One page of `default` items, or as many as are asked for.
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

    /// It pages only when this query parameter is `true`.
    pub const fn only_with(mut self, param: &'static str) -> Self {
        self.only_with = Some(param);
        self
    }
}
