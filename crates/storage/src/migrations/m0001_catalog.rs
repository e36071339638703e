//! Games, and the names that they are grouped by.

use domain::term::Term;
use sea_orm::sea_query::{
    ColumnDef, Expr, ExprTrait, ForeignKey, ForeignKeyAction, Index, IndexCreateStatement, Table, TableCreateStatement,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::tables::{Games, Links, TermTables as _, Terms};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    tx.execute(&games()).await?;
    for (name, columns) in [
        ("ux_games_supplier_product_id", vec![Games::SupplierProductId]),
        ("ux_games_slug", vec![Games::Slug]),
    ] {
        tx.execute(&index(name, &columns).unique().to_owned()).await?;
    }
    for (name, columns) in [
        ("ix_games_price", vec![Games::Hidden, Games::PriceCents, Games::Id]),
        (
            "ix_games_release_date",
            vec![Games::Hidden, Games::ReleaseDate, Games::Id],
        ),
        (
            "ix_games_supplier_qty",
            vec![Games::Hidden, Games::SupplierQty, Games::Id],
        ),
    ] {
        tx.execute(&index(name, &columns)).await?;
    }
    for term in Term::ALL {
        tx.execute(&names_of(term)).await?;
        tx.execute(&links_of(term)).await?;
        let by_term = Index::create()
            .name(format!("ix_{}_term_id", term.links_name()))
            .table(term.links())
            .col(Links::TermId)
            .col(Links::GameId)
            .to_owned();
        tx.execute(&by_term).await?;
    }
    Ok(())
}

fn games() -> TableCreateStatement {
    let text = |column: Games| ColumnDef::new(column).text().not_null().to_owned();
    let text_or_none = |column: Games| ColumnDef::new(column).text().to_owned();
    let number = |column: Games| ColumnDef::new(column).big_integer().not_null().to_owned();
    Table::create()
        .table(Games::Table)
        .col(ColumnDef::new(Games::Id).uuid().not_null().primary_key())
        .col(text_or_none(Games::SupplierProductId))
        .col(text(Games::Slug))
        .col(text(Games::Title))
        .col(text(Games::SearchText))
        .col(text(Games::DescriptionHtml))
        .col(number(Games::PriceCents).check(Expr::col(Games::PriceCents).gt(0)))
        .col(number(Games::SupplierPriceCents))
        .col(number(Games::SupplierQty).check(Expr::col(Games::SupplierQty).gte(0)))
        .col(number(Games::Reserved).check(Expr::col(Games::Reserved).gte(0)))
        .col(text(Games::Image))
        .col(text(Games::Images))
        .col(text_or_none(Games::ReleaseDate))
        .col(text_or_none(Games::Region))
        .col(text_or_none(Games::ActivationService))
        .col(text_or_none(Games::Developer))
        .col(text_or_none(Games::Publisher))
        .col(ColumnDef::new(Games::Multiplayer).boolean().not_null())
        .col(text(Games::Requirements))
        .col(text(Games::SupplierUpdatedAt))
        .col(number(Games::ObservedAt))
        .col(ColumnDef::new(Games::Hidden).boolean().not_null())
        .col(number(Games::CreatedAt))
        .col(number(Games::UpdatedAt))
        .to_owned()
}

fn index(name: &str, columns: &[Games]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(Games::Table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

fn names_of(term: Term) -> TableCreateStatement {
    Table::create()
        .table(term.table())
        .col(ColumnDef::new(Terms::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Terms::Name).text().not_null().unique_key())
        .col(ColumnDef::new(Terms::Slug).text().not_null())
        .to_owned()
}

fn links_of(term: Term) -> TableCreateStatement {
    let mut to_game = ForeignKey::create()
        .from(term.links(), Links::GameId)
        .to(Games::Table, Games::Id)
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    let mut to_term = ForeignKey::create()
        .from(term.links(), Links::TermId)
        .to(term.table(), Terms::Id)
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    Table::create()
        .table(term.links())
        .col(ColumnDef::new(Links::GameId).uuid().not_null())
        .col(ColumnDef::new(Links::TermId).uuid().not_null())
        .primary_key(Index::create().col(Links::GameId).col(Links::TermId))
        .foreign_key(&mut to_game)
        .foreign_key(&mut to_term)
        .to_owned()
}
