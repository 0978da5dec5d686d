//! Colours, sizes and spacings of the desktop: the one place that has literal
//! colours, for both themes.
//!
//! Colour means one thing: a neutral ground, one accent for selection and
//! focus, red, amber and green for alarms and health only. Traces take their
//! hue from the palette of Okabe and Ito, which colour-blind eyes can tell apart
//! (Okabe, Ito, "Color Universal Design", 2008).

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Vec2};

use crate::workbench::view::settings::Theme;

/// The grid that distances are multiples of [points].
pub const GRID: f32 = 8.0;

/// Size of small text: captions, ticks, the status bar [points].
pub const SMALL: f32 = 11.0;

/// Size of body text [points].
pub const BODY: f32 = 13.0;

/// Size of headings [points].
pub const HEADING: f32 = 15.0;

/// Corner radius of controls [points].
pub const RADIUS: u8 = 4;

/// Height of the bar at the top [points].
pub const TOP_BAR: f32 = 40.0;

/// Height of the bar at the bottom [points].
pub const STATUS_BAR: f32 = 24.0;

/// Height of a row of a list [points].
pub const ROW: f32 = 24.0;

/// Indent of one level of a tree [points].
pub const INDENT: f32 = 16.0;

/// Height of the timeline above the plots [points].
pub const TIMELINE: f32 = 24.0;

/// Height of a residual strip [points].
pub const RESIDUAL_STRIP: f32 = 40.0;

/// Least height of a plot [points].
pub const LEAST_PLOT: f32 = 56.0;

/// Width of the axis labels to the left of a plot [points].
pub const AXIS: f32 = 56.0;

/// Width of the palette [points].
pub const DIALOG: f32 = 560.0;

/// Width of a toast [points].
pub const TOAST: f32 = 360.0;

/// Text with digits of equal width, for numbers.
#[must_use]
pub fn number_font() -> FontId {
    FontId::new(BODY - 0.5, FontFamily::Monospace)
}

/// Small text.
#[must_use]
pub fn small_font() -> FontId {
    FontId::new(SMALL, FontFamily::Proportional)
}

/// Every colour of one theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Behind everything: between panels, behind the scene.
    pub ground: Color32,
    /// A panel.
    pub panel: Color32,
    /// What lies on a panel: controls, menus, windows.
    pub raised: Color32,
    /// A control under the pointer.
    pub hovered: Color32,
    /// Hairlines and separators.
    pub line: Color32,
    /// Text that is read first.
    pub text: Color32,
    /// Text that can wait: units, captions, ticks.
    pub text_weak: Color32,
    /// Selection and focus.
    pub accent: Color32,
    /// Behind what is selected.
    pub selected: Color32,
    /// Something is wrong.
    pub alarm: Color32,
    /// Something needs attention.
    pub warning: Color32,
    /// All is well.
    pub healthy: Color32,
    /// Marks of the what-if.
    pub what_if: Color32,
    /// Behind the forecast's part of the time axis.
    pub future: Color32,
    /// Measured above the twin.
    pub above: Color32,
    /// Measured below the twin.
    pub below: Color32,
    /// Shadow of what floats.
    pub shadow: Color32,
    /// Hues of traces, in order.
    pub categories: [Color32; 5],
    /// What stations do, in the order of the states' numbers: told apart by
    /// colour-blind eyes too, and never without a word or a sign beside them.
    pub states: [Color32; 7],
}

const DARK: Tokens = Tokens {
    ground: Color32::from_rgb(0x12, 0x15, 0x19),
    panel: Color32::from_rgb(0x1A, 0x1E, 0x23),
    raised: Color32::from_rgb(0x25, 0x2B, 0x32),
    hovered: Color32::from_rgb(0x30, 0x38, 0x41),
    line: Color32::from_rgb(0x31, 0x38, 0x40),
    text: Color32::from_rgb(0xE8, 0xEC, 0xF0),
    text_weak: Color32::from_rgb(0x9D, 0xA8, 0xB4),
    accent: Color32::from_rgb(0x8A, 0xB4, 0xFF),
    selected: Color32::from_rgb(0x24, 0x3A, 0x5E),
    alarm: Color32::from_rgb(0xFF, 0x7A, 0x6B),
    warning: Color32::from_rgb(0xF0, 0xB4, 0x3C),
    healthy: Color32::from_rgb(0x55, 0xC7, 0x8E),
    what_if: Color32::from_rgb(0xD9, 0x8C, 0xBE),
    future: Color32::from_rgb(0x1E, 0x23, 0x29),
    above: Color32::from_rgb(0xD8, 0x8A, 0x66),
    below: Color32::from_rgb(0x5E, 0x9F, 0xCE),
    shadow: Color32::from_black_alpha(120),
    categories: [
        Color32::from_rgb(0x56, 0xB4, 0xE9),
        Color32::from_rgb(0xE6, 0x9F, 0x00),
        Color32::from_rgb(0x2F, 0xB8, 0x8E),
        Color32::from_rgb(0xF0, 0xE4, 0x42),
        Color32::from_rgb(0xE8, 0x7A, 0x3E),
    ],
    states: [
        Color32::from_rgb(0x9A, 0xB9, 0xE1),
        Color32::from_rgb(0x2B, 0x80, 0xFF),
        Color32::from_rgb(0xF9, 0xDA, 0x25),
        Color32::from_rgb(0xE9, 0x7B, 0x12),
        Color32::from_rgb(0xC0, 0x0B, 0x12),
        Color32::from_rgb(0xD9, 0xFA, 0xFA),
        Color32::from_rgb(0x38, 0x69, 0x86),
    ],
};

