//! Measures name lookup and completion in a large cache: `names DCORD [--entities N] [--runs N]`.
//!
//! dcord creates the file; this program fills it with guilds, channels, roles, members, users and messages.
//! Each figure is for a whole process.

#[path = "../child.rs"]
#[expect(dead_code, reason = "the other programs use the rest")]
mod child;
#[path = "../table.rs"]
#[expect(dead_code, reason = "the other programs use the rest")]
mod table;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use tempfile::TempDir;

use table::{Bound, figure, heading, median};

/// A token that has the right form and belongs to nobody.
const TOKEN: &str = "MTE4NjMwMDAwMDAwMDAwMDAwMQ.G00000.000000000000000000000000000000000000000";

/// The budget for a whole process, in milliseconds.
const BUDGET: Bound = Bound::Most(10.0);

const GUILDS: u64 = 20;
const CHANNELS: u64 = 200;
const ROLES: u64 = 100;

/// Kinds as the file numbers them.
const GUILD: u8 = 1;
const CHANNEL: u8 = 2;
const ROLE: u8 = 4;
const MEMBER: u8 = 5;
const USER: u8 = 6;
const MESSAGE: u8 = 7;

/// The largest guild, which has half of all members.
const LARGEST: u64 = 100_000_000_000_000_000;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let dcord = args.next().map(PathBuf::from).filter(|path| path.is_file()).context("the first argument is dcord")?;
    let (mut entities, mut runs) = (1_000_000, 40);
    while let Some(flag) = args.next() {
        let value = args.next().with_context(|| format!("{flag} needs a number"))?.parse()?;
        match flag.as_str() {
            "--entities" => entities = value,
            "--runs" => runs = value,
            _ => bail!("{flag} is no flag of this"),
        }
    }
    let world = World { dcord: dcord.canonicalize()?, home: TempDir::new()?, runs };
    let file = world.fill(entities)?;
    heading(&format!("a name among {entities} entities, {} MB, {GUILDS} guilds", file.metadata()?.len() / 1_000_000));
    world.rows("", &|| Ok(()))?;
    world.rows(", log of 4 MB left", &|| leave_a_log(&file))
}

/// A home for dcord, with a cache in it.
struct World {
    dcord: PathBuf,
    home: TempDir,
    runs: u64,
}

impl World {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.dcord);
        command.env_clear().env("HOME", self.home.path()).env("DCORD_TOKEN", TOKEN);
        // Nothing listens there: what is not in the cache fails.
        command.env("DCORD_API_URL", "http://127.0.0.1:1").args(args).stdout(Stdio::null());
        for name in ["CONFIG", "STATE", "CACHE"] {
            command.env(format!("DCORD_{name}_DIR"), self.home.path().join(name));
        }
        command
    }

    /// `prepare` comes before each row.
    fn rows(&self, note: &str, prepare: &dyn Fn() -> Result<()>) -> Result<()> {
        let guild = &LARGEST.to_string();
        for (what, args) in [
            ("channel by name", ["channel", "get", "--guild", guild, "#general-42", "--offline"]),
            ("member by name", ["member", "get", "--guild", guild, "@maluko-77", "--offline"]),
        ] {
            prepare()?;
            self.row(&format!("{what}{note}"), || self.command(&args))?;
        }
        for (what, guild, words) in [
            ("complete a command", "", ["message", "se"].as_slice()),
            ("complete '#gen'", guild, &["message", "send", "#gen"]),
            ("complete '@ma'", guild, &["member", "get", "--guild", guild, "@ma"]),
            ("complete '@'", guild, &["member", "get", "--guild", guild, "@"]),
            ("complete '#gen' without a guild", "", &["message", "send", "#gen"]),
            ("complete '@ma' without a guild", "", &["message", "send", "@ma"]),
        ] {
            prepare()?;
            self.row(&format!("{what}{note}"), || {
                let mut command = self.command(&["--", "dcord"]);
                command.env("DCORD_COMPLETE", "zsh").env("DCORD_GUILD", guild).args(words);
                command
            })?;
        }
        Ok(())
    }

    fn row(&self, what: &str, command: impl Fn() -> Command) -> Result<()> {
        let output = command().stdout(Stdio::piped()).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() && !output.stdout.is_empty(), "{what} finds nothing: {said}");
        let costs = (0..self.runs).map(|_| child::run(&mut command())).collect::<Result<Vec<_>>>()?;
        let ms = |of: fn(&child::Cost) -> std::time::Duration| {
            median(costs.iter().map(|cost| of(cost).as_secs_f64() * 1000.0).collect())
        };
        figure(format!("{what}: wall"), ms(|cost| cost.wall), "ms", &BUDGET);
        figure(format!("{what}: CPU"), ms(|cost| cost.cpu), "ms", &Bound::None);
        Ok(())
    }

    /// Fills a file that dcord has made, and gives its path.
    fn fill(&self, entities: u64) -> Result<PathBuf> {
        self.command(&["cache", "stats"]).output()?;
        let output = self.command(&["cache", "path"]).stdout(Stdio::piped()).output()?;
        let path = PathBuf::from(String::from_utf8(output.stdout)?.trim());
        let mut connection = Connection::open(&path)?;
        let rows = connection.transaction()?;
        let scope = rows.query_row("SELECT max(id) FROM scope", [], |row| row.get(0))?;
        let mut put = Put { rows: &rows, scope, now: now_ms()? };
        let small = GUILDS * (1 + CHANNELS + ROLES);
        let many = entities.checked_sub(small).context("so few entities are no large cache")?;
        for guild in (0..GUILDS).map(|n| LARGEST + n) {
            let json = json!({"id": guild.to_string(), "name": format!("Guild {}", guild - LARGEST)});
            put.row(GUILD, guild, 0, None, &json)?;
            for n in 0..CHANNELS {
                let id = guild * 2 + 1_000 * (n + 1);
                let name = if n % 4 == 0 { format!("general-{n}") } else { format!("{}-{n}", name(n)) };
                let json = json!({"id": id.to_string(), "name": name, "type": 0, "guild_id": guild.to_string()});
                put.row(CHANNEL, id, guild, None, &json)?;
            }
            put.row(CHANNEL, guild + 42, guild, None, &json!({"id": guild + 42, "name": "general-42", "type": 0}))?;
            for n in 0..ROLES {
                let id = guild * 3 + 1_000 * n;
                put.row(ROLE, id, guild, None, &json!({"id": id.to_string(), "name": format!("Role {n}")}))?;
            }
        }
        for n in 0..many {
            let id = 300_000_000_000_000_000 + n * 7919;
            let user = json!({"id": id.to_string(), "username": format!("{}-{}", name(n), n / 5832),
                "global_name": format!("{} the {}th", name(n / 3), n % 1000), "discriminator": "0",
                "avatar": "a_0123456789abcdef0123456789abcdef", "public_flags": 0, "banner": null});
            match n % 10 {
                // Of ten one is a user by itself, one a message.
                8 => put.row(USER, id, 0, None, &user)?,
                9 => {
                    let channel = LARGEST * 2 + 1_000 * (n % CHANNELS + 1);
                    let json = json!({"id": id.to_string(), "channel_id": channel.to_string(), "author": user,
                        "content": format!("{} said {} of {n}", name(n), name(n / 7)), "mentions": [], "embeds": [],
                        "timestamp": "2026-01-31T12:00:00.000000+00:00", "type": 0});
                    put.row(MESSAGE, id, 0, Some(channel), &json)?;
                }
                _ => {
                    let guild = LARGEST + if n % 2 == 0 { 0 } else { n / 10 % GUILDS };
                    let json = json!({"user": user, "nick": (n % 5 == 0).then(|| name(n / 11)),
                        "roles": [(guild * 3).to_string()], "joined_at": "2020-01-31T12:00:00.000000+00:00"});
                    put.row(MEMBER, id, guild, None, &json)?;
                }
            }
        }
        rows.commit()?;
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        Ok(path)
    }
}

