//! The twins that come with the program, so that the binary alone has something to show.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use crate::live::load_twin;
use crate::workbench::view::start::{BundledTwin, TwinPicture};

/// The twin that is opened where none is named.
pub const FIRST: &str = "harbour";

/// The twin that a plant is played for where none is named: its sensors speak every second.
pub const FIRST_LIVE: &str = "tclab";

/// Where the bundled twins lie in a checkout or an installation, each in a folder of its own.
const PLACE: &str = "scenes";

/// The picture of a twin in its folder.
const PICTURE: &str = "picture.png";

/// Name of a document in its folder.
const DOCUMENT: &str = "twin.ron";

/// A twin inside the program.
struct Inside {
    name: &'static str,
    files: &'static [(&'static str, &'static [u8])],
}

/// The files at a path below `scenes/`, by name.
macro_rules! inside {
    ($name:literal: $($file:literal),+) => {
        Inside {
            name: $name,
            files: &[$((
                $file,
                include_bytes!(concat!("../../../scenes/", $name, "/", $file)),
            )),+],
        }
    };
}

/// The twins inside the program, for where no folder of them is found.
const INSIDE: &[Inside] = &[
    inside!("harbour": "twin.ron", "telemetry.csv", "telemetry.hidden.ron", "faults.ron", "picture.png"),
    inside!("bottling": "twin.ron", "telemetry.csv", "telemetry.hidden.ron", "log.parquet", "faults.ron", "picture.png"),
    inside!("tclab": "twin.ron", "telemetry.csv", "telemetry.hidden.ron", "faults.ron", "picture.png"),
];

/// Folders of the bundled twins, the one to open first at the front: below the current folder,
/// beside the program, or unpacked into `unpacked`, which is filled on demand.
///
/// # Errors
/// In words, when they are nowhere and cannot be unpacked.
pub fn folders(unpacked: &Path) -> Result<Vec<PathBuf>, String> {
    let below_here = PathBuf::from(PLACE);
    let beside_program = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join(PLACE)));
    for place in [Some(below_here), beside_program].into_iter().flatten() {
        if place.join(FIRST).join(DOCUMENT).is_file() {
            return Ok(listed(&place));
        }
    }
    unpack(unpacked)?;
    Ok(listed(unpacked))
}

/// The bundled twin called `name`.
///
/// # Errors
/// As [`folders`], and when there is no such twin.
pub fn find(name: &str, unpacked: &Path) -> Result<PathBuf, String> {
    folders(unpacked)?
        .into_iter()
        .find(|folder| folder.file_name().is_some_and(|one| one == name))
        .ok_or_else(|| format!("no twin called `{name}` comes with the program"))
}

/// The folders in `place` that hold a twin.
fn listed(place: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(place)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| folder.join(DOCUMENT).is_file())
        .collect();
    folders.sort_by_key(|folder| {
        let is_first = folder.file_name().is_some_and(|name| name == FIRST);
        (!is_first, folder.clone())
    });
    folders
}

fn unpack(into: &Path) -> Result<(), String> {
    for twin in INSIDE {
        let folder = into.join(twin.name);
        let failed = |error: std::io::Error| {
            format!(
                "the bundled twins cannot be unpacked to `{}`: {error}",
                folder.display()
            )
        };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        for (name, bytes) in twin.files {
            std::fs::write(folder.join(name), bytes).map_err(failed)?;
        }
    }
    Ok(())
}

/// The cards of the twins in `folders`. One that cannot be read has none.
#[must_use]
pub fn cards(folders: &[PathBuf]) -> Vec<BundledTwin> {
    let registry = crate::model::registry();
    folders
        .iter()
        .filter_map(|folder| {
            let loaded = load_twin(folder).ok()?;
            let picture = read_picture(&folder.join(PICTURE));
            Some(BundledTwin::of(
                &loaded.twin,
                &registry,
                folder.clone(),
                picture,
            ))
        })
        .collect()
}

/// A PNG picture; `None` when there is none, or none with eight bits a channel.
fn read_picture(path: &Path) -> Option<TwinPicture> {
    let file = BufReader::new(std::fs::File::open(path).ok()?);
    let mut decoder = png::Decoder::new(file);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut bytes).ok()?;
    bytes.truncate(frame.buffer_size());
    let rgb = match frame.color_type {
        png::ColorType::Rgb => bytes,
        png::ColorType::Rgba => bytes
            .chunks_exact(4)
            .flat_map(|one| [one[0], one[1], one[2]])
            .collect(),
        _ => return None,
    };
    Some(TwinPicture {
        width: frame.width as usize,
        height: frame.height as usize,
        rgb,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unpacked_opens_with_its_telemetry_and_has_a_card_with_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        unpack(folder.path()).unwrap();
        let folders = listed(folder.path());
        assert_eq!(folders[0], folder.path().join(FIRST));
        for folder in &folders {
            let opened = crate::live::open_document(folder, None).unwrap();
            assert!(opened.telemetry.is_some_and(|one| one.rows > 100));
        }
        let cards = cards(&folders);
        assert_eq!(cards.len(), INSIDE.len());
        for card in cards {
            let picture = card.picture.expect("a picture");
            assert_eq!(picture.rgb.len(), picture.width * picture.height * 3);
            assert!(!card.sentence.is_empty() && !card.size.is_empty());
        }
    }

    #[test]
    fn every_twin_of_the_checkout_is_inside_the_program_with_a_small_picture() {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(PLACE);
        for folder in listed(&place) {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let inside = INSIDE.iter().find(|one| one.name == name).expect(&name);
            let picture = inside.files.iter().find(|(file, _)| *file == PICTURE);
            let (_, bytes) = picture.expect(&name);
            assert!(bytes.len() <= 60_000, "{name}: {} bytes", bytes.len());
        }
    }
}
