//! What lies over everything for a while: palette, shortcut sheet, questions, toasts.

use egui::{Align, Align2, Context, Id, Key, Layout, Modal, Order, RichText, Sense, Ui, vec2};

use super::log::severity_mark;
use super::onboarding;
use super::theme::{self, Tokens};
use super::tree::highlighted;
use crate::workbench::view::command::AppCommand;
use crate::workbench::view::palette::{PaletteEntry, entries};
use crate::workbench::view::{Command, Pending, Workbench};

/// Says what becomes of a file that is held over the window.
fn drop_hint(ctx: &Context, tokens: &Tokens) {
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let area = ctx.content_rect();
    let layer = egui::LayerId::new(Order::Foreground, Id::new("drop hint"));
    let painter = ctx.layer_painter(layer);
    painter.rect_filled(area, 0.0, theme::faded(tokens.ground, 0.7));
    painter.rect_stroke(
        area.shrink(theme::GRID),
        f32::from(theme::RADIUS),
        egui::Stroke::new(2.0, tokens.accent),
        egui::StrokeKind::Inside,
    );
    painter.text(
        area.center(),
        Align2::CENTER_CENTER,
        "Drop a twin, an EPANET network, a telemetry table or an event log to open it",
        egui::FontId::proportional(theme::HEADING),
        tokens.text,
    );
}

/// Draws whatever is open.
pub fn overlays_ui(
    ctx: &Context,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    onboarding::wizard_ui(ctx, workbench, tokens, commands);
    toasts(ctx, workbench, tokens, commands);
    drop_hint(ctx, tokens);
    if workbench.shortcut_sheet {
        shortcut_sheet(ctx, tokens, commands);
    }
    if let Some(pending) = &workbench.pending {
        question(ctx, workbench, pending, tokens, commands);
    }
    if workbench.palette.is_some() {
        palette(ctx, workbench, tokens, commands);
    }
}

