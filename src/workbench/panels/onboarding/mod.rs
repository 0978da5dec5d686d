//! The wizard that takes unknown telemetry into a twin.

mod look;
mod review;
mod source;

use egui::{Align, Context, Id, Key, Layout, Modal, RichText, Ui, vec2};

use super::theme::{self, Tokens};
use super::widgets;
use crate::workbench::view::command::OnboardingCommand;
use crate::workbench::view::onboarding::{Page, ProblemPlace, Stage, Wizard};
use crate::workbench::view::{Command, Workbench};

/// Largest size of the wizard [points].
const WIDEST: f32 = 1080.0;
const TALLEST: f32 = 640.0;
/// Room that it leaves to the edges of the window [points].
const ROOM: f32 = 64.0;
/// Height of the row of buttons [points].
const FOOTER: f32 = 32.0;
/// Width of the bar of progress [points].
const PROGRESS: f32 = 160.0;

/// Where it is kept which step had the keyboard put into its first field.
fn focus_id() -> Id {
    Id::new("wizard step in focus")
}

/// Draws the wizard, while it is open.
pub fn wizard_ui(
    ctx: &Context,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let Some(wizard) = &workbench.onboarding.wizard else {
        ctx.data_mut(|data| data.remove::<String>(focus_id()));
        return;
    };
    // Asked before anything is drawn: a field gives the keyboard away in the frame in
    // which Enter is pressed in it, and that Enter was for the field.
    let is_free = ctx.memory(|memory| memory.focused().is_none());
    let room = ctx.content_rect().size();
    let size = vec2(
        (room.x - ROOM).clamp(theme::DIALOG, WIDEST),
        (room.y - ROOM).clamp(TALLEST / 2.0, TALLEST),
    );
    Modal::new(Id::new("wizard"))
        .backdrop_color(theme::faded(tokens.ground, 0.6))
        .frame(
            egui::Frame::window(&ctx.global_style())
                .fill(tokens.panel)
                .inner_margin(theme::GRID * 2.0),
        )
        .show(ctx, |ui| {
            ui.set_width(size.x);
            let top = ui.cursor().top();
            header_ui(ui, wizard, workbench, tokens, commands);
            ui.add_space(theme::GRID);
            ui.separator();
            let header = ui.cursor().top() - top;
            let body = size.y - header - FOOTER - theme::GRID * 2.0;
            ui.allocate_ui(vec2(size.x, body), |ui| {
                ui.set_min_size(vec2(size.x, body));
                ui.set_max_size(vec2(size.x, body));
                page_problem_ui(ui, wizard, tokens);
                match &wizard.stage {
                    Stage::Source | Stage::Examining => {
                        source::source_ui(ui, wizard, tokens, commands);
                    }
                    Stage::Listening(heard) => source::heard_ui(ui, heard, None, tokens, commands),
                    Stage::Heard {
                        overheard,
                        left_out,
                    } => {
                        let heard = &overheard.capture.heard;
                        source::heard_ui(ui, heard, Some(left_out), tokens, commands);
                    }
                    Stage::Proposals(review) => {
                        review::review_ui(ui, review, wizard, tokens, commands);
                    }
                    Stage::Accepting(review) => {
                        ui.disable();
                        review::review_ui(ui, review, wizard, tokens, commands);
                    }
                    Stage::FirstLook(welcome) => look::look_ui(ui, welcome, tokens),
                }
            });
            ui.separator();
            footer_ui(ui, wizard, tokens, commands);
        });
    // Where no field or button has the keyboard, Enter goes on.
    if is_free
        && workbench.palette.is_none()
        && ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Enter))
    {
        commands.push(OnboardingCommand::Next.into());
    }
}

/// Title, steps and the way out.
fn header_ui(
    ui: &mut Ui,
    wizard: &Wizard,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Add telemetry").size(theme::HEADING).strong());
        ui.add_space(theme::GRID * 2.0);
        for (position, page) in Page::ALL.into_iter().enumerate() {
            let is_here = page == wizard.page();
            let text = format!("{}  {}", position + 1, page.title());
            let text = RichText::new(text).color(if is_here {
                tokens.accent
            } else {
                tokens.text_weak
            });
            ui.label(if is_here { text.strong() } else { text });
            ui.add_space(theme::GRID);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = Command::from(OnboardingCommand::Close);
            let refusal = close.enabled(workbench).err();
            let button = egui::Button::new("✖").frame_when_inactive(false);
            let response = ui.add_enabled(refusal.is_none(), button);
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Close the wizard")
            });
            let hint = match refusal {
                Some(why) => why,
                None if wizard.page() == Page::FirstLook => "Close".to_owned(),
                None => "Close; nothing is changed".to_owned(),
            };
            let response = response.on_hover_text(&hint).on_disabled_hover_text(&hint);
            if response.clicked() {
                commands.push(close);
            }
        });
    });
}

