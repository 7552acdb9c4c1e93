//! Who may use which command, and where the answer goes.

use super::command::{CardRequest, Command};
use super::{Author, Chat};

/// The role of a person in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The person is not in the group, and never was in its calls.
    Stranger,
    Member,
    Admin,
    /// The organiser: `ADMIN_CHAT_ID`.
    Owner,
}

/// Where swf answers (`SWF_CHAT`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChatMode {
    /// Nowhere.
    Off,
    /// In private chats only.
    Private,
    /// In the group, too.
    #[default]
    Group,
}

/// What happens with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// It is answered in the chat where it was written.
    Here,
    /// It is answered in private; the group gets a hint at most.
    Private,
    /// It is refused in the chat where it was written.
    Refused(Refusal),
    /// Nobody answers.
    Ignored,
}

/// Why a command is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The person is not in the group.
    NotAMember,
    NotAnAdmin,
    NotTheOwner,
    /// An anonymous admin, or a channel, has no private chat.
    NotAsAPerson,
    /// Another person has asked for the action that the button confirms.
    NotTheAsker,
}

impl Command {
    /// The lowest standing that may use the command.
    pub fn needs(&self) -> Standing {
        match self {
            Command::Help | Command::Start(_) | Command::Privacy | Command::Unknown | Command::Misread(_) => {
                Standing::Stranger
            }
            Command::Me
            | Command::Top(_)
            | Command::Card(_)
            | Command::Why(_)
            | Command::Goal(_)
            | Command::Hide
            | Command::Show
            | Command::Leave
            | Command::Return
            | Command::Agree
            | Command::Web
            | Command::Forget(_)
            | Command::Restore
            | Command::Export
            | Command::In(_)
            | Command::Out(_)
            | Command::Pair(_)
            | Command::Unpair(_)
            | Command::Name(_) => Standing::Member,
            Command::Post
            | Command::Preview
            | Command::Status
            | Command::Audit
            | Command::Settings
            | Command::Pause(_)
            | Command::Part(..)
            | Command::Who => Standing::Admin,
            Command::Logs(_) | Command::Old(_) => Standing::Owner,
        }
    }

    /// Whether the group must not read the answer.
    fn is_private(&self) -> bool {
        use super::command::OldCommand::{AuditFull, AuditQuick, LogsTail};
        match self {
            Command::Me
            | Command::Card(CardRequest::Me)
            | Command::Why(_)
            | Command::Goal(_)
            | Command::Web
            | Command::Hide
            | Command::Show
            | Command::Leave
            | Command::Return
            | Command::Agree
            | Command::Forget(_)
            | Command::Restore
            | Command::Export
            | Command::In(_)
            | Command::Out(_)
            | Command::Pair(_)
            | Command::Unpair(_)
            | Command::Name(_)
            | Command::Audit
            | Command::Logs(_)
            | Command::Settings
            | Command::Old(AuditQuick | AuditFull | LogsTail(_)) => true,
            Command::Top(_)
            | Command::Card(CardRequest::Board(_))
            | Command::Help
            | Command::Start(_)
            | Command::Privacy
            | Command::Post
            | Command::Preview
            | Command::Status
            | Command::Pause(_)
            | Command::Part(..)
            | Command::Who
            | Command::Old(_)
            | Command::Misread(_)
            | Command::Unknown => false,
        }
    }

    /// Whether the answer depends on the asker's standing, so that it must be looked up.
    pub fn depends_on_standing(&self) -> bool {
        self.needs() > Standing::Stranger || matches!(self, Command::Start(_) | Command::Help)
    }
}

