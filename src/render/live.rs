//! The live view of `swf track` on a terminal: a frame as a pure function, and a screen that redraws it in place.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::{
    QueueableCommand,
    cursor::{Hide, MoveTo, Show},
    style::Print,
    terminal::{Clear, ClearType, DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen},
};
use unicode_width::UnicodeWidthStr;

use super::live_focus::Focus;
use super::{Style, live_groups, marks, paint, words};
use crate::domain::live::{Blind, Connection, GroupView, Person, View};
use crate::domain::people::{Display, Viewer, display};
use crate::domain::{Instant, text};

/// Cells of a time column.
const TIME_WIDTH: usize = 9;
/// The least and the most cells of the name column. The bound keeps times near names on a wide terminal.
const NAME_WIDTH: (usize, usize) = (24, 48);
/// With fewer cells for a name, the times are left out.
const MIN_NAME_WITH_TIMES: usize = 8;
/// From this many lines on, blank lines separate the parts: with one group, and with several.
const MIN_LINES_WITH_BLANKS: (usize, usize) = (12, 18);
/// From this many lines on, there is a hint.
const MIN_LINES_WITH_HINT: usize = 8;
/// The list of groups gets at most one line in this many.
const GROUPS_SHARE: usize = 3;
const HINT: &str = "Ctrl-C stops; nothing is lost";
/// The hint while the store can't be written.
const LOSS_WARNING: &str = "Ctrl-C stops, and loses unstored data";
/// The keys, longest first.
const KEYS: [&str; 3] = [
    "Tab: next group · ?: help · q or Ctrl-C stops; nothing is lost",
    "Tab: next group · ?: help · q stops",
    "?: help",
];
const KEYS_AND_LOSS: [&str; 3] = [
    "Tab: next group · ?: help · q or Ctrl-C stops, and loses unstored data",
    "?: help · q loses unstored data",
    "?: help",
];

/// The lines to show on a terminal of `width` × `height` cells. They are fewer than `height` and narrower than
/// `width`, so that the terminal neither wraps nor scrolls. On a low terminal the hint is left out first, then the
/// list, the next post, the store problem and the call; the connection stays longest. With several groups, the list of
/// groups is above the open group.
pub fn frame(view: &View, focus: Focus, width: u16, height: u16, color: bool) -> Vec<String> {
    let width = usize::from(width).saturating_sub(1);
    let budget = usize::from(height).saturating_sub(1);
    let is_one = view.groups.len() == 1;
    let has_blanks = budget >= if is_one { MIN_LINES_WITH_BLANKS.0 } else { MIN_LINES_WITH_BLANKS.1 };
    let mut top = head(view, focus, width, color);
    if focus.is_help {
        top.extend(focus.help(view.groups.len()).iter().map(|line| text::fit(line, width)));
        top.truncate(budget);
        return top;
    }
    let open = focus.open(view);
    if !is_one {
        top.extend(store_problem(view, width, color));
        let groups = live_groups::list(view, focus.group, width, budget / GROUPS_SHARE, has_blanks, color);
        top.extend(has_blanks.then(String::new));
        top.extend(groups);
        top.extend(has_blanks.then(String::new));
    }
    top.push(call_line(view, open, width, color));
    if is_one {
        top.extend(store_problem(view, width, color));
    }
    top.truncate(budget);
    let mut end = vec![text::fit(&next_post(view.now, open), width)];
    if budget >= MIN_LINES_WITH_HINT {
        end.push(paint(&text::fit(hint(view, focus, width), width), Style::Dim, color));
    }
    end.truncate(budget - top.len());

    let rest = (budget - top.len() - end.len()).saturating_sub(if has_blanks { 2 } else { 0 });
    let list = open.call.as_ref().map(|call| list(&call.people, width, rest, color)).unwrap_or_default();
    let mut lines = top;
    if has_blanks && !list.is_empty() {
        lines.push(String::new());
    }
    lines.extend(list);
    if has_blanks {
        lines.push(String::new());
    }
    lines.extend(end);
    lines
}

fn hint(view: &View, focus: Focus, width: usize) -> &'static str {
    let is_losing = view.store_problem.is_some();
    if view.groups.len() == 1 || !focus.has_keys {
        return if is_losing { LOSS_WARNING } else { HINT };
    }
    let keys = if is_losing { KEYS_AND_LOSS } else { KEYS };
    keys.into_iter().find(|keys| keys.width() <= width).unwrap_or(keys[keys.len() - 1])
}

fn store_problem(view: &View, width: usize, color: bool) -> Option<String> {
    let problem = view.store_problem.as_ref()?;
    let line = format!("{}; {} facts wait in memory", text::clean(&problem.reason), problem.buffered);
    Some(paint(&text::fit(&line, width), Style::Yellow, color))
}

