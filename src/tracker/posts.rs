//! Posts on their way: when they are due, whose turn it is, and what came of it; and what a website hears of them.

use std::time::Duration;

use super::{End, Place, TICK, Timers, Tracker};
use crate::app::posts;
use crate::app::sender::{self, Finished, Job, Lane, Routes, User};
use crate::domain::Instant;
use crate::domain::post::delivery::{Operation, Verdict};
use crate::error::Result;
use crate::telegram::connection::Caller;
use crate::telegram::group::GroupError;
use crate::tracker::unwritten::Write;

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

    /// What can be sent with while `caller` is connected.
    fn routes(&self, place: &Place, caller: &Caller) -> Routes {
        let user = User { caller: caller.clone(), group: place.group.clone(), account: place.me };
        Routes {
            user: Some(user),
            bot: self.bot.clone(),
            website: self.exporter.clone(),
            ..Routes::none(place.row.key, place.row.peer)
        }
    }

    /// The next row of a lane to send, claimed for this process.
    pub(super) fn next_job(&mut self, place: &Place, caller: &Caller, lane: Lane) -> Result<Option<Job>> {
        let routes = self.routes(place, caller);
        sender::next(&mut self.store, &routes, lane, self.clock.now())
    }

    /// Stores the final texts of posts whose day has become final.
    pub(super) fn queue_final(&mut self, place: &Place) -> Result<usize> {
        posts::queue_final(&mut self.store, self.config.group(), &place.row, self.export, self.clock.now())
    }

    pub(super) fn sent(&mut self, job: &Job, finished: Finished) -> Result<(), End> {
        let Finished { outcome, broken } = finished;
        let now = self.clock.now();
        let settlement = job.settlement(outcome, now);
        job.log(&settlement.verdict, now);
        if job.operation() == Operation::Send && matches!(settlement.verdict, Verdict::Done { .. }) {
            self.posted += 1;
        }
        self.write(Write::Settled(settlement))?;
        self.alert = Duration::ZERO;
        match broken {
            Some(GroupError::Call(error)) if job.uses_connection() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The next export, claimed for this process. Nothing that goes wrong here is a reason to stop watching.
    pub(super) fn next_export(&mut self, place: &Place, caller: &Caller) -> Option<Job> {
        self.exporter.as_ref()?;
        self.next_job(place, caller, Lane::Website).unwrap_or_else(|error| {
            tracing::error!("{error}");
            None
        })
    }

    pub(super) fn exported(&mut self, job: &Job, finished: Finished) {
        if let Err(error) = sender::settle(&mut self.store, job, finished.outcome, self.clock.now()) {
            tracing::error!("{error}");
        }
    }
}
