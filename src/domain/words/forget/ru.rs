use super::{ForgetText, ForgetWords};
use crate::domain::words::ru::Ru;

impl ForgetWords for Ru {
    fn text(&self, text: ForgetText) -> String {
        match text {
            ForgetText::Question => {
                "Я могу вас забыть: ваше имя, цель и аккаунт исчезнут из всего, что я храню, во всех группах, где я считаю \
                 время. Ваши часы останутся под именем «Кто-то». Передумать можно в течение 7 дней. Если вы этого хотите, \
                 напишите /forget yes"
            }
            ForgetText::TakenBack => "Хорошо, я вас не забуду.",
            ForgetText::NotAnnounced => "Отменять нечего. Как я забываю, объясняет /forget",
            ForgetText::CountedAgain => "С этой минуты ваше время снова считается. Забытое не вернётся.",
            ForgetText::Watches => "Этот аккаунт следит за звонком, поэтому забыть его нельзя.",
            ForgetText::NothingStored => "Я ничего о вас не храню.",
            ForgetText::FoldedDays => "От прежних дней хранится только сумма:",
            ForgetText::AllData => "Все данные файлами можно получить у организатора.",
            ForgetText::Privacy => "/export показывает, что я храню о вашем времени; по /forget я вас забуду.",
        }
        .into()
    }

    fn announced(&self, date: &str) -> String {
        format!("Я забуду вас {date}. До этого дня отменить: /restore")
    }

    fn stays(&self, stays: usize) -> String {
        format!("Сколько раз вы были в звонке: {stays}. Последние, с и до:")
    }
}
