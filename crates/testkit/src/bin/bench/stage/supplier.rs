//! The local supplier in a process of its own, so that only the shop is measured.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use reqwest::Client;
use serde_json::Value;
use tokio::process::Command;

use super::process::Server;

/// A supplier; it ends with this value.
pub(crate) struct Supplier {
    pub(crate) url: String,
    client: Client,
    _server: Server,
}

/// The path of its program: beside this one, built together with it.
pub(crate) fn program() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("g2a-sandbox"))
}

impl Supplier {
    pub(crate) async fn start(program: &Path, products: u32, per_minute: u32) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .args([
                "--listen",
                "127.0.0.1:0",
                "--public-url",
                "https://pictures.example.org",
            ])
            .args([
                "--products",
                &products.to_string(),
                "--rate-per-minute",
                &per_minute.to_string(),
            ]);
        let server = Server::start(command).await.context("the local supplier")?;
        Ok(Self {
            url: server.url.clone(),
            client: Client::builder().no_proxy().build()?,
            _server: server,
        })
    }

    /// Changes price and stock of so many products.
    pub(crate) async fn drift(&self, changes: u32) -> Result<()> {
        let call = self.client.post(format!("{}/_sandbox/drift", self.url));
        call.body(format!("{{\"changes\": {changes}}}"))
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// How many pages were requested.
    pub(crate) async fn requests(&self) -> Result<u64> {
        let answer = self.client.get(format!("{}/_sandbox/ledger", self.url)).send().await?;
        let ledger: Value = serde_json::from_slice(&answer.bytes().await?)?;
        Ok(ledger["requests"]["/v1/products"].as_u64().unwrap_or(0))
    }
}

pub(crate) fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}
