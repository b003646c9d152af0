//! Speech as it is kept: what a page recorded comes as plain samples and becomes Opus in Ogg, small
//! enough for a weak link, whatever the platform's own recorder can make. Not here: how it travels.

use ropus::{Application, Bitrate, Channels, Encoder, FrameDuration, Signal};

/// The largest file that is looked at: the longest recording, in stereo at 48,000 samples a second.
pub const MAX_FILE: usize = 36 * 1024 * 1024;
/// Bits of a second of speech: of the class of eight thousand, and words in whispers stay clear.
const SPEECH_BITS: u32 = 10_000;
/// Samples a second of what is kept: all that speech needs.
const RATE: u32 = 16_000;
/// Rates that recordings have.
const RATES: core::ops::RangeInclusive<u32> = 8_000..=192_000;
/// Half of the full effort: a cheap tablet makes three minutes in some seconds.
const EFFORT: u8 = 5;
/// Samples of one packet, sixty milliseconds; Ogg counts forty-eight thousand a second whatever they are.
const PACKET: usize = 960;
const PACKET_48K: u64 = 2_880;
/// Packets to a page, which costs 27 bytes and one for each.
const PAGE: usize = 32;
/// The longest packet that the encoder may make.
const LONGEST: usize = 1_275;
/// Neighbours of a sample that are looked at, to each side, when the rate changes.
const REACH: f32 = 12.0;

/// Samples of a recording as whole numbers, one channel.
#[derive(Debug, PartialEq, Eq)]
struct Samples {
    rate: u32,
    all: Vec<i16>,
}

/// Makes a recording in WAV small; `None` when it is no such file, or of another kind than sixteen bits.
#[must_use]
pub fn of_speech(wav: &[u8]) -> Option<Vec<u8>> {
    let samples = read(wav)?;
    let samples = at_rate(&samples);
    let mut encoder = Encoder::builder(RATE, Channels::Mono, Application::Voip)
        .bitrate(Bitrate::Bits(SPEECH_BITS))
        .signal(Signal::Voice)
        .complexity(EFFORT)
        .frame_duration(FrameDuration::Ms60)
        .build()
        .ok()?;
    // In samples of Ogg's clock: what comes out before the first sample went in.
    let ahead = encoder.lookahead().checked_mul(48_000 / RATE)?;
    let length = u64::try_from(samples.len()).ok()? * u64::from(48_000 / RATE);
    // Silence behind the end, until the last sample is out.
    let whole = length + u64::from(ahead);
    let count = usize::try_from(whole.div_ceil(PACKET_48K)).ok()?;
    let mut packets = Vec::with_capacity(count);
    let mut packet = [0; LONGEST];
    for number in 0..count {
        let mut frame = samples
            .iter()
            .skip(number * PACKET)
            .take(PACKET)
            .copied()
            .collect::<Vec<_>>();
        frame.resize(PACKET, 0);
        let made = encoder.encode(&frame, &mut packet).ok()?;
        packets.push(packet.get(..made)?.to_vec());
    }
    Some(ogg(&packets, u16::try_from(ahead).ok()?, whole))
}

fn read(wav: &[u8]) -> Option<Samples> {
    let (head, mut rest) = wav.split_at_checked(12)?;
    if !head.starts_with(b"RIFF") || !head.ends_with(b"WAVE") {
        return None;
    }
    let mut format = None;
    loop {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (size, body) = after.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
        if name == b"data" {
            let (rate, channels) = format?;
            // A recorder that was cut off wrote a size of what did not come any more.
            let data = body.get(..size).unwrap_or(body);
            let frames = data.chunks_exact(2 * usize::from(channels));
            let all = frames
                .map(|frame| mean(frame, i32::from(channels)))
                .collect::<Vec<_>>();
            return (!all.is_empty()).then_some(Samples { rate, all });
        }
        let chunk = body.get(..size)?;
        if name == b"fmt " {
            format = Some(kind(chunk)?);
        }
        rest = body.get(size.checked_add(size % 2)?..)?;
    }
}

/// Samples a second and channels of the kind that is read here.
fn kind(chunk: &[u8]) -> Option<(u32, u16)> {
    let number = |at: usize| Some(u16::from_le_bytes([*chunk.get(at)?, *chunk.get(at + 1)?]));
    let rate = u32::from(number(4)?) | u32::from(number(6)?) << 16;
    let (plain, channels, bits) = (number(0)?, number(2)?, number(14)?);
    // The second number says that what it is stands further on.
    let plain = plain == 1 || (plain == 0xfffe && number(24)? == 1);
    let fits = plain && bits == 16 && (1..=2).contains(&channels) && RATES.contains(&rate);
    fits.then_some((rate, channels))
}

fn mean(frame: &[u8], channels: i32) -> i16 {
    let samples = frame.chunks_exact(2).map(|two| match two {
        [low, high] => i32::from(i16::from_le_bytes([*low, *high])),
        _ => 0,
    });
    i16::try_from(samples.sum::<i32>() / channels.max(1)).unwrap_or_default()
}

