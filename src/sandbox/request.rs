//! Decodes a request and checks it against its catalogue row.

use bytes::Bytes;
use futures_util::stream;
use serde_json::{Map, Number, Value};

use super::answer::{DiscordError, add_field_error};
use super::table::Window;
use crate::catalogue::check::{self, Violation};
use crate::catalogue::{Endpoint, LONGEST_REASON, Param, ParamKind, Place, Scalar};
use crate::model::Snowflake;

/// The largest request body: Discord's limit of 25 MiB, and room for the multipart framing.
pub(super) const MAX_BODY: usize = 30 << 20;

/// Discord's limit for one file in a server without boosts.
const MAX_FILE: usize = 10 << 20;

/// The most parts of a multipart body. No message has as many; the bound limits the memory used.
const MAX_PARTS: usize = 64;

/// Who sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Bot,
    Bearer,
    Anonymous,
}

/// A file in a multipart request.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    /// The name of the part, such as `files[0]` or `file`.
    pub part: String,
    pub filename: String,
    pub mime: String,
    pub bytes: Bytes,
}

/// A checked request.
#[derive(Debug)]
pub(super) struct Call {
    pub row: &'static Endpoint,
    pub caller: Caller,
    /// The path below the API's base, as it was sent.
    pub url: String,
    pub path: Vec<(&'static str, String)>,
    pub query: Map<String, Value>,
    /// The fields of the body; empty if the body is not an object.
    pub body: Map<String, Value>,
    /// The items of the body; empty if the body is not an array.
    pub array: Vec<Value>,
    pub files: Vec<Upload>,
    pub reason: Option<String>,
}

impl Call {
    /// A path parameter as it was sent; empty if the row has none of this name.
    pub fn text(&self, name: &str) -> &str {
        self.path.iter().find(|(n, _)| *n == name).map_or("", |(_, text)| text)
    }

    /// A path parameter that is an id. [`check`](fn@check) has rejected invalid ids; the result is
    /// 0, which no object has, if the row has no such parameter.
    pub fn id(&self, name: &str) -> u64 {
        self.text(name).parse::<Snowflake>().map_or(0, Snowflake::get)
    }

    /// A field of the body that is not null.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|v| !v.is_null())
    }

    pub fn field_str(&self, name: &str) -> Option<&str> {
        self.field(name).and_then(Value::as_str)
    }

    pub fn field_id(&self, name: &str) -> Option<u64> {
        self.field(name).and_then(super::table::key)
    }

    pub fn flag(&self, name: &str) -> bool {
        self.field(name) == Some(&Value::Bool(true))
    }

    pub fn query_flag(&self, name: &str) -> bool {
        self.query.get(name) == Some(&Value::Bool(true))
    }

    pub fn query_id(&self, name: &str) -> Option<u64> {
        self.query.get(name).and_then(super::table::key)
    }

    pub fn window(&self) -> Window {
        Window::read(self.row.paging.as_ref(), &self.query)
    }
}

/// The decoded body of a request, before it is checked.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub json: Option<Value>,
    /// The names and values of form fields.
    pub form: Vec<(String, String)>,
    pub files: Vec<Upload>,
}

/// Decodes a body according to its content type.
pub(super) async fn decode(content_type: Option<&str>, body: Bytes) -> Result<Decoded, DiscordError> {
    let mut decoded = Decoded::default();
    if body.is_empty() {
        return Ok(decoded);
    }
    let content_type = content_type.unwrap_or("application/json");
    let essence = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/x-www-form-urlencoded" => {
            decoded.form = url::form_urlencoded::parse(&body).into_owned().collect();
        }
        "multipart/form-data" => multipart(content_type, body, &mut decoded).await?,
        _ => decoded.json = Some(serde_json::from_slice(&body).map_err(|_| DiscordError::BAD_JSON)?),
    }
    Ok(decoded)
}

