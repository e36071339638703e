//! What happens to a sign-in while the account that it is for changes: it comes too late.

use std::time::Duration;

use domain::id::UserId;
use domain::refusal::Refusal;
use services::Error;
use services::accounts::Carried;
use storage::tickets::TicketPurpose;
use testkit::people::hash_as_typed;
use testkit::{Kind, PASSWORD, TestShop, on_both_databases};

use super::password_races::{OTHER, RUNS, caller, code_now, device};

/// What a change of the password does to what is asked for at the same time: another hash, and nothing issued before.
async fn set_hash(shop: &TestShop, id: UserId, hash: &str) {
    let tx = shop.db.begin().await.unwrap();
    assert!(tx.accounts().lock(id).await.unwrap());
    tx.accounts().set_password(id, hash, shop.shop.now()).await.unwrap();
    tx.tickets().void_all(id).await.unwrap();
    tx.commit().await.unwrap();
}

#[on_both_databases]
async fn a_sign_in_does_not_overtake_a_change_of_the_password(kind: Kind) {
    // The time that a hash takes is what the race is about.
    let shop = TestShop::with_costly_passwords(kind).await;
    let id = shop.customer("ada@example.org").await.id.unwrap();
    let typed = "Wagenra\u{308}der7";
    let [usual, of_before, other] = [PASSWORD, typed, OTHER].map(hash_as_typed);
    let sign_ins = async || shop.db.sessions().of(id, shop.shop.now()).await.unwrap().len();
    let (accounts, device, mut overtaken) = (shop.shop.accounts(), &device(), 0);
    for run in 0..RUNS {
        // Half of them would also renew a hash of before.
        let (password, stored) = [(PASSWORD, &usual), (typed, &of_before)][run % 2];
        set_hash(&shop, id, stored).await;
        shop.clock.pass(Duration::from_secs(30 * 60));
        let (before, verified) = (sign_ins().await, accounts.passwords_verified());
        let change = async {
            while shop.shop.accounts().passwords_verified() == verified {
                tokio::task::yield_now().await;
            }
            set_hash(&shop, id, &other).await;
            sign_ins().await
        };
        let sign_in = accounts.sign_in("ada@example.org", password, device, Carried::default());
        let (signed_in, at_the_change) = futures::join!(sign_in, change);
        if at_the_change == before {
            overtaken += 1;
            let refused = matches!(signed_in, Err(Error::Refused(Refusal::WrongCredentials)));
            assert!(refused, "run {run}: signed in by the old password");
        }
        let hash = shop
            .db
            .accounts()
            .credentials_of(id)
            .await
            .unwrap()
            .unwrap()
            .password_hash;
        assert_eq!(hash, other, "run {run}: the change was undone");
    }
    assert!(overtaken > RUNS / 2, "the race was run {overtaken} times");
}

#[on_both_databases]
async fn no_challenge_outlives_a_change_of_the_password(kind: Kind) {
    // The time that a hash takes is what the race is about.
    let shop = TestShop::with_costly_passwords(kind).await;
    let person = shop.customer("ada@example.org").await;
    shop.prove_address("ada@example.org").await;
    let ada = caller(&shop, &person).await;
    let (accounts, device) = (shop.shop.accounts(), &device());
    let enrolment = accounts.enrol_second_factor(&ada, PASSWORD, device).await.unwrap();
    let code = code_now(&shop, &enrolment.address);
    accounts.confirm_second_factor(&ada, &code, device).await.unwrap();
    let (id, [usual, other]) = (ada.user.id, [PASSWORD, OTHER].map(hash_as_typed));
    for run in 0..RUNS {
        set_hash(&shop, id, &usual).await;
        shop.clock.pass(Duration::from_secs(30 * 60));
        let verified = accounts.passwords_verified();
        let change = async {
            while shop.shop.accounts().passwords_verified() == verified {
                tokio::task::yield_now().await;
            }
            set_hash(&shop, id, &other).await;
        };
        let sign_in = accounts.sign_in("ada@example.org", PASSWORD, device, Carried::default());
        futures::future::join(sign_in, change).await.0.err().unwrap();
        let (purpose, now) = (TicketPurpose::SecondFactor, shop.shop.now());
        let outstanding = shop.db.tickets().outstanding(id, purpose, now).await.unwrap();
        assert!(!outstanding, "run {run}");
    }
}

#[on_both_databases]
async fn a_sign_in_does_not_overtake_a_second_factor(kind: Kind) {
    // The time that a hash takes is what the race is about.
    let shop = TestShop::with_costly_passwords(kind).await;
    let mut overtaken = 0;
    for run in 0..RUNS {
        let email = format!("ada{run}@example.org");
        let person = shop.customer(&email).await;
        shop.prove_address(&email).await;
        let ada = caller(&shop, &person).await;
        let (accounts, device) = (shop.shop.accounts(), &device());
        let enrolment = accounts.enrol_second_factor(&ada, PASSWORD, device).await.unwrap();
        let code = code_now(&shop, &enrolment.address);
        let verified = accounts.passwords_verified();
        let on = async {
            while shop.shop.accounts().passwords_verified() == verified {
                tokio::task::yield_now().await;
            }
            accounts.confirm_second_factor(&ada, &code, device).await.unwrap();
            accounts.sign_ins(&ada).await.unwrap().len()
        };
        let (signed_in, before) = futures::join!(accounts.sign_in(&email, PASSWORD, device, Carried::default()), on);
        if before == 1 {
            overtaken += 1;
            assert!(signed_in.is_err(), "run {run}: signed in without the second factor");
        }
    }
    assert!(overtaken > RUNS / 2, "the race was run {overtaken} times");
}
