//! Measures dcord side by side with its peers, and prints the figures with their budgets.
//!
//! `measure DCORD [--quick] [--base DCORD] [ROW…]`. With `--base`, an earlier binary runs alternately with
//! the first one. `measure serve EVENTS` is the gateway of the `listen` rows. It is a separate process, so that its
//! memory does not count as a client's.

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

/// A token that has the right form and belongs to nobody.
const TOKEN: &str = "MTE4NjMwMDAwMDAwMDAwMDAwMQ.G00000.000000000000000000000000000000000000000";

/// The binary to measure, and the folder for its files.
pub struct Bench {
    dcord: PathBuf,
    home: TempDir,
    quick: bool,
    /// An earlier binary to compare with, with its own home folder.
    base: Option<Box<Bench>>,
}

/// One of the commands that run alternately.
type Turn<'a> = Box<dyn FnMut() -> Result<Cost> + 'a>;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [serve, events] if serve == "serve" => listen::serve(events.parse()?),
        [dcord, rest @ ..] if Path::new(dcord).is_file() => measure(dcord.into(), rest),
        _ => bail!("usage: measure DCORD [--quick] [--base DCORD] [{}]", ROWS.join("] [")),
    }
}

fn measure(dcord: PathBuf, args: &[String]) -> Result<()> {
    let (mut quick, mut base, mut rows) = (false, None, Vec::new());
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "--quick" => quick = true,
            "--base" => base = Some(PathBuf::from(args.next().context("--base takes a binary")?)),
            row if ROWS.contains(&row) => rows.push(row),
            other => bail!("{other:?} is neither a flag nor a row: {}", ROWS.join(", ")),
        }
    }
    let bench = |dcord: PathBuf, base| {
        let dcord = dcord.canonicalize().with_context(|| format!("cannot find {}", dcord.display()))?;
        anyhow::Ok(Bench { dcord, home: TempDir::new()?, quick, base })
    };
    let base = base.map(|base| bench(base, None)).transpose()?.map(Box::new);
    let bench = bench(dcord, base)?;
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

/// The load average over the last 1, 5 and 15 minutes.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

impl Bench {
    /// Runs dcord without this machine's settings, against this API URL.
    fn dcord(&self, api: &str, args: &[&str]) -> Command {
        let mut command = self.clean(&self.dcord);
        command.env("DCORD_TOKEN", TOKEN).env("DCORD_API_URL", api).args(args);
        command
    }

    /// Runs a program in an empty environment, without output.
    fn clean(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.home.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// Runs a program of this package.
    fn peer(&self, name: &str) -> Result<PathBuf> {
        let path = std::env::current_exe()?.with_file_name(name);
        ensure!(path.is_file(), "{} is missing: bench/run builds it", path.display());
        Ok(path)
    }
}

/// The costs of commands that ran alternately, with those of the earlier binary if there is one.
struct Costs {
    each: Vec<Vec<Cost>>,
    base: Option<Vec<Cost>>,
}

/// Runs commands alternately, so that other work on the machine affects all of them equally. `own` runs a dcord binary,
/// and `peers` run the other programs.
fn beside<'a>(
    bench: &'a Bench,
    times: usize,
    own: impl Fn(&Bench) -> Result<Cost> + 'a,
    peers: Vec<Turn<'a>>,
) -> Result<Costs> {
    let own = &own;
    let mut turns: Vec<Turn<'_>> = vec![Box::new(move || own(bench))];
    turns.extend(peers);
    let base = bench.base.as_deref();
    turns.extend(base.map(|base| Box::new(move || own(base)) as Turn<'_>));
    let mut each = in_turn(times, turns)?;
    let base = base.and_then(|_| each.pop());
    Ok(Costs { each, base })
}

impl Costs {
    /// Prints a figure next to that of the earlier binary.
    fn compare(&self, what: impl std::fmt::Display, unit: &str, figure: impl Fn(&[Cost]) -> f64) {
        if let Some(base) = &self.base {
            table::beside(what, figure(&self.each[0]), unit, "base", figure(base), &Bound::None);
        }
    }
}

fn in_turn(times: usize, mut commands: Vec<Turn<'_>>) -> Result<Vec<Vec<Cost>>> {
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
    table::figure("the release binary", bytes as f64 / f64::from(1 << 20), "MiB", &Bound::Most(16.0));
    Ok(())
}

fn start(bench: &Bench) -> Result<()> {
    table::heading("start-up, with `true` as the floor: medians of whole processes");
    let nowhere = "http://127.0.0.1:1/api/v10";
    let times = if bench.quick { 20 } else { 200 };
    let args: [(&str, &[&str], Bound); 3] = [
        ("--version", &["--version"], Bound::Most(1.0)),
        ("message send --help", &["message", "send", "--help"], Bound::None),
        ("message send --dry-run", &["message", "send", "1", "hello", "--dry-run"], Bound::None),
    ];
    for (what, args, bound) in args {
        let floor: Turn<'_> = Box::new(|| child::run(&mut bench.clean(Path::new("/bin/true"))));
        let costs = beside(bench, times, |bench| child::run(&mut bench.dcord(nowhere, args)), vec![floor])?;
        let [own, floor] = &costs.each[..] else { bail!("a result for each command") };
        table::figure(format!("{what}, CPU"), cpu_ms(own), "ms", &bound);
        table::beside(format!("{what}, CPU"), cpu_ms(own), "ms", "true", cpu_ms(floor), &Bound::None);
        costs.compare(format!("{what}, CPU"), "ms", cpu_ms);
        table::beside(format!("{what}, wall"), wall_ms(own), "ms", "true", wall_ms(floor), &Bound::None);
    }
    Ok(())
}
