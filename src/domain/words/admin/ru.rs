//! Russian.

use chrono::{NaiveDate, Weekday};

use super::{AdminWords, CallNow, Choice, Setting};
use crate::domain::chat::access::ChatMode;
use crate::domain::live::Connection;
use crate::domain::post::style::Look;
use crate::domain::time::pause::Pause;
use crate::domain::words::ru::{Ru, people, plural};

/// In the genitive: a week begins *с понедельника*.
const WEEKDAYS: [&str; 7] = ["понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья"];

fn count(number: usize, one: &str, few: &str, many: &str) -> String {
    format!("{number} {}", plural(number, one, few, many))
}

impl AdminWords for Ru {
    fn choice(&self, choice: Choice) -> String {
        match choice {
            Choice::Post => "Опубликовать",
            Choice::Pause => "Начать паузу",
            Choice::Resume => "Закончить паузу",
            Choice::Cancel => "Отмена",
        }
        .into()
    }

    fn none(&self) -> String {
        "нет".into()
    }

    fn post_question(&self, place: &str) -> String {
        format!("Опубликовать текущие результаты в {place}?")
    }

    fn same_standings(&self, sent: &str) -> String {
        format!("В группе уже есть эти результаты, отправлены в {sent}.")
    }

    fn post_waits(&self) -> String {
        "Пост с результатами ещё не доставлен. Второй не создаётся.".into()
    }

    fn post_in_pause(&self, pause: Pause) -> String {
        format!("В группе пауза {}. Этот пост всё равно выйдет.", self.pause_dates(pause))
    }

    fn posting(&self) -> String {
        "Пост отправляется.".into()
    }

    fn cancelled(&self) -> String {
        "Отменено. Ничего не сделано.".into()
    }

    fn preview(&self) -> String {
        "Предпросмотр сегодняшнего поста. Ничего не опубликовано.".into()
    }

    fn connection(&self, connection: Connection, last_look: Option<&str>) -> String {
        let state = match connection {
            Connection::Connecting => "подключение",
            Connection::Online => "подключено",
            Connection::Offline => "нет связи",
            Connection::FloodWait => "просит подождать",
        };
        let look = last_look
            .map_or("группу ещё не видели".into(), |ago| format!("группу видели {ago} назад"));
        format!("Telegram: {state}; {look}")
    }

    fn next_attempt(&self, wait: &str) -> String {
        format!("Следующая попытка через {wait}")
    }

    fn outage(&self, length: Option<&str>, reason: &str) -> String {
        let length = length.map_or(String::new(), |length| format!(" уже {length}"));
        format!("Группу не видно{length}: {reason}")
    }

    fn call(&self, call: CallNow) -> String {
        match call {
            CallNow::None => "Звонок: не идёт".into(),
            CallNow::Seen { length, people: count } => {
                let length = length.map_or(String::new(), |length| format!(" {length}"));
                format!("Звонок: идёт{length}, в нём {}", people(count))
            }
            CallNow::Unseen { length, people: count } => {
                format!("Звонок: не видно уже {length}; до этого в нём {}", people(count))
            }
        }
    }

    fn last_post(&self, sent: Option<&str>) -> String {
        format!("Последний пост: {}", sent.unwrap_or("ещё не было"))
    }

    fn next_post(&self, due: Option<(&str, &str)>) -> String {
        match due {
            Some((time, length)) => format!("Следующий пост: {time} (через {length})"),
            None => "Следующий пост: после паузы".into(),
        }
    }

    fn does_not_post(&self) -> String {
        "Следующий пост: этот трекер не публикует".into()
    }

    fn outbox(&self, waiting: usize, refused: usize) -> String {
        let text = match (waiting, refused) {
            (0, 0) => "пусто".into(),
            (waiting, 0) => format!("не доставлено: {waiting}"),
            (0, refused) => format!("отклонено: {refused}"),
            (waiting, refused) => format!("не доставлено: {waiting}, отклонено: {refused}"),
        };
        format!("Исходящие: {text}")
    }

    fn store(&self, problem: Option<(&str, usize)>) -> String {
        match problem {
            None => "База данных: запись работает".into(),
            Some((reason, buffered)) => {
                format!("База данных: запись не работает ({reason}); в памяти ждут записи: {buffered}")
            }
        }
    }

