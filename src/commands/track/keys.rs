//! Reads the keys of the live view from the terminal. It never waits, because it runs on the event loop.

use crate::render::live_focus::Key;

#[cfg(not(unix))]
pub use self::console::read;
#[cfg(unix)]
pub use self::unix::read;

/// The key that a letter stands for.
fn of_letter(letter: char) -> Key {
    match letter {
        '\t' | 'j' => Key::Next,
        'k' => Key::Previous,
        '?' | 'h' => Key::Help,
        'q' | 'Q' => Key::Stop,
        _ => Key::Back,
    }
}

#[cfg(unix)]
mod unix {
    use std::io::stdin;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::{Key, of_letter};

    /// The most bytes that are read at once.
    const MAX_BYTES: usize = 256;

    /// The keys that were pressed. Does not use crossterm, which would wait for the rest of a sequence, and without end
    /// once the terminal is gone.
    pub fn read() -> Vec<Key> {
        let mut bytes = [0; MAX_BYTES];
        let keyboard = stdin();
        let mut ready = [PollFd::new(&keyboard, PollFlags::IN)];
        let is_ready = poll(&mut ready, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|count| count > 0);
        if !is_ready || !ready[0].revents().contains(PollFlags::IN) {
            return Vec::new();
        }
        let length = rustix::io::read(&keyboard, &mut bytes).unwrap_or(0);
        keys(&bytes[..length])
    }

    /// The keys that a terminal sends as `bytes`. Each unknown byte counts as a key.
    fn keys(mut bytes: &[u8]) -> Vec<Key> {
        let mut keys = Vec::new();
        while let [first, rest @ ..] = bytes {
            let (key, left) = match (first, rest) {
                (b'\x1b', [b'[' | b'O', sequence @ ..]) => of_sequence(sequence),
                (first, rest) => (of_letter(char::from(*first)), rest),
            };
            keys.push(key);
            bytes = left;
        }
        keys
    }

    /// The key of a sequence after `ESC [`, and the bytes after it.
    fn of_sequence(sequence: &[u8]) -> (Key, &[u8]) {
        let Some(end) = sequence.iter().position(|byte| (b'@'..=b'~').contains(byte)) else { return (Key::Back, &[]) };
        let key = match (&sequence[..end], sequence[end]) {
            (b"", b'A' | b'D' | b'Z') => Key::Previous,
            (b"", b'B' | b'C') => Key::Next,
            (b"", b'H') | (b"1" | b"7", b'~') => Key::First,
            (b"", b'F') | (b"4" | b"8", b'~') => Key::Last,
            _ => Key::Back,
        };
        (key, &sequence[end + 1..])
    }

    #[cfg(test)]
    mod tests {
        use proptest::prelude::*;

        use super::*;

        #[test]
        fn what_terminals_send_for_keys() {
            let all = b"\tj\x1b[B\x1bOB\x1b[C k\x1b[Z\x1b[A\x1bOD\x1b[H\x1b[1~\x1b[F\x1b[8~?qQ\x1b\x1b[1;5A\x1b[200~x";
            use Key::{Back, First, Help, Last, Next, Previous, Stop};
            let expected = [
                &[Next; 5][..],
                &[Back],
                &[Previous; 4],
                &[First; 2],
                &[Last; 2],
                &[Help, Stop, Stop, Back, Back, Back, Back],
            ];
            assert_eq!(keys(all), expected.concat());
            assert_eq!(keys(b"\x1b["), [Back], "the rest did not come");
            assert_eq!(keys("й".as_bytes()), [Back, Back]);
        }

        proptest! {
            #[test]
            fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
                prop_assert!(keys(&bytes).len() <= bytes.len());
            }
        }
    }
}

/// A console with events of its own.
#[cfg(not(unix))]
mod console {
    use std::time::Duration;

    use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

    use super::{Key, of_letter};

    /// The most events that are read at once.
    const MAX_EVENTS: usize = 256;

    /// The keys that were pressed.
    pub fn read() -> Vec<Key> {
        let events = (0..MAX_EVENTS).map_while(|_| event::poll(Duration::ZERO).ok()?.then(|| event::read().ok())?);
        let keys = events.filter_map(|event| match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => Some(of_event(key)),
            _ => None,
        });
        keys.collect()
    }

    fn of_event(key: KeyEvent) -> Key {
        match key.code {
            KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => Key::Previous,
            KeyCode::BackTab | KeyCode::Up | KeyCode::Left => Key::Previous,
            KeyCode::Tab | KeyCode::Down | KeyCode::Right => Key::Next,
            KeyCode::Home => Key::First,
            KeyCode::End => Key::Last,
            KeyCode::Char(letter) => of_letter(letter),
            _ => Key::Back,
        }
    }
}
