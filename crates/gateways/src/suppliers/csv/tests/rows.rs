//! Rows: what each becomes, in which line it stands, and why one cannot be read.

use domain::money::Cents;

use super::super::{CsvColumns, CsvEncoding, CsvFormat};
use super::{format, rows_of, said};

/// Every column of the settings.
fn wide() -> CsvFormat {
    let column = |name: &str| Some(name.to_owned());
    CsvFormat {
        columns: CsvColumns {
            match_value: column("g2a"),
            region: column("region"),
            platform: column("service"),
            picture: column("cover"),
            currency: column("currency"),
            ..format().columns
        },
        ..format()
    }
}

#[tokio::test]
async fn every_column_of_the_settings_is_read_wherever_it_stands() {
    let text = "currency,cover,ignored, sku ,qty,net,title,g2a,region,service\n\
                EUR,https://images.example/1.jpg,x,A-1/ü,7,19.89,Fallout 4,10000000024005,EU,Steam\n\
                EUR,javascript:x,x,B_2,0,5,Doom,,,\n";
    let rows = rows_of(text.as_bytes(), wide()).await.unwrap();
    let first = rows[0].product.as_ref().unwrap();
    assert_eq!(
        (rows[0].line, first.id.as_str(), first.name.as_str()),
        (2, "A-1/ü", "Fallout 4")
    );
    assert_eq!((first.price.clone(), first.qty.clone()), (Ok(Cents::new(1989)), Ok(7)));
    assert_eq!((first.region.as_str(), first.platform.as_str()), ("EU", "Steam"));
    assert_eq!(
        (first.image.as_str(), first.images.len()),
        ("https://images.example/1.jpg", 1)
    );
    assert_eq!(rows[0].match_value.as_deref(), Some("10000000024005"));
    let second = rows[1].product.as_ref().unwrap();
    assert_eq!((second.image.as_str(), rows[1].match_value.as_deref()), ("", None));
}

#[tokio::test]
async fn lines_are_counted_past_quotes_and_blank_ones_whatever_ends_them() {
    for end in ["\n", "\r\n"] {
        let text = [
            "\"sku\",title,net,qty",
            "a,\"of two",
            "lines, and \"\"quoted\"\"\",1.00,1",
            "",
            "",
            "b,B,x,1",
            "c,C,1.00,\"2\"",
        ]
        .join(end);
        let rows = rows_of(text.as_bytes(), format()).await.unwrap();
        let lines: Vec<_> = rows
            .iter()
            .map(|row| (row.line, row.id.clone().unwrap().to_string()))
            .collect();
        assert_eq!(lines, [(2, "a".into()), (6, "b".into()), (7, "c".into())], "{end:?}");
        let name = &rows[0].product.as_ref().unwrap().name;
        assert_eq!(
            name.split_whitespace().collect::<Vec<_>>().join(" "),
            "of two lines, and \"quoted\""
        );
        assert_eq!(said(&rows[1]).2, Err("line 6: the price `x`: not a number".into()));
        assert_eq!(said(&rows[2]).2, Ok((Cents::new(100), 2)));
    }
}

#[tokio::test]
async fn price_and_stock_are_read_each_by_itself() {
    let rows = rows_of(b"sku,title,net,qty\na,A,12.345,3\nb,B,1.00,many\n", format())
        .await
        .unwrap();
    let product = rows[0].product.as_ref().unwrap();
    assert_eq!(
        product.price.clone().unwrap_err().to_string(),
        "line 2: the price `12.345`: more than two decimals"
    );
    assert_eq!(product.qty, Ok(3));
    let product = rows[1].product.as_ref().unwrap();
    assert_eq!(
        (product.price.clone(), product.qty.is_err()),
        (Ok(Cents::new(100)), true)
    );
}

#[tokio::test]
async fn a_row_in_another_currency_is_unreadable_and_nothing_is_converted() {
    let text = "sku,title,net,qty,currency,g2a,region,service,cover\na,A,1.00,1,USD,,,,\nb,B,1.00,1,,,,,\nc,C,1.00,1,EUR,,,,\n";
    let rows = rows_of(text.as_bytes(), wide()).await.unwrap();
    let why = |row: usize| said(&rows[row]).2.err().unwrap_or_default();
    assert_eq!(why(0), "line 2: the currency is `USD`, not EUR");
    assert_eq!(why(1), "line 3: the currency is ``, not EUR");
    assert_eq!(said(&rows[2]).2, Ok((Cents::new(100), 1)));
}

