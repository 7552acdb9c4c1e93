//! Turns of the focus clock: the title of the call is read from Telegram, and the phase is stored.

use super::engine::{ClockTurn, GroupId, Input};
use super::run_loop::{Event, RunLoop};
use crate::app::clock;
use crate::domain::CallId;
use crate::telegram::{CallError, call_title};

/// The title of the running call, with the call's id.
pub(super) type ReadTitle = Result<Option<(CallId, String)>, CallError>;

impl RunLoop {
    /// Reads the title of `call` if there is a rhythm; then stores the phase, or ends the clock.
    pub(super) fn turn_clock(&mut self, id: GroupId, call: Option<CallId>) {
        let watched = &self.groups[id.0];
        if watched.settings.rhythm.is_none() || call.is_none() {
            self.store_turn(id, call, None);
            return;
        }
        let (Some(caller), Some(group)) = (self.caller(), watched.group.clone()) else {
            self.not_read(id, 0);
            return;
        };
        self.jobs.spawn(async move { Event::TitleRead(id, call, call_title::read(&caller, &group).await) });
    }

    pub(super) fn title_read(&mut self, id: GroupId, call: Option<CallId>, read: ReadTitle) {
        match read {
            Ok(Some((found, title))) if Some(found) == call => self.store_turn(id, call, Some(title)),
            // The roster will soon show that another call runs, or none.
            Ok(_) => self.not_read(id, 0),
            Err(error) => {
                tracing::debug!("the title of the call could not be read: {error}");
                let seconds = if let CallError::Flood { seconds } = error { seconds } else { 0 };
                self.not_read(id, seconds);
            }
        }
    }

    fn not_read(&self, group: GroupId, seconds: u32) {
        let turned = ClockTurn { on: true, unread: Some(seconds), ..ClockTurn::default() };
        let _ = self.events.send(Event::Input(Input::ClockTurned { group, turned: Ok(turned) }));
    }

    /// `title`: the title of the call, if it was read.
    fn store_turn(&self, group: GroupId, call: Option<CallId>, title: Option<String>) {
        self.with_group(
            group,
            move |turned| Input::ClockTurned { group, turned },
            move |store, settings, row, now| {
                let running = call.map(|call| (call, title.as_deref()));
                let clock::Turned { queued, next } = clock::turn(store, settings, row, running, now)?;
                Ok(ClockTurn { on: settings.rhythm.is_some(), queued, next, unread: None })
            },
        );
    }
}
