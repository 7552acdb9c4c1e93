//! Names on a page. Each is isolated in its text direction, and comes from `people::display`.

use maud::{Markup, html};

use super::frame::Visit;
use crate::domain::PeerId;
use crate::domain::people::{Display, NO_ID, Profile, Viewer, display, distinctions};
use crate::domain::text::shorten;
use std::collections::BTreeMap;

/// The maximum length of a name in a list, in graphemes.
const MAX_NAME: usize = 48;

/// People who are shown together, each with a text that distinguishes namesakes.
pub struct Names(BTreeMap<PeerId, (Display, Option<String>)>);

impl Names {
    pub fn of<'a>(profiles: impl IntoIterator<Item = &'a Profile>) -> Names {
        let people: Vec<(PeerId, Display)> =
            profiles.into_iter().map(|profile| (profile.peer, display(profile, Viewer::Web))).collect();
        let marks = distinctions(people.iter().map(|(_, shown)| shown));
        let marked = |(peer, shown): (PeerId, Display)| (peer, (shown, marks.get(&peer).cloned()));
        Names(people.into_iter().map(marked).collect())
    }

    /// The name as plain text.
    pub fn text(&self, visit: &Visit, person: PeerId) -> String {
        let words = visit.words.words();
        self.0.get(&person).map_or_else(|| person.to_string(), |(shown, _)| shorten(&words.name(shown), MAX_NAME))
    }

    pub fn html(&self, visit: &Visit, person: PeerId) -> Markup {
        let mark = self.0.get(&person).and_then(|(_, mark)| mark.as_deref());
        html! {
            bdi { (self.text(visit, person)) }
            @if let Some(mark) = mark { " " small { bdi { (mark) } } }
        }
    }

    /// The name, as a link to the person's page if the visitor may open it. A person without an id has no link.
    pub fn link(&self, visit: &Visit, person: PeerId) -> Markup {
        let name = self.html(visit, person);
        let has_id = self.0.get(&person).is_some_and(|(shown, _)| shown.id != NO_ID);
        match visit.links().filter(|_| visit.opens_people && has_id) {
            Some(links) => html! { a href=(links.person(person)) { (name) } },
            None => name,
        }
    }
}
