//! Small parts that the panels share.

use std::cell::RefCell;

use egui::{Button, DragValue, Response, RichText, Ui, WidgetText};

use super::theme::{self, Tokens};
use crate::quantity::Unit;
use crate::quantity::format::format_quantity;
use crate::workbench::view::command::AppCommand;
use crate::workbench::view::{Command, Workbench, entry, short_quantity};

/// The tooltip of a command: what it does and its keys, or why it cannot be done.
fn tooltip(command: &Command, refusal: Option<&str>) -> String {
    let Some(description) = command.description() else {
        return refusal.unwrap_or_default().to_owned();
    };
    let keys = description
        .shortcut
        .map(|keys| format!("  ({keys})"))
        .unwrap_or_default();
    match refusal {
        Some(refusal) => format!("{}{keys}\n{refusal}", description.tooltip),
        None => format!("{}{keys}", description.tooltip),
    }
}

/// A button that sends a command. Its tooltip, and whether it is dimmed and
/// why, come from the command; to a screen reader it has the command's name.
pub fn command_button(
    ui: &mut Ui,
    workbench: &Workbench,
    command: impl Into<Command>,
    text: impl Into<WidgetText>,
    commands: &mut Vec<Command>,
) -> Response {
    add_command_button(
        ui,
        workbench,
        command.into(),
        Button::new(text.into()),
        commands,
    )
}

/// As [`command_button`], without a ground of its own until the pointer is over it.
pub fn quiet_button(
    ui: &mut Ui,
    workbench: &Workbench,
    command: impl Into<Command>,
    text: impl Into<WidgetText>,
    commands: &mut Vec<Command>,
) -> Response {
    let button = Button::new(text.into()).frame_when_inactive(false);
    add_command_button(ui, workbench, command.into(), button, commands)
}

fn add_command_button(
    ui: &mut Ui,
    workbench: &Workbench,
    command: Command,
    button: Button<'_>,
    commands: &mut Vec<Command>,
) -> Response {
    let refusal = command.enabled(workbench).err();
    let response = ui.add_enabled(refusal.is_none(), button);
    if let Some(description) = command.description() {
        let enabled = refusal.is_none();
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::WidgetType::Button, enabled, description.name)
        });
    }
    let text = tooltip(&command, refusal.as_deref());
    let response = response.on_hover_text(&text).on_disabled_hover_text(&text);
    if response.clicked() {
        commands.push(command);
    }
    response
}

/// An entry of a menu that sends a command, with its keys to the right.
pub fn menu_entry(
    ui: &mut Ui,
    workbench: &Workbench,
    command: impl Into<Command>,
    commands: &mut Vec<Command>,
) {
    let command = command.into();
    let Some(description) = command.description() else {
        return;
    };
    let refusal = command.enabled(workbench).err();
    let mut button = Button::new(description.name);
    if let Some(keys) = description.shortcut {
        button = button.shortcut_text(RichText::new(keys.to_string()).weak());
    }
    let response = ui.add_enabled(refusal.is_none(), button);
    response.widget_info(|| {
        egui::WidgetInfo::labeled(
            egui::WidgetType::Button,
            refusal.is_none(),
            description.name,
        )
    });
    let text = tooltip(&command, refusal.as_deref());
    let response = response.on_hover_text(&text).on_disabled_hover_text(&text);
    if response.clicked() {
        commands.push(command);
        ui.close();
    }
}

/// A number with its unit, that can be read beside others.
pub fn number(ui: &mut Ui, text: &str, colour: egui::Color32) -> Response {
    ui.label(RichText::new(text).font(theme::number_font()).color(colour))
}

/// A small caption.
pub fn caption(ui: &mut Ui, text: &str, tokens: &Tokens) -> Response {
    ui.label(
        RichText::new(text)
            .font(theme::small_font())
            .color(tokens.text_weak),
    )
}

