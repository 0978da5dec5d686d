//! Keys with the modifiers that were held when they were pressed.
//!
//! Where frames are slow, a whole `Ctrl+K` may come and go between two of them.
//! The state of the modifiers at the end of the frame then says that none was
//! held, and the shortcut would be lost. Here each key event of egui gets the
//! modifiers that the order of the keyboard's messages gives it.

use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::EguiInput;
use bevy_egui::egui::{Event, Modifiers};
use bevy_egui::helpers::{bevy_to_egui_key, bevy_to_egui_physical_key};
use bevy_egui::input::EguiInputEvent;

/// What is held at a point in the sequence of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    control: bool,
    shift: bool,
    alt: bool,
    system: bool,
}

impl Held {
    /// Takes in one message.
    fn follow(&mut self, key: &Key, pressed: bool) {
        match key {
            Key::Control => self.control = pressed,
            Key::Shift => self.shift = pressed,
            Key::Alt => self.alt = pressed,
            Key::Super | Key::Meta => self.system = pressed,
            _ => {}
        }
    }

    fn modifiers(self) -> Modifiers {
        let mac = cfg!(target_os = "macos");
        Modifiers {
            alt: self.alt,
            ctrl: self.control,
            shift: self.shift,
            mac_cmd: mac && self.system,
            command: if mac { self.system } else { self.control },
        }
    }

    /// Whether a character typed now is text and not a shortcut.
    fn types_text(self) -> bool {
        if cfg!(target_os = "macos") {
            !self.system
        } else {
            !self.control && !self.system
        }
    }
}

/// Gives each key event the modifiers that were held when its key went down or up.
pub(super) fn sharpen(
    mut held: Local<Held>,
    mut keys: MessageReader<KeyboardInput>,
    mut focus: MessageReader<bevy::input::keyboard::KeyboardFocusLost>,
    mut events: MessageMutator<EguiInputEvent>,
) {
    if focus.read().count() > 0 {
        *held = Held::default();
    }
    let mut at_key: Vec<Held> = Vec::new();
    let mut at_text: Vec<Held> = Vec::new();
    for message in keys.read() {
        held.follow(&message.logical_key, message.state.is_pressed());
        if message.state.is_pressed()
            && matches!(message.logical_key, Key::Character(_) | Key::Space)
        {
            at_text.push(*held);
        }
        let known =
            bevy_to_egui_key(&message.logical_key).or(bevy_to_egui_physical_key(&message.key_code));
        if known.is_some() {
            at_key.push(*held);
        }
    }
    let (mut next_key, mut texts) = (at_key.into_iter(), 0usize);
    for event in events.read() {
        match &mut event.event {
            Event::Key { modifiers, .. } => {
                if let Some(held) = next_key.next() {
                    *modifiers = held.modifiers();
                }
            }
            Event::Text(text) => {
                // All or none of the characters of a frame count as text, by what is held
                // at its end; those typed with a modifier are taken back.
                if at_text.get(texts).is_some_and(|held| !held.types_text()) {
                    text.clear();
                }
                texts += 1;
            }
            _ => {}
        }
    }
}

/// Takes away the news that the modifiers are what they were. egui answers every
/// event with another frame, so an idle window would spin.
pub(super) fn drop_repeated(mut last: Local<Modifiers>, mut inputs: Query<&mut EguiInput>) {
    for mut input in &mut inputs {
        let repeated = |event: &Event, last: Modifiers| matches!(event, Event::ModifiersChanged(modifiers) if *modifiers == last);
        if !input
            .events
            .iter()
            .any(|event| matches!(event, Event::ModifiersChanged(_)))
        {
            continue;
        }
        let mut now = *last;
        input.events.retain(|event| {
            if repeated(event, now) {
                return false;
            }
            if let Event::ModifiersChanged(modifiers) = event {
                now = *modifiers;
            }
            true
        });
        *last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_follows_the_order_of_the_messages() {
        let mut held = Held::default();
        held.follow(&Key::Control, true);
        held.follow(&Key::Character("k".into()), true);
        assert!(held.modifiers().ctrl && !held.types_text());
        held.follow(&Key::Control, false);
        held.follow(&Key::Character("k".into()), true);
        assert!(!held.modifiers().ctrl && held.types_text());
        held.follow(&Key::Shift, true);
        assert!(held.modifiers().shift && held.types_text());
    }
}
