//! The picture of the scene with what is written over it.

use egui::{Align2, Color32, PointerButton, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::theme::{self, Tokens};
use super::{contingency, map_frame, widgets};
use crate::workbench::view::colour::{ColourMap, Legend};
use crate::workbench::view::command::{PlotCommand, SelectCommand, ViewCommand};
use crate::workbench::view::flow::{IN_ORDER, sign};
use crate::workbench::view::label::Label;
use crate::workbench::view::{Command, Workbench};

/// Points of scrolling that make one notch.
const NOTCH: f32 = 50.0;

/// Least width of the menu of what is clicked in the scene [points].
const MENU_WIDTH: f32 = 220.0;

/// Least distance of two numbers under the legend [points].
const LEGEND_NUMBERS: f32 = 32.0;

/// Draws the picture and what lies over it, and turns the pointer into commands.
pub fn viewport_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    texture: Option<egui::TextureId>,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let area = ui.available_rect_before_wrap();
    ui.painter().rect_filled(area, 0.0, tokens.ground);
    let response = ui.allocate_rect(area, Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, "3D scene"));
    if workbench.document.is_none() {
        return;
    }
    report_size(ui, area, commands);
    if let Some(texture) = texture {
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        ui.painter().image(texture, area, whole, Color32::WHITE);
    }
    let painter = ui.painter_at(area);
    let view = &workbench.viewport;
    // Farther ones first, so that what is selected or hovered lies on top.
    for label in view
        .labels
        .iter()
        .filter(|label| !label.selected && !label.hovered)
    {
        paint_label(&painter, area.min, label, tokens);
    }
    for label in view
        .labels
        .iter()
        .filter(|label| label.selected || label.hovered)
    {
        paint_label(&painter, area.min, label, tokens);
    }
    pointer(ui, area, &response, commands);
    asset_menu(workbench, &response, commands);
    if let Some(legend) = &view.legend {
        legend_ui(ui, workbench, area, legend, tokens, commands);
    }
    if view.shows_states {
        states_legend_ui(ui, workbench, area, tokens, commands);
    }
    home_button(ui, workbench, area, tokens, commands);
    if let Some(frame) = &view.map {
        map_frame::map_frame_ui(ui, workbench, area, frame, tokens, commands);
    }
    let notes = view.note.iter().chain(&view.left_out);
    let mut corner = area.left_top() + vec2(theme::GRID, theme::GRID);
    for note in notes {
        let written = painter.text(
            corner,
            Align2::LEFT_TOP,
            note,
            theme::small_font(),
            tokens.text_weak,
        );
        corner.y = written.bottom() + 2.0;
    }
}

/// Tells the size of the picture when it changed.
fn report_size(ui: &Ui, area: Rect, commands: &mut Vec<Command>) {
    let id = egui::Id::new("size of the scene's picture");
    let size = [area.width(), area.height(), ui.ctx().pixels_per_point()];
    if ui.data(|data| data.get_temp::<[f32; 3]>(id)) != Some(size) {
        ui.data_mut(|data| data.insert_temp(id, size));
        let [width, height, pixels_per_point] = size;
        commands.push(
            ViewCommand::Resize {
                width,
                height,
                pixels_per_point,
            }
            .into(),
        );
    }
}

fn pointer(ui: &Ui, area: Rect, response: &egui::Response, commands: &mut Vec<Command>) {
    let inside = |position: Pos2| [position.x - area.min.x, position.y - area.min.y];
    let at = response.hover_pos().map(inside);
    let id = egui::Id::new("pointer in the scene's picture");
    if ui
        .data(|data| data.get_temp::<Option<[f32; 2]>>(id))
        .flatten()
        != at
    {
        ui.data_mut(|data| data.insert_temp(id, at));
        commands.push(ViewCommand::Pointer(at).into());
    }
    let moved = response.drag_delta();
    if moved != egui::Vec2::ZERO {
        let sideways = ui.input(|input| input.modifiers.shift);
        if response.dragged_by(PointerButton::Primary) && !sideways {
            commands.push(
                ViewCommand::Orbit {
                    dx: moved.x,
                    dy: moved.y,
                }
                .into(),
            );
        } else {
            commands.push(
                ViewCommand::Pan {
                    dx: moved.x,
                    dy: moved.y,
                }
                .into(),
            );
        }
    }
    if let Some(at) = at {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let notches = scroll / NOTCH + pinch.max(1e-3).ln() * 10.0;
        if notches != 0.0 {
            commands.push(ViewCommand::Zoom { notches, at }.into());
        }
    }
    if let Some(at) = response.interact_pointer_pos().map(inside) {
        if response.double_clicked() {
            commands.push(ViewCommand::FrameAt(at).into());
        } else if response.clicked() {
            commands.push(ViewCommand::Pick(at).into());
        }
    }
}

