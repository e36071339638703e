//! Tests of `[suppliers.NAME]`: what is read, from where, and what each mistake is told.

use domain::suppliers::Fulfilment;
use gateways::suppliers::csv::{CsvEncoding, CsvPrices, CsvSource};

use super::{Inputs, Settings, environment, environment_refusal, file, file_refusal, pairs, shown};
use crate::settings::Source;

const LIST: &str = "[suppliers.wholesaler]
kind = 'csv'
fulfilment = 'by_hand'
source = 'feeds/stock.csv'
columns = { id = 'sku', name = 'title', price = 'net', stock = 'qty' }
";

/// The settings of a supplier in the environment, without those that are named.
fn variables(without: &str) -> Vec<(&'static str, &'static str)> {
    let all = [
        ("LATCHKEY__SUPPLIERS__MY_LIST__KIND", "csv"),
        ("LATCHKEY__SUPPLIERS__MY_LIST__FULFILMENT", "none"),
        ("LATCHKEY__SUPPLIERS__MY_LIST__SOURCE", "https://feeds.example/list.csv"),
        ("LATCHKEY__SUPPLIERS__MY_LIST__COLUMNS__ID", "sku"),
        ("LATCHKEY__SUPPLIERS__MY_LIST__COLUMNS__NAME", "title"),
        ("LATCHKEY__SUPPLIERS__MY_LIST__COLUMNS__PRICE", "net"),
        ("LATCHKEY__SUPPLIERS__MY_LIST__COLUMNS__STOCK", "qty"),
    ];
    all.into_iter().filter(|(name, _)| !name.ends_with(without)).collect()
}

