//! Decompresses the gateway's messages. An inflater belongs to one connection, because its window contains that connection's
//! earlier bytes.

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

/// How a connection is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// One Zstandard stream for the whole connection. It takes less than half the time of zlib.
    #[default]
    Zstd,
    /// One zlib stream for the whole connection.
    Zlib,
    /// Each large payload is a separate zlib document.
    Payload,
    None,
}

impl Compression {
    /// The value of the URL's `compress` parameter, or `None` if the compression is not chosen there.
    pub const fn query(self) -> Option<&'static str> {
        match self {
            Self::Zstd => Some("zstd-stream"),
            Self::Zlib => Some("zlib-stream"),
            Self::Payload | Self::None => None,
        }
    }
}

/// The maximum size of a payload in bytes. The `GUILD_CREATE` of a large server has several megabytes.
pub const MAX_PAYLOAD: usize = 64 << 20;

/// The usual size of the output buffer.
const INITIAL_BUFFER: usize = 64 << 10;

/// A buffer that has grown beyond this for a large payload is freed afterwards.
const LARGEST_KEPT_BUFFER: usize = 1 << 20;

/// Why a message cannot be decompressed. The connection cannot be used after such an error.
#[derive(Debug, thiserror::Error)]
pub enum InflateError {
    #[error("a compressed payload is damaged")]
    Damaged,
    #[error("a payload is larger than {} MiB", MAX_PAYLOAD >> 20)]
    TooLarge,
    #[error("a compressed payload arrived on a connection without compression")]
    Unexpected,
}

/// Decompresses the binary messages of one connection.
pub struct Inflater {
    kind: Kind,
    /// The output buffer. Its first `filled` bytes are the current payload. The whole buffer stays initialised, because
    /// decompressing into spare capacity would clear it each time.
    out: Vec<u8>,
    filled: usize,
}

enum Kind {
    Zstd(Box<Decoder<'static>>),
    Zlib { stream: Box<Decompress>, header_left: usize, tail: [u8; 4] },
    Payload(Box<Decompress>),
    None,
}

/// The last bytes of each zlib-stream message: the marker of a sync flush.
const SYNC_FLUSH: [u8; 4] = [0, 0, 0xff, 0xff];

impl Inflater {
    pub fn new(compression: Compression) -> std::io::Result<Self> {
        let kind = match compression {
            Compression::Zstd => Kind::Zstd(Box::new(Decoder::new()?)),
            // The stream never ends, so its checksum would be computed but never compared. Skipping the two header bytes and
            // using raw inflate saves a tenth of the time.
            Compression::Zlib => Kind::Zlib { stream: Box::new(Decompress::new(false)), header_left: 2, tail: [0; 4] },
            Compression::Payload => Kind::Payload(Box::new(Decompress::new(true))),
            Compression::None => Kind::None,
        };
        Ok(Self { kind, out: Vec::new(), filled: 0 })
    }

    /// Decompresses one binary message. Returns the payload if it is complete. A zlib-stream payload may consist of several
    /// messages.
    pub fn message(&mut self, message: &[u8]) -> Result<Option<&[u8]>, InflateError> {
        if self.filled == 0 && (self.out.len() > LARGEST_KEPT_BUFFER || self.out.is_empty()) {
            self.out = vec![0; INITIAL_BUFFER];
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
                update_tail(tail, message);
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

/// Updates the last four bytes of the stream, because the end marker may be split between two messages.
fn update_tail(tail: &mut [u8; 4], message: &[u8]) {
    if let Some(last) = message.last_chunk() {
        *tail = *last;
    } else {
        tail.rotate_left(message.len());
        tail[4 - message.len()..].copy_from_slice(message);
    }
}

fn grow(out: &mut Vec<u8>) -> Result<(), InflateError> {
    if out.len() >= MAX_PAYLOAD {
        return Err(InflateError::TooLarge);
    }
    out.resize((out.len() * 2).min(MAX_PAYLOAD), 0);
    Ok(())
}

/// A message does not end a Zstandard frame, so the decoder may hold back output while the buffer is full. The message is
/// complete when the input is used up and the buffer is not full.
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

    /// Payloads of all relevant sizes: small, around the size of the buffer, and large.
    fn payloads() -> Vec<Vec<u8>> {
        let noise = |n: usize| {
            let mut rng = fastrand::Rng::with_seed(n as u64);
            (0..n).map(|_| rng.u8(b'a'..=b'z')).collect::<Vec<u8>>()
        };
        [1, 300, INITIAL_BUFFER - 1, INITIAL_BUFFER, INITIAL_BUFFER + 1, 2 * INITIAL_BUFFER, 3 << 20, 10]
            .into_iter()
            .map(noise)
            .collect()
    }

    /// The sender of a zlib-stream. The flush of flate2's own writers would lose the marker if a payload does not fit into
    /// their buffer.
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
    fn every_compression_returns_the_original_payloads() {
        check(Compression::Zlib, &zlib_messages(&payloads()));
        check(Compression::Zstd, &zstd_messages(&payloads()));
        let documents: Vec<_> = payloads().iter().map(|p| zlib_document(p)).collect();
        check(Compression::Payload, &documents);
    }

    #[test]
    fn a_zlib_payload_may_arrive_in_pieces_of_any_size() {
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
    fn the_buffer_shrinks_after_a_large_payload() {
        let payloads = [vec![b'x'; 20 << 20], b"small".to_vec()];
        for (compression, messages) in
            [(Compression::Zlib, zlib_messages(&payloads)), (Compression::Zstd, zstd_messages(&payloads))]
        {
            let mut inflater = Inflater::new(compression).unwrap();
            inflater.message(&messages[0]).unwrap();
            assert!(inflater.out.len() >= 20 << 20);
            inflater.message(&messages[1]).unwrap();
            assert_eq!(inflater.out.len(), INITIAL_BUFFER);
        }
    }

    #[test]
    fn a_payload_over_the_maximum_is_refused() {
        let bomb = [vec![b'x'; MAX_PAYLOAD + 1]];
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
    fn a_damaged_message_is_an_error() {
        for compression in [Compression::Zlib, Compression::Zstd, Compression::Payload] {
            let error = Inflater::new(compression).unwrap().message(&[0xa5; 40]).unwrap_err();
            assert!(matches!(error, InflateError::Damaged), "{compression:?}");
        }
        let error = Inflater::new(Compression::None).unwrap().message(b"{}").unwrap_err();
        assert!(matches!(error, InflateError::Unexpected));
    }
}