/// Right click: what can be asked of the asset under the pointer.
fn asset_menu(workbench: &Workbench, response: &egui::Response, commands: &mut Vec<Command>) {
    if response.secondary_clicked()
        && let Some(asset) = workbench.selection.hovered()
    {
        commands.push(SelectCommand::Asset(asset).into());
    }
    response.context_menu(|ui| {
        ui.set_min_width(MENU_WIDTH);
        let document = workbench.document.as_ref();
        let selected = workbench.selection.selected().asset();
        let Some((document, asset)) = document.zip(selected) else {
            widgets::menu_entry(ui, workbench, ViewCommand::FrameAll, commands);
            return;
        };
        ui.label(document.asset_name(asset));
        widgets::menu_entry(ui, workbench, ViewCommand::FrameSelection, commands);
        widgets::menu_entry(ui, workbench, PlotCommand::ToggleSelected, commands);
        ui.separator();
        contingency::offers_menu(ui, workbench, asset, commands);
    });
}

fn paint_label(painter: &egui::Painter, origin: Pos2, label: &Label, tokens: &Tokens) {
    let opacity = label.opacity as f32;
    if opacity <= 0.02 {
        return;
    }
    let point = |at: [f64; 2]| origin + vec2(at[0] as f32, at[1] as f32);
    let place = Rect::from_min_size(
        point(label.position),
        vec2(label.size[0] as f32, label.size[1] as f32),
    );
    let anchor = point(label.anchor);
    let edge = if label.selected {
        tokens.accent
    } else {
        tokens.line
    };
    // A hairline joins a label to what it names.
    let foot = pos2(
        anchor.x.clamp(place.left(), place.right()),
        if anchor.y > place.center().y {
            place.bottom()
        } else {
            place.top()
        },
    );
    if foot.distance(anchor) > 4.0 {
        let line = Stroke::new(1.0, theme::faded(tokens.text_weak, opacity * 0.6));
        painter.line_segment([foot, anchor], line);
    }
    painter.add(Shape::rect_filled(
        place,
        f32::from(theme::RADIUS),
        theme::faded(tokens.panel, 0.88 * opacity),
    ));
    if label.selected || label.hovered {
        painter.rect_stroke(
            place,
            f32::from(theme::RADIUS),
            Stroke::new(1.0, theme::faded(edge, opacity)),
            egui::StrokeKind::Inside,
        );
    }
    let text = theme::faded(tokens.text, opacity);
    let weak = theme::faded(tokens.text_weak, opacity);
    let values = if label.measured.is_empty() {
        label.simulated.clone()
    } else {
        format!("{} · {}", label.simulated, label.measured)
    };
    let inner = place.shrink2(vec2(6.0, 3.0));
    let clipped = painter.with_clip_rect(place);
    if label.one_line {
        let font = theme::small_font();
        let title = clipped.text(
            inner.left_center(),
            Align2::LEFT_CENTER,
            &label.title,
            font,
            weak,
        );
        let mut font = theme::number_font();
        font.size = theme::SMALL;
        let beside = pos2(title.right() + 6.0, inner.center().y);
        clipped.text(beside, Align2::LEFT_CENTER, values, font, text);
    } else if values.is_empty() {
        clipped.text(
            inner.left_center(),
            Align2::LEFT_CENTER,
            &label.title,
            theme::small_font(),
            text,
        );
    } else {
        clipped.text(
            inner.left_top(),
            Align2::LEFT_TOP,
            &label.title,
            theme::small_font(),
            weak,
        );
        let mut font = theme::number_font();
        font.size = theme::SMALL;
        clipped.text(inner.left_bottom(), Align2::LEFT_BOTTOM, values, font, text);
    }
}

