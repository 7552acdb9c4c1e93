//! What the user has opened in the live view, and the keys that change it.

use crate::domain::live::{GroupView, View};

/// A key of the live view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Next,
    Previous,
    First,
    Last,
    Help,
    /// Ends the tracker.
    Stop,
    /// Any other key.
    Back,
}

/// The open group, and whether the help is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// Index of the open group in [`View::groups`]; beyond their end it means the last group.
    pub group: usize,
    pub is_help: bool,
    /// Keys can be read.
    pub has_keys: bool,
}

impl Focus {
    /// Handles a key. Any key closes the help. In the list of groups, the group after the last is the first.
    pub fn press(&mut self, key: Key, groups: usize) {
        if std::mem::take(&mut self.is_help) {
            return;
        }
        let (group, last) = (self.group.min(groups.saturating_sub(1)), groups.saturating_sub(1));
        self.group = match key {
            Key::Next if group == last => 0,
            Key::Next => group + 1,
            Key::Previous if group == 0 => last,
            Key::Previous => group - 1,
            Key::First => 0,
            Key::Last => last,
            Key::Help | Key::Stop | Key::Back => group,
        };
        self.is_help = key == Key::Help;
    }

    /// Keeps the same group open when groups came or went before it.
    pub fn follow(&mut self, before: &View, after: &View) {
        let open = self.open(before).label.as_deref();
        let place = after.groups.iter().position(|group| group.label.as_deref() == open);
        self.group = place.unwrap_or(self.group).min(after.groups.len() - 1);
    }

    pub fn open(self, view: &View) -> &GroupView {
        &view.groups[self.group.min(view.groups.len() - 1)]
    }

    /// The lines of the help.
    pub fn help(self, groups: usize) -> &'static [&'static str] {
        const LINES: [&str; 6] = [
            "",
            "Tab, ↓        open the next group",
            "Shift-Tab, ↑  open the group before",
            "Home, End     open the first, the last",
            "?             these keys; any key: back",
            "q, Ctrl-C     stop",
        ];
        const OF_ONE: [&str; 3] = [LINES[0], LINES[4], LINES[5]];
        if groups == 1 { &OF_ONE } else { &LINES }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Instant;
    use crate::domain::live::Connection;
    use crate::domain::time::zone::Zone;

    fn view(labels: &[&str]) -> View {
        let group = |label: &&str| GroupView {
            label: Some((*label).to_owned()),
            title: String::new(),
            peer: None,
            zone: Zone::UTC,
            watched: None,
            call: None,
            next_post: None,
            outage: None,
        };
        View {
            now: Instant(0),
            account: None,
            connection: Connection::Online,
            wait: None,
            confirmed: None,
            outage: None,
            groups: labels.iter().map(group).collect(),
            store_problem: None,
        }
    }

    #[test]
    fn keys_go_round_the_groups_and_any_key_ends_the_help() {
        let mut focus = Focus::default();
        let mut after = |keys: &[Key], groups| {
            keys.iter().for_each(|key| focus.press(*key, groups));
            (focus.group, focus.is_help)
        };
        assert_eq!(after(&[Key::Next, Key::Next], 3), (2, false));
        assert_eq!(after(&[Key::Next], 3), (0, false));
        assert_eq!(after(&[Key::Previous], 3), (2, false));
        assert_eq!(after(&[Key::First, Key::Help], 3), (0, true));
        assert_eq!(after(&[Key::Next], 3), (0, false), "it only ends the help");
        assert_eq!(after(&[Key::Last, Key::Back], 3), (2, false));
        assert_eq!(after(&[Key::Next], 1), (0, false));
    }

    #[test]
    fn the_open_group_stays_open_when_others_come_and_go() {
        let mut focus = Focus { group: 1, ..Focus::default() };
        let before = view(&["a", "b", "c"]);
        focus.follow(&before, &view(&["0", "a", "b", "c"]));
        assert_eq!(focus.group, 2);
        focus.follow(&view(&["0", "a", "b", "c"]), &view(&["b"]));
        assert_eq!(focus.group, 0);
        let mut focus = Focus { group: 2, ..Focus::default() };
        focus.follow(&before, &view(&["a", "b"]));
        assert_eq!(focus.group, 1, "it is gone");
    }
}
