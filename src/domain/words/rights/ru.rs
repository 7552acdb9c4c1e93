use super::{RightsText, RightsWords};
use crate::domain::words::ru::Ru;

impl RightsWords for Ru {
    fn text(&self, text: RightsText) -> String {
        match text {
            RightsText::Hidden => {
                "Теперь группа видит «Кто-то» вместо вашего имени. Место и время остаются. Вернуть имя: /show"
            }
            RightsText::Shown => "Группа снова видит ваше имя.",
            RightsText::Left => {
                "С этой минуты я ничего о вас не храню. Что было сохранено раньше, остаётся. Снова считать время: /return"
            }
            RightsText::Returned => "С этой минуты ваше время снова считается.",
            RightsText::Agreed => "Спасибо. С этой минуты ваше время сохраняется. Отменить: /leave",
            RightsText::NotAgreed => {
                "Я ничего о вас не храню: в этой группе считается время только тех, кто дал согласие. Если вы согласны, \
                 напишите /agree"
            }
            RightsText::HasLeft => "Ваше время не считается, и я ничего о вас не храню. Снова считать: /return",
            RightsText::NoPenName => "Псевдонима у вас нет.",
            RightsText::PenNameHow => {
                "После /name пишут, что группа увидит вместо вашего имени, или off (без псевдонима). Пример: /name Falcon"
            }
            RightsText::PenNameLength => "В псевдониме от 1 до 32 знаков. Пример: /name Falcon",
            RightsText::PenNameTaken => "Так уже зовут кого-то в группе. Выберите другое имя.",
            RightsText::PenNameReserved => "Так называют тех, кто скрыт. Выберите другое имя.",
            RightsText::PrivacyHide => {
                "/hide везде показывает «Кто-то» вместо вашего имени; /name показывает имя, которое вы выберете."
            }
            RightsText::PrivacyLeave => "/leave всё прекращает: с этой минуты я ничего о вас не храню.",
            RightsText::PrivacyConsent => {
                "О тех, кто не дал согласия, я ничего не храню. Согласиться: /agree, отменить: /leave."
            }
            RightsText::PrivacyPagesOfMembers => "Рейтинги участники группы видят и на веб-страницах.",
            RightsText::PrivacyPagesOfAll => "Рейтинги есть и на веб-страницах, которые может открыть каждый.",
            RightsText::PrivacySigns => {
                "Я храню, когда вы что-то сделали в звонке (микрофон, рука, камера, экран, речь, мои кнопки): только время, \
                 35 дней, ни слова и ни кадра. Я могу спросить, здесь ли вы ещё, и храню, когда спросил."
            }
        }
        .into()
    }

    fn pen_name(&self, name: &str) -> String {
        format!("Группа видит вас как {name}.")
    }

    fn uncounted(&self, people: usize) -> String {
        format!("Ещё в звонке, но не в счёт: {people}.")
    }
}
