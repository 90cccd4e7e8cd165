//! Portuguese: Meta's own translation of its error reference and Embedded Signup guide, and
//! observed responses.

use super::{Phrase, phrase};
use domain::Reason;

#[rustfmt::skip]
pub(super) const PHRASES: &[Phrase] = &[
    phrase(Reason::AppBlocked, &[
        "acesso a api|acesso da api|acesso do app|acesso do aplicativo & bloquead|desativad|suspens|restrit|revogad",
        "o app foi|seu app foi|este app foi|o aplicativo foi|seu aplicativo foi|este aplicativo foi|o app esta|seu app esta|o aplicativo esta|seu aplicativo esta & bloquead|desativad|suspens|restrit|excluid|desabilitad|inativ",
    ]),
    phrase(Reason::AppTermsNotAccepted, &[
        "termos & aceit|concord & meta|facebook|api de nuvem|cloud api|hospedagem|provedor de tecnologia|tech provider|desenvolvedor|plataforma|=app|aplicativo & !conta|pagamento|marketing",
    ]),
    phrase(Reason::NumberOnBusinessApp, &[
        "=smb|pequenas empresas|pmes & dispon",
        "app whatsapp business|aplicativo whatsapp business|app do whatsapp business|aplicativo do whatsapp business & registr|ativ|us|exclu|remov|desconect|vincul",
    ]),
    phrase(Reason::MessagingForNotApproved, &["pedido|solicitacao & mensagens para|messaging for|em nome de & aprov|aceit"]),
    phrase(Reason::SourceAccountNotSetUp, &[
        "nao esta configurada corretamente|nao foi configurada corretamente|nao esta configurado corretamente",
        "conta & de origem & aprovad",
    ]),
    phrase(Reason::DifferentBusiness, &[
        "pertence a uma conta diferente|pertence a outra empresa|pertence a outra conta|pertence a um gerenciador|pertence a outro",
        "representar a mesma empresa",
    ]),
    phrase(Reason::NothingToMove, &[
        "adicione esse numero|adicione este numero",
        "ser adicionado diretamente|nao precisa ser migrado",
    ]),
    phrase(Reason::AlreadyInDestination, &["ja existe na sua lista|ja esta na sua lista|ja esta presente na sua conta"]),
    phrase(Reason::NumberUsedElsewhere, &[
        "registrado em uma conta|registrado em outra conta|cadastrado em uma conta|registrado no whatsapp",
        "desconecte-o da conta|desconecte esse numero|desconecte este numero",
    ]),
    phrase(Reason::AlreadyVerified, &["ja foi verificad|ja esta verificad & numero|telefone|propriedade"]),
    phrase(Reason::NotBeingMigrated, &[
        "nao esta sendo migrad",
        "nao esta qualificado|nao e elegivel|nao esta elegivel & codigo",
        "apis de verificacao & nao estao disponiveis",
    ]),
    phrase(Reason::PaymentMethodMissing, &[
        "conta de pagamento|metodo de pagamento|forma de pagamento|meio de pagamento & =nao|=sem|adicion|configur|falta|nenhum",
        "linha de credito & =nao|=sem|ativa|configur|falta|nenhum",
    ]),
    phrase(Reason::PaymentProblem, &["pagamento|cobranca & erro|problema|falha|recusad|atrasad|pendente|vencid"]),
    phrase(Reason::DisplayNameNotApproved, &[
        "nome registrado & aprovad|presente",
        "nome de exibicao|nome a apresentar|nome de apresentacao|nome verificado & aprov|process|edit|pendente|analise|andamento|viola|diretriz|rejeit|recus",
    ]),
    phrase(Reason::OwnershipNotConfirmed, &["confirm & propriedade & numero|telefone"]),
    phrase(Reason::TwoStepEnabled, &[
        "duas etapas|dois fatores|dois factores|2 etapas|dois passos|duas fases & desabilit|desativ|desligad|deslig|habilitad|ativad",
    ]),
    phrase(Reason::AppMayNotAddNumbers, &[
        "=app|aplicativo|parceiro|provedor & adicionar & numero & nao pode|nao tem autorizacao|nao esta autorizado|nao e permitido",
    ]),
    phrase(Reason::CannotAddNumber, &["numero maximo|limite|quantidade maxima & telefones|numeros de telefone & atingi|maximo|exced"]),
    phrase(Reason::TemplateLimitReached, &["limite de modelo|limite de modelos & exced|atingi"]),
    phrase(Reason::NumberInMaintenance, &["modo de manutencao|em manutencao"]),
    phrase(Reason::AccountTermsNotAccepted, &["termos & aceit|concord"]),
    phrase(Reason::AccountRestricted, &["conta & foi|esta & restrita|desativada|bloqueada|suspensa|banida & !pagamento|duas etapas"]),
    phrase(Reason::DestinationNotApproved, &[
        "conta & deve ser aprovada|precisa ser aprovada|deve estar aprovada|nao foi aprovada|nao esta aprovada",
        "conta & em analise & !nome",
        "verificacao da empresa & conclu|necess|pendente|complet|deve",
    ]),
    phrase(Reason::NotSubscribed, &["webhook & =nao|assin|inscr", "nenhum app & inscrit|assin"]),
    phrase(Reason::CodeRequestedTooOften, &[
        "muitas vezes|limite de volume|com muita frequencia|tentativas demais|muitas tentativas|vezes demais|limite de taxa|muitas solicitacoes",
    ]),
    phrase(Reason::CodeSendingUnavailable, &["servidor|servico & indisponi|nao esta disponivel|nao estao disponiveis"]),
    phrase(Reason::CodeGuessedTooOften, &["muitas vezes|tentativas demais|muitas tentativas|vezes demais|com muita frequencia"]),
    phrase(Reason::MoveFailedAtMeta, &["erro ao migrar|erro na migracao|erro ao tentar migrar|erro durante a migracao"]),
    phrase(Reason::CodeRejected, &["codigo & incorret|errad|invalid|expir|nao e valido|ja foi usado"]),
];
