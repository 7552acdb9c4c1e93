//! Uzbek, in both scripts: see [`crate::domain::words::uz`].

use std::fmt::Display as Shown;

use chrono::{NaiveDate, Weekday};

use super::{AdminWords, CallNow, Choice, Setting};
use crate::domain::chat::access::ChatMode;
use crate::domain::live::Connection;
use crate::domain::post::style::Look;
use crate::domain::time::pause::Pause;
use crate::domain::words::uz::{Uz, places, say};

impl AdminWords for Uz {
    fn choice(&self, choice: Choice) -> String {
        match choice {
            Choice::Post => say!(self, "Eʼlon qilish"),
            Choice::Pause => say!(self, "Tanaffus qilish"),
            Choice::Resume => say!(self, "Tanaffusni tugatish"),
            Choice::Cancel => say!(self, "Bekor qilish"),
        }
    }

    fn none(&self) -> String {
        say!(self, "yoʻq")
    }

    fn post_question(&self, place: &str) -> String {
        say!(self, "Hozirgi natijalar eʼlon qilinsinmi: {}?", place)
    }

    fn same_standings(&self, sent: &str) -> String {
        say!(self, "Guruhda bu natijalar allaqachon bor, yuborilgan vaqti: {}.", sent)
    }

    fn post_waits(&self) -> String {
        say!(self, "Natijalar posti hali yetib bormagan. Ikkinchisi tuzilmaydi.")
    }

    fn post_in_pause(&self, pause: Pause) -> String {
        say!(self, "Guruhda tanaffus: {}. Bu post baribir chiqadi.", self.pause_dates(pause))
    }

    fn posting(&self) -> String {
        say!(self, "Post yuborilmoqda.")
    }

    fn cancelled(&self) -> String {
        say!(self, "Bekor qilindi. Hech narsa qilinmadi.")
    }

    fn preview(&self) -> String {
        say!(self, "Bugungi postning koʻrinishi. Hech narsa eʼlon qilinmadi.")
    }

    fn connection(&self, connection: Connection, last_look: Option<&str>) -> String {
        let state = match connection {
            Connection::Connecting => say!(self, "ulanmoqda"),
            Connection::Online => say!(self, "ulangan"),
            Connection::Offline => say!(self, "aloqa yoʻq"),
            Connection::FloodWait => say!(self, "kutishni soʻrayapti"),
        };
        let look = match last_look {
            None => say!(self, "guruh hali koʻrilmagan"),
            Some(ago) => say!(self, "guruh {} oldin koʻrilgan", ago),
        };
        say!(self, "`Telegram`: {}; {}", state, look)
    }

    fn next_attempt(&self, wait: &str) -> String {
        say!(self, "Keyingi urinish: {} dan keyin", wait)
    }

    fn outage(&self, length: Option<&str>, reason: &str) -> String {
        match length {
            Some(length) => say!(self, "Guruh {} davomida koʻrinmayapti: {}", length, reason),
            None => say!(self, "Guruh koʻrinmayapti: {}", reason),
        }
    }

    fn call(&self, call: CallNow) -> String {
        match call {
            CallNow::None => say!(self, "Qoʻngʻiroq: hozir yoʻq"),
            CallNow::Seen { length: None, people } => say!(self, "Qoʻngʻiroq: davom etmoqda, unda {} kishi", people),
            CallNow::Seen { length: Some(length), people } => {
                say!(self, "Qoʻngʻiroq: {} davom etmoqda, unda {} kishi", length, people)
            }
            CallNow::Unseen { length, people } => {
                say!(self, "Qoʻngʻiroq: {} davomida koʻrinmayapti; undan oldin unda {} kishi", length, people)
            }
        }
    }

    fn last_post(&self, sent: Option<&str>) -> String {
        match sent {
            Some(sent) => say!(self, "Oxirgi post: {}", sent),
            None => say!(self, "Oxirgi post: hali boʻlmagan"),
        }
    }

    fn next_post(&self, due: Option<(&str, &str)>) -> String {
        match due {
            Some((time, length)) => say!(self, "Keyingi post: {} ({} dan keyin)", time, length),
            None => say!(self, "Keyingi post: tanaffusdan keyin"),
        }
    }

    fn does_not_post(&self) -> String {
        say!(self, "Keyingi post: bu dastur eʼlon qilmaydi")
    }

    fn outbox(&self, waiting: usize, refused: usize) -> String {
        match (waiting, refused) {
            (0, 0) => say!(self, "Navbat: boʻsh"),
            (waiting, 0) => say!(self, "Navbat: {} tasi yetib bormagan", waiting),
            (0, refused) => say!(self, "Navbat: {} tasi rad etilgan", refused),
            (waiting, refused) => {
                say!(self, "Navbat: {} tasi yetib bormagan, {} tasi rad etilgan", waiting, refused)
            }
        }
    }

    fn store(&self, problem: Option<(&str, usize)>) -> String {
        match problem {
            None => say!(self, "Maʼlumotlar bazasi: yozilmoqda"),
            Some((reason, buffered)) => {
                say!(self, "Maʼlumotlar bazasi: yozilmayapti ({}); xotirada {} ta yozuv kutmoqda", reason, buffered)
            }
        }
    }

