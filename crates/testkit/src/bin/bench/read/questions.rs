//! Filters and searches as customers might choose them, each different from the one before.

use anyhow::{Context, Result};
use serde_json::Value;
use url::form_urlencoded;

use crate::stage::load::mix;

/// The names that the shop offers as filters, and words of its titles.
pub(crate) struct Questions {
    groups: Vec<(&'static str, Vec<String>)>,
    words: Vec<String>,
}

impl Questions {
    /// From the answers of `/api/games/filter-options` and of pages of `/api/games`.
    pub(crate) fn of(options: &Value, pages: &[Value]) -> Result<Self> {
        let parameters = [
            ("platforms", "platforms"),
            ("genres", "genres"),
            ("publishers", "publishers"),
            ("regions", "regions"),
            ("activationServices", "activationServices"),
        ];
        let names = |field: &str| -> Vec<String> {
            let list = options["data"][field].as_array().into_iter().flatten();
            list.filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        let groups = parameters.map(|(parameter, field)| (parameter, names(field)));
        let titles = pages
            .iter()
            .flat_map(|page| page["data"]["data"].as_array().into_iter().flatten());
        let mut words: Vec<String> = titles
            .filter_map(|game| game["title"].as_str())
            .flat_map(|title| title.split(|letter: char| !letter.is_alphabetic()))
            .filter(|word| word.chars().count() > 3)
            .map(str::to_lowercase)
            .collect();
        words.sort_unstable();
        words.dedup();
        words.first().context("the shop has no titles")?;
        Ok(Self {
            groups: groups.into_iter().filter(|(_, names)| !names.is_empty()).collect(),
            words,
        })
    }

    /// Query `number`: the same for the same number, and hardly ever the same for another.
    pub(crate) fn query(&self, number: u64) -> String {
        let mut state = number;
        let mut dice = |sides: usize| {
            state = mix(state.wrapping_add(0x51_7c_c1));
            usize::try_from(state % sides as u64).unwrap_or_default()
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (parameter, names) in &self.groups {
            if dice(3) == 0 {
                query.append_pair(parameter, &names[dice(names.len())]);
            }
        }
        if dice(3) == 0 {
            let mut word = self.words[dice(self.words.len())].clone();
            if dice(4) == 0 {
                word.remove(0);
            }
            query.append_pair("search", &word);
        }
        query.append_pair("sort", ["popular", "newest", "price-asc", "price-desc"][dice(4)]);
        query.append_pair("maxPrice", &format!("{}.{:02}", 5 + dice(80), dice(100)));
        query.append_pair("page", &(1 + dice(3)).to_string());
        query.finish()
    }

    /// The beginning of a search, as it is typed.
    pub(crate) fn typed(&self, number: u64) -> String {
        let word = &self.words[usize::try_from(mix(number)).unwrap_or_default() % self.words.len()];
        let letters = 2 + usize::try_from(mix(number + 7) % 6).unwrap_or_default();
        word.chars().take(letters).collect()
    }
}