const LIGHT: Tokens = Tokens {
    ground: Color32::from_rgb(0xE9, 0xEC, 0xEF),
    panel: Color32::from_rgb(0xFB, 0xFC, 0xFC),
    raised: Color32::from_rgb(0xEE, 0xF0, 0xF3),
    hovered: Color32::from_rgb(0xE1, 0xE5, 0xEA),
    line: Color32::from_rgb(0xD3, 0xD8, 0xDE),
    text: Color32::from_rgb(0x1A, 0x1F, 0x25),
    text_weak: Color32::from_rgb(0x55, 0x5F, 0x6A),
    accent: Color32::from_rgb(0x1F, 0x5F, 0xBF),
    selected: Color32::from_rgb(0xD3, 0xE3, 0xFA),
    alarm: Color32::from_rgb(0xB0, 0x25, 0x1D),
    warning: Color32::from_rgb(0x85, 0x58, 0x00),
    healthy: Color32::from_rgb(0x14, 0x6C, 0x43),
    what_if: Color32::from_rgb(0x9C, 0x3D, 0x80),
    future: Color32::from_rgb(0xF1, 0xF3, 0xF5),
    above: Color32::from_rgb(0xA8, 0x4A, 0x22),
    below: Color32::from_rgb(0x1F, 0x66, 0x9C),
    shadow: Color32::from_black_alpha(40),
    categories: [
        Color32::from_rgb(0x00, 0x72, 0xB2),
        Color32::from_rgb(0xC2, 0x52, 0x00),
        Color32::from_rgb(0x00, 0x7F, 0x5C),
        Color32::from_rgb(0x7A, 0x6D, 0x00),
        Color32::from_rgb(0x5B, 0x5B, 0xD6),
    ],
    states: [
        Color32::from_rgb(0xA6, 0xCF, 0xCB),
        Color32::from_rgb(0x38, 0x5A, 0xA3),
        Color32::from_rgb(0xF2, 0xD2, 0x1A),
        Color32::from_rgb(0xE7, 0x84, 0x15),
        Color32::from_rgb(0xB9, 0x30, 0x34),
        Color32::from_rgb(0xA2, 0x7F, 0xEE),
        Color32::from_rgb(0x20, 0x28, 0x3E),
    ],
};

