//! Numbers as people and Meta write them, and their parsed form, by country. The comment above the
//! rows of a country summarises its plan, from the national authority or the ITU's list of national
//! numbering plans.

use super::Expected::{self, Invalid, Read, Refused};

/// `Read`: the number in E.164. `Invalid`: the same, in a range that is not in use, which is only a
/// warning. `Refused`: part of the error.
pub const ROWS: &[(&str, Expected)] = &[
    // United States and Canada, +1. Ten digits; area code and exchange begin with 2 to 9 (NANPA).
    ("+12025550123", Read("+12025550123")),
    ("+1 (202) 555-0123", Read("+12025550123")),
    ("+1.202.555.0123", Read("+12025550123")),
    ("+1 202/555/0123", Read("+12025550123")),
    ("(+1) 202 555 0123", Read("+12025550123")),
    ("001 202 555 0123", Read("+12025550123")),
    ("+001 202 555 0123", Read("+12025550123")),
    ("tel:+1-202-555-0123", Read("+12025550123")),
    ("whatsapp:+12025550123", Read("+12025550123")),
    ("12025550123", Read("+12025550123")),
    // The trunk prefix is 1, and some write it twice.
    ("+1 1 202 555 0123", Read("+12025550123")),
    ("+1 416 555 0123", Read("+14165550123")),
    ("2025550123", Refused("E.164")),
    (
        "+1 202 555",
        Refused("6 digits after +1, where numbers have 10"),
    ),
    ("+1 555 0123", Refused("too short")),
    ("+1 202 555 01234567", Refused("too long")),
    ("+1 800 FLOWERS", Refused("digits only")),
    ("+1 202 555 0123 ext. 9", Refused("digits only")),
    ("+1 202 555 0123;ext=9", Refused("digits only")),
    ("+1 202 555 0123 #9", Refused("digits only")),
    // No area code begins with 0; 555 is Meta's own for tests.
    ("+1 000 555 0123", Invalid("+10005550123")),
    ("+1 555 000 1234", Invalid("+15550001234")),
    // What is dialled before the calling code in America and in Australia is no part of a number.
    ("011 44 20 7946 0958", Refused("E.164")),
    ("0011 65 9123 4567", Refused("E.164")),
    // 130 1234 5678 is a mobile number of China, and 301 is Maryland.
    ("13012345678", Refused("+86 130 1234 5678")),
    ("13012345678", Refused("+1 301-234-5678")),
    // Mexico, +52. Ten digits for all since 2019-08-03; before, 1 (abroad), 01, 044 or 045 (inside)
    // came first (IFT).
    ("+52 55 4132 0000", Read("+525541320000")),
    ("+52 1 55 4132 0000", Read("+525541320000")),
    ("5215541320000", Read("+525541320000")),
    ("525541320000", Read("+525541320000")),
    ("0052 1 55 4132 0000", Read("+525541320000")),
    ("+52 (1) 55 4132 0000", Read("+525541320000")),
    ("+52 044 55 4132 0000", Read("+525541320000")),
    ("+52 045 55 4132 0000", Read("+525541320000")),
    ("+52 01 55 4132 0000", Read("+525541320000")),
    ("+52 1 662 548 1234", Read("+526625481234")),
    ("044 55 4132 0000", Refused("E.164")),
    (
        "+52 55 4132",
        Refused("6 digits after +52, where numbers have 10"),
    ),
    // Brazil, +55. Two digits of area; fixed lines eight digits from 2 to 5, mobile nine from 9
    // (Anatel, Res. 553/2010).
    ("+55 11 98765-4321", Read("+5511987654321")),
    ("+55 31 8422-1234", Read("+5531984221234")),
    ("553184221234", Read("+5531984221234")),
    ("+55 (0) 31 98422-1234", Read("+5531984221234")),
    ("+55 0 31 8422-1234", Read("+5531984221234")),
    // Inside the country one dials 0 and two digits of a carrier.
    ("+55 0 15 11 98765-4321", Read("+5511987654321")),
    ("+55 21 7765-4321", Read("+5521977654321")),
    // Fixed lines stay as they are.
    ("+55 11 3456-7890", Read("+551134567890")),
    ("+55 11 4123-4567", Read("+551141234567")),
    ("+55 11 94123-4567", Read("+5511941234567")),
    // 11 98765-4321 as it is dialled in Brazil; +1 198 is in no area of America.
    ("11987654321", Refused("+55 11 98765-4321")),
    // 81 98765-4321 is a mobile in Recife, and +81 98 765 4321 a fixed line in Okinawa.
    ("81987654321", Refused("can be read as")),
    // Argentina, +54. Ten digits of area and subscriber; a 9 before them for mobile from abroad, a
    // 15 within (ENACOM).
    ("+54 9 11 5555 1234", Read("+5491155551234")),
    ("+54 11 5555 1234", Read("+541155551234")),
    ("+54 11 15 5555 1234", Read("+5491155551234")),
    ("+54 0 11 5555 1234", Read("+541155551234")),
    ("5491155551234", Read("+5491155551234")),
    ("+54 9 351 555 1234", Read("+5493515551234")),
    // Chile, +56. Nine digits; a 2 was put after the area code of fixed lines in 2012 and 2013
    // (Subtel).
    ("+56 9 6123 4567", Read("+56961234567")),
    ("+56 2 2123 4567", Read("+56221234567")),
    ("+56 2 123 4567", Read("+56221234567")),
    ("+56 65 35 0009", Read("+56652350009")),
    // Colombia, +57. Ten digits; 60 before the area code of fixed lines since 2021-09-01 (CRC, Res.
    // 5826/2019).
    ("+57 301 234 5678", Read("+573012345678")),
    ("+57 601 344 3460", Read("+576013443460")),
    ("+57 1 344 3460", Read("+576013443460")),
    // --- Peru, +51. Mobile nine digits from 9, Lima 1 and seven. ---
    ("+51 987 654 321", Read("+51987654321")),
    ("+51 (0)1 611 3000", Read("+5116113000")),
    // --- Ecuador, +593. Mobile 9 and eight digits since 2012-09-30. ---
    ("+593 99 123 4567", Read("+593991234567")),
    ("+593 9 123 4567", Read("+593991234567")),
    ("+593 (0)8 123 4567", Read("+593981234567")),
    ("+593 2 223 4567", Read("+59322234567")),
    // --- Uruguay, +598. Eight digits. ---
    ("+598 99 123 456", Read("+59899123456")),
    // Costa Rica, +506. Eight digits since 2008-03-20: 2 before fixed lines, 8 before mobile.
    ("+506 247 4747", Read("+50622474747")),
    ("+506 312 3456", Read("+50683123456")),
    ("+506 8312 3456", Read("+50683123456")),
    // --- Panama, +507. Mobile eight digits from 6. ---
    ("+507 6123-4567", Read("+50761234567")),
    // Côte d'Ivoire, +225. Ten digits since 2021-01-31; the operator's two digits came first
    // (ARTCI). No trunk prefix.
    ("+225 07 68 12 34 56", Read("+2250768123456")),
    ("+225 68 12 34 56", Read("+2250768123456")),
    ("22568123456", Read("+2250768123456")),
    ("00225 68 12 34 56", Read("+2250768123456")),
    ("+225 05 06 07 09", Read("+2250505060709")),
    ("+225 46 12 34 56", Read("+2250546123456")),
    ("+225 03 06 07 01", Read("+2250103060701")),
    ("+225 70 12 34 56", Read("+2250170123456")),
    // Fixed: the third digit shows the operator.
    ("+225 20 20 30 40", Read("+2252720203040")),
    ("+225 21 00 30 40", Read("+2252521003040")),
    ("+225 22 80 30 40", Read("+2252122803040")),
    ("+225 34 71 30 40", Read("+2252734713040")),
    (
        "+225 6812345",
        Refused("7 digits after +225, where numbers have 10"),
    ),
    // --- Benin, +229. 01 before all eight digits since 2024-11-30 (ARCEP). ---
    ("+229 01 97 12 34 56", Read("+2290197123456")),
    ("+229 97 12 34 56", Read("+2290197123456")),
    ("+229 21 30 12 34", Read("+2290121301234")),
    // Gabon, +241. A digit more since 2019-11-15; the 0 before it is not dialled from abroad any
    // more (ARCEP).
    ("+241 66 03 12 34", Read("+24166031234")),
    ("+241 066 03 12 34", Read("+24166031234")),
    ("+241 06 03 12 34", Read("+24166031234")),
    ("+241 6 03 12 34", Read("+24166031234")),
    ("+241 07 28 01 50", Read("+24177280150")),
    ("+241 04 12 34 56", Read("+24174123456")),
    ("+241 02 12 34 56", Read("+24162123456")),
    ("+241 01 73 01 23", Read("+24111730123")),
    // Togo, +228. Eight digits since 2011-08-07. Fixed lines got a 2; of mobile ones the operator
    // decided.
    ("+228 90 12 34 56", Read("+22890123456")),
    ("+228 221 23 45", Read("+22822212345")),
    (
        "+228 912 34 56",
        Refused("have had 8 digits since 2011-08-07: write the current form"),
    ),
    // --- Cameroon, +237. Nine digits since 2014-11-21: 6 before mobile, 2 before fixed (ART). ---
    ("+237 6 77 12 34 56", Read("+237677123456")),
    ("+237 77 12 34 56", Read("+237677123456")),
    ("+237 22 22 12 34", Read("+237222221234")),
    // --- Senegal, +221. Nine digits. ---
    ("+221 77 123 45 67", Read("+221771234567")),
    // --- Chad, +235. Eight digits since 2010-03-15; the operator's digit came first. ---
    ("+235 66 29 12 34", Read("+23566291234")),
    (
        "+235 629 12 34",
        Refused("have had 8 digits since 2010-03-15"),
    ),
    // --- Congo, +242. Nine digits, of which the first may be a 0 that belongs to the number. ---
    ("+242 06 612 34 56", Read("+242066123456")),
    (
        "+242 612 34 56",
        Refused("have had 9 digits since October 2010"),
    ),
    // --- DR Congo, +243. Nine digits, trunk prefix 0. ---
    ("+243 (0)81 234 5678", Read("+243812345678")),
    // --- Morocco, +212. Nine digits since 2009-03-07: 5 before fixed, 6 before mobile (ANRT). ---
    ("+212 661 12 34 56", Read("+212661123456")),
    ("+212 61 12 34 56", Read("+212661123456")),
    ("+212 0661 12 34 56", Read("+212661123456")),
    ("+212 22 34 56 78", Read("+212522345678")),
    // --- Algeria, +213. Mobile nine digits since 2008-02-22, fixed eight. ---
    ("+213 661 12 34 56", Read("+213661123456")),
    ("+213 61 12 34 56", Read("+213661123456")),
    ("+213 (0)21 12 34 56", Read("+21321123456")),
    // --- Tunisia, +216. Eight digits. ---
    ("+216 20 123 456", Read("+21620123456")),
    // --- Egypt, +20. Mobile ten digits from 1, trunk prefix 0. ---
    ("+20 100 123 4567", Read("+201001234567")),
    ("+20 0100 123 4567", Read("+201001234567")),
    ("+٢٠ ١٠٠ ١٢٣ ٤٥٦٧", Read("+201001234567")),
    ("٠٠٢٠١٠٠١٢٣٤٥٦٧", Read("+201001234567")),
    ("01001234567", Refused("E.164")),
    // --- Nigeria, +234. Mobile ten digits, trunk prefix 0. ---
    ("+234 803 123 4567", Read("+2348031234567")),
    ("+234 (0) 803 123 4567", Read("+2348031234567")),
    ("+234 0803 123 4567", Read("+2348031234567")),
    ("2348031234567", Read("+2348031234567")),
    // --- Ghana, +233; Kenya, +254; Tanzania, +255; Uganda, +256. Nine digits, trunk prefix 0. ---
    ("+233 (0)24 123 4567", Read("+233241234567")),
    ("+254 0712 345678", Read("+254712345678")),
    ("+254 110 123456", Read("+254110123456")),
    ("+255 754 123 456", Read("+255754123456")),
    ("256772123456", Read("+256772123456")),
    // --- Ethiopia, +251. Nine digits, trunk prefix 0. ---
    ("+251 091 123 4567", Read("+251911234567")),
    // --- South Africa, +27. Nine digits, trunk prefix 0. ---
    ("+27 (0)82 123 4567", Read("+27821234567")),
    ("27821234567", Read("+27821234567")),
    // --- Mauritius, +230. Mobile eight digits from 5 since 2013-09-01, fixed seven. ---
    ("+230 5251 2345", Read("+23052512345")),
    ("+230 251 2345", Read("+23052512345")),
    ("+230 212 3456", Read("+2302123456")),
    // --- Seychelles, +248. Seven digits since 2011: 4 before fixed, 2 before mobile. ---
    ("+248 512 345", Read("+2482512345")),
    // Eswatini, +268. Eight digits since 2010 and 2011: 7 before mobile, 2 before fixed (ITU
    // communication of 30.IX.2010).
    ("+268 612 3456", Read("+26876123456")),
    ("+268 404 1234", Read("+26824041234")),
    // --- Equatorial Guinea, +240. Nine digits since 2010-04-09. ---
    ("+240 212 345", Read("+240222212345")),
    // --- Qatar, +974. Eight digits since 2010-07-28: the first was doubled (ictQATAR). ---
    ("+974 3315 2145", Read("+97433152145")),
    ("+974 315 2145", Read("+97433152145")),
    ("+974 485 6986", Read("+97444856986")),
    // --- Saudi Arabia, +966; Emirates, +971; Bahrain, +973; Lebanon, +961. ---
    ("+966 (0)51 234 5678", Read("+966512345678")),
    ("+٩٦٦ ٥١ ٢٣٤ ٥٦٧٨", Read("+966512345678")),
    ("+971 050 123 4567", Read("+971501234567")),
    ("+973 3312 3456", Read("+97333123456")),
    ("+961 03 123 456", Read("+9613123456")),
    ("+961 71 123 456", Read("+96171123456")),
    // --- Israel, +972. Nine digits for mobile, trunk prefix 0. ---
    ("+972 050 234 5678", Read("+972502345678")),
    // --- Türkiye, +90. Ten digits, trunk prefix 0. ---
    ("+90 0532 123 45 67", Read("+905321234567")),
    // --- Iran, +98. Mobile ten digits from 9, trunk prefix 0. ---
    ("+۹۸ ۹۱۲ ۳۴۵ ۶۷۸۹", Read("+989123456789")),
    ("+98 (0)912 345 6789", Read("+989123456789")),
    // --- India, +91. Ten digits, mobile from 6 to 9, trunk prefix 0. ---
    ("+91 98765 43210", Read("+919876543210")),
    ("+91-09876543210", Read("+919876543210")),
    ("+९१ ९८७६५ ४३२१०", Read("+919876543210")),
    ("919876543210", Read("+919876543210")),
    ("9876543210", Refused("E.164")),
    // --- Pakistan, +92; Bangladesh, +880; Sri Lanka, +94; Nepal, +977. ---
    ("+92 0300 1234567", Read("+923001234567")),
    ("+৮৮০ ১৭১২ ৩৪৫৬৭৮", Read("+8801712345678")),
    ("+880 01712-345678", Read("+8801712345678")),
    ("+94 (0)71 234 5678", Read("+94712345678")),
    ("+977 984-1234567", Read("+9779841234567")),
    // --- Thailand, +66. Mobile nine digits, trunk prefix 0. ---
    ("+๖๖ ๘๑ ๒๓๔ ๕๖๗๘", Read("+66812345678")),
    ("+66 (0)81 234 5678", Read("+66812345678")),
    // Vietnam, +84. Eleven digits became ten on 2018-09-15 (the 0 counted); area codes begin with 2
    // since 2017 (MIC).
    ("+84 70 456 7890", Read("+84704567890")),
    ("+84 120 456 7890", Read("+84704567890")),
    ("+84 (0)168 123 4567", Read("+84381234567")),
    ("+84 0199 123 4567", Read("+84591234567")),
    ("+84 4 3825 1234", Read("+842438251234")),
    ("+84 83 456 7890", Read("+84834567890")),
    // --- Indonesia, +62; Malaysia, +60; Singapore, +65; Philippines, +63. ---
    ("+62 0812-3456-7890", Read("+6281234567890")),
    ("6281234567890", Read("+6281234567890")),
    ("+60 (0)12-345 6789", Read("+60123456789")),
    ("+65 9123 4567", Read("+6591234567")),
    ("6591234567", Refused("E.164")),
    ("+63 0917 123 4567", Read("+639171234567")),
    // --- China, +86. Mobile eleven digits from 13 to 19; trunk prefix 0 for fixed lines. ---
    ("+86 138 1234 5678", Read("+8613812345678")),
    ("8613812345678", Read("+8613812345678")),
    ("＋８６　１３８　１２３４　５６７８", Read("+8613812345678")),
    ("+86 (0)10 6512 3456", Read("+861065123456")),
    ("13812345678", Refused("+86 138 1234 5678")),
    // --- Hong Kong, +852; Taiwan, +886; Japan, +81; South Korea, +82. ---
    ("+852 5123 4567", Read("+85251234567")),
    ("+886 (0)912 345 678", Read("+886912345678")),
    ("+81 090-1234-5678", Read("+819012345678")),
    ("+81 (0)3 1234 5678", Read("+81312345678")),
    // Japan's own services behind 0078 have up to 17 digits; E.164 allows 15.
    ("+81 0078 3697136971113", Refused("too long")),
    ("+82 (0)10-1234-5678", Read("+821012345678")),
    // Georgia, +995. Nine digits since 2011: 5 before mobile, 2 after the 32 of Tbilisi (ITU
    // communication of 22.XII.2010).
    ("+995 77 123 456", Read("+995577123456")),
    ("+995 32 12 34 56", Read("+995322123456")),
    // --- Russia and Kazakhstan, +7. Ten digits, trunk prefix 8. ---
    ("+7 916 123-45-67", Read("+79161234567")),
    ("+7 (8) 916 123-45-67", Read("+79161234567")),
    ("79161234567", Read("+79161234567")),
    ("89161234567", Refused("E.164")),
    ("+7 701 123 4567", Read("+77011234567")),
    // --- Ukraine, +380. Nine digits. ---
    ("+380 50 123 45 67", Read("+380501234567")),
    ("+380 (0)50 123 45 67", Read("+380501234567")),
    // --- United Kingdom, +44. Ten digits, trunk prefix 0. ---
    ("+44 (0)20 7946 0958", Read("+442079460958")),
    ("+44 ( 0 ) 20 7946 0958", Read("+442079460958")),
    ("+44(0)7911 123456", Read("+447911123456")),
    ("0044 (0)7911 123456", Read("+447911123456")),
    ("44 (0)7911 123456", Read("+447911123456")),
    ("+44 7911 123456 / 7", Refused("too long")),
    ("07911 123456", Refused("E.164")),
    // --- Germany, +49. Four to eleven digits, trunk prefix 0. ---
    ("+49 030 901820", Read("+4930901820")),
    ("+49 (0)151 1234 5678", Read("+4915112345678")),
    ("+49–151–1234–5678", Read("+4915112345678")),
    ("+49‑151‑1234‑5678", Read("+4915112345678")),
    (
        "+49\u{a0}151\u{202f}1234\u{2009}5678",
        Read("+4915112345678"),
    ),
    // France, +33; Spain, +34; Portugal, +351; Netherlands, +31; Belgium, +32; Switzerland, +41;
    // Austria, +43.
    ("+33 (0)6 12 34 56 78", Read("+33612345678")),
    ("+33 06 12 34 56 78", Read("+33612345678")),
    ("+34 612 34 56 78", Read("+34612345678")),
    // Spain has no trunk prefix, and a zero in parentheses is a habit from elsewhere.
    ("+34 (0) 612 34 56 78", Read("+34612345678")),
    ("+351 912 345 678", Read("+351912345678")),
    ("+31 (0)6 12345678", Read("+31612345678")),
    ("+32 (0)470 12 34 56", Read("+32470123456")),
    ("+41 (0)79 123 45 67", Read("+41791234567")),
    ("+43 (0)664 1234567", Read("+436641234567")),
    // Italy, +39, and San Marino, +378. Fixed lines keep their zero; mobile numbers have none
    // (AGCOM).
    ("+39 06 6982 0000", Read("+390669820000")),
    ("+39 (0)6 6982 0000", Read("+390669820000")),
    ("+39 333 123 4567", Read("+393331234567")),
    ("+39 (0)333 123 4567", Read("+393331234567")),
    ("+378 0549 882345", Read("+3780549882345")),
    // Poland, +48; Czechia, +420; Hungary, +36 (trunk prefix 06); Romania, +40; Greece, +30.
    ("+48 512 345 678", Read("+48512345678")),
    ("+420 601 123 456", Read("+420601123456")),
    ("+36 06 20 123 4567", Read("+36201234567")),
    ("+40 0712 345 678", Read("+40712345678")),
    ("+30 691 234 5678", Read("+306912345678")),
    // --- Sweden, +46; Norway, +47; Denmark, +45; Finland, +358. ---
    ("+46 (0)70-123 45 67", Read("+46701234567")),
    ("+47 406 12 345", Read("+4740612345")),
    ("+45 32 12 34 56", Read("+4532123456")),
    ("+358 (0)41 2345678", Read("+358412345678")),
    // --- Australia, +61, and New Zealand, +64. Trunk prefix 0. ---
    ("+61 (0)412 345 678", Read("+61412345678")),
    ("+64 (0)21 123 4567", Read("+64211234567")),
    // French Polynesia, +689. Eight digits since 2014-06-23, 87 first for mobile; six before.
    ("+689 87 12 34 56", Read("+68987123456")),
    ("+689 71 23 45", Invalid("+689712345")),
    // --- No country. ---
    (
        "+999 1234 5678",
        Refused("country calling code that does not exist"),
    ),
    (
        "+0 202 555 0123",
        Refused("country calling code that does not exist"),
    ),
    (
        "+210 1234 5678",
        Refused("country calling code that does not exist"),
    ),
    // --- Marks that are not seen, and what is no number at all. ---
    ("\u{202a}+1 202 555 0123\u{202c}", Read("+12025550123")),
    (
        "\u{200e}+1\u{200b}202\u{200b}555\u{200b}0123",
        Read("+12025550123"),
    ),
    ("\u{feff}+1 202\u{ad}555\u{2060}0123", Read("+12025550123")),
    ("\u{2066}+52 1 55 4132 0000\u{2069}", Read("+525541320000")),
    (" \t+1 202 555 0123\n", Read("+12025550123")),
    ("＋1（202）555－0123", Read("+12025550123")),
    ("𝟏 𝟐𝟎𝟐 𝟓𝟓𝟓 𝟎𝟏𝟐𝟑", Read("+12025550123")),
    ("+1 202 555 0123\n+1 202 555 0124", Refused("digits only")),
    ("+1 202 555 0123, +1 202 555 0124", Refused("digits only")),
    ("+1 202 555 0123 / +1 202 555 0124", Refused("digits only")),
    ("++1 202 555 0123", Refused("digits only")),
    ("1+202 555 0123", Refused("digits only")),
    ("https://wa.me/12025550123", Refused("digits only")),
    ("hello", Refused("digits only")),
    ("+", Refused("country calling code")),
    ("", Refused("E.164")),
    ("   ", Refused("E.164")),
    ("+1", Refused("too short")),
    ("00", Refused("country calling code")),
    ("123456789012345678901234567890", Refused("too long")),
];
