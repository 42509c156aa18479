//! A synthetic stream of gateway messages, the same in each run, with the size and shape of a busy server's messages.

use std::fmt::Write as _;

use anyhow::Result;
use flate2::{Compress, FlushCompress};
use zstd::stream::raw::{CParameter, Encoder, Operation, OutBuffer};

pub const CHANNELS: [&str; 4] =
    ["1186301234567890001", "1186301234567890002", "1186301234567890003", "1186301234567890004"];

const HELLO: &str = r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":3600000,"_trace":[]}}"#;

const TEXT: u8 = 1;
const BINARY: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    None,
    Zlib,
    Zstd,
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::Zstd, Self::Zlib, Self::None];

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Zlib => "zlib",
            Self::Zstd => "zstd",
        }
    }

    /// The compression that the query of the WebSocket's URL requests.
    pub fn of_query(query: &str) -> Self {
        match query {
            _ if query.contains("compress=zlib-stream") => Self::Zlib,
            _ if query.contains("compress=zstd-stream") => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// The frames of one connection as they are sent. Every prefix of whole frames is a valid stream too.
pub struct Stream {
    pub bytes: Vec<u8>,
    /// The end of each frame: HELLO, READY, and one per event.
    pub ends: Vec<usize>,
}

/// How the authors of the messages vary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Members {
    /// Different data in each message, so that remembering an author saves nothing.
    Changing,
    /// The same data in each message of an author, as in reality.
    Steady,
}

/// The streams of all compressions, with the same events.
pub fn streams(events: usize, resume_url: &str, modes: &[Mode], members: Members) -> Result<Vec<(Mode, Stream)>> {
    let mut encoders = modes.iter().map(|mode| Encoding::new(*mode)).collect::<Result<Vec<_>>>()?;
    let mut payloads = Payloads::new(members);
    let ready = format!(
        r#"{{"t":"READY","s":1,"op":0,"d":{{"v":10,"user":{{"id":"1","username":"bench","bot":true}},"session_id":"0123456789abcdef","resume_gateway_url":"{resume_url}","guilds":[],"shard":[0,1],"application":{{"id":"1","flags":0}}}}}}"#
    );
    for encoding in &mut encoders {
        encoding.add(HELLO)?;
        encoding.add(&ready)?;
    }
    for _ in 0..events {
        let payload = payloads.next();
        for encoding in &mut encoders {
            encoding.add(payload)?;
        }
    }
    Ok(encoders.into_iter().map(|e| (e.mode, e.stream)).collect())
}

struct Encoding {
    mode: Mode,
    stream: Stream,
    zlib: Compress,
    zstd: Encoder<'static>,
    scratch: Vec<u8>,
}

impl Encoding {
    fn new(mode: Mode) -> Result<Self> {
        Ok(Self {
            mode,
            stream: Stream { bytes: Vec::new(), ends: Vec::new() },
            zlib: Compress::new(flate2::Compression::default(), true),
            zstd: zstd_encoder()?,
            scratch: vec![0; 64 << 10],
        })
    }

    fn add(&mut self, payload: &str) -> Result<()> {
        let (opcode, length) = match self.mode {
            Mode::None => (TEXT, payload.len()),
            Mode::Zlib => {
                let before = self.zlib.total_out();
                self.zlib.compress(payload.as_bytes(), &mut self.scratch, FlushCompress::Sync)?;
                (BINARY, usize::try_from(self.zlib.total_out() - before)?)
            }
            Mode::Zstd => {
                let mut output = OutBuffer::around(self.scratch.as_mut_slice());
                let mut input = zstd::stream::raw::InBuffer::around(payload.as_bytes());
                while input.pos() < payload.len() {
                    self.zstd.run(&mut input, &mut output)?;
                }
                while self.zstd.flush(&mut output)? > 0 {}
                (BINARY, output.pos())
            }
        };
        let body = if self.mode == Mode::None { payload.as_bytes() } else { &self.scratch[..length] };
        let bytes = &mut self.stream.bytes;
        bytes.push(0x80 | opcode);
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short), _) if short < 126 => bytes.push(short),
            (_, Ok(middle)) => {
                bytes.push(126);
                bytes.extend_from_slice(&middle.to_be_bytes());
            }
            _ => {
                bytes.push(127);
                bytes.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        bytes.extend_from_slice(body);
        self.stream.ends.push(bytes.len());
        Ok(())
    }
}

