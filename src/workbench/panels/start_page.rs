//! The start page: a card for each twin that comes with the program, what was
//! opened before, and the ways to open something else.

use egui::{Align, Color32, ColorImage, Id, Layout, Rect, RichText, Sense, Ui, pos2, vec2};

use super::log::severity_mark;
use super::theme::{self, Tokens};
use super::widgets::command_button;
use crate::workbench::view::command::{AppCommand, OnboardingCommand};
use crate::workbench::view::start::{BundledTwin, Refusal, TwinPicture};
use crate::workbench::view::{Command, Workbench};

/// Width of a card [points].
const CARD: f32 = 368.0;

/// Height of a card's picture [points].
const PICTURE: f32 = 230.0;

/// Height of what a card says below its picture [points].
const CARD_TEXT: f32 = 112.0;

/// Most lines of a card's sentence.
const SENTENCE_LINES: usize = 3;

/// Distance of two cards [points].
const GAP: f32 = theme::GRID * 3.0;

/// Size of the name at the top [points].
const TITLE: f32 = 26.0;

/// Most problems listed before the list has to be scrolled [points].
const PROBLEMS: f32 = 168.0;

/// While the first twin is being opened: what is being done.
pub fn opening_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens) {
    let area = ui.available_rect_before_wrap();
    ui.painter().rect_filled(area, 0.0, tokens.ground);
    let place = Rect::from_center_size(area.center(), vec2(CARD, theme::ROW * 3.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
        ui.vertical_centered(|ui| {
            ui.spinner();
            let text = format!("{}…", workbench.busy.as_deref().unwrap_or("Opening"));
            ui.label(RichText::new(text).color(tokens.text_weak));
        });
    });
}

/// Draws the page.
pub fn start_page_ui(
    ui: &mut Ui,
    workbench: &Workbench,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let room = ui.available_width();
    ui.painter()
        .rect_filled(ui.available_rect_before_wrap(), 0.0, tokens.ground);
    let columns = ((room - GAP) / (CARD + GAP)).floor().clamp(1.0, 3.0);
    let cards = workbench.start.twins.len().max(2) as f32;
    let width = columns.min(cards) * (CARD + GAP) - GAP;
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let margin = ((room - width) / 2.0).max(theme::GRID);
            let left = ui.cursor().left() + margin;
            let top = ui.cursor().top();
            let place = Rect::from_min_size(pos2(left, top), vec2(width, ui.available_height()));
            let builder = egui::UiBuilder::new()
                .max_rect(place)
                .layout(Layout::top_down(Align::LEFT));
            let column = ui.scope_builder(builder, |ui| {
                ui.set_width(width);
                column_ui(ui, workbench, tokens, commands);
            });
            ui.advance_cursor_after_rect(column.response.rect);
        });
}

fn column_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    ui.add_space(theme::GRID * 4.0);
    ui.label(
        RichText::new("Counterpart")
            .size(TITLE)
            .strong()
            .color(tokens.text),
    );
    ui.label(
        RichText::new(
            "The working model beside the real system: run it, ask what would be if, judge it",
        )
        .color(tokens.text_weak),
    );
    ui.add_space(theme::GRID * 2.0);
    ui.horizontal_wrapped(|ui| {
        if let Some(document) = &workbench.document {
            let text = format!("Back to {}", document.twin().id);
            command_button(ui, workbench, AppCommand::StartPage, text, commands);
        }
        for command in [
            Command::from(AppCommand::OpenTwin),
            AppCommand::ImportEpanet.into(),
            OnboardingCommand::Begin.into(),
        ] {
            let name = match &command {
                Command::OnboardingCommand(_) => "Unknown telemetry…",
                other => other.description().map_or("", |one| one.name),
            };
            command_button(ui, workbench, command, name, commands);
        }
        ui.label(RichText::new("or drop a file on the window").color(tokens.text_weak));
    });
    ui.add_space(theme::GRID * 2.0);
    if let Some(refusal) = &workbench.start.refusal {
        refusal_ui(ui, refusal, tokens);
    }
    cards_ui(ui, workbench, tokens, commands);
    recent_ui(ui, workbench, tokens, commands);
    ui.add_space(theme::GRID * 4.0);
}

/// What kept the last document from being opened, in full.
fn refusal_ui(ui: &mut Ui, refusal: &Refusal, tokens: &Tokens) {
    egui::Frame::new()
        .fill(tokens.panel)
        .stroke(egui::Stroke::new(1.0, tokens.alarm))
        .corner_radius(theme::RADIUS)
        .inner_margin(theme::GRID * 1.5)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(&refusal.title).strong().color(tokens.text));
            egui::ScrollArea::vertical()
                .id_salt("problems of the document")
                .max_height(PROBLEMS)
                .show(ui, |ui| {
                    for (severity, text) in &refusal.problems {
                        let (mark, word, colour) = severity_mark(*severity, tokens);
                        ui.horizontal_top(|ui| {
                            ui.label(RichText::new(mark).color(colour))
                                .on_hover_text(word);
                            let text = RichText::new(text).color(tokens.text);
                            ui.add(egui::Label::new(text).wrap().selectable(true));
                        });
                    }
                });
        });
    ui.add_space(theme::GRID * 2.0);
}

