//! Uzbek, in Latin letters ([`LATIN`]) and in Cyrillic ones ([`CYRILLIC`]). The texts are written once, in Latin letters.
//!
//! [`say`] writes a text in either script. Only the letters of the text itself are changed: what stands in the place of a
//! `{}` (a name, a number, a reason) stays as it is, and so does what stands between backticks in the text (a command, the
//! name of a setting). The letters oʻ and gʻ have the sign ʻ (U+02BB), and the tutuq belgisi is ʼ (U+02BC).

use std::fmt::Display as Shown;

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::uz_cyrl;
use super::{AlertSubject, BoardState, Dates, Language, Occasion, PastOutage, PastSpan, Proved, SeenFrom, Words};
use crate::domain::people::{Display, Name};
use crate::domain::post::problem::{Code, Problem};
use crate::domain::text;
use crate::domain::time::period::Scope;

#[derive(Clone, Copy, Debug)]
pub(super) struct Uz(Script);

pub(super) const LATIN: Uz = Uz(Script::Latin);
pub(super) const CYRILLIC: Uz = Uz(Script::Cyrillic);

#[derive(Clone, Copy, Debug)]
enum Script {
    Latin,
    Cyrillic,
}

impl Script {
    /// `letters`, which are Latin, in this script.
    fn write(self, letters: &str) -> String {
        match self {
            Script::Latin => letters.into(),
            Script::Cyrillic => uz_cyrl::transliterate(letters),
        }
    }

    /// `text` with `values` in its places; see [`say`].
    fn fill(self, text: &str, values: &[&dyn Shown]) -> String {
        let mut values = values.iter();
        let mut out = String::new();
        for (number, part) in text.split('`').enumerate() {
            let is_code = number % 2 == 1;
            if is_code {
                out += part;
                continue;
            }
            for (number, letters) in part.split("{}").enumerate() {
                if number > 0 {
                    out.extend(values.next().map(ToString::to_string));
                }
                out += &self.write(letters);
            }
        }
        out
    }
}

/// How many `{}` a text has.
const fn places(text: &str) -> usize {
    let (text, mut at, mut count) = (text.as_bytes(), 1, 0);
    while at < text.len() {
        if text[at - 1] == b'{' && text[at] == b'}' {
            count += 1;
        }
        at += 1;
    }
    count
}

/// A text in the script of an [`Uz`], with a value for each `{}`. A missing value does not compile.
macro_rules! say {
    ($uz:expr, $text:literal $(, $value:expr)* $(,)?) => {{
        const { assert!(places($text) == <[&str]>::len(&[$(stringify!($value)),*]), "a value for each place") };
        $uz.0.fill($text, &[$(&$value as &dyn Shown),*])
    }};
}

const WEEKDAYS: [&str; 7] = ["dushanba", "seshanba", "chorshanba", "payshanba", "juma", "shanba", "yakshanba"];
const MONTHS: [&str; 12] =
    ["yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr", "oktabr", "noyabr", "dekabr"];

impl Uz {
    fn weekday(self, date: NaiveDate) -> String {
        self.0.write(WEEKDAYS[date.weekday().num_days_from_monday() as usize])
    }

    fn month(self, date: NaiveDate) -> String {
        self.0.write(MONTHS[date.month0() as usize])
    }

    /// `22-noyabr`.
    fn day_month(self, date: NaiveDate) -> String {
        format!("{}-{}", date.day(), self.month(date))
    }

    /// `2026-yil 22-noyabr`.
    fn full_date(self, date: NaiveDate) -> String {
        say!(self, "{}-yil {}", date.year(), self.day_month(date))
    }

    /// `5 kishi`: after a number a noun has no plural.
    fn people(self, count: usize) -> String {
        say!(self, "{} kishi", count)
    }

    /// The name of a post in an alert: `2026-yil 22-noyabr posti`.
    fn post(self, day: Option<NaiveDate>) -> String {
        day.map_or_else(|| say!(self, "post"), |day| say!(self, "{} posti", self.full_date(day)))
    }

