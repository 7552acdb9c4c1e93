//! The picture of a board.

use super::canvas::{Align, Canvas, Style};
use super::{Fonts, Picture, Theme};
use crate::domain::card::board::{BoardCard, CardRow, Movement};

const WIDTH: f32 = 1080.0;
const PAD: f32 = 48.0;
const INNER: f32 = WIDTH - 2.0 * PAD;
const GAP: f32 = 20.0;
const PODIUM_HEIGHT: f32 = 232.0;
/// How much higher the first place on the podium is.
const PODIUM_STEP: f32 = 28.0;
const PODIUM_NAME: f32 = 26.0;
/// How far a long name on the podium shrinks before it is cut, as a part of its size.
const LEAST_PODIUM_NAME: f32 = 0.75;
const ROW_HEIGHT: f32 = 62.0;
const ROW_GAP: f32 = 10.0;
/// The width of the number before a row.
const RANK_WIDTH: f32 = 64.0;
const ROW_X: f32 = PAD + RANK_WIDTH;
const ROW_WIDTH: f32 = INNER - RANK_WIDTH;
/// Where the name of a row begins.
const NAME_X: f32 = ROW_X + 24.0;
/// The least length of a bar.
const MIN_BAR: f32 = 12.0;
/// The least room for a name. If there is less, the texts after the name are left out.
const MIN_NAME: f32 = 260.0;
const PODIUM: usize = 3;

/// Draws a board.
pub fn board(card: &BoardCard, theme: Theme, fonts: &mut Fonts) -> Picture {
    let mut canvas = Canvas::new(fonts, theme);
    let mut y = head(&mut canvas, card);
    let podium = if card.has_podium { PODIUM.min(card.rows.len()) } else { 0 };
    if podium > 0 {
        y = draw_podium(&mut canvas, &card.rows[..podium], y + PODIUM_STEP);
    }
    for row in &card.rows[podium..] {
        y = draw_row(&mut canvas, row, y);
    }
    if let Some(empty) = &card.empty {
        y = draw_empty(&mut canvas, empty, y);
    }
    y = foot(&mut canvas, card, y);
    canvas.finish(WIDTH, y + PAD)
}

/// Draws group, period and dates. Returns the `y` at which the rest begins.
fn head(canvas: &mut Canvas, card: &BoardCard) -> f32 {
    let colors = canvas.colors;
    let line = format!("{} · {}", card.title, card.dates);
    if card.group.is_empty() {
        canvas.text([PAD, PAD + 38.0], &line, INNER, Style::new(38.0, colors.ink).bold());
        return PAD + 38.0 + 36.0;
    }
    canvas.text([PAD, PAD + 38.0], &card.group, INNER, Style::new(42.0, colors.ink).bold());
    canvas.text([PAD, PAD + 82.0], &line, INNER, Style::new(27.0, colors.muted));
    PAD + 82.0 + 34.0
}

/// Draws the first three, the winner in the middle.
fn draw_podium(canvas: &mut Canvas, rows: &[CardRow], y: f32) -> f32 {
    let width = (INNER - GAP * 2.0) / 3.0;
    let order: &[usize] = match rows.len() {
        1 => &[0],
        2 => &[0, 1],
        _ => &[1, 0, 2],
    };
    let left = PAD + (INNER - width * order.len() as f32 - GAP * (order.len() - 1) as f32) / 2.0;
    for (column, at) in order.iter().enumerate() {
        let x = left + column as f32 * (width + GAP);
        let raised = if *at == 0 { PODIUM_STEP } else { 0.0 };
        draw_place(canvas, &rows[*at], [x, y - raised, width, PODIUM_HEIGHT + raised]);
    }
    y + PODIUM_HEIGHT + GAP
}

