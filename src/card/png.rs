//! Draws SVG as PNG.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{FontResolver, ImageHrefResolver, Options, Tree};

use super::{Fonts, Picture};
use crate::error::{Error, Result};

/// Draws a picture. `fonts` are those with which it was composed.
pub fn png(picture: &Picture, fonts: &Fonts) -> Result<Vec<u8>> {
    let pixmap = pixels(picture, fonts)?;
    let mut bytes = Vec::new();
    let wrong = |error: ::png::EncodingError| Error::failed(error.to_string());
    let mut encoder = ::png::Encoder::new(&mut bytes, picture.width, picture.height);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    // Colours are flat, so without filters a picture is a quarter smaller, and done sooner.
    encoder.set_compression(::png::Compression::Balanced);
    encoder.set_filter(::png::Filter::NoFilter);
    // Every pixel is opaque, so drop the alpha channel.
    let rgb: Vec<u8> = pixmap.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut writer = encoder.write_header().map_err(wrong)?;
    writer.write_image_data(&rgb).map_err(wrong)?;
    writer.finish().map_err(wrong)?;
    Ok(bytes)
}

/// The picture, four bytes a pixel.
pub(super) fn pixels(picture: &Picture, fonts: &Fonts) -> Result<Pixmap> {
    let tree = tree(picture, fonts)?;
    let mut pixmap = Pixmap::new(picture.width, picture.height)
        .ok_or_else(|| Error::failed("there is no memory for a picture of this size"))?;
    resvg::render(&tree, Transform::identity(), &mut pixmap.as_mut());
    Ok(pixmap)
}

pub(super) fn tree(picture: &Picture, fonts: &Fonts) -> Result<Tree> {
    let options = Options {
        fontdb: Arc::new(fonts.database()),
        // Each run of a text has its font already.
        font_resolver: FontResolver {
            select_font: FontResolver::default_font_selector(),
            select_fallback: Box::new(|_, _, _| None),
        },
        // Never read a file or an address that a picture refers to.
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    Tree::from_str(&picture.svg, &options)
        .map_err(|error| Error::failed(format!("the picture can't be drawn: {error}")))
}
