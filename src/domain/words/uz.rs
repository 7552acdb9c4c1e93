//! Uzbek, in Latin letters ([`LATIN`]) and in Cyrillic letters ([`CYRILLIC`]). The texts are written once, in Latin
//! letters.
//!
//! [`say`] writes a text in either script. It only changes the letters of the text itself. The value of a `{}` (a name,
//! a number, a reason) stays as it is, and so does a part of the text between backticks (a command, the name of a
//! setting). The letters oʻ and gʻ have the sign ʻ (U+02BB), and the tutuq belgisi is ʼ (U+02BC).

use std::fmt::Display as Shown;
use std::sync::OnceLock;

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::uz_cyrl;
use super::{
    AlertSubject, BoardState, Comparison, Dates, Language, Occasion, PastOutage, PastSpan, Proved, Record, SeenFrom,
    Words, unbroken,
};
use crate::domain::people::{Display, Name};
use crate::domain::post::problem::{Code, Problem};
use crate::domain::text;
use crate::domain::time::period::Scope;

#[derive(Clone, Copy, Debug)]
pub(super) struct Uz(pub(super) Script);

pub(super) const LATIN: Uz = Uz(Script::Latin);
pub(super) const CYRILLIC: Uz = Uz(Script::Cyrillic);

#[derive(Clone, Copy, Debug)]
pub(super) enum Script {
    Latin,
    Cyrillic,
}

impl Script {
    /// Writes `letters`, which are Latin, in this script.
    pub(super) fn write(self, letters: &str) -> String {
        match self {
            Script::Latin => letters.into(),
            Script::Cyrillic => uz_cyrl::transliterate(letters),
        }
    }

    /// `text` with `values` in place of each `{}`; see [`say`].
    pub(super) fn fill(self, text: &str, values: &[&dyn Shown]) -> String {
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

/// The number of `{}` in a text.
pub(super) const fn places(text: &str) -> usize {
    let (text, mut at, mut count) = (text.as_bytes(), 1, 0);
    while at < text.len() {
        if text[at - 1] == b'{' && text[at] == b'}' {
            count += 1;
        }
        at += 1;
    }
    count
}

/// A text in the script of an [`Uz`], with a value for each `{}`. A missing value is a compile error.
macro_rules! say {
    ($uz:expr, $text:literal $(, $value:expr)* $(,)?) => {{
        const { assert!(places($text) == <[&str]>::len(&[$(stringify!($value)),*]), "a value for each place") };
        $uz.0.fill($text, &[$(&$value as &dyn Shown),*])
    }};
}
pub(super) use say;

const WEEKDAYS: [&str; 7] = ["dushanba", "seshanba", "chorshanba", "payshanba", "juma", "shanba", "yakshanba"];
const SHORT_WEEKDAYS: [&str; 7] = ["dush", "sesh", "chor", "pay", "jum", "shan", "yak"];
const MONTHS: [&str; 12] =
    ["yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr", "oktabr", "noyabr", "dekabr"];

/// Texts without values, in both scripts.
pub(super) struct Lines {
    latin: &'static [&'static str],
    /// Transliterated when they are first needed, and kept.
    cyrillic: OnceLock<Vec<&'static str>>,
}

impl Lines {
    pub(super) const fn new(latin: &'static [&'static str]) -> Lines {
        Lines { latin, cyrillic: OnceLock::new() }
    }

