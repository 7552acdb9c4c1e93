//! What the bot's menu offers, by place and language.

use crate::config::Settings;
use crate::domain::chat::access::{ChatMode, Standing};
use crate::domain::words::Language;
use crate::domain::words::chat::{ChatWords, Listed};
use crate::domain::words::pairs::PairText;
use crate::telegram::chat::requests::{MenuCommand, MenuFor, MenuScope};

/// The languages that have a menu of their own beside the groups' language. Telegram's code of Uzbek says nothing of the
/// letters.
const LANGUAGES: [(&str, Language); 3] = [("en", Language::En), ("ru", Language::Ru), ("uz", Language::Uz)];

/// The menus that the settings ask for. A scope in which nothing is answered has no commands.
pub fn wanted(settings: &Settings) -> Vec<MenuFor> {
    let of_groups = settings.groups.first().map_or(Language::default(), |group| group.language);
    let uzbek = if of_groups == Language::UzCyrl { Language::UzCyrl } else { Language::Uz };
    let languages = LANGUAGES.map(|(code, language)| (code, if code == "uz" { uzbek } else { language }));
    let mode = settings.groups.iter().map(|group| group.chat).max().unwrap_or_default();
    let has_pairs = settings.groups.iter().any(|group| group.pairs);
    let is_ephemeral = settings.groups.iter().any(|group| group.is_chat_ephemeral);
    let scopes = [
        (MenuScope::Private, ChatMode::Private, Standing::Member),
        (MenuScope::Groups, ChatMode::Group, Standing::Member),
        (MenuScope::GroupAdmins, ChatMode::Group, Standing::Admin),
    ];
    let menu = |(code, language): (&str, Language)| {
        let words = language.chat_words();
        let pair = |scope| {
            let description = language.pair_words().text(PairText::Menu);
            let pair = MenuCommand { name: "pair".into(), description, ephemeral: false };
            (has_pairs && scope == MenuScope::Private).then_some(pair)
        };
        scopes.map(|(scope, least, standing)| MenuFor {
            scope,
            language: code.to_owned(),
            commands: match mode >= least {
                true => commands(words, standing, scope, is_ephemeral).into_iter().chain(pair(scope)).collect(),
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
