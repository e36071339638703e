//! Keys in the browser's format.

use serde_json::{Value, json};

/// A key other than a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// To the next focusable element.
    Tab,
    /// To the previous one.
    ShiftTab,
    /// Follows a link, submits a form.
    Enter,
    /// Presses a button, ticks a checkbox.
    Space,
    /// Closes an open element.
    Escape,
    /// The four arrows.
    Up,
    /// Down.
    Down,
    /// Left.
    Left,
    /// Right.
    Right,
    /// To the first.
    Home,
    /// To the last.
    End,
    /// Deletes the character before the caret.
    Backspace,
}

/// Pressing and releasing, as parameters of `Input.dispatchKeyEvent`.
pub(super) fn strokes(key: Key) -> [Value; 2] {
    let (name, code, number, text) = match key {
        Key::Tab | Key::ShiftTab => ("Tab", "Tab", 9, ""),
        Key::Enter => ("Enter", "Enter", 13, "\r"),
        Key::Space => (" ", "Space", 32, " "),
        Key::Escape => ("Escape", "Escape", 27, ""),
        Key::Up => ("ArrowUp", "ArrowUp", 38, ""),
        Key::Down => ("ArrowDown", "ArrowDown", 40, ""),
        Key::Left => ("ArrowLeft", "ArrowLeft", 37, ""),
        Key::Right => ("ArrowRight", "ArrowRight", 39, ""),
        Key::Home => ("Home", "Home", 36, ""),
        Key::End => ("End", "End", 35, ""),
        Key::Backspace => ("Backspace", "Backspace", 8, ""),
    };
    let shift = if key == Key::ShiftTab { 8 } else { 0 };
    ["keyDown", "keyUp"].map(|what| {
        let mut stroke = json!({
            "type": what, "key": name, "code": code, "windowsVirtualKeyCode": number, "modifiers": shift,
        });
        if what == "keyDown" && !text.is_empty() {
            stroke["text"] = text.into();
        }
        stroke
    })
}

/// The same for a letter.
pub(super) fn letter(letter: char) -> [Value; 2] {
    let letter = letter.to_string();
    [
        json!({ "type": "keyDown", "key": letter, "text": letter }),
        json!({ "type": "keyUp", "key": letter }),
    ]
}
