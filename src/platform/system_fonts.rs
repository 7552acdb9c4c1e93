//! Where the system keeps its fonts.

use std::path::PathBuf;

/// The folders of the system's fonts and of the user's; some may not exist.
pub fn folders() -> Vec<PathBuf> {
    let in_variable = |name: &str, rest: &str| Some(PathBuf::from(std::env::var_os(name)?).join(rest));
    let fixed: &[&str] = if cfg!(windows) {
        &[]
    } else if cfg!(target_os = "macos") {
        &["/System/Library/Fonts", "/Library/Fonts"]
    } else {
        &["/usr/share/fonts", "/usr/local/share/fonts"]
    };
    let own: [Option<PathBuf>; 2] = if cfg!(windows) {
        [in_variable("WINDIR", "Fonts"), in_variable("LOCALAPPDATA", "Microsoft\\Windows\\Fonts")]
    } else if cfg!(target_os = "macos") {
        [in_variable("HOME", "Library/Fonts"), None]
    } else {
        [in_variable("HOME", ".local/share/fonts"), in_variable("HOME", ".fonts")]
    };
    fixed.iter().map(PathBuf::from).chain(own.into_iter().flatten()).collect()
}
