//! The length of a measurement.

/// The length of a measurement.
#[derive(Debug, Clone, Copy, clap::Args)]
#[group(multiple = false)]
pub struct Scale {
    /// A minute at most: a check that everything works, with approximate figures.
    #[arg(long)]
    quick: bool,
    /// The measurement of the documented figures. The default.
    #[arg(long)]
    full: bool,
}

impl Scale {
    /// The value for this scale.
    pub fn of<T>(self, quick: T, full: T) -> T {
        if self.quick && !self.full {
            quick
        } else {
            full
        }
    }
}
