//! The functions and types that define topics and shapes.

use crate::catalogue::builder::{self, field};
use crate::catalogue::types::{Choice, Endpoint, Param, ParamKind, Place, Shape, Variant};

/// A kind of JSON value that commands accept.
#[derive(Debug)]
pub struct Topic {
    /// The argument of `dcord explain`: `message.components`.
    pub name: &'static str,
    /// A noun phrase, for the list of topics.
    pub about: &'static str,
    pub shape: &'static Shape,
    /// Whether the value is an array of such objects.
    pub list: bool,
    /// The paths of such values in a body: `components`, `data/components`. `-` is the body itself.
    pub at: &'static [&'static str],
    /// Discord's names of the operations that take such a value, if other operations take another kind of value at
    /// the same path.
    pub operations: &'static [&'static str],
    /// An example value that can be pasted.
    pub example: &'static str,
    /// Sentences about what the fields do not show.
    pub notes: &'static [&'static str],
    pub total: Option<Total>,
    /// Whether another program makes the objects, which have more fields than Discord reads.
    pub foreign: bool,
}

/// A bound on the total of all objects in a value.
#[derive(Clone, Copy, Debug)]
pub enum Total {
    /// The number of characters in the strings at these paths below each object. `*` stands for all elements of a
    /// list.
    Characters { of: &'static [&'static str], max: usize },
    /// The number of objects, including those nested in these fields.
    Objects { below: &'static [&'static str], max: usize },
}

pub const fn topic(name: &'static str, about: &'static str, shape: &'static Shape) -> Topic {
    Topic {
        name,
        about,
        shape,
        list: false,
        at: &[],
        operations: &[],
        example: "",
        notes: &[],
        total: None,
        foreign: false,
    }
}

impl Topic {
    pub const fn list(mut self) -> Self {
        self.list = true;
        self
    }

    pub const fn at(mut self, at: &'static [&'static str]) -> Self {
        self.at = at;
        self
    }

    pub const fn only(mut self, operations: &'static [&'static str]) -> Self {
        self.operations = operations;
        self
    }

    pub const fn example(mut self, example: &'static str) -> Self {
        self.example = example;
        self
    }

    pub const fn notes(mut self, notes: &'static [&'static str]) -> Self {
        self.notes = notes;
        self
    }

    pub const fn foreign(mut self) -> Self {
        self.foreign = true;
        self
    }

    pub const fn total(mut self, total: Total) -> Self {
        self.total = Some(total);
        self
    }

    /// The last word of the name: `components`.
    pub fn last(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// Whether this topic describes the value of a parameter.
    pub fn takes(&self, endpoint: &Endpoint, param: &Param) -> bool {
        let at = match param.place {
            Place::Whole => "-",
            Place::Local => param.into,
            Place::Body | Place::Form => param.name,
            _ => return false,
        };
        let kind = matches!(param.kind, ParamKind::Json);
        kind && self.at.contains(&at) && (self.operations.is_empty() || self.operations.contains(&endpoint.operation))
    }

    /// The commands that take such a value, each with the parameter.
    pub fn commands(&'static self) -> impl Iterator<Item = (&'static Endpoint, &'static Param)> {
        let rows = crate::catalogue::commands().map(|(_, row)| row);
        rows.flat_map(move |row| row.all_params().filter(move |p| self.takes(row, p)).map(move |p| (row, p)))
    }
}

/// An object with arbitrary keys, whose values are all of one kind.
pub const fn map(about: &'static str, value: &'static Param) -> Shape {
    Shape { about, fields: &[], by: None, values: Some(value), free: None }
}

pub const fn object(about: &'static str, fields: &'static [Param]) -> Shape {
    Shape { about, fields, by: None, values: None, free: None }
}

/// Objects of several kinds, which the field `type` distinguishes.
pub const fn one_of_types(about: &'static str, variants: &'static [&'static Variant]) -> Shape {
    Shape { about, fields: &[], by: Some(variants), values: None, free: None }
}

/// An object whose fields are not described, with the reason as a sentence.
pub const fn free(about: &'static str, why: &'static str) -> Shape {
    Shape { about, fields: &[], by: None, values: None, free: Some(why) }
}

pub const fn variant(name: &'static str, value: i64, about: &'static str, fields: &'static [Param]) -> Variant {
    Variant { name, value, about, fields, note: "" }
}

impl Variant {
    pub const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }
}

/// A string under any key.
pub const TEXT_VALUE: Param = field("*", ParamKind::String, "");

/// A choice whose value is a number.
pub const fn n(name: &'static str, value: i64) -> Choice {
    builder::n(name, value)
}
