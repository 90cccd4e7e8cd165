//! German.

use super::{Phrase, phrase};
use domain::Reason;

#[rustfmt::skip]
pub(super) const PHRASES: &[Phrase] = &[
    phrase(Reason::AppBlocked, &[
        "api-zugriff|api-zugang|zugriff auf die api & blockiert|gesperrt|deaktiviert|eingeschrankt",
        "die app ist|deine app ist|diese app ist|ihre app ist|die app wurde|deine app wurde|diese app wurde|ihre app wurde & blockiert|gesperrt|deaktiviert|eingeschrankt|geloscht|inaktiv",
    ]),
    phrase(Reason::AppTermsNotAccepted, &[
        "nutzungsbedingungen|bedingungen & akzept|zustimm|zugestimmt & =meta|metas|facebook|cloud api|cloud-api|hosting|tech provider|technologieanbieter|entwickler|plattform|=app & !konto|zahlung|marketing",
    ]),
    phrase(Reason::NumberOnBusinessApp, &[
        "=smb|kleine unternehmen|kmu & verfugbar",
        "whatsapp business app|whatsapp business-app|whatsapp-business-app & registriert|aktiv|verwend|genutzt|losch|trenn",
    ]),
    phrase(Reason::MessagingForNotApproved, &["anfrage & messaging for|nachrichten fur|im auftrag von|im namen von & genehmigt|angenommen|akzeptiert"]),
    phrase(Reason::SourceAccountNotSetUp, &["nicht richtig eingerichtet|nicht korrekt eingerichtet|nicht ordnungsgemass eingerichtet|falsch eingerichtet"]),
    phrase(Reason::DifferentBusiness, &[
        "gehort zu einem anderen|gehort zu einer anderen|gehort einem anderen",
        "dasselbe unternehmen reprasentieren|dasselbe unternehmen vertreten|gleiche unternehmen",
    ]),
    phrase(Reason::NothingToMove, &[
        "fuge diese|fugen sie diese & nummer|telefonnummer & !zahlung",
        "direkt hinzugefugt werden",
    ]),
    phrase(Reason::AlreadyInDestination, &["bereits in deiner liste|bereits in ihrer liste|existiert bereits & liste"]),
    phrase(Reason::NumberUsedElsewhere, &[
        "registriert & bestehenden whatsapp|vorhandenen whatsapp|anderen whatsapp",
        "trenne sie vom bestehenden|trennen sie sie vom bestehenden|vom bestehenden konto|vom vorhandenen konto",
    ]),
    phrase(Reason::AlreadyVerified, &["bereits verifiziert|bereits bestatigt|schon bestatigt|schon verifiziert & nummer|inhaber|eigentum|besitz"]),
    phrase(Reason::NotBeingMigrated, &["nicht migriert wird|gerade nicht migriert", "nicht berechtigt|nicht zulassig & code"]),
    phrase(Reason::PaymentMethodMissing, &[
        "zahlungskonto|zahlungsmethode|zahlungsart|zahlungsmittel & kein|nicht|fehl|hinzu|ohne",
        "kreditlinie|kreditrahmen & kein|nicht|fehl|aktiv|ohne",
    ]),
    phrase(Reason::DisplayNameNotApproved, &[
        "registrierte name|registrierter name & genehmigt|vorhanden",
        "anzeigename|verifizierte name|verifizierter name & genehm|verarbeit|bearbeit|freigegeben|ausstehend|richtlinie|verstoss|abgelehnt|pruf",
    ]),
    phrase(Reason::OwnershipNotConfirmed, &["bestatig & eigentum|inhaberschaft|besitz & nummer|telefonnummer & !bereits|schon"]),
    phrase(Reason::TwoStepEnabled, &[
        "zweistufig|zwei-stufen|zwei-faktor|zwei faktor|zwei-schritt|zwei schritt|2-stufen|2-faktor & deaktiv|ausgeschaltet|abgeschaltet|schalte|aktiviert",
    ]),
    phrase(Reason::AppMayNotAddNumbers, &["=app|partner|anbieter & hinzufugen & nummer|telefonnummer & darf keine|darf nicht|nicht berechtigt"]),
    phrase(Reason::CannotAddNumber, &["maximale anzahl|hochstzahl|limit & telefonnummern & erreicht|uberschritten"]),
    phrase(Reason::TemplateLimitReached, &["vorlagen & limit|hochstzahl|maximale anzahl & erreicht|uberschritten"]),
    phrase(Reason::NumberInMaintenance, &["wartungsmodus"]),
    phrase(Reason::AccountTermsNotAccepted, &["nutzungsbedingungen|bedingungen & akzept|zustimm|zugestimmt"]),
    phrase(Reason::DestinationNotApproved, &[
        "konto & muss genehmigt|genehmigt werden|genehmigt sein|nicht genehmigt|freigegeben werden",
        "unternehmensverifizierung & abgeschlossen|erforderlich|muss|ausstehend",
    ]),
    phrase(Reason::NotSubscribed, &["webhook & nicht|kein|abonn"]),
    phrase(Reason::CodeRequestedTooOften, &["zu oft|zu haufig|zu viele|zu viel"]),
    phrase(Reason::CodeSendingUnavailable, &["server|dienst & nicht verfugbar|nicht erreichbar|vorubergehend"]),
    phrase(Reason::CodeGuessedTooOften, &["zu oft|zu haufig|zu viele|zu viel"]),
    phrase(Reason::MoveFailedAtMeta, &["fehler & migration|migrieren|migriert"]),
    phrase(Reason::CodeRejected, &["code & falsch|ungultig|abgelaufen|nicht korrekt|nicht richtig"]),
];
