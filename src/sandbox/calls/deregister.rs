//! `POST /{number}/deregister`: the number stays in the account but leaves the Cloud API.

use super::success;
use crate::sandbox::error::GraphError;
use crate::sandbox::node::Standing;
use crate::sandbox::perform::Outcome;
use crate::sandbox::refusals as r;
use crate::sandbox::scenario::Quirk;
use crate::sandbox::world::World;

impl World {
    pub(crate) fn deregister(&mut self, id: u64) -> Outcome {
        let Some(node) = self.nodes.get_mut(&id) else {
            return Err(GraphError::no_object("POST", &id.to_string()));
        };
        let Some(number) = self.numbers.get_mut(&node.digits) else {
            return Err(r::NUMBER_DELETED.into());
        };
        if number.has(Quirk::HalfDeregistered) {
            number.mended = true;
            return Ok(success());
        }
        if node.standing != Standing::Connected {
            return Err(r::NOT_REGISTERED.into());
        }
        node.standing = Standing::Disconnected;
        number.home = None;
        Ok(success())
    }
}
