//! How much is measured.

/// How much is measured.
#[derive(Debug, Clone, Copy, clap::Args)]
#[group(multiple = false)]
pub struct Scale {
    /// A minute at most: whether all works, and where the figures roughly lie.
    #[arg(long)]
    quick: bool,
    /// As much as the documented figures rest on. The default.
    #[arg(long)]
    full: bool,
}

impl Scale {
    /// The one of two values that this scale asks for.
    pub fn of<T>(self, quick: T, full: T) -> T {
        if self.quick && !self.full {
            quick
        } else {
            full
        }
    }
}
