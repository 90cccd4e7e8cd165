//! Words of the file that no schema holds, and that are wrong.

use serde_json::json;

use super::Saying;

pub const SAYINGS: &[Saying] = &[
    Saying {
        pointer: "/components/schemas/PhoneNumberCreateRequest/properties/migrate_phone_number/description",
        words: "migration from on-premises",
        truth: "the migration guide: it moves a registered number from one account to another",
        shown: |exchange| {
            let asked = exchange.request();
            asked.is_some_and(|body| body["migrate_phone_number"] == true) && exchange.is_ok()
        },
    },
    Saying {
        pointer: "/components/schemas/PhoneNumberCreateRequest/properties/phone_number/description",
        words: "E.164 format without the + prefix",
        truth: "the migration guide: it is the national number, without the country code",
        shown: |exchange| {
            let asked = exchange.request();
            asked.is_some_and(|body| body["cc"] == "1" && body["phone_number"] == "2025550100")
        },
    },
    Saying {
        pointer: "/paths/~1{Version}~1{Phone-Number-ID}~1verify_code/post/responses/200/content/application~1json\
                  /examples/successful_verification/value/id",
        words: "1234567890123456",
        truth: "the reference of verify_code: it answers success alone",
        shown: |exchange| {
            exchange.edge() == Some("verify_code")
                && exchange.answer() == Ok(json!({"success": true}))
        },
    },
    Saying {
        pointer: "/components/schemas/PhoneNumberInfo/properties/code_verification_status/description",
        words: "two-step verification status",
        truth: "the node's reference: it tells whether the one-time code was handed in, whatever the PIN",
        shown: |exchange| {
            exchange.answer().is_ok_and(|answer| {
                answer["code_verification_status"] == "VERIFIED"
                    && answer["is_pin_enabled"] == false
            })
        },
    },
    Saying {
        pointer: "/paths/~1{Version}~1{Phone-Number-ID}~1register/post/description",
        words: "Phone number must be in UNVERIFIED status",
        truth: "the table of errors: 133006, the number must be verified before it is registered",
        shown: |exchange| {
            exchange.edge() == Some("register") && exchange.failed(400, 133_006, None)
        },
    },
    Saying {
        pointer: "/paths/~1{Version}~1{Phone-Number-ID}~1register/post/responses/404/description",
        words: "Not Found",
        truth: "the table of errors: what is not there is a 400 with 100",
        shown: |exchange| exchange.failed(400, 100, Some(33)),
    },
    Saying {
        pointer: "/paths/~1{Version}~1{WABA-ID}~1phone_numbers/post/responses/409/description",
        words: "Phone number already exists",
        truth: "the migration guide: 2388012, under 400",
        shown: |exchange| exchange.failed(400, 100, Some(2_388_012)),
    },
    Saying {
        pointer: "/paths/~1{Version}~1{Phone-Number-ID}~1verify_code/post/responses/422/content/application~1json\
                  /example/error/message",
        words: "code is invalid or has expired",
        truth: "the reference of verify_code: 136025, seen under 400",
        shown: |exchange| exchange.failed(400, 136_025, None),
    },
    Saying {
        pointer: "/paths/~1{Version}~1{Phone-Number-ID}~1register/post/responses/429/content/application~1json\
                  /example/error/message",
        words: "Registration rate limit exceeded",
        truth: "the table of errors: 133016, under 400",
        shown: |exchange| exchange.failed(400, 133_016, None),
    },
];
