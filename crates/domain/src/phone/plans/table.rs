//! Countries that changed their numbering plan, and how older numbers were converted.
//!
//! Only conversions that an authority published for a whole range are listed. Where the operator
//! decides and the digits do not show it, there is no row, and the older form is refused with the
//! current length.
//!
//! **A new row changes the identity of numbers that were accepted in the older form before.** Where
//! the library accepted that form as valid, a schema migration must rewrite the stored numbers.

use super::{Form, Plan};

/// Every change, by calling code.
pub(super) const PLANS: &[Plan] = &[
    Plan {
        code: "52",
        trunk: "",
        what: "the 1 after +52, and the prefixes 01, 044 and 045, have not been dialled since 2019-08-03",
        source: "Mexico: IFT, Plan Técnico Fundamental de Numeración, in force 2019-08-03",
        before: &[11],
        // Every number has ten digits; the 1 marked a mobile one to callers abroad.
        forms: &[
            form("1??????????", 0, "", 10),
            form("01??????????", 0, "", 10),
            form("04[45]??????????", 0, "", 10),
        ],
    },
    Plan {
        code: "55",
        trunk: "0",
        what: "mobile numbers of Brazil have had a ninth digit, 9, after the area code since 2016-11-06",
        source: "Brazil: Anatel, Resolução 553/2010; ITU communication of 6.II.2013; 2012-07-29 (area 11) to 2016-11-06",
        before: &[10],
        // Mobile numbers began with 6 to 9. Those with 2 to 5 are fixed lines, still eight digits.
        forms: &[form("[1-9][1-9][6-9]???????", 2, "9", 8)],
    },
    Plan {
        code: "56",
        trunk: "0",
        what: "fixed lines of Chile have had a 2 after the area code since 2013-07-06",
        source: "Chile: Subtel; ITU communication of 2.VII.2014; 2012-10-20 (Arica) to 2013-07-06 (Puerto Montt)",
        before: &[8],
        forms: &[
            form("2???????", 1, "2", 7),
            form("[3-7][1-8]??????", 2, "2", 6),
        ],
    },
    Plan {
        code: "57",
        trunk: "0",
        what: "fixed lines of Colombia have begun with 60 since 2021-09-01",
        source: "Colombia: CRC, Resolución 5826 of 2019, in force 2021-09-01",
        before: &[8],
        forms: &[
            form("[125-8]???????", 0, "60", 8),
            // 46 and six digits are a current range.
            form("4[2-57-9]??????", 0, "60", 8),
        ],
    },
    Plan {
        code: "84",
        trunk: "0",
        what: "mobile numbers of Vietnam have had 9 digits after +84 since 2018-09-15",
        source: "Vietnam: Ministry of Information and Communications, conversion of 11-digit numbers, 2018-09-15",
        before: &[10],
        forms: &[
            form("120???????", 0, "70", 7),
            form("121???????", 0, "79", 7),
            form("122???????", 0, "77", 7),
            form("126???????", 0, "76", 7),
            form("128???????", 0, "78", 7),
            form("123???????", 0, "83", 7),
            form("124???????", 0, "84", 7),
            form("125???????", 0, "85", 7),
            form("127???????", 0, "81", 7),
            form("129???????", 0, "82", 7),
            form("16[2-9]???????", 0, "3", 8),
            form("186???????", 0, "56", 7),
            form("188???????", 0, "58", 7),
            form("199???????", 0, "59", 7),
        ],
    },
    Plan {
        code: "84",
        trunk: "0",
        what: "the area code of Hanoi has been 24 since 2017-06-17",
        source: "Vietnam: Ministry of Information and Communications, area codes, third phase, 2017-06-17",
        before: &[],
        // Not Ho Chi Minh City's 8: mobile numbers of the same length begin with 8 today.
        forms: &[form("4????????", 0, "24", 8)],
    },
    Plan {
        code: "212",
        trunk: "0",
        what: "numbers of Morocco have had 9 digits after +212 since 2009-03-07",
        source: "Morocco: ANRT, plan of 2009-03-07",
        before: &[8],
        forms: &[
            form("[23]???????", 0, "5", 8),
            form("[14-7]???????", 0, "6", 8),
        ],
    },
    Plan {
        code: "213",
        trunk: "0",
        what: "mobile numbers of Algeria have had 9 digits after +213 since 2008-02-22",
        source: "Algeria: ARPT, plan of 2008-02-22",
        before: &[8],
        forms: &[
            form("5???????", 0, "5", 8),
            form("6???????", 0, "6", 8),
            form("7???????", 0, "7", 8),
        ],
    },
    Plan {
        code: "223",
        trunk: "",
        what: "numbers of Mali have had 8 digits since 2008-11-01",
        source: "Mali: CRT, plan of 2008-11-01",
        before: &[7],
        // The operator decides between 6 and 7.
        forms: &[],
    },
    Plan {
        code: "225",
        trunk: "",
        what: "numbers of Côte d'Ivoire have had 10 digits since 2021-01-31",
        source: "Côte d'Ivoire: ARTCI, PNN-10, 2021-01-31; ITU Operational Bulletin of 1.VIII.2020",
        before: &[8],
        forms: &[
            // Mobile: the second digit shows the operator. 01 Moov, 05 MTN, 07 Orange.
            form("[045789][0-3]??????", 0, "01", 8),
            form("[04-9][4-6]??????", 0, "05", 8),
            form("[04-9][7-9]??????", 0, "07", 8),
            // Fixed: the third digit does. 21 Moov, 25 MTN, 27 Orange.
            form("2?8?????", 0, "21", 8),
            form("[23]?0?????", 0, "25", 8),
            form("2?[1-79]?????", 0, "27", 8),
            form("3?[1-9]?????", 0, "27", 8),
        ],
    },
    Plan {
        code: "228",
        trunk: "",
        what: "numbers of Togo have had 8 digits since 2011-08-07",
        source: "Togo: ARTP, plan of 2011-08-07",
        before: &[7],
        // Fixed lines. The current form of a mobile number depends on its operator, which the first
        // digit does not show.
        forms: &[form("[234]??????", 0, "2", 7)],
    },
    Plan {
        code: "229",
        trunk: "",
        what: "numbers of Benin have begun with 01 since 2024-11-30",
        source: "Benin: ARCEP, plan of 2024-11-30",
        before: &[8],
        forms: &[form("????????", 0, "01", 8)],
    },
    Plan {
        code: "230",
        trunk: "",
        what: "mobile numbers of Mauritius have begun with 5 since 2013-09-01",
        source: "Mauritius: ICTA, decision of 2013-02-11, in force 2013-09-01",
        before: &[],
        forms: &[form("25?????", 0, "5", 7), form("[79]??????", 0, "5", 7)],
    },
    Plan {
        code: "235",
        trunk: "",
        what: "numbers of Chad have had 8 digits since 2010-03-15",
        source: "Chad: OTRT, plan of 2010-03-15",
        before: &[7],
        forms: &[],
    },
    Plan {
        code: "237",
        trunk: "",
        what: "numbers of Cameroon have had 9 digits since 2014-11-21",
        source: "Cameroon: ART, plan of 2014-11-21",
        before: &[8],
        forms: &[
            form("[23]???????", 0, "2", 8),
            form("[5-9]???????", 0, "6", 8),
        ],
    },
    Plan {
        code: "240",
        trunk: "",
        what: "numbers of Equatorial Guinea have had 9 digits since 2010-04-09",
        source: "Equatorial Guinea: plan of 2010-04-09 (World Telephone Numbering Guide)",
        before: &[6],
        forms: &[
            form("[25]?????", 0, "222", 6),
            form("0[789]????", 0, "333", 6),
        ],
    },
    Plan {
        code: "241",
        trunk: "0",
        what: "numbers of Gabon have had one more digit since 2019-11-15",
        source: "Gabon: ARCEP, plan of 2019-11-15; the older numbers ended on 2024-04-06",
        // Seven digits after a 0 that was dialled from abroad, too; many leave it out.
        before: &[7],
        forms: &[
            form("1??????", 0, "1", 7),
            form("[256]??????", 0, "6", 7),
            form("[47]??????", 0, "7", 7),
        ],
    },
    Plan {
        code: "242",
        trunk: "",
        what: "numbers of Congo have had 9 digits since October 2010",
        source: "Congo: ARPCE, PNN of October 2010",
        before: &[7],
        forms: &[],
    },
    Plan {
        code: "248",
        trunk: "",
        what: "numbers of Seychelles have had 7 digits since 2011-08-04",
        source: "Seychelles: plans of 2010-11-01 and 2011-05-04 (World Telephone Numbering Guide)",
        before: &[6],
        forms: &[
            form("[236]?????", 0, "4", 6),
            form("4[123]????", 0, "4", 6),
            form("47????", 0, "6", 6),
            form("[57]?????", 0, "2", 6),
        ],
    },
    Plan {
        code: "268",
        trunk: "",
        what: "numbers of Eswatini have had 8 digits since 2011-02-01",
        source: "Eswatini: SPTC, ITU communication of 30.IX.2010; mobile 2010-03-01, fixed 2011-02-01",
        before: &[7],
        forms: &[form("6??????", 0, "7", 7), form("[2-5]??????", 0, "2", 7)],
    },
    Plan {
        code: "506",
        trunk: "",
        what: "numbers of Costa Rica have had 8 digits since 2008-03-20",
        source: "Costa Rica: ICE, plan of 2008-03-20",
        before: &[7],
        forms: &[
            form("[38]??????", 0, "8", 7),
            form("[24-7]??????", 0, "2", 7),
        ],
    },
    Plan {
        code: "593",
        trunk: "0",
        what: "mobile numbers of Ecuador have had 9 digits after +593 since 2012-09-30",
        source: "Ecuador: Conatel, plan of 2012-09-30",
        before: &[],
        // Other first digits were also mobile, but are area codes of fixed lines of that length.
        forms: &[form("[89]???????", 0, "9", 8)],
    },
    Plan {
        code: "974",
        trunk: "",
        what: "the first digit of numbers of Qatar has been doubled since 2010-07-28",
        source: "Qatar: ictQATAR, plan of 2010-07-28",
        before: &[],
        // 1, 2, 8 and 9 stayed as they were.
        forms: &[
            form("3??????", 0, "3", 7),
            form("4??????", 0, "4", 7),
            form("5??????", 0, "5", 7),
            form("6??????", 0, "6", 7),
            form("7??????", 0, "7", 7),
        ],
    },
    Plan {
        code: "995",
        trunk: "0",
        what: "numbers of Georgia have had 9 digits since 2011-06-20",
        source: "Georgia: GNCC, ITU communication of 22.XII.2010; fixed 2011-06-04, mobile 2011-06-20",
        before: &[8],
        forms: &[
            form("32??????", 2, "2", 6),
            form("5[578]??????", 0, "5", 8),
            form("68??????", 0, "5", 8),
            form("7[147]??????", 0, "5", 8),
            form("9[135789]??????", 0, "5", 8),
        ],
    },
];

/// Lines with two valid forms. The longer form is the canonical one.
///
/// Argentina (ENACOM, Plan Fundamental de Numeración): the 9 after +54 marks a mobile number for
/// callers abroad. The area code and the subscriber number, ten digits, identify the line.
pub(super) const EQUIVALENT: &[(&str, Form)] = &[("54", form("[1-9]?????????", 0, "9", 10))];

const fn form(was: &'static str, head: usize, insert: &'static str, tail: usize) -> Form {
    Form {
        was,
        head,
        insert,
        tail,
    }
}
