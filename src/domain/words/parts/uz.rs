//! Uzbek, in both scripts: see [`crate::domain::words::uz`].

use std::fmt::Display as Shown;

use super::PartWords;
use crate::domain::accounting::silence::Silence;
use crate::domain::parts::{Part, PartValue};
use crate::domain::words::uz::{Uz, places, say};

impl PartWords for Uz {
    fn name(&self, part: Part) -> String {
        match part {
            Part::Rhythm => say!(self, "Ritm"),
            Part::Slots => say!(self, "Birgalikdagi soatlar"),
            Part::Pairs => say!(self, "Juftliklar"),
            Part::Silence => say!(self, "Jimlik"),
        }
    }

    fn value(&self, value: &PartValue) -> String {
        match value {
            PartValue::Rhythm(Some(rhythm)) => rhythm.to_string(),
            PartValue::Slots(slots) if !slots.is_empty() => slots.list(),
            PartValue::Pairs(true) => say!(self, "yoqilgan"),
            PartValue::Silence(Silence::Limit(seconds)) => say!(self, "{} soat", seconds / 3600),
            PartValue::Silence(Silence::Record) => say!(self, "faqat belgilar"),
            _ => say!(self, "oʻchirilgan"),
        }
    }

    fn about(&self, part: Part) -> String {
        match part {
            Part::Rhythm => say!(
                self,
                "Mashgʻulot va tanaffus daqiqalari guruh soati boʻyicha navbatlashadi. Qoʻngʻiroq nomi hozir nima ekanini va \
                 qachongacha davom etishini koʻrsatadi."
            ),
            Part::Slots => say!(
                self,
                "Guruh birga dars qiladigan soatlar. Kundalik post ostidagi tugma yoki `/in` bilan kelishni aytishadi. \
                 Keyingi post necha kishi kelganini aytadi, kimligini emas."
            ),
            Part::Pairs => say!(
                self,
                "`/pair` bilan ikki kishining umumiy ketma-ket kunlari boʻladi: ikkalasi ham dars qilgan kunlar. Buni \
                 boshqa hech kim koʻrmaydi."
            ),
            Part::Silence => say!(
                self,
                "Qoʻngʻiroqdagi faollik belgilari (mikrofon, qoʻl, kamera, ekran, gap) 35 kun saqlanadi, buni `/privacy` \
                 aytadi. Cheklov bilan jimlikning faqat shuncha soati oʻringa taʼsir qiladi, keyin esa navbatdagi belgidan \
                 boshlab. Vaqt avvalgidek toʻliq hisoblanadi."
            ),
        }
    }

    fn set(&self, value: &PartValue) -> String {
        let (name, shown) = (self.name(value.part()), self.value(value));
        match value {
            PartValue::Silence(Silence::Limit(_)) => say!(
                self,
                "✅ {}: {}. Yangi cheklovni keyingi kundalik post eʼlon qiladi, u ertasi kundan amal qiladi.",
                name,
                shown
            ),
            _ => say!(self, "✅ {}: {}, shu paytdan boshlab.", name, shown),
        }
    }

    fn choose(&self) -> String {
        say!(self, "Tugmalar guruh uchun qoʻshimcha imkoniyatlarni yoqadi va oʻchiradi:")
    }

    fn back(&self) -> String {
        say!(self, "‹ Barcha sozlamalar")
    }

    fn not_stored(&self) -> String {
        say!(self, "Saqlab boʻlmadi, shuning uchun hech narsa oʻzgarmadi. Sababi `swf` jurnalida.")
    }
}
