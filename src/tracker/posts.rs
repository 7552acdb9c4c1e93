//! Posts on their way: when they are due, whose turn it is, and what came of it; and what a website hears of them.

use std::time::Duration;

use super::{End, Place, TICK, Timers, Tracker};
use crate::app::posts::{self, Author, Final, Sent, Via};
use crate::app::publish;
use crate::domain::Instant;
use crate::domain::post::delivery::{self, Turn, Verdict};
use crate::domain::publish::{Answer, Waiting};
use crate::error::Result;
use crate::store::Row;
use crate::telegram::CallError;
use crate::telegram::connection::Caller;
use crate::tracker::unwritten::Write;
use crate::web::client::Exporter;

/// How long a due post waits for the roster to be confirmed once more.
const FRESHEN: Duration = Duration::from_secs(15);

impl Tracker<'_> {
    /// Stores the posts that are due. A fresh look at the call comes first, but nothing waits for it for long.
    pub(super) fn schedule(&mut self, place: &Place, timers: &mut Timers, now: Duration) -> Result<()> {
        let Some(confirmed) = self.confirmed else { return Ok(()) };
        let due = self.clock.now();
        let owed = posts::owed(&self.store, self.config.group(), &place.row, &self.config.group().timetable, due)?;
        if owed.days.is_empty() {
            timers.freshen = None;
            return Ok(());
        }
        let (until, wanted) = *timers.freshen.get_or_insert((now + FRESHEN, due));
        timers.schedule = now + TICK;
        if confirmed >= wanted || now >= until {
            for row in
                posts::queue_owed(&mut self.store, self.config.group(), &place.row, &owed, None, self.export, due)?
            {
                tracing::info!("post {} is due", row.id);
            }
            timers.freshen = None;
            timers.outbox = now;
        } else {
            timers.check = now;
        }
        Ok(())
    }

    /// A flag file asks for a post now, as with the old tracker.
    pub(super) fn take_flag(&mut self, place: &Place) -> Result<()> {
        let flag = self.config.home().post_now_flag();
        let Ok(file) = flag.metadata() else { return Ok(()) };
        let age = file.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let at = age.map(|age| Instant(age.as_secs() as i64));
        if self.flag == Some(at) {
            return Ok(());
        }
        posts::queue_now(&mut self.store, self.config.group(), &place.row, at, None, self.export, self.clock.now())?;
        tracing::info!("{} asks for a post", flag.display());
        // After the post is stored: a crash in between finds the flag again, and the same post.
        if let Err(error) = std::fs::remove_file(&flag) {
            tracing::error!("{} can't be removed: {error}; remove it, or it can't ask again", flag.display());
            self.flag = Some(at);
        }
        Ok(())
    }

    /// How a post is to be sent.
    pub(super) fn via(&self, row: &Row, place: &Place, caller: &Caller) -> Result<Via> {
        Ok(match (posts::author(row, self.bot.as_ref(), None), &self.bot) {
            (Author::Bot, Some(login)) => Via::Bot { login: Box::new(login.clone()), group: place.group.peer },
            _ => {
                let hashes = posts::hashes(&self.store, self.config.group(), &place.row)?;
                Via::User { caller: caller.clone(), group: place.group.clone(), hashes }
            }
        })
    }

    /// The next post to send, claimed for this process.
    pub(super) fn next_post(&mut self, place: &Place, caller: &Caller) -> Result<Option<(Row, Via)>> {
        for row in self.store.undelivered(place.row.key)? {
            let via = self.via(&row, place, caller)?;
            let me = match &via {
                Via::User { .. } => place.me,
                Via::Bot { login, .. } => login.id,
            };
            if self.store.claim(row.id, me, self.clock.now())? == Turn::Send {
                return Ok(Some((row, via)));
            }
        }
        Ok(None)
    }

    /// A post in the group that has become final, and how to edit it.
    pub(super) fn next_edit(&self, place: &Place, caller: &Caller) -> Result<Option<(Final, Via)>> {
        let Some(post) =
            posts::finalizable(&self.store, self.config.group(), &place.row, self.export, self.clock.now())?
        else {
            return Ok(None);
        };
        let via = self.via(&post.row, place, caller)?;
        Ok(Some((post, via)))
    }

    pub(super) fn sent(
        &mut self,
        row: &Row,
        via: &Via,
        result: std::result::Result<Sent, CallError>,
    ) -> Result<(), End> {
        let verdict = delivery::verdict(posts::outcome(&result), row.standing.attempts, self.clock.now());
        self.write(Write::Settled { post: row.id, verdict: verdict.clone() })?;
        match verdict {
            Verdict::Sent { .. } => {
                self.posted += 1;
                tracing::info!("post {} is in the group", row.id);
            }
            Verdict::Retry { problem, .. } | Verdict::Quiet { problem, .. } => {
                tracing::warn!("post {} is not sent yet: {problem}", row.id);
            }
            Verdict::Refused { problem } => tracing::error!("post {} is refused: {problem}", row.id),
        }
        self.alert = Duration::ZERO;
        match result {
            Err(error) if via.is_user() && !error.spares_the_connection() => Err(error.into()),
            _ => Ok(()),
        }
    }

    pub(super) fn edited(
        &mut self,
        post: &Final,
        via: &Via,
        result: std::result::Result<(), CallError>,
        timers: &mut Timers,
    ) -> Result<(), End> {
        let row = &post.row;
        let finalized = posts::finalized(&mut self.store, post, &result, self.clock.now());
        match self.forgive(finalized)?.unwrap_or_else(|| Some(self.clock.now())) {
            None => tracing::info!("post {} is final", row.id),
            Some(at) => {
                let wait = (at - self.clock.now()).max(0);
                tracing::warn!("post {} can't be made final yet; next try in {wait} s", row.id);
                timers.finalize = self.clock.elapsed() + Duration::from_secs(wait.unsigned_abs());
            }
        }
        match result {
            Err(error) if via.is_user() && !error.spares_the_connection() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// What a website is to hear next. Nothing that goes wrong here is a reason to stop watching.
    pub(super) fn next_export(&mut self, place: &Place) -> Option<(Exporter, Waiting)> {
        let exporter = self.exporter.clone()?;
        let next = publish::next(&mut self.store, place.row.key, &exporter, self.clock.now());
        let waiting = next.unwrap_or_else(|error| {
            tracing::error!("{error}");
            None
        });
        Some((exporter, waiting?))
    }

    pub(super) fn exported(&mut self, place: &Place, sent: &Waiting, answer: Answer) {
        if let Err(error) = publish::settle(&mut self.store, place.row.key, sent, answer, self.clock.now()) {
            tracing::error!("{error}");
        }
    }
}
