use super::sentences::SENTENCES;
use super::*;
use crate::graph::catalogue::text::{normalised, words};
use domain::GraphError;

fn clauses(text: &str) -> Clauses {
    Clauses::of(&GraphError {
        message: text.to_owned(),
        ..GraphError::default()
    })
}

/// Every meaning that a text has among those of `scope`, in whichever sentence.
fn meanings(text: &str, scope: Scope) -> Vec<Reason> {
    let clauses = clauses(text);
    let particular = scope.particular.iter().copied().flatten();
    let reasons = particular.chain(scope.general);
    let said = reasons.filter(|reason| clauses.all().iter().any(|clause| means(clause, **reason)));
    said.copied().collect()
}

fn scope_of(reason: Reason) -> Scope {
    match reason {
        Reason::AppBlocked | Reason::AppTermsNotAccepted => APP,
        Reason::CodeRequestedTooOften | Reason::CodeSendingUnavailable => CODE_REQUEST,
        Reason::CodeGuessedTooOften | Reason::CodeRejected => CODE_CHECK,
        _ => MOVE,
    }
}

#[test]
fn each_sentence_means_one_thing() {
    let mut wrong = Vec::new();
    for (reason, sentence) in SENTENCES {
        let mut said = meanings(sentence, scope_of(*reason));
        // What must be approved says that it must: the account counts last, if nothing else is
        // named.
        if said.first() != Some(&Reason::DestinationNotApproved) {
            said.retain(|other| *other != Reason::DestinationNotApproved);
        }
        if said != [*reason] {
            wrong.push(format!("{sentence}: {said:?} instead of {reason:?}"));
        }
        if !matches!(reason, Reason::AppBlocked | Reason::AppTermsNotAccepted) {
            let said = meanings(sentence, APP);
            if !said.is_empty() {
                wrong.push(format!("{sentence}: {said:?} of the app"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_sentence_is_understood_where_the_code_says_nothing() {
    for (reason, sentence) in SENTENCES {
        if scope_of(*reason).particular == MOVE.particular {
            let found = find(&clauses(sentence), ANY, |clause, reason| {
                !is_of_a_code(reason) || names_a_code(clause)
            });
            assert_eq!(found, Some(*reason), "{sentence}");
        }
    }
}

#[test]
fn words_are_written_as_texts_are_compared() {
    for (language, phrases) in LANGUAGES {
        let mut seen = Vec::new();
        for phrase in phrases {
            assert!(
                !seen.contains(&phrase.reason),
                "{language}: {:?} twice",
                phrase.reason
            );
            seen.push(phrase.reason);
            for word in phrase
                .said_by
                .iter()
                .flat_map(|wanted| wanted.split('&'))
                .flat_map(words)
            {
                let word = word
                    .trim_start_matches('!')
                    .trim_start()
                    .trim_start_matches('=');
                assert!(!word.is_empty(), "{language}: {:?}", phrase.reason);
                assert_eq!(normalised(word), word, "{language}: {:?}", phrase.reason);
            }
        }
    }
}

#[test]
fn each_language_knows_the_meanings_of_a_refused_move() {
    let meanings = [
        Reason::NothingToMove,
        Reason::DisplayNameNotApproved,
        Reason::SourceAccountNotSetUp,
        Reason::PaymentMethodMissing,
        Reason::MoveFailedAtMeta,
        Reason::DifferentBusiness,
        Reason::MessagingForNotApproved,
        Reason::DestinationNotApproved,
        Reason::NotSubscribed,
        Reason::OwnershipNotConfirmed,
        Reason::TwoStepEnabled,
        Reason::CodeRequestedTooOften,
        Reason::CodeSendingUnavailable,
        Reason::AlreadyVerified,
        Reason::NotBeingMigrated,
        Reason::NumberOnBusinessApp,
        Reason::AppBlocked,
    ];
    for (language, phrases) in LANGUAGES {
        for meaning in meanings {
            let is_known = phrases.iter().any(|phrase| phrase.reason == meaning);
            assert!(is_known, "{language}: {meaning:?}");
        }
    }
}

#[test]
fn each_reason_that_is_looked_for_has_a_phrase() {
    for scope in [APP, MOVE, CODE_REQUEST, CODE_CHECK, ANY] {
        for reason in scope
            .particular
            .iter()
            .copied()
            .flatten()
            .chain(scope.general)
        {
            let mut phrases = LANGUAGES.iter().flat_map(|(_, phrases)| *phrases);
            assert!(phrases.any(|phrase| phrase.reason == *reason), "{reason:?}");
        }
    }
}
