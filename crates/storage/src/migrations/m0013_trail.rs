//! The trail of what staff did: entries that are only ever added, values beside them that can be deleted, and one head.

use sea_orm::sea_query::{ColumnDef, ForeignKey, Index, Table, TableCreateStatement};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::dialect;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    for table in [head(), entries(), values()] {
        tx.execute(&table).await?;
    }
    for columns in [
        &["actor", "seq"][..],
        &["action", "seq"],
        &["subject_kind", "subject", "seq"],
    ] {
        let mut index = Index::create()
            .name(format!("ix_trail_entries_{}", columns.join("_")))
            .table("trail_entries")
            .to_owned();
        for column in columns {
            index.col(*column);
        }
        tx.execute(&index).await?;
    }
    let of_person = Index::create()
        .name("ix_trail_values_person")
        .table("trail_values")
        .col("person")
        .to_owned();
    tx.execute(&of_person).await?;
    for statement in dialect::append_only(tx, "trail_entries") {
        tx.execute_unprepared(&statement).await?;
    }
    Ok(())
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}

/// One row: how long the chain is, the code of its last entry, and the sealed key of the codes.
fn head() -> TableCreateStatement {
    Table::create()
        .table("trail_head")
        .col(ColumnDef::new("one").integer().not_null().primary_key())
        .col(ColumnDef::new("trail").uuid().not_null())
        .col(text("sealed_key"))
        .col(ColumnDef::new("seq").big_integer().not_null())
        .col(text("mac"))
        .to_owned()
}

fn entries() -> TableCreateStatement {
    Table::create()
        .table("trail_entries")
        .col(ColumnDef::new("seq").big_integer().not_null().primary_key())
        .col(ColumnDef::new("at").big_integer().not_null())
        // The account of a member of staff, or the words of a command.
        .col(text("actor"))
        .col(ColumnDef::new("session").uuid())
        .col(text("address"))
        .col(text("device"))
        .col(text("action"))
        .col(text("subject_kind"))
        .col(text("subject"))
        // Of the values beside it; empty without any.
        .col(text("values_mac"))
        // Of everything above but the number.
        .col(text("content_mac"))
        // Of the number, the entry before and the content.
        .col(text("mac"))
        .to_owned()
}

/// What personal data may stand in; an erased person's rows are deleted.
fn values() -> TableCreateStatement {
    let mut of_entry = ForeignKey::create()
        .name("fk_trail_values_seq")
        .from("trail_values", "seq")
        .to("trail_entries", "seq")
        .to_owned();
    Table::create()
        .table("trail_values")
        .col(ColumnDef::new("seq").big_integer().not_null().primary_key())
        // Whose they are; NULL when they are of no person.
        .col(ColumnDef::new("person").uuid())
        .col(text("salt"))
        .col(ColumnDef::new("before_value").text())
        .col(ColumnDef::new("after_value").text())
        .col(ColumnDef::new("reason").text())
        .foreign_key(&mut of_entry)
        .to_owned()
}
