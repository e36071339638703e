//! Direct access: what a test reads and changes in the database without the shop.

use domain::id::GameId;
use domain::mail::MailContent;
use domain::touch::Touch;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;
use vault::SealPurpose;

use crate::{TestShop, soon};

impl TestShop {
    /// The mails to this address, oldest first; opened with the shop's own seal.
    ///
    /// # Panics
    /// When they cannot be read.
    pub async fn mails_to(&self, email: &str) -> Vec<MailContent> {
        let select = Query::select()
            .columns(["id", "words"])
            .from("mails")
            .and_where(Expr::col("recipient").eq(email))
            .order_by("id", Order::Asc)
            .to_owned();
        let rows = self.db.raw().query_all(&select).await.expect("the mails");
        let seal = crate::world::secrets().seal;
        let opened = |row: &QueryResult| {
            let id: Uuid = row.try_get("", "id").expect("an id");
            let words: Vec<u8> = row.try_get("", "words").expect("words");
            let opened = seal.open(SealPurpose::Mail, id, &words).expect("the shop's own seal");
            serde_json::from_slice(&opened).expect("a mail's words")
        };
        rows.iter().map(opened).collect()
    }

    /// The token of the reset link in the newest mail to this address.
    ///
    /// # Panics
    /// When none is written.
    pub async fn reset_token(&self, email: &str) -> String {
        let token = |mail| match mail {
            MailContent::ResetPassword { token } => Some(token),
            _ => None,
        };
        self.newest_mail(email, token).await
    }

    /// The token of the link that makes a browser known, in the newest mail to this address.
    ///
    /// # Panics
    /// When none is written.
    pub async fn known_device_token(&self, email: &str) -> String {
        let token = |mail| match mail {
            MailContent::KnownDevice { token } => Some(token),
            _ => None,
        };
        self.newest_mail(email, token).await
    }

    /// The code in the newest mail to this address.
    ///
    /// # Panics
    /// When none is written.
    pub async fn verification_code(&self, email: &str) -> String {
        let code = |mail| match mail {
            MailContent::VerifyEmail { code } => Some(code),
            _ => None,
        };
        self.newest_mail(email, code).await
    }

    /// Waits for a mail: some are written after the answer to who caused them.
    async fn newest_mail(&self, email: &str, secret_of: fn(MailContent) -> Option<String>) -> String {
        let mut secret = None;
        soon("a mail is written", async || {
            secret = self.mails_to(email).await.pop().and_then(secret_of);
            secret.is_some()
        })
        .await;
        secret.expect("a mail")
    }

    /// What the supplier calls the product of a game that has one offer.
    ///
    /// # Panics
    /// When it has none, or several.
    pub async fn product_of(&self, game: GameId) -> String {
        let offers = self.db.offers().of_games(&[game]).await.expect("offers");
        let [offer] = offers.as_slice() else {
            panic!("one offer: {offers:?}");
        };
        offer.product.to_string()
    }

    /// Sets the stock of a game with one offer, as a sync would.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn set_stock(&self, game: &str, copies: u32) {
        let set = format!("supplier_qty = reserved + {copies}");
        self.change(
            game,
            &[
                ("offers", "supplier = 'g2a' AND game_id", &set),
                ("games", "id", &format!("copies = {copies}")),
            ],
        )
        .await;
    }

    /// Changes a game's columns with their touches: the shop's next responses show it.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn change_game(&self, game: &str, set: &str) {
        self.change(game, &[("games", "id", set)]).await;
    }

    /// Changes columns of a game's rows: of each table by the column that names the game.
    async fn change(&self, game: &str, changes: &[(&str, &str, &str)]) {
        let mut tx = self.db.begin().await.expect("a transaction");
        let id = Uuid::parse_str(game).expect("an id");
        let bytes = id.simple();
        let literal = if self.db.is_embedded() {
            format!("x'{bytes}'")
        } else {
            format!("'{bytes}'")
        };
        for (table, column, set) in changes {
            let sql = format!("UPDATE {table} SET {set} WHERE {column} = {literal}");
            assert_eq!(tx.execute_for_test(&sql).await.expect("a change"), 1);
        }
        tx.touch(Touch::Game(GameId(id)));
        tx.touch(Touch::Catalog);
        let committed = tx.commit().await.expect("a commit");
        let row = committed.touched.expect("touches");
        for touch in &row.touches {
            self.cache.coherence().raise(*touch, row.number);
        }
    }
}