fn palette(ctx: &Context, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let Some(state) = &workbench.palette else {
        return;
    };
    let found = entries(workbench);
    let (up, down, enter) = ctx.input_mut(|input| {
        (
            input.consume_key(egui::Modifiers::NONE, Key::ArrowUp),
            input.consume_key(egui::Modifiers::NONE, Key::ArrowDown),
            input.consume_key(egui::Modifiers::NONE, Key::Enter),
        )
    });
    if up {
        commands.push(AppCommand::PaletteMove(-1).into());
    }
    if down {
        commands.push(AppCommand::PaletteMove(1).into());
    }
    if enter {
        commands.push(AppCommand::PaletteRun(state.selected).into());
    }
    let area = egui::Area::new(Id::new("palette area"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_TOP, vec2(0.0, theme::TOP_BAR + theme::GRID));
    let modal = Modal::new(Id::new("palette"))
        .area(area)
        .backdrop_color(theme::faded(tokens.ground, 0.5))
        .frame(egui::Frame::window(&ctx.global_style()).inner_margin(theme::GRID));
    let shown = modal.show(ctx, |ui| {
        ui.set_width(theme::DIALOG);
        let mut query = state.query.clone();
        let field = ui.add(
            egui::TextEdit::singleline(&mut query)
                .hint_text("Command, asset or scenario")
                .desired_width(f32::INFINITY)
                .margin(vec2(theme::GRID, theme::GRID)),
        );
        field.widget_info(|| {
            let mut info = egui::WidgetInfo::text_edit(true, "", &query, "");
            info.label = Some("Search commands".to_owned());
            info
        });
        field.request_focus();
        if query != state.query {
            commands.push(AppCommand::PaletteQuery(query).into());
        }
        ui.add_space(theme::GRID / 2.0);
        if found.is_empty() {
            ui.label(RichText::new("Nothing is called like that").weak());
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        egui::ScrollArea::vertical()
            .max_height(theme::ROW * 12.0)
            .show(ui, |ui| {
                for (position, entry) in found.iter().enumerate() {
                    let selected = position == state.selected;
                    let response = palette_row(ui, entry, selected, tokens);
                    if selected && (up || down) {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() {
                        commands.push(AppCommand::PaletteRun(position).into());
                    }
                }
            });
    });
    if shown.backdrop_response.clicked() {
        commands.push(AppCommand::TogglePalette.into());
    }
}

fn palette_row(
    ui: &mut Ui,
    entry: &PaletteEntry,
    selected: bool,
    tokens: &Tokens,
) -> egui::Response {
    let (area, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(
            egui::WidgetType::SelectableLabel,
            entry.refusal.is_none(),
            selected,
            &entry.name,
        )
    });
    if !ui.is_rect_visible(area) {
        return response;
    }
    let painter = ui.painter();
    if selected {
        painter.rect_filled(area, f32::from(theme::RADIUS), tokens.selected);
    } else if response.hovered() {
        painter.rect_filled(area, f32::from(theme::RADIUS), tokens.hovered);
    }
    let colour = if entry.refusal.is_none() {
        tokens.text
    } else {
        tokens.text_weak
    };
    let font = egui::TextStyle::Body.resolve(ui.style());
    let job = highlighted(&entry.name, &entry.matched, &font, colour, tokens.accent);
    let galley = painter.layout_job(job);
    let middle = area.center().y;
    let left = area.left() + theme::GRID;
    painter.galley(
        egui::pos2(left, middle - galley.size().y / 2.0),
        galley.clone(),
        colour,
    );
    // Weak text would be hard to read on the ground of the selected row.
    let quiet = if selected {
        tokens.text
    } else {
        tokens.text_weak
    };
    painter.text(
        egui::pos2(left + galley.size().x + theme::GRID, middle),
        Align2::LEFT_CENTER,
        &entry.category,
        theme::small_font(),
        quiet,
    );
    if let Some(keys) = entry.shortcut {
        painter.text(
            egui::pos2(area.right() - theme::GRID, middle),
            Align2::RIGHT_CENTER,
            keys.to_string(),
            theme::small_font(),
            quiet,
        );
    }
    match &entry.refusal {
        Some(refusal) => response.on_hover_text(refusal),
        None => response,
    }
}

fn shortcut_sheet(ctx: &Context, tokens: &Tokens, commands: &mut Vec<Command>) {
    let mut families: Vec<(&str, Vec<(String, String)>)> = Vec::new();
    for command in Command::catalogue() {
        let Some(description) = command.description() else {
            continue;
        };
        let Some(keys) = description.shortcut else {
            continue;
        };
        let line = (description.name.to_owned(), keys.to_string());
        match families
            .iter_mut()
            .find(|(name, _)| *name == description.category)
        {
            Some((_, lines)) => lines.push(line),
            None => families.push((description.category, vec![line])),
        }
    }
    // What is done with the pointer belongs to the same sheet.
    families.push((
        "Pointer",
        [
            ("Turn the scene", "drag"),
            ("Move the scene", "right drag"),
            ("Zoom", "wheel"),
            ("Frame an asset", "double click"),
            ("Move the cursor in time", "click a plot"),
            ("Move a plot in time", "right drag"),
            ("Where a number comes from", "right click"),
        ]
        .map(|(what, how)| (what.to_owned(), how.to_owned()))
        .to_vec(),
    ));
    let modal = Modal::new(Id::new("shortcut sheet"))
        .backdrop_color(theme::faded(tokens.ground, 0.6))
        .frame(egui::Frame::window(&ctx.global_style()).inner_margin(theme::GRID * 2.0))
        .show(ctx, |ui| {
            ui.spacing_mut().item_spacing.x = theme::GRID * 4.0;
            ui.heading("Keyboard shortcuts");
            ui.add_space(theme::GRID);
            let limit = ctx.content_rect().height() - 160.0;
            egui::ScrollArea::vertical()
                .max_height(limit)
                .show(ui, |ui| {
                    ui.columns(3, |columns| {
                        let mut filled = [0_usize; 3];
                        for (family, lines) in families {
                            // Each family goes where there is most room.
                            let shortest = (0..3).min_by_key(|column| filled[*column]).unwrap_or(0);
                            filled[shortest] += lines.len() + 3;
                            family_ui(&mut columns[shortest], family, &lines, tokens);
                        }
                    });
                });
            ui.add_space(theme::GRID);
            if ui.button("Close").clicked() {
                commands.push(AppCommand::ToggleShortcutSheet.into());
            }
        });
    if modal.backdrop_response.clicked() {
        commands.push(AppCommand::ToggleShortcutSheet.into());
    }
}

/// Width of a column of the shortcut sheet [points].
const SHEET_COLUMN: f32 = 280.0;

fn family_ui(ui: &mut Ui, family: &str, lines: &[(String, String)], tokens: &Tokens) {
    ui.set_min_width(SHEET_COLUMN);
    ui.spacing_mut().interact_size.y = theme::GRID * 2.0;
    ui.spacing_mut().item_spacing = vec2(theme::GRID, 1.0);
    ui.label(RichText::new(family).strong().color(tokens.text));
    for (name, keys) in lines {
        ui.horizontal(|ui| {
            ui.label(RichText::new(name).color(tokens.text_weak));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(
                    RichText::new(keys)
                        .font(theme::number_font())
                        .color(tokens.text),
                );
            });
        });
    }
    ui.add_space(theme::GRID * 1.5);
}

