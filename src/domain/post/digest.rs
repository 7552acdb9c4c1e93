//! One late message about several missed days, with a line for each day.

use chrono::NaiveDate;

use super::Post;
use super::compose::{draw_notes, draw_recap, leaders, leading, nobody_studied, with_title};
use super::message::{EntityKind, MAX_UNITS, Message, MessageBuilder};
use super::names::Names;
use super::style::Late;
use crate::domain::accounting::leaderboard::Board;
use crate::domain::words::Dates;

/// The most days of one message. Even with the longest names, so many lines fit into a message.
pub const MAX_DAYS: usize = 14;

/// The days of each message: one day, or several missed days.
pub fn messages(days: &[NaiveDate], today: NaiveDate, late: Late) -> Vec<&[NaiveDate]> {
    let missed = days.iter().take_while(|day| **day < today).count();
    let (missed, on_time) = days.split_at(missed);
    let most = match late {
        Late::Each => 1,
        Late::Digest => MAX_DAYS,
    };
    missed.chunks(most).chain(on_time.chunks(1)).collect()
}

/// Writes the message. `days`: the boards of the missed days, the oldest first. `post` is about the last of these days;
/// its own boards are not shown.
pub fn digest(post: &Post, days: &[Board]) -> Message {
    let whole = draw(post, days, true);
    let message = if whole.units() <= MAX_UNITS { whole } else { draw(post, days, false) };
    message.finish()
}

fn draw(post: &Post, days: &[Board], details: bool) -> MessageBuilder {
    let recapped = post.recaps.iter().flat_map(|recap| recap.profiles.values());
    let people = days.iter().flat_map(leading);
    let names = Names::new(post.words, people.map(|entry| &entry.profile).chain(recapped));
    let mut message = MessageBuilder::default();
    let best = days.iter().filter_map(|day| leaders(day, &names)).max_by_key(|(_, seconds)| *seconds);
    let best = best.as_ref().map(|(leaders, seconds)| (leaders.as_str(), *seconds));
    message.push_as(EntityKind::Bold, &post.words.digest_title(best, days.len()));
    message.push(&format!("\n{}", with_title(post, post.words.digest_occasion(dates(days)))));
    for recap in post.recaps {
        draw_recap(&mut message, post, &names, recap, details);
    }
    message.push("\n");
    for day in days {
        message.push(&format!("\n{}", line(post, &names, day)));
    }
    draw_notes(&mut message, &Post { boards: &[], ..*post });
    message
}

fn line(post: &Post, names: &Names, day: &Board) -> String {
    let date = day.period.first;
    match leaders(day, names) {
        Some((leaders, seconds)) => post.words.digest_day(date, &leaders, seconds, day.people(), day.shown_seconds()),
        None if nobody_studied(day) => post.words.digest_empty_day(date),
        None => post.words.digest_unknown_day(date),
    }
}

fn dates(days: &[Board]) -> Dates {
    let date = |day: Option<&Board>| day.map_or(NaiveDate::default(), |day| day.period.first);
    Dates::between(date(days.first()), date(days.last()))
}

#[cfg(test)]
mod tests {
    use super::super::PostKind;
    use super::super::message::MAX_ENTITIES;
    use super::super::testing::{HOUR, board, date, post};
    use super::*;
    use crate::domain::time::period::Scope;
    use proptest::prelude::*;

    fn missed(last: u64) -> Vec<NaiveDate> {
        date("2026-11-01").iter_days().take(last as usize).collect()
    }

    #[test]
    fn missed_days_share_a_message_and_today_has_its_own() {
        let days = missed(16);
        let lengths = |late, today: &str| -> Vec<usize> {
            messages(&days, date(today), late).iter().map(|days| days.len()).collect()
        };
        assert_eq!(lengths(Late::Each, "2026-11-16"), [1; 16]);
        assert_eq!(lengths(Late::Digest, "2026-11-16"), [14, 1, 1]);
        assert_eq!(lengths(Late::Digest, "2026-11-17"), [14, 2]);
        assert_eq!(messages(&days[..2], date("2026-11-02"), Late::Digest), [&days[..1], &days[1..2]]);
        assert!(messages(&[], date("2026-11-02"), Late::Digest).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_day_fits_into_a_message(names in proptest::collection::vec("(?s).{0,60}", 1..5), wide in 0..200usize) {
            let names: Vec<String> = names.into_iter().map(|name| name + &"👩\u{200d}👧".repeat(wide)).collect();
            let people: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 100 * HOUR)).collect();
            let days: Vec<Board> =
                missed(MAX_DAYS as u64).iter().map(|day| board(Scope::Day, &day.to_string(), &people)).collect();
            let skipped = missed(30);
            let message = digest(&Post { skipped: &skipped, ..post(PostKind::Backfill, "2026-11-14", &days) }, &days);
            prop_assert!(message.text.encode_utf16().count() <= MAX_UNITS, "{}", message.text);
            prop_assert!(message.entities.len() <= MAX_ENTITIES);
        }
    }
}
