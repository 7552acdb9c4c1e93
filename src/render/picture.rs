//! A picture on the terminal, as escape sequences: the protocols of kitty and iTerm2, and sixels.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::sixel;

/// A protocol for pictures on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Kitty,
    Iterm,
    Sixel,
}

/// The most characters of one sequence of kitty's protocol.
const MAX_CHUNK: usize = 4096;

/// Parts of the `TERM` of terminals that show sixels.
const SIXEL_TERMS: [&str; 4] = ["foot", "mlterm", "contour", "sixel"];

/// The protocol of the terminal that set these variables. `None` if they name no terminal with pictures, or a
/// multiplexer, which drops pictures.
pub fn protocol(variable: &dyn Fn(&str) -> String) -> Option<Protocol> {
    let [term, program] = ["TERM", "TERM_PROGRAM"].map(variable);
    if !variable("TMUX").is_empty() || term.starts_with("screen") || term.starts_with("tmux") {
        return None;
    }
    match program.as_str() {
        "iTerm.app" | "WezTerm" | "mintty" => return Some(Protocol::Iterm),
        "ghostty" => return Some(Protocol::Kitty),
        _ => {}
    }
    let is_kitty = ["KITTY_WINDOW_ID", "KONSOLE_VERSION"].iter().any(|name| !variable(name).is_empty());
    if is_kitty || term.contains("kitty") || term.contains("ghostty") {
        return Some(Protocol::Kitty);
    }
    SIXEL_TERMS.iter().any(|name| term.contains(name)).then_some(Protocol::Sixel)
}

/// The escape sequences that show a PNG. They end with a line break.
pub fn escapes(protocol: Protocol, png: &[u8]) -> String {
    let data = STANDARD.encode(png);
    match protocol {
        Protocol::Iterm => format!("\u{1b}]1337;File=inline=1;size={};preserveAspectRatio=1:{data}\u{7}\n", png.len()),
        Protocol::Kitty => kitty(&data),
        Protocol::Sixel => sixel::escapes(png).unwrap_or_default(),
    }
}

/// The data in chunks. Each chunk says whether another follows; the first one also says what the data is.
fn kitty(data: &str) -> String {
    let chunks: Vec<&[u8]> = data.as_bytes().chunks(MAX_CHUNK).collect();
    let mut out = String::new();
    for (at, chunk) in chunks.iter().enumerate() {
        let what = if at == 0 { "a=T,f=100," } else { "" };
        let more = u8::from(at + 1 < chunks.len());
        out += &format!("\u{1b}_G{what}m={more};{}\u{1b}\\", String::from_utf8_lossy(chunk));
    }
    out + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_known_by_its_variables() {
        let of = |set: &[(&str, &str)]| {
            protocol(&|name| {
                set.iter().find(|(own, _)| *own == name).map_or(String::new(), |(_, value)| (*value).into())
            })
        };
        assert_eq!(of(&[("TERM", "xterm-kitty")]), Some(Protocol::Kitty));
        assert_eq!(of(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")]), Some(Protocol::Iterm));
        assert_eq!(of(&[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "230800")]), Some(Protocol::Kitty));
        assert_eq!(of(&[("TERM", "foot")]), Some(Protocol::Sixel));
        assert_eq!(of(&[("TERM", "xterm-256color")]), None);
        assert_eq!(of(&[("TERM", "screen-256color"), ("KITTY_WINDOW_ID", "1")]), None);
        assert_eq!(of(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/x")]), None);
    }

    #[test]
    fn the_parts_of_a_picture_are_the_whole() {
        let png: Vec<u8> = (0..10_000u32).map(|at| (at * 7) as u8).collect();
        let text = escapes(Protocol::Kitty, &png);
        let parts: Vec<&str> = text.trim_end().split("\u{1b}\\").filter(|part| !part.is_empty()).collect();
        assert!(parts[0].starts_with("\u{1b}_Ga=T,f=100,m=1;") && parts.last().unwrap().starts_with("\u{1b}_Gm=0;"));
        assert!(parts.iter().all(|part| part.split_once(';').unwrap().1.len() <= MAX_CHUNK));
        let data: String = parts.iter().map(|part| part.split_once(';').unwrap().1).collect();
        assert_eq!(STANDARD.decode(data).unwrap(), png);
        let text = escapes(Protocol::Iterm, b"png");
        assert_eq!(text, "\u{1b}]1337;File=inline=1;size=3;preserveAspectRatio=1:cG5n\u{7}\n");
    }
}
