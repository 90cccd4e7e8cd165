//! What must hold in every state.

/// A property that was violated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// REGISTER is sent only by a worker that has read the number since it leased the migration.
    RegisterIsRead,
    /// REGISTER is sent again only by a worker that has read the number since Meta received the
    /// call before, and after that call could no longer take effect.
    RegisterIsReadBeforeRepeat,
    /// A code is requested again only if Meta refused the request before, or a person has acted.
    CodeRequestIsNotRepeated,
    /// A call that changes something is sent only by the worker that has the lease.
    CallsNeedTheLease,
    /// Meta receives no more calls than the budget allows.
    BudgetIsKept,
    /// SUCCEEDED is saved only by a worker that has read the number as connected.
    SuccessIsConfirmed,
    /// The number does not move once the migration is canceled or expired.
    EndIsFinal,
    /// A worker saves only while it has the lease.
    SavesNeedTheLease,
    /// A live migration is due at some time, and its lease ends at some time.
    NothingIsForgotten,
    /// Without further misfortune, and if the actors do what is asked, the migration can end.
    EveryMigrationCanEnd,
}

impl Property {
    pub const ALL: [Self; 10] = [
        Self::RegisterIsRead,
        Self::RegisterIsReadBeforeRepeat,
        Self::CodeRequestIsNotRepeated,
        Self::CallsNeedTheLease,
        Self::BudgetIsKept,
        Self::SuccessIsConfirmed,
        Self::EndIsFinal,
        Self::SavesNeedTheLease,
        Self::NothingIsForgotten,
        Self::EveryMigrationCanEnd,
    ];

    const fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// A set of properties.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Properties(u16);

impl Properties {
    pub fn of(properties: &[Property]) -> Self {
        let mut set = Self::default();
        for property in properties {
            set.add(*property);
        }
        set
    }

    pub const fn add(&mut self, property: Property) {
        self.0 |= property.bit();
    }

    /// The first property that both sets have.
    pub fn first_of(self, other: Self) -> Option<Property> {
        let both = |it: &Property| self.0 & other.0 & it.bit() != 0;
        Property::ALL.into_iter().find(both)
    }
}
