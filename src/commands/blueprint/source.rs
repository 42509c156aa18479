//! The file on the command line, and the checks before a command reads the server.

use std::path::{Path, PathBuf};

use super::document::LineFault;
use crate::call::bind::Bound;
use crate::call::{self, CacheMode, Policy, admission};
use crate::context::Context;
use crate::error::{self, Refused, Report, Result, exit};
use crate::model::text;
use crate::rest::{Body, Part};

/// Checks whether the command may run.
pub async fn begin(context: &Context, policy: &Policy<'_>, bound: &Bound) -> Result<()> {
    let row = bound.endpoint;
    if policy.cache == CacheMode::Offline {
        return Err(Refused::Offline { command: row.words() }.into());
    }
    context.app.authenticate(row.auth);
    admission::check_request(&context.app, policy, Some(row), Some(row), &bound.request).await?;
    call::admit(&context.app, row)
}

/// The file on the command line.
pub struct Source {
    /// Its path, as the user gave it.
    pub name: String,
    /// The folder that paths in the file start from.
    pub folder: PathBuf,
    pub text: String,
}

impl Source {
    /// Takes the file from the command's values.
    pub fn of(bound: &Bound) -> Result<Self> {
        let Body::Multipart(parts) = &bound.request.body else {
            return Err(anyhow::anyhow!("the command has a file").into());
        };
        let file = parts.iter().find_map(|part| match part {
            Part::File(file) => Some(file),
            _ => None,
        });
        let Some(file) = file else { return Err(anyhow::anyhow!("the command has a file").into()) };
        let name = if file.source == "-" { "standard input".to_owned() } else { file.source.clone() };
        let text = String::from_utf8(text::bytes_without_mark(&file.bytes).to_vec())
            .map_err(|_| Box::new(Report::new(exit::USAGE, "usage", format!("{name} is not UTF-8 text"), None)))?;
        let folder = Path::new(&file.source).parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(Self { name, folder, text })
    }

    /// The error for a file with faults, before anything is sent.
    pub fn refuse(&self, faults: &[LineFault]) -> error::Error {
        /// Further faults are only counted.
        const MOST: usize = 10;
        let line = |fault: &LineFault| match fault.line {
            0 => format!("{}: {}", self.name, fault.message),
            line => format!("{}:{line}: {}", self.name, fault.message),
        };
        let mut hints: Vec<String> = faults.iter().skip(1).take(MOST - 1).map(line).collect();
        if faults.len() > MOST {
            hints.push(format!("{} more", faults.len() - MOST));
        }
        let hint = (!hints.is_empty()).then(|| hints.join("\n"));
        Box::new(Report::new(exit::USAGE, "usage", faults.first().map(line).unwrap_or_default(), hint)).into()
    }
}
