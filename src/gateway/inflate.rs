//! Undoing the gateway's compression. An inflater belongs to one connection and dies with it: its
//! window is the history of that connection's bytes.

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

/// How a connection is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// One Zstandard stream over the whole connection. It costs less than half of zlib's time.
    #[default]
    Zstd,
    /// One zlib stream over the whole connection.
    Zlib,
    /// Larger payloads are zlib documents of their own.
    Payload,
    None,
}

impl Compression {
    /// The value of the URL's `compress` parameter, for those that are agreed on there.
    pub const fn query(self) -> Option<&'static str> {
        match self {
            Self::Zstd => Some("zstd-stream"),
            Self::Zlib => Some("zlib-stream"),
            Self::Payload | Self::None => None,
        }
    }
}

/// The largest payload accepted, in bytes. A `GUILD_CREATE` of a large guild has some megabytes.
pub const MOST: usize = 64 << 20;

/// What the output buffer has at first and comes back to.
const USUAL: usize = 64 << 10;

/// A buffer beyond this was for one giant payload and is given back.
const KEPT: usize = 1 << 20;

/// Cause a message cannot be inflated. The connection cannot go on after it.
#[derive(Debug, thiserror::Error)]
pub enum InflateError {
    #[error("a compressed payload is damaged")]
    Damaged,
    #[error("a payload is larger than {} MiB", MOST >> 20)]
    TooLarge,
    #[error("a compressed payload came on a connection without compression")]
    Unexpected,
}

/// Inflates the binary messages of one connection.
pub struct Inflater {
    kind: Kind,
    /// Always initialised as far as it goes: inflating into spare capacity would clear it anew each
    /// time. Its first `filled` bytes are the payload so far.
    out: Vec<u8>,
    filled: usize,
}

enum Kind {
    Zstd(Box<Decoder<'static>>),
    Zlib { stream: Box<Decompress>, header_left: usize, tail: [u8; 4] },
    Payload(Box<Decompress>),
    None,
}

/// How a zlib-stream message ends: the marker of a sync flush.
const SYNC_FLUSH: [u8; 4] = [0, 0, 0xff, 0xff];

impl Inflater {
    pub fn new(compression: Compression) -> std::io::Result<Self> {
        let kind = match compression {
            Compression::Zstd => Kind::Zstd(Box::new(Decoder::new()?)),
            // The stream never ends, so its checksum would be computed and never compared: raw
            // inflate behind the two header bytes saves a tenth.
            Compression::Zlib => Kind::Zlib { stream: Box::new(Decompress::new(false)), header_left: 2, tail: [0; 4] },
            Compression::Payload => Kind::Payload(Box::new(Decompress::new(true))),
            Compression::None => Kind::None,
        };
        Ok(Self { kind, out: Vec::new(), filled: 0 })
    }

