//! Sends to one rate-limited channel from many processes: `limits DCORD [--lines N] [--each N]`.
//!
//! `--lines` loops run at the same time, and each sends `--each` messages, with one process per message: first without
//! kills, then with every third process killed at a random time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use tempfile::TempDir;

/// The channel's limit: this number of sends per window.
const LIMIT: u32 = 50;
const WINDOW: Duration = Duration::from_secs(5);

/// A run may take longer than the limit requires by this fraction.
const SLACK: f64 = 1.05;

/// In the second run, one of this number of processes is killed.
const KILLED: usize = 3;

/// The latest time after its start at which a process is killed. Most sends wait longer for the limit, so a killed
/// process usually holds a ticket in the queue.
const KILL_WITHIN_MS: u64 = 3000;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let dcord = args.next().map(PathBuf::from).filter(|path| path.is_file()).context("the first argument is dcord")?;
    let dcord = dcord.canonicalize()?;
    let (mut lines, mut each) = (50, 20);
    while let Some(flag) = args.next() {
        let value = args.next().with_context(|| format!("{flag} needs a number"))?.parse()?;
        match flag.as_str() {
            "--lines" => lines = value,
            "--each" => each = value,
            _ => bail!("{flag} is no flag of this"),
        }
    }
    run(&dcord, lines, each, None)?;
    run(&dcord, lines, each, Some(KILLED))
}

fn run(dcord: &Path, lines: usize, each: usize, kill: Option<usize>) -> Result<()> {
    let world = World::start(dcord)?;
    let began = Instant::now();
    let killed: BTreeSet<Message> = thread::scope(|scope| {
        let world = &world;
        let loops: Vec<_> = (0..lines).map(|line| scope.spawn(move || world.send(line, each, kill))).collect();
        let killed = loops.into_iter().map(|line| line.join().expect("a loop returns its errors"));
        killed.collect::<Result<Vec<_>>>().map(|killed| killed.into_iter().flatten().collect())
    })?;
    let took = began.elapsed();
    let sent = world.sent()?;
    let limited = world.limited()?;

    let mut by_line: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (line, turn) in &sent {
        by_line.entry(*line).or_default().push(*turn);
    }
    for (line, turns) in &by_line {
        ensure!(turns.is_sorted_by(|a, b| a < b), "loop {line} sent twice or out of order: {turns:?}");
    }
    let found: BTreeSet<Message> = sent.iter().copied().collect();
    for message in (0..lines).flat_map(|line| (0..each).map(move |turn| (line, turn))) {
        ensure!(found.contains(&message) || killed.contains(&message), "{message:?} is lost");
    }
    ensure!(limited == 0, "{limited} requests were limited");
    // The last window need not elapse.
    let windows = u32::try_from(sent.len())?.div_ceil(LIMIT).saturating_sub(1);
    let own = WINDOW * windows;
    let ratio = took.as_secs_f64() / own.as_secs_f64();
    println!(
        "{} processes in {lines} loops, {} killed: {} messages, each once and in order, none limited; {:.1} s, \
         {ratio:.3} of the limit's own {:.1} s",
        lines * each,
        killed.len(),
        sent.len(),
        took.as_secs_f64(),
        own.as_secs_f64()
    );
    ensure!(ratio <= SLACK, "it took longer than {SLACK} of the limit's own time");
    Ok(())
}

/// The loop that sent the message, and the iteration.
type Message = (usize, usize);

/// A sandbox, and a home folder for its clients.
struct World {
    dcord: PathBuf,
    home: TempDir,
    sandbox: Child,
    told: Told,
}

#[derive(Deserialize)]
struct Told {
    api_url: String,
    token: String,
    channel_id: String,
}

impl World {
    fn start(dcord: &Path) -> Result<Self> {
        let home = TempDir::new()?;
        fs::create_dir(home.path().join("logs"))?;
        let mut sandbox = Command::new(dcord)
            .env_clear()
            .env("HOME", home.path())
            .args(["sandbox", "serve", "-q", "--limit", &format!("message send={LIMIT}/{}s", WINDOW.as_secs())])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(sandbox.stdout.take().context("it has a pipe")?).read_line(&mut line)?;
        let told = serde_json::from_str(&line).with_context(|| format!("the sandbox said {line:?}"))?;
        Ok(Self { dcord: dcord.to_owned(), home, sandbox, told })
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.dcord);
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("DCORD_STATE_DIR", self.home.path().join("state"))
            .env("DCORD_API_URL", &self.told.api_url)
            .env("DCORD_TOKEN", &self.told.token)
            .args(args)
            .stdin(Stdio::null());
        command
    }

    /// Runs one loop, one process after the other. Returns the killed sends.
    fn send(&self, line: usize, each: usize, kill: Option<usize>) -> Result<Vec<Message>> {
        let mut killed = Vec::new();
        for turn in 0..each {
            let log = self.home.path().join(format!("logs/{line}-{turn}"));
            let content = format!("by {line} turn {turn}");
            let mut command = self.command(&["message", "send", &self.told.channel_id, &content, "-q", "--log-file"]);
            let mut child = command.arg(&log).stdout(Stdio::null()).spawn()?;
            if kill.is_some_and(|every| (line + turn).is_multiple_of(every)) {
                thread::sleep(Duration::from_millis(fastrand::u64(..KILL_WITHIN_MS)));
                if child.try_wait()?.is_none() {
                    child.kill()?;
                    child.wait()?;
                    killed.push((line, turn));
                }
            } else {
                ensure!(child.wait()?.success(), "{content} failed");
            }
        }
        Ok(killed)
    }

    /// The messages of the channel, in order.
    fn sent(&self) -> Result<Vec<Message>> {
        let list = ["message", "list", &self.told.channel_id, "--all", "--jq", ".content", "--after", "1"];
        let output = self.command(&list).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout)?;
        let ours = text.lines().filter_map(|line| line.strip_prefix("by ")?.split_once(" turn "));
        ours.map(|(line, turn)| Ok((line.parse()?, turn.parse()?))).collect()
    }

    /// The number of 429 responses in all logs.
    fn limited(&self) -> Result<usize> {
        let mut limited = 0;
        for log in fs::read_dir(self.home.path().join("logs"))? {
            limited += fs::read_to_string(log?.path())?.matches("status=429").count();
        }
        Ok(limited)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.sandbox.kill();
        let _ = self.sandbox.wait();
    }
}
