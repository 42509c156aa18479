//! `message send` beside curl's POST of the same body to the same server.

use std::path::Path;

use anyhow::{Result, bail};

use crate::events::Members;
use crate::server::Server;
use crate::table::{self, Bound};
use crate::{Bench, TOKEN, child, cpu_ms, in_turn, wall_ms};

const CHANNEL: &str = "1186301234567890001";

pub fn measure(bench: &Bench) -> Result<()> {
    table::heading("one message to a server on this machine: medians of whole processes");
    let curl = Path::new("/usr/bin/curl");
    if !curl.is_file() {
        table::skipped("message send", "curl is not installed");
        return Ok(());
    }
    let server = Server::start(0, &[], Members::Changing, None)?;
    let api = format!("http://{}/api/v10", server.address);
    let mut send = || child::run(&mut bench.dcord(&api, &["message", "send", CHANNEL, "hello"]));
    send()?;
    let body = bench.home.path().join("body.json");
    std::fs::write(&body, server.last_body())?;
    let url = format!("{api}/channels/{CHANNEL}/messages");
    let mut post = || {
        let mut command = bench.clean(curl);
        command.args(["-q", "-sS", "-X", "POST", "-H", "Content-Type: application/json", "-H"]);
        command.arg(format!("Authorization: Bot {TOKEN}")).arg("--data-binary").arg(format!("@{}", body.display()));
        child::run(command.arg(&url))
    };
    let times = if bench.quick { 20 } else { 200 };
    let costs = in_turn(times, &mut [&mut send, &mut post])?;
    let [dcord, peer] = &costs[..] else { bail!("a result for each command") };
    table::beside("message send, CPU", cpu_ms(dcord), "ms", "curl", cpu_ms(peer), &Bound::Most(0.5));
    table::beside("message send, wall", wall_ms(dcord), "ms", "curl", wall_ms(peer), &Bound::Most(0.6));
    Ok(())
}
