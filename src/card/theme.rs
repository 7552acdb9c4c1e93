//! The colours of a picture.

/// The colours of a picture: light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Light,
    Dark,
}

/// Colours by their use, in the notation of SVG.
#[derive(Debug)]
pub(super) struct Colors {
    pub page: &'static str,
    pub panel: &'static str,
    pub ink: &'static str,
    pub muted: &'static str,
    pub accent: &'static str,
    /// The bar behind a row, whose length shows the time.
    pub bar: &'static str,
    pub first: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    /// The outline of an unknown day.
    pub unknown: &'static str,
    /// The colours of days, from no time to much time.
    pub levels: [&'static str; 5],
}

const LIGHT: Colors = Colors {
    page: "#f4f6fa",
    panel: "#ffffff",
    ink: "#17202e",
    muted: "#647084",
    accent: "#2f6fe0",
    bar: "#d6e4ff",
    first: "#fff3d1",
    up: "#16884a",
    down: "#c8432f",
    unknown: "#c3cad6",
    levels: ["#e6eaf1", "#bcd3fb", "#85adf5", "#4c84ea", "#1f57c4"],
};

const DARK: Colors = Colors {
    page: "#131a24",
    panel: "#1d2733",
    ink: "#f1f5fa",
    muted: "#96a5b8",
    accent: "#6ea8ff",
    bar: "#2a4675",
    first: "#3d3620",
    up: "#4fd08b",
    down: "#ff8270",
    unknown: "#435063",
    levels: ["#243140", "#27477a", "#356bb8", "#5292ee", "#94c2ff"],
};

impl Theme {
    pub(super) fn colors(self) -> &'static Colors {
        match self {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
        }
    }
}
