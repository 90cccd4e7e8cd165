//! Sentences that introduce a reason without naming it, and words for the topic of a sentence.

use super::super::text::says;

/// What a headline introduces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Headline {
    /// Why a number cannot be moved.
    Move,
    /// Why a number's certificate cannot be created.
    Certificate,
    /// Why a number cannot be added, no code is sent or a code is refused, which the error's code
    /// shows as well.
    Other,
}

/// Prefixes of sentences that introduce a reason.
const HEADLINES: [(Headline, &[&str]); 3] = [
    (
        Headline::Move,
        &[
            "cannot migrate phone number",
            "cannot migrate this phone number",
            "can't migrate phone number",
            "unable to migrate phone number",
            "nao e possivel migrar o numero de telefone",
            "nao foi possivel migrar o numero de telefone",
            "no se puede migrar el numero de telefono",
            "no se pudo migrar el numero de telefono",
            "telefonnummer kann nicht migriert werden",
            "die telefonnummer kann nicht migriert werden",
            "impossible de migrer le numero de telephone",
            "لا يمكن نقل رقم الهاتف",
            "تعذر نقل رقم الهاتف",
            "لا يمكن ترحيل رقم الهاتف",
            "tidak dapat memigrasikan nomor telepon",
            "tidak bisa memigrasikan nomor telepon",
            "telefon numarasi tasinamiyor",
            "telefon numarasi tasinamadi",
            "telefon numarasi tasinamaz",
            "impossibile migrare il numero di telefono",
            "impossibile trasferire il numero di telefono",
            "फोन नंबर माइग्रेट नहीं किया जा सकता",
            "फोन नंबर को माइग्रेट नहीं किया जा सकता",
        ],
    ),
    (
        Headline::Certificate,
        &[
            "cannot create certificate",
            "can't create certificate",
            "nao e possivel criar o certificado",
            "nao e possivel criar certificado",
            "nao foi possivel criar o certificado",
            "no se puede crear el certificado",
            "no se pudo crear el certificado",
            "zertifikat kann nicht erstellt werden",
            "impossible de creer le certificat",
            "impossible de creer un certificat",
            "لا يمكن انشاء الشهاده",
            "لا يمكن انشاء شهاده",
            "تعذر انشاء الشهاده",
            "tidak dapat membuat sertifikat",
            "sertifika olusturulamiyor",
            "sertifika olusturulamadi",
            "impossibile creare il certificato",
            "सर्टिफिकेट नहीं बनाया जा सकता",
            "प्रमाणपत्र नहीं बनाया जा सकता",
        ],
    ),
    (
        Headline::Other,
        &[
            "request code error",
            "verify code error",
            "code request failed",
            "request code failed",
            "cannot add phone number",
            "cannot add this phone number",
            "couldn't send code",
            "nao foi possivel enviar o codigo",
            "falha na solicitacao do codigo",
            "nao foi possivel verificar o codigo",
            "nao e possivel adicionar o numero de telefone",
            "nao foi possivel adicionar o numero de telefone",
            "no se pudo enviar el codigo",
            "no se puede enviar el codigo",
            "no se pudo verificar el codigo",
            "no se puede agregar el numero de telefono",
            "no se puede anadir el numero de telefono",
            "code konnte nicht gesendet werden",
            "der code konnte nicht gesendet werden",
            "telefonnummer kann nicht hinzugefugt werden",
            "impossible d'envoyer le code",
            "impossible de verifier le code",
            "impossible d'ajouter le numero de telephone",
            "تعذر ارسال الرمز",
            "لا يمكن ارسال الرمز",
            "لا يمكن اضافه رقم الهاتف",
            "tidak dapat mengirim kode",
            "tidak dapat menambahkan nomor telepon",
            "kod gonderilemedi",
            "telefon numarasi eklenemiyor",
            "impossibile inviare il codice",
            "impossibile aggiungere il numero di telefono",
            "कोड नहीं भेजा जा सका",
            "फोन नंबर नहीं जोडा जा सकता",
        ],
    ),
];

/// Texts after a headline that add no information.
const TAILS: [&str; 3] = [
    "to whatsapp business account",
    "a conta do whatsapp business",
    "a la cuenta de whatsapp business",
];

/// Sentences of every error of a code.
const FILLERS: [&str; 17] = [
    "invalid parameter",
    "an unknown error occurred",
    "an unknown error has occurred",
    "unknown error",
    "something went wrong",
    "permissions error",
    "bad request",
    "parametro invalido",
    "parametro nao valido",
    "parametro no valido",
    "ungultiger parameter",
    "parametre non valide",
    "معلمه غير صالحه",
    "parameter tidak valid",
    "gecersiz parametre",
    "parametro non valido",
    "अमान्य पैरामीटर",
];

/// Pattern for a verification code, not a country or error code.
const CODE: &str = "verification code|registration code|codigo de verificac|codigo de registro|verifizierungscode|bestatigungscode\
    |registrierungscode|code de verification|code de confirmation|code d'inscription|رمز التحقق|رمز التاكيد|kode verifikasi\
    |dogrulama kodu|codice di verifica|सत्यापन कोड|वेरिफिकेशन कोड|पुष्टि कोड";

/// Pattern for a missing permission.
const PERMISSION: &str = "permission|permissao|permissoes|permiso|berechtig|zugriffsrecht|autorisation|autoris|اذن|الاذونات|صلاحي|izin|yetki\
    |autorizzazion|अनुमति";

/// The headline, if the sentence is nothing more than that.
pub(in super::super) fn headline(clause: &str) -> Option<Headline> {
    let is_one = |headline: &str| {
        let rest = clause.strip_prefix(headline).map(str::trim);
        rest.is_some_and(|rest| TAILS.contains(&rest) || !rest.contains(char::is_alphabetic))
    };
    let mut headlines = HEADLINES.iter();
    let (headline, _) = headlines.find(|(_, said_by)| said_by.iter().any(|said| is_one(said)))?;
    Some(*headline)
}

/// Whether a sentence is part of every error of its code, and so carries no information.
pub(in super::super) fn is_filler(clause: &str) -> bool {
    FILLERS.contains(&clause)
}

/// Whether a sentence is about a verification code.
pub(in super::super) fn names_a_code(clause: &str) -> bool {
    says(clause, CODE)
}

/// Whether a sentence is about a permission.
pub(in super::super) fn names_a_permission(clause: &str) -> bool {
    says(clause, PERMISSION)
}