/// The colours of `theme`.
#[must_use]
pub fn tokens(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

impl Tokens {
    /// The hue of the trace at this position; after the last the first comes again.
    #[must_use]
    pub fn category(&self, position: usize) -> Color32 {
        self.categories[position % self.categories.len()]
    }
}

/// An opaque colour that lets `alpha` (0 to 1) of itself be seen.
///
/// The renderer blends in linear light, so the colour is thinned there too:
/// thinned as egui does, between stored bytes, it would turn grey over a light
/// ground.
#[must_use]
pub fn faded(colour: Color32, alpha: f32) -> Color32 {
    let alpha = alpha.clamp(0.0, 1.0);
    let thinned = |byte: u8| {
        egui::ecolor::gamma_u8_from_linear_f32(egui::ecolor::linear_f32_from_gamma_u8(byte) * alpha)
    };
    Color32::from_rgba_premultiplied(
        thinned(colour.r()),
        thinned(colour.g()),
        thinned(colour.b()),
        (alpha * 255.0).round() as u8,
    )
}

/// egui's fonts, with arrows and superscripts from its monospaced one where the
/// proportional one has none.
fn fonts() -> egui::FontDefinitions {
    let mut fonts = egui::FontDefinitions::default();
    let monospaced = fonts
        .families
        .get(&FontFamily::Monospace)
        .cloned()
        .unwrap_or_default();
    if let Some(proportional) = fonts.families.get_mut(&FontFamily::Proportional) {
        for name in monospaced {
            if !proportional.contains(&name) {
                proportional.push(name);
            }
        }
    }
    fonts
}

/// Dresses egui in `theme`. Cheap when nothing changes: call it each frame.
pub fn install(ctx: &egui::Context, theme: Theme) {
    let mark = egui::Id::new("counterpart theme");
    if ctx.data(|data| data.get_temp::<Theme>(mark)) == Some(theme) {
        return;
    }
    let is_first = ctx.data(|data| data.get_temp::<Theme>(mark)).is_none();
    if is_first {
        ctx.set_fonts(fonts());
    }
    ctx.data_mut(|data| data.insert_temp(mark, theme));
    let base = match theme {
        Theme::Dark => egui::Theme::Dark,
        Theme::Light => egui::Theme::Light,
    };
    ctx.set_theme(base);
    let tokens = tokens(theme);
    ctx.style_mut_of(base, |style| dress(style, tokens));
}

/// Draws every usual letter once, before it is needed. A letter that is drawn for
/// the first time reaches the screen a frame late, which is seen where frames are slow.
pub fn prepare_letters(ctx: &egui::Context) {
    let mark = egui::Id::new("letters prepared");
    let passes: u8 = ctx.data(|data| data.get_temp(mark)).unwrap_or(0);
    // The fonts are there from the pass after the one that chose them.
    if passes > 1 {
        return;
    }
    ctx.data_mut(|data| data.insert_temp(mark, passes + 1));
    if passes == 0 {
        return;
    }
    let letters: String = (' '..='~').chain("°±×·–−…✔⚠⊗○●⏵⏷µ₁₂³²".chars()).collect();
    ctx.fonts_mut(|fonts| {
        for font in [
            small_font(),
            FontId::new(BODY, FontFamily::Proportional),
            FontId::new(HEADING, FontFamily::Proportional),
            number_font(),
        ] {
            fonts.layout_no_wrap(letters.clone(), font, Color32::PLACEHOLDER);
        }
    });
}

fn dress(style: &mut egui::Style, tokens: &Tokens) {
    style.text_styles = [
        (TextStyle::Small, small_font()),
        (TextStyle::Body, FontId::new(BODY, FontFamily::Proportional)),
        (
            TextStyle::Button,
            FontId::new(BODY, FontFamily::Proportional),
        ),
        (TextStyle::Monospace, number_font()),
        (
            TextStyle::Heading,
            FontId::new(HEADING, FontFamily::Proportional),
        ),
    ]
    .into();
    // Pictures of the same state are to be the same, and hover is to be instant.
    style.animation_time = 0.0;

    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(GRID, GRID / 2.0);
    spacing.button_padding = Vec2::new(GRID, 3.0);
    spacing.interact_size = Vec2::new(24.0, 24.0);
    spacing.indent = 2.0 * GRID;
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(12);

    let visuals = &mut style.visuals;
    // One way to draw letters for both themes: another one makes all of them anew,
    // and a frame would be seen without any. For the same reason a letter is drawn
    // at whole pixels only: at four offsets each would come late four times.
    visuals.text_options.color_transfer_function =
        egui::epaint::FontColorTransferFunction::DARK_MODE_DEFAULT;
    visuals.text_options.subpixel_binning = false;
    visuals.panel_fill = tokens.panel;
    visuals.window_fill = tokens.raised;
    visuals.window_stroke = Stroke::new(1.0, tokens.line);
    visuals.window_corner_radius = CornerRadius::same(2 * RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(RADIUS);
    let shadow = Shadow {
        offset: [0, 6],
        blur: 24,
        spread: 0,
        color: tokens.shadow,
    };
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    style.drag_value_text_style = TextStyle::Monospace;
    style.interaction.selectable_labels = false;
    spacing.scroll = egui::style::ScrollStyle::floating();
    spacing.scroll.fade.strength = 0.0;
    spacing.tooltip_width = 320.0;
    visuals.faint_bg_color = tokens.raised;
    visuals.extreme_bg_color = tokens.ground;
    visuals.text_edit_bg_color = Some(tokens.ground);
    visuals.code_bg_color = tokens.raised;
    visuals.hyperlink_color = tokens.accent;
    visuals.warn_fg_color = tokens.warning;
    visuals.error_fg_color = tokens.alarm;
    visuals.weak_text_color = Some(tokens.text_weak);
    visuals.selection.bg_fill = tokens.selected;
    visuals.selection.stroke = Stroke::new(1.0, tokens.accent);
    visuals.slider_trailing_fill = true;
    visuals.indent_has_left_vline = false;

    let widgets = &mut visuals.widgets;
    let corner = CornerRadius::same(RADIUS);
    for (widget, fill, stroke, text) in [
        (
            &mut widgets.noninteractive,
            tokens.panel,
            tokens.line,
            tokens.text,
        ),
        (
            &mut widgets.inactive,
            tokens.raised,
            Color32::TRANSPARENT,
            tokens.text,
        ),
        (
            &mut widgets.hovered,
            tokens.hovered,
            Color32::TRANSPARENT,
            tokens.text,
        ),
        (
            &mut widgets.active,
            tokens.hovered,
            tokens.accent,
            tokens.text,
        ),
        (
            &mut widgets.open,
            tokens.hovered,
            Color32::TRANSPARENT,
            tokens.text,
        ),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, stroke);
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = corner;
        widget.expansion = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance after WCAG 2.1.
    fn luminance(colour: Color32) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn a_faded_colour_over_itself_is_itself_in_linear_light() {
        let linear = egui::ecolor::linear_f32_from_gamma_u8;
        let colour = Color32::from_rgb(0xFB, 0x80, 0x20);
        for alpha in [0.0, 0.3, 0.7, 1.0] {
            let over = faded(colour, alpha);
            for (whole, part) in [
                (colour.r(), over.r()),
                (colour.g(), over.g()),
                (colour.b(), over.b()),
            ] {
                let blended = linear(part) + (1.0 - alpha) * linear(whole);
                assert!(
                    (blended - linear(whole)).abs() < 0.01,
                    "{whole} {part} at {alpha}"
                );
            }
        }
    }

    #[test]
    fn text_stands_out_at_least_4_5_to_1_on_every_ground_it_is_written_on() {
        for theme in [Theme::Dark, Theme::Light] {
            let t = tokens(theme);
            for ground in [t.ground, t.panel, t.raised, t.hovered, t.future] {
                for text in [t.text, t.text_weak] {
                    let found = contrast(text, ground);
                    assert!(
                        found >= 4.5,
                        "{theme:?}: {text:?} on {ground:?} is {found:.2} : 1"
                    );
                }
            }
            for text in [t.alarm, t.warning, t.healthy, t.what_if, t.accent] {
                for ground in [t.panel, t.raised] {
                    let found = contrast(text, ground);
                    assert!(
                        found >= 4.5,
                        "{theme:?}: {text:?} on {ground:?} is {found:.2} : 1"
                    );
                }
            }
            assert!(contrast(t.text, t.selected) >= 4.5);
            for hue in t.categories {
                // Names of traces are written in their hue.
                assert!(contrast(hue, t.panel) >= 4.5, "{theme:?}: {hue:?}");
            }
        }
    }

    /// Linear light as eyes without the cones for red, green or blue see it.
    /// Machado, Oliveira and Fernandes, "A physiologically-based model for
    /// simulation of color vision deficiency", IEEE TVCG 15 (2009), severity 1.
    const EYES: [[[f64; 3]; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ];

    fn times(matrix: &[[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
    }

    /// A colour in Oklab (Ottosson 2020), where distances are as the eye sees them.
    fn seen(colour: Color32, eye: &[[f64; 3]; 3]) -> [f64; 3] {
        let linear = [colour.r(), colour.g(), colour.b()]
            .map(|byte| f64::from(egui::ecolor::linear_f32_from_gamma_u8(byte)));
        let light = times(eye, linear).map(|part| part.clamp(0.0, 1.0));
        let cones = times(
            &[
                [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
                [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
                [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
            ],
            light,
        )
        .map(f64::cbrt);
        times(
            &[
                [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
                [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
                [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
            ],
            cones,
        )
    }

    #[test]
    fn states_are_told_apart_by_every_kind_of_eye() {
        for theme in [Theme::Dark, Theme::Light] {
            let t = tokens(theme);
            let colours: Vec<Color32> = t.states.into_iter().chain([t.panel]).collect();
            for eye in &EYES {
                for one in 0..colours.len() {
                    for other in 0..one {
                        let [a, b] = [one, other].map(|index| seen(colours[index], eye));
                        let away = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
                        assert!(
                            away.sqrt() > 0.1,
                            "{theme:?}: {:?} and {:?} are {:.3} apart",
                            colours[one],
                            colours[other],
                            away.sqrt()
                        );
                    }
                }
            }
        }
    }
}
