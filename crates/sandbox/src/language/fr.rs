//! French.

use super::Said;
use crate::refusals as r;

pub(super) const TEXTS: &[Said] = &[
    (
        r::NO_WEBHOOKS,
        "Impossible de migrer le numéro de téléphone",
        "Impossible de migrer le numéro de téléphone : une application doit abonner votre compte WhatsApp aux webhooks avant qu’un numéro de téléphone puisse être migré.",
    ),
    (
        r::PLAIN_ADD,
        "Veuillez ajouter ce numéro de téléphone à votre compte WhatsApp",
        "Ce numéro de téléphone n’a pas besoin d’être migré. Veuillez ajouter ce numéro de téléphone à votre compte WhatsApp.",
    ),
    (
        r::NAME_NOT_APPROVED,
        "Le nom enregistré doit exister et être approuvé",
        "Le nom enregistré doit exister et être approuvé, sans modification en attente, avant que le numéro de téléphone puisse être migré.",
    ),
    (
        r::SOURCE_NOT_SET_UP,
        "Le compte WhatsApp auquel ce numéro de téléphone est enregistré n’est pas configuré correctement",
        "Le compte WhatsApp auquel ce numéro de téléphone est enregistré n’est pas configuré correctement. Veuillez contacter l’assistance.",
    ),
    (
        r::NO_PAYMENT_ACCOUNT,
        "Votre compte WhatsApp n’a pas de compte de paiement",
        "Votre compte WhatsApp n’a pas de compte de paiement. Ajoutez un moyen de paiement ou partagez une ligne de crédit, puis réessayez.",
    ),
    (
        r::ERROR_MIGRATING,
        "Une erreur s’est produite lors de la migration de ce numéro de téléphone",
        "Une erreur s’est produite lors de la migration de ce numéro de téléphone. Veuillez réessayer plus tard.",
    ),
    (
        r::OTHER_BUSINESS,
        "Ce numéro de téléphone appartient à un autre compte Business Manager",
        "Ce numéro de téléphone appartient à un autre compte Business Manager. Les deux comptes doivent représenter la même entreprise.",
    ),
    (
        r::ACCOUNT_NOT_APPROVED,
        "Votre compte WhatsApp doit être approuvé",
        "Votre compte WhatsApp doit être approuvé : l’entreprise doit être vérifiée et l’examen du compte approuvé.",
    ),
    (
        r::MESSAGING_FOR_PENDING,
        "La demande « Messages pour » de votre compte WhatsApp doit être approuvée",
        "La demande « Messages pour » de votre compte WhatsApp doit être approuvée avant que le numéro de téléphone puisse être migré.",
    ),
    (
        r::TWO_STEP_ON,
        "Veuillez vérifier que l’authentification en deux étapes est désactivée",
        "Veuillez vérifier que l’authentification en deux étapes est désactivée pour ce numéro de téléphone avant de le migrer.",
    ),
    (
        r::CONFIRM_OWNERSHIP,
        "Veuillez confirmer que ce numéro de téléphone vous appartient",
        "Veuillez confirmer avec un code de vérification que ce numéro de téléphone vous appartient avant de continuer.",
    ),
    (
        r::NAME_NOT_PROCESSED,
        "Impossible de créer le certificat",
        "Votre nom d’affichage n’a pas pu être traité. Veuillez modifier votre nom d’affichage et réessayer.",
    ),
    (
        r::TWO_FACTOR_ON,
        "Impossible de créer le certificat",
        "Veuillez vérifier que l’authentification à deux facteurs est désactivée",
    ),
    (
        r::ALREADY_IN_LIST,
        "Ce numéro de téléphone existe déjà dans votre liste de numéros de téléphone",
        "Ce numéro de téléphone existe déjà dans votre liste de numéros de téléphone. Réessayez avec un numéro qui n’y est pas encore.",
    ),
    (
        r::USED_ELSEWHERE,
        "Ce numéro de téléphone est déjà enregistré",
        "Ce numéro de téléphone est enregistré auprès d’un autre compte WhatsApp. Migrez-le, ou retirez-le d’abord de ce compte.",
    ),
    (
        r::MAY_NOT_ADD,
        "Impossible d’ajouter le numéro de téléphone au compte WhatsApp Business",
        "",
    ),
    (
        r::ALREADY_VERIFIED,
        "La propriété du numéro de téléphone est déjà vérifiée",
        "La propriété de ce numéro de téléphone est déjà vérifiée. Poursuivez son enregistrement.",
    ),
    (
        r::CODE_TOO_OFTEN,
        "Limite de demandes de code",
        "Vous avez demandé un code de vérification trop de fois. Veuillez réessayer plus tard.",
    ),
    (
        r::CODES_UNAVAILABLE,
        "Impossible d’envoyer le code",
        "Échec de la demande de code : nos serveurs sont temporairement indisponibles. Veuillez patienter 1 heure avant de réessayer.",
    ),
    (
        r::NOT_BEING_MIGRATED_REQUEST,
        "Impossible de demander un code d’enregistrement",
        "Ce numéro de téléphone ne peut pas recevoir de code d’enregistrement, car il n’est pas en cours de migration.",
    ),
    (
        r::NOT_BEING_MIGRATED_VERIFY,
        "Impossible de vérifier un code d’enregistrement",
        "Ce numéro de téléphone ne peut pas vérifier de code d’enregistrement, car il n’est pas en cours de migration.",
    ),
    (
        r::WRONG_CODE,
        "Erreur de vérification du code",
        "Le code saisi est incorrect ou a expiré. Veuillez demander un nouveau code.",
    ),
    (
        r::GUESSED_TOO_OFTEN,
        "Trop de tentatives",
        "Vous avez essayé de deviner le code trop de fois. Veuillez patienter environ 12 heures avant de réessayer.",
    ),
    (
        r::MAINTENANCE,
        "Le compte est en mode maintenance",
        "Le compte est en mode maintenance. Veuillez réessayer dans quelques minutes.",
    ),
];
