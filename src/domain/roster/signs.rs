//! Signs of life: what a participant does in the call in addition to being there (rules §2.25).
//!
//! ```text
//! muted        ├────────────┤                 ├─────────
//! speaks             · ·      ▪  ·  ·  ·  ·                  once after each change of mute
//! signs        ▲            ▲ ▲               ▲              at most one in ten minutes
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Event, Fact, Sighting};
use crate::domain::{CallId, Instant, PeerId};

/// The shortest time between two stored signs of an account, in seconds.
pub const MIN_SIGN_INTERVAL: i64 = 600;

/// What others see of a participant in the call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub muted: bool,
    /// The hand is raised.
    pub hand: bool,
    pub video: bool,
    pub screen: bool,
    /// `active_date`: when they last spoke.
    pub spoke: Option<Instant>,
}

impl Shown {
    /// Video or a screen runs: that is a sign as long as it lasts.
    fn streams(&self) -> bool {
        self.video || self.screen
    }
}

/// What was last seen of a participant.
#[derive(Clone, Copy, Debug)]
struct LastSeen {
    at: Instant,
    shown: Shown,
    /// Speech was a sign since the last change of mute. More speech through the open microphone is no further sign.
    has_spoken: bool,
    sign: Option<Instant>,
}

impl LastSeen {
    fn first(at: Instant, shown: Shown) -> LastSeen {
        LastSeen { at, shown, has_spoken: false, sign: None }
    }

    /// Stores the view at `at`, and returns whether it is a sign. A view that is older than the last one is ignored.
    /// The first view is compared with itself, so speech before it is no sign.
    fn take(&mut self, at: Instant, shown: Shown) -> bool {
        if at < self.at {
            return false;
        }
        let before = std::mem::replace(&mut self.shown, shown);
        self.at = at;
        let is_due = self.sign.is_none_or(|sign| at - sign >= MIN_SIGN_INTERVAL);
        let is_muted_or_not = before.muted != shown.muted;
        if is_muted_or_not {
            self.has_spoken = false;
        }
        let others = |shown: Shown| (shown.hand, shown.video, shown.screen);
        let has_changed = is_muted_or_not || others(before) != others(shown);
        let speaks = shown.spoke > before.spoke && !self.has_spoken;
        let is_sign = is_due && (has_changed || shown.streams() || speaks);
        if is_sign {
            self.sign = Some(at);
            self.has_spoken |= speaks && !has_changed && !shown.streams();
        } else if speaks {
            // It is too early for a sign: a later view can still show this speech as one.
            self.shown.spoke = before.spoke;
        }
        is_sign
    }
}

/// The participants of the followed call, as they were last seen.
#[derive(Debug, Default)]
pub struct SignWatcher {
    call: Option<CallId>,
    seen: BTreeMap<PeerId, LastSeen>,
}

