//! Hindi, normalised: without the dot below.

use super::{Phrase, phrase};
use domain::Reason;

#[rustfmt::skip]
pub(super) const PHRASES: &[Phrase] = &[
    phrase(Reason::AppBlocked, &["api एक्सेस|api का एक्सेस|api की एक्सेस|api पहुंच & ब्लॉक|बंद|निष्क्रिय|प्रतिबंधित|अक्षम", "ऐप को|ऐप & ब्लॉक कर दिया|बंद कर दिया|निष्क्रिय कर दिया|अक्षम कर दिया|डिलीट कर दिया|प्रतिबंधित कर दिया & !whatsapp|व्हाट्सएप"]),
    phrase(Reason::AppTermsNotAccepted, &["शर्तों|शर्तें & स्वीकार|सहमत & meta|मेटा|facebook|cloud api|क्लाउड api|होस्टिंग|डेवलपर|प्लेटफॉर्म|ऐप & !अकाउंट|खाता|खाते|पेमेंट|भुगतान"]),
    phrase(Reason::NumberOnBusinessApp, &["smb|छोटे बिजनेस & उपलब्ध", "whatsapp business ऐप|whatsapp बिजनेस ऐप|व्हाट्सएप बिजनेस ऐप & रजिस्टर|पंजीकृत|सक्रिय|एक्टिव|इस्तेमाल|डिलीट|हटा"]),
    phrase(Reason::MessagingForNotApproved, &["अनुरोध|रिक्वेस्ट & messaging for|मैसेजिंग फॉर|के लिए मैसेजिंग|की ओर से & मंजूर|स्वीकृत|स्वीकार|अप्रूव"]),
    phrase(Reason::SourceAccountNotSetUp, &["सही तरीके से सेट|सही ढंग से सेट|ठीक से सेट|सही से सेट|सही तरह से सेट & नहीं"]),
    phrase(Reason::DifferentBusiness, &["अलग|दूसरे|किसी अन्य|किसी और & बिजनेस|business manager|व्यवसाय & नंबर", "एक ही बिजनेस|समान बिजनेस|एक ही व्यवसाय"]),
    phrase(Reason::NothingToMove, &["इस फोन नंबर को|यह फोन नंबर & अकाउंट|खाते & जोडें", "सीधे जोडा जा सकता"]),
    phrase(Reason::AlreadyInDestination, &["पहले से & सूची|लिस्ट & नंबर"]),
    phrase(Reason::NumberUsedElsewhere, &["मौजूदा|दूसरे|किसी अन्य & whatsapp अकाउंट|व्हाट्सएप अकाउंट|whatsapp खाते|व्हाट्सएप खाते & रजिस्टर|पंजीकृत"]),
    phrase(Reason::AlreadyVerified, &["पहले ही|पहले से & वेरिफाई|सत्यापित|वेरिफाइड & नंबर|स्वामित्व"]),
    phrase(Reason::NotBeingMigrated, &["माइग्रेट नहीं किया जा रहा", "योग्य नहीं|पात्र नहीं & कोड"]),
    phrase(Reason::PaymentMethodMissing, &["पेमेंट अकाउंट|पेमेंट का तरीका|पेमेंट के तरीके|पेमेंट मेथड|पेमेंट विधि|भुगतान विधि|भुगतान का तरीका|भुगतान खाता & नहीं|जोडें|सेट", "क्रेडिट लाइन & नहीं|सक्रिय|एक्टिव"]),
    phrase(Reason::DisplayNameNotApproved, &["रजिस्टर्ड नाम|रजिस्टर किया गया नाम|पंजीकृत नाम & मंजूर|स्वीकृत|अप्रूव|मौजूद", "डिस्प्ले नेम|डिस्प्ले नाम|प्रदर्शन नाम|प्रदर्शित नाम & मंजूर|स्वीकृत|अप्रूव|प्रोसेस|संसाधित|एडिट|संपादित|बदलें|पेंडिंग|लंबित|रिव्यू|समीक्षा|दिशानिर्देश"]),
    phrase(Reason::OwnershipNotConfirmed, &["स्वामित्व|मालिकाना हक & पुष्टि|कन्फर्म"]),
    phrase(Reason::TwoStepEnabled, &["टू-स्टेप|टू स्टेप|दो-चरण|दो चरण|टू-फैक्टर|टू फैक्टर|दो-कारक|2-स्टेप & बंद|अक्षम|डिसेबल|चालू|सक्षम"]),
    phrase(Reason::CannotAddNumber, &["अधिकतम|सीमा & फोन नंबर & पहुंच|पार"]),
    phrase(Reason::TemplateLimitReached, &["मैसेज टेम्प्लेट|संदेश टेम्पलेट & सीमा|लिमिट"]),
    phrase(Reason::NumberInMaintenance, &["मेंटेनेंस मोड|रखरखाव मोड"]),
    phrase(Reason::AccountTermsNotAccepted, &["शर्तों|शर्तें & स्वीकार|सहमत"]),
    phrase(Reason::DestinationNotApproved, &["अकाउंट|खाते|खाता & मंजूर|मंजूरी|स्वीकृत|अप्रूव & होना|जरूरी|चाहिए|नहीं", "बिजनेस वेरिफिकेशन|व्यवसाय सत्यापन & पूरा|जरूरी|आवश्यक"]),
    phrase(Reason::NotSubscribed, &["webhook|वेबहुक & नहीं|सब्सक्राइब|सदस्यता"]),
    phrase(Reason::CodeRequestedTooOften, &["बहुत ज्यादा बार|बहुत बार|कई बार|बहुत अधिक बार|बहुत ज्यादा|बार-बार"]),
    phrase(Reason::CodeSendingUnavailable, &["सर्वर|सेवा & उपलब्ध नहीं|अनुपलब्ध"]),
    phrase(Reason::CodeGuessedTooOften, &["बहुत ज्यादा बार|बहुत बार|कई बार|बहुत अधिक बार|बहुत ज्यादा|बार-बार"]),
    phrase(Reason::MoveFailedAtMeta, &["गडबडी|त्रुटि|एरर|समस्या & माइग्रेट"]),
    phrase(Reason::CodeRejected, &["कोड & गलत|अमान्य|एक्सपायर|समय सीमा|समाप्त"]),
];
