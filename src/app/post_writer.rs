//! Composes posts from the store: boards, the lines around them, recaps, and late messages about several days.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use crate::app::boards;
use crate::app::meet;
use crate::app::people::{self, Marks, Whose};
use crate::app::silence;
use crate::config::GroupSettings;
use crate::domain::accounting::leaderboard::{Board, Record};
use crate::domain::accounting::totals::{Totals, totals};
use crate::domain::accounting::unwatched::ReadTime;
use crate::domain::chat::press::Press;
use crate::domain::chat::{Button, Buttons};
use crate::domain::meet::Invitation;
use crate::domain::meet::slots::{Slot, minute_of, shown};
use crate::domain::post::compose::{caption, compose, compose_and_count_praise};
use crate::domain::post::digest::digest;
use crate::domain::post::history::{self, History, Moves};
use crate::domain::post::layout::{self, Fault};
use crate::domain::post::message::Message;
use crate::domain::post::picture::{self, Card, Pictured};
use crate::domain::post::recap::{self, Recap, RecapKey};
use crate::domain::post::style::{Form, Look, StreakMarks};
use crate::domain::post::{BOARDS, Post, PostKind};
use crate::domain::publish::Snapshot;
use crate::domain::time::period::{Period, Scope, date_back, first_instant, local_date};
use crate::domain::words::meet::NamedSlot;
use crate::domain::words::own::OwnTexts;
use crate::domain::words::{SeenFrom, Words};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;
use crate::store::{Draft, GroupRow, Store};

/// How many days are read to find how many people studied, and to find the last final day.
const LAST_DAYS: u64 = 7;

/// The data from which posts are composed.
pub(super) struct Writer<'a> {
    pub store: &'a Store,
    pub settings: &'a GroupSettings,
    pub group: &'a GroupRow,
    pub now: ReadTime,
    /// The texts of the language, with the group's own.
    pub words: OwnTexts<'a>,
    /// How a daily post asks who comes to the next day's slots.
    pub invitation: Invitation,
}

/// A composed post: its message, whether its days are final, and its snapshot for a website.
pub(super) struct Written {
    pub message: Message,
    /// The same as a picture, if the settings ask for one.
    pub picture: Option<Pictured>,
    is_final: bool,
    pub snapshot: Snapshot,
}

