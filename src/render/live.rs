//! The live view of `swf track` on a terminal: a frame as a pure function, and a screen that redraws it in place.

use std::io::{self, BufWriter, Write};

use crossterm::{
    QueueableCommand,
    cursor::{Hide, MoveToColumn, MoveUp, Show},
    style::Print,
    terminal::{Clear, ClearType, DisableLineWrap, EnableLineWrap},
};
use unicode_width::UnicodeWidthStr;

use super::{Style, paint};
use crate::domain::message::words;
use crate::domain::text;

/// What the tracker shows at one moment. Texts from Telegram are raw; [`frame`] makes them safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// The group's title.
    pub group: String,
    pub connection: Connection,
    /// `None` where no call is known to run.
    pub call: Option<LiveCall>,
    /// When the next post is due, e.g. `today 21:30`.
    pub next_post: String,
    /// Why the store can't be written; what was seen since waits in memory.
    pub trouble: Option<String>,
}

/// How well the group is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    Connecting,
    Online,
    /// Not asking for so many more seconds, e.g. a flood wait or a backoff.
    Waiting {
        seconds: i64,
        why: String,
    },
    /// The call cannot be seen; `since` is the seconds since the last confirmed instant.
    Blind {
        since: i64,
        why: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveCall {
    /// The call's length as far as it is known.
    pub seconds: Option<i64>,
    /// In any order.
    pub people: Vec<LivePerson>,
}

/// Somebody in the call. Times are seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivePerson {
    pub name: String,
    /// The length of the present stay.
    pub stay: i64,
    /// The credited time of today.
    pub today: i64,
}

/// Cells of a time column.
const TIME: usize = 9;
/// Cells of a name at most, so that on a wide terminal the times stay near.
const NAME: usize = 48;
/// Lines from which on the parts are set apart by blank ones.
const ROOMY: usize = 12;
/// Lines from which on there is room for the hint.
const HINTED: usize = 8;
const HINT: &str = "Ctrl-C stops; nothing is lost";
/// While something can't be written.
const WARNING: &str = "Ctrl-C stops, and loses what waits";

/// The lines to show on a terminal of `width` × `height` cells: fewer than `height`, and narrower than `width`, so that
/// neither the end of a line nor of the frame makes the terminal wrap or scroll. On a low terminal the connection
/// stays longest, then the call, the trouble, the next post, the list, the hint.
pub fn frame(live: &Live, width: u16, height: u16, color: bool) -> Vec<String> {
    let width = usize::from(width).saturating_sub(1);
    let budget = usize::from(height).saturating_sub(1);
    let mut top = head(live, width, color);
    top.push(call_line(live, width, color));
    if let Some(trouble) = &live.trouble {
        top.push(paint(&text::fit(&text::clean(trouble), width), Style::Yellow, color));
    }
    top.truncate(budget);
    let mut end = vec![text::fit(&format!("Next post: {}", text::clean(&live.next_post)), width)];
    if budget >= HINTED {
        let hint = if live.trouble.is_some() { WARNING } else { HINT };
        end.push(paint(&text::fit(hint, width), Style::Dim, color));
    }
    end.truncate(budget - top.len());

    let roomy = budget >= ROOMY;
    let left = budget - top.len() - end.len() - if roomy { 2 } else { 0 };
    let list = live.call.as_ref().map(|call| list(&call.people, width, left, color)).unwrap_or_default();
    let mut lines = top;
    if roomy && !list.is_empty() {
        lines.push(String::new());
    }
    lines.extend(list);
    if roomy {
        lines.push(String::new());
    }
    lines.extend(end);
    lines
}

/// The group and the connection: on one line if they fit, else on two.
fn head(live: &Live, width: usize, color: bool) -> Vec<String> {
    let (state, style) = match &live.connection {
        Connection::Connecting => ("○ connecting…".to_owned(), Style::Yellow),
        Connection::Online => ("● online".to_owned(), Style::Green),
        Connection::Waiting { seconds, why } => {
            (format!("○ waiting {}: {}", text::duration(*seconds), text::clean(why)), Style::Yellow)
        }
        Connection::Blind { since, why } => {
            (format!("○ call not seen for {}: {}", text::duration(*since), text::clean(why)), Style::Yellow)
        }
    };
    let (group, state) = (text::fit(&text::clean(&live.group), width), text::fit(&state, width));
    let gap = width.checked_sub(group.width() + state.width()).filter(|gap| *gap >= 2);
    let group = paint(&text::isolated_if_mixed(&group), Style::Bold, color);
    let state = paint(&state, style, color);
    match gap {
        Some(gap) => vec![format!("{group}{}{state}", " ".repeat(gap))],
        None => vec![state, group],
    }
}

