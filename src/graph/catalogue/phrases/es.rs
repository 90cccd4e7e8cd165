//! Spanish: Meta's own translation of its error reference and Embedded Signup guide.

use super::{Phrase, phrase};
use domain::Reason;

#[rustfmt::skip]
pub(super) const PHRASES: &[Phrase] = &[
    phrase(Reason::AppBlocked, &[
        "acceso a la api|acceso de la api|acceso de la app|acceso de la aplicacion & bloquead|desactivad|suspendid|restringid|revocad|inhabilitad",
        "la app esta|tu app esta|esta app esta|la aplicacion esta|tu aplicacion esta|esta aplicacion esta|la app fue|tu app fue|esta app fue|la aplicacion fue|tu aplicacion fue|esta aplicacion fue|la app ha sido|tu app ha sido|la aplicacion ha sido|tu aplicacion ha sido & bloquead|desactivad|suspendid|restringid|eliminad|inhabilitad|inactiv",
    ]),
    phrase(Reason::AppTermsNotAccepted, &[
        "condiciones|terminos & acept & meta|facebook|api de la nube|cloud api|alojamiento|proveedor de tecnologia|tech provider|desarrollador|plataforma|=app|aplicacion & !cuenta|pago|marketing",
    ]),
    phrase(Reason::NumberOnBusinessApp, &[
        "=smb|pymes|pequenas empresas & disponible",
        "app whatsapp business|app de whatsapp business|aplicacion whatsapp business|aplicacion de whatsapp business & registr|activ|us|elimin|desconect|vincul",
    ]),
    phrase(Reason::MessagingForNotApproved, &["solicitud & mensajes para|messaging for|en nombre de & aprob|acept"]),
    phrase(Reason::SourceAccountNotSetUp, &[
        "no esta configurada correctamente|no se configuro correctamente|no esta bien configurada",
        "cuenta & de origen & aprob",
    ]),
    phrase(Reason::DifferentBusiness, &[
        "pertenece a una cuenta diferente|pertenece a otra cuenta|pertenece a otra empresa|pertenece a una empresa diferente|pertenece a otro|pertenece a una cuenta distinta|pertenece a un administrador",
        "representar a la misma empresa",
    ]),
    phrase(Reason::NothingToMove, &[
        "agrega este numero|agregue este numero|anade este numero|anada este numero",
        "agregarse directamente|anadirse directamente|no necesita migrarse",
    ]),
    phrase(Reason::AlreadyInDestination, &["ya existe en tu lista|ya existe en su lista|ya esta en tu lista|ya existe en tu cuenta"]),
    phrase(Reason::NumberUsedElsewhere, &[
        "registrado en una cuenta|registrado en otra cuenta|registrado en whatsapp",
        "desconectalo de la cuenta|desconecte el numero de la cuenta",
    ]),
    phrase(Reason::AlreadyVerified, &["ya se verifico|ya esta verificad|ya fue verificad|ya ha sido verificad|ya se ha verificad & numero|telefono|propiedad"]),
    phrase(Reason::NotBeingMigrated, &[
        "no se esta migrando|no esta siendo migrado",
        "no es apto|no cumple los requisitos & codigo",
        "api de verificacion & no estan disponibles",
    ]),
    phrase(Reason::PaymentMethodMissing, &[
        "cuenta de pago|metodo de pago|forma de pago|medio de pago & =no|=sin|agreg|anad|configur|falta|ningun",
        "linea de credito & =no|=sin|activa|configur|falta|ningun",
    ]),
    phrase(Reason::PaymentProblem, &["pago|facturacion & error|problema|fallo|rechazad|atrasad|pendiente|vencid"]),
    phrase(Reason::DisplayNameNotApproved, &[
        "nombre registrado & aprobado|presente",
        "nombre visible|nombre para mostrar|nombre verificado & aprob|proces|edit|pendiente|revision|infring|incumpl|norma|rechaz",
    ]),
    phrase(Reason::OwnershipNotConfirmed, &["confirm & propiedad|titularidad & numero|telefono"]),
    phrase(Reason::TwoStepEnabled, &[
        "dos pasos|dos factores|2 pasos|doble factor & desactiv|deshabilit|inhabilit|activad|habilitad",
    ]),
    phrase(Reason::AppMayNotAddNumbers, &[
        "=app|aplicacion|socio|proveedor & agregar|anadir & numero & no puede|no tiene autorizacion|no esta autorizad|no se permite",
    ]),
    phrase(Reason::CannotAddNumber, &["numero maximo|cantidad maxima|limite & telefonos|numeros de telefono & alcanz|maxim|super"]),
    phrase(Reason::TemplateLimitReached, &["limite de plantillas & super|alcanz"]),
    phrase(Reason::NumberInMaintenance, &["modo de mantenimiento|modo mantenimiento|en mantenimiento"]),
    phrase(Reason::AccountTermsNotAccepted, &["condiciones|terminos & acept"]),
    phrase(Reason::AccountRestricted, &["cuenta & esta|fue|ha sido & restringida|inhabilitada|bloqueada|suspendida & !pago|dos pasos"]),
    phrase(Reason::DestinationNotApproved, &[
        "debe aprobarse tu cuenta|debe aprobarse la cuenta|se debe aprobar la cuenta|se debe aprobar tu cuenta",
        "cuenta & debe estar aprobada|debe ser aprobada|no esta aprobada|no se aprobo",
        "cuenta & en revision & !nombre",
        "verificacion de la empresa|verificacion del negocio & complet|necesari|debe|pendiente",
    ]),
    phrase(Reason::NotSubscribed, &["webhook & =no|suscri", "ninguna app & suscri"]),
    phrase(Reason::CodeRequestedTooOften, &[
        "demasiadas veces|demasiados intentos|muchas veces|demasiada frecuencia|limite de frecuencia|limite de volumen|demasiadas solicitudes",
    ]),
    phrase(Reason::CodeSendingUnavailable, &["servidor|servicio & =no & disponible", "servidor|servicio & temporalmente|indisponible"]),
    phrase(Reason::CodeGuessedTooOften, &["demasiadas veces|demasiados intentos|muchas veces|demasiada frecuencia"]),
    phrase(Reason::MoveFailedAtMeta, &["error al migrar|error al intentar migrar|error durante la migracion|error en la migracion"]),
    phrase(Reason::CodeRejected, &["codigo & incorrect|no es valido|no valido|invalid|caduc|vencid|vencio|expir|ya se uso"]),
];
