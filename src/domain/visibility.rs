//! Who may see the web pages of a group.

/// The value of `SWF_WEB` for a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// There are no pages.
    Off,
    /// Only people who log in see pages.
    #[default]
    Private,
    /// Everybody sees boards. Only people who log in see the other pages.
    Public,
}

impl Visibility {
    pub const NAMES: [(&str, Visibility); 3] =
        [("off", Visibility::Off), ("private", Visibility::Private), ("public", Visibility::Public)];
}
