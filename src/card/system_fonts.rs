//! The fonts of the system, for letters that no font of the program has: Chinese, Japanese, Korean, Devanagari, Thai
//! and so on. Files are searched once, when a name first needs one; only the table of characters of each file is read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use resvg::usvg::fontdb;
use skrifa::raw::tables::cmap::Cmap;
use skrifa::raw::{FontData, FontRead};

/// The most files that are searched.
const MAX_FILES: usize = 4000;
/// The most levels of folders that are searched.
const MAX_DEPTH: usize = 6;
/// The largest font that is used: collections of Chinese letters have some 20 MB.
const MAX_BYTES: u64 = 40_000_000;
/// The largest table of characters that is read, in bytes.
const MAX_TABLE: u32 = 2_000_000;

pub(super) struct SystemFonts {
    folders: Vec<PathBuf>,
    files: Option<Vec<Known>>,
}

/// A font file and its table of characters.
struct Known {
    path: PathBuf,
    characters: Vec<u8>,
}

impl Known {
    fn has_all(&self, text: &str) -> bool {
        let Ok(table) = Cmap::read(FontData::new(&self.characters)) else { return false };
        let has = |c: char| table.map_codepoint(c).is_some_and(|glyph| glyph.to_u32() != 0);
        text.chars().filter(|c| !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')).all(has)
    }
}

impl SystemFonts {
    pub fn new(folders: Vec<PathBuf>) -> SystemFonts {
        SystemFonts { folders, files: None }
    }

    /// A font that has all characters of `grapheme`: its family, its data, and its index in the file.
    pub fn find(&mut self, grapheme: &str) -> Option<(String, Vec<u8>, u32)> {
        let folders = &self.folders;
        let files = self.files.get_or_insert_with(|| index(folders));
        files.iter().filter(|file| file.has_all(grapheme)).find_map(|file| load(&file.path))
    }
}

fn index(folders: &[PathBuf]) -> Vec<Known> {
    let mut paths = Vec::new();
    folders.iter().for_each(|folder| collect(folder, 0, &mut paths));
    // The same order on each computer; fonts that look like those of the program come first.
    paths.sort_by_key(|path| (!path.to_string_lossy().contains("NotoSans"), path.clone()));
    let known = |path: PathBuf| Some(Known { characters: characters(&path).ok().flatten()?, path });
    paths.into_iter().filter_map(known).collect()
}

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if paths.len() >= MAX_FILES {
            return;
        }
        if path.is_dir() {
            if depth < MAX_DEPTH {
                collect(&path, depth + 1, paths);
            }
        } else if is_regular_font(&path) {
            paths.push(path);
        }
    }
}

/// Whether a file is a regular font, judged by its name: bold or slanted letters would not match the others.
fn is_regular_font(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let other = ["bold", "italic", "oblique", "black", "light", "thin", "mono", "emoji", "condensed", "lastresort"];
    [".ttf", ".otf", ".ttc", ".otc"].iter().any(|end| name.ends_with(end))
        && !other.iter().any(|word| name.contains(word))
}

/// The table of characters of a font; in a collection, of its first font.
///
/// ```text
/// collection   "ttcf" version number offset …     → the first offset
/// font         version tables … ; each table: tag checksum offset length
/// ```
fn characters(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() > MAX_BYTES {
        return Ok(None);
    }
    let mut start = 0;
    let mut head = [0; 16];
    file.read_exact(&mut head)?;
    if &head[..4] == b"ttcf" {
        start = number(&head[12..]);
    }
    file.seek(SeekFrom::Start(u64::from(start)))?;
    let mut head = [0; 12];
    file.read_exact(&mut head)?;
    for _ in 0..u16::from_be_bytes([head[4], head[5]]) {
        let mut table = [0; 16];
        file.read_exact(&mut table)?;
        let (offset, length) = (number(&table[8..]), number(&table[12..]));
        if &table[..4] == b"cmap" && length <= MAX_TABLE {
            file.seek(SeekFrom::Start(u64::from(offset)))?;
            let mut characters = Vec::new();
            file.take(u64::from(length)).read_to_end(&mut characters)?;
            return Ok(Some(characters));
        }
    }
    Ok(None)
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Reads a font, and gets its family name from the renderer's database.
fn load(path: &Path) -> Option<(String, Vec<u8>, u32)> {
    let data = std::fs::read(path).ok()?;
    let mut database = fontdb::Database::new();
    database.load_font_data(data.clone());
    let face = database.faces().next()?;
    let family = face.families.first()?.0.clone();
    Some((family, data, face.index))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An unpacked font of the program as a font of the system.
    fn folder(name: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let packed: &[u8] = include_bytes!("fonts/noto-sans-arabic.ttf.zlib");
        let mut data = Vec::new();
        flate2::read::ZlibDecoder::new(packed).read_to_end(&mut data).unwrap();
        std::fs::create_dir_all(folder.path().join("deep")).unwrap();
        std::fs::write(folder.path().join("deep").join(name), data).unwrap();
        std::fs::write(folder.path().join("Broken.ttf"), b"ttcf\0\0\0\0\0\0\0\x01\xff\xff\xff\xff").unwrap();
        std::fs::write(folder.path().join("Empty.otf"), b"").unwrap();
        folder
    }

    #[test]
    fn a_font_is_found_by_what_it_has() {
        let folder = folder("Some.TTF");
        let mut fonts = SystemFonts::new(vec![folder.path().into(), "/nowhere".into()]);
        assert!(fonts.files.is_none(), "nothing is read before a name needs it");
        let (family, data, index) = fonts.find("م").unwrap();
        assert_eq!((family.as_str(), index, data.len() > 100_000), ("Noto Sans Arabic", 0, true));
        assert!(fonts.find("李").is_none());
    }

    #[test]
    fn bold_fonts_stay_out() {
        let folder = folder("Some-Bold.ttf");
        assert!(SystemFonts::new(vec![folder.path().into()]).find("م").is_none());
    }
}
