//! Whether a tracker of this home is alive and sees its groups, for `/healthz` and `/metrics` (CASES F3).

use crate::app::groups;
use crate::config::Home;
use crate::domain::Instant;
use crate::domain::time::period::iso;
use crate::domain::time::zone::Zone;
use crate::platform::state_file::State;
use crate::store::{self, Access, LaneSize, Store};
use crate::web::health::{Health, Kind, Metric};

/// A group that was not seen for longer than this is a problem, in seconds. Heartbeats have the same interval.
const MAX_UNSEEN: i64 = 300;

/// The health of a home's tracker.
pub struct HomeHealth(pub Home);

impl Health for HomeHealth {
    fn problems(&self) -> Vec<String> {
        let state = State::read(&self.0);
        problems(state.as_ref(), groups::is_tracked(&self.0), groups::clock(&self.0, None).now())
    }

    fn metrics(&self) -> Vec<Metric> {
        let (home, now) = (&self.0, groups::clock(&self.0, None).now());
        let is_tracked = groups::is_tracked(home);
        let state = State::read(home).filter(|state| state.pid.is_some()).unwrap_or_default();
        let store = Store::open(&home.store(), Access::Read).and_then(|store| store.lane_sizes(now));
        let size = |suffix| store::beside(&home.store(), suffix).metadata().map_or(0, |file| file.len());
        let readable = Metric::gauge("swf_store_readable", "Whether the store can be read.", f64::from(store.is_ok()));
        let bytes = (size("") + size("-wal")) as f64;
        [of_tracker(&state, is_tracked, now), of_outbox(&store.unwrap_or_default())]
            .concat()
            .into_iter()
            .chain([readable, Metric::gauge("swf_store_bytes", "The size of the store with its log.", bytes)])
            .collect()
    }
}

/// When each group was last seen; `None` if never.
fn last_seen(state: &State) -> Vec<Option<i64>> {
    match &state.groups[..] {
        [] => vec![Some(state.last_seen).filter(|at| *at > 0)],
        groups => groups.iter().map(|group| group.last_seen).collect(),
    }
}

/// The problems at `now`. `is_held`: a process holds the tracker's lock.
fn problems(state: Option<&State>, is_held: bool, now: Instant) -> Vec<String> {
    let time = |at: i64| iso(Zone::UTC, Instant(at));
    let Some(state) = state.filter(|state| state.pid.is_some()) else {
        let none = "no tracker has run here yet";
        return if is_held { vec!["a tracker has just started".into()] } else { vec![none.into()] };
    };
    if !is_held {
        return vec![match state.stopped_at {
            Some(at) => format!("the tracker was stopped at {}", time(at)),
            None => format!("the tracker ended unexpectedly; its last heartbeat was at {}", time(state.heartbeat_at)),
        }];
    }
    if state.hangs(now) {
        return vec![format!("the tracker hangs; its last heartbeat was at {}", time(state.heartbeat_at))];
    }
    let groups = last_seen(state);
    let unseen: Vec<_> = groups.iter().filter(|at| at.is_none_or(|at| now.0 - at > MAX_UNSEEN)).collect();
    let store = state.store_problem.as_ref().map(|_| "the store can't be written".to_owned());
    let seen = unseen.iter().copied().min().map(|longest| {
        let since = longest.map_or("yet".to_owned(), |at| format!("since {}", time(at)));
        match groups.len() {
            1 => format!("the group has not been seen {since}"),
            all => format!("{} of {all} groups are not seen; one has not been seen {since}", unseen.len()),
        }
    });
    store.into_iter().chain(seen).collect()
}

