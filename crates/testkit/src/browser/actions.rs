//! User input: click, swipe, type, press keys.

use serde_json::{Value, json};

use super::Window;
use super::keys::{Key, letter, strokes};

/// The middle of an element, or why it cannot be clicked there.
const MIDDLE: &str = r#"(selector => {
    const found = document.querySelector(selector);
    if (!found) return 'is not there';
    found.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const box = [...found.getClientRects()].find(box => box.width && box.height);
    if (!box) return 'has no size';
    const x = box.x + box.width / 2, y = box.y + box.height / 2;
    const top = document.elementFromPoint(x, y);
    const same = top && (found.contains(top) || top.contains(found) || top.closest('label')?.control === found);
    return same ? [x, y] : 'is covered by ' + (top ? top.outerHTML.slice(0, 200) : 'nothing');
})"#;

impl Window<'_> {
    /// Clicks the first element for `selector` in its middle, if nothing covers it.
    ///
    /// # Panics
    /// When there is none, it has no size, or something covers it.
    pub async fn click(&self, selector: &str) {
        let [x, y] = self.middle(selector).await;
        for kind in ["mousePressed", "mouseReleased"] {
            let press = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", &press).await;
        }
    }

    /// Swipes over the first element for `selector`, as a finger does, by so many pixels to the left.
    ///
    /// # Panics
    /// When there is none, it has no size, or something covers it.
    pub async fn swipe_left(&self, selector: &str, pixels: u32) {
        /// How many moves of the finger are sent to the browser.
        const STEPS: u32 = 10;
        let [x, y] = self.middle(selector).await;
        let from = x.as_f64().unwrap_or_default() + f64::from(pixels) / 2.0;
        self.touch("touchStart", &json!([{ "x": from, "y": y }])).await;
        for step in 1..=STEPS {
            let x = from - f64::from(pixels * step) / f64::from(STEPS);
            self.touch("touchMove", &json!([{ "x": x, "y": y }])).await;
        }
        self.touch("touchEnd", &json!([])).await;
    }

    async fn touch(&self, what: &str, fingers: &Value) {
        let event = json!({ "type": what, "touchPoints": fingers });
        self.call("Input.dispatchTouchEvent", &event).await;
    }

    /// Empties a field and types a text into it.
    ///
    /// # Panics
    /// When there is no such field.
    pub async fn fill(&self, selector: &str, text: &str) {
        self.click(selector).await;
        self.ask_of(selector, "it.select()").await;
        self.press(Key::Backspace).await;
        self.type_text(text).await;
    }

    /// Types a text, letter by letter, into the focused element.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn type_text(&self, text: &str) {
        for stroke in text.chars().flat_map(letter) {
            self.call("Input.dispatchKeyEvent", &stroke).await;
        }
    }

    /// Presses a key and releases it.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn press(&self, key: Key) {
        for stroke in strokes(key) {
            self.call("Input.dispatchKeyEvent", &stroke).await;
        }
    }

    async fn middle(&self, selector: &str) -> [Value; 2] {
        let mut middle = self.ask(&format!("{MIDDLE}({})", Value::from(selector))).await;
        assert!(middle.is_array(), "{selector} {middle}");
        [middle[0].take(), middle[1].take()]
    }
}
