//! Russian. Readers are addressed politely, and no sentence depends on their gender.

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::{AlertSubject, BoardState, Dates, Language, Occasion, PastOutage, PastSpan, Proved, SeenFrom, Words};
use crate::domain::people::{Display, Name};
use crate::domain::post::problem::{Code, Problem};
use crate::domain::text;
use crate::domain::time::period::Scope;

#[derive(Debug)]
pub(super) struct Ru;

const WEEKDAYS: [&str; 7] = ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"];
/// As they stand after «за».
const WEEKDAYS_ACCUSATIVE: [&str; 7] =
    ["понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье"];
const MONTHS: [&str; 12] = [
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
/// As they stand after a day.
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

fn weekday(names: [&'static str; 7], date: NaiveDate) -> &'static str {
    names[date.weekday().num_days_from_monday() as usize]
}

/// `22 ноября`.
fn day_month(date: NaiveDate) -> String {
    format!("{} {}", date.day(), MONTHS_GENITIVE[date.month0() as usize])
}

/// `22 ноября 2026`.
fn full_date(date: NaiveDate) -> String {
    format!("{} {}", day_month(date), date.year())
}

/// The form of a noun after `number`: 1, 21, 31 … take `one`; 2–4, 22–24 … take `few`; everything else, also 11–14, takes
/// `many`.
fn plural<'a>(number: usize, one: &'a str, few: &'a str, many: &'a str) -> &'a str {
    match (number % 10, number % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// `1 человек`, `2 человека`, `5 человек`.
fn people(count: usize) -> String {
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
            Occasion::Daily => format!("{date} {}", day.year()),
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
        };
        name.into()
    }

    fn numbered_period(&self, scope: Scope, number: i64) -> String {
        let name = match scope {
            Scope::Day => "ДЕНЬ",
            Scope::Week => "НЕДЕЛЯ",
            Scope::Month => "МЕСЯЦ",
        };
        format!("{name} {number}")
    }

    fn heading(&self, board: &str, dates: Dates, is_cut: bool) -> String {
        format!("{board}{} · {}", if is_cut { " на тот момент" } else { "" }, self.dates(dates))
    }

    fn total(&self, count: usize, seconds: i64, state: BoardState) -> String {
        let state = match state {
            BoardState::Open => "пока что".into(),
            BoardState::FinalUpTo(day) => format!("итог по {}", day_month(day)),
            BoardState::Final => "итог".into(),
        };
        format!("{} · вместе {} · {state}", people(count), self.duration(seconds))
    }

    fn more(&self, count: usize) -> String {
        format!("и ещё {count}")
    }

    fn empty_board(&self, is_final: bool) -> String {
        let line = match is_final {
            true => "На этот раз никто не занимался. Каждый день — новое начало.",
            false => "Пока никто не занимался. Первые минуты могут стать вашими.",
        };
        line.into()
    }

    fn not_running(&self) -> String {
        "swf не работал, поэтому об этом времени ничего не известно.".into()
    }

    fn not_seen(&self) -> String {
        "swf не видел звонок, поэтому об этом времени ничего не известно.".into()
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

    fn unwatched(&self, seconds: i64, explain: bool) -> String {
        let explanation = if explain { "; шёл ли тогда звонок, неизвестно" } else { "" };
        format!("swf не работал {}{explanation}", self.duration(seconds))
    }

    fn blind(&self, seconds: i64, explain: bool) -> String {
        let explanation = if explain {
            "; время, которое подтверждает Telegram, засчитано"
        } else {
            ""
        };
        format!("swf не видел звонок {}{explanation}", self.duration(seconds))
    }

    fn skipped(&self, days: &[NaiveDate], more: usize) -> String {
        let mut named: Vec<String> = days.iter().map(|day| self.dates(Dates::Day(*day))).collect();
        if more > 0 {
            named.push(format!("и ещё {more} {}", plural(more, "день", "дня", "дней")));
        }
        format!("Дни без рейтинга: {}. Тогда за звонком никто не наблюдал.", named.join("; "))
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
        // The detail of a website's problem is its address, then what it answered.
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
        "CHAT_WRITE_FORBIDDEN" => "аккаунту нельзя писать в группу; дайте ему это право",
        "USER_BANNED_IN_CHANNEL" => "аккаунту запрещено писать в группы; спросите @SpamBot о причине",
        "CHAT_ADMIN_REQUIRED" => "в группу могут писать только администраторы; сделайте аккаунт администратором",
        "CHAT_RESTRICTED" => "группа ограничена; писать в неё никто не может",
        "CHANNEL_PRIVATE" => "аккаунта больше нет в группе; добавьте его снова",
        "CHANNEL_INVALID" | "PEER_ID_INVALID" => "аккаунт не видит группу; добавьте его в неё",
        "CHAT_SEND_PLAIN_FORBIDDEN" => "в группе запрещены текстовые сообщения; разрешите их",
        "CHAT_GUEST_SEND_FORBIDDEN" => "в группу могут писать только участники; добавьте в неё аккаунт",
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
