//! The twin that comes with the program, so that the binary alone has something to show.

use std::path::{Path, PathBuf};

/// The bundled files, by name.
const FILES: &[(&str, &str)] = &[
    ("twin.ron", include_str!("../../../scenes/tclab/twin.ron")),
    (
        "telemetry.csv",
        include_str!("../../../scenes/tclab/telemetry.csv"),
    ),
];

/// Where the bundled twin lies in a checkout or an installation.
const PLACE: &str = "scenes/tclab";

/// The bundled twin: below the current folder, beside the program, or unpacked
/// into `unpacked`, which is filled on demand.
///
/// # Errors
/// In words, when it is nowhere and cannot be unpacked.
pub fn find(unpacked: &Path) -> Result<PathBuf, String> {
    let below_here = PathBuf::from(PLACE);
    let beside_program = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join(PLACE)));
    if let Some(found) = [Some(below_here), beside_program]
        .into_iter()
        .flatten()
        .find(|folder| folder.join("twin.ron").is_file())
    {
        return Ok(found);
    }
    let folder = unpacked.join("tclab");
    let failed = |error: std::io::Error| {
        format!(
            "the bundled twin cannot be unpacked to `{}`: {error}",
            folder.display()
        )
    };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    for (name, text) in FILES {
        std::fs::write(folder.join(name), text).map_err(failed)?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unpacked_opens_with_its_telemetry() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in FILES {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let opened = crate::live::open_document(folder.path(), None).unwrap();
        assert_eq!(opened.twin.twin.id, "tclab");
        assert!(opened.telemetry.is_some_and(|one| one.rows > 100));
    }
}
