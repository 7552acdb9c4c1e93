//! Compares texts as people type them: without case and accents, and with all apostrophes and all spaces alike.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// The form of `text` for comparisons. These fold to the same text: `İbrahim`, `ibrahim` and `IBRAHIM`; `Zoë` in either
/// Unicode form and `zoe`; `Oʻktam`, `O'ktam` and `O‘ktam`; `𝓐𝓭𝓪` and `ada`; `Ali` in Latin letters and with a Cyrillic
/// `А`.
pub fn fold(text: &str) -> String {
    // This comes before the decomposition, which turns some apostrophes into a space and a mark.
    let apostrophes = text.chars().map(|c| if is_apostrophe(c) { '\'' } else { c });
    // Lower case comes after the decomposition: letters of a mathematical script have no case.
    let plain = DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(apostrophes).flat_map(char::to_lowercase);
    let mut folded = String::with_capacity(text.len());
    for c in plain {
        match c {
            c if is_mark(c) || is_invisible(c) => {}
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            c if c.is_whitespace() => {
                if !folded.is_empty() && !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            c => folded.push(letter(c)),
        }
    }
    folded.trim_end().to_owned()
}

/// The letter that people type or see instead of `c`: without a stroke, or from a script where it looks the same.
fn letter(c: char) -> char {
    match c {
        'ı' | 'і' | 'ι' => 'i',
        'ø' | 'о' | 'ο' => 'o',
        'ł' => 'l',
        'đ' | 'ð' => 'd',
        'ħ' | 'һ' => 'h',
        'а' | 'α' => 'a',
        'е' | 'ε' => 'e',
        'р' | 'ρ' => 'p',
        'с' => 'c',
        'у' | 'υ' => 'y',
        'х' | 'χ' => 'x',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'т' | 'τ' => 't',
        'ѕ' => 's',
        'ј' => 'j',
        'ν' => 'v',
        'ς' => 'σ',
        // Keyboards for Arabic and for Persian.
        'ي' | 'ى' => 'ی',
        'ك' => 'ک',
        c => c,
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '`' | '\u{b4}' | '\u{2b9}'..='\u{2bf}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{55a}' | '\u{1fbd}'
        | '\u{1fbf}' | '\u{1fef}' | '\u{1ffd}' | '\u{1ffe}' | '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2035}'
        | '\u{a78c}' | '\u{ff07}' | '\u{ff40}')
}

/// Marks that stand on a letter.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c2}'
        | '\u{5c4}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Invisible characters that nobody types.
fn is_invisible(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_apostrophes_make_no_difference() {
        for (a, b) in [
            ("İbrahim", "ibrahim"),
            ("IBRAHIM", "ıbrahim"),
            ("Zoë", "Zoe\u{308}"),
            ("Zoë", "zoe"),
            ("Oʻktam", "o'ktam"),
            ("O‘ktam", "O’KTAM"),
            ("Ёлка", "елка"),
            ("Straße", "STRASSE"),
            ("Łukasz Østergård", "lukasz ostergard"),
            ("Ａｄａ", "ada"),
            ("Ada  Lovelace ", " ada\u{a0}lovelace"),
            ("A\u{200d}da\u{202e}", "ada"),
            ("مُحَمَّد", "محمد"),
            ("عليـــ", "علی"),
            ("שָׁלוֹם", "שלום"),
            ("𝓐𝓭𝓪 𝔻𝕒𝕟 Ⓩⓞⓔ", "ada dan zoe"),
            ("ﬁona", "FIONA"),
            ("Oˈktam", "O´KTAM"),
            ("Oʼktam", "O`ktam"),
            ("Oʹktam", "O＇ktam"),
            // Letters from another script that look the same.
            ("Аli", "ali"),
            ("ΑLI", "Ali"),
            ("ΟΔΟΣ", "οδοσ"),
            ("Tоm", "ТОM"),
            ("A\u{3164}d\u{61c}a\u{e0041}\u{1d173}\u{7}", "ada"),
            ("\u{2800}Ada", "Ada"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        for (a, b) in [("Ada", "Ида"), ("Али", "Ali"), ("Oktam", "O'ktam"), ("한", "하")] {
            assert_ne!(fold(a), fold(b), "{a} {b}");
        }
    }
}
