//! Wallets: their balances, what was posted to them, and the changes that staff and operators enter by hand.

use domain::id::UserId;
use domain::ledger::LedgerAccount;
use domain::money::Cents;
use domain::posting::{Posting, WalletTransaction};
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::touch::Touch;
use domain::trail::TrailAction;
use domain::wallet::{TopUpLimits, WalletChange, WalletOrder};
use futures::future::BoxFuture;
use storage::Tx;
use storage::ledger::PostedTransfer;

use crate::trail::{Actor, Deed};
use crate::write::Failed;
use crate::{Error, Shop, WalletService, failpoints};

/// Settings of wallets.
#[derive(Clone, Copy, Debug)]
pub struct WalletRules {
    /// How much one top-up may be.
    pub top_up: TopUpLimits,
}

impl Default for WalletRules {
    /// From 5 to 500 EUR.
    fn default() -> Self {
        Self {
            top_up: TopUpLimits {
                min: Cents::new(500),
                max: Cents::new(50_000),
            },
        }
    }
}

/// What became of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedWallet {
    /// The balance before.
    pub previous: Cents,
    /// The balance after.
    pub balance: Cents,
    /// The reference under which it is booked.
    pub reference: String,
    /// Whether this change had been made before under the same reference: then nothing was posted now.
    pub was_made: bool,
}

impl<'a> WalletService<'a> {
    /// The balance of an account's wallet.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`].
    pub fn balance(self, user: UserId) -> BoxFuture<'a, Result<Cents, Error>> {
        Box::pin(async move {
            let balance = self.shop.db().ledger().balance(user).await?;
            Ok(balance.ok_or(Refusal::UserNotFound)?)
        })
    }

    /// How much one top-up may be.
    #[must_use]
    pub fn top_up_limits(self) -> TopUpLimits {
        self.shop.parts.wallets.top_up
    }

    /// The page `page`, from 1, of `size` transactions each, newest first.
    pub fn transactions(
        self,
        user: UserId,
        page: u32,
        size: u32,
    ) -> BoxFuture<'a, Result<Vec<WalletTransaction>, Error>> {
        Box::pin(async move {
            let skipped = u64::from(page.saturating_sub(1)) * u64::from(size);
            Ok(self.shop.db().ledger().of_wallet(user, size, skipped).await?)
        })
    }

    /// Makes a change that somebody entered by hand, once for its reference.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], [`Refusal::ProofTooOld`], [`Refusal::UserNotFound`], [`Refusal::Invalid`],
    /// [`Refusal::InsufficientBalance`], and [`Refusal::ReferenceTaken`] if another change was made with this reference.
    pub fn change(
        self,
        user: UserId,
        change: &'a WalletChange,
        actor: &'a Actor,
    ) -> BoxFuture<'a, Result<ChangedWallet, Error>> {
        Box::pin(async move {
            let made = || self.shop.parts.ids.fresh().to_string();
            let change = WalletChange {
                reference: Some(change.reference.clone().unwrap_or_else(made)),
                ..change.clone()
            };
            let limits = self.shop.parts.wallets.top_up;
            let posting = change.posting(user, limits).map_err(Refusal::Invalid)?;
            let deed = action(change.order);
            let input = (self.shop.clone(), user, posting, deed, actor.clone());
            let changed = self
                .shop
                .write(input, |tx, &(ref shop, user, ref posting, deed, ref actor)| {
                    Box::pin(async move { shop.change_wallet(tx, user, (posting, deed), actor).await })
                })
                .await?;
            tracing::info!(%user, order = ?change.order, again = changed.was_made, "[Wallet] changed by hand");
            Ok(changed)
        })
    }

    /// The same in the wallet of the account of `email`.
    ///
    /// # Errors
    /// As [`change`](Self::change).
    pub fn change_of(
        self,
        email: &'a str,
        change: &'a WalletChange,
        actor: &'a Actor,
    ) -> BoxFuture<'a, Result<ChangedWallet, Error>> {
        Box::pin(async move {
            let user = self.shop.staff().known_account(email).await?;
            self.change(user, change, actor).await
        })
    }
}

