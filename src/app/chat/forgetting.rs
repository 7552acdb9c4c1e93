//! `/forget`, `/restore` and `/export` in the chat, about the person who asks.

use super::{Asking, Effect, Reply, members};
use crate::app::people;
use crate::domain::accounting::presence::Stay;
use crate::domain::chat::Answer;
use crate::domain::chat::access::Refusal;
use crate::domain::chat::answers::notes::lines;
use crate::domain::chat::answers::why::exact;
use crate::domain::forgotten::FORGET_CANCEL_PERIOD;
use crate::domain::rights::Audience;
use crate::domain::time::period::{clock_date, local};
use crate::domain::words::forget::ForgetText;
use crate::domain::words::rights::RightsText;
use crate::domain::{Instant, PeerId};
use crate::error::Result;
use crate::store::FoldedRow;

/// The most stays in a message.
const MAX_STAYS: usize = 60;

/// Asks the person to confirm; with `confirmed` (the second word of the command), announces the forgetting.
pub fn forget(asking: &Asking, confirmed: bool) -> Result<Reply> {
    let words = asking.language.forget_words();
    let Some(account) = asking.author.person() else {
        return Ok(members::refused(asking, Refusal::NotAsAPerson).into());
    };
    if asking.store.is_own_account(account)? {
        return Ok(text(asking, ForgetText::Watches).into());
    }
    if let Some(due) = asking.store.forgotten_at(account)? {
        return Ok(lines([words.announced(&date(asking, due))]).into());
    }
    if !asking.store.is_known(asking.group.key, account)? {
        return Ok(text(asking, ForgetText::NothingStored).into());
    }
    if !confirmed {
        return Ok(text(asking, ForgetText::Question).into());
    }
    let due = asking.now.at + FORGET_CANCEL_PERIOD;
    let answer = lines([words.announced(&date(asking, due))]);
    Ok(Reply { effect: Some(Effect::Forget { account, due }), ..answer.into() })
}

/// Takes the forgetting back; if the person is forgotten already, they are counted again.
pub fn restore(asking: &Asking) -> Result<Reply> {
    let Some(account) = asking.author.person() else {
        return Ok(members::refused(asking, Refusal::NotAsAPerson).into());
    };
    let said = if asking.store.is_forgotten(account)? {
        ForgetText::CountedAgain
    } else if asking.store.forgotten_at(account)?.is_some() {
        ForgetText::TakenBack
    } else {
        return Ok(text(asking, ForgetText::NotAnnounced).into());
    };
    let words = asking.language.forget_words();
    // In a group in which people must agree first, a forgotten person has to agree again.
    let must_agree = said == ForgetText::CountedAgain && asking.settings.audience == Audience::Consent;
    let answer = match must_agree {
        true => lines([asking.language.rights_words().text(RightsText::NotAgreed)]),
        false => lines([words.text(said)]),
    };
    Ok(Reply { effect: Some(Effect::TakeBack { account }), ..answer.into() })
}

/// The newest stays as CSV, and how to get the rest.
pub fn export(asking: &Asking) -> Result<Reply> {
    let Some(account) = asking.author.person() else {
        return Ok(members::refused(asking, Refusal::NotAsAPerson).into());
    };
    let (stays, folded) = stays(asking, account)?;
    if stays.is_empty() && folded.is_empty() {
        return Ok(text(asking, ForgetText::NothingStored).into());
    }
    let words = asking.language.forget_words();
    let time = |at| local(asking.settings.zone, at).format("%Y-%m-%d %H:%M:%S").to_string();
    let newest = stays.iter().rev().take(MAX_STAYS);
    let rows = newest.map(|stay| format!("{},{}", time(stay.span.from), time(stay.span.to)));
    let count = stays.len() + folded.iter().map(|row| row.folded.stays).sum::<i64>() as usize;
    let rest = folded.iter().rev().take(MAX_STAYS.saturating_sub(stays.len()));
    let days = rest.map(|row| format!("{},{}", row.day, exact(row.credited)));
    let days: Vec<String> = days.collect();
    let title = (!days.is_empty()).then(|| words.text(ForgetText::FoldedDays));
    let rows = [words.stays(count)].into_iter().chain(rows).chain(title).chain(days);
    Ok(lines(rows.chain([words.text(ForgetText::AllData)])).into())
}

/// All stays and all folded days of the person's accounts, the oldest first.
fn stays(asking: &Asking, account: PeerId) -> Result<(Vec<Stay>, Vec<FoldedRow>)> {
    let (store, group) = (asking.store, asking.group.key);
    let known = people::known(store, asking.settings, group)?;
    let (mut stays, mut folded) = (Vec::new(), Vec::new());
    for account in known.aliases.accounts(known.aliases.person(account)) {
        stays.extend(store.account_history(group, account)?.0);
        folded.extend(store.folded_of(group, account)?);
    }
    stays.sort_unstable_by_key(|stay| stay.span.from);
    folded.sort_by_key(|row| row.day);
    Ok((stays, folded))
}

fn text(asking: &Asking, text: ForgetText) -> Answer {
    lines([asking.language.forget_words().text(text)])
}