/// The group, or how many groups there are, and the connection: on one line if they fit, else on two.
fn head(view: &View, focus: Focus, width: usize, color: bool) -> Vec<String> {
    let (state, style) = connection(view);
    let group = match &view.groups[..] {
        [group] => text::clean(&group.title),
        groups => format!("Group {} of {}", focus.group.min(groups.len() - 1) + 1, groups.len()),
    };
    let (group, state) = (text::fit(&group, width), text::fit(&state, width));
    let gap = width.checked_sub(group.width() + state.width()).filter(|gap| *gap >= 2);
    let group = paint(&text::isolated_if_mixed(&group), Style::Bold, color);
    let state = paint(&state, style, color);
    match gap {
        Some(gap) => vec![format!("{group}{}{state}", " ".repeat(gap))],
        None => vec![state, group],
    }
}

/// The state of the connection; with one group, also whether its call is blind.
fn connection(view: &View) -> (String, Style) {
    let blind = match &view.groups[..] {
        [group] => group.call.as_ref().and_then(|call| call.blind),
        _ => None,
    };
    let text = match (view.connection, &view.wait, blind) {
        (Connection::Connecting, ..) => "○ connecting…".into(),
        (Connection::Online, _, None) => return ("● online".into(), Style::Green),
        (Connection::Online, _, Some(blind)) => format!("○ call {}", not_seen(view.now, blind)),
        (Connection::Offline | Connection::FloodWait, Some(wait), _) => {
            let reason = wait.reason.as_deref().map_or("Telegram asks to wait".into(), text::clean);
            format!("○ waiting {}: {reason}", text::duration(wait.until - view.now))
        }
        (Connection::Offline, None, _) => "○ offline".into(),
        (Connection::FloodWait, None, _) => "○ Telegram asks to wait".into(),
    };
    (text, Style::Yellow)
}

/// `not seen for 2m: gap`.
fn not_seen(now: Instant, blind: Blind) -> String {
    format!("not seen for {}: {}", text::duration(now - blind.since), words::blind_reason(blind.reason))
}

/// Whether the view shows the present state of the group; else it shows what was last seen.
pub(super) fn is_current(view: &View, group: &GroupView) -> bool {
    let is_blind = group.call.as_ref().is_some_and(|call| call.blind.is_some());
    view.connection == Connection::Online && group.outage.is_none() && !is_blind
}

/// What is known of the group's call, with the group's title if there are several groups.
fn call_line(view: &View, group: &GroupView, width: usize, color: bool) -> String {
    let (title, is_one) = (text::clean(&group.title), view.groups.len() == 1);
    let blind = group.call.as_ref().and_then(|call| call.blind).filter(|_| !is_one);
    let mut line = match (&group.outage, &group.call) {
        (Some(outage), _) => text::clean(&outage.reason),
        (None, None) if is_current(view, group) => "No call is running; waiting for one.".to_owned(),
        (None, None) => "No call has been seen yet.".to_owned(),
        (None, Some(call)) => {
            let people = match call.people.len() {
                0 => "nobody is in it right now".to_owned(),
                count => format!("{} in it", words::people(count)),
            };
            let people = people + &words::uncounted(call.uncounted);
            match call.since {
                Some(since) => format!("Call {} · {people}", text::duration(view.now - since)),
                None => format!("Call · {people}"),
            }
        }
    };
    if let Some(blind) = blind {
        line += &format!(" · {}", not_seen(view.now, blind));
    }
    let style = match (&group.outage, is_current(view, group)) {
        (Some(_), _) => Some(Style::Yellow),
        (None, false) => Some(Style::Dim),
        (None, true) => None,
    };
    let styled = |text: &str| style.map_or_else(|| text.to_owned(), |style| paint(text, style, color));
    if is_one {
        return styled(&text::fit(&line, width));
    }
    let title = text::fit(&title, (width / 2).saturating_sub(2).max(1));
    let rest = text::fit(&line, width.saturating_sub(title.width() + 2));
    if rest.is_empty() {
        return styled(&text::fit(&line, width));
    }
    format!("{}  {}", paint(&text::isolated_if_mixed(&title), Style::Bold, color), styled(&rest))
}

/// `Next post: today 21:30 (in 2h 05m)`.
fn next_post(now: Instant, group: &GroupView) -> String {
    match group.next_post {
        None => "Next post: off".into(),
        Some(at) => {
            let when = words::day_and_time(group.zone, at, now);
            format!("Next post: {when} (in {})", text::duration(at - now))
        }
    }
}

