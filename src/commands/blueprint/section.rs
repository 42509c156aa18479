//! The sections of a server file: which objects they describe, and the endpoints that read and change these objects.

use serde_json::{Map, Value};

use crate::catalogue::shapes;
use crate::catalogue::{Endpoint, Param, ParamKind, Place, Shape, rows};

/// A kind of object in the file.
pub struct Section {
    /// The key in the file: `roles`.
    pub key: &'static str,
    /// The word for one object: `role`.
    pub one: &'static str,
    /// The comment above the section.
    pub about: &'static str,
    /// Whether a server has exactly one such object, which can only be edited.
    pub is_single: bool,
    pub list: &'static Endpoint,
    pub create: &'static Endpoint,
    pub edit: &'static Endpoint,
    pub delete: Option<&'static Endpoint>,
    /// The endpoint that moves several objects, if the order in the file is their order in the server.
    pub reorder: Option<&'static Endpoint>,
    /// The path parameter with the object's id.
    pub id: &'static str,
    /// The sections whose objects it refers to.
    pub refers_to: &'static [usize],
    /// The parameters that the file does not have.
    omits: &'static [&'static str],
    /// The fields that say something about an object and cannot be changed.
    pub marks: &'static [&'static str],
    /// Gives an object of the server the fields that requests have. Takes the server, too.
    pub adapt: fn(&mut Object, &Value),
    /// Removes what the export does not have.
    pub tidy: fn(&mut Object),
}

type Object = Map<String, Value>;