/// The same at the rate that is kept. What lies above half of it would be heard as something else and
/// is taken out: each sample is a weighed sum of those around it.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates and places are below 2^24 or rounded by intent; a float becomes a sample by saturating"
)]
fn at_rate(from: &Samples) -> Vec<i16> {
    if from.rate == RATE {
        return from.all.clone();
    }
    let step = f64::from(from.rate) / f64::from(RATE);
    let count = (from.all.len() as f64 / step) as usize;
    // What is kept of the band, and how far one looks in samples of the recording.
    let share = (1.0 / step).min(1.0) as f32;
    let reach = REACH / share;
    (0..count)
        .map(|number| {
            let at = number as f64 * step;
            let first = (at - f64::from(reach)).ceil().max(0.0) as usize;
            let last =
                ((at + f64::from(reach)).floor() as usize).min(from.all.len().saturating_sub(1));
            let (mut sum, mut weight) = (0.0, 0.0);
            let near = from.all.get(first..=last).unwrap_or_default();
            for (sample, place) in near.iter().zip(first..) {
                let away = (place as f64 - at) as f32;
                let w = weigh(away * share)
                    * (0.5 + 0.5 * (core::f32::consts::PI * away / reach).cos());
                sum += f32::from(*sample) * w;
                weight += w;
            }
            (sum / if weight == 0.0 { 1.0 } else { weight }).round() as i16
        })
        .collect()
}

/// How much a sample so far away weighs.
fn weigh(away: f32) -> f32 {
    let turn = core::f32::consts::PI * away;
    if turn.abs() < 1e-6 {
        1.0
    } else {
        turn.sin() / turn
    }
}

/// Packets as a file (RFC 7845): two pages that say what it is, then the packets.
fn ogg(packets: &[Vec<u8>], ahead: u16, whole: u64) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend_from_slice(&ahead.to_le_bytes());
    head.extend_from_slice(&RATE.to_le_bytes());
    head.extend_from_slice(&[0, 0, 0]);
    // Nothing of the device or the time is written into it.
    let mut tags = b"OpusTags".to_vec();
    tags.extend_from_slice(&6_u32.to_le_bytes());
    tags.extend_from_slice(b"Majlis");
    tags.extend_from_slice(&0_u32.to_le_bytes());
    let mut out = Vec::new();
    page(&mut out, 0, FIRST, 0, &[head]);
    page(&mut out, 1, 0, 0, &[tags]);
    let pages = packets.chunks(PAGE);
    let last = pages.len();
    let mut come = 0_u64;
    for (number, packets) in (1..).zip(pages) {
        come += PACKET_48K * packets.len() as u64;
        let (flags, at) = if number == last {
            (LAST, whole)
        } else {
            (0, come)
        };
        page(
            &mut out,
            u32::try_from(number).unwrap_or(u32::MAX).saturating_add(1),
            flags,
            at,
            packets,
        );
    }
    out
}

const FIRST: u8 = 2;
const LAST: u8 = 4;

fn page(out: &mut Vec<u8>, number: u32, flags: u8, at: u64, packets: &[Vec<u8>]) {
    let mut lengths = Vec::new();
    for packet in packets {
        let mut left = packet.len();
        while let Some(rest) = left.checked_sub(255) {
            lengths.push(255);
            left = rest;
        }
        lengths.push(u8::try_from(left).unwrap_or_default());
    }
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend_from_slice(&at.to_le_bytes());
    // One stream needs no number that nobody else has.
    page.extend_from_slice(&1_u32.to_le_bytes());
    page.extend_from_slice(&number.to_le_bytes());
    page.extend_from_slice(&[0; 4]);
    page.push(u8::try_from(lengths.len()).unwrap_or_default());
    page.extend_from_slice(&lengths);
    page.extend(packets.iter().flatten());
    let sum = checksum(&page);
    if let Some(place) = page.get_mut(22..26) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
    out.append(&mut page);
}