/// Settings similar to those that Discord's engineers have published: a thorough search in a small window, which
/// determines the memory of a client per connection. With a bot's real traffic, zstd costs about 0.6 of zlib, as here.
fn zstd_encoder() -> Result<Encoder<'static>> {
    let mut encoder = Encoder::new(6)?;
    encoder.set_parameter(CParameter::WindowLog(18))?;
    encoder.set_parameter(CParameter::HashLog(16))?;
    encoder.set_parameter(CParameter::ChainLog(16))?;
    Ok(encoder)
}

/// Dispatches of MESSAGE_CREATE by a few thousand users.
struct Payloads {
    random: Random,
    words: Vec<String>,
    people: Vec<String>,
    /// The data of each author, where it does not change.
    members: Vec<String>,
    seq: u64,
    text: String,
}

impl Payloads {
    fn new(members: Members) -> Self {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let words = (0..3000).map(|_| word(&mut random)).collect();
        let people = (0..4000)
            .map(|_| {
                let name = format!("{}{}", word(&mut random), random.below(1000));
                format!(
                    r#""author":{{"username":"{name}","public_flags":0,"primary_guild":null,"id":"{}","global_name":"{}","display_name_styles":null,"discriminator":"0","collectibles":null,"clan":null,"avatar_decoration_data":null,"avatar":"{:016x}{:016x}"}}"#,
                    400_000_000_000_000_000 + random.next() % 500_000_000_000_000_000,
                    word(&mut random),
                    random.next(),
                    random.next(),
                )
            })
            .collect();
        let steady = usize::from(members == Members::Steady) * 4000;
        let members = (0..steady).map(|_| member(&mut random)).collect();
        Self { random, words, people, members, seq: 1, text: String::new() }
    }

    fn next(&mut self) -> &str {
        self.seq += 1;
        let Self { random, words, people, members, seq, text } = self;
        let at = *seq / 40;
        let id = 1_186_400_000_000_000_000 + *seq * 104_857_600 + random.below(4_194_304);
        let time = format!(
            "2026-08-01T{:02}:{:02}:{:02}.{:06}+00:00",
            at / 3600 % 24,
            at / 60 % 60,
            at % 60,
            random.below(1_000_000)
        );
        let new;
        let (who, member) = if members.is_empty() {
            new = member(random);
            (None, &new)
        } else {
            let who = index(random, people.len());
            (Some(who), &members[who])
        };
        text.clear();
        let _ = write!(
            text,
            r#"{{"t":"MESSAGE_CREATE","s":{seq},"op":0,"d":{{"type":0,"tts":false,"timestamp":"{time}","pinned":false,"nonce":"{}","mentions":[],"mention_roles":[],"mention_everyone":false,"member":{{{member}}},"id":"{id}","flags":0,"embeds":[],"edited_timestamp":null,"content":""#,
            id + 17,
        );
        let until = text.len() + 60 + usize::try_from(random.below(480)).unwrap_or(0);
        while text.len() < until {
            text.push_str(&words[index(random, words.len())]);
            text.push(if random.below(40) == 0 { 'é' } else { ' ' });
        }
        let _ = write!(
            text,
            r#"","components":[],"channel_type":0,"channel_id":"{}",{},"attachments":[],"guild_id":"1186300000000000000"}}}}"#,
            CHANNELS[index(random, CHANNELS.len())],
            people[who.unwrap_or_else(|| index(random, people.len()))],
        );
        text
    }
}

fn index(random: &mut Random, length: usize) -> usize {
    usize::try_from(random.below(length as u64)).unwrap_or(0)
}

fn member(random: &mut Random) -> String {
    format!(
        r#""roles":["{}","{}","{}"],"premium_since":null,"pending":false,"nick":null,"mute":false,"joined_at":"2024-0{}-1{}T09:30:11.{:06}+00:00","flags":0,"deaf":false,"communication_disabled_until":null,"banner":null,"avatar":null"#,
        role(random),
        role(random),
        role(random),
        1 + random.below(9),
        random.below(9),
        random.below(1_000_000),
    )
}

fn role(random: &mut Random) -> u64 {
    1_186_310_000_000_000_000 + random.below(60) * 7_919_000_003
}

fn word(random: &mut Random) -> String {
    const PARTS: [&str; 16] =
        ["ka", "lo", "mi", "ten", "sur", "a", "vel", "ro", "sh", "in", "e", "dor", "qu", "ing", "us", "fa"];
    (0..1 + random.below(4)).map(|_| PARTS[index(random, PARTS.len())]).collect()
}

/// xorshift64*, which gives the same stream in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