impl Shop {
    async fn change_wallet(
        &self,
        tx: &mut Tx,
        user: UserId,
        (posting, action): (&Posting, TrailAction),
        actor: &Actor,
    ) -> Result<ChangedWallet, Failed> {
        self.lock_subject(tx, user, actor, Permission::edit(Noun::Wallets))
            .await?;
        let ledger = tx.ledger();
        let previous = ledger.lock_wallet(user).await?.ok_or(Refusal::UserNotFound)?;
        if let Some(made) = ledger.posted(posting.kind(), posting.source_id()).await? {
            let changed = already(posting, &made)?;
            // Of a top-up and a payout the reference is a receipt's, whatever is said of it the second time.
            if action == TrailAction::AdjustBalance {
                let result = outcome(changed.balance, posting);
                let (trail, subject) = (tx.trail(), user.to_string());
                let said = trail.reason_of(action.as_str(), ("user", &subject), &result).await?;
                if said.is_some_and(|said| actor.reason() != Some(&said)) {
                    return Err(Refusal::ReferenceTaken.into());
                }
            }
            return Ok(changed);
        }
        let balance = after(posting, previous)?;
        let id = self.parts.ids.fresh();
        if !ledger.post(id, posting, &actor.name(), self.now()).await? {
            // Another wallet's transaction posted under this reference since.
            return Err(Refusal::ReferenceTaken.into());
        }
        failpoints::pass("wallet:posted").await;
        tx.touch(Touch::Profile(user));
        tx.touch(Touch::Transactions(user));
        let deed = Deed::new(action, "user", &user)
            .of_person(user)
            .changing(Some(previous.to_string()), Some(outcome(balance, posting)));
        self.record(tx, actor, deed).await?;
        Ok(ChangedWallet {
            previous,
            balance,
            reference: posting.source_id().to_owned(),
            was_made: false,
        })
    }
}

/// What a posting adds to the wallet, or takes from it.
const fn moved(posting: &Posting) -> i64 {
    let amount = posting.amount().get();
    if matches!(posting.credit(), LedgerAccount::Wallet(_)) {
        amount
    } else {
        -amount
    }
}

/// What the trail says of a posting. It is compared with entries of the past, so it never changes; of a person who was erased there are
/// none, and any reason is the same.
fn outcome(balance: Cents, posting: &Posting) -> String {
    format!("{balance} ({})", posting.source_id())
}

/// The balance after a posting.
fn after(posting: &Posting, balance: Cents) -> Result<Cents, Refusal> {
    let balance = balance.get().saturating_add(moved(posting));
    if balance < 0 {
        let short = Cents::new(balance).magnitude();
        return Err(Refusal::InsufficientBalance { short });
    }
    Ok(Cents::new(balance))
}

/// The answer to a change that was made before; refused if it was another one.
fn already(posting: &Posting, made: &PostedTransfer) -> Result<ChangedWallet, Refusal> {
    let same = made.kind == posting.kind()
        && made.amount == posting.amount()
        && made.debit == posting.debit().to_string()
        && made.credit == posting.credit().to_string();
    if !same {
        return Err(Refusal::ReferenceTaken);
    }
    Ok(ChangedWallet {
        previous: Cents::new(made.balance.get() - moved(posting)),
        balance: made.balance,
        reference: posting.source_id().to_owned(),
        was_made: true,
    })
}

/// What a change by hand is called.
const fn action(order: WalletOrder) -> TrailAction {
    match order {
        WalletOrder::TopUp => TrailAction::TopUp,
        WalletOrder::Adjust => TrailAction::AdjustBalance,
        WalletOrder::PayOut(_) => TrailAction::PayOut,
    }
}
