//! Reads files to upload, renames them as Discord does, and lists them in the attachments.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::Error;
use super::finished::named_as;
use super::input::{Input, Trust};
use super::place::set_at;
use super::values::{Field, Values};
use crate::catalogue::check::{self, Violation};
use crate::catalogue::{Endpoint, Method, Param, ParamKind, Place};
use crate::model::ogg::Recording;
use crate::model::{filename, media};
use crate::rest::FilePart;

/// The maximum size of a request in MiB.
pub const MAX_REQUEST_MIB: u64 = 25;

/// The flags that describe the `--file` before them.
const FILENAME: &str = "filename";
const SPOILER: &str = "spoiler";

/// The flag that sends the file as a voice message.
const VOICE: &str = "voice-message";

/// The message flag `IS_VOICE_MESSAGE`.
const IS_VOICE_MESSAGE: u64 = 1 << 13;

/// Whether a parameter describes files, and is therefore read here.
pub fn is_about_files(param: &Param) -> bool {
    param.place == Place::Local && (param.kind == ParamKind::File || matches!(param.name, FILENAME | SPOILER | VOICE))
}

/// The part for a file that is not an attachment, such as a sticker's.
pub fn part(field: &Field, values: &Values, input: &mut Input) -> Result<FilePart, Error> {
    refuse_literal(field, input)?;
    let path = field.texts.last().map_or("", String::as_str);
    let name = about(values, FILENAME).and_then(|field| field.texts.last());
    read(field.param.name.to_owned(), &field.flag, path, name.map(String::as_str), input).map(|upload| upload.part)
}

/// The part with this name for the file at a path.
pub fn upload(part: &str, path: &str, input: &mut Input) -> Result<FilePart, Error> {
    read(part.to_owned(), part, path, None, input).map(|upload| upload.part)
}

/// A file that goes into a request.
struct Upload {
    part: FilePart,
    /// The name on this machine, which an `attachment://` link may use.
    name: String,
}

/// Returns an error for the path of a file that comes from somebody else.
fn refuse_literal(field: &Field, input: &Input) -> Result<(), Error> {
    match field.trust {
        Trust::Literal => Err(Error::Literal { flag: field.flag.clone() }),
        Trust::Full => input.refuse_literal(&field.flag),
    }
}

/// Converts `--file` to parts `files[n]`, describes each in `attachments` (completing an existing entry with the id `n`), and
/// rewrites `attachment://` links to the names that Discord gives the files.
pub fn attach(
    endpoint: &'static Endpoint,
    values: &Values,
    root: &mut Value,
    input: &mut Input,
    wrong: &mut Vec<Violation>,
) -> Result<Vec<FilePart>, Error> {
    let Some(param) = endpoint.all_params().find(|p| p.place == Place::Local && p.kind == ParamKind::File) else {
        return Ok(Vec::new());
    };
    let field = values.fields.iter().find(|f| f.param.name == param.name);
    if let Some(field) = field {
        refuse_literal(field, input)?;
    }
    let marks = Marks::read(values, field, wrong)?;
    let mut uploads = Vec::new();
    let mut descriptions = Vec::new();
    for (n, text) in field.iter().flat_map(|field| &field.texts).enumerate() {
        // A path may contain a #, so the whole text is tried as a path first.
        let (path, description) = match text.rsplit_once('#') {
            Some((path, description)) if !Path::new(text).exists() => (path, Some(description)),
            _ => (text.as_str(), None),
        };
        let listed = entry(root, param, n).and_then(|entry| entry.get("filename")).and_then(Value::as_str);
        let name = marks.name(n).map(str::to_owned).or_else(|| listed.map(str::to_owned));
        let flag = format!("--{}", param.flag());
        uploads.push(read(format!("files[{n}]"), &flag, path, name.as_deref(), input)?);
        descriptions.push(description.filter(|d| !d.is_empty()));
    }
    if let Some(field) = field {
        wrong.extend(named_as(
            check::value(field.param, &Value::from(field.texts.as_slice())),
            field.param,
            &field.flag,
        ));
        within_request(&field.flag, &uploads)?;
    }
    for (name, text) in &values.made_files {
        uploads.push(Upload { part: of_text(uploads.len(), name, text), name: (*name).to_owned() });
        descriptions.push(None);
    }
    for (n, (upload, description)) in uploads.iter().zip(descriptions).enumerate() {
        let mut known = json!({"id": n, "filename": upload.part.filename});
        if let Some(title) = filename::title(&upload.name) {
            known["title"] = Value::from(title);
        }
        if let Some(description) = description {
            known["description"] = Value::from(description);
        }
        if let Some(spoiler) = marks.spoiler(n) {
            known["is_spoiler"] = Value::from(spoiler);
        }
        describe(root, param, n, known)?;
    }
    if about(values, VOICE).is_some_and(|field| field.texts.last().is_some_and(|text| text == "true")) {
        voice(root, param, &uploads)?;
    }
    wrong.extend(unmatched(root, param, uploads.len()));
    link(root, "", &uploads, endpoint.method == Method::Post, wrong);
    Ok(uploads.into_iter().map(|upload| upload.part).collect())
}

