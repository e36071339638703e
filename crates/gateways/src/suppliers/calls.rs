//! Metrics of the calls to suppliers that this process made.

use std::time::Duration;

const REQUESTS: &str = "supplier_requests_total";
const DURATION: &str = "supplier_request_duration_seconds";

/// Explains the metrics to who reads them.
pub(super) fn describe() {
    metrics::describe_counter!(
        REQUESTS,
        "Requests to a supplier that this process sent, repeats included, by call (for a CSV list: list, the copying of the \
         whole file) and by outcome (answered, refused, rate_limited, timeout, unreachable, failed)"
    );
    metrics::describe_histogram!(
        DURATION,
        "Seconds from sending such a request to the end of its answer, without the wait for the shared pace"
    );
}

/// Counts a call.
pub(super) fn count(supplier: &str, call: &'static str, outcome: &'static str, took: Duration) {
    let supplier = supplier.to_owned();
    metrics::counter!(REQUESTS, "supplier" => supplier.clone(), "call" => call, "outcome" => outcome).increment(1);
    metrics::histogram!(DURATION, "supplier" => supplier, "call" => call).record(took.as_secs_f64());
}
