//! Settings and layout on disk: read at the start, written when they change.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::dock::Layout;
use super::settings::Settings;
use crate::twin::write_atomically;

const SETTINGS: &str = "settings.ron";
const LAYOUT: &str = "layout.ron";

/// Largest file read; ours are a few hundred bytes.
const LARGEST: u64 = 1 << 20;

fn read(path: &Path) -> Result<Option<String>, String> {
    let size = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("`{}` cannot be read: {error}", path.display())),
    };
    if size > LARGEST {
        return Err(format!(
            "`{}` is {size} bytes long, which no settings are",
            path.display()
        ));
    }
    fs::read_to_string(path)
        .map(Some)
        .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    write_atomically(&folder.join(name), |out| out.write_all(text.as_bytes()))
        .map_err(|error| error.to_string())
}

/// The settings and layout in `folder`, with what could not be read, in words.
/// What cannot be read is as at the first start.
#[must_use]
pub fn load(folder: &Path) -> (Settings, Layout, Vec<String>) {
    let mut problems = Vec::new();
    let mut text_of = |name: &str| match read(&folder.join(name)) {
        Ok(text) => text,
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let (settings, layout) = (text_of(SETTINGS), text_of(LAYOUT));
    let settings = settings.map_or_else(Settings::default, |text| {
        Settings::from_text(&text).unwrap_or_else(|error| {
            problems.push(format!(
                "The settings are not used, because they cannot be read: {error}"
            ));
            Settings::default()
        })
    });
    let layout = layout.map_or_else(Layout::default, |text| {
        Layout::from_text(&text).unwrap_or_else(|| {
            problems
                .push("The saved layout is not sound; panels are at their first places".to_owned());
            Layout::default()
        })
    });
    (settings, layout, problems)
}

/// Writes the settings into `folder`, making it if need be.
///
/// # Errors
/// In words, when the file cannot be written; the old one then stays.
pub fn save_settings(folder: &Path, settings: &Settings) -> Result<(), String> {
    write(folder, SETTINGS, &settings.to_text())
}

/// Writes the layout into `folder`, making it if need be.
///
/// # Errors
/// In words, when the file cannot be written; the old one then stays.
pub fn save_layout(folder: &Path, layout: &Layout) -> Result<(), String> {
    write(folder, LAYOUT, &layout.to_text())
}

#[cfg(test)]
mod tests {
    use super::super::dock::Pane;
    use super::super::settings::Theme;
    use super::*;

    #[test]
    fn what_is_saved_is_there_at_the_next_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("new");
        let settings = Settings {
            theme: Theme::Light,
            ..Settings::default()
        };
        let mut layout = Layout::default();
        layout.toggle(Pane::Log);
        save_settings(&inside, &settings).expect("written");
        save_layout(&inside, &layout).expect("written");
        let (read, arranged, problems) = load(&inside);
        assert_eq!(read, settings);
        assert_eq!(arranged.dock(), layout.dock());
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn a_first_start_is_no_problem_and_a_broken_file_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(load(folder.path()).2.is_empty());
        fs::write(folder.path().join(SETTINGS), "(theme: Purple)").expect("written");
        fs::write(folder.path().join(LAYOUT), "((((").expect("written");
        let (settings, layout, problems) = load(folder.path());
        assert_eq!(settings, Settings::default());
        assert_eq!(layout, Layout::default());
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_and_not_fatal() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(save_settings(&file, &Settings::default()).is_err());
    }
}
