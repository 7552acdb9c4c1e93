//! Uzbek, in both scripts. See [`crate::domain::words::uz`].

use std::fmt::Display as Shown;

use chrono::{NaiveDate, NaiveTime};

use super::{ChatWords, Gap, Listed, PartNote};
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::streak::Comeback;
use crate::domain::chat::access::Refusal;
use crate::domain::chat::command::Usage;
use crate::domain::parts::Part;
use crate::domain::time::period::Scope;
use crate::domain::words::uz::{Uz, places, say};
use crate::domain::words::{Dates, Words};

impl ChatWords for Uz {
    fn rank(&self, rank: usize) -> String {
        say!(self, "{}-oʻrin", rank)
    }

    fn scope_button(&self, scope: Scope) -> String {
        match scope {
            Scope::Day => say!(self, "Kun"),
            Scope::Week => say!(self, "Hafta"),
            _ => say!(self, "Oy"),
        }
    }

    fn me_button(&self) -> String {
        say!(self, "Vaqtim")
    }

    fn top_button(&self) -> String {
        say!(self, "Reyting")
    }

    fn why_button(&self) -> String {
        say!(self, "Kunim batafsil")
    }

    fn up_to(&self, time: NaiveTime, other_day: Option<NaiveDate>) -> String {
        let day = other_day.map_or(String::new(), |day| format!("{}, ", self.dates(Dates::Day(day))));
        say!(self, "{}{} holatiga koʻra.", day, time.format("%H:%M"))
    }

    fn behind(&self, gap: Gap, rank: usize) -> String {
        match gap {
            Gap::Seconds(seconds) => say!(self, "{}-oʻringacha {}", rank, self.duration(seconds)),
            Gap::Days(days) => say!(self, "{}-oʻringacha {} faol kun", rank, days),
        }
    }

    fn no_time(&self) -> String {
        say!(self, "hozircha yoʻq")
    }

    fn nearby(&self) -> String {
        say!(self, "Shu hafta siz bilan yonma-yon")
    }

    fn in_call(&self) -> String {
        say!(self, "🎧 Siz hozir qoʻngʻiroqdasiz.")
    }

    fn streak_days(&self, days: u32) -> String {
        match days {
            0 => say!(self, "🔥 Hozircha ketma-ket kunlar yoʻq"),
            days => say!(self, "🔥 Ketma-ket {} kun", days),
        }
    }

    fn frozen(&self, days: u32) -> String {
        say!(self, "{} kun kechirilgan", days)
    }

    fn freezes(&self, count: u32) -> String {
        say!(self, "yana {} kun kechiriladi", count)
    }

    fn longest_streak(&self, days: u32) -> String {
        say!(self, "eng uzuni {} kun", days)
    }

    fn at_risk(&self, active: i64) -> String {
        say!(self, "uzilmasligi uchun bugun {} dars qiling", self.duration(active))
    }

    fn comeback(&self, comeback: &Comeback, active: i64) -> String {
        let Comeback { streak, active_needed, days_left } = *comeback;
        say!(
            self,
            "💪 Qolgan {} kun ichida {} kun kamida {} dars qilsangiz, ketma-ket {} kuningiz qaytadi.",
            days_left,
            active_needed,
            self.duration(active),
            streak,
        )
    }

    fn goal(&self, goal: &Progress) -> String {
        let mark = if goal.is_reached() { "✅" } else { "🎯" };
        let (time, of) = (self.duration(goal.seconds), self.duration(goal.goal));
        say!(self, "{} Haftalik maqsad: {} / {} ({} %)", mark, time, of, goal.percent())
    }

    fn never(&self, gate: i64) -> [String; 2] {
        [
            say!(self, "Sizda hali dars vaqti yoʻq. Boshlash hech qachon kech emas!"),
            say!(
                self,
                "Guruhning ovozli qoʻngʻirogʻiga kiring va kamida {} qoling. Shunda reytingda koʻrinasiz, `/me` esa \
                 vaqtingizni koʻrsatadi.",
                self.duration(gate),
            ),
        ]
    }

    fn left_out(&self) -> String {
        say!(self, "Bu akkaunt reytingda yoʻq: u qoʻngʻiroqni faqat kuzatadi.")
    }

    fn in_call_count(&self, count: usize) -> String {
        say!(self, "🎧 hozir qoʻngʻiroqda {} kishi", count)
    }

