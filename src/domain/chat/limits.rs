//! How often people are answered. Who asks more often is ignored without a word (rules §6.5).

use std::collections::{HashMap, VecDeque};

use crate::domain::{Instant, PeerId};

/// One command of a person in so many seconds, and one press in a group: each makes or edits a message there.
const SECONDS_PER_PERSON: i64 = 3;
/// One press of a person in private in so many seconds: menus have several steps.
const SECONDS_PER_PRIVATE_PRESS: i64 = 1;
/// Telegram lets a bot send so many messages a minute to one group.
const MESSAGES_PER_GROUP: usize = 20;
/// So many of them are kept for posts.
const KEPT_FOR_POSTS: usize = 5;
const GROUP_SECONDS: i64 = 60;
/// At most so many people are remembered; then those of earlier seconds are forgotten.
const MAX_PEOPLE: usize = 10_000;

/// When people were answered last. All times are Telegram's.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    people: HashMap<PeerId, Instant>,
    presses: HashMap<PeerId, Instant>,
    /// When the messages of the last minute went to each group.
    groups: HashMap<PeerId, VecDeque<Instant>>,
}

impl Limits {
    /// Whether a command of `person` is answered at `now`. It counts if it is.
    pub fn admit_person(&mut self, person: PeerId, now: Instant) -> bool {
        admit(&mut self.people, SECONDS_PER_PERSON, person, now)
    }

    /// Whether a press of `person` is answered at `now`. It counts if it is.
    pub fn admit_press(&mut self, person: PeerId, is_private: bool, now: Instant) -> bool {
        match is_private {
            true => admit(&mut self.presses, SECONDS_PER_PRIVATE_PRESS, person, now),
            false => self.admit_person(person, now),
        }
    }

    /// Whether one more message may go to `group` at `now`. It counts if it may.
    pub fn admit_group(&mut self, group: PeerId, now: Instant) -> bool {
        let sent = self.groups.entry(group).or_default();
        // Also what lies ahead: the clock was corrected.
        sent.retain(|at| (0..GROUP_SECONDS).contains(&(now - *at)));
        if sent.len() >= MESSAGES_PER_GROUP - KEPT_FOR_POSTS {
            return false;
        }
        sent.push_back(now);
        true
    }
}

/// Whether the last one of `person` is so many seconds ago; if so, this one is the last.
fn admit(people: &mut HashMap<PeerId, Instant>, seconds: i64, person: PeerId, now: Instant) -> bool {
    let is_recent = |last: &Instant| (0..seconds).contains(&(now - *last));
    if people.get(&person).is_some_and(is_recent) {
        return false;
    }
    if people.len() >= MAX_PEOPLE {
        people.retain(|_, last| is_recent(last));
    }
    if people.len() >= MAX_PEOPLE {
        return false;
    }
    people.insert(person, now);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: PeerId = PeerId(7);
    const BOB: PeerId = PeerId(8);
    const HALL: PeerId = PeerId(-1001);

    #[test]
    fn a_person_is_answered_once_in_three_seconds() {
        let mut limits = Limits::default();
        let mut admit = |person, at| limits.admit_person(person, Instant(at));
        assert!(admit(ADA, 100));
        assert!(!admit(ADA, 100));
        assert!(admit(BOB, 100), "others do not wait");
        assert!(!admit(ADA, 102));
        assert!(admit(ADA, 103), "what was ignored does not count");
        assert!(admit(ADA, 50), "the clock was corrected");
    }

    #[test]
    fn a_person_presses_once_a_second_in_private_and_once_in_three_in_a_group() {
        let admitted = |is_private: bool| {
            let mut limits = Limits::default();
            assert!(limits.admit_person(ADA, Instant(100)));
            (100..107).filter(|at| limits.admit_press(ADA, is_private, Instant(*at))).collect::<Vec<i64>>()
        };
        assert_eq!((admitted(true), admitted(false)), ((100..107).collect(), vec![103, 106]));
        let mut limits = Limits::default();
        assert!(limits.admit_press(ADA, true, Instant(100)) && !limits.admit_press(ADA, true, Instant(100)));
        assert!(limits.admit_person(ADA, Instant(100)), "a press in private is no command");
    }

    #[test]
    fn a_group_gets_fifteen_answers_a_minute() {
        let mut limits = Limits::default();
        let admitted = (0..60).filter(|at| limits.admit_group(HALL, Instant(1000 + at))).count();
        assert_eq!(admitted, 15);
        assert!(limits.admit_group(PeerId(-1002), Instant(1059)), "another group has its own");
        assert!(limits.admit_group(HALL, Instant(1060)), "the first one is a minute ago");
        assert!(limits.admit_group(HALL, Instant(1061)));
    }

    #[test]
    fn a_crowd_takes_bounded_memory() {
        let mut limits = Limits::default();
        let admitted = (0..20_000).filter(|id| limits.admit_person(PeerId(*id), Instant(5))).count();
        assert_eq!((admitted, limits.people.len()), (MAX_PEOPLE, MAX_PEOPLE));
        assert!(limits.admit_person(PeerId(30_000), Instant(8)), "the others are forgotten after their seconds");
        assert_eq!(limits.people.len(), 1);
    }
}
