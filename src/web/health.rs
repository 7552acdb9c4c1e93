//! The state of tracker and store, for probes and for Prometheus.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;

/// The source of the tracker's state.
pub trait Health: Send + Sync + 'static {
    /// One sentence for each problem; empty if a tracker is alive and sees its groups. Everybody may read them, so they
    /// have no names.
    fn problems(&self) -> Vec<String>;

    /// Numbers about the tracker and the store, without names and ids of people.
    fn metrics(&self) -> Vec<Metric>;
}

/// A number with its name; see <https://prometheus.io/docs/instrumenting/exposition_formats/>.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub name: &'static str,
    pub help: &'static str,
    pub kind: Kind,
    /// The values, each with an optional label: its name and value.
    pub samples: Vec<(Option<(&'static str, String)>, f64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number that only grows.
    Counter,
    Gauge,
}

impl Metric {
    /// One value that can go up and down.
    pub fn gauge(name: &'static str, help: &'static str, value: impl Into<f64>) -> Metric {
        Metric { name, help, kind: Kind::Gauge, samples: vec![(None, value.into())] }
    }
}

/// The metrics in Prometheus' text format.
pub(super) fn text(metrics: &[Metric]) -> String {
    let mut text = String::new();
    for Metric { name, help, kind, samples } in metrics {
        let kind = if *kind == Kind::Counter { "counter" } else { "gauge" };
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (label, value) in samples {
            let label =
                label.as_ref().map_or(String::new(), |(name, value)| format!("{{{name}=\"{}\"}}", escape(value)));
            let _ = writeln!(text, "{name}{label} {value}");
        }
    }
    text
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// How many requests were answered, by the first digit of the status.
#[derive(Debug, Default)]
pub(super) struct Requests([AtomicU64; CLASSES.len()]);

impl Requests {
    pub(super) fn count(&self, status: StatusCode) {
        if let Some(count) = self.0.get(usize::from(status.as_u16() / 100).wrapping_sub(1)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn metric(&self) -> Metric {
        let sample = |(class, count): (&&str, &AtomicU64)| {
            (Some(("class", (*class).to_owned())), count.load(Ordering::Relaxed) as f64)
        };
        Metric {
            name: "swf_http_requests_total",
            help: "Requests answered, by the class of the status.",
            kind: Kind::Counter,
            samples: CLASSES.iter().zip(&self.0).map(sample).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_have_prometheus_text_format() {
        let requests = Requests::default();
        for status in [200, 204, 404, 500, 999] {
            requests.count(StatusCode::from_u16(status).unwrap());
        }
        let call = Metric {
            samples: vec![(Some(("group", "a\"b\\c\nd".into())), 2.0)],
            ..Metric::gauge("swf_call_people", "People in the call.", 0)
        };
        let up = Metric::gauge("swf_tracker_up", "Whether it runs.", 1);
        let big = Metric::gauge("swf_store_bytes", "Its size.", 1e12);
        insta::assert_snapshot!(text(&[up, big, call, requests.metric()]), @r#"
        # HELP swf_tracker_up Whether it runs.
        # TYPE swf_tracker_up gauge
        swf_tracker_up 1
        # HELP swf_store_bytes Its size.
        # TYPE swf_store_bytes gauge
        swf_store_bytes 1000000000000
        # HELP swf_call_people People in the call.
        # TYPE swf_call_people gauge
        swf_call_people{group="a\"b\\c\nd"} 2
        # HELP swf_http_requests_total Requests answered, by the class of the status.
        # TYPE swf_http_requests_total counter
        swf_http_requests_total{class="1xx"} 0
        swf_http_requests_total{class="2xx"} 2
        swf_http_requests_total{class="3xx"} 0
        swf_http_requests_total{class="4xx"} 1
        swf_http_requests_total{class="5xx"} 1
        "#);
    }
}
