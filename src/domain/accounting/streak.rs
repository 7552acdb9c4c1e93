//! Streaks: runs of active days, and what keeps a streak alive (rules §2.19).
//!
//! ```text
//! day        1  2  3  4  5  6  7  8  9  10 11 12 13
//! kind       A  A  A  A  A  A  A  M  A  –  M  A  A       A active, M missed, – bridge
//! streak     1  2  3  4  5  6  7  7  8  8  0  1  10
//!                              │  │        │     └ two active days of three bring it back: 8 + 2
//!                              │  │        └ no freeze left: it breaks
//!                              │  └ the freeze covers it
//!                              └ a freeze is earned
//! ```
//! Only missed days and active days decide. A bridge changes nothing at all, so time that nobody saw neither makes nor
//! breaks a streak.

use chrono::NaiveDate;

/// How many active days earn a freeze.
const DAYS_PER_FREEZE: u32 = 7;
/// How many freezes can be in hand. With these, further active days earn none.
pub const MAX_FREEZES: u32 = 2;
/// How many active days a comeback takes.
const COMEBACK_ACTIVE: u32 = 2;
/// How many days after the missed day a comeback can take. Bridges are not among them.
const COMEBACK_DAYS: u32 = 3;
/// A streak of fewer days is not brought back.
const COMEBACK_MIN_STREAK: u32 = 2;
/// The least number of days between a comeback and the next break that can be mended.
const COMEBACK_INTERVAL: i64 = 28;
/// How many missed days in a row end every streak: freezes cover the first, the next one breaks it, and the others
/// leave too few days for a comeback.
const FATAL_MISSES: usize = (MAX_FREEZES + 1 + COMEBACK_DAYS - COMEBACK_ACTIVE + 1) as usize;
/// How many active days make a newcomer.
const NEWCOMER_ACTIVE: usize = 3;
/// How many of a person's first days are looked at for these. Bridges are not among them.
const NEWCOMER_DAYS: usize = 7;

/// One local day of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    pub date: NaiveDate,
    /// Credited seconds.
    pub seconds: i64,
    /// Seconds that would be credited if the person had been in the call whenever it could not be seen; at least
    /// `seconds`.
    pub possible: i64,
    /// The group had a call.
    pub had_call: bool,
    /// swf saw nothing of the group on that day.
    pub is_unwatched: bool,
    /// The group pauses.
    pub is_paused: bool,
    /// The credited seconds can't change any more.
    pub is_final: bool,
}

/// What a day means for a streak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The credited time reaches the threshold.
    Active,
    /// It neither adds to a streak nor breaks one.
    Bridge,
    /// It is final and the person could have been active.
    Missed,
    /// It would be missed if it ended as it is now.
    Open,
}

impl Day {
    /// `threshold`: the least credited seconds of an active day.
    pub fn kind(&self, threshold: i64) -> Kind {
        let is_bridge = !self.had_call || self.is_unwatched || self.is_paused || self.possible >= threshold;
        match self.is_final {
            _ if self.seconds >= threshold => Kind::Active,
            _ if is_bridge => Kind::Bridge,
            true => Kind::Missed,
            false => Kind::Open,
        }
    }
}

/// One person's streak at the end of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streak {
    /// Active days.
    pub current: u32,
    /// Missed days of the current streak that a freeze covered.
    pub frozen: u32,
    /// The longest streak up to that day.
    pub longest: u32,
    /// How many freezes are in hand.
    pub freezes: u32,
    /// The last day is not over, and would be missed if it ended as it is now.
    pub is_at_risk: bool,
    /// How a broken streak can be mended, if there is one.
    pub comeback: Option<Comeback>,
    /// The day of the last comeback.
    pub came_back: Option<NaiveDate>,
}

/// A broken streak that can be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comeback {
    /// The active days that the streak had.
    pub streak: u32,
    /// How many more active days mend the streak.
    pub active_needed: u32,
    /// How many days are left for that. Bridges are not among them.
    pub days_left: u32,
}

/// The streak at the end of the last of `days`, which are in order and begin with the person's first day.
pub fn streak(days: &[Day], threshold: i64) -> Streak {
    fold(days, threshold).outcome(days.last().is_some_and(|day| day.kind(threshold) == Kind::Open))
}

