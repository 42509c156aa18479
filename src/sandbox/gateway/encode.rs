//! From a payload's JSON to the websocket message that carries it.

use std::io;

use flate2::{Compress, Compression, FlushCompress, Status};
use tokio_tungstenite::tungstenite::Message;
use zstd::stream::raw::{Encoder as Zstd, InBuffer, Operation, OutBuffer};

/// Fast rather than small: it travels over loopback.
const ZLIB_LEVEL: Compression = Compression::fast();
const ZSTD_LEVEL: i32 = 1;

/// Smaller payloads are sent as they are: "not all payloads will be compressed", says Discord of
/// payload compression.
const WORTH_COMPRESSING: usize = 256;

/// The `compress` of the connection's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    None,
    ZlibStream,
    ZstdStream,
}

/// The compressor of one connection. It dies with it.
pub(super) enum Encoder {
    Text,
    /// Each payload a zlib document of its own, where it is worth it.
    Payload,
    /// One deflate stream, flushed after each message.
    Zlib {
        stream: Box<Compress>,
        scratch: Vec<u8>,
    },
    /// One zstd frame without end, flushed after each message.
    Zstd {
        stream: Zstd<'static>,
        scratch: Vec<u8>,
    },
}

/// What a compressor writes at a time.
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

    /// Turns payload compression on, as identify may ask. Transport compression excludes it.
    pub fn compress_payloads(&mut self) {
        if matches!(self, Self::Text) {
            *self = Self::Payload;
        }
    }

    pub fn encode(&mut self, json: String) -> io::Result<Message> {
        Ok(match self {
            Self::Text => Message::text(json),
            Self::Payload if json.len() < WORTH_COMPRESSING => Message::text(json),
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
        // A flush is complete when it leaves room in the output (zlib's manual on Z_SYNC_FLUSH).
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

    /// Texts of sizes around the scratch buffer's, which do not compress well.
    fn texts() -> Vec<String> {
        let mut random = fastrand::Rng::with_seed(7);
        [1, 255, 256, SCRATCH - 1, SCRATCH, SCRATCH + 1, 5 * SCRATCH, 10]
            .iter()
            .map(|&size| (0..size).map(|_| random.alphanumeric()).collect())
            .collect()
    }

    #[test]
    fn each_message_of_a_zlib_stream_ends_with_the_flush_and_inflates_alone() {
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
    fn each_message_of_a_zstd_stream_inflates_alone() {
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
    fn a_payload_is_compressed_where_that_is_worth_it_and_asked_for() {
        let mut encoder = Encoder::new(Transport::None).unwrap();
        assert!(encoder.encode("x".repeat(WORTH_COMPRESSING)).unwrap().is_text());
        encoder.compress_payloads();
        for text in texts() {
            match encoder.encode(text.clone()).unwrap() {
                Message::Text(sent) => {
                    assert!(text.len() < WORTH_COMPRESSING && sent.as_str() == text);
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