/// The people in the call, on at most `max_lines` lines, by today's time, then by name.
fn list(people: &[Person], width: usize, max_lines: usize, color: bool) -> Vec<String> {
    if people.is_empty() || max_lines == 0 {
        return Vec::new();
    }
    let names: Vec<Display> = people.iter().map(|person| display(&person.profile, Viewer::Terminal)).collect();
    let names = names.iter().map(ToString::to_string).zip(marks(&names));
    let mut rows: Vec<((String, String), &Person)> = names.zip(people).collect();
    rows.sort_by_cached_key(|((name, mark), person)| {
        (std::cmp::Reverse(person.today), name.to_lowercase(), person.stay, mark.clone())
    });

    let longest = rows.iter().map(|((name, mark), _)| name.width() + mark.width()).max().unwrap_or(0).max("Name".len());
    let name_width = longest.clamp(NAME_WIDTH.0, NAME_WIDTH.1).min(width.saturating_sub(2 * TIME_WIDTH));
    let with_times = name_width >= MIN_NAME_WITH_TIMES;
    let line = |name: &str, mark: &str, stay: &str, today: &str| {
        if !with_times {
            return text::isolated_if_mixed(&text::fit_before(name, mark, width));
        }
        let name = text::fit_before(name, mark, name_width);
        let gap = " ".repeat(name_width - name.width());
        format!(
            "{}{gap}{:>TIME_WIDTH$}{:>TIME_WIDTH$}",
            text::isolated_if_mixed(&name),
            text::fit(stay, TIME_WIDTH),
            text::fit(today, TIME_WIDTH)
        )
    };
    let mut lines = Vec::with_capacity(max_lines.min(rows.len() + 1));
    if max_lines >= 3 {
        lines.push(paint(&line("Name", "", "this stay", "today"), Style::Dim, color));
    }
    let max_rows = max_lines - lines.len();
    let shown = if rows.len() <= max_rows { rows.len() } else { max_rows - 1 };
    lines.extend(
        rows[..shown]
            .iter()
            .map(|((name, mark), person)| line(name, mark, &text::duration(person.stay), &today(person.today))),
    );
    if shown < rows.len() {
        lines.push(text::fit(&words::more(rows.len() - shown), width));
    }
    lines
}

/// The credited time of today; a session below the gate counts nothing yet.
fn today(seconds: i64) -> String {
    if seconds > 0 { text::duration(seconds) } else { "–".to_owned() }
}

/// Draws frames on the terminal's alternate screen. When the program ends, also by a panic, the main screen is
/// restored. Nothing else may write to the terminal meanwhile.
pub struct Screen<W: Write> {
    /// Holds a whole frame, so that one write draws it and nothing flickers. On a Windows console without escape
    /// sequences, crossterm flushes it before each of its calls.
    out: BufWriter<W>,
    /// The terminal's size when the last frame was drawn.
    size: (u16, u16),
    shown: Shown,
}

/// Whether the alternate screen is shown. It is left only once, by [`Screen`] or by a panic hook.
#[derive(Clone, Debug, Default)]
pub struct Shown(Arc<AtomicBool>);

impl Shown {
    /// Returns to the main screen, and undoes what [`Screen::new`] changed.
    pub fn leave(&self, out: &mut impl Write) -> io::Result<()> {
        match self.0.swap(false, Ordering::Relaxed) {
            true => out.queue(EnableLineWrap)?.queue(Show)?.queue(LeaveAlternateScreen)?.flush(),
            false => Ok(()),
        }
    }
}

impl<W: Write> Screen<W> {
    /// Switches to the alternate screen. A panic hook uses the same `shown` to leave it before it prints.
    pub fn new(out: W, shown: Shown) -> io::Result<Screen<W>> {
        let mut out = BufWriter::with_capacity(1 << 18, out);
        shown.0.store(true, Ordering::Relaxed);
        out.queue(EnterAlternateScreen)?.queue(Hide)?.queue(DisableLineWrap)?.flush()?;
        Ok(Screen { out, size: (0, 0), shown })
    }

    /// Replaces the last frame by `lines`, which [`frame`] made for `size`, the terminal's present columns and rows.
    pub fn draw(&mut self, lines: &[String], size: (u16, u16)) -> io::Result<()> {
        if self.size != size {
            // The terminal may have broken the lines of the last frame when it was resized.
            self.out.queue(Clear(ClearType::All))?;
            self.size = size;
        }
        self.out.queue(MoveTo(0, 0))?;
        for line in lines {
            // Clear first: after a full line the cursor is on its last cell and would clear it.
            self.out.queue(Clear(ClearType::UntilNewLine))?.queue(Print(line))?.queue(Print("\r\n"))?;
        }
        self.out.queue(Clear(ClearType::FromCursorDown))?;
        self.out.flush()
    }
}

