//! The fonts of pictures, and which font draws which part of a text.
//!
//! The SVG renderer can't draw a family of emoji or a flag if the font of the text lacks a part of it, and can fail
//! if several fonts share a text. So each grapheme gets the first font that has all of its characters. Neighbours with
//! the same font are a [`Run`]. Each run is drawn by itself; [`Fonts::runs`] and the widths give its place.
//!
//! ```text
//! text        Ada محمد علي 🎓
//! runs        [Ada ] [علي] [ ] [محمد] [ ] [🎓]     from left to right, as they are seen
//! ```

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use flate2::read::ZlibDecoder;
use harfrust::{Direction, ShapeOptions, ShaperData, UnicodeBuffer};
use resvg::usvg::fontdb;
use skrifa::raw::TableProvider;
use skrifa::{FontRef, MetadataProvider};
use unicode_bidi::{BidiInfo, Level};
use unicode_segmentation::UnicodeSegmentation;

use super::system_fonts::SystemFonts;

/// The fonts in the program, in the order in which they are tried. `contrib/fonts/make.sh` makes them.
const EMBEDDED: [(&str, &[u8]); 7] = [
    ("Noto Sans", include_bytes!("fonts/noto-sans-regular.ttf.zlib")),
    ("Noto Sans", include_bytes!("fonts/noto-sans-bold.ttf.zlib")),
    ("Noto Sans Arabic", include_bytes!("fonts/noto-sans-arabic.ttf.zlib")),
    ("Twemoji Mozilla", include_bytes!("fonts/twemoji.ttf.zlib")),
    ("Noto Sans Math", include_bytes!("fonts/noto-sans-math.ttf.zlib")),
    ("Noto Sans Symbols", include_bytes!("fonts/noto-sans-symbols.ttf.zlib")),
    ("Noto Sans Symbols2", include_bytes!("fonts/noto-sans-symbols2.ttf.zlib")),
];
const BOLD: usize = 1;
const EMOJI: usize = 3;
/// This font has [`BOX`].
const MATH: usize = 4;
/// Drawn in place of a grapheme that no font has.
const BOX: &str = "▯";
/// The most marks over and under one letter; more would reach into other lines.
const MAX_MARKS: usize = 3;

/// An unpacked font.
struct Face {
    family: String,
    data: Arc<Vec<u8>>,
    index: u32,
    shaper: Option<ShaperData>,
}

impl Face {
    fn new(family: String, data: Vec<u8>, index: u32) -> Face {
        let shaper = FontRef::from_index(&data, index).ok().map(|font| ShaperData::new(&font));
        Face { family, data: Arc::new(data), index, shaper }
    }

    fn font(&self) -> Option<FontRef<'_>> {
        FontRef::from_index(&self.data, self.index).ok()
    }

    fn has(&self, c: char) -> bool {
        self.font().is_some_and(|font| font.charmap().map(c).is_some_and(|glyph| glyph.to_u32() != 0))
    }

    /// The width of a text, as a multiple of the font's size.
    fn width(&self, text: &str, direction: Direction) -> Option<f32> {
        let font = self.font()?;
        let units = font.head().ok()?.units_per_em().max(1);
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(direction);
        buffer.guess_segment_properties();
        let shaped = self.shaper.as_ref()?.shaper(&font).build().shape(buffer, ShapeOptions::new());
        let advances = shaped.glyph_positions().iter().map(|glyph| glyph.x_advance);
        Some(advances.sum::<i32>() as f32 / f32::from(units))
    }
}

/// Fonts, unpacked when a text first needs them.
pub struct Fonts {
    /// First those of [`EMBEDDED`], in its order, then fonts of the system that were needed.
    faces: Vec<Option<Face>>,
    system: SystemFonts,
}

/// A part of a text that one font draws, in one direction.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub text: String,
    /// As a multiple of the font's size.
    pub width: f32,
    face: usize,
}

impl Fonts {
    /// Only the fonts in the program, so that a picture is the same on each computer.
    pub fn embedded() -> Fonts {
        Fonts::with_system(Vec::new())
    }

    /// Also the fonts in these folders of the system, for letters that no font in the program has.
    pub fn with_system(folders: Vec<PathBuf>) -> Fonts {
        Fonts { faces: EMBEDDED.iter().map(|_| None).collect(), system: SystemFonts::new(folders) }
    }

    fn face(&mut self, at: usize) -> &Face {
        self.faces[at].get_or_insert_with(|| {
            let (family, packed) = EMBEDDED[at];
            let mut data = Vec::new();
            ZlibDecoder::new(packed).read_to_end(&mut data).expect("the program's own font is whole");
            Face::new(family.to_owned(), data, 0)
        })
    }