impl SignWatcher {
    /// The signs in an event about `followed`; events of other calls are ignored.
    pub fn handle(&mut self, event: &Event, followed: Option<CallId>) -> Vec<Fact> {
        let (at, call, list) = match event {
            Event::Participants { at, call, participants, .. }
            | Event::Page { at, call, participants, .. }
            | Event::Named { at, call, participants } => (*at, *call, participants),
            _ => return Vec::new(),
        };
        if followed != Some(call) {
            return Vec::new();
        }
        if self.call != followed {
            (self.call, self.seen) = (followed, BTreeMap::new());
        }
        let mut signs = Vec::new();
        for Sighting { peer, shown, .. } in list.iter().filter(|one| !one.left) {
            let seen = self.seen.entry(*peer).or_insert_with(|| LastSeen::first(at, *shown));
            if seen.take(at, *shown) {
                signs.push(Fact::Sign { call, peer: *peer, at });
            }
        }
        signs
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONE: [i64; 0] = [];
    const CALL: CallId = CallId(7);
    const ADA: PeerId = PeerId(1);
    const MUTED: Shown = Shown { muted: true, hand: false, video: false, screen: false, spoke: None };
    const OPEN: Shown = Shown { muted: false, ..MUTED };

    fn event(at: i64, shown: Shown) -> Event {
        let one = Sighting { peer: ADA, joined: Instant(0), left: false, just_joined: false, versioned: true, shown };
        Event::Participants { at: Instant(at), call: CALL, version: 1, participants: vec![one] }
    }

    /// The times of the signs in these views.
    fn signs(views: &[(i64, Shown)]) -> Vec<i64> {
        let mut watcher = SignWatcher::default();
        let facts = views.iter().flat_map(|(at, shown)| watcher.handle(&event(*at, *shown), Some(CALL)));
        facts
            .map(|fact| match fact {
                Fact::Sign { call: CALL, peer: ADA, at } => at.0,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn spoke(shown: Shown, at: i64) -> Shown {
        Shown { spoke: Some(Instant(at)), ..shown }
    }

    #[test]
    fn each_change_is_a_sign_and_being_there_is_none() {
        assert_eq!(signs(&[(0, MUTED), (1000, MUTED), (9000, MUTED)]), NONE);
        let changes =
            [OPEN, Shown { hand: true, ..MUTED }, Shown { video: true, ..MUTED }, Shown { screen: true, ..MUTED }];
        for change in changes {
            assert_eq!(signs(&[(0, MUTED), (1000, change)]), [1000], "{change:?}");
        }
        // The opposite changes are signs, too. A camera that is on is a sign by itself.
        assert_eq!(signs(&[(0, OPEN), (1000, MUTED)]), [1000]);
        assert_eq!(signs(&[(0, Shown { hand: true, ..MUTED }), (1000, MUTED)]), [1000]);
        assert_eq!(signs(&[(0, Shown { video: true, ..MUTED }), (1000, MUTED)]), [0, 1000]);
    }

    #[test]
    fn running_video_or_screen_is_a_sign_every_ten_minutes() {
        for on in [Shown { video: true, ..MUTED }, Shown { screen: true, ..OPEN }] {
            let views: Vec<(i64, Shown)> = (0..=12).map(|read| (read * 300, on)).collect();
            assert_eq!(signs(&views), [0, 600, 1200, 1800, 2400, 3000, 3600]);
        }
    }

    #[test]
    fn speech_is_one_sign_until_the_next_change_of_mute() {
        // An open microphone overnight.
        let mut views = vec![(0, MUTED), (100, OPEN)];
        views.extend((1..100).map(|read| (100 + read * 300, spoke(OPEN, 90 + read * 300))));
        assert_eq!(signs(&views), [100, 700]);
        // After a change of mute, speech can be a sign again.
        views.extend([(40_000, spoke(MUTED, 30_000)), (41_000, spoke(OPEN, 30_000)), (42_000, spoke(OPEN, 41_900))]);
        views.push((43_000, spoke(OPEN, 42_900)));
        assert_eq!(signs(&views), [100, 700, 40_000, 41_000, 42_000]);
        // Speech before the first view is no sign.
        assert_eq!(signs(&[(1000, spoke(OPEN, 900)), (2000, spoke(OPEN, 900)), (3000, spoke(OPEN, 2500))]), [3000]);
    }

    #[test]
    fn speech_that_comes_too_early_is_a_sign_once_one_may_come() {
        let early = spoke(OPEN, 390);
        assert_eq!(
            signs(&[(0, MUTED), (100, OPEN), (400, early), (699, early), (700, early), (1400, early)]),
            [100, 700]
        );
    }

    #[test]
    fn views_that_are_old_repeated_or_of_another_call_are_no_signs() {
        assert_eq!(signs(&[(5000, MUTED), (4000, OPEN), (6000, MUTED)]), NONE);
        assert_eq!(signs(&[(0, MUTED), (1000, OPEN), (1000, OPEN), (1601, OPEN)]), [1000]);
        let mut watcher = SignWatcher::default();
        assert_eq!(watcher.handle(&event(0, MUTED), Some(CALL)), []);
        assert_eq!(watcher.handle(&event(1000, OPEN), Some(CallId(8))), []);
        assert_eq!(watcher.handle(&event(1000, OPEN), None), []);
        let mut other = event(1000, OPEN);
        if let Event::Participants { call, .. } = &mut other {
            *call = CallId(8);
        }
        assert_eq!(watcher.handle(&event(900, MUTED), Some(CALL)), []);
        assert_eq!(watcher.handle(&other, Some(CALL)), []);
        // The first view of another call has no view to compare with.
        let mut next = event(2000, OPEN);
        if let Event::Participants { call, .. } = &mut next {
            *call = CallId(8);
        }
        assert_eq!(watcher.handle(&next, Some(CallId(8))), []);
        // A participant who leaves gives no sign.
        let mut left = event(9000, MUTED);
        if let Event::Participants { call, participants, .. } = &mut left {
            (*call, participants[0].left) = (CallId(8), true);
        }
        assert_eq!(watcher.handle(&left, Some(CallId(8))), []);
    }

    fn any_shown() -> impl Strategy<Value = Shown> {
        (
            any::<bool>(),
            any::<bool>(),
            prop::sample::select(vec![false, false, false, true]),
            prop::option::of(0..50i64),
        )
            .prop_map(|(muted, hand, video, spoke)| Shown {
                muted,
                hand,
                video,
                screen: false,
                spoke: spoke.map(|spoke| Instant(spoke * 100)),
            })
    }

    proptest! {
        #[test]
        fn signs_are_ten_minutes_apart_and_never_without_a_reason(
            views in prop::collection::vec((0..900i64, any_shown()), 1..60),
        ) {
            let mut at = 0;
            let views: Vec<(i64, Shown)> = views.into_iter().map(|(after, shown)| { at += after; (at, shown) }).collect();
            let found = signs(&views);
            prop_assert!(found.windows(2).all(|two| two[1] - two[0] >= MIN_SIGN_INTERVAL));
            // Without any change, video or speech, there is no sign.
            let still: Vec<(i64, Shown)> = views.iter().map(|(at, _)| (*at, MUTED)).collect();
            prop_assert_eq!(signs(&still), Vec::<i64>::new());
            // Every sign is at the time of a view.
            prop_assert!(found.iter().all(|sign| views.iter().any(|(at, _)| at == sign)));
        }
    }
}
