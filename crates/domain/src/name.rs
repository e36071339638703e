//! The parts of a supplier's product name: title, activation service and region.

use crate::search::fold;

/// The parts of a name such as `Fallout 4 Steam Key GLOBAL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameParts {
    /// The name without service, kind and region: `Fallout 4`. Empty only if the name is.
    pub title: String,
    /// The activation service in this shop's spelling: `Steam`.
    pub service: Option<&'static str>,
    /// The region in this shop's spelling: `Global`.
    pub region: Option<&'static str>,
}

/// Suppliers' spellings of a service, and this shop's. A longer spelling precedes those that it begins with.
const SERVICES: &[(&str, &str)] = &[
    ("Steam Gift", "Steam"),
    ("Steam", "Steam"),
    ("GOG.COM", "GOG"),
    ("GOG", "GOG"),
    ("Epic Games Store", "Epic Games"),
    ("Epic Games", "Epic Games"),
    ("Epic", "Epic Games"),
    ("Ubisoft Connect", "Ubisoft Connect"),
    ("Uplay", "Ubisoft Connect"),
    ("EA App", "EA App"),
    ("Origin", "EA App"),
    ("Battle.net", "Battle.net"),
    ("Rockstar Games Launcher", "Rockstar"),
    ("Rockstar", "Rockstar"),
    ("Xbox Live", "Xbox Live"),
    ("Xbox", "Xbox Live"),
    ("PlayStation Network", "PlayStation Network"),
    ("PSN", "PlayStation Network"),
    ("Nintendo eShop", "Nintendo eShop"),
    ("Nintendo", "Nintendo eShop"),
    ("Microsoft Store", "Microsoft Store"),
    ("Microsoft", "Microsoft Store"),
    ("Windows Store", "Microsoft Store"),
    ("Bethesda.net", "Bethesda.net"),
    ("Minecraft", "Minecraft"),
    ("Official website", "Official website"),
];

/// Suppliers' spellings of a region at the end of a name, and this shop's.
const REGIONS: &[(&str, &str)] = &[
    ("GLOBAL", "Global"),
    ("WORLDWIDE", "Global"),
    ("EUROPE", "Europe"),
    ("EU", "Europe"),
    ("NORTH AMERICA", "North America"),
    ("SOUTH AMERICA", "South America"),
    ("LATIN AMERICA", "Latin America"),
    ("LATAM", "Latin America"),
    ("UNITED STATES", "United States"),
    ("USA", "United States"),
    ("UNITED KINGDOM", "United Kingdom"),
    ("UK", "United Kingdom"),
    ("RU/CIS", "Russia and CIS"),
    ("RUSSIA", "Russia"),
    ("ASIA", "Asia"),
    ("SOUTH EASTERN ASIA", "South-East Asia"),
    ("MIDDLE EAST", "Middle East"),
    ("EMEA", "Europe, Middle East, Africa"),
    ("GERMANY", "Germany"),
    ("FRANCE", "France"),
    ("SPAIN", "Spain"),
    ("ITALY", "Italy"),
    ("POLAND", "Poland"),
    ("TURKEY", "Turkey"),
    ("BRAZIL", "Brazil"),
    ("ARGENTINA", "Argentina"),
    ("MEXICO", "Mexico"),
    ("CANADA", "Canada"),
    ("AUSTRALIA", "Australia"),
    ("INDIA", "India"),
    ("CHINA", "China"),
    ("JAPAN", "Japan"),
];

/// The activation service in a supplier's platform field, in this shop's spelling.
#[must_use]
pub fn service(field: &str) -> Option<&'static str> {
    spelled(SERVICES, field)
}

/// The region in a supplier's region field, in this shop's spelling.
#[must_use]
pub fn region(field: &str) -> Option<&'static str> {
    spelled(REGIONS, field)
}

/// Splits a name from its end, where suppliers put region, kind and service. Unknown parts stay in the title.
#[must_use]
pub fn parse(name: &str) -> NameParts {
    let mut rest = name.trim();
    let (mut found_service, mut found_region) = (None, None);
    loop {
        let before = rest;
        if found_region.is_none()
            && let Some((shorter, region)) = strip_spelling(REGIONS, rest)
        {
            (rest, found_region) = (shorter, Some(region));
        }
        if found_service.is_none()
            && let Some((shorter, service)) = strip_spelling(SERVICES, rest)
        {
            (rest, found_service) = (shorter, Some(service));
        }
        if let Some(shorter) = ["Key", "PC", "CD-Key"].iter().find_map(|word| strip_last(rest, word))
            && (found_region.is_some() || found_service.is_some() || ends_with_service(shorter))
        {
            rest = shorter;
        }
        if rest == before {
            break;
        }
    }
    NameParts {
        title: rest.trim_end_matches([' ', '-', '–', ',']).to_owned(),
        service: found_service,
        region: found_region,
    }
}