    fn part(&self, note: PartNote) -> String {
        match note {
            PartNote::Proved => say!(self, "qoʻngʻiroq koʻrinmadi, lekin undan keyin ham shu yerda edingiz"),
            PartNote::Unproved => say!(self, "qoʻngʻiroq koʻrinmadi, qolganingizni hech narsa koʻrsatmaydi"),
            PartNote::TooShort { session, gate } => {
                say!(self, "juda qisqa: hammasi {}, kamida {} kerak", self.duration(session), self.duration(gate))
            }
            PartNote::OtherAccount => say!(self, "bu vaqtda boshqa akkauntingiz bilan kirgan edingiz"),
            PartNote::OtherDay => say!(self, "boshqa kunga kiradi"),
            PartNote::OldTotal => say!(self, "eski dasturning hisobi"),
            PartNote::InOldTotal => say!(self, "eski dasturning hisobiga kirgan"),
            PartNote::Folded => say!(self, "faqat kunning jami vaqti saqlangan"),
            PartNote::Full => say!(self, "bu kunga ortiq sigʻmaydi"),
            PartNote::Added => say!(self, "tashkilotchi qoʻshgan"),
            PartNote::Removed => say!(self, "tashkilotchi olib tashlagan"),
        }
    }

    fn more_parts(&self, count: usize) -> String {
        say!(self, "va yana {} ta", count)
    }

    fn proved(&self, seconds: i64) -> String {
        say!(self, "shundan {} keyin tasdiqlangan", self.duration(seconds))
    }

    fn above_cap(&self, seconds: i64, cap: i64) -> String {
        let (seconds, cap) = (self.duration(seconds), self.duration(cap));
        say!(self, "Kuniga {} dan ortigʻi ({}) hisobda bor, lekin oʻringa taʼsir qilmaydi.", cap, seconds)
    }

    fn silent(&self, hours: i64, times: &str) -> String {
        say!(self, "Oʻringa taʼsir qilmaydi: {} soatdan koʻp belgi yoʻq, {}.", hours, times)
    }

    fn still_here(&self, hours: i64, minutes: i64) -> String {
        say!(
            self,
            "👋 Hali shu yerdamisiz? Qoʻngʻiroqda sizdan belgi yoʻq. {} daqiqadan keyin {} soat \
             boʻladi, va vaqt navbatdagi belgigacha oʻringa taʼsir qilmaydi. U avvalgidek hisoblanadi.",
            minutes,
            hours
        )
    }

    fn still_here_button(&self) -> String {
        say!(self, "Shu yerdaman")
    }

    fn is_still_here(&self) -> String {
        say!(self, "Yaxshi. Vaqt oʻringa taʼsir qilishda davom etadi.")
    }

    fn not_here(&self) -> String {
        say!(self, "Hozir qoʻngʻiroqda emassiz, hisob yurmayapti.")
    }

    fn not_in_call(&self) -> String {
        say!(self, "Oʻsha kuni siz qoʻngʻiroqda koʻrinmadingiz.")
    }

    fn not_begun(&self) -> String {
        say!(self, "Bu kun hali kelmagan.")
    }

    fn goal_set(&self, goal: Option<i64>) -> String {
        match goal {
            Some(goal) => say!(self, "🎯 Maqsadingiz: haftasiga {}. Omad!", self.duration(goal)),
            None => say!(self, "Endi maqsadingiz yoʻq. Vaqtingiz avvalgidek hisoblanadi."),
        }
    }

    fn no_goal(&self) -> String {
        say!(self, "Hafta uchun maqsadingiz hali yoʻq.")
    }

    fn goal_how(&self) -> String {
        say!(self, "Maqsad qoʻyish: `/goal 10h`; bekor qilish: `/goal off`.")
    }

    fn help_title(&self) -> String {
        say!(self, "Nimalar qila olaman:")
    }

    fn help_in_group(&self) -> String {
        say!(self, "`/top` reytingni shu yerda koʻrsatadi. `/me`, `/why` va `/goal` ga shaxsiy chatda javob beraman.")
    }

