//! The record of a job, with which an interrupted job continues.
//!
//! The first line identifies the job. Before a request is sent, the journal has its line of the input, as a hash; afterwards it
//! has the outcome. Nothing of what the lines contain is in it.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::call::bind::{hashed, random};
use crate::error::{Refused, Result};
use crate::store::{self, JournalFile, JournalLines, JournalWriter};

/// The version of the format.
const VERSION: u32 = 1;

/// Identifies a line of the input by its text and by how many equal lines are before it, so that the input may grow and lines may
/// be put in another order between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    text: u128,
    nth: u32,
}

/// What an earlier run recorded about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    Done,
    /// Discord refused the request.
    Failed,
    /// The request was sent at this time, but its outcome is not recorded or not known.
    Unknown {
        since_ms: i64,
    },
}

/// What came of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    Failed,
    Unknown,
    /// Discord has certainly not carried out the request, and may carry it out later.
    NotSent,
}

/// The first line of a journal.
#[derive(Serialize, Deserialize)]
struct Head {
    dcord_journal: u32,
    job: String,
    command: String,
    /// Hashes of the command's values, and of the token and API URL.
    values: String,
    scope: String,
}

/// Any other line.
#[derive(Serialize, Deserialize)]
struct Entry {
    line: u64,
    id: String,
    /// When the request was sent, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
}

/// The journal of a job.
pub struct Journal {
    job: String,
    past: HashMap<Key, Past>,
    /// How many lines with the same text this run has seen.
    seen: HashMap<u128, u32>,
    writer: JournalWriter,
}

impl Journal {
    /// Opens the journal of a job, or begins it. `identity` is the same for runs of the same job.
    pub async fn open(path: &Path, command: &str, identity: &str, scope: &str) -> Result<Self> {
        let Some(mut file) = JournalFile::open(path)? else {
            return Err(Refused::JournalTaken { path: path.to_owned() }.into());
        };
        let mut head: Option<Head> = None;
        let mut past = HashMap::new();
        let is_journal = file.read(|line| {
            if head.is_none() {
                head = serde_json::from_slice(line).ok().filter(|head: &Head| head.dcord_journal == VERSION);
                return head.is_some();
            }
            serde_json::from_slice(line).is_ok_and(|entry: Entry| recall(&mut past, &entry))
        })?;
        if !is_journal {
            return Err(Refused::NotAJournal { path: path.to_owned() }.into());
        }
        let job = head.as_ref().map_or_else(|| format!("{:032x}", random()), |head| head.job.clone());
        // With the job's random name, equal commands have different hashes, so that a hash reveals nothing about the values.
        let own = |text: &str| format!("{:032x}", hashed(&format!("{job} {text}")));
        let (values, scope) = (own(identity), own(scope));
        let other = |what| Err(Refused::OtherJournal { path: path.to_owned(), what }.into());
        match &head {
            Some(head) if head.command != command => return other("command"),
            Some(head) if head.scope != scope => return other("token or API URL"),
            Some(head) if head.values != values => return other("command line"),
            _ => {}
        }
        let writer = file.write()?;
        if head.is_none() {
            let head = Head { dcord_journal: VERSION, job: job.clone(), command: command.to_owned(), values, scope };
            writer.lines().append(serde_json::to_string(&head)?).await?;
        }
        Ok(Self { job, past, seen: HashMap::new(), writer })
    }

    /// The next line of the input, and what an earlier run recorded about it.
    pub fn next(&mut self, text: &str) -> (Key, Option<Past>) {
        let text = hashed(&format!("{} {text}", self.job));
        let seen = self.seen.entry(text).or_default();
        let key = Key { text, nth: *seen };
        *seen += 1;
        (key, self.past.get(&key).copied())
    }

    /// The record of a line, to which its task adds.
    pub fn record(&self, key: Key, line: u64) -> Record {
        Record { line, key, lines: self.writer.lines().clone() }
    }

    /// What the nonce of a line's message is made from, the same in each run.
    pub fn nonce(&self, key: Key) -> String {
        format!("{} {}", self.job, key.name())
    }
}

/// The record of one line.
pub struct Record {
    line: u64,
    key: Key,
    lines: JournalLines,
}

impl Record {
    /// Records that the request is about to be sent.
    pub async fn sending(&self, now_ms: i64) -> Result<(), store::Error> {
        self.append(Some(now_ms), None).await
    }

    pub async fn ended(&self, outcome: Outcome) -> Result<(), store::Error> {
        self.append(None, Some(outcome)).await
    }

    async fn append(&self, sent: Option<i64>, outcome: Option<Outcome>) -> Result<(), store::Error> {
        let entry = Entry { line: self.line, id: self.key.name(), sent, outcome };
        let line = serde_json::to_string(&entry).expect("an entry has only texts and numbers");
        self.lines.append(line).await
    }
}

impl Key {
    fn name(self) -> String {
        format!("{:032x}.{}", self.text, self.nth)
    }

    fn parse(name: &str) -> Option<Self> {
        let (text, nth) = name.split_once('.')?;
        Some(Self { text: u128::from_str_radix(text, 16).ok()?, nth: nth.parse().ok()? })
    }
}

/// Adds an entry to what is known of the lines. Returns whether the entry is valid.
fn recall(past: &mut HashMap<Key, Past>, entry: &Entry) -> bool {
    let Some(key) = Key::parse(&entry.id) else { return false };
    let since_ms = |past: &HashMap<Key, Past>| match past.get(&key) {
        Some(Past::Unknown { since_ms }) => *since_ms,
        _ => 0,
    };
    let now = match (entry.sent, entry.outcome) {
        (Some(since_ms), None) => Past::Unknown { since_ms },
        (None, Some(Outcome::Done)) => Past::Done,
        (None, Some(Outcome::Failed)) => Past::Failed,
        (None, Some(Outcome::Unknown)) => Past::Unknown { since_ms: since_ms(past) },
        (None, Some(Outcome::NotSent)) => {
            past.remove(&key);
            return true;
        }
        _ => return false,
    };
    past.insert(key, now);
    true
}
