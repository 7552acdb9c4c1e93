//! Answers to members: data from the store, composed by [`answers`].

use chrono::NaiveDate;

use super::recent::{Known, Recent};
use super::{Asking, Effect, Reply};
use crate::app::{boards, cards, login_link, people};
use crate::config::{Config, GroupSettings};
use crate::domain::PeerId;
use crate::domain::Span;
use crate::domain::accounting::goals::Progress;
use crate::domain::accounting::leaderboard::{Board, Record};
use crate::domain::accounting::receipt::receipt;
use crate::domain::accounting::rounds::{self, Rounds};
use crate::domain::chat::Answer;
use crate::domain::chat::access::{Refusal, Standing};
use crate::domain::chat::answers::me::Me;
use crate::domain::chat::answers::top::Top;
use crate::domain::chat::answers::why::Why;
use crate::domain::chat::answers::{self, notes, rights};
use crate::domain::chat::command::{GoalRequest, Usage};
use crate::domain::live::Call;
use crate::domain::post::BOARDS;
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::{Period, Scope, local_date};
use crate::domain::visibility::Visibility;
use crate::domain::words::Language;
use crate::domain::words::chat::ChatWords;
use crate::domain::words::meet::MeetText;
use crate::domain::words::pairs::PairText;
use crate::error::Result;
use crate::web::login::LINK_LIFETIME;
use crate::web::viewer::Grant;

impl Asking<'_> {
    fn chat_words(&self) -> &'static dyn ChatWords {
        self.language.chat_words()
    }

    fn today(&self) -> NaiveDate {
        local_date(self.settings.zone, self.now.at)
    }

    fn period(&self, scope: Scope, date: NaiveDate) -> Period {
        Period::of(scope, date, self.settings.zone, self.settings.calendar)
    }

    fn gate(&self) -> i64 {
        self.settings.policy.rules.gate
    }

    /// The person who asks, whichever of their accounts asked; `None` for an anonymous author.
    fn person(&self, known: &Known) -> Option<PeerId> {
        self.author.person().map(|account| known.record.aliases.person(account))
    }

    /// The group's call, unless it is blind now.
    fn call(&self) -> Option<&Call> {
        let group = self.live.groups.iter().find(|group| group.peer == Some(self.group.peer))?;
        group.call.as_ref().filter(|call| call.blind.is_none())
    }

    /// How many people in the call are not counted.
    fn uncounted(&self) -> usize {
        self.call().map_or(0, |call| call.uncounted)
    }

    fn in_call(&self, known: &Known, person: PeerId) -> bool {
        self.call()
            .is_some_and(|call| call.people.iter().any(|one| known.record.aliases.person(one.profile.peer) == person))
    }
}

/// The asker's own standing.
pub fn me(asking: &Asking, recent: &mut Recent) -> Result<Answer> {
    let known = recent.known(asking)?;
    let Some(person) = asking.person(&known) else { return Ok(refused(asking, Refusal::NotAsAPerson)) };
    let today = asking.today();
    let mut board = |scope| recent.board(asking, asking.period(scope, today));
    let [day, week, month] = [board(Scope::Day)?, board(Scope::Week)?, board(Scope::Month)?];
    let boards: [&Board; 3] = [&day, &week, &month];
    let group = asking.group.key;
    let achieved = people::achieved(asking.store, asking.settings, group, &known.record, person, today, asking.now)?;
    let on_a_board = boards.iter().any(|board| board.entries.iter().any(|entry| entry.profile.peer == person));
    Ok(answers::me::me(&Me {
        words: asking.chat_words(),
        group: group.0,
        zone: asking.settings.zone,
        today,
        person,
        boards,
        streak: achieved.streak,
        goal: achieved.goal,
        rounds: rounds(asking, recent, person)?,
        pairs: &super::pairs::lines_of(asking, &known.record, person)?,
        in_call: asking.in_call(&known, person),
        has_time: on_a_board || achieved.streak.longest > 0 || achieved.records.day.is_some(),
        counts: known.record.counts(person, asking.settings.policy),
        gate: asking.gate(),
        active: asking.settings.ranking.active_seconds,
    }))
}

