//! Every text with sample values: `swf words` prints them for translators, and the tests of all languages use them.

use chrono::{NaiveDate, NaiveTime};

use super::{
    AlertSubject, BoardState, Comparison, Dates, Occasion, PastOutage, PastSpan, Proved, Record, Seen, SeenFrom, Words,
};
use crate::domain::PeerId;
use crate::domain::people::{Display, Name};
use crate::domain::post::problem::{Code, LASTING, Problem};
use crate::domain::time::period::Scope;

/// A text with sample values in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The function of [`Words`] that writes the text.
    pub phrase: &'static str,
    pub text: String,
}

/// Numbers after which a noun has different forms in some language.
pub const COUNTS: [usize; 5] = [0, 1, 2, 5, 21];

/// Durations in seconds, from 0 s to 21 days.
pub const DURATIONS: [i64; 5] = [0, 45, 12 * 60, 11_100, 21 * 86_400];

const FROM: [SeenFrom; 2] = [SeenFrom::Within, SeenFrom::After];

/// The values that are inserted into the texts. They are the same in all languages.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// The name of the group, and of a person.
    pub name: &'a str,
    /// The reason for a problem, as a sentence that does not come from [`Words`].
    pub reason: &'a str,
    pub zone: &'a str,
    pub time: &'a str,
    /// A website's address.
    pub site: &'a str,
}

/// Values as they are in most groups.
pub const USUAL: Values =
    Values { name: "Deep Work", reason: "…", zone: "Asia/Tashkent", time: "21:03", site: "https://site.example" };

/// All texts of a language, in the same order and number for each language.
pub fn samples(words: &dyn Words, values: &Values) -> Vec<Sample> {
    let mut all = Samples::default();
    posts(&mut all, words, values);
    rows(&mut all, words, values);
    late_posts_and_recaps(&mut all, words, values);
    classic(&mut all, words);
    lines(&mut all, words);
    alerts(&mut all, words, values);
    problems(&mut all, words, values);
    all.0
}

#[derive(Default)]
struct Samples(Vec<Sample>);