    pub(super) fn write(&'static self, script: Script) -> &'static [&'static str] {
        let written = || self.latin.iter().map(|line| &*script.write(line).leak()).collect();
        match script {
            Script::Latin => self.latin,
            Script::Cyrillic => self.cyrillic.get_or_init(written),
        }
    }
}

static NEW: Lines = Lines::new(&["yangi"]);
static NEWCOMER: Lines = Lines::new(&["🌱 boshlovchi"]);
static CLASSIC_EMPTY: Lines = Lines::new(&["hech kim dars qilmadi 😴"]);
static WORD_OF_THE_DAY: Lines = Lines::new(&["KUN SOʻZI 🌟"]);
static EMPTY: Lines = Lines::new(&[
    "Bu safar hech kim dars qilmadi. Har bir kun — yangi boshlanish.",
    "Hech kim dars qilmadi. Ertaga yana imkon bor.",
    "Jimlik: hech kim qoʻngʻiroqda yetarlicha qolmadi.",
    "Reyting boʻsh. Kim birinchi boʻlib qaytadi?",
    "Dars boʻlmadi. Dam olish ham oʻqishning bir qismi.",
]);
static EMPTY_SO_FAR: Lines = Lines::new(&[
    "Hozircha hech kim dars qilmadi. Birinchi daqiqalar sizniki boʻlishi mumkin.",
    "Hali hech kim dars qilmadi. Birinchi oʻrin boʻsh.",
    "Hozircha boʻsh. Bu yerga chiqish uchun besh daqiqa kifoya.",
    "Hozircha jimjit. Qoʻngʻiroqqa kiring, boshqalar ham qoʻshiladi.",
    "Hali dars boʻlmadi. Boshlash kech emas.",
]);
static PRAISE: Lines = Lines::new(&[
    "Qoyadek mustahkam.",
    "Mana buni kun desa boʻladi!",
    "Qoyil!",
    "Jimgina, lekin zoʻr.",
    "Haqiqiy mehnat shu.",
    "Diqqat lazerdek oʻtkir.",
    "Kun bekor oʻtmadi.",
    "Mana bunday qilinadi.",
    "Soatma-soat, betma-bet.",
    "Kelajak rahmat aytadi.",
    "Hech kim koʻrmadi, ish esa bitdi.",
    "Chetdan qaraganda oson tuyuladi.",
    "Boshidan oxirigacha kuchli.",
    "Sabr oʻz mevasini berdi.",
    "Kitoblar ham hayratda.",
    "Choʻqqi sari yana bir qadam.",
    "Intizom kayfiyatdan kuchli.",
    "Surʼatni siz belgilayapsiz.",
    "Yaxshi odat shunday boshlanadi.",
    "Har bir daqiqasi arziydi.",
    "Eng qiyini ortda qoldi.",
    "Qadamlar kichik, masofa katta.",
    "Boshlanishi ham, oxiri ham aʼlo.",
    "Stul ham medalga loyiq.",
    "Xotirjam, aniq, barqaror.",
    "Gap kam, ish koʻp.",
    "Bahona yoʻq, natija bor.",
    "Bu yerda hammasi jiddiy.",
]);
static QUOTES: Lines = Lines::new(&[
    "“Ming chaqirimlik yoʻl bir qadamdan boshlanadi.” — Lao Tszi",
    "“Oz-oz oʻrganib dono boʻlur, qatra-qatra yigʻilib daryo boʻlur.” — Alisher Navoiy",
    "“Mehnat, mehnatning tagi — rohat.” — oʻzbek maqoli",
    "“Sabrning tagi — sariq oltin.” — oʻzbek maqoli",
    "“Bilagi zoʻr birni yengar, bilimi zoʻr — mingni.” — oʻzbek maqoli",
    "“Bilim — aql chirogʻi.” — oʻzbek maqoli",
    "“Koʻp yashagan bilmas, koʻp oʻqigan bilar.” — oʻzbek maqoli",
    "“Toma-toma koʻl boʻlur.” — oʻzbek maqoli",
    "“Yetti oʻlchab, bir kes.” — oʻzbek maqoli",
    "“Harakatda barakat.” — oʻzbek maqoli",
    "“Intilganga tole yor.” — oʻzbek maqoli",
    "“Ilm olish — igna bilan quduq qazish.” — oʻzbek maqoli",
    "“Bugungi ishni ertaga qoʻyma.” — oʻzbek maqoli",
    "“Vaqting ketdi — naqding ketdi.” — oʻzbek maqoli",
    "“Qimirlagan qir oshar.” — oʻzbek maqoli",
    "“Daryo suvini bahor toshirar, odam qadrini mehnat oshirar.” — oʻzbek maqoli",
    "“Bilim — kuch.” — Frensis Bekon",
    "“Tomchi toshni teshar.” — Ovidiy",
    "“Takrorlash — bilimning onasi.” — lotin maqoli",
    "“Yetti marta yiqil, sakkiz marta tur.” — yapon maqoli",
    "“Biz hayotni kechiktirar ekanmiz, u oʻtib ketadi.” — Seneka",
    "“Yoʻqotilgan vaqt hech qachon qaytmaydi.” — Benjamin Franklin",
    "“Omad faqat tayyor aqlga yordam beradi.” — Lui Paster",
    "“Daholik — bir foiz ilhom va toʻqson toʻqqiz foiz mehnat.” — Tomas Edison",
]);
static TITLES: Lines = Lines::new(&[
    "🌞 Tong quvvati",
    "🚀 Toʻxtovsiz diqqat",
    "📚 Sahifalar ustasi",
    "🧠 Katta aql vaqti",
    "🦉 Dono boyoʻgʻli",
    "🏔️ Choʻqqi sari",
    "⚙️ Oʻqish mashinasi",
    "🎯 Aniq nishon",
    "🐢 Sekin, ammo puxta",
    "🦁 Sher yurak",
    "🔥 Olovdek",
    "🌊 Chuqur shoʻngʻish",
    "🧭 Toʻgʻri yoʻl",
    "🛠️ Oltin qoʻllar",
    "💎 Olmos intizom",
    "🌱 Har kuni oʻsish",
    "🏗️ Odatlar quruvchisi",
    "🎓 Tugʻma olim",
    "🧩 Jumboqlar ustasi",
    "⏳ Vaqtning doʻsti",
    "🐝 Mehnatkash asalari",
    "🦅 Burgut nigohi",
    "🪨 Toshdek sabot",
    "🗝️ Bilim kaliti",
    "✍️ Qalam va sabr",
    "🌟 Porlagan yulduz",
    "🧗 Ortga qadam yoʻq",
    "🏹 Ayni moʻljalga",
    "🐜 Chumoli kuchi",
    "🕯️ Zulmatdagi nur",
    "🎼 Mukammal ritm",
    "🔭 Uzoqni koʻrgan nigoh",
    "🥷 Jim mehnat",
    "🛡️ Diqqat qoʻriqchisi",
    "🌋 Sokin vulqon",
    "🚴 Bir tekis surʼat",
    "🍀 Oʻz omadi bilan",
    "🧵 Ipning uchi qoʻlda",
    "🌄 Ilk nur",
    "🏆 Gʻolib ruhi",
]);

impl Uz {
    fn weekday(self, date: NaiveDate) -> String {
        self.0.write(WEEKDAYS[date.weekday().num_days_from_monday() as usize])
    }

