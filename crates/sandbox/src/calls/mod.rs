//! The calls that change something, one file each. Each checks what Meta checks, in its order, and
//! is atomic.

mod add_number;
mod deregister;
mod register;
mod request_code;
mod subscribe;
mod verify_code;

use serde_json::{Value, json};

pub(crate) use add_number::dialled;

/// Graph's response to a successful call.
fn success() -> Value {
    json!({"success": true})
}
