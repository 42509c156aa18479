//! Converts a typed value to the JSON that Discord requires, according to the kind of its parameter.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Number, Value, json};

use super::names::Names;
use super::target::between_colons;
use super::{Error, button, choice, input::Input, input::Trust};
use crate::catalogue::{Choice, Endpoint, Formats, Param, ParamKind, Place, Scalar, shapes};
use crate::model::target::{self, Target};
use crate::model::time::{self, Direction, NotATime, Now, When};
use crate::model::{Entity, Snowflake, color, emoji, media, shell};

/// The context for reading values.
pub struct Reader<'a> {
    /// The endpoint whose values are read.
    pub endpoint: Option<&'static Endpoint>,
    pub input: &'a mut Input,
    /// The current time and the time zone for relative and local times.
    pub now: Now,
    /// Whether values that are not in the catalogue are errors.
    pub validate: bool,
    /// The names found so far.
    pub names: &'a mut Names,
    /// Warnings about values that are not errors.
    pub warnings: Vec<String>,
}

impl Reader<'_> {
    /// Reads the values of a field that may be trusted less than the rest of the call.
    pub fn with_trust<T>(&mut self, trust: Trust, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.input.lower(trust);
        let is_ids_only = self.names.ids_only;
        self.names.ids_only = is_ids_only || trust == Trust::Literal;
        let result = read(self);
        self.names.ids_only = is_ids_only;
        self.input.restore(before);
        result
    }

    /// Reads one value of a parameter. `flag` is its name in errors.
    pub fn read(&mut self, param: &Param, flag: &str, text: &str) -> Result<Value, Error> {
        let bad =
            |wanted: &str| Error::Value { flag: flag.to_owned(), text: text.to_owned(), wanted: wanted.to_owned() };
        Ok(match param.kind {
            ParamKind::String | ParamKind::Text | ParamKind::Url(_) => Value::from(text),
            ParamKind::Integer => Value::from(integer(param, text).map_err(|wanted| bad(&wanted))?),
            ParamKind::Number => {
                // Keeps all digits, of which a float could lose some.
                let number = serde_json::from_str::<Number>(text.strip_prefix('+').unwrap_or(text)).ok();
                let finite = number.filter(|number| number.as_f64().is_some_and(f64::is_finite));
                Value::Number(finite.ok_or_else(|| bad("a number"))?)
            }
            ParamKind::Boolean => {
                Value::from(text.to_ascii_lowercase().parse::<bool>().map_err(|_| bad("true or false"))?)
            }
            ParamKind::Snowflake(entity) => Value::from(self.names.id(entity, flag, text)?),
            ParamKind::Target(entity) => Value::from(self.names.target_text(entity, flag, text)?),
            ParamKind::Cursor(entity) => Value::from(self.cursor(entity, flag, text)?.to_string()),
            ParamKind::Timestamp => {
                let direction = match param.place {
                    Place::Query | Place::Filter(_) => Direction::Back,
                    _ => Direction::Forward,
                };
                let not_a_time = |why| not_a_time(flag, text, why);
                let ms = match time::parse(text, &self.now, direction).map_err(not_a_time)? {
                    When::Moment(ms) => Some(ms),
                    When::Id(id) => i64::try_from(id.timestamp_ms()).ok(),
                };
                Value::from(ms.and_then(time::rfc3339).ok_or_else(|| not_a_time(NotATime::OutOfRange))?)
            }
            ParamKind::Json => {
                let text = self.input.text_or_file(flag, text)?;
                serde_json::from_str(&text).map_err(|source| {
                    let topic = self.endpoint.and_then(|endpoint| shapes::of(endpoint, param));
                    Error::Json { flag: flag.to_owned(), source, topic: topic.map(|topic| topic.name) }
                })?
            }
            ParamKind::Image(formats) => Value::from(self.data_uri(flag, text, formats)?),
            // A file is not a JSON value. The binder converts it to a part.
            ParamKind::File => Value::from(text),
            ParamKind::Enum(choices) => self.choice(param, choices, flag, text).map_err(|error| self.own(error))?,
            ParamKind::Flags(choices) => Value::from(Self::bits(choices, flag, text).map_err(|error| self.own(error))?),
            ParamKind::Permissions => {
                Value::from(Self::bits(crate::catalogue::choices::PERMISSIONS, flag, text)?.to_string())
            }
            ParamKind::Color => Value::from(color::parse(text).ok_or_else(|| Error::Color {
                flag: flag.to_owned(),
                text: text.to_owned(),
                near: choice::near(text, color::names().map(|name| (name, name))),
            })?),
            ParamKind::EmojiName => Value::from(emoji_name(flag, text)?),
            ParamKind::Emoji => self.names.emoji(flag, text)?,
            ParamKind::Pair => {
                let (name, value) = text.split_once('=').ok_or_else(|| bad("NAME=VALUE, such as Branch=main"))?;
                json!({"name": name, "value": value})
            }
            ParamKind::Button => button::read(flag, text)?,
            ParamKind::Position(entity) => {
                let pair = text.rsplit_once('=');
                let pair = pair.and_then(|(target, position)| Some((target, position.parse::<u32>().ok()?)));
                let (target, position) = pair.ok_or_else(|| bad("ID=POSITION"))?;
                json!({"id": self.names.id(entity, flag, target)?, "position": position})
            }
        })
    }

    /// Checks a text as it was typed for two habits of other programs: `@FILE`, and `\n` for a line break.
    pub fn typed(&mut self, param: &Param, flag: &str, text: &str) {
        if param.kind != ParamKind::Text || self.input.is_literal() {
            return;
        }
        let twin = format!("--{}-file", param.flag());
        if let Some(path) = text.strip_prefix('@')
            && std::path::Path::new(path).is_file()
        {
            self.warnings.push(format!(
                "{flag} is sent as the text {text:?}; to send what is in the file, use {twin} {}",
                shell::word(path)
            ));
        }
        // The path of a Windows folder and code may mean these two characters.
        if text.contains("\\n") && !text.contains(['\n', '`']) && !text.contains(":\\") {
            self.warnings.push(format!(
                "{flag} contains \\n, which Discord shows as it is; for a line break, use $'first\\nsecond' in bash or zsh, or \
                 {twin}"
            ));
        }
    }

    /// Reads a cursor: an id, or a time that is converted to one.
    fn cursor(&mut self, entity: Entity, flag: &str, text: &str) -> Result<Snowflake, Error> {
        let (id, moment) = match time::cursor(text, &self.now) {
            Ok(found) => found,
            Err(NotATime::Unknown) => match target::parse(Entity::Message, text) {
                Target::Link { message: Some(id), .. } | Target::Id(id) => return Ok(id),
                _ => {
                    let wanted = "an id, a link to a message, or a time (2h, 2026-01-31, '2026-01-31 20:00')";
                    return Err(Error::Value {
                        flag: flag.to_owned(),
                        text: text.to_owned(),
                        wanted: wanted.to_owned(),
                    });
                }
            },
            Err(why) => return Err(not_a_time(flag, text, why)),
        };
        if let (Some(what), Some(moment)) = (created(entity), moment) {
            let moment = self.now.shown(moment);
            self.warnings.push(format!(
                "{flag}: this list is sorted by id, so dcord compares {moment} with the time when {what} was created"
            ));
        }
        Ok(id)
    }

    /// For a command that makes its requests itself, an error about an unknown value cannot be about a new value of Discord's API.
    fn own(&self, error: Error) -> Error {
        match error {
            Error::Choice { flag, text, names, near, set }
                if set.is_open && self.endpoint.is_some_and(|endpoint| endpoint.composed && !endpoint.rewritten) =>
            {
                Error::Choice { flag, text, names, near, set: &choice::NAMES }
            }
            error => error,
        }
    }

    fn choice(&self, param: &Param, choices: &'static [Choice], flag: &str, text: &str) -> Result<Value, Error> {
        let span = param.unit.and_then(|unit| time::whole(text, unit.seconds()));
        let by_span = |span: i64| choice::find(choices, flag, &span.to_string()).ok();
        match choice::find(choices, flag, text).or_else(|error| span.and_then(by_span).ok_or(error)) {
            Ok(choice) => Ok(choice.value.json()),
            Err(error) => match (choices.first().map(|c| c.value), span.or_else(|| choice::number(text))) {
                (Some(Scalar::Int(_)), Some(n)) if !self.validate => Ok(Value::from(n)),
                (Some(Scalar::Str(_)), _) if !self.validate => Ok(Value::from(text)),
                _ => Err(error),
            },
        }
    }

    /// The union of bits, which are given by their names or as numbers. An empty text has no bits.
    fn bits(choices: &'static [Choice], flag: &str, text: &str) -> Result<u64, Error> {
        let mut sum = 0;
        for part in parts(choices, text).filter(|_| !text.trim().is_empty()) {
            sum |= match part.parse::<u64>().ok().or_else(|| choice::number(part)?.try_into().ok()) {
                Some(bits) => bits,
                None => match choice::find(choices, flag, part)?.value {
                    Scalar::Int(bit) => bit as u64,
                    Scalar::Str(_) => return Err(choice::unknown(choices, flag, part)),
                },
            };
        }
        Ok(sum)
    }

    /// Reads the file at a path (or `@PATH`, `@-`) as a data URI. Returns a data URI unchanged.
    fn data_uri(&mut self, flag: &str, text: &str, formats: &'static Formats) -> Result<String, Error> {
        if text.starts_with("data:") {
            return Ok(text.to_owned());
        }
        let path = text.strip_prefix('@').unwrap_or(text);
        let bytes = self.input.bytes(flag, path)?;
        let found = media::sniff(&bytes);
        match found.filter(|found| formats.types.contains(found)) {
            Some(found) => Ok(format!("data:{found};base64,{}", BASE64.encode(bytes))),
            None => {
                let path = if path == "-" { "standard input" } else { path };
                Err(Error::MediaType { flag: flag.to_owned(), path: path.to_owned(), found, takes: formats.words })
            }
        }
    }
}