    /// What to do about an error of Telegram that lasts until somebody acts; `None` for other errors.
    fn remedy(self, name: &str) -> Option<String> {
        Some(match name {
            "CHAT_WRITE_FORBIDDEN" => say!(self, "akkauntga guruhda yozish mumkin emas; unga shu huquqni bering"),
            "USER_BANNED_IN_CHANNEL" => {
                say!(self, "akkauntga guruhlarda yozish taqiqlangan; sababini `@SpamBot` dan soʻrang")
            }
            "CHAT_ADMIN_REQUIRED" => {
                say!(self, "guruhda faqat administratorlar yoza oladi; akkauntni administrator qiling")
            }
            "CHAT_RESTRICTED" => say!(self, "guruh cheklangan; unda hech kim yoza olmaydi"),
            "CHANNEL_PRIVATE" => say!(self, "akkaunt endi guruhda emas; uni qayta qoʻshing"),
            "CHANNEL_INVALID" | "PEER_ID_INVALID" => say!(self, "akkaunt guruhni koʻrmayapti; uni guruhga qoʻshing"),
            "CHAT_SEND_PLAIN_FORBIDDEN" => say!(self, "guruhda matnli xabarlar taqiqlangan; ularga ruxsat bering"),
            "CHAT_GUEST_SEND_FORBIDDEN" => say!(self, "guruhda faqat aʼzolar yoza oladi; akkauntni guruhga qoʻshing"),
            "TOPIC_CLOSED" => say!(
                self,
                "mavzu yopilgan; uni oching, akkauntni administrator qiling yoki `SWF_TOPIC` da boshqasini koʻrsating"
            ),
            "TOPIC_DELETED" => say!(self, "mavzu oʻchirilgan; `SWF_TOPIC` da boshqasini koʻrsating"),
            "MSG_ID_INVALID" => say!(self, "guruhda bunday mavzu yoʻq; `SWF_TOPIC` da boshqasini koʻrsating"),
            "ALLOW_PAYMENT_REQUIRED" => {
                say!(self, "guruhda xabarlar pullik (yulduzlar bilan); akkauntni administrator qiling")
            }
            "ACCESS_TOKEN_INVALID" => {
                say!(self, "`TELEGRAM_BOT_TOKEN` qiymati notoʻgʻri; toʻgʻrisini `@BotFather` dan oling")
            }
            "ACCESS_TOKEN_EXPIRED" => {
                say!(self, "`TELEGRAM_BOT_TOKEN` qiymati bekor qilingan; yangisini `@BotFather` dan oling")
            }
            _ => return None,
        })
    }
}

impl Words for Uz {
    fn language(&self) -> Language {
        match self.0 {
            Script::Latin => Language::Uz,
            Script::Cyrillic => Language::UzCyrl,
        }
    }

    fn duration(&self, seconds: i64) -> String {
        let seconds = text::shown_seconds(seconds);
        match (seconds / 3600, seconds % 3600 / 60) {
            (0, 0) => say!(self, "{} soniya", seconds),
            (0, minutes) => say!(self, "{} daq", minutes),
            (hours, minutes) => say!(self, "{} soat {} daq", hours, format!("{minutes:02}")),
        }
    }

    fn dates(&self, dates: Dates) -> String {
        match dates {
            Dates::Day(day) => format!("{}, {}", self.day_month(day), self.weekday(day)),
            Dates::Month(day) => say!(self, "{}-yil {}", day.year(), self.month(day)),
            Dates::WithinMonth(first, last) => format!("{}–{}", first.day(), self.day_month(last)),
            Dates::WithinYear(first, last) => format!("{} – {}", self.day_month(first), self.day_month(last)),
            Dates::AcrossYears(first, last) => format!("{} – {}", self.full_date(first), self.full_date(last)),
        }
    }

    fn name(&self, person: &Display) -> String {
        match person.name {
            Name::Deleted => say!(self, "Oʻchirilgan akkaunt {}", person.id),
            Name::Unknown => say!(self, "Ishtirokchi {}", person.id),
            Name::Full(_) | Name::Username(_) => person.to_string(),
        }
    }

    fn title(&self, group: &str) -> String {
        match group {
            "" => say!(self, "📚 Oʻqish reytingi"),
            group => say!(self, "📚 Oʻqish reytingi · {}", group),
        }
    }

