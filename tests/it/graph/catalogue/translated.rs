//! Meta translates its texts by the locale of the token: each reason in other languages, over real
//! HTTP.

use domain::{Disposition, Effect, Reason};
use serde_json::json;

use crate::graph::FakeMeta;

/// A reason for refusing a move or a certificate, in the Portuguese and Spanish of Meta and once in
/// another language.
const REFUSED: &[(i64, Reason, [&str; 3])] = &[
    (
        2_388_103,
        Reason::NotSubscribed,
        [
            "Os webhooks não foram configurados para a conta de destino do WhatsApp Business.",
            "No se configuraron webhooks para la cuenta de WhatsApp Business de destino.",
            "لم يتم إعداد Webhooks لحساب واتساب للأعمال الوجهة.",
        ],
    ),
    (
        2_388_103,
        Reason::NothingToMove,
        [
            "Adicione esse número de telefone à sua conta do WhatsApp",
            "Agrega este número de teléfono a tu cuenta de WhatsApp",
            "Bitte füge diese Telefonnummer zu deinem WhatsApp-Konto hinzu",
        ],
    ),
    (
        2_388_103,
        Reason::DisplayNameNotApproved,
        [
            "O nome registrado deve estar presente e aprovado.",
            "El nombre registrado debe estar presente y aprobado",
            "Le nom enregistré doit être présent et approuvé",
        ],
    ),
    (
        2_388_103,
        Reason::SourceAccountNotSetUp,
        [
            "A conta do WhatsApp em que o número de telefone está registrado não está configurada corretamente.",
            "La cuenta de WhatsApp en la que se registró este número de teléfono no está configurada correctamente",
            "Akun WhatsApp tempat nomor telepon ini terdaftar tidak disiapkan dengan benar",
        ],
    ),
    (
        2_388_103,
        Reason::PaymentMethodMissing,
        [
            "Sua conta do WhatsApp não tem uma conta de pagamento.",
            "Tu cuenta de WhatsApp no tiene una cuenta de pago",
            "WhatsApp hesabınızın bir ödeme hesabı yok",
        ],
    ),
    (
        2_388_103,
        Reason::MoveFailedAtMeta,
        [
            "Ocorreu um erro ao migrar o número de telefone.",
            "Hubo un error al migrar este número de teléfono",
            "Si è verificato un errore durante la migrazione di questo numero di telefono",
        ],
    ),
    (
        2_388_103,
        Reason::DifferentBusiness,
        [
            "Esse número de telefone pertence a uma conta diferente do Gerenciador de Negócios.",
            "Este número de teléfono pertenece a una cuenta diferente del administrador comercial",
            "यह फ़ोन नंबर किसी अन्य बिज़नेस मैनेजर अकाउंट का है",
        ],
    ),
    (
        2_388_103,
        Reason::DestinationNotApproved,
        [
            "Sua conta do WhatsApp deve ser aprovada",
            "Debe aprobarse tu cuenta de WhatsApp",
            "Dein WhatsApp-Konto muss genehmigt werden",
        ],
    ),
    (
        2_388_103,
        Reason::MessagingForNotApproved,
        [
            "O pedido \"Mensagens para\" da sua conta do WhatsApp deve ser aprovado",
            "Debe aprobarse la solicitud \"Mensajes para\" de tu cuenta de WhatsApp",
            "La demande « Messages pour » de votre compte WhatsApp doit être approuvée",
        ],
    ),
    (
        2_388_001,
        Reason::OwnershipNotConfirmed,
        [
            "Confirme a propriedade do número de telefone em questão.",
            "Confirma la propiedad de este número de teléfono",
            "يرجى تأكيد ملكية رقم الهاتف هذا",
        ],
    ),
    (
        2_388_001,
        Reason::TwoStepEnabled,
        [
            "Verifique se a autenticação em duas etapas está desabilitada.",
            "Asegúrate de que la autenticación de dos factores esté deshabilitada",
            "Pastikan autentikasi dua langkah dinonaktifkan",
        ],
    ),
    (
        2_388_001,
        Reason::DisplayNameNotApproved,
        [
            "Não foi possível processar seu nome de exibição. Edite seu nome de exibição e tente novamente.",
            "No se pudo procesar tu nombre visible. Edítalo y vuelve a intentarlo.",
            "आपका डिस्प्ले नेम प्रोसेस नहीं किया जा सका। कृपया अपना डिस्प्ले नेम एडिट करें।",
        ],
    ),
    (
        2_388_001,
        Reason::NumberUsedElsewhere,
        [
            "Esse número já está registrado em uma conta do WhatsApp. Para usar este número, desconecte-o da conta existente.",
            "Este número está registrado en una cuenta de WhatsApp que ya existe. Para usar este número, desconéctalo de la cuenta existente.",
            "Questo numero è registrato su un account WhatsApp esistente.",
        ],
    ),
];

