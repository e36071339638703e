//! What a parser has open at most, so that what it makes of a tag can be counted before there is one.

use std::collections::BTreeMap;

use super::tags::{self, Tag};

/// The most blocks of one kind inside one another; there are six kinds. A parser puts at most a list item and a few
/// formatting elements into each.
pub(super) const DEPTH_MAX: usize = 40;
/// The most formatting elements of one name inside one another. A parser opens up to three again in each later block
/// where they were left open, and no more.
const FORMATTING_MAX: usize = 3;
/// How often a parser at most opens a formatting element again that ends before what it holds (the standard's "adoption
/// agency").
const ROUNDS_MAX: usize = 8;
/// What one such round makes at most: the formatting element and three others again.
const ROUND_BYTES: usize = 4 * bytes_of("strong");
/// From so many blocks inside a formatting element on, those rounds may not do, and it stays open for what follows.
const BLOCKS_LEFT_OPEN: usize = 3;

/// What is open. More than a parser has, never less: it closes some by itself.
#[derive(Default)]
pub(super) struct Open {
    /// How many blocks, divisions too.
    depth: usize,
    /// How many blocks of each kind.
    blocks: BTreeMap<&'static str, usize>,
    /// Divisions by name, the outermost first.
    divisions: Vec<&'static str>,
    formatting: Vec<Formatting>,
    /// Formatting elements that their end tags may have left open.
    left_open: usize,
    /// Tags left out whose end tags are still to come.
    omitted: BTreeMap<&'static str, usize>,
}

/// A formatting element that is open.
struct Formatting {
    name: &'static str,
    /// How many blocks were open when it began.
    depth: usize,
    /// Whether it holds a block, a paragraph or a list item.
    holds_blocks: bool,
}

impl Open {
    /// Whether one more of this tag is within the bounds; if not, its end tag is awaited.
    pub(super) fn admits(&mut self, tag: Tag) -> bool {
        let (kind, fits) = match tag {
            Tag::Formatting(name) => {
                let same = self.formatting.iter().filter(|open| open.name == name);
                (name, same.count() < FORMATTING_MAX)
            }
            Tag::Block(name) => {
                let kind = tags::kind(name);
                (kind, self.blocks.get(kind).is_none_or(|open| *open < DEPTH_MAX))
            }
            Tag::Division(name) => (name, self.divisions.len() < DEPTH_MAX),
            _ => return true,
        };
        if !fits {
            *self.omitted.entry(kind).or_default() += 1;
        }
        fits
    }

    /// Whether this is the end tag of one that was left out.
    pub(super) fn left_out(&mut self, tag: Tag) -> bool {
        let kind = match tag {
            Tag::Formatting(name) | Tag::Division(name) => name,
            Tag::Block(name) => tags::kind(name),
            _ => return false,
        };
        match self.omitted.get_mut(kind).filter(|omitted| **omitted > 0) {
            Some(omitted) => {
                *omitted -= 1;
                true
            }
            None => false,
        }
    }

    pub(super) fn begin(&mut self, tag: Tag) {
        if let Tag::Formatting(name) = tag {
            return self.formatting.push(Formatting {
                name,
                depth: self.depth,
                holds_blocks: false,
            });
        }
        for open in &mut self.formatting {
            open.holds_blocks = true;
        }
        match tag {
            Tag::Block(name) => *self.blocks.entry(tags::kind(name)).or_default() += 1,
            Tag::Division(name) => self.divisions.push(name),
            _ => return,
        }
        self.depth += 1;
    }

    /// Ends the last formatting element of this name; returns how many bytes a parser may make for that.
    pub(super) fn end_formatting(&mut self, name: &str) -> usize {
        let Some(last) = self.formatting.iter().rposition(|open| open.name == name) else {
            return 0;
        };
        let ended = self.formatting.remove(last);
        if !ended.holds_blocks {
            return 0;
        }
        let blocks = self.depth - ended.depth;
        self.left_open += usize::from(blocks >= BLOCKS_LEFT_OPEN);
        // Each block, and in each a list item or a paragraph.
        (2 * blocks + 2).min(ROUNDS_MAX) * ROUND_BYTES
    }

    pub(super) fn end_block(&mut self, name: &'static str) {
        if let Some(open) = self.blocks.get_mut(tags::kind(name)).filter(|open| **open > 0) {
            *open -= 1;
            self.is_shallower();
        }
    }

    /// How many divisions the end tag of this one ends: those inside it too, none if it is not open.
    pub(super) fn divisions_down_to(&self, name: &str) -> usize {
        let last = self.divisions.iter().rev().position(|open| *open == name);
        last.map_or(0, |inside| inside + 1)
    }

    /// The innermost division.
    pub(super) fn division(&self) -> Option<&'static str> {
        self.divisions.last().copied()
    }

    pub(super) fn end_division(&mut self) {
        if self.divisions.pop().is_some() {
            self.is_shallower();
        }
    }

    /// What a parser may write besides a tag: the formatting elements that are open, opened again.
    pub(super) fn formatting_bytes(&self) -> usize {
        let open: usize = self.formatting.iter().map(|open| bytes_of(open.name)).sum();
        open + self.left_open.min(5 * FORMATTING_MAX) * bytes_of("strong")
    }

    fn is_shallower(&mut self) {
        self.depth -= 1;
        for open in &mut self.formatting {
            open.depth = open.depth.min(self.depth);
        }
    }
}

/// An element of this name with nothing in it.
pub(super) const fn bytes_of(name: &str) -> usize {
    "<></>".len() + 2 * name.len()
}
