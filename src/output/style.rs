//! The requested output format, and the properties of the responses that it is applied to.

use super::{Error, Format};
use crate::filter::{Fields, Jq};
use crate::model::Link;

/// The properties of a command's responses.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// The dotted paths of a table's columns. If empty, the columns are the plain fields of the first item.
    pub columns: &'static [&'static str],
    /// The dotted path of the id. `None` if the items have no id.
    pub id: Option<&'static str>,
    /// How the link to an item is built. `None` if the items have no link.
    pub link: Option<Link>,
    /// The field that holds the items, if the response is an object.
    pub items: Option<&'static str>,
}

/// The requested output format, and the properties of stdout.
#[derive(Debug)]
pub struct Style {
    pub format: Format,
    /// The format was not given on the command line. If it conflicts with other options, another format is used.
    pub is_default: bool,
    pub jq: Option<Jq>,
    pub fields: Option<Fields>,
    /// Stdout is a terminal, so control characters are removed or escaped.
    pub terminal: bool,
    /// The terminal's width in columns.
    pub width: u16,
    pub color: bool,
}

impl Style {
    /// Returns an error if the format conflicts with other options or with the command's responses.
    pub fn check(&self, view: &View) -> Result<(), Error> {
        let format = self.format;
        let conflict = |option| Err(Error::Conflict { format, option });
        match format {
            Format::Raw | Format::None if self.jq.is_some() => conflict("--jq"),
            // --jq was given and the format was not, so the output of the jq program is printed without formatting.
            Format::Table | Format::Csv | Format::Id | Format::Url | Format::Text
                if self.is_default && self.jq.is_some() =>
            {
                conflict("--jq")
            }
            Format::Id | Format::Url | Format::Raw | Format::None if self.fields.is_some() => conflict("--fields"),
            Format::Id if view.id.is_none() && self.jq.is_none() => Err(Error::NoId),
            Format::Url if view.link.is_none() => Err(Error::NoUrl),
            _ => Ok(()),
        }
    }
}
