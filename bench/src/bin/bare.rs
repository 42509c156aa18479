//! The least that a listener can do: read WebSocket frames, inflate, write lines. One thread, no
//! timers, no reconnecting, no look at what comes. What dcord costs beyond it is dcord's own.
//!
//! `bare HOST:PORT/PATH none|zlib|zstd EVENTS BUFFER [prompt]`

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, bail};
use flate2::{Decompress, FlushDecompress};
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

const READ: usize = 256 << 10;
const IDENTIFY: &[u8] = br#"{"op":2,"d":{"token":"x","intents":1}}"#;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let [_, address, mode, events, buffer, rest @ ..] = args.as_slice() else {
        bail!("usage: bare HOST:PORT/PATH none|zlib|zstd EVENTS BUFFER [prompt]")
    };
    let (host, path) = address.split_once('/').context("the address has no path")?;
    let mut socket = TcpStream::connect(host)?;
    socket.set_nodelay(true)?;
    let compress = if mode == "none" { String::new() } else { format!("&compress={mode}-stream") };
    write!(
        socket,
        "GET /{path}/?v=10&encoding=json{compress} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )?;
    // The answer to the handshake is read byte by byte: no frame may be taken with it.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    identify(&mut socket)?;
    // HELLO comes first, and READY before the events.
    let left = events.parse::<usize>()? + 2;
    let prompt = rest.first().is_some_and(|word| word == "prompt");
    listen(&mut socket, Inflater::new(mode)?, left, buffer.parse()?, prompt)
}

/// One masked frame; a mask of zeros leaves the text as it is.
fn identify(socket: &mut TcpStream) -> Result<()> {
    let length = u8::try_from(IDENTIFY.len()).ok().filter(|n| *n < 126).context("identify is one short frame")?;
    let mut frame = vec![0x81, 0x80 | length, 0, 0, 0, 0];
    frame.extend_from_slice(IDENTIFY);
    Ok(socket.write_all(&frame)?)
}

fn listen(socket: &mut TcpStream, mut inflater: Inflater, mut left: usize, buffer: usize, prompt: bool) -> Result<()> {
    let mut out = std::io::BufWriter::with_capacity(buffer, std::fs::File::from(stdout()?));
    let mut bytes = vec![0; READ];
    let (mut from, mut to) = (0, 0);
    loop {
        while let Some((start, end)) = frame(&bytes[from..to]) {
            let line = inflater.message(&bytes[from + start..from + end])?;
            out.write_all(line)?;
            out.write_all(b"\n")?;
            from += end;
            left -= 1;
            if left == 0 {
                return Ok(out.flush()?);
            }
        }
        if prompt {
            out.flush()?;
        }
        bytes.copy_within(from..to, 0);
        (from, to) = (0, to - from);
        match socket.read(&mut bytes[to..])? {
            0 => bail!("the server ended with {left} events to go, or a frame is larger than the buffer"),
            n => to += n,
        }
    }
}

fn stdout() -> Result<std::os::fd::OwnedFd> {
    use std::os::fd::AsFd;
    Ok(std::io::stdout().as_fd().try_clone_to_owned()?)
}

/// Where the payload of the first frame begins and ends, if all of it is there.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (start, length) = match bytes.get(1)? & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        short => (2, usize::from(short)),
    };
    (bytes.len() >= start + length).then_some((start, start + length))
}

enum Inflater {
    None,
    Zlib(Box<Decompress>, Vec<u8>),
    Zstd(Box<Decoder<'static>>, Vec<u8>),
}

impl Inflater {
    fn new(mode: &str) -> Result<Self> {
        let out = vec![0; 64 << 10];
        Ok(match mode {
            "none" => Self::None,
            "zlib" => Self::Zlib(Box::new(Decompress::new(true)), out),
            "zstd" => Self::Zstd(Box::new(Decoder::new()?), out),
            _ => bail!("{mode} is no compression"),
        })
    }

    /// Events are far smaller than the buffer, so that one call inflates one.
    fn message<'a>(&'a mut self, message: &'a [u8]) -> Result<&'a [u8]> {
        match self {
            Self::None => Ok(message),
            Self::Zlib(stream, out) => {
                let before = stream.total_out();
                stream.decompress(message, out, FlushDecompress::Sync)?;
                let length = usize::try_from(stream.total_out() - before)?;
                Ok(&out[..length])
            }
            Self::Zstd(decoder, out) => {
                let mut output = OutBuffer::around(out.as_mut_slice());
                decoder.run(&mut InBuffer::around(message), &mut output)?;
                let length = output.pos();
                Ok(&out[..length])
            }
        }
    }
}
