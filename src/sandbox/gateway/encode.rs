//! Encodes a payload's JSON as a websocket message.

use std::io;

use flate2::{Compress, Compression, FlushCompress, Status};
use tokio_tungstenite::tungstenite::Message;
use zstd::stream::raw::{Encoder as Zstd, InBuffer, Operation, OutBuffer};

/// The fastest levels: over loopback, size does not matter.
const ZLIB_LEVEL: Compression = Compression::fast();
const ZSTD_LEVEL: i32 = 1;

/// The size in bytes from which payload compression applies. Discord's documentation says that not
/// all payloads are compressed.
const MIN_COMPRESSED: usize = 256;

/// The transport compression: the parameter `compress` of the connection's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    None,
    ZlibStream,
    ZstdStream,
}

/// The encoder of one connection.
pub(super) enum Encoder {
    Text,
    /// Payload compression: each payload of [`MIN_COMPRESSED`] bytes or more is a zlib stream of its
    /// own.
    Payload,
    /// One deflate stream, flushed after each message.
    Zlib {
        stream: Box<Compress>,
        scratch: Vec<u8>,
    },
    /// One zstd frame that never ends, flushed after each message.
    Zstd {
        stream: Zstd<'static>,
        scratch: Vec<u8>,
    },
}

/// The size of the buffer that a compressor writes to.
const SCRATCH: usize = 32 * 1024;

impl Encoder {
    pub fn new(transport: Transport) -> io::Result<Self> {
        let scratch = || vec![0; SCRATCH];
        Ok(match transport {
            Transport::None => Self::Text,
            Transport::ZlibStream => {
                let stream = Box::new(Compress::new(ZLIB_LEVEL, true));
                Self::Zlib { stream, scratch: scratch() }
            }
            Transport::ZstdStream => Self::Zstd { stream: Zstd::new(ZSTD_LEVEL)?, scratch: scratch() },
        })
    }

    /// Enables payload compression, which IDENTIFY can request. It has no effect with transport
    /// compression.
    pub fn compress_payloads(&mut self) {
        if matches!(self, Self::Text) {
            *self = Self::Payload;
        }
    }

    pub fn encode(&mut self, json: String) -> io::Result<Message> {
        Ok(match self {
            Self::Text => Message::text(json),
            Self::Payload if json.len() < MIN_COMPRESSED => Message::text(json),
            Self::Payload => {
                let mut stream = Compress::new(ZLIB_LEVEL, true);
                let mut scratch = vec![0; SCRATCH];
                Message::binary(deflate(&mut stream, &mut scratch, json.as_bytes(), FlushCompress::Finish)?)
            }
            Self::Zlib { stream, scratch } => {
                Message::binary(deflate(stream, scratch, json.as_bytes(), FlushCompress::Sync)?)
            }
            Self::Zstd { stream, scratch } => Message::binary(zstd(stream, scratch, json.as_bytes())?),
        })
    }
}

fn deflate(stream: &mut Compress, scratch: &mut [u8], mut json: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(json.len() / 2);
    loop {
        let (read, written) = (stream.total_in(), stream.total_out());
        let status = stream.compress(json, scratch, flush).map_err(io::Error::other)?;
        json = &json[(stream.total_in() - read) as usize..];
        let written = (stream.total_out() - written) as usize;
        out.extend_from_slice(&scratch[..written]);
        // A flush is complete when the output buffer is not full (zlib's manual, Z_SYNC_FLUSH).
        if json.is_empty() && (status == Status::StreamEnd || written < scratch.len()) {
            return Ok(out);
        }
    }
}

fn zstd(stream: &mut Zstd<'static>, scratch: &mut [u8], json: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(json.len() / 2);
    let mut input = InBuffer::around(json);
    while input.pos < json.len() {
        let mut output = OutBuffer::around(&mut *scratch);
        stream.run(&mut input, &mut output)?;
        out.extend_from_slice(output.as_slice());
    }
    loop {
        let mut output = OutBuffer::around(&mut *scratch);
        let left = stream.flush(&mut output)?;
        out.extend_from_slice(output.as_slice());
        if left == 0 {
            return Ok(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    /// Random texts, which do not compress well, with sizes around that of the scratch buffer.
    fn texts() -> Vec<String> {
        let mut random = fastrand::Rng::with_seed(7);
        [1, 255, 256, SCRATCH - 1, SCRATCH, SCRATCH + 1, 5 * SCRATCH, 10]
            .iter()
            .map(|&size| (0..size).map(|_| random.alphanumeric()).collect())
            .collect()
    }

    #[test]
    fn each_message_of_a_zlib_stream_ends_with_a_flush_and_can_be_inflated_at_once() {
        let mut encoder = Encoder::new(Transport::ZlibStream).unwrap();
        let mut inflater = flate2::Decompress::new(true);
        for text in texts() {
            let Message::Binary(bytes) = encoder.encode(text.clone()).unwrap() else { panic!() };
            assert_eq!(bytes[bytes.len() - 4..], [0, 0, 0xff, 0xff]);
            let mut out = Vec::with_capacity(text.len() + 64);
            inflater.decompress_vec(&bytes, &mut out, flate2::FlushDecompress::Sync).unwrap();
            assert_eq!(out, text.as_bytes());
        }
    }

    #[test]
    fn each_message_of_a_zstd_stream_can_be_decompressed_at_once() {
        let mut encoder = Encoder::new(Transport::ZstdStream).unwrap();
        let mut inflater = zstd::stream::raw::Decoder::new().unwrap();
        for text in texts() {
            let Message::Binary(bytes) = encoder.encode(text.clone()).unwrap() else { panic!() };
            let mut out = vec![0; text.len() + 64];
            let mut input = InBuffer::around(&bytes);
            let mut output = OutBuffer::around(&mut out);
            while input.pos < bytes.len() {
                inflater.run(&mut input, &mut output).unwrap();
            }
            assert_eq!(output.as_slice(), text.as_bytes());
        }
    }

    #[test]
    fn payload_compression_applies_to_large_payloads_when_requested() {
        let mut encoder = Encoder::new(Transport::None).unwrap();
        assert!(encoder.encode("x".repeat(MIN_COMPRESSED)).unwrap().is_text());
        encoder.compress_payloads();
        for text in texts() {
            match encoder.encode(text.clone()).unwrap() {
                Message::Text(sent) => {
                    assert!(text.len() < MIN_COMPRESSED && sent.as_str() == text);
                }
                Message::Binary(bytes) => {
                    let mut out = String::new();
                    flate2::read::ZlibDecoder::new(&bytes[..]).read_to_string(&mut out).unwrap();
                    assert_eq!(out, text);
                }
                other => panic!("{other:?}"),
            }
        }
        let mut transport = Encoder::new(Transport::ZlibStream).unwrap();
        transport.compress_payloads();
        assert!(matches!(transport, Encoder::Zlib { .. }));
    }
}