fn draw_place(canvas: &mut Canvas, row: &CardRow, area: [f32; 4]) {
    let colors = canvas.colors;
    let [x, y, width, height] = area;
    let (middle, room) = (x + width / 2.0, width - 32.0);
    canvas.panel(area, 22.0, if row.rank == 1 { colors.first } else { colors.panel });
    let centred = |size, color| Style::new(size, color).align(Align::Middle);
    // Everything in a place is positioned from its bottom.
    let bottom = y + height;
    canvas.text(
        [middle, bottom - 150.0],
        &medal(row.rank),
        room,
        centred(if row.rank == 1 { 76.0 } else { 60.0 }, colors.ink),
    );
    let style = Style::new(PODIUM_NAME, colors.ink).bold();
    let size = PODIUM_NAME * (room / canvas.width(&row.who.name, style)).clamp(LEAST_PODIUM_NAME, 1.0);
    draw_name(canvas, row, [middle, bottom - 106.0], room, Style { size, ..style }.align(Align::Middle));
    canvas.text_to_fit([middle, bottom - 62.0], &row.time, room, centred(36.0, colors.accent).bold());
    let width = beside_width(canvas, row);
    draw_beside(canvas, row, middle + width / 2.0, bottom - 24.0);
}

/// A medal for the first three, else the number.
fn medal(rank: usize) -> String {
    crate::domain::post::medal(rank).map_or_else(|| rank.to_string(), str::to_owned)
}

/// Draws the name and the mark that distinguishes people with the same name. The name is cut before the mark.
fn draw_name(canvas: &mut Canvas, row: &CardRow, [x, y]: [f32; 2], room: f32, style: Style) {
    let text = &row.who.mark;
    if text.is_empty() {
        canvas.text([x, y], &row.who.name, room, style);
        return;
    }
    let gap = style.size * 0.35;
    let is_centred = style.align == Align::Middle;
    let style = style.align(Align::Start);
    let mark = Style { bold: false, size: style.size * 0.8, color: canvas.colors.muted, ..style };
    let mark_width = canvas.width(text, mark).min(room * 0.6);
    let name_room = room - mark_width - gap;
    let name_width = canvas.width(&row.who.name, style).min(name_room);
    let left = if is_centred { x - (name_width + gap + mark_width) / 2.0 } else { x };
    let width = canvas.text([left, y], &row.who.name, name_room, style);
    canvas.text([left + width + gap, y], text, mark_width + 0.5, mark);
}

fn draw_row(canvas: &mut Canvas, row: &CardRow, mut y: f32) -> f32 {
    let colors = canvas.colors;
    if let Some(band) = &row.band {
        canvas.text([PAD, y + 34.0], band, INNER, Style::new(24.0, colors.muted).bold());
        y += 52.0;
    }
    canvas.panel([ROW_X, y, ROW_WIDTH, ROW_HEIGHT], 16.0, colors.panel);
    let bar = (ROW_WIDTH * row.share as f32 / 1000.0).max(MIN_BAR);
    canvas.panel([ROW_X, y, bar, ROW_HEIGHT], 16.0_f32.min(bar / 2.0), colors.bar);
    let baseline = y + ROW_HEIGHT / 2.0 + 9.0;
    let size = if row.rank <= PODIUM { 34.0 } else { 24.0 };
    let rank = Style::new(size, colors.muted).bold().align(Align::Middle);
    canvas.text([PAD + RANK_WIDTH / 2.0 - 6.0, baseline], &medal(row.rank), RANK_WIDTH, rank);
    let right = PAD + INNER - 24.0;
    let time = Style::new(27.0, colors.ink).bold().align(Align::End);
    let most = right - 24.0 - MIN_NAME - NAME_X;
    let width = canvas.text_to_fit([right, baseline], &row.time, most, time);
    let mut left = right - width - 24.0;
    // The texts beside a name are left out if the name needs the room.
    let beside = beside_width(canvas, row);
    if left - beside - 24.0 - NAME_X >= MIN_NAME {
        draw_beside(canvas, row, left, baseline);
        left -= if beside > 0.0 { beside + 24.0 } else { 0.0 };
    }
    draw_name(canvas, row, [NAME_X, baseline], left - NAME_X, Style::new(27.0, colors.ink));
    y + ROW_HEIGHT + ROW_GAP
}

