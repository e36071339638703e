//! Descriptions in HTML and system requirements, generated from the words of a genre.

use std::borrow::Cow;

use serde::Serialize;

use super::titles::Title;
use crate::dice::Dice;

/// A few paragraphs and a list about the title, the same for all its editions.
pub(crate) fn description(title: &Title) -> String {
    let mut dice = Dice::new(title.seed, 0xDE5C);
    let name = escape(&title.name);
    let genre = title.genre;
    let kind = match genre.name {
        "RPG" => "role-playing game".to_owned(),
        "Indie" => "small, personal game".to_owned(),
        "Sports" | "Strategy" | "Horror" | "Puzzle" | "Racing" | "Action" | "Adventure" | "Simulation" => {
            format!("{} game", genre.name.to_lowercase())
        }
        other => other.to_lowercase(),
    };
    let deed = dice.below(5) as usize;
    let (one, two, three) = (
        genre.deeds[deed],
        genre.deeds[(deed + 1) % 5],
        genre.deeds[(deed + 3) % 5],
    );
    let opening = match dice.below(4) {
        0 => format!("In <strong>{name}</strong> you are {}.", genre.role),
        1 => format!("<strong>{name}</strong> casts you as {}.", genre.role),
        2 => format!("Meet {}: in <strong>{name}</strong>, that is you.", genre.role),
        _ => format!(
            "You begin <strong>{name}</strong> as {}. Where you end is another matter.",
            genre.role
        ),
    };
    let maker = match dice.below(3) {
        0 => format!(
            "{} spent {} years on this {kind}, and it shows.",
            escape(title.developer),
            dice.between(2, 6)
        ),
        1 => format!(
            "A new {kind} by {}, made with an eye for what others leave out.",
            escape(title.developer)
        ),
        _ => format!(
            "{} returns with a {kind} that takes its time where it counts.",
            escape(title.developer)
        ),
    };
    let plot = match dice.below(3) {
        0 => format!("Along the way you will {one}, {two} and, if you dare, {three}."),
        1 => format!("First you {one}. Then you {two}. And sooner or later you will have to {three}."),
        _ => format!("There is more than one way forward: {one}, {two}, or {three}."),
    };
    let closing = *dice.pick(&[
        "Whether you have an hour or a whole weekend, there is always one more thing to find.",
        "Few will see everything on the first run; nobody will mind a second.",
        "It is easily begun and not so easily put down.",
        "Play it alone in the dark, or with someone who will not stop giving advice.",
    ]);
    let from = dice.below(6) as usize;
    let items: String = (0..dice.between(3, 5) as usize)
        .map(|n| format!("<li>{}</li>", capital(genre.features[(from + n) % 6])))
        .collect();
    format!("<p>{opening} {maker}</p><p>{plot}</p><h3>Features</h3><ul>{items}</ul><p>{closing}</p>")
}

/// System requirements in the supplier's format.
#[derive(Default, Serialize)]
pub(crate) struct Requirements {
    minimal: System,
    recommended: System,
}

#[derive(Default, Serialize)]
struct System {
    reqprocessor: &'static str,
    reqgraphics: &'static str,
    reqmemory: &'static str,
    reqdiskspace: String,
    reqsystem: &'static str,
    reqother: &'static str,
}

/// Newer games require more.
pub(crate) fn requirements(title: Option<&Title>) -> Requirements {
    let Some(title) = title else {
        return Requirements::default();
    };
    let mut dice = Dice::new(title.seed, 0x5E5);
    // From 0 for 2009 to 3 for the newest.
    let age = (title.released.0.saturating_sub(2009) / 5).min(3) as usize;
    let modest = matches!(title.genre.name, "Puzzle" | "Platformer" | "Indie");
    let low = if modest { age.saturating_sub(1) } else { age };
    let disk = if modest {
        dice.between(1, 6)
    } else {
        dice.between(4, 9) * (1 + title.released.0.saturating_sub(2009) / 3)
    };
    Requirements {
        minimal: system(low, disk.max(2)),
        recommended: system(low + 1, disk.max(2)),
    }
}

fn system(level: usize, disk: u32) -> System {
    const PROCESSORS: [&str; 5] = [
        "Dual core, 2.0 GHz",
        "Dual core, 2.8 GHz",
        "Quad core, 2.8 GHz",
        "Six cores, 3.2 GHz",
        "Eight cores, 3.6 GHz",
    ];
    const GRAPHICS: [&str; 5] = [
        "512 MB, DirectX 9",
        "1 GB, DirectX 11",
        "2 GB, DirectX 11",
        "6 GB, DirectX 12",
        "8 GB, DirectX 12",
    ];
    const MEMORY: [&str; 5] = ["2 GB RAM", "4 GB RAM", "8 GB RAM", "12 GB RAM", "16 GB RAM"];
    const SYSTEMS: [&str; 5] = [
        "Windows 7",
        "Windows 7 SP1 64-bit",
        "Windows 10 64-bit",
        "Windows 10 64-bit",
        "Windows 11 64-bit",
    ];
    System {
        reqprocessor: PROCESSORS[level],
        reqgraphics: GRAPHICS[level],
        reqmemory: MEMORY[level],
        reqdiskspace: format!("{disk} GB"),
        reqsystem: SYSTEMS[level],
        reqother: if level > 3 { "SSD recommended" } else { "" },
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Escapes text for HTML or XML.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;"),
    )
}