    fn has_all(&mut self, at: usize, grapheme: &str) -> bool {
        let face = self.face(at);
        grapheme.chars().filter(|c| !is_selector(*c)).all(|c| face.has(c))
    }

    /// The parts of a line of text, each with its font, from left to right.
    pub(super) fn runs(&mut self, text: &str, bold: bool) -> Vec<Run> {
        let directions = BidiInfo::new(text, Some(Level::ltr()));
        let mut runs = Vec::new();
        for line in &directions.paragraphs {
            let (levels, parts) = directions.visual_runs(line, line.range.clone());
            for part in parts {
                let is_reversed = levels[part.start].is_rtl();
                let mut found = self.runs_of_one_direction(&text[part], bold, is_reversed);
                if is_reversed {
                    found.reverse();
                }
                runs.append(&mut found);
            }
        }
        runs
    }

    /// The runs in the order of the text. In text from right to left, spaces are runs of their own, because the
    /// renderer can't know on which side of a run its spaces are.
    fn runs_of_one_direction(&mut self, text: &str, bold: bool, is_reversed: bool) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for grapheme in text.graphemes(true) {
            let grapheme = if is_reversed { mirrored(grapheme) } else { grapheme };
            let (face, text) = self.pick(&without_towers(grapheme), bold);
            let is_alone = |text: &str| is_reversed && text.trim().is_empty();
            match runs.last_mut() {
                Some(last) if last.face == face && !is_alone(&last.text) && !is_alone(&text) => last.text += &text,
                _ => runs.push(Run { text, width: 0.0, face }),
            }
        }
        let direction = if is_reversed { Direction::RightToLeft } else { Direction::LeftToRight };
        for run in &mut runs {
            run.width = self.face(run.face).width(&run.text, direction).unwrap_or_default();
        }
        runs
    }

    /// The font of a grapheme, and the text that it draws for the grapheme.
    fn pick(&mut self, grapheme: &str, bold: bool) -> (usize, String) {
        let mut order: Vec<usize> = (0..EMBEDDED.len()).filter(|at| *at != BOLD).collect();
        if bold {
            order.insert(0, BOLD);
        }
        // A grapheme with this selector is an emoji, also if it has a plain form.
        if grapheme.contains('\u{fe0f}') {
            order.insert(0, EMOJI);
        }
        order.extend(EMBEDDED.len()..self.faces.len());
        if let Some(face) = order.iter().find(|at| self.has_all(**at, grapheme)) {
            return (*face, grapheme.to_owned());
        }
        if let Some((family, data, index)) = self.system.find(grapheme) {
            self.faces.push(Some(Face::new(family, data, index)));
            return (self.faces.len() - 1, grapheme.to_owned());
        }
        // No font has the letter with all of its marks: leave out the marks that its font lacks.
        let first = grapheme.chars().next().unwrap_or_default();
        if let Some(face) = order.into_iter().find(|at| self.face(*at).has(first)) {
            let font = self.face(face);
            return (face, grapheme.chars().filter(|c| font.has(*c)).collect());
        }
        (MATH, BOX.to_owned())
    }

    /// The family of a run, as SVG names it.
    pub(super) fn family(&self, run: &Run) -> &str {
        self.faces[run.face].as_ref().map_or("", |face| &face.family)
    }

    /// The fonts that texts have needed so far.
    pub(super) fn database(&self) -> fontdb::Database {
        let mut database = fontdb::Database::new();
        for face in self.faces.iter().flatten() {
            database.load_font_source(fontdb::Source::Binary(face.data.clone()));
        }
        database
    }
}

/// Whether this is a variation selector, which chooses a form of the character before it and is not drawn.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}')
}

/// Replaces a bracket by its mirror image, for text from right to left.
fn mirrored(grapheme: &str) -> &str {
    match grapheme {
        "(" => ")",
        ")" => "(",
        "[" => "]",
        "]" => "[",
        "{" => "}",
        "}" => "{",
        "«" => "»",
        "»" => "«",
        "<" => ">",
        ">" => "<",
        other => other,
    }
}

