//! Uzbek, in both scripts. See [`crate::domain::words::uz`].

use std::fmt::Display as Shown;

use super::{PairText, PairWords};
use crate::domain::words::uz::{Uz, places, say};

impl PairWords for Uz {
    fn text(&self, text: PairText) -> String {
        match text {
            PairText::Off => say!(self, "Bu guruhda juftliklar yoʻq."),
            PairText::NotFound => say!(
                self,
                "Bu yerda shu ismli, soʻrash mumkin boʻlgan odamni bilmayman. Ismini yashirgan yoki chiqib ketgan odamni soʻrab \
                 boʻlmaydi."
            ),
            PairText::Several => {
                say!(self, "Bu ism bir necha kishiga mos keladi. `@username` yoki toʻliq ismni yozing.")
            }
            PairText::Oneself => say!(self, "Bu oʻzingiz. Juftlik uchun ikki kishi kerak!"),
            PairText::YouHide => {
                say!(
                    self,
                    "Ismingiz yashirin, shuning uchun kim soʻraganini hech kim koʻra olmaydi. `/show` ismni yana koʻrsatadi."
                )
            }
            PairText::Full => {
                say!(self, "Ikkingizdan biringizda yana bir juftlikka joy yoʻq. Koʻpi bilan beshta boʻladi.")
            }
            PairText::NoPair => say!(self, "Juftligingiz yoʻq."),
            PairText::How => say!(self, "`/pair @name` — kimnidir taklif qiladi."),
            PairText::HowEnd => say!(self, "`/unpair @name` juftlikni tugatadi."),
            PairText::Ended => say!(self, "Tugatildi. Bu hech kimga aytilmaydi."),
            PairText::NotPaired => say!(self, "Bunday ismli odam bilan juftligingiz yoʻq."),
            PairText::WhichOne => {
                say!(self, "Juftliklaringiz bir nechta. Qaysi biri tugashini ayting: `/unpair @name`")
            }
            PairText::Gone => say!(self, "Bu savol yopilgan. `/pair` qaytadan soʻraydi."),
            PairText::Declined => say!(self, "Mayli. Bu hech kimga aytilmaydi."),
            PairText::AcceptButton => say!(self, "Ha, birga"),
            PairText::DeclineButton => say!(self, "Yoʻq, rahmat"),
            PairText::Help => say!(self, "`/pair @name` — kimdir bilan umumiy ketma-ket kunlar; `/unpair` tugatadi"),
            PairText::Menu => say!(self, "Kimdir bilan umumiy ketma-ket kunlar"),
            PairText::Privacy => say!(
                self,
                "`/pair` bilan kimnidir soʻrasangiz, buni va rozilikni saqlayman. Umumiy ketma-ket kunlarni faqat ikkingiz \
                 koʻrasiz, bir-biringiz haqingizda boshqa hech narsa bilmaysiz. Savol 7 kundan keyin yopiladi; `/unpair`, `/hide` va \
                 `/leave` juftlikni tugatadi."
            ),
        }
    }

    fn asked(&self, name: &str) -> String {
        say!(self, "Savol yuborildi: {}. U 7 kundan keyin yopiladi.", name)
    }

    fn waits(&self, name: &str) -> String {
        say!(self, "{}: hali javob yoʻq.", name)
    }

    fn already(&self, name: &str) -> String {
        say!(self, "Siz va {} allaqachon juftliksiz.", name)
    }

    fn not_open(&self, name: &str) -> String {
        say!(self, "Hozircha yoza olmayman: {}. Avval men bilan shaxsiy chatni ochishi kerak.", name)
    }

    fn question(&self, name: &str) -> String {
        say!(
            self,
            "🤝 {} sizga umumiy ketma-ket kunlarni taklif qiladi: ikkingiz ham dars qilgan kunlar. Ularni faqat ikkingiz \
             koʻrasiz, bir-biringiz haqingizda boshqa hech narsa bilmaysiz. Savol 7 kundan keyin yopiladi.",
            name
        )
    }

    fn accepted(&self, name: &str) -> String {
        say!(self, "🤝 Bugundan siz va {} uchun ketma-ket kunlar umumiy. `/pair` koʻrsatadi, `/unpair` tugatadi.", name)
    }

    fn was_accepted(&self, name: &str) -> String {
        say!(self, "🤝 {} rozi boʻldi: bugundan ketma-ket kunlaringiz umumiy. `/pair` koʻrsatadi.", name)
    }

    fn shared(&self, name: &str, days: u32) -> String {
        say!(self, "🤝 {}: birga {} kun", name, days)
    }
}