/// Ogg's own: polynomial 0x04c11db7, highest bit first, from zero.
fn checksum(page: &[u8]) -> u32 {
    page.iter().fold(0_u32, |sum, byte| {
        (0..8).fold(sum ^ (u32::from(*byte) << 24), |sum, _| {
            (sum << 1) ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second and a half of a voice: a tone with overtones that swells and falls.
    fn voice(rate: u32, channels: u16) -> Vec<i16> {
        let count = rate + rate / 2;
        let mut all = Vec::new();
        for number in 0..count {
            let at = f64::from(number) / f64::from(rate);
            let swell = 0.5 - 0.5 * (at * 12.0).cos();
            let sound: f64 = (1..6)
                .map(|of| (at * 880.0 * f64::from(of)).sin() / f64::from(of))
                .sum();
            #[allow(clippy::cast_possible_truncation, reason = "far within the range")]
            let sample = (sound * swell * 8_000.0) as i16;
            all.extend(std::iter::repeat_n(sample, usize::from(channels)));
        }
        all
    }

    fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
        let data = u32::try_from(samples.len() * 2).unwrap();
        let mut file = b"RIFF".to_vec();
        file.extend((data + 36).to_le_bytes());
        file.extend(b"WAVEfmt \x10\0\0\0\x01\0");
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend((rate * 2 * u32::from(channels)).to_le_bytes());
        file.extend((2 * channels).to_le_bytes());
        file.extend(16_u16.to_le_bytes());
        file.extend(b"data");
        file.extend(data.to_le_bytes());
        file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        file
    }

    /// Reads it as any player would: pages whole, packets decoded. Gives what is heard, at 16,000.
    fn hear(file: &[u8]) -> Vec<i16> {
        let mut decoder = ropus::Decoder::new(RATE, Channels::Mono).unwrap();
        let (mut rest, mut heard, mut number) = (file, Vec::new(), 0_u32);
        let mut end = 0;
        let mut ahead = 0;
        while !rest.is_empty() {
            assert_eq!(&rest[..5], b"OggS\0");
            assert_eq!(rest[18..22], number.to_le_bytes());
            let lengths = usize::from(rest[26]);
            let table = rest[27..27 + lengths].to_vec();
            let size: usize = table.iter().map(|length| usize::from(*length)).sum();
            let whole = 27 + lengths + size;
            let mut page = rest[..whole].to_vec();
            let sum = u32::from_le_bytes(page[22..26].try_into().unwrap());
            page[22..26].fill(0);
            assert_eq!(sum, checksum(&page));
            let mut body = &rest[27 + lengths..whole];
            if number == 0 {
                assert_eq!(rest[5], FIRST);
                ahead = usize::from(u16::from_le_bytes([body[10], body[11]])) / 3;
            }
            if number > 1 {
                end = u64::from_le_bytes(rest[6..14].try_into().unwrap());
                let mut length = 0;
                for part in table {
                    length += usize::from(part);
                    if part < 255 {
                        let mut pcm = vec![0; 5_760];
                        let got = decoder
                            .decode(&body[..length], &mut pcm, ropus::DecodeMode::Normal)
                            .unwrap();
                        heard.extend_from_slice(&pcm[..got]);
                        body = &body[length..];
                        length = 0;
                    }
                }
                let is_last = rest[5] == LAST;
                assert_eq!(is_last, whole == rest.len());
            }
            rest = &rest[whole..];
            number += 1;
        }
        heard.truncate(usize::try_from(end).unwrap() / 3);
        heard.split_off(ahead)
    }

    /// How alike two recordings are, from 0 to 1.
    fn alike(one: &[i16], other: &[i16]) -> f64 {
        let dot = |a: &[i16], b: &[i16]| -> f64 {
            a.iter()
                .zip(b)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum()
        };
        dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
    }

    #[test]
    fn what_was_said_is_heard_again_at_a_twentieth_of_the_bytes() {
        let said = voice(RATE, 1);
        for (rate, channels) in [
            (16_000, 1),
            (48_000, 1),
            (44_100, 2),
            (8_000, 1),
            (96_000, 2),
        ] {
            let file = of_speech(&wav(rate, channels, &voice(rate, channels))).unwrap();
            assert_eq!(crate::picture::sound_type(&file), Some("audio/ogg"));
            assert!(file.len() < 2_500, "{} bytes at {rate}", file.len());
            let heard = hear(&file);
            assert!(
                said.len().abs_diff(heard.len()) < 3,
                "{} of {}",
                heard.len(),
                said.len()
            );
            let alike = alike(&said, &heard);
            assert!(alike > 0.8, "{alike} alike at {rate}");
        }
    }

    #[test]
    fn three_minutes_fit_a_weak_link() {
        let minute = voice(RATE, 1).repeat(40);
        let file = of_speech(&wav(RATE, 1, &minute)).unwrap();
        let bits = file.len() * 8 / 60;
        assert!(bits < 11_000, "{bits} bits a second");
    }

    #[test]
    fn what_cannot_be_spoken_of_is_left_alone() {
        let good = wav(RATE, 1, &voice(RATE, 1));
        let altered = |at: usize, byte: u8| {
            let mut file = good.clone();
            file[at] = byte;
            file
        };
        // A kind that is packed, three channels, eight bits, a rate of 0 and no sample at all.
        for file in [
            altered(20, 85),
            altered(22, 3),
            altered(34, 8),
            altered(25, 0),
            wav(RATE, 1, &[]),
        ] {
            assert_eq!(of_speech(&file), None);
        }
        for end in 0..good.len().min(60) {
            let _ = of_speech(&good[..end]);
        }
        // Sizes that reach beyond the file.
        assert_eq!(of_speech(&altered(19, 255)), None);
        assert!(
            of_speech(&altered(43, 127)).is_some(),
            "what came of it is kept"
        );
    }
}
