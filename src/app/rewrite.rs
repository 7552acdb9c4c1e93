//! Composes posts again after a change of what they show: a correction, a hidden or a forgotten person.

use chrono::NaiveDate;

use crate::app::post_writer::{Writer, Written};
use crate::app::posts::as_posted;
use crate::config::GroupSettings;
use crate::domain::Instant;
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::meet::Invitation;
use crate::domain::meet::slots::shown;
use crate::domain::post::PostKind;
use crate::domain::time::period::local_date;
use crate::error::Result;
use crate::store::{Delivery, GroupRow, Rewrite, Store};

/// How many posts have another text now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// Posts whose messages will be edited.
    pub edited: usize,
    /// Posts whose messages Telegram no longer allows to be edited.
    pub too_old: usize,
    /// Posts that are not sent yet.
    pub waiting: usize,
}

/// Composes the posts of a group again, and queues an edit for each post whose text has changed. With `since`, these
/// are the posts of that day and of all later days; without it, the posts whose messages can still be edited. Posts
/// that are not sent are composed again, too. A final post stays final. `export`: the website receives the new boards.
pub fn rewrite_sent(
    store: &mut Store,
    settings: &GroupSettings,
    group: &GroupRow,
    since: Option<NaiveDate>,
    export: bool,
    now: ReadTime,
) -> Result<Rewritten> {
    let mut rewritten = Rewritten::default();
    let sent_since = since.map_or(Store::editable_since(now.at), |_| Instant(0));
    for row in store.posts_since(group.key, sent_since)? {
        let Some(day) = day_of(settings, &row) else { continue };
        if since.is_some_and(|since| day < since) {
            continue;
        }
        let Written { message, picture, snapshot, .. } = write_again(store, settings, group, &row, day, now)?;
        match store.rewrite(row.id, &message, picture.as_ref(), Some(&snapshot).filter(|_| export), now.at)? {
            Rewrite::Same => {}
            Rewrite::Waiting => rewritten.waiting += 1,
            Rewrite::Edited => rewritten.edited += 1,
            Rewrite::TooOld => rewritten.too_old += 1,
        }
    }
    Ok(rewritten)
}

/// The day that a post is about; for a manual post, the day on which it was asked for.
fn day_of(settings: &GroupSettings, row: &Delivery) -> Option<NaiveDate> {
    match row.post_kind() {
        PostKind::Manual => row.subject.parse().ok().map(|at| local_date(settings.zone, Instant(at))),
        PostKind::Daily | PostKind::Backfill => row.day(),
    }
}

/// The post of a row as it would be composed now, in the language and the form in which it was posted.
pub(super) fn write_again(
    store: &Store,
    settings: &GroupSettings,
    group: &GroupRow,
    row: &Delivery,
    day: NaiveDate,
    now: ReadTime,
) -> Result<Written> {
    let days = [store.told_in(row.id)?, vec![day]].concat();
    let skipped = store.skipped_in(group.key, day)?;
    let settings = as_posted(settings, row);
    let slots = (settings.slots.list(), settings.slots.times().first().map(|time| shown(*time)));
    let asked = settings.language.meet_words().invitation(&slots.0, slots.1.as_deref().unwrap_or_default());
    // The message keeps its buttons, or the line that it has instead of buttons.
    let is_asked = !settings.slots.is_empty() && row.full_text().text.contains(&asked);
    let invitation = if is_asked { Invitation::Line } else { Invitation::No };
    let writer = Writer { invitation, ..Writer::new(store, &settings, group, now) };
    let recaps = writer.recaps(&row.recaps)?;
    match days[..] {
        [day] => writer.post(row.post_kind(), day, Some(day), &skipped, &recaps),
        _ => writer.digest(&days, &skipped, &recaps),
    }
}
