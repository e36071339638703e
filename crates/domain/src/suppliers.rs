//! The suppliers of a shop: how their offers are ranked and sold.

use crate::id::SupplierName;

/// How a sold copy is obtained from the supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fulfilment {
    /// The shop buys it.
    Automatic,
    /// Staff buy it and enter the key.
    ByHand,
    /// Not at all: the offers are shown to staff and never for sale.
    None,
}

impl Fulfilment {
    /// The name in settings and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::ByHand => "by_hand",
            Self::None => "none",
        }
    }
}

/// How a supplier's offers are ranked and sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupplierTerms {
    /// The supplier.
    pub name: SupplierName,
    /// The lowest rank leads titles and texts, and is preferred at an equal price.
    pub rank: u32,
    /// How a sold copy is obtained.
    pub fulfilment: Fulfilment,
}

impl SupplierTerms {
    /// Those of G2A.
    #[must_use]
    pub fn g2a() -> Self {
        Self {
            name: SupplierName::g2a(),
            rank: 1,
            fulfilment: Fulfilment::Automatic,
        }
    }
}

/// All configured suppliers, in the order of their ranks. The shop's own keys precede them; offers of a supplier that is
/// not configured are not for sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppliers(Vec<SupplierTerms>);

impl Default for Suppliers {
    /// Only G2A.
    fn default() -> Self {
        std::iter::once(SupplierTerms::g2a()).collect()
    }
}

impl FromIterator<SupplierTerms> for Suppliers {
    fn from_iter<T: IntoIterator<Item = SupplierTerms>>(terms: T) -> Self {
        let mut all: Vec<SupplierTerms> = terms.into_iter().collect();
        all.sort_by(|one, other| (one.rank, &one.name).cmp(&(other.rank, &other.name)));
        Self(all)
    }
}

impl Suppliers {
    /// In the order of their ranks.
    pub fn iter(&self) -> impl Iterator<Item = &SupplierTerms> {
        self.0.iter()
    }

    /// All that decides which offers are shown, as a line of text: `g2a 1 automatic, wholesaler 2 by_hand`.
    #[must_use]
    pub fn described(&self) -> String {
        let terms = self.iter().map(|terms| {
            let SupplierTerms { name, rank, fulfilment } = terms;
            format!("{name} {rank} {}", fulfilment.as_str())
        });
        terms.collect::<Vec<_>>().join(", ")
    }

    /// The terms of a supplier, if it is configured.
    #[must_use]
    pub fn terms(&self, name: &SupplierName) -> Option<&SupplierTerms> {
        self.0.iter().find(|terms| terms.name == *name)
    }

    /// The rank of a supplier: the shop's own keys are first, a supplier that is not configured is last.
    #[must_use]
    pub fn rank(&self, name: &SupplierName) -> u32 {
        if name.is_own() {
            return 0;
        }
        self.terms(name).map_or(u32::MAX, |terms| terms.rank.max(1))
    }

    /// Whether offers of this supplier may be for sale at all.
    #[must_use]
    pub fn sells(&self, name: &SupplierName) -> bool {
        name.is_own()
            || self
                .terms(name)
                .is_some_and(|terms| terms.fulfilment != Fulfilment::None)
    }
}
