//! Every RPC of the contract, with a valid request of each.

use prost::Message as _;
use waba_migrator::proto::DESCRIPTORS;
use waba_migrator::proto::v1::{
    CancelRequest, CheckEligibilityRequest, DeleteMigrationRequest, ForgetNumberRequest,
    GetStatusRequest, ListEventsRequest, ListMigrationsRequest, MigrateRequest, ResendCodeRequest,
    ResumeRequest, RevealTwoStepPinRequest, SubmitCodeRequest, UpdateMigrationRequest,
    WatchRequest,
};

use crate::support::service::request;

/// An RPC, as the contract describes it.
#[derive(Debug)]
pub struct Rpc {
    pub name: String,
    /// Whether its request names one migration.
    pub about_one: bool,
}

/// Every RPC of the contract.
pub fn all() -> Vec<Rpc> {
    let set = prost_types::FileDescriptorSet::decode(DESCRIPTORS).unwrap();
    let messages: Vec<_> = set
        .file
        .iter()
        .flat_map(|file| &file.message_type)
        .collect();
    let services = set.file.iter().flat_map(|file| &file.service);
    let rpcs: Vec<Rpc> = services
        .flat_map(|service| &service.method)
        .map(|method| {
            let name = method.input_type().rsplit('.').next().unwrap();
            let input = messages.iter().find(|message| message.name() == name);
            let mut fields = input.unwrap().field.iter();
            Rpc {
                name: method.name().to_owned(),
                about_one: fields.any(|field| field.name() == "migration_id"),
            }
        })
        .collect();
    assert!(rpcs.len() >= 11);
    rpcs
}

/// A valid request of this RPC; for the migration `id` if it names one.
pub fn message(rpc: &str, id: &str) -> Vec<u8> {
    let migration_id = id.to_owned();
    let at_once = Some(prost_types::Duration::default());
    match rpc {
        "Migrate" => MigrateRequest {
            wait: at_once,
            ..request("+12025550100")
        }
        .encode_to_vec(),
        "SubmitCode" => SubmitCodeRequest {
            migration_id,
            code: "123830".to_owned(),
            wait: at_once,
        }
        .encode_to_vec(),
        "GetStatus" => GetStatusRequest { migration_id }.encode_to_vec(),
        "CheckEligibility" => CheckEligibilityRequest {
            phone_number: "+12025550100".to_owned(),
            destination_waba_id: crate::support::service::DESTINATION.to_owned(),
            ..CheckEligibilityRequest::default()
        }
        .encode_to_vec(),
        "ResendCode" => ResendCodeRequest {
            migration_id,
            wait: at_once,
            ..ResendCodeRequest::default()
        }
        .encode_to_vec(),
        "Resume" => ResumeRequest {
            migration_id,
            wait: at_once,
            ..ResumeRequest::default()
        }
        .encode_to_vec(),
        "UpdateMigration" => UpdateMigrationRequest {
            migration_id,
            reference: Some("order 8".to_owned()),
            wait: at_once,
            ..UpdateMigrationRequest::default()
        }
        .encode_to_vec(),
        "Cancel" => CancelRequest {
            migration_id,
            wait: at_once,
        }
        .encode_to_vec(),
        "RevealTwoStepPin" => RevealTwoStepPinRequest { migration_id }.encode_to_vec(),
        "ListMigrations" => ListMigrationsRequest::default().encode_to_vec(),
        "ListEvents" => ListEventsRequest {
            migration_id,
            ..ListEventsRequest::default()
        }
        .encode_to_vec(),
        "Watch" => WatchRequest {
            migration_id,
            after_sequence: 0,
        }
        .encode_to_vec(),
        "DeleteMigration" => DeleteMigrationRequest { migration_id }.encode_to_vec(),
        "ForgetNumber" => ForgetNumberRequest {
            phone_number: "+12025550100".to_owned(),
        }
        .encode_to_vec(),
        new => panic!(
            "a new RPC: add a valid request of {new} here and what it may show to `isolation`"
        ),
    }
}