    fn occasion(&self, day: NaiveDate, occasion: Occasion) -> String {
        let date = self.dates(Dates::Day(day));
        match occasion {
            Occasion::Daily => say!(self, "{}-yil {}", day.year(), date),
            Occasion::Late => say!(self, "{} kuni uchun, kechikib joylandi", date),
            Occasion::Standings { seen: None } => say!(self, "{}, joriy natijalar", date),
            Occasion::Standings { seen: Some(seen) } => {
                let on = seen.other_day.map_or(String::new(), |day| format!("{}, ", self.day_month(day)));
                say!(self, "{}: {}{} holati", date, on, seen.time.format("%H:%M"))
            }
        }
    }

    fn period(&self, scope: Scope, seen_from: SeenFrom) -> String {
        match (seen_from, scope) {
            (SeenFrom::Within, Scope::Day) => say!(self, "Bugun"),
            (SeenFrom::Within, Scope::Week) => say!(self, "Shu hafta"),
            (SeenFrom::Within, Scope::Month) => say!(self, "Shu oy"),
            (SeenFrom::After, Scope::Day) => say!(self, "Oʻsha kun"),
            (SeenFrom::After, Scope::Week) => say!(self, "Oʻsha hafta"),
            (SeenFrom::After, Scope::Month) => say!(self, "Oʻsha oy"),
        }
    }

    fn numbered_period(&self, scope: Scope, number: i64) -> String {
        match scope {
            Scope::Day => say!(self, "{}-KUN", number),
            Scope::Week => say!(self, "{}-HAFTA", number),
            Scope::Month => say!(self, "{}-OY", number),
        }
    }

    fn heading(&self, board: &str, dates: Dates, is_cut: bool) -> String {
        match is_cut {
            true => say!(self, "{}, oʻsha kungacha · {}", board, self.dates(dates)),
            false => say!(self, "{} · {}", board, self.dates(dates)),
        }
    }

    fn total(&self, count: usize, seconds: i64, state: BoardState) -> String {
        let state = match state {
            BoardState::Open => say!(self, "hozircha"),
            BoardState::FinalUpTo(day) => say!(self, "{} holatiga yakuniy", self.day_month(day)),
            BoardState::Final => say!(self, "yakuniy"),
        };
        say!(self, "{} · jami {} · {}", self.people(count), self.duration(seconds), state)
    }

    fn more(&self, count: usize) -> String {
        say!(self, "va yana {}", self.people(count))
    }

    fn empty_board(&self, is_final: bool) -> String {
        match is_final {
            true => say!(self, "Bu safar hech kim dars qilmadi. Har bir kun — yangi boshlanish."),
            false => say!(self, "Hozircha hech kim dars qilmadi. Birinchi daqiqalar sizniki boʻlishi mumkin."),
        }
    }

    fn not_running(&self) -> String {
        say!(self, "`swf` ishlamagan, shuning uchun bu vaqt haqida maʼlumot yoʻq.")
    }

    fn not_seen(&self) -> String {
        say!(self, "`swf` qoʻngʻiroqni koʻra olmagan, shuning uchun bu vaqt haqida maʼlumot yoʻq.")
    }

    fn not_in_use(&self, first: NaiveDate) -> String {
        say!(self, "`swf` u paytda hali ishga tushmagan edi: guruhni {} kunidan beri kuzatadi.", self.full_date(first))
    }

    fn empty_since(&self, first: NaiveDateTime) -> String {
        say!(
            self,
            "{}, soat {} dan beri hech kim dars qilmadi. Undan oldin `swf` guruhni kuzatmagan.",
            self.day_month(first.date()),
            first.format("%H:%M"),
        )
    }

    fn watched_since(&self, first: NaiveDateTime) -> String {
        let day = self.day_month(first.date());
        say!(self, "`swf` guruhni {}, soat {} dan beri kuzatadi", day, first.format("%H:%M"))
    }

    fn unwatched(&self, seconds: i64, explain: bool) -> String {
        let time = self.duration(seconds);
        match explain {
            true => say!(self, "`swf` {} ishlamadi; bu vaqtda qoʻngʻiroq boʻlgan-boʻlmagani nomaʼlum", time),
            false => say!(self, "`swf` {} ishlamadi", time),
        }
    }

    fn blind(&self, seconds: i64, explain: bool) -> String {
        let time = self.duration(seconds);
        match explain {
            true => say!(
                self,
                "`swf` qoʻngʻiroqni {} koʻra olmadi; `Telegram` tasdiqlay oladigan vaqt hisobga olingan",
                time
            ),
            false => say!(self, "`swf` qoʻngʻiroqni {} koʻra olmadi", time),
        }
    }

