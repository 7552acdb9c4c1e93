//! Russian. Readers are addressed politely, and no sentence depends on their gender.

use chrono::{NaiveDate, NaiveTime};

use super::{ChatWords, Gap, Listed, PartNote};
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::streak::Comeback;
use crate::domain::chat::access::Refusal;
use crate::domain::chat::command::Usage;
use crate::domain::parts::Part;
use crate::domain::time::period::Scope;
use crate::domain::words::ru::{Ru, full_date, plural};
use crate::domain::words::{Dates, Words};

/// `1 день`, `2 дня`, `5 дней`.
fn days(number: u32) -> String {
    format!("{number} {}", plural(number as usize, "день", "дня", "дней"))
}

/// `1 активный день`, `2 активных дня`, `5 активных дней`.
fn active_days(number: usize) -> String {
    format!("{number} {}", plural(number, "активный день", "активных дня", "активных дней"))
}

impl ChatWords for Ru {
    fn rank(&self, rank: usize) -> String {
        format!("{rank}-е место")
    }

    fn scope_button(&self, scope: Scope) -> String {
        match scope {
            Scope::Day => "День",
            Scope::Week => "Неделя",
            _ => "Месяц",
        }
        .into()
    }

    fn me_button(&self) -> String {
        "Моё время".into()
    }

    fn top_button(&self) -> String {
        "Рейтинг".into()
    }

    fn why_button(&self) -> String {
        "Мой день подробно".into()
    }

    fn up_to(&self, time: NaiveTime, other_day: Option<NaiveDate>) -> String {
        let day = other_day.map_or(String::new(), |day| format!("{}, ", self.dates(Dates::Day(day))));
        format!("Посчитано на {day}{}.", time.format("%H:%M"))
    }

    fn behind(&self, gap: Gap, rank: usize) -> String {
        let gap = match gap {
            Gap::Seconds(seconds) => self.duration(seconds),
            Gap::Days(number) => active_days(number),
        };
        format!("до {rank}-го места {gap}")
    }

    fn no_time(&self) -> String {
        "пока ничего".into()
    }

    fn nearby(&self) -> String {
        "В вашем темпе на этой неделе".into()
    }

    fn in_call(&self) -> String {
        "🎧 Вы сейчас в звонке.".into()
    }

    fn streak_days(&self, number: u32) -> String {
        match number {
            0 => "🔥 Серии пока нет".into(),
            number => format!("🔥 Серия: {}", days(number)),
        }
    }

    fn frozen(&self, number: u32) -> String {
        format!("{number} {}", plural(number as usize, "пропуск прощён", "пропуска прощено", "пропусков прощено"))
    }

    fn freezes(&self, number: u32) -> String {
        format!("{number} {} в запасе", plural(number as usize, "заморозка", "заморозки", "заморозок"))
    }

    fn longest_streak(&self, number: u32) -> String {
        format!("лучшая {}", days(number))
    }

    fn at_risk(&self, active: i64) -> String {
        format!("чтобы её сохранить, позанимайтесь сегодня {}", self.duration(active))
    }

    fn comeback(&self, comeback: &Comeback, active: i64) -> String {
        let Comeback { streak, active_needed, days_left } = *comeback;
        let verb = plural(active_needed as usize, "вернёт", "вернут", "вернут");
        let (needed, active) = (days(active_needed), self.duration(active));
        let left = plural(days_left as usize, "оставшийся", "оставшиеся", "оставшиеся");
        format!("💪 {needed} занятий от {active} за {left} {} {verb} серию: {}.", days(days_left), days(streak))
    }

    fn goal(&self, goal: &Progress) -> String {
        let mark = if goal.is_reached() { "✅" } else { "🎯" };
        let (time, of) = (self.duration(goal.seconds), self.duration(goal.goal));
        format!("{mark} Цель недели: {time} из {of} ({} %)", goal.percent())
    }

    fn never(&self, gate: i64) -> [String; 2] {
        [
            "У вас здесь пока нет времени занятий. Начать никогда не поздно!".into(),
            format!(
                "Зайдите в голосовой звонок группы и останьтесь хотя бы на {}. Тогда вы появитесь в рейтинге, а /me \
                 покажет ваше время.",
                self.duration(gate)
            ),
        ]
    }

    fn left_out(&self) -> String {
        "Этого аккаунта нет в рейтинге: он только наблюдает за звонком.".into()
    }

    fn in_call_count(&self, count: usize) -> String {
        format!("🎧 сейчас в звонке: {count}")
    }