fn date(asking: &Asking, at: Instant) -> String {
    clock_date(asking.settings.zone, at).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::admin_world::{ADA, World};
    use super::super::recent::Recent;
    use super::super::rights;
    use super::*;
    use crate::app::forgetting::{carry_out, leaving, take_back};
    use crate::domain::chat::command::GoalRequest;
    use crate::domain::rights::Rights;
    use crate::domain::words::Language;

    fn said(reply: Result<Reply>) -> (String, Option<Effect>) {
        let reply = reply.unwrap();
        (reply.answers[0].message.text.clone(), reply.effect)
    }

    #[test]
    fn somebody_is_forgotten_by_two_words_and_can_take_it_back() {
        let mut world = World::new("");
        let english = |world: &World, answer: fn(&Asking) -> Result<Reply>| said(world.ask(Language::En, answer));
        let (question, effect) = english(&world, |asking| forget(asking, false));
        assert!(question.contains("/forget yes") && effect.is_none(), "{question}");
        assert!(english(&world, restore).0.contains("nothing to take back"));
        let due = world.now + FORGET_CANCEL_PERIOD;
        let (announced, effect) = english(&world, |asking| forget(asking, true));
        assert!(announced.contains("2026-12-05") && announced.contains("/restore"), "{announced}");
        assert_eq!(effect, Some(Effect::Forget { account: ADA, due }));
        let parts = leaving(&world.store, &world.config, ADA).unwrap();
        world.store.announce_forgetting(&parts, due).unwrap();
        // A second /forget does not change the day.
        assert_eq!(english(&world, |asking| forget(asking, true)), (announced, None));
        let (text, effect) = english(&world, restore);
        assert_eq!((&*text, effect), ("You are not forgotten.", Some(Effect::TakeBack { account: ADA })));
        take_back(&mut world.store, &world.config, ADA, due).unwrap();
        assert_eq!(world.store.forgotten_at(ADA).unwrap(), None);

        world.store.announce_forgetting(&parts, due).unwrap();
        assert!(carry_out(world.config.home(), &mut world.store, due).unwrap());
        assert!(english(&world, |asking| forget(asking, true)).0.contains("I store nothing about you"));
        assert!(english(&world, export).0.contains("I store nothing about you"));
        assert!(world.store.is_forgotten(ADA).unwrap());
        assert!(english(&world, restore).0.contains("counts again"));
        take_back(&mut world.store, &world.config, ADA, due).unwrap();
        assert!(!world.store.is_forgotten(ADA).unwrap());
        // In a call that ran all the time, the account counts from then on: the time before stays with "Somebody".
        let group = world.store.groups().unwrap().remove(0).key;
        let rights = world.store.rights(group, Audience::Everyone, &[]).unwrap();
        assert_eq!(rights.counted_from(ADA), Some(due));
    }

    #[test]
    fn a_person_is_not_forgotten_before_their_name_is_out_of_the_logs() {
        let mut world = World::new("");
        let home = world.config.home().clone();
        let parts = leaving(&world.store, &world.config, ADA).unwrap();
        world.store.announce_forgetting(&parts, world.now).unwrap();
        let log = home.logs().join("swf.2026-11-28.log");
        std::fs::create_dir_all(home.logs()).unwrap();
        std::fs::write(&log, format!("{ADA} joined\nanother line\n")).unwrap();
        // The marks can't be written: this stands for a crash before them.
        std::fs::create_dir(home.forgotten()).unwrap();
        carry_out(&home, &mut world.store, world.now).unwrap_err();
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "another line\n");
        assert_eq!(world.store.due_to_forget(world.now).unwrap(), [ADA]);
        std::fs::remove_dir(home.forgotten()).unwrap();
        assert!(carry_out(&home, &mut world.store, world.now).unwrap());
        assert!(world.store.is_forgotten(ADA).unwrap());
    }

    /// For a person of whom nothing is stored, no goal is stored either. In a group in which people must agree first,
    /// `/restore` says so.
    #[test]
    fn who_is_not_counted_has_no_goal_and_is_told_what_to_do() {
        let mut world = World::new("");
        let group = world.store.groups().unwrap().remove(0).key;
        let goal = |world: &World| {
            let asked = |asking: &Asking| members::goal(asking, &mut Recent::default(), Some(GoalRequest(Some(3600))));
            said(world.ask(Language::En, asked))
        };
        assert!(goal(&world).1.is_some());
        let left = Rights { left: Some(world.now), ..Rights::default() };
        world.store.decide(group, &[ADA], &left).unwrap();
        let (text, effect) = goal(&world);
        assert!(text.contains("/return") && effect.is_none(), "{text}");

        world.set("SWF_AUDIENCE=consent\n");
        world.store.decide(group, &[ADA], &Rights::default()).unwrap();
        let (text, effect) = goal(&world);
        assert!(text.contains("/agree") && effect.is_none(), "{text}");
        let parts = leaving(&world.store, &world.config, ADA).unwrap();
        world.store.announce_forgetting(&parts, world.now).unwrap();
        assert!(carry_out(world.config.home(), &mut world.store, world.now).unwrap());
        assert_eq!(goal(&world), ("I store nothing about you.".to_owned(), None));
        let hidden = said(world.ask(Language::En, |asking| rights::decide(asking, rights::Asked::Hide)));
        assert!(hidden.1.is_none(), "{}", hidden.0);
        assert!(said(world.ask(Language::En, restore)).0.contains("/agree"));
    }

    #[test]
    fn the_own_stays_are_a_table_with_the_newest_first() {
        let world = World::new("");
        let (text, effect) = said(world.ask(Language::En, export));
        let lines: Vec<&str> = text.lines().collect();
        let rows = ["2026-11-28 18:00:00,2026-11-28 19:07:00", "2026-11-28 10:00:00,2026-11-28 12:00:00"];
        assert_eq!(lines[..3], ["You were in the call 2 times. The newest, from and to:", rows[0], rows[1]]);
        assert!(lines.len() == 4 && effect.is_none(), "{text}");
    }

    #[test]
    fn who_watches_is_told_that_it_can_not_be_forgotten() {
        let mut world = World::new("");
        let row = world.row();
        world.store.group(row.peer, None, &row.title, None, ADA).unwrap();
        let (text, effect) = said(world.ask(Language::En, |asking| forget(asking, true)));
        assert!(text.contains("watches the call") && effect.is_none(), "{text}");
    }
}
