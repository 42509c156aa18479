//! The audit log of a profile: a file with one JSON line for each request that may change something.
//!
//! The line is written before the request is sent, with `null` as its status, which is then replaced by the status of the
//! response, or by 0 if the request was certainly not carried out, such as after a refused connection. A line that keeps `null`
//! means that no response arrived: Discord may have carried out the request.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::App;
use crate::catalogue::Method;
use crate::error::{Refused, Result};
use crate::model::redact::redact;
use crate::model::{private, time};
use crate::rest::{self, Client, Gate, Request, Response};

/// Sends a request of a command. The outer error means that it was not sent.
pub async fn send(app: &App, command: &str, request: &Request) -> Result<Result<Response, rest::Error>> {
    send_by(app, app.client(request.auth)?, command, request, None).await
}

/// Sends a request of a command. If the request may change something and the profile has an audit log, records it first. A
/// request that cannot be recorded is not sent, which is the outer error.
pub async fn send_by(
    app: &App,
    client: &Client,
    command: &str,
    request: &Request,
    gate: Option<&dyn Gate>,
) -> Result<Result<Response, rest::Error>> {
    let entry = match app.settings.audit_log()? {
        Some(path) if request.method != Method::Get => Some(Entry::write(app, path, command, request)?),
        _ => None,
    };
    let response = client.send_through(request, gate).await;
    let status = match &response {
        Ok(response) => Some(response.status.as_u16()),
        Err(error) => match error.status() {
            Some(status) => Some(status.as_u16()),
            None => Some(0).filter(|_| !error.may_be_done()),
        },
    };
    if let (Some(entry), Some(status)) = (entry, status) {
        entry.set_status(app, status);
    }
    Ok(response)
}

/// A line of the log, whose status is not known yet.
struct Entry {
    path: PathBuf,
    file: File,
    /// The place of the status in the file.
    place: u64,
}

/// The end of a line, with the status. A status of three digits and a space takes the place of `null`.
const END: &str = "null}\n";

impl Entry {
    fn write(app: &App, path: PathBuf, command: &str, request: &Request) -> Result<Self, Refused> {
        match append(&path, &line(app, command, request)) {
            Ok((file, place)) => Ok(Self { path, file, place }),
            Err(source) => Err(Refused::AuditLog { path, source }),
        }
    }

    /// Records the status. A failure is only a warning, because the request was sent.
    fn set_status(self, app: &App, status: u16) {
        let Self { path, file, place } = self;
        if let Err(error) = overwrite(file, &path, place, format!("{status:<4}").as_bytes()) {
            let path = path.display();
            app.notices.warn(format_args!("cannot record the status {status} in the audit log {path}: {error}"));
        }
    }
}

fn line(app: &App, command: &str, request: &Request) -> String {
    let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let route = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let route = request.shown_path() + &route;
    let mut line = json!({
        "time": time::rfc3339(app.clock.wall_ms()),
        "profile": app.settings.profile_name(),
        "command": command,
        "method": request.method.name(),
        "route": redact(&route),
        "reason": request.reason.as_deref().map(redact),
        "status": null,
    })
    .to_string();
    line.push('\n');
    line
}

/// Appends a line in one write, so that lines of several processes do not mix. Returns the place of its status.
fn append(path: &Path, line: &str) -> io::Result<(File, u64)> {
    let mut file = private::open_append(path)?;
    private::check_hidden(&file.metadata()?)?;
    private::end_incomplete_line(&mut file, path)?;
    if file.write(line.as_bytes())? != line.len() {
        return Err(io::ErrorKind::WriteZero.into());
    }
    let end = file.stream_position()?;
    Ok((file, end - END.len() as u64))
}

/// Overwrites a part of a file that was opened for appending.
#[cfg(unix)]
fn overwrite(mut file: File, _: &Path, place: u64, bytes: &[u8]) -> io::Result<()> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    // Otherwise the bytes would go to the end of the file, whatever the position.
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::APPEND)?;
    file.seek(SeekFrom::Start(place))?;
    file.write_all(bytes)
}

#[cfg(not(unix))]
fn overwrite(_: File, path: &Path, place: u64, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).open(path)?;
    file.seek(SeekFrom::Start(place))?;
    file.write_all(bytes)
}