/// As [`streak`], but from the latest days alone; `None` if earlier days could change the result. `longest` is that of
/// these days.
pub fn streak_of_latest(days: &[Day], threshold: i64) -> Option<Streak> {
    let after = after_certain_end(days, threshold)?;
    let fold = fold(&days[after..], threshold);
    // An earlier comeback could forbid a comeback in these days.
    let is_certain = fold.broken.is_none() && fold.came_back.is_none();
    is_certain.then(|| fold.outcome(days.last().is_some_and(|day| day.kind(threshold) == Kind::Open)))
}

/// The index after the latest run of missed days that no streak survives.
fn after_certain_end(days: &[Day], threshold: i64) -> Option<usize> {
    let decisive = |(at, day): (usize, &Day)| match day.kind(threshold) {
        Kind::Active => Some((at, true)),
        Kind::Missed => Some((at, false)),
        Kind::Bridge | Kind::Open => None,
    };
    let decisive: Vec<(usize, bool)> = days.iter().enumerate().filter_map(decisive).collect();
    let last = decisive.windows(FATAL_MISSES).rfind(|run| run.iter().all(|(_, is_active)| !is_active))?;
    Some(last.last()?.0 + 1)
}

/// The day on which a person becomes a newcomer: the third active day among the first seven, bridges left out. `None`
/// for a person whose first day is less than 7 days after `known_since`: they may have been there before.
pub fn newcomer(days: &[Day], threshold: i64, known_since: NaiveDate) -> Option<NaiveDate> {
    let first = days.iter().find(|day| day.seconds > 0)?.date;
    if (first - known_since).num_days() < NEWCOMER_DAYS as i64 {
        return None;
    }
    let own = days.iter().filter(|day| day.date >= first);
    let decisive = own.filter(|day| matches!(day.kind(threshold), Kind::Active | Kind::Missed)).take(NEWCOMER_DAYS);
    decisive.filter(|day| day.kind(threshold) == Kind::Active).nth(NEWCOMER_ACTIVE - 1).map(|day| day.date)
}

/// The state of a fold over days.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fold {
    pub(super) current: u32,
    frozen: u32,
    longest: u32,
    /// Active days that are saved for freezes: each takes [`DAYS_PER_FREEZE`].
    saved: u32,
    pub(super) broken: Option<Broken>,
    came_back: Option<NaiveDate>,
}

/// A streak that broke and can be mended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken {
    streak: u32,
    frozen: u32,
    /// Active days since the break.
    active: u32,
    days_left: u32,
}

impl Broken {
    /// After another missed day; `None` once too few days are left.
    fn without_a_day(self) -> Option<Broken> {
        let days_left = self.days_left - 1;
        (self.active + days_left >= COMEBACK_ACTIVE).then_some(Broken { days_left, ..self })
    }
}

fn fold(days: &[Day], threshold: i64) -> Fold {
    let mut fold = Fold::default();
    for day in days {
        match day.kind(threshold) {
            Kind::Active => fold.add(day.date),
            Kind::Missed => fold.miss(day.date),
            Kind::Bridge | Kind::Open => {}
        }
    }
    fold
}

impl Fold {
    pub(super) fn add(&mut self, date: NaiveDate) {
        self.current += 1;
        self.saved = (self.saved + 1).min(MAX_FREEZES * DAYS_PER_FREEZE);
        if let Some(broken) = &mut self.broken {
            broken.active += 1;
            broken.days_left -= 1;
            if broken.active == COMEBACK_ACTIVE {
                (self.current, self.frozen) = (broken.streak + broken.active, broken.frozen);
                (self.broken, self.came_back) = (None, Some(date));
            }
        }
        self.longest = self.longest.max(self.current);
    }

    pub(super) fn miss(&mut self, date: NaiveDate) {
        if self.saved >= DAYS_PER_FREEZE {
            self.saved -= DAYS_PER_FREEZE;
            self.frozen += 1;
            return;
        }
        self.broken = match self.broken {
            Some(broken) => broken.without_a_day(),
            None => self.break_off(date),
        };
        (self.current, self.frozen, self.saved) = (0, 0, 0);
    }

    /// The current streak as a broken one, if a comeback may mend it.
    fn break_off(&self, date: NaiveDate) -> Option<Broken> {
        let may_come_back = self.came_back.is_none_or(|last| (date - last).num_days() >= COMEBACK_INTERVAL);
        let broken = Broken { streak: self.current, frozen: self.frozen, active: 0, days_left: COMEBACK_DAYS };
        Some(broken).filter(|broken| broken.streak >= COMEBACK_MIN_STREAK && may_come_back)
    }

