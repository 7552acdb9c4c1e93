//! How a group wants its posts: plain data from its settings.

use super::badges::Badges;
use crate::domain::time::period::Scope;

/// The look of a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    #[default]
    Standard,
    /// The look of the old tracker's posts.
    Classic,
}

/// The form in which a post is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    #[default]
    Text,
    /// A picture of the day's board, with a caption.
    Card,
}

/// How several missed days are posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Late {
    /// A late post for each day.
    #[default]
    Each,
    /// One late message with a line for each day.
    Digest,
}

/// Whose streak a row shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreakMarks {
    Off,
    /// The streaks of people who chose to show theirs.
    #[default]
    Chosen,
    All,
}

/// How a group wants its posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    pub look: Look,
    pub form: Form,
    pub badges: Badges,
    pub late: Late,
    pub streaks: StreakMarks,
    /// Whether a day on which nobody studied has a post.
    pub post_empty: bool,
    /// The periods that have a recap.
    pub recaps: Vec<Scope>,
    /// Whether the group has lines of its own, or wants none, instead of the praise and titles of its language.
    pub own_praise: bool,
    /// Like `own_praise`, for quotes.
    pub own_quotes: bool,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            look: Look::Standard,
            form: Form::Text,
            badges: Badges::default(),
            late: Late::Each,
            streaks: StreakMarks::Chosen,
            post_empty: true,
            recaps: vec![Scope::Week, Scope::Month],
            own_praise: false,
            own_quotes: false,
        }
    }
}

/// Parses `week,month`, or `off` for no recaps.
pub fn parse_recaps(text: &str) -> Option<Vec<Scope>> {
    if text.trim().eq_ignore_ascii_case("off") {
        return Some(Vec::new());
    }
    let mut recaps = Vec::new();
    for name in text.split(',').map(str::trim) {
        let scope = [Scope::Week, Scope::Month].into_iter().find(|scope| scope.name().eq_ignore_ascii_case(name))?;
        if !recaps.contains(&scope) {
            recaps.push(scope);
        }
    }
    recaps.sort_unstable();
    Some(recaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recaps_are_a_list_or_off() {
        assert_eq!(parse_recaps(" Month, week,week"), Some(vec![Scope::Week, Scope::Month]));
        assert_eq!(parse_recaps("OFF"), Some(vec![]));
        assert_eq!(parse_recaps("month"), Some(vec![Scope::Month]));
        assert_eq!(["", "day", "week;month", "off,week"].map(parse_recaps), [None, None, None, None]);
    }
}
