//! Measures `listen` on a prepared stream, side by side with a minimal listener and with twilight.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::child::{self, Cost};
use crate::events::{CHANNELS, Members, Mode};
use crate::server::Server;
use crate::table::{self, Bound, median, percentile};
use crate::{Bench, Turn};

const EVENTS: usize = 300_000;
const QUICK_EVENTS: usize = 30_000;
const SHARDS: usize = 16;
const RATE: u32 = 2000;
const SECONDS: u32 = 10;
const CACHE_SECONDS: u32 = 15;

/// The process of the gateway. It prints its address, and exits when its standard input is closed.
pub fn serve(events: usize) -> Result<()> {
    let server = Server::start(events, &Mode::ALL, Members::Changing, None)?;
    println!("{}", server.address);
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

struct Gateway {
    child: Child,
    /// The process exits when this pipe is dropped.
    stdin: Option<ChildStdin>,
    address: String,
}

impl Gateway {
    fn start(events: usize) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", &events.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        let mut address = String::new();
        BufReader::new(child.stdout.take().context("it has a pipe")?).read_line(&mut address)?;
        ensure!(!address.is_empty(), "the gateway did not start");
        Ok(Self { child, stdin, address: address.trim().to_owned() })
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // The measurements are complete, so the process need not be waited for.
        let _ = self.child.wait();
    }
}

/// The stream of a run: the gateway's address, the number of events and the compression.
#[derive(Clone, Copy)]
struct Run<'a> {
    bench: &'a Bench,
    address: &'a str,
    mode: Mode,
    events: usize,
}

impl<'a> Run<'a> {
    /// The same stream, read by another binary.
    fn of<'b>(&self, bench: &'b Bench) -> Run<'b>
    where
        'a: 'b,
    {
        Run { bench, address: self.address, mode: self.mode, events: self.events }
    }

    /// Runs dcord. It also prints READY unless there is a filter.
    fn dcord(&self, more: &[&str]) -> Command {
        let lines = self.events + usize::from(!more.contains(&"--event"));
        self.dcord_lines(lines, more)
    }

    fn dcord_lines(&self, lines: usize, more: &[&str]) -> Command {
        let api = format!("http://{}/{}/api/v10", self.address, self.events);
        let count = lines.to_string();
        let mut command = self.bench.dcord(&api, &["listen", "--compress", self.mode.name(), "--count", &count]);
        // With a shared state folder, each run would wait for the identify slot that the previous run took.
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        command.env("DCORD_STATE_DIR", self.bench.home.path().join(format!("state-{run}")));
        command.args(more);
        command
    }

    fn bare(&self, buffer: usize, prompt: bool) -> Result<Command> {
        let mut command = self.bench.clean(&self.bench.peer("bare")?);
        command.arg(format!("{}/{}", self.address, self.events));
        command.args([self.mode.name(), &self.events.to_string(), &buffer.to_string()]);
        if prompt {
            command.arg("prompt");
        }
        Ok(command)
    }

    fn twilight(&self, prompt: bool) -> Result<Command> {
        let mut command = self.bench.clean(&self.bench.peer(&format!("twilight-{}", self.mode.name()))?);
        command.arg(format!("ws://{}/{}", self.address, self.events)).arg(self.events.to_string());
        if prompt {
            command.arg("prompt");
        }
        Ok(command)
    }

    /// CPU microseconds per event.
    fn cpu(&self, costs: &[Cost]) -> f64 {
        median(costs.iter().map(|c| c.cpu.as_secs_f64() * 1e6 / self.events as f64).collect())
    }

    /// Thousands of events per second.
    fn throughput(&self, costs: &[Cost]) -> f64 {
        median(costs.iter().map(|c| self.events as f64 / c.wall.as_secs_f64() / 1e3).collect())
    }
}

