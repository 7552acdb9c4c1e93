use super::PartWords;
use crate::domain::accounting::silence::Silence;
use crate::domain::parts::{Part, PartValue};
use crate::domain::words::ru::Ru;

impl PartWords for Ru {
    fn name(&self, part: Part) -> String {
        match part {
            Part::Rhythm => "Ритм",
            Part::Slots => "Общие часы",
            Part::Pairs => "Пары",
            Part::Silence => "Тишина",
        }
        .into()
    }

    fn value(&self, value: &PartValue) -> String {
        match value {
            PartValue::Rhythm(Some(rhythm)) => rhythm.to_string(),
            PartValue::Slots(slots) if !slots.is_empty() => slots.list(),
            PartValue::Pairs(true) => "вкл".into(),
            PartValue::Silence(Silence::Limit(seconds)) => format!("{} ч", seconds / 3600),
            PartValue::Silence(Silence::Record) => "только признаки".into(),
            _ => "выкл".into(),
        }
    }

    fn about(&self, part: Part) -> String {
        match part {
            Part::Rhythm => {
                "Минуты занятий и перерыва по очереди, по часам группы. Название звонка показывает, что сейчас и до какого \
                 времени."
            }
            Part::Slots => {
                "Часы, в которые группа занимается вместе. Кнопкой под ежедневным постом или командой /in говорят, что \
                 придут. Следующий пост скажет, сколько пришло, но не кто."
            }
            Part::Pairs => "С /pair у двоих есть общая серия: дни, когда занимались оба. Больше её никто не видит.",
            Part::Silence => {
                "Признаки жизни в звонке (микрофон, рука, камера, экран, речь) хранятся 35 дней, об этом говорит /privacy. \
                 С ограничением на место влияет только столько часов тишины, а дальше — снова со следующего признака. Всё \
                 время по-прежнему считается."
            }
        }
        .into()
    }

    fn set(&self, value: &PartValue) -> String {
        let set = format!("✅ {}: {}", self.name(value.part()), self.value(value));
        match value {
            PartValue::Silence(Silence::Limit(_)) => {
                format!(
                    "{set}. О новом ограничении объявит следующий ежедневный пост, и действовать оно начнёт на следующий \
                     день."
                )
            }
            _ => format!("{set}, с этого момента."),
        }
    }

    fn choose(&self) -> String {
        "Кнопки включают и выключают дополнительное для группы:".into()
    }

    fn back(&self) -> String {
        "‹ Все настройки".into()
    }

    fn not_stored(&self) -> String {
        "Сохранить не удалось, поэтому ничего не изменилось. Причина — в журнале swf.".into()
    }
}