    fn part(&self, note: PartNote) -> String {
        match note {
            PartNote::Proved => "звонок не был виден, но и после этого вы были в нём".into(),
            PartNote::Unproved => "звонок не был виден, и ничто не показывает, что вы остались".into(),
            PartNote::TooShort { session, gate } => {
                format!("слишком коротко: всего {}, нужно {}", self.duration(session), self.duration(gate))
            }
            PartNote::OtherAccount => "в это время вы уже были в звонке с другого аккаунта".into(),
            PartNote::OtherDay => "относится к другому дню".into(),
            PartNote::OldTotal => "итог прежней программы".into(),
            PartNote::InOldTotal => "уже входит в итог прежней программы".into(),
            PartNote::Folded => "хранится только итог дня".into(),
            PartNote::Full => "в этом дне больше нет места".into(),
            PartNote::Added => "добавлено организатором".into(),
            PartNote::Removed => "убрано организатором".into(),
        }
    }

    fn more_parts(&self, number: usize) -> String {
        format!("и ещё {number}")
    }

    fn proved(&self, seconds: i64) -> String {
        format!("из них подтверждено позже: {}", self.duration(seconds))
    }

    fn above_cap(&self, seconds: i64, cap: i64) -> String {
        let (seconds, cap) = (self.duration(seconds), self.duration(cap));
        format!("{seconds} сверх {cap} в день посчитаны, но на место не влияют.")
    }

    fn silent(&self, hours: i64, times: &str) -> String {
        format!("На место не влияет: нет признаков жизни больше {hours} ч, {times}.")
    }

    fn still_here(&self, hours: i64, minutes: i64) -> String {
        format!(
            "👋 Вы ещё здесь? От вас нет признаков жизни в звонке. Через {minutes} мин будет {hours} ч, и \
             время не будет влиять на место до следующего признака. Оно по-прежнему считается."
        )
    }

    fn still_here_button(&self) -> String {
        "Я здесь".into()
    }

    fn is_still_here(&self) -> String {
        "Хорошо. Время дальше влияет на место.".into()
    }

    fn not_here(&self) -> String {
        "Сейчас вас нет в звонке, и отсчёт не идёт.".into()
    }

    fn not_in_call(&self) -> String {
        "В тот день в звонке вас не было видно.".into()
    }

    fn not_begun(&self) -> String {
        "Этот день ещё не наступил.".into()
    }

    fn goal_set(&self, goal: Option<i64>) -> String {
        match goal {
            Some(goal) => format!("🎯 Ваша цель: {} в неделю. Удачи!", self.duration(goal)),
            None => "Цели больше нет. Время считается, как и раньше.".into(),
        }
    }

    fn no_goal(&self) -> String {
        "У вас пока нет цели на неделю.".into()
    }

    fn goal_how(&self) -> String {
        "Поставить её: /goal 10h; убрать: /goal off.".into()
    }

    fn help_title(&self) -> String {
        "Что я умею:".into()
    }

    fn help_in_group(&self) -> String {
        "/top показывает рейтинг здесь. На /me, /why и /goal я отвечаю в личном чате.".into()
    }

    fn does(&self, command: Listed) -> String {
        match command {
            Listed::Me => "ваше время, место, серия и цель",
            Listed::Top => "рейтинг дня, недели или месяца",
            Listed::Card => "рейтинг картинкой; /card me: ваш год",
            Listed::Why => "что в вашем дне считается, а что нет",
            Listed::Goal => "ваша цель на неделю",
            Listed::Hide => "скрыть своё имя от группы",
            Listed::Leave => "больше ничего о вас не хранить",
            Listed::Name => "псевдоним, который видит группа",
            Listed::Export => "что сохранено о вашем времени",
            Listed::Forget => "попросить меня забыть вас",
            Listed::Help => "что я умею",
            Listed::Privacy => "что о вас хранится",
            Listed::Web => "ссылка на ваши страницы в браузере",
            Listed::Post => "опубликовать итоги сейчас",
            Listed::Preview => "посмотреть следующий пост",
            Listed::Status => "всё ли в порядке",
            Listed::Audit => "проверить все суммы",
            Listed::Settings => "настройки группы",
            Listed::Pause => "перерыв без постов",
            Listed::Part(Part::Rhythm) => "чередование занятий и перерывов",
            Listed::Part(Part::Slots) => "часы, в которые группа занимается вместе",
            Listed::Part(Part::Pairs) => "общие серии для двоих",
            Listed::Part(Part::Silence) => "сколько часов без признаков жизни влияют на место",
            Listed::Who => "кто в звонке",
            Listed::Logs => "последние строки журнала",
        }
        .into()
    }

    fn welcome(&self, group: &str) -> String {
        match group {
            "" => "Здравствуйте! Я считаю время ваших занятий.".into(),
            group => format!("Здравствуйте! Я считаю время занятий в группе {group}."),
        }
    }

    fn welcome_stranger(&self, group: &str) -> String {
        let group = if group.is_empty() { String::new() } else { format!(" {group}") };
        format!("Здравствуйте! Я считаю время занятий в группе{group}. Вас в ней пока нет: сначала вступите.")
    }

    fn about(&self, gate: i64) -> String {
        let gate = self.duration(gate);
        format!("Время в голосовом звонке группы считается само, если оно не короче {gate}. Делать ничего не нужно.")
    }

