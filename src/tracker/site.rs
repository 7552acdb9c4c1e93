//! Sites of files (`SWF_SITE_DIR`): written outside the event loop, when a day of one of their groups has become final.
//!
//! A failure is logged, and the next final day tries again. No post waits for it.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::engine::GroupId;
use super::run_loop::{Event, RunLoop};
use crate::app::site::{self, Site};
use crate::error::{Error, Result};
use crate::platform::own_folder::Changes;

#[derive(Default)]
pub(super) struct Sites {
    /// For each group, the folder and the final day for which its site was last written or tried.
    tried: HashMap<GroupId, (PathBuf, NaiveDate)>,
    waiting: VecDeque<Site>,
    is_writing: bool,
}

impl RunLoop {
    /// A group has a new last final day; writes its site, if it has one.
    pub(super) fn day_is_final(&mut self, group: GroupId, day: NaiveDate) {
        let settings = &self.groups[group.0].settings;
        let Some(site) = site::site_of(settings, &self.config.settings.groups) else { return };
        let now = (site.dir.clone(), day);
        if self.sites.tried.insert(group, now.clone()) == Some(now) {
            return;
        }
        if self.sites.waiting.iter().all(|waiting| waiting.dir != site.dir) {
            self.sites.waiting.push_back(site);
        }
        self.write_next_site();
    }

    /// The names of people in a group have changed: writes a site that was written before again.
    pub(super) fn names_changed(&mut self, group: GroupId) {
        if let Some((_, day)) = self.sites.tried.remove(&group) {
            self.day_is_final(group, day);
        }
    }

    /// Writes one site at a time.
    fn write_next_site(&mut self) {
        if self.sites.is_writing {
            return;
        }
        let Some(site) = self.sites.waiting.pop_front() else { return };
        self.sites.is_writing = true;
        let (home, dir) = (self.config.home().clone(), site.dir.clone());
        self.jobs.spawn(async move {
            let written = tokio::task::spawn_blocking(move || site.write(&home, false)).await;
            let broken = |_| Err(Error::failed("its thread crashed; see the log"));
            Event::SiteWritten(dir, Box::new(written.unwrap_or_else(broken)))
        });
    }

    pub(super) fn site_written(&mut self, dir: &Path, written: Result<Changes>) {
        self.sites.is_writing = false;
        match written {
            Ok(Changes { written, removed, foreign, .. }) => {
                tracing::info!("wrote the site in {}: {written} new or changed, {removed} removed", dir.display());
                if !foreign.is_empty() {
                    let names: Vec<&str> = foreign.iter().map(String::as_str).collect();
                    tracing::error!(
                        "swf does not replace files in {} that others wrote or changed: {}",
                        dir.display(),
                        names.join(", ")
                    );
                }
            }
            Err(error) => tracing::error!("the site in {} could not be written: {error}", dir.display()),
        }
        self.write_next_site();
    }
}
