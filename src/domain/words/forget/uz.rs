//! Uzbek, in both scripts. See [`crate::domain::words::uz`].

use std::fmt::Display as Shown;

use super::{ForgetText, ForgetWords};
use crate::domain::words::uz::{Uz, places, say};

impl ForgetWords for Uz {
    fn text(&self, text: ForgetText) -> String {
        match text {
            ForgetText::Question => say!(
                self,
                "Men sizni unutishim mumkin: vaqt hisoblanadigan hamma guruhlarda ismingiz, maqsadingiz va hisobingiz men \
                 saqlaydigan hamma narsadan oʻchadi. Soatlaringiz “Kimdir” nomi bilan qoladi. 7 kun ichida fikringizni \
                 oʻzgartirishingiz mumkin. Rozi boʻlsangiz, `/forget yes` deb yozing"
            ),
            ForgetText::TakenBack => say!(self, "Yaxshi, sizni unutmayman."),
            ForgetText::NotAnnounced => {
                say!(self, "Bekor qiladigan narsa yoʻq. Qanday unutishimni `/forget` tushuntiradi.")
            }
            ForgetText::CountedAgain => {
                say!(self, "Shu paytdan boshlab vaqtingiz yana hisoblanadi. Unutilgani qaytmaydi.")
            }
            ForgetText::Watches => say!(self, "Bu hisob qoʻngʻiroqni kuzatadi, shuning uchun uni unuta olmayman."),
            ForgetText::NothingStored => say!(self, "Siz haqingizda hech narsa saqlamayman."),
            ForgetText::FoldedDays => say!(self, "Avvalgi kunlardan faqat jami vaqt saqlangan:"),
            ForgetText::AllData => say!(self, "Hamma maʼlumotni fayl qilib tashkilotchidan olishingiz mumkin."),
            ForgetText::Privacy => {
                say!(
                    self,
                    "`/export` vaqtingiz haqida nima saqlanishini koʻrsatadi; `/forget` desangiz, sizni unutaman."
                )
            }
        }
    }

    fn announced(&self, date: &str) -> String {
        say!(self, "Sizni {} kuni unutaman. Shu kungacha bekor qilish: `/restore`", date)
    }

    fn stays(&self, stays: usize) -> String {
        say!(self, "Qoʻngʻiroqda {} marta boʻlgansiz. Oxirgilari, dan va gacha:", stays)
    }
}
