//! QR codes, as half blocks for a terminal and as PNG.

use qrcode::{Color, EcLevel, QrCode};

use crate::error::{Error, Result};

/// Light modules around the code; the standard requires four.
const MARGIN: usize = 4;
/// Pixels per module and direction.
const MODULE_PIXELS: usize = 8;
/// Black on white, independent of the terminal's own colors.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
const RESET: &str = "\u{1b}[0m";

/// A QR code with its light margin.
pub struct Qr {
    /// Modules in a row, with the margin.
    pub size: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// Fails if `text` is too long for a QR code.
    pub fn new(text: &str) -> Result<Qr> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L)
            .map_err(|error| Error::failed(format!("a QR code can't be made for this: {error}")))?;
        let inner = code.width();
        let size = inner + 2 * MARGIN;
        let mut dark = vec![false; size * size];
        for (at, color) in code.into_colors().into_iter().enumerate() {
            dark[(at / inner + MARGIN) * size + at % inner + MARGIN] = color == Color::Dark;
        }
        Ok(Qr { size, dark })
    }

    /// Whether a module is dark; those after the last row are light.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark.get(y * self.size + x).copied().unwrap_or(false)
    }

    /// The code with two rows of modules per line. With color it is black on white on any terminal. Without color, the
    /// blocks are the light modules, which is right only on a dark terminal.
    pub fn text(&self, color: bool) -> String {
        let mut text = String::new();
        for y in (0..self.size).step_by(2) {
            if color {
                text += BLACK_ON_WHITE;
            }
            for x in 0..self.size {
                let (upper, lower) = (self.is_dark(x, y) == color, self.is_dark(x, y + 1) == color);
                text.push(match (upper, lower) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            if color {
                text += RESET;
            }
            text.push('\n');
        }
        text
    }

    /// The code as a grey PNG.
    pub fn png(&self) -> Result<Vec<u8>> {
        let side = self.size * MODULE_PIXELS;
        let pixel =
            |at: usize| if self.is_dark(at % side / MODULE_PIXELS, at / side / MODULE_PIXELS) { 0 } else { u8::MAX };
        let pixels: Vec<u8> = (0..side * side).map(pixel).collect();
        let wrong = |error: png::EncodingError| Error::failed(error.to_string());
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side as u32, side as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(wrong)?;
        writer.write_image_data(&pixels).map_err(wrong)?;
        writer.finish().map_err(wrong)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "tg://login?token=AQLbEchFI_xNuq-oVV3OWF4Z8vFIaT9ZgZLpHPx6yNcQmw";

    /// Reads the code from grey levels, as a camera does.
    fn read(width: usize, height: usize, level: impl FnMut(usize, usize) -> u8) -> String {
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, level);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    /// Reads the code from a terminal with cells of 4 by 8 pixels, in `ink` on `paper`, as a camera does.
    fn see(text: &str, ink: u8, paper: u8) -> String {
        let text = text.replace(BLACK_ON_WHITE, "").replace(RESET, "");
        let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        // The terminal has a margin around the code.
        let (width, height) = (lines[0].len() * 4 + 40, lines.len() * 8 + 40);
        read(width, height, |x, y| {
            let (x, y) = (x.wrapping_sub(20), y.wrapping_sub(20));
            let cell = lines.get(y / 8).and_then(|line| line.get(x / 4)).copied().unwrap_or(' ');
            let inked = match cell {
                '█' => true,
                '▀' => y % 8 < 4,
                '▄' => y % 8 >= 4,
                _ => false,
            };
            if inked { ink } else { paper }
        })
    }

    #[test]
    fn a_camera_reads_it_on_any_terminal() {
        let qr = Qr::new(LINK).unwrap();
        let colored = qr.text(true);
        assert!(colored.lines().all(|line| line.starts_with(BLACK_ON_WHITE) && line.ends_with(RESET)));
        // The text sets its colors, so it does not depend on the terminal's.
        assert_eq!(see(&colored, 0, 255), LINK);
        let plain = qr.text(false);
        assert!(!plain.contains('\u{1b}'));
        assert_eq!(see(&plain, 230, 10), LINK);
        // It fits a terminal of 80 by 24 cells with its link below.
        assert!(qr.size <= 80 && plain.lines().count() <= 22, "{}", qr.size);
    }

    #[test]
    fn a_camera_reads_the_picture() {
        let file = Qr::new(LINK).unwrap().png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        let width = frame.width as usize;
        assert_eq!(read(width, frame.height as usize, |x, y| pixels[y * width + x]), LINK);
    }
}
