//! The settings of accounts, wallets and orders as the shop's rules.

use std::time::Duration;

use domain::money::BasisPoints;
use domain::order::OrderLimits;
use domain::tax::TaxTerms;
use domain::wallet::TopUpLimits;
use services::accounts::AccountRules;
use services::orders::OrderRules;
use services::wallets::WalletRules;

use crate::settings::Settings;

fn minutes(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 60)
}

fn hours(count: u32) -> Duration {
    minutes(60) * count
}

pub(crate) fn of(settings: &Settings) -> AccountRules {
    let accounts = &settings.accounts;
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

/// The rules of orders.
pub(crate) fn of_orders(settings: &Settings) -> OrderRules {
    let (orders, tax) = (&settings.orders, &settings.tax);
    OrderRules {
        limits: OrderLimits {
            units: orders.units_per_order,
            amount: orders.amount_max,
        },
        per_hour: orders.per_hour,
        verified_email: orders.verified_email,
        reveal_sign_in: hours(orders.reveal_sign_in_hours),
        reveal_wait: hours(orders.reveal_wait_hours),
        reveal_on_read: orders.reveal_on_read,
        deadline: minutes(settings.fulfilment.deadline_minutes),
        tax: tax.country.map(|country| TaxTerms {
            country,
            rate: BasisPoints::new(tax.rate_basis_points),
        }),
    }
}
