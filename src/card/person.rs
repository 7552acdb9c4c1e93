//! The picture of a person.

use super::canvas::{Align, Canvas, Style};
use super::{Fonts, Picture, Theme};
use crate::domain::card::person::{DayMap, PersonCard, Square, Tile, WeekBar};

const WIDTH: f32 = 1080.0;
const PAD: f32 = 48.0;
const INNER: f32 = WIDTH - 2.0 * PAD;
const GAP: f32 = 18.0;
/// The left edge of the map of days; the weekdays are to the left of it.
const MAP_X: f32 = PAD + 44.0;
/// The distance from the start of one square of the map to the start of the next.
const PITCH: f32 = 17.6;
const SQUARE: f32 = 14.2;
/// One row of the map in so many has the name of its weekday.
const NAMED_ROWS: usize = 2;
/// The least columns between the names of two months.
const MONTH_COLUMNS: usize = 3;
const BAR_HEIGHT: f32 = 130.0;

/// Draws a person.
pub fn person(card: &PersonCard, theme: Theme, fonts: &mut Fonts) -> Picture {
    let mut canvas = Canvas::new(fonts, theme);
    let y = head(&mut canvas, card);
    let y = draw_tiles(&mut canvas, &card.tiles, y, 132.0);
    let y = draw_map(&mut canvas, &card.map, y + 24.0);
    let y = draw_weeks(&mut canvas, card, y + 26.0);
    let y = draw_records(&mut canvas, card, y + 26.0);
    canvas.finish(WIDTH, y + PAD)
}

fn head(canvas: &mut Canvas, card: &PersonCard) -> f32 {
    let colors = canvas.colors;
    canvas.text([PAD, PAD + 40.0], &card.who.name, INNER, Style::new(44.0, colors.ink).bold());
    let date = Style::new(26.0, colors.muted).align(Align::End);
    let width = canvas.text([PAD + INNER, PAD + 84.0], &card.date, INNER, date);
    canvas.text([PAD, PAD + 84.0], &card.group, INNER - width - 24.0, Style::new(26.0, colors.muted));
    PAD + 84.0 + 30.0
}

/// Draws numbers side by side.
fn draw_tiles(canvas: &mut Canvas, tiles: &[Tile], y: f32, height: f32) -> f32 {
    let colors = canvas.colors;
    let count = tiles.len().max(1) as f32;
    let width = (INNER - GAP * (count - 1.0)) / count;
    for (at, tile) in tiles.iter().enumerate() {
        let x = PAD + at as f32 * (width + GAP);
        let room = width - 36.0;
        canvas.panel([x, y, width, height], 18.0, colors.panel);
        let x = x + 18.0;
        canvas.text_to_fit([x, y + 36.0], &tile.caption, room, Style::new(20.0, colors.muted));
        canvas.text_to_fit([x, y + 78.0], &tile.value, room, Style::new(30.0, colors.ink).bold());
        canvas.text_to_fit([x, y + 111.0], &tile.note, room, Style::new(19.0, colors.accent));
    }
    y + height
}

fn section(canvas: &mut Canvas, title: &str, y: f32) -> f32 {
    let style = Style::new(25.0, canvas.colors.ink).bold();
    canvas.text([PAD, y + 26.0], title, INNER, style)
}

fn draw_map(canvas: &mut Canvas, map: &DayMap, y: f32) -> f32 {
    let colors = canvas.colors;
    let width = section(canvas, &map.title, y);
    let total = Style::new(22.0, colors.muted).align(Align::End);
    canvas.text([PAD + INNER, y + 26.0], &map.total, INNER - width - 24.0, total);
    draw_months(canvas, map, y + 60.0);
    let top = y + 68.0;
    for (row, name) in map.weekdays.iter().enumerate().step_by(NAMED_ROWS) {
        let at = [MAP_X - 10.0, top + row as f32 * PITCH + 12.0];
        canvas.text_to_fit(at, name, MAP_X - PAD - 6.0, Style::new(14.0, colors.muted).align(Align::End));
    }
    draw_squares(canvas, map, top);
    draw_legend(canvas, map, top + 7.0 * PITCH + 24.0)
}