/// The metrics of the tracker. With several groups, each value of a group has the group's name in `groups.toml`.
fn of_tracker(state: &State, is_tracked: bool, now: Instant) -> Vec<Metric> {
    let is_alive = is_tracked && !state.hangs(now);
    let calls: Vec<_> = match &state.groups[..] {
        [] => vec![(None, state.call.as_ref())],
        groups => groups.iter().map(|group| (group.name.clone(), group.call.as_ref())).collect(),
    };
    let of_groups = |name, help, values: Vec<f64>| {
        let labels = calls.iter().map(|(name, _)| name.clone().map(|name| ("group", name)));
        Metric { name, help, kind: Kind::Gauge, samples: labels.zip(values).collect() }
    };
    let people = calls.iter().map(|(_, call)| call.map_or(0, |call| call.people) as f64).collect();
    let running = calls.iter().map(|(_, call)| f64::from(call.is_some())).collect();
    let seen = last_seen(state).into_iter().map(|at| at.unwrap_or(0) as f64).collect();
    let gauge = |name, help, value: i64| Metric::gauge(name, help, value as f64);
    vec![
        Metric::gauge("swf_tracker_up", "Whether a tracker is alive.", f64::from(is_alive)),
        gauge("swf_tracker_start_time_seconds", "When the tracker started.", state.started_at),
        gauge("swf_tracker_heartbeat_time_seconds", "When the tracker last wrote its state.", state.heartbeat_at),
        of_groups("swf_group_last_seen_time_seconds", "When the group was last seen; 0 for never.", seen),
        of_groups("swf_call_running", "Whether a call runs.", running),
        of_groups("swf_call_people", "Accounts in the call.", people),
        gauge("swf_tracker_buffered_facts", "Facts that wait for the store.", state.buffered as i64),
    ]
}

fn of_outbox(lanes: &[LaneSize]) -> Vec<Metric> {
    let metric = |name, help, value: fn(&LaneSize) -> usize| {
        let samples = lanes.iter().map(|size| (Some(("lane", size.lane.code().to_owned())), value(size) as f64));
        Metric { name, help, kind: Kind::Gauge, samples: samples.collect() }
    };
    vec![
        metric("swf_outbox_waiting", "Messages that are not delivered yet.", |size| size.waiting),
        metric("swf_outbox_refused", "Messages that were refused.", |size| size.refused),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::state_file::GroupState;

    const NOW: Instant = Instant(1_000_000);

    fn alive() -> State {
        State { pid: Some(1), heartbeat_at: NOW.0 - 5, last_seen: NOW.0 - 10, ..State::default() }
    }

    fn said(state: &State, is_held: bool) -> String {
        problems(Some(state), is_held, NOW).join("; ")
    }

    /// CASES F3.
    #[test]
    fn no_tracker_is_a_problem_and_so_is_one_that_hangs() {
        assert_eq!(said(&alive(), true), "");
        assert_eq!(problems(None, false, NOW), ["no tracker has run here yet"]);
        assert_eq!(problems(None, true, NOW), ["a tracker has just started"]);
        assert_eq!(said(&State { pid: None, ..alive() }, false), "no tracker has run here yet");
        let died = "the tracker ended unexpectedly; its last heartbeat was at 1970-01-12T13:46:35+00:00";
        assert_eq!(said(&alive(), false), died);
        let stopped = State { stopped_at: Some(NOW.0 - 10), ..alive() };
        assert_eq!(said(&stopped, false), "the tracker was stopped at 1970-01-12T13:46:30+00:00");
        let hangs = State { heartbeat_at: NOW.0 - 300, ..alive() };
        assert_eq!(said(&hangs, true), "the tracker hangs; its last heartbeat was at 1970-01-12T13:41:40+00:00");
        let full = State { store_problem: Some("/secret/path is full".into()), ..alive() };
        assert_eq!(said(&full, true), "the store can't be written");
    }

    #[test]
    fn a_group_that_is_not_seen_is_a_problem_and_is_not_named() {
        let at = |last_seen| State { last_seen, ..alive() };
        assert_eq!(said(&at(NOW.0 - MAX_UNSEEN), true), "");
        assert_eq!(said(&at(NOW.0 - 301), true), "the group has not been seen since 1970-01-12T13:41:39+00:00");
        assert_eq!(said(&at(0), true), "the group has not been seen yet");
        let group = |last_seen| GroupState {
            name: Some("hush".into()),
            title: "hush".into(),
            last_seen,
            ..GroupState::default()
        };
        let several = |ages: &[Option<i64>]| {
            let groups = ages.iter().map(|age| group(age.map(|age| NOW.0 - age))).collect();
            said(&State { groups, ..alive() }, true)
        };
        assert_eq!(several(&[Some(1), Some(2)]), "");
        assert_eq!(
            several(&[Some(1), Some(301), Some(400)]),
            "2 of 3 groups are not seen; one has not been seen since 1970-01-12T13:40:00+00:00"
        );
        assert_eq!(several(&[Some(1), Some(301), None]), "2 of 3 groups are not seen; one has not been seen yet");
    }
}
