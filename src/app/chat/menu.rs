//! The commands in the bot's menu, by scope and language.

use crate::config::Settings;
use crate::domain::chat::access::{ChatMode, Standing};
use crate::domain::words::Language;
use crate::domain::words::chat::{ChatWords, Listed};
use crate::domain::words::meet::MeetText;
use crate::domain::words::pairs::PairText;
use crate::telegram::chat::requests::{MenuCommand, MenuFor, MenuScope};

/// The languages that have a menu of their own in addition to the groups' language. Telegram's code of Uzbek does not
/// say whether the letters are Latin or Cyrillic.
const LANGUAGES: [(&str, Language); 3] = [("en", Language::En), ("ru", Language::Ru), ("uz", Language::Uz)];

/// The menus that the settings ask for. A scope in which nothing is answered has no commands.
pub fn wanted(settings: &Settings) -> Vec<MenuFor> {
    let of_groups = settings.groups.first().map_or(Language::default(), |group| group.language);
    let uzbek = if of_groups == Language::UzCyrl { Language::UzCyrl } else { Language::Uz };
    let languages = LANGUAGES.map(|(code, language)| (code, if code == "uz" { uzbek } else { language }));
    let mode = settings.groups.iter().map(|group| group.chat).max().unwrap_or_default();
    let has_pairs = settings.groups.iter().any(|group| group.pairs);
    let has_slots = settings.groups.iter().any(|group| !group.slots.is_empty());
    let is_ephemeral = settings.groups.iter().any(|group| group.is_chat_ephemeral);
    let scopes = [
        (MenuScope::Private, ChatMode::Private, Standing::Member),
        (MenuScope::Groups, ChatMode::Group, Standing::Member),
        (MenuScope::GroupAdmins, ChatMode::Group, Standing::Admin),
    ];
    let menu = |(code, language): (&str, Language)| {
        let words = language.chat_words();
        // Only if a group has these parts, and only in scopes in which they are answered.
        let of_parts = |scope| {
            let (meet, pair) = (language.meet_words(), language.pair_words());
            let all = [
                (has_slots, "in", meet.text(MeetText::MenuIn)),
                (has_slots, "out", meet.text(MeetText::MenuOut)),
                (has_pairs, "pair", pair.text(PairText::Menu)),
            ];
            let has = all.into_iter().filter(move |(has, ..)| *has && scope == MenuScope::Private);
            has.map(|(_, name, description)| MenuCommand { name: name.into(), description, ephemeral: false })
        };
        scopes.map(|(scope, least, standing)| MenuFor {
            scope,
            language: code.to_owned(),
            commands: match mode >= least {
                true => commands(words, standing, scope, is_ephemeral).into_iter().chain(of_parts(scope)).collect(),
                false => Vec::new(),
            },
        })
    };
    [("", of_groups)].into_iter().chain(languages).flat_map(menu).collect()
}

fn commands(words: &dyn ChatWords, standing: Standing, scope: MenuScope, is_ephemeral: bool) -> Vec<MenuCommand> {
    let listed = Listed::ALL.into_iter().filter(|command| command.needs() <= standing);
    let command = |command: Listed| MenuCommand {
        name: command.name().into(),
        description: words.does(command),
        ephemeral: is_ephemeral && scope != MenuScope::Private,
    };
    listed.map(command).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::domain::parts::Part;

    fn names(settings: &str, scope: MenuScope) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".env.local"), settings).unwrap();
        let config = Config::load(Some(folder.path().to_owned()), folder.path(), []).unwrap();
        let menus = wanted(&config.settings).into_iter().filter(|menu| menu.scope == scope);
        let names = menus.map(|menu| menu.commands.into_iter().map(|command| command.name).collect::<Vec<_>>());
        let names: Vec<Vec<String>> = names.collect();
        assert!(names.len() == 4 && names.iter().all(|other| *other == names[0]), "the same in every language");
        names.into_iter().next().unwrap_or_default()
    }

    #[test]
    fn members_read_of_a_part_where_the_group_has_it() {
        for (settings, expected) in [
            ("", vec![]),
            ("SWF_SLOTS=19:00\n", vec!["in", "out"]),
            ("SWF_PAIRS=on\n", vec!["pair"]),
            ("SWF_SLOTS=19:00\nSWF_PAIRS=on\n", vec!["in", "out", "pair"]),
            ("SWF_SLOTS=19:00\nSWF_PAIRS=on\nSWF_CHAT=off\n", vec![]),
        ] {
            let of_parts = |scope| {
                let names = names(settings, scope).into_iter();
                names.filter(|name| ["in", "out", "pair"].contains(&&**name)).collect::<Vec<_>>()
            };
            assert_eq!(of_parts(MenuScope::Private), expected, "{settings}");
            assert!(
                of_parts(MenuScope::Groups).is_empty() && of_parts(MenuScope::GroupAdmins).is_empty(),
                "{settings}"
            );
        }
    }

    #[test]
    fn admins_read_of_every_part() {
        let has = |scope| {
            let names = names("", scope);
            Part::ALL.into_iter().filter(|part| names.iter().any(|name| name == part.name())).count()
        };
        assert_eq!([MenuScope::Private, MenuScope::Groups, MenuScope::GroupAdmins].map(has), [0, 0, 4]);
    }
}
