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
    pub list: &'static Endpoint,
    pub create: &'static Endpoint,
    pub edit: &'static Endpoint,
    pub delete: &'static Endpoint,
    /// The endpoint that moves several objects, if the order in the file is their order in the server.
    pub reorder: Option<&'static Endpoint>,
    /// The path parameter with the object's id.
    pub id: &'static str,
    /// The parameters that the file does not have.
    omits: &'static [&'static str],
    /// The fields that say something about an object and cannot be changed.
    pub marks: &'static [&'static str],
    /// Prepares an object for the export.
    pub tidy: fn(&mut Map<String, Value>),
}

/// All sections, in the order in which an apply handles them: an object can refer to those of the sections before its own.
pub static SECTIONS: &[Section] = &[
    Section {
        key: "roles",
        one: "role",
        about: "Roles, from the highest to the lowest.",
        list: rows::LIST_ROLES,
        create: rows::CREATE_ROLE,
        edit: rows::UPDATE_ROLE,
        delete: rows::DELETE_ROLE,
        reorder: Some(rows::REORDER_ROLES),
        id: "role_id",
        omits: &[],
        marks: &["managed"],
        tidy: tidy_role,
    },
    Section {
        key: "channels",
        one: "channel",
        about: "Channels and categories, in the order in which Discord shows them.",
        list: rows::LIST_CHANNELS,
        create: rows::CREATE_CHANNEL,
        edit: rows::UPDATE_CHANNEL,
        delete: rows::DELETE_CHANNEL,
        reorder: Some(rows::REORDER_CHANNELS),
        id: "channel_id",
        // The position follows from the order in the file, and the others are settings of threads and group DMs.
        omits: &["position", "icon", "archived", "locked", "invitable", "auto_archive_duration", "applied_tags"],
        marks: &[],
        tidy: tidy_channel,
    },
];

pub const ROLES: usize = 0;
pub const CHANNELS: usize = 1;

/// The colours that are equal in both notations are written once.
fn tidy_role(role: &mut Map<String, Value>) {
    let is_gradient = role.get("colors").is_some_and(|colors| !colors["secondary_color"].is_null());
    role.remove(if is_gradient { "color" } else { "colors" });
}

/// A category is in no category, and few channels have flags.
fn tidy_channel(channel: &mut Map<String, Value>) {
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
            for param in row.all_params().filter(|p| p.place == Place::Body && !self.omits.contains(&p.name)) {
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
        format!("{} {name:?}", self.one)
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