/// The name that Discord gives a file at this path. `None` for standard input.
pub fn name_of(path: &str) -> Option<String> {
    let name = Path::new(path).file_name().filter(|_| path != "-")?;
    Some(filename::stored(&name.to_string_lossy()))
}

/// Converts a text to file `n`.
pub fn of_text(n: usize, filename: &str, text: &str) -> FilePart {
    FilePart {
        name: format!("files[{n}]"),
        filename: filename.to_owned(),
        content_type: "text/plain; charset=utf-8".to_owned(),
        source: filename.to_owned(),
        bytes: text.to_owned().into_bytes().into(),
    }
}

fn about<'a>(values: &'a Values, name: &str) -> Option<&'a Field> {
    values.fields.iter().find(|f| f.param.name == name && is_about_files(f.param))
}

/// The flags that describe the files before them.
#[derive(Default)]
struct Marks<'a> {
    names: Vec<(usize, &'a str)>,
    spoilers: Vec<(usize, bool)>,
}

impl<'a> Marks<'a> {
    fn read(values: &'a Values, files: Option<&Field>, wrong: &mut Vec<Violation>) -> Result<Self, Error> {
        let mut marks = Self::default();
        // A flag before all files describes the one from standard input, which has no name.
        let stdin = files.and_then(|files| files.texts.iter().position(|text| from_stdin(text)));
        let marked = |field: &Field, at: usize| {
            let before = files.and_then(|files| files.order.iter().rposition(|file| *file < at));
            before.or(stdin.filter(|_| field.param.name == FILENAME)).ok_or_else(|| Error::Missing {
                what: format!("the --file before {}", field.flag),
                usage: String::new(),
                hint: Some("--filename and --spoiler apply to the --file before them on the command line".into()),
            })
        };
        if let Some(field) = about(values, FILENAME) {
            wrong.extend(named_as(
                check::value(field.param, &Value::from(field.texts.as_slice())),
                field.param,
                &field.flag,
            ));
            for (text, at) in field.texts.iter().zip(&field.order) {
                marks.names.push((marked(field, *at)?, text));
            }
        }
        if let Some(field) = about(values, SPOILER) {
            for (text, at) in field.texts.iter().zip(&field.order) {
                let wanted = "true or false".to_owned();
                let bad = |_| Error::Value { flag: field.flag.clone(), text: text.clone(), wanted };
                marks.spoilers.push((marked(field, *at)?, text.parse().map_err(bad)?));
            }
        }
        Ok(marks)
    }

    fn name(&self, n: usize) -> Option<&'a str> {
        self.names.iter().rev().find(|(file, _)| *file == n).map(|(_, name)| *name)
    }

    fn spoiler(&self, n: usize) -> Option<bool> {
        self.spoilers.iter().rev().find(|(file, _)| *file == n).map(|(_, spoiler)| *spoiler)
    }
}

fn from_stdin(path: &str) -> bool {
    path.strip_prefix('@').unwrap_or(path).split('#').next() == Some("-")
}

/// Reads a file. The default name is that of its path or, for standard input, one that matches its content.
fn read(part: String, flag: &str, path: &str, name: Option<&str>, input: &mut Input) -> Result<Upload, Error> {
    let path = path.strip_prefix('@').unwrap_or(path);
    let bytes = input.within(flag, path, MAX_REQUEST_MIB)?;
    let own = || match Path::new(path).file_name() {
        Some(name) if path != "-" => name.to_string_lossy().into_owned(),
        _ => media::default_name(&bytes).to_owned(),
    };
    let name = name.map_or_else(own, str::to_owned);
    let filename = filename::stored(&name);
    let content_type = media::of_upload(&filename, &bytes);
    let part = FilePart { name: part, filename, content_type, source: path.to_owned(), bytes };
    Ok(Upload { part, name })
}

fn within_request(flag: &str, uploads: &[Upload]) -> Result<(), Error> {
    let all: usize = uploads.iter().map(|upload| upload.part.bytes.len()).sum();
    if all as u64 > MAX_REQUEST_MIB * 1024 * 1024 {
        let path = format!("the {} files together: the request", uploads.len());
        return Err(Error::TooLarge { flag: flag.to_owned(), path, limit: MAX_REQUEST_MIB });
    }
    Ok(())
}

/// The number of the file that an entry describes. `None` for an existing attachment of a message, whose id is a snowflake and
/// thus far higher.
fn number(entry: &Value) -> Option<u64> {
    const LEAST_SNOWFLAKE: u64 = 1 << 22;
    let id = entry.get("id")?;
    let id = id.as_u64().or_else(|| id.as_str()?.parse().ok())?;
    (id < LEAST_SNOWFLAKE).then_some(id)
}

fn list<'a>(root: &'a Value, param: &Param) -> Option<&'a Vec<Value>> {
    root.pointer(&format!("/{}", param.into))?.as_array()
}

fn entry<'a>(root: &'a Value, param: &Param, n: usize) -> Option<&'a Value> {
    list(root, param)?.iter().find(|entry| number(entry) == Some(n as u64))
}

