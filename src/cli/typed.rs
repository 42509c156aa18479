//! What was typed after an endpoint's command, not yet understood.

use clap::ArgMatches;

use super::{Error, globals};
use crate::catalogue::{Endpoint, Kind, Param};

/// The typed words of one call.
#[derive(Debug, Default)]
pub struct Typed {
    /// Positional words, in order.
    pub targets: Vec<String>,
    pub fields: Vec<Field>,
    pub guild: Option<String>,
    pub body: Option<String>,
    pub unset: Vec<String>,
    pub reason: Option<String>,
    pub ping: Vec<String>,
    pub key: Option<String>,
    /// `--cached`: how old an answer from the cache may be.
    pub cached: Option<String>,
    pub no_validate: bool,
    /// `--limit`: how many items in all.
    pub limit: Option<u64>,
    pub all: bool,
}

/// One parameter with the texts given for it.
#[derive(Debug)]
pub struct Field {
    pub param: &'static Param,
    /// The flag as it was typed, for errors: `--content-file`.
    pub flag: String,
    pub texts: Vec<String>,
    /// Where each text stands on the command line: of two, the lower index came first.
    pub order: Vec<usize>,
    /// The texts are paths of files that hold the values.
    pub in_files: bool,
}

/// The positional words' argument.
pub const TARGETS: &str = "target";

impl Typed {
    /// Collects what clap found.
    pub fn new(endpoint: &'static Endpoint, matches: &ArgMatches) -> Self {
        let texts = |id: &str| -> Vec<String> {
            matches.try_get_many::<String>(id).ok().flatten().map(|v| v.cloned().collect()).unwrap_or_default()
        };
        let order = |id: &str| matches.indices_of(id).map(Iterator::collect).unwrap_or_default();
        let text = |id: &str| texts(id).pop();
        let set = |id: &str| matches.try_get_one::<bool>(id).ok().flatten().copied().unwrap_or(false);
        let mut fields = Vec::new();
        for param in endpoint.all_params().filter(|p| p.has_flag()) {
            let flag = param.flag();
            let given = texts(&flag);
            if !given.is_empty() {
                let order = order(&flag);
                fields.push(Field { param, flag: format!("--{flag}"), texts: given, order, in_files: false });
            }
            if param.kind == Kind::Text {
                let twin = format!("{flag}-file");
                let given = texts(&twin);
                if !given.is_empty() {
                    let order = order(&twin);
                    fields.push(Field { param, flag: format!("--{twin}"), texts: given, order, in_files: true });
                }
            }
        }
        Self {
            targets: texts(TARGETS),
            fields,
            guild: text(globals::GUILD),
            body: text(globals::BODY),
            unset: texts(globals::UNSET),
            reason: text(globals::REASON),
            ping: texts(globals::PING),
            key: text(globals::KEY),
            cached: text(globals::CACHED),
            no_validate: set(globals::NO_VALIDATE),
            limit: matches.try_get_one::<u64>(globals::LIMIT).ok().flatten().copied(),
            all: set(globals::ALL),
        }
    }
}

/// Refuses `--tts false`: the word would silently become a target or a text.
pub fn bare_booleans(endpoint: &Endpoint, words: &[String]) -> Result<(), Error> {
    for pair in words.windows(2) {
        let (flag, text) = (&pair[0], &pair[1]);
        if flag == "--" {
            return Ok(());
        }
        let Some(name) = flag.strip_prefix("--") else { continue };
        let boolean = endpoint.all_params().any(|p| p.kind == Kind::Boolean && p.flag() == name);
        if boolean && ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Err(Error::BareBoolean { flag: flag.clone(), text: text.clone() });
        }
    }
    Ok(())
}
