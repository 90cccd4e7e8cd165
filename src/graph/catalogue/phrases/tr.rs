//! Turkish.

use super::{Phrase, phrase};
use domain::Reason;

#[rustfmt::skip]
pub(super) const PHRASES: &[Phrase] = &[
    phrase(Reason::AppBlocked, &[
        "api erisimi|api'ye erisim|api erisiminiz & engel|devre disi|askiya|kisitlan|kapatil",
        "uygulama|uygulamaniz|bu uygulama & engellendi|devre disi birakildi|askiya alindi|kisitlandi|silindi|etkin degil & !whatsapp",
    ]),
    phrase(Reason::AppTermsNotAccepted, &[
        "kosullar|sartlar|kosulu & kabul|onay & =meta|meta'nin|facebook|cloud api|barindirma|teknoloji saglayici|tech provider|gelistirici|platform|uygulama & !hesap|hesab|odeme|pazarlama",
    ]),
    phrase(Reason::NumberOnBusinessApp, &[
        "=smb|kucuk isletme|kobi & kullanilam|mevcut degil",
        "whatsapp business uygulama & kayitli|etkin|kullanil|sil|kaldir",
    ]),
    phrase(Reason::MessagingForNotApproved, &["istek|istegi|isteginin|talebi|talebinin & messaging for|icin mesajlasma|adina mesaj|mesajlasma & onay|kabul"]),
    phrase(Reason::SourceAccountNotSetUp, &["hesab & dogru & ayarlanma|kurulma|yapilandirilma"]),
    phrase(Reason::DifferentBusiness, &["farkli bir|baska bir & isletme|business manager & ait", "ayni isletmeyi temsil"]),
    phrase(Reason::NothingToMove, &["bu telefon numarasini|bu numarayi & hesabiniza ekle|hesabina ekle", "dogrudan eklen"]),
    phrase(Reason::AlreadyInDestination, &["zaten & liste & numara"]),
    phrase(Reason::NumberUsedElsewhere, &["mevcut bir whatsapp hesab|baska bir whatsapp hesab|var olan bir whatsapp hesab & kayitli|kaydedil", "mevcut hesapla baglantisini|mevcut hesaptan baglantisini"]),
    phrase(Reason::AlreadyVerified, &["zaten dogrulan|onceden dogrulan|daha once dogrulan & numara|sahip"]),
    phrase(Reason::NotBeingMigrated, &["tasinmadigi|tasinmiyor", "uygun degil & kod"]),
    phrase(Reason::PaymentMethodMissing, &["odeme hesabi|odeme yontemi & =yok|bulunm|ekle|olmadig|eksik", "kredi limiti|kredi hatti & =yok|bulunm|etkin|aktif|olmadig"]),
    phrase(Reason::DisplayNameNotApproved, &[
        "kayitli ad|kayitli isim & onay",
        "gorunen ad|gorunen isim|goruntulenen ad|dogrulanmis ad & onay|islenem|islen|duzenle|bekle|ihlal|kural|yonerge|redded|incele",
    ]),
    phrase(Reason::OwnershipNotConfirmed, &["sahip|sahib & onayla|dogrulayin|teyit & numara"]),
    phrase(Reason::TwoStepEnabled, &["iki adimli|iki asamali|iki faktorlu|2 adimli|iki etkenli & devre disi|kapat|kapali|etkin|acik"]),
    phrase(Reason::AppMayNotAddNumbers, &["uygulama|is ortagi|saglayici & numara & ekle & izin verilm|yetkisi yok|ekleyemez"]),
    phrase(Reason::CannotAddNumber, &["maksimum|azami|en fazla|sinir & telefon numarasi & ulas|asti|asild"]),
    phrase(Reason::TemplateLimitReached, &["mesaj sablonu & sinir|limit & asild|asti|ulas"]),
    phrase(Reason::NumberInMaintenance, &["bakim modu"]),
    phrase(Reason::AccountTermsNotAccepted, &["kosullar|sartlar|kosulu & kabul|onay"]),
    phrase(Reason::DestinationNotApproved, &[
        "hesabinizin onaylan|hesabinin onaylan|hesabin onaylan|hesabi onaylan|hesabiniz onaylan",
        "isletme dogrulama & tamamla|gerek|bekle",
    ]),
    phrase(Reason::NotSubscribed, &["webhook & ayarlanma|kurulma|abone|yapilandirilma|=yok"]),
    phrase(Reason::CodeRequestedTooOften, &["cok fazla|cok sik|cok kez|defalarca"]),
    phrase(Reason::CodeSendingUnavailable, &["sunucu|hizmet & kullanilam|hizmet disi|ulasilam|kullanim disi|mevcut degil"]),
    phrase(Reason::CodeGuessedTooOften, &["cok fazla|cok sik|cok kez|defalarca"]),
    phrase(Reason::MoveFailedAtMeta, &["hata & tasi|tasin"]),
    phrase(Reason::CodeRejected, &["kod & yanlis|gecersiz|suresi|hatali"]),
];
