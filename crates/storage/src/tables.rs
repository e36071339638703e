//! The names of tables and columns, as the statements use them.

use domain::term::Term;
use sea_orm::DeriveIden;
use sea_orm::sea_query::{Alias, IntoIden};

/// `games`: one row for each game that the shop shows or showed.
#[derive(Clone, Copy, Debug, DeriveIden, PartialEq, Eq)]
pub(crate) enum Games {
    Table,
    Id,
    Slug,
    Title,
    SearchText,
    DescriptionHtml,
    /// Of the shown offer.
    PriceCents,
    /// For sale, of the shown offer.
    Copies,
    Image,
    Images,
    ReleaseDate,
    Region,
    ActivationService,
    Developer,
    Publisher,
    Multiplayer,
    Requirements,
    Hidden,
    CreatedAt,
    UpdatedAt,
    /// Numbers the games from 1, without large gaps.
    Number,
    // Columns that the migration `m0009_offers` moved to `offers`.
    SupplierProductId,
    SupplierPriceCents,
    SupplierQty,
    Reserved,
    SupplierUpdatedAt,
    ObservedAt,
    FactsHash,
    MissedAt,
}

/// `offers`: one row for each product of a supplier that is or was for sale.
#[derive(Clone, Copy, Debug, DeriveIden, PartialEq, Eq)]
pub(crate) enum Offers {
    Table,
    Id,
    GameId,
    Supplier,
    ProductId,
    CostCents,
    PriceCents,
    SupplierQty,
    Reserved,
    Hidden,
    Parked,
    /// Numbers the supplier's offers from 1, without large gaps.
    Number,
    /// The fingerprint of the supplier's text that this row was read from; 0 where it is not known.
    Fingerprint,
    /// The start of the first complete crawl that did not show it; empty while crawls show it.
    MissedAt,
    SupplierUpdatedAt,
    ObservedAt,
    LinkedBy,
    CreatedAt,
    UpdatedAt,
}

/// Columns of the four tables of names.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum Terms {
    Id,
    Name,
    Slug,
    CreatedAt,
    UpdatedAt,
}

/// Columns of the four tables of links.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum Links {
    GameId,
    TermId,
}

/// The tables of a kind of names. Those of all kinds have the same shape.
pub(crate) trait TermTables: Copy {
    /// The name of the table of names.
    fn table_name(self) -> &'static str;

    /// The name of the table of links to games.
    fn links_name(self) -> &'static str;

    /// The name of the table of names and slugs that are no longer in force.
    fn aliases_name(self) -> &'static str;

    fn table(self) -> impl IntoIden + Clone {
        Alias::new(self.table_name())
    }

    fn links(self) -> impl IntoIden + Clone {
        Alias::new(self.links_name())
    }
}

impl TermTables for Term {
    fn table_name(self) -> &'static str {
        self.plural()
    }

    fn links_name(self) -> &'static str {
        match self {
            Self::Category => "game_categories",
            Self::Genre => "game_genres",
            Self::Platform => "game_platforms",
            Self::Tag => "game_tags",
        }
    }

    fn aliases_name(self) -> &'static str {
        match self {
            Self::Category => "category_aliases",
            Self::Genre => "genre_aliases",
            Self::Platform => "platform_aliases",
            Self::Tag => "tag_aliases",
        }
    }
}

/// `touches`: the touches of each transaction.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum Touches {
    Table,
    Number,
    Names,
    TouchedAt,
}

/// `shop_marks`: facts about this database itself, such as its incarnation.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum ShopMarks {
    Table,
    Name,
    Value,
}

/// `job_leases`: the holders of jobs, by the database's clock.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum JobLeases {
    Table,
    Name,
    Token,
    Holder,
    Since,
    ExpiresAt,
    Progress,
}

/// `outbox`: messages to be handled after their transaction.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum Outbox {
    Table,
    Id,
    Payload,
    State,
    DueAt,
    Attempts,
    ClaimToken,
    ClaimedUntil,
    LastError,
    DedupeKey,
    Lane,
    CreatedAt,
}

/// `sync_runs`: what each sync did.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum SyncRuns {
    Table,
    Id,
    Kind,
    StartedAt,
    FinishedAt,
    Outcome,
    Report,
    Holder,
    Progress,
    Supplier,
    ParkedAt,
    AcceptedBy,
    AcceptedAt,
}

/// `parked_changes`: what a run found and did not do.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum ParkedChanges {
    Table,
    OfferId,
    RunId,
    /// Whether the offer would be hidden; otherwise its price would be lowered.
    Hides,
    CostCents,
    PriceCents,
    /// The fingerprint of the supplier's text that says so; 0 where it is not known.
    Fingerprint,
}

/// `sync_positions`: where an interrupted crawl can be resumed.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum SyncPositions {
    Table,
    RunId,
    State,
    Seen,
    /// The supplier's cursor; the name is that of an earlier version.
    SeenInSlice,
}

/// `supplier_pace`: the time line of permits for calls to the supplier, shared by all processes.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub(crate) enum SupplierPace {
    Table,
    Name,
    NextAt,
    HeldUntil,
}
