//! A minimal listener: it reads WebSocket frames, inflates them and writes lines. It has one thread, no timers and no
//! reconnects, and does not parse the events. The difference to dcord's figures is the cost of dcord itself.
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
    // Reads the response to the handshake byte by byte, so as not to consume a frame.
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

/// Encodes one masked frame. A mask of zeros leaves the text unchanged.
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

/// The bounds of the first frame's payload, if the frame is complete.
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

    /// Inflates one message. An event is much smaller than the buffer, so one call is enough.
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
