//! The supplier of a test's shop, controlled by the test.

use serde_json::Value;

use crate::{TestShop, node};

impl TestShop {
    /// Reads a path of the supplier's control calls.
    ///
    /// # Panics
    /// When it does not answer with JSON.
    pub async fn supplier(&self, path: &str) -> Value {
        node::read(
            self.client
                .get(format!("{}{path}", self.sandbox.url()))
                .send()
                .await
                .expect("an answer"),
        )
        .await
    }

    /// Changes a product at the supplier.
    ///
    /// # Panics
    /// When the supplier refuses.
    pub async fn change_product(&self, id: &str, change: &Value) {
        let url = format!("{}/_sandbox/products/{id}", self.sandbox.url());
        let answer = self
            .client
            .patch(url)
            .header("content-type", "application/json")
            .body(change.to_string())
            .send()
            .await;
        let answer = answer.expect("an answer");
        assert!(
            answer.status().is_success(),
            "the supplier refused {change}: {}",
            answer.text().await.unwrap_or_default()
        );
    }

    /// Sets the supplier's faults.
    ///
    /// # Panics
    /// When the supplier refuses.
    pub async fn set_faults(&self, faults: &Value) {
        let url = format!("{}/_sandbox/faults", self.sandbox.url());
        let answer = self
            .client
            .put(url)
            .header("content-type", "application/json")
            .body(faults.to_string())
            .send()
            .await;
        let answer = answer.expect("an answer");
        assert!(
            answer.status().is_success(),
            "the supplier refused {faults}: {}",
            answer.text().await.unwrap_or_default()
        );
    }
}
