//! Words for times and for waiting, normalised, in the languages that Meta uses.

/// The seconds in a unit of time.
pub(super) fn seconds(unit: &str) -> Option<i64> {
    match unit {
        "s" | "sec" | "secs" | "second" | "seconds" | "segundo" | "segundos" | "sekunde"
        | "sekunden" | "seconde" | "secondes" | "secondo" | "secondi" | "detik" | "saniye"
        | "ثانيه" | "ثواني" | "ثوان" | "सेकंड" | "सेकेंड" => {
            Some(1)
        }
        "m" | "min" | "mins" | "minute" | "minutes" | "minuto" | "minutos" | "minuten"
        | "minuti" | "menit" | "dakika" | "dakikadan" | "دقيقه" | "دقايق" | "मिनट" | "मिनटों" => {
            Some(60)
        }
        "h" | "hr" | "hrs" | "hour" | "hours" | "hora" | "horas" | "stunde" | "stunden"
        | "heure" | "heures" | "ora" | "ore" | "jam" | "saat" | "saatten" | "saatlik" | "ساعه"
        | "ساعات" | "घंटे" | "घंटा" | "घंटों" => Some(3_600),
        "d" | "day" | "days" | "dia" | "dias" | "tag" | "tage" | "tagen" | "jour" | "jours"
        | "giorno" | "giorni" | "hari" | "gun" | "يوم" | "ايام" | "दिन" | "दिनों" => {
            Some(86_400)
        }
        _ => None,
    }
}

/// The seconds in a word that is both a number and its unit.
pub(super) fn whole(word: &str) -> Option<i64> {
    match word {
        "دقيقتين" | "دقيقتان" => Some(2 * 60),
        "ساعه" | "sejam" => Some(3_600),
        "ساعتين" | "ساعتان" => Some(2 * 3_600),
        "يومين" | "يومان" => Some(2 * 86_400),
        _ => None,
    }
}

/// Whether a word is the number one, or an article that means it.
pub(super) fn is_one(word: &str) -> bool {
    matches!(
        word,
        "a" | "an"
            | "one"
            | "um"
            | "uma"
            | "un"
            | "una"
            | "uno"
            | "une"
            | "ein"
            | "eine"
            | "einer"
            | "einem"
            | "satu"
            | "bir"
            | "एक"
    )
}

/// Whether a word joins two parts of one time.
pub(super) fn joins(word: &str) -> bool {
    matches!(
        word,
        "and" | "e" | "y" | "und" | "et" | "dan" | "ve" | "ed" | "و" | "और"
    )
}

/// Whether a word before a time makes it a past one, or the window of a limit.
pub(super) fn is_of_a_window(word: &str) -> bool {
    matches!(
        word,
        "last"
            | "past"
            | "previous"
            | "per"
            | "every"
            | "each"
            | "ultimas"
            | "ultimos"
            | "ultimo"
            | "ultima"
            | "hace"
            | "ha"
            | "letzten"
            | "pro"
            | "dernieres"
            | "derniers"
            | "ultime"
            | "ultimi"
            | "son"
            | "اخر"
            | "خلال"
            | "पिछले"
    )
}

/// Whether a word after a time makes it a past one.
pub(super) fn is_ago(word: &str) -> bool {
    matches!(word, "ago" | "atras" | "lalu" | "fa" | "पहले")
}

/// The pattern of a sentence that asks to wait: see [`super::super::text::says`].
pub(super) const ASKS_TO_WAIT: &str = "wait|again|retry|come back|after|=until|lock|block|available\
    |aguard|esper|novamente|=tente|=tentar|=apos|bloque|vuelv|intentalo|intentarlo|=intente|de nuevo|despues|=dentro\
    |warte|erneut|=nach|spater|wieder|gesperrt|patient|attend|reessay|a nouveau|=apres|riprov|aspett|=dopo|di nuovo|blocc\
    |tunggu|coba lagi|lagi|setelah|diblokir|bekle|tekrar|yeniden|sonra\
    |انتظر|انتظار|اعاده المحاوله|حاول مره|حاول مجددا|المحاوله مره|المحاوله مجددا|بعد\
    |प्रतीक्षा|इंतजार|दोबारा|फिर से|बाद";
