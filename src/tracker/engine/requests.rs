//! Which request is sent next. Telegram limits requests for each account and each method, not for each group.
//!
//! ```text
//! group A ──request──┐
//! group B ──request──┼──► the group that was served longest ago ──► Telegram
//! group C ──request──┘        while tokens last, and its method is not held back
//! ```
//! With one group, requests are sent at once, as the roster machine creates them. Several groups share a budget, so
//! that a group with many requests leaves room for the others.

use std::time::Duration;

use crate::domain::roster::Request;

/// Requests that may be sent at once. A reconnected account reads its calls, one request a call.
const BURST: f64 = 30.0;
/// Requests a second over a longer time.
const RATE: f64 = 2.0;
/// For how long after a wait the requests of its method come at [`RATE`], without a burst: all groups have waited for
/// the same moment, and a burst would only meet the limit again.
const PACED_TIME: Duration = Duration::from_secs(60);

/// Methods of Telegram that have a limit of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// Which call a group has.
    Lookup,
    /// Who is in a call.
    Participants,
    /// Which groups have a call.
    Sweep,
    /// Which group a name means.
    Find,
}

impl Method {
    pub(super) fn of(request: &Request) -> Method {
        match request {
            Request::Lookup => Method::Lookup,
            Request::Check { .. } | Request::Page { .. } | Request::Named { .. } | Request::Wait => {
                Method::Participants
            }
        }
    }
}

/// How many requests an account may send, and when.
#[derive(Debug)]
pub(super) struct RequestBudget {
    tokens: f64,
    /// The time for which `tokens` is right.
    at: Duration,
    /// Until when Telegram asked to wait, by method.
    held: [Duration; 4],
    /// Until when the requests of a method come one by one, by method.
    paced: [Duration; 4],
}

impl Default for RequestBudget {
    fn default() -> RequestBudget {
        RequestBudget { tokens: BURST, at: Duration::ZERO, held: [Duration::ZERO; 4], paced: [Duration::ZERO; 4] }
    }
}

impl RequestBudget {
    /// When the next request of the method may be sent.
    pub(super) fn next(&self, method: Method) -> Duration {
        let missing = (1.0 - self.tokens).max(0.0);
        self.held_until(method).max(self.at + Duration::from_secs_f64(missing / RATE))
    }

    /// Until when the method is held: because Telegram asked to wait, or for a moment between two paced requests.
    pub(super) fn held_until(&self, method: Method) -> Duration {
        self.held[method as usize]
    }

    /// The longest wait that Telegram asked for, among the methods that found groups need.
    pub(super) fn longest_wait(&self, now: Duration) -> Option<Duration> {
        let watching = [Method::Lookup, Method::Participants, Method::Sweep];
        let until = watching.map(|method| self.held_until(method)).into_iter().max()?;
        (until > now).then(|| until - now)
    }

    /// A request of the method is sent.
    pub(super) fn take(&mut self, method: Method, now: Duration) {
        if now < self.paced[method as usize] {
            let pause = Duration::from_secs_f64(1.0 / RATE);
            self.held[method as usize] = self.held_until(method).max(now + pause);
        }
        let refilled = self.tokens + RATE * now.saturating_sub(self.at).as_secs_f64();
        // Several groups that are due at the same moment may take up to one token too many.
        (self.tokens, self.at) = ((refilled.min(BURST) - 1.0).max(-1.0), now);
    }

    /// Telegram asks to wait with the method.
    pub(super) fn hold(&mut self, method: Method, until: Duration) {
        let held = &mut self.held[method as usize];
        *held = until.max(*held);
        self.paced[method as usize] = *held + PACED_TIME;
    }

    /// A new connection: Telegram may answer again.
    pub(super) fn reset_holds(&mut self) {
        self.held = [Duration::ZERO; 4];
        self.paced = [Duration::ZERO; 4];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_account_sends_a_burst_and_then_two_requests_a_second() {
        let mut budget = RequestBudget::default();
        let mut now = Duration::ZERO;
        let mut sent = Vec::new();
        for _ in 0..150 {
            now = now.max(budget.next(Method::Participants));
            budget.take(Method::Participants, now);
            sent.push(now);
        }
        assert_eq!(sent.iter().filter(|at| **at == Duration::ZERO).count(), 30);
        let last = sent[149].as_secs_f64();
        assert!((59.0..61.0).contains(&last), "{last}");
        // A quiet hour fills the budget again, but not above its maximum.
        now += seconds(3600);
        let full = (0..100).take_while(|_| {
            budget.take(Method::Lookup, now);
            budget.next(Method::Lookup) <= now
        });
        assert_eq!(full.count(), 29);
    }

    #[test]
    fn a_method_that_is_held_back_holds_no_other_one_back() {
        let mut budget = RequestBudget::default();
        budget.hold(Method::Participants, seconds(26));
        budget.hold(Method::Participants, seconds(20));
        assert_eq!(budget.next(Method::Participants), seconds(26));
        assert_eq!(budget.next(Method::Lookup), Duration::ZERO);
        assert_eq!(budget.longest_wait(seconds(6)), Some(seconds(20)));
        assert_eq!(budget.longest_wait(seconds(26)), None);
    }

    #[test]
    fn after_a_wait_the_requests_of_its_method_are_spread() {
        let mut budget = RequestBudget::default();
        budget.hold(Method::Participants, seconds(26));
        let mut now = seconds(26);
        for _ in 0..20 {
            now = now.max(budget.next(Method::Participants));
            budget.take(Method::Participants, now);
        }
        assert_eq!(now, Duration::from_millis(26_000 + 19 * 500));
        assert_eq!(budget.next(Method::Lookup), now);
        // A minute later there may be a burst again.
        budget.take(Method::Participants, seconds(86));
        assert!(budget.next(Method::Participants) <= seconds(86));
    }
}
