//! The program `g2a-sandbox`: a local supplier, until it is told to stop.

use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use g2a_sandbox::{Answer, PastTheEnd, SecondPay, Settings, Unknowns};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// A supplier on this machine that speaks G2A's Export API.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Address and port; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:9393")]
    listen: String,
    /// How many products, at most 1,000,000.
    #[arg(long, default_value_t = Settings::default().products, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    products: u32,
    /// The same seed, the same catalogue.
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,
    /// What the buyer must sign in with.
    #[arg(long, default_value_t = Settings::default().client_id)]
    client_id: String,
    /// What the buyer must sign in with.
    #[arg(long, default_value_t = Settings::default().email)]
    email: String,
    /// What the buyer must sign in with.
    #[arg(long, default_value_t = Settings::default().client_secret)]
    client_secret: String,
    /// Calls allowed in any 60 seconds.
    #[arg(long, default_value_t = Settings::default().rate_per_minute)]
    rate_per_minute: u32,
    /// The beginning of the pictures' addresses, if not the address it listens on.
    #[arg(long)]
    public_url: Option<String>,
    /// The buyer's wallet at the start, in whole EUR.
    #[arg(long, default_value_t = Settings::default().wallet_cents / 100)]
    wallet: u64,
    /// How long an order waits for its payment.
    #[arg(long, default_value_t = Settings::default().reservation.as_secs())]
    reservation_seconds: u64,
    /// How long a paid order is processed before its key can be read.
    #[arg(long, default_value_t = millis(Settings::default().processing), value_parser = clap::value_parser!(u64).range(..=86_400_000))]
    processing_ms: u64,
    /// The number of the first order: ids and keys follow from it.
    #[arg(long, default_value_t = Settings::default().first_order, value_parser = clap::value_parser!(u64).range(..=1_000_000_000))]
    first_order: u64,
    #[command(flatten)]
    unknowns: UnknownsArguments,
}

/// What is not known of the real supplier.
#[derive(Parser)]
struct UnknownsArguments {
    /// How far an order's price may lie from the listed one, in percent.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=99))]
    reprice_percent: u32,
    /// What a second payment does: ord110, chargeAgain or sameTransaction.
    #[arg(long, default_value = "ord110")]
    second_pay: SecondPay,
    /// The answer to an order for what is sold out, as HTTP status and code.
    #[arg(long, default_value_t = Unknowns::default().sold_out)]
    sold_out: Answer,
    /// The answer to an order whose `max_price` is too low.
    #[arg(long, default_value_t = Unknowns::default().too_dear)]
    too_dear: Answer,
    /// The answer to an order for what does not exist.
    #[arg(long, default_value_t = Unknowns::default().no_such_product)]
    no_such_product: Answer,
    /// The answer to who asks for the key of an order that is still processed.
    #[arg(long, default_value_t = Unknowns::default().processing)]
    processing_answer: Answer,
    /// How the code of a second reading of a key is spelled: ORD04 or ORD004.
    #[arg(long, default_value_t = Unknowns::default().key_taken_code)]
    key_taken_code: String,
    /// Where sources disagree about an HTTP status: 0, 1 or 2 for the first, second or third that they name.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=2))]
    alternate_statuses: u8,
    /// A page after the last one: empty, last or refused.
    #[arg(long, default_value = "empty")]
    past_the_end: PastTheEnd,
    /// The status of an order that waits for its payment.
    #[arg(long, default_value_t = Unknowns::default().status_new)]
    status_new: String,
    /// The status of an order that is processed.
    #[arg(long, default_value_t = Unknowns::default().status_pending)]
    status_pending: String,
    /// The status of an order whose key is ready.
    #[arg(long, default_value_t = Unknowns::default().status_complete)]
    status_complete: String,
    /// The status of an order that was not paid in time.
    #[arg(long, default_value_t = Unknowns::default().status_lapsed)]
    status_lapsed: String,
}

impl Arguments {
    fn into_settings(self) -> Settings {
        let unknowns = self.unknowns;
        Settings {
            products: self.products,
            seed: self.seed,
            client_id: self.client_id,
            email: self.email,
            client_secret: self.client_secret,
            rate_per_minute: self.rate_per_minute,
            public_url: self.public_url,
            wallet_cents: self.wallet.saturating_mul(100),
            reservation: Duration::from_secs(self.reservation_seconds),
            processing: Duration::from_millis(self.processing_ms),
            first_order: self.first_order,
            unknowns: Unknowns {
                reprice_percent: unknowns.reprice_percent,
                second_pay: unknowns.second_pay,
                sold_out: unknowns.sold_out,
                too_dear: unknowns.too_dear,
                no_such_product: unknowns.no_such_product,
                processing: unknowns.processing_answer,
                key_taken_code: unknowns.key_taken_code,
                alternate_statuses: unknowns.alternate_statuses,
                past_the_end: unknowns.past_the_end,
                status_new: unknowns.status_new,
                status_pending: unknowns.status_pending,
                status_complete: unknowns.status_complete,
                status_lapsed: unknowns.status_lapsed,
            },
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let listener = TcpListener::bind(&arguments.listen)
        .await
        .with_context(|| format!("--listen {}: cannot listen there", arguments.listen))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let sandbox = g2a_sandbox::start(listener, arguments.into_settings()).await?;
    announce(&sandbox.url());
    tokio::select! {
        result = tokio::signal::ctrl_c() => result?,
        _ = terminate.recv() => {}
    }
    sandbox.stop().await;
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "the one line that whoever started the program waits for"
)]
fn announce(url: &str) {
    println!("listening on {url}");
}
