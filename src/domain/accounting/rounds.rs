//! Completed rounds: the focus phases of the group's rhythm that a person took part in (rules §9.2).
//!
//! ```text
//! phases     ├─── focus ───┼ break ┼─── focus ───┤
//! credited   ├──────────┤        ├────┤
//!            85 %: a round         30 %: no round
//! ```

use crate::domain::accounting::leaderboard::{Policy, Record};
use crate::domain::rhythm::{PhaseKind, Rhythm};
use crate::domain::time::zone::Zone;
use crate::domain::{Instant, PeerId, Span};

/// The part of a focus phase that must be credited, in percent.
pub const MIN_PERCENT: i64 = 80;

/// A person's completed rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rounds {
    pub today: usize,
    pub week: usize,
}

/// How many focus phases inside `period` the person has completed at `now`. A phase that goes on does not count yet,
/// and a phase that the end of a day cuts never does. `record` reaches [`reach`](super::presence::SessionRules::reach)
/// beyond the period.
pub fn completed(
    record: &Record,
    person: PeerId,
    period: Span,
    now: Instant,
    (rhythm, zone): (Rhythm, Zone),
    policy: Policy,
) -> usize {
    let Some((stays, carried)) = record.people(policy).remove(&person) else { return 0 };
    let credited = record.account(person, &stays, &carried, policy).credit.credited;
    let over = Span::new(period.from, period.to.min(now));
    let focus = rhythm.phases(zone, over).filter(|phase| {
        let is_inside = period.from <= phase.span.from && phase.span.to <= over.to;
        phase.kind == PhaseKind::Focus && !phase.is_cut && is_inside
    });
    focus.filter(|phase| credited.clip(phase.span).seconds() * 100 >= phase.span.seconds() * MIN_PERCENT).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::CallId;
    use crate::domain::accounting::corrections::{Correction, Operation};
    use crate::domain::accounting::presence::{SessionRules, Stay};

    const ADA: PeerId = PeerId(7);
    const POLICY: Policy = Policy { rules: SessionRules { gate: 300, grace: 60 }, track_self: true };
    /// Midnight in UTC.
    const DAY: i64 = 2_000_073_600 / 86_400 * 86_400;

    fn minute(minutes: i64) -> Instant {
        Instant(DAY + minutes * 60)
    }

    fn record(spans: &[(i64, i64)]) -> Record {
        let stay = |(from, to): &(i64, i64)| Stay {
            call: CallId(1),
            peer: ADA,
            span: Span::new(Instant(DAY + from), Instant(DAY + to)),
            open: false,
        };
        Record { stays: spans.iter().map(stay).collect(), ..Record::default() }
    }

    fn rounds(record: &Record, now: Instant) -> usize {
        let rhythm = (Rhythm::new(50, 10).unwrap(), Zone::UTC);
        completed(record, ADA, Span::new(minute(0), minute(1440)), now, rhythm, POLICY)
    }

    #[test]
    fn a_round_is_a_focus_phase_of_which_four_fifths_are_credited() {
        let after = minute(1440);
        assert_eq!(rounds(&record(&[(0, 2400)]), after), 1, "40 of 50 minutes");
        assert_eq!(rounds(&record(&[(0, 2399)]), after), 0, "a second less");
        assert_eq!(rounds(&record(&[(0, 1200), (1800, 3000)]), after), 1, "in two parts");
        assert_eq!(rounds(&record(&[(3000, 3600)]), after), 0, "a break");
        assert_eq!(rounds(&record(&[(600, 3600 + 2400)]), after), 2);
        assert_eq!(rounds(&record(&[(0, 86_400)]), after), 24);
        assert_eq!(rounds(&record(&[]), after), 0);
    }

    #[test]
    fn a_phase_that_goes_on_is_no_round_yet() {
        let all = record(&[(0, 86_400)]);
        assert_eq!([49, 50, 109, 110].map(|now| rounds(&all, minute(now))), [0, 1, 1, 2]);
    }

    #[test]
    fn a_phase_that_the_end_of_the_day_cuts_is_no_round() {
        let rhythm = (Rhythm::new(120, 59).unwrap(), Zone::UTC);
        let all = record(&[(0, 2 * 86_400)]);
        let of = |from, to| completed(&all, ADA, Span::new(minute(from), minute(to)), minute(2880), rhythm, POLICY);
        // 8 whole cycles of 179 minutes, and the first 8 minutes of a focus phase.
        assert_eq!((of(0, 1440), of(0, 2880)), (8, 16));
    }

    #[test]
    fn corrections_and_the_gate_count_as_everywhere() {
        let mut corrected = record(&[(0, 3000)]);
        assert_eq!(rounds(&corrected, minute(1440)), 1);
        corrected.corrections.push(Correction {
            id: 1,
            peer: ADA,
            operation: Operation::Remove,
            span: Span::new(minute(10), minute(40)),
            reason: "lunch".into(),
            made_by: "the organiser".into(),
            made: minute(60),
            undone: None,
        });
        assert_eq!(rounds(&corrected, minute(1440)), 0);
        let strict = Policy { rules: SessionRules { gate: 3600, grace: 60 }, ..POLICY };
        let rhythm = (Rhythm::new(50, 10).unwrap(), Zone::UTC);
        let period = Span::new(minute(0), minute(1440));
        assert_eq!(completed(&record(&[(0, 3000)]), ADA, period, minute(1440), rhythm, strict), 0);
    }

    proptest! {
        /// The model looks at each second of each phase.
        #[test]
        fn rounds_are_what_counting_seconds_gives(
            stays in proptest::collection::vec((0..20_000i64, 300..9_000i64), 0..5),
            now in 0..30_000i64,
        ) {
            let spans: Vec<(i64, i64)> = stays.into_iter().map(|(from, long)| (from, from + long)).collect();
            let is_in = |second: i64| spans.iter().any(|(from, to)| (*from..*to).contains(&second));
            let phases = (0..9).map(|hour| hour * 3600).filter(|from| from + 3000 <= now);
            let model = phases.filter(|from| (*from..from + 3000).filter(|second| is_in(*second)).count() >= 2400).count();
            prop_assert_eq!(rounds(&record(&spans), Instant(DAY + now)), model);
        }
    }
}
