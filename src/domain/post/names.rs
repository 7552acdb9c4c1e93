//! Names in a message: harmless, short, and with a mark if several people with the same name are shown.

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
    /// The names for a message that shows these people.
    pub fn new<'b>(words: &'a dyn Words, shown: impl Iterator<Item = &'b Profile>) -> Names<'a> {
        let people: Vec<Display> = shown.map(|profile| people::display(profile, Viewer::Group)).collect();
        Names { words, marks: people::distinctions(&people) }
    }

    /// The name, and the mark that tells the person apart from others with that name. The mark has a space before it,
    /// or is empty.
    pub fn of(&self, profile: &Profile) -> (String, String) {
        (harmless(&self.words.name(&people::display(profile, Viewer::Group))), self.mark(profile.peer))
    }

    fn mark(&self, person: PeerId) -> String {
        self.marks.get(&person).map_or(String::new(), |mark| format!(" ({})", harmless(mark)))
    }

    /// The name for the middle of a sentence: shorter, and isolated.
    fn short(&self, profile: &Profile) -> String {
        let name = self.words.name(&people::display(profile, Viewer::Group));
        let short = harmless(&text::shorten(&text::clean(&name), MAX_IN_SENTENCE));
        text::isolated(&format!("{short}{}", self.mark(profile.peer)))
    }

    /// A list of people, of whom at most `max` are named.
    pub fn list<'b>(&self, people: impl IntoIterator<Item = &'b Profile>, max: usize) -> String {
        let people: Vec<&Profile> = people.into_iter().collect();
        let named: Vec<String> = people.iter().take(max).map(|profile| self.short(profile)).collect();
        self.words.names(&named, people.len().saturating_sub(max))
    }
}
