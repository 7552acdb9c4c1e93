//! Uzbek, in both scripts.

use std::borrow::Cow;
use std::fmt::Display as Shown;

use chrono::{Datelike, NaiveDate};

use super::{Label, PageWords};
use crate::domain::accounting::receipt::Evidence;
use crate::domain::accounting::streak::Comeback;
use crate::domain::pulse::measures::Member;
use crate::domain::pulse::numbers::night_hours;
use crate::domain::pulse::{LeftOut, Number, REGULAR_DAYS};
use crate::domain::roster::BlindReason;
use crate::domain::time::period::Scope;
use crate::domain::words::uz::{self, Script, places, say};
use crate::domain::words::{Language, Words};

#[derive(Clone, Copy, Debug)]
pub(super) struct Uz(Script);

pub(super) const LATIN: Uz = Uz(uz::LATIN.0);
pub(super) const CYRILLIC: Uz = Uz(uz::CYRILLIC.0);

const WEEKDAYS: [&str; 7] = ["dush", "sesh", "chor", "pay", "jum", "shan", "yak"];
/// Short names. In Cyrillic letters only июнь and июль have a soft sign.
const MONTHS: [&str; 12] = ["yan", "fev", "mar", "apr", "may", "iyun", "iyul", "avg", "sen", "okt", "noy", "dek"];

impl Uz {
    fn duration(self, seconds: i64) -> String {
        self.words().duration(seconds)
    }
}

