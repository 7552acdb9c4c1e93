//! `swf card`: a board or a person as a picture.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::app::{boards, cards, groups, people};
use crate::card::{self, CREDITS, Fonts, Picture, Theme};
use crate::commands::args::GroupArg;
use crate::commands::context::Context;
use crate::commands::facts::open_group;
use crate::commands::person::find;
use crate::commands::terminal;
use crate::domain::card::board::MAX_ROWS;
use crate::domain::time::asked::AskedDate;
use crate::domain::time::period::{Scope, local_date};
use crate::error::{Error, Result};
use crate::platform::system_fonts;
use crate::render::picture::{self, Protocol};

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("to").required(true).args(["output", "show", "credits"]))]
pub struct Args {
    /// A board (day, week, month or year), or a person: @username, a name or part of one, or an id
    #[arg(value_name = "PERIOD|PERSON", default_value = "day", allow_negative_numbers = true)]
    what: String,
    /// A day in the period, e.g. 2026-11-22, today, yesterday, last (the period before), -2 (two periods back); for a
    /// person, the last day of the picture [default: today]
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    date: Option<AskedDate>,
    /// The file to write, or - for standard output; an existing file is replaced
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show the picture on this terminal (kitty, Ghostty, WezTerm, iTerm2, Konsole, foot, mlterm)
    #[arg(long, conflicts_with = "svg")]
    show: bool,
    /// Light text on a dark background
    #[arg(long)]
    dark: bool,
    /// As SVG; its texts need the fonts that --credits names
    #[arg(long)]
    svg: bool,
    /// How many rows a board has, at most 50 [default: SWF_TOP]
    #[arg(long, value_name = "N", value_parser = rows)]
    top: Option<usize>,
    /// Print who made the fonts and the emoji, and their licences
    #[arg(long)]
    credits: bool,
    #[command(flatten)]
    pub group: GroupArg,
}

fn rows(text: &str) -> std::result::Result<usize, String> {
    let rows = text.parse().ok().filter(|rows| (1..=MAX_ROWS).contains(rows));
    rows.ok_or_else(|| format!("it must be a whole number from 1 to {MAX_ROWS}, e.g. 10"))
}

impl Args {
    /// Whether the command only prints who made the fonts. It then needs no settings and no store.
    pub fn prints_credits(&self) -> bool {
        self.credits
    }
}

pub fn print_credits() -> Result<()> {
    terminal::print(CREDITS)
}

pub fn run(args: &Args, context: &Context) -> Result<()> {
    let protocol = if args.show { Some(protocol()?) } else { None };
    let is_stdout = args.output.as_deref() == Some(Path::new("-"));
    if is_stdout && !args.svg && std::io::stdout().is_terminal() {
        return Err(Error::usage("a PNG can't be printed on a terminal")
            .hint("Write it to a file with -o, or show it with --show."));
    }
    let mut fonts = Fonts::with_system(system_fonts::folders());
    let picture = draw(args, context, &mut fonts)?;
    let bytes = if args.svg { picture.svg.clone().into_bytes() } else { card::png(&picture, &fonts)? };
    match (protocol, &args.output) {
        (Some(protocol), _) => terminal::print(&picture::escapes(protocol, &bytes)),
        (None, Some(file)) if !is_stdout => {
            std::fs::write(file, &bytes).map_err(|error| Error::file(file, "written", &error))?;
            terminal::print(&format!("Drew {}: {}.\n", file.display(), size(&picture, bytes.len())))
        }
        _ => print_bytes(&bytes),
    }
}

/// Draws the board that the command names, else the person.
fn draw(args: &Args, context: &Context, fonts: &mut Fonts) -> Result<Picture> {
    let settings = context.config.group();
    let (store, group) = open_group(context)?;
    let now = groups::now(context.config.home(), &group);
    let today = local_date(settings.zone, now.at);
    let theme = if args.dark { Theme::Dark } else { Theme::Light };
    let date = |scope| args.date.map_or(today, |date| date.resolve(scope, today, settings.calendar));
    if let Some(scope) = Scope::ALL.into_iter().find(|scope| scope.name() == args.what) {
        let top = args.top.unwrap_or(settings.top);
        let board = cards::board(&store, settings, &group, scope, date(scope), top, now)?;
        return Ok(card::board(&board, theme, fonts));
    }
    if args.top.is_some() {
        return Err(Error::usage(format!("--top is only for a board; {:?} is a person", args.what))
            .hint("Leave out --top, or choose a board: day, week, month or year."));
    }
    let known = people::known(&store, settings, group.key)?;
    let named = find(&known, group.peer, store.was_in_call(group.key, group.peer)?, &args.what)?;
    let person = known.aliases.person(named.peer);
    let first = boards::days(&store, settings, group.key)?.map_or(today, |(first, _)| first.min(today));
    let date = date(Scope::Day).clamp(first, today);
    let card = cards::person(&store, settings, &group, &known, person, date, now)?;
    Ok(card::person(&card, theme, fonts))
}

/// The protocol by which the terminal shows pictures.
fn protocol() -> Result<Protocol> {
    let set = |name: &str| std::env::var(name).unwrap_or_default();
    let is_terminal = std::io::stdout().is_terminal();
    picture::protocol(&set).filter(|_| is_terminal).ok_or_else(|| {
        Error::failed(if is_terminal {
            "swf can't show pictures on this terminal"
        } else {
            "--show needs a terminal, but standard output is not one"
        })
        .hint("Write a file instead, e.g. with -o card.png.")
    })
}

/// `1080 × 960 pixels, 92 KB`.
fn size(picture: &Picture, bytes: usize) -> String {
    format!("{} × {} pixels, {} KB", picture.width, picture.height, bytes.div_ceil(1000))
}

/// As [`terminal::print`], for bytes that are not text.
fn print_bytes(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::file(Path::new("standard output"), "written", &error))
        }
        _ => Ok(()),
    }
}