#[test]
fn a_list_is_read_from_a_file_and_its_path_is_relative_to_that() {
    let path = file("list", LIST);
    let loaded = Settings::load(&Inputs {
        file: Some(path.clone()),
        ..Inputs::default()
    })
    .unwrap_or_else(|error| panic!("{error}"));
    let [supplier] = &loaded.settings.suppliers[..] else {
        panic!("{:?}", loaded.settings.suppliers)
    };
    assert_eq!(
        (supplier.name.as_str(), supplier.fulfilment),
        ("wholesaler", Fulfilment::ByHand)
    );
    assert_eq!(
        (supplier.rank, supplier.every_minutes, supplier.markup_basis_points),
        (2, Some(60), None)
    );
    let CsvSource::Path(source) = &supplier.csv.source else {
        panic!("{:?}", supplier.csv.source)
    };
    assert_eq!(*source, path.parent().unwrap().join("feeds/stock.csv"));
    let format = &supplier.csv.format;
    assert_eq!(
        (format.encoding, format.separator, format.prices),
        (CsvEncoding::Utf8, b',', CsvPrices::Net)
    );
    assert_eq!(
        (format.columns.stock.as_str(), format.columns.match_value.as_deref()),
        ("qty", None)
    );
    assert_eq!(
        shown(&loaded, "suppliers.wholesaler.columns.id"),
        ("sku".into(), Source::File(path.clone()))
    );
    assert_eq!(
        shown(&loaded, "suppliers.wholesaler.rank"),
        ("2".into(), Source::Default)
    );
    // A setting that nobody reads would be masked.
    assert!(loaded.provenance.iter().all(|entry| entry.shown_value != "********"));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn the_environment_names_suppliers_too_and_no_secret_is_shown() {
    let mut values = variables("SOURCE");
    values.extend([
        (
            "LATCHKEY__SUPPLIERS__MY_LIST__SOURCE",
            "https://feeds.example/list.csv?key=hush-hush",
        ),
        ("LATCHKEY__SUPPLIERS__MY_LIST__AUTHORIZATION", "Basic hush-hush"),
        ("LATCHKEY__SUPPLIERS__MY_LIST__SEPARATOR", "\t"),
        ("LATCHKEY__SUPPLIERS__MY_LIST__DECIMAL", ","),
        ("LATCHKEY__SUPPLIERS__MY_LIST__THOUSANDS", " "),
        ("LATCHKEY__SUPPLIERS__MY_LIST__PRICES", "gross"),
        ("LATCHKEY__SUPPLIERS__MY_LIST__MARKUP_BASIS_POINTS", "0"),
        ("LATCHKEY__SUPPLIERS__MY_LIST__COLUMNS__MATCH", "g2a"),
    ]);
    let loaded = environment(&values);
    let supplier = &loaded.settings.suppliers[0];
    assert_eq!(
        (supplier.name.as_str(), supplier.markup_basis_points),
        ("my-list", Some(0))
    );
    let format = &supplier.csv.format;
    assert_eq!(
        (format.separator, format.decimal, format.thousands),
        (b'\t', ',', Some(' '))
    );
    assert_eq!(format.columns.match_value.as_deref(), Some("g2a"));
    let CsvSource::Address { authorization, .. } = &supplier.csv.source else {
        panic!("{:?}", supplier.csv.source)
    };
    assert_eq!(authorization.as_ref().unwrap(), "Basic hush-hush");
    assert_eq!(shown(&loaded, "suppliers.my-list.authorization").0, "********");
    let printed = format!("{loaded:?} {loaded:#?}");
    assert!(
        printed.contains("feeds.example") && !printed.contains("hush"),
        "{printed}"
    );
    for (value, shown_value) in [("\\t", b'\t'), ("|", b'|'), (" ; ", b';')] {
        let mut values = variables("-");
        values.push(("LATCHKEY__SUPPLIERS__MY_LIST__SEPARATOR", value));
        assert_eq!(
            environment(&values).settings.suppliers[0].csv.format.separator,
            shown_value
        );
    }
}

#[test]
fn each_bad_value_of_a_supplier_names_its_setting() {
    for (name, value) in [
        ("kind", "xml"),
        ("fulfilment", "automatic"),
        ("rank", "0"),
        ("source", "http://feeds.example/list.csv"),
        ("source", "ftp://127.0.0.1/list.csv"),
        ("source", "https://shop:pass@feeds.example/list.csv"),
        ("authorization", "Basic é"),
        ("private_addresses", "maybe"),
        ("encoding", "latin-1"),
        ("separator", "x"),
        ("separator", ",,"),
        ("decimal", ";"),
        ("thousands", "."),
        ("thousands", "_"),
        ("currency", "USD"),
        ("prices", "both"),
        ("markup_basis_points", "-1"),
        ("every_minutes", "0"),
    ] {
        let variable = format!("LATCHKEY__SUPPLIERS__MY_LIST__{}", name.to_uppercase());
        let mut values = variables(&name.to_uppercase());
        values.push((&variable, value));
        let message = environment_refusal(&values);
        let begin = format!("setting `suppliers.my-list.{name}`: expected ");
        assert!(message.starts_with(&begin), "{value}: {message}");
        assert!(!message.contains("pass@") && !message.contains('é'), "{message}");
    }
    for required in [
        "KIND",
        "FULFILMENT",
        "SOURCE",
        "COLUMNS__ID",
        "COLUMNS__NAME",
        "COLUMNS__PRICE",
        "COLUMNS__STOCK",
    ] {
        let name = required.to_lowercase().replace("__", ".");
        let message = environment_refusal(&variables(required));
        assert!(
            message.starts_with(&format!("setting `suppliers.my-list.{name}`: expected ")),
            "{message}"
        );
    }
}

#[test]
fn names_of_suppliers_and_of_their_settings_are_checked() {
    for name in ["g2a", "own", "'Big'", "a_b", "'a b'", &"x".repeat(33)] {
        let message = file_refusal("names", &LIST.replace("wholesaler", name));
        assert!(
            message.starts_with("setting `suppliers`: expected names"),
            "{name}: {message}"
        );
    }
    let message = environment_refusal(&[("LATCHKEY__SUPPLIERS__G2A__RANK", "3")]);
    assert!(message.starts_with("setting `suppliers`: expected names"), "{message}");
    let message = file_refusal("field", &format!("{LIST}ranck = 3\n"));
    assert!(
        message.ends_with("did you mean `suppliers.wholesaler.rank`?"),
        "{message}"
    );
    assert!(file_refusal("bare", "[suppliers]\nrank = 3\n").starts_with("unknown setting `suppliers.rank`"));
    let two = Settings::load(&Inputs {
        environment: pairs(&variables("-")),
        ..Inputs::default()
    });
    assert!(two.is_ok());
}
