//! QR codes: drawn as SVG, read from a camera frame or picture. Not here: what they say.

use image::DynamicImage;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::picture;

/// Wider pictures are shrunk to this before reading: cheap devices read them faster, and no worse.
const MAX_SIDE: u32 = 1_600;

/// Why a code was not drawn or read.
#[derive(Debug, thiserror::Error)]
pub enum QrError {
    /// The text does not fit any code.
    #[error("drawing a code of a text that is too long")]
    TooLong,
    /// The file is no picture of a known kind, or too large.
    #[error("opening the picture")]
    NotAPicture,
    /// The picture shows no readable code.
    #[error("reading a code from the picture")]
    NoCode,
}

/// Draws `text` dark on white with a quiet zone, whatever the theme: cameras need it so.
///
/// # Errors
/// [`QrError::TooLong`].
pub fn draw(text: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .or_else(|_| QrCode::with_error_correction_level(text, EcLevel::L))
        .map_err(|_| QrError::TooLong)?;
    Ok(code
        .render::<svg::Color<'_>>()
        .quiet_zone(true)
        .min_dimensions(240, 240)
        .dark_color(svg::Color("#000000"))
        .light_color(svg::Color("#ffffff"))
        .build())
}

/// Reads the first code in a picture.
///
/// # Errors
/// [`QrError::NotAPicture`] and [`QrError::NoCode`].
pub fn read(file: &[u8]) -> Result<String, QrError> {
    let picture = picture::open(file).map_err(|_| QrError::NotAPicture)?;
    let luma = shrink(picture).to_luma8();
    let mut prepared = rqrr::PreparedImage::prepare(luma);
    prepared
        .detect_grids()
        .into_iter()
        .find_map(|grid| grid.decode().ok().map(|(_, text)| text))
        .ok_or(QrError::NoCode)
}

fn shrink(picture: DynamicImage) -> DynamicImage {
    if picture.width().max(picture.height()) > MAX_SIDE {
        picture.thumbnail(MAX_SIDE, MAX_SIDE)
    } else {
        picture
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn png_of(text: &str, pixels: u32) -> Vec<u8> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let side = u32::try_from(code.width()).unwrap();
        let quiet = 4;
        let size = (side + 2 * quiet) * pixels;
        let colors = code.to_colors();
        let picture = image::GrayImage::from_fn(size, size, |x, y| {
            let (x, y) = (
                (x / pixels).wrapping_sub(quiet),
                (y / pixels).wrapping_sub(quiet),
            );
            let dark = x < side
                && y < side
                && colors[usize::try_from(y * side + x).unwrap()] == qrcode::Color::Dark;
            image::Luma([if dark { 0 } else { 255 }])
        });
        let mut out = Cursor::new(Vec::new());
        DynamicImage::ImageLuma8(picture)
            .write_to(&mut out, image::ImageFormat::Png)
            .unwrap();
        out.into_inner()
    }

    #[test]
    fn a_code_reads_back_from_a_picture() {
        let text = "MAJLIS:JOIN/ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".repeat(6);
        assert_eq!(read(&png_of(&text, 4)).unwrap(), text);
    }

    #[test]
    fn a_drawing_is_dark_on_white() {
        let svg = draw("MAJLIS").unwrap();
        assert!(svg.contains("<svg") && svg.contains("#ffffff") && svg.contains("#000000"));
        assert!(matches!(draw(&"x".repeat(5_000)), Err(QrError::TooLong)));
    }

    #[test]
    fn junk_is_refused() {
        assert!(matches!(read(b"not a picture"), Err(QrError::NotAPicture)));
        let mut blank = Cursor::new(Vec::new());
        DynamicImage::ImageLuma8(image::GrayImage::from_pixel(64, 64, image::Luma([255])))
            .write_to(&mut blank, image::ImageFormat::Png)
            .unwrap();
        assert!(matches!(read(&blank.into_inner()), Err(QrError::NoCode)));
    }
}