pub fn throughput(bench: &Bench) -> Result<()> {
    let events = if bench.quick { QUICK_EVENTS } else { EVENTS };
    let times = if bench.quick { 1 } else { 7 };
    table::heading(&format!("listen over {events} events: medians of {times} runs"));
    let gateway = Gateway::start(events)?;
    for mode in Mode::ALL {
        let run = Run { bench, address: &gateway.address, mode, events };
        check(&run)?;
        beside(&run, times)?;
    }
    let run = Run { bench, address: &gateway.address, mode: Mode::Zstd, events };
    filters(&run, times)?;
    shards(&run, times)
}

/// Checks that each client prints every event: otherwise the figures could not be compared.
fn check(run: &Run<'_>) -> Result<()> {
    for (name, mut command, lines) in [
        ("dcord", run.dcord(&[]), run.events + 1),
        ("bare", run.bare(64 << 10, false)?, run.events + 2),
        ("twilight", run.twilight(false)?, run.events + 2),
    ] {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let found = BufReader::new(child.stdout.take().context("it has a pipe")?).split(b'\n').count();
        ensure!(child.wait()?.success() && found == lines, "{name} printed {found} lines of {lines}");
    }
    Ok(())
}

fn beside(run: &Run<'_>, times: usize) -> Result<()> {
    let mode = run.mode.name();
    let (bare, twilight, piped) = match run.mode {
        Mode::Zstd => (Bound::Most(1.1), Bound::Most(0.85), Bound::Least(1.8)),
        Mode::Zlib => (Bound::Most(1.0), Bound::Most(0.85), Bound::Least(1.6)),
        Mode::None => (Bound::None, Bound::Most(0.6), Bound::None),
    };
    let peers: Vec<Turn<'_>> = vec![
        Box::new(|| child::run(&mut run.bare(64 << 10, false)?)),
        Box::new(|| child::run(&mut run.twilight(false)?)),
    ];
    let costs = crate::beside(run.bench, times, |bench| child::run(&mut run.of(bench).dcord(&[])), peers)?;
    let [own, least, peer] = &costs.each[..] else { bail!("a result for each command") };
    let what = format!("{mode} to /dev/null, CPU of an event");
    table::beside(&what, run.cpu(own), "µs", "bare", run.cpu(least), &bare);
    table::beside(&what, run.cpu(own), "µs", "twilight", run.cpu(peer), &twilight);
    costs.compare(&what, "µs", |costs| run.cpu(costs));
    peak_memory(format!("{mode}, peak memory"), own, &Bound::Most(16.0));

    let peers: Vec<Turn<'_>> = vec![
        Box::new(|| child::run_into_pipe(&mut run.bare(64 << 10, false)?)),
        Box::new(|| child::run_into_pipe(&mut run.bare(256 << 10, false)?)),
        Box::new(|| child::run_into_pipe(&mut run.twilight(false)?)),
    ];
    let costs = crate::beside(run.bench, times, |bench| child::run_into_pipe(&mut run.of(bench).dcord(&[])), peers)?;
    let [own, small, large, peer] = &costs.each[..] else { bail!("a result for each command") };
    let what = format!("{mode} into a pipe, thousand events a second");
    table::beside(&what, run.throughput(own), "", "bare, 64 KiB", run.throughput(small), &Bound::None);
    table::beside(&what, run.throughput(own), "", "bare, 256 KiB", run.throughput(large), &Bound::None);
    table::beside(&what, run.throughput(own), "", "twilight", run.throughput(peer), &piped);
    costs.compare(&what, "", |costs| run.throughput(costs));
    let what = format!("{mode} into a pipe, CPU of an event");
    table::beside(&what, run.cpu(own), "µs", "twilight", run.cpu(peer), &Bound::None);
    costs.compare(&what, "µs", |costs| run.cpu(costs));
    Ok(())
}

fn peak_memory(what: impl std::fmt::Display, costs: &[Cost], bound: &Bound) {
    let peak = costs.iter().map(|cost| cost.peak).max().unwrap_or_default();
    table::figure(what, peak as f64 / 1024.0, "MiB", bound);
}

