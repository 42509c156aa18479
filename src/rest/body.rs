//! Encodes the body of a request, anew for each attempt.

use http::HeaderValue;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part as WirePart};

use super::error::Error;
use super::request::{Body, FilePart, Part};
use crate::catalogue::Method;

/// Sets the body of a request.
pub(super) fn put(builder: RequestBuilder, method: Method, body: &Body) -> Result<RequestBuilder, Error> {
    let json = HeaderValue::from_static("application/json");
    Ok(match body {
        // Without a Content-Length, a server may respond with 411.
        Body::Empty if matches!(method, Method::Post | Method::Put | Method::Patch) => {
            builder.header(CONTENT_LENGTH, HeaderValue::from_static("0"))
        }
        Body::Empty => builder,
        Body::Json(value) => builder.header(CONTENT_TYPE, json).body(value.to_string()),
        Body::Form(fields) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(fields.iter().map(|(name, value)| (name.as_str(), value.expose())));
            builder
                .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
                .body(form.finish())
        }
        Body::Raw { content_type, bytes } => builder.header(CONTENT_TYPE, content_type).body(bytes.clone()),
        Body::Multipart(parts) => builder.multipart(multipart(parts)?),
    })
}

fn multipart(parts: &[Part]) -> Result<Form, Error> {
    // Discord requires `files[0]` unencoded, but the default encodes the brackets. Without this encoding, only `safe` prevents
    // a name from breaking out of its quotes.
    let mut form = Form::new().percent_encode_noop();
    for part in parts {
        form = match part {
            Part::Json(name, value) => form.part(
                *name,
                WirePart::text(value.to_string()).mime_str("application/json").expect("the media type is valid"),
            ),
            Part::Text(name, value) => form.part(safe(name)?, WirePart::text(value.expose().to_owned())),
            Part::File(file) => form.part(safe(&file.name)?, self::file(file)?),
        };
    }
    Ok(form)
}

/// The part for a file: its bytes, name and media type.
fn file(file: &FilePart) -> Result<WirePart, Error> {
    let part = WirePart::stream(file.bytes.clone()).file_name(safe(&file.filename)?);
    part.mime_str(&file.content_type).map_err(|_| Error::ContentType(file.content_type.clone()))
}

/// Checks that a name is safe between quotes in a header: a line break would end the header, and a quote the name.
fn safe(name: &str) -> Result<String, Error> {
    if name.chars().any(|c| c.is_control() || matches!(c, '"' | '\\')) {
        return Err(Error::FileName(name.to_owned()));
    }
    Ok(name.to_owned())
}
