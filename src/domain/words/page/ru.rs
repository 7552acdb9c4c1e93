//! Russian.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use super::{Label, PageWords};
use crate::domain::accounting::receipt::Evidence;
use crate::domain::accounting::streak::Comeback;
use crate::domain::pulse::measures::Member;
use crate::domain::pulse::numbers::night_hours;
use crate::domain::pulse::{LeftOut, Number, REGULAR_DAYS};
use crate::domain::roster::BlindReason;
use crate::domain::time::period::Scope;
use crate::domain::words::{Language, Words};

#[derive(Debug)]
pub(super) struct Ru;

const WEEKDAYS: [&str; 7] = ["пн", "вт", "ср", "чт", "пт", "сб", "вс"];
const MONTHS: [&str; 12] =
    ["янв.", "февр.", "март", "апр.", "май", "июнь", "июль", "авг.", "сент.", "окт.", "нояб.", "дек."];
/// The genitive, as after the number of a day.
const MONTHS_GENITIVE: [&str; 12] =
    ["янв.", "февр.", "марта", "апр.", "мая", "июня", "июля", "авг.", "сент.", "окт.", "нояб.", "дек."];

/// The form of a noun after a number.
fn plural<'a>(number: u64, one: &'a str, few: &'a str, many: &'a str) -> &'a str {
    match (number % 10, number % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

fn duration(seconds: i64) -> String {
    Language::Ru.words().duration(seconds)
}

impl PageWords for Ru {
    fn words(&self) -> &'static dyn Words {
        Language::Ru.words()
    }

    fn label(&self, label: Label) -> Cow<'static, str> {
        let text = match label {
            Label::SkipToContent => "К содержанию",
            Label::Groups => "Группы",
            Label::Now => "Сейчас",
            Label::About => "О данных",
            Label::Earlier => "Раньше",
            Label::Later => "Позже",
            Label::AsData => "Эта страница как данные",
            Label::LogIn => "Войти",
            Label::Login => "Аккаунт",
            Label::MyTime => "Моё время",
            Label::All => "Всё",
            Label::AsTable => "В виде таблицы",
            Label::Rank => "Место",
            Label::Name => "Имя",
            Label::Time => "Время",
            Label::ActiveDays => "Активные дни",
            Label::Final => "итог",
            Label::SoFar => "пока",
            Label::InCall => "в звонке",
            Label::FindName => "Найти имя",
            Label::Find => "Найти",
            Label::ShowAll => "Показать всех",
            Label::NobodyFound => "Такого имени в этом рейтинге нет.",
            Label::NextRows => "Дальше",
            Label::FirstRows => "К началу",
            Label::NotBegun => "Это время ещё не началось.",
            Label::NeverSeen => "Группу ещё ни разу не было видно.",
            Label::NoCall => "Сейчас звонка нет.",
            Label::NotTracked => "swf не работает, поэтому неизвестно, кто в звонке.",
            Label::Since => "С",
            Label::TodaySoFar => "Сегодня",
            Label::TodayBoard => "Рейтинг за сегодня",
            Label::DaysOfStudy => "Дни",
            Label::LastYear => "Последние 12 месяцев",
            Label::Less => "меньше",
            Label::More => "больше",
            Label::NotWatched => "нет данных",
            Label::LastWeeks => "Последние 12 недель",
            Label::Week => "Неделя",
            Label::Records => "Рекорды",
            Label::BestDay => "Лучший день",
            Label::BestWeek => "Лучшая неделя",
            Label::BestMonth => "Лучший месяц",
            Label::LongestSession => "Самая долгая сессия",
            Label::MostActiveDays => "Больше всего активных дней из 28",
            Label::NoRecords => "Рекордов пока нет.",
            Label::Streak => "Серия",
            Label::NoStreak => "нет",
            Label::LongestStreak => "Самая длинная серия",
            Label::AtRisk => "сегодня может прерваться",
            Label::Goal => "Цель на неделю",
            Label::Stays => "Время в звонке",
            Label::NoStays => "В этот день в звонке не видно.",
            Label::Day => "День",
            Label::ShowDay => "Показать",
            Label::Account => "Аккаунт",
            Label::Evidence => "Откуда известно",
            Label::Counts => "Засчитано",
            Label::Yes => "да",
            Label::No => "нет",
            Label::Carried => "перенесено из старого трекера",
            Label::CarriedInstead => "вместо этого засчитана сумма старого трекера за тот день",
            Label::Folded => "хранится только сумма за день",
            Label::DayIsFull => "в сутках больше нет места",
            Label::OtherDay => "засчитывается за другой день",
            Label::Corrected => "исправлено",
            Label::Added => "добавлено организатором",
            Label::Removed => "убрано организатором",
            Label::NoData => "Времени учёбы пока нет.",
            Label::WhatIsStored => "Что хранится",
            Label::StoredCall => "Кто был в звонке группы и с какого по какое время, по данным Telegram.",
            Label::StoredPeople => "Номер, имя и имя пользователя каждого, кто был в звонке.",
            Label::NotStored => "Ни звука, ни видео, ни сообщений.",
            Label::HowTimeCounts => "Как считается время",
            Label::CountsEvidence => {
                "Время засчитано, если звонок было видно или если дата входа из Telegram доказывает, что человек оставался."
            }
            Label::CountsUnknown => {
                "Время, когда никто не наблюдал, неизвестно. Так оно и показано и никогда не считается нулём."
            }
            Label::CountsGroupDays => "Дни, недели и месяцы — по часовому поясу группы.",
            Label::AskOrganiser => {
                "Чтобы увидеть свои данные, скрыть себя или быть забытым, напишите боту группы /export, /hide или /forget либо обратитесь к организатору."
            }
            Label::LoginFirst => "Сначала войдите",
            Label::NotLoggedIn => "Вход не выполнен",
            Label::HowToLogIn => {
                "Чтобы увидеть эти страницы, отправьте /web боту группы или попросите ссылку у организатора."
            }
            Label::ForOrganisers => "Организатору ссылку даёт команда",
            Label::LinkWorksOnce => "Ссылка сработает один раз. После этого браузер помнит вход 30 дней.",
            Label::SeesAs => "Вы видите страницы как:",
            Label::RoleMember => "участник группы",
            Label::RoleAdmin => "администратор группы",
            Label::RoleOwner => "владелец",
            Label::LoggedIn => "Вход выполнен",
            Label::LogOut => "Выйти",
            Label::ToThePages => "К страницам",
            Label::LinkNotValid => "Эта ссылка недействительна",
            Label::LinkNotValidWhy => "Она неполная, или с тех пор все входы были отменены.",
            Label::LinkTooOld => "Эта ссылка устарела",
            Label::LinkTooOldWhy => "Ссылка действует 10 минут.",
            Label::LinkUsed => "Эта ссылка уже использована",
            Label::LinkUsedWhy => "Ссылка действует один раз и только до перезапуска сервера.",
            Label::AskForNewLink => "Попросите новую.",
            Label::OtherSite => "Запрос пришёл с другого сайта",
            Label::OtherSiteText => "Откройте страницу этого сервера и нажмите кнопку на ней.",
            Label::Busy => "Сервер занят",
            Label::BusyText => "Слишком много запросов. Попробуйте позже.",
            Label::PageFailed => "Эту страницу не удалось создать",
            Label::PageFailedText => "Причина записана в журнале сервера. Попробуйте позже.",
            Label::Overview => "Обзор",
            Label::LatestBoards => "Последние рейтинги",
            Label::AllBoards => "Все рейтинги",
            Label::Pulse => "Пульс",
            Label::WeekFrom => "Неделя с",
            Label::Number => "Показатель",
            Label::Value => "Значение",
            Label::Meaning => "Что это",
            Label::NotFound => "Страница не найдена",
            Label::NotFoundText => "Такой страницы нет, или она не для вас.",
        };
        text.into()
    }

    fn scope(&self, scope: Scope) -> Cow<'static, str> {
        let name = match scope {
            Scope::Day => "День",
            Scope::Week => "Неделя",
            Scope::Month => "Месяц",
            Scope::Year => "Год",
            Scope::AllTime => "Всё время",
            Scope::Range => "Дни",
        };
        name.into()
    }

    fn short_weekday(&self, date: NaiveDate) -> String {
        WEEKDAYS[date.weekday().num_days_from_monday() as usize].into()
    }

    fn short_month(&self, date: NaiveDate) -> String {
        MONTHS[date.month0() as usize].into()
    }

    fn short_date(&self, date: NaiveDate) -> String {
        format!("{} {}", date.day(), MONTHS_GENITIVE[date.month0() as usize])
    }

    fn people(&self, number: usize) -> String {
        format!("{number} {}", plural(number as u64, "человек", "человека", "человек"))
    }

    fn days(&self, number: u32) -> String {
        format!("{number} {}", plural(number.into(), "день", "дня", "дней"))
    }

    fn rows(&self, first: usize, last: usize, of: usize) -> String {
        format!("{first}–{last} из {of}")
    }

    fn zone(&self, name: &str) -> String {
        format!("Всё время — по часовому поясу {name}.")
    }

    fn as_of(&self, time: &str) -> String {
        format!("на {time}")
    }

    fn unwatched(&self, seconds: i64) -> String {
        format!("swf не работал {}; был ли тогда звонок, неизвестно.", duration(seconds))
    }

    fn blind(&self, seconds: i64) -> String {
        format!("swf не видел звонок {}; время, которое Telegram может доказать, засчитано.", duration(seconds))
    }

    fn last_seen(&self, time: &str) -> String {
        format!("Группу было видно в последний раз {time}.")
    }

    fn not_seen_since(&self, time: &str) -> String {
        format!("swf не видит звонок с {time}.")
    }

    fn in_the_call(&self, number: usize) -> String {
        format!("{} в звонке", self.people(number))
    }

    fn days_chart(&self, seconds: i64, active_days: usize) -> String {
        format!("{} за {}", duration(seconds), self.days(active_days as u32))
    }

    fn freezes(&self, number: u32) -> String {
        format!("осталось {number} {}", plural(number.into(), "заморозка", "заморозки", "заморозок"))
    }

    fn comeback(&self, comeback: &Comeback) -> String {
        let needed = comeback.active_needed;
        let active = plural(needed.into(), "активный день", "активных дня", "активных дней");
        let verb = if needed % 10 == 1 && needed % 100 != 11 { "вернёт" } else { "вернут" };
        let when = match comeback.days_left {
            1 => "завтра".to_owned(),
            left => format!("из следующих {left}"),
        };
        format!("{needed} {active} {when} {verb} серию: {}", self.days(comeback.streak))
    }

    fn goal(&self, seconds: i64, goal: i64, percent: i64) -> String {
        format!("{} из {} на этой неделе ({percent}\u{a0}%)", duration(seconds), duration(goal))
    }

    fn evidence(&self, evidence: Evidence) -> Cow<'static, str> {
        let text = match evidence {
            Evidence::Observed => "видели",
            Evidence::Proved => "доказано",
            Evidence::Carried => "перенесено",
            Evidence::Unproved => "не доказано",
            Evidence::Corrected => "исправлено",
        };
        text.into()
    }

    fn blind_reason(&self, reason: BlindReason) -> Cow<'static, str> {
        let text = match reason {
            BlindReason::Offline => "нет связи",
            BlindReason::FloodWait => "Telegram попросил подождать",
            BlindReason::Clock => "неверная дата",
            BlindReason::NotRunning => "не работал",
            BlindReason::Gap => "пробел",
            BlindReason::ListenersHidden => "слушатели скрыты",
        };
        text.into()
    }

    fn unproved(&self, reason: &str) -> String {
        format!("не видно ({reason}), и ничто потом не показывает, что человек оставался")
    }

    fn proved(&self, reason: &str) -> String {
        format!("не видно ({reason}), но потом всё ещё в звонке с того же момента")
    }

    fn below_gate(&self, session: i64, gate: i64) -> String {
        format!("вся сессия — {}, меньше чем {}", duration(session), duration(gate))
    }

    fn silent(&self, hours: i64, time: &str) -> String {
        format!("На место не влияет: нет признаков жизни больше {hours} ч, {time}.")
    }

    fn overlap(&self, account: &str) -> String {
        format!("в то же время в звонке с аккаунтом {account}")
    }

    fn gate(&self, gate: i64, grace: i64) -> String {
        let (gate, grace) = (duration(gate), duration(grace));
        format!("Сессия засчитана, если в ней хотя бы {gate}. Перерыв короче {grace} её не прерывает и не засчитан.")
    }

    fn weeks_counted(&self, weeks: usize, counted: usize) -> String {
        format!("{weeks} {}, из них учтено {counted}", plural(weeks as u64, "неделя", "недели", "недель"))
    }

    fn pulse_number(&self, number: Number) -> String {
        match number {
            Number::Regulars => "Постоянные".into(),
            Number::People => "Люди".into(),
            Number::Hours => "Часы".into(),
            Number::CameAgain(Member::New) => "Новые пришли снова".into(),
            Number::CameAgain(Member::Current) => "Текущие пришли снова".into(),
            Number::CameAgain(Member::Returned) => "Вернувшиеся пришли снова".into(),
            Number::Streaks => "Серии".into(),
            Number::MedianStreak => "Половина длиннее".into(),
            Number::Reaching(days) => {
                format!("Серии от {days} {}", plural(days.into(), "дня", "дней", "дней"))
            }
            Number::TopTenth => "Первая десятая".into(),
            Number::Night => night_hours(),
            Number::Hiding => "Скрыты".into(),
            Number::Left => "Ушли".into(),
        }
    }

    fn pulse_meaning(&self, number: Number) -> String {
        let text = match number {
            Number::Regulars => {
                return format!("у кого за неделю не меньше {REGULAR_DAYS} активных дней; среднее по неделям");
            }
            Number::People => "у кого за неделю есть время учёбы; среднее по неделям",
            Number::Hours => "время учёбы всех за неделю; среднее по неделям",
            Number::CameAgain(Member::New) => "доля тех, кто после первой недели был и на следующей",
            Number::CameAgain(Member::Current) => "доля тех, кто был две недели подряд и пришёл на следующей",
            Number::CameAgain(Member::Returned) => {
                "доля тех, кто вернулся после недели или более и пришёл на следующей"
            }
            Number::Streaks => "серии, которые начались в эти недели",
            Number::MedianStreak => "в половине этих серий активных дней больше",
            Number::Reaching(_) => "доля этих серий, которые длятся столько или дольше",
            Number::TopTenth => "доля часов у десятой части людей с наибольшим временем",
            Number::Night => "доля часов ночью",
            Number::Hiding => "кто скрывает себя сейчас",
            Number::Left => "кто ушёл в эти недели и не вернулся",
        };
        text.into()
    }

    fn left_out(&self, reason: LeftOut) -> Cow<'static, str> {
        let text = match reason {
            LeftOut::BeforeFirst => "не учтена: swf ещё не наблюдал за группой",
            LeftOut::Unwatched => "не учтена: swf не работал",
            LeftOut::Blind => "не учтена: swf не видел звонок",
            LeftOut::Paused => "не учтена: пауза",
            LeftOut::NotFinal => "не учтена: ещё может измениться",
        };
        text.into()
    }

    fn not_shown(&self, sign: &str, people: usize) -> String {
        let of = plural(people as u64, "человеке", "людях", "людях");
        format!(
            "{sign} стоит там, где ничего не показано: число было бы меньше чем о {people} {of}, или такое число следовало \
             бы из него. Тех, кто ушёл или был забыт, нет ни в одном другом числе."
        )
    }
}
