//! Names from Telegram are untrusted text: made safe for one line of any surface.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::leaderboard::Profile;

/// Opens and closes a run whose direction does not touch its surroundings (Unicode bidi isolates).
pub const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

/// `text` without anything that moves a cursor, breaks a line, or turns the reading direction of what follows.
/// White space runs become one space; a joiner stays only between visible characters, as emoji need it.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let invisible = matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e001f}');
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !c.is_control() && !invisible {
            out.push(c);
        }
    }
    let joins = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    out.trim_matches(|c: char| c == ' ' || joins(c)).to_owned()
}

/// What to call somebody on one line: name, else @username, else their id; cleaned, never empty.
pub fn display_name(profile: &Profile) -> String {
    if profile.deleted {
        return format!("Deleted account {}", profile.peer);
    }
    let name = clean(&profile.name);
    if name.width() > 0 {
        return name;
    }
    match profile.username.as_deref().map(clean).filter(|name| !name.is_empty()) {
        Some(username) => format!("@{username}"),
        None => format!("id {}", profile.peer),
    }
}

/// Cuts `text` by grapheme to at most `width` terminal cells, with an ellipsis where it was cut.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for grapheme in text.graphemes(true) {
        if out.width() + grapheme.width() + 1 > width {
            break;
        }
        out.push_str(grapheme);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// Cuts `text` to at most `most` graphemes, with an ellipsis where it was cut.
pub fn shorten(text: &str, most: usize) -> String {
    match text.grapheme_indices(true).nth(most) {
        None => text.to_owned(),
        Some(_) => text.graphemes(true).take(most.saturating_sub(1)).chain(["…"]).collect(),
    }
}

/// A duration as `3h 05m`, `12m`, or `40s` below a minute; whole units, rounded down.
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match (seconds / 3600, seconds % 3600 / 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m"),
        (hours, minutes) => format!("{hours}h {minutes:02}m"),
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

    #[test]
    fn somebody_always_has_a_name() {
        let mut profile = Profile {
            peer: super::super::PeerId(7),
            username: None,
            name: "\u{2800}\u{200b}".into(),
            bot: false,
            deleted: false,
        };
        assert_eq!(display_name(&profile), "id 7");
        profile.username = Some("ada".into());
        assert_eq!(display_name(&profile), "@ada");
        profile.deleted = true;
        assert_eq!(display_name(&profile), "Deleted account 7");
    }

    #[test]
    fn durations_read_at_a_glance() {
        assert_eq!([0, 59, 60, 3599, 3600, 11_100].map(duration), ["0s", "59s", "1m", "59m", "1h 00m", "3h 05m"]);
    }

    proptest! {
        #[test]
        fn fitted_text_fits(text in "\\PC{0,40}", width in 1usize..30) {
            prop_assert!(fit(&text, width).width() <= width);
            prop_assert!(shorten(&text, width).graphemes(true).count() <= width);
        }
    }
}
