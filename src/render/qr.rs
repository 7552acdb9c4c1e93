//! QR codes: as half blocks for a terminal, and as a PNG.

use qrcode::{Color, EcLevel, QrCode};

use crate::error::{Error, Result};

/// Light modules around the code; the standard asks for four.
const QUIET: usize = 4;
/// Pixels of a module.
const SCALE: usize = 8;
/// Black on white, whatever the terminal's own colors are.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
const RESET: &str = "\u{1b}[0m";

/// A QR code with the light frame that it needs.
pub struct Qr {
    /// Modules in a row, the frame included.
    pub size: usize,
    dark: Vec<bool>,
}

impl Qr {
    pub fn new(text: &str) -> Result<Qr> {
        let code = QrCode::with_error_correction_level(text, EcLevel::L)
            .map_err(|error| Error::failed(format!("there is no QR code for that: {error}")))?;
        let inner = code.width();
        let size = inner + 2 * QUIET;
        let mut dark = vec![false; size * size];
        for (at, color) in code.into_colors().into_iter().enumerate() {
            dark[(at / inner + QUIET) * size + at % inner + QUIET] = color == Color::Dark;
        }
        Ok(Qr { size, dark })
    }

    /// Beyond the last row everything is light.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark.get(y * self.size + x).copied().unwrap_or(false)
    }

    /// Two rows of modules a line. With color it is black on white on any terminal; without, the blocks are the light
    /// modules, as a dark terminal shows them.
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

    /// Eight pixels a module, grey levels.
    pub fn png(&self) -> Result<Vec<u8>> {
        let side = self.size * SCALE;
        let pixel = |at: usize| if self.is_dark(at % side / SCALE, at / side / SCALE) { 0 } else { u8::MAX };
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

    /// What a camera reads that sees these grey levels.
    fn read(width: usize, height: usize, level: impl FnMut(usize, usize) -> u8) -> String {
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, level);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    /// Draws text as a terminal does, a cell as 4 by 8 pixels: `ink` on `paper`.
    fn see(text: &str, ink: u8, paper: u8) -> String {
        let text = text.replace(BLACK_ON_WHITE, "").replace(RESET, "");
        let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        // There is some terminal around it.
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
        // The colors are said with the text, so the terminal's own don't matter.
        assert_eq!(see(&colored, 0, 255), LINK);
        let plain = qr.text(false);
        assert!(!plain.contains('\u{1b}'));
        assert_eq!(see(&plain, 230, 10), LINK);
        // It fits the smallest terminal with its link below.
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