impl<'a> Writer<'a> {
    pub fn new(store: &'a Store, settings: &'a GroupSettings, group: &'a GroupRow, now: ReadTime) -> Writer<'a> {
        let words = settings.own_words.over(settings.language.words());
        Writer { store, settings, group, now, words, invitation: Invitation::No }
    }

    /// A post about one day. A backfill's week and month go up to the end of its day.
    pub fn draft(&self, kind: PostKind, day: NaiveDate, skipped: &[NaiveDate], recaps: Vec<Recap>) -> Result<Draft> {
        let through = (kind == PostKind::Backfill).then_some(day);
        let written = self.post(kind, day, through, skipped, &recaps)?;
        self.drafted(kind, day, written, &recaps)
    }

    /// One message about several missed days. Its row is that of the last day.
    pub fn digest_draft(&self, days: &[NaiveDate], skipped: &[NaiveDate], recaps: Vec<Recap>) -> Result<Draft> {
        let (day, others) = days.split_last().expect("a digest has days");
        let written = self.digest(days, skipped, &recaps)?;
        let draft = self.drafted(PostKind::Backfill, *day, written, &recaps)?;
        let told = others.iter().map(|day| Ok((*day, self.store.generation(self.group.key, *day)?)));
        Ok(Draft { told: told.collect::<Result<_>>()?, ..draft })
    }

    fn drafted(&self, kind: PostKind, day: NaiveDate, written: Written, recaps: &[Recap]) -> Result<Draft> {
        let is_manual = kind == PostKind::Manual;
        Ok(Draft {
            kind,
            day,
            at: self.now.at,
            once: false,
            generation: if is_manual { 0 } else { self.store.generation(self.group.key, day)? },
            topic: self.settings.topic(Some(self.group.known())),
            account: None,
            language: self.settings.language,
            message: written.message,
            picture: written.picture.filter(shows_people),
            buttons: if kind == PostKind::Daily { self.slot_buttons(day) } else { Buttons::default() },
            is_final: written.is_final,
            snapshot: Some(written.snapshot),
            recaps: recaps.iter().map(Recap::key).collect(),
            told: Vec::new(),
        })
    }

    /// A button for each slot of the next day, if the post has them.
    fn slot_buttons(&self, day: NaiveDate) -> Buttons {
        let Some(next) = day.succ_opt().filter(|_| self.invitation == Invitation::Buttons) else {
            return Buttons::default();
        };
        let words = self.settings.language.meet_words();
        let button = |slot: Slot| {
            let press = Press::In { group: self.group.key.0, date: slot.date, minute: minute_of(slot.time) };
            let is_tomorrow = meet::is_tomorrow(self.settings, slot.starts(self.settings.zone), self.now.at);
            Button::press(words.button(NamedSlot { is_tomorrow, time: &shown(slot.time) }), press)
        };
        Buttons(self.settings.slots.of_day(next).map(|slot| vec![button(slot)]).collect())
    }

    /// The post of a day. Its boards count up to the end of `through` at most.
    pub fn post(
        &self,
        kind: PostKind,
        day: NaiveDate,
        through: Option<NaiveDate>,
        skipped: &[NaiveDate],
        recaps: &[Recap],
    ) -> Result<Written> {
        self.with_post(kind, day, through, |post| {
            let post = Post { skipped, recaps, ..*post };
            let (message, praised) = compose_and_count_praise(&post);
            let is_final = post.boards.first().is_some_and(|board| board.is_final);
            let picture = self.pictured(&post);
            Written {
                message,
                picture,
                is_final,
                snapshot: Snapshot::of(&post, praised, self.settings.label.as_deref()),
            }
        })
    }

    /// The post as a picture, if the group's posts are pictures.
    fn pictured(&self, post: &Post) -> Option<Pictured> {
        if self.settings.style.form == Form::Text {
            return None;
        }
        let today = local_date(self.settings.zone, self.now.at);
        let board = picture::board_card(post, today, self.settings.language.card_words())?;
        Some(Pictured { card: Card::Board(board), caption: caption(post) })
    }

    /// The faults in the layout of a post.
    pub fn layout_faults(&self, kind: PostKind, day: NaiveDate) -> Result<Vec<Fault>> {
        self.with_post(kind, day, None, |post| layout::faults(post, &compose(post), &compose(post)))
    }

    /// Calls `use_post` with the post of a day, without skipped days and recaps.
    fn with_post<T>(
        &self,
        kind: PostKind,
        day: NaiveDate,
        through: Option<NaiveDate>,
        use_post: impl FnOnce(&Post) -> T,
    ) -> Result<T> {
        let boards = self.boards(&BOARDS, day, through)?;
        let history = self.history(kind, day, through, &boards)?;
        let (praise, quotes) = self.lines(kind);
        let bare = self.bare(kind, day, &history);
        // A manual post has no such lines: it would differ from the last one although the standings are the same.
        let kept = match kind {
            PostKind::Manual => Vec::new(),
            PostKind::Daily | PostKind::Backfill => {
                meet::kept(self.store, self.settings, self.group.key, day, self.now)?
            }
        };
        let is_asked = kind == PostKind::Daily && self.invitation == Invitation::Line;
        let invited = if is_asked { self.settings.slots.times() } else { &[] };
        let (kept, boards) = (&kept[..], &boards[..]);
        let silence = match kind {
            PostKind::Daily => silence::announcement(self.store, self.settings, self.group.key, day)?,
            PostKind::Manual | PostKind::Backfill => None,
        };
        Ok(use_post(&Post { boards, praise: &praise, quotes: &quotes, kept, invited, silence, ..bare }))
    }

    /// The message about several missed days. Its snapshot for a website has the boards of the last day.
    pub fn digest(&self, days: &[NaiveDate], skipped: &[NaiveDate], recaps: &[Recap]) -> Result<Written> {
        let day = days.last().copied().unwrap_or_default();
        let told: Vec<Board> = days.iter().map(|day| self.board(Scope::Day, *day, None)).collect::<Result<_>>()?;
        let (boards, history) = (self.boards(&BOARDS, day, Some(day))?, History::default());
        let post = Post { boards: &boards, skipped, recaps, ..self.bare(PostKind::Backfill, day, &history) };
        let is_final = told.iter().all(|board| board.is_final);
        Ok(Written {
            message: digest(&post, &told),
            picture: None,
            is_final,
            snapshot: Snapshot::of(&post, 0, self.settings.label.as_deref()),
        })
    }

    /// A post without any contents yet.
    fn bare<'b>(&'b self, kind: PostKind, day: NaiveDate, history: &'b History) -> Post<'b> {
        Post {
            kind,
            group: &self.group.title,
            zone: self.settings.zone,
            day,
            boards: &[],
            skipped: &[],
            top: self.settings.top,
            mentions: self.settings.mentions,
            praise: &[],
            quotes: &[],
            words: &self.words,
            style: &self.settings.style,
            history,
            recaps: &[],
            kept: &[],
            invited: &[],
            silence: None,
        }
    }

    /// Praise (titles in the classic look) and quotes: the group's own, else those of its language. A manual post in
    /// the standard look has neither.
    fn lines(&self, kind: PostKind) -> (Vec<&str>, Vec<&str>) {
        let (style, words) = (&self.settings.style, &self.words);
        let shipped = match style.look {
            Look::Standard if kind == PostKind::Manual => return (Vec::new(), Vec::new()),
            Look::Standard => words.praise(),
            Look::Classic => words.classic_titles(),
        };
        let praise = if style.own_praise { slices(&self.settings.praise) } else { shipped.to_vec() };
        let quotes = if style.own_quotes { slices(&self.settings.quotes) } else { words.quotes().to_vec() };
        (praise, quotes)
    }

    pub fn boards(&self, scopes: &[Scope], day: NaiveDate, through: Option<NaiveDate>) -> Result<Vec<Board>> {
        boards::boards(self.store, self.settings, self.group.key, scopes, day, through, self.now)
    }

    fn board(&self, scope: Scope, day: NaiveDate, through: Option<NaiveDate>) -> Result<Board> {
        Ok(self.boards(&[scope], day, through)?.remove(0))
    }

    /// What a post says in addition to its boards.
    fn history(&self, kind: PostKind, day: NaiveDate, through: Option<NaiveDate>, boards: &[Board]) -> Result<History> {
        if self.settings.style.look == Look::Classic {
            return Ok(History::default());
        }
        let moves = boards.iter().map(|board| self.moves(board, day)).collect::<Result<_>>()?;
        let seen_from = if kind == PostKind::Backfill { SeenFrom::After } else { SeenFrom::Within };
        let zone = self.settings.zone;
        let until = through.and_then(|day| day.succ_opt()).map_or(Instant(i64::MAX), |next| first_instant(zone, next));
        let prior = |board: &Board| {
            let prior = history::prior(board, until, zone, self.settings.calendar, seen_from);
            // Not in a manual post: a comparison changes while the standings stay the same.
            prior.filter(|_| kind != PostKind::Manual)
        };
        let priors: Vec<_> = boards.iter().map(prior).collect();
        let days: Vec<Period> = (1..LAST_DAYS).rev().filter_map(|back| self.day_before(day, back)).collect();
        let spans = priors.iter().flatten().map(|(span, _)| *span).chain(days.iter().map(|day| day.span));
        let (_, mut compared) = self.totals(&spans.collect::<Vec<Span>>())?;
        let last = compared.split_off(priors.iter().flatten().count());
        let mut compared = compared.iter();
        let comparison = |(board, prior): (&Board, &Option<(Span, _)>)| {
            let (_, with) = prior.as_ref()?;
            Some((history::difference(board, compared.next()?)?, *with))
        };
        let comparisons = boards.iter().zip(&priors).map(comparison).collect();
        let people = days.iter().zip(&last).map(|(day, total)| (day.first, history::people_of_day(total)));
        let today = boards.first().map(|board| (day, history::people_of_board(board)));
        let last_days = people.chain(today).collect();
        let Marks { streaks, newcomers } = self.marks(kind, day)?;
        Ok(History { moves, comparisons, last_days, streaks, newcomers })
    }

    /// Streaks and newcomers. A manual post has none, because they change while the standings stay the same.
    pub fn marks(&self, kind: PostKind, day: NaiveDate) -> Result<Marks> {
        let whose = match self.settings.style.streaks {
            _ if kind == PostKind::Manual => return Ok(Marks::default()),
            StreakMarks::Off => Whose::Nobody,
            StreakMarks::Chosen => Whose::Chosen,
            StreakMarks::All => Whose::All,
        };
        people::marks(self.store, self.settings, self.group.key, day, self.now, whose)
    }

    fn day_before(&self, day: NaiveDate, back: u64) -> Option<Period> {
        let date = day.checked_sub_days(Days::new(back))?;
        Some(Period::of(Scope::Day, date, self.settings.zone, self.settings.calendar))
    }

    /// How places changed: for a day, since the last final day on which anybody studied; for a week or month, since the
    /// end of yesterday.
    pub fn moves(&self, board: &Board, day: NaiveDate) -> Result<Moves> {
        let Period { scope, first, .. } = board.period;
        if scope != Scope::Day {
            let Some(yesterday) = day.pred_opt().filter(|yesterday| *yesterday >= first) else {
                return Ok(Moves::new());
            };
            return Ok(history::moves(board, &self.board(scope, day, Some(yesterday))?));
        }
        for date in (1..=LAST_DAYS).filter_map(|back| day.checked_sub_days(Days::new(back))) {
            let before = self.board(scope, date, None)?;
            if before.is_final && !before.entries.is_empty() {
                return Ok(history::moves(board, &before));
            }
        }
        Ok(Moves::new())
    }

    /// People's time in each of `spans`, and the record from which it was computed.
    pub fn totals(&self, spans: &[Span]) -> Result<(Record, Vec<Totals>)> {
        let from = spans.iter().map(|span| span.from).min().unwrap_or(Instant(0));
        let to = spans.iter().map(|span| span.to).max().unwrap_or(Instant(0));
        let reach = self.settings.policy.rules.reach();
        let window = Span::new(from - reach, to + reach);
        let mut record = boards::record(self.store, self.settings, self.group.key, window)?;
        record.set_now(self.now);
        let totals = totals(&record, spans, self.settings.policy);
        Ok((record, totals))
    }

    /// The recaps that a message about `days` opens with: of the last week and month before each of these days, if they
    /// are final and not in `posted`.
    pub fn due_recaps(&self, days: &[NaiveDate], posted: &[RecapKey]) -> Result<Vec<Recap>> {
        let (zone, calendar) = (self.settings.zone, self.settings.calendar);
        let candidates =
            days.iter().flat_map(|day| recap::candidates(&self.settings.style.recaps, *day, zone, calendar));
        let due: BTreeSet<RecapKey> = candidates.filter(|key| !posted.contains(key)).collect();
        self.recaps(&due.into_iter().collect::<Vec<_>>())
    }

    /// The recaps of `keys` whose period is final and in which anybody studied.
    pub fn recaps(&self, keys: &[RecapKey]) -> Result<Vec<Recap>> {
        keys.iter().filter_map(|key| self.recap(*key).transpose()).collect()
    }

    fn recap(&self, RecapKey { scope, first }: RecapKey) -> Result<Option<Recap>> {
        let board = self.board(scope, first, None)?;
        if !board.is_final || board.entries.is_empty() {
            return Ok(None);
        }
        let (zone, calendar) = (self.settings.zone, self.settings.calendar);
        let before = (1..=recap::compared(scope))
            .map(|back| Period::of(scope, date_back(scope, board.period.first, calendar, back), zone, calendar));
        let days = (0..recap::DAYS as u64).filter_map(|back| self.day_before(board.period.last, back));
        let periods = [board.period].into_iter().chain(before).chain(days);
        let (record, mut before) = self.totals(&periods.map(|period| period.span).collect::<Vec<Span>>())?;
        let days = before.split_off(1 + recap::compared(scope) as usize);
        let period = before.remove(0);
        let gate = self.settings.policy.rules.gate;
        let known = self.store.studied_before(self.group.key, period.window.from, gate)?;
        let known: BTreeSet<PeerId> = known.into_iter().map(|peer| record.aliases.person(peer)).collect();
        let prior = history::prior(&board, Instant(i64::MAX), zone, calendar, SeenFrom::After);
        let comparison = prior.and_then(|(_, with)| Some((history::difference(&board, before.first()?)?, with)));
        let recap = Recap::new(board, &period, &before, &days, &known, comparison);
        Ok(Some(recap.with_profiles(|person| record.profile(person))))
    }
}

/// Whether a picture has people: one without shows less than the text does.
fn shows_people(picture: &Pictured) -> bool {
    matches!(&picture.card, Card::Board(board) if !board.rows.is_empty())
}

fn slices(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}
