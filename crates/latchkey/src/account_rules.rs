//! The settings of accounts and wallets as the shop's rules.

use std::time::Duration;

use domain::wallet::TopUpLimits;
use services::accounts::AccountRules;
use services::wallets::WalletRules;

use crate::settings::Settings;

pub(crate) fn of(settings: &Settings) -> AccountRules {
    let accounts = &settings.accounts;
    let minutes = |count: u32| Duration::from_secs(u64::from(count) * 60);
    let hours = |count: u32| minutes(60) * count;
    AccountRules {
        access_token: minutes(accounts.access_token_minutes),
        session: hours(24) * accounts.session_days,
        staff_session: hours(accounts.staff_session_hours),
        staff_second_factor: accounts.staff_second_factor,
        reauthenticate: minutes(accounts.reauthenticate_minutes),
        throttled: settings.limits.enabled,
        migrate_guests: accounts.migrate_guests,
        ..AccountRules::default()
    }
}

/// The rules of wallets.
pub(crate) fn of_wallets(settings: &Settings) -> WalletRules {
    WalletRules {
        top_up: TopUpLimits {
            min: settings.wallets.top_up_min,
            max: settings.wallets.top_up_max,
        },
    }
}
