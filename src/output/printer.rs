//! Prints responses: finds the items of a response and formats each item.

use std::io::Write;

use serde_json::value::RawValue;

use super::compact::compact;
use super::csv::Csv;
use super::pretty::{new_line, pretty};
use super::reader::{Fields as PlainFields, Reader};
use super::style::{Style, View};
use super::table::{self, Table};
use super::text::Extent;
use super::unseen::{UnseenFields, has};
use super::{Error, Format, clean, item};
use crate::filter::jq::Output;
use crate::filter::{Fields, Jq};
use crate::model::items;

/// Formats items as text for people if a table is hard to read.
pub trait Prose: Send {
    /// Takes the next items, and appends all items that are ready to print.
    fn items(&mut self, items: &[&RawValue], to: &mut String);

    /// Appends the remaining items.
    fn end(&mut self, to: &mut String);
}

/// Prints the responses of one command.
///
/// Each complete page or response is printed at once. [`Printer::finish`] must be called last: it
/// closes an open array and reports failed writes.
pub struct Printer<W: Write> {
    out: W,
    style: Style,
    view: View,
    /// Replaces the table.
    prose: Option<Box<dyn Prose>>,
    /// Formats the items of tables.
    reader: Box<dyn Reader>,
    /// The columns set by [`Printer::set_columns`].
    named_columns: Vec<String>,
    /// The server of the items, for links to items that do not contain their server's id.
    server: Option<String>,
    /// An earlier run, not this one, sent the objects.
    was_sent_before: bool,
    table: Option<Table>,
    csv: Option<Csv>,
    array: Array,
    /// The list is one response, so the first rows are all rows.
    is_complete: bool,
    /// The number of printed items or whole responses.
    seen: u64,
    unseen: UnseenFields,
}

/// The streamed array of `-o json`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Array {
    Unopened,
    Empty,
    Filled,
}

impl<W: Write> Printer<W> {
    /// Returns an error if the options conflict.
    pub fn new(out: W, mut style: Style, view: View) -> Result<Self, Error> {
        match style.check(&view) {
            Err(_) if style.is_default => style.format = Format::default_for(style.terminal, style.jq.is_some()),
            checked => checked?,
        }
        let unseen = UnseenFields::of(style.fields.as_ref().map_or(&[], Fields::paths));
        Ok(Self {
            out,
            style,
            view,
            prose: None,
            reader: Box::new(PlainFields),
            named_columns: Vec::new(),
            server: None,
            was_sent_before: false,
            table: None,
            csv: None,
            array: Array::Unopened,
            is_complete: false,
            seen: 0,
            unseen,
        })
    }

    /// Sets the columns of a list whose items have no fixed fields, such as the rows of an SQL query. With them, CSV has
    /// a header even if there are no items. Returns whether all columns are shown: a table on a terminal that would have
    /// too many keeps the default columns.
    pub fn set_columns(&mut self, columns: Vec<String>) -> bool {
        const MAX_ON_TERMINAL: usize = 8;
        let is_table = self.style.format == Format::Table;
        if is_table && self.style.terminal && columns.len() > MAX_ON_TERMINAL {
            return self.style.fields.is_some();
        }
        self.named_columns = columns;
        true
    }

    /// Prints items as prose instead of a table, unless the user asked for a table or for fields.
    pub fn set_prose(&mut self, prose: Box<dyn Prose>) {
        let Style { format, is_default, terminal, fields, .. } = &self.style;
        if *format == Format::Table && *is_default && *terminal && fields.is_none() {
            self.prose = Some(prose);
        }
    }

    /// Prints the remaining items of the prose.
    pub fn end_prose(&mut self) -> Result<(), Error> {
        let Some(prose) = &mut self.prose else { return Ok(()) };
        let mut text = String::new();
        prose.end(&mut text);
        self.out.write_all(text.as_bytes())?;
        Ok(self.out.flush()?)
    }

    /// Whether the output is a table for people. The output of a jq program is printed unchanged.
    pub fn is_for_people(&self) -> bool {
        self.style.format == Format::Table && self.style.jq.is_none()
    }

