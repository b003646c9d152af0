//! The list of calls against its names on the wire.

use super::*;

#[test]
fn every_call_is_read_under_its_name() {
    for name in Request::NAMES {
        let call = format!(r#"{{"call": "{name}", "args": 0}}"#);
        let error = serde_json::from_str::<Request>(&call)
            .unwrap_err()
            .to_string();
        assert!(!error.contains("unknown variant"), "{name}: {error}");
    }
}
