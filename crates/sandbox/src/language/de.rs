//! German.

use super::Said;
use crate::refusals as r;

pub(super) const TEXTS: &[Said] = &[
    (
        r::NO_WEBHOOKS,
        "Telefonnummer kann nicht migriert werden",
        "Telefonnummer kann nicht migriert werden: Eine App muss die Webhooks deines WhatsApp-Kontos abonniert haben, bevor eine Telefonnummer migriert werden kann.",
    ),
    (
        r::PLAIN_ADD,
        "Füge diese Telefonnummer zu deinem WhatsApp-Konto hinzu",
        "Diese Telefonnummer muss nicht migriert werden. Füge diese Telefonnummer zu deinem WhatsApp-Konto hinzu.",
    ),
    (
        r::NAME_NOT_APPROVED,
        "Der registrierte Name muss vorhanden und genehmigt sein",
        "Der registrierte Name muss vorhanden und genehmigt sein, ohne ausstehende Änderung, bevor die Telefonnummer migriert werden kann.",
    ),
    (
        r::SOURCE_NOT_SET_UP,
        "Das WhatsApp-Konto, bei dem diese Telefonnummer registriert ist, ist nicht richtig eingerichtet",
        "Das WhatsApp-Konto, bei dem diese Telefonnummer registriert ist, ist nicht richtig eingerichtet. Wende dich an den Support.",
    ),
    (
        r::NO_PAYMENT_ACCOUNT,
        "Dein WhatsApp-Konto hat kein Zahlungskonto",
        "Dein WhatsApp-Konto hat kein Zahlungskonto. Füge eine Zahlungsmethode hinzu oder teile eine Kreditlinie und versuche es noch einmal.",
    ),
    (
        r::ERROR_MIGRATING,
        "Beim Migrieren dieser Telefonnummer ist ein Fehler aufgetreten",
        "Beim Migrieren dieser Telefonnummer ist ein Fehler aufgetreten. Versuche es später noch einmal.",
    ),
    (
        r::OTHER_BUSINESS,
        "Diese Telefonnummer gehört zu einem anderen Business-Manager-Konto",
        "Diese Telefonnummer gehört zu einem anderen Business-Manager-Konto. Beide Konten müssen dasselbe Unternehmen vertreten.",
    ),
    (
        r::ACCOUNT_NOT_APPROVED,
        "Dein WhatsApp-Konto muss genehmigt sein",
        "Dein WhatsApp-Konto muss genehmigt sein: Das Unternehmen muss verifiziert und die Kontoprüfung bestanden sein.",
    ),
    (
        r::MESSAGING_FOR_PENDING,
        "Die Anfrage \"Nachrichten im Namen von\" deines WhatsApp-Kontos muss genehmigt sein",
        "Die Anfrage \"Nachrichten im Namen von\" deines WhatsApp-Kontos muss genehmigt sein, bevor die Telefonnummer migriert werden kann.",
    ),
    (
        r::TWO_STEP_ON,
        "Stelle sicher, dass die zweistufige Authentifizierung deaktiviert ist",
        "Stelle sicher, dass die zweistufige Authentifizierung für diese Telefonnummer deaktiviert ist, bevor du sie migrierst.",
    ),
    (
        r::CONFIRM_OWNERSHIP,
        "Bestätige, dass diese Telefonnummer dir gehört",
        "Bestätige mit einem Verifizierungscode, dass diese Telefonnummer dir gehört, bevor du fortfährst.",
    ),
    (
        r::NAME_NOT_PROCESSED,
        "Zertifikat kann nicht erstellt werden",
        "Dein Anzeigename konnte nicht verarbeitet werden. Bearbeite den Anzeigenamen und versuche es noch einmal.",
    ),
    (
        r::TWO_FACTOR_ON,
        "Zertifikat kann nicht erstellt werden",
        "Stelle sicher, dass die Zwei-Faktor-Authentifizierung deaktiviert ist",
    ),
    (
        r::ALREADY_IN_LIST,
        "Diese Telefonnummer ist bereits in deiner Liste der Telefonnummern",
        "Diese Telefonnummer ist bereits in deiner Liste der Telefonnummern. Versuche es mit einer Telefonnummer, die noch nicht in der Liste ist.",
    ),
    (
        r::USED_ELSEWHERE,
        "Diese Telefonnummer ist bereits registriert",
        "Diese Telefonnummer ist bei einem anderen WhatsApp-Konto registriert. Migriere sie oder entferne sie dort zuerst.",
    ),
    (
        r::MAY_NOT_ADD,
        "Telefonnummer kann nicht zum WhatsApp Business-Konto hinzugefügt werden",
        "",
    ),
    (
        r::ALREADY_VERIFIED,
        "Die Inhaberschaft der Telefonnummer ist bereits verifiziert",
        "Die Inhaberschaft dieser Telefonnummer ist bereits verifiziert. Fahre mit ihrer Registrierung fort.",
    ),
    (
        r::CODE_TOO_OFTEN,
        "Limit für Codeanfragen",
        "Du hast zu oft einen Verifizierungscode angefordert. Versuche es später noch einmal.",
    ),
    (
        r::CODES_UNAVAILABLE,
        "Code konnte nicht gesendet werden",
        "Codeanfrage fehlgeschlagen: Unsere Server sind vorübergehend nicht verfügbar. Warte 1 Stunde, bevor du es noch einmal versuchst.",
    ),
    (
        r::NOT_BEING_MIGRATED_REQUEST,
        "Registrierungscode kann nicht angefordert werden",
        "Diese Telefonnummer kann keinen Registrierungscode erhalten, da sie nicht migriert wird.",
    ),
    (
        r::NOT_BEING_MIGRATED_VERIFY,
        "Registrierungscode kann nicht verifiziert werden",
        "Diese Telefonnummer kann keinen Registrierungscode verifizieren, da sie nicht migriert wird.",
    ),
    (
        r::WRONG_CODE,
        "Fehler beim Verifizieren des Codes",
        "Der eingegebene Code ist falsch oder abgelaufen. Fordere einen neuen Code an.",
    ),
    (
        r::GUESSED_TOO_OFTEN,
        "Zu viele Versuche",
        "Du hast den Code zu oft falsch eingegeben. Warte etwa 12 Stunden, bevor du es noch einmal versuchst.",
    ),
    (
        r::MAINTENANCE,
        "Das Konto ist im Wartungsmodus",
        "Das Konto ist im Wartungsmodus. Versuche es in ein paar Minuten noch einmal.",
    ),
];
