//! A request's body as it goes on the wire, made anew for each attempt.

use http::HeaderValue;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part as WirePart};

use super::error::Error;
use super::request::{Body, FilePart, FileSource, Part};
use crate::catalogue::Method;

/// Puts the body on the request. Files are opened here and read while they are sent.
pub(super) async fn put(builder: RequestBuilder, method: Method, body: &Body) -> Result<RequestBuilder, Error> {
    let json = HeaderValue::from_static("application/json");
    Ok(match body {
        // Without a length, a server may answer that it wants one (411).
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
        Body::Multipart(parts) => builder.multipart(multipart(parts).await?),
    })
}

async fn multipart(parts: &[Part]) -> Result<Form, Error> {
    // Discord wants `files[0]` as it stands; by default the brackets would be encoded. So nothing
    // but `check` keeps a name from breaking out of its quotes.
    let mut form = Form::new().percent_encode_noop();
    for part in parts {
        form = match part {
            Part::Json(name, value) => {
                form.part(*name, WirePart::text(value.to_string()).mime_str("application/json").expect("it is a type"))
            }
            Part::Text(name, value) => form.part(safe(name)?, WirePart::text(value.expose().to_owned())),
            Part::File(file) => form.part(safe(&file.name)?, open(file).await?),
        };
    }
    Ok(form)
}

/// A file's part: its bytes, its name, and the type that the name tells.
async fn open(file: &FilePart) -> Result<WirePart, Error> {
    let part = match &file.source {
        FileSource::Bytes(bytes) => WirePart::stream(bytes.clone()),
        FileSource::Path(path) => {
            let failed = |source| Error::File { path: path.clone(), source };
            let open = tokio::fs::File::open(path).await.map_err(failed)?;
            let about = open.metadata().await.map_err(failed)?;
            // The length goes ahead of the bytes, and a pipe has none.
            if !about.is_file() {
                return Err(Error::NotRegular { path: path.clone() });
            }
            WirePart::stream_with_length(open, about.len())
        }
    };
    let mime = mime_guess::from_path(&file.filename).first_or_octet_stream();
    let part = part.mime_str(mime.essence_str()).expect("a guessed type is a type");
    Ok(part.file_name(safe(&file.filename)?))
}

/// A name that can stand between quotes in a header. Control characters are refused: a line break
/// would end the header. Discord replaces quotes and backslashes itself when it stores a file.
fn safe(name: &str) -> Result<String, Error> {
    if name.chars().any(char::is_control) {
        return Err(Error::FileName(name.to_owned()));
    }
    Ok(name.replace(['"', '\\'], "_"))
}
