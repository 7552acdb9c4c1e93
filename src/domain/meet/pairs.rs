//! Pairs (rules §10.5): two people who agreed to share a streak. One asks, and the other accepts.

use crate::domain::people::Aliases;
use crate::domain::{Instant, PeerId};

/// The most pairs of one person.
pub const MAX_PAIRS: usize = 5;
/// How long a question that nobody accepts stays open, in seconds.
pub const QUESTION_LIFETIME: i64 = 7 * 86_400;

/// A question and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub asker: PeerId,
    pub other: PeerId,
    pub asked: Instant,
    /// Since when the two share a streak.
    pub accepted: Option<Instant>,
    /// When the other declined. The asker does not learn of it: for them, nobody has answered yet.
    pub declined: Option<Instant>,
}

/// The result of `/pair`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other is asked.
    Asks,
    /// The other has asked already, so the two become a pair.
    Accepts(Pair),
    /// The person has asked already.
    Waits,
    Paired,
    Oneself,
    /// One of the two has [`MAX_PAIRS`] pairs, or the asker has as many pairs and open questions together.
    Full,
}

/// The result of accepting a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptResult {
    Now(Pair),
    /// The question was accepted before.
    Already(Pair),
    Full,
    /// The question has ended, or was taken back.
    Gone,
}

impl Pair {
    /// The pair, with the accounts that stand for the two people.
    pub fn of_people(self, aliases: &Aliases) -> Pair {
        Pair { asker: aliases.person(self.asker), other: aliases.person(self.other), ..self }
    }

    /// Whether the other can still accept.
    pub fn is_open(&self, now: Instant) -> bool {
        self.accepted.is_none() && now - self.asked < QUESTION_LIFETIME
    }

    /// The other one of the two; `None` if `person` is neither.
    pub fn partner(&self, person: PeerId) -> Option<PeerId> {
        match person {
            _ if self.asker == person => Some(self.other),
            _ if self.other == person => Some(self.asker),
            _ => None,
        }
    }
}

/// The accepted pairs of a person.
pub fn accepted(pairs: &[Pair], person: PeerId) -> impl Iterator<Item = Pair> {
    pairs.iter().copied().filter(move |pair| pair.accepted.is_some() && pair.partner(person).is_some())
}

fn is_full(pairs: &[Pair], person: PeerId) -> bool {
    accepted(pairs, person).count() >= MAX_PAIRS
}

/// The result if `person` asks `other` at `now`. `pairs` are [of people](Pair::of_people). The person's open questions
/// count like pairs, so nobody can ask everybody.
pub fn ask(pairs: &[Pair], person: PeerId, other: PeerId, now: Instant) -> Outcome {
    let open = |asker, other: Option<PeerId>| {
        let is_it =
            move |pair: &&Pair| pair.is_open(now) && pair.asker == asker && other.is_none_or(|it| it == pair.other);
        pairs.iter().filter(is_it)
    };
    if person == other {
        return Outcome::Oneself;
    }
    if accepted(pairs, person).any(|pair| pair.partner(person) == Some(other)) {
        return Outcome::Paired;
    }
    if open(person, Some(other)).next().is_some() {
        return Outcome::Waits;
    }
    if is_full(pairs, person) || is_full(pairs, other) {
        return Outcome::Full;
    }
    if let Some(question) = open(other, Some(person)).next() {
        return Outcome::Accepts(*question);
    }
    match accepted(pairs, person).count() + open(person, None).count() < MAX_PAIRS {
        true => Outcome::Asks,
        false => Outcome::Full,
    }
}

