//! `/in` and `/out`, and the button below a post: who means to come to a slot (rules §10).

use chrono::{NaiveDate, NaiveTime};

use super::{Asking, Effect, Reply, Said, members, rights};
use crate::app::meet;
use crate::domain::chat::Answer;
use crate::domain::chat::access::Refusal;
use crate::domain::chat::answers::notes::lines;
use crate::domain::chat::command::SlotRequest;
use crate::domain::meet::slots::{Slot, shown, time_of};
use crate::domain::words::meet::{MeetText, NamedSlot};
use crate::domain::{Instant, PeerId, Span};
use crate::error::Result;

/// A button works only for a slot that begins within so many seconds.
const MAX_AHEAD: i64 = 2 * 86_400;

/// Notes that the asker comes to the next slot at a time. Without a time, takes the group's only slot, or lists all.
pub fn come(asking: &Asking, asked: SlotRequest) -> Result<Reply> {
    let account = match asker(asking)? {
        Ok(account) => account,
        Err(refusal) => return Ok(refusal.into()),
    };
    let slots = &asking.settings.slots;
    let time = match asked {
        SlotRequest::At(time) => Some(time),
        SlotRequest::Any => slots.only(),
        SlotRequest::Unreadable => None,
    };
    match time.filter(|time| slots.contains(*time)) {
        Some(time) => is_in(asking, account, Slot::next(asking.settings.zone, time, asking.now.at), Said::ByCommand),
        None => Ok(which(asking, account)?.into()),
    }
}

/// Takes an appointment back; without a time, all future ones.
pub fn withdraw(asking: &Asking, asked: SlotRequest) -> Result<Reply> {
    let account = match asker(asking)? {
        Ok(account) => account,
        Err(refusal) => return Ok(refusal.into()),
    };
    let now = asking.now.at;
    let span = match asked {
        SlotRequest::Any => Span::new(now, Instant(i64::MAX)),
        SlotRequest::At(time) => {
            let starts = Slot::next(asking.settings.zone, time, now).starts(asking.settings.zone);
            Span::new(starts, starts + 1)
        }
        SlotRequest::Unreadable => return Ok(which(asking, account)?.into()),
    };
    let words = asking.language.meet_words();
    if own(asking, account, span)?.is_empty() {
        return Ok(lines([words.text(MeetText::NotIn)]).into());
    }
    let effect = withdrawal(asking, account, span)?;
    Ok(Reply { effect: Some(effect), ..lines([words.text(MeetText::Out)]).into() })
}

/// The button below a post: what it changes, and the text for the person who pressed it.
pub fn press(asking: &Asking, date: NaiveDate, minute: u32) -> Result<(Option<Effect>, String)> {
    let account = match asker(asking)? {
        Ok(account) => account,
        Err(refusal) => return Ok((None, refusal.message.text)),
    };
    let (words, settings) = (asking.language.meet_words(), asking.settings);
    let slot = time_of(minute).filter(|time| settings.slots.contains(*time)).map(|time| Slot { date, time });
    // Clients can send anything.
    let ahead = |slot: &Slot| slot.starts(settings.zone) - asking.now.at;
    let slot = slot.filter(|slot| (1..=MAX_AHEAD).contains(&ahead(slot)));
    let Some(slot) = slot else { return Ok((None, words.text(MeetText::TooLate))) };
    let reply = is_in(asking, account, slot, Said::ByButton)?;
    let text = reply.answers.into_iter().map(|answer| answer.message.text.replace('\n', " ")).collect();
    Ok((reply.effect, text))
}

/// A button below a reminder. `comes`: whether the person comes.
pub fn answer_reminder(asking: &Asking, starts: Instant, comes: bool) -> Result<Reply> {
    let Some(account) = asking.author.person() else {
        return Ok(members::refused(asking, Refusal::NotAsAPerson).into());
    };
    let span = Span::new(starts, starts + 1);
    let text = if comes { MeetText::Coming } else { MeetText::NotComing };
    let effect = match comes {
        true => {
            let (group, accounts) = (asking.group.key, accounts(asking, account)?);
            Effect::AnswerReminder { group, accounts, span, at: asking.now.at }
        }
        false => withdrawal(asking, account, span)?,
    };
    Ok(Reply { effect: Some(effect), ..lines([asking.language.meet_words().text(text)]).into() })
}

/// The account that asks; or the answer why it can't have appointments: the group has no slots, or the person is not
/// counted.
fn asker(asking: &Asking) -> Result<std::result::Result<PeerId, Answer>> {
    let Some(account) = asking.author.person() else {
        return Ok(Err(members::refused(asking, Refusal::NotAsAPerson)));
    };
    if asking.settings.slots.is_empty() {
        return Ok(Err(lines([asking.language.meet_words().text(MeetText::Off)])));
    }
    Ok(rights::not_counted(asking, account)?.map_or(Ok(account), Err))
}

