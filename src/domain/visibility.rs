//! Who may see the pages of a group at all.

/// `SWF_WEB` of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// There are no pages.
    Off,
    /// Pages are for those who log in.
    #[default]
    Private,
    /// Everybody sees boards; the rest is for those who log in.
    Public,
}

impl Visibility {
    pub const NAMES: [(&str, Visibility); 3] =
        [("off", Visibility::Off), ("private", Visibility::Private), ("public", Visibility::Public)];
}
