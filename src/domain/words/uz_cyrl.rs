//! Transliterates Uzbek texts from Latin to Cyrillic letters.
//!
//! The Latin spelling has less information than the Cyrillic spelling: it has no soft sign, and the same letters for
//! `е` and `э`, and for `ц` and `тс`. Rules choose by the neighbouring letters. Words of foreign origin that no rule
//! covers are in [`STEMS`].

/// Starts of words that no rule writes correctly. Before a suffix, a soft sign at the end is left out: `декабрь`,
/// `декабрда`.
const STEMS: [(&str, &str); 18] = [
    ("albom", "альбом"),
    ("aprel", "апрель"),
    ("dekabr", "декабрь"),
    ("fevral", "февраль"),
    ("film", "фильм"),
    ("iyul", "июль"),
    ("iyun", "июнь"),
    ("kalendar", "календарь"),
    ("kompyuter", "компьютер"),
    ("konsert", "концерт"),
    ("medal", "медаль"),
    ("noyabr", "ноябрь"),
    ("obyekt", "объект"),
    ("oktabr", "октябрь"),
    ("parol", "пароль"),
    ("sentabr", "сентябрь"),
    ("subyekt", "субъект"),
    ("yanvar", "январь"),
];

/// Groups of Latin letters that are transliterated together, the longest first.
const GROUPS: [(&str, &str); 12] = [
    ("ksiya", "кция"),
    ("yoʻ", "йў"),
    ("sʼh", "сҳ"),
    ("gʻ", "ғ"),
    ("oʻ", "ў"),
    ("ch", "ч"),
    ("sh", "ш"),
    ("ts", "ц"),
    ("ya", "я"),
    ("ye", "е"),
    ("yo", "ё"),
    ("yu", "ю"),
];

const LETTERS: [(char, char); 27] = [
    ('a', 'а'),
    ('b', 'б'),
    ('c', 'к'),
    ('d', 'д'),
    ('e', 'е'),
    ('f', 'ф'),
    ('g', 'г'),
    ('h', 'ҳ'),
    ('i', 'и'),
    ('j', 'ж'),
    ('k', 'к'),
    ('l', 'л'),
    ('m', 'м'),
    ('n', 'н'),
    ('o', 'о'),
    ('p', 'п'),
    ('q', 'қ'),
    ('r', 'р'),
    ('s', 'с'),
    ('t', 'т'),
    ('u', 'у'),
    ('v', 'в'),
    ('w', 'в'),
    ('x', 'х'),
    ('y', 'й'),
    ('z', 'з'),
    ('ʼ', 'ъ'),
];

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, 'ʻ' | 'ʼ')
}

/// `text` in Cyrillic letters. Characters other than Latin letters stay as they are.
pub(super) fn transliterate(text: &str) -> String {
    let mut out = String::with_capacity(2 * text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let ends = |c: char| is_letter(c) != is_letter(first);
        let (run, next) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        out += &if is_letter(first) { word(run) } else { run.to_owned() };
        rest = next;
    }
    out
}

fn word(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    let Some((latin, cyrillic)) = STEMS.iter().find(|(latin, _)| lower.starts_with(latin)) else {
        return by_rules(word, None);
    };
    let (stem, suffix) = word.split_at(latin.len());
    let cyrillic = if suffix.is_empty() { cyrillic } else { cyrillic.trim_end_matches('ь') };
    in_case_of(stem, cyrillic) + &by_rules(suffix, stem.chars().next_back())
}

/// A word, or the part of a word after the letter `before`.
fn by_rules(word: &str, mut before: Option<char>) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let lower = rest.to_ascii_lowercase();
        let (length, written) = match GROUPS.iter().find(|(latin, _)| lower.starts_with(latin) && joins(latin, &lower))
        {
            Some(("ye", _)) if before.is_some_and(is_consonant) => (2, "ье".to_owned()),
            Some((latin, cyrillic)) => (latin.len(), (*cyrillic).to_owned()),
            None => (first.len_utf8(), letter(first, before).to_string()),
        };
        let (group, next) = rest.split_at(length);
        // The tutuq belgisi has no case of its own.
        out += &in_case_of(if first == 'ʼ' { next } else { group }, &written);
        before = group.chars().next_back();
        rest = next;
    }
    out
}

/// Whether `group`, with which `word` begins, is one letter here. A verb's stem that ends in t keeps it before `-sa`
/// and `-sin` (`aytsa`, `ketsin`).
fn joins(group: &str, word: &str) -> bool {
    let is_suffix = |rest: &str| rest.starts_with('a') || rest == "in" || rest.starts_with("inlar");
    group != "ts" || !is_suffix(&word[group.len()..])
}