fn draw_months(canvas: &mut Canvas, map: &DayMap, y: f32) {
    let style = Style::new(15.0, canvas.colors.muted);
    let columns = map.squares.len().div_ceil(7);
    let mut free = 0;
    for (column, name) in &map.months {
        if *column >= free && column + MONTH_COLUMNS <= columns + 1 {
            canvas.text([MAP_X + *column as f32 * PITCH, y], name, 3.0 * PITCH, style);
            free = column + MONTH_COLUMNS;
        }
    }
}

fn draw_squares(canvas: &mut Canvas, map: &DayMap, top: f32) {
    for (at, square) in map.squares.iter().enumerate() {
        draw_square(canvas, *square, MAP_X + (at / 7) as f32 * PITCH, top + (at % 7) as f32 * PITCH);
    }
}

/// Draws a day. An unknown day is an outline with a line through it, without a colour of the scale.
fn draw_square(canvas: &mut Canvas, square: Square, x: f32, y: f32) {
    let colors = canvas.colors;
    match square {
        Square::Level(level) => {
            let fill = colors.levels[usize::from(level).min(colors.levels.len() - 1)];
            canvas.panel([x, y, SQUARE, SQUARE], 3.5, fill);
        }
        Square::Unknown => {
            let (line, x1, y1, x2, y2) = (colors.unknown, x + 3.0, y + SQUARE - 3.0, x + SQUARE - 3.0, y + 3.0);
            let (x, y, side) = (x + 0.75, y + 0.75, SQUARE - 1.5);
            canvas.push(format_args!(
                r#"<path d="M{x:.1} {y:.1}h{side:.1}v{side:.1}h-{side:.1}zM{x1:.1} {y1:.1}L{x2:.1} {y2:.1}" fill="none" stroke="{line}" stroke-width="1.5"/>"#
            ));
        }
    }
}

fn draw_legend(canvas: &mut Canvas, map: &DayMap, y: f32) -> f32 {
    let style = Style::new(17.0, canvas.colors.muted);
    if let Some(unknown) = &map.unknown {
        draw_square(canvas, Square::Unknown, MAP_X, y);
        canvas.text([MAP_X + SQUARE + 9.0, y + 13.0], unknown, 400.0, style);
    }
    let mut right = PAD + INNER;
    right -= canvas.text([right, y + 13.0], &map.more, 200.0, style.align(Align::End)) + 10.0;
    for level in (0..5).rev() {
        right -= PITCH;
        draw_square(canvas, Square::Level(level), right, y);
    }
    canvas.text([right - 8.0, y + 13.0], &map.less, 200.0, style.align(Align::End));
    y + SQUARE
}

fn draw_weeks(canvas: &mut Canvas, card: &PersonCard, y: f32) -> f32 {
    section(canvas, &card.weeks_title, y);
    let count = card.weeks.len().max(1) as f32;
    let pitch = INNER / count;
    let base = y + 70.0 + BAR_HEIGHT;
    for (at, week) in card.weeks.iter().enumerate() {
        draw_week(canvas, week, [PAD + at as f32 * pitch, base], pitch);
    }
    base + 30.0
}

fn draw_week(canvas: &mut Canvas, week: &WeekBar, [x, base]: [f32; 2], pitch: f32) {
    let colors = canvas.colors;
    let (middle, width) = (x + pitch / 2.0, pitch - 26.0);
    let small = |color| Style::new(18.0, color).align(Align::Middle);
    let height = (BAR_HEIGHT * week.share as f32 / 1000.0).max(4.0);
    if week.is_unknown {
        canvas.text([middle, base - 8.0], "?", width, small(colors.muted).bold());
    } else {
        canvas.panel(
            [x + 13.0, base - height, width, height],
            5.0_f32.min(height / 2.0),
            colors.levels[if week.share > 0 { 3 } else { 0 }],
        );
        canvas.text_to_fit([middle, base - height - 9.0], &week.time, pitch - 4.0, small(colors.ink));
    }
    canvas.text_to_fit([middle, base + 24.0], &week.label, pitch - 4.0, small(colors.muted));
}

fn draw_records(canvas: &mut Canvas, card: &PersonCard, y: f32) -> f32 {
    section(canvas, &card.records_title, y);
    match &card.no_records {
        Some(none) => {
            let style = Style::new(23.0, canvas.colors.muted);
            canvas.text([PAD, y + 70.0], none, INNER, style);
            y + 78.0
        }
        None => draw_tiles(canvas, &card.records, y + 44.0, 128.0),
    }
}
