//! Downloads the files of messages while these are exported.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;
use tokio::task::JoinSet;

use super::file::{self, Attachment, Done, Failure};
use crate::call::bind::Bound;
use crate::call::{self, CacheMode, Content, Policy, Wants};
use crate::catalogue::rows;
use crate::context::Context;
use crate::error::{Report, Result, exit};
use crate::rest::{Downloads, Request, Text};
use crate::view::counted;

/// How many files to download at the same time.
const AT_ONCE: usize = 4;

/// The downloads of an export.
pub struct Attachments<'a> {
    context: &'a Context,
    policy: Policy<'a>,
    channel: String,
    folder: Arc<PathBuf>,
    downloads: Arc<Downloads>,
    running: JoinSet<(String, Result<Done, Failure>)>,
    /// URLs that Discord has signed again, by the id of the file.
    signed: HashMap<u64, String>,
    downloaded: u64,
    present: u64,
    failed: u64,
}

impl<'a> Attachments<'a> {
    /// Creates the folder.
    pub fn new(context: &'a Context, policy: &Policy<'a>, channel: &str, folder: &str) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|source| {
            let message = format!("cannot create the folder {folder}: {}", crate::model::fault::words(&source));
            Box::new(Report::new(exit::OTHER, "output", message, None))
        })?;
        Ok(Self {
            context,
            policy: Policy { rights: policy.rights.clone(), cache: CacheMode::Network, ..*policy },
            channel: channel.to_owned(),
            folder: Arc::new(folder.into()),
            downloads: Arc::new(context.app.downloads()?),
            running: JoinSet::new(),
            signed: HashMap::new(),
            downloaded: 0,
            present: 0,
            failed: 0,
        })
    }

    /// Begins to download the files of these messages, and waits while too many downloads are running.
    pub async fn add(&mut self, messages: &[&RawValue]) -> Result<()> {
        for message in messages {
            let message: Value = serde_json::from_str(message.get())?;
            for mut file in Attachment::of_message(&message) {
                if file.is_expired(self.context.clock.wall_ms()) {
                    match self.sign(&message, file.id).await? {
                        Some(url) => file.url = url,
                        None => {
                            self.record(&file.name, Err(Failure::Gone));
                            continue;
                        }
                    }
                }
                while self.running.len() >= AT_ONCE {
                    self.wait().await;
                }
                let (downloads, folder) = (Arc::clone(&self.downloads), Arc::clone(&self.folder));
                self.running.spawn(async move {
                    let result = file::download(&downloads, &file, &folder).await;
                    (file.name, result)
                });
            }
        }
        Ok(())
    }

    /// The URL of a file with a new signature. Discord signs the URLs of all messages that it returns, so one page of messages
    /// has those of the following messages too.
    async fn sign(&mut self, message: &Value, file: u64) -> Result<Option<String>> {
        if let Some(url) = self.signed.get(&file) {
            return Ok(Some(url.clone()));
        }
        let Some(id) = message["id"].as_str().and_then(|id| id.parse::<u64>().ok()) else { return Ok(None) };
        let row = rows::LIST_MESSAGES;
        let mut request = Request::new(row);
        request.set_segment("channel_id", Text::Plain(self.channel.clone()));
        let query = [("after", id.saturating_sub(1)), ("limit", 100)];
        request.query.extend(query.map(|(name, value)| (name.to_owned(), value.to_string())));
        let wants = Wants { unstored: true, ..Wants::default() };
        let outcome = call::execute(&self.context.app, Bound::of(row, request), &self.policy, wants).await?;
        self.signed.clear();
        if let Content::Pages(mut listing) = outcome.content
            && let Some(page) = listing.next().await?
        {
            for message in page.items() {
                let files = Attachment::of_message(&serde_json::from_str(message.get())?);
                self.signed.extend(files.into_iter().map(|file| (file.id, file.url)));
            }
        }
        Ok(self.signed.get(&file).cloned())
    }

    /// Waits until one download ends.
    async fn wait(&mut self) {
        if let Some(Ok((name, result))) = self.running.join_next().await {
            self.record(&name, result);
        }
    }

    fn record(&mut self, name: &str, result: Result<Done, Failure>) {
        match result {
            Ok(Done::Downloaded) => self.downloaded += 1,
            Ok(Done::Present) => self.present += 1,
            Err(error) => {
                self.failed += 1;
                self.context.console.warn(format_args!("{name}: {error}"));
            }
        }
    }

    /// Waits for all downloads, and reports those that failed.
    pub async fn finish(&mut self) -> Result<()> {
        while !self.running.is_empty() {
            self.wait().await;
        }
        let Self { downloaded, present, failed, .. } = *self;
        let files = |count| counted(count, "file");
        if self.context.console.options().terminal {
            self.context.console.note(format_args!("downloaded {}; {present} were complete", files(downloaded)));
        }
        if failed == 0 {
            return Ok(());
        }
        let message = format!("{} could not be downloaded", files(failed));
        let hint = "the warnings above say why; run the same command again to download the rest".to_owned();
        Err(Box::new(Report::new(exit::PARTLY, "partial", message, Some(hint))).into())
    }
}