fn is_in(asking: &Asking, account: PeerId, slot: Slot, by: Said) -> Result<Reply> {
    let (settings, group, words) = (asking.settings, asking.group.key, asking.language.meet_words());
    let starts = slot.starts(settings.zone);
    let people = meet::coming_with(asking.store, settings, group, starts, account)?;
    let effect =
        Effect::Appoint { group, accounts: accounts(asking, account)?, account, starts, by, at: asking.now.at };
    let texts = [words.is_in(&name(asking, starts, slot.time), people), words.text(MeetText::HowOut)];
    Ok(Reply { effect: Some(effect), ..lines(texts).into() })
}

/// Which slots there are, and to which of them the person comes.
fn which(asking: &Asking, account: PeerId) -> Result<Answer> {
    let (slots, words) = (&asking.settings.slots, asking.language.meet_words());
    let own = own(asking, account, Span::new(asking.now.at, Instant(i64::MAX)))?;
    let zone = asking.settings.zone;
    let name = |starts: &Instant| name(asking, *starts, crate::domain::time::period::local(zone, *starts).time());
    let own: Vec<String> = own.iter().map(name).collect();
    let own = (!own.is_empty()).then(|| words.own(&own.join(", ")));
    let first = slots.times().first().map(|time| shown(*time)).unwrap_or_default();
    Ok(lines(own.into_iter().chain([words.which(&slots.list(), &first)])))
}

fn name(asking: &Asking, starts: Instant, time: NaiveTime) -> String {
    let is_tomorrow = meet::is_tomorrow(asking.settings, starts, asking.now.at);
    asking.language.meet_words().slot(NamedSlot { is_tomorrow, time: &shown(time) })
}

/// The person's appointments in `span`.
fn own(asking: &Asking, account: PeerId, span: Span) -> Result<Vec<Instant>> {
    let accounts = accounts(asking, account)?;
    let all = asking.store.appointments(asking.group.key, span)?.into_iter();
    let mut own: Vec<Instant> = all.filter(|one| accounts.contains(&one.account)).map(|one| one.starts).collect();
    own.dedup();
    Ok(own)
}

fn withdrawal(asking: &Asking, account: PeerId, span: Span) -> Result<Effect> {
    Ok(Effect::Withdraw { group: asking.group.key, accounts: accounts(asking, account)?, span, at: asking.now.at })
}

/// All accounts of the person behind `account`.
fn accounts(asking: &Asking, account: PeerId) -> Result<Vec<PeerId>> {
    let aliases = meet::aliases(asking.store, asking.settings, asking.group.key)?;
    Ok(aliases.accounts(aliases.person(account)))
}

#[cfg(test)]
mod tests {
    use super::super::admin_world::{ADA, BOB, World, at};
    use super::*;
    use crate::domain::Span;
    use crate::domain::chat::Author;
    use crate::domain::rights::{Audience, Rights};
    use crate::domain::words::Language;
    use crate::store::GroupKey;

    const SLOTS: &str = "SWF_SLOTS=19:00,21:00\n";

    fn text(reply: &Reply) -> String {
        reply.answers.iter().map(|answer| answer.message.text.clone()).collect()
    }

    fn slot(text: &str) -> SlotRequest {
        SlotRequest::At(text.parse().unwrap())
    }

    fn ask(world: &World, answer: impl Fn(&Asking) -> Result<Reply>) -> Reply {
        world.ask(Language::En, |asking| answer(asking).unwrap())
    }

    /// Carries out what a reply changes.
    fn carry_out(world: &mut World, effect: Option<Effect>) {
        match effect {
            Some(Effect::Appoint { group, account, starts, at, .. }) => {
                world.store.appoint(group, account, starts, at).unwrap();
            }
            Some(Effect::Withdraw { group, accounts, span, .. }) => {
                world.store.withdraw(group, &accounts, span).unwrap();
            }
            other => panic!("{other:?}"),
        }
    }

    fn coming(world: &World, group: GroupKey) -> Vec<(PeerId, Instant)> {
        let all = world.store.appointments(group, Span::new(world.now, Instant(i64::MAX))).unwrap();
        all.into_iter().map(|one| (one.account, one.starts)).collect()
    }

