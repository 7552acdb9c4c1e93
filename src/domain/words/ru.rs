//! Russian. Readers are addressed politely, and no sentence depends on their gender.

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::{
    AlertSubject, BoardState, Comparison, Dates, Language, Occasion, PastOutage, PastSpan, Proved, Record, SeenFrom,
    Words, unbroken,
};
use crate::domain::people::{Display, Name};
use crate::domain::post::problem::{Code, Problem};
use crate::domain::text;
use crate::domain::time::period::Scope;

#[derive(Debug)]
pub(super) struct Ru;

const WEEKDAYS: [&str; 7] = ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"];
/// The accusative, as after «за».
const WEEKDAYS_ACCUSATIVE: [&str; 7] =
    ["понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье"];
/// The dative, as after «к».
const WEEKDAYS_DATIVE: [&str; 7] =
    ["понедельнику", "вторнику", "среде", "четвергу", "пятнице", "субботе", "воскресенью"];
pub(super) const WEEKDAYS_SHORT: [&str; 7] = ["пн", "вт", "ср", "чт", "пт", "сб", "вс"];
pub(super) const MONTHS: [&str; 12] = [
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
];
/// The genitive, as after the number of a day.
const MONTHS_GENITIVE: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

pub(super) fn weekday(names: [&'static str; 7], date: NaiveDate) -> &'static str {
    names[date.weekday().num_days_from_monday() as usize]
}

/// `22 ноября`.
fn day_month(date: NaiveDate) -> String {
    format!("{} {}", date.day(), MONTHS_GENITIVE[date.month0() as usize])
}

/// `22 ноября 2026`.
pub(super) fn full_date(date: NaiveDate) -> String {
    format!("{} {}", day_month(date), date.year())
}

/// The form of a noun after `number`: 1, 21, 31 … take `one`; 2–4, 22–24 … take `few`; everything else, also 11–14,
/// takes `many`.
pub(super) fn plural<'a>(number: usize, one: &'a str, few: &'a str, many: &'a str) -> &'a str {
    match (number % 10, number % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// `1 человек`, `2 человека`, `5 человек`.
pub(super) fn people(count: usize) -> String {
    format!("{count} {}", plural(count, "человек", "человека", "человек"))
}

/// `text` with a capital letter, for the beginning of a line.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The name of a post in an alert: `пост за 22 ноября 2026`.
fn post(day: Option<NaiveDate>) -> String {
    day.map_or_else(|| "пост".into(), |day| format!("пост за {}", full_date(day)))
}

/// `дня`, `недели`, `месяца`.
fn genitive(scope: Scope) -> &'static str {
    match scope {
        Scope::Day => "дня",
        Scope::Week => "недели",
        _ => "месяца",
    }
}

/// `пт 20 ноября`.
fn short_date(date: NaiveDate) -> String {
    format!("{} {}", weekday(WEEKDAYS_SHORT, date), day_month(date))
}

const EMPTY: [&str; 5] = [
    "На этот раз никто не занимался. Каждый день — новое начало.",
    "Никто не занимался. Завтра будет новая возможность.",
    "Тишина: никто не был в звонке достаточно долго.",
    "Рейтинг пуст. Кто вернётся первым?",
    "Без занятий. Отдых — тоже часть учёбы.",
];
const EMPTY_SO_FAR: [&str; 5] = [
    "Пока никто не занимался. Первые минуты могут стать вашими.",
    "Ещё никто не занимался. Первое место свободно.",
    "Пока пусто. Чтобы попасть сюда, хватит пяти минут.",
    "Пока тихо. Зайдите в звонок, и другие подтянутся.",
    "Занятий пока не было. Начать ещё не поздно.",
];
const PRAISE: [&str; 28] = [
    "Надёжно, как скала.",
    "Вот это день!",
    "Снимаем шляпу.",
    "Тихо и блестяще.",
    "Вот это настоящая работа.",
    "Внимание острее лазера.",
    "День прожит не зря.",
    "Вот как это делается.",
    "Час за часом, страница за страницей.",
    "Будущее скажет спасибо.",
    "Никто не видел, а дело сделано.",
    "Со стороны кажется, что это легко.",
    "Сильно от начала до конца.",
    "Терпение окупается.",
    "Книги в восторге.",
    "Ещё один шаг к вершине.",
    "Дисциплина сильнее настроения.",
    "Темп задаёте вы.",
    "Так и рождаются привычки.",
    "Каждая минута того стоила.",
    "Самое трудное уже позади.",
    "Шаги малые, путь большой.",
    "Хорошее начало и отличный финиш.",
    "Стул тоже заслужил медаль.",
    "Спокойно, ясно, стабильно.",
    "Меньше слов, больше дела.",
    "Ни одной отговорки.",
    "Здесь всё всерьёз.",
];
const QUOTES: [&str; 24] = [
    "«Путь в тысячу ли начинается с одного шага.» — Лао-цзы",
    "«Учиться и не размышлять — напрасно терять время, размышлять и не учиться — губительно.» — Конфуций",
    "«Пока мы откладываем жизнь, она проходит.» — Сенека",
    "«Мы чаще страдаем в воображении, чем в действительности.» — Сенека",
    "«Потерянное время никогда не вернётся.» — Бенджамин Франклин",
    "«Решись быть мудрым, начни!» — Гораций",
    "«Капля точит камень.» — Овидий",
    "«Случай помогает лишь подготовленному уму.» — Луи Пастер",
    "«Гений — это один процент вдохновения и девяносто девять процентов пота.» — Томас Эдисон",
    "«Если я видел дальше других, то потому, что стоял на плечах гигантов.» — Исаак Ньютон",
    "«Великие дела совершаются не силой, а упорством.» — Сэмюэл Джонсон",
    "«Знание — сила.» — Фрэнсис Бэкон",
    "«Корень учения горек, а плод его сладок.» — приписывается Аристотелю",
    "«Век живи — век учись.» — русская пословица",
    "«Терпение и труд всё перетрут.» — русская пословица",
    "«Глаза боятся, а руки делают.» — русская пословица",
    "«Тише едешь — дальше будешь.» — русская пословица",
    "«Ученье — свет, а неученье — тьма.» — русская пословица",
    "«Семь раз отмерь, один раз отрежь.» — русская пословица",
    "«Без труда не вытащишь и рыбку из пруда.» — русская пословица",
    "«Упади семь раз, поднимись восемь.» — японская пословица",
    "«Капля за каплей собирается озеро.» — узбекская пословица",
    "«Дорогу осилит идущий.» — латинское изречение",
    "«Повторение — мать учения.» — латинская пословица",
];
const TITLES: [&str; 40] = [
    "🌞 Энергия раннего утра",
    "🚀 Внимание без остановки",
    "📚 Мастер страниц",
    "🧠 Время большого ума",
    "🦉 Мудрая ночная сова",
    "🏔️ Путь к вершине",
    "⚙️ Учебная машина",
    "🎯 Точно в цель",
    "🐢 Медленно, но верно",
    "🦁 Сердце льва",
    "🔥 В ударе",
    "🌊 Глубокое погружение",
    "🧭 Верный курс",
    "🛠️ Золотые руки",
    "💎 Алмазная дисциплина",
    "🌱 Рост каждый день",
    "🏗️ Строим привычки",
    "🎓 Призвание — наука",
    "🧩 Любая задача по силам",
    "⏳ В дружбе со временем",
    "🐝 Трудолюбивая пчела",
    "🦅 Орлиный взор",
    "🪨 Твёрдость скалы",
    "🗝️ Ключ к знаниям",
    "✍️ Чернила и терпение",
    "🌟 Восходящая звезда",
    "🧗 Ни шагу назад",
    "🏹 Прямо в суть",
    "🐜 Сила муравья",
    "🕯️ Свет во тьме",
    "🎼 Идеальный ритм",
    "🔭 Взгляд вдаль",
    "🥷 Тихая работа",
    "🛡️ На страже внимания",
    "🌋 Спящий вулкан",
    "🚴 Ровный темп",
    "🍀 Своими руками удача",
    "🧵 Нить не потеряна",
    "🌄 Первый луч",
    "🏆 Настрой на победу",
];

impl Words for Ru {
    fn language(&self) -> Language {
        Language::Ru
    }

    fn duration(&self, seconds: i64) -> String {
        let seconds = text::shown_seconds(seconds);
        match (seconds / 3600, seconds % 3600 / 60) {
            (0, 0) => format!("{seconds} с"),
            (0, minutes) => format!("{minutes} мин"),
            (hours, minutes) => format!("{hours} ч {minutes:02} мин"),
        }
    }

    fn dates(&self, dates: Dates) -> String {
        match dates {
            Dates::Day(day) => format!("{}, {}", weekday(WEEKDAYS, day), day_month(day)),
            Dates::Month(day) => format!("{} {}", MONTHS[day.month0() as usize], day.year()),
            Dates::WithinMonth(first, last) => format!("{}–{}", first.day(), day_month(last)),
            Dates::WithinYear(first, last) => format!("{} – {}", day_month(first), day_month(last)),
            Dates::AcrossYears(first, last) => format!("{} – {}", full_date(first), full_date(last)),
        }
    }

    fn name(&self, person: &Display) -> String {
        match person.name {
            Name::Deleted => format!("Удалённый аккаунт {}", person.id),
            Name::Unknown => format!("Участник {}", person.id),
            Name::Hidden => "Кто-то".into(),
            Name::Full(_) | Name::Username(_) => person.to_string(),
        }
    }

    fn title(&self, group: &str) -> String {
        match group {
            "" => "📚 Учебный рейтинг".into(),
            group => format!("📚 Учебный рейтинг · {group}"),
        }
    }

    fn occasion(&self, day: NaiveDate, occasion: Occasion) -> String {
        let date = capitalised(&self.dates(Dates::Day(day)));
        match occasion {
            Occasion::Daily => date,
            Occasion::Late => format!("За {}, {}, с опозданием", weekday(WEEKDAYS_ACCUSATIVE, day), day_month(day)),
            Occasion::Standings { seen: None } => format!("{date}, текущие итоги"),
            Occasion::Standings { seen: Some(seen) } => {
                let on = seen.other_day.map_or(String::new(), |day| format!("{}, ", day_month(day)));
                format!("{date}, итоги на {on}{}", seen.time.format("%H:%M"))
            }
        }
    }

    fn period(&self, scope: Scope, seen_from: SeenFrom) -> String {
        let name = match (seen_from, scope) {
            (SeenFrom::Within, Scope::Day) => "Сегодня",
            (SeenFrom::Within, Scope::Week) => "Эта неделя",
            (SeenFrom::Within, Scope::Month) => "Этот месяц",
            (SeenFrom::After, Scope::Day) => "День",
            (SeenFrom::After, Scope::Week) => "Неделя",
            (SeenFrom::After, Scope::Month) => "Месяц",
            (SeenFrom::Within, Scope::Year) => "Этот год",
            (SeenFrom::After, Scope::Year) => "Год",
            (SeenFrom::Within, Scope::Range) => "Эти дни",
            (SeenFrom::After, Scope::Range) => "Те дни",
            (_, Scope::AllTime) => "За всё время",
        };
        name.into()
    }

    fn numbered_period(&self, scope: Scope, number: i64) -> String {
        let name = match scope {
            Scope::Day => "ДЕНЬ",
            Scope::Week => "НЕДЕЛЯ",
            Scope::Month => "МЕСЯЦ",
            Scope::Year => "ГОД",
            Scope::AllTime | Scope::Range => "ДНИ",
        };
        format!("{name} {number}")
    }

    fn heading(&self, board: &str, dates: Dates, is_cut: bool) -> String {
        format!("{board}{} · {}", if is_cut { " на тот момент" } else { "" }, self.dates(dates))
    }

    fn total(&self, count: usize, seconds: i64, state: BoardState) -> String {
        let state = match state {
            BoardState::Open => unbroken("пока что"),
            BoardState::FinalUpTo(day) => format!("итог по {}", day_month(day)),
            BoardState::Final => "итог".into(),
        };
        let together = if count == 1 { "" } else { "вместе " };
        format!("{} · {together}{} · {state}", people(count), self.duration(seconds))
    }

    fn more(&self, count: usize) -> String {
        format!("и ещё {count}")
    }

    fn empty_board(&self, is_final: bool) -> &[&str] {
        if is_final { &EMPTY } else { &EMPTY_SO_FAR }
    }

    fn not_running(&self) -> String {
        "swf не работал, поэтому об этом времени ничего не известно.".into()
    }

    fn not_seen(&self) -> String {
        "swf не видел звонок, поэтому об этом времени ничего не известно.".into()
    }

    fn corrected(&self) -> String {
        "Исправлено организатором.".into()
    }

    fn silence(&self, from: NaiveDate, hours: i64) -> String {
        format!(
            "С {} без признаков жизни (микрофон, рука, камера, экран, речь) на место влияют только {hours} ч, а дальше — \
             снова со следующего признака. Всё время по-прежнему считается.",
            full_date(from)
        )
    }

    fn not_in_use(&self, first: NaiveDate) -> String {
        format!("swf тогда ещё не работал: он наблюдает за группой с {}.", full_date(first))
    }

    fn empty_since(&self, first: NaiveDateTime) -> String {
        let (day, time) = (day_month(first.date()), first.format("%H:%M"));
        format!("С {day}, {time}, никто не занимался. До этого swf за группой не наблюдал.")
    }

    fn watched_since(&self, first: NaiveDateTime) -> String {
        format!("swf наблюдает за группой с {}, {}", day_month(first.date()), first.format("%H:%M"))
    }

    fn offline(&self, seconds: &[(Scope, i64)], seen_from: SeenFrom) -> String {
        let part = |(scope, seconds): &(Scope, i64)| {
            let when = match (seen_from, scope) {
                (SeenFrom::Within, Scope::Day) => "сегодня",
                (SeenFrom::Within, Scope::Week) => "на этой неделе",
                (SeenFrom::Within, _) => "в этом месяце",
                (SeenFrom::After, Scope::Day) => "в тот день",
                (SeenFrom::After, Scope::Week) => "на той неделе",
                (SeenFrom::After, _) => "в том месяце",
            };
            format!("{when} {}", self.duration(*seconds))
        };
        let parts: Vec<String> = seconds.iter().map(part).collect();
        format!("swf не был на связи: {}; время, которое подтверждает Telegram, засчитано.", parts.join(", "))
    }

    fn skipped(&self, days: &[NaiveDate], more: usize) -> String {
        let mut named: Vec<String> = days.iter().map(|day| self.dates(Dates::Day(*day))).collect();
        if more > 0 {
            named.push(format!("и ещё {more} {}", plural(more, "день", "дня", "дней")));
        }
        format!("Дни без рейтинга: {}. Тогда за звонком никто не наблюдал.", named.join("; "))
    }

    fn headline(&self, leaders: &str, seconds: i64, people_count: usize) -> String {
        format!("🥇 {leaders} {} · {}", self.duration(seconds), people(people_count))
    }

    fn names(&self, names: &[String], more: usize) -> String {
        match (names, more) {
            ([names @ .., last], 0) if !names.is_empty() => format!("{} и {last}", names.join(", ")),
            (names, 0) => names.join(", "),
            (names, more) => format!("{} и ещё {more}", names.join(", ")),
        }
    }

    fn active_days(&self, days: usize) -> String {
        format!("{days} {}", plural(days, "день", "дня", "дней"))
    }

    fn band(&self, number: usize) -> String {
        format!("Лига {number}")
    }

    /// Short for «новый» and «новая».
    fn new_on_board(&self) -> &'static str {
        "нов."
    }

    fn streak(&self, days: u32) -> String {
        unbroken(&format!("⚡{days} дн."))
    }

    fn newcomer(&self) -> &'static str {
        "🌱 новичок"
    }

    fn comparison(&self, seconds: i64, with: Comparison) -> String {
        let is_within = with.seen_from == SeenFrom::Within;
        let (masculine, feminine) = if is_within {
            ("прошлому", "прошлой")
        } else {
            ("предыдущему", "предыдущей")
        };
        let before = match with.scope {
            Scope::Day => {
                let day = weekday(WEEKDAYS_DATIVE, with.first);
                // Wednesday, Friday and Saturday.
                let is_feminine = [2, 4, 5].contains(&with.first.weekday().num_days_from_monday());
                format!("{} {day}", if is_feminine { feminine } else { masculine })
            }
            Scope::Week => format!("{feminine} неделе"),
            _ => format!("{masculine} месяцу"),
        };
        let by = if with.is_open { " на это же время" } else { "" };
        match text::shown_seconds(seconds.abs()) {
            0 => format!("без изменений к {before}{by}"),
            shown if seconds > 0 => format!("+{} к {before}{by}", unbroken(&self.duration(shown))),
            shown => format!("−{} к {before}{by}", unbroken(&self.duration(shown))),
        }
    }

    fn last_days(&self, days: &[(NaiveDate, Option<usize>)]) -> String {
        let day = |(date, people): &(NaiveDate, Option<usize>)| {
            let people = people.map_or_else(|| "?".into(), |people| people.to_string());
            unbroken(&format!("{} {people}", weekday(WEEKDAYS_SHORT, *date)))
        };
        format!("Людей по дням: {}", days.iter().map(day).collect::<Vec<_>>().join("\u{a0}· "))
    }

    fn same_board(&self, above: Scope) -> String {
        match above {
            Scope::Day => "То же, что и за день.".into(),
            Scope::Week => "То же, что и за неделю.".into(),
            _ => "То же, что и за месяц.".into(),
        }
    }

    fn praise(&self) -> &'static [&'static str] {
        &PRAISE
    }

    fn quotes(&self) -> &'static [&'static str] {
        &QUOTES
    }

    fn digest_title(&self, best: Option<(&str, i64)>, days: usize) -> String {
        let days = format!("{days} {} с опозданием", plural(days, "день", "дня", "дней"));
        match best {
            Some((leaders, seconds)) => format!("🥇 {leaders} {} · {days}", self.duration(seconds)),
            None => format!("📚 Учебный рейтинг · {days}"),
        }
    }

    fn digest_occasion(&self, dates: Dates) -> String {
        format!("С опозданием: {}", self.dates(dates))
    }

    fn digest_day(&self, day: NaiveDate, leaders: &str, seconds: i64, people_count: usize, total: i64) -> String {
        format!(
            "{}: 🥇 {leaders} {} · {} · вместе {}",
            short_date(day),
            self.duration(seconds),
            people(people_count),
            self.duration(total)
        )
    }

    fn digest_empty_day(&self, day: NaiveDate) -> String {
        format!("{}: никто не занимался", short_date(day))
    }

    fn digest_unknown_day(&self, day: NaiveDate) -> String {
        format!("{}: swf не видел звонок, ничего не известно", short_date(day))
    }

    fn recap_headline(&self, scope: Scope, winners: &str, seconds: i64) -> String {
        format!("🏆 Победа {}: {winners}, {}", genitive(scope), self.duration(seconds))
    }

    fn recap_heading(&self, scope: Scope, number: Option<i64>, dates: Dates) -> String {
        let name = match number {
            Some(number) => format!("Итоги: {}", self.numbered_period(scope, number)),
            None => format!("Итоги {}", genitive(scope)),
        };
        format!("🏆 {name} · {}", self.dates(dates))
    }

    fn recap_most_days(&self, names: &str, days: usize, of: usize) -> String {
        format!("📅 Больше всего дней: {names}, {}", unbroken(&format!("{days} из {of}")))
    }

    fn recap_improved(&self, names: &str, seconds: i64) -> String {
        format!("📈 Самый большой рост: {names}, +{} к обычной неделе", unbroken(&self.duration(seconds)))
    }

    fn recap_first_timers(&self, names: &str) -> String {
        format!("🌱 Впервые с нами: {names}")
    }

    fn recap_record(&self, scope: Scope, record: &Record, of: usize) -> String {
        let best = match scope {
            Scope::Day => "лучший день",
            Scope::Week => "лучшая неделя",
            _ => "лучший месяц",
        };
        let best = format!("{best} из последних {of}");
        match record {
            Record::Group { seconds } => format!("🏅 Рекорд группы: {best}, вместе {}", self.duration(*seconds)),
            Record::Person { names, seconds } => format!("🏅 Рекорд: {names}, {}, {best}", self.duration(*seconds)),
        }
    }

    fn classic_title(&self, day: Option<i64>) -> String {
        match day {
            Some(day) => format!("📊 РЕЙТИНГ — ДЕНЬ {day} 👑"),
            None => "📊 РЕЙТИНГ 👑".into(),
        }
    }

    fn classic_heading(
        &self,
        scope: Scope,
        seen_from: SeenFrom,
        first: NaiveDate,
        last: NaiveDate,
        number: Option<i64>,
    ) -> String {
        let date = |date: NaiveDate| date.format("%d.%m.%y").to_string();
        let number = number.map_or_else(String::new, |number| format!(" ({})", self.numbered_period(scope, number)));
        let name = self.period(scope, seen_from).replace(' ', "\u{a0}");
        match scope {
            Scope::Day => format!("📅 {name} — {} ({})", date(first), weekday(WEEKDAYS, first).to_uppercase()),
            Scope::Week => format!("📆 {name} — {} - {}{number}", date(first), date(last)),
            _ => format!("🗓️ {name} — {} - {}{number}", date(first), date(last)),
        }
    }

    fn classic_minutes(&self, minutes: i64) -> String {
        format!("{minutes} мин")
    }

    fn classic_empty_board(&self) -> &'static str {
        "никто не занимался 😴"
    }

    fn classic_word_of_the_day(&self) -> &'static str {
        "СЛОВО ДНЯ 🌟"
    }

    fn classic_titles(&self) -> &'static [&'static str] {
        &TITLES
    }

    fn outage(&self, subject: AlertSubject, seconds: i64, since: &str, reason: &str) -> String {
        let AlertSubject { group, zone } = subject;
        format!("⚠️ swf не видит звонок группы «{group}» уже {}, с {since} ({zone}): {reason}.", self.duration(seconds))
    }

    fn recovered(&self, subject: AlertSubject, outage: &PastOutage) -> String {
        let AlertSubject { group, zone } = subject;
        let PastOutage { span: PastSpan { seconds, from, to }, reason, left, .. } = outage;
        let length = self.duration(*seconds);
        let mut text = match outage.tracker_died {
            true => format!("✅ swf снова работает и видит звонок группы «{group}». Его не было {length}"),
            false => format!("✅ swf снова видит звонок группы «{group}». Он не видел его {length}"),
        };
        text += &format!(", с {from} до {to} ({zone}): {reason}.");
        text += &match outage.proved {
            Proved::NobodySeen => " Ни до этого, ни после в звонке никого не было видно.".into(),
            Proved::Nothing => " Из этого времени ничего не подтверждено.".into(),
            Proved::All { people: count } => format!(" Всё это время подтверждено ({}).", people(count)),
            Proved::Part { seconds, people: count } => {
                format!(" Подтверждено {} этого времени ({}).", self.duration(seconds), people(count))
            }
        };
        if *left > 0 {
            let left_word = plural(*left, "вышел", "вышли", "вышли");
            text += &format!(" Тем временем {left_word} {}; время засчитано до {from}.", people(*left));
        }
        text
    }

    fn late(&self, subject: AlertSubject, day: Option<NaiveDate>, problem: Option<&str>) -> String {
        let why = problem.map_or_else(String::new, |problem| format!(": {problem}"));
        format!(
            "⚠️ В группе «{}» {} опаздывает больше чем на 30 минут{why}. swf продолжает попытки; до отправки поста \
             других предупреждений не будет. Подробности покажет команда: swf status",
            subject.group,
            post(day),
        )
    }

    fn late_sent(&self, subject: AlertSubject, day: Option<NaiveDate>) -> String {
        format!("✅ В группу «{}» отправлен {}, который опаздывал.", subject.group, post(day))
    }

    fn test_alert(&self, subject: AlertSubject) -> String {
        format!("🔔 Это проверка swf: предупреждения о группе «{}» приходят сюда. Всё в порядке.", subject.group)
    }

    fn refused(&self, subject: AlertSubject, day: Option<NaiveDate>, problem: &str) -> String {
        let next = match day {
            Some(_) => "Пост сохранён и будет отправлен в течение 10 минут после того, как это исправят.",
            None => "Исправьте это, затем выполните: swf post --now",
        };
        format!("⚠️ Telegram не принимает {} в группе «{}»: {problem}. {next}", post(day), subject.group)
    }

    fn store_failing(&self, subject: AlertSubject, seconds: i64, since: &str, reason: &str, remedy: &str) -> String {
        let AlertSubject { group, zone } = subject;
        format!(
            "⚠️ swf не может записать то, что видит в звонке группы «{group}», уже {}, с {since} ({zone}): {reason}. \
             Пока он хранит это в памяти, а посты ждут. Если до исправления остановить swf или перезагрузить \
             компьютер, увиденное с этого времени пропадёт. {remedy} Дальше swf продолжит сам.",
            self.duration(seconds),
        )
    }

    fn store_mended(&self, subject: AlertSubject, at: &str) -> String {
        let AlertSubject { group, zone } = subject;
        format!(
            "⚠️ Файл хранилища swf для группы «{group}» был удалён в {at} ({zone}), пока swf работал. Файл записан \
             заново, ничего не пропало. Не удаляйте и не перемещайте файлы в var/, пока swf работает."
        )
    }

    fn backup_command_failed(&self, subject: AlertSubject, reason: &str) -> String {
        format!(
            "⚠️ swf сделал копию данных группы «{}», но команда SWF_BACKUP_COMMAND завершилась ошибкой: {reason}. Копия \
             есть только в var/backup. После следующей копии команда запустится снова.",
            subject.group
        )
    }

    fn backup_command_recovered(&self, subject: AlertSubject) -> String {
        format!("✅ Команда SWF_BACKUP_COMMAND для данных группы «{}» снова работает.", subject.group)
    }

    fn store_recovered(&self, subject: AlertSubject, failure: &PastSpan) -> String {
        let PastSpan { seconds, from, to } = failure;
        format!(
            "✅ swf снова может записывать то, что видит в звонке группы «{}», и записал всё, что хранил в памяти. \
             Он не мог этого {}, с {from} до {to} ({}).",
            subject.group,
            self.duration(*seconds),
            subject.zone,
        )
    }

    fn problem(&self, problem: &Problem) -> String {
        let detail = problem.detail.as_str();
        // The detail of a website's problem is its address, then its answer.
        let (site, answer) = detail.split_once(' ').unwrap_or((detail, ""));
        match problem.code {
            Code::FloodWait => format!("Telegram просит подождать {detail} с"),
            Code::Executing => "первая попытка ещё выполняется".into(),
            Code::Telegram => match remedy(detail) {
                Some(remedy) => format!("{remedy} ({detail})"),
                None => format!("ответ Telegram: {detail}"),
            },
            Code::SignedOut => format!("аккаунт вышел из Telegram ({detail})"),
            Code::OtherDataCentre => format!("аккаунт находится в дата-центре {detail}"),
            Code::Settings | Code::Connection | Code::Other => detail.into(),
            Code::NoAnswer => format!("нет ответа за {detail} с"),
            Code::OtherAccount => format!("первая попытка была от аккаунта {detail}, и отправит он же"),
            Code::NotEditable => format!("сообщение уже нельзя изменить ({detail})"),
            Code::NotDeletable => format!("сообщение нельзя удалить ({detail})"),
            Code::NoPictures => format!("картинку сюда отправить нельзя, поэтому будет текст ({detail})"),
            Code::NoRoute => "нет ни входа в аккаунт, ни бота".into(),
            Code::Website | Code::WebsiteSecret | Code::WebsiteAddress | Code::WebsiteRedirect => {
                format!("ответ {site}: {answer}")
            }
            Code::WebsiteSilent => format!("нет ответа от {site}: {answer}"),
            Code::WebsiteTimeout => format!("нет ответа от {site} за {answer} мс"),
        }
    }
}