    /// Takes one binary message. Gives the payload when it is complete; a zlib-stream payload may
    /// take several messages.
    pub fn message(&mut self, message: &[u8]) -> Result<Option<&[u8]>, InflateError> {
        if self.filled == 0 && (self.out.len() > KEPT || self.out.is_empty()) {
            self.out = vec![0; USUAL];
        }
        let complete = match &mut self.kind {
            Kind::Zstd(decoder) => {
                unzstd(decoder, message, &mut self.out, &mut self.filled)?;
                true
            }
            Kind::Zlib { stream, header_left, tail } => {
                let header = message.len().min(*header_left);
                *header_left -= header;
                inflate(stream, &message[header..], &mut self.out, &mut self.filled)?;
                remember(tail, message);
                *tail == SYNC_FLUSH
            }
            Kind::Payload(document) => {
                document.reset(true);
                inflate(document, message, &mut self.out, &mut self.filled)?;
                true
            }
            Kind::None => return Err(InflateError::Unexpected),
        };
        if !complete {
            return Ok(None);
        }
        let length = std::mem::take(&mut self.filled);
        Ok(Some(&self.out[..length]))
    }
}

/// Keeps the last four bytes of all messages: the end marker may be cut in two.
fn remember(tail: &mut [u8; 4], message: &[u8]) {
    if let Some(last) = message.last_chunk() {
        *tail = *last;
    } else {
        tail.rotate_left(message.len());
        tail[4 - message.len()..].copy_from_slice(message);
    }
}

fn grow(out: &mut Vec<u8>) -> Result<(), InflateError> {
    if out.len() >= MOST {
        return Err(InflateError::TooLarge);
    }
    out.resize((out.len() * 2).min(MOST), 0);
    Ok(())
}

/// No frame ends with a message, so the decoder may hold output back while the buffer is full: it
/// is done when the input is used up and the buffer was not filled.
fn unzstd(
    decoder: &mut Decoder<'_>,
    message: &[u8],
    out: &mut Vec<u8>,
    filled: &mut usize,
) -> Result<(), InflateError> {
    let mut input = InBuffer::around(message);
    loop {
        let length = out.len();
        let mut output = OutBuffer::around_pos(out.as_mut_slice(), *filled);
        decoder.run(&mut input, &mut output).map_err(|_| InflateError::Damaged)?;
        *filled = output.pos();
        if *filled == length {
            grow(out)?;
        } else if input.pos() == message.len() {
            return Ok(());
        }
    }
}

fn inflate(
    stream: &mut Decompress,
    mut message: &[u8],
    out: &mut Vec<u8>,
    filled: &mut usize,
) -> Result<(), InflateError> {
    loop {
        let (read, written) = (stream.total_in(), stream.total_out());
        let status = stream
            .decompress(message, &mut out[*filled..], FlushDecompress::Sync)
            .map_err(|_| InflateError::Damaged)?;
        let read = usize::try_from(stream.total_in() - read).expect("no more than was given");
        *filled += usize::try_from(stream.total_out() - written).expect("no more than fits");
        message = &message[read..];
        if *filled == out.len() {
            grow(out)?;
        } else if message.is_empty() || status == Status::StreamEnd {
            return Ok(());
        } else if read == 0 {
            return Err(InflateError::Damaged);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use super::*;

    /// Payloads of all sizes that matter: empty, small, one that just fills the buffer, giant.
    fn payloads() -> Vec<Vec<u8>> {
        let noise = |n: usize| {
            let mut rng = fastrand::Rng::with_seed(n as u64);
            (0..n).map(|_| rng.u8(b'a'..=b'z')).collect::<Vec<u8>>()
        };
        [1, 300, USUAL - 1, USUAL, USUAL + 1, 2 * USUAL, 3 << 20, 10].into_iter().map(noise).collect()
    }

    /// The sending side of a zlib-stream. (The flush of flate2's own writers loses the marker when
    /// a payload does not fit their buffer.)
    pub struct ZlibStream(flate2::Compress);

    impl ZlibStream {
        pub fn new() -> Self {
            Self(flate2::Compress::new(flate2::Compression::fast(), true))
        }

        pub fn message(&mut self, payload: &[u8]) -> Vec<u8> {
            let mut out = Vec::with_capacity(payload.len() + 1024);
            let before = self.0.total_in();
            self.0.compress_vec(payload, &mut out, flate2::FlushCompress::Sync).unwrap();
            assert_eq!(self.0.total_in() - before, payload.len() as u64);
            assert!(out.len() < out.capacity(), "the marker fits too");
            out
        }
    }

    fn zlib_messages(payloads: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut stream = ZlibStream::new();
        payloads.iter().map(|payload| stream.message(payload)).collect()
    }

    fn zstd_messages(payloads: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        let message = |payload: &Vec<u8>| {
            encoder.write_all(payload).unwrap();
            encoder.flush().unwrap();
            std::mem::take(encoder.get_mut())
        };
        payloads.iter().map(message).collect()
    }

    pub fn zlib_document(payload: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(payload).unwrap();
        encoder.finish().unwrap()
    }

    fn check(compression: Compression, messages: &[Vec<u8>]) {
        let mut inflater = Inflater::new(compression).unwrap();
        for (message, payload) in messages.iter().zip(payloads()) {
            let got = inflater.message(message).unwrap().expect("a whole message was given");
            assert!(got == payload, "{compression:?}: a payload of {} bytes", payload.len());
        }
    }

    #[test]
    fn every_compression_gives_back_what_went_in() {
        check(Compression::Zlib, &zlib_messages(&payloads()));
        check(Compression::Zstd, &zstd_messages(&payloads()));
        let documents: Vec<_> = payloads().iter().map(|p| zlib_document(p)).collect();
        check(Compression::Payload, &documents);
    }

    #[test]
    fn a_zlib_payload_may_come_in_pieces_of_any_size() {
        for size in [1, 2, 3, 5, 1000] {
            let mut inflater = Inflater::new(Compression::Zlib).unwrap();
            let payloads = [b"first payload".to_vec(), b"second payload".to_vec()];
            for (message, payload) in zlib_messages(&payloads).iter().zip(&payloads) {
                let mut pieces = message.chunks(size).peekable();
                while let Some(piece) = pieces.next() {
                    let got = inflater.message(piece).unwrap();
                    let whole = pieces.peek().is_none();
                    assert_eq!(got, whole.then_some(&payload[..]), "pieces of {size}");
                }
            }
        }
    }

    #[test]
    fn memory_comes_back_after_a_giant_payload() {
        let payloads = [vec![b'x'; 20 << 20], b"small".to_vec()];
        for (compression, messages) in
            [(Compression::Zlib, zlib_messages(&payloads)), (Compression::Zstd, zstd_messages(&payloads))]
        {
            let mut inflater = Inflater::new(compression).unwrap();
            inflater.message(&messages[0]).unwrap();
            assert!(inflater.out.len() >= 20 << 20);
            inflater.message(&messages[1]).unwrap();
            assert_eq!(inflater.out.len(), USUAL);
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = [vec![b'x'; MOST + 1]];
        for (compression, message) in [
            (Compression::Zlib, zlib_messages(&bomb).remove(0)),
            (Compression::Zstd, zstd_messages(&bomb).remove(0)),
            (Compression::Payload, zlib_document(&bomb[0])),
        ] {
            let error = Inflater::new(compression).unwrap().message(&message).unwrap_err();
            assert!(matches!(error, InflateError::TooLarge), "{compression:?}");
        }
    }

    #[test]
    fn damage_is_reported() {
        for compression in [Compression::Zlib, Compression::Zstd, Compression::Payload] {
            let error = Inflater::new(compression).unwrap().message(&[0xa5; 40]).unwrap_err();
            assert!(matches!(error, InflateError::Damaged), "{compression:?}");
        }
        let error = Inflater::new(Compression::None).unwrap().message(b"{}").unwrap_err();
        assert!(matches!(error, InflateError::Unexpected));
    }
}