/// The completed rounds of today and of this week, if the group has a rhythm.
fn rounds(asking: &Asking, recent: &mut Recent, person: PeerId) -> Result<Option<Rounds>> {
    let Some(rhythm) = asking.settings.rhythm else { return Ok(None) };
    let week = asking.period(Scope::Week, asking.today());
    let record = recent.record(asking, week)?;
    let rhythm = (rhythm, asking.settings.zone);
    let completed =
        |period: Period| rounds::completed(&record, person, period.span, asking.now.at, rhythm, asking.settings.policy);
    Ok(Some(Rounds { today: completed(asking.period(Scope::Day, asking.today())), week: completed(week) }))
}

/// A page of the board of the period that holds `date`. Everybody who sees the board may press its buttons, since it is
/// the same for all.
pub fn top(asking: &Asking, recent: &mut Recent, scope: Scope, date: NaiveDate, page: u32) -> Result<Answer> {
    let known = recent.known(asking)?;
    let today = asking.today();
    let date = date.clamp(known.first, today);
    // Clients can send anything.
    let scope = if BOARDS.contains(&scope) { scope } else { Scope::Month };
    let board = recent.board(asking, asking.period(scope, date))?;
    let mut answer = answers::top::top(&Top {
        words: asking.chat_words(),
        group: asking.group.key.0,
        zone: asking.settings.zone,
        calendar: asking.settings.calendar,
        badges: &asking.settings.style.badges,
        board: &board,
        date,
        first: known.first,
        today,
        page,
        asker: asking.person(&known).filter(|_| asking.in_private),
    });
    let uncounted = asking.uncounted();
    if date == today && uncounted > 0 {
        let text = asking.language.rights_words().uncounted(uncounted);
        answer.message.text += &format!("\n{text}");
    }
    Ok(answer)
}

/// The board of a period as a picture, the same for everybody, with the streaks that a post may show.
pub fn card(asking: &Asking, recent: &mut Recent, scope: Scope) -> Result<Answer> {
    let text = top(asking, recent, scope, asking.today(), 0)?.message;
    Ok(answers::card::board(recent.card(asking, scope)?, text))
}

/// The asker's own picture, which nobody else sees.
pub fn card_of_asker(asking: &Asking, recent: &mut Recent) -> Result<Answer> {
    let known = recent.known(asking)?;
    let Some(person) = asking.person(&known) else { return Ok(refused(asking, Refusal::NotAsAPerson)) };
    let text = me(asking, recent)?.message;
    if !known.record.counts(person, asking.settings.policy) {
        return Ok(Answer { message: text, ..Answer::default() });
    }
    let settings = in_language(asking);
    let card = cards::person(asking.store, &settings, asking.group, &known.record, person, asking.today(), asking.now)?;
    Ok(answers::card::person(card, text))
}

/// The group's settings, in the language of the answer.
pub(super) fn in_language(asking: &Asking) -> GroupSettings {
    GroupSettings { language: asking.language, ..asking.settings.clone() }
}

/// Everything that decides people's time in a period.
pub(super) fn record(asking: &Asking, period: Period) -> Result<Record> {
    let reach = asking.settings.policy.rules.reach();
    let window = Span::new(period.span.from - reach, period.span.to + reach);
    let mut record = boards::record(asking.store, asking.settings, asking.group.key, window)?;
    record.set_now(asking.now);
    Ok(record)
}

/// The asker's own receipt of a day.
pub fn why(asking: &Asking, recent: &mut Recent, date: AskedDate) -> Result<Answer> {
    let known = recent.known(asking)?;
    let Some(person) = asking.person(&known) else { return Ok(refused(asking, Refusal::NotAsAPerson)) };
    let today = asking.today();
    let date = date.resolve(Scope::Day, today, asking.settings.calendar);
    let (period, policy) = (asking.period(Scope::Day, date), asking.settings.policy);
    let record = record(asking, period)?;
    let board = recent.board(asking, period)?;
    Ok(answers::why::why(&Why {
        words: asking.chat_words(),
        group: asking.group.key.0,
        zone: asking.settings.zone,
        date,
        first: known.first,
        today,
        receipt: &receipt(period, &record, policy, person),
        board: &board,
        gate: asking.gate(),
        cap: asking.settings.ranking.cap,
        silence: asking.settings.silence.limit(),
        counts: record.counts(person, policy),
    }))
}