/// What to do about an error of Telegram that lasts until somebody acts; `None` for other errors.
fn remedy(name: &str) -> Option<&'static str> {
    Some(match name {
        "CHAT_WRITE_FORBIDDEN" => "аккаунту или боту, который публикует, нельзя писать в группу; дайте ему это право",
        "USER_BANNED_IN_CHANNEL" => "аккаунту запрещено писать в группы; спросите @SpamBot о причине",
        "CHAT_ADMIN_REQUIRED" => "в группу могут писать только администраторы; сделайте аккаунт администратором",
        "CHAT_RESTRICTED" => "группа ограничена; писать в неё никто не может",
        "CHANNEL_PRIVATE" => "аккаунта или бота, который публикует, больше нет в группе; добавьте его снова",
        "CHANNEL_INVALID" | "PEER_ID_INVALID" => {
            "аккаунт или бот, который публикует, не видит группу; добавьте его в неё"
        }
        "CHAT_SEND_PLAIN_FORBIDDEN" => "в группе запрещены текстовые сообщения; разрешите их",
        "CHAT_GUEST_SEND_FORBIDDEN" => {
            "в группу могут писать только участники; добавьте в неё аккаунт или бота, который публикует"
        }
        "TOPIC_CLOSED" => "тема закрыта; откройте её, сделайте аккаунт администратором или укажите другую в SWF_TOPIC",
        "TOPIC_DELETED" => "тема удалена; укажите другую в SWF_TOPIC",
        "MSG_ID_INVALID" => "в группе нет такой темы; укажите другую в SWF_TOPIC",
        "ALLOW_PAYMENT_REQUIRED" => "сообщения в группе стоят звёзд; сделайте аккаунт администратором",
        "ACCESS_TOKEN_INVALID" => "значение TELEGRAM_BOT_TOKEN неверно; возьмите правильное у @BotFather",
        "ACCESS_TOKEN_EXPIRED" => "значение TELEGRAM_BOT_TOKEN отозвано; возьмите новое у @BotFather",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_agree_with_their_number() {
        let counts = [0, 1, 2, 4, 5, 10, 11, 12, 14, 15, 19, 20, 21, 22, 24, 25, 101, 102, 111, 112, 121];
        let forms = counts.map(|count| (count, plural(count, "день", "дня", "дней")));
        for (count, form) in forms {
            let expected = match count {
                1 | 21 | 101 | 121 => "день",
                2 | 4 | 22 | 24 | 102 => "дня",
                _ => "дней",
            };
            assert_eq!(form, expected, "{count}");
        }
        assert_eq!([1, 2, 5, 12, 21].map(people), ["1 человек", "2 человека", "5 человек", "12 человек", "21 человек"]);
    }
}
