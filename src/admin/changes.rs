//! Changes of a tenant.

use std::num::NonZeroU32;

use domain::tenancy::{Name, Tenant};
use domain::{AccessToken, AppId, AppSecret, CodeMethod, Language, PinSource};

/// A change of an optional setting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is removed, so that the service's configuration applies.
    Remove,
    /// It gets this value.
    Set(T),
}

/// Changes of a tenant's settings. What is `None` or [`Change::Keep`] stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingChanges {
    /// Its display name.
    pub name: Option<Name>,
    /// Whether its calls go to the sandbox.
    pub sandbox: Option<bool>,
    /// How the code reaches a number's owner by default.
    pub code_method: Change<CodeMethod>,
    /// Default language of the code message.
    pub language: Change<Language>,
    /// Where the two-step verification PIN comes from by default.
    pub pin_source: Change<PinSource>,
    /// Requests per second on average.
    pub requests_per_second: Change<NonZeroU32>,
    /// Maximum burst, requests.
    pub burst: Change<NonZeroU32>,
    /// The access token of its migrations.
    pub access_token: Change<AccessToken>,
    /// The Meta app of the access token.
    pub app_id: Change<AppId>,
    /// The secret of that app.
    pub app_secret: Change<AppSecret>,
}

impl<T> Change<T> {
    fn apply(self, to: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Remove => *to = None,
            Self::Set(value) => *to = Some(value),
        }
    }
}

impl SettingChanges {
    /// Makes the changes.
    pub(super) fn apply(self, tenant: &mut Tenant) {
        let Self {
            name,
            sandbox,
            code_method,
            language,
            pin_source,
            requests_per_second,
            burst,
            access_token,
            app_id,
            app_secret,
        } = self;
        tenant.name = name.unwrap_or_else(|| tenant.name.clone());
        tenant.sandbox = sandbox.unwrap_or(tenant.sandbox);
        code_method.apply(&mut tenant.defaults.code_method);
        language.apply(&mut tenant.defaults.language);
        pin_source.apply(&mut tenant.defaults.pin_source);
        requests_per_second.apply(&mut tenant.limits.requests_per_second);
        burst.apply(&mut tenant.limits.burst);
        access_token.apply(&mut tenant.credentials.access_token);
        app_id.apply(&mut tenant.credentials.app_id);
        app_secret.apply(&mut tenant.credentials.app_secret);
    }
}

/// The names of the settings that differ between two versions of a tenant, as the contract names
/// them. Never their values.
pub(super) fn names(before: &Tenant, after: &Tenant) -> Vec<&'static str> {
    let (credentials, new) = (&before.credentials, &after.credentials);
    let settings = [
        ("name", before.name != after.name),
        ("enabled", before.is_enabled() != after.is_enabled()),
        ("sandbox", before.sandbox != after.sandbox),
        (
            "code_method",
            before.defaults.code_method != after.defaults.code_method,
        ),
        (
            "language",
            before.defaults.language != after.defaults.language,
        ),
        (
            "two_step_pin_source",
            before.defaults.pin_source != after.defaults.pin_source,
        ),
        (
            "requests_per_second",
            before.limits.requests_per_second != after.limits.requests_per_second,
        ),
        ("burst", before.limits.burst != after.limits.burst),
        ("access_token", credentials.access_token != new.access_token),
        ("app_id", credentials.app_id != new.app_id),
        ("app_secret", credentials.app_secret != new.app_secret),
    ];
    let changed = settings.into_iter().filter(|(_, differs)| *differs);
    changed.map(|(name, _)| name).collect()
}