/// The headlines in English and in Portuguese.
const HEADLINES: &[(i64, [&str; 2])] = &[
    (
        2_388_103,
        [
            "Cannot Migrate Phone Number",
            "Não é possível migrar o número de telefone",
        ],
    ),
    (
        2_388_001,
        [
            "Cannot Create Certificate",
            "Não é possível criar o certificado",
        ],
    ),
];

#[tokio::test]
async fn a_translated_reason_is_understood_below_its_headline_and_alone() {
    let meta = FakeMeta::start().await;
    for (subcode, reason, texts) in REFUSED {
        let (_, headlines) = HEADLINES.iter().find(|(of, _)| of == subcode).unwrap();
        for text in texts {
            let mut errors = vec![
                json!({"message": "Invalid parameter", "error_user_title": text}),
                json!({"message": "(#100) Invalid parameter", "error_data": {"details": text}}),
            ];
            for headline in headlines {
                errors.push(json!({"message": "Invalid parameter", "error_user_title": headline, "error_user_msg": text}));
                let details = format!("{headline}: {text}");
                errors.push(json!({"message": "(#100) Invalid parameter", "error_data": {"details": details}}));
            }
            for with_subcode in [true, false] {
                for mut error in errors.clone() {
                    error["code"] = json!(100);
                    error["error_subcode"] = json!(with_subcode.then_some(subcode));
                    let fault = meta.fault(400, json!({"error": error})).await;
                    assert_eq!(fault.reason, *reason, "{error}");
                }
            }
        }
    }
}

#[tokio::test]
async fn errors_of_a_code_are_understood_in_other_languages() {
    let meta = FakeMeta::start().await;
    for (code, text, reason) in [
        (
            136_024,
            "Você solicitou o código muitas vezes.",
            Reason::CodeRequestedTooOften,
        ),
        (
            136_024,
            "Vous avez demandé un code de vérification trop de fois.",
            Reason::CodeRequestedTooOften,
        ),
        (
            136_024,
            "A propriedade do número de telefone já foi verificada.",
            Reason::AlreadyVerified,
        ),
        (
            136_024,
            "Die Inhaberschaft der Telefonnummer wurde bereits bestätigt.",
            Reason::AlreadyVerified,
        ),
        (
            136_024,
            "Este número de teléfono no es apto para recibir un código de registro, ya que no se está migrando",
            Reason::NotBeingMigrated,
        ),
        (
            136_024,
            "Server kami sedang tidak tersedia untuk sementara. Harap tunggu 1 jam.",
            Reason::CodeSendingUnavailable,
        ),
        (
            136_025,
            "Você fez tentativas demais.",
            Reason::CodeGuessedTooOften,
        ),
        (
            136_025,
            "Çok fazla yanlış kod girdiniz.",
            Reason::CodeGuessedTooOften,
        ),
        (
            136_025,
            "Il codice inserito è errato o scaduto.",
            Reason::CodeRejected,
        ),
        (
            136_025,
            "التسجيل غير متاح لحسابات SMB",
            Reason::NumberOnBusinessApp,
        ),
    ] {
        let error = json!({"message": "(#…) error", "code": code, "error_user_msg": text});
        assert_eq!(
            meta.fault(400, json!({"error": error})).await.reason,
            reason,
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_text_in_an_unknown_language_keeps_its_group_and_text_and_is_not_retried() {
    let meta = FakeMeta::start().await;
    let polish = "Twoje konto WhatsApp musi mieć aktywną linię kredytową.";
    let japanese = "お使いのWhatsAppアカウントには支払い方法が設定されていません。";
    for (subcode, reason) in [
        (2_388_103, Reason::MoveRefused),
        (2_388_001, Reason::CertificateRefused),
    ] {
        for text in [polish, japanese] {
            for title in [text, "Cannot migrate phone number"] {
                let error = json!({"message": "Invalid parameter", "code": 100, "error_subcode": subcode,
                    "error_user_title": title, "error_user_msg": text});
                let fault = meta.fault(400, json!({"error": error})).await;
                assert_eq!(fault.reason, reason, "{text}");
                assert_eq!(
                    (fault.disposition, fault.effect),
                    (Disposition::Ask, Effect::None)
                );
                assert_eq!(
                    fault.graph_error.unwrap().user_message.as_deref(),
                    Some(text)
                );
            }
        }
    }
}
