//! Queries about the fields of a shape.

use super::types::{Param, Shape, Variant};

/// Prints only the noun, because shapes can contain each other.
impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.about)
    }
}

/// The fields of one kind of object in a shape, at any depth.
#[derive(Debug)]
pub struct ShapePart {
    /// Such as `embed` or `button`.
    pub title: &'static str,
    /// The kind of object, if the shape has several.
    pub kind: Option<&'static Variant>,
    pub fields: &'static [Param],
}

impl ShapePart {
    /// The value of `type` in objects of this kind.
    pub fn value(&self) -> Option<i64> {
        self.kind.map(|kind| kind.value)
    }
}

impl Shape {
    /// The noun in the description, without its article.
    pub fn noun(&self) -> &'static str {
        ["an ", "a ", "the "].iter().find_map(|article| self.about.strip_prefix(article)).unwrap_or(self.about)
    }

    /// The fields of the objects, including those of all kinds.
    fn all_fields(&self) -> impl Iterator<Item = &'static Param> + use<> {
        let kinds = self.by.unwrap_or_default().iter().flat_map(|variant| variant.fields);
        self.fields.iter().chain(self.values).chain(kinds)
    }

    /// The field at a path, which may contain indexes: `0/fields/-/name`.
    pub fn at(&self, path: &str) -> Option<&'static Param> {
        let mut steps = path.split('/').filter(|step| *step != "-" && !step.bytes().all(|b| b.is_ascii_digit()));
        let first = steps.next()?;
        let rest: Vec<&str> = steps.collect();
        self.all_fields().filter(|field| field.name == first).find_map(|field| match field.shape {
            _ if rest.is_empty() => Some(field),
            Some(shape) => shape.at(&rest.join("/")),
            None => None,
        })
    }

    /// The kinds of objects in the shape, at any depth, without duplicates.
    pub fn parts(&'static self) -> Vec<ShapePart> {
        let mut found = Vec::new();
        let mut seen: Vec<&'static Self> = vec![self];
        let mut next = 0;
        while let Some(shape) = seen.get(next).copied() {
            next += 1;
            let mut add = |part: ShapePart| {
                if !found.iter().any(|other: &ShapePart| other.title == part.title && other.value() == part.value()) {
                    found.push(part);
                }
            };
            for variant in shape.by.unwrap_or_default() {
                add(ShapePart { title: variant.name, kind: Some(variant), fields: variant.fields });
            }
            if !shape.fields.is_empty() {
                add(ShapePart { title: shape.noun(), kind: None, fields: shape.fields });
            }
            if let Some(value) = shape.values {
                add(ShapePart { title: shape.noun(), kind: None, fields: std::slice::from_ref(value) });
            }
            for inner in shape.all_fields().filter_map(|field| field.shape) {
                if !seen.iter().any(|other| std::ptr::eq(*other, inner)) {
                    seen.push(inner);
                }
            }
        }
        found
    }
}
