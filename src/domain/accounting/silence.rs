//! Signs of life, and what of a person's time ranks without any (rules §2.25).

/// What a group does with signs of life (`SWF_SILENCE`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Silence {
    /// None are stored.
    #[default]
    Off,
    /// They are stored, and change no rank.
    Record,
}

impl Silence {
    /// What the setting may be.
    pub const ALLOWED: &str = "off or record";

    /// Reads the setting.
    pub fn parse(text: &str) -> Option<Silence> {
        match text.to_ascii_lowercase().as_str() {
            "off" => Some(Silence::Off),
            "record" => Some(Silence::Record),
            _ => None,
        }
    }

    /// Whether signs are stored.
    pub fn records(self) -> bool {
        self != Silence::Off
    }
}

/// A sign is deleted once it is so old, in seconds.
pub const SIGN_RETENTION: i64 = 35 * 86_400;
