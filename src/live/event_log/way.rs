//! The way of one item of a log, for a person.

use std::fmt::Write;

use super::files::OpenedLog;
use crate::live::error::LiveError;
use crate::telemetry::event_log::ItemHistory;
use crate::twin::nearest_names;

/// The way of the item of this name.
///
/// # Errors
/// When the log has no such item.
pub fn way_of(opened: &OpenedLog, name: &str) -> Result<ItemHistory, LiveError> {
    let item = opened.log.item(name).ok_or_else(|| {
        let near = nearest_names(name, opened.log.items.iter().map(String::as_str));
        let advice = match near.as_slice() {
            [] => String::new(),
            names => format!("; is `{}` meant?", names.join("` or `")),
        };
        LiveError::Request(format!("{} has no item `{name}`{advice}", opened.log.name))
    })?;
    Ok(opened.log.history(item))
}

/// The way of an item as text for a terminal: instants, assets, and how long it was
/// in each.
#[must_use]
pub fn way_text(opened: &OpenedLog, name: &str, way: &ItemHistory) -> String {
    let twin = &opened.loaded.twin;
    let mut text = format!("item {name}, class {}\n", way.class);
    for visit in &way.visits {
        let id = (twin.assets.get(visit.asset as usize)).map_or("", |asset| asset.id.as_str());
        let entered = visit.entered.map_or_else(
            || "before the log begins".to_owned(),
            |time| twin.epoch.instant(time).to_string(),
        );
        let stay = match (visit.length(), visit.left) {
            (Some(length), _) => length.to_string(),
            (None, Some(time)) => format!("until {}", twin.epoch.instant(time)),
            (None, None) => "is inside".to_owned(),
        };
        // Writing into a string does not fail.
        let _ = writeln!(text, "  {entered}  {id}  {stay}");
    }
    text
}
