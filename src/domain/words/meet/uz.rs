//! Uzbek, in both scripts. See [`crate::domain::words::uz`].

use std::fmt::Display as Shown;

use super::{MeetText, MeetWords, NamedSlot};
use crate::domain::meet::Kept;
use crate::domain::words::uz::{Uz, places, say};

impl MeetWords for Uz {
    fn text(&self, text: MeetText) -> String {
        match text {
            MeetText::Off => say!(self, "Bu guruhda birgalikdagi dars soatlari yoʻq."),
            MeetText::HowOut => say!(self, "Bekor qilish: `/out`."),
            MeetText::Out => say!(self, "Bekor qilindi. Boshqa safar!"),
            MeetText::NotIn => say!(self, "Bekor qiladigan narsa yoʻq."),
            MeetText::TooLate => say!(self, "Bu soat boshlanib boʻldi. Kelavering!"),
            MeetText::ComingButton => say!(self, "Kelaman"),
            MeetText::NotComingButton => say!(self, "Bugun emas"),
            MeetText::Coming => say!(self, "Yaxshi. Koʻrishguncha!"),
            MeetText::NotComing => say!(self, "Mayli. Boshqa safar!"),
            MeetText::Help => say!(self, "`/in 19:00` — shu soatda kelishingizni aytadi; `/out` bekor qiladi"),
            MeetText::MenuIn => say!(self, "birgalikdagi soatga kelishingizni aytish"),
            MeetText::MenuOut => say!(self, "buni bekor qilish"),
            MeetText::Privacy => say!(
                self,
                "`/in` yoki tugma bilan kelishingizni aytsangiz, buni 60 kun saqlayman va eslatishim mumkin. Guruh faqat necha kishi kelganini \
                 koʻradi, kimligini koʻrmaydi."
            ),
        }
    }

    fn slot(&self, slot: NamedSlot) -> String {
        let NamedSlot { is_tomorrow, time } = slot;
        match is_tomorrow {
            true => say!(self, "ertaga soat {}", time),
            false => say!(self, "bugun soat {}", time),
        }
    }

    fn button(&self, slot: NamedSlot) -> String {
        let NamedSlot { is_tomorrow, time } = slot;
        match is_tomorrow {
            true => say!(self, "Ertaga {}, kelaman", time),
            false => say!(self, "Bugun {}, kelaman", time),
        }
    }

    fn invitation(&self, slots: &str, first: &str) -> String {
        say!(self, "📅 Keyingi birgalikdagi soatlar: {}. Kelasizmi? Botga `/in `{} deb yozing", slots, first)
    }

    fn kept(&self, is_day_before: bool, time: &str, kept: Kept) -> String {
        let Kept { came, of } = kept;
        match is_day_before {
            true => say!(self, "📅 bir kun oldin, {}: {} kishidan {} tasi keldi", time, of, came),
            false => say!(self, "📅 {}: {} kishidan {} tasi keldi", time, of, came),
        }
    }

    fn is_in(&self, slot: &str, people: usize) -> String {
        match people {
            1 => say!(self, "Yozildingiz: {}. Siz birinchisiz.", slot),
            _ => say!(self, "Yozildingiz: {}, jami {} kishi.", slot, people),
        }
    }

    fn reminder(&self, time: &str, minutes: i64) -> String {
        say!(self, "⏰ {}: {} daqiqadan keyin boshlaymiz. Kelishingizni aytgan edingiz.", time, minutes)
    }

    fn own(&self, slots: &str) -> String {
        say!(self, "Yozilgansiz: {}.", slots)
    }

    fn which(&self, slots: &str, first: &str) -> String {
        say!(self, "Birgalikdagi soatlar: {}. Bittasini ayting: `/in `{}", slots, first)
    }
}