    /// Whether the output has words and names instead of Discord's values, so that the [`Reader`] is used.
    pub fn uses_reader(&self) -> bool {
        matches!(self.style.format, Format::Table | Format::Text) && self.style.jq.is_none()
    }

    /// Sets the reader that formats the items of tables and lines.
    pub fn set_reader(&mut self, reader: Box<dyn Reader>) {
        if self.uses_reader() {
            self.reader = reader;
        }
    }

    /// Passes the whole response to the reader, which can use objects beside the items, such as users.
    pub fn learn(&self, answer: &[u8]) {
        if self.uses_reader()
            && let Ok(answer) = serde_json::from_slice(answer)
        {
            self.reader.learn(answer);
        }
    }

    /// Whether the bytes of answers are printed as they are.
    pub fn is_raw(&self) -> bool {
        self.style.format == Format::Raw
    }

    /// Whether links are printed. Some links require the server of the items ([`Self::set_server`]).
    pub fn prints_links(&self) -> bool {
        self.style.format == Format::Url
    }

    /// Sets whether an earlier run sent the following objects.
    pub fn set_sent_before(&mut self, before: bool) {
        self.was_sent_before = before;
    }

    /// Sets the server of the items.
    pub fn set_server(&mut self, server: Option<String>) {
        self.server = server;
    }

    /// The number of printed items or whole responses.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Whether nothing was printed.
    pub fn is_empty(&self) -> bool {
        self.seen == 0
    }

    /// The jq program, if there is one.
    pub fn jq(&self) -> Option<&Jq> {
        self.style.jq.as_ref()
    }

    /// The warning that no printed item has one of the fields of `--fields`.
    pub fn unseen_fields(&self) -> Option<String> {
        self.unseen.warning()
    }

    /// Prints one whole response: an object, a list, or a body that is not JSON.
    pub fn answer(&mut self, body: &[u8], content_type: Option<&str>) -> Result<(), Error> {
        if body.is_empty() {
            return Ok(());
        }
        self.learn(body);
        match content_type {
            _ if self.style.format == Format::None => self.seen += 1,
            Some(kind) if !is_json(kind) => self.non_json(body, kind)?,
            _ if self.style.format == Format::Raw => self.raw(body)?,
            _ => self.json(body)?,
        }
        Ok(self.out.flush()?)
    }

    /// Prints one page of a list. With `-o json` all pages form one array.
    pub fn page(&mut self, items: &[&RawValue]) -> Result<(), Error> {
        self.items(items)?;
        Ok(self.out.flush()?)
    }

    /// Prints one item of a stream. The item may stay in the buffer until [`Self::flush`].
    pub fn item(&mut self, item: &RawValue) -> Result<(), Error> {
        self.items(&[item])
    }

    /// Writes the buffered output.
    pub fn flush(&mut self) -> Result<(), Error> {
        Ok(self.out.flush()?)
    }

    /// Ends the output.
    pub fn finish(&mut self) -> Result<(), Error> {
        self.end_prose()?;
        self.close_array()?;
        Ok(self.out.flush()?)
    }

    fn json(&mut self, body: &[u8]) -> Result<(), Error> {
        let is_filtered = self.style.jq.is_some() || self.style.fields.is_some();
        let is_document = self.style.format == Format::Json && !is_filtered;
        let is_array = body.trim_ascii_start().starts_with(b"[");
        if !is_document && (is_array || self.view.items.is_some()) {
            let field = if is_array { None } else { self.view.items };
            let mut items = items::items(body, field).map_err(Error::NotJson)?;
            if self.is_for_people() {
                self.reader.arrange(&mut items);
                self.is_complete = true;
            }
            self.items(&items)?;
            return self.close_array();
        }
        let value: &RawValue = serde_json::from_slice(body).map_err(Error::NotJson)?;
        match self.style.format {
            _ if self.prose.is_some() => return self.items(&[value]),
            Format::Csv | Format::Id | Format::Url => return self.items(&[value]),
            Format::Table | Format::Text if self.style.jq.is_some() => return self.items(&[value]),
            _ => self.count(value),
        }
        match self.style.format {
            Format::Table => self.object(value),
            Format::Text => self.text(value, true),
            Format::Csv | Format::Id | Format::Url => unreachable!("they are printed as one item"),
            Format::None => Ok(()),
            Format::Json | Format::Jsonl | Format::Raw => self.value(value, 0, "\n"),
        }
    }

