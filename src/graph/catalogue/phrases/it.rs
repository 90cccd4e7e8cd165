//! Italian.

use super::{Phrase, phrase};
use domain::Reason;

#[rustfmt::skip]
pub(super) const PHRASES: &[Phrase] = &[
    phrase(Reason::AppBlocked, &[
        "accesso all'api|accesso api|accesso alle api|accesso dell'app & bloccat|disattivat|sospes|limitat|revocat",
        "l'app e|la tua app e|questa app e|l'applicazione e & stata bloccata|bloccata|disattivata|sospesa|limitata|eliminata|inattiva",
    ]),
    phrase(Reason::AppTermsNotAccepted, &[
        "condizioni|termini & accett & =meta|facebook|cloud api|api cloud|hosting|fornitore di tecnologia|tech provider|sviluppator|piattaforma|l'app|applicazione & !account|pagament|marketing",
    ]),
    phrase(Reason::NumberOnBusinessApp, &[
        "=smb|piccole imprese|=pmi & disponibil",
        "app whatsapp business|l'app whatsapp business|applicazione whatsapp business & registrat|attiv|utilizz|usat|elimin|scolleg",
    ]),
    phrase(Reason::MessagingForNotApproved, &["richiesta & messaging for|messaggi per|messaggistica per|per conto di & approvat|accettat"]),
    phrase(Reason::SourceAccountNotSetUp, &["non e configurato correttamente|non e stato configurato correttamente|non e impostato correttamente|non configurato correttamente"]),
    phrase(Reason::DifferentBusiness, &["appartiene a un altro|appartiene a un'altra|appartiene a un account business manager diverso|appartiene a un account diverso|appartiene a un'azienda diversa", "rappresentare la stessa azienda"]),
    phrase(Reason::NothingToMove, &["aggiungi questo numero", "aggiunto direttamente"]),
    phrase(Reason::AlreadyInDestination, &["esiste gia|e gia presente|gia presente & elenco|lista"]),
    phrase(Reason::NumberUsedElsewhere, &["registrato & account whatsapp & esistente|altro", "scollegalo dall'account"]),
    phrase(Reason::AlreadyVerified, &["gia stata verificata|gia stato verificato|gia verificat & numero|proprieta|titolarita"]),
    phrase(Reason::NotBeingMigrated, &["non e in fase di migrazione|non e in corso di migrazione|non viene migrato|non sta venendo migrato", "non e idoneo|non idoneo & codice"]),
    phrase(Reason::PaymentMethodMissing, &[
        "account di pagamento|conto di pagamento|metodo di pagamento|modalita di pagamento & =non|nessun|aggiung|senza|manca",
        "linea di credito & =non|nessuna|attiva|senza|manca",
    ]),
    phrase(Reason::DisplayNameNotApproved, &[
        "nome registrato & approvato|presente",
        "nome visualizzato|nome da visualizzare|nome di visualizzazione|nome verificato & approv|elabor|modific|sospeso|attesa|viola|linee guida|normative|rifiut|revisione",
    ]),
    phrase(Reason::OwnershipNotConfirmed, &["conferm & proprieta|titolarita & numero"]),
    phrase(Reason::TwoStepEnabled, &["due passaggi|due fattori|2 passaggi|due fasi|doppio fattore & disattiv|disabilit|attiv|abilitat"]),
    phrase(Reason::AppMayNotAddNumbers, &["l'app|applicazione|partner|fornitore & aggiungere & numeri|numero & non puo|non e autorizzat|non e consentito"]),
    phrase(Reason::CannotAddNumber, &["numero massimo|limite & numeri di telefono & raggiunt|superat"]),
    phrase(Reason::TemplateLimitReached, &["limite & modelli di messaggi|modello di messaggio & raggiunt|superat"]),
    phrase(Reason::NumberInMaintenance, &["modalita manutenzione|modalita di manutenzione|in manutenzione"]),
    phrase(Reason::AccountTermsNotAccepted, &["condizioni|termini & accett"]),
    phrase(Reason::DestinationNotApproved, &[
        "account & deve essere approvato|dev'essere approvato|non e approvato|non e stato approvato",
        "verifica dell'azienda|verifica aziendale|verifica del business & complet|necess|richiest|deve|attesa",
    ]),
    phrase(Reason::NotSubscribed, &["webhook & =non|iscri|sottoscri|nessun"]),
    phrase(Reason::CodeRequestedTooOften, &["troppe volte|troppo spesso|troppe richieste|troppi tentativi|troppa frequenza|troppi codici"]),
    phrase(Reason::CodeSendingUnavailable, &["server|servizio & =non & disponibil", "server|servizio & temporaneamente|indisponibil"]),
    phrase(Reason::CodeGuessedTooOften, &["troppe volte|troppo spesso|troppi tentativi|troppi codici"]),
    phrase(Reason::MoveFailedAtMeta, &["errore & migrazione|migrare|migrando"]),
    phrase(Reason::CodeRejected, &["codice & errat|sbagliat|non valido|scadut|non corrett|non e corrett"]),
];
