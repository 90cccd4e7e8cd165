//! A sandbox in place of Meta's Graph API.

use domain::{
    CodeMethod, Fault, Language, PhoneNumber, PhoneNumberId, Pin, VerificationCode, WabaId,
};
use sandbox::{Options, Sandbox};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use waba_migrator::graph::{Permit, Session, WriteError};

/// Serves a sandbox on a free port: the sandbox, its URL, and a guard that stops it.
pub async fn served(options: Options) -> (Sandbox, String, DropGuard) {
    let sandbox = Sandbox::new(options);
    let stop = CancellationToken::new();
    let host = listen(&sandbox, &stop).await;
    (sandbox, format!("http://{host}"), stop.drop_guard())
}

/// Serves a sandbox on another free port, until `stop`; host and port.
pub async fn listen(sandbox: &Sandbox, stop: &CancellationToken) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    TaskTracker::new().spawn(sandbox.clone().serve(listener, stop.clone()));
    host
}

/// The changing calls of a session with a permit that does not end.
pub trait Writes {
    async fn subscribe(&self, waba: &WabaId) -> Result<(), Fault>;
    async fn add_number(&self, waba: &WabaId, phone: &PhoneNumber) -> Result<PhoneNumberId, Fault>;
    async fn request_code(
        &self,
        id: &PhoneNumberId,
        method: CodeMethod,
        language: &Language,
    ) -> Result<(), Fault>;
    async fn verify_code(&self, id: &PhoneNumberId, code: &VerificationCode) -> Result<(), Fault>;
    async fn register(&self, id: &PhoneNumberId, pin: &Pin) -> Result<bool, Fault>;
}

impl Writes for Session<'_> {
    async fn subscribe(&self, waba: &WabaId) -> Result<(), Fault> {
        let permit = Permit::unlimited();
        let done = self.with_permit(&permit).subscribe(waba).await;
        done.map_err(fault)
    }

    async fn add_number(&self, waba: &WabaId, phone: &PhoneNumber) -> Result<PhoneNumberId, Fault> {
        let permit = Permit::unlimited();
        let done = self.with_permit(&permit).add_number(waba, phone).await;
        done.map_err(fault)
    }

    async fn request_code(
        &self,
        id: &PhoneNumberId,
        method: CodeMethod,
        language: &Language,
    ) -> Result<(), Fault> {
        let permit = Permit::unlimited();
        let writer = self.with_permit(&permit);
        let done = writer.request_code(id, method, language).await;
        done.map_err(fault)
    }

    async fn verify_code(&self, id: &PhoneNumberId, code: &VerificationCode) -> Result<(), Fault> {
        let permit = Permit::unlimited();
        let done = self.with_permit(&permit).verify_code(id, code).await;
        done.map_err(fault)
    }

    async fn register(&self, id: &PhoneNumberId, pin: &Pin) -> Result<bool, Fault> {
        let permit = Permit::unlimited();
        let done = self.with_permit(&permit).register(id, pin).await;
        done.map_err(fault)
    }
}

fn fault(error: WriteError) -> Fault {
    match error {
        WriteError::Fault(fault) => *fault,
        other => panic!("{other}"),
    }
}