/// The lower-case Cyrillic letter. `e` becomes э at the start of a word and after a vowel.
fn letter(latin: char, before: Option<char>) -> char {
    let latin = latin.to_ascii_lowercase();
    match latin {
        'e' if before.is_none_or(is_vowel) => 'э',
        _ => LETTERS.iter().find(|(from, _)| *from == latin).map_or(latin, |(_, to)| *to),
    }
}

fn is_vowel(c: char) -> bool {
    "aeiou".contains(c.to_ascii_lowercase())
}

fn is_consonant(c: char) -> bool {
    c.is_ascii_alphabetic() && !is_vowel(c) && !c.eq_ignore_ascii_case(&'y')
}

/// `cyrillic` with capitals as in `latin`, which it replaces: none, the first letter, or all letters.
fn in_case_of(latin: &str, cyrillic: &str) -> String {
    let mut capitals = latin.chars().filter(char::is_ascii_alphabetic).map(|c| c.is_ascii_uppercase());
    let first = capitals.next().unwrap_or(false);
    let all = first && capitals.next().unwrap_or(false);
    let written = cyrillic.chars().enumerate();
    written.flat_map(|(at, c)| if all || first && at == 0 { c.to_uppercase().collect() } else { vec![c] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Latin and the Cyrillic spelling of words, from dictionaries.
    const WORDS: &[(&str, &str)] = &[
        ("Oʻzbekiston", "Ўзбекистон"),
        ("gʻalaba", "ғалаба"),
        ("Gʻ", "Ғ"),
        ("shanba", "шанба"),
        ("SHANBA", "ШАНБА"),
        ("chorshanba", "чоршанба"),
        ("payshanba", "пайшанба"),
        ("yakshanba", "якшанба"),
        ("mashhur", "машҳур"),
        ("Isʼhoq", "Исҳоқ"),
        ("yoʻl", "йўл"),
        ("Yoʻq", "Йўқ"),
        ("YOʻQ", "ЙЎҚ"),
        ("yozuv", "ёзув"),
        ("dunyo", "дунё"),
        ("tayyor", "тайёр"),
        ("yuz", "юз"),
        ("yaʼni", "яъни"),
        ("koʻryapti", "кўряпти"),
        ("yetti", "етти"),
        ("YETTI", "ЕТТИ"),
        ("keyin", "кейин"),
        ("obyekt", "объект"),
        ("pyesa", "пьеса"),
        ("eng", "энг"),
        ("EʼLON", "ЭЪЛОН"),
        ("eʼtibor", "эътибор"),
        ("poema", "поэма"),
        ("aeroport", "аэропорт"),
        ("kecha", "кеча"),
        ("maʼlumot", "маълумот"),
        ("sanʼat", "санъат"),
        ("muvaffaqiyat", "муваффақият"),
        ("litsey", "лицей"),
        ("protsent", "процент"),
        ("meditsina", "медицина"),
        ("aytsa", "айтса"),
        ("ketsin", "кетсин"),
        ("oʻtsinlar", "ўтсинлар"),
        ("funksiyalar", "функциялар"),
        ("konsert", "концерт"),
        ("jumʼa", "жумъа"),
        ("xotira", "хотира"),
        ("hisob", "ҳисоб"),
        ("qoʻngʻirogʻi", "қўнғироғи"),
        ("toʻgʻri", "тўғри"),
        ("singlim", "синглим"),
        ("kompyuterda", "компьютерда"),
        ("yanvar", "январь"),
        ("dekabr", "декабрь"),
        ("dekabrda", "декабрда"),
        ("DEKABR", "ДЕКАБРЬ"),
        ("Sentabr", "Сентябрь"),
        ("iyulgacha", "июлгача"),
    ];

    #[test]
    fn hard_words_are_written_as_in_a_dictionary() {
        for (latin, cyrillic) in WORDS {
            assert_eq!(transliterate(latin), *cyrillic, "{latin}");
        }
    }

    #[test]
    fn what_is_no_latin_letter_stays() {
        assert_eq!(transliterate("📚 16–22-noyabr, “5 kishi” (ha/yoʻq)…"), "📚 16–22-ноябрь, “5 киши” (ҳа/йўқ)…");
        assert_eq!(transliterate("Ада 李 é 7"), "Ада 李 é 7");
        assert_eq!(transliterate(""), "");
    }
}
