//! Mails: each a row from the transaction that causes it, with sealed content; and queues, so that mails do not wait
//! for syncs.

use sea_orm::sea_query::{ColumnDef, Index, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let text = |name: &'static str| ColumnDef::new(name).text().not_null().to_owned();
    let number = |name: &'static str| ColumnDef::new(name).big_integer().not_null().to_owned();
    let mails = Table::create()
        .table("mails")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        // Without a foreign key: a mail was sent even if its account was deleted since.
        .col(ColumnDef::new("user_id").uuid())
        .col(text("recipient"))
        .col(text("kind"))
        .col(ColumnDef::new("words").blob().not_null())
        .col(text("state"))
        .col(number("created_at"))
        .col(ColumnDef::new("sent_at").big_integer())
        .col(number("failures"))
        .col(ColumnDef::new("last_error").text())
        .to_owned();
    tx.execute(&mails).await?;
    let by_time = Index::create()
        .name("ix_mails_created_at")
        .table("mails")
        .col("created_at")
        .to_owned();
    tx.execute(&by_time).await?;
    // All messages before this one were of syncs.
    let lane = Table::alter()
        .table("outbox")
        .add_column(ColumnDef::new("lane").text().not_null().default("sync"))
        .to_owned();
    tx.execute(&lane).await?;
    let due = Index::create()
        .name("ix_outbox_lane_due")
        .table("outbox")
        .col("lane")
        .col("state")
        .col("due_at")
        .to_owned();
    tx.execute(&due).await?;
    tx.execute(&Index::drop().name("ix_outbox_due").table("outbox").to_owned())
        .await?;
    Ok(())
}
