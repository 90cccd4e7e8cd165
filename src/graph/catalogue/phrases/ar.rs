//! Arabic. Patterns match inside words, since articles and prepositions are written as prefixes.

use super::{Phrase, phrase};
use domain::Reason;

#[rustfmt::skip]
pub(super) const PHRASES: &[Phrase] = &[
    phrase(Reason::AppBlocked, &[
        "الوصول الي api|الوصول الي واجهه|وصول api|الوصول لواجهه & حظر|محظور|تعطيل|معطل|ايقاف|الغاء",
        "تم حظر التطبيق|تم تعطيل التطبيق|تم ايقاف التطبيق|التطبيق معطل|التطبيق محظور|تم حذف التطبيق|تم تعطيل تطبيقك|تم حظر تطبيقك|تم تقييد التطبيق & !واتساب",
    ]),
    phrase(Reason::AppTermsNotAccepted, &[
        "شروط & قبول|الموافقه|موافقه & meta|ميتا|facebook|فيسبوك|cloud api|استضافه|مزود التكنولوجيا|موفر التكنولوجيا|مطور|المنصه|التطبيق & !حساب|دفع|تسويق",
    ]),
    phrase(Reason::NumberOnBusinessApp, &[
        "smb|الشركات الصغيره|الانشطه التجاريه الصغيره & غير متاح|غير متوفر|لا يتوفر",
        "تطبيق واتساب للاعمال|تطبيق whatsapp business|تطبيق واتساب بيزنس & مسجل|نشط|مستخدم|حذف|احذف|افصل|الغاء",
    ]),
    phrase(Reason::MessagingForNotApproved, &["طلب & المراسله لصالح|المراسله نيابه|المراسله من اجل|messaging for|المراسله ل& الموافقه|قبول"]),
    phrase(Reason::SourceAccountNotSetUp, &["حساب & بشكل صحيح & اعداد|معد|تهييه"]),
    phrase(Reason::DifferentBusiness, &[
        "ينتمي|تابع|يخص & حساب|نشاط|مدير الاعمال & مختلف|اخر",
        "يمثلا نفس النشاط|تمثل نفس النشاط|نفس النشاط التجاري",
    ]),
    phrase(Reason::NothingToMove, &["اضافه رقم الهاتف هذا|اضف رقم الهاتف هذا|اضافه هذا الرقم & حساب", "اضافته مباشره|اضافه الرقم مباشره"]),
    phrase(Reason::AlreadyInDestination, &["موجود بالفعل & قايمه"]),
    phrase(Reason::NumberUsedElsewhere, &["مسجل & حساب واتساب|حساب whatsapp & موجود|حالي|بالفعل|اخر & !بشكل صحيح", "افصله عن الحساب|فصله عن الحساب|الغاء ربطه بالحساب"]),
    phrase(Reason::AlreadyVerified, &["تم التحقق|تم تاكيد & بالفعل|مسبقا|من قبل & رقم|ملكيه"]),
    phrase(Reason::NotBeingMigrated, &["لا يتم نقله|لا يجري نقله|لا يتم ترحيله|ليس قيد النقل", "غير موهل & رمز"]),
    phrase(Reason::PaymentMethodMissing, &[
        "طريقه دفع|طريقه الدفع|وسيله دفع|وسيله الدفع|حساب دفع|حساب الدفع|حساب مدفوعات & ليس|لا يحتوي|لا يوجد|لا توجد|لم |اضف|اضافه|بدون",
        "حد ايتمان|خط ايتمان|حد ايتماني|خط ايتماني & ليس|لا يوجد|نشط|بدون",
    ]),
    phrase(Reason::DisplayNameNotApproved, &[
        "الاسم المسجل & معتمد|الموافقه|موجود",
        "اسم العرض|الاسم المعروض|الاسم الظاهر & الموافقه|معتمد|معالجه|تعديل|معلق|مراجعه|رفض|ارشادات|اعتماد",
    ]),
    phrase(Reason::OwnershipNotConfirmed, &["تاكيد ملكيه|تاكيد الملكيه|اكد ملكيه|تاكيد ملكيتك & رقم"]),
    phrase(Reason::TwoStepEnabled, &[
        "بخطوتين|خطوتين|المصادقه الثناييه|التحقق الثنايي|عاملين|ثناييه & تعطيل|معطل|ايقاف|الغاء|تفعيل|مفعل",
    ]),
    phrase(Reason::AppMayNotAddNumbers, &["التطبيق|الشريك|المزود & اضافه & رقم|ارقام & لا يمكن|غير مسموح|غير مصرح|لا يسمح"]),
    phrase(Reason::CannotAddNumber, &["الحد الاقصي & ارقام"]),
    phrase(Reason::TemplateLimitReached, &["الحد الاقصي|حد & قوالب الرسايل"]),
    phrase(Reason::NumberInMaintenance, &["وضع الصيانه"]),
    phrase(Reason::AccountTermsNotAccepted, &["شروط & قبول|الموافقه|موافقه"]),
    phrase(Reason::DestinationNotApproved, &[
        "الموافقه علي حساب|اعتماد حساب|الموافقه علي الحساب",
        "التحقق من النشاط التجاري|توثيق النشاط التجاري & يجب|اكمال|اكتمال|مطلوب",
    ]),
    phrase(Reason::NotSubscribed, &["webhook|ويب هوك|الويب هوك & لم|اشتر|غير|ليس"]),
    phrase(Reason::CodeRequestedTooOften, &["مرات كثيره|مرات عديده|عده مرات|عدد كبير|محاولات كثيره|كثير من|مرات اكثر|بشكل متكرر|الكثير من"]),
    phrase(Reason::CodeSendingUnavailable, &["خوادم|خادم|الخدمه & غير متاح|غير متوفر|موقتا"]),
    phrase(Reason::CodeGuessedTooOften, &["مرات كثيره|مرات عديده|عده مرات|عدد كبير|محاولات كثيره|كثير من|الكثير من"]),
    phrase(Reason::MoveFailedAtMeta, &["حدث خطا|خطا اثناء & نقل|ترحيل"]),
    phrase(Reason::CodeRejected, &["رمز|كود & غير صحيح|خاطي|انتهت|منتهي|غير صالح"]),
];
