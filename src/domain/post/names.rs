//! Names in a message: harmless, short, and told apart where several people of one name are shown.

use std::collections::BTreeMap;

use super::message::harmless;
use crate::domain::PeerId;
use crate::domain::people::{self, Display, Profile, Viewer};
use crate::domain::text;
use crate::domain::words::Words;

/// The most graphemes of a name within a sentence.
const MAX_IN_SENTENCE: usize = 20;

/// The names of all people of a message.
pub struct Names<'a> {
    words: &'a dyn Words,
    marks: BTreeMap<PeerId, String>,
}

impl<'a> Names<'a> {
    /// For a message that shows these people.
    pub fn new<'b>(words: &'a dyn Words, shown: impl Iterator<Item = &'b Profile>) -> Names<'a> {
        let people: Vec<Display> = shown.map(|profile| people::display(profile, Viewer::Group)).collect();
        Names { words, marks: people::distinctions(&people) }
    }

    /// The name, and what tells the person apart from others of that name, with a space before it.
    pub fn of(&self, profile: &Profile) -> (String, String) {
        (harmless(&self.words.name(&people::display(profile, Viewer::Group))), self.mark(profile.peer))
    }

    fn mark(&self, person: PeerId) -> String {
        self.marks.get(&person).map_or(String::new(), |mark| format!(" ({})", harmless(mark)))
    }

    /// As part of a sentence: shorter, and in a direction of its own.
    fn short(&self, profile: &Profile) -> String {
        let name = self.words.name(&people::display(profile, Viewer::Group));
        let short = harmless(&text::shorten(&text::clean(&name), MAX_IN_SENTENCE));
        text::isolated(&format!("{short}{}", self.mark(profile.peer)))
    }

    /// A list of people, of whom `max` are named.
    pub fn list<'b>(&self, people: impl IntoIterator<Item = &'b Profile>, max: usize) -> String {
        let people: Vec<&Profile> = people.into_iter().collect();
        let named: Vec<String> = people.iter().take(max).map(|profile| self.short(profile)).collect();
        self.words.names(&named, people.len().saturating_sub(max))
    }
}