impl Samples {
    fn add(&mut self, phrase: &'static str, text: String) {
        self.0.push(Sample { phrase, text });
    }
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// The days of a week that lies in two months.
fn week() -> impl Iterator<Item = NaiveDate> {
    date(2026, 11, 30).iter_days().take(7)
}

fn posts(all: &mut Samples, words: &dyn Words, values: &Values) {
    let day = date(2026, 12, 10);
    let morning = day.and_time(NaiveTime::MIN) + chrono::Duration::minutes(545);
    DURATIONS.into_iter().for_each(|seconds| all.add("duration", words.duration(seconds)));
    dates(all, words);
    let names = [
        Name::Full(values.name.into()),
        Name::Username(values.name.into()),
        Name::Deleted,
        Name::Unknown,
        Name::Hidden,
    ];
    for name in names {
        all.add("name", words.name(&Display { id: PeerId(1234), username: None, name }));
    }
    ["", values.name].into_iter().for_each(|group| all.add("title", words.title(group)));
    all.add("short_title", words.short_title(values.name));
    let seen = |other_day| Occasion::Standings { seen: Some(Seen { time: morning.time(), other_day }) };
    let standings = [Occasion::Standings { seen: None }, seen(None), seen(day.pred_opt())];
    let occasions = standings.into_iter().chain([Occasion::Daily]).map(|occasion| (day, occasion));
    for (day, occasion) in occasions.chain(week().map(|day| (day, Occasion::Late))) {
        all.add("occasion", words.occasion(day, occasion));
    }
    for scope in Scope::ALL {
        FROM.into_iter().for_each(|from| all.add("period", words.period(scope, from)));
    }
    Scope::ALL.into_iter().for_each(|scope| all.add("numbered_period", words.numbered_period(scope, 12)));
    for is_cut in [false, true] {
        let board = words.period(Scope::Week, SeenFrom::After);
        all.add("heading", words.heading(&board, Dates::WithinMonth(date(2026, 12, 7), day), is_cut));
    }
    for (count, seconds) in COUNTS.into_iter().zip(DURATIONS) {
        all.add("total", words.total(count, seconds, BoardState::Open));
    }
    all.add("total", words.total(2, 3600, BoardState::FinalUpTo(day)));
    all.add("total", words.total(2, 3600, BoardState::Final));
    COUNTS.into_iter().for_each(|count| all.add("more", words.more(count)));
    all.add("not_running", words.not_running());
    all.add("not_seen", words.not_seen());
    all.add("corrected", words.corrected());
    all.add("silence", words.silence(day, 3));
    all.add("not_in_use", words.not_in_use(day));
    all.add("empty_since", words.empty_since(morning));
    all.add("watched_since", words.watched_since(morning));
    for from in FROM {
        let periods = [(Scope::Day, 720), (Scope::Week, 11_100), (Scope::Month, 90_000)];
        (1..=3).for_each(|count| all.add("offline", words.offline(&periods[..count], from)));
    }
    let days: Vec<NaiveDate> = week().collect();
    COUNTS.into_iter().for_each(|more| all.add("skipped", words.skipped(&days[..2], more)));
}

fn dates(all: &mut Samples, words: &dyn Words) {
    week().for_each(|day| all.add("dates", words.dates(Dates::Day(day))));
    (1..=12).for_each(|month| all.add("dates", words.dates(Dates::Month(date(2026, month, 1)))));
    (1..=12).for_each(|month| all.add("dates", words.dates(Dates::Day(date(2026, month, 1)))));
    let spans = [
        Dates::WithinMonth(date(2026, 11, 16), date(2026, 11, 22)),
        Dates::WithinYear(date(2026, 11, 30), date(2026, 12, 6)),
        Dates::AcrossYears(date(2026, 12, 28), date(2027, 1, 3)),
    ];
    spans.into_iter().for_each(|span| all.add("dates", words.dates(span)));
}

/// The parts of rows, the lines under them, and the lines above all boards.
fn rows(all: &mut Samples, words: &dyn Words, values: &Values) {
    let name = values.name;
    for (count, seconds) in COUNTS.into_iter().zip(DURATIONS) {
        all.add("headline", words.headline(name, seconds, count));
        all.add("streak", words.streak(count as u32));
        all.add("active_days", words.active_days(count));
        all.add("band", words.band(count));
    }
    all.add("names", words.names(&[name.into()], 0));
    for more in COUNTS {
        all.add("names", words.names(&[name.into(), name.into(), name.into()], more));
    }
    all.add("new_on_board", words.new_on_board().into());
    all.add("newcomer", words.newcomer().into());
    for (scope, seen_from) in Scope::ALL.into_iter().flat_map(|scope| FROM.map(|from| (scope, from))) {
        for (seconds, is_open) in [(11_100, true), (-720, false), (0, false)] {
            let with = Comparison { scope, first: date(2026, 12, 3), seen_from, is_open };
            all.add("comparison", words.comparison(seconds, with));
        }
    }
    for first in week() {
        let with = Comparison { scope: Scope::Day, first, seen_from: SeenFrom::Within, is_open: false };
        all.add("comparison", words.comparison(3600, with));
    }
    let days: Vec<(NaiveDate, Option<usize>)> = week().zip([None].into_iter().chain((0..).map(Some))).collect();
    all.add("last_days", words.last_days(&days));
    Scope::ALL.into_iter().for_each(|above| all.add("same_board", words.same_board(above)));
}

fn late_posts_and_recaps(all: &mut Samples, words: &dyn Words, values: &Values) {
    let (name, day) = (values.name, date(2026, 12, 10));
    for days in COUNTS {
        all.add("digest_title", words.digest_title(Some((name, 11_100)), days));
        all.add("digest_day", words.digest_day(day, name, 3600, days, 11_100));
    }
    all.add("digest_title", words.digest_title(None, 2));
    all.add("digest_occasion", words.digest_occasion(Dates::Day(day)));
    all.add("digest_occasion", words.digest_occasion(Dates::WithinMonth(date(2026, 12, 7), day)));
    all.add("digest_empty_day", words.digest_empty_day(day));
    all.add("digest_unknown_day", words.digest_unknown_day(day));
    let dates = Dates::WithinMonth(date(2026, 12, 7), date(2026, 12, 13));
    for scope in Scope::ALL {
        all.add("recap_headline", words.recap_headline(scope, name, 90_000));
        all.add("recap_heading", words.recap_heading(scope, None, dates));
        all.add("recap_heading", words.recap_heading(scope, Some(2), dates));
        let person = Record::Person { names: name.into(), seconds: 90_000 };
        for record in [Record::Group { seconds: 900_000 }, person] {
            all.add("recap_record", words.recap_record(scope, &record, 12));
        }
    }
    all.add("recap_most_days", words.recap_most_days(name, 21, 28));
    all.add("recap_improved", words.recap_improved(name, 11_100));
    all.add("recap_first_timers", words.recap_first_timers(name));
}

/// The look of the old tracker.
fn classic(all: &mut Samples, words: &dyn Words) {
    [Some(12), None].into_iter().for_each(|day| all.add("classic_title", words.classic_title(day)));
    let (first, last) = (date(2026, 12, 10), date(2026, 12, 16));
    for (scope, from) in Scope::ALL.into_iter().flat_map(|scope| FROM.map(|from| (scope, from))) {
        for number in [Some(2), None] {
            all.add("classic_heading", words.classic_heading(scope, from, first, last, number));
        }
    }
    all.add("classic_minutes", words.classic_minutes(115));
    all.add("classic_empty_board", words.classic_empty_board().into());
    all.add("classic_word_of_the_day", words.classic_word_of_the_day().into());
}

/// The lines of which posts use a different one each day.
fn lines(all: &mut Samples, words: &dyn Words) {
    let lists = [
        ("empty_board", words.empty_board(false)),
        ("empty_board", words.empty_board(true)),
        ("praise", words.praise()),
        ("quotes", words.quotes()),
        ("classic_titles", words.classic_titles()),
    ];
    for (phrase, lines) in lists {
        lines.iter().for_each(|line| all.add(phrase, (*line).to_owned()));
    }
}

fn alerts(all: &mut Samples, words: &dyn Words, values: &Values) {
    let Values { reason, time, zone, .. } = *values;
    let subject = AlertSubject { group: values.name, zone };
    let days = [None, Some(date(2026, 12, 10))];
    let span = || PastSpan { seconds: 720, from: time.into(), to: time.into() };
    all.add("outage", words.outage(subject, 720, time, reason));
    let parts = COUNTS.map(|people| Proved::Part { seconds: 300, people });
    let proved = [Proved::NobodySeen, Proved::Nothing, Proved::All { people: 2 }].into_iter().chain(parts);
    for (proved, left) in proved.zip([0, 1, 2].into_iter().chain(COUNTS)) {
        let outage = PastOutage { span: span(), tracker_died: left == 1, reason, proved, left };
        all.add("recovered", words.recovered(subject, &outage));
    }
    for day in days {
        all.add("late", words.late(subject, day, day.map(|_| reason)));
        all.add("late_sent", words.late_sent(subject, day));
        all.add("refused", words.refused(subject, day, reason));
    }
    all.add("test_alert", words.test_alert(subject));
    all.add("store_failing", words.store_failing(subject, 720, time, reason, reason));
    all.add("store_mended", words.store_mended(subject, time));
    all.add("backup_command_failed", words.backup_command_failed(subject, reason));
    all.add("backup_command_recovered", words.backup_command_recovered(subject));
    all.add("store_recovered", words.store_recovered(subject, &span()));
}

fn problems(all: &mut Samples, words: &dyn Words, values: &Values) {
    let site = format!("{} {}", values.site, values.reason);
    for code in Code::all() {
        let detail = match code {
            Code::FloodWait | Code::OtherDataCentre | Code::NoAnswer | Code::OtherAccount => "21",
            Code::Website | Code::WebsiteSecret | Code::WebsiteAddress | Code::WebsiteRedirect => &site,
            Code::WebsiteSilent | Code::WebsiteTimeout => &site,
            _ => values.reason,
        };
        all.add("problem", words.problem(&Problem::new(code, detail)));
    }
    for name in LASTING {
        all.add("problem", words.problem(&Problem::new(Code::Telegram, name)));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::words::{ENGLISH, Language};

    /// Values without letters of any of the languages.
    const FOREIGN: Values = Values { name: "漢字", reason: "理由", zone: "時間", time: "⁂", site: "網站" };

    /// Names, commands and settings, which are the same in all languages. The longest come first.
    const CODE: [&str; 11] = [
        "swf post --now",
        "swf status",
        "TELEGRAM_BOT_TOKEN",
        "SWF_BACKUP_COMMAND",
        "SWF_TOPIC",
        "@BotFather",
        "@SpamBot",
        "Telegram",
        "var/backup",
        "var/",
        "swf",
    ];

    fn without_code(text: &str) -> String {
        LASTING.into_iter().chain(CODE).fold(text.to_owned(), |text, code| text.replace(code, ""))
    }

    /// A value with characters that would break a template.
    const HARD: &str = "Yoʻlchi `x` {} {0} {group} ${a} Sharq e@x.uz";

    #[test]
    fn every_text_has_a_sample() {
        let (_, words) = include_str!("mod.rs").split_once("pub trait Words").unwrap();
        let (words, _) = words.split_once("\n}\n").unwrap();
        let functions = words.split("fn ").skip(1).map(|rest| rest.split('(').next().unwrap());
        let functions: BTreeSet<&str> = functions.filter(|name| *name != "language").collect();
        assert!(functions.len() > 25, "{functions:?}");
        let sampled: BTreeSet<&str> = samples(ENGLISH, &USUAL).iter().map(|sample| sample.phrase).collect();
        assert_eq!(sampled, functions);
    }

    #[test]
    fn no_text_of_any_language_is_empty_or_has_a_rest_of_a_template() {
        let phrases = |language: Language| samples(language.words(), &FOREIGN).into_iter().map(|sample| sample.phrase);
        for language in Language::ALL {
            assert!(phrases(language).eq(phrases(Language::En)), "{language:?}");
            for Sample { phrase, text } in samples(language.words(), &FOREIGN) {
                assert!(!text.trim().is_empty() && text.trim() == text, "{language:?} {phrase}: {text:?}");
                assert!(!text.contains(['{', '}', '`', '\n']) && !text.contains("  "), "{language:?} {phrase}: {text}");
            }
        }
    }

    #[test]
    fn no_text_has_letters_of_another_alphabet() {
        let is_cyrillic = |c: char| ('\u{400}'..='\u{52f}').contains(&c);
        for language in Language::ALL {
            let is_wrong = |c: char| match language {
                Language::En | Language::Uz => is_cyrillic(c),
                Language::Ru | Language::UzCyrl => c.is_ascii_alphabetic() || matches!(c, 'ʻ' | 'ʼ'),
            };
            for Sample { phrase, text } in samples(language.words(), &FOREIGN) {
                assert!(!without_code(&text).contains(is_wrong), "{language:?} {phrase}: {text}");
            }
        }
    }

    #[test]
    fn uzbek_has_no_english_word_and_only_its_own_apostrophes() {
        let words = |text: &str| -> BTreeSet<String> {
            let text = without_code(text).to_lowercase();
            let words = text.split(|c: char| !c.is_alphabetic() && !matches!(c, 'ʻ' | 'ʼ' | '\''));
            words.filter(|word| word.len() > 2 && word.starts_with(|c: char| c.is_ascii())).map(str::to_owned).collect()
        };
        let english: BTreeSet<String> =
            samples(ENGLISH, &FOREIGN).iter().flat_map(|sample| words(&sample.text)).collect();
        // Words that English and Uzbek share, and names.
        let shared = ["post", "bot", "may", "lao", "benjamin", "franklin", "edison"];
        for Sample { phrase, text } in samples(Language::Uz.words(), &FOREIGN) {
            let foreign: Vec<String> =
                words(&text).intersection(&english).filter(|word| !shared.contains(&word.as_str())).cloned().collect();
            assert_eq!(foreign, Vec::<String>::new(), "{phrase}: {text}");
            assert!(!text.contains(['\'', '’', '‘', '´']), "{phrase}: {text}");
            for (before, mark) in text.chars().zip(text.chars().skip(1)) {
                let after_o_or_g = "ogOG".contains(before);
                assert!(mark != 'ʻ' || after_o_or_g, "{phrase}: {text}");
                assert!(mark != 'ʼ' || before.is_alphabetic() && !after_o_or_g, "{phrase}: {text}");
            }
        }
    }

    #[test]
    fn each_value_stands_in_a_text_as_it_is_and_as_often_as_in_english() {
        let long = "Щё漢".repeat(40);
        for name in ["漢字", HARD, &long] {
            let reason = format!("[{name}]");
            let values = Values { name, reason: &reason, ..FOREIGN };
            for language in Language::ALL {
                for (own, english) in samples(language.words(), &values).iter().zip(samples(ENGLISH, &values)) {
                    for value in [name, &reason, values.zone, values.time, values.site] {
                        let [own, english] = [&own.text, &english.text].map(|text| text.matches(value).count());
                        assert_eq!(own, english, "{language:?} {value}: {own:?}");
                    }
                }
            }
        }
    }

    fn texts(language: Language, phrase: &str) -> Vec<String> {
        let all = samples(language.words(), &USUAL).into_iter();
        all.filter(|sample| sample.phrase == phrase).map(|sample| sample.text).collect()
    }

    #[test]
    fn durations_are_short_in_every_language() {
        let durations = |language| texts(language, "duration").join(", ");
        assert_eq!(durations(Language::En), "0s, 45s, 12m, 3h 05m, 504h 00m");
        assert_eq!(durations(Language::Ru), "0 с, 45 с, 12 мин, 3 ч 05 мин, 504 ч 00 мин");
        assert_eq!(durations(Language::Uz), "0 soniya, 45 soniya, 12 daq, 3 soat 05 daq, 504 soat 00 daq");
        assert_eq!(durations(Language::UzCyrl), "0 сония, 45 сония, 12 дақ, 3 соат 05 дақ, 504 соат 00 дақ");
    }

    #[test]
    fn active_days_and_bands_are_counted_as_each_language_counts() {
        let of = |language| ["active_days", "band"].map(|phrase| texts(language, phrase)[1..].join(", "));
        assert_eq!(of(Language::En), ["1 day, 2 days, 5 days, 21 days", "League 1, League 2, League 5, League 21"]);
        assert_eq!(of(Language::Ru), ["1 день, 2 дня, 5 дней, 21 день", "Лига 1, Лига 2, Лига 5, Лига 21"]);
        assert_eq!(of(Language::Uz), ["1 kun, 2 kun, 5 kun, 21 kun", "1-liga, 2-liga, 5-liga, 21-liga"]);
        assert_eq!(of(Language::UzCyrl), ["1 кун, 2 кун, 5 кун, 21 кун", "1-лига, 2-лига, 5-лига, 21-лига"]);
    }

    #[test]
    fn dates_are_written_as_each_language_writes_them() {
        let dates = Language::ALL.map(|language| texts(language, "dates"));
        let row = |at: usize| dates.each_ref().map(|dates| dates[at].as_str()).join(" | ");
        insta::assert_snapshot!((0..dates[0].len()).map(row).collect::<Vec<_>>().join("\n"), @r"
        Monday 30 November | понедельник, 30 ноября | 30-noyabr, dushanba | 30-ноябрь, душанба
        Tuesday 1 December | вторник, 1 декабря | 1-dekabr, seshanba | 1-декабрь, сешанба
        Wednesday 2 December | среда, 2 декабря | 2-dekabr, chorshanba | 2-декабрь, чоршанба
        Thursday 3 December | четверг, 3 декабря | 3-dekabr, payshanba | 3-декабрь, пайшанба
        Friday 4 December | пятница, 4 декабря | 4-dekabr, juma | 4-декабрь, жума
        Saturday 5 December | суббота, 5 декабря | 5-dekabr, shanba | 5-декабрь, шанба
        Sunday 6 December | воскресенье, 6 декабря | 6-dekabr, yakshanba | 6-декабрь, якшанба
        January 2026 | январь 2026 | 2026-yil yanvar | 2026-йил январь
        February 2026 | февраль 2026 | 2026-yil fevral | 2026-йил февраль
        March 2026 | март 2026 | 2026-yil mart | 2026-йил март
        April 2026 | апрель 2026 | 2026-yil aprel | 2026-йил апрель
        May 2026 | май 2026 | 2026-yil may | 2026-йил май
        June 2026 | июнь 2026 | 2026-yil iyun | 2026-йил июнь
        July 2026 | июль 2026 | 2026-yil iyul | 2026-йил июль
        August 2026 | август 2026 | 2026-yil avgust | 2026-йил август
        September 2026 | сентябрь 2026 | 2026-yil sentabr | 2026-йил сентябрь
        October 2026 | октябрь 2026 | 2026-yil oktabr | 2026-йил октябрь
        November 2026 | ноябрь 2026 | 2026-yil noyabr | 2026-йил ноябрь
        December 2026 | декабрь 2026 | 2026-yil dekabr | 2026-йил декабрь
        Thursday 1 January | четверг, 1 января | 1-yanvar, payshanba | 1-январь, пайшанба
        Sunday 1 February | воскресенье, 1 февраля | 1-fevral, yakshanba | 1-февраль, якшанба
        Sunday 1 March | воскресенье, 1 марта | 1-mart, yakshanba | 1-март, якшанба
        Wednesday 1 April | среда, 1 апреля | 1-aprel, chorshanba | 1-апрель, чоршанба
        Friday 1 May | пятница, 1 мая | 1-may, juma | 1-май, жума
        Monday 1 June | понедельник, 1 июня | 1-iyun, dushanba | 1-июнь, душанба
        Wednesday 1 July | среда, 1 июля | 1-iyul, chorshanba | 1-июль, чоршанба
        Saturday 1 August | суббота, 1 августа | 1-avgust, shanba | 1-август, шанба
        Tuesday 1 September | вторник, 1 сентября | 1-sentabr, seshanba | 1-сентябрь, сешанба
        Thursday 1 October | четверг, 1 октября | 1-oktabr, payshanba | 1-октябрь, пайшанба
        Sunday 1 November | воскресенье, 1 ноября | 1-noyabr, yakshanba | 1-ноябрь, якшанба
        Tuesday 1 December | вторник, 1 декабря | 1-dekabr, seshanba | 1-декабрь, сешанба
        16–22 November | 16–22 ноября | 16–22-noyabr | 16–22-ноябрь
        30 November – 6 December | 30 ноября – 6 декабря | 30-noyabr – 6-dekabr | 30-ноябрь – 6-декабрь
        28 December 2026 – 3 January 2027 | 28 декабря 2026 – 3 января 2027 | 2026-yil 28-dekabr – 2027-yil 3-yanvar | 2026-йил 28-декабрь – 2027-йил 3-январь
        ");
    }
}
