//! The old tracker's commands, answered in its words: `.post now`, `.audit quick|full`, `.layout audit|preview` and
//! `.logs tail [n]`.

use super::admins::{audited, log_answer, parts, say};
use super::{Asking, Effect, Reply};
use crate::app::checks::{self, Verdict};
use crate::app::facts::Facts;
use crate::app::log_tail;
use crate::app::posts;
use crate::config::Config;
use crate::domain::Instant;
use crate::domain::chat::Answer;
use crate::domain::chat::command::OldCommand;
use crate::domain::post::PostKind;
use crate::domain::post::message::harmless_text;
use crate::domain::text::count;
use crate::error::Result;

/// The most graphemes of a detail.
const MAX_DETAIL: usize = 600;
/// Details of one check that are shown; the others are counted.
const MAX_DETAILS: usize = 50;

/// The answer, and what the command changes. `at` is when the command was written: the same instant is the same post.
pub fn old(asking: &Asking, command: OldCommand, config: &Config, at: Instant) -> Result<Reply> {
    let text = match command {
        OldCommand::PostNow => {
            let effect = Some(Effect::Post { group: asking.group.key, at });
            return Ok(Reply { effect, ..say("Manual leaderboard post scheduled.").into() });
        }
        OldCommand::AuditQuick => return Ok(summary(&[layout(asking)?])),
        OldCommand::AuditFull => return Ok(summary(&all_checks(asking, config)?)),
        OldCommand::AuditUsage => "Usage: .audit quick|full".into(),
        OldCommand::LayoutAudit => match layout(asking)?.details {
            details if details.is_empty() => "FORMAT PASS (no changes)".into(),
            details => format!("FORMAT FAIL: {}", details.join("; ")),
        },
        OldCommand::LayoutPreview => {
            let message = posts::preview(asking.store, asking.settings, asking.group, asking.now)?;
            return Ok(Answer { message, ..Answer::default() }.into());
        }
        OldCommand::LayoutUsage => "Usage: .layout audit|preview".into(),
        OldCommand::UnknownLayout => "Unknown .layout command.".into(),
        OldCommand::LogsTail(lines) => return Ok(log_answer(&log_tail::tail(config, lines)?, "(log empty)").into()),
        OldCommand::Unknown => "Unknown admin command.".into(),
    };
    Ok(say(&text).into())
}

/// One line of a summary.
struct Check {
    name: String,
    /// The text if nothing is wrong.
    good: String,
    /// The problems.
    details: Vec<String>,
}

fn summary(checks: &[Check]) -> Reply {
    let mut lines = vec!["=== Audit Summary ===".to_owned()];
    for Check { name, good, details } in checks {
        match details.len() {
            0 => lines.push(format!("✅ {name}: {good}")),
            1 => lines.push(format!("❌ {name}: 1 problem")),
            count => lines.push(format!("❌ {name}: {count} problems")),
        }
        lines.extend(
            details.iter().take(MAX_DETAILS).map(|detail| format!("Detail: {}", harmless_text(detail, MAX_DETAIL))),
        );
        if details.len() > MAX_DETAILS {
            lines.push(format!("Detail: and {} more", details.len() - MAX_DETAILS));
        }
    }
    Reply { answers: parts(&lines), ..Reply::default() }
}

fn layout(asking: &Asking) -> Result<Check> {
    let faults = posts::layout_faults(asking.store, asking.settings, asking.group, PostKind::Daily, asking.now)?;
    let details = faults.iter().map(ToString::to_string).collect();
    Ok(Check { name: "LAYOUT".into(), good: "the post is in order".into(), details })
}

/// The check of the layout, the findings of `swf audit`, and the checks of `swf doctor` that need no network and change
/// nothing.
fn all_checks(asking: &Asking, config: &Config) -> Result<Vec<Check>> {
    let report = audited(asking)?;
    let [days, boards, receipts] = [
        count(report.days, "day", "days"),
        count(report.boards, "board", "boards"),
        count(report.receipts, "receipt", "receipts"),
    ];
    let good = format!("{days}, {boards}, {receipts}: all add up");
    let mut all = vec![layout(asking)?, Check { name: "AUDIT".into(), good, details: report.findings }];
    all.extend(checks::local(config, &Facts::gather(config)).into_iter().map(setup));
    Ok(all)
}

/// A check of the setup; a note does not count as a failure.
fn setup(check: checks::Check) -> Check {
    let name = check.label.to_uppercase();
    match check.verdict {
        Verdict::Bad(error) => Check { name, good: String::new(), details: vec![error.message().to_owned()] },
        Verdict::Skipped(why) => Check { name, good: format!("skipped: {why}"), details: Vec::new() },
        _ => Check { name, good: harmless_text(check.text(), MAX_DETAIL), details: Vec::new() },
    }
}

#[cfg(test)]
mod tests;
