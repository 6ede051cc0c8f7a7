use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::phone::PhoneError;

fn israel() -> Country {
    Country::parse("IL").expect("a country")
}

fn phones(import: &Import) -> Vec<&str> {
    import
        .leads
        .iter()
        .map(|lead| lead.phone.as_str())
        .collect()
}

#[test]
fn a_hebrew_file_with_everything() {
    let file = "שם פרטי,שם משפחה,טלפון נייד,עיר,שירות,הערות,תגיות,אזור זמן\n\
                דנה,כהן,052-1234567,חולון,אינסטלציה,\"לקוחה ותיקה,\nלחזור בערב\",חם; צפון,America/New_York\n";
    let import = read(file.as_bytes(), israel()).expect("a good file");
    assert_eq!(import.rejects, []);
    assert_eq!(
        import.leads,
        [ImportedLead {
            row: 2,
            first_name: "דנה".into(),
            last_name: "כהן".into(),
            phone: PhoneNumber::parse("+972521234567", israel()).expect("a number"),
            notes: Some("לקוחה ותיקה,\nלחזור בערב".into()),
            service: Some("אינסטלציה".into()),
            city: Some("חולון".into()),
            time_zone: Some(Tz::America__New_York),
            tags: vec!["חם".into(), "צפון".into()],
        }]
    );
}

#[rstest]
#[case::english("Name,Phone\nDana Cohen,0521234567\n")]
#[case::other_order("Phone Number;Full Name\r\n0521234567;Dana Cohen\r\n")]
#[case::tabs("full_name\tmobile\nDana Cohen\t0521234567\n")]
#[case::separator_line("sep=;\nname;tel.\nDana Cohen;0521234567\n")]
#[case::quoted("\"Name\",\"PHONE:\"\n\"Dana  Cohen\",\"052-123-4567\"\n")]
#[case::no_header("Dana Cohen,0521234567\n")]
#[case::blank_lines("\n\nName,Phone\n,\nDana Cohen,0521234567\n\n")]
#[case::second_phone("name,phone 1,phone 2\nDana Cohen,-,0521234567\n")]
#[case::unknown_columns("id,name,budget,phone\n7,Dana Cohen,400,0521234567\n")]
fn files_as_people_write_them(#[case] file: &str) {
    let import = read(file.as_bytes(), israel()).expect("a good file");
    assert_eq!(import.rejects, []);
    let names: Vec<_> = import
        .leads
        .iter()
        .map(|lead| (&*lead.first_name, &*lead.last_name))
        .collect();
    assert_eq!(names, [("Dana", "Cohen")]);
    assert_eq!(phones(&import), ["+972521234567"]);
}

#[rstest]
#[case::utf8_mark(b"\xef\xbb\xbf\xd7\xa9\xd7\x9d,\xd7\x98\xd7\x9c\xd7\xa4\xd7\x95\xd7\x9f\n\xd7\x93\xd7\xa0\xd7\x94,0521234567\n".to_vec(), "UTF-8")]
#[case::windows(encoding_rs::WINDOWS_1255.encode("שם,טלפון\nדנה,0521234567\n").0.into_owned(), "windows-1255")]
#[case::utf16("\u{feff}שם,טלפון\nדנה,0521234567\n".encode_utf16().flat_map(u16::to_le_bytes).collect(), "UTF-16LE")]
fn encodings_are_recognised(#[case] bytes: Vec<u8>, #[case] encoding: &str) {
    let import = read(&bytes, israel()).expect("a good file");
    assert_eq!(
        (import.encoding, &*import.leads[0].first_name),
        (encoding, "דנה")
    );
}

#[test]
fn every_row_is_a_lead_or_a_reject_with_its_line() {
    let file = "name,phone\n\
                Dana,0521234567\n\
                Gal,\n\
                \"Two\nlines\",0521234568\n\
                Noa,+972521234567\n\
                Tal,9.72521E+11\n\
                Roy,0521234569,extra\n\
                Ben,12\n";
    let import = read(file.as_bytes(), israel()).expect("a good file");
    assert_eq!(phones(&import), ["+972521234567", "+972521234568"]);
    let rejects: Vec<_> = import
        .rejects
        .iter()
        .map(|reject| (reject.row, reject.reason.clone()))
        .collect();
    assert_eq!(
        rejects,
        [
            (3, RejectReason::Phone(PhoneError::Missing)),
            (6, RejectReason::DuplicateOf { row: 2 }),
            (7, RejectReason::Phone(PhoneError::Rounded)),
            (8, RejectReason::TooManyFields { expected: 2 }),
            (9, RejectReason::Phone(PhoneError::NotANumber)),
        ]
    );
    assert_eq!(import.rejects[0].fields, ["Gal", ""]);
    assert_eq!(import.header, ["name", "phone"]);
}

#[test]
fn a_time_zone_is_one_or_the_row_is_refused() {
    let file = "name,phone,time_zone\nDana,0521234567,\nGal,0521234568,Tokyo\n";
    let import = read(file.as_bytes(), israel()).expect("a good file");
    assert_eq!(import.leads[0].time_zone, None);
    let reject = &import.rejects[0];
    assert_eq!((reject.row, reject.reason.code()), (3, "unknown_time_zone"));
}

#[rstest]
#[case::empty(b"".to_vec(), "file_is_empty")]
#[case::only_blank_lines(b"\n \n".to_vec(), "file_is_empty")]
#[case::workbook(b"PK\x03\x04rest".to_vec(), "file_is_a_workbook")]
#[case::binary(b"\x00\x01\x02,\xff".to_vec(), "file_is_not_text")]
#[case::no_phones(b"name,email\nDana,dana@example.com\n".to_vec(), "no_phone_column")]
fn a_file_that_cannot_be_read_is_refused_as_a_whole(#[case] bytes: Vec<u8>, #[case] code: &str) {
    assert_eq!(
        read(&bytes, israel()).map_err(|error| error.code()),
        Err(code)
    );
}

#[rstest]
#[case("=1+1", "'=1+1")]
#[case("-3", "'-3")]
#[case("@me", "'@me")]
#[case("Dana", "Dana")]
#[case("'quoted'", "'quoted'")]
fn what_a_spreadsheet_would_compute_is_quoted(#[case] text: &str, #[case] safe: &str) {
    assert_eq!(formula_safe(text), safe);
}

proptest! {
    #[test]
    fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, israel());
    }

    #[test]
    fn an_exported_name_reads_back(name in "[=+@-]?[a-zא-ת]{1,12}") {
        let file = format!("name,phone\n{},0521234567\n", formula_safe(&name));
        let import = read(file.as_bytes(), israel()).expect("a good file");
        prop_assert_eq!(&import.leads[0].first_name, &name);
    }
}