    fn outcome(&self, is_open: bool) -> Streak {
        let comeback = self.broken.map(|broken| Comeback {
            streak: broken.streak,
            active_needed: COMEBACK_ACTIVE - broken.active,
            days_left: broken.days_left,
        });
        Streak {
            current: self.current,
            frozen: self.frozen,
            longest: self.longest,
            freezes: self.saved / DAYS_PER_FREEZE,
            is_at_risk: is_open && self.current > 0,
            comeback,
            came_back: self.came_back,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use chrono::Days;
    use proptest::prelude::*;

    pub const THRESHOLD: i64 = 1500;

    fn first() -> NaiveDate {
        "2026-01-05".parse().unwrap()
    }

    /// A day as a letter: A active, M missed, O open; bridges are N (no call), U (unwatched), P (paused) and B (blind
    /// time could hide an active day).
    fn day(letter: char, date: NaiveDate) -> Day {
        let seconds = if letter == 'A' { THRESHOLD } else { THRESHOLD - 1 };
        Day {
            date,
            seconds,
            possible: if letter == 'B' { THRESHOLD } else { seconds },
            had_call: letter != 'N',
            is_unwatched: letter == 'U',
            is_paused: letter == 'P',
            is_final: letter != 'O',
        }
    }

    pub fn days(letters: &str) -> Vec<Day> {
        letters.chars().zip(first().iter_days()).map(|(letter, date)| day(letter, date)).collect()
    }

    fn of(letters: &str) -> Streak {
        streak(&days(&letters.replace(' ', "")), THRESHOLD)
    }

    fn current(letters: &str) -> u32 {
        of(letters).current
    }

    #[test]
    fn a_day_is_active_from_the_threshold_on_whatever_else_it_is() {
        let kinds: Vec<Kind> = days("AMOBNUP").iter().map(|day| day.kind(THRESHOLD)).collect();
        let bridges = [Kind::Bridge; 4];
        assert_eq!(kinds, [&[Kind::Active, Kind::Missed, Kind::Open][..], &bridges].concat());
        let paused = Day { is_paused: true, had_call: false, is_final: false, ..day('A', first()) };
        assert_eq!(paused.kind(THRESHOLD), Kind::Active);
        // Blind time that could not reach the threshold makes no bridge.
        assert_eq!(Day { possible: THRESHOLD - 1, ..day('B', first()) }.kind(THRESHOLD), Kind::Missed);
    }

    #[test]
    fn bridges_neither_add_nor_break() {
        assert_eq!(current("AAA"), 3);
        assert_eq!(current("ANNUPBBA"), 2);
        assert_eq!(current("AAAMMM"), 0);
    }

    #[test]
    fn only_final_days_break_and_today_is_at_risk_until_it_is_active() {
        let streak = of("AAO");
        assert_eq!((streak.current, streak.is_at_risk), (2, true));
        assert!(!of("AAA").is_at_risk);
        // Without a call so far, nothing is missed.
        assert!(!of("AAN").is_at_risk);
        // There is nothing to lose.
        assert!(!of("O").is_at_risk);
        // A past day that is not final yet.
        assert_eq!(current("AAOA"), 3);
    }

    #[test]
    fn a_freeze_is_earned_by_seven_active_days_and_covers_a_missed_one() {
        assert_eq!([of("AAAAAA").freezes, of("AAAAAAA").freezes, of("AAANAAAA").freezes], [0, 1, 1]);
        let frozen = of("AAAAAAA M A");
        assert_eq!((frozen.current, frozen.frozen, frozen.freezes), (8, 1, 0));
        assert_eq!(current("AAAAAA M"), 0);
        assert_eq!(current("AAAAAAA MM"), 0);
        // Two freezes at most: further weeks earn none.
        let many = of(&"A".repeat(27));
        assert_eq!(many.freezes, MAX_FREEZES);
        assert_eq!(of(&("A".repeat(27) + "MM")).current, 27);
        assert_eq!(of(&("A".repeat(27) + "MMM")).current, 0);
        // A broken streak loses the saved days.
        assert_eq!(of("AAAAAA M AAAAAA").freezes, 0);
    }

    #[test]
    fn two_active_days_of_three_bring_a_broken_streak_back() {
        let broken = of("AAAAA M");
        assert_eq!(broken.comeback, Some(Comeback { streak: 5, active_needed: 2, days_left: 3 }));
        assert_eq!(of("AAAAA M A").comeback, Some(Comeback { streak: 5, active_needed: 1, days_left: 2 }));
        assert_eq!([current("AAAAA M A"), current("AAAAA M AA")], [1, 7]);
        assert_eq!([current("AAAAA M AMA"), current("AAAAA M MAA")], [7, 7]);
        assert_eq!([current("AAAAA M AMM A"), current("AAAAA M MMA A"), current("AAAAA M MAM AA")], [1, 2, 2]);
        // Bridges are not among the three days.
        assert_eq!(current("AAAAA M NUA BBPMN A"), 7);
        assert_eq!(of("AAAAA M MM").comeback, None);
        assert_eq!([of("A M").comeback, of("AAAAA M AMM").comeback], [None, None]);
        // A comeback also restores the number of frozen days.
        assert_eq!(of("AAAAAAA M M AA").frozen, 1);
        assert_eq!(of("AAAAA M AA").came_back, Some(first() + Days::new(7)));
    }

    #[test]
    fn a_comeback_is_possible_once_in_28_days() {
        // The comeback is on day 5, so a break can be mended from day 33 on.
        let after = |bridges: usize| of(&format!("AA M AA {} A M AA", "N".repeat(bridges)));
        assert_eq!([after(25).current, after(26).current], [2, 7]);
        let forbidden = of(&format!("AA M AA {} A M", "N".repeat(25)));
        assert_eq!(forbidden.comeback, None);
    }

    #[test]
    fn five_missed_days_end_whatever_came_before_and_four_do_not() {
        let latest = |letters: &str| streak_of_latest(&days(letters), THRESHOLD).map(|streak| streak.current);
        assert_eq!((current(&("A".repeat(14) + "MMMM AA")), latest("MMMMAA")), (16, None));
        assert_eq!((current(&("A".repeat(14) + "MMMMM AA")), latest("MNMMBMMAA")), (2, Some(2)));
        // Whether a comeback is allowed depends on what came before.
        assert_eq!([latest("MMMMMAAM"), latest("MMMMMAAMAA"), latest("MMMMMAAA")], [None, None, Some(3)]);
    }

    #[test]
    fn the_longest_streak_stays() {
        assert_eq!(of("AAAA MMM AA").longest, 4);
        assert_eq!(of("AAAA M AA MMM A").longest, 6);
    }

    #[test]
    fn three_active_days_of_the_first_seven_make_a_newcomer() {
        let since = first() - Days::new(7);
        let on = |letters: &str| {
            let mut days = days(letters);
            // Days before the first one have no time.
            days.iter_mut().filter(|day| day.kind(THRESHOLD) != Kind::Active).for_each(|day| day.seconds = 0);
            newcomer(&days, THRESHOLD, since).map(|date| (date - first()).num_days())
        };
        assert_eq!([on("AAA"), on("AMAMMMA"), on("AMAMMMMA"), on("AA")], [Some(2), Some(6), None, None]);
        // Bridges are left out, and so is the time before the first day.
        assert_eq!([on("ANNNNNNNNAA"), on("MMMMMMMMAAA")], [Some(10), Some(10)]);
        // A person who came in the first week of swf may have been there before.
        assert_eq!(newcomer(&days("AAA"), THRESHOLD, since + Days::new(1)), None);
    }

    /// A second implementation of the rules: it looks ahead instead of back, and keeps freezes as values in a list.
    pub mod reference {
        /// The current streak at the end of days that are active (true) or missed, with the day's number in the
        /// calendar.
        pub fn current(days: &[(i64, bool)]) -> usize {
            let (mut at, mut last_comeback) = (0, None);
            let (mut streak, mut progress, mut freezes) = (0_usize, 0, Vec::new());
            while at < days.len() {
                let (number, is_active) = days[at];
                at += 1;
                if is_active {
                    streak += 1;
                    if freezes.len() < 2 {
                        progress += 1;
                    }
                    if progress == 7 {
                        progress = 0;
                        freezes.push("a freeze");
                    }
                } else if freezes.pop().is_some() {
                    continue;
                } else {
                    let next: Vec<(i64, bool)> = days[at..].iter().copied().take(3).collect();
                    let back = next.iter().enumerate().filter(|(_, (_, is_active))| *is_active).nth(1);
                    let may = streak > 1 && last_comeback.is_none_or(|last| number - last >= 28);
                    progress = 0;
                    match back.filter(|_| may) {
                        // Missed days on the way are forgiven. Progress begins after the last missed day.
                        Some((place, (number, _))) => {
                            streak += 2;
                            progress = next[..=place].iter().rev().take_while(|(_, is_active)| *is_active).count();
                            last_comeback = Some(*number);
                            at += place + 1;
                        }
                        None => streak = 0,
                    }
                }
            }
            streak
        }
    }

    pub fn letters() -> impl Strategy<Value = String> {
        let letter = prop_oneof![
            12 => Just('A'), 4 => Just('M'), 1 => Just('B'), 1 => Just('N'), 1 => Just('U'), 1 => Just('P'), 1 => Just('O')
        ];
        let busy = proptest::collection::vec(letter, 0..150);
        let sparse = proptest::collection::vec(prop_oneof![2 => Just('A'), 3 => Just('M'), 1 => Just('N')], 0..60);
        prop_oneof![3 => busy, 1 => sparse].prop_map(String::from_iter)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        #[test]
        fn a_streak_is_what_looking_ahead_gives(letters in letters()) {
            let all = days(&letters);
            let decisive: Vec<(i64, bool)> = (0..).zip(letters.chars())
                .filter(|(_, letter)| matches!(letter, 'A' | 'M')).map(|(number, letter)| (number, letter == 'A')).collect();
            prop_assert_eq!(streak(&all, THRESHOLD).current as usize, reference::current(&decisive));
            let longest = (0..=decisive.len()).map(|end| reference::current(&decisive[..end])).max();
            prop_assert_eq!(Some(streak(&all, THRESHOLD).longest as usize), longest);
        }

        #[test]
        fn a_bridge_changes_nothing(letters in letters(), bridge in prop::sample::select(vec!['B', 'N', 'U', 'P'])) {
            let before = of(&letters);
            let after = of(&format!("{letters}{bridge}"));
            prop_assert_eq!(after, Streak { is_at_risk: false, ..before });
        }

        /// Time that is proved later can make any day active.
        #[test]
        fn proved_time_never_shortens_a_streak(letters in letters(), at: prop::sample::Index) {
            let letters = letters + "A";
            let at = at.index(letters.len());
            let mut proved = days(&letters);
            proved[at].seconds = THRESHOLD;
            // On the day itself, proved time never shortens the streak.
            let (then, now) = (streak(&days(&letters)[..=at], THRESHOLD), streak(&proved[..=at], THRESHOLD));
            prop_assert!(now.current >= then.current.max(1) && now.longest >= then.longest);
            // On later days it can: a comeback, which is possible once in 28 days, may have been used for another day.
            let (then, now) = (streak(&days(&letters), THRESHOLD), streak(&proved, THRESHOLD));
            if then.came_back.is_none() {
                prop_assert!(now.current.max(now.comeback.map_or(0, |it| it.streak)) >= then.current, "{:?} {:?}", then, now);
            }
        }

        #[test]
        fn freezes_and_comebacks_are_bounded(letters in letters()) {
            let all = days(&letters);
            let (mut comebacks, mut covered) = (Vec::new(), 0);
            for end in 1..=all.len() {
                let (before, after) = (streak(&all[..end - 1], THRESHOLD), streak(&all[..end], THRESHOLD));
                prop_assert!(after.freezes <= MAX_FREEZES);
                comebacks.extend(after.came_back.filter(|_| after.came_back != before.came_back));
                covered += u32::from(after.freezes < before.freezes && after.current == before.current);
            }
            // Each freeze took seven active days.
            let active = letters.chars().filter(|letter| *letter == 'A').count() as u32;
            prop_assert!(covered <= active / DAYS_PER_FREEZE);
            prop_assert!(comebacks.windows(2).all(|pair| (pair[1] - pair[0]).num_days() >= COMEBACK_INTERVAL));
        }

        #[test]
        fn the_latest_days_give_the_whole_streak_or_none(letters in letters(), from in 0..150usize) {
            let all = days(&letters);
            let whole = streak(&all, THRESHOLD);
            if let Some(latest) = streak_of_latest(&all[from.min(all.len())..], THRESHOLD) {
                prop_assert_eq!(Streak { longest: 0, came_back: None, ..latest }, Streak { longest: 0, came_back: None, ..whole });
            }
        }
    }
}
