//! Roles of staff, blocked accounts, and when the owner of a sign-in last proved who they are.

use sea_orm::sea_query::{ColumnDef, Index, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let columns = [
        ("users", ColumnDef::new("staff_role").text().take()),
        ("users", ColumnDef::new("blocked_at").big_integer().take()),
        (
            "sessions",
            ColumnDef::new("proven_at").big_integer().not_null().default(0).take(),
        ),
    ];
    for (table, mut column) in columns {
        let change = Table::alter().table(table).add_column(&mut column).to_owned();
        tx.execute(&change).await?;
    }
    // Whoever could do everything still can.
    tx.execute_unprepared("UPDATE users SET staff_role = 'owner' WHERE role = 'ADMIN'")
        .await?;
    tx.execute_unprepared("UPDATE sessions SET proven_at = created_at")
        .await?;
    let staff = Index::create()
        .name("ix_users_staff_role")
        .table("users")
        .col("staff_role")
        .to_owned();
    tx.execute(&staff).await?;
    Ok(())
}