/// What is under way, and the buttons.
fn footer_ui(ui: &mut Ui, wizard: &Wizard, tokens: &Tokens, commands: &mut Vec<Command>) {
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), FOOTER),
        Layout::right_to_left(Align::Center),
        |ui| {
            let refusal = wizard.can_go_on().err();
            let name = wizard.next_name();
            let is_primary = !matches!(wizard.stage, Stage::Accepting(_) | Stage::Examining);
            let text = RichText::new(name).strong();
            let button = if is_primary {
                egui::Button::new(text.color(tokens.panel)).fill(tokens.accent)
            } else {
                egui::Button::new(text)
            };
            // The first page goes on to say at which field something is missing.
            let enabled = refusal.is_none() || matches!(wizard.stage, Stage::Source);
            let response = ui.add_enabled(enabled, button.min_size(vec2(0.0, theme::ROW)));
            if let Some(refusal) = &refusal {
                response.clone().on_disabled_hover_text(refusal);
            }
            if response.clicked() {
                commands.push(OnboardingCommand::Next.into());
            }
            let back = if wizard.is_busy() { "Cancel" } else { "Back" };
            let refusal = wizard.can_go_back().err();
            let response = ui.add_enabled(
                refusal.is_none(),
                egui::Button::new(back).min_size(vec2(0.0, theme::ROW)),
            );
            if let Some(refusal) = &refusal {
                response.clone().on_disabled_hover_text(refusal);
            }
            if response.clicked() {
                commands.push(OnboardingCommand::Back.into());
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                state_ui(ui, wizard, tokens);
            });
        },
    );
}

/// What is being done, or why it cannot go on.
fn state_ui(ui: &mut Ui, wizard: &Wizard, tokens: &Tokens) {
    if wizard.is_busy() {
        ui.spinner();
        ui.label(RichText::new(wizard.doing()).color(tokens.text_weak));
        let fraction = wizard.progress.fraction() as f32;
        if fraction > 0.0 {
            let bar = egui::ProgressBar::new(fraction)
                .desired_width(PROGRESS)
                .desired_height(theme::GRID)
                .fill(tokens.accent);
            ui.add(bar);
        }
        return;
    }
    if let Some(review) = wizard.review() {
        let (taken, all) = review.taken();
        let text = match &review.refusal {
            Some(refusal) => RichText::new(format!("⚠ {refusal}")).color(tokens.warning),
            None => {
                let word = if all == 1 { "column" } else { "columns" };
                let text = format!("{taken} of {all} {word} become channels");
                RichText::new(text).color(tokens.text_weak)
            }
        };
        ui.add(egui::Label::new(text).truncate());
    }
}

fn page_problem_ui(ui: &mut Ui, wizard: &Wizard, tokens: &Tokens) {
    if let Some(problem) = &wizard.problem
        && problem.place == ProblemPlace::Page
    {
        problem_ui(ui, &problem.text, tokens);
        ui.add_space(theme::GRID);
    }
}

/// What went wrong, where it arose.
fn problem_ui(ui: &mut Ui, text: &str, tokens: &Tokens) {
    let text = RichText::new(format!("⊗ {text}")).color(tokens.alarm);
    ui.add(egui::Label::new(text).wrap());
}

/// Something to know, on a line of its own.
fn note_ui(ui: &mut Ui, text: &str, tokens: &Tokens) {
    ui.horizontal_top(|ui| {
        widgets::caption(ui, "•", tokens);
        let text = RichText::new(text)
            .font(theme::small_font())
            .color(tokens.text_weak);
        ui.add(egui::Label::new(text).wrap());
    });
}

/// A part of a row that keeps its width whatever it holds.
fn cell(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(
        vec2(width, theme::ROW),
        Layout::left_to_right(Align::Center),
        |ui| {
            ui.set_min_width(width);
            ui.set_max_width(width);
            add(ui);
        },
    );
}
