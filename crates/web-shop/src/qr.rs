//! QR codes, rendered as one path: the content security policy allows no styles and no scripts in a picture.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// A QR code.
pub(crate) struct Qr {
    /// Modules along a side, without the quiet zone of four around it.
    pub(crate) size: usize,
    /// The dark modules as an SVG path; a module is 1 × 1.
    pub(crate) path: String,
}

impl Qr {
    /// `None` for a text that is too long.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let size = code.width();
        let mut path = String::new();
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{} {}h1v1h-1z", at % size, at / size);
            }
        }
        Some(Self { size, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_are_where_a_camera_looks_for_them() {
        let qr = Qr::of("otpauth://totp/Latchkey:ada@example.org?secret=ABC").unwrap();
        let last = qr.size - 7;
        for corner in ["M0 0h1", &format!("M{last} 0h1"), &format!("M0 {last}h1")] {
            assert!(qr.path.contains(corner), "{corner}");
        }
        assert!(!qr.path.contains("M1 1h1"), "inside the first corner it is light");
        assert!(Qr::of(&"x".repeat(5_000)).is_none());
    }
}