impl<W: Write> Drop for Screen<W> {
    fn drop(&mut self) {
        // Nothing can be done about an error here.
        let _ = self.shown.leave(&mut self.out);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NASTY, plain};
    use super::*;
    use crate::domain::PeerId;
    use crate::domain::live::{Call, StoreProblem, Wait};
    use crate::domain::people::Profile;
    use crate::domain::roster::BlindReason;
    use crate::domain::time::zone::Zone;
    use proptest::prelude::*;
    use std::cell::RefCell;

    const NOW: Instant = Instant(1_795_354_860);

    fn person(name: &str, stay: i64, today: i64) -> Person {
        // A name without width is replaced by the id.
        let profile = Profile { name: name.into(), ..Profile::unknown(PeerId(7)) };
        Person { profile, since: NOW - stay, stay, today }
    }

    fn a_call(seconds: Option<i64>, people: Vec<Person>) -> Option<Call> {
        Some(Call { since: seconds.map(|seconds| NOW - seconds), blind: None, people, uncounted: 0 })
    }

    fn view() -> View {
        let people = vec![
            person("Zoe", 300, 300),
            person("Ada Lovelace", 4200, 11_100),
            person("محمد", 200, 300),
            person("李小龍 👩\u{200d}👧", 40, 7200),
        ];
        let group = GroupView {
            label: None,
            title: "Deep Work".into(),
            peer: Some(PeerId(-1001)),
            zone: Zone::TASHKENT,
            watched: None,
            call: a_call(Some(8040), people),
            next_post: Some(NOW + 10_140),
            outage: None,
        };
        View {
            now: NOW,
            account: None,
            connection: Connection::Online,
            wait: None,
            confirmed: Some(NOW),
            outage: None,
            groups: vec![group],
            store_problem: None,
        }
    }

    /// As [`view`], with another call.
    fn with_call(call: Option<Call>) -> View {
        let group = GroupView { call, ..view().groups.remove(0) };
        View { groups: vec![group], ..view() }
    }

    /// As [`view`], with a call that could not be seen for so many seconds.
    fn blind(view: View, seconds: i64) -> View {
        let blind = Some(Blind { since: view.now - seconds, reason: BlindReason::Gap });
        let groups = view.groups.into_iter();
        let groups = groups.map(|group| GroupView { call: group.call.map(|call| Call { blind, ..call }), ..group });
        View { groups: groups.collect(), ..view }
    }

    fn crowd(count: usize) -> View {
        let people = (0..count).map(|n| person(NASTY[n % NASTY.len()], n as i64 * 90, n as i64 * 600)).collect();
        with_call(a_call(None, people))
    }

    fn frame(view: &View, width: u16, height: u16, color: bool) -> Vec<String> {
        super::frame(view, Focus::default(), width, height, color)
    }

    fn shown(view: &View, width: u16, height: u16) -> String {
        frame(view, width, height, false).join("\n").replace(['\u{2068}', '\u{2069}'], "")
    }

    /// CASES S9.
    #[test]
    fn people_of_one_name_have_different_lines() {
        let people = [(1_234_567, "ali_1"), (7_654_321, "")].map(|(id, username)| {
            let mut person = person("Ali", 60, 60);
            person.profile = Profile { peer: PeerId(id), username: Some(username.to_owned()), ..person.profile };
            person
        });
        let view = with_call(a_call(None, people.to_vec()));
        for width in [80, 22] {
            let shown = shown(&view, width, 24);
            assert!(shown.contains("Ali (@ali_1)") && shown.contains("Ali (…4321)"), "{shown}");
        }
    }

