//! The demo supplier: a real server on a loopback port with the supplier's protocol, shared by the processes of one
//! data folder.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use domain::clock::Clock;
use g2a_sandbox::Sandbox;
use tokio::net::TcpListener;

use crate::data_folder;
use crate::settings::{Secret, SupplierAccount};
use crate::world::SystemClock;

/// Stores the demo supplier's last address, so that its pictures' addresses stay the same from start to start.
const ADDRESS_FILE: &str = "demo-supplier";
/// Far above the demo's own rate limit.
const RATE_PER_MINUTE: u32 = 120_000;

/// The demo supplier, run by this process or by another one.
pub(crate) struct DemoSupplier {
    pub(crate) account: SupplierAccount,
    running: Option<Sandbox>,
}

impl DemoSupplier {
    /// Finds the demo supplier of this data folder, or starts it.
    pub(crate) async fn find_or_start(data_dir: &Path) -> anyhow::Result<Self> {
        let file = data_dir.join(ADDRESS_FILE);
        let last: Option<SocketAddr> = tokio::fs::read_to_string(&file)
            .await
            .ok()
            .and_then(|text| text.trim().parse().ok());
        if let Some(address) = last.filter(|address| address.ip().is_loopback())
            && answers(address).await
        {
            return Ok(Self::at(&format!("http://{address}"), None));
        }
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = match last {
            Some(address) if address.ip().is_loopback() => match TcpListener::bind(address).await {
                Ok(listener) => listener,
                Err(_taken) => TcpListener::bind(any).await?,
            },
            _ => TcpListener::bind(any).await?,
        };
        let address = listener.local_addr()?;
        let settings = g2a_sandbox::Settings {
            // The shop stores the orders of earlier runs, so their numbers must not be used again.
            first_order: seconds_since_2026(),
            rate_per_minute: RATE_PER_MINUTE,
            ..g2a_sandbox::Settings::default()
        };
        let sandbox = g2a_sandbox::start(listener, settings)
            .await
            .context("the demo supplier does not start")?;
        data_folder::write(&file, &address.to_string()).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(Self::at(&sandbox.url(), Some(sandbox)))
    }

    fn at(url: &str, running: Option<Sandbox>) -> Self {
        let known = g2a_sandbox::Settings::default();
        let account = SupplierAccount {
            api_url: format!("{url}/v1"),
            client_id: known.client_id,
            email: known.email,
            client_secret: Secret::new(known.client_secret),
        };
        Self { account, running }
    }

    /// Stops the supplier if this process runs it.
    pub(crate) async fn stop(self) {
        if let Some(sandbox) = self.running {
            sandbox.stop().await;
        }
    }
}

/// Grows from start to start, faster than a demo sells.
fn seconds_since_2026() -> u64 {
    const NEW_YEAR_2026: i64 = 1_767_225_600;
    let now = SystemClock.now().as_micros() / 1_000_000;
    u64::try_from(now - NEW_YEAR_2026).unwrap_or(0).min(1_000_000_000)
}

/// Whether a demo supplier, and not some other server, answers there.
async fn answers(address: SocketAddr) -> bool {
    let ask = async {
        let client = reqwest::Client::builder().no_proxy().build().ok()?;
        let answer = client
            .get(format!("http://{address}/_sandbox/ledger"))
            .send()
            .await
            .ok()?;
        answer.text().await.ok().filter(|text| text.contains("keysTaken"))
    };
    matches!(tokio::time::timeout(Duration::from_millis(500), ask).await, Ok(Some(_)))
}