    pub(super) fn short_weekday(self, date: NaiveDate) -> String {
        self.0.write(SHORT_WEEKDAYS[date.weekday().num_days_from_monday() as usize])
    }

    /// `20-noyabr (jum)`.
    fn short_date(self, date: NaiveDate) -> String {
        format!("{} ({})", self.day_month(date), self.short_weekday(date))
    }

    fn month(self, date: NaiveDate) -> String {
        self.0.write(MONTHS[date.month0() as usize])
    }

    /// `22-noyabr`.
    fn day_month(self, date: NaiveDate) -> String {
        format!("{}-{}", date.day(), self.month(date))
    }

    /// `2026-yil 22-noyabr`.
    pub(super) fn full_date(self, date: NaiveDate) -> String {
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
            "CHAT_WRITE_FORBIDDEN" => {
                say!(self, "post yuboradigan akkaunt yoki botga guruhda yozish mumkin emas; unga shu huquqni bering")
            }
            "USER_BANNED_IN_CHANNEL" => {
                say!(self, "akkauntga guruhlarda yozish taqiqlangan; sababini `@SpamBot` dan soʻrang")
            }
            "CHAT_ADMIN_REQUIRED" => {
                say!(self, "guruhda faqat administratorlar yoza oladi; akkauntni administrator qiling")
            }
            "CHAT_RESTRICTED" => say!(self, "guruh cheklangan; unda hech kim yoza olmaydi"),
            "CHANNEL_PRIVATE" => say!(self, "post yuboradigan akkaunt yoki bot endi guruhda emas; uni qayta qoʻshing"),
            "CHANNEL_INVALID" | "PEER_ID_INVALID" => {
                say!(self, "post yuboradigan akkaunt yoki bot guruhni koʻrmayapti; uni guruhga qoʻshing")
            }
            "CHAT_SEND_PLAIN_FORBIDDEN" => say!(self, "guruhda matnli xabarlar taqiqlangan; ularga ruxsat bering"),
            "CHAT_GUEST_SEND_FORBIDDEN" => {
                say!(self, "guruhda faqat aʼzolar yoza oladi; post yuboradigan akkaunt yoki botni guruhga qoʻshing")
            }
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
            Name::Hidden => say!(self, "Kimdir"),
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
            Occasion::Daily => date,
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
            (SeenFrom::Within, Scope::Year) => say!(self, "Shu yil"),
            (SeenFrom::After, Scope::Year) => say!(self, "Oʻsha yil"),
            (SeenFrom::Within, Scope::Range) => say!(self, "Shu kunlar"),
            (SeenFrom::After, Scope::Range) => say!(self, "Oʻsha kunlar"),
            (_, Scope::AllTime) => say!(self, "Butun davr"),
        }
    }

