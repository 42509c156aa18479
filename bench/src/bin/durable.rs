//! Kills a durable listener repeatedly, and its gateway too, and checks that the output of its processes is complete:
//! `durable DCORD [--events N] [--kills N] [--outages N] [--shards N]
//! [--rate N]`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::value::RawValue;
use tempfile::TempDir;

/// The parameters of a run. Each number is a total.
#[derive(Clone, Copy)]
struct Plan {
    /// Per shard.
    events: u64,
    /// Kills of the listener.
    kills: u64,
    /// Kills of the gateway.
    outages: u64,
    shards: u32,
    /// Events per second and shard. The default is a tenth of `events`: without a rate, all remaining events could
    /// arrive between two kills.
    rate: Option<u64>,
}

/// A run that takes longer than this hangs.
const LONGEST: Duration = Duration::from_secs(900);

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let dcord = args.next().map(PathBuf::from).filter(|path| path.is_file()).context("the first argument is dcord")?;
    let mut plan = Plan { events: 100_000, kills: 50, outages: 0, shards: 1, rate: None };
    while let Some(flag) = args.next() {
        let value = args.next().with_context(|| format!("{flag} needs a number"))?;
        match flag.as_str() {
            "--events" => plan.events = value.parse()?,
            "--kills" => plan.kills = value.parse()?,
            "--outages" => plan.outages = value.parse()?,
            "--rate" => plan.rate = Some(value.parse()?),
            "--shards" => plan.shards = value.parse()?,
            _ => bail!("{flag} is no flag of this"),
        }
    }
    std::thread::spawn(|| {
        std::thread::sleep(LONGEST);
        eprintln!("it hangs");
        std::process::exit(1);
    });
    run(&dcord, plan)
}

fn run(dcord: &Path, plan: Plan) -> Result<()> {
    let Plan { events, kills, outages, shards, .. } = plan;
    let began = Instant::now();
    let home = TempDir::new()?;
    let mut gateway = Gateway::start(dcord, &home, (0, 0), plan)?;
    let mut shown: Vec<Shown> = (0..shards).map(|_| Shown::default()).collect();
    let mut totals = Totals::default();
    let mut wanted = events;
    for outage in 0..=outages {
        // Each gateway process covers an equal part of the events and of the kills.
        let part = wanted / (outages - outage + 1);
        let count = kills * (outage + 1) / (outages + 1) - kills * outage / (outages + 1);
        for lives in (1..=count).rev() {
            // Spreads the kills over the remaining events, so that each process is killed before the end.
            let to_come = shown.iter().map(|shown| part.saturating_sub(shown.flooded)).sum::<u64>();
            ensure!(to_come > 0, "all events came, and {lives} kills were still to do: use a lower rate");
            let most = fastrand::u64(1..=(2 * to_come / (lives + 1)).max(1));
            let mut listener = Listener::start(dcord, &home, &gateway, plan)?;
            listener.read(&mut shown, &mut totals, |shown, read| {
                read >= most || shown.iter().all(|shown| shown.flooded >= part)
            })?;
            listener.kill(&mut shown, &mut totals)?;
        }
        let mut listener = Listener::start(dcord, &home, &gateway, plan)?;
        listener.read(&mut shown, &mut totals, |shown, _| shown.iter().all(|shown| shown.flooded >= part))?;
        if outage < outages {
            wanted = wanted.saturating_sub(shown.iter().map(|shown| shown.flooded).min().unwrap_or(0)).max(1);
            let sessions: Vec<usize> = shown.iter().map(|shown| shown.sessions).collect();
            gateway = gateway.restart(dcord, &home, plan)?;
            listener.read(&mut shown, &mut totals, |shown, _| {
                shown.iter().zip(&sessions).all(|(shown, before)| shown.sessions > *before)
            })?;
        }
        listener.kill(&mut shown, &mut totals)?;
    }
    for (shard, shown) in shown.iter_mut().enumerate() {
        shown.end_session(shard, &mut totals)?;
        ensure!(
            shown.gaps as u64 >= outages && shown.sessions as u64 == outages + 1,
            "shard {shard}: {} sessions, {} gaps, {outages} outages",
            shown.sessions,
            shown.gaps
        );
    }
    let Totals { lines, events, repeats, torn, kills } = totals;
    let gaps: usize = shown.iter().map(|s| s.gaps).sum();
    println!(
        "{events} events of {shards} shards, {kills} kills, {outages} outages: none missing; {lines} lines, \
         {repeats} of them repeats, {torn} torn, {gaps} gaps told; {:.1} s",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

#[derive(Default)]
struct Totals {
    lines: u64,
    events: u64,
    repeats: u64,
    torn: u64,
    kills: u64,
}

/// The output of one shard.
#[derive(Default)]
struct Shown {
    /// Sequence numbers of the current session.
    seqs: BTreeSet<u64>,
    /// The id of the session, from READY.
    session: Option<String>,
    /// The highest sequence number of the session's flood.
    flooded: u64,
    sessions: usize,
    /// The number of reported gaps, and the number of sessions that began after a gap.
    gaps: usize,
    gap_told: bool,
    /// The highest sequence number that this process wrote.
    process: u64,
}

#[derive(Deserialize)]
struct Line<'a> {
    shard: (usize, u32),
    t: &'a str,
    s: Option<u64>,
    #[serde(borrow)]
    d: &'a RawValue,
}

impl Shown {
    fn line(&mut self, line: &Line<'_>, totals: &mut Totals) -> Result<()> {
        let shard = line.shard.0;
        if line.t == "DCORD_GAP" {
            self.gaps += 1;
            self.gap_told = true;
        }
        let Some(seq) = line.s else { return Ok(()) };
        if line.t == "READY" {
            #[derive(Deserialize)]
            struct Ready {
                session_id: String,
            }
            let ready: Ready = serde_json::from_str(line.d.get())?;
            if self.session.as_ref() != Some(&ready.session_id) {
                ensure!(self.session.is_none() || self.gap_told, "shard {shard}: a session was lost without a word");
                self.end_session(shard, totals)?;
                *self = Self {
                    session: Some(ready.session_id),
                    sessions: self.sessions + 1,
                    gaps: self.gaps,
                    ..Self::default()
                };
            }
        }
        ensure!(!self.gap_told, "shard {shard}: a gap was told, and the session goes on");
        ensure!(seq > self.process, "shard {shard}: {seq} came after {} in one process", self.process);
        self.process = seq;
        if line.t == "MESSAGE_CREATE" {
            #[derive(Deserialize)]
            struct Message<'a> {
                nonce: &'a str,
            }
            let message: Message<'_> = serde_json::from_str(line.d.get())?;
            self.flooded = self.flooded.max(message.nonce.parse()?);
        }
        if !self.seqs.insert(seq) {
            totals.repeats += 1;
        }
        Ok(())
    }

    fn end_session(&mut self, shard: usize, totals: &mut Totals) -> Result<()> {
        let last = self.seqs.last().copied().unwrap_or(0);
        let missing: Vec<u64> = (1..=last).filter(|seq| !self.seqs.contains(seq)).take(10).collect();
        ensure!(missing.is_empty(), "shard {shard}: of {last} numbers these are missing: {missing:?} …");
        totals.events += last;
        Ok(())
    }
}

