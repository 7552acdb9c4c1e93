use super::{PairText, PairWords};
use crate::domain::words::ru::{Ru, plural};

impl PairWords for Ru {
    fn text(&self, text: PairText) -> String {
        match text {
            PairText::Off => "В этой группе нет пар.",
            PairText::NotFound => {
                "Я не знаю здесь никого с таким именем, кого можно спросить. Кто скрыл имя или вышел, того спросить нельзя."
            }
            PairText::Several => "Это имя подходит нескольким людям. Напишите @username или имя целиком.",
            PairText::Oneself => "Это вы. Для пары нужны двое!",
            PairText::YouHide => "Ваше имя скрыто, и никто не увидит, кто спрашивает. /show снова показывает имя.",
            PairText::Full => "У одного из вас нет места для ещё одной пары. Их не больше пяти.",
            PairText::NoPair => "У вас нет пары.",
            PairText::How => "/pair @name — предложить кому-нибудь.",
            PairText::HowEnd => "/unpair @name завершает пару.",
            PairText::Ended => "Завершено. Никто об этом не узнает.",
            PairText::NotPaired => "У вас нет пары с таким именем.",
            PairText::WhichOne => "У вас несколько пар. Скажите, какую завершить: /unpair @name",
            PairText::Gone => "Этот вопрос уже закрыт. /pair спрашивает заново.",
            PairText::Declined => "Хорошо. Никто об этом не узнает.",
            PairText::AcceptButton => "Да, вместе",
            PairText::DeclineButton => "Нет, спасибо",
            PairText::Help => "/pair @name — общая серия с кем-нибудь; /unpair завершает её",
            PairText::Menu => "Общая серия с кем-нибудь",
            PairText::Privacy => {
                "Если вы спрашиваете кого-то командой /pair, я храню это и согласие. Общую серию видите только вы двое, и \
                 больше друг о друге вы ничего не узнаёте. Вопрос закрывается через 7 дней; /unpair, /hide и /leave \
                 завершают пару."
            }
        }
        .into()
    }

    fn asked(&self, name: &str) -> String {
        format!("Вопрос отправлен: {name}. Он закроется через 7 дней.")
    }

    fn waits(&self, name: &str) -> String {
        format!("{name}: ответа пока нет.")
    }

    fn already(&self, name: &str) -> String {
        format!("Вы и {name} — уже пара.")
    }

    fn not_open(&self, name: &str) -> String {
        format!("Я пока не могу написать: {name}. Сначала нужно открыть личный чат со мной.")
    }

    fn question(&self, name: &str) -> String {
        format!(
            "🤝 {name} предлагает вам общую серию: дни, когда занимаетесь вы оба. Её увидите только вы двое, и больше друг \
             о друге вы ничего не узнаете. Вопрос закроется через 7 дней."
        )
    }

    fn accepted(&self, name: &str) -> String {
        format!("🤝 У вас и {name} с сегодняшнего дня общая серия. /pair показывает её, /unpair завершает.")
    }

    fn was_accepted(&self, name: &str) -> String {
        format!("🤝 {name}: согласие получено, с сегодняшнего дня у вас общая серия. /pair показывает её.")
    }

    fn shared(&self, name: &str, days: u32) -> String {
        format!("🤝 {name}: {days} {} вместе", plural(days as usize, "день", "дня", "дней"))
    }
}
