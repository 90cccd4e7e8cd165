//! What a tenant has used.

use super::{Administration, Error};
use crate::store::Directory;
use domain::TenantId;
use domain::tenancy::{Month, MonthlyUsage};

impl<D: Directory> Administration<D> {
    /// What a tenant has used in each month from `from` to `to`, the earliest first.
    pub async fn usage(
        &self,
        tenant: &TenantId,
        from: Month,
        to: Month,
    ) -> Result<Vec<MonthlyUsage>, Error> {
        let used = self.directory.usage(tenant, from, to).await?;
        if used.is_empty() {
            // Tells a tenant without use from one that does not exist.
            self.tenant(tenant).await?;
        }
        let months = (0..=to.since(from)).map(|after| from.plus(after));
        let usage = months.map(|month| {
            let found = used.iter().find(|usage| usage.month == month);
            found.copied().unwrap_or(MonthlyUsage::none(month))
        });
        Ok(usage.collect())
    }
}