/// Decides what happens with a command.
pub fn route(command: &Command, author: Author, standing: Standing, chat: Chat, mode: ChatMode) -> Route {
    if mode == ChatMode::Off || (mode == ChatMode::Private && !chat.is_private()) {
        return Route::Ignored;
    }
    // The old tracker ignored these commands unless the owner sent them.
    if matches!(command, Command::Old(_)) && standing < Standing::Owner {
        return Route::Ignored;
    }
    // In a group, such a command may be meant for another bot, and an answer would disturb the group.
    if !chat.is_private() && matches!(command, Command::Unknown | Command::Start(_)) {
        return Route::Ignored;
    }
    if standing < command.needs() {
        return match (command.needs(), author) {
            // Any person may be behind a channel.
            (Standing::Member, Author::Channel(_)) => Route::Refused(Refusal::NotAsAPerson),
            (Standing::Member, _) => Route::Refused(Refusal::NotAMember),
            (Standing::Admin, _) => Route::Refused(Refusal::NotAnAdmin),
            _ => Route::Refused(Refusal::NotTheOwner),
        };
    }
    match (command.is_private(), chat.is_private(), author.person()) {
        (true, false, Some(_)) => Route::Private,
        (true, false, None) => Route::Refused(Refusal::NotAsAPerson),
        _ => Route::Here,
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::{OldCommand, PauseRequest, SlotRequest};
    use super::*;
    use crate::domain::PeerId;
    use crate::domain::parts::Part;
    use crate::domain::time::asked::AskedDate;
    use crate::domain::time::period::Scope;

    const PRIVATE: Chat = Chat::Private(PeerId(7));
    const GROUP: Chat = Chat::Group { group: PeerId(-1001), topic: None };
    const ADA: Author = Author::Person(PeerId(7));

    fn all() -> Vec<Command> {
        vec![
            Command::Me,
            Command::Top(Scope::Day),
            Command::Card(CardRequest::Board(Scope::Week)),
            Command::Card(CardRequest::Me),
            Command::Why(AskedDate::Yesterday),
            Command::Goal(None),
            Command::Hide,
            Command::Show,
            Command::Leave,
            Command::Return,
            Command::Agree,
            Command::Forget(true),
            Command::Restore,
            Command::Export,
            Command::In(SlotRequest::Any),
            Command::Out(SlotRequest::Any),
            Command::Pair(None),
            Command::Unpair(None),
            Command::Name(None),
            Command::Help,
            Command::Start(None),
            Command::Privacy,
            Command::Web,
            Command::Post,
            Command::Preview,
            Command::Status,
            Command::Audit,
            Command::Settings,
            Command::Pause(PauseRequest::End),
            Command::Part(Part::Rhythm, None),
            Command::Part(Part::Slots, None),
            Command::Part(Part::Pairs, None),
            Command::Part(Part::Silence, None),
            Command::Who,
            Command::Logs(50),
            Command::Old(OldCommand::PostNow),
            Command::Old(OldCommand::AuditFull),
            Command::Old(OldCommand::LogsTail(5)),
        ]
    }

    #[test]
    fn private_numbers_are_never_answered_in_the_group() {
        let slots = [Command::In(SlotRequest::Any), Command::Out(SlotRequest::Any)];
        let pairs = [Command::Pair(None), Command::Unpair(None)];
        let rights = [Command::Hide, Command::Agree, Command::Forget(true), Command::Restore, Command::Export];
        let private = [
            Command::Me,
            Command::Card(CardRequest::Me),
            Command::Why(AskedDate::Yesterday),
            Command::Goal(None),
            Command::Web,
        ]
        .into_iter()
        .chain(rights)
        .chain(slots)
        .chain(pairs);
        for command in private {
            for standing in [Standing::Stranger, Standing::Member, Standing::Admin, Standing::Owner] {
                for author in [ADA, Author::AnonymousAdmin, Author::Channel(PeerId(-1002))] {
                    let route = route(&command, author, standing, GROUP, ChatMode::Group);
                    assert!(matches!(route, Route::Private | Route::Refused(_)), "{command:?} {route:?}");
                }
            }
        }
        for command in [Command::Audit, Command::Logs(5), Command::Old(OldCommand::LogsTail(5))] {
            assert_eq!(route(&command, ADA, Standing::Owner, GROUP, ChatMode::Group), Route::Private, "{command:?}");
            assert_eq!(route(&command, ADA, Standing::Owner, PRIVATE, ChatMode::Group), Route::Here, "{command:?}");
        }
    }

    #[test]
    fn each_command_needs_its_standing() {
        let answered = |standing| {
            let is_answered = |command: &Command| {
                matches!(route(command, ADA, standing, PRIVATE, ChatMode::Group), Route::Here | Route::Private)
            };
            all().iter().filter(|command| is_answered(command)).count()
        };
        // Strangers have 3 commands: /help, /start and /privacy. Members have 20 more, admins 11 more, and the owner
        // all.
        let counts = [Standing::Stranger, Standing::Member, Standing::Admin, Standing::Owner].map(answered);
        assert_eq!(counts, [3, 23, 34, all().len()]);
    }

    #[test]
    fn who_may_not_ask_is_told_or_ignored() {
        let to = |command, author, standing, chat| route(&command, author, standing, chat, ChatMode::Group);
        let channel = Author::Channel(PeerId(-1002));
        assert_eq!(to(Command::Me, ADA, Standing::Stranger, PRIVATE), Route::Refused(Refusal::NotAMember));
        assert_eq!(to(Command::Post, ADA, Standing::Member, GROUP), Route::Refused(Refusal::NotAnAdmin));
        assert_eq!(to(Command::Logs(5), ADA, Standing::Admin, PRIVATE), Route::Refused(Refusal::NotTheOwner));
        assert_eq!(to(Command::Me, channel, Standing::Stranger, GROUP), Route::Refused(Refusal::NotAsAPerson));
        let anonymous = Author::AnonymousAdmin;
        assert_eq!(to(Command::Status, anonymous, Standing::Admin, GROUP), Route::Here);
        assert_eq!(to(Command::Audit, anonymous, Standing::Admin, GROUP), Route::Refused(Refusal::NotAsAPerson));
        for command in [OldCommand::PostNow, OldCommand::Unknown, OldCommand::LogsTail(5)].map(Command::Old) {
            assert_eq!(to(command, ADA, Standing::Admin, PRIVATE), Route::Ignored);
        }
        assert_eq!(to(Command::Unknown, ADA, Standing::Member, GROUP), Route::Ignored);
        assert_eq!(to(Command::Unknown, ADA, Standing::Member, PRIVATE), Route::Here);
    }

    #[test]
    fn the_mode_says_where_anything_is_answered() {
        for command in all() {
            for chat in [PRIVATE, GROUP] {
                assert_eq!(route(&command, ADA, Standing::Owner, chat, ChatMode::Off), Route::Ignored);
            }
            assert_eq!(route(&command, ADA, Standing::Owner, GROUP, ChatMode::Private), Route::Ignored);
            let in_private = route(&command, ADA, Standing::Owner, PRIVATE, ChatMode::Private);
            assert_eq!(in_private, route(&command, ADA, Standing::Owner, PRIVATE, ChatMode::Group));
        }
    }
}