    fn items(&mut self, items: &[&RawValue]) -> Result<(), Error> {
        items.iter().for_each(|item| self.count(item));
        if let Some(prose) = &mut self.prose {
            let mut text = String::new();
            prose.items(items, &mut text);
            return Ok(self.out.write_all(text.as_bytes())?);
        }
        let outputs;
        let borrowed;
        let items = match (&self.style.jq, self.style.format) {
            // These formats take the outputs of the jq program as items. The JSON formats run it in `value`.
            (Some(jq), Format::Table | Format::Text | Format::Csv | Format::Id | Format::Url) => {
                outputs = jq_outputs(jq, items)?;
                borrowed = outputs.iter().map(|item| &**item).collect::<Vec<_>>();
                &borrowed[..]
            }
            _ => items,
        };
        match self.style.format {
            Format::Json if self.style.jq.is_none() => self.array(items),
            Format::Jsonl | Format::Json => items.iter().try_for_each(|item| self.value(item, 0, "\n")),
            Format::Table => self.rows(items),
            Format::Text => items.iter().try_for_each(|item| self.text(item, false)),
            Format::Csv => self.csv(items),
            Format::Id => items.iter().try_for_each(|item| self.id(item)),
            Format::Raw if self.style.is_default => items.iter().try_for_each(|item| self.value(item, 0, "\n")),
            Format::Url => items.iter().try_for_each(|item| self.url(item)),
            Format::None => Ok(()),
            Format::Raw => Err(Error::RawPages),
        }
    }

    /// Counts an item, and records which of the fields of `--fields` it has.
    fn count(&mut self, item: &RawValue) {
        self.seen += 1;
        self.unseen.look(item);
    }

    /// Prints one value as JSON, or the outputs of the jq program for it.
    fn value(&mut self, value: &RawValue, level: usize, end: &str) -> Result<(), Error> {
        let Self { out, style, .. } = self;
        let picked;
        let value = match &style.fields {
            Some(fields) => {
                picked = pick(fields, value);
                &*picked
            }
            None => value,
        };
        let Some(jq) = &style.jq else { return write_json(out, style, value.get(), level, end) };
        jq.run(value, |output| match output {
            Output::Json(json) => write_json(out, style, json, level, end),
            Output::Text(text) => {
                let text = if style.terminal { clean::text(text) } else { text.into() };
                out.write_all(text.as_bytes())?;
                Ok(out.write_all(end.as_bytes())?)
            }
        })
    }

    fn array(&mut self, items: &[&RawValue]) -> Result<(), Error> {
        if self.array == Array::Unopened {
            self.out.write_all(b"[")?;
            self.array = Array::Empty;
        }
        for item in items {
            if self.array == Array::Filled {
                self.out.write_all(b",")?;
            }
            self.array = Array::Filled;
            if self.style.terminal {
                self.break_line(1)?;
            }
            self.value(item, 1, "")?;
        }
        Ok(())
    }

    fn close_array(&mut self) -> Result<(), Error> {
        match self.array {
            Array::Unopened => return Ok(()),
            Array::Filled if self.style.terminal => self.break_line(0)?,
            Array::Empty | Array::Filled => {}
        }
        self.array = Array::Unopened;
        Ok(self.out.write_all(b"]\n")?)
    }

    fn break_line(&mut self, level: usize) -> Result<(), Error> {
        let mut line = String::new();
        new_line(level, &mut line);
        Ok(self.out.write_all(line.as_bytes())?)
    }

    fn id(&mut self, item: &RawValue) -> Result<(), Error> {
        let field = self.view.id.unwrap_or("id");
        let has_id = items::field(item, field).is_some();
        let id = match (&self.style.jq, items::text(item, field)) {
            (_, Some(id)) => id,
            // The jq program may output the id itself instead of an item.
            (Some(_), None) if item.get() == "null" || has_id => String::new(),
            (Some(_), None) => {
                item::text(item).or_else(|| number(item)).ok_or(Error::FieldMissing { format: Format::Id, field })?
            }
            // Discord sends null if an item has no id, as for a server without a vanity URL.
            (None, None) => String::new(),
        };
        self.line(&id)
    }

