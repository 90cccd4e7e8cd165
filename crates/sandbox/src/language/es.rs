//! Spanish, as Latin America has it.

use super::Said;
use crate::refusals as r;

pub(super) const TEXTS: &[Said] = &[
    (
        r::NO_WEBHOOKS,
        "No se puede migrar el número de teléfono",
        "No se puede migrar el número de teléfono: una app debe suscribir tu cuenta de WhatsApp a los webhooks antes de que se pueda migrar un número de teléfono.",
    ),
    (
        r::PLAIN_ADD,
        "Agrega este número de teléfono a tu cuenta de WhatsApp",
        "Este número de teléfono no necesita una migración. Agrega este número de teléfono a tu cuenta de WhatsApp.",
    ),
    (
        r::NAME_NOT_APPROVED,
        "El nombre registrado debe existir y estar aprobado",
        "El nombre registrado debe existir y estar aprobado, sin cambios pendientes, antes de que se pueda migrar el número de teléfono.",
    ),
    (
        r::SOURCE_NOT_SET_UP,
        "La cuenta de WhatsApp en la que está registrado este número de teléfono no está configurada correctamente",
        "La cuenta de WhatsApp en la que está registrado este número de teléfono no está configurada correctamente. Comunícate con el servicio de ayuda.",
    ),
    (
        r::NO_PAYMENT_ACCOUNT,
        "Tu cuenta de WhatsApp no tiene una cuenta de pago",
        "Tu cuenta de WhatsApp no tiene una cuenta de pago. Agrega un método de pago o comparte una línea de crédito y vuelve a intentarlo.",
    ),
    (
        r::ERROR_MIGRATING,
        "Se produjo un error al migrar este número de teléfono",
        "Se produjo un error al migrar este número de teléfono. Vuelve a intentarlo más tarde.",
    ),
    (
        r::OTHER_BUSINESS,
        "Este número de teléfono pertenece a otra cuenta del administrador comercial",
        "Este número de teléfono pertenece a otra cuenta del administrador comercial. Ambas cuentas deben representar a la misma empresa.",
    ),
    (
        r::ACCOUNT_NOT_APPROVED,
        "Tu cuenta de WhatsApp debe estar aprobada",
        "Tu cuenta de WhatsApp debe estar aprobada: la empresa debe estar verificada y la revisión de la cuenta, aprobada.",
    ),
    (
        r::MESSAGING_FOR_PENDING,
        "La solicitud \"Mensajes en nombre de\" de tu cuenta de WhatsApp debe estar aprobada",
        "La solicitud \"Mensajes en nombre de\" de tu cuenta de WhatsApp debe estar aprobada antes de que se pueda migrar el número de teléfono.",
    ),
    (
        r::TWO_STEP_ON,
        "Asegúrate de que la autenticación en dos pasos esté desactivada",
        "Asegúrate de que la autenticación en dos pasos esté desactivada para este número de teléfono antes de migrarlo.",
    ),
    (
        r::CONFIRM_OWNERSHIP,
        "Confirma la propiedad de este número de teléfono",
        "Confirma la propiedad de este número de teléfono con un código de verificación antes de continuar.",
    ),
    (
        r::NAME_NOT_PROCESSED,
        "No se puede crear el certificado",
        "No se pudo procesar tu nombre para mostrar. Edita el nombre para mostrar y vuelve a intentarlo.",
    ),
    (
        r::TWO_FACTOR_ON,
        "No se puede crear el certificado",
        "Asegúrate de que la autenticación de dos factores esté desactivada",
    ),
    (
        r::ALREADY_IN_LIST,
        "Este número de teléfono ya existe en tu lista de números de teléfono",
        "Este número de teléfono ya existe en tu lista de números de teléfono. Vuelve a intentarlo con un número de teléfono que todavía no esté en la lista.",
    ),
    (
        r::USED_ELSEWHERE,
        "Este número de teléfono ya está registrado",
        "Este número de teléfono está registrado en otra cuenta de WhatsApp. Mígralo o quítalo de allí primero.",
    ),
    (
        r::MAY_NOT_ADD,
        "No se puede agregar el número de teléfono a la cuenta de WhatsApp Business",
        "",
    ),
    (
        r::ALREADY_VERIFIED,
        "La propiedad del número de teléfono ya está verificada",
        "La propiedad de este número de teléfono ya está verificada. Continúa con su registro.",
    ),
    (
        r::CODE_TOO_OFTEN,
        "Límite de solicitudes de código",
        "Solicitaste un código de verificación demasiadas veces. Vuelve a intentarlo más tarde.",
    ),
    (
        r::CODES_UNAVAILABLE,
        "No se pudo enviar el código",
        "No se pudo solicitar el código: nuestros servidores no están disponibles temporalmente. Espera 1 hora antes de volver a intentarlo.",
    ),
    (
        r::NOT_BEING_MIGRATED_REQUEST,
        "No se puede solicitar un código de registro",
        "Este número de teléfono no puede recibir un código de registro porque no se está migrando.",
    ),
    (
        r::NOT_BEING_MIGRATED_VERIFY,
        "No se puede verificar un código de registro",
        "Este número de teléfono no puede verificar un código de registro porque no se está migrando.",
    ),
    (
        r::WRONG_CODE,
        "Error al verificar el código",
        "El código que ingresaste es incorrecto o caducó. Solicita un código nuevo.",
    ),
    (
        r::GUESSED_TOO_OFTEN,
        "Demasiados intentos",
        "Intentaste adivinar el código demasiadas veces. Espera unas 12 horas antes de volver a intentarlo.",
    ),
    (
        r::MAINTENANCE,
        "La cuenta está en modo de mantenimiento",
        "La cuenta está en modo de mantenimiento. Vuelve a intentarlo en unos minutos.",
    ),
];