/// A section with endpoints to list, create, edit and delete an object.
const fn section(
    key: &'static str,
    one: &'static str,
    about: &'static str,
    id: &'static str,
    [list, create, edit, delete]: [&'static Endpoint; 4],
) -> Section {
    Section {
        key,
        one,
        about,
        is_single: false,
        list,
        create,
        edit,
        delete: Some(delete),
        reorder: None,
        id,
        refers_to: &[],
        omits: &[],
        marks: &[],
        adapt: |_, _| {},
        tidy: |_| {},
    }
}

/// A section with endpoints to read and edit its only object.
const fn single(
    key: &'static str,
    one: &'static str,
    about: &'static str,
    read: &'static Endpoint,
    edit: &'static Endpoint,
) -> Section {
    let section = section(key, one, about, "", [read, edit, edit, edit]);
    Section { is_single: true, delete: None, ..section }
}

/// All sections, in the order in which an apply handles them: an object can refer to those of the sections before its own.
pub static SECTIONS: &[Section] = &[
    Section {
        reorder: Some(rows::REORDER_ROLES),
        marks: &["managed"],
        tidy: tidy_role,
        ..section(
            "roles",
            "role",
            "Roles, from the highest to the lowest.",
            "role_id",
            [rows::LIST_ROLES, rows::CREATE_ROLE, rows::UPDATE_ROLE, rows::DELETE_ROLE],
        )
    },
    Section {
        refers_to: &[ROLES],
        marks: &["managed"],
        ..section(
            "emojis",
            "emoji",
            "Emojis. A new one needs image, the path of a picture.",
            "emoji_id",
            [rows::LIST_EMOJIS, rows::CREATE_EMOJI, rows::UPDATE_EMOJI, rows::DELETE_EMOJI],
        )
    },
    Section {
        reorder: Some(rows::REORDER_CHANNELS),
        refers_to: &[ROLES, EMOJIS],
        // The position follows from the order in the file, and the others are settings of threads and group DMs.
        omits: &["position", "icon", "archived", "locked", "invitable", "auto_archive_duration", "applied_tags"],
        tidy: tidy_channel,
        ..section(
            "channels",
            "channel",
            "Channels and categories, in the order in which Discord shows them.",
            "channel_id",
            [rows::LIST_CHANNELS, rows::CREATE_CHANNEL, rows::UPDATE_CHANNEL, rows::DELETE_CHANNEL],
        )
    },
    section(
        "stickers",
        "sticker",
        "Stickers. A new one needs file, the path of a picture.",
        "sticker_id",
        [rows::LIST_STICKERS, rows::CREATE_STICKER, rows::UPDATE_STICKER, rows::DELETE_STICKER],
    ),
    Section {
        refers_to: &[ROLES, CHANNELS],
        ..section(
            "automod",
            "AutoMod rule",
            "AutoMod rules.",
            "rule_id",
            [rows::LIST_AUTOMOD, rows::CREATE_AUTOMOD, rows::UPDATE_AUTOMOD, rows::DELETE_AUTOMOD],
        )
    },
    Section {
        refers_to: &[CHANNELS],
        // People start and end an event, not a file.
        omits: &["status"],
        ..section(
            "events",
            "event",
            "Scheduled events.",
            "guild_scheduled_event_id",
            [rows::LIST_EVENTS, rows::CREATE_EVENT, rows::UPDATE_EVENT, rows::DELETE_EVENT],
        )
    },
    Section {
        refers_to: &[EMOJIS, CHANNELS],
        adapt: adapt_welcome,
        ..single("welcome", "welcome screen", "The welcome screen.", rows::GET_WELCOME, rows::UPDATE_WELCOME)
    },
    Section {
        refers_to: &[ROLES, EMOJIS, CHANNELS],
        adapt: adapt_onboarding,
        ..single(
            "onboarding",
            "onboarding",
            "The questions for new members.",
            rows::GET_ONBOARDING,
            rows::SET_ONBOARDING,
        )
    },
];

pub const ROLES: usize = 0;
pub const EMOJIS: usize = 1;
pub const CHANNELS: usize = 2;

/// The sections whose objects references can name.
pub const NAMED: [usize; 3] = [ROLES, EMOJIS, CHANNELS];

/// Only the features of a server say whether its welcome screen is enabled.
fn adapt_welcome(screen: &mut Object, guild: &Value) {
    let features = guild["features"].as_array();
    let is_enabled = features.is_some_and(|features| features.iter().any(|f| f == "WELCOME_SCREEN_ENABLED"));
    screen.insert("enabled".to_owned(), is_enabled.into());
}

/// Discord describes the emoji of an answer as an object, and requests have its fields.
fn adapt_onboarding(onboarding: &mut Object, _: &Value) {
    let prompts = onboarding.get_mut("prompts").and_then(Value::as_array_mut).into_iter().flatten();
    for option in prompts.filter_map(|prompt| prompt["options"].as_array_mut()).flatten() {
        let Some(option) = option.as_object_mut() else { continue };
        let emoji = option.remove("emoji").unwrap_or_default();
        for (name, value) in [("emoji_id", &emoji["id"]), ("emoji_name", &emoji["name"])] {
            // The name of a custom emoji follows from its id.
            if value.is_string() && (name == "emoji_id" || emoji["id"].is_null()) {
                option.insert(name.to_owned(), value.clone());
            }
        }
    }
}

/// The colours that are equal in both notations are written once.
fn tidy_role(role: &mut Object) {
    let is_gradient = role.get("colors").is_some_and(|colors| !colors["secondary_color"].is_null());
    role.remove(if is_gradient { "color" } else { "colors" });
}

/// A category is in no category, and few channels have flags.
fn tidy_channel(channel: &mut Object) {
    if channel.get("type").is_some_and(|kind| kind == 4) {
        channel.remove("parent_id");
        channel.remove("nsfw");
    }
    if channel.get("flags").is_some_and(|flags| flags == 0) {
        channel.remove("flags");
    }
}

/// A value and its description in the catalogue.
#[derive(Clone, Copy)]
pub struct Spec {
    pub param: &'static Param,
    /// The fields of the object, or of each object in the list.
    pub shape: Option<&'static Shape>,
    pub is_list: bool,
}

impl Spec {
    /// The description of a field inside a shape.
    pub fn inner(param: &'static Param) -> Self {
        let is_list = param.repeated || param.kind == ParamKind::Json && param.max_items.is_some();
        Self { param, shape: param.shape, is_list }
    }

    /// The description of a field of a row's body.
    pub fn of(row: &'static Endpoint, param: &'static Param) -> Self {
        let topic = shapes::of(row, param);
        let is_list = param.repeated || topic.is_some_and(|topic| topic.list);
        Self { param, shape: topic.map(|topic| topic.shape), is_list }
    }
}

/// A field of the objects of a section.
#[derive(Clone, Copy)]
pub struct Field {
    /// The key in the file.
    pub key: &'static str,
    pub spec: Spec,
    /// Whether an existing object accepts the field.
    pub is_editable: bool,
    /// Whether a new object accepts the field.
    pub is_creatable: bool,
}

impl Section {
    /// The fields that the file can have, in the order of the catalogue.
    pub fn fields(&'static self) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for row in [self.create, self.edit] {
            let is_field = |p: &&Param| matches!(p.place, Place::Body | Place::Form | Place::File);
            for param in row.all_params().filter(is_field).filter(|p| !self.omits.contains(&p.name)) {
                match fields.iter_mut().find(|field| field.spec.param.name == param.name) {
                    Some(known) => known.is_editable |= row == self.edit,
                    None => fields.push(Field {
                        key: key(param),
                        spec: Spec::of(row, param),
                        is_editable: row == self.edit,
                        is_creatable: row == self.create,
                    }),
                }
            }
        }
        fields
    }

    /// An object in a sentence: `role "Moderators"`.
    pub fn called(&self, name: &str) -> String {
        if self.is_single { self.one.to_owned() } else { format!("{} {name:?}", self.one) }
    }

    /// The section with this key.
    pub fn at(key: &str) -> Option<usize> {
        SECTIONS.iter().position(|section| section.key == key)
    }
}

/// The key of a parameter in the file: the word that people use, or else Discord's name.
fn key(param: &'static Param) -> &'static str {
    match (param.name, param.alias) {
        ("permission_overwrites", _) => "overwrites",
        (_, Some(alias)) => alias,
        (name, None) => name,
    }
}