/// What two products must have in common to be the same game: the title without service and region, folded, and with it the
/// edition; the service; the region. `None` if one of them is not known.
#[must_use]
pub fn match_key(title: &str, service: Option<&str>, region: Option<&str>) -> Option<String> {
    let known = |text: Option<&str>| text.map(fold).filter(|text| !text.is_empty());
    let title = known(Some(&parse(title).title))?;
    Some(format!("{title}\n{}\n{}", known(service)?, known(region)?))
}

fn ends_with_service(text: &str) -> bool {
    strip_spelling(SERVICES, text).is_some() || strip_last(text, "PC").is_some()
}

fn spelled(table: &[(&str, &'static str)], field: &str) -> Option<&'static str> {
    let field = field.trim();
    table
        .iter()
        .find(|(written, ours)| written.eq_ignore_ascii_case(field) || ours.eq_ignore_ascii_case(field))
        .map(|(_, ours)| *ours)
}

fn strip_spelling<'a>(table: &[(&str, &'static str)], text: &'a str) -> Option<(&'a str, &'static str)> {
    table
        .iter()
        .filter_map(|(written, ours)| Some((strip_last(text, written)?, *ours)))
        .min_by_key(|(rest, _)| rest.len())
}

/// `text` without `word` at its end, if something is left before it.
fn strip_last<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let start = text.len().checked_sub(word.len())?;
    let (rest, last) = (text.get(..start)?, text.get(start..)?);
    let trimmed = rest.trim_end_matches([' ', '-', '–', '(', ')']);
    (last.eq_ignore_ascii_case(word) && trimmed.len() < rest.len() && !trimmed.is_empty()).then_some(trimmed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(name: &str) -> (String, Option<&'static str>, Option<&'static str>) {
        let NameParts { title, service, region } = parse(name);
        (title, service, region)
    }

    #[test]
    fn recorded_names_come_apart() {
        for (name, title, service, region) in [
            ("Fallout 4 Steam Key GLOBAL", "Fallout 4", Some("Steam"), Some("Global")),
            (
                "Diablo 3 Battlechest Battle.net PC Key GLOBAL",
                "Diablo 3 Battlechest",
                Some("Battle.net"),
                Some("Global"),
            ),
            (
                "Destiny 2 Battle.net Key PC NORTH AMERICA",
                "Destiny 2",
                Some("Battle.net"),
                Some("North America"),
            ),
            (
                "Counter-Strike Complete Steam Key RU/CIS",
                "Counter-Strike Complete",
                Some("Steam"),
                Some("Russia and CIS"),
            ),
            (
                "Grand Theft Auto V Rockstar Key GLOBAL",
                "Grand Theft Auto V",
                Some("Rockstar"),
                Some("Global"),
            ),
            (
                "Assassin's Creed: Liberation HD Uplay Key GLOBAL",
                "Assassin's Creed: Liberation HD",
                Some("Ubisoft Connect"),
                Some("Global"),
            ),
            (
                "Random 5 Keys Steam Key GLOBAL",
                "Random 5 Keys",
                Some("Steam"),
                Some("Global"),
            ),
            (
                "Xbox Live GOLD Subscription Card 1 Month GLOBAL XBOX LIVE",
                "Xbox Live GOLD Subscription Card 1 Month",
                Some("Xbox Live"),
                Some("Global"),
            ),
            (
                "Elden Ring (PC) - Steam Key - EUROPE",
                "Elden Ring",
                Some("Steam"),
                Some("Europe"),
            ),
        ] {
            assert_eq!(parts(name), (title.to_owned(), service, region), "{name}");
        }
    }

    #[test]
    fn what_it_does_not_know_stays_title() {
        assert_eq!(parts("The Master Key"), ("The Master Key".to_owned(), None, None));
        assert_eq!(parts("Steam"), ("Steam".to_owned(), None, None));
        assert_eq!(parts("東京の鍵"), ("東京の鍵".to_owned(), None, None));
    }

    proptest! {
        #[test]
        fn no_name_makes_it_panic_or_lose_everything(name in "\\PC{0,80}") {
            let title = parse(&name).title;
            prop_assert!(name.contains(&title));
        }
    }

    #[test]
    fn the_same_game_has_one_key_however_its_supplier_writes_it() {
        let key = |title: &str| {
            let parts = parse(title);
            match_key(title, parts.service, parts.region)
        };
        let one = key("Fallout 4 Steam Key GLOBAL");
        assert!(one.is_some());
        assert_eq!(one, key("FALLOUT 4 (PC) Steam Key WORLDWIDE"));
        for other in [
            "Fallout 4 Steam Key EUROPE",
            "Fallout 4 GOG.COM Key GLOBAL",
            "Fallout 4 - Deluxe Edition Steam Key GLOBAL",
            "Fallout 3 Steam Key GLOBAL",
        ] {
            assert!(key(other).is_some_and(|key| Some(key) != one), "{other}");
        }
        for unknown in ["Fallout 4 Steam Key", "Fallout 4 GLOBAL", "Fallout 4"] {
            assert_eq!(key(unknown), None, "{unknown}");
        }
    }
}
