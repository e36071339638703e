//! Offers: the columns of a supplier's product move from `games` to a table of their own.

use std::time::Instant;

use sea_orm::sea_query::{ColumnDef, Expr, ExprTrait, ForeignKey, Index, Query, Table, TableCreateStatement};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use crate::tables::{Games, Offers, SyncPositions, SyncRuns};

/// The moved columns: the name in `offers`, the name in `games`.
const MOVED: [(&str, &str); 9] = [
    ("product_id", "supplier_product_id"),
    ("cost_cents", "supplier_price_cents"),
    ("supplier_qty", "supplier_qty"),
    ("reserved", "reserved"),
    ("number", "number"),
    ("fingerprint", "facts_hash"),
    ("missed_at", "missed_at"),
    ("supplier_updated_at", "supplier_updated_at"),
    ("observed_at", "observed_at"),
];
/// Columns that both tables have.
const SHARED: [&str; 4] = ["price_cents", "hidden", "created_at", "updated_at"];

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let begun = Instant::now();
    tx.execute(&offers()).await?;
    let moved = copy(tx).await?;
    compare(tx).await?;
    for (name, columns) in [
        ("ux_offers_supplier_product_id", [Offers::Supplier, Offers::ProductId]),
        ("ux_offers_supplier_number", [Offers::Supplier, Offers::Number]),
    ] {
        let [first, second] = columns;
        let index = Index::create()
            .name(name)
            .table(Offers::Table)
            .col(first)
            .col(second)
            .unique()
            .to_owned();
        tx.execute(&index).await?;
    }
    let by_game = Index::create()
        .name("ix_offers_game_id")
        .table(Offers::Table)
        .col(Offers::GameId)
        .to_owned();
    tx.execute(&by_game).await?;
    let mut supplier = ColumnDef::new(SyncRuns::Supplier)
        .text()
        .not_null()
        .default("g2a")
        .to_owned();
    let alter = Table::alter()
        .table(SyncRuns::Table)
        .add_column(&mut supplier)
        .to_owned();
    tx.execute(&alter).await?;
    // They refer to numbers of games; the next crawl starts from the beginning.
    tx.execute(&Query::delete().from_table(SyncPositions::Table).to_owned())
        .await?;
    drop_what_moved(tx).await?;
    if moved > 0 {
        let millis = begun.elapsed().as_millis();
        tracing::info!("[Database] the offers of {moved} games were moved to a table of their own in {millis} ms");
    }
    Ok(())
}

fn offers() -> TableCreateStatement {
    let text = |column: Offers| ColumnDef::new(column).text().not_null().to_owned();
    let number = |column: Offers| ColumnDef::new(column).big_integer().not_null().to_owned();
    let truth = |column: Offers| ColumnDef::new(column).boolean().not_null().to_owned();
    let mut to_game = ForeignKey::create()
        .from(Offers::Table, Offers::GameId)
        .to(Games::Table, Games::Id)
        .to_owned();
    Table::create()
        .table(Offers::Table)
        .col(ColumnDef::new(Offers::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Offers::GameId).uuid().not_null())
        .col(text(Offers::Supplier))
        .col(text(Offers::ProductId))
        .col(number(Offers::CostCents))
        .col(number(Offers::PriceCents).check(Expr::col(Offers::PriceCents).gt(0)))
        .col(number(Offers::SupplierQty).check(Expr::col(Offers::SupplierQty).gte(0)))
        .col(number(Offers::Reserved).check(Expr::col(Offers::Reserved).gte(0)))
        .col(truth(Offers::Hidden))
        .col(truth(Offers::Parked))
        .col(number(Offers::Number))
        .col(number(Offers::Fingerprint))
        .col(ColumnDef::new(Offers::MissedAt).big_integer())
        .col(text(Offers::SupplierUpdatedAt))
        .col(number(Offers::ObservedAt))
        // The account that linked it to its game; empty where a sync did.
        .col(ColumnDef::new(Offers::LinkedBy).text())
        .col(number(Offers::CreatedAt))
        .col(number(Offers::UpdatedAt))
        .foreign_key(&mut to_game)
        .to_owned()
}

/// Inserts an offer for each game that has a product. Its id is the game's, which is unique among offers, too.
async fn copy(tx: &DatabaseTransaction) -> Result<u64, DbErr> {
    let (to, from): (Vec<&str>, Vec<&str>) = MOVED.into_iter().chain(SHARED.map(|name| (name, name))).unzip();
    let sql = format!(
        "INSERT INTO offers (id, game_id, supplier, parked, {}) SELECT id, id, 'g2a', FALSE, {} FROM games \
         WHERE supplier_product_id IS NOT NULL ORDER BY id",
        to.join(", "),
        from.join(", ")
    );
    let insert = Statement::from_string(tx.get_database_backend(), sql);
    Ok(tx.execute_raw(insert).await?.rows_affected())
}

/// Compares counts and sums of both tables.
async fn compare(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let sums = |cost: &str, fingerprint: &str| {
        // Seconds and half fingerprints, because the sums of whole values overflow.
        format!(
            "COUNT(*), SUM(price_cents), SUM({cost}), SUM(supplier_qty), SUM(reserved), SUM(number), \
             SUM(observed_at / 1000000), SUM({fingerprint} / 4294967296), COUNT(missed_at), \
             SUM(CASE WHEN hidden THEN 1 ELSE 0 END)"
        )
    };
    let sql = format!(
        "SELECT 1 AS differs FROM (SELECT {} FROM games WHERE supplier_product_id IS NOT NULL \
         EXCEPT SELECT {} FROM offers) AS differing",
        sums("supplier_price_cents", "facts_hash"),
        sums("cost_cents", "fingerprint"),
    );
    let found = tx
        .query_one_raw(Statement::from_string(tx.get_database_backend(), sql))
        .await?;
    match found {
        None => Ok(()),
        Some(_) => Err(DbErr::Custom(
            "the counts or sums of the offers differ from those of the games; nothing was changed".to_owned(),
        )),
    }
}

/// Drops the moved columns from `games`, after their indexes: SQLite refuses to drop an indexed column.
async fn drop_what_moved(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    for index in ["ux_games_supplier_product_id", "ix_games_supplier_qty"] {
        tx.execute_unprepared(&format!("DROP INDEX {index}")).await?;
    }
    let for_sale = "UPDATE games SET supplier_qty = CASE WHEN supplier_qty > reserved THEN supplier_qty - reserved ELSE 0 END \
                    WHERE reserved > 0";
    tx.execute_unprepared(for_sale).await?;
    tx.execute_unprepared("ALTER TABLE games RENAME COLUMN supplier_qty TO copies")
        .await?;
    // Games keep a number of their own.
    let is_left = |column: &str| matches!(column, "supplier_qty" | "number");
    for (_, column) in MOVED.into_iter().filter(|(_, column)| !is_left(column)) {
        tx.execute_unprepared(&format!("ALTER TABLE games DROP COLUMN {column}"))
            .await?;
    }
    Ok(())
}
