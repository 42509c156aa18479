//! Converts the parsed command line of an endpoint to the values of a call.

use std::path::PathBuf;

use clap::ArgMatches;

use super::globals;
use crate::call::bind::{Error, Field, IfUnsure, Overflow, Trust, Values};
use crate::call::each::Options;
use crate::catalogue::{Endpoint, Param, ParamKind};

/// The argument for positional words.
pub const TARGETS: &str = "target";

/// Collects the values from clap's result.
///
/// `raw` contains the words of the command line, because clap does not report which name of a flag was used.
pub fn values(endpoint: &'static Endpoint, matches: &ArgMatches, raw: &[String]) -> Values {
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
            fields.push(Field {
                param,
                flag: as_typed(param, raw),
                texts: given,
                order,
                in_files: false,
                trust: Trust::Full,
            });
        }
        if param.kind == ParamKind::Text {
            let twin = format!("{flag}-file");
            let given = texts(&twin);
            if !given.is_empty() {
                let order = order(&twin);
                fields.push(Field {
                    param,
                    flag: format!("--{twin}"),
                    texts: given,
                    order,
                    in_files: true,
                    trust: Trust::Full,
                });
            }
        }
    }
    Values {
        secret_name: None,
        optional_pings: None,
        targets: texts(TARGETS),
        fields,
        guild: text(globals::GUILD),
        body: text(globals::BODY),
        unset: texts(globals::UNSET),
        reason: text(globals::REASON),
        ping: texts(globals::PING),
        key: text(globals::KEY),
        if_unsure: text(globals::IF_UNSURE).map(|name| IfUnsure::of_name(&name)).unwrap_or_default(),
        cached: text(globals::CACHED),
        overflow: text(globals::OVERFLOW).map(|name| Overflow::of_name(&name)).unwrap_or_default(),
        made_files: Vec::new(),
        no_validate: set(globals::NO_VALIDATE),
        limit: matches.try_get_one::<u64>(globals::LIMIT).ok().flatten().copied(),
        all: set(globals::ALL),
    }
}

/// What the command line says about a job with one call per line, if it asks for one.
pub fn lines(matches: &ArgMatches) -> Option<Options> {
    let text = |id: &str| matches.try_get_one::<String>(id).ok().flatten().cloned();
    let set = |id: &str| matches.try_get_one::<bool>(id).ok().flatten().copied().unwrap_or(false);
    let take = matches.try_get_many::<String>(globals::TAKE).ok().flatten();
    Some(Options {
        input: text(globals::EACH)?,
        take: take.map(|names| names.cloned().collect()).unwrap_or_default(),
        journal: matches.try_get_one::<PathBuf>(globals::JOURNAL).ok().flatten().cloned(),
        retry_failed: set(globals::RETRY_FAILED),
        retry_unknown: set(globals::RETRY_UNKNOWN),
    })
}

/// The flag of a parameter, under the name that was used last: its own name or its alias.
fn as_typed(param: &Param, raw: &[String]) -> String {
    let own = format!("--{}", param.flag());
    let Some(alias) = param.alias.map(|alias| format!("--{alias}")) else { return own };
    let name = |word: &String| word.split('=').next().unwrap_or_default().to_owned();
    let options = raw.iter().take_while(|word| *word != "--").map(name);
    options.filter(|name| *name == own || *name == alias).last().unwrap_or(own)
}

/// Returns an error for `--tts false` and `--dry-run curl`, in which the word would silently become a target or a
/// text.
pub fn bare_booleans(endpoint: &Endpoint, words: &[String]) -> Result<(), Error> {
    for pair in words.windows(2) {
        let (flag, text) = (&pair[0], &pair[1]);
        if flag == "--" {
            return Ok(());
        }
        let Some(name) = flag.strip_prefix("--") else { continue };
        let boolean = endpoint.all_params().any(|p| p.kind == ParamKind::Boolean && p.flag() == name);
        let is_form = flag == "--dry-run" && ["curl", "request"].contains(&text.as_str());
        if is_form || boolean && ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Err(Error::BareBoolean { flag: flag.clone(), text: text.clone() });
        }
    }
    Ok(())
}