async fn multipart(content_type: &str, body: Bytes, decoded: &mut Decoded) -> Result<(), DiscordError> {
    let bad = |_| DiscordError::field("_", "CONTENT_TYPE_INVALID", "The multipart body cannot be read.");
    let boundary = multer::parse_boundary(content_type).map_err(bad)?;
    let mut parts = multer::Multipart::new(stream::iter([Ok::<_, std::convert::Infallible>(body)]), boundary);
    while let Some(part) = parts.next_field().await.map_err(bad)? {
        let name = part.name().unwrap_or_default().to_owned();
        let filename = part.file_name().map(str::to_owned);
        let mime = part.content_type().map(ToString::to_string);
        let bytes = part.bytes().await.map_err(bad)?;
        match filename {
            Some(filename) => {
                if bytes.len() > MAX_FILE {
                    return Err(DiscordError::TOO_LARGE);
                }
                let mime = mime.unwrap_or_else(|| "application/octet-stream".to_owned());
                decoded.files.push(Upload { part: name, filename, mime, bytes });
            }
            None if name == "payload_json" => {
                decoded.json = Some(serde_json::from_slice(&bytes).map_err(|_| DiscordError::BAD_JSON)?);
            }
            None => decoded.form.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
        if decoded.files.len() + decoded.form.len() > MAX_PARTS {
            return Err(DiscordError::TOO_LARGE);
        }
    }
    Ok(())
}

/// Decodes `X-Audit-Log-Reason`.
pub(super) fn reason(header: &str) -> Result<String, DiscordError> {
    let bad = |message: &str| DiscordError::field("X-Audit-Log-Reason", "BASE_TYPE_BAD_LENGTH", message);
    let text = percent_encoding::percent_decode_str(header)
        .decode_utf8()
        .map_err(|_| bad("Must be percent-encoded UTF-8."))?
        .into_owned();
    if text.chars().count() > LONGEST_REASON {
        return Err(bad(&format!("Must be {LONGEST_REASON} or fewer in length.")));
    }
    Ok(text)
}

/// A request before it is checked. [`check`](fn@check) turns it into a [`Call`].
pub(super) struct RawRequest {
    pub row: &'static Endpoint,
    pub caller: Caller,
    pub url: String,
    pub path: Vec<(&'static str, String)>,
    pub query: Vec<(String, String)>,
    pub body: Decoded,
    pub reason: Option<String>,
}

/// Checks a request against its row: ids in the path, the query, form fields, the body and files.
///
/// Like Discord, it ignores fields that the row does not have.
pub(super) fn check(raw: RawRequest) -> Result<Call, DiscordError> {
    let row = raw.row;
    let mut tree = Map::new();
    for (name, text) in &raw.path {
        let is_id = row.param(name).is_some_and(|p| matches!(p.kind, ParamKind::Snowflake(_)));
        if is_id && text.parse::<Snowflake>().is_err() {
            add_field_error(&mut tree, name, "NUMBER_TYPE_COERCE", &format!("Value \"{text}\" is not snowflake."));
        }
    }
    let query = typed(row, Place::Query, &raw.query, &mut tree);
    let mut body = Map::new();
    let mut array = Vec::new();
    match raw.body.json {
        None => {}
        Some(Value::Object(object)) => body = object,
        Some(Value::Array(items)) => array = items,
        Some(_) => {
            add_field_error(&mut tree, "", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType.");
        }
    }
    body.extend(typed(row, Place::Form, &raw.body.form, &mut tree));
    let wants_array = row.all_params().any(|p| p.place == Place::Whole && p.repeated);
    if wants_array && !body.is_empty() {
        add_field_error(&mut tree, "", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType.");
    }
    let json = if wants_array { Value::Array(array) } else { Value::Object(body) };
    for violation in check::body(row, &json) {
        add_violation(&mut tree, row, &violation);
    }
    let (mut body, mut array) = (Map::new(), Vec::new());
    match json {
        Value::Array(items) => array = items,
        Value::Object(object) => body = object,
        _ => {}
    }
    for param in row.all_params().filter(|p| p.place == Place::File && p.required) {
        if !raw.body.files.iter().any(|f| f.part == param.name) {
            add_violation(&mut tree, row, &check::required(param));
        }
    }
    if !tree.is_empty() {
        return Err(DiscordError::invalid(tree));
    }
    Ok(Call {
        row,
        caller: raw.caller,
        url: raw.url,
        path: raw.path,
        query,
        body,
        array,
        files: raw.body.files,
        reason: raw.reason,
    })
}

/// Converts the values of a query or form to the kinds of their parameters, and checks them.
fn typed(
    row: &Endpoint,
    place: Place,
    pairs: &[(String, String)],
    tree: &mut Map<String, Value>,
) -> Map<String, Value> {
    let mut values = Map::new();
    for param in row.all_params().filter(|p| p.place == place) {
        let mut texts = pairs.iter().filter(|(name, _)| name == param.name).map(|(_, text)| convert(param, text));
        let value = if param.repeated {
            let items: Vec<Value> = texts.collect();
            (!items.is_empty()).then_some(Value::Array(items))
        } else {
            texts.next()
        };
        let violations = match &value {
            Some(value) => check::value(param, value),
            None if param.required => vec![check::required(param)],
            None => Vec::new(),
        };
        for violation in &violations {
            add_violation(tree, row, violation);
        }
        values.extend(value.map(|value| (param.name.to_owned(), value)));
    }
    values
}

/// Converts a text to its parameter's kind. A text that cannot be converted stays a string, which
/// the check then rejects.
fn convert(param: &Param, text: &str) -> Value {
    let number = || text.parse::<Number>().ok().map(Value::Number);
    let converted = match param.kind {
        ParamKind::Integer | ParamKind::Number | ParamKind::Color | ParamKind::Flags(_) => number(),
        ParamKind::Boolean => match text {
            "true" | "True" | "1" => Some(Value::Bool(true)),
            "false" | "False" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        ParamKind::Enum(choices) if choices.iter().any(|c| matches!(c.value, Scalar::Int(_))) => number(),
        ParamKind::Json => serde_json::from_str(text).ok(),
        _ => None,
    };
    converted.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn add_violation(tree: &mut Map<String, Value>, row: &Endpoint, violation: &Violation) {
    add_field_error(tree, &violation.path, violation.code, &message(row, violation));
}

/// Discord's message for a violation.
fn message(row: &Endpoint, violation: &Violation) -> String {
    let (min, max) = violation.bound;
    match violation.code {
        "BASE_TYPE_REQUIRED" => "This field is required".to_owned(),
        "BASE_TYPE_BAD_LENGTH" => bounds(min, max, " in length"),
        "NUMBER_TYPE_RANGE" => match (min, max) {
            (None, Some(max)) => format!("int value should be less than or equal to {max}."),
            (Some(min), None) => format!("int value should be greater than or equal to {min}."),
            (Some(min), Some(max)) => format!("int value should be between {min} and {max}."),
            (None, None) => violation.message.clone(),
        },
        "URL_TYPE_INVALID_URL" => "Not a well formed URL.".to_owned(),
        "BASE_TYPE_CHOICES" => match row.named(violation.name).map(|p| p.kind) {
            Some(ParamKind::Enum(choices)) => {
                let values = choices.iter().map(|c| match c.value {
                    Scalar::Int(n) => n.to_string(),
                    Scalar::Str(s) => format!("'{s}'"),
                });
                format!("Value must be one of {{{}}}.", values.collect::<Vec<_>>().join(", "))
            }
            _ => sentence(&violation.message),
        },
        _ => sentence(&violation.message),
    }
}

fn sentence(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text + "."
}

fn bounds(min: Option<i64>, max: Option<i64>, of: &str) -> String {
    match (min.filter(|m| *m > 0), max) {
        (Some(min), Some(max)) => format!("Must be between {min} and {max}{of}."),
        (None, Some(max)) => format!("Must be {max} or fewer{of}."),
        (Some(min), None) => format!("Must be {min} or more{of}."),
        (None, None) => "Must have another length.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue;

    fn send(body: Value) -> Result<Call, Value> {
        let row = catalogue::find("message", "send").unwrap();
        let decoded = Decoded { json: Some(body), ..Decoded::default() };
        let raw = RawRequest {
            row,
            caller: Caller::Bot,
            url: String::new(),
            path: vec![("channel_id", "1".to_owned())],
            query: Vec::new(),
            body: decoded,
            reason: None,
        };
        check(raw).map_err(|error| error.errors.unwrap())
    }

    fn error(code: &str, message: &str) -> Value {
        json!({"_errors": [{"code": code, "message": message}]})
    }

    #[test]
    fn a_body_that_violates_its_row_gets_discords_error_messages() {
        for (body, errors) in [
            (
                json!({"content": "x".repeat(2001)}),
                json!({"content": error("BASE_TYPE_BAD_LENGTH", "Must be 2000 or fewer in length.")}),
            ),
            (
                json!({"sticker_ids": ["1", "2", "3", "4"]}),
                json!({"sticker_ids": error("BASE_TYPE_BAD_LENGTH", "Must be 3 or fewer in length.")}),
            ),
            (
                json!({"sticker_ids": ["1", "x"]}),
                json!({"sticker_ids": {"1": error("NUMBER_TYPE_COERCE", "Must be an id.")}}),
            ),
            (
                json!({"embeds": [{}, {"title": "x".repeat(257)}]}),
                json!({"embeds": {"1": {"title": error("BASE_TYPE_BAD_LENGTH", "Must be 256 or fewer in length.")}}}),
            ),
            (
                json!({"embeds": [{"fields": vec![json!({"name": "n", "value": "v"}); 26]}]}),
                json!({"embeds": {"0": {"fields": error("BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length.")}}}),
            ),
            (
                json!({"poll": {"question": {"text": "?"}, "answers": [{"poll_media": {"text": ""}}]}}),
                json!({"poll": {"answers": {"0": {"poll_media": {"text":
                    error("BASE_TYPE_BAD_LENGTH", "Must be between 1 and 55 in length.")}}}}}),
            ),
            (
                json!({"embeds": [{"image": {"url": "attachment://a.png"}}, {"url": "attachment://a.png"}]}),
                json!({"embeds": {"1": {"url": error("URL_TYPE_INVALID_URL", "Not a well formed URL.")}}}),
            ),
            (
                json!({"embeds": [{"fields": [{"name": "n"}]}]}),
                json!({"embeds": {"0": {"fields": {"0": {"value":
                    error("BASE_TYPE_REQUIRED", "This field is required")}}}}}),
            ),
            (json!("x"), error("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType.")),
        ] {
            assert_eq!(send(body.clone()).err(), Some(errors), "{body:.100}");
        }
        let call = send(json!({"content": "hi", "unknown": 1, "embeds": [{"title": "x", "color": 1}]})).unwrap();
        assert_eq!(call.field_str("content"), Some("hi"));
    }

    #[test]
    fn query_values_are_converted_to_the_kinds_of_their_parameters() {
        let row = catalogue::find("message", "search").unwrap();
        let query = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let mut tree = Map::new();
            (Value::Object(typed(row, Place::Query, &pairs, &mut tree)), Value::Object(tree))
        };
        let (values, errors) =
            query(&[("author_id", "1"), ("author_id", "2"), ("pinned", "true"), ("limit", "5"), ("x", "1")]);
        assert_eq!(values, json!({"author_id": ["1", "2"], "pinned": true, "limit": 5}));
        assert_eq!(errors, json!({}));
        let (_, errors) = query(&[("limit", "26"), ("pinned", "maybe"), ("sort_by", "x")]);
        assert_eq!(errors["limit"], error("NUMBER_TYPE_RANGE", "int value should be between 1 and 25."));
        assert_eq!(errors["pinned"], error("BOOLEAN_TYPE_CONVERT", "Must be true or false."));
        assert_eq!(errors["sort_by"], error("BASE_TYPE_CHOICES", "Value must be one of {'timestamp', 'relevance'}."));
    }

    #[tokio::test]
    async fn a_multipart_body_is_decoded_into_payload_fields_and_files() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"content\":\"hi\"}\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nžába\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.txt\"\r\n\
                    Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
        let decoded = decode(Some("multipart/form-data; boundary=b"), Bytes::from(body)).await.unwrap();
        assert_eq!(decoded.json, Some(json!({"content": "hi"})));
        assert_eq!(decoded.form, [("name".to_owned(), "žába".to_owned())]);
        let file = &decoded.files[0];
        assert_eq!((&*file.part, &*file.filename, &*file.mime), ("files[0]", "a.txt", "text/plain"));
        assert_eq!(&file.bytes[..], b"hello");
        for bad in ["--b\r\n", "nonsense"] {
            assert!(decode(Some("multipart/form-data; boundary=b"), Bytes::from(bad)).await.is_err());
        }
    }
}
