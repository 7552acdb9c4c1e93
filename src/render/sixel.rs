//! A picture as sixels: six rows at a time, one colour after the other.

use std::collections::BTreeSet;

/// The steps of each of red, green and blue. They make 216 colours, which all terminals with sixels have.
const STEPS: u8 = 6;

/// The escape sequences that show a PNG with three bytes a pixel, as swf makes them; `None` for any other PNG.
pub fn escapes(png: &[u8]) -> Option<String> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut pixels).ok()?;
    if (info.color_type, info.bit_depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
        return None;
    }
    let width = info.width as usize;
    let colours: Vec<u8> = pixels.chunks_exact(3).map(|pixel| colour([pixel[0], pixel[1], pixel[2]])).collect();
    let mut out = format!("\u{1b}Pq\"1;1;{};{}", info.width, info.height);
    for used in colours.iter().collect::<BTreeSet<_>>() {
        let [red, green, blue] = [used / (STEPS * STEPS), used / STEPS % STEPS, used % STEPS].map(percent);
        out += &format!("#{used};2;{red};{green};{blue}");
    }
    for rows in colours.chunks(6 * width) {
        draw_rows(&mut out, rows, width);
    }
    Some(out + "\u{1b}\\\n")
}

/// The number of the nearest colour.
fn colour(pixel: [u8; 3]) -> u8 {
    let step = |value: u8| ((u16::from(value) * u16::from(STEPS - 1) + 127) / 255) as u8;
    pixel.into_iter().fold(0, |number, value| number * STEPS + step(value))
}

fn percent(step: u8) -> u8 {
    step * (100 / (STEPS - 1))
}

/// Draws up to six rows, one colour after the other: a column is six bits, one for each row with that colour.
fn draw_rows(out: &mut String, rows: &[u8], width: usize) {
    for used in rows.iter().collect::<BTreeSet<_>>() {
        out.push_str(&format!("#{used}"));
        let bits = |column: usize| {
            let has = |(row, line): (usize, &[u8])| u8::from(line[column] == *used) << row;
            rows.chunks(width).enumerate().map(has).sum::<u8>()
        };
        let columns: Vec<u8> = (0..width).map(bits).collect();
        for run in columns.chunk_by(|a, b| a == b) {
            let sixel = char::from(b'?' + run[0]);
            match run.len() {
                length @ 0..=3 => out.extend(std::iter::repeat_n(sixel, length)),
                length => out.push_str(&format!("!{length}{sixel}")),
            }
        }
        out.push('$');
    }
    out.push('-');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, rgb: &[[u8; 3]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, rgb.len() as u32 / width);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&rgb.concat()).unwrap();
        bytes
    }

    #[test]
    fn rows_are_drawn_six_at_a_time_colour_by_colour() {
        let (white, red) = ([255; 3], [250, 3, 0]);
        // Seven rows of five pixels, all white except one red pixel in the second row.
        let mut pixels = vec![white; 35];
        pixels[6] = red;
        let text = escapes(&png(5, &pixels)).unwrap();
        let colours = "\u{1b}Pq\"1;1;5;7#180;2;100;0;0#215;2;100;100;100";
        assert_eq!(text, format!("{colours}#180?A???$#215~|~~~$-#215!5@$-\u{1b}\\\n"));
    }

    #[test]
    fn only_pictures_of_swf_are_drawn() {
        assert_eq!(escapes(b"no picture"), None);
        let corners = [[0; 3], [255; 3], [51, 102, 153], [24, 26, 77]].map(colour);
        assert_eq!(corners, [0, 215, 36 + 2 * 6 + 3, 6 + 2]);
    }
}
