//! Texts from Telegram are untrusted: this module makes them safe for one line of any surface.

use std::fmt::Display;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The Unicode bidi isolates. They open and close a run whose writing direction does not affect the text around it.
pub const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

/// The most characters of one grapheme: a flag has up to 8, an emoji family 11. More marks would cover other lines.
const MAX_GRAPHEME: usize = 16;

/// `text` without characters that move a cursor, break a line, are invisible, or change the writing direction of later
/// text. A run of white space becomes one space. A joiner stays only between visible characters, because emoji need it.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !c.is_control() && (!is_invisible(c) || continues_flag(&out, c)) {
            out.push(c);
        }
    }
    let joins = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    let graphemes = out.trim_matches(|c: char| c == ' ' || joins(c)).graphemes(true);
    graphemes.flat_map(|grapheme| grapheme.chars().take(MAX_GRAPHEME)).collect()
}

/// Characters that show nothing by themselves (Unicode's *Default_Ignorable_Code_Point*, and some that fonts leave
/// empty), except the joiners and variation selectors of emoji.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether `c` is a tag that spells the region of a black flag, such as Scotland's: `before` ends with the flag, or
/// with the flag and other tags.
fn continues_flag(before: &str, c: char) -> bool {
    let is_tag = |c: char| matches!(c, '\u{e0020}'..='\u{e007f}');
    is_tag(c) && before.trim_end_matches(is_tag).ends_with('\u{1f3f4}')
}

/// Cuts `text` between graphemes to at most `width` terminal cells, and ends it with an ellipsis if it was longer.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    if width > 0 { cut(text.graphemes(true), UnicodeWidthStr::width, width) } else { String::new() }
}

/// `text` followed by `end` in at most `width` terminal cells. `text` is cut first.
pub fn fit_before(text: &str, end: &str, width: usize) -> String {
    let cut = fit(text, width.saturating_sub(end.width()).max(1));
    fit(&(cut + end), width)
}

/// Cuts `text` to at most `max` graphemes, and ends it with an ellipsis if it was longer. A grapheme can have any
/// number of marks, so the result also has at most `4 * max` UTF-16 units.
pub fn shorten(text: &str, max: usize) -> String {
    let units = |text: &str| text.encode_utf16().count();
    if text.graphemes(true).nth(max).is_none() && units(text) <= 4 * max {
        return text.to_owned();
    }
    cut(text.graphemes(true).take(max.saturating_sub(1)), units, 4 * max)
}

/// The longest value of a setting that is shown, in graphemes.
const MAX_SHOWN_VALUE: usize = 200;

/// A value that a user wrote, for a message: in quotes, on one line, and not too long.
pub fn quoted(value: &str) -> String {
    format!("{:?}", shorten(value, MAX_SHOWN_VALUE))
}

/// As many graphemes as fit into `max` together with an ellipsis, followed by the ellipsis. `size` measures a text.
fn cut<'a>(graphemes: impl Iterator<Item = &'a str>, size: impl Fn(&str) -> usize, max: usize) -> String {
    let mut out = String::new();
    for grapheme in graphemes {
        if size(&out) + size(grapheme) + 1 > max {
            break;
        }
        out.push_str(grapheme);
    }
    out + "…"
}

/// `text` between the [`ISOLATE`] characters, so that its writing direction does not affect the text around it.
pub fn isolated(text: &str) -> String {
    format!("{}{text}{}", ISOLATE.0, ISOLATE.1)
}

/// Like [`isolated`], but only if a part of `text` is written from right to left: an old console may show an isolate as
/// a box.
pub fn isolated_if_mixed(text: &str) -> String {
    let right_to_left = |c: char| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    if text.contains(right_to_left) { isolated(text) } else { text.to_owned() }
}

/// A number with its English noun: `1 day`, `7 days`.
pub fn count<N: Display + PartialEq + From<u8>>(number: N, one: &str, many: &str) -> String {
    format!("{number} {}", if number == N::from(1) { one } else { many })
}

/// A duration in English: `3h 05m`, `12m`, or `40s` below a minute; whole units, rounded down.
pub fn duration(seconds: i64) -> String {
    let seconds = shown_seconds(seconds);
    match (seconds / 3600, seconds % 3600 / 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m"),
        (hours, minutes) => format!("{hours}h {minutes:02}m"),
    }
}

/// The part of a time that [`duration`] shows, in seconds: whole minutes, or all seconds below one minute.
pub fn shown_seconds(seconds: i64) -> i64 {
    let seconds = seconds.max(0);
    if seconds < 60 { seconds } else { seconds - seconds % 60 }
}

