//! What happens at the same time as a change of what protects an account: checks made before a transaction hold in it.

use domain::refusal::Refusal;
use domain::security::Device;
use services::Error;
use services::accounts::{Caller, Carried, ProfileChange};
use testkit::{Client, Kind, PASSWORD, TestShop, on_both_databases};
use totp_rs::Totp;

pub(super) const RUNS: usize = 100;
pub(super) const OTHER: &str = "Other-Horse-2";
const THIRD: &str = "Third-Horse-3";

pub(super) fn device() -> Device {
    Device {
        address: "192.0.2.1".to_owned(),
        name: "a test".to_owned(),
    }
}

pub(super) async fn caller(shop: &TestShop, person: &Client) -> Caller {
    shop.shop
        .accounts()
        .caller(person.token.as_deref().unwrap())
        .await
        .unwrap()
}

/// A new customer with two sign-ins.
async fn twice_signed_in(shop: &TestShop, email: &str) -> (Caller, Caller) {
    let first = shop.customer(email).await;
    let mut second = shop.guest();
    assert_eq!(second.sign_in(email, PASSWORD).await.status, 200);
    (caller(shop, &first).await, caller(shop, &second).await)
}

async fn password_hash(shop: &TestShop, caller: &Caller) -> String {
    let known = shop.db.accounts().credentials_of(caller.user.id).await.unwrap();
    known.unwrap().password_hash
}

/// The present code of an app with this address.
pub(super) fn code_now(shop: &TestShop, address: &str) -> String {
    let seconds = u64::try_from(shop.shop.now().as_millis() / 1_000).unwrap();
    Totp::from_url(address).unwrap().generate(seconds).to_string()
}

#[on_both_databases]
async fn a_sign_in_that_has_ended_changes_no_password(kind: Kind) {
    // The time that a hash takes is what the race is about.
    let shop = TestShop::with_costly_passwords(kind).await;
    let mut ended_first = 0;
    for run in 0..RUNS {
        let (thief, owner) = twice_signed_in(&shop, &format!("ada{run}@example.org")).await;
        let before = password_hash(&shop, &owner).await;
        let verified = shop.shop.accounts().passwords_verified();
        let (shop, thief, owner, device) = (&shop, &thief, &owner, &device());
        let change = shop.shop.accounts().change_password(thief, PASSWORD, OTHER, device);
        let end = async {
            // The password is checked before the transaction: the sign-in ends meanwhile.
            while shop.shop.accounts().passwords_verified() == verified {
                tokio::task::yield_now().await;
            }
            let ended = shop.shop.accounts().sign_out_of(owner, thief.session, device).await;
            (ended, password_hash(shop, owner).await == before)
        };
        let (changed, (ended, was_unchanged)) = futures::join!(change, end);
        if ended.is_ok() && was_unchanged {
            ended_first += 1;
            assert!(
                matches!(changed, Err(Error::Refused(Refusal::NotSignedIn))),
                "run {run}: {changed:?}"
            );
        }
    }
    assert!(ended_first > RUNS / 2, "the race was run {ended_first} times");
}

#[on_both_databases]
async fn of_two_changes_by_one_old_password_one_succeeds(kind: Kind) {
    let shop = TestShop::open(kind).await;
    for run in 0..RUNS {
        let (one, other) = twice_signed_in(&shop, &format!("ada{run}@example.org")).await;
        let (accounts, device) = (shop.shop.accounts(), &device());
        let (first, second) = futures::join!(
            accounts.change_password(&one, PASSWORD, OTHER, device),
            accounts.change_password(&other, PASSWORD, THIRD, device),
        );
        assert!(first.is_ok() != second.is_ok(), "run {run}: {first:?}, {second:?}");
    }
}