fn question(
    ctx: &Context,
    workbench: &Workbench,
    pending: &Pending,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let name = workbench
        .document
        .as_ref()
        .map_or("", |document| document.twin().id.as_str());
    let before = match pending {
        Pending::Quit => "closing the program",
        Pending::Close => "closing the twin",
        Pending::ChooseTwin | Pending::ChooseEpanet | Pending::Open(_) => "opening another twin",
    };
    Modal::new(Id::new("question"))
        .backdrop_color(theme::faded(tokens.ground, 0.6))
        .show(ctx, |ui| {
            ui.set_width(theme::TOAST);
            ui.heading(format!("Save the changes to {name}?"));
            ui.label(
                RichText::new(format!("They would be lost by {before}")).color(tokens.text_weak),
            );
            ui.add_space(theme::GRID * 2.0);
            ui.horizontal(|ui| {
                for (text, command) in [
                    ("Save", AppCommand::SaveFirst),
                    ("Discard changes", AppCommand::DiscardEdits),
                    ("Keep editing", AppCommand::KeepEditing),
                ] {
                    if ui.button(text).clicked() {
                        commands.push(command.into());
                    }
                }
            });
        });
}

fn toasts(ctx: &Context, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    if workbench.log.toasts().next().is_none() {
        return;
    }
    egui::Area::new(Id::new("toasts"))
        .order(Order::Foreground)
        .anchor(
            Align2::RIGHT_BOTTOM,
            vec2(-theme::GRID, -theme::STATUS_BAR - theme::GRID),
        )
        .show(ctx, |ui| {
            for toast in workbench.log.toasts() {
                let (mark, word, colour) = severity_mark(toast.severity, tokens);
                egui::Frame::popup(ui.style())
                    .inner_margin(theme::GRID * 1.5)
                    .show(ui, |ui| {
                        ui.set_width(theme::TOAST);
                        ui.horizontal_top(|ui| {
                            ui.label(RichText::new(mark).color(colour))
                                .on_hover_text(word);
                            let text = RichText::new(toast.text()).color(tokens.text);
                            ui.allocate_ui(vec2(theme::TOAST - 64.0, 0.0), |ui| {
                                ui.add(egui::Label::new(text).wrap());
                            });
                            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                                let close =
                                    ui.add(egui::Button::new("✖").frame_when_inactive(false));
                                close.widget_info(|| {
                                    egui::WidgetInfo::labeled(
                                        egui::WidgetType::Button,
                                        true,
                                        "Dismiss",
                                    )
                                });
                                if close.clicked() {
                                    commands.push(AppCommand::DismissToast(toast.number).into());
                                }
                            });
                        });
                    });
            }
        });
}
