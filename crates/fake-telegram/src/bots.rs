//! The state of a bot on the server: privacy mode, who has written to it, its menu.

use std::collections::{BTreeMap, BTreeSet};

use crate::FakeTelegram;
use crate::world::{Id, Rights, World};

/// The state of a bot, in addition to its [`crate::Person`].
#[derive(Default)]
pub struct Bot {
    /// Whether privacy mode is off.
    pub reads_all: bool,
    /// The users who have written to it.
    pub started_by: BTreeSet<Id>,
    pub blocked_by: BTreeSet<Id>,
    /// By scope and language.
    pub menu: BTreeMap<(MenuScope, String), Vec<MenuCommand>>,
}

/// The scope of a bot's menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MenuScope {
    Default,
    /// All private chats.
    Users,
    /// All groups.
    Chats,
    /// The admins of all groups.
    ChatAdmins,
    /// One chat.
    Peer(Id),
    /// The admins of one group.
    PeerAdmins(Id),
    /// One member of one group: the group, the member.
    PeerUser(Id, Id),
}

/// One line of a bot's menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuCommand {
    /// Without `/`.
    pub command: String,
    pub description: String,
    /// Whether the command is sent as an ephemeral message to the bot.
    pub ephemeral: bool,
}

impl World {
    pub fn bot_mut(&mut self, bot: Id) -> &mut Bot {
        assert!(self.is_bot(bot), "{bot} is not a bot");
        self.bots.entry(bot).or_default()
    }

    pub fn has_blocked(&self, user: Id, bot: Id) -> bool {
        self.bots.get(&bot).is_some_and(|bot| bot.blocked_by.contains(&user))
    }

    /// Whether the user has written to the bot.
    pub fn has_started(&self, user: Id, bot: Id) -> bool {
        self.bots.get(&bot).is_some_and(|bot| bot.started_by.contains(&user))
    }

    fn promote(&mut self, group: Id, user: Id, rights: Option<Rights>) {
        assert!(self.is_member(group, user), "{user} is not in {group}");
        let admins = &mut self.group_mut(group).admins;
        match rights {
            Some(rights) => admins.insert(user, rights),
            None => admins.remove(&user),
        };
        self.push_membership(group, user);
    }
}

impl FakeTelegram {
    /// Turns a bot's privacy mode on or off; a new bot has it on. In this mode a bot that is not an admin receives only
    /// commands to it, replies to its messages and service messages.
    pub fn privacy_mode(&self, bot: Id, on: bool) {
        self.change(|world| world.bot_mut(bot).reads_all = !on);
    }

    /// A user blocks a bot. It can't write to them then: 403 `USER_IS_BLOCKED`.
    pub fn block(&self, user: Id, bot: Id) {
        self.change(|world| world.bot_mut(bot).blocked_by.insert(user));
    }

    /// A user unblocks a bot.
    pub fn unblock(&self, user: Id, bot: Id) {
        self.change(|world| world.bot_mut(bot).blocked_by.remove(&user));
    }

    /// A bot's menu for one scope and language (`""` for all others), as last set; empty if it was not set.
    pub fn menu(&self, bot: Id, scope: MenuScope, lang_code: &str) -> Vec<MenuCommand> {
        self.read(|world| {
            let menus = world.bots.get(&bot).map(|bot| &bot.menu);
            menus.and_then(|menus| menus.get(&(scope, lang_code.to_owned()))).cloned().unwrap_or_default()
        })
    }

    /// Makes a member an admin with these rights.
    pub fn promote(&self, group: Id, user: Id, rights: Rights) {
        self.change(|world| world.promote(group, user, Some(rights)));
    }

    /// Takes an admin's rights away; they stay a member.
    pub fn demote(&self, group: Id, user: Id) {
        self.change(|world| world.promote(group, user, None));
    }

    /// Makes a member the group's creator, who may do what every admin may. Without this call, a supergroup has no
    /// creator, and the creator of a basic group is the member with the lowest id.
    pub fn creator(&self, group: Id, user: Id) {
        self.change(|world| {
            assert!(world.is_member(group, user), "{user} is not in {group}");
            world.group_mut(group).creator = Some(user);
            world.push_membership(group, user);
        });
    }
}
