use proptest::prelude::*;
use rstest::rstest;

use chrono_tz::Tz;

use super::*;
use crate::messages::{self, Language};
use crate::phone::{Country, PhoneError};

fn israel() -> Country {
    Country::parse("IL").expect("a country")
}

/// A file, read to its end.
#[derive(Debug, PartialEq, Eq)]
struct Import {
    leads: Vec<ImportedLead>,
    rejects: Vec<Reject>,
    header: Vec<String>,
    encoding: Encoding,
}

fn ground() -> Ground {
    Ground {
        country: israel(),
        zone: Tz::Asia__Jerusalem,
    }
}

fn mapped(bytes: &[u8], mapping: Option<&Mapping>) -> Result<Import, FileError> {
    let encoding = Encoding::of(bytes)?;
    let rows = Rows::open(bytes, encoding, mapping, ground())?;
    let mut import = Import {
        leads: Vec::new(),
        rejects: Vec::new(),
        header: rows.columns().header().to_vec(),
        encoding,
    };
    for row in rows {
        let row = row?;
        match row.judged {
            Ok(lead) => import.leads.push(lead),
            Err(reason) => import.rejects.push(Reject {
                row: row.line,
                reason,
                fields: row.fields,
            }),
        }
    }
    Ok(import)
}

fn read(bytes: &[u8]) -> Result<Import, FileError> {
    mapped(bytes, None)
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
    let import = read(file.as_bytes()).expect("a good file");
    assert_eq!(import.rejects, []);
    assert_eq!(
        import.leads,
        [ImportedLead {
            first_name: "דנה".into(),
            last_name: "כהן".into(),
            phone: PhoneNumber::parse("+972521234567", israel()).expect("a number"),
            notes: Some("לקוחה ותיקה,\nלחזור בערב".into()),
            service: Some("אינסטלציה".into()),
            city: Some("חולון".into()),
            time_zone: Some(Tz::America__New_York),
            tags: vec!["חם".into(), "צפון".into()],
            status: None,
            owner: None,
            list: None,
            follow_up_at: None,
            last_contact_at: None,
            summary: None,
            passed_over: vec![],
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
    let import = read(file.as_bytes()).expect("a good file");
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
    let import = read(&bytes).expect("a good file");
    assert_eq!(
        (import.encoding.name(), &*import.leads[0].first_name),
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
    let import = read(file.as_bytes()).expect("a good file");
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
    let import = read(file.as_bytes()).expect("a good file");
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
    assert_eq!(read(&bytes).map_err(|error| error.code()), Err(code));
}

#[rstest]
#[case::utf8("שם,טלפון\nדנה,0521234567\n".as_bytes().to_vec(), "UTF-8", FoundBy::Validity)]
#[case::mark("\u{feff}שם,טלפון\nדנה,0521234567\n".as_bytes().to_vec(), "UTF-8", FoundBy::ByteOrderMark)]
#[case::utf8_with_damage([&b"\xff,1\n"[..], "דנה,0521234567\n".as_bytes()].concat(), "UTF-8", FoundBy::MostlyValid)]
#[case::one_hebrew_word(b"name,phone\n\xe3\xf0\xe4,0521234567\n".to_vec(), "windows-1255", FoundBy::HebrewLetters)]
#[case::french(b"name,phone\nJos\xe9 Andr\xe9,0521234567\n".to_vec(), "windows-1252", FoundBy::WesternLetters)]
#[case::big_endian("\u{feff}a,b".encode_utf16().flat_map(u16::to_be_bytes).collect(), "UTF-16BE", FoundBy::ByteOrderMark)]
fn what_an_encoding_was_recognised_by_is_told(
    #[case] bytes: Vec<u8>,
    #[case] name: &str,
    #[case] by: FoundBy,
) {
    let encoding = Encoding::of(&*bytes).expect("text");
    assert_eq!((encoding.name(), encoding.found_by()), (name, by));
}

#[test]
fn damage_costs_the_rows_that_it_is_in() {
    let mut file = "שם,טלפון\nדנה,0521234567\nגל,0521234568\nנועה,0521234569\n"
        .as_bytes()
        .to_vec();
    let gal = file
        .windows(4)
        .position(|part| part == "גל".as_bytes())
        .expect("is there");
    file[gal] = 0xff;
    let import = read(&file).expect("a good file");
    assert_eq!(phones(&import), ["+972521234567", "+972521234569"]);
    let codes: Vec<_> = import
        .rejects
        .iter()
        .map(|it| (it.row, it.reason.code()))
        .collect();
    assert_eq!(codes, [(3, "broken_characters")]);

    let import = read(b"name,phone\nDana,0521234567\nG\0al,0521234568\n".as_slice());
    assert_eq!(
        import.map_err(|error| error.code()),
        Err("file_is_not_text")
    );
}

#[test]
fn a_quote_that_swallows_rows_is_told_with_the_rows() {
    let file = "name,phone\n\"Dana,0521234567\nGal,0521234568\nNoa \"the boss\",0521234569\n\
                Ben,0521234560\nTal \"T,0521234561\n\"Roy,0521234562\nIdo,0521234563";
    let import = read(file.as_bytes()).expect("a good file");
    assert_eq!(phones(&import), ["+972521234560", "+972521234561"]);
    let rejects: Vec<_> = import
        .rejects
        .iter()
        .map(|it| (it.row, it.reason.clone()))
        .collect();
    assert_eq!(
        rejects,
        [
            (2, RejectReason::BrokenQuotes { last_row: 4 }),
            (7, RejectReason::BrokenQuotes { last_row: 8 }),
        ]
    );
}

#[test]
fn a_row_that_never_ends_is_an_error_and_costs_no_memory() {
    let endless = format!("name,phone\nDana,0521234567\n\"{}", "x,\n".repeat(3 << 20));
    let error = read(endless.as_bytes()).map_err(|error| error.code());
    assert_eq!(error, Err("row_too_long"));
}

#[rstest]
#[case::unix("name,phone\n\nDana,1\nGal,2\n")]
#[case::windows("name,phone\r\n\r\nDana,1\r\nGal,2")]
#[case::old_mac("name,phone\r\rDana,1\rGal,2\r")]
#[case::separator_line("sep=,\r\nname,phone\r\nDana,1\r\nGal,2\r\n")]
fn lines_are_counted_as_editors_count(#[case] file: &str) {
    let import = read(file.as_bytes()).expect("a good file");
    let lines: Vec<_> = import.rejects.iter().map(|reject| reject.row).collect();
    assert_eq!(lines, [3, 4]);
}

#[rstest]
#[case::comma_in_the_first_name("שם, פרטי;טלפון\nדנה;0521234567\n")]
#[case::decimal_commas("phone;price, net, no tax\n0521234567;3\n")]
fn the_delimiter_is_the_one_that_makes_names_of_columns(#[case] file: &str) {
    assert_eq!(
        phones(&read(file.as_bytes()).expect("a good file")),
        ["+972521234567"]
    );
}

#[test]
fn the_caller_says_what_columns_hold() {
    let mapping: Mapping = "notes,full_name,-,phone,notes,status"
        .parse()
        .expect("a mapping");
    let file = "Source,Who,Id,Reach,Remarks,Phase\nFair,Dana Cohen,7,0521234567,nice,hot\n";
    let import = mapped(file.as_bytes(), Some(&mapping)).expect("a good file");
    let lead = &import.leads[0];
    assert_eq!((&*lead.first_name, &*lead.last_name), ("Dana", "Cohen"));
    assert_eq!(lead.notes.as_deref(), Some("Source: Fair\nnice"));
    assert_eq!(lead.status.as_deref(), Some("hot"));
    // Without a header the first row is a person.
    let bare = mapped(
        b"Fair,Dana,7,0521234567,nice,hot\n".as_slice(),
        Some(&mapping),
    );
    assert_eq!(phones(&bare.expect("a good file")), ["+972521234567"]);
    let narrow = mapped(b"a,b\n1,2\n".as_slice(), Some(&mapping)).map_err(|error| error.code());
    assert_eq!(narrow, Err("fewer_columns"));
    for (wrong, expected) in [("phone,colour", "colour"), ("full_name", "phone")] {
        let error = wrong.parse::<Mapping>().expect_err("refused");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_value_costs_the_row_only_where_somebody_said_what_the_column_holds() {
    let file = "phone,follow up\n0521234567,soon\n0521234568,31/12/2026 16:30\n";
    let guessed = read(file.as_bytes()).expect("a good file");
    assert_eq!(guessed.leads[0].passed_over, [Field::FollowUpAt]);
    let at = guessed.leads[1].follow_up_at.expect("a time").to_rfc3339();
    assert_eq!(at, "2026-12-31T14:30:00+00:00");
    let mapping = "phone,follow_up_at".parse().expect("a mapping");
    let asked = mapped(file.as_bytes(), Some(&mapping)).expect("a good file");
    assert_eq!(
        (asked.leads.len(), asked.rejects[0].reason.code()),
        (1, "unknown_time")
    );
}

#[test]
fn a_preview_shows_columns_and_what_they_may_hold() {
    let file =
        "מזהה,טלפון של הלקוח,איפה\n1,052-1234567,Asia/Jerusalem\n2,052-1234568,Europe/Rome\n";
    let bytes = file.as_bytes();
    let encoding = Encoding::of(bytes).expect("text");
    let sample = Sample::read(bytes, encoding).expect("a good file");
    let columns = sample.columns(None, israel());
    let shown: Vec<_> = columns.iter().map(|it| (it.field, it.suggestion)).collect();
    let expected = [None, Some(Field::Phone), Some(Field::TimeZone)];
    assert_eq!(shown, expected.map(|suggestion| (None, suggestion)));
    assert_eq!(columns[1].values, ["052-1234567", "052-1234568"]);
    assert_eq!(sample.delimiter(), ',');
}

#[rstest]
#[case::page(b"\xef\xbb\xbf <HTML><table>".to_vec(), "file_is_a_workbook")]
#[case::pdf(b"%PDF-1.7".to_vec(), "file_is_a_workbook")]
#[case::dos_hebrew(b"name,phone\n\x83\x90\x84,0521234567\n".to_vec(), "file_is_not_text")]
#[case::utf32(b"\xff\xfe\0\0a\0\0\0".to_vec(), "file_is_not_text")]
#[case::code_page_noise(b"1\xff\xff\xfe\xdb,1\n".to_vec(), "file_is_not_text")]
fn what_is_no_csv_file_is_refused_as_a_whole(#[case] bytes: Vec<u8>, #[case] code: &str) {
    assert_eq!(read(&bytes).map_err(|error| error.code()), Err(code));
}

#[test]
fn every_reason_has_its_sentence() {
    for code in RejectReason::CODES {
        assert!(messages::has(&format!("reject-{code}")), "{code}");
    }
    let reason = RejectReason::TooLong {
        field: Field::City,
        longest: 200,
    };
    assert_eq!(reason.to_string(), "city has more than 200 characters");
    let kept = sentence(
        Language::Hebrew,
        "duplicate_in_file",
        &RejectReason::DuplicateOf { row: 7 }.values(),
    );
    assert_eq!(kept, "אותו מספר מופיע כבר בשורה 7");
}

#[test]
fn more_columns_and_longer_cells_than_anybody_has_are_no_trouble() {
    let wide: Vec<String> = (0..200).map(|n| format!("column {n}")).collect();
    let file = format!("{},phone\n{}0521234567\n", wide.join(","), "x,".repeat(200));
    assert_eq!(
        phones(&read(file.as_bytes()).expect("a good file")),
        ["+972521234567"]
    );
    let file = format!(
        "phone,notes\n0521234567,{}\n0521234568,\n",
        "א".repeat(1 << 19)
    );
    let import = read(file.as_bytes()).expect("a good file");
    assert_eq!(
        (phones(&import), import.rejects[0].reason.code()),
        (vec!["+972521234568"], "too_long")
    );
}

proptest! {
    #[test]
    fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn an_exported_name_reads_back(name in "[=+@-]?[a-zא-ת]{1,12}") {
        let file = format!("name,phone\n{},0521234567\n", formula_safe(&name));
        let import = read(file.as_bytes()).expect("a good file");
        prop_assert_eq!(&import.leads[0].first_name, &name);
    }
}
