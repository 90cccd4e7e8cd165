//! What a tenant has of its own, as flags.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::failure::Failure;
use crate::cli::input;
use domain::tenancy::{Name, RateLimits, Tenant};
use domain::{AccessToken, AppId, AppSecret, Language};

/// What a tenant has of its own.
#[derive(Debug, clap::Args)]
pub(super) struct TenantOptions {
    /// What people call it.
    #[arg(long)]
    name: Option<Name>,
    /// A tenant of the sandbox: its calls go to the stand-in for Meta, however the service is configured. `--sandbox=false`
    /// makes it an ordinary one again.
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    sandbox: Option<bool>,
    /// How codes reach a number's owner where a request does not say.
    #[arg(long, value_enum)]
    code_method: Option<CodeMethod>,
    /// The language of code messages where a request does not say, for example `pt_BR`.
    #[arg(long)]
    language: Option<Language>,
    /// Where two-step verification PINs come from where a request does not say.
    #[arg(long, value_enum)]
    pin: Option<Pin>,
    /// How many requests it may make a second, on the average.
    #[arg(long, value_name = "N", value_parser = limit)]
    requests_per_second: Option<NonZeroU32>,
    /// How many requests it may make at once after a rest.
    #[arg(long, value_name = "N", value_parser = limit)]
    burst: Option<NonZeroU32>,
    /// A file that holds the access token for migrations that bring none of their own; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    access_token_file: Option<PathBuf>,
    /// The Meta app that the token belongs to.
    #[arg(long, value_name = "ID")]
    app_id: Option<AppId>,
    /// A file that holds the secret of that app; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    app_secret_file: Option<PathBuf>,
}

/// A limit of a tenant's own.
fn limit(text: &str) -> Result<NonZeroU32, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| *number <= RateLimits::MAX);
    number.ok_or_else(|| format!("must be a whole number from 1 to {}", RateLimits::MAX))
}

/// How codes reach a number's owner.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum CodeMethod {
    /// By text message.
    Sms,
    /// By phone call.
    Voice,
}

/// Where PINs come from.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Pin {
    /// The service makes one for each number.
    Generate,
    /// The verification code is the PIN, too.
    UseCode,
    /// Each request must bring one.
    Provided,
}

/// What can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Unset {
    CodeMethod,
    Language,
    Pin,
    RequestsPerSecond,
    Burst,
    AccessToken,
    AppId,
    AppSecret,
}

/// What is to change. Files were read.
#[derive(Debug)]
pub(super) struct TenantChanges<'a> {
    own: TenantOptions,
    access_token: Option<AccessToken>,
    app_secret: Option<AppSecret>,
    unset: &'a [Unset],
}

impl TenantOptions {
    /// Reads what stands in files. What is both set and taken away is a contradiction.
    pub(super) fn read(self, unset: &[Unset]) -> Result<TenantChanges<'_>, Failure> {
        let piped =
            |file: &Option<PathBuf>| file.as_ref().is_some_and(|file| file.as_os_str() == "-");
        if piped(&self.access_token_file) && piped(&self.app_secret_file) {
            return Err(Failure::usage(
                "standard input holds one secret: name a file for --access-token-file or --app-secret-file",
            ));
        }
        for (set, what) in [
            (self.code_method.is_some(), Unset::CodeMethod),
            (self.language.is_some(), Unset::Language),
            (self.pin.is_some(), Unset::Pin),
            (self.requests_per_second.is_some(), Unset::RequestsPerSecond),
            (self.burst.is_some(), Unset::Burst),
            (self.access_token_file.is_some(), Unset::AccessToken),
            (self.app_id.is_some(), Unset::AppId),
            (self.app_secret_file.is_some(), Unset::AppSecret),
        ] {
            if set && unset.contains(&what) {
                let what = what.to_possible_value();
                let what = what.as_ref().map_or("it", |value| value.get_name());
                return Err(Failure::usage(format!("--unset {what}: it is set as well")));
            }
        }
        let access_token = self.access_token_file.as_deref();
        let app_secret = self.app_secret_file.as_deref();
        Ok(TenantChanges {
            access_token: access_token
                .map(|path| input::secret_file("--access-token-file", path))
                .transpose()?,
            app_secret: app_secret
                .map(|path| input::secret_file("--app-secret-file", path))
                .transpose()?,
            own: self,
            unset,
        })
    }
}

impl TenantChanges<'_> {
    /// Whether there is nothing to change.
    pub(super) fn is_empty(&self) -> bool {
        let TenantOptions {
            name,
            sandbox,
            code_method,
            language,
            pin,
            requests_per_second,
            burst,
            access_token_file,
            app_id,
            app_secret_file,
        } = &self.own;
        let set = [
            name.is_some(),
            sandbox.is_some(),
            code_method.is_some(),
            language.is_some(),
            pin.is_some(),
            requests_per_second.is_some(),
            burst.is_some(),
            access_token_file.is_some(),
            app_id.is_some(),
            app_secret_file.is_some(),
        ];
        self.unset.is_empty() && !set.contains(&true)
    }

    /// Changes a tenant so.
    pub(super) fn apply(&self, tenant: &mut Tenant) {
        /// What is set goes before what is taken away, and that before what was there.
        fn put<T>(place: &mut Option<T>, value: Option<T>, gone: bool) {
            if value.is_some() || gone {
                *place = value;
            }
        }
        let gone = |what| self.unset.contains(&what);
        let own = &self.own;
        if let Some(name) = &own.name {
            tenant.name = name.clone();
        }
        if let Some(sandbox) = own.sandbox {
            tenant.sandbox = sandbox;
        }
        let defaults = &mut tenant.defaults;
        let method = own.code_method.map(domain::CodeMethod::from);
        put(&mut defaults.code_method, method, gone(Unset::CodeMethod));
        let language = own.language.clone();
        put(&mut defaults.language, language, gone(Unset::Language));
        let pin = own.pin.map(domain::PinSource::from);
        put(&mut defaults.pin_source, pin, gone(Unset::Pin));
        let limits = &mut tenant.limits;
        let rate = &mut limits.requests_per_second;
        put(
            rate,
            own.requests_per_second,
            gone(Unset::RequestsPerSecond),
        );
        put(&mut limits.burst, own.burst, gone(Unset::Burst));
        let credentials = &mut tenant.credentials;
        let token = &mut credentials.access_token;
        put(token, self.access_token.clone(), gone(Unset::AccessToken));
        put(
            &mut credentials.app_id,
            own.app_id.clone(),
            gone(Unset::AppId),
        );
        let secret = &mut credentials.app_secret;
        put(secret, self.app_secret.clone(), gone(Unset::AppSecret));
    }
}

impl From<CodeMethod> for domain::CodeMethod {
    fn from(method: CodeMethod) -> Self {
        match method {
            CodeMethod::Sms => Self::Sms,
            CodeMethod::Voice => Self::Voice,
        }
    }
}

impl From<Pin> for domain::PinSource {
    fn from(pin: Pin) -> Self {
        match pin {
            Pin::Generate => Self::Generated,
            Pin::UseCode => Self::Code,
            Pin::Provided => Self::Provided,
        }
    }
}