impl PageWords for Uz {
    fn words(&self) -> &'static dyn Words {
        match self.0 {
            Script::Latin => Language::Uz.words(),
            Script::Cyrillic => Language::UzCyrl.words(),
        }
    }

    fn label(&self, label: Label) -> Cow<'static, str> {
        let text = match label {
            Label::SkipToContent => "Asosiy qismga oʻtish",
            Label::Groups => "Guruhlar",
            Label::Now => "Hozir",
            Label::About => "Maʼlumotlar haqida",
            Label::Earlier => "Oldingi",
            Label::Later => "Keyingi",
            Label::AsData => "Shu sahifa maʼlumot sifatida",
            Label::LogIn => "Kirish",
            Label::Login => "Akkaunt",
            Label::MyTime => "Vaqtim",
            Label::All => "Hammasi",
            Label::AsTable => "Jadval koʻrinishida",
            Label::Rank => "Oʻrin",
            Label::Name => "Ism",
            Label::Time => "Vaqt",
            Label::ActiveDays => "Faol kunlar",
            Label::Final => "yakuniy",
            Label::SoFar => "hozircha",
            Label::InCall => "qoʻngʻiroqda",
            Label::FindName => "Ism boʻyicha qidirish",
            Label::Find => "Topish",
            Label::ShowAll => "Hammani koʻrsatish",
            Label::NobodyFound => "Bu reytingda bunday ism yoʻq.",
            Label::NextRows => "Davomi",
            Label::FirstRows => "Boshiga",
            Label::NotBegun => "Bu vaqt hali boshlanmagan.",
            Label::NeverSeen => "Guruh hali biror marta koʻrilmagan.",
            Label::NoCall => "Hozir qoʻngʻiroq yoʻq.",
            Label::NotTracked => "`swf` ishlamayapti, shuning uchun qoʻngʻiroqda kim borligi nomaʼlum.",
            Label::Since => "Qachondan",
            Label::TodaySoFar => "Bugun",
            Label::TodayBoard => "Bugungi reyting",
            Label::DaysOfStudy => "Kunlar",
            Label::LastYear => "Oxirgi 12 oy",
            Label::Less => "kamroq",
            Label::More => "koʻproq",
            Label::NotWatched => "maʼlumot yoʻq",
            Label::LastWeeks => "Oxirgi 12 hafta",
            Label::Week => "Hafta",
            Label::Records => "Rekordlar",
            Label::BestDay => "Eng yaxshi kun",
            Label::BestWeek => "Eng yaxshi hafta",
            Label::BestMonth => "Eng yaxshi oy",
            Label::LongestSession => "Eng uzun seans",
            Label::MostActiveDays => "28 kundagi eng koʻp faol kunlar",
            Label::NoRecords => "Hali rekordlar yoʻq.",
            Label::Streak => "Ketma-ket kunlar",
            Label::NoStreak => "yoʻq",
            Label::LongestStreak => "Eng uzun ketma-ketlik",
            Label::AtRisk => "bugun uzilishi mumkin",
            Label::Goal => "Haftalik maqsad",
            Label::Stays => "Qoʻngʻiroqdagi vaqt",
            Label::NoStays => "Bu kuni qoʻngʻiroqda koʻrilmagan.",
            Label::Day => "Kun",
            Label::ShowDay => "Koʻrsatish",
            Label::Account => "Akkaunt",
            Label::Evidence => "Qayerdan maʼlum",
            Label::Counts => "Hisobga olingan",
            Label::Yes => "ha",
            Label::No => "yoʻq",
            Label::Carried => "eski dasturdan olingan",
            Label::CarriedInstead => "uning oʻrniga eski dasturning oʻsha kungi jami vaqti olingan",
            Label::Folded => "faqat kunning jami vaqti saqlangan",
            Label::DayIsFull => "kunda bundan ortiq joy yoʻq",
            Label::OtherDay => "boshqa kunga hisoblanadi",
            Label::Corrected => "tuzatilgan",
            Label::Added => "tashkilotchi qoʻshgan",
            Label::Removed => "tashkilotchi olib tashlagan",
            Label::NoData => "Hali oʻqish vaqti yoʻq.",
            Label::WhatIsStored => "Nimalar saqlanadi",
            Label::StoredCall => {
                "Guruh qoʻngʻirogʻida kim, qachondan qachongacha boʻlgani — `Telegram` maʼlumoti boʻyicha."
            }
            Label::StoredPeople => "Qoʻngʻiroqda boʻlgan har bir kishining raqami, ismi va foydalanuvchi nomi.",
            Label::NotStored => "Ovoz, video va xabarlar saqlanmaydi.",
            Label::HowTimeCounts => "Vaqt qanday hisoblanadi",
            Label::CountsEvidence => {
                "Qoʻngʻiroq kuzatilgan boʻlsa yoki `Telegram` dagi kirish sanasi kishining qolganini isbotlasa, vaqt hisobga olinadi."
            }
            Label::CountsUnknown => {
                "Hech kim kuzatmagan vaqt nomaʼlum. U nomaʼlum deb koʻrsatiladi va hech qachon nol deb hisoblanmaydi."
            }
            Label::CountsGroupDays => "Kun, hafta va oylar guruhning vaqt mintaqasi boʻyicha.",
            Label::AskOrganiser => {
                "Maʼlumotlaringizni koʻrish, yashirinish yoki unutilish uchun guruh botiga `/export`, `/hide` yoki `/forget` deb yozing \
                 yoki tashkilotchiga murojaat qiling."
            }
            Label::LoginFirst => "Avval kiring",
            Label::NotLoggedIn => "Siz kirmagansiz",
            Label::HowToLogIn => {
                "Bu sahifalarni koʻrish uchun guruh botiga `/web` yuboring yoki tashkilotchidan havola soʻrang."
            }
            Label::ForOrganisers => "Tashkilotchiga havolani shu buyruq beradi:",
            Label::LinkWorksOnce => "Havola bir marta ishlaydi. Shundan keyin brauzer sizni 30 kun eslab qoladi.",
            Label::SeesAs => "Siz sahifalarni shunday koʻrasiz:",
            Label::RoleMember => "guruh aʼzosi sifatida",
            Label::RoleAdmin => "guruh administratori sifatida",
            Label::RoleOwner => "tizim egasi sifatida",
            Label::LoggedIn => "Siz kirgansiz",
            Label::LogOut => "Chiqish",
            Label::ToThePages => "Sahifalarga oʻtish",
            Label::LinkNotValid => "Bu havola yaroqsiz",
            Label::LinkNotValidWhy => "U toʻliq emas yoki undan keyin barcha kirishlar bekor qilingan.",
            Label::LinkTooOld => "Bu havola eskirgan",
            Label::LinkTooOldWhy => "Havola 10 daqiqa ishlaydi.",
            Label::LinkUsed => "Bu havola ishlatilgan",
            Label::LinkUsedWhy => "Havola bir marta va faqat server qayta ishga tushguncha ishlaydi.",
            Label::AskForNewLink => "Yangisini soʻrang.",
            Label::OtherSite => "Bu soʻrov boshqa saytdan keldi",
            Label::OtherSiteText => "Shu serverning sahifasini ochib, undagi tugmani bosing.",
            Label::Busy => "Server band",
            Label::BusyText => "Soʻrovlar juda koʻp. Keyinroq urinib koʻring.",
            Label::PageFailed => "Bu sahifani tayyorlab boʻlmadi",
            Label::PageFailedText => "Sababi server jurnalida. Keyinroq urinib koʻring.",
            Label::Overview => "Umumiy koʻrinish",
            Label::LatestBoards => "Oxirgi reytinglar",
            Label::AllBoards => "Barcha reytinglar",
            Label::Pulse => "Guruh pulsi",
            Label::WeekFrom => "Hafta boshi",
            Label::Number => "Koʻrsatkich",
            Label::Value => "Qiymat",
            Label::Meaning => "Bu nima",
            Label::NotFound => "Sahifa topilmadi",
            Label::NotFoundText => "Bunday sahifa yoʻq yoki uni koʻrish sizga mumkin emas.",
        };
        self.0.fill(text, &[]).into()
    }

    fn scope(&self, scope: Scope) -> Cow<'static, str> {
        let name = match scope {
            Scope::Day => "Kun",
            Scope::Week => "Hafta",
            Scope::Month => "Oy",
            Scope::Year => "Yil",
            Scope::AllTime => "Butun davr",
            Scope::Range => "Kunlar",
        };
        self.0.write(name).into()
    }

    fn short_weekday(&self, date: NaiveDate) -> String {
        self.0.write(WEEKDAYS[date.weekday().num_days_from_monday() as usize])
    }

    fn short_month(&self, date: NaiveDate) -> String {
        self.0.write(MONTHS[date.month0() as usize])
    }

    fn short_date(&self, date: NaiveDate) -> String {
        format!("{}-{}", date.day(), self.short_month(date))
    }

    fn people(&self, number: usize) -> String {
        say!(self, "{} kishi", number)
    }

    fn days(&self, number: u32) -> String {
        say!(self, "{} kun", number)
    }

    fn rows(&self, first: usize, last: usize, of: usize) -> String {
        say!(self, "{} tadan {}–{}", of, first, last)
    }

    fn zone(&self, name: &str) -> String {
        say!(self, "Barcha vaqtlar {} mintaqasi boʻyicha.", name)
    }

    fn as_of(&self, time: &str) -> String {
        say!(self, "{} holati", time)
    }

    fn unwatched(&self, seconds: i64) -> String {
        say!(self, "`swf` {} ishlamagan; u paytda qoʻngʻiroq boʻlgan-boʻlmagani nomaʼlum.", self.duration(seconds))
    }

    fn blind(&self, seconds: i64) -> String {
        say!(
            self,
            "`swf` qoʻngʻiroqni {} koʻra olmagan; `Telegram` isbotlay oladigan vaqt hisobga olingan.",
            self.duration(seconds)
        )
    }

    fn last_seen(&self, time: &str) -> String {
        say!(self, "Guruh oxirgi marta koʻrilgan payt: {}.", time)
    }

    fn not_seen_since(&self, time: &str) -> String {
        say!(self, "`swf` qoʻngʻiroqni {} dan beri koʻrmayapti.", time)
    }

    fn in_the_call(&self, number: usize) -> String {
        say!(self, "Qoʻngʻiroqda {} kishi", number)
    }

    fn days_chart(&self, seconds: i64, active_days: usize) -> String {
        say!(self, "{} kunda {}", active_days, self.duration(seconds))
    }

    fn freezes(&self, number: u32) -> String {
        say!(self, "{} ta muzlatish qoldi", number)
    }

    fn comeback(&self, comeback: &Comeback) -> String {
        let (streak, needed) = (comeback.streak, comeback.active_needed);
        match comeback.days_left {
            1 => say!(self, "ertaga {} faol kun {} kunlik ketma-ketlikni qaytaradi", needed, streak),
            left => {
                say!(self, "keyingi {} kundan {} faol kun {} kunlik ketma-ketlikni qaytaradi", left, needed, streak)
            }
        }
    }

    fn goal(&self, seconds: i64, goal: i64, percent: i64) -> String {
        say!(self, "shu hafta {} dan {} ({}\u{a0}%)", self.duration(goal), self.duration(seconds), percent)
    }

    fn evidence(&self, evidence: Evidence) -> Cow<'static, str> {
        let text = match evidence {
            Evidence::Observed => "koʻrilgan",
            Evidence::Proved => "isbotlangan",
            Evidence::Carried => "oʻtkazilgan",
            Evidence::Unproved => "isbotlanmagan",
            Evidence::Corrected => "tuzatilgan",
        };
        self.0.write(text).into()
    }

    fn blind_reason(&self, reason: BlindReason) -> Cow<'static, str> {
        let text = match reason {
            BlindReason::Offline => "aloqa yoʻq",
            BlindReason::FloodWait => "`Telegram` kutishni soʻradi",
            BlindReason::Clock => "sana notoʻgʻri",
            BlindReason::NotRunning => "ishlamagan",
            BlindReason::Gap => "uzilish",
            BlindReason::ListenersHidden => "tinglovchilar yashirin",
        };
        self.0.fill(text, &[]).into()
    }

    fn unproved(&self, reason: &str) -> String {
        say!(self, "koʻrilmagan ({}), keyin ham qolganini hech narsa koʻrsatmaydi", reason)
    }

    fn proved(&self, reason: &str) -> String {
        say!(self, "koʻrilmagan ({}), lekin keyin ham oʻsha paytdan beri qoʻngʻiroqda", reason)
    }

    fn below_gate(&self, session: i64, gate: i64) -> String {
        say!(self, "butun seans {}, bu {} dan kam", self.duration(session), self.duration(gate))
    }

    fn silent(&self, hours: i64, time: &str) -> String {
        say!(self, "Oʻringa taʼsir qilmaydi: {} soatdan koʻp belgi yoʻq, {}.", hours, time)
    }

    fn overlap(&self, account: &str) -> String {
        say!(self, "oʻsha paytda {} akkaunti bilan qoʻngʻiroqda", account)
    }

    fn gate(&self, gate: i64, grace: i64) -> String {
        say!(
            self,
            "Seans kamida {} boʻlsa hisobga olinadi. {} dan qisqa tanaffus uni tugatmaydi va hisobga olinmaydi.",
            self.duration(gate),
            self.duration(grace)
        )
    }

    fn weeks_counted(&self, weeks: usize, counted: usize) -> String {
        say!(self, "{} hafta, shundan {} tasi hisobga olingan", weeks, counted)
    }

    fn pulse_number(&self, number: Number) -> String {
        let text = match number {
            Number::Regulars => "Doimiylar",
            Number::People => "Kishilar",
            Number::Hours => "Soatlar",
            Number::CameAgain(Member::New) => "Yangilardan yana kelgani",
            Number::CameAgain(Member::Current) => "Hozirgilardan yana kelgani",
            Number::CameAgain(Member::Returned) => "Qaytganlardan yana kelgani",
            Number::Streaks => "Ketma-ketliklar",
            Number::MedianStreak => "Yarmi bundan uzun",
            Number::Reaching(days) => return say!(self, "{} kunlik ketma-ketliklar", days),
            Number::TopTenth => "Birinchi oʻndan bir",
            Number::Night => return night_hours(),
            Number::Hiding => "Yashiringanlar",
            Number::Left => "Ketganlar",
        };
        self.0.write(text)
    }

    fn pulse_meaning(&self, number: Number) -> String {
        let text = match number {
            Number::Regulars => {
                return say!(
                    self,
                    "bir haftada kamida {} faol kuni bor aʼzolar; haftalar boʻyicha oʻrtacha",
                    REGULAR_DAYS
                );
            }
            Number::People => "bir haftada oʻqish vaqti bor aʼzolar; haftalar boʻyicha oʻrtacha",
            Number::Hours => "hammaning bir haftalik oʻqish vaqti; haftalar boʻyicha oʻrtacha",
            Number::CameAgain(Member::New) => "birinchi haftasida boʻlganlardan keyingi haftada ham kelganlar ulushi",
            Number::CameAgain(Member::Current) => {
                "oldingi haftada ham boʻlganlardan keyingi haftada ham kelganlar ulushi"
            }
            Number::CameAgain(Member::Returned) => {
                "bir hafta yoki undan keyin qaytganlardan keyingi haftada ham kelganlar ulushi"
            }
            Number::Streaks => "shu haftalarda boshlangan ketma-ketliklar",
            Number::MedianStreak => "shu ketma-ketliklarning yarmida faol kunlar bundan koʻp",
            Number::Reaching(_) => "shu ketma-ketliklardan shunchaga yetganlar ulushi",
            Number::TopTenth => "vaqti eng koʻp oʻndan bir aʼzoning soatlardagi ulushi",
            Number::Night => "tungi soatlar ulushi",
            Number::Hiding => "hozir yashiringan aʼzolar",
            Number::Left => "shu haftalarda ketgan va qaytmagan kishilar",
        };
        self.0.write(text)
    }

    fn left_out(&self, reason: LeftOut) -> Cow<'static, str> {
        let text = match reason {
            LeftOut::BeforeFirst => "hisobga olinmagan: `swf` guruhni hali kuzatmagan",
            LeftOut::Unwatched => "hisobga olinmagan: `swf` ishlamagan",
            LeftOut::Blind => "hisobga olinmagan: `swf` qoʻngʻiroqni koʻra olmagan",
            LeftOut::Paused => "hisobga olinmagan: tanaffus",
            LeftOut::NotFinal => "hisobga olinmagan: hali oʻzgarishi mumkin",
        };
        self.0.fill(text, &[]).into()
    }

    fn not_shown(&self, sign: &str, people: usize) -> String {
        say!(
            self,
            "{} — koʻrsatilmaydigan son: u {} tadan kam kishi haqida boʻlar edi yoki undan shunday son kelib chiqar edi. \
             Ketganlar va unutilganlar boshqa hech bir songa kirmaydi.",
            sign,
            people
        )
    }
}
