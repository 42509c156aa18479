//! Measures `message send` against curl's POST of the same body to the same server.

use std::path::Path;

use anyhow::{Result, bail};

use crate::events::Members;
use crate::server::Server;
use crate::table::{self, Bound};
use crate::{Bench, TOKEN, beside, child, cpu_ms, wall_ms};

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
    let send = |bench: &Bench| child::run(&mut bench.dcord(&api, &["message", "send", CHANNEL, "hello"]));
    send(bench)?;
    let body = bench.home.path().join("body.json");
    std::fs::write(&body, server.last_body())?;
    let url = format!("{api}/channels/{CHANNEL}/messages");
    let post = || {
        let mut command = bench.clean(curl);
        command.args(["-q", "-sS", "-X", "POST", "-H", "Content-Type: application/json", "-H"]);
        command.arg(format!("Authorization: Bot {TOKEN}")).arg("--data-binary").arg(format!("@{}", body.display()));
        child::run(command.arg(&url))
    };
    let times = if bench.quick { 20 } else { 200 };
    let costs = beside(bench, times, send, vec![Box::new(post)])?;
    let [dcord, peer] = &costs.each[..] else { bail!("a result for each command") };
    table::beside("message send, CPU", cpu_ms(dcord), "ms", "curl", cpu_ms(peer), &Bound::Most(0.42));
    costs.compare("message send, CPU", "ms", cpu_ms);
    table::beside("message send, wall", wall_ms(dcord), "ms", "curl", wall_ms(peer), &Bound::Most(0.42));
    costs.compare("message send, wall", "ms", wall_ms);
    Ok(())
}