/// Parses `1`, `true`, `yes` or `on`, or their opposites, in any case.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
pub mod testing {
    /// Names that once broke a table or a picture.
    pub const NASTY: [&str; 20] = [
        "Ada Lovelace",
        "محمد عبد الله",
        "لا إله",
        "Жанна д'Арк",
        "𝓜𝓪𝓽𝓱 𝕹𝖆𝖒𝖊",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦 family",
        "🇺🇿🇬🇧 flags 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "👍🏿👋🏽 tones",
        "李小龍と山田太郎",
        "A very long name that goes on and on for sixty characters ok",
        "\u{202e}desrever\u{2066}",
        "two\nlines\tand\u{1b}[31m red",
        "ក្ខុំ ខ្មែរ",
        "",
        "\u{200d}\u{200b}",
        "e\u{301}\u{301}\u{301}e\u{334}\u{334}",
        "한국어 이름",
        "☺\u{fe0f}❤\u{fe0f}1\u{fe0f}\u{20e3}",
        "🇺",
        "\u{301}\u{fe0f}mark first",
    ];

    /// The seconds of the duration at the start of a text, as [`super::duration`] writes it; `None` if there is none.
    pub fn seconds_in(text: &str) -> Option<i64> {
        let parts = text.split_whitespace().map_while(|word| {
            let unit = match word.chars().next_back()? {
                'h' => 3600,
                'm' => 60,
                's' => 1,
                _ => return None,
            };
            word[..word.len() - 1].parse::<i64>().ok().map(|number| number * unit)
        });
        parts.reduce(|sum, part| sum + part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_lose_what_could_break_a_line() {
        assert_eq!(clean("a\u{202e}b\u{2066}c\nd\te\u{1b}[31mf"), "abc d e[31mf");
        assert_eq!(clean("\u{200d}\u{200b} \n"), "");
        // An emoji family keeps its joiners.
        assert_eq!(clean("👩\u{200d}👧 x"), "👩\u{200d}👧 x");
        assert_eq!(clean("  Zoë   Ω "), "Zoë Ω");
    }

    /// CASES X12.
    #[test]
    fn names_hold_nothing_that_can_not_be_seen_and_no_tower_of_marks() {
        assert_eq!(clean("A\u{e0041}d\u{1d173}a\u{e01ef}\u{180b}\u{fe00}"), "Ada");
        let scotland = "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        assert_eq!(clean(scotland), scotland);
        assert_eq!(clean(&format!("x{}", &scotland[4..])), "x");
        assert_eq!(clean("❤\u{fe0f}"), "❤\u{fe0f}");
        let family = "👩🏽\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨🏿";
        assert_eq!(clean(family), family);
        assert_eq!(clean(&format!("Z{}a", "\u{301}".repeat(3000))).chars().count(), MAX_GRAPHEME + 1);
    }

    #[test]
    fn durations_read_at_a_glance() {
        assert_eq!([0, 59, 60, 3599, 3600, 11_100].map(duration), ["0s", "59s", "1m", "59m", "1h 00m", "3h 05m"]);
    }

    #[test]
    fn a_duration_shows_no_more_than_it_is_and_is_shown_the_same_again() {
        for seconds in (0..20_000).chain([-5, i64::MAX]) {
            let shown = shown_seconds(seconds);
            assert!(shown <= seconds.max(0) && duration(shown) == duration(seconds), "{seconds}");
        }
        assert_eq!([59, 60, 119, 3661].map(shown_seconds), [59, 60, 60, 3660]);
    }

    #[test]
    fn what_tells_people_apart_is_cut_last() {
        assert_eq!(fit_before("Ali", " (@a)", 8), "Ali (@a)");
        assert_eq!(fit_before("Alexandra", " (@a)", 8), "Al… (@a)");
        assert_eq!(fit_before("Alexandra", " (@alexandra)", 8), "… (@ale…");
    }

    #[test]
    fn a_grapheme_of_a_thousand_marks_is_cut_too() {
        let name = format!("Z{}", "\u{301}".repeat(1000));
        assert_eq!(shorten(&format!("Ada {name}"), 40), "Ada …");
        assert_eq!(shorten("Ada", 3), "Ada");
        assert_eq!(shorten("Adam", 3), "Ad…");
    }

    #[test]
    fn only_right_to_left_names_need_an_isolate() {
        assert_eq!(isolated_if_mixed("Zoë Ωמ"), "\u{2068}Zoë Ωמ\u{2069}");
        assert_eq!(isolated_if_mixed("Жанна 李 👩\u{200d}👧"), "Жанна 李 👩\u{200d}👧");
        assert_eq!(isolated("محمد").width(), "محمد".width());
    }

    proptest! {
        #[test]
        fn fitted_text_fits(text in "\\PC{0,40}", width in 1usize..30) {
            prop_assert!(fit(&text, width).width() <= width);
            prop_assert!(fit_before(&text, " (…4321)", width).width() <= width);
            let short = shorten(&text, width);
            prop_assert!(short.graphemes(true).count() <= width);
            prop_assert!(short.encode_utf16().count() <= 4 * width);
        }
    }
}
