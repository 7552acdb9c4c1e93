use super::{MeetText, MeetWords, NamedSlot};
use crate::domain::meet::Kept;
use crate::domain::words::ru::Ru;

impl MeetWords for Ru {
    fn text(&self, text: MeetText) -> String {
        match text {
            MeetText::Off => "В этой группе нет общих часов.",
            MeetText::HowOut => "Отменить: /out.",
            MeetText::Out => "Отменено. В другой раз!",
            MeetText::NotIn => "Отменять нечего.",
            MeetText::TooLate => "Этот час уже начался. Просто приходите!",
            MeetText::ComingButton => "Приду",
            MeetText::NotComingButton => "Не сегодня",
            MeetText::Coming => "Хорошо. До встречи!",
            MeetText::NotComing => "Хорошо. В другой раз!",
            MeetText::Help => "/in 19:00 — сказать, что придёте в этот час; /out отменяет",
            MeetText::MenuIn => "сказать, что придёте в общий час",
            MeetText::MenuOut => "отменить это",
            MeetText::Privacy => {
                "Если вы говорите командой /in или кнопкой, что придёте, я храню это 60 дней и могу напомнить. Группа видит только, сколько \
                 пришло, но не кто."
            }
        }
        .into()
    }

    fn slot(&self, slot: NamedSlot) -> String {
        let NamedSlot { is_tomorrow, time } = slot;
        format!("{} в {time}", if is_tomorrow { "завтра" } else { "сегодня" })
    }

    fn button(&self, slot: NamedSlot) -> String {
        let NamedSlot { is_tomorrow, time } = slot;
        format!("{} {time}, я буду", if is_tomorrow { "Завтра" } else { "Сегодня" })
    }

    fn invitation(&self, slots: &str, first: &str) -> String {
        format!("📅 Следующие общие часы: {slots}. Придёте? Напишите боту /in {first}")
    }

    fn kept(&self, is_day_before: bool, time: &str, kept: Kept) -> String {
        let day = if is_day_before { "накануне, " } else { "" };
        format!("📅 {day}{time}: из {} пришло {}", kept.of, kept.came)
    }

    fn is_in(&self, slot: &str, people: usize) -> String {
        match people {
            1 => format!("Записано: {slot}. Вы первый участник этого часа."),
            _ => format!("Записано: {slot}, всего {people}."),
        }
    }

    fn reminder(&self, time: &str, minutes: i64) -> String {
        format!("⏰ {time}: начинаем через {minutes} мин. Вы говорили, что придёте.")
    }

    fn own(&self, slots: &str) -> String {
        format!("Записано: {slots}.")
    }

    fn which(&self, slots: &str, first: &str) -> String {
        format!("Общие часы: {slots}. Назовите один из них: /in {first}")
    }
}