/// Whether a text names permissions or is their number.
pub fn is_permissions(text: &str) -> bool {
    Reader::bits(crate::catalogue::choices::PERMISSIONS, "", text).is_ok()
}

/// The names in a list. A label of Discord's apps can contain commas, so the longest known text is one name.
fn parts<'a>(choices: &'static [Choice], text: &'a str) -> impl Iterator<Item = &'a str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let ends = || text.match_indices([',', '|']).map(|(end, _)| end);
        let long = ends().skip(1).chain([text.len()]).filter(|_| ends().next().is_some());
        let known = long.filter(|end| choice::exact(choices, &text[..*end]).is_some()).last();
        let end = known.or_else(|| ends().next()).unwrap_or(text.len());
        rest = text.get(end + 1..);
        Some(text[..end].trim())
    })
}

/// A whole number, or a time span in the parameter's unit. The error describes the valid values.
fn integer(param: &Param, text: &str) -> Result<i64, String> {
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    match param.unit {
        None => Err("a whole number".to_owned()),
        Some(unit) => time::whole(text, unit.seconds()).ok_or_else(|| {
            format!("a whole number of {0}, or a span of whole {0} such as {1}", unit.name(), unit.example())
        }),
    }
}

/// The object whose creation time these ids contain, if a list that is ordered by them contains other objects: a list
/// of members, bans or reactions is ordered by the time at which the users were created.
pub fn created(entity: Entity) -> Option<&'static str> {
    match entity {
        Entity::User => Some("the account"),
        Entity::Guild => Some("the server"),
        _ => None,
    }
}

fn not_a_time(flag: &str, text: &str, why: NotATime) -> Error {
    Error::Time { flag: flag.to_owned(), text: text.to_owned(), why }
}

/// The text of an emoji. Replaces `:name:` with the standard emoji of this name, and returns any other text unchanged.
fn emoji_name(flag: &str, text: &str) -> Result<String, Error> {
    let name = between_colons(text);
    if name.len() == text.len() {
        return Ok(text.to_owned());
    }
    emoji::standard(name).ok_or_else(|| Error::Emoji {
        flag: flag.to_owned(),
        text: text.to_owned(),
        near: choice::near(name, emoji::names().map(|name| (name, name))),
    })
}
