//! The duration and a rough waveform of an Ogg Opus file (RFC 3533, RFC 7845), which a voice message needs.

/// Opus counts time in samples at 48 kHz, whatever the sample rate of the recording was.
const SAMPLES_PER_SECOND: f64 = 48_000.0;

/// An Opus stream in an Ogg container.
#[derive(Debug, PartialEq)]
pub struct Recording {
    pub seconds: f64,
    /// The size of each audio packet in bytes, in order. All packets have the same duration and, at a variable bit
    /// rate, louder ones are larger.
    packets: Vec<usize>,
}

impl Recording {
    /// Reads the headers of the pages. `None` if the bytes are not a complete Ogg Opus stream.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (mut packets, mut open) = (Vec::new(), 0);
        let (mut last, mut skipped) = (0_u64, 0_u64);
        let mut rest = bytes;
        let mut headers = 0;
        while !rest.is_empty() {
            let (head, after) = rest.split_first_chunk::<27>()?;
            if &head[..4] != b"OggS" || head[4] != 0 {
                return None;
            }
            let position = u64::from_le_bytes(*head[6..].first_chunk()?);
            let (sizes, after) = after.split_at_checked(usize::from(head[26]))?;
            let length = sizes.iter().map(|size| usize::from(*size)).sum();
            let (body, after) = after.split_at_checked(length)?;
            // The first packet is the header, the second the tags; both have their own pages.
            if headers == 0 {
                let preskip = body.strip_prefix(b"OpusHead")?.get(2..4)?;
                skipped = u64::from(u16::from_le_bytes([preskip[0], preskip[1]]));
            }
            for size in sizes {
                open += usize::from(*size);
                if *size < u8::MAX {
                    if headers < 2 {
                        headers += 1;
                    } else {
                        packets.push(open);
                    }
                    open = 0;
                }
            }
            // A page on which no packet ends has no position.
            if position != u64::MAX {
                last = position;
            }
            rest = after;
        }
        let samples = last.checked_sub(skipped)?;
        (!packets.is_empty()).then(|| Self { seconds: samples as f64 / SAMPLES_PER_SECOND, packets })
    }

    /// A preview of the loudness: one byte per tenth of a second, at most 256 bytes (Discord's "Voice Messages"). It is
    /// computed from the sizes of the packets, because dcord does not decode the audio.
    pub fn waveform(&self) -> Vec<u8> {
        const MAX: f64 = 256.0;
        const PER_SECOND: f64 = 10.0;
        let points = (self.seconds * PER_SECOND).ceil().clamp(1.0, MAX) as usize;
        let points = points.min(self.packets.len());
        let mean = |point: usize| {
            let (from, to) = (point * self.packets.len() / points, (point + 1) * self.packets.len() / points);
            self.packets[from..to].iter().sum::<usize>() / (to - from)
        };
        let means: Vec<usize> = (0..points).map(mean).collect();
        let (least, most) = (means.iter().min().copied().unwrap_or(0), means.iter().max().copied().unwrap_or(0));
        let height = |mean: &usize| match most - least {
            // At a constant bit rate, all packets have the same size.
            0 => u8::MAX / 2,
            span => ((mean - least) * usize::from(u8::MAX) / span) as u8,
        };
        means.iter().map(height).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A page with the packets that end on it, and the position after the last one.
    fn page(position: u64, packets: &[&[u8]]) -> Vec<u8> {
        let mut page = b"OggS\0\0".to_vec();
        page.extend(position.to_le_bytes());
        page.extend([0; 12]);
        let sizes: Vec<u8> = packets
            .iter()
            .flat_map(|packet| std::iter::repeat_n(255, packet.len() / 255).chain([(packet.len() % 255) as u8]))
            .collect();
        page.push(sizes.len() as u8);
        page.extend(sizes);
        page.extend(packets.concat());
        page
    }

    fn stream(packets: &[&[u8]]) -> Vec<u8> {
        let head = page(0, &[b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0"]);
        let tags = page(0, &[b"OpusTags\0\0\0\0\0\0\0\0"]);
        [head, tags, page(48_000 * 2 + 312, packets)].concat()
    }

    #[test]
    fn the_length_and_waveform_of_a_recording_are_computed() {
        let (quiet, loud) = ([0; 10].as_slice(), [0; 600].as_slice());
        let recording = Recording::read(&stream(&[quiet, loud, quiet, loud])).unwrap();
        assert_eq!((recording.seconds, recording.packets.as_slice()), (2.0, &[10, 600, 10, 600][..]));
        assert_eq!(recording.waveform(), [0, 255, 0, 255]);
        let even = Recording::read(&stream(&[quiet, quiet])).unwrap();
        assert_eq!(even.waveform(), [127, 127]);
    }

    #[test]
    fn an_incomplete_opus_stream_is_not_a_recording() {
        let whole = stream(&[&[1; 20]]);
        for bytes in [&b""[..], b"OggS", &whole[..whole.len() - 1], &whole[..60], b"RIFF\0\0\0\0WAVE"] {
            assert_eq!(Recording::read(bytes), None);
        }
        assert_eq!(Recording::read(&page(1, &[b"\x01vorbis"])), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_ogg_parser_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..150_usize) {
            let mut damaged = stream(&[&[1; 20], &[2; 40]]);
            for byte in &mut damaged[at..] {
                *byte ^= bytes.pop().unwrap_or(0);
            }
            for bytes in [damaged, bytes] {
                if let Some(recording) = Recording::read(&bytes) {
                    prop_assert!(recording.waveform().len() <= 256);
                }
            }
        }
    }
}