fn cards_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let width = ui.available_width();
    let columns = (((width + GAP) / (CARD + GAP)).floor() as usize).max(1);
    let card = CARD.min(width);
    for row in workbench.start.twins.chunks(columns) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for twin in row {
                card_ui(ui, twin, card, tokens, commands);
            }
        });
        ui.add_space(GAP);
    }
}

fn card_ui(
    ui: &mut Ui,
    twin: &BundledTwin,
    width: f32,
    tokens: &Tokens,
    commands: &mut Vec<Command>,
) {
    let size = vec2(width, PICTURE + CARD_TEXT);
    let (area, response) = ui.allocate_exact_size(size, Sense::click());
    let label = format!("Open {}", twin.name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &label));
    let is_chosen = response.hovered() || response.has_focus();
    let painter = ui.painter_at(area);
    let radius = f32::from(theme::RADIUS);
    let ground = if is_chosen {
        tokens.raised
    } else {
        tokens.panel
    };
    painter.rect_filled(area, radius, ground);
    let frame = Rect::from_min_size(area.min, vec2(width, PICTURE));
    match &twin.picture {
        Some(picture) => paint_picture(ui, &painter, frame, &twin.name, picture),
        None => {
            painter.rect_filled(frame, radius, tokens.raised);
            painter.text(
                frame.center(),
                egui::Align2::CENTER_CENTER,
                "no picture",
                theme::small_font(),
                tokens.text_weak,
            );
        }
    }
    let inner = Rect::from_min_max(frame.left_bottom(), area.max).shrink(theme::GRID * 1.5);
    let heading = egui::FontId::proportional(theme::HEADING);
    let name = painter.layout_no_wrap(twin.name.clone(), heading, tokens.text);
    let body = egui::FontId::proportional(theme::SMALL + 1.0);
    let sentence = few_lines(
        &painter,
        &twin.sentence,
        body,
        tokens.text_weak,
        inner.width(),
    );
    let below = inner.top() + name.size().y + 4.0;
    painter.galley(inner.min, name, tokens.text);
    painter.galley(pos2(inner.left(), below), sentence, tokens.text_weak);
    painter.text(
        inner.left_bottom() + vec2(0.0, 4.0),
        egui::Align2::LEFT_BOTTOM,
        &twin.size,
        theme::small_font(),
        tokens.text_weak,
    );
    let edge = if is_chosen {
        tokens.accent
    } else {
        tokens.line
    };
    painter.rect_stroke(
        area,
        radius,
        egui::Stroke::new(1.0, edge),
        egui::StrokeKind::Inside,
    );
    if response
        .on_hover_text(format!("{}\n{}", twin.sentence, twin.folder.display()))
        .clicked()
    {
        commands.push(AppCommand::OpenPath(twin.folder.clone()).into());
    }
}

/// Text on a few lines, with an ellipsis where it is longer.
fn few_lines(
    painter: &egui::Painter,
    text: &str,
    font: egui::FontId,
    colour: Color32,
    width: f32,
) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple(text.to_owned(), font, colour, width);
    job.wrap.max_rows = SENTENCE_LINES;
    painter.layout_job(job)
}

/// The picture, as large as the frame in one direction and cut in the other.
fn paint_picture(ui: &Ui, painter: &egui::Painter, frame: Rect, name: &str, picture: &TwinPicture) {
    let id = Id::new(("picture of a twin", name));
    let cached = ui.data(|data| data.get_temp::<egui::TextureHandle>(id));
    let texture = cached.unwrap_or_else(|| {
        let image = ColorImage::from_rgb([picture.width, picture.height], &picture.rgb);
        let texture = ui
            .ctx()
            .load_texture(name, image, egui::TextureOptions::LINEAR);
        ui.data_mut(|data| data.insert_temp(id, texture.clone()));
        texture
    });
    let size = vec2(picture.width as f32, picture.height as f32);
    let scale = (frame.width() / size.x).max(frame.height() / size.y);
    let shown = frame.size() / (size * scale);
    let part = Rect::from_center_size(pos2(0.5, 0.5), shown);
    painter.image(texture.id(), frame, part, Color32::WHITE);
}

fn recent_ui(ui: &mut Ui, workbench: &Workbench, tokens: &Tokens, commands: &mut Vec<Command>) {
    let recent = workbench.recent_elsewhere();
    if recent.is_empty() {
        return;
    }
    ui.label(RichText::new("Opened before").strong().color(tokens.text));
    ui.add_space(theme::GRID / 2.0);
    for (name, path) in recent {
        ui.horizontal(|ui| {
            if ui.link(name).clicked() {
                commands.push(AppCommand::OpenPath(path.clone()).into());
            }
            let place = RichText::new(path.display().to_string())
                .font(theme::small_font())
                .color(tokens.text_weak);
            ui.add(egui::Label::new(place).truncate());
        });
    }
}