    fn blind_today(&self, length: &str) -> String {
        say!(self, "Bugun: qoʻngʻiroq {} davomida koʻrinmadi", length)
    }

    fn not_running_today(&self, length: &str) -> String {
        say!(self, "Bugun: `swf` {} davomida ishlamadi", length)
    }

    fn in_call(&self, people: usize) -> String {
        match people {
            0 => say!(self, "Qoʻngʻiroqda hech kim yoʻq."),
            people => say!(self, "Qoʻngʻiroqda: {} kishi", people),
        }
    }

    fn since(&self, time: &str, length: &str) -> String {
        say!(self, "{} dan beri ({})", time, length)
    }

    fn layout(&self, faults: usize) -> String {
        match faults {
            0 => say!(self, "Post koʻrinishi: joyida"),
            faults => say!(self, "Post koʻrinishi: {} ta muammo", faults),
        }
    }

    fn audited(&self, days: u64, boards: u64, findings: usize) -> String {
        match findings {
            0 => say!(self, "Tekshirildi: {} kun, {} jadval; hammasi toʻgʻri", days, boards),
            findings => say!(self, "Tekshirildi: {} kun, {} jadval; {} ta xato", days, boards, findings),
        }
    }

    fn setting(&self, setting: Setting) -> String {
        match setting {
            Setting::Zone => say!(self, "Vaqt mintaqasi"),
            Setting::PostTime => say!(self, "Kundalik post"),
            Setting::Language => say!(self, "Til"),
            Setting::Periods => say!(self, "Hafta va oylar"),
            Setting::Look => say!(self, "Postlar koʻrinishi"),
            Setting::Target => say!(self, "Postlar boradigan joy"),
            Setting::Chat => say!(self, "Chatdagi javoblar"),
            Setting::Pause => say!(self, "Tanaffus"),
        }
    }

    fn civil_periods(&self, week_start: Weekday) -> String {
        let day = match week_start {
            Weekday::Mon => say!(self, "dushanba"),
            Weekday::Tue => say!(self, "seshanba"),
            Weekday::Wed => say!(self, "chorshanba"),
            Weekday::Thu => say!(self, "payshanba"),
            Weekday::Fri => say!(self, "juma"),
            Weekday::Sat => say!(self, "shanba"),
            Weekday::Sun => say!(self, "yakshanba"),
        };
        say!(self, "hafta {} kunidan boshlanadi, oylar kalendar boʻyicha", day)
    }

    fn numbered_periods(&self, anchor: NaiveDate) -> String {
        say!(self, "raqamli, 7 va 30 kundan, {} dan boshlab", anchor)
    }

    fn look(&self, look: Look) -> String {
        match look {
            Look::Standard => say!(self, "odatdagi"),
            Look::Classic => say!(self, "eski dasturdagidek"),
        }
    }

    fn chat_mode(&self, mode: ChatMode) -> String {
        match mode {
            ChatMode::Off => say!(self, "oʻchirilgan"),
            ChatMode::Private => say!(self, "faqat shaxsiy chatlarda"),
            ChatMode::Group => say!(self, "guruhda va shaxsiy chatlarda"),
        }
    }

    fn this_group(&self) -> String {
        say!(self, "shu guruh")
    }

    fn topic(&self, topic: i32) -> String {
        say!(self, "{}-mavzu", topic)
    }

    fn change_settings(&self, by_command: bool) -> String {
        match by_command {
            true => say!(self, "Sozlamani oʻzgartirish uchun `swf` ishlaydigan joyda shunday buyruq bering:"),
            false => {
                say!(self, "Sozlamani oʻzgartirish uchun `swf` ishlaydigan joyda `.env.local` ga shunday qator yozing:")
            }
        }
    }

    fn pause_dates(&self, pause: Pause) -> String {
        match pause.last {
            Some(last) => say!(self, "{} dan {} gacha", pause.first, last),
            None => say!(self, "{} dan, tugatilguncha", pause.first),
        }
    }

    fn pause_question(&self, group: &str, pause: Pause) -> String {
        say!(
            self,
            "{}: {} tanaffus qilinsinmi? Tanaffusda post chiqmaydi, vaqt esa hisoblanaveradi.",
            group,
            self.pause_dates(pause)
        )
    }

    fn resume_question(&self, group: &str, pause: Pause) -> String {
        say!(self, "{}: tanaffus tugatilsinmi? U {}. Bugun yana post chiqadi.", group, self.pause_dates(pause))
    }

    fn paused(&self, pause: Pause) -> String {
        say!(self, "Guruhda tanaffus: {}. Vaqt hisoblanaveradi.", self.pause_dates(pause))
    }

    fn resumed(&self) -> String {
        say!(self, "Tanaffus tugadi. Postlar yana chiqadi.")
    }

    fn not_paused(&self, today: NaiveDate) -> String {
        say!(self, "{} kuni tanaffus yoʻq. Hech narsa qilinmadi.", today)
    }

    fn date_passed(&self, until: NaiveDate, today: NaiveDate, example: &str) -> String {
        say!(
            self,
            "{} oʻtib ketgan; bugun {}. Postsiz oxirgi kun bugun yoki undan keyin boʻlishi kerak, masalan {}",
            until,
            today,
            example
        )
    }

    fn log_empty(&self) -> String {
        say!(self, "Jurnal boʻsh.")
    }
}
