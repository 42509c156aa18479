//! Starts a sandbox with the options of `serve` and `run`.

use std::time::Duration;

use clap::ArgMatches;

use crate::error::{Error, Result};
use crate::sandbox::gateway::{Flood, Settings};
use crate::sandbox::{Options, Sandbox, Seed, StartError};
use crate::store;

/// `300000`, or `events=300000,rate=2000,size=1200`.
pub fn flood(text: &str) -> Result<Flood, &'static str> {
    const WRONG: &str = "write a number, or events=300000,rate=2000,size=1200";
    /// About the size of a real message event in bytes.
    const SIZE: usize = 1200;
    let mut flood = Flood { events: 0, rate: None, size: SIZE };
    for part in text.split(',') {
        let (name, value) = part.split_once('=').unwrap_or(("events", part));
        match name {
            "events" => flood.events = value.parse().map_err(|_| WRONG)?,
            "rate" => {
                let rate = value.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
                flood.rate = Some(rate.ok_or(WRONG)?);
            }
            "size" => flood.size = value.parse().ok().filter(|size| *size <= 1 << 20).ok_or(WRONG)?,
            _ => return Err(WRONG),
        }
    }
    if flood.events == 0 { Err(WRONG) } else { Ok(flood) }
}

/// Reads the options for the sandbox.
pub fn read(matches: &ArgMatches) -> Options {
    let list = |name: &str| matches.get_many::<String>(name).into_iter().flatten().cloned().collect();
    let number = |name: &str| matches.get_one::<u32>(name).copied();
    let port = |name: &str| matches.get_one::<u16>(name).copied().unwrap_or(0);
    let default = Settings::default();
    Options {
        seed: matches.get_one::<Seed>("seed").copied().unwrap_or_default(),
        port: port("port"),
        gateway_port: port("gateway-port"),
        no_obfuscation: matches.get_flag("no-obfuscation"),
        limits: list("limit"),
        faults: list("fault"),
        gateway: Settings {
            heartbeat_interval: matches.get_one::<Duration>("heartbeat").copied().unwrap_or(default.heartbeat_interval),
            shards: number("advised-shards").unwrap_or(default.shards),
            max_concurrency: number("max-concurrency").unwrap_or(default.max_concurrency),
            session_start_total: number("session-starts").unwrap_or(default.session_start_total),
            privileged: matches.get_one::<u64>("privileged").copied().unwrap_or(default.privileged),
            ..default
        },
    }
}

/// Starts a sandbox with the options on the command line.
pub async fn start(matches: &ArgMatches) -> Result<Sandbox> {
    let sandbox = Sandbox::start(read(matches)).await?;
    if let Some(flood) = matches.get_one::<Flood>("flood") {
        sandbox.hub().flood(*flood);
    }
    Ok(sandbox)
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        match error {
            // Limits and faults were validated when the arguments were parsed.
            StartError::Limit(_) | StartError::Fault(_) | StartError::Listen { .. } => Self::Other(error.into()),
        }
    }
}

/// Uses all processors, so that a search in a large seed cannot delay a heartbeat.
pub fn block_on<F: Future>(future: F) -> Result<F::Output> {
    store::reserve_descriptors()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}
