//! `swf words`: the texts of a language next to the English texts, for translators.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::commands::terminal;
use crate::domain::words::chat::samples::samples as chat_samples;
use crate::domain::words::samples::{Sample, USUAL, samples};
use crate::domain::words::{Language, card, page};
use crate::error::Result;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which language; without it, all languages are listed
    #[arg(value_name = "LANG", value_parser = language())]
    language: Option<Language>,
}

fn language() -> impl TypedValueParser<Value = Language> {
    let codes = PossibleValuesParser::new(Language::ALL.map(Language::code));
    codes.map(|code| Language::parse(&code).unwrap_or_default())
}

pub fn run(args: &Args) -> Result<()> {
    terminal::print(&args.language.map_or_else(languages, beside_english))
}

/// A line for each language.
fn languages() -> String {
    let line = |language: Language| format!("{:<8} {}\n", language.code(), language.name());
    Language::ALL.into_iter().map(line).collect()
}

/// All texts of a language: of posts and alerts, of the chat, of the pages, of pictures.
fn all(language: Language) -> impl Iterator<Item = Sample> {
    let posts = samples(language.words(), &USUAL).into_iter();
    let chat = chat_samples(language.chat_words(), USUAL.name);
    let pages = page::samples::samples(language.page());
    posts.chain(chat).chain(pages).chain(card::samples(language.card_words()))
}

/// Every text, under the name of its function in `src/domain/words/mod.rs`, or in `chat/mod.rs`, `page/mod.rs` or
/// `card/mod.rs` in the same folder.
fn beside_english(language: Language) -> String {
    let mut out = String::new();
    let mut phrase = "";
    let width = language.code().len().max(2);
    for (english, own) in all(Language::En).zip(all(language)) {
        if english.phrase != phrase {
            phrase = english.phrase;
            out += &format!("{}{phrase}\n", if out.is_empty() { "" } else { "\n" });
        }
        let line = |code, Sample { text, .. }: &Sample| format!("  {code:<width$}  {text}\n");
        out += &line("en", &english);
        if language != Language::En {
            out += &line(language.code(), &own);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_stands_under_its_english_one() {
        let text = beside_english(Language::Ru);
        assert!(text.contains("\nmore\n  en  and 0 more\n  ru  и ещё 0\n  en  and 1 more\n  ru  и ещё 1\n"), "{text}");
        assert_eq!(text.matches("\n  en  ").count(), text.matches("\n  ru  ").count());
        assert!(text.contains("\n  en  place 2 of 25\n  ru  2-е место из 25\n"), "{text}");
        assert_eq!(beside_english(Language::En).matches("\n  en  ").count(), text.matches("\n  en  ").count());
        assert!(beside_english(Language::UzCyrl).contains("\n  en       and 2 more\n  uz-cyrl  ва яна 2 киши\n"));
    }

    #[test]
    fn languages_are_listed_with_their_codes() {
        assert_eq!(languages(), "en       English\nru       русский\nuz       oʻzbekcha\nuz-cyrl  ўзбекча\n");
    }
}