/// How far something is that runs beside the frame, and the button that gives it up.
pub fn progress(
    ui: &mut Ui,
    workbench: &Workbench,
    done: f64,
    cancel: impl Into<Command>,
    commands: &mut Vec<Command>,
) {
    let bar = egui::ProgressBar::new(done as f32)
        .desired_width(theme::GRID * 15.0)
        .text(format!("{:.0} %", done * 100.0));
    ui.add(bar);
    command_button(ui, workbench, cancel, "Cancel", commands);
}

/// A cell of a table: as high as a row, and just so wide \[points].
pub fn cell(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(
        egui::vec2(width, theme::ROW - 4.0),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.set_min_width(width);
            ui.set_max_width(width);
            add(ui);
        },
    );
}

/// What an empty panel says: what would fill it, and the button that does.
pub fn empty_state(
    ui: &mut Ui,
    workbench: &Workbench,
    text: &str,
    offer: Option<Command>,
    commands: &mut Vec<Command>,
) {
    ui.add_space(theme::GRID * 3.0);
    ui.vertical_centered(|ui| {
        ui.label(RichText::new(text).weak());
        if let Some(offer) = offer {
            ui.add_space(theme::GRID);
            let name = offer
                .description()
                .map_or("", |description| description.name);
            command_button(ui, workbench, offer, name, commands);
        }
    });
}

/// What was done to a [`value_field`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldChange {
    /// The new value [SI].
    pub value: Option<f64>,
    /// Whether a drag or an entry has ended.
    pub ended: bool,
}

/// A value that is dragged to scrub it, or clicked to type it with or without
/// a unit. What cannot be read or is out of `range` [SI] is told in a toast.
pub fn value_field(
    ui: &mut Ui,
    label: &str,
    value: f64,
    unit: &Unit,
    range: (f64, f64),
    drag: f64,
    colour: Option<egui::Color32>,
    commands: &mut Vec<Command>,
) -> (Response, FieldChange) {
    let problem: RefCell<Option<String>> = RefCell::new(None);
    let mut shown = unit.from_si(value);
    let before = shown;
    // Ends that are infinite in SI stay so in every unit.
    let low = if range.0.is_finite() {
        unit.from_si(range.0)
    } else {
        f64::NEG_INFINITY
    };
    let high = if range.1.is_finite() {
        unit.from_si(range.1)
    } else {
        f64::INFINITY
    };
    let speed = unit.difference_from_si(drag).abs();
    let response = ui
        .scope(|ui| {
            if let Some(colour) = colour {
                ui.visuals_mut().override_text_color = Some(colour);
            }
            ui.add_sized(
                [theme::GRID * 13.0, theme::ROW - 4.0],
                DragValue::new(&mut shown)
                    .speed(speed)
                    .range(low..=high)
                    .clamp_existing_to_range(false)
                    .update_while_editing(false)
                    .custom_formatter(|number, _| short_quantity(unit.to_si(number), unit))
                    .custom_parser(|text| match entry::read(text, unit) {
                        Ok(si) if si >= range.0 && si <= range.1 => Some(unit.from_si(si)),
                        Ok(si) => {
                            let name = label.to_owned();
                            *problem.borrow_mut() = Some(format!(
                                "{name} cannot be {}: it has to be within {} and {}",
                                format_quantity(si, unit, 4),
                                format_quantity(range.0, unit, 4),
                                format_quantity(range.1, unit, 4),
                            ));
                            None
                        }
                        Err(reason) => {
                            *problem.borrow_mut() = Some(reason);
                            None
                        }
                    }),
            )
        })
        .inner;
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::drag_value(true, shown);
        info.label = Some(label.to_owned());
        info
    });
    if let Some(problem) = problem.into_inner() {
        commands.push(AppCommand::Tell(problem).into());
    }
    let changed = shown.to_bits() != before.to_bits() && shown.is_finite();
    let change = FieldChange {
        value: changed.then(|| unit.to_si(shown)),
        ended: response.drag_stopped() || response.lost_focus(),
    };
    (response, change)
}
