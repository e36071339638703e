//! Each copying of a list is counted as a call to its supplier.

use domain::id::SupplierName;
use metrics_exporter_prometheus::PrometheusBuilder;

use super::super::CsvSupplier;
use super::*;
use crate::suppliers::Supplier;

#[test]
fn each_copy_is_counted_with_its_outcome() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let folder = Folder::new();
    let path = folder.file(b"sku,title,net,qty\nA-1,A game,1.23,4\n");
    let name = SupplierName::parse("paper").unwrap();
    let list = CsvSupplier::new(feed(&folder, CsvSource::Path(path.clone()), format())).named(&name);
    // On this thread alone: the recorder is this thread's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap();
    metrics::with_local_recorder(&recorder, || {
        assert_eq!(runtime.block_on(list.check()), Ok(1));
        std::fs::remove_file(path).unwrap();
        assert!(runtime.block_on(list.check()).is_err());
    });
    let text = handle.render();
    let counted = |outcome: &str| {
        let line = format!("supplier_requests_total{{supplier=\"paper\",call=\"list\",outcome=\"{outcome}\"}} 1");
        text.contains(&line)
    };
    assert!(counted("answered") && counted("unreachable"), "{text}");
    assert!(text.contains("supplier_request_duration_seconds"), "{text}");
}
