//! Every text of the chat with sample values; [`crate::domain::words::samples`] has the texts of posts.

use chrono::{NaiveDate, NaiveTime};

use super::{ChatWords, Gap, Listed, PartNote};
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::streak::Comeback;
use crate::domain::chat::access::Refusal;
use crate::domain::chat::command::Usage;
use crate::domain::parts::Part;
use crate::domain::post::BOARDS;
use crate::domain::words::samples::{COUNTS, Sample};

/// All texts of a language, in the same order and number for each language. `group` is a group's name.
pub fn samples(words: &dyn ChatWords, group: &str) -> Vec<Sample> {
    let mut all = Samples(Vec::new());
    standing(&mut all, words);
    receipt(&mut all, words);
    lists(&mut all, words, group);
    short(&mut all, words);
    all.0
}

struct Samples(Vec<Sample>);

impl Samples {
    fn add(&mut self, phrase: &'static str, text: String) {
        self.0.push(Sample { phrase, text });
    }

    /// A text for each of [`COUNTS`].
    fn count(&mut self, phrase: &'static str, text: impl Fn(u32) -> String) {
        COUNTS.into_iter().for_each(|count| self.add(phrase, text(count as u32)));
    }
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 10).unwrap_or_default()
}

fn standing(all: &mut Samples, words: &dyn ChatWords) {
    let time = NaiveTime::MIN + chrono::Duration::minutes(545);
    all.add("rank", words.rank(4));
    BOARDS.into_iter().for_each(|scope| all.add("scope_button", words.scope_button(scope)));
    all.add("me_button", words.me_button());
    all.add("top_button", words.top_button());
    all.add("why_button", words.why_button());
    [None, Some(day())].into_iter().for_each(|day| all.add("up_to", words.up_to(time, day)));
    all.add("behind", words.behind(Gap::Seconds(720), 3));
    all.count("behind", |count| words.behind(Gap::Days(count as usize), 3));
    all.add("no_time", words.no_time());
    all.add("nearby", words.nearby());
    all.add("in_call", words.in_call());
    all.count("streak_days", |count| words.streak_days(count));
    all.count("frozen", |count| words.frozen(count));
    all.count("freezes", |count| words.freezes(count));
    all.count("longest_streak", |count| words.longest_streak(count));
    all.add("at_risk", words.at_risk(1500));
    for (active_needed, days_left) in [(1, 1), (1, 2), (2, 3)] {
        all.count("comeback", |streak| words.comeback(&Comeback { streak, active_needed, days_left }, 1500));
    }
    for seconds in [15_000, 36_000] {
        all.add("goal", words.goal(&Progress { goal: 36_000, seconds }));
    }
    all.0.extend(words.never(300).map(|text| Sample { phrase: "never", text }));
    all.add("left_out", words.left_out());
    all.count("in_call_count", |count| words.in_call_count(count as usize));
}

fn receipt(all: &mut Samples, words: &dyn ChatWords) {
    let notes = [
        PartNote::Proved,
        PartNote::Unproved,
        PartNote::TooShort { session: 100, gate: 300 },
        PartNote::OtherAccount,
        PartNote::OtherDay,
        PartNote::OldTotal,
        PartNote::InOldTotal,
        PartNote::Folded,
        PartNote::Full,
        PartNote::Added,
        PartNote::Removed,
    ];
    notes.into_iter().for_each(|note| all.add("part", words.part(note)));
    all.count("more_parts", |count| words.more_parts(count as usize));
    all.add("proved", words.proved(720));
    all.add("above_cap", words.above_cap(720, 36_000));
    all.add("silent", words.silent(3, "23:00:00–04:00:00"));
    all.add("still_here", words.still_here(3, 15));
    all.add("still_here_button", words.still_here_button());
    all.add("is_still_here", words.is_still_here());
    all.add("not_here", words.not_here());
    all.add("not_in_call", words.not_in_call());
    all.add("not_begun", words.not_begun());
    [Some(36_000), None].into_iter().for_each(|goal| all.add("goal_set", words.goal_set(goal)));
    all.add("no_goal", words.no_goal());
    all.add("goal_how", words.goal_how());
}

fn lists(all: &mut Samples, words: &dyn ChatWords, group: &str) {
    all.add("help_title", words.help_title());
    all.add("help_in_group", words.help_in_group());
    Listed::ALL.into_iter().for_each(|command| all.add("does", words.does(command)));
    ["", group].into_iter().for_each(|group| all.add("welcome", words.welcome(group)));
    ["", group].into_iter().for_each(|group| all.add("welcome_stranger", words.welcome_stranger(group)));
    all.add("about", words.about(300));
    all.add("privacy_title", words.privacy_title());
    all.add("privacy_stored", words.privacy_stored());
    all.add("privacy_since", words.privacy_since(day()));
    all.add("privacy_kept", words.privacy_kept(7));
    all.add("privacy_folded", words.privacy_folded(24));
    all.add("privacy_chat", words.privacy_chat(120, 48));
    all.add("privacy_group", words.privacy_group(10));
    [true, false].into_iter().for_each(|of_all| all.add("privacy_streaks", words.privacy_streaks(of_all)));
    [true, false].into_iter().for_each(|is_on| all.add("privacy_website", words.privacy_website(is_on)));
    all.add("privacy_ask", words.privacy_ask());
    all.add("web_link", words.web_link(10));
    all.add("no_pages", words.no_pages());
}

