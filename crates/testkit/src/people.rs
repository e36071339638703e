//! People who use a shop: a guest, a customer, staff.

use std::sync::{Arc, LazyLock};

use argon2::Argon2;
use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use cache::Cache;
use domain::email::EmailAddress;
use domain::money::BasisPoints;
use domain::staff::StaffRole;
use services::accounts::AccountRules;
use services::mails::MailRules;
use services::orders::OrderRules;
use services::sync::SyncRules;
use services::trail::Actor;
use services::wallets::WalletRules;
use services::{Parts, Shop, ShopSupplier};
use storage::Db;

use crate::shop::PUBLIC_URL;
use crate::{Client, CountedIds, SeededChance, SetClock, TestShop, pictures, world};

/// The password of every customer that a test creates.
pub const PASSWORD: &str = "Correct-Horse-1";

/// The hash of a password that was not normalised, as versions before step 9 stored it.
///
/// # Panics
/// Never: passwords of every length have a hash.
#[must_use]
pub fn hash_as_typed(password: &str) -> String {
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &[7; 16]);
    let hash: PasswordHash = hash.expect("a hash");
    hash.to_string()
}

/// Whoever runs the shop of a test.
#[must_use]
pub fn operator() -> &'static Actor {
    static OPERATOR: LazyLock<Actor> = LazyLock::new(|| Actor::command("a test"));
    &OPERATOR
}

/// A shop without caches, supplier and mail on this database of a [`TestShop`], as another process has it: with ids of
/// its own.
#[must_use]
pub fn shop_on(db: Db, clock: SetClock) -> Shop {
    let new_ids = CountedIds::after(u64::from(std::process::id()) << 32);
    let rules = (world::account_rules(), OrderRules::default());
    bare(db, (Arc::new(clock), Arc::new(new_ids)), rules)
}

fn bare(
    db: Db,
    (clock, ids): (Arc<SetClock>, Arc<CountedIds>),
    (accounts, orders): (AccountRules, OrderRules),
) -> Shop {
    Shop::new(Parts {
        db,
        cache: Cache::none(),
        suppliers: vec![ShopSupplier::g2a(None, BasisPoints::new(200))],
        clock,
        ids,
        chance: Arc::new(SeededChance::default()),
        secrets: world::secrets(),
        sync: SyncRules::default(),
        wallets: WalletRules::default(),
        orders,
        accounts,
        mail: MailRules::default(),
        pictures: pictures::none(),
        public_url: PUBLIC_URL.to_owned(),
    })
}

impl TestShop {
    /// The same shop, as a process with other settings of accounts runs it.
    #[must_use]
    pub fn under(&self, accounts: AccountRules) -> Shop {
        self.again(accounts, OrderRules::default())
    }

    /// The same shop, as a process with other settings of orders runs it.
    #[must_use]
    pub fn selling_under(&self, orders: OrderRules) -> Shop {
        self.again(world::account_rules(), orders)
    }

    fn again(&self, accounts: AccountRules, orders: OrderRules) -> Shop {
        bare(
            self.db.clone(),
            (self.clock.clone(), self.ids.clone()),
            (accounts, orders),
        )
    }

    /// A new visitor.
    #[must_use]
    pub fn guest(&self) -> Client {
        Client::at(&self.url)
    }

    /// A newly registered customer.
    ///
    /// # Panics
    /// When the shop refuses.
    pub async fn customer(&self, email: &str) -> Client {
        let mut person = self.guest();
        let answer = person.register(email).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        person
    }

    /// Records that a customer's address is verified.
    ///
    /// # Panics
    /// When the customer has no account.
    pub async fn prove_address(&self, email: &str) {
        let email = EmailAddress::parse(email).expect("an address");
        let tx = self.db.begin().await.expect("a transaction");
        let known = tx.accounts().credentials(&email).await.expect("the account");
        let id = known.expect("an account").user.id;
        tx.accounts().verify_email(id, self.shop.now()).await.expect("a change");
        tx.commit().await.expect("a commit");
    }

    /// An owner.
    ///
    /// # Panics
    /// When the shop refuses.
    pub async fn staff(&self) -> Client {
        self.staff_as("staff@example.org", StaffRole::Owner).await
    }

    /// A member of staff with this role.
    ///
    /// # Panics
    /// When the shop refuses.
    pub async fn staff_as(&self, email: &str, role: StaffRole) -> Client {
        let person = self.customer(email).await;
        let id = person.id.expect("an account");
        let tx = self.db.begin().await.expect("a transaction");
        let now = self.shop.now();
        tx.staff().set_role(id, Some(role), now).await.expect("a role");
        tx.commit().await.expect("a commit");
        person
    }

    /// Ids of games for sale, most expensive first.
    ///
    /// # Panics
    /// When there are fewer than `count`.
    pub async fn games_for_sale(&self, count: usize) -> Vec<String> {
        let list = self.json("/api/games?sort=price-desc&pageSize=100").await;
        let games = list["data"]["data"].as_array().expect("games");
        let ids: Vec<String> = games
            .iter()
            .take(count)
            .map(|game| game["id"].as_str().expect("an id").to_owned())
            .collect();
        assert_eq!(ids.len(), count, "too few games for sale");
        ids
    }
}
