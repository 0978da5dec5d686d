//! Keyboard shortcuts as data: what a command's entry in menus, tooltips and
//! the shortcut sheet says, and what the panels listen for.

use std::fmt;

/// A key that a command can be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A letter, in upper case.
    Letter(char),
    /// A digit of the main row or the number pad.
    Digit(u8),
    /// A function key, 1 to 12.
    Function(u8),
    /// The space bar.
    Space,
    /// Escape.
    Escape,
    /// Return or enter.
    Enter,
    /// The arrow to the left.
    Left,
    /// The arrow to the right.
    Right,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Comma.
    Comma,
    /// Full stop.
    Period,
    /// Plus.
    Plus,
    /// Minus.
    Minus,
}

/// A key with the modifiers that have to be held.
///
/// `control` stands for the command key on a Mac.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shortcut {
    /// Whether Ctrl (on a Mac, Cmd) is held.
    pub control: bool,
    /// Whether Shift is held.
    pub shift: bool,
    /// Whether Alt is held.
    pub alt: bool,
    /// The key.
    pub key: Key,
}

impl Shortcut {
    /// The key alone.
    #[must_use]
    pub const fn plain(key: Key) -> Self {
        Self {
            control: false,
            shift: false,
            alt: false,
            key,
        }
    }

    /// The key with Ctrl.
    #[must_use]
    pub const fn control(key: Key) -> Self {
        Self {
            control: true,
            ..Self::plain(key)
        }
    }

    /// The key with Shift.
    #[must_use]
    pub const fn shift(key: Key) -> Self {
        Self {
            shift: true,
            ..Self::plain(key)
        }
    }

    /// The key with Ctrl and Shift.
    #[must_use]
    pub const fn control_shift(key: Key) -> Self {
        Self {
            control: true,
            shift: true,
            ..Self::plain(key)
        }
    }

    /// The key with Alt.
    #[must_use]
    pub const fn alt(key: Key) -> Self {
        Self {
            alt: true,
            ..Self::plain(key)
        }
    }

    /// Whether it may act while the user is typing into a text field: only
    /// what the field itself has no use for.
    #[must_use]
    pub const fn works_while_typing(self) -> bool {
        let editing = matches!(
            self.key,
            Key::Letter('A' | 'C' | 'V' | 'X' | 'Z' | 'Y')
                | Key::Left
                | Key::Right
                | Key::Home
                | Key::End
        );
        matches!(self.key, Key::Function(_)) || (self.control && !editing)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Letter(letter) => write!(f, "{letter}"),
            Self::Digit(digit) => write!(f, "{digit}"),
            Self::Function(number) => write!(f, "F{number}"),
            Self::Space => f.write_str("Space"),
            Self::Escape => f.write_str("Esc"),
            Self::Enter => f.write_str("Enter"),
            Self::Left => f.write_str("←"),
            Self::Right => f.write_str("→"),
            Self::Up => f.write_str("↑"),
            Self::Down => f.write_str("↓"),
            Self::Home => f.write_str("Home"),
            Self::End => f.write_str("End"),
            Self::Comma => f.write_str(","),
            Self::Period => f.write_str("."),
            Self::Plus => f.write_str("+"),
            Self::Minus => f.write_str("-"),
        }
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            f.write_str("Ctrl+")?;
        }
        if self.alt {
            f.write_str("Alt+")?;
        }
        if self.shift {
            f.write_str("Shift+")?;
        }
        self.key.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortcut_is_written_as_on_a_keyboard() {
        assert_eq!(Shortcut::control(Key::Letter('K')).to_string(), "Ctrl+K");
        assert_eq!(
            Shortcut::control_shift(Key::Letter('S')).to_string(),
            "Ctrl+Shift+S"
        );
        assert_eq!(Shortcut::alt(Key::Up).to_string(), "Alt+↑");
        assert_eq!(Shortcut::plain(Key::Space).to_string(), "Space");
    }

    #[test]
    fn typing_is_not_taken_for_a_command() {
        assert!(!Shortcut::plain(Key::Letter('B')).works_while_typing());
        assert!(!Shortcut::plain(Key::Space).works_while_typing());
        assert!(!Shortcut::control(Key::Letter('Z')).works_while_typing());
        assert!(Shortcut::control(Key::Letter('K')).works_while_typing());
        assert!(Shortcut::plain(Key::Function(1)).works_while_typing());
    }
}