    fn does(&self, command: Listed) -> String {
        match command {
            Listed::Me => say!(self, "vaqtingiz, oʻrningiz, ketma-ket kunlar va maqsad"),
            Listed::Top => say!(self, "kun, hafta yoki oy reytingi"),
            Listed::Card => say!(self, "reyting rasmda; `/card me`: sizning yilingiz"),
            Listed::Why => say!(self, "kuningizda nima hisoblandi, nima yoʻq"),
            Listed::Goal => say!(self, "hafta uchun maqsadingiz"),
            Listed::Hide => say!(self, "ismingizni guruhdan yashirish"),
            Listed::Leave => say!(self, "siz haqingizda boshqa hech narsa saqlamaslik"),
            Listed::Name => say!(self, "guruh koʻradigan taxallus"),
            Listed::Export => say!(self, "vaqtingiz haqida nima saqlangan"),
            Listed::Forget => say!(self, "sizni unutishimni soʻrash"),
            Listed::Help => say!(self, "nimalar qila olaman"),
            Listed::Privacy => say!(self, "siz haqingizda nima saqlanadi"),
            Listed::Web => say!(self, "sahifalaringizga brauzer uchun havola"),
            Listed::Post => say!(self, "natijalarni hozir joylash"),
            Listed::Preview => say!(self, "keyingi postni koʻrish"),
            Listed::Status => say!(self, "hammasi joyidami"),
            Listed::Audit => say!(self, "hisoblarni tekshirish"),
            Listed::Settings => say!(self, "guruh sozlamalari"),
            Listed::Pause => say!(self, "postlarsiz tanaffus"),
            Listed::Part(Part::Rhythm) => say!(self, "mashgʻulot va tanaffus navbati"),
            Listed::Part(Part::Slots) => say!(self, "guruh birga dars qiladigan soatlar"),
            Listed::Part(Part::Pairs) => say!(self, "ikki kishining umumiy ketma-ket kunlari"),
            Listed::Part(Part::Silence) => say!(self, "faollik belgisisiz necha soat oʻringa taʼsir qiladi"),
            Listed::Who => say!(self, "qoʻngʻiroqda kimlar bor"),
            Listed::Logs => say!(self, "jurnalning oxirgi qatorlari"),
        }
    }

    fn welcome(&self, group: &str) -> String {
        match group {
            "" => say!(self, "Salom! Men dars vaqtingizni hisoblayman."),
            group => say!(self, "Salom! Men {} guruhida dars vaqtini hisoblayman.", group),
        }
    }

    fn welcome_stranger(&self, group: &str) -> String {
        match group {
            "" => say!(self, "Salom! Men guruhda dars vaqtini hisoblayman. Siz hali unda emassiz: avval qoʻshiling."),
            group => {
                let text = say!(self, "Salom! Men {} guruhida dars vaqtini hisoblayman.", group);
                text + &say!(self, " Siz hali unda emassiz: avval qoʻshiling.")
            }
        }
    }

    fn about(&self, gate: i64) -> String {
        say!(
            self,
            "Guruhning ovozli qoʻngʻirogʻidagi vaqt oʻzi hisoblanadi: kamida {} boʻlsa bas. Boshqa hech narsa qilish \
             shart emas.",
            self.duration(gate),
        )
    }

    fn privacy_title(&self) -> String {
        say!(self, "Siz haqingizda nimalarni bilaman")
    }

    fn privacy_stored(&self) -> String {
        say!(
            self,
            "`Telegram` raqamingiz, ismingiz va foydalanuvchi nomingiz, guruhning ovozli qoʻngʻirogʻida boʻlgan \
             vaqtingiz va tanlovlaringiz, masalan maqsadingiz, saqlanadi. U yerda aytganlaringiz va buyruq boʻlmagan \
             xabarlar saqlanmaydi.",
        )
    }

    fn privacy_since(&self, first: NaiveDate) -> String {
        say!(self, "Guruhni {} kunidan beri kuzataman.", self.full_date(first))
    }

    fn privacy_kept(&self, copies: usize) -> String {
        say!(
            self,
            "Vaqtlar tashkilotchi reytingni yuritguncha turadi. Oxirgi {} kunning nusxalari ularni yoʻqolishdan asraydi.",
            copies,
        )
    }

    fn privacy_folded(&self, months: u32) -> String {
        say!(self, "{} oydan eski vaqtlardan faqat har bir kunning jami vaqti qoladi.", months)
    }

    fn privacy_chat(&self, command_seconds: i64, answer_hours: i64) -> String {
        say!(
            self,
            "Buyruqqa {} soniya ichida javob beraman, javobimni esa {} soatdan keyin unutaman.",
            command_seconds,
            answer_hours,
        )
    }

    fn privacy_group(&self, top: usize) -> String {
        say!(
            self,
            "Guruh postlarda har bir reytingning birinchi {} oʻrnini, `/top` bilan esa butun reytingni koʻradi. `/me`, \
             `/why` va maqsadingizni bu yerda faqat siz koʻrasiz; barcha maʼlumot tashkilotchida bor.",
            top,
        )
    }

    fn privacy_streaks(&self, of_all: bool) -> String {
        match of_all {
            true => say!(self, "Postlar kim necha kun ketma-ket dars qilganini ham koʻrsatadi."),
            false => {
                say!(self, "Postlar ketma-ket kunlaringizni faqat tashkilotchidan soʻragan boʻlsangiz koʻrsatadi.")
            }
        }
    }

