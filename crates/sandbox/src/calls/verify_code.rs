//! `POST /{number}/verify_code`: verifies the ownership of a number with a code.

use jiff::Timestamp;

use super::success;
use crate::error::GraphError;
use crate::params::Params;
use crate::refusals as r;
use crate::reply::Outcome;
use crate::world::World;

impl World {
    pub(crate) fn verify_code(&mut self, now: Timestamp, id: u64, params: &Params) -> Outcome {
        let code = params.needed("code")?;
        if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(GraphError::parameter("Param code must be six digits."));
        }
        let Self { nodes, options, .. } = self;
        let Some(node) = nodes.get_mut(&id) else {
            return Err(GraphError::no_object("POST", &id.to_string()));
        };
        if node.is_verified(now) {
            return Err(r::NOT_BEING_MIGRATED_VERIFY.into());
        }
        node.take_code(&code, now, options)?;
        Ok(success())
    }
}