    fn privacy_title(&self) -> String {
        "Что я о вас знаю".into()
    }

    fn privacy_stored(&self) -> String {
        "Я храню номер вашего аккаунта в Telegram, имя и имя пользователя, время в голосовом звонке группы и ваш выбор, \
         например цель. Что вы там говорите, я не храню, и сообщения, которые не команды, тоже."
            .into()
    }

    fn privacy_since(&self, first: NaiveDate) -> String {
        format!("За группой я наблюдаю с {}.", full_date(first))
    }

    fn privacy_kept(&self, copies: usize) -> String {
        format!(
            "Время хранится, пока организатор ведёт рейтинг. От потери его берегут ежедневные копии, последние {copies}."
        )
    }

    fn privacy_folded(&self, months: u32) -> String {
        format!("От времени старше {months} мес. остаётся только сумма за каждый день.")
    }

    fn privacy_chat(&self, command_seconds: i64, answer_hours: i64) -> String {
        format!(
            "На команду я отвечаю не позже чем через {command_seconds} с, а свой ответ забываю через {answer_hours} ч."
        )
    }

    fn privacy_group(&self, top: usize) -> String {
        format!(
            "Группа видит в постах первые места каждого рейтинга (не больше {top}), а по /top весь рейтинг. Ответы на /me, /why и вашу цель здесь видите только вы; у организатора есть все данные."
        )
    }

    fn privacy_streaks(&self, of_all: bool) -> String {
        match of_all {
            true => "Посты показывают и то, сколько дней подряд кто-то занимается.".into(),
            false => "Вашу серию посты показывают, только если вы попросили об этом организатора.".into(),
        }
    }

    fn privacy_website(&self, is_on: bool) -> String {
        match is_on {
            true => "Рейтинг с именами получает и сайт.".into(),
            false => "Ни один сайт рейтинг не получает.".into(),
        }
    }

    fn privacy_ask(&self) -> String {
        "Хотите узнать больше? Напишите организатору группы.".into()
    }

    fn web_link(&self, minutes: i64) -> String {
        format!(
            "Эта ссылка откроет ваши страницы в браузере. Она сработает один раз, в ближайшие {minutes} мин. Никому её не \
             показывайте: кто её откроет, увидит то же, что и вы."
        )
    }

    fn no_pages(&self) -> String {
        "Страниц для браузера у этой группы нет. Спросите меня здесь: /me, /top".into()
    }

    fn misread(&self, usage: Usage) -> String {
        match usage {
            Usage::Top => "После /top пишут day (день), week (неделя) или month (месяц). Пример: /top week",
            Usage::Card => {
                "После /card пишут day (день), week (неделя), month (месяц) или me (о вас). Пример: /card week"
            }
            Usage::Why => "После /why пишут дату, today (сегодня) или yesterday (вчера). Пример: /why 2026-11-22",
            Usage::Goal => "После /goal пишут часы и минуты в неделю, до 168h, или off (без цели). Пример: /goal 7h30m",
            Usage::Pause => "После /pause пишут последний день без постов или off (конец). Пример: /pause 2026-12-31",
            Usage::Part(Part::Rhythm) => {
                "После /rhythm пишут минуты занятий (5–120) и перерыва (1–60) или off (выключить). Пример: /rhythm 50/10"
            }
            Usage::Part(Part::Slots) => {
                "После /slots пишут до 6 часов дня, не ближе 15 минут друг к другу, или off. Пример: /slots 19:00 21:00"
            }
            Usage::Part(Part::Pairs) => "После /pairs пишут on или off. Пример: /pairs on",
            Usage::Part(Part::Silence) => "После /silence пишут часы от 1h до 6h, record или off. Пример: /silence 3h",
            Usage::Logs => "После /logs пишут число строк. Пример: /logs 50",
        }
        .into()
    }

    fn unknown_command(&self) -> String {
        "Такой команды я не знаю. Все команды покажет /help.".into()
    }

    fn refusal(&self, refusal: Refusal) -> String {
        match refusal {
            Refusal::NotAMember => "Это для участников группы. Сначала вступите в неё.",
            Refusal::NotAnAdmin => "Это для администраторов группы.",
            Refusal::NotTheOwner => "Это для организатора.",
            Refusal::NotAsAPerson => "На это я отвечаю только людям. Напишите от своего имени в личном чате.",
            Refusal::NotTheAsker => "Нажать может только тот, кто об этом просил.",
        }
        .into()
    }

    fn hint(&self) -> String {
        "Отвечаю в личном чате 👇".into()
    }

    fn hint_button(&self) -> String {
        "Открыть личный чат".into()
    }

    fn choose_group(&self) -> String {
        "О какой группе речь?".into()
    }

    fn group_not_found(&self) -> String {
        "За этой группой я больше не наблюдаю.".into()
    }

    fn too_old(&self) -> String {
        "Эта кнопка устарела. Отправьте команду ещё раз.".into()
    }
}