    #[test]
    fn somebody_says_that_they_come_to_the_next_slot_and_takes_it_back() {
        let mut world = World::new(SLOTS);
        let group = world.group;
        // It is 19:07: the next 19:00 is tomorrow's.
        let reply = ask(&world, |asking| come(asking, slot("19:00:00")));
        assert_eq!(text(&reply), "You are in: tomorrow 19:00. You are the first.\n/out takes it back.");
        carry_out(&mut world, reply.effect);
        world.store.appoint(group, BOB, at("21:00:00"), world.now).unwrap();
        let reply = ask(&world, |asking| come(asking, slot("21:00:00")));
        assert!(text(&reply).starts_with("You are in: today 21:00, 2 in all."), "{reply:?}");
        for _ in 0..2 {
            carry_out(&mut world, reply.effect.clone());
        }
        let tomorrow = at("19:00:00") + 86_400;
        assert_eq!(coming(&world, group), [(ADA, at("21:00:00")), (BOB, at("21:00:00")), (ADA, tomorrow)]);
        let own = ask(&world, |asking| come(asking, SlotRequest::Any));
        let expected =
            "You are in: today 21:00, tomorrow 19:00.\nThe hours are 19:00, 21:00. Say one of them: /in 19:00";
        assert_eq!((text(&own).as_str(), own.effect), (expected, None));
        let reply = ask(&world, |asking| withdraw(asking, slot("21:00:00")));
        carry_out(&mut world, reply.effect);
        assert_eq!(coming(&world, group), [(BOB, at("21:00:00")), (ADA, tomorrow)]);
        let reply = ask(&world, |asking| withdraw(asking, SlotRequest::Any));
        assert_eq!(text(&reply), "Taken back. Another time!");
        carry_out(&mut world, reply.effect);
        assert_eq!(coming(&world, group), [(BOB, at("21:00:00"))]);
        let nothing = ask(&world, |asking| withdraw(asking, SlotRequest::Any));
        assert_eq!((text(&nothing).contains("no appointment"), nothing.effect), (true, None));
    }

    #[test]
    fn what_is_no_slot_is_answered_with_those_that_are() {
        let world = World::new(SLOTS);
        for asked in [slot("20:00:00"), SlotRequest::Unreadable, SlotRequest::Any] {
            let reply = ask(&world, |asking| come(asking, asked));
            let expected = "The hours are 19:00, 21:00. Say one of them: /in 19:00";
            assert_eq!((text(&reply).as_str(), reply.effect), (expected, None), "{asked:?}");
        }
        let world = World::new("SWF_SLOTS=21:00\n");
        assert!(ask(&world, |asking| come(asking, SlotRequest::Any)).effect.is_some(), "there is one slot");
        let world = World::new("");
        for asked in [SlotRequest::Any, slot("19:00:00")] {
            for answer in [come, withdraw] {
                let reply = ask(&world, |asking| answer(asking, asked));
                assert_eq!((text(&reply).as_str(), reply.effect), ("This group has no appointments.", None));
            }
        }
    }

    /// A person of whom nothing is stored can't make an appointment, and the answer says why.
    #[test]
    fn nothing_is_stored_of_whoever_left_or_has_not_agreed() {
        let mut world = World::new(SLOTS);
        let left = Rights { left: Some(world.now), ..Rights::default() };
        world.store.decide(world.group, &[ADA], &left).unwrap();
        let expect_nothing = |world: &World| {
            let reply = ask(world, |asking| come(asking, slot("21:00:00")));
            assert_eq!(reply.effect, None, "{reply:?}");
            let pressed =
                world.ask(Language::En, |asking| press(asking, "2026-11-28".parse().unwrap(), 21 * 60)).unwrap();
            assert_eq!((pressed.0, pressed.1), (None, text(&reply)));
            text(&reply)
        };
        assert!(expect_nothing(&world).contains("/return"));
        world.set(&format!("{SLOTS}SWF_AUDIENCE=consent\n"));
        assert_eq!(world.config.group().audience, Audience::Consent);
        assert!(expect_nothing(&world).contains("/agree"));
    }

    #[test]
    fn a_button_is_for_a_slot_of_the_group_that_has_not_begun() {
        let mut world = World::new(SLOTS);
        let pressed = |world: &World, date: &str, minute| {
            world.ask(Language::En, |asking| press(asking, date.parse().unwrap(), minute)).unwrap()
        };
        let (effect, toast) = pressed(&world, "2026-11-29", 19 * 60);
        assert_eq!(toast, "You are in: tomorrow 19:00. You are the first. /out takes it back.");
        carry_out(&mut world, effect);
        for (date, minute) in [
            // In this order: it has begun; not a slot of the group; too far ahead; not a minute of a day.
            ("2026-11-28", 19 * 60),
            ("2026-11-29", 20 * 60),
            ("2026-12-05", 19 * 60),
            ("2026-11-29", u32::MAX),
        ] {
            let (effect, toast) = pressed(&world, date, minute);
            assert_eq!((effect, toast.as_str()), (None, "That hour has begun. Just come!"), "{date} {minute}");
        }
        let channel = world.ask(Language::En, |asking| {
            press(&Asking { author: Author::AnonymousAdmin, ..*asking }, "2026-11-29".parse().unwrap(), 19 * 60)
                .unwrap()
        });
        assert_eq!(channel.0, None);
    }

    #[test]
    fn help_and_privacy_tell_of_appointments_where_there_are_any() {
        for (settings, is_told) in [("", false), (SLOTS, true)] {
            let world = World::new(settings);
            let [help, privacy] = world.ask(Language::En, |asking| {
                [members::help(asking), members::privacy(asking, &world.config, false).unwrap()]
                    .map(|answer| answer.message.text)
            });
            assert_eq!((help.contains("/in 19:00"), privacy.contains("/in")), (is_told, is_told), "{help}\n{privacy}");
        }
    }
}
