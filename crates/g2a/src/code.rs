//! The supplier's error codes. Decisions depend on them, since the HTTP statuses for the same code differ between
//! sources.

use std::fmt;

use crate::error::bounded;

macro_rules! codes {
    ($($variant:ident $text:literal $meaning:literal),+ $(,)?) => {
        /// An error code of the supplier.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!("`", $text, "`: ", $meaning, ".")] $variant,)+
            /// An undocumented code: an unknown outcome. At most 200 characters.
            Other(String),
        }

        impl Code {
            /// The code as the supplier writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Code::$variant => $text,)+
                    Code::Other(text) => text,
                }
            }
        }

        impl From<&str> for Code {
            fn from(text: &str) -> Code {
                match text {
                    $($text => Code::$variant,)+
                    // Seen in a recorded answer beside the documented spelling.
                    "ORD004" => Code::Ord04,
                    other => Code::Other(bounded(other)),
                }
            }
        }
    };
}

codes! {
    Auth01 "AUTH01" "no authorization header",
    Auth02 "AUTH02" "wrong credentials",
    Auth03 "AUTH03" "our address is not on the supplier's list",
    Auth04 "AUTH04" "no privilege for this call",
    CtType "CTTYPE" "wrong content type",
    Br01 "BR01" "bad JSON",
    Br02 "BR02" "bad JSON",
    Br03 "BR03" "too many requests",
    Br04 "BR04" "bad product id",
    Br08 "BR08" "bad query",
    WrongUrl "WRONGURL" "no such call",
    Api00 "API00" "failure inside the supplier",
    Err99 "ERR99" "failure inside the supplier",
    Pr01 "PR01" "bad `id`",
    Pr02 "PR02" "bad `page`",
    Pr03 "PR03" "bad `minQty`",
    Pr04 "PR04" "bad `minPriceFrom`",
    Pr05 "PR05" "bad `minPriceTo`",
    Ord01 "ORD01" "bad order id",
    Ord02 "ORD02" "no such order",
    Ord03 "ORD03" "payment not ready",
    Ord04 "ORD04" "the key was handed out already",
    Ord05 "ORD05" "payment required or not processed",
    Ord06 "ORD06" "not processed yet",
    Ord110 "ORD110" "the payment cannot be processed",
    Ord111 "ORD111" "last transaction not found",
    Ord112 "ORD112" "not enough money in the wallet",
    Ord113 "ORD113" "user not found",
    Ord114 "ORD114" "too late to pay",
    Ord120 "ORD120" "wrong answer of the payment provider",
    Ord121 "ORD121" "the wallet's limit is reached",
    Ord122 "ORD122" "bad gateway while paying",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_the_round_trip_and_unknown_ones_are_kept() {
        for text in ["AUTH01", "BR03", "PR05", "ORD122", "NEW77"] {
            assert_eq!(Code::from(text).as_str(), text);
        }
        assert_eq!(Code::from("ORD004"), Code::Ord04);
        assert_eq!(Code::from("NEW77"), Code::Other("NEW77".into()));
    }
}
