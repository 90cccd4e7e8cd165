//! Portuguese, as Brazil has it. The codes' limit and the servers' trouble are Meta's own words.

use super::Said;
use crate::refusals as r;

pub(super) const TEXTS: &[Said] = &[
    (
        r::NO_WEBHOOKS,
        "Não é possível migrar o número de telefone",
        "Não é possível migrar o número de telefone: a sua conta do WhatsApp precisa estar inscrita em webhooks por um aplicativo antes que um número de telefone possa ser migrado.",
    ),
    (
        r::PLAIN_ADD,
        "Adicione este número de telefone à sua conta do WhatsApp",
        "Este número de telefone não precisa de migração. Adicione este número de telefone à sua conta do WhatsApp.",
    ),
    (
        r::NAME_NOT_APPROVED,
        "O nome registrado precisa existir e estar aprovado",
        "O nome registrado precisa existir e estar aprovado, sem alterações pendentes, antes que o número de telefone possa ser migrado.",
    ),
    (
        r::SOURCE_NOT_SET_UP,
        "A conta do WhatsApp em que este número de telefone está registrado não está configurada corretamente",
        "A conta do WhatsApp em que este número de telefone está registrado não está configurada corretamente. Entre em contato com o suporte.",
    ),
    (
        r::NO_PAYMENT_ACCOUNT,
        "A sua conta do WhatsApp não tem uma conta de pagamento",
        "A sua conta do WhatsApp não tem uma conta de pagamento. Adicione uma forma de pagamento ou compartilhe uma linha de crédito e tente novamente.",
    ),
    (
        r::ERROR_MIGRATING,
        "Ocorreu um erro ao migrar este número de telefone",
        "Ocorreu um erro ao migrar este número de telefone. Tente novamente mais tarde.",
    ),
    (
        r::OTHER_BUSINESS,
        "Este número de telefone pertence a outra conta do Gerenciador de Negócios",
        "Este número de telefone pertence a outra conta do Gerenciador de Negócios. As duas contas precisam representar a mesma empresa.",
    ),
    (
        r::ACCOUNT_NOT_APPROVED,
        "A sua conta do WhatsApp precisa ser aprovada",
        "A sua conta do WhatsApp precisa ser aprovada: a empresa precisa ser verificada e a análise da conta, aprovada.",
    ),
    (
        r::MESSAGING_FOR_PENDING,
        "A solicitação \"Mensagens em nome de\" da sua conta do WhatsApp precisa ser aprovada",
        "A solicitação \"Mensagens em nome de\" da sua conta do WhatsApp precisa ser aprovada antes que o número de telefone possa ser migrado.",
    ),
    (
        r::TWO_STEP_ON,
        "Verifique se a autenticação de duas etapas está desativada",
        "Verifique se a autenticação de duas etapas está desativada para este número de telefone antes de migrá-lo.",
    ),
    (
        r::CONFIRM_OWNERSHIP,
        "Confirme a propriedade deste número de telefone",
        "Confirme a propriedade deste número de telefone com um código de verificação antes de continuar.",
    ),
    (
        r::NAME_NOT_PROCESSED,
        "Não é possível criar o certificado",
        "Não foi possível processar o seu nome de exibição. Edite o nome de exibição e tente novamente.",
    ),
    (
        r::TWO_FACTOR_ON,
        "Não é possível criar o certificado",
        "Verifique se a autenticação de dois fatores está desativada",
    ),
    (
        r::ALREADY_IN_LIST,
        "Este número de telefone já existe na sua lista de números de telefone",
        "Este número de telefone já existe na sua lista de números de telefone. Tente novamente com um número de telefone que ainda não esteja na lista.",
    ),
    (
        r::USED_ELSEWHERE,
        "Este número de telefone já está registrado",
        "Este número de telefone está registrado em outra conta do WhatsApp. Migre-o ou remova-o de lá primeiro.",
    ),
    (
        r::MAY_NOT_ADD,
        "Não é possível adicionar o número de telefone à conta do WhatsApp Business",
        "",
    ),
    (
        r::ALREADY_VERIFIED,
        "A propriedade do número de telefone já foi verificada",
        "A propriedade deste número de telefone já foi verificada. Continue com o registro.",
    ),
    (
        r::CODE_TOO_OFTEN,
        "Solicitar limite de volume do código",
        "Você pediu um código de verificação muitas vezes. Tente novamente mais tarde.",
    ),
    (
        r::CODES_UNAVAILABLE,
        "Não foi possível enviar o código",
        "Falha na solicitação do código: Nossos servidores estão temporariamente indisponíveis. Aguarde 1 hora antes de tentar novamente.",
    ),
    (
        r::NOT_BEING_MIGRATED_REQUEST,
        "Não é possível solicitar um código de registro",
        "Este número de telefone não pode receber um código de registro porque não está sendo migrado.",
    ),
    (
        r::NOT_BEING_MIGRATED_VERIFY,
        "Não é possível verificar um código de registro",
        "Este número de telefone não pode verificar um código de registro porque não está sendo migrado.",
    ),
    (
        r::WRONG_CODE,
        "Erro ao verificar o código",
        "O código inserido está incorreto ou expirou. Solicite um novo código.",
    ),
    (
        r::GUESSED_TOO_OFTEN,
        "Muitas tentativas",
        "Você tentou adivinhar o código muitas vezes. Aguarde cerca de 12 horas antes de tentar novamente.",
    ),
    (
        r::MAINTENANCE,
        "A conta está em modo de manutenção",
        "A conta está em modo de manutenção. Tente novamente em alguns minutos.",
    ),
];
