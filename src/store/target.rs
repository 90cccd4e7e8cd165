//! The target of a store: where the calls of its migrations go. Recorded at the first start of a
//! service, and checked at each later start: a real migration that continued against a sandbox
//! would seem to succeed, and one of the sandbox would call Meta.

use std::fmt;

use super::Error;

/// The table of the recorded target.
pub(super) const TABLE: &str = "graph_target";

/// The world that a store belongs to. It never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// Meta, with real numbers.
    Meta,
    /// A sandbox.
    Sandbox,
}

/// Where the calls of a store's migrations go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The world.
    pub world: World,
    /// The host of `graph.base_url`: `graph.facebook.com`.
    pub graph_host: String,
}

impl World {
    /// The name, as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Sandbox => "sandbox",
        }
    }

    fn from_stored(text: &str) -> Option<Self> {
        let mut all = [Self::Meta, Self::Sandbox].into_iter();
        all.find(|world| world.as_str() == text)
    }
}

impl Target {
    /// The target in the row of [`TABLE`].
    pub(super) fn from_stored(world: &str, graph_host: String) -> Result<Self, Error> {
        let world = World::from_stored(world)
            .ok_or_else(|| Error::corrupt(TABLE, "world", &1, "it is neither meta nor sandbox"))?;
        Ok(Self { world, graph_host })
    }

    /// Checks that the store may be used with the target `asked`; `accept_host` allows another host
    /// of the same world.
    pub(super) fn admits(&self, asked: &Self, accept_host: bool) -> Result<(), Error> {
        let (recorded, asked) = (self.clone(), asked.clone());
        if recorded.world != asked.world {
            Err(Error::OtherWorld { recorded, asked })
        } else if recorded.graph_host != asked.graph_host && !accept_host {
            Err(Error::OtherHost { recorded, asked })
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_be_accepted_and_a_world_never() {
        let target = |world, host: &str| Target {
            world,
            graph_host: host.to_owned(),
        };
        let meta = target(World::Meta, "graph.facebook.com");
        let proxy = target(World::Meta, "graph.example");
        let sandbox = target(World::Sandbox, "127.0.0.1");
        assert!(meta.admits(&meta, false).is_ok());
        let refused = meta.admits(&proxy, false);
        assert!(
            matches!(refused, Err(Error::OtherHost { .. })),
            "{refused:?}"
        );
        assert!(meta.admits(&proxy, true).is_ok());
        for (recorded, asked) in [(&meta, &sandbox), (&sandbox, &meta)] {
            for accept in [false, true] {
                let refused = recorded.admits(asked, accept);
                assert!(
                    matches!(refused, Err(Error::OtherWorld { .. })),
                    "{refused:?}"
                );
            }
        }
    }

    #[test]
    fn only_a_known_world_is_read() {
        for world in [World::Meta, World::Sandbox] {
            let read = Target::from_stored(world.as_str(), "a".to_owned());
            assert_eq!(read.unwrap().world, world);
        }
        let other = Target::from_stored("moon", "a".to_owned());
        assert!(matches!(other, Err(Error::Corrupt { .. })), "{other:?}");
    }
}
