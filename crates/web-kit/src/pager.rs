//! The links between the pages of a list.

use domain::catalog::GameFilter;

use crate::links;

/// A step of the pager.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Another page.
    Page {
        /// Its number.
        number: u32,
        /// Its address.
        href: String,
    },
    /// The current page.
    Here(u32),
    /// Pages that are left out.
    Gap,
}

/// The content of a pager.
#[derive(Default)]
pub struct Pager {
    /// The address of the page before.
    pub previous: Option<String>,
    /// The address of the page after.
    pub next: Option<String>,
    /// The links to pages; empty for a single page.
    pub steps: Vec<Step>,
}

impl Pager {
    /// The pager of a list with so many pages.
    pub fn of(filter: &GameFilter, total_pages: u64) -> Self {
        let last = u32::try_from(total_pages).unwrap_or(u32::MAX);
        let here = filter.page;
        if last < 2 || here > last {
            return Self::default();
        }
        let href = |page| links::catalogue(&GameFilter { page, ..filter.clone() });
        let mut numbers = vec![1, last];
        numbers.extend(here.saturating_sub(1).max(1)..=here.saturating_add(1).min(last));
        numbers.sort_unstable();
        numbers.dedup();
        let (mut steps, mut before) = (Vec::new(), 0);
        for number in numbers {
            if number > before + 1 {
                steps.push(Step::Gap);
            }
            steps.push(if number == here {
                Step::Here(number)
            } else {
                Step::Page {
                    number,
                    href: href(number),
                }
            });
            before = number;
        }
        Self {
            previous: (here > 1).then(|| href(here - 1)),
            next: (here < last).then(|| href(here + 1)),
            steps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(page: u32, total: u64) -> String {
        let pager = Pager::of(
            &GameFilter {
                page,
                ..GameFilter::default()
            },
            total,
        );
        let steps = pager.steps.iter().map(|step| match step {
            Step::Page { number, .. } => number.to_string(),
            Step::Here(number) => format!("[{number}]"),
            Step::Gap => "…".to_owned(),
        });
        steps.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn it_shows_both_ends_and_what_is_near() {
        assert_eq!(shown(1, 1), "");
        assert_eq!(shown(1, 2), "[1] 2");
        assert_eq!(shown(5, 9), "1 … 4 [5] 6 … 9");
        assert_eq!(shown(9, 9), "1 … 8 [9]");
        assert_eq!(shown(10, 9), "");
    }

    #[test]
    fn both_directions_keep_the_filter() {
        let filter = GameFilter {
            search: "elden".to_owned(),
            page: 2,
            ..GameFilter::default()
        };
        let pager = Pager::of(&filter, 3);
        assert_eq!(pager.previous.as_deref(), Some("/catalogue?search=elden"));
        assert_eq!(pager.next.as_deref(), Some("/catalogue?search=elden&page=3"));
    }
}