/// Measures filters that every event passes, so that the difference is the cost of the check.
fn filters(run: &Run<'_>, times: usize) -> Result<()> {
    let mut flags = vec!["--event", "MESSAGE_CREATE"];
    flags.extend(CHANNELS.iter().flat_map(|channel| ["--channel", channel]));
    let without: Turn<'_> = Box::new(|| child::run(&mut run.dcord(&[])));
    let costs = crate::beside(run.bench, times, |bench| child::run(&mut run.of(bench).dcord(&flags)), vec![without])?;
    let [with, without] = &costs.each[..] else { bail!("a result for each command") };
    let what = "with --event and --channel, CPU of an event";
    table::beside(what, run.cpu(with), "µs", "without", run.cpu(without), &Bound::Most(1.3));
    costs.compare(what, "µs", |costs| run.cpu(costs));
    Ok(())
}

/// Measures the same events spread over shards, on one processor and on two.
fn shards(run: &Run<'_>, times: usize) -> Result<()> {
    let what = format!("{SHARDS} shards on two processors, thousand events a second");
    if std::thread::available_parallelism()?.get() < 2 {
        table::skipped(what, "there is one processor");
        return Ok(());
    }
    let each = Run { events: run.events / SHARDS, ..*run };
    let count = SHARDS.to_string();
    let command = |bench: &Bench, processors| {
        let mut command = each.of(bench).dcord_lines((each.events + 1) * SHARDS, &["--shards", &count]);
        child::on_processors(&mut command, processors);
        child::run(&mut command)
    };
    let one: Turn<'_> = Box::new(|| command(run.bench, 1));
    let costs = crate::beside(run.bench, times, |bench| command(bench, 2), vec![one])?;
    let [two, one] = &costs.each[..] else { bail!("a result for each command") };
    table::beside(&what, run.throughput(two), "", "one processor", run.throughput(one), &Bound::Least(1.8));
    costs.compare(&what, "", |costs| run.throughput(costs));
    let most = 16.0 + (SHARDS - 1) as f64;
    peak_memory(format!("{SHARDS} shards, peak memory"), two, &Bound::Most(most));
    Ok(())
}

/// Measures events that arrive one at a time: the CPU time per event, and the time from the gateway's socket to the
/// reader of the client's standard output, by one clock. All programs write each event immediately.
pub fn latency(bench: &Bench) -> Result<()> {
    let seconds = if bench.quick { 1 } else { SECONDS };
    let times = if bench.quick { 1 } else { 3 };
    let events = (RATE * seconds) as usize;
    table::heading(&format!("{RATE} events a second, over {seconds} s: medians of {times} runs"));
    for mode in [Mode::Zstd, Mode::None] {
        let server = Server::start(events, &[mode], Members::Changing, Some(RATE))?;
        let address = server.address.to_string();
        let run = Run { bench, address: &address, mode, events };
        let (mut own, mut least, mut peer) = <(Measured, Measured, Measured)>::default();
        let mut base = bench.base.as_deref().map(|base| (base, Measured::default()));
        for _ in 0..times {
            own.add(delays(&server, &mut run.dcord(&[]), 1, events)?);
            least.add(delays(&server, &mut run.bare(64 << 10, true)?, 2, events)?);
            peer.add(delays(&server, &mut run.twilight(true)?, 2, events)?);
            if let Some((base, measured)) = &mut base {
                measured.add(delays(&server, &mut run.of(base).dcord(&[]), 1, events)?);
            }
        }
        // The budgets hold for the default compression.
        let [cpu, p50, p99] = match mode {
            Mode::Zstd => [1.0, 1.2, 1.0].map(Bound::Most),
            _ => [Bound::None, Bound::None, Bound::None],
        };
        let mode = mode.name();
        let what = format!("{mode}, CPU of an event");
        table::beside(&what, run.cpu(&own.costs), "µs", "twilight", run.cpu(&peer.costs), &cpu);
        table::beside(&what, run.cpu(&own.costs), "µs", "bare", run.cpu(&least.costs), &Bound::None);
        if let Some((_, base)) = &base {
            table::beside(&what, run.cpu(&own.costs), "µs", "base", run.cpu(&base.costs), &Bound::None);
        }
        for (name, part, bound) in [("p50", 0.5, p50), ("p99", 0.99, p99)] {
            let what = format!("{mode}, arrival to stdout, {name}");
            let delay = own.delay(part);
            table::beside(&what, delay, "ms", "bare", least.delay(part), &bound);
            table::beside(&what, delay, "ms", "twilight", peer.delay(part), &Bound::None);
            if let Some((_, base)) = &mut base {
                table::beside(&what, delay, "ms", "base", base.delay(part), &Bound::None);
            }
        }
    }
    Ok(())
}

