//! The tree of assets.

use egui::text::{LayoutJob, TextFormat};
use egui::{Align2, Color32, FontId, Rect, Sense, Ui, pos2, vec2};

use super::theme::{self, Tokens};
use super::{contingency, widgets};
use crate::workbench::view::command::{AppCommand, PlotCommand, SelectCommand, ViewCommand};
use crate::workbench::view::tree::{TreeRow, lines, row};
use crate::workbench::view::{Command, Workbench};

/// Text with the characters at `matched` in another colour.
pub(super) fn highlighted(
    text: &str,
    matched: &[u32],
    font: &FontId,
    plain: Color32,
    highlight: Color32,
) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (position, character) in text.chars().enumerate() {
        let is_match = u32::try_from(position).is_ok_and(|one| matched.binary_search(&one).is_ok());
        let colour = if is_match { highlight } else { plain };
        job.append(
            &character.to_string(),
            0.0,
            TextFormat::simple(font.clone(), colour),
        );
    }
    job
}

/// Draws filter and tree.
pub fn tree_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    if workbench.document.is_none() {
        let text = "The things in a twin are listed here";
        widgets::empty_state(
            ui,
            workbench,
            text,
            Some(AppCommand::OpenTwin.into()),
            commands,
        );
        return;
    }
    let mut filter = workbench.tree.filter.clone();
    let field = egui::TextEdit::singleline(&mut filter)
        .hint_text("Filter")
        .desired_width(f32::INFINITY)
        .margin(vec2(theme::GRID, 4.0));
    let response = ui.add(field);
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::text_edit(true, "", &filter, "Filter");
        info.label = Some("Filter assets".to_owned());
        info
    });
    if response.changed() {
        commands.push(SelectCommand::Filter(filter).into());
    }
    if workbench.tree.wants_focus {
        response.request_focus();
        commands.push(SelectCommand::FilterFocused.into());
    }
    let lines = lines(workbench);
    if response.lost_focus()
        && ui.input(|input| input.key_pressed(egui::Key::Enter))
        && let Some(line) = lines.iter().find(|line| !line.matched.is_empty())
    {
        commands.push(SelectCommand::Asset(line.asset).into());
    }
    ui.add_space(theme::GRID / 2.0);
    if lines.is_empty() {
        let text = format!("Nothing is called like “{}”", workbench.tree.filter);
        widgets::empty_state(ui, workbench, &text, None, commands);
        return;
    }
    let mut hovered = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical().auto_shrink(false).show_rows(
        ui,
        theme::ROW,
        lines.len(),
        |ui, range| {
            for line in &lines[range] {
                let row = row(workbench, line);
                if row_ui(ui, workbench, &row, tokens, commands) {
                    hovered = Some(row.asset);
                }
            }
        },
    );
    // The scene says what the pointer is over there, so the tree takes back
    // only what it said itself.
    let said = egui::Id::new("asset hovered in the tree");
    let before = ui
        .data(|data| data.get_temp::<Option<usize>>(said))
        .flatten();
    if hovered != before {
        ui.data_mut(|data| data.insert_temp(said, hovered));
        commands.push(SelectCommand::Hover(hovered).into());
    }
}

/// Draws one line; whether the pointer is over it.
fn row_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    row: &TreeRow,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) -> bool {
    let (area, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW), Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(
            egui::WidgetType::SelectableLabel,
            true,
            row.selected,
            &row.name,
        )
    });
    let indent = row.depth as f32 * theme::INDENT;
    let left = area.left() + theme::GRID / 2.0 + indent;
    let painter = ui.painter();
    if row.selected {
        painter.rect_filled(area, f32::from(theme::RADIUS), tokens.selected);
    } else if row.hovered || response.hovered() {
        painter.rect_filled(area, f32::from(theme::RADIUS), tokens.hovered);
    }
    let font = egui::TextStyle::Body.resolve(ui.style());
    let text = highlighted(&row.name, &row.matched, &font, tokens.text, tokens.accent);
    let mut text = text;
    text.wrap.max_width = (area.right() - left - 28.0).max(16.0);
    text.wrap.max_rows = 1;
    text.wrap.break_anywhere = true;
    let galley = painter.layout_job(text);
    let baseline = area.center().y - galley.size().y / 2.0;
    painter.galley(pos2(left + 14.0, baseline), galley, tokens.text);
    if row.measured {
        let hue = workbench
            .plots
            .shown()
            .iter()
            .position(|variable| {
                workbench
                    .document
                    .as_ref()
                    .and_then(|document| document.variable(*variable))
                    .is_some_and(|one| one.asset == row.asset)
            })
            .map_or(tokens.text_weak, |hue| tokens.category(hue));
        painter.circle_filled(pos2(area.right() - 12.0, area.center().y), 3.0, hue);
    }
    if let Some(open) = row.open {
        let place =
            Rect::from_center_size(pos2(left + 4.0, area.center().y), vec2(16.0, theme::ROW));
        let branch = ui.interact(place, response.id.with("branch"), Sense::click());
        let name = format!("{} {}", if open { "Close" } else { "Open" }, row.name);
        branch.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &name));
        ui.painter().text(
            place.center(),
            Align2::CENTER_CENTER,
            if open { "⏷" } else { "⏵" },
            theme::small_font(),
            tokens.text_weak,
        );
        if branch.clicked() {
            commands.push(SelectCommand::ToggleBranch(row.asset).into());
        }
    }
    if response.clicked() {
        commands.push(SelectCommand::Asset(row.asset).into());
    }
    if response.double_clicked() {
        commands.push(ViewCommand::FrameSelection.into());
    }
    if row.selected && !ui.is_rect_visible(area) {
        response.scroll_to_me(None);
    }
    let over = response.hovered();
    response.context_menu(|ui| {
        if ui.button("Select and frame").clicked() {
            commands.push(SelectCommand::Asset(row.asset).into());
            commands.push(ViewCommand::FrameSelection.into());
            ui.close();
        }
        if ui.button("Plot").clicked() {
            commands.push(SelectCommand::Asset(row.asset).into());
            commands.push(PlotCommand::ToggleSelected.into());
            ui.close();
        }
        ui.separator();
        contingency::offers_menu(ui, workbench, row.asset, commands);
    });
    let measured = if row.measured { ", measured" } else { "" };
    ui.interact(area, ui.id().with(("row hint", row.asset)), Sense::hover())
        .on_hover_text(format!("{}{measured}", row.kind));
    over
}