#[on_both_databases]
async fn of_two_changes_in_one_sign_in_one_succeeds(kind: Kind) {
    let shop = TestShop::open(kind).await;
    for run in 0..RUNS {
        let person = shop.customer(&format!("ada{run}@example.org")).await;
        let ada = caller(&shop, &person).await;
        let (accounts, device) = (shop.shop.accounts(), &device());
        // Neither ends the other's sign-in: only the old password tells that one came too late.
        let (first, second) = futures::join!(
            accounts.change_password(&ada, PASSWORD, OTHER, device),
            accounts.change_password(&ada, PASSWORD, THIRD, device),
        );
        assert!(first.is_ok() != second.is_ok(), "run {run}: {first:?}, {second:?}");
    }
}

#[on_both_databases]
async fn a_change_and_a_reset_by_an_older_link_do_not_both_succeed(kind: Kind) {
    let shop = TestShop::open(kind).await;
    for run in 0..RUNS {
        let email = format!("ada{run}@example.org");
        let ada = caller(&shop, &shop.customer(&email).await).await;
        let (accounts, device) = (shop.shop.accounts(), &device());
        // Each from another address: one address may cause so many mails.
        let asker = Device {
            address: format!("192.0.2.{run}"),
            ..device.clone()
        };
        accounts
            .forgot_password(&email, &asker, Carried::default())
            .await
            .unwrap();
        let token = shop.reset_token(&email).await;
        let (changed, reset) = futures::join!(
            accounts.change_password(&ada, PASSWORD, OTHER, device),
            accounts.reset_password(&token, THIRD, device),
        );
        assert!(changed.is_ok() != reset.is_ok(), "run {run}: {changed:?}");
    }
}

#[on_both_databases]
async fn two_changes_of_a_profile_do_not_undo_each_other(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (one, other) = twice_signed_in(&shop, "ada@example.org").await;
    for run in 0..RUNS {
        let (nickname, last_name) = (format!("Ada {run}"), format!("King {run}"));
        let called = ProfileChange {
            nickname: Some(nickname.clone()),
            ..ProfileChange::default()
        };
        let named = ProfileChange {
            last_name: Some(last_name.clone()),
            ..ProfileChange::default()
        };
        let accounts = shop.shop.accounts();
        let (first, second) = futures::join!(
            accounts.change_profile(&one, &called),
            accounts.change_profile(&other, &named)
        );
        assert!(first.is_ok() && second.is_ok());
        let user = shop.db.accounts().by_id(one.user.id).await.unwrap().unwrap();
        assert_eq!(
            (user.nickname, user.last_name),
            (nickname, Some(last_name)),
            "run {run}"
        );
    }
}

#[on_both_databases]
async fn a_sign_in_that_has_ended_changes_nothing_else_either(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (gone, owner) = twice_signed_in(&shop, "ada@example.org").await;
    shop.prove_address("ada@example.org").await;
    let (accounts, device) = (shop.shop.accounts(), &device());
    let mut gone = gone;
    gone.user.email_verified_at = Some(shop.shop.now());
    let enrolment = accounts.enrol_second_factor(&gone, PASSWORD, device).await.unwrap();
    let code = code_now(&shop, &enrolment.address);
    accounts.sign_out_of(&owner, gone.session, device).await.unwrap();
    // The handlers have checked the sign-in by now; it ended afterwards.
    let change = ProfileChange {
        nickname: Some("Eve".to_owned()),
        ..ProfileChange::default()
    };
    let refused = [
        accounts.change_profile(&gone, &change).await.err(),
        accounts.change_password(&gone, PASSWORD, OTHER, device).await.err(),
        accounts.enrol_second_factor(&gone, PASSWORD, device).await.err(),
        accounts.confirm_second_factor(&gone, &code, device).await.err(),
        accounts.sign_out_everywhere(&gone, device).await.err(),
        accounts.sign_out_of(&gone, owner.session, device).await.err(),
        accounts.verify_email(&gone, "000000", device).await.err(),
    ];
    for (nth, error) in refused.into_iter().enumerate() {
        let error = error.unwrap_or_else(|| panic!("the change {nth} was made"));
        assert!(
            matches!(error, Error::Refused(Refusal::NotSignedIn)),
            "the change {nth}: {error}"
        );
    }
    assert_eq!(accounts.sign_ins(&owner).await.unwrap().len(), 1);
}