/// The result if `person` accepts the question that was asked at `asked`. Two questions of one second can't be told
/// apart, so neither is accepted.
pub fn accept(pairs: &[Pair], person: PeerId, asked: Instant, now: Instant) -> AcceptResult {
    let own: Vec<Pair> = pairs.iter().copied().filter(|pair| pair.other == person && pair.asked == asked).collect();
    match own[..] {
        [pair] if pair.accepted.is_some() => AcceptResult::Already(pair),
        [pair] if !pair.is_open(now) => AcceptResult::Gone,
        [pair] if is_full(pairs, pair.asker) || is_full(pairs, person) => AcceptResult::Full,
        [pair] => AcceptResult::Now(pair),
        _ => AcceptResult::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: PeerId = PeerId(1);
    const BOB: PeerId = PeerId(2);
    const NOW: Instant = Instant(1_800_000_000);

    fn question(asker: PeerId, other: PeerId) -> Pair {
        Pair { asker, other, asked: NOW, accepted: None, declined: None }
    }

    fn pair(asker: PeerId, other: PeerId) -> Pair {
        Pair { accepted: Some(NOW), ..question(asker, other) }
    }

    /// `count` pairs of `person` with others.
    fn pairs(person: PeerId, count: usize) -> Vec<Pair> {
        let one = |number| Pair { asked: NOW - 9, ..pair(PeerId(100 * person.0 + number), person) };
        (0..count as i64).map(one).collect()
    }

    #[test]
    fn nobody_is_asked_twice_nor_oneself() {
        assert_eq!(ask(&[], ADA, BOB, NOW), Outcome::Asks);
        assert_eq!(ask(&[], ADA, ADA, NOW), Outcome::Oneself);
        assert_eq!(ask(&[question(ADA, BOB)], ADA, BOB, NOW), Outcome::Waits);
        for both in [pair(ADA, BOB), pair(BOB, ADA)] {
            assert_eq!(ask(&[both], ADA, BOB, NOW), Outcome::Paired);
        }
        // To the asker, a declined question looks like one that nobody has answered.
        let declined = Pair { declined: Some(NOW), ..question(ADA, BOB) };
        assert_eq!(ask(&[declined], ADA, BOB, NOW), Outcome::Waits);
    }

    #[test]
    fn a_question_ends_after_seven_days() {
        let end = NOW + QUESTION_LIFETIME;
        for (now, outcome) in [(end - 1, Outcome::Waits), (end, Outcome::Asks)] {
            assert_eq!(ask(&[question(ADA, BOB)], ADA, BOB, now), outcome);
        }
        let open = [question(ADA, BOB)];
        assert_eq!(accept(&open, BOB, NOW, end - 1), AcceptResult::Now(open[0]));
        assert_eq!(accept(&open, BOB, NOW, end), AcceptResult::Gone);
    }

    #[test]
    fn whoever_asks_the_asker_accepts() {
        let asked = question(BOB, ADA);
        assert_eq!(ask(&[asked], ADA, BOB, NOW), Outcome::Accepts(asked));
        let declined = Pair { declined: Some(NOW), ..asked };
        assert_eq!(ask(&[declined], ADA, BOB, NOW), Outcome::Accepts(declined));
    }

    #[test]
    fn each_of_the_two_has_five_pairs_at_most() {
        for full in [ADA, BOB] {
            assert_eq!(ask(&pairs(full, MAX_PAIRS - 1), ADA, BOB, NOW), Outcome::Asks);
            let mut all = pairs(full, MAX_PAIRS);
            assert_eq!(ask(&all, ADA, BOB, NOW), Outcome::Full);
            all.push(question(ADA, BOB));
            assert_eq!(accept(&all, BOB, NOW, NOW), AcceptResult::Full);
            let mut asked = pairs(full, MAX_PAIRS);
            asked.push(question(BOB, ADA));
            assert_eq!(ask(&asked, ADA, BOB, NOW), Outcome::Full);
        }
        let asked: Vec<Pair> = (0..5).map(|number| question(ADA, PeerId(50 + number))).collect();
        assert_eq!(ask(&asked[..4], ADA, BOB, NOW), Outcome::Asks);
        assert_eq!(ask(&asked, ADA, BOB, NOW), Outcome::Full);
        // Questions that others ask do not count for Ada.
        let asked: Vec<Pair> = (0..9).map(|number| question(PeerId(50 + number), ADA)).collect();
        assert_eq!(ask(&asked, ADA, BOB, NOW), Outcome::Asks);
    }

    #[test]
    fn only_whoever_was_asked_accepts_and_only_what_is_certain() {
        let open = [question(ADA, BOB)];
        assert_eq!(accept(&open, ADA, NOW, NOW), AcceptResult::Gone);
        assert_eq!(accept(&open, BOB, NOW + 1, NOW), AcceptResult::Gone);
        let done = [pair(ADA, BOB)];
        assert_eq!(accept(&done, BOB, NOW, NOW), AcceptResult::Already(done[0]));
        let two = [question(ADA, BOB), question(PeerId(3), BOB)];
        assert_eq!(accept(&two, BOB, NOW, NOW), AcceptResult::Gone);
    }
}
