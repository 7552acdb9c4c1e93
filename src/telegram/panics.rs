//! Panics of the library, which a broken message of a server can cause.

use std::sync::Once;

/// Keeps the library's panics off the terminal. The request fails, and the user sees its error; the panic's place in
/// the code goes into the log.
pub fn keep_off_the_terminal() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| match panic.location() {
            Some(place) if place.file().contains("grammers-") => {
                tracing::error!(%place, "the Telegram library panicked");
            }
            _ => others(panic),
        }));
    });
}