fn short(all: &mut Samples, words: &dyn ChatWords) {
    let usages = [Usage::Top, Usage::Card, Usage::Why, Usage::Goal, Usage::Pause, Usage::Logs];
    let usages = usages.into_iter().chain(Part::ALL.map(Usage::Part));
    usages.into_iter().for_each(|usage| all.add("misread", words.misread(usage)));
    all.add("unknown_command", words.unknown_command());
    let refusals = [Refusal::NotAMember, Refusal::NotAnAdmin, Refusal::NotTheOwner, Refusal::NotAsAPerson];
    refusals.into_iter().for_each(|refusal| all.add("refusal", words.refusal(refusal)));
    all.add("hint", words.hint());
    all.add("hint_button", words.hint_button());
    all.add("choose_group", words.choose_group());
    all.add("group_not_found", words.group_not_found());
    all.add("too_old", words.too_old());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::words::Language;

    /// A name without letters of any of the languages.
    const FOREIGN: &str = "漢字 {} `x`";

    /// The text without commands, names and the group's name, which are the same in all languages.
    fn own_words(text: &str) -> String {
        let arguments = [
            "today",
            "yesterday",
            "day",
            "week",
            "month",
            "me",
            "on",
            "off",
            "record",
            "1h",
            "3h",
            "6h",
            "168h",
            "10h",
            "7h30m",
            "Telegram",
        ];
        let is_foreign = |word: &&str| {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
            bare.starts_with('/') || arguments.contains(&bare)
        };
        let text = text.replace(FOREIGN, "");
        text.split(' ').filter(|word| !is_foreign(word)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_text_has_a_sample() {
        let (_, words) = include_str!("mod.rs").split_once("pub trait ChatWords").unwrap();
        let (words, _) = words.split_once("\n}\n").unwrap();
        let functions: BTreeSet<&str> =
            words.split("fn ").skip(1).map(|rest| rest.split('(').next().unwrap()).collect();
        assert!(functions.len() > 40, "{functions:?}");
        let sampled: BTreeSet<&str> =
            samples(Language::En.chat_words(), "").iter().map(|sample| sample.phrase).collect();
        assert_eq!(sampled, functions);
    }

    #[test]
    fn every_language_has_every_text_in_its_own_letters() {
        let phrases = |language: Language| {
            samples(language.chat_words(), FOREIGN).into_iter().map(|sample| sample.phrase).collect::<Vec<_>>()
        };
        let is_cyrillic = |c: char| ('\u{400}'..='\u{52f}').contains(&c);
        for language in Language::ALL {
            assert_eq!(phrases(language), phrases(Language::En), "{language:?}");
            let is_wrong = |c: char| match language {
                Language::En => is_cyrillic(c) || matches!(c, 'ʻ' | 'ʼ'),
                Language::Uz => is_cyrillic(c) || matches!(c, '\'' | '’' | '‘' | '´'),
                Language::Ru | Language::UzCyrl => c.is_ascii_alphabetic() || matches!(c, 'ʻ' | 'ʼ'),
            };
            for Sample { phrase, text } in samples(language.chat_words(), FOREIGN) {
                let own = own_words(&text);
                assert!(!own.contains(is_wrong), "{language:?} {phrase}: {text}");
                assert!(!own.contains(['{', '}', '`', '\n']), "{language:?} {phrase}: {text}");
                assert!(
                    !text.is_empty() && text.trim() == text && !text.contains("  "),
                    "{language:?} {phrase}: {text:?}"
                );
            }
        }
    }

    #[test]
    fn a_groups_name_stands_in_a_text_as_it_is() {
        for words in Language::ALL.map(Language::chat_words) {
            for text in [words.welcome(FOREIGN), words.welcome_stranger(FOREIGN)] {
                assert_eq!(text.matches(FOREIGN).count(), 1, "{text}");
            }
        }
    }

    /// The commands in a text can be sent as they are written.
    #[test]
    fn commands_are_the_same_in_all_languages() {
        let commands = |text: &str| -> BTreeSet<String> {
            let words = text.split([' ', ',', ';', '.', ':', '(', ')']);
            words.filter(|word| word.len() > 1 && word.starts_with('/')).map(str::to_owned).collect()
        };
        for language in Language::ALL {
            let english = samples(Language::En.chat_words(), "");
            for (own, english) in samples(language.chat_words(), "").iter().zip(english) {
                assert_eq!(commands(&own.text), commands(&english.text), "{language:?}: {}", own.text);
            }
        }
    }

    #[test]
    fn numbers_take_the_plural_of_the_language() {
        let texts = |language: Language, phrase: &str| -> Vec<String> {
            let all = samples(language.chat_words(), "").into_iter();
            all.filter(|sample| sample.phrase == phrase).map(|sample| sample.text).collect()
        };
        let row = |phrase: &str| Language::ALL.map(|language| texts(language, phrase)[1..].join(", ")).join("\n");
        let rows = ["streak_days", "freezes", "longest_streak", "comeback", "behind", "in_call_count"].map(row);
        insta::assert_snapshot!(rows.join("\n\n"));
    }
}
