//! Text on pictures: the title in lines that fit, the publisher below, and a game's status display.

use std::fmt::Write as _;

use super::Palette;
use crate::catalogue::escape;
use crate::dice::Dice;

const FACES: [(&str, f64); 4] = [
    ("Impact,'Arial Narrow Bold',sans-serif", 0.72),
    ("Georgia,'Times New Roman',serif", 0.82),
    ("'Trebuchet MS',Verdana,sans-serif", 0.76),
    ("Futura,'Century Gothic',Arial,sans-serif", 0.78),
];

/// The title over the lower third of a cover of 600 by 900, or over the upper one.
pub(super) fn cover(svg: &mut String, title: &str, by: &str, palette: &Palette, dice: &mut Dice) {
    let (face, breadth) = *dice.pick(&FACES);
    let low = dice.percent(65);
    let lines = wrap(&title.to_uppercase());
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(1);
    let size = (520.0 / (breadth * f64::from(u32::try_from(longest).unwrap_or(1)))).clamp(26.0, 96.0);
    let rows = f64::from(u32::try_from(lines.len()).unwrap_or(1));
    let block = rows * size * 1.06;
    let top = if low { 815.0 - block } else { 70.0 };
    let shade = if low {
        "<rect y=\"400\" width=\"600\" height=\"500\" fill=\"url(#v)\"/>"
    } else {
        "<rect width=\"600\" height=\"460\" fill=\"url(#v)\" transform=\"matrix(1 0 0 -1 0 460)\"/>\
         <rect y=\"700\" width=\"600\" height=\"200\" fill=\"url(#v)\"/>"
    };
    let _ = write!(
        svg,
        "{shade}<g font-family=\"{face}\" font-weight=\"700\" text-anchor=\"middle\" font-size=\"{size:.0}\" \
         fill=\"#fff\" stroke=\"{}\" stroke-width=\"{:.1}\" paint-order=\"stroke\" stroke-linejoin=\"round\">",
        palette[5],
        size / 11.0
    );
    for (row, line) in (0u32..).zip(&lines) {
        let y = top + size * 0.85 + f64::from(row) * size * 1.06;
        let fill = if row == 0 && lines.len() > 1 {
            palette[2]
        } else {
            "#fff"
        };
        let _ = write!(
            svg,
            "<text x=\"300\" y=\"{y:.0}\" fill=\"{fill}\">{}</text>",
            escape(line)
        );
    }
    let _ = write!(
        svg,
        "</g><path d=\"M240 838h120\" stroke=\"{}\" stroke-width=\"3\"/><text x=\"300\" y=\"868\" text-anchor=\"middle\" \
         font-family=\"Verdana,Arial,sans-serif\" font-size=\"17\" letter-spacing=\"3\" fill=\"#fff\" fill-opacity=\".85\">{}</text>",
        palette[2],
        escape(&by.to_uppercase())
    );
}

/// Bars and a map, as in a game's display.
pub(super) fn screen(svg: &mut String, palette: &Palette, dice: &mut Dice) {
    let (life, force) = (dice.between(60, 200), dice.between(30, 180));
    let _ = write!(
        svg,
        "<g fill=\"#000\" fill-opacity=\".45\"><rect x=\"28\" y=\"28\" width=\"208\" height=\"18\" rx=\"9\"/>\
         <rect x=\"28\" y=\"54\" width=\"208\" height=\"12\" rx=\"6\"/><circle cx=\"880\" cy=\"80\" r=\"52\"/></g>\
         <rect x=\"32\" y=\"32\" width=\"{life}\" height=\"10\" rx=\"5\" fill=\"#e5484d\"/>\
         <rect x=\"32\" y=\"57\" width=\"{force}\" height=\"6\" rx=\"3\" fill=\"{}\"/>\
         <circle cx=\"880\" cy=\"80\" r=\"50\" fill=\"none\" stroke=\"{}\" stroke-width=\"3\"/>\
         <path d=\"M880 66l8 22-8-5-8 5z\" fill=\"#fff\"/><circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"#ffd166\"/>",
        palette[1],
        palette[2],
        dice.between(850, 910),
        dice.between(50, 110)
    );
}

/// Lines of about twelve letters; a longer word has its own line, and a sixth line ends in an ellipsis.
fn wrap(title: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in title.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= 12 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.chars().take(24).collect()),
        }
    }
    if lines.len() > 6 {
        lines.truncate(6);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}