#[tokio::test]
async fn an_id_that_stands_twice_is_unreadable_in_both_rows() {
    let text = b"sku,title,net,qty\na,A,1.00,1\nb,B,1.00,1\n a ,A,0.01,1\n";
    let rows = rows_of(text, format()).await.unwrap();
    let twice: Vec<_> = rows.iter().filter(|row| row.product.is_err()).map(said).collect();
    let why = |line: u64| Err(format!("line {line}: the id stands in another row too"));
    assert_eq!(twice, [(2, "a".into(), why(2)), (4, "a".into(), why(4))]);
}

#[tokio::test]
async fn a_row_with_other_cells_or_without_an_id_is_unreadable_and_its_neighbours_are_not() {
    let text = b"sku,title,net,qty\na,A,1.00\nb,B, and more,1.00,1\n,C,1.00,1\nd d,D,1.00,1\ne,E,1.00,1\n";
    let rows = rows_of(text, format()).await.unwrap();
    let reasons: Vec<_> = rows.iter().map(|row| said(row).2.err().unwrap_or_default()).collect();
    assert_eq!(
        reasons,
        [
            "line 2: 3 cells instead of 4",
            "line 3: 5 cells instead of 4",
            "line 4: the id `` is not 1 to 128 characters without spaces",
            "line 5: the id `d d` is not 1 to 128 characters without spaces",
            ""
        ]
    );
    // A product whose row cannot be relied on is known all the same: it is sold out.
    assert_eq!(said(&rows[0]).1, "a");
}

#[tokio::test]
async fn encodings_are_those_of_the_settings() {
    let text = "sku,title,net,qty\na,Café €5,1.00,1\n";
    let latin = b"sku,title,net,qty\na,Caf\xe9 \x805,1.00,1\nb,B,1.00,1\n";
    let western = CsvFormat {
        encoding: CsvEncoding::Windows1252,
        ..format()
    };
    let name = |rows: &[super::CsvRow]| {
        let product = rows[0].product.as_ref();
        product.map(|product| product.name.clone()).map_err(ToString::to_string)
    };
    let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for bytes in [text.as_bytes(), &marked] {
        let rows = rows_of(bytes, format()).await.unwrap();
        assert_eq!((name(&rows).unwrap().as_str(), rows[0].line), ("Café €5", 2));
    }
    assert_eq!(
        name(&rows_of(latin, western.clone()).await.unwrap()).unwrap(),
        "Café €5"
    );
    // In the wrong one a row is unreadable at most, and never the file.
    let rows = rows_of(latin, format()).await.unwrap();
    assert!(name(&rows).unwrap_err().contains("line 2") && rows[1].product.is_ok());
    assert_eq!(
        name(&rows_of(text.as_bytes(), western).await.unwrap()).unwrap(),
        "CafÃ© â‚¬5"
    );
}

#[tokio::test]
async fn formulas_and_markup_are_text() {
    let text = "sku,title,net,qty\n=cmd|'/C\u{20}calc'!A0,x,1.00,1\n=1+1,\"=cmd|'/C calc'!A0\",1.00,1\n@x,<script>x</script>,=1,-1\n";
    let rows = rows_of(text.as_bytes(), format()).await.unwrap();
    assert!(rows[0].id.is_none(), "an id has no spaces");
    let product = rows[1].product.as_ref().unwrap();
    assert_eq!(
        (product.id.as_str(), product.name.as_str()),
        ("=1+1", "=cmd|'/C calc'!A0")
    );
    assert_eq!(rows[2].product.as_ref().unwrap().name, "<script>x</script>");
    assert!(said(&rows[2]).2.unwrap_err().contains("the price `=1`"));
}

#[tokio::test]
async fn the_text_of_a_row_is_what_is_read_and_how() {
    let text = async |text: &str, format: &CsvFormat| {
        let rows = rows_of(text.as_bytes(), format.clone()).await.unwrap();
        rows[0].text.clone()
    };
    let head = "sku,title,net,qty,note\n";
    let first = text(&format!("{head}a,A,1.00,1,x\n"), &format()).await;
    assert_eq!(first, text(&format!("{head}a,A,1.00,1,y\n"), &format()).await);
    assert_ne!(first, text(&format!("{head}a,A,1.00,2,x\n"), &format()).await);
    let repeated = text(&format!("{head}a,A,1.00,1,x\na,A,1.00,1,x\n"), &format()).await;
    assert_ne!(first, repeated, "it is unreadable then");
    let other = CsvFormat {
        thousands: Some('\''),
        ..format()
    };
    assert_ne!(first, text(&format!("{head}a,A,1.00,1,x\n"), &other).await);
}
