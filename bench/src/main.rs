//! Measures dcord beside its peers and prints what each costs, with its budget.
//!
//! `measure DCORD [--quick] [ROW…]`; `measure serve EVENTS` is the gateway of its `listen` rows, a
//! process of its own so that its memory is nobody else's.

mod child;
mod events;
mod listen;
mod send;
mod server;
mod table;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use child::Cost;
use table::{Bound, median};

const ROWS: [&str; 6] = ["start", "send", "listen", "latency", "cache", "size"];

/// Nobody's token, of a token's shape.
const TOKEN: &str = "MTE4NjMwMDAwMDAwMDAwMDAwMQ.G00000.000000000000000000000000000000000000000";

/// What is measured, and where it may keep its files.
pub struct Bench {
    dcord: PathBuf,
    home: TempDir,
    quick: bool,
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [serve, events] if serve == "serve" => listen::serve(events.parse()?),
        [dcord, rest @ ..] if Path::new(dcord).is_file() => measure(dcord.into(), rest),
        _ => bail!("usage: measure DCORD [--quick] [{}]", ROWS.join("] [")),
    }
}

fn measure(dcord: PathBuf, args: &[String]) -> Result<()> {
    let (flags, rows): (Vec<&str>, Vec<&str>) = args.iter().map(String::as_str).partition(|a| a.starts_with('-'));
    ensure!(flags.iter().all(|flag| *flag == "--quick"), "the only flag is --quick");
    if let Some(unknown) = rows.iter().find(|row| !ROWS.contains(row)) {
        bail!("{unknown} is no row: {}", ROWS.join(", "));
    }
    let bench = Bench { dcord: dcord.canonicalize()?, home: TempDir::new()?, quick: !flags.is_empty() };
    println!("{} processors; load before: {}", std::thread::available_parallelism()?, load());
    let wanted = |row: &str| rows.is_empty() || rows.contains(&row);
    if wanted("size") {
        size(&bench)?;
    }
    if wanted("start") {
        start(&bench)?;
    }
    if wanted("send") {
        send::measure(&bench)?;
    }
    if wanted("listen") {
        listen::throughput(&bench)?;
    }
    if wanted("latency") {
        listen::latency(&bench)?;
    }
    if wanted("cache") {
        listen::cache(&bench)?;
    }
    println!("\nload after: {}", load());
    Ok(())
}

/// How many processes wanted a processor, over the last 1, 5 and 15 minutes.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

impl Bench {
    /// dcord with nothing of this machine's settings, talking to that API.
    fn dcord(&self, api: &str, args: &[&str]) -> Command {
        let mut command = self.clean(&self.dcord);
        command.env("DCORD_TOKEN", TOKEN).env("DCORD_API_URL", api).args(args);
        command
    }

    /// A program in an empty environment, silent.
    fn clean(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.home.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// A program that was built beside this one.
    fn peer(&self, name: &str) -> Result<PathBuf> {
        let path = std::env::current_exe()?.with_file_name(name);
        ensure!(path.is_file(), "{} is missing: bench/run builds it", path.display());
        Ok(path)
    }
}

/// Runs some commands in turn, so that what else the machine does meets all alike.
fn in_turn(times: usize, commands: &mut [&mut dyn FnMut() -> Result<Cost>]) -> Result<Vec<Vec<Cost>>> {
    let mut costs = vec![Vec::new(); commands.len()];
    for round in 0..=times {
        for (command, costs) in commands.iter_mut().zip(&mut costs) {
            let cost = command()?;
            // The first round warms the caches.
            if round > 0 {
                costs.push(cost);
            }
        }
    }
    Ok(costs)
}

fn cpu_ms(costs: &[Cost]) -> f64 {
    median(costs.iter().map(|c| c.cpu.as_secs_f64() * 1e3).collect())
}

fn wall_ms(costs: &[Cost]) -> f64 {
    median(costs.iter().map(|c| c.wall.as_secs_f64() * 1e3).collect())
}

fn size(bench: &Bench) -> Result<()> {
    table::heading("size");
    let bytes = bench.dcord.metadata().context("dcord is built")?.len();
    table::figure("the release binary", bytes as f64 / f64::from(1 << 20), "MiB", &Bound::Most(15.0));
    Ok(())
}

fn start(bench: &Bench) -> Result<()> {
    table::heading("start-up, with `true` as the floor: medians of whole processes");
    let nowhere = "http://127.0.0.1:1/api/v10";
    let times = if bench.quick { 20 } else { 200 };
    let costs = in_turn(
        times,
        &mut [
            &mut || child::run(&mut bench.clean(Path::new("/bin/true"))),
            &mut || child::run(&mut bench.dcord(nowhere, &["--version"])),
            &mut || child::run(&mut bench.dcord(nowhere, &["message", "send", "--help"])),
            &mut || child::run(&mut bench.dcord(nowhere, &["message", "send", "1", "hello", "--dry-run"])),
        ],
    )?;
    let [floor, version, help, dry] = &costs[..] else { bail!("a result for each command") };
    let bound = [Bound::Most(1.0), Bound::None, Bound::None];
    for ((what, costs), bound) in
        [("--version", version), ("message send --help", help), ("message send --dry-run", dry)].iter().zip(bound)
    {
        table::figure(format!("{what}, CPU"), cpu_ms(costs), "ms", &bound);
        table::beside(format!("{what}, CPU"), cpu_ms(costs), "ms", "true", cpu_ms(floor), &Bound::None);
        table::beside(format!("{what}, wall"), wall_ms(costs), "ms", "true", wall_ms(floor), &Bound::None);
    }
    Ok(())
}
