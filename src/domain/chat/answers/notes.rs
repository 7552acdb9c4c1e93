//! Short answers from plain values, without boards: help, greetings, privacy, goals, refusals.

use chrono::NaiveDate;

use crate::domain::accounting::goals::Progress;
use crate::domain::backup::MAX_COPIES;
use crate::domain::chat::access::{Refusal, Standing};
use crate::domain::chat::command::{CardRequest, Command, PauseRequest, Usage};
use crate::domain::chat::press::Press;
use crate::domain::chat::{ANSWER_RETENTION, Answer, Button, Buttons, MAX_COMMAND_AGE};
use crate::domain::parts::Part;
use crate::domain::post::message::{EntityKind, MessageBuilder, isolated_name};
use crate::domain::post::style::StreakMarks;
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::Scope;
use crate::domain::words::chat::{ChatWords, Listed};

/// At most so many groups have a button.
const MAX_GROUPS: usize = 30;

impl Listed {
    /// In the order in which lists show them.
    pub const ALL: [Listed; 25] = [
        Listed::Me,
        Listed::Top,
        Listed::Card,
        Listed::Why,
        Listed::Goal,
        Listed::Hide,
        Listed::Leave,
        Listed::Name,
        Listed::Export,
        Listed::Forget,
        Listed::Help,
        Listed::Privacy,
        Listed::Web,
        Listed::Post,
        Listed::Preview,
        Listed::Status,
        Listed::Audit,
        Listed::Settings,
        Listed::Pause,
        Listed::Part(Part::Rhythm),
        Listed::Part(Part::Slots),
        Listed::Part(Part::Pairs),
        Listed::Part(Part::Silence),
        Listed::Who,
        Listed::Logs,
    ];

    /// The command without the slash.
    pub fn name(self) -> &'static str {
        match self {
            Listed::Me => "me",
            Listed::Top => "top",
            Listed::Card => "card",
            Listed::Why => "why",
            Listed::Goal => "goal",
            Listed::Hide => "hide",
            Listed::Leave => "leave",
            Listed::Name => "name",
            Listed::Export => "export",
            Listed::Forget => "forget",
            Listed::Help => "help",
            Listed::Privacy => "privacy",
            Listed::Web => "web",
            Listed::Post => "post",
            Listed::Preview => "preview",
            Listed::Status => "status",
            Listed::Audit => "audit",
            Listed::Settings => "settings",
            Listed::Pause => "pause",
            Listed::Part(part) => part.name(),
            Listed::Who => "who",
            Listed::Logs => "logs",
        }
    }

    /// The lowest standing that may use the command.
    pub fn needs(self) -> Standing {
        match self {
            Listed::Me => Command::Me,
            Listed::Top => Command::Top(Scope::Day),
            Listed::Card => Command::Card(CardRequest::Board(Scope::Day)),
            Listed::Why => Command::Why(AskedDate::Yesterday),
            Listed::Goal => Command::Goal(None),
            Listed::Hide => Command::Hide,
            Listed::Leave => Command::Leave,
            Listed::Name => Command::Name(None),
            Listed::Export => Command::Export,
            Listed::Forget => Command::Forget(false),
            Listed::Help => Command::Help,
            Listed::Privacy => Command::Privacy,
            Listed::Web => Command::Web,
            Listed::Post => Command::Post,
            Listed::Preview => Command::Preview,
            Listed::Status => Command::Status,
            Listed::Audit => Command::Audit,
            Listed::Settings => Command::Settings,
            Listed::Pause => Command::Pause(PauseRequest::End),
            Listed::Part(part) => Command::Part(part, None),
            Listed::Who => Command::Who,
            Listed::Logs => Command::Logs(1),
        }
        .needs()
    }
}

/// An answer without buttons. The first line is bold if there are more lines.
pub fn lines(lines: impl IntoIterator<Item = String>) -> Answer {
    let lines: Vec<String> = lines.into_iter().collect();
    let mut message = MessageBuilder::default();
    for (at, line) in lines.iter().enumerate() {
        match at {
            0 if lines.len() > 1 => message.push_as(EntityKind::Bold, line),
            0 => message.push(line),
            _ => message.push(&format!("\n{line}")),
        }
    }
    Answer { message: message.finish(), ..Answer::default() }
}

/// The commands that `standing` may use, with what they do.
fn commands(words: &dyn ChatWords, standing: Standing) -> impl Iterator<Item = String> {
    let listed = Listed::ALL.into_iter().filter(move |command| command.needs() <= standing);
    listed.map(|command| format!("/{} — {}", command.name(), words.does(command)))
}

