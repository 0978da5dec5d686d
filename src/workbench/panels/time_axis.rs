//! What a pointer does over anything that is drawn over time: a click puts the
//! cursor, dragging scrubs it, dragging with another button moves the axis, the
//! wheel zooms about the pointer, a double click fits all.

use egui::{PointerButton, Rect, Response, Ui};

use crate::quantity::SimTime;
use crate::workbench::view::Command;
use crate::workbench::view::command::{PlotCommand, TimeCommand};
use crate::workbench::view::plot::{Window, zoomed};

/// Turns the pointer over `frame`, which shows the time of `range` \[s], into commands.
pub(super) fn interact(
    ui: &Ui,
    response: &Response,
    frame: Rect,
    range: (f64, f64),
    commands: &mut Vec<Command>,
) {
    let pointed = response.interact_pointer_pos().or(response.hover_pos());
    let seconds_per_point = (range.1 - range.0) / f64::from(frame.width().max(1.0));
    let time_at = |x: f32| range.0 + f64::from(x - frame.left()) * seconds_per_point;
    if let Some(position) = pointed {
        let instant = SimTime::from_seconds(time_at(position.x));
        if response.double_clicked() {
            commands.push(PlotCommand::Fit.into());
        } else if response.clicked()
            && let Some(instant) = instant
        {
            commands.push(TimeCommand::MoveCursor(instant).into());
        }
        if response.drag_started_by(PointerButton::Primary) {
            commands.push(TimeCommand::BeginScrub.into());
        }
        if response.dragged_by(PointerButton::Primary)
            && let Some(instant) = instant
        {
            commands.push(TimeCommand::MoveCursor(instant).into());
        }
    }
    if response.drag_stopped_by(PointerButton::Primary) {
        commands.push(TimeCommand::EndScrub.into());
    }
    let mut moved = 0.0;
    if response.dragged_by(PointerButton::Secondary) || response.dragged_by(PointerButton::Middle) {
        moved -= f64::from(response.drag_delta().x) * seconds_per_point;
    }
    if let Some(position) = response.hover_pos() {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
        moved -= f64::from(scroll.x) * seconds_per_point;
        let factor = f64::from((-scroll.y / 200.0).exp() / pinch.max(0.1));
        if (factor - 1.0).abs() > 1e-6
            && let Window::Fixed { from, to } = zoomed(range, time_at(position.x), factor)
        {
            commands.push(PlotCommand::Range { from, to }.into());
        }
    }
    if moved.abs() > 0.0 {
        commands.push(
            PlotCommand::Range {
                from: range.0 + moved,
                to: range.1 + moved,
            }
            .into(),
        );
    }
}