    fn privacy_website(&self, is_on: bool) -> String {
        match is_on {
            true => say!(self, "Ismlar bilan reyting saytga ham yuboriladi."),
            false => say!(self, "Reyting hech qanday saytga yuborilmaydi."),
        }
    }

    fn privacy_ask(&self) -> String {
        say!(self, "Koʻproq bilmoqchimisiz? Guruh tashkilotchisiga yozing.")
    }

    fn web_link(&self, minutes: i64) -> String {
        say!(
            self,
            "Bu havola sahifalaringizni brauzerda ochadi. U bir marta, {} daqiqa ichida ishlaydi. Uni hech kimga bermang: \
             ochgan odam siz koʻrgan narsani koʻradi.",
            minutes,
        )
    }

    fn no_pages(&self) -> String {
        say!(self, "Bu guruhning brauzer uchun sahifalari yoʻq. Mendan shu yerda soʻrang: `/me`, `/top`")
    }

    fn misread(&self, usage: Usage) -> String {
        match usage {
            Usage::Top => {
                say!(
                    self,
                    "`/top` dan keyin `day` (kun), `week` (hafta) yoki `month` (oy) yoziladi. Misol: `/top week`"
                )
            }
            Usage::Card => say!(
                self,
                "`/card` dan keyin `day` (kun), `week` (hafta), `month` (oy) yoki `me` (siz) yoziladi. Misol: `/card week`"
            ),
            Usage::Why => say!(
                self,
                "`/why` dan keyin sana, `today` (bugun) yoki `yesterday` (kecha) yoziladi. Misol: `/why 2026-11-22`"
            ),
            Usage::Goal => say!(
                self,
                "`/goal` dan keyin haftasiga soat va daqiqa (`168h` gacha) yoki `off` (maqsadsiz) yoziladi. Misol: \
                 `/goal 7h30m`"
            ),
            Usage::Part(Part::Rhythm) => say!(
                self,
                "`/rhythm` dan keyin mashgʻulot (5 dan 120 gacha) va tanaffus (1 dan 60 gacha) daqiqalari yoki `off` \
                 (oʻchirish) yoziladi. Misol: `/rhythm 50/10`"
            ),
            Usage::Pause => say!(
                self,
                "`/pause` dan keyin postsiz oxirgi kun yoki `off` (tugatish) yoziladi. Misol: `/pause 2026-12-31`"
            ),
            Usage::Part(Part::Slots) => say!(
                self,
                "`/slots` dan keyin 6 tagacha vaqt (orasi kamida 15 daqiqa) yoki `off` yoziladi. Misol: `/slots 19:00 21:00`"
            ),
            Usage::Part(Part::Pairs) => {
                say!(self, "`/pairs` dan keyin `on` yoki `off` yoziladi. Misol: `/pairs on`")
            }
            Usage::Part(Part::Silence) => say!(
                self,
                "`/silence` dan keyin `1h` dan `6h` gacha soat, `record` yoki `off` yoziladi. Misol: `/silence 3h`"
            ),
            Usage::Logs => say!(self, "`/logs` dan keyin qatorlar soni yoziladi. Misol: `/logs 50`"),
        }
    }

    fn unknown_command(&self) -> String {
        say!(self, "Bunday buyruqni bilmayman. Hammasini `/help` koʻrsatadi.")
    }

    fn refusal(&self, refusal: Refusal) -> String {
        match refusal {
            Refusal::NotAMember => say!(self, "Bu guruh aʼzolari uchun. Avval guruhga qoʻshiling."),
            Refusal::NotAnAdmin => say!(self, "Bu guruh administratorlari uchun."),
            Refusal::NotTheOwner => say!(self, "Bu tashkilotchi uchun."),
            Refusal::NotAsAPerson => {
                say!(self, "Bunga faqat odamlarga javob beraman. Shaxsiy chatda oʻz nomingizdan yozing.")
            }
            Refusal::NotTheAsker => say!(self, "Buni faqat soʻragan odam bosa oladi."),
        }
    }

    fn hint(&self) -> String {
        say!(self, "Javobni shaxsiy chatda beraman 👇")
    }

    fn hint_button(&self) -> String {
        say!(self, "Shaxsiy chatni ochish")
    }

    fn choose_group(&self) -> String {
        say!(self, "Qaysi guruh haqida?")
    }

    fn group_not_found(&self) -> String {
        say!(self, "Men bu guruhni endi kuzatmayman.")
    }

    fn too_old(&self) -> String {
        say!(self, "Bu tugma eskirgan. Buyruqni qaytadan yuboring.")
    }
}
