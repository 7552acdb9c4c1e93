//! Uzbek, in both scripts. See [`crate::domain::words::uz`].

use std::fmt::Display as Shown;

use super::{RightsText, RightsWords};
use crate::domain::words::uz::{Uz, places, say};

impl RightsWords for Uz {
    fn text(&self, text: RightsText) -> String {
        match text {
            RightsText::Hidden => say!(
                self,
                "Endi guruh ismingiz oʻrniga “Kimdir” yozuvini koʻradi. Oʻrningiz va vaqtingiz qoladi. Qaytarish: `/show`"
            ),
            RightsText::Shown => say!(self, "Guruh ismingizni yana koʻradi."),
            RightsText::Left => say!(
                self,
                "Shu paytdan boshlab siz haqingizda hech narsa saqlamayman. Avval saqlangani qoladi. Yana hisoblash: \
                 `/return`"
            ),
            RightsText::Returned => say!(self, "Shu paytdan boshlab vaqtingiz yana hisoblanadi."),
            RightsText::Agreed => {
                say!(self, "Rahmat. Shu paytdan boshlab vaqtingiz saqlanadi. Bekor qilish: `/leave`")
            }
            RightsText::NotAgreed => say!(
                self,
                "Siz haqingizda hech narsa saqlamayman: bu guruhda faqat rozi boʻlganlarning vaqti hisoblanadi. Rozi \
                 boʻlsangiz, `/agree` deb yozing"
            ),
            RightsText::HasLeft => {
                say!(self, "Vaqtingiz hisoblanmaydi, siz haqingizda hech narsa saqlamayman. Yana hisoblash: `/return`")
            }
            RightsText::NoPenName => say!(self, "Taxallusingiz yoʻq."),
            RightsText::PenNameHow => say!(
                self,
                "`/name` dan keyin guruh ismingiz oʻrniga koʻradigan nom yoki `off` (taxallussiz) yoziladi. Misol: \
                 `/name Falcon`"
            ),
            RightsText::PenNameLength => {
                say!(self, "Taxallusda 1 tadan 32 tagacha belgi boʻladi. Misol: `/name Falcon`")
            }
            RightsText::PenNameTaken => say!(self, "Guruhda bu nom boshqa birovda bor. Boshqasini tanlang."),
            RightsText::PenNameReserved => say!(self, "Yashiringanlar shunday ataladi. Boshqa nom tanlang."),
            RightsText::PrivacyHide => say!(
                self,
                "`/hide` sizni hamma joyda “Kimdir” deb koʻrsatadi; `/name` esa oʻzingiz tanlagan nom bilan koʻrsatadi."
            ),
            RightsText::PrivacyLeave => {
                say!(self, "`/leave` hammasini toʻxtatadi: shundan keyin siz haqingizda hech narsa saqlamayman.")
            }
            RightsText::PrivacyConsent => say!(
                self,
                "Rozi boʻlmaganlar haqida hech narsa saqlamayman. Rozi boʻlish: `/agree`, bekor qilish: `/leave`."
            ),
            RightsText::PrivacyPagesOfMembers => {
                say!(self, "Reytinglarni guruh aʼzolari veb-sahifalarda ham koʻradi.")
            }
            RightsText::PrivacyPagesOfAll => say!(self, "Reytinglar hamma ocha oladigan veb-sahifalarda ham bor."),
            RightsText::PrivacySigns => say!(
                self,
                "Qoʻngʻiroqda qachon biror narsa qilganingizni saqlayman (mikrofon, qoʻl, kamera, ekran, gap, \
                 tugmalarim): faqat vaqtini, 35 kun, birorta soʻz yoki tasvirsiz. Hali shu yerdamisiz, deb soʻrashim mumkin, va \
                 qachon soʻraganimni saqlayman."
            ),
        }
    }

    fn pen_name(&self, name: &str) -> String {
        say!(self, "Guruh sizni {} deb koʻradi.", name)
    }

    fn uncounted(&self, people: usize) -> String {
        say!(self, "Qoʻngʻiroqda yana {} kishi bor, ular hisoblanmaydi.", people)
    }
}
