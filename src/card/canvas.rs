//! Writes SVG, part by part. Texts are cut to their room and escaped only here.

use std::fmt::Write;

use unicode_segmentation::UnicodeSegmentation;

use super::fonts::{Fonts, Run};
use super::theme::Colors;
use super::{Picture, Theme};

/// The end of a text that was cut.
const ELLIPSIS: &str = "…";
/// Keeps an ellipsis at the end of a name that is written from right to left.
const RIGHT_TO_LEFT_MARK: &str = "\u{200f}";

/// How far a text shrinks to fit, as a part of its size.
const LEAST_SIZE: f32 = 0.6;

/// Which part of a text is at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Start,
    Middle,
    End,
}

/// The look of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub size: f32,
    pub bold: bool,
    pub color: &'static str,
    pub align: Align,
}

impl Style {
    pub fn new(size: f32, color: &'static str) -> Style {
        Style { size, bold: false, color, align: Align::Start }
    }

    pub fn bold(self) -> Style {
        Style { bold: true, ..self }
    }

    pub fn align(self, align: Align) -> Style {
        Style { align, ..self }
    }
}

/// A picture that is being drawn.
pub(super) struct Canvas<'f> {
    svg: String,
    fonts: &'f mut Fonts,
    pub colors: &'static Colors,
}

impl<'f> Canvas<'f> {
    pub fn new(fonts: &'f mut Fonts, theme: Theme) -> Canvas<'f> {
        Canvas { svg: String::new(), fonts, colors: theme.colors() }
    }

    /// Writes SVG, which must not have foreign text in it.
    pub fn push(&mut self, part: std::fmt::Arguments) {
        self.svg.write_fmt(part).expect("a string can be written");
        self.svg.push('\n');
    }

    /// A box with round corners.
    pub fn panel(&mut self, [x, y, width, height]: [f32; 4], radius: f32, fill: &str) {
        self.push(format_args!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="{radius:.1}" fill="{fill}"/>"#
        ));
    }

    /// The width of a text, in pixels.
    pub fn width(&mut self, text: &str, style: Style) -> f32 {
        width(&self.fonts.runs(text, style.bold)) * style.size
    }

    /// Draws `text` at the baseline `y`, cut to `max` pixels. Returns its width.
    pub fn text(&mut self, [x, y]: [f32; 2], text: &str, max: f32, style: Style) -> f32 {
        let (runs, width) = self.fit(text, max, style);
        let mut x = match style.align {
            Align::Start => x,
            Align::Middle => x - width / 2.0,
            Align::End => x - width,
        };
        for run in &runs {
            self.run([x, y], run, style);
            x += run.width * style.size;
        }
        width
    }

    fn run(&mut self, [x, y]: [f32; 2], run: &Run, Style { size, bold, color, .. }: Style) {
        let text = escaped(&run.text);
        if text.trim().is_empty() {
            return;
        }
        let weight = if bold { 700 } else { 400 };
        let family = escaped(&self.fonts.family(run).replace(['\'', '\\'], ""));
        self.push(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" font-family="'{family}'" font-size="{size:.1}" font-weight="{weight}" fill="{color}" xml:space="preserve">{text}</text>"#
        ));
    }

    /// As [`Canvas::text`], but shrinks the text, down to [`LEAST_SIZE`], before it is cut.
    pub fn text_to_fit(&mut self, at: [f32; 2], text: &str, max: f32, style: Style) -> f32 {
        let size = style.size * (max / self.width(text, style)).clamp(LEAST_SIZE, 1.0);
        self.text(at, text, max + 0.5, Style { size, ..style })
    }

    fn fit(&mut self, text: &str, max: f32, style: Style) -> (Vec<Run>, f32) {
        let runs = self.fonts.runs(text, style.bold);
        let whole = width(&runs) * style.size;
        if whole <= max {
            return (runs, whole);
        }
        let end = if is_right_to_left(text) { format!("{ELLIPSIS}{RIGHT_TO_LEFT_MARK}") } else { ELLIPSIS.to_owned() };
        let room = max - self.width(&end, style);
        let (mut kept, mut used) = (String::new(), 0.0);
        for grapheme in text.graphemes(true) {
            used += self.width(grapheme, style);
            if used > room {
                break;
            }
            kept += grapheme;
        }
        loop {
            let runs = self.fonts.runs(&(kept.trim_end().to_owned() + &end), style.bold);
            let cut = width(&runs) * style.size;
            // Letters can be wider together than by themselves, e.g. in Arabic.
            let last = kept.grapheme_indices(true).next_back().map(|(at, _)| at);
            match last {
                Some(last) if cut > max => kept.truncate(last),
                _ => return (runs, cut),
            }
        }
    }

    /// Breaks a sentence into lines of at most `max` pixels.
    pub fn lines(&mut self, text: &str, max: f32, style: Style) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            let longer = lines.last().map(|line| format!("{line} {word}"));
            match longer.filter(|line| self.width(line, style) <= max) {
                Some(line) => *lines.last_mut().expect("it has a line") = line,
                None => lines.push(word.to_owned()),
            }
        }
        lines
    }

    pub fn finish(self, width: f32, height: f32) -> Picture {
        let (width, height) = (width.ceil() as u32, height.ceil() as u32);
        let page = self.colors.page;
        let svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<rect width="{width}" height="{height}" fill="{page}"/>
{}</svg>
"#,
            self.svg
        );
        Picture { svg, width, height }
    }
}

/// The width of runs, as a multiple of the font's size.
fn width(runs: &[Run]) -> f32 {
    runs.iter().map(|run| run.width).sum()
}

/// `text` as content or as the value of an attribute. Characters that XML does not allow are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

/// Whether the last letter is written from right to left.
fn is_right_to_left(text: &str) -> bool {
    let is_right = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
    text.chars().rfind(|c| c.is_alphabetic()).is_some_and(is_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style() -> Style {
        Style::new(20.0, "#000")
    }

    #[test]
    fn foreign_text_is_never_markup() {
        let mut fonts = Fonts::embedded();
        let mut canvas = Canvas::new(&mut fonts, Theme::Light);
        canvas.text([0.0, 0.0], "<b>&amp;\"'url(x)</b>\u{ffff}\u{0}", 900.0, style());
        let svg = canvas.finish(900.0, 50.0).svg;
        assert!(svg.contains("&lt;b&gt;&amp;amp;&quot;&#39;url(x)&lt;/b&gt;"), "{svg}");
        assert!(!svg.contains("<b>") && !svg.contains('\u{ffff}') && !svg.contains('\u{0}'));
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_between_letters() {
        let mut fonts = Fonts::embedded();
        let mut canvas = Canvas::new(&mut fonts, Theme::Light);
        let (runs, width) = canvas.fit("A very long name", 80.0, style());
        assert!(runs[0].text.starts_with("A very") && runs[0].text.ends_with('…') && width <= 80.0, "{runs:?}");
        let (runs, _) = canvas.fit("Ada", 80.0, style());
        assert_eq!(runs[0].text, "Ada");
        // The ellipsis is at the end of the name, which is on the left.
        let (runs, _) = canvas.fit("محمد عبد الله محمد عبد الله", 80.0, style());
        assert!(runs[0].text.starts_with('…'), "{runs:?}");
    }

    #[test]
    fn sentences_break_between_words() {
        let mut fonts = Fonts::embedded();
        let mut canvas = Canvas::new(&mut fonts, Theme::Light);
        assert_eq!(canvas.lines("one two three", 90.0, style()), ["one two", "three"]);
        assert_eq!(canvas.lines("", 75.0, style()), [""]);
    }
}
