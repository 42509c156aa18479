//! The peer: twilight-gateway printing raw payloads, one a line, as its users would write it.
//!
//! `twilight ws://HOST:PORT/PATH EVENTS [prompt]`; `prompt` writes each payload at once.

use std::io::{BufWriter, Write};

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use twilight_gateway::{ConfigBuilder, Intents, Message, Shard, ShardId};

const BUFFER: usize = 64 << 10;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let [_, url, events, rest @ ..] = args.as_slice() else {
        bail!("usage: twilight ws://HOST:PORT/PATH EVENTS [prompt]")
    };
    let prompt = rest.first().is_some_and(|word| word == "prompt");
    // HELLO comes first, and READY before the events.
    let left = events.parse::<usize>()? + 2;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(listen(url.clone(), left, prompt))
}

async fn listen(url: String, mut left: usize, prompt: bool) -> Result<()> {
    let config = ConfigBuilder::new("x".to_owned(), Intents::GUILDS).proxy_url(url).build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    let stdout = std::os::fd::AsFd::as_fd(&std::io::stdout()).try_clone_to_owned()?;
    let mut out = BufWriter::with_capacity(BUFFER, std::fs::File::from(stdout));
    while left > 0 {
        match shard.next().await.context("the shard ended")?? {
            Message::Text(payload) => {
                out.write_all(payload.as_bytes())?;
                out.write_all(b"\n")?;
                if prompt {
                    out.flush()?;
                }
                left -= 1;
            }
            Message::Close(frame) => bail!("the server closed with {left} events to go: {frame:?}"),
        }
    }
    Ok(out.flush()?)
}