/// A process of `dcord listen`.
struct Listener {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Listener {
    fn start(dcord: &Path, home: &TempDir, gateway: &Gateway, plan: Plan) -> Result<Self> {
        let mut child = Command::new(dcord)
            .env_clear()
            .env("HOME", home.path())
            .env("DCORD_STATE_DIR", home.path().join("state"))
            .env("DCORD_API_URL", &gateway.told.api_url)
            .env("DCORD_TOKEN", &gateway.told.token)
            .args(["listen", "-q", "--meta", "--consumer", "killed", "--intents", "guild-messages", "--shards"])
            .arg(plan.shards.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("it has a pipe")?);
        Ok(Self { child, output })
    }

    /// Reads this number of lines.
    fn read(&mut self, shown: &mut [Shown], totals: &mut Totals, enough: impl Fn(&[Shown], u64) -> bool) -> Result<()> {
        let mut read = 0;
        while !enough(shown, read) {
            ensure!(self.line(shown, totals)?, "the listener ended by itself: {:?}", self.child.wait());
            read += 1;
        }
        Ok(())
    }

    /// Reads one line. Returns false at the end. A partial line is ignored: the next process must write it whole.
    fn line(&mut self, shown: &mut [Shown], totals: &mut Totals) -> Result<bool> {
        let mut text = String::new();
        if self.output.read_line(&mut text)? == 0 {
            return Ok(false);
        }
        let Some(text) = text.strip_suffix('\n') else {
            totals.torn += 1;
            return Ok(true);
        };
        let line: Line<'_> = serde_json::from_str(text).with_context(|| format!("no whole line: {text}"))?;
        totals.lines += 1;
        shown.get_mut(line.shard.0).context("a shard that was not asked for")?.line(&line, totals)?;
        Ok(true)
    }

    /// Kills the process, and reads what it had written.
    fn kill(mut self, shown: &mut [Shown], totals: &mut Totals) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        totals.kills += 1;
        while self.line(shown, totals)? {}
        for shown in shown {
            shown.process = 0;
        }
        Ok(())
    }
}

/// The process of the sandbox.
struct Gateway {
    child: Child,
    told: Told,
}

#[derive(Deserialize)]
struct Told {
    api_url: String,
    gateway_url: String,
    token: String,
}

impl Gateway {
    fn start(dcord: &Path, home: &TempDir, (rest, gateway): (u16, u16), plan: Plan) -> Result<Self> {
        let Plan { events, shards, .. } = plan;
        let rate = plan.rate.unwrap_or(events.div_ceil(10));
        let mut child = Command::new(dcord)
            .env_clear()
            .env("HOME", home.path())
            .args(["sandbox", "serve", "-q", "--flood", &format!("events={events},rate={rate},size=600")])
            .args(["--port", &rest.to_string(), "--gateway-port", &gateway.to_string()])
            .args(["--max-concurrency", &shards.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("it has a pipe")?).read_line(&mut line)?;
        let told = serde_json::from_str(&line).with_context(|| format!("the sandbox said {line:?}"))?;
        Ok(Self { child, told })
    }

    /// Kills the process and starts a new one at the same address, which knows no session.
    fn restart(mut self, dcord: &Path, home: &TempDir, plan: Plan) -> Result<Self> {
        let ports = (port(&self.told.api_url)?, port(&self.told.gateway_url)?);
        self.child.kill()?;
        self.child.wait()?;
        Self::start(dcord, home, ports, plan)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn port(url: &str) -> Result<u16> {
    let port = url.rsplit(':').next().and_then(|end| end.split('/').next());
    port.and_then(|port| port.parse().ok()).with_context(|| format!("{url} has no port"))
}