    fn skipped(&self, days: &[NaiveDate], more: usize) -> String {
        let mut named: Vec<String> = days.iter().map(|day| self.dates(Dates::Day(*day))).collect();
        if more > 0 {
            named.push(say!(self, "va yana {} kun", more));
        }
        say!(self, "Reytingsiz kunlar: {}. Bu kunlarda qoʻngʻiroqni hech kim kuzatmagan.", named.join("; "))
    }

    fn outage(&self, subject: AlertSubject, seconds: i64, since: &str, reason: &str) -> String {
        let AlertSubject { group, zone } = subject;
        let length = self.duration(seconds);
        say!(
            self,
            "⚠️ `swf` “{}” guruhidagi qoʻngʻiroqni {} davomida, {} dan beri ({}) koʻrmayapti: {}.",
            group,
            length,
            since,
            zone,
            reason,
        )
    }

    fn recovered(&self, subject: AlertSubject, outage: &PastOutage) -> String {
        let AlertSubject { group, zone } = subject;
        let PastOutage { span: PastSpan { seconds, from, to }, reason, left, .. } = outage;
        let length = self.duration(*seconds);
        let mut text = match outage.tracker_died {
            true => say!(
                self,
                "✅ `swf` yana ishlayapti va “{}” guruhidagi qoʻngʻiroqni koʻryapti. U {} ishlamadi",
                group,
                length
            ),
            false => {
                say!(self, "✅ `swf` “{}” guruhidagi qoʻngʻiroqni yana koʻryapti. U {} koʻra olmadi", group, length)
            }
        };
        text += &say!(self, ", {} dan {} gacha ({}): {}.", from, to, zone, reason);
        text += &match outage.proved {
            Proved::NobodySeen => say!(self, " Bundan oldin ham, keyin ham qoʻngʻiroqda hech kim koʻrinmagan."),
            Proved::Nothing => say!(self, " Bu vaqtning hech bir qismi tasdiqlanmagan."),
            Proved::All { people } => say!(self, " Bu vaqtning hammasi tasdiqlangan ({}).", self.people(people)),
            Proved::Part { seconds, people } => {
                say!(self, " Bu vaqtning {} qismi tasdiqlangan ({}).", self.duration(seconds), self.people(people))
            }
        };
        if *left > 0 {
            let people = self.people(*left);
            text += &say!(self, " Shu orada {} chiqib ketgan; vaqti {} gacha hisoblangan.", people, from);
        }
        text
    }

    fn late(&self, subject: AlertSubject, day: Option<NaiveDate>, problem: Option<&str>) -> String {
        let why = problem.map_or_else(String::new, |problem| format!(": {problem}"));
        say!(
            self,
            "⚠️ “{}” guruhida {} 30 daqiqadan ortiq kechikmoqda{}. `swf` urinishda davom etadi; post yuborilguncha \
             boshqa ogohlantirish boʻlmaydi. Batafsil maʼlumot uchun bajaring: `swf status`",
            subject.group,
            self.post(day),
            why,
        )
    }

    fn late_sent(&self, subject: AlertSubject, day: Option<NaiveDate>) -> String {
        say!(self, "✅ “{}” guruhiga kechikkan {} yuborildi.", subject.group, self.post(day))
    }

    fn test_alert(&self, subject: AlertSubject) -> String {
        say!(
            self,
            "🔔 Bu `swf` sinovi: “{}” guruhi haqidagi ogohlantirishlar shu yerga keladi. Hammasi joyida.",
            subject.group
        )
    }

    fn refused(&self, subject: AlertSubject, day: Option<NaiveDate>, problem: &str) -> String {
        let next = match day {
            Some(_) => say!(self, "Post saqlangan va bu tuzatilgach, 10 daqiqa ichida yuboriladi."),
            None => say!(self, "Buni tuzating, soʻng bajaring: `swf post --now`"),
        };
        let post = self.post(day);
        say!(
            self,
            "⚠️ `Telegram` “{}” guruhida {} joylanishini rad etmoqda: {}. {}",
            subject.group,
            post,
            problem,
            next
        )
    }

