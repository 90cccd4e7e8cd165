//! Lists of Meta's: one page a line, repeated from the first after the last.

#![no_main]

use domain::{Effect, Reason};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use waba_migrator::graph::fuzzing::walk;

/// Maximum pages of a list.
const MOST_PAGES: usize = 100;

fuzz_target!(|input: &[u8]| {
    let lines = input.split(|byte| *byte == b'\n');
    let pages: Vec<Map<String, Value>> = lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let (asked, brought) = walk(&pages);
    assert!(asked <= MOST_PAGES, "a list without end");
    match brought {
        Ok(items) => {
            let objects = |page: &Map<String, Value>| {
                let data = page.get("data").and_then(Value::as_array);
                data.map_or(0, |data| {
                    data.iter().filter(|item| item.is_object()).count()
                })
            };
            let whole: usize = pages.iter().cycle().take(asked).map(objects).sum();
            assert_eq!(items, whole, "a list that ends is read whole");
        }
        Err(fault) => {
            assert_eq!(fault.reason, Reason::GraphUnreadable);
            assert_eq!(fault.effect, Effect::None, "a reading call has no effect");
        }
    }
});
