//! The steps that change accounts and sign-ins.

use std::sync::LazyLock;
use std::time::Duration;

use domain::account::Registration;
use domain::money::Cents;
use domain::refusal::Refusal;
use domain::security::Device;
use domain::staff::StaffRole;
use domain::wallet::{WalletChange, WalletOrder};
use services::Error;
use services::accounts::{Caller, Carried, ProfileChange};
use services::staff::RoleOrder;
use testkit::{PASSWORD, TestShop};
use totp_rs::Totp;

use super::passwords::passwords;
use super::walk::{Site, Walk};

pub(super) const ADA: &str = "ada@example.org";
pub(super) const OTHER_PASSWORD: &str = "Correct-Horse-2";
const TRY: Site = ("services/accounts/throttle.rs::count_attempt", "throttles");
const SIGN_IN: Site = ("services/accounts/sign_in.rs::finish_sign_in", "sessions");

/// From where everything is asked.
pub(super) static DEVICE: LazyLock<Device> = LazyLock::new(|| Device {
    address: "192.0.2.1".to_owned(),
    name: "a test".to_owned(),
});

fn asked(email: &str) -> Registration {
    Registration {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        ..Registration::default()
    }
}

pub(super) async fn signed_in(shop: &TestShop, password: &str) -> Caller {
    let signed_in = shop
        .shop
        .accounts()
        .sign_in(ADA, password, &DEVICE, Carried::default())
        .await
        .ok()
        .unwrap();
    shop.shop.accounts().caller(&signed_in.tokens.access).await.unwrap()
}

/// An account from its beginning on, and those that are made for somebody.
pub(super) async fn walk(walk: &mut Walk, shop: &TestShop) {
    let register = [TRY, ("services/accounts/register.rs::add_account", "users")];
    let ada = asked(ADA);
    let registered = walk
        .step(&register, shop.shop.accounts().register(&ada, &DEVICE, None))
        .await
        .ok()
        .unwrap();
    shop.clock.pass(Duration::from_secs(6 * 60));
    let seen = [("services/accounts/callers.rs::caller", "sessions")];
    let caller = walk
        .step(&seen, shop.shop.accounts().caller(&registered.tokens.access))
        .await
        .unwrap();
    profile(walk, shop, &caller).await;
    passwords(walk, shop, &caller).await;
    second_factor(walk, shop).await;
    sign_ins(walk, shop).await;
    known_devices(walk, shop).await;
    staff(walk, shop).await;
}

/// Roles given and taken, accounts blocked and signed out.
async fn staff(walk: &mut Walk, shop: &TestShop) {
    let (staff, by) = (shop.shop.staff(), testkit::operator());
    let promote = [("services/staff/roles.rs::promote", "users")];
    walk.step(&promote, staff.promote(ADA, StaffRole::Support, by))
        .await
        .unwrap();
    let revoke = [("services/staff/roles.rs::revoke", "users")];
    walk.step(&revoke, staff.revoke(ADA, by)).await.unwrap();
    let make = [("services/staff/roles.rs::make", "users")];
    let root = asked("root@example.org");
    let root = walk
        .step(&make, staff.make(&root, Some(StaffRole::Owner), by))
        .await
        .unwrap();
    let refused = staff.change_role(root, RoleOrder::Give(StaffRole::Finance), by).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::LastOwner))),
        "{refused:?}"
    );
    let change = [("services/staff/roles.rs::change_role", "trail_entries")];
    let caller = signed_in(shop, PASSWORD).await;
    walk.leave_out().await;
    let ada = caller.user.id;
    walk.step(&change, staff.change_role(ada, RoleOrder::Give(StaffRole::Finance), by))
        .await
        .unwrap();
    let prove = [("services/accounts/proof.rs::prove_by_password", "sessions")];
    walk.step(&prove, shop.shop.accounts().prove(&caller, PASSWORD, "", &DEVICE))
        .await
        .unwrap();
    let booked = WalletChange {
        order: WalletOrder::TopUp,
        amount: Cents::new(2_000),
        reference: None,
    };
    let book = [("services/wallets.rs::change", "ledger_accounts")];
    walk.step(&book, shop.shop.wallets().change(ada, &booked, by))
        .await
        .unwrap();
    let end = [("services/staff/blocks.rs::end_sessions", "trail_entries")];
    walk.step(&end, staff.end_sessions(ada, by)).await.unwrap();
    let block = [("services/staff/blocks.rs::block", "users")];
    walk.step(&block, staff.block(ada, &by.because(Some("for a test"))))
        .await
        .unwrap();
    let unblock = [("services/staff/blocks.rs::unblock", "users")];
    walk.step(&unblock, staff.unblock(ada, by)).await.unwrap();
    let forget = [("services/trail/mod.rs::forget_person", "trail_values")];
    walk.step(&forget, shop.shop.trail().forget_person(ada)).await.unwrap();
}