/// The bar of colours with its quantity, range and unit. A click chooses another.
fn legend_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    area: Rect,
    legend: &Legend,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let size = vec2(200.0, 44.0);
    if area.width() < size.x + 120.0 || area.height() < size.y + 40.0 {
        return;
    }
    let corner = area.left_bottom() + vec2(theme::GRID * 1.5, -size.y - theme::GRID * 1.5);
    let place = Rect::from_min_size(corner, size);
    let response = ui.interact(place, ui.id().with("legend"), Sense::click());
    let name = format!("Legend {}", legend.title);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &name));
    let painter = ui.painter();
    painter.rect_filled(
        place.expand(theme::GRID / 2.0),
        f32::from(theme::RADIUS),
        theme::faded(tokens.panel, 0.88),
    );
    let title = format!("{} [{}]", legend.title, legend.unit);
    painter.text(
        place.left_top(),
        Align2::LEFT_TOP,
        title,
        theme::small_font(),
        tokens.text,
    );
    let bar = Rect::from_min_size(place.left_top() + vec2(0.0, 16.0), vec2(size.x, 10.0));
    let parts = 64;
    for part in 0..parts {
        let fraction = (f64::from(part) + 0.5) / f64::from(parts);
        let [r, g, b] = legend.map.sample(fraction);
        let left = bar.left() + bar.width() * part as f32 / parts as f32;
        let step = Rect::from_min_max(
            pos2(left, bar.top()),
            pos2(left + bar.width() / parts as f32 + 0.5, bar.bottom()),
        );
        painter.rect_filled(step, 0.0, Color32::from_rgb(r, g, b));
    }
    let mut font = theme::number_font();
    font.size = theme::SMALL;
    let ticks = legend.ticks();
    let step = match ticks.as_slice() {
        [first, second, ..] => second - first,
        _ => 1.0,
    };
    let mut last = f32::NEG_INFINITY;
    for tick in ticks {
        let x = bar.left() + bar.width() * legend.position(tick) as f32;
        if x - last < LEGEND_NUMBERS {
            continue;
        }
        last = x;
        let align = if x < bar.left() + 8.0 {
            Align2::LEFT_TOP
        } else if x > bar.right() - 8.0 {
            Align2::RIGHT_TOP
        } else {
            Align2::CENTER_TOP
        };
        let text = crate::quantity::format::format_number_at(tick, step);
        painter.text(
            pos2(x, bar.bottom() + 3.0),
            align,
            text,
            font.clone(),
            tokens.text,
        );
    }
    choice_of_colours(workbench, &response, legend.map, tokens, commands);
    response.on_hover_text("What the colours mean; click to choose another quantity or map");
}

/// What the scene can be coloured by, and with which map.
fn choice_of_colours(
    workbench: &Workbench,
    response: &egui::Response,
    present: ColourMap,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    egui::Popup::menu(response).show(|ui| {
        widgets::caption(ui, "coloured by", tokens);
        for (position, title) in workbench.viewport.quantities.iter().enumerate() {
            let selected = workbench.viewport.coloured_by == Some(position);
            if ui.selectable_label(selected, title).clicked() {
                commands.push(ViewCommand::ColourBy(position).into());
            }
        }
        ui.separator();
        widgets::caption(ui, "map", tokens);
        for map in ColourMap::ALL {
            if ui.selectable_label(present == map, map.name()).clicked() {
                commands.push(ViewCommand::Map(map).into());
            }
        }
    });
}

/// What the colours of stations mean, in words.
fn states_legend_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    area: Rect,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let size = vec2(232.0, 62.0);
    let second_column = 138.0;
    if area.width() < size.x + 120.0 || area.height() < size.y + 40.0 {
        return;
    }
    let corner = area.left_bottom() + vec2(theme::GRID * 1.5, -size.y - theme::GRID * 1.5);
    let place = Rect::from_min_size(corner, size);
    let response = ui.interact(place, ui.id().with("legend of states"), Sense::click());
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Legend states"));
    let painter = ui.painter();
    painter.rect_filled(
        place.expand(theme::GRID / 2.0),
        f32::from(theme::RADIUS),
        theme::faded(tokens.panel, 0.88),
    );
    for (number, state) in IN_ORDER.into_iter().enumerate() {
        let corner = place.left_top()
            + vec2(
                (number % 2) as f32 * second_column,
                (number / 2) as f32 * 15.0,
            );
        let swatch = Rect::from_min_size(corner + vec2(0.0, 3.0), vec2(10.0, 10.0));
        painter.rect_filled(swatch, 2.0, tokens.state(state));
        painter.text(
            corner + vec2(16.0, 1.0),
            Align2::LEFT_TOP,
            format!("{} {}", sign(state), state.word()),
            theme::small_font(),
            tokens.text,
        );
    }
    choice_of_colours(
        workbench,
        &response,
        workbench.colours.map,
        tokens,
        commands,
    );
    response.on_hover_text(
        "What the stations do; buffers and conveyors fill; click to colour by something else",
    );
}

fn home_button(
    ui: &mut Ui,
    workbench: &Workbench,
    area: Rect,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let place = Rect::from_min_size(
        area.right_bottom() - vec2(88.0, 36.0),
        vec2(76.0, theme::ROW),
    );
    ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let text = egui::RichText::new("🏠 view").color(tokens.text_weak);
            widgets::command_button(ui, workbench, ViewCommand::ViewHome, text, commands);
        });
    });
}
