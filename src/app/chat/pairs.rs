//! `/pair` and `/unpair`, and the buttons below a question: who shares a streak (rules §10.5).

use super::recent::{Known, Recent};
use super::{Asking, Effect, Message, Reply, members, rights};
use crate::app::pairs::{self as app, Found};
use crate::domain::accounting::leaderboard::Record;
use crate::domain::chat::access::Refusal;
use crate::domain::chat::answers::notes::{self, lines};
use crate::domain::chat::press::Press;
use crate::domain::chat::{Answer, Button, Buttons};
use crate::domain::meet::pairs::{self, AcceptResult, Outcome, Pair};
use crate::domain::post::names::Names;
use crate::domain::rights::GroupRights;
use crate::domain::words::Language;
use crate::domain::words::pairs::PairText;
use crate::domain::{Instant, PeerId};
use crate::error::Result;
use crate::store::PairChange;

/// The person who asks, and the data that decides whom they can ask.
struct Asker<'a> {
    asking: &'a Asking<'a>,
    account: PeerId,
    person: PeerId,
    record: &'a Record,
    rights: GroupRights,
    pairs: Vec<Pair>,
}

/// Asks somebody to share a streak; without a name, lists the asker's pairs. `answers_by` is the account that sends the
/// question.
pub fn pair(asking: &Asking, recent: &mut Recent, name: Option<&str>, answers_by: PeerId) -> Result<Reply> {
    let known = recent.known(asking)?;
    let asker = match asker(asking, &known)? {
        Ok(asker) => asker,
        Err(refusal) => return Ok(refusal.into()),
    };
    match name {
        Some(name) => asker.ask(name, answers_by),
        None => asker.list(),
    }
}

/// Ends a pair, or takes a question back. Without a name, ends the asker's only pair.
pub fn unpair(asking: &Asking, recent: &mut Recent, name: Option<&str>) -> Result<Reply> {
    let known = recent.known(asking)?;
    match asker(asking, &known)? {
        Ok(asker) => asker.end(name),
        Err(refusal) => Ok(refusal.into()),
    }
}

/// The reply to a press of a button below the question that was asked at `asked`.
pub fn press(asking: &Asking, recent: &mut Recent, asked: Instant, accepts: bool, answers_by: PeerId) -> Result<Reply> {
    let known = recent.known(asking)?;
    let asker = match asker(asking, &known)? {
        Ok(asker) => asker,
        Err(refusal) => return Ok(refusal.into()),
    };
    match accepts {
        true => match pairs::accept(&asker.pairs, asker.person, asked, asking.now.at) {
            AcceptResult::Now(pair) => asker.accept(pair, answers_by),
            AcceptResult::Already(pair) => Ok(asker.accepted(pair.asker)),
            AcceptResult::Full => Ok(asker.text(PairText::Full)),
            AcceptResult::Gone => Ok(asker.text(PairText::Gone)),
        },
        false => asker.decline(asked),
    }
}

/// The lines of `/me`: each pair with its shared streak.
pub fn lines_of(asking: &Asking, record: &Record, person: PeerId) -> Result<Vec<String>> {
    let (settings, words) = (asking.settings, asking.language.pair_words());
    let shared = app::shared(asking.store, settings, asking.group.key, record, person, asking.now)?;
    let names = Names::new(asking.language.words(), shared.iter().map(|(profile, _)| profile));
    Ok(shared.iter().map(|(profile, days)| words.shared(&names.list([profile], 1), *days)).collect())
}