/// The grapheme with at most [`MAX_MARKS`] marks. Parts of emoji do not count as marks.
fn without_towers(grapheme: &str) -> String {
    use unicode_width::UnicodeWidthChar;
    let mut marks = 0;
    let is_kept = |c: &char| {
        let is_mark = c.width() == Some(0)
            && !is_selector(*c)
            && !matches!(c, '\u{200d}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}');
        marks += usize::from(is_mark);
        !is_mark || marks <= MAX_MARKS
    };
    grapheme.chars().filter(is_kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The runs of a text, each with its font family.
    fn families(text: &str, bold: bool) -> Vec<(String, String)> {
        let mut fonts = Fonts::embedded();
        let runs = fonts.runs(text, bold);
        runs.iter().map(|run| (run.text.clone(), fonts.family(run).to_owned())).collect()
    }

    fn one(text: &str, family: &str) -> Vec<(String, String)> {
        vec![(text.to_owned(), family.to_owned())]
    }

    #[test]
    fn each_grapheme_gets_a_font_that_has_all_of_it() {
        for emoji in [
            "👩🏽\u{200d}💻",
            "🏳\u{fe0f}\u{200d}🌈",
            "🇺🇿",
            "1\u{fe0f}\u{20e3}",
            "❤\u{fe0f}",
            "©\u{fe0f}",
            "🥇",
            "⚡",
            "👨\u{200d}👩\u{200d}👧",
        ] {
            assert_eq!(families(emoji, false), one(emoji, "Twemoji Mozilla"));
        }
        for name in ["Oʻktam Gʻaniyev", "maʼlumot", "Ғайрат Ёқубов", "Zoë e\u{301}", "Ωμέγα", "ᴛɪɴʏ"]
        {
            assert_eq!(families(name, false), one(name, "Noto Sans"), "{name}");
        }
        assert_eq!(families("محمد", true), one("محمد", "Noto Sans Arabic"));
        assert_eq!(families("𝐎𝐦𝐚𝐝", false), one("𝐎𝐦𝐚𝐝", "Noto Sans Math"));
        assert_eq!(families("★♡", false), one("★♡", "Noto Sans Symbols2"));
        assert_eq!(families("Ⓐⓑ🅐", false), one("Ⓐⓑ🅐", "Noto Sans Symbols"));
    }

    /// Regression: the bold font had no ʻ, so bold Uzbek names were drawn in regular.
    #[test]
    fn a_bold_uzbek_name_is_bold() {
        let mut fonts = Fonts::embedded();
        for name in ["Oʻktam Gʻaniyev maʼ", "Ўктам Ғаниев ҳқ", "3 соат 05 дақ", "Ёлғиз"] {
            let runs = fonts.runs(name, true);
            assert!(runs.len() == 1 && runs[0].face == BOLD, "{runs:?}");
        }
    }

    #[test]
    fn what_no_font_has_is_a_box_and_marks_that_no_font_has_are_left_out() {
        assert_eq!(families("李龍", false), one("▯▯", "Noto Sans Math"));
        assert_eq!(families("\u{10ffff}", false), one("▯", "Noto Sans Math"));
        assert_eq!(families("𝐎\u{301}", false), one("𝐎", "Noto Sans Math"));
        let zalgo = format!("Z{}", "\u{301}".repeat(9));
        assert_eq!(families(&zalgo, false), one(&zalgo[..1 + 2 * MAX_MARKS], "Noto Sans"));
    }

    #[test]
    fn parts_stand_as_they_are_seen() {
        let seen = |text: &str| families(text, false).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        assert_eq!(seen("Ada محمد علي 🎓"), ["Ada ", "علي", " ", "محمد", " ", "🎓"]);
        assert_eq!(seen("محمد (علي) محمد"), ["محمد", " ", "(", "علي", ")", " ", "محمد"]);
        assert_eq!(seen(""), Vec::<String>::new());
    }

    #[test]
    fn only_fonts_that_a_text_needs_are_unpacked() {
        let mut fonts = Fonts::embedded();
        fonts.runs("Ada", false);
        let unpacked = |fonts: &Fonts| fonts.faces.iter().map(Option::is_some).collect::<Vec<_>>();
        assert_eq!(unpacked(&fonts), [true, false, false, false, false, false, false]);
        fonts.runs("محمد", false);
        assert_eq!(unpacked(&fonts), [true, false, true, false, false, false, false]);
    }

    #[test]
    fn a_family_of_emoji_is_as_wide_as_one() {
        let mut fonts = Fonts::embedded();
        let mut width = |text: &str| fonts.runs(text, false).iter().map(|run| run.width).sum::<f32>();
        assert_eq!(width("👨\u{200d}👩\u{200d}👧"), width("👍"));
        assert_eq!((width(""), width("aa")), (0.0, 2.0 * width("a")));
        assert_eq!(width("e\u{301}"), width("e"));
    }
}