    fn url(&mut self, item: &RawValue) -> Result<(), Error> {
        let link = self.view.link.expect("Style::check refuses -o url if the view has no link");
        let field = self.view.id.unwrap_or("id");
        let url = match link.url(item, field, self.server.as_deref()) {
            Some(url) => url,
            None if items::text(item, field).is_some() => return Err(Error::NoServer),
            None if self.style.jq.is_some() && items::field(item, field).is_none() => {
                return Err(Error::FieldMissing { format: Format::Url, field });
            }
            None => String::new(),
        };
        self.line(&url)
    }

    /// Prints one line. On a terminal, control characters are removed.
    fn line(&mut self, id: &str) -> Result<(), Error> {
        let id = if self.style.terminal { clean::line(id) } else { id.into() };
        self.out.write_all(id.as_bytes())?;
        Ok(self.out.write_all(b"\n")?)
    }

    /// Prints an item as one line of text.
    fn text(&mut self, item: &RawValue, is_alone: bool) -> Result<(), Error> {
        let row;
        let extent = match &self.style.fields {
            Some(fields) => Extent::Chosen(fields.paths()),
            None if is_alone || self.style.jq.is_some() => Extent::Object,
            None => {
                row = columns(&self.style, &self.view, &*self.reader, &self.named_columns, item);
                Extent::Row(&row)
            }
        };
        Ok(self.out.write_all(self.reader.line(item, extent).finish().as_bytes())?)
    }

    fn rows(&mut self, items: &[&RawValue]) -> Result<(), Error> {
        let Some(first) = items.first() else { return Ok(()) };
        let table = match &mut self.table {
            Some(table) => table,
            None => {
                let width = self.style.terminal.then_some(self.style.width);
                let columns = columns(&self.style, &self.view, &*self.reader, &self.named_columns, first);
                let mut table = Table::new(columns, &*self.reader, width, self.style.color);
                if self.is_complete && self.style.fields.is_none() {
                    table.omit_empty_columns();
                }
                self.table.insert(table)
            }
        };
        let mut text = String::new();
        table.rows(items, &*self.reader, &mut text);
        Ok(self.out.write_all(text.as_bytes())?)
    }

    fn csv(&mut self, items: &[&RawValue]) -> Result<(), Error> {
        let first = items.first();
        if first.is_none() && self.named_columns.is_empty() {
            return Ok(());
        }
        let csv = match &mut self.csv {
            Some(csv) => csv,
            None => {
                let first = first.unwrap_or(&RawValue::NULL);
                let columns = columns(&self.style, &self.view, &*self.reader, &self.named_columns, first);
                self.csv.insert(Csv::new(columns, self.style.terminal))
            }
        };
        let mut lines = Vec::new();
        csv.rows(items, &mut lines)?;
        Ok(self.out.write_all(&lines)?)
    }

    /// Prints a line that may end with a link. If the line is wider than the terminal, the link is printed on a line of
    /// its own, so that it is not broken.
    fn line_with_link(&mut self, line: &str) -> Result<(), Error> {
        let is_wide = self.style.terminal && line.chars().count() > usize::from(self.style.width);
        match line.rsplit_once(' ') {
            Some((text, link)) if is_wide && link.starts_with("https://") => {
                self.line(text)?;
                self.line(link)
            }
            _ => self.line(line),
        }
    }

    /// Prints an object as a table of the fields of `--fields`, or else of the fields that the reader selects. A sent
    /// object is printed as one line.
    fn object(&mut self, value: &RawValue) -> Result<(), Error> {
        if !value.get().starts_with('{') {
            return self.rows(&[value]);
        }
        let paths = self.style.fields.as_ref().map(Fields::paths);
        if paths.is_none() && self.style.is_default {
            let field = self.view.id.unwrap_or("id");
            let url = self.view.link.and_then(|link| link.url(value, field, self.server.as_deref()));
            if let Some(line) = self.reader.sent(value, url.as_deref(), self.was_sent_before) {
                return self.line_with_link(&line);
            }
        }
        let fields = self.reader.fields(value, paths);
        let width = self.style.terminal.then_some(self.style.width);
        let mut text = String::new();
        table::object(&fields, width, self.style.color, &mut text);
        Ok(self.out.write_all(text.as_bytes())?)
    }

