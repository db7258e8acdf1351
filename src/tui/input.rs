//! Terminal events as the wizard's keys. The only place that knows how crossterm names them.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::wizard::{Key, KeyPress, Message};

/// What an event means, or `None` when it means nothing to the wizard: a release, a resize, a focus change.
pub(crate) fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) => press(key).map(Message::Pressed),
        Event::Paste(text) => Some(Message::Pasted(text)),
        Event::FocusGained | Event::FocusLost | Event::Mouse(_) | Event::Resize(..) => None,
    }
}

fn press(event: KeyEvent) -> Option<KeyPress> {
    // Windows reports the release of a key, too: taking it would press every key twice.
    let is_repeat = match event.kind {
        KeyEventKind::Press => false,
        KeyEventKind::Repeat => true,
        KeyEventKind::Release => return None,
    };
    let key = match event.code {
        KeyCode::Char(character) if event.modifiers.contains(KeyModifiers::CONTROL) => {
            Key::Control(character.to_ascii_lowercase())
        }
        KeyCode::Char(_) if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) => {
            Key::Other
        }
        KeyCode::Char(character) => Key::Char(character),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        _ => Key::Other,
    };
    Some(KeyPress { key, is_repeat })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_released_key_is_no_key() {
        let mut event = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        event.kind = KeyEventKind::Release;
        assert_eq!(press(event), None);
        event.kind = KeyEventKind::Repeat;
        assert_eq!(press(event), Some(KeyPress { key: Key::Char('q'), is_repeat: true }));
    }

    #[test]
    fn alt_and_a_letter_is_not_the_letter() {
        assert_eq!(press(KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT)), Some(Key::Other.into()));
        assert_eq!(press(KeyEvent::new(KeyCode::Char('C'), KeyModifiers::CONTROL)), Some(Key::Control('c').into()));
    }
}