    fn store_failing(&self, subject: AlertSubject, seconds: i64, since: &str, reason: &str, remedy: &str) -> String {
        let AlertSubject { group, zone } = subject;
        say!(
            self,
            "⚠️ `swf` “{}” guruhidagi qoʻngʻiroqda koʻrganlarini {} davomida, {} dan beri ({}) yoza olmayapti: {}. \
             Hozircha ularni xotirada saqlayapti, postlar esa kutmoqda. Bu tuzatilguncha `swf` toʻxtatilsa yoki \
             kompyuter qayta yuklansa, shu vaqtdan beri koʻrilganlar yoʻqoladi. {} Keyin `swf` oʻzi davom etadi.",
            group,
            self.duration(seconds),
            since,
            zone,
            reason,
            remedy,
        )
    }

    fn store_mended(&self, subject: AlertSubject, at: &str) -> String {
        let AlertSubject { group, zone } = subject;
        say!(
            self,
            "⚠️ “{}” guruhi uchun `swf` omborining fayli {} da ({}), `swf` ishlab turganda, oʻchirilgan. Fayl qaytadan \
             yozildi, hech narsa yoʻqolmadi. `swf` ishlab turganda `var/` ichidagi fayllarni oʻchirmang va koʻchirmang.",
            group,
            at,
            zone,
        )
    }

    fn store_recovered(&self, subject: AlertSubject, failure: &PastSpan) -> String {
        let PastSpan { seconds, from, to } = failure;
        say!(
            self,
            "✅ `swf` “{}” guruhidagi qoʻngʻiroqda koʻrganlarini yana yoza olyapti va xotirada saqlaganlarini yozdi. U \
             {}, {} dan {} gacha ({}), yoza olmadi.",
            subject.group,
            self.duration(*seconds),
            from,
            to,
            subject.zone,
        )
    }

    fn problem(&self, problem: &Problem) -> String {
        let detail = problem.detail.as_str();
        // The detail of a website's problem is its address, then what it answered.
        let (site, answer) = detail.split_once(' ').unwrap_or((detail, ""));
        match problem.code {
            Code::FloodWait => say!(self, "`Telegram` {} soniya kutishni soʻrayapti", detail),
            Code::Executing => say!(self, "birinchi urinish hali bajarilmoqda"),
            Code::Telegram => match self.remedy(detail) {
                Some(remedy) => format!("{remedy} ({detail})"),
                None => say!(self, "`Telegram` javobi: {}", detail),
            },
            Code::SignedOut => say!(self, "akkauntdan chiqilgan ({})", detail),
            Code::OtherDataCentre => say!(self, "akkaunt boshqa maʼlumotlar markazida joylashgan: {}", detail),
            Code::Settings | Code::Connection | Code::Other => detail.into(),
            Code::NoAnswer => say!(self, "{} soniya ichida javob kelmadi", detail),
            Code::OtherAccount => {
                say!(self, "birinchi urinish {} akkauntidan boʻlgan, uni shu akkaunt yuboradi", detail)
            }
            Code::NotEditable => say!(self, "xabarni endi tahrirlab boʻlmaydi ({})", detail),
            Code::NotDeletable => say!(self, "xabarni oʻchirib boʻlmaydi ({})", detail),
            Code::NoRoute => say!(self, "na akkauntga kirilgan, na bot bor"),
            Code::Website | Code::WebsiteSecret | Code::WebsiteAddress | Code::WebsiteRedirect => {
                say!(self, "{} javobi: {}", site, answer)
            }
            Code::WebsiteSilent => say!(self, "{} javob bermadi: {}", site, answer),
            Code::WebsiteTimeout => say!(self, "{} {} millisoniya ichida javob bermadi", site, answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in a text may be written in Latin letters: it never changes.
    #[test]
    fn only_the_letters_of_a_text_change_their_script() {
        let name = "Shahlo `Yoʻldosheva` {} e@x.uz https://t.me/x SWF_TOP 21:30";
        assert_eq!(say!(CYRILLIC, "eʼlon: {}, `swf post --now`", name), format!("эълон: {name}, swf post --now"));
        assert_eq!(say!(LATIN, "eʼlon: {}, `swf post --now`", name), format!("eʼlon: {name}, swf post --now"));
        assert_eq!(say!(CYRILLIC, "{}{} kishi", 5, "e"), "5e киши");
    }
}