const BESIDE_SIZE: f32 = 21.0;
const ARROW: f32 = 15.0;

/// The width of the movement and the mark of a row together.
fn beside_width(canvas: &mut Canvas, row: &CardRow) -> f32 {
    let style = Style::new(BESIDE_SIZE, canvas.colors.muted);
    let movement = match &row.movement {
        Some(Movement::Up(places) | Movement::Down(places)) => {
            ARROW + 5.0 + canvas.width(&places.to_string(), style.bold())
        }
        Some(Movement::New(word)) => canvas.width(word, style.bold()),
        None => 0.0,
    };
    let mark = row.mark.as_ref().map_or(0.0, |mark| canvas.width(mark, style));
    movement + mark + if movement > 0.0 && mark > 0.0 { 16.0 } else { 0.0 }
}

/// Draws movement and mark, to the left of `right`.
fn draw_beside(canvas: &mut Canvas, row: &CardRow, right: f32, y: f32) {
    let colors = canvas.colors;
    let style = |color| Style::new(BESIDE_SIZE, color).align(Align::End);
    let mut right = right;
    if let Some(mark) = &row.mark {
        right -= canvas.text([right, y], mark, INNER, style(colors.muted)) + 16.0;
    }
    match &row.movement {
        Some(Movement::New(word)) => {
            canvas.text([right, y], word, INNER, style(colors.accent).bold());
        }
        Some(Movement::Up(places)) => draw_arrow(canvas, *places, [right, y], style(colors.up).bold(), true),
        Some(Movement::Down(places)) => draw_arrow(canvas, *places, [right, y], style(colors.down).bold(), false),
        None => {}
    }
}

fn draw_arrow(canvas: &mut Canvas, places: usize, [right, y]: [f32; 2], style: Style, is_up: bool) {
    let width = canvas.text([right, y], &places.to_string(), 200.0, style);
    let (x, color) = (right - width - 5.0 - ARROW, style.color);
    let (base, tip) = if is_up { (y - 1.0, y - ARROW) } else { (y - ARROW, y - 1.0) };
    let (middle, end) = (x + ARROW / 2.0, x + ARROW);
    canvas
        .push(format_args!(r#"<path d="M{x:.1} {base:.1}L{end:.1} {base:.1}L{middle:.1} {tip:.1}Z" fill="{color}"/>"#));
}

fn draw_empty(canvas: &mut Canvas, empty: &str, y: f32) -> f32 {
    let colors = canvas.colors;
    let style = Style::new(30.0, colors.muted).align(Align::Middle);
    let lines = canvas.lines(empty, INNER - 96.0, style);
    let height = 120.0 + 44.0 * lines.len() as f32;
    canvas.panel([PAD, y, INNER, height], 22.0, colors.panel);
    for (at, line) in lines.iter().enumerate() {
        canvas.text([WIDTH / 2.0, y + 90.0 + 44.0 * at as f32], line, INNER - 96.0, style);
    }
    y + height + ROW_GAP
}

/// Draws how many rows are left out, the line about the group, and the line about swf.
fn foot(canvas: &mut Canvas, card: &BoardCard, y: f32) -> f32 {
    let colors = canvas.colors;
    let mut y = y;
    let lines = [
        (card.more.iter().collect::<Vec<_>>(), Style::new(24.0, colors.muted)),
        (card.total.iter().collect(), Style::new(27.0, colors.ink).bold()),
        (card.comparison.iter().collect(), Style::new(24.0, colors.muted)),
        (card.notes.iter().collect(), Style::new(22.0, colors.muted)),
    ];
    for (texts, style) in lines {
        for text in texts {
            for line in canvas.lines(text, INNER, style) {
                y += style.size * 1.45;
                canvas.text([PAD, y], &line, INNER, style);
            }
            y += 4.0;
        }
    }
    y
}
