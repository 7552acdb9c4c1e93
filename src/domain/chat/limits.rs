//! Rate limits for answers. Commands and presses above the limits are ignored without an answer (rules §6.5).

use std::collections::{HashMap, VecDeque};

use crate::domain::{Instant, PeerId};

/// One command of a person is answered in so many seconds, and one press in a group: each sends or edits a message.
const SECONDS_PER_PERSON: i64 = 3;
/// One press of a person in private is answered in so many seconds. Menus have several steps, so this is shorter.
const SECONDS_PER_PRIVATE_PRESS: i64 = 1;
/// Telegram lets a bot send so many messages a minute to one group.
const MESSAGES_PER_GROUP: usize = 20;
/// So many of these messages are reserved for posts.
const KEPT_FOR_POSTS: usize = 5;
const GROUP_SECONDS: i64 = 60;
/// At most so many people are remembered. Above that, entries that have expired are dropped.
const MAX_PEOPLE: usize = 10_000;

/// When people and groups were answered last. All times are on Telegram's clock.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    people: HashMap<PeerId, Instant>,
    presses: HashMap<PeerId, Instant>,
    /// For each group, when the messages of the last minute were sent.
    groups: HashMap<PeerId, VecDeque<Instant>>,
}

impl Limits {
    /// Whether a command of `person` is answered at `now`. If so, it counts for the limit.
    pub fn admit_person(&mut self, person: PeerId, now: Instant) -> bool {
        admit(&mut self.people, SECONDS_PER_PERSON, person, now)
    }

    /// Whether a press of `person` is answered at `now`. If so, it counts for the limit.
    pub fn admit_press(&mut self, person: PeerId, is_private: bool, now: Instant) -> bool {
        match is_private {
            true => admit(&mut self.presses, SECONDS_PER_PRIVATE_PRESS, person, now),
            false => self.admit_person(person, now),
        }
    }

    /// Whether one more message may be sent to `group` at `now`. If so, it counts for the limit.
    pub fn admit_group(&mut self, group: PeerId, now: Instant) -> bool {
        let sent = self.groups.entry(group).or_default();
        // Also drops times ahead of `now`, from before the clock was corrected.
        sent.retain(|at| (0..GROUP_SECONDS).contains(&(now - *at)));
        if sent.len() >= MESSAGES_PER_GROUP - KEPT_FOR_POSTS {
            return false;
        }
        sent.push_back(now);
        true
    }
}

/// Whether the last answer to `person` was at least `seconds` ago. If so, `now` is stored as the last one.
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
