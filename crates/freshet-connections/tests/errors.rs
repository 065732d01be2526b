//! The table of codes.

#![allow(clippy::unwrap_used, reason = "a test may end at the first surprise")]

use freshet_connections::Code;

#[test]
fn codes_stand_in_order_and_exit_as_documented() {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert!(codes.is_sorted(), "{codes:?}");
    let mut unique = codes.clone();
    unique.dedup();
    assert_eq!(codes, unique);
    for code in Code::ALL {
        assert!(code.as_str().len() == 5 && code.as_str().starts_with('C'));
        assert!([0, 2, 4, 69, 74, 75, 78].contains(&code.exit()), "{code:?}");
    }
}