fn call_line(live: &Live, width: usize, color: bool) -> String {
    let online = live.connection == Connection::Online;
    let line = match &live.call {
        None if online => "No call is running; waiting for one.".to_owned(),
        None => "No call has been seen yet.".to_owned(),
        Some(call) => {
            let people = match call.people.len() {
                0 => "nobody is in it right now".to_owned(),
                count => format!("{} in it", words::people(count)),
            };
            match call.seconds {
                Some(seconds) => format!("Call {} · {people}", text::duration(seconds)),
                None => format!("Call · {people}"),
            }
        }
    };
    let line = text::fit(&line, width);
    // What we show is what we last saw.
    if online { line } else { paint(&line, Style::Dim, color) }
}

/// Who is in the call, on at most `most` lines, by today's time, then by name.
fn list(people: &[LivePerson], width: usize, most: usize, color: bool) -> Vec<String> {
    if people.is_empty() || most == 0 {
        return Vec::new();
    }
    let mut rows: Vec<(String, &LivePerson)> = people
        .iter()
        .map(|person| {
            let name = text::clean(&person.name);
            (if name.width() == 0 { "(no name)".to_owned() } else { name }, person)
        })
        .collect();
    rows.sort_by_cached_key(|(name, person)| (std::cmp::Reverse(person.today), name.to_lowercase(), person.stay));

    let longest = rows.iter().map(|(name, _)| name.width()).max().unwrap_or(0).max("Name".len());
    let name_width = longest.clamp(24, NAME).min(width.saturating_sub(2 * TIME));
    // On a sliver of a terminal a name alone says more than a cut time.
    let with_times = name_width >= 8;
    let line = |name: &str, stay: &str, today: &str| {
        if !with_times {
            return text::isolated_if_mixed(&text::fit(name, width));
        }
        let name = text::fit(name, name_width);
        let gap = " ".repeat(name_width - name.width());
        format!(
            "{}{gap}{:>TIME$}{:>TIME$}",
            text::isolated_if_mixed(&name),
            text::fit(stay, TIME),
            text::fit(today, TIME)
        )
    };
    let mut lines = Vec::with_capacity(most.min(rows.len() + 1));
    if most >= 3 {
        lines.push(paint(&line("Name", "this stay", "today"), Style::Dim, color));
    }
    let room = most - lines.len();
    let shown = if rows.len() <= room { rows.len() } else { room - 1 };
    lines.extend(
        rows[..shown]
            .iter()
            .map(|(name, person)| line(name, &text::duration(person.stay), &text::duration(person.today))),
    );
    if shown < rows.len() {
        lines.push(text::fit(&words::more(rows.len() - shown), width));
    }
    lines
}

/// Redraws frames in place, above the cursor, so that the last one stays when the program ends. Nothing else may write
/// to the terminal meanwhile. The cursor is hidden until the screen is dropped.
pub struct Screen<W: Write> {
    /// Holds a whole frame, so that it goes out in one write and nothing flickers. On a Windows console without escape
    /// sequences crossterm flushes it before each call that it makes instead.
    out: BufWriter<W>,
    /// The widths of the lines that stand above the cursor.
    drawn: Vec<usize>,
}

impl<W: Write> Screen<W> {
    pub fn new(out: W) -> io::Result<Screen<W>> {
        let mut out = BufWriter::with_capacity(1 << 18, out);
        out.queue(Hide)?.flush()?;
        Ok(Screen { out, drawn: Vec::new() })
    }

    /// Replaces the last frame by `lines`, which [`frame`] made for a terminal of `width` cells, its width now.
    pub fn draw(&mut self, lines: &[String], width: u16) -> io::Result<()> {
        // A terminal that became narrower has broken the lines that no longer fit.
        let width = usize::from(width).max(1);
        let rows: usize = self.drawn.iter().map(|line| line.div_ceil(width).max(1)).sum();
        self.out.queue(DisableLineWrap)?;
        if rows > 0 {
            // Zero would move by one.
            self.out.queue(MoveUp(u16::try_from(rows).unwrap_or(u16::MAX)))?;
        }
        self.out.queue(MoveToColumn(0))?;
        for line in lines {
            // Cleared first: after a full line the cursor stands on its last cell and would clear that.
            self.out.queue(Clear(ClearType::UntilNewLine))?.queue(Print(line))?.queue(Print("\r\n"))?;
        }
        self.out.queue(Clear(ClearType::FromCursorDown))?.queue(EnableLineWrap)?;
        self.drawn = lines.iter().map(|line| visible_width(line)).collect();
        self.out.flush()
    }
}