async fn profile(walk: &mut Walk, shop: &TestShop, caller: &Caller) {
    let change = ProfileChange {
        nickname: Some("Ada".to_owned()),
        ..ProfileChange::default()
    };
    let rename = [("services/accounts/profile.rs::change_profile", "users")];
    walk.step(&rename, shop.shop.accounts().change_profile(caller, &change))
        .await
        .unwrap();
    let send = [("services/accounts/verification.rs::send_verification_code", "tickets")];
    walk.step(&send, shop.shop.accounts().send_verification_code(caller))
        .await
        .unwrap();
    let code = shop.verification_code(ADA).await;
    let verify = [("services/accounts/verification.rs::verify_email", "users")];
    walk.step(&verify, shop.shop.accounts().verify_email(caller, &code, &DEVICE))
        .await
        .unwrap();
}

async fn second_factor(walk: &mut Walk, shop: &TestShop) {
    let caller = walk.step(&[SIGN_IN], signed_in(shop, PASSWORD)).await;
    let enrol = [("services/accounts/second_factor.rs::enrol_second_factor", "users")];
    let enrolment = walk
        .step(
            &enrol,
            shop.shop.accounts().enrol_second_factor(&caller, PASSWORD, &DEVICE),
        )
        .await
        .unwrap();
    let seconds = u64::try_from(shop.shop.now().as_millis() / 1_000).unwrap();
    let code = Totp::from_url(&enrolment.address)
        .unwrap()
        .generate(seconds)
        .to_string();
    let confirm = [(
        "services/accounts/second_factor.rs::confirm_second_factor",
        "recovery_codes",
    )];
    let codes = shop.shop.accounts().confirm_second_factor(&caller, &code, &DEVICE);
    let codes = walk.step(&confirm, codes).await.unwrap();
    let challenge = [("services/accounts/second_step.rs::challenge", "tickets")];
    let refused = walk
        .step(
            &challenge,
            shop.shop.accounts().sign_in(ADA, PASSWORD, &DEVICE, Carried::default()),
        )
        .await;
    let Some(Error::Refused(Refusal::SecondFactorNeeded { challenge })) = refused.err() else {
        panic!("a second factor was to be asked for");
    };
    let finish = [
        (
            "services/accounts/second_step.rs::sign_in_with_second_factor",
            "tickets",
        ),
        ("services/accounts/second_step.rs::finish_second_factor", "sessions"),
    ];
    let entered = shop
        .shop
        .accounts()
        .sign_in_with_second_factor(&challenge, &codes[0], &DEVICE, Carried::default());
    assert!(walk.step(&finish, entered).await.is_ok());
    let mut proving = caller.clone();
    proving.user.second_factor = true;
    let prove = [("services/accounts/proof.rs::prove_by_code", "sessions")];
    let proved = shop.shop.accounts().prove(&proving, "", &codes[2], &DEVICE);
    walk.step(&prove, proved).await.unwrap();
    let remove = [("services/accounts/second_factor.rs::remove_second_factor", "users")];
    let removed = shop
        .shop
        .accounts()
        .remove_second_factor(&caller, PASSWORD, &codes[1], &DEVICE);
    walk.step(&remove, removed).await.unwrap();
}

async fn known_devices(walk: &mut Walk, shop: &TestShop) {
    let mail = [("services/accounts/known_devices.rs::mail_known_device_link", "tickets")];
    let token = walk
        .step(&mail, async {
            let accounts = shop.shop.accounts();
            while !matches!(
                accounts
                    .sign_in(ADA, OTHER_PASSWORD, &DEVICE, Carried::default())
                    .await
                    .err(),
                Some(Error::Refused(Refusal::TooMany { .. }))
            ) {}
            shop.known_device_token(ADA).await
        })
        .await;
    let make = [("services/accounts/known_devices.rs::make_device_known", "known_devices")];
    walk.step(&make, shop.shop.accounts().make_device_known(&token, &DEVICE))
        .await
        .unwrap();
    // Strangers may try again.
    shop.clock.pass(Duration::from_secs(120));
}

async fn sign_ins(walk: &mut Walk, shop: &TestShop) {
    let record = [("services/accounts/mod.rs::record", "security_events")];
    let wrong = walk
        .step(
            &record,
            shop.shop
                .accounts()
                .sign_in(ADA, OTHER_PASSWORD, &DEVICE, Carried::default()),
        )
        .await;
    assert!(wrong.is_err());
    let tokens = shop
        .shop
        .accounts()
        .sign_in(ADA, PASSWORD, &DEVICE, Carried::default())
        .await
        .ok()
        .unwrap()
        .tokens;
    let refresh = [("services/accounts/refresh.rs::refresh", "refresh_tokens")];
    let tokens = walk
        .step(&refresh, shop.shop.accounts().refresh(&tokens.refresh, &DEVICE))
        .await
        .ok()
        .unwrap();
    let caller = shop.shop.accounts().caller(&tokens.access).await.unwrap();
    let everywhere = [("services/accounts/sessions.rs::sign_out_everywhere", "sessions")];
    walk.step(&everywhere, shop.shop.accounts().sign_out_everywhere(&caller, &DEVICE))
        .await
        .unwrap();
    let out = [("services/accounts/sessions.rs::end_sign_in", "sessions")];
    walk.step(&out, shop.shop.accounts().sign_out(&caller, &DEVICE))
        .await
        .unwrap();
}
