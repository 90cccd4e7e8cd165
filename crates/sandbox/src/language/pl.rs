//! Polish: no field case has it, so it stands for a language that a caller does not know.

use super::Said;
use crate::refusals as r;

pub(super) const TEXTS: &[Said] = &[
    (
        r::NO_WEBHOOKS,
        "Nie można przenieść numeru telefonu",
        "Nie można przenieść numeru telefonu: zanim numer telefonu zostanie przeniesiony, aplikacja musi subskrybować webhooki Twojego konta WhatsApp.",
    ),
    (
        r::PLAIN_ADD,
        "Dodaj ten numer telefonu do swojego konta WhatsApp",
        "Ten numer telefonu nie wymaga przeniesienia. Dodaj ten numer telefonu do swojego konta WhatsApp.",
    ),
    (
        r::NAME_NOT_APPROVED,
        "Zarejestrowana nazwa musi istnieć i być zatwierdzona",
        "Zarejestrowana nazwa musi istnieć i być zatwierdzona, bez oczekujących zmian, zanim numer telefonu będzie można przenieść.",
    ),
    (
        r::SOURCE_NOT_SET_UP,
        "Konto WhatsApp, w którym zarejestrowano ten numer telefonu, nie jest poprawnie skonfigurowane",
        "Konto WhatsApp, w którym zarejestrowano ten numer telefonu, nie jest poprawnie skonfigurowane. Skontaktuj się z pomocą techniczną.",
    ),
    (
        r::NO_PAYMENT_ACCOUNT,
        "Twoje konto WhatsApp nie ma konta płatności",
        "Twoje konto WhatsApp nie ma konta płatności. Dodaj metodę płatności lub udostępnij linię kredytową i spróbuj ponownie.",
    ),
    (
        r::ERROR_MIGRATING,
        "Podczas przenoszenia tego numeru telefonu wystąpił błąd",
        "Podczas przenoszenia tego numeru telefonu wystąpił błąd. Spróbuj ponownie później.",
    ),
    (
        r::OTHER_BUSINESS,
        "Ten numer telefonu należy do innego konta Menedżera firmy",
        "Ten numer telefonu należy do innego konta Menedżera firmy. Oba konta muszą reprezentować tę samą firmę.",
    ),
    (
        r::ACCOUNT_NOT_APPROVED,
        "Twoje konto WhatsApp musi zostać zatwierdzone",
        "Twoje konto WhatsApp musi zostać zatwierdzone: firma musi być zweryfikowana, a weryfikacja konta zakończona pomyślnie.",
    ),
    (
        r::MESSAGING_FOR_PENDING,
        "Prośba Twojego konta WhatsApp o wysyłanie wiadomości w imieniu firmy musi zostać zatwierdzona",
        "Prośba Twojego konta WhatsApp o wysyłanie wiadomości w imieniu firmy musi zostać zatwierdzona, zanim numer telefonu będzie można przenieść.",
    ),
    (
        r::TWO_STEP_ON,
        "Upewnij się, że weryfikacja dwuetapowa jest wyłączona",
        "Upewnij się, że weryfikacja dwuetapowa tego numeru telefonu jest wyłączona, zanim go przeniesiesz.",
    ),
    (
        r::CONFIRM_OWNERSHIP,
        "Potwierdź, że ten numer telefonu należy do Ciebie",
        "Potwierdź kodem weryfikacyjnym, że ten numer telefonu należy do Ciebie, zanim przejdziesz dalej.",
    ),
    (
        r::NAME_NOT_PROCESSED,
        "Nie można utworzyć certyfikatu",
        "Nie udało się przetworzyć Twojej nazwy wyświetlanej. Zmień nazwę wyświetlaną i spróbuj ponownie.",
    ),
    (
        r::TWO_FACTOR_ON,
        "Nie można utworzyć certyfikatu",
        "Upewnij się, że uwierzytelnianie dwuskładnikowe jest wyłączone",
    ),
    (
        r::ALREADY_IN_LIST,
        "Ten numer telefonu jest już na Twojej liście numerów telefonów",
        "Ten numer telefonu jest już na Twojej liście numerów telefonów. Spróbuj ponownie z numerem, którego jeszcze na niej nie ma.",
    ),
    (
        r::USED_ELSEWHERE,
        "Ten numer telefonu jest już zarejestrowany",
        "Ten numer telefonu jest zarejestrowany w innym koncie WhatsApp. Przenieś go albo najpierw usuń go stamtąd.",
    ),
    (
        r::MAY_NOT_ADD,
        "Nie można dodać numeru telefonu do konta WhatsApp Business",
        "",
    ),
    (
        r::ALREADY_VERIFIED,
        "Własność numeru telefonu została już zweryfikowana",
        "Własność tego numeru telefonu została już zweryfikowana. Przejdź do jego rejestracji.",
    ),
    (
        r::CODE_TOO_OFTEN,
        "Limit próśb o kod",
        "Zbyt wiele razy poproszono o kod weryfikacyjny. Spróbuj ponownie później.",
    ),
    (
        r::CODES_UNAVAILABLE,
        "Nie udało się wysłać kodu",
        "Prośba o kod nie powiodła się: nasze serwery są chwilowo niedostępne. Odczekaj 1 godzinę, zanim spróbujesz ponownie.",
    ),
    (
        r::NOT_BEING_MIGRATED_REQUEST,
        "Nie można poprosić o kod rejestracyjny",
        "Ten numer telefonu nie może otrzymać kodu rejestracyjnego, ponieważ nie jest przenoszony.",
    ),
    (
        r::NOT_BEING_MIGRATED_VERIFY,
        "Nie można zweryfikować kodu rejestracyjnego",
        "Ten numer telefonu nie może zweryfikować kodu rejestracyjnego, ponieważ nie jest przenoszony.",
    ),
    (
        r::WRONG_CODE,
        "Błąd weryfikacji kodu",
        "Wpisany kod jest nieprawidłowy lub wygasł. Poproś o nowy kod.",
    ),
    (
        r::GUESSED_TOO_OFTEN,
        "Zbyt wiele prób",
        "Zbyt wiele razy próbowano odgadnąć kod. Odczekaj około 12 godzin, zanim spróbujesz ponownie.",
    ),
    (
        r::MAINTENANCE,
        "Konto jest w trybie konserwacji",
        "Konto jest w trybie konserwacji. Spróbuj ponownie za kilka minut.",
    ),
];