    #[test]
    fn a_call_at_80_by_24() {
        insta::assert_snapshot!(shown(&view(), 80, 24), @r#"
        Deep Work                                                              ● online
        Call 2h 14m · 4 people in it

        Name                    this stay    today
        Ada Lovelace               1h 10m   3h 05m
        李小龍 👩‍👧                     40s   2h 00m
        Zoe                            5m       5m
        محمد                           3m       5m

        Next post: today 21:30 (in 2h 49m)
        Ctrl-C stops; nothing is lost
        "#);
    }

    #[test]
    fn a_blind_moment_at_40_by_10() {
        let store_problem = Some(StoreProblem { reason: "the disk is full".into(), buffered: 8 });
        let view = blind(View { store_problem, ..view() }, 130);
        insta::assert_snapshot!(shown(&view, 40, 10), @r#"
        Deep Work   ○ call not seen for 2m: gap
        Call 2h 14m · 4 people in it
        the disk is full; 8 facts wait in memo…
        Name                 this stay    today
        Ada Lovelace            1h 10m   3h 05m
        李小龍 👩‍👧                  40s   2h 00m
        and 2 more
        Next post: today 21:30 (in 2h 49m)
        Ctrl-C stops, and loses unstored data
        "#);
    }

    /// `count` groups; the first has a long title, and the third is gone.
    fn groups(count: usize) -> View {
        let titles =
            ["Deep Work and Everything That Has a Very Long Title", "قاعة الدراسة", "李小龍的自習室", "Study Hall"];
        let of = |number: usize| GroupView {
            label: Some(format!("group-{number}")),
            title: titles[number % titles.len()].into(),
            call: a_call(Some(60 * number as i64), vec![person("Ada", 300, 300); number % 4])
                .filter(|_| number % 5 != 1),
            next_post: Some(NOW + 10_140).filter(|_| number != 3),
            outage: Some(crate::domain::live::Outage {
                since: None,
                reason: "the account is not in the group any more".to_owned(),
            })
            .filter(|_| number == 2),
            ..view().groups.remove(0)
        };
        View { groups: (0..count).map(of).collect(), ..view() }
    }

    fn opened(view: &View, group: usize, width: u16, height: u16) -> String {
        let focus = Focus { group, has_keys: true, ..Focus::default() };
        super::frame(view, focus, width, height, false).join("\n").replace(['\u{2068}', '\u{2069}'], "")
    }

    #[test]
    fn three_groups_at_80_by_24() {
        insta::assert_snapshot!(opened(&groups(3), 0, 80, 24), @r#"
        Group 1 of 3                                                           ● online

          Group                                  in the call      for         next post
        > Deep Work and Everything That Has a V…      nobody       0s       today 21:30
          قاعة الدراسة                               no call                today 21:30
          李小龍的自習室                         the account is not in the group any m…

        Deep Work and Everything That Has a …  Call 0s · nobody is in it right now

        Next post: today 21:30 (in 2h 49m)
        Tab: next group · ?: help · q or Ctrl-C stops; nothing is lost
        "#);
    }

    #[test]
    fn fifty_groups_at_80_by_24() {
        let view = blind(groups(50), 200);
        insta::assert_snapshot!(opened(&view, 43, 80, 24), @r#"
        Group 44 of 50                                                         ● online

          Group                                  in the call      for         next post
          Deep Work and Everything T… (group-40)      nobody      40m       today 21:30
          قاعة الدراسة (group-41)                    no call                today 21:30
          李小龍的自習室 (group-42)                 2 people      42m       today 21:30
        > Study Hall (group-43)                     3 people      43m       today 21:30
          Deep Work and Everything T… (group-44)      nobody      44m       today 21:30
          قاعة الدراسة (group-45)                   1 person      45m       today 21:30

        Study Hall  Call 43m · 3 people in it · not seen for 3m: gap

        Name                    this stay    today
        Ada                            5m       5m
        Ada                            5m       5m
        Ada                            5m       5m

        Next post: today 21:30 (in 2h 49m)
        Tab: next group · ?: help · q or Ctrl-C stops; nothing is lost
        "#);
    }

    #[test]
    fn fifty_groups_at_40_by_12() {
        let store_problem = Some(StoreProblem { reason: "the disk is full".into(), buffered: 8 });
        insta::assert_snapshot!(opened(&View { store_problem, ..groups(50) }, 2, 40, 13), @r#"
        Group 3 of 50                  ● online
        the disk is full; 8 facts wait in memo…
          Deep … (group-0)      nobody       0s
          قاعة … (group-1)     no call
        > 李小… (group-2)  the account is not …
          Study… (group-3)    3 people       3m
        李小龍的自習室  the account is not in …
        Name                 this stay    today
        Ada                         5m       5m
        Ada                         5m       5m
        Next post: today 21:30 (in 2h 49m)
        ?: help · q loses unstored data
        "#);
    }

    #[test]
    fn the_help_of_several_groups_at_40_by_10() {
        let focus = Focus { is_help: true, has_keys: true, ..Focus::default() };
        insta::assert_snapshot!(super::frame(&groups(3), focus, 40, 10, false).join("\n"), @r#"
        Group 1 of 3                   ● online

        Tab, ↓        open the next group
        Shift-Tab, ↑  open the group before
        Home, End     open the first, the last
        ?             these keys; any key: back
        q, Ctrl-C     stop
        "#);
    }

    #[test]
    fn the_open_group_is_always_in_the_list() {
        for (count, height) in [(2, 9), (7, 12), (50, 24), (50, 10), (500, 50)] {
            for open in (0..count).step_by(1 + count / 60) {
                let shown = opened(&groups(count), open, 80, height);
                assert_eq!(
                    shown.lines().filter(|line| line.starts_with("> ")).count(),
                    1,
                    "{open} of {count}: {shown}"
                );
                assert!(shown.starts_with(&format!("Group {} of {count} ", open + 1)), "{shown}");
            }
        }
    }

    #[test]
    fn people_stand_by_today_then_by_name() {
        let shown = shown(&view(), 80, 24);
        let order: Vec<&str> = shown.lines().skip(4).take(4).map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(order, ["Ada", "李小龍", "Zoe", "محمد"]);
    }

    #[test]
    fn no_call_an_empty_call_and_an_unknown_one_read_differently() {
        let mut view = with_call(None);
        assert!(shown(&view, 80, 24).contains("No call is running; waiting for one."));
        view.connection = Connection::Connecting;
        assert!(shown(&view, 80, 24).contains("No call has been seen yet."));
        view.groups[0].call = a_call(None, vec![]);
        assert!(shown(&view, 80, 24).contains("Call · nobody is in it right now"));
        assert!(!shown(&view, 80, 24).contains("today\n"));
    }

    #[test]
    fn a_wait_shows_how_long_and_why() {
        let waiting = |connection, seconds, reason: Option<&str>| {
            let wait = Some(Wait { until: NOW + seconds, reason: reason.map(str::to_owned) });
            shown(&View { connection, wait, ..view() }, 80, 24).lines().next().unwrap().to_owned()
        };
        assert!(waiting(Connection::FloodWait, 40, None).ends_with("○ waiting 40s: Telegram asks to wait"));
        let offline = waiting(Connection::Offline, 5, Some("no answer\nwithin 10 s"));
        assert!(offline.ends_with("○ waiting 5s: no answer within 10 s"), "{offline}");
    }

    #[test]
    fn the_next_post_has_a_day_and_a_countdown() {
        let last = |next_post| {
            let mut view = view();
            view.groups[0].next_post = next_post;
            shown(&view, 80, 24).lines().rev().nth(1).unwrap().to_owned()
        };
        assert_eq!(last(None), "Next post: off");
        assert_eq!(last(Some(NOW + 10_140)), "Next post: today 21:30 (in 2h 49m)");
        assert_eq!(last(Some(NOW + 86_400)), "Next post: tomorrow 18:41 (in 24h 00m)");
    }

    #[test]
    fn every_person_is_shown_or_counted() {
        for (count, height) in (0..40).flat_map(|count| (8..30).map(move |height| (count, height))) {
            let frame = frame(&crowd(count), 80, height, false);
            let rows = frame.iter().skip_while(|line| !line.starts_with("Name")).skip(1);
            let rows: Vec<&String> = rows.take_while(|line| !line.is_empty() && !line.starts_with("Next")).collect();
            let more = rows.iter().find_map(|line| line.strip_prefix("and ")?.strip_suffix(" more")?.parse().ok());
            assert_eq!(
                rows.len() - usize::from(more.is_some()) + more.unwrap_or(0),
                count,
                "{count} at {height}: {frame:#?}"
            );
            assert!(more.is_none() || frame.len() == usize::from(height) - 1, "room is left");
        }
    }

    #[test]
    fn times_stand_in_line_whatever_the_name() {
        for width in [40, 80, 120] {
            let frame = frame(&crowd(NASTY.len()), width, 60, false);
            let rows: Vec<usize> = frame.iter().skip(3).take(NASTY.len() + 1).map(|line| line.width()).collect();
            assert!(rows.iter().all(|row| *row == rows[0]), "{rows:?}");
        }
    }

    #[test]
    fn a_low_terminal_keeps_the_connection_longest() {
        let starts =
            |height| frame(&view(), 80, height, false).iter().map(|line| line[..4].to_owned()).collect::<Vec<_>>();
        assert_eq!(starts(1), Vec::<String>::new());
        assert_eq!(starts(2), ["Deep"]);
        assert_eq!(starts(4), ["Deep", "Call", "Next"]);
        assert_eq!(starts(6)[2..], ["Ada ", "and ", "Next"]);
    }

    proptest! {
        #[test]
        fn a_frame_never_exceeds_its_terminal(
            (width, height) in (0..130u16, 0..40u16),
            names in proptest::collection::vec(prop_oneof!["\\PC{0,64}", "(?s).{0,40}", proptest::sample::select(NASTY.to_vec()).prop_map(String::from)], 0..30),
            (text, time) in ("(?s).{0,40}", any::<i64>()),
            state in 0..4usize,
            (count, open) in (1..60usize, 0..60usize),
            (has_call, is_help, has_keys) in any::<(bool, bool, bool)>(),
        ) {
            let people: Vec<Person> = names.iter().map(|name| person(name, time, 60)).collect();
            let group = |number: usize| GroupView {
                label: Some(format!("group-{number}")),
                title: if number == 1 { text.clone() } else { names.get(number).cloned().unwrap_or_default() },
                call: a_call(Some(time), people.clone()).filter(|_| has_call),
                next_post: Some(Instant(time)),
                outage: Some(crate::domain::live::Outage { since: None, reason: text.clone() }).filter(|_| number == 2),
                ..view().groups.remove(0)
            };
            let view = View {
                groups: (1..=count).map(group).collect(),
                connection: [Connection::Connecting, Connection::Online, Connection::Offline, Connection::FloodWait][state],
                wait: Some(Wait { until: Instant(time), reason: Some(text.clone()).filter(|_| has_call) }),
                store_problem: Some(StoreProblem { reason: text, buffered: 7 }),
                ..view()
            };
            let view = if time % 2 == 0 { blind(view, time) } else { view };
            let focus = Focus { group: open, is_help, has_keys };
            let mono = super::frame(&view, focus, width, height, false);
            prop_assert!(mono.len() <= usize::from(height).saturating_sub(1));
            for line in &mono {
                prop_assert!(line.width() <= usize::from(width), "{line:?}");
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            }
            let colored = super::frame(&view, focus, width, height, true);
            prop_assert_eq!(&colored.iter().map(|line| plain(line)).collect::<Vec<_>>(), &mono);
        }
    }

    /// The part of a terminal that the screen uses. ASCII only.
    struct Terminal {
        columns: usize,
        height: usize,
        /// The scrollback and the screen.
        lines: Vec<String>,
        /// The first line of the screen.
        top: usize,
        row: usize,
        column: usize,
        cursor: bool,
        wraps: bool,
        writes: usize,
        /// The main screen and its cursor, while the alternate screen is shown.
        main: Option<(Vec<String>, usize, usize, usize)>,
    }

    impl Terminal {
        fn new(columns: usize, height: usize) -> Terminal {
            let lines = vec![String::new(); height];
            let (top, row, column) = (0, 0, 0);
            Terminal { columns, height, lines, top, row, column, cursor: true, wraps: true, writes: 0, main: None }
        }

        fn line_feed(&mut self) {
            self.row += 1;
            if self.row == self.top + self.height {
                self.top += 1;
                self.lines.push(String::new());
            }
        }

        fn put(&mut self, c: char) {
            if self.column == self.columns {
                if self.wraps {
                    self.line_feed();
                    self.column = 0;
                } else {
                    self.column -= 1;
                }
            }
            let (row, column) = (self.row, self.column);
            let line = &mut self.lines[row];
            while line.len() <= column {
                line.push(' ');
            }
            line.replace_range(column..column + 1, &c.to_string());
            self.column += 1;
        }

        fn feed(&mut self, text: &str) {
            let mut rest = text;
            while let Some(c) = rest.chars().next() {
                rest = &rest[1..];
                match c {
                    '\r' => self.column = 0,
                    '\n' => self.line_feed(),
                    '\u{1b}' => {
                        let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                        match (&rest[1..end], &rest[end..=end]) {
                            ("?25", set) => self.cursor = set == "h",
                            ("?7", set) => self.wraps = set == "h",
                            ("?1049", "h") => {
                                let empty = vec![String::new(); self.height];
                                let lines = std::mem::replace(&mut self.lines, empty);
                                self.main = Some((lines, self.top, self.row, self.column));
                                (self.top, self.row, self.column) = (0, 0, 0);
                            }
                            ("?1049", "l") => {
                                let main = self.main.take().expect("it is left once");
                                (self.lines, self.top, self.row, self.column) = main;
                            }
                            ("1;1", "H") => (self.row, self.column) = (self.top, 0),
                            ("2", "J") => self.lines[self.top..].iter_mut().for_each(String::clear),
                            ("", "K") => self.lines[self.row].truncate(self.column),
                            ("", "J") => {
                                self.lines[self.row].truncate(self.column);
                                self.lines[self.row + 1..].iter_mut().for_each(String::clear);
                            }
                            other => panic!("unexpected {other:?}"),
                        }
                        rest = &rest[end + 1..];
                    }
                    c => self.put(c),
                }
            }
        }

        /// Resizes a terminal that breaks the lines of its alternate screen.
        fn resize(&mut self, columns: usize, height: usize) {
            let pieces = |line: &String| line.as_bytes().chunks(columns).map(<[u8]>::to_vec).collect::<Vec<_>>();
            let mut lines: Vec<String> =
                self.lines.iter().flat_map(pieces).map(|piece| String::from_utf8(piece).unwrap()).collect();
            lines.resize(height, String::new());
            (self.columns, self.height, self.lines, self.top) = (columns, height, lines, 0);
            self.row = self.row.min(height - 1);
        }

        fn text(&self) -> String {
            self.lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n").trim_end().to_owned()
        }
    }

    struct Wire<'a>(&'a RefCell<Terminal>);

    impl Write for Wire<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut terminal = self.0.borrow_mut();
            terminal.writes += 1;
            terminal.feed(std::str::from_utf8(bytes).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn frames_replace_each_other_and_the_terminal_is_restored() {
        let terminal = RefCell::new(Terminal::new(20, 6));
        terminal.borrow_mut().feed("a\r\nb\r\nc\r\nd\r\ne\r\n$ swf track\r\n");
        let before = terminal.borrow().text();
        let mut screen = Screen::new(Wire(&terminal), Shown::default()).unwrap();
        assert!(!terminal.borrow().cursor);
        for (frame, writes) in
            [("one\ntwo is longer\nthree", 2), ("one\ntwo", 3), ("", 4), ("x\ny\nz\nu", 5), ("last\nframe", 6)]
        {
            screen.draw(&lines(frame), (20, 6)).unwrap();
            assert_eq!(terminal.borrow().text(), frame);
            assert_eq!(terminal.borrow().writes, writes, "one write a frame");
        }
        drop(screen);
        assert!(terminal.borrow().cursor && terminal.borrow().wraps);
        assert_eq!(terminal.borrow().text(), before);
        terminal.borrow_mut().feed("$ ");
        assert!(terminal.borrow().text().ends_with("$ swf track\n$"));
    }

    #[test]
    fn the_message_of_a_panic_stays_on_the_main_screen() {
        let terminal = RefCell::new(Terminal::new(20, 6));
        terminal.borrow_mut().feed("$ swf track\r\n");
        let shown = Shown::default();
        let mut screen = Screen::new(Wire(&terminal), shown.clone()).unwrap();
        screen.draw(&lines("a frame"), (20, 6)).unwrap();
        shown.leave(&mut Wire(&terminal)).unwrap();
        terminal.borrow_mut().feed("a bug\r\n");
        drop(screen);
        terminal.borrow_mut().feed("$ ");
        assert_eq!(terminal.borrow().text(), "$ swf track\na bug\n$");
        assert!(terminal.borrow().cursor && terminal.borrow().wraps);
    }

    #[test]
    fn a_frame_as_high_as_allowed_does_not_scroll() {
        let terminal = RefCell::new(Terminal::new(80, 24));
        let mut screen = Screen::new(Wire(&terminal), Shown::default()).unwrap();
        for n in 0..5 {
            let people = (0..200).map(|n| person("Ada", n, n)).collect();
            let view = with_call(a_call(Some(n), people));
            let ascii: Vec<String> =
                frame(&view, 80, 24, false).iter().map(|line| line.replace(|c: char| !c.is_ascii(), "?")).collect();
            assert_eq!(ascii.len(), 23);
            screen.draw(&ascii, (80, 24)).unwrap();
            assert_eq!((terminal.borrow().top, terminal.borrow().text()), (0, ascii.join("\n")));
        }
    }

    #[test]
    fn nothing_of_a_frame_remains_after_a_resize() {
        let terminal = RefCell::new(Terminal::new(40, 12));
        let mut screen = Screen::new(Wire(&terminal), Shown::default()).unwrap();
        let wide = "a line of thirty-five cells, nearly\nshort\n\nanother of twenty-five....";
        screen.draw(&lines(wide), (40, 12)).unwrap();
        for (columns, height) in [(15, 12), (60, 4), (3, 3), (100, 30)] {
            terminal.borrow_mut().resize(columns.into(), height.into());
            screen.draw(&lines("one\ntwo"), (columns, height)).unwrap();
            assert_eq!(terminal.borrow().text(), "one\ntwo", "{columns} by {height}");
        }
    }

    #[test]
    fn a_line_that_the_terminal_draws_wider_than_counted_does_not_wrap() {
        let terminal = RefCell::new(Terminal::new(5, 6));
        let mut screen = Screen::new(Wire(&terminal), Shown::default()).unwrap();
        for _ in 0..3 {
            screen.draw(&lines("1234567\nb"), (80, 6)).unwrap();
            assert_eq!(terminal.borrow().text(), "12347\nb");
        }
    }
}
