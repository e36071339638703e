//! Covers and screens as SVG, generated from the seed of a title: always the same for one, hardly ever for two.

mod lettering;
mod scenes;

use std::fmt::Write as _;

use crate::catalogue::{Catalogue, Title};
use crate::dice::{Dice, mix};

/// The most screens after the cover.
const MOST_SCREENS: u32 = 5;

/// Sky above, sky below, light, far, middle, near.
type Palette = [&'static str; 6];

const PALETTES: [Palette; 12] = [
    ["#1b1f4b", "#f2709c", "#ffd6a5", "#7a3b69", "#4a2545", "#1f1027"],
    ["#0b2545", "#8da9c4", "#eef4ed", "#4a7096", "#22476b", "#0a1a30"],
    ["#2b0f3a", "#ff6b35", "#ffe66d", "#9b2948", "#5c1a45", "#1d0a26"],
    ["#04373b", "#5ec4a1", "#f6f7b0", "#21867a", "#0f5757", "#032528"],
    ["#14101f", "#6d2ae2", "#4df3ff", "#4a1a9e", "#2a1062", "#0c0618"],
    ["#3a1c0b", "#f4a259", "#fff1c9", "#b5651d", "#713a12", "#271003"],
    ["#101820", "#c1121f", "#fdf0d5", "#780000", "#43060d", "#0a0405"],
    ["#243b55", "#c9d6df", "#ffffff", "#7d9bb3", "#48657f", "#182b3f"],
    ["#0f3443", "#34e89e", "#e7ffce", "#1d9a77", "#125a57", "#06222a"],
    ["#41295a", "#f7b2d9", "#fff0f7", "#a05195", "#64347c", "#231233"],
    ["#22313f", "#f5d76e", "#fffbe0", "#c08a2d", "#6b5330", "#171c20"],
    ["#001d3d", "#00b4d8", "#caf0f8", "#0077b6", "#023e7d", "#00122a"],
];

/// Picture `number` of the product at a place, in at most 6 KB; `None` beyond the last.
pub(crate) fn draw(catalogue: &Catalogue, place: u32, number: u32) -> Option<String> {
    if number > MOST_SCREENS {
        return None;
    }
    let title = catalogue.title(place);
    // An edition or an add-on has its title's palette and scene, and differs in the details.
    let (family, words, by) = match &title {
        Some(Title {
            seed, name, publisher, ..
        }) => (*seed, name.clone(), *publisher),
        None => (
            mix(0xCA4D, u64::from(place)),
            bare(&catalogue.name(place)),
            "Digital code",
        ),
    };
    let mut family = Dice::new(family, 0xA47);
    let palette = *family.pick(&PALETTES);
    let scene = family.below(scenes::COUNT);
    let mut dice = Dice::new(family.roll() ^ u64::from(place), u64::from(number));
    let (width, height) = if number == 0 { (600, 900) } else { (960, 540) };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\"><defs>\
         <linearGradient id=\"s\" x2=\"0\" y2=\"1\"><stop stop-color=\"{}\"/><stop offset=\"1\" stop-color=\"{}\"/></linearGradient>\
         <linearGradient id=\"v\" x2=\"0\" y2=\"1\"><stop stop-opacity=\"0\"/><stop offset=\"1\" stop-opacity=\".82\"/></linearGradient>\
         <radialGradient id=\"g\"><stop stop-color=\"{}\"/><stop offset=\"1\" stop-color=\"{}\" stop-opacity=\"0\"/></radialGradient></defs>\
         <rect width=\"{width}\" height=\"{height}\" fill=\"url(#s)\"/>",
        palette[0], palette[1], palette[2], palette[2]
    );
    // Screens of one game show different places in the same colours.
    let scene = if number == 0 {
        scene
    } else {
        (scene + number - 1) % scenes::COUNT
    };
    scenes::paint(
        scene,
        &mut svg,
        &mut dice,
        &palette,
        f64::from(width),
        f64::from(height),
    );
    if number == 0 {
        lettering::cover(&mut svg, &words, by, &palette, &mut family);
    } else {
        lettering::screen(&mut svg, &palette, &mut dice);
    }
    let _ = write!(svg, "</svg>");
    Some(svg)
}

/// A card's name without the words that all cards have.
fn bare(name: &str) -> String {
    name.split(" Key ").next().unwrap_or(name).to_owned()
}
