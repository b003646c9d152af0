//! Photos as they are kept: upright, small, and without what cameras write into them (place, time,
//! device). Not here: how they travel.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits};

/// The largest file that is looked at.
pub const MAX_FILE: usize = 24 * 1024 * 1024;
/// A photo is made to fit this, in bytes.
pub const PHOTO_BYTES: usize = 150_000;
/// A preview is made to fit this: one piece of a blob.
pub const PREVIEW_BYTES: usize = majlis_core::blob::PIECE as usize;
/// Longest sides and qualities to try, best first.
const PHOTO: [(u32, u8); 6] = [
    (1_600, 75),
    (1_600, 60),
    (1_280, 60),
    (1_280, 45),
    (1_024, 45),
    (800, 35),
];
const PREVIEW: [(u32, u8); 5] = [(240, 55), (240, 40), (200, 35), (160, 30), (96, 30)];

/// A photo and its preview, as JPEG files.
#[derive(Debug)]
pub struct Developed {
    /// The photo.
    pub full: Vec<u8>,
    /// The preview.
    pub preview: Vec<u8>,
}

/// The file is no picture of a known kind, or too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("opening a picture")]
pub struct NotAPicture;

/// Opens a JPEG, PNG or WebP file within limits, turned upright.
///
/// # Errors
/// [`NotAPicture`]
pub fn open(file: &[u8]) -> Result<DynamicImage, NotAPicture> {
    if file.len() > MAX_FILE {
        return Err(NotAPicture);
    }
    let mut reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .map_err(|_| NotAPicture)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(12_000);
    limits.max_image_height = Some(12_000);
    limits.max_alloc = Some(256 * 1024 * 1024);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| NotAPicture)?;
    let turned = decoder.orientation().map_err(|_| NotAPicture)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| NotAPicture)?;
    picture.apply_orientation(turned);
    Ok(picture)
}

/// Makes a photo fit for weak links.
///
/// # Errors
/// [`NotAPicture`]
pub fn develop(file: &[u8]) -> Result<Developed, NotAPicture> {
    let picture = open(file)?;
    // Paper under what is transparent: JPEG knows no transparency.
    let picture = DynamicImage::ImageRgb8(on_white(&picture));
    let full = fit(&picture, &PHOTO, PHOTO_BYTES)?;
    let preview = fit(&picture, &PREVIEW, PREVIEW_BYTES)?;
    Ok(Developed { full, preview })
}

fn on_white(picture: &DynamicImage) -> image::RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let rgba = picture.to_rgba8();
    image::RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        let over = |c: u8| {
            let (c, a) = (u32::from(c), u32::from(a));
            u8::try_from((c * a + 255 * (255 - a)) / 255).unwrap_or(255)
        };
        image::Rgb([over(r), over(g), over(b)])
    })
}

/// The best of `tries` that fits; the last of them when none does.
fn fit(picture: &DynamicImage, tries: &[(u32, u8)], bytes: usize) -> Result<Vec<u8>, NotAPicture> {
    let mut last = Vec::new();
    let mut scaled: Option<(u32, DynamicImage)> = None;
    for (side, quality) in tries {
        let small = match scaled.take() {
            Some((at, small)) if at == *side => small,
            _ if picture.width().max(picture.height()) > *side => {
                picture.resize(*side, *side, FilterType::Triangle)
            }
            _ => picture.clone(),
        };
        last = Vec::new();
        JpegEncoder::new_with_quality(&mut last, *quality)
            .encode_image(&small)
            .map_err(|_| NotAPicture)?;
        if last.len() <= bytes {
            break;
        }
        scaled = Some((*side, small));
    }
    Ok(last)
}

/// What kind of sound a file is, by its first bytes: Opus in Ogg or WebM, or AAC in MPEG-4, which
/// is what browsers and phones record.
#[must_use]
pub fn sound_type(file: &[u8]) -> Option<&'static str> {
    if file.starts_with(b"OggS") {
        Some("audio/ogg")
    } else if file.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        Some("audio/webm")
    } else if file.get(4..8) == Some(b"ftyp") {
        Some("audio/mp4")
    } else if file.starts_with(b"ID3")
        || matches!(file, [0xff, second, ..] if second & 0xe6 == 0xe2)
    {
        // Layer III, with a tag before it or without.
        Some("audio/mpeg")
    } else if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WAVE") {
        Some("audio/wav")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, Rgb, RgbImage};

    /// Something between a wall and a meadow: noise that does not compress away, on shapes.
    fn scene(width: u32, height: u32) -> RgbImage {
        let mut noise = 12_345_u32;
        RgbImage::from_fn(width, height, |x, y| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = u8::try_from(noise >> 28).unwrap();
            let at = |n: u32| u8::try_from((x * n / width.max(1) + y) % 200).unwrap();
            Rgb([at(90) + grain, at(160) + grain, at(40) + grain])
        })
    }

    fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn a_large_photo_becomes_small_and_keeps_its_shape() {
        let picture = DynamicImage::ImageRgb8(scene(2_400, 1_800));
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let made = develop(&file(&picture, format)).unwrap();
            assert!(made.full.len() <= PHOTO_BYTES, "{}", made.full.len());
            assert!(made.preview.len() <= PREVIEW_BYTES);
            let full = open(&made.full).unwrap();
            assert!(full.width() >= 800 && full.width() <= 1_600);
            assert_eq!(full.width() * 3, full.height() * 4);
        }
    }

    #[test]
    fn a_small_picture_is_not_blown_up() {
        let picture = DynamicImage::ImageRgb8(scene(120, 60));
        let made = develop(&file(&picture, ImageFormat::Png)).unwrap();
        let full = open(&made.full).unwrap();
        assert_eq!((full.width(), full.height()), (120, 60));
    }

    #[test]
    fn nothing_that_a_camera_noted_is_left() {
        // A JPEG with an EXIF segment: turned by a quarter, and a place written into it.
        let plain = file(&DynamicImage::ImageRgb8(scene(400, 200)), ImageFormat::Jpeg);
        let mut exif =
            b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        exif.extend_from_slice(b"GPS 34.0209 N 6.8416 W");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let mut noted = plain[..2].to_vec();
        noted.extend_from_slice(&[0xff, 0xe1]);
        noted.extend_from_slice(&length);
        noted.extend_from_slice(&exif);
        noted.extend_from_slice(&plain[2..]);
        let made = develop(&noted).unwrap();
        let full = open(&made.full).unwrap();
        assert_eq!((full.width(), full.height()), (200, 400), "it is upright");
        for file in [made.full, made.preview] {
            assert!(!file.windows(3).any(|window| window == b"GPS"));
            assert!(!file.windows(4).any(|window| window == b"Exif"));
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for file in [&b""[..], b"GIF89a", b"%PDF-1.7", &[0xff; 4_000]] {
            assert_eq!(develop(file).unwrap_err(), NotAPicture);
        }
        // A picture of a hundred million million points in a few bytes.
        let mut bomb = file(&DynamicImage::ImageRgb8(scene(8, 8)), ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0x98, 0x96, 0x80, 0, 0x98, 0x96, 0x80]);
        assert!(develop(&bomb).is_err());
        assert!(open(&vec![0; MAX_FILE + 1]).is_err());
    }
}