impl<W: Write> Drop for Screen<W> {
    fn drop(&mut self) {
        // Nobody is left to tell about an error.
        let _ = self.out.queue(Show).and_then(|out| out.flush());
    }
}

/// The cells of a line without its SGR sequences.
fn visible_width(line: &str) -> usize {
    line.split("\u{1b}[")
        .enumerate()
        .map(|(index, part)| match (index, part.split_once('m')) {
            (0, _) | (_, None) => part.width(),
            (_, Some((_, rest))) => rest.width(),
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NASTY, plain};
    use super::*;
    use proptest::prelude::*;
    use std::cell::RefCell;

    fn person(name: &str, stay: i64, today: i64) -> LivePerson {
        LivePerson { name: name.into(), stay, today }
    }

    fn live() -> Live {
        let people = vec![
            person("Zoe", 300, 300),
            person("Ada Lovelace", 4200, 11_100),
            person("محمد", 200, 300),
            person("李小龍 👩\u{200d}👧", 40, 7200),
        ];
        Live {
            group: "Deep Work".into(),
            connection: Connection::Online,
            call: Some(LiveCall { seconds: Some(8040), people }),
            next_post: "today 21:30".into(),
            trouble: None,
        }
    }

    fn crowd(count: usize) -> Live {
        let people = (0..count).map(|n| person(NASTY[n % NASTY.len()], n as i64 * 90, n as i64 * 600)).collect();
        Live { call: Some(LiveCall { seconds: None, people }), ..live() }
    }

    fn shown(live: &Live, width: u16, height: u16) -> String {
        frame(live, width, height, false).join("\n").replace(['\u{2068}', '\u{2069}'], "")
    }

    #[test]
    fn a_call_at_80_by_24() {
        insta::assert_snapshot!(shown(&live(), 80, 24), @r#"
        Deep Work                                                              ● online
        Call 2h 14m · 4 people in it

        Name                    this stay    today
        Ada Lovelace               1h 10m   3h 05m
        李小龍 👩‍👧                     40s   2h 00m
        Zoe                            5m       5m
        محمد                           3m       5m

        Next post: today 21:30
        Ctrl-C stops; nothing is lost
        "#);
    }

    #[test]
    fn a_blind_moment_at_40_by_10() {
        let connection = Connection::Blind { since: 130, why: "the network is down".into() };
        let live = Live { connection, trouble: Some("the disk is full; 8 facts wait".into()), ..live() };
        insta::assert_snapshot!(shown(&live, 40, 10), @r#"
        ○ call not seen for 2m: the network is…
        Deep Work
        Call 2h 14m · 4 people in it
        the disk is full; 8 facts wait
        Name                 this stay    today
        Ada Lovelace            1h 10m   3h 05m
        and 3 more
        Next post: today 21:30
        Ctrl-C stops, and loses what waits
        "#);
    }

    #[test]
    fn people_stand_by_today_then_by_name() {
        let shown = shown(&live(), 80, 24);
        let order: Vec<&str> = shown.lines().skip(4).take(4).map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(order, ["Ada", "李小龍", "Zoe", "محمد"]);
    }

    #[test]
    fn no_call_an_empty_call_and_an_unknown_one_read_differently() {
        let mut live = Live { call: None, ..live() };
        assert!(shown(&live, 80, 24).contains("No call is running; waiting for one."));
        live.connection = Connection::Connecting;
        assert!(shown(&live, 80, 24).contains("No call has been seen yet."));
        live.call = Some(LiveCall { seconds: None, people: vec![] });
        assert!(shown(&live, 80, 24).contains("Call · nobody is in it right now"));
        assert!(!shown(&live, 80, 24).contains("today\n"));
        live.connection = Connection::Waiting { seconds: 40, why: "flood wait".into() };
        assert!(shown(&live, 80, 24).contains("○ waiting 40s: flood wait"));
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
            |height| frame(&live(), 80, height, false).iter().map(|line| line[..4].to_owned()).collect::<Vec<_>>();
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
            state in 0..4,
            has_call: bool,
        ) {
            let connection = match state {
                0 => Connection::Connecting,
                1 => Connection::Online,
                2 => Connection::Waiting { seconds: time, why: text.clone() },
                _ => Connection::Blind { since: time, why: text.clone() },
            };
            let people = names.iter().map(|name| person(name, time, 60)).collect();
            let call = Some(LiveCall { seconds: Some(time), people }).filter(|_| has_call);
            let live = Live { group: text.clone(), connection, call, next_post: text.clone(), trouble: Some(text) };
            let mono = frame(&live, width, height, false);
            prop_assert!(mono.len() <= usize::from(height).saturating_sub(1));
            for line in &mono {
                prop_assert!(line.width() <= usize::from(width), "{line:?}");
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            }
            let colored = frame(&live, width, height, true);
            prop_assert_eq!(&colored.iter().map(|line| plain(line)).collect::<Vec<_>>(), &mono);
            prop_assert!(colored.iter().zip(&mono).all(|(line, bare)| visible_width(line) == bare.width()));
        }
    }

    /// As much of a terminal as the screen needs: one that reflows when it is resized. ASCII only.
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
    }

    impl Terminal {
        fn new(columns: usize, height: usize) -> Terminal {
            let lines = vec![String::new(); height];
            Terminal { columns, height, lines, top: 0, row: 0, column: 0, cursor: true, wraps: true, writes: 0 }
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
                        // No number reads as one, and so does zero.
                        let number = rest[1..end].parse().unwrap_or(1).max(1);
                        match (&rest[1..end], &rest[end..=end]) {
                            ("?25", set) => self.cursor = set == "h",
                            ("?7", set) => self.wraps = set == "h",
                            (_, "A") => self.row = self.row.saturating_sub(number).max(self.top),
                            (_, "G") => self.column = number - 1,
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

        /// Breaks the lines that do not fit any more; the cursor stays with its line.
        fn narrow(&mut self, columns: usize) {
            let mut broken = Vec::new();
            let mut row = self.row;
            for (index, line) in self.lines.iter().enumerate() {
                let pieces = line.len().div_ceil(columns).max(1);
                broken.extend((0..pieces).map(|n| line[n * columns..line.len().min((n + 1) * columns)].to_owned()));
                row += if index < self.row { pieces - 1 } else { 0 };
            }
            (self.columns, self.lines, self.row) = (columns, broken, row);
            self.top = (self.row + 1).saturating_sub(self.height);
            self.lines.resize(self.top + self.height, String::new());
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
    fn frames_replace_each_other_and_the_last_one_stays() {
        let terminal = RefCell::new(Terminal::new(20, 6));
        terminal.borrow_mut().feed("$ swf track\r\n");
        let mut screen = Screen::new(Wire(&terminal)).unwrap();
        assert!(!terminal.borrow().cursor);
        for (frame, writes) in
            [("one\ntwo is longer\nthree", 2), ("one\ntwo", 3), ("", 4), ("x\ny\nz\nu", 5), ("last\nframe", 6)]
        {
            screen.draw(&lines(frame), 20).unwrap();
            assert_eq!(terminal.borrow().text(), format!("$ swf track\n{frame}").trim_end());
            assert_eq!(terminal.borrow().writes, writes, "one write a frame");
        }
        drop(screen);
        assert!(terminal.borrow().cursor && terminal.borrow().wraps);
        terminal.borrow_mut().feed("$ ");
        assert_eq!(terminal.borrow().text(), "$ swf track\nlast\nframe\n$");
    }

    #[test]
    fn a_frame_as_high_as_allowed_does_not_scroll() {
        let terminal = RefCell::new(Terminal::new(80, 24));
        let mut screen = Screen::new(Wire(&terminal)).unwrap();
        for n in 0..5 {
            let people = (0..50).map(|n| person("Ada", n, n)).collect();
            let live = Live { call: Some(LiveCall { seconds: Some(n), people }), ..live() };
            let ascii: Vec<String> =
                frame(&live, 80, 24, false).iter().map(|line| line.replace(|c: char| !c.is_ascii(), "?")).collect();
            assert_eq!(ascii.len(), 23);
            screen.draw(&ascii, 80).unwrap();
            assert_eq!((terminal.borrow().top, terminal.borrow().text()), (0, ascii.join("\n")));
        }
    }

    #[test]
    fn a_narrower_terminal_leaves_no_remains() {
        let terminal = RefCell::new(Terminal::new(40, 12));
        terminal.borrow_mut().feed("$ swf track\r\n");
        let mut screen = Screen::new(Wire(&terminal)).unwrap();
        screen.draw(&lines("a line of thirty-five cells, nearly\nshort\n\nanother of twenty-five...."), 40).unwrap();
        terminal.borrow_mut().narrow(15);
        assert!(terminal.borrow().text().contains("a line of thirt\ny-five"));
        screen.draw(&lines("one\ntwo"), 15).unwrap();
        assert_eq!(terminal.borrow().text(), "$ swf track\none\ntwo");
    }

    #[test]
    fn a_line_that_the_terminal_draws_wider_than_counted_does_not_wrap() {
        let terminal = RefCell::new(Terminal::new(5, 6));
        let mut screen = Screen::new(Wire(&terminal)).unwrap();
        for _ in 0..3 {
            screen.draw(&lines("1234567\nb"), 80).unwrap();
            assert_eq!(terminal.borrow().text(), "12347\nb");
        }
    }
}