/// Shows the asker's goal, or sets it and keeps their other choices.
pub fn goal(asking: &Asking, recent: &mut Recent, goal: Option<GoalRequest>) -> Result<Reply> {
    let known = recent.known(asking)?;
    let Some(person) = asking.person(&known) else { return Ok(refused(asking, Refusal::NotAsAPerson).into()) };
    if !known.record.counts(person, asking.settings.policy) {
        return Ok(notes::left_out(asking.chat_words()).into());
    }
    if let (Some(GoalRequest(Some(_))), Some(refusal)) = (goal, super::rights::not_counted(asking, person)?) {
        return Ok(refusal.into());
    }
    let (words, aliases) = (asking.chat_words(), &known.record.aliases);
    let chosen = asking.store.choices(asking.group.key, aliases)?.get(&person).copied().unwrap_or_default();
    let week = recent.board(asking, asking.period(Scope::Week, asking.today()))?;
    let entry = week.entries.iter().find(|entry| entry.profile.peer == person);
    let seconds = entry.map_or(0, |entry| entry.seconds);
    let progress = |goal: Option<i64>| goal.map(|goal| Progress { goal, seconds });
    let Some(GoalRequest(goal)) = goal else { return Ok(notes::goal(words, progress(chosen.goal)).into()) };
    let others = aliases.accounts(person).into_iter().filter(|account| *account != person).collect();
    let choices = crate::store::Choices { goal, ..chosen };
    let effect = Effect::Choose { group: asking.group.key, person, others, choices };
    Ok(Reply { effect: Some(effect), ..notes::goal_set(words, progress(goal)).into() })
}

/// The commands that the asker may use; short in a group.
pub fn help(asking: &Asking) -> Answer {
    let mut help = notes::help(asking.chat_words(), asking.standing, asking.in_private);
    if !asking.settings.slots.is_empty() && asking.in_private && asking.standing > Standing::Stranger {
        help.message.text += &format!("\n{}", asking.language.meet_words().text(MeetText::Help));
    }
    if asking.settings.pairs && asking.in_private && asking.standing > Standing::Stranger {
        help.message.text += &format!("\n{}", asking.language.pair_words().text(PairText::Help));
    }
    help
}

/// Greets the asker.
pub fn start(asking: &Asking) -> Answer {
    let group = (asking.group.key.0, asking.group.title.as_str());
    notes::start(asking.chat_words(), group, asking.today(), asking.gate(), asking.standing)
}

/// What is stored, for how long, and who sees it. `has_website`: a website gets the group's boards.
pub fn privacy(asking: &Asking, config: &Config, has_website: bool) -> Result<Answer> {
    let first = asking.store.first_watched(asking.group.key)?;
    let first = first.map(|first| local_date(asking.settings.zone, first));
    let (top, streaks) = (asking.settings.top, asking.settings.style.streaks);
    let (audience, signs) = (asking.settings.audience, asking.settings.silence.records());
    let mut rights = rights::privacy(asking.language, audience, pages(asking.settings, config)?, signs);
    if !asking.settings.slots.is_empty() {
        rights.push(asking.language.meet_words().text(MeetText::Privacy));
    }
    if asking.settings.pairs {
        rights.push(asking.language.pair_words().text(PairText::Privacy));
    }
    let folded_after = asking.settings.retention;
    Ok(notes::privacy(asking.chat_words(), first, top, streaks, has_website, folded_after, rights))
}

/// Who can read the group's boards on web pages.
fn pages(settings: &GroupSettings, config: &Config) -> Result<Visibility> {
    Ok(match settings.web {
        _ if settings.site_dir.is_some() => Visibility::Public,
        web if login_link::has_pages(config)? => web,
        _ => Visibility::Off,
    })
}

/// A link that signs the asker in to the pages with their standing in the group. It is a secret until it is used. The
/// store may keep it: the key of all links is in the same home, and a link expires within minutes.
pub fn web(asking: &Asking, config: &Config) -> Result<Answer> {
    let Some(person) = asking.author.person() else { return Ok(refused(asking, Refusal::NotAsAPerson)) };
    let group = asking.group.peer;
    let grant = match asking.standing {
        Standing::Owner => Grant::Owner,
        Standing::Admin => Grant::Admin { group, person: Some(person) },
        Standing::Member | Standing::Stranger => Grant::Member { group, person },
    };
    let link = match asking.settings.web {
        Visibility::Off => None,
        Visibility::Private | Visibility::Public => login_link::public_link(config, grant)?,
    };
    let link = link.as_deref().map(|link| (link, LINK_LIFETIME / 60));
    Ok(notes::web(asking.chat_words(), link))
}

/// Says what is allowed after a command.
pub fn misread(asking: &Asking, usage: Usage) -> Answer {
    notes::misread(asking.chat_words(), usage)
}

