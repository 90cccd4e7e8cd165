//! `POST /{number}/deregister`: the number stays in the account but leaves the Cloud API.

use super::success;
use crate::error::GraphError;
use crate::node::Standing;
use crate::refusals as r;
use crate::reply::Outcome;
use crate::scenario::Quirk;
use crate::world::World;

impl World {
    pub(crate) fn deregister(&mut self, id: u64) -> Outcome {
        let Some(node) = self.nodes.get_mut(&id) else {
            return Err(GraphError::no_object("POST", &id.to_string()));
        };
        let Some(number) = self.numbers.get_mut(&node.digits) else {
            return Err(r::NUMBER_DELETED.into());
        };
        if number.has(Quirk::HalfDeregistered) {
            number.fixed = true;
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