/// Completes or adds the entry of file `n`.
fn describe(root: &mut Value, param: &Param, n: usize, known: Value) -> Result<(), Error> {
    let list = root.pointer_mut(&format!("/{}", param.into)).and_then(Value::as_array_mut);
    let found = list.and_then(|list| list.iter_mut().find(|entry| number(entry) == Some(n as u64)));
    let (Some(Value::Object(entry)), Value::Object(known)) = (found, &known) else {
        set_at(root, &format!("{}/-", param.into), known);
        return Ok(());
    };
    for (name, value) in known {
        match entry.get(name) {
            // The existing value takes precedence, except for the name, which Discord determines.
            Some(given) if name == "description" || name == "is_spoiler" => {
                if given != value {
                    let second = format!("attachments[{n}].{name}");
                    return Err(Error::Conflict { first: format!("--{} {n}: its {name}", param.flag()), second });
                }
            }
            Some(_) if matches!(name.as_str(), "title" | "id") => {}
            _ => {
                entry.insert(name.clone(), value.clone());
            }
        }
    }
    Ok(())
}

/// The violations of entries whose file is not in the request or has another entry.
fn unmatched(root: &Value, param: &Param, files: usize) -> Vec<Violation> {
    let mut seen = Vec::new();
    let mut wrong = Vec::new();
    for (at, entry) in list(root, param).into_iter().flatten().enumerate() {
        let Some(id) = number(entry) else { continue };
        let message = match files {
            _ if seen.contains(&id) => format!("is {id}, but another entry has the same id"),
            0 => format!("is {id}, but no --{} is given", param.flag()),
            _ if id >= files as u64 => format!("is {id}, but the files are numbered 0 to {}", files - 1),
            _ => {
                seen.push(id);
                continue;
            }
        };
        wrong.push(Violation::new(param.name, format!("{}[{at}].id", param.into), "ATTACHMENT_NOT_FOUND", message));
    }
    wrong
}

/// Makes a voice message: sets its flag, and the duration and waveform of its file. Source: Discord's documentation, "Voice
/// Messages".
fn voice(root: &mut Value, param: &Param, uploads: &[Upload]) -> Result<(), Error> {
    let [upload] = uploads else {
        return Err(Error::Incomplete {
            what: format!("--{VOICE}"),
            why: format!("requires exactly one --{}, but {} were given", param.flag(), uploads.len()),
            topic: None,
        });
    };
    let under = param.into.trim_end_matches("attachments");
    for other in ["content", "embeds", "sticker_ids", "poll", "components"] {
        if root.pointer(&format!("/{under}{other}")).is_some() {
            return Err(Error::Conflict { first: format!("--{VOICE}"), second: format!("{under}{other}") });
        }
    }
    let flags = root.pointer(&format!("/{under}flags")).and_then(Value::as_u64).unwrap_or(0);
    set_at(root, &format!("{under}flags"), Value::from(flags | IS_VOICE_MESSAGE));
    let known = |name: &str| entry(root, param, 0).is_some_and(|entry| entry.get(name).is_some());
    if known("duration_secs") && known("waveform") {
        return Ok(());
    }
    let recording = Recording::read(&upload.part.bytes).ok_or_else(|| Error::NotARecording {
        flag: format!("--{}", param.flag()),
        path: upload.part.source.clone(),
    })?;
    let waveform = BASE64.encode(recording.waveform());
    let mut known = json!({"id": 0});
    for (name, value) in [("duration_secs", Value::from(recording.seconds)), ("waveform", Value::from(waveform))] {
        if entry(root, param, 0).is_none_or(|entry| entry.get(name).is_none()) {
            known[name] = value;
        }
    }
    describe(root, param, 0, known)
}

/// Replaces the names of files in `attachment://` links with the names that Discord gives them. A new message may link only to
/// its own files.
fn link(at: &mut Value, path: &str, uploads: &[Upload], new: bool, wrong: &mut Vec<Violation>) {
    match at {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                link(value, &path, uploads, new, wrong);
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter_mut().enumerate() {
                link(item, &format!("{path}[{n}]"), uploads, new, wrong);
            }
        }
        // Only members whose names end in `url` contain such links. Other texts may mention them.
        Value::String(text) if path.ends_with("url") => {
            let Some(name) = text.strip_prefix("attachment://") else { return };
            let own = uploads.iter().find(|upload| upload.name == name || upload.part.filename == name);
            let stored = own.map_or_else(|| filename::stored(name), |upload| upload.part.filename.clone());
            if new && !uploads.iter().any(|upload| upload.part.filename == stored) {
                let names: Vec<_> = uploads.iter().map(|upload| upload.name.as_str()).collect();
                let has = if names.is_empty() { "has no file".to_owned() } else { format!("has {}", names.join(", ")) };
                let message = format!("links to {name:?}, but the message {has}");
                wrong.push(Violation::new("file", path.to_owned(), "ATTACHMENT_NOT_FOUND", message));
            }
            *text = format!("attachment://{stored}");
        }
        _ => {}
    }
}
