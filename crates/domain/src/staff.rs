//! Staff: their roles, and what each role may do.

/// What a member of staff is there for; one role each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StaffRole {
    /// Runs the shop: may do everything, and alone gives roles.
    Owner,
    /// Looks after money.
    Finance,
    /// Looks after games, offers and suppliers.
    Catalogue,
    /// Helps customers.
    Support,
    /// Sees, and changes nothing.
    ReadOnly,
}

/// One thing that a member of staff may be allowed to do: to read or to change what a noun of the shop stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Permission {
    /// What it is about.
    pub noun: Noun,
    /// Whether it allows to change it; to read it otherwise. Whoever may change something may read it.
    pub edit: bool,
}

macro_rules! nouns {
    ($($(#[doc = $doc:literal])+ $Noun:ident = $name:literal,)+) => {
        /// What permissions are about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Noun {
            $($(#[doc = $doc])+ $Noun,)+
        }

        impl Noun {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$Noun,)+];

            /// The name in permissions.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Noun => $name,)+
                }
            }
        }
    };
}

nouns! {
    /// Customers' accounts: to block them, and to end their sign-ins.
    Users = "users",
    /// Roles of staff.
    Staff = "staff",
    /// The record of what staff did.
    Trail = "trail",
    /// What happened to accounts: sign-ins, changes of passwords.
    SecurityEvents = "security-events",
    /// The list of mails: to whom, when, what became of them.
    Mails = "mails",
    /// What mails say.
    MailBodies = "mail-bodies",
    /// Copies of everything that the shop holds about a person.
    PersonExports = "person-exports",
    /// Background jobs and their queues.
    Jobs = "jobs",
    /// Caches.
    Caches = "caches",
    /// Games: their fields, overrides, and whether they are withdrawn.
    Games = "games",
    /// Offers of suppliers, and their links to games.
    Offers = "offers",
    /// Suppliers.
    Suppliers = "suppliers",
    /// Syncs with suppliers.
    Sync = "sync",
    /// Questions, articles, and other texts of the shop.
    Content = "content",
    /// Customers' carts and wishlists.
    Baskets = "baskets",
    /// Keys that the shop holds; never in clear.
    Keys = "keys",
    /// Orders, but for their money.
    Orders = "orders",
    /// Payments of customers.
    Payments = "payments",
    /// The ledger.
    Ledger = "ledger",
    /// Money given back.
    Refunds = "refunds",
    /// Customers' wallets.
    Wallets = "wallets",
    /// The shop's money at suppliers.
    Purse = "purse",
    /// Promo codes.
    PromoCodes = "promo-codes",
    /// Orders that wait for a decision.
    Review = "review",
    /// Cases that somebody has to settle.
    Cases = "cases",
}

/// What each role but the owner's may change.
const MAY_EDIT: [(StaffRole, &[Noun]); 4] = [
    (
        StaffRole::Finance,
        &[
            Noun::Orders,
            Noun::Payments,
            Noun::Ledger,
            Noun::Refunds,
            Noun::Wallets,
            Noun::Purse,
            Noun::PromoCodes,
            Noun::Review,
            Noun::Cases,
        ],
    ),
    (
        StaffRole::Catalogue,
        &[
            Noun::Games,
            Noun::Offers,
            Noun::Suppliers,
            Noun::Sync,
            Noun::Caches,
            Noun::Content,
            Noun::Keys,
        ],
    ),
    (
        StaffRole::Support,
        &[Noun::Users, Noun::Orders, Noun::Cases, Noun::Review],
    ),
    (StaffRole::ReadOnly, &[]),
];

/// What finance, catalogue and support may read besides.
const MAY_READ: [(StaffRole, &[Noun]); 3] = [
    (StaffRole::Finance, &[Noun::Users, Noun::Keys, Noun::Trail]),
    (StaffRole::Catalogue, &[Noun::Jobs]),
    (
        StaffRole::Support,
        &[
            Noun::Mails,
            Noun::MailBodies,
            Noun::SecurityEvents,
            Noun::Keys,
            Noun::Baskets,
        ],
    ),
];

/// What who only reads does not read either: it is about persons more than about the shop.
const NOT_READ_ONLY: [Noun; 2] = [Noun::MailBodies, Noun::PersonExports];

impl StaffRole {
    /// All of them, the one that may most first.
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Finance,
        Self::Catalogue,
        Self::Support,
        Self::ReadOnly,
    ];

    /// The name in the API, the database and commands.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Finance => "finance",
            Self::Catalogue => "catalogue",
            Self::Support => "support",
            Self::ReadOnly => "read-only",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether this role has a permission.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        let listed = |table: &[(Self, &[Noun])]| {
            let of_role = table.iter().find(|(role, _)| *role == self);
            of_role.is_some_and(|(_, nouns)| nouns.contains(&permission.noun))
        };
        match self {
            Self::Owner => true,
            _ if listed(&MAY_EDIT) => true,
            _ if permission.edit => false,
            Self::ReadOnly => !NOT_READ_ONLY.contains(&permission.noun),
            Self::Finance | Self::Catalogue | Self::Support => listed(&MAY_READ),
        }
    }

    /// The permissions of this role.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::all().filter(move |permission| self.may(*permission))
    }
}

impl Permission {
    /// To read what `noun` stands for.
    #[must_use]
    pub const fn read(noun: Noun) -> Self {
        Self { noun, edit: false }
    }

    /// To change what `noun` stands for.
    #[must_use]
    pub const fn edit(noun: Noun) -> Self {
        Self { noun, edit: true }
    }

    /// Every permission that there is.
    pub fn all() -> impl Iterator<Item = Self> {
        (Noun::ALL.iter()).flat_map(|&noun| [Self::read(noun), Self::edit(noun)])
    }
}

impl std::fmt::Display for Permission {
    /// `noun.read` or `noun.edit`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verb = if self.edit { "edit" } else { "read" };
        write!(f, "{}.{verb}", self.noun.as_str())
    }
}

#[cfg(test)]
#[path = "staff_tests.rs"]
mod tests;
