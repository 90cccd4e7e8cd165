//! Indonesian.

use super::{Phrase, phrase};
use domain::Reason;

#[rustfmt::skip]
pub(super) const PHRASES: &[Phrase] = &[
    phrase(Reason::AppBlocked, &[
        "akses api & diblokir|dinonaktifkan|dibatasi|ditangguhkan|dicabut",
        "aplikasi ini|aplikasi anda|aplikasi tersebut|aplikasi telah|aplikasi sedang & diblokir|dinonaktifkan|dibatasi|ditangguhkan|dihapus|tidak aktif & !whatsapp",
    ]),
    phrase(Reason::AppTermsNotAccepted, &[
        "ketentuan|persyaratan & menerima|diterima|menyetujui|disetujui|setujui|terima & =meta|facebook|cloud api|api cloud|hosting|penyedia teknologi|tech provider|developer|pengembang|platform|aplikasi & !akun|pembayaran|pemasaran",
    ]),
    phrase(Reason::NumberOnBusinessApp, &[
        "=smb|bisnis kecil|=ukm|umkm & tersedia",
        "aplikasi whatsapp business & terdaftar|aktif|digunakan|hapus|dihapus|putuskan",
    ]),
    phrase(Reason::MessagingForNotApproved, &["permintaan & messaging for|pesan untuk|perpesanan untuk|atas nama & disetujui|diterima"]),
    phrase(Reason::SourceAccountNotSetUp, &["tidak disiapkan dengan benar|tidak diatur dengan benar|belum disiapkan dengan benar|belum diatur dengan benar|tidak dikonfigurasi dengan benar|tidak disiapkan dengan tepat"]),
    phrase(Reason::DifferentBusiness, &["milik akun & lain|berbeda", "milik bisnis lain|milik bisnis yang berbeda|milik bisnis berbeda", "mewakili bisnis yang sama"]),
    phrase(Reason::NothingToMove, &["tambahkan nomor telepon ini|tambahkan nomor ini", "ditambahkan langsung|ditambahkan secara langsung"]),
    phrase(Reason::AlreadyInDestination, &["sudah ada & daftar"]),
    phrase(Reason::NumberUsedElsewhere, &["terdaftar & akun whatsapp & sudah ada|yang ada|lain", "putuskan dari akun|putuskan sambungan dari akun|putuskan nomor dari akun"]),
    phrase(Reason::AlreadyVerified, &["sudah diverifikasi|telah diverifikasi|sudah terverifikasi & nomor|kepemilikan"]),
    phrase(Reason::NotBeingMigrated, &["tidak sedang dimigrasi|tidak dimigrasi", "tidak memenuhi syarat & kode"]),
    phrase(Reason::PaymentMethodMissing, &[
        "akun pembayaran|metode pembayaran|cara pembayaran & tidak|belum|tambah|tanpa",
        "jalur kredit|lini kredit|batas kredit & tidak|belum|aktif|tanpa",
    ]),
    phrase(Reason::DisplayNameNotApproved, &[
        "nama terdaftar|nama yang terdaftar|nama yang didaftarkan & disetujui",
        "nama tampilan|nama terverifikasi & disetujui|diproses|edit|ubah|tertunda|peninjauan|ditinjau|melanggar|pedoman|ditolak",
    ]),
    phrase(Reason::OwnershipNotConfirmed, &["konfirmasi|konfirmasikan|mengonfirmasi & kepemilikan"]),
    phrase(Reason::TwoStepEnabled, &["dua langkah|dua faktor|2 langkah|dua tahap & dinonaktif|nonaktif|matikan|dimatikan|menonaktifkan|diaktifkan|aktif"]),
    phrase(Reason::AppMayNotAddNumbers, &["aplikasi|mitra|penyedia & menambahkan|menambah & nomor & tidak boleh|tidak diizinkan|tidak dapat"]),
    phrase(Reason::CannotAddNumber, &["jumlah maksimum|jumlah maksimal|batas & nomor telepon & mencapai|tercapai|melebihi|melampaui"]),
    phrase(Reason::TemplateLimitReached, &["batas & template pesan & mencapai|tercapai|melebihi|terlampaui"]),
    phrase(Reason::NumberInMaintenance, &["mode pemeliharaan|dalam pemeliharaan"]),
    phrase(Reason::AccountTermsNotAccepted, &["ketentuan|persyaratan & menerima|diterima|menyetujui|disetujui|setujui"]),
    phrase(Reason::DestinationNotApproved, &["akun & harus disetujui|perlu disetujui|belum disetujui", "verifikasi bisnis & selesai|diperlukan|harus|tertunda|menyelesaikan"]),
    phrase(Reason::NotSubscribed, &["webhook & tidak|belum|langgan|berlangganan"]),
    phrase(Reason::CodeRequestedTooOften, &["terlalu sering|terlalu banyak|berkali-kali"]),
    phrase(Reason::CodeSendingUnavailable, &["server|layanan & tidak tersedia|tidak dapat dihubungi"]),
    phrase(Reason::CodeGuessedTooOften, &["terlalu sering|terlalu banyak|berkali-kali"]),
    phrase(Reason::MoveFailedAtMeta, &["kesalahan|eror|error & migrasi|memigrasikan"]),
    phrase(Reason::CodeRejected, &["kode & salah|tidak valid|kedaluwarsa|kadaluarsa|tidak benar"]),
];
