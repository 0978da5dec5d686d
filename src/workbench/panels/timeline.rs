//! The timeline: the whole run in one line, with now and the cursor.

use egui::{Align2, Rect, Sense, Stroke, Ui, pos2, vec2};

use super::theme::{self, Tokens};
use crate::quantity::SimTime;
use crate::workbench::view::command::TimeCommand;
use crate::workbench::view::{Command, Workbench, plot, status};

/// Draws the timeline. Dragging on it moves the cursor.
pub fn timeline_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let time = &workbench.time;
    let (area, response) = ui.allocate_exact_size(
        vec2(ui.available_width(), theme::TIMELINE),
        Sense::click_and_drag(),
    );
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Slider, true, "Timeline"));
    let bar = Rect::from_min_max(
        pos2(area.left() + theme::AXIS, area.center().y - 3.0),
        pos2(area.right() - theme::GRID, area.center().y + 3.0),
    );
    let begin = time.begin().as_seconds();
    let last = time
        .end()
        .map_or(0.0, SimTime::as_seconds)
        .max(time.last_shown().as_seconds());
    let length = (last - begin).max(1e-9);
    let x_of = |seconds: f64| {
        bar.left() + bar.width() * (((seconds - begin) / length) as f32).clamp(0.0, 1.0)
    };
    let now = x_of(time.now().as_seconds());
    let ahead = x_of(time.last_shown().as_seconds());
    let painter = ui.painter();
    let round = 3.0;
    painter.rect_filled(bar, round, tokens.raised);
    let observed = Rect::from_min_max(bar.min, pos2(now, bar.max.y));
    painter.rect_filled(observed, round, theme::faded(tokens.accent, 0.55));
    let forecast = Rect::from_min_max(pos2(now, bar.min.y), pos2(ahead, bar.max.y));
    painter.rect_filled(forecast, round, theme::faded(tokens.accent, 0.22));
    // What the plots show of it.
    let (from, to) = plot::range(workbench);
    let window = Rect::from_min_max(
        pos2(x_of(from), bar.top() - 4.0),
        pos2(x_of(to), bar.bottom() + 4.0),
    );
    painter.rect_stroke(
        window,
        round,
        Stroke::new(1.0, tokens.text_weak),
        egui::StrokeKind::Inside,
    );
    painter.vline(
        now,
        area.y_range().shrink(3.0),
        Stroke::new(1.0, tokens.text),
    );
    let cursor = x_of(time.cursor().as_seconds());
    painter.circle_filled(pos2(cursor, bar.center().y), 5.0, tokens.accent);
    painter.text(
        pos2(area.left() + theme::AXIS - theme::GRID, area.center().y),
        Align2::RIGHT_CENTER,
        "run",
        theme::small_font(),
        tokens.text_weak,
    );
    if let Some(position) = response.interact_pointer_pos() {
        let fraction = f64::from((position.x - bar.left()) / bar.width().max(1.0));
        let instant = SimTime::from_seconds(begin + fraction.clamp(0.0, 1.0) * length);
        if response.drag_started() {
            commands.push(TimeCommand::BeginScrub.into());
        }
        if let Some(instant) = instant
            && (response.dragged() || response.clicked())
        {
            commands.push(TimeCommand::MoveCursor(instant).into());
        }
    }
    if response.drag_stopped() {
        commands.push(TimeCommand::EndScrub.into());
    }
    if let Some(position) = response.hover_pos() {
        let fraction = f64::from((position.x - bar.left()) / bar.width().max(1.0));
        if let Some(text) = SimTime::from_seconds(begin + fraction.clamp(0.0, 1.0) * length)
            .and_then(|instant| status::clock_text(workbench, instant))
        {
            response.on_hover_text_at_pointer(text);
        }
    }
}