/// Writes rows.
struct Put<'a> {
    rows: &'a Connection,
    scope: i64,
    now: i64,
}

impl Put<'_> {
    fn row(&mut self, kind: u8, id: u64, guild: u64, channel: Option<u64>, json: &Value) -> Result<()> {
        let text = |pointer| json.pointer(pointer).and_then(Value::as_str).map(str::to_lowercase);
        let named = text("/name").or_else(|| text("/username")).or_else(|| text("/user/username"));
        let sql = "INSERT INTO entity (scope, kind, id, within, guild_id, channel_id, name, display, nick, source,
                                       partial, fetched_at, used_at, json)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, 0, ?10, ?10, ?11)";
        let within = if kind == MEMBER { guild } else { 0 };
        self.rows.prepare_cached(sql)?.execute(params![
            self.scope,
            kind,
            id.cast_signed(),
            within.cast_signed(),
            guild.cast_signed(),
            channel.map(u64::cast_signed),
            named.filter(|_| kind != MESSAGE),
            text("/global_name").or_else(|| text("/user/global_name")),
            text("/nick"),
            self.now,
            json.to_string()
        ])?;
        if kind == MESSAGE {
            let sql = "INSERT INTO message_text (rowid, content) VALUES (?1, ?2)";
            self.rows.prepare_cached(sql)?.execute(params![self.rows.last_insert_rowid(), text("/content")])?;
        }
        Ok(())
    }
}

/// One of 5832 names of three syllables.
fn name(n: u64) -> String {
    const BEGIN: [&str; 18] =
        ["ma", "se", "lu", "ko", "sa", "ti", "ra", "no", "pe", "vi", "do", "ha", "ju", "fe", "go", "bi", "wa", "xu"];
    [n, n / 18, n / 324].iter().map(|n| BEGIN[usize::try_from(n % 18).unwrap_or(0)]).collect()
}

fn now_ms() -> Result<i64> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(i64::try_from(now.as_millis())?)
}

/// Leaves as much in the log as stays there between two checkpoints: the first to open the file reads it all.
fn leave_a_log(file: &Path) -> Result<()> {
    const PAGES: usize = 1000;
    let connection = Connection::open(file)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("PRAGMA wal_autocheckpoint=0")?;
    let log = PathBuf::from(format!("{}-wal", file.display()));
    for page in 0..PAGES {
        let sql = "UPDATE entity SET used_at = used_at + 1 WHERE rowid = (SELECT min(rowid) + ?1 FROM entity)";
        connection.execute(sql, [i64::try_from(page * 50)?])?;
        if log.metadata()?.len() > 4 * 1024 * 1024 {
            break;
        }
    }
    Ok(())
}