/// Measures what caching the events costs, in CPU and in time until they are printed.
pub fn cache(bench: &Bench) -> Result<()> {
    let seconds = if bench.quick { 5 } else { CACHE_SECONDS };
    let events = (RATE * seconds) as usize;
    let times = if bench.quick { 1 } else { 3 };
    table::heading(&format!("the cache on, {RATE} events a second over {seconds} s: medians of {times} runs"));
    for (people, members, most) in [
        ("people as they are", Members::Steady, Bound::Most(20.0)),
        ("each message changes its author", Members::Changing, Bound::None),
    ] {
        let server = Server::start(events, &[Mode::Zstd], members, Some(RATE))?;
        let address = server.address.to_string();
        let run = Run { bench, address: &address, mode: Mode::Zstd, events };
        let (mut off, mut on) = (Measured::default(), Measured::default());
        for _ in 0..times {
            off.add(delays(&server, &mut run.dcord(&["--no-cache"]), 1, events)?);
            // Each run begins with an empty cache, the most expensive case: every user must be inserted.
            let folder = tempfile::tempdir_in(bench.home.path())?;
            let mut enable = bench.dcord(&format!("http://{address}/{events}/api/v10"), &["cache", "enable"]);
            child::run(enable.env("DCORD_CACHE_DIR", folder.path()))?;
            on.add(delays(&server, run.dcord(&[]).env("DCORD_CACHE_DIR", folder.path()), 1, events)?);
        }
        let (with, without) = (run.cpu(&on.costs), run.cpu(&off.costs));
        println!("  {people}");
        table::figure("the cache's CPU of an event", with - without, "µs", &most);
        table::beside("CPU of an event", with, "µs", "off", without, &Bound::None);
        for (name, part) in [("p50", 0.5), ("p99", 0.99)] {
            let what = format!("arrival to stdout, {name}");
            table::beside(&what, on.delay(part), "ms", "off", off.delay(part), &Bound::None);
        }
        peak_memory("peak memory", &on.costs, &Bound::None);
    }
    Ok(())
}

/// The runs of one program.
#[derive(Default)]
struct Measured {
    costs: Vec<Cost>,
    delays: Vec<Vec<f64>>,
}

impl Measured {
    fn add(&mut self, (delays, cost): (Vec<f64>, Cost)) {
        self.delays.push(delays);
        self.costs.push(cost);
    }

    /// The median over the runs of a percentile.
    fn delay(&mut self, part: f64) -> f64 {
        median(self.delays.iter_mut().map(|delays| percentile(delays, part)).collect())
    }
}

/// Returns the milliseconds of each event and the cost of the client. The client prints `before` lines before the first
/// event.
fn delays(server: &Server, command: &mut Command, before: usize, events: usize) -> Result<(Vec<f64>, Cost)> {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut output = child.stdout.take().context("it has a pipe")?;
    let mut buffer = vec![0; 1 << 20];
    let mut delays = Vec::with_capacity(events);
    let mut line = 0;
    loop {
        let length = output.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        let lines = buffer[..length].iter().filter(|byte| **byte == b'\n').count();
        for _ in 0..lines {
            if line >= before {
                let (sent, now) = server.sent_and_now(line - before)?;
                delays.push(now.saturating_sub(sent) as f64 / 1e6);
            }
            line += 1;
        }
    }
    let cost = child::wait(&child, began)?.with_context(|| format!("{command:?} failed"))?;
    ensure!(delays.len() == events, "{} of {events} events came", delays.len());
    // The first tenth belongs to the start-up, with cold pages and caches.
    Ok((delays.split_off(events / 10), cost))
}
