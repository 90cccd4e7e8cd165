//! Tenants and keys with fixed contents.

use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyText, Role, Tenant};
use uuid::Uuid;
use waba_migrator::store::{Added, Directory, Saved};

use super::migrations::at;

/// A new tenant, named like its id.
pub fn plain(id: &TenantId) -> Tenant {
    Tenant::new(id.clone(), id.as_str().parse().unwrap(), at(0))
}

/// Creates a tenant, which must not exist.
pub async fn kept(store: &impl Directory, id: &TenantId) {
    assert_eq!(
        store.create_tenant(&plain(id)).await.unwrap(),
        Added::Done,
        "{id}"
    );
}

/// Gives an existing tenant its own secrets.
pub async fn entrusted(store: &impl Directory, id: &TenantId) -> Tenant {
    let mut tenant = store.tenant(id).await.unwrap().unwrap();
    tenant.credentials.access_token = "EAABcanaryOfTheTenant".parse().ok();
    tenant.credentials.app_secret = "canaryOfTheApp".parse().ok();
    resaved(store, tenant).await
}

/// Saves a tenant, which must succeed.
pub async fn resaved(store: &impl Directory, tenant: Tenant) -> Tenant {
    match store.save_tenant(&tenant).await.unwrap() {
        Saved::Done { version } => Tenant { version, ..tenant },
        Saved::Conflict => panic!("a conflict"),
    }
}

/// The text of the `n`th key.
pub fn text(n: u8) -> KeyText {
    KeyText::from_random(&[n; KeyText::RANDOM_BYTES])
}

/// A text with the prefix of the `n`th key and the secret of another.
pub fn text_beside(n: u8, other: u8) -> KeyText {
    let mut bytes = [n; KeyText::RANDOM_BYTES];
    bytes[10..].fill(other);
    KeyText::from_random(&bytes)
}

/// The `n`th key. Ids sort by `n`, and texts are unique.
pub fn key(tenant: &TenantId, n: u8) -> ApiKey {
    ApiKey {
        id: ApiKeyId::from_uuid(Uuid::from_u128(
            0x0198_0000_0000_7000_8000_0000_0000_0000 + u128::from(n),
        )),
        tenant: tenant.clone(),
        role: Role::Migrator,
        label: format!("key {n}").parse().unwrap(),
        prefix: text(n).prefix(),
        hash: text(n).hash(),
        created_at: at(0),
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    }
}
