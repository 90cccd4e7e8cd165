//! French.

use super::{Phrase, phrase};
use domain::Reason;

#[rustfmt::skip]
pub(super) const PHRASES: &[Phrase] = &[
    phrase(Reason::AppBlocked, &[
        "acces a l'api|acces api|acces de l'application & bloqu|desactiv|suspendu|restreint|revoqu",
        "l'application est|votre application est|cette application est|l'application a ete|votre application a ete|cette application a ete|l'app est|l'app a ete & bloqu|desactiv|suspendu|restreint|supprim|inactive",
    ]),
    phrase(Reason::AppTermsNotAccepted, &[
        "conditions & accept & =meta|facebook|api cloud|cloud api|hebergement|fournisseur de technologie|tech provider|developpeur|plateforme|l'application|votre application|l'app & !compte|paiement|marketing",
    ]),
    phrase(Reason::NumberOnBusinessApp, &[
        "=smb|petites entreprises|=pme & disponible",
        "application whatsapp business|app whatsapp business|l'application whatsapp business & enregistr|activ|utilis|supprim|associ|dissoci",
    ]),
    phrase(Reason::MessagingForNotApproved, &["demande & messaging for|messages pour|messagerie pour|au nom de & approuv|accept"]),
    phrase(Reason::SourceAccountNotSetUp, &["compte & =pas & configur|parametr & correctement", "compte & source|d'origine & approuv"]),
    phrase(Reason::DifferentBusiness, &[
        "appartient a un autre|appartient a une autre|appartient a un compte|appartient a une entreprise differente",
        "representer la meme entreprise",
    ]),
    phrase(Reason::NothingToMove, &["ajoutez ce numero|ajoute ce numero|ajouter ce numero", "etre ajoute directement|pas besoin d'etre migre"]),
    phrase(Reason::AlreadyInDestination, &["existe deja|figure deja|est deja & liste"]),
    phrase(Reason::NumberUsedElsewhere, &[
        "enregistre|associe|inscrit & a un compte whatsapp|sur un compte whatsapp|aupres d'un compte whatsapp|a un autre compte whatsapp",
        "dissociez-le du compte|deconnectez-le du compte",
    ]),
    phrase(Reason::AlreadyVerified, &["deja ete verifi|deja verifi|deja ete confirm|deja confirm & numero|propriete"]),
    phrase(Reason::NotBeingMigrated, &["pas en cours de migration|n'est pas migre|pas en train d'etre migre", "pas admissible|pas eligible & code"]),
    phrase(Reason::PaymentMethodMissing, &[
        "compte de paiement|moyen de paiement|mode de paiement|methode de paiement & =pas|=aucun|ajout|=sans|manqu",
        "ligne de credit & =pas|aucune|=sans|active|manqu",
    ]),
    phrase(Reason::DisplayNameNotApproved, &[
        "nom enregistre & approuv|present",
        "nom a l'ecran|nom d'affichage|nom a afficher|nom affiche|nom verifie & approuv|trait|modifi|attente|enfrein|regles|directives|refus|rejet|examen",
    ]),
    phrase(Reason::OwnershipNotConfirmed, &["confirm & propriete|proprietaire & numero"]),
    phrase(Reason::TwoStepEnabled, &[
        "deux etapes|deux facteurs|2 etapes|double authentification|double facteur & desactiv|activ",
    ]),
    phrase(Reason::AppMayNotAddNumbers, &["application|=app|partenaire|fournisseur & ajouter & numero & ne peut pas|n'est pas autoris|n'a pas le droit"]),
    phrase(Reason::CannotAddNumber, &["nombre maximal|nombre maximum|limite & numeros de telephone & atteint|depass|maxim"]),
    phrase(Reason::TemplateLimitReached, &["limite & modeles de message & atteint|depass"]),
    phrase(Reason::NumberInMaintenance, &["mode maintenance|mode de maintenance|en maintenance"]),
    phrase(Reason::AccountTermsNotAccepted, &["conditions & accept"]),
    phrase(Reason::DestinationNotApproved, &[
        "compte & doit etre approuv|doit d'abord etre approuv|n'est pas approuv|n'a pas ete approuv",
        "verification de l'entreprise|verification de votre entreprise & termin|requis|necess|effectu|attente|doit",
    ]),
    phrase(Reason::NotSubscribed, &["webhook & =pas|abonn|aucun"]),
    phrase(Reason::CodeRequestedTooOften, &["trop de fois|trop souvent|trop de demandes|trop de tentatives|trop nombreuses|trop frequen|trop de codes"]),
    phrase(Reason::CodeSendingUnavailable, &["serveur|service & indisponible|pas disponible|inaccessible"]),
    phrase(Reason::CodeGuessedTooOften, &["trop de fois|trop souvent|trop de tentatives|trop nombreuses|trop d'essais|trop de codes"]),
    phrase(Reason::MoveFailedAtMeta, &["erreur & migration|migrer|migrant"]),
    phrase(Reason::CodeRejected, &["code & incorrect|errone|invalide|expire|pas valide"]),
];