    fn blind_today(&self, length: &str) -> String {
        format!("Сегодня: звонок не был виден {length}")
    }

    fn not_running_today(&self, length: &str) -> String {
        format!("Сегодня: swf не работал {length}")
    }

    fn in_call(&self, count: usize) -> String {
        match count {
            0 => "В звонке никого нет.".into(),
            count => format!("В звонке: {}", people(count)),
        }
    }

    fn since(&self, time: &str, length: &str) -> String {
        format!("с {time} ({length})")
    }

    fn layout(&self, faults: usize) -> String {
        match faults {
            0 => "Вид поста: в порядке".into(),
            faults => format!("Вид поста: {}", count(faults, "проблема", "проблемы", "проблем")),
        }
    }

    fn audited(&self, days: u64, boards: u64, findings: usize) -> String {
        let checked = format!(
            "Проверено: {}, {}",
            count(days as usize, "день", "дня", "дней"),
            count(boards as usize, "таблица", "таблицы", "таблиц")
        );
        match findings {
            0 => format!("{checked}; всё сходится"),
            findings => format!("{checked}; {}", count(findings, "расхождение", "расхождения", "расхождений")),
        }
    }

    fn setting(&self, setting: Setting) -> String {
        match setting {
            Setting::Zone => "Часовой пояс",
            Setting::PostTime => "Ежедневный пост",
            Setting::Language => "Язык",
            Setting::Periods => "Недели и месяцы",
            Setting::Look => "Вид постов",
            Setting::Target => "Куда идут посты",
            Setting::Chat => "Ответы в чате",
            Setting::Pause => "Пауза",
        }
        .into()
    }

    fn civil_periods(&self, week_start: Weekday) -> String {
        format!("недели с {}, календарные месяцы", WEEKDAYS[week_start.num_days_from_monday() as usize])
    }

    fn numbered_periods(&self, anchor: NaiveDate) -> String {
        format!("с номерами, по 7 и 30 дней с {anchor}")
    }

    fn look(&self, look: Look) -> String {
        match look {
            Look::Standard => "обычный",
            Look::Classic => "как у старого трекера",
        }
        .into()
    }

    fn chat_mode(&self, mode: ChatMode) -> String {
        match mode {
            ChatMode::Off => "выключены",
            ChatMode::Private => "только в личных чатах",
            ChatMode::Group => "в группе и в личных чатах",
        }
        .into()
    }

    fn this_group(&self) -> String {
        "эта группа".into()
    }

    fn topic(&self, topic: i32) -> String {
        format!("тема {topic}")
    }

    fn change_settings(&self, by_command: bool) -> String {
        match by_command {
            true => "Чтобы изменить настройку, выполните там, где работает swf, такую команду:",
            false => "Чтобы изменить настройку, впишите там, где работает swf, такую строку в .env.local:",
        }
        .into()
    }

    fn pause_dates(&self, pause: Pause) -> String {
        match pause.last {
            Some(last) => format!("с {} по {last}", pause.first),
            None => format!("с {}, пока её не закончат", pause.first),
        }
    }

    fn pause_question(&self, group: &str, pause: Pause) -> String {
        format!(
            "Начать паузу в {group} {}? Во время паузы нет постов; время считается и дальше.",
            self.pause_dates(pause)
        )
    }

    fn resume_question(&self, group: &str, pause: Pause) -> String {
        format!("Закончить паузу в {group}? Она идёт {}. Сегодня снова будет пост.", self.pause_dates(pause))
    }

    fn paused(&self, pause: Pause) -> String {
        format!("В группе пауза {}. Время считается и дальше.", self.pause_dates(pause))
    }

    fn resumed(&self) -> String {
        "Пауза закончена. Посты снова выходят.".into()
    }

    fn not_paused(&self, today: NaiveDate) -> String {
        format!("На {today} паузы нет. Ничего не сделано.")
    }

    fn date_passed(&self, until: NaiveDate, today: NaiveDate, example: &str) -> String {
        format!("{until} уже прошло; сегодня {today}. Последний день без поста — сегодня или позже, например {example}")
    }

    fn log_empty(&self) -> String {
        "Журнал пуст.".into()
    }
}
