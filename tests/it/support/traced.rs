//! Captures the log of a test.

use std::io::Write;
use std::sync::{Arc, Mutex};

/// A captured log.
#[derive(Clone, Default)]
pub struct Traced(Arc<Mutex<Vec<u8>>>);

impl Traced {
    /// All of it as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Traced {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