    fn numbered_period(&self, scope: Scope, number: i64) -> String {
        match scope {
            Scope::Day => say!(self, "{}-KUN", number),
            Scope::Week => say!(self, "{}-HAFTA", number),
            Scope::Month => say!(self, "{}-OY", number),
            Scope::Year => say!(self, "{}-YIL", number),
            Scope::AllTime | Scope::Range => say!(self, "{}-KUNLAR", number),
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

    fn empty_board(&self, is_final: bool) -> &[&str] {
        if is_final { EMPTY.write(self.0) } else { EMPTY_SO_FAR.write(self.0) }
    }

    fn not_running(&self) -> String {
        say!(self, "`swf` ishlamagan, shuning uchun bu vaqt haqida maʼlumot yoʻq.")
    }

    fn not_seen(&self) -> String {
        say!(self, "`swf` qoʻngʻiroqni koʻra olmagan, shuning uchun bu vaqt haqida maʼlumot yoʻq.")
    }

    fn corrected(&self) -> String {
        say!(self, "Tashkilotchi tomonidan tuzatilgan.")
    }

    fn silence(&self, from: NaiveDate, hours: i64) -> String {
        say!(
            self,
            "{} kunidan faollik belgisisiz (mikrofon, qoʻl, kamera, ekran, gap) oʻringa faqat {} soat taʼsir qiladi, keyin \
             esa navbatdagi belgidan boshlab. Vaqt avvalgidek toʻliq hisoblanadi.",
            self.full_date(from),
            hours
        )
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

    fn offline(&self, seconds: &[(Scope, i64)], seen_from: SeenFrom) -> String {
        let part = |(scope, seconds): &(Scope, i64)| {
            let time = self.duration(*seconds);
            match (seen_from, scope) {
                (SeenFrom::Within, Scope::Day) => say!(self, "bugun {}", time),
                (SeenFrom::Within, Scope::Week) => say!(self, "shu hafta {}", time),
                (SeenFrom::Within, _) => say!(self, "shu oy {}", time),
                (SeenFrom::After, Scope::Day) => say!(self, "oʻsha kuni {}", time),
                (SeenFrom::After, Scope::Week) => say!(self, "oʻsha haftada {}", time),
                (SeenFrom::After, _) => say!(self, "oʻsha oyda {}", time),
            }
        };
        let parts: Vec<String> = seconds.iter().map(part).collect();
        say!(self, "`swf` aloqada boʻlmadi: {}; `Telegram` tasdiqlay oladigan vaqt hisobga olingan.", parts.join(", "))
    }

    fn skipped(&self, days: &[NaiveDate], more: usize) -> String {
        let mut named: Vec<String> = days.iter().map(|day| self.dates(Dates::Day(*day))).collect();
        if more > 0 {
            named.push(say!(self, "va yana {} kun", more));
        }
        say!(self, "Reytingsiz kunlar: {}. Bu kunlarda qoʻngʻiroqni hech kim kuzatmagan.", named.join("; "))
    }

    fn headline(&self, leaders: &str, seconds: i64, people: usize) -> String {
        say!(self, "🥇 {} {} · {}", leaders, self.duration(seconds), self.people(people))
    }

    fn names(&self, names: &[String], more: usize) -> String {
        match (names, more) {
            ([names @ .., last], 0) if !names.is_empty() => say!(self, "{} va {}", names.join(", "), last),
            (names, 0) => names.join(", "),
            (names, more) => say!(self, "{} va yana {}", names.join(", "), self.people(more)),
        }
    }

    fn active_days(&self, days: usize) -> String {
        say!(self, "{} kun", days)
    }

    fn band(&self, number: usize) -> String {
        say!(self, "{}-liga", number)
    }

    fn new_on_board(&self) -> &'static str {
        NEW.write(self.0)[0]
    }

    fn streak(&self, days: u32) -> String {
        unbroken(&say!(self, "⚡{} kun", days))
    }

    fn newcomer(&self) -> &'static str {
        NEWCOMER.write(self.0)[0]
    }

    fn comparison(&self, seconds: i64, with: Comparison) -> String {
        let period = match with.scope {
            Scope::Day => self.weekday(with.first),
            Scope::Week => say!(self, "hafta"),
            _ => say!(self, "oy"),
        };
        let before = match with.seen_from {
            SeenFrom::Within => say!(self, "oʻtgan {}", period),
            SeenFrom::After => say!(self, "undan oldingi {}", period),
        };
        let before = match with.is_open {
            true => say!(self, "{}ning shu vaqtiga", before),
            false => say!(self, "{}ga", before),
        };
        match text::shown_seconds(seconds.abs()) {
            0 => say!(self, "{} nisbatan oʻzgarishsiz", before),
            shown if seconds > 0 => say!(self, "{} nisbatan +{}", before, unbroken(&self.duration(shown))),
            shown => say!(self, "{} nisbatan −{}", before, unbroken(&self.duration(shown))),
        }
    }

    fn last_days(&self, days: &[(NaiveDate, Option<usize>)]) -> String {
        let day = |(date, people): &(NaiveDate, Option<usize>)| {
            let people = people.map_or_else(|| "?".into(), |people| people.to_string());
            unbroken(&format!("{} {people}", self.short_weekday(*date)))
        };
        say!(self, "Kunlar boʻyicha kishilar: {}", days.iter().map(day).collect::<Vec<_>>().join("\u{a0}· "))
    }

    fn same_board(&self, above: Scope) -> String {
        match above {
            Scope::Day => say!(self, "Kun reytingi bilan bir xil."),
            Scope::Week => say!(self, "Hafta reytingi bilan bir xil."),
            _ => say!(self, "Oy reytingi bilan bir xil."),
        }
    }

    fn praise(&self) -> &'static [&'static str] {
        PRAISE.write(self.0)
    }