    fn raw(&mut self, body: &[u8]) -> Result<(), Error> {
        match std::str::from_utf8(body) {
            Ok(text) if self.style.terminal => self.lines(&clean::escape(text)),
            _ if self.style.terminal => Err(Error::Binary { content_type: "application/json".to_owned() }),
            _ => Ok(self.out.write_all(body)?),
        }
    }

    /// Prints a body that is not JSON: unchanged in a pipe, without control characters on a terminal. Binary data on a
    /// terminal is an error.
    fn non_json(&mut self, body: &[u8], content_type: &str) -> Result<(), Error> {
        let content_type = content_type.to_owned();
        if self.style.jq.is_some() || self.style.fields.is_some() {
            return Err(Error::NoJsonToFilter { content_type });
        }
        if !self.style.terminal {
            return Ok(self.out.write_all(body)?);
        }
        match std::str::from_utf8(body) {
            Ok(text) if !text.contains('\0') => self.lines(&clean::text(text)),
            _ => Err(Error::Binary { content_type }),
        }
    }

    /// Prints text to a terminal, ending with a line feed, so that the shell's prompt starts on a new line.
    fn lines(&mut self, text: &str) -> Result<(), Error> {
        self.out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// The outputs of a jq program for the items, as JSON.
fn jq_outputs(jq: &Jq, items: &[&RawValue]) -> Result<Vec<Box<RawValue>>, Error> {
    let mut outputs = Vec::new();
    for item in items {
        jq.run(item, |output| {
            let json = match output {
                Output::Json(json) => json.to_owned(),
                Output::Text(text) => serde_json::Value::from(text).to_string(),
            };
            outputs.push(RawValue::from_string(json).map_err(Error::NotJson)?);
            Ok::<_, Error>(())
        })?;
    }
    Ok(outputs)
}

fn number(item: &RawValue) -> Option<String> {
    serde_json::from_str::<serde_json::Number>(item.get()).ok().map(|_| item.get().to_owned())
}

/// Writes JSON: indented for `-o json` on a terminal, otherwise on one line.
fn write_json(out: &mut impl Write, style: &Style, json: &str, level: usize, end: &str) -> Result<(), Error> {
    if !style.terminal {
        out.write_all(compact(json).as_bytes())?;
    } else if style.format == Format::Json {
        let mut text = String::new();
        pretty(&clean::escape(json), level, style.color, &mut text);
        out.write_all(text.as_bytes())?;
    } else {
        out.write_all(clean::escape(&compact(json)).as_bytes())?;
    }
    Ok(out.write_all(end.as_bytes())?)
}

fn pick(fields: &Fields, value: &RawValue) -> Box<RawValue> {
    let mut picked = String::new();
    fields.pick(value, &mut picked);
    RawValue::from_string(picked).expect("fields picked from JSON are JSON")
}

/// The columns of a list: those of `--fields`, else the named ones, else those of the reader or the view, else the fields
/// of the first item.
fn columns(style: &Style, view: &View, reader: &dyn Reader, named: &[String], first: &RawValue) -> Vec<String> {
    if let Some(fields) = &style.fields {
        fields.paths().to_vec()
    } else if style.jq.is_some() && !view.columns.iter().all(|column| has(first, column)) {
        // The jq program outputs objects of another shape.
        item::columns_of(first)
    } else if !named.is_empty() {
        named.to_vec()
    } else if matches!(style.format, Format::Table | Format::Text)
        && let Some(columns) = reader.columns()
    {
        columns.iter().copied().map(str::to_owned).collect()
    } else if view.columns.is_empty() {
        item::columns_of(first)
    } else {
        view.columns.iter().copied().map(str::to_owned).collect()
    }
}

/// Whether a content type is `application/json` or ends with `+json`.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let subtype = essence.rsplit('/').next().unwrap_or_default();
    subtype.eq_ignore_ascii_case("json") || subtype.to_ascii_lowercase().ends_with("+json")
}

#[cfg(test)]
mod tests;
