use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// All texts, with their names.
fn all(language: Language) -> String {
    let words = language.admin_words();
    let pause = Pause { first: date("2026-12-25"), last: Some(date("2027-01-07")) };
    let open = Pause { last: None, ..pause };
    let today = date("2026-12-25");
    let choices = [Choice::Post, Choice::Pause, Choice::Resume, Choice::Cancel].map(|choice| words.choice(choice));
    let connections = [Connection::Connecting, Connection::Online, Connection::Offline, Connection::FloodWait]
        .map(|connection| words.connection(connection, Some("3s")));
    let calls = [
        CallNow::None,
        CallNow::Seen { length: None, people: 1 },
        CallNow::Seen { length: Some("2h 05m"), people: 22 },
        CallNow::Unseen { length: "4m", people: 5 },
    ]
    .map(|call| words.call(call));
    let settings = [
        Setting::Zone,
        Setting::PostTime,
        Setting::Language,
        Setting::Periods,
        Setting::Look,
        Setting::Target,
        Setting::Chat,
        Setting::Pause,
    ]
    .map(|setting| words.setting(setting));
    let modes = [ChatMode::Off, ChatMode::Private, ChatMode::Group].map(|mode| words.chat_mode(mode));
    let groups: Vec<(&str, Vec<String>)> = vec![
        ("choice", choices.into()),
        ("none", vec![words.none()]),
        ("post_question", vec![words.post_question("«Study Hall»")]),
        ("same_standings", vec![words.same_standings("19:07")]),
        ("post_waits", vec![words.post_waits()]),
        ("post_in_pause", vec![words.post_in_pause(pause)]),
        ("posting", vec![words.posting()]),
        ("cancelled", vec![words.cancelled()]),
        ("preview", vec![words.preview()]),
        ("connection", connections.into()),
        ("never seen", vec![words.connection(Connection::Connecting, None)]),
        ("next_attempt", vec![words.next_attempt("5s")]),
        ("outage", vec![words.outage(None, "offline"), words.outage(Some("5m"), "offline")]),
        ("call", calls.into()),
        ("last_post", vec![words.last_post(None), words.last_post(Some("21:30"))]),
        ("next_post", vec![words.next_post(None), words.next_post(Some(("21:30", "2h 05m"))), words.does_not_post()]),
        ("outbox", [(0, 0), (1, 0), (0, 2), (3, 1)].map(|(waiting, refused)| words.outbox(waiting, refused)).into()),
        ("store", vec![words.store(None), words.store(Some(("disk full", 1))), words.store(Some(("disk full", 7)))]),
        ("today", vec![words.blind_today("12m"), words.not_running_today("1h 00m")]),
        ("in_call", [0, 1, 3, 31].map(|people| words.in_call(people)).into()),
        ("since", vec![words.since("19:07", "12m")]),
        ("layout", [0, 1, 4].map(|faults| words.layout(faults)).into()),
        ("audited", vec![words.audited(1, 1, 1), words.audited(30, 42, 0), words.audited(3, 5, 6)]),
        ("setting", settings.into()),
        ("periods", vec![words.civil_periods(Weekday::Mon), words.numbered_periods(today)]),
        ("look", vec![words.look(Look::Standard), words.look(Look::Classic)]),
        ("chat_mode", modes.into()),
        ("target", vec![words.this_group(), words.topic(4)]),
        ("change_settings", vec![words.change_settings(true), words.change_settings(false)]),
        ("pause_dates", vec![words.pause_dates(pause), words.pause_dates(open)]),
        ("pause_question", vec![words.pause_question("«Study Hall»", pause)]),
        ("resume_question", vec![words.resume_question("«Study Hall»", open)]),
        ("paused", vec![words.paused(open), words.resumed(), words.not_paused(today)]),
        ("date_passed", vec![words.date_passed(date("2026-12-01"), today, "/pause 2027-01-07")]),
        ("log_empty", vec![words.log_empty()]),
    ];
    groups.iter().map(|(name, texts)| format!("{name}\n    {}\n", texts.join("\n    "))).collect()
}

#[test]
fn the_texts_for_admins_in_every_language() {
    for language in Language::ALL {
        insta::assert_snapshot!(format!("admin_{}", language.code()), all(language));
    }
}

/// Arguments stay as they are. Everything else is in the language's own letters.
#[test]
fn no_language_has_letters_of_another() {
    let latin = |text: &str| text.chars().filter(char::is_ascii_alphabetic).count();
    let cyrillic = |text: &str| text.chars().filter(|c| ('а'..='ӿ').contains(c)).count();
    for (language, is_cyrillic) in
        [(Language::En, false), (Language::Ru, true), (Language::Uz, false), (Language::UzCyrl, true)]
    {
        let words = language.admin_words();
        let texts = [words.posting(), words.cancelled(), words.preview(), words.resumed(), words.log_empty()];
        for text in texts {
            let counts = (latin(&text) > 0, cyrillic(&text) > 0);
            assert_eq!(counts, (!is_cyrillic, is_cyrillic), "{text}");
        }
    }
}
