//! The program `g2a-sandbox`: a local supplier, until it is told to stop.

use anyhow::Context as _;
use clap::Parser;
use g2a_sandbox::Settings;
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
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let listener = TcpListener::bind(&arguments.listen)
        .await
        .with_context(|| format!("--listen {}: cannot listen there", arguments.listen))?;
    let settings = Settings {
        products: arguments.products,
        seed: arguments.seed,
        client_id: arguments.client_id,
        email: arguments.email,
        client_secret: arguments.client_secret,
        rate_per_minute: arguments.rate_per_minute,
        public_url: arguments.public_url,
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let sandbox = g2a_sandbox::start(listener, settings).await?;
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
