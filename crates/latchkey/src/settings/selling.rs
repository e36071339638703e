//! `[tax]`, `[wallets]`, `[orders]` and `[fulfilment]`: the settings of selling.

use domain::money::Cents;
use domain::tax::Country;
use domain::wallet;

use super::SettingsError;
use super::source::Layers;

/// Settings of taxes.
#[derive(Clone, Copy, Debug)]
pub struct TaxSettings {
    /// Whose VAT the prices of the shop include; `None`: no sale is split.
    pub country: Option<Country>,
    /// The VAT in gross prices, in 1/10000.
    pub rate_basis_points: u32,
}

/// Settings of wallets.
#[derive(Clone, Copy, Debug)]
pub struct WalletSettings {
    /// The least that one top-up may be, above 0.
    pub top_up_min: Cents,
    /// The most, at least as much.
    pub top_up_max: Cents,
}

/// Settings of orders.
#[derive(Clone, Copy, Debug)]
pub struct OrderSettings {
    /// Whether the address has to be verified before the first order.
    pub verified_email: bool,
    /// Copies in one order, at least 1.
    pub units_per_order: u32,
    /// Orders of one account in an hour, at least 1.
    pub per_hour: u32,
    /// The most that one order may cost.
    pub amount_max: Cents,
    /// How old the sign-in of whoever sees a key may be; 0: of any age.
    pub reveal_sign_in_hours: u32,
    /// How long no key is shown after the password was reset or the second factor changed.
    pub reveal_wait_hours: u32,
    /// Whether a program that reads an order with its token sees, and so reveals, every key.
    pub reveal_on_read: bool,
}

/// Settings of the delivery of what was ordered.
#[derive(Clone, Copy, Debug)]
pub struct FulfilmentSettings {
    /// From payment to refund, at least 1.
    pub deadline_minutes: u32,
}

fn amount(layers: &Layers, name: &str, least: Cents) -> Result<Cents, SettingsError> {
    let expected = format!("an amount in EUR from {least} to {}", wallet::AMOUNT_MAX);
    layers.parsed(name, &expected, |text| {
        Cents::parse(text).filter(|amount| (least..=wallet::AMOUNT_MAX).contains(amount))
    })
}

pub(super) fn tax(layers: &Layers) -> Result<TaxSettings, SettingsError> {
    let country = layers.optional_parsed("tax.country", "two capital letters, such as DE", Country::parse)?;
    Ok(TaxSettings {
        country,
        rate_basis_points: layers.number("tax.rate_basis_points", 0, 10_000)?,
    })
}

pub(super) fn wallets(layers: &Layers) -> Result<WalletSettings, SettingsError> {
    let top_up_min = amount(layers, "wallets.top_up_min", Cents::new(1))?;
    Ok(WalletSettings {
        top_up_min,
        top_up_max: amount(layers, "wallets.top_up_max", top_up_min)?,
    })
}

pub(super) fn orders(layers: &Layers) -> Result<OrderSettings, SettingsError> {
    Ok(OrderSettings {
        verified_email: layers.choice("orders.verified_email", &[("true", true), ("false", false)])?,
        units_per_order: layers.number("orders.units_per_order", 1, 100)?,
        per_hour: layers.number("orders.per_hour", 1, 100_000)?,
        amount_max: amount(layers, "orders.amount_max", Cents::new(1))?,
        reveal_sign_in_hours: layers.number("orders.reveal_sign_in_hours", 0, 2_160)?,
        reveal_wait_hours: layers.number("orders.reveal_wait_hours", 0, 720)?,
        reveal_on_read: layers.choice("orders.reveal_on_read", &[("true", true), ("false", false)])?,
    })
}

pub(super) fn fulfilment(layers: &Layers) -> Result<FulfilmentSettings, SettingsError> {
    Ok(FulfilmentSettings {
        deadline_minutes: layers.number("fulfilment.deadline_minutes", 1, 43_200)?,
    })
}
