//! Keys: what is pressed becomes the command that says it listens to it.

use egui::{Context, KeyboardShortcut, Modifiers};

use crate::workbench::view::command::{AppCommand, SelectCommand, TimeCommand};
use crate::workbench::view::shortcut::{Key, Shortcut};
use crate::workbench::view::{Command, Workbench};

fn egui_key(key: Key) -> Option<egui::Key> {
    Some(match key {
        Key::Letter(letter) => egui::Key::from_name(&letter.to_string())?,
        Key::Digit(digit) => egui::Key::from_name(&digit.to_string())?,
        Key::Function(number) => egui::Key::from_name(&format!("F{number}"))?,
        Key::Space => egui::Key::Space,
        Key::Escape => egui::Key::Escape,
        Key::Enter => egui::Key::Enter,
        Key::Left => egui::Key::ArrowLeft,
        Key::Right => egui::Key::ArrowRight,
        Key::Up => egui::Key::ArrowUp,
        Key::Down => egui::Key::ArrowDown,
        Key::Home => egui::Key::Home,
        Key::End => egui::Key::End,
        Key::Comma => egui::Key::Comma,
        Key::Period => egui::Key::Period,
        Key::Plus => egui::Key::Plus,
        Key::Minus => egui::Key::Minus,
    })
}

fn egui_shortcut(shortcut: Shortcut) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    if shortcut.control {
        modifiers = modifiers.plus(Modifiers::COMMAND);
    }
    if shortcut.shift {
        modifiers = modifiers.plus(Modifiers::SHIFT);
    }
    if shortcut.alt {
        modifiers = modifiers.plus(Modifiers::ALT);
    }
    Some(KeyboardShortcut::new(modifiers, egui_key(shortcut.key)?))
}

/// Takes the keys that mean a command.
pub fn listen(ctx: &Context, workbench: &Workbench, commands: &mut Vec<Command>) {
    let typing = ctx.text_edit_focused();
    // A dialog that is open has the keyboard to itself.
    let captured = workbench.palette.is_some()
        || workbench.pending.is_some()
        || workbench.onboarding.wizard.is_some();
    let mut bound: Vec<(Shortcut, Command)> = Command::catalogue()
        .into_iter()
        .filter_map(|command| Some((command.description()?.shortcut?, command)))
        .collect();
    // egui lets a shortcut match while more modifiers than its own are held,
    // so those with more are asked first.
    bound.sort_by_key(|(keys, _)| {
        std::cmp::Reverse(u8::from(keys.control) + u8::from(keys.shift) + u8::from(keys.alt))
    });
    for (keys, command) in bound {
        let is_dialog_key = matches!(
            command,
            Command::AppCommand(AppCommand::Back | AppCommand::TogglePalette)
        );
        // Esc closes a list that is open, and gives up what is being typed for a
        // column, before it goes back a step.
        let is_back = matches!(command, Command::AppCommand(AppCommand::Back));
        let edits_column = typing
            && workbench
                .onboarding
                .wizard
                .as_ref()
                .is_some_and(|wizard| wizard.review().is_some());
        if is_back && (edits_column || egui::Popup::is_any_open(ctx)) {
            continue;
        }
        let heard = if captured {
            is_dialog_key
        } else {
            !typing || keys.works_while_typing()
        };
        if !heard {
            continue;
        }
        // Keys that walk through widgets are theirs while one has the focus.
        let walks = matches!(
            command,
            Command::SelectCommand(SelectCommand::Next | SelectCommand::Previous)
                | Command::TimeCommand(
                    TimeCommand::PlayPause | TimeCommand::StepBack | TimeCommand::StepForward
                )
        );
        if walks && ctx.memory(|memory| memory.focused().is_some()) {
            continue;
        }
        if let Some(keys) = egui_shortcut(keys)
            && ctx.input_mut(|input| input.consume_shortcut(&keys))
        {
            commands.push(command);
        }
    }
    // `?` is a shifted key whose place differs from keyboard to keyboard, so it
    // is known by the text it makes.
    if !typing && !captured {
        let asked = ctx.input(|input| {
            input
                .events
                .iter()
                .any(|event| matches!(event, egui::Event::Text(text) if text == "?"))
        });
        if asked {
            commands.push(AppCommand::ToggleShortcutSheet.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcut_is_a_key_that_can_be_pressed() {
        for command in Command::catalogue() {
            if let Some(keys) = command.description().and_then(|one| one.shortcut) {
                assert!(egui_shortcut(keys).is_some(), "{keys}");
            }
        }
    }
}