pub fn help(words: &dyn ChatWords, standing: Standing, in_private: bool) -> Answer {
    if in_private {
        lines(std::iter::once(words.help_title()).chain(commands(words, standing)))
    } else {
        lines([words.help_in_group()])
    }
}

/// Greets a person. `group`: the group's key and title.
pub fn start(words: &dyn ChatWords, group: (i64, &str), today: NaiveDate, gate: i64, standing: Standing) -> Answer {
    let (key, title) = (group.0, isolated_name(group.1));
    if standing == Standing::Stranger {
        return lines([words.welcome_stranger(&title), words.about(gate)]);
    }
    let help = std::iter::once(String::new()).chain(commands(words, standing));
    let answer = lines([words.welcome(&title), words.about(gate)].into_iter().chain(help));
    let me = Button::press(words.me_button(), Press::Me { group: key });
    let top = Press::Top { group: key, scope: Scope::Day, date: today, page: 0 };
    Answer { buttons: Buttons(vec![vec![me, Button::press(words.top_button(), top)]]), ..answer }
}

/// A link that logs a browser in to the pages, or the text that there are no pages. `link`: the link, and for how many
/// minutes it is valid.
pub fn web(words: &dyn ChatWords, link: Option<(&str, i64)>) -> Answer {
    let text = match link {
        Some((link, minutes)) => format!("{}\n\n{link}", words.web_link(minutes)),
        None => words.no_pages(),
    };
    lines([text])
}

/// What is stored, for how long, and who sees it. `folded_after`: after how many months stays are folded. `rights`: the
/// texts about people's rights.
pub fn privacy(
    words: &dyn ChatWords,
    first: Option<NaiveDate>,
    top: usize,
    streaks: StreakMarks,
    has_website: bool,
    folded_after: Option<u32>,
    rights: Vec<String>,
) -> Answer {
    let since = first.map(|first| words.privacy_since(first));
    let streaks = match streaks {
        StreakMarks::Off => None,
        StreakMarks::Chosen => Some(words.privacy_streaks(false)),
        StreakMarks::All => Some(words.privacy_streaks(true)),
    };
    let kept =
        [words.privacy_kept(MAX_COPIES)].into_iter().chain(folded_after.map(|months| words.privacy_folded(months)));
    let seen = [words.privacy_chat(MAX_COMMAND_AGE, ANSWER_RETENTION / 3600), words.privacy_group(top)];
    let rest = [words.privacy_website(has_website), words.privacy_ask()];
    let known = [words.privacy_title(), words.privacy_stored()].into_iter().chain(since);
    lines(known.chain(kept).chain(seen).chain(streaks).chain(rights).chain(rest))
}

/// The goal, or the text that there is none; and how to set it.
pub fn goal(words: &dyn ChatWords, goal: Option<Progress>) -> Answer {
    let first = goal.map_or_else(|| words.no_goal(), |goal| words.goal(&goal));
    lines([first, words.goal_how()])
}

/// The goal was set, or removed if `goal` is `None`.
pub fn goal_set(words: &dyn ChatWords, goal: Option<Progress>) -> Answer {
    let first = words.goal_set(goal.map(|goal| goal.goal));
    lines(std::iter::once(first).chain(goal.map(|goal| words.goal(&goal))))
}

pub fn left_out(words: &dyn ChatWords) -> Answer {
    lines([words.left_out()])
}

pub fn misread(words: &dyn ChatWords, usage: Usage) -> Answer {
    lines([words.misread(usage)])
}

pub fn unknown(words: &dyn ChatWords) -> Answer {
    lines([words.unknown_command()])
}

pub fn refused(words: &dyn ChatWords, refusal: Refusal) -> Answer {
    lines([words.refusal(refusal)])
}

/// `url`: the address of the private chat; `None` if it has none.
pub fn hint(words: &dyn ChatWords, url: Option<String>) -> Answer {
    let button = url.map(|url| vec![Button::url(words.hint_button(), url)]);
    Answer { buttons: Buttons(button.into_iter().collect()), ..lines([words.hint()]) }
}

/// A button for each group, by key and title.
pub fn choose_group(words: &dyn ChatWords, groups: &[(i64, String)]) -> Answer {
    let button = |(key, title): &(i64, String)| {
        let title = isolated_name(title);
        let label = if title.is_empty() { key.to_string() } else { title };
        vec![Button::press(label, Press::Choose { group: *key })]
    };
    let buttons = groups.iter().take(MAX_GROUPS).map(button).collect();
    Answer { buttons: Buttons(buttons), ..lines([words.choose_group()]) }
}

pub fn not_found_group(words: &dyn ChatWords) -> Answer {
    lines([words.group_not_found()])
}

pub fn too_old(words: &dyn ChatWords) -> Answer {
    lines([words.too_old()])
}