    fn quotes(&self) -> &'static [&'static str] {
        QUOTES.write(self.0)
    }

    fn digest_title(&self, best: Option<(&str, i64)>, days: usize) -> String {
        match best {
            Some((leaders, seconds)) => {
                say!(self, "🥇 {} {} · {} ta kechikkan kun", leaders, self.duration(seconds), days)
            }
            None => say!(self, "📚 Oʻqish reytingi · {} ta kechikkan kun", days),
        }
    }

    fn digest_occasion(&self, dates: Dates) -> String {
        say!(self, "Kechikib joylandi: {}", self.dates(dates))
    }

    fn digest_day(&self, day: NaiveDate, leaders: &str, seconds: i64, people: usize, total: i64) -> String {
        let [best, total] = [seconds, total].map(|seconds| self.duration(seconds));
        say!(self, "{}: 🥇 {} {} · {} · jami {}", self.short_date(day), leaders, best, self.people(people), total)
    }

    fn digest_empty_day(&self, day: NaiveDate) -> String {
        say!(self, "{}: hech kim dars qilmadi", self.short_date(day))
    }

    fn digest_unknown_day(&self, day: NaiveDate) -> String {
        say!(self, "{}: `swf` qoʻngʻiroqni koʻra olmadi, maʼlumot yoʻq", self.short_date(day))
    }

    fn recap_headline(&self, scope: Scope, winners: &str, seconds: i64) -> String {
        let time = self.duration(seconds);
        match scope {
            Scope::Day => say!(self, "🏆 Kun gʻolibi: {}, {}", winners, time),
            Scope::Week => say!(self, "🏆 Hafta gʻolibi: {}, {}", winners, time),
            _ => say!(self, "🏆 Oy gʻolibi: {}, {}", winners, time),
        }
    }

    fn recap_heading(&self, scope: Scope, number: Option<i64>, dates: Dates) -> String {
        let name = match (number, scope) {
            (Some(number), _) => self.numbered_period(scope, number),
            (None, Scope::Day) => say!(self, "Kun"),
            (None, Scope::Week) => say!(self, "Hafta"),
            (None, _) => say!(self, "Oy"),
        };
        say!(self, "🏆 {} yakunlari · {}", name, self.dates(dates))
    }

    fn recap_most_days(&self, names: &str, days: usize, of: usize) -> String {
        say!(self, "📅 Eng koʻp kun: {}, {}", names, unbroken(&say!(self, "{} kundan {} tasi", of, days)))
    }

    fn recap_improved(&self, names: &str, seconds: i64) -> String {
        say!(self, "📈 Eng katta oʻsish: {}, odatdagi haftaga nisbatan +{}", names, unbroken(&self.duration(seconds)))
    }

    fn recap_first_timers(&self, names: &str) -> String {
        say!(self, "🌱 Birinchi marta biz bilan: {}", names)
    }

    fn recap_record(&self, scope: Scope, record: &Record, of: usize) -> String {
        let best = match scope {
            Scope::Day => say!(self, "oxirgi {} kunning eng yaxshisi", of),
            Scope::Week => say!(self, "oxirgi {} haftaning eng yaxshisi", of),
            _ => say!(self, "oxirgi {} oyning eng yaxshisi", of),
        };
        match record {
            Record::Group { seconds } => say!(self, "🏅 Guruh rekordi: {}, jami {}", best, self.duration(*seconds)),
            Record::Person { names, seconds } => {
                say!(self, "🏅 Rekord: {}, {}, {}", names, self.duration(*seconds), best)
            }
        }
    }

    fn classic_title(&self, day: Option<i64>) -> String {
        match day {
            Some(day) => say!(self, "📊 REYTING — {}-KUN 👑", day),
            None => say!(self, "📊 REYTING 👑"),
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
            Scope::Day => format!("📅 {name} — {} ({})", date(first), self.weekday(first).to_uppercase()),
            Scope::Week => format!("📆 {name} — {} - {}{number}", date(first), date(last)),
            _ => format!("🗓️ {name} — {} - {}{number}", date(first), date(last)),
        }
    }

    fn classic_minutes(&self, minutes: i64) -> String {
        say!(self, "{} daq", minutes)
    }

    fn classic_empty_board(&self) -> &'static str {
        CLASSIC_EMPTY.write(self.0)[0]
    }

    fn classic_word_of_the_day(&self) -> &'static str {
        WORD_OF_THE_DAY.write(self.0)[0]
    }

    fn classic_titles(&self) -> &'static [&'static str] {
        TITLES.write(self.0)
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

    fn backup_command_failed(&self, subject: AlertSubject, reason: &str) -> String {
        say!(
            self,
            "⚠️ `swf` “{}” guruhi maʼlumotlaridan nusxa oldi, lekin `SWF_BACKUP_COMMAND` buyrugʻi xato bilan tugadi: {}. \
             Nusxa faqat `var/backup` ichida. Keyingi nusxadan soʻng buyruq yana ishga tushadi.",
            subject.group,
            reason,
        )
    }

    fn backup_command_recovered(&self, subject: AlertSubject) -> String {
        say!(self, "✅ “{}” guruhi maʼlumotlari uchun `SWF_BACKUP_COMMAND` buyrugʻi yana ishlayapti.", subject.group)
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
        // The detail of a website's problem is its address, then its answer.
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
            Code::NoPictures => {
                say!(self, "bu yerga rasm yuborib boʻlmaydi, shuning uchun matn yuboriladi ({})", detail)
            }
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

    /// Values and parts between backticks keep their Latin letters.
    #[test]
    fn only_the_letters_of_a_text_change_their_script() {
        let name = "Shahlo `Yoʻldosheva` {} e@x.uz https://t.me/x SWF_TOP 21:30";
        assert_eq!(say!(CYRILLIC, "eʼlon: {}, `swf post --now`", name), format!("эълон: {name}, swf post --now"));
        assert_eq!(say!(LATIN, "eʼlon: {}, `swf post --now`", name), format!("eʼlon: {name}, swf post --now"));
        assert_eq!(say!(CYRILLIC, "{}{} kishi", 5, "e"), "5e киши");
    }
}
