//! One file of a message: its name on disk, and its download.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt as _;

use crate::model::fault;
use crate::rest::Downloads;
use crate::rest::download::DownloadError;

/// The maximum length of an extension.
const LONGEST_EXTENSION: usize = 10;

/// A file that is attached to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub id: u64,
    /// The name on disk. It contains only digits, letters, `-` and `.`, whatever the name of the file is in Discord.
    pub name: String,
    pub url: String,
    pub size: u64,
}

impl Attachment {
    /// The files of a message and of the messages that it forwards.
    pub fn of_message(message: &Value) -> Vec<Self> {
        let Some(id) = message["id"].as_str().and_then(|id| id.parse::<u64>().ok()) else { return Vec::new() };
        let list = |message: &Value| message["attachments"].as_array().cloned().unwrap_or_default();
        let snapshots = message["message_snapshots"].as_array().into_iter().flatten();
        let forwarded = snapshots.flat_map(|snapshot| list(&snapshot["message"]));
        let files = list(message).into_iter().chain(forwarded).enumerate();
        let read = |(at, file): (usize, Value)| {
            let extension = extension(file["filename"].as_str().unwrap_or_default());
            Some(Self {
                id: file["id"].as_str()?.parse().ok()?,
                name: format!("{id}-{at}{extension}"),
                url: file["url"].as_str()?.to_owned(),
                size: file["size"].as_u64()?,
            })
        };
        files.filter_map(read).collect()
    }

    /// Whether the signed URL has expired. Source: Discord's reference, "Signed Attachment CDN URLs".
    pub fn is_expired(&self, now_ms: i64) -> bool {
        /// A URL that expires during the download is not used.
        const MARGIN_MS: i64 = 60_000;
        let Some((_, query)) = self.url.split_once('?') else { return false };
        let expires = query.split('&').find_map(|pair| pair.strip_prefix("ex="));
        let seconds = expires.and_then(|hex| i64::from_str_radix(hex, 16).ok());
        seconds.is_some_and(|seconds| seconds.saturating_mul(1000) <= now_ms + MARGIN_MS)
    }
}

/// `.png`, or an empty text if a file has no plain extension.
fn extension(filename: &str) -> String {
    let Some((_, extension)) = filename.rsplit_once('.') else { return String::new() };
    let is_plain = extension.bytes().all(|b| b.is_ascii_alphanumeric());
    match extension.len() {
        1..=LONGEST_EXTENSION if is_plain => format!(".{}", extension.to_ascii_lowercase()),
        _ => String::new(),
    }
}

/// Why a file is not on disk.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Download(#[from] DownloadError),
    #[error("cannot write {}: {}", .path.display(), fault::words(.source))]
    Write { path: PathBuf, source: io::Error },
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    #[error("it has {found} bytes, but the message says {expected}")]
    Size { found: u64, expected: u64 },
    #[error("Discord no longer has the file")]
    Gone,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Downloaded,
    /// The file was complete already.
    Present,
}

/// Downloads a file, unless it is complete already. An incomplete file keeps the extension `.part`, and the next download
/// continues it.
pub async fn download(downloads: &Downloads, file: &Attachment, folder: &Path) -> Result<Done, Failure> {
    let path = folder.join(&file.name);
    if length(&path).await? == Some(file.size) {
        return Ok(Done::Present);
    }
    let part = folder.join(format!("{}.part", file.name));
    let mut attempt = 0;
    loop {
        match fetch(downloads, file, &part).await {
            Ok(()) => break,
            Err(Failure::Download(error)) if error.is_temporary() && attempt < downloads.retries() => {
                // 1 s, 2 s, 4 s, and so on up to a minute.
                tokio::time::sleep(Duration::from_secs(1 << attempt.min(6))).await;
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
    fs::rename(&part, &path).await.map_err(|source| Failure::Write { path: path.clone(), source })?;
    Ok(Done::Downloaded)
}

/// Makes one attempt to download the rest of a file.
async fn fetch(downloads: &Downloads, file: &Attachment, part: &Path) -> Result<(), Failure> {
    let failed = |source| Failure::Write { path: part.to_owned(), source };
    let size = |found| Failure::Size { found, expected: file.size };
    let mut have = length(part).await?.unwrap_or(0);
    if have > file.size {
        have = 0;
    }
    if have < file.size || file.size == 0 {
        let mut download = downloads.open(&file.url, have).await?;
        have = download.start;
        let mut out = open(part, have).await.map_err(failed)?;
        while let Some(bytes) = download.chunk().await? {
            have += bytes.len() as u64;
            if have > file.size {
                break;
            }
            out.write_all(&bytes).await.map_err(failed)?;
        }
        out.flush().await.map_err(failed)?;
        drop(out);
        if have > file.size {
            // Nothing of it can be trusted.
            fs::remove_file(part).await.map_err(failed)?;
        }
    }
    if have == file.size { Ok(()) } else { Err(size(have)) }
}

/// Opens a partial file to write from a position on.
async fn open(part: &Path, start: u64) -> io::Result<File> {
    let mut options = OpenOptions::new();
    match start {
        0 => options.write(true).create(true).truncate(true),
        _ => options.append(true),
    };
    options.open(part).await
}

/// The length of a file, or `None` if it does not exist. A link could point to a file elsewhere.
async fn length(path: &Path) -> Result<Option<u64>, Failure> {
    match fs::symlink_metadata(path).await {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
        Ok(_) => Err(Failure::NotAFile(path.to_owned())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Failure::Write { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_name_on_disk_contains_nothing_of_a_hostile_name() {
        for (filename, name) in [
            ("photo.PNG", "9-0.png"),
            ("../../etc/passwd", "9-0"),
            ("a.tar.gz", "9-0.gz"),
            ("a.p/ng", "9-0"),
            ("a.pn\u{202e}g", "9-0"),
            ("x.", "9-0"),
            ("x.aVeryLongExtension", "9-0"),
            ("", "9-0"),
            ("..", "9-0"),
            ("C:\\x.exe:stream.txt", "9-0.txt"),
        ] {
            let message = json!({"id": "9", "attachments": [{"id": "1", "filename": filename, "url": "u", "size": 1}]});
            assert_eq!(Attachment::of_message(&message)[0].name, name, "{filename}");
        }
        assert_eq!(Attachment::of_message(&json!({"id": "../x", "attachments": [{"id": "1"}]})), []);
    }

    #[test]
    fn forwarded_files_follow_those_of_the_message() {
        let file = |id: &str| json!({"id": id, "filename": "a.txt", "url": "u", "size": 1});
        let message = json!({"id": "9", "attachments": [file("1")],
            "message_snapshots": [{"message": {"attachments": [file("2")]}}]});
        let names: Vec<_> = Attachment::of_message(&message).into_iter().map(|file| (file.id, file.name)).collect();
        assert_eq!(names, [(1, "9-0.txt".to_owned()), (2, "9-1.txt".to_owned())]);
    }

    #[test]
    fn a_signed_url_expires() {
        let file = |url: &str| Attachment { id: 1, name: String::new(), url: url.to_owned(), size: 1 };
        let now = 0x6a00_0000_i64 * 1000;
        assert!(file("https://a/b?ex=69ffffff&is=1").is_expired(now));
        assert!(file("https://a/b?is=1&ex=6a000010").is_expired(now), "it expires in 16 seconds");
        assert!(!file("https://a/b?ex=6a001000").is_expired(now));
        assert!(!file("https://a/b").is_expired(now));
    }
}