/// The person who asks; or the answer why they can be in no pair: the group has no pairs, they hide, or nothing is
/// stored of them.
fn asker<'a>(asking: &'a Asking, known: &'a Known) -> Result<std::result::Result<Asker<'a>, Answer>> {
    let (settings, group, record) = (asking.settings, asking.group.key, &known.record);
    let text = |text| lines([asking.language.pair_words().text(text)]);
    let Some(account) = asking.author.person() else {
        return Ok(Err(members::refused(asking, Refusal::NotAsAPerson)));
    };
    if !settings.pairs {
        return Ok(Err(text(PairText::Off)));
    }
    if let Some(refusal) = rights::not_counted(asking, account)? {
        return Ok(Err(refusal));
    }
    let rights = asking.store.rights(group, settings.audience, &settings.aliases)?;
    if rights.of(account).is_some_and(|rights| rights.hidden) {
        return Ok(Err(text(PairText::YouHide)));
    }
    let pairs = app::of_people(asking.store, settings, group, record)?;
    let person = record.aliases.person(account);
    if !record.counts(person, settings.policy) {
        return Ok(Err(notes::left_out(asking.language.chat_words())));
    }
    Ok(Ok(Asker { asking, account, person, record, rights, pairs }))
}

impl Asker<'_> {
    fn ask(&self, name: &str, answers_by: PeerId) -> Result<Reply> {
        let words = self.asking.language.pair_words();
        let other = match app::find(self.asking.settings, self.record, &self.rights, name) {
            Found::Nobody => return Ok(self.text(PairText::NotFound)),
            Found::Several => return Ok(self.text(PairText::Several)),
            Found::One(other) => other,
        };
        let name = self.name(self.asking.language, other);
        match pairs::ask(&self.pairs, self.person, other, self.asking.now.at) {
            Outcome::Oneself => Ok(self.text(PairText::Oneself)),
            Outcome::Full => Ok(self.text(PairText::Full)),
            Outcome::Paired => Ok(lines([words.already(&name)]).into()),
            Outcome::Waits => Ok(lines([words.waits(&name)]).into()),
            Outcome::Accepts(question) => self.accept(question, answers_by),
            Outcome::Asks => match self.open_chat(other, answers_by)? {
                None => Ok(lines([words.not_open(&name)]).into()),
                Some(receiver) => Ok(self.question(receiver, &name)),
            },
        }
    }

    /// The message to the person who is asked, and the answer to the asker.
    fn question(&self, receiver: PeerId, name: &str) -> Reply {
        let Asking { group, settings, now, language, .. } = *self.asking;
        let words = settings.language.pair_words();
        let (key, asked) = (group.key.0, now.at.0);
        let accept = Button::press(words.text(PairText::AcceptButton), Press::AcceptPair { group: key, asked });
        let decline = Button::press(words.text(PairText::DeclineButton), Press::DeclinePair { group: key, asked });
        let text = words.question(&self.name(settings.language, self.person));
        let answer = Answer { buttons: Buttons(vec![vec![accept, decline]]), ..lines([text]) };
        let change = PairChange::Ask { asker: self.account, other: receiver, at: now.at };
        Reply {
            effect: Some(Effect::Pair { group: group.key, change }),
            others: vec![Message { receiver, answer }],
            ..lines([language.pair_words().asked(name)]).into()
        }
    }

    /// The person accepts a question; its asker gets a message about it.
    fn accept(&self, question: Pair, answers_by: PeerId) -> Result<Reply> {
        let Asking { store, group, settings, now, .. } = *self.asking;
        let sides = [question.asker, question.other].map(|person| self.record.aliases.accounts(person));
        // Find the stored pair, which names the accounts between which the question was asked.
        let is_it = |pair: &Pair| pair.of_people(&self.record.aliases) == question;
        let Some(pair) = store.pairs(group.key)?.into_iter().find(is_it) else {
            return Ok(self.text(PairText::Gone));
        };
        let change = PairChange::Accept { pair, sides, at: now.at };
        let text = settings.language.pair_words().was_accepted(&self.name(settings.language, self.person));
        let receiver = self.open_chat(question.asker, answers_by)?;
        let others = receiver.map(|receiver| Message { receiver, answer: lines([text]) }).into_iter().collect();
        let effect = Some(Effect::Pair { group: group.key, change });
        Ok(Reply { effect, others, ..self.accepted(question.asker) })
    }

    fn accepted(&self, asker: PeerId) -> Reply {
        let language = self.asking.language;
        lines([language.pair_words().accepted(&self.name(language, asker))]).into()
    }

    fn decline(&self, asked: Instant) -> Result<Reply> {
        let group = self.asking.group.key;
        let own = |pair: &Pair| {
            let person = self.record.aliases.person(pair.other);
            person == self.person && pair.asked == asked && pair.is_open(self.asking.now.at)
        };
        let mut own = self.asking.store.pairs(group)?.into_iter().filter(own);
        let (Some(Pair { asker, other, .. }), None) = (own.next(), own.next()) else {
            return Ok(self.text(PairText::Gone));
        };
        let change = PairChange::Decline { asker, other, at: self.asking.now.at };
        Ok(Reply { effect: Some(Effect::Pair { group, change }), ..self.text(PairText::Declined) })
    }

    /// The asker's pairs, their questions that nobody has answered, and the commands for pairs.
    fn list(&self) -> Result<Reply> {
        let (language, now) = (self.asking.language, self.asking.now.at);
        let words = language.pair_words();
        let mut texts = lines_of(self.asking, self.record, self.person)?;
        let has_any = !texts.is_empty();
        let open = self.pairs.iter().filter(|pair| pair.asker == self.person && pair.is_open(now));
        texts.extend(open.map(|pair| words.waits(&self.name(language, pair.other))));
        if !has_any {
            texts.insert(0, words.text(PairText::NoPair));
        }
        texts.push(words.text(PairText::How));
        texts.extend(has_any.then(|| words.text(PairText::HowEnd)));
        Ok(lines(texts).into())
    }

    fn end(&self, name: Option<&str>) -> Result<Reply> {
        let partners: Vec<PeerId> =
            pairs::accepted(&self.pairs, self.person).filter_map(|pair| pair.partner(self.person)).collect();
        let other = match (name, &partners[..]) {
            (None, []) => return Ok(self.text(PairText::NoPair)),
            (None, [only]) => *only,
            (None, _) => return Ok(self.text(PairText::WhichOne)),
            (Some(name), _) => match app::find(self.asking.settings, self.record, &self.rights, name) {
                Found::One(other) => other,
                Found::Several => return Ok(self.text(PairText::Several)),
                Found::Nobody => return Ok(self.text(PairText::NotPaired)),
            },
        };
        let asks = |pair: &Pair| pair.asker == self.person && pair.other == other && pair.is_open(self.asking.now.at);
        if !partners.contains(&other) && !self.pairs.iter().any(asks) {
            return Ok(self.text(PairText::NotPaired));
        }
        let [own, others] = [self.person, other].map(|person| self.record.aliases.accounts(person));
        let effect = Effect::Pair { group: self.asking.group.key, change: PairChange::End { own, others } };
        Ok(Reply { effect: Some(effect), ..self.text(PairText::Ended) })
    }

    /// An account of the person to which `answers_by` can write.
    fn open_chat(&self, person: PeerId, answers_by: PeerId) -> Result<Option<PeerId>> {
        for account in self.record.aliases.accounts(person) {
            if self.asking.store.private_chat(answers_by, account)?.is_some() {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }

    fn text(&self, text: PairText) -> Reply {
        lines([self.asking.language.pair_words().text(text)]).into()
    }

    /// A person's name as the group sees it.
    fn name(&self, language: Language, person: PeerId) -> String {
        let profile = self.record.profile(person);
        Names::new(language.words(), std::iter::once(&profile)).list([&profile], 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::admin_world::{ADA, BOB, World};
    use super::*;
    use crate::domain::chat::Author;
    use crate::domain::people::{Known as KnownPerson, Profile};
    use crate::domain::rights::Rights;
    use crate::domain::roster::Observed;
    use crate::store::{AnsweredBatch, OpenedChat};

    const BOT: PeerId = PeerId(999);
    const EVE: PeerId = PeerId(3);
    const ON: &str = "SWF_PAIRS=on\n";

    /// Ada, Bob and Eve; Ada and Bob have opened the chat with the bot.
    fn world() -> World {
        let mut world = World::new(ON);
        let profile = |peer, name: &str, username: &str| Profile {
            name: name.into(),
            username: Some(username.into()),
            ..Profile::unknown(peer)
        };
        let people = [profile(ADA, "Ada", "ada"), profile(BOB, "Bob", "bob"), profile(EVE, "Eve Bright", "eve")];
        let people = people.map(|profile| KnownPerson { profile, access_hash: None }).into();
        let group = world.group;
        world.store.record(group, &Observed { people, ..Observed::new(world.now) }, &[]).unwrap();
        open(&mut world, ADA);
        open(&mut world, BOB);
        world
    }

    fn open(world: &mut World, person: PeerId) {
        let opened = vec![OpenedChat { account: BOT, person, group: None }];
        world.store.store_answers(&AnsweredBatch { opened, ..AnsweredBatch::default() }, world.now).unwrap();
    }

    fn text(reply: &Reply) -> String {
        // Remove the marks that isolate the direction of names.
        let text: String = reply.answers.iter().map(|answer| answer.message.text.clone()).collect();
        text.replace(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'], "")
    }

    /// The reply to a person; what the reply changes is carried out.
    fn ask(world: &mut World, person: PeerId, answer: impl Fn(&Asking, &mut Recent) -> Result<Reply>) -> Reply {
        let reply = world.ask(Language::En, |asking| {
            answer(&Asking { author: Author::Person(person), ..*asking }, &mut Recent::default()).unwrap()
        });
        if let Some(Effect::Pair { group, change }) = &reply.effect {
            for _ in 0..2 {
                world.store.change_pair(*group, change, world.now).unwrap();
            }
        }
        reply
    }

    fn asks(world: &mut World, person: PeerId, name: &str) -> Reply {
        ask(world, person, |asking, recent| pair(asking, recent, Some(name), BOT))
    }

    fn ends(world: &mut World, person: PeerId, name: Option<&str>) -> String {
        text(&ask(world, person, |asking, recent| unpair(asking, recent, name)))
    }

    fn list(world: &mut World, person: PeerId) -> String {
        text(&ask(world, person, |asking, recent| pair(asking, recent, None, BOT)))
    }

    /// Presses the first or the second button of the question in a reply.
    fn presses(world: &mut World, person: PeerId, question: &Reply, accepts: bool) -> Reply {
        let [Message { answer, .. }] = &question.others[..] else { panic!("{question:?}") };
        let data: Vec<String> = [true, false]
            .into_iter()
            .map(|accepts| {
                let asked = world.now.0;
                let group = world.group.0;
                match accepts {
                    true => Press::AcceptPair { group, asked }.write(),
                    false => Press::DeclinePair { group, asked }.write(),
                }
            })
            .collect();
        let written = format!("{:?}", answer.buttons);
        assert!(data.iter().all(|data| written.contains(data.as_str())), "{written}");
        let asked = world.now;
        ask(world, person, |asking, recent| press(asking, recent, asked, accepts, BOT))
    }

    fn accepted(world: &World) -> Vec<(PeerId, PeerId)> {
        let all = world.store.pairs(world.group).unwrap().into_iter().filter(|pair| pair.accepted.is_some());
        all.map(|pair| (pair.asker, pair.other)).collect()
    }

    #[test]
    fn one_asks_in_private_and_the_other_accepts() {
        let mut world = world();
        let question = asks(&mut world, ADA, "@bob");
        assert_eq!(text(&question), "I have asked Bob. The question ends in 7 days.");
        let [Message { receiver, answer }] = &question.others[..] else { panic!("{question:?}") };
        assert!(*receiver == BOB && answer.message.text.contains("Ada"), "{answer:?}");
        // No button has the id of the asker, who may have a pen name.
        assert_eq!(answer.buttons.0.concat().len(), 2);
        assert_eq!(text(&asks(&mut world, ADA, "bob")), "Bob has not answered yet.");
        assert!(list(&mut world, ADA).contains("Bob has not answered yet."));
        assert!(accepted(&world).is_empty() && !list(&mut world, BOB).contains("Ada"));
        // Only the person who was asked can answer.
        for person in [ADA, EVE] {
            let reply = presses(&mut world, person, &question, true);
            assert_eq!((text(&reply).as_str(), reply.effect), ("That question has ended. /pair asks anew.", None));
        }
        let reply = presses(&mut world, BOB, &question, true);
        assert!(text(&reply).contains("You and Ada share a streak"), "{reply:?}");
        let [Message { receiver, answer }] = &reply.others[..] else { panic!("{reply:?}") };
        assert!(*receiver == ADA && answer.message.text.contains("Bob"), "{answer:?}");
        assert_eq!(accepted(&world), [(ADA, BOB)]);
        // The same press again changes nothing.
        let again = presses(&mut world, BOB, &question, true);
        assert_eq!((text(&again), again.effect, again.others), (text(&reply), None, vec![]));
        // Both have been in the call since 18:00. Ada's morning, when she was alone, is not shared.
        for (person, partner) in [(ADA, "Bob"), (BOB, "Ada")] {
            assert!(list(&mut world, person).starts_with(&format!("🤝 {partner}: 1 day together\n")));
            let me = ask(&mut world, person, |asking, recent| Ok(members::me(asking, recent)?.into()));
            assert!(text(&me).contains(&format!("\n🤝 {partner}: 1 day together")), "{}", text(&me));
        }
        assert_eq!(text(&asks(&mut world, BOB, "Ada")), "You and Ada are a pair already.");
    }

    #[test]
    fn whoever_declines_is_told_to_nobody() {
        let mut world = world();
        let question = asks(&mut world, ADA, "bob");
        let reply = presses(&mut world, BOB, &question, false);
        assert_eq!((text(&reply).as_str(), reply.others.len()), ("All right. Nobody is told.", 0));
        assert!(accepted(&world).is_empty());
        // The answer is as if nobody had answered, and Bob is not asked again for 7 days.
        let again = asks(&mut world, ADA, "bob");
        assert_eq!((text(&again).as_str(), again.effect), ("Bob has not answered yet.", None));
        // Bob asks Ada instead.
        asks(&mut world, BOB, "ada");
        assert_eq!(accepted(&world), [(ADA, BOB)]);
    }

    #[test]
    fn who_can_not_be_asked_is_not_told_from_who_is_not_there() {
        let mut world = world();
        let group = world.group;
        let nobody = "I know nobody here by that name whom I could ask. Whoever hides or has left can't be asked.";
        assert!(text(&asks(&mut world, ADA, "@eve")).starts_with("I can't write to Eve Bright yet"));
        assert_eq!(text(&asks(&mut world, ADA, "@ada")), "That is you. A pair takes two!");
        assert_eq!(text(&asks(&mut world, ADA, "@zoe")), nobody);
        assert!(text(&asks(&mut world, ADA, "b")).starts_with("That name fits several people."));
        let (hidden, left) = (Rights { hidden: true, ..Rights::default() }, Some(world.now));
        for rights in [hidden.clone(), Rights { left, ..Rights::default() }] {
            world.store.decide(group, &[BOB], &rights).unwrap();
            for name in ["@bob", "Bob", "2"] {
                let reply = asks(&mut world, ADA, name);
                assert_eq!((text(&reply).as_str(), reply.effect), (nobody, None), "{name} {rights:?}");
            }
        }
        // A person with a pen name is found by the pen name, not by their name.
        let named = Rights { pen_name: Some("Falcon".into()), ..Rights::default() };
        world.store.decide(group, &[BOB], &named).unwrap();
        for name in ["@bob", "Bob", "2"] {
            assert_eq!(text(&asks(&mut world, ADA, name)), nobody, "{name}");
        }
        assert_eq!(text(&asks(&mut world, ADA, "falcon")), "I have asked Falcon. The question ends in 7 days.");
        world.store.decide(group, &[ADA], &hidden).unwrap();
        assert!(text(&asks(&mut world, ADA, "falcon")).starts_with("You hide"));
        world.set("");
        assert_eq!(text(&asks(&mut world, BOB, "ada")), "This group has no pairs.");
    }

    #[test]
    fn a_pair_ends_when_either_says_so_hides_or_leaves() {
        let mut world = world();
        let group = world.group;
        assert_eq!(ends(&mut world, ADA, None), "You have no pair.");
        for way in 0..4 {
            let question = asks(&mut world, ADA, "bob");
            presses(&mut world, BOB, &question, true);
            assert_eq!(accepted(&world), [(ADA, BOB)]);
            let rights = match way {
                0 => {
                    assert_eq!(ends(&mut world, BOB, None), "Ended. Nobody is told.");
                    continue;
                }
                1 => {
                    assert_eq!(ends(&mut world, ADA, Some("@eve")), "You have no pair with that name.");
                    assert_eq!(ends(&mut world, ADA, Some("@bob")), "Ended. Nobody is told.");
                    continue;
                }
                2 => Rights { hidden: true, ..Rights::default() },
                _ => Rights { left: Some(world.now), ..Rights::default() },
            };
            world.store.decide(group, &[BOB], &rights).unwrap();
            assert!(!list(&mut world, ADA).contains('🤝'));
            // When Bob is visible again, the pair no longer exists.
            world.store.decide(group, &[BOB], &Rights::default()).unwrap();
            assert!(accepted(&world).is_empty() && !list(&mut world, ADA).contains('🤝'));
        }
        // After a question is taken back, its button does nothing.
        let question = asks(&mut world, ADA, "bob");
        assert_eq!(ends(&mut world, BOB, Some("ada")), "You have no pair with that name.");
        assert_eq!(ends(&mut world, ADA, Some("bob")), "Ended. Nobody is told.");
        assert!(text(&presses(&mut world, BOB, &question, true)).starts_with("That question has ended."));
    }

    #[test]
    fn with_five_pairs_nobody_asks_and_nobody_accepts() {
        let mut world = world();
        let group = world.group;
        let question = asks(&mut world, ADA, "bob");
        // Give Bob five pairs.
        let others: Vec<PeerId> = (0..5).map(|number| PeerId(100 + number)).collect();
        for other in others {
            let pair = Pair { asker: other, other: BOB, asked: world.now - 5, accepted: None, declined: None };
            let ask = PairChange::Ask { asker: other, other: BOB, at: pair.asked };
            world.store.change_pair(group, &ask, world.now).unwrap();
            let accept = PairChange::Accept { pair, sides: [vec![other], vec![BOB]], at: world.now };
            world.store.change_pair(group, &accept, world.now).unwrap();
        }
        let full = "One of you two has no place for another pair. Five is the most.";
        let reply = presses(&mut world, BOB, &question, true);
        assert_eq!((text(&reply).as_str(), reply.effect), (full, None));
        assert_eq!(ends(&mut world, ADA, Some("bob")), "Ended. Nobody is told.");
        assert_eq!(text(&asks(&mut world, ADA, "bob")), full);
        assert_eq!(text(&asks(&mut world, BOB, "ada")), full);
        assert!(ends(&mut world, BOB, None).starts_with("You have several pairs."));
    }

    #[test]
    fn help_and_privacy_tell_of_pairs_where_there_are_any() {
        for (settings, is_told) in [("", false), (ON, true)] {
            let world = World::new(settings);
            let [help, privacy] = world.ask(Language::En, |asking| {
                [members::help(asking), members::privacy(asking, &world.config, false).unwrap()]
                    .map(|answer| answer.message.text)
            });
            assert_eq!((help.contains("/pair @"), privacy.contains("/pair")), (is_told, is_told), "{help}\n{privacy}");
        }
    }
}