/// Says that there is no such command.
pub fn unknown(asking: &Asking) -> Answer {
    notes::unknown(asking.chat_words())
}

/// Says why the asker may not use this command or button.
pub fn refused(asking: &Asking, refusal: Refusal) -> Answer {
    notes::refused(asking.chat_words(), refusal)
}

/// The message in the group that the answer is in private, with a button that leads there.
pub fn hint(asking: &Asking) -> Answer {
    let url = asking.bot.map(|bot| format!("https://t.me/{bot}?start={}", start_payload(asking)));
    notes::hint(asking.chat_words(), url)
}

/// The parameter of a link to the private chat: the group's name in `groups.toml` if Telegram allows it in a link, else
/// the group's key.
pub fn start_payload(asking: &Asking) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let label = asking.settings.label.as_ref().filter(|label| label.len() <= 61 && label.chars().all(is_allowed));
    format!("me-{}", label.cloned().unwrap_or_else(|| asking.group.key.0.to_string()))
}

/// Asks which of several groups is meant, by key and title.
pub fn choose_group(language: Language, groups: &[(i64, String)]) -> Answer {
    notes::choose_group(language.chat_words(), groups)
}

/// Says that the group of a link or button is not watched any more.
pub fn not_found_group(language: Language) -> Answer {
    notes::not_found_group(language.chat_words())
}

/// Says that the button belongs to an old message.
pub fn too_old(language: Language) -> Answer {
    notes::too_old(language.chat_words())
}

#[cfg(test)]
mod tests {
    use super::super::admin_world::World;
    use super::*;
    use crate::domain::Instant;
    use crate::domain::chat::Author;
    use crate::web::login::UsedLinks;

    const ADDRESS: &str = "https://study.example";

    /// The answer to `/web` in English.
    fn answer(world: &World, author: Author, standing: Standing) -> String {
        world.ask(Language::En, |asking| {
            web(&Asking { author, standing, ..*asking }, &world.config).unwrap().message.text
        })
    }

    #[test]
    fn a_link_gives_what_the_asker_is_in_the_group_and_no_more() {
        let mut world = World::new("");
        world.set(&format!("SWF_WEB_URL={ADDRESS}\n"));
        let (group, person) = (world.row().peer, PeerId(1));
        let granted = |standing| {
            let text = answer(&world, Author::Person(person), standing);
            let (_, link) = text.split_once(&format!("\n\n{ADDRESS}/login?t=")).expect(&text);
            let signer = login_link::signer(&world.config).unwrap();
            UsedLinks::new(Instant(0)).check(&signer, link, login_link::now()).unwrap()
        };
        assert_eq!(granted(Standing::Member), Grant::Member { group, person });
        assert_eq!(granted(Standing::Admin), Grant::Admin { group, person: Some(person) });
        assert_eq!(granted(Standing::Owner), Grant::Owner);
        let anonymous = answer(&world, Author::AnonymousAdmin, Standing::Admin);
        assert!(!anonymous.contains("login"), "{anonymous}");
    }

    #[test]
    fn completed_rounds_are_told_where_the_group_has_a_rhythm() {
        let mut world = World::new("");
        let line = |world: &World| {
            let answer = world.ask(Language::En, |asking| me(asking, &mut Recent::default()).unwrap());
            answer.message.text.lines().find(|line| line.contains("rounds")).map(str::to_owned)
        };
        assert_eq!(line(&world), None);
        // The person was in the call from 10:00 to 12:00, and again from 18:00 on; it is 19:07.
        for (rhythm, completed) in [("50/10", 3), ("25/5", 6), ("120/60", 0)] {
            world.set(&format!("SWF_RHYTHM={rhythm}\n"));
            let expected = format!("⏱ Completed rounds: {completed} today, {completed} this week");
            assert_eq!(line(&world), Some(expected), "{rhythm}");
        }
        world.set("SWF_RHYTHM=off\n");
        assert_eq!(line(&world), None);
    }

    #[test]
    fn without_an_address_or_pages_there_is_no_link() {
        let mut world = World::new("");
        for settings in ["", &format!("SWF_WEB_URL={ADDRESS}\nSWF_WEB=off\n")] {
            world.set(settings);
            let text = answer(&world, Author::Person(PeerId(1)), Standing::Member);
            assert!(text.contains("no pages") && !text.contains("login?"), "{settings}: {text}");
        }
    }
}
