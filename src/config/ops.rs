//! `[ops]`: the operations port.

use std::net::SocketAddr;

use super::Reader;
use super::server::address;

/// The operations port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ops {
    /// Where it listens; `None`: there is none.
    pub listen: Option<SocketAddr>,
}

impl Ops {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let key = "ops.listen";
        let is_off = reader.text(key).is_empty();
        Self {
            listen: (!is_off).then(|| address(reader, key)),
        }
    }
}
