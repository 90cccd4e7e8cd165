//! Sentences of Meta's in ten languages, and what each means: its own in English, Portuguese and Spanish, as it would write them in
//! the others.

use crate::migration::Reason::{self, *};

/// What a sentence means, and the sentence.
pub(in super::super) const SENTENCES: &[(Reason, &str)] = &[
    // English.
    (
        NothingToMove,
        "Please add this phone number in your WhatsApp account",
    ),
    (
        NothingToMove,
        "This phone number is eligible to be added directly, and does not need to use phone migration APIs.",
    ),
    (
        DisplayNameNotApproved,
        "Registered name should be present and approved",
    ),
    (
        DisplayNameNotApproved,
        "The business phone number must have an approved display name and cannot have any pending display name change requests.",
    ),
    (
        DisplayNameNotApproved,
        "Your display name could not be processed. Please edit your display name and try again.",
    ),
    (
        DisplayNameNotApproved,
        "Your verified name violates WhatsApp guidelines.",
    ),
    (
        SourceAccountNotSetUp,
        "The WhatsApp account that this phone number is registered with is not set up correctly",
    ),
    (
        SourceAccountNotSetUp,
        "The source WhatsApp Business Account must be approved, and its \"messaging on behalf of\" must be approved.",
    ),
    (
        PaymentMethodMissing,
        "Your WhatsApp account does not have a payment account",
    ),
    (
        PaymentMethodMissing,
        "Your WhatsApp Business Account doesn't have a payment method set up.",
    ),
    (
        PaymentMethodMissing,
        "Your WhatsApp account must have an active credit line in order to send messages after migration.",
    ),
    (
        PaymentProblem,
        "There was a problem with the payment method of the WhatsApp Business Account.",
    ),
    (
        MoveFailedAtMeta,
        "There was an error migrating this phone number",
    ),
    (
        MoveFailedAtMeta,
        "There was an error while trying to migrate your phone number.",
    ),
    (
        DifferentBusiness,
        "This phone number belongs to a different Business Manager account",
    ),
    (
        DifferentBusiness,
        "The source and destination WhatsApp Business Accounts must represent the same business.",
    ),
    (
        DestinationNotApproved,
        "Your WhatsApp account must be approved",
    ),
    (
        DestinationNotApproved,
        "The destination WhatsApp Business account must be approved to migrate phone numbers.",
    ),
    (
        DestinationNotApproved,
        "Make sure that business verification is complete.",
    ),
    (
        MessagingForNotApproved,
        "Your WhatsApp account's \"Messaging For\" request must be approved",
    ),
    (
        MessagingForNotApproved,
        "Your client needs to accept the \u{201c}Messaging For\u{201d} request",
    ),
    (
        NotSubscribed,
        "Webhooks have not been set up for the destination WhatsApp Business account.",
    ),
    (
        NotSubscribed,
        "Your WhatsApp account must be subscribed to webhooks by an app before a phone number can be migrated.",
    ),
    (
        OwnershipNotConfirmed,
        "Please confirm ownership of this phone number",
    ),
    (
        OwnershipNotConfirmed,
        "Certificate can be downloaded only after confirming ownership of a phone number that is being migrated.",
    ),
    (
        TwoStepEnabled,
        "Please ensure two-step authentication is disabled",
    ),
    (
        TwoStepEnabled,
        "Please ensure two-factor authentication is disabled",
    ),
    (
        TwoStepEnabled,
        "Two step verification must be turned off for this number.",
    ),
    (TwoStepEnabled, "2-step verification is still on"),
    (
        AlreadyInDestination,
        "This phone number already exists in your list of phone numbers",
    ),
    (
        NumberUsedElsewhere,
        "This number is registered to an existing WhatsApp account. To use this number, disconnect it from the existing account.",
    ),
    (
        NumberOnBusinessApp,
        "Register endpoint is not available for SMB businesses.",
    ),
    (
        NumberOnBusinessApp,
        "Phone number registration not available for SMB accounts",
    ),
    (
        NumberOnBusinessApp,
        "This number is still in use in the WhatsApp Business app.",
    ),
    (
        CannotAddNumber,
        "You have reached the maximum number of phone numbers for this business.",
    ),
    (
        AppMayNotAddNumbers,
        "Your app is not allowed to add phone numbers to this account",
    ),
    (NumberInMaintenance, "Account is in maintenance mode"),
    (TemplateLimitReached, "Message Template Limit Exceeded"),
    (
        AccountRestricted,
        "Your WhatsApp Business Account has been disabled",
    ),
    (
        AccountTermsNotAccepted,
        "The WhatsApp Business Account has not accepted the terms of service",
    ),
    (
        AlreadyVerified,
        "Phone number ownership is already verified",
    ),
    (
        AlreadyVerified,
        "The ownership of this phone number has already been verified.",
    ),
    (
        NotBeingMigrated,
        "This phone number isn\u{2019}t eligible to receive a registration code since it is not being migrated.",
    ),
    (
        NotBeingMigrated,
        "Phone ownership verification APIs are not available for this use case.",
    ),
    (
        CodeRequestedTooOften,
        "You have requested a verification code too many times. Try again later.",
    ),
    (
        CodeRequestedTooOften,
        "You requested codes too often; come back in 5 minutes",
    ),
    (
        CodeSendingUnavailable,
        "Code request failed: Our servers are temporarily unavailable. Please wait 1 hour before trying again.",
    ),
    (
        CodeSendingUnavailable,
        "Request code failed: Please try again in some time.",
    ),
    (
        CodeRejected,
        "The code that you entered is wrong or has expired.",
    ),
    (AppBlocked, "API access blocked."),
    (
        AppBlocked,
        "API access deactivated. To reactivate, go to the app dashboard.",
    ),
    (
        AppBlocked,
        "Error validating application. Application has been deleted.",
    ),
    (AppBlocked, "This app has been disabled."),
    (AppBlocked, "The app's Data Use Checkup is overdue."),
    (
        AppTermsNotAccepted,
        "The Cloud API Terms of Service must be accepted.",
    ),
    (
        AppTermsNotAccepted,
        "You must accept the Tech Provider terms",
    ),
    (
        AppTermsNotAccepted,
        "Meta's terms of service have not been accepted for this app",
    ),
    // Portuguese.
    (
        NothingToMove,
        "Adicione esse número de telefone à sua conta do WhatsApp",
    ),
    (
        NothingToMove,
        "Esse número de telefone pode ser adicionado diretamente e não requer o uso de APIs de migração de telefone.",
    ),
    (
        DisplayNameNotApproved,
        "O nome registrado deve estar presente e aprovado.",
    ),
    (
        DisplayNameNotApproved,
        "Não foi possível processar seu nome de exibição. Edite seu nome de exibição e tente novamente.",
    ),
    (
        DisplayNameNotApproved,
        "Seu nome verificado viola as diretrizes do WhatsApp.",
    ),
    (
        SourceAccountNotSetUp,
        "A conta do WhatsApp em que o número de telefone está registrado não está configurada corretamente.",
    ),
    (
        PaymentMethodMissing,
        "Sua conta do WhatsApp não tem uma conta de pagamento.",
    ),
    (
        PaymentMethodMissing,
        "Sua conta do WhatsApp Business não tem um método de pagamento configurado.",
    ),
    (
        PaymentMethodMissing,
        "Sua conta do WhatsApp deve ter uma linha de crédito ativa para que você possa enviar mensagens após a migração.",
    ),
    (
        MoveFailedAtMeta,
        "Ocorreu um erro ao migrar o número de telefone.",
    ),
    (
        DifferentBusiness,
        "Esse número de telefone pertence a uma conta diferente do Gerenciador de Negócios.",
    ),
    (
        DifferentBusiness,
        "As contas do WhatsApp Business de origem e destino devem representar a mesma empresa.",
    ),
    (
        DestinationNotApproved,
        "Sua conta do WhatsApp deve ser aprovada",
    ),
    (
        DestinationNotApproved,
        "Confira se a verificação da empresa foi concluída.",
    ),
    (
        MessagingForNotApproved,
        "O pedido \"Mensagens para\" da sua conta do WhatsApp deve ser aprovado",
    ),
    (
        NotSubscribed,
        "Os webhooks não foram configurados para a conta de destino do WhatsApp Business.",
    ),
    (
        OwnershipNotConfirmed,
        "Confirme a propriedade do número de telefone em questão.",
    ),
    (
        OwnershipNotConfirmed,
        "Só é possível baixar o certificado depois da confirmação da propriedade do número de telefone que está sendo migrado.",
    ),
    (
        TwoStepEnabled,
        "Verifique se a autenticação em duas etapas está desabilitada.",
    ),
    (TwoStepEnabled, "Desative a verificação em duas etapas"),
    (
        AlreadyInDestination,
        "O número já existe na sua lista de números de telefone.",
    ),
    (
        NumberUsedElsewhere,
        "Esse número já está registrado em uma conta do WhatsApp. Para usar este número, desconecte-o da conta existente.",
    ),
    (
        NumberOnBusinessApp,
        "O registro não está disponível para contas SMB.",
    ),
    (NumberInMaintenance, "A conta está no modo de manutenção."),
    (
        AlreadyVerified,
        "A propriedade do número de telefone já foi verificada.",
    ),
    (
        AlreadyVerified,
        "Este número de telefone já foi verificado.",
    ),
    (
        NotBeingMigrated,
        "O número de telefone não está qualificado para receber/verificar um código de registro porque não está sendo migrado.",
    ),
    (
        NotBeingMigrated,
        "As APIs de verificação de propriedade do telefone não estão disponíveis para esse caso de uso.",
    ),
    (
        CodeRequestedTooOften,
        "Você pediu um código de verificação muitas vezes. Tente novamente mais tarde.",
    ),
    (
        CodeRequestedTooOften,
        "Solicitar limite de volume do código",
    ),
    (
        CodeRequestedTooOften,
        "Você solicitou o código muitas vezes.",
    ),
    (
        CodeSendingUnavailable,
        "Nossos servidores estão temporariamente indisponíveis. Aguarde 1 hora antes de tentar novamente.",
    ),
    (
        CodeGuessedTooOften,
        "Não foi possível verificar o código: você tentou registrar o número muitas vezes.",
    ),
    (CodeGuessedTooOften, "Você fez tentativas demais."),
    (CodeRejected, "O código inserido está incorreto."),
    (AppBlocked, "Acesso à API bloqueado."),
    (
        AccountTermsNotAccepted,
        "É preciso aceitar os termos de serviço da conta.",
    ),
    // Spanish.
    (
        NothingToMove,
        "Agrega este número de teléfono a tu cuenta de WhatsApp",
    ),
    (
        NothingToMove,
        "Este número de teléfono cumple con los requisitos para agregarse directamente.",
    ),
    (
        DisplayNameNotApproved,
        "El nombre registrado debe estar presente y aprobado",
    ),
    (
        DisplayNameNotApproved,
        "No se pudo procesar tu nombre visible. Edítalo y vuelve a intentarlo.",
    ),
    (
        SourceAccountNotSetUp,
        "La cuenta de WhatsApp en la que se registró este número de teléfono no está configurada correctamente",
    ),
    (
        SourceAccountNotSetUp,
        "La cuenta de WhatsApp Business de origen debe estar aprobada, al igual que la opción \"Mensajes para\".",
    ),
    (
        PaymentMethodMissing,
        "Tu cuenta de WhatsApp no tiene una cuenta de pago",
    ),
    (
        PaymentMethodMissing,
        "Tu cuenta de WhatsApp Business no tiene configurado un método de pago.",
    ),
    (
        PaymentMethodMissing,
        "Tu cuenta de WhatsApp debe tener una línea de crédito activa para enviar mensajes después de la migración.",
    ),
    (
        MoveFailedAtMeta,
        "Hubo un error al migrar este número de teléfono",
    ),
    (
        DifferentBusiness,
        "Este número de teléfono pertenece a una cuenta diferente del administrador comercial",
    ),
    (
        DifferentBusiness,
        "Las cuentas de WhatsApp Business de origen y destino deben representar a la misma empresa.",
    ),
    (
        DestinationNotApproved,
        "Debe aprobarse tu cuenta de WhatsApp",
    ),
    (
        DestinationNotApproved,
        "Para poder migrar números de teléfono, se debe aprobar la cuenta de WhatsApp Business de destino.",
    ),
    (
        MessagingForNotApproved,
        "Debe aprobarse la solicitud \"Mensajes para\" de tu cuenta de WhatsApp",
    ),
    (
        NotSubscribed,
        "No se configuraron webhooks para la cuenta de WhatsApp Business de destino.",
    ),
    (
        OwnershipNotConfirmed,
        "Confirma la propiedad de este número de teléfono",
    ),
    (
        TwoStepEnabled,
        "Asegúrate de que la autenticación en dos pasos esté desactivada",
    ),
    (
        TwoStepEnabled,
        "Asegúrate de que la autenticación de dos factores esté deshabilitada",
    ),
    (
        AlreadyInDestination,
        "Este número de teléfono ya existe en tu lista de números de teléfono",
    ),
    (
        NumberUsedElsewhere,
        "Este número está registrado en una cuenta de WhatsApp que ya existe. Para usar este número, desconéctalo de la cuenta existente.",
    ),
    (
        NumberOnBusinessApp,
        "El registro no está disponible para empresas SMB",
    ),
    (
        NumberInMaintenance,
        "La cuenta está en modo de mantenimiento",
    ),
    (
        AlreadyVerified,
        "Ya se verificó la propiedad del número de teléfono.",
    ),
    (
        NotBeingMigrated,
        "Este número de teléfono no es apto para recibir o verificar un código de registro, ya que no se está migrando",
    ),
    (
        CodeRequestedTooOften,
        "Solicitaste el código de verificación demasiadas veces. Vuelve a intentarlo más tarde.",
    ),
    (
        CodeSendingUnavailable,
        "Nuestros servidores no están disponibles temporalmente. Espera 1 hora.",
    ),
    (CodeRejected, "El código de verificación no es válido."),
    (
        AppBlocked,
        "Se bloqueó el acceso a la API. El acceso a la API está bloqueado.",
    ),
    // German.
    (
        NothingToMove,
        "Bitte füge diese Telefonnummer zu deinem WhatsApp-Konto hinzu",
    ),
    (
        DisplayNameNotApproved,
        "Der registrierte Name muss vorhanden und genehmigt sein",
    ),
    (
        DisplayNameNotApproved,
        "Dein Anzeigename konnte nicht verarbeitet werden. Bitte bearbeite deinen Anzeigenamen und versuche es erneut.",
    ),
    (
        SourceAccountNotSetUp,
        "Das WhatsApp-Konto, bei dem diese Telefonnummer registriert ist, ist nicht richtig eingerichtet",
    ),
    (
        PaymentMethodMissing,
        "Dein WhatsApp-Konto hat kein Zahlungskonto",
    ),
    (
        PaymentMethodMissing,
        "Für dein WhatsApp Business-Konto wurde keine Zahlungsmethode eingerichtet.",
    ),
    (
        MoveFailedAtMeta,
        "Bei der Migration dieser Telefonnummer ist ein Fehler aufgetreten",
    ),
    (
        DifferentBusiness,
        "Diese Telefonnummer gehört zu einem anderen Business Manager-Konto",
    ),
    (
        DestinationNotApproved,
        "Dein WhatsApp-Konto muss genehmigt werden",
    ),
    (
        MessagingForNotApproved,
        "Die Anfrage „Nachrichten für“ deines WhatsApp-Kontos muss genehmigt werden",
    ),
    (
        NotSubscribed,
        "Für das WhatsApp Business-Zielkonto wurden keine Webhooks eingerichtet.",
    ),
    (
        OwnershipNotConfirmed,
        "Bitte bestätige, dass diese Telefonnummer dein Eigentum ist",
    ),
    (
        TwoStepEnabled,
        "Bitte stelle sicher, dass die zweistufige Authentifizierung deaktiviert ist",
    ),
    (
        TwoStepEnabled,
        "Die Zwei-Faktor-Authentifizierung muss deaktiviert sein",
    ),
    (
        NumberUsedElsewhere,
        "Diese Nummer ist bei einem bestehenden WhatsApp-Konto registriert.",
    ),
    (
        NumberOnBusinessApp,
        "Die Registrierung ist für SMB-Konten nicht verfügbar",
    ),
    (
        AlreadyVerified,
        "Die Inhaberschaft der Telefonnummer wurde bereits bestätigt.",
    ),
    (
        NotBeingMigrated,
        "Diese Telefonnummer kann keinen Registrierungscode erhalten, da sie nicht migriert wird.",
    ),
    (
        CodeRequestedTooOften,
        "Du hast zu oft einen Verifizierungscode angefordert. Versuche es später erneut.",
    ),
    (
        CodeSendingUnavailable,
        "Unsere Server sind vorübergehend nicht verfügbar. Bitte warte 1 Stunde.",
    ),
    (CodeRejected, "Der Code ist falsch oder abgelaufen."),
    (AppBlocked, "Der API-Zugriff wurde gesperrt."),
    // French.
    (
        NothingToMove,
        "Veuillez ajouter ce numéro de téléphone à votre compte WhatsApp",
    ),
    (
        NothingToMove,
        "Ajoutez ce numéro de téléphone à votre compte WhatsApp",
    ),
    (
        DisplayNameNotApproved,
        "Le nom enregistré doit être présent et approuvé",
    ),
    (
        DisplayNameNotApproved,
        "Votre nom d\u{2019}affichage n\u{2019}a pas pu être traité. Veuillez modifier votre nom d\u{2019}affichage et réessayer.",
    ),
    (
        SourceAccountNotSetUp,
        "Le compte WhatsApp associé à ce numéro de téléphone n\u{2019}est pas configuré correctement",
    ),
    (
        PaymentMethodMissing,
        "Votre compte WhatsApp n\u{2019}a pas de compte de paiement",
    ),
    (
        PaymentMethodMissing,
        "Aucun moyen de paiement n\u{2019}est configuré pour votre compte WhatsApp Business.",
    ),
    (
        MoveFailedAtMeta,
        "Une erreur s\u{2019}est produite lors de la migration de ce numéro de téléphone",
    ),
    (
        DifferentBusiness,
        "Ce numéro de téléphone appartient à un autre compte Business Manager",
    ),
    (
        DestinationNotApproved,
        "Votre compte WhatsApp doit être approuvé",
    ),
    (
        MessagingForNotApproved,
        "La demande « Messages pour » de votre compte WhatsApp doit être approuvée",
    ),
    (
        NotSubscribed,
        "Les webhooks n\u{2019}ont pas été configurés pour le compte WhatsApp Business de destination.",
    ),
    (
        OwnershipNotConfirmed,
        "Veuillez confirmer que vous êtes propriétaire de ce numéro de téléphone",
    ),
    (
        TwoStepEnabled,
        "Veuillez vous assurer que l\u{2019}authentification en deux étapes est désactivée",
    ),
    (
        TwoStepEnabled,
        "L\u{2019}authentification à deux facteurs doit être désactivée",
    ),
    (
        NumberUsedElsewhere,
        "Ce numéro est enregistré sur un compte WhatsApp existant.",
    ),
    (
        NumberOnBusinessApp,
        "L\u{2019}inscription n\u{2019}est pas disponible pour les comptes SMB",
    ),
    (
        AlreadyVerified,
        "La propriété du numéro de téléphone a déjà été vérifiée.",
    ),
    (
        NotBeingMigrated,
        "Ce numéro ne peut pas recevoir de code d\u{2019}inscription car il n\u{2019}est pas en cours de migration.",
    ),
    (
        CodeRequestedTooOften,
        "Vous avez demandé un code de vérification trop de fois. Réessayez plus tard.",
    ),
    (
        CodeSendingUnavailable,
        "Nos serveurs sont temporairement indisponibles. Veuillez patienter 1 heure.",
    ),
    (CodeRejected, "Le code saisi est incorrect ou a expiré."),
    (AppBlocked, "L\u{2019}accès à l\u{2019}API est bloqué."),
    // Arabic.
    (
        NothingToMove,
        "يرجى إضافة رقم الهاتف هذا إلى حسابك على واتساب",
    ),
    (
        DisplayNameNotApproved,
        "يجب أن يكون الاسم المسجَّل موجودًا ومعتمدًا",
    ),
    (
        DisplayNameNotApproved,
        "تعذرت معالجة اسم العرض. يرجى تعديل اسم العرض والمحاولة مرة أخرى.",
    ),
    (
        SourceAccountNotSetUp,
        "لم يتم إعداد حساب واتساب المسجَّل به رقم الهاتف هذا بشكل صحيح",
    ),
    (
        PaymentMethodMissing,
        "لا يحتوي حسابك على واتساب على حساب دفع",
    ),
    (
        PaymentMethodMissing,
        "لم يتم إعداد طريقة دفع لحساب واتساب للأعمال الخاص بك.",
    ),
    (MoveFailedAtMeta, "حدث خطأ أثناء نقل رقم الهاتف هذا"),
    (
        DifferentBusiness,
        "ينتمي رقم الهاتف هذا إلى حساب مدير أعمال مختلف",
    ),
    (DestinationNotApproved, "يجب الموافقة على حسابك على واتساب"),
    (
        MessagingForNotApproved,
        "يجب الموافقة على طلب \"المراسلة لصالح\" الخاص بحسابك على واتساب",
    ),
    (
        NotSubscribed,
        "لم يتم إعداد Webhooks لحساب واتساب للأعمال الوجهة.",
    ),
    (OwnershipNotConfirmed, "يرجى تأكيد ملكية رقم الهاتف هذا"),
    (TwoStepEnabled, "يرجى التأكد من تعطيل المصادقة بخطوتين"),
    (TwoStepEnabled, "يرجى التأكد من إيقاف المصادقة الثنائية"),
    (NumberUsedElsewhere, "هذا الرقم مسجَّل في حساب واتساب موجود."),
    (NumberOnBusinessApp, "التسجيل غير متاح لحسابات SMB"),
    (AlreadyVerified, "تم التحقق من ملكية رقم الهاتف بالفعل."),
    (
        NotBeingMigrated,
        "رقم الهاتف هذا غير مؤهل لتلقي رمز تسجيل لأنه لا يتم نقله.",
    ),
    (
        CodeRequestedTooOften,
        "لقد طلبت رمز التحقق مرات كثيرة جدًا. حاول مرة أخرى لاحقًا.",
    ),
    (
        CodeSendingUnavailable,
        "خوادمنا غير متاحة مؤقتًا. يرجى الانتظار ساعة واحدة.",
    ),
    (CodeRejected, "الرمز الذي أدخلته غير صحيح."),
    (AppBlocked, "تم حظر الوصول إلى API."),
    // Indonesian.
    (
        NothingToMove,
        "Tambahkan nomor telepon ini ke akun WhatsApp Anda",
    ),
    (
        DisplayNameNotApproved,
        "Nama terdaftar harus ada dan disetujui",
    ),
    (
        DisplayNameNotApproved,
        "Nama tampilan Anda tidak dapat diproses. Edit nama tampilan Anda dan coba lagi.",
    ),
    (
        SourceAccountNotSetUp,
        "Akun WhatsApp tempat nomor telepon ini terdaftar tidak disiapkan dengan benar",
    ),
    (
        PaymentMethodMissing,
        "Akun WhatsApp Anda tidak memiliki akun pembayaran",
    ),
    (
        PaymentMethodMissing,
        "Akun WhatsApp Business Anda belum memiliki metode pembayaran.",
    ),
    (
        MoveFailedAtMeta,
        "Terjadi kesalahan saat memigrasikan nomor telepon ini",
    ),
    (
        DifferentBusiness,
        "Nomor telepon ini milik akun Manajer Bisnis yang berbeda",
    ),
    (DestinationNotApproved, "Akun WhatsApp Anda harus disetujui"),
    (
        MessagingForNotApproved,
        "Permintaan \"Pesan untuk\" akun WhatsApp Anda harus disetujui",
    ),
    (
        NotSubscribed,
        "Webhook belum disiapkan untuk akun WhatsApp Business tujuan.",
    ),
    (
        OwnershipNotConfirmed,
        "Harap konfirmasi kepemilikan nomor telepon ini",
    ),
    (
        TwoStepEnabled,
        "Pastikan autentikasi dua langkah dinonaktifkan",
    ),
    (
        TwoStepEnabled,
        "Pastikan autentikasi dua faktor telah dimatikan",
    ),
    (
        NumberUsedElsewhere,
        "Nomor ini terdaftar di akun WhatsApp yang sudah ada.",
    ),
    (
        NumberOnBusinessApp,
        "Pendaftaran tidak tersedia untuk akun SMB",
    ),
    (
        AlreadyVerified,
        "Kepemilikan nomor telepon sudah diverifikasi.",
    ),
    (
        NotBeingMigrated,
        "Nomor telepon ini tidak memenuhi syarat untuk menerima kode pendaftaran karena tidak sedang dimigrasikan.",
    ),
    (
        CodeRequestedTooOften,
        "Anda telah meminta kode verifikasi terlalu sering. Coba lagi nanti.",
    ),
    (
        CodeSendingUnavailable,
        "Server kami sedang tidak tersedia untuk sementara. Harap tunggu 1 jam.",
    ),
    (
        CodeRejected,
        "Kode yang Anda masukkan salah atau kedaluwarsa.",
    ),
    (AppBlocked, "Akses API diblokir."),
    // Turkish.
    (
        NothingToMove,
        "Lütfen bu telefon numarasını WhatsApp hesabınıza ekleyin",
    ),
    (
        DisplayNameNotApproved,
        "Kayıtlı ad mevcut ve onaylanmış olmalıdır",
    ),
    (
        DisplayNameNotApproved,
        "Görünen adınız işlenemedi. Lütfen görünen adınızı düzenleyip tekrar deneyin.",
    ),
    (
        SourceAccountNotSetUp,
        "Bu telefon numarasının kayıtlı olduğu WhatsApp hesabı doğru şekilde ayarlanmamış",
    ),
    (
        PaymentMethodMissing,
        "WhatsApp hesabınızın bir ödeme hesabı yok",
    ),
    (
        PaymentMethodMissing,
        "WhatsApp Business Hesabınızda bir ödeme yöntemi bulunmuyor.",
    ),
    (
        MoveFailedAtMeta,
        "Bu telefon numarası taşınırken bir hata oluştu",
    ),
    (
        DifferentBusiness,
        "Bu telefon numarası farklı bir İşletme Yöneticisi hesabına ait",
    ),
    (
        DestinationNotApproved,
        "WhatsApp hesabınızın onaylanması gerekiyor",
    ),
    (
        MessagingForNotApproved,
        "WhatsApp hesabınızın \"Messaging For\" isteğinin onaylanması gerekiyor",
    ),
    (
        NotSubscribed,
        "Hedef WhatsApp Business hesabı için webhook'lar ayarlanmamış.",
    ),
    (
        OwnershipNotConfirmed,
        "Lütfen bu telefon numarasının sahibi olduğunuzu onaylayın",
    ),
    (
        TwoStepEnabled,
        "Lütfen iki adımlı doğrulamanın devre dışı olduğundan emin olun",
    ),
    (
        TwoStepEnabled,
        "İki faktörlü kimlik doğrulama kapatılmalıdır",
    ),
    (
        NumberUsedElsewhere,
        "Bu numara mevcut bir WhatsApp hesabına kayıtlı.",
    ),
    (
        NumberOnBusinessApp,
        "Kayıt işlemi SMB hesapları için kullanılamıyor",
    ),
    (
        AlreadyVerified,
        "Telefon numarasının sahipliği zaten doğrulanmış.",
    ),
    (
        NotBeingMigrated,
        "Bu telefon numarası taşınmadığı için kayıt kodu alamaz.",
    ),
    (
        CodeRequestedTooOften,
        "Çok fazla doğrulama kodu istediniz. Daha sonra tekrar deneyin.",
    ),
    (
        CodeSendingUnavailable,
        "Sunucularımız geçici olarak kullanılamıyor. Lütfen 1 saat bekleyin.",
    ),
    (CodeRejected, "Girdiğiniz kod yanlış veya süresi dolmuş."),
    (AppBlocked, "API erişimi engellendi."),
    // Italian.
    (
        NothingToMove,
        "Aggiungi questo numero di telefono al tuo account WhatsApp",
    ),
    (
        DisplayNameNotApproved,
        "Il nome registrato deve essere presente e approvato",
    ),
    (
        DisplayNameNotApproved,
        "Impossibile elaborare il tuo nome visualizzato. Modifica il nome visualizzato e riprova.",
    ),
    (
        SourceAccountNotSetUp,
        "L'account WhatsApp con cui è registrato questo numero di telefono non è configurato correttamente",
    ),
    (
        PaymentMethodMissing,
        "Il tuo account WhatsApp non ha un account di pagamento",
    ),
    (
        PaymentMethodMissing,
        "Il tuo account WhatsApp Business non ha un metodo di pagamento configurato.",
    ),
    (
        MoveFailedAtMeta,
        "Si è verificato un errore durante la migrazione di questo numero di telefono",
    ),
    (
        DifferentBusiness,
        "Questo numero di telefono appartiene a un altro account Business Manager",
    ),
    (
        DestinationNotApproved,
        "Il tuo account WhatsApp deve essere approvato",
    ),
    (
        MessagingForNotApproved,
        "La richiesta \"Messaggi per\" del tuo account WhatsApp deve essere approvata",
    ),
    (
        NotSubscribed,
        "I webhook non sono stati configurati per l'account WhatsApp Business di destinazione.",
    ),
    (
        OwnershipNotConfirmed,
        "Conferma la proprietà di questo numero di telefono",
    ),
    (
        TwoStepEnabled,
        "Assicurati che l'autenticazione in due passaggi sia disattivata",
    ),
    (
        TwoStepEnabled,
        "L'autenticazione a due fattori deve essere disabilitata",
    ),
    (
        NumberUsedElsewhere,
        "Questo numero è registrato su un account WhatsApp esistente.",
    ),
    (
        NumberOnBusinessApp,
        "La registrazione non è disponibile per gli account SMB",
    ),
    (
        AlreadyVerified,
        "La proprietà del numero di telefono è già stata verificata.",
    ),
    (
        NotBeingMigrated,
        "Questo numero non è idoneo a ricevere un codice di registrazione perché non è in fase di migrazione.",
    ),
    (
        CodeRequestedTooOften,
        "Hai richiesto il codice di verifica troppe volte. Riprova più tardi.",
    ),
    (
        CodeSendingUnavailable,
        "I nostri server non sono temporaneamente disponibili. Attendi 1 ora.",
    ),
    (CodeRejected, "Il codice inserito è errato o scaduto."),
    (AppBlocked, "L'accesso all'API è bloccato."),
    // Hindi.
    (NothingToMove, "कृपया इस फ़ोन नंबर को अपने WhatsApp अकाउंट में जोड़ें"),
    (
        DisplayNameNotApproved,
        "रजिस्टर किया गया नाम मौजूद और मंज़ूर होना चाहिए",
    ),
    (
        DisplayNameNotApproved,
        "आपका डिस्प्ले नेम प्रोसेस नहीं किया जा सका। कृपया अपना डिस्प्ले नेम एडिट करें।",
    ),
    (
        SourceAccountNotSetUp,
        "जिस WhatsApp अकाउंट में यह फ़ोन नंबर रजिस्टर है, वह सही तरीके से सेट अप नहीं है",
    ),
    (PaymentMethodMissing, "आपके WhatsApp अकाउंट में पेमेंट अकाउंट नहीं है"),
    (
        PaymentMethodMissing,
        "आपके WhatsApp Business अकाउंट में पेमेंट का तरीका सेट नहीं है।",
    ),
    (MoveFailedAtMeta, "इस फ़ोन नंबर को माइग्रेट करने में कोई गड़बड़ी हुई"),
    (
        DifferentBusiness,
        "यह फ़ोन नंबर किसी अन्य बिज़नेस मैनेजर अकाउंट का है",
    ),
    (
        DestinationNotApproved,
        "आपके WhatsApp अकाउंट को मंज़ूरी मिली होना ज़रूरी है",
    ),
    (
        MessagingForNotApproved,
        "आपके WhatsApp अकाउंट का \"Messaging For\" अनुरोध स्वीकृत होना चाहिए",
    ),
    (
        NotSubscribed,
        "डेस्टिनेशन WhatsApp Business अकाउंट के लिए वेबहुक सेट नहीं किए गए हैं।",
    ),
    (
        OwnershipNotConfirmed,
        "कृपया इस फ़ोन नंबर के स्वामित्व की पुष्टि करें",
    ),
    (TwoStepEnabled, "कृपया सुनिश्चित करें कि टू-स्टेप वेरिफ़िकेशन बंद है"),
    (TwoStepEnabled, "टू-फ़ैक्टर ऑथेंटिकेशन बंद होना चाहिए"),
    (
        NumberUsedElsewhere,
        "यह नंबर किसी अन्य WhatsApp अकाउंट में रजिस्टर है।",
    ),
    (NumberOnBusinessApp, "SMB अकाउंट के लिए रजिस्ट्रेशन उपलब्ध नहीं है"),
    (
        AlreadyVerified,
        "फ़ोन नंबर का स्वामित्व पहले ही वेरिफ़ाई किया जा चुका है।",
    ),
    (
        NotBeingMigrated,
        "यह फ़ोन नंबर रजिस्ट्रेशन कोड पाने के योग्य नहीं है, क्योंकि इसे माइग्रेट नहीं किया जा रहा है।",
    ),
    (
        CodeRequestedTooOften,
        "आपने बहुत ज़्यादा बार वेरिफ़िकेशन कोड का अनुरोध किया है। बाद में फिर से कोशिश करें।",
    ),
    (
        CodeSendingUnavailable,
        "हमारे सर्वर फ़िलहाल उपलब्ध नहीं हैं। कृपया 1 घंटे प्रतीक्षा करें।",
    ),
    (CodeRejected, "आपका डाला गया कोड गलत है।"),
    (AppBlocked, "API एक्सेस ब्लॉक किया गया है।"),
];
