//! The filters of the catalogue: checkboxes, and chips that remove a filter.

use domain::catalog::{Facet, FilterOptions, GameFilter};
use domain::money::Cents;
use web_kit::format;
use web_kit::links;

/// Checkboxes that are shown before the rest is unfolded.
const SEEN: usize = 7;

/// One group of checkboxes.
pub(crate) struct Group {
    pub(crate) legend: &'static str,
    pub(crate) seen: Vec<Choice>,
    pub(crate) folded: Vec<Choice>,
}

/// One checkbox.
pub(crate) struct Choice {
    /// The parameter's name.
    pub(crate) key: String,
    pub(crate) value: String,
    /// The number of games for sale; `None` when it is not known.
    pub(crate) games: Option<String>,
    pub(crate) ticked: bool,
}

/// An active filter, and the address without it.
pub(crate) struct Chip {
    pub(crate) label: String,
    pub(crate) href: String,
}

/// A named range of prices.
pub(crate) struct Preset {
    pub(crate) label: &'static str,
    pub(crate) href: String,
    pub(crate) chosen: bool,
}

pub(crate) fn groups(filter: &GameFilter, options: &FilterOptions) -> Vec<Group> {
    let all = [
        group(
            "Activates on",
            "activationServices",
            &options.activation_services,
            &filter.activation_services,
        ),
        group("Works in", "regions", &options.regions, &filter.regions),
        group("Genre", "genres", &options.genres, &filter.genres),
        group("Platform", "platforms", &options.platforms, &filter.platforms),
        group("Publisher", "publishers", &options.publishers, &filter.publishers),
    ];
    all.into_iter().filter(|group| !group.seen.is_empty()).collect()
}

/// Selected options come first, so that they are never folded away, also those that no game for sale has any more.
fn group(legend: &'static str, name: &str, options: &[Facet], ticked: &[String]) -> Group {
    let choice = |value: &str, ticked| Choice {
        key: links::list_key(name, value),
        value: value.to_owned(),
        games: options
            .iter()
            .find(|facet| facet.name == value)
            .map(|facet| format::count(facet.games)),
        ticked,
    };
    let mut seen: Vec<Choice> = ticked.iter().map(|value| choice(value, true)).collect();
    let others = options.iter().filter(|facet| !ticked.contains(&facet.name));
    let mut others: Vec<Choice> = others.map(|facet| choice(&facet.name, false)).collect();
    let mut folded = others.split_off(others.len().min(SEEN.saturating_sub(seen.len()).max(1)));
    if folded.len() == 1 {
        others.append(&mut folded);
    }
    seen.append(&mut others);
    Group { legend, seen, folded }
}

pub(crate) fn presets(filter: &GameFilter) -> Vec<Preset> {
    let euros = |amount: i64| Some(Cents::new(amount * 100));
    let ranges = [
        ("Under €10", None, Some(Cents::new(999))),
        ("€10–25", euros(10), euros(25)),
        ("€25–50", euros(25), euros(50)),
        ("€50–100", euros(50), euros(100)),
        ("Over €100", Some(Cents::new(10_001)), None),
    ];
    let preset = |(label, min_price, max_price)| Preset {
        label,
        href: links::catalogue(&GameFilter {
            min_price,
            max_price,
            page: 1,
            ..filter.clone()
        }),
        chosen: (min_price, max_price) == (filter.min_price, filter.max_price),
    };
    ranges.into_iter().map(preset).collect()
}

pub(crate) fn chips(filter: &GameFilter) -> Vec<Chip> {
    let mut chips = Vec::new();
    let mut chip = |label: String, undo: &dyn Fn(&mut GameFilter)| {
        let mut without = GameFilter {
            page: 1,
            ..filter.clone()
        };
        undo(&mut without);
        chips.push(Chip {
            label,
            href: links::catalogue(&without),
        });
    };
    if !filter.search.is_empty() {
        chip(format!("“{}”", filter.search), &|without| without.search.clear());
    }
    for (name, list) in links::lists(filter) {
        for value in list {
            chip(value.clone(), &|without| {
                list_of(without, name).retain(|other| other != value);
            });
        }
    }
    match (filter.min_price, filter.max_price) {
        (None, None) => {}
        (min, max) => {
            let label = match (min, max) {
                (Some(min), Some(max)) => format!("€{min} – €{max}"),
                (Some(min), None) => format!("From €{min}"),
                (None, max) => format!("Up to €{}", max.unwrap_or_default()),
            };
            chip(label, &|without| (without.min_price, without.max_price) = (None, None));
        }
    }
    if let Some(online) = filter.multiplayer {
        chip(
            if online { "Multiplayer" } else { "Single-player" }.to_owned(),
            &|without| without.multiplayer = None,
        );
    }
    if let Some(year) = filter.released_from {
        chip(format!("Since {year}"), &|without| without.released_from = None);
    }
    if let Some(year) = filter.released_to {
        chip(format!("Until {year}"), &|without| without.released_to = None);
    }
    if !filter.in_stock_only {
        chip("Sold-out games too".to_owned(), &|without| without.in_stock_only = true);
    }
    chips
}

fn list_of<'a>(filter: &'a mut GameFilter, name: &str) -> &'a mut Vec<String> {
    match name {
        "platforms" => &mut filter.platforms,
        "activationServices" => &mut filter.activation_services,
        "regions" => &mut filter.regions,
        "genres" => &mut filter.genres,
        _ => &mut filter.publishers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chip_takes_away_one_filter_alone() {
        let filter = GameFilter {
            search: "ring".to_owned(),
            genres: vec!["Action".to_owned(), "RPG".to_owned()],
            regions: vec!["Global".to_owned()],
            publishers: vec!["Valve".to_owned()],
            platforms: vec!["Windows".to_owned()],
            activation_services: vec!["Steam".to_owned()],
            max_price: Some(Cents::new(1_000)),
            multiplayer: Some(false),
            released_from: Some(2001),
            released_to: Some(2020),
            in_stock_only: false,
            page: 4,
            ..GameFilter::default()
        };
        let whole = links::catalogue(&GameFilter {
            page: 1,
            ..filter.clone()
        });
        let parts = |address: &str| address.split(['?', '&']).map(str::to_owned).collect::<Vec<_>>();
        let chips = chips(&filter);
        assert_eq!(chips.len(), 12);
        for chip in chips {
            assert_eq!(
                parts(&chip.href).len(),
                parts(&whole).len() - 1,
                "{}: {}",
                chip.label,
                chip.href
            );
        }
    }

    #[test]
    fn what_is_ticked_is_never_folded_away() {
        let facets: Vec<Facet> = (0..20)
            .map(|n| Facet {
                name: format!("Genre {n}"),
                games: 20 - n,
            })
            .collect();
        let ticked = ["Genre 19".to_owned(), "Gone".to_owned()];
        let group = group("Genre", "genres", &facets, &ticked);
        assert_eq!((group.seen.len(), group.folded.len()), (7, 14));
        assert!(group.seen[0].ticked && group.seen[1].ticked && group.seen[1].games.is_none());
    }
}
